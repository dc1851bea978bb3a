"""The interactive figure of chapter 04: the shapes of an expression's arrays and of their gradients."""

from groundup.plotting.tensor import EXPRESSIONS, Layout, layout, sentence, steps
from groundup.widgets.controls import choice, slider
from groundup.widgets.figure import Figure, explore
from groundup.widgets.scene import arrow, line, panel, scene, text

CELL = 13.0  # pixels a side


def shapes() -> Figure:
    """Return an interactive figure of an expression to choose, with lengths to choose, forward and backward."""
    caption = (
        "Above, every array as it comes about; below it, in purple, its gradient, which has its shape. Dotted: a bill "
        "that arrives larger, because broadcasting had repeated the array; the arrow says along which axis it is "
        "summed. Which lengths change dw? When do u and v both have to be summed? In which expression does one "
        "array get two bills?"
    )
    lengths = {name: slider(1, 6, start, step=1) for name, start in (("n", 3), ("d", 4), ("k", 2))}
    return explore(shapes_scene, caption=caption, **lengths, expression=choice(list(EXPRESSIONS)))


def shapes_scene(n: int, d: int, k: int, expression: str) -> dict:
    """Return the scene of an expression: its arrays to scale in a row, their gradients in a row below.

    Args:
        n, d, k: how many rows, inputs, outputs; 1 to 6.
        expression: a key of ``EXPRESSIONS``.
    """
    arrays = steps(expression, n=n, d=d, k=k)
    said = "\n".join(sentence(array) for array in reversed(arrays))
    words = f"The arrays of {expression} for n = {n}, d = {d}, k = {k}, and below each its gradient."
    return scene(_panel(layout(arrays)), words=words, status=f"n = {n}, d = {d}, k = {k}.\n{said}")


def _panel(plan: Layout) -> dict:
    boxes = [
        line(*box.lines(), color=box.color, dash=":" if box.dashed else "-", width=1.0 if box.dashed else 1.6)
        for box in sorted(plan.boxes, key=lambda box: not box.dashed)
    ]
    words = [text(word.x, word.y - 0.1, word.text, color=word.color, align="middle", size=13) for word in plan.words]
    arrows = [arrow(start, end, color="gradient", width=2.0) for start, end in plan.arrows]
    limits = {"x": (0, plan.width), "y": (plan.low, plan.high)}
    return panel(*boxes, *words, *arrows, **limits, axes=False, equal=True, size=(0, CELL * (plan.high - plan.low)))

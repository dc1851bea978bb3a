"""Interactive figure of chapter 03: forward and then backward through a small graph, a step at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from groundup.plotting.backpropagation import number, title
from groundup.plotting.layered import HALF, Drawing, layered
from groundup.scalar import Value
from groundup.widgets.controls import choice, slider, switch
from groundup.widgets.figure import Figure, explore
from groundup.widgets.scene import line, panel, scene, text


def _s_plus_square(a: Value, b: Value) -> Value:
    s = a * b
    return s + s**2


EXPRESSIONS: dict[str, Callable[[Value, Value], Value]] = {
    "(a·b + a)²": lambda a, b: (a * b + a) ** 2,
    "s + s², s = a·b": _s_plus_square,
    "tanh(a·b + a)·a": lambda a, b: (a * b + a).tanh() * a,
    "ReLU(a·b) + b": lambda a, b: (a * b).relu() + b,
}
MOST = 9  # steps of the longest of them
TALL = 0.38  # half the height of a box, in rows


@dataclass
class Moment:
    """The state of a graph after some steps.

    Attributes:
        known: nodes whose value has been computed.
        bills: node → what it has been billed so far; nodes that nobody has billed are missing.
        active: wires (node, which input) that the last step used.
        words: what the last step did.
    """

    known: set[Value]
    bills: dict[Value, float] = field(default_factory=dict)
    active: set[tuple[Value, int]] = field(default_factory=set)
    words: str = "The inputs are there. Step forward."


def made(name: str, a: float, b: float) -> tuple[list[Value], dict[Value, str]]:
    """Return the nodes of an expression, oldest first, and the names of some."""
    inputs = Value(a), Value(b)
    last = EXPRESSIONS[name](*inputs)
    nodes = last.ancestors()[::-1]
    names = {node: called for node, called in zip(inputs, "ab", strict=True) if node in nodes}
    return nodes, names | {last: "L"}


def total(nodes: list[Value]) -> int:
    """Return the number of steps: each operation forward, the first bill, each operation backward."""
    return 2 * sum(bool(node.parents) for node in nodes) + 1


def moment(nodes: list[Value], step: int, overwrite: bool = False, names: dict[Value, str] | None = None) -> Moment:
    """Return the state after ``step`` steps.

    Args:
        nodes: oldest first; the last one is the result.
        step: 0 to ``total(nodes)``.
        overwrite: each bill replaces what was there, as if ``=`` stood for ``+=``.
        names: for the words.
    """
    names = names or {}
    operations = [node for node in nodes if node.parents]
    state = Moment({node for node in nodes if not node.parents})
    for node in operations[:step]:
        state.known.add(node)
        state.active = {(node, i) for i in range(len(node.parents))}
        state.words = f"Forward: {title(node, names.get(node, ''))} gives {number(node.data)}."
    if step <= len(operations):
        return state
    state.bills, state.active = {nodes[-1]: 1.0}, set()
    state.words = "All values are there. Now backward: L is billed 1."
    for node in operations[::-1][: step - len(operations) - 1]:
        state.active = {(node, i) for i in range(len(node.parents))}
        state.words = _pay(node, state.bills, overwrite, names)
    return state


def _pay(node: Value, bills: dict[Value, float], overwrite: bool, names: dict[Value, str]) -> str:
    """Let a node bill its inputs; return what it did in words."""
    said = []
    for parent, slope in zip(node.parents, node.slopes, strict=True):
        bill, had = slope * bills[node], bills.get(parent)
        bills[parent] = bill if overwrite or had is None else had + bill
        one = f"{number(bills[node])} × {number(slope)} = {number(bill)} to {names.get(parent) or title(parent)}"
        if had is not None:
            one += f" (the {number(had)} it had is lost)" if overwrite else f" (which had {number(had)})"
        said.append(one)
    return f"Backward: {names.get(node) or title(node)} has {number(bills[node])} and sends {', '.join(said)}."


def step_through() -> Figure:
    """Return an interactive figure that goes forward and backward through a graph, a step at a time."""
    caption = (
        "Blue: values. Purple: bills so far. The wires of the last step are thick. Before each step backward, say what "
        "the inputs will be billed. When is a box done, so that it may pass its bill on? Then let = stand for +=, and "
        "find the expressions, and the inputs, that come out wrong."
    )
    return explore(
        step_scene,
        caption=caption,
        step=slider(0, MOST, 0, step=1),
        a=slider(-3.0, 3.0, 3.0, step=0.5, color="input"),
        b=slider(-3.0, 3.0, -2.0, step=0.5, color="input"),
        L=choice(list(EXPRESSIONS)),
        overwrite=switch(label="= for +="),
    )


@cache
def drawing(name: str) -> Drawing:
    """Return where an expression's nodes and wires are, nodes oldest first."""
    nodes, _ = made(name, 1.0, 1.0)
    at = {node: i for i, node in enumerate(nodes)}
    return layered([[at[parent] for parent in node.parents] for node in nodes])


def step_scene(step: int, a: float, b: float, L: str = "(a·b + a)²", overwrite: bool = False) -> dict:
    """Return the scene after ``step`` steps through the expression ``L`` at ``a`` and ``b``."""
    nodes, names = made(L, a, b)
    places, wires = drawing(L)
    step = min(step, total(nodes))
    state = moment(nodes, step, overwrite, names)
    marks = [
        line(*wire.T, color="gradient" if state.bills else "output", width=4.0)
        if (node, i) in state.active
        else line(*wire.T, color="baseline", width=1.2)
        for node, given in zip(nodes, wires, strict=True)
        for i, wire in enumerate(given)
    ]
    for node, place in zip(nodes, places, strict=True):
        marks += _box(node, place, names.get(node, ""), state)
    margin = np.array([0.45, 0.5])
    low, high = places.min(axis=0) - margin, places.max(axis=0) + margin
    size = tuple(np.maximum((high - low) * (150, 108), 40))
    rule = "gradient = bill" if overwrite else "gradient += bill"
    status = f"Step {step} of {total(nodes)}; rule: {rule}.\n{state.words}{_verdict(nodes, names, state, step)}"
    words = f"The graph of L = {L} with a = {number(a)} and b = {number(b)}. {status}"
    picture = panel(*marks, x=(low[0], high[0]), y=(low[1], high[1]), axes=False, size=size)
    return scene(picture, words=words.replace("\n", " "), status=status)


def _box(node: Value, place: np.ndarray, name: str, state: Moment) -> list[dict]:
    x, y = place
    known = node in state.known
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]) * (HALF, TALL) + place
    bill = number(state.bills[node]) if node in state.bills else ""
    return [
        line(*corners.T, color="ink" if known else "faint", width=2.4 if node.parents else 1.4),
        text(x, y + 0.17, title(node, name), align="middle"),
        text(x, y - 0.05, number(node.data) if known else "", align="middle", color="output", size=16),
        text(x, y - 0.27, bill, align="middle", color="gradient", size=16),
    ]


def _verdict(nodes: list[Value], names: dict[Value, str], state: Moment, step: int) -> str:
    """At the end: whether the inputs have the gradients that they should have."""
    if step < total(nodes):
        return ""
    right = moment(nodes, step).bills
    wrong = [node for node in nodes if not node.parents and node in names and state.bills[node] != right[node]]
    if not wrong:
        return " Every bill is paid."
    said = " and ".join(f"{names[node]} should have {number(right[node])}" for node in wrong)
    return f" Every bill is paid, but {said}."

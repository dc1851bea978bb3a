"""Figures of chapter 03: a calculation as a graph with its values and gradients, and what gradients cost."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from groundup.plotting.base import COLORS, axes_or_new
from groundup.plotting.layered import HALF, layered

MOST = 60  # more nodes than these nobody reads
SIGNS = {"*": "×", "**2": "square", "**-1": "1 / ·", "**3": "cube"}


def ancestry(value: Any) -> list:
    """The node and all that it was made from, each after its own inputs, the given node last.

    Args:
        value: anything with ``parents``, each of which has them too.

    Raises:
        ValueError: it has no ``parents``.
    """
    if not hasattr(value, "parents"):
        raise ValueError(f"a node with .parents, such as a Value, was wanted, and {type(value).__name__} came.")
    order, done, stack = [], set(), [(value, False)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
        elif id(node) not in done:
            done.add(id(node))
            stack.append((node, True))
            stack.extend((parent, False) for parent in reversed(node.parents))
    return order


def graph(
    value: Any,
    *,
    names: Mapping[str, Any] | None = None,
    gradients: bool = True,
    slopes: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the calculation that led to a ``Value``: a box for each number, wires from what it was made from.

    Args:
        value: the last result; each node has ``data``, ``parents``, and where wanted ``grad``, ``op`` and ``slopes``.
        names: name → node, written into its box.
        gradients: write each node's ``grad`` below its value.
        slopes: write the local slopes on the wires.
        ax: axes to draw on; None makes new ones, as large as the graph needs.

    Raises:
        ValueError: ``value`` is no node, or it was made from more nodes than anyone could read.
    """
    nodes = ancestry(value)
    if len(nodes) > MOST:
        raise ValueError(f"graph() draws at most {MOST} nodes and this has {len(nodes)}; try a smaller expression.")
    index = {id(v): i for i, v in enumerate(nodes)}
    drawing = layered([[index[id(p)] for p in v.parents] for v in nodes])
    margin = np.array([0.45, 0.5])
    low, high = drawing.places.min(axis=0) - margin, drawing.places.max(axis=0) + margin
    ax = axes_or_new(ax, tuple(np.maximum((high - low) * (1.65 if slopes else 1.5, 1.02), 1.4)))
    called = {id(node): name for name, node in (names or {}).items()}
    for v, node in enumerate(nodes):
        for i, wire in enumerate(drawing.wires[v]):
            _wire(ax, wire, f"× {number(node.slopes[i])}" if slopes else "")
        _box(ax, drawing.places[v], node, called.get(id(node), ""), gradients)
    ax.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
    ax.axis("off")
    return ax


def _wire(ax: Axes, wire: np.ndarray, words: str) -> None:
    ax.plot(*wire.T, color=COLORS["input"], linewidth=1.3, zorder=1)
    ax.annotate(
        "", wire[-1], wire[-3], arrowprops={"arrowstyle": "-|>", "color": COLORS["input"], "shrinkA": 0, "shrinkB": 0}
    )
    if words:
        # In the last gap between two columns: there, wires that began together have parted.
        at = wire[-7]
        card = {"facecolor": COLORS["paper"], "edgecolor": "none", "pad": 0.6}
        ax.text(*at, words, ha="center", va="center", fontsize=9, color=COLORS["gradient"], bbox=card, zorder=2)


def _box(ax: Axes, place: np.ndarray, node: Any, name: str, gradients: bool) -> None:
    x, y = place
    is_input = not node.parents
    edge = COLORS["input"] if is_input else COLORS["ink"]
    ax.add_patch(
        FancyBboxPatch(
            (x - HALF, y - 0.37),
            2 * HALF,
            0.74,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor="#F0F0EC" if is_input else "white",
            edgecolor=edge,
            linewidth=1.3,
            zorder=3,
        )
    )
    lines = [(title(node, name), COLORS["ink"], 10), (number(node.data), COLORS["output"], 10.5)]
    if gradients:
        lines.append((number(node.grad), COLORS["gradient"], 10.5))
    heights = np.linspace(0.23, -0.23, 3) if gradients else (0.13, -0.15)
    for (words, color, size), dy in zip(lines, heights, strict=True):
        ax.text(x, y + dy, words, ha="center", va="center", color=color, fontsize=size, zorder=4)


def title(node: Any, name: str = "") -> str:
    """What stands above a node's value: its name, and the operation that made it."""
    op = getattr(node, "op", "")
    sign = SIGNS.get(op, op.replace("**", "power ") if op.startswith("**") else op)
    return " = ".join(filter(None, [name, sign])) or "number"


def number(x: float) -> str:
    """A number in three digits, with a true minus."""
    return f"{float(f'{x:.3g}') + 0.0:g}".replace("-", "−")


def gradient_costs(parameters: Sequence[float], passes: Mapping[str, Sequence[float]], ax: Axes | None = None) -> Axes:
    """Draw what a gradient costs, in forward passes, over the number of parameters; both axes are logarithmic.

    Args:
        parameters: (k,) how many there were.
        passes: name → (k,) costs.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (6.4, 3.8))
    looks = [("loss", "--", "o"), ("gradient", "-", "o"), ("baseline", ":", "s")]
    for (name, values), (key, style, marker) in zip(passes.items(), looks, strict=False):
        ax.loglog(parameters, values, color=COLORS[key], linestyle=style, marker=marker)
        ax.annotate(f" {name}", (parameters[-1], values[-1]), color=COLORS[key], va="center", annotation_clip=False)
    ax.set(xlabel="parameters", ylabel="cost of the gradient\n(in forward passes)")
    return ax

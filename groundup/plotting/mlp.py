"""Figures of chapter 02: a network as circles and lines, folded paper, curves made of pieces, boundaries, prices."""

import itertools
from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Polygon

from groundup.plotting.base import COLORS, MARKERS, axes_or_new
from groundup.plotting.common import scatter
from groundup.plotting.neuron import cut, probability_plane

CORNERS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])  # the four cases of two switches
LAMP = np.array([0, 1, 1, 0])  # on if exactly one switch is on
LOW, HIGH = -0.3, 1.3  # the sheet of paper, in both directions
RIGHT, UP, LIFT = (
    np.array([0.90, 0.44]),
    np.array([-0.22, 0.45]),
    0.87,
)  # how the sheet is seen, from above and in front


def network(sizes: Sequence[int], names: Sequence[str], *, most: int = 6, ax: Axes | None = None) -> Axes:
    """Draw a network from left to right: a circle a unit, a line a weight.

    Args:
        sizes: how many units each layer has, the inputs first.
        names: words below each layer.
        most: a layer with more units than this is drawn with ``most`` circles and dots between them.
        ax: axes to draw on; None makes new ones.

    Raises:
        ValueError: not as many names as layers.
    """
    if len(names) != len(sizes):
        raise ValueError(f"network() wants one name a layer and got {len(names)} names for {len(sizes)} layers.")
    ax = axes_or_new(ax, (2.1 * len(sizes), 0.5 * min(max(sizes), most) + 0.8))
    layers = [_column(2.6 * layer, size, most) for layer, size in enumerate(sizes)]
    for left, right in itertools.pairwise(layers):
        for a in left:
            for b in right:
                ax.plot([a[0], b[0]], [a[1], b[1]], color=COLORS["weight"], linewidth=1.2, zorder=1)
    lowest = min(y for layer in layers for _, y in layer)
    for k, (layer, size, name) in enumerate(zip(layers, sizes, names, strict=True)):
        for place in layer:
            color = COLORS["input" if k == 0 else "output"]
            ax.add_patch(Circle(place, 0.24, facecolor="#E9E9E4", edgecolor=color, linewidth=1.6, zorder=2))
        if size > most:
            ax.text(layer[0][0], 0.0, "⋮", ha="center", va="center", fontsize=15, zorder=3)
        ax.text(layer[0][0], lowest - 0.5, f"{name}\n{size:,}", ha="center", va="top", fontsize=10)
    ax.set(xlim=(-0.9, 2.6 * (len(sizes) - 1) + 0.9), ylim=(lowest - 1.35, -lowest + 0.4), aspect="equal")
    ax.axis("off")
    return ax


def _column(x: float, size: int, most: int) -> list[tuple[float, float]]:
    """The places of a layer's circles; with a gap in the middle for the dots where not all are drawn."""
    if size <= most:
        return [(x, 0.7 * ((size - 1) / 2 - i)) for i in range(size)]
    half = most // 2
    return [(x, side * 0.7 * (i + 1)) for side in (1, -1) for i in range(half)]


# ---- The fold -------------------------------------------------------------------------------------------------------


def fold(x: np.ndarray, turn: float) -> np.ndarray:
    """Return where points of a sheet of paper lie when the part beyond the crease x₁ + x₂ = 1 is turned over.

    Args:
        x: (n, 2) points of the flat sheet.
        turn: from 0, flat, to 1, folded.

    Returns:
        (n, 3): the third number is the height above the table.
    """
    x = np.asarray(x, dtype=float)
    beyond = np.maximum(0, x.sum(axis=1) - 1) / 2  # (n,), what has to be taken off each coordinate to reach the crease
    across, height = np.cos(np.pi * turn), np.sqrt(2) * np.sin(np.pi * turn)
    return np.column_stack([x - ((1 - across) * beyond)[:, None], height * beyond])


def seen(points: np.ndarray) -> np.ndarray:
    """Return where (n, 3) points appear in the picture, (n, 2): seen slantwise from above."""
    points = np.asarray(points, dtype=float)
    return np.stack([points[:, :2] @ RIGHT, points[:, :2] @ UP + LIFT * points[:, 2]], axis=1)


def sheet(turn: float, lines: int = 9) -> list[np.ndarray]:
    """Return the ruled lines of the sheet as seen at ``turn``, each (m, 2), bent where they cross the crease."""
    ruled = []
    for at in np.linspace(LOW, HIGH, lines):
        along = np.unique(np.clip([LOW, 1 - at, HIGH], LOW, HIGH))
        ruled += [
            np.stack([along, np.full_like(along, at)], axis=1),
            np.stack([np.full_like(along, at), along], axis=1),
        ]
    return [seen(fold(line, turn)) for line in ruled]


def crease() -> np.ndarray:
    """Return the crease as seen, (2, 2)."""
    return seen(fold(np.array([[LOW, 1 - LOW], [1 - LOW, LOW]]), 0.0))


def folding(turns: Sequence[float]) -> np.ndarray:
    """Draw the sheet with the four cases of XOR while it is folded, one frame a turn; return the axes.

    Args:
        turns: from 0, flat, to 1, folded. In a frame of turn 1 the straight cut x₁ + x₂ = 1/2 is drawn.
    """
    _, axes = plt.subplots(1, len(turns), figsize=(2.35 * len(turns), 2.0), sharex=True, sharey=True)
    for ax, turn in zip(np.atleast_1d(axes), turns, strict=True):
        _frame(ax, turn)
    return np.atleast_1d(axes)


def _frame(ax: Axes, turn: float) -> None:
    near = np.array([[LOW, LOW], [HIGH, LOW], [HIGH, 1 - HIGH], [1 - HIGH, HIGH], [LOW, HIGH]])
    far = np.array([[HIGH, 1 - HIGH], [HIGH, HIGH], [1 - HIGH, HIGH]])
    for corners, color in [(near, "#EFEEE6"), (far, "#DCE9F2")]:
        ax.add_patch(Polygon(seen(fold(corners, turn)), facecolor=color, edgecolor="none", alpha=0.85, zorder=1))
    for line in sheet(turn):
        ax.plot(*line.T, color=COLORS["faint"], linewidth=0.7, zorder=2)
    ax.plot(*seen(fold(np.array([[HIGH, 1 - HIGH], [1 - HIGH, HIGH]]), turn)).T, color=COLORS["weight"], zorder=3)
    if turn == 1:
        ends = np.array([[0.5 - LOW, LOW], [LOW, 0.5 - LOW]])
        ax.plot(*seen(fold(ends, turn)).T, color=COLORS["ink"], linestyle="--", zorder=3)
    places = seen(fold(CORNERS, turn))
    for k, here in enumerate((1 - LAMP, LAMP)):
        look = {"color": COLORS[f"class{k}"], "marker": MARKERS[k], "edgecolor": "white"}
        ax.scatter(*places[here.astype(bool)].T, s=75, zorder=4, **look)
    for corner, place in zip(CORNERS.astype(int), places, strict=True):
        offset, side = {0: ((0, -15), "center"), 1: ((8, 0), "left"), 2: ((-8, 4), "right")}[int(corner.sum())]
        ax.annotate(f"{corner[0]},{corner[1]}", place, offset, textcoords="offset points", ha=side, zorder=5)
    ax.set(xlim=(-0.55, 1.85), ylim=(-0.5, 1.15), aspect="equal", title=f"{180 * turn:.0f}°")
    ax.axis("off")


# ---- Pieces ---------------------------------------------------------------------------------------------------------


def pieces(x: np.ndarray, parts: Mapping[str, np.ndarray], total: np.ndarray, ax: Axes | None = None) -> Axes:
    """Draw curves over one input (thin), each with its name at its end, and their sum (thick).

    Args:
        x: (n,) positions.
        parts: name → (n,) values.
        total: (n,) the sum.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (6.4, 3.4))
    ax.axhline(0, color=COLORS["faint"], linewidth=0.8)
    for (name, values), style in zip(parts.items(), ["--", "-.", ":"] * len(parts), strict=False):
        ax.plot(x, values, color=COLORS["weight"], linestyle=style, linewidth=1.4)
        ax.annotate(f" {name}", (x[-1], values[-1]), color=COLORS["weight"], va="center", annotation_clip=False)
    ax.plot(x, total, color=COLORS["output"], linewidth=2.8)
    ax.annotate(" sum", (x[-1], total[-1]), color=COLORS["output"], va="center", annotation_clip=False)
    ax.set(xlabel="x")
    return ax


def fits(
    x: np.ndarray, t: np.ndarray, made: Mapping[str, tuple[np.ndarray, np.ndarray]], labels: tuple[str, str]
) -> np.ndarray:
    """Draw measured points and, in a panel each, a curve of straight pieces through some of them; return the axes.

    Args:
        x, t: (n,) measured.
        made: title → (positions, values) of the curve's bends, ends included.
        labels: names of the two axes.
    """
    _, axes = plt.subplots(1, len(made), figsize=(3.2 * len(made), 2.9), sharex=True, sharey=True)
    for ax, (title, (knots, heights)) in zip(np.atleast_1d(axes), made.items(), strict=True):
        ax.plot(x, t, ".", color=COLORS["input"], markersize=4)
        ax.plot(knots, heights, color=COLORS["output"], marker="o", markersize=4)
        ax.set(title=title, xlabel=labels[0])
    np.atleast_1d(axes)[0].set_ylabel(labels[1])
    return np.atleast_1d(axes)


# ---- Boundaries and prices ------------------------------------------------------------------------------------------


def boundaries(
    fitted: Mapping[str, tuple[Callable[[np.ndarray], np.ndarray], np.ndarray, np.ndarray]],
    x: np.ndarray,
    y: np.ndarray,
) -> np.ndarray:
    """Draw several networks' boundaries between two classes, one panel each, with the crease of each hidden unit.

    Args:
        fitted: title → (function from (n, 2) points to (n,) probabilities of class 1, w (2, m), b (m,) of the units).
        x: (n, 2) the examples.
        y: (n,) their classes, 0 or 1.
    """
    _, axes = plt.subplots(1, len(fitted), figsize=(2.75 * len(fitted), 2.7), sharex=True, sharey=True)
    for ax, (title, (predict, w, b)) in zip(np.atleast_1d(axes), fitted.items(), strict=True):
        scatter(x, y, names=["0", "1"], labels=("$x_1$", "$x_2$"), size=9, ax=ax)
        ax.get_legend().remove()
        ax.set(xlim=(-1.6, 2.6), ylim=(-1.3, 1.8), title=title)
        probability_plane(predict, ax)
        for weights, bias in zip(np.asarray(w).T, b, strict=True):
            if np.any(weights):
                cut(weights, bias, arrow=False, style=":", ax=ax)
                ax.lines[-1].set(color=COLORS["weight"], linewidth=1.0)
    for ax in np.atleast_1d(axes)[1:]:
        ax.set_ylabel("")
    return np.atleast_1d(axes)


def loglog(
    measured: tuple[Sequence[float], Sequence[float]],
    line: tuple[Sequence[float], Sequence[float]],
    *,
    labels: tuple[str, str],
    marks: Mapping[str, tuple[float, float]] | None = None,
    levels: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw measured points and a straight line on two logarithmic axes, on which a power of x is a straight line.

    Args:
        measured: (x, y) of what was measured.
        line: (x, y) of what a rule says.
        labels: names of the two axes, with units.
        marks: name → (x, y) of places to name on the line.
        levels: name → height of a level line; the name stands where the straight line is not.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (6.6, 3.8))
    ax.set(xscale="log", yscale="log", xlabel=labels[0], ylabel=labels[1])
    ax.plot(*line, color=COLORS["baseline"], linestyle="--", linewidth=1.4, zorder=1)
    ax.plot(*measured, "o", color=COLORS["output"], markersize=5, zorder=2)
    for height in (levels or {}).values():
        ax.axhline(height, color=COLORS["faint"], linewidth=1, zorder=0)
    for name, place in (marks or {}).items():
        ax.plot(*place, "D", color=COLORS["loss"], markersize=6, zorder=3)
        ax.annotate(name, place, (-8, 2), textcoords="offset points", ha="right", va="bottom", color=COLORS["loss"])
    middle = np.log(ax.get_xlim()).mean()
    up = np.argsort(line[1])
    for name, height in (levels or {}).items():  # its words stand on the side where the line does not cross it
        crossing = np.interp(np.log(height), np.log(np.take(line[1], up)), np.log(np.take(line[0], up)))
        side = 1 if crossing < middle else 0
        label = ax.annotate(
            name,
            (side, height),
            (4 - 8 * side, 5),
            xycoords=ax.get_yaxis_transform(),
            textcoords="offset points",
            fontsize=9,
            ha="right" if side else "left",
        )
        label.set_bbox({"facecolor": COLORS["paper"], "edgecolor": "none", "pad": 1})
    return ax

"""Figures of lecture 00: arrays as boxes of numbers, stretched and multiplied, and a stack of images with its axes."""

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from groundup.plotting.base import COLORS, axes_or_new

WIDE, HIGH = 1.25, 0.8  # one box, in units of the axes


def broadcasting(left: np.ndarray, right: np.ndarray, op: Callable, symbol: str, ax: Axes | None = None) -> Axes:
    """Draw ``left symbol right = result`` as boxes of numbers; what broadcasting repeats is drawn pale.

    Args:
        left, right: arrays of one or two axes whose shapes broadcast together.
        op: the operation, such as ``np.subtract``.
        symbol: how it is written, such as "−".
        ax: axes to draw on; None makes new ones.

    Raises:
        ValueError: the shapes do not broadcast, or the result has more than two axes.
    """
    left, right = np.asarray(left), np.asarray(right)
    result = np.atleast_2d(op(left, right))
    if result.ndim > 2:
        raise ValueError(f"broadcasting() draws at most two axes and got shapes {left.shape} and {right.shape}.")
    rows, columns = result.shape
    step = columns * WIDE + 1.0
    ax = axes_or_new(ax, (0.62 * (3 * step), 0.62 * (rows * HIGH + 1.1)))
    for k, (array, color) in enumerate([(left, "input"), (right, "input"), (result, "output")]):
        _boxes(ax, np.broadcast_to(array, result.shape), k * step, color, pale=_repeated(array, result.shape))
        _shape_above(ax, array if k < 2 else op(left, right), k * step + columns * WIDE / 2)
    for k, sign in enumerate([symbol, "="]):
        ax.text((k + 1) * step - 0.5, -rows * HIGH / 2, sign, ha="center", va="center", fontsize=15)
    return _bare(ax, (-0.1, 3 * step - 0.9), (-rows * HIGH - 0.1, 0.75))


def product(a: np.ndarray, b: np.ndarray, *, row: int = 0, column: int = 0, ax: Axes | None = None) -> Axes:
    """Draw the matrix product ``a @ b``, ``b`` above the result; a row, a column and where they meet are marked.

    Args:
        a: (n, d) left factor.
        b: (d, k) right factor.
        row, column: which entry of the result is marked.
        ax: axes to draw on; None makes new ones.

    Raises:
        ValueError: the shapes do not fit.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[0]:
        raise ValueError(f"product() wants shapes (n, d) and (d, k) and got {a.shape} and {b.shape}.")
    (n, d), k = a.shape, b.shape[1]
    right, above = d * WIDE + 0.9, d * HIGH + 0.8
    ax = axes_or_new(ax, (0.62 * (right + k * WIDE + 2.6), 0.62 * (above + n * HIGH + 0.6)))
    _boxes(ax, a, 0, "input", marked=np.arange(n)[:, None] == row)
    _boxes(ax, b, right, "weight", top=above, marked=np.arange(k) == column)
    here = (np.arange(n)[:, None] == row) & (np.arange(k) == column)
    _boxes(ax, a @ b, right, "output", marked=here)
    ax.text(d * WIDE / 2, 0.15, f"{a.shape}", ha="center", va="bottom", fontsize=10)
    ax.text(right + k * WIDE / 2, above + 0.15, f"{b.shape}", ha="center", va="bottom", fontsize=10)
    ax.text(right + k * WIDE + 0.2, -n * HIGH / 2, f"{(a @ b).shape}", va="center", fontsize=10)
    return _bare(ax, (-0.1, right + k * WIDE + 1.7), (-n * HIGH - 0.1, above + 0.7))


def stack(pictures: Sequence[np.ndarray], ax: Axes | None = None) -> Axes:
    """Draw images one behind the other, the first in front, with an arrow along each axis of the array that holds them.

    Args:
        pictures: arrays of shape (height, width), or one of shape (n, height, width).
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (6.6, 2.9))
    height, width = np.shape(pictures[0])
    shift = np.array([0.55 * width, 0.16 * height])
    for k in reversed(range(len(pictures))):
        x, y = k * shift
        ax.imshow(pictures[k], extent=(x, x + width, y, y + height), zorder=2 * (len(pictures) - k))
        frame = Rectangle(
            (x, y), width, height, fill=False, edgecolor=COLORS["input"], zorder=2 * (len(pictures) - k) + 1
        )
        ax.add_patch(frame)
    end = (len(pictures) - 1) * shift
    gap = 0.12 * width
    foot = np.array([width + gap, -gap])
    _arrow(ax, foot, foot + end, "axis 0: which image", (6, -8), ("left", "top"))
    _arrow(ax, (-gap, height), (-gap, 0), "axis 1: row", (-5, 0), ("right", "center"))
    _arrow(ax, (0, -gap), (width, -gap), "axis 2: column", (-6, -5), ("center", "top"))
    return _bare(ax, (-1.35 * width, end[0] + 1.4 * width), (-0.4 * height, end[1] + 1.05 * height))


def _arrow(ax: Axes, start: Sequence[float], end: Sequence[float], words: str, offset: tuple, align: tuple) -> None:
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": COLORS["ink"], "linewidth": 1.6})
    middle = (np.asarray(start) + np.asarray(end)) / 2
    ax.annotate(words, middle, offset, textcoords="offset points", ha=align[0], va=align[1])


def _repeated(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Say of each box of ``shape`` whether broadcasting only repeated an entry of ``array`` there."""
    own = (1,) * (len(shape) - array.ndim) + array.shape
    index = np.indices(shape)
    return np.any([(n == 1) & (index[axis] > 0) for axis, n in enumerate(own)], axis=0)


def _boxes(
    ax: Axes, values: np.ndarray, left: float, color: str, *, top: float = 0.0, pale=False, marked=False
) -> None:
    """Draw a (rows, columns) array of numbers as boxes whose upper left corner lies at (left, top)."""
    pale, marked = np.broadcast_to(pale, values.shape), np.broadcast_to(marked, values.shape)
    for (i, j), value in np.ndenumerate(values):
        x, y = left + j * WIDE, top - (i + 1) * HIGH
        look = {"edgecolor": COLORS["faint"], "linestyle": ":"} if pale[i, j] else {"edgecolor": COLORS[color]}
        fill = "#F6D998" if marked[i, j] else "none"
        ax.add_patch(
            Rectangle((x, y), WIDE, HIGH, facecolor=fill, linewidth=1.3, zorder=1 if pale[i, j] else 2, **look)
        )
        ink = COLORS["baseline"] if pale[i, j] else COLORS["ink"]
        ax.text(x + WIDE / 2, y + HIGH / 2, _number(value), ha="center", va="center", color=ink, fontsize=10)


def _number(value: float) -> str:
    return f"{round(float(value), 3) + 0.0:g}".replace("-", "−")


def _shape_above(ax: Axes, array: np.ndarray, x: float) -> None:
    ax.text(x, 0.15, f"{np.shape(array)}", ha="center", va="bottom", fontsize=10)


def _bare(ax: Axes, x: tuple[float, float], y: tuple[float, float]) -> Axes:
    ax.set(xlim=x, ylim=y, aspect="equal")
    ax.axis("off")
    return ax

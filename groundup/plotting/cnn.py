"""Figures of chapter 07: from a drawing to MNIST, channels as numbers, receptive fields, feature maps, the family."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle

from groundup.plotting.base import COLORS, SIGNED, axes_or_new


def drawing_to_mnist(drawing: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """Draw a canvas with the box of its ink, that box scaled to 20 pixels, and the picture as MNIST has it.

    Args:
        drawing: (h, w), 0 paper to 1 ink.
        picture: (28, 28), what was made of it.
    """
    _, axes = plt.subplots(1, 3, figsize=(8.4, 3.0))
    rows, columns = (np.flatnonzero(drawing.any(axis=axis)) for axis in (1, 0))
    small_rows, small_columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
    _picture(axes[0], drawing, "what was drawn, and its box")
    corner, size = (columns[0] - 0.5, rows[0] - 0.5), (np.ptp(columns) + 1, np.ptp(rows) + 1)
    axes[0].add_patch(Rectangle(corner, *size, fill=False, edgecolor=COLORS["weight"], linewidth=2))
    box = picture[small_rows[0] : small_rows[-1] + 1, small_columns[0] : small_columns[-1] + 1]
    _picture(axes[1], box, "the box at 20 pixels")
    _picture(axes[2], picture, "hung up in 28 × 28")
    middle = (np.array(picture.shape) - 1) / 2
    for ax in axes[2:]:
        ax.axhline(middle[0], color=COLORS["gradient"], linewidth=1, linestyle="--")
        ax.axvline(middle[1], color=COLORS["gradient"], linewidth=1, linestyle="--")
        ax.plot(*_balance(picture)[::-1], marker="+", color=COLORS["loss"], markersize=13, markeredgewidth=2.5)
    return axes


def _balance(picture: np.ndarray) -> tuple[float, float]:
    total = picture.sum()
    return tuple(picture.sum(axis=1 - axis) @ np.arange(n) / total for axis, n in enumerate(picture.shape))


def _picture(ax: Axes, values: np.ndarray, title: str) -> None:
    ax.imshow(values, cmap="gray_r", vmin=0, vmax=1)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set(visible=True, color=COLORS["faint"], linewidth=0.8)
    ax.set_title(title, loc="center", fontsize=10)


def number_grids(
    arrays: Sequence[np.ndarray],
    *,
    between: Sequence[str],
    titles: Sequence[str],
    colors: Sequence[str],
    marked: Mapping[int, tuple[slice, slice]] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw tables of numbers in a row with signs between them, as one would on paper.

    Args:
        arrays: each (rows, columns).
        between: the signs, one fewer than arrays.
        titles: one above each.
        colors: keys of ``COLORS``, one for each frame.
        marked: number of an array → the rows and columns that are filled.
        ax: axes to draw on; None makes new ones.
    """
    arrays = [np.atleast_2d(a) for a in arrays]
    gaps = [max(1.1, 0.34 * len(sign) + 0.7) for sign in between]
    wide = sum(a.shape[1] for a in arrays) + sum(gaps)
    tall = max(len(a) for a in arrays)
    ax = axes_or_new(ax, (0.5 * wide + 0.4, 0.5 * tall + 0.8))
    left = 0.0
    for k, array in enumerate(arrays):
        top = (tall + len(array)) / 2
        fill = np.zeros(array.shape, bool)
        if marked and k in marked:
            fill[marked[k]] = True
        for (i, j), value in np.ndenumerate(array):
            face = "#F6D998" if fill[i, j] else "none"
            box = Rectangle((left + j, top - i - 1), 1, 1, facecolor=face, edgecolor=COLORS[colors[k]], linewidth=1.2)
            ax.add_patch(box)
            words = f"{value:g}".replace("-", "−")
            ax.text(left + j + 0.5, top - i - 0.5, words, ha="center", va="center", fontsize=11)
        ax.text(left + array.shape[1] / 2, top + 0.2, titles[k], ha="center", fontsize=9.5)
        left += array.shape[1]
        if k < len(between):
            ax.text(left + gaps[k] / 2, tall / 2, between[k], ha="center", va="center", fontsize=14)
            left += gaps[k]
    ax.set(xlim=(-0.1, wide + 0.1), ylim=(-0.1, tall + 0.9), aspect="equal")
    ax.axis("off")
    return ax


def receptive_fields(layers: Sequence[tuple[str, int, int, int]], n: int, ax: Axes | None = None) -> Axes:
    """Draw which places of each layer one place of the last one sees, in one dimension.

    Args:
        layers: (name, kernel, stride, padding), from the image on.
        n: pixels of the image's row.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (8.6, 0.75 * len(layers) + 1.0))
    counts = [n]
    for _, kernel, stride, padding in layers:
        counts.append((counts[-1] + 2 * padding - kernel) // stride + 1)
    names = ["image", *(name for name, *_ in layers)]
    jumps, starts = [1], [0.0]  # pixels between neighbours; where the middle of place 0 lies
    for _, kernel, stride, padding in layers:
        starts.append(starts[-1] + ((kernel - 1) / 2 - padding) * jumps[-1])
        jumps.append(jumps[-1] * stride)
    seen = [(counts[-1] // 2, counts[-1] // 2)]  # first and last place, from the last layer back
    for (_, kernel, stride, padding), below in zip(reversed(layers), counts[-2::-1], strict=True):
        first, last = seen[-1]
        seen.append((max(first * stride - padding, 0), min(last * stride + kernel - 1 - padding, below - 1)))
    for level, (count, jump, start, (first, last)) in enumerate(zip(counts, jumps, starts, seen[::-1], strict=True)):
        for i in range(count):
            inside = first <= i <= last
            face = COLORS["class1"] if inside else "white"
            x = start + i * jump - 0.4
            ax.add_patch(
                Rectangle((x, level - 0.2), 0.8, 0.4, facecolor=face, edgecolor=COLORS["input"], linewidth=0.8)
            )
        ax.text(-1.2, level, f"{names[level]}, {count}", ha="right", va="center", fontsize=10)
        ax.text(n + 0.4, level, f"sees {_sees(layers[:level])}", va="center", fontsize=10)
        if level:
            _cone(ax, level, start, jump, (first, last), seen[::-1][level - 1], starts[level - 1], jumps[level - 1])
    ax.set(xlim=(-7, n + 5), ylim=(-0.5, len(layers) + 0.5))
    ax.axis("off")
    return ax


def _sees(layers: Sequence[tuple[str, int, int, int]]) -> int:
    field, jump = 1, 1
    for _, kernel, stride, _ in layers:
        field += (kernel - 1) * jump
        jump *= stride
    return field


def _cone(ax: Axes, level: int, start: float, jump: int, here: tuple, below: tuple, start0: float, jump0: int) -> None:
    upper = [start + i * jump for i in here]
    lower = [start0 + i * jump0 for i in below]
    corners = [
        (upper[0] - 0.4, level - 0.2),
        (upper[1] + 0.4, level - 0.2),
        (lower[1] + 0.4, level - 0.8),
        (lower[0] - 0.4, level - 0.8),
    ]
    ax.add_patch(Polygon(corners, facecolor=COLORS["class1"], alpha=0.18, linewidth=0))


def feature_maps(layers: Mapping[str, np.ndarray], picture: np.ndarray) -> np.ndarray:
    """Draw a picture and, below each other, the feature maps that layers make of it.

    Args:
        layers: name → (channels, height, width), all 0 or more.
        picture: (height, width).
    """
    rows = [(name, values[k : k + 8]) for name, values in layers.items() for k in range(0, len(values), 8)]
    _, axes = plt.subplots(len(rows), 9, figsize=(9.0, 1.15 * len(rows)), squeeze=False, layout="none")
    peaks = {name: values.max() for name, values in layers.items()}
    for ax in axes.flat:
        ax.axis("off")
    axes[0, 0].imshow(picture, cmap="gray_r", vmin=0)
    named = set()
    for r, (name, values) in enumerate(rows):
        for ax, values_of_one in zip(axes[r, 1:], values, strict=False):
            ax.imshow(values_of_one, cmap="gray_r", vmin=0, vmax=peaks[name])
            ax.axis("on")
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set(visible=True, color=COLORS["faint"], linewidth=0.8)
        if name not in named:
            axes[r, 1].set_title(name, loc="left", fontsize=9.5)
            named.add(name)
    axes[0, 0].figure.subplots_adjust(0.01, 0.01, 0.99, 0.93, wspace=0.1, hspace=0.25)
    return axes


def kernels(weights: np.ndarray, *, columns: int = 8, size: float = 1.05) -> np.ndarray:
    """Draw kernels, (n, kh, kw), blue below zero and orange above, all on one scale."""
    rows = -(-len(weights) // columns)
    _, axes = plt.subplots(rows, columns, figsize=(columns * size, rows * size), squeeze=False)
    peak = float(np.abs(weights).max()) or 1.0
    for ax in axes.flat:
        ax.axis("off")
    for ax, one in zip(axes.flat, weights, strict=False):
        ax.imshow(one, cmap=SIGNED, vmin=-peak, vmax=peak)
    return axes


def network_costs(
    names: Sequence[str],
    parameters: Sequence[float],
    products: Sequence[float],
    *,
    left: Sequence[str] = (),
    ax: Axes | None = None,
) -> Axes:
    """Draw networks by what they cost: multiply-adds to the right, parameters upwards, both logarithmic.

    Args:
        names: one a network.
        parameters, products: as long.
        left: names that stand on the left of their points.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (7.2, 4.2))
    ax.loglog(products, parameters, "o", color=COLORS["output"], markersize=7)
    for name, x, y in zip(names, products, parameters, strict=True):
        side, align = (-7, "right") if name in left else (7, "left")
        ax.annotate(name, (x, y), (side, 0), textcoords="offset points", fontsize=9.5, ha=align, va="center")
    ax.set(xlabel="multiply-adds for one image", ylabel="parameters")
    ax.set_xlim(right=max(products) * 6)
    return ax

"""Figures that every chapter needs: groups of points, curves with their names beside them, rows of small images."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from groundup.plotting.base import COLORS, MARKERS, SIGNED, axes_or_new


def scatter(
    x: np.ndarray,
    y: np.ndarray,
    *,
    names: Sequence[str],
    labels: tuple[str, str],
    size: float = 22,
    legend: str = "best",
    ax: Axes | None = None,
) -> Axes:
    """Draw points in the plane, one colour and marker a class.

    Args:
        x: (n, 2) positions.
        y: (n,) integers, the class of each point.
        names: one name a class, for the legend.
        labels: names of the two axes, with units.
        size: area of a marker, in square points.
        legend: matplotlib's name for the legend's place.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (6.0, 4.2))
    x = np.asarray(x, dtype=float)
    for k, name in enumerate(names):
        here = x[np.asarray(y) == k]
        ax.scatter(
            *here.T, s=size, color=COLORS[f"class{k}"], marker=MARKERS[k], label=name, edgecolor="white", linewidth=0.4
        )
    ax.set(xlabel=labels[0], ylabel=labels[1])
    ax.legend(loc=legend, frameon=True, facecolor=COLORS["paper"], edgecolor=COLORS["faint"], framealpha=1)
    return ax


def curves(
    series: Mapping[str, Sequence[float]],
    *,
    labels: tuple[str, str],
    colors: Sequence[str] | None = None,
    x: Sequence[float] | None = None,
    log: bool = False,
    ceiling: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw curves, each with its name at its end instead of in a legend.

    Args:
        series: name → values.
        labels: names of the two axes, with units.
        colors: one matplotlib colour a curve, or keys of ``COLORS``.
        x: positions shared by all curves; None counts 0, 1, 2, ...
        log: logarithmic vertical axis.
        ceiling: values above it are cut off, so that one runaway curve does not flatten the others.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax)
    keys = colors or list(COLORS)[: len(series)]
    for (name, values), key, style in zip(series.items(), keys, ["-", "--", "-.", ":"] * len(series), strict=False):
        values = np.asarray(values, dtype=float)
        at = np.arange(len(values)) if x is None else np.asarray(x, dtype=float)
        shown = np.isfinite(values) & (values <= (np.inf if ceiling is None else ceiling))
        # A curve that leaves the picture ends where it leaves, even if it came back later.
        stop = len(values) if shown.all() else int(np.argmin(shown))
        color = COLORS.get(key, key)
        ax.plot(at[:stop], values[:stop], color=color, linestyle=style)
        if stop:
            ax.annotate(f" {name}", (at[stop - 1], values[stop - 1]), color=color, va="center", annotation_clip=False)
    ax.set(xlabel=labels[0], ylabel=labels[1], yscale="log" if log else "linear")
    return ax


def images(
    pictures: Sequence[np.ndarray],
    *,
    titles: Sequence[str] | None = None,
    signed: bool | Sequence[bool] = False,
    columns: int | None = None,
    size: float = 1.5,
) -> np.ndarray:
    """Draw small images in a grid and return its axes.

    Args:
        pictures: arrays of shape (height, width).
        titles: one line above each.
        signed: blue below zero, paper at zero, orange above, one scale for all; otherwise white is 0, black the most.
            A sequence says it for each image, and then each has a scale of its own.
        columns: images a row; None puts all in one row.
        size: inches a side.
    """
    columns = columns or len(pictures)
    rows = -(-len(pictures) // columns)
    height = size * (1.18 if titles else 1)
    _, grid = plt.subplots(rows, columns, figsize=(columns * size, rows * height), squeeze=False)
    looks = _looks(pictures, signed)
    for ax in grid.flat:
        ax.axis("off")
    for k, picture in enumerate(pictures):
        ax = grid.flat[k]
        ax.imshow(picture, **looks[k])
        ax.axis("on")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set(visible=True, color=COLORS["faint"], linewidth=0.8)
        if titles:
            ax.set_title(titles[k], loc="center", fontsize=9.5)
    return grid


def _looks(pictures: Sequence[np.ndarray], signed: bool | Sequence[bool]) -> list[dict]:
    """imshow's colour arguments for each picture."""
    peaks = [float(np.abs(p).max()) or 1.0 for p in pictures]
    if isinstance(signed, bool):
        peaks, signed = [max(peaks)] * len(pictures), [signed] * len(pictures)
    return [
        {"cmap": SIGNED, "vmin": -peak, "vmax": peak} if s else {"cmap": "gray_r", "vmin": 0}
        for peak, s in zip(peaks, signed, strict=True)
    ]


def plane(
    *, reach: float | None = None, low: float = -4.0, high: float = 4.0, size: tuple[float, float] = (4.8, 4.2)
) -> Axes:
    """Return empty axes of a square piece of the plane, with both inputs named.

    Args:
        reach: from −reach to reach in both directions; or give ``low`` and ``high``.
        low, high: the limits in both directions.
        size: inches.
    """
    if reach is not None:
        low, high = -reach, reach
    ax = axes_or_new(None, size)
    ax.axhline(0, color=COLORS["faint"], linewidth=0.8, zorder=0)
    ax.axvline(0, color=COLORS["faint"], linewidth=0.8, zorder=0)
    ax.set(xlim=(low, high), ylim=(low, high), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
    return ax

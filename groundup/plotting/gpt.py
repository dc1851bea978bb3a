"""Figures of chapter 11: choosing the next token, a text shaded by surprise, learning curves, the cache's cost."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from groundup.plotting.base import COLORS, axes_or_new

LINE_END = "¶"


def choices(tables: Mapping[str, Sequence[float]], labels: Sequence[str]) -> np.ndarray:
    """Draw distributions over a few tokens side by side as bars; a cross stands where nothing is left.

    Args:
        tables: title → (v,) probabilities.
        labels: (v,) what stands below each bar.

    Returns:
        the axes, from left to right.
    """
    _, axes = plt.subplots(1, len(tables), figsize=(2.3 * len(tables), 2.6), sharey=True, squeeze=False)
    for ax, (title, p) in zip(axes[0], tables.items(), strict=True):
        p = np.asarray(p, dtype=float)
        ax.bar(range(len(p)), p, color=COLORS["output"], width=0.7)
        ax.plot(np.flatnonzero(p == 0), np.full((p == 0).sum(), 0.02), "x", color=COLORS["loss"], markersize=6)
        ax.set_title(title, fontsize=10.5)
        ax.set_xticks(range(len(p)), list(labels))
        ax.set(ylim=(0, 1.0), xlim=(-0.6, len(p) - 0.4), xlabel="next character")
    axes[0, 0].set_ylabel("probability")
    return axes[0]


def surprising_text(text: str, surprise: Sequence[float], *, ceiling: float = 6.0, ax: Axes | None = None) -> Axes:
    """Write a text with each character on a ground that is the darker, the more it surprised a model.

    Args:
        text: n characters; a line end begins a new line and is shown as ¶.
        surprise: (n,) nats.
        ceiling: so many nats and more are darkest.
        ax: axes to draw on; None makes new ones.
    """
    if len(text) != len(surprise):
        raise ValueError(f"surprising_text wants a surprise for each of {len(text)} characters, got {len(surprise)}.")
    places, row, column = [], 0, 0
    for character in text:
        places.append((row, column))
        row, column = (row + 1, 0) if character == "\n" else (row, column + 1)
    rows, columns = 1 + max(r for r, _ in places), 1 + max(c for _, c in places)
    ax = axes_or_new(ax, (0.16 * columns + 0.4, 0.3 * rows + 0.3))
    for character, nats, (r, c) in zip(text, surprise, places, strict=True):
        strength = min(max(float(nats), 0.0), ceiling) / ceiling
        ax.add_patch(Rectangle((c - 0.5, r - 0.5), 1, 1, facecolor=COLORS["loss"], alpha=0.8 * strength, linewidth=0))
        shown = LINE_END if character == "\n" else character
        ink = COLORS["faint"] if character == "\n" else COLORS["ink"]
        ax.text(c, r, shown, ha="center", va="center", family="DejaVu Sans Mono", fontsize=9.5, color=ink)
    ax.set(xlim=(-0.6, columns - 0.4), ylim=(rows - 0.4, -0.6))
    ax.axis("off")
    return ax


def learning(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    labels: tuple[str, str],
    levels: Mapping[str, float] | None = None,
    colors: Sequence[str] = ("loss", "output", "weight"),
    ax: Axes | None = None,
) -> Axes:
    """Draw curves that each have their own x, with names at their ends and level lines for what is to be beaten.

    Args:
        series: name → (x, y).
        labels: of the two axes, with units.
        levels: name → height.
        colors: keys of ``COLORS``, one a curve.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (6.6, 3.8))
    for (name, (x, y)), key, style in zip(series.items(), colors, ("-", "--", "-."), strict=False):
        ax.plot(x, y, color=COLORS[key], linestyle=style)
        ax.annotate(f" {name}", (x[-1], y[-1]), color=COLORS[key], va="center", annotation_clip=False)
    for name, height in (levels or {}).items():
        ax.axhline(height, color=COLORS["faint"], linewidth=1, zorder=0)
        ax.text(1.0, height, f"{name} ", color=COLORS["baseline"], fontsize=9, ha="right", va="bottom",
                transform=ax.get_yaxis_transform())  # fmt: skip
    ax.set(xlabel=labels[0], ylabel=labels[1])
    return ax


def cache_costs(length: Sequence[int], counts: Mapping[str, Sequence[float]], seconds: Mapping[str, Sequence[float]]):
    """Draw what each next token costs against the length of the text: counted on the left, measured on the right.

    Args:
        length: (n,) places so far.
        counts: name → (n,) multiply-adds.
        seconds: name → (n,) seconds.

    Returns:
        the two axes.
    """
    _, axes = plt.subplots(1, 2, figsize=(8.8, 3.5))
    scales = ((counts, 1e-6, "millions of multiply-adds"), (seconds, 1e3, "milliseconds"))
    for ax, (series, scale, label) in zip(axes, scales, strict=True):
        for (name, values), key, style, shape in zip(series.items(), ("loss", "output"), "-:", "os", strict=True):
            values = scale * np.asarray(values, dtype=float)
            ax.plot(length, values, color=COLORS[key], linestyle=style, marker=shape, markersize=4)
            up = (0, 8) if key == "output" else (0, 4)
            ax.annotate(
                name,
                (length[-1], values[-1]),
                up,
                textcoords="offset points",
                color=COLORS[key],
                ha="right",
                va="bottom",
            )
        ax.set(xlabel="length of the text (characters)", ylabel=f"{label} for the next one")
        ax.set_ylim(bottom=0)
    return axes

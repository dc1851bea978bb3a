"""Figures of chapter 06: fits of several sizes, results with their spread, confusion, accuracies of each class."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from groundup.plotting.base import COLORS, axes_or_new

_ERRORS = LinearSegmentedColormap.from_list("groundup_errors", [COLORS["paper"], "#F3BD95", COLORS["loss"]])


def noisy_fits(x: np.ndarray, t: np.ndarray, across: np.ndarray, true: np.ndarray, found: Mapping[str, np.ndarray]):
    """Draw the same noisy points with one fitted curve a panel; return the axes.

    Args:
        x, t: (n,) points.
        across: (m,) places of the curves.
        true: (m,) the curve that the points come from.
        found: title → (m,) fitted curve.
    """
    _, axes = plt.subplots(1, len(found), figsize=(3.0 * len(found), 2.8), sharey=True)
    for ax, (title, curve) in zip(np.atleast_1d(axes), found.items(), strict=True):
        ax.plot(across, true, color=COLORS["baseline"], linestyle=":")
        ax.plot(across, curve, color=COLORS["output"])
        ax.plot(x, t, "o", color=COLORS["ink"], markersize=4)
        ax.set(title=title, xlabel="x", ylim=(t.min() - 0.8, t.max() + 0.8))
    np.atleast_1d(axes)[0].set_ylabel("t")
    return axes


def spread(rows: Mapping[str, np.ndarray], *, label: str, marked: Sequence[str] = (), ax: Axes | None = None) -> Axes:
    """Draw results over seeds, one row each: a dot a seed, a line at the mean, and the mean as a number.

    Args:
        rows: name → (seeds,) results between 0 and 1.
        label: of the axis, with its unit.
        marked: names of rows that stand in the baseline's colour, to compare with.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (7.2, 0.42 * len(rows) + 0.9))
    rng = np.random.default_rng(0)
    for place, (name, values) in enumerate(rows.items()):
        values = 100 * np.asarray(values, dtype=float)
        color = COLORS["baseline"] if name in marked else COLORS["test"]
        away = rng.uniform(-0.14, 0.14, len(values))  # so that equal results do not hide each other
        ax.plot(values, place + away, "o", color=color, markersize=5, alpha=0.75, markeredgewidth=0)
        ax.plot([values.mean()] * 2, [place - 0.33, place + 0.33], color=COLORS["ink"], linewidth=2)
        ax.text(1.01, place, f"{values.mean():.1f}", transform=ax.get_yaxis_transform(), va="center", fontsize=10)
    ax.set(yticks=range(len(rows)), yticklabels=list(rows), xlabel=label, ylim=(len(rows) - 0.4, -0.6))
    ax.grid(axis="x", color=COLORS["faint"], linewidth=0.5)
    return ax


def over_seeds(
    series: Mapping[str, np.ndarray],
    at: np.ndarray,
    *,
    labels: tuple[str, str],
    colors: Sequence[str],
    log: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw curves over several seeds: thin lines for each, a thick one for their mean, its name at its end.

    Args:
        series: name → (seeds, points).
        at: (points,) places, shared by all.
        labels: names of the two axes, with units.
        colors: keys of ``COLORS``, one a series.
        log: logarithmic vertical axis.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (6.8, 3.6))
    for (name, values), key, style in zip(series.items(), colors, ["-", "--", "-.", ":"] * len(series), strict=False):
        color, mean = COLORS[key], np.nanmean(values, axis=0)
        ax.plot(at, values.T, color=color, linewidth=0.6, alpha=0.35)
        ax.plot(at, mean, color=color, linestyle=style)
        ax.annotate(f" {name}", (at[-1], mean[-1]), color=color, va="center", annotation_clip=False)
    ax.set(xlabel=labels[0], ylabel=labels[1], yscale="log" if log else "linear")
    return ax


def confusion_matrix(counts: np.ndarray, *, names: Sequence[str] | None = None, ax: Axes | None = None) -> Axes:
    """Draw a confusion matrix: the darker, the more often; the diagonal, which would outshine all, is left white.

    Args:
        counts: (k, k): rows what it is, columns what was answered.
        names: of the classes; None counts from 0.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (5.2, 4.8))
    counts = np.asarray(counts)
    k = len(counts)
    shown = np.where(np.eye(k, dtype=bool), 0, counts)
    ax.imshow(shown, cmap=_ERRORS, vmin=0, vmax=max(1, shown.max()))
    for i, j in np.ndindex(k, k):
        if shown[i, j]:
            dark = shown[i, j] > 0.75 * shown.max()
            ax.text(j, i, int(shown[i, j]), ha="center", va="center", fontsize=9, color="white" if dark else "black")
    ticks = list(names or range(k))
    ax.set(xticks=range(k), yticks=range(k), xticklabels=ticks, yticklabels=ticks)
    ax.set(xlabel="what the network says", ylabel="what it is")
    ax.plot([-0.5, k - 0.5], [-0.5, k - 0.5], color=COLORS["faint"], linewidth=0.8)
    return ax


def class_accuracies(
    series: Mapping[str, np.ndarray], *, colors: Sequence[str], marks: Sequence[str] = "o^sD", ax: Axes | None = None
) -> Axes:
    """Draw the accuracy of each class for several networks: one marker a network and class.

    Args:
        series: name → (k,) accuracies between 0 and 1, or (seeds, k): then every seed is a small marker, the mean a
            large one.
        colors: keys of ``COLORS``, one a series.
        marks: matplotlib's markers, one a series.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (7.2, 3.4))
    for place, ((name, values), key, mark) in enumerate(zip(series.items(), colors, marks, strict=False)):
        values = 100 * np.atleast_2d(values)
        at = np.arange(values.shape[1]) + 0.22 * (place - (len(series) - 1) / 2)
        for one in values if len(values) > 1 else ():
            ax.plot(at, one, mark, color=COLORS[key], markersize=3.5, alpha=0.5, markeredgewidth=0)
        ax.plot(at, values.mean(axis=0), mark, color=COLORS[key], markersize=7, label=name, markeredgecolor="white")
    for edge in np.arange(values.shape[1] - 1) + 0.5:
        ax.axvline(edge, color=COLORS["faint"], linewidth=0.5)
    ax.set(xticks=range(values.shape[1]), xlabel="digit", ylabel="right (%)")
    ax.legend(loc="lower left", frameon=True, facecolor=COLORS["paper"], edgecolor=COLORS["faint"], framealpha=1)
    return ax

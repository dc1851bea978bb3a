"""Figures of chapter 05: sizes layer by layer, paths over a surface, a repair in steps, sick loss curves."""

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from groundup.plotting.base import COLORS, axes_or_new

#: One colour and line style a rule, here and in the interactive figure.
RULES = {"SGD": "baseline", "momentum": "output", "RMSprop": "class1", "Adam": "gradient", "AdamW": "gradient"}
STYLES = {"SGD": "-", "momentum": "--", "RMSprop": "-.", "Adam": "-", "AdamW": "-"}


def histograms(layers: Mapping[str, Sequence[np.ndarray]], *, reach: float | None = None) -> np.ndarray:
    """Draw the histograms of what each layer gives, one row a way to draw the weights; return the axes.

    Args:
        layers: name of the row → arrays of any shape, one a layer.
        reach: every panel runs from −reach to reach; None gives each row its own, by its first layer.
    """
    columns = max(len(arrays) for arrays in layers.values())
    size = (1.55 * columns + 1.2, 1.15 * len(layers) + 0.5)
    _, axes = plt.subplots(len(layers), columns, figsize=size, squeeze=False)
    for i, (row, (name, arrays)) in enumerate(zip(axes, layers.items(), strict=True)):
        edge = reach or 4 * float(np.std(arrays[0])) or 1.0
        for k, (ax, values) in enumerate(zip(row, arrays, strict=False), start=1):
            # What lies outside is gathered in the last bins, so that nothing is hidden.
            ax.hist(np.clip(np.ravel(values), -edge, edge), bins=41, range=(-edge, edge), color=COLORS["output"])
            ax.set(yticks=[], xlim=(-edge, edge), xticks=[-edge, 0, edge])
            ax.set_xticklabels([f"−{edge:.2g}", "0", f"{edge:.2g}"] if i == len(axes) - 1 or not reach else [])
            ax.tick_params(labelsize=8)
            ax.spines["left"].set_visible(False)
            if i == 0:
                ax.set_title(f"layer {k}", fontsize=9.5, loc="center")
        row[0].set_ylabel(name, rotation=0, ha="right", va="center", fontsize=10)
    return axes


def sizes(series: Mapping[str, Sequence[float]], *, labels: tuple[str, str], ax: Axes | None = None) -> Axes:
    """Draw the size of signals or slopes, layer by layer, on a logarithmic axis; each curve has its name at its end.

    Args:
        series: name → one number above zero a layer.
        labels: names of the two axes.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax)
    colors = [COLORS[key] for key in ("baseline", "class1", "weight", "output", "gradient")]
    for (name, values), color, style in zip(series.items(), colors, ["-.", ":", "--", "-", "-"], strict=False):
        ax.plot(range(1, 1 + len(values)), values, color=color, linestyle=style, marker=".")
        ax.annotate(f"  {name}", (len(values), values[-1]), color=color, va="center", annotation_clip=False)
    ax.set(xlabel=labels[0], ylabel=labels[1], yscale="log")
    return ax


def ground(loss: Callable, x: tuple[float, float], y: tuple[float, float], ax: Axes, levels: int = 14) -> Axes:
    """Draw a loss over two weights as a map with contour lines.

    Args:
        loss: takes two arrays of one shape, returns heights of that shape, 0 or more.
        x, y: the ranges drawn.
        ax: axes to draw on.
        levels: how many contour lines, closer together near the bottom.
    """
    xs, ys = np.linspace(*x, 160), np.linspace(*y, 160)
    height = loss(*np.meshgrid(xs, ys))
    at = height.min() + (height.max() - height.min()) * np.linspace(0, 1, levels + 1)[1:] ** 2
    ax.contourf(xs, ys, height, levels=[height.min(), *at], cmap="Oranges", alpha=0.45)
    ax.contour(xs, ys, height, levels=at[:-1], colors=COLORS["loss"], linewidths=0.5)
    ax.set(xlim=x, ylim=y, xlabel="$w_1$", ylabel="$w_2$")
    return ax


def paths(
    loss: Callable,
    walks: Mapping[str, np.ndarray],
    x: tuple[float, float],
    y: tuple[float, float],
    *,
    lowest: tuple[float, float] = (0.0, 0.0),
) -> np.ndarray:
    """Draw one map a walk, with the places it visited; return the axes.

    Args:
        loss: as in `ground`.
        walks: name → (steps + 1, 2) places, the start included.
        x, y: the ranges drawn.
        lowest: where a cross marks the lowest point.
    """
    _, axes = plt.subplots(1, len(walks), figsize=(2.9 * len(walks), 2.7), sharey=True, squeeze=False)
    for ax, (name, walk) in zip(axes[0], walks.items(), strict=True):
        ground(loss, x, y, ax)
        ax.plot(*np.asarray(walk).T, color=COLORS["gradient"], marker=".", markersize=4, linewidth=1.2)
        ax.plot(*np.asarray(walk)[0], color=COLORS["gradient"], marker="o", markersize=7)
        ax.plot(*lowest, marker="x", color=COLORS["ink"], markersize=8, markeredgewidth=2)
        ax.set_title(name, fontsize=10, loc="center")
        ax.label_outer()
    return axes[0]


def rates(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    *,
    labels: tuple[str, str],
    ceiling: float,
    ax: Axes | None = None,
) -> Axes:
    """Draw a loss over learning rates, one curve a rule or batch size, its lowest point marked.

    Args:
        series: name → (rates, losses); a loss that is not finite or above the ceiling is drawn as a cross on top.
        labels: names of the two axes.
        ceiling: upper end of the vertical axis.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (6.6, 3.8))
    colors = [COLORS[key] for key in ("baseline", "output", "class1", "gradient", "weight")]
    for (name, (at, losses)), color, style in zip(series.items(), colors, ["-", "--", "-.", ":", "-"], strict=False):
        at, losses = np.asarray(at, dtype=float), np.asarray(losses, dtype=float)
        fine = np.isfinite(losses) & (losses <= ceiling)
        ax.plot(at[fine], losses[fine], color=color, linestyle=style, marker=".", label=name)
        ax.plot(at[~fine], np.full(int((~fine).sum()), ceiling), "x", color=color)
        best = int(np.argmin(np.where(fine, losses, np.inf)))
        ax.plot(at[best], losses[best], "o", markersize=9, markerfacecolor="none", markeredgecolor=color)
    ax.set(xscale="log", xlabel=labels[0], ylabel=labels[1], ylim=(0, 1.04 * ceiling))
    ax.legend(frameon=False)
    return ax


def repairs(steps: Mapping[str, Sequence[float]], *, label: str, ax: Axes | None = None) -> Axes:
    """Draw a repair in steps: a row a step from top to bottom, a dot a seed, the mean as a bar and in figures.

    Args:
        steps: name → shares from 0 to 1, one a seed.
        label: name of the horizontal axis.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (7.4, 0.5 * len(steps) + 1.0))
    for row, values in enumerate(map(np.asarray, steps.values())):
        # Wrong answers on a logarithmic axis: the steps near the end are as well seen as the first.
        wrong = 100 * (1 - values)
        ax.plot(wrong, np.full(len(values), row), "o", color=COLORS["validation"], markersize=6, alpha=0.75)
        ax.plot([wrong.mean()] * 2, [row - 0.28, row + 0.28], color=COLORS["ink"], linewidth=2)
        ax.annotate(f"{wrong.mean():.1f} %", (wrong.mean(), row - 0.32), ha="center", va="bottom", fontsize=9)
    ax.set(yticks=range(len(steps)), yticklabels=list(steps), ylim=(len(steps) - 0.5, -0.75))
    ax.set(xscale="log", xlabel=label, xlim=(2, 120), xticks=[2, 5, 10, 20, 50, 100])
    ax.set_xticklabels(["2", "5", "10", "20", "50", "100"])
    ax.minorticks_off()
    return ax


def ward(
    losses: Mapping[str, Sequence[float]], healthy: Sequence[float], *, chance: float, ceiling: float = 6.0
) -> np.ndarray:
    """Draw sick loss curves, one panel each, with the healthy run in grey behind; return the axes.

    Args:
        losses: name of the panel → the loss of each step.
        healthy: the loss of each step of a run without a fault.
        chance: the loss of a network that knows nothing, as a dotted line.
        ceiling: upper end of the axes; where a curve first leaves, an arrow says how high it got.
    """
    width = 1.95 * len(losses)
    _, axes = plt.subplots(1, len(losses), figsize=(width, 2.5), sharey=True, squeeze=False)
    for ax, (name, values) in zip(axes[0], losses.items(), strict=True):
        values = np.asarray(values, dtype=float)
        ax.axhline(chance, color=COLORS["ink"], linestyle=":", linewidth=1)
        ax.plot(healthy, color=COLORS["faint"], linewidth=1)
        ax.plot(values, color=COLORS["loss"], linewidth=1.2)
        if np.nanmax(values) > ceiling:
            words = f"first {values[0]:.1f}, highest {np.nanmax(values):,.0f}"
            box = {"facecolor": COLORS["paper"], "edgecolor": "none", "pad": 1.5, "alpha": 0.9}
            ax.text(0.98, 0.98, words, transform=ax.transAxes, ha="right", va="top", fontsize=8, bbox=box)
        ax.set_title(name, fontsize=10, loc="center")
        ax.set(xlabel="step", ylim=(0, ceiling), xlim=(-5, len(values) + 5))
    axes[0][0].set_ylabel("loss of the batch (nats)")
    return axes[0]

"""Figures of chapter 10: who looks where, as arcs and as maps; how sharp softmax becomes; surprise at each place."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import FancyArrowPatch

from groundup.plotting.base import COLORS, axes_or_new

#: Attention weights: paper at 0, the green of resemblance at 1.
WEIGHTS = LinearSegmentedColormap.from_list("groundup_weights", [COLORS["paper"], "#8FCFB9", COLORS["weight"]])


def lookups(words: Sequence[str], weights: Sequence[float], *, ax: Axes | None = None) -> Axes:
    """Draw what the last word looks at: an arc to each word, as thick as its weight, with the weight beside it.

    Args:
        words: from left to right; the last one asks.
        weights: one for each word, adding up to 1.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (6.4, 2.5))
    last = len(words) - 1
    for j, (word, weight) in enumerate(zip(words, weights, strict=True)):
        asks = j == last
        box = {"boxstyle": "round,pad=0.35", "facecolor": COLORS["paper"], "linewidth": 1.4}
        box["edgecolor"] = COLORS["loss"] if asks else COLORS["weight"]
        ax.text(2 * j, 0, word, ha="center", va="center", fontsize=12, bbox=box, zorder=3)
        start, end, bend = ((2 * last, 0.28), (2 * j, 0.28), 0.42)
        if asks:
            start, end, bend = (2 * j + 0.2, 0.28), (2 * j - 0.2, 0.28), 2.2
        if weight > 0:
            style = {"arrowstyle": "-|>", "mutation_scale": 13, "connectionstyle": f"arc3,rad={bend}"}
            ax.add_patch(
                FancyArrowPatch(start, end, color=COLORS["weight"], linewidth=0.6 + 7 * weight, alpha=0.8, **style)
            )
        ax.text(2 * j, -0.62, f"{weight:.2g}", ha="center", va="center", color=COLORS["weight"], fontsize=11)
    ax.text(2 * last + 0.75, 0, "asks", color=COLORS["loss"], va="center")
    ax.text(-0.75, -0.62, "weight", color=COLORS["weight"], va="center", ha="right")
    ax.set(xlim=(-1.9, 2 * last + 1.6), ylim=(-0.95, 0.5 + 0.55 * last + 0.3))
    ax.axis("off")
    return ax


def attention_maps(
    maps: Mapping[str, np.ndarray],
    keys: Sequence[str],
    queries: Sequence[str] | None = None,
    *,
    size: float = 4.2,
    label: str = "weight",
) -> np.ndarray:
    """Draw attention weights as maps side by side, row = who looks, column = at whom; return the axes.

    Args:
        maps: title → (t, s) weights from 0 to 1.
        keys: what stands at each of the s columns.
        queries: what stands at each of the t rows; None: as the columns.
        size: inches a side.
        label: of the colour bar.
    """
    queries = keys if queries is None else queries
    shape = (size * len(maps) + 0.6, (size - 0.8) * len(queries) / len(keys) + 1.0)
    _, axes = plt.subplots(1, len(maps), figsize=shape, squeeze=False, layout="constrained")
    for ax, (title, weights) in zip(axes[0], maps.items(), strict=True):
        picture = ax.imshow(np.asarray(weights, dtype=float), cmap=WEIGHTS, vmin=0, vmax=1, aspect="equal")
        ax.set_xticks(range(len(keys)), list(keys), fontsize=9 if len(keys) <= 24 else 7)
        ax.set_yticks(range(len(queries)), list(queries), fontsize=9 if len(queries) <= 24 else 7)
        ax.tick_params(length=0, top=True, labeltop=True, labelbottom=False)
        ax.xaxis.set_label_position("top")
        ax.set(xlabel="looks at (key)", ylabel="who looks (query)")
        ax.spines[:].set(visible=True, color=COLORS["faint"], linewidth=0.8)
        ax.text(0.5, -0.04, title, transform=ax.transAxes, ha="center", va="top", fontsize=10.5)
    axes[0, 0].figure.colorbar(picture, ax=list(axes[0]), label=label, shrink=0.85)
    return axes[0]


def place_surprise(
    series: Mapping[str, np.ndarray], *, again: int, chance: float | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the mean surprise at each place of sequences that begin anew at place ``again``.

    Args:
        series: name → (places,) or (seeds, places) nats, from place 2 on, for the first letter is not predicted.
        again: the place, counted from 1, at which the second copy begins.
        chance: a dotted line, such as ln 27.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (7.0, 3.5))
    for (name, values), color, dash in zip(
        series.items(), ("baseline", "loss", "output"), ("--", "-", ":"), strict=False
    ):
        values = np.atleast_2d(values)
        at = np.arange(2, 2 + values.shape[1])
        ax.plot(at, values.T, color=COLORS[color], linewidth=0.6, alpha=0.4)
        ax.plot(at, values.mean(axis=0), color=COLORS[color], linestyle=dash, marker="o", markersize=3)
        end = {"xytext": (10, 0), "textcoords": "offset points", "va": "center", "annotation_clip": False}
        ax.annotate(name, (at[-1], values.mean(axis=0)[-1]), color=COLORS[color], **end)
    ax.set_xlim(right=at[-1] + 0.5)  # the axis ends before the names begin
    top = max([chance or 0, *(float(np.max(values)) for values in series.values())])
    if chance is not None:
        ax.axhline(chance, color=COLORS["ink"], linewidth=0.9, linestyle=":")
        right = ax.get_xlim()[1]
        ax.text(right, chance + 0.02 * top, "knowing nothing", color=COLORS["ink"], fontsize=9, va="bottom", ha="right")
    ax.axvline(again - 0.5, color=COLORS["faint"], linewidth=1.2)
    ax.text(again + 1.6, 0.3 * top, "the second copy begins", color=COLORS["input"], fontsize=9, va="center")
    ax.set(xlabel="place of the letter", ylabel="surprise (nats)", ylim=(0, 1.15 * top))
    return ax


def sharpness(widths: Sequence[int], largest: Mapping[str, Sequence[float]], ax: Axes | None = None) -> Axes:
    """Draw the largest attention weight against the width d of queries and keys, one curve for each way of scoring."""
    ax = axes_or_new(ax, (6.4, 3.2))
    for (name, values), color, dash in zip(largest.items(), ("loss", "weight"), ("--", "-"), strict=False):
        ax.plot(widths, values, color=COLORS[color], linestyle=dash, marker="o", markersize=4)
        ax.annotate(f"  {name}", (widths[-1], values[-1]), color=COLORS[color], va="center", annotation_clip=False)
    ax.set_xscale("log", base=2)
    ax.set_xticks(list(widths), [str(d) for d in widths])
    ax.set(xlabel="width d of queries and keys", ylabel="largest of 16 weights", ylim=(0, 1.05))
    return ax

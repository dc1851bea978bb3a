"""Figures of chapter 12: sizes of models, text cut into tokens, cross-attention, loss against size, two ladders."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from groundup.plotting.base import COLORS, axes_or_new

#: Backgrounds of neighbouring tokens, pale enough for black letters.
TOKEN_COLORS = ("#D9EAF5", "#FBE7C3", "#D8EFE6")


def model_sizes(ours: Mapping[str, float], theirs: Mapping[str, float], ax: Axes | None = None) -> Axes:
    """Draw numbers of parameters as marks on one logarithmic line: ours below it, others' above.

    Args:
        ours: name → parameters.
        theirs: name → parameters.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (8.6, 3.4))
    ax.axhline(0, color=COLORS["faint"], linewidth=1.5, zorder=0)
    for models, side, key, shape in ((ours, -1, "loss", "o"), (theirs, 1, "output", "s")):
        for k, (name, n) in enumerate(models.items()):
            height = side * (0.3 + 0.38 * (k % 3))
            ax.plot([n, n], [0, height], color=COLORS["faint"], linewidth=1, zorder=0)
            ax.plot(n, 0, shape, color=COLORS[key], markersize=8)
            label = f"{name}\n{n:,.0f}" if n < 1e6 else f"{name}\n{_in_words(n)}"
            back = {"facecolor": COLORS["paper"], "edgecolor": "none", "pad": 0.8}
            place = {"ha": "center", "va": "bottom" if side > 0 else "top"}
            ax.text(n, height, label, fontsize=9, color=COLORS[key], bbox=back, **place)
    ax.set(xscale="log", xlim=(1e3, 1e13), ylim=(-1.5, 1.5), xlabel="parameters (logarithmic)")
    ax.xaxis.set_major_locator(FixedLocator([10.0**k for k in range(3, 14)]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    return ax


def _in_words(n: float) -> str:
    return f"{n / 1e9:,.0f} billion" if n >= 1e9 else f"{n / 1e6:,.0f} million"


def token_boxes(cuts: Mapping[str, Sequence[str]], ax: Axes | None = None) -> Axes:
    """Draw a text cut into tokens, each a box; one row for each way of cutting.

    Args:
        cuts: title → tokens; a blank in a token is drawn as ␣, a line end as ↵.
        ax: axes to draw on; None makes new ones.
    """
    longest = max(sum(map(len, tokens)) for tokens in cuts.values())
    ax = axes_or_new(ax, (max(6.0, 0.2 * longest), 0.35 + 0.85 * len(cuts)))
    for row, (title, tokens) in enumerate(cuts.items()):
        left = 0.0
        ax.text(0, -row + 0.52, title, va="bottom", fontsize=9.5, color=COLORS["input"])
        for k, token in enumerate(tokens):
            shown = token.replace(" ", "␣").replace("\n", "↵")
            color = TOKEN_COLORS[k % len(TOKEN_COLORS)]
            box = plt.Rectangle((left + 0.05, -row), len(token) - 0.1, 0.46, facecolor=color, edgecolor=COLORS["faint"])
            ax.add_patch(box)
            for i, character in enumerate(shown):
                faint = COLORS["baseline"] if character in "␣↵" else COLORS["ink"]
                at = (left + i + 0.5, -row + 0.22)
                ax.text(*at, character, ha="center", va="center", family="monospace", fontsize=10.5, color=faint)
            left += len(token)
    ax.set(xlim=(-0.2, longest + 0.2), ylim=(-len(cuts) + 0.85, 0.95))
    ax.axis("off")
    return ax


def cross_map(looked: np.ndarray, source: Sequence[str], written: Sequence[str], ax: Axes | None = None) -> Axes:
    """Draw cross-attention: a row for each character written, a column for each one read, dark where it looked.

    Args:
        looked: (T, S) weights, rows add up to 1.
        source: S labels.
        written: T labels.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (0.34 * len(source) + 1.0, 0.34 * len(written) + 1.0))
    ax.imshow(looked, cmap="Blues", vmin=0, vmax=float(np.max(looked)), aspect="equal")
    ax.set_xticks(range(len(source)), ["␣" if c == " " else c for c in source], family="monospace")
    ax.set_yticks(range(len(written)), list(written), family="monospace")
    ax.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    ax.xaxis.set_label_position("top")
    ax.set(xlabel="what is read", ylabel="what is written")
    ax.spines[:].set_visible(False)
    return ax


def sizes_and_losses(
    sizes: Sequence[float],
    losses: Sequence[Sequence[float]],
    laws: Mapping[str, tuple[np.ndarray, np.ndarray]],
    ax: Axes | None = None,
) -> Axes:
    """Draw loss against parameters, both logarithmic, with curves that were fitted to it.

    Args:
        sizes: (m,) parameters.
        losses: m lists, one number a seed; the mark is their mean, the bar goes from the least to the most.
        laws: name → (parameters, losses) of a curve.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (7.4, 4.0))
    for (name, (x, y)), key, dash in zip(laws.items(), ("class0", "class1", "test"), ("--", "-.", ":"), strict=False):
        ax.plot(x, y, color=COLORS[key], linestyle=dash, linewidth=1.8)
        ax.annotate(f" {name}", (x[-1], y[-1]), color=COLORS[key], va="center", annotation_clip=False)
    means = np.array([np.mean(values) for values in losses])
    ends = np.array([[np.min(values), np.max(values)] for values in losses])
    ax.errorbar(sizes, means, np.abs(ends.T - means), color=COLORS["loss"], marker="o", capsize=4, linestyle="none")
    ax.set(xscale="log", yscale="log", xlabel="parameters", ylabel="nats per character, held out")
    ticks = [t for t in (0.5, 0.7, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0, 2.4, 2.8) if ax.get_ylim()[0] <= t <= ax.get_ylim()[1]]
    ax.yaxis.set_minor_locator(NullLocator())
    ax.set_yticks(ticks, [f"{t:g}" for t in ticks])
    return ax


def two_ladders(digits: Mapping[str, float], names: Mapping[str, float]) -> np.ndarray:
    """Draw the course's two ladders side by side and return both axes.

    Args:
        digits: model → share of digits read correctly, from the first to the last.
        names: model → nats per character on held-out names, from the first to the last.
    """
    rows = max(len(digits), len(names))
    _, axes = plt.subplots(1, 2, figsize=(11.0, 0.9 + 0.42 * rows), layout="constrained")
    for ax, rungs, key, form, top in (
        (axes[0], digits, "test", "{:.1%}", 1.0),
        (axes[1], names, "loss", "{:.3f}", max(names.values())),
    ):
        ax.barh(range(len(rungs)), list(rungs.values()), height=0.55, color=COLORS[key])
        for k, value in enumerate(rungs.values()):
            ax.text(value + 0.015 * top, k, form.format(value), va="center", color=COLORS[key])
        ax.set_yticks(range(len(rungs)), list(rungs))
        ax.set(xlim=(0, 1.16 * top), ylim=(rows - 0.4, -0.6))
        ax.tick_params(axis="y", length=0)
    axes[0].set(xlabel="digits read correctly", xticks=[0, 0.5, 1], xticklabels=["0 %", "50 %", "100 %"])
    axes[1].set(xlabel="surprise per character, nats")
    return axes

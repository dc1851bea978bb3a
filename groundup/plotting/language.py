"""Figures of chapter 08: what follows, pairs of letters, the ladder, letters as points, temperature, context."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from groundup.ladder import TOKENS
from groundup.plotting.base import COLORS, SIGNED, axes_or_new

VOWELS = "aeiouy"
ON_PAPER = {"facecolor": COLORS["paper"], "edgecolor": "none", "pad": 0.5}


def next_letters(
    tables: Mapping[str, np.ndarray], *, label: str = "probability", ylim: float | None = None
) -> np.ndarray:
    """Draw distributions over the 27 tokens as bars, one panel below the other; return the axes.

    Args:
        tables: title → (27,) numbers, at the place of each token.
        label: of the vertical axes.
        ylim: their upper end; None takes the largest number of all.
    """
    _, axes = plt.subplots(len(tables), 1, figsize=(7.6, 0.7 + 1.5 * len(tables)), sharex=True, squeeze=False)
    top = ylim or 1.12 * max(np.max(values) for values in tables.values())
    for ax, (title, values) in zip(axes[:, 0], tables.items(), strict=True):
        ax.bar(range(27), values, color=COLORS["output"], width=0.8)
        ax.set(ylim=(0, top), xlim=(-0.7, 26.7), ylabel=label)
        ax.set_title(title, fontsize=10.5)
        ax.set_xticks(range(27), list(TOKENS))
    axes[-1, 0].set_xlabel("next character; the dot is the end of the name")
    return axes[:, 0]


def letter_pairs(counts: np.ndarray, ax: Axes | None = None) -> Axes:
    """Draw counts of pairs (27, 27) as squares, darker by the logarithm: row = this character, column = the next."""
    ax = axes_or_new(ax, (6.4, 6.0))
    ax.imshow(np.log1p(counts), cmap="Blues", aspect="equal")
    empty = np.argwhere(np.asarray(counts) == 0)
    ax.plot(empty[:, 1], empty[:, 0], "x", color=COLORS["loss"], markersize=3.5, markeredgewidth=0.9)
    ax.set_xticks(range(27), list(TOKENS))
    ax.set_yticks(range(27), list(TOKENS))
    ax.tick_params(length=0, top=True, labeltop=True, labelbottom=False)
    ax.xaxis.set_label_position("top")
    ax.set(xlabel="next character", ylabel="this character")
    ax.spines[:].set_visible(False)
    return ax


def ladder(rungs: Mapping[str, float], *, new: Sequence[str] = (), ax: Axes | None = None) -> Axes:
    """Draw the ladder: each model's nats per character on the same held-out names, the best below.

    Args:
        rungs: name → nats per character, from the first model to the last.
        new: names of the rungs that are singled out, such as this chapter's; none: all.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (7.2, 0.9 + 0.42 * len(rungs)))
    for k, (name, nats) in enumerate(rungs.items()):
        color = COLORS["loss"] if not new or name in new else COLORS["baseline"]
        ax.barh(k, nats, height=0.55, color=color)
        # On paper of its own, so that a level which somebody draws across the bars does not strike a number out.
        ax.text(nats + 0.02, k, f"{nats:.3f}", va="center", color=color, bbox=ON_PAPER)
    ax.set_yticks(range(len(rungs)), list(rungs))
    ax.invert_yaxis()
    ax.set(xlim=(0, 1.12 * max(rungs.values())), xlabel="surprise per character on held-out names (nats)")
    ax.tick_params(axis="y", length=0)
    return ax


def letter_map(at: np.ndarray, names: Sequence[str] = TOKENS, ax: Axes | None = None) -> Axes:
    """Draw each letter at its point, vowels bold in a coloured circle, the others in a small square.

    Args:
        at: (n, 2) places.
        names: what stands at each.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (5.6, 5.0))
    at = np.asarray(at, dtype=float)
    for token, (x, y) in zip(names, at, strict=True):
        vowel = token in VOWELS
        look = {"facecolor": "#F6D998" if vowel else COLORS["paper"], "edgecolor": COLORS["faint"], "linewidth": 0.8}
        shape = "circle" if vowel else "square"
        bold = "bold" if vowel else "normal"
        box = {"boxstyle": f"{shape},pad={0.3 if vowel else 0.12}", **look}
        ax.text(x, y, token, ha="center", va="center", fontsize=11 if vowel else 9, fontweight=bold, bbox=box)
    low, high = at.min(axis=0), at.max(axis=0)
    margin = 0.08 * (high - low)
    ax.set(xlim=(low[0] - margin[0], high[0] + margin[0]), ylim=(low[1] - margin[1], high[1] + margin[1]))
    ax.set(xlabel="first direction", ylabel="second direction")
    return ax


def context_lengths(
    counted: Mapping[int, float], learnt: Mapping[int, Sequence[float]], ax: Axes | None = None
) -> Axes:
    """Draw surprise against the number of characters that a model sees: by counting, and learnt.

    Args:
        counted: number of characters → nats per character.
        learnt: number of characters → nats per character, one number a seed; the bars go from the least to the most.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (6.6, 3.7))
    ax.plot(list(counted), list(counted.values()), color=COLORS["baseline"], linestyle="--", marker="s")
    means = np.array([np.mean(values) for values in learnt.values()])
    ends = np.array([[np.min(values), np.max(values)] for values in learnt.values()])
    ax.errorbar(list(learnt), means, np.abs(ends.T - means), color=COLORS["loss"], marker="o", capsize=4)
    for name, series, color in (
        ("counts", list(counted.items()), "baseline"),
        ("network", [*zip(learnt, means, strict=True)], "loss"),
    ):
        ax.annotate(f"  {name}", series[-1], color=COLORS[color], va="center", annotation_clip=False)
    ax.set(xlabel="characters that the model sees", ylabel="nats per character")
    ax.set_xticks(sorted({*counted, *learnt}))
    return ax


def resemblance(matrix: np.ndarray, labels: Sequence[str], *, block: int = 0, ax: Axes | None = None) -> Axes:
    """Draw how much each thing resembles each other one: orange alike, blue opposite, paper where nothing is known.

    Args:
        matrix: (n, n), from −1 to 1.
        labels: one for each row.
        block: a frame around the first so many rows and columns; 0: none.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (6.6, 5.6))
    shown = np.array(matrix, dtype=float)
    np.fill_diagonal(shown, np.nan)
    picture = ax.imshow(shown, cmap=SIGNED, vmin=-0.6, vmax=0.6, aspect="equal")
    ax.set_xticks(range(len(labels)), labels)
    ax.set_yticks(range(len(labels)), labels)
    ax.tick_params(length=0, labelsize=9, top=True, labeltop=True, labelbottom=False)
    ax.spines[:].set_visible(False)
    if block:
        ax.add_patch(Rectangle((-0.5, -0.5), block, block, fill=False, edgecolor=COLORS["ink"], linewidth=1.6))
    ax.figure.colorbar(picture, ax=ax, label="resemblance (cosine)", shrink=0.8)
    return ax

"""Figures of chapter 09: lengths of names, the cell unrolled in time, hidden states, accuracy by length, forecasts."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch
from matplotlib.ticker import MaxNLocator

from groundup.plotting.base import COLORS, SIGNED, axes_or_new


def accuracy_by_length(
    series: Mapping[str, np.ndarray],
    lengths: Sequence[int],
    *,
    learnt: int | None = None,
    colors: Sequence[str] = ("output", "loss", "weight", "ink"),
    label: str = "share of strings without a mistake",
    ax: Axes | None = None,
) -> Axes:
    """Draw how often an answer is right against how long the question is: thin lines for seeds, a thick mean.

    Args:
        series: name → (seeds, lengths) or (lengths,) shares from 0 to 1.
        lengths: the length that each column belongs to.
        learnt: up to which length there were examples to learn from; what lies beyond is shaded.
        colors: keys of ``COLORS``, one a series.
        label: of the vertical axis.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (6.8, 3.6))
    for (name, values), key, dash in zip(series.items(), colors, ("-", "--", "-.", ":"), strict=False):
        values, color = np.atleast_2d(values), COLORS[key]
        mean = values.mean(axis=0)
        ax.plot(lengths, values.T, color=color, linewidth=0.6, alpha=0.4)
        ax.plot(lengths, mean, color=color, linestyle=dash, marker="o", markersize=3.5)
        # The name stands where the curve is steepest or, if it never falls, at its end.
        at = int(np.argmin(np.abs(mean - 0.5))) if mean.min() < 0.5 else len(mean) - 1
        point, others = (lengths[at], mean[at]), [v for other, v in series.items() if other != name]
        beside = _beside(point, name, others, lengths)
        if beside is None:
            ax.annotate(f"  {name}", point, color=color, va="bottom", annotation_clip=False)
        else:  # another curve passes there: the name stands behind it, and a thin line leads back
            line = {"arrowstyle": "-", "color": color, "linewidth": 0.8, "shrinkA": 1, "shrinkB": 3}
            ax.annotate(name, point, beside, color=color, va="center", arrowprops=line)
    if learnt is not None and max(lengths) > learnt:
        ax.axvspan(learnt + 0.5, max(lengths) + 0.5, color=COLORS["faint"], alpha=0.25, linewidth=0)
        ax.text(learnt + 0.8, 1.0, "longer than any it learnt from", color=COLORS["input"], va="top", fontsize=9)
    ax.set(xlabel="length of the string", ylabel=label, ylim=(-0.03, 1.05), xlim=(0.5, max(lengths) + 0.5))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=10, steps=[1, 2, 5, 10], integer=True))
    return ax


def _beside(point: tuple, name: str, others: Sequence[np.ndarray], lengths: Sequence[int]) -> tuple | None:
    """Where a name can stand if another curve passes through its place right of ``point``; None if none does."""
    (x, y), span = point, max(lengths) - min(lengths)
    grid = np.linspace(min(lengths), max(lengths), 400)
    rows = [np.interp(grid, lengths, row) for values in others for row in np.atleast_2d(values)]
    here = (grid > x) & (grid < x + 0.015 * span * (len(name) + 2))
    if not any(((row > y - 0.02) & (row < y + 0.1) & here).any() for row in rows):
        return None
    y = y - 0.12
    met = [grid[(row > y - 0.06) & (row < y + 0.06)] for row in rows]
    return max([x, *(xs.max() for xs in met if len(xs))]) + 0.05 * span, y


def name_lengths(lengths: Sequence[int], sees: int, ax: Axes | None = None) -> Axes:
    """Draw how many names have each length; those that a window of ``sees`` letters holds whole are singled out."""
    ax = axes_or_new(ax, (6.4, 3.0))
    count = np.bincount(lengths)
    at = np.arange(len(count))
    whole = at <= sees
    ax.bar(at[whole], count[whole], color=COLORS["output"], width=0.8)
    ax.bar(at[~whole], count[~whole], color=COLORS["baseline"], width=0.8)
    high = count[: sees + 1].max() + 0.03 * count.max()
    ax.text(sees + 0.4, high, "seen whole", color=COLORS["output"], ha="right")
    ax.set(xlabel="letters of the name", ylabel="names", xticks=at[1:])
    return ax


def unrolled(letters: str, ax: Axes | None = None) -> Axes:
    """Draw the cell once for each letter: letters come from below, the state goes from left to right, forecasts up."""
    ax = axes_or_new(ax, (7.6, 2.9))
    arrow = {"arrowstyle": "-|>", "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0}

    def draw(start, end, key):
        ax.annotate("", end, start, arrowprops={**arrow, "color": COLORS[key]})

    for j, letter in enumerate(letters):
        x = 2 * j
        ax.add_patch(
            FancyBboxPatch(
                (x - 0.5, -0.35),
                1.0,
                0.7,
                boxstyle="round,pad=0.02",
                facecolor=COLORS["paper"],
                edgecolor=COLORS["weight"],
                linewidth=1.8,
            )
        )
        ax.text(x, 0, "cell", ha="center", va="center", color=COLORS["weight"])
        draw((x, -1.05), (x, -0.4), "input")
        ax.text(x, -1.3, f"{letter}", ha="center", va="center", color=COLORS["input"], fontsize=13)
        draw((x, 0.4), (x, 1.05), "loss")
        draw((x - 1.45, 0), (x - 0.55, 0), "output")
        ax.text(x - 1.0, 0.18, f"$h_{j}$", ha="center", color=COLORS["output"])
        ax.text(x, 1.28, "next?", ha="center", va="center", color=COLORS["loss"])
    x = 2 * len(letters) - 2
    draw((x + 0.55, 0), (x + 1.45, 0), "output")
    ax.text(x + 1.0, 0.18, f"$h_{len(letters)}$", ha="center", color=COLORS["output"])
    ax.set(xlim=(-1.7, x + 1.7), ylim=(-1.6, 1.55))
    ax.axis("off")
    return ax


def hidden_states(states: np.ndarray, letters: Sequence[str], *, units: int = 40, ax: Axes | None = None) -> Axes:
    """Draw a state (steps, units) as it changes: a column for each letter read, a row for each unit.

    Args:
        states: (t, m), from −1 to 1.
        letters: what was read at each step.
        units: how many rows are drawn, from the first on.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (6.4, 3.8))
    picture = ax.imshow(np.asarray(states)[:, :units].T, cmap=SIGNED, vmin=-1, vmax=1, aspect="auto")
    ax.set_xticks(range(len(letters)), list(letters))
    ax.tick_params(length=0)
    ax.set(xlabel="letter just read; the dot is the start", ylabel="unit")
    ax.figure.colorbar(picture, ax=ax, label="state")
    ax.spines[:].set_visible(False)
    return ax


def forecasts(
    time: np.ndarray, came: np.ndarray, told: Mapping[str, np.ndarray], *, label: str, ax: Axes | None = None
) -> Axes:
    """Draw what came, in grey, and one or two forecasts of it.

    Args:
        time: (n,) years.
        came: (n,) what was measured.
        told: name → (n,) forecasts.
        label: of the vertical axis.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (7.4, 3.2))
    ax.plot(time, came, color=COLORS["baseline"], linewidth=1.0, label="measured")
    for (name, values), key, dash in zip(told.items(), ("output", "loss"), ("-", "--"), strict=False):
        ax.plot(time, values, color=COLORS[key], linestyle=dash, linewidth=1.5, label=name)
    ax.set(xlabel="year", ylabel=label)
    ax.legend(loc="upper right", frameon=False)
    return ax

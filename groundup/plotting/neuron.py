"""Figures of chapter 01: the cell and the neuron, activations, cuts, the loss as a landscape, surprise."""

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Ellipse

from groundup.plotting.base import COLORS, PROBABILITY, axes_or_new


def cell_and_neuron() -> np.ndarray:
    """Draw a nerve cell, simplified, beside the artificial neuron; return both axes."""
    _, axes = plt.subplots(1, 2, figsize=(8.4, 3.0))
    for ax in axes:
        ax.set(xlim=(0, 10), ylim=(0, 6), aspect="equal")
        ax.axis("off")
    _cell(axes[0])
    _neuron(axes[1])
    return axes


def _cell(ax: Axes) -> None:
    ink = COLORS["ink"]
    branches = [
        [(0.3, 5.4), (1.6, 4.6), (3.2, 3.5)],
        [(0.2, 3.3), (1.6, 3.2), (3.0, 3.0)],
        [(0.4, 0.8), (1.7, 1.6), (3.2, 2.6)],
    ]
    twigs = [
        [(0.8, 5.8), (1.6, 4.6)],
        [(0.3, 4.3), (1.6, 4.6)],
        [(0.2, 2.5), (1.6, 3.2)],
        [(0.2, 1.8), (1.7, 1.6)],
        [(1.2, 0.4), (1.7, 1.6)],
    ]
    for line in branches + twigs:
        ax.plot(*np.array(line).T, color=COLORS["input"], linewidth=2.2, solid_capstyle="round")
    ax.add_patch(Ellipse((3.9, 3.05), 2.0, 1.7, facecolor="#E9E9E4", edgecolor=ink, linewidth=1.5))
    ax.plot([4.9, 8.3], [3.05, 3.05], color=COLORS["output"], linewidth=3)
    for y in (2.0, 3.05, 4.1):
        ax.plot([8.3, 9.5], [3.05, y], color=COLORS["output"], linewidth=2, solid_capstyle="round")
    ax.text(1.9, 5.5, "dendrites: receive", fontsize=10)
    ax.text(3.9, 3.05, "body:\nadds up", ha="center", va="center", fontsize=9.5)
    ax.text(5.2, 3.35, "axon: fires", fontsize=10)
    ax.text(8.1, 4.5, "synapses", fontsize=10)


def _neuron(ax: Axes) -> None:
    arrow = {"arrowstyle": "-|>", "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0}
    for i, y in enumerate((5.0, 3.0, 1.0), start=1):
        ax.text(0.3, y, f"$x_{i}$", va="center", fontsize=13)
        ax.annotate("", (3.05, 3.0 + 0.22 * (2 - i)), (0.95, y), arrowprops={**arrow, "color": COLORS["input"]})
        ax.text(1.85, (4.5, 3.2, 1.25)[i - 1], f"$w_{i}$", color=COLORS["weight"], fontsize=13)
    ax.add_patch(Circle((3.9, 3.0), 0.85, facecolor="#E9E9E4", edgecolor=COLORS["ink"], linewidth=1.5))
    ax.text(3.9, 3.0, "Σ + b", ha="center", va="center", fontsize=12)
    ax.annotate("", (6.1, 3.0), (4.75, 3.0), arrowprops={**arrow, "color": COLORS["ink"]})
    ax.text(5.35, 3.25, "$z$", fontsize=13)
    ax.add_patch(Circle((6.9, 3.0), 0.8, facecolor="#E9E9E4", edgecolor=COLORS["ink"], linewidth=1.5))
    curve = np.linspace(-1, 1, 50)
    ax.plot(6.9 + 0.5 * curve, 3.0 + 0.45 * np.tanh(3 * curve), color=COLORS["ink"], linewidth=2)
    ax.annotate("", (9.1, 3.0), (7.7, 3.0), arrowprops={**arrow, "color": COLORS["output"]})
    ax.text(9.25, 3.0, "$a$", va="center", fontsize=13)
    ax.text(3.9, 1.7, "weighted sum", ha="center", fontsize=10)
    ax.text(6.9, 1.7, "activation", ha="center", fontsize=10)


def activations(functions: Mapping[str, tuple[Callable, Callable]], reach: float = 4.0) -> np.ndarray:
    """Draw each activation (solid) with its slope (dashed), one panel each; return the axes.

    Args:
        functions: name → (function, its derivative), both taking an array.
        reach: from −reach to reach.
    """
    _, axes = plt.subplots(1, len(functions), figsize=(2.3 * len(functions), 2.5), sharey=True)
    z = np.linspace(-reach, reach, 401)
    for ax, (name, (f, slope)) in zip(np.atleast_1d(axes), functions.items(), strict=True):
        ax.axhline(0, color=COLORS["faint"], linewidth=0.8)
        ax.plot(z, f(z), color=COLORS["output"])
        ax.plot(z, slope(z), color=COLORS["gradient"], linestyle="--")
        ax.set(title=name, xlabel="z", ylim=(-1.3, 2.2))
    np.atleast_1d(axes)[0].set_ylabel("activation, slope")
    return axes


def cut(w: Sequence[float], b: float, *, label: str = "", arrow: bool = True, style: str = "-", ax: Axes) -> Axes:
    """Draw the line w·x + b = 0 over the whole axes, with w as an arrow from it.

    Args:
        w: (2,) weights, not both zero.
        b: bias.
        label: text at the line.
        arrow: draw w, starting at the point of the line nearest to the middle of the axes.
        style: matplotlib's line style.
        ax: axes, whose limits are kept.
    """
    w = np.asarray(w, dtype=float)
    if w.shape != (2,) or not w.any():
        raise ValueError(f"cut() draws a line in the plane: it wants two weights, not both zero, and got {w.tolist()}.")
    limits = np.array([ax.get_xlim(), ax.get_ylim()])
    middle = limits.mean(axis=1)
    foot = middle - w * (w @ middle + b) / (w @ w)
    along = np.array([-w[1], w[0]]) / np.linalg.norm(w)
    far = np.abs(np.diff(limits)).sum() * 2
    ends = np.stack([foot - far * along, foot + far * along])
    ax.plot(*ends.T, color=COLORS["ink"], linestyle=style, linewidth=1.6)
    if arrow:
        ax.annotate("", foot + w, foot, arrowprops={"arrowstyle": "-|>", "color": COLORS["weight"], "linewidth": 2.2})
        ax.annotate(" w", foot + w, color=COLORS["weight"], fontsize=12)
    if label:
        ax.annotate(label, _inside(foot, along, limits), fontsize=9.5, ha="right", va="bottom")
    ax.set(xlim=limits[0], ylim=limits[1])
    return ax


def _inside(foot: np.ndarray, along: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """A point of the line near the edge of the axes, but inside."""
    steps = np.linspace(0, np.abs(np.diff(limits)).sum(), 400)[:, None]
    points = np.concatenate([foot + steps * along, foot - steps * along])
    low, high = limits[:, 0], limits[:, 1]
    margin = 0.06 * (high - low)
    ok = points[((points > low + margin) & (points < high - margin)).all(axis=1)]
    return ok[np.argmax(ok[:, 0])] if len(ok) else foot


def line_fits(
    x: np.ndarray,
    t: np.ndarray,
    lines: Mapping[str, tuple[float, float]],
    *,
    labels: tuple[str, str],
    ax: Axes | None = None,
) -> Axes:
    """Draw points and straight lines w·x + b through them, each with its name at its right end.

    Args:
        x: (n,) inputs.
        t: (n,) targets.
        lines: name → (w, b).
        labels: names of the two axes, with units.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (6.4, 3.8))
    ax.scatter(x, t, s=14, color=COLORS["class2"], edgecolor="none", alpha=0.8)
    ends = np.array([x.min(), x.max()])
    colors = [COLORS["baseline"], COLORS["ink"], COLORS["output"]]
    for (name, (w, b)), color, style in zip(lines.items(), colors, ["--", "-.", "-"], strict=False):
        ax.plot(ends, w * ends + b, color=color, linestyle=style)
        ax.annotate(f" {name}", (ends[1], w * ends[1] + b), color=color, va="center", annotation_clip=False)
    ax.set(xlabel=labels[0], ylabel=labels[1])
    return ax


def landscape(
    loss: Callable[[float, float], float],
    w: tuple[float, float],
    b: tuple[float, float],
    *,
    path: np.ndarray | None = None,
    lowest: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw a loss over one weight and one bias as a map with contour lines.

    Args:
        loss: function of (w, b).
        w, b: the ranges drawn.
        path: (steps, 2) values of (w, b) that a descent visited.
        lowest: where a cross marks the lowest point.
        ax: axes to draw on; None makes new ones.
    """
    ax = axes_or_new(ax, (4.4, 3.8))
    ws, bs = np.linspace(*w, 120), np.linspace(*b, 120)
    height = np.array([[loss(u, v) for u in ws] for v in bs])
    levels = np.geomspace(1.2 * height.min() + 1e-12, height.max(), 13)
    ax.contourf(ws, bs, height, levels=levels, cmap="Oranges", alpha=0.55, norm="log", extend="min")
    ax.contour(ws, bs, height, levels=levels, colors=COLORS["loss"], linewidths=0.6)
    if path is not None:
        ax.plot(*np.asarray(path).T, color=COLORS["gradient"], marker=".", markersize=4, linewidth=1.3)
        ax.plot(*np.asarray(path)[0], color=COLORS["gradient"], marker="o", markersize=7)
    if lowest is not None:
        ax.plot(*lowest, marker="x", color=COLORS["ink"], markersize=9, markeredgewidth=2)
    ax.set(xlabel="w", ylabel="b", xlim=w, ylim=b, box_aspect=1)
    return ax


def surprise(marks: Sequence[float], ax: Axes | None = None) -> Axes:
    """Draw the surprise −ln q over q, with dots and their values at ``marks``."""
    ax = axes_or_new(ax, (5.6, 3.2))
    p = np.linspace(0.005, 1, 500)
    ax.plot(p, -np.log(p), color=COLORS["loss"])
    for m in marks:
        ax.plot(m, -np.log(m), "o", color=COLORS["loss"])
        ax.annotate(f"  q = {m}: {-np.log(m):.2f}", (m, -np.log(m)), va="bottom")
    ax.set(
        xlabel="probability q that was given to what then happened", ylabel="surprise  −ln q  (nats)", xlim=(0, 1.12)
    )
    return ax


def probability_plane(predict: Callable[[np.ndarray], np.ndarray], ax: Axes) -> Axes:
    """Colour the axes by the probability of class 1 and draw the cut at one half.

    Args:
        predict: takes (n, 2) points in the units of the axes, returns (n,) probabilities.
        ax: axes with points already on them; their limits are kept.
    """
    xs, ys = np.linspace(*ax.get_xlim(), 200), np.linspace(*ax.get_ylim(), 200)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    p = predict(grid).reshape(200, 200)
    ax.contourf(xs, ys, p, levels=np.linspace(0, 1, 21), cmap=PROBABILITY, zorder=0)
    ax.contour(xs, ys, p, levels=[0.5], colors=COLORS["ink"], linewidths=1.6)
    ax.contour(xs, ys, p, levels=[0.1, 0.9], colors=COLORS["ink"], linewidths=0.8, linestyles=":")
    return ax

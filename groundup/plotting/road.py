"""The road: the chapters in one picture, with the place where the reader stands."""

import numpy as np
from matplotlib.axes import Axes

from groundup.plotting.base import COLORS, axes_or_new

#: (number, what is built, the wall that the next chapter breaks through)
CHAPTERS = (
    ("01", "neuron", "XOR"),
    ("02", "multilayer\nperceptron", "price of\nnudging"),
    ("03", "back-\npropagation", "one number\nat a time"),
    ("04", "tensor", "runs that\ndo not learn"),
    ("05", "training", "learning\nby heart"),
    ("06", "generali-\nzation", "scrambled\npixels"),
    ("07", "convolutional\nnetwork", "things in\nsequence"),
    ("08", "language", "names of\nany length"),
    ("09", "recurrent\nnetwork", "forgetting"),
    ("10", "attention", "one block\nis not much"),
    ("11", "GPT", "size"),
    ("12", "scale", ""),
)


def road(here: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the road from one neuron to a transformer.

    Args:
        here: number of the chapter to mark, such as "01"; None marks none.
        ax: axes to draw on; None makes new ones.
    """
    numbers = [c[0] for c in CHAPTERS]
    if here is not None and here not in numbers:
        raise ValueError(f"road() marks one of the chapters {', '.join(numbers)} and got {here!r}.")
    ax = axes_or_new(ax, (9.6, 3.9))
    at = _places(len(CHAPTERS))
    smooth = _smooth(at)
    ax.plot(*smooth.T, color="#E4E0D3", linewidth=20, solid_capstyle="round", zorder=0)
    ax.plot(*smooth.T, color="white", linewidth=1.2, linestyle=(0, (6, 6)), zorder=1)
    for (number, name, wall), (x, y) in zip(CHAPTERS, at, strict=True):
        marked = number == here
        color = COLORS["loss"] if marked else COLORS["output"]
        ax.plot(x, y, "o", markersize=25 if marked else 21, color=color, zorder=3)
        ax.text(x, y, number, color="white", ha="center", va="center", fontsize=9.5, fontweight="bold", zorder=4)
        ax.text(x, y + 0.42, name, ha="center", va="bottom", fontsize=9.5, fontweight="bold" if marked else "normal")
        if wall:
            ax.text(x, y - 0.40, wall, ha="center", va="top", fontsize=8, color="#A34700", style="italic")
    ax.set(xlim=(-0.75, 5.75), ylim=(-1.25, 3.45))
    ax.axis("off")
    return ax


def _places(n: int) -> np.ndarray:
    """Two rows of half the chapters; the road turns at the right end and comes back."""
    half = n // 2
    top = [(i, 2.3) for i in range(half)]
    bottom = [(half - 1 - i, 0.15) for i in range(n - half)]
    return np.array(top + bottom, dtype=float)


def _smooth(at: np.ndarray) -> np.ndarray:
    """The places in order, joined at the turn by half an ellipse."""
    half = len(at) // 2
    (x, top), (_, low) = at[half - 1], at[half]
    angle = np.linspace(np.pi / 2, -np.pi / 2, 40)
    turn = np.stack([x + 0.55 * np.cos(angle), (top + low) / 2 + (top - low) / 2 * np.sin(angle)], axis=1)
    return np.concatenate([at[:half], turn, at[half:]])

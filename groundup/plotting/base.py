"""Style, colours with a meaning, and ``show``: a figure with a caption, and with words for those who cannot see it."""

import base64
import html
import io
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from IPython.core.getipython import get_ipython
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image

STYLE = Path(__file__).with_name("groundup.mplstyle")

# One colour for one quantity, in every chapter. The hues are those of Okabe and Ito (2008), chosen to stay apart for
# colour-blind readers; where two classes meet, markers and line styles say the same thing once more.
COLORS = {
    "class0": "#0072B2",  # blue, circles
    "class1": "#E69F00",  # orange, triangles
    "class2": "#56B4E9",  # sky blue, squares
    "loss": "#D55E00",  # vermilion: surprise, loss, error
    "gradient": "#A3437A",  # purple: slopes, gradients, steps; a shade darker than the set's, for text on paper
    "weight": "#009E73",  # green: weights, templates, resemblance
    "input": "#555555",  # dark grey: what comes in
    "output": "#0072B2",  # blue: what a unit gives
    "train": "#0072B2",
    "validation": "#E69F00",
    "test": "#009E73",
    "baseline": "#777777",  # grey: what has to be beaten
    "ink": "#222222",
    "faint": "#BBBBB5",
    "paper": "#FBFBF9",
}
MARKERS = ("o", "^", "s")

#: Weights and other signed arrays: blue below zero, paper at zero, orange above.
SIGNED = LinearSegmentedColormap.from_list(
    "groundup_signed", ["#003F66", COLORS["class0"], COLORS["paper"], COLORS["class1"], "#7A4A00"]
)
#: Probabilities of class 1: the pale versions of the two class colours, so that points stay visible on top.
PROBABILITY = LinearSegmentedColormap.from_list("groundup_probability", ["#A9CFE6", COLORS["paper"], "#F6D998"])


def use_style() -> None:
    """Make the course's matplotlib style the current one; importing ``groundup.plotting`` does it once."""
    mpl.style.use(STYLE)


def axes_or_new(ax: Axes | None, size: tuple[float, float] = (6.4, 3.6)) -> Axes:
    """Return ``ax``, or the axes of a new figure of ``size`` in inches."""
    return plt.subplots(figsize=size)[1] if ax is None else ax


def show(figure: Figure | Axes, *, alt: str, caption: str = "") -> None:
    """Display a figure once, with alternative text and a caption, and close it.

    JupyterLab's own image renderer never sets ``alt``, so a screen reader meets silence; this emits the picture as HTML
    with its words. Outside IPython the words are printed.

    Args:
        figure: a matplotlib figure, or axes in it (also an array of axes).
        alt: what the picture shows, for those who do not see it; must not be empty.
        caption: how to read it, shown below; plain text.

    Raises:
        ValueError: ``alt`` is empty, or ``figure`` is neither figure nor axes.
    """
    if not alt.strip():
        raise ValueError("show() wants alternative text and got none: say in alt=... what the picture shows.")
    fig = _figure_of(figure)
    picture = _png(fig)
    width = round(fig.get_figwidth() * 100)
    plt.close(fig)
    if get_ipython() is None:
        print(f"[figure: {alt}]")
        return
    display({"text/html": _markup(picture, width, alt, caption), "text/plain": f"[figure: {alt}]"}, raw=True)


def _figure_of(thing: object) -> Figure:
    first = thing.flat[0] if hasattr(thing, "flat") else thing
    fig = first if isinstance(first, Figure) else getattr(first, "figure", None)
    if not isinstance(fig, Figure):
        raise ValueError(f"show() wants a matplotlib figure or axes and got {type(thing).__name__}.")
    return fig


def _png(fig: Figure) -> bytes:
    raw, small = io.BytesIO(), io.BytesIO()
    fig.savefig(raw, format="png")
    # A palette of 256 colours is a third of the bytes, and the notebooks are kept in git; nothing else is written
    # into the file, so the same figure gives the same bytes.
    picture = Image.open(raw).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    picture.save(small, format="png", optimize=True)
    return small.getvalue()


def _markup(picture: bytes, width: int, alt: str, caption: str) -> str:
    """The card is light in both of JupyterLab's themes: the colours were chosen on it and keep their contrast there."""
    data = base64.b64encode(picture).decode("ascii")
    image = (
        f'<img src="data:image/png;base64,{data}" alt="{html.escape(alt, quote=True)}" width="{width}" '
        f'style="max-width: 100%; height: auto; border-radius: 6px;">'
    )
    words = f"<p><em>{html.escape(caption)}</em></p>" if caption else ""
    return f"<div>{image}{words}</div>"

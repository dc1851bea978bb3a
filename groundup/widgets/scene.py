"""What an interactive figure shows, as plain data: panels side by side, and in each panel a list of marks.

A *scene* is a dict that a plain function computes and that a test can look into; ``figure.js`` draws it. The functions
here write such dicts, ``parts`` checks them and brings them into the form that is sent to the browser. The marks:

==========  =====================================================================================
``points``  one group of points: one colour, one shape; a ``label`` puts it into the legend
``line``    a polyline; a NaN in it is a gap; its ``label`` stands at its end
``arrow``   from one point to another
``text``    words at a point
``bars``    upright bars
``heat``    a grid of values as a smooth background, in one of ``MAPS``
``image``   a grid of values as square pixels, such as a digit or a neuron's weights
==========  =====================================================================================

Colours are keys of ``groundup.plotting.COLORS`` (one colour for one quantity) or ``"#rrggbb"``.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from matplotlib.colors import Colormap, to_hex
from matplotlib.ticker import MaxNLocator

from groundup.plotting import COLORS, PROBABILITY, SIGNED

HEX = re.compile(r"#[0-9A-Fa-f]{6}")
LEGENDS = ("upper left", "upper right", "lower left", "lower right")
DASHES = ("-", "--", ":", "-.")
SHAPES = ("circle", "triangle", "square", "cross")
CHARACTER = 8.2  # pixels: a little more than the mean letter of a label is wide


def _stops(colormap: Colormap) -> list[str]:
    """Nine colours of a matplotlib map, between which the browser interpolates."""
    return [to_hex(colormap(t)) for t in np.linspace(0, 1, 9)]


#: The colours of heat and images, from the lowest value to the highest.
MAPS = {
    "probability": _stops(PROBABILITY),
    "signed": _stops(SIGNED),
    "grey": ["#ffffff", "#000000"],
    "loss": ["#FBFBF9", "#FADFC5", "#F3BD95", "#EA9C69"],
}
# Mark → its lists of numbers, which must be equally long; what else it must have; what it may have, with the default.
ARRAYS = {"points": ("x", "y"), "line": ("x", "y"), "bars": ("x", "y")}
NEEDS = {"arrow": ("start", "end"), "text": ("x", "y", "text"), "heat": ("values",), "image": ("values",)}
OPTIONS = {
    "points": {"color": "ink", "shape": "circle", "size": 7.0, "label": ""},
    "line": {"color": "ink", "width": 2.0, "dash": "-", "label": "", "dots": False},
    "arrow": {"color": "ink", "width": 2.5, "label": ""},
    "text": {"color": "ink", "align": "start", "size": 14.0},
    "bars": {"color": "output", "width": 0.8},
    "heat": {"colors": "probability", "low": 0.0, "high": 1.0, "extent": None},
    "image": {"colors": "grey", "low": None, "high": None, "extent": None},
}
PANEL = {
    "title": "",
    "xlabel": "",
    "ylabel": "",
    "xticks": None,
    "yticks": None,
    "log": False,
    "equal": False,
    "axes": True,
    "legend": "upper right",
    "size": (380.0, 300.0),
}
CHOICES = {"shape": SHAPES, "dash": DASHES, "align": ("start", "middle", "end"), "colors": tuple(MAPS)}


class SceneError(ValueError):
    """A scene that cannot be drawn; says where in it, what was wanted and what came."""


def points(x, y, **options) -> dict:
    """Return points in one colour. ``x``, ``y``: (n,); options: color, shape, size (pixels), label (in the legend)."""
    return {"kind": "points", "x": x, "y": y, **options}


def line(x, y, **options) -> dict:
    """Return a polyline. ``x``, ``y``: (n,), NaN for a gap; options: color, width, dash, label (at its end), dots."""
    return {"kind": "line", "x": x, "y": y, **options}


def arrow(start, end, **options) -> dict:
    """Return an arrow. ``start``, ``end``: (2,) points; options: color, width, label (at its tip)."""
    return {"kind": "arrow", "start": start, "end": end, **options}


def text(x: float, y: float, words: str, **options) -> dict:
    """Return words at a point. Options: color, align ("start", "middle", "end"), size (pixels)."""
    return {"kind": "text", "x": x, "y": y, "text": words, **options}


def bars(x, y, **options) -> dict:
    """Return bars from zero to ``y`` at ``x``, both (n,). Options: color, width (in units of x)."""
    return {"kind": "bars", "x": x, "y": y, **options}


def heat(values, **options) -> dict:
    """Return a smooth background. ``values``: (rows, columns), the first row lowest.

    Options: colors (a key of ``MAPS``), low and high (the values of the first and last colour), extent (left, right,
    bottom, top; None: the whole panel).
    """
    return {"kind": "heat", "values": values, **options}


def image(values, **options) -> dict:
    """Return a picture. ``values``: (rows, columns), the first row on top, as in an image file.

    Options: colors ("grey", or "signed" for weights), low and high (None: the extremes, for "signed" with zero in the
    middle), extent as in ``heat``.
    """
    return {"kind": "image", "values": values, **options}


def panel(*marks: Mapping, x: tuple[float, float], y: tuple[float, float], **options) -> dict:
    """Return a panel with its marks, later ones on top of earlier ones (heat and images below all others).

    Args:
        marks: what the functions above return.
        x, y: the limits of the axes.
        options: title; xlabel, ylabel; xticks, yticks (positions, or position → words); log (logarithmic y); equal (one
            unit is as long upwards as sideways); axes (False: none); legend (its corner, such as "lower right");
            size (width and height inside the axes, pixels).
    """
    return {"marks": list(marks), "x": x, "y": y, **options}


def scene(*panels: Mapping, words: str, status: str = "") -> dict:
    """Return a scene.

    Args:
        panels: from left to right.
        words: what the picture shows, for those who do not see it; it is read out anew when it changes.
        status: the live values, shown below the picture; a line break begins a new line.
    """
    return {"panels": list(panels), "words": words, "status": status}


def cut_line(w: Sequence[float], b: float, x: tuple[float, float], y: tuple[float, float], level: float = 0.0):
    """Return the points where w·x + b equals ``level``, as (x, y) of the two ends, far outside of the limits.

    Both ends are NaN where there is no such line, because both weights are zero.
    """
    w, middle = np.asarray(w, dtype=float), np.array([sum(x) / 2, sum(y) / 2])
    if not w.any():
        return np.full(2, np.nan), np.full(2, np.nan)
    foot = middle - w * (w @ middle + b - level) / (w @ w)
    along = np.array([-w[1], w[0]]) / np.linalg.norm(w)
    reach = abs(x[1] - x[0]) + abs(y[1] - y[0])
    return (foot + np.outer([-reach, reach], along)).T


def parts(scene: Mapping) -> dict[str, dict]:
    """Check a scene and return it in pieces: "" the words, "0" the frame of the first panel, "0.0" its first mark, …

    In pieces, so that only what has changed is sent and drawn again. Numbers are rounded to six digits; what is not
    finite becomes None, because JSON knows neither NaN nor infinity: a gap in a line, a point left out.

    Raises:
        SceneError: names the panel and the mark, what was wanted and what came.
    """
    _keys(scene, "the scene", ("panels", "words"), {"status": ""})
    flat = {"": {"words": str(scene["words"]), "status": str(scene.get("status", ""))}}
    for i, one in enumerate(scene["panels"]):
        _keys(one, f"panel {i}", ("marks", "x", "y"), PANEL)
        marks = [_mark(mark, f"panel {i}, mark {j}") for j, mark in enumerate(one["marks"])]
        flat[f"{i}"] = _frame(one, f"panel {i}", marks)
        flat |= {f"{i}.{j}": mark for j, mark in enumerate(marks)}
    return flat


def _keys(thing: Mapping, where: str, needs: Sequence[str], options: Mapping) -> None:
    if not isinstance(thing, Mapping):
        raise SceneError(f"{where} must be a dict and is {type(thing).__name__}.")
    if missing := [key for key in needs if key not in thing]:
        raise SceneError(f"{where} has no {missing[0]!r}; it needs {', '.join(needs)}.")
    if unknown := [key for key in thing if key not in needs and key not in options and key != "kind"]:
        raise SceneError(
            f"{where} has {unknown[0]!r}, which nobody reads; it may have {', '.join([*needs, *options])}."
        )


def _frame(one: Mapping, where: str, marks: Sequence[Mapping]) -> dict:
    frame = PANEL | {key: value for key, value in one.items() if key != "marks"}
    frame["x"], frame["y"] = (_limits(frame[side], f"{where}, {side}") for side in "xy")
    if frame["log"] and frame["y"][0] <= 0:
        raise SceneError(f"{where}: a logarithmic axis cannot reach down to {frame['y'][0]:g}; begin above zero.")
    if frame["legend"] not in LEGENDS:
        raise SceneError(f"{where}: legend must be one of {', '.join(LEGENDS)} and is {frame['legend']!r}.")
    frame["xticks"] = _ticks(frame["xticks"], *frame["x"])
    frame["yticks"] = _ticks(frame["yticks"], *frame["y"], log=frame["log"])
    width, height = map(float, frame["size"])
    if frame["equal"]:
        width = height * (frame["x"][1] - frame["x"][0]) / (frame["y"][1] - frame["y"][0])
    # Labels at the ends of lines stand right of the axes.
    longest = max((len(mark["label"]) for mark in marks if mark["kind"] == "line"), default=0)
    return frame | {"size": [round(width, 1), height], "room": round(14 + CHARACTER * longest)}


def _limits(pair, where: str) -> list[float]:
    low, high = _numbers(pair, where, (2,))
    if low is None or high is None or not low < high:
        raise SceneError(f"{where}: limits are two finite numbers, the lower first, and these are {list(pair)}.")
    return [low, high]


def _ticks(ticks, low: float, high: float, log: bool = False) -> list[list]:
    if isinstance(ticks, Mapping):
        return [[float(at), str(words)] for at, words in ticks.items()]
    places = _places(low, high, log) if ticks is None else ticks
    return [[float(at), f"{at:.6g}".replace("-", "−")] for at in places]


@lru_cache(maxsize=64)
def _places(low: float, high: float, log: bool) -> list[float]:
    """Round numbers from ``low`` to ``high``."""
    if not log:
        slack = 1e-9 * (high - low)
        found = MaxNLocator(nbins=6, steps=[1, 2, 5, 10]).tick_values(low, high)
        return [at for at in np.round(found, 12) if low - slack <= at <= high + slack]
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    steps = (1, 2, 5) if high / low <= 100 else (1,)
    inside = [step * 10.0**k for k in decades for step in steps if low <= step * 10.0**k <= high]
    return inside if len(inside) > 1 else _places(low, high, False)


def _mark(mark: Mapping, where: str) -> dict:
    kind = mark.get("kind") if isinstance(mark, Mapping) else None
    if kind not in OPTIONS:
        raise SceneError(f"{where} is of the kind {kind!r}; there are {', '.join(OPTIONS)}.")
    needs, where = ARRAYS.get(kind, ()) + NEEDS.get(kind, ()), f"{where} ({kind})"
    _keys(mark, where, needs, OPTIONS[kind])
    mark = OPTIONS[kind] | dict(mark)
    for key in CHOICES.keys() & mark.keys():
        if mark[key] not in CHOICES[key]:
            raise SceneError(f"{where}: {key} must be one of {', '.join(CHOICES[key])} and is {mark[key]!r}.")
    if "color" in mark:
        mark["color"] = _color(mark["color"], where)
    if "values" in mark:
        return _grid(mark, where)
    for key in ARRAYS.get(kind, ()):
        mark[key] = _numbers(mark[key], f"{where}, {key}")
    if len({len(mark[key]) for key in ARRAYS.get(kind, ())}) > 1:
        raise SceneError(
            f"{where}: x and y must be equally long and have {len(mark['x'])} and {len(mark['y'])} numbers."
        )
    for key in {"start", "end"} & mark.keys():
        mark[key] = _numbers(mark[key], f"{where}, {key}", (2,))
    if kind == "text":
        mark["x"], mark["y"] = _numbers([mark["x"], mark["y"]], where, (2,))
    return mark


def _color(color: str, where: str) -> str:
    if color in COLORS:
        return COLORS[color]
    if isinstance(color, str) and HEX.fullmatch(color):
        return color
    raise SceneError(f"{where}: the colour {color!r} is neither #rrggbb nor one of {', '.join(COLORS)}.")


def _array(numbers, where: str) -> np.ndarray:
    try:
        return np.asarray(numbers, dtype=float)
    except (TypeError, ValueError) as error:
        raise SceneError(f"{where} must be numbers and is {type(numbers).__name__}: {error}.") from error


def _numbers(numbers, where: str, shape: tuple[int, ...] | None = None) -> list[float | None]:
    array = _array(numbers, where)
    if array.ndim != 1 or shape not in (None, array.shape):
        raise SceneError(f"{where} must have the shape {shape or '(n,)'} and has {array.shape}.")
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in array.tolist()]


def _grid(mark: dict, where: str) -> dict:
    """Values as one byte each: 0 for what is not finite, 1 to 255 from ``low`` to ``high``."""
    values = _array(mark["values"], f"{where}, values")
    if values.ndim != 2 or not values.size:
        raise SceneError(f"{where}: values must have the shape (rows, columns) and have {values.shape}.")
    low, high = _range(mark, values)
    with np.errstate(invalid="ignore"):
        level = 1 + np.round(254 * np.clip((values - low) / (high - low), 0, 1))
    level = np.where(np.isnan(values), 0, level).astype(np.uint8)
    # The browser paints from the top.
    rows = level if mark["kind"] == "image" else level[::-1]
    extent = None if mark["extent"] is None else _numbers(mark["extent"], f"{where}, extent", (4,))
    return {
        "kind": mark["kind"],
        "rows": values.shape[0],
        "columns": values.shape[1],
        "bytes": base64.b64encode(rows.tobytes()).decode("ascii"),
        "stops": MAPS[mark["colors"]],
        "extent": extent,
    }


def _range(mark: Mapping, values: np.ndarray) -> tuple[float, float]:
    """The values of the first and of the last colour; the same number twice would divide by zero."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if mark["colors"] == "signed":
        low, high = -max(-low, high), max(-low, high)
    elif mark["kind"] == "image":
        low = min(low, 0.0)
    low = low if mark["low"] is None else float(mark["low"])
    high = high if mark["high"] is None else float(mark["high"])
    return low, high if high > low else low + 1.0

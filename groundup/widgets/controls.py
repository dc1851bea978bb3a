"""What the learner's hand can move: sliders, choices, switches, text boxes and buttons, as plain data with checks."""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from groundup.plotting import COLORS

_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def slider(
    low: float, high: float, value: float, *, step: float = 0.1, label: str = "", color: str = "ink", log: bool = False
) -> dict:
    """Return a slider; the arrow keys move it by ``step``, Page Up and Page Down by more, Home and End to its ends.

    Args:
        low, high, value: its ends and its start. The function gets an int if these and ``step`` are all ints.
        step: from one value to the next; with ``log`` the difference of the powers of ten.
        label: its symbol; the parameter's name if empty (w1 is shown as w₁).
        color: a key of ``COLORS``: the quantity's own colour.
        log: equal steps multiply instead of adding, as for a learning rate.

    Raises:
        ValueError: the start does not lie between the ends, the step is not positive, or ``log`` and an end is not.
    """
    if not low <= value <= high or not low < high:
        raise ValueError(f"slider() wants low <= value <= high and got {low}, {value}, {high}.")
    if not step > 0:
        raise ValueError(f"slider() wants a step above zero and got {step}.")
    if log and low <= 0:
        raise ValueError(f"slider(log=True) wants ends above zero and got {low}.")
    whole = all(isinstance(number, int) for number in (low, high, value, step)) and not log
    return {
        **{"kind": "slider", "low": low, "high": high, "value": value, "step": step},
        **{"label": label, "color": COLORS[color], "log": log, "whole": whole},
    }


def choice(options: Sequence[str], value: str | None = None, *, label: str = "") -> dict:
    """Return a choice of one of several words; the function gets the word. ``value``: the start, else the first."""
    value = options[0] if value is None and options else value
    if value not in options:
        raise ValueError(f"choice() wants a start among {list(options)} and got {value!r}.")
    return {"kind": "choice", "options": list(options), "value": value, "label": label}


def switch(value: bool = False, *, label: str = "") -> dict:
    """Return an on-off switch; the function gets True or False."""
    return {"kind": "switch", "value": bool(value), "label": label}


def textbox(value: str = "", *, length: int = 40, label: str = "") -> dict:
    """Return a box of one line to write into; the function gets the text after each key, as it was written.

    Args:
        value: what stands in it at the start.
        length: most characters that it takes.
        label: its name; the parameter's name if empty.

    Raises:
        ValueError: the start is longer than that, or has more than one line.
    """
    if len(value) > length or len(value.splitlines()) > 1:
        raise ValueError(f"textbox() wants a start of one line and at most {length} characters and got {value!r}.")
    return {"kind": "textbox", "value": value, "length": length, "label": label}


def button(label: str) -> dict:
    """Return a button; the function gets how often it has been pressed since the start."""
    return {"kind": "button", "value": 0, "label": label}


def pad(examples: Mapping[str, Sequence] | None = None, *, label: str = "Draw here") -> dict:
    """Return a canvas to draw on, with a button that clears it; the function gets a list of strokes.

    A stroke is an array (k, 2): points x, y from 0 to 1, y downwards. It follows the mouse, a pen or a finger; by
    keyboard one chooses among the examples.

    Args:
        examples: name → strokes, to choose from.
        label: what a screen reader calls the canvas.

    Raises:
        ValueError: a stroke of an example is not (k, 2).
    """
    flat = {name: [_flat(stroke, name) for stroke in strokes] for name, strokes in (examples or {}).items()}
    return {"kind": "pad", "value": [], "label": label, "examples": flat}


def _flat(stroke, name: str) -> list[float]:
    points = np.asarray(stroke, dtype=float)
    if points.ndim != 2 or points.shape[1:] != (2,):
        raise ValueError(f"pad() wants strokes of points (k, 2) and got one of {points.shape} in {name!r}.")
    return [round(float(v), 4) for v in points.ravel()]


def label_of(name: str) -> str:
    """Return a parameter's name as it is shown: "w1" is "w₁", "batch_size" is "batch size"."""
    return re.sub(r"(?<=[a-z])\d+$", lambda digits: digits[0].translate(_SUBSCRIPT), name).replace("_", " ")


def received(control: dict, value):
    """Return what the function gets for a value that came from the browser, where 3.0 and 3 are the same number."""
    if control["kind"] == "slider":
        return round(value) if control["whole"] else min(max(float(value), control["low"]), control["high"])
    if control["kind"] == "textbox":
        return " ".join(str(value).splitlines())[: control["length"]]
    if control["kind"] == "pad":
        return [np.asarray(stroke, dtype=float).reshape(-1, 2) for stroke in value]
    return value

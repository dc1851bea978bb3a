"""Compare what came with what was wanted: first the kind, then the shape, then the values; and say the difference in words."""

import types
from typing import Any

import numpy as np

NUMBERS = (int, float, np.integer, np.floating, np.bool_)  # bool is an int


def is_number(value: Any) -> bool:
    """Whether this is one real number: Python's, NumPy's, or an array without dimensions."""
    return isinstance(value, NUMBERS) or (isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "iufb")


def describe(value: Any) -> str:
    """Say in a few words what kind of thing this is."""
    if isinstance(value, np.ndarray) and value.ndim:
        inside = {"O": " of objects", "c": " of complex numbers", "U": " of strings", "S": " of bytes"}.get(value.dtype.kind, "")
        return f"an array{inside} of shape {value.shape}"
    if isinstance(value, complex | np.complexfloating):
        return "a complex number"
    if is_number(value):
        return "a single number"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, types.GeneratorType):
        return "a generator (is there a yield in it?)"
    if isinstance(value, types.CoroutineType):
        return "a coroutine (is it declared with async?)"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if callable(value):
        return f"the function {getattr(value, '__name__', '')}".rstrip()
    if value is None:
        return "None"
    if isinstance(value, str):
        return "a string"
    return f"a value of type {type(value).__name__}"


def show(value: Any, limit: int = 160) -> str:
    """The value in short: rounded to what matters, cut where it is long. A large array is described only."""
    if isinstance(value, np.ndarray) and value.ndim:
        if value.size > 24:
            return describe(value)
        text = np.array2string(value, precision=4, suppress_small=True, separator=", ", max_line_width=10_000)
        text = text.replace("\n", "")
    elif is_number(value) and not isinstance(value, int | bool | np.bool_ | np.integer):
        text = f"{float(value):.4g}"
    elif isinstance(value, list | tuple):
        inside = ", ".join(show(v, limit) for v in value)
        text = f"[{inside}]" if isinstance(value, list) else f"({inside})"
    else:
        text = _safe_repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _safe_repr(value: Any) -> str:
    try:
        return str(value) if is_number(value) else repr(value)
    except Exception as error:  # a learner's class may have a __repr__ that fails
        return f"<{type(value).__name__}, whose __repr__ raised {type(error).__name__}>"


def kind_problem(value: Any, wanted: Any) -> str:
    """Say what is wrong with the kind of ``value``; empty if it is of the wanted kind."""
    if isinstance(wanted, tuple):
        if not isinstance(value, tuple | list):
            return f"{len(wanted)} results were wanted, as in `return a, b`; you returned {describe(value)}"
        if len(value) != len(wanted):
            return f"{len(wanted)} results were wanted; you returned {len(value)}"
        parts = (kind_problem(v, w) for v, w in zip(value, wanted, strict=True))
        return next((f"result {i} of {len(wanted)}: {p}" for i, p in enumerate(parts, 1) if p), "")
    if isinstance(wanted, str | list | dict):
        same = isinstance(value, type(wanted))
        return "" if same else f"a {type(wanted).__name__} was wanted; you returned {describe(value)}"
    if is_number(value) or (isinstance(value, np.ndarray) and value.dtype.kind in "iufb"):
        return ""  # whether one number or many is a question of shape
    target = "a single number" if is_number(wanted) else "a NumPy array of numbers"
    return f"{target} was wanted; you returned {describe(value)}"


def shape_problem(value: Any, wanted: Any) -> str:
    """Say what is wrong with the shape of ``value``, which is of the wanted kind; empty if nothing."""
    if isinstance(wanted, tuple):
        parts = (shape_problem(v, w) for v, w in zip(value, wanted, strict=True))
        return next((f"result {i} of {len(wanted)}: {p}" for i, p in enumerate(parts, 1) if p), "")
    if isinstance(wanted, list):
        return "" if len(value) == len(wanted) else f"a list of {len(wanted)} was wanted; you returned {len(value)}"
    if isinstance(wanted, str | dict) or np.shape(value) == np.shape(wanted):
        return ""
    target = "a single number" if is_number(wanted) else f"shape {np.shape(wanted)}"
    return f"{target} was wanted; you returned {describe(value)}"


def same(value: Any, wanted: Any, rtol: float, atol: float) -> bool:
    """Whether the values agree, given that kind and shape do. A float32 result is given float32's precision."""
    if isinstance(wanted, tuple | list):
        return len(value) == len(wanted) and all(same(v, w, rtol, atol) for v, w in zip(value, wanted, strict=True))
    if isinstance(wanted, str | dict):
        return value == wanted
    if getattr(value, "dtype", None) in (np.float32, np.float16):
        rtol = max(rtol, 1e-4)
        atol = max(atol, 1e-5)
    with np.errstate(all="ignore"):
        return bool(np.allclose(np.asarray(value, float), np.asarray(wanted, float), rtol=rtol, atol=atol, equal_nan=True))


def where_different(value: Any, wanted: Any, rtol: float, atol: float) -> str:
    """Name the first place at which two arrays differ, with the value that came; empty for single numbers."""
    if isinstance(wanted, tuple):
        for i, (v, w) in enumerate(zip(value, wanted, strict=True), 1):
            if not same(v, w, rtol, atol):
                return f"result {i} of {len(wanted)}" + (f", {place}" if (place := where_different(v, w, rtol, atol)) else "")
    if not isinstance(wanted, np.ndarray) or not wanted.ndim:
        return ""
    with np.errstate(all="ignore"):
        off = ~np.isclose(np.asarray(value, float), np.asarray(wanted, float), rtol=rtol, atol=atol, equal_nan=True)
    first = tuple(int(i) for i in np.argwhere(off)[0])
    index = f"[{', '.join(map(str, first))}]"
    return f"at index {index}, where you have {show(value[first])}; {off.sum()} of {off.size} values differ"

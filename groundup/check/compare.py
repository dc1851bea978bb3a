"""Compare what came with what was wanted: first the kind, then the shape, then the values; and say it in words.

What a learner's function returns may be anything, also an object whose methods all fail. So nothing here calls a method
of a value before its kind is known, except behind a ``try``.
"""

import types
from typing import Any

import numpy as np

NUMBERS = (int, float, np.integer, np.floating, np.bool_)  # bool is an int
INSIDE = {"O": " of objects", "c": " of complex numbers", "U": " of strings", "S": " of bytes"}
# Kinds whose own words need an article and no more.
NAMED = {str: "a string", dict: "a dictionary", set: "a set", type(None): "None", type(...): "`...`"}


def is_number(value: Any) -> bool:
    """Whether this is one real number: Python's, NumPy's, or an array without dimensions."""
    return isinstance(value, NUMBERS) or (_is_array(value) and value.ndim == 0)


def _is_array(value: Any) -> bool:
    """Whether this is a plain array of real numbers; a matrix or a masked array calculates by other rules."""
    return type(value) is np.ndarray and value.dtype.kind in "iufb"


def describe(value: Any) -> str:
    """Say in a few words what kind of thing this is."""
    try:
        return _describe(value)
    except Exception:  # a learner's class may raise wherever it is touched
        return f"something of type {type(value).__name__}"


def _describe(value: Any) -> str:
    if isinstance(value, np.ndarray) and type(value) is not np.ndarray:
        return f"a {type(value).__name__}, which is not a plain array"
    if isinstance(value, np.ndarray) and (value.ndim or value.dtype.kind in INSIDE):
        return f"an array{INSIDE.get(value.dtype.kind, '')} of shape {value.shape}"
    if isinstance(value, complex | np.complexfloating):
        return "a complex number"
    if is_number(value):
        return "a single number"
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, type | types.ModuleType):
        return f"the {'class' if isinstance(value, type) else 'module'} {value.__name__}"
    if isinstance(value, types.FunctionType | types.BuiltinFunctionType | types.MethodType | np.ufunc):
        return f"the function {value.__name__}"
    others = {types.GeneratorType: "a generator", types.CoroutineType: "a coroutine"}
    return (NAMED | others).get(type(value), f"something of type {type(value).__name__}")


def remedy(value: Any) -> str:
    """A question or a remark that helps where this kind of thing came instead of numbers; often empty."""
    if value is None:
        return " Does every way through your function end in `return`?"
    if isinstance(value, types.GeneratorType):
        return " Is there a `yield` in it where `return` was meant?"
    if isinstance(value, types.CoroutineType):
        return " Is it declared with `async`? A plain `def` is wanted."
    if isinstance(value, types.FunctionType | types.BuiltinFunctionType | types.MethodType | np.ufunc):
        return " Is a call missing its brackets?"
    if isinstance(value, list | tuple):
        return " `np.array(...)` makes an array of a list."
    if isinstance(value, np.ndarray) and type(value) is not np.ndarray:
        return " `np.asarray(...)` makes a plain array of it."
    return ""


def show(value: Any, limit: int = 160) -> str:
    """The value in short: four digits, and only what kind of thing it is where it is long."""
    try:
        text = _show(value, limit)
    except Exception:
        text = describe(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _show(value: Any, limit: int) -> str:
    if isinstance(value, np.ndarray) and value.ndim:
        text = _nested(value.tolist()) if value.size <= 24 else ""
        return text if 0 < len(text) <= limit else describe(value)
    if isinstance(value, list | tuple):
        inside = ", ".join(show(v, limit) for v in value[:24]) + (", …" if len(value) > 24 else "")
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    return _one(value)


def _nested(items: Any) -> str:
    return f"[{', '.join(map(_nested, items))}]" if isinstance(items, list) else _one(items)


def _one(value: Any) -> str:
    if is_number(value) and not isinstance(value, int | np.integer | np.bool_):
        return f"{float(value) + 0.0:.4g}"  # adding 0 takes the minus from −0
    return str(value) if is_number(value) else repr(value)


def kind_problem(value: Any, wanted: Any) -> str:
    """Say what is wrong with the kind of ``value``; empty if it is of the wanted kind."""
    if isinstance(wanted, tuple):
        return _tuple_problem(value, wanted)
    if isinstance(wanted, str | dict):
        kind = NAMED[str if isinstance(wanted, str) else dict]
        return "" if isinstance(value, type(wanted)) else f"{kind} was wanted; you returned {describe(value)}."
    if isinstance(wanted, list):
        if not isinstance(value, list):
            return f"a list was wanted; you returned {describe(value)}."
        parts = (kind_problem(v, w) for v, w in zip(value, wanted, strict=False))
        return next((f"entry {i} of the list: {p}" for i, p in enumerate(parts) if p), "")
    if is_number(value) or _is_array(value):
        return ""  # whether one number or many is a question of shape
    if is_number(wanted):
        return f"a single number was wanted; you returned {describe(value)}.{'' if _many(value) else remedy(value)}"
    return f"a NumPy array of numbers was wanted; you returned {describe(value)}.{remedy(value)}"


def _many(value: Any) -> bool:
    return isinstance(value, list | tuple | np.ndarray)


def _tuple_problem(value: Any, wanted: tuple) -> str:
    pattern = f"{len(wanted)} results were wanted, as in `return {', '.join('abcdefgh'[: len(wanted)])}`"
    if not isinstance(value, tuple | list):
        return f"{pattern}; you returned {describe(value)}.{'' if _many(value) else remedy(value)}"
    if len(value) != len(wanted):
        return f"{pattern}; you returned {len(value)}."
    return _first_part(kind_problem, value, wanted)


def _first_part(problem: Any, value: Any, wanted: tuple) -> str:
    parts = (problem(v, w) for v, w in zip(value, wanted, strict=True))
    return next((f"result {i} of {len(wanted)}: {p}" for i, p in enumerate(parts, 1) if p), "")


def shape_problem(value: Any, wanted: Any) -> str:
    """Say what is wrong with the shape of ``value``, which is of the wanted kind; empty if nothing."""
    if isinstance(wanted, tuple):
        return _first_part(shape_problem, value, wanted)
    if isinstance(wanted, list):
        same_length = len(value) == len(wanted)
        return "" if same_length else f"a list of {len(wanted)} was wanted; you returned a list of {len(value)}."
    if isinstance(wanted, str | dict) or np.shape(value) == np.shape(wanted):
        return ""
    target = "a single number" if is_number(wanted) else f"shape {np.shape(wanted)}"
    return f"{target} was wanted; you returned {describe(value)}."


def same(value: Any, wanted: Any, rtol: float, atol: float) -> bool:
    """Whether the values agree, given that kind and shape do. A float32 result is given float32's precision."""
    if isinstance(wanted, tuple | list):
        return len(value) == len(wanted) and all(same(v, w, rtol, atol) for v, w in zip(value, wanted, strict=True))
    if isinstance(wanted, str | dict):
        return bool(value == wanted)
    return bool(np.all(_near(value, wanted, rtol, atol)))


def _near(value: Any, wanted: Any, rtol: float, atol: float) -> Any:
    """Where the numbers agree; NaN agrees with NaN."""
    coarse = {np.dtype(np.float32): 1e-4, np.dtype(np.float16): 5e-3}.get(getattr(value, "dtype", None), 0.0)
    try:
        mine = np.asarray(value, float)
    except OverflowError:  # an int beyond all floats
        return np.False_
    with np.errstate(all="ignore"):
        limits = {"rtol": max(rtol, coarse), "atol": max(atol, coarse / 10)}
        return np.isclose(mine, np.asarray(wanted, float), **limits, equal_nan=True)


def where_different(value: Any, wanted: Any, rtol: float, atol: float) -> str:
    """Name the first place at which the values differ, with what came there; empty for a single number and for text."""
    if isinstance(wanted, tuple):
        i = next(i for i, (v, w) in enumerate(zip(value, wanted, strict=True)) if not same(v, w, rtol, atol))
        place = where_different(value[i], wanted[i], rtol, atol) or f"where you have {show(value[i])}"
        return f"in result {i + 1} of {len(wanted)}, {place}"
    if not isinstance(wanted, np.ndarray) or not wanted.ndim:
        return ""
    off = ~_near(value, wanted, rtol, atol)
    first = tuple(int(i) for i in np.argwhere(off)[0])
    index = f"[{', '.join(map(str, first))}]"
    return f"at index {index}, where you have {show(value[first])} ({off.sum()} of {off.size} values differ)"


def has_nan(value: Any) -> bool:
    """Whether there is a NaN among the numbers."""
    if isinstance(value, tuple | list):
        return any(map(has_nan, value))
    floats = isinstance(value, float | np.floating) or (_is_array(value) and value.dtype.kind == "f")
    return bool(floats and np.isnan(value).any())

"""What a learner's code tells without being run: whether it is still a hole, what it takes, where it raised."""

import dis
import inspect
import sysconfig
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

# What remains of a body that is `...`, `pass` or a docstring.
IDLE = {"RESUME", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "NOP", "CACHE", "COPY_FREE_VARS", "MAKE_CELL"}
NOT_THEIRS = tuple(
    str(Path(place))
    for place in (Path(__file__).parents[1], sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"))
)


def is_hole(thing: Any) -> bool:
    """Whether the body of a function, or of any method of a class, does nothing."""
    if isinstance(thing, type):
        return any(is_hole(member) for member in vars(thing).values() if isinstance(member, types.FunctionType))
    body = getattr(inspect.unwrap(thing), "__code__", None) if isinstance(thing, types.FunctionType) else None
    return body is not None and {i.opname for i in dis.get_instructions(body)} <= IDLE


def cannot_take(function: Callable, args: tuple) -> str:
    """How the function is declared, if it cannot be called with these arguments; empty if it can, or does not tell."""
    try:
        signature = inspect.signature(function)
    except Exception:  # some functions written in C do not tell, and a learner's class may raise
        return ""
    try:
        signature.bind(*args)
    except TypeError:
        return str(signature) if len(signature.parameters) else "none"
    return ""


def said(error: BaseException, limit: int = 200) -> str:
    """The exception's name and message, also where its ``__str__`` fails."""
    try:
        text = " ".join(str(error).split())
    except Exception as worse:
        text = f"(its message could not be read: {type(worse).__name__})"
    text = text if len(text) <= limit else f"{text[:limit]}…"
    return f"{type(error).__name__}: {text}".rstrip(": .")


def line_of(error: BaseException) -> str:
    """Which of the learner's lines the exception came from, if the traceback tells."""
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if frame.line and not frame.filename.startswith(NOT_THEIRS)]
    return f", in your line `{theirs[-1].line.strip()}`" if theirs else ""

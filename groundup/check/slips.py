"""Slips that can happen in any exercise, made from its reference: turned signs, mixed-up order, rounding.

They are tried after the exercise's own mistakes, which say more.
"""

from collections.abc import Callable
from typing import Any

import numpy as np


def slips(reference: Callable) -> dict[str, Callable]:
    """Sentence → a function that makes this slip with an otherwise right answer."""

    def after(change: Callable[[Any], Any]) -> Callable:
        return lambda *args: change(reference(*args))

    made = {
        "The results are in another order than the task says.": after(_reversed),
        "The sign is turned.": after(lambda y: _each(np.negative, y)),
        "Twice what it should be.": after(lambda y: _each(lambda v: 2 * v, y)),
        "Half of what it should be.": after(lambda y: _each(lambda v: v / 2, y)),
        "Your results are whole numbers. Was the array for them made of integers, as np.zeros_like makes it from "
        "integers?": (after(lambda y: _each(np.trunc, y))),
        "Two of the arguments seem to be mixed up.": lambda a, b, *rest: reference(b, a, *rest),
        "The table is turned: rows have become columns.": after(lambda y: _each(np.transpose, y)),
    }
    for digits in (1, 2, 3, 4):
        made[f"It is rounded to {digits} decimals; give it as exact as it comes."] = after(
            lambda y, digits=digits: _each(lambda v: np.round(v, digits), y)
        )
    return made


def _each(change: Callable, y: Any) -> Any:
    return tuple(change(v) for v in y) if isinstance(y, tuple) else change(y)


def _reversed(y: Any) -> Any:
    return y[::-1] if isinstance(y, tuple) else None

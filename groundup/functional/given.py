"""Checks of what functions are given, shared by all of them."""

from typing import Any

import numpy as np

from groundup.tensor import Tensor, as_tensor

Pair = int | tuple[int, int]


def array(x: Any) -> np.ndarray:
    """The array behind a tensor, or whatever else is given as one."""
    return x.data if isinstance(x, Tensor) else np.asarray(x)


def floats(name: str, x: Any) -> Tensor:
    """As a tensor, which must hold floats."""
    x = as_tensor(x)
    if x.dtype.kind != "f":
        raise ValueError(f"{name} wants floats and got {x.dtype}: say .float() first.")
    return x


def refuse_outside(name: str, what: str, values: np.ndarray, low: Any, high: Any, allowed: str) -> None:
    """Raise ValueError where a value is too low or too high; names the first, and says what is allowed."""
    outside = low | high
    if outside.any():
        first = tuple(int(i) for i in np.argwhere(outside)[0])
        place = first[0] if len(first) == 1 else first
        raise ValueError(
            f"{name}: {what}[{place}] is {values[first]}, and {allowed}. {int(outside.sum())} of {values.size} are "
            "outside."
        )


def pair(name: str, value: Any, n: int = 2, least: int = 1) -> tuple[int, ...]:
    """One number or n of them as a tuple of n whole numbers, each at least so large."""
    numbers = tuple(value) if isinstance(value, tuple | list) else (value,) * n
    if len(numbers) != n or not all(isinstance(v, int | np.integer) and v >= least for v in numbers):
        raise ValueError(f"{name} wants a whole number of at least {least}, or {n} of them, and got {value!r}.")
    return tuple(int(v) for v in numbers)


def windows(name: str, size: tuple, kernel: tuple, stride: tuple, padding: tuple, dilation: tuple) -> tuple[int, int]:
    """How many windows fit into images, (height, width) of everything."""
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    room = [n + 2 * p - s for n, p, s in zip(size, padding, spans, strict=True)]
    if min(room) < 0:
        raise ValueError(
            f"{name}: a kernel that spans {tuple(spans)} does not fit into images of {tuple(size)} with padding "
            f"{padding}: take a smaller kernel or more padding."
        )
    return tuple(r // s + 1 for r, s in zip(room, stride, strict=True))

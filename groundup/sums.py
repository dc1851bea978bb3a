"""Sums along axes that are not the last, added up in a better order.

NumPy sums the last axis in pairs, and rounding errors stay small; along any other axis it adds row after row to one
running total, whose error grows with the number of rows. Here rows are first added in bundles, then the bundles in
bundles, as PyTorch does. It is faster too where rows are short, since a bundle is one long row in memory.
"""

import math
from typing import Any

import numpy as np

BUNDLE = 16
SMALL = 1024  # numbers; below, the order does not matter


def total(x: np.ndarray, axis: Any = None, keepdims: bool = False) -> Any:
    """``x.sum(axis, keepdims=keepdims)``, with smaller rounding errors for floats."""
    if x.size < SMALL or axis is None or x.dtype.kind != "f" or not x.flags.c_contiguous:
        return x.sum(axis=axis, keepdims=keepdims)
    axes = sorted(a + x.ndim if a < 0 else a for a in (axis if isinstance(axis, tuple) else (axis,)))
    first, end = (axes[0], axes[-1] + 1) if axes else (0, 0)
    if not 0 <= first < end < x.ndim or axes != list(range(first, end)):  # NumPy does these well, or refuses them
        return x.sum(axis=axis, keepdims=keepdims)
    before, after = x.shape[:first], x.shape[end:]
    summed = _in_bundles(x.reshape(math.prod(before), -1, math.prod(after)))
    return summed.reshape(before + (1,) * len(axes) * keepdims + after)


def mean(x: np.ndarray, axis: Any = None, keepdims: bool = False) -> Any:
    """``x.mean(axis, keepdims=keepdims)``, likewise."""
    y = total(x, axis, keepdims)
    with np.errstate(invalid="ignore"):  # the mean of nothing is not a number
        return y / x.dtype.type(x.size / y.size if y.size else 1)


def _in_bundles(x: np.ndarray) -> np.ndarray:
    """(A, M, n) → (A, n)."""
    a, m, n = x.shape
    bundles = m // BUNDLE
    if bundles < 2:
        return x.sum(axis=1)
    used = bundles * BUNDLE
    parts = x[:, :used].reshape(a, BUNDLE, bundles * n).sum(axis=1)
    result = _in_bundles(parts.reshape(a, bundles, n))
    return result if used == m else result + x[:, used:].sum(axis=1)

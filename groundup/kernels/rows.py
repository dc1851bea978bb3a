"""Sums over rows and columns of a matrix, faster and closer than NumPy's own.

``x.sum(axis=-1)`` begins anew in every short row, and ``x.sum(axis=0)`` adds thousands of rows one after the other,
with a rounding error for each.
"""

import numpy as np

_BLOCK, _SMALL_BLOCK = 64, 8


def row_sums(x: np.ndarray) -> np.ndarray:
    """Sums along the last axis, which stays with length 1."""
    if x.shape[-1] > 4096:  # in long rows errors would add up
        return x.sum(axis=-1, keepdims=True)
    return np.einsum("...j->...", x)[..., None]


def row_dots(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Sums of x·y along the last axis, which stays with length 1."""
    if x.shape[-1] > 4096:
        return (x * y).sum(axis=-1, keepdims=True)
    return np.einsum("...j,...j->...", x, y)[..., None]


def column_sums(rows: np.ndarray) -> np.ndarray:
    """Sums down the columns of (M, n) → (n,): block by block, as products with ones, then over the blocks."""
    m, n = rows.shape
    block = _BLOCK if m >= 2 * _BLOCK else _SMALL_BLOCK
    if m < 2 * block:
        return rows.sum(axis=0)
    whole = m - m % block
    blocks = np.ones((1, block), rows.dtype) @ rows[:whole].reshape(-1, block, n)  # (whole/block, 1, n)
    total = column_sums(blocks.reshape(-1, n))
    return total + rows[whole:].sum(axis=0) if whole < m else total

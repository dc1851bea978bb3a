"""Affine maps, rows of tables, and whole numbers as rows."""

from typing import Any

import numpy as np

from groundup.functional.given import array, refuse_outside
from groundup.kernels.embedding import Embedding
from groundup.kernels.linear import Linear
from groundup.tensor import Tensor, as_tensor


def linear(x: Any, weight: Any, bias: Any = None) -> Tensor:
    """x Wᵀ + b.

    Args:
        x: (..., in).
        weight: (out, in).
        bias: (out,) or None.

    Returns:
        (..., out).

    Raises:
        ValueError: the lengths do not fit.
    """
    x, weight = as_tensor(x), as_tensor(weight)
    if weight.ndim != 2 or x.ndim == 0 or x.shape[-1] != weight.shape[1]:
        raise ValueError(
            f"linear wants x (..., in) and weight (out, in) and got {x.shape} and {weight.shape}: the last lengths "
            "must be equal. Is x to be flattened first, or the layer to be made with another in_features?"
        )
    return Linear.apply(x, weight) if bias is None else Linear.apply(x, weight, bias)


def embedding(index: Any, weight: Any, padding_idx: int | None = None) -> Tensor:
    """Rows of a table.

    Args:
        index: whole numbers, any shape.
        weight: (rows, E).
        padding_idx: a row that gets no gradient.

    Returns:
        (*index.shape, E).

    Raises:
        ValueError: an index is not a whole number, or no row of the table.
    """
    index, weight = array(index), as_tensor(weight)
    if index.dtype.kind not in "iu":
        raise ValueError(f"embedding wants whole numbers as index and got {index.dtype}: say .long() first.")
    rows = weight.shape[0]
    refuse_outside("embedding", "index", index, index < 0, index >= rows, f"the table has rows 0 to {rows - 1}")
    return Embedding.apply(weight, index=index, padding_idx=padding_idx)


def one_hot(index: Any, num_classes: int = -1) -> Tensor:
    """Rows of zeros with a 1 at the index.

    Args:
        index: whole numbers, any shape.
        num_classes: how long the rows are; −1 means the largest index and one more.

    Returns:
        int64, (*index.shape, num_classes).

    Raises:
        ValueError: an index is no class.
    """
    index = array(index)
    if index.dtype.kind not in "iu":
        raise ValueError(f"one_hot wants whole numbers and got {index.dtype}: say .long() first.")
    n = int(index.max()) + 1 if num_classes == -1 and index.size else num_classes
    refuse_outside("one_hot", "index", index, index < 0, index >= n, f"there are classes 0 to {n - 1}")
    return Tensor._of((index[..., None] == np.arange(n)).astype(np.int64))

"""Dropping numbers at random."""

from typing import Any

import numpy as np

from groundup.random import generator
from groundup.tensor import Tensor, as_tensor


def dropout(x: Any, p: float = 0.5, training: bool = True, *, rng: np.random.Generator | None = None) -> Tensor:
    """Zero each number with probability p and divide the others by 1 − p (Srivastava et al. 2014).

    Args:
        x: any shape.
        p: the probability of being dropped, from 0 to 1.
        training: otherwise x is returned as it is.
        rng: what to draw from; None means the generator of `groundup.random`.

    Returns:
        As x.

    Raises:
        ValueError: p is no probability.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout wants p from 0 to 1, the probability of being dropped, and got {p}.")
    x = as_tensor(x)
    return x * Tensor._of(keep_mask(x.shape, p, x.dtype, rng)) if training and p else x


def keep_mask(shape: tuple, p: float, dtype: np.dtype, rng: np.random.Generator | None) -> np.ndarray:
    """0 with probability p, else 1/(1 − p)."""
    kept = generator(rng).random(shape, dtype=np.float32) >= p
    return kept * dtype.type(1 / (1 - p) if p < 1 else 0)

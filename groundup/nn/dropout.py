"""Dropout."""

from typing import Any

import numpy as np

from groundup import functional as F
from groundup.nn.module import Module
from groundup.tensor import Tensor


def share(p: float, name: str) -> float:
    """A probability, or an error that names it."""
    if not 0 <= p <= 1:
        raise ValueError(f"{name} is the probability that a number is dropped, between 0 and 1, and is {p!r}.")
    return p


class Dropout(Module):
    """In training each number is dropped with probability p and the others are divided by 1 − p; in eval, nothing.

    Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.

    Args:
        p: the probability of being dropped (not of being kept).
        inplace: taken for PyTorch's sake; a new tensor comes out all the same.
        rng: decides what is dropped.
    """

    def __init__(self, p: float = 0.5, inplace: bool = False, *, rng: np.random.Generator | None = None):
        super().__init__()
        self.p, self.inplace, self.rng = share(p, "p"), inplace, rng

    def forward(self, x: Any) -> Tensor:
        """Any shape → the same."""
        return F.dropout(x, self.p, self.training, rng=self.rng)

    def extra_repr(self) -> str:
        """The probability."""
        return f"p={self.p}, inplace={self.inplace}"

"""Layers that deal the same numbers out in another shape."""

from typing import Any

from groundup.nn.module import Module
from groundup.tensor import Tensor, as_tensor


class Flatten(Module):
    """Axes from start_dim to end_dim, both included, as one; the first, of the batch, stays.

    Args:
        start_dim: first axis to be joined.
        end_dim: last one.
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, x: Any) -> Tensor:
        """(N, a, b, ...) → (N, a·b·...)."""
        return as_tensor(x).flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """The axes."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """One axis as several: the way back from Flatten.

    Args:
        dim: the axis.
        unflattened_size: the lengths of the axes that it becomes; one may be −1.
    """

    def __init__(self, dim: int, unflattened_size: tuple[int, ...]):
        super().__init__()
        self.dim, self.unflattened_size = dim, tuple(unflattened_size)

    def forward(self, x: Any) -> Tensor:
        """(N, a·b) → (N, a, b), for dim=1."""
        x = as_tensor(x)
        at = self.dim % x.ndim
        return x.reshape(*x.shape[:at], *self.unflattened_size, *x.shape[at + 1 :])

    def extra_repr(self) -> str:
        """The axis and its lengths."""
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"

"""What PyTorch keeps in ``nn.utils``: clipping, and all parameters as one vector."""

from collections.abc import Iterable

import numpy as np

from groundup.ops import cat
from groundup.optim.clip import clip_grad_norm_, clip_grad_value_
from groundup.tensor import Tensor

__all__ = ["clip_grad_norm_", "clip_grad_value_", "parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All numbers of all parameters in one row, (n,); slopes go back to them."""
    return cat([p.flatten() for p in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Deal the numbers of one row (n,) out to the parameters, in place.

    Raises:
        ValueError: there are more or fewer numbers than the parameters hold.
    """
    parameters = list(parameters)
    sizes = [p.numel() for p in parameters]
    if vec.shape != (sum(sizes),):
        raise ValueError(f"vector_to_parameters() wants shape ({sum(sizes)},), all parameters, and got {vec.shape}.")
    for p, part in zip(parameters, np.split(vec.data, np.cumsum(sizes)[:-1]), strict=True):
        p.data[...] = part.reshape(p.shape)
        p._version[0] += 1

"""What layers say about an input that does not fit: the layer, what it wanted, what came, what to try."""

from typing import Any

import numpy as np

from groundup.nn.module import Parameter
from groundup.tensor import Tensor, as_tensor


def given(layer: Any, x: Any, wanted: str, size: int, axis: int = -1, ndims: tuple[int, ...] = ()) -> Tensor:
    """The input as a tensor, after a look at it.

    Args:
        layer: who asks; its repr goes into the error.
        x: a tensor or an array.
        wanted: the shape in words, such as "(..., 784)".
        size: the length that ``axis`` must have.
        axis: which axis that is.
        ndims: how many axes there may be; any number if empty.

    Raises:
        ValueError: another shape, or other numbers than the layer's weights are.
    """
    x = as_tensor(x)
    fits = x.ndim in ndims if ndims else x.ndim >= 1
    if not fits or x.shape[axis] != size:
        raise ValueError(
            f"{layer!r} wants an input of shape {wanted} and got {x.shape}.{_advice(x, size, axis, ndims)}"
        )
    return same_kind(layer, x)


def same_kind(layer: Any, x: Tensor) -> Tensor:
    """The input, if its numbers are of the type of the layer's weights."""
    weight = next((value for value in vars(layer).values() if isinstance(value, Parameter)), None)
    if weight is None or x.dtype == weight.dtype:
        return x
    way = "x.float()" if weight.dtype == np.float32 else "x.double()" if weight.dtype == np.float64 else "x.to(...)"
    other = ", or .double() on the model to compute in float64" if x.dtype == np.float64 else ""
    raise ValueError(f"{layer!r} holds {weight.dtype} numbers and got {x.dtype}: turn the input with {way}{other}.")


def _advice(x: Tensor, size: int, axis: int, ndims: tuple[int, ...]) -> str:
    if not ndims:
        rest = int(np.prod(x.shape[1:]))
        return " Flatten it first, with nn.Flatten() or x.flatten(1)." if x.ndim > 2 and rest == size else ""
    if x.ndim in ndims and x.ndim > 2 and x.shape[-1] == size:
        order = (0, x.ndim - 1, *range(1, x.ndim - 1))
        return f" The channels come before the places here: try x.permute{order}."
    if size == 1 and x.ndim + 1 in ndims:
        return " If the axis of channels is missing, x.unsqueeze(1) adds it."
    return ""

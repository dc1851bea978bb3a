"""Normalisation over batches, samples and axes."""

from typing import Any

import numpy as np

from groundup.kernels import norm
from groundup.tensor import Tensor, as_tensor, no_grad


def batch_norm(
    x: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalise each channel over the batch and all places (Ioffe and Szegedy 2015).

    Args:
        x: (N, C) or (N, C, ...).
        running_mean, running_var: (C,) tensors or arrays, or None; changed in place in training:
            (1 − momentum)·old + momentum·new, with the variance that has n − 1 below the line.
        weight, bias: (C,) or None.
        training: normalise with the batch's statistics, else with the running ones.
        momentum: of the running statistics.
        eps: added to the variance.

    Returns:
        As x.

    Raises:
        ValueError: shapes do not fit, or there is one value a channel in training.
    """
    x = as_tensor(x)
    if x.ndim < 2:
        raise ValueError(f"batch_norm wants x (N, C, ...) and got {x.shape}.")
    for name, part in (
        ("running_mean", running_mean),
        ("running_var", running_var),
        ("weight", weight),
        ("bias", bias),
    ):
        if part is not None and as_tensor(part).shape != (x.shape[1],):
            raise ValueError(
                f"batch_norm wants {name} of shape ({x.shape[1]},), one for each channel of x {x.shape}, and got "
                f"{as_tensor(part).shape}."
            )
    along = (x.shape[1],) + (1,) * (x.ndim - 2)
    if training or running_mean is None:
        y = _batch_statistics(x, running_mean, running_var, momentum, eps)
    else:
        mean, var = as_tensor(running_mean).data.reshape(along), as_tensor(running_var).data.reshape(along)
        y = (x - Tensor._of(mean.astype(x.dtype))) * Tensor._of((1 / np.sqrt(var + eps)).astype(x.dtype))
    y = y if weight is None else y * as_tensor(weight).reshape(along)
    return y if bias is None else y + as_tensor(bias).reshape(along)


def _batch_statistics(x: Tensor, running_mean: Any, running_var: Any, momentum: float, eps: float) -> Tensor:
    n = x.numel() // max(1, x.shape[1])
    if n == 1:
        raise ValueError(
            f"batch_norm wants more than one value for each channel in training and got {x.shape}: a single value has "
            "no spread. Take a larger batch, or .eval()."
        )
    axis = (0, *range(2, x.ndim))
    # Added up in float64: all numbers of a channel hang on these two.
    mean = x.data.mean(axis=axis, keepdims=True, dtype=np.float64)
    var = np.square(x.data - mean.astype(x.dtype)).mean(axis=axis, keepdims=True, dtype=np.float64)
    if running_mean is not None and n:
        _move(running_mean, mean.reshape(-1), momentum)
        _move(running_var, var.reshape(-1) * (n / (n - 1)), momentum)
    return norm.Normalize.apply(x, mean=mean, var=var, axis=axis, eps=eps)


def _move(running: Any, new: np.ndarray, momentum: float) -> None:
    old = running.data if isinstance(running, Tensor) else running
    moved = (1 - momentum) * old + momentum * new
    if isinstance(running, Tensor):
        with no_grad():
            running.copy_(moved)
    else:
        running[...] = moved


def layer_norm(x: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Tensor:
    """Normalise each sample over its last axes (Ba et al. 2016).

    Args:
        x: (..., *normalized_shape).
        normalized_shape: a number or a tuple.
        weight, bias: of normalized_shape, or None.
        eps: added to the variance.

    Returns:
        As x.

    Raises:
        ValueError: shapes do not fit.
    """
    x = as_tensor(x)
    shape = (normalized_shape,) if isinstance(normalized_shape, int | np.integer) else tuple(normalized_shape)
    if not shape or x.shape[-len(shape) :] != shape:
        raise ValueError(f"layer_norm wants x (..., {', '.join(map(str, shape))}) and got {x.shape}.")
    for name, part in (("weight", weight), ("bias", bias)):
        if part is not None and as_tensor(part).shape != shape:
            raise ValueError(f"layer_norm wants {name} of shape {shape} and got {as_tensor(part).shape}.")
    weight = Tensor._of(np.ones(shape, x.dtype)) if weight is None else as_tensor(weight)
    bias = Tensor._of(np.zeros(shape, x.dtype)) if bias is None else as_tensor(bias)
    return norm.LayerNorm.apply(x, weight, bias, eps=eps)


def normalize(x: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """x over its p-norm along an axis, or over eps where that is smaller."""
    x = as_tensor(x)
    length = (x * x).sum(dim, keepdim=True).sqrt() if p == 2 else (x.abs() ** p).sum(dim, keepdim=True) ** (1 / p)
    return x / length.clamp(min=eps)

"""The largest or the mean of windows."""

from typing import Any

import numpy as np

from groundup.functional.given import Pair, pair, windows
from groundup.kernels import pool
from groundup.tensor import Tensor, as_tensor


def max_pool2d(x: Any, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0) -> Tensor:
    """The largest of each window.

    Args:
        x: (N, C, H, W), or (C, H, W).
        kernel_size: of the window, a number or (height, width).
        stride: step of the window; None means kernel_size.
        padding: frame of −inf, at most half a window.

    Returns:
        (N, C, Ho, Wo). Where several are the largest, the gradient goes to the first.

    Raises:
        ValueError: shapes do not fit.
    """
    return _pool("max_pool2d", pool.MaxPool2d, x, kernel_size, stride, padding)


def avg_pool2d(x: Any, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0) -> Tensor:
    """The mean of each window, a frame of zeros included; arguments as for `max_pool2d`."""
    return _pool("avg_pool2d", pool.AvgPool2d, x, kernel_size, stride, padding)


def _pool(name: str, function: Any, x: Any, kernel: Any, stride: Any, padding: Any) -> Tensor:
    x = as_tensor(x)
    if x.ndim == 3:
        return _pool(name, function, x.unsqueeze(0), kernel, stride, padding).squeeze(0)
    if x.ndim != 4:
        raise ValueError(f"{name} wants images (N, C, H, W) and got {x.shape}.")
    kernel = pair("kernel_size", kernel)
    stride = kernel if stride is None else pair("stride", stride)
    padding = pair("padding", padding, least=0)
    if any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
        raise ValueError(f"{name} wants padding of at most half the window, and got {padding} for {kernel}.")
    size = windows(name, x.shape[2:], kernel, stride, padding, (1, 1))
    return function.apply(x, kernel=kernel, stride=stride, padding=padding, size=size)


def adaptive_avg_pool2d(x: Any, output_size: int | tuple[int | None, int | None]) -> Tensor:
    """Means over windows that are laid so that a given number of them comes out.

    Output i of n takes rows from ⌊i·H/n⌋ up to ⌈(i + 1)·H/n⌉; columns alike. That is a product with a matrix of
    shares on each side.

    Args:
        x: (..., H, W).
        output_size: a number, or (height, width); None keeps a length.

    Returns:
        (..., height, width).

    Raises:
        ValueError: x has fewer than 3 axes, or the size is not one.
    """
    x = as_tensor(x)
    if x.ndim < 3:
        raise ValueError(f"adaptive_avg_pool2d wants images (N, C, H, W) and got {x.shape}.")
    wanted = tuple(output_size) if isinstance(output_size, tuple | list) else (output_size, output_size)
    wanted = pair("output_size", tuple(n if w is None else w for w, n in zip(wanted, x.shape[-2:], strict=True)))
    rows, cols = (Tensor._of(_shares(n, m, x.dtype)) for n, m in zip(x.shape[-2:], wanted, strict=True))
    return rows @ (x @ cols.T)


def _shares(n: int, m: int, dtype: np.dtype) -> np.ndarray:
    """(m, n): row i holds 1/length over window i of m over n places."""
    matrix = np.zeros((m, n), dtype)
    for i in range(m):
        start, end = i * n // m, -((-(i + 1) * n) // m)
        matrix[i, start:end] = 1 / (end - start)
    return matrix

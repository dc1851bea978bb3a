"""Pooling: the largest or the mean of each window.

A window's places are taken in turn; each is one strided view over all windows at once.
"""

from collections.abc import Iterator

import numpy as np

from groundup.tensor import Function

Pair = tuple[int, int]


def places(x: np.ndarray, kernel: Pair, stride: Pair, size: Pair) -> Iterator[np.ndarray]:
    """For each place in the window, row by row: a view (N, C, Ho, Wo) of x (N, C, H, W) with what lies there."""
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            bottom, right = i + (size[0] - 1) * stride[0] + 1, j + (size[1] - 1) * stride[1] + 1
            yield x[:, :, i : bottom : stride[0], j : right : stride[1]]


def framed(x: np.ndarray, padding: Pair, value: float) -> np.ndarray:
    """x (N, C, H, W) with a frame of a value, in the same order of memory."""
    if padding == (0, 0):
        return x
    (top, left), (h, w) = padding, x.shape[2:]
    out = empty_like(x, (h + 2 * top, w + 2 * left))
    out.fill(value)
    out[:, :, top : top + h, left : left + w] = x
    return out


def empty_like(x: np.ndarray, size: Pair, dtype: np.dtype | None = None) -> np.ndarray:
    """A new array (N, C, *size), in the order of memory of x (N, C, H, W)."""
    return np.empty_like(x, shape=(*x.shape[:2], *size), dtype=dtype)


def unframed(x: np.ndarray, padding: Pair) -> np.ndarray:
    """Without the frame."""
    top, left = padding
    return x[:, :, top : x.shape[2] - top, left : x.shape[3] - left]


class MaxPool2d(Function):
    """The largest of each window; the slope goes to it, to the first of several."""

    def forward(self, x, kernel, stride, padding, size):
        x = framed(x, padding, -np.inf)
        best = empty_like(x, size)
        which = empty_like(x, size, np.uint8 if kernel[0] * kernel[1] <= 256 else np.int32)
        which.fill(0)
        for k, place in enumerate(places(x, kernel, stride, size)):
            if k == 0:
                best[...] = place
                continue
            np.maximum(which, (place > best) * which.dtype.type(k), out=which)  # k only grows
            np.maximum(best, place, out=best)
        self.save(which, x.shape, kernel, stride, padding)
        return best

    def backward(self, grad):
        which, shape, kernel, stride, padding = self.saved
        dx = np.zeros_like(grad, shape=shape)
        for k, place in enumerate(places(dx, kernel, stride, grad.shape[2:])):
            place += grad * (which == k)
        return unframed(dx, padding)


class AvgPool2d(Function):
    """The mean of each window, zeros of the frame included; the slope is shared out."""

    def forward(self, x, kernel, stride, padding, size):
        self.save(x.shape, kernel, stride, padding)
        x = framed(x, padding, 0)
        total = np.zeros_like(x, shape=(*x.shape[:2], *size))
        for place in places(x, kernel, stride, size):
            total += place
        total /= kernel[0] * kernel[1]
        return total

    def backward(self, grad):
        (n, c, h, w), kernel, stride, padding = self.saved
        dx = np.zeros_like(grad, shape=(n, c, h + 2 * padding[0], w + 2 * padding[1]))
        grad = grad / (kernel[0] * kernel[1])
        for place in places(dx, kernel, stride, grad.shape[2:]):
            place += grad
        return unframed(dx, padding)

"""Softmax and its logarithm: the largest is taken out first, so that 1e4 is as good as 1."""

import numpy as np

from groundup.tensor import Function


def softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    """eˣ / Σ eˣ along an axis, as a new array."""
    e = np.subtract(x, peak(x, axis))
    np.exp(e, out=e)
    e /= e.sum(axis=axis, keepdims=True)
    return e


def log_softmax(x: np.ndarray, axis: int = -1) -> np.ndarray:
    """x − ln Σ eˣ along an axis, as a new array."""
    y = np.subtract(x, peak(x, axis))
    y -= np.log(np.exp(y).sum(axis=axis, keepdims=True))
    return y


def peak(x: np.ndarray, axis: int) -> np.ndarray:
    """The largest along an axis, which stays with length 1 (or 0 where there is nothing to compare)."""
    return x.max(axis=axis, keepdims=True, initial=None if x.shape[axis] else 0)


class Softmax(Function):
    """y = eˣ / Σ eˣ; dx = y·(g − Σ g·y)."""

    def forward(self, x, axis):
        y = softmax(x, axis)
        self.save(y, axis)
        return y

    def backward(self, grad):
        y, axis = self.saved
        dx = grad - (grad * y).sum(axis=axis, keepdims=True)
        dx *= y
        return dx


class LogSoftmax(Function):
    """y = x − ln Σ eˣ; dx = g − eʸ·Σ g."""

    def forward(self, x, axis):
        y = log_softmax(x, axis)
        self.save(y, axis)
        return y

    def backward(self, grad):
        y, axis = self.saved
        return grad - np.exp(y) * grad.sum(axis=axis, keepdims=True)

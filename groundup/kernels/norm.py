"""Normalisation: take out the mean, divide by the spread, then scale and shift."""

import numpy as np

from groundup.tensor import Function


class Normalize(Function):
    """y = (x − mean)/√(var + ε) over some axes, with the variance of the n numbers at hand (n below the line).

    dx = (g − mean(g) − y·mean(g·y))/√(var + ε): what a shift or a stretch of x would do is taken out of g.
    """

    def forward(self, x, axis, eps):
        y = x - x.mean(axis=axis, keepdims=True)
        var = np.mean(y * y, axis=axis, keepdims=True)
        scale = 1 / np.sqrt(var + eps)
        y *= scale
        self.save(y, scale, axis)
        return y

    def backward(self, grad):
        y, scale, axis = self.saved
        dx = grad - grad.mean(axis=axis, keepdims=True)
        dx -= y * np.mean(grad * y, axis=axis, keepdims=True)
        dx *= scale
        return dx

"""Normalisation: take out the mean, divide by the spread, then scale and shift."""

import numpy as np

from groundup.kernels.rows import column_sums, row_dots, row_sums
from groundup.sums import mean as mean_over
from groundup.tensor import Function


class Normalize(Function):
    """y = (x − mean)/√(var + ε), the mean and the variance (n below the line) being x's own over some axes.

    They come as float64, few as they are.

    dx = (g − mean(g) − y·mean(g·y))/√(var + ε): what a shift or a stretch of x would do is taken out of g.
    """

    def forward(self, x, mean, var, axis, eps):
        scale = (1 / np.sqrt(var + eps)).astype(x.dtype)
        y = x - mean.astype(x.dtype)
        y *= scale
        self.save(y, scale, axis)
        return y

    def backward(self, grad):
        y, scale, axis = self.saved
        dx = grad - mean_over(grad, axis, keepdims=True)
        dx -= y * mean_over(grad * y, axis, keepdims=True)
        dx *= scale
        return dx


class LayerNorm(Function):
    """`Normalize` over the rows of x (M, n), times weight (n,), plus bias (n,): in one node, with half the passes."""

    def forward(self, x, weight, bias, eps):
        n = x.dtype.type(max(1, x.shape[1]))
        y = x - row_sums(x) / n
        scale = 1 / np.sqrt(row_dots(y, y) / n + x.dtype.type(eps))  # (M, 1)
        y *= scale
        self.save(y, scale, weight, n)
        out = y * weight
        out += bias
        return out

    def backward(self, grad):
        y, scale, weight, n = self.saved
        gy = grad * y
        dx = None
        if self.needs[0]:
            dx = grad * weight
            dx -= row_sums(dx) / n
            dx -= y * (row_dots(gy, weight) / n)
            dx *= scale
        return dx, column_sums(gy), column_sums(grad)

"""Normalisation: take out the mean, divide by the spread, then scale and shift."""

import numpy as np

from groundup.kernels.rows import column_sums, row_dots, row_sums
from groundup.kernels.threads import in_parts
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
        n, eps = x.dtype.type(max(1, x.shape[1])), x.dtype.type(eps)
        y, out, scale = np.empty(x.shape, x.dtype), np.empty(x.shape, x.dtype), np.empty((len(x), 1), x.dtype)

        def work(part):
            centred = np.subtract(x[part], row_sums(x[part]) / n, out=y[part])
            scale[part] = 1 / np.sqrt(row_dots(centred, centred) / n + eps)
            centred *= scale[part]
            np.add(np.multiply(centred, weight, out=out[part]), bias, out=out[part])

        in_parts(work, len(x), x.size)
        self.save(y, scale, weight, n)
        return out

    def backward(self, grad):
        y, scale, weight, n = self.saved
        gy, dx = np.empty_like(y), np.empty_like(y)

        def work(part):
            g, d = np.multiply(grad[part], y[part], out=gy[part]), dx[part]
            np.multiply(grad[part], weight, out=d)
            d -= row_sums(d) / n
            d -= y[part] * (row_dots(g, weight) / n)
            d *= scale[part]

        in_parts(work, len(y), y.size)
        return dx, column_sums(gy), column_sums(grad)

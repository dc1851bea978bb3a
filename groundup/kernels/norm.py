"""Normalisation: take out the mean, divide by the spread, then scale and shift."""

import numpy as np

from groundup.kernels.rows import row_dots, row_sums
from groundup.kernels.threads import in_parts
from groundup.sums import mean as mean_over
from groundup.sums import total
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
    """`Normalize` over the last axes of x, times weight, plus bias (both of those axes' shape): in one node, with half
    the passes. Inside, x is M rows of n numbers.
    """

    def forward(self, x, weight, bias, eps):
        shape, n = x.shape, weight.size
        x, weight, bias = x.reshape(x.size // max(1, n), n), weight.reshape(n), bias.reshape(n)
        count, eps = x.dtype.type(max(1, n)), x.dtype.type(eps)
        y, out, scale = np.empty(x.shape, x.dtype), np.empty(x.shape, x.dtype), np.empty((len(x), 1), x.dtype)

        def work(part):
            centred = np.subtract(x[part], row_sums(x[part]) / count, out=y[part])
            scale[part] = 1 / np.sqrt(row_dots(centred, centred) / count + eps)
            centred *= scale[part]
            np.add(np.multiply(centred, weight, out=out[part]), bias, out=out[part])

        in_parts(work, len(x), x.size)
        self.save(y, scale, weight, count)
        return out.reshape(shape)

    def backward(self, grad):
        y, scale, weight, count = self.saved
        shapes, grad = (grad.shape, *(p.shape for p in self.parents[1:])), grad.reshape(y.shape)
        gy, dx = np.empty_like(y), np.empty_like(y)

        def work(part):
            g, d = np.multiply(grad[part], y[part], out=gy[part]), dx[part]
            np.multiply(grad[part], weight, out=d)
            d -= row_sums(d) / count
            d -= y[part] * (row_dots(g, weight) / count)
            d *= scale[part]

        in_parts(work, len(y), y.size)
        return tuple(g.reshape(s) for g, s in zip((dx, total(gy, 0), total(grad, 0)), shapes, strict=True))

"""Softmax and cross-entropy as one node: the slope is simply what was predicted minus what was."""

import numpy as np

from groundup.kernels.rows import row_dots, row_sums
from groundup.kernels.softmax import peak
from groundup.tensor import Function

_TINY = float(np.float32(1e-12))  # PyTorch's, to the last digit


class CrossEntropy(Function):
    """−Σ q·log softmax(x) for each row of x (M, C), against one class a row.

    The row's q is the class's weight w_y at class y, which label smoothing s makes (1 − s)·w_y there plus s·w/C over
    all classes (Szegedy et al. 2016); rows to ignore have q = 0. dx = g·(p·Σq − q).
    """

    def forward(self, x, target, kept, weight, smoothing):
        y = x - peak(x, 1)
        hit = kept * ((1 - smoothing) * weight[target])  # (M,), what stands at class y
        picked, spread = hit * y[np.arange(len(x)), target], None
        if smoothing:
            spread = kept[:, None] * (weight * (smoothing / x.shape[1]))  # (M, C), what stands at all classes
            picked += row_dots(spread, y)[:, 0]
        e = np.exp(y, out=y)
        sums = row_sums(e)[:, 0]
        total = hit if spread is None else hit + row_sums(spread)[:, 0]  # Σq
        self.save(e, sums, target, kept, hit, spread, total)
        return np.where(kept, total * np.log(sums) - picked, 0)

    def backward(self, grad):
        e, sums, target, kept, hit, spread, total = self.saved
        grad = np.where(kept, grad, 0)  # a row to ignore gets nothing, even where all are and the mean is NaN
        dx = e * (grad * total / sums)[:, None]
        if spread is not None:
            dx -= spread * grad[:, None]
        dx[np.arange(len(dx)), target] -= grad * hit
        return dx


class SoftCrossEntropy(Function):
    """−Σ q·log softmax(x) for each row of x (M, C), against weights q (M, C) for all classes."""

    def forward(self, x, q):
        y = x - peak(x, 1)
        p = np.exp(y)
        sums = p.sum(axis=1, keepdims=True)
        p /= sums
        logp = y - np.log(sums)
        self.save(p, logp, q)
        return -(q * logp).sum(axis=1)

    def backward(self, grad):
        p, logp, q = self.saved
        g = grad[:, None]
        return g * (p * q.sum(axis=1, keepdims=True) - q), -g * logp


class BinaryCrossEntropy(Function):
    """−(t·ln p + (1 − t)·ln(1 − p)) with logarithms not below −100, as PyTorch has it; slope (p − t)/(p(1 − p))."""

    def forward(self, p, target):
        with np.errstate(divide="ignore"):
            yes, no = np.maximum(np.log(p), -100), np.maximum(np.log1p(-p), -100)
        self.save(p, target, yes, no)
        return (target - 1) * no - target * yes

    def backward(self, grad):
        p, target, yes, no = self.saved
        return grad * (p - target) / np.maximum(p * (1 - p), _TINY), grad * (no - yes)

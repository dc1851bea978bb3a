"""Activation functions, number by number."""

import numpy as np

from groundup.tensor import Function


def sigmoid(x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """1/(1 + e⁻ˣ), into ``out`` where given (it may be x)."""
    y = np.negative(x, out=out)
    with np.errstate(over="ignore"):  # 1/(1 + ∞) = 0 is what it should be
        np.exp(y, out=y)
    y += 1
    return np.reciprocal(y, out=y)


class LeakyRelu(Function):
    """x for x > 0, else s·x; slope 1 or s."""

    def forward(self, x, negative_slope):
        slope = np.where(x > 0, x.dtype.type(1), x.dtype.type(negative_slope))
        self.save(slope)
        return x * slope

    def backward(self, grad):
        (slope,) = self.saved
        return grad * slope


class Elu(Function):
    """x for x > 0, else α(eˣ − 1); slope 1 or αeˣ (Clevert et al. 2016)."""

    def forward(self, x, alpha):
        low = alpha * np.expm1(np.minimum(x, 0))
        self.save(x > 0, low, alpha)
        return np.where(x > 0, x, low)

    def backward(self, grad):
        positive, low, alpha = self.saved
        return grad * np.where(positive, 1, low + grad.dtype.type(alpha))


class Silu(Function):
    """x·σ(x); slope σ + xσ(1 − σ) (Elfwing et al. 2018)."""

    def forward(self, x):
        s = sigmoid(x)
        self.save(x, s)
        return x * s

    def backward(self, grad):
        x, s = self.saved
        return grad * (s + x * s * (1 - s))


class Softplus(Function):
    """ln(1 + e^(βx))/β, and x itself where βx passes the threshold; slope σ(βx)."""

    def forward(self, x, beta, threshold):
        z = beta * x
        self.save(z, threshold)
        return np.where(z > threshold, x, (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))) / beta)

    def backward(self, grad):
        z, threshold = self.saved
        return np.where(z > threshold, grad, grad * sigmoid(z))

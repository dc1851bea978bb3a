"""Activation functions, number by number."""

import numpy as np

from groundup.kernels.threads import in_parts
from groundup.special import erf
from groundup.tensor import Function

_SLOPE = float(np.sqrt(2 / np.pi))
_CUBIC = 0.044715


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


class Gelu(Function):
    """x·Φ(x) with Φ the normal distribution function; slope Φ(x) + x·φ(x) (Hendrycks and Gimpel 2016)."""

    def forward(self, x):
        share = 0.5 * (1 + erf(x * float(np.sqrt(0.5))))
        self.save(x, share)
        return x * share

    def backward(self, grad):
        x, share = self.saved
        density = np.exp(-0.5 * x * x) * float(1 / np.sqrt(2 * np.pi))
        return grad * (share + x * density)


class GeluTanh(Function):
    """x/2·(1 + tanh u) = x·σ(2u) with u = √(2/π)·(x + 0.044715x³), the approximation in GPT-2.

    With s = σ(2u), y = x·s the slope is s + y·(1 − s)·2u′. It is worked out right away, in place, since the one costly
    thing, the exponential, is at hand: a third of the time of the plain formula.
    """

    def forward(self, x):
        y, slope = np.empty_like(x), np.empty_like(x)
        want_slope = any(self.needs)

        def work(part):
            _gelu_tanh(x[part], y[part], slope[part], want_slope)

        if x.ndim:
            in_parts(work, len(x), x.size)
        else:
            work(...)
        self.save(slope)
        return y

    def backward(self, grad):
        (slope,) = self.saved
        return grad * slope


def _gelu_tanh(x, y, slope, want_slope):
    """Write x·s, and the slope if it is wanted."""
    q = np.multiply(x, x, out=slope)
    q *= -2 * _SLOPE * _CUBIC
    q -= 2 * _SLOPE  # −2u/x
    e = q * x
    e = np.minimum(e, 80, out=e)  # s is nothing there already, and e must not be infinite
    e = np.exp(e, out=e)  # e^(−2u)
    s = e + 1
    s = np.reciprocal(s, out=s)
    np.multiply(x, s, out=y)
    if want_slope:
        e *= s  # 1 − s, which a subtraction would give with fewer digits
        e *= y
        q *= -3
        q -= 4 * _SLOPE  # 2u′
        q *= e
        q += s

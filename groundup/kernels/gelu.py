"""GELU, x·Φ(x) with Φ the normal distribution function (Hendrycks and Gimpel 2016), exact and as GPT-2 has it.

A transformer spends much of its time here, and its costly part is one exponential. So the slope, which can use it too,
is worked out along with the value, in place, and the batch is shared out over the processors.
"""

import math

import numpy as np

from groundup.kernels.threads import in_parts
from groundup.special import erf
from groundup.tensor import Function


class _Gelu(Function):
    def forward(self, x):
        y, slope = np.empty_like(x), np.empty_like(x)
        want_slope = any(self.needs)

        def work(part):
            self._work(x[part], y[part], slope[part], want_slope)

        if x.ndim:
            in_parts(work, len(x), x.size)
        else:
            work(...)
        self.save(slope)
        return y

    def backward(self, grad):
        (slope,) = self.saved
        return grad * slope


class Gelu(_Gelu):
    """x·Φ(x); slope Φ(x) + x·φ(x) with φ(x) = e^(−x²/2)/√(2π).

    In float32 the tail q = Φ(−|x|) is e^(−x²/2) times a polynomial in t = 1/(1 + 0.35·|x|), a form of Hastings,
    "Approximations for digital computers", 1955, with coefficients fitted to float32's last digit (3·10⁻⁸ relative).
    Then y = max(0, x) − |x|·q on both sides of zero.
    """

    @staticmethod
    def _work(x, y, slope, want_slope):
        if x.dtype != np.float32:
            share = 0.5 * (1 + erf(x * math.sqrt(0.5)))
            np.multiply(x, share, out=y)
            np.add(share, x * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi), out=slope)
            return
        size = np.abs(x, out=y)
        bell = _bell(x)
        tail = _tail(size, bell, out=slope)
        size *= tail
        np.subtract(np.maximum(x, 0), size, out=y)
        if want_slope:
            bell *= x
            bell *= 1 / math.sqrt(2 * math.pi)
            np.subtract(0.5, tail, out=slope)
            np.copysign(slope, x, out=slope)
            slope += 0.5  # Φ
            slope += bell


_TAIL = (
    0.1396214042, 0.1398618706, 0.1198328607, 0.1055080316, -0.02310990043, 0.159174256, -0.2557143392, 0.1439717395,
    -0.029145939,
)  # fmt: skip


def _bell(x):
    """e^(−x²/2)."""
    b = np.multiply(x, x)
    b *= -0.5
    return np.exp(b, out=b)


def _tail(size, bell, out):
    """Φ(−size) for float32, size ≥ 0."""
    t = size * np.float32(0.35)
    t += 1
    np.reciprocal(t, out=t)
    out[...] = _TAIL[-1]
    for coefficient in _TAIL[-2::-1]:
        out *= t
        out += coefficient
    out *= t
    out *= bell
    return out


_OUTER, _CUBIC = math.sqrt(2 / math.pi), 0.044715


class GeluTanh(_Gelu):
    """x/2·(1 + tanh u) = x·s with u = √(2/π)·(x + 0.044715x³) and s = σ(2u); slope s + y·(1 − s)·2u′."""

    @staticmethod
    def _work(x, y, slope, want_slope):
        q = np.multiply(x, x, out=slope)
        q *= -2 * _OUTER * _CUBIC
        q -= 2 * _OUTER  # −2u/x
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
            q -= 4 * _OUTER  # 2u′
            q *= e
            q += s

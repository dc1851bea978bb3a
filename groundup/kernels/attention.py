"""Scaled dot-product attention (Vaswani et al. 2017) as one node.

The matrix of scores, (L, S) for every head, is by far the largest thing here, so it is passed over as seldom as can be:

- The exponentials e are not divided by their sum; the result is, e·v/Σe, and it is much smaller. The sum comes out of
  the same product: v gets a column of ones.
- Nothing is taken out before the exponential where that is safe. No score can exceed |q|·|k|, and e⁴⁰ is far from too
  large, e⁻⁴⁰ far from too small.
- What the slope of softmax takes out of every row, Σ w·dw, is the same as Σ g·y over the result y, which is again
  smaller (Dao et al. 2022, "FlashAttention"), and a column beside g takes it out within the product.
"""

import numpy as np

from groundup.kernels.rows import row_dots, row_sums
from groundup.kernels.softmax import peak
from groundup.ops import unbroadcast
from groundup.tensor import Function

_SAFE = 40.0


class Attention(Function):
    """softmax(q kᵀ·scale + bias) v, where ``allowed``; weights pass through dropout (``keep``, already scaled).

    With w the weights and g the slope for the result: dv = wᵀ g, dz = w·(g vᵀ − Σ g·y), dq = scale·dz k,
    dk = scale·dzᵀ q.
    """

    def forward(self, q, k, v, bias=None, *, scale, allowed=None, keep=None):
        y = np.empty(
            (*np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2]), q.shape[-2], v.shape[-1]), v.dtype
        )
        self._attend(q, k, v, bias, scale, allowed, keep, y)
        return y

    def _attend(self, q, k, v, bias, scale, allowed, keep, y):
        q = np.multiply(q, q.dtype.type(scale), out=np.empty(q.shape, q.dtype))
        z = q @ turned(k)  # (..., L, S)
        if bias is not None:
            z = z + bias
        e = exponentials(z, allowed, safe=bias is None and scores_are_small(q, k))
        v = beside(v, 1)  # (..., S, Ev + 1)
        if keep is None:
            both = e @ v
            total = both[..., -1:]
        else:
            both, total = (e * keep) @ v, row_sums(e)
        total = np.where(total == 0, 1, total)  # a query that may attend to nothing gets nothing
        np.divide(both[..., :-1], total, out=y)
        self.save(q, k, v, e, total, y, scale, keep, None if bias is None else bias.shape)

    def backward(self, grad):
        q, k, v = self.saved[:3]
        dq, dk, dv, dbias = self._slopes(grad, (None, None, None))
        dq, dk = unbroadcast(dq, q.shape), unbroadcast(dk, k.shape)
        return (dq, dk, unbroadcast(dv, (*v.shape[:-1], v.shape[-1] - 1)), dbias)[: len(self.needs)]

    def _slopes(self, grad, out):
        """For q, k, v, written to ``out`` where given, and for bias."""
        q, k, v, e, total, y, scale, keep, bias = self.saved
        share = grad / total
        minus = -row_dots(share, y)  # (..., L, 1)
        if keep is None:
            dz, dropped = beside(share, minus) @ turned(v), e
        else:
            dz, dropped = (share @ turned(v[..., :-1])) * keep + minus, e * keep
        dz *= e
        dbias = unbroadcast(dz, bias) if bias is not None and self.needs[3] else None
        dq = np.matmul(dz, k, out=out[0])
        dq *= dq.dtype.type(scale)
        return dq, np.matmul(turned(dz), q, out=out[1]), np.matmul(turned(dropped), share, out=out[2]), dbias


class SelfAttention(Attention):
    """`Attention` of a sequence to itself, from and to where the neighbouring layers have it.

    Queries, keys and values lie side by side, (N, L, 3·E), as one product gives them, and the heads' results too,
    (N, L, E), as the next product wants them: nothing is copied to turn it round.
    """

    def forward(self, qkv, *, heads, scale, allowed=None, keep=None):
        n, length, width = qkv.shape
        q, k, v = self._parts(qkv, heads)
        y = np.empty((n, length, heads, width // 3 // heads), qkv.dtype)
        self._attend(q, k, v, None, scale, allowed, keep, y.transpose(0, 2, 1, 3))
        return y.reshape(n, length, width // 3)

    def backward(self, grad):
        n, length, width = grad.shape
        heads = self.saved[0].shape[1]
        dqkv = np.empty((n, length, 3 * width), grad.dtype)
        grad = grad.reshape(n, length, heads, -1).transpose(0, 2, 1, 3)
        self._slopes(grad, self._parts(dqkv, heads))
        return dqkv

    @staticmethod
    def _parts(qkv, heads):
        """(N, L, 3·E) → (3, N, heads, L, E/heads), a view."""
        n, length, width = qkv.shape
        return qkv.reshape(n, length, 3, heads, width // 3 // heads).transpose(2, 0, 3, 1, 4)


def turned(x: np.ndarray) -> np.ndarray:
    """The last two axes swapped."""
    return np.swapaxes(x, -1, -2)


def beside(x: np.ndarray, column: float | np.ndarray) -> np.ndarray:
    """x (..., n) with a column to its right: (..., n + 1)."""
    wide = np.empty((*x.shape[:-1], x.shape[-1] + 1), x.dtype)
    wide[..., :-1] = x
    wide[..., -1:] = column
    return wide


def scores_are_small(q: np.ndarray, k: np.ndarray) -> bool:
    """Whether no q·k can be so large that its exponential is in danger (nor anything NaN)."""
    longest = [row_dots(x, x).max(initial=0) for x in (q, k)]  # |q|², |k|²
    return bool(longest[0] * longest[1] < _SAFE**2)


def exponentials(z: np.ndarray, allowed: np.ndarray | None, safe: bool) -> np.ndarray:
    """eᶻ in place, up to a factor for each row, and 0 where it is not allowed; a row of −∞ gives zeros."""
    if not safe:
        if allowed is not None:
            np.copyto(z, -np.inf, where=~allowed)
        top = peak(z, -1)
        z -= np.where(np.isneginf(top), 0, top)
    np.exp(z, out=z)
    if safe and allowed is not None:
        z *= allowed.astype(z.dtype)
    return z

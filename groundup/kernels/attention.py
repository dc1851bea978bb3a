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
from groundup.kernels.threads import in_parts
from groundup.ops import unbroadcast
from groundup.tensor import Function

_SAFE = 40.0


class Attention(Function):
    """softmax(q kᵀ·scale + bias) v, where ``allowed``; weights pass through dropout (``keep``, already scaled).

    With w the weights and g the slope for the result: dv = wᵀ g, dz = w·(g vᵀ − Σ g·y), dq = scale·dz k,
    dk = scale·dzᵀ q.
    """

    def forward(self, q, k, v, bias=None, *, scale, allowed=None, keep=None):
        scores = (*np.broadcast_shapes(q.shape[:-2], k.shape[:-2]), q.shape[-2])
        y = np.empty((*np.broadcast_shapes(scores[:-1], v.shape[:-2]), scores[-1], v.shape[-1]), v.dtype)
        q = scaled(q, scale)
        safe = bias is None and scores_are_small(q, k)
        e, total = np.empty((*scores, k.shape[-2]), q.dtype), np.empty((*scores, 1), q.dtype)
        v = beside(v, 1)  # (..., S, Ev + 1)
        gather(q, k, v, bias, allowed, keep, safe, e, total, y)
        self.save(q, k, v, e, total, y, scale, keep, None if bias is None else bias.shape)
        return y

    def backward(self, grad):
        q, k, v, e, total, y, scale, keep, bias = self.saved
        dz, share = score_slopes(grad, v, e, total, y, keep)
        dropped = e if keep is None else e * keep
        dbias = unbroadcast(dz, bias) if bias is not None and self.needs[3] else None
        dq = unbroadcast(dz @ k, q.shape) * dz.dtype.type(scale)
        dk, dv = unbroadcast(turned(dz) @ q, k.shape), turned(dropped) @ share
        return (dq, dk, unbroadcast(dv, (*v.shape[:-1], v.shape[-1] - 1)), dbias)[: len(self.needs)]


class SelfAttention(Function):
    """`Attention` of a sequence to itself, from and to where the neighbouring layers have it.

    Queries, keys and values lie side by side, (N, L, 3·E), as one product gives them, and the heads' results too,
    (N, L, E), as the next product wants them: nothing is copied to turn it round. The batch is shared out over the
    processors.
    """

    def forward(self, qkv, *, heads, scale, allowed=None, keep=None):
        n, length, width = qkv.shape
        q, k, v = split_heads(qkv, heads)  # (N, heads, L, E/heads) each
        y = np.empty((n, length, heads, width // 3 // heads), qkv.dtype)
        q = scaled(q, scale)
        safe = scores_are_small(q, k)
        e, total = np.empty((n, heads, length, length), q.dtype), np.empty((n, heads, length, 1), q.dtype)
        v = beside(v, 1)
        allowed, keep = (None if mask is None else np.broadcast_to(mask, e.shape) for mask in (allowed, keep))
        results = (e, total, y.transpose(0, 2, 1, 3))

        def work(part):
            masks = (None if mask is None else mask[part] for mask in (allowed, keep))
            gather(q[part], k[part], v[part], None, *masks, safe, *(result[part] for result in results))

        in_parts(work, n, e.size)
        self.save(q, k, v, *results, scale, keep)
        return y.reshape(n, length, width // 3)

    def backward(self, grad):
        q, k, v, e, total, y, scale, keep = self.saved
        n, heads, length, _ = q.shape
        grad = grad.reshape(n, length, heads, -1).transpose(0, 2, 1, 3)
        dqkv = np.empty((n, length, 3 * grad.shape[-1] * heads), grad.dtype)
        dq, dk, dv = split_heads(dqkv, heads)

        def work(part):
            kept = None if keep is None else keep[part]
            dz, share = score_slopes(grad[part], v[part], e[part], total[part], y[part], kept)
            np.matmul(turned(dz), q[part], out=dk[part])
            np.matmul(turned(e[part] if kept is None else e[part] * kept), share, out=dv[part])
            np.matmul(dz, k[part], out=dq[part])
            dq[part] *= dz.dtype.type(scale)

        in_parts(work, n, e.size)
        return dqkv


def gather(q, k, v, bias, allowed, keep, safe, e, total, y):
    """Attention with a scaled q and a v that has a column of ones; writes the exponentials, their sums, the result."""
    np.matmul(q, turned(k), out=e)
    if bias is not None:
        e += bias
    exponentials(e, allowed, safe)
    if keep is None:
        both = e @ v
        total[...] = both[..., -1:] if both.ndim == e.ndim else row_sums(e)
    else:
        both = (e * keep) @ v
        total[...] = row_sums(e)
    total[total == 0] = 1  # a query that may attend to nothing gets nothing
    np.divide(both[..., :-1], total, out=y)


def score_slopes(grad, v, e, total, y, keep):
    """The slope for the scores, and g over the sums."""
    share = grad / total
    minus = -row_dots(share, y)  # (..., L, 1)
    dz = beside(share, minus) @ turned(v) if keep is None else share @ turned(v[..., :-1]) * keep + minus
    if dz.shape != e.shape:  # v has axes of its own
        return unbroadcast(dz, e.shape) * e, share
    dz *= e
    return dz, share


def split_heads(qkv: np.ndarray, heads: int) -> np.ndarray:
    """(N, L, 3·E) → (3, N, heads, L, E/heads), a view."""
    n, length, width = qkv.shape
    return qkv.reshape(n, length, 3, heads, width // 3 // heads).transpose(2, 0, 3, 1, 4)


def scaled(q: np.ndarray, scale: float) -> np.ndarray:
    """q times a number, in plain order of memory."""
    return np.multiply(q, q.dtype.type(scale), out=np.empty(q.shape, q.dtype))


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

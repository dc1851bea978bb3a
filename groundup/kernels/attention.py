"""Scaled dot-product attention (Vaswani et al. 2017) as one node."""

import numpy as np

from groundup.kernels.softmax import peak
from groundup.ops import unbroadcast
from groundup.tensor import Function


class Attention(Function):
    """softmax(q kᵀ·s + mask) v; the weights pass through dropout (``keep``, already scaled) if there is one.

    With w the weights after softmax and g the slope for the result: dv = wᵀ g, dw = g vᵀ, dz = w·(dw − Σ w·dw),
    dq = s·dz k, dk = s·dzᵀ q.
    """

    def forward(self, q, k, v, bias=None, *, scale, keep=None):
        z = (q * q.dtype.type(scale)) @ np.swapaxes(k, -1, -2)  # (..., L, S)
        if bias is not None:
            z = z + bias
        w = _softmax_or_nothing(z)
        dropped = w if keep is None else w * keep
        self.save(q, k, v, w, dropped, keep, scale, None if bias is None else bias.shape)
        return dropped @ v

    def backward(self, grad):
        q, k, v, w, dropped, keep, scale, bias = self.saved
        dv = unbroadcast(np.swapaxes(dropped, -1, -2) @ grad, v.shape)
        dz = grad @ np.swapaxes(v, -1, -2)
        if keep is not None:
            dz *= keep
        dz *= w
        dz -= w * dz.sum(axis=-1, keepdims=True)
        dbias = unbroadcast(dz, bias) if bias is not None and self.needs[3] else None
        dz *= dz.dtype.type(scale)
        dq = unbroadcast(dz @ k, q.shape)
        dk = unbroadcast(np.swapaxes(dz, -1, -2) @ q, k.shape)
        return (dq, dk, dv, dbias)[: len(self.needs)]


def _softmax_or_nothing(z: np.ndarray) -> np.ndarray:
    """Softmax along the last axis, in place; a row that may attend to nothing (all −inf) gets zeros."""
    top = peak(z, -1)
    z -= np.where(np.isneginf(top), 0, top)
    np.exp(z, out=z)
    total = z.sum(axis=-1, keepdims=True)
    z /= np.where(total == 0, 1, total)
    return z

"""Scaled dot-product attention."""

import math
from typing import Any

import numpy as np

from groundup.functional.dropout import keep_mask
from groundup.functional.given import floats
from groundup.kernels import attention
from groundup.tensor import Tensor, as_tensor


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    *,
    rng: np.random.Generator | None = None,
) -> Tensor:
    """softmax(query · keyᵀ · scale + mask) · value (Vaswani et al. 2017).

    Args:
        query: (..., L, E).
        key: (..., S, E).
        value: (..., S, Ev).
        attn_mask: broadcasts to (..., L, S). Truth values: True where a query may attend. Floats: added before softmax.
        dropout_p: of the weights.
        is_causal: query i attends to keys 0 to i only; excludes attn_mask.
        scale: None means 1/√E.
        rng: for dropout.

    Returns:
        (..., L, Ev); zeros for a query that may attend to nothing.

    Raises:
        ValueError: shapes do not fit, or there is a mask as well as is_causal.
    """
    q, k, v = (floats("scaled_dot_product_attention", t) for t in (query, key, value))
    _fit_attention(q, k, v)
    shape = (*np.broadcast_shapes(q.shape[:-2], k.shape[:-2]), q.shape[-2], k.shape[-2])
    bias, allowed = _masks(attn_mask, is_causal, shape)
    keep = keep_mask(shape, dropout_p, q.dtype, rng) if dropout_p else None
    parents = (q, k, v) if bias is None else (q, k, v, bias)
    return attention.Attention.apply(*parents, scale=_scale(scale, q.shape[-1]), allowed=allowed, keep=keep)


def self_attention(
    qkv: Any,
    heads: int,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    *,
    rng: np.random.Generator | None = None,
) -> Tensor:
    """`scaled_dot_product_attention` of a sequence to itself in several heads, without turning anything round.

    Args:
        qkv: (N, L, 3·E): queries, keys and values of all heads side by side, as one linear layer gives them.
        heads: how many; E is a multiple of it.
        attn_mask, dropout_p, is_causal, scale, rng: as there, the mask being truth values.

    Returns:
        (N, L, E), the heads' results side by side.

    Raises:
        ValueError: shapes do not fit, or there is a mask as well as is_causal.
    """
    qkv = floats("self_attention", qkv)
    if qkv.ndim != 3 or heads < 1 or qkv.shape[-1] % (3 * heads):
        raise ValueError(
            f"self_attention wants qkv (N, L, 3·E) with E a multiple of {heads} heads and got {qkv.shape}."
        )
    n, length, width = qkv.shape
    bias, allowed = _masks(attn_mask, is_causal, (n, heads, length, length))
    if bias is not None:
        raise ValueError("self_attention wants a mask of truth values; scaled_dot_product_attention takes floats too.")
    keep = keep_mask((n, heads, length, length), dropout_p, qkv.dtype, rng) if dropout_p else None
    scale = _scale(scale, width // 3 // heads)
    return attention.SelfAttention.apply(qkv, heads=heads, scale=scale, allowed=allowed, keep=keep)


def _scale(scale: float | None, width: int) -> float:
    return 1 / math.sqrt(max(1, width)) if scale is None else scale


def _fit_attention(q: Tensor, k: Tensor, v: Tensor) -> None:
    fits = min(q.ndim, k.ndim, v.ndim) >= 2 and q.shape[-1] == k.shape[-1] and k.shape[-2] == v.shape[-2]
    try:
        np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            "scaled_dot_product_attention wants query (..., L, E), key (..., S, E) and value (..., S, Ev) and got "
            f"{q.shape}, {k.shape}, {v.shape}. Are the heads an axis of their own, before the time?"
        )


def _masks(mask: Any, is_causal: bool, shape: tuple) -> tuple[Tensor | None, np.ndarray | None]:
    """What is added to the scores, and where they are allowed; None for what there is none of."""
    if is_causal and mask is not None:
        raise ValueError("attention wants attn_mask or is_causal=True, not both: put both into the mask.")
    if is_causal:
        return None, np.tri(*shape[-2:], dtype=bool)
    if mask is None:
        return None, None
    mask = as_tensor(mask)
    try:
        np.broadcast_to(mask.data, shape)
    except ValueError:
        raise ValueError(f"attn_mask of shape {mask.shape} does not broadcast to (..., L, S) = {shape}.") from None
    if mask.dtype.kind not in "fb":
        raise ValueError(f"attn_mask wants truth values or floats and got {mask.dtype}; say mask != 0 for the former.")
    return (mask, None) if mask.dtype.kind == "f" else (None, mask.data)

"""Attention with several heads (Vaswani et al., "Attention is all you need", 2017)."""

import math
from typing import Any

import numpy as np

from groundup import functional as F
from groundup.nn import init
from groundup.nn.dropout import share
from groundup.nn.given import given
from groundup.nn.linear import Linear
from groundup.nn.module import Module, Parameter
from groundup.tensor import Tensor, as_tensor


class MultiheadAttention(Module):
    """Each place asks (query), each place answers to a key with a value; in several heads side by side.

    Args:
        embed_dim: E, numbers per place; a multiple of num_heads.
        num_heads: H.
        dropout: which share of the attention weights is dropped, in training.
        bias: whether the products in and out have a bias.
        batch_first: whether inputs are (N, L, E) rather than (L, N, E).
        dtype: of the weights; float32 unless said otherwise.
        rng: draws the first weights (Glorot and Bengio, 2010, for those going in), and what is dropped.

    Attributes:
        in_proj_weight: (3E, E): rows for queries, then keys, then values.
        in_proj_bias: (3E,) or None.
        out_proj: Linear from E to E.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        batch_first: bool = False,
        *,
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ):
        super().__init__()
        if num_heads < 1 or embed_dim % num_heads:
            raise ValueError(
                f"the heads share the width evenly, so embed_dim={embed_dim} must be a multiple of "
                f"num_heads={num_heads}."
            )
        self.embed_dim, self.num_heads, self.head_dim = embed_dim, num_heads, embed_dim // num_heads
        self.dropout, self.batch_first, self.rng = share(dropout, "dropout"), batch_first, rng
        self.in_proj_weight = Parameter(np.empty((3 * embed_dim, embed_dim), dtype))
        self.in_proj_bias = Parameter(np.zeros(3 * embed_dim, dtype)) if bias else None
        init.xavier_uniform_(self.in_proj_weight, rng=rng)
        self.out_proj = Linear(embed_dim, embed_dim, bias=bias, dtype=dtype, rng=rng)
        if bias:
            init.zeros_(self.out_proj.bias)

    def forward(
        self,
        query: Any,
        key: Any,
        value: Any,
        key_padding_mask: Any = None,
        need_weights: bool = True,
        attn_mask: Any = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """What each query gathers, and from where.

        Args:
            query: (L, N, E), or (N, L, E) with batch_first, or (L, E).
            key, value: the same with another length S.
            key_padding_mask: (N, S), or (S,): True where a key is not to be looked at; floats are added.
            need_weights: whether the attention weights are returned; without them it is faster.
            attn_mask: (L, S) or (N·H, L, S): True where a query must not look at a key; floats are added.
            average_attn_weights: whether the returned weights are the mean over heads.
            is_causal: whether no query may look at keys after its own place; needs no attn_mask here.

        Returns:
            what was gathered, of the query's shape, and None or the weights, (N, L, S) or (N, H, L, S); without N
            if the inputs had none.
        """
        itself = query is key and key is value
        query, key, value = self._inputs(query, key, value)
        alone = query.ndim == 2
        queries, keys, values = ([query] * 3) if itself else (query, key, value)
        q, k, v = self._heads(self._batched(queries), self._batched(keys), self._batched(values), itself)
        mask = self._mask(q, k, attn_mask, key_padding_mask, is_causal)
        gathered, weights = self._attend(q, k, v, mask, need_weights)
        out = self._merge(gathered)  # (N, L, E)
        out = out.squeeze(0) if alone else out if self.batch_first else out.transpose(0, 1)
        if weights is not None:
            weights = weights.mean(1) if average_attn_weights else weights
            weights = weights.squeeze(0) if alone else weights
        return out, weights

    # The steps, also for who keeps keys and values for later. Inside, the batch comes first.

    def _inputs(self, *given_ones: Any) -> list[Tensor]:
        wanted = f"({'N, L' if self.batch_first else 'L, N'}, {self.embed_dim}) or (L, {self.embed_dim})"
        inputs = [given(self, x, wanted, self.embed_dim, -1, (2, 3)) for x in given_ones]
        query, key, value = inputs
        if key.shape != value.shape or query.ndim != key.ndim:
            raise ValueError(
                f"{self!r} wants keys and values of one shape, and got {key.shape} and {value.shape}, for "
                f"queries of shape {query.shape}."
            )
        return inputs

    def _batched(self, x: Tensor) -> Tensor:
        return x.unsqueeze(0) if x.ndim == 2 else x if self.batch_first else x.transpose(0, 1)

    def _heads(self, query: Tensor, key: Tensor, value: Tensor, itself: bool) -> list[Tensor]:
        """(N, L, E) three times → q, k and v, (N, H, L, E/H); one product if all are the same tensor."""
        if itself:
            return self.heads_of(query)
        e, b = self.embed_dim, self.in_proj_bias
        rows = (slice(0, e), slice(e, 2 * e), slice(2 * e, 3 * e))
        parts = [
            F.linear(x, self.in_proj_weight[r], None if b is None else b[r])
            for x, r in zip((query, key, value), rows, strict=True)
        ]
        return [p.reshape(*p.shape[:2], self.num_heads, self.head_dim).transpose(1, 2) for p in parts]

    def heads_of(self, x: Tensor) -> list[Tensor]:
        """One input (N, L, E) → its queries, keys and values, each (N, H, L, E/H)."""
        n, length, _ = x.shape
        qkv = F.linear(x, self.in_proj_weight, self.in_proj_bias)  # (N, L, 3E)
        qkv = qkv.reshape(n, length, 3, self.num_heads, self.head_dim).permute(2, 0, 3, 1, 4)
        return [qkv[0], qkv[1], qkv[2]]  # each (N, H, L, E/H)

    def _merge(self, gathered: Tensor) -> Tensor:
        """(N, H, L, E/H) → (N, L, E), through the last product."""
        n, _, length, _ = gathered.shape
        return self.out_proj(gathered.transpose(1, 2).reshape(n, length, self.embed_dim))

    def _attend(self, q: Tensor, k: Tensor, v: Tensor, mask: np.ndarray | None, need_weights: bool) -> tuple:
        drop = self.dropout if self.training else 0.0
        if not need_weights:
            return F.scaled_dot_product_attention(q, k, v, mask, drop, rng=self.rng), None
        scores = q @ k.mT * (1 / math.sqrt(self.head_dim))  # (N, H, L, S)
        weights = F.softmax(scores if mask is None else scores + Tensor._of(_as_addend(mask, q.dtype)), -1)
        weights = F.dropout(weights, drop, self.training, rng=self.rng)
        return weights @ v, weights

    def _mask(self, q: Tensor, k: Tensor, attn_mask: Any, padding: Any, is_causal: bool) -> np.ndarray | None:
        """All masks as one, in the words of ``F.scaled_dot_product_attention``: True may attend, floats are added."""
        (n, heads, length, _), size = q.shape, k.shape[2]
        parts = []
        if attn_mask is not None:
            shapes = [(length, size), (n * heads, length, size)]
            mask = _checked(attn_mask, shapes, "attn_mask", "(L, S) or (N·H, L, S)")
            parts.append(mask if mask.ndim == 2 else mask.reshape(n, heads, length, size))
        if padding is not None:
            mask = _checked(padding, [(n, size)] + [(size,)] * (n == 1), "key_padding_mask", "(N, S)")
            parts.append(mask.reshape(n, 1, 1, size))
        if is_causal:
            parts.append(np.triu(np.ones((length, size), bool), 1))
        if not parts:
            return None
        if all(p.dtype == np.bool_ for p in parts):
            closed = parts[0]
            for p in parts[1:]:
                closed = closed | p
            return ~closed
        return sum(_as_addend(p if p.dtype != np.bool_ else ~p, q.dtype) for p in parts)

    def extra_repr(self) -> str:
        """Sizes."""
        return f"embed_dim={self.embed_dim}, num_heads={self.num_heads}"


def _checked(mask: Any, shapes: list[tuple], name: str, words: str) -> np.ndarray:
    mask = as_tensor(mask).data
    if mask.shape not in shapes:
        raise ValueError(f"{name} wants shape {words}, here {' or '.join(map(str, shapes))}, and got {mask.shape}.")
    if mask.dtype.kind not in "bf":
        raise ValueError(f"{name} wants truth values (True: do not look) or floats to add, and got {mask.dtype}.")
    return mask


def _as_addend(mask: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """A mask as numbers to add to scores: 0 where it is True, −∞ where not."""
    return np.where(mask, 0.0, -np.inf).astype(dtype) if mask.dtype == np.bool_ else mask.astype(dtype)

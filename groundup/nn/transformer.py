"""The transformer block, and GPT made of it, in GPT-2's arrangement.

Vaswani et al., "Attention is all you need", 2017; Radford et al., "Language models are unsupervised multitask
learners", 2019: norms before the sublayers, one more at the end, GELU, learnt positions.
"""

import math
from typing import Any

import numpy as np

from groundup import functional as F
from groundup.nn import init
from groundup.nn.attention import MultiheadAttention
from groundup.nn.containers import ModuleList
from groundup.nn.dropout import Dropout
from groundup.nn.embedding import Embedding, whole_numbers
from groundup.nn.given import given
from groundup.nn.linear import Linear
from groundup.nn.module import Module
from groundup.nn.norm import LayerNorm
from groundup.nn.sampling import draw, token_probabilities
from groundup.random import generator
from groundup.tensor import Tensor, as_tensor, no_grad


class TransformerBlock(Module):
    """x + attention(norm(x)), then x + mlp(norm(x)).

    The names are those of ``torch.nn.TransformerEncoderLayer(norm_first=True, batch_first=True)``, so that weights
    move.

    Args:
        width: E, numbers per place; a multiple of heads.
        heads: of the attention.
        mlp_ratio: the mlp's hidden layer is so many times as wide.
        dropout: share dropped from attention weights and from both sublayers' results, in training.
        causal: whether no place may look at later ones.
        approximate: GELU's formula: "tanh" as in GPT-2, or "none" for the exact one.
        dtype: of the weights; float32 unless said otherwise.
        rng: draws the first weights, and what is dropped.

    Shapes: (N, L, width) → the same.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        mlp_ratio: float = 4,
        dropout: float = 0.0,
        causal: bool = True,
        approximate: str = "tanh",
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ):
        super().__init__()
        self.width, self.causal, self.approximate = width, causal, approximate
        hidden, kw = round(mlp_ratio * width), {"dtype": dtype, "rng": rng}
        self.self_attn = MultiheadAttention(width, heads, dropout, batch_first=True, **kw)
        self.linear1, self.linear2 = Linear(width, hidden, **kw), Linear(hidden, width, **kw)
        self.norm1, self.norm2 = LayerNorm(width, dtype=dtype), LayerNorm(width, dtype=dtype)
        self.drop = Dropout(dropout, rng=rng)

    def forward(self, x: Any, cache: "LayerCache | None" = None) -> Tensor:
        """(N, L, width) → the same; with a cache, x continues what the cache has seen."""
        x = given(self, x, f"(N, L, {self.width})", self.width, -1, (3,))
        x = x + self.drop(self._attention(self.norm1(x), cache))
        hidden = F.gelu(self.linear1(self.norm2(x)), approximate=self.approximate)  # (N, L, mlp_ratio · width)
        return x + self.drop(self.linear2(hidden))

    def _attention(self, x: Tensor, cache: "LayerCache | None") -> Tensor:
        attention = self.self_attn
        drop = attention.dropout if self.training else 0.0
        if cache is None:
            qkv = F.linear(x, attention.in_proj_weight, attention.in_proj_bias)  # (N, L, 3E)
            y = F.self_attention(qkv, attention.num_heads, None, drop, self.causal, rng=attention.rng)
            return attention.out_proj(y)
        q, k, v = attention.heads_of(x)  # each (N, H, L, E/H)
        new = q.shape[2]
        k, v = cache.extend(k, v)  # (N, H, S, E/H), S counting what was there before
        mask = _may_look_back(new, k.shape[2]) if self.causal and new > 1 else None
        return attention._merge(F.scaled_dot_product_attention(q, k, v, mask, drop, rng=attention.rng))


def _may_look_back(new: int, size: int) -> np.ndarray:
    """(new, size) truth values: the new places are the last ones, and each may look at itself and before."""
    return np.tri(new, size, size - new, dtype=bool)


class LayerCache:
    """The keys and values of all places so far, for one block. They are plain arrays: no slope goes back to them."""

    def __init__(self, capacity: int):
        self.capacity, self.length = capacity, 0
        self.keys: np.ndarray | None = None  # (N, H, capacity, E/H)
        self.values: np.ndarray | None = None

    def extend(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Add the keys and values of new places, (N, H, L, E/H); returns all so far."""
        start, end = self.length, self.length + k.shape[2]
        if self.keys is None:
            shape = (*k.shape[:2], self.capacity, k.shape[3])
            self.keys, self.values = np.empty(shape, k.dtype), np.empty(shape, v.dtype)
        if end > self.capacity or k.shape[:2] != self.keys.shape[:2]:
            raise ValueError(
                f"the cache holds {self.capacity} places of {len(self.keys)} sequences, {start} are taken, and it got "
                f"{k.shape[2]} more of {len(k)} sequences: start a new cache."
            )
        self.keys[:, :, start:end], self.values[:, :, start:end] = k.data, v.data
        self.length = end
        return Tensor._of(self.keys[:, :, :end]), Tensor._of(self.values[:, :, :end])


class Cache:
    """What `GPT` remembers of the places that it has seen: one `LayerCache` for each block."""

    def __init__(self, layers: int, capacity: int):
        self.layers = [LayerCache(capacity) for _ in range(layers)]

    @property
    def length(self) -> int:
        """How many places it has seen."""
        return self.layers[0].length if self.layers else 0


class GPT(Module):
    """A language model: which token comes next, at every place.

    Args:
        vocab_size: V, how many different tokens there are.
        block_size: how many places it can look at.
        width: numbers per place; a multiple of heads.
        heads: of each attention.
        layers: how many blocks.
        dropout: share dropped after the embeddings, in attention and after each sublayer, in training.
        tie_weights: whether the table that reads tokens also scores them (Press and Wolf, "Using the output
            embedding to improve language models", 2017).
        mlp_ratio: see `TransformerBlock`.
        std: the deviation of the first weights. GPT-2's 0.02 suits its width of 768 and more; a narrow model learns
            sooner with more, up to about 1/√width.
        dtype: of the weights; float32 unless said otherwise.
        rng: draws the first weights, and what is dropped.

    First weights are drawn GPT-2's way: a bell curve of deviation std, biases 0, and what ends on the residual path
    divided by √(2·layers).
    """

    def __init__(
        self,
        vocab_size: int,
        block_size: int,
        width: int,
        heads: int,
        layers: int,
        dropout: float = 0.0,
        tie_weights: bool = True,
        *,
        mlp_ratio: float = 4,
        std: float = 0.02,
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ):
        super().__init__()
        self.vocab_size, self.block_size, self.width, self.std = vocab_size, block_size, width, std
        kw = {"dtype": dtype, "rng": rng}
        self.token = Embedding(vocab_size, width, **kw)
        self.position = Embedding(block_size, width, **kw)
        self.drop = Dropout(dropout, rng=rng)
        self.blocks = ModuleList(
            TransformerBlock(width, heads, mlp_ratio=mlp_ratio, dropout=dropout, **kw) for _ in range(layers)
        )
        self.norm = LayerNorm(width, dtype=dtype)
        self.head = Linear(width, vocab_size, bias=False, **kw)
        if tie_weights:
            self.head.weight = self.token.weight
        self.reset_parameters(rng)

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw all weights anew, GPT-2's way."""
        into_the_path = self.std / math.sqrt(2 * max(1, len(self.blocks)))
        for name, p in self.named_parameters():
            if p.ndim > 1:
                last = name.endswith(("out_proj.weight", "linear2.weight"))
                init.normal_(p, std=into_the_path if last else self.std, rng=rng)
            elif name.endswith("bias"):
                init.zeros_(p)

    @staticmethod
    def count_parameters(vocab_size: int, block_size: int, width: int, layers: int, tied: bool = True) -> int:
        """How many numbers such a model learns (mlp_ratio 4), without building it; GPT-2's smallest: 124,439,808.

        A block has 12·width² weights (4 in attention, 8 in the mlp), 9·width biases and 4·width in its norms.
        """
        tables = (vocab_size + block_size) * width + (0 if tied else vocab_size * width)
        return tables + layers * (12 * width**2 + 13 * width) + 2 * width

    def new_cache(self) -> Cache:
        """An empty memory for ``forward(index, cache)``."""
        return Cache(len(self.blocks), self.block_size)

    def forward(self, index: Any, cache: Cache | None = None) -> Tensor:
        """Scores of what comes next, after each place.

        Args:
            index: tokens, (N, L) whole numbers below vocab_size.
            cache: what was seen before, from ``new_cache()``; index then continues it, and it is extended.

        Returns:
            (N, L, vocab_size).

        Raises:
            ValueError: more places than block_size, or tokens that do not exist.
        """
        index = self._tokens(index)
        start = cache.length if cache is not None else 0
        end = start + index.shape[1]
        if end > self.block_size:
            raise ValueError(
                f"GPT looks at {self.block_size} places (block_size) and got {index.shape[1]}"
                f"{f' after {start} in the cache' if start else ''}: give it the last {self.block_size} only."
            )
        x = self.token(index) + self.position(Tensor._of(np.arange(start, end)))  # (N, L, E) + (L, E)
        x = self.drop(x)
        for i, block in enumerate(self.blocks):
            x = block(x, cache.layers[i] if cache is not None else None)
        return self.head(self.norm(x))

    def _tokens(self, index: Any) -> Tensor:
        index = as_tensor(index)
        if index.ndim != 2 or index.shape[1] == 0:
            raise ValueError(f"GPT wants tokens of shape (N, L), L at least 1, and got {index.shape}.")
        return whole_numbers(self.token, index, self.vocab_size, f"the vocabulary of {self.vocab_size} tokens")

    def generate(
        self,
        index: Any,
        max_new_tokens: int,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        rng: np.random.Generator | None = None,
        use_cache: bool = True,
    ) -> Tensor:
        """Write on, token by token, without dropout and without a graph.

        Args:
            index: what to begin with, (N, L) tokens, L at least 1; it may be longer than block_size.
            max_new_tokens: how many to add.
            temperature, top_k, top_p: see `groundup.nn.sampling.token_probabilities`.
            rng: makes the draws.
            use_cache: whether keys and values are kept. The tokens are the same, later; once the text is longer
                than block_size, every place moves and all is computed anew for each token.

        Returns:
            (N, L + max_new_tokens) int64: the beginning and what was added.
        """
        if max_new_tokens < 0:
            raise ValueError(f"max_new_tokens wants 0 or more and got {max_new_tokens}.")
        text, rng, modes = (
            self._tokens(index).data.astype(np.int64),
            generator(rng),
            [(m, m.training) for m in self.modules()],
        )
        cache = self.new_cache() if use_cache else None
        self.eval()
        try:
            with no_grad():
                for _ in range(max_new_tokens):
                    p = token_probabilities(self._scores(text, cache), temperature, top_k, top_p)
                    text = np.concatenate([text, draw(p, rng)[:, None]], axis=1)
        finally:
            for module, training in modes:
                module.training = training
        return Tensor._of(text)

    def _scores(self, text: np.ndarray, cache: Cache | None) -> np.ndarray:
        """Scores (N, V) after the last place; only what the cache has not seen is computed."""
        if text.shape[1] > self.block_size:
            return self(text[:, -self.block_size :]).data[:, -1]
        return self(text[:, cache.length :] if cache is not None else text, cache).data[:, -1]

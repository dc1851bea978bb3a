"""A table of vectors, looked up by number."""

from typing import Any

import numpy as np

from groundup import functional as F
from groundup.nn import init
from groundup.nn.module import Module, Parameter
from groundup.tensor import Tensor, as_tensor


class Embedding(Module):
    """Row number ``index`` of a table that is learnt: Linear on one-hot vectors, without making them.

    Bengio et al., "A neural probabilistic language model", 2003.

    Args:
        num_embeddings: rows: how many different things there are.
        embedding_dim: columns: the length of each vector.
        padding_idx: a row that starts at zero and is not learnt; negative counts from the end.
        dtype: of the table; float32 unless said otherwise.
        rng: draws the first rows, from the bell curve of deviation 1.

    Attributes:
        weight: (num_embeddings, embedding_dim).

    Shapes: whole numbers of any shape (*) → (*, embedding_dim).
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ):
        super().__init__()
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(f"padding_idx={padding_idx} is not a row of a table with {num_embeddings} rows.")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.weight = Parameter(np.empty((num_embeddings, embedding_dim), dtype))
        self.reset_parameters(rng)

    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, padding_idx: int | None = None) -> "Embedding":
        """A layer with the table given, (rows, columns); frozen unless ``freeze=False``."""
        table = as_tensor(embeddings)
        if table.ndim != 2:
            raise ValueError(f"from_pretrained() wants a table of two axes and got shape {table.shape}.")
        layer = cls(*table.shape, padding_idx)
        layer.weight = Parameter(table, requires_grad=not freeze)
        return layer

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw the table anew."""
        init.normal_(self.weight, rng=rng)
        if self.padding_idx is not None:
            self.weight.data[self.padding_idx] = 0

    def forward(self, index: Any) -> Tensor:
        """Whole numbers of any shape (*) → (*, embedding_dim)."""
        index = whole_numbers(self, index, self.num_embeddings, f"a table of {self.num_embeddings} rows")
        return F.embedding(index, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        """The table's size."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"


def whole_numbers(layer: Any, index: Any, end: int, what: str) -> Tensor:
    """The index as a tensor, if all its entries are whole numbers from 0 to end − 1."""
    index = as_tensor(index)
    if index.dtype.kind not in "iu":
        raise ValueError(
            f"{layer!r} wants whole numbers and got {index.dtype}: turn them with .long() (or astype(int))."
        )
    if index.numel() and not 0 <= (low := int(index.data.min())) <= (high := int(index.data.max())) < end:
        wrong = low if low < 0 else high
        raise ValueError(f"{layer!r}: number {wrong} is outside {what}, which is 0 to {end - 1}.")
    return index

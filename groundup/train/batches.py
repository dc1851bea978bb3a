"""Cutting data into batches."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from groundup.tensor import Tensor, as_tensor

Batch = tuple[Tensor, Tensor]
# Arrays (x, y) of the same length, or a function that gives the batches of one epoch, drawn with the generator.
Data = tuple[Any, Any] | Callable[[np.random.Generator | None], Iterator[Batch]]


def batches(
    x: Any, y: Any, batch_size: int, rng: np.random.Generator | None = None, drop_last: bool = False
) -> Iterator[Batch]:
    """All examples, a batch at a time.

    Args:
        x, y: arrays or tensors with the same number n of examples along axis 0.
        batch_size: examples a batch; the last may have fewer.
        rng: shuffles; None keeps the order.
        drop_last: leave a smaller last batch out.

    Yields:
        x and y of a batch, as tensors.

    Raises:
        ValueError: the lengths differ, there are no examples, or batch_size is below 1.
    """
    x, y = (np.asarray(a.data if isinstance(a, Tensor) else a) for a in (x, y))
    _refuse_unfit(x, y, batch_size)
    # take() would copy all of an array whose rows are scattered in memory, as x[:, order] makes it, for every batch.
    return _cut(np.ascontiguousarray(x), np.ascontiguousarray(y), batch_size, rng, drop_last)


def _cut(
    x: np.ndarray, y: np.ndarray, batch_size: int, rng: np.random.Generator | None, drop_last: bool
) -> Iterator[Batch]:
    n = len(x)
    order = None if rng is None else rng.permutation(n)
    for start in range(0, n - (batch_size - 1 if drop_last else 0), batch_size):
        part = slice(start, start + batch_size)
        if order is None:
            yield as_tensor(x[part]), as_tensor(y[part])
        else:
            yield as_tensor(x.take(order[part], axis=0)), as_tensor(y.take(order[part], axis=0))


def _refuse_unfit(x: np.ndarray, y: np.ndarray, batch_size: int) -> None:
    if x.ndim == 0 or y.ndim == 0 or len(x) != len(y):
        raise ValueError(
            f"x and y must have one entry an example, along axis 0; their shapes are {x.shape}, {y.shape}."
        )
    if not len(x):
        raise ValueError("there are no examples to make batches from.")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1 and is {batch_size}.")


def batches_of(data: Data, batch_size: int, rng: np.random.Generator | None) -> Iterator[Batch]:
    """The batches of one epoch, from arrays or from a function that makes them.

    Raises:
        TypeError: the data are neither.
    """
    if callable(data):
        return ((as_tensor(x), as_tensor(y)) for x, y in data(rng))
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise TypeError(
            f"data must be (x, y), or a function from a generator to batches, and are {type(data).__name__}."
        )
    return batches(*data, batch_size, rng)


def how_many(data: Data, batch_size: int) -> int:
    """The number of batches in an epoch; 0 where only going through them tells."""
    return 0 if callable(data) else -(-len(data[0]) // batch_size)

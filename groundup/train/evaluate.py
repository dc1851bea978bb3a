"""How good a model is: loss and accuracy over data, without learning."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from groundup.tensor import Tensor, no_grad
from groundup.train.batches import Data, batches_of

# From outputs and targets to a number; None where outputs cannot be right or wrong.
Metric = Callable[[Tensor, Tensor], float] | None


class Evaluation(NamedTuple):
    """Means over all examples: ``loss``, and ``accuracy`` (0 to 1; None where it was not measured)."""

    loss: float
    accuracy: float | None


def accuracy(logits: Any, y: Any) -> float:
    """The share of right answers, 0 to 1.

    Args:
        logits: (N, C) or (N, C, ...) as `cross_entropy` takes them, or (..., C), with a score for each of C classes; or
            of the same shape as y, where above 0 means yes.
        y: the right classes, whole numbers (N,) or (N, ...); or 0 and 1.

    Raises:
        ValueError: the shapes do not go together.
    """
    logits, y = (np.asarray(a.data if isinstance(a, Tensor) else a) for a in (logits, y))
    if logits.shape == y.shape:
        return float(np.mean((logits > 0) == (y > 0.5)))
    if logits.ndim == y.ndim + 1 and logits.shape[:1] + logits.shape[2:] == y.shape:
        return float(np.mean(logits.argmax(axis=1) == y))
    if logits.ndim == y.ndim + 1 and logits.shape[:-1] == y.shape:
        return float(np.mean(logits.argmax(axis=-1) == y))
    raise ValueError(
        f"accuracy() wants scores (N, C) and classes (N,), or both of one shape, and got {logits.shape} and {y.shape}."
    )


def evaluate(
    model: Callable[[Tensor], Tensor],
    data: Data,
    loss_fn: Callable[[Tensor, Tensor], Tensor],
    batch_size: int = 256,
    metric: Metric | str = "auto",
) -> Evaluation:
    """Mean loss and accuracy of a model, in eval mode and without a graph; its mode is as before afterwards.

    Args:
        model: from a batch of x to outputs.
        data: arrays (x, y), or a function that gives batches; see `fit`.
        loss_fn: from outputs and y to a mean over the batch.
        batch_size: examples at a time; more is faster and takes more memory.
        metric: as in `fit`.
    """
    mean = Mean()
    with mode(model, training=False), no_grad():
        for x, y in batches_of(data, batch_size, None):
            out = model(x)
            mean.add(len(y), float(loss_fn(out, y).item()), measure(metric, out, y))
    return mean.result()


def measure(metric: Metric | str, out: Tensor, y: Tensor) -> float | None:
    """The metric's value; "auto" is `accuracy` where y holds whole numbers, and None elsewhere."""
    if metric == "auto":
        metric = accuracy if y.dtype.kind in "iub" else None
    return None if metric is None else float(metric(out, y))


class Mean:
    """Running means of loss and accuracy, weighted by the number of examples."""

    def __init__(self):
        self.n, self.loss, self.right = 0, 0.0, None

    def add(self, n: int, loss: float, right: float | None) -> None:
        """Count a batch of n examples."""
        self.n += n
        self.loss += n * loss
        if right is not None:
            self.right = (self.right or 0.0) + n * right

    def result(self) -> Evaluation:
        """The means so far.

        Raises:
            ValueError: nothing was counted.
        """
        if not self.n:
            raise ValueError("the data gave no batches, so there is no mean. A generator is empty once it was used.")
        return Evaluation(self.loss / self.n, None if self.right is None else self.right / self.n)


@contextmanager
def mode(model: Any, *, training: bool) -> Iterator[None]:
    """Put a model and its parts into training or eval mode for a while; plain functions have none."""
    parts = [(part, part.training) for part in model.modules()] if hasattr(model, "modules") else []
    if parts:
        model.train(training)
    try:
        yield
    finally:
        for part, was in parts:
            part.training = was

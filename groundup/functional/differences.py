"""Losses of the difference between prediction and target."""

from typing import Any

from groundup import ops
from groundup.functional.reduction import reduce, same_shape
from groundup.tensor import Tensor


def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Tensor:
    """(input − target)².

    Args:
        input, target: of one shape.
        reduction: "mean", "sum" or "none".

    Returns:
        A number, or for "none" one for each place.

    Raises:
        ValueError: two shapes.
    """
    off = _difference("mse_loss", input, target)
    return reduce("mse_loss", off * off, reduction)


def l1_loss(input: Any, target: Any, reduction: str = "mean") -> Tensor:
    """|input − target|; arguments as for `mse_loss`."""
    return reduce("l1_loss", _difference("l1_loss", input, target).abs(), reduction)


def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """d²/2 up to |d| = delta, beyond it delta·(|d| − delta/2): outliers pull with constant force (Huber 1964)."""
    if not delta > 0:
        raise ValueError(f"huber_loss wants delta above 0 and got {delta}.")
    off = _difference("huber_loss", input, target)
    size = off.abs()
    return reduce("huber_loss", ops.where(size.data < delta, 0.5 * off * off, delta * (size - 0.5 * delta)), reduction)


def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """`huber_loss` with delta = beta, divided by it: d²/(2·beta) up to |d| = beta, beyond it |d| − beta/2."""
    if beta == 0:
        return l1_loss(input, target, reduction)
    return huber_loss(input, target, reduction, beta) / beta


def _difference(name: str, input: Any, target: Any) -> Tensor:
    input, target = same_shape(name, input, target)
    return input - target

"""What losses share: from a loss for each place to a number."""

from typing import Any

import numpy as np

from groundup.tensor import Tensor, as_tensor


def known_reduction(name: str, reduction: str) -> str:
    """The word, if it is one of the three."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f'{name} wants reduction "mean", "sum" or "none" and got {reduction!r}.')
    return reduction


def reduce_rows(loss: Tensor, reduction: str, shape: tuple, count: Any) -> Tensor:
    """(M,) as a number, or in the places' shape."""
    if reduction == "none":
        return loss.reshape(shape)
    if reduction == "sum":
        return loss.sum()
    if not count:
        return loss.sum() * np.nan  # the mean of nothing, as PyTorch has it
    return loss.sum() / Tensor._of(np.asarray(count, loss.dtype))


def same_shape(name: str, input: Any, target: Any) -> tuple[Tensor, Tensor]:
    """Both as tensors of floats, which must have one shape."""
    input, target = as_tensor(input), as_tensor(target)
    if input.shape != target.shape:
        raise ValueError(
            f"{name} wants input and target of one shape and got {input.shape} and {target.shape}; they would be "
            "stretched against each other, every one with every one. A .squeeze() or .unsqueeze(1) may be missing."
        )
    return input, target if target.dtype.kind == "f" else target.to(input.dtype)


def reduce(name: str, loss: Tensor, reduction: str) -> Tensor:
    """A loss for each place as a number, or as it is."""
    reduction = known_reduction(name, reduction)
    return loss if reduction == "none" else loss.sum() if reduction == "sum" else _mean(loss)


def _mean(loss: Tensor) -> Tensor:
    with np.errstate(divide="ignore", invalid="ignore"):
        return loss.sum() / Tensor._of(np.asarray(loss.numel(), loss.dtype))

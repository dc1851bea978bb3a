"""Losses against classes: cross-entropy and negative log-likelihood."""

import math
from typing import Any

import numpy as np

from groundup import ops
from groundup.functional.given import array, floats, refuse_outside
from groundup.functional.reduction import known_reduction, reduce_rows
from groundup.kernels import losses
from groundup.tensor import Tensor, as_tensor


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """−ln softmax(input) at the target: how surprised the model is by what was.

    Args:
        input: (N, C), (C,) or (N, C, d1, ...): scores before softmax.
        target: classes, whole numbers of shape (N,), () or (N, d1, ...); or probabilities, floats of input's shape.
        weight: (C,), of the classes.
        ignore_index: a class number whose places count for nothing.
        reduction: "mean" (over what counts, weighted), "sum" or "none".
        label_smoothing: this much of each target is shared out evenly over all classes.

    Returns:
        A number, or for "none" one for each place.

    Raises:
        ValueError: shapes do not fit, or a target is no class; says which.
    """
    input, reduction = floats("cross_entropy", input), known_reduction("cross_entropy", reduction)
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"cross_entropy wants label_smoothing from 0 to 1 and got {label_smoothing}.")
    rows = _as_rows("cross_entropy", input)  # (M, C)
    weight = _class_weight("cross_entropy", weight, rows)
    soft = target if isinstance(target, Tensor) else as_tensor(target)
    if soft.dtype.kind == "f":
        return _soft_cross_entropy(input, rows, soft, weight, reduction, label_smoothing)
    target, kept = _classes("cross_entropy", input, soft.data, ignore_index)
    loss = losses.CrossEntropy.apply(
        rows, target=target, kept=kept, weight=weight, smoothing=rows.dtype.type(label_smoothing)
    )
    return reduce_rows(loss, reduction, soft.shape, (kept * weight[target]).sum())


def _soft_cross_entropy(
    input: Tensor, rows: Tensor, target: Tensor, weight: np.ndarray, reduction: str, smoothing: float
) -> Tensor:
    if target.shape != input.shape:
        raise ValueError(
            f"cross_entropy wants targets that are floats, probabilities, in input's shape {input.shape} and got "
            f"{target.shape}. For class numbers say .long()."
        )
    q = _as_rows("cross_entropy", target)
    q = (q * (1 - smoothing) + smoothing / rows.shape[1] if smoothing else q) * Tensor._of(weight)
    places = input.shape[:1] + input.shape[2:] if input.ndim > 1 else ()
    return reduce_rows(losses.SoftCrossEntropy.apply(rows, q), reduction, places, rows.shape[0])


def nll_loss(input: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean") -> Tensor:
    """−input at the target, for logarithms of probabilities; arguments as for `cross_entropy`."""
    input, reduction = floats("nll_loss", input), known_reduction("nll_loss", reduction)
    rows = _as_rows("nll_loss", input)
    weight, shape = _class_weight("nll_loss", weight, rows), array(target).shape
    target, kept = _classes("nll_loss", input, array(target), ignore_index)
    w = kept * weight[target]
    taken = rows[np.arange(len(target)), target]
    return reduce_rows(-_where_kept(taken, kept) * Tensor._of(w), reduction, shape, w.sum())


def _where_kept(x: Tensor, kept: np.ndarray) -> Tensor:
    """x, and 0 where it is not kept: even infinity."""
    return x if kept.all() else ops.where(kept, x, 0.0)


def _as_rows(name: str, x: Tensor) -> Tensor:
    """(N, C), (C,) or (N, C, d1, ...) → (M, C)."""
    if x.ndim == 0:
        raise ValueError(f"{name} wants scores (N, C) or (N, C, d1, ...) and got a single number.")
    if x.ndim == 1:
        return x.unsqueeze(0)
    if x.ndim == 2:
        return x
    x = x.permute(0, *range(2, x.ndim), 1)
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def _class_weight(name: str, weight: Any, rows: Tensor) -> np.ndarray:
    if weight is None:
        return np.ones(rows.shape[1], rows.dtype)
    weight = array(weight).astype(rows.dtype, copy=False)
    if weight.shape != (rows.shape[1],):
        raise ValueError(f"{name} wants a weight for each of {rows.shape[1]} classes and got shape {weight.shape}.")
    return weight


def _classes(name: str, input: Tensor, target: np.ndarray, ignore_index: int) -> tuple[np.ndarray, np.ndarray]:
    """Targets as (M,) with 0 where they are ignored, and where they are kept."""
    wanted = () if input.ndim == 1 else (input.shape[0], *input.shape[2:])
    if target.dtype.kind not in "iu" or target.shape != wanted:
        raise ValueError(
            f"{name} with input {input.shape} wants class numbers (whole numbers) of shape {wanted} and got "
            f"{target.dtype} of shape {target.shape}. The classes are input's "
            f"{'only' if input.ndim == 1 else 'second'} axis."
        )
    kept, classes = target != ignore_index, input.shape[0 if input.ndim == 1 else 1]
    refuse_outside(
        name, "target", target, (target < 0) & kept, (target >= classes) & kept, f"the classes are 0 to {classes - 1}"
    )
    target = np.where(kept, target, 0).astype(np.intp, copy=False)
    return target.reshape(-1), kept.reshape(-1)

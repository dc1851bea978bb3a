"""Losses between probabilities."""

from typing import Any

import numpy as np

from groundup import ops
from groundup.functional.activation import softplus
from groundup.functional.given import refuse_outside
from groundup.functional.reduction import reduce, same_shape
from groundup.kernels import losses
from groundup.tensor import Tensor, as_tensor


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, reduction: str = "mean", pos_weight: Any = None
) -> Tensor:
    """−(t·ln σ(x) + (1 − t)·ln(1 − σ(x))), computed from the score x so that nothing overflows.

    Args:
        input: scores, any shape.
        target: probabilities of yes, of the same shape.
        weight: of each place; broadcasts.
        reduction: "mean", "sum" or "none".
        pos_weight: how much more a yes counts; broadcasts.

    Returns:
        A number, or for "none" one for each place.

    Raises:
        ValueError: two shapes.
    """
    x, t = same_shape("binary_cross_entropy_with_logits", input, target)
    yes = 1.0 if pos_weight is None else 1.0 + (as_tensor(pos_weight) - 1.0) * t
    loss = (1.0 - t) * x + yes * softplus(-x, threshold=np.inf)
    return reduce("binary_cross_entropy_with_logits", loss if weight is None else loss * as_tensor(weight), reduction)


def binary_cross_entropy(input: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Tensor:
    """−(t·ln p + (1 − t)·ln(1 − p)); logarithms stop at −100. Better: the one with logits.

    Raises:
        ValueError: two shapes, or an input that is no probability.
    """
    p, t = same_shape("binary_cross_entropy", input, target)
    outside = "probabilities are from 0 to 1: put a sigmoid before, or take binary_cross_entropy_with_logits"
    refuse_outside("binary_cross_entropy", "input", p.data, ~(p.data >= 0), p.data > 1, outside)
    loss = losses.BinaryCrossEntropy.apply(p, t)
    return reduce("binary_cross_entropy", loss if weight is None else loss * as_tensor(weight), reduction)


def kl_div(input: Any, target: Any, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """t·(ln t − input): how far the distribution whose logarithm is input lies from t (Kullback and Leibler 1951).

    Args:
        input: logarithms of probabilities, any shape.
        target: probabilities, or their logarithms with log_target; of the same shape.
        reduction: "batchmean" (the sum over the batch's length, which is the divergence), "mean" over all numbers,
            "sum" or "none".
        log_target: whether target holds logarithms.

    Returns:
        A number, or for "none" one for each place.

    Raises:
        ValueError: two shapes.
    """
    x, t = same_shape("kl_div", input, target)
    if log_target:
        loss = t.exp() * (t - x)
    else:
        positive = t.data > 0
        loss = ops.where(positive, t * ops.where(positive, t, 1.0).log(), 0.0) - t * x
    if reduction == "batchmean":
        return loss.sum() / max(1, x.shape[0] if x.ndim else 1)
    return reduce("kl_div", loss, reduction)

"""Losses as modules; formulas, shapes and errors are told in `groundup.functional` under the same names.

``reduction`` is "mean" (one number), "sum" (one number) or "none" (a number for each example or entry).
"""

from typing import Any

from groundup import functional as F
from groundup.nn.module import Module
from groundup.tensor import Tensor, as_tensor


class _Loss(Module):
    def __init__(self, reduction: str = "mean"):
        super().__init__()
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f"reduction wants 'mean', 'sum' or 'none' and got {reduction!r}.")
        self.reduction = reduction


class _WeightedLoss(_Loss):
    """A loss with a tensor of weights, kept as a buffer."""

    def __init__(self, weight: Any = None, reduction: str = "mean"):
        super().__init__(reduction)
        self.register_buffer("weight", None if weight is None else as_tensor(weight))


class MSELoss(_Loss):
    """(input − target)²."""

    def forward(self, input: Any, target: Any) -> Tensor:
        """Two of the same shape → the loss."""
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """|input − target|."""

    def forward(self, input: Any, target: Any) -> Tensor:
        """Two of the same shape → the loss."""
        return F.l1_loss(input, target, reduction=self.reduction)


class HuberLoss(_Loss):
    """Half the square within ±delta, a straight line outside. Huber, "Robust estimation of a location parameter",
    1964."""

    def __init__(self, reduction: str = "mean", delta: float = 1.0):
        super().__init__(reduction)
        self.delta = delta

    def forward(self, input: Any, target: Any) -> Tensor:
        """Two of the same shape → the loss."""
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class SmoothL1Loss(_Loss):
    """Huber's loss divided by beta. Girshick, "Fast R-CNN", 2015."""

    def __init__(self, reduction: str = "mean", beta: float = 1.0):
        super().__init__(reduction)
        self.beta = beta

    def forward(self, input: Any, target: Any) -> Tensor:
        """Two of the same shape → the loss."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class CrossEntropyLoss(_WeightedLoss):
    """−ln of the softmax share that the right class gets; takes raw scores, not probabilities.

    Args:
        weight: how much each class counts, (C,), or None.
        ignore_index: targets with this number count nothing.
        reduction: see above; the mean is over what counts.
        label_smoothing: this share of the target is spread evenly over all classes (Szegedy et al., "Rethinking the
            Inception architecture", 2015).
    """

    def __init__(
        self, weight: Any = None, ignore_index: int = -100, reduction: str = "mean", label_smoothing: float = 0.0
    ):
        super().__init__(weight, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input: Any, target: Any) -> Tensor:
        """Scores (N, C) or (N, C, d1, ...); classes (N,) or (N, d1, ...), or probabilities of the input's shape."""
        return F.cross_entropy(
            input,
            target,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(_WeightedLoss):
    """−input at the right class; the input holds logarithms of probabilities. Arguments as `CrossEntropyLoss`."""

    def __init__(self, weight: Any = None, ignore_index: int = -100, reduction: str = "mean"):
        super().__init__(weight, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Any, target: Any) -> Tensor:
        """Log-probabilities (N, C) or (N, C, d1, ...) and classes (N,) or (N, d1, ...) → the loss."""
        return F.nll_loss(input, target, weight=self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class BCELoss(_WeightedLoss):
    """−target·ln(input) − (1 − target)·ln(1 − input); the input holds probabilities."""

    def forward(self, input: Any, target: Any) -> Tensor:
        """Two of the same shape → the loss."""
        return F.binary_cross_entropy(input, target, weight=self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_WeightedLoss):
    """Sigmoid and `BCELoss` in one, safe for large scores.

    Args:
        weight: how much each entry counts, broadcast, or None.
        reduction: see above.
        pos_weight: how much more targets of 1 count, broadcast, or None.
    """

    def __init__(self, weight: Any = None, reduction: str = "mean", pos_weight: Any = None):
        super().__init__(weight, reduction)
        self.register_buffer("pos_weight", None if pos_weight is None else as_tensor(pos_weight))

    def forward(self, input: Any, target: Any) -> Tensor:
        """Scores and targets between 0 and 1, of the same shape → the loss."""
        return F.binary_cross_entropy_with_logits(
            input, target, weight=self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


class KLDivLoss(_Loss):
    """target · (ln target − input), where the input holds logarithms. Kullback and Leibler, 1951.

    Args:
        reduction: as above, or "batchmean": the sum divided by the number of examples, which is the mean divergence.
        log_target: whether the target holds logarithms too.
    """

    def __init__(self, reduction: str = "mean", log_target: bool = False):
        super().__init__("sum" if reduction == "batchmean" else reduction)
        self.reduction, self.log_target = reduction, log_target

    def forward(self, input: Any, target: Any) -> Tensor:
        """Two of the same shape → the loss."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)

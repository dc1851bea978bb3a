"""Layers that bring numbers to mean 0 and variance 1, and then let the network choose its own."""

import math
from typing import Any

import numpy as np

from groundup import functional as F
from groundup.nn.given import given, same_kind
from groundup.nn.module import Module, Parameter
from groundup.tensor import Tensor, as_tensor


class _BatchNorm(Module):
    ndims: tuple[int, ...]
    wanted: str

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        dtype: Any = np.float32,
    ):
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight = Parameter(np.ones(num_features, dtype)) if affine else None
        self.bias = Parameter(np.zeros(num_features, dtype)) if affine else None
        kept = track_running_stats
        self.register_buffer("running_mean", np.zeros(num_features, dtype) if kept else None)
        self.register_buffer("running_var", np.ones(num_features, dtype) if kept else None)
        self.register_buffer("num_batches_tracked", np.array(0) if kept else None)

    def forward(self, x: Any) -> Tensor:
        """The same shape; in training with the batch's own mean and variance, else with the running ones."""
        x = given(self, x, self.wanted.format(C=self.num_features), self.num_features, 1, self.ndims)
        measure = self.training or not self.track_running_stats
        if measure and x.numel() == self.num_features:
            raise ValueError(
                f"{self!r} measures a variance and got one value per channel, shape {x.shape}: take a larger batch, "
                "or say eval()."
            )
        return F.batch_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, measure, self._share(), self.eps
        )

    def _share(self) -> float:
        """How much the newest batch counts in the running values: ``momentum``, or 1/n for the mean of all."""
        if not (self.training and self.track_running_stats):
            return 0.0
        self.num_batches_tracked.data += 1
        return 1 / int(self.num_batches_tracked) if self.momentum is None else self.momentum

    def reset_running_stats(self) -> None:
        """Forget what was measured."""
        if self.track_running_stats:
            for buffer, value in ((self.running_mean, 0), (self.running_var, 1), (self.num_batches_tracked, 0)):
                buffer.copy_(value)

    def extra_repr(self) -> str:
        """Channels and settings."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """Each channel, over the batch, to mean 0 and variance 1, then times ``weight`` plus ``bias``.

    Ioffe and Szegedy, "Batch normalization", 2015. The running variance is the one with n − 1 below the line, as in
    PyTorch.

    Args:
        num_features: C, how many channels.
        eps: added to the variance.
        momentum: how much the newest batch counts in the running values; None for the plain mean of all batches.
        affine: whether there are ``weight`` and ``bias``.
        track_running_stats: whether running values are kept; without them every batch is measured.

    Attributes:
        weight, bias, running_mean, running_var: (C,).
        num_batches_tracked: one whole number.

    Shapes: (N, C) or (N, C, L) → the same.
    """

    ndims, wanted = (2, 3), "(N, {C}) or (N, {C}, length)"


class BatchNorm2d(_BatchNorm):
    """As `BatchNorm1d`, over the batch and all places. Shapes: (N, C, H, W) → the same."""

    ndims, wanted = (4,), "(N, {C}, height, width)"


class LayerNorm(Module):
    """Each example, over its last axes, to mean 0 and variance 1, then times ``weight`` plus ``bias``.

    Ba, Kiros and Hinton, "Layer normalization", 2016.

    Args:
        normalized_shape: the lengths of the last axes, one number or a tuple.
        eps: added to the variance.
        elementwise_affine: whether there is a ``weight`` (and a ``bias``, if ``bias``), of that shape.

    Shapes: (..., *normalized_shape) → the same.
    """

    def __init__(
        self,
        normalized_shape: Any,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: Any = np.float32,
    ):
        super().__init__()
        one = isinstance(normalized_shape, int | np.integer)
        self.normalized_shape = (int(normalized_shape),) if one else tuple(normalized_shape)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self.weight = Parameter(np.ones(self.normalized_shape, dtype)) if elementwise_affine else None
        self.bias = Parameter(np.zeros(self.normalized_shape, dtype)) if elementwise_affine and bias else None

    def forward(self, x: Any) -> Tensor:
        """The same shape."""
        x, shape = as_tensor(x), self.normalized_shape
        if x.shape[-len(shape) :] != shape:
            wanted = ", ".join(map(str, shape))
            swapped = math.prod(x.shape[-len(shape) :]) == math.prod(shape)
            hint = " Are axes in another order?" if swapped else ""
            raise ValueError(f"{self!r} wants an input of shape (..., {wanted}) and got {x.shape}.{hint}")
        return F.layer_norm(same_kind(self, x), shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Shape and settings."""
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"

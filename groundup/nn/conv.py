"""Convolutions: the same small weights at every place (LeCun et al., "Backpropagation applied to handwritten zip
code recognition", 1989)."""

import math
from typing import Any

import numpy as np

from groundup import functional as F
from groundup.nn import init
from groundup.nn.given import given
from groundup.nn.linear import fan_in_bias
from groundup.nn.module import Module, Parameter
from groundup.tensor import Tensor


def per_axis(value: Any, n: int, name: str) -> tuple[int, ...]:
    """One whole number for each of n axes, from one for all or from a tuple."""
    values = tuple(value) if isinstance(value, tuple | list) else (value,) * n
    if len(values) != n or not all(isinstance(v, int | np.integer) for v in values):
        raise ValueError(f"{name} wants a whole number or {n} of them in a tuple and got {value!r}.")
    return values


class _Conv(Module):
    """What convolutions of one and two axes, and the transposed one, have in common."""

    axes: int
    transposed = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ):
        super().__init__()
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = per_axis(kernel_size, self.axes, "kernel_size")
        self.stride = per_axis(stride, self.axes, "stride")
        self.dilation = per_axis(dilation, self.axes, "dilation")
        self.padding = padding if isinstance(padding, str) else per_axis(padding, self.axes, "padding")
        self._refuse_unfit(padding_mode)
        outer, inner = (in_channels, out_channels) if self.transposed else (out_channels, in_channels)
        self.weight = Parameter(np.empty((outer, inner // groups, *self.kernel_size), dtype))
        self.bias = Parameter(np.empty(out_channels, dtype)) if bias else None
        self.reset_parameters(rng)

    def _refuse_unfit(self, padding_mode: str) -> None:
        name = type(self).__name__
        if self.groups < 1 or self.in_channels % self.groups or self.out_channels % self.groups:
            raise ValueError(
                f"{name}: groups={self.groups} must divide in_channels={self.in_channels} and "
                f"out_channels={self.out_channels}."
            )
        if padding_mode != "zeros":
            raise ValueError(f"{name} pads with zeros only, and padding_mode is {padding_mode!r}.")
        if isinstance(self.padding, str) and self.padding not in ("same", "valid"):
            raise ValueError(f"{name}: padding wants a number, 'same' or 'valid' and got {self.padding!r}.")
        if self.padding == "same" and any(s != 1 for s in self.stride):
            raise ValueError(f"{name}: padding='same' keeps the size only with stride 1, and stride is {self.stride}.")

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw the weights anew: evenly in ±1/√(numbers under one window), PyTorch's way."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5), rng=rng)
        fan_in_bias(self.bias, math.prod(self.weight.shape[1:]), rng)

    def forward(self, x: Any) -> Tensor:
        """(N, in_channels, places...) → (N, out_channels, places...); the axis N may be absent."""
        places = "length" if self.axes == 1 else "height, width"
        wanted = f"(N, {self.in_channels}, {places})"
        x = given(self, x, wanted, self.in_channels, -self.axes - 1, (self.axes + 1, self.axes + 2))
        return self._convolve(x)

    def _convolve(self, x: Tensor) -> Tensor:
        convolve = F.conv1d if self.axes == 1 else F.conv2d
        return convolve(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)

    def extra_repr(self) -> str:
        """Channels, window, and what is not as usual."""
        none, one = (0,) * self.axes, (1,) * self.axes
        usual = {"padding": none, "dilation": one, "output_padding": none, "groups": 1}
        has = {k: v for k, v in vars(self).items() if k in usual and v != usual[k]}
        more = "".join(f", {k}={has[k]!r}" for k in usual if k in has)
        head = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        return head + more + ("" if self.bias is not None else ", bias=False")


class Conv1d(_Conv):
    """A window that slides along one axis.

    Args:
        in_channels, out_channels: how many numbers each place has before and after.
        kernel_size: length of the window.
        stride: steps from window to window.
        padding: zeros on both sides; "valid" for none, "same" for as many as keep the length.
        dilation: steps between the numbers under a window.
        groups: channels are cut into so many groups that do not see each other.
        bias: whether each output channel gets a number added.
        dtype, rng: as for `Linear`.

    Attributes:
        weight: (out_channels, in_channels / groups, kernel_size).
        bias: (out_channels,) or None.

    Shapes: (N, in_channels, L) → (N, out_channels, ⌊(L + 2·padding − dilation·(kernel_size − 1) − 1)/stride⌋ + 1).
    """

    axes = 1


class Conv2d(_Conv):
    """A window that slides over height and width; arguments as `Conv1d`, each a number or a pair.

    Attributes:
        weight: (out_channels, in_channels / groups, kernel height, kernel width).
        bias: (out_channels,) or None.

    Shapes: (N, in_channels, H, W) → (N, out_channels, H', W'), where
        H' = ⌊(H + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1, and so for W'.
    """

    axes = 2


class ConvTranspose2d(_Conv):
    """Each place stamps its window onto the output: what Conv2d's slopes do on their way back (Zeiler et al.,
    "Deconvolutional networks", 2010; Dumoulin and Visin, "A guide to convolution arithmetic", 2016).

    Args:
        in_channels, out_channels, kernel_size, stride, padding, groups, bias, dilation: as `Conv2d`, seen from its
            other side: stride spreads the places out, padding takes away from the edge.
        output_padding: rows and columns added below and at the right, to choose among the sizes that a stride
            leaves open.

    Attributes:
        weight: (in_channels, out_channels / groups, kernel height, kernel width).

    Shapes: (N, in_channels, H, W) → (N, out_channels, H', W'), where
        H' = (H − 1)·stride − 2·padding + dilation·(kernel − 1) + output_padding + 1.
    """

    axes = 2
    transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        **options: Any,
    ):
        if isinstance(padding, str):
            raise ValueError(f"ConvTranspose2d: padding wants a number or a pair and got {padding!r}.")
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode, **options
        )
        self.output_padding = per_axis(output_padding, 2, "output_padding")

    def _convolve(self, x: Tensor) -> Tensor:
        return F.conv_transpose2d(
            x, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )

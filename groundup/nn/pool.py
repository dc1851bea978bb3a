"""Pooling: from each window one number."""

from typing import Any

from groundup import functional as F
from groundup.nn.module import Module
from groundup.tensor import Tensor, as_tensor


class _Pool(Module):
    def forward(self, x: Any) -> Tensor:
        """(N, C, H, W) → (N, C, H', W'); the axis N may be absent."""
        x = as_tensor(x)
        if x.ndim not in (3, 4):
            raise ValueError(f"{self!r} wants an input of shape (N, C, height, width) and got {x.shape}.")
        return self._pool(x)

    def _pool(self, x: Tensor) -> Tensor:
        raise NotImplementedError


class _Window(_Pool):
    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0):
        super().__init__()
        self.kernel_size, self.padding = kernel_size, padding
        self.stride = kernel_size if stride is None else stride

    def extra_repr(self) -> str:
        """The window."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxPool2d(_Window):
    """The largest number of each window; slopes go to it alone (the first, where several are).

    Args:
        kernel_size: height and width of the window, one number or a pair.
        stride: steps from window to window; the window's size without it.
        padding: how far windows reach over the edge, where nothing can be the largest.

    Shapes: (N, C, H, W) → (N, C, H', W') with H' = ⌊(H + 2·padding − kernel)/stride⌋ + 1, and so for W'.
    """

    def _pool(self, x: Tensor) -> Tensor:
        return F.max_pool2d(x, self.kernel_size, self.stride, self.padding)


class AvgPool2d(_Window):
    """The mean of each window; arguments and shapes as `MaxPool2d`. Zeros over the edge count, as in PyTorch."""

    def _pool(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(x, self.kernel_size, self.stride, self.padding)


class AdaptiveAvgPool2d(_Pool):
    """Means of as many windows as the output has places, whatever the size of the input.

    Args:
        output_size: height and width of the output, one number or a pair.

    Shapes: (N, C, H, W) → (N, C, *output_size).
    """

    def __init__(self, output_size: Any):
        super().__init__()
        self.output_size = output_size

    def _pool(self, x: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(x, self.output_size)

    def extra_repr(self) -> str:
        """The size."""
        return f"output_size={self.output_size}"

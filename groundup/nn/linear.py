"""The affine layer, and the layer that does nothing."""

import math
from typing import Any

import numpy as np

from groundup import functional as F
from groundup.nn import init
from groundup.nn.given import given
from groundup.nn.module import Module, Parameter
from groundup.tensor import Tensor


def fan_in_bias(bias: Tensor | None, fan_in: int, rng: np.random.Generator | None) -> None:
    """PyTorch's first bias: evenly in ±1/√fan_in."""
    if bias is not None:
        bound = 1 / math.sqrt(fan_in) if fan_in else 0.0
        init.uniform_(bias, -bound, bound, rng)


class Linear(Module):
    """y = x Wᵀ + b.

    Args:
        in_features: last length of the input.
        out_features: last length of the output.
        bias: whether there is a b.
        dtype: of the weights; float32 unless said otherwise.
        rng: draws the first weights: evenly in ±1/√in_features, PyTorch's way (LeCun et al., "Efficient
            BackProp", 1998, up to a factor √3).

    Attributes:
        weight: (out_features, in_features).
        bias: (out_features,) or None.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(np.empty((out_features, in_features), dtype))
        self.bias = Parameter(np.empty(out_features, dtype)) if bias else None
        self.reset_parameters(rng)

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw the weights anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5), rng=rng)
        fan_in_bias(self.bias, self.in_features, rng)

    def forward(self, x: Any) -> Tensor:
        """(..., in_features) → (..., out_features)."""
        x = given(self, x, f"(..., {self.in_features})", self.in_features)
        return F.linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Sizes and whether there is a bias."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Identity(Module):
    """Gives what it gets; takes any arguments and needs none."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__()

    def forward(self, x: Any) -> Any:
        """x → x."""
        return x

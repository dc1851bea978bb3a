"""Activations as layers: each takes any shape and returns the same; formulas are in `groundup.functional`."""

from typing import Any

from groundup import functional as F
from groundup.nn.module import Module
from groundup.tensor import Tensor


class _Activation(Module):
    def forward(self, x: Any) -> Tensor:
        """Any shape → the same."""
        return self._formula(x)

    def _formula(self, x: Any) -> Tensor:
        raise NotImplementedError


class _InPlace(_Activation):
    """Takes ``inplace`` for PyTorch's sake; a new tensor comes out all the same."""

    def __init__(self, inplace: bool = False):
        super().__init__()
        self.inplace = inplace


class ReLU(_InPlace):
    """max(0, x). Nair and Hinton, "Rectified linear units improve restricted Boltzmann machines", 2010."""

    def _formula(self, x: Any) -> Tensor:
        return F.relu(x)


class SiLU(_InPlace):
    """x · sigmoid(x). Elfwing, Uchibe and Doya, "Sigmoid-weighted linear units", 2017."""

    def _formula(self, x: Any) -> Tensor:
        return F.silu(x)


class Tanh(_Activation):
    """Hyperbolic tangent."""

    def _formula(self, x: Any) -> Tensor:
        return F.tanh(x)


class Sigmoid(_Activation):
    """1/(1 + e⁻ˣ)."""

    def _formula(self, x: Any) -> Tensor:
        return F.sigmoid(x)


class LeakyReLU(_Activation):
    """x above 0, negative_slope · x below. Maas, Hannun and Ng, "Rectifier nonlinearities improve neural network
    acoustic models", 2013."""

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False):
        super().__init__()
        self.negative_slope, self.inplace = negative_slope, inplace

    def _formula(self, x: Any) -> Tensor:
        return F.leaky_relu(x, self.negative_slope)

    def extra_repr(self) -> str:
        """The slope below 0."""
        return f"negative_slope={self.negative_slope}"


class ELU(_Activation):
    """x above 0, alpha · (eˣ − 1) below. Clevert, Unterthiner and Hochreiter, "Exponential linear units", 2015."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False):
        super().__init__()
        self.alpha, self.inplace = alpha, inplace

    def _formula(self, x: Any) -> Tensor:
        return F.elu(x, self.alpha)

    def extra_repr(self) -> str:
        """How far down it goes."""
        return f"alpha={self.alpha}"


class GELU(_Activation):
    """x times the share of a bell curve below x. Hendrycks and Gimpel, "Gaussian error linear units", 2016.

    Args:
        approximate: "none", or "tanh" for the formula that GPT-2 takes.
    """

    def __init__(self, approximate: str = "none"):
        super().__init__()
        self.approximate = approximate

    def _formula(self, x: Any) -> Tensor:
        return F.gelu(x, approximate=self.approximate)

    def extra_repr(self) -> str:
        """Which formula."""
        return f"approximate={self.approximate!r}"


class Softplus(_Activation):
    """ln(1 + e^(beta·x)) / beta, a ReLU without a corner; x itself where beta·x > threshold, as nothing is lost there.

    Dugas et al., "Incorporating second-order functional knowledge for better option pricing", 2001.
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0):
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def _formula(self, x: Any) -> Tensor:
        return F.softplus(x, self.beta, self.threshold)

    def extra_repr(self) -> str:
        """Its two numbers."""
        return f"beta={self.beta}, threshold={self.threshold}"


class _AlongAxis(_Activation):
    def __init__(self, dim: int | None = None):
        super().__init__()
        if dim is None:
            raise ValueError(f"{type(self).__name__} wants to know along which axis: dim=-1 is the last.")
        self.dim = dim

    def extra_repr(self) -> str:
        """The axis."""
        return f"dim={self.dim}"


class Softmax(_AlongAxis):
    """eˣ divided by its sum along axis ``dim``: positive numbers that add up to 1."""

    def _formula(self, x: Any) -> Tensor:
        return F.softmax(x, self.dim)


class LogSoftmax(_AlongAxis):
    """The logarithm of `Softmax`, computed so that nothing overflows."""

    def _formula(self, x: Any) -> Tensor:
        return F.log_softmax(x, self.dim)

"""Activation functions, and softmax."""

from typing import Any

from groundup import ops
from groundup.functional.given import floats
from groundup.kernels import activations
from groundup.kernels import gelu as gelu_kernel
from groundup.kernels import softmax as _softmax
from groundup.tensor import Tensor


def relu(x: Any) -> Tensor:
    """max(0, x)."""
    return ops.relu(x)


def sigmoid(x: Any) -> Tensor:
    """1/(1 + e⁻ˣ)."""
    return ops.sigmoid(x)


def tanh(x: Any) -> Tensor:
    """Hyperbolic tangent."""
    return ops.tanh(x)


def leaky_relu(x: Any, negative_slope: float = 0.01) -> Tensor:
    """x where positive, else negative_slope·x."""
    return activations.LeakyRelu.apply(floats("leaky_relu", x), negative_slope=negative_slope)


def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """x where positive, else α(eˣ − 1)."""
    return activations.Elu.apply(floats("elu", x), alpha=alpha)


def silu(x: Any) -> Tensor:
    """x·sigmoid(x), also called swish."""
    return activations.Silu.apply(floats("silu", x))


def gelu(x: Any, approximate: str = "none") -> Tensor:
    """x·Φ(x), with Φ the normal distribution function.

    Args:
        x: floats of any shape.
        approximate: "none", or "tanh" for the formula of GPT-2.

    Returns:
        As x.

    Raises:
        ValueError: another word.
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f'gelu wants approximate="none" or "tanh" and got {approximate!r}.')
    function = gelu_kernel.Gelu if approximate == "none" else gelu_kernel.GeluTanh
    return function.apply(floats("gelu", x))


def softplus(x: Any, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """ln(1 + e^(βx))/β; x itself where βx > threshold."""
    return activations.Softplus.apply(floats("softplus", x), beta=beta, threshold=threshold)


def softmax(x: Any, dim: int) -> Tensor:
    """eˣ / Σ eˣ along an axis."""
    return _softmax.Softmax.apply(_along("softmax", x, dim), axis=dim)


def log_softmax(x: Any, dim: int) -> Tensor:
    """ln softmax along an axis, without overflow."""
    return _softmax.LogSoftmax.apply(_along("log_softmax", x, dim), axis=dim)


def _along(name: str, x: Any, dim: int) -> Tensor:
    x = floats(name, x)
    if x.ndim and not -x.ndim <= dim < x.ndim:
        raise ValueError(f"{name} wants dim from {-x.ndim} to {x.ndim - 1} for shape {x.shape} and got {dim}.")
    return x if x.ndim else x.reshape(1)

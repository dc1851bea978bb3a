"""First values for weights: drawn so that neither signals nor slopes grow or fade from layer to layer.

Every function fills a tensor in place, leaves no graph, and returns the tensor. Those that draw take
``rng=None``, a np.random.Generator; without it they use the default one. Fans are counted as PyTorch does: for a
weight of shape (out, in, ...) fan-in is in · (product of the rest), fan-out is out · (product of the rest).
"""

import math
from typing import Any

import numpy as np

from groundup.random import generator
from groundup.special import erf
from groundup.tensor import Tensor

_GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": math.sqrt(2), "selu": 0.75}
_GAINS |= {f"conv{n}d": 1.0 for n in (1, 2, 3)} | {f"conv_transpose{n}d": 1.0 for n in (1, 2, 3)}


def _fill(tensor: Tensor, values: Any) -> Tensor:
    tensor.data[...] = values
    tensor._version[0] += 1
    return tensor


def _fans(tensor: Tensor) -> tuple[int, int]:
    if tensor.ndim < 2:
        raise ValueError(
            f"this initialization counts what goes in and out, so it wants a weight of 2 or more axes and got shape "
            f"{tensor.shape}; for a bias take zeros_ or uniform_."
        )
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _fan(tensor: Tensor, mode: str) -> int:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"mode wants 'fan_in' or 'fan_out' and got {mode!r}.")
    return _fans(tensor)[mode == "fan_out"]


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much weights are to be larger because a nonlinearity shrinks what passes.

    Args:
        nonlinearity: "linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu" or "selu".
        param: the slope of leaky_relu below 0; 0.01 without it.

    Source: He et al., "Delving deep into rectifiers", 2015, for (leaky) ReLU; 5/3 for tanh is PyTorch's.
    """
    if nonlinearity == "leaky_relu":
        return math.sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    if nonlinearity not in _GAINS:
        raise ValueError(f"nonlinearity wants one of {', '.join([*_GAINS, 'leaky_relu'])} and got {nonlinearity!r}.")
    return _GAINS[nonlinearity]


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, rng: np.random.Generator | None = None) -> Tensor:
    """Evenly between a and b."""
    return _fill(tensor, generator(rng).uniform(a, b, tensor.shape))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, rng: np.random.Generator | None = None) -> Tensor:
    """From the bell curve of that mean and standard deviation."""
    return _fill(tensor, generator(rng).normal(mean, std, tensor.shape))


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    rng: np.random.Generator | None = None,
) -> Tensor:
    """From the bell curve, drawn again wherever it falls outside [a, b] (which are values, not deviations)."""
    if not _share_inside((a - mean) / std, (b - mean) / std) > 1e-4:
        raise ValueError(f"hardly any number of mean {mean} and deviation {std} falls between {a} and {b}.")
    rng = generator(rng)
    values = rng.normal(mean, std, tensor.shape)
    while (outside := (values < a) | (values > b)).any():
        values[outside] = rng.normal(mean, std, int(outside.sum()))
    return _fill(tensor, values)


def _share_inside(low: float, high: float) -> float:
    """How much of the bell curve lies between two bounds, in deviations."""
    below = erf(np.array([low, high]) / math.sqrt(2)) / 2
    return float(below[1] - below[0])


def constant_(tensor: Tensor, val: float) -> Tensor:
    """One value everywhere."""
    return _fill(tensor, val)


def zeros_(tensor: Tensor) -> Tensor:
    """0 everywhere: right for biases; weights of a hidden layer would all stay alike."""
    return _fill(tensor, 0)


def ones_(tensor: Tensor) -> Tensor:
    """1 everywhere."""
    return _fill(tensor, 1)


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix, for a weight of 2 axes."""
    return _fill(tensor, np.eye(*tensor.shape))


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, rng: np.random.Generator | None = None) -> Tensor:
    """Evenly in ±gain·√(6/(fan_in + fan_out)). Glorot and Bengio, "Understanding the difficulty ...", 2010."""
    bound = gain * math.sqrt(6 / sum(_fans(tensor)))
    return uniform_(tensor, -bound, bound, rng)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, rng: np.random.Generator | None = None) -> Tensor:
    """From a bell curve of deviation gain·√(2/(fan_in + fan_out)). Glorot and Bengio, 2010."""
    return normal_(tensor, 0.0, gain * math.sqrt(2 / sum(_fans(tensor))), rng)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    rng: np.random.Generator | None = None,
) -> Tensor:
    """Evenly in ±gain·√(3/fan). He et al., "Delving deep into rectifiers", 2015.

    Args:
        tensor: the weight, 2 or more axes.
        a: the slope of leaky_relu below 0.
        mode: "fan_in" keeps the size of signals forward, "fan_out" of slopes backward.
        nonlinearity: what follows; see `calculate_gain`.
        rng: where numbers come from.
    """
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3 / _fan(tensor, mode))
    return uniform_(tensor, -bound, bound, rng)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    rng: np.random.Generator | None = None,
) -> Tensor:
    """From a bell curve of deviation gain/√fan; arguments as `kaiming_uniform_`. He et al., 2015."""
    return normal_(tensor, 0.0, calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode)), rng)


def orthogonal_(tensor: Tensor, gain: float = 1.0, rng: np.random.Generator | None = None) -> Tensor:
    """Rows (or columns, if there are fewer) at right angles and of length ``gain``.

    Axes after the first count as one. Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks", 2014.
    """
    _fans(tensor)
    rows, columns = tensor.shape[0], math.prod(tensor.shape[1:])
    q, r = np.linalg.qr(generator(rng).normal(size=(max(rows, columns), min(rows, columns))))
    q *= np.sign(np.diag(r))  # without this the draw would not be even over all rotations
    return _fill(tensor, gain * (q if rows >= columns else q.T).reshape(tensor.shape))

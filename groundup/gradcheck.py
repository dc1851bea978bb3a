"""Never believe a derivative that you have not nudged: slopes by central differences, and where backward disagrees."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from groundup.tensor import Tensor, no_grad


class GradcheckError(AssertionError):
    """A gradient disagrees with nudging; says function, argument, index and both values."""


def numerical_gradient(f: Callable[..., Any], *args: Any, argument: int = 0, h: float = 1e-6) -> np.ndarray:
    """Slopes of ``f(*args)``, a single number, with respect to one argument, by central differences.

    Args:
        f: returns a number, or a tensor or array that holds one.
        args: numbers, arrays or tensors; the nudged one is copied in float64.
        argument: which of them is nudged.
        h: how far, to both sides.

    Returns:
        float64 array of the argument's shape.
    """
    x = np.array(_array(args[argument]), dtype=np.float64)
    slopes = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        ends = []
        for side in (h, -h):
            moved = x.copy()
            moved[index] += side
            given = Tensor(moved) if isinstance(args[argument], Tensor) else moved
            ends.append(_number(f(*args[:argument], given, *args[argument + 1 :])))
        slopes[index] = (ends[0] - ends[1]) / (2 * h)
    return slopes


def gradcheck(
    f: Callable[..., Tensor],
    inputs: Sequence[Tensor],
    *,
    h: float = 1e-6,
    rtol: float = 1e-5,
    atol: float = 1e-7,
    seed: int = 0,
) -> bool:
    """Compare the gradients of ``f(*inputs)`` with nudging, for every input that asks for one.

    The result may have any shape: it is weighed with random numbers and summed, so that each of its entries counts.

    Args:
        f: takes tensors and returns a tensor. Choose inputs away from kinks.
        inputs: float64 tensors; float32 is too coarse to nudge.
        h: how far to nudge.
        rtol, atol: how far the two may lie apart, relative and absolute.
        seed: of the random weights.

    Returns:
        True.

    Raises:
        GradcheckError: they disagree somewhere.
        ValueError: an input is not float64, or none asks for a gradient.
    """
    _refuse_unfit(inputs)
    weights = None

    def weighed(*tensors: Tensor) -> Tensor:
        nonlocal weights
        out = f(*tensors)
        if weights is None:
            weights = np.random.default_rng(seed).normal(size=out.shape)
        return (out * Tensor(weights)).sum()

    for t in inputs:
        t.grad = None
    weighed(*inputs).backward()
    with no_grad():
        for i, t in enumerate(inputs):
            if t.requires_grad:
                nudged = numerical_gradient(weighed, *inputs, argument=i, h=h)
                _compare(f, i, t, nudged, rtol, atol)
    return True


def _refuse_unfit(inputs: Sequence[Tensor]) -> None:
    for i, t in enumerate(inputs):
        if t.requires_grad and t.dtype != np.float64:
            raise ValueError(
                f"gradcheck wants float64 and input {i} is {t.dtype}: half of a small difference would be "
                "rounding. Make it with "
                "dtype=np.float64."
            )
    if not any(t.requires_grad for t in inputs):
        raise ValueError("gradcheck wants at least one input with requires_grad=True.")


def _compare(f: Callable, i: int, t: Tensor, nudged: np.ndarray, rtol: float, atol: float) -> None:
    mine = np.zeros(t.shape) if t.grad is None else t.grad.data
    off = np.abs(mine - nudged) > atol + rtol * np.abs(nudged)
    off |= np.isnan(mine) != np.isnan(nudged)
    if off.any():
        index = tuple(int(k) for k in np.argwhere(off)[0])
        name = getattr(f, "__name__", type(f).__name__)
        raise GradcheckError(
            f"{name}, argument {i}, index {index}: backward says {mine[index]:.8g}, nudging says {nudged[index]:.8g}; "
            f"{off.sum()} of {off.size} values disagree."
        )


def _array(x: Any) -> np.ndarray:
    return x.data if isinstance(x, Tensor) else np.asarray(x)


def _number(y: Any) -> float:
    return float(_array(y).item())

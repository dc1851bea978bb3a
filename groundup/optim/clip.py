"""Clipping: hold gradients that grew too large, before the step."""

from collections.abc import Iterable

import numpy as np

from groundup.tensor import Tensor


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[np.ndarray]:
    parameters = [parameters] if isinstance(parameters, Tensor) else parameters
    return [p.grad.data for p in parameters if p.grad is not None]


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
) -> Tensor:
    """Shrink all gradients by one factor, in place, so that together they are no longer than ``max_norm``.

    One factor for all keeps the direction. Source: R. Pascanu, T. Mikolov and Y. Bengio, "On the difficulty of training
    recurrent neural networks", 2013.

    Args:
        parameters: tensors; those without a gradient are passed over.
        max_norm: the longest that the gradients may be, taken as one long vector.
        norm_type: 2 is the usual length, ``float("inf")`` the largest entry.
        error_if_nonfinite: raise where the length is NaN or infinite.

    Returns:
        A tensor of one number: the length before.

    Raises:
        ValueError: ``max_norm`` is negative.
        RuntimeError: the length is not finite and ``error_if_nonfinite``.
    """
    if not max_norm >= 0:
        raise ValueError(f"clip_grad_norm_ wants max_norm of 0 or more and got {max_norm!r}.")
    grads = _gradients(parameters)
    total = _length([_length(g.reshape(-1), norm_type) for g in grads], norm_type)
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(f"the gradients' length is {total}: find where it began with groundup.detect_anomaly().")
    factor = max_norm / (total + 1e-6)
    if not factor >= 1:  # also where it is NaN, which then spreads, as in PyTorch
        with np.errstate(invalid="ignore"):
            for g in grads:
                np.multiply(g, factor, out=g)
    return Tensor(np.asarray(total, dtype=grads[0].dtype if grads else np.float32))


def _length(numbers: np.ndarray | list[float], kind: float) -> float:
    numbers = np.asarray(numbers)
    if not numbers.size:
        return 0.0
    if kind == 2:
        return float(np.dot(numbers, numbers)) ** 0.5
    return float(np.linalg.norm(numbers, kind))


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Hold every entry of every gradient between −clip_value and clip_value, in place.

    Raises:
        ValueError: ``clip_value`` is negative.
    """
    if not clip_value >= 0:
        raise ValueError(f"clip_grad_value_ wants clip_value of 0 or more and got {clip_value!r}.")
    for g in _gradients(parameters):
        np.clip(g, -clip_value, clip_value, out=g)

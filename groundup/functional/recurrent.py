"""Recurrent layers over a whole sequence: one layer and direction."""

from typing import Any

import numpy as np

from groundup.functional.given import floats
from groundup.kernels import recurrent
from groundup.tensor import Tensor, as_tensor


def rnn(
    x: Any, h0: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None, nonlinearity: str = "tanh"
) -> tuple[Tensor, Tensor]:
    """h = tanh(W_ih x + b_ih + W_hh h + b_hh), step by step (Elman 1990).

    Args:
        x: (L, N, input).
        h0: (N, H), or None for zeros.
        w_ih: (H, input).
        w_hh: (H, H).
        b_ih, b_hh: (H,), or None.
        nonlinearity: "tanh" or "relu".

    Returns:
        All states (L, N, H), and the last (N, H).

    Raises:
        ValueError: shapes do not fit, or another nonlinearity.
    """
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f'rnn wants nonlinearity "tanh" or "relu" and got {nonlinearity!r}.')
    parents = _recurrent("rnn", 1, x, (h0,), w_ih, w_hh, b_ih, b_hh)
    states = recurrent.Rnn.apply(*parents, nonlinearity=nonlinearity)
    return states, states[-1] if len(states) else parents[1]


def gru(x: Any, h0: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> tuple[Tensor, Tensor]:
    """Gated recurrent unit, gates in the order r, z, n (Cho et al. 2014).

    Args:
        x: (L, N, input).
        h0: (N, H), or None for zeros.
        w_ih: (3·H, input).
        w_hh: (3·H, H).
        b_ih, b_hh: (3·H,), or None.

    Returns:
        All states (L, N, H), and the last (N, H).

    Raises:
        ValueError: shapes do not fit.
    """
    parents = _recurrent("gru", 3, x, (h0,), w_ih, w_hh, b_ih, b_hh)
    states = recurrent.Gru.apply(*parents)
    return states, states[-1] if len(states) else parents[1]


def lstm(
    x: Any, state: tuple[Any, Any] | None, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None
) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Long short-term memory, gates in the order i, f, g, o (Hochreiter and Schmidhuber 1997).

    Args:
        x: (L, N, input).
        state: (h0, c0), (N, H) each, or None for zeros.
        w_ih: (4·H, input).
        w_hh: (4·H, H).
        b_ih, b_hh: (4·H,), or None.

    Returns:
        All states (L, N, H), and the last ones (h, c), (N, H) each.

    Raises:
        ValueError: shapes do not fit.
    """
    parents = _recurrent("lstm", 4, x, (None, None) if state is None else tuple(state), w_ih, w_hh, b_ih, b_hh)
    out = recurrent.Lstm.apply(*parents)  # (L + 1, N, H), the last cell below the states
    states = out[:-1]
    return states, (states[-1] if len(states) else parents[1], out[-1])


def _recurrent(name: str, gates: int, x: Any, state: tuple, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any) -> tuple:
    """All as tensors, with zeros for what is None."""
    x, w_ih, w_hh = floats(name, x), as_tensor(w_ih), as_tensor(w_hh)
    size = w_hh.shape[-1]
    if x.ndim != 3 or w_ih.shape != (gates * size, x.shape[-1]) or w_hh.shape != (gates * size, size):
        raise ValueError(
            f"{name} wants x (L, N, input), w_ih ({gates}·H, input) and w_hh ({gates}·H, H) and got {x.shape}, "
            f"{w_ih.shape} and {w_hh.shape}. Is x to be turned so that time is its first axis?"
        )
    wanted = [(x.shape[1], size)] * len(state) + [(gates * size,)] * 2
    rest = []
    for part, shape in zip((*state, b_ih, b_hh), wanted, strict=True):
        part = Tensor._of(np.zeros(shape, x.dtype)) if part is None else as_tensor(part)
        if part.shape != shape:
            raise ValueError(f"{name} wants states of shape {wanted[0]} and biases {wanted[-1]} and got {part.shape}.")
        rest.append(part)
    return (x, *rest[: len(state)], w_ih, w_hh, *rest[len(state) :])

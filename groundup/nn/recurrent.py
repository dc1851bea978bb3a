"""Layers that read a sequence step by step and keep a state.

All share one frame: layers on top of each other, each in one direction or two. What differs is the cell, that is how
many rows of weights belong to one hidden number (its gates) and which function runs over time.
"""

import math
from typing import Any

import numpy as np

from groundup import functional as F
from groundup.nn import init
from groundup.nn.dropout import share
from groundup.nn.given import given, same_kind
from groundup.nn.module import Module, Parameter
from groundup.ops import cat, stack
from groundup.tensor import Tensor, as_tensor

Weights = tuple[Tensor, Tensor, Tensor | None, Tensor | None]


class _Recurrent(Module):
    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ):
        super().__init__()
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.bidirectional = bias, batch_first, bidirectional
        self.dropout, self.rng = share(dropout, "dropout"), rng
        if num_layers < 1:
            raise ValueError(f"{type(self).__name__} wants at least one layer and num_layers is {num_layers}.")
        for place in range(num_layers * self._directions):
            self._add_weights(place, dtype)
        self.reset_parameters(rng)

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def _names(self, place: int) -> list[str]:
        """The names of one layer's weights in one direction, as PyTorch has them."""
        layer, backward = divmod(place, self._directions)
        kinds = ["weight_ih", "weight_hh", *(["bias_ih", "bias_hh"] if self.bias else [])]
        return [f"{kind}_l{layer}{'_reverse' if backward else ''}" for kind in kinds]

    def _add_weights(self, place: int, dtype: Any) -> None:
        rows, first = self.gates * self.hidden_size, place < self._directions
        width = self.input_size if first else self.hidden_size * self._directions
        shapes = [(rows, width), (rows, self.hidden_size), (rows,), (rows,)]
        for name, shape in zip(self._names(place), shapes, strict=False):
            setattr(self, name, Parameter(np.empty(shape, dtype)))

    def reset_parameters(self, rng: np.random.Generator | None = None) -> None:
        """Draw all weights anew: evenly in ±1/√hidden_size, PyTorch's way."""
        bound = 1 / math.sqrt(self.hidden_size) if self.hidden_size else 0.0
        for p in self.parameters():
            init.uniform_(p, -bound, bound, rng)

    def flatten_parameters(self) -> None:
        """Nothing; PyTorch code calls it."""

    def _weights(self, place: int) -> Weights:
        found = [getattr(self, name) for name in self._names(place)]
        return (*found, None, None)[:4]

    # The frame. Inside, time comes first: x is (L, N, input).

    def _read(self, x: Any, states: tuple) -> tuple[Tensor, list[Tensor]]:
        """Outputs in the caller's layout, and for each kind of state all final ones, (places, N, hidden)."""
        order = "N, L" if self.batch_first else "L, N"
        x = given(self, x, f"({order}, {self.input_size}) or (L, {self.input_size})", self.input_size, -1, (2, 3))
        alone, turned = x.ndim == 2, self.batch_first and x.ndim == 3
        x = x.unsqueeze(1) if alone else x.transpose(0, 1) if turned else x  # (L, N, input)
        if x.shape[0] == 0:
            raise ValueError(f"{self!r} wants a sequence of at least one step and got none.")
        out, finals = self._layers(x, [self._start(state, x, alone) for state in states])
        finals = [stack(kind) for kind in finals]
        if alone:
            return out.squeeze(1), [state.squeeze(1) for state in finals]
        return out.transpose(0, 1) if turned else out, finals

    def _start(self, state: Any, x: Tensor, alone: bool) -> Tensor:
        """The states before the first step, (places, N, hidden): zeros where none were given."""
        shape = (self.num_layers * self._directions, x.shape[1], self.hidden_size)
        if state is None:
            return Tensor._of(np.zeros(shape, x.dtype))
        state = as_tensor(state)
        wanted = (shape[0], shape[2]) if alone else shape
        if state.shape != wanted:
            raise ValueError(
                f"{self!r} wants an initial state of shape {wanted}, which is (layers × directions"
                f"{'' if alone else ', N'}, hidden_size), and got {state.shape}."
            )
        return same_kind(self, state.unsqueeze(1) if alone else state)

    def _layers(self, x: Tensor, states: list[Tensor]) -> tuple[Tensor, list[list[Tensor]]]:
        finals: list[list[Tensor]] = [[] for _ in states]
        for layer in range(self.num_layers):
            outs = []
            for direction in range(self._directions):
                place = layer * self._directions + direction
                out, final = self._one_way(x, [s[place] for s in states], self._weights(place), bool(direction))
                outs.append(out)
                for kind, state in zip(finals, final, strict=True):
                    kind.append(state)
            x = outs[0] if len(outs) == 1 else cat(outs, dim=-1)  # (L, N, directions · hidden)
            if layer < self.num_layers - 1 and self.dropout:
                x = F.dropout(x, self.dropout, self.training, rng=self.rng)
        return x, finals

    def _one_way(self, x: Tensor, states: list[Tensor], weights: Weights, backward: bool) -> tuple[Tensor, tuple]:
        """One layer in one direction; backward means to read from the end, and to lay the outputs back in order."""
        out, final = self._run(x.flip(0) if backward else x, states, weights)
        return (out.flip(0) if backward else out), final

    def _run(self, x: Tensor, states: list[Tensor], weights: Weights) -> tuple[Tensor, tuple[Tensor, ...]]:
        raise NotImplementedError

    def extra_repr(self) -> str:
        """Sizes, and what is not as usual."""
        usual = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False}
        more = "".join(f", {k}={getattr(self, k)}" for k, v in usual.items() if getattr(self, k) != v)
        return f"{self.input_size}, {self.hidden_size}{more}"


class _OneState(_Recurrent):
    def forward(self, x: Any, hx: Any = None) -> tuple[Tensor, Tensor]:
        """Outputs of the top layer at every step, and the final state of every layer.

        Args:
            x: (L, N, input_size), or (N, L, input_size) with batch_first, or (L, input_size).
            hx: state before the first step, (layers × directions, N, hidden_size); zeros without it.

        Returns:
            outputs, (L, N, directions · hidden_size) in x's layout, and the final state, of hx's shape.
        """
        out, (h,) = self._read(x, (hx,))
        return out, h


class RNN(_OneState):
    """h ← tanh(W_ih x + b_ih + W_hh h + b_hh), step by step. Elman, "Finding structure in time", 1990.

    Args:
        input_size: numbers per step.
        hidden_size: numbers in the state.
        num_layers: layers on top of each other.
        nonlinearity: "tanh" or "relu".
        bias: whether there are b_ih and b_hh.
        batch_first: whether x is (N, L, input_size) rather than (L, N, input_size).
        dropout: what share is dropped between layers, in training.
        bidirectional: whether a second set of weights reads from the end; outputs then stand side by side.
        dtype: of the weights; float32 unless said otherwise.
        rng: draws the first weights, and what is dropped.

    Attributes:
        weight_ih_l0: (gates · hidden_size, input_size), gates being 1 here; further layers are _l1, ..., the other
            direction _l0_reverse, ...
        weight_hh_l0: (gates · hidden_size, hidden_size).
        bias_ih_l0, bias_hh_l0: (gates · hidden_size,).

    Shapes: see ``forward``.
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh", *args: Any, **kw: Any
    ):
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"nonlinearity wants 'tanh' or 'relu' and got {nonlinearity!r}.")
        super().__init__(input_size, hidden_size, num_layers, *args, **kw)
        self.nonlinearity = nonlinearity

    def _run(self, x, states, weights):
        out, h = F.rnn(x, states[0], *weights, nonlinearity=self.nonlinearity)
        return out, (h,)


class GRU(_OneState):
    """A state that gates let through or renew. Cho et al., "Learning phrase representations using RNN
    encoder-decoder", 2014, in the form with the reset gate after the product.

    r = σ(W_ir x + b_ir + W_hr h + b_hr), z likewise, n = tanh(W_in x + b_in + r ∘ (W_hn h + b_hn)),
    h ← (1 − z) ∘ n + z ∘ h. Arguments, attributes and shapes as `RNN` (without nonlinearity), with 3 gates: r, z, n.
    """

    gates = 3

    def _run(self, x, states, weights):
        out, h = F.gru(x, states[0], *weights)
        return out, (h,)


class LSTM(_Recurrent):
    """A state and a memory that gates write, keep and read. Hochreiter and Schmidhuber, "Long short-term memory",
    1997, with the forget gate of Gers et al., 2000.

    i, f, o = σ(...), g = tanh(...), each of W x + b + W h + b; c ← f ∘ c + i ∘ g; h ← o ∘ tanh(c). Arguments,
    attributes and shapes as `RNN` (without nonlinearity), with 4 gates: i, f, g, o.
    """

    gates = 4

    def forward(self, x: Any, hx: Any = None) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Outputs of the top layer at every step, and the final state and memory of every layer.

        Args:
            x: (L, N, input_size), or (N, L, input_size) with batch_first, or (L, input_size).
            hx: pair (h, c) before the first step, each (layers × directions, N, hidden_size); zeros without it.

        Returns:
            outputs, (L, N, directions · hidden_size) in x's layout, and the final (h, c).
        """
        out, (h, c) = self._read(x, _pair(self, hx))
        return out, (h, c)

    def _run(self, x, states, weights):
        return F.lstm(x, tuple(states), *weights)


def _pair(layer: Module, hx: Any) -> tuple:
    if hx is None:
        return (None, None)
    if not isinstance(hx, tuple | list) or len(hx) != 2:
        raise ValueError(f"{layer!r} wants its state as a pair (h, c) and got {type(hx).__name__}.")
    return tuple(hx)


# One step at a time ---------------------------------------------------------------------------------------------------


class _Cell(Module):
    gates = 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        *,
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ):
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        rows = self.gates * hidden_size
        self.weight_ih = Parameter(np.empty((rows, input_size), dtype))
        self.weight_hh = Parameter(np.empty((rows, hidden_size), dtype))
        self.bias_ih = Parameter(np.empty(rows, dtype)) if bias else None
        self.bias_hh = Parameter(np.empty(rows, dtype)) if bias else None
        self.reset_parameters(rng)

    reset_parameters = _Recurrent.reset_parameters

    def _weights(self) -> Weights:
        return self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh

    def _step(self, x: Any, states: tuple) -> tuple[Tensor, ...]:
        """The new states from a sequence of one step."""
        x = given(self, x, f"(N, {self.input_size}) or ({self.input_size},)", self.input_size, -1, (1, 2))
        alone = x.ndim == 1
        x = x.unsqueeze(0) if alone else x
        new = self._run(x.unsqueeze(0), [self._start(state, x, alone) for state in states], self._weights())[1]
        return tuple(state.squeeze(0) for state in new) if alone else new

    def _start(self, state: Any, x: Tensor, alone: bool) -> Tensor:
        if state is None:
            return Tensor._of(np.zeros((x.shape[0], self.hidden_size), x.dtype))
        state = as_tensor(state)
        wanted = (self.hidden_size,) if alone else (x.shape[0], self.hidden_size)
        if state.shape != wanted:
            raise ValueError(f"{self!r} wants a state of shape {wanted} and got {state.shape}.")
        return same_kind(self, state.unsqueeze(0) if alone else state)

    def extra_repr(self) -> str:
        """Sizes."""
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias_ih is not None else ", bias=False")


class _OneStateCell(_Cell):
    def forward(self, x: Any, hx: Any = None) -> Tensor:
        """x (N, input_size) and state (N, hidden_size), or both without N → the new state."""
        return self._step(x, (hx,))[0]


class RNNCell(_OneStateCell):
    """One step of `RNN`; the weights are called weight_ih, weight_hh, bias_ih and bias_hh."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", **kw: Any):
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"nonlinearity wants 'tanh' or 'relu' and got {nonlinearity!r}.")
        super().__init__(input_size, hidden_size, bias, **kw)
        self.nonlinearity = nonlinearity

    _run = RNN._run

    def extra_repr(self) -> str:
        """Sizes and nonlinearity."""
        return super().extra_repr() + (f", nonlinearity={self.nonlinearity}" if self.nonlinearity != "tanh" else "")


class GRUCell(_OneStateCell):
    """One step of `GRU`."""

    gates = 3
    _run = GRU._run


class LSTMCell(_Cell):
    """One step of `LSTM`."""

    gates = 4
    _run = LSTM._run

    def forward(self, x: Any, hx: Any = None) -> tuple[Tensor, Tensor]:
        """x (N, input_size) and (h, c), each (N, hidden_size), or all without N → the new (h, c)."""
        h, c = self._step(x, _pair(self, hx))
        return h, c

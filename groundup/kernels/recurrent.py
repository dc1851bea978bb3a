"""Recurrent layers over a whole sequence as one node, with the way back through time written by hand.

Inside the loop over time stands only what has to wait for the step before. The input side of all gates at all times is
one product before it. On the way back, what each gate's slope is multiplied by does not depend on later steps, so that
it is worked out for all times at once too (the local slopes), and the slopes of the weights come
after it, one product each.

Shapes: x (L, N, input), states (N, H), weights (gates·H, input) and (gates·H, H), biases (gates·H,). Gates are kept as
(L, N, gates, H).
"""

import numpy as np

from groundup.kernels.activations import sigmoid
from groundup.sums import total
from groundup.tensor import Function


def input_side(x: np.ndarray, weight: np.ndarray, *biases: np.ndarray) -> np.ndarray:
    """x Wᵀ + biases for all times at once: (L, N, gates·H)."""
    gates = x.reshape(-1, x.shape[-1]) @ weight.T
    gates += sum(biases)
    return gates.reshape(*x.shape[:2], -1)


def back_to_input(needs, x, weight, dgates):
    """From the slopes for the input side of the gates, those for x, its weight and its bias."""
    rows = dgates.reshape(-1, len(weight))
    dx = (rows @ weight).reshape(x.shape) if needs[0] else None
    return dx, rows.T @ x.reshape(-1, x.shape[-1]), total(rows, 0)


def back_to_hidden(states, h0, dgates):
    """From the slopes for the hidden side of the gates, those for its weight and its bias."""
    rows = dgates.reshape(-1, dgates[0, 0].size)
    before = np.concatenate([h0[None], states[:-1]]).reshape(len(rows), -1)
    return rows.T @ before, total(rows, 0)


class Rnn(Function):
    """h = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu in place of tanh (Elman 1990)."""

    def forward(self, x, h0, w_ih, w_hh, b_ih, b_hh, *, nonlinearity):
        states = input_side(x, w_ih, b_ih, b_hh)  # (L, N, H), overwritten step by step
        h = h0
        for state in states:
            state += h @ w_hh.T
            np.tanh(state, out=state) if nonlinearity == "tanh" else np.maximum(state, 0, out=state)
            h = state
        self.save(x, h0, w_ih, w_hh, states, nonlinearity)
        return states

    def backward(self, grad):
        x, h0, w_ih, w_hh, states, nonlinearity = self.saved
        dgates = 1 - states * states if nonlinearity == "tanh" else (states > 0).astype(states.dtype)
        dh = np.zeros_like(h0)
        for t in reversed(range(len(states))):
            dh += grad[t]
            dgates[t] *= dh
            np.matmul(dgates[t], w_hh, out=dh)
        dx, dw_ih, db = back_to_input(self.needs, x, w_ih, dgates)
        return dx, dh, dw_ih, back_to_hidden(states, h0, dgates)[0], db, db


class Gru(Function):
    """Gated recurrent unit in PyTorch's form, gates in the order r, z, n (Cho et al. 2014).

    r, z = σ(W x + b + U h + c), n = tanh(Wₙ x + bₙ + r·u) with u = Uₙ h + cₙ, h′ = n + z·(h − n).
    """

    def forward(self, x, h0, w_ih, w_hh, b_ih, b_hh):
        n, size = h0.shape
        gates = input_side(x, w_ih, b_ih, np.concatenate([b_hh[: 2 * size], np.zeros_like(h0, shape=size)]))
        states, inner = (np.empty((len(x), n, size), x.dtype) for _ in range(2))
        hidden, part = np.empty((n, 3 * size), x.dtype), np.empty_like(h0)
        h = h0
        for gate, state, u in zip(gates, states, inner, strict=True):
            np.matmul(h, w_hh.T, out=hidden)
            rz, new = gate[:, : 2 * size], gate[:, 2 * size :]
            rz += hidden[:, : 2 * size]
            sigmoid(rz, out=rz)
            np.add(hidden[:, 2 * size :], b_hh[2 * size :], out=u)
            new += np.multiply(rz[:, :size], u, out=part)
            np.tanh(new, out=new)
            np.subtract(h, new, out=state)
            state *= rz[:, size:]
            state += new
            h = state
        self.save(x, h0, w_ih, w_hh, gates, inner, states)
        return states

    def backward(self, grad):
        x, h0, w_ih, w_hh, gates, inner, states = self.saved
        local, to_new = self._local_slopes(h0, gates, inner, states)  # (L, N, 3, H), (L, N, H)
        size = h0.shape[1]
        dhs, part, back = np.empty_like(states), np.empty_like(h0), np.zeros_like(h0)
        for t in reversed(range(len(states))):
            dh = np.add(back, grad[t], out=dhs[t])
            local[t] *= dh[:, None]  # now the slopes for the hidden side
            np.matmul(local[t].reshape(len(h0), -1), w_hh, out=back)
            back += np.multiply(dh, gates[t, :, size : 2 * size], out=part)
        dw_hh, db_hh = back_to_hidden(states, h0, local)
        np.multiply(dhs, to_new, out=local[:, :, 2])  # the input side's differ in n alone
        dx, dw_ih, db_ih = back_to_input(self.needs, x, w_ih, local)
        return dx, back, dw_ih, dw_hh, db_ih, db_hh

    @staticmethod
    def _local_slopes(h0, gates, inner, states):
        """What a slope for h′ is multiplied by to give those for r, z and u, and for n before tanh."""
        r, z, new = (gates[:, :, k * h0.shape[1] : (k + 1) * h0.shape[1]] for k in range(3))
        local = np.empty((*gates.shape[:2], 3, h0.shape[1]), gates.dtype)
        to_new = (1 - z) * (1 - new * new)
        np.multiply(to_new, r, out=local[:, :, 2])
        np.multiply(local[:, :, 2] * inner, 1 - r, out=local[:, :, 0])
        off = np.concatenate([h0[None], states[:-1]])
        off -= new
        off *= z
        np.multiply(off, 1 - z, out=local[:, :, 1])
        return local, to_new


class Lstm(Function):
    """Long short-term memory, gates in the order i, f, g, o (Hochreiter and Schmidhuber 1997; Gers et al. 2000).

    c′ = f·c + i·g with g = tanh, the others σ; h = o·tanh c′. Returns (L + 1, N, H): all h, and below them the last c.
    """

    def forward(self, x, h0, c0, w_ih, w_hh, b_ih, b_hh):
        n, size = h0.shape
        gates, h = input_side(x, w_ih, b_ih, b_hh).reshape(len(x), n, 4, size), h0
        out, cells = (np.empty((len(x) + 1, n, size), x.dtype) for _ in range(2))
        squashed, hidden = np.empty((len(x), n, size), x.dtype), np.empty((n, 4 * size), x.dtype)
        cells[0] = c0
        for t, gate in enumerate(gates):
            gate += np.matmul(h, w_hh.T, out=hidden).reshape(gate.shape)
            i, f, g, o = gate[:, 0], gate[:, 1], gate[:, 2], gate[:, 3]
            sigmoid(gate[:, :2], out=gate[:, :2])
            np.tanh(g, out=g)
            sigmoid(o, out=o)
            np.multiply(f, cells[t], out=cells[t + 1])
            cells[t + 1] += i * g
            np.tanh(cells[t + 1], out=squashed[t])
            h = np.multiply(o, squashed[t], out=out[t])
        out[-1] = cells[-1]
        self.save(x, h0, w_ih, w_hh, gates, cells, squashed, out)
        return out

    def backward(self, grad):
        x, h0, w_ih, w_hh, gates, cells, squashed, out = self.saved
        local, to_cell = self._local_slopes(gates, cells, squashed)  # (L, N, 4, H), (L, N, H)
        dh, dc = np.zeros_like(h0), grad[-1].copy()
        for t in reversed(range(len(gates))):
            dh += grad[t]
            dc += np.multiply(dh, to_cell[t], out=to_cell[t])
            local[t, :, :3] *= dc[:, None]  # now the slopes for the gates
            local[t, :, 3] *= dh
            dc *= gates[t, :, 1]
            np.matmul(local[t].reshape(len(h0), -1), w_hh, out=dh)
        dx, dw_ih, db = back_to_input(self.needs, x, w_ih, local)
        return dx, dh, dc, dw_ih, back_to_hidden(out[:-1], h0, local)[0], db, db

    @staticmethod
    def _local_slopes(gates, cells, squashed):
        """What a slope for c′ is multiplied by to give those for i, f and g; one for h to give those for o and c′."""
        i, g, o = (gates[:, :, k] for k in (0, 2, 3))
        local = 1 - gates
        local *= gates  # σ′ = σ(1 − σ); for g below
        local[:, :, 0] *= g
        local[:, :, 1] *= cells[:-1]
        local[:, :, 2] = i * (1 - g * g)
        local[:, :, 3] *= squashed
        return local, o * (1 - squashed * squashed)

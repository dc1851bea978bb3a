"""Recurrent layers over a whole sequence as one node, with the way back through time written by hand.

The input side of all gates at all times is one product before the loop; the slopes of the weights are one product each
after it. Inside the loop stands only what has to wait for the step before.

Shapes: x (L, N, input), states (N, H), weights (gates·H, input) and (gates·H, H), biases (gates·H,).
"""

import numpy as np

from groundup.kernels.activations import sigmoid
from groundup.tensor import Function


def input_side(x: np.ndarray, weight: np.ndarray, *biases: np.ndarray) -> np.ndarray:
    """x Wᵀ + biases for all times at once: (L, N, gates·H)."""
    gates = x.reshape(-1, x.shape[-1]) @ weight.T
    for bias in biases:
        gates += bias
    return gates.reshape(*x.shape[:2], -1)


def slopes(needs, x, states, h0, dgates, dhidden, weight):
    """What both sides of the gates give: (dx, dh0 is the caller's, dw_ih, dw_hh, db_ih, db_hh).

    ``dgates`` are the slopes for the input side's gates and ``dhidden`` for the hidden side's, (L, N, gates·H) each.
    """
    flat, hidden = dgates.reshape(-1, dgates.shape[-1]), dhidden.reshape(-1, dhidden.shape[-1])
    dx = (flat @ weight).reshape(x.shape) if needs[0] else None
    dw_ih = flat.T @ x.reshape(-1, x.shape[-1])
    before = np.concatenate([h0[None], states[:-1]]).reshape(-1, h0.shape[-1])
    dw_hh = hidden.T @ before
    return dx, dw_ih, dw_hh, flat.sum(axis=0), hidden.sum(axis=0)


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
        slope = 1 - states * states if nonlinearity == "tanh" else (states > 0).astype(states.dtype)
        dgates = np.empty_like(states)
        dh = np.zeros_like(h0)
        for t in reversed(range(len(states))):
            dh += grad[t]
            np.multiply(dh, slope[t], out=dgates[t])
            dh = dgates[t] @ w_hh
        dx, *dweights = slopes(self.needs, x, states, h0, dgates, dgates, w_ih)
        return dx, dh, *dweights


class Gru(Function):
    """Gated recurrent unit in PyTorch's form, gates in the order r, z, n (Cho et al. 2014).

    r, z = σ(W x + b + U h + c), n = tanh(Wₙ x + bₙ + r·(Uₙ h + cₙ)), h′ = n + z·(h − n).
    """

    def forward(self, x, h0, w_ih, w_hh, b_ih, b_hh):
        gates, size, h = input_side(x, w_ih, b_ih), h0.shape[-1], h0
        states = np.empty((*x.shape[:2], size), x.dtype)
        inner = np.empty_like(states)  # Uₙ h + cₙ
        for t, gate in enumerate(gates):
            hidden = h @ w_hh.T + b_hh
            rz, n = gate[:, : 2 * size], gate[:, 2 * size :]
            rz[...] = sigmoid(rz + hidden[:, : 2 * size])
            inner[t] = hidden[:, 2 * size :]
            n += rz[:, :size] * inner[t]
            np.tanh(n, out=n)
            states[t] = n + rz[:, size:] * (h - n)
            h = states[t]
        self.save(x, h0, w_ih, w_hh, gates, inner, states)
        return states

    def backward(self, grad):
        x, h0, w_ih, w_hh, gates, inner, states = self.saved
        size = h0.shape[-1]
        dgates, dhidden = np.empty_like(gates), np.empty_like(gates)
        dh = np.zeros_like(h0)
        for t in reversed(range(len(states))):
            dh += grad[t]
            before = states[t - 1] if t else h0
            r, z, n = (gates[t, :, i * size : (i + 1) * size] for i in range(3))
            dn = dh * (1 - z) * (1 - n * n)
            dgates[t, :, :size] = dn * inner[t] * r * (1 - r)
            dgates[t, :, size : 2 * size] = dh * (before - n) * z * (1 - z)
            dgates[t, :, 2 * size :] = dn
            dhidden[t] = dgates[t]
            dhidden[t, :, 2 * size :] *= r
            dh = dh * z + dhidden[t] @ w_hh
        dx, *dweights = slopes(self.needs, x, states, h0, dgates, dhidden, w_ih)
        return dx, dh, *dweights


class Lstm(Function):
    """Long short-term memory, gates in the order i, f, g, o (Hochreiter and Schmidhuber 1997; Gers et al. 2000).

    c′ = f·c + i·g with g = tanh, the others σ; h = o·tanh c′. Returns (L + 1, N, H): all h, and below them the last c.
    """

    def forward(self, x, h0, c0, w_ih, w_hh, b_ih, b_hh):
        gates, size, h = input_side(x, w_ih, b_ih, b_hh), h0.shape[-1], h0
        out = np.empty((len(x) + 1, *h0.shape), x.dtype)
        cells = np.empty((len(x) + 1, *h0.shape), x.dtype)
        cells[0] = c0
        for t, gate in enumerate(gates):
            gate += h @ w_hh.T
            i, f, g, o = (gate[:, k * size : (k + 1) * size] for k in range(4))
            i[...], f[...], o[...] = sigmoid(i), sigmoid(f), sigmoid(o)
            np.tanh(g, out=g)
            cells[t + 1] = f * cells[t] + i * g
            out[t] = o * np.tanh(cells[t + 1])
            h = out[t]
        out[-1] = cells[-1]
        self.save(x, h0, w_ih, w_hh, gates, cells, out)
        return out

    def backward(self, grad):
        x, h0, w_ih, w_hh, gates, cells, out = self.saved
        size, dgates = h0.shape[-1], np.empty_like(gates)
        dh, dc = np.zeros_like(h0), grad[-1].copy()
        for t in reversed(range(len(gates))):
            dh += grad[t]
            i, f, g, o = (gates[t, :, k * size : (k + 1) * size] for k in range(4))
            di, df, dg, do = (dgates[t, :, k * size : (k + 1) * size] for k in range(4))
            squashed = np.tanh(cells[t + 1])
            dc += dh * o * (1 - squashed * squashed)
            do[...] = dh * squashed * o * (1 - o)
            di[...] = dc * g * i * (1 - i)
            df[...] = dc * cells[t] * f * (1 - f)
            dg[...] = dc * i * (1 - g * g)
            dc *= f
            dh = dgates[t] @ w_hh
        dx, *dweights = slopes(self.needs, x, out[:-1], h0, dgates, dgates, w_ih)
        return dx, dh, dc, *dweights

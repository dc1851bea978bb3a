"""Stochastic gradient descent, with momentum where wanted."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from groundup.optim.optimizer import Group, Optimizer, Pack, want


class SGD(Optimizer):
    """A step against the gradient: ``p ← p − lr · g``; with momentum μ, ``b ← μ b + (1 − τ) g`` and ``p ← p − lr · b``.

    Momentum rolls on in directions on which the gradients agree. In the first step b is g itself. Nesterov's variant
    looks ahead: ``p ← p − lr · (g + μ b)``.

    Sources: H. Robbins and S. Monro, "A stochastic approximation method", 1951; B. Polyak, "Some methods of speeding up
    the convergence of iteration methods", 1964; Y. Nesterov, 1983, in the form of I. Sutskever et al., "On the
    importance of initialization and momentum in deep learning", 2013.

    Args:
        params: tensors or groups, see `Optimizer`.
        lr: size of the step.
        momentum: μ; 0 is none.
        dampening: τ.
        weight_decay: this times the parameter is added to its gradient.
        nesterov: look ahead; wants momentum and no dampening.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ):
        settings = {"lr": lr, "momentum": momentum, "dampening": dampening}
        super().__init__(params, {**settings, "weight_decay": weight_decay, "nesterov": nesterov})

    def _change(self, group: Group, pack: Pack) -> None:
        step = grad = pack.gradient(group["weight_decay"])
        if group["momentum"]:
            step = _rolled(group, pack, grad)
        np.multiply(step, float(group["lr"]), out=pack.change)
        pack.subtract_change()

    def _refuse_settings(self, group: Group) -> None:
        super()._refuse_settings(group)
        fits = not group["nesterov"] or (group["momentum"] > 0 and group["dampening"] == 0)
        got = f"momentum={group['momentum']}, dampening={group['dampening']}"
        want("SGD with nesterov=True", "momentum and dampening", got, fits, "momentum > 0 and dampening = 0")


def _rolled(group: Group, pack: Pack, grad: np.ndarray) -> np.ndarray:
    """The direction after momentum."""
    momentum = group["momentum"]
    if "momentum_buffer" not in pack.state:
        pack.state["momentum_buffer"] = buffer = grad.copy()
    else:
        buffer = pack.state["momentum_buffer"]
        np.multiply(buffer, momentum, out=buffer)
        np.multiply(grad, 1 - group["dampening"], out=pack.change)
        np.add(buffer, pack.change, out=buffer)
    if not group["nesterov"]:
        return buffer
    np.multiply(buffer, momentum, out=pack.change)
    return np.add(pack.change, grad, out=pack.change)

"""Adam and AdamW: momentum, divided by how large the gradients have lately been."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from groundup.optim.optimizer import Group, Optimizer, Pack, want
from groundup.optim.rmsprop import toward


class Adam(Optimizer):
    """Averages of the gradient and its square, corrected for having begun at zero.

    ``m ← β₁ m + (1 − β₁) g``, ``v ← β₂ v + (1 − β₂) g²``, ``p ← p − lr · m̂ / (√v̂ + ε)`` with ``m̂ = m / (1 − β₁ᵗ)`` and
    ``v̂ = v / (1 − β₂ᵗ)`` in step t.

    Source: D. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015.

    Args:
        params: tensors or groups, see `Optimizer`.
        lr: size of the step: early on, about how far each number moves.
        betas: β₁ and β₂, how long the two averages remember.
        eps: keeps the division finite.
        weight_decay: this times the parameter is added to its gradient; see `AdamW` for the better way.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def _change(self, group: Group, pack: Pack) -> None:
        _moments(group, pack, pack.gradient(group["weight_decay"]))
        pack.subtract_change()

    def _refuse_settings(self, group: Group) -> None:
        super()._refuse_settings(group)
        betas = group["betas"]
        fits = len(betas) == 2 and all(0 <= beta < 1 for beta in betas)
        want(type(self).__name__, "betas", betas, fits, "two numbers from 0 to below 1")


class AdamW(Adam):
    """`Adam`, but weight decay shrinks the parameters themselves: ``p ← (1 − lr · λ) p`` before the step.

    Added to the gradient, as in `Adam`, decay would be divided by √v̂ and so hardly touch weights with large gradients.

    Source: I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", 2019.

    Args:
        params: tensors or groups, see `Optimizer`.
        lr: size of the step.
        betas: how long the two averages remember.
        eps: keeps the division finite.
        weight_decay: λ.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ):
        super().__init__(params, lr, betas, eps, weight_decay)

    def _change(self, group: Group, pack: Pack) -> None:
        _moments(group, pack, pack.gradient())
        pack.subtract_change(keep=1 - float(group["lr"]) * group["weight_decay"])


def _moments(group: Group, pack: Pack, grad: np.ndarray) -> None:
    """Put ``lr · m̂ / (√v̂ + ε)`` into ``pack.change``.

    The two corrections are numbers, not arrays, and are taken together as in the paper's section 2:
    ``m̂ / (√v̂ + ε) = √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε √(1 − β₂ᵗ))``.
    """
    beta1, beta2 = group["betas"]
    m, v, change = pack.remembered("exp_avg"), pack.remembered("exp_avg_sq"), pack.change
    toward(m, grad, 1 - beta1, change)
    np.multiply(v, beta2, out=v)
    np.multiply(grad, grad, out=change)
    np.multiply(change, 1 - beta2, out=change)
    np.add(v, change, out=v)
    root = (1 - beta2**pack.steps) ** 0.5
    np.sqrt(v, out=change)
    np.add(change, group["eps"] * root, out=change)
    np.divide(m, change, out=change)
    np.multiply(change, float(group["lr"]) * root / (1 - beta1**pack.steps), out=change)

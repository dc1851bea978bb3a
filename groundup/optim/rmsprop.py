"""RMSprop: each parameter's step is divided by how large its gradients have lately been."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from groundup.optim.optimizer import Group, Optimizer, Pack, want


class RMSprop(Optimizer):
    """``s ← α s + (1 − α) g²`` and ``p ← p − lr · g / (√s + ε)``.

    Sources: T. Tieleman and G. Hinton, "Lecture 6.5: RMSprop", Coursera, 2012; centered: A. Graves, "Generating
    sequences with recurrent neural networks", 2013.

    Args:
        params: tensors or groups, see `Optimizer`.
        lr: size of the step.
        alpha: how long the average of the squares remembers.
        eps: keeps the division finite.
        weight_decay: this times the parameter is added to its gradient.
        momentum: 0 is none; see `SGD`.
        centered: divide by the standard deviation of the gradients instead, ``√(s − mean²)``.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ):
        settings = {"lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps}
        super().__init__(params, {**settings, "centered": centered, "weight_decay": weight_decay})

    def _change(self, group: Group, pack: Pack) -> None:
        grad, change = pack.gradient(group["weight_decay"]), pack.change
        _size(group, pack, grad)
        np.add(change, group["eps"], out=change)
        np.divide(grad, change, out=change)
        if group["momentum"]:
            buffer = pack.remembered("momentum_buffer")
            np.multiply(buffer, group["momentum"], out=buffer)
            np.add(buffer, change, out=buffer)
            np.multiply(buffer, float(group["lr"]), out=change)
        else:
            np.multiply(change, float(group["lr"]), out=change)
        pack.subtract_change()

    def _refuse_settings(self, group: Group) -> None:
        super()._refuse_settings(group)
        want("RMSprop", "alpha", group["alpha"], group["alpha"] >= 0, "0 or more")


def _size(group: Group, pack: Pack, grad: np.ndarray) -> None:
    """Put into ``pack.change`` how large the gradients have lately been."""
    alpha, change, squares = group["alpha"], pack.change, pack.remembered("square_avg")
    np.multiply(squares, alpha, out=squares)
    np.multiply(grad, grad, out=change)
    np.multiply(change, 1 - alpha, out=change)
    np.add(squares, change, out=squares)
    if not group["centered"]:
        np.sqrt(squares, out=change)
        return
    toward(pack.remembered("grad_avg"), grad, 1 - alpha, change)
    np.square(pack.state["grad_avg"], out=change)
    np.subtract(squares, change, out=change)
    np.maximum(change, 0, out=change)  # rounding can take a variance a little below zero
    np.sqrt(change, out=change)


def toward(average: np.ndarray, value: np.ndarray, share: float, scratch: np.ndarray) -> None:
    """Move a running average a share of the way to a value, in place."""
    np.subtract(value, average, out=scratch)
    np.multiply(scratch, share, out=scratch)
    np.add(average, scratch, out=average)

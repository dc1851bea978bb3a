"""Schedules: how the size of the step changes while training goes on.

Each is a formula for the learning rate after t calls of ``step()``; PyTorch computes the same numbers one from the
other.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any

from groundup.optim.optimizer import Optimizer, want


class LRScheduler:
    """Sets ``lr`` in all groups of an optimizer; a subclass gives the formula in ``_lr``.

    Making one sets the rate for t = 0. Call ``step()`` after the optimizer's, once an epoch or once a batch.

    Args:
        optimizer: its groups' present rates are the base that the formula starts from.
    """

    def __init__(self, optimizer: Optimizer):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(self).__name__} wants an optimizer and got {type(optimizer).__name__}.")
        self.optimizer = optimizer
        self.last_epoch = -1
        self.base_lrs = [group.setdefault("initial_lr", group["lr"]) for group in optimizer.param_groups]
        self.step()

    def step(self) -> None:
        """Count on and set the new rates."""
        self.last_epoch += 1
        self._set()

    def get_last_lr(self) -> list[float]:
        """The present rate of each group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """The count and the base rates."""
        return {"last_epoch": self.last_epoch, "base_lrs": list(self.base_lrs)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where another of the same kind was."""
        self.last_epoch, self.base_lrs = state_dict["last_epoch"], list(state_dict["base_lrs"])
        self._set()

    def _set(self) -> None:
        for k, (group, base) in enumerate(zip(self.optimizer.param_groups, self.base_lrs, strict=True)):
            group["lr"] = self._lr(base, self.last_epoch, k)

    def _lr(self, base: float, t: int, group: int) -> float:
        """The rate of a group after t steps."""
        raise NotImplementedError


class StepLR(LRScheduler):
    """Times ``gamma`` every ``step_size`` steps."""

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1):
        want("StepLR", "step_size", step_size, step_size > 0, "more than 0")
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer)

    def _lr(self, base: float, t: int, group: int) -> float:
        return base * self.gamma ** (t // self.step_size)


class MultiStepLR(LRScheduler):
    """Times ``gamma`` when each of the ``milestones`` is reached."""

    def __init__(self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1):
        self.milestones, self.gamma = sorted(milestones), gamma
        super().__init__(optimizer)

    def _lr(self, base: float, t: int, group: int) -> float:
        return base * self.gamma ** bisect_right(self.milestones, t)


class ExponentialLR(LRScheduler):
    """Times ``gamma`` every step."""

    def __init__(self, optimizer: Optimizer, gamma: float):
        self.gamma = gamma
        super().__init__(optimizer)

    def _lr(self, base: float, t: int, group: int) -> float:
        return base * self.gamma**t


class CosineAnnealingLR(LRScheduler):
    """Half a cosine wave from the base rate down to ``eta_min`` in ``T_max`` steps (and up again, if one goes on).

    Source: I. Loshchilov and F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0):
        want("CosineAnnealingLR", "T_max", T_max, T_max > 0, "more than 0")
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer)

    def _lr(self, base: float, t: int, group: int) -> float:
        return self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * t / self.T_max)) / 2


class LinearLR(LRScheduler):
    """A straight line from ``start_factor`` to ``end_factor`` times the base rate in ``total_iters`` steps."""

    def __init__(
        self, optimizer: Optimizer, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5
    ):
        want("LinearLR", "start_factor", start_factor, 0 < start_factor <= 1, "above 0 and at most 1")
        want("LinearLR", "end_factor", end_factor, 0 <= end_factor <= 1, "from 0 to 1")
        want("LinearLR", "total_iters", total_iters, total_iters > 0, "more than 0")
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer)

    def _lr(self, base: float, t: int, group: int) -> float:
        done = min(t, self.total_iters) / self.total_iters
        return base * (self.start_factor + (self.end_factor - self.start_factor) * done)


class LambdaLR(LRScheduler):
    """The base rate times ``lr_lambda(t)``; a list of functions gives each group its own."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]]):
        groups = len(optimizer.param_groups)
        self.lr_lambdas = [lr_lambda] * groups if callable(lr_lambda) else list(lr_lambda)
        want("LambdaLR", "lr_lambda", lr_lambda, len(self.lr_lambdas) == groups, f"one function or {groups} of them")
        super().__init__(optimizer)

    def _lr(self, base: float, t: int, group: int) -> float:
        return base * self.lr_lambdas[group](t)


def warmup_cosine(step: int, warmup: int, total: int, floor: float = 0.0) -> float:
    """A factor for the learning rate: up in a straight line, then down along half a cosine wave; for `LambdaLR`.

    ``LambdaLR(optimizer, lambda t: warmup_cosine(t, 100, 2000, 0.1))``. Transformers are usually trained so.

    Args:
        step: counts from 0.
        warmup: steps on the way up; the factor is (step + 1) / warmup there.
        total: at this step and later the factor is ``floor``.
        floor: the lowest factor on the way down, from 0 to 1.

    Raises:
        ValueError: not 0 ≤ warmup < total, or floor is not from 0 to 1.
    """
    want("warmup_cosine", "warmup and total", (warmup, total), 0 <= warmup < total, "0 ≤ warmup < total")
    want("warmup_cosine", "floor", floor, 0 <= floor <= 1, "from 0 to 1")
    if step < warmup:
        return (step + 1) / warmup
    done = min(1.0, (step - warmup) / (total - warmup))
    return floor + (1 - floor) * (1 + math.cos(math.pi * done)) / 2

"""Interactive figure of chapter 05: the path of an optimizer over a drawn surface."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import matplotlib.pyplot as plt
import numpy as np

from groundup.widgets.controls import choice, slider
from groundup.widgets.figure import Figure, explore
from groundup.widgets.scene import heat, line, panel, points, scene

STEPS = 60
ALPHA, BETA2, EPS = 0.9, 0.999, 1e-8  # RMSprop's and Adam's memory of squares
RULES = ("SGD", "RMSprop", "Adam")
LOWEST, HIGHEST = 1e-6, 1e3  # the loss axis


@dataclass(frozen=True)
class Surface:
    """A loss over two weights.

    Attributes:
        loss: of two arrays (or numbers) of one shape; 0 at the lowest place.
        slope: of a place (2,), its two slopes (2,).
        x, y: the ranges drawn.
        start: where the path begins.
        lowest: the lowest places, (k, 2).
    """

    loss: Callable
    slope: Callable
    x: tuple[float, float]
    y: tuple[float, float]
    start: tuple[float, float]
    lowest: tuple[tuple[float, float], ...]


#: A canyon as in chapter 1, a valley that bends, a saddle between two basins, and a plain with one hollow.
SURFACES = {
    "canyon": Surface(
        lambda u, v: 0.25 * u**2 + 5 * v**2,
        lambda w: np.array([0.5 * w[0], 10 * w[1]]),
        (-4.6, 2.2),
        (-1.7, 1.7),
        (-4.0, 1.3),
        ((0.0, 0.0),),
    ),
    "bend": Surface(
        lambda u, v: 0.3 * (u - 1.5) ** 2 + 2 * (v - 0.5 * u**2) ** 2,
        lambda w: np.array([0.6 * (w[0] - 1.5) - 4 * w[0] * (w[1] - 0.5 * w[0] ** 2), 4 * (w[1] - 0.5 * w[0] ** 2)]),
        (-2.6, 2.6),
        (-1.0, 3.4),
        (-2.0, 3.0),
        ((1.5, 1.125),),
    ),
    "saddle": Surface(
        lambda u, v: 0.5 * u**2 + 0.5 * (v**2 - 1) ** 2,
        lambda w: np.array([w[0], 2 * w[1] * (w[1] ** 2 - 1)]),
        (-2.4, 2.4),
        (-1.7, 1.7),
        (-2.0, 0.01),
        ((0.0, 1.0), (0.0, -1.0)),
    ),
    "plain": Surface(
        lambda u, v: 1 - np.exp(-(u**2 + v**2) / 2),
        lambda w: np.asarray(w) * np.exp(-(w[0] ** 2 + w[1] ** 2) / 2),
        (-3.6, 2.4),
        (-2.0, 2.0),
        (-3.0, 0.9),
        ((0.0, 0.0),),
    ),
}


def optimizer_paths() -> Figure:
    """Return an interactive figure of an optimizer on a surface: rule, learning rate and momentum to choose."""
    caption = (
        "Left, the path over the surface, darker is higher, crosses mark the lowest places; right, the loss after each "
        "step. In the canyon: find the largest rate at which SGD without momentum still arrives, then give it momentum "
        "0.9. On the plain: which rule gets off at all with the rate 0.1, and why?"
    )
    return explore(
        paths_scene,
        caption=caption,
        surface=choice(list(SURFACES)),
        rule=choice(RULES),
        lr=slider(0.001, 1.0, 10**-0.75, step=0.05, label="learning rate", color="gradient", log=True),
        momentum=slider(0.0, 0.98, 0.0, step=0.02, color="gradient"),
    )


def walk(surface: str, rule: str, lr: float, momentum: float, steps: int = STEPS) -> np.ndarray:
    """Return the places that a rule visits, (steps + 1, 2), the start included.

    Args:
        surface: a key of `SURFACES`.
        rule: one of `RULES`. With momentum 0, SGD is plain descent; for Adam momentum is β₁.
        lr: the learning rate.
        momentum: how much of the old direction stays.
        steps: how many.
    """
    ground = SURFACES[surface]
    w, b, s = np.array(ground.start), np.zeros(2), np.zeros(2)
    places = [w]
    with np.errstate(all="ignore"):  # a path that blows up is part of what is to be seen
        for t in range(1, steps + 1):
            g = ground.slope(w)
            if rule == "SGD":
                b = momentum * b + g
                w = w - lr * b
            elif rule == "RMSprop":
                s = ALPHA * s + (1 - ALPHA) * g**2
                b = momentum * b + g / (np.sqrt(s) + EPS)
                w = w - lr * b
            else:
                b = momentum * b + (1 - momentum) * g
                s = BETA2 * s + (1 - BETA2) * g**2
                w = w - lr * (b / (1 - momentum**t)) / (np.sqrt(s / (1 - BETA2**t)) + EPS)
            places.append(w)
    return np.array(places)


def paths_scene(surface: str, rule: str, lr: float, momentum: float) -> dict:
    """Return the scene of one path: over the surface, and its loss step by step."""
    ground = SURFACES[surface]
    places = walk(surface, rule, lr, momentum)
    with np.errstate(all="ignore"):
        losses = ground.loss(*places.T)
    losses = np.where(np.isfinite(losses), losses, np.inf)
    arrived = np.flatnonzero(losses < 0.01 * losses[0])
    if not losses[-1] < 1e6:
        end = "it has blown up"
    elif len(arrived) and losses[-1] < 0.01 * losses[0]:
        end = f"below a hundredth of the start for the first time after {arrived[0]} steps"
    else:
        end = "not below a hundredth of the start"
    memory = "β₁" if rule == "Adam" else "momentum"
    status = (
        f"{rule}, learning rate {lr:.3g}, {memory} {momentum:.2f}: loss {losses[0]:.3g} at the start, "
        f"{losses[-1]:.3g} after {STEPS} steps; {end}."
    )
    words = f"The path of {rule} over the surface called {surface}, and the loss after each step. {status}"
    return scene(_map(surface, places), _curve(losses), words=words, status=status)


def _map(surface: str, places: np.ndarray) -> dict:
    ground = SURFACES[surface]
    height, contours = _ground(surface)
    return panel(
        heat(height, colors="loss"),
        line(*contours, color="loss", width=0.6),
        line(*_within(places, ground).T, color="gradient", width=1.6, dots=True),
        points(*places[:1].T, color="gradient", size=11),
        points(*np.array(ground.lowest).T, shape="cross", size=12),
        **{"x": ground.x, "y": ground.y, "xlabel": "w₁", "ylabel": "w₂", "size": (360, 290)},
    )


def _within(places: np.ndarray, ground: Surface) -> np.ndarray:
    """The places with those far outside of the picture, which would only be drawn as lines across it, left out."""
    limits = np.array([ground.x, ground.y])
    room = np.diff(limits, axis=1)[:, 0]
    with np.errstate(invalid="ignore"):
        far = ((places < limits[:, 0] - room) | (places > limits[:, 1] + room)).any(axis=1)
    return np.where(far[:, None] | ~np.isfinite(places), np.nan, places)


@cache
def _ground(surface: str) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return the surface's height from 0 to 1, and its contour lines as one line with gaps."""
    ground = SURFACES[surface]
    xs, ys = np.linspace(*ground.x, 97), np.linspace(*ground.y, 97)
    loss = ground.loss(*np.meshgrid(xs, ys))
    share = np.linspace(0, 1, 14)[1:-1] ** 2
    fig, ax = plt.subplots()
    lines = [part for level in ax.contour(xs, ys, loss, levels=loss.max() * share).allsegs for part in level]
    plt.close(fig)
    gap = np.full((1, 2), np.nan)
    contours = np.concatenate([piece for part in lines for piece in (part, gap)]).T
    return np.sqrt(loss / loss.max())[::2, ::2], (contours[0], contours[1])


def _curve(losses: np.ndarray) -> dict:
    return panel(
        line(range(len(losses)), np.clip(losses, LOWEST, HIGHEST), color="loss", dots=True),
        **{"x": (0, STEPS), "y": (LOWEST, HIGHEST), "log": True, "size": (290, 290)},
        **{"xlabel": "step", "ylabel": "loss"},
    )

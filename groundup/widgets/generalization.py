"""Interactive figure of chapter 06: how many units, how much noise, and what happens to training and test error.

The network has one hidden layer whose weights were thrown once; only its last layer is learnt, with an L2 penalty, and
that has an exact solution: no steps, no learning rate, an answer at once.
"""

from functools import cache, lru_cache

import numpy as np

from groundup.widgets.controls import slider
from groundup.widgets.figure import Figure, explore
from groundup.widgets.scene import line, panel, points, scene, text

MOST = 300  # hidden units
SIZES = np.unique(np.round(np.geomspace(1, MOST, 30)).astype(int))
DRAWS = 6  # data sets, over which the error curves are averaged
ACROSS = np.linspace(-1, 1, 101)
LIMITS = (3e-3, 20.0)  # of the error's axis


def truth(x: np.ndarray) -> np.ndarray:
    """Return the curve that the points come from, without noise."""
    return np.sin(4 * x) + 0.5 * x


@cache
def units() -> tuple[np.ndarray, np.ndarray]:
    """Return the hidden layer, thrown once: the slopes 1 or −1 and the kinks of ``MOST`` ReLU units, (300,) each."""
    rng = np.random.default_rng(16)
    return rng.choice([-1.0, 1.0], MOST), rng.uniform(-1.1, 1.1, MOST)


def hidden(x: np.ndarray, size: int) -> np.ndarray:
    """Return the activations of the first ``size`` units, divided by the root of how many they are: (n, size)."""
    slope, kink = units()
    return np.maximum(0, slope[:size] * (x[:, None] - kink[:size])) / np.sqrt(size)


def solve(a: np.ndarray, t: np.ndarray, l2: float) -> np.ndarray:
    """Return the weights (size,) with the least sum of squared errors plus ``l2`` times the sum of their squares.

    ``a``: (n, size) activations, ``t``: (n,) targets. There are n equations to solve, however many weights there are.
    """
    return a.T @ np.linalg.solve(a @ a.T + l2 * np.eye(len(t)), t)


def sample(n: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return n points of the curve with noise: x and t, (n,) each. The same seed keeps its points when noise grows."""
    rng = np.random.default_rng(seed)
    x, e = rng.uniform(-1, 1, 80), rng.normal(size=80)
    return x[:n], truth(x[:n]) + noise * e[:n]


@lru_cache(maxsize=64)
def error_curves(noise: float, n: int, l2: float) -> tuple[np.ndarray, np.ndarray]:
    """Return training and test error for each of ``SIZES``, (sizes,) each: medians of mean squares over data sets.

    The test error is that against fresh noisy points of the same curve: the noise itself is part of it.
    """
    later = [hidden(ACROSS, size) for size in SIZES]
    train, test = np.empty((2, DRAWS, len(SIZES)))
    for draw in range(DRAWS):
        x, t = sample(n, noise, draw)
        a = [hidden(x, size) for size in SIZES]
        grams = np.array([one @ one.T for one in a]) + l2 * np.eye(n)
        dual = np.linalg.solve(grams, np.broadcast_to(t[:, None], (len(SIZES), n, 1)))[:, :, 0]
        for k, one in enumerate(a):
            w = one.T @ dual[k]
            train[draw, k] = np.mean((one @ w - t) ** 2)
            test[draw, k] = np.mean((later[k] @ w - truth(ACROSS)) ** 2) + noise**2
    return np.median(train, axis=0), np.median(test, axis=0)


def capacity() -> Figure:
    """Return the interactive figure: units, noise, points and penalty to move."""
    caption = (
        "Left: the points, the curve they come from (dotted), what the network made of them. Right: error on these "
        "points and on fresh ones, for every number of units; the upright line is where you stand. How many units are "
        "best with much noise, and with none? Take 300 units and raise the penalty slowly: what happens on both sides?"
    )
    return explore(
        capacity_scene,
        caption=caption,
        units=slider(1.0, MOST, 5.0, step=0.05, color="weight", log=True),
        noise=slider(0.0, 1.0, 0.4, step=0.1, color="loss"),
        n=slider(5, 50, 20, step=5, label="points", color="train"),
        penalty=slider(1e-7, 10.0, 1e-7, step=0.5, color="gradient", log=True),
    )


def capacity_scene(units: float = 5.0, noise: float = 0.4, n: int = 20, penalty: float = 1e-7) -> dict:
    """Return the scene: the points with the network's curve, and both errors for all sizes; ``units`` is rounded."""
    size = int(np.clip(round(units), 1, MOST))
    x, t = sample(n, noise, 0)
    fit = hidden(ACROSS, size) @ solve(hidden(x, size), t, penalty)
    train, test = error_curves(noise, n, penalty)
    at = int(np.abs(SIZES - size).argmin())
    best = int(test.argmin())
    words = (
        f"{n} noisy points and the curve that a network with {size} hidden units made of them; beside it the "
        f"error on the training points and on fresh points for 1 to {MOST} units."
    )
    status = (
        f"{size} units, {n} points: error on the points {train[at]:.3g}, on fresh ones {test[at]:.3g}.\n"
        f"Lowest on fresh ones: {test[best]:.3g}, with {SIZES[best]} units."
    )
    return scene(_points(x, t, fit), _errors(size, train, test, noise), words=words, status=status)


def _points(x: np.ndarray, t: np.ndarray, fit: np.ndarray) -> dict:
    return panel(
        line(ACROSS, truth(ACROSS), color="baseline", dash=":"),
        line(ACROSS, np.clip(fit, -10, 10), color="output"),
        points(x, t, color="train"),
        **{"x": (-1, 1), "y": (-3.2, 3.2), "xlabel": "x", "ylabel": "t", "size": (270, 270)},
    )


def _errors(size: int, train: np.ndarray, test: np.ndarray, noise: float) -> dict:
    places, low, high = np.log10(SIZES), *LIMITS
    ticks = {float(np.log10(k)): str(k) for k in (1, 3, 10, 30, 100, 300)}
    marks = [
        line((np.log10(size),) * 2, LIMITS, color="weight", width=1.2),
        line(places, np.clip(train, low, high), color="train", dash="--", label="training"),
        line(places, np.clip(test, low, high), color="test", label="fresh"),
    ]
    if noise:
        marks.insert(0, line((0, places[-1]), (noise**2,) * 2, color="baseline", dash=":"))
        marks.append(text(places[-1], noise**2 * 0.62, "noise alone", color="baseline", align="end", size=12))
    return panel(
        *marks,
        **{"x": (0, float(places[-1])), "y": LIMITS, "log": True, "xticks": ticks, "size": (255, 270)},
        **{"xlabel": "hidden units", "ylabel": "mean squared error"},
    )

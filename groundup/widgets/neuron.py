"""Interactive figures of chapter 01: the race against gradient descent, the cut, the learning rate."""

from dataclasses import dataclass, replace
from functools import cache, partial

import matplotlib.pyplot as plt
import numpy as np

from groundup import data
from groundup.widgets.controls import choice, slider
from groundup.widgets.figure import Figure, explore
from groundup.widgets.scene import arrow, cut_line, heat, line, panel, points, scene, text

START = (1.0, 1.0, 0.0)  # w₁, w₂, b: half of the birds are on the wrong side
REACH = 8.0  # as far as the race's sliders go
ARROW = 1 / 3  # so much of w's length the race's arrow has, so that it stays in the picture


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + e⁻ᶻ), without overflow."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


@dataclass(frozen=True)
class Race:
    """A learner who moves sliders, and gradient descent, from the same start on the same birds: one move, one step.

    Attributes:
        x: (n, 2) scaled inputs.
        y: (n,) 0 or 1.
        lr: the learning rate of gradient descent.
        yours, its: what each has visited, the start included, as (w₁, w₂, b).
    """

    x: np.ndarray
    y: np.ndarray
    lr: float = 1.0
    yours: tuple[tuple[float, float, float], ...] = (START,)
    its: tuple[tuple[float, float, float], ...] = (START,)

    @property
    def moves(self) -> int:
        """Return how often the learner has moved."""
        return len(self.yours) - 1

    def move(self, w1: float, w2: float, b: float) -> "Race":
        """Return the race after the learner's move; gradient descent takes a step too. Standing still is no move."""
        if (w1, w2, b) == self.yours[-1]:
            return self
        return replace(self, yours=(*self.yours, (w1, w2, b)), its=(*self.its, self.step(self.its[-1])))

    def step(self, weights: tuple[float, float, float]) -> tuple[float, float, float]:
        """Return where one step of gradient descent on the mean surprise leads from ``weights``."""
        w, b = np.array(weights[:2]), weights[2]
        error = sigmoid(self.x @ w + b) - self.y  # (n,), forecast minus fact
        w, b = w - self.lr * self.x.T @ error / len(self.y), b - self.lr * error.mean()
        return float(w[0]), float(w[1]), float(b)

    def loss(self, weights: tuple[float, float, float]) -> float:
        """Return the mean surprise, in nats."""
        z = self.x @ np.array(weights[:2]) + weights[2]
        return float(np.mean(np.logaddexp(0, z) - self.y * z))

    def wrong(self, weights: tuple[float, float, float]) -> int:
        """Return how many examples lie on the wrong side of the cut."""
        return int(((self.x @ np.array(weights[:2]) + weights[2] > 0) != self.y).sum())


@cache
def bills() -> tuple[np.ndarray, np.ndarray]:
    """Return the bills of all Adelie and Gentoo, scaled, (274, 2), and which are Gentoo, (274,) of 0.0 and 1.0."""
    birds = data.penguins()
    two = birds.species != "Chinstrap"
    x = np.stack([birds.bill_length, birds.bill_depth], axis=1)[two]
    return (x - x.mean(axis=0)) / x.std(axis=0), (birds.species[two] == "Gentoo").astype(float)


def race(*, lr: float = 1.0) -> Figure:
    """Return the race as an interactive figure: two weights and a bias to move, on the penguins' bills."""
    state = Race(*bills(), lr=lr)

    def draw(w1: float, w2: float, b: float) -> dict:
        nonlocal state
        state = state.move(w1, w2, b)
        return race_scene(state)

    def restart() -> None:
        nonlocal state
        state = Race(*bills(), lr=lr)

    sliders = {
        name: slider(-REACH, REACH, start, step=0.25, color=color)
        for name, start, color in zip(("w1", "w2", "b"), START, ("weight", "weight", "ink"), strict=True)
    }
    caption = (
        "Solid: your cut. Dashed: that of gradient descent, which takes one step for each of your moves. The arrow is "
        "your w at a third of its length, the background your neuron's p. Can you get lower in as many moves? What "
        "happens to your surprise when all birds are right and you make w still longer?"
    )
    return explore(draw, caption=caption, restart=restart, **sliders)


def race_scene(race: Race) -> dict:
    """Return the scene of a race: the birds with both cuts, and both losses move by move."""
    yours, its = race.yours[-1], race.its[-1]
    losses = [race.loss(w) for w in race.yours], [race.loss(w) for w in race.its]
    after = f"{race.moves} {'move' if race.moves == 1 else 'moves'}"
    status = (
        f"You: mean surprise {losses[0][-1]:.4f} nats, {race.wrong(yours)} of {len(race.y)} birds wrong, {after}.\n"
        f"Gradient descent: {losses[1][-1]:.4f} nats, {race.wrong(its)} wrong, as many steps."
    )
    words = (
        "Left, Adelie and Gentoo penguins by their scaled bills, with your cut and that of gradient descent. Right, "
        "the mean surprise of both after each move."
    )
    return scene(_birds(race, yours, its), _losses(*losses), words=words, status=status)


def _birds(race: Race, yours: tuple, its: tuple) -> dict:
    x, y, gentoo = (-2.6, 3.6), (-2.6, 3.0), race.y == 1
    w, b = np.array(yours[:2]), yours[2]
    return panel(
        heat(_probability(w, b, x, y)),
        points(*race.x[~gentoo].T, color="class0", label="Adelie"),
        points(*race.x[gentoo].T, color="class1", shape="triangle", label="Gentoo"),
        line(*cut_line(its[:2], its[2], x, y), color="gradient", dash="--"),
        line(*cut_line(w, b, x, y)),
        *_weights(w, b, x, y, ARROW),
        **{"x": x, "y": y, "equal": True, "legend": "upper right", "size": (310, 280)},
        **{"xlabel": "bill length, scaled", "ylabel": "bill depth, scaled"},
    )


def _probability(
    w: np.ndarray, b: float, x: tuple[float, float], y: tuple[float, float], cells: int = 48
) -> np.ndarray:
    """Return the neuron's p at the middles of cells x cells squares, (cells, cells)."""
    middles = (np.arange(cells) + 0.5) / cells
    across, up = x[0] + middles * (x[1] - x[0]), y[0] + middles * (y[1] - y[0])
    return sigmoid(w[0] * across + w[1] * up[:, None] + b)


def _weights(w: np.ndarray, b: float, x: tuple, y: tuple, length: float) -> list[dict]:
    """Return w as an arrow from the cut's point nearest to the middle, or from the middle if that is out of sight."""
    middle = np.array([sum(x) / 2, sum(y) / 2])
    foot = np.mean(cut_line(w, b, x, y), axis=1)
    inside = (x[0] < foot[0] < x[1]) and (y[0] < foot[1] < y[1])
    start = foot if inside else middle
    return [arrow(start, start + length * w, color="weight", label="w" if w.any() else "")]


def _losses(yours: list[float], its: list[float]) -> dict:
    moves = len(yours) - 1
    last = max(10, 10 * -(-(moves + 1) // 10))
    low = 10.0 ** np.floor(np.log10(max(min(*yours, *its, 0.1), 1e-6)))
    high = 10.0 ** np.ceil(np.log10(max(*yours, *its)))
    return panel(
        line(range(moves + 1), its, color="gradient", dash="--", dots=True, label="descent"),
        line(range(moves + 1), yours, dots=True, label="you"),
        **{"x": (0, last), "y": (low, high), "log": True, "size": (270, 280)},
        **{"xlabel": "moves", "ylabel": "mean surprise (nats)"},
    )


# ---- The cut --------------------------------------------------------------------------------------------------------


def cut() -> Figure:
    """Return an interactive figure of one neuron's cut in the plane."""
    weight = partial(slider, -3.0, 3.0, step=0.25, color="weight")
    caption = (
        "The line is the cut, where z = 0; the arrow is w. Which slider turns the cut, which only slides it? Double w "
        "and b together: what stays, and what becomes steeper?"
    )
    bias = slider(-4.0, 4.0, 1.0, step=0.25)
    return explore(cut_scene, caption=caption, w1=weight(1.0), w2=weight(-2.0), b=bias)


def cut_scene(w1: float, w2: float, b: float) -> dict:
    """Return the scene of one neuron in the plane: its cut, its weights, its p as background, and one point."""
    x = y = (-4.0, 4.0)
    w, at = np.array([w1, w2]), np.array([2.0, 3.0])
    z, length = at @ w + b, np.linalg.norm(w)
    distance = f"{z / length:.2f} from the cut" if length else "and there is no cut, because both weights are 0"
    status = f"At the point (2, 3): z = {z:.2f}, p = {sigmoid(z):.3f}, {distance}.".replace("-", "−")
    words = f"The plane of two inputs, coloured by p, with the cut and the arrow w; the point (2, 3) has z = {z:.2f}."
    plane = panel(
        heat(_probability(w, b, x, y)),
        line(*cut_line(w, b, x, y)),
        *_weights(w, b, x, y, 1.0),
        points([at[0]], [at[1]], size=10),
        text(at[0] + 0.2, at[1] + 0.3, "(2, 3)"),
        **{"x": x, "y": y, "equal": True, "xlabel": "x₁", "ylabel": "x₂", "size": (340, 340)},
    )
    return scene(plane, words=words, status=status)


# ---- The learning rate ----------------------------------------------------------------------------------------------

UNITS = ("scaled", "decimetres")
STEPS = 40
RANGES = {"scaled": ((-3.5, 5.5), (-0.5, 8.5)), "decimetres": ((-0.5, 6.5), (-8.0, 2.0))}


def learning_rate() -> Figure:
    """Return an interactive figure of gradient descent from flipper to mass with a learning rate to choose."""
    caption = (
        "Left, the loss over w and b, darker is higher, the cross its lowest point; right, the loss after each step. "
        "Find the largest rate with which it still arrives, and the rate with which one step is enough. Then take "
        "flippers in decimetres."
    )
    rate = slider(0.001, 2.0, 0.1, step=0.02, label="learning rate", color="gradient", log=True)
    return explore(learning_rate_scene, caption=caption, lr=rate, flipper=choice(UNITS))


@cache
def flippers(unit: str) -> tuple[np.ndarray, np.ndarray]:
    """Return flipper lengths, in decimetres or scaled, and body masses in kilograms, (342,) each."""
    birds = data.penguins()
    length = birds.flipper_length / 100
    scaled = (length - length.mean()) / length.std()
    return (scaled if unit == "scaled" else length), birds.body_mass / 1000


def descend(x: np.ndarray, t: np.ndarray, lr: float, steps: int) -> np.ndarray:
    """Return (steps + 1, 3): w, b and mean squared error of gradient descent from w = b = 0."""
    w = b = 0.0
    path = [(w, b, np.mean((w * x + b - t) ** 2))]
    for _ in range(steps):
        error = w * x + b - t  # (n,)
        w, b = w - lr * 2 * np.mean(error * x), b - lr * 2 * np.mean(error)
        path.append((w, b, np.mean((w * x + b - t) ** 2)))
    return np.array(path)


def limit(x: np.ndarray) -> float:
    """Return the learning rate above which descent on the squared error moves away: 2 / the largest curvature."""
    mean = np.mean(x)
    return float(2 / np.linalg.eigvalsh(2 * np.array([[np.mean(x**2), mean], [mean, 1.0]]))[-1])


def learning_rate_scene(lr: float, flipper: str = "scaled") -> dict:
    """Return the scene of a descent: its path over the landscape, and its loss step by step."""
    x, t = flippers(flipper)
    path = descend(x, t, lr, STEPS)
    off = f"off by {np.sqrt(path[-1, 2]):.3f} kg" if path[-1, 2] < 1e4 else "blown up"
    bound = f"The limit here is {limit(x):.3f}, the best line off by {_best_error(flipper):.3f} kg."
    words = (
        f"Gradient descent with the learning rate {lr:.2g} on {flipper} flippers: after {STEPS} steps {off}. {bound}"
    )
    status = f"After {STEPS} steps: {off}, where it began with {np.sqrt(path[0, 2]):.3f} kg.\n{bound}"
    return scene(
        _landscape(flipper, path), _loss_curve(path[:, 2], _best_error(flipper) ** 2), words=words, status=status
    )


@cache
def _best_error(unit: str) -> float:
    x, t = flippers(unit)
    w, b = np.polyfit(x, t, 1)
    return float(np.sqrt(np.mean((w * x + b - t) ** 2)))


def _landscape(unit: str, path: np.ndarray) -> dict:
    w, b = RANGES[unit]
    height, contours = _ground(unit)
    return panel(
        heat(height, colors="loss"),
        line(*contours, color="loss", width=0.7),
        line(*path[:, :2].T, color="gradient", width=1.6, dots=True),
        points(*path[:1, :2].T, color="gradient", size=10),
        points(*np.polyfit(*flippers(unit), 1)[:, None], shape="cross", size=12),
        **{"x": w, "y": b, "xlabel": "w", "ylabel": "b", "size": (300, 300)},
    )


@cache
def _ground(unit: str) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return the landscape's height from 0 to 1 on a logarithmic scale, and its contours as one line with gaps."""
    x, t = flippers(unit)
    ws, bs = (np.linspace(*limits, 121) for limits in RANGES[unit])
    loss = np.array([np.mean((np.outer(ws, x) + b - t) ** 2, axis=1) for b in bs])
    levels = np.geomspace(1.2 * loss.min(), loss.max(), 13)
    height = np.log(loss / loss.min()) / np.log(loss.max() / loss.min())
    return height[::2, ::2], _contours(ws, bs, loss, levels)


def _contours(x: np.ndarray, y: np.ndarray, z: np.ndarray, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    fig, ax = plt.subplots()
    lines = [part for level in ax.contour(x, y, z, levels=levels).allsegs for part in level]
    plt.close(fig)
    gap = np.full((1, 2), np.nan)
    return tuple(np.concatenate([piece for part in lines for piece in (part, gap)]).T)


def _loss_curve(losses: np.ndarray, lowest: float) -> dict:
    return panel(
        line((0, STEPS), (lowest, lowest), color="baseline", dash=":", label="best"),
        line(range(len(losses)), losses, color="loss", dots=True),
        **{"x": (0, STEPS), "y": (0.1, 100), "log": True, "size": (300, 300)},
        **{"xlabel": "step", "ylabel": "mean squared error (kg²)"},
    )

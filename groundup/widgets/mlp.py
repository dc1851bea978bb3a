"""Interactive figures of chapter 02: the fold, and the number of hidden units against the shape of the boundary."""

from functools import cache, lru_cache

import matplotlib.pyplot as plt
import numpy as np

from groundup import data
from groundup.plotting.mlp import CORNERS, LAMP, crease, fold, seen, sheet
from groundup.widgets.controls import choice, slider
from groundup.widgets.figure import Figure, explore
from groundup.widgets.scene import cut_line, heat, line, panel, points, scene, text

GAP = np.full((1, 2), np.nan)


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + e⁻ᶻ), without overflow."""
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def relu(z: np.ndarray) -> np.ndarray:
    """Return z where it is above zero, else zero."""
    return np.maximum(0, z)


# ---- The fold -------------------------------------------------------------------------------------------------------


def folding() -> Figure:
    """Return an interactive figure of the sheet of paper that a hidden layer folds."""
    caption = (
        "Left, the sheet is turned over along the crease; right, the same seen straight from above, with the output "
        "neuron's cut, which never moves. Hold the right arrow key to fold. At which angle does the straight cut "
        "become right about all four, and why not at 90°, when the sheet stands upright?"
    )
    return explore(fold_scene, caption=caption, angle=slider(0, 180, 0, step=5, label="angle (°)", color="weight"))


def outputs(x: np.ndarray, turn: float) -> np.ndarray:
    """Return z of the network whose second hidden unit counts as much as the fold has got far, (n,).

    Hidden units ReLU(x₁ + x₂) and ReLU(x₁ + x₂ − 1), outgoing weights 1 and −(1 − cos(π·turn)), bias −1/2.
    """
    total = x.sum(axis=1)
    return relu(total) - (1 - np.cos(np.pi * turn)) * relu(total - 1) - 0.5


def fold_scene(angle: float) -> dict:
    """Return the scene of the sheet turned over by ``angle`` degrees, 0 to 180."""
    turn = angle / 180
    z = outputs(CORNERS, turn)
    right = int(((z > 1e-9) == LAMP).sum())
    each = ", ".join(f"{v + 0.0:.2f} at ({a:.0f}, {b:.0f})" for v, (a, b) in zip(z, CORNERS, strict=True)).replace(
        "-", "−"
    )
    counts = f"{np.cos(np.pi * turn) - 1 + 0.0:.2f}".replace("-", "−")
    status = f"Output z: {each}.\n{right} of 4 right. The second hidden unit counts {counts}."
    words = f"A sheet of paper with the four cases of XOR, turned over by {angle} degrees along its crease; {status}"
    return scene(_slanted(turn), _from_above(turn), words=words, status=status)


def _marks(places: np.ndarray) -> list[dict]:
    shapes = {0: ("class0", "circle", "lamp off"), 1: ("class1", "triangle", "lamp on")}
    return [
        points(*places[k == LAMP].T, color=color, shape=shape, size=12, label=label)
        for k, (color, shape, label) in shapes.items()
    ]


def _joined(lines: list[np.ndarray]) -> np.ndarray:
    """Several polylines as one with gaps, (2, n)."""
    return np.concatenate([piece for one in lines for piece in (one, GAP)]).T


def _slanted(turn: float) -> dict:
    places = seen(fold(CORNERS, turn))
    names = [
        text(x, y + (0.09 if corner.all() and turn > 0.3 else -0.15), f"{corner[0]:.0f},{corner[1]:.0f}")
        for corner, (x, y) in zip(CORNERS, places, strict=True)
    ]
    return panel(
        line(*_joined(sheet(turn)), color="faint", width=1.0),
        line(*crease().T, color="weight", width=2.0),
        *_marks(places),
        *[name | {"align": "middle"} for name in names],
        **{"x": (-0.55, 1.85), "y": (-0.6, 1.35), "equal": True, "axes": False, "size": (330, 290)},
        **{"title": "the sheet", "legend": "upper right"},
    )


def _from_above(turn: float) -> dict:
    x = y = (-0.5, 1.5)
    shadows = fold(CORNERS, turn)[:, :2]
    ruled = [fold(corners, turn)[:, :2] for corners in _rulers()]
    return panel(
        line(*_joined(ruled), color="faint", width=1.0),
        line(*cut_line([1.0, 1.0], -1.0, x, y), color="weight", width=2.0),
        line(*cut_line([1.0, 1.0], -0.5, x, y), dash="--"),
        *[mark | {"label": ""} for mark in _marks(shadows)],
        text(-0.42, 1.05, "cut"),
        text(0.95, -0.32, "crease", color="weight"),
        **{"x": x, "y": y, "equal": True, "xlabel": "x₁", "ylabel": "x₂", "size": (290, 290)},
        **{"title": "from above", "xticks": (0, 1), "yticks": (0, 1)},
    )


@cache
def _rulers() -> tuple[np.ndarray, ...]:
    ticks = np.linspace(-0.3, 1.3, 9)
    along = [np.unique(np.clip([-0.3, 1 - at, 1.3], -0.3, 1.3)) for at in ticks]
    level = [np.stack([a, np.full_like(a, at)], axis=1) for at, a in zip(ticks, along, strict=True)]
    return (*level, *(one[:, ::-1] for one in level))


# ---- Hidden units ---------------------------------------------------------------------------------------------------

SHAPES = ("moons", "ring", "XOR clouds")
STEPS = 300
CELLS = 60


def hidden_units() -> Figure:
    """Return an interactive figure of a trained network's boundary, with the number of its hidden units to choose."""
    tried: dict[str, dict[tuple[int, int], float]] = {shape: {} for shape in SHAPES}

    def draw(hidden: int, start: int, shape: str) -> dict:
        tried[shape][hidden, start] = Fit.of(shape, hidden, start).wrong
        return units_scene(hidden, start, shape, tried[shape])

    def restart() -> None:
        for one in tried.values():
            one.clear()

    caption = (
        "Left, a network that was trained on the points: solid, where p is one half; dotted, the crease of each hidden "
        "unit, where its weighted sum is 0. Between creases the boundary is straight; it can bend only where it "
        "meets one. Right, a dot for each network that you have tried. How few units does each shape need? With few, "
        "does the start matter? With many?"
    )
    units = slider(1, 16, 3, step=1, label="hidden units", color="weight")
    start = slider(0, 9, 0, step=1, label="start")
    return explore(draw, caption=caption, restart=restart, hidden=units, start=start, shape=choice(SHAPES))


@cache
def examples(shape: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return x (160, 2) and y (160,) to learn from, then 1,000 new ones, of a shape among ``SHAPES``."""
    rng = np.random.default_rng(SHAPES.index(shape))
    return (*_drawn(shape, 160, rng), *_drawn(shape, 1000, rng))


def _drawn(shape: str, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    if shape == "moons":
        x, y = data.moons(n, 0.15, rng)
        return x - np.array([0.5, 0.25]), y
    y = np.arange(n) % 2
    if shape == "ring":
        radius, angle = np.where(y, 0.45, 1.3) + 0.18 * rng.normal(size=n), rng.uniform(0, 2 * np.pi, n)
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), y
    side = np.where(rng.random(n) < 0.5, 1, -1)
    return np.stack([side, side * np.where(y, -1, 1)], axis=1) * 0.8 + 0.3 * rng.normal(size=(n, 2)), y


class Fit:
    """A network of 2 inputs, m ReLU units and a sigmoid, trained on one of the shapes.

    Attributes:
        w1, b1, w2, b2: (2, m), (m,), (m,) and a number.
        loss: mean surprise on the points that it learnt from, in nats.
        wrong: share of wrong answers on new points.
    """

    def __init__(self, shape: str, hidden: int, start: int):
        x, y, x_new, y_new = examples(shape)
        self.w1, self.b1, self.w2, self.b2 = trained(x, y, hidden, np.random.default_rng([start, hidden]))
        z = self.z(x)
        self.loss = float(np.mean(np.logaddexp(0, z) - y * z))
        self.wrong = float(np.mean((self.z(x_new) > 0) != y_new))

    @staticmethod
    @lru_cache(maxsize=512)
    def of(shape: str, hidden: int, start: int) -> "Fit":
        """Return the network of this shape, size and start; trained only once."""
        return Fit(shape, hidden, start)

    def z(self, x: np.ndarray) -> np.ndarray:
        """Return the output before the sigmoid, (n,)."""
        return relu(x @ self.w1 + self.b1) @ self.w2 + self.b2


def slopes(x: np.ndarray, y: np.ndarray, parameters: list[np.ndarray]) -> list[np.ndarray]:
    """Return the slope of the mean surprise for each of w1 (2, m), b1 (m,), w2 (m,), b2 (); chapter 03 derives them."""
    w1, b1, w2, b2 = parameters
    a = relu(x @ w1 + b1)  # (n, m)
    error = (sigmoid(a @ w2 + b2) - y) / len(y)  # (n,)
    back = error[:, None] * w2 * (a > 0)  # (n, m)
    return [x.T @ back, back.sum(axis=0), a.T @ error, error.sum()]


def trained(x: np.ndarray, y: np.ndarray, hidden: int, rng: np.random.Generator, steps: int = STEPS) -> list:
    """Return w1, b1, w2, b2 after ``steps`` of Adam (chapter 05), over all examples at once."""
    parameters = [rng.normal(size=(2, hidden)), rng.uniform(-1, 1, hidden), rng.normal(size=hidden) / hidden**0.5]
    parameters.append(np.zeros(()))
    mean, square = ([np.zeros_like(p) for p in parameters] for _ in range(2))
    for step in range(1, steps + 1):
        rate = 0.08 * (1 - step / (steps + 1)) * np.sqrt(1 - 0.99**step) / (1 - 0.9**step)
        for i, slope in enumerate(slopes(x, y, parameters)):
            mean[i] = 0.9 * mean[i] + 0.1 * slope
            square[i] = 0.99 * square[i] + 0.01 * slope**2
            parameters[i] = parameters[i] - rate * mean[i] / (np.sqrt(square[i]) + 1e-8)
    return parameters


def units_scene(hidden: int, start: int, shape: str, tried: dict[tuple[int, int], float]) -> dict:
    """Return the scene of one trained network, and of how those tried so far did on new points.

    Args:
        hidden, start, shape: which network.
        tried: (hidden, start) → share of wrong answers.
    """
    fit = Fit.of(shape, hidden, start)
    units = "1 hidden unit" if hidden == 1 else f"{hidden} hidden units"
    status = (
        f"{units}, {4 * hidden + 1} parameters: mean surprise {fit.loss:.3f} nats on 160 points, "
        f"{100 * fit.wrong:.1f} % of 1,000 new points wrong."
    )
    words = f"The boundary of a network on two classes of points ({shape}), and the crease of each unit. {status}"
    return scene(_plane(fit, shape), _tried(hidden, start, tried), words=words, status=status)


def _plane(fit: Fit, shape: str) -> dict:
    x, y = (-2.1, 2.1), (-1.8, 1.8)
    inputs, kinds, *_ = examples(shape)
    across, up = np.linspace(*x, CELLS), np.linspace(*y, CELLS)
    z = fit.z(np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)).reshape(CELLS, CELLS)
    creases = [np.array(cut_line(w, b, x, y)).T for w, b in zip(fit.w1.T, fit.b1, strict=True)]
    return panel(
        heat(sigmoid(z)),
        points(*inputs[kinds == 0].T, color="class0", size=5),
        points(*inputs[kinds == 1].T, color="class1", shape="triangle", size=5),
        line(*_joined(creases), color="weight", dash=":", width=1.2),
        line(*_level(across, up, z)),
        **{"x": x, "y": y, "equal": True, "xlabel": "x₁", "ylabel": "x₂", "size": (350, 300)},
    )


def _level(across: np.ndarray, up: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The boundary z = 0 as one polyline with gaps, (2, n)."""
    fig, ax = plt.subplots()
    found = ax.contour(across, up, z, levels=[0.0]).allsegs[0] if z.min() < 0 < z.max() else []
    plt.close(fig)
    return _joined(list(found)) if found else GAP.T


def _tried(hidden: int, start: int, tried: dict[tuple[int, int], float]) -> dict:
    wrong = {key: 100 * share for key, share in tried.items()}
    here = wrong.get((hidden, start))
    return panel(
        points([m for m, _ in wrong], list(wrong.values()), color="output", size=7),
        points([] if here is None else [hidden], [] if here is None else [here], color="loss", size=11),
        **{"x": (0, 17), "y": (0, 60), "xticks": (1, 4, 8, 12, 16), "size": (230, 300)},
        **{"xlabel": "hidden units", "ylabel": "wrong on new points (%)"},
    )

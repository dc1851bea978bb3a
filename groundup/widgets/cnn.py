"""Interactive figures of chapter 07: a canvas whose drawing a network reads, and kernels on a photograph."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from groundup import data, nn, runs
from groundup.handwriting import DIGITS, as_mnist, ink
from groundup.tensor import Tensor, no_grad
from groundup.widgets.controls import choice, pad, slider
from groundup.widgets.figure import Figure, explore
from groundup.widgets.scene import bars, image, panel, scene, text

# ---- Draw a digit ---------------------------------------------------------------------------------------------------


class Reading(NamedTuple):
    """What a network makes of a picture: ``p`` (10,) probabilities; ``maps``, one (channels, height, width) a layer."""

    p: np.ndarray
    maps: list[np.ndarray]


@cache
def shipped() -> tuple[nn.Sequential, float]:
    """Return the lecture's network with stored weights, and its accuracy on MNIST's test part.

    Of the stored run's seeds it is the one that was best on the validation part.
    """
    run = runs.load("07_lenet")
    best = int(run.result("validation_accuracy").argmax())
    model = lenet(np.random.default_rng(0))
    model.load_state_dict({name: run.arrays(f"weights.{name}")[best] for name in model.state_dict()})
    return model.eval(), float(run.result("test_accuracy")[best])


def lenet(rng: np.random.Generator) -> nn.Sequential:
    """Return the lecture's network, (N, 1, 28, 28) → (N, 10), with random weights."""
    return nn.Sequential(
        *(nn.Conv2d(1, 8, 5, padding=2, rng=rng), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 5, rng=rng), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(400, 128, rng=rng), nn.ReLU(), nn.Linear(128, 10, rng=rng)),
    )


def read(model: Callable[[Tensor], Tensor], picture: np.ndarray) -> Reading:
    """Return what a network makes of one picture, (28, 28).

    The feature maps are what leaves each activation of an ``nn.Sequential`` as images; other models show none.

    Raises:
        ValueError: the model does not give ten logits for one picture of shape (1, 1, 28, 28).
    """
    x, maps = Tensor(picture[None, None].astype(np.float32)), []
    with no_grad():
        for layer in model if isinstance(model, nn.Sequential) else [model]:
            x = layer(x)
            if isinstance(layer, ACTIVATIONS) and x.ndim == 4:
                maps.append(x.data[0])
    if x.shape != (1, 10):
        raise ValueError(f"draw_digit() wants a model from (1, 1, 28, 28) to logits (1, 10), and got {x.shape}.")
    z = x.data[0].astype(float)
    e = np.exp(z - z.max())
    return Reading(e / e.sum(), maps)


ACTIVATIONS = (nn.ReLU, nn.Tanh, nn.Sigmoid, nn.LeakyReLU, nn.GELU, nn.ELU, nn.SiLU)


def draw_digit(model: Callable[[Tensor], Tensor] | None = None) -> Figure:
    """Return a canvas: what is drawn on it is made into a picture like MNIST's, and a network reads it.

    Args:
        model: from (N, 1, 28, 28) to logits (N, 10), such as the learner's own; None takes one with stored weights.
    """
    if model is None:
        model, accuracy = shipped()
        whose = f"The weights are stored ones: {accuracy:.1%} of MNIST's test part right."
    else:
        whose = "The weights are your own."
        if hasattr(model, "eval"):
            model.eval()
    caption = (
        "Draw a digit with the mouse, a pen or a finger, or choose a ready-made one. 'What it gets' is the picture "
        "that is made of your drawing. Where does it begin to waver? Try a 7 with a bar, an open 4, two digits, "
        f"a face. {whose}"
    )
    return explore(lambda drawing: digit_scene(model, drawing), caption=caption, drawing=pad(DIGITS))


def digit_scene(model: Callable[[Tensor], Tensor], drawing: Sequence[np.ndarray]) -> dict:
    """Return the scene of a drawing, a list of strokes: the network's input, its answer, its feature maps."""
    picture = as_mnist(ink(drawing))
    p, maps = read(model, picture)
    if not drawing:
        p, said = np.zeros(10), "Draw a digit, or choose a ready-made one."
    else:
        first, second = np.argsort(p)[::-1][:2]
        said = f"It reads a {first}, {p[first]:.0%} sure. Second: a {second}, {p[second]:.0%}."
    words = f"A drawing, the picture of 28 by 28 pixels that is made of it, and the network's answer. {said}"
    return scene(_picture(picture), _answer(p), *(_maps(m, k) for k, m in enumerate(maps)), words=words, status=said)


def _picture(picture: np.ndarray) -> dict:
    return panel(
        image(picture, low=0.0, high=1.0),
        **{"x": (0, 28), "y": (0, 28), "axes": False, "size": (150, 150), "title": "what it gets"},
    )


def _answer(p: np.ndarray) -> dict:
    return panel(
        bars(range(10), p),
        **{"x": (-0.6, 9.6), "y": (0, 1), "xticks": {k: str(k) for k in range(10)}, "yticks": [0, 0.5, 1]},
        **{"size": (260, 128), "title": "how sure it is"},
    )


def _maps(maps: np.ndarray, k: int) -> dict:
    """Small images in rows of eight, all on one scale, so that a silent map stays white."""
    rows = -(-len(maps) // 8)
    high = max(float(maps.max()), 1e-6)
    places = [(at % 8, rows - 1 - at // 8) for at in range(len(maps))]
    marks = [
        image(m, low=0.0, high=high, extent=(x + 0.04, x + 0.96, y + 0.04, y + 0.96))
        for m, (x, y) in zip(maps, places, strict=True)
    ]
    return panel(
        *marks,
        **{"x": (0, 8), "y": (0, rows), "axes": False, "size": (440, 55 * rows)},
        title=f"after layer {k + 1}: {len(maps)} feature maps of {maps.shape[1]} × {maps.shape[2]}",
    )


# ---- Kernels on a photograph ----------------------------------------------------------------------------------------

KERNELS = {
    "nothing": [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
    "edges, left to right": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "edges, top to bottom": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "blur": [[1 / 9] * 3] * 3,
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
    "spots": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
}


def kernel_explorer() -> Figure:
    """Return a photograph and what a kernel of 3 × 3 makes of it: a ready-made kernel, changed weight by weight."""
    caption = (
        "Left the photograph, right what the kernel finds: orange where the patch resembles it, blue where it is its "
        "opposite. The three sliders add to the kernel's left, middle and right column. Can you turn the kernel that "
        "finds edges into one that blurs? Make one whose sum is 0, and look at the plain wall behind her."
    )
    columns = {name: slider(-2.0, 2.0, 0.0, step=0.25, color="weight") for name in ("left", "middle", "right")}
    return explore(kernel_scene, caption=caption, kernel=choice(list(KERNELS), "edges, left to right"), **columns)


def kernel_scene(kernel: str, left: float = 0.0, middle: float = 0.0, right: float = 0.0) -> dict:
    """Return the scene of a kernel on the photograph."""
    w = np.array(KERNELS[kernel], dtype=float) + np.array([left, middle, right])
    photo = data.photograph()
    found = correlate(photo, w)
    signed = w.min() < 0
    status = f"The kernel's weights add up to {w.sum():.2f}: so much of a plain grey area is left.".replace("-", "−")
    words = f"A photograph of Grace Hopper, a kernel of 3 by 3 ({kernel}), and their correlation. {status}"
    return scene(
        _photo(photo, "the photograph"),
        _kernel(w),
        _photo(found, "what the kernel finds", "signed" if signed else "grey", size=260),
        words=words,
        status=status,
    )


def correlate(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return the correlation of one image with one kernel, without padding."""
    height, width = x.shape[0] - len(w) + 1, x.shape[1] - w.shape[1] + 1
    return sum(w[i, j] * x[i : i + height, j : j + width] for i, j in np.ndindex(w.shape))


def _photo(values: np.ndarray, title: str, colors: str = "grey", size: float = 260) -> dict:
    height, width = values.shape
    # Photographs are bright where the number is high; "grey" is the colour of ink.
    shown = values if colors == "signed" else 1 - np.clip(values, 0, 1)
    options = {} if colors == "signed" else {"low": 0.0, "high": 1.0}
    return panel(
        image(shown, colors=colors, **options),
        **{"x": (0, width), "y": (0, height), "axes": False, "size": (size * width / height, size), "title": title},
    )


def _kernel(w: np.ndarray) -> dict:
    numbers = [
        text(j + 0.5, 2.5 - i, f"{w[i, j]:.2f}".replace("-", "−").replace(".00", ""), align="middle")
        for i, j in np.ndindex(w.shape)
    ]
    return panel(
        image(w, colors="signed"),
        *numbers,
        **{"x": (0, 3), "y": (0, 3), "axes": False, "size": (150, 150), "title": "the kernel"},
    )

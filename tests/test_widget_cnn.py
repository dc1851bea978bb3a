"""The canvas and the kernel explorer without a browser: scripted digits, what the scenes show, bad models."""

import itertools
import json

import numpy as np
import pytest

from groundup import Tensor, data, nn, widgets
from groundup.handwriting import DIGITS, as_mnist, ink
from groundup.widgets import SceneError, explore, pad
from groundup.widgets.cnn import KERNELS, correlate, digit_scene, kernel_scene, lenet, read, shipped
from groundup.widgets.controls import received
from groundup.widgets.scene import parts

# Where and how the scripted digits are drawn: (scale, right, down, slant, how much wider).
WAYS = [
    (1.0, 0.0, 0.0, 0.0, 1.0),
    (0.35, 0.0, 0.0, 0.0, 1.0),
    (0.5, 0.45, 0.45, 0.0, 1.0),
    (0.7, 0.05, 0.25, 0.12, 1.0),
    (0.6, 0.3, 0.0, -0.08, 1.15),
    (0.9, 0.0, 0.1, 0.08, 0.85),
]


def drawn(name, scale, right, down, slant, wider):
    """The strokes of a digit, drawn elsewhere, smaller, slanted or wider."""
    turn = np.array([[wider, 0.0], [-slant, 1.0]])
    return [np.clip(scale * (stroke @ turn) + (right, down), 0, 1) for stroke in DIGITS[name]]


def test_the_shipped_network_reads_sixty_digits_drawn_by_script():
    model, accuracy = shipped()
    assert accuracy > 0.991
    wrong = []
    for name, way in itertools.product(DIGITS, WAYS):
        p = read(model, as_mnist(ink(drawn(name, *way)))).p
        if p.argmax() != int(name):
            wrong.append((name, way, int(p.argmax())))
    assert wrong == []


def test_every_ready_made_digit_is_read_and_the_model_is_sure():
    model, _ = shipped()
    for name, strokes in DIGITS.items():
        p = read(model, as_mnist(ink(strokes))).p
        assert p.argmax() == int(name) and p.max() > 0.8


def test_the_shipped_weights_reach_their_accuracy():
    model, _ = shipped()
    x, y = data.mnist().validation
    right = model(Tensor(x[:1000, None])).data.argmax(axis=1) == y[:1000]
    assert right.mean() > 0.98


def test_the_scene_shows_input_answer_and_both_layers_maps():
    model, _ = shipped()
    flat = parts(digit_scene(model, DIGITS["3"]))
    assert flat[""]["status"].startswith("It reads a 3, ")
    assert flat[""]["words"].endswith(flat[""]["status"])
    assert np.argmax(flat["1.0"]["y"]) == 3 and sum(flat["1.0"]["y"]) == pytest.approx(1, abs=1e-4)
    assert len([key for key in flat if key.startswith("2.")]) == 8
    assert len([key for key in flat if key.startswith("3.")]) == 16
    assert "8 feature maps of 28 × 28" in flat["2"]["title"] and "16 feature maps of 10 × 10" in flat["3"]["title"]


def test_an_empty_canvas_claims_nothing():
    model, _ = shipped()
    flat = parts(digit_scene(model, []))
    assert flat[""]["status"] == "Draw a digit, or choose a ready-made one."
    assert flat["1.0"]["y"] == [0.0] * 10
    json.dumps(flat, allow_nan=False)


def test_the_figure_follows_the_strokes():
    figure = widgets.draw_digit()
    assert "99." in figure.caption and "stored" in figure.caption
    flat = [stroke.ravel().tolist() for stroke in drawn("7", *WAYS[2])]
    for k in range(1, len(flat[0]) // 2 + 1):
        figure.set_state({"values": {"drawing": [flat[0][: 2 * k]]}, "asked": figure.asked + 1})
        assert figure.problem == "" and figure.answered == figure.asked
    assert "It reads a 7" in figure.parts()[""]["status"]
    assert {"0", "1", "2", "3"}.isdisjoint(figure.changes), "frames are not sent again"
    figure.start_again()
    assert figure.values == {"drawing": []}


def test_a_learners_own_model_can_be_anything_that_gives_ten_logits():
    rng = np.random.default_rng(0)
    own = lenet(rng)
    own.train()
    figure = widgets.draw_digit(own)
    assert "your own" in figure.caption and not own.training
    mlp = nn.Sequential(nn.Flatten(), nn.Linear(784, 10, rng=rng))
    assert [key for key in parts(digit_scene(mlp, DIGITS["1"])) if "." not in key] == ["", "0", "1"]
    function = lambda x: own(x)  # noqa: E731 - not a Sequential
    reading = read(function, as_mnist(ink(DIGITS["5"])))
    assert reading.maps == [] and np.allclose(reading.p, read(own, as_mnist(ink(DIGITS["5"]))).p)


def test_a_model_that_gives_something_else_is_refused():
    with pytest.raises(ValueError, match=r"logits \(1, 10\), and got \(1, 784\)"):
        widgets.draw_digit(nn.Sequential(nn.Flatten()))


def test_huge_logits_overflow_nowhere():
    def sure(x):
        return Tensor(np.array([[-900.0, 900.0] + [0.0] * 8]))

    with np.errstate(all="raise", under="ignore"):
        assert read(sure, np.zeros((28, 28))).p.argmax() == 1


# ---- The canvas as a control ----------------------------------------------------------------------------------------


def test_a_pad_gives_strokes_and_brings_its_examples():
    control = pad({"line": [np.array([[0.0, 0.5], [1.0, 0.5]])]})
    assert control["examples"] == {"line": [[0.0, 0.5, 1.0, 0.5]]} and control["value"] == []
    (stroke,) = received(control, [[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]])
    assert stroke.tolist() == [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]
    assert received(control, []) == []
    json.dumps(control)
    with pytest.raises(ValueError, match=r"points \(k, 2\) and got one of \(3,\) in 'bad'"):
        pad({"bad": [[1, 2, 3]]})


def test_a_pad_stands_beside_other_controls():
    def show(drawing, size):
        scene = digit_scene(lambda x: Tensor(np.zeros((1, 10)) + size), drawing)
        return scene | {"status": f"{len(drawing)} strokes, {size}"}

    figure = explore(show, drawing=pad(), size=widgets.slider(1.0, 3.0, 2.0))
    figure.move(drawing=[[0.1, 0.1, 0.5, 0.5]], size=3)
    assert figure.parts()[""]["status"] == "1 strokes, 3.0"


# ---- The kernel explorer --------------------------------------------------------------------------------------------


def test_the_photograph_is_grey_and_fixed():
    photo = data.photograph()
    assert photo.shape == (150, 128) and 0 <= photo.min() < 0.1 and 0.9 < photo.max() <= 1
    photo[:] = 0
    assert data.photograph().max() > 0.9, "every call gives a fresh array"


def test_a_missing_photograph_is_said_with_its_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr("matplotlib.get_data_path", lambda: str(tmp_path))
    with pytest.raises(data.DataError, match="Matplotlib"):
        data.photograph()


def test_correlation_is_the_slow_one():
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(6, 5)), rng.normal(size=(3, 2))
    slow = [[np.sum(x[i : i + 3, j : j + 2] * w) for j in range(4)] for i in range(4)]
    assert np.allclose(correlate(x, w), slow)


def test_kernels_do_what_their_names_say():
    step = np.repeat([[0.0] * 4 + [1.0] * 4], 6, axis=0)
    assert correlate(step, np.array(KERNELS["edges, left to right"])).max() == 4
    assert not correlate(step, np.array(KERNELS["edges, top to bottom"])).any()
    assert np.array_equal(correlate(step, np.array(KERNELS["nothing"])), step[1:-1, 1:-1])
    assert np.allclose(np.sum(KERNELS["blur"]), 1) and np.sum(KERNELS["spots"]) == 0


def test_the_explorers_sliders_add_to_the_columns():
    flat = parts(kernel_scene("nothing", 1.0, -0.5, 0.25))
    assert [flat[f"1.{k}"]["text"] for k in range(1, 10)] == [
        *("1", "−0.50", "0.25"),
        *("1", "0.50", "0.25"),
        *("1", "−0.50", "0.25"),
    ]
    assert "add up to 3.25" in flat[""]["status"]
    figure = widgets.kernel_explorer()
    before = figure.parts()
    figure.move(kernel="blur")
    assert figure.parts() != before and "0.0" not in figure.changes, "the photograph is not sent again"


def test_a_kernel_of_nothing_can_be_drawn():
    for name in KERNELS:
        json.dumps(parts(kernel_scene(name, -2.0, 2.0, 0.0)), allow_nan=False)
    with pytest.raises(SceneError):
        parts({"panels": [{"marks": []}], "words": ""})

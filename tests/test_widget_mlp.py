"""Chapter 02's interactive figures without a browser: what the fold computes, what the trained networks are."""

import json

import numpy as np
import pytest

from groundup import widgets
from groundup.plotting.mlp import CORNERS, LAMP, fold
from groundup.widgets.mlp import SHAPES, Fit, examples, fold_scene, outputs, slopes, trained, units_scene
from groundup.widgets.scene import parts

# ---- The fold -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", [0.0, 0.25, 0.6, 1.0])
def test_the_network_is_a_plain_neuron_on_the_shadow_of_the_fold(turn):
    x = np.random.default_rng(0).uniform(0, 2, size=(100, 2))
    np.testing.assert_allclose(outputs(x, turn), fold(x, turn)[:, :2].sum(axis=1) - 0.5, atol=1e-12)


def test_the_fold_gets_the_fourth_case_right_from_120_degrees_on():
    right = {angle: parts(fold_scene(angle))[""]["status"].count("4 of 4 right") for angle in range(0, 181, 5)}
    assert [angle for angle, yes in right.items() if yes] == list(range(120, 181, 5))
    np.testing.assert_array_equal(outputs(CORNERS, 1.0) > 0, LAMP)


def test_the_status_says_the_numbers_on_paper():
    assert "−0.50 at (0, 0), 0.50 at (0, 1), 0.50 at (1, 0), −0.50 at (1, 1)" in fold_scene(180)["status"]
    assert "counts −2.00" in fold_scene(180)["status"] and "counts 0.00" in fold_scene(0)["status"]


def test_the_fold_moves_when_the_slider_does():
    figure = widgets.folding()
    before = figure.parts()
    figure.move(angle=90)
    assert figure.changes and figure.parts() != before
    assert "3 of 4 right" in figure.parts()[""]["status"]
    figure.start_again()
    assert figure.parts() == before


# ---- Hidden units ---------------------------------------------------------------------------------------------------


def test_the_slopes_agree_with_nudging():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(7, 2)), rng.integers(0, 2, 7)
    parameters = [rng.normal(size=shape) for shape in [(2, 3), (3,), (3,), ()]]

    def loss():
        w1, b1, w2, b2 = parameters
        z = np.maximum(0, x @ w1 + b1) @ w2 + b2
        return np.mean(np.logaddexp(0, z) - y * z)

    for p, slope in zip(parameters, slopes(x, y, parameters), strict=True):
        for index in np.ndindex(p.shape):
            ends, old = [], p[index].copy()
            for side in (1e-6, -1e-6):
                p[index] = old + side
                ends.append(loss())
            p[index] = old
            assert np.isclose(np.asarray(slope)[index], (ends[0] - ends[1]) / 2e-6, atol=1e-8)


@pytest.mark.parametrize("shape", SHAPES)
def test_many_units_learn_every_shape_and_one_does_not(shape):
    assert Fit.of(shape, 16, 0).wrong < 0.05 < 0.1 < Fit.of(shape, 1, 0).wrong


def test_with_few_units_the_start_matters_and_with_many_it_does_not():
    few, many = ([Fit.of("moons", m, start).wrong for start in range(10)] for m in (3, 16))
    assert max(few) > 0.1 and min(few) < 0.05
    assert max(many) < 0.05


@pytest.mark.parametrize("shape", SHAPES)
def test_the_points_are_the_same_each_time_and_both_kinds_are_there(shape):
    x, y, x_new, y_new = examples(shape)
    assert x.shape == (160, 2) and x_new.shape == (1000, 2)
    assert y.mean() == y_new.mean() == 0.5
    examples.cache_clear()
    np.testing.assert_array_equal(examples(shape)[0], x)
    assert np.abs(x).max(axis=0)[0] < 2.1, "outside of the picture"


def test_training_lowers_the_surprise():
    x, y, *_ = examples("ring")
    before, after = (trained(x, y, 6, np.random.default_rng(2), steps=steps) for steps in (1, 200))
    losses = []
    for w1, b1, w2, b2 in (before, after):
        z = np.maximum(0, x @ w1 + b1) @ w2 + b2
        losses.append(np.mean(np.logaddexp(0, z) - y * z))
    assert losses[1] < 0.5 * losses[0]


@pytest.mark.parametrize("hidden", [1, 5, 16])
def test_the_scene_shows_the_boundary_and_a_crease_a_unit(hidden):
    flat = parts(units_scene(hidden, 1, "moons", {(hidden, 1): 0.1}))
    json.dumps(flat, allow_nan=False)
    assert flat["0.3"]["x"].count(None) == hidden, "creases are parted by gaps"
    fit = Fit.of("moons", hidden, 1)
    solid = np.array([flat["0.4"]["x"], flat["0.4"]["y"]], float).T
    at = solid[~np.isnan(solid).any(axis=1)]
    assert np.abs(fit.z(at)).max() < 0.3 * np.abs(fit.z(examples("moons")[0])).max()
    assert f"{4 * hidden + 1} parameters" in flat[""]["status"]


def test_a_network_that_says_the_same_everywhere_has_no_boundary(monkeypatch):
    fit = Fit.of("moons", 2, 0)
    monkeypatch.setattr(fit, "w2", 0 * fit.w2)
    monkeypatch.setattr(fit, "b2", np.array(1.0))
    assert parts(units_scene(2, 0, "moons", {}))["0.4"]["x"] == [None]


def test_what_was_tried_is_kept_until_start_again():
    figure = widgets.hidden_units()
    figure.move(hidden=4)
    figure.move(hidden=5, start=2)
    assert figure.parts()["1.0"]["x"] == [3.0, 4.0, 5.0]
    figure.move(shape="ring")
    assert figure.parts()["1.0"]["x"] == [5.0]
    figure.start_again()
    assert figure.parts()["1.0"]["x"] == [3.0]

"""The figure of capacity and noise: what it solves, and what it shows."""

import json

import numpy as np
import pytest

from groundup import widgets
from groundup.widgets import generalization
from groundup.widgets.generalization import (
    ACROSS,
    MOST,
    SIZES,
    capacity_scene,
    error_curves,
    hidden,
    sample,
    solve,
    truth,
)
from groundup.widgets.scene import parts


def test_the_solution_is_where_the_slope_is_zero():
    x, t = sample(12, 0.4, seed=3)
    for size in (3, 40):
        a = hidden(x, size)
        w = solve(a, t, 0.05)
        assert w.shape == (size,)
        np.testing.assert_allclose(a.T @ (a @ w - t) + 0.05 * w, 0, atol=1e-9)
        primal = np.linalg.solve(a.T @ a + 0.05 * np.eye(size), a.T @ t)
        np.testing.assert_allclose(w, primal, atol=1e-9)


def test_a_network_is_the_beginning_of_a_larger_one():
    small, large = hidden(ACROSS, 5) * np.sqrt(5), hidden(ACROSS, 9) * 3
    np.testing.assert_allclose(small, large[:, :5])
    assert (small >= 0).all() and (small == 0).any()


def test_more_noise_moves_the_same_points():
    (x, calm), (same, noisy) = sample(10, 0.0, 2), sample(10, 0.8, 2)
    np.testing.assert_array_equal(x, same)
    np.testing.assert_allclose(calm, truth(x))
    np.testing.assert_allclose((noisy - calm) / 0.8, (sample(10, 0.4, 2)[1] - calm) / 0.4)
    assert np.array_equal(sample(20, 0.4, 2)[1][:10], sample(10, 0.4, 2)[1])


def test_errors_show_underfitting_overfitting_and_what_a_penalty_does():
    train, test = error_curves(0.4, 20, 1e-7)
    best = test.argmin()
    assert 3 < SIZES[best] < 30
    assert test[0] > 1.5 * test[best] and test[-1] > 2 * test[best]
    assert train[-1] < train[best] < train[0] and (test > train).all()
    assert test.min() > 0.4**2, "fresh points are noisy too"
    assert error_curves(0.4, 20, 1e-3)[1][-1] < test.min(), "300 units with a penalty beat the best size without"
    assert error_curves(0.0, 20, 1e-7)[1][-1] < 0.05, "without noise, room does no harm"


def test_the_scene_says_what_it_shows():
    shown = capacity_scene(units=10.2, noise=0.4, n=20, penalty=1e-7)
    assert "10 units, 20 points" in shown["status"] and "10 hidden units" in shown["words"]
    left, right = shown["panels"]
    dots = next(mark for mark in left["marks"] if mark["kind"] == "points")
    np.testing.assert_array_equal(dots["y"], sample(20, 0.4, 0)[1])
    fitted = left["marks"][1]["y"]
    np.testing.assert_allclose(fitted, hidden(ACROSS, 10) @ solve(hidden(dots["x"], 10), dots["y"], 1e-7))
    here = next(mark for mark in right["marks"] if mark.get("color") == "weight")
    assert here["x"][0] == pytest.approx(1.0)
    labels = [mark["label"] for mark in right["marks"] if mark.get("label")]
    assert labels == ["training", "fresh"]


@pytest.mark.parametrize("units", [1.0, 300.0])
@pytest.mark.parametrize("noise", [0.0, 1.0])
@pytest.mark.parametrize("n", [5, 50])
@pytest.mark.parametrize("penalty", [1e-7, 10.0])
def test_every_corner_can_be_sent(units, noise, n, penalty):
    json.dumps(parts(capacity_scene(units, noise, n, penalty)), allow_nan=False)


def test_each_control_changes_the_picture():
    figure = widgets.capacity()
    assert set(figure.values) == {"units", "noise", "n", "penalty"}
    for name, value in {"units": 90.0, "noise": 0.8, "n": 40, "penalty": 0.1}.items():
        figure.start_again()
        before = figure.parts()
        figure.move(**{name: value})
        assert figure.error is None and figure.parts() != before
    assert generalization.MOST == MOST == SIZES[-1]

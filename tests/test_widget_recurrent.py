"""The interactive figure of chapter 09 without a browser."""

import json

import numpy as np
import pytest

from groundup import ladder, nn, runs, widgets
from groundup.tensor import no_grad
from groundup.widgets.recurrent import ORDERS, SHOWN, chosen, expected, read, reading_scene, turned_over
from groundup.widgets.scene import parts


@pytest.fixture(scope="module")
def package():
    """The stored network, built from the package's layers: tokens → states, logits."""
    run = runs.load("09_names_gru")
    points, cell, out = nn.Embedding(27, 16), nn.GRU(16, 128, batch_first=True), nn.Linear(128, 27)
    for layer, prefix in ((points, "points"), (cell, "cell"), (out, "out")):
        for name, p in layer.named_parameters():
            p.data[...] = run.arrays(f"{prefix}.{name}")[0]

    def model(x):
        with no_grad():
            states, _ = cell(points(x))
            return states.data, out(states).data

    return model


def test_it_is_the_stored_network(package):
    x, _ = ladder.encode(["annabelle"])
    states, z = package(x)
    mine = read("annabelle")
    assert np.allclose(mine, states[0], atol=1e-4)
    p = np.exp(z[0, -1].astype(float))
    assert np.allclose(expected(mine[-1]), p / p.sum(), atol=1e-4)


@pytest.mark.parametrize("name", ["", "a", "annabelle", "maximilianchristopher"])
@pytest.mark.parametrize("rows", ORDERS)
def test_the_scene_can_be_drawn(name, rows):
    flat = parts(reading_scene(name, 0, rows))
    json.dumps(flat, allow_nan=False)
    assert flat[""]["words"].startswith("State of a GRU while it reads")
    bars = np.array(flat["1.0"]["y"])
    assert len(bars) == 27 and np.isclose(bars.sum(), 1, atol=1e-4)


def test_going_back_shows_what_was_expected_before():
    whole, back = (np.array(parts(reading_scene(*args))["1.0"]["y"]) for args in (("ann", 0), ("anna", 1)))
    assert np.allclose(whole, back)
    assert not np.allclose(whole, parts(reading_scene("anna", 0))["1.0"]["y"])
    assert parts(reading_scene("ann", 8)) == parts(reading_scene("ann", 3)), "not before the start"


def test_units_are_chosen_by_how_much_they_change():
    states = read("annabelle")
    change = np.abs(np.diff(states, axis=0)).mean(axis=0) / (np.abs(states).mean(axis=0) + 0.1)
    first, stay, move = (chosen(states, rows) for rows in ORDERS)
    assert all(len(set(rows)) == SHOWN for rows in (first, stay, move))
    assert change[stay].max() < change[move].min()
    assert np.array_equal(first, np.arange(SHOWN))


def test_turned_over_counts_changes_of_sign():
    assert turned_over(np.array([[1.0, -1, 2, 3], [2.0, 1, -1, 1]]), 1) == 0.5


def test_the_figure_answers_its_controls():
    figure = widgets.reading()
    before = figure.parts()
    for values in ({"name": "annabell"}, {"back": 2}, {"rows": ORDERS[1]}):
        figure.start_again()
        figure.move(**values)
        assert figure.parts() != before
    figure.start_again()
    assert figure.parts() == before

"""Figures of chapter 11: what they draw, not how pretty it is."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from groundup import plotting
from groundup.plotting import COLORS


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_choices_crosses_what_cannot_be_drawn():
    axes = plotting.choices({"all": [0.5, 0.3, 0.2], "two": [0.6, 0.0, 0.4]}, "abc")
    assert [bar.get_height() for bar in axes[1].patches] == [0.6, 0.0, 0.4]
    assert [ax.lines[0].get_xdata().tolist() for ax in axes] == [[], [1]]
    assert [t.get_text() for t in axes[0].get_xticklabels()] == list("abc")
    assert axes[0].get_ylim() == axes[1].get_ylim() == (0, 1)


def test_a_surprising_text_is_darker_where_it_surprised_more():
    ax = plotting.surprising_text("ab\nc", [0.0, 3.0, 1.0, 60.0], ceiling=6.0)
    assert [patch.get_alpha() for patch in ax.patches] == pytest.approx([0, 0.4, 0.8 / 6, 0.8])
    assert [t.get_text() for t in ax.texts] == ["a", "b", "¶", "c"]
    assert [t.get_position() for t in ax.texts] == [(0, 0), (1, 0), (2, 0), (0, 1)]
    assert {to_hex(patch.get_facecolor()).upper() for patch in ax.patches} == {COLORS["loss"]}


def test_a_text_wants_a_surprise_for_each_character():
    with pytest.raises(ValueError, match="each of 3 characters, got 2"):
        plotting.surprising_text("abc", [1.0, 2.0])


def test_learning_curves_have_their_own_x_and_their_name_at_the_end():
    ax = plotting.learning(
        {"one": ([0, 10], [3.0, 2.0]), "two": ([0, 5, 20], [3.0, 2.5, 1.0])},
        labels=("seconds", "nats"),
        levels={"counts": 2.5},
    )
    curves = ax.lines[:2]
    assert [line.get_xdata().tolist() for line in curves] == [[0, 10], [0, 5, 20]]
    assert [t.get_text().strip() for t in ax.texts] == ["one", "two", "counts"]
    assert ax.texts[1].xy == (20, 1.0)
    assert list(ax.lines[2].get_ydata()) == [2.5, 2.5]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("seconds", "nats")


def test_cache_costs_are_shown_in_millions_and_milliseconds():
    counts = {"all": np.array([2e6, 8e6]), "cache": np.array([1e6, 1.5e6])}
    seconds = {"all": [0.002, 0.01], "cache": [0.001, 0.001]}
    axes = plotting.cache_costs([32, 64], counts, seconds)
    assert np.allclose(axes[0].lines[0].get_ydata(), [2, 8])
    assert np.allclose(axes[1].lines[1].get_ydata(), [1, 1])
    assert [ax.get_ylim()[0] for ax in axes] == [0, 0]
    assert "milliseconds" in axes[1].get_ylabel()

"""Figures of chapter 09: what they draw, not how pretty it is."""

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


def test_accuracy_by_length_draws_seeds_thin_and_their_mean_thick():
    lengths = [1, 2, 3, 4]
    values = np.array([[1.0, 0.9, 0.5, 0.0], [1.0, 0.7, 0.3, 0.0]])
    ax = plotting.accuracy_by_length({"GRU": values, "other": np.ones(4)}, lengths, learnt=3)
    drawn = [line.get_ydata() for line in ax.lines]
    assert np.array_equal(drawn[0], values[0]) and np.array_equal(drawn[1], values[1])
    assert np.allclose(drawn[2], [1, 0.8, 0.4, 0])
    assert ax.lines[2].get_linewidth() > ax.lines[0].get_linewidth()
    words = {t.get_text().strip(): t for t in ax.texts}
    assert words["GRU"].xy == (3, pytest.approx(0.4)) and words["other"].xy == (4, 1)
    assert "longer than any it learnt from" in words
    [shade] = ax.patches
    assert shade.get_x() == 3.5


def test_nothing_is_shaded_where_no_string_is_longer_than_those_learnt_from():
    ax = plotting.accuracy_by_length({"GRU": np.ones(3)}, [1, 2, 3], learnt=3)
    assert len(ax.patches) == 0


def test_name_lengths_singles_out_what_fits_into_the_window():
    ax = plotting.name_lengths([2, 3, 3, 5, 5, 5], sees=3)
    heights = {round(bar.get_x() + 0.4): bar.get_height() for bar in ax.patches}
    assert [heights[k] for k in range(6)] == [0, 0, 1, 2, 0, 3]
    blue = {round(b.get_x() + 0.4) for b in ax.patches if to_hex(b.get_facecolor()).upper() == COLORS["output"]}
    assert blue == {0, 1, 2, 3}


def test_unrolled_has_a_cell_a_letter_and_one_state_more():
    ax = plotting.unrolled("emma")
    words = [t.get_text() for t in ax.texts]
    assert words.count("cell") == 4 and words.count("next?") == 4
    assert [w for w in words if w.startswith("$h")] == [f"$h_{j}$" for j in range(5)]
    assert [w for w in words if len(w) == 1] == list("emma")


def test_hidden_states_has_a_column_a_letter_on_a_scale_around_zero():
    states = np.linspace(-0.5, 0.9, 12).reshape(3, 4)
    ax = plotting.hidden_states(states, ".em", units=2)
    shown = ax.images[0]
    assert np.array_equal(np.asarray(shown.get_array()), states[:, :2].T)
    assert shown.get_clim() == (-1, 1)
    assert [t.get_text() for t in ax.get_xticklabels()] == [".", "e", "m"]


def test_forecasts_draws_what_came_and_what_was_told():
    time, came = np.arange(5.0), np.array([1.0, 2, 3, 2, 1])
    ax = plotting.forecasts(time, came, {"line": came + 1, "GRU": came - 1}, label="spots")
    assert [line.get_label() for line in ax.lines] == ["measured", "line", "GRU"]
    assert np.array_equal(ax.lines[2].get_ydata(), came - 1)
    assert ax.get_ylabel() == "spots"


def test_lengths_are_whole_numbers_on_the_axis():
    lengths = list(range(1, 21))
    ax = plotting.accuracy_by_length({"GRU": np.linspace(1, 0, 20)}, lengths)
    ticks = ax.get_xticks()
    assert np.array_equal(ticks, np.round(ticks)) and len(ticks) >= 4


def test_a_name_stands_behind_a_curve_that_passes_through_its_place():
    lengths = np.arange(1, 21)
    early, late = np.interp(lengths, [1, 3], [1.0, 0.0]), np.interp(lengths, [2, 4], [1.0, 0.0])
    ax = plotting.accuracy_by_length({"late": late, "early": early}, lengths)
    words = {t.get_text().strip(): t for t in ax.texts}
    assert words["early"].xy == (2, 0.5) and words["early"].xyann[0] > 4
    assert words["late"].xyann == words["late"].xy

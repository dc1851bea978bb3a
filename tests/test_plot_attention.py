"""Figures of chapter 10: what they draw, not how pretty it is."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch

from groundup import plotting


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_lookups_draws_thicker_arcs_for_larger_weights_and_says_each():
    ax = plotting.lookups(["cat", "sat", "it"], [0.6, 0.3, 0.1])
    arcs = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    widths = [arc.get_linewidth() for arc in arcs]
    assert len(arcs) == 3 and widths == sorted(widths, reverse=True)
    words = [t.get_text() for t in ax.texts]
    assert {"cat", "sat", "it", "0.6", "0.3", "0.1", "asks"} <= set(words)


def test_a_word_without_weight_gets_no_arc():
    ax = plotting.lookups(["a", "b"], [0.0, 1.0])
    assert sum(isinstance(patch, FancyArrowPatch) for patch in ax.patches) == 1


def test_attention_maps_show_all_weights_on_one_scale():
    weights = np.array([[1.0, 0.0, 0.0], [0.5, 0.5, 0.0]])
    axes = plotting.attention_maps({"one": weights, "two": weights / 2}, list("abc"), list("xy"))
    assert [ax.images[0].get_clim() for ax in axes] == [(0, 1), (0, 1)]
    assert np.array_equal(np.asarray(axes[0].images[0].get_array()), weights)
    assert [t.get_text() for t in axes[1].get_xticklabels()] == ["a", "b", "c"]
    assert [t.get_text() for t in axes[1].get_yticklabels()] == ["x", "y"]
    assert [ax.texts[0].get_text() for ax in axes] == ["one", "two"]


def test_place_surprise_begins_at_the_second_place_and_marks_the_second_copy():
    values = np.array([[3.0, 3.2, 0.5], [3.0, 3.4, 0.3]])
    ax = plotting.place_surprise({"one": values[0], "two": values}, again=4, chance=3.3)
    single, mean = ax.lines[1], ax.lines[4]  # thin lines of the seeds stand before each mean
    assert single.get_xdata().tolist() == [2, 3, 4]
    assert np.allclose(mean.get_ydata(), [3.0, 3.3, 0.4])
    assert any(set(np.ravel(line.get_xdata())) == {3.5} for line in ax.lines)
    assert any(set(np.ravel(line.get_ydata())) == {3.3} for line in ax.lines)
    assert {"one", "two"} <= {t.get_text().strip() for t in ax.texts}


def test_sharpness_has_a_curve_for_each_way_and_a_tick_for_each_width():
    ax = plotting.sharpness([4, 16, 64], {"bare": [0.4, 0.7, 0.9], "scaled": [0.2, 0.2, 0.2]})
    assert [line.get_ydata().tolist() for line in ax.lines] == [[0.4, 0.7, 0.9], [0.2, 0.2, 0.2]]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["4", "16", "64"]
    assert ax.get_xscale() == "log"

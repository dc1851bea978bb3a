"""Figures of chapter 05: what they draw."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from groundup import plotting


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def bowl(u, v):
    return u**2 + 2 * v**2


def test_histograms_have_a_row_a_way_and_hide_nothing_that_lies_outside():
    rng = np.random.default_rng(0)
    axes = plotting.histograms(
        {"narrow": [rng.normal(size=(50, 4))] * 3, "wide": [rng.normal(0, 9, (50, 4))] * 3}, reach=1
    )
    assert axes.shape == (2, 3)
    assert [ax.get_title() for ax in axes[0]] == ["layer 1", "layer 2", "layer 3"]
    for ax in axes.flat:
        assert sum(bar.get_height() for bar in ax.patches) == 200
    edges = [axes[1, 0].patches[k].get_height() for k in (0, -1)]
    assert min(edges) > 50


def test_sizes_are_named_at_their_ends_on_a_logarithmic_axis():
    ax = plotting.sizes({"fades": [1, 0.1, 0.01], "stays": [1, 1, 1]}, labels=("layer", "size"))
    assert [t.get_text().strip() for t in ax.texts] == ["fades", "stays"]
    assert ax.get_yscale() == "log"
    assert ax.lines[0].get_xdata().tolist() == [1, 2, 3]


def test_paths_draw_each_walk_with_its_start_and_the_lowest_place():
    walk = np.array([[2.0, 1.0], [1.0, 0.5], [0.5, 0.2]])
    axes = plotting.paths(bowl, {"a": walk, "b": walk[:2]}, x=(-3, 3), y=(-2, 2), lowest=(0.1, -0.1))
    assert [ax.get_title() for ax in axes] == ["a", "b"]
    path, start, cross = axes[1].lines
    np.testing.assert_array_equal(path.get_xydata(), walk[:2])
    np.testing.assert_array_equal(start.get_xydata(), walk[:1])
    np.testing.assert_array_equal(cross.get_xydata(), [[0.1, -0.1]])


def test_rates_ring_the_best_and_put_what_blew_up_on_top():
    ax = plotting.rates({"a": ([0.1, 1.0, 10.0, 100.0], [2.0, 0.5, 9.0, np.inf])}, labels=("rate", "loss"), ceiling=3)
    curve, above, ring = ax.lines
    assert curve.get_xydata().tolist() == [[0.1, 2.0], [1.0, 0.5]]
    assert above.get_xydata().tolist() == [[10.0, 3.0], [100.0, 3.0]]
    assert ring.get_xydata().tolist() == [[1.0, 0.5]]
    assert ax.get_xscale() == "log"


def test_repairs_show_wrong_answers_in_percent_with_their_mean():
    ax = plotting.repairs({"before": [0.1, 0.2], "after": [0.96, 0.98]}, label="wrong (%)")
    assert [t.get_text() for t in ax.texts] == ["85.0 %", "3.0 %"]
    np.testing.assert_allclose(ax.lines[2].get_xdata(), [4, 2])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["before", "after"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_the_ward_draws_healthy_behind_sick_and_says_how_high_a_curve_got():
    axes = plotting.ward({"A": [2.0, 1.5, 1.0], "B": [2.0, 400.0, 2.0]}, [2.0, 1.0, 0.5], chance=2.3)
    assert [ax.get_title() for ax in axes] == ["A", "B"]
    for ax, values in zip(axes, ([2.0, 1.5, 1.0], [2.0, 400.0, 2.0]), strict=True):
        chance, healthy, sick = ax.lines
        assert chance.get_ydata()[0] == 2.3
        assert healthy.get_ydata().tolist() == [2.0, 1.0, 0.5]
        assert sick.get_ydata().tolist() == values
    assert [len(ax.texts) for ax in axes] == [0, 1]
    assert axes[1].texts[0].get_text() == "first 2.0, highest 400"

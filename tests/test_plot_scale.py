"""Figures of chapter 12: what they draw, not how pretty it is."""

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


def test_model_sizes_puts_ours_below_and_theirs_above_each_at_its_size():
    ax = plotting.model_sizes({"ours": 7850}, {"theirs": 175e9, "other": 124_439_808})
    marks = {float(line.get_xdata()[0]): line.get_marker() for line in ax.lines if len(line.get_xdata()) == 1}
    assert set(marks) == {7850.0, 175e9, 124_439_808.0}
    assert marks[7850.0] != marks[175e9], "told apart without colour too"
    heights = {t.get_text().split("\n")[0]: t.get_position()[1] for t in ax.texts}
    assert heights["ours"] < 0 < heights["theirs"] and heights["theirs"] != heights["other"]
    assert [t.get_text().split("\n")[1] for t in ax.texts] == ["7,850", "175 billion", "124 million"]
    assert ax.get_xscale() == "log"


def test_a_box_for_each_token_as_wide_as_its_characters():
    ax = plotting.token_boxes({"letters": list("to be"), "pieces": ["to", " be"]})
    assert [round(box.get_width() + 0.1) for box in ax.patches] == [1] * 5 + [2, 3]
    first, second = ax.patches[5], ax.patches[6]
    assert to_hex(first.get_facecolor()) != to_hex(second.get_facecolor()), "neighbours are told apart"
    text = [t.get_text() for t in ax.texts]
    assert text == ["letters", *"to␣be", "pieces", *"to␣be"]
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert all(left < box.get_x() and box.get_x() + box.get_width() < right for box in ax.patches)
    assert all(low < box.get_y() and box.get_y() + box.get_height() < high for box in ax.patches)


def test_cross_map_has_the_written_as_rows():
    looked = np.array([[0.9, 0.1, 0.0], [0.2, 0.3, 0.5]])
    ax = plotting.cross_map(looked, ["a", " ", "c"], ["x", "y"])
    assert np.array_equal(np.asarray(ax.images[0].get_array()), looked)
    assert [t.get_text() for t in ax.get_xticklabels()] == ["a", "␣", "c"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["x", "y"]


def test_sizes_and_losses_has_means_spread_and_laws():
    x = np.geomspace(1e4, 1e8, 5)
    ax = plotting.sizes_and_losses([1e4, 1e5], [[2.0, 2.2], [1.8, 1.8]], {"floor 0": (x, 3 * x**-0.05)})
    assert np.allclose(ax.containers[0].lines[0].get_ydata(), [2.1, 1.8])
    bars = ax.containers[0].lines[2][0].get_segments()
    assert np.allclose(bars[0], [[1e4, 2.0], [1e4, 2.2]])
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert any(np.allclose(line.get_xdata(), x) for line in ax.lines if len(line.get_xdata()) == 5)
    assert [t.get_text().strip() for t in ax.texts] == ["floor 0"]


def test_two_ladders_stand_side_by_side_from_top_to_bottom():
    digits, names = {"guess": 0.1, "network": 0.99}, {"uniform": 3.3, "pairs": 2.46, "GPT": 1.9}
    left, right = plotting.two_ladders(digits, names)
    assert [bar.get_width() for bar in left.patches] == list(digits.values())
    assert [bar.get_width() for bar in right.patches] == list(names.values())
    assert [t.get_text() for t in left.texts] == ["10.0%", "99.0%"]
    assert {to_hex(bar.get_facecolor()).upper() for bar in right.patches} == {COLORS["loss"]}
    assert all(ax.get_ylim()[0] > ax.get_ylim()[1] for ax in (left, right))

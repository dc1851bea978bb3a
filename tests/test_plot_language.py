"""Figures of chapter 08: what they draw, not how pretty it is."""

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


def test_next_letters_has_a_bar_for_each_token_on_one_scale():
    p = np.linspace(0, 0.2, 27)
    axes = plotting.next_letters({"one": p, "two": p / 2})
    assert [bar.get_height() for bar in axes[0].patches] == pytest.approx(p.tolist())
    assert len(axes[1].patches) == 27
    assert axes[0].get_ylim() == axes[1].get_ylim() == (0, pytest.approx(1.12 * 0.2))
    assert [t.get_text() for t in axes[1].get_xticklabels()][:3] == [".", "a", "b"]
    assert [ax.get_title("left") for ax in axes] == ["one", "two"]


def test_letter_pairs_crosses_what_never_occurred():
    counts = np.arange(729).reshape(27, 27) % 5
    ax = plotting.letter_pairs(counts)
    x, y = ax.lines[0].get_data()
    assert {(int(j), int(i)) for i, j in zip(x, y, strict=True)} == {
        tuple(at) for at in np.argwhere(counts == 0).tolist()
    }
    shown = np.asarray(ax.images[0].get_array())
    assert np.array_equal(shown.argsort(axis=None, kind="stable"), counts.argsort(axis=None, kind="stable"))


def test_the_ladder_goes_down_and_singles_out_what_is_new():
    rungs = {"uniform": 3.3, "counts": 2.5, "network": 2.1}
    ax = plotting.ladder(rungs, new=["network"])
    assert [bar.get_width() for bar in ax.patches] == list(rungs.values())
    assert [to_hex(bar.get_facecolor()).upper() for bar in ax.patches] == [COLORS["baseline"]] * 2 + [COLORS["loss"]]
    assert [t.get_text() for t in ax.texts] == ["3.300", "2.500", "2.100"]
    bottom, top = ax.get_ylim()
    assert bottom > top, "the first rung stands on top"
    everything = plotting.ladder(rungs).patches
    assert {to_hex(bar.get_facecolor()).upper() for bar in everything} == {COLORS["loss"]}


def test_each_letter_stands_at_its_place():
    at = np.random.default_rng(0).normal(size=(26, 2))
    ax = plotting.letter_map(at, "abcdefghijklmnopqrstuvwxyz")
    assert [t.get_text() for t in ax.texts] == list("abcdefghijklmnopqrstuvwxyz")
    assert np.allclose([t.get_position() for t in ax.texts], at)
    bold = "".join(t.get_text() for t in ax.texts if t.get_fontweight() == "bold")
    assert bold == "aeiouy"
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert ((at > (left, low)) & (at < (right, high))).all()


def test_a_resemblance_to_itself_is_left_blank():
    matrix = np.array([[1.0, 0.5, -0.5], [0.5, 1.0, 0.0], [-0.5, 0.0, 1.0]])
    ax = plotting.resemblance(matrix, list("abc"), block=2)
    shown = np.ma.filled(ax.images[0].get_array().astype(float), np.nan)
    assert np.isnan(np.diag(shown)).all() and shown[0, 1] == 0.5
    assert ax.images[0].get_clim() == (-0.6, 0.6)
    assert [(p.get_width(), p.get_height()) for p in ax.patches] == [(2, 2)]
    assert matrix[0, 0] == 1.0, "the matrix given is left as it was"


def test_context_lengths_shows_spread_from_best_to_worst():
    ax = plotting.context_lengths({1: 2.5, 4: 2.2}, {1: [2.5, 2.5], 2: [2.2, 2.4]})
    assert ax.lines[0].get_data()[1].tolist() == [2.5, 2.2]
    ends = ax.containers[0].lines[2][0].get_segments()
    assert np.allclose(ends[1], [[2, 2.2], [2, 2.4]])
    assert [t.get_text().strip() for t in ax.texts] == ["counts", "network"]
    assert ax.get_xticks().tolist() == [1, 2, 4]

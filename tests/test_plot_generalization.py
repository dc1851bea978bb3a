"""Chapter 06's figures show the numbers they were given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from groundup import plotting
from groundup.plotting import COLORS


@pytest.fixture(autouse=True)
def closed():
    """Close what a test drew."""
    yield
    plt.close("all")


def test_fits_share_points_and_differ_in_the_curve():
    x, t, across = np.array([0.0, 0.5]), np.array([1.0, -1.0]), np.linspace(0, 1, 5)
    axes = plotting.noisy_fits(x, t, across, across * 0, {"flat": across * 0 + 1, "steep": 9 * across})
    assert [ax.get_title(loc="left") or ax.get_title() for ax in axes] == ["flat", "steep"]
    for ax, curve in zip(axes, (across * 0 + 1, 9 * across), strict=True):
        true, fitted, points = ax.lines
        np.testing.assert_array_equal(fitted.get_ydata(), curve)
        np.testing.assert_array_equal(points.get_xydata(), np.stack([x, t], axis=1))
        assert true.get_linestyle() == ":" and ax.get_ylim()[0] < -1 < 1 < ax.get_ylim()[1]


def test_a_row_of_results_has_a_dot_a_seed_and_their_mean():
    ax = plotting.spread({"a": np.array([0.5, 0.7]), "b": np.array([0.9, 0.9, 0.9])}, label="right (%)", marked=["b"])
    dots, mean, others, _ = ax.lines
    np.testing.assert_allclose(dots.get_xdata(), [50, 70])
    np.testing.assert_allclose(mean.get_xdata(), [60, 60])
    assert np.abs(dots.get_ydata()).max() < 0.2 and np.abs(others.get_ydata() - 1).max() < 0.2
    assert len(set(others.get_ydata())) == 3, "equal results do not hide each other"
    assert [text.get_text() for text in ax.texts] == ["60.0", "90.0"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert (dots.get_color(), others.get_color()) == (COLORS["test"], COLORS["baseline"])
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first row is on top"


def test_curves_over_seeds_have_each_seed_and_their_mean():
    values = np.array([[3.0, 2.0, 1.0], [5.0, 4.0, np.nan]])
    ax = plotting.over_seeds({"a": values}, np.array([10, 20, 30]), labels=("step", "loss"), colors=["loss"])
    *seeds, mean = ax.lines
    assert len(seeds) == 2 and all(line.get_linewidth() < mean.get_linewidth() for line in seeds)
    np.testing.assert_array_equal(mean.get_xydata(), [[10, 4], [20, 3], [30, 1]])
    assert ax.texts[0].get_text().strip() == "a" and ax.get_xlabel() == "step"


def test_the_confusion_matrix_writes_mistakes_and_hides_the_diagonal():
    counts = np.array([[90, 2, 0], [0, 80, 7], [1, 0, 70]])
    ax = plotting.confusion_matrix(counts)
    written = {tuple(map(int, text.get_position())): text.get_text() for text in ax.texts}
    assert written == {(1, 0): "2", (2, 1): "7", (0, 2): "1"}  # (column, row)
    shown = np.asarray(ax.images[0].get_array())
    np.testing.assert_array_equal(shown, counts - np.diag(np.diag(counts)))
    assert counts[0, 0] == 90, "the counts themselves are left alone"
    assert "says" in ax.get_xlabel() and "is" in ax.get_ylabel()


def test_a_perfect_confusion_matrix_can_be_drawn():
    assert not plotting.confusion_matrix(np.eye(3, dtype=int) * 4, names=["a", "b", "c"]).texts


def test_class_accuracies_stand_in_their_column():
    found = {"one": np.array([0.9, 0.5]), "seeds": np.array([[1.0, 0.2], [0.8, 0.4]])}
    ax = plotting.class_accuracies(found, colors=["train", "loss"])
    lines = [line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_marker() not in (None, "None")]
    assert len(lines) == 1 + 2 + 1, "seeds are drawn where there are several"
    np.testing.assert_allclose(lines[0].get_ydata(), [90, 50])
    np.testing.assert_allclose(lines[-1].get_ydata(), [90, 30])
    for line in lines:
        np.testing.assert_array_equal(np.round(line.get_xdata()), [0, 1])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one", "seeds"]

"""Chapter 02's figures: the fold is one, networks have their lines, boundaries lie where the network says."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from groundup import plotting
from groundup.plotting.mlp import CORNERS, HIGH, LAMP, LOW, crease, fold, seen, sheet


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture
def points(rng):
    return rng.uniform(LOW, HIGH, size=(50, 2))


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_the_four_cases_are_xor():
    np.testing.assert_array_equal(LAMP, CORNERS.sum(axis=1) == 1)


def test_a_flat_sheet_lies_where_it_was(points):
    np.testing.assert_allclose(fold(points, 0.0), np.column_stack([points, np.zeros(50)]), atol=1e-15)


@pytest.mark.parametrize("turn", [0.0, 0.3, 0.5, 1.0])
def test_folding_is_a_turn_about_the_crease(points, turn):
    """Paper neither stretches nor tears: what is beyond keeps its distance from the crease, the rest stays."""
    moved = fold(points, turn)
    beyond = points.sum(axis=1) > 1
    np.testing.assert_allclose(moved[~beyond, :2], points[~beyond])
    np.testing.assert_allclose(moved[~beyond, 2], 0)
    on_crease = points - ((points.sum(axis=1) - 1) / 2)[:, None]  # the nearest point of the crease
    flat = np.linalg.norm(points - on_crease, axis=1)
    turned = np.linalg.norm(moved - np.column_stack([on_crease, np.zeros(50)]), axis=1)
    np.testing.assert_allclose(turned, flat, atol=1e-12)
    assert (moved[:, 2] >= -1e-12).all()


def test_folded_the_far_corner_lies_on_the_near_one():
    folded = fold(CORNERS, 1.0)
    np.testing.assert_allclose(folded[3], folded[0], atol=1e-12)
    np.testing.assert_allclose(folded[1:3, :2], CORNERS[1:3])
    np.testing.assert_allclose(fold(CORNERS, 0.5)[3], [0.5, 0.5, np.sqrt(0.5)])


def test_the_sheets_ruled_lines_are_bent_at_the_crease_only():
    flat = sheet(0.0)
    assert {len(line) for line in flat} == {2, 3}
    for line in flat:
        (first, *middle, last) = line
        for point in middle:
            assert abs(np.cross([*(last - first), 0], [*(point - first), 0])).max() < 1e-9, "straight while flat"
    bent = [line for line in sheet(0.5) if len(line) == 3]
    assert bent and all(np.abs(np.linalg.det(np.stack([b[1] - b[0], b[2] - b[0]]))) > 1e-3 for b in bent)
    np.testing.assert_allclose(crease().mean(axis=0), seen(np.array([[0.5, 0.5, 0.0]]))[0])


def test_the_strip_has_a_frame_a_turn_and_the_cut_in_the_last_only():
    axes = plotting.folding([0, 0.5, 1])
    assert [ax.get_title(loc="left") for ax in axes] == ["0°", "90°", "180°"]
    dashed = [sum(line.get_linestyle() == "--" for line in ax.lines) for ax in axes]
    assert dashed == [0, 0, 1]


def test_a_network_has_a_line_for_each_weight():
    ax = plotting.network([3, 4, 2], ["in", "hidden", "out"])
    assert len(ax.lines) == 3 * 4 + 4 * 2
    assert len(ax.patches) == 9
    assert [t.get_text() for t in ax.texts] == ["in\n3", "hidden\n4", "out\n2"]


def test_a_large_layer_is_shortened_and_says_so():
    ax = plotting.network([784, 100, 10], ["pixels", "hidden units", "digits"])
    assert len(ax.patches) == 18
    assert [t.get_text() for t in ax.texts].count("⋮") == 3
    assert "pixels\n784" in [t.get_text() for t in ax.texts]
    with pytest.raises(ValueError, match="one name a layer and got 1 names for 2 layers"):
        plotting.network([2, 1], ["x"])


def test_pieces_draws_each_part_and_the_sum():
    x = np.linspace(0, 1, 5)
    ax = plotting.pieces(x, {"up": x, "down": -x}, 0 * x)
    assert [t.get_text().strip() for t in ax.texts] == ["up", "down", "sum"]
    widths = [line.get_linewidth() for line in ax.lines[1:]]
    assert widths[2] > max(widths[:2])


def test_fits_has_a_panel_for_each_with_its_bends():
    x, t = np.arange(5.0), np.arange(5.0) ** 2
    axes = plotting.fits(x, t, {"two": (x[[0, 4]], t[[0, 4]]), "three": (x[::2], t[::2])}, ("x", "t"))
    assert [ax.get_title(loc="left") for ax in axes] == ["two", "three"]
    assert [len(ax.lines[1].get_xdata()) for ax in axes] == [2, 3]


def test_boundaries_draws_a_crease_a_unit_and_leaves_out_units_without_weights(rng):
    x, y = rng.normal(size=(20, 2)) * 0.3, np.arange(20) % 2
    w, b = np.array([[1.0, 0.0, -1.0], [0.0, 0.0, 1.0]]), np.array([0.2, 1.0, 0.0])
    axes = plotting.boundaries({"m = 3": (lambda at: 1 / (1 + np.exp(-at[:, 0])), w, b)}, x, y)
    dotted = [line for line in axes[0].lines if line.get_linestyle() == ":"]
    assert len(dotted) == 2
    np.testing.assert_allclose(dotted[0].get_xdata(), -0.2, atol=1e-9)
    assert axes[0].get_legend() is None


def test_loglog_names_marks_and_levels():
    ax = plotting.loglog(
        ([1, 10], [1, 100]),
        ([1, 1000], [1, 1e6]),
        labels=("n", "s"),
        marks={"far": (1000, 1e6)},
        levels={"a minute": 60},
    )
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert {t.get_text() for t in ax.texts} == {"far", "a minute"}


def test_the_words_of_a_level_stand_where_the_line_does_not_cross_it():
    for line in [([1, 1000], [1, 1e6]), ([1000, 1], [1e6, 1])]:
        ax = plotting.loglog(([1, 10], [1, 100]), line, labels=("n", "s"), levels={"low": 20, "high": 2e5})
        sides = {t.get_text(): (t.xy[0], t.get_ha()) for t in ax.texts}
        assert sides == {"low": (1, "right"), "high": (0, "left")}

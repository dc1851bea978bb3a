"""Figures of chapter 07: what they show, in the numbers of their axes."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from groundup import plotting
from groundup.handwriting import DIGITS, as_mnist, centre_of_mass, ink


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_the_drawings_way_marks_box_and_balance():
    drawing = ink([0.5 * stroke + (0.4, 0.1) for stroke in DIGITS["7"]])
    picture = as_mnist(drawing)
    axes = plotting.drawing_to_mnist(drawing, picture)
    (box,) = axes[0].patches
    rows, columns = (np.flatnonzero(drawing.any(axis=axis)) for axis in (1, 0))
    assert box.get_xy() == (columns[0] - 0.5, rows[0] - 0.5)
    assert (box.get_width(), box.get_height()) == (np.ptp(columns) + 1, np.ptp(rows) + 1)
    assert max(axes[1].images[0].get_array().shape) == 20
    cross = axes[2].lines[-1].get_xydata()[0][::-1] + 0.5
    assert np.allclose(cross, centre_of_mass(picture), atol=1e-4)


def test_number_grids_show_every_number_and_fill_what_is_marked():
    arrays = [np.array([[1.0, -2.0], [3.0, 0.5]]), np.array([[7.0]])]
    ax = plotting.number_grids(
        arrays, between=["="], titles=["x", "y"], colors=["input", "output"], marked={0: np.s_[:1, :]}
    )
    words = [text.get_text() for text in ax.texts]
    assert {"1", "−2", "3", "0.5", "7", "x", "y", "="} <= set(words)
    filled = [patch for patch in ax.patches if to_hex(patch.get_facecolor()) == "#f6d998"]
    assert len(ax.patches) == 5 and len(filled) == 2


def test_receptive_fields_mark_what_one_place_sees():
    layers = [("conv 5", 5, 1, 0), ("pool 2", 2, 2, 0), ("conv 5", 5, 1, 0), ("pool 2", 2, 2, 0)]
    ax = plotting.receptive_fields(layers, n=28)
    boxes = [patch for patch in ax.patches if hasattr(patch, "get_width")]
    marked = [round(box.get_y() + 0.2) for box in boxes if to_hex(box.get_facecolor()) == "#e69f00"]
    assert [marked.count(level) for level in range(5)] == [16, 12, 6, 2, 1]
    assert len(boxes) == 28 + 24 + 12 + 8 + 4
    words = [text.get_text() for text in ax.texts]
    assert {"image, 28", "pool 2, 4", "sees 5", "sees 6", "sees 14", "sees 16"} <= set(words)


def test_receptive_fields_stop_at_the_edge_of_a_padded_image():
    ax = plotting.receptive_fields([("conv 5", 5, 1, 2)], n=3)
    boxes = [patch for patch in ax.patches if hasattr(patch, "get_width")]
    assert len(boxes) == 6 and [to_hex(box.get_facecolor()) for box in boxes].count("#e69f00") == 4


def test_feature_maps_stand_in_rows_of_eight_on_one_scale():
    layers = {"first": np.random.default_rng(0).uniform(size=(8, 5, 6)), "second": np.ones((10, 3, 3))}
    axes = plotting.feature_maps(layers, np.eye(9))
    assert axes.shape == (3, 9)
    drawn = [[len(ax.images) for ax in row] for row in axes]
    assert [sum(row) for row in drawn] == [9, 8, 2]
    assert len({ax.images[0].get_clim() for ax in axes[0, 1:]}) == 1
    assert axes[1, 1].get_title(loc="left") == "second"


def test_kernels_have_zero_in_the_middle():
    axes = plotting.kernels(np.array([[[1.0, -3.0]], [[0.0, 2.0]]]))
    assert {ax.images[0].get_clim() for ax in axes.flat[:2]} == {(-3.0, 3.0)}
    assert not axes.flat[2].images


def test_networks_stand_at_what_they_cost():
    ax = plotting.network_costs(["a", "b"], [1e6, 2e7], [1e8, 3e9])
    assert ax.lines[0].get_xydata().tolist() == [[1e8, 1e6], [3e9, 2e7]]
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert [text.get_text() for text in ax.texts] == ["a", "b"]

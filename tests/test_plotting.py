"""The figures: what they draw, what they refuse, colours that stay apart, words for those who cannot see them."""

import itertools
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from groundup import plotting
from groundup.plotting import base

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

# Machado, Oliveira and Fernandes (2009): how linear RGB looks with complete red, green or blue blindness.
BLINDNESS = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def linear(color) -> np.ndarray:
    c = np.array(to_rgb(color))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(rgb, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(a, b) -> float:
    """WCAG 2 contrast ratio, 1 to 21."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    high, low = sorted((linear(a) @ weights, linear(b) @ weights), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("kind", [None, *BLINDNESS])
@pytest.mark.parametrize("pair", list(itertools.combinations(["class0", "class1", "loss", "gradient", "weight"], 2)))
def test_colours_that_meet_in_a_figure_stay_apart(pair, kind):
    seen = [linear(plotting.COLORS[name]) for name in pair]
    if kind:
        seen = [np.array(BLINDNESS[kind]) @ rgb for rgb in seen]
    # A difference of 2.3 in CIELAB is just noticeable; 10 is plain at a glance.
    assert np.linalg.norm(lab(seen[0]) - lab(seen[1])) > 10


@pytest.mark.parametrize("name", ["output", "loss", "gradient", "weight", "ink", "input", "baseline"])
def test_lines_and_labels_stand_out_from_the_paper(name):
    assert contrast(plotting.COLORS[name], plotting.COLORS["paper"]) >= 3


def test_text_stands_out_from_the_paper():
    assert contrast(plt.rcParams["text.color"], plt.rcParams["figure.facecolor"]) >= 7
    assert contrast(plt.rcParams["xtick.color"], plt.rcParams["figure.facecolor"]) >= 4.5


class Shell:
    """Stands for IPython: only whether it is there is asked."""


@pytest.fixture
def displayed(monkeypatch):
    bundles = []
    monkeypatch.setattr(base, "get_ipython", Shell)
    monkeypatch.setattr(base, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def test_show_gives_a_picture_with_its_words_and_closes_it(displayed):
    ax = plotting.plane(reach=2)
    plotting.show(ax, alt='a "square" piece of the plane', caption="Read it so: x < 2 & y < 2.")
    (bundle,) = displayed
    assert 'alt="a &quot;square&quot; piece of the plane"' in bundle["text/html"]
    assert "Read it so: x &lt; 2 &amp; y &lt; 2." in bundle["text/html"]
    assert 'src="data:image/png;base64,' in bundle["text/html"]
    assert bundle["text/plain"] == '[figure: a "square" piece of the plane]'
    assert not plt.get_fignums()


def test_show_twice_gives_the_same_bytes(displayed):
    for _ in range(2):
        plotting.show(plotting.surprise([0.5]), alt="the curve of surprise")
    assert displayed[0] == displayed[1]


def test_show_prints_the_words_where_there_is_no_notebook(capsys):
    plotting.show(plotting.road(), alt="the road")
    assert capsys.readouterr().out == "[figure: the road]\n"


@pytest.mark.parametrize("alt", ["", "   "])
def test_show_wants_words(alt):
    with pytest.raises(ValueError, match="alternative text"):
        plotting.show(plotting.road(), alt=alt)


def test_show_wants_a_figure():
    with pytest.raises(ValueError, match="figure or axes and got list"):
        plotting.show([1, 2], alt="a list")


@pytest.mark.parametrize(("w", "b"), [((1.0, -2.0), 0.5), ((0.0, 3.0), -1.0), ((-2.0, 0.0), 1.0)])
def test_the_cut_lies_where_z_is_zero_and_the_arrow_is_w(w, b):
    ax = plotting.cut(w, b, ax=plotting.plane(reach=4))
    line = ax.lines[-1].get_xydata()
    assert np.allclose(line @ np.array(w) + b, 0)
    arrow = ax.texts[0]
    assert np.allclose(np.array(arrow.xy) - np.array(arrow.xyann), w)


@pytest.mark.parametrize("w", [(0.0, 0.0), (1.0, 2.0, 3.0)])
def test_the_cut_wants_two_weights(w):
    with pytest.raises(ValueError, match="two weights, not both zero"):
        plotting.cut(w, 0.0, ax=plotting.plane(reach=4))


def test_scatter_draws_each_class_with_its_points():
    x, y = np.array([[0.0, 1], [2, 3], [4, 5]]), np.array([0, 1, 1])
    ax = plotting.scatter(x, y, names=["a", "b"], labels=("u (mm)", "v (mm)"))
    assert [c.get_offsets().tolist() for c in ax.collections] == [[[0, 1]], [[2, 3], [4, 5]]]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("u (mm)", "v (mm)")


def test_curves_carry_their_names_and_stop_at_the_ceiling():
    ax = plotting.curves({"good": [3, 2, 1], "bad": [3, 50, 1]}, labels=("step", "loss"), ceiling=10)
    assert [t.get_text().strip() for t in ax.texts] == ["good", "bad"]
    assert [len(line.get_xdata()) for line in ax.lines] == [3, 1]


def test_images_share_one_scale_when_signed():
    grid = plotting.images([np.full((2, 2), -1.0), np.full((2, 2), 4.0)], signed=True, titles=["a", "b"])
    assert [ax.images[0].get_clim() for ax in grid.flat] == [(-4, 4), (-4, 4)]


def test_images_fill_rows_and_leave_no_empty_frames():
    grid = plotting.images([np.eye(3)] * 3, columns=2)
    assert grid.shape == (2, 2)
    assert [len(ax.images) for ax in grid.flat] == [1, 1, 1, 0]
    assert not grid.flat[3].axison


def test_the_probability_plane_puts_its_cut_where_p_is_one_half():
    ax = plotting.plane(reach=2)
    plotting.probability_plane(lambda x: 1 / (1 + np.exp(-(x[:, 0] - 0.5))), ax)
    cut = ax.collections[1].get_paths()[0].vertices
    assert np.allclose(cut[:, 0], 0.5, atol=0.01)


def test_the_road_marks_the_place_and_refuses_another():
    marked = [line for line in plotting.road("01").lines if line.get_markersize() == 25]
    assert len(marked) == 1
    with pytest.raises(ValueError, match="got '13'"):
        plotting.road("13")


def test_the_road_of_the_readme_is_what_the_code_draws(tmp_path):
    import road

    road.draw(tmp_path / "road.png")
    fresh, stored = (Image.open(p) for p in (tmp_path / "road.png", ROOT / "docs" / "road.png"))
    assert stored.text["Description"] == fresh.text["Description"] == road.words()
    assert "01 neuron XOR" in road.words()
    assert fresh.size == stored.size
    # Other versions of FreeType draw letters a little differently (0.011 seen); another road's curve differs far more.
    assert np.abs(np.asarray(fresh, float) - np.asarray(stored, float)).mean() / 255 < 0.03

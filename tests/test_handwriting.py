"""From strokes to pictures like MNIST's: drawing, scaling, hanging up; MNIST's own digits stay as they are."""

import numpy as np
import pytest

from groundup import data
from groundup.handwriting import DIGITS, as_mnist, centre_of_mass, ink, shares

LINE = [np.array([[0.2, 0.5], [0.8, 0.5]])]


def test_ink_draws_a_line_where_it_is():
    picture = ink(LINE, pen=0.1, size=100)
    assert picture.shape == (100, 100) and picture.dtype == np.float32
    assert picture.min() == 0 and picture.max() == 1
    rows, columns = np.nonzero(picture > 0.5)
    assert (rows.min(), rows.max()) == (47, 52), "six of a hundred pixels: a tenth of the length 60"
    assert 16 <= columns.min() <= 18 and 81 <= columns.max() <= 83, "round ends reach half a pen further"
    assert np.allclose(centre_of_mass(picture), 50)


def test_the_pen_is_as_wide_as_the_drawing_is_large():
    large, small = ink(LINE, size=200), ink([0.5 * LINE[0] + 0.25], size=200)
    assert large.sum() == pytest.approx(4 * small.sum(), rel=0.05)


def test_no_stroke_is_an_empty_picture_and_a_dot_is_a_dot():
    assert not ink([]).any() and not as_mnist(ink([])).any()
    dot = ink([np.array([[0.3, 0.7]])])
    assert dot.max() == 1 and 20 < dot.sum() < 60
    assert np.allclose(centre_of_mass(dot), (0.7 * 112, 0.3 * 112), atol=0.5)
    assert as_mnist(dot).sum() > 0


def test_strokes_at_the_edge_and_beyond_stay_inside():
    picture = ink([np.array([[-0.5, 0.0], [1.0, 1.0], [1.2, 0.4]])])
    assert np.isfinite(picture).all() and picture.shape == (112, 112)


@pytest.mark.parametrize("bad", [[[1, 2, 3]], [np.zeros((2, 3))], [np.zeros((0, 2))], [np.full((2, 2), np.nan)]])
def test_what_is_no_stroke_is_refused(bad):
    with pytest.raises(ValueError, match=r"points \(k, 2\), and stroke 0"):
        ink(bad)


def test_shares_are_means_over_equal_rooms():
    assert shares(4, 2).tolist() == [[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]]
    assert np.allclose(shares(3, 2), [[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]])
    assert np.allclose(shares(2, 4), [[1, 0], [1, 0], [0, 1], [0, 1]])
    for n, m in [(37, 20), (20, 20), (5, 13)]:
        assert np.allclose(shares(n, m).sum(axis=1), 1)
    assert np.array_equal(shares(20, 20), np.eye(20))


def test_the_balance_point_is_weighed():
    assert centre_of_mass(np.array([[0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 2.0]])) == (1.25, 2.5)
    with pytest.raises(ValueError, match="this one has none"):
        centre_of_mass(np.zeros((3, 3)))


@pytest.mark.parametrize("name", DIGITS)
def test_a_digit_fills_twenty_pixels_and_hangs_in_the_middle(name):
    picture = as_mnist(ink(DIGITS[name]))
    assert picture.shape == (28, 28) and picture.dtype == np.float32
    assert picture.min() >= 0 and picture.max() <= 1
    rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    assert all(14 <= c < 15 for c in centre_of_mass(picture))


@pytest.mark.parametrize("scale, right, down", [(0.3, 0.0, 0.0), (0.5, 0.45, 0.1), (0.8, 0.1, 0.15)])
def test_place_and_size_on_the_canvas_do_not_matter(scale, right, down):
    for strokes in DIGITS.values():
        there = as_mnist(ink([scale * stroke + (right, down) for stroke in strokes]))
        here = as_mnist(ink(strokes))
        # The same picture up to a pixel of the place where it hangs.
        best = min(np.abs(np.roll(there, (i, j), (0, 1)) - here).mean() for i in (-1, 0, 1) for j in (-1, 0, 1))
        assert best < 0.5 * here.mean()


def test_mnist_itself_was_prepared_so():
    """MNIST's own digits come out as they went in, every one of them."""
    for one in data.mnist().test.x[:1000]:
        assert np.allclose(as_mnist(one), one, atol=1e-6)

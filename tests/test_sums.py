"""Sums in bundles: NumPy's numbers, with smaller rounding errors along axes that are not the last."""

import numpy as np
import pytest

from groundup.sums import mean, total

CASES = [
    ((3000, 3), 0),
    ((3000, 3), -2),
    ((3000, 3), 1),
    ((3000, 3), None),
    ((40, 30), 0),
    ((4, 500, 6), 1),
    ((4, 50, 6, 3), (1, 2)),
    ((4, 50, 6, 3), (2, 1)),
    ((4, 50, 6, 3), (0, 2)),
    ((4, 50, 6, 3), (0, 1, 2)),
    ((4, 50, 6, 3), (-4, -3)),
    ((4, 50, 6, 3), ()),
    ((2000, 1), 0),
    ((2000,), 0),
    ((0, 3), 0),
    ((3, 0), 0),
    ((), None),
    ((33, 100), 0),
    ((31, 100), 0),
    ((512, 4), (0,)),
]


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize(("shape", "axis"), CASES, ids=str)
def test_the_same_as_numpy(shape, axis, keepdims):
    x = np.random.default_rng(0).normal(size=shape)
    got = total(x, axis, keepdims)
    assert np.shape(got) == np.shape(x.sum(axis=axis, keepdims=keepdims))
    np.testing.assert_allclose(got, x.sum(axis=axis, keepdims=keepdims), rtol=1e-12, atol=1e-11)
    if x.size:
        np.testing.assert_allclose(mean(x, axis, keepdims), x.mean(axis=axis, keepdims=keepdims), atol=1e-12)


@pytest.mark.parametrize("dtype", [np.int64, np.bool_, np.float32])
def test_types_are_numpys(dtype):
    x = np.ones((500, 4), dtype)
    assert total(x, 0).dtype == x.sum(axis=0).dtype
    np.testing.assert_array_equal(total(x, 0), 500)


def test_views_are_summed_too():
    x = np.random.default_rng(0).normal(size=(60, 50, 4))
    for view in (x.transpose(1, 0, 2), x[::2], x[:, ::-1], np.broadcast_to(x[:1], x.shape)):
        np.testing.assert_allclose(total(view, 0), view.sum(axis=0), atol=1e-12)


@pytest.mark.parametrize("axis", [2, -3, (0, 2)])
def test_an_axis_that_is_not_there_is_refused(axis):
    with pytest.raises(ValueError, match="out of bounds"):
        total(np.ones((100, 50)), axis)


def test_rounding_errors_stay_small():
    x = np.random.default_rng(0).normal(size=(20_000, 8)).astype(np.float32)
    exact = x.astype(np.float64).sum(axis=0)
    assert np.abs(total(x, 0) - exact).max() < 0.2 * np.abs(x.sum(axis=0) - exact).max()


def test_the_input_stays_as_it_was():
    x = np.ones((100, 50))
    total(x, 0)
    np.testing.assert_array_equal(x, 1)

"""The two moons: what is drawn, in which order, and what is refused."""

import numpy as np
import pytest

from groundup import data


def test_without_noise_they_are_two_half_circles_that_reach_into_each_other():
    x, y = data.moons(301, 0.0, np.random.default_rng(0))
    assert (x.shape, x.dtype, y.shape, y.dtype) == ((301, 2), np.float64, (301,), np.int64)
    np.testing.assert_allclose(np.linalg.norm(x[y == 0], axis=1), 1)
    np.testing.assert_allclose(np.linalg.norm(x[y == 1] - [1, 0.5], axis=1), 1)
    assert x[y == 0, 1].min() >= 0 and x[y == 1, 1].max() <= 0.5
    assert x[y == 1, 0].min() < 0.1 and x[y == 0, 0].max() > 0.9


@pytest.mark.parametrize("n", [1, 2, 7, 100])
def test_both_are_equally_many_and_in_mixed_order(n):
    _, y = data.moons(n, 0.1, np.random.default_rng(1))
    assert (y == 0).sum() == n - n // 2
    assert n < 10 or len(set(y[: n // 2])) == 2


def test_noise_is_the_standard_deviation_of_what_is_added():
    x, y = data.moons(20_000, 0.3, np.random.default_rng(2))
    plain, same = data.moons(20_000, 0.0, np.random.default_rng(2))
    np.testing.assert_array_equal(y, same)
    np.testing.assert_allclose((x - plain).std(axis=0), 0.3, rtol=0.03)


def test_the_same_generator_gives_the_same_points_and_goes_on_from_there():
    rng = np.random.default_rng(3)
    first, second = data.moons(10, 0.1, rng), data.moons(10, 0.1, rng)
    np.testing.assert_array_equal(first[0], data.moons(10, 0.1, np.random.default_rng(3))[0])
    assert not np.array_equal(first[0], second[0])


@pytest.mark.parametrize(("n", "noise"), [(0, 0.1), (-3, 0.1), (10, -0.1), (10, float("nan"))])
def test_nonsense_is_refused(n, noise):
    with pytest.raises(ValueError, match="moons\\(\\) wants n of at least 1"):
        data.moons(n, noise, np.random.default_rng(0))

"""The error function, against the one in Python's standard library."""

import math

import numpy as np
import pytest

from groundup.special import erf

POINTS = np.concatenate(
    [np.linspace(-7, 7, 4001), np.geomspace(1e-300, 1e-2, 50), [0.46875, 4.0, -0.46875, -4.0, 26.0, 27.0, 1e4, -1e300]]
)


def test_erf_is_right_to_the_last_digits():
    wanted = np.array([math.erf(x) for x in POINTS])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        got = erf(POINTS)
    np.testing.assert_allclose(got, wanted, rtol=5e-16, atol=0)


def test_erf_in_float32_is_the_float64_value_rounded():
    x = POINTS.clip(-1e30, 1e30).astype(np.float32)
    got = erf(x)
    assert got.dtype == np.float32
    wanted = np.array([math.erf(float(v)) for v in x]).astype(np.float32)
    np.testing.assert_allclose(got, wanted, rtol=1.2e-7, atol=0)


def test_erf_at_the_edges():
    assert erf(np.array([np.inf, -np.inf, 0.0])).tolist() == [1, -1, 0]
    assert math.copysign(1, erf(np.array(-0.0))) == -1
    assert np.isnan(erf(np.array(np.nan)))
    assert erf(np.zeros((2, 0))).shape == (2, 0)
    assert erf(np.array([1, 2])).dtype == np.float64


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_erf_keeps_the_shape_and_its_input(shape):
    x = np.full(shape, 0.5)
    assert erf(x).shape == shape
    np.testing.assert_array_equal(x, 0.5)

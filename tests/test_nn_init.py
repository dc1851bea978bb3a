"""First values: their spread is what the papers say, and the same generator gives the same ones."""

import math

import numpy as np
import pytest

from groundup import nn
from groundup.nn import init
from groundup.tensor import Tensor


def weight(*shape):
    return Tensor(np.full(shape, np.nan, np.float32))


def rng():
    return np.random.default_rng(0)


UNIFORM = {
    "xavier_uniform_": (lambda t: init.xavier_uniform_(t, gain=2, rng=rng()), 2 * math.sqrt(6 / (300 + 200))),
    "kaiming_uniform_ relu": (
        lambda t: init.kaiming_uniform_(t, nonlinearity="relu", rng=rng()),
        math.sqrt(2) * math.sqrt(3 / 300),
    ),
    "kaiming_uniform_ a": (lambda t: init.kaiming_uniform_(t, a=math.sqrt(5), rng=rng()), 1 / math.sqrt(300)),
    "kaiming_uniform_ fan_out": (
        lambda t: init.kaiming_uniform_(t, mode="fan_out", nonlinearity="linear", rng=rng()),
        math.sqrt(3 / 200),
    ),
    "uniform_": (lambda t: init.uniform_(t, -0.5, 0.5, rng=rng()), 0.5),
}


@pytest.mark.parametrize("name", UNIFORM)
def test_uniform_ones_fill_their_bounds_evenly(name):
    fill, bound = UNIFORM[name]
    t = weight(200, 300)
    assert fill(t) is t
    assert np.abs(t.data).max() <= bound * (1 + 1e-6)
    assert np.abs(t.data).max() > 0.999 * bound
    assert t.data.std() == pytest.approx(bound / math.sqrt(3), rel=0.01)
    assert abs(t.data.mean()) < 0.01 * bound


NORMAL = {
    "xavier_normal_": (lambda t: init.xavier_normal_(t, rng=rng()), math.sqrt(2 / 500)),
    "kaiming_normal_": (lambda t: init.kaiming_normal_(t, nonlinearity="relu", rng=rng()), math.sqrt(2 / 300)),
    "kaiming_normal_ tanh": (
        lambda t: init.kaiming_normal_(t, mode="fan_out", nonlinearity="tanh", rng=rng()),
        5 / 3 / math.sqrt(200),
    ),
    "normal_": (lambda t: init.normal_(t, 0, 0.02, rng=rng()), 0.02),
}


@pytest.mark.parametrize("name", NORMAL)
def test_normal_ones_have_their_deviation(name):
    fill, std = NORMAL[name]
    t = fill(weight(200, 300))
    assert t.data.std() == pytest.approx(std, rel=0.01)
    assert (np.abs(t.data) < std).mean() == pytest.approx(0.6827, abs=0.01)


def test_fans_count_the_window():
    t = init.xavier_uniform_(weight(8, 4, 3, 3), rng=rng())
    assert np.abs(t.data).max() <= math.sqrt(6 / (4 * 9 + 8 * 9))
    with pytest.raises(ValueError, match="2 or more axes"):
        init.kaiming_normal_(weight(8))
    with pytest.raises(ValueError, match="fan_in"):
        init.kaiming_normal_(weight(8, 8), mode="fan")
    with pytest.raises(ValueError, match="leaky_relu"):
        init.calculate_gain("swish")


def test_truncated_normal_stays_inside_and_keeps_its_shape():
    t = init.trunc_normal_(weight(200, 300), 0.0, 1.0, -2.0, 2.0, rng=rng())
    assert np.abs(t.data).max() <= 2
    assert t.data.std() == pytest.approx(0.8796, abs=0.01)  # of a bell curve cut at two deviations
    with pytest.raises(ValueError, match="hardly any"):
        init.trunc_normal_(weight(2, 2), 0.0, 1.0, 10.0, 11.0)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (4, 2, 3)])
def test_orthogonal_rows_or_columns(shape):
    m = init.orthogonal_(Tensor(np.zeros(shape)), gain=2, rng=rng()).data.reshape(shape[0], -1)
    product = m @ m.T if m.shape[0] <= m.shape[1] else m.T @ m
    np.testing.assert_allclose(product, 4 * np.eye(min(m.shape)), atol=1e-12)


def test_constants():
    assert (init.zeros_(weight(2, 2)).data == 0).all()
    assert (init.ones_(weight(2)).data == 1).all()
    assert (init.constant_(weight(2), 3).data == 3).all()
    np.testing.assert_array_equal(init.eye_(weight(2, 3)).data, np.eye(2, 3))


def test_a_parameter_is_filled_without_a_graph():
    p = nn.Parameter(np.zeros((2, 2), np.float32))
    init.normal_(p, rng=rng())
    assert p.is_leaf
    assert p.requires_grad
    np.testing.assert_array_equal(p.data, init.normal_(weight(2, 2), rng=rng()).data)


def test_layers_start_as_pytorchs_do():
    draws = rng()
    for layer, fan in [
        (nn.Linear(100, 300, rng=draws), 100),
        (nn.Conv2d(8, 64, 5, groups=2, rng=draws), 4 * 25),
        (nn.ConvTranspose2d(64, 8, 5, rng=draws), 8 * 25),
        (nn.GRU(30, 100, rng=draws), 100),
    ]:
        for p in layer.parameters():
            assert np.abs(p.data).max() <= 1 / math.sqrt(fan) * (1 + 1e-6)
            if p.ndim > 1:
                assert np.abs(p.data).max() > 0.99 / math.sqrt(fan)
    attention = nn.MultiheadAttention(64, 4, rng=draws)
    assert np.abs(attention.in_proj_weight.data).max() == pytest.approx(math.sqrt(6 / (64 + 192)), rel=0.01)
    assert not attention.in_proj_bias.data.any()
    assert not attention.out_proj.bias.data.any()
    assert nn.Embedding(1000, 50, rng=draws).weight.data.std() == pytest.approx(1, rel=0.02)

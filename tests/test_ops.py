"""Every operation, forward against NumPy and backward against nudging, on the shapes where such code breaks."""

import math
import warnings

import numpy as np
import pytest

from groundup import ops
from groundup.functional import cross_entropy
from groundup.gradcheck import gradcheck
from groundup.tensor import Function, Tensor, no_grad, tensor

RNG = np.random.default_rng(3)


def draw(*shape, low=-2.0, high=2.0, away=0.05):
    """Float64 numbers no nearer than ``away`` to 0 and all different: nudging crosses no kink and makes no tie."""
    size = math.prod(shape)
    steps = np.linspace(low, high, size + 2)[1:-1]
    steps = np.where(np.abs(steps) < away, away + np.abs(steps), steps)
    return RNG.permutation(steps).reshape(shape)


def leaf(array):
    """A leaf that holds this very array, so that its strides are kept."""
    t = Tensor._of(np.asarray(array, dtype=np.float64))
    t.requires_grad = True
    return t


# Layouts: the same numbers, laid out in memory in different ways.
LAYOUTS = {
    "plain": lambda a: a,
    "transposed": lambda a: np.asfortranarray(a),
    "strided": lambda a: np.repeat(a, 2, axis=-1)[..., ::2] if a.ndim else a,
    "reversed": lambda a: a[..., ::-1].copy()[..., ::-1] if a.ndim else a,
    "read-only": lambda a: np.broadcast_to(a, a.shape),
}
SHAPES = [(), (1,), (3,), (2, 3), (2, 1, 3), (0,), (2, 0, 3)]


# Unary ----------------------------------------------------------------------------------------------------------------

UNARY = {
    "neg": (lambda x: -x, np.negative, (-2, 2)),
    "exp": (ops.exp, np.exp, (-2, 2)),
    "log": (ops.log, np.log, (0.1, 3)),
    "sqrt": (ops.sqrt, np.sqrt, (0.1, 3)),
    "abs": (lambda x: x.abs(), np.abs, (-2, 2)),
    "sin": (ops.sin, np.sin, (-2, 2)),
    "cos": (ops.cos, np.cos, (-2, 2)),
    "tanh": (ops.tanh, np.tanh, (-2, 2)),
    "sigmoid": (ops.sigmoid, lambda x: 1 / (1 + np.exp(-x)), (-2, 2)),
    "relu": (ops.relu, lambda x: np.maximum(x, 0), (-2, 2)),
    "erf": (ops.erf, np.vectorize(math.erf, otypes=[float]), (-2, 2)),
    "clamp": (lambda x: x.clamp(-1.01, 0.52), lambda x: np.clip(x, -1.01, 0.52), (-2, 2)),
    "clamp low": (lambda x: x.clamp(min=0.51), lambda x: np.maximum(x, 0.51), (-2, 2)),
    "clamp high": (lambda x: x.clamp(max=0.51), lambda x: np.minimum(x, 0.51), (-2, 2)),
    "square": (lambda x: x.square(), np.square, (-2, 2)),
    "clone": (lambda x: x.clone(), np.array, (-2, 2)),
    "pow 3": (lambda x: x**3, lambda x: x**3, (-2, 2)),
    "pow −2": (lambda x: x**-2, lambda x: x**-2.0, (-2, 2)),
    "pow 1/2": (lambda x: x**0.5, lambda x: x**0.5, (0.1, 2)),
    "pow 0": (lambda x: x**0, np.ones_like, (-2, 2)),
    "2 to the": (lambda x: 2**x, lambda x: 2.0**x, (-2, 2)),
    "1 over": (lambda x: 1 / x, lambda x: 1 / x, (0.3, 2)),
    "3 minus": (lambda x: 3 - x, lambda x: 3 - x, (-2, 2)),
}


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", UNARY)
def test_unary(name, shape):
    f, reference, (low, high) = UNARY[name]
    x = leaf(draw(*shape, low=low, high=high))
    y = f(x)
    assert y.dtype == np.float64
    assert y.shape == shape
    np.testing.assert_allclose(y.data, reference(x.data), rtol=1e-13, atol=1e-15)
    gradcheck(f, [x])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", UNARY)
def test_unary_whatever_the_layout(name, layout):
    f, reference, (low, high) = UNARY[name]
    x = leaf(LAYOUTS[layout](draw(3, 4, low=low, high=high)))
    np.testing.assert_allclose(f(x).data, reference(x.data), rtol=1e-13, atol=1e-15)
    gradcheck(f, [x])


def test_kinks_have_the_slopes_that_pytorch_gives_them():
    for f, at, slope in [
        (ops.relu, 0.0, 0.0),
        (lambda x: x.abs(), 0.0, 0.0),
        (lambda x: x.clamp(0, 1), 0.0, 1.0),
        (lambda x: x.clamp(0, 1), 1.0, 1.0),
        (lambda x: x.clamp(0, 1), 1.5, 0.0),
    ]:
        x = leaf(at)
        f(x).backward()
        assert x.grad.item() == slope


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_numbers_overflow_nothing(dtype):
    x = Tensor(np.array([-1e4, -100, 0, 100, 1e4], dtype), requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for f in (ops.sigmoid, ops.tanh, ops.erf, ops.relu):
            x.grad = None
            y = f(x)
            y.sum().backward()
            assert np.isfinite(y.data).all()
            assert np.isfinite(x.grad.data).all()
    np.testing.assert_array_equal(ops.sigmoid(x).data, [0, 0, 0.5, 1, 1])


# Binary ---------------------------------------------------------------------------------------------------------------

BINARY = {
    "add": (lambda x, y: x + y, np.add),
    "sub": (lambda x, y: x - y, np.subtract),
    "mul": (lambda x, y: x * y, np.multiply),
    "div": (lambda x, y: x / y, np.divide),
    "pow": (lambda x, y: x**y, np.power),
    "maximum": (ops.maximum, np.maximum),
    "minimum": (ops.minimum, np.minimum),
    "where": (lambda x, y: ops.where(x > y, x, y), lambda x, y: np.where(x > y, x, y)),
}
PAIRS = [
    ((), ()),
    ((3,), ()),
    ((), (2, 3)),
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((2, 3), (1, 3)),
    ((2, 3), (2, 1)),
    ((2, 1), (1, 3)),
    ((2, 1), (3,)),
    ((4, 1, 3), (2, 1)),
    ((1, 1), (2, 3, 1, 2)),
    ((1,), (1, 1, 1)),
    ((0, 3), (3,)),
    ((0, 1), (1, 3)),
    ((2, 0), (1,)),
]


@pytest.mark.parametrize("shapes", PAIRS, ids=str)
@pytest.mark.parametrize("name", BINARY)
def test_binary_broadcasts_and_sums_back(name, shapes):
    f, reference = BINARY[name]
    x, y = (leaf(draw(*s, low=0.3, high=high)) for s, high in zip(shapes, (2, 1.7), strict=True))
    np.testing.assert_allclose(f(x, y).data, reference(x.data, y.data), rtol=1e-14)
    gradcheck(f, [x, y])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", BINARY)
def test_binary_whatever_the_layout(name, layout):
    f, reference = BINARY[name]
    x, y = (leaf(LAYOUTS[layout](draw(*s, low=0.3, high=high))) for s, high in (((2, 3), 2), ((4, 2, 3), 1.7)))
    np.testing.assert_allclose(f(x, y).data, reference(x.data, y.data), rtol=1e-14)
    gradcheck(f, [x, y])


@pytest.mark.parametrize("name", BINARY)
def test_one_side_alone_may_ask_for_a_gradient(name):
    f, _ = BINARY[name]
    x, y = draw(2, 3, low=0.3), draw(3, low=0.4, high=1.7)
    gradcheck(f, [leaf(x), tensor(y)])
    gradcheck(f, [tensor(x), leaf(y)])


@pytest.mark.parametrize("name", [n for n in BINARY if n != "where"])
def test_shapes_that_do_not_broadcast_are_refused_with_both_shapes(name):
    with pytest.raises(ValueError, match=r"broadcast and got \(2, 3\) and \(2,\).*\[:, None\]"):
        BINARY[name][0](tensor(np.ones((2, 3))), tensor(np.ones(2)))


def test_where_refuses_a_condition_that_does_not_fit():
    with pytest.raises(ValueError, match=r"\(3,\) and \(3,\) and \(2,\)"):
        ops.where(np.array([True, False]), tensor(np.ones(3)), tensor(np.zeros(3)))


def test_where_broadcasts_its_condition_and_takes_plain_numbers():
    condition = np.array([[True], [False]])
    x = leaf([1, 2, 3])
    gradcheck(lambda a: ops.where(condition, a, 0.0), [x])
    gradcheck(lambda a: ops.where(tensor(condition), 1.0, a), [x])
    assert ops.where(condition, 1.0, 0.0).dtype == np.float32
    assert ops.where(condition, 1, 0).tolist() == [[1], [0]]


def test_where_keeps_the_other_sides_nan_out_of_the_gradient():
    x = leaf([-1.0, 4.0])
    with np.errstate(invalid="ignore"):
        ops.where(x.data > 0, x, 0.0).sqrt().sum()
    y = ops.where(x > 0, x * 3, np.nan)
    ops.where(x > 0, y, 0.0).sum().backward()
    np.testing.assert_array_equal(x.grad.data, [0, 3])


def test_masked_fill():
    x = leaf([[1.0, 2], [3, 4]])
    y = x.masked_fill(np.array([True, False]), -np.inf)
    assert y.tolist() == [[-np.inf, 2], [-np.inf, 4]]
    assert x.float().masked_fill(tensor([False, True]), 0).dtype == np.float32
    gradcheck(lambda a: a.masked_fill(np.array([True, False]), 7.0), [x])


def test_ties_share_the_slope():
    x, y = leaf([1.0, 2, 3]), leaf([1.0, 5, 0])
    ops.maximum(x, y).sum().backward()
    np.testing.assert_array_equal(x.grad.data, [0.5, 0, 1])
    np.testing.assert_array_equal(y.grad.data, [0.5, 1, 0])
    x, y = leaf([1.0, 2, 3]), leaf([1.0, 5, 0])
    ops.minimum(x, y).sum().backward()
    np.testing.assert_array_equal(x.grad.data, [0.5, 1, 0])
    np.testing.assert_array_equal(y.grad.data, [0.5, 0, 1])


@pytest.mark.parametrize(
    ("base", "exponent", "slope"),
    [
        (0.0, 0, 0.0),
        (0.0, 1, 1.0),
        (0.0, 2, 0.0),
        (0.0, 3, 0.0),
        (0.0, 1.5, 0.0),
        (0.0, 0.5, np.inf),
        (-2.0, 2, -4.0),
        (-2.0, 3, 12.0),
        (-2.0, -1, -0.25),
        (-2.0, -2, 0.25),
        (-2.0, 0, 0.0),
    ],
)
def test_powers_at_zero_and_of_negative_numbers(base, exponent, slope):
    x = leaf([base])
    y = x**exponent
    assert y.item() == float(base) ** exponent
    y.sum().backward()
    assert x.grad.item() == slope


def test_the_slope_for_the_exponent_at_base_zero_is_zero():
    x, y = leaf([0.0, 0.0, 2.0]), leaf([2.0, 0.0, 3.0])
    (x**y).sum().backward()
    np.testing.assert_allclose(y.grad.data, [0, 0, 8 * np.log(2)])
    np.testing.assert_allclose(x.grad.data, [0, 0, 12])


def test_powers_warn_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for exponent in (0, 1, 2, 0.5):
            (leaf([0.0, 1.0]) ** exponent).sum().backward()


# unbroadcast ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("full", "shape"),
    [((2, 3), ()), ((2, 3), (3,)), ((4, 2, 3), (2, 1)), ((4, 2, 3), (1, 1, 1)), ((2, 3), (2, 3)), ((0, 3), (3,))],
)
def test_unbroadcast_sums_what_was_repeated(full, shape):
    grad = draw(*full)
    back = ops.unbroadcast(grad, shape)
    assert back.shape == shape
    ones = np.ones(shape)
    np.testing.assert_allclose((back * ones).sum(), (grad * np.broadcast_to(ones, full)).sum(), atol=1e-12)


# Reduce ---------------------------------------------------------------------------------------------------------------

REDUCE = {
    "sum": (lambda x, d, k: x.sum(d, k), lambda x, d, k: x.sum(axis=d, keepdims=k)),
    "mean": (lambda x, d, k: x.mean(d, k), lambda x, d, k: x.mean(axis=d, keepdims=k)),
    "amax": (lambda x, d, k: x.amax(d, k), lambda x, d, k: x.max(axis=d, keepdims=k)),
    "amin": (lambda x, d, k: x.amin(d, k), lambda x, d, k: x.min(axis=d, keepdims=k)),
    "var": (lambda x, d, k: x.var(d, k), lambda x, d, k: x.var(axis=d, keepdims=k, ddof=1)),
    "var of all": (lambda x, d, k: x.var(d, k, correction=0), lambda x, d, k: x.var(axis=d, keepdims=k)),
    "std": (lambda x, d, k: x.std(d, k), lambda x, d, k: x.std(axis=d, keepdims=k, ddof=1)),
    "logsumexp": (
        lambda x, d, k: x.logsumexp(d, k),
        lambda x, d, k: np.log(np.exp(x).sum(axis=d, keepdims=k)),
    ),
}


@pytest.mark.parametrize("keepdim", [False, True])
@pytest.mark.parametrize("dim", [None, 0, 1, -1, (0, 2), (-1, 0), (0, 1, 2)], ids=str)
@pytest.mark.parametrize("name", REDUCE)
def test_reduce(name, dim, keepdim):
    f, reference = REDUCE[name]
    x = leaf(draw(2, 3, 4))
    np.testing.assert_allclose(f(x, dim, keepdim).data, reference(x.data, dim, keepdim), rtol=1e-13)
    gradcheck(lambda a: f(a, dim, keepdim), [x])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", REDUCE)
def test_reduce_whatever_the_layout(name, layout):
    f, reference = REDUCE[name]
    x = leaf(LAYOUTS[layout](draw(3, 4)))
    np.testing.assert_allclose(f(x, 0, False).data, reference(x.data, 0, False), rtol=1e-13)
    gradcheck(lambda a: f(a, 0, False), [x])


@pytest.mark.parametrize("name", ["sum", "mean", "amax", "amin", "var of all", "logsumexp"])
def test_reduce_a_single_number(name):
    f, reference = REDUCE[name]
    for shape in ((1,), (1, 1)):
        x = leaf(np.full(shape, 1.5))
        for dim in (0, None):
            np.testing.assert_allclose(f(x, dim, False).data, reference(x.data, dim, False))
            gradcheck(lambda a, dim=dim: f(a, dim, False), [x])
    x = leaf(1.5)
    if name != "logsumexp":
        np.testing.assert_allclose(f(x, None, False).data, reference(x.data, None, False))
        gradcheck(lambda a: f(a, None, False), [x])


@pytest.mark.parametrize("name", ["sum", "logsumexp"])
def test_reduce_an_axis_without_numbers(name):
    f, reference = REDUCE[name]
    x = leaf(np.zeros((2, 0)))
    with np.errstate(divide="ignore"):
        np.testing.assert_array_equal(f(x, 1, False).data, reference(x.data, 1, False))
    f(x, 1, False).sum().backward()
    assert x.grad.shape == (2, 0)


@pytest.mark.parametrize("name", REDUCE)
def test_reduce_along_an_axis_beside_an_empty_one(name):
    f, _ = REDUCE[name]
    x = leaf(np.zeros((0, 3)))
    assert f(x, 1, False).shape == (0,)
    f(x, 1, True).sum().backward()
    assert x.grad.shape == (0, 3)


@pytest.mark.parametrize("name", REDUCE)
def test_reduce_refuses_an_axis_that_is_not_there(name):
    with pytest.raises((IndexError, ValueError), match="2"):
        REDUCE[name][0](tensor(np.ones((2, 3))), 2, False)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", REDUCE)
def test_reduce_keeps_the_float_type(name, dtype):
    x = Tensor(draw(3, 4).astype(dtype), requires_grad=True)
    y = REDUCE[name][0](x, 1, False)
    assert y.dtype == dtype
    y.sum().backward()
    assert x.grad.dtype == dtype


def test_ties_in_amax_share_the_slope():
    x = leaf([[1.0, 3, 3], [2, 2, 2]])
    x.amax(1).sum().backward()
    np.testing.assert_allclose(x.grad.data, [[0, 0.5, 0.5], [1 / 3] * 3])
    x.zero_grad()
    x.amax().backward()
    np.testing.assert_allclose(x.grad.data, [[0, 0.5, 0.5], [0, 0, 0]])
    x.zero_grad()
    x.amin(0).sum().backward()
    np.testing.assert_allclose(x.grad.data, [[1, 0, 0], [0, 1, 1]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logsumexp_of_large_numbers(dtype):
    x = Tensor(np.array([[1e4, 1e4], [-1e4, -1e4], [1e4, -1e4]], dtype), requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = x.logsumexp(1)
        y.sum().backward()
    np.testing.assert_allclose(y.data, [1e4 + np.log(2), -1e4 + np.log(2), 1e4], rtol=1e-7)
    np.testing.assert_allclose(x.grad.data, [[0.5, 0.5], [0.5, 0.5], [1, 0]])


def test_logsumexp_of_a_row_of_minus_infinity():
    x = leaf([[-np.inf, -np.inf], [0.0, -np.inf]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = x.logsumexp(1)
        y.backward([1.0, 1.0])
    np.testing.assert_array_equal(y.data, [-np.inf, 0])
    np.testing.assert_array_equal(x.grad.data, [[0, 0], [1, 0]])


def test_log_softmax_by_hand_at_1e4():
    x = leaf([1e4, 0, -1e4])
    y = x - x.logsumexp(0, keepdim=True)
    np.testing.assert_array_equal(y.data, [0, -1e4, -2e4])
    y[1].backward()
    np.testing.assert_array_equal(x.grad.data, [-1, 1, 0])


@pytest.mark.parametrize("name", ["mean", "var", "std"])
def test_means_and_spreads_want_floats(name):
    with pytest.raises(ValueError, match=r"wants floats and got int64: say \.float\(\) first"):
        getattr(tensor([1, 2]), name)()


@pytest.mark.parametrize("shape", [(4,), (2, 3, 4), (1,), (0,)], ids=str)
@pytest.mark.parametrize("dim", [0, -1])
def test_cumsum(shape, dim):
    x = leaf(draw(*shape))
    np.testing.assert_allclose(x.cumsum(dim).data, np.cumsum(x.data, axis=dim))
    gradcheck(lambda a: a.cumsum(dim), [x])


def test_argmax_takes_the_first_of_equals():
    x = tensor([[1.0, 3, 3], [5, 2, 0]])
    assert x.argmax(1).tolist() == [1, 0]
    assert x.argmax().item() == 3
    assert x.argmax(dim=0).tolist() == [1, 0, 0]


# Movement -------------------------------------------------------------------------------------------------------------

MOVEMENT = {
    "reshape": (lambda x: x.reshape(4, 6), lambda a: a.reshape(4, 6)),
    "reshape −1": (lambda x: x.reshape(2, -1), lambda a: a.reshape(2, -1)),
    "reshape tuple": (lambda x: x.reshape((24,)), lambda a: a.reshape(24)),
    "view": (lambda x: x.view(3, 8), lambda a: a.reshape(3, 8)),
    "flatten": (lambda x: x.flatten(), lambda a: a.reshape(-1)),
    "flatten 1": (lambda x: x.flatten(1), lambda a: a.reshape(2, 12)),
    "flatten 0 to 1": (lambda x: x.flatten(0, 1), lambda a: a.reshape(6, 4)),
    "permute": (lambda x: x.permute(2, 0, 1), lambda a: a.transpose(2, 0, 1)),
    "permute tuple": (lambda x: x.permute((-1, 0, 1)), lambda a: a.transpose(2, 0, 1)),
    "transpose": (lambda x: x.transpose(0, -1), lambda a: a.swapaxes(0, 2)),
    "T": (lambda x: x.T, lambda a: a.T),
    "mT": (lambda x: x.mT, lambda a: a.swapaxes(-1, -2)),
    "unsqueeze": (lambda x: x.unsqueeze(1), lambda a: a[:, None]),
    "unsqueeze at the end": (lambda x: x.unsqueeze(-1), lambda a: a[..., None]),
    "squeeze": (lambda x: x.unsqueeze(1).unsqueeze(0).squeeze(), lambda a: a),
    "squeeze one": (lambda x: x.unsqueeze(1).unsqueeze(0).squeeze(0), lambda a: a[:, None]),
    "squeeze none": (lambda x: x.squeeze(0), lambda a: a),
    "expand": (lambda x: x.unsqueeze(0).expand(3, 2, 3, 4), lambda a: np.broadcast_to(a, (3, 2, 3, 4))),
    "expand −1": (lambda x: x.unsqueeze(2).expand(-1, -1, 5, -1), lambda a: np.repeat(a[:, :, None], 5, 2)),
    "expand with new axes": (lambda x: x.expand(2, 1, -1, -1, -1), lambda a: np.broadcast_to(a, (2, 1, 2, 3, 4))),
    "flip": (lambda x: x.flip(1), lambda a: a[:, ::-1]),
    "flip several": (lambda x: x.flip((0, -1)), lambda a: a[::-1, :, ::-1]),
    "pad": (
        lambda x: ops.Pad.apply(x, widths=((1, 0), (0, 2), (0, 0)), value=3.0),
        lambda a: np.pad(a, ((1, 0), (0, 2), (0, 0)), constant_values=3),
    ),
    "contiguous": (lambda x: x.T.contiguous(), lambda a: a.T),
    "to": (lambda x: x.to(np.float64), lambda a: a),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", MOVEMENT)
def test_movement(name, layout):
    f, reference = MOVEMENT[name]
    x = leaf(LAYOUTS[layout](draw(2, 3, 4)))
    np.testing.assert_array_equal(f(x).data, reference(x.data))
    gradcheck(f, [x])


def test_movement_of_nothing_and_of_one():
    x = leaf(np.zeros((2, 0, 3)))
    for f, shape in [
        (lambda a: a.reshape(0, 6), (0, 6)),
        (lambda a: a.flatten(), (0,)),
        (lambda a: a.flatten(1), (2, 0)),
        (lambda a: a.permute(1, 2, 0), (0, 3, 2)),
        (lambda a: a.unsqueeze(0), (1, 2, 0, 3)),
        (lambda a: ops.cat([a, a], dim=1), (2, 0, 3)),
        (lambda a: ops.stack([a, a]), (2, 2, 0, 3)),
    ]:
        assert f(x).shape == shape
        gradcheck(f, [x])
    one = leaf(2.0)
    for f, shape in [
        (lambda a: a.reshape(1, 1), (1, 1)),
        (lambda a: a.reshape(()), ()),
        (lambda a: a.flatten(), (1,)),
        (lambda a: a.expand(2, 3), (2, 3)),
        (lambda a: a.unsqueeze(0), (1,)),
        (lambda a: a.T, ()),
        (lambda a: ops.stack([a, a]), (2,)),
    ]:
        assert f(one).shape == shape
        gradcheck(f, [one])


@pytest.mark.parametrize(
    ("do", "error", "message"),
    [
        (lambda x: x.reshape(4, 2), ValueError, r"\(2, 3\) holds 6 numbers and cannot be dealt out as \(4, 2\)"),
        (lambda x: x.permute(0, 0), ValueError, r"each of the 2 axes of \(2, 3\) once and got \(0, 0\)"),
        (lambda x: x.permute(0, 3), IndexError, "axis 3, and there are 2"),
        (lambda x: x.transpose(0, 2), IndexError, "axis 2, and there are 2"),
        (lambda x: x.squeeze(5), IndexError, "axis 5"),
        (lambda x: x.unsqueeze(7), IndexError, "axis 7, and there are 3"),
        (lambda x: x.flatten(3), IndexError, "axis 3"),
        (lambda x: x.expand(4, 3), ValueError, r"cannot make \(4, 3\) of \(2, 3\)"),
        (lambda x: x.expand(-1, 2, 3), ValueError, r"cannot make \(-1, 2, 3\) of \(2, 3\)"),
        (lambda x: x.expand(3), ValueError, r"cannot make \(3,\) of \(2, 3\)"),
        (lambda x: ops.cat([x, x.T]), ValueError, r"axis 0 alone and got \(2, 3\), \(3, 2\); stack\(\)"),
        (lambda x: ops.cat([x, x], dim=2), IndexError, "axis 2"),
        (lambda x: ops.cat([]), ValueError, "at least one tensor and got none"),
        (lambda x: ops.cat([x.sum(), x.sum()]), IndexError, "there is none"),
        (lambda x: ops.stack([x, x.T]), ValueError, r"one shape and got \[\(2, 3\), \(3, 2\)\]"),
        (lambda x: ops.stack([]), ValueError, "got none"),
        (lambda x: ops.stack([x, x], dim=4), IndexError, "axis 4"),
        (lambda x: x[2], IndexError, "2"),
        (lambda x: x[0, 0, 0], IndexError, "too many indices"),
    ],
)
def test_movement_refuses_what_cannot_be_and_says_why(do, error, message):
    with pytest.raises(error, match=message):
        do(tensor(np.ones((2, 3))))


@pytest.mark.parametrize("dim", [0, 1, 2, -1])
def test_cat_and_stack(dim):
    parts = [leaf(draw(2, 3, 2)) for _ in range(3)]
    np.testing.assert_array_equal(ops.stack(parts, dim).data, np.stack([p.data for p in parts], dim))
    gradcheck(lambda *a: ops.stack(a, dim), parts)
    shapes = [[2, 3, 2], [2, 3, 2]]
    shapes[1][dim] = 4
    parts = [leaf(draw(*s)) for s in shapes]
    np.testing.assert_array_equal(ops.cat(parts, dim).data, np.concatenate([p.data for p in parts], dim))
    gradcheck(lambda *a: ops.cat(a, dim), parts)


def test_cat_of_one_tensor_twice_and_with_a_constant():
    x = leaf(draw(2, 2))
    gradcheck(lambda a: ops.cat([a, np.ones((1, 2)), a * 2, a]), [x])


# Indexing

INDICES = [
    1,
    -1,
    np.int64(1),
    slice(1, None),
    slice(None, None, 2),
    slice(None, None, -1),
    slice(2, 2),
    None,
    ...,
    (0, 1),
    (slice(None), 2),
    (..., 0),
    (..., None, 0),
    (None, 1, slice(1, 3), ...),
    (0, 1, 1),
    [0, 2],
    [2, 2, 0, 2],
    [-1, 2],
    np.array([[0, 2], [2, 2]]),
    (slice(None), [1, 1, 3]),
    ([0, 2, 2], [1, 3, 3]),
    ([0, 2], slice(None), [1, 0]),
    ([[0], [2]], [1, 3, 1]),
    (1, [0, 0, 2]),
    (np.array([0, 1]), ..., None),
    np.array([True, False, True]),
    (slice(None), np.array([True, False, True, True])),
    (np.array([True, False, True]), [1, 1]),
    np.arange(24).reshape(3, 4, 2) % 3 == 0,
    np.zeros(3, bool),
    [True, False, True],
    True,
]


@pytest.mark.parametrize("layout", ["plain", "transposed", "reversed"])
@pytest.mark.parametrize("index", INDICES, ids=str)
def test_indexing(index, layout):
    x = leaf(LAYOUTS[layout](draw(3, 4, 2)))
    np.testing.assert_array_equal(x[index].data, x.data[index])
    gradcheck(lambda a: a[index], [x])


def test_tensors_are_indices_too():
    x = leaf(draw(3, 4))
    rows, mask = tensor([2, 0, 2]), tensor([True, False, True])
    np.testing.assert_array_equal(x[rows].data, x.data[[2, 0, 2]])
    np.testing.assert_array_equal(x[mask].data, x.data[[0, 2]])
    np.testing.assert_array_equal(x[rows, tensor([1, 1, 1])].data, x.data[[2, 0, 2], 1])
    gradcheck(lambda a: a[rows], [x])
    gradcheck(lambda a: a[x > 0], [x])
    gradcheck(lambda a: a[:, rows], [x])


def test_a_place_taken_several_times_gets_all_slopes():
    x = leaf([1.0, 2, 3])
    x[[0, 0, 2, 0]].backward([1.0, 10.0, 100.0, 1000.0])
    np.testing.assert_array_equal(x.grad.data, [1011, 0, 100])


# Processing -----------------------------------------------------------------------------------------------------------

PRODUCTS = [
    ((3,), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3,)),
    ((2, 3), (3, 4)),
    ((1, 1), (1, 1)),
    ((3,), (5, 3, 2)),
    ((5, 2, 3), (3,)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 2, 3), (1, 3, 4)),
    ((1, 2, 3), (5, 3, 4)),
    ((2, 1, 2, 3), (5, 3, 4)),
    ((2, 1, 2, 3), (1, 5, 3, 1)),
    ((3,), (2, 5, 3, 2)),
    ((2, 5, 2, 3), (3,)),
    ((0, 3), (3, 2)),
    ((2, 0), (0, 3)),
    ((2, 2, 0), (0, 3)),
    ((0,), (0,)),
    ((0, 2, 3), (3, 4)),
    ((0, 2, 3), (1, 3, 4)),
    ((2, 3), (3, 0)),
]


@pytest.mark.parametrize("shapes", PRODUCTS, ids=str)
def test_matmul(shapes):
    x, y = (leaf(draw(*s)) for s in shapes)
    np.testing.assert_allclose((x @ y).data, x.data @ y.data, atol=1e-14)
    gradcheck(ops.matmul, [x, y])
    if x.data.size and y.data.size:
        gradcheck(ops.matmul, [x, tensor(y.data)])
        gradcheck(ops.matmul, [tensor(x.data), y])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_matmul_whatever_the_layout(layout):
    for shapes in (((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (5, 3, 4))):
        x, y = (leaf(LAYOUTS[layout](draw(*s))) for s in shapes)
        np.testing.assert_allclose(
            (x @ y).data, np.ascontiguousarray(x.data) @ np.ascontiguousarray(y.data), atol=1e-14
        )
        gradcheck(ops.matmul, [x, y])


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((2, 3), (2, 3)), r"got \(2, 3\) @ \(2, 3\).*second to last.*transposed"),
        (((2, 3), (2,)), r"got \(2, 3\) @ \(2,\).*only"),
        (((), (2,)), r"got \(\) @ \(2,\)"),
        (((2, 3), ()), r"got \(2, 3\) @ \(\)"),
        (((4, 2, 3), (5, 3, 2)), "broadcast"),
    ],
)
def test_matmul_refuses_what_does_not_fit(shapes, message):
    with pytest.raises(ValueError, match=message):
        ops.matmul(*(tensor(np.ones(s)) for s in shapes))


def test_matmul_types_follow_pytorch():
    whole, single, double = tensor([[1, 2]]), tensor([[1.0], [2.0]]), tensor(np.ones((2, 1)))
    assert (whole @ single).dtype == np.float32
    assert (whole @ double).dtype == np.float64
    assert (whole @ whole.T).dtype == np.int64


# All of them ----------------------------------------------------------------------------------------------------------


def operations():
    return [f for f in vars(ops).values() if isinstance(f, type) and issubclass(f, Function) and f is not Function]


def test_every_operation_is_met_by_a_gradcheck_above(monkeypatch):
    """Runs the tables of this file once more and notes which backward was called: none may be missing."""
    met = set()
    for function in operations():
        original = function.backward

        def noted(self, grad, original=original):
            met.add(type(self))
            return original(self, grad)

        monkeypatch.setattr(function, "backward", noted)
    x, y = leaf(draw(2, 3, 4, low=0.3)), leaf(draw(2, 3, 4, low=0.4))
    results = [f(x) for f, *_ in (*UNARY.values(), *MOVEMENT.values())]
    results += [f(x, y) for f, _ in BINARY.values()] + [f(x, 1, False) for f, _ in REDUCE.values()]
    results += [x.cumsum(0), x[0], ops.cat([x, y]), x @ y.mT, x.float()]
    for result in results:
        result.sum().backward()
    assert met == set(operations())


def test_no_operation_changes_what_it_was_given():
    x, y = leaf(draw(2, 3, 4, low=0.3)), leaf(draw(2, 3, 4, low=0.4))
    kept = x.data.copy(), y.data.copy()
    for f, *_ in (*UNARY.values(), *MOVEMENT.values()):
        out = f(x)
        slope = np.ones(out.shape)
        out.backward(slope)
        np.testing.assert_array_equal(slope, 1)
    for f, _ in BINARY.values():
        f(x, y).sum().backward()
    np.testing.assert_array_equal(x.data, kept[0])
    np.testing.assert_array_equal(y.data, kept[1])


def test_nothing_is_remembered_under_no_grad():
    x = leaf(draw(2, 3, 4, low=0.3))
    with no_grad():
        for f, *_ in (*UNARY.values(), *MOVEMENT.values()):
            out = f(x)
            assert out is x or (out.is_leaf and not out.requires_grad)


def test_cross_entropy_is_averaged_over_the_samples_and_not_over_the_classes():
    """Scores that prefer nothing surprise by ln C, however many samples there are."""
    for samples, classes in ((1, 2), (5, 10), (7, 1000)):
        scores, target = tensor(np.zeros((samples, classes))), np.arange(samples) % classes
        soft = tensor(np.eye(classes)[target])
        assert cross_entropy(scores, target).item() == pytest.approx(math.log(classes))
        assert cross_entropy(scores, soft).item() == pytest.approx(math.log(classes))

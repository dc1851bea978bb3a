"""What must hold for all shapes and numbers: forward as NumPy has it, backward as the sum rule demands.

The sum rule: with random weights w for the result and u for a nudge of the input, Σ slope·u is how fast Σ w·f(x + hu)
changes with h. For what only moves and adds numbers f(x + hu) = f(x) + h·f(u), so that Σ slope·u = Σ w·f(u), exactly.
"""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from groundup import ops
from groundup.tensor import Tensor

settings.register_profile("groundup", deadline=None, derandomize=True, max_examples=60, database=None)
settings.load_profile("groundup")

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
FULL = hnp.array_shapes(min_dims=1, max_dims=4, min_side=1, max_side=4)
SEEDS = st.integers(0, 2**32 - 1)


def numbers(shape, seed, low=-2.0, high=2.0):
    return np.random.default_rng(seed).uniform(low, high, shape)


def leaf(array):
    return Tensor(array, requires_grad=True)


def assert_slopes(f, arrays, seed):
    """Check the gradients of ``f(*tensors)`` for a random nudge of each input, by a central difference in float64."""
    rng = np.random.default_rng(seed)
    tensors = [leaf(a) for a in arrays]
    out = f(*tensors)
    w = rng.normal(size=out.shape)
    out.backward(w)
    for i, (a, t) in enumerate(zip(arrays, tensors, strict=True)):
        u, h = rng.normal(size=a.shape), 1e-6
        ends = [
            (w * f(*[Tensor(b + side * u) if j == i else Tensor(b) for j, b in enumerate(arrays)]).data).sum()
            for side in (h, -h)
        ]
        slope = np.zeros(a.shape) if t.grad is None else t.grad.data
        assert slope.shape == a.shape
        size = 1 + np.abs(slope).sum()
        assert (slope * u).sum() == pytest.approx((ends[0] - ends[1]) / (2 * h), abs=2e-7 * size)


def assert_linear(f, shape, seed):
    """Check forward against NumPy, and the sum rule, for an f that only moves and adds numbers."""
    x, u = leaf(numbers(shape, seed)), numbers(shape, seed + 1)
    y = f(x)
    np.testing.assert_allclose(y.data, np.asarray(f(x.data)), rtol=1e-12, atol=1e-12)
    w = numbers(y.shape, seed + 2)
    y.backward(w)
    assert x.grad.shape == shape
    assert (x.grad.data * u).sum() == pytest.approx((w * np.asarray(f(u))).sum(), abs=1e-10)


# Broadcasting ---------------------------------------------------------------------------------------------------------

BINARY = {
    "add": (lambda a, b: a + b, np.add),
    "sub": (lambda a, b: a - b, np.subtract),
    "mul": (lambda a, b: a * b, np.multiply),
    "div": (lambda a, b: a / b, np.divide),
    "pow": (lambda a, b: a**b, np.power),
    "maximum": (ops.maximum, np.maximum),
    "minimum": (ops.minimum, np.minimum),
}


@pytest.mark.parametrize("name", BINARY)
@given(
    shapes=hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=4, min_side=0, max_side=4),
    seed=SEEDS,
)
def test_pairs_broadcast_as_in_numpy(name, shapes, seed):
    f, reference = BINARY[name]
    a, b = numbers(shapes.input_shapes[0], seed, 0.5), numbers(shapes.input_shapes[1], seed + 1, 0.5)
    y = f(leaf(a), leaf(b))
    assert y.shape == shapes.result_shape
    np.testing.assert_allclose(y.data, reference(a, b), rtol=1e-13)
    if a.size and b.size and "imum" in name:
        assume(np.abs(np.subtract.outer(a, b)).min() > 1e-4)  # no kink within the nudge
    assert_slopes(f, [a, b], seed)


@given(shapes=hnp.mutually_broadcastable_shapes(num_shapes=3, max_dims=3, min_side=0, max_side=4), seed=SEEDS)
def test_where_broadcasts_all_three(shapes, seed):
    shape_c, shape_a, shape_b = shapes.input_shapes
    condition = numbers(shape_c, seed) > 0
    a, b = numbers(shape_a, seed + 1), numbers(shape_b, seed + 2)
    y = ops.where(condition, leaf(a), leaf(b))
    np.testing.assert_array_equal(y.data, np.where(condition, a, b))
    assert_slopes(lambda s, t: ops.where(condition, s, t), [a, b], seed)


@given(shapes=hnp.mutually_broadcastable_shapes(num_shapes=1, base_shape=(3, 2, 4), max_dims=3), seed=SEEDS)
def test_unbroadcast_undoes_broadcast_to(shapes, seed):
    (shape,) = shapes.input_shapes
    assume(len(shape) <= 3)
    full = shapes.result_shape
    grad, u = numbers(full, seed), numbers(shape, seed + 1)
    back = ops.unbroadcast(grad, shape)
    assert back.shape == shape
    assert (back * u).sum() == pytest.approx((grad * np.broadcast_to(u, full)).sum(), abs=1e-10)


@given(
    shapes=hnp.mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=2, min_side=0, max_side=3),
    seed=SEEDS,
)
def test_products_of_all_ranks(shapes, seed):
    a, b = (numbers(s, seed + i) for i, s in enumerate(shapes.input_shapes))
    y = leaf(a) @ leaf(b)
    np.testing.assert_allclose(y.data, a @ b, atol=1e-13)
    assert_slopes(ops.matmul, [a, b], seed)


# Indexing -------------------------------------------------------------------------------------------------------------


@given(data=st.data(), shape=FULL, seed=SEEDS)
def test_numbers_slices_and_new_axes(data, shape, seed):
    index = data.draw(hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    assert_linear(lambda x: x[index], shape, seed)


@given(data=st.data(), shape=FULL, seed=SEEDS)
def test_whole_number_arrays_also_with_repeats(data, shape, seed):
    index = data.draw(hnp.integer_array_indices(shape, result_shape=hnp.array_shapes(max_dims=2, max_side=5)))
    assert_linear(lambda x: x[index], shape, seed)


@given(data=st.data(), shape=FULL, seed=SEEDS)
def test_masks(data, shape, seed):
    mask = data.draw(hnp.arrays(bool, shape[: data.draw(st.integers(1, len(shape)))]))
    assert_linear(lambda x: x[mask], shape, seed)


@given(data=st.data(), rows=st.integers(1, 5), columns=st.integers(1, 5), seed=SEEDS)
def test_mixed_indices(data, rows, columns, seed):
    places = data.draw(st.lists(st.integers(-rows, rows - 1), min_size=1, max_size=6))
    part = data.draw(st.one_of(st.integers(0, columns - 1), st.slices(columns), st.just(...), st.none()))
    assert_linear(lambda x: x[places, part], (rows, columns), seed)


@given(data=st.data(), shape=FULL, seed=SEEDS)
def test_setting_is_numpys(data, shape, seed):
    index = data.draw(hnp.basic_indices(shape))
    x, wanted = Tensor(numbers(shape, seed)), numbers(shape, seed)
    value = numbers(np.shape(wanted[index]), seed + 1)
    x[index] = Tensor(value)
    wanted[index] = value
    np.testing.assert_array_equal(x.data, wanted)


# Reductions -----------------------------------------------------------------------------------------------------------


@st.composite
def axes(draw, shape):
    """None, an axis or several, counted from either end."""
    if not shape:
        return None
    several = draw(st.lists(st.integers(0, len(shape) - 1), min_size=1, unique=True))
    several = [a - len(shape) if draw(st.booleans()) else a for a in several]
    return draw(st.sampled_from([None, several[0], tuple(several)]))


@pytest.mark.parametrize("name", ["sum", "mean"])
@given(data=st.data(), shape=FULL, seed=SEEDS, keepdim=st.booleans())
def test_sums_and_means(name, data, shape, seed, keepdim):
    dim = data.draw(axes(shape))

    def f(x):
        if isinstance(x, Tensor):
            return getattr(x, name)(dim, keepdim)
        return getattr(x, name)(axis=dim, keepdims=keepdim)

    assert_linear(f, shape, seed)


@given(data=st.data(), shape=SHAPES, seed=SEEDS, keepdim=st.booleans())
def test_sums_of_nothing_too(data, shape, seed, keepdim):
    dim = data.draw(axes(shape))
    assert_linear(
        lambda x: x.sum(dim, keepdim) if isinstance(x, Tensor) else x.sum(axis=dim, keepdims=keepdim), shape, seed
    )


CURVED = {
    "amax": np.max,
    "amin": np.min,
    "var": lambda x, axis, keepdims: np.var(x, axis=axis, keepdims=keepdims, ddof=1),
    "std": lambda x, axis, keepdims: np.std(x, axis=axis, keepdims=keepdims, ddof=1),
    "logsumexp": lambda x, axis, keepdims: np.log(np.exp(x).sum(axis=axis, keepdims=keepdims)),
}


@pytest.mark.parametrize("name", CURVED)
@given(data=st.data(), shape=FULL, seed=SEEDS, keepdim=st.booleans())
def test_other_reductions(name, data, shape, seed, keepdim):
    dim = data.draw(axes(shape))
    x = np.random.default_rng(seed).permutation(math.prod(shape)).reshape(shape) / 7  # all different
    lost = x.size // max(1, np.sum(x, axis=dim).size)
    assume(lost > 2 or name not in ("var", "std"))
    y = getattr(Tensor(x), name)(dim, keepdim)
    wanted = CURVED[name](x, axis=dim, keepdims=keepdim)
    assert y.shape == np.shape(wanted)
    np.testing.assert_allclose(y.data, wanted, rtol=1e-12, atol=1e-14)
    assert_slopes(lambda t: getattr(t, name)(dim, keepdim), [x], seed)


@given(shape=FULL, seed=SEEDS, data=st.data())
def test_ties_in_amax_share_one_slope(shape, seed, data):
    dim = data.draw(axes(shape))
    x = leaf(np.random.default_rng(seed).integers(0, 3, shape).astype(np.float64))
    y = x.amax(dim, keepdim=True)
    y.backward(np.ones(y.shape))
    np.testing.assert_allclose(x.grad.data.sum(axis=dim, keepdims=True), 1)
    assert (x.grad.data[np.broadcast_to(y.data, shape) > x.data] == 0).all()


@given(data=st.data(), shape=FULL, seed=SEEDS)
def test_running_sums(data, shape, seed):
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    assert_linear(lambda x: x.cumsum(dim), shape, seed)


# Reshaping and permuting ----------------------------------------------------------------------------------------------


@given(data=st.data(), shape=FULL, seed=SEEDS)
def test_permute(data, shape, seed):
    order = data.draw(st.permutations(range(len(shape))))
    assert_linear(lambda x: x.permute(order) if isinstance(x, Tensor) else x.transpose(order), shape, seed)


@given(data=st.data(), shape=SHAPES, seed=SEEDS)
def test_reshape(data, shape, seed):
    whole = math.prod(shape)
    sides = [n for n in range(1, whole + 1) if whole % n == 0] if whole else [1, 2]
    first = data.draw(st.sampled_from(sides))
    new = data.draw(st.sampled_from([(first, whole // first), (1, whole, 1), (whole,)]))
    assert_linear(lambda x: x.reshape(new), shape, seed)
    if whole:
        assert_linear(lambda x: x.reshape(first, -1), shape, seed)


@given(data=st.data(), shape=FULL, seed=SEEDS)
def test_flatten_is_a_reshape(data, shape, seed):
    start = data.draw(st.integers(0, len(shape) - 1))
    end = data.draw(st.integers(start, len(shape) - 1))
    new = (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :])
    assert_linear(lambda x: x.flatten(start, end) if isinstance(x, Tensor) else x.reshape(new), shape, seed)


@given(data=st.data(), shape=FULL, seed=SEEDS)
def test_squeeze_and_unsqueeze_undo_each_other(data, shape, seed):
    at = data.draw(st.integers(-len(shape) - 1, len(shape)))
    assert_linear(lambda x: x.unsqueeze(at) if isinstance(x, Tensor) else np.expand_dims(x, at), shape, seed)
    x = Tensor(numbers(shape, seed))
    assert x.unsqueeze(at).squeeze(at).shape == shape
    assert x.squeeze().shape == np.squeeze(x.data).shape


@given(data=st.data(), shape=FULL, seed=SEEDS)
def test_flip(data, shape, seed):
    dims = tuple(data.draw(st.lists(st.integers(0, len(shape) - 1), min_size=1, unique=True)))
    assert_linear(lambda x: x.flip(dims) if isinstance(x, Tensor) else np.flip(x, dims), shape, seed)


@given(shapes=hnp.mutually_broadcastable_shapes(num_shapes=1, base_shape=(2, 3, 1, 4), max_dims=4), seed=SEEDS)
def test_expand(shapes, seed):
    (shape,), full = shapes.input_shapes, shapes.result_shape
    assume(len(shape) <= len(full))
    assert_linear(lambda x: x.expand(*full) if isinstance(x, Tensor) else np.broadcast_to(x, full), shape, seed)


@given(data=st.data(), shape=FULL, seed=SEEDS, parts=st.integers(1, 4))
def test_cat_undone_by_slices(data, shape, seed, parts):
    dim = data.draw(st.integers(-len(shape), len(shape) - 1))
    lengths = data.draw(st.lists(st.integers(0, 3), min_size=parts, max_size=parts))
    arrays = []
    for i, n in enumerate(lengths):
        size = list(shape)
        size[dim] = n
        arrays.append(numbers(tuple(size), seed + i))
    y = ops.cat([leaf(a) for a in arrays], dim)
    np.testing.assert_array_equal(y.data, np.concatenate(arrays, dim))
    assert_slopes(lambda *t: ops.cat(t, dim), arrays, seed)


@given(data=st.data(), shape=SHAPES, seed=SEEDS, parts=st.integers(1, 3))
def test_stack(data, shape, seed, parts):
    dim = data.draw(st.integers(-len(shape) - 1, len(shape)))
    arrays = [numbers(shape, seed + i) for i in range(parts)]
    np.testing.assert_array_equal(ops.stack([Tensor(a) for a in arrays], dim).data, np.stack(arrays, dim))
    assert_slopes(lambda *t: ops.stack(t, dim), arrays, seed)


# Whole graphs ---------------------------------------------------------------------------------------------------------


STEPS = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - 0.5 * y,
    "mul": lambda x, y: (x * y).tanh(),
    "square": lambda x, y: (x * x).tanh(),
    "tanh": lambda x, y: y.tanh(),
    "mean": lambda x, y: x + y.mean(0, keepdim=True),
    "turned": lambda x, y: x + y.T,
    "product": lambda x, y: (x @ y).tanh(),
    "twice": lambda x, y: x * 0.5 + x[[0, 0, 2]] * 0.5,
}


@given(steps=st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 7)), max_size=12), seed=SEEDS)
def test_random_graphs_go_backward_right(steps, seed):
    """Operations strung together at random, with values used several times."""

    def f(a, b):
        values = [a, b]
        for name, pick in steps:
            values.append(STEPS[name](values[pick % len(values)], values[-1]))
        return values[-1] + values[0]

    assert_slopes(f, [numbers((3, 3), seed), numbers((3, 3), seed + 1)], seed)

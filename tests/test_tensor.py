"""``Tensor``: how it is made, what it refuses, what backward does to it, and what its graph costs."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

from groundup import ops
from groundup.tensor import (
    Function,
    Tensor,
    as_tensor,
    detect_anomaly,
    from_numpy,
    is_grad_enabled,
    no_grad,
    tensor,
)


def leaf(*values, dtype=np.float64):
    return Tensor(np.array(values, dtype=dtype), requires_grad=True)


def test_requires_grad_can_be_set_and_is_refused_for_whole_numbers():
    x = Tensor([1.0, 2.0])
    x.requires_grad = True
    (x * x).sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]
    x.requires_grad = False
    assert not x.requires_grad
    with pytest.raises(ValueError, match="only floats can have gradients"):
        Tensor([1, 2]).requires_grad = True
    with pytest.raises(RuntimeError, match="detach"):
        (leaf(1.0) * 2).requires_grad = False


# How it is made


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (1.5, np.float32),
        ([1.0, 2], np.float32),
        ([[1, 2], [3, 4]], np.int64),
        (3, np.int64),
        (True, np.bool_),
        ([], np.float32),
        (np.zeros(2), np.float64),
        (np.zeros(2, np.float16), np.float16),
        (np.float64(1), np.float64),
        (np.zeros(2, np.uint8), np.uint8),
    ],
)
def test_python_floats_become_float32_and_arrays_keep_their_type(data, dtype):
    for made in (Tensor(data), tensor(data), as_tensor(data)):
        assert made.dtype == dtype
        assert made.shape == np.shape(data)


def test_a_given_dtype_wins():
    assert tensor([1, 2], dtype=np.float64).dtype == np.float64
    assert tensor(np.zeros(2), dtype=np.float32).dtype == np.float32


def test_tensor_copies_and_from_numpy_shares():
    array = np.zeros(3)
    copied, shared = tensor(array), from_numpy(array)
    array[0] = 7
    assert copied.data[0] == 0
    assert shared.data[0] == 7
    assert as_tensor(shared) is shared


@pytest.mark.parametrize("data", ["words", 1j, [object()], None])
def test_what_is_not_a_real_number_is_refused(data):
    with pytest.raises(ValueError, match="real numbers"):
        tensor(data)


def test_from_numpy_refuses_lists_and_says_what_to_use():
    with pytest.raises(TypeError, match=r"NumPy array and got list; use tensor\(\)"):
        from_numpy([1.0])


def test_sizes():
    x = tensor(np.zeros((2, 3, 4)))
    assert (x.shape, x.ndim, x.dim(), x.numel(), len(x)) == ((2, 3, 4), 3, 3, 24, 2)
    assert (x.size(), x.size(1), x.size(-1)) == ((2, 3, 4), 3, 4)


def test_numbers_come_out():
    x = tensor([[2.5]])
    assert (x.item(), float(x), int(x), bool(x), x.tolist()) == (2.5, 2.5, 2, True, [[2.5]])
    assert isinstance(x.item(), float)


@pytest.mark.parametrize(
    ("do", "error", "message"),
    [
        (lambda x: x.item(), ValueError, r"one number and got shape \(2,\); use \.data"),
        (bool, ValueError, r"shape \(2,\) is neither true nor false"),
        (lambda x: len(x.sum()), TypeError, "no axis to count along"),
        (lambda x: list(x.sum()), TypeError, "no axis to count along"),
        (lambda x: x.backward(), RuntimeError, "nothing here asks for a gradient"),
        (lambda x: x.wieght, AttributeError, "wieght"),
        (lambda x: setattr(x, "require_grad", True), AttributeError, "require_grad"),
        (lambda x: x.long().requires_grad_(), ValueError, "only floats can have gradients, and this tensor is int64"),
    ],
)
def test_errors_say_what_was_wanted_and_what_came(do, error, message):
    with pytest.raises(error, match=message):
        do(tensor([1.0, 2.0]))


def test_repr_names_type_and_origin():
    x = tensor([1.0, 2.0], requires_grad=True)
    assert repr(x) == "tensor([1., 2.], requires_grad=True)"
    assert repr(x * 2) == "tensor([2., 4.], grad_fn=<Mul>)"
    assert repr(tensor(np.ones(1))) == "tensor([1.], dtype=float64)"
    assert repr(tensor([1, 2])) == "tensor([1, 2])"


def test_a_single_number_is_formatted_like_one():
    loss = tensor(0.123456, requires_grad=True) * 1
    assert f"{loss:.3f}" == "0.123"
    assert f"{tensor([1.0, 2.0])}" == "tensor([1., 2.])"
    assert f"{tensor(3)}" == "tensor(3)"


def test_whole_numbers_count_and_index():
    n = tensor(2)
    assert list(range(n)) == [0, 1]
    assert "abc"[n] == "c"
    with pytest.raises(TypeError, match="this tensor is float32"):
        range(tensor(2.0))


# NumPy beside it


def test_arrays_of_one_shape_as_another_come_out_through_the_array_protocol():
    x = tensor([1.0, 2.0])
    assert np.asarray(x) is not None
    np.testing.assert_array_equal(np.asarray(x), [1, 2])
    assert np.asarray(x, dtype=np.float64).dtype == np.float64
    assert np.array(x) is not x.data
    assert x.numpy() is x.data


def test_an_array_may_not_leave_the_graph_unseen():
    x = leaf(1, 2)
    with pytest.raises(RuntimeError, match=r"\.detach\(\)\.numpy\(\)"):
        np.asarray(x)
    with pytest.raises(RuntimeError, match=r"\.detach\(\)\.numpy\(\)"):
        x.numpy()
    assert x.detach().numpy() is x.data


@pytest.mark.parametrize("left", [np.ones((2, 3)), np.float64(2), np.float32(2), 2, 2.0, True])
@pytest.mark.parametrize("op", ["__add__", "__sub__", "__mul__", "__truediv__", "__pow__"])
def test_what_stands_on_the_left_is_taken_in_whole(left, op):
    import operator

    do = getattr(operator, op)
    x = Tensor(np.full((2, 3), 3.0), requires_grad=True)
    y = do(left, x)
    assert isinstance(y, Tensor)
    assert y.shape == (2, 3)
    np.testing.assert_allclose(y.data, do(np.asarray(left, dtype=np.float64), x.data))
    y.sum().backward()
    assert x.grad.shape == (2, 3)


def test_array_matmul_tensor_and_comparison():
    x = Tensor(np.eye(3), requires_grad=True)
    product = np.ones((2, 3)) @ x
    assert isinstance(product, Tensor)
    product.sum().backward()
    np.testing.assert_array_equal(x.grad.data, np.full((3, 3), 2.0))
    below = np.zeros((3, 3)) < x
    assert isinstance(below, Tensor)
    assert below.dtype == np.bool_
    np.testing.assert_array_equal(below.data, np.eye(3) > 0)


# Types of results


@pytest.mark.parametrize("number", [2, 2.5, True, np.float64(2.5), np.float32(2.5), np.int64(2)])
def test_plain_numbers_do_not_change_a_float_type(number):
    for dtype in (np.float32, np.float64):
        x = tensor(np.ones(3), dtype=dtype)
        for y in (x + number, number * x, x - number, number / x, x**number, ops.maximum(x, number)):
            assert y.dtype == dtype


@pytest.mark.parametrize(
    ("a", "b", "result"),
    [
        (np.ones(2, np.float32), np.ones(2, np.float64), np.float64),
        (np.ones(2, np.float32), np.ones(2, np.int64), np.float32),  # NumPy would say float64
        (np.ones(2, np.float32), np.ones(2, np.bool_), np.float32),
        (np.ones(2, np.float32), np.float64(1), np.float32),
        (np.ones(2, np.float64), np.float32(1), np.float64),
        (np.ones(2, np.int32), np.ones(2, np.int64), np.int64),
    ],
)
def test_mixed_types_as_in_pytorch(a, b, result):
    a, b = Tensor(a), Tensor(b)
    assert (a * b).dtype == (b * a).dtype == result
    assert ops.where(np.array([True, False]), a, b).dtype == result


def test_whole_numbers_divide_to_float32():
    assert (tensor([1, 2]) / 2).dtype == np.float32
    assert (1 / tensor([1, 2])).dtype == np.float32
    assert (tensor([1, 2]) * 2).dtype == np.int64
    assert (tensor([1, 2]) * 0.5).dtype == np.float32
    assert tensor([1, 2]).exp().dtype == np.float32


def test_each_gradient_has_the_type_of_its_tensor():
    a = Tensor(np.ones(3, np.float32), requires_grad=True)
    b = Tensor(np.ones(3, np.float64), requires_grad=True)
    ((a * b).sum() + (a @ b)).backward()
    assert a.grad.dtype == np.float32
    assert b.grad.dtype == np.float64


def test_casts():
    x = leaf(1.5, 2.5)
    assert x.float().dtype == np.float32
    assert x.double() is x
    assert x.long().dtype == np.int64
    assert not x.long().requires_grad
    x.float().sum().backward()
    assert x.grad.dtype == np.float64


# Comparison, hash, iteration


def test_comparisons_give_truth_values_without_a_graph():
    x = leaf(1, 2, 3)
    for y, wanted in [
        (x < 2, [True, False, False]),
        (x <= 2, [True, True, False]),
        (x > 2, [False, False, True]),
        (x >= tensor(2.0), [False, True, True]),
        (x == 2, [False, True, False]),
        (x != np.array([1, 2, 4]), [False, False, True]),
    ]:
        assert y.tolist() == wanted
        assert y.dtype == np.bool_
        assert not y.requires_grad


def test_masks_combine():
    x = tensor(np.array([1, 2, 3, 4]))
    low, even = x < 3, x == np.array([0, 2, 0, 4])
    assert (low & even).tolist() == [False, True, False, False]
    assert (low | even).tolist() == [True, True, False, True]
    assert (low ^ even).tolist() == [True, False, False, True]
    assert (~low).tolist() == [False, False, True, True]
    assert abs(-x).tolist() == [1, 2, 3, 4]


def test_tensors_are_keys_by_identity():
    a, b = tensor(1.0), tensor(1.0)
    assert len({a, b, a}) == 2


def test_iteration_gives_rows_that_stay_in_the_graph():
    x = Tensor(np.arange(6.0).reshape(3, 2), requires_grad=True)
    first, _, last = x
    (first.sum() + 3 * last.sum()).backward()
    np.testing.assert_array_equal(x.grad.data, [[1, 1], [0, 0], [3, 3]])


# backward


def test_gradients_of_two_losses_add_up():
    x = leaf(1, 2)
    (x * 3).sum().backward()
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad.data, [5, 7])
    x.zero_grad()
    assert x.grad is None


def test_a_second_backward_on_one_graph_raises_and_adds_nothing():
    x = leaf(1, 2)
    loss = (x * x).sum()
    loss.backward()
    before = x.grad.data.copy()
    with pytest.raises(RuntimeError, match=r"Sum.*has been freed.*retain_graph=True"):
        loss.backward()
    np.testing.assert_array_equal(x.grad.data, before)


def test_a_second_loss_on_a_freed_part_of_the_graph_raises_too():
    x = leaf(1, 2)
    hidden = x * x
    hidden.sum().backward()
    with pytest.raises(RuntimeError, match=r"Mul.*has been freed"):
        (hidden * 2).sum().backward()


def test_retain_graph_allows_both():
    x = leaf(1, 2)
    loss = (x * x).sum()
    loss.backward(retain_graph=True)
    loss.backward()
    np.testing.assert_array_equal(x.grad.data, [4, 8])
    with pytest.raises(RuntimeError, match="freed"):
        loss.backward()


def test_backward_from_many_numbers_wants_a_gradient_of_their_shape():
    x = leaf(1, 2)
    with pytest.raises(RuntimeError, match=r"single number.*shape \(2,\).*\.sum\(\) or \.mean\(\)"):
        (x * x).backward()
    with pytest.raises(ValueError, match=r"shape \(3,\).*\(2,\)"):
        (x * x).backward(np.ones(3))
    (x * x).backward([1.0, 10.0])
    np.testing.assert_array_equal(x.grad.data, [2, 40])


def test_backward_on_a_leaf_itself():
    given = np.array([1.0, 2.0])
    x = leaf(5, 6)
    x.backward(given)
    x.backward(given)
    np.testing.assert_array_equal(x.grad.data, [2, 4])
    np.testing.assert_array_equal(given, [1, 2])


def test_diamonds_count_each_path():
    x = leaf(3)
    a = x * 2
    b, c = a * a, a + 1
    (b * c + b).sum().backward()  # 4x²(2x + 1) + 4x² = 8x³ + 8x²
    np.testing.assert_allclose(x.grad.data, 24 * 9 + 16 * 3)


def test_a_ladder_of_diamonds_is_linear_not_exponential():
    x = y = leaf(1)
    for _ in range(200):
        y = y * 0.5 + y * 0.5
    y.backward()
    np.testing.assert_allclose(x.grad.data, 1)


def test_one_tensor_twice_in_an_operation():
    x = Tensor(np.arange(6.0).reshape(2, 3), requires_grad=True)
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad.data, 2 * x.data)
    x.zero_grad()
    (x @ x.T).sum().backward()
    np.testing.assert_allclose(x.grad.data, 2 * np.broadcast_to(x.data.sum(0), (2, 3)))
    x.zero_grad()
    x = leaf(2, 3)
    (x / x + (x - x)).sum().backward()
    np.testing.assert_array_equal(x.grad.data, [0, 0])
    x.zero_grad()
    (x**x).sum().backward()
    np.testing.assert_allclose(x.grad.data, x.data**x.data * (1 + np.log(x.data)))


def test_what_asks_for_nothing_gets_nothing():
    a, b = leaf(1, 2), tensor(np.array([3.0, 4.0]))
    (a * b).sum().backward()
    assert a.grad is not None
    assert b.grad is None


# Whose memory a gradient is


def sharing(*arrays):
    return any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])


@pytest.mark.parametrize(
    "join",
    [
        lambda a, b: a + b,
        lambda a, b: a - (-b),
        lambda a, b: (a + b).reshape(2, 1),
        lambda a, b: ops.cat([a, b]),
        lambda a, b: ops.stack([a, b]),
        lambda a, b: a.sum() + b.sum(),
        lambda a, b: a.clone() + b.flip(0),
        lambda a, b: a.expand(3, 2) + b[:],
    ],
)
def test_two_leaves_never_share_a_gradients_memory(join):
    a, b = leaf(1, 2), leaf(3, 4)
    out = join(a, b)
    given = np.ones(out.shape)
    out.backward(given)
    assert not sharing(a.grad.data, b.grad.data, given, a.data, b.data)
    first = a.grad.data.copy(), b.grad.data.copy()
    join(a, b).backward(given)  # now in place, on top
    np.testing.assert_array_equal(a.grad.data, 2 * first[0])
    np.testing.assert_array_equal(b.grad.data, 2 * first[1])
    np.testing.assert_array_equal(given, 1)


def test_a_gradient_is_not_what_the_graph_still_holds():
    class Fixed(Function):
        def forward(self, x):
            self.save(np.full_like(x, 3))
            return x * 3

        def backward(self, grad):
            return self.saved[0]

    x = leaf(1, 2)
    loss = Fixed.apply(x).sum()
    for n in (1, 2, 3):
        loss.backward(retain_graph=True)
        np.testing.assert_array_equal(x.grad.data, [3 * n, 3 * n])


def test_gradients_are_writable_and_of_the_tensors_shape():
    x = Tensor(np.ones((2, 1, 3)), requires_grad=True)
    (x + np.ones((4, 2, 5, 3))).mean().backward()
    assert x.grad.shape == x.shape
    x.grad.data *= 2
    assert x.grad.data.flags.writeable


# In place


def test_a_change_of_what_backward_needs_is_refused():
    x = leaf(1, 2)
    loss = (x * x).sum()
    with no_grad():
        x.mul_(2)
    with pytest.raises(RuntimeError, match=r"shape \(2,\) that Mul used was changed in place"):
        loss.backward()


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x[1:],
        lambda x: x.reshape(2, 2),
        lambda x: x.reshape(2, 2).T[0],
        lambda x: x.detach(),
        lambda x: x.flip(0),
        lambda x: x.unsqueeze(0)[0],
    ],
)
def test_a_change_through_a_view_counts_as_a_change(view):
    x = leaf(1, 2, 3, 4)
    loss = (x * x).sum()
    with no_grad():
        view(x).add_(1)
    with pytest.raises(RuntimeError, match="changed in place"):
        loss.backward()


def test_a_change_of_the_whole_counts_for_its_views():
    x = tensor(np.ones(4))
    w = leaf(1, 2)
    loss = (x[:2] * w).sum()
    x += 1
    with pytest.raises(RuntimeError, match="changed in place"):
        loss.backward()


def test_a_change_of_a_result_that_backward_goes_by_is_refused():
    x = leaf(1, 2)
    y = x.exp()
    y.detach().mul_(2)  # eˣ is its own slope, so this would double it
    with pytest.raises(RuntimeError, match="that Exp gave was changed in place"):
        y.backward(np.ones(2))
    assert x.grad is None


def test_a_change_of_a_copy_is_nobodys_business():
    x = leaf(1, 2)
    loss = (x * x).sum()
    with no_grad():
        x.clone().zero_()
        (x * 1).fill_(7)
    loss.backward()
    np.testing.assert_array_equal(x.grad.data, [2, 4])


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.add_(1),
        lambda x: x.zero_(),
        lambda x: x.copy_(3),
        lambda x: x.__setitem__(0, 3),
        lambda x: x.__iadd__(1),
        lambda x: (x * 2).mul_(2),
    ],
)
def test_in_place_is_refused_on_what_asks_for_a_gradient(change):
    x = leaf(1, 2)
    with pytest.raises(RuntimeError, match="no_grad"):
        change(x)
    np.testing.assert_array_equal(x.data, [1, 2])


@pytest.mark.parametrize(
    "change",
    [lambda x, w: x.add_(w), lambda x, w: x.copy_(w), lambda x, w: x.__setitem__(0, w[0]), lambda x, w: x.mul_(w)],
)
def test_a_gradient_is_not_lost_silently_by_writing_into_another_tensor(change):
    x, w = tensor(np.zeros(2)), leaf(1, 2)
    with pytest.raises(RuntimeError, match="lost"):
        change(x, w)
    with no_grad():
        change(x, w)


@pytest.mark.parametrize("start", [0, tensor(0.0), tensor(0.0, requires_grad=True) * 1])
def test_a_running_total_stays_in_the_graph(start):
    w, total = leaf(1, 2), start
    for _ in range(3):
        total += w.sum()
    total.backward()
    np.testing.assert_array_equal(w.grad.data, [3, 3])
    assert not isinstance(start, Tensor) or start.item() == 0


def test_augmented_assignment_of_what_is_in_a_graph():
    x, w = leaf(1, 2), leaf(3, 4)
    h = x * 2
    h += w
    h *= w
    h -= 1
    h /= w
    h.sum().backward()  # 2x + w − 1/w
    np.testing.assert_allclose(x.grad.data, [2, 2])
    np.testing.assert_allclose(w.grad.data, 1 + 1 / w.data**2)
    with pytest.raises(ValueError, match=r"\(2,\) to \(3, 2\)"):
        h += np.ones((3, 2))
    h = x.float()
    h += w
    assert h.dtype == np.float32


def test_setitem_under_no_grad_and_on_plain_tensors():
    x = leaf(1, 2, 3)
    with no_grad():
        x[0] = 5
        x[[1, 2]] = tensor([6.0, 7.0])
        x[x > 6] = 0.0
    np.testing.assert_array_equal(x.data, [5, 6, 0])
    y = tensor(np.zeros((2, 2)))
    y[:, 1] = np.array([1, 2])
    np.testing.assert_array_equal(y.data, [[0, 1], [0, 2]])


def test_in_place_keeps_the_type_and_the_object():
    x = tensor([1.0, 2.0])
    same = x
    x += np.array([1.0, 1.0])
    x *= 2
    x -= tensor(1.0)
    x /= 3
    assert x is same
    assert x.dtype == np.float32
    np.testing.assert_allclose(x.data, [1, 5 / 3], rtol=1e-6)


# no_grad, detach


def test_no_grad_leaves_no_graph_and_is_undone_after_an_error():
    x = leaf(1, 2)
    with no_grad():
        assert not is_grad_enabled()
        assert not (x * 2).requires_grad
        with no_grad():
            pass
        assert not is_grad_enabled()
    with pytest.raises(ZeroDivisionError), no_grad():
        raise ZeroDivisionError
    assert is_grad_enabled()
    assert (x * 2).requires_grad


def test_no_grad_decorates():
    @no_grad()
    def double(x):
        return x * 2

    assert not double(leaf(1)).requires_grad
    assert not double(leaf(1)).requires_grad  # the second call too


def test_detach_cuts_and_shares():
    x = leaf(1, 2)
    y = x.detach()
    assert y.data is x.data
    assert not y.requires_grad
    (x * x.detach()).sum().backward()
    np.testing.assert_array_equal(x.grad.data, x.data)


def test_only_leaves_can_be_told_to_stop_asking():
    x = leaf(1, 2)
    assert x.requires_grad_(False) is x
    assert not x.requires_grad
    x.requires_grad_()
    with pytest.raises(RuntimeError, match=r"\.detach\(\)"):
        (x * 2).requires_grad_(False)


# Large graphs


def test_a_hundred_thousand_nodes_go_backward_without_recursion():
    x = y = leaf(1)
    for _ in range(100_000):
        y = y + x
    y.backward()
    np.testing.assert_array_equal(x.grad.data, [100_001])


def test_a_graph_is_freed_at_once():
    x = y = leaf(1)
    tracemalloc.start()
    gc.disable()  # freed by their counts, not found later as garbage
    try:
        for _ in range(10_000):
            y = y + x
        full, _ = tracemalloc.get_traced_memory()
        y.backward()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        gc.enable()
        tracemalloc.stop()
    assert full > 1_000_000  # bytes
    assert after < 0.1 * full


def test_a_deep_graph_that_is_dropped_without_backward_is_freed_without_recursion():
    x = y = leaf(1)
    for _ in range(100_000):
        y = y * 1.0
    remembered = weakref.ref(y)
    gc.disable()
    try:
        del y
        assert remembered() is None
    finally:
        gc.enable()
    assert x.grad is None


def test_intermediate_values_go_while_backward_is_on_its_way():
    """When backward has come to the first operation, what the others kept is gone."""
    seen = []

    class Probe(Function):
        def forward(self, x):
            return x.copy()

        def backward(self, grad):
            seen.append(tracemalloc.get_traced_memory()[0])
            return grad

    n, depth = 50_000, 40
    x = Tensor(np.zeros(n), requires_grad=True)
    tracemalloc.start()
    gc.disable()
    try:
        y = Probe.apply(x)
        for _ in range(depth):
            y = y.tanh()
        total = y.sum()
        del y
        forward, _ = tracemalloc.get_traced_memory()
        total.backward()
    finally:
        gc.enable()
        tracemalloc.stop()
    assert forward > depth * 8 * n
    assert seen[0] < 6 * 8 * n


def test_a_large_intermediate_dies_with_its_graph():
    x = leaf(1, 2)
    hidden = x * 2
    remembered = weakref.ref(hidden)
    loss = hidden.exp().sum()
    del hidden
    assert remembered() is not None
    gc.disable()
    try:
        loss.backward()
        assert remembered() is None
    finally:
        gc.enable()


# Values that are not finite


def test_detect_anomaly_names_the_first_operation():
    x = leaf(1, 0)
    with (
        pytest.raises(FloatingPointError, match=r"Log is the first operation that gave infinity.*from 0 to 1"),
        detect_anomaly(),
    ):
        (x.log() * 0).sum()
    with pytest.raises(FloatingPointError, match=r"Log.*NaN"), detect_anomaly():
        (-x - 1).log()
    (x + 1).log()  # and outside it is off


def test_detect_anomaly_names_the_first_slope():
    x = leaf(0, 4)
    with detect_anomaly():
        y = x.sqrt().sum()
        with pytest.raises(FloatingPointError, match=r"backward of Sqrt is the first that gave infinity.*\(2,\)"):
            y.backward()


def test_detect_anomaly_lets_a_mask_of_minus_infinity_pass():
    x = leaf(1, 2, 3)
    with detect_anomaly():
        scores = x.masked_fill(np.array([False, True, False]), -np.inf)
        ops.logsumexp(scores, 0).backward()
    assert x.grad.data[1] == 0


# An operation of one's own


def test_a_function_of_ones_own():
    class Cube(Function):
        """x³; slope 3x²."""

        def forward(self, x):
            self.save(x)
            return x**3

        def backward(self, grad):
            (x,) = self.saved
            return grad * 3 * x**2

    x = leaf(1, 2)
    y = Cube.apply(x)
    assert y.grad_fn.name == "Cube"
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.data, [3, 12])


def test_a_backward_with_too_few_slopes_is_not_accepted():
    class Half(Function):
        def forward(self, x, y):
            return x + y

        def backward(self, grad):
            return (grad,)

    with pytest.raises(ValueError, match="zip"):
        Half.apply(leaf(1), leaf(2)).backward()

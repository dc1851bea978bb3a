"""What `groundup.functional` promises: gradients of every function, values at the edges, errors that help."""

import math

import numpy as np
import pytest

from groundup import functional as F
from groundup import manual_seed
from groundup.gradcheck import gradcheck
from groundup.tensor import Tensor, no_grad


def draw(*shape, seed=0, low=None, dtype=np.float64):
    """Random numbers that ask for a gradient; with ``low``, evenly between it and 1."""
    rng = np.random.default_rng((seed, *shape))
    values = rng.normal(size=shape) if low is None else rng.uniform(low, 1, size=shape)
    return Tensor(values.astype(dtype), requires_grad=True)


def scattered(*shape):
    """Numbers no two of which are near each other (nor near 0), so that nudging crosses no kink."""
    n = math.prod(shape)
    values = np.random.default_rng(1).permutation(n) - n / 2 + 0.25
    return Tensor(values.reshape(shape) / 10, requires_grad=True)


def strided(*shape):
    """As `draw`, but every second number of a turned array: not contiguous."""
    rng = np.random.default_rng(2)
    return Tensor._of(rng.normal(size=(*shape[::-1][:-1], 2 * shape[0])).T[::2]).requires_grad_()


TARGET = np.array([2, 0, 1, 2, 0])
PROBABILITIES = np.random.default_rng(3).dirichlet(np.ones(3), 5)
MASK = np.random.default_rng(4).random((4, 5)) > 0.4
MASK[2] = False  # a query that may attend to nothing
CLASS_WEIGHT = np.array([0.5, 2.0, 1.0])
X33 = (2, 3, 7, 6)


def recurrent(gates, *states, n=3, size=4, given=2, length=5):
    """Input, first states and weights of a recurrent layer."""
    shapes = [(length, n, given), *[(n, size)] * len(states), (gates * size, given), (gates * size, size)]
    shapes += [(gates * size,)] * 2
    return [draw(*shape, seed=i) for i, shape in enumerate(shapes)]


def all_of(outputs):
    """Outputs and last states as one tensor, so that each counts."""
    states, last = outputs
    last = last if isinstance(last, tuple) else (last,)
    total = states.sum(0) * 0.5 + states[0]
    for k, state in enumerate(last):
        total = total + state * (k + 2.0)
    return total


CASES = {
    "linear": (F.linear, [draw(2, 3, 4), draw(5, 4), draw(5)]),
    "linear, a vector": (F.linear, [draw(4), draw(5, 4)]),
    "linear, no rows": (F.linear, [draw(0, 4), draw(5, 4), draw(5)]),
    "linear, one number": (F.linear, [draw(1, 1), draw(1, 1), draw(1)]),
    "linear, strided": (F.linear, [strided(3, 4), strided(5, 4), draw(5)]),
    "embedding": (lambda w: F.embedding([[1, 3, 1], [0, 2, 1]], w, padding_idx=2), [draw(5, 4)]),
    "conv2d": (F.conv2d, [draw(*X33), draw(4, 3, 3, 2), draw(4)]),
    "conv2d, stride, padding, dilation, groups": (
        lambda x, w, b: F.conv2d(x, w, b, (2, 1), (1, 2), (1, 2), 2),
        [draw(2, 4, 6, 5), draw(6, 2, 2, 3), draw(6)],
    ),
    "conv2d, depthwise": (lambda x, w: F.conv2d(x, w, padding=1, groups=3), [draw(*X33), draw(6, 1, 3, 3)]),
    "conv2d, same": (lambda x, w: F.conv2d(x, w, padding="same"), [draw(*X33), draw(2, 3, 4, 3)]),
    "conv2d, 1 by 1": (F.conv2d, [draw(*X33), draw(2, 3, 1, 1)]),
    "conv2d, one image": (F.conv2d, [draw(3, 4, 5), draw(2, 3, 3, 3)]),
    "conv2d, no images": (F.conv2d, [draw(0, 3, 4, 5), draw(2, 3, 3, 3), draw(2)]),
    "conv2d, strided": (F.conv2d, [strided(2, 3, 4, 5), draw(2, 3, 3, 3), draw(2)]),
    "conv1d": (lambda x, w, b: F.conv1d(x, w, b, 2, 1, 2), [draw(2, 3, 9), draw(4, 3, 3), draw(4)]),
    "conv_transpose2d": (
        lambda x, w, b: F.conv_transpose2d(x, w, b, (2, 3), (1, 0), (1, 2), 2, (1, 2)),
        [draw(2, 4, 3, 4), draw(4, 3, 3, 2), draw(6)],
    ),
    "conv_transpose2d, no images": (F.conv_transpose2d, [draw(0, 4, 3, 4), draw(4, 3, 3, 2), draw(3)]),
    "max_pool2d": (lambda x: F.max_pool2d(x, 2), [scattered(*X33)]),
    "max_pool2d, overlapping": (lambda x: F.max_pool2d(x, 3, 2, 1), [scattered(*X33)]),
    "max_pool2d, no images": (lambda x: F.max_pool2d(x, 2), [draw(0, 3, 4, 4)]),
    "avg_pool2d": (lambda x: F.avg_pool2d(x, (2, 3), 2, 1), [draw(*X33)]),
    "adaptive_avg_pool2d": (lambda x: F.adaptive_avg_pool2d(x, (3, None)), [draw(*X33)]),
    "pad": (lambda x: F.pad(x, (1, 2, -1, 1), value=3.0), [draw(3, 4)]),
    "batch_norm": (lambda x, w, b: F.batch_norm(x, None, None, w, b, True), [draw(5, 3, 2), draw(3), draw(3)]),
    "batch_norm, running": (
        lambda x, w, b: F.batch_norm(x, np.ones(3), np.full(3, 2.0), w, b),
        [draw(5, 3), draw(3), draw(3)],
    ),
    "layer_norm": (lambda x, w, b: F.layer_norm(x, (3, 4), w, b), [draw(2, 3, 4), draw(3, 4), draw(3, 4)]),
    "layer_norm, plain": (lambda x: F.layer_norm(x, 4), [strided(3, 4)]),
    "layer_norm, no rows": (lambda x, w: F.layer_norm(x, 4, w), [draw(0, 4), draw(4)]),
    "normalize": (F.normalize, [draw(3, 4)]),
    "normalize, p=3": (lambda x: F.normalize(x, 3.0, 0), [draw(3, 4)]),
    "dropout": (lambda x: F.dropout(x, 0.4, rng=np.random.default_rng(0)), [draw(20)]),
    "relu": (F.relu, [scattered(3, 4)]),
    "sigmoid": (F.sigmoid, [draw(3, 4)]),
    "tanh": (F.tanh, [draw(3, 4)]),
    "leaky_relu": (lambda x: F.leaky_relu(x, 0.2), [scattered(3, 4)]),
    "elu": (lambda x: F.elu(x, 0.7), [scattered(3, 4)]),
    "silu": (F.silu, [draw(3, 4)]),
    "gelu": (F.gelu, [scattered(6, 4)]),
    "gelu, tanh": (lambda x: F.gelu(x, "tanh"), [scattered(6, 4)]),
    "softplus": (lambda x: F.softplus(x, 2.0), [scattered(6, 4)]),
    "softmax": (lambda x: F.softmax(x, 0), [draw(3, 4)]),
    "softmax, no rows": (lambda x: F.softmax(x, 1), [draw(0, 4)]),
    "log_softmax": (lambda x: F.log_softmax(x, -1), [strided(3, 4)]),
    "attention": (F.scaled_dot_product_attention, [draw(2, 3, 4, 5), draw(2, 3, 6, 5), draw(2, 3, 6, 2)]),
    "attention, large scores": (
        lambda *qkv: F.scaled_dot_product_attention(*qkv, scale=3.0),
        [draw(1, 4, 5), draw(1, 6, 5, seed=1), draw(1, 6, 2)],
    ),
    "attention, causal": (
        lambda *qkv: F.scaled_dot_product_attention(*qkv, is_causal=True),
        [draw(2, 4, 5), draw(2, 6, 5), draw(2, 6, 2)],
    ),
    "attention, mask": (
        lambda *qkv: F.scaled_dot_product_attention(*qkv, MASK),
        [draw(2, 4, 3), draw(2, 5, 3), draw(2, 5, 3, seed=1)],
    ),
    "attention, added mask": (F.scaled_dot_product_attention, [draw(4, 3), draw(2, 5, 3), draw(5, 3), draw(4, 1)]),
    "attention, dropout": (
        lambda *qkv: F.scaled_dot_product_attention(*qkv, None, 0.4, rng=np.random.default_rng(0)),
        [draw(2, 4, 3), draw(2, 5, 3), draw(2, 5, 3, seed=1)],
    ),
    "self_attention": (lambda x: F.self_attention(x, 2, is_causal=True), [draw(2, 4, 18)]),
    "self_attention, dropout": (
        lambda x: F.self_attention(x, 2, MASK[:, :4], 0.3, rng=np.random.default_rng(0)),
        [draw(2, 4, 12)],
    ),
    "rnn": (lambda *a: all_of(F.rnn(*a)), recurrent(1, "h")),
    "rnn, relu": (lambda *a: all_of(F.rnn(*a, nonlinearity="relu")), recurrent(1, "h")),
    "gru": (lambda *a: all_of(F.gru(*a)), recurrent(3, "h")),
    "gru, one step": (lambda *a: all_of(F.gru(*a)), recurrent(3, "h", n=1, length=1)),
    "lstm": (lambda x, h, c, *a: all_of(F.lstm(x, (h, c), *a)), recurrent(4, "h", "c")),
    "cross_entropy": (lambda x: F.cross_entropy(x, TARGET), [draw(5, 3)]),
    "cross_entropy, smoothed": (
        lambda x: F.cross_entropy(x, TARGET, CLASS_WEIGHT, 2, label_smoothing=0.2),
        [draw(5, 3)],
    ),
    "cross_entropy, places": (
        lambda x: F.cross_entropy(x, TARGET[:4].reshape(2, 2), reduction="none"),
        [draw(2, 3, 2)],
    ),
    "cross_entropy, one sample": (lambda x: F.cross_entropy(x, np.array(1)), [draw(3)]),
    "cross_entropy, probabilities": (
        lambda x, q: F.cross_entropy(x, q, CLASS_WEIGHT, label_smoothing=0.1),
        [draw(5, 3), Tensor(PROBABILITIES, requires_grad=True)],
    ),
    "nll_loss": (lambda x: F.nll_loss(x, TARGET, CLASS_WEIGHT, ignore_index=0), [draw(5, 3)]),
    "mse_loss": (F.mse_loss, [draw(3, 4), draw(3, 4, seed=1)]),
    "l1_loss": (F.l1_loss, [draw(3, 4), draw(3, 4, seed=1)]),
    "huber_loss": (lambda x, y: F.huber_loss(x, y, delta=0.4), [draw(3, 4), draw(3, 4, seed=1)]),
    "smooth_l1_loss": (lambda x, y: F.smooth_l1_loss(x, y, "sum", 0.4), [draw(3, 4), draw(3, 4, seed=1)]),
    "bce with logits": (
        lambda x, t, w, p: F.binary_cross_entropy_with_logits(x, t, w, "mean", p),
        [draw(3, 4), draw(3, 4, low=0), draw(4), draw(4, low=0.5)],
    ),
    "binary_cross_entropy": (F.binary_cross_entropy, [draw(3, 4, low=0.2), draw(3, 4, seed=1, low=0.1)]),
    "kl_div": (lambda x, t: F.kl_div(x, t, "batchmean"), [draw(3, 4), draw(3, 4, low=0.1)]),
    "kl_div, logarithms": (lambda x, t: F.kl_div(x, t, "sum", True), [draw(3, 4), draw(3, 4, seed=1)]),
}


@pytest.mark.parametrize("name", CASES)
def test_gradient_agrees_with_nudging(name):
    function, inputs = CASES[name]
    if name == "embedding":  # the padding row gets no gradient, which nudging does not know
        weight = inputs[0]
        function(weight).sum().backward()
        assert weight.grad.tolist() == [[n] * 4 for n in (1, 3, 0, 1, 0)]
        return
    assert gradcheck(function, inputs)


@pytest.mark.parametrize("name", CASES)
def test_without_a_graph_the_values_are_the_same_and_keep_their_type(name):
    function, inputs = CASES[name]
    with_graph = function(*inputs)
    assert with_graph.requires_grad
    with no_grad():
        without = function(*inputs)
    assert not without.requires_grad
    assert np.array_equal(with_graph.data, without.data)
    single = [Tensor(t.data.astype(np.float32)) for t in inputs]
    assert with_graph.dtype == np.float64
    assert function(*single).dtype == np.float32


def test_each_case_leaves_its_inputs_as_they_were():
    for name, (function, inputs) in CASES.items():
        before = [t.data.copy() for t in inputs]
        out = function(*inputs)
        (out * 2.0).sum().backward()
        assert all(np.array_equal(a, t.data) for a, t in zip(before, inputs, strict=True)), name


# Values ---------------------------------------------------------------------------------------------------------------


def test_convolution_by_hand():
    x = np.arange(9.0).reshape(1, 1, 3, 3)
    w = np.array([[[[1.0, 0.0], [0.0, -1.0]]]])
    assert F.conv2d(x, w, np.array([10.0])).tolist() == [[[[6.0, 6.0], [6.0, 6.0]]]]
    assert F.conv2d(x, w, padding=1, stride=3).tolist() == [[[[-0.0, 0.0], [0.0, 8.0]]]]


def test_conv2d_agrees_with_loops():
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2, 4, 7, 8)), rng.normal(size=(6, 2, 3, 2))
    out = F.conv2d(x, w, stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2).data
    padded = np.pad(x, [(0, 0), (0, 0), (1, 1), (0, 0)])
    for n, f, i, j in np.ndindex(out.shape):
        part = padded[n, 2 * (f // 3) : 2 * (f // 3) + 2, 2 * i : 2 * i + 3, j : j + 3 : 2]
        assert out[n, f, i, j] == pytest.approx((part * w[f]).sum())


def test_transposed_convolution_is_the_adjoint_of_convolution():
    rng = np.random.default_rng(0)
    x, y, w = rng.normal(size=(2, 3, 8, 7)), rng.normal(size=(2, 5, 4, 3)), rng.normal(size=(5, 3, 3, 3))
    there = F.conv2d(x, w, stride=2, padding=1).data
    back = F.conv_transpose2d(y, w, stride=2, padding=1, output_padding=(1, 0)).data
    assert there.shape == (2, 5, 4, 4)
    assert back.shape == (2, 3, 8, 5)
    y = rng.normal(size=there.shape)
    back = F.conv_transpose2d(y, w, stride=2, padding=1, output_padding=(1, 0)).data
    assert (there * y).sum() == pytest.approx((x * back).sum())


def test_max_pooling_sends_the_slope_to_the_first_of_equals():
    x = Tensor(np.zeros((1, 1, 2, 4)), requires_grad=True)
    F.max_pool2d(x, 2).sum().backward()
    assert x.grad.tolist() == [[[[1, 0, 1, 0], [0, 0, 0, 0]]]]


def test_max_pooling_pads_with_minus_infinity():
    assert F.max_pool2d(np.full((1, 1, 2, 2), -5.0), 2, 2, 1).tolist() == [[[[-5.0, -5.0], [-5.0, -5.0]]]]


def test_max_pooling_of_large_windows_and_nan():
    x = np.zeros((1, 1, 20, 20))
    x[0, 0, 19, 19] = 1
    t = Tensor(x, requires_grad=True)
    F.max_pool2d(t, 20).sum().backward()
    assert t.grad.data.argmax() == 399  # more places in the window than a byte can count
    x[0, 0, 3, 3] = np.nan
    assert np.isnan(F.max_pool2d(x, 20).item())


def test_adaptive_pooling_windows_overlap_where_they_must():
    x = np.arange(5.0).reshape(1, 1, 1, 5)
    assert F.adaptive_avg_pool2d(x, (1, 3)).tolist() == [[[[0.5, 2.0, 3.5]]]]


def test_batch_norm_moves_its_running_statistics_with_the_unbiased_variance():
    x = np.array([[1.0, 10.0], [3.0, 10.0]])
    mean, var = Tensor(np.zeros(2)), np.ones(2)
    y = F.batch_norm(x, mean, var, training=True, momentum=0.5, eps=1e-12)
    assert mean.tolist() == [1.0, 5.0]
    assert var.tolist() == [0.5 + 0.5 * 2.0, 0.5]  # (1 + 1)/(2 − 1), not /2
    assert y.data[:, 0] == pytest.approx([-1, 1])
    F.batch_norm(x, mean, var)
    assert mean.tolist() == [1.0, 5.0]


def test_dropout_drops_p_and_keeps_the_mean():
    x = np.ones(10_000, np.float32)
    manual_seed(3)
    y = F.dropout(x, 0.2).data
    assert (y == 0).mean() == pytest.approx(0.2, abs=0.02)
    assert set(np.unique(y)) == {np.float32(0), np.float32(1.25)}
    manual_seed(3)
    assert np.array_equal(F.dropout(x, 0.2).data, y)
    assert F.dropout(x, 0.2, training=False).data is x
    assert not F.dropout(x, 1.0).data.any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_of_large_scores(dtype):
    x = np.array([[1e4, 1e4 - 1, -1e4], [-1e4, -1e4, -1e4]], dtype)
    p = F.softmax(x, 1).data
    assert p[0] == pytest.approx([0.7310586, 0.2689414, 0])
    assert p[1] == pytest.approx([1 / 3] * 3)
    assert F.log_softmax(x, 1).data[0] == pytest.approx([-0.3132617, -1.3132617, -20000.3132617])
    assert F.cross_entropy(x, np.array([2, 0])).item() == pytest.approx((20000.3132617 + math.log(3)) / 2)


def test_activations_far_out():
    far = np.array([-1e4, -30.0, 0.0, 30.0, 1e4], np.float32)
    with np.errstate(all="raise", under="ignore"):
        for function in (F.silu, F.gelu, lambda x: F.gelu(x, "tanh"), F.softplus):
            y = function(Tensor(far, requires_grad=True))
            y.sum().backward()
            assert y.data[[0, 3, 4]] == pytest.approx([0, 30, 1e4], abs=1e-6)
        assert F.sigmoid(far).data == pytest.approx([0, 0, 0.5, 1, 1], abs=1e-6)
    assert F.elu(far).data == pytest.approx([-1, -1, 0, 30, 1e4])


def test_attention_of_nothing_gives_nothing():
    q = Tensor(np.ones((2, 3)), requires_grad=True)
    y = F.scaled_dot_product_attention(q, np.ones((4, 3)), np.ones((4, 5)), np.array([[True] * 4, [False] * 4]))
    assert y.tolist() == [[1] * 5, [0] * 5]
    y.sum().backward()
    assert np.isfinite(q.grad.data).all()


def test_attention_of_large_scores():
    q = np.array([[1e4, 0.0], [0.0, 1e4]], np.float32)
    y = F.scaled_dot_product_attention(q, q, np.eye(2, dtype=np.float32))
    assert y.tolist() == [[1, 0], [0, 1]]
    assert F.scaled_dot_product_attention(q, q, np.eye(2, dtype=np.float32), is_causal=True).tolist() == [
        [1, 0],
        [0, 1],
    ]


def test_ignored_rows_count_for_nothing():
    x = np.random.default_rng(0).normal(size=(4, 3))
    target = np.array([0, -100, 2, -100])
    assert F.cross_entropy(x, target).item() == pytest.approx(F.cross_entropy(x[::2], target[::2]).item())
    assert F.nll_loss(x, target).item() == pytest.approx(F.nll_loss(x[::2], target[::2]).item())
    assert F.cross_entropy(x, target, reduction="none").data[1::2].tolist() == [0, 0]


def test_the_mean_of_no_losses_is_not_a_number():
    with np.errstate(all="raise"):
        assert math.isnan(F.cross_entropy(np.zeros((2, 3)), np.array([-100, -100])).item())
        assert math.isnan(F.cross_entropy(np.zeros((0, 3)), np.zeros(0, int)).item())
        assert math.isnan(F.mse_loss(np.zeros(0), np.zeros(0)).item())
    assert F.cross_entropy(np.zeros((0, 3)), np.zeros(0, int), reduction="sum").item() == 0


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int32, np.int64])
def test_every_kind_of_whole_number_is_an_index(kind):
    target = np.array([2, 0, 1], kind)
    x = np.eye(3)
    assert F.cross_entropy(x, target).item() == pytest.approx(F.cross_entropy(x, target.astype(int)).item())
    assert F.embedding(Tensor(target), x).tolist() == x[[2, 0, 1]].tolist()
    assert F.one_hot(target).tolist() == x[[2, 0, 1]].tolist()


def test_one_hot():
    assert F.one_hot([0, 2], 4).tolist() == [[1, 0, 0, 0], [0, 0, 1, 0]]
    assert F.one_hot(np.zeros((2, 0), int), 3).shape == (2, 0, 3)


def test_binary_cross_entropy_at_certainty():
    p = Tensor([0.0, 1.0, 1.0], requires_grad=True)
    loss = F.binary_cross_entropy(p, np.array([0.0, 1.0, 0.0], np.float32), reduction="none")
    assert loss.tolist() == [0, 0, 100]


def test_recurrent_layers_without_biases_and_states_start_from_zero():
    x, _, w_ih, w_hh, b_ih, b_hh = recurrent(3, "h")
    zero = np.zeros(12)
    plain = F.gru(x, None, w_ih, w_hh)[0].data
    assert np.array_equal(plain, F.gru(x, np.zeros((3, 4)), w_ih, w_hh, zero, zero)[0].data)
    states, last = F.gru(x, None, w_ih, w_hh, b_ih, b_hh)
    assert np.array_equal(states.data[-1], last.data)


# Errors ---------------------------------------------------------------------------------------------------------------

Z = np.zeros
ERRORS = [
    (lambda: F.linear(Z((2, 3)), Z((5, 4))), r"x \(\.\.\., in\).*\(2, 3\) and \(5, 4\).*flattened"),
    (lambda: F.embedding([1.0], Z((3, 2))), r"whole numbers.*float64.*long"),
    (lambda: F.embedding([0, 5, 7], Z((3, 2))), r"index\[1\] is 5, and the table has rows 0 to 2. 2 of 3"),
    (lambda: F.conv2d(Z((1, 3, 8, 8)), Z((4, 2, 3, 3))), r"2 channels, and x is \(1, 3, 8, 8\)"),
    (lambda: F.conv2d(Z((8, 8)), Z((4, 2, 3, 3))), r"\(N, C, H, W\).*\(8, 8\)"),
    (lambda: F.conv2d(Z((1, 2, 2, 8)), Z((4, 2, 3, 3))), r"spans \(3, 3\) does not fit into images of \(2, 8\)"),
    (lambda: F.conv2d(Z((1, 2, 8, 8)), Z((4, 2, 3, 3)), Z(3)), r"bias of shape \(4,\).*\(3,\)"),
    (lambda: F.conv2d(Z((1, 2, 8, 8)), Z((4, 2, 3, 3)), stride=0), r"stride.*at least 1.*got 0"),
    (lambda: F.conv2d(Z((1, 2, 8, 8)), Z((4, 2, 3, 3)), padding=-1), r"padding.*at least 0"),
    (lambda: F.conv2d(Z((1, 2, 8, 8)), Z((4, 2, 3, 3)), stride=2, padding="same"), r'"same" with stride 1'),
    (lambda: F.conv1d(Z((1, 3, 8)), Z((4, 2, 3))), r"conv1d.*2 channels.*\(1, 3, 8\)"),
    (lambda: F.conv_transpose2d(Z((1, 3, 8, 8)), Z((2, 4, 3, 3))), r"C, F/groups.*\(1, 3, 8, 8\)"),
    (lambda: F.conv_transpose2d(Z((1, 2, 8, 8)), Z((2, 4, 3, 3)), output_padding=1), r"less than stride"),
    (lambda: F.max_pool2d(Z((1, 2, 8, 8)), 2, padding=2), r"at most half the window"),
    (lambda: F.max_pool2d(Z((1, 2, 1, 8)), 2), r"does not fit into images of \(1, 8\)"),
    (lambda: F.avg_pool2d(Z((2, 8)), 2), r"\(N, C, H, W\).*\(2, 8\)"),
    (lambda: F.batch_norm(Z((1, 3)), None, None, training=True), r"more than one value for each channel.*\(1, 3\)"),
    (lambda: F.batch_norm(Z((4, 3)), Z(2), Z(2)), r"running_mean of shape \(3,\).*\(2,\)"),
    (lambda: F.layer_norm(Z((4, 3)), 4), r"x \(\.\.\., 4\).*\(4, 3\)"),
    (lambda: F.dropout(Z(3), 1.5), r"p from 0 to 1.*1\.5"),
    (lambda: F.gelu(Z(3), "erf"), r'"none" or "tanh".*erf'),
    (lambda: F.gelu(Z(3, int)), r"floats.*int64"),
    (lambda: F.softmax(Z((2, 3)), 2), r"dim from -2 to 1.*got 2"),
    (lambda: F.one_hot([3], 3), r"index\[0\] is 3.*0 to 2"),
    (lambda: F.scaled_dot_product_attention(Z((2, 3)), Z((4, 5)), Z((4, 5))), r"\(2, 3\), \(4, 5\), \(4, 5\)"),
    (
        lambda: F.scaled_dot_product_attention(Z((2, 3)), Z((2, 3)), Z((2, 3)), Z((2, 2)) > 0, is_causal=True),
        r"not both",
    ),
    (lambda: F.scaled_dot_product_attention(Z((2, 3)), Z((2, 3)), Z((2, 3)), Z((3, 2)) > 0), r"\(3, 2\).*\(2, 2\)"),
    (lambda: F.scaled_dot_product_attention(Z((2, 3)), Z((2, 3)), Z((2, 3)), Z((2, 2), int)), r"truth values.*int64"),
    (lambda: F.self_attention(Z((1, 2, 8)), 2), r"multiple of 2 heads.*\(1, 2, 8\)"),
    (lambda: F.gru(Z((5, 2, 3)), None, Z((12, 4)), Z((12, 4))), r"w_ih \(3·H, input\).*\(5, 2, 3\), \(12, 4\)"),
    (lambda: F.lstm(Z((5, 2, 3)), (Z((3, 4)), None), Z((16, 3)), Z((16, 4))), r"states of shape \(2, 4\).*\(3, 4\)"),
    (lambda: F.rnn(Z((5, 2, 3)), None, Z((4, 3)), Z((4, 4)), nonlinearity="sin"), r'"tanh" or "relu".*sin'),
    (
        lambda: F.cross_entropy(Z((4, 3)), np.array([0, 3, 1, -1])),
        r"target\[1\] is 3, and the classes are 0 to 2. 2 of 4",
    ),
    (lambda: F.cross_entropy(Z((4, 3)), Z((4, 1), int)), r"of shape \(4,\).*\(4, 1\)"),
    (lambda: F.cross_entropy(Z((4, 3)), Z(4)), r"in input's shape \(4, 3\).*\(4,\).*long"),
    (lambda: F.cross_entropy(Z((2, 3, 2)), np.array([[0, 1], [9, 0]])), r"target\[\(1, 0\)\] is 9"),
    (lambda: F.cross_entropy(Z((4, 3)), Z(4, int), reduction="avg"), r'"mean", "sum" or "none".*avg'),
    (lambda: F.cross_entropy(Z((4, 3)), Z(4, int), weight=Z(4)), r"each of 3 classes.*\(4,\)"),
    (lambda: F.cross_entropy(Z((4, 3)), Z(4, int), label_smoothing=2), r"from 0 to 1.*2"),
    (lambda: F.mse_loss(Z((4, 1)), Z(4)), r"one shape.*\(4, 1\) and \(4,\).*squeeze"),
    (lambda: F.huber_loss(Z(4), Z(4), delta=0), r"delta above 0"),
    (lambda: F.binary_cross_entropy(np.array([0.5, 1.5]), Z(2)), r"input\[1\] is 1\.5.*sigmoid"),
    (lambda: F.pad(Z((2, 3)), (1, 2, 3)), r"two widths for each of up to 2 axes"),
]


@pytest.mark.parametrize("number", range(len(ERRORS)))
def test_errors_say_what_was_wanted_what_came_and_what_to_try(number):
    call, words = ERRORS[number]
    with pytest.raises(ValueError, match=f"(?s){words}"):
        call()

"""The fused operations equal the plain formulas, values and gradients, and in float32 they are about as close to the
truth."""

import math
import platform

import numpy as np
import pytest

from groundup import functional as F
from groundup import ops
from groundup.kernels import attention, conv, rows
from groundup.kernels.embedding import add_rows
from groundup.kernels.memory import keep_freed_memory
from groundup.tensor import Tensor

# The plain formulas, out of the operations that stand in the lectures ----------------------------------------------


def plain_linear(x, w, b):
    return x @ w.T + b


def plain_conv2d(x, w, b):
    """Stride (2, 1), padding (1, 2), dilation (1, 2), two groups: kernel point by kernel point."""
    x, (f, c, kh, kw) = F.pad(x, (2, 2, 1, 1)), w.shape
    ho, wo = (x.shape[2] - kh) // 2 + 1, x.shape[3] - 2 * (kw - 1)
    halves = []
    for g in range(2):
        total = 0.0
        for i in range(kh):
            for j in range(kw):
                part = x[:, g * c : (g + 1) * c, i : i + 2 * ho - 1 : 2, 2 * j : 2 * j + wo]  # (N, c, Ho, Wo)
                total = total + part.permute(0, 2, 3, 1) @ w[g * f // 2 : (g + 1) * f // 2, :, i, j].T
        halves.append(total)  # (N, Ho, Wo, f/2)
    return ops.cat(halves, dim=3).permute(0, 3, 1, 2) + b.reshape(-1, 1, 1)


def plain_conv_transpose2d(x, w, b):
    """Stride 2, padding 1, output padding (1, 0): every number of x lays down a kernel."""
    n, c, h, wide = x.shape
    _, f, kh, kw = w.shape
    rows_of = []
    for i in range(h):
        for j in range(wide):
            stamp = (x[:, :, i, j] @ w.reshape(c, -1)).reshape(n, f, kh, kw)
            rows_of.append(F.pad(stamp, (2 * j, 2 * (wide - j), 2 * i, 2 * (h - i))))
    total = sum(rows_of[1:], rows_of[0])
    h, wide = 2 * (h - 1) + kh - 1, 2 * (wide - 1) + kw - 2
    return total[:, :, 1 : 1 + h, 1 : 1 + wide] + b.reshape(-1, 1, 1)


def plain_max_pool2d(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).amax((3, 5))


def plain_avg_pool2d(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).mean((3, 5))


def plain_layer_norm(x, w, b):
    off = x - x.mean(-1, keepdim=True)
    return off / ((off * off).mean(-1, keepdim=True) + 1e-5).sqrt() * w + b


def plain_batch_norm(x, w, b):
    off = x - x.mean((0, 2), keepdim=True)
    return off / ((off * off).mean((0, 2), keepdim=True) + 1e-5).sqrt() * w.reshape(-1, 1) + b.reshape(-1, 1)


def plain_gelu(x):
    return x * (1.0 + (x / math.sqrt(2)).erf()) / 2.0


def plain_gelu_tanh(x):
    return 0.5 * x * (1.0 + (math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)).tanh())


def plain_silu(x):
    return x * x.sigmoid()


def plain_softmax(x):
    return (x - x.logsumexp(-1, keepdim=True)).exp()


def plain_attention(q, k, v, mask=None):
    z = q @ k.mT / math.sqrt(q.shape[-1])
    return plain_softmax(z if mask is None else z.masked_fill(~mask, -np.inf)) @ v


def causal(length):
    return np.tri(length, dtype=bool)


def plain_self_attention(qkv):
    n, length, width = qkv.shape
    parts = qkv.reshape(n, length, 3, 2, width // 6).permute(2, 0, 3, 1, 4)
    y = plain_attention(parts[0], parts[1], parts[2], causal(length))
    return y.transpose(1, 2).reshape(n, length, width // 3)


def plain_cross_entropy(x):
    logp = x - x.logsumexp(1, keepdim=True)
    return -logp[np.arange(len(TARGET)), TARGET].mean()


def plain_smooth_cross_entropy(x):
    logp = x - x.logsumexp(1, keepdim=True)
    q = 0.9 * np.eye(x.shape[1])[TARGET] + 0.1 / x.shape[1]
    return -(Tensor(q.astype(x.dtype)) * logp).sum() / len(TARGET)


def gates_of(x, h, w_ih, w_hh, b_ih, b_hh, gates):
    """The input side and the hidden side of each gate."""
    size = h.shape[1]
    sides = x @ w_ih.T + b_ih, h @ w_hh.T + b_hh
    return [[side[:, k * size : (k + 1) * size] for k in range(gates)] for side in sides]


def plain_rnn(x, h, *weights):
    states = []
    for step in x:
        (a,), (b,) = gates_of(step, h, *weights, 1)
        h = (a + b).tanh()
        states.append(h)
    return ops.stack(states)


def plain_gru(x, h, *weights):
    states = []
    for step in x:
        (ri, zi, ni), (rh, zh, nh) = gates_of(step, h, *weights, 3)
        r, z = (ri + rh).sigmoid(), (zi + zh).sigmoid()
        h = (1.0 - z) * (ni + r * nh).tanh() + z * h
        states.append(h)
    return ops.stack(states)


def plain_lstm(x, h, c, *weights):
    states = []
    for step in x:
        i, f, g, o = (a + b for a, b in zip(*gates_of(step, h, *weights, 4), strict=True))
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        states.append(h)
    return ops.cat([ops.stack(states), ops.stack([c])])


def whole_lstm(x, h, c, *weights):
    states, (_, c) = F.lstm(x, (h, c), *weights)
    return ops.cat([states, ops.stack([c])])


def recurrent_shapes(gates, states):
    return [(6, 5, 3), *[(5, 4)] * states, (gates * 4, 3), (gates * 4, 4), (gates * 4,), (gates * 4,)]


TARGET = np.random.default_rng(5).integers(0, 7, 40)
PAIRS = {
    "linear": (F.linear, plain_linear, [(300, 5), (4, 5), (4,)]),
    "conv2d": (
        lambda x, w, b: F.conv2d(x, w, b, (2, 1), (1, 2), (1, 2), 2),
        plain_conv2d,
        [(3, 4, 9, 8), (6, 2, 3, 2), (6,)],
    ),
    "conv_transpose2d": (
        lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1, (1, 0)),
        plain_conv_transpose2d,
        [(2, 4, 3, 4), (4, 5, 3, 3), (5,)],
    ),
    "max_pool2d": (lambda x: F.max_pool2d(x, 2), plain_max_pool2d, [(3, 2, 6, 8)]),
    "avg_pool2d": (lambda x: F.avg_pool2d(x, 2), plain_avg_pool2d, [(3, 2, 6, 8)]),
    "layer_norm": (lambda x, w, b: F.layer_norm(x, 9, w, b), plain_layer_norm, [(40, 5, 9), (9,), (9,)]),
    "batch_norm": (
        lambda x, w, b: F.batch_norm(x, None, None, w, b, True),
        plain_batch_norm,
        [(20, 3, 7), (3,), (3,)],
    ),
    "gelu": (F.gelu, plain_gelu, [(50, 4)]),
    "gelu, tanh": (lambda x: F.gelu(x, "tanh"), plain_gelu_tanh, [(50, 4)]),
    "silu": (F.silu, plain_silu, [(50, 4)]),
    "softmax": (lambda x: F.softmax(x, -1), plain_softmax, [(50, 4)]),
    "attention": (F.scaled_dot_product_attention, plain_attention, [(2, 3, 5, 4), (2, 3, 6, 4), (2, 3, 6, 2)]),
    "attention, causal": (
        lambda *a: F.scaled_dot_product_attention(*a, is_causal=True),
        lambda *a: plain_attention(*a, causal(5)),
        [(2, 3, 5, 4), (2, 3, 5, 4), (2, 3, 5, 2)],
    ),
    "self_attention": (lambda x: F.self_attention(x, 2, is_causal=True), plain_self_attention, [(3, 5, 24)]),
    "cross_entropy": (lambda x: F.cross_entropy(x, TARGET), plain_cross_entropy, [(40, 7)]),
    "cross_entropy, smoothed": (
        lambda x: F.cross_entropy(x, TARGET, label_smoothing=0.1),
        plain_smooth_cross_entropy,
        [(40, 7)],
    ),
    "rnn": (lambda *a: F.rnn(*a)[0], plain_rnn, recurrent_shapes(1, 1)),
    "gru": (lambda *a: F.gru(*a)[0], plain_gru, recurrent_shapes(3, 1)),
    "lstm": (whole_lstm, plain_lstm, recurrent_shapes(4, 2)),
}


def run(function, arrays, dtype):
    """The result, and the slopes of a weighed sum of it for every input."""
    inputs = [Tensor(a.astype(dtype), requires_grad=True) for a in arrays]
    out = function(*inputs)
    out.backward(np.random.default_rng(9).normal(size=out.shape).astype(dtype))
    return [out.data, *(t.grad.data for t in inputs)]


def drawn(shapes, spread=1.0):
    rng = np.random.default_rng(0)
    return [spread * rng.normal(size=shape) for shape in shapes]


@pytest.mark.parametrize("spread", [1.0, 5.0])
@pytest.mark.parametrize("name", PAIRS)
def test_fast_equals_plain(name, spread):
    fast, plain, shapes = PAIRS[name]
    for mine, theirs in zip(*(run(f, drawn(shapes, spread), np.float64) for f in (fast, plain)), strict=True):
        scale = np.abs(theirs).max()
        assert mine.shape == theirs.shape
        assert np.abs(mine - theirs).max() <= 1e-11 * scale


@pytest.mark.parametrize("name", PAIRS)
def test_in_float32_fast_is_about_as_close_to_the_truth_as_plain(name):
    fast, plain, shapes = PAIRS[name]
    arrays = [a.astype(np.float32) for a in drawn(shapes)]
    truth = run(plain, arrays, np.float64)
    for mine, theirs, exact in zip(run(fast, arrays, np.float32), run(plain, arrays, np.float32), truth, strict=True):
        assert mine.dtype == np.float32
        mine, theirs = np.abs(mine - exact), np.abs(theirs - exact)
        rounding = np.finfo(np.float32).eps * np.abs(exact).max()
        assert np.median(mine) <= 2 * np.median(theirs) + rounding / 4
        assert mine.max() <= 8 * theirs.max() + rounding  # the worst single one is partly luck


# Parts ----------------------------------------------------------------------------------------------------------------


def test_gelu_in_float32_is_right_to_its_last_digits_everywhere():
    numbers = np.append(np.linspace(-14, 14, 40_001), -0.0).astype(np.float32)
    x = Tensor(numbers, requires_grad=True)
    exact = Tensor(x.data.astype(np.float64), requires_grad=True)
    y, truth = F.gelu(x), F.gelu(exact)
    y.sum().backward()
    truth.sum().backward()
    assert np.abs(y.data - truth.data).max() < 3e-7
    assert np.abs(x.grad.data - exact.grad.data).max() < 3e-7


@pytest.mark.parametrize("n", [0, 1, 7, 5000])
def test_row_sums_and_dots(n):
    x, y = np.random.default_rng(0).normal(size=(2, 3, n))
    assert rows.row_sums(x) == pytest.approx(x.sum(axis=1, keepdims=True))
    assert rows.row_dots(x, y) == pytest.approx((x * y).sum(axis=1, keepdims=True))


@pytest.mark.parametrize("n", [0, 1, 2, 1000])
def test_adding_rows_by_index(n):
    rng = np.random.default_rng(0)
    index, values = rng.integers(0, 9, n), rng.normal(size=(n, 3))
    expected = np.zeros((9, 3))
    np.add.at(expected, index, values)
    assert add_rows(index, values, 9) == pytest.approx(expected)


def test_small_scores_skip_what_large_ones_need():
    z = np.random.default_rng(0).normal(size=(3, 4))
    allowed = np.tri(3, 4, dtype=bool)
    small, large = (attention.exponentials(z.copy(), allowed, safe) for safe in (True, False))
    assert small / small.sum(1, keepdims=True) == pytest.approx(large / large.sum(1, keepdims=True))
    assert attention.scores_are_small(np.full((2, 3), 3.0), np.full((2, 3), 4.0))
    assert not attention.scores_are_small(np.full((2, 3), 3.0), np.full((2, 3), 5.0))
    assert not attention.scores_are_small(np.full((2, 3), np.nan), np.ones((2, 3)))


def test_row_windows_are_views_and_images_keep_the_order_of_memory():
    x = np.random.default_rng(0).normal(size=(5, 3, 8, 7))
    cols = conv.rows_first(x, 1).reshape(1, 8, 3, 35)
    windows = conv.row_windows(cols, 6, 3, 1, 1)
    assert np.shares_memory(windows, cols)
    assert windows.shape == (1, 6, 9, 35)
    out = F.conv2d(x, np.ones((2, 3, 3, 3))).relu().data
    assert np.shares_memory(conv.rows_first(out, 1), out)  # the next convolution copies nothing
    pooled = F.max_pool2d(out, 2).data
    assert np.shares_memory(conv.rows_first(pooled, 1), pooled)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc's allocator is told to keep memory")
def test_freed_memory_is_kept():
    resource = pytest.importorskip("resource")
    assert keep_freed_memory()
    arrays = [np.ones(1 << 20) for _ in range(2)]  # 8 MB each
    del arrays
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        arrays = [np.ones(1 << 20) for _ in range(2)]
        del arrays
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    assert faults < 2000, "fresh pages each time would be 40,960"

"""Every function of ``functional``: layers without state, activations, losses."""

from itertools import product

import numpy as np
from parity_harness import Case, fixed, given, negative, normal, positive, simplex, ties, truth, whole


def fn(name, call, *draws, covers="", **options):
    return Case("function", name, call, draws, covers=covers, **options)


def loss(name, call, *draws, covers="", **options):
    return Case(
        "loss", name, call, draws, covers=covers, repeats=60, **options
    )  # many draws: most results are one number


WIDE = given(np.concatenate([np.linspace(-8, 8, 801), [0.0, 1e-6, -1e-3, 30.0, -30.0]]))
IMAGES, KERNELS = normal(6, 4, 14, 13), normal(6, 4, 3, 3, scale=0.2)
STATISTICS = fixed(normal(4)), fixed(positive(4))
SEQUENCE = normal(12, 8, 10)


def recurrent(gates):
    """x, the first state and the weights of one layer, with 16 hidden numbers."""
    weights = (normal(gates * 16, 10, scale=0.3), normal(gates * 16, 16, scale=0.3))
    return SEQUENCE, normal(8, 16), *weights, normal(gates * 16, scale=0.3), normal(gates * 16, scale=0.3)


def theirs_recurrent(name):
    """PyTorch's whole-sequence functions, which take a layer axis and a flat list of weights."""

    def call(k, x, h, *weights):
        states, last = getattr(k.t, name)(x, h[None], weights, True, 1, 0.0, False, False, False)
        return states, last[0]

    return call


def theirs_lstm(k, x, h, c, *weights):
    states, *last = k.t.lstm(x, (h[None], c[None]), weights, True, 1, 0.0, False, False, False)
    return states, *(s[0] for s in last)


def split_heads(k, qkv, heads):
    """(N, L, 3·E) as three (N, H, L, E/H)."""
    n, length, width = qkv.shape
    q, key, v = qkv.reshape(n, length, 3, heads, width // 3 // heads).permute(2, 0, 3, 1, 4)
    y = k.F.scaled_dot_product_attention(q, key, v, is_causal=True)
    return y.transpose(1, 2).reshape(n, length, -1)


def attention(**options):
    return lambda k, q, key, v, *mask: k.F.scaled_dot_product_attention(q, key, v, *mask, **options)


QKV = (normal(2, 3, 10, 8), normal(2, 3, 12, 8), normal(2, 3, 12, 6))

FUNCTIONS = [
    fn("linear", lambda k, x, w, b: k.F.linear(x, w, b), normal(30, 40), normal(20, 40), normal(20)),
    fn("linear, no bias, more axes", lambda k, x, w: k.F.linear(x, w), normal(5, 6, 40), normal(20, 40)),
    fn("linear, large batch", lambda k, x, w, b: k.F.linear(x, w, b), normal(2048, 8), normal(5, 8), normal(5)),
    fn("linear, one row", lambda k, x, w, b: k.F.linear(x, w, b), normal(40), normal(20, 40), normal(20)),
    fn("embedding", lambda k, i, w: k.F.embedding(i, w), whole(9, 30, 20), normal(9, 16)),
    fn("embedding, padding", lambda k, i, w: k.F.embedding(i, w, padding_idx=2), whole(9, 30), normal(9, 16)),
    fn("one_hot", lambda k, i: k.F.one_hot(i, 7), whole(7, 5, 4), float32=False),
    fn("pad", lambda k, x: [k.F.pad(x, (1, 2, 0, 3), value=2.5), k.F.pad(x, (-1, 1))], normal(3, 4, 5)),
    fn("normalize", lambda k, x: [k.F.normalize(x), k.F.normalize(x, p=1.0, dim=0)], normal(30, 40)),
    fn(
        "dropout, off, none and all",
        lambda k, x: [k.F.dropout(x, 0.5, False), k.F.dropout(x, 0.0), k.F.dropout(x, 1.0)],
        normal(9, 8),
    ),
    # Convolution
    fn("conv2d", lambda k, x, w, b: k.F.conv2d(x, w, b), IMAGES, KERNELS, normal(6)),
    fn(
        "conv2d, stride and padding",
        lambda k, x, w, b: k.F.conv2d(x, w, b, stride=(2, 3), padding=(1, 2)),
        IMAGES,
        KERNELS,
        normal(6),
    ),
    fn("conv2d, dilation", lambda k, x, w: k.F.conv2d(x, w, dilation=(2, 3), padding=2), IMAGES, KERNELS),
    fn(
        "conv2d, groups",
        lambda k, x, w, b: k.F.conv2d(x, w, b, groups=2, stride=2),
        IMAGES,
        normal(6, 2, 3, 2, scale=0.3),
        normal(6),
    ),
    fn(
        "conv2d, one kernel a channel",
        lambda k, x, w: k.F.conv2d(x, w, groups=4, padding=1),
        IMAGES,
        normal(8, 1, 3, 3),
    ),
    fn("conv2d, 1×1", lambda k, x, w, b: k.F.conv2d(x, w, b), IMAGES, normal(6, 4, 1, 1), normal(6)),
    fn("conv2d, same", lambda k, x, w: k.F.conv2d(x, w, padding="same"), IMAGES, normal(6, 4, 4, 3, scale=0.2)),
    fn(
        "conv2d, as large as the image",
        lambda k, x, w: k.F.conv2d(x, w),
        normal(6, 4, 5, 5),
        normal(6, 4, 5, 5, scale=0.1),
    ),
    fn("conv2d, one image", lambda k, x, w, b: k.F.conv2d(x, w, b), normal(4, 14, 13), KERNELS, normal(6)),
    fn(
        "conv2d, everything",
        lambda k, x, w, b: k.F.conv2d(x, w, b, (2, 1), (2, 1), (1, 2), 2),
        IMAGES,
        normal(6, 2, 3, 3),
        normal(6),
    ),
    fn("conv1d", lambda k, x, w, b: k.F.conv1d(x, w, b), normal(6, 4, 30), normal(6, 4, 5, scale=0.2), normal(6)),
    fn(
        "conv1d, options",
        lambda k, x, w: k.F.conv1d(x, w, None, 2, 3, 2, 2),
        normal(6, 4, 30),
        normal(6, 2, 5, scale=0.3),
    ),
    fn(
        "conv_transpose2d",
        lambda k, x, w, b: k.F.conv_transpose2d(x, w, b),
        IMAGES,
        normal(4, 5, 3, 3, scale=0.2),
        normal(5),
    ),
    fn(
        "conv_transpose2d, stride",
        lambda k, x, w: k.F.conv_transpose2d(x, w, None, 2, 1, 1),
        IMAGES,
        normal(4, 5, 3, 3, scale=0.2),
    ),
    fn(
        "conv_transpose2d, everything",
        lambda k, x, w, b: k.F.conv_transpose2d(x, w, b, (2, 3), (1, 0), (1, 2), 2, (1, 2)),
        IMAGES,
        normal(4, 3, 3, 2, scale=0.3),
        normal(6),
    ),
    # Pooling
    fn("max_pool2d", lambda k, x: k.F.max_pool2d(x, 2), IMAGES),
    fn("max_pool2d, ties", lambda k, x: k.F.max_pool2d(x, 3, 2, 1), ties(6, 4, 14, 13)),
    fn("max_pool2d, overlapping", lambda k, x: k.F.max_pool2d(x, (3, 2), (1, 2), (1, 0)), IMAGES),
    fn("avg_pool2d", lambda k, x: k.F.avg_pool2d(x, 2), IMAGES),
    fn("avg_pool2d, overlapping", lambda k, x: k.F.avg_pool2d(x, (3, 2), (1, 2), (1, 0)), IMAGES),
    fn("adaptive_avg_pool2d", lambda k, x: [k.F.adaptive_avg_pool2d(x, s) for s in (1, (3, 5), (None, 7))], IMAGES),
    # Normalisation
    fn(
        "batch_norm, training",
        lambda k, x, m, v, w, b: [k.F.batch_norm(x, m, v, w, b, training=True, momentum=0.3), m, v],
        IMAGES,
        *STATISTICS,
        normal(4),
        normal(4),
    ),
    fn(
        "batch_norm, in use",
        lambda k, x, m, v, w, b: k.F.batch_norm(x, m, v, w, b, eps=1e-3),
        IMAGES,
        *STATISTICS,
        normal(4),
        normal(4),
    ),
    fn("batch_norm, rows", lambda k, x: k.F.batch_norm(x, None, None, training=True), normal(200, 6)),
    fn("layer_norm", lambda k, x, w, b: k.F.layer_norm(x, (32,), w, b), normal(10, 9, 32), normal(32), normal(32)),
    fn(
        "layer_norm, long rows",
        lambda k, x, w, b: k.F.layer_norm(x, (768,), w, b),
        normal(8, 768),
        normal(768),
        normal(768),
    ),
    fn("layer_norm, two axes", lambda k, x: k.F.layer_norm(x, (9, 32), eps=1e-3), normal(10, 9, 32)),
    fn("layer_norm, far from 0", lambda k, x: k.F.layer_norm(x + 100, (32,)), normal(10, 32)),
    # Activations
    fn("relu", lambda k, x: k.F.relu(x), WIDE),
    fn("sigmoid", lambda k, x: k.F.sigmoid(x), WIDE),
    fn("tanh", lambda k, x: k.F.tanh(x), WIDE),
    fn("leaky_relu", lambda k, x: [k.F.leaky_relu(x), k.F.leaky_relu(x, 0.2)], WIDE),
    fn("elu", lambda k, x: [k.F.elu(x), k.F.elu(x, 1.5)], WIDE),
    fn("silu", lambda k, x: k.F.silu(x), WIDE),
    fn("gelu", lambda k, x: k.F.gelu(x), WIDE),
    fn("gelu, tanh", lambda k, x: k.F.gelu(x, approximate="tanh"), WIDE),
    fn("softplus", lambda k, x: [k.F.softplus(x), k.F.softplus(x, 2.0, 5.0)], WIDE),
    fn("softmax", lambda k, x: [k.F.softmax(x, -1), k.t.softmax(x, 0), x.softmax(0)], normal(30, 40, scale=3)),
    fn("softmax, long rows", lambda k, x: k.F.softmax(x, -1), normal(8, 2000, scale=3)),
    fn("log_softmax", lambda k, x: [k.F.log_softmax(x, -1), k.F.log_softmax(x, 0)], normal(30, 40, scale=3)),
    fn("log_softmax, of 1e4", lambda k, x: k.F.log_softmax(x, 1), normal(30, 40, scale=1e4)),
    # Attention
    fn("scaled_dot_product_attention", attention(), *QKV),
    fn("scaled_dot_product_attention, causal", attention(is_causal=True), *QKV),
    fn("scaled_dot_product_attention, scale", attention(scale=0.3), *QKV),
    fn("scaled_dot_product_attention, truth mask", attention(), *QKV, given(np.tri(10, 12, 4, dtype=bool))),
    fn("scaled_dot_product_attention, added mask", attention(), *QKV, normal(2, 1, 10, 12)),
    fn("scaled_dot_product_attention, one head for all", attention(), QKV[0], normal(2, 1, 12, 8), normal(2, 1, 12, 6)),
    fn(
        "self_attention, causal",
        lambda k, x: k.F.self_attention(x, 4, is_causal=True),
        normal(3, 10, 48),
        theirs=lambda k, x: split_heads(k, x, 4),
    ),
    # Recurrent layers over a whole sequence
    fn("rnn", lambda k, *a: k.F.rnn(*a), *recurrent(1), theirs=theirs_recurrent("rnn_tanh")),
    fn("rnn, relu", lambda k, *a: k.F.rnn(*a, nonlinearity="relu"), *recurrent(1), theirs=theirs_recurrent("rnn_relu")),
    fn("gru", lambda k, *a: k.F.gru(*a), *recurrent(3), theirs=theirs_recurrent("gru")),
    fn(
        "lstm",
        lambda k, x, h, c, *w: k.F.lstm(x, (h, c), *w),
        SEQUENCE,
        normal(8, 16),
        *recurrent(4)[1:],
        theirs=theirs_lstm,
    ),
]

ROWS, CLASSES = 60, 11
SCORES, TARGET, WEIGHT = normal(ROWS, CLASSES, scale=3), whole(CLASSES, ROWS), fixed(positive(CLASSES))
SOFT, SECOND = simplex(ROWS, CLASSES), given(np.full(4, 2))
LOGARITHMS = negative(ROWS, CLASSES)
REDUCTIONS = ("mean", "sum", "none")


def entropy(**options):
    return lambda k, x, t, *weight: k.F.cross_entropy(x, t, *weight, **options)


def entropies():
    for reduction, smoothing in product(REDUCTIONS, (0.0, 0.1)):
        options = {"reduction": reduction, "label_smoothing": smoothing}
        said = f"{reduction}{', smoothing' if smoothing else ''}"
        yield loss(f"cross_entropy, {said}", entropy(**options), SCORES, TARGET)
        yield loss(
            f"cross_entropy, {said}, weights, ignored", entropy(ignore_index=3, **options), SCORES, TARGET, WEIGHT
        )
        yield loss(f"cross_entropy, {said}, probabilities", entropy(**options), SCORES, SOFT)
        yield loss(f"cross_entropy, {said}, probabilities, weights", entropy(**options), SCORES, SOFT, WEIGHT)
        yield loss(
            f"cross_entropy, {said}, places",
            entropy(ignore_index=3, **options),
            normal(6, 5, 4, 3),
            whole(5, 6, 4, 3),
            fixed(positive(5)),
        )
    yield loss("cross_entropy, probabilities, places", entropy(), normal(6, 5, 4), simplex(6, 5, 4))
    yield loss("cross_entropy, one row", entropy(), normal(CLASSES), whole(CLASSES))
    yield loss("cross_entropy, scores of 1e4", entropy(), normal(ROWS, CLASSES, scale=1e4), TARGET)
    yield loss("cross_entropy, everything ignored", entropy(ignore_index=2), normal(4, 5), SECOND)


def reduced(name, *draws, **options):
    """One case with all three reductions."""

    def call(k, *tensors):
        return [getattr(k.F, name)(*tensors, reduction=r, **options) for r in REDUCTIONS]

    said = "".join(f", {n} {v}" for n, v in options.items())
    return loss(f"{name}{said}", call, *draws)


A = (60, 40)
LOSSES = [
    *entropies(),
    reduced("nll_loss", LOGARITHMS, TARGET),
    loss("nll_loss, weights, ignored", lambda k, *a: k.F.nll_loss(*a, ignore_index=3), LOGARITHMS, TARGET, WEIGHT),
    loss("nll_loss, places", lambda k, *a: k.F.nll_loss(*a), negative(6, 5, 4), whole(5, 6, 4)),
    loss("nll_loss, everything ignored", lambda k, *a: k.F.nll_loss(*a, ignore_index=2), negative(4, 5), SECOND),
    reduced("mse_loss", normal(*A), normal(*A)),
    reduced("l1_loss", ties(*A), ties(*A)),
    reduced("huber_loss", normal(*A), normal(*A)),
    reduced("huber_loss", ties(*A), ties(*A), delta=2.0),
    reduced("smooth_l1_loss", normal(*A), normal(*A)),
    reduced("smooth_l1_loss", ties(*A), ties(*A), beta=2.0),
    reduced("binary_cross_entropy_with_logits", normal(*A, scale=4), positive(*A, low=0, high=1)),
    loss(
        "binary_cross_entropy_with_logits, weights",
        lambda k, x, t, w, p: k.F.binary_cross_entropy_with_logits(x, t, w, pos_weight=p),
        normal(*A, scale=4),
        positive(*A, low=0, high=1),
        fixed(positive(40)),
        fixed(positive(40)),
    ),
    loss(
        "binary_cross_entropy_with_logits, scores of 1e4",
        lambda k, x, t: k.F.binary_cross_entropy_with_logits(x, t),
        normal(*A, scale=1e4),
        lambda rng: truth(*A)(rng).astype(float),
    ),
    reduced("binary_cross_entropy", positive(*A, low=0.01, high=0.99), positive(*A, low=0, high=1)),
    loss(
        "binary_cross_entropy, at 0 and 1",
        lambda k, p, t: k.F.binary_cross_entropy(p, t, reduction="none"),
        given([0.0, 1.0, 0.0, 1.0]),
        fixed(given([0.0, 1.0, 1.0, 0.0])),
    ),
    loss(
        "binary_cross_entropy, weights",
        lambda k, p, t, w: k.F.binary_cross_entropy(p, t, w),
        positive(*A, low=0.01, high=0.99),
        positive(*A, low=0, high=1),
        fixed(positive(40)),
    ),
    reduced("kl_div", normal(*A), simplex(*A)),
    reduced("kl_div", normal(*A), normal(*A), log_target=True),
    loss("kl_div, batchmean", lambda k, x, t: k.F.kl_div(x, t, reduction="batchmean"), normal(*A), simplex(*A)),
    loss(
        "kl_div, zeros in the target",
        lambda k, x, t: k.F.kl_div(x, t, reduction="sum"),
        normal(2, 3),
        fixed(given([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]])),
    ),
]

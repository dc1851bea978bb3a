"""Every layer and every loss as a module: the same weights, moved by ``state_dict``, and the same numbers."""

import numpy as np
from parity_harness import Case, fixed, given, negative, normal, positive, simplex, whole


def layer(name, build, *draws, call=lambda k, m, *x: m(*x), **options):
    return Case("layer", name, call, draws, build=build, **options)


def stateless(name, *args, **options):
    """A layer whose results are those of one function."""
    said = "".join(f", {v}" for v in args) + "".join(f", {n}={v}" for n, v in options.items())
    return layer(name + said, lambda k: getattr(k.nn, name)(*args, **options), normal(20, 30, scale=2))


def loss(name, *draws, **options):
    said = "".join(f", {n}={v}" for n, v in options.items())
    return layer(name + said, lambda k: getattr(k.nn, name)(**options), *draws)


def attend(**options):
    return lambda k, m, q, key, *masks: m(q, key, key, **dict(zip(options, masks, strict=True)))


def encoder_layer(k):
    """Our block, or PyTorch's encoder layer in the same arrangement."""
    if k.mine:
        return k.nn.TransformerBlock(24, 3)
    options = {"dropout": 0.0, "batch_first": True, "norm_first": True}
    return k.nn.TransformerEncoderLayer(24, 3, 96, activation=lambda x: k.F.gelu(x, approximate="tanh"), **options)


def causal(k, block, x):
    """PyTorch's layer with the mask that ours has built in; without its shortcut for ``eval``."""
    size = x.shape[1]
    return block(x, src_mask=k.t.triu(k.t.ones(size, size, dtype=k.t.bool), 1))


IMAGES, SEQUENCE = normal(6, 4, 14, 13), normal(8, 12, 10)
ROWS, PLACES = normal(50, 12), normal(9, 6, 12)
PROBABILITY = positive(30, 20, low=0.01, high=0.99)
PADDING = fixed(given(np.arange(9) >= np.array([[9], [5]])))
LATER = fixed(given(np.triu(np.ones((7, 9), bool), 3)))

LAYERS = [
    layer("Linear", lambda k: k.nn.Linear(30, 20), normal(40, 30)),
    layer("Linear, no bias", lambda k: k.nn.Linear(30, 20, bias=False), normal(4, 5, 30)),
    layer("Identity", lambda k: k.nn.Identity(), ROWS),
    layer("Flatten", lambda k: k.nn.Flatten(), IMAGES),
    layer("Unflatten", lambda k: k.nn.Unflatten(1, (3, 4)), ROWS),
    layer("Embedding", lambda k: k.nn.Embedding(9, 16), whole(9, 30, 20)),
    layer("Embedding, padding_idx=2", lambda k: k.nn.Embedding(9, 16, padding_idx=2), whole(9, 30, 20)),
    layer("Conv1d", lambda k: k.nn.Conv1d(4, 6, 5, stride=2, padding=2, groups=2), normal(6, 4, 30)),
    layer("Conv2d", lambda k: k.nn.Conv2d(4, 6, 3), IMAGES),
    layer("Conv2d, options", lambda k: k.nn.Conv2d(4, 6, (3, 2), (2, 1), (1, 2), (1, 2), 2, False), IMAGES),
    layer("Conv2d, padding=same", lambda k: k.nn.Conv2d(4, 6, 3, padding="same"), IMAGES),
    layer("ConvTranspose2d", lambda k: k.nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, 2), IMAGES),
    layer("MaxPool2d", lambda k: k.nn.MaxPool2d(3, 2, 1), IMAGES),
    layer("AvgPool2d", lambda k: k.nn.AvgPool2d(2), IMAGES),
    layer("AdaptiveAvgPool2d", lambda k: k.nn.AdaptiveAvgPool2d((3, 5)), IMAGES),
    *(
        layer(
            f"BatchNorm{d}d, {said}", lambda k, d=d: getattr(k.nn, f"BatchNorm{d}d")(4), x, training=said == "training"
        )
        for said in ("training", "in use")
        for d, x in ((1, normal(60, 4)), (2, IMAGES))
    ),
    layer("BatchNorm1d, three axes", lambda k: k.nn.BatchNorm1d(4, momentum=0.3), normal(20, 4, 50)),
    layer("BatchNorm2d, momentum=None", lambda k: k.nn.BatchNorm2d(4, momentum=None), IMAGES),
    layer("BatchNorm2d, affine=False", lambda k: k.nn.BatchNorm2d(4, affine=False), IMAGES),
    layer("BatchNorm2d, no running statistics", lambda k: k.nn.BatchNorm2d(4, track_running_stats=False), IMAGES),
    layer("LayerNorm", lambda k: k.nn.LayerNorm(12), PLACES),
    layer("LayerNorm, two axes", lambda k: k.nn.LayerNorm((6, 12), eps=1e-3), PLACES),
    layer("LayerNorm, no weights", lambda k: k.nn.LayerNorm(12, elementwise_affine=False), PLACES),
    layer("Dropout, in use", lambda k: k.nn.Dropout(0.3), ROWS, training=False),
    stateless("ReLU"),
    stateless("LeakyReLU", 0.2),
    stateless("ELU", 1.5),
    stateless("SiLU"),
    stateless("GELU"),
    stateless("GELU", approximate="tanh"),
    stateless("Tanh"),
    stateless("Sigmoid"),
    stateless("Softplus", 2.0, 5.0),
    stateless("Softmax", -1),
    stateless("LogSoftmax", 0),
    layer("RNN", lambda k: k.nn.RNN(10, 16), SEQUENCE),
    layer("RNN, relu, no bias, two layers", lambda k: k.nn.RNN(10, 16, 2, "relu", bias=False), SEQUENCE),
    layer("RNN, first state", lambda k: k.nn.RNN(10, 16, 2), SEQUENCE, normal(2, 12, 16)),
    layer("LSTM", lambda k: k.nn.LSTM(10, 16, 2, bidirectional=True), SEQUENCE),
    layer(
        "LSTM, first state, batch first",
        lambda k: k.nn.LSTM(10, 16, batch_first=True),
        SEQUENCE,
        normal(1, 8, 16),
        normal(1, 8, 16),
        call=lambda k, m, x, h, c: m(x, (h, c)),
    ),
    layer("GRU", lambda k: k.nn.GRU(10, 16, 2, bidirectional=True, batch_first=True), SEQUENCE),
    layer("GRU, first state, one sequence", lambda k: k.nn.GRU(10, 16), normal(8, 10), normal(1, 16)),
    layer("RNNCell", lambda k: k.nn.RNNCell(10, 16), normal(12, 10), normal(12, 16)),
    layer("GRUCell", lambda k: k.nn.GRUCell(10, 16), normal(12, 10), normal(12, 16)),
    layer(
        "LSTMCell",
        lambda k: k.nn.LSTMCell(10, 16),
        normal(12, 10),
        normal(12, 16),
        normal(12, 16),
        call=lambda k, m, x, h, c: m(x, (h, c)),
    ),
    layer(
        "MultiheadAttention",
        lambda k: k.nn.MultiheadAttention(12, 3, batch_first=True),
        normal(2, 7, 12),
        normal(2, 9, 12),
        call=attend(),
    ),
    layer(
        "MultiheadAttention, masks, time first",
        lambda k: k.nn.MultiheadAttention(12, 3),
        normal(7, 2, 12),
        normal(9, 2, 12),
        PADDING,
        LATER,
        call=attend(key_padding_mask=None, attn_mask=None),
    ),
    layer(
        "MultiheadAttention, added mask, no bias",
        lambda k: k.nn.MultiheadAttention(12, 3, bias=False, batch_first=True),
        normal(2, 7, 12),
        normal(2, 9, 12),
        fixed(normal(6, 7, 9)),
        call=attend(attn_mask=None),
    ),
    layer("TransformerBlock", encoder_layer, normal(3, 10, 24), theirs=causal),
    layer(
        "Sequential",
        lambda k: k.nn.Sequential(k.nn.Conv2d(4, 5, 3), k.nn.ReLU(), k.nn.Flatten(), k.nn.Linear(5 * 12 * 11, 3)),
        IMAGES,
    ),
    loss("MSELoss", normal(30, 20), normal(30, 20)),
    loss("L1Loss", normal(30, 20), normal(30, 20), reduction="sum"),
    loss("HuberLoss", normal(30, 20), normal(30, 20), delta=0.7),
    loss("SmoothL1Loss", normal(30, 20), normal(30, 20), beta=0.7),
    loss("CrossEntropyLoss", normal(30, 9), whole(9, 30), ignore_index=2, label_smoothing=0.1),
    loss("NLLLoss", negative(30, 9), whole(9, 30)),
    loss("BCELoss", PROBABILITY, positive(30, 20, low=0, high=1)),
    loss("BCEWithLogitsLoss", normal(30, 20), positive(30, 20, low=0, high=1)),
    loss("KLDivLoss", normal(30, 20), simplex(30, 20), reduction="batchmean"),
]

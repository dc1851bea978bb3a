"""Chapter 10: strings reversed by one block, and random strings that repeat, read by one block and by two."""

import numpy as np

from groundup import functional as F
from groundup import nn, optim
from groundup.tensor import no_grad
from recipe import Recipe

LETTERS, GO, LONGEST = 26, 26, 20  # as in chapter 9's reversed strings


class Reader(nn.Module):
    """Points for tokens and for places, added; blocks that look back; a norm and a linear layer."""

    def __init__(self, tokens, places, outputs, width, heads, layers, ratio, rng):
        super().__init__()
        self.token, self.place = nn.Embedding(tokens, width, rng=rng), nn.Embedding(places, width, rng=rng)
        self.blocks = nn.ModuleList(nn.TransformerBlock(width, heads, mlp_ratio=ratio, rng=rng) for _ in range(layers))
        self.norm, self.out = nn.LayerNorm(width), nn.Linear(width, outputs, rng=rng)

    def forward(self, x, places):
        """Tokens (n, t), the number of each place (t,) → scores (n, t, outputs)."""
        z = self.token(x) + self.place(places)
        for block in self.blocks:
            z = block(z)
        return self.out(self.norm(z))


def descend(model, optimizer, schedule, scores, y):
    """One step of training; returns the loss before it."""
    loss = F.cross_entropy(scores.reshape(-1, scores.shape[-1]), y.reshape(-1))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step()
    return loss.item()


def strings(rng, n, length):
    """Random strings and themselves reversed, as in chapter 9: read (n, 2·length), to be written (n, length)."""
    s = rng.integers(0, LETTERS, (n, length))
    turned = s[:, ::-1]
    return np.concatenate([s, np.full((n, 1), GO), turned[:, :-1]], axis=1), turned


def counted(count, length):
    """The number of each of 2·length places, from the mark, from the start, or the same for all."""
    if count == "mark":
        return np.arange(-length, length) + LONGEST
    return np.arange(2 * length) if count == "start" else np.zeros(2 * length, int)


def reverse(seed, note, *, count="mark", width=32, heads=1, steps=600, lr=0.01, batch_size=64):
    """Read a string of random letters, then write it backwards; each batch of one length, 1 to 20."""
    rng = np.random.default_rng(seed)
    model = Reader(LETTERS + 1, 2 * LONGEST, LETTERS, width, heads, 1, 2, rng)
    optimizer = optim.Adam(model.parameters(), lr=lr)
    schedule = optim.lr_scheduler.LambdaLR(optimizer, lambda t: 1 - t / steps)
    for _ in range(steps):
        length = int(rng.integers(1, LONGEST + 1))
        x, y = strings(rng, batch_size, length)
        note(loss=descend(model, optimizer, schedule, model(x, counted(count, length))[:, length:], y))
    fresh, right = np.random.default_rng(1000 + seed), []
    lengths = list(range(1, LONGEST + 1))
    with no_grad():
        for length in lengths:
            x, y = strings(fresh, 500, length)
            told = model(x, counted(count, length)).data[:, length:].argmax(axis=-1)
            right.append(float((told == y).all(axis=1).mean()))
    return {"lengths": lengths, "strings": right, "parameters": sum(p.numel() for p in model.parameters())}


TEXT, SHORT, LONG, PLACES = 27, 4, 24, 48  # a to z and the space; length of what comes again; letters in all
ASKED = 16


def again(rng, n):
    """Random strings of 4 to 24 letters, each again and again until 48 letters are full: (n, 48)."""
    return np.array([np.resize(rng.integers(0, TEXT, rng.integers(SHORT, LONG + 1)), PLACES) for _ in range(n)])


def repeat(seed, note, *, layers, width=32, heads=2, steps=2000, lr=0.01, batch_size=32):
    """Guess each next letter of random strings that come again; asked about 16 fresh letters, twice."""
    rng, places = np.random.default_rng(seed), np.arange(PLACES - 1)
    model = Reader(TEXT, PLACES, TEXT, width, heads, layers, 1, rng)
    optimizer = optim.Adam(model.parameters(), lr=lr)
    schedule = optim.lr_scheduler.LambdaLR(optimizer, lambda t: 1 - t / steps)
    for _ in range(steps):
        x = again(rng, batch_size)
        note(loss=descend(model, optimizer, schedule, model(x[:, :-1], places), x[:, 1:]))
    x = np.tile(np.random.default_rng(1000 + seed).integers(0, TEXT, (1000, ASKED)), 2)
    with no_grad():
        log_p = F.log_softmax(model(x[:, :-1], np.arange(x.shape[1] - 1)), -1).data
    surprise = -np.take_along_axis(log_p, x[:, 1:, None], axis=-1)[..., 0].mean(axis=0)  # (31,), places 2 to 32
    weights = {name: np.array(p.data) for name, p in model.named_parameters()} if layers > 1 and seed == 0 else {}
    return {
        "by_place": [float(s) for s in surprise],
        "first": float(surprise[: ASKED - 1].mean()),
        "second": float(surprise[ASKED:].mean()),
        "parameters": sum(p.numel() for p in model.parameters()),
        **weights,
    }


RUNS = [
    Recipe("10_reverse", reverse, seeds=(0, 1, 2)),
    Recipe("10_reverse_start", reverse, seeds=(0, 1, 2), options={"count": "start"}),
    Recipe("10_reverse_none", reverse, seeds=(0, 1, 2), options={"count": "none"}),
    Recipe("10_repeat_1", repeat, seeds=(0, 1, 2), options={"layers": 1}),
    Recipe("10_repeat_2", repeat, seeds=(0, 1, 2), options={"layers": 2}),
]

"""Chapter 09: names, the adding problem, reversed strings, sunspots; plain cell, GRU and LSTM, over seeds."""

import numpy as np

from groundup import data, ladder, nn, optim
from groundup import functional as F
from groundup.optim import clip_grad_norm_
from groundup.tensor import no_grad
from recipe import Recipe

CELLS = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class Reader(nn.Module):
    """Points for the tokens (none where the input is numbers already), a recurrent layer, a linear layer."""

    def __init__(self, cell, tokens, dim, width, outputs, rng):
        super().__init__()
        self.points = nn.Embedding(tokens, dim, rng=rng) if tokens else None
        self.cell = CELLS[cell](dim, width, batch_first=True, rng=rng)
        self.out = nn.Linear(width, outputs, rng=rng)

    def forward(self, x, state=None):
        """Return the outputs at every step, (n, t, outputs), and the state after the last."""
        states, last = self.cell(x if self.points is None else self.points(x), state)
        return self.out(states), last


def descend(model, optimizer, schedule, loss, clip):
    """One step of training; returns the loss before it and the common norm of the gradients."""
    optimizer.zero_grad()
    loss.backward()
    norm = clip_grad_norm_(model.parameters(), clip)
    optimizer.step()
    schedule.step()
    return {"loss": loss.item(), "norm": float(norm)}


def falling(optimizer, steps):
    """A learning rate that falls in a straight line to zero."""
    return optim.lr_scheduler.LambdaLR(optimizer, lambda t: 1 - t / steps)


def names(seed, note, *, cell, width=128, dim=16, epochs=10, lr=0.005, batch_size=128, clip=1.0, keep=False):
    """Guess each next letter of a name; notes each step's loss and the validation score of each epoch."""
    parts, rng = data.names(), np.random.default_rng(seed)
    model = Reader(cell, 27, dim, width, 27, rng)
    x, y = ladder.encode(parts.train.names)
    long = (x != 0).sum(axis=1) + 1
    optimizer = optim.Adam(model.parameters(), lr=lr)
    schedule = falling(optimizer, epochs * -(-len(x) // batch_size))
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for rows in np.split(order, range(batch_size, len(order), batch_size)):
            t = long[rows].max()
            z, _ = model(x[rows, :t])
            loss = F.cross_entropy(z.reshape(-1, 27), y[rows, :t].reshape(-1))
            note(**descend(model, optimizer, schedule, loss, clip))
        note(validation=ladder.nats_per_character(lambda x: model(x)[0], parts.validation.names))
    found = {
        part: ladder.nats_per_character(lambda x: model(x)[0], getattr(parts, part).names)
        for part in ("validation", "test")
    }
    weights = {name: np.array(p.data) for name, p in model.named_parameters()} if keep and seed == 0 else {}
    return {**found, "parameters": sum(p.numel() for p in model.parameters()), **weights}


def marked(rng, n, length):
    """The adding problem: (n, length, 2) float32, numbers and marks, and the sum of the two marked ones, (n, 1)."""
    x = np.zeros((n, length, 2), np.float32)
    x[:, :, 0] = rng.random((n, length))
    rows, half = np.arange(n), length // 2
    first, second = rng.integers(0, half, n), rng.integers(half, length, n)
    x[rows, first, 1] = x[rows, second, 1] = 1
    return x, x[rows, first, :1] + x[rows, second, :1]


def adding(seed, note, *, cell, length=100, width=64, steps=1500, lr=0.005, batch_size=64, clip=1.0, forget=0.0):
    """Read a hundred numbers, two of them marked, and tell their sum at the end."""
    rng = np.random.default_rng(seed)
    model = Reader(cell, 0, 2, width, 1, rng)
    if forget:
        model.cell.bias_ih_l0.data[width : 2 * width] += forget  # of an LSTM: i, f, g, o
    optimizer = optim.Adam(model.parameters(), lr=lr)
    schedule = falling(optimizer, steps)
    fresh = marked(np.random.default_rng(1000 + seed), 2000, length)
    below = None
    for step in range(steps):
        x, y = marked(rng, batch_size, length)
        loss = F.mse_loss(model(x)[0][:, -1], y)
        note(**descend(model, optimizer, schedule, loss, clip))
        if step % 50 == 49:
            error = asked(model, *fresh)
            note(test=error)
            below = step + 1 if below is None and error <= 0.01 else below
    return {"test": asked(model, *fresh), "steps_to_0.01": below}


def adding_in_vain(seed, note, **options):
    """The same for a cell that never comes near: without the step at which it did."""
    return {"test": adding(seed, note, **options)["test"]}


def asked(model, x, y):
    """The mean squared error of the answers at the end."""
    with no_grad():
        return float(F.mse_loss(model(x)[0][:, -1], y).item())


LETTERS, GO = 26, 26


def strings(rng, n, length):
    """Random strings and themselves reversed: what is read (n, 2·length), and what is to be written (n, length).

    Read are the letters, a mark, and then what has been written so far; the answers begin at the mark.
    """
    s = rng.integers(0, LETTERS, (n, length))
    turned = s[:, ::-1]
    mark = np.full((n, 1), GO)
    return np.concatenate([s, mark, turned[:, :-1]], axis=1), turned


def reverse(seed, note, *, width=128, dim=32, longest=20, steps=8000, lr=0.004, batch_size=64, clip=1.0, asked=30):
    """Read a string of random letters, then write it backwards; lengths 1 to longest, each batch of one length."""
    rng = np.random.default_rng(seed)
    model = Reader("gru", LETTERS + 1, dim, width, LETTERS, rng)
    optimizer = optim.Adam(model.parameters(), lr=lr)
    schedule = falling(optimizer, steps)
    for _ in range(steps):
        x, y = strings(rng, batch_size, int(rng.integers(1, longest + 1)))
        z = model(x)[0][:, x.shape[1] - y.shape[1] :]
        loss = F.cross_entropy(z.reshape(-1, LETTERS), y.reshape(-1))
        note(**descend(model, optimizer, schedule, loss, clip))
    fresh = np.random.default_rng(1000 + seed)
    lengths = list(range(1, asked + 1))
    right = [written(model, fresh.integers(0, LETTERS, (500, length))) for length in lengths]
    weights = {name: np.array(p.data) for name, p in model.named_parameters()} if seed == 0 else {}
    return {
        "lengths": lengths,
        "letters": [float(r.mean()) for r in right],
        "strings": [float(r.all(axis=1).mean()) for r in right],
        "parameters": sum(p.numel() for p in model.parameters()),
        **weights,
    }


def written(model, s):
    """Which letters are right, (n, length), when the model writes s backwards and reads what it has written itself."""
    with no_grad():
        _, state = model(s)
        letter, out = np.full((len(s), 1), GO), []
        for _ in range(s.shape[1]):
            z, state = model(letter, state)
            letter = z.data[:, -1].argmax(axis=1)[:, None]
            out.append(letter)
    return np.concatenate(out, axis=1) == s[:, ::-1]


def sunspots(seed, note, *, ahead=(1, 12), window=132, width=32, epochs=20, lr=0.005, batch_size=64, clip=1.0):
    """Read eleven years of months, tell the number so many months ahead; the best epoch is chosen on validation."""
    spots, rng = data.sunspots(), np.random.default_rng(seed)
    series = (spots.count / 100).astype(np.float32)
    parts = {part: months(spots.split, part, window, max(ahead)) for part in ("train", "validation", "test")}

    def examples(last):
        x = series[last[:, None] - np.arange(window)[::-1]][..., None]  # (n, window, 1), ends at the month `last`
        return x, series[last[:, None] + np.array(ahead)]  # (n, ahead)

    model = Reader("gru", 0, 1, width, len(ahead), rng)
    optimizer = optim.Adam(model.parameters(), lr=lr)
    schedule = falling(optimizer, epochs * -(-len(parts["train"]) // batch_size))
    best, kept = np.inf, {}
    for _ in range(epochs):
        order = rng.permutation(parts["train"])
        for last in np.split(order, range(batch_size, len(order), batch_size)):
            x, y = examples(last)
            loss = F.mse_loss(model(x)[0][:, -1], y)
            note(**descend(model, optimizer, schedule, loss, clip))
        forecasts = {part: told(model, examples(last)[0]) for part, last in parts.items()}
        error = float(np.mean((forecasts["validation"] - examples(parts["validation"])[1]) ** 2))
        note(validation=error)
        if error < best:
            best, kept = error, forecasts
    return {f"forecast.{part}": 100 * kept[part] for part in ("validation", "test")}


def months(split, part, window, furthest):
    """The months after which can be told what comes, all of whose targets lie in the part."""
    inside = np.flatnonzero(split == part)
    return np.arange(max(inside[0], window) - 1, inside[-1] - furthest + 1)


def told(model, x):
    """The forecasts after the last month read, (n, ahead)."""
    with no_grad():
        return model(x)[0].data[:, -1]


RUNS = [
    Recipe("09_reverse", reverse, seeds=(0, 1, 2)),
    *(
        Recipe(f"09_names_{cell}", names, seeds=(0, 1, 2), options={"cell": cell, "keep": cell == "gru"})
        for cell in CELLS
    ),
    Recipe("09_adding_rnn", adding_in_vain, seeds=(0, 1, 2), options={"cell": "rnn"}),
    Recipe("09_adding_gru", adding, seeds=(0, 1, 2), options={"cell": "gru"}),
    Recipe("09_adding_lstm", adding, seeds=(0, 1, 2), options={"cell": "lstm", "lr": 0.02, "forget": 1.0}),
    Recipe("09_sunspots", sunspots, seeds=(0, 1, 2)),
]

"""Chapter 12: the reader of names that fills in hidden letters, trained for longer than a lecture may."""

import numpy as np

from groundup import data, nn, optim
from groundup import functional as F
from groundup.ladder import EDGE, NOTHING, TOKENS
from groundup.tensor import no_grad
from recipe import Recipe

MASK, PLACES = 27, 17


class Reader(nn.Module):
    """Each letter of a name in the light of all others: tokens (n, t) → (n, t, width)."""

    def __init__(self, width, layers, rng):
        super().__init__()
        self.letter, self.place = nn.Embedding(28, width, rng=rng), nn.Embedding(PLACES, width, rng=rng)
        self.blocks = nn.Sequential(*(nn.TransformerBlock(width, 4, causal=False, rng=rng) for _ in range(layers)))
        self.norm = nn.LayerNorm(width)

    def forward(self, x):
        """The lecture's: letter and place, the blocks, a norm."""
        return self.norm(self.blocks(self.letter(x) + self.place(np.arange(x.shape[1]))))


def rows(names):
    """Names as rows of tokens: (n, 17), edges before and behind."""
    x = np.full((len(names), PLACES), EDGE)
    for row, name in zip(x, names, strict=True):
        row[1 : len(name) + 1] = [TOKENS.index(letter) for letter in name]
    return x


def each_hidden(x):
    """Every letter hidden once: rows (m, 17), the place that is hidden (m,), what stood there (m,)."""
    row, place = np.nonzero(x)
    hidden = x[row]
    hidden[np.arange(len(row)), place] = MASK
    return hidden, place, x[row, place]


def hide(x, rng, share):
    """One letter of each name hidden, and of the others this share: inputs and targets, (n, t) each."""
    place = 1 + (rng.random(len(x)) * (x > 0).sum(axis=1)).astype(int)
    hidden = (rng.random(x.shape) < share) & (x > 0)
    hidden[np.arange(len(x)), place] = True
    return np.where(hidden, MASK, x), np.where(hidden, x, NOTHING)


def train(seed, note, *, steps, batch=256, width=64, layers=2, lr=0.003, share=0.15):
    """As in the lecture, for longer; notes the loss of each step and now and then the accuracy on held-out names."""
    rng, names = np.random.default_rng(seed), data.names()
    learn, (x_new, at_new, y_new) = rows(names.train.names), each_hidden(rows(names.validation.names))
    lengths = (learn > 0).sum(axis=1)
    alike = {length: np.flatnonzero(lengths == length) for length in np.unique(lengths)}
    reader = Reader(width, layers, rng)
    guess = nn.Linear(width, 27, rng=rng)
    parameters = [*reader.parameters(), *guess.parameters()]
    optimizer = optim.AdamW(parameters, lr=lr, weight_decay=0.01)
    rate = optim.lr_scheduler.LambdaLR(optimizer, lambda t: min(1, (t + 1) / 50) * (1 - t / steps))

    def fills_in():
        with no_grad():
            z = [guess(reader(part)).data for part in np.array_split(x_new, 10)]
        return np.mean(np.concatenate(z)[np.arange(len(y_new)), at_new].argmax(axis=1) == y_new)

    for k in range(steps):
        length = lengths[rng.integers(len(learn))]
        some = alike[length][rng.integers(len(alike[length]), size=batch)]
        x, y = hide(learn[some, : length + 2], rng, share)
        optimizer.zero_grad()
        loss = F.cross_entropy(guess(reader(x)).reshape(-1, 27), y.reshape(-1))
        loss.backward()
        optimizer.step()
        rate.step()
        note(loss=loss.item())
        if k % 1000 == 999:
            note(accuracy=fills_in())
    return {"accuracy": fills_in(), "parameters": sum(p.numel() for p in parameters)}


RUNS = [Recipe("12_masked", train, seeds=(0, 1), options={"steps": 6000})]

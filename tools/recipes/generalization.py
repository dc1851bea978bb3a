"""Chapter 06: what helps a network that has seen a thousand digits, and how strong each help should be."""

import numpy as np

from groundup import data, nn, optim
from groundup import functional as F
from groundup.tensor import Tensor
from groundup.train import evaluate
from recipe import Recipe

STEPS, BATCH, EVERY = 2000, 50, 40


def train(seed, note, *, n=1000, l2=0.0, l1=0.0, p=0.0, reach=0, test=True):
    """Train 784-256-10 for 2,000 steps on n images that the seed chooses; the same seed gives the same images."""
    mnist = data.mnist()
    (x, y), held, later = part(mnist.train, seed, n), flat(mnist.validation), flat(mnist.test)
    rng = np.random.default_rng(seed)
    net = nn.Sequential(nn.Linear(784, 256, rng=rng), nn.ReLU(), nn.Dropout(p, rng=rng), nn.Linear(256, 10, rng=rng))
    optimizer = optim.Adam(net.parameters(), lr=1e-3)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=STEPS)
    best, kept, stop = np.inf, {}, 0
    rows = batch_rows(n, rng)
    for step in range(1, STEPS + 1):
        i = next(rows)
        loss = F.cross_entropy(net(Tensor(shifted(x[i], rng, reach).reshape(len(i), 784))), Tensor(y[i]))
        optimizer.zero_grad()
        loss.backward()
        penalize(net, l2, l1)
        optimizer.step()
        schedule.step()
        note(loss=loss.item())
        if step % EVERY == 0:
            found = evaluate(net, held, F.cross_entropy, 1000)
            note(validation_loss=found.loss, validation_accuracy=found.accuracy)
            if found.loss < best:
                best, kept, stop = found.loss, net.state_dict(), step
    learnt = evaluate(net, flat((x, y)), F.cross_entropy, 1000)
    facts = {"train_accuracy": learnt.accuracy, "train_loss": learnt.loss, "stop": stop}
    facts |= scores("", net, held, later, test)
    net.load_state_dict(kept)
    return facts | scores("early_", net, held, later, test)


def part(split, seed, n):
    """n images of a split, the same first ones for a larger n."""
    chosen = np.random.default_rng(1000 + seed).permutation(len(split.y))[:n]
    return split.x[chosen], split.y[chosen]


def flat(split):
    """Images as rows."""
    x, y = split
    return x.reshape(len(x), 784), y


def batch_rows(n, rng):
    """The rows of one batch after the other, in a new order after each pass, without end."""
    while True:
        order = rng.permutation(n)
        yield from np.split(order, range(BATCH, n, BATCH))


def shifted(x, rng, reach):
    """Move each image (n, 28, 28) by up to ``reach`` pixels in both directions; paper moves in."""
    if not reach:
        return x
    padded = np.pad(x, ((0, 0), (reach, reach), (reach, reach)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (28, 28), axis=(1, 2))
    down, right = rng.integers(0, 2 * reach + 1, (2, len(x)))
    return windows[np.arange(len(x)), down, right]


def penalize(net, l2, l1):
    """Add the slopes of ½ l2 Σ w² + l1 Σ |w| to the gradients of all weights, not of the biases."""
    for w in net.parameters():
        if w.ndim == 2 and (l2 or l1):
            w.grad.data += l2 * w.data + l1 * np.sign(w.data)


def scores(before, net, held, later, test):
    """Accuracy and mean surprise on validation, and on test where it is wanted."""
    parts = {"validation": held} | ({"test": later} if test else {})
    found = {name: evaluate(net, split, F.cross_entropy, 1000) for name, split in parts.items()}
    return {f"{before}{name}_{what}": getattr(e, what) for name, e in found.items() for what in ("loss", "accuracy")}


STRENGTHS = {
    "l2": (1e-3, 3e-3, 1e-2, 3e-2),
    "l1": (1e-4, 3e-4, 1e-3),
    "p": (0.25, 0.5, 0.75),
    "reach": (1, 2, 3),
}


def strengths(seed, note, *, kind):
    """Train with each strength of one help; the test part is not looked at. Results are lists, one entry a strength."""
    found = [train(seed, note, test=False, **{kind: strength}) for strength in STRENGTHS[kind]]
    names = ("validation_accuracy", "validation_loss", "early_validation_accuracy")
    return {"strengths": list(STRENGTHS[kind])} | {name: [one[name] for one in found] for name in names}


FIVE = (0, 1, 2, 3, 4)
CHOSEN = {
    "plain": {},
    "l2": {"l2": 3e-3},
    "l1": {"l1": 1e-4},
    "dropout": {"p": 0.75},
    "shifts": {"reach": 2},
    "all": {"l2": 1e-3, "p": 0.5, "reach": 2},
    "n250": {"n": 250},
    "n4000": {"n": 4000},
    "n16000": {"n": 16000},
}
RUNS = [Recipe(f"06_thousand_{name}", train, seeds=FIVE, options=options) for name, options in CHOSEN.items()]
RUNS += [Recipe(f"06_strength_{kind}", strengths, seeds=(10, 11, 12), options={"kind": kind}) for kind in STRENGTHS]

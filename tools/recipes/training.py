"""Chapter 05: one default run repaired in five steps, and two wards of sick runs."""

from itertools import pairwise

import numpy as np

from groundup import data, nn, optim
from groundup import functional as F
from groundup.tensor import Tensor
from groundup.train import batches, evaluate
from recipe import Recipe

SIZES = (784, 100, 100, 100, 100, 100, 10)
N, BATCH, EPOCHS = 10_000, 64, 4
STEPS = EPOCHS * -(-N // BATCH)


def train(seed, note, *, weights="default", rule="SGD", lr=0.01, schedule=False, norm=False, test=False):
    """Train a network of five hidden layers for four epochs on 10,000 digits; notes the loss of each step."""
    mnist = data.mnist()
    x, y = rows(mnist.train, N)
    rng = np.random.default_rng(seed)
    net = network(rng, weights, norm)
    optimizer = optimizer_for(net, rule, lr)
    scheduler = optim.lr_scheduler.LambdaLR(optimizer, factor) if schedule else None
    for _ in range(EPOCHS):
        for images, labels in batches(x, y, BATCH, rng):
            note(loss=step(net, optimizer, images, labels))
            if scheduler:
                scheduler.step()
    found = evaluate(net, rows(mnist.validation), F.cross_entropy)
    facts = {"validation_loss": found.loss, "validation_accuracy": found.accuracy}
    if test:
        facts["test_accuracy"] = evaluate(net, rows(mnist.test), F.cross_entropy).accuracy
    return facts


def ward(seed, note, *, clothes=False, order):
    """Train six networks side by side, one healthy, five each with one thing wrong; notes all six losses a step."""
    split = data.fashion_mnist().train if clothes else data.mnist().train
    runs = {name: sick(seed, illness, *mixed(split, seed)) for name, illness in order.items()}
    for losses in zip(*runs.values(), strict=True):
        note(**dict(zip(runs, losses, strict=True)))
    return {"last_losses": list(losses)}


def sick(seed, illness, x, y):
    """Yield the losses of two epochs of Adam with that illness."""
    rng = np.random.default_rng(seed)
    net = network(rng, "Kaiming")
    if illness == "weights too large":
        for layer in linear(net):
            layer.weight.data *= np.float32(1.8)
    rate = {"rate too small": 1e-5, "rate too large": 0.1}.get(illness, 1e-3)
    optimizer = optim.Adam(net.parameters(), lr=rate)
    sorted_by_label = np.argsort(y, kind="stable")
    for _ in range(2):
        order = sorted_by_label if illness == "sorted" else rng.permutation(N)
        for images, labels in batches(x[order], y[order], BATCH):
            yield step(net, optimizer, images, labels, softmax=illness == "softmax twice")


def step(net, optimizer, images, labels, softmax=False):
    """One step; returns the loss before it."""
    z = net(Tensor(images))
    loss = F.cross_entropy(F.softmax(z, dim=1) if softmax else z, Tensor(labels))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def network(rng, weights="default", norm=False):
    """Five hidden layers of 100; weights "Kaiming", or as nn.Linear draws them."""
    layers = []
    for d_in, d_out in pairwise(SIZES):
        layers += [nn.Linear(d_in, d_out, rng=rng), *([nn.BatchNorm1d(d_out)] if norm else []), nn.ReLU()]
    net = nn.Sequential(*layers[: -2 if norm else -1])
    if weights == "Kaiming":
        for layer in linear(net):
            d_out, d_in = layer.weight.shape
            layer.weight.data[...] = rng.normal(0, np.sqrt(2 / d_in), (d_out, d_in))
            layer.bias.data[...] = 0
    return net


def linear(net):
    """The layers that have weights to draw."""
    return [layer for layer in net if isinstance(layer, nn.Linear)]


def optimizer_for(net, rule, lr):
    """Plain descent, or AdamW."""
    if rule == "SGD":
        return optim.SGD(net.parameters(), lr=lr)
    return optim.AdamW(net.parameters(), lr=lr, weight_decay=0.1)


def factor(t):
    """Warm up for 60 steps, then half a cosine."""
    return optim.warmup_cosine(t, 60, STEPS)


def rows(split, n=None):
    """The first n images of a split as rows, with their labels."""
    return split.x[:n].reshape(-1, 784), split.y[:n]


def mixed(split, seed):
    """10,000 images chosen by the seed, as rows."""
    chosen = np.random.default_rng(seed).permutation(len(split.y))[:N]
    return split.x[chosen].reshape(-1, 784), split.y[chosen]


REPAIRED = {
    "0_default": {},
    "1_weights": {"weights": "Kaiming"},
    "2_rate": {"weights": "Kaiming", "lr": 0.1},
    "3_adamw": {"weights": "Kaiming", "rule": "AdamW", "lr": 0.003},
    "4_schedule": {"weights": "Kaiming", "rule": "AdamW", "lr": 0.003, "schedule": True},
    "5_batch_norm": {
        "weights": "Kaiming",
        "rule": "AdamW",
        "lr": 0.01,
        "schedule": True,
        "norm": True,
        "test": True,
    },
}
DIGITS = {
    "one": "rate too small",
    "two": "sorted",
    "three": "weights too large",
    "four": "rate too large",
    "five": "softmax twice",
    "healthy": "",
}
CLOTHES = {
    "A": "sorted",
    "B": "softmax twice",
    "C": "weights too large",
    "D": "rate too small",
    "E": "rate too large",
    "healthy": "",
}
RUNS = [Recipe(f"05_repair_{name}", train, seeds=(0, 1, 2, 3, 4), options=how) for name, how in REPAIRED.items()] + [
    Recipe("05_ward_digits", ward, options={"order": DIGITS}, points=320),
    Recipe("05_ward_clothes", ward, options={"clothes": True, "order": CLOTHES}, points=320),
]

"""Stored runs of chapter 07: the lecture's network, a network for clothes, deep stacks plain and residual."""

import numpy as np

from groundup import data, nn, optim
from groundup import functional as F
from groundup.tensor import Tensor
from groundup.train import evaluate
from recipe import Recipe


def lenet(seed, note, *, epochs, lr, batch_size):
    """The lecture's network on MNIST, images moved by up to a pixel; its weights are those of the canvas."""
    train, validation, test = data.mnist()
    rng = np.random.default_rng(seed)
    model = nn.Sequential(
        *(nn.Conv2d(1, 8, 5, padding=2, rng=rng), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 5, rng=rng), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(400, 128, rng=rng), nn.ReLU(), nn.Linear(128, 10, rng=rng)),
    )
    optimizer = optim.Adam(model.parameters(), lr=lr)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * -(-len(train.y) // batch_size))
    wide, at = np.pad(train.x, ((0, 0), (1, 1), (1, 1))), np.arange(28)
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        order = rng.permutation(len(wide))
        for rows in np.split(order, range(batch_size, len(order), batch_size)):
            down, right = rng.integers(0, 3, (2, len(rows), 1))
            x = wide[rows[:, None, None], (down + at)[:, :, None], (right + at)[:, None, :]]
            loss = step(model, optimizer, x[:, None], train.y[rows])
            schedule.step()
            note(loss=loss)
    checked, tested = (evaluate(model, (part.x[:, None], part.y), F.cross_entropy) for part in (validation, test))
    weights = {f"weights.{name}": np.array(weight.data) for name, weight in model.state_dict().items()}
    return {"validation_accuracy": checked.accuracy, "test_accuracy": tested.accuracy, **weights}


def step(model, optimizer, x, y):
    """One step of training; returns the loss before it."""
    optimizer.zero_grad()
    loss = F.cross_entropy(model(Tensor(x)), Tensor(y))
    loss.backward()
    optimizer.step()
    return float(loss.item())


class Block(nn.Module):
    """Two 3 × 3 convolutions with a ReLU between and one behind; with a shortcut beside them, or without.

    Weights are drawn by Kaiming's rule; with a shortcut the second convolution begins at zero.
    """

    def __init__(self, channels, shortcut, rng):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, rng=rng)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, rng=rng)
        self.shortcut = shortcut
        for layer in (self.first, self.second):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", rng=rng)
            nn.init.zeros_(layer.bias)
        if shortcut:
            nn.init.zeros_(self.second.weight)

    def forward(self, x):
        """(N, channels, h, w) → the same shape."""
        change = self.second(F.relu(self.first(x)))
        return F.relu(x + change if self.shortcut else change)


def stack(seed, note, *, blocks, shortcut, images, epochs, lr):
    """Blocks upon each other on pictures of clothes, 8 channels of 14 × 14."""
    train, validation, _ = data.fashion_mnist()
    rng = np.random.default_rng(seed)
    model = nn.Sequential(
        *(nn.Conv2d(1, 8, 3, stride=2, padding=1, rng=rng), nn.ReLU()),
        *(Block(8, shortcut, rng) for _ in range(blocks)),
        *(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(392, 10, rng=rng)),
    )
    optimizer = optim.Adam(model.parameters(), lr=lr)
    x, y = train.x[:images, None], train.y[:images]
    for _ in range(epochs):
        order = rng.permutation(images)
        for rows in np.split(order, range(64, images, 64)):
            note(loss=step(model, optimizer, x[rows], y[rows]))
    checked = evaluate(model, (validation.x[:, None], validation.y), F.cross_entropy)
    return {"validation_accuracy": checked.accuracy}


def clothes(seed, note, *, epochs, lr, batch_size):
    """Three convolutions with batch norm on Fashion-MNIST, half of the pictures mirrored."""
    train, validation, test = data.fashion_mnist()
    rng = np.random.default_rng(seed)
    model = nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1, rng=rng), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1, rng=rng), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3, padding=1, rng=rng), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(576, 10, rng=rng)),
    )
    optimizer = optim.Adam(model.parameters(), lr=lr)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * -(-len(train.y) // batch_size))
    rng = np.random.default_rng(seed)
    for _ in range(epochs):
        order = rng.permutation(len(train.y))
        for rows in np.split(order, range(batch_size, len(order), batch_size)):
            x, mirrored = train.x[rows], rng.random(len(rows)) < 0.5
            x[mirrored] = x[mirrored, :, ::-1]
            note(loss=step(model, optimizer, x[:, None], train.y[rows]))
            schedule.step()
    checked, tested = (evaluate(model, (part.x[:, None], part.y), F.cross_entropy) for part in (validation, test))
    return {"validation_accuracy": checked.accuracy, "test_accuracy": tested.accuracy}


_STACK = {"images": 8000, "epochs": 2, "lr": 1e-3}
RUNS = [
    Recipe("07_lenet", lenet, seeds=(0, 1, 2), options={"epochs": 5, "lr": 3e-3, "batch_size": 64}),
    Recipe("07_clothes", clothes, seeds=(0, 1, 2), options={"epochs": 6, "lr": 4e-3, "batch_size": 64}),
    Recipe("07_plain_2", stack, seeds=(0, 1, 2), options={"blocks": 2, "shortcut": False, **_STACK}),
    Recipe("07_plain_20", stack, seeds=(0, 1, 2), options={"blocks": 20, "shortcut": False, **_STACK}),
    Recipe("07_residual_20", stack, seeds=(0, 1, 2), options={"blocks": 20, "shortcut": True, **_STACK}),
]

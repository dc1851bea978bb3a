"""Chapter 08: the network that reads the last few characters of a name, for several lengths of context, over seeds."""

import numpy as np

from groundup import data, ladder, nn, optim
from groundup import functional as F
from groundup.ladder import NOTHING
from groundup.train import batches, evaluate
from recipe import Recipe


def windows(x, k):
    """The last k tokens up to each place: x (n, t) → (n, t, k), with edges before the start."""
    padded = np.pad(x, ((0, 0), (k - 1, 0)))
    return np.lib.stride_tricks.sliding_window_view(padded, k, axis=1)


def examples(names, k):
    """Every prediction of the names as one example: contexts (m, k), what follows (m,)."""
    x, y = ladder.encode(names)
    return windows(x, k)[y != NOTHING], y[y != NOTHING]


def train(seed, note, *, context, keep=False, epochs=10, width=200, dim=16, lr=0.01, batch_size=512):
    """As in the lecture; notes the loss of each step and the validation loss of each epoch."""
    names, rng = data.names(), np.random.default_rng(seed)
    model = nn.Sequential(
        *(nn.Embedding(27, dim, rng=rng), nn.Flatten(), nn.Linear(context * dim, width, rng=rng)),
        *(nn.Tanh(), nn.Linear(width, 27, rng=rng)),
    )
    (x, y), held_out = (examples(part.names, context) for part in names[:2])
    optimizer, steps = optim.Adam(model.parameters(), lr=lr), epochs * -(-len(y) // batch_size)
    schedule = optim.lr_scheduler.LambdaLR(optimizer, lambda t: 1 - t / steps)
    for _ in range(epochs):
        for batch, target in batches(x, y, batch_size, rng):
            optimizer.zero_grad()
            loss = F.cross_entropy(model(batch), target)
            loss.backward()
            optimizer.step()
            schedule.step()
            note(loss=loss.item())
        note(validation=evaluate(model, held_out, F.cross_entropy, 4096).loss)

    def scores(tokens):
        return model(windows(tokens, context).reshape(-1, context)).reshape(*tokens.shape, 27)

    found = {part: ladder.nats_per_character(scores, getattr(names, part).names) for part in ("validation", "test")}
    parameters = {name: p.data for name, p in model.named_parameters()} if keep else {}
    return {**found, "parameters": sum(p.numel() for p in model.parameters()), **parameters}


RUNS = [
    Recipe(f"08_context_{k}", train, seeds=(0, 1, 2), options={"context": k} | ({"keep": True} if k == 3 else {}))
    for k in (1, 2, 3, 5, 8)
]

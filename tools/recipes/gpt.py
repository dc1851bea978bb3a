"""Chapter 11: GPT on Shakespeare's characters, live and longer; an LSTM beside it; GPT without its parts; names."""

import numpy as np
from _shakespeare import TEXT, VOCABULARY, adamw, encode, gpt, learn, scores, surprise, up_and_down

from groundup import data, ladder, nn, optim
from groundup import functional as F
from groundup.ladder import NOTHING
from groundup.tensor import no_grad
from groundup.train import batches
from recipe import Recipe


class Straight(nn.TransformerBlock):
    """A block without the two paths around: what goes in is not added to what comes out."""

    def forward(self, x, cache=None):
        x = self._attention(self.norm1(x), cache)
        return self.linear2(F.gelu(self.linear1(self.norm2(x)), approximate="tanh"))


def silence(p):
    """A parameter that stays 0."""
    p.data[...] = 0
    p.requires_grad = False


def without(seed, note, *, part="nothing", width, heads, layers, std=0.06, **training):
    """GPT on Shakespeare without one of its parts."""
    rng = np.random.default_rng(seed)
    model = nn.GPT(len(VOCABULARY), training["length"], width, heads, layers, std=std, rng=rng)
    if part == "positions":
        silence(model.position.weight)
    if part == "residual":
        model.blocks = nn.ModuleList(Straight(width, heads) for _ in range(layers))
        model.reset_parameters(rng)
    if part == "norm":
        model.norm = nn.Identity()
    for block in model.blocks:
        if part == "norm":
            block.norm1 = block.norm2 = nn.Identity()
        if part == "attention":
            silence(block.self_attn.out_proj.weight)
            silence(block.self_attn.out_proj.bias)
        if part == "mlp":
            silence(block.linear2.weight)
            silence(block.linear2.bias)
    learn(model, rng, note, **training)
    return scores(model, training["length"])


class CharacterLSTM(nn.Module):
    """Tokens (n, length) → scores (n, length, vocabulary)."""

    def __init__(self, vocabulary, dim, hidden, layers, rng):
        super().__init__()
        self.token = nn.Embedding(vocabulary, dim, rng=rng)
        self.lstm = nn.LSTM(dim, hidden, layers, batch_first=True, rng=rng)
        self.head = nn.Linear(hidden, vocabulary, rng=rng)

    def forward(self, x):
        return self.head(self.lstm(self.token(x))[0])


def carried(model, tokens, length):
    """Surprise where the LSTM reads the whole text in one go and never forgets on purpose."""
    total, state = 0.0, None
    model.eval()
    with no_grad():
        for start in range(0, len(tokens) - 1, length):
            x, y = tokens[start : start + length], tokens[start + 1 : start + length + 1]
            out, state = model.lstm(model.token(x[None, : len(y)]), state)
            total += len(y) * surprise(model.head(out), y[None]).item()
    model.train()
    return total / (len(tokens) - 1)


def lstm(seed, note, *, dim, hidden, layers, **training):
    """An LSTM on Shakespeare, learning from the same kind of windows as GPT."""
    rng = np.random.default_rng(seed)
    model = CharacterLSTM(len(VOCABULARY), dim, hidden, layers, rng)
    learn(model, rng, note, **training)
    both = {f"{part}_carried": carried(model, encode(getattr(TEXT, part)), 1024) for part in ("validation", "test")}
    return scores(model, training["length"]) | both


def copies(model, parts, count=4000):
    """Names that the model writes: which share was learnt from, which is real but hidden, and some of the others."""
    start = np.zeros((count, 1), dtype=int)
    written = model.generate(start, model.block_size, rng=np.random.default_rng(1)).data
    made = [ladder.decode(row) for row in written]
    known, hidden = set(parts.train.names), {*parts.validation.names, *parts.test.names}
    new = [name for name in made if name and name not in known | hidden]
    shares = {"copies": np.mean([name in known for name in made]), "hidden": np.mean([name in hidden for name in made])}
    return {**{name: float(share) for name, share in shares.items()}, "new_names": new[:12]}


def names(seed, note, *, width, heads, layers, dropout, std, lr, epochs, batch):
    """GPT on the names of the ladder; notes the loss of each step and the validation loss of each epoch."""
    parts, rng = data.names(), np.random.default_rng(seed)
    x, y = ladder.encode(parts.train.names)
    model = nn.GPT(27, x.shape[1], width, heads, layers, dropout, std=std, rng=rng)
    optimizer, steps = adamw(model, lr), epochs * -(-len(y) // batch)
    schedule = optim.lr_scheduler.LambdaLR(optimizer, up_and_down(steps, 100))
    for _ in range(epochs):
        for tokens, wanted in batches(x, y, batch, rng):
            longest = (wanted.data != NOTHING).sum(axis=1).max()
            optimizer.zero_grad()
            loss = surprise(model(tokens[:, :longest]), wanted[:, :longest])
            loss.backward()
            optim.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            note(loss=loss.item())
        note(validation=ladder.nats_per_character(model, parts.validation.names))
    found = {part: ladder.nats_per_character(model, getattr(parts, part).names) for part in ("validation", "test")}
    return {**found, **copies(model, parts), "parameters": sum(p.numel() for p in model.parameters())}


LIVE = {"width": 128, "heads": 4, "layers": 2, "length": 64, "batch": 8, "steps": 2500, "lr": 4e-3}
SHORT = LIVE | {"steps": 1000, "looks": 4}
PARTS = {"whole": {}, "one_head": {"heads": 1}} | {
    f"without_{part}": {"part": part} for part in ("positions", "residual", "norm", "attention", "mlp")
}

NAMES = {"width": 64, "heads": 4, "layers": 3, "dropout": 0.1, "std": 0.1, "lr": 3e-3, "epochs": 12, "batch": 32}
# Chosen to take equally long: 4,500 steps of 71 ms and 3,500 of 89 ms, measured one after the other on one thread.
# The stored seconds are those of a machine with other work beside them and are not to be compared.
LONG = {"length": 128, "batch": 6}
GPT = LONG | {"width": 128, "heads": 4, "layers": 3, "steps": 4500, "lr": 4e-3, "write_at": [4500]}
LSTM = LONG | {"dim": 64, "hidden": 212, "layers": 2, "steps": 3500, "lr": 6e-3}

RUNS = [
    Recipe("11_gpt", gpt, options=GPT),
    Recipe("11_lstm", lstm, options=LSTM),
    Recipe("11_names", names, options=NAMES),
    Recipe("11_gpt_live", gpt, options=LIVE | {"write_at": [0, 100, 500, 2500], "keep": True}),
    *(Recipe(f"11_{name}", without, options=SHORT | options) for name, options in PARTS.items()),
]

"""Shared by chapters 11 and 12: a language model learns from Shakespeare's characters and is asked about others."""

import numpy as np

from groundup import data, nn, optim
from groundup import functional as F
from groundup.train import evaluate

TEXT = data.shakespeare()
VOCABULARY = sorted(set("".join(TEXT)))  # 63 characters


def encode(text):
    return np.array([VOCABULARY.index(character) for character in text])


def surprise(logits, y):
    """Mean surprise: logits (n, length, vocabulary), y (n, length)."""
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), y.reshape(-1))


def held_out(model, tokens, length):
    """Consecutive blocks of the text: each character is told from those before it in its block; one at least."""
    n = (len(tokens) - 1) // length
    x, y = tokens[: n * length].reshape(n, length), tokens[1 : n * length + 1].reshape(n, length)
    return evaluate(model, (x, y), surprise, 128, None).loss


def held_out_half(model, tokens, length):
    """Blocks that overlap by half, of which the second half counts: each character has half a block before it."""
    windows = np.lib.stride_tricks.sliding_window_view(tokens, length + 1)[:: length // 2]
    half = lambda logits, y: surprise(logits[:, length // 2 :], y[:, length // 2 :])  # noqa: E731
    return evaluate(model, (windows[:, :-1], windows[:, 1:]), half, 128, None).loss


def adamw(model, lr):
    """AdamW, which shrinks matrices and leaves biases and norms alone."""
    learnt = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in learnt if p.ndim > 1], "weight_decay": 0.1},
        {"params": [p for p in learnt if p.ndim == 1], "weight_decay": 0.0},
    ]
    return optim.AdamW(groups, lr=lr, betas=(0.9, 0.99))


def up_and_down(steps, warmup):
    """A factor for the learning rate: up in a straight line, then down to 0 in a straight line."""
    return lambda step: min((step + 1) / warmup, (steps - step) / (steps - warmup))


def write(model, n=200, temperature=0.8):
    """What the model writes after an empty line."""
    start = encode("\n\n")[None]
    written = model.generate(start, n, temperature, rng=np.random.default_rng(0)).data[0, 2:]
    return "".join(VOCABULARY[i] for i in written)


def learn(model, rng, note, *, length, batch, steps, lr, warmup=100, looks=8, write_at=()):
    """Draw batches of windows from anywhere in the text; note each step's loss, and the validation loss at times."""
    tokens, validation = encode(TEXT.train), encode(TEXT.validation)
    optimizer = adamw(model, lr)
    schedule = optim.lr_scheduler.LambdaLR(optimizer, up_and_down(steps, warmup))
    look_at = {round(steps * (k + 1) / looks) for k in range(looks)}
    written = [write(model)] if 0 in write_at else []
    for step in range(1, steps + 1):
        start = rng.integers(len(tokens) - length, size=(batch, 1))
        window = tokens[start + np.arange(length + 1)]
        optimizer.zero_grad()
        loss = surprise(model(window[:, :-1]), window[:, 1:])
        loss.backward()
        optim.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        note(loss=loss.item())
        if step in look_at:
            note(validation=held_out(model, validation, length), step=step)
        if step in write_at:
            written.append(write(model))
    return written


def scores(model, length):
    """What is stored of a model: its surprise on held-out text, and how many numbers it has learnt."""
    validation, test = encode(TEXT.validation), encode(TEXT.test)
    return {
        "validation": held_out(model, validation, length),
        "test": held_out(model, test, length),
        "validation_half": held_out_half(model, validation, length),
        "test_half": held_out_half(model, test, length),
        "parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
    }


def gpt(seed, note, *, width, heads, layers, dropout=0.0, std=0.06, write_at=(), keep=False, **training):
    """GPT on Shakespeare; with keep, its weights are stored in half precision."""
    rng = np.random.default_rng(seed)
    model = nn.GPT(len(VOCABULARY), training["length"], width, heads, layers, dropout, std=std, rng=rng)
    written = learn(model, rng, note, write_at=write_at, **training)
    weights = {name: p.data.astype(np.float16) for name, p in model.named_parameters()} if keep else {}
    return {**scores(model, training["length"]), "samples": written, "samples_at": list(write_at), **weights}

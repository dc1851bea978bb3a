"""The work that is timed: training steps and inference, the same in Ground Up and in PyTorch, from the same weights.

Each name in `TASKS` makes a pair of functions without arguments, Ground Up's and PyTorch's, that do one step and return
its loss (or, for inference, its scores) as numbers. Run as a script, it times them in turn and prints how they compare:

    python benchmarks/steps.py [--threads 2] [--repeats 9] [mlp cnn gru gpt cnn-inference]
"""

import argparse
import math
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import groundup
from groundup import functional as F
from groundup import nn, optim

Step = Callable[[], Any]
CHARACTERS = 65


def models(library: Any) -> dict[str, Callable[[], Any]]:
    """The models that are written alike for both: ``library`` is ``groundup.nn`` or ``torch.nn``."""
    seq, relu = library.Sequential, library.ReLU

    def mlp():
        linear = library.Linear
        return seq(linear(784, 256), relu(), linear(256, 128), relu(), linear(128, 10))

    def cnn():
        first, second, pool = library.Conv2d(1, 8, 5), library.Conv2d(8, 16, 5), library.MaxPool2d
        return seq(first, relu(), pool(2), second, relu(), pool(2), library.Flatten(), library.Linear(256, 10))

    class CharacterGRU(library.Module):
        def __init__(self):
            super().__init__()
            self.embed = library.Embedding(CHARACTERS, 64)
            self.gru = library.GRU(64, 128)
            self.head = library.Linear(128, CHARACTERS)

        def forward(self, x):
            return self.head(self.gru(self.embed(x))[0])  # (L, N) → (L, N, CHARACTERS)

    return {"mlp": mlp, "cnn": cnn, "gru": CharacterGRU}


def torch_gpt(torch: Any, size: tuple[int, ...] | None = None) -> Any:
    """GPT in PyTorch as it is usually written (nanoGPT), with the names of `groundup.nn.GPT`."""
    tnn, tf = torch.nn, torch.nn.functional

    class Attention(tnn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.heads = heads
            self.in_proj_weight = tnn.Parameter(torch.empty(3 * width, width))
            self.in_proj_bias = tnn.Parameter(torch.empty(3 * width))
            self.out_proj = tnn.Linear(width, width)

        def forward(self, x):
            n, length, e = x.shape
            q, k, v = tf.linear(x, self.in_proj_weight, self.in_proj_bias).split(e, dim=2)
            q, k, v = (t.view(n, length, self.heads, e // self.heads).transpose(1, 2) for t in (q, k, v))
            y = tf.scaled_dot_product_attention(q, k, v, is_causal=True)
            return self.out_proj(y.transpose(1, 2).contiguous().view(n, length, e))

    class Block(tnn.Module):
        def __init__(self, width, heads):
            super().__init__()
            self.self_attn = Attention(width, heads)
            self.linear1, self.linear2 = tnn.Linear(width, 4 * width), tnn.Linear(4 * width, width)
            self.norm1, self.norm2 = tnn.LayerNorm(width), tnn.LayerNorm(width)

        def forward(self, x):
            x = x + self.self_attn(self.norm1(x))
            return x + self.linear2(tf.gelu(self.linear1(self.norm2(x)), approximate="tanh"))

    class GPT(tnn.Module):
        def __init__(self, vocab_size, block_size, width, heads, layers):
            super().__init__()
            self.token, self.position = tnn.Embedding(vocab_size, width), tnn.Embedding(block_size, width)
            self.blocks = tnn.ModuleList(Block(width, heads) for _ in range(layers))
            self.norm, self.head = tnn.LayerNorm(width), tnn.Linear(width, vocab_size, bias=False)
            self.head.weight = self.token.weight

        def forward(self, x):
            h = self.token(x) + self.position(torch.arange(x.shape[1]))
            for block in self.blocks:
                h = block(h)
            return self.head(self.norm(h))

    return GPT(*(size or GPT_SIZE))


GPT_SIZE = (CHARACTERS, 64, 64, 4, 2)  # vocabulary, block, width, heads, layers


def data(task: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One batch of input and target: noise of the right shape and kind."""
    if task in ("gru", "gpt"):
        shape = (16, 64) if task == "gru" else (32, 64)
        return rng.integers(0, CHARACTERS, shape), rng.integers(0, CHARACTERS, shape)
    shape = (128, 784) if task == "mlp" else (64, 1, 28, 28)
    return rng.random(shape, dtype=np.float32), rng.integers(0, 10, shape[0])


OPTIMIZERS = {
    "mlp": ("SGD", {"lr": 0.1}),
    "cnn": ("SGD", {"lr": 0.1}),
    "gru": ("Adam", {"lr": 1e-3}),
    "gpt": ("AdamW", {"lr": 1e-3}),
}


def groundup_model(task: str) -> Any:
    """Ground Up's model, weights from a fixed seed."""
    groundup.manual_seed(0)
    return nn.GPT(*GPT_SIZE) if task == "gpt" else models(nn)[task]()


def torch_model(torch: Any, task: str, weights: dict[str, np.ndarray]) -> Any:
    """PyTorch's model with given weights."""
    model = torch_gpt(torch) if task == "gpt" else models(torch.nn)[task]()
    model.load_state_dict({name: torch.tensor(np.asarray(w)) for name, w in weights.items()})
    return model


def groundup_step(task: str) -> Step:
    """Ground Up's training step."""
    model, (x, y) = groundup_model(task), data(task, np.random.default_rng(0))
    name, settings = OPTIMIZERS[task]
    optimizer = getattr(optim, name)(model.parameters(), **settings)
    x, y = groundup.Tensor(x), groundup.Tensor(y.reshape(-1))

    def step():
        optimizer.zero_grad()
        scores = model(x)
        loss = F.cross_entropy(scores.reshape(-1, scores.shape[-1]), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def torch_step(torch: Any, task: str) -> Step:
    """PyTorch's training step."""
    model, (x, y) = torch_model(torch, task, groundup_model(task).state_dict()), data(task, np.random.default_rng(0))
    name, settings = OPTIMIZERS[task]
    optimizer = getattr(torch.optim, name)(model.parameters(), **settings)
    x, y = torch.tensor(x), torch.tensor(y.reshape(-1))

    def step():
        optimizer.zero_grad()
        scores = model(x)
        loss = torch.nn.functional.cross_entropy(scores.reshape(-1, scores.shape[-1]), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def groundup_inference() -> Step:
    """Ground Up's CNN without a graph."""
    model, x = groundup_model("cnn"), groundup.Tensor(data("cnn", np.random.default_rng(0))[0])

    def run():
        with groundup.no_grad():
            return model(x).data

    return run


def torch_inference(torch: Any) -> Step:
    """PyTorch's CNN without a graph."""
    model = torch_model(torch, "cnn", groundup_model("cnn").state_dict())
    x = torch.tensor(data("cnn", np.random.default_rng(0))[0])

    def run():
        with torch.inference_mode():
            return model(x).numpy()

    return run


def _training(task: str) -> Callable[[Any], tuple[Step, Step]]:
    return lambda torch: (groundup_step(task), torch_step(torch, task))


TASKS: dict[str, Callable[[Any], tuple[Step, Step]]] = {
    **{task: _training(task) for task in OPTIMIZERS},
    "cnn-inference": lambda torch: (groundup_inference(), torch_inference(torch)),
}


def alternate(steps: tuple[Step, ...], repeats: int, seconds: float = 0.15) -> list[list[float]]:
    """Seconds for one step of each, measured in turn ``repeats`` times over about so many seconds."""
    counts = []
    for step in steps:
        start = time.perf_counter()
        for _ in range(3):
            step()
        counts.append(max(3, math.ceil(3 * seconds / (time.perf_counter() - start))))
    times: list[list[float]] = [[] for _ in steps]
    for _ in range(repeats):
        for mine, step, count in zip(times, steps, counts, strict=True):
            start = time.perf_counter()
            for _ in range(count):
                step()
            mine.append((time.perf_counter() - start) / count)
    return times


def main() -> None:
    """Time what is asked for and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="*", default=list(TASKS))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    import torch

    torch.set_num_threads(options.threads)
    print(f"{'task':14} {'Ground Up':>10} {'PyTorch':>10}  speed (of each pair: least, median, most)")
    for task in options.tasks:
        ours, theirs = alternate(TASKS[task](torch), options.repeats)
        ratios = sorted(b / a for a, b in zip(ours, theirs, strict=True))
        middle = statistics.median
        print(
            f"{task:14} {middle(ours) * 1e3:7.2f} ms {middle(theirs) * 1e3:7.2f} ms  "
            f"{middle(theirs) / middle(ours):.2f} ({ratios[0]:.2f}, {middle(ratios):.2f}, {ratios[-1]:.2f})"
        )


if __name__ == "__main__":
    main()

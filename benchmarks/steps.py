"""The work that is timed: training steps and inference, the same in Ground Up and in PyTorch, from the same weights.

`groundup_task(name)` and `torch_task(name)` make a function without arguments that does one step and returns its loss
(or, for inference, the scores) as numbers. Run as a script, it times them and prints how they compare:

    python benchmarks/steps.py [--threads 2] [--repeats 9] [mlp cnn gru gpt cnn-inference]

Each library works in a process of its own, or the one's threads, which stay awake for a while after their work, would
take the other's time. They take turns, so that whatever else the machine does meets both.
"""

import argparse
import math
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable
from functools import partial
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


TASKS = [*OPTIMIZERS, "cnn-inference"]


def groundup_task(name: str) -> Step:
    """Ground Up's step."""
    return groundup_inference() if name == "cnn-inference" else groundup_step(name)


def torch_task(name: str) -> Step:
    """PyTorch's step."""
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    return torch_inference(torch) if name == "cnn-inference" else torch_step(torch, name)


def serve(make: Callable[[], Step], pipe: Any) -> None:
    """In a process of its own: whenever asked to, do so many steps and answer with the seconds that each took."""
    step = make()
    step()
    pipe.send("ready")
    while count := pipe.recv():
        times = []
        for _ in range(count):
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
        pipe.send(times)


class Worker:
    """A process that does one library's steps; ``make`` makes the step there."""

    def __init__(self, make: Callable[[], Step]):
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(make, theirs), daemon=True)
        self.process.start()
        theirs.close()  # or a process that dies would be waited for
        self.pipe.recv()

    def seconds(self, count: int) -> list[float]:
        """Do so many steps."""
        self.pipe.send(count)
        return self.pipe.recv()

    def stop(self) -> None:
        """End the process."""
        self.pipe.send(0)
        self.process.join()


def alternate(
    ours: Callable[[], Step], theirs: Callable[[], Step], repeats: int, seconds: float = 0.2
) -> list[tuple[float, float]]:
    """Seconds for one step of each of two: ``repeats`` pairs of medians, each over so many seconds."""
    workers = [Worker(make) for make in (ours, theirs)]
    counts = [max(3, math.ceil(seconds / statistics.median(w.seconds(2)))) for w in workers]
    pairs = []
    for _ in range(repeats):
        times = [statistics.median(w.seconds(n)) for w, n in zip(workers, counts, strict=True)]
        pairs.append((times[0], times[1]))
    for worker in workers:
        worker.stop()
    return pairs


def compared(pairs: list[tuple[float, float]]) -> tuple[float, float, float, float, float]:
    """Median ms of ours and of theirs; their time over ours: median, least and most of the pairs."""
    ours, theirs = (1e3 * statistics.median(side) for side in zip(*pairs, strict=True))
    ratios = sorted(b / a for a, b in pairs)
    return ours, theirs, statistics.median(ratios), ratios[0], ratios[-1]


def use_threads(count: int) -> None:
    """Give the processes that are started from now on so many threads; they read it as they start."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(count)


def main() -> None:
    """Time what is asked for and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="*", default=TASKS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    use_threads(options.threads)
    print(
        f"{'task':14} {'Ground Up':>10} {'PyTorch':>10}  speed, PyTorch's time over ours (least and most of the pairs)"
    )
    for task in options.tasks:
        pairs = alternate(partial(groundup_task, task), partial(torch_task, task), options.repeats)
        ours, theirs, speed, least, most = compared(pairs)
        print(f"{task:14} {ours:7.2f} ms {theirs:7.2f} ms  {speed:.2f} ({least:.2f} to {most:.2f})", flush=True)


if __name__ == "__main__":
    main()

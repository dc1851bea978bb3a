"""Measure Ground Up beside PyTorch, HIPS/autograd, MyGrad and plain loops, in one run; print and write RESULTS.md.

    python benchmarks/run.py                    everything, about six minutes
    python benchmarks/run.py --quick            fewer repeats, nothing written

Steps are timed alternately, a few of ours and a few of theirs, at least five times, each library in a process of its
own; the numbers are medians. Peers that are not installed (``autograd``, ``mygrad``, ``torch``: see CONTRIBUTING.md)
are left out.
"""

import argparse
import importlib
import json
import platform
import subprocess
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import peers
from steps import CHARACTERS, GPT_SIZE, TASKS, alternate, compared, groundup_task, torch_task, use_threads

from groundup.milestones import peak_memory as peak
from groundup.milestones import processor

RESULTS = Path(__file__).with_name("RESULTS.md")
WORDS = {
    "mlp": "(a) MLP 784-256-128-10, batch 128, SGD",
    "cnn": "(b) conv 8 and 16 of 5×5 with pooling, 28×28, batch 64, SGD",
    "gru": "(c) character GRU 128, length 16, batch 64, Adam",
    "gpt": "(d) GPT, 2 layers, width 64, 4 heads, length 64, batch 32, AdamW",
    "cnn-inference": "inference of (b)",
    "generation": "60 characters from (d) with its cache",
}


def found(name):
    """The module if it is installed, else None."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def beside_torch(repeats):
    """Rows of (task, ours in ms, PyTorch's in ms, speed as PyTorch's time over ours, least and most of the pairs)."""
    for name in TASKS:
        yield name, *compared(alternate(partial(groundup_task, name), partial(torch_task, name), repeats))
    both = partial(peers.groundup_generation, 60), partial(peers.torch_generation, 60)
    yield "generation", *compared(alternate(*both, repeats))


def beside_peers(repeats):
    """Rows of (task, peer, ours in ms, theirs in ms): the tasks that each peer can do."""
    for (task, name), make in peers.STEPS.items():
        needed = {"HIPS/autograd": "autograd", "MyGrad": "mygrad"}.get(name)
        if needed and not found(needed):
            continue
        ours, theirs, *_ = compared(alternate(partial(groundup_task, task), partial(make, task), max(5, repeats // 2)))
        yield task, name, ours, theirs * peers.TIMES.get(name, 1)


def peak_memory(library):
    """MB that (d) takes at its peak beyond what was there before the model was made, in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--memory", library],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent,
    )
    return json.loads(done.stdout)


def measure_memory(library):
    """Train (d) for ten steps and print the growth of this process's peak, in MB."""
    import psutil
    from steps import groundup_step, torch_step

    torch = found("torch")
    if library == "torch":
        torch.set_num_threads(2)
        # A first small product starts the threads and their buffers, which are not the model's.
        torch.ones(64, 64) @ torch.ones(64, 64)
    np.ones((64, 64)) @ np.ones((64, 64))
    before = psutil.Process().memory_info().rss
    step = groundup_step("gpt") if library == "groundup" else torch_step(torch, "gpt")
    for _ in range(10):
        step()
    print(json.dumps((peak() - before) / 1e6))


def growth(repeats):
    """Rows of (what grows, ours in ms, PyTorch's in ms, speed) for (d) with other batches, widths and lengths."""
    for batch, width, length in [
        (8, 64, 64),
        (32, 64, 64),
        (64, 64, 64),
        (32, 32, 64),
        (32, 128, 64),
        (32, 64, 32),
        (32, 64, 128),
    ]:
        size = (CHARACTERS, length, width, 4, GPT_SIZE[4])
        both = partial(peers.groundup_gpt_step, size, batch), partial(peers.torch_gpt_step, size, batch)
        ours, theirs, speed, *_ = compared(alternate(*both, max(5, repeats // 2)))
        yield f"batch {batch}, width {width}, length {length}", ours, theirs, speed


def machine(torch):
    """What it was measured on, without the machine's name or places."""
    versions = [f"Python {platform.python_version()}", f"NumPy {np.__version__}", f"Ground Up {version('groundup')}"]
    versions += [f"{n} {m.__version__}" for n, m in (("PyTorch", torch), ("MyGrad", found("mygrad"))) if m]
    return f"{platform.system()} {platform.machine()}, {processor()}; {', '.join(versions)}"


def report(repeats):
    """The whole report, as Markdown, line by line, while it is measured."""
    torch = found("torch")
    yield "# Speed, measured side by side"
    yield ""
    yield "Made by `python benchmarks/run.py`; nobody typed a number. Median milliseconds of one step, measured"
    yield "alternately in one run. Speed is PyTorch's time divided by ours: 1 is as fast, above 1 faster; in brackets"
    yield "the least and the most of all pairs."
    yield ""
    yield f"Machine: {machine(torch)}; two threads each."
    if torch:
        yield from (
            "",
            "## Beside PyTorch on the same processor",
            "",
            "| task | Ground Up | PyTorch | speed |",
            "|---|---:|---:|---:|",
        )
        for name, ours, theirs, speed, least, most in beside_torch(repeats):
            yield f"| {WORDS[name]} | {ours:.2f} ms | {theirs:.2f} ms | **{speed:.2f}** ({least:.2f} to {most:.2f}) |"
    yield from (
        "",
        "## Beside others",
        "",
        "| task | peer | Ground Up | peer's | times as fast |",
        "|---|---|---:|---:|---:|",
    )
    for task, name, ours, theirs in beside_peers(repeats):
        yield f"| {WORDS[task]} | {name} | {ours:.2f} ms | {theirs:,.1f} ms | {theirs / ours:,.1f} |"
    if torch:
        ours, theirs = peak_memory("groundup"), peak_memory("torch")
        yield from (
            "",
            "## Peak memory of (d)",
            "",
            "Growth of the process's peak from before the model is made, ten steps.",
            "",
        )
        yield f"Ground Up {ours:.0f} MB, PyTorch {theirs:.0f} MB: {ours / theirs:.2f} times as much."
        yield from ("", "## Growth of (d)", "", "| size | Ground Up | PyTorch | speed |", "|---|---:|---:|---:|")
        for size, ours, theirs, speed in growth(repeats):
            yield f"| {size} | {ours:.1f} ms | {theirs:.1f} ms | {speed:.2f} |"


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--memory", choices=["groundup", "torch"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        measure_memory(options.memory)
        return
    use_threads(2)
    lines = []
    for line in report(5 if options.quick else options.repeats):
        print(line, flush=True)
        lines.append(line.rstrip())
    if not options.quick:
        RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()

"""The lecture says that its block becomes PyTorch's by changing two import lines. This does it, and compares."""

import re
from pathlib import Path

import numpy as np
import pytest

from groundup import functional, nn

ROOT = Path(__file__).resolve().parent.parent
SOURCE = (ROOT / "source" / "lectures" / "12_scale.md").read_text(encoding="utf-8")
CELL = re.search(r"```\{code-cell\} ipython3\n(class Block\(nn\.Module\):.*?)```", SOURCE, re.DOTALL)[1]
HERE = ["from groundup import nn", "from groundup import functional as F"]
THERE = ["from torch import nn", "from torch.nn import functional as F"]


def made(lines):
    """The class of the lecture's cell, below these import lines."""
    names = {}
    exec("\n".join([*lines, CELL]), names)
    return names["Block"]


def test_the_lecture_shows_these_lines():
    for line in (*HERE, *THERE):
        assert f"`{line}`" in SOURCE


def test_here_it_is_the_packages_block():
    block = made(HERE)(12, 3)
    assert sum(p.numel() for p in block.parameters()) == 12 * 12**2 + 13 * 12
    assert isinstance(block, nn.Module) and functional.gelu


def test_with_two_other_lines_it_is_a_class_of_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours, theirs = made(HERE)(12, 3), made(THERE)(12, 3)
    assert isinstance(theirs, torch.nn.Module)
    rng = np.random.default_rng(0)
    for (name, p), (other, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        assert name == other and p.shape == tuple(q.shape)
        p.data[...] = rng.normal(size=p.shape) / 3
        q.data = torch.tensor(p.data)
    x = rng.normal(size=(2, 5, 12)).astype(np.float32)
    z, there = ours(x), theirs(torch.tensor(x))
    np.testing.assert_allclose(z.data, there.detach().numpy(), rtol=1e-4, atol=1e-5)
    z.sum().backward()
    there.sum().backward()
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(p.grad.data, q.grad.numpy(), rtol=1e-3, atol=1e-4)

"""Whether the cases cover all that there is, and whether docs/parity.md shows them. PyTorch is not needed here."""

import inspect
import re
import sys
from pathlib import Path

import numpy as np
import parity_harness as harness
import pytest
from parity_cases import CASES

import groundup
from groundup import functional, nn, ops, optim
from groundup.optim import lr_scheduler

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import parity_table  # noqa: E402

# What needs no comparison, or cannot have one.
RANDOM = {"rand", "rand_like", "randint", "randn", "randn_like", "randperm", "default_generator", "manual_seed"}
SWITCHES = {"Tensor", "as_tensor", "detect_anomaly", "from_numpy", "is_grad_enabled", "no_grad", "hash"}
BASES = {"Module", "Parameter", "ModuleDict", "ModuleList", "GPT", "Optimizer", "LRScheduler", "warmup_cosine"}
TYPES = {"float32", "float64", "int32", "int64", "uint8", "bool"}
EXEMPT = RANDOM | SWITCHES | BASES | TYPES


def covered():
    return {name for case in CASES for name in case.covered} | EXEMPT


def functions(module):
    return {n for n, f in vars(module).items() if inspect.isfunction(f) and f.__module__ == module.__name__}


def public(names):
    return {n for n in names if not n.startswith("_")}


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("methods of Tensor", {re.sub("^__|__$", "", name) for name in ops.METHODS}),
        ("groundup", {n for n in vars(groundup.exports)["__all__"] if callable(getattr(groundup, n))}),
        ("groundup.functional", public(functions(functional))),
        ("groundup.nn", {n for n in nn.__all__ if inspect.isclass(getattr(nn, n))}),
        ("groundup.optim", {n for n in optim.__all__ if callable(getattr(optim, n))}),
        ("schedules", {n for n, c in vars(lr_scheduler).items() if inspect.isclass(c) and hasattr(c, "get_last_lr")}),
    ],
)
def test_everything_has_a_case(where, names):
    missing = sorted(names - covered())
    assert not missing, f"{where}: no parity case covers {', '.join(missing)}"


def test_no_two_cases_have_one_name():
    labels = [str(case) for case in CASES]
    assert len(set(labels)) == len(labels)


def test_the_page_has_a_row_for_every_case(capsys):
    assert parity_table.check() == 0, capsys.readouterr().out


def test_the_pages_numbers_are_within_the_limits():
    lines = parity_table.TABLE.read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
    numbers = [row[1:] for row in rows if row[1].isdigit()]
    assert len(numbers) == len(CASES)
    for _, float64, *ratios in numbers:
        assert float(float64) <= harness.CURVE
        mean, largest = (float(ratio or 0) for ratio in ratios)
        assert mean <= harness.FLOAT32
        assert largest <= harness.LARGEST


# The harness itself must see what is wrong.


def test_differences_are_seen():
    a = np.array([1.0, 2.0, 4.0])
    assert harness.difference(a, a) == 0
    assert harness.difference(a + np.array([0, 0, 1e-9]), a) == pytest.approx(2.5e-10)
    assert harness.difference(a, np.array([1.0, np.nan, 4.0])) == np.inf
    assert harness.difference(np.array([1.0, np.nan, 4.0]), a) == np.inf
    assert harness.difference(np.array([np.inf]), np.array([-np.inf])) == np.inf
    assert harness.difference(np.array([np.nan]), np.array([np.nan])) == 0
    assert harness.difference(np.zeros(0), np.zeros(0)) == 0


def test_errors_in_float32_are_seen():
    exact = np.linspace(1, 2, 1000)
    rounded = (exact + 1e-6 * np.sin(1e4 * exact)).astype(np.float32)
    errors = harness.Errors()
    errors.add(rounded, rounded, exact)
    assert errors.ratio == pytest.approx(1)
    errors = harness.Errors()
    errors.add(rounded + np.float32(1e-5), rounded, exact)
    assert errors.ratio > 2
    assert errors.largest_ratio > 4
    errors = harness.Errors()
    errors.add(rounded * np.float32(np.nan), rounded, exact)
    assert errors.ratio == np.inf


def test_a_deviation_beyond_the_limits_is_a_fault():
    case = CASES[0]
    assert not harness.Deviation(1, 1e-11, 1.9, 3.9).faults(case)
    assert len(harness.Deviation(1, 1e-9, 2.1, 4.1).faults(case)) == 3
    assert len(harness.Deviation(1, np.nan, np.nan, np.nan).faults(case)) == 3

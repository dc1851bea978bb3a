"""Every operation, function, loss and layer beside PyTorch's; see parity_harness for what is compared and how."""

import pytest

torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")

import parity_harness as harness  # noqa: E402
from parity_operations import OPERATIONS  # noqa: E402


@pytest.mark.parametrize("case", OPERATIONS, ids=str)
def test_parity(case):
    found = harness.measure(case)
    assert found.float64 <= case.limit, f"{case}, {found.where64}: {found.float64:.2g} apart in float64"
    if case.float32:
        assert found.float32 <= harness.FLOAT32, (
            f"{case}, {found.where32}: the error in float32 is {found.float32:.2f} times PyTorch's"
        )

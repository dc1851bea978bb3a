"""Every operation, function, loss and layer beside PyTorch's; see parity_harness for what is compared and how."""

import pytest

torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")

import parity_harness as harness  # noqa: E402
from parity_cases import CASES  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*padding='same'.*:UserWarning"),
    pytest.mark.filterwarnings("ignore:.*reduction.*'mean'.*:UserWarning"),
]


@pytest.fixture(autouse=True)
def one_thread():
    """What is compared is small: more threads would only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_parity(case):
    assert not harness.measure(case).faults(case)


@pytest.mark.parametrize("case", [c for c in CASES if c.build is not None], ids=str)
def test_weights_move_both_ways(case):
    mine, theirs, again = (case.build(harness.kit(package)) for package in ("groundup", "torch", "torch"))
    assert [(n, a.shape) for n, a in mine.state_dict().items()] == [
        (n, tuple(t.shape)) for n, t in theirs.state_dict().items()
    ]
    mine.load_state_dict(theirs.state_dict())
    again.load_state_dict({n: torch.from_numpy(a) for n, a in mine.state_dict().items()})
    for name, weight in theirs.state_dict().items():
        assert torch.equal(again.state_dict()[name], weight)

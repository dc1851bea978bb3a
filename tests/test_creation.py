"""New tensors under PyTorch's names, at the package's top; the default generator; what importing brings with it."""

import subprocess
import sys

import numpy as np
import pytest

import groundup as torch
from groundup.tensor import Tensor


def test_filled_ones_take_a_shape_as_numbers_or_as_a_tuple():
    assert torch.zeros(2, 3).shape == torch.zeros((2, 3)).shape == torch.zeros([2, 3]).shape == (2, 3)
    assert torch.ones(()).item() == 1
    assert torch.zeros(0, 3).numel() == 0
    assert torch.ones(2).dtype == np.float32
    assert torch.ones(2, dtype=torch.long).dtype == np.int64
    assert torch.full((2, 2), 7).dtype == np.int64
    assert torch.full((2, 2), 0.5).dtype == np.float32
    assert torch.full((2,), True).dtype == np.bool_
    assert torch.empty(2, 1, requires_grad=True).requires_grad
    np.testing.assert_array_equal(torch.eye(2, 3), np.eye(2, 3))


def test_counted_ones():
    assert torch.arange(3).tolist() == [0, 1, 2]
    assert torch.arange(3).dtype == np.int64
    assert torch.arange(1, 2, 0.5).tolist() == [1, 1.5]
    assert torch.arange(1, 2, 0.5).dtype == np.float32
    assert torch.arange(0, 4, dtype=torch.float).dtype == np.float32
    assert torch.linspace(0, 1, 5).tolist() == [0, 0.25, 0.5, 0.75, 1]


def test_drawn_ones_follow_the_generator():
    rng = np.random.default_rng
    np.testing.assert_array_equal(torch.randn(3, 4, rng=rng(1)), torch.randn(3, 4, rng=rng(1)))
    assert torch.rand(1000, rng=rng(0)).data.min() >= 0
    assert torch.rand(1000, rng=rng(0)).data.max() < 1
    assert abs(torch.randn(10_000, rng=rng(0)).data.std() - 1) < 0.03
    assert set(torch.randint(3, 5, (100,), rng=rng(0)).tolist()) == {3, 4}
    assert set(torch.randint(2, (100,), rng=rng(0)).tolist()) == {0, 1}
    assert sorted(torch.randperm(9, rng=rng(0)).tolist()) == list(range(9))
    torch.manual_seed(5)
    a = torch.rand(4).tolist()
    torch.manual_seed(5)
    assert torch.rand(4).tolist() == a
    with pytest.raises(TypeError, match=r"np\.random\.Generator and got int"):
        torch.rand(4, rng=5)


def test_like_ones_keep_shape_and_type():
    x = Tensor(np.arange(6.0).reshape(2, 3))
    for make in (torch.zeros_like, torch.ones_like, torch.rand_like, torch.randn_like):
        assert (make(x).shape, make(x).dtype) == ((2, 3), np.float64)
    assert torch.full_like(x, 2).tolist() == [[2, 2, 2], [2, 2, 2]]
    assert torch.zeros_like(x, dtype=np.float32).dtype == np.float32


@pytest.mark.parametrize("diagonal", [-1, 0, 2])
def test_triangles_are_numpys_and_let_slopes_through(diagonal):
    x = Tensor(np.arange(24.0).reshape(2, 3, 4), requires_grad=True)
    for mine, numpys in ((torch.tril, np.tril), (torch.triu, np.triu)):
        np.testing.assert_array_equal(mine(x, diagonal).detach(), numpys(x.data, diagonal))
        x.grad = None
        mine(x, diagonal).sum().backward()
        np.testing.assert_array_equal(x.grad.data, numpys(np.ones((2, 3, 4)), diagonal))
    assert torch.tril(torch.ones(2, 2, dtype=torch.bool)).tolist() == [[True, False], [True, True]]


def test_the_only_device_is_the_processor():
    assert torch.zeros(2, device="cpu").shape == (2,)
    with pytest.raises(ValueError, match="device wants 'cpu' and got 'cuda'"):
        torch.zeros(2, device="cuda")


def test_methods_stand_at_the_top_too():
    x = torch.tensor([[1.0, -2.0], [3.0, 4.0]])
    assert torch.flatten(x).shape == (4,)
    assert torch.sum(x, 0).tolist() == [4, 2]
    assert torch.abs(x).tolist() == [[1, 2], [3, 4]]
    assert torch.argmax(x, 1).tolist() == [0, 1]
    np.testing.assert_allclose(torch.softmax(x, -1).data.sum(-1), 1, rtol=1e-6)
    with pytest.raises(AttributeError, match="no 'tensr'"):
        _ = torch.tensr


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)


def test_the_top_is_light_and_its_parts_are_found_on_first_use():
    heavy = "matplotlib", "ipywidgets", "IPython", "jupyterlab", "psutil"
    code = f"import sys, groundup; print([m for m in {heavy} if m in sys.modules]); groundup.nn.functional.relu"
    assert run(code).stdout.strip() == "[]"


def test_tensor_stays_the_function_whatever_was_imported_before():
    code = "import groundup.nn, groundup.tensor; from groundup import tensor; print(tensor([1.0]), groundup.tensor)"
    out = run(code).stdout
    assert out.startswith("tensor([1.])")
    assert "function tensor" in out


def test_pytorchs_ways_to_import():
    code = (
        "import groundup as torch, groundup.nn as nn, groundup.nn.functional as F;"
        "from groundup.nn import functional as F2; from groundup import nn as nn2; import groundup.functional as F3;"
        "assert F is F2 is F3 is torch.nn.functional is torch.functional and nn is nn2 is torch.nn; print('same')"
    )
    assert run(code).stdout.strip() == "same"


def test_without_numpy_the_package_still_imports_so_that_the_doctor_can_speak():
    code = "import sys; sys.modules['numpy'] = None\nimport groundup; print(groundup.__doc__[:9])"
    assert run(code).stdout.strip() == "Ground Up"

"""Methods that PyTorch code takes for granted: NumPy's values, slopes against nudging, errors."""

import numpy as np
import pytest

import groundup as torch
from groundup.gradcheck import gradcheck
from groundup.tensor import Tensor


def numbers(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).normal(size=shape), requires_grad=True)


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("keepdim", [True, False])
def test_extremes_along_an_axis(dim, keepdim):
    x = numbers(3, 4, 2)
    for name in ("max", "min"):
        values, indices = getattr(x, name)(dim, keepdim)
        np.testing.assert_array_equal(values.data, getattr(x.data, name)(axis=dim, keepdims=keepdim))
        np.testing.assert_array_equal(indices.data, getattr(np, f"arg{name}")(x.data, axis=dim, keepdims=keepdim))
        np.testing.assert_array_equal(indices.data, getattr(x, f"arg{name}")(dim, keepdim).data)
        assert gradcheck(lambda x, name=name: getattr(x, name)(dim, keepdim).values, [x])


def test_extremes_of_all_and_of_two():
    x, y = numbers(3, 4), numbers(3, 4, seed=1)
    assert x.max().item() == x.data.max()
    assert torch.min(x).item() == x.data.min()
    assert x.argmax().item() == x.data.argmax()
    np.testing.assert_array_equal(torch.max(x, y).data, np.maximum(x.data, y.data))


def test_of_equal_largest_the_first_gets_the_whole_slope():
    x = Tensor(np.array([1.0, 3.0, 3.0]), requires_grad=True)
    values, index = x.max(0)
    values.backward()
    assert (index.item(), x.grad.tolist()) == (1, [0, 1, 0])


def test_gather_adds_slopes_of_what_is_taken_twice():
    x = numbers(3, 4)
    index = np.array([[0, 0, 3], [1, 2, 1]])
    np.testing.assert_array_equal(x.gather(1, index).data, np.take_along_axis(x.data[:2], index, 1))
    assert gradcheck(lambda x: x.gather(1, index), [x])
    assert gradcheck(lambda x: x.gather(0, torch.tensor([[2, 2, 0, 1]])), [x])
    with pytest.raises(ValueError, match="whole numbers with 2 axes"):
        x.gather(1, np.array([0, 1]))
    with pytest.raises(IndexError, match="0 to 4 along an axis of 4"):
        x.gather(1, np.array([[0, 4]]))


def test_topk_sorts_and_prefers_the_first_of_equal_ones():
    x = Tensor(np.array([[1.0, 3.0, 3.0, 2.0]]), requires_grad=True)
    values, indices = torch.topk(x, 3)
    assert values.tolist() == [[3, 3, 2]]
    assert indices.tolist() == [[1, 2, 3]]
    assert x.topk(1, largest=False).indices.tolist() == [[0]]
    assert x.topk(0).values.shape == (1, 0)
    assert gradcheck(lambda x: x.topk(2, dim=0).values, [numbers(4, 3)])
    with pytest.raises(ValueError, match="k from 0 to 4"):
        x.topk(5)


def test_pieces():
    x = numbers(7, 4)
    assert [p.shape[0] for p in x.split(3)] == [3, 3, 1]
    assert [p.shape[0] for p in x.chunk(3)] == [3, 3, 1]
    assert [p.shape[1] for p in torch.split(x, [1, 3], dim=-1)] == [1, 3]
    np.testing.assert_array_equal(torch.cat(x.split(3)).data, x.data)
    assert [p.shape for p in x.unbind(1)] == [(7,)] * 4
    assert gradcheck(lambda x: x.chunk(2, 1)[1] * x.chunk(2, 1)[0], [x])
    with pytest.raises(ValueError, match="add up to 7"):
        x.split([3, 3])
    with pytest.raises(ValueError, match="at least 1"):
        x.split(0)
    with pytest.raises(ValueError, match="at least one piece"):
        x.chunk(0)


@pytest.mark.parametrize("times", [(2, 3), (1, 1), (2, 1, 3), (0, 2)])
def test_repeat_is_numpys_tile(times):
    x = numbers(3, 4)
    np.testing.assert_array_equal(x.repeat(*times).data, np.tile(x.data, times))
    if 0 not in times:
        assert gradcheck(lambda x: x.repeat(times), [x])
    with pytest.raises(ValueError, match="each of the 2 axes"):
        x.repeat(2)


def test_types_and_devices():
    x = torch.ones(2)
    assert x.device == "cpu"
    assert x.to("cpu") is x
    assert x.to(torch.device("cpu")).cpu() is x
    assert x.to("cpu", np.float64).dtype == np.float64
    assert x.to(dtype=torch.long).dtype == np.int64
    assert x.type_as(torch.arange(2)).dtype == np.int64
    assert (x.bool().dtype, x.int().dtype) == (np.bool_, np.int32)
    with pytest.raises(ValueError, match="device wants 'cpu' and got 'cuda:0'"):
        x.to("cuda:0")


def test_the_rest_is_what_its_name_says():
    x, y = numbers(3, 4), numbers(3, 4, seed=1)
    assert x.norm().item() == pytest.approx(np.linalg.norm(x.data))
    np.testing.assert_allclose(x.norm(dim=1).data, np.linalg.norm(x.data, axis=1))
    assert x.t().shape == x.swapaxes(0, 1).shape == (4, 3)
    assert x.mm(y.t()).shape == (3, 3)
    assert x.flatten().view_as(y).shape == y.shape
    assert x[:1].expand_as(y).shape == y.shape
    np.testing.assert_array_equal(x.add(y).sub(y.neg()).data, x.data + y.data + y.data)
    np.testing.assert_array_equal(x.mul(y).div(y).data, x.data * y.data / y.data)
    np.testing.assert_array_equal(torch.gt(x, y).data, ~x.le(y).data)
    np.testing.assert_allclose(x.softmax(-1).sum(-1).data, 1)
    assert (x == x).all().item()
    assert not (x != x).any(dim=0).data.any()
    with pytest.raises(ValueError, match="p=2"):
        x.norm(1)

"""``Value``, the scalar engine of chapter 3: slopes by nudging, deep graphs, and what it refuses."""

import math

import numpy as np
import pytest

from groundup.scalar import Value
from groundup.tensor import Tensor

FORMULAS = {
    "a + b": lambda a, b: a + b,
    "a − b": lambda a, b: a - b,
    "a · b": lambda a, b: a * b,
    "a / b": lambda a, b: a / b,
    "−a": lambda a, b: -a + 0 * b,
    "a³": lambda a, b: a**3 + b,
    "a⁻²": lambda a, b: a**-2 * b,
    "numbers on both sides": lambda a, b: 2 * a + a * 3 - 1 + (1 - b) + 6 / b + a / 2,
    "a used again and again": lambda a, b: a * a + a * b + a / a,
    "diamond": lambda a, b: (a + b) * (a + b) + (a + b),
}
METHODS = ["exp", "log", "tanh", "relu", "sigmoid"]


@pytest.mark.parametrize("name", FORMULAS)
def test_slopes_agree_with_nudging(name):
    f, (x, y), h = FORMULAS[name], (1.5, -0.7), 1e-6
    a, b = Value(x), Value(y)
    out = f(a, b)
    out.backward()
    assert out.data == pytest.approx(f(x, y), rel=1e-14)
    assert a.grad == pytest.approx((f(x + h, y) - f(x - h, y)) / (2 * h), abs=1e-7)
    assert b.grad == pytest.approx((f(x, y + h) - f(x, y - h)) / (2 * h), abs=1e-7)
    assert out.grad == 1


@pytest.mark.parametrize("at", [0.3, 1.7])
@pytest.mark.parametrize("name", METHODS)
def test_functions_agree_with_nudging(name, at):
    def f(x):
        return getattr(Value(x), name)()

    a = Value(at)
    getattr(a, name)().backward()
    assert a.grad == pytest.approx((f(at + 1e-6).data - f(at - 1e-6).data) / 2e-6, abs=1e-8)


@pytest.mark.parametrize("name", [n for n in METHODS if n != "log"])
def test_value_and_tensor_agree(name):
    for at in (-2.0, 0.0, 0.5, 30.0, -30.0):
        v, t = Value(at), Tensor(np.array(at), requires_grad=True)
        y, z = getattr(v, name)(), getattr(t, name)()
        y.backward()
        z.backward()
        assert y.data == pytest.approx(z.item(), rel=1e-14, abs=1e-300)
        assert v.grad == pytest.approx(t.grad.item(), rel=1e-12, abs=1e-300)


def test_a_neuron_by_hand():
    x1, x2, w1, w2, b = (Value(v) for v in (2.0, 0.0, -3.0, 1.0, 6.8813735870195432))
    out = (x1 * w1 + x2 * w2 + b).tanh()
    out.backward()
    assert out.data == pytest.approx(math.sqrt(0.5))
    assert [v.grad for v in (x1, x2, w1, w2, b)] == pytest.approx([-1.5, 0.5, 1, 0, 0.5])


def test_relu_and_power_at_zero():
    for f, slope in [(Value.relu, 0.0), (lambda v: v**2, 0.0), (lambda v: v**1, 1.0), (lambda v: v**0, 0.0)]:
        v = Value(0.0)
        f(v).backward()
        assert v.grad == slope


def test_sigmoid_and_tanh_do_not_overflow():
    assert Value(1000.0).sigmoid().data == 1
    assert Value(-1000.0).sigmoid().data == 0
    assert Value(1000.0).tanh().data == 1


def test_a_hundred_thousand_additions_need_no_recursion():
    a = Value(1.0)
    y = a
    for _ in range(100_000):
        y = y + a
    y.backward()
    assert a.grad == 100_001


def test_a_second_loss_adds_its_slopes():
    a = Value(3.0)
    (a * 2).backward()
    (a * a).backward()
    assert a.grad == 2 + 6


def test_ancestors_come_youngest_first():
    a, b = Value(1.0), Value(2.0)
    c = a * b
    d = c + a
    assert d.ancestors() == [d, c, b, a]
    assert d.parents == (c, a)
    assert (c.slopes, d.slopes, a.slopes) == ((2.0, 1.0), (1.0, 1.0), ())
    assert (c.op, d.op) == ("*", "+")


@pytest.mark.parametrize("other", ["1", None, np.ones(2), [1.0]])
def test_it_combines_with_numbers_only(other):
    with pytest.raises(TypeError, match="for arrays there is Tensor"):
        Value(1.0) + other


def test_powers_are_plain_numbers():
    with pytest.raises(TypeError, match="plain number as power and got Value; use exp and log"):
        Value(2.0) ** Value(3.0)


def test_a_misspelt_attribute_raises():
    v = Value(1.0)
    with pytest.raises(AttributeError):
        v.gard = 0.0
    with pytest.raises(AttributeError):
        v.tahn()


def test_repr_shows_both_numbers():
    v = Value(1.5)
    (v * 2).backward()
    assert repr(v) == "Value(1.5, grad=2)"

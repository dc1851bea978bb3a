"""``Value``: one number that remembers how it came about. Chapter 3 builds it across cells; here it is in one piece.

After micrograd (A. Karpathy, 2020): each operation gives a new Value that knows its parents and how far each of them
moves it.
Going backward, every Value pays its parents what it was billed, times that slope. Values are visited in the reverse
of the
order in which they were made, so that all bills are in when it is a Value's turn, and no recursion is needed.
"""

import itertools
import math
from typing import Any

_order = itertools.count()


class Value:
    """A float with a gradient.

    Attributes:
        data: the number.
        grad: the slope of the last result for this number; ``backward`` adds to it.
    """

    __slots__ = ("_order", "_parents", "_slopes", "data", "grad", "op")

    def __init__(self, data: float, parents: tuple = (), slopes: tuple = (), op: str = ""):
        self.data = float(data)
        self.grad = 0.0
        self.op = op
        self._parents, self._slopes = parents, slopes
        self._order = next(_order)

    def __add__(self, other: Any) -> "Value":
        other = _value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0), "+")

    def __mul__(self, other: Any) -> "Value":
        other = _value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data), "*")

    def __pow__(self, power: float) -> "Value":
        if not isinstance(power, int | float):
            raise TypeError(
                f"Value ** wants a plain number as power and got {type(power).__name__}; use exp and log for others."
            )
        slope = power * self.data ** (power - 1) if power else 0.0
        return Value(self.data**power, (self,), (slope,), f"**{power}")

    def exp(self) -> "Value":
        """eˣ, whose slope is itself."""
        y = math.exp(self.data)
        return Value(y, (self,), (y,), "exp")

    def log(self) -> "Value":
        """ln x; slope 1/x."""
        return Value(math.log(self.data), (self,), (1 / self.data,), "log")

    def tanh(self) -> "Value":
        """Hyperbolic tangent; slope 1 − tanh²."""
        y = math.tanh(self.data)
        return Value(y, (self,), (1 - y * y,), "tanh")

    def relu(self) -> "Value":
        """max(0, x); slope 1 where x > 0, else 0."""
        return Value(max(0.0, self.data), (self,), (float(self.data > 0),), "relu")

    def sigmoid(self) -> "Value":
        """1/(1 + e⁻ˣ), without overflow; slope y(1 − y)."""
        y = 0.5 * math.tanh(0.5 * self.data) + 0.5
        return Value(y, (self,), (y * (1 - y),), "sigmoid")

    # Derived, instead of differentiated again.
    def __neg__(self) -> "Value":
        return self * -1.0

    def __sub__(self, other: Any) -> "Value":
        return self + -_value(other)

    def __truediv__(self, other: Any) -> "Value":
        return self * _value(other) ** -1

    def __rsub__(self, other: Any) -> "Value":
        return _value(other) - self

    def __rtruediv__(self, other: Any) -> "Value":
        return _value(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        """Add to the ``grad`` of everything that this was made from the slope of this for it."""
        bills = {self: 1.0}
        for v in self.ancestors():
            v.grad += bills[v]
            for parent, slope in zip(v._parents, v._slopes, strict=True):
                bills[parent] = bills.get(parent, 0.0) + slope * bills[v]  # two paths add

    def ancestors(self) -> list["Value"]:
        """This and all that it was made from, the youngest first."""
        found, stack = {self}, [self]
        while stack:
            for parent in stack.pop()._parents:
                if parent not in found:
                    found.add(parent)
                    stack.append(parent)
        return sorted(found, key=lambda v: v._order, reverse=True)

    @property
    def parents(self) -> tuple:
        """The Values that this was made from."""
        return self._parents

    @property
    def slopes(self) -> tuple:
        """How far this moves with each of ``parents``: the local slopes, numbers."""
        return self._slopes

    def __repr__(self) -> str:
        return f"Value({self.data:.4g}, grad={self.grad:.4g})"


def _value(x: Any) -> Value:
    if isinstance(x, Value):
        return x
    if isinstance(x, int | float):
        return Value(x)
    raise TypeError(
        f"a Value can be combined with Values and numbers, and got {type(x).__name__}; for arrays there is Tensor."
    )

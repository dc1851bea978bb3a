"""Chapter 03's exercises and questions."""

import numpy as np

from groundup.check.exercise import Exercise, Slope, Worked, chapter, suggest
from groundup.check.quiz import Question
from groundup.check.table import table_of

# 3.1 ------------------------------------------------------------------------------------------------------------------

slope_of_a = Exercise(
    title="Two paths on paper",
    level="warm-up",
    minutes=6,
    reference=8.0,
    mistakes={
        "That is the path through the product alone. a is used in two places.": -16.0,
        "That is the path through the square alone. a is used in two places.": 24.0,
        "You multiplied the bills of the two paths. Slopes multiply along one path; paths add.": -384.0,
        "The bill that comes through the product is negative, because b is. You added its size.": 40.0,
        "The local slope of a² is not a: look at the rule for powers once more.": -4.0,
        "You added the local slopes at a, and left out what their boxes are billed: L bills v with s, and s "
        "with v.": 7.0,
        "v and s have exchanged bills: in a product each factor is billed with the value of the other.": 125.0,
        "In the product u = ab you billed a with its own value. It is billed with the value of its partner.": 88.0,
        "That is the slope for b.": 64.0,
        "That is the slope for c.": 16.0,
        "That is L itself. The question is how fast it moves with a.": 48.0,
    },
    hints=[
        "Draw the boxes: a, b, c, then u, v, s, L. Write the values in, from left to right.",
        "L bills v with the value of s, and s with the value of v. Which boxes behind them use a?",
        "Two bills arrive at a: one from u, with the local slope b, one from s, with the local slope 2a.",
    ],
)

# 3.2 ------------------------------------------------------------------------------------------------------------------


def _power(x, k, bill):
    return bill * k * np.asarray(x, float) ** (k - 1)


power_bill = Exercise(
    title="What a power bills its input",
    minutes=5,
    reference=_power,
    worked=Worked(
        (np.array([2.0, -1.0, 3.0]), 3, np.array([1.0, 2.0, -1.0])),
        np.array([12.0, 6.0, -27.0]),
        "the slope of x³ is 3x², so 3·4·1, 3·1·2, 3·9·(−1)",
    ),
    cases=lambda rng: [
        (rng.uniform(0.5, 2, n) * rng.choice([-1, 1], n), k, rng.normal(size=n)) for n, k in [(4, 4), (3, -1), (5, 2)]
    ],
    edges={
        "a root": (np.array([4.0, 0.25]), 0.5, np.array([1.0, -3.0])),
        "zero": (np.array([0.0, 1.5, 0.0]), 2, np.array([1.0, 1.0, -2.0])),
        "one value": (np.array([1.5]), 5, np.array([0.5])),
        "integers": (np.array([3, -2, 1]), 2, np.array([1, 4, -5])),
    },
    mistakes={
        "The power stayed as it was. The slope of x² is 2x: the exponent falls by one.": lambda x, k, bill: (
            bill * k * x ** float(k)
        ),
        "The exponent fell by one, and the factor fell with it. The factor is the old exponent.": lambda x, k, bill: (
            bill * (k - 1) * x ** float(k - 1)
        ),
        "The exponent fell by two.": lambda x, k, bill: bill * k * x ** float(k - 2),
        "The exponent falls, but it also comes down as a factor.": lambda x, k, bill: bill * x ** float(k - 1),
        "That is the local slope. What the input is billed is the local slope times the bill of the power.": (
            lambda x, k, bill: k * x ** float(k - 1)
        ),
        "The bill is a factor, not a summand: slopes along a chain multiply.": lambda x, k, bill: (
            bill + k * x ** float(k - 1)
        ),
        "x and bill have changed places: the slope is taken at x.": lambda x, k, bill: (
            x * k * np.where(bill == 0, 1, bill) ** float(k - 1)
        ),
        "That is the power itself times the bill. How far does the power move when x moves?": lambda x, k, bill: (
            bill * x ** float(k)
        ),
        "That is the rule for an integral: exponent up, then divided. Going backward we differentiate.": (
            lambda x, k, bill: _integrated(x, k, bill)
        ),
        "The bill was raised to the power as well. It is multiplied after the local slope is known.": (
            lambda x, k, bill: k * (bill * x) ** float(k - 1)
        ),
        "The factor was raised to the power along with x: a bracket too many.": lambda x, k, bill: (
            bill * (k * x) ** float(k - 1)
        ),
        "k times x is the slope for k = 2 alone. What is left of x³ when you differentiate it?": lambda x, k, bill: (
            bill * k * x
        ),
    },
    styles={
        "loop": lambda x, k, bill: np.array([g * k * float(v) ** (k - 1) for v, g in zip(x, bill, strict=True)]),
        "np.power": lambda x, k, bill: np.multiply(np.power(x.astype(float), k - 1) * k, bill),
        "float32": lambda x, k, bill: _power(x, k, bill).astype(np.float32),
        "in place of its own": lambda x, k, bill: _by_steps(x, k, bill),
    },
    hints=[
        "What is the slope of x³ at x = 2? Of x² at 5? Write the rule for x^k.",
        "A node bills its input with its own bill times the local slope.",
    ],
)


def _integrated(x, k, bill):
    with np.errstate(divide="ignore"):
        return bill * x ** float(k + 1) / np.float64(k + 1)


def _by_steps(x, k, bill):
    out = np.array(x, dtype=float)
    out **= k - 1
    out *= k
    out *= bill
    return out


# 3.3 ------------------------------------------------------------------------------------------------------------------

tanh_bill = Exercise(
    title="What a tanh bills its input",
    minutes=5,
    reference=lambda x, bill: bill * (1 - np.tanh(x) ** 2),
    worked=Worked(
        (np.array([0.0, np.log(3.0), -np.log(3.0)]), np.array([2.0, 1.0, -5.0])),
        np.array([2.0, 0.36, -1.8]),
        "tanh(ln 3) = (3 − 1/3)/(3 + 1/3) = 0.8, so its slope there is 1 − 0.64 = 0.36",
    ),
    cases=lambda rng: (
        [(rng.normal(size=n), rng.normal(size=n)) for n in (4, 7)]
        + [(rng.normal(size=(2, 3)), rng.normal(size=(2, 3)))]
    ),
    edges={
        "large x": (np.array([-40.0, 5.0, 40.0]), np.array([3.0, 100.0, -2.0])),
        "one value": (np.array([0.3]), np.array([-1.5])),
        "integers": (np.array([-1, 0, 2]), np.array([3, -4, 5])),
    },
    mistakes={
        "1 − x² is the slope in terms of what tanh *gave*. You put in what it was given.": lambda x, bill: (
            bill * (1 - x**2)
        ),
        "That is the local slope alone. The input is billed the local slope times the bill.": lambda x, bill: (
            1 - np.tanh(x) ** 2
        ),
        "The square is missing: the slope is one minus the square of what tanh gave.": lambda x, bill: (
            bill * (1 - np.tanh(x))
        ),
        "That is the sigmoid's rule, y(1 − y). tanh has its own.": lambda x, bill: bill * np.tanh(x) * (1 - np.tanh(x)),
        "tanh was taken twice: of x, and then of its own result.": lambda x, bill: (
            bill * (1 - np.tanh(np.tanh(x)) ** 2)
        ),
        "A bracket is missing: the bill multiplies the whole slope, the 1 too.": lambda x, bill: bill - np.tanh(x) ** 2,
        "A bracket is missing: the 1 is to be multiplied by the bill as well.": lambda x, bill: (
            1 - np.tanh(x) ** 2 * bill
        ),
        "x and bill have changed places: the slope is taken at x.": lambda x, bill: x * (1 - np.tanh(bill) ** 2),
        "That is tanh itself times the bill. How far does tanh move when x moves?": lambda x, bill: bill * np.tanh(x),
        "The sign: it is one minus the square. tanh is nowhere steeper than at 0, where its slope is 1.": (
            lambda x, bill: bill * (1 + np.tanh(x) ** 2)
        ),
        "The slope is one over the square of cosh; yours lacks the square.": lambda x, bill: bill / np.cosh(x),
        "You squared the difference. Only what tanh gave is squared, before it is subtracted.": lambda x, bill: (
            bill * (1 - np.tanh(x)) ** 2
        ),
        "That is the slope of the sigmoid at x. This node computed a tanh.": lambda x, bill: (
            bill * np.exp(-x) / (1 + np.exp(-x)) ** 2
        ),
        "You added the bill to the local slope. Slopes along a chain multiply.": lambda x, bill: (
            bill + (1 - np.tanh(x) ** 2)
        ),
    },
    styles={
        "cosh": lambda x, bill: bill / np.cosh(x) ** 2,
        "two factors": lambda x, bill: (1 - np.tanh(x)) * (1 + np.tanh(x)) * bill,
        "through y": lambda x, bill: (lambda y: bill - bill * y * y)(np.tanh(x)),
        "float32": lambda x, bill: (bill * (1 - np.tanh(x) ** 2)).astype(np.float32),
    },
    hints=[
        "Where is tanh steepest, and how steep is it there? Where is it flat?",
        "With y = tanh x the local slope is 1 − y². Then: local slope times bill.",
    ],
)

# 3.4 ------------------------------------------------------------------------------------------------------------------


def _zeroed(x, bill):
    bill[x <= 0] = 0
    return bill


relu_bill = Exercise(
    title="What a ReLU bills its input",
    minutes=5,
    reference=lambda x, bill: np.where(x > 0, bill, 0.0),
    worked=Worked(
        (np.array([2.0, -1.0, 3.0, -4.0]), np.array([5.0, 7.0, -2.0, -3.0])),
        np.array([5.0, 0.0, -2.0, 0.0]),
        "the gate is open where x is above 0, and passes the bill as it is",
    ),
    cases=lambda rng: (
        [(rng.normal(size=n) * 2, rng.normal(size=n) * 2) for n in (13, 15)]
        + [(rng.normal(size=(3, 5)) * 2, rng.normal(size=(3, 5)) * 2)]
    ),
    edges={
        "at the kink": (np.array([0.0, 1.0, 0.0]), np.array([2.0, 3.0, -4.0])),
        "one value": (np.array([-0.5]), np.array([2.0])),
        "integers": (np.array([-2, 0, 3, 1]), np.array([4, 5, -6, 7])),
    },
    mistakes={
        "The gate is set by x, not by the bill: bills may be negative, and a negative bill passes where x is above "
        "0.": lambda x, bill: np.where(bill > 0, bill, 0.0),
        "Only positive bills pass your gate. x alone decides; a bill may have either sign.": lambda x, bill: np.where(
            (x > 0) & (bill > 0), bill, 0.0
        ),
        "That is the local slope, 0 or 1. The input is billed that times the bill.": lambda x, bill: np.where(
            x > 0, 1.0, 0.0
        ),
        "You passed on what ReLU gives, times the bill. Its slope on the open side is 1, however large x is.": (
            lambda x, bill: np.maximum(x, 0.0) * bill
        ),
        "That is ReLU of x. It is the bill that passes the gate.": lambda x, bill: np.where(x > 0, x, 0.0),
        "At the kink, x = 0, we say that the slope is 0.": lambda x, bill: np.where(x >= 0, bill, 0.0),
        "The gate is the wrong way round: it is open where x is above 0.": lambda x, bill: np.where(x > 0, 0.0, bill),
        "Your gate lets the bill through where x is below 0, and ReLU is flat there.": lambda x, bill: np.where(
            x < 0, bill, 0.0
        ),
        "At the kink your gate is half open. Here we say that it is shut.": lambda x, bill: bill * (np.sign(x) + 1) / 2,
        "Your gate is always open: the bill passed as it came.": lambda x, bill: bill * 1.0,
        "That is a gate of −1 and 1. On the shut side the slope is 0.": lambda x, bill: bill * np.sign(x),
        "The values are right, but you wrote zeros into the bill that you were given. Its sender may still need it: "
        "make a new array.": _zeroed,
    },
    styles={
        "mask": lambda x, bill: bill * (x > 0),
        "copy": lambda x, bill: _zeroed(x, bill.copy()),
        "loop": lambda x, bill: np.array(
            [g if v > 0 else 0.0 for v, g in zip(x.ravel(), bill.ravel(), strict=True)]
        ).reshape(x.shape),
        "float32": lambda x, bill: np.where(x > 0, bill, 0.0).astype(np.float32),
    },
    hints=[
        "On which side of 0 does a small move of x change ReLU at all? By how much?",
        "The local slope is 1 or 0. Which of the two arguments decides, and which is multiplied?",
    ],
)

# 3.5 ------------------------------------------------------------------------------------------------------------------


def _neuron_loss(x, w, b, t):
    return (np.tanh(x @ w + b) - t) ** 2


def _neuron(x, w, b, t, outer=lambda a, t: 2 * (a - t), inner=lambda z, a: 1 - a * a):
    z = x @ w + b
    a = np.tanh(z)
    dz = outer(a, t) * inner(z, a)
    return dz * x, dz, dz * w


def _neuron_change(change):
    return lambda x, w, b, t: change(*_neuron(x, w, b, t), x, w, b)


def _neuron_by_steps(x, w, b, t):
    a = np.tanh(sum(float(p) * float(q) for p, q in zip(x, w, strict=True)) + b)
    bill = 2 * (a - t)
    bill = bill * (1 + a) * (1 - a)
    return np.array([bill * float(p) for p in x]), float(bill), np.array([bill * float(q) for q in w])


neuron_gradient = Exercise(
    title="A whole neuron, backward by hand",
    minutes=12,
    reference=_neuron,
    worked=Worked(
        (np.array([2.0, -1.0]), np.array([1.0, 3.0]), 1.0, -1.5),
        (np.array([6.0, -3.0]), 3.0, np.array([3.0, 9.0])),
        "z = 2 − 3 + 1 = 0, a = 0; the square bills a with 2·(0 + 1.5) = 3, and tanh at 0 has the slope 1",
    ),
    cases=lambda rng: [
        (rng.normal(size=d), rng.normal(size=d) / 2, float(rng.normal()) / 2, float(rng.normal())) for d in (2, 3, 5)
    ],
    edges={
        "one input": (np.array([0.5]), np.array([-1.5]), 0.25, 0.5),
        "no error": (np.array([1.0, -2.0, 0.0]), np.array([2.0, 1.0, 3.0]), 0.0, 0.0),
        "integers": (np.array([1, 0, 2]), np.array([1, -3, -1]), 2, -1),
    },
    slope=Slope(_neuron_loss, (1, 2, 0), "the loss"),
    mistakes={
        "The slope of tanh is missing: the bill passes from a to z, and is multiplied there.": lambda x, w, b, t: (
            _neuron(x, w, b, t, inner=lambda z, a: 1.0)
        ),
        "You took tanh's slope as 1 − z². It is one minus the square of what tanh gave, a.": lambda x, w, b, t: _neuron(
            x, w, b, t, inner=lambda z, a: 1 - z * z
        ),
        "You took tanh's slope as 1 − a. The a is to be squared.": lambda x, w, b, t: _neuron(
            x, w, b, t, inner=lambda z, a: 1 - a
        ),
        "tanh's slope was taken at a instead of at z.": lambda x, w, b, t: _neuron(
            x, w, b, t, inner=lambda z, a: 1 - np.tanh(a) ** 2
        ),
        "The square's slope is twice the error; your 2 is missing.": lambda x, w, b, t: _neuron(
            x, w, b, t, outer=lambda a, t: a - t
        ),
        "The error is a − t, output minus target. Yours has the other sign.": lambda x, w, b, t: _neuron(
            x, w, b, t, outer=lambda a, t: 2 * (t - a)
        ),
        "These are the slopes of the output a. The loss bills a with 2(a − t), and you left that bill out.": (
            lambda x, w, b, t: _neuron(x, w, b, t, outer=lambda a, t: 1.0)
        ),
        "The loss itself was sent back. What is sent is its slope.": lambda x, w, b, t: _neuron(
            x, w, b, t, outer=lambda a, t: (a - t) ** 2
        ),
        "w and x have exchanged bills: in a product each factor is billed with the value of the other.": (
            _neuron_change(lambda dw, db, dx, x, w, b: (dx, db, dw))
        ),
        "The bias enters by a plus sign, whose local slope is 1. You multiplied by b.": _neuron_change(
            lambda dw, db, dx, x, w, b: (dw, db * b, dx)
        ),
        "dw came out without the inputs: each weight is billed with the input that it multiplies.": _neuron_change(
            lambda dw, db, dx, x, w, b: (np.full(len(x), db), db, dx)
        ),
        "The bill goes through tanh once. You multiplied by its slope twice.": lambda x, w, b, t: _neuron(
            x, w, b, t, inner=lambda z, a: (1 - a * a) ** 2
        ),
        "The bias is missing from z.": lambda x, w, b, t: _neuron(x, w, 0.0, t),
        "You took the sigmoid's slope, a(1 − a). This neuron ends in a tanh.": lambda x, w, b, t: _neuron(
            x, w, b, t, inner=lambda z, a: a * (1 - a)
        ),
        "The bill was multiplied by tanh itself. On its way from a to z it takes tanh's slope.": lambda x, w, b, t: (
            _neuron(x, w, b, t, inner=lambda z, a: a)
        ),
        "The error has lost its sign, so every slope pushes the same way whether the output is too high or too low.": (
            lambda x, w, b, t: _neuron(x, w, b, t, outer=lambda a, t: 2 * abs(a - t))
        ),
        "db is the local slope of the plus, 1. It still has to be multiplied by what z was billed.": _neuron_change(
            lambda dw, db, dx, x, w, b: (dw, 1.0, dx)
        ),
        "For w and x you returned the local slopes alone, without the bill of z.": _neuron_change(
            lambda dw, db, dx, x, w, b: (x * 1.0, db, w * 1.0)
        ),
    },
    styles={
        "step by step": _neuron_by_steps,
        "list": lambda x, w, b, t: list(_neuron(x, w, b, t)),
        "float32": lambda x, w, b, t: tuple(np.float32(v) for v in _neuron(x, w, b, t)),
        "by cosh": lambda x, w, b, t: _neuron(x, w, b, t, inner=lambda z, a: 1 / np.cosh(z) ** 2),
    },
    hints=[
        "Forward first, and keep z and a. Then write four names, one a line: da, dz, and what dz sends to w, b and x.",
        "The square bills a with twice the error. tanh passes that on to z, times 1 − a².",
        "z is made of products and a sum: each weight is billed with its input, each input with its weight, the bias "
        "with 1.",
    ],
)

# 3.6 ------------------------------------------------------------------------------------------------------------------


class _Base:
    """A right class with the pieces apart, so that a mistake changes one of them."""

    count = 0

    def __init__(self, data, parents=(), slopes=()):
        self.data, self.grad, self.parents, self.slopes = float(data), 0.0, parents, slopes
        _Base.count += 1
        self.order = _Base.count

    def __add__(self, other):
        other = other if isinstance(other, _Base) else type(self)(other)
        return type(self)(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, _Base) else type(self)(other)
        return type(self)(self.data * other.data, (self, other), self.product_slopes(other))

    def product_slopes(self, other):
        return other.data, self.data

    __radd__ = __add__

    def __rmul__(self, other):
        return self * other

    def behind(self):
        found, todo = {self}, [self]
        while todo:
            for parent in todo.pop().parents:
                if parent not in found:
                    found.add(parent)
                    todo.append(parent)
        return sorted(found, key=lambda node: -node.order)

    def backward(self):
        self.grad = self.grad + 1.0
        for node in self.behind():
            for parent, slope in zip(node.parents, node.slopes, strict=True):
                self.send(parent, slope, node)

    def send(self, parent, slope, node):
        parent.grad += slope * node.grad


class _OwnFactor(_Base):
    def product_slopes(self, other):
        return self.data, other.data


class _OneParent(_Base):
    def __mul__(self, other):
        other = other if isinstance(other, _Base) else type(self)(other)
        return type(self)(self.data * other.data, (self,), (other.data,))


class _Adds(_Base):
    def __mul__(self, other):
        other = other if isinstance(other, _Base) else type(self)(other)
        return type(self)(self.data + other.data, (self, other), self.product_slopes(other))


class _Overwrites(_Base):
    def send(self, parent, slope, node):
        parent.grad = slope * node.grad


class _NoBill(_Base):
    def send(self, parent, slope, node):
        parent.grad += slope


class _NoSlope(_Base):
    def send(self, parent, slope, node):
        parent.grad += node.grad


class _ByValue(_Base):
    def send(self, parent, slope, node):
        parent.grad += slope * node.data


class _NotesTheProduct(_Base):
    def product_slopes(self, other):
        return self.data * other.data, self.data * other.data


class _NoNode(_Base):
    def __mul__(self, other):
        return type(self)(self.data * other.data, (self, other), (other.data, self.data))


class _OneForEach(_Base):
    def backward(self):
        for node in self.behind():
            node.grad = 1.0
            for parent, slope in zip(node.parents, node.slopes, strict=True):
                self.send(parent, slope, node)


class _OldestFirst(_Base):
    def behind(self):
        return super().behind()[::-1]


class _AsFound(_Base):
    def behind(self):
        found = [self]
        for node in found:
            found += [p for p in dict.fromkeys(node.parents) if p not in found]
        return found


class _Repeats(_Base):
    def behind(self):
        found = [self]
        for node in found:
            found += node.parents
        return found


class _NoStart(_Base):
    def backward(self):
        for node in self.behind():
            for parent, slope in zip(node.parents, node.slopes, strict=True):
                self.send(parent, slope, node)


class _StartsWithItself(_Base):
    def backward(self):
        self.grad = self.data
        for node in self.behind():
            for parent, slope in zip(node.parents, node.slopes, strict=True):
                self.send(parent, slope, node)


class _Bills(_Base):
    """As the lecture does it: bills apart from accounts."""

    def backward(self):
        bills = dict.fromkeys(self.behind(), 0.0)
        bills[self] = 1.0
        for node, bill in bills.items():
            node.grad += bill
            for parent, slope in zip(node.parents, node.slopes, strict=True):
                bills[parent] += slope * bills[node]


class _Recursive(_Base):
    """Postorder by recursion, reversed, as many engines do it."""

    def behind(self):
        found = []

        def visit(node):
            if node not in found:
                for parent in node.parents:
                    visit(parent)
                found.append(node)

        visit(self)
        return found[::-1]


class _FromZero(_Base):
    """Sets every account to zero first."""

    def backward(self):
        for node in self.behind():
            node.grad = 0.0
        super().backward()


def _by_formula(a, b, c):
    """Value and slopes of L = ab·(2ab + a)·c + a, worked out on paper."""
    value = a * b * (2 * a * b + a) * c + a
    return (
        float(value),
        float(2 * a * b * (2 * b + 1) * c + 1),
        float(a * a * (4 * b + 1) * c),
        float(a * a * b * (2 * b + 1)),
    )


def _experiment(answer, a, b, c):
    """What the learner's class makes of one expression, in which ``a`` and ``ab`` are used twice."""
    if not isinstance(answer, type):
        return answer(a, b, c)
    x, y, z = answer(a), answer(b), answer(c)
    u = x * y
    out = u * (2 * u + x) * z + x
    out.backward()
    return float(out.data), float(x.grad), float(y.grad), float(z.grad)


MyValue = Exercise(
    title="Your own Value",
    minutes=15,
    reference=_by_formula,
    use=_experiment,
    worked=Worked(
        (2.0, 3.0, 1.0),
        (86.0, 85.0, 52.0, 84.0),
        "L = ab·(2ab + a)·c + a and its slopes for a, b and c; ab = 6, so L = 6·14·1 + 2",
    ),
    cases=lambda rng: [tuple(float(v) for v in rng.normal(size=3)) for _ in range(3)],
    edges={"zero": (0.0, -1.5, 2.0), "integers": (3, -2, 2)},
    mistakes={
        "The two local slopes of the product are exchanged: how fast ab moves with a is b.": _OwnFactor,
        "Your product remembers only its first factor, so that the second is never billed.": _OneParent,
        "Your product adds the two numbers.": _Adds,
        "A bill overwrites what was there. Two paths add: `+=`.": _Overwrites,
        "What you send is the local slope alone. It has to be multiplied by what the sender itself was "
        "billed.": _NoBill,
        "Every bill arrives as it was sent. Either `backward` leaves out the local slopes, or your product notes 1 and "
        "1, as a sum does.": _NoSlope,
        "Only the parents of the last node were billed. Either not every node gets its turn, the last one first (at "
        "the beginning it alone has anything to pay with), or your product forgets its parents.": _OldestFirst,
        "A node paid before all its bills were in: what was found first is not always what was made last. Sort by "
        "`order`.": _AsFound,
        "A node that is used twice pays twice, each time all it has. Visit every node once.": _Repeats,
        "No bill ever reached a, b or c. Is `backward` written, does the last node begin with an account of 1 and take "
        "its turn in the loop, and does each node pay its parents?": _NoStart,
        "Every node was set to 1 when its turn came, and lost its bills. Only the last node begins with "
        "1.": _OneForEach,
        "The local slopes were multiplied by the nodes' values. A node passes on its account, not its data.": _ByValue,
        "Your product notes its own value as both local slopes. How far does ab move when a alone moves by "
        "1?": _NotesTheProduct,
        "In `2 * u` the other factor is a plain number. What does `__add__` do with such a one before it asks for "
        "`data`?": _NoNode,
        "The last node's bill is 1, the slope of L for itself; yours is L.": _StartsWithItself,
    },
    styles={"bills apart": _Bills, "recursion": _Recursive, "from zero": _FromZero, "one class": _Base},
    hints=[
        "`__mul__` is `__add__` with another result and other slopes: what multiplies a in ab?",
        "backward: give the last node its 1, then go through self.behind(), which is sorted, youngest first.",
        "For each node and each of its parents: add to the parent's account the local slope times the node's account.",
    ],
)

# 3.7 ------------------------------------------------------------------------------------------------------------------


def _tape(rng, n, inputs):
    """A random calculation of n nodes: parents (n, 2), −1 where there is none, and slopes (n, 2), 0 there."""
    parents, slopes = np.full((n, 2), -1), np.zeros((n, 2))
    for node in range(inputs, n):
        for i in range(1 + int(rng.random() < 0.8)):
            parents[node, i] = rng.integers(max(0, node - 4), node) if i else node - 1
            slopes[node, i] = rng.normal()
    return parents, slopes


def _right(parents, slopes):
    grad = np.zeros(len(parents))
    grad[-1] = 1.0
    for node in range(len(parents) - 1, -1, -1):
        for parent, slope in zip(parents[node], slopes[node], strict=True):
            if parent >= 0:
                grad[parent] += slope * grad[node]
    return grad


def colleague(parents, slopes, first=0, again=False, overwrite=False, bills=True, size=1):
    """The function with the planted bug, as the notebook has it; the options make other bugs of it."""
    last = len(parents) - 1
    grad = np.zeros(len(parents))
    grad[last] = 1.0
    todo, seen = [last], {last}
    while todo:
        node = todo.pop(first)
        for parent, slope in list(zip(parents[node], slopes[node], strict=True))[::size]:
            if parent >= 0:
                bill = slope * grad[node] if bills else slope
                grad[parent] = bill if overwrite else grad[parent] + bill
                if again or parent not in seen:
                    todo.append(parent)
                    seen.add(parent)
    return grad


def _in_order(parents, slopes, order=slice(None, None, -1), change="add", start=0.0):
    n = len(parents)
    grad = np.full(n, start)
    grad[-1] = 1.0
    for node in np.arange(n)[order]:
        for parent, slope in zip(parents[node], slopes[node], strict=True):
            if parent >= 0:
                bill = slope if change == "no bill" else grad[node] if change == "no slope" else slope * grad[node]
                grad[parent] = bill if change == "overwrite" else grad[parent] + bill
    return grad


def _one_wire(parents, slopes):
    return _right(np.stack([parents[:, 0], np.full(len(parents), -1)], axis=1), slopes)


def _into_the_last(parents, slopes):
    """Overwrites, and takes −1 as an index, so that the last node's own bill is lost too."""
    grad = np.zeros(len(parents))
    grad[-1] = 1.0
    for node in range(len(parents) - 1, -1, -1):
        for parent, slope in zip(parents[node], slopes[node], strict=True):
            grad[parent] = slope * grad[node]
    return grad


def _by_matrix(parents, slopes):
    n = len(parents)
    local = np.zeros((n, n))
    for node in range(n):
        for parent, slope in zip(parents[node], slopes[node], strict=True):
            if parent >= 0:
                local[node, parent] += slope
    return np.linalg.solve(np.eye(n) - local.T, np.eye(n)[-1])


def _counting(parents, slopes):
    """Another right order: a node pays when it has heard from all its users."""
    n = len(parents)
    waiting = np.zeros(n, int)
    for parent in parents[parents >= 0]:
        waiting[parent] += 1
    grad, todo = np.zeros(n), [i for i in range(n) if waiting[i] == 0]
    grad[-1] = 1.0
    while todo:
        node = todo.pop()
        for parent, slope in zip(parents[node], slopes[node], strict=True):
            if parent >= 0:
                grad[parent] += slope * grad[node]
                waiting[parent] -= 1
                if waiting[parent] == 0:
                    todo.append(parent)
    return grad


repaired = Exercise(
    title="A colleague's engine, with a bug",
    minutes=12,
    reference=_right,
    worked=Worked(
        (
            np.array([[-1, -1], [-1, -1], [0, 1], [2, -1], [2, 3]]),
            np.array([[0.0, 0.0], [0.0, 0.0], [-2.0, 3.0], [-12.0, 0.0], [1.0, 1.0]]),
        ),
        np.array([22.0, -33.0, -11.0, 1.0, 1.0]),
        "node 4 bills nodes 2 and 3 with 1 each; node 3 bills node 2 with −12; so node 2 has −11, and bills −11·(−2) "
        "and −11·3",
    ),
    cases=lambda rng: [_tape(rng, n, inputs) for n, inputs in [(7, 2), (12, 3), (20, 4)]],
    edges={
        "one node": (np.array([[-1, -1]]), np.array([[0.0, 0.0]])),
        "a chain": (np.array([[-1, -1], [0, -1], [1, -1]]), np.array([[0.0, 0.0], [3.0, 0.0], [-2.0, 0.0]])),
        "the same parent twice": (np.array([[-1, -1], [0, 0], [1, 1]]), np.array([[0.0, 0.0], [3.0, 3.0], [9.0, 9.0]])),
        "integers": (
            np.array([[-1, -1], [-1, -1], [1, 0], [2, 1], [3, 2], [4, 2]]),
            np.array([[0, 0], [0, 0], [2, 3], [1, 4], [-1, 2], [5, 1]]),
        ),
    },
    mistakes={
        "That behaves as the function that you were given: nodes pay in the order in which they were found. Find a "
        "node that pays before all its bills are in.": colleague,
        "Now the node found last pays first. That is another order, and still not one that waits until all bills are "
        "in.": lambda p, s: colleague(p, s, first=-1),
        "Without `seen` a node pays again whenever it is billed, each time with all it has so far, so it pays the same "
        "money twice.": lambda p, s: colleague(p, s, again=True),
        "The order is right. But a bill overwrites what was there: two paths add.": lambda p, s: _in_order(
            p, s, change="overwrite"
        ),
        "The order in which nodes were made is the forward order. Backward goes the other way.": lambda p, s: _in_order(
            p, s, order=slice(None)
        ),
        "Each node sends the local slope alone. It has to be multiplied by what the node was billed.": lambda p, s: (
            _in_order(p, s, change="no bill")
        ),
        "Each node passes its bill on as it is, without the local slope.": lambda p, s: _in_order(
            p, s, change="no slope"
        ),
        "Every node begins with a bill of 1 in yours. Only the last one does.": lambda p, s: _in_order(p, s, start=1.0),
        "Only the first parent of each node is billed.": _one_wire,
        "A bill overwrites what was there. And a parent of −1 means that there is none; as an index it is the last "
        "node.": _into_the_last,
        "Node 0 is a node like any other. Only −1 says that there is no parent.": lambda p, s: _right(
            np.where(p == 0, -1, p), s
        ),
        "A node with a single parent never pays in yours, because one of its two places is −1.": lambda p, s: _right(
            np.where((p < 0).any(axis=1, keepdims=True), -1, p), s
        ),
        "Your accounts hold whole numbers, and what stands behind the point is cut off.": lambda p, s: _whole(p, s),
        "Both parents at once: when they are the same node, `+=` with a list of indices adds only one of the two "
        "bills.": lambda p, s: _both_at_once(p, s),
        "The last node never pays: your loop leaves it out.": lambda p, s: _in_order(p, s, order=slice(-2, None, -1)),
        "The order is right until the end, but node 1 and node 0 never pay: does your range stop too early?": (
            lambda p, s: _in_order(p, s, order=slice(None, 1, -1))
        ),
    },
    styles={
        "a matrix": _by_matrix,
        "waits for all users": _counting,
        "reversed": lambda p, s: _in_order(p, s),
        "no question about −1": lambda p, s: _plain(p, s),
    },
    hints=[
        "Draw the worked example. In which order does the colleague's function visit its five nodes?",
        "Node 2 is used by node 3 and by node 4. It may not pay before both have.",
        "The nodes are numbered in the order in which they were made. Which order has every user before what it uses?",
    ],
)


def _whole(parents, slopes):
    grad = np.zeros(len(parents), int)
    grad[-1] = 1
    for node in range(len(parents) - 1, -1, -1):
        for parent, slope in zip(parents[node], slopes[node], strict=True):
            if parent >= 0:
                grad[parent] += slope * grad[node]
    return grad


def _both_at_once(parents, slopes):
    grad = np.zeros(len(parents))
    grad[-1] = 1.0
    for node in range(len(parents) - 1, -1, -1):
        there = parents[node] >= 0
        grad[parents[node][there]] += slopes[node][there] * grad[node]
    return grad


def _plain(parents, slopes):
    """Without a test for −1: there the slope is 0, so that nothing is added to the last node."""
    grad = np.zeros(len(parents))
    grad[-1] = 1.0
    for node in reversed(range(len(parents))):
        for i in (0, 1):
            grad[parents[node][i]] += slopes[node][i] * grad[node]
    return grad


# 3.8 ------------------------------------------------------------------------------------------------------------------

division = Exercise(
    title="A new operation: division",
    level="stretch",
    minutes=8,
    reference=lambda a, b: (a / b, 1 / np.asarray(b, float), -a / np.asarray(b, float) ** 2),
    worked=Worked(
        (np.array([6.0, -1.0]), np.array([2.0, 4.0])),
        (np.array([3.0, -0.25]), np.array([0.5, 0.25]), np.array([-1.5, 0.0625])),
        "the first: 6/2, then 1/2, then −6/4",
    ),
    cases=lambda rng: [(rng.normal(size=n) * 3, rng.uniform(0.5, 3, n) * rng.choice([-1, 1], n)) for n in (3, 6)],
    edges={
        "nothing to divide": (np.array([0.0, 2.0]), np.array([3.0, -3.0])),
        "one value": (np.array([5.0]), np.array([-0.5])),
        "integers": (np.array([3, -4, 7]), np.array([2, 5, -2])),
    },
    mistakes={
        "A larger divisor makes the quotient smaller: the slope for b has a minus.": lambda a, b: (
            a / b,
            1 / b,
            a / b**2,
        ),
        "In the slope for b the numerator is missing: b divides a, not 1.": lambda a, b: (a / b, 1 / b, -1 / b**2),
        "The slope for b has the square of b below the line.": lambda a, b: (a / b, 1 / b, -a / b),
        "The two slopes are in the wrong order: first a's, then b's.": lambda a, b: (a / b, -a / b**2, 1 / b),
        "Those are the slopes of the product a·b.": lambda a, b: (a / b, b * 1.0, a * 1.0),
        "The slope for a is not 1: if b is 2, the quotient moves half as far as a.": lambda a, b: (
            a / b,
            b / b,
            -a / b**2,
        ),
        "In the slope for b you multiplied by b squared. Should it grow or shrink when b is large?": lambda a, b: (
            a / b,
            1 / b,
            -a * b**2.0,
        ),
        "a·ln b is the integral of a/b. Wanted is how far a/b moves when b does.": lambda a, b: (
            a / b,
            1 / b,
            a * np.log(np.abs(b)),
        ),
        "The slopes are right, but `//` rounds the quotient down to a whole number.": lambda a, b: (
            a // b,
            1 / b,
            -a / b**2,
        ),
        "That divides b by a.": lambda a, b: (
            b / np.where(a == 0, np.nan, a),
            1 / np.where(a == 0, np.nan, a),
            -b / np.where(a == 0, np.nan, a) ** 2,
        ),
    },
    styles={
        "by the quotient": lambda a, b: (a / b, 1 / b, -(a / b) / b),
        "powers": lambda a, b: (a * b**-1.0, b**-1.0, -a * b**-2.0),
        "loop": lambda a, b: tuple(
            np.array(v)
            for v in zip(*[(p / q, 1 / q, -p / q**2) for p, q in zip(a.tolist(), b.tolist(), strict=True)], strict=True)
        ),
        "list": lambda a, b: [a / b, 1.0 / b, -a / (b * b)],
    },
    hints=[
        "Hold b still: how far does a/b move when a moves by a little?",
        "Hold a still and write a/b as a times a power of b.",
    ],
)

# 3.9 ------------------------------------------------------------------------------------------------------------------


def _forward(parents, slopes, which, change=""):
    moves = np.zeros(len(parents))
    moves[which] = 1.0
    for node in range(len(parents)):
        for parent, slope in zip(parents[node], slopes[node], strict=True):
            if parent < 0 or (node == which and change != "moves itself"):
                continue
            step = slope if change == "no move" else moves[parent] if change == "no slope" else slope * moves[parent]
            moves[node] = step if change == "overwrite" else moves[node] + step
    return moves


def _no_seed(parents, slopes, which):
    """Every input moves, not one."""
    moves = np.zeros(len(parents))
    moves[(parents < 0).all(axis=1)] = 1.0
    for node in range(len(parents)):
        moves[node] += sum(s * moves[p] for p, s in zip(parents[node], slopes[node], strict=True) if p >= 0)
    return moves


def _from_the_end(parents, slopes, which):
    moves = np.zeros(len(parents))
    moves[which] = 1.0
    for node in range(len(parents) - 1, -1, -1):
        if node != which:
            moves[node] = sum(s * moves[p] for p, s in zip(parents[node], slopes[node], strict=True) if p >= 0)
    moves[which] = 1.0
    return moves


def _backward_from(parents, slopes, which):
    grad = np.zeros(len(parents))
    grad[which] = 1.0
    for node in range(which, -1, -1):
        for parent, slope in zip(parents[node], slopes[node], strict=True):
            if parent >= 0:
                grad[parent] += slope * grad[node]
    return grad


forward_slopes = Exercise(
    title="The other direction",
    level="stretch",
    minutes=12,
    reference=lambda parents, slopes, which: _forward(parents, slopes, which),
    worked=Worked(
        (
            np.array([[-1, -1], [-1, -1], [0, 1], [2, -1], [2, 3]]),
            np.array([[0.0, 0.0], [0.0, 0.0], [-2.0, 3.0], [-12.0, 0.0], [1.0, 1.0]]),
            0,
        ),
        np.array([1.0, 0.0, -2.0, 24.0, 22.0]),
        "node 0 moves by 1, so node 2 by −2, node 3 by −12·(−2), and node 4 by −2 + 24",
    ),
    cases=lambda rng: [(*_tape(rng, n, inputs), which) for n, inputs, which in [(7, 3, 2), (11, 3, 1), (15, 4, 3)]],
    edges={
        "a node in the middle": (
            np.array([[-1, -1], [0, -1], [1, 0], [2, 1]]),
            np.array([[0.0, 0.0], [3.0, 0.0], [-2.0, 1.0], [0.5, 4.0]]),
            1,
        ),
        "one node": (np.array([[-1, -1]]), np.array([[0.0, 0.0]]), 0),
        "integers": (
            np.array([[-1, -1], [-1, -1], [1, 0], [2, 1], [3, 2], [4, 4]]),
            np.array([[0, 0], [0, 0], [2, 3], [1, 4], [-1, 2], [5, 1]]),
            1,
        ),
    },
    mistakes={
        "These are bills, sent backward from the nudged node. Here a move is pushed forward: a node moves with its "
        "parents.": _backward_from,
        "The later parent overwrites what the earlier one did. A node moves with both: two paths "
        "add.": lambda p, s, w: _forward(p, s, w, "overwrite"),
        "Each node moves by its local slopes alone. Multiply them by how far the parent moved.": lambda p, s, w: (
            _forward(p, s, w, "no move")
        ),
        "Each node moves as far as its parents together. The local slopes are missing.": lambda p, s, w: _forward(
            p, s, w, "no slope"
        ),
        "All inputs move in yours. Only the node `which` does.": _no_seed,
        "Only the nodes made directly from `which` move in yours. A move travels on: ask each node's parents how far "
        "they moved, and in an order in which they have moved already.": _from_the_end,
        "Node 0 can be a parent too. Only −1 says that there is none.": lambda p, s, w: _forward(
            np.where(p == 0, -1, p), s, w
        ),
        "That is how far the last node moves with each node. Wanted is how far each node moves with one.": (
            lambda p, s, w: _right(p, s)
        ),
        "Node `which` is nudged by hand: it moves by 1, whatever its own parents do.": lambda p, s, w: _no_input(
            p, s, w
        ),
        "You always nudge node 0. Which one is asked for?": lambda p, s, w: _forward(p, s, 0),
        "Only the first parent of each node counts in yours.": lambda p, s, w: _forward(
            np.stack([p[:, 0], np.full(len(p), -1)], axis=1), s, w
        ),
    },
    styles={
        "sum": lambda p, s, w: _forward_sum(p, s, w),
        "matrix": lambda p, s, w: _forward_matrix(p, s, w),
        "list": lambda p, s, w: np.array(_forward(p, s, w).tolist()),
        "float32": lambda p, s, w: _forward(p, s, w).astype(np.float32),
    },
    hints=[
        "Begin with zeros and a 1 at `which`. Then walk through the nodes in the order in which they were made.",
        "A node moves by the sum over its parents of local slope times the parent's move. The nudged one keeps its 1.",
    ],
)


def _no_input(parents, slopes, which):
    """The nudged node's own parents are asked too, and its 1 is replaced by what they say."""
    moves = np.zeros(len(parents))
    moves[which] = 1.0
    for node in range(len(parents)):
        if (parents[node] >= 0).any():
            moves[node] = sum(s * moves[p] for p, s in zip(parents[node], slopes[node], strict=True) if p >= 0)
    return moves


def _forward_sum(parents, slopes, which):
    moves = np.zeros(len(parents))
    moves[which] = 1.0
    for node in range(which + 1, len(parents)):
        moves[node] = slopes[node] @ moves[parents[node]] if parents[node][0] >= 0 else 0.0
    return moves


def _forward_matrix(parents, slopes, which):
    n = len(parents)
    local = np.zeros((n, n))
    for node in range(n):
        for parent, slope in zip(parents[node], slopes[node], strict=True):
            if parent >= 0 and node != which:
                local[node, parent] += slope
    return np.linalg.solve(np.eye(n) - local, np.eye(n)[which])


# 3.10 -----------------------------------------------------------------------------------------------------------------

sigmoids_in_a_row = Exercise(
    title="How many sigmoids?",
    level="stretch",
    minutes=5,
    reference=10,
    mistakes={
        "One too few: four to the ninth is 262,144, not yet a million.": 9,
        "One too many: is it not below a millionth already before the last one?": 11,
        "That is how often you would have to halve. The sigmoid's slope is at most a quarter.": 20,
        "That is how often you would have to divide by ten. The sigmoid's slope is at most a quarter.": 6,
        "That is how often you would have to divide by e. The sigmoid's slope is at most a quarter.": 14,
        "That is how many it takes to fall below a thousandth.": 5,
        "That is where the two are equal. Sigmoids come whole, and enough of them have to be there.": 9.965784284662087,
    },
    hints=[
        "How steep is a sigmoid at its steepest? The lecture's curve *a quarter, many times* multiplies that.",
        "Which is the first power of four above a million?",
    ],
)

# Questions ------------------------------------------------------------------------------------------------------------

why_backward = Question(
    "Why does one pass backward give all 100,000 slopes of a loss, when one pass forward gives only one?",
    right="Because there is one loss and there are many weights, and a pass has to begin at one number.",
    wrong={
        "Because going backward uses cheaper formulas.": "The local slopes are the same in both directions. It is "
        "where the pass begins that differs.",
        "Because backward gives approximate slopes.": "They are exact, up to rounding. Nudging is the approximate one.",
        "Because the values are known by then, so nothing has to be computed.": "The bills have to be computed: one "
        "multiplication and one addition for each wire, about twice as much as forward.",
        "Because forward passes cannot find slopes.": "They can: push a move of one input forward. It answers for that "
        "input alone.",
    },
    because="A pass forward begins at one input and tells what it moves; a pass backward begins at one result and "
    "tells what moves it. With many results and one input, forward would win.",
)

x_times_x = Question(
    "In your engine, y = x * x with x = 5. What happens in the backward pass?",
    right="Two bills of 5 arrive at x, and it has 10.",
    wrong={
        "One bill of 10 arrives at x.": "The product does not know that its two factors are the same. Each wire "
        "carries its own bill.",
        "x has 5, because it is one node and is billed once.": "One node, but two wires. That would be the result of "
        "overwriting.",
        "x has 25, because slopes multiply.": "Slopes multiply along a path. These are two paths, and paths add.",
    },
    because="Each factor is billed with the value of the other, and both are x. So 2x comes out without the rule for "
    "squares.",
)

flat_unit = Question(
    "A tanh unit has z = 8 for every example. What does backpropagation tell the weights behind it?",
    right="Almost nothing: the local slope there is nearly 0, so all bills that pass through it are.",
    wrong={
        "That they are right as they are.": "A small gradient says that a small move changes little, not that the loss "
        "is small.",
        "That they have to change a lot, since z is too large.": "The bill is multiplied by the slope of tanh at 8, "
        "about half a millionth. The engine feels slopes, not distances.",
        "It depends only on the loss.": "The bill from the loss arrives at the unit in full. But it is multiplied by "
        "the unit's own slope before it goes on.",
    },
    because="1 − tanh²(8) is about 0.0000005. The unit is *saturated*. A ReLU that is shut passes exactly nothing.",
)

right_but_wrong = Question(
    "Someone's engine agrees with nudging on (a·b + c)·d, on tanh(a·b), and on every other expression they tried. "
    "Which bug could still be in it?",
    right="It overwrites instead of adding up, because no variable was used twice.",
    wrong={
        "The local slope of the product is wrong.": "Products were tried, and the slopes agreed.",
        "It leaves out the bill and sends the local slope alone.": "Then tanh(a·b) would have come out wrong: two "
        "local slopes have to be multiplied there.",
        "None: it agreed with nudging.": "It agreed on those expressions. A test is as good as the cases it tries.",
    },
    because="In those expressions each number is used once, and = and += do the same. Whenever you test a gradient, "
    "use each variable twice.",
)

THIS = chapter("03_backpropagation", globals())
__getattr__ = suggest(__name__, globals())


def progress():
    """Show this chapter's exercises and questions with what you have done so far."""
    return table_of(THIS)

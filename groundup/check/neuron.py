"""Chapter 01's exercises and questions."""

import numpy as np

from groundup.check.exercise import Exercise, Slope, Worked, chapter, suggest
from groundup.check.quiz import Question
from groundup.check.table import table_of


def _sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1, e) / (1 + e)


def _plain_sigmoid(z):
    return 1 / (1 + np.exp(-np.asarray(z, dtype=float)))


def _batch(rng, n, d):
    """x (n, d), y (n,) of 0 and 1 with both present where possible, w (d,), b."""
    y = rng.integers(0, 2, n).astype(float)
    y[:2] = [1.0, 0.0][: len(y)]
    return rng.normal(size=(n, d)), y, rng.normal(size=d), float(rng.normal())


# 1.1 ------------------------------------------------------------------------------------------------------------------

weighted_sum = Exercise(
    title="The weighted sum of many examples at once",
    level="warm-up",
    minutes=4,
    reference=lambda x, w, b: x @ w + b,
    worked=Worked(
        (np.array([[2.0, 3.0], [0.0, 1.0], [1.0, 0.0]]), np.array([1.0, -2.0]), 1.0),
        np.array([-3.0, -1.0, 2.0]),
        "the first row: 1·2 − 2·3 + 1",
    ),
    cases=lambda rng: [
        (rng.normal(size=(n, d)), rng.normal(size=d), float(rng.normal())) for n, d in [(4, 3), (2, 5), (3, 3)]
    ],
    edges={
        "one row": (np.array([[0.5, -1.0, 2.0]]), np.array([1.0, 2.0, 3.0]), -0.5),
        "integers": (np.array([[1, 2], [3, 4], [5, 6]]), np.array([7, 8]), 9),
    },
    mistakes={
        "You multiplied and did not add: there is still a number for every input. Each example wants one sum, over "
        "its inputs.": lambda x, w, b: x * w + b,
        "The bias is missing.": lambda x, w, b: x @ w,
        "The bias is to be added once to each sum; you added it to every product, so it came in once for each "
        "input.": lambda x, w, b: (x * w + b).sum(axis=1),
        "You added up down the columns, over the examples. Add along each row, over the inputs.": lambda x, w, b: (
            (x * w).sum(axis=0) + b
        ),
        "You gave only the first example's sum. Each row is an example.": lambda x, w, b: x[0] @ w + b,
        "You added everything up into one number. Each example wants its own sum.": lambda x, w, b: (x * w).sum() + b,
        "The bias is added, not subtracted.": lambda x, w, b: x @ w - b,
        "You added the bias to every weight, so each input brings its share of it: the bias stands outside the "
        "product.": lambda x, w, b: x @ (w + b),
        "That is one step too far: only the sum is asked for, without an activation.": lambda x, w, b: _sigmoid(
            x @ w + b
        ),
    },
    styles={
        "loops": lambda x, w, b: np.array([sum(xi * wi for xi, wi in zip(row, w, strict=True)) + b for row in x]),
        "axis sum": lambda x, w, b: (x * w).sum(axis=1) + b,
        "einsum": lambda x, w, b: np.einsum("nd,d->n", x, w) + b,
        "float32": lambda x, w, b: x.astype(np.float32) @ w.astype(np.float32) + np.float32(b),
    },
    hints=[
        "For one example it is w·x + b. What does @ do with x of shape (n, d) and w of shape (d,)?",
        "(n, d) @ (d,) gives (n,): the d in the middle is summed over. A number added to an array is added to each "
        "entry.",
    ],
)

# 1.2 ------------------------------------------------------------------------------------------------------------------

sigmoid = Exercise(
    title="A sigmoid that does not overflow",
    minutes=8,
    reference=_sigmoid,
    worked=Worked((np.array([0.0, np.log(3.0), -np.log(3.0)]),), np.array([0.5, 0.75, 0.25]), "at ln 3: 1/(1 + 1/3)"),
    cases=lambda rng: [(rng.normal(size=n) * 3,) for n in (4, 7)] + [(rng.normal(size=(2, 3)),)],
    edges={
        "large and small z": (np.array([-1000.0, -50.0, 50.0, 1000.0]),),
        "integers": (np.array([-2, 0, 3]),),
        "one value": (np.array([0.7]),),
    },
    mistakes={
        "For large negative z, e^(−z) overflows on the way. Which exponential never grows beyond 1, whatever z "
        "is?": lambda z: 1 / (1 + np.exp(-z)),
        "For large positive z, e^z overflows, and infinity by infinity is no number. Which exponential never grows "
        "beyond 1?": lambda z: np.exp(z) / (1 + np.exp(z)),
        "np.where computes both of its branches everywhere and then throws one away; so each of them meets the z "
        "that it cannot bear. Use only an exponential that never grows beyond 1.": lambda z: np.where(
            z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z))
        ),
        "A bracket is missing: 1 / 1 + ... divides first and adds then.": lambda z: 1 / 1 + np.exp(-z),
        "Yours falls where the sigmoid rises: look at the sign in the exponent.": lambda z: (
            1 / (1 + np.exp(np.minimum(z, 700)))
        ),
        "That is tanh: it runs from −1 to 1. The sigmoid runs from 0 to 1.": lambda z: np.tanh(z),
        "Half of it: tanh has the right form, but it must be shrunk and lifted, and its z halved.": lambda z: (
            0.5 * (1 + np.tanh(z))
        ),
        "This is the sigmoid's slope, not the sigmoid.": lambda z: _sigmoid(z) * (1 - _sigmoid(z)),
        "e^(−|z|) is the right idea. But for z ≥ 0 and z < 0 the numerator differs.": lambda z: (
            1 / (1 + np.exp(-np.abs(z)))
        ),
    },
    styles={
        "two halves": lambda z: np.where(
            z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z)))
        ),
        "by tanh": lambda z: 0.5 * (1 + np.tanh(z / 2)),
        "logaddexp": lambda z: np.exp(-np.logaddexp(0, -z)),
        "clipped": lambda z: 1 / (1 + np.exp(-np.clip(z, -500, 500))),
        "loop": lambda z: np.array(
            [1 / (1 + np.exp(-v)) if v >= 0 else np.exp(v) / (1 + np.exp(v)) for v in z.ravel()]
        ).reshape(z.shape),
        "float32": lambda z: _sigmoid(z).astype(np.float32),
    },
    hints=[
        "Try np.exp(1000) and np.exp(-1000). Which of the two is harmless?",
        "Multiply numerator and denominator of 1/(1 + e^(−z)) by e^z. Now you have two forms; each is safe for one "
        "sign of z.",
        "np.exp(-np.abs(z)) is safe for every z. np.where(z >= 0, A, B) chooses between two numerators.",
    ],
)

# 1.3 ------------------------------------------------------------------------------------------------------------------

cut_height = Exercise(
    title="Where is the cut?",
    minutes=7,
    reference=lambda w, b, x1: -(w[0] * np.asarray(x1) + b) / w[1],
    worked=Worked(
        (np.array([1.0, -2.0]), 1.0, np.array([1.0, 3.0])),
        np.array([1.0, 2.0]),
        "1·1 − 2·1 + 1 = 0, and 1·3 − 2·2 + 1 = 0",
    ),
    cases=lambda rng: [
        (rng.normal(size=2) + np.array([0.0, 3.0]), float(rng.normal()), rng.normal(size=n)) for n in (2, 5)
    ],
    edges={
        "a level cut": (np.array([0.0, 2.0]), -3.0, np.array([-1.0, 0.0, 4.0])),
        "one point": (np.array([1.5, 0.5]), -0.5, np.array([2.0])),
        "integers": (np.array([3, 2]), 1, np.array([1, 2, 5])),
    },
    mistakes={
        "The slope is upside down: solve w₁x₁ + w₂x₂ + b = 0 for x₂, and see which weight you divide "
        "by.": lambda w, b, x1: -(w[1] * x1 + b) / w[0] if w[0] else np.full(np.shape(x1), np.inf),
        "The signs are turned: when x₂'s term stays alone on its side, all that moves across changes its "
        "sign.": lambda w, b, x1: (w[0] * x1 + b) / w[1],
        "b moves across too, so its sign changes with it.": lambda w, b, x1: (-w[0] * x1 + b) / w[1],
        "b is divided by w₂ too: put brackets around the whole numerator.": lambda w, b, x1: -w[0] * x1 / w[1] - b,
        "Everything that moved across is divided by w₂, w₁x₁ too: put brackets around the whole numerator.": (
            lambda w, b, x1: -w[0] * x1 - b / w[1]
        ),
        "Two things at once: b's sign changes when it moves across, and w₁x₁ is divided by w₂ as well.": (
            lambda w, b, x1: -w[0] * x1 + b / w[1]
        ),
        "w₂ multiplies x₂, so to free x₂ you divide by it; you multiplied.": lambda w, b, x1: -(w[0] * x1 + b) * w[1],
        "x₂ still carries its weight: divide by w₂.": lambda w, b, x1: -(w[0] * x1 + b),
        "Where is b? Without it every cut goes through the origin.": lambda w, b, x1: -w[0] * x1 / w[1],
        "That is z at x₂ = 0, not the height at which z is 0.": lambda w, b, x1: w[0] * x1 + b,
        "That is the direction of w itself. The cut stands at a right angle to it.": lambda w, b, x1: (
            (w[1] * x1 - b) / w[0] if w[0] else np.full(np.shape(x1), np.inf)
        ),
    },
    styles={
        "slope and height": lambda w, b, x1: (-w[0] / w[1]) * x1 + (-b / w[1]),
        "loop": lambda w, b, x1: np.array([(-b - w[0] * v) / w[1] for v in x1]),
    },
    hints=[
        "The cut is where the sum is zero. Write down that equation with x₁ and x₂ in it.",
        "Solve w₁x₁ + w₂x₂ + b = 0 for x₂: bring the other two across, then divide.",
    ],
)

# 1.4 ------------------------------------------------------------------------------------------------------------------

mean_squared_error = Exercise(
    title="A loss, and the commonest shape mistake of all",
    minutes=7,
    reference=lambda prediction, target: np.mean((np.ravel(prediction) - np.ravel(target)) ** 2),
    worked=Worked(
        (np.array([1.0, 2.0, 3.0]), np.array([[2.0], [3.0], [5.0]])), 2.0, "errors −1, −1, −2; (1 + 1 + 4)/3"
    ),
    cases=lambda rng: (
        [(rng.normal(size=n), rng.normal(size=(n, 1))) for n in (4, 6)] + [(rng.normal(size=5), rng.normal(size=5))]
    ),
    edges={
        "one example": (np.array([2.0]), np.array([[5.0]])),
        "integers": (np.array([1, 2, 4]), np.array([[0], [2], [1]])),
    },
    mistakes={
        "(n,) minus (n, 1) is no list of n errors: NumPy stretches both to (n, n) and subtracts everything from "
        "everything. Bring both to the same shape first.": lambda p, t: np.mean((p - t) ** 2),
        "There are too many squares in your sum: (n,) minus (n, 1) gives all n · n differences between everything and "
        "everything. Bring both to the same shape first.": lambda p, t: ((p - t) ** 2).sum() / len(p),
        "Right for a column. But a flat target meets your column, and (n, 1) minus (n,) gives n · n differences. "
        "Make it right for both.": lambda p, t: np.mean((p[:, None] - t) ** 2),
        "The errors are to be squared before the mean is taken.": lambda p, t: np.mean(np.ravel(p) - np.ravel(t)),
        "Divide by n. The n − 1 belongs to a standard deviation, where the mean was estimated from the same numbers.": (
            lambda p, t: np.sum((np.ravel(p) - np.ravel(t)) ** 2) / np.float64(len(p) - 1)
        ),
        "You added the squares up; the mean divides by how many there are.": lambda p, t: np.sum(
            (np.ravel(p) - np.ravel(t)) ** 2
        ),
        "You took the root as well. The loss is the mean square itself.": lambda p, t: np.sqrt(
            np.mean((np.ravel(p) - np.ravel(t)) ** 2)
        ),
        "The errors are to be squared; you took their size.": lambda p, t: np.mean(np.abs(np.ravel(p) - np.ravel(t))),
        "Square first, then take the mean. In your order, errors of opposite sign cancel.": lambda p, t: (
            np.mean(np.ravel(p) - np.ravel(t)) ** 2
        ),
        "A factor of one half is sometimes put in front, but not here.": lambda p, t: (
            np.mean((np.ravel(p) - np.ravel(t)) ** 2) / 2
        ),
    },
    styles={
        "reshape": lambda p, t: ((p - t.reshape(p.shape)) ** 2).mean(),
        "loop": lambda p, t: (
            sum((float(a) - float(b)) ** 2 for a, b in zip(p.ravel(), t.ravel(), strict=True)) / len(p)
        ),
        "dot": lambda p, t: float((p - t.ravel()) @ (p - t.ravel())) / p.size,
        "float32": lambda p, t: np.float32(np.mean((p.ravel() - t.ravel()) ** 2)),
    },
    hints=[
        "Print (prediction - target).shape for the worked example before you go on.",
        "np.ravel(a) gives the same numbers with shape (n,).",
    ],
)

# 1.5 ------------------------------------------------------------------------------------------------------------------


def _through_p(z, y):
    p = _plain_sigmoid(z)
    return np.mean(-y * np.log(p) - (1 - y) * np.log(1 - p))


def _second_sign(z, y):
    p = _plain_sigmoid(z)
    return np.mean(-y * np.log(p) + (1 - y) * np.log(1 - p))


mean_surprise = Exercise(
    title="Surprise that survives a sure neuron",
    minutes=12,
    reference=lambda z, y: np.mean(np.logaddexp(0, z) - y * z),
    worked=Worked(
        (np.array([0.0, np.log(3.0)]), np.array([1.0, 0.0])),
        float(np.mean([np.log(2), np.log(4)])),
        "(ln 2 + ln 4)/2: p is 1/2, then 3/4",
    ),
    cases=lambda rng: [(rng.normal(size=n) * 2, (rng.random(n) < 0.4).astype(float)) for n in (5, 8)],
    edges={
        "sure and wrong": (np.array([800.0, -800.0, 1.0]), np.array([0.0, 1.0, 1.0])),
        "sure and right": (np.array([800.0, -800.0, 1.0]), np.array([1.0, 0.0, 0.0])),
        "one example, integers": (np.array([2]), np.array([1])),
    },
    mistakes={
        "For sure forecasts something became infinite on the way: p was rounded to 0 or 1 before its logarithm was "
        "taken, or e^z was too large. Put the sigmoid into the formula, simplify until ln(1 + e^z) is left, and look "
        "for the NumPy function that computes ln(e^a + e^b).": _through_p,
        "ln(1 + e^z) − y·z is the right formula. But e^z overflows for large z; NumPy has a function that computes "
        "ln(e^a + e^b) without forming it.": lambda z, y: np.mean(np.log(1 + np.exp(z)) - y * z),
        "The sign: a surprise is never negative. And for sure forecasts p was rounded to 0 or 1.": (
            lambda z, y: -_through_p(z, y)
        ),
        "The second term needs its minus too: −(1 − y) ln(1 − p).": lambda z, y: _second_sign(z, y),
        "The two pieces do not fit together: with − y·z the logarithm is that of 1 + e^z, not of 1 + e^(−z).": (
            lambda z, y: np.mean(np.logaddexp(0, -z) - y * z)
        ),
        "That is with logarithms to base 10. This course counts in nats, with the natural logarithm.": (
            lambda z, y: np.mean(np.logaddexp(0, z) - y * z) / np.log(10)
        ),
        "You gave each example's surprise; the loss is their mean.": lambda z, y: np.logaddexp(0, z) - y * z,
        "You added up; the loss is the mean.": lambda z, y: np.sum(np.logaddexp(0, z) - y * z),
        "The sign: a surprise is never negative.": lambda z, y: -np.mean(np.logaddexp(0, z) - y * z),
        "Zeros and ones are swapped: you are surprised by what did not happen.": lambda z, y: np.mean(
            np.logaddexp(0, -z) + y * z
        ),
        "Only the ones count in yours. A zero that was held for a one is a surprise too.": lambda z, y: np.mean(
            y * np.logaddexp(0, -z)
        ),
        "That is in bits. This course counts in nats, with the natural logarithm.": lambda z, y: (
            np.mean(np.logaddexp(0, z) - y * z) / np.log(2)
        ),
        "Adding a small number inside the logarithm hides the infinity, but it puts a ceiling on the surprise: wrong "
        "at z = 800 should cost "
        "800.": lambda z, y: np.mean(-y * np.log(_sigmoid(z) + 1e-12) - (1 - y) * np.log(1 - _sigmoid(z) + 1e-12)),
        "Clipping p hides the infinity, but it puts a ceiling on the surprise: wrong at z = 800 should cost "
        "800.": lambda z, y: np.mean(
            -y * np.log(np.clip(_sigmoid(z), 1e-7, 1)) - (1 - y) * np.log(np.clip(1 - _sigmoid(z), 1e-7, 1))
        ),
    },
    styles={
        "max and log1p": lambda z, y: np.mean(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))),
        "signed": lambda z, y: np.logaddexp(0, np.where(y == 1, -z, z)).mean(),
        "loop": lambda z, y: (
            sum(max(v, 0) - u * v + np.log1p(np.exp(-abs(v))) for v, u in zip(z.tolist(), y.tolist(), strict=True))
            / len(z)
        ),
    },
    hints=[
        "Where y is 1 the surprise is −ln σ(z) = ln(1 + e^(−z)). What is it where y is 0?",
        "Both cases in one: ln(1 + e^z) − y·z. Check it with y = 1.",
        "np.logaddexp(a, b) is ln(e^a + e^b), safely. Which a gives the 1?",
    ],
)

# 1.6 ------------------------------------------------------------------------------------------------------------------


def _gradient(x, y, w, b):
    error = _sigmoid(x @ w + b) - y
    return x.T @ error / len(y), np.mean(error)


def _gradient_with_slope(x, y, w, b):
    p = _sigmoid(x @ w + b)
    error = (p - y) * p * (1 - p)
    return x.T @ error / len(y), np.mean(error)


def _scaled(dw_by, db_by):
    def wrong(x, y, w, b):
        dw, db = _gradient(x, y, w, b)
        n = len(y)
        return dw * dw_by(n), db * db_by(n)

    return wrong


def _surprise_of(x, y, w, b):
    z = x @ w + b
    return np.mean(np.logaddexp(0, z) - y * z)


def _in_place(x, y, w, b):
    y -= _sigmoid(x @ w + b)
    return -x.T @ y / len(y), -np.mean(y)


surprise_gradient = Exercise(
    title="The gradient of the mean surprise",
    minutes=12,
    needs=["sigmoid"],
    reference=_gradient,
    worked=Worked(
        (np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 2.0]]), np.array([1.0, 0.0, 1.0]), np.zeros(2), 0.0),
        (np.array([1 / 3, -5 / 6]), -1 / 6),
        "p is 1/2 each time, the errors are −1/2, 1/2, −1/2; for w₁: (−1/2·1 + 1/2·3 − 1/2·0)/3",
    ),
    cases=lambda rng: [_batch(rng, n, d) for n, d in [(5, 3), (3, 4), (4, 4)]],
    edges={
        "one example": _batch(np.random.default_rng(5), 1, 3),
        "large inputs": (np.array([[900.0, 1.0], [-900.0, 2.0]]), np.array([0.0, 1.0]), np.array([1.0, 1.0]), 0.0),
        "integers": (np.array([[1, 2], [0, 3], [4, 1]]), np.array([1, 0, 0]), np.array([1, -1]), 0),
    },
    slope=Slope(_surprise_of, (2, 3), "the mean surprise"),
    mistakes={
        "You kept the sigmoid's slope p(1 − p). In the surprise it cancels: what remains is forecast minus "
        "fact.": _gradient_with_slope,
        "That is the gradient of the squared error, 2(p − y)·p(1 − p)·x. The loss here is the surprise.": (
            lambda x, y, w, b: tuple(2 * g for g in _gradient_with_slope(x, y, w, b))
        ),
        "x.size counts all numbers in the table, n · d. Divide by the number of examples.": (
            lambda x, y, w, b: (_gradient(x, y, w, b)[0] / x.shape[1], _gradient(x, y, w, b)[1])
        ),
        "A factor one half is sometimes put before a squared error. Surprise has none.": _scaled(
            lambda n: 0.5, lambda n: 0.5
        ),
        "You divided by n twice: a mean has already divided.": _scaled(lambda n: 1 / n, lambda n: 1 / n),
        "You divided dw by n twice; db is right.": _scaled(lambda n: 1 / n, lambda n: 1),
        "You divided by nothing. The loss is a mean over n examples, and so is its gradient.": _scaled(
            lambda n: n, lambda n: n
        ),
        "dw is right. db is a mean too, not a sum.": _scaled(lambda n: 1, lambda n: n),
        "dw was not divided by n; db was.": _scaled(lambda n: n, lambda n: 1),
        "The sign is turned: forecast minus fact, not fact minus forecast.": _scaled(lambda n: -1, lambda n: -1),
        "That is the gradient for the sum z itself, without a sigmoid: the forecast is p, not z.": lambda x, y, w, b: (
            x.T @ (x @ w + b - y) / len(y),
            np.mean(x @ w + b - y),
        ),
        "The two results are in the wrong order: first dw, then db.": lambda x, y, w, b: _gradient(x, y, w, b)[::-1],
        "The bias is missing from your forecast.": lambda x, y, w, b: _gradient(x, y, w, 0.0),
        "The gradient is right, but you wrote into y on the way.": _in_place,
        "A factor 2 belongs to the squared error. Surprise has none.": _scaled(lambda n: 2, lambda n: 2),
    },
    styles={
        "loop": lambda x, y, w, b: (
            sum((_sigmoid(row @ w + b) - t) * row for row, t in zip(x, y, strict=True)) / len(y),
            sum(_sigmoid(row @ w + b) - t for row, t in zip(x, y, strict=True)) / len(y),
        ),
        "mean": lambda x, y, w, b: [
            ((_sigmoid(x @ w + b) - y)[:, None] * x).mean(axis=0),
            (_sigmoid(x @ w + b) - y).mean(),
        ],
        "float32": lambda x, y, w, b: tuple(np.float32(v) for v in _gradient(x, y, w, b)),
    },
    hints=[
        "Start with one example: how does its surprise change with its z? The lecture has it, three symbols long.",
        "z moves with w as fast as x. So each example contributes (p − y)·x to dw, and (p − y) to db.",
        "error has shape (n,), x has (n, d). x.T @ error has (d,) and has already added up over the examples.",
    ],
)

# 1.7 ------------------------------------------------------------------------------------------------------------------


def _descend(x, y, lr, steps, sign=-1.0, one_by_one=False, keep=1.0, start=0.0, once=False):
    w, b = np.zeros(x.shape[1]) + start, 0.0
    dw, db = first = _gradient(x, y, w, b)
    for _ in range(steps):
        dw, db = first if once else _gradient(x, y, w, b)
        w = keep * w + sign * lr * dw
        if one_by_one:
            db = _gradient(x, y, w, b)[1]
        b = keep * b + sign * lr * db
    return w, b


def _by_perceptron(x, y, lr, steps):
    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(steps):
        error = (x @ w + b >= 0) - y
        w, b = w - lr * x.T @ error / len(y), b - lr * np.mean(error)
    return w, b


def _loop_style(x, y, lr, steps):
    w, b = [0.0] * x.shape[1], 0.0
    for _ in range(steps):
        p = _sigmoid(x @ np.array(w) + b)
        w = [wj - lr * np.mean((p - y) * x[:, j]) for j, wj in enumerate(w)]
        b = b - lr * np.mean(p - y)
    return np.array(w), b


fit = Exercise(
    title="Gradient descent",
    minutes=10,
    needs=["surprise_gradient"],
    reference=_descend,
    worked=Worked(
        (np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 2.0]]), np.array([1.0, 0.0, 1.0]), 0.6, 1),
        (np.array([-0.2, 0.5]), 0.1),
        "one step from zero: minus 0.6 times (1/3, −5/6) and −1/6",
    ),
    cases=lambda rng: [(*_batch(rng, n, d)[:2], lr, steps) for n, d, lr, steps in [(6, 2, 0.5, 7), (5, 3, 1.0, 12)]],
    edges={
        "no step at all": (np.array([[1.0, 2.0]]), np.array([1.0]), 0.1, 0),
        "one example": (np.array([[2.0, -1.0, 0.5]]), np.array([1.0]), 0.3, 4),
        "integers": (np.array([[1, 2], [0, 3], [-2, 1]]), np.array([1, 0, 0]), 1, 3),
    },
    mistakes={
        "You walk uphill: the gradient points to where the loss grows, so step against it.": lambda x, y, lr, steps: (
            _descend(x, y, lr, steps, sign=1.0)
        ),
        "It stops after the first step: is the return inside the loop?": lambda x, y, lr, steps: _descend(
            x, y, lr, min(steps, 1)
        ),
        "w has already moved when you compute db. Both slopes belong to the place where you stand: compute both, "
        "then step.": lambda x, y, lr, steps: _descend(x, y, lr, steps, one_by_one=True),
        "w and b are set back to zero in each round: start them before the loop.": lambda x, y, lr, steps: _descend(
            x, y, lr, steps, keep=0.0
        ),
        "The learning rate is missing.": lambda x, y, lr, steps: _descend(x, y, 1.0, steps),
        "b never moves.": lambda x, y, lr, steps: _no_bias(x, y, lr, steps),
        "One step too many: range(steps) already counts steps of them.": lambda x, y, lr, steps: _descend(
            x, y, lr, steps + 1
        ),
        "One step too few: range(1, steps) begins at 1 and makes steps − 1 of them.": (
            lambda x, y, lr, steps: _descend(x, y, lr, max(0, steps - 1))
        ),
        "The slopes are computed once, before the loop. They belong to the place where you stand: compute them anew "
        "in each round.": lambda x, y, lr, steps: _descend(x, y, lr, steps, once=True),
        "You divided by the number of examples once more: the gradient is a mean already.": (
            lambda x, y, lr, steps: _descend(x, y, lr / len(y), steps)
        ),
        "Start from weights of zero, not of one.": lambda x, y, lr, steps: _descend(x, y, lr, steps, start=1.0),
        "w never moves.": lambda x, y, lr, steps: _only_bias(x, y, lr, steps),
        "This learns from yes or no, as Rosenblatt's rule does. Here the forecast is p, from the "
        "sigmoid.": _by_perceptron,
    },
    styles={"loops": _loop_style, "tuple state": lambda x, y, lr, steps: list(_descend(x, y, lr, steps))},
    hints=[
        "Before the loop: w of d zeros, b = 0. In the loop: the gradient where you stand, then a small step against "
        "it.",
        "surprise_gradient from the exercise before gives dw and db. Compute both before you change either.",
    ],
)


def _no_bias(x, y, lr, steps):
    w = np.zeros(x.shape[1])
    for _ in range(steps):
        w = w - lr * _gradient(x, y, w, 0.0)[0]
    return w, 0.0


def _only_bias(x, y, lr, steps):
    w, b = np.zeros(x.shape[1]), 0.0
    for _ in range(steps):
        b = b - lr * _gradient(x, y, w, b)[1]
    return w, b


# 1.8 ------------------------------------------------------------------------------------------------------------------

_X = np.array([1.0, 2.0, 4.0])
_HESSIAN = 2 * np.array([[np.mean(_X * _X), np.mean(_X)], [np.mean(_X), 1.0]])
_CURVATURES = np.linalg.eigvalsh(_HESSIAN)

largest_rate = Exercise(
    title="How large is too large?",
    minutes=10,
    reference=2 / _CURVATURES[1],
    rtol=2e-3,
    mistakes={
        "That is 1/λmax: there one step lands at the bottom of the steepest direction. It blows up only at twice "
        "that.": 1 / _CURVATURES[1],
        "That is the limit of the flattest direction. Which of the two blows up first?": 2 / _CURVATURES[0],
        "The mean squared error curves twice as strongly as you say: the 2 of the square is missing from the "
        "Hessian.": 4 / _CURVATURES[1],
        "That is λmax itself, the curvature. The limit is 2 divided by it.": _CURVATURES[1],
        "The Hessian is made of means, not of sums: divide by the number of examples.": 2 / _CURVATURES[1] / 3,
        "The Hessian is made of means, not of sums, and the 2 of the square belongs to it.": 4 / _CURVATURES[1] / 3,
        "The second derivatives belong to w and b together: you took w's alone. Ask for the eigenvalues of the "
        "whole matrix.": 2 / _HESSIAN[0, 0],
    },
    hints=[
        "Write the matrix of second derivatives of the mean squared error: for w and w, w and b, b and b.",
        "It is 2 times [[mean x², mean x], [mean x, 1]]. np.linalg.eigvalsh gives its eigenvalues.",
        "Or measure it: run gradient descent with several rates until you have found the border to three digits.",
    ],
)

# 1.9 ------------------------------------------------------------------------------------------------------------------

scale = Exercise(
    title="Scale without peeking",
    level="stretch",
    minutes=8,
    reference=lambda train, test: (
        (train - train.mean(axis=0)) / train.std(axis=0),
        (test - train.mean(axis=0)) / train.std(axis=0),
    ),
    worked=Worked(
        (np.array([[1.0, 10.0], [3.0, 30.0], [3.0, 10.0], [1.0, 30.0]]), np.array([[2.0, 50.0], [4.0, 0.0]])),
        (np.array([[-1.0, -1.0], [1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]]), np.array([[0.0, 3.0], [2.0, -2.0]])),
        "the means are 2 and 20, the standard deviations 1 and 10",
    ),
    cases=lambda rng: [(rng.normal(3, 2, (n, d)), rng.normal(2, 3, (m, d))) for n, m, d in [(6, 4, 3), (5, 2, 2)]],
    edges={
        "one test row": (np.array([[1.0, 2.0], [2.0, 5.0], [4.0, 3.0]]), np.array([[1.0, 1.0]])),
        "integers": (np.array([[1, 5], [3, 6], [8, 1]]), np.array([[2, 2], [4, 4]])),
    },
    mistakes={
        "You scaled the test part with its own mean and spread. The neuron would get another unit than it was "
        "trained with, and the test part would have "
        "told you something about itself.": lambda a, b: ((a - a.mean(0)) / a.std(0), _own(b)),
        "Mean and spread were taken over both parts together: the test part has leaked into the "
        "training.": lambda a, b: _together(a, b),
        "You took one mean and one spread for the whole table. Every column is a measurement with a unit of its "
        "own: axis=0.": lambda a, b: (
            (a - a.mean()) / a.std(),
            (b - a.mean()) / a.std(),
        ),
        "You centred and did not divide by the standard deviation.": lambda a, b: (a - a.mean(0), b - a.mean(0)),
        "You divided by the variance; its root is the standard deviation.": lambda a, b: (
            (a - a.mean(0)) / a.var(0),
            (b - a.mean(0)) / a.var(0),
        ),
        "The training part is scaled, the test part came out as it went in. Was it forgotten, or did you overwrite "
        "train before its mean was taken for test?": lambda a, b: ((a - a.mean(0)) / a.std(0), b),
        "The test part is measured from its own mean, though in the right unit. Take the mean from train as well.": (
            lambda a, b: ((a - a.mean(0)) / a.std(0), (b - b.mean(0)) / a.std(0))
        ),
        "np.std divides by n here; with ddof=1 your unit is a little larger.": lambda a, b: (
            (a - a.mean(0)) / a.std(0, ddof=1),
            (b - a.mean(0)) / a.std(0, ddof=1),
        ),
        "You divided and did not subtract the mean first.": lambda a, b: (a / a.std(0), b / a.std(0)),
        "A bracket is missing: subtract first, then divide.": lambda a, b: (
            a - a.mean(0) / a.std(0),
            b - a.mean(0) / a.std(0),
        ),
        "axis=0 runs over the rows and leaves one number a column. You scaled each row by itself.": lambda a, b: (
            _rows(a),
            _rows(b),
        ),
    },
    styles={
        "columns": lambda a, b: (
            np.column_stack([(a[:, j] - a[:, j].mean()) / a[:, j].std() for j in range(a.shape[1])]),
            np.column_stack([(b[:, j] - a[:, j].mean()) / a[:, j].std() for j in range(a.shape[1])]),
        )
    },
    hints=[
        "What would a penguin weigh, in your unit, if it came alone and you had to wait for others to know the mean?",
        "Compute mean and std once, from train, with axis=0; use them for both.",
    ],
)


def _own(b):
    return (b - b.mean(0)) / b.std(0)


def _together(a, b):
    both = np.concatenate([a, b])
    return (a - both.mean(0)) / both.std(0), (b - both.mean(0)) / both.std(0)


def _rows(a):
    return (a - a.mean(1, keepdims=True)) / a.std(1, keepdims=True)


# 1.10 -----------------------------------------------------------------------------------------------------------------


def _rosenblatt(
    x, y, w, b, fires=lambda z: z >= 0, sign=1.0, batch=False, with_bias=True, always=False, blind=False, signed=False
):
    w, b = np.array(w, dtype=float), float(b)
    w0, b0 = w.copy(), b
    corrections = 0
    for row, target in zip(x, y, strict=True):
        z = row @ w0 + b0 if batch else row @ w + (0.0 if blind else b)
        miss = target - float(fires(z))
        if always:
            miss = 2 * target - 1
        w = w + sign * miss * row
        b = b + sign * miss * with_bias
        corrections += miss if signed else miss != 0
    return w, b, int(corrections)


def _until_right(x, y, w, b, most=50):
    total = 0
    for _ in range(most):
        w, b, corrections = _rosenblatt(x, y, w, b)
        total += corrections
        if not corrections:
            break
    return w, b, total


perceptron_pass = Exercise(
    title="Rosenblatt's rule, one pass",
    level="stretch",
    minutes=12,
    reference=lambda x, y, w, b: _rosenblatt(x, y, w, b),
    worked=Worked(
        (np.array([[1.0, 2.0], [3.0, 1.0], [-1.0, 1.0]]), np.array([0.0, 1.0, 0.0]), np.zeros(2), 0.0),
        (np.array([2.0, -1.0]), 0.0, 2),
        "z = 0 fires, so the first row is subtracted; the second is then silent and is added; the third is right",
    ),
    cases=lambda rng: [_batch(rng, n, d) for n, d in [(9, 2), (12, 3)]],
    edges={
        "nothing to correct": (np.array([[1.0, 0.0], [-1.0, 0.5]]), np.array([1.0, 0.0]), np.array([1.0, 0.0]), 0.0),
        "z exactly 0": (np.array([[1.0, 1.0], [2.0, 2.0]]), np.array([1.0, 0.0]), np.array([1.0, -1.0]), 0.0),
        "one example": (np.array([[2.0, -1.0, 0.5]]), np.array([1.0]), np.array([-1.0, 0.5, 1.0]), 0.25),
        "integers": (np.array([[1, 2], [0, 3], [-2, 1]]), np.array([1, 0, 1]), np.array([1, -1]), 0),
    },
    mistakes={
        "The sign is turned: add the input when the neuron should have fired and was silent.": lambda x, y, w, b: (
            _rosenblatt(x, y, w, b, sign=-1.0)
        ),
        "All of your verdicts come from the weights at the start. The rule judges each example with the weights as "
        "they are by then.": lambda x, y, w, b: _rosenblatt(x, y, w, b, batch=True),
        "At z = 0 the neuron fires: z ≥ 0, as in the lecture.": lambda x, y, w, b: _rosenblatt(
            x, y, w, b, fires=lambda z: z > 0
        ),
        "The bias learns too, as if it were the weight of an input that is always 1.": lambda x, y, w, b: _rosenblatt(
            x, y, w, b, with_bias=False
        ),
        "You corrected the examples that were right as well. The rule learns from mistakes only.": lambda x, y, w, b: (
            _rosenblatt(x, y, w, b, always=True)
        ),
        "Begin with the weights and the bias that are given, not with zeros.": lambda x, y, w, b: _rosenblatt(
            x, y, np.zeros(len(w)), 0.0
        ),
        "The bias belongs to z: the neuron fires if w·x + b ≥ 0.": lambda x, y, w, b: _rosenblatt(
            x, y, w, b, blind=True
        ),
        "You counted with the sign, so that corrections up and down cancel. Count how often something was corrected.": (
            lambda x, y, w, b: _rosenblatt(x, y, w, b, signed=True)
        ),
        "It stops after the first row: is the return inside the loop?": lambda x, y, w, b: _rosenblatt(
            x[:1], y[:1], w, b
        ),
        "One pass only: yours goes on until nothing is wrong any more.": lambda x, y, w, b: _until_right(x, y, w, b),
        "The verdict is 0 or 1. You took the sigmoid, and so every example is a little wrong.": lambda x, y, w, b: (
            _rosenblatt(x, y, w, b, fires=_sigmoid)
        ),
    },
    styles={"if and else": lambda x, y, w, b: _with_ifs(x, y, w, b)},
    hints=[
        "Walk through the rows one at a time: for row, target in zip(x, y). What is the verdict with the weights of "
        "this moment?",
        "miss = target − verdict is 0, 1 or −1. Multiply, and the three cases become one line.",
    ],
)


def _with_ifs(x, y, w, b):
    w, corrections = w.copy(), 0
    for i in range(len(y)):
        fired = (x[i] * w).sum() + b >= 0
        if fired and y[i] == 0:
            w, b, corrections = w - x[i], b - 1, corrections + 1
        elif not fired and y[i] == 1:
            w, b, corrections = w + x[i], b + 1, corrections + 1
    return w, b, corrections


# Questions ------------------------------------------------------------------------------------------------------------

what_bias_moves = Question(
    "You raise the bias of a neuron with two inputs and leave the weights alone. What happens to its cut?",
    right="It slides, parallel to itself, towards the side of the zeros.",
    wrong={
        "It turns around the origin.": "Turning is what the weights do. The normal of the cut is w, and w did not "
        "change.",
        "It slides towards the side of the ones.": "Then there would be fewer ones. A larger b makes every z "
        "larger, so more points are ones.",
        "It stays; only the sums grow.": "All sums grow, and so some points whose z was just below 0 are now above it.",
    },
    because="Every z grows by the same amount. The points where z is 0 are now those where it was negative before.",
)

sure_and_wrong = Question(
    "Two forecasts were wrong: one said p = 0.1 for what then happened, the other 0.01. How much more surprised is "
    "the second?",
    right="By ln 10, about 2.3 nats more.",
    wrong={
        "Ten times as much.": "The probability is a tenth. Surprise is minus its logarithm, and a logarithm turns "
        "factors into sums.",
        "By 0.09.": "That is the difference of the probabilities. Surprise takes logarithms first.",
        "Twice as much, always when a zero is added.": "Here it happens to be: 2.3 and 4.6. From 0.01 to 0.001 it "
        "is only half as much again.",
    },
    because="−ln 0.01 = −ln 0.1 + ln 10. Each factor of ten adds the same amount.",
)

why_scale = Question(
    "Why did 30 steps on scaled flippers reach what 200 steps on decimetres did not?",
    right="The landscape became round, so one step length suits all directions.",
    wrong={
        "Smaller numbers are computed faster.": "Both runs did the same arithmetic for each step. It is the number "
        "of steps that differs.",
        "Scaling made the penguins easier to tell apart.": "The best line is off by as much before as after: 0.393 "
        "kg. Only the way to it changed.",
        "The learning rate was larger in effect.": "It was 0.1 in both. On decimetres a larger one than 0.198 blows "
        "up, because the canyon's wall is steep.",
    },
    because="In the canyon the steep wall limits the step, and along the flat floor such steps get nowhere.",
)

template_vote = Question(
    "In the picture of learnt weights for *3 against 8*, the left side is blue. What does that say?",
    right="Ink there is evidence against a 3.",
    wrong={
        "There is no ink there in a 3.": "Near enough, but a weight of zero would say that too, or that ink there "
        "tells nothing. Blue says more: it votes.",
        "Ink there is evidence for a 3.": "Blue is negative: it lowers z, and a larger z means *a 3*.",
        "The neuron ignores these pixels.": "Ignored pixels have weight zero and the colour of the paper.",
    },
    because="The weight multiplies the ink. Negative weight times ink lowers z, and a low z means *an 8*.",
)

THIS = chapter("01_neuron", globals())
__getattr__ = suggest(__name__, globals())


def progress():
    """Show this chapter's exercises and questions with what you have done so far."""
    return table_of(THIS)

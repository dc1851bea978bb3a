"""Chapter 02's exercises and questions."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from groundup.check.exercise import Exercise, Worked, chapter, suggest
from groundup.check.quiz import Question
from groundup.check.table import table_of


def _relu(z):
    return np.maximum(0, z)


def _sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(np.asarray(z) >= 0, 1, e) / (1 + e)


# 2.1 ------------------------------------------------------------------------------------------------------------------

layer = Exercise(
    title="A layer of ReLU units",
    level="warm-up",
    minutes=4,
    reference=lambda x, w, b: _relu(x @ w + b),
    worked=Worked(
        (
            np.array([[1.0, 2.0], [3.0, -1.0]]),
            np.array([[1.0, -1.0, 0.0], [2.0, 1.0, -3.0]]),
            np.array([-4.0, 1.0, 2.0]),
        ),
        np.array([[1.0, 2.0, 0.0], [0.0, 0.0, 5.0]]),
        "first row, first unit: 1·1 + 2·2 − 4",
    ),
    cases=lambda rng: [
        (rng.normal(size=(n, d)), rng.normal(size=(d, m)), rng.normal(size=m)) for n, d, m in [(4, 3, 5), (2, 5, 4)]
    ],
    edges={
        "one row": (np.array([[0.5, -1.0, 2.0]]), np.arange(-3.0, 3.0).reshape(3, 2), np.array([0.5, -1.0])),
        "as many inputs as units": (
            np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0], [2.0, -2.0, 1.0]]),
            np.array([[1.0, -2.0, 0.5], [3.0, 1.0, 0.0], [0.0, 2.0, -1.0]]),
            np.array([0.5, -1.0, 2.0]),
        ),
        "integers": (np.array([[1, 2], [3, 4]]), np.array([[5, -6, 7], [-8, 9, 1]]), np.array([1, -2, 3])),
    },
    mistakes={
        "That is the layout (outputs, inputs), as PyTorch stores it. Here w is (d, m), a column a unit: no transpose "
        "is needed.": lambda x, w, b: _relu(x @ w.T + b),
        "Rows and columns are mixed up: it is each example's row that meets each unit's column, so x stands "
        "first.": lambda x, w, b: _relu(w @ x + b),
        "@ adds up over the inputs; * multiplies number by number and needs tables of one shape.": lambda x, w, b: (
            _relu(x * w + b)
        ),
        "The bias is there once for each unit, a row (m,) that is added to every example. Made a column, it would "
        "belong to the examples.": lambda x, w, b: _relu(x @ w + b[:, None]),
        "The bias comes before the bend: ReLU of the whole sum.": lambda x, w, b: _relu(x @ w) + b,
        "The bend is missing: nothing below zero may pass.": lambda x, w, b: x @ w + b,
        "The bias is missing.": lambda x, w, b: _relu(x @ w),
        "The bias is added, not subtracted.": lambda x, w, b: _relu(x @ w - b),
        "You bent the inputs. ReLU comes after the sum.": lambda x, w, b: _relu(x) @ w + b,
        "Yours turns negative sums into positive ones. ReLU stops them.": lambda x, w, b: np.abs(x @ w + b),
        "Yours lets the negative sums pass and stops the others.": lambda x, w, b: np.minimum(0, x @ w + b),
        "That is ReLU's slope, 0 or 1. The sum itself is to pass where it is positive.": lambda x, w, b: np.where(
            x @ w + b > 0, 1.0, 0.0
        ),
        "That is a sigmoid; the units here are ReLU.": lambda x, w, b: _sigmoid(x @ w + b),
        "You gave one example only. Each row of x is one.": lambda x, w, b: _relu(x[0] @ w + b),
        "All units of an example were added up. The layer gives one number a unit.": lambda x, w, b: _relu(
            x @ w + b
        ).sum(axis=1),
        "Python's max wants to know which of two things is larger, once; for a table there is no one answer. You want "
        "the larger of two for each number by itself: look for NumPy's own.": lambda x, w, b: max(0, x @ w + b),
        "np.max looks for the largest number in one table, and takes your table for the name of an axis. You want "
        "the larger of two for each number by itself.": lambda x, w, b: np.max(0, x @ w + b),
        "Turned on its side, the product has a row for each unit, (m, n), and the bias does not fit. With which of the "
        "two first does it come out as (n, m)?": lambda x, w, b: _relu(w.T @ x.T + b),
        "There is a lid on yours at 1. ReLU stops what is below zero and has no upper end.": lambda x, w, b: np.clip(
            x @ w + b, 0, 1
        ),
        "Picking out the positive sums loses their places. The others stay in the table, as zeros.": lambda x, w, b: (
            z := x @ w + b
        )[z > 0],
    },
    styles={
        "where": lambda x, w, b: np.where(x @ w + b > 0, x @ w + b, 0),
        "loops": lambda x, w, b: np.array(
            [[max(0.0, sum(row * w[:, j]) + b[j]) for j in range(len(b))] for row in x],
        ),
        "einsum": lambda x, w, b: np.einsum("nd,dm->nm", x, w).__add__(b).clip(0),
        "mask": lambda x, w, b: (x @ w + b) * (x @ w + b > 0),
        "float32": lambda x, w, b: _relu(x.astype(np.float32) @ w.astype(np.float32) + b.astype(np.float32)),
    },
    hints=[
        "x is (n, d), w is (d, m). Which product gives (n, m)? What does NumPy do when (m,) is added to that?",
        "np.maximum(a, b) takes the larger of two, number by number; one of them may be a plain 0.",
    ],
)

# 2.2 ------------------------------------------------------------------------------------------------------------------

outgoing = Exercise(
    title="Three switches, one lamp",
    minutes=10,
    reference=np.array([1.0, -2.0, 2.0]),
    mistakes={
        "With three switches on, z is −1½ here: after the crease at 2 it has to rise again.": np.array(
            [1.0, -2.0, 0.0]
        ),
        "Those are the slopes that z shall have on the three pieces. A weight is what its unit adds to the slope that "
        "was there before.": np.array([1.0, -1.0, 1.0]),
        "After the crease at 2 yours is level: the last unit only stops the fall. z has to rise again.": np.array(
            [1.0, -2.0, 1.0]
        ),
        "The last unit pulls the same way as the one before, and z falls faster and faster. Which way has it to "
        "go there?": np.array([1.0, -2.0, -2.0]),
        "After the crease at 2 yours rises twice too steeply: the slope there is the sum of all three weights.": (
            np.array([1.0, -2.0, 3.0])
        ),
        "All signs are turned: the lamp burns for even numbers.": np.array([-1.0, 2.0, -2.0]),
        "The first piece is right. At the crease at 1 z becomes level and stays so: it should fall.": np.array(
            [1.0, -1.0, 0.0]
        ),
        "Right in form, and twice too large: z goes from −1/2 to 1/2 in one step, so the first slope is 1.": np.array(
            [2.0, -4.0, 4.0]
        ),
        "Those are in the reverse order: the first weight belongs to the unit that wakes up first.": np.array(
            [2.0, -2.0, 1.0]
        ),
        "All three push upwards, so z rises faster and faster. Where should it fall?": np.array([1.0, 1.0, 1.0]),
        "With these z is ½ and −½ without the last term, −½, of the formula. It belongs to z.": np.array(
            [0.5, -1.5, 2.0]
        ),
        "With these z is 1 where the lamp burns and 0 where it does not. It is to be ½ and −½.": np.array(
            [1.5, -2.5, 2.0]
        ),
        "Right in form, and half as large as it should be: with one switch on, z only comes to 0.": np.array(
            [0.5, -1.0, 1.0]
        ),
    },
    hints=[
        "Write c for the number of switches that are on. What should z be at c = 0, 1, 2, 3? Draw it.",
        "From c = 0 to 1 only the first unit is awake, so its weight is the slope there. What do the second and the "
        "third have to add to it?",
    ],
)

# 2.3 ------------------------------------------------------------------------------------------------------------------


def _bends(knots, heights):
    slopes = np.diff(heights) / np.diff(knots)
    return np.diff(slopes, prepend=0.0)


def _by_solving(knots, heights):
    units = _relu(knots[1:, None] - knots[:-1])
    return np.linalg.solve(units, heights[1:] - heights[0])


def _by_loop(knots, heights):
    found, before = [], 0.0
    for j in range(len(knots) - 1):
        slope = (heights[j + 1] - heights[j]) / (knots[j + 1] - knots[j])
        found.append(slope - before)
        before = slope
    return np.array(found)


def _upside_down(knots, heights):
    rises = np.diff(heights)
    return np.diff(np.diff(knots) / np.where(rises, rises, 1e-9), prepend=0.0)


def _by_places(knots, heights):
    return np.diff(heights[1:] / np.where(knots[1:], knots[1:], 1e-9), prepend=0.0)


def _minus_the_last_weight(knots, heights):
    found = []
    for slope in np.diff(heights) / np.diff(knots):
        found.append(slope - (found[-1] if found else 0.0))
    return np.array(found)


def _into_whole_numbers(knots, heights):
    found = np.zeros_like(heights[1:])
    found[:] = _bends(knots, heights)
    return found


def _after_the_last(knots, heights):
    slopes = np.diff(heights) / np.diff(knots)
    return slopes - np.roll(slopes, 1)


bend_weights = Exercise(
    title="A curve with given bends",
    minutes=8,
    reference=_bends,
    worked=Worked(
        (np.array([0.0, 1.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 2.0])),
        np.array([2.0, -2.5, 0.5]),
        "the slopes are 2, −1/2 and 0",
    ),
    cases=lambda rng: [(np.cumsum(rng.uniform(0.3, 2, n)) - 2, rng.normal(size=n)) for n in (4, 6)],
    edges={
        "one piece": (np.array([1.0, 3.0]), np.array([2.0, 5.0])),
        "one knot, no piece": (np.array([1.0]), np.array([2.0])),
        "integers": (np.array([0, 2, 3, 7]), np.array([1, 4, 5, 3])),
    },
    mistakes={
        "Those are the slopes of the pieces. A unit brings what the slope *changes* where it wakes up; the units "
        "before it are still there.": lambda k, h: np.diff(h) / np.diff(k),
        "Those are the changes of height. A slope is a change of height divided by the width of its piece.": (
            lambda k, h: np.diff(np.diff(h) / 1.0, prepend=0.0)
        ),
        "The first unit is missing: before it the slope is 0, so it brings the whole slope of the first piece.": (
            lambda k, h: np.diff(np.diff(h) / np.diff(k))
        ),
        "You measured the changes at the far ends of the pieces, with a slope of 0 after the last. A unit wakes up "
        "where its piece begins.": lambda k, h: np.diff(np.diff(h) / np.diff(k), append=0.0),
        "The signs are turned: where the curve becomes steeper, the weight is positive.": lambda k, h: -_bends(k, h),
        "Width by height: a slope is the change of the height divided by that of the knot.": _upside_down,
        "You divided the heights by their places. A slope needs differences of both.": _by_places,
        "You divided every piece by the same width. Each piece has its own.": lambda k, h: np.diff(
            np.diff(h) * (len(k) - 1) / (k[-1] - k[0] or 1), prepend=0.0
        ),
        "The changes are added up here; each unit brings only its own.": lambda k, h: np.cumsum(
            np.diff(h) / np.diff(k)
        ),
        "np.diff was taken of the slopes once too often.": lambda k, h: np.diff(_bends(k, h), prepend=0.0),
        "The first weight is not the height at the first knot: that is the output's bias.": lambda k, h: np.concatenate(
            [h[:1], np.diff(np.diff(h) / np.diff(k))]
        )[: len(k) - 1],
        "That is how far the curve climbs or falls from each knot to the next. How steep is that? And what does the "
        "unit find there already?": lambda k, h: np.diff(h) + 0.0,
        "You took away the weight of the unit before. The slope that a unit finds comes from all the units before it "
        "together.": _minus_the_last_weight,
        "Before the first knot the curve is level: the slope there is 0, not the first height.": lambda k, h: np.diff(
            np.diff(h) / np.diff(k), prepend=h[0]
        ),
        "The first weight came out as 0, as if the curve had its first slope already before the first knot. Who brings "
        "it?": lambda k, h: np.diff(s := np.diff(h) / np.diff(k), prepend=s[:1]),
        "// rounds every slope down to a whole number.": lambda k, h: np.diff(np.diff(h) // np.diff(k), prepend=0.0),
        "np.zeros_like of whole numbers holds whole numbers, and of a slope of one half it keeps 0.": (
            _into_whole_numbers
        ),
        "np.roll brings the last slope to the front, so the first unit is measured against the last piece.": (
            _after_the_last
        ),
    },
    styles={
        "loop": _by_loop,
        "solving for the heights": _by_solving,
        "concatenate": lambda k, h: np.concatenate([s := np.diff(h) / np.diff(k), []]) - np.concatenate([[0], s])[:-1],
        "float32": lambda k, h: _bends(k.astype(np.float32), h.astype(np.float32)).astype(np.float32),
    },
    hints=[
        "First the slope of each piece: rise by run. There is one fewer than knots.",
        "Left of the first knot the slope is 0. Which slope does each unit find, and which shall it leave?",
        "np.diff(a, prepend=0.0) is a's first entry, then the differences.",
    ],
)

# 2.4 ------------------------------------------------------------------------------------------------------------------


def _softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _softmax_down(z):
    e = np.exp(z - z.max(axis=0))
    return e / e.sum(axis=0)


def _softmax_of_all(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def _in_place(z):
    z -= z.max(axis=1, keepdims=True)
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


def _shifted(shift):
    def wrong(z):
        e = np.exp(z - shift(z))
        return e / e.sum(axis=1, keepdims=True)

    return wrong


LN = np.log([[1.0, 2.0, 5.0], [1.0, 1.0, 1.0]])  # logits whose probabilities are fractions

softmax = Exercise(
    title="A softmax that does not overflow",
    minutes=10,
    reference=_softmax,
    worked=Worked((LN,), np.array([[1 / 8, 2 / 8, 5 / 8], [1 / 3, 1 / 3, 1 / 3]]), "e^z is 1, 2, 5; divided by 8"),
    cases=lambda rng: [(rng.normal(size=shape) * 2,) for shape in [(4, 3), (2, 5), (3, 3)]],
    edges={
        "rows 1,000 apart": (np.array([[1000.0, 1001.0], [0.0, 1.0], [-1000.0, -998.0]]),),
        "one logit far above": (np.array([[2000.0, 0.0, 1.0, 2.0]]),),
        "one logit far below": (np.array([[-1000.0, 0.0, 1.0]]),),
        "one row": (np.array([[0.5, -1.0, 2.0]]),),
        "integers": (np.array([[1, 2, 3], [3, 1, 0]]),),
    },
    mistakes={
        "For large logits e^z overflows. Adding a number to a whole row changes nothing; which number would you add so "
        "that no exponential is above 1?": lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
        "Your columns sum to one. Each example is a row, and its classes share out the probability among themselves: "
        "axis=1.": _softmax_down,
        "All numbers of the table sum to one. Each row is a question of its own.": _softmax_of_all,
        "One largest number for the whole table: a row that lies 1,000 below it becomes 0 by 0. Each row has its own "
        "largest logit.": _shifted(np.max),
        "The row sums have shape (n,), and NumPy lays them along the columns. They have to stand as a column: look up "
        "keepdims.": lambda z: (e := np.exp(z - z.max(axis=1, keepdims=True))) / e.sum(axis=1),
        "The row maxima have shape (n,), and NumPy lays them along the columns. They have to stand as a column: look "
        "up keepdims.": _shifted(lambda z: z.max(axis=1)),
        "Neither maxima nor sums of the rows stand as a column: both have shape (n,), and NumPy lays them along "
        "the columns. Look up keepdims.": (lambda z: (e := np.exp(z - z.max(axis=1))) / e.sum(axis=1)),
        "The maxima of the columns were subtracted, and so each class was shifted by another number. Within a row the "
        "shift must be the same.": _shifted(lambda z: z.max(axis=0)),
        "Subtracting the mean helps, but a logit far above it still overflows. After the right shift nothing is "
        "above 0.": (_shifted(lambda z: z.mean(axis=1, keepdims=True))),
        "Subtract the largest, not the smallest: now everything else is above 0 and may overflow.": (
            _shifted(lambda z: z.min(axis=1, keepdims=True))
        ),
        "Clipped logits do not overflow, but 1000 and 1001 have become the same. Shift them, so that the differences "
        "stay.": lambda z: _softmax(np.clip(z, -500, 500)),
        "The exponential is missing: logits may be negative, and their shares would be too.": lambda z: (
            z / z.sum(axis=1, keepdims=True)
        ),
        "In each row the largest is 1, so the row sums to more. What has to be divided by?": lambda z: np.exp(
            z - z.max(axis=1, keepdims=True)
        ),
        "Those are the logarithms of the probabilities.": lambda z: (
            (s := z - z.max(axis=1, keepdims=True)) - np.log(np.exp(s).sum(axis=1, keepdims=True))
        ),
        "Each number went through a sigmoid by itself; the classes do not know of one another.": _sigmoid,
        "Yours gives the most to the smallest logit: look at the sign in the exponent.": lambda z: _softmax(-z),
        "Only the largest gets everything. Softmax leaves the others their share.": lambda z: (
            (z == z.max(axis=1, keepdims=True)) * 1.0
        ),
        "The probabilities are right, but -= writes into the logits that you were given.": _in_place,
        "Above the fraction line the logits are shifted, below it they are not, so the shift does not cancel.": (
            lambda z: np.exp(z - z.max(axis=1, keepdims=True)) / np.exp(z).sum(axis=1, keepdims=True)
        ),
        "The shift goes by rows, but the sum goes down the columns.": lambda z: (
            (e := np.exp(z - z.max(axis=1, keepdims=True))) / e.sum(axis=0)
        ),
        "The shift goes by rows, but you divided by one sum for the whole table.": lambda z: (
            (e := np.exp(z - z.max(axis=1, keepdims=True))) / e.sum()
        ),
        "Dividing changes the differences between logits, and those are what counts. Shift them instead.": lambda z: (
            (e := np.exp(z / z.max(axis=1, keepdims=True))) / e.sum(axis=1, keepdims=True)
        ),
        "One fixed shift repairs the rows near it and spoils those far below: there all exponentials become 0.": (
            _shifted(lambda z: 1000.0)
        ),
        "The nan is gone, but the probability that should stand there did not come back. See that nothing "
        "overflows.": lambda z: np.nan_to_num(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)),
        "The number that lies furthest from 0 is not the largest one, if all are negative.": _shifted(
            lambda z: np.abs(z).max(axis=1, keepdims=True)
        ),
        "That is with powers of 2; the formula has powers of e.": lambda z: _softmax(z * np.log(2)),
    },
    styles={
        "row by row": lambda z: np.array([np.exp(r - r.max()) / np.exp(r - r.max()).sum() for r in z]),
        "logaddexp": lambda z: np.exp(z - np.logaddexp.reduce(z, axis=1)[:, None]),
        "last axis": lambda z: (e := np.exp(z - z.max(-1)[:, None])) / e.sum(-1)[:, None],
        "transposed": lambda z: _softmax_down(z.T).T,
        "float32": lambda z: _softmax(z.astype(np.float32)),
    },
    hints=[
        "Write it for a single row first: exponentials, divided by their sum. Then try a row with 1000 in it.",
        "Before the exponential, subtract from each row its own largest logit. Why is the result the same?",
        "z.max(axis=1, keepdims=True) has shape (n, 1), so that NumPy stretches it along each row.",
    ],
)

# 2.5 ------------------------------------------------------------------------------------------------------------------


def _lse(z):
    top = z.max(axis=1, keepdims=True)
    return top[:, 0] + np.log(np.exp(z - top).sum(axis=1))


def _chosen(z, y):
    return z[np.arange(len(y)), y]


def _cross_entropy(z, y):
    return np.mean(_lse(z) - _chosen(z, y))


def _lse_global(z):
    return z.max() + np.log(np.exp(z - z.max()).sum(axis=1))


def _one_hot(z, y):
    return np.eye(z.shape[1])[y]


def _log_softmax_down(z):
    s = z - z.max(axis=0)
    return s - np.log(np.exp(s).sum(axis=0))


def _without_the_right_one(z, y):
    others = np.where(_one_hot(z, y) == 1, -np.inf, z)
    return np.mean(_lse(others) - _chosen(z, y)) if z.shape[1] > 1 else 0.0


cross_entropy = Exercise(
    title="Surprise for k classes",
    minutes=12,
    reference=_cross_entropy,
    worked=Worked(
        (LN, np.array([2, 0])),
        float((np.log(8 / 5) + np.log(3)) / 2),
        "p is 5/8 for what happened in the first row, 1/3 in the second: (ln 8/5 + ln 3)/2",
    ),
    cases=lambda rng: [
        (rng.normal(size=(n, k)) * 2, rng.integers(0, k, n)) for n, k in [(5, 3), (4, 6), (3, 4), (7, 2)]
    ],
    edges={
        "sure and wrong": (np.array([[900.0, 0.0, 10.0], [0.0, -900.0, 5.0]]), np.array([1, 0])),
        "rows 1,000 apart": (np.array([[1000.0, 1001.0], [0.0, 1.0], [-1000.0, -998.0]]), np.array([0, 1, 0])),
        "one row": (np.array([[0.5, -1.0, 2.0]]), np.array([1])),
        "integers": (np.array([[1, 2, 3, 0], [3, 1, 0, 2]]), np.array([0, 1])),
    },
    mistakes={
        "z[:, y] takes for every row the columns of all y: a table (n, n). From row 0 you want the entry y[0], from "
        "row 1 the entry y[1]; index the rows as well.": lambda z, y: np.mean(_lse(z)[:, None] - z[:, y]),
        "Two things: z[:, y] takes for every row the columns of all y, so index the rows as well; and e^z "
        "overflows, so take each row's largest logit out of the sum.": (
            lambda z, y: np.mean(np.log(np.exp(z).sum(axis=1)) - z[:, y])
        ),
        "Two things: p[:, y] takes for every row the columns of all y, so index the rows as well; and a "
        "probability that was rounded to 0 costs infinity, so do not go through p.": (
            lambda z, y: np.mean(-np.log(_softmax(z)[:, y]))
        ),
        "Softmax twice: this loss takes logits, and you gave it probabilities. So no surprise can become large.": (
            lambda z, y: _cross_entropy(_softmax(z), y)
        ),
        "A probability was rounded to 0 before its logarithm was taken, so a sure and wrong answer costs infinity. "
        "Do not go through p: simplify −ln p on paper first.": lambda z, y: np.mean(-np.log(_chosen(_softmax(z), y))),
        "The logarithm of the sum of exponentials is right. But e^z overflows for large z: take each row's largest "
        "logit out of the sum first.": lambda z, y: np.mean(np.log(np.exp(z).sum(axis=1)) - _chosen(z, y)),
        "One largest number for the whole table: a row far below it leaves ln 0. Each row has its own.": lambda z, y: (
            np.mean(_lse_global(z) - _chosen(z, y))
        ),
        "You subtracted each row's largest logit inside and did not add it again outside.": lambda z, y: np.mean(
            _lse(z) - z.max(axis=1) - _chosen(z, y)
        ),
        "A small number inside the logarithm hides the infinity and puts a ceiling on the surprise: sure and wrong at "
        "900 should cost 900.": lambda z, y: np.mean(-np.log(_chosen(_softmax(z), y) + 1e-12)),
        "You shared out among the examples, down the columns. The classes of one example are its row.": lambda z, y: (
            -np.mean(_chosen(_log_softmax_down(z), y))
        ),
        "You added the surprises up; the loss is their mean.": lambda z, y: np.sum(_lse(z) - _chosen(z, y)),
        "You gave each example's surprise; the loss is their mean.": lambda z, y: _lse(z) - _chosen(z, y),
        "The mean went over the classes too: divide by the number of examples, not by all numbers of the table.": (
            lambda z, y: _cross_entropy(z, y) / z.shape[1]
        ),
        "The sign: a surprise is never negative.": lambda z, y: -_cross_entropy(z, y),
        "The logarithm is missing: that is the mean of 1 − p.": lambda z, y: np.mean(1 - _chosen(_softmax(z), y)),
        "That is how surprised you are by the likeliest class, not by what happened.": lambda z, y: np.mean(
            _lse(z) - z.max(axis=1)
        ),
        "The right class's logit is not in it: that is the first term alone.": lambda z, y: np.mean(_lse(z)),
        "The distance from the largest logit is only nearly the surprise: the sum over all classes is missing.": (
            lambda z, y: np.mean(z.max(axis=1) - _chosen(z, y))
        ),
        "The right class belongs into the sum of exponentials too; you left it out.": _without_the_right_one,
        "That is in bits. This course counts in nats, with the natural logarithm.": lambda z, y: (
            _cross_entropy(z, y) / np.log(2)
        ),
        "With a floor under the probability the surprise has a ceiling; sure and wrong at 900 should cost 900. The "
        "formula on the right of the task needs no p.": lambda z, y: np.mean(
            -np.log(np.clip(_chosen(_softmax(z), y), 1e-15, 1))
        ),
        "You took the logarithm of the logits themselves. They are no probabilities yet: they may be 0, or "
        "negative.": lambda z, y: np.mean(-np.log(_chosen(z, y))),
        "The larger the right class's logit, the smaller the surprise: look at its sign.": lambda z, y: np.mean(
            _lse(z) + _chosen(z, y)
        ),
        "Classes are counted from 0, as Python counts: nothing has to be taken from y.": lambda z, y: np.mean(
            _lse(z) - _chosen(z, y - 1)
        ),
        "That is the surprise at the mean probability. Asked is the mean of the surprises.": lambda z, y: (
            -np.log(np.mean(_chosen(_softmax(z), y)))
        ),
        "z[y] takes whole rows, those with the numbers y. You want one entry from each row.": lambda z, y: np.mean(
            _lse(z) - z[y]
        ),
        "That is the first row's surprise only: is the return inside the loop?": lambda z, y: (_lse(z) - _chosen(z, y))[
            0
        ],
        "What did not happen costs nothing by itself: only the right class's probability counts.": lambda z, y: np.mean(
            -np.log(np.abs(1 - _one_hot(z, y) - _softmax(z))).sum(axis=1)
        ),
    },
    styles={
        "one-hot": lambda z, y: np.mean(_lse(z) - (z * _one_hot(z, y)).sum(axis=1)),
        "row by row": lambda z, y: (
            sum(np.logaddexp.reduce(r.astype(float)) - r[t] for r, t in zip(z, y, strict=True)) / len(y)
        ),
        "log-softmax": lambda z, y: -np.mean((z - _lse(z)[:, None])[np.arange(len(y)), y]),
        "take_along_axis": lambda z, y: (
            np.logaddexp.reduce(z, axis=1) - np.take_along_axis(z, y[:, None], axis=1)[:, 0]
        ).mean(),
        "differences": lambda z, y: np.mean(_lse(z - _chosen(z, y)[:, None])),
        "float32": lambda z, y: np.float32(_cross_entropy(z.astype(np.float32), y)),
    },
    hints=[
        "On paper, for one row: put p_y = e^(z_y) / Σ e^(z_s) into −ln p_y. The logarithm of a quotient is a "
        "difference.",
        "What is left is ln Σ e^(z_s) − z_y. For the first term, take the row's largest logit out of the sum.",
        "np.arange(len(y)) counts the rows. Two lists of indices, rows and columns, pick one entry for each pair.",
    ],
)

# 2.6 ------------------------------------------------------------------------------------------------------------------


def _pairs(sizes):
    return list(itertools.pairwise(sizes))


def _count(sizes):
    return sum(a * b + b for a, b in _pairs(sizes))


count_parameters = Exercise(
    title="How many numbers are there to learn?",
    minutes=5,
    reference=_count,
    worked=Worked(([3, 4, 2],), 26, "3·4 + 4 in the hidden layer, 4·2 + 2 in the output layer"),
    cases=lambda rng: [(rng.integers(2, 30, n).tolist(),) for n in (3, 5, 4)],
    edges={
        "no hidden layer": ([7, 3],),
        "one unit in each layer": ([1, 1, 1],),
        "the lecture's": ([784, 100, 10],),
    },
    mistakes={
        "Every unit has a bias too.": lambda s: sum(a * b for a, b in _pairs(s)),
        "A bias belongs to the unit that adds up, not to each of its inputs.": lambda s: sum(
            a * b + a for a, b in _pairs(s)
        ),
        "One bias a layer is too few: each unit has its own.": lambda s: sum(a * b + 1 for a, b in _pairs(s)),
        "The inputs are no units: they have no bias.": lambda s: _count(s) + s[0],
        "That is the first layer only.": lambda s: _count(s[:2]),
        "The weights of two layers do not multiply with each other: add up what each layer has.": lambda s: int(
            np.prod(s)
        ),
        "The last layer's units have biases too.": lambda s: _count(s) - s[-1],
        "The hidden units have biases too, not only the outputs.": lambda s: sum(a * b for a, b in _pairs(s)) + s[-1],
        "You counted the units. Each has one weight for every input, and a bias.": lambda s: sum(s[1:]),
        "Connect each layer only with the one after it.": lambda s: (
            sum(s[i] * s[j] for i in range(len(s)) for j in range(i + 1, len(s))) + sum(s[1:])
        ),
        "After the last size there is no next one: there is one pair fewer than sizes.": lambda s: sum(
            s[i] * s[i + 1] + s[i + 1] for i in range(len(s))
        ),
        "The last layer is missing: you stopped one pair too early.": lambda s: _count(s[:-1]),
        "The first layer is missing: its inputs are sizes[0].": lambda s: _count(s[1:]),
        "A list with exactly three sizes is counted rightly. There may be more, or fewer.": lambda s: (
            s[0] * s[1] + s[1] + s[1] * s[2] + s[2]
        ),
        "That is each layer's number, in a list. How many are there in all?": lambda s: [
            a * b + b for a, b in _pairs(s)
        ],
        "A unit has one more than it has inputs, for its bias. But a layer has no unit more.": lambda s: sum(
            (a + 1) * (b + 1) for a, b in _pairs(s)
        ),
        "You added up the sizes: those are inputs and units, not the lines between them.": lambda s: sum(s),
        "You joined the inputs to the outputs directly; what is with the layers in between?": lambda s: (
            (s[0] + 1) * s[-1]
        ),
    },
    styles={
        "pairwise": lambda s: sum((a + 1) * b for a, b in itertools.pairwise(s)),
        "arrays": lambda s: np.dot(np.array(s[:-1]) + 1, s[1:]),
        "weights, then biases": lambda s: sum(a * b for a, b in _pairs(s)) + sum(s[1:]),
        "float": lambda s: float(_count(s)),
    },
    hints=[
        "Take one layer: how many weights has one of its units, and how many biases? How many units are there?",
        "A layer from a inputs to b units has (a + 1)·b numbers. Walk through the sizes in pairs.",
    ],
)

# 2.7 ------------------------------------------------------------------------------------------------------------------

sum_width = Exercise(
    title="How wide is the sum?",
    minutes=5,
    reference=3.0,
    rtol=1e-3,
    mistakes={
        "As if all 400 products pulled the same way. They are as often negative as positive, and most of it "
        "cancels.": 60.0,
        "That is how wide one product is. There are 400 of them to add up.": 0.15,
        "That is √400 alone. How wide is one of the numbers that are added up?": 20.0,
        "The inputs' width is missing: a product is as wide as the two widths multiplied.": 6.0,
        "The weights' width is missing: a product is as wide as the two widths multiplied.": 10.0,
        "You divided by √400. That makes the sum narrower than one of its parts; adding up does the opposite.": 0.0075,
        "The widths of the two factors multiply; they are not added.": 16.0,
        "That is with the number itself where its root belongs, and without the inputs' width.": 120.0,
        "That is with the number itself where its root belongs, and without the weights' width.": 200.0,
        "That is the variance of the sum. Its width is measured in the same unit as the sum itself.": 9.0,
        "Input and weight are multiplied with each other; the root of the added squares is for sums.": (
            20 * (0.5**2 + 0.3**2) ** 0.5
        ),
        "You took the root of the widths too. Only the number of the products stands under it.": (400 * 0.15) ** 0.5,
        "The mean of the sum is 0. How far it strays from there is asked.": 0.0,
        "You added the two widths. How wide is a product? And how many are added up?": 0.8,
    },
    hints=[
        "How wide is a single product of a weight and an input, if both are drawn by themselves?",
        "How many products are added up, and how does the width of a sum grow with their number?",
    ],
)

# 2.8 ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Loss:
    """A loss to nudge, with a name that reads well in a message."""

    name: str
    of: Callable

    def __call__(self, theta):
        """The loss at theta, (P,)."""
        return float(self.of(np.asarray(theta)))

    def __repr__(self) -> str:
        return self.name


_BOWL = Loss("a bowl (θ₀² + 3·θ₁)", lambda t: t[0] ** 2 + 3 * t[1])
_BENT = Loss("a bent surface", lambda t: np.sum(t**3) + t[0] * t[-1] + np.sum(np.exp(t / 4)))
_STEEP = Loss("a steep surface", lambda t: np.sum(np.arange(1, len(t) + 1) * t**4) - 2 * np.sum(t))


def _slopes(loss, theta, h, plus=1.0, minus=1.0, over=2.0):
    theta = np.asarray(theta, float)
    found = np.zeros(len(theta))
    for j in range(len(theta)):
        nudge = np.zeros(len(theta))
        nudge[j] = h
        found[j] = (loss(theta + plus * nudge) - loss(theta - minus * nudge)) / (over * h)
    return found


def _all_at_once(loss, theta, h):
    return np.full(len(theta), (loss(theta + h) - loss(theta - h)) / (2 * h))


def _never_put_back(loss, theta, h):
    theta = np.array(theta, float)
    found = np.zeros(len(theta))
    for j in range(len(theta)):
        theta[j] += h
        up = loss(theta)
        theta[j] -= 2 * h
        found[j] = (up - loss(theta)) / (2 * h)
    return found


def _half_put_back(loss, theta, h):
    theta = np.array(theta, float)
    found = np.zeros(len(theta))
    for j in range(len(theta)):
        theta[j] += h
        up = loss(theta)
        theta[j] -= h
        found[j] = (up - loss(theta)) / h
        theta[j] -= h
    return found


def _like_theta(loss, theta, h):
    found = np.zeros(len(theta))
    for j in range(len(theta)):
        nudge = np.zeros_like(theta)
        nudge[j] = h
        found[j] = (loss(theta + nudge) - loss(theta - nudge)) / (2 * h)
    return found


def _stepping(loss, theta, h):
    return np.asarray(theta) - _slopes(loss, theta, h)


def _in_theta(loss, theta, h):
    found = np.zeros(len(theta))
    for j in range(len(theta)):
        theta[j] += h
        up = loss(theta)
        theta[j] -= 2 * h
        found[j] = (up - loss(theta)) / (2 * h)
        theta[j] += h
    return found


def _two_names(loss, theta, h):
    found = np.zeros(len(theta))
    for j in range(len(theta)):
        up = down = theta
        up[j] += h
        down[j] -= h
        found[j] = (loss(up) - loss(down)) / (2 * h)
    return found


def _second_name(loss, theta, h):
    found = np.zeros(len(theta))
    for j in range(len(theta)):
        nudged = theta
        nudged[j] += h
        found[j] = (loss(nudged) - loss(theta)) / h
    return found


def _copies_of_whole_numbers(loss, theta, h):
    found = np.zeros(len(theta))
    for j in range(len(theta)):
        up, down = theta.copy(), theta.copy()
        up[j] += h
        down[j] -= h
        found[j] = (loss(up) - loss(down)) / (2 * h)
    return found


def _nudges_pile_up(loss, theta, h):
    found, nudge = np.zeros(len(theta)), np.zeros(len(theta))
    for j in range(len(theta)):
        nudge[j] = h
        found[j] = (loss(theta + nudge) - loss(theta - nudge)) / (2 * h)
    return found


def _found_in_whole_numbers(loss, theta, h):
    found = np.zeros_like(theta)
    found[:] = _slopes(loss, theta, h)
    return found


def _first_and_zeros(loss, theta, h):
    found = np.zeros(len(theta))
    found[0] = _slopes(loss, theta, h)[0]
    return found


def _one_number_at_a_time(loss, theta, h):
    return np.array([(loss(number + h) - loss(number - h)) / (2 * h) for number in theta])


def _by_a_share(loss, theta, h):
    found = np.zeros(len(theta))
    for j in range(len(theta)):
        up, down = np.array(theta, float), np.array(theta, float)
        up[j] *= 1 + h
        down[j] *= 1 - h
        found[j] = (loss(up) - loss(down)) / (2 * h)
    return found


def _rows(loss, theta, h):
    nudges = h * np.eye(len(theta))
    return np.array([loss(theta + e) - loss(theta - e) for e in nudges]) / (2 * h)


def _back_exactly(loss, theta, h):
    own, found = np.array(theta, float), []
    for j, old in enumerate(own.copy()):
        ends = []
        for side in (h, -h):
            own[j] = old + side
            ends.append(loss(own))
        own[j] = old
        found.append((ends[0] - ends[1]) / (2 * h))
    return np.array(found)


def _with_copies(loss, theta, h):
    found = []
    for j in range(len(theta)):
        up, down = np.array(theta, float), np.array(theta, float)
        up[j], down[j] = up[j] + h, down[j] - h
        found.append((loss(up) - loss(down)) / (up[j] - down[j]))
    return np.array(found)


slopes = Exercise(
    title="Slopes by nudging",
    minutes=12,
    reference=_slopes,
    worked=Worked(
        (_BOWL, np.array([1.0, 2.0]), 0.1), np.array([2.0, 3.0]), "for θ₀: (1.1² − 0.9²)/0.2, the rest cancels"
    ),
    cases=lambda rng: [(loss, rng.normal(size=n), h) for loss, n, h in [(_BENT, 4, 0.05), (_STEEP, 3, 0.02)]],
    edges={
        "one parameter": (_BENT, np.array([0.7]), 0.1),
        "integers": (_STEEP, np.array([1, 2, -1]), 0.01),
    },
    mistakes={
        "Nudged to one side only: then the slope is that of a place half a nudge further on. Nudge to both sides.": (
            lambda loss, theta, h: _slopes(loss, theta, h, minus=0.0, over=1.0)
        ),
        "From the lower end to the upper it is two nudges: divide by 2h.": lambda loss, theta, h: _slopes(
            loss, theta, h, over=1.0
        ),
        "Nudged down only: then the slope is that of a place half a nudge before. Nudge to both sides.": (
            lambda loss, theta, h: _slopes(loss, theta, h, plus=0.0, over=1.0)
        ),
        "Nudged to one side only, and yet divided by 2h.": lambda loss, theta, h: _slopes(
            loss, theta, h, minus=0.0, over=2.0
        ),
        "You did not divide: how far the loss moves depends on how far you nudged.": lambda loss, theta, h: (
            2 * h * _slopes(loss, theta, h)
        ),
        "theta + h nudges all parameters at once. Each wants to be nudged alone.": _all_at_once,
        "A parameter that has had its turn must go back to where it was before the next one is "
        "nudged.": _never_put_back,
        "The slope comes from one side only, and nudged parameters are not put back.": _half_put_back,
        "np.zeros_like of whole numbers holds whole numbers, and a nudge of 0.01 put into it becomes 0. Make the nudge "
        "an array of floats.": _like_theta,
        "The sign is turned: upper end minus lower end.": lambda loss, theta, h: -_slopes(loss, theta, h),
        "Only the first parameter was nudged: is the return inside the loop?": lambda loss, theta, h: _slopes(
            loss, theta, h
        )[:1],
        "That is theta after a step. Only the slopes are asked for.": _stepping,
        "You have added the slopes up: each parameter has its own.": lambda loss, theta, h: np.sum(
            _slopes(loss, theta, h)
        ),
        "You nudge theta itself. Adding h and taking it away again does not bring back every last digit, and in "
        "an array of whole numbers h is lost. Nudge something of your own.": _in_theta,
        "Two names, one array: up and down are the same, so their losses are too. Make a copy for each.": _two_names,
        "Assigning theta to another name makes no copy: theta was nudged too, and the two losses are the same "
        "one.": _second_name,
        "A copy of whole numbers holds whole numbers, and h put into it is cut off. Make the copy one of "
        "floats.": _copies_of_whole_numbers,
        "/ 2 * h divides by 2 and then multiplies by h: brackets.": lambda loss, theta, h: (
            h**2 * _slopes(loss, theta, h)
        ),
        "The nudges pile up: when the second parameter has its turn, the first is still being nudged.": _nudges_pile_up,
        "The nudges are right, but the slopes are put into an array of whole numbers, which cuts them off.": (
            _found_in_whole_numbers
        ),
        "Behind the first slope there are only zeros: the loop ends in its first round.": _first_and_zeros,
        "You gave the loss a single number. It wants the whole of theta, with one number changed.": (
            _one_number_at_a_time
        ),
        "You nudged by a size of your own; h is given.": lambda loss, theta, h: _slopes(loss, theta, 1e-5),
        "You nudged each parameter by a share of itself. It is h that is added, whatever the size.": _by_a_share,
    },
    styles={
        "identity matrix": _rows,
        "copies": _with_copies,
        "put back exactly": _back_exactly,
        "list": lambda loss, theta, h: np.array(
            [
                (loss(theta + h * (np.arange(len(theta)) == j)) - loss(theta - h * (np.arange(len(theta)) == j)))
                / (2 * h)
                for j in range(len(theta))
            ]
        ),
    },
    rtol=1e-5,
    hints=[
        "For one parameter: make an array of zeros, put h at its place, add it to theta. What is the loss there? And "
        "on the other side?",
        "The slope is the difference of the two losses, divided by the distance of the two places.",
        "np.zeros(len(theta)) always holds floats; np.zeros_like(theta) holds what theta holds.",
    ],
)

# 2.9 ------------------------------------------------------------------------------------------------------------------


def _fold(x, w, b, times=2.0, bend=_relu, over=lambda w: w @ w):
    return x - times * bend(x @ w + b)[:, None] * w / over(w)


def _fold_by_rows(x, w, b):
    folded = []
    for row in np.asarray(x, float):
        z = row @ w + b
        folded.append(row - 2 * z / (w @ w) * w if z > 0 else row)
    return np.array(folded)


def _fold_by_unit_normal(x, w, b):
    length = np.sqrt((w * w).sum())
    distance = (x @ w + b) / length
    return x - 2 * np.outer(np.where(distance > 0, distance, 0), w / length)


fold = Exercise(
    title="Fold the paper along any line",
    level="stretch",
    minutes=12,
    reference=_fold,
    worked=Worked(
        (np.array([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]), np.array([1.0, 1.0]), -1.0),
        np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 0.0]]),
        "only (1, 1) lies beyond the crease, z = 1; it moves by 2·1·(1, 1)/2",
    ),
    cases=lambda rng: [
        (rng.normal(size=(n, d)) * 2, rng.normal(size=d) * 1.5, float(rng.normal())) for n, d in [(6, 2), (5, 3)]
    ],
    edges={
        "one point": (np.array([[2.0, 3.0]]), np.array([0.0, 2.0]), -1.0),
        "nothing beyond": (np.array([[0.0, 0.0], [1.0, -1.0], [0.5, 0.0]]), np.array([1.0, 1.0]), -3.0),
        "integers": (np.array([[1, 2], [3, 0], [-1, -1]]), np.array([1, 3]), -2),
    },
    mistakes={
        "The points beyond have come to lie on the crease itself: they were pushed to it, not turned over. How far "
        "is it from where they were to where they come to lie?": lambda x, w, b: _fold(x, w, b, times=1.0),
        "Divide by w·w. One division makes z a distance if w is not of length 1; the other makes w a direction.": (
            lambda x, w, b: _fold(x, w, b, over=lambda w: 1.0)
        ),
        "You divided by the length of w once. It is needed twice: z/|w| is the distance, w/|w| the direction.": (
            lambda x, w, b: _fold(x, w, b, over=np.linalg.norm)
        ),
        "Everything was turned over, also what lies before the crease. Only where z > 0 the paper moves.": (
            lambda x, w, b: _fold(x, w, b, bend=lambda z: z)
        ),
        "How far each point lies beyond the crease has shape (n,), w has (d,): to get a move (n, d), one has to "
        "stand as a column.": (lambda x, w, b: x - 2 * _relu(x @ w + b) * w / (w @ w)),
        "You folded the other half: what has z > 0 is to come over to the other side.": lambda x, w, b: _fold(
            x, w, b, bend=lambda z: -_relu(-z)
        ),
        "The points move further away from the crease: subtract.": lambda x, w, b: _fold(x, w, b, times=-2.0),
        "Every point beyond was moved by the same amount. The further beyond, the further it moves.": lambda x, w, b: (
            _fold(x, w, b, bend=lambda z: np.where(z > 0, 1.0, 0.0))
        ),
        "Without b every crease goes through the origin.": lambda x, w, b: _fold(x, w, 0.0),
        "Both halves were folded to the same side, as |z| does it. What lies before the crease "
        "stays.": lambda x, w, b: _fold(x, w, b, bend=np.abs),
        "You gave how far the points lie beyond the crease. Asked is where they come to lie.": lambda x, w, b: _relu(
            x @ w + b
        ),
        "Four times, not twice: was the 2 squared, or put in twice?": lambda x, w, b: _fold(x, w, b, times=4.0),
        "That is the lecture's crease, where every coordinate lost the same. For another crease the points move in "
        "another direction.": lambda x, w, b: x - _relu(x @ w + b)[:, None],
        "It is right where w·w is 2, as in the lecture. How does the move depend on the length of w?": lambda x, w, b: (
            _fold(x, w, b, times=1.0, over=lambda w: 1.0)
        ),
        "How far is right, but every coordinate was moved by all of it. In which direction has a point to go?": (
            lambda x, w, b: x - 2 * _relu(x @ w + b)[:, None] / np.linalg.norm(w)
        ),
        "Only the points that moved are in it. Those that stay belong to the sheet too.": lambda x, w, b: _fold(
            x[x @ w + b > 0], w, b
        ),
        "The points beyond were turned over at the origin; the mirror is the crease.": lambda x, w, b: np.where(
            (x @ w + b > 0)[:, None], -x, x
        ),
    },
    styles={
        "row by row": _fold_by_rows,
        "distance and direction": _fold_by_unit_normal,
        "where": lambda x, w, b: np.where((x @ w + b > 0)[:, None], x - 2 * np.outer(x @ w + b, w) / np.dot(w, w), x),
        "float32": lambda x, w, b: _fold(x.astype(np.float32), w.astype(np.float32), np.float32(b)).astype(np.float32),
    },
    hints=[
        "Chapter 1: z divided by the length of w is the signed distance from the cut. In which direction does the "
        "point have to move, and how far?",
        "From the point to the crease it is one distance, from the crease to where it comes to lie another.",
        "ReLU(z) is (n,), w is (d,). To get a move for every point, one of them has to stand as a column.",
    ],
)

# 2.10 -----------------------------------------------------------------------------------------------------------------


def _price(sizes, n, batch_size, seconds, runs=2, batches=None, count=_count):
    batches = -(-n // batch_size) if batches is None else batches(n, batch_size)
    return runs * count(sizes) * batches * seconds


seconds_per_epoch = Exercise(
    title="What an epoch of nudging costs",
    level="stretch",
    minutes=8,
    needs=["count_parameters"],
    reference=_price,
    worked=Worked(([3, 4, 2], 100, 32, 0.5), 104.0, "26 parameters, two runs each, 4 batches of at most 32"),
    cases=lambda rng: [
        (
            rng.integers(2, 20, k).tolist(),
            int(rng.integers(50, 500)),
            int(rng.integers(7, 40)),
            float(rng.uniform(0.001, 0.004)),
        )
        for k in (3, 4, 2)
    ],
    edges={
        "batches that fit": ([5, 3, 2], 60, 20, 0.25),
        "one batch": ([4, 2], 10, 64, 1.0),
    },
    mistakes={
        "Each slope wants two runs of the network, one for each side.": lambda s, n, m, t: _price(s, n, m, t, runs=1),
        "The last batch is smaller, but it is a batch: round up.": lambda s, n, m, t: _price(
            s, n, m, t, batches=lambda n, m: n // m
        ),
        "Batches come whole: the last, smaller one costs a run like the others.": lambda s, n, m, t: _price(
            s, n, m, t, batches=lambda n, m: n / m
        ),
        "If the examples fit exactly, there is no batch left over.": lambda s, n, m, t: _price(
            s, n, m, t, batches=lambda n, m: n // m + 1
        ),
        "That is one step. An epoch has one for each batch.": lambda s, n, m, t: _price(
            s, n, m, t, batches=lambda n, m: 1
        ),
        "One step for each batch, not for each example.": lambda s, n, m, t: _price(s, n, m, t, batches=lambda n, m: n),
        "The biases are parameters too: they are nudged like the weights.": lambda s, n, m, t: _price(
            s, n, m, t, count=lambda s: sum(a * b for a, b in _pairs(s))
        ),
        "That is in hours; seconds were asked for.": lambda s, n, m, t: _price(s, n, m, t) / 3600,
        "Both sides of every slope are in it; what you added once a step is not needed for the "
        "slopes.": lambda s, n, m, t: (2 * _count(s) + 1) * -(-n // m) * t,
        "That is how many runs it takes. Each takes its seconds.": lambda s, n, m, t: _price(s, n, m, 1.0),
        "round goes down where little is left over. A small last batch is still one.": lambda s, n, m, t: _price(
            s, n, m, t, batches=lambda n, m: round(n / m)
        ),
        "One run in the middle and one for each slope: that is nudging to one side.": lambda s, n, m, t: (
            (_count(s) + 1) * -(-n // m) * t
        ),
        "The seconds are those of a run on a whole batch; its size is in them already.": lambda s, n, m, t: (
            m * _price(s, n, m, t)
        ),
        "You nudged units. It is each weight and each bias that has a slope.": lambda s, n, m, t: _price(
            s, n, m, t, count=sum
        ),
        "How many slopes there are is not in it.": lambda s, n, m, t: _price(s, n, m, t, count=lambda s: 1),
    },
    styles={
        "ceil": lambda s, n, m, t: 2 * sum((a + 1) * b for a, b in _pairs(s)) * np.ceil(n / m) * t,
        "range": lambda s, n, m, t: t * len(range(0, n, m)) * _count(s) * 2,
        "batch by batch": lambda s, n, m, t: sum(2 * _count(s) * t for _ in range(0, n, m)),
        "slope by slope": lambda s, n, m, t: np.float64(-(-n // m) * sum(t + t for _ in range(_count(s)))),
    },
    hints=[
        "How often does the network run for one slope? For all slopes? For one epoch?",
        "len(range(0, n, batch_size)) is how many batches there are.",
    ],
)

# Questions ------------------------------------------------------------------------------------------------------------

why_random = Question(
    "All weights of a hidden layer begin with 0.3, all biases with 0. What happens in training?",
    right="All hidden units stay equal to one another.",
    wrong={
        "Nothing moves at all.": "That is so with zeros. With 0.3 the slopes are not zero, and the loss falls; "
        "but what the units have in common they keep.",
        "Small rounding errors soon make them different, as random weights would.": "Equal numbers are rounded "
        "equally. In the lecture the twelve units agreed to a millionth after a hundred steps.",
        "It learns more slowly, but it comes to the same end.": "It cannot: a layer of twins has one crease, however "
        "many units there are.",
    },
    because="Same weights, same inputs, so the same slopes, so the same steps. Only a difference at the start "
    "can break the tie.",
)

first_loss = Question(
    "A new network for 20 classes shows a mean surprise of 11 before its first step. ln 20 is about 3. What do you do?",
    right="Look for what makes it sure of nonsense, before any training.",
    wrong={
        "Nothing: it has not learnt anything yet, so its loss means nothing.": "It means a lot. Who knows nothing and "
        "says so pays ln 20; whoever pays 11 is sure of something wrong.",
        "Take a larger learning rate, so that it falls faster.": "The start is not the rate's fault: no step has been "
        "taken.",
        "Train longer: a high start needs more epochs.": "Perhaps it even gets there, by first unlearning. But "
        "a slip such as a softmax along the wrong axis would still be there.",
    },
    because="First weights that are too large, inputs that are not scaled, labels that do not fit, a wrong axis: the "
    "first number tells, and it costs nothing.",
)

deep_and_straight = Question(
    "A network has five layers of a thousand units each, and no activation between them. What can it do that one layer "
    "cannot?",
    right="Nothing: it computes a single weighted sum for each output.",
    wrong={
        "Five times as complicated shapes.": "Multiply the five matrices: one matrix is left. Straight on straight is "
        "straight.",
        "XOR, because it has hidden layers.": "A hidden layer helps only by its bend. Without one there is a "
        "single cut after all.",
        "The same as with activations, only more slowly.": "No amount of training bends a straight line.",
    },
    because="A product of matrices is a matrix. All that depth adds comes from the bends in between.",
)

twice_as_wide = Question(
    "You double the hidden units of an MNIST network. About how much longer do all its slopes take by nudging?",
    right="Four times as long.",
    wrong={
        "Twice as long.": "There are twice as many slopes, and that would be twice. But each of the runs that "
        "they need is larger too.",
        "As long as before, because a layer is one matrix product.": "One product, yes, but of larger tables; "
        "and there are twice as many slopes to find.",
        "A thousand times as long, because the price grows exponentially.": "It grows with the square: large, but not "
        "exponential.",
    },
    because="Twice as many slopes, each from runs that take about twice as long.",
)

THIS = chapter("02_mlp", globals())
__getattr__ = suggest(__name__, globals())


def progress():
    """Show this chapter's exercises and questions with what you have done so far."""
    return table_of(THIS)

"""Chapter 04's exercises and questions."""

import itertools

import numpy as np

from groundup import functional as F
from groundup.check.exercise import Exercise, Slope, Worked, chapter, suggest
from groundup.check.quiz import Question
from groundup.check.table import table_of
from groundup.tensor import Tensor, no_grad

# 4.1 ------------------------------------------------------------------------------------------------------------------

row_and_column = Exercise(
    title="A row and a column, repeated",
    level="warm-up",
    minutes=5,
    reference=lambda dz: (dz.sum(axis=0), dz.sum(axis=1, keepdims=True)),
    worked=Worked(
        (np.array([[1.0, 2.0, 0.0], [3.0, -1.0, 4.0]]),),
        (np.array([4.0, 1.0, 4.0]), np.array([[3.0], [6.0]])),
        "r's first number stands in both rows, so 1 + 3; c's first stands in three columns, so 1 + 2 + 0",
    ),
    cases=lambda rng: [(rng.normal(size=(n, k)),) for n, k in [(4, 3), (2, 5), (3, 2)]],
    edges={
        "one row": (np.array([[0.5, -1.0, 2.0]]),),
        "one column": (np.array([[2.0], [-3.0], [0.25]]),),
        "integers": (np.array([[1, 2, 3], [5, 8, 13]]),),
    },
    mistakes={
        "dc lost its second axis. c has shape (n, 1), and so has its gradient: keepdims.": lambda dz: (
            dz.sum(axis=0),
            dz.sum(axis=1),
        ),
        "dr has an axis too many. r has shape (k,), and so has its gradient.": lambda dz: (
            dz.sum(axis=0, keepdims=True),
            dz.sum(axis=1, keepdims=True),
        ),
        "dc has the right numbers, lying down. c is a column of shape (n, 1).": lambda dz: (
            dz.sum(axis=0),
            dz.sum(axis=1)[None],
        ),
        "The axes are swapped. r was repeated downwards, along axis 0; that is the axis to add up for dr.": lambda dz: (
            dz.sum(axis=1),
            dz.sum(axis=0)[:, None],
        ),
        "The two results are in the wrong order: first dr, then dc.": lambda dz: (
            dz.sum(axis=1, keepdims=True),
            dz.sum(axis=0),
        ),
        "You took means. Each use of a number sends a whole bill, and bills add up.": lambda dz: (
            dz.mean(axis=0),
            dz.mean(axis=1, keepdims=True),
        ),
        "dr is a mean. Every row used r, and each sends a whole bill: add them up.": lambda dz: (
            dz.mean(axis=0),
            dz.sum(axis=1, keepdims=True),
        ),
        "dr still has a number for every place of z. r has k numbers, each used in all rows.": lambda dz: (
            dz,
            dz.sum(axis=1, keepdims=True),
        ),
        "Nothing is added up: both gradients still have z's shape, not that of r and c.": lambda dz: (dz, dz),
        "You took the first row and the first column. The others used r and c too, and send bills of their own.": (
            lambda dz: (dz[0], dz[:, :1])
        ),
        "You added everything up into one number each. r has k numbers and c has n: sum over one axis only.": (
            lambda dz: (dz.sum(), dz.sum())
        ),
        "dc is the gradient of r, stood up. Turning comes too late: c was repeated along another axis.": lambda dz: (
            dz.sum(axis=0),
            dz.sum(axis=0)[:, None],
        ),
        "Each of the two is summed over the other's axis, and dc has lost one besides. axis=0 is the axis that "
        "disappears.": lambda dz: (dz.sum(axis=1), dz.sum(axis=0)),
    },
    styles={
        "ones": lambda dz: (np.ones(len(dz)) @ dz, dz @ np.ones((dz.shape[1], 1))),
        "loop": lambda dz: (sum(row for row in dz), np.array([[sum(row)] for row in dz])),
        "new axis": lambda dz: (np.sum(dz, 0), np.sum(dz, 1)[:, None]),
        "reshape": lambda dz: (dz.sum(0), dz.sum(1).reshape(-1, 1)),
        "float32": lambda dz: (dz.sum(0, dtype=np.float32), dz.sum(1, keepdims=True, dtype=np.float32)),
    },
    hints=[
        "In how many places of z does the first number of r appear? And the first of c?",
        "A gradient has the shape of what it is the gradient of. r is (k,), c is (n, 1).",
        "sum over the axis along which it was repeated; keepdims=True leaves that axis standing, with length 1.",
    ],
)

# 4.2 ------------------------------------------------------------------------------------------------------------------


def _layer(rng, n, d, k):
    return rng.normal(size=(n, d)), rng.normal(size=(d, k)), rng.normal(size=(n, k))


linear_backward = Exercise(
    title="A layer, backward",
    minutes=10,
    reference=lambda x, w, dz: (dz @ w.T, x.T @ dz, dz.sum(axis=0)),
    worked=Worked(
        (np.array([[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]]), np.array([[2.0], [1.0]]), np.array([[1.0], [-1.0], [2.0]])),
        (np.array([[2.0, 1.0], [-2.0, -1.0], [4.0, 2.0]]), np.array([[7.0], [-1.0]]), np.array([2.0])),
        "the first weight met 1, 0 and 3: 1·1 + 0·(−1) + 3·2",
    ),
    cases=lambda rng: [_layer(rng, n, d, k) for n, d, k in [(4, 3, 2), (2, 5, 3), (3, 3, 3)]],
    edges={
        "one row": _layer(np.random.default_rng(1), 1, 3, 2),
        "one output": _layer(np.random.default_rng(2), 4, 2, 1),
        "integers": (np.array([[1, 2, 0], [3, 1, 5]]), np.array([[1, 4], [0, 2], [7, 1]]), np.array([[2, 1], [3, -1]])),
    },
    mistakes={
        "dw is turned: it has shape (k, d), and w has (d, k). Which of the two factors comes first?": lambda x, w, dz: (
            dz @ w.T,
            dz.T @ x,
            dz.sum(0),
        ),
        "dx is turned. x has shape (n, d): one row for each example.": lambda x, w, dz: (
            w @ dz.T,
            x.T @ dz,
            dz.sum(0),
        ),
        "In dx the lengths in the middle do not fit: dz has k columns, and so has w. Write both shapes on paper, and "
        "turn the one that has its k in the wrong place.": lambda x, w, dz: (dz @ w, x.T @ dz, dz.sum(0)),
        "One of your products puts an n beside a d. Only equal lengths may meet in the middle: for dw the n must, "
        "for dx the k.": lambda x, w, dz: (dz @ w.T, x @ dz, dz.sum(0)),
        "In dw you turned dz instead of x: then d meets k in the middle. The axis that must disappear is the one "
        "that w does not have.": lambda x, w, dz: (dz @ w.T, x @ dz.T, dz.sum(0)),
        "db is not summed: it has a number for every example. b has k, and each of them was used in all rows.": (
            lambda x, w, dz: (dz @ w.T, x.T @ dz, dz)
        ),
        "db is a mean. If the loss is a mean, dz has been divided already; here bills only add up.": lambda x, w, dz: (
            dz @ w.T,
            x.T @ dz,
            dz.mean(0),
        ),
        "db has an axis too many: b has shape (k,).": lambda x, w, dz: (
            dz @ w.T,
            x.T @ dz,
            dz.sum(0, keepdims=True),
        ),
        "db is summed along each row, over the outputs. It is the examples that share one bias.": lambda x, w, dz: (
            dz @ w.T,
            x.T @ dz,
            dz.sum(1),
        ),
        "db is one number. Each output has a bias of its own: sum over the examples only.": lambda x, w, dz: (
            dz @ w.T,
            x.T @ dz,
            dz.sum(),
        ),
        "You divided by the number of examples. That happens once, where the mean is taken, which is in dz "
        "already.": lambda x, w, dz: (dz @ w.T / len(x), x.T @ dz / len(x), dz.sum(0) / len(x)),
        "dw is divided by the number of examples, which dz has seen to already. The other two are right.": (
            lambda x, w, dz: (dz @ w.T, x.T @ dz / len(x), dz.sum(0))
        ),
        "dx and dw have changed places: the task wants dx, dw, db.": lambda x, w, dz: (
            x.T @ dz,
            dz @ w.T,
            dz.sum(0),
        ),
        "dw counts the first example alone. All rows used w, and all send bills.": lambda x, w, dz: (
            dz @ w.T,
            np.outer(x[0], dz[0]),
            dz.sum(0),
        ),
        "Neither dx nor dw has a factor turned. Write the shapes of both products on paper: which lengths meet in "
        "the middle?": lambda x, w, dz: (dz @ w, x @ dz, dz.sum(0)),
        "dw and db are divided by the number of examples. If the loss is a mean, dz brings that division along; "
        "dx you left whole.": lambda x, w, dz: (dz @ w.T, x.T @ dz / len(x), dz.sum(0) / len(x)),
        "In dx the numbers are multiplied place by place, with *. An input moves all outputs of its row, and their "
        "bills add up.": lambda x, w, dz: (dz * w.T, x.T @ dz, dz.sum(0)),
        "In dx w is reshaped, not turned: the shape fits, but its numbers stand in the wrong places.": (
            lambda x, w, dz: (dz @ w.reshape(w.shape[::-1]), x.T @ dz, dz.sum(0))
        ),
        "In dw x is reshaped, not turned: the numbers of different examples and inputs get mixed.": lambda x, w, dz: (
            dz @ w.T,
            x.reshape(x.shape[::-1]) @ dz,
            dz.sum(0),
        ),
        "db is 1 everywhere. That is how far z moves when b does; the bill dz that arrives has to go through it.": (
            lambda x, w, dz: (dz @ w.T, x.T @ dz, np.ones(dz.shape[1]))
        ),
    },
    styles={
        "einsum": lambda x, w, dz: (
            np.einsum("nk,dk->nd", dz, w),
            np.einsum("nd,nk->dk", x, dz),
            np.einsum("nk->k", dz),
        ),
        "loops": lambda x, w, dz: (
            np.array([[sum(dz[i] * w[p]) for p in range(len(w))] for i in range(len(x))]),
            sum(np.outer(x[i], dz[i]) for i in range(len(x))),
            sum(dz[i] for i in range(len(x))),
        ),
        "turned twice": lambda x, w, dz: ((w @ dz.T).T, (dz.T @ x).T, np.ones(len(dz)) @ dz),
        "float32": lambda x, w, dz: tuple(v.astype(np.float32) for v in (dz @ w.T, x.T @ dz, dz.sum(0))),
        "a list": lambda x, w, dz: [np.dot(dz, w.transpose()), np.dot(x.transpose(), dz), np.sum(dz, axis=0)],
    },
    hints=[
        "Write down the six shapes: x, w, dz, and below them dx, dw, db, which have the shapes of x, w and b.",
        "For dw, (d, k), you have (n, d) and (n, k). The n has to disappear, so it must stand in the middle.",
        "x.T is (d, n). What is x.T @ dz? And which of dz, w has to be turned so that k stands in the middle?",
    ],
)

# 4.3 ------------------------------------------------------------------------------------------------------------------


def _unbroadcast(grad, shape):
    grad = grad.sum(axis=tuple(range(grad.ndim - len(shape))))
    return grad.sum(axis=tuple(i for i, m in enumerate(shape) if m == 1), keepdims=True)


def _leading(grad, shape, reduce=np.sum):
    for _ in range(grad.ndim - len(shape)):
        grad = reduce(grad, axis=0)
    return grad


def _ones(grad, shape, reduce=np.sum, keepdims=True):
    for axis, m in reversed(list(enumerate(shape))):
        if m == 1:
            grad = reduce(grad, axis=axis, keepdims=keepdims)
    return grad


def _sums_away(grad, shape):
    grad = _leading(grad, shape)
    for axis, m in enumerate(shape):
        if m == 1:
            grad = grad.sum(axis=axis)
    return grad


def _one_in_front(grad, shape):
    if grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    return _ones(grad, shape)


def _from_the_left(grad, shape):
    off = tuple(i for i, (a, b) in enumerate(zip(grad.shape, shape, strict=False)) if a != b)
    return grad.sum(axis=off).reshape(shape)


def _last_axes(grad, shape):
    for _ in range(grad.ndim - len(shape)):
        grad = grad.sum(axis=-1)
    return _ones(grad, shape)


def _first_entries(grad, shape):
    grad = grad[(0,) * (grad.ndim - len(shape))]
    for axis, m in enumerate(shape):
        if m == 1:
            grad = np.take(grad, [0], axis=axis)
    return grad


def _loop_unbroadcast(grad, shape):
    out = np.zeros(shape)
    extra = grad.ndim - len(shape)
    for index, value in np.ndenumerate(grad):
        out[tuple(0 if m == 1 else i for i, m in zip(index[extra:], shape, strict=True))] += value
    return out


def _kept(grad, shape):
    extra = grad.ndim - len(shape)
    grad = grad.sum(axis=tuple(range(extra)), keepdims=True)
    return grad.sum(axis=tuple(extra + i for i, m in enumerate(shape) if m == 1), keepdims=True)


unbroadcast = Exercise(
    title="What was repeated forward, added up backward",
    minutes=12,
    reference=_unbroadcast,
    worked=Worked(
        (np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), (2, 1)),
        np.array([[6.0], [15.0]]),
        "a column (2, 1) was repeated three times sideways: 1 + 2 + 3 and 4 + 5 + 6",
    ),
    cases=lambda rng: [
        (rng.normal(size=big), small)
        for big, small in [((4, 2, 3), (2, 1)), ((3, 5), (5,)), ((2, 3, 4), (2, 1, 4)), ((5, 4, 2), (4, 2))]
    ],
    edges={
        "as many rows as columns": (np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 10.0]]), (3,)),
        "a single number": (np.array([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]]), ()),
        "nothing was repeated": (np.array([[1.0, -2.0, 0.5], [3.0, 1.0, 7.0]]), (2, 3)),
        "both axes of length 1": (np.array([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]]), (1, 1)),
        "one row, not repeated": (np.array([[1.0, 2.0, 4.0]]), (1, 3)),
        "integers": (np.array([[1, 2], [3, 5], [8, 13]]), (1, 2)),
    },
    mistakes={
        "Axes of length 1 are left as they came. An array of shape (2, 1) is repeated sideways too, so that axis has "
        "to be summed as well.": _leading,
        "Missing axes are left standing. An array of shape (5,) has been repeated along an axis in front that it does "
        "not have itself.": _ones,
        "The axes of length 1 are gone. (2, 1) is wanted, and you summed to (2,): keep the axis, with length 1.": (
            lambda grad, shape: _ones(_leading(grad, shape), shape, keepdims=False)
        ),
        "You took means. Everything that was repeated sends a whole bill: add them up.": lambda grad, shape: _ones(
            _leading(grad, shape, np.mean), shape, np.mean
        ),
        "You took the first of the copies. The others were used too, and their bills count.": _first_entries,
        "You drop axes at the end. Broadcasting aligns shapes at the right, so what is missing is missing in "
        "front.": _last_axes,
        "You compare the two shapes from the left. Broadcasting aligns them at the right; fill the shorter one up "
        "with ones in front.": _from_the_left,
        "Nothing is added up, and the bill holds more numbers than the array: neither reshape nor broadcast_to makes "
        "it fit.": lambda grad, shape: grad.reshape(shape),
        "That is the total, written everywhere. Sum only over the axes along which something was repeated.": (
            lambda grad, shape: np.full(shape, grad.sum())
        ),
        "The axes that were missing are still there, with length 1. They have to go altogether.": _kept,
        "You look for axes of length 1 before the ones in front are gone, and so count them wrongly: in a bill with "
        "more axes they stand further right.": lambda grad, shape: _leading(_ones(grad, shape), shape),
        "An axis of length 1 is summed away, not kept with length 1; and as soon as one is gone, the next are counted "
        "wrongly.": _sums_away,
        "At most one axis in front is removed. There may be several.": _one_in_front,
    },
    styles={
        "loop over numbers": _loop_unbroadcast,
        "one axis at a time": lambda grad, shape: _ones(_leading(grad, shape), shape),
        "filled up with ones": lambda grad, shape: grad.sum(
            axis=tuple(
                i for i, m in enumerate((1,) * (grad.ndim - len(shape)) + tuple(shape)) if m == 1 or m != grad.shape[i]
            )
        ).reshape(shape),
        "float32": lambda grad, shape: np.float32(_unbroadcast(grad, shape)),
    },
    hints=[
        "Write the two shapes one below the other, aligned at the right. Which axes of grad has the array not, or with "
        "length 1?",
        "Two steps. First sum away the axes in front that the array does not have: there are grad.ndim − len(shape).",
        "Then, for each axis where shape has a 1: grad.sum(axis=axis, keepdims=True).",
    ],
)

# 4.4 ------------------------------------------------------------------------------------------------------------------


def _log_softmax(z, axis=1):
    z = z - z.max(axis=axis, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=axis, keepdims=True))


def _softmax(z, axis=1):
    return np.exp(_log_softmax(z, axis))


def _one_hot(z, y):
    return np.eye(z.shape[1])[y]


def _surprise_of(z, y):
    return -np.mean(_log_softmax(z)[np.arange(len(y)), y])


def _surprise(z, y, slope=lambda p, t, n: (p - t) / n, axis=1):
    loss = -np.mean(_log_softmax(z, axis)[np.arange(len(y)), y])
    return loss, slope(_softmax(z, axis), _one_hot(z, y), len(y))


def _overwritten(z, y):
    p, rows = _softmax(z), np.arange(len(y))
    dz = p
    dz[rows, y] -= 1
    return -np.mean(np.log(p[rows, y])), dz / len(y)


def _all_columns(z, y):
    p = _softmax(z)
    p[:, y] -= 1
    return _surprise_of(z, y), p / len(y)


def _through_p(z, y, shift):
    e = np.exp(z - shift(z))
    p = e / e.sum(axis=1, keepdims=True)
    return -np.mean(np.log(p[np.arange(len(y)), y])), (p - _one_hot(z, y)) / len(y)


def _through_a_nudged_p(z, y, little):
    p = _softmax(z)
    return -np.mean(np.log(p[np.arange(len(y)), y] + little)), (p - _one_hot(z, y)) / len(y)


def _largest_of_all(z, y):
    z = z - z.max()
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(y)), y]), (np.exp(log_p) - _one_hot(z, y)) / len(y)


def _never_added_back(z, y):
    total = np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1)
    return np.mean(np.log(total) - z[np.arange(len(y)), y]), _surprise(z, y)[1]


def _shifts_its_input(z, y):
    z -= z.max(axis=1, keepdims=True)
    return _surprise(z, y)


def _loop_surprise(z, y):
    loss, dz = 0.0, np.zeros(z.shape)
    for i, row in enumerate(z):
        e = [np.exp(v - max(row)) for v in row]
        loss += np.log(sum(e)) + max(row) - row[y[i]]
        for j in range(len(row)):
            dz[i, j] = (e[j] / sum(e) - (j == y[i])) / len(y)
    return loss / len(y), dz


surprise_and_slopes = Exercise(
    title="Surprise and its slopes, in one",
    minutes=12,
    reference=_surprise,
    worked=Worked(
        (np.array([[0.0, np.log(2.0), 0.0], [np.log(3.0), 0.0, 0.0]]), np.array([1, 0])),
        (
            float((np.log(2) + np.log(5 / 3)) / 2),
            np.array([[1 / 8, -1 / 4, 1 / 8], [-1 / 5, 1 / 10, 1 / 10]]),
        ),
        "p is (1/4, 1/2, 1/4) and (3/5, 1/5, 1/5)",
    ),
    cases=lambda rng: [(rng.normal(size=(n, c)) * 2, rng.integers(0, c, n)) for n, c in [(4, 3), (3, 5), (5, 4)]],
    edges={
        "one row": (np.array([[0.5, -1.0, 2.0, 0.0]]), np.array([3])),
        "rows far apart": (np.array([[1000.0, 1001.0, 999.0], [-1000.0, -1002.0, -1001.0]]), np.array([0, 2])),
        "sure and wrong": (np.array([[800.0, 0.0, 1.0], [0.0, 2.0, -800.0]]), np.array([1, 2])),
        "integers": (np.array([[1, 2, 0], [0, 3, 1]]), np.array([2, 1])),
    },
    mistakes={
        "dz is not divided by n. The loss is a mean, so each row's slope counts one n-th.": lambda z, y: _surprise(
            z, y, lambda p, t, n: p - t
        ),
        "dz is divided by n twice.": lambda z, y: _surprise(z, y, lambda p, t, n: (p - t) / n**2),
        "dz is divided by the number of all its entries. The mean goes over the rows only.": lambda z, y: _surprise(
            z, y, lambda p, t, n: (p - t) / p.size
        ),
        "p − y was written into p itself, and the loss was then taken from that: the logarithm of something negative. "
        "Take the loss first, or subtract in a copy.": _overwritten,
        "p[:, y] takes whole columns, for all rows. One entry a row is wanted: row numbers and y together.": (
            _all_columns
        ),
        "The softmax runs over axis 0, down the examples. The classes of one example share its probability.": (
            lambda z, y: _surprise(z, y, axis=0)
        ),
        "One largest number for the whole table is not enough: in a row far below it every exponential becomes 0. "
        "Each row wants its own.": lambda z, y: _through_p(z, y, lambda z: z.max()),
        "Large z overflow on the way. Subtract each row's largest z before the exponential.": lambda z, y: _through_p(
            z, y, lambda z: 0.0
        ),
        "For a sure and wrong row p is rounded to 0, and its logarithm is lost. Do not go through p: ln p is z minus "
        "the logarithm of the row's sum.": lambda z, y: _through_p(z, y, lambda z: z.max(axis=1, keepdims=True)),
        "The sign of dz is turned: forecast minus fact.": lambda z, y: _surprise(z, y, lambda p, t, n: (t - p) / n),
        "dz is p alone. Where is the 1 that is taken away at the right class?": lambda z, y: _surprise(
            z, y, lambda p, t, n: p / n
        ),
        "You subtracted the number of the class from the whole row. Class 3 means: 1 at place 3, 0 elsewhere.": (
            lambda z, y: (_surprise_of(z, y), (_softmax(z) - y[:, None]) / len(y))
        ),
        "You kept p(1 − p). Softmax and logarithm together leave only p − y.": lambda z, y: _surprise(
            z, y, lambda p, t, n: (p - t) * p * (1 - p) / n
        ),
        "The 1 was taken from the right place, but the other classes get no slope. Raising a wrong class costs too.": (
            lambda z, y: _surprise(z, y, lambda p, t, n: (p - t) * t / n)
        ),
        "The loss is a mean over the rows; you added up.": lambda z, y: (
            _surprise_of(z, y) * len(y),
            _surprise(z, y)[1],
        ),
        "The loss takes the surprise of every class. Only what happened can surprise.": lambda z, y: (
            -np.mean(_log_softmax(z)),
            _surprise(z, y)[1],
        ),
        "Everything is right, but you wrote into z on the way: z -= ... changes the array that you were given.": (
            _shifts_its_input
        ),
        "A trifle added to p before the logarithm keeps inf away and is wrong: ln 1e-12 is −27.6, and no row can cost "
        "more. Find ln p without p.": lambda z, y: _through_a_nudged_p(z, y, 1e-12),
        "Adding 1e-9 to p only hides the trouble: a row that should cost 800 costs 20.7. Find ln p without p.": (
            lambda z, y: _through_a_nudged_p(z, y, 1e-9)
        ),
        "You subtract the largest number of the whole table. In a row far below it all exponentials are 0, and the "
        "logarithm of their sum is −inf.": _largest_of_all,
        "Inside of the exponentials the row's largest z is subtracted, but not from the z of the right class.": (
            _never_added_back
        ),
        "Both results are sums over the rows. The loss is their mean, and its slopes follow.": lambda z, y: (
            _surprise_of(z, y) * len(y),
            _surprise(z, y)[1] * len(y),
        ),
        "The loss has one number for each row. Their mean is wanted.": lambda z, y: (
            -_log_softmax(z)[np.arange(len(y)), y],
            _surprise(z, y)[1],
        ),
        "The loss is negative. Surprise is minus the logarithm of p, and never below 0.": lambda z, y: (
            -_surprise_of(z, y),
            _surprise(z, y)[1],
        ),
        "In the loss z[:, y] takes whole columns, for all rows. The slopes are right; index the loss like them.": (
            lambda z, y: (-np.mean(_log_softmax(z)[:, y]), _surprise(z, y)[1])
        ),
        "The loss is in bits. With the natural logarithm it is in nats, and only then p − y are its slopes.": (
            lambda z, y: (_surprise_of(z, y) / np.log(2), _surprise(z, y)[1])
        ),
        "The 1 is taken away one class too far to the left. Classes count from 0, as places in an array do.": (
            lambda z, y: (_surprise_of(z, y), (_softmax(z) - _one_hot(z, y - 1)) / len(y))
        ),
        "np.eye with as many rows as there are examples: a one-hot row has a place for each class.": lambda z, y: (
            _surprise_of(z, y),
            (_softmax(z) - np.eye(len(y))[y]) / len(y),
        ),
    },
    styles={
        "log of the sum": lambda z, y: (
            np.mean(np.logaddexp.reduce(z, axis=1) - z[np.arange(len(y)), y]),
            (np.exp(z - np.logaddexp.reduce(z, axis=1, keepdims=True)) - _one_hot(z, y)) / len(y),
        ),
        "one-hot": lambda z, y: (
            -(_one_hot(z, y) * _log_softmax(z)).sum() / len(y),
            (_softmax(z) - _one_hot(z, y)) / len(y),
        ),
        "loops": _loop_surprise,
        "float32": lambda z, y: tuple(np.float32(v) for v in _surprise(z, y)),
    },
    hints=[
        "Compute log p first: z minus its row's maximum, minus the logarithm of that row's sum of exponentials.",
        "The loss is minus the mean of log_p[np.arange(n), y]. dz begins as np.exp(log_p), a fresh array.",
        "Then take 1 away at [np.arange(n), y], and divide by n.",
    ],
)

# 4.5 ------------------------------------------------------------------------------------------------------------------


def _network(rng, n, d, h, c):
    """x (n, d), y (n,), w1 (d, h), b1 (h,), w2 (h, c), b2 (c,)."""
    return (
        rng.normal(size=(n, d)),
        rng.integers(0, c, n),
        rng.normal(size=(d, h)),
        rng.normal(size=h),
        rng.normal(size=(h, c)),
        rng.normal(size=c),
    )


def _mlp_loss(x, y, w1, b1, w2, b2):
    return _surprise_of(np.maximum(0, x @ w1 + b1) @ w2 + b2, y)


def _mlp(
    x,
    y,
    w1,
    b1,
    w2,
    b2,
    mask=lambda da, z1: da * (z1 > 0),
    share=lambda n: 1 / n,
    activation=lambda z: np.maximum(0, z),
    first=lambda z2, t: _softmax(z2) - t,
    total=lambda dz: dz.sum(axis=0),
    unmasked=(),
    into_w2=lambda z1, a1: a1,
    with_b1=1,
    with_b2=1,
    last=lambda z: z,
):
    z1 = x @ w1 + with_b1 * b1
    a1 = activation(z1)
    z2 = last(a1 @ w2 + with_b2 * b2)
    dz2 = first(z2, np.eye(len(b2))[y]) * share(len(y))
    da1 = dz2 @ w2.T
    dz1 = mask(da1, z1)
    into = {name: da1 if name in unmasked else dz1 for name in ("dw1", "db1")}
    return x.T @ into["dw1"], total(into["db1"]), into_w2(z1, a1).T @ dz2, total(dz2)


def _slip(**change):
    return lambda x, y, w1, b1, w2, b2: _mlp(x, y, w1, b1, w2, b2, **change)


def _in_order(*order):
    return lambda *args: tuple(_mlp(*args)[i] for i in order)


def _not_turned(x, y, w1, b1, w2, b2):
    z1 = x @ w1 + b1
    dz2 = (_softmax(np.maximum(0, z1) @ w2 + b2) - np.eye(len(b2))[y]) / len(y)
    dz1 = (dz2 @ w2) * (z1 > 0)
    return x.T @ dz1, dz1.sum(0), np.maximum(0, z1).T @ dz2, dz2.sum(0)


def _row_by_row(x, y, w1, b1, w2, b2):
    grads = [np.zeros(np.shape(v)) for v in (w1, b1, w2, b2)]
    for row, target in zip(x, y, strict=True):
        z = row @ w1 + b1
        a = np.where(z > 0, z, 0)
        e = np.exp(a @ w2 + b2 - (a @ w2 + b2).max())
        dz2 = e / e.sum()
        dz2[target] -= 1
        dz1 = np.where(z > 0, w2 @ dz2, 0)
        for g, more in zip(grads, (np.outer(row, dz1), dz1, np.outer(a, dz2), dz2), strict=True):
            g += more / len(y)
    return tuple(grads)


def _by_tensor(x, y, w1, b1, w2, b2):
    given = [Tensor(v, requires_grad=True, dtype=np.float64) for v in (w1, b1, w2, b2)]
    w1, b1, w2, b2 = given
    F.cross_entropy((Tensor(x, dtype=np.float64) @ w1 + b1).relu() @ w2 + b2, Tensor(y)).backward()
    return tuple(t.grad.data for t in given)


mlp_backward = Exercise(
    title="A network, backward",
    minutes=15,
    reference=lambda x, y, w1, b1, w2, b2: _mlp(x, y, w1, b1, w2, b2),
    worked=Worked(
        (
            np.array([[1.0, 2.0]]),
            np.array([0]),
            np.array([[1.0, 0.0, -1.0], [0.0, 1.0, 0.0]]),
            np.zeros(3),
            np.array([[1.0, -1.0], [0.0, 1.0], [5.0, 2.0]]),
            np.zeros(2),
        ),
        (
            np.array([[-1.0, 0.5, 0.0], [-2.0, 1.0, 0.0]]),
            np.array([-1.0, 0.5, 0.0]),
            np.array([[-0.5, 0.5], [-1.0, 1.0], [0.0, 0.0]]),
            np.array([-0.5, 0.5]),
        ),
        "z1 = (1, 2, −1), z2 = (1, 1), p = (1/2, 1/2)",
    ),
    cases=lambda rng: [_network(rng, *sizes) for sizes in [(4, 3, 5, 2), (5, 2, 4, 3), (3, 4, 2, 5)]],
    edges={
        "one row": _network(np.random.default_rng(3), 1, 3, 4, 2),
        "as many of everything": _network(np.random.default_rng(4), 3, 3, 3, 3),
        "integers": (
            np.array([[1, 2], [3, -1], [0, 1]]),
            np.array([1, 0, 1]),
            np.array([[1, 0, -2, 1], [1, -1, 1, 2]]),
            np.array([1, 3, 2, -3]),
            np.array([[1, 0], [-1, 1], [0, 2], [1, 1]]),
            np.array([0, 1]),
        ),
    },
    slope=Slope(_mlp_loss, (2, 3, 4, 5), "the mean surprise"),
    mistakes={
        "The ReLU is missing on the way back: where z1 was not positive, nothing passes.": _slip(
            mask=lambda da, z1: da
        ),
        "The mask asks whether the gradient is positive. It is z1, on the way forward, that opens or closes it.": (
            _slip(mask=lambda da, z1: da * (da > 0))
        ),
        "You multiplied by the activation itself. The ReLU's slope is 1 or 0, not its value.": _slip(
            mask=lambda da, z1: da * np.maximum(0, z1)
        ),
        "The mask is turned around: the gradient passes where z1 > 0.": _slip(mask=lambda da, z1: da * (z1 <= 0)),
        "That is the slope of tanh or of a sigmoid. This network has a ReLU.": _slip(
            mask=lambda da, z1: da * (1 - np.tanh(z1) ** 2)
        ),
        "dw1 is right, but db1 was summed before the mask. b1 stands inside of the ReLU, as w1 does.": _slip(
            unmasked=("db1",)
        ),
        "db1 is right, but dw1 was made from the gradient before the mask.": _slip(unmasked=("dw1",)),
        "dw2 was made from z1. What the second layer received is the activation.": _slip(into_w2=lambda z1, a1: z1),
        "Nothing is divided by n. The loss is a mean over the rows.": _slip(share=lambda n: 1),
        "You divided by n twice, perhaps once in each layer. The one division in dz2 reaches everything.": _slip(
            share=lambda n: 1 / n**2
        ),
        "The gradients of the biases are not summed: they still have a row for each example.": _slip(
            total=lambda dz: dz
        ),
        "The gradients of the biases are means. Divide once, in dz2, and only add up from there on.": _slip(
            total=lambda dz: dz.mean(axis=0)
        ),
        "dz2 is p alone: take 1 away at each row's right class.": _slip(first=lambda z2, t: _softmax(z2)),
        "dz2 is z2 minus the target. The forecast is p, after the softmax.": _slip(first=lambda z2, t: z2 - t),
        "The sign is turned: forecast minus fact. All four gradients point the wrong way.": _slip(
            first=lambda z2, t: t - _softmax(z2)
        ),
        "On the way back to the hidden layer w2 has to be turned: dz2 has k columns, and the result wants one for each "
        "hidden unit.": _not_turned,
        "The forward pass has no ReLU, so z2 is that of another network.": _slip(activation=lambda z: z),
        "b1 is missing from the forward pass.": _slip(with_b1=0),
        "b2 is missing from the forward pass.": _slip(with_b2=0),
        "Neither bias is in the forward pass, so it is another network whose slopes you find.": _slip(
            with_b1=0, with_b2=0
        ),
        "There is no ReLU at all, neither forward nor backward: two layers without one are a single layer.": _slip(
            activation=lambda z: z, mask=lambda da, z1: da
        ),
        "You multiplied by z1. What passes a ReLU passes whole, and where z1 is below 0 nothing does.": _slip(
            mask=lambda da, z1: da * z1
        ),
        "z2 went through a ReLU too. The last layer has none: softmax takes z2 as it is.": _slip(
            last=lambda z: np.maximum(0, z)
        ),
        "The second layer's gradients stand first. That is how they are found; the task wants those of the first layer "
        "in front.": _in_order(2, 3, 0, 1),
        "The four are right, but in another order: each layer's weights are followed by its biases.": _in_order(
            0, 2, 1, 3
        ),
        "The gradients of the biases are summed along each row, over the units. Each unit has its own bias; the "
        "examples share it.": _slip(total=lambda dz: dz.sum(axis=1)),
        "Python's max compares two arrays as wholes. ReLU compares number by number, and NumPy has a function for "
        "that.": _slip(activation=lambda z: max(0, z)),
        "np.max looks for the largest number along an axis. ReLU compares each number with 0: that is another function "
        "of NumPy.": _slip(activation=lambda z: np.max(0, z)),
    },
    styles={
        "row by row": _row_by_row,
        "by Tensor": _by_tensor,
        "mask from a1": _slip(mask=lambda da, z1: da * (np.maximum(0, z1) > 0)),
        "np.where": _slip(mask=lambda da, z1: np.where(z1 > 0, da, 0)),
        "a list in float32": lambda *args: [np.float32(g) for g in _mlp(*args)],
    },
    hints=[
        "Go forward once and keep z1, a1 and z2. Then begin at the end: dz2 is p − y, divided by n.",
        "The second layer is Exercise 4.2 with x = a1: it gives dw2, db2, and da1 for the layer below.",
        "From da1 to dz1: multiply by (z1 > 0). Then Exercise 4.2 once more, with the true x.",
    ],
)

# 4.6 ------------------------------------------------------------------------------------------------------------------


def _parameters(w, b):
    return [Tensor(v, requires_grad=True, dtype=np.float64) for v in (w, b)]


def _descend(
    x,
    y,
    w,
    b,
    lr,
    steps,
    *,
    zero=True,
    sign=-1,
    moves=("w", "b"),
    reduction="mean",
    softmax=False,
    shuffle=0,
    dtype=np.float64,
    forget=("w", "b"),
    empty=None,
):
    w, b = [Tensor(v, requires_grad=True, dtype=dtype) for v in (w, b)]
    x, y = Tensor(x, dtype=np.float64), Tensor(y)
    for _ in range(steps + shuffle):
        z = x @ w + b
        F.cross_entropy(z.softmax(1) if softmax else z, y, reduction=reduction).backward()
        with no_grad():
            for name, t in (("w", w), ("b", b)):
                t.data += sign * lr * t.grad.data * (name in moves)
                if zero and name in forget:
                    t.grad = empty
    return w.data, b.data


def _replaced(x, y, w, b, lr, steps):
    w, b = _parameters(w, b)
    for _ in range(steps):
        F.cross_entropy(Tensor(x, dtype=np.float64) @ w + b, Tensor(y)).backward()
        w, b = w - lr * w.grad, b - lr * b.grad
    return w.data, b.data


def _returns_at_once(x, y, w, b, lr, steps):
    for _ in range(steps):
        return _descend(x, y, w, b, lr, 1)


def _one_loss(x, y, w, b, lr, steps):
    w, b = _parameters(w, b)
    loss = F.cross_entropy(Tensor(x, dtype=np.float64) @ w + b, Tensor(y))
    for _ in range(steps):
        loss.backward()
        for t in (w, b):
            t.data -= lr * t.grad.data
            t.grad = None
    return w.data, b.data


def _zeroed_too_soon(x, y, w, b, lr, steps):
    w, b = _parameters(w, b)
    for _ in range(steps):
        F.cross_entropy(Tensor(x, dtype=np.float64) @ w + b, Tensor(y)).backward()
        w.grad = b.grad = None
        w.data -= lr * w.grad.data
        b.data -= lr * b.grad.data
    return w.data, b.data


def _by_hand(x, y, w, b, lr, steps):
    for _ in range(steps):
        dz = _surprise(x @ w + b, y)[1]
        w, b = w - lr * x.T @ dz, b - lr * dz.sum(axis=0)
    return w, b


def _by_package(x, y, w, b, lr, steps):
    from groundup import optim

    w, b = _parameters(w, b)
    optimizer = optim.SGD([w, b], lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(Tensor(x, dtype=np.float64) @ w + b, Tensor(y)).backward()
        optimizer.step()
    return w.detach().numpy(), b.detach().numpy()


def _new_tensors(x, y, w, b, lr, steps):
    for _ in range(steps):
        v, c = _parameters(w, b)
        F.cross_entropy(x @ v + c, y).backward()
        w, b = w - lr * v.grad.data, b - lr * c.grad.data
    return w, b


def _start(rng, n, d, c):
    return rng.normal(size=(n, d)), rng.integers(0, c, n), rng.normal(size=(d, c)), rng.normal(size=c)


descend = Exercise(
    title="Descent with Tensor",
    minutes=12,
    reference=lambda x, y, w, b, lr, steps: _descend(x, y, w, b, lr, steps),
    worked=Worked(
        (np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([0, 1]), np.zeros((2, 2)), np.zeros(2), 0.4, 1),
        (np.array([[-0.2, 0.2], [0.2, -0.2]]), np.zeros(2)),
        "p is 1/2 everywhere, dz is ((−1/4, 1/4), (1/4, −1/4)), so the first slope of w is −1/4 + 3/4",
    ),
    cases=lambda rng: [
        (*_start(rng, n, d, c), lr, steps) for n, d, c, lr, steps in [(5, 2, 3, 0.5, 4), (4, 3, 2, 0.2, 7)]
    ],
    edges={
        "no step at all": (*_start(np.random.default_rng(6), 3, 2, 4), 0.1, 0),
        "one example": (*_start(np.random.default_rng(7), 1, 3, 2), 0.3, 3),
        "integers": (
            np.array([[1, 2], [0, 3], [2, 1]]),
            np.array([1, 0, 1]),
            np.array([[1, 0], [0, 1]]),
            np.zeros(2, int),
            0.1,
            3,
        ),
    },
    mistakes={
        "The gradients are never set back, so every step walks along the sum of all slopes so far. Right after one "
        "step, wrong after two.": lambda *args: _descend(*args, zero=False),
        "A gradient is None when you want to step along it. Was it set back too soon, between backward and the step? "
        "Or did that tensor take no part: is it in the loss, and made with requires_grad=True?": (_zeroed_too_soon),
        "You replaced w by the result of an operation. backward leaves gradients only with the tensors that you made, "
        "so the second step finds none. Keep the old w, and change the numbers in it.": _replaced,
        "You walk uphill: step against the gradient.": lambda *args: _descend(*args, sign=1),
        "The learning rate is missing.": lambda x, y, w, b, lr, steps: _descend(x, y, w, b, 1.0, steps),
        "b never moves.": lambda *args: _descend(*args, moves=("w",)),
        "w never moves.": lambda *args: _descend(*args, moves=("b",)),
        "The loss is a mean over the rows; yours is their sum, and so the steps are n times as long.": (
            lambda *args: _descend(*args, reduction="sum")
        ),
        "cross_entropy takes z and makes the softmax itself. You put one in front, and so there are two.": (
            lambda *args: _descend(*args, softmax=True)
        ),
        "One step too many: range(steps) already counts steps of them.": lambda *args: _descend(*args, shuffle=1),
        "However many rounds, yours ends one step from the start. Are w and b made anew from the arguments in each "
        "round?": lambda x, y, w, b, lr, steps: _descend(x, y, w, b, lr, min(steps, 1)),
        "The return stands inside the loop: the first round ends it all, and with no steps nothing is returned.": (
            _returns_at_once
        ),
        "It is always one step. How many is what `steps` says, and that may be none.": lambda x, y, w, b, lr, steps: (
            _descend(x, y, w, b, lr, 1)
        ),
        "The gradient of b is never set back; that of w is. Both have to begin anew.": lambda *args: _descend(
            *args, forget=("w",)
        ),
        "The gradient of w is never set back; that of b is. Both have to begin anew.": lambda *args: _descend(
            *args, forget=("b",)
        ),
        "A gradient was set to the number 0, and backward cannot add to that. Set it to what it was before the first "
        "backward.": lambda *args: _descend(*args, empty=0),
        "The loss is computed once, before the loop. After a step the numbers are others: each round needs a forward "
        "pass of its own.": _one_loss,
        "You begin at 0. Begin at the w and b that are handed over.": lambda x, y, w, b, lr, steps: _descend(
            x, y, 0 * w, 0 * b, lr, steps
        ),
        "The steps are n times too short. The loss is a mean already; do not divide by n once more.": (
            lambda x, y, w, b, lr, steps: _descend(x, y, w, b, lr / len(y), steps)
        ),
        "Your tensors keep the kind of number that they are given, and whole numbers have no slopes. The task names a "
        "dtype.": lambda *args: _descend(*args, dtype=None),
    },
    styles={
        "by hand": _by_hand,
        "by the package": _by_package,
        "new tensors each time": _new_tensors,
        "float32": lambda *args: tuple(v.astype(np.float32) for v in _descend(*args)),
    },
    hints=[
        "Before the loop: w and b as tensors with requires_grad=True. In the loop: loss, backward, step, set back.",
        "F.cross_entropy(Tensor(x, dtype=np.float64) @ w + b, y).backward() leaves the slopes in w.grad and b.grad; "
        "their arrays are w.grad.data and b.grad.data.",
        "Step with w.data -= lr * w.grad.data, then w.grad = None. Return w.data and b.data.",
    ],
)

# 4.7 ------------------------------------------------------------------------------------------------------------------

_SIZES = (784, 300, 100, 10)
_EACH = [a * b for a, b in itertools.pairwise(_SIZES)]  # multiplications of a row, layer by layer
_FORWARD = sum(_EACH)

backward_share = Exercise(
    title="How much more is backward?",
    minutes=6,
    reference=(2 * _FORWARD - _EACH[0]) / _FORWARD,
    rtol=5e-4,
    mistakes={
        "Two products for each layer, but the first layer does not need its dx: nobody asks how the pixels should "
        "change.": 2.0,
        "That leaves out the dx of the last layer. The layer that can do without is the first.": (
            (2 * _FORWARD - _EACH[-1]) / _FORWARD
        ),
        "Those are the products for the weights alone. Between the layers the gradient has to travel down, too.": 1.0,
        "Those are only the products that carry the gradient down, without those for the weights.": (
            (_FORWARD - _EACH[0]) / _FORWARD
        ),
        "That is forward by backward. The other way round.": _FORWARD / (2 * _FORWARD - _EACH[0]),
        "That counts forward and backward together. Only backward is to be divided by forward.": (
            (3 * _FORWARD - _EACH[0]) / _FORWARD
        ),
        "That is the number of multiplications of the backward pass for one row, not yet how many times forward's.": (
            2 * _FORWARD - _EACH[0]
        ),
        "That counts forward and backward together, and the first layer's dx as well.": 3.0,
        "The middle layer was left out, or its dx. Only the first layer can do without a dx.": (
            (2 * (_EACH[0] + _EACH[2]) - _EACH[0]) / (_EACH[0] + _EACH[2])
        ),
        "That is the number of multiplications of the backward pass for all 50 rows. Divide by those of forward.": (
            50 * (2 * _FORWARD - _EACH[0])
        ),
        "That is per cent. How many times as many is asked.": 100 * (2 * _FORWARD - _EACH[0]) / _FORWARD,
        "The first layer is left out of backward altogether. It can do without its dx, but its weights want a dw.": (
            2 * (_FORWARD - _EACH[0]) / _FORWARD
        ),
    },
    hints=[
        "A product of (n, d) and (d, k) takes n · d · k multiplications. Add up three of them for forward.",
        "Backward, each layer has two products of the same size, for dw and for dx. Which dx does nobody need?",
        "(2 · forward − the first layer's) / forward. The number of rows cancels.",
    ],
)

# 4.8 ------------------------------------------------------------------------------------------------------------------

centre_backward = Exercise(
    title="Two paths through a mean",
    level="stretch",
    minutes=10,
    reference=lambda x, dz: dz - dz.mean(axis=0),
    worked=Worked(
        (np.array([[1.0, 2.0], [5.0, 0.0], [3.0, 4.0]]), np.array([[1.0, 0.0], [2.0, 3.0], [6.0, 0.0]])),
        np.array([[-2.0, -1.0], [-1.0, 2.0], [3.0, -1.0]]),
        "the first x gets 1 by the straight path and −(1 + 2 + 6)/3 through the mean",
    ),
    cases=lambda rng: [tuple(rng.normal(size=(2, n, d))) for n, d in [(4, 3), (2, 5), (5, 2)]],
    edges={
        "one row": (np.array([[1.0, 2.0, 3.0]]), np.array([[0.5, -1.0, 2.0]])),
        "integers": (np.array([[1, 2, 0], [4, 1, 7]]), np.array([[3, 1, 5], [1, 1, 2]])),
    },
    mistakes={
        "That is the straight path alone. Every x also moves the mean, and the mean moves all rows.": lambda x, dz: (
            dz + 0.0
        ),
        "That is the path through the mean alone. The straight path is there as well, and paths add.": lambda x, dz: (
            np.zeros(dz.shape) - dz.mean(axis=0)
        ),
        "The bills for the mean add up, but one x moves the mean only by an n-th.": lambda x, dz: dz - dz.sum(axis=0),
        "You count only how x moves its own place in z. Through the mean it moves all other rows of its column, too.": (
            lambda x, dz: dz * (1 - 1 / len(dz))
        ),
        "The sign of the second path: the mean is subtracted, so its bill comes with a minus.": lambda x, dz: (
            dz + dz.mean(axis=0)
        ),
        "The mean was taken down each column, over axis 0. Yours runs along the rows.": lambda x, dz: (
            dz - dz.mean(axis=1, keepdims=True)
        ),
        "Each column has a mean of its own; you took one for the whole table.": lambda x, dz: dz - dz.mean(),
        "It is dz that is to be centred, not x: you computed the forward pass.": lambda x, dz: x - x.mean(axis=0),
        "You subtracted the mean of x. On the way back only slopes are counted, and x does not appear at all.": (
            lambda x, dz: dz - x.mean(axis=0)
        ),
        "You divided by the number of columns. The mean of a column goes over its rows.": lambda x, dz: (
            dz - dz.sum(axis=0) / dz.shape[1]
        ),
    },
    styles={
        "ones": lambda x, dz: dz - np.full((len(dz), len(dz)), 1 / len(dz)) @ dz,
        "loop": lambda x, dz: np.array([row - sum(dz) / len(dz) for row in dz]),
        "two paths": lambda x, dz: dz + np.repeat(-dz.sum(axis=0)[None] / len(dz), len(dz), axis=0),
        "float32": lambda x, dz: np.float32(dz - dz.mean(axis=0)),
    },
    hints=[
        "z = x − m with m repeated downwards. What are the bills for x (straight) and for m?",
        "dm is −dz summed over axis 0, shape (d,). And m is a mean: how far does it move when one x moves by 1?",
    ],
)

# 4.9 ------------------------------------------------------------------------------------------------------------------


def _stack(rng, h, n, d, k):
    return rng.normal(size=(h, n, d)), rng.normal(size=(d, k)), rng.normal(size=(h, n, k))


stack_backward = Exercise(
    title="A stack of tables, one matrix",
    level="stretch",
    minutes=12,
    reference=lambda x, w, dz: (dz @ w.T, np.einsum("hnd,hnk->dk", x, dz)),
    worked=Worked(
        (np.array([[[1.0, 2.0]], [[3.0, -1.0]]]), np.array([[2.0], [1.0]]), np.array([[[1.0]], [[2.0]]])),
        (np.array([[[2.0, 1.0]], [[4.0, 2.0]]]), np.array([[7.0], [0.0]])),
        "the first weight met 1 and 3: 1·1 + 3·2",
    ),
    cases=lambda rng: [_stack(rng, *sizes) for sizes in [(2, 4, 3, 5), (3, 2, 5, 4), (4, 3, 2, 6)]],
    edges={
        "one table": _stack(np.random.default_rng(8), 1, 3, 2, 4),
        "integers": (
            np.array([[[1, 2], [0, 1], [4, 2]], [[3, 1], [5, 2], [1, 1]]]),
            np.array([[1, 0, 2, 1], [2, 1, 0, 3]]),
            np.array([[[1, 0, 2, 1], [0, 1, 1, 3], [2, 2, 0, 1]], [[1, 1, 0, 0], [2, 0, 1, 1], [0, 3, 1, 2]]]),
        ),
    },
    mistakes={
        "dw has one table for each of the stack. All of them used the same w: their bills add up.": lambda x, w, dz: (
            dz @ w.T,
            x.transpose(0, 2, 1) @ dz,
        ),
        "dw is a mean over the stack. Bills add up.": lambda x, w, dz: (
            dz @ w.T,
            (x.transpose(0, 2, 1) @ dz).mean(axis=0),
        ),
        "dw comes from the first table of the stack alone.": lambda x, w, dz: (dz @ w.T, x[0].T @ dz[0]),
        "x.T turns all three axes around. Only the last two are to change places; the stack stays in front.": (
            lambda x, w, dz: (dz @ w.T, (x.T @ dz).sum(axis=0))
        ),
        "x.reshape(d, −1) puts other numbers beside each other; it does not turn anything. An example's d numbers have "
        "to stay together.": lambda x, w, dz: (
            dz @ w.T,
            x.reshape(x.shape[-1], -1) @ dz.reshape(-1, dz.shape[-1]),
        ),
        "dw is turned: w has shape (d, k).": lambda x, w, dz: (dz @ w.T, np.einsum("hnd,hnk->kd", x, dz)),
        "In dx the lengths in the middle do not fit: dz has k columns, and so has w.": lambda x, w, dz: (
            dz @ w,
            np.einsum("hnd,hnk->dk", x, dz),
        ),
        "dw is divided by the number of rows of the stack. No mean is taken here.": lambda x, w, dz: (
            dz @ w.T,
            np.einsum("hnd,hnk->dk", x, dz) / (len(x) * x.shape[1]),
        ),
        "You added the tables up first and multiplied then. So the x of one table meets the dz of another.": (
            lambda x, w, dz: (dz @ w.T, x.sum(axis=0).T @ dz.sum(axis=0))
        ),
        "dw has an axis too many, of length 1: w has shape (d, k).": lambda x, w, dz: (
            dz @ w.T,
            (x.transpose(0, 2, 1) @ dz).sum(axis=0, keepdims=True),
        ),
        "dx is summed over the stack. Each table has an x of its own; only w is shared.": lambda x, w, dz: (
            (dz @ w.T).sum(axis=0),
            np.einsum("hnd,hnk->dk", x, dz),
        ),
        "dw is one number. The bills add up over tables and rows, not over w's own axes.": lambda x, w, dz: (
            dz @ w.T,
            (x.transpose(0, 2, 1) @ dz).sum(),
        ),
        "The two results are in the wrong order: first dx, then dw.": lambda x, w, dz: (
            np.einsum("hnd,hnk->dk", x, dz),
            dz @ w.T,
        ),
    },
    styles={
        "sum over the stack": lambda x, w, dz: (dz @ w.T, (x.swapaxes(1, 2) @ dz).sum(axis=0)),
        "as one table": lambda x, w, dz: (
            dz @ w.T,
            x.reshape(-1, x.shape[-1]).T @ dz.reshape(-1, dz.shape[-1]),
        ),
        "tensordot": lambda x, w, dz: (np.einsum("hnk,dk->hnd", dz, w), np.tensordot(x, dz, ([0, 1], [0, 1]))),
        "loop": lambda x, w, dz: (
            np.array([one @ w.T for one in dz]),
            sum(a.T @ b for a, b in zip(x, dz, strict=True)),
        ),
    },
    hints=[
        "The matrix w was repeated h times, once for each table. What happens to what was repeated?",
        "Either one product for each table and a sum over axis 0, or all tables below each other, as one.",
    ],
)

# Questions ------------------------------------------------------------------------------------------------------------

bias_sum = Question(
    "A layer with a bias has seen 64 rows. Why is its gradient db the sum of dz over the rows?",
    right="Each number of b was used in all 64 rows, and every use sends its bill.",
    wrong={
        "Because the loss is a mean over the rows.": "The mean is the reason for a division by 64, which dz has inside "
        "already. The sum would be there without it, too.",
        "To make the shapes fit; a mean would do as well.": "A mean has the right shape and is 64 times too small. "
        "Shapes find a candidate; nudging decides.",
        "Because the bias has no input.": "It has one that is always 1. Even so the rows' bills have to be added up.",
    },
    because="Repeating forward is using many times, and what is used many times gets many bills: two paths add.",
)

square_trap = Question(
    "x, w and dz are all 3 × 3. Which of these is dw?",
    right="xᵀ @ dz, and the shapes cannot tell you so.",
    wrong={
        "Any of xᵀ @ dz, dz @ xᵀ and x @ dz: the shapes fit.": "They fit, but the numbers differ. Only one of them "
        "agrees with nudging.",
        "dz @ xᵀ, since the gradient comes first.": "It adds up over the outputs. But each entry of w was used once in "
        "every row: it is the rows that add up.",
        "None: with equal lengths there is no gradient.": "There is one in any case. Only the argument from shapes "
        "fails.",
    },
    because="∂z_ij/∂w_pj = x_ip, and the sum runs over the rows i. Try shapes with unequal lengths, then nudge.",
)

not_zeroed = Question(
    "A loop with Tensor learns for some steps, even faster than usual. Then its loss swings up and down, higher than "
    "at the start. What was forgotten?",
    right="To set the gradients back to zero before the next backward.",
    wrong={
        "To divide by the number of rows.": "That makes all steps too long by the same factor, from the first one on.",
        "To sum the gradient of the bias.": "Then the shapes would be wrong at once.",
        "To subtract the learning rate times the gradient.": "Then nothing would move at all.",
    },
    because="backward adds to grad, for two losses may share a weight. It cannot know that a new step has begun.",
)

falling_loss = Question(
    "Your hand-written gradient is too small by a factor of 64. What do you see while it trains?",
    right="The loss falls, only slowly; nudging shows the same factor everywhere.",
    wrong={
        "The loss rises.": "The direction is right. Steps against it lead down, however short they are.",
        "An error message about shapes.": "A factor has no shape.",
        "Nothing at all: the loss stays where it is.": "It moves by a 64th of what it should. That is easily taken for "
        "a difficult problem.",
    },
    because="A falling loss proves that the direction is roughly right, and no more. The check is the nudge.",
)

THIS = chapter("04_tensor", globals())
__getattr__ = suggest(__name__, globals())


def progress():
    """Show this chapter's exercises and questions with what you have done so far."""
    return table_of(THIS)

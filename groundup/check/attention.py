"""Chapter 10's exercises and questions."""

import numpy as np

from groundup.check.exercise import Exercise, Slope, Worked, chapter, suggest
from groundup.check.quiz import Question
from groundup.check.table import table_of


def _softmax(z, axis=-1):
    with np.errstate(all="ignore"):
        e = np.exp(z - np.max(z, axis=axis, keepdims=True))
        return e / e.sum(axis=axis, keepdims=True)


def _tri(t, s=None, k=0):
    return np.tri(t, s or t, k, dtype=bool)


def _root(q):
    return np.sqrt(np.shape(q)[-1])


def _masked(scores, allowed, fill=-np.inf):
    return np.where(allowed, scores, fill)


# 10.1 -----------------------------------------------------------------------------------------------------------------


def _past(x, weights):
    return weights / np.maximum(weights.sum(axis=1, keepdims=True), 1) @ x


past_average = Exercise(
    title="The average of the past",
    level="warm-up",
    minutes=6,
    reference=lambda x: _past(x, np.tri(len(x))),
    worked=Worked(
        (np.array([[2.0, 0.0], [4.0, 6.0], [9.0, 3.0]]),),
        np.array([[2.0, 0.0], [3.0, 3.0], [5.0, 3.0]]),
        "first column: 2, then (2 + 4)/2, then (2 + 4 + 9)/3",
    ),
    cases=lambda rng: [(rng.normal(size=shape),) for shape in ((5, 3), (4, 2))],
    edges={
        "one row": (np.array([[3.0, -1.0]]),),
        "integers": (np.array([[1, 2, 3], [4, 4, 4]]),),
        "one column": (np.array([[1.0], [2.0], [6.0], [0.0]]),),
    },
    mistakes={
        "Every place got the mean of the whole sequence, the future included.": lambda x: _past(
            x, np.ones((len(x), len(x)))
        ),
        "That is the future: each place averaged itself and what comes after. Is the triangle the right way "
        "round?": lambda x: _past(x, np.tri(len(x)).T),
        "A place belongs to its own past: include it. The first place has nothing else.": lambda x: _past(
            x, np.tri(len(x), k=-1)
        ),
        "One place too far: each place has read the next one.": lambda x: _past(x, np.tri(len(x), k=1)),
        "You added up and did not divide.": lambda x: np.cumsum(x, axis=0),
        "You divided by the number of all places. Place i has only i + 1 to average (counted from 0).": lambda x: (
            np.cumsum(x, axis=0) / len(x)
        ),
        "The sum went along the numbers of a place. Go along the places, down the columns.": lambda x: (
            np.cumsum(x, axis=1) / np.arange(1, np.shape(x)[1] + 1)
        ),
        "Divided by i + 2: with places counted from 0, place i averages i + 1 of them.": lambda x: (
            np.cumsum(x, axis=0) / np.arange(2, len(x) + 2)[:, None]
        ),
        "The triangle's columns add up to 1. Its rows should: a row says what one place takes.": lambda x: (
            np.tri(len(x)) / np.tri(len(x)).sum(axis=0) @ x
        ),
        "You averaged a place with the one before only. All earlier ones count.": lambda x: _past(
            x, np.tri(len(x)) - np.tri(len(x), k=-2)
        ),
        "The softmax was taken of the triangle of ones: a 0 is a score like any other. Forbidden is −∞.": lambda x: (
            _softmax(np.tri(len(x))) @ x
        ),
        "Each row has to be divided by its own sum. Without keepdims=True the sums lie along the columns, and each "
        "column gets one.": lambda x: np.tri(len(x)) / np.tri(len(x)).sum(axis=1) @ x,
        "You took the mean of the mean before and the new place. It forgets the early ones too fast: a half, a "
        "quarter, an eighth.": lambda x: _halving(x),
    },
    styles={
        "cumsum": lambda x: np.cumsum(x, axis=0) / np.arange(1, len(x) + 1)[:, None],
        "loop": lambda x: np.array([np.mean(x[: i + 1], axis=0) for i in range(len(x))]),
        "softmax": lambda x: _softmax(np.where(_tri(len(x)), 0.0, -np.inf)) @ x,
        "running": lambda x: _running(x),
    },
    hints=[
        "Write the matrix for three places by hand: what does its second row take from each place?",
        "np.tri(t) has ones on and below the diagonal. Divide each row by its own sum, then multiply by x.",
    ],
)


def _halving(x):
    out = [np.asarray(x, dtype=float)[0]]
    for row in np.asarray(x, dtype=float)[1:]:
        out.append((out[-1] + row) / 2)
    return np.array(out)


def _running(x):
    out, total = [], np.zeros(np.shape(x)[1])
    for i, row in enumerate(x):
        total = total + row
        out.append(total / (i + 1))
    return np.array(out)


# 10.2 -----------------------------------------------------------------------------------------------------------------


def _pair(rng, t, s, d):
    return rng.normal(size=(t, d)), rng.normal(size=(s, d))


scores = Exercise(
    title="How well a query fits a key",
    minutes=8,
    reference=lambda q, k: q @ k.T / _root(q),
    worked=Worked(
        (
            np.array([[2.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]]),
            np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]]),
        ),
        np.array([[1.0, 0.0, 1.0], [0.5, 1.0, 2.0]]),
        "dot products 2, 0, 2 and 1, 2, 4; the root of 4 is 2",
    ),
    cases=lambda rng: [_pair(rng, t, s, d) for t, s, d in [(4, 5, 3), (6, 3, 8)]],
    edges={
        "one query": _pair(np.random.default_rng(1), 1, 4, 3),
        "one key": _pair(np.random.default_rng(2), 4, 1, 3),
        "integers": (np.array([[1, 2, 0], [3, 1, 1]]), np.array([[2, 2, 1], [0, 1, 5], [1, 0, 0], [4, 4, 2]])),
        "one number each": (np.array([[2.0], [3.0]]), np.array([[1.0], [4.0], [-1.0]])),
    },
    mistakes={
        "The bare dot products: they grow with the width like its root. Divide by it.": lambda q, k: q @ k.T,
        "You divided by d. n noises add up to √n, so it is the root.": lambda q, k: q @ k.T / np.shape(q)[-1],
        "That is the root of the number of keys. The noises that add up are the numbers of one key.": lambda q, k: (
            q @ k.T / np.sqrt(len(k))
        ),
        "That is the root of the number of queries. How many products does one score add up?": lambda q, k: (
            q @ k.T / np.sqrt(len(q))
        ),
        "You multiplied by the root. Scores are too large already.": lambda q, k: q @ k.T * _root(q),
        "Rows and columns are exchanged: row = query, column = key.": lambda q, k: k @ q.T / _root(q),
        "Both lengths were divided out: that is the cosine. A key may say by its length how much it wants to be "
        "found.": lambda q, k: (
            q @ k.T / np.linalg.norm(q, axis=1, keepdims=True) / np.linalg.norm(k, axis=1, keepdims=True).T
        ),
        "Queries were compared with queries.": lambda q, k: q @ q.T / _root(q),
        "Keys were compared with keys.": lambda q, k: k @ k.T / _root(k),
        "These are weights already: softmax comes later, after the mask.": lambda q, k: _softmax(q @ k.T / _root(q)),
        "Distances instead of dot products, with the sign turned: a long key is not far, it is loud.": lambda q, k: (
            -((q[:, None] - k[None]) ** 2).sum(axis=-1) / _root(q)
        ),
        "q / √d and k / √d both: together that divides by d twice over the root.": lambda q, k: (
            (q / _root(q)) @ (k / _root(k)).T / _root(q)
        ),
    },
    styles={
        "einsum": lambda q, k: np.einsum("td,sd->ts", q, k) / np.shape(q)[1] ** 0.5,
        "loops": lambda q, k: np.array([[np.dot(a, b) / np.sqrt(len(a)) for b in k] for a in q]),
        "query first": lambda q, k: (q / np.sqrt(q.shape[1])) @ k.T,
        "broadcast": lambda q, k: (q[:, None, :] * k[None, :, :]).sum(axis=2) / np.sqrt(k.shape[-1]),
    },
    hints=[
        "All pairs of rows at once are one matrix product. Which of the two is turned round?",
        "How many products add up to one score? Divide by the root of that.",
    ],
)

# 10.3 -----------------------------------------------------------------------------------------------------------------


def _scores(q, k):
    return q @ np.swapaxes(k, -1, -2) / _root(q)


def _late(q, k):
    return _softmax(_scores(q, k)) * _tri(len(q))


causal_weights = Exercise(
    title="Nobody reads the future",
    minutes=12,
    reference=lambda q, k: _softmax(_masked(_scores(q, k), _tri(len(q)))),
    worked=Worked(
        (np.array([[5.0], [np.log(3)], [np.log(3)]]), np.array([[1.0], [0.0], [0.0]])),
        np.array([[1.0, 0.0, 0.0], [0.75, 0.25, 0.0], [0.6, 0.2, 0.2]]),
        "the last row: e to the power of ln 3, 0 and 0 is 3, 1 and 1, of 5",
    ),
    cases=lambda rng: [_pair(rng, t, t, d) for t, d in [(4, 3), (5, 2), (3, 6)]],
    edges={
        "one place": (np.array([[1.0, -2.0]]), np.array([[0.5, 3.0]])),
        "integers": (np.array([[1, 0, 2], [0, 3, 1]]), np.array([[1, 1, 0], [2, 0, 2]])),
        "scores of 900": (np.array([[30.0, 0.0], [30.0, 30.0], [0.0, 30.0]]), np.array([[42.0, 0.0]] * 3)),
        "a forbidden score of 900": (
            np.array([[30.0, 0.0, 0.0, 1.0], [30.0, 1.0, 0.0, 2.0], [0.0, 1.0, 1.0, 0.0]]),
            np.array([[0.1, 1.0, 0.0, 0.0], [0.0, 2.0, 1.0, 1.0], [60.0, 0.0, 1.0, 0.0]]),
        ),
        "scores of −900": (np.array([[-30.0], [-30.0], [-30.0]]), np.array([[30.0], [29.95], [30.05]])),
    },
    mistakes={
        "The mask came after softmax: the rows do not add up to 1, and how much is missing tells of the future. Mask "
        "the scores, before.": _late,
        "There is no mask: a place looks at what comes later.": lambda q, k: _softmax(_scores(q, k)),
        "The mask hides each place from itself. It may look at itself and at all before.": lambda q, k: _softmax(
            _masked(_scores(q, k), _tri(len(q), k=-1))
        ),
        "The mask is turned round: places look at the future and not at the past.": lambda q, k: _softmax(
            _masked(_scores(q, k), _tri(len(q)).T)
        ),
        "The mask reaches one place too far: each place sees the next one.": lambda q, k: _softmax(
            _masked(_scores(q, k), _tri(len(q), k=1))
        ),
        "Softmax over the queries: the columns add up to 1. Each query has one unit of attention to give, so rows "
        "do.": lambda q, k: _softmax(_masked(_scores(q, k), _tri(len(q))), axis=0),
        "A score of 0 is not forbidden: e to the power of 0 is 1. What score gives weight 0?": lambda q, k: _softmax(
            _masked(_scores(q, k), _tri(len(q)), 0.0)
        ),
        "Forbidden scores got −1, which is only a little less. Weight 0 needs −∞.": lambda q, k: _softmax(
            _masked(_scores(q, k), _tri(len(q)), -1.0)
        ),
        "The root of d is missing: the scores are bare dot products.": lambda q, k: _softmax(
            _masked(q @ k.T, _tri(len(q)))
        ),
        "You divided by d, not by its root.": lambda q, k: _softmax(_masked(q @ k.T / np.shape(q)[1], _tri(len(q)))),
        "Queries and keys are exchanged: row = query.": lambda q, k: _softmax(_masked(_scores(k, q), _tri(len(q)))),
        "All weights together add up to 1. Each row should, by itself.": lambda q, k: _of_all(
            _masked(_scores(q, k), _tri(len(q)))
        ),
        "Large scores overflow: take out the largest of each row before the exponential.": lambda q, k: _raw(
            _masked(_scores(q, k), _tri(len(q)))
        ),
        "These are still scores: softmax is missing.": lambda q, k: _masked(_scores(q, k), _tri(len(q))),
        "Masked after softmax and divided again: right on paper. But beside a forbidden score of 900 all that is "
        "allowed has been rounded to 0 by then, and 0/0 is nan. Mask the scores.": lambda q, k: _divided_again(
            _late(q, k)
        ),
        "−100 is not forbidden where the allowed scores are lower still. −∞ is below all of them.": lambda q, k: (
            _softmax(_masked(_scores(q, k), _tri(len(q)), -100.0))
        ),
        "The largest of the whole table was taken away: a row far below it becomes 0/0. Each row has its own "
        "largest.": lambda q, k: _far_below(_masked(_scores(q, k), _tri(len(q)))),
        "That is the root of the number of places. How many products does one score add up?": lambda q, k: _softmax(
            _masked(q @ k.T / np.sqrt(len(q)), _tri(len(q)))
        ),
        "Each row has to be divided by its own sum. Without keepdims=True the sums lie along the columns.": (
            lambda q, k: _sums_lying(_masked(_scores(q, k), _tri(len(q))))
        ),
    },
    styles={
        "add minus infinity": lambda q, k: _softmax(
            q @ k.T / q.shape[1] ** 0.5 + np.where(np.tri(len(q)) == 1, 0.0, -np.inf)
        ),
        "rows": lambda q, k: _by_rows(q, k),
        "mask and divide again": lambda q, k: _renormalised(q, k),
        "a huge negative number": lambda q, k: _softmax(_masked(_scores(q, k), _tri(len(q)), -1e30)),
    },
    hints=[
        "Three steps: scores, mask, softmax. What has to stand in a score so that its weight becomes 0?",
        "np.where(np.tri(t) == 1, scores, -np.inf) is the mask; then softmax along each row.",
        "exp of 900 is too large. Softmax does not change when each row's largest score is taken away first.",
    ],
)


def _of_all(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def _raw(z):
    with np.errstate(all="ignore"):
        e = np.exp(z)
        return e / e.sum(axis=-1, keepdims=True)


def _divided_again(weights):
    with np.errstate(all="ignore"):
        return weights / weights.sum(axis=-1, keepdims=True)


def _far_below(z):
    with np.errstate(all="ignore"):
        e = np.exp(z - z.max())
        return e / e.sum(axis=-1, keepdims=True)


def _sums_lying(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1)


def _by_rows(q, k):
    out = np.zeros((len(q), len(q)))
    for i in range(len(q)):
        out[i, : i + 1] = _softmax(k[: i + 1] @ q[i] / np.sqrt(q.shape[1]))
    return out


def _renormalised(q, k):
    z = _scores(q, k)
    with np.errstate(over="ignore"):
        e = np.where(_tri(len(q)), np.exp(z - _masked(z, _tri(len(q))).max(axis=1, keepdims=True)), 0.0)
    return e / e.sum(axis=1, keepdims=True)


# 10.4 -----------------------------------------------------------------------------------------------------------------


def _attend(q, k, v, allowed):
    return _softmax(_masked(_scores(q, k), np.asarray(allowed) == 1)) @ v


def _with_nan(weights, v):
    with np.errstate(all="ignore"):
        return weights @ v


def _asked(rng, n, t, s, d, e):
    allowed = (rng.random((t, s)) < 0.6).astype(int)
    allowed[:, 0] = 1
    allowed[0, -1] = 0
    return rng.normal(size=(n, t, d)), rng.normal(size=(n, s, d)), rng.normal(size=(n, s, e)), allowed


def _open(*arrays):
    return (*arrays, np.ones((arrays[0].shape[1], arrays[1].shape[1]), int))


attend = Exercise(
    title="Attention, the whole of it",
    minutes=15,
    reference=_attend,
    worked=Worked(
        (
            np.array([[[np.log(3)], [0.0]]]),
            np.array([[[1.0], [0.0], [0.0]]]),
            np.array([[[10.0, 0.0], [0.0, 10.0], [5.0, 5.0]]]),
            np.array([[1, 1, 1], [1, 1, 0]]),
        ),
        np.array([[[7.0, 3.0], [5.0, 5.0]]]),
        "weights 3/5, 1/5, 1/5; and for the second query, which may not see the last key, 1/2, 1/2, 0",
    ),
    cases=lambda rng: [_asked(rng, *shape) for shape in [(2, 4, 5, 3, 6), (3, 5, 4, 2, 7)]],
    edges={
        "one of everything": _open(np.array([[[2.0, 1.0]]]), np.array([[[1.0, 1.0]]]), np.array([[[3.0, 4.0, 5.0]]])),
        "integers": (
            np.array([[[1, 0], [0, 2], [1, 1]]]),
            np.array([[[1, 1], [0, 1], [2, 0], [1, 0]]]),
            np.array([[[1, 2, 3], [4, 5, 6], [7, 8, 9], [0, 1, 0]]]),
            np.array([[1, 0, 1, 0], [1, 1, 1, 1], [1, 0, 0, 1]]),
        ),
        "all allowed": _open(*_asked(np.random.default_rng(5), 2, 3, 4, 5, 6)[:3]),
        "scores of 900": (
            *(x * 40 for x in _asked(np.random.default_rng(6), 2, 3, 4, 2, 5)[:3]),
            np.tri(3, 4, dtype=int),
        ),
    },
    mistakes={
        "The mask came after softmax: the rows no longer add up to 1.": lambda q, k, v, allowed: (
            _softmax(_scores(q, k)) * allowed @ v
        ),
        "The mask is not used.": lambda q, k, v, allowed: _softmax(_scores(q, k)) @ v,
        "The mask is turned round: 1 is where a query may look.": lambda q, k, v, allowed: (
            _softmax(_masked(_scores(q, k), np.asarray(allowed) == 0)) @ v
        ),
        "Softmax over the queries: it belongs to the keys, the last axis.": lambda q, k, v, allowed: _with_nan(
            _softmax(_masked(_scores(q, k), np.asarray(allowed) == 1), axis=-2), v
        ),
        "Softmax over the batch: sequences have nothing to do with each other.": lambda q, k, v, allowed: _with_nan(
            _softmax(_masked(_scores(q, k), np.asarray(allowed) == 1), axis=0), v
        ),
        "Values were mixed across the batch: every sequence got those of the first.": lambda q, k, v, allowed: (
            _softmax(_masked(_scores(q, k), np.asarray(allowed) == 1)) @ np.repeat(v[:1], len(v), axis=0)
        ),
        "Values were mixed across the batch: each sequence got the mean of all.": lambda q, k, v, allowed: (
            _softmax(_masked(_scores(q, k), np.asarray(allowed) == 1)) @ np.repeat(v.mean(0, keepdims=True), len(v), 0)
        ),
        "The root of d is missing.": lambda q, k, v, allowed: (
            _softmax(_masked(q @ np.swapaxes(k, -1, -2), np.asarray(allowed) == 1)) @ v
        ),
        "That is the root of the number of places. The width of query and key counts.": lambda q, k, v, allowed: (
            _softmax(_masked(q @ np.swapaxes(k, -1, -2) / np.sqrt(np.shape(k)[1]), np.asarray(allowed) == 1)) @ v
        ),
        "That is the root of the width of the values. Scores are made of queries and keys.": lambda q, k, v, allowed: (
            _softmax(_masked(q @ np.swapaxes(k, -1, -2) / _root(v), np.asarray(allowed) == 1)) @ v
        ),
        "The keys were handed over. They are only for finding; what is gathered are values.": lambda q, k, v, allowed: (
            _softmax(_masked(_scores(q, k), np.asarray(allowed) == 1)) @ k
        ),
        "These are the weights. The last step is to gather the values with them.": lambda q, k, v, allowed: _softmax(
            _masked(_scores(q, k), np.asarray(allowed) == 1)
        ),
        "A forbidden score of 0 is not forbidden.": lambda q, k, v, allowed: _softmax(_scores(q, k) * allowed) @ v,
        "Only the value with the largest weight was taken. All are mixed by their weights.": lambda q, k, v, allowed: (
            np.take_along_axis(v, _masked(_scores(q, k), np.asarray(allowed) == 1).argmax(axis=-1)[..., None], axis=1)
        ),
        "You divided by d, not by its root.": lambda q, k, v, allowed: (
            _softmax(_masked(_scores(q, k) / _root(q), np.asarray(allowed) == 1)) @ v
        ),
        "That is the root of the number of queries. How many products does one score add up?": (
            lambda q, k, v, allowed: (
                _softmax(_masked(q @ np.swapaxes(k, -1, -2) / np.sqrt(np.shape(q)[1]), np.asarray(allowed) == 1)) @ v
            )
        ),
        "Large scores overflow: take out the largest of each row before the exponential.": lambda q, k, v, allowed: (
            _with_nan(_raw(_masked(_scores(q, k), np.asarray(allowed) == 1)), v)
        ),
        "Masked after softmax and divided again: right on paper. But beside a large forbidden score all that is "
        "allowed has been rounded to 0 by then. Mask the scores.": lambda q, k, v, allowed: _with_nan(
            _divided_again(_softmax(_scores(q, k)) * allowed), v
        ),
        "You masked with a triangle. Here `allowed` says who may look at whom.": lambda q, k, v, allowed: (
            _softmax(_masked(_scores(q, k), np.tri(*np.shape(allowed)) == 1)) @ v
        ),
        "k was reshaped, not transposed: reshape deals its numbers out anew, and keys get mixed.": (
            lambda q, k, v, allowed: (
                _softmax(_masked(q @ np.reshape(k, (len(k), -1, np.shape(k)[1])) / _root(q), np.asarray(allowed) == 1))
                @ v
            )
        ),
        "`allowed` was added to the scores: 1 more is a small advantage, no prohibition of the others.": (
            lambda q, k, v, allowed: _softmax(_scores(q, k) + allowed) @ v
        ),
    },
    styles={
        "einsum": lambda q, k, v, allowed: np.einsum(
            "nts,nse->nte",
            _softmax(np.where(allowed == 1, np.einsum("ntd,nsd->nts", q, k) / np.sqrt(q.shape[2]), -np.inf)),
            v,
        ),
        "one sequence at a time": lambda q, k, v, allowed: np.array(
            [_attend(a[None], b[None], c[None], allowed)[0] for a, b, c in zip(q, k, v, strict=True)]
        ),
        "transpose": lambda q, k, v, allowed: (
            _softmax(q @ k.transpose(0, 2, 1) / q.shape[-1] ** 0.5 + np.where(allowed, 0.0, -np.inf)) @ v
        ),
        "a list": lambda q, k, v, allowed: _attend(q, k, v, np.array(allowed.tolist())),
    },
    hints=[
        "The steps are scores, mask, softmax, values. Write the shape behind each line.",
        "k.T would exchange all three axes. k.transpose(0, 2, 1) leaves the sequences where they are.",
        "(n, t, s) @ (n, s, e) is (n, t, e): for arrays of three axes, @ keeps the first axis apart.",
    ],
)

# 10.5 -----------------------------------------------------------------------------------------------------------------


def _split(x, heads):
    n, t, d = np.shape(x)
    return np.reshape(x, (n, t, heads, d // heads)).transpose(0, 2, 1, 3)


def _numbered(*shape):
    return np.arange(1.0, np.prod(shape) + 1).reshape(shape)


split_heads = Exercise(
    title="Cut into heads",
    minutes=8,
    reference=_split,
    worked=Worked(
        (np.array([[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 10.0, 11.0, 12.0]]]), 2),
        np.array([[[[1.0, 2.0], [5.0, 6.0], [9.0, 10.0]], [[3.0, 4.0], [7.0, 8.0], [11.0, 12.0]]]]),
        "head 0 holds the first half of each of the three places",
    ),
    cases=lambda rng: [(rng.normal(size=(2, 3, 8)), 4), (rng.normal(size=(3, 5, 6)), 2)],
    edges={
        "one head": (_numbered(2, 3, 4), 1),
        "as many heads as numbers": (_numbered(2, 5, 3), 3),
        "one place": (_numbered(1, 1, 6), 2),
        "integers": (np.arange(24).reshape(1, 4, 6), 3),
        "as many places as heads": (_numbered(2, 3, 6), 3),
    },
    mistakes={
        "Reshaped without transpose: the shape is right, but the numbers of one place are spread over several. First "
        "cut the last axis, then exchange the second with the third.": lambda x, heads: np.reshape(
            x, (len(x), heads, np.shape(x)[1], -1)
        ),
        "The heads are still behind the places: (n, t, h, d/h). Exchange the two axes.": lambda x, heads: np.reshape(
            x, (*np.shape(x)[:2], heads, -1)
        ),
        "Each head got every h-th number. The convention is pieces side by side: the first d/h numbers for "
        "head 0.": lambda x, heads: np.reshape(x, (*np.shape(x)[:2], -1, heads)).transpose(0, 3, 1, 2),
        "The last two axes are exchanged: within a head, a row is a place.": lambda x, heads: _split(
            x, heads
        ).transpose(0, 1, 3, 2),
        "The heads stand before the sequences: (h, n, t, d/h). The batch stays in front.": lambda x, heads: _split(
            x, heads
        ).transpose(1, 0, 2, 3),
        "The heads come in the reverse order.": lambda x, heads: _split(x, heads)[:, ::-1],
        "Every head got the whole width. They share it.": lambda x, heads: np.repeat(
            np.asarray(x)[:, None], heads, axis=1
        ),
        "Cut into pieces of `heads` numbers. `heads` is how many pieces there are.": lambda x, heads: np.reshape(
            x, (*np.shape(x)[:2], -1, heads)
        ).transpose(0, 2, 1, 3),
        "Sequences were mixed: reshape of all to (h, n, t, d/h) deals the numbers out anew.": lambda x, heads: (
            np.reshape(x, (heads, len(x), np.shape(x)[1], -1)).transpose(1, 0, 2, 3)
        ),
        "Axes were exchanged before the cut, so that numbers of different places stand in one row. Cut first, then "
        "exchange.": lambda x, heads: _exchanged_first(x, heads),
    },
    styles={
        "swapaxes": lambda x, heads: x.reshape(*x.shape[:2], heads, -1).swapaxes(1, 2),
        "np.split": lambda x, heads: np.stack(np.split(x, heads, axis=-1), axis=1),
        "slices": lambda x, heads: np.stack(
            [x[:, :, i * (x.shape[2] // heads) : (i + 1) * (x.shape[2] // heads)] for i in range(heads)], axis=1
        ),
        "moveaxis": lambda x, heads: np.moveaxis(x.reshape(*x.shape[:2], heads, -1), 2, 1),
    },
    hints=[
        "reshape deals numbers out in the order in which they lie. Which axis can be cut in two that way?",
        "(n, t, d) → (n, t, h, d/h) by reshape; then the axes 1 and 2 change places.",
    ],
)


def _exchanged_first(x, heads):
    n, t, d = np.shape(x)
    turned = np.swapaxes(np.asarray(x), 1, 2)  # (n, d, t)
    return turned.reshape(n, heads, t, d // heads) if d % heads == 0 else turned


# 10.6 -----------------------------------------------------------------------------------------------------------------


def _merge(x):
    n, h, t, e = np.shape(x)
    return np.asarray(x).transpose(0, 2, 1, 3).reshape(n, t, h * e)


def _multi(q, k, v, heads, split=_split, merge=_merge, root=None, mask=True, axis=-1, late=False, fill=-np.inf):
    q, k, v = (split(x, heads) for x in (q, k, v))
    z = q @ np.swapaxes(k, -1, -2) / (_root(q) if root is None else root)
    allowed = _tri(z.shape[-2], z.shape[-1]) if mask is True else mask
    if late:
        return merge((_softmax(z) * allowed) @ v)
    z = z if mask is None else _masked(z, allowed, fill)
    return merge(_with_nan(_softmax(z, axis), v))


def _uncut(x, heads):
    return np.reshape(x, (len(x), heads, np.shape(x)[1], -1))


def _three(rng, n, t, d):
    return tuple(rng.normal(size=(n, t, d)) for _ in range(3))


multi_head = Exercise(
    title="Attention in several heads",
    minutes=15,
    reference=_multi,
    worked=Worked(
        (
            np.array([[[0.0, 0.0], [np.log(3), 0.0]]]),
            np.array([[[1.0, 1.0], [0.0, 0.0]]]),
            np.array([[[4.0, 10.0], [8.0, 20.0]]]),
            2,
        ),
        np.array([[[4.0, 10.0], [5.0, 15.0]]]),
        "place 1, head 0: weights 3/4 and 1/4 of 4 and 8; head 1: 1/2 and 1/2 of 10 and 20",
    ),
    cases=lambda rng: [(*_three(rng, 2, 3, 8), 4), (*_three(rng, 3, 5, 6), 2)],
    edges={
        "one head": (*_three(np.random.default_rng(1), 2, 3, 4), 1),
        "one place": (*_three(np.random.default_rng(2), 1, 1, 6), 3),
        "integers": (
            np.arange(12).reshape(1, 3, 4) % 5,
            np.arange(12).reshape(1, 3, 4) % 7,
            np.arange(12).reshape(1, 3, 4),
            2,
        ),
        "as many places as heads": (*_three(np.random.default_rng(3), 2, 3, 6), 3),
    },
    mistakes={
        "That is the root of the full width d. A head's scores add up d/h products, so its own width counts.": (
            lambda q, k, v, heads: _multi(q, k, v, heads, root=_root(q))
        ),
        "The root is missing.": lambda q, k, v, heads: _multi(q, k, v, heads, root=1.0),
        "Divided by the root of the number of heads.": lambda q, k, v, heads: _multi(
            q, k, v, heads, root=np.sqrt(heads)
        ),
        "Heads reshaped without transpose: the numbers of one place were spread over several.": (
            lambda q, k, v, heads: _multi(
                q, k, v, heads, split=_uncut, merge=lambda x: x.reshape(len(x), x.shape[2], -1)
            )
        ),
        "Cut rightly, but put together without turning back: (n, h, t, d/h) has to become (n, t, h, d/h) before the "
        "last reshape.": lambda q, k, v, heads: _multi(
            q, k, v, heads, merge=lambda x: x.reshape(len(x), x.shape[2], -1)
        ),
        "There is no mask: places look at what comes later.": lambda q, k, v, heads: _multi(q, k, v, heads, mask=None),
        "The mask came after softmax.": lambda q, k, v, heads: _multi(q, k, v, heads, late=True),
        "The mask hides each place from itself.": lambda q, k, v, heads: _multi(
            q, k, v, heads, mask=_tri(np.shape(q)[1], k=-1)
        ),
        "The mask is turned round: places see the future and not the past.": lambda q, k, v, heads: _multi(
            q, k, v, heads, mask=_tri(np.shape(q)[1]).T
        ),
        "Softmax over the queries: it belongs to the keys, the last axis.": lambda q, k, v, heads: _multi(
            q, k, v, heads, axis=-2
        ),
        "Softmax over the heads: each head has a unit of attention of its own.": lambda q, k, v, heads: _multi(
            q, k, v, heads, axis=1
        ),
        "One head of the full width: nothing was cut.": lambda q, k, v, heads: _multi(q, k, v, 1),
        "The heads were averaged and repeated. They stand side by side, each with its own part of the width.": (
            lambda q, k, v, heads: _multi(
                q, k, v, heads, merge=lambda x: _merge(np.repeat(x.mean(1, keepdims=True), x.shape[1], axis=1))
            )
        ),
        "Values were mixed across the batch: every sequence gathered from the first.": lambda q, k, v, heads: _multi(
            q, k, np.repeat(v[:1], len(v), axis=0), heads
        ),
        "The heads stand side by side in the reverse order.": lambda q, k, v, heads: _multi(
            q, k, v, heads, merge=lambda x: _merge(x[:, ::-1])
        ),
        "Put together rightly, but cut by a reshape alone: the numbers of one place were spread over several.": (
            lambda q, k, v, heads: _multi(q, k, v, heads, split=_uncut)
        ),
        "Divided by the width of a head, not by its root.": lambda q, k, v, heads: _multi(
            q, k, v, heads, root=np.shape(q)[-1] / heads
        ),
        "A forbidden score of 0 is not forbidden.": lambda q, k, v, heads: _multi(q, k, v, heads, fill=0.0),
        "The weights of the heads were averaged and used for the whole width. Each head gathers its own part.": (
            lambda q, k, v, heads: _averaged_weights(q, k, v, heads)
        ),
    },
    styles={
        "head by head": lambda q, k, v, heads: np.concatenate(
            [
                _attend(a, b, c, np.tri(q.shape[1]))
                for a, b, c in zip(*(np.split(x, heads, axis=-1) for x in (q, k, v)), strict=True)
            ],
            axis=-1,
        ),
        "heads as batch": lambda q, k, v, heads: _as_batch(q, k, v, heads),
        "einsum": lambda q, k, v, heads: _by_einsum(q, k, v, heads),
        "float32": lambda q, k, v, heads: _multi(*(np.float32(x) for x in (q, k, v)), heads).astype(np.float32),
    },
    hints=[
        "Cut all three with what you wrote in the exercise before; attention; put the heads side by side again.",
        "q @ k.swapaxes(-1, -2) works for four axes as for three. How wide is a head?",
        "Going back is going there in reverse order: first the axes, then the reshape.",
    ],
)


def _averaged_weights(q, k, v, heads):
    z = _scores(_split(q, heads), _split(k, heads))
    return _softmax(_masked(z, _tri(z.shape[-1]))).mean(axis=1) @ v


def _as_batch(q, k, v, heads):
    n, t, d = q.shape
    q, k, v = (_split(x, heads).reshape(n * heads, t, d // heads) for x in (q, k, v))
    return _merge(_attend(q, k, v, np.tri(t)).reshape(n, heads, t, d // heads))


def _by_einsum(q, k, v, heads):
    q, k, v = (x.reshape(*x.shape[:2], heads, -1) for x in (q, k, v))
    z = np.einsum("nthe,nshe->nhts", q, k) / np.sqrt(q.shape[-1])
    y = np.einsum("nhts,nshe->nthe", _softmax(_masked(z, _tri(z.shape[-1]))), v)
    return y.reshape(*y.shape[:2], -1)


# 10.7 -----------------------------------------------------------------------------------------------------------------


def _norm(x, g, b, eps, axis=-1, root=True, eps_in=True, ddof=0):
    centred = x - np.mean(x, axis=axis, keepdims=True)
    var = np.var(x, axis=axis, keepdims=True, ddof=ddof)
    scale = (np.sqrt(var + eps) if eps_in else np.sqrt(var) + eps) if root else var + eps
    return centred / scale * g + b


def _normed(rng, n, d, eps=0.1):
    return rng.normal(2, 3, (n, d)), rng.normal(size=d), rng.normal(size=d), eps


layer_norm = Exercise(
    title="Layer norm",
    minutes=8,
    reference=_norm,
    worked=Worked(
        (np.array([[1.0, 3.0], [5.0, 5.0]]), np.array([2.0, 4.0]), np.array([1.0, 0.0]), 3.0),
        np.array([[0.0, 2.0], [1.0, 0.0]]),
        "row 0: mean 2, variance 1, the root of 1 + 3 is 2, so −1/2 and 1/2; times the gain, plus the shift",
    ),
    cases=lambda rng: [_normed(rng, n, d) for n, d in [(4, 3), (2, 5)]],
    edges={
        "one row": _normed(np.random.default_rng(1), 1, 4),
        "integers": (np.array([[1, 2, 6], [4, 4, 1]]), np.array([1, 2, 1]), np.array([0, 1, 5]), 1),
        "all equal": (np.full((2, 3), 7.0), np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.0, -1.0]), 1e-5),
        "a tiny eps": _normed(np.random.default_rng(2), 3, 6, 1e-12),
    },
    mistakes={
        "The mean went down the columns, over the batch: that is batch norm. Each row has its own.": (
            lambda x, g, b, eps: _norm(x, g, b, eps, axis=0)
        ),
        "One mean and variance for the whole table. Each row has its own.": lambda x, g, b, eps: _norm(
            x, g, b, eps, axis=None
        ),
        "Divided by the variance. Its root is what has the size of x.": lambda x, g, b, eps: _norm(
            x, g, b, eps, root=False
        ),
        "eps belongs under the root, beside the variance.": lambda x, g, b, eps: _norm(x, g, b, eps, eps_in=False),
        "eps is left out: a row of equal numbers divides by zero.": lambda x, g, b, eps: _quietly(_norm, x, g, b, 0.0),
        "The variance was divided by d − 1. Here it is the plain mean of the squares.": lambda x, g, b, eps: _quietly(
            _norm, x, g, b, eps, ddof=1
        ),
        "The mean was not taken away.": lambda x, g, b, eps: x / np.sqrt(np.var(x, -1, keepdims=True) + eps) * g + b,
        "The variance was taken about zero: that is the mean of the squares without taking the mean away first.": (
            lambda x, g, b, eps: (
                (x - np.mean(x, -1, keepdims=True)) / np.sqrt(np.mean(np.square(x), -1, keepdims=True) + eps) * g + b
            )
        ),
        "The shift was multiplied by the gain too: gain first, then plus b.": lambda x, g, b, eps: (
            _norm(x, 1.0, b, eps) * g
        ),
        "The gain is missing.": lambda x, g, b, eps: _norm(x, 1.0, b, eps),
        "The shift is missing.": lambda x, g, b, eps: _norm(x, g, 0.0, eps),
        "Gain and shift are both missing.": lambda x, g, b, eps: _norm(x, 1.0, 0.0, eps),
        "Gain and shift are exchanged.": lambda x, g, b, eps: _norm(x, b, g, eps),
        "The mean was taken away nowhere: not from the row, and not for its variance.": lambda x, g, b, eps: (
            x / np.sqrt(np.mean(np.square(x), -1, keepdims=True) + eps) * g + b
        ),
        "The mean is that of the row, the variance that of the column. Both belong to the row.": lambda x, g, b, eps: (
            (x - np.mean(x, -1, keepdims=True)) / np.sqrt(np.var(x, axis=0) + eps) * g + b
        ),
        "Divided by the gain. It multiplies.": lambda x, g, b, eps: _norm(x, 1 / g, b, eps),
        "The squares were added up, not averaged.": lambda x, g, b, eps: (
            (x - np.mean(x, -1, keepdims=True)) / np.sqrt(np.var(x, -1, keepdims=True) * np.shape(x)[-1] + eps) * g + b
        ),
    },
    styles={
        "rows": lambda x, g, b, eps: np.array([(r - r.mean()) / np.sqrt(r.var() + eps) * g + b for r in x]),
        "mean of squares": lambda x, g, b, eps: (
            (x - x.mean(1)[:, None])
            / np.sqrt((x**2).mean(1) - x.mean(1) ** 2 + eps).clip(min=np.sqrt(eps))[:, None]
            * g
            + b
        ),
        "power": lambda x, g, b, eps: (
            b + g * (x - x.mean(-1, keepdims=True)) * (x.var(-1, keepdims=True) + eps) ** -0.5
        ),
        "transposed": lambda x, g, b, eps: ((x.T - x.mean(1)) / np.sqrt(x.var(1) + eps)).T * g + b,
    },
    hints=[
        "One place is one row. Which axis do mean and variance run along, and what must keepdims be?",
        "Take the mean away, divide by the root of (variance + eps), times g, plus b.",
    ],
)


def _quietly(f, *args, **kw):
    with np.errstate(all="ignore"):
        return f(*args, **kw)


# 10.8 -----------------------------------------------------------------------------------------------------------------


def _what_followed(tokens, of="last", empty=-1, first=0, gap=0):
    tokens, out = list(tokens), []
    for i, token in enumerate(tokens):
        before = [j for j in range(first, i - gap) if tokens[j] == token]
        out.append(tokens[(before[-1] if of == "last" else before[0]) + 1] if before else empty)
    return np.array(out)


def _place_of(tokens):
    tokens, out = list(tokens), []
    for i, token in enumerate(tokens):
        before = [j for j in range(i) if tokens[j] == token]
        out.append(before[-1] + 1 if before else -1)
    return np.array(out)


def _peeking(tokens):
    tokens = list(tokens)
    out = []
    for i, token in enumerate(tokens):
        others = [j for j in range(len(tokens) - 1) if tokens[j] == token and j != i]
        out.append(tokens[others[-1] + 1] if others else -1)
    return np.array(out)


def _preceded(tokens):
    tokens, out = list(tokens), []
    for i, token in enumerate(tokens):
        before = [j for j in range(1, i) if tokens[j] == token]
        out.append(tokens[before[-1] - 1] if before else -1)
    return np.array(out)


def _commonest(tokens):
    tokens, out = list(tokens), []
    for i, token in enumerate(tokens):
        after = [tokens[j + 1] for j in range(i) if tokens[j] == token]
        out.append(max(sorted(set(after)), key=after.count) if after else -1)
    return np.array(out)


what_followed = Exercise(
    title="What followed last time",
    level="core",
    minutes=8,
    reference=lambda tokens: _what_followed(tokens),
    worked=Worked(
        (np.array([1, 2, 3, 1, 2, 4, 1]),),
        np.array([-1, -1, -1, 2, 3, -1, 2]),
        "at place 3 the token is 1, which stood at place 0, and 2 came after it",
    ),
    cases=lambda rng: [(rng.integers(0, 4, t),) for t in (9, 14, 20)],
    edges={
        "one token": (np.array([5]),),
        "always the same": (np.array([3, 3, 3, 3]),),
        "all different": (np.arange(6),),
        "it changes its mind": (np.array([1, 2, 1, 3, 1, 2, 1]),),
    },
    mistakes={
        "You took the first time. The latest one before this place counts.": lambda tokens: _what_followed(
            tokens, of="first"
        ),
        "That is what came before it last time. What came after is asked for.": _preceded,
        "These are places. The token at that place is asked for.": _place_of,
        "A later occurrence was used: place i knows only what stands before it.": _peeking,
        "Where the token never occurred before, −1 is wanted.": lambda tokens: _what_followed(tokens, empty=0),
        "A place found itself, and so the answer is the next token, which it must not know.": lambda tokens: np.append(
            np.asarray(tokens)[1:], -1
        ),
        "That is the token itself, where it occurred before. One place further.": lambda tokens: np.where(
            _what_followed(tokens) == -1, -1, tokens
        ),
        "Place 0 was left out of the search. A token may have stood there.": lambda tokens: _what_followed(
            tokens, first=1
        ),
        "You took what followed most often. Here the latest time decides.": _commonest,
        "That is where the token stood. What came after it is asked for.": lambda tokens: np.maximum(
            _place_of(tokens) - 1, -1
        ),
        "The place just before was left out. What came after it is this very token, which place i has read already.": (
            lambda tokens: _what_followed(tokens, gap=1)
        ),
        "That is how far back the token stood, not what came after it.": lambda tokens: np.where(
            _place_of(tokens) == -1, -1, np.arange(len(tokens)) + 1 - _place_of(tokens)
        ),
    },
    styles={
        "dictionary": lambda tokens: _by_dictionary(tokens),
        "from behind": lambda tokens: np.array(
            [
                next((tokens[j + 1] for j in range(i - 1, -1, -1) if tokens[j] == tokens[i]), -1)
                for i in range(len(tokens))
            ]
        ),
        "where": lambda tokens: np.array(
            [
                tokens[np.flatnonzero(tokens[:i] == tokens[i])[-1] + 1] if (tokens[:i] == tokens[i]).any() else -1
                for i in range(len(tokens))
            ]
        ),
        "floats": lambda tokens: _what_followed(tokens).astype(float),
    },
    hints=[
        "For place i, look back from i − 1 to 0. Where does the same token stand?",
        "A dictionary helps: token → what followed it last. When may the new entry be written?",
    ],
)


def _by_dictionary(tokens):
    after, out = {}, []
    for i, token in enumerate(tokens.tolist()):
        if i:
            after[int(tokens[i - 1])] = token
        out.append(after.get(token, -1))
    return np.array(out)


# 10.9 -----------------------------------------------------------------------------------------------------------------


def _flow(q, k, v):
    return _softmax(_scores(q, k)) @ v


def _slopes(q, k, v, dy, root=None, inner=True, dq=None, dk=None, dv=None, wrong_root=None):
    root = _root(q) if root is None else root
    w = _softmax(q @ k.T / _root(q))
    dw = dy @ v.T
    dz = w * (dw - (w * dw).sum(axis=1, keepdims=True)) if inner else w * dw
    return dz @ k / root, dz.T @ q / root, w.T @ dy


def _billed(rng, t, s, d, e):
    return rng.normal(size=(t, d)), rng.normal(size=(s, d)), rng.normal(size=(s, e)), rng.normal(size=(t, e))


def _weighed(q, k, v, dy, change):
    w = _softmax(q @ k.T / _root(q))
    dz = change(w, dy @ v.T)
    return dz @ k / _root(q), dz.T @ q / _root(q), w.T @ dy


def _scaled(q, k, v, dy, factor):
    """The slopes when every score is multiplied by a factor."""
    dq, dk, dv = _slopes(q * factor, k, v, dy)
    return dq * factor, dk, dv


def _with(which, change):
    """The right slopes, but one of them changed."""

    def wrong(q, k, v, dy):
        parts = list(_slopes(q, k, v, dy))
        parts[which] = change(parts[which], q, k, v, dy)
        return tuple(parts)

    return wrong


attention_slopes = Exercise(
    title="The bills of attention",
    level="stretch",
    minutes=18,
    reference=lambda q, k, v, dy: _slopes(q, k, v, dy),
    worked=Worked(
        (np.array([[0.0]]), np.array([[1.0], [3.0]]), np.array([[2.0], [6.0]]), np.array([[1.0]])),
        (np.array([[2.0]]), np.array([[0.0], [0.0]]), np.array([[0.5], [0.5]])),
        "weights 1/2, 1/2; bills of the weights 2 and 6; of the scores 1/2 · (2 − 4) and 1/2 · (6 − 4)",
    ),
    cases=lambda rng: [_billed(rng, *shape) for shape in [(3, 4, 2, 5), (4, 3, 5, 2), (2, 6, 4, 3)]],
    edges={
        "one query": _billed(np.random.default_rng(1), 1, 3, 2, 4),
        "integers": (
            np.array([[1, 0, 2], [0, 1, 1]]),
            np.array([[1, 1, 0], [0, 2, 1], [1, 0, 0], [2, 0, 1]]),
            np.array([[1, 2, 3, 4, 5], [5, 1, 2, 0, 0], [2, 2, 1, 1, 0], [0, 3, 0, 1, 1]]),
            np.array([[1, -1, 2, 0, 1], [3, 0, 1, 1, -2]]),
        ),
    },
    slope=Slope(
        of=lambda q, k, v, dy: float(np.sum(_flow(q, k, v) * dy)), arguments=(0, 1, 2), name="the sum of y · dy"
    ),
    mistakes={
        "Softmax: each score moves all weights of its row. What is missing in dz is the row's mean of dw, weighed by "
        "the weights.": lambda q, k, v, dy: _slopes(q, k, v, dy, inner=False),
        "The root of d is forgotten on the way back.": lambda q, k, v, dy: _slopes(q, k, v, dy, root=1.0),
        "On the way back the root stands twice: d instead of its root.": lambda q, k, v, dy: _slopes(
            q, k, v, dy, root=_root(q) ** 2
        ),
        "The way through softmax was left out: dz is not dw.": lambda q, k, v, dy: _weighed(
            q, k, v, dy, lambda w, dw: dw
        ),
        "w (1 − w) alone: that is the slope of a weight by its own score. It moves with the others too.": (
            lambda q, k, v, dy: _weighed(q, k, v, dy, lambda w, dw: w * (1 - w) * dw)
        ),
        "The mean was taken down the columns. Softmax runs along a row, so its way back does too.": (
            lambda q, k, v, dy: _weighed(q, k, v, dy, lambda w, dw: w * (dw - (w * dw).sum(axis=0, keepdims=True)))
        ),
        "The plain mean of dw was taken away; it has to be weighed by the weights.": lambda q, k, v, dy: _weighed(
            q, k, v, dy, lambda w, dw: w * (dw - dw.mean(axis=1, keepdims=True))
        ),
        "The bill of the values: each value is owed by every query that looked at it, by how much it looked.": _with(
            2, lambda d, q, k, v, dy: np.zeros(np.shape(v)) + np.sum(dy, axis=0)
        ),
        "The root of d is missing, on the way forward and on the way back.": lambda q, k, v, dy: _scaled(
            q, k, v, dy, np.sqrt(np.shape(q)[-1])
        ),
        "You divided by d, not by its root, on the way forward and on the way back.": lambda q, k, v, dy: _scaled(
            q, k, v, dy, 1 / np.sqrt(np.shape(q)[-1])
        ),
        "The mean was taken over the whole table. Each row of weights has its own.": lambda q, k, v, dy: _weighed(
            q, k, v, dy, lambda w, dw: w * (dw - (w * dw).sum())
        ),
        "The weighed mean is taken away, but the weight in front is missing: dz = w · (…).": lambda q, k, v, dy: (
            _weighed(q, k, v, dy, lambda w, dw: dw - (w * dw).sum(axis=1, keepdims=True))
        ),
        "The sum of dw was taken away; it has to be weighed by the weights.": lambda q, k, v, dy: _weighed(
            q, k, v, dy, lambda w, dw: w * (dw - dw.sum(axis=1, keepdims=True))
        ),
        "dz has the wrong sign: the weighed mean is taken away from dw, not the other way round.": (
            lambda q, k, v, dy: _weighed(q, k, v, dy, lambda w, dw: w * ((w * dw).sum(axis=1, keepdims=True) - dw))
        ),
        "The sign of dq is wrong.": _with(0, lambda d, *_: -d),
        "The sign of dk is wrong.": _with(1, lambda d, *_: -d),
        "dv is divided by the root too. The values do not pass through the scores.": _with(
            2, lambda d, q, k, v, dy: d / _root(q)
        ),
        "The bill dy is missing on the way to dw: only v is there.": lambda q, k, v, dy: (
            *_weighed(q, k, v, np.ones(np.shape(dy)), lambda w, dw: w * (dw - (w * dw).sum(axis=1, keepdims=True)))[:2],
            _slopes(q, k, v, dy)[2],
        ),
    },
    styles={
        "row by row": lambda q, k, v, dy: _slopes_by_rows(q, k, v, dy),
        "dot with y": lambda q, k, v, dy: _weighed(
            q, k, v, dy, lambda w, dw: w * (dw - ((w @ v) * dy).sum(axis=1, keepdims=True))
        ),
        "einsum": lambda q, k, v, dy: _slopes_by_einsum(q, k, v, dy),
        "list": lambda q, k, v, dy: list(_slopes(q, k, v, dy)),
    },
    hints=[
        "Forward in steps: z = q kᵀ / √d, w = softmax(z), y = w v. Go back through them one at a time.",
        "dv = wᵀ dy and dw = dy vᵀ are products as in chapter 4; softmax: dz = w · (dw − the row's sum of w · dw).",
        "z is a product too: dq = dz k / √d, dk = dzᵀ q / √d.",
    ],
)


def _slopes_by_rows(q, k, v, dy):
    dq, dk, dv = (np.zeros(np.shape(a)) for a in (q, k, v))
    for i in range(len(q)):
        w = _softmax(k @ q[i] / np.sqrt(q.shape[1]))
        dz = (np.diag(w) - np.outer(w, w)) @ (v @ dy[i]) / np.sqrt(q.shape[1])
        dq[i] = dz @ k
        dk += np.outer(dz, q[i])
        dv += np.outer(w, dy[i])
    return dq, dk, dv


def _slopes_by_einsum(q, k, v, dy):
    w = _softmax(np.einsum("td,sd->ts", q, k) / np.sqrt(q.shape[1]))
    dw = np.einsum("te,se->ts", dy, v)
    dz = (w * dw - w * np.einsum("ts,ts->t", w, dw)[:, None]) / np.sqrt(q.shape[1])
    return np.einsum("ts,sd->td", dz, k), np.einsum("ts,td->sd", dz, q), np.einsum("ts,te->se", w, dy)


# 10.10 ----------------------------------------------------------------------------------------------------------------


def _waves(t, d, base=10_000.0, start=0, swap=False, power=None, side_by_side=False, twice=True):
    i, j = np.arange(start, t + start)[:, None], np.arange(d // 2)[None]
    angle = i / base ** ((2 * j if twice else j) / d if power is None else power(j, d))
    even, odd = (np.cos(angle), np.sin(angle)) if swap else (np.sin(angle), np.cos(angle))
    if side_by_side:
        return np.concatenate([even, odd], axis=1)
    return np.stack([even, odd], axis=2).reshape(t, d)


place_waves = Exercise(
    title="Places without learning",
    level="stretch",
    minutes=12,
    reference=lambda t, d: _waves(t, d),
    worked=Worked(
        (2, 4),
        np.array([[0.0, 1.0, 0.0, 1.0], [np.sin(1), np.cos(1), np.sin(0.01), np.cos(0.01)]]),
        "place 0 has the angle 0 in every pair; place 1 the angles 1 and 1/100",
    ),
    cases=lambda rng: [(5, 6), (7, 4)],
    edges={"one place": (1, 8), "one pair": (6, 2), "many places": (40, 10)},
    mistakes={
        "Sine and cosine are exchanged: columns 0, 2, 4 … hold sines.": lambda t, d: _waves(t, d, swap=True),
        "All sines stand left and all cosines right. Here they alternate.": lambda t, d: _waves(
            t, d, side_by_side=True
        ),
        "Places are counted from 0: the first has the angle 0.": lambda t, d: _waves(t, d, start=1),
        "Every pair turns equally fast. The exponent 2j/d makes later pairs slower.": lambda t, d: _waves(
            t, d, power=lambda j, d: 0 * j
        ),
        "The exponent is j/d. It is 2j/d, so that it goes from 0 nearly to 1.": lambda t, d: _waves(t, d, twice=False),
        "Later pairs should turn slower; yours turn faster. Divide the place by the power.": lambda t, d: _waves(
            t, d, power=lambda j, d: -2 * j / d
        ),
        "The exponent is 4j/d: np.arange(0, d, 2) holds 2j already.": lambda t, d: _waves(
            t, d, power=lambda j, d: 4 * j / d
        ),
        "The place was raised to the power too. Only 10,000 is; the place is divided by the result.": lambda t, d: (
            _waves_by_share(t, d)
        ),
        "Only cosines: each pair has a sine and a cosine of the same angle.": lambda t, d: np.repeat(
            _waves(t, d)[:, 1::2], 2, axis=1
        ),
        "The base is 10,000.": lambda t, d: _waves(t, d, base=1_000.0),
        "Only sines: each pair has a sine and a cosine of the same angle.": lambda t, d: np.repeat(
            _waves(t, d)[:, ::2], 2, axis=1
        ),
        "Sine and cosine of a pair have the same angle. Yours takes the column's number for 2j in both.": (
            lambda t, d: np.where(
                np.arange(d) % 2 == 0,
                np.sin(np.arange(t)[:, None] / 10_000 ** (np.arange(d) / d)),
                np.cos(np.arange(t)[:, None] / 10_000 ** (np.arange(d) / d)),
            )
        ),
        "Divided by d once more than needed: the angle itself is not divided by d.": lambda t, d: np.where(
            np.arange(d) % 2 == 0,
            np.sin(np.arange(t)[:, None] / d / 10_000 ** (np.arange(d) // 2 * 2 / d)),
            np.cos(np.arange(t)[:, None] / d / 10_000 ** (np.arange(d) // 2 * 2 / d)),
        ),
        "Rows and columns are exchanged: a row is a place.": lambda t, d: _waves(t, d).T,
    },
    styles={
        "slices": lambda t, d: _waves_by_slices(t, d),
        "loops": lambda t, d: np.array(
            [[(np.sin, np.cos)[c % 2](i / 10_000 ** ((c - c % 2) / d)) for c in range(d)] for i in range(t)]
        ),
        "exp and log": lambda t, d: _waves(t, d, base=np.exp(np.log(10_000.0))),
        "complex": lambda t, d: _waves_by_complex(t, d),
    },
    hints=[
        "Write the angles first: a table with a row for each place and a column for each pair.",
        "out[:, 0::2] are the columns 0, 2, 4 …: they hold the sines of the angles.",
    ],
)


def _waves_by_share(t, d):
    angle = (np.arange(t)[:, None] / 10_000) ** (np.arange(0, d, 2) / d)
    return np.stack([np.sin(angle), np.cos(angle)], axis=2).reshape(t, d)


def _waves_by_slices(t, d):
    out = np.zeros((t, d))
    angle = np.arange(t)[:, None] / 10_000 ** (np.arange(0, d, 2) / d)
    out[:, 0::2], out[:, 1::2] = np.sin(angle), np.cos(angle)
    return out


def _waves_by_complex(t, d):
    turn = np.exp(1j * np.arange(t)[:, None] / 10_000 ** (np.arange(0, d, 2) / d))
    return np.stack([turn.imag, turn.real], axis=2).reshape(t, d)


# Questions ------------------------------------------------------------------------------------------------------------

why_root = Question(
    "A model of width 512 has 8 heads. By what are the scores of a head divided?",
    right="By 8, the root of 64.",
    wrong={
        "By about 22.6, the root of 512.": "A head's query and key have 512 / 8 = 64 numbers. So many products add up.",
        "By 64.": "That is the width of a head. Noises add up to the root of how many there are.",
        "By the root of the number of places.": "Each score belongs to one pair of places. Their number does not "
        "enter it.",
    },
    because="64 products of noise add up to a deviation of √64 = 8.",
)

late_mask = Question(
    "Somebody masks after softmax and then divides each row by its sum, so that it adds up to 1 again. Is that wrong?",
    right="No. The result equals that of masking before.",
    wrong={
        "Yes: it still knows of the future.": "e^z divided by any common factor and then by the sum of what is left "
        "gives the same shares. The factor cancels, and the future with it.",
        "Yes: the weights are too small.": "They add up to 1 after the second division.",
        "Yes: the diagonal is gone.": "The mask decides about the diagonal, not when it is applied.",
    },
    because="It is wrong only to stop after the mask. (For very large scores all that is allowed may have been rounded "
    "to zero by then, which is one reason to mask before.)",
)

no_places = Question(
    "A block without any points for places, and without a mask, reads *dog bites man* and then *man bites dog*. What "
    "differs between its outputs?",
    right="Only their order: each word gets the same row both times.",
    wrong={
        "Nothing at all.": "The rows stand where the words stand. They are the same rows in another order.",
        "Everything.": "Scores depend on what stands at two places, never on where. So each word finds the same "
        "answers.",
        "Only the row of *bites*.": "It gathers from the same words with the same weights both times.",
    },
    because="Shuffled in, shuffled out: attention is equivariant. The places have to be told.",
)

who_pays = Question(
    "The sequence becomes twice as long, the width stays. What happens to the number of attention weights of a head?",
    right="It becomes four times as large.",
    wrong={
        "It doubles.": "Every place looks at every place: both sides of the table double.",
        "It stays: the weights are learnt once.": "What is learnt are W_q, W_k and W_v; they stay. Attention weights "
        "are computed anew for each sequence, a table of t by t.",
        "It grows by the root of two.": "Roots belong to the sizes of scores, not to how many there are.",
    },
    because="t places ask t places: t² weights. That is the price of looking anywhere.",
)

two_looks = Question(
    "Why could one block not learn to continue strings that come twice?",
    right="What it must fetch depends on what stands beside the place that it finds, and it has only one look.",
    wrong={
        "It had too few numbers to learn the strings by heart.": "The strings were fresh each time. There was nothing "
        "to learn by heart.",
        "The distance was too large for one block.": "Any distance is one look away, near or far.",
        "It had no mask.": "It had the same mask. Without one it would simply read the answer.",
    },
    because="First every place has to note which letter came before it; then a second look can search for that note.",
)

read_map = Question(
    "On an attention map a head looks at *not* with weight 0.9, and the model calls the sentence negative. What do you "
    "know?",
    right="That this head fetched the value of *not*. Whether the answer rests on it has to be tried.",
    wrong={
        "That the model understands negation.": "The map shows where a number came from, not what was done with it.",
        "That *not* causes nine tenths of the answer.": "Later layers may use or ignore what was fetched, and other "
        "heads and the residual stream carry things too.",
        "Nothing at all.": "The weight is a fact about this head: nine tenths of what it gathered came from there.",
    },
    because="A map is a hint. Change the word, or switch the head off, and see whether the answer moves.",
)

THIS = chapter("10_attention", globals())
__getattr__ = suggest(__name__, globals())


def progress():
    """Show this chapter's exercises and questions with what you have done so far."""
    return table_of(THIS)

"""Chapter 06's exercises and questions."""

import copy

import numpy as np

from groundup.check.exercise import Exercise, Worked, chapter, suggest
from groundup.check.quiz import Question
from groundup.check.table import table_of


def _labels(rng, n, k, right=0.6):
    """y and answers, (n,) each, of classes 0 to k − 1; every class occurs in y, about ``right`` of them are right."""
    y = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
    rng.shuffle(y)
    return y, np.where(rng.random(n) < right, y, rng.integers(0, k, n))


def _counts(y, k):
    return np.bincount(y, minlength=k)


def _over(a, b):
    """a / b as a learner writes it: 0/0 is nan, without a warning."""
    with np.errstate(all="ignore"):
        return a / b


# 6.1 ------------------------------------------------------------------------------------------------------------------


def _wobble(right):
    p = np.mean(right)
    return p, np.sqrt(p * (1 - p) / len(right))


wobble = Exercise(
    title="How far to trust a test score",
    level="warm-up",
    minutes=5,
    reference=lambda right: _wobble(right),
    worked=Worked(
        (np.array([True] * 20 + [False] * 5),), (0.8, 0.08), "20 of 25 are right, and the root of 0.8 · 0.2/25 is 0.08"
    ),
    cases=lambda rng: [(rng.random(n) < share,) for n, share in [(40, 0.9), (17, 0.6), (9, 0.3)]],
    edges={
        "everything right": (np.array([True, True, True]),),
        "one answer": (np.array([True]),),
        "ones and zeros": (np.array([1, 0, 1, 1]),),
    },
    mistakes={
        "The root is missing: a wobble has the unit of the accuracy, not of its square.": lambda r: (
            np.mean(r),
            np.mean(r) * (1 - np.mean(r)) / len(r),
        ),
        "That is how far one answer wobbles. The mean of n answers wobbles √n times less.": lambda r: (
            np.mean(r),
            np.std(r),
        ),
        "You divided by n after the root. Four times the images halve the wobble: n belongs under "
        "the root.": lambda r: (
            np.mean(r),
            np.std(r) / len(r),
        ),
        "That is how far the number of right answers wobbles. It grows with √n; their share shrinks with it.": (
            lambda r: (np.mean(r), np.std(r) * np.sqrt(len(r)))
        ),
        "You have p where 1 − p belongs: something that is always right does not wobble.": lambda r: (
            np.mean(r),
            np.mean(r) / np.sqrt(len(r)),
        ),
        "1 − p is missing under the root: something that is always right does not wobble.": lambda r: (
            np.mean(r),
            np.sqrt(np.mean(r) / len(r)),
        ),
        "You gave the share of wrong answers. The wobble is the same for both, the accuracy is not.": lambda r: (
            1 - np.mean(r),
            _wobble(r)[1],
        ),
        "You counted the right answers; the accuracy is their share.": lambda r: (np.sum(r), _wobble(r)[1]),
        "Give shares, not percent.": lambda r: tuple(100 * v for v in _wobble(r)),
        "You went two wobbles far. That makes an honest interval, but one is asked for.": lambda r: (
            np.mean(r),
            2 * _wobble(r)[1],
        ),
        "You divided by n − 1 (ddof=1), which is for guessing the spread of something larger. The formula says n.": (
            lambda r: (np.mean(r), np.sqrt(np.mean(r) * (1 - np.mean(r)) / (len(r) - 1)) if len(r) > 1 else np.nan)
        ),
        "In p * 1 - p / n Python multiplies and divides before it subtracts. What belongs into brackets?": lambda r: (
            np.mean(r),
            np.sqrt(np.mean(r) * 1 - np.mean(r) / len(r)),
        ),
        "These are the ends of an interval. Asked for are its middle, and how far it reaches to one side.": lambda r: (
            np.mean(r) - _wobble(r)[1],
            np.mean(r) + _wobble(r)[1],
        ),
        "You divide by 25, as in the example. How many answers are there this time?": lambda r: (
            np.mean(r),
            np.std(r) / 5,
        ),
    },
    styles={
        "by std": lambda r: (np.mean(r), np.std(r) / np.sqrt(len(r))),
        "loop": lambda r: _wobble([1 if bool(v) else 0 for v in r]),
        "floats": lambda r: (float(r.sum()) / r.size, float((r.mean() - r.mean() ** 2) / r.size) ** 0.5),
        "float32": lambda r: tuple(np.float32(v) for v in _wobble(r)),
    },
    hints=[
        "An answer is 1 or 0. With the share p of ones, its spread around p is the root of p(1 − p).",
        "n noises add up to √n, and a mean divides by n. What is left of the spread of one answer?",
    ],
)

# 6.2 ------------------------------------------------------------------------------------------------------------------


def _confusion(y, answers, k):
    return np.bincount(np.asarray(y) * k + answers, minlength=k * k).reshape(k, k)


def _fancy(y, answers, k):
    counts = np.zeros((k, k), dtype=int)
    counts[y, answers] += 1
    return counts


def _size_seen(y, answers, k):
    k = max(np.max(y), np.max(answers)) + 1
    return _confusion(y, answers, k)


def _loop_confusion(y, answers, k):
    counts = np.zeros((k, k))
    for true, said in zip(y, answers, strict=True):
        counts[true, said] += 1
    return counts


def _add_at(y, answers, k):
    counts = np.zeros((k, k), dtype=int)
    np.add.at(counts, (y, answers), 1)
    return counts


def _in_shares(y, answers, k):
    counts = _confusion(y, answers, k)
    with np.errstate(all="ignore"):
        return counts / counts.sum(axis=1, keepdims=True)


confusion = Exercise(
    title="Who is taken for whom",
    minutes=10,
    reference=lambda y, answers, k: _confusion(y, answers, k),
    worked=Worked(
        (np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]), 3),
        np.array([[1, 1, 0], [0, 1, 0], [1, 0, 0]]),
        "of the two 0s one is read as 0 and one as 1; the 1 is read as 1; the 2 is read as 0",
    ),
    cases=lambda rng: [(*_labels(rng, n, k), k) for n, k in [(30, 4), (25, 3)]],
    edges={
        "a class that nobody meets": (np.array([0, 1, 1, 0, 1]), np.array([1, 1, 1, 0, 0]), 4),
        "one example": (np.array([2]), np.array([1]), 3),
    },
    mistakes={
        "Each place was counted once, however often it occurs. `= 1` does not add up; and `counts[y, answers] += 1` "
        "fetches all places, adds, and writes each back once. A loop over the examples adds one at a time.": _fancy,
        "Rows are what the image is, columns what the model says; yours are the other way round.": lambda y, a, k: (
            _confusion(y, a, k).T
        ),
        "The right answers belong into the table too, on its diagonal.": lambda y, a, k: (
            _confusion(y, a, k) * (1 - np.eye(k, dtype=int))
        ),
        "You kept the right answers only. The places beside the diagonal are what the table is for.": lambda y, a, k: (
            _confusion(y, a, k) * np.eye(k, dtype=int)
        ),
        "Give counts, not shares of all examples.": lambda y, a, k: _confusion(y, a, k) / len(y),
        "Give counts. You divided each row by its sum.": _in_shares,
        "The size is k, also where the last class does not occur: you took it from the labels.": _size_seen,
        "These are the counts in one row. Bring them into the shape (k, k).": lambda y, a, k: _confusion(
            y, a, k
        ).ravel(),
        "Classes begin at 0, and so do rows. Yours are moved by one.": lambda y, a, k: _confusion(
            (np.asarray(y) - 1) % k, (np.asarray(a) - 1) % k, k
        ),
        "Every example went into the row of its place in the list. The row is its class.": lambda y, a, k: _confusion(
            np.arange(len(y)) % k, a, k
        ),
        "You count wherever the class fits or the answer. Both have to fit: & instead of |.": lambda y, a, k: np.array(
            [[np.sum((y == i) | (a == j)) for j in range(k)] for i in range(k)]
        ),
        "Only the first example is in the table. Does your `return` stand inside the loop?": lambda y, a, k: _confusion(
            y[:1], a[:1], k
        ),
    },
    styles={
        "loop": _loop_confusion,
        "np.add.at": _add_at,
        "one-hot product": lambda y, a, k: np.eye(k)[y].T @ np.eye(k)[a],
        "pairs": lambda y, a, k: np.array([[np.sum((y == i) & (a == j)) for j in range(k)] for i in range(k)]),
    },
    hints=[
        "Begin with a table of zeros, (k, k). Each example adds 1 at one place: which row, which column?",
        "A loop over zip(y, answers) is right, and fast enough. Without a loop: what does np.add.at do?",
    ],
)

# 6.3 ------------------------------------------------------------------------------------------------------------------


def _per_class(y, answers, k):
    right = np.asarray(y) == answers
    return np.array([right[np.asarray(y) == c].mean() for c in range(k)])


per_class = Exercise(
    title="The accuracy of each class",
    level="warm-up",
    minutes=5,
    reference=lambda y, answers, k: _per_class(y, answers, k),
    worked=Worked(
        (np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0]), 3),
        np.array([0.5, 1.0, 0.0]),
        "one of the two 0s, the only 1, not the 2",
    ),
    cases=lambda rng: [(*_labels(rng, n, k), k) for n, k in [(40, 4), (33, 5)]],
    edges={
        "one example": (np.array([0]), np.array([0]), 1),
        "everything wrong": (np.array([0, 1, 1]), np.array([1, 0, 0]), 2),
    },
    mistakes={
        "You divided by how often the class was answered. Then it says how far to trust that answer (its precision). "
        "Divide by how often the class occurs.": lambda y, a, k: _over(np.diag(_confusion(y, a, k)), _counts(a, k)),
        "You divided by the number of all examples; each class has its own number.": lambda y, a, k: np.array(
            [np.mean((y == c) & (a == c)) for c in range(k)]
        ),
        "This also rewards examples of other classes that were not taken for this one. A rare class then looks good "
        "even if it is never found: look at its own examples only.": lambda y, a, k: np.array(
            [np.mean((y == c) == (a == c)) for c in range(k)]
        ),
        "These are the shares of errors. Asked for is what was right.": lambda y, a, k: 1 - _per_class(y, a, k),
        "These are the counts of right answers; divide each by how many examples its class has.": lambda y, a, k: (
            np.array([np.sum((y == c) & (a == c)) for c in range(k)])
        ),
        "That is how often each class occurs, not how often it is read right.": lambda y, a, k: np.array(
            [np.mean(y == c) for c in range(k)]
        ),
        "That is how often each class is answered, right or wrong.": lambda y, a, k: np.array(
            [np.mean(a == c) for c in range(k)]
        ),
        "That is the mean over the classes. Give one number for each of them.": lambda y, a, k: _per_class(
            y, a, k
        ).mean(),
        "That is the accuracy over all examples. Give one number for each class.": lambda y, a, k: np.mean(y == a),
        "Give shares, not percent.": lambda y, a, k: 100 * _per_class(y, a, k),
        "Every class got the accuracy over all examples. Choose the examples of a class first.": lambda y, a, k: (
            np.full(k, np.mean(y == a))
        ),
        "You compare how often a class is answered with how often it occurs. An answer counts only where it is "
        "right.": lambda y, a, k: _counts(a, k) / _counts(y, k),
        "That says which classes the right answers come from. A class that is rare comes off badly there, even if all "
        "of it is found.": lambda y, a, k: _over(np.diag(_confusion(y, a, k)), np.sum(y == a)),
        "You divided by n/k, as if each class occurred equally often.": lambda y, a, k: (
            np.diag(_confusion(y, a, k)) * k / len(y)
        ),
        "That is the whole table of who is taken for whom, in shares. Where in it stands what was right?": (
            lambda y, a, k: _confusion(y, a, k) / _counts(y, k)[:, None]
        ),
    },
    styles={
        "from the table": lambda y, a, k: np.diag(_confusion(y, a, k)) / _confusion(y, a, k).sum(axis=1),
        "bincount": lambda y, a, k: np.bincount(y, weights=(y == a), minlength=k) / np.bincount(y, minlength=k),
        "loop": lambda y, a, k: np.array(
            [sum(1 for t, s in zip(y, a, strict=True) if t == c == s) / list(y).count(c) for c in range(k)]
        ),
        "float32": lambda y, a, k: _per_class(y, a, k).astype(np.float32),
    },
    hints=[
        "For one class c: which examples are of this class, and how many of them are right?",
        "y == c chooses the examples of a class. The mean of True and False is the share of True.",
    ],
)

# 6.4 ------------------------------------------------------------------------------------------------------------------


def _dropout(a, u, p, training):
    return np.where(u >= p, a / (1 - p), 0.0) if training else a


def _drop_case(rng, n, h, p, training=True):
    return rng.normal(size=(n, h)), rng.random((n, h)), p, training


def _loop_dropout(a, u, p, training):
    out = np.array(a, dtype=float)
    for index in np.ndindex(a.shape) if training else ():
        out[index] = 0.0 if u[index] < p else a[index] / (1 - p)
    return out


dropout = Exercise(
    title="Dropout",
    minutes=10,
    reference=lambda a, u, p, training: _dropout(a, u, p, training),
    worked=Worked(
        (np.array([[3.0, 6.0, 9.0], [12.0, 15.0, 30.0]]), np.array([[0.1, 0.5, 0.9], [0.3, 0.2, 0.25]]), 0.25, True),
        np.array([[0.0, 8.0, 12.0], [16.0, 0.0, 40.0]]),
        "0.1 and 0.2 lie below 0.25 and are dropped; the others are divided by 0.75",
    ),
    cases=lambda rng: [
        _drop_case(rng, 4, 5, 0.4),
        _drop_case(rng, 3, 6, 0.7),
        _drop_case(rng, 2, 4, 0.4, training=False),
    ],
    edges={
        "p = 0": (
            np.array([[1.0, -2.0], [0.5, 3.0], [2.0, 4.0]]),
            np.array([[0.0, 0.5], [0.9, 0.1], [0.3, 0.2]]),
            0.0,
            True,
        ),
        "one example": (np.array([[1.0, 2.0, 3.0]]), np.array([[0.9, 0.1, 0.6]]), 0.5, True),
        "integers": (np.array([[4, 2, 6], [1, 3, 5]]), np.array([[0, 1, 1], [1, 0, 1]]), 0.5, True),
    },
    mistakes={
        "The survivors are to be divided by 1 − p. Without that the next layer gets smaller sums in training than in "
        "use.": lambda a, u, p, t: a * (u >= p) if t else a,
        "p is the probability of being dropped; you took it as that of being kept.": lambda a, u, p, t: (
            np.where(u < p, a / max(p, 1e-9), 0.0) if t else a
        ),
        "The right ones are dropped, but divided by p. What share is left of the sum, on average?": lambda a, u, p, t: (
            _over(a * (u >= p), p) if t else a
        ),
        "You kept what should go: a number is dropped where u is below p.": lambda a, u, p, t: (
            np.where(u < p, a / (1 - p), 0.0) if t else a
        ),
        "The survivors grow, because they have to stand in for the dropped: divide by 1 − p, don't "
        "multiply.": lambda a, u, p, t: np.where(u >= p, a * (1 - p), 0.0) if t else a,
        "You drop in use as well. Then the same image gets another answer each time: look at training.": (
            lambda a, u, p, t: _dropout(a, u, p, True)
        ),
        "In use nothing is to be done, since the survivors were scaled in training already; you scaled "
        "again.": lambda a, u, p, t: _dropout(a, u, p, True) if t else a * (1 - p),
        "That is the older way: plain in training, times 1 − p in use. Here, as in PyTorch, training scales and use "
        "does nothing.": lambda a, u, p, t: a * (u >= p) if t else a * (1 - p),
        "training is the wrong way round: dropped is while learning, not in use.": lambda a, u, p, t: _dropout(
            a, u, p, not t
        ),
        "You drop the same units for every example. Each entry of u decides about its own number.": (
            lambda a, u, p, t: _dropout(a, u[:1], p, t)
        ),
        "You drop or keep whole examples. Each entry of u decides about its own number.": lambda a, u, p, t: _dropout(
            a, u[:, :1], p, t
        ),
        "You divided by the share that was kept this time. Divide by the share that is kept on average, 1 − "
        "p.": lambda a, u, p, t: a * (u >= p) / max(np.mean(u >= p), 1e-9) if t else a,
        "Nothing was dropped; everything only grew.": lambda a, u, p, t: a / (1 - p) if t else a + 0.0,
        "Where u equals p the number stays: dropped is below p.": lambda a, u, p, t: (
            np.where(u > p, a / (1 - p), 0.0) if t else a
        ),
        "In use nobody is missing, and yet you divide: look at which of your two steps belong to training.": (
            lambda a, u, p, t: (a * (u >= p) if t else a) / (1 - p)
        ),
        "a / 1 - p divides by 1, and then takes p away. Brackets say what belongs together.": lambda a, u, p, t: (
            np.where(u < p, 0.0, a / 1 - p) if t else a
        ),
        "You compare the activations with p. What was thrown at random is in u.": lambda a, u, p, t: (
            np.where(a < p, 0.0, a / (1 - p)) if t else a
        ),
        "You multiplied by u itself. It only decides who goes: who stays, stays whole.": lambda a, u, p, t: (
            a * u / (1 - p) if t else a
        ),
        "The root of 1 − p keeps the spread of the activations. What the next layer adds up is their sum.": (
            lambda a, u, p, t: np.where(u < p, 0.0, a / np.sqrt(1 - p)) if t else a
        ),
    },
    styles={
        "mask": lambda a, u, p, t: a * ((u >= p) / (1 - p)) if t else a,
        "loop": _loop_dropout,
        "copy and clear": lambda a, u, p, t: _cleared(a, u, p) if t else a.copy(),
        "float32": lambda a, u, p, t: np.asarray(_dropout(a, u, p, t)).astype(np.float32),
    },
    hints=[
        "Begin with the case that is not training: what is to be done then?",
        "u < p is a table of True and False that says which numbers go. By what must the others be divided, so that "
        "the mean stays?",
        "If a share p goes, a share 1 − p stays.",
    ],
)


def _cleared(a, u, p):
    out = a / (1 - p)
    out[u < p] = 0
    return out


# 6.5 ------------------------------------------------------------------------------------------------------------------


def _penalized(dw, db, w, b, l2, l1):
    return dw + l2 * w + l1 * np.sign(w), db


def _penalty_case(rng, d, k, l2, l1):
    # db in whole numbers: it comes out as it went in, and a message that shows the inputs must not show the answer.
    db = rng.integers(-4, 5, k).astype(float)
    return rng.normal(size=(d, k)), db, rng.normal(size=(d, k)), rng.normal(size=k), l2, l1


def _by_its_size(dw, db, w, b, l2, l1):
    with np.errstate(all="ignore"):
        return dw + l2 * w + l1 * w / np.abs(w), db


with_penalty = Exercise(
    title="Two penalties on the weights",
    minutes=10,
    reference=lambda dw, db, w, b, l2, l1: _penalized(dw, db, w, b, l2, l1),
    worked=Worked(
        (
            np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 0.0]]),
            np.array([1.0, -1.0]),
            np.array([[2.0, -1.0], [0.0, 3.0], [-4.0, 1.0]]),
            np.array([1.0, 2.0]),
            0.5,
            0.25,
        ),
        (np.array([[2.25, -0.75], [0.0, 2.75], [-0.25, 0.75]]), np.array([1.0, -1.0])),
        "the first weight is 2: 1 + 0.5 · 2 + 0.25",
    ),
    cases=lambda rng: [_penalty_case(rng, 4, 3, 0.3, 0.2), _penalty_case(rng, 2, 5, 0.7, 0.05)],
    edges={
        "weights of zero": (np.ones((3, 2)), np.ones(2), np.zeros((3, 2)), np.array([1.0, -1.0]), 0.5, 0.5),
        "L2 only": (np.ones((2, 3)), np.ones(3), np.arange(6.0).reshape(2, 3) - 2.5, np.ones(3), 0.4, 0.0),
        "L1 only": (np.ones((2, 3)), np.ones(3), np.arange(6.0).reshape(2, 3) - 2.5, np.ones(3), 0.0, 0.4),
        "one input, integers": (np.array([[1, 2]]), np.array([3, 4]), np.array([[5, -6]]), np.array([7, 8]), 2, 1),
    },
    mistakes={
        "Leave the biases alone. A bias does not make a network sensitive to its inputs; it only moves where a unit "
        "begins.": lambda dw, db, w, b, l2, l1: (
            _penalized(dw, db, w, b, l2, l1)[0],
            db + l2 * b + l1 * np.sign(b),
        ),
        "Leave the biases alone in both penalties: yours are shrunk by L2.": lambda dw, db, w, b, l2, l1: (
            _penalized(dw, db, w, b, l2, l1)[0],
            db + l2 * b,
        ),
        "The slope of ½ w² is w: the half cancels the 2.": lambda dw, db, w, b, l2, l1: (
            dw + 2 * l2 * w + l1 * np.sign(w),
            db,
        ),
        "The half belongs to the penalty, not to its slope: the slope of ½ w² is w.": lambda dw, db, w, b, l2, l1: (
            dw + l2 * w / 2 + l1 * np.sign(w),
            db,
        ),
        "The penalties are added to the loss, so their slopes are added too.": lambda dw, db, w, b, l2, l1: (
            dw - l2 * w - l1 * np.sign(w),
            db,
        ),
        "The slope of |w| is −1 left of zero: it needs the sign of w.": lambda dw, db, w, b, l2, l1: (
            dw + l2 * w + l1,
            db,
        ),
        "The slope of |w| does not grow with w: it is 1 or −1, a toll and not a share.": lambda dw, db, w, b, l2, l1: (
            dw + l2 * w + l1 * w,
            db,
        ),
        "You added |w| itself where its slope belongs.": lambda dw, db, w, b, l2, l1: (
            dw + l2 * w + l1 * np.abs(w),
            db,
        ),
        "You added w² where the slope of ½ w² belongs.": lambda dw, db, w, b, l2, l1: (
            dw + l2 * w**2 + l1 * np.sign(w),
            db,
        ),
        "l1 and l2 have changed places: l2 goes with the square, l1 with the size.": lambda dw, db, w, b, l2, l1: (
            dw + l1 * w + l2 * np.sign(w),
            db,
        ),
        "These are the slopes of the penalties alone. Those of the loss belong to them.": (
            lambda dw, db, w, b, l2, l1: (l2 * w + l1 * np.sign(w), db)
        ),
        "L2 is missing.": lambda dw, db, w, b, l2, l1: (dw + l1 * np.sign(w), db),
        "L1 is missing.": lambda dw, db, w, b, l2, l1: (dw + l2 * w, db),
        "A weight of exactly 0 is pushed away from 0. There |w| has its kink, and we say 0.": (
            lambda dw, db, w, b, l2, l1: (dw + l2 * w + l1 * np.where(w > 0, 1.0, -1.0), db)
        ),
        "The sign is that of the weight, not that of its slope.": lambda dw, db, w, b, l2, l1: (
            dw + l2 * w + l1 * np.sign(dw),
            db,
        ),
        "You took the mean over the weights; the penalty is a sum, so each weight feels its own in full.": (
            lambda dw, db, w, b, l2, l1: (dw + (l2 * w + l1 * np.sign(w)) / np.size(w), db)
        ),
        "Each weight feels its own penalty. You added one number, the sum over all weights, to every slope.": (
            lambda dw, db, w, b, l2, l1: (dw + np.sum(l2 * w + l1 * np.sign(w)), db)
        ),
        "You added the penalty itself, one number for the whole layer. How does it change with one weight?": (
            lambda dw, db, w, b, l2, l1: (dw + l2 * np.sum(w**2) / 2 + l1 * np.sum(np.abs(w)), db)
        ),
        "You added what each weight pays, ½ w² and |w|. A slope says how much more it pays when it grows.": (
            lambda dw, db, w, b, l2, l1: (dw + l2 * w**2 / 2 + l1 * np.abs(w), db)
        ),
        "At exactly 0 you let |w| rise already. The task says what its slope counts as there.": (
            lambda dw, db, w, b, l2, l1: (dw + l2 * w + l1 * np.where(w >= 0, 1.0, -1.0), db)
        ),
        "w / |w| is the sign, but at a weight of 0 it is 0/0, which NumPy calls nan.": _by_its_size,
        "Negative weights pay no L1 in yours. On that side |w| has a slope too.": (
            lambda dw, db, w, b, l2, l1: (dw + l2 * w + l1 * (w > 0), db)
        ),
        "The biases pay no penalty, but the loss has a slope for them all the same, and that has gone.": (
            lambda dw, db, w, b, l2, l1: (dw + l2 * w + l1 * np.sign(w), 0.0 * db)
        ),
    },
    styles={
        "where": lambda dw, db, w, b, l2, l1: (dw + l2 * w + l1 * ((w > 0) * 1.0 - (w < 0) * 1.0), db + 0.0),
        "loop": lambda dw, db, w, b, l2, l1: (
            np.array(
                [[g + l2 * v + l1 * np.sign(v) for g, v in zip(*r, strict=True)] for r in zip(dw, w, strict=True)]
            ),
            db,
        ),
        "a list": lambda dw, db, w, b, l2, l1: list(_penalized(dw, db, w, b, l2, l1)),
        "float32": lambda dw, db, w, b, l2, l1: tuple(
            np.asarray(v, np.float32) for v in _penalized(dw, db, w, b, l2, l1)
        ),
    },
    hints=[
        "Differentiate both penalties for one weight: ½ l2 w² and l1 |w|.",
        "Where |w| rises its slope is 1, where it falls −1, and at the kink we say 0. NumPy has a function that "
        "gives exactly this.",
        "Which of the four arrays do the penalties speak of? The others stay as they are.",
    ],
)

# 6.6 ------------------------------------------------------------------------------------------------------------------


class Run:
    """A training that was recorded: ``epoch()`` changes the arrays in ``weights`` in place, as an optimizer does.

    Attributes:
        weights: [w (d, k), b (k,)].
    """

    def __init__(self, losses, w, b):
        self._losses, self._start = [float(v) for v in losses], (np.array(w, float), np.array(b, float))
        self.weights, self._done = [v.copy() for v in self._start], 0

    def epoch(self):
        """Train for one epoch; returns the validation loss after it."""
        if self._done == len(self._losses):
            raise RuntimeError(
                f"this run was recorded for {self._done} epochs, and each call of epoch() is one; you asked for more "
                "than `most`"
            )
        self._done += 1
        for k, weights in enumerate(self.weights, start=1):
            weights += 10.0 ** (k - 1) + np.arange(weights.size).reshape(weights.shape)
        return self._losses[self._done - 1]

    def __eq__(self, other):
        return (
            isinstance(other, Run) and self._losses == other._losses and self.weights[0].shape == other.weights[0].shape
        )

    __hash__ = None

    def __repr__(self):
        return f"a run with validation losses {', '.join(f'{v:g}' for v in self._losses)}"


def _copies(run):
    return tuple(v.copy() for v in run.weights)


def _stop_early(
    run, patience, most, *, keep=_copies, better=lambda new, best: new < best, extra=0, reset=True, last=False,
    before=False, say=lambda done, best: done, past=False,
):  # fmt: skip
    best, waited, best_epoch, kept, done = np.inf, 0, 0, None, 0
    for done in range(1, most + 1 + past):
        old = _copies(run)
        loss = run.epoch()
        if better(loss, best):
            best, best_epoch, kept = loss, done, old if before else keep(run)
            waited = 0 if reset else waited
        else:
            waited += 1
        if last and not better(loss, best):
            best = loss
        if waited >= patience + extra:
            break
    return (*kept, say(done, best_epoch))


def _since_rise(run, patience, most):
    """Counts epochs that were worse than the one before."""
    best, before, waited, kept, done = np.inf, np.inf, 0, None, 0
    for done in range(1, most + 1):  # noqa: B007
        loss = run.epoch()
        if loss < best:
            best, kept = loss, _copies(run)
        waited = 0 if loss < before else waited + 1
        before = loss
        if waited >= patience:
            break
    return (*kept, done)


def _by_epoch_numbers(run, patience, most):
    losses, kept = [], []
    while len(losses) < most:
        losses.append(run.epoch())
        kept.append([np.array(v) for v in run.weights])
        if len(losses) - 1 - int(np.argmin(losses)) >= patience:
            break
    return (*kept[int(np.argmin(losses))], len(losses))


def _with_while(run, patience, most):
    w = b = None
    best, left, epoch = float("inf"), patience, 0
    while epoch < most and left:
        epoch += 1
        loss = run.epoch()
        left -= 1
        if loss < best:
            best, left = loss, patience
            w, b = (v + 0 for v in run.weights)
    return w, b, epoch


def _than_the_last(run, patience, most):
    before, waited, kept, done = np.inf, 0, None, 0
    for done in range(1, most + 1):  # noqa: B007
        loss = run.epoch()
        kept, waited = (_copies(run), 0) if loss < before else (kept, waited + 1)
        before = loss
        if waited >= patience:
            break
    return (*kept, done)


def _from_zero(run, patience, most):
    trained = min(patience, most)
    kept = _copies(run)
    for _ in range(trained):
        run.epoch()
    return (*kept, trained)


def _one_before(run, patience, most):
    best, kept, waited, done = run.epoch(), _copies(run), 0, 0
    for done in range(1, most + 1):  # noqa: B007
        loss = run.epoch()
        best, kept, waited = (loss, _copies(run), 0) if loss < best else (best, kept, waited + 1)
        if waited >= patience:
            break
    return (*kept, done)


def _patience_back(run, patience, most):
    losses, kept = [], []
    while len(losses) < most:
        losses.append(run.epoch())
        kept.append(_copies(run))
        if len(losses) - 1 - int(np.argmin(losses)) >= patience:
            break
    return (*kept[-1 - patience], len(losses))


def _half_kept(run):
    return run.weights[0].copy(), run.weights[1]


def _a_run(rng, n, d, k):
    """Losses that fall, wobble and rise, with a tie for the lowest."""
    losses = np.round(2 + np.abs(np.linspace(-1.5, 1.5, n)) + rng.normal(0, 0.25, n), 2)
    at = int(losses.argmin())
    losses[min(at + 2, n - 1)] = losses[at]
    return Run(losses, rng.integers(-9, 10, (d, k)), rng.integers(-9, 10, k))


_HAND = Run([5, 3, 4, 2, 6, 7, 1], np.zeros((1, 1)), np.zeros(1))

early_stopping = Exercise(
    title="Early stopping",
    minutes=12,
    # On a copy: whoever calls the reference may want to use the same run again.
    reference=lambda run, patience, most: _stop_early(copy.deepcopy(run), patience, most),
    worked=Worked(
        (_HAND, 2, 7),
        (np.array([[4.0]]), np.array([40.0]), 6),
        "2 is the lowest loss, in epoch 4; epochs 5 and 6 are no better, so it ends there and never sees the 1",
    ),
    cases=lambda rng: [(_a_run(rng, 14, 3, 2), 3, 13), (_a_run(rng, 16, 2, 4), 4, 12), (_a_run(rng, 12, 1, 3), 1, 11)],
    edges={
        "the lowest loss comes twice": (Run([3, 2, 4, 2, 5, 6, 7, 8], np.ones((2, 1)), np.zeros(1)), 3, 8),
        "it never waits in vain": (Run([5, 4, 3, 2, 1], np.ones((2, 3)), np.zeros(3)), 2, 4),
        "one epoch": (Run([1, 2], np.ones((1, 2)), np.zeros(2)), 3, 1),
        "a long way down with bumps": (
            Run([9, 8, 8.5, 7, 7.5, 6, 6.5, 5, 5.5, 5.7, 6], np.zeros((2, 2)), np.zeros(2)),
            3,
            10,
        ),
    },
    mistakes={
        "These are the weights of the last epoch. `best = run.weights` keeps no weights: it is another name for the "
        "same list, and training goes on changing the arrays in it. A copy of the list is not enough either: copy each "
        "array.": lambda run, patience, most: _stop_early(run, patience, most, keep=lambda r: tuple(r.weights)),
        "w is of the best epoch, b of the last: you copied one array, and of the other you kept only its name.": (
            lambda run, patience, most: _stop_early(run, patience, most, keep=_half_kept)
        ),
        "You went on one epoch too long: stop as soon as `patience` epochs in a row were no better.": (
            lambda run, patience, most: _stop_early(run, patience, most, extra=1)
        ),
        "You count all epochs that were no better. Patience begins anew with each new lowest loss.": (
            lambda run, patience, most: _stop_early(run, patience, most, reset=False)
        ),
        "You compare with the epoch before. Compare with the lowest loss so far; otherwise a slow way down the "
        "mountain behind the pass looks like progress.": _since_rise,
        "An equal loss is no progress: only a lower one counts, and the first of two equal ones is kept.": (
            lambda run, patience, most: _stop_early(run, patience, most, better=lambda new, best: new <= best)
        ),
        "You stop and keep where the loss is highest. The sign of the comparison is turned.": (
            lambda run, patience, most: _stop_early(
                run, patience, most, better=lambda new, best: best == np.inf or new > best
            )
        ),
        "Patience never ends: your run goes on to `most`, however long nothing gets better.": (
            lambda run, patience, most: _stop_early(run, patience, most, extra=10**6)
        ),
        "You pass over `most`: one epoch more was trained.": lambda run, patience, most: _stop_early(
            run, patience, most, past=True
        ),
        "The third result is how many epochs were trained; you gave the number of the best.": (
            lambda run, patience, most: _stop_early(run, patience, most, say=lambda done, best: best)
        ),
        "The third result is one too low: range counts from 0, epochs from 1.": lambda run, patience, most: _stop_early(
            run, patience, most, say=lambda done, best: done - 1
        ),
        "You kept the weights from before the best epoch's training. The loss that epoch() returns is measured after "
        "it.": lambda run, patience, most: _stop_early(run, patience, most, before=True),
        "You keep the weights whenever an epoch was better than the one before. Better than the best so far is asked "
        "for.": _than_the_last,
        "The lowest loss so far begins at 0 in yours, and no loss is below that.": _from_zero,
        "You train one epoch before the loop. It counts too, in the third result and towards `most`.": _one_before,
        "The best epoch lies `patience` epochs back only if patience ran out. Where `most` ends the training, it need "
        "not.": _patience_back,
    },
    styles={
        "argmin": _by_epoch_numbers,
        "patience that runs down": _with_while,
        "a list": lambda run, patience, most: list(_stop_early(run, patience, most)),
    },
    hints=[
        "You need to remember three things from epoch to epoch: the lowest loss, the weights that belong to it, and "
        "how many epochs ago that was.",
        "Where the loss is lower than the lowest so far, copy each array in run.weights, and patience begins anew.",
        "`w, b = run.weights` gives the arrays names. `.copy()` of each makes arrays that training does not reach.",
    ],
)

# 6.7 ------------------------------------------------------------------------------------------------------------------


def _shift(x, fill=True):
    out = np.zeros_like(x)
    out[:, :, 1:] = x[:, :, :-1]
    return out


def _scaled(train, test, by=None):
    by = train if by is None else by
    return (train - by.mean()) / by.std(), (test - by.mean()) / by.std()


def _with_copies(train, shifted=None):
    return np.concatenate([train, _shift(train) if shifted is None else shifted])


def _left(x):
    out = np.zeros_like(x)
    out[:, :, :-1] = x[:, :, 1:]
    return out


def _down(x):
    out = np.zeros_like(x)
    out[:, 1:] = x[:, :-1]
    return out


def _smeared(x):
    out = np.array(x)
    out[:, :, 1:] = x[:, :, :-1]
    return out


def _prepare(train, test):
    return _scaled(_with_copies(train), test)


def _scaled_first(train, test):
    train, test = _scaled(train, test)
    return _with_copies(train), test


def _own_scale(train, test):
    both = _with_copies(train)
    return _scaled(both, both)[0], _scaled(test, test)[0]


def _image_case(rng, n, m, h, w):
    return rng.gamma(1.0, 2.0, (n, h, w)), rng.gamma(1.0, 2.5, (m, h, w))


def _padded(train, test):
    moved = np.pad(train, ((0, 0), (0, 0), (1, 0)))[:, :, :-1]
    both = np.concatenate((train, moved))
    return (both - both.mean()) / both.std(), (test - both.mean()) / both.std()


def _looped(train, test):
    copies = [np.array([[0, *row[:-1]] for row in picture]) for picture in train]
    both = np.array([*train, *copies])
    return (both - np.mean(both)) / np.std(both), (test - np.mean(both)) / np.std(both)


def _rolled(train, test):
    moved = np.roll(train, 1, axis=2)
    moved[:, :, 0] = 0
    return _scaled(_with_copies(train, moved), test)


def _each_pixel(train, test):
    both = _with_copies(train)
    with np.errstate(all="ignore"):
        return (both - both.mean(axis=0)) / both.std(axis=0), (test - both.mean(axis=0)) / both.std(axis=0)


def _each_image(train, test):
    def by_itself(x):
        return (x - x.mean(axis=(1, 2), keepdims=True)) / x.std(axis=(1, 2), keepdims=True)

    return by_itself(_with_copies(train)), by_itself(test)


def _alternating(train, test):
    both, test = _prepare(train, test)
    return np.stack([both[: len(train)], both[len(train) :]], axis=1).reshape(both.shape), test


prepare = Exercise(
    title="Augment and scale without a leak",
    minutes=14,
    reference=lambda train, test: _prepare(train, test),
    worked=Worked(
        (np.array([[[2.0, 0.0], [2.0, 0.0]]]), np.array([[[3.0, 1.0], [0.0, 2.0]]])),
        (
            np.array([[[1.0, -1.0], [1.0, -1.0]], [[-1.0, 1.0], [-1.0, 1.0]]]),
            np.array([[[2.0, 0.0], [-1.0, 1.0]]]),
        ),
        "the copy is [[0, 2], [0, 2]]; of the image and its copy the mean is 1 and the deviation 1",
    ),
    cases=lambda rng: [_image_case(rng, 4, 2, 3, 5), _image_case(rng, 5, 6, 4, 3)],
    edges={
        "one test image": (np.arange(24.0).reshape(2, 3, 4), np.arange(12.0).reshape(1, 3, 4)),
        "integers": (np.arange(24).reshape(3, 2, 4) % 7, np.arange(8).reshape(1, 2, 4)),
    },
    mistakes={
        "You augmented the test part as well. It stands for images as they will come; leave their number and their "
        "place.": lambda train, test: _scaled(_with_copies(train), _with_copies(test)),
        "The test part is scaled by its own mean and deviation. Its images may come one at a time, and the network "
        "knows the training part's unit only.": _own_scale,
        "Mean and deviation were taken over both parts together: the test part has leaked into the training.": (
            lambda train, test: _scaled(
                _with_copies(train), test, np.concatenate([_with_copies(train).ravel(), test.ravel()])
            )
        ),
        "Everything is scaled by the test part's mean and deviation. Nothing of the test part may be known before the "
        "end.": lambda train, test: _scaled(_with_copies(train), test, test),
        "Scaled first, then moved: the 0 that moves in at the edge is no longer paper, but the mean grey. Move first, "
        "then scale.": _scaled_first,
        "What goes out on the right comes in again on the left: np.roll turns the image round. Paper has to move "
        "in.": lambda train, test: _scaled(_with_copies(train, np.roll(train, 1, axis=2)), test),
        "The copies are moved to the left.": lambda train, test: _scaled(_with_copies(train, _left(train)), test),
        "The copies are moved down. The axes are (images, rows, columns).": lambda train, test: _scaled(
            _with_copies(train, _down(train)), test
        ),
        "The edge column was kept, and so its ink is there twice. Paper, 0, has to move in.": lambda train, test: (
            _scaled(_with_copies(train, _smeared(train)), test)
        ),
        "The copies are to stand beside the originals, not in their place.": lambda train, test: _scaled(
            _shift(train), test
        ),
        "The copies are missing.": lambda train, test: _scaled(train, test),
        "Mean and deviation belong to all that the network trains on, the copies included; you took those of the "
        "originals.": lambda train, test: _scaled(_with_copies(train), test, train),
        "The originals come first, then their copies.": lambda train, test: _scaled(
            np.concatenate([_shift(train), train]), test
        ),
        "You subtracted the mean and did not divide by the deviation.": lambda train, test: (
            _with_copies(train) - _with_copies(train).mean(),
            test - _with_copies(train).mean(),
        ),
        "The test part came out as it went in. It has to speak the same unit as the training part, whose mean and "
        "deviation are 0 and 1 once it is scaled: measure before.": (
            lambda train, test: (_prepare(train, test)[0], test)
        ),
        "You divided by the variance; its root is the deviation.": lambda train, test: (
            (_with_copies(train) - _with_copies(train).mean()) / _with_copies(train).var(),
            (test - _with_copies(train).mean()) / _with_copies(train).var(),
        ),
        "Each pixel is scaled by its own mean and deviation. One of each is asked for, over all images and pixels.": (
            _each_pixel
        ),
        "Each image is scaled by itself. Then a pale one looks like a dark one, and no unit is shared.": _each_image,
        "Originals and copies are scaled apart. The network trains on both together.": lambda train, test: (
            np.concatenate([_scaled(train, test)[0], _scaled(_shift(train), test)[0]]),
            _scaled(train, test)[1],
        ),
        "np.roll without an axis treats the stack as one long row: ink runs on into the next line, and into the next "
        "image.": lambda train, test: _scaled(_with_copies(train, np.roll(train, 1)), test),
        "The copies stand where the originals stand.": lambda train, test: _scaled(_with_copies(train, train), test),
        "Both halves are moved. A second name for `train` is no copy of it.": lambda train, test: _scaled(
            np.concatenate([_shift(train), _shift(train)]), test
        ),
        "Each image went to the place of the next one. The first axis counts images, the last one columns.": (
            lambda train, test: _scaled(
                _with_copies(train, np.concatenate([np.zeros_like(train[:1]), train[:-1]])), test
            )
        ),
        "Each copy stands right behind its original. All originals come first.": _alternating,
        "You divided by the deviation and did not subtract the mean.": lambda train, test: (
            _with_copies(train) / _with_copies(train).std(),
            test / _with_copies(train).std(),
        ),
        "x - mean / std divides the mean alone. Brackets say what belongs together.": lambda train, test: (
            _with_copies(train) - _with_copies(train).mean() / _with_copies(train).std(),
            test - _with_copies(train).mean() / _with_copies(train).std(),
        ),
        "The deviation was taken with ddof=1. Divide by the number of all pixels, not by one less.": (
            lambda train, test: (
                (_with_copies(train) - _with_copies(train).mean()) / _with_copies(train).std(ddof=1),
                (test - _with_copies(train).mean()) / _with_copies(train).std(ddof=1),
            )
        ),
    },
    styles={
        "np.pad": _padded,
        "np.roll and wipe": _rolled,
        "loops": _looped,
        "float32": lambda train, test: tuple(v.astype(np.float32) for v in _prepare(train, test)),
    },
    hints=[
        "Four steps, and their order matters: copies, together, measure, scale. Which of them may see the test part?",
        "A copy that is moved by one: begin with zeros, and write all columns but the last one place further right.",
        "np.concatenate puts originals and copies one after the other; .mean() and .std() of that serve both parts.",
    ],
)

# 6.8 ------------------------------------------------------------------------------------------------------------------


def _choose(validation, test):
    best = int(np.mean(validation, axis=1).argmax())
    return best, np.mean(test[best])


def _loop_choose(validation, test):
    best = 0
    for i in range(len(validation)):
        if sum(validation[i]) > sum(validation[best]):
            best = i
    return best, sum(test[best]) / len(test[best])


choose = Exercise(
    title="Choose, then report",
    minutes=8,
    reference=lambda validation, test: _choose(validation, test),
    worked=Worked(
        (
            np.array([[0.90, 0.92], [0.95, 0.93], [0.97, 0.89]]),
            np.array([[0.93, 0.95], [0.92, 0.94], [0.90, 0.96]]),
        ),
        (1, 0.93),
        "the means on validation are 0.91, 0.94, 0.93; setting 1 has 0.92 and 0.94 on test",
    ),
    cases=lambda rng: [
        (rng.normal(0.9, 0.03, (m, s)), rng.normal(0.88, 0.03, (m, s))) for m, s in [(5, 3), (4, 6), (7, 2)]
    ],
    edges={
        "one setting": (np.array([[0.8, 0.9, 0.7]]), np.array([[0.6, 0.8, 0.7]])),
        "counts of right answers": (np.array([[90, 80, 85], [70, 99, 88]]), np.array([[88, 86, 90], [93, 80, 70]])),
    },
    mistakes={
        "You chose on the test part. The best of several is partly luck, and its luck is then in your report; the "
        "validation part is there to choose by.": lambda v, t: _choose(t, t),
        "You reported the validation score. It won a contest, so it is too good: report how the winner does on the "
        "test part.": lambda v, t: _choose(v, v),
        "You reported the best seed. The mean over the seeds is what somebody else would get.": lambda v, t: (
            _choose(v, t)[0],
            np.max(t[_choose(v, t)[0]]),
        ),
        "You reported the seed that had luck on validation. Report the mean over all seeds.": lambda v, t: (
            _choose(v, t)[0],
            t[_choose(v, t)[0]][v[_choose(v, t)[0]].argmax()],
        ),
        "You chose by the best single run. A setting is as good as its mean over the seeds.": lambda v, t: (
            int(v.max(axis=1).argmax()),
            np.mean(t[v.max(axis=1).argmax()]),
        ),
        "These are accuracies, more is better: you chose the worst.": lambda v, t: (
            int(v.mean(axis=1).argmin()),
            np.mean(t[v.mean(axis=1).argmin()]),
        ),
        "You reported the mean over all settings. Only the chosen one counts.": lambda v, t: (
            _choose(v, t)[0],
            np.mean(t),
        ),
        "You reported the best number in the whole test table.": lambda v, t: (_choose(v, t)[0], np.max(t)),
        "np.argmax of a whole table counts through all of its entries. Take the mean over the seeds first, along "
        "axis=1.": lambda v, t: (int(np.argmax(v)), t.ravel()[np.argmax(v)]),
        "You let the test part take part in the choice: it was averaged with the validation part.": lambda v, t: (
            _choose(v + t, t)
        ),
        "The mean of both parts is no test score: part of it was used for choosing.": lambda v, t: (
            _choose(v, t)[0],
            (np.mean(t[_choose(v, t)[0]]) + np.mean(v[_choose(v, t)[0]])) / 2,
        ),
        "You gave a test score for each seed. One number is asked for, their mean.": lambda v, t: (
            _choose(v, t)[0],
            t[_choose(v, t)[0]],
        ),
        "A mean along axis=0 goes over the settings, and rates the seeds. Which axis holds the seeds?": lambda v, t: (
            int(v.mean(axis=0).argmax()),
            t.mean(axis=0)[v.mean(axis=0).argmax()],
        ),
        "You chose on validation, and then reported another setting: the one that does best on the test part.": (
            lambda v, t: (_choose(v, t)[0], t.mean(axis=1).max())
        ),
        "The best single run, and that run's test score: one lucky seed has spoken for the whole setting.": (
            lambda v, t: (int(v.max(axis=1).argmax()), t.ravel()[v.argmax()])
        ),
        "You took the median over the seeds. That is honest too, but here, as in the lecture, it is the mean.": (
            lambda v, t: (
                int(np.median(v, axis=1).argmax()),
                np.median(t[np.median(v, axis=1).argmax()]),
            )
        ),
        "You chose where both scores lie closest together. A small gap is no virtue in itself, and the test part had a "
        "say in it.": lambda v, t: (
            int(np.abs(v.mean(axis=1) - t.mean(axis=1)).argmin()),
            np.mean(t[np.abs(v.mean(axis=1) - t.mean(axis=1)).argmin()]),
        ),
        "Settings are numbered as rows are, from 0.": lambda v, t: (_choose(v, t)[0] + 1, _choose(v, t)[1]),
    },
    styles={
        "sums": lambda v, t: (np.argmax(v.sum(axis=1)), t.mean(axis=1)[np.argmax(v.sum(axis=1))]),
        "loop": _loop_choose,
        "sorting": lambda v, t: (
            np.argsort(-v.mean(axis=1), kind="stable")[0],
            t[np.argsort(-v.mean(axis=1), kind="stable")[0]].mean(),
        ),
        "a list": lambda v, t: list(_choose(v, t)),
    },
    hints=[
        "Two questions, two tables: which setting (ask validation), how good is it (ask test).",
        "Along which axis lie the seeds? One mean for each setting, then np.argmax.",
    ],
)

# 6.9 ------------------------------------------------------------------------------------------------------------------


balanced_weights = Exercise(
    title="Weights for rare classes",
    level="stretch",
    minutes=8,
    reference=lambda y, k: len(y) / (k * _counts(y, k)),
    worked=Worked(
        (np.array([0, 0, 0, 1]), 2),
        np.array([2 / 3, 2.0]),
        "three examples at 2/3 make 2, one at 2 makes 2; together 4, as many as there are examples",
    ),
    cases=lambda rng: [(_labels(rng, n, k)[0], k) for n, k in [(20, 4), (31, 3), (12, 5)]],
    edges={
        "one example": (np.array([0]), 1),
        "as many of each": (np.array([0, 1, 2, 2, 1, 0]), 3),
    },
    mistakes={
        "So the commonest class would weigh most. The rarer, the heavier.": lambda y, k: k * _counts(y, k) / len(y),
        "Each class now weighs 1 in all, and everything together k. It should be n, so that the learning rate keeps "
        "its meaning.": lambda y, k: 1 / _counts(y, k),
        "Each class now weighs n in all. All classes together should weigh n: share it among k.": lambda y, k: (
            len(y) / _counts(y, k)
        ),
        "That is one weight for each example. Asked for is one for each class.": lambda y, k: (
            len(y) / (k * _counts(y, k))
        )[y],
        "The weights add up to 1. It is the examples' weights that should add up to n.": lambda y, k: (
            1 / _counts(y, k) / np.sum(1 / _counts(y, k))
        ),
        "The weights are 1 on average over the classes. They should be 1 on average over the examples.": lambda y, k: (
            k / _counts(y, k) / np.sum(1 / _counts(y, k))
        ),
        "You gave the commonest class weight 1. The proportions are right; the examples' weights should add up to "
        "n.": lambda y, k: _counts(y, k).max() / _counts(y, k),
        "The root is too gentle here: twice as rare, twice as heavy.": lambda y, k: np.sqrt(
            len(y) / (k * _counts(y, k))
        ),
        "These are the counts. The weights go the other way.": lambda y, k: _counts(y, k),
        "These are the shares of the classes. The weights go the other way.": lambda y, k: _counts(y, k) / len(y),
        "One minus the share hardly lifts a rare class. In all, each class should weigh the same.": lambda y, k: (
            1 - _counts(y, k) / len(y)
        ),
        "The k weights add up to n. But each of them is used as often as its class occurs: it is the n examples' "
        "weights that should add up to n.": lambda y, k: len(y) / _counts(y, k) / np.sum(1 / _counts(y, k)),
        "n / k * count multiplies by the count. What belongs into brackets?": lambda y, k: len(y) / k * _counts(y, k),
        "You share n between two classes. How many are there this time?": lambda y, k: len(y) / (2 * _counts(y, k)),
    },
    styles={
        "loop": lambda y, k: np.array([len(y) / (k * np.sum(y == c)) for c in range(k)]),
        "mean": lambda y, k: np.array([1 / (k * np.mean(y == c)) for c in range(k)]),
        "unique": lambda y, k: y.size / k / np.unique(y, return_counts=True)[1],
        "float32": lambda y, k: (len(y) / (k * _counts(y, k))).astype(np.float32),
    },
    hints=[
        "Let a class with m examples have weight v. Then in all it weighs m · v. How much should that be?",
        "All n shared equally among k classes; then among the m examples of a class.",
    ],
)

# 6.10 -----------------------------------------------------------------------------------------------------------------

best_score = Exercise(
    title="The best score on labels that lie",
    level="stretch",
    minutes=5,
    reference=0.73,
    mistakes={
        "Nearly. A die can fall on the right digit too: a replaced label is sometimes the true one.": 0.7,
        "That is the share of labels that are replaced.": 0.3,
        "You let every tenth of all labels be right by luck. Only the replaced ones are thrown.": 0.8,
        "The lucky throws add to the share; you took them away.": 0.67,
        "That is the share of the lucky throws alone.": 0.03,
        "That is the share of labels that are wrong in the end.": 0.27,
        "The model is right about every digit, but the labels are not. It is compared with the labels.": 1.0,
        "You took nine tenths of the replaced labels for lucky. It is one in ten.": 0.97,
        "Give a share between 0 and 1, not percent.": 73,
        "That is how often a throw misses. But most labels were never thrown.": 0.9,
        "That is how often a throw hits. But most labels were never thrown.": 0.1,
        "You let the die fall on labels that stay as they are. They are all true.": 0.63,
        "That is a tenth of the labels that stay. It is the others that were thrown.": 0.07,
    },
    hints=[
        "Of 1,000 labels, how many stay as they are?",
        "And of the 300 that are thrown anew, how many fall on the true digit?",
    ],
)

# Questions ------------------------------------------------------------------------------------------------------------

perfect_training = Question(
    "Two networks of the same size read all of their 1,000 training images as the labels say. What do you know about "
    "their test accuracy?",
    right="Nothing yet.",
    wrong={
        "Both are near 100 %.": "The lecture trained two such networks. One had got its labels by dice, and read one "
        "new digit in ten.",
        "They are equal.": "The same training accuracy, the same size: and in the lecture one read about nine new "
        "digits in ten, the other one.",
        "The one that needed fewer epochs is better.": "That is a hint at best. In the lecture it was so, but no "
        "epoch of training can show what happens on images that were not in it.",
    },
    because="Training accuracy says that the examples have been learnt. Whether by rule or by heart shows only on "
    "others.",
)

which_leak = Question(
    "A clinic has 5,000 X-ray pictures of 900 patients. The pictures are shuffled, 80 % go into training, 20 % into "
    "test. The test accuracy is 97 %. In another clinic it is 81 %. What is the likeliest reason?",
    right="Pictures of the same patient lie in both parts.",
    wrong={
        "20 % are too few for a test.": "A thousand pictures wobble by about half a percent at 97 %. That is not 16.",
        "The network is too small.": "Then it would be bad in the first clinic too.",
        "There was no validation part.": "Without choosing there is nothing to validate. And choosing on the test part "
        "costs a few tenths, not 16 %.",
    },
    because="A patient's second picture is nearly a copy of the first, as the shifted digits of the lecture. Whole "
    "patients have to be on one side.",
)

rare_class = Question(
    "One in a hundred screws is broken. A model finds 99 % of all screws judged rightly. How many of the broken ones "
    "does it find?",
    right="That cannot be told from this number; it may be none.",
    wrong={
        "99 %.": "The 99 % are over all screws, and 99 in 100 of those are good.",
        "At least half.": "A model that calls every screw good is right about 99 in 100.",
        "All but one in a hundred.": "That would be the accuracy of the class *broken*. What was given is the mean "
        "over all screws, and in it this class weighs one percent.",
    },
    because="Calling everything good reaches 99 % and finds nothing. Ask for the accuracy of each class.",
)

different_each_time = Question(
    "Your trained network gives another answer each time it sees the same image. What was forgotten?",
    right="model.eval(): dropout still drops.",
    wrong={
        "model.zero_grad(): gradients pile up.": "Gradients change weights only through an optimizer's step. Asking "
        "does not train.",
        "A seed.": "With a seed it would err in the same way each time. It should not throw dice at all in use.",
        "The division by 1 − p.": "Then the answers would be too large or too small, but always the same.",
    },
    because="In training units are dropped at random; in use all of them work. The mode says which it is.",
)

loss_rises = Question(
    "From epoch 20 on the validation loss rises, while the validation accuracy stays. How can that be?",
    right="The answers stay the same, but it grows surer of the wrong ones.",
    wrong={
        "One of the two is computed wrongly.": "They measure different things: accuracy asks who wins, surprise asks "
        "how sure.",
        "The learning rate is too large.": "Then the training loss would rise or jump too. Here it falls.",
        "The training data are too easy.": "They are learnt by heart; that makes the network sure, not the data easy.",
    },
    because="Surprise is −ln p without limit. A wrong answer that was 60 % sure and is now 99.9 % sure costs far "
    "more, and counts as one mistake both times.",
)

THIS = chapter("06_generalization", globals())
__getattr__ = suggest(__name__, globals())


def progress():
    """Show this chapter's exercises and questions with what you have done so far."""
    return table_of(THIS)

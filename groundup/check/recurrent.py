"""Chapter 09's exercises and questions."""

import numpy as np

from groundup.check.exercise import Exercise, Slope, Worked, chapter, suggest
from groundup.check.quiz import Question
from groundup.check.table import table_of


def _sigmoid(z):
    return 0.5 * (1 + np.tanh(z / 2))


def _weights(rng, d, m, gates=1, biases=1):
    """w_x (d, gates · m), w_h (m, gates · m) and biases (gates · m,)."""
    wide = gates * m
    return (rng.normal(size=(d, wide)), rng.normal(size=(m, wide)), *(rng.normal(size=wide) for _ in range(biases)))


# 9.1 ------------------------------------------------------------------------------------------------------------------


def _step(x, h, w_x, w_h, b):
    return np.tanh(x @ w_x + h @ w_h + b)


def _step_case(rng, n, d, m):
    return (rng.normal(size=(n, d)), rng.normal(size=(n, m)), *_weights(rng, d, m))


_STEP_INTEGERS = (
    np.array([[1, -1, 0], [0, 1, 1]]),
    np.array([[1, 0, 0, -1], [0, 0, 1, 0]]),
    np.array([[0, 1, 0, -1], [1, 0, 0, 0], [0, 0, 1, 1]]),
    np.array([[0, 1, 0, 0], [0, 0, 1, 0], [-1, 0, 0, 0], [0, 0, 0, 1]]),
    np.array([0, 0, 1, 0]),
)

step = Exercise(
    title="One step",
    level="warm-up",
    minutes=5,
    reference=_step,
    worked=Worked(
        (
            np.array([[1.0, 2.0]]),
            np.array([[1.0]]),
            np.array([[3.0], [-1.0]]),
            np.array([[-2.0]]),
            np.array([1.0]),
        ),
        np.array([[0.0]]),
        "3 − 2 from the letter, −2 from the state, 1 from the bias: tanh(0)",
    ),
    cases=lambda rng: [_step_case(rng, 3, 2, 4), _step_case(rng, 2, 5, 3)],
    edges={
        "one row": _step_case(np.random.default_rng(1), 1, 3, 2),
        "integers": _STEP_INTEGERS,
        "a state of zeros": (np.ones((2, 3)), np.zeros((2, 4)), *_weights(np.random.default_rng(2), 3, 4)),
        "large sums": (np.full((2, 3), 900.0), np.ones((2, 4)), *_weights(np.random.default_rng(4), 3, 4)),
    },
    mistakes={
        "The state before is missing: without it the cell reads every letter as if it were the first.": (
            lambda x, h, w_x, w_h, b: np.tanh(x @ w_x + b)
        ),
        "What comes in is missing: x has its weights too.": lambda x, h, w_x, w_h, b: np.tanh(h @ w_h + b),
        "The bias is missing.": lambda x, h, w_x, w_h, b: np.tanh(x @ w_x + h @ w_h),
        "The tanh is missing: without it the state can grow from step to step without limit.": (
            lambda x, h, w_x, w_h, b: x @ w_x + h @ w_h + b
        ),
        "The state's weights are turned round: rows are examples, so the state stands left of its weights, unturned.": (
            lambda x, h, w_x, w_h, b: np.tanh(x @ w_x + h @ w_h.T + b)
        ),
        "The tanh is taken of the letter's part and of the state's part, each by itself. First the sum, then the "
        "tanh.": lambda x, h, w_x, w_h, b: np.tanh(x @ w_x + b) + np.tanh(h @ w_h),
        "The old state was added to the new one. The plain cell replaces it.": lambda x, h, w_x, w_h, b: (
            h + _step(x, h, w_x, w_h, b)
        ),
        "The plain cell has tanh, between −1 and 1, not the sigmoid.": lambda x, h, w_x, w_h, b: _sigmoid(
            x @ w_x + h @ w_h + b
        ),
        "The plain cell has tanh here, not ReLU.": lambda x, h, w_x, w_h, b: np.maximum(x @ w_x + h @ w_h + b, 0),
        "The state's part stands outside the tanh. It is added inside, beside what is read.": (
            lambda x, h, w_x, w_h, b: np.tanh(x @ w_x + b) + h @ w_h
        ),
        "The bias stands outside the tanh: the new state could leave the range from −1 to 1.": (
            lambda x, h, w_x, w_h, b: np.tanh(x @ w_x + h @ w_h) + b
        ),
        "The state was multiplied by its weights number by number; every new unit hears all old ones: `@`.": (
            lambda x, h, w_x, w_h, b: np.tanh(x @ w_x + h * w_h + b)
        ),
        "The bias was subtracted.": lambda x, h, w_x, w_h, b: np.tanh(x @ w_x + h @ w_h - b),
        "The bias was added twice. PyTorch's layer has two biases; this cell has one.": lambda x, h, w_x, w_h, b: (
            np.tanh(x @ w_x + h @ w_h + 2 * b)
        ),
    },
    styles={
        "joined": lambda x, h, w_x, w_h, b: np.tanh(np.hstack([x, h]) @ np.vstack([w_x, w_h]) + b),
        "rows": lambda x, h, w_x, w_h, b: np.array(
            [np.tanh(w_x.T @ a + w_h.T @ s + b) for a, s in zip(x, h, strict=True)]
        ),
        "einsum": lambda x, h, w_x, w_h, b: np.tanh(
            np.einsum("nd,dm->nm", x, w_x) + np.einsum("nk,km->nm", h, w_h) + b
        ),
        "bias first": lambda x, h, w_x, w_h, b: np.tanh(b[None] + np.matmul(h, w_h) + np.dot(x, w_x)),
    },
    hints=[
        "It is a layer with two inputs, each with weights of its own. What does each contribute, and to what shape?",
        "Add both products and the bias, all of shape (n, m); one tanh around the sum.",
    ],
)

# 9.2 ------------------------------------------------------------------------------------------------------------------


def _read(x, w_x, w_h, b, step=_step, order=None, start=None, keep=True):
    n, t, _ = x.shape
    h = np.zeros((n, len(b))) if start is None else np.full((n, len(b)), start)
    out = np.zeros((n, t, len(b)))
    for j in order(t) if order else range(t):
        new = step(x[:, j], h, w_x, w_h, b)
        out[:, j] = new
        h = new if keep else h
    return out


def _carried(x, w_x, w_h, b):
    """The state of one example's end is the next one's beginning."""
    h, out = np.zeros(len(b)), np.zeros((*x.shape[:2], len(b)))
    for i, j in np.ndindex(x.shape[:2]):
        h = out[i, j] = np.tanh(x[i, j] @ w_x + h @ w_h + b)
    return out


def _before(x, w_x, w_h, b):
    states = _read(x, w_x, w_h, b)
    return np.concatenate([np.zeros_like(states[:, :1]), states[:, :-1]], axis=1)


def _over_rows(x, w_x, w_h, b):
    return _read(x.swapaxes(0, 1), w_x, w_h, b).swapaxes(0, 1)


def _holes(states, place):
    states[:, place] = 0
    return states


def _from_second(x, w_x, w_h, b):
    return np.concatenate([np.zeros((len(x), 1, len(b))), _read(x[:, 1:], w_x, w_h, b)], axis=1)


def _whole_numbers(x, w_x, w_h, b):
    out = np.zeros((*x.shape[:2], len(b)), dtype=x.dtype)
    for j in range(x.shape[1]):
        out[:, j] = np.tanh(x[:, j] @ w_x + out[:, j - 1] @ w_h + b)
    return out


def _from_letter(x, w_x, w_h, b):
    """The state goes in at the first step only; afterwards the letter is forgotten."""
    out = [np.tanh(x[:, 0] @ w_x + b)]
    for _ in range(1, x.shape[1]):
        out.append(np.tanh(out[-1] @ w_h + b))
    return np.stack(out, axis=1)


def _read_case(rng, n, t, d, m):
    return (rng.normal(size=(n, t, d)), *_weights(rng, d, m))


_READ_INTEGERS = (
    np.array([[[1, -1, 0], [0, 1, 1], [2, 0, 0], [1, 0, 1]], [[0, 0, 1], [1, 0, 0], [0, -1, 0], [0, 0, 2]]]),
    *_STEP_INTEGERS[2:],
)

read = Exercise(
    title="Read a whole sequence",
    minutes=10,
    reference=lambda x, w_x, w_h, b: _read(x, w_x, w_h, b),
    worked=Worked(
        (np.array([[[0.0], [1.0], [0.0]]]), np.array([[1.0]]), np.array([[0.0]]), np.array([0.0])),
        np.array([[[0.0], [np.tanh(1.0)], [0.0]]]),
        "with no weight on the state each letter speaks for itself: tanh 0, tanh 1, tanh 0",
    ),
    cases=lambda rng: [_read_case(rng, 3, 5, 2, 4), _read_case(rng, 2, 4, 5, 3)],
    edges={
        "one row": _read_case(np.random.default_rng(1), 1, 4, 3, 2),
        "one step": _read_case(np.random.default_rng(2), 3, 1, 2, 4),
        "integers": _READ_INTEGERS,
        "large sums": (np.full((2, 4, 3), 900.0), *_weights(np.random.default_rng(4), 3, 5)),
    },
    mistakes={
        "Each step began from zeros: hand the new state on to the next step.": lambda x, w_x, w_h, b: _read(
            x, w_x, w_h, b, keep=False
        ),
        "The state was carried across sequences: the second row begins where the first one ended. Each row begins "
        "with zeros.": _carried,
        "That is the last state only. The task asks for the state after every step.": lambda x, w_x, w_h, b: _read(
            x, w_x, w_h, b
        )[:, -1],
        "These are the states *before* each step. After step j the letter j has been read.": _before,
        "It was read from the end.": lambda x, w_x, w_h, b: _read(x, w_x, w_h, b, order=lambda t: range(t - 1, -1, -1)),
        "Every place of the result is the last state: was one array written over and over, and stored t times?": (
            lambda x, w_x, w_h, b: np.repeat(_read(x, w_x, w_h, b)[:, -1:], x.shape[1], axis=1)
        ),
        "Time stands first in your result. Here examples come first: (n, t, m).": lambda x, w_x, w_h, b: _read(
            x, w_x, w_h, b
        ).swapaxes(0, 1),
        "The tanh is missing.": lambda x, w_x, w_h, b: _read(
            x, w_x, w_h, b, step=lambda x, h, w_x, w_h, b: x @ w_x + h @ w_h + b
        ),
        "The bias is missing.": lambda x, w_x, w_h, b: _read(x, w_x, w_h, 0 * b),
        "The first state was ones. Nothing has been read yet: begin with zeros.": lambda x, w_x, w_h, b: _read(
            x, w_x, w_h, b, start=1.0
        ),
        "Only the first letter was read, and then read again at every step.": lambda x, w_x, w_h, b: _read(
            np.repeat(x[:, :1], x.shape[1], axis=1), w_x, w_h, b
        ),
        "After the first step the letters are left out: every step reads its own.": _from_letter,
        "The start is among the states, so there is one too many: (n, t, m) are the states after each of t steps.": (
            lambda x, w_x, w_h, b: np.pad(_read(x, w_x, w_h, b), ((0, 0), (1, 0), (0, 0)))
        ),
        "The old state was added to the new one; the plain cell replaces it.": lambda x, w_x, w_h, b: _read(
            x, w_x, w_h, b, step=lambda x, h, w_x, w_h, b: h + _step(x, h, w_x, w_h, b)
        ),
        "The list of states is (t, n, m), and reshape does not turn it: it cuts the numbers anew in the order in which "
        "they lie. An axis that has to move is moved by `np.stack(..., axis=1)` or `swapaxes`.": (
            lambda x, w_x, w_h, b: _read(x, w_x, w_h, b).swapaxes(0, 1).reshape(len(x), x.shape[1], len(b))
        ),
        "The states of one sequence stand side by side in one long row. Time is an axis of its own: stack, do not "
        "concatenate.": lambda x, w_x, w_h, b: _read(x, w_x, w_h, b).reshape(len(x), -1),
        "The loop goes over the sequences, x[i], where it should go over the steps, x[:, j]: so each sequence handed "
        "its states on to the next one.": _over_rows,
        "It was read from the end, and the states are stored in that order.": lambda x, w_x, w_h, b: _read(
            x[:, ::-1], w_x, w_h, b
        ),
        "The last step is missing: its place still holds the zeros.": lambda x, w_x, w_h, b: _holes(
            _read(x, w_x, w_h, b), -1
        ),
        "The first step is missing: the loop begins at 1, so the first letter is never read.": _from_second,
        "With whole numbers as input the states were stored as whole numbers, and cut off: `np.zeros` takes no type "
        "from x.": _whole_numbers,
        "The states were added up from step to step. Store each as it is.": lambda x, w_x, w_h, b: np.cumsum(
            _read(x, w_x, w_h, b), axis=1
        ),
    },
    styles={
        "a list, stacked": lambda x, w_x, w_h, b: _listed(x, w_x, w_h, b),
        "row by row": lambda x, w_x, w_h, b: np.stack([_read(row[None], w_x, w_h, b)[0] for row in x]),
        "letters first": lambda x, w_x, w_h, b: _letters_first(x, w_x, w_h, b),
        "time first, turned": lambda x, w_x, w_h, b: np.array(_listed(x, w_x, w_h, b).swapaxes(0, 1)).swapaxes(0, 1),
    },
    hints=[
        "A loop over the t steps. What goes in at step j, and what does step j + 1 need from it?",
        "h = np.zeros((n, m)) before the loop; in the loop h becomes the new state, and a copy of it is kept.",
        "x[:, j] has shape (n, d): the letters at place j of all rows. np.stack(list, axis=1) puts time second.",
    ],
)


def _listed(x, w_x, w_h, b):
    h, out = np.zeros((len(x), len(b))), []
    for j in range(x.shape[1]):
        h = np.tanh(x[:, j] @ w_x + h @ w_h + b)
        out.append(h)
    return np.stack(out, axis=1)


def _letters_first(x, w_x, w_h, b):
    out = x @ w_x + b  # all letters at once
    out = np.array(out, float)
    out[:, 0] = np.tanh(out[:, 0])
    for j in range(1, x.shape[1]):
        out[:, j] = np.tanh(out[:, j] + out[:, j - 1] @ w_h)
    return out


# 9.3 ------------------------------------------------------------------------------------------------------------------


def _back(
    x,
    bills,
    w_x,
    w_h,
    b,
    future=lambda dh: dh,
    slope=lambda h, da: 1 - h**2,
    before=lambda states, j: states[:, j - 1] if j else 0 * states[:, 0],
    turn=lambda w: w.T,
    through=lambda da, dh: da,
    sum_bias=lambda da: da.sum(axis=0),
    add=lambda old, new: old + new,
    outside=lambda bills, j: bills[:, j],
    bias=None,
):
    states = _read(x, w_x, w_h, b)
    dw_x, dw_h, db = np.zeros(w_x.shape), np.zeros(w_h.shape), np.zeros(b.shape)
    dh = np.zeros(states[:, 0].shape)
    for j in reversed(range(x.shape[1])):
        dh = outside(bills, j) + future(dh)
        da = dh * slope(states[:, j], dh)
        dw_x = add(dw_x, x[:, j].T @ da)
        dw_h = add(dw_h, before(states, j).T @ da)
        db = add(db, sum_bias(bias(dh) if bias else da))
        dh = through(da, dh) @ turn(w_h)
    return dw_x, dw_h, db


def _billed(x, bills, w_x, w_h, b):
    return float(np.sum(_read(x, w_x, w_h, b) * bills))


def _wrong_back(**how):
    return lambda x, bills, w_x, w_h, b: _back(x, bills, w_x, w_h, b, **how)


def _last_bill(bills, j):
    return bills[:, j] * (j == bills.shape[1] - 1)


def _forward_in_time(x, bills, w_x, w_h, b):
    """The loop runs from the first step to the last, and hands dh on in that direction."""
    states = _read(x, w_x, w_h, b)
    out = [np.zeros(w_x.shape), np.zeros(w_h.shape), np.zeros(b.shape)]
    dh = np.zeros(states[:, 0].shape)
    for j in range(x.shape[1]):
        da = (bills[:, j] + dh) * (1 - states[:, j] ** 2)
        h = states[:, j - 1] if j else 0 * states[:, 0]
        out = [o + g for o, g in zip(out, (x[:, j].T @ da, h.T @ da, da.sum(axis=0)), strict=True)]
        dh = da @ w_h.T
    return tuple(out)


def _steps_back(x, bills, w_x, w_h, b, bill, owed):
    """The loop of `_back` with the bill of a sum and what the state before owes as functions."""
    states, parts, dh = _read(x, w_x, w_h, b), [], 0 * bills[:, 0]
    for j in reversed(range(x.shape[1])):
        before = states[:, j - 1] if j else 0 * states[:, 0]
        slope = 1 - states[:, j] ** 2
        da = bill(bills[:, j], dh, slope)
        parts.append((x[:, j].T @ da, before.T @ da, da.sum(axis=0)))
        dh = owed(da, dh, bills[:, j], slope) @ w_h.T if owed else dh + da @ w_h.T
    return tuple(sum(part) for part in zip(*parts, strict=True))


def _piled_up(x, bills, w_x, w_h, b):
    return _steps_back(x, bills, w_x, w_h, b, lambda out, dh, slope: (out + dh) * slope, None)


def _one_step_far(x, bills, w_x, w_h, b):
    return _steps_back(
        x, bills, w_x, w_h, b, lambda out, dh, slope: (out + dh) * slope, lambda da, dh, out, slope: out * slope
    )


def _slope_on(outside):
    def bill(out, dh, slope):
        return out * slope + dh if outside else out + dh * slope

    return lambda x, bills, w_x, w_h, b: _steps_back(x, bills, w_x, w_h, b, bill, lambda da, *_: da)


def _back_case(rng, n, t, d, m):
    x, *weights = _read_case(rng, n, t, d, m)
    return (x, rng.normal(size=(n, t, m)), *weights)


def _back_stacked(x, bills, w_x, w_h, b):
    """All bills for the sums first, (n, t, m); then each gradient by one product."""
    states = _read(x, w_x, w_h, b)
    da = np.zeros(states.shape)
    for j in reversed(range(x.shape[1])):
        later = da[:, j + 1] @ w_h.T if j + 1 < x.shape[1] else 0
        da[:, j] = (bills[:, j] + later) * (1 - states[:, j] ** 2)
    before = np.concatenate([np.zeros_like(states[:, :1]), states[:, :-1]], axis=1)
    return np.einsum("ntd,ntm->dm", x, da), np.einsum("ntk,ntm->km", before, da), da.sum(axis=(0, 1))


def _rowwise(x, bills, w_x, w_h, b):
    each = [_back(x[i : i + 1], bills[i : i + 1], w_x, w_h, b) for i in range(len(x))]
    return tuple(sum(parts) for parts in zip(*each, strict=True))


def _back_joined(x, bills, w_x, w_h, b):
    """One matrix for both inputs, cut at the end."""
    states, d = _read(x, w_x, w_h, b), len(w_x)
    w, dw, db, dh = np.vstack([w_x, w_h]), 0, 0, 0
    for j in reversed(range(x.shape[1])):
        h = states[:, j - 1] if j else np.zeros_like(states[:, 0])
        da = (bills[:, j] + dh) * (1 - states[:, j] ** 2)
        dw, db = dw + np.hstack([x[:, j], h]).T @ da, db + da.sum(axis=0)
        dh = (da @ w.T)[:, d:]
    return dw[:d], dw[d:], db


back = Exercise(
    title="Backpropagation through time",
    minutes=18,
    reference=lambda x, bills, w_x, w_h, b: _back(x, bills, w_x, w_h, b),
    worked=Worked(
        (
            np.array([[[2.0], [1.0]]]),
            np.array([[[1.0], [1.0]]]),
            np.array([[0.0]]),
            np.array([[3.0]]),
            np.array([0.0]),
        ),
        (np.array([[9.0]]), np.array([[0.0]]), np.array([5.0])),
        "all states are 0, so every tanh has slope 1; the sums are billed 1 at the end and 1 + 3 before: 4·2 + 1·1, 0, "
        "4 + 1",
    ),
    cases=lambda rng: [_back_case(rng, 3, 5, 2, 4), _back_case(rng, 2, 4, 5, 3)],
    edges={
        "one row": _back_case(np.random.default_rng(1), 1, 4, 3, 2),
        "one step": _back_case(np.random.default_rng(2), 3, 1, 2, 4),
        "integers": (
            _READ_INTEGERS[0],
            np.array([[[1, 0, 2, 0], [0, 1, 0, -1], [1, 1, 0, 0], [0, 0, 1, 2]]] * 2),
            *_READ_INTEGERS[1:],
        ),
    },
    slope=Slope(_billed, (2, 3, 4), "the sum of bills · states"),
    mistakes={
        "The future's bill was dropped: a state is used twice, by what looks at it and by the next step. Two paths "
        "add.": _wrong_back(future=lambda dh: 0 * dh),
        "Only the last state was billed. Every step's bill counts, and is added to what comes from the future.": (
            _wrong_back(outside=_last_bill)
        ),
        "The slope of tanh, 1 − h², is missing.": _wrong_back(slope=lambda h, da: np.ones_like(h)),
        "The slope of tanh is 1 minus the square of the state, not 1 minus the state.": _wrong_back(
            slope=lambda h, da: 1 - h
        ),
        "That is the slope of the sigmoid, h(1 − h). The cell has tanh.": _wrong_back(slope=lambda h, da: h * (1 - h)),
        "The gradient of w_h needs the state *before* the step: that is what w_h was multiplied by.": _wrong_back(
            before=lambda states, j: states[:, j]
        ),
        "At the first step the state before is zeros. states[:, j - 1] with j = 0 is the last one.": _wrong_back(
            before=lambda states, j: states[:, j - 1]
        ),
        "On the way back the state's weights are turned round.": _wrong_back(turn=lambda w: w),
        "What goes back to the earlier state has to pass the tanh first: hand on da, not dh.": _wrong_back(
            through=lambda da, dh: dh
        ),
        "Only one step's share is left: the same weights work at every step, so add the shares up.": _wrong_back(
            add=lambda old, new: new
        ),
        "Time runs the wrong way: a bill can only be passed on when all later ones are in, so begin at the end.": (
            _forward_in_time
        ),
        "The bias works on every row: sum over the rows; a mean is too small.": _wrong_back(
            sum_bias=lambda da: da.mean(axis=0)
        ),
        "The states have been through the tanh already: its slope is 1 − h². You took the tanh of a tanh.": _wrong_back(
            slope=lambda h, da: 1 - np.tanh(h) ** 2
        ),
        "The bill went to the state before without passing w_h, through which that state had come.": _wrong_back(
            turn=lambda w: np.eye(len(w))
        ),
        "Bills from the future were paid more than once: what a state owes for the future is made anew at each step, "
        "not added to what its successor owed.": _piled_up,
        "The slope of tanh multiplies only the bill from outside; what comes from the future passes the same tanh.": (
            _slope_on(outside=True)
        ),
        "The slope of tanh multiplies only what comes from the future; the bill from outside passes the same tanh.": (
            _slope_on(outside=False)
        ),
        "What goes back holds only the bill from outside: a bill reaches one step far and ends there.": _one_step_far,
        "The three are in another order: w_x, w_h, b.": lambda x, bills, w_x, w_h, b: tuple(
            _back(x, bills, w_x, w_h, b)[k] for k in (1, 0, 2)
        ),
        "The bias was billed before the tanh. It stands inside: its bill has to be multiplied by 1 − h² too.": (
            _wrong_back(bias=lambda dh: dh)
        ),
        "Everything is divided by the number of rows. The bills already hold such a factor if there is one.": (
            lambda x, bills, w_x, w_h, b: tuple(g / len(x) for g in _back(x, bills, w_x, w_h, b))
        ),
        "Everything is divided by the number of steps. Shares of the same weight add up; they are not averaged.": (
            lambda x, bills, w_x, w_h, b: tuple(g / x.shape[1] for g in _back(x, bills, w_x, w_h, b))
        ),
        "The sign is turned round: these are slopes; the minus belongs to the step of descent.": (
            lambda x, bills, w_x, w_h, b: tuple(-g for g in _back(x, bills, w_x, w_h, b))
        ),
    },
    styles={
        "all sums first": _back_stacked,
        "row by row": _rowwise,
        "joined": _back_joined,
        "a list": lambda x, bills, w_x, w_h, b: list(_back_stacked(x, bills, w_x, w_h, b)),
    },
    hints=[
        "Begin at the last step with dh = 0 from the future. What is the whole bill of a state?",
        "At each step: add the bill from outside to dh; multiply by the slope of tanh, 1 − h²: that is da, the bill of "
        "the sum. Which three things went into the sum?",
        "The state before went through w_h: its bill is da times w_h turned round, and that is the next dh.",
    ],
    needs=("read",),
)

# 9.4 ------------------------------------------------------------------------------------------------------------------


def _norm(*grads):
    return np.sqrt(sum(np.sum(np.asarray(g, float) ** 2) for g in grads))


def _scaled(factor, dw, db):
    return dw * factor, db * factor


def _clip(dw, db, longest, norm=_norm):
    n = norm(dw, db)
    return _scaled(min(1.0, longest / n) if n > 0 else 1.0, dw, db)


def _one_by_one(dw, db, longest):
    return tuple(g * (min(1.0, longest / _norm(g)) if _norm(g) > 0 else 1.0) for g in (dw, db))


def _always(dw, db, longest):
    n = _norm(dw, db)
    return _scaled(longest / n if n > 0 else 1.0, dw, db)


def _to_one(dw, db, longest):
    n = _norm(dw, db)
    return _scaled(1 / n if n > longest else 1.0, dw, db)


def _upside_down(dw, db, longest):
    n = _norm(dw, db)
    return _scaled(n / longest if n > longest else 1.0, dw, db)


def _weights_only(dw, db, longest):
    n = _norm(dw, db)
    return dw * (min(1.0, longest / n) if n > 0 else 1.0), db


def _zeroed(dw, db, longest):
    return _scaled(0.0 if _norm(dw, db) > longest else 1.0, dw, db)


def _short_only(dw, db, longest):
    n = _norm(dw, db)
    return _scaled(longest / n if 0 < n < longest else 1.0, dw, db)


def _squared_factor(dw, db, longest):
    n = _norm(dw, db)
    return _scaled((longest / n) ** 2 if n > longest else 1.0, dw, db)


def _difference(dw, db, longest):
    n = _norm(dw, db)
    return _scaled(n - longest if n > longest else 1.0, dw, db)


def _columns(dw, db, longest):
    n = np.sqrt((np.asarray(dw, float) ** 2).sum(axis=0) + np.asarray(db, float) ** 2)
    return _scaled(longest / np.maximum(n, longest), dw, db)


clip = Exercise(
    title="Clip by the common norm",
    minutes=8,
    reference=lambda dw, db, longest: _clip(dw, db, longest),
    worked=Worked(
        (np.array([[2.0], [4.0]]), np.array([4.0]), 3.0),
        (np.array([[1.0], [2.0]]), np.array([2.0])),
        "√(4 + 16 + 16) = 6 is twice too long, so everything is halved",
    ),
    cases=lambda rng: [
        (10 * rng.normal(size=(3, 4)), 10 * rng.normal(size=4), 5.0),
        (rng.normal(size=(2, 5)), 4 * rng.normal(size=5), 3.0),
        (5 * rng.normal(size=(4, 2)), 0.1 * rng.normal(size=2), 2.0),
    ],
    edges={
        "short enough": (np.array([[0.1, 0.2, -0.1]]), np.array([0.3, 0.1, 0.0]), 4.0),
        "all zero": (np.zeros((3, 2)), np.zeros(2), 1.0),
        "integers": (np.array([[3, -2, 1], [0, 5, 2]]), np.array([1, 4, -6]), 2),
        "an exploded one": (np.full((2, 3), 1e12), np.array([1e11, 0.0, -1e12]), 1.0),
    },
    mistakes={
        "Each array was clipped by its own norm. That turns the direction of the step: take one norm over both, and "
        "one factor for both.": _one_by_one,
        "Every entry was cut at the limit by itself. That turns the direction; scale all entries by one factor.": (
            lambda dw, db, longest: (np.clip(dw, -longest, longest), np.clip(db, -longest, longest))
        ),
        "Gradients shorter than the limit were made longer. Clipping only ever shortens.": _always,
        "Their length is 1 now, not `longest`.": _to_one,
        "The factor is upside down: the longer the gradient, the smaller the factor.": _upside_down,
        "The root is missing: the norm is the square root of the sum of squares.": lambda dw, db, longest: _clip(
            dw, db, longest, norm=lambda *g: _norm(*g) ** 2
        ),
        "The two norms were added. Add the squares of all entries of both arrays, and then take one root.": (
            lambda dw, db, longest: _clip(dw, db, longest, norm=lambda dw, db: _norm(dw) + _norm(db))
        ),
        "The bias was left as it was. It belongs to the step as the weights do.": _weights_only,
        "The norm is that of the weights alone; the bias belongs to it.": lambda dw, db, longest: _clip(
            dw, db, longest, norm=lambda dw, db: _norm(dw)
        ),
        "That is the largest entry. The norm is the root of the sum of all squares.": lambda dw, db, longest: _clip(
            dw, db, longest, norm=lambda dw, db: max(np.abs(dw).max(), np.abs(db).max())
        ),
        "That is the sum of the absolute values. The norm is the root of the sum of squares.": (
            lambda dw, db, longest: _clip(dw, db, longest, norm=lambda dw, db: np.abs(dw).sum() + np.abs(db).sum())
        ),
        "A long gradient was thrown away. Its direction is good, only its length is not.": _zeroed,
        "The condition is the wrong way round: short ones were lengthened and long ones left.": _short_only,
        "That is the mean of the squares under the root; the norm takes their sum.": lambda dw, db, longest: _clip(
            dw, db, longest, norm=lambda dw, db: _norm(dw, db) / np.sqrt(np.size(dw) + np.size(db))
        ),
        "The factor was applied twice.": _squared_factor,
        "That is the longer one of the two norms. Together they are longer than either.": lambda dw, db, longest: _clip(
            dw, db, longest, norm=lambda dw, db: max(_norm(dw), _norm(db))
        ),
        "What is too much was made the factor. The factor is a quotient of two lengths, not their difference.": (
            _difference
        ),
        "Each unit's column was clipped by itself. That turns the direction of the step: one norm for all.": _columns,
    },
    styles={
        "one vector": lambda dw, db, longest: _one_vector(dw, db, longest),
        "np.hypot": lambda dw, db, longest: _clip(
            dw, db, longest, norm=lambda dw, db: np.hypot(np.linalg.norm(dw), np.linalg.norm(db))
        ),
        "the larger below the line": lambda dw, db, longest: _scaled(longest / max(longest, _norm(dw, db)), dw, db),
        "a list": lambda dw, db, longest: list(_clip(dw, db, longest)),
    },
    hints=[
        "Think of all numbers of both arrays as one long arrow. How long is it?",
        "If it is longer than allowed, which one factor makes it exactly as long as allowed?",
    ],
)


def _one_vector(dw, db, longest):
    together = np.concatenate([np.ravel(dw), np.ravel(db)]).astype(float)
    length = np.linalg.norm(together)
    if length > longest:
        together = together / length * longest
    return together[: np.size(dw)].reshape(np.shape(dw)), together[np.size(dw) :]


# 9.5 ------------------------------------------------------------------------------------------------------------------


def _truncated(w, x, k, reset=False, start=lambda j, k: j % k == 0, direct=True, pick=sum):
    """The slope, forward in time: s = dh/dw, which forgets the past at the start of each chunk."""
    h, s, slopes = 0.0, 0.0, []
    for j, value in enumerate(np.asarray(x, float).tolist()):
        new = start(j, k)
        past = 0.0 if new else s
        if new and reset:
            h = 0.0
        s = (h if direct or not new else 0.0) + w * past
        h = w * h + value
        slopes.append(s)
    return float(pick(slopes))


def _slopes_by(w, x, k, renew):
    h, s, total = 0.0, 0.0, 0.0
    for j, value in enumerate(np.asarray(x, float).tolist()):
        new = w * h + value
        s = renew(h, new, s if j % k else 0.0)
        h, total = new, total + s
    return total


def _sliding(w, x, k):
    h = [0.0, *_line(w, x)]
    return float(sum(w**i * h[j - i] for j in range(len(x)) for i in range(min(k, j + 1))))


def _cut_too_soon(w, x, k):
    h, s, total = 0.0, 0.0, 0.0
    for j, value in enumerate(np.asarray(x, float).tolist()):
        s, h = h + w * s, w * h + value
        s = 0.0 if (j + 1) % k == 0 else s
        total += s
    return total


truncated_slope = Exercise(
    title="Truncated in time",
    level="stretch",
    minutes=15,
    reference=lambda w, x, k: _truncated(w, x, k),
    worked=Worked(
        (2.0, np.array([1.0, 1.0, 1.0, 1.0]), 2),
        17.0,
        "states 1, 3, 7, 15; their slopes 0, 1 and then, with the past cut off, 3 and 7 + 2·3; 23 without the cut",
    ),
    cases=lambda rng: [
        (rng.uniform(0.5, 1.5), rng.normal(size=7), 3),
        (rng.uniform(-1.2, -0.4), rng.normal(size=8), 2),
        (rng.uniform(0.5, 1.5), rng.normal(size=10), 4),
    ],
    edges={
        "one step": (0.5, np.array([3.0]), 2),
        "a chunk longer than the sequence": (0.9, np.array([1.0, -2.0, 0.5]), 10),
        "chunks of one step": (0.8, np.array([1.0, 2.0, 3.0, -1.0]), 1),
        "integers": (3, np.array([1, 0, 2, -1, 4]), 2),
    },
    mistakes={
        "Nothing was cut: this is the whole slope, through all steps back to the first.": lambda w, x, k: _truncated(
            w, x, k, start=lambda j, k: j == 0
        ),
        "The state was detached at every step. Within a chunk the slope goes on from step to step.": (
            lambda w, x, k: _truncated(w, x, k, start=lambda j, k: True)
        ),
        "The state was thrown away with its slope: each chunk began from zero. Cut the slope, keep the value.": (
            lambda w, x, k: _truncated(w, x, k, reset=True)
        ),
        "At the start of a chunk w still multiplies the state that was handed over. Only what lies before is cut.": (
            lambda w, x, k: _truncated(w, x, k, direct=False)
        ),
        "The cut comes one step early: a chunk has k steps.": lambda w, x, k: _truncated(
            w, x, k, start=lambda j, k: (j + 1) % k == 0
        ),
        "The cut comes one step late: the second chunk begins at step k, counted from 0.": lambda w, x, k: _truncated(
            w, x, k, start=lambda j, k: j % k == 1 % k
        ),
        "Chunks of k + 1 steps were cut; they have k.": lambda w, x, k: _truncated(
            w, x, k, start=lambda j, k: j % (k + 1) == 0
        ),
        "That is the slope of the last state. The sum of all states was asked for.": lambda w, x, k: _truncated(
            w, x, k, pick=lambda s: s[-1]
        ),
        "That is the mean of the slopes; the loss is the sum of the states.": lambda w, x, k: _truncated(
            w, x, k, pick=np.mean
        ),
        "That is the sum of the states itself, not its slope.": lambda w, x, k: float(np.sum(_line(w, x))),
        "There were k chunks; chunks of k steps were wanted.": lambda w, x, k: _truncated(
            w, x, max(1, -(-len(x) // k))
        ),
        "The order matters: w multiplied the state *before* the step, and you took the one after it.": lambda w, x, k: (
            _slopes_by(w, x, k, lambda h, new, s: new + w * s)
        ),
        "The slope of the state before has to be multiplied by w on its way into the next: product rule, both parts.": (
            lambda w, x, k: _slopes_by(w, x, k, lambda h, new, s: h + s)
        ),
        "The state before is missing from its slope: w changes h also where it stands, not only through the past.": (
            lambda w, x, k: _slopes_by(w, x, k, lambda h, new, s: new - w * h + w * s)
        ),
        "What is left over at the end is no whole chunk, and was dropped. It belongs to the sum too.": (
            lambda w, x, k: _truncated(w, x[: len(x) // k * k], k)
        ),
        "Every state looks back over its own last k steps. Cut at fixed places instead, once for all.": _sliding,
        "The slope was set to 0 before the chunk's last state was counted: add it up first, then cut.": _cut_too_soon,
        "The slope is cut only once, at step k. Every k steps a new chunk begins.": lambda w, x, k: _truncated(
            w, x, k, start=lambda j, k: j in (0, k)
        ),
    },
    styles={
        "backward": lambda w, x, k: _truncated_back(w, x, k),
        "chunks": lambda w, x, k: _chunked(w, x, k),
        "two lists": lambda w, x, k: _two_lists(w, x, k),
        "a NumPy number": lambda w, x, k: np.float64(_truncated(w, x, k)),
    },
    hints=[
        "Without a cut: the slope of w·h + x with respect to w, by the product rule. Do the example by hand.",
        "Carry two numbers along, the state and its slope. Which of them is set to 0 at the start of a chunk?",
    ],
)


def _line(w, x):
    h, states = 0.0, []
    for value in np.asarray(x, float).tolist():
        h = w * h + value
        states.append(h)
    return states


def _truncated_back(w, x, k):
    h = [0.0, *_line(w, x)]
    total, bill = 0.0, 0.0
    for j in reversed(range(len(x))):
        bill = 1.0 + (w * bill if (j + 1) % k and j + 1 < len(x) else 0.0)
        total += bill * h[j]
    return total


def _chunked(w, x, k):
    h, total = 0.0, 0.0
    for at in range(0, len(x), k):
        s = 0.0
        for value in x[at : at + k]:
            s, h = h + w * s, w * h + float(value)
            total += s
    return total


def _two_lists(w, x, k):
    states = [0.0, *_line(w, x)]
    slopes = []
    for j in range(len(x)):
        slopes.append(states[j] + (w * slopes[-1] if j % k else 0.0))
    return sum(slopes)


# 9.6 ------------------------------------------------------------------------------------------------------------------


def _gru(
    x,
    h,
    w_x,
    w_h,
    b_x,
    b_h,
    order=(0, 1, 2),
    mix=lambda n, z, h: (1 - z) * n + z * h,
    inner=lambda r, from_h, b: r * (from_h + b),
    squash=np.tanh,
    gate=_sigmoid,
    early=False,
):
    m = h.shape[1]
    a, c = x @ w_x + b_x, h @ w_h
    parts = [slice(m * k, m * (k + 1)) for k in order]
    r, z = (gate(a[:, p] + c[:, p] + b_h[p]) for p in parts[:2])
    p = parts[2]
    from_h = (r * h) @ w_h[:, p] + b_h[p] if early else inner(r, c[:, p], b_h[p])
    return mix(squash(a[:, p] + from_h), z, h)


def _gru_case(rng, n, d, m):
    return (rng.normal(size=(n, d)), rng.normal(size=(n, m)), *_weights(rng, d, m, gates=3, biases=2))


def _wrong_gru(**how):
    return lambda x, h, w_x, w_h, b_x, b_h: _gru(x, h, w_x, w_h, b_x, b_h, **how)


def _gru_split(x, h, w_x, w_h, b_x, b_h):
    x_r, x_z, x_n = np.split(x @ w_x + b_x, 3, axis=1)
    h_r, h_z, h_n = np.split(h @ w_h + b_h, 3, axis=1)
    r, z = 1 / (1 + np.exp(-(x_r + h_r))), 1 / (1 + np.exp(-(x_z + h_z)))
    return (1 - z) * np.tanh(x_n + r * h_n) + z * h


def _gru_rows(x, h, w_x, w_h, b_x, b_h):
    return np.concatenate(
        [_gru(x[i : i + 1], h[i : i + 1], w_x, w_h, b_x, b_h) for i in range(len(x))],
    )


def _gru_towards(x, h, w_x, w_h, b_x, b_h):
    """h + (1 − z)(n − h): a step towards the candidate."""
    return _gru(x, h, w_x, w_h, b_x, b_h, mix=lambda n, z, h: h + (1 - z) * (n - h))


def _gru_gates_together(x, h, w_x, w_h, b_x, b_h):
    m = h.shape[1]
    a, c = x @ w_x + b_x, h @ w_h + b_h
    gates = _sigmoid(a[:, : 2 * m] + c[:, : 2 * m])
    r, z = gates[:, :m], gates[:, m:]
    n = np.tanh(a[:, 2 * m :] + r * c[:, 2 * m :])
    return z * h + (1 - z) * n


def _gru_inside(x, h, w_x, w_h, b_x, b_h, inside, share=lambda r, z: z):
    a, c = np.split(x @ w_x + b_x, 3, axis=1), np.split(h @ w_h + b_h, 3, axis=1)
    r, z = _sigmoid(a[0] + c[0]), _sigmoid(a[1] + c[1])
    n, kept = np.tanh(inside(r, z, a[2], c[2])), share(r, z)
    return (1 - kept) * n + kept * h


def _every_third(x, h, w_x, w_h, b_x, b_h):
    order = np.concatenate([np.arange(k, len(b_x), 3) for k in range(3)])
    return _gru(x, h, w_x[:, order], w_h[:, order], b_x[order], b_h[order])


gru_step = Exercise(
    title="One step of a GRU",
    minutes=15,
    reference=lambda x, h, w_x, w_h, b_x, b_h: _gru(x, h, w_x, w_h, b_x, b_h),
    worked=Worked(
        (
            np.array([[5.0, 7.0]]),
            np.array([[1.0]]),
            np.zeros((2, 3)),
            np.zeros((1, 3)),
            np.array([0.0, np.log(3.0), 0.0]),
            np.zeros(3),
        ),
        np.array([[0.75]]),
        "z = σ(ln 3) = 3/4 is kept of the old state 1; the proposal is tanh(0) = 0",
    ),
    cases=lambda rng: [_gru_case(rng, 3, 2, 4), _gru_case(rng, 5, 3, 2)],
    edges={
        "one row": _gru_case(np.random.default_rng(1), 1, 3, 2),
        "a state of zeros": (
            np.random.default_rng(2).normal(size=(2, 3)),
            np.zeros((2, 4)),
            *_weights(np.random.default_rng(3), 3, 4, gates=3, biases=2),
        ),
        "integers": (
            np.array([[1, -1, 0], [0, 2, 1]]),
            np.array([[1, -1], [0, 2]]),
            np.array([[1, 0, -1, 0, 1, 0], [0, 1, 0, 1, 0, -1], [1, 1, 0, 0, 0, 1]]),
            np.array([[0, 1, 0, -1, 1, 0], [1, 0, 1, 0, 0, 1]]),
            np.array([0, 1, 0, -1, 0, 1]),
            np.array([1, 0, 0, 1, -1, 0]),
        ),
    },
    mistakes={
        "z and 1 − z are swapped. In the convention here, PyTorch's, z is what is kept of the old state.": _wrong_gru(
            mix=lambda n, z, h: z * n + (1 - z) * h
        ),
        "The gates are in another order: the first m columns are r, the next z, the last n.": _wrong_gru(
            order=(1, 0, 2)
        ),
        "Your proposal is made from the first m columns, the gates from the others. The order is r, z, n.": _wrong_gru(
            order=(1, 2, 0)
        ),
        "r was multiplied into the state before the product with the weights. In PyTorch's form it multiplies the "
        "result, bias and all.": _wrong_gru(early=True),
        "The proposal's second bias stands inside the bracket that r multiplies.": _wrong_gru(
            inner=lambda r, from_h, b: r * from_h + b
        ),
        "The gate r is not used: it multiplies what the old state contributes to the proposal.": _wrong_gru(
            inner=lambda r, from_h, b: from_h + b
        ),
        "1 − r was used in place of r.": _wrong_gru(inner=lambda r, from_h, b: (1 - r) * (from_h + b)),
        "The proposal has tanh; the sigmoid is for the gates.": _wrong_gru(squash=_sigmoid),
        "The tanh of the proposal is missing.": _wrong_gru(squash=lambda a: a),
        "Gates lie between 0 and 1: sigmoid, not tanh.": _wrong_gru(gate=np.tanh),
        "Old state and proposal are added in full. z divides one whole between the two.": _wrong_gru(
            mix=lambda n, z, h: n + z * h
        ),
        "That is the proposal alone; the old state has its share, z.": _wrong_gru(mix=lambda n, z, h: n),
        "r multiplies everything that goes into the proposal. What is read comes in whole; r is for the old state.": (
            lambda x, h, w_x, w_h, b_x, b_h: _gru_inside(x, h, w_x, w_h, b_x, b_h, lambda r, z, a, c: r * (a + c))
        ),
        "r multiplies what is read. It is for what the old state contributes.": lambda x, h, w_x, w_h, b_x, b_h: (
            _gru_inside(x, h, w_x, w_h, b_x, b_h, lambda r, z, a, c: r * a + c)
        ),
        "z stands where r should: inside the proposal it is r that says how much of the old state may speak.": (
            lambda x, h, w_x, w_h, b_x, b_h: _gru_inside(x, h, w_x, w_h, b_x, b_h, lambda r, z, a, c: a + z * c)
        ),
        "r divides between old state and proposal. That is z's task; r works inside the proposal.": (
            lambda x, h, w_x, w_h, b_x, b_h: _gru_inside(
                x, h, w_x, w_h, b_x, b_h, lambda r, z, a, c: a + r * c, share=lambda r, z: r
            )
        ),
        "The gates are raw sums: without the sigmoid they are no shares between 0 and 1.": _wrong_gru(gate=lambda a: a),
        "The first m columns are right; z and n have changed places.": _wrong_gru(order=(0, 2, 1)),
        "A second tanh was put around the whole. Old state and proposal are mixed as they are.": (
            lambda *args: np.tanh(_gru(*args))
        ),
        "The first bias, b_x, is missing everywhere.": lambda x, h, w_x, w_h, b_x, b_h: _gru(
            x, h, w_x, w_h, 0 * b_x, b_h
        ),
        "Every third column was taken. The columns of one gate stand side by side, m of them.": _every_third,
        "The second bias is missing everywhere.": lambda x, h, w_x, w_h, b_x, b_h: _gru(x, h, w_x, w_h, b_x, 0 * b_h),
        "The old state does not reach the gates: they look at x and at h.": lambda x, h, w_x, w_h, b_x, b_h: (
            _gates_blind(x, h, w_x, w_h, b_x, b_h)
        ),
        "The old state is not mixed in: (1 − z) · n lacks its other half.": _wrong_gru(mix=lambda n, z, h: (1 - z) * n),
    },
    styles={
        "np.split": _gru_split,
        "row by row": _gru_rows,
        "a step towards the proposal": _gru_towards,
        "both gates at once": _gru_gates_together,
    },
    hints=[
        "Two products first, both (n, 3m): one of x, one of h, each with its own bias. Then cut each into r, z, n.",
        "Gates: sigmoid of the sum of both parts. The proposal: tanh of x's part plus r times h's part.",
        "Read z as: how much of the old state is kept. The rest is for the proposal.",
    ],
)


def _gates_blind(x, h, w_x, w_h, b_x, b_h):
    m = h.shape[1]
    blind = np.array(w_h, float)
    blind[:, : 2 * m] = 0
    return _gru(x, h, w_x, blind, b_x, b_h)


# 9.7 ------------------------------------------------------------------------------------------------------------------


def _logit(p):
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.log(p) - np.log1p(-p))


forget_bias = Exercise(
    title="How long does it remember?",
    level="warm-up",
    minutes=6,
    reference=lambda steps: _logit(0.5 ** (1 / steps)),
    worked=Worked((1,), 0.0, "half after one step: σ(b) = 1/2"),
    cases=lambda rng: [(int(k),) for k in rng.integers(2, 60, 4)],
    edges={"a thousand steps": (1000,), "two steps": (2,)},
    mistakes={
        "The sign is turned round: with this bias it forgets faster the more steps you ask for. A gate near 1 keeps, "
        "and it needs a bias above 0.": lambda steps: -_logit(0.5 ** (1 / steps)),
        "That is the gate, between 0 and 1. Asked for is the bias whose sigmoid it is.": lambda steps: (
            0.5 ** (1 / steps)
        ),
        "That leaves 1/e of the memory. One half was asked for.": lambda steps: _logit(np.exp(-1 / steps)),
        "The power is upside down: a gate as small as this halves the memory many times over. Take the root.": (
            lambda steps: _logit(0.5**steps)
        ),
        "The sigmoid is undone by ln(p / (1 − p)); you took ln p.": lambda steps: float(np.log(0.5) / steps),
        "You took the sigmoid where it has to be undone.": lambda steps: float(_sigmoid(0.5 ** (1 / steps))),
        "Losses do not add up step by step: the gate multiplies what is left.": lambda steps: _logit(
            1 - 0.5 / steps - 1e-16
        ),
        "That is p / (1 − p); its logarithm is missing.": lambda steps: float(
            0.5 ** (1 / steps) / (1 - 0.5 ** (1 / steps))
        ),
        "That is the logarithm to base 10. The sigmoid is made with e.": lambda steps: float(
            _logit(0.5 ** (1 / steps)) / np.log(10)
        ),
        "You have undone tanh, with arctanh. The gate is a sigmoid.": lambda steps: float(
            np.arctanh(0.5 ** (1 / steps))
        ),
        "That is the logarithm of the steps: near it for many steps, but the half that is left is missing.": (
            lambda steps: float(np.log(steps))
        ),
        "That is the logarithm to base 2. The sigmoid is made with e.": lambda steps: (
            float(_logit(0.5 ** (1 / steps)) / np.log(2)) + 0.0 * steps
        ),
    },
    styles={
        "expm1": lambda steps: -np.log(np.expm1(np.log(2) / steps)),
        "power of 2": lambda steps: -np.log(2 ** (1 / steps) - 1),
        "NumPy": lambda steps: np.log(np.power(0.5, 1 / steps) / (1 - np.power(0.5, 1 / steps))),
        "bisection": lambda steps: _bisected(steps),
    },
    hints=[
        "If the gate is g at every step, how much is left after two steps? After so many?",
        "g to the power of the steps is 1/2. Solve for g; then for the b with σ(b) = g.",
    ],
    rtol=1e-5,
    atol=1e-7,
)


def _bisected(steps):
    low, high = -50.0, 50.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (low, middle) if _sigmoid(middle) ** steps > 0.5 else (middle, high)
    return middle


# 9.8 ------------------------------------------------------------------------------------------------------------------


def _lstm(
    x,
    h,
    c,
    w_x,
    w_h,
    b,
    order=(0, 1, 2, 3),
    forget=_sigmoid,
    keep=lambda f, c, i, g: f * c + i * g,
    out=lambda o, c, old: o * np.tanh(c),
    squash=np.tanh,
    gate=_sigmoid,
):
    m = h.shape[1]
    a = x @ w_x + h @ w_h + b
    i, f, g, o = (a[:, m * k : m * (k + 1)] for k in order)
    new = keep(forget(f), c, gate(i), squash(g))
    return out(gate(o), new, c), new


def _lstm_case(rng, n, d, m):
    x, h = rng.normal(size=(n, d)), rng.normal(size=(n, m))
    return (x, h, rng.normal(size=(n, m)), *_weights(rng, d, m, gates=4))


def _wrong_lstm(**how):
    return lambda x, h, c, w_x, w_h, b: _lstm(x, h, c, w_x, w_h, b, **how)


def _lstm_split(x, h, c, w_x, w_h, b):
    i, f, g, o = np.split(x @ w_x + h @ w_h + b, 4, axis=1)
    c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
    return np.tanh(c) / (1 + np.exp(-o)), c


def _lstm_rows(x, h, c, w_x, w_h, b):
    rows = [_lstm(x[k : k + 1], h[k : k + 1], c[k : k + 1], w_x, w_h, b) for k in range(len(x))]
    return tuple(np.concatenate(part) for part in zip(*rows, strict=True))


def _lstm_joined(x, h, c, w_x, w_h, b):
    a = np.hstack([x, h]) @ np.vstack([w_x, w_h]) + b
    a = a.reshape(len(x), 4, -1)
    c = _sigmoid(a[:, 1]) * c + _sigmoid(a[:, 0]) * np.tanh(a[:, 2])
    return [_sigmoid(a[:, 3]) * np.tanh(c), c]


def _lstm_tanh_gates(x, h, c, w_x, w_h, b):
    """The sigmoid by way of tanh."""
    return _lstm(x, h, c, w_x, w_h, b, gate=lambda a: (np.tanh(a / 2) + 1) / 2)


def _tanh_kept(x, h, c, w_x, w_h, b):
    i, f, g, o = np.split(x @ w_x + h @ w_h + b, 4, axis=1)
    c = np.tanh(_sigmoid(f) * c + _sigmoid(i) * np.tanh(g))
    return _sigmoid(o) * c, c


def _every_fourth(x, h, c, w_x, w_h, b):
    order = np.concatenate([np.arange(k, len(b), 4) for k in range(4)])
    return _lstm(x, h, c, w_x[:, order], w_h[:, order], b[order])


lstm_step = Exercise(
    title="One step of an LSTM",
    level="stretch",
    minutes=15,
    reference=lambda x, h, c, w_x, w_h, b: _lstm(x, h, c, w_x, w_h, b),
    worked=Worked(
        (
            np.array([[5.0, 7.0]]),
            np.array([[1.0]]),
            np.array([[4.0]]),
            np.zeros((2, 4)),
            np.zeros((1, 4)),
            np.array([0.0, np.log(3.0), 0.0, 0.0]),
        ),
        (np.array([[np.tanh(3.0) / 2]]), np.array([[3.0]])),
        "f = σ(ln 3) = 3/4 of the memory 4 is kept, the new content is tanh(0) = 0; half of tanh 3 is shown",
    ),
    cases=lambda rng: [_lstm_case(rng, 3, 2, 4), _lstm_case(rng, 5, 3, 2)],
    edges={
        "one row": _lstm_case(np.random.default_rng(1), 1, 3, 2),
        "an empty memory": (
            np.random.default_rng(2).normal(size=(2, 3)),
            np.zeros((2, 4)),
            np.zeros((2, 4)),
            *_weights(np.random.default_rng(3), 3, 4, gates=4),
        ),
        "integers": (
            np.array([[1, -1, 0], [0, 2, 1]]),
            np.array([[1, -1], [0, 2]]),
            np.array([[3, 0], [-1, 2]]),
            np.array([[1, 0, -1, 0, 1, 0, 0, 1], [0, 1, 0, 1, 0, -1, 1, 0], [1, 1, 0, 0, 0, 1, -1, 0]]),
            np.array([[0, 1, 0, -1, 1, 0, 2, 0], [1, 0, 1, 0, 0, 1, 0, -1]]),
            np.array([0, 1, 0, -1, 0, 1, 1, 0]),
        ),
    },
    mistakes={
        "The forget gate's sign is turned round: a large number in its place must keep the memory, whatever the "
        "gate's name says.": _wrong_lstm(forget=lambda a: _sigmoid(-a)),
        "The gates are in another order: i, f, g, o, m columns each. Yours looks like i, f, o, g.": _wrong_lstm(
            order=(0, 1, 3, 2)
        ),
        "Input and forget gate are in each other's place: the order is i, f, g, o.": _wrong_lstm(order=(1, 0, 2, 3)),
        "1 − i stands in the place of f. The LSTM has a gate of its own for that.": lambda x, h, c, w_x, w_h, b: (
            _coupled(x, h, c, w_x, w_h, b)
        ),
        "The memory is shown as it is; it passes a tanh before the output gate.": _wrong_lstm(
            out=lambda o, c, old: o * c
        ),
        "What is shown comes from the old memory. Write first, then read.": _wrong_lstm(
            out=lambda o, c, old: o * np.tanh(old)
        ),
        "The output gate is missing.": _wrong_lstm(out=lambda o, c, old: np.tanh(c)),
        "The new content has tanh; the sigmoid is for the three gates.": _wrong_lstm(squash=_sigmoid),
        "The new content went in without its gate i.": _wrong_lstm(keep=lambda f, c, i, g: f * c + g),
        "The old memory is missing: f times c.": _wrong_lstm(keep=lambda f, c, i, g: i * g),
        "The old memory was kept whole; the forget gate multiplies it.": _wrong_lstm(keep=lambda f, c, i, g: c + i * g),
        "h and c are returned in each other's place: first h, then c.": lambda x, h, c, w_x, w_h, b: _lstm(
            x, h, c, w_x, w_h, b
        )[::-1],
        "The forget gate multiplied h. It is the memory c that is kept or forgotten.": lambda x, h, c, w_x, w_h, b: (
            _lstm(x, h, c, w_x, w_h, b, keep=lambda f, _, i, g: f * h + i * g)
        ),
        "The state h does not reach the gates.": lambda x, h, c, w_x, w_h, b: _lstm(x, 0 * h, c, w_x, w_h, b),
        "The tanh of the new content g is missing.": _wrong_lstm(squash=lambda a: a),
        "1 − f stands in the place of i. The LSTM has a gate of its own for that.": (
            lambda x, h, c, w_x, w_h, b: _lstm(x, h, c, w_x, w_h, b, keep=lambda f, c, i, g: f * c + (1 - f) * g)
        ),
        "The memory c went into the sums. The gates look at x and at h; c is only scaled and added to.": (
            lambda x, h, c, w_x, w_h, b: _lstm(x, c, c, w_x, w_h, b)
        ),
        "The bias is missing.": lambda x, h, c, w_x, w_h, b: _lstm(x, h, c, w_x, w_h, 0 * b),
        "What is shown passes a sigmoid where it should pass a tanh.": _wrong_lstm(
            out=lambda o, c, old: o * _sigmoid(c)
        ),
        "The memory itself was put through the tanh. Only what is shown of it is.": _tanh_kept,
        "The gates are raw sums: without the sigmoid they are no shares between 0 and 1.": _wrong_lstm(
            forget=lambda a: a, gate=lambda a: a
        ),
        "Every fourth column was taken. The columns of one gate stand side by side, m of them.": _every_fourth,
        "The gate is added to the memory where it has to multiply it.": _wrong_lstm(
            keep=lambda f, c, i, g: f + c + i * g
        ),
    },
    styles={
        "np.split": _lstm_split,
        "row by row": _lstm_rows,
        "joined": _lstm_joined,
        "sigmoid by tanh": _lstm_tanh_gates,
    },
    hints=[
        "One sum of shape (n, 4m): both products and the bias. Cut it into i, f, g, o.",
        "Three of the four are gates, between 0 and 1. The fourth, g, is content, between −1 and 1.",
        "First the new memory from the old; then what of it is shown.",
    ],
)


def _coupled(x, h, c, w_x, w_h, b):
    return _lstm(x, h, c, w_x, w_h, b, keep=lambda f, c, i, g: (1 - i) * c + i * g)


# 9.9 ------------------------------------------------------------------------------------------------------------------


def _last_real(states, lengths):
    return states[np.arange(len(states)), lengths - 1]


def _real(states, lengths):
    """(n, t, 1): 1 where a letter is real."""
    return (np.arange(states.shape[1]) < np.asarray(lengths)[:, None])[..., None]


def _state_case(rng, n, t, m):
    lengths = rng.integers(1, t + 1, n)
    lengths[0] = t - 1
    return rng.normal(size=(n, t, m)), lengths


last_real = Exercise(
    title="The state after the last letter",
    minutes=8,
    reference=_last_real,
    worked=Worked(
        (np.array([[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]]]), np.array([2, 3])),
        np.array([[2.0], [6.0]]),
        "the first sequence has two real steps, the second three",
    ),
    cases=lambda rng: [_state_case(rng, 4, 6, 3), _state_case(rng, 3, 5, 2)],
    edges={
        "one row": (np.random.default_rng(1).normal(size=(1, 4, 3)), np.array([2])),
        "one step each": (np.random.default_rng(2).normal(size=(3, 4, 2)), np.array([1, 1, 1])),
        "integers": (np.arange(40).reshape(2, 4, 5) % 7, np.array([1, 3])),
    },
    mistakes={
        "That is the state at the last place of the table. For shorter names it has read padding: take each row's own "
        "last letter.": lambda states, lengths: states[:, -1],
        "One too far: the first letter stands at place 0, so the last one of k stands at k − 1.": (
            lambda states, lengths: states[np.arange(len(states)), np.minimum(lengths, states.shape[1] - 1)]
        ),
        "One too early: counted from the last letter you went one more step back.": lambda states, lengths: states[
            np.arange(len(states)), np.maximum(lengths - 2, 0)
        ],
        "states[:, lengths - 1] takes every row at every one of these places. Each row belongs to one of them: name "
        "the rows too.": lambda states, lengths: states[:, lengths - 1],
        "That is the state after the first letter.": lambda states, lengths: states[:, 0],
        "That is the mean over all places, padding included.": lambda states, lengths: states.mean(axis=1),
        "That is the mean over the real steps. A state has read all before it: the last one alone is wanted.": (
            lambda states, lengths: (states * _real(states, lengths)).sum(axis=1) / lengths[:, None]
        ),
        "That is the sum over the real steps; the last one alone is wanted.": lambda states, lengths: (
            states * _real(states, lengths)
        ).sum(axis=1),
        "That is the largest value of each unit over the real steps.": lambda states, lengths: np.where(
            _real(states, lengths), states, -1e9
        ).max(axis=1),
        "All rows were read at the first row's length.": lambda states, lengths: states[:, lengths[0] - 1],
        "Counted from the end: −length is not length − 1.": lambda states, lengths: states[
            np.arange(len(states)), -lengths
        ],
        "There is no place k after k steps: the first letter stands at place 0.": lambda states, lengths: states[
            np.arange(len(states)), lengths
        ],
        "An axis of length 1 is left over: (n, 1, m), where (n, m) was wanted.": lambda states, lengths: (
            np.take_along_axis(states, lengths[:, None, None] - 1, axis=1)
        ),
        "All rows were read at the longest row's length. Each row has its own.": lambda states, lengths: states[
            :, lengths.max() - 1
        ],
        "All rows were read at the shortest row's length. Each row has its own.": lambda states, lengths: states[
            :, lengths.min() - 1
        ],
        "The two indices are in each other's place: first the row, then the step.": lambda states, lengths: states[
            lengths - 1, np.arange(len(states))
        ],
        "These are all real states one below the other; one for each row is wanted.": lambda states, lengths: states[
            _real(states, lengths)[..., 0]
        ],
        "The padding was set to zero, and then the last place taken: that is zero for all shorter rows.": (
            lambda states, lengths: (states * _real(states, lengths))[:, -1]
        ),
    },
    styles={
        "loop": lambda states, lengths: np.stack([row[k - 1] for row, k in zip(states, lengths, strict=True)]),
        "take_along_axis": lambda states, lengths: np.take_along_axis(states, lengths[:, None, None] - 1, axis=1)[:, 0],
        "a mask": lambda states, lengths: states[np.arange(states.shape[1]) == lengths[:, None] - 1],
        "einsum": lambda states, lengths: np.einsum(
            "nt,ntm->nm", np.eye(states.shape[1])[lengths - 1].astype(states.dtype), states
        ),
    },
    hints=[
        "For row i, at which place does its last letter stand?",
        "Two lists of whole numbers as an index, one for the rows and one for the places, are paired one by one.",
    ],
)

# 9.10 -----------------------------------------------------------------------------------------------------------------


def _windows(series, k, ahead, shift=0, step=1, turned=False, less=0):
    count = len(series) - k - ahead - max(shift, 0) + 1 - less
    at = np.arange(0, max(count, 0), step)
    x = series[at[:, None] + np.arange(k)[:: -1 if turned else 1]]
    return x, series[at + k - 1 + ahead + shift]


def _path(series, k, ahead):
    count = len(series) - k - ahead + 1
    return _windows(series, k, ahead)[0], np.array([series[i + k : i + k + ahead] for i in range(count)])


def _includes(series, k, ahead):
    """Windows that hold their own target as the last value."""
    x, y = _windows(series, k, ahead)
    return np.concatenate([x[:, 1:], y[:, None]], axis=1), y


def _change(series, k, ahead):
    x, y = _windows(series, k, ahead)
    return x, y - x[:, -1]


windows = Exercise(
    title="Windows and what comes after",
    minutes=10,
    reference=lambda series, k, ahead: _windows(series, k, ahead),
    worked=Worked(
        (np.array([10.0, 20.0, 30.0, 40.0, 50.0]), 2, 2),
        (np.array([[10.0, 20.0], [20.0, 30.0]]), np.array([40.0, 50.0])),
        "two months after 20 comes 40; two after 30 comes 50; after 40 there is no such month",
    ),
    cases=lambda rng: [(rng.normal(size=n), k, ahead) for n, k, ahead in [(12, 3, 2), (15, 4, 1), (20, 5, 6)]],
    edges={
        "one window": (np.array([1.0, 5.0, 2.0, 7.0]), 3, 1),
        "windows of one month": (np.array([3.0, 1.0, 4.0, 1.0, 5.0]), 1, 3),
        "integers": (np.array([3, 1, 4, 1, 5, 9, 2, 6]), 3, 2),
        "one month ahead": (np.array([2.0, 7.0, 1.0, 8.0, 2.0, 8.0]), 2, 1),
        "one month, none ahead": (np.array([5.0]), 1, 0),
    },
    mistakes={
        "The answer stands in the window: its last value is what is asked for. A forecast may only use the past.": (
            _includes
        ),
        "The target lies one month too far: `ahead` counts from the window's last month, and 1 is the very next.": (
            lambda series, k, ahead: _windows(series, k, ahead, shift=1)
        ),
        "The target lies one month too near: with ahead = 1 it is the window's own last value.": (
            lambda series, k, ahead: _windows(series, k, ahead, shift=-1)
        ),
        "The newest month stands first. Keep the order of time: the oldest first.": lambda series, k, ahead: _windows(
            series, k, ahead, turned=True
        ),
        "The windows do not overlap. There is one for every month at which it can end.": (
            lambda series, k, ahead: _windows(series, k, ahead, step=k)
        ),
        "The last window is missing: it ends `ahead` months before the end of the series.": (
            lambda series, k, ahead: _windows(series, k, ahead, less=1)
        ),
        "`ahead` was taken for 1.": lambda series, k, ahead: _windows(series, k, 1),
        "Count once more: the window that begins at i ends at i + k − 1; `ahead` counts from there, not from i + k.": (
            lambda series, k, ahead: _looped(series, k, ahead, less=1, shift=1)
        ),
        "One window is missing at the end: the last target is the last month of the series.": (
            lambda series, k, ahead: _looped(series, k, ahead, less=1)
        ),
        "The targets are the months right behind the windows, and `ahead` is not used.": lambda series, k, ahead: (
            _looped(series, k, 1)
        ),
        "The number of windows is right, but the targets are the months right behind them, whatever `ahead` says.": (
            lambda series, k, ahead: (_looped(series, k, ahead)[0], series[k : len(series) - ahead + 1])
        ),
        "`ahead` was counted from the window's first month. It counts from the last one.": lambda series, k, ahead: (
            _looped(series, k, ahead)[0],
            series[ahead : len(series) - k + 1],
        ),
        "There are windows without a target: the last ones end less than `ahead` months before the end.": (
            lambda series, k, ahead: (
                np.lib.stride_tricks.sliding_window_view(series, k),
                series[k + ahead - 1 :],
            )
        ),
        "The last targets are the first months of the series: np.roll brings what falls off the end back in front.": (
            lambda series, k, ahead: (
                np.lib.stride_tricks.sliding_window_view(series, k),
                np.roll(series, -ahead)[k - 1 :],
            )
        ),
        "These are all months up to the target. Only the one that lies `ahead` months off is asked for.": _path,
        "The target is the change since the window's last month. The value itself is wanted.": _change,
        "The two are in each other's place: first the windows, then the targets.": lambda series, k, ahead: _windows(
            series, k, ahead
        )[::-1],
        "The table is turned round: one row is one window.": lambda series, k, ahead: (
            _windows(series, k, ahead)[0].T,
            _windows(series, k, ahead)[1],
        ),
        "The target is the window's last value: that is the naive forecast, not what came.": (
            lambda series, k, ahead: (_windows(series, k, ahead)[0], _windows(series, k, ahead)[0][:, -1])
        ),
        "The target is a column, (n, 1); (n,) is wanted. Chapter 1 has shown what (n,) − (n, 1) does.": (
            lambda series, k, ahead: (_windows(series, k, ahead)[0], _windows(series, k, ahead)[1][:, None])
        ),
    },
    styles={
        "loop": lambda series, k, ahead: _looped(series, k, ahead),
        "sliding windows": lambda series, k, ahead: (
            np.lib.stride_tricks.sliding_window_view(series, k)[: len(series) - k - ahead + 1],
            series[k + ahead - 1 :],
        ),
        "columns": lambda series, k, ahead: (
            np.stack([series[j : len(series) - k - ahead + 1 + j] for j in range(k)], axis=1),
            series[k + ahead - 1 :],
        ),
        "a list": lambda series, k, ahead: list(_windows(series, k, ahead)),
    },
    hints=[
        "At which place of the series does the first window end? Where is its target? And the last window?",
        "The first target is at place k − 1 + ahead, and from there on every month is a target.",
    ],
)


def _looped(series, k, ahead, less=0, shift=0):
    count = len(series) - k - ahead + 1 - less
    rows = [(series[i : i + k], series[i + k - 1 + ahead + shift]) for i in range(count)]
    return np.array([row for row, _ in rows]), np.array([target for _, target in rows])


# Questions ------------------------------------------------------------------------------------------------------------

same_weights = Question(
    "A plain cell with 128 units reads a name of 4 letters, then one of 12. How many weights does it use for each?",
    right="The same ones, both times.",
    wrong={
        "Three times as many for the longer name.": "It takes three times as many steps, and each uses the same "
        "weights.",
        "As many as the longest name needs, and the rest is padded.": "That was the network with a window. A recurrent "
        "one has no longest name.",
        "It depends on how many of its units are awake.": "All units work at every step; the weights are fixed.",
    },
    because="What is shared is the cell: time enters as the number of times that it is applied. So its weights get a "
    "share of the gradient from every step.",
)

which_distance = Question(
    "Each step back multiplies the gradient by about 0.9. After how many steps is less than a thousandth left?",
    right="After about 66.",
    wrong={
        "After about 10: 10 times a tenth is lost.": "A tenth *of what is left* is lost at each step.",
        "After about 1,000.": "0.9 to the power of 1,000 has 45 zeros behind the point.",
        "Never, 0.9 is nearly 1.": "Nearly is not enough, when it is multiplied again and again.",
    },
    because="0.9 to the power of 66 is about 0.00096: ln 1000 divided by −ln 0.9.",
)

what_clipping = Question(
    "Training a plain cell, you clip gradients by the common norm. Which of the two troubles does it cure?",
    right="Exploding gradients: the direction stays, the length is limited.",
    wrong={
        "Vanishing gradients: small ones are brought up to the norm.": "Clipping only shortens. What has "
        "vanished holds no news of the distant past that could be made longer.",
        "Both.": "Only the one. To keep gradients from vanishing one needs another path, as a gate gives it.",
        "Neither; it is there to save time.": "It costs a little time. It saves the weights from one giant step.",
    },
    because="A step of giant length throws the weights anywhere. Shortened to a common norm it goes in the same "
    "direction, a sensible distance.",
)

why_gates = Question(
    "A GRU's state is kept with z = 0.99 at every step. What of it is left after a hundred steps, and what does the "
    "gradient back through them look like?",
    right="About 37 % of both.",
    wrong={
        "99 % of the state, and hardly any gradient.": "0.99 is multiplied a hundred times. And what multiplies the "
        "state on the way forward multiplies the gradient on the way back.",
        "Nothing of either.": "0.99 to the power of 100 is about 1/e. That is what gates are for.",
        "37 % of the state; the gradient vanishes, because of tanh.": "This path does not pass a tanh: z · h is a "
        "product, and its slope is z.",
    },
    because="0.99 to the power of 100 is 0.366. Through z · h state and slope take the same path, without weights and "
    "without tanh on it.",
)

who_wins = Question(
    "On a test period a GRU with thousands of weights forecasts sunspots no better than a straight line through the "
    "last months. What do you report?",
    right="Both numbers, and that the simpler model is enough here.",
    wrong={
        "The GRU with other settings, until it wins.": "Then the test period has become a training set: chapter 6. "
        "Settings are chosen on validation.",
        "Only the GRU: the other one is no neural network.": "A baseline is there to tell whether the effort was worth "
        "it.",
        "Nothing, the experiment failed.": "It has answered the question that it asked.",
    },
    because="One who hides what the simple method reaches has measured nothing.",
)

THIS = chapter("09_recurrent", globals())
__getattr__ = suggest(__name__, globals())


def progress():
    """Show this chapter's exercises and questions with what you have done so far."""
    return table_of(THIS)

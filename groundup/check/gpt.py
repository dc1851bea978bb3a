"""Chapter 11's exercises and questions."""

from dataclasses import dataclass

import numpy as np

from groundup.check.exercise import Exercise, Worked, chapter, suggest
from groundup.check.quiz import Question
from groundup.check.table import table_of


def _softmax(z, axis=-1):
    e = np.exp(z - np.max(z, axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _probabilities(rng, n, v):
    p = rng.random((n, v)) ** 3 + 0.01
    return p / p.sum(axis=1, keepdims=True)


# 11.1 -----------------------------------------------------------------------------------------------------------------


def _pieces(tokens, starts, length):
    return tokens[np.asarray(starts)[:, None] + np.arange(length)]


def _cut(tokens, starts, length, shift=1):
    return _pieces(tokens, starts, length), _pieces(tokens, np.asarray(starts) + shift, length)


def _by_slices(tokens, starts, length):
    x = [tokens[s : s + length] for s in starts]
    y = [tokens[s + 1 : s + 1 + length] for s in starts]
    return np.array(x), np.array(y)


def _one_longer(tokens, starts, length):
    both = np.stack([tokens[s : s + length + 1] for s in starts])
    return both[:, :-1], both[:, 1:]


def _windows(tokens, starts, length):
    found = np.lib.stride_tricks.sliding_window_view(tokens, length)
    return found[starts], found[np.asarray(starts) + 1]


cut = Exercise(
    title="Cut pieces from a text",
    level="warm-up",
    minutes=6,
    reference=lambda tokens, starts, length: _cut(tokens, starts, length),
    worked=Worked(
        (np.array([3, 1, 4, 1, 5, 9, 2]), np.array([0, 2]), 3),
        (np.array([[3, 1, 4], [4, 1, 5]]), np.array([[1, 4, 1], [1, 5, 9]])),
        "after 3 comes 1, after 1 comes 4, after 4 comes 1; and so on from place 2",
    ),
    cases=lambda rng: [
        (rng.integers(0, 60, 90), rng.integers(1, 12, n), length) for n, length in [(3, 5), (5, 4), (2, 7)]
    ],
    edges={
        "one piece": (np.arange(20) ** 2 % 31, np.array([6]), 4),
        "pieces of one token": (np.array([5, 7, 9, 2, 8, 6, 4, 3]), np.array([4, 2, 5]), 1),
    },
    mistakes={
        "The targets are the tokens that are read: there is no shift by one. A model learns in no time to say what it "
        "sees, and knows nothing of what comes.": lambda t, s, n: _cut(t, s, n, 0),
        "The targets come before what is read: the shift goes the wrong way.": lambda t, s, n: _cut(t, s, n, -1),
        "The targets are shifted by two places: the very next token is never asked for.": lambda t, s, n: _cut(
            t, s, n, 2
        ),
        "Each row was rolled round: its last target is the piece's own first token, not what follows in the text.": (
            lambda t, s, n: (_pieces(t, s, n), np.roll(_pieces(t, s, n), -1, axis=1))
        ),
        "Both came out one shorter than `length`: you cut a piece of `length` and shifted inside it. A piece needs one "
        "token more.": lambda t, s, n: (_pieces(t, s, n)[:, :-1], _pieces(t, s, n)[:, 1:]),
        "That is one target for each piece. There is one for each place: every place predicts what follows it.": (
            lambda t, s, n: (_pieces(t, s, n), t[np.asarray(s) + n])
        ),
        "You added 1 to the tokens. It is the place that moves by one, not the number.": lambda t, s, n: (
            _pieces(t, s, n),
            _pieces(t, s, n) + 1,
        ),
        "The starts are places in the text, not numbers of pieces: do not multiply them by the length.": (
            lambda t, s, n: _cut(t, np.asarray(s) * n, n)
        ),
        "Every row is the first piece: each row has a start of its own.": lambda t, s, n: _cut(
            t, np.full(len(s), s[0]), n
        ),
        "x begins one place too late as well: only the targets are shifted.": lambda t, s, n: _cut(
            t, np.asarray(s) + 1, n
        ),
        "The targets begin where the piece ends. They overlap with x in all but one token.": lambda t, s, n: (
            _cut(t, s, n, n) if n > 1 else _cut(t, s, n, 1)
        ),
        "Those are the places. Which tokens stand there?": lambda t, s, n: (
            np.asarray(s)[:, None] + np.arange(n),
            np.asarray(s)[:, None] + np.arange(n) + 1,
        ),
        "The starts and np.arange(length) meet number by number here. A column of starts and a row of steps make a "
        "table of places, a row for each start.": lambda t, s, n: (t[s + np.arange(n)], t[s + np.arange(n) + 1]),
    },
    styles={
        "slices": _by_slices,
        "one longer, then cut": _one_longer,
        "sliding windows": _windows,
        "take": lambda tokens, starts, length: tuple(
            np.take(tokens, np.add.outer(starts, np.arange(length)) + shift) for shift in (0, 1)
        ),
    },
    hints=[
        "What follows the token at place s + j stands at place s + j + 1.",
        "starts[:, None] + np.arange(length) are the places of all tokens of x, one row for each piece.",
    ],
)

# 11.2 -----------------------------------------------------------------------------------------------------------------


def _embed(tokens, table, positions, at):
    return table[tokens] + positions[at]


def _places(tokens, seen):
    return np.arange(seen, seen + tokens.shape[1])


def _tables(rng, v, places, width):
    return rng.normal(size=(v, width)), rng.normal(size=(places, width))


embed = Exercise(
    title="Where a token stands",
    level="warm-up",
    minutes=6,
    reference=lambda tokens, table, positions, seen: _embed(tokens, table, positions, _places(tokens, seen)),
    worked=Worked(
        (
            np.array([[1, 0]]),
            np.array([[1.0, 0.0, 5.0], [0.0, 2.0, 7.0]]),
            np.array([[10.0] * 3, [20.0] * 3, [30.0] * 3, [40.0] * 3, [50.0] * 3]),
            2,
        ),
        np.array([[[30.0, 32.0, 37.0], [41.0, 40.0, 45.0]]]),
        "two places are seen, so token 1 stands at place 2 and token 0 at place 3",
    ),
    cases=lambda rng: [
        (rng.integers(0, v, (n, t)), *_tables(rng, v, places, width), seen)
        for n, t, v, places, width, seen in [(2, 3, 5, 9, 4, 4), (4, 2, 6, 8, 3, 1), (3, 1, 5, 7, 2, 3)]
    ],
    edges={
        "nothing seen yet": (np.array([[0, 2, 1], [1, 1, 0]]), *_tables(np.random.default_rng(1), 4, 6, 3), 0),
        "integers": (np.array([[1, 0]]), np.array([[1, 2, 3], [4, 5, 6]]), np.arange(15).reshape(5, 3) ** 2, 1),
    },
    mistakes={
        "The cached step restarts positions at 0. The new tokens stand behind those that were seen, not at the "
        "beginning of the text.": lambda tokens, table, positions, seen: _embed(
            tokens, table, positions, _places(tokens, 0)
        ),
        "All new tokens stand at one place here. Each has the next one.": lambda tokens, table, positions, seen: _embed(
            tokens, table, positions, seen
        ),
        "One place too far: places count from 0, so after 2 seen ones comes place 2.": (
            lambda tokens, table, positions, seen: _embed(tokens, table, positions, _places(tokens, seen + 1))
        ),
        "One place too early: the first new token stands where the last one that was seen stood.": (
            lambda tokens, table, positions, seen: _embed(tokens, table, positions, _places(tokens, seen - 1))
        ),
        "The position is missing: the same token would look the same at every place.": (
            lambda tokens, table, positions, seen: table[tokens]
        ),
        "The positions were looked up by the token's number. A position belongs to a place, whatever stands there.": (
            lambda tokens, table, positions, seen: _embed(tokens, table, positions, tokens)
        ),
        "The positions run backwards.": lambda tokens, table, positions, seen: _embed(
            tokens, table, positions, _places(tokens, seen)[::-1]
        ),
        "Token and position are multiplied. They are added.": lambda tokens, table, positions, seen: (
            table[tokens] * positions[_places(tokens, seen)]
        ),
        "The new tokens were put at the end of the table of positions. They stand right behind what was seen.": (
            lambda tokens, table, positions, seen: _embed(tokens, table, positions, np.arange(-tokens.shape[1], 0))
        ),
        "The sequences of the batch got different positions, and the places of one sequence all the same. The batch "
        "knows no order.": lambda tokens, table, positions, seen: _embed(
            tokens, table, positions, np.arange(seen, seen + len(tokens))[:, None]
        ),
        "len(tokens) is the number of sequences. How many places are new says tokens.shape[1].": (
            lambda tokens, table, positions, seen: table[tokens] + positions[seen : seen + len(tokens)]
        ),
        "The slice of positions ends at t. It begins at `seen`, and t places later it ends.": (
            lambda tokens, table, positions, seen: table[tokens] + positions[seen : tokens.shape[1]]
        ),
        "The number of the place was added. Each place has a row of `positions`, and that is what is added.": (
            lambda tokens, table, positions, seen: table[tokens] + _places(tokens, seen)[:, None]
        ),
        "The tokens' own rows are missing: those are the positions alone.": (
            lambda tokens, table, positions, seen: positions[_places(tokens, seen)]
        ),
        "Token and position stand side by side. They are added, so the width stays.": (
            lambda tokens, table, positions, seen: np.concatenate(
                [
                    table[tokens],
                    np.broadcast_to(positions[_places(tokens, seen)], (*tokens.shape, positions.shape[1])),
                ],
                axis=-1,
            )
        ),
    },
    styles={
        "slice": lambda tokens, table, positions, seen: table[tokens] + positions[seen : seen + tokens.shape[1]][None],
        "take": lambda tokens, table, positions, seen: (
            np.take(table, tokens, axis=0) + np.take(positions, _places(tokens, seen), axis=0)
        ),
        "loop": lambda tokens, table, positions, seen: np.array(
            [[table[token] + positions[seen + j] for j, token in enumerate(row)] for row in tokens.tolist()]
        ),
        "one-hot": lambda tokens, table, positions, seen: (
            np.eye(len(table))[tokens] @ table + np.eye(len(positions))[_places(tokens, seen)] @ positions
        ),
    },
    hints=[
        "If 2 places were seen, they are places 0 and 1. Where does the next token stand?",
        "table[tokens] is (n, t, e); rows seen to seen + t of the positions are (t, e), and broadcasting adds them.",
    ],
)

# 11.3 -----------------------------------------------------------------------------------------------------------------


@dataclass(eq=False)
class Toy:
    """A language model to be scored: what it expects is a mean over what it has read. In training mode it drops."""

    table: np.ndarray  # (v, v): logits after each token
    training: bool = True

    def eval(self):
        """Evaluation: nothing is dropped."""
        self.training = False
        return self

    def train(self, mode=True):
        """Training: half of what it computes is dropped, the rest doubled."""
        self.training = mode
        return self

    def __call__(self, x):
        """x (n, t) → logits (n, t, v)."""
        z = np.cumsum(self.table[x], axis=1) / np.arange(1, x.shape[1] + 1)[:, None]
        if self.training:
            z = 2 * z * (np.random.default_rng(z.size).random(z.shape) < 0.5)
        return z

    def __eq__(self, other):
        return isinstance(other, Toy) and np.array_equal(self.table, other.table) and self.training == other.training

    def __repr__(self):
        return f"<a model of {len(self.table)} tokens, in {'training' if self.training else 'eval'} mode>"


def _surprises(z, y):
    return -np.log(np.take_along_axis(_softmax(z), y[..., None], axis=-1)[..., 0])


def _held(model, tokens, change=np.mean, dropped=False):
    model.train(dropped)
    return float(change(_surprises(model(tokens[:, :-1]), tokens[:, 1:])))


def _held_with(model, x, y):
    model.eval()
    return float(_surprises(model(x), y).mean())


def _scored(model, x, score):
    model.eval()
    return float(score(model(x)).mean())


def _logsumexp(model, tokens):
    model.eval()
    z, y = model(tokens[:, :-1]), tokens[:, 1:]
    n, t = np.indices(y.shape)
    return np.mean(np.log(np.exp(z).sum(axis=2)) - z[n, t, y])


def _place_by_place(model, tokens):
    model.eval()
    z = model(tokens[:, :-1])
    found = [-np.log(_softmax(z[i, j])[tokens[i, j + 1]]) for i in range(len(z)) for j in range(z.shape[1])]
    return sum(found) / len(found)


def _put_back(model, tokens):
    before = model.training
    model.eval()
    try:
        return _held(model, tokens)
    finally:
        model.train(before)


held_out = Exercise(
    title="The score of a text",
    minutes=10,
    reference=lambda model, tokens: _held(model, tokens),
    worked=Worked(
        (Toy(np.log([[1.0, 3.0], [1.0, 3.0]])), np.array([[0, 1, 1], [1, 0, 1]])),
        float((3 * np.log(4 / 3) + np.log(4)) / 4),
        "in eval mode token 1 has probability 3/4 everywhere; to be predicted are 1, 1, 0, 1",
    ),
    cases=lambda rng: [
        (Toy(1.5 * rng.normal(size=(v, v))), rng.integers(0, v, shape)) for v, shape in [(5, (3, 7)), (4, (5, 6))]
    ],
    edges={
        "one text": (Toy(np.random.default_rng(5).normal(size=(6, 6))), np.array([[5, 0, 3, 3, 1]])),
        "one prediction": (Toy(np.random.default_rng(6).normal(size=(3, 3))), np.array([[2, 0]])),
    },
    mistakes={
        "The model was asked in training mode, with dropout. Half of what it knows is missing, another half each "
        "time: that is not its score.": lambda model, tokens: _held(model, tokens, dropped=True),
        "No shift: you scored how well it guesses the token that it is reading. At each place it is asked for the "
        "next one.": lambda model, tokens: _held_with(model, tokens[:, :-1], tokens[:, :-1]),
        "No shift, at any place: the model reads all tokens and is asked for the same ones. It should read all but the "
        "last, and be asked for all but the first.": lambda model, tokens: _held_with(model, tokens, tokens),
        "The first forecast was dropped and the last one kept. The forecast at a place is for the token behind it, so "
        "it is the last that has nothing to be compared with.": lambda model, tokens: _scored(
            model, tokens, lambda z: _surprises(z[:, 1:], tokens[:, 1:])
        ),
        "p[:, :, y] looks every token up at every place. Each place has one right token.": lambda model, tokens: (
            _scored(model, tokens[:, :-1], lambda z: -np.log(_softmax(z)[:, :, tokens[:, 1:]]))
        ),
        "What came is not used: that is how unsure the model is by its own account. Ask for the probability of the "
        "token that did come.": lambda model, tokens: _scored(
            model, tokens[:, :-1], lambda z: -(_softmax(z) * np.log(_softmax(z))).sum(axis=-1)
        ),
        "The surprise is that of the most probable token. It is the token that did come which surprises.": (
            lambda model, tokens: _scored(model, tokens[:, :-1], lambda z: -np.log(_softmax(z).max(axis=-1)))
        ),
        "Scores were taken for logarithms of probabilities. They are that only after a softmax.": (
            lambda model, tokens: _scored(
                model, tokens[:, :-1], lambda z: -np.take_along_axis(z, tokens[:, 1:, None], axis=-1)
            )
        ),
        "The logarithm was taken of scores. They are no probabilities, and may be negative: first a softmax.": (
            lambda model, tokens: _scored(
                model, tokens[:, :-1], lambda z: -np.log(np.take_along_axis(z, tokens[:, 1:, None], axis=-1))
            )
        ),
        "The model was shown one token at a time. Give it whole rows: it forecasts from all that it has read.": (
            lambda model, tokens: _held_with(model, tokens[:, :-1].reshape(-1, 1), tokens[:, 1:].reshape(-1, 1))
        ),
        "The shift goes the wrong way: the model reads what comes and is asked for what was.": (
            lambda model, tokens: _held_with(model, tokens[:, 1:], tokens[:, :-1])
        ),
        "The last place was asked for the first token, as np.roll does it. What follows the last token is not known, "
        "so that place is no prediction.": lambda model, tokens: _held_with(model, tokens, np.roll(tokens, -1, axis=1)),
        "Only the last place was scored. Each place is a prediction.": lambda model, tokens: _held(
            model, tokens, lambda s: s[:, -1].mean()
        ),
        "These are the surprises added up; the mean over all predictions is asked for.": lambda model, tokens: _held(
            model, tokens, np.sum
        ),
        "You divided by the number of texts only, not by the number of predictions.": lambda model, tokens: _held(
            model, tokens, lambda s: s.sum() / len(s)
        ),
        "You divided by the number of tokens. The first token of a text is given, not predicted.": (
            lambda model, tokens: _held(model, tokens, lambda s: s.sum() / (s.size + len(s)))
        ),
        "That is in bits. Nats have the natural logarithm.": lambda model, tokens: _held(
            model, tokens, lambda s: s.mean() / np.log(2)
        ),
        "That is the perplexity. The mean surprise itself is asked for.": lambda model, tokens: _held(
            model, tokens, lambda s: np.exp(s.mean())
        ),
        "The logarithm was taken of the mean probability. Each prediction is surprised by itself.": (
            lambda model, tokens: _held(model, tokens, lambda s: -np.log(np.exp(-s).mean()))
        ),
    },
    styles={
        "logarithm of the sum": _logsumexp,
        "place by place": _place_by_place,
        "mode put back": _put_back,
        "float32": lambda model, tokens: np.float32(_held(model, tokens)),
    },
    hints=[
        "Three things: the right mode, what it reads and what it is asked for, and the mean surprise.",
        "It reads all tokens but the last of each row, and is asked for all but the first.",
        "Switch dropout off first; then softmax along the last axis, and −ln of what was right.",
    ],
)

# 11.4 -----------------------------------------------------------------------------------------------------------------


def _ranks(p):
    """0 for the most probable of its row, 1 for the next, ..."""
    return np.argsort(np.argsort(-p, axis=1, kind="stable"), axis=1, kind="stable")


def _kept(p, keep):
    out = np.where(keep, p, 0.0)
    return out / out.sum(axis=1, keepdims=True)


def _top_k(p, k):
    return _kept(p, _ranks(p) < k)


def _no_column(p, k):
    out = np.where(_ranks(p) < k, p, 0.0)
    return out / out.sum(axis=1)


def _by_threshold(p, k):
    limit = np.sort(p, axis=1)[:, -k][:, None]
    return _kept(p, p >= limit)


def _by_rows(p, k):
    out = np.zeros(p.shape)
    for i, row in enumerate(p):
        best = np.argsort(row)[::-1][:k]
        out[i, best] = row[best] / row[best].sum()
    return out


def _by_partition(p, k):
    worst = np.argpartition(p, p.shape[1] - k, axis=1)[:, : p.shape[1] - k]
    out = p.astype(float)
    np.put_along_axis(out, worst, 0.0, axis=1)
    return out / out.sum(axis=1, keepdims=True)


top_k = Exercise(
    title="Only the k best",
    minutes=8,
    reference=lambda p, k: _top_k(p, k),
    worked=Worked(
        (np.array([[0.4, 0.05, 0.35, 0.2], [0.1, 0.6, 0.02, 0.28]]), 2),
        np.array([[8 / 15, 0.0, 7 / 15, 0.0], [0.0, 15 / 22, 0.0, 7 / 22]]),
        "of the first row 0.4 and 0.35 are kept, 0.75 together",
    ),
    cases=lambda rng: [(_probabilities(rng, n, v), k) for n, v, k in [(3, 7, 3), (5, 6, 2), (4, 9, 5)]],
    edges={
        "the best alone": (np.array([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]]), 1),
        "all are kept": (np.array([[0.1, 0.2, 0.7], [0.3, 0.45, 0.25]]), 3),
        "one row": (np.array([[0.15, 0.3, 0.05, 0.5]]), 3),
        "integers": (np.array([[0, 1, 0]]), 1),
    },
    mistakes={
        "That keeps k + 1. Sorted from the best, the places 0 to k − 1 are k tokens.": lambda p, k: _kept(
            p, _ranks(p) <= k
        ),
        "The bar is one place too low: counted from 0 and from the best, the k-th best stands at place k − 1, which "
        "is −k from the other end.": lambda p, k: _kept(p, p >= -np.sort(-p, axis=1)[:, [k]]),
        "np.sort puts the smallest first. The k-th best is the k-th from the end.": lambda p, k: _kept(
            p, p >= np.sort(p, axis=1)[:, [k]]
        ),
        "np.sort(p, axis=1)[-k] is a row of the sorted table. The bar of each row stands in a column.": lambda p, k: (
            _kept(p, p >= np.sort(p, axis=1)[-k])
        ),
        "What belongs to a row, its bar or its sum, has to stand as a column, (n, 1), to be compared with or divided "
        "into the row: [:, None] or keepdims=True.": _no_column,
        "That keeps k − 1: is the k-th best compared with > where it should stay?": lambda p, k: _kept(
            p, _ranks(p) < k - 1
        ),
        "What is left does not add up to 1: each row has to be divided by its new sum.": lambda p, k: np.where(
            _ranks(p) < k, p, 0.0
        ),
        "Those are the k least probable.": lambda p, k: _kept(p, _ranks(-p) < k),
        "Those are the first k of the vocabulary, not the k best.": lambda p, k: _kept(
            p, np.broadcast_to(np.arange(p.shape[1]) < k, p.shape)
        ),
        "The probabilities came back sorted. Each token has to stay in its place.": lambda p, k: _kept(
            -np.sort(-p, axis=1), np.broadcast_to(np.arange(p.shape[1]) < k, p.shape)
        ),
        "The kept ones are all alike now. They keep their odds against each other.": lambda p, k: (
            (_ranks(p) < k) / min(k, p.shape[1])
        ),
        "You divided by the sums of the columns. Each row is a forecast of its own.": lambda p, k: (
            np.where(_ranks(p) < k, p, 0.0) / np.where(_ranks(p) < k, p, 0.0).sum(axis=0)
        ),
        "You divided by the sum of the whole table. Each row has to add up to 1.": lambda p, k: (
            np.where(_ranks(p) < k, p, 0.0) / np.where(_ranks(p) < k, p, 0.0).sum()
        ),
        "Softmax was taken of probabilities. They are probabilities already: set some to zero and divide by what is "
        "left.": lambda p, k: _kept(np.exp(p), _ranks(p) < k),
        "Softmax makes no zeros: e to the 0 is 1, so those that were cut off are back. Divide by what is left.": (
            lambda p, k: _softmax(np.where(_ranks(p) < k, p, 0.0))
        ),
        "The k best of the whole table were kept. Each row has its own k best.": lambda p, k: _kept(
            p, p >= np.sort(p, axis=None)[-k]
        ),
        "The columns were sorted. Each row has its own k best: axis=1.": lambda p, k: _kept(
            p, p >= np.sort(p, axis=0)[-k]
        ),
        "np.argsort says which token comes at each place of the order, not how many-th each token is. Used twice, it "
        "says that.": lambda p, k: _kept(p, np.argsort(-p, axis=1) < k),
        "The k best were removed and the others kept.": lambda p, k: _kept(p, _ranks(p) >= k),
        "p[:, order] opens the best of one row in all rows. np.take_along_axis, or a loop over the rows, keeps them "
        "apart.": lambda p, k: _kept(p, (_ranks(p) < k).any(axis=0)),
        "The dropped ones are gone from the table. They stay in their places, with probability 0.": lambda p, k: (
            np.sort(p, axis=1)[:, ::-1][:, :k] / np.sort(p, axis=1)[:, -k:].sum(axis=1, keepdims=True)
        ),
        "What was cut off went to the best alone. Divide all that are left by their sum.": lambda p, k: (
            np.where(_ranks(p) == 0, p + 1 - np.where(_ranks(p) < k, p, 0.0).sum(axis=1, keepdims=True), _ranks(p) < k)
            * np.where((_ranks(p) < k) & (_ranks(p) > 0), p, 1.0)
        ),
    },
    styles={
        "threshold": _by_threshold,
        "row by row": _by_rows,
        "partition": _by_partition,
        "float32": lambda p, k: _top_k(p, k).astype(np.float32),
    },
    hints=[
        "How large is the k-th largest number of a row? np.sort along axis 1 puts it k places from the end.",
        "Set what lies below it to zero, and divide each row by its sum, which has to stand as a column.",
    ],
)

# 11.5 -----------------------------------------------------------------------------------------------------------------


def _before(p):
    """What the better ones of its row have together, for each token in its own place."""
    order = np.argsort(-p, axis=1, kind="stable")
    ahead = np.cumsum(np.take_along_axis(p, order, axis=1), axis=1) - np.take_along_axis(p, order, axis=1)
    out = np.empty(p.shape)
    np.put_along_axis(out, order, ahead, axis=1)
    return out


def _top_p(p, share):
    return _kept(p, _before(p) < share)


def _dropped_line(p, share, least=0, reached=True):
    total = _before(p) + p
    return _kept(p, (total <= share if reached else total < share) | (_ranks(p) < least))


def _twice_ordered(p, share):
    order = np.argsort(-p, axis=1, kind="stable")
    ranked = np.take_along_axis(p, order, axis=1)
    kept = _kept(ranked, np.cumsum(ranked, axis=1) - ranked < share)
    return np.take_along_axis(kept, order, axis=1)


def _sorted_only(p, share):
    ranked = -np.sort(-p, axis=1)
    return _kept(ranked, np.cumsum(ranked, axis=1) - ranked < share)


def _order(p):
    return np.argsort(-p, axis=1, kind="stable")


def _never_reset(p, share):
    out, total = np.zeros(p.shape), 0.0
    for i, row in enumerate(p):
        for token in np.argsort(-row, kind="stable"):
            out[i, token] = row[token]
            total += row[token]
            if total >= share:
                break
    return out / out.sum(axis=1, keepdims=True)


def _p_by_rows(p, share):
    out = np.zeros(p.shape)
    for i, row in enumerate(p):
        total = 0.0
        for token in sorted(range(len(row)), key=lambda t: -row[t]):
            out[i, token] = row[token]
            total += row[token]
            if total >= share:
                break
    return out / out.sum(axis=1, keepdims=True)


def _p_by_search(p, share):
    out = np.zeros(p.shape)
    for i, row in enumerate(p):
        order = np.argsort(-row)
        count = min(np.searchsorted(np.cumsum(row[order]), share) + 1, len(row))
        out[i, order[:count]] = row[order[:count]]
    return out / out.sum(axis=1, keepdims=True)


def _p_by_inverse(p, share):
    order = np.argsort(-p, axis=1)
    ranked = np.take_along_axis(p, order, axis=1).astype(float)
    ranked[np.cumsum(ranked, axis=1) - ranked >= share] = 0
    back = np.argsort(order, axis=1)
    return np.take_along_axis(ranked / ranked.sum(axis=1, keepdims=True), back, axis=1)


top_p = Exercise(
    title="The best that reach p",
    minutes=10,
    reference=lambda p, share: _top_p(p, share),
    worked=Worked(
        (np.array([[0.3, 0.2, 0.5], [0.15, 0.8, 0.05]]), 0.7),
        np.array([[3 / 8, 0.0, 5 / 8], [0.0, 1.0, 0.0]]),
        "0.5 is not 0.7 yet, 0.5 and 0.3 are; in the second row 0.8 alone is enough",
    ),
    cases=lambda rng: [(_probabilities(rng, n, v), s) for n, v, s in [(3, 7, 0.6), (6, 5, 0.83), (4, 9, 0.35)]],
    edges={
        "one row": (np.array([[0.24, 0.31, 0.05, 0.4]]), 0.9),
        "all are needed": (np.array([[0.31, 0.33, 0.36], [0.21, 0.3, 0.49]]), 0.99),
        "a share that is met exactly": (np.array([[2, 4, 1, 8, 1], [3, 2, 9, 1, 1]]) / 16, 0.75),
        "integers": (np.array([[0, 0, 1, 0]]), 0.5),
    },
    mistakes={
        "The first one over the line was dropped. It is needed to reach p; without it the rest falls short, and where "
        "the best alone is over the line, nothing is left.": _dropped_line,
        "The one that crosses the line was dropped, except where it stands first. It always belongs to those that "
        "reach p.": lambda p, share: _dropped_line(p, share, 1),
        "Only those whose running sum is below p were kept. The one with which it reaches p belongs to them; where the "
        "best alone is over the line, nothing is left.": lambda p, share: _dropped_line(p, share, reached=False),
        "Besides the best, only those whose running sum is below p were kept. The one with which it reaches p belongs "
        "to them too.": lambda p, share: _dropped_line(p, share, 1, reached=False),
        "Where the running sum is exactly p, p is reached: the next one is not needed any more.": lambda p, share: (
            _kept(p, _before(p) <= share)
        ),
        "You kept those from the line on, the tail. Those before the line, and the one that crosses it, are the "
        "best.": lambda p, share: _kept(p, _before(p) + p >= share),
        "Which places are kept was found in the sorted row and used in the unsorted one.": lambda p, share: _kept(
            p, np.cumsum(-np.sort(-p, axis=1), axis=1) + np.sort(-p, axis=1) < share
        ),
        "That is a share of the tokens. It is a share of the probability, and may be one token or nearly all.": (
            lambda p, share: _kept(p, _ranks(p) < np.ceil(share * p.shape[1]))
        ),
        "You divided by p. What is left together is more than that, because of the one that crosses the line.": (
            lambda p, share: np.where(_before(p) < share, p, 0.0) / share
        ),
        "You divided by the sum of the whole table. Each row has to add up to 1.": lambda p, share: (
            np.where(_before(p) < share, p, 0.0) / np.where(_before(p) < share, p, 0.0).sum()
        ),
        "The running sum goes on from one row to the next. It starts from 0 in each row.": _never_reset,
        "All rows were put in the order of the first. Each has its own.": lambda p, share: _kept(
            p, (np.cumsum(p[:, _order(p)[0]], axis=1) - p[:, _order(p)[0]] < share)[:, np.argsort(_order(p)[0])]
        ),
        "One too many: the token after the one that crosses the line is not needed any more.": lambda p, share: _kept(
            p,
            _before(p) - np.where(_ranks(p) > 0, _last_before(p), 0.0) < share,
        ),
        "What is left does not add up to 1: divide each row by its new sum.": lambda p, share: np.where(
            _before(p) < share, p, 0.0
        ),
        "The running sum followed the vocabulary. Sort first: the best have to come first.": lambda p, share: _kept(
            p, np.cumsum(p, axis=1) - p < share
        ),
        "You began with the least probable.": lambda p, share: _kept(p, _before_worst(p) < share),
        "Each probability was compared with p by itself. It is their running sum, from the best on, that has to reach "
        "p.": lambda p, share: _kept(p, p >= share),
        "Tokens that are smaller than 1 − p were dropped one by one. It is what they have together that counts.": (
            lambda p, share: _kept(p, p >= 1 - share)
        ),
        "You compared with a share of the best one's probability. That is another rule; here the kept ones together "
        "have to reach p.": lambda p, share: _kept(p, p >= share * p.max(axis=1, keepdims=True)),
        "The probabilities came back sorted. Each token has to stay in its place.": _sorted_only,
        "They went back to the wrong places: sorting is undone by the inverse order, np.argsort of the order, or by "
        "writing to out[order].": _twice_ordered,
        "The running sum went down the columns. Each row is a forecast of its own.": lambda p, share: _kept(
            p, np.cumsum(p, axis=0) - p < share
        ),
        "The kept ones are all alike now. They keep their odds against each other.": lambda p, share: (
            (_before(p) < share) / (_before(p) < share).sum(axis=1, keepdims=True)
        ),
    },
    styles={
        "walk": _p_by_rows,
        "searchsorted": _p_by_search,
        "inverse order": _p_by_inverse,
        "float32": lambda p, share: _top_p(p, share).astype(np.float32),
    },
    hints=[
        "Put a row in order from the best on. After how many of them is the running sum at p?",
        "A token stays if those before it have less than p together: running sum minus its own probability.",
        "Write the kept ones back to the places where they came from, then divide by the sum.",
    ],
)


def _last_before(p):
    """The probability of the next better one of its row; 0 for the best."""
    order = np.argsort(-p, axis=1, kind="stable")
    ranked = np.take_along_axis(p, order, axis=1)
    out = np.empty(p.shape)
    np.put_along_axis(out, order, np.pad(ranked, ((0, 0), (1, 0)))[:, :-1], axis=1)
    return out


def _before_worst(p):
    order = np.argsort(p, axis=1, kind="stable")
    ranked = np.take_along_axis(p, order, axis=1)
    out = np.empty(p.shape)
    np.put_along_axis(out, order, np.cumsum(ranked, axis=1) - ranked, axis=1)
    return out


# 11.6 -----------------------------------------------------------------------------------------------------------------


def _darts(p, u):
    return np.minimum((np.cumsum(p, axis=1) <= np.reshape(u, (-1, 1))).sum(axis=1), p.shape[1] - 1)


def _choose(z, temperature, k, u):
    p = _softmax(np.asarray(z) / temperature)
    return _darts(_top_k(p, k), u)


def _ranked_choice(z, temperature, k, u, back):
    order = np.argsort(-z, axis=1, kind="stable")
    p = _softmax(np.take_along_axis(z, order, axis=1) / temperature)
    place = _darts(_top_k(p, k), u)
    return np.take_along_axis(order, place[:, None], axis=1)[:, 0] if back else place


def _zeroed(z, temperature, k, u):
    return _darts(_softmax(np.where(_ranks(z) < k, z, 0.0) / temperature), u)


def _infinite(z, temperature, k, u):
    return _darts(_softmax(np.where(_ranks(z) < k, z, -np.inf) / temperature), u)


def _one_by_one(z, temperature, k, u):
    drawn = []
    for row, dart in zip(z, u, strict=True):
        best = np.sort(np.argsort(-row)[:k])
        p = _softmax(row[best] / temperature)
        drawn.append(best[min(np.searchsorted(np.cumsum(p), dart, side="right"), k - 1)])
    return np.array(drawn)


choose = Exercise(
    title="Choose the next token",
    minutes=10,
    reference=lambda z, temperature, k, u: _choose(z, temperature, k, u),
    worked=Worked(
        (np.log([[1.0, 2.0, 3.0], [4.0, 1.0, 2.0], [1.0, 3.0, 2.0]]), 0.5, 2, np.array([0.3, 0.75, 0.9])),
        np.array([1, 0, 2]),
        "at temperature 1/2 the odds are squared, 1 : 4 : 9, and of these 4/13 and 9/13 are left",
    ),
    cases=lambda rng: [
        (1.5 * rng.normal(size=(n, v)), temperature, k, rng.random(n))
        for n, v, temperature, k in [(40, 7, 0.6, 4), (30, 5, 2.0, 3), (35, 8, 1.3, 5)]
    ],
    edges={
        "one row": (np.array([[0.3, 2.0, 1.1, 0.4]]), 1.5, 2, np.array([0.1])),
        "integers": (np.array([[3, 1, 2], [0, 2, 1], [5, 9, 4]]), 1.0, 1, np.array([0, 0, 0])),
        "large logits": (np.array([[900.0, 901.0, 700.0], [-800.0, -802.0, -801.0]]), 0.5, 2, np.array([0.6, 0.95])),
    },
    mistakes={
        "That is always the most probable token. The dart u decides, or the text goes round in circles.": (
            lambda z, t, k, u: np.argmax(z, axis=1)
        ),
        "The temperature was multiplied. Logits are divided by it, so that a low one makes the model bold.": (
            lambda z, t, k, u: _choose(np.asarray(z), 1 / t, k, u)
        ),
        "The temperature has no effect. Probabilities that are divided by it and made to add up to 1 again are the "
        "same as before: it belongs to the logits.": lambda z, t, k, u: _choose(z, 1.0, k, u),
        "All tokens can still be drawn: k is not used.": lambda z, t, k, u: _darts(_softmax(z / t), u),
        "Among k + 1 tokens was chosen. Sorted from the best, the places 0 to k − 1 are k tokens.": (
            lambda z, t, k, u: _choose(z, t, k + 1, u)
        ),
        "A piece that ends exactly at the dart has ended. With < a dart of 0 draws a token of probability 0, if it is "
        "the first.": lambda z, t, k, u: (np.cumsum(_top_k(_softmax(z / t), k), axis=1) < np.reshape(u, (-1, 1))).sum(
            axis=1
        ),
        "Among k − 1 tokens was chosen: is the k-th best compared with > where it should stay?": lambda z, t, k, u: (
            _darts(_kept(_softmax(z / t), _ranks(z) < k - 1), u)
        ),
        "One too low. If two pieces end before the dart, those of tokens 0 and 1, it is in that of token 2.": (
            lambda z, t, k, u: _choose(z, t, k, u) - 1
        ),
        "Softmax was taken a second time, of probabilities. After cutting, divide by what is left.": (
            lambda z, t, k, u: _darts(_softmax(np.where(_ranks(z) < k, _top_k(_softmax(z / t), k), -np.inf)), u)
        ),
        "Each row has a dart of its own: to be compared with the rows, the darts stand as a column, u[:, None].": (
            lambda z, t, k, u: (np.cumsum(_top_k(_softmax(z / t), k), axis=1) <= u).sum(axis=1)
        ),
        "That is the probability of the chosen token. Its number is asked for.": lambda z, t, k, u: _top_k(
            _softmax(z / t), k
        )[np.arange(len(z)), _choose(z, t, k, u)],
        "Where the others were cut off, the pieces no longer reach from 0 to 1, and some darts fly past: divide by "
        "what is left.": lambda z, t, k, u: _darts(np.where(_ranks(z) < k, _softmax(z / t), 0.0), u),
        "Your number says the how many-th best it is. Which token is that?": lambda z, t, k, u: _ranked_choice(
            z, t, k, u, False
        ),
        "The pieces were laid in the order of their size. That draws fairly too, but the task lays them in the order "
        "of the tokens' numbers.": lambda z, t, k, u: _ranked_choice(z, t, k, u, True),
        "The logits of those that are out were set to 0. e to the 0 is 1, so they are not out at all. Minus infinity "
        "would do it.": _zeroed,
        "The k best are all equally probable here. They keep their odds.": lambda z, t, k, u: _darts(
            (_ranks(z) < k) / min(k, z.shape[1]), u
        ),
        "The first dart was thrown at every row. Each has its own.": lambda z, t, k, u: _choose(
            z, t, k, np.full(len(z), u[0])
        ),
        "The k worst were kept.": lambda z, t, k, u: _darts(_kept(_softmax(z / t), _ranks(-z) < k), u),
    },
    styles={
        "minus infinity": _infinite,
        "one by one": _one_by_one,
        "top-k first": lambda z, t, k, u: _darts(_top_k(_softmax(z / t), k), u).astype(float),
        "argmax of the first end beyond": lambda z, t, k, u: (
            np.cumsum(_top_k(_softmax(z / t), k), axis=1) > u[:, None]
        ).argmax(axis=1),
    },
    hints=[
        "Four steps in this order: divide by the temperature, softmax, keep the k best, throw the dart.",
        "After cutting, the k probabilities have to add up to 1 again before the dart is thrown.",
        "How many pieces end at or before the dart? np.cumsum says where they end.",
    ],
)

# 11.7 -----------------------------------------------------------------------------------------------------------------


def _append(old, new):
    return np.concatenate([old, new[:, None]], axis=1)


def _look(q, keys, values, scale=None, axis=-1):
    """q (n, d), keys and values (n, s, d) → (n, d)."""
    scores = np.einsum("nd,nsd->ns", q, keys) / (np.sqrt(q.shape[1]) if scale is None else scale)
    return np.einsum("ns,nsd->nd", _softmax(scores, axis), values)


def _step(q, k, v, keys, values):
    keys, values = _append(keys, k), _append(values, v)
    return _look(q, keys, values), keys, values


def _step_looking(look):
    """A step that keeps the cache as it should and gathers in another way: look(q, k, v, keys, values)."""

    def step(q, k, v, keys, values):
        more = _append(keys, k), _append(values, v)
        return (look(q, k, v, *more), *more)

    return step


def _past_only(q, k, v, keys, values):
    return _look(q, keys, values), _append(keys, k), _append(values, v)


def _past_or_nothing(q, k, v, keys, values):
    gathered = _look(q, keys, values) if keys.shape[1] else np.zeros(np.shape(v))
    return gathered, _append(keys, k), _append(values, v)


def _axis_in_front(q, k, v, keys, values):
    more = np.concatenate([keys, k[None]], axis=1), np.concatenate([values, v[None]], axis=1)
    return (_look(q, *more), *more)


def _no_axis(q, k, v, keys, values):
    more = np.concatenate([keys, k], axis=1), np.concatenate([values, v], axis=1)
    return (_look(q, *more), *more)


def _in_front(q, k, v, keys, values):
    more = np.concatenate([k[:, None], keys], axis=1), np.concatenate([v[:, None], values], axis=1)
    return (_look(q, *more), *more)


def _replaced(q, k, v, keys, values):
    more = _append(keys[:, 1:], k), _append(values[:, 1:], v)
    return (_look(q, *more), *more)


def _storing(key, value):
    """A step that puts something else into the cache."""

    def step(q, k, v, keys, values):
        more = _append(keys, key(q, k, v)), _append(values, value(q, k, v))
        return (_look(q, *more), *more)

    return step


def _step_by_matmul(q, k, v, keys, values):
    keys, values = np.concatenate((keys, k[:, None, :]), 1), np.concatenate((values, v[:, None, :]), 1)
    scores = q[:, None, :] @ keys.transpose(0, 2, 1) / q.shape[1] ** 0.5
    return (_softmax(scores) @ values)[:, 0], keys, values


def _step_by_loop(q, k, v, keys, values):
    keys, values = _append(keys, k), _append(values, v)
    out = [_softmax(b @ a / np.sqrt(len(a))) @ c for a, b, c in zip(q, keys, values, strict=True)]
    return np.array(out), keys, values


def _step_by_sum(q, k, v, keys, values):
    keys, values = np.append(keys, k[:, None], axis=1), np.append(values, v[:, None], axis=1)
    weights = _softmax((q[:, None] * keys).sum(axis=2) / np.sqrt(q.shape[-1]))
    return (weights[:, :, None] * values).sum(axis=1), keys, values


def _five(rng, n, s, d):
    shapes = [(n, d)] * 3 + [(n, s, d)] * 2
    return tuple(1.5 * rng.normal(size=shape) for shape in shapes)


cached_attention = Exercise(
    title="One step with a cache",
    minutes=15,
    reference=lambda q, k, v, keys, values: _step(q, k, v, keys, values),
    worked=Worked(
        (
            np.array([[2 * np.log(2), 0.0, 0.0, 0.0]]),
            np.array([[1.0, 0.0, 0.0, 1.0]]),
            np.array([[3.0, 6.0, 0.0, 9.0]]),
            np.array([[[0.0, 1.0, 0.0, 0.0]]]),
            np.array([[[0.0, 3.0, 6.0, 3.0]]]),
        ),
        (
            np.array([[2.0, 5.0, 2.0, 7.0]]),
            np.array([[[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 1.0]]]),
            np.array([[[0.0, 3.0, 6.0, 3.0], [3.0, 6.0, 0.0, 9.0]]]),
        ),
        "scores 0 and 2 ln 2, divided by √4: 0 and ln 2; so one third of the old value and two thirds of the new",
    ),
    cases=lambda rng: [_five(rng, n, s, d) for n, s, d in [(2, 3, 5), (3, 5, 4), (4, 2, 3)]],
    edges={
        "nothing seen yet": _five(np.random.default_rng(11), 2, 0, 3),
        "one sequence": _five(np.random.default_rng(12), 1, 4, 2),
        "integers": tuple(
            np.array(a)
            for a in ([[1, 2, 0]], [[0, 1, 1]], [[4, 0, 2]], [[[1, 0, 0], [0, 2, 1]]], [[[5, 5, 1], [0, 1, 3]]])
        ),
    },
    mistakes={
        "The new place does not look at itself: its own key and value belong to what it looks at.": _past_only,
        "The new place looks only at what was before it, and at nothing if nothing was. It looks at itself too.": (
            _past_or_nothing
        ),
        "A new key has shape (n, d). To stand behind keys, (n, s, d), it needs an axis of places: k[:, None].": (
            _no_axis
        ),
        "k[None] makes n places of one sequence. The new axis is that of places, in the middle: k[:, None].": (
            _axis_in_front
        ),
        "Softmax went over all numbers of the table. The weights of each sequence add up to 1.": _step_looking(
            lambda q, k, v, keys, values: _look(q, keys, values, axis=None)
        ),
        "The caches came back in the wrong order: first the keys, then the values.": lambda q, k, v, keys, values: (
            _step(q, k, v, keys, values)[0],
            _append(values, v),
            _append(keys, k),
        ),
        "A mask for whole texts hides all places but the first from its first row. Here nothing has to be hidden: all "
        "that the caches hold came before.": _step_looking(lambda q, k, v, keys, values: values[:, 0] * 1.0),
        "The result was divided by √d. It is the scores that are, before the softmax.": (
            _step_looking(lambda q, k, v, keys, values: _look(q, keys, values, 1.0) / np.sqrt(q.shape[1]))
        ),
        "The new key and value stand in front of the older ones. The cache keeps the order of the text.": _in_front,
        "The oldest place was thrown out. The cache grows by one place.": _replaced,
        "The scores are not divided by √d.": _step_looking(lambda q, k, v, keys, values: _look(q, keys, values, 1.0)),
        "The scores are divided by d. Their spread grows only like its root.": _step_looking(
            lambda q, k, v, keys, values: _look(q, keys, values, q.shape[1])
        ),
        "The scores are divided by the root of the number of places. It is the width of a key that makes them "
        "large.": _step_looking(lambda q, k, v, keys, values: _look(q, keys, values, np.sqrt(keys.shape[1]))),
        "Softmax went over the sequences of the batch. Each shares its attention out over its own places.": (
            _step_looking(lambda q, k, v, keys, values: _look(q, keys, values, axis=0))
        ),
        "There is no softmax: the weights of the places have to add up to 1.": _step_looking(
            lambda q, k, v, keys, values: np.einsum(
                "ns,nsd->nd", np.einsum("nd,nsd->ns", q, keys) / np.sqrt(q.shape[1]), values
            )
        ),
        "All places count alike here: the query is not used.": _step_looking(
            lambda q, k, v, keys, values: values.mean(axis=1)
        ),
        "Keys were gathered. Keys say where to look, values are what is fetched.": _step_looking(
            lambda q, k, v, keys, values: _look(q, keys, keys)
        ),
        "The query went into the cache in place of the key. A query is used once, at its own place.": _storing(
            lambda q, k, v: q, lambda q, k, v: v
        ),
        "The key went into both caches. The values want the value.": _storing(lambda q, k, v: k, lambda q, k, v: k),
        "What you return as caches are the old ones: the next step would not see this place.": (
            lambda q, k, v, keys, values: (_step(q, k, v, keys, values)[0], keys, values)
        ),
        "Every sequence looked at the first one's places. Each has a cache of its own.": _step_looking(
            lambda q, k, v, keys, values: _look(
                q, np.broadcast_to(keys[:1], keys.shape), np.broadcast_to(values[:1], values.shape)
            )
        ),
    },
    styles={
        "matmul": _step_by_matmul,
        "loop": _step_by_loop,
        "sums": _step_by_sum,
        "float32": lambda q, k, v, keys, values: tuple(a.astype(np.float32) for a in _step(q, k, v, keys, values)),
    },
    hints=[
        "First the caches: the new key and value are put behind the old ones, along the axis of places.",
        "k[:, None] has shape (n, 1, d) and fits behind keys (n, s, d) with np.concatenate along axis 1.",
        "Then attention of one query: scores (n, s + 1), softmax along the places, a weighted sum of the values.",
    ],
)

# 11.8 -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reader:
    """A model as a function: reads tokens (t,), t at most ``size``, and gives scores (v,)."""

    size: int
    v: int

    def __call__(self, tokens):
        """Scores of what comes next; they depend on every token and its place."""
        tokens = np.asarray(tokens)
        if not 1 <= len(tokens) <= self.size:
            raise ValueError(f"this model reads 1 to {self.size} tokens and got {len(tokens)}.")
        angle = np.outer(1.3 * tokens + 0.7 * np.arange(len(tokens)) + 0.4, np.arange(1, self.v + 1))
        return 2.5 * np.sin(angle).mean(axis=0)

    def __repr__(self):
        return f"<a model that reads {self.size} tokens>"


def _drawn(z, u):
    return int(min((np.cumsum(_softmax(z)) <= u).sum(), len(z) - 1))


def _write(scores, start, darts, size, see=None, pick=_drawn, feed=True):
    text, see = [int(t) for t in start], see or (lambda text: text[-size:])
    for dart in darts:
        text.append(pick(scores(np.array(see(text if feed else text[: len(start)]))), dart))
    return np.array(text)


def _write_array(scores, start, darts, size):
    text = np.asarray(start, dtype=int)
    for dart in darts:
        text = np.append(text, _drawn(scores(text[-size:]), dart))
    return text


def _write_ahead(scores, start, darts, size):
    text = np.zeros(len(start) + len(darts), dtype=int)
    text[: len(start)] = start
    for i in range(len(start), len(text)):
        text[i] = _drawn(scores(text[max(0, i - size) : i]), darts[i - len(start)])
    return text


def _write_recursive(scores, start, darts, size):
    if not len(darts):
        return np.array(start)
    more = np.append(start, _drawn(scores(np.asarray(start)[-size:]), darts[0]))
    return _write_recursive(scores, more, darts[1:], size)


def _prepend(scores, start, darts, size):
    text = [int(t) for t in start]
    for dart in darts:
        text.insert(0, _drawn(scores(np.array(text[:size])), dart))
    return np.array(text)


def _truncating(scores, start, darts, size):
    text = [int(t) for t in start]
    for dart in darts:
        text = text[-size:]
        text.append(_drawn(scores(np.array(text)), dart))
    return np.array(text)


_WORKED_READER = Reader(3, 2)

write = Exercise(
    title="Write on",
    minutes=10,
    reference=lambda scores, start, darts, size: _write(scores, start, darts, size),
    worked=Worked(
        (_WORKED_READER, np.array([1, 0]), np.array([0.0, 0.999, 0.999]), 3),
        np.array([1, 0, 0, 1, 1]),
        "a dart of nearly 0 draws token 0, one of nearly 1 the last, token 1, whatever the scores",
    ),
    cases=lambda rng: [
        (Reader(size, v), rng.integers(0, v, t), rng.random(12), size)
        for size, v, t in [(4, 6, 2), (5, 9, 7), (3, 7, 3)]
    ],
    edges={
        "one token to begin with": (Reader(4, 5), np.array([3]), np.array([0.2, 0.9, 0.5, 0.7, 0.1, 0.6, 0.35]), 4),
        "integers": (Reader(3, 4), np.array([3, 1]), np.array([0, 0, 0, 0]), 3),
        "it sees one token": (Reader(1, 6), np.array([2, 5]), np.array([0.8, 0.45, 0.3, 0.65, 0.15]), 1),
    },
    mistakes={
        "The whole text was given to the model, more than it can read. Give it the last `size` tokens.": (
            lambda scores, start, darts, size: _write(scores, start, darts, size, lambda text: text)
        ),
        "The model was shown the first `size` tokens again and again. What counts are the last ones.": (
            lambda scores, start, darts, size: _write(scores, start, darts, size, lambda text: text[:size])
        ),
        "The model was shown the last token only. It can read `size` of them.": (
            lambda scores, start, darts, size: _write(scores, start, darts, size, lambda text: text[-1:])
        ),
        "It could read one token more.": lambda scores, start, darts, size: _write(
            scores, start, darts, size, lambda text: text[-size + 1 :]
        ),
        "That is one token more than it reads: text[-size:] are the last `size`.": lambda scores, start, darts, size: (
            _write(scores, start, darts, size, lambda text: text[-size - 1 :])
        ),
        "While the text is shorter than `size`, len(text) − size is below 0 and counts from the end. text[-size:] "
        "gives all there is.": lambda scores, start, darts, size: _write(
            scores, start, darts, size, lambda text: text[len(text) - size :]
        ),
        "`draw` takes scores and does the softmax itself. A second one before it makes the tokens nearly alike.": (
            lambda scores, start, darts, size: _write(
                scores, start, darts, size, pick=lambda z, u: _drawn(_softmax(z), u)
            )
        ),
        "There is one new token only: does `return` stand inside the loop?": lambda scores, start, darts, size: _write(
            scores, start, darts[:1], size
        ),
        "The beginning was cut to what the model sees. The text keeps all of it.": lambda scores, start, darts, size: (
            _write(scores, start[-size:], darts, size)
        ),
        "You always took the most probable token. The darts decide.": lambda scores, start, darts, size: _write(
            scores, start, darts, size, pick=lambda z, u: int(np.argmax(z))
        ),
        "What is drawn is never read: it has to stand in the text before the next token is drawn.": (
            lambda scores, start, darts, size: _write(scores, start, darts, size, feed=False)
        ),
        "The first dart was thrown every time. Each token has its own.": lambda scores, start, darts, size: _write(
            scores, start, np.full(len(darts), darts[0]), size
        ),
        "The beginning is missing: return it with what was added.": lambda scores, start, darts, size: _write(
            scores, start, darts, size
        )[len(start) :],
        "One token is missing at the end: there is one for each dart.": lambda scores, start, darts, size: _write(
            scores, start, darts[:-1], size
        ),
        "New tokens were put in front. They go behind.": _prepend,
        "The old tokens were thrown away with each step. The model reads only the last ones, but the text keeps all.": (
            _truncating
        ),
        "The darts were thrown in reverse order.": lambda scores, start, darts, size: _write(
            scores, start, darts[::-1], size
        ),
    },
    styles={
        "append": _write_array,
        "room for all": _write_ahead,
        "recursion": _write_recursive,
        "floats": lambda scores, start, darts, size: _write(scores, start, darts, size).astype(float),
    },
    hints=[
        "A loop over the darts: look at the last tokens, get scores, draw, put the new token behind.",
        "text[-size:] are the last `size` tokens, or all of them while there are fewer.",
    ],
)

# 11.9 -----------------------------------------------------------------------------------------------------------------


def _place(width, looks):
    return 12 * width**2 + 2 * looks * width


def _costs(n, width, place=_place):
    steps = range(1, n + 1)
    return sum(t * place(width, t) for t in steps), sum(place(width, t) for t in steps)


def _closed(n, width):
    e, ones, twos, threes = width, n, n * (n + 1) // 2, n * (n + 1) * (2 * n + 1) // 6
    return 12 * e * e * twos + 2 * e * threes, 12 * e * e * ones + 2 * e * twos


costs = Exercise(
    title="What the cache saves",
    level="stretch",
    minutes=10,
    reference=lambda n, width: _costs(n, width),
    worked=Worked(
        (2, 10), (3700, 2460), "the first token costs 1,220 either way; the second 2 · 1,240 without and 1,240 with it"
    ),
    cases=lambda rng: [(5, 8), (17, 12), (40, 6)],
    edges={"one token": (1, 4), "longer than wide": (100, 2)},
    mistakes={
        "That is the last token alone. Add up over all tokens that are written.": lambda n, width: (
            n * _place(width, n),
            _place(width, n),
        ),
        "With the cache, token t looks at t places, not at all n: the later ones are not written yet.": (
            lambda n, width: (_costs(n, width)[0], n * _place(width, n))
        ),
        "Without the cache the text so far is computed anew for each token. That is one pass over the whole text.": (
            lambda n, width: (n * _place(width, n), _costs(n, width)[1])
        ),
        "Looking costs twice per place: once for the score, once to fetch the value.": lambda n, width: _costs(
            n, width, lambda e, t: 12 * e**2 + t * e
        ),
        "Counting began at 0: the first token is computed too, and looks at itself.": lambda n, width: (
            sum(t * _place(width, t) for t in range(n)),
            sum(_place(width, t) for t in range(n)),
        ),
        "The last token is missing: range(1, n) ends before n.": lambda n, width: _costs(n - 1, width),
        "Without the cache each of the t places that are computed looks at t places, not one of them alone.": (
            lambda n, width: (
                sum(12 * t * width**2 + 2 * t * width for t in range(1, n + 1)),
                _costs(n, width)[1],
            )
        ),
        "With the cache the new place looks at all t places, not at itself alone.": lambda n, width: (
            _costs(n, width)[0],
            n * _place(width, 1),
        ),
        "The second number is what the cache saves. What is left of the cost is asked for.": lambda n, width: (
            _costs(n, width)[0],
            _costs(n, width)[0] - _costs(n, width)[1],
        ),
        "The width is not squared: a matrix of width rows and width columns has width² multiply-adds for each place.": (
            lambda n, width: _costs(n, width, lambda e, t: 12 * e + 2 * t * e)
        ),
        "The attention over the places is missing.": lambda n, width: _costs(n, width, lambda e, t: 12 * e**2),
        "The matrices of the block are missing.": lambda n, width: _costs(n, width, lambda e, t: 2 * t * e),
        "Only the attention's four matrices were counted; the MLP has eight times width² more.": (
            lambda n, width: _costs(n, width, lambda e, t: 4 * e**2 + 2 * t * e)
        ),
        "Looking is free in your count with the cache. What is kept still has to be looked at.": lambda n, width: (
            _costs(n, width)[0],
            12 * width**2 * n,
        ),
        "You spared the masked half of the scores. The lecture's block computes it and throws it away, so that every "
        "place costs t.": lambda n, width: (
            sum(sum(_place(width, s) for s in range(1, t + 1)) for t in range(1, n + 1)),
            _costs(n, width)[1],
        ),
    },
    styles={
        "closed": _closed,
        "arrays": lambda n, width: tuple(
            int((w * (12 * width**2 + 2 * width * np.arange(1, n + 1))).sum()) for w in (np.arange(1, n + 1), 1)
        ),
        "loop": lambda n, width: _by_loop(n, width),
        "floats": lambda n, width: tuple(float(c) for c in _costs(n, width)),
    },
    hints=[
        "Write down the cost of token number t: with the cache one place is computed, without it t places.",
        "Each place that is computed costs 12·width² for the matrices and 2·t·width for looking at t places.",
    ],
)


def _by_loop(n, width):
    without = kept = 0
    for t in range(1, n + 1):
        one = 12 * width * width + 2 * t * width
        without, kept = without + t * one, kept + one
    return without, kept


# 11.10 ----------------------------------------------------------------------------------------------------------------


def _longest(written, text, most=None):
    for size in range(len(written) if most is None else most, 0, -1):
        if any(written[i : i + size] in text for i in range(len(written) - size + 1)):
            return size
    return 0


def _table_of_ends(written, text):
    best, row = 0, [0] * (len(text) + 1)
    for a in written:
        row = [0, *(row[j] + 1 if a == b else 0 for j, b in enumerate(text))]
        best = max(best, *row)
    return best


def _sliding(written, text):
    start = best = 0
    for end in range(1, len(written) + 1):
        while written[start:end] not in text:
            start += 1
        best = max(best, end - start)
    return best


def _subsequence(written, text):
    rows = np.zeros((len(written) + 1, len(text) + 1), dtype=int)
    for i, a in enumerate(written):
        for j, b in enumerate(text):
            rows[i + 1, j + 1] = rows[i, j] + 1 if a == b else max(rows[i, j + 1], rows[i + 1, j])
    return int(rows[-1, -1])


def _same_places(written, text):
    best = run = 0
    for a, b in zip(written, text, strict=False):
        run = run + 1 if a == b else 0
        best = max(best, run)
    return best


def _from_the_start(written, text):
    return max((n for n in range(len(written) + 1) if written[:n] in text), default=0)


def _run(written, text, start):
    """Length of the longest piece that begins at this place."""
    return max((n for n in range(len(written) - start + 1) if written[start : start + n] in text), default=0)


def _first_found(written, text):
    return next((n for start in range(len(written)) if (n := _run(written, text, start))), 0)


def _behind_each(written, text):
    best = start = 0
    while start < len(written):
        n = _run(written, text, start)
        best, start = max(best, n), start + max(n, 1)
    return best


def _letters(rng, n):
    return "".join(rng.choice(list("abC "), n, p=[0.4, 0.3, 0.15, 0.15]))


longest_copy = Exercise(
    title="The longest copy",
    level="stretch",
    minutes=12,
    reference=lambda written, text: _longest(written, text),
    worked=Worked(("my dear hart", "a dear heart"), 7, "the seven characters of “ dear h”, with both spaces"),
    cases=lambda rng: [(_letters(rng, 25), _letters(rng, 60)), ("x" + _letters(rng, 30), _letters(rng, 90))],
    edges={
        "nothing in common": ("xyz", "abc"),
        "all of it": ("bab", "abbabb"),
        "a copy at the end": ("Cb aab", "zzz aab"),
        "capitals": ("ABBA", "abAb"),
    },
    mistakes={
        "The characters may not be taken from here and there: a copy is one piece without gaps.": _subsequence,
        "Only pieces that stand at the same place in both were found. A copy may stand anywhere.": _same_places,
        "Only pieces from the beginning of what was written were tried.": _from_the_start,
        "The whole, or nothing, was asked: parts of it can be copied too.": lambda written, text: (
            len(written) if written in text else 0
        ),
        "One too few: is the full length among those that you try?": lambda written, text: max(
            0, _longest(written, text) - 1
        ),
        "Pieces that reach the last character of `written` are missing: a slice may end at len(written).": (
            lambda written, text: _longest(written[:-1], text)
        ),
        "That is the last piece that was found, not the longest: shorter ones that come later must not replace it.": (
            lambda written, text: next(
                (
                    j - i
                    for i in range(len(written) - 1, -1, -1)
                    for j in range(len(written), i, -1)
                    if written[i:j] in text
                ),
                0,
            )
        ),
        "The search ended with the first piece that was found. A longer one may come later.": _first_found,
        "After a piece was found the search went on behind it. A longer one may begin inside it.": _behind_each,
        "One too many: written[i:j] has j − i characters.": lambda written, text: (
            _longest(written, text) + 1 if _longest(written, text) else 0
        ),
        "The piece itself came back. How long is it?": lambda written, text: next(
            (
                written[i : i + n]
                for n in range(len(written), 0, -1)
                for i in range(len(written) - n + 1)
                if written[i : i + n] in text
            ),
            "",
        ),
        "Capital and small letters are different characters here.": lambda written, text: _longest(
            written.lower(), text.lower()
        ),
        "That counts how many of its characters occur in the text at all.": lambda written, text: sum(
            c in text for c in written
        ),
        "Only whole words were compared.": lambda written, text: max(
            (len(w) for w in written.split() if w in text.split()), default=0
        ),
        "Spaces are characters too.": lambda written, text: max(
            (_longest(part, text) for part in written.split(" ")), default=0
        ),
    },
    styles={
        "table": _table_of_ends,
        "sliding": _sliding,
        "all pieces": lambda written, text: max(
            (j - i for i in range(len(written)) for j in range(i + 1, len(written) + 1) if written[i:j] in text),
            default=0,
        ),
        "float": lambda written, text: float(_longest(written, text)),
    },
    hints=[
        "written[i:j] in text says whether this piece was copied. Which i and j are worth trying?",
        "Is there, beginning at this place, a piece that is one longer than the longest found so far?",
    ],
)

# Questions ------------------------------------------------------------------------------------------------------------

no_shift = Question(
    "After 200 steps the training loss is 0.02 nats per character, on validation too. The text that the model writes "
    "is “tttttttttt”. What happened?",
    right="The targets are the inputs: nobody shifted them by one.",
    wrong={
        "It has learnt the text by heart.": "Then the validation loss would be high, and what it writes would be "
        "Shakespeare.",
        "The temperature is too low.": "That could make it repeat itself. It would not bring the loss near 0 on text "
        "that it has never seen.",
        "The learning rate was too high.": "Then the loss would be high too. This one is far below what any reader of "
        "English can reach.",
    },
    because="A loss near 0 on unseen text is too good to be true. The model passes on the character that it reads; "
    "asked to write, it repeats it for ever.",
)

with_dropout = Question(
    "A model with dropout has 1.60 nats on the training pieces (noted while it learns) and 1.52 on validation text. Is "
    "the validation text easier?",
    right="Not necessarily: while it learns, dropout is on; validation was measured without.",
    wrong={
        "Yes, a model cannot be better on text that it has not seen.": "It can, if it is measured under better "
        "conditions there.",
        "Yes, and the split should be made anew.": "Measure the training text in eval mode first. Nothing is wrong "
        "with the split yet.",
        "No, the two numbers have been mixed up.": "They need not be. Dropout explains them well.",
    },
    because="The two are measured in different modes. Compare them in eval mode, and over the same stage of training.",
)

which_stay = Question(
    "The model gives 0.93 to one character and shares the rest among the 62 others. How many can be drawn with "
    "top-p = 0.9, and how many with top-k = 5?",
    right="One, and five.",
    wrong={
        "None, and five.": "The first one that crosses the line is kept. There is always at least one.",
        "About 57, and five.": "Top-p does not keep a share of the tokens, but a share of the probability.",
        "Both five.": "Top-p asks how much probability is together, and the first token alone has enough.",
    },
    because="Top-p keeps few where the model is sure and many where it is not. Top-k keeps k, sure or not.",
)

what_is_kept = Question(
    "The cache keeps keys and values of the earlier places. Why not their queries?",
    right="A query is asked once, at its own place; later places never use it.",
    wrong={
        "Queries are larger.": "They have the same width as keys.",
        "Queries change when the text goes on, keys do not.": "In a causal model nothing about an earlier place "
        "changes when the text goes on, its query neither.",
        "They can be computed from the keys.": "They come from another matrix.",
    },
    because="A new place brings its own query and compares it with all keys. What earlier places asked is answered "
    "already.",
)

cache_differs = Question(
    "With the cache the model writes other text than without, from the second token on, with the same darts. The first "
    "token is the same. Where do you look first?",
    right="At the positions of the cached steps.",
    wrong={
        "At the temperature.": "It is the same in both, and would have changed the first token too.",
        "At rounding errors.": "They are near a ten-millionth, and change a drawn token once in a very long time.",
        "At the generator of random numbers.": "The darts are the same, and the first token agrees.",
    },
    because="The first pass starts at position 0 and is right. The next step has a single token: whoever numbers what "
    "comes in from 0 puts it at the beginning of the text.",
)

THIS = chapter("11_gpt", globals())
__getattr__ = suggest(__name__, globals())


def progress():
    """Show this chapter's exercises and questions with what you have done so far."""
    return table_of(THIS)

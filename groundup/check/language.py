"""Chapter 08's exercises and questions."""

import math
from itertools import pairwise

import numpy as np

from groundup.check.exercise import Exercise, Worked, chapter, suggest
from groundup.check.quiz import Question
from groundup.check.table import table_of


def _softmax(z, axis=-1):
    e = np.exp(z - np.max(z, axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def _probabilities(rng, *shape):
    p = rng.random(shape) + 0.05
    return p / p.sum(axis=-1, keepdims=True)


# 8.1 ------------------------------------------------------------------------------------------------------------------


def _units(nats, bits=None, perplexity=None):
    return nats, nats / np.log(2) if bits is None else bits, np.exp(nats) if perplexity is None else perplexity


def _nats(p):
    return float(-np.mean(np.log(p)))


three_units = Exercise(
    title="Nats, bits, perplexity",
    level="warm-up",
    minutes=6,
    reference=lambda p: _units(_nats(p)),
    worked=Worked(
        (np.array([1 / 2, 1 / 8]),),
        (2 * np.log(2), 2.0, 4.0),
        "1 bit and 3 bits; as unsure as among 4 equally likely things",
    ),
    cases=lambda rng: [(rng.uniform(0.02, 0.9, n),) for n in (3, 7)],
    edges={
        "one value": (np.array([0.2]),),
        "integers": (np.array([1, 1, 1]),),
        "nearly nothing": (np.full(4, 1e-200),),
    },
    mistakes={
        "The first two are in each other's place: ln gives nats, log2 gives bits.": lambda p: _units(
            _nats(p) / np.log(2), _nats(p), np.exp(_nats(p))
        ),
        "Bits are smaller units than nats, so there are more of them: divide by ln 2, do not multiply.": lambda p: (
            _units(_nats(p), _nats(p) * np.log(2))
        ),
        "Nats and bits are mixed: with nats the perplexity is a power of e. A power of 2 belongs to bits.": lambda p: (
            _units(_nats(p), perplexity=2 ** _nats(p))
        ),
        "Nats and bits are mixed: e to the power of bits. Bits belong to powers of 2.": lambda p: _units(
            _nats(p), perplexity=np.exp(min(_nats(p) / np.log(2), 700))
        ),
        "You took the logarithm of the mean probability. Each prediction is surprised by itself; the mean is taken of "
        "the surprises.": lambda p: _units(float(-np.log(np.mean(p)))),
        "The sign: a surprise is never negative.": lambda p: (
            -_nats(p),
            -_nats(p) / np.log(2),
            np.exp(-_nats(p)),
        ),
        "You added the surprises up; per prediction means divided by how many there are.": lambda p: _units(
            _nats(p) * len(p)
        ),
        "The perplexity is of the sum of all surprises. It is of the mean, or a longer list would look more "
        "confusing.": lambda p: _units(_nats(p), perplexity=np.exp(_nats(p) * len(p))),
        "Each surprise was weighted by its own probability and then added up: that is what a forecaster expects. These "
        "things have happened; each counts once.": lambda p: _units(float(-(p * np.log(p)).sum())),
        "Each surprise was weighted by its own probability before the mean. These things have happened; each counts "
        "alike.": lambda p: _units(float(-(p * np.log(p)).mean())),
        "You made the probabilities add up to 1. They come from different forecasts, and each stays as it is.": (
            lambda p: _units(_nats(p / p.sum()))
        ),
        "The probabilities were multiplied first, and a product of many small numbers becomes 0. Add up logarithms "
        "instead.": lambda p: _units(float(-np.log(np.prod(p)) / len(p))),
        "That is with logarithms to base 10. Nats have the natural logarithm.": lambda p: (
            _nats(p) / np.log(10),
            _nats(p) / np.log(10) / np.log(2),
            np.exp(_nats(p) / np.log(10)),
        ),
        "The perplexity is not the mean of 1/p: take the mean of the surprises first, then the power.": lambda p: (
            _units(_nats(p), perplexity=float(np.mean(1 / p)))
        ),
        "The perplexity came out below 1: the minus of the surprise is lost in its exponent.": lambda p: _units(
            _nats(p), perplexity=np.exp(-_nats(p))
        ),
    },
    styles={
        "log2": lambda p: (
            -np.log(p).mean(),
            -np.log2(p).mean(),
            2 ** (-np.log2(p).mean()),
        ),
        "loop": lambda p: _units(sum(-np.log(v) for v in p.tolist()) / len(p)),
        "list": lambda p: list(_units(float(np.log(1 / p).mean()))),
        "float32 arrays": lambda p: tuple(np.float64(v) for v in _units(_nats(p))),
    },
    hints=[
        "Begin with nats: minus the natural logarithm of each probability, then the mean.",
        "A coin's surprise is ln 2 nats and 1 bit. So how many nats has a bit?",
        "Perplexity undoes the logarithm: what has ln as its surprise is undone by np.exp.",
    ],
)

# 8.2 ------------------------------------------------------------------------------------------------------------------


def _pairs(names, alphabet, start=True, end=True, once=False, per_name=False):
    pairs = np.zeros((len(alphabet), len(alphabet)))
    for name in names:
        text = alphabet[0] * start + name + alphabet[0] * end
        found = [(alphabet.index(a), alphabet.index(b)) for a, b in pairwise(text)]
        for i, j in set(found) if per_name else found:
            pairs[i, j] = 1 if once else pairs[i, j] + 1
    return pairs


def _joined(names, alphabet):
    return _pairs(["".join(names)], alphabet)


def _with_a_dot(names, alphabet):
    pairs = np.zeros((len(alphabet), len(alphabet)))
    for name in names:
        for a, b in pairwise(f".{name}."):
            pairs[alphabet.index(a), alphabet.index(b)] += 1
    return pairs


def _edge_to_edge(names, alphabet):
    pairs = _pairs(names, alphabet)
    pairs[0, 0] += len(names) - 1
    return pairs


def _two_at_a_time(names, alphabet):
    pairs = np.zeros((len(alphabet), len(alphabet)))
    for name in names:
        text = alphabet[0] + name + alphabet[0]
        for i in range(0, len(text) - 1, 2):
            pairs[alphabet.index(text[i]), alphabet.index(text[i + 1])] += 1
    return pairs


def _by_str_count(names, alphabet):
    texts = [alphabet[0] + name + alphabet[0] for name in names]
    return np.array([[sum(text.count(a + b) for text in texts) for b in alphabet] for a in alphabet])


def _shifted(names, alphabet):
    pairs = _pairs(names, alphabet)
    order = [*range(1, len(alphabet)), 0]
    return pairs[np.ix_(order, order)]


def _fancy(names, alphabet):
    pairs = np.zeros((len(alphabet), len(alphabet)))
    for name in names:
        at = np.array([alphabet.index(c) for c in alphabet[0] + name + alphabet[0]])
        pairs[at[:-1], at[1:]] += 1
    return pairs


count_pairs = Exercise(
    title="Count pairs",
    minutes=10,
    reference=lambda names, alphabet: _pairs(names, alphabet),
    worked=Worked(
        (["emm", "m"], ".em"),
        np.array([[0.0, 1.0, 1.0], [0.0, 0.0, 1.0], [2.0, 0.0, 1.0]]),
        "pairs .e em mm m. and .m m.",
    ),
    cases=lambda rng: [
        (["".join(rng.choice(list("abcd"), n)) for n in rng.integers(1, 9, k)], ".abcd") for k in (4, 7)
    ],
    edges={
        "one name": (["banana"], ".abn"),
        "the same name twice": (["ab", "ab"], ".ab"),
        "a letter that never occurs": (["aa", "a"], ".abz"),
        "an empty name": (["", "b"], ".ab"),
        "an edge that is no dot": (["ab", "b"], "#ab"),
    },
    mistakes={
        "A dot was written into your function. The edge is the first character of the alphabet, whatever that is.": (
            _with_a_dot
        ),
        "Two edges meet between the names in your text, and the step from one to the other was counted.": _edge_to_edge,
        "You went on by two characters at a time. Each character but the last edge begins a pair.": _two_at_a_time,
        "str.count does not count what overlaps: in mmm it finds mm once. Walk through the neighbours.": _by_str_count,
        "Each pair was counted in both directions. The row is that of the first one only.": lambda names, alphabet: (
            _pairs(names, alphabet) + _pairs(names, alphabet).T
        ),
        "Only the last name is in your table: it begins anew with each name. Make the zeros before the loop.": (
            lambda names, alphabet: _pairs(names[-1:], alphabet)
        ),
        "The end is missing: after its last letter every name is followed by the edge, and a model has to learn when "
        "to stop.": lambda names, alphabet: _pairs(names, alphabet, end=False),
        "The start is missing: the first letter follows the edge.": lambda names, alphabet: _pairs(
            names, alphabet, start=False
        ),
        "Both edges are missing: a name begins after the edge and ends before it.": lambda names, alphabet: _pairs(
            names, alphabet, start=False, end=False
        ),
        "Row and column are exchanged: the row is the character that stands first.": lambda names, alphabet: (
            _pairs(names, alphabet).T
        ),
        "table[i, j] += 1 with arrays i and j adds 1 once, however often the pair occurs in the name. np.add.at adds "
        "as often as it is named; so does a loop.": _fancy,
        "You noted only that a pair occurred: 1 where it should be how often. An assignment does that, and so does += "
        "with all places at once.": lambda names, alphabet: _pairs(names, alphabet, once=True),
        "The names run into each other: the last letter of one is followed by an edge, not by the next name's first "
        "letter.": _joined,
        "Only the first name was counted: is the return inside the loop?": lambda names, alphabet: _pairs(
            names[:1], alphabet
        ),
        "Each different name was counted once. A list may hold a name twice, and here both count.": (
            lambda names, alphabet: _pairs(list(dict.fromkeys(names)), alphabet)
        ),
        "The numbers are shifted by one: the edge stands first in the alphabet and has the number 0.": _shifted,
        "These are shares already. The task asks for counts.": lambda names, alphabet: (
            _pairs(names, alphabet) / np.maximum(_pairs(names, alphabet).sum(axis=1, keepdims=True), 1)
        ),
    },
    styles={
        "add.at": lambda names, alphabet: _by_add_at(names, alphabet),
        "one text": lambda names, alphabet: _by_one_text(names, alphabet),
        "dictionary": lambda names, alphabet: np.array(
            [
                [
                    sum(step == (a, b) for n in names for step in pairwise(alphabet[0] + n + alphabet[0]))
                    for b in alphabet
                ]
                for a in alphabet
            ]
        ),
        "integers": lambda names, alphabet: _pairs(names, alphabet).astype(int),
    },
    hints=[
        "Put the edge before and behind the name; then walk through neighbours; itertools.pairwise gives them.",
        "alphabet.index(c) is a character's number. What is added where, for one pair?",
    ],
)


def _by_add_at(names, alphabet):
    pairs = np.zeros((len(alphabet), len(alphabet)))
    for name in names:
        at = np.array([alphabet.index(c) for c in alphabet[0] + name + alphabet[0]])
        np.add.at(pairs, (at[:-1], at[1:]), 1)
    return pairs


def _by_one_text(names, alphabet):
    text = alphabet[0] + "".join(name + alphabet[0] for name in names)
    at = np.array([alphabet.index(c) for c in text])
    size = len(alphabet)
    return np.bincount(at[:-1] * size + at[1:], minlength=size**2).reshape(size, size)


# 8.3 ------------------------------------------------------------------------------------------------------------------


def _rows_to_one(table):
    return table / table.sum(axis=1, keepdims=True)


smoothed = Exercise(
    title="From counts to forecasts",
    minutes=8,
    reference=lambda counts, alpha: (counts + alpha) / (counts + alpha).sum(axis=1, keepdims=True),
    worked=Worked(
        (np.array([[3.0, 0.0, 1.0], [0.0, 0.0, 0.0]]), 1.0),
        np.array([[4 / 7, 1 / 7, 2 / 7], [1 / 3, 1 / 3, 1 / 3]]),
        "first row: 4, 1 and 2 of 7; the second was never seen, so all is equal",
    ),
    cases=lambda rng: [
        (rng.integers(0, 6, shape).astype(float), alpha)
        for shape, alpha in [((3, 5), 0.5), ((6, 4), 2.0), ((4, 4), 0.1)]
    ],
    edges={
        "one row": (np.array([[2.0, 0.0, 5.0, 1.0]]), 0.3),
        "integers": (np.array([[1, 0, 2], [4, 4, 0]]), 1),
        "one column": (np.array([[3.0], [0.0], [1.0]]), 1.0),
        "large counts": (np.array([[600.0, 0.0], [3.0, 1.0], [0.0, 2.0]]), 0.01),
    },
    mistakes={
        "Normalised down the columns: that says what came before. Each row must add up to 1: it says what comes "
        "next.": lambda counts, alpha: (counts + alpha) / (counts + alpha).sum(axis=0, keepdims=True),
        "The sums of the rows lie in a row, (n,), and divide the columns, if they fit at all. They have to stand as a "
        "column.": lambda counts, alpha: (counts + alpha) / (counts + alpha).sum(axis=1),
        "The counts were made shares, alpha was added to these, and all divided again. Add it to the counts: a context "
        "that was seen often hardly changes then.": lambda counts, alpha: _rows_to_one(
            counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) + alpha
        ),
        "Only rows without any count were smoothed. In the others, what never occurred is still impossible.": (
            lambda counts, alpha: _rows_to_one(np.where(counts.sum(axis=1, keepdims=True) == 0, counts + alpha, counts))
        ),
        "27 is the number of tokens in the lecture. Here a row has as many entries as `counts` has columns.": (
            lambda counts, alpha: (counts + alpha) / (counts.sum(axis=1, keepdims=True) + 27 * alpha)
        ),
        "Small counts were raised to alpha. It is added to every count, small or large.": lambda counts, alpha: (
            _rows_to_one(np.maximum(counts, alpha))
        ),
        "alpha was shared out among the columns. Every count gets all of it.": lambda counts, alpha: _rows_to_one(
            counts + alpha / counts.shape[1]
        ),
        "Divided by the mean of the row, so that it adds up to the number of its columns.": lambda counts, alpha: (
            (counts + alpha) / (counts + alpha).mean(axis=1, keepdims=True)
        ),
        "The whole table adds up to 1; each row should, for each row is a forecast.": lambda counts, alpha: (
            (counts + alpha) / (counts + alpha).sum()
        ),
        "The divisor forgot what was added: divide by the sum of the smoothed row.": lambda counts, alpha: (
            (counts + alpha) / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        ),
        "alpha was added to the sum once. It was added to every entry of the row, so the sum has grown by as many "
        "times.": lambda counts, alpha: (counts + alpha) / (counts.sum(axis=1, keepdims=True) + alpha),
        "The sum has grown by alpha for every column, not for every row.": lambda counts, alpha: (
            (counts + alpha) / (counts.sum(axis=1, keepdims=True) + alpha * len(counts))
        ),
        "alpha was left out: what never occurred still has probability zero.": lambda counts, alpha: (
            counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        ),
        "You added alpha to the shares. Add it to the counts, then divide.": lambda counts, alpha: (
            counts / np.maximum(counts.sum(axis=1, keepdims=True), 1) + alpha
        ),
        "1 was added, whatever alpha is.": lambda counts, alpha: (counts + 1) / (counts + 1).sum(axis=1, keepdims=True),
        "alpha went only where the count was zero. It is added everywhere, or rare things become more probable than "
        "common ones.": lambda counts, alpha: (
            np.where(counts == 0, alpha, counts) / np.where(counts == 0, alpha, counts).sum(axis=1, keepdims=True)
        ),
        "Softmax is for logits. Counts become shares by dividing by their sum.": lambda counts, alpha: _softmax(
            counts + alpha
        ),
        "Divided by the largest of the row; the sum makes it add up to 1.": lambda counts, alpha: (
            (counts + alpha) / (counts + alpha).max(axis=1, keepdims=True)
        ),
    },
    styles={
        "loop": lambda counts, alpha: np.array([(row + alpha) / (row.sum() + alpha * len(row)) for row in counts]),
        "transposed": lambda counts, alpha: ((counts + alpha).T / (counts + alpha).sum(axis=1)).T,
        "newaxis": lambda counts, alpha: (counts + alpha) / (counts.sum(1) + alpha * counts.shape[1])[:, None],
        "float32": lambda counts, alpha: (
            (counts + np.float32(alpha)) / (counts + alpha).sum(axis=1, keepdims=True)
        ).astype(np.float32),
    },
    hints=[
        "Write the first row of the example by hand: what is added to each of its counts, and what is its sum then?",
        "A sum along each row has shape (n,). To divide rows by it, it has to be a column: keepdims=True.",
    ],
)

# 8.4 ------------------------------------------------------------------------------------------------------------------


def _steps(name, start=True, end=True, turned=False):
    text = "." * start + name + "." * end
    return [b + a if turned else a + b for a, b in pairwise(text)]


def _surprises(p, names, **how):
    return [-np.log(p[step]) for name in names for step in _steps(name, **how)]


def _score(p, names, **how):
    found = _surprises(p, names, **how)
    return float(sum(found) / max(1, len(found)))


def _over(divisor):
    return lambda p, names: float(sum(_surprises(p, names)) / divisor(names))


def _letters(names):
    return max(1, sum(map(len, names)))


def _predictions(names):
    return sum(len(name) + 1 for name in names)


def _multiplied(p, names):
    steps = [p[step] for name in names for step in _steps(name)]
    with np.errstate(all="ignore"):
        return float(-np.log(np.prod(steps)) / len(steps))


def _edges_meet(p, names):
    text = "".join(f".{name}." for name in names)
    return float(np.mean([-np.log(p[a + b]) for a, b in pairwise(text)]))


def _without_the_impossible(p, names):
    found = [-np.log(p[step]) for name in names for step in _steps(name) if p[step] > 0]
    return float(np.mean(found))


def _table(rng, letters):
    """Probabilities of all pairs of the letters and the edge, as a dictionary."""
    characters = "." + letters
    rows = _probabilities(rng, len(characters), len(characters))
    return {
        a + b: float(v) for a, row in zip(characters, rows, strict=True) for b, v in zip(characters, row, strict=True)
    }


def _words(rng, k):
    return ["".join(rng.choice(list("abc"), n)) for n in rng.integers(1, 8, k)]


_WORKED = dict(zip(["..", ".a", ".b", "a.", "aa", "ab", "b.", "ba", "bb"], [1 / 4, 1 / 2, 1 / 4] * 3, strict=True))

score = Exercise(
    title="The score of a table of pairs",
    minutes=12,
    reference=lambda p, names: _score(p, names),
    worked=Worked(
        (_WORKED, ["ba", "a"]),
        float(8 * np.log(2) / 5),
        "ba and its end: ln 4, ln 2, ln 4; a and its end: ln 2, ln 4; together 8 ln 2 for 5 predictions",
    ),
    cases=lambda rng: [(_table(rng, "abc"), _words(rng, k)) for k in (3, 5)],
    edges={
        "one name": (_table(np.random.default_rng(3), "abc"), ["abcabc"]),
        "an empty name": (_table(np.random.default_rng(4), "ab"), ["", "ab"]),
        "rare things": (
            {".b": 1e-200, "b.": 1e-100, ".a": 1.0, "a.": 0.5, "ab": 0.5, "ba": 0.1, "bb": 1.0},
            ["b", "ab", "b"],
        ),
        "what was impossible": (
            {".b": 0.5, "b.": 0.25, ".a": 0.5, "a.": 0.5, "ab": 0.5, "ba": 0.0, "bb": 0.75},
            ["ba", "ab"],
        ),
    },
    mistakes={
        "The end was forgotten: that a name stops after its last letter is a prediction too, with its surprise, and it "
        "counts.": lambda p, names: _score(p, names, end=False),
        "Two edges meet between the names in your text, and the step from one to the other was scored.": _edges_meet,
        "What had probability 0 and happened all the same was left out. That is the worst of all surprises.": (
            _without_the_impossible
        ),
        "math.log(0) is an error. np.log(0) is minus infinity, and the surprise infinite: that is right here.": (
            lambda p, names: (
                float(sum(-math.log(p[step]) for name in names for step in _steps(name))) / _predictions(names)
            )
        ),
        "Each different name was scored once. A list may hold a name twice, and here both count.": lambda p, names: (
            _score(p, list(dict.fromkeys(names)))
        ),
        "Each surprise was weighted by its own probability. What happened has happened: each counts alike.": (
            lambda p, names: float(np.mean([v * np.exp(-v) for v in _surprises(p, names)]))
        ),
        "That is with logarithms to base 10. Nats have the natural logarithm.": lambda p, names: (
            _score(p, names) / np.log(10)
        ),
        "Only the last name is in your result: the totals begin anew with each name.": lambda p, names: _score(
            p, names[-1:]
        ),
        "You divided by the right number, but the surprise at the first letters is not in the sum.": lambda p, names: (
            float(sum(_surprises(p, names, start=False)) / _predictions(names))
        ),
        "You divided by the right number, but the surprise at the ends is not in the sum.": lambda p, names: float(
            sum(_surprises(p, names, end=False)) / _predictions(names)
        ),
        "The surprise of the ends is in your sum, but you divided by the letters only.": _over(_letters),
        "You divided by letters plus both edges. The start is given; only the end is predicted.": _over(
            lambda names: sum(map(len, names)) + 2 * len(names)
        ),
        "The first letter is a prediction too: it follows the edge.": lambda p, names: _score(p, names, start=False),
        "You took the mean over names of each name's mean. Every character counts alike, so a long name counts for "
        "more.": lambda p, names: float(np.mean([_score(p, [name]) for name in names])),
        "That is per name. Divide by the number of predictions.": _over(len),
        "You added up and did not divide: a longer list would score worse.": _over(lambda names: 1),
        "That is in bits. The ladder is in nats.": lambda p, names: _score(p, names) / np.log(2),
        "The pair is turned round: the character that comes first stands first.": lambda p, names: _score(
            {"..": 1.0, **p}, names, turned=True
        ),
        "The sign: a surprise is never negative.": lambda p, names: -_score(p, names),
        "That is the perplexity, e to the power of what is asked for.": lambda p, names: float(
            np.exp(_score(p, names))
        ),
        "Only the first name was scored: is the return inside the loop?": lambda p, names: _score(p, names[:1]),
        "The logarithm was taken of the mean probability; take it of each, and then the mean.": lambda p, names: float(
            -np.log(np.mean([p[step] for name in names for step in _steps(name)]))
        ),
        "The probabilities were multiplied first, and the product of many small numbers becomes 0. Add up "
        "logarithms instead.": _multiplied,
    },
    styles={
        "array": lambda p, names: -np.log([p[step] for name in names for step in _steps(name)]).mean(),
        "running sum": lambda p, names: _running(p, names),
        "one text": lambda p, names: float(
            np.mean([-np.log(p[a + b]) for a, b in pairwise("." + "".join(f"{name}." for name in names))])
        ),
        "float32": lambda p, names: np.float32(_score(p, names)),
    },
    hints=[
        "List the predictions of one name: the first letter after the edge, each letter after the one before, the end.",
        "Two running totals: the surprise, and how many predictions. Divide once, after all names.",
    ],
)


def _running(p, names):
    total, count = 0.0, 0
    for name in names:
        before = "."
        for letter in name + ".":
            total, count, before = total - np.log(p[before + letter]), count + 1, letter
    return total / count


# 8.5 ------------------------------------------------------------------------------------------------------------------


def _held_out(names, every, first=None, order=dict.fromkeys):
    first = every - 1 if first is None else first
    chosen = {name for k, name in enumerate(order(names)) if k % every == first}
    return np.array([int(name in chosen) for name in names])


def _among(names, chosen):
    return np.array([int(name in chosen) for name in names])


def _by_last_row(names, every):
    row = {name: k for k, name in enumerate(names)}
    return np.array([int(row[name] % every == every - 1) for name in names])


def _last_part(different, every):
    return different[len(different) - len(different) // every :]


def _first_only(names, every):
    seen, out = set(), []
    for mark, name in zip(_held_out(names, every).tolist(), names, strict=True):
        out.append(mark if name not in seen else 0)
        seen.add(name)
    return np.array(out)


held_out = Exercise(
    title="A split without leaks",
    minutes=10,
    reference=lambda names, every: _held_out(names, every),
    worked=Worked(
        (["ava", "leo", "ava", "mia", "leo", "zoe", "ava"], 2),
        np.array([0, 1, 0, 0, 1, 1, 0]),
        "different names in order: ava, leo, mia, zoe; every second one is leo and zoe",
    ),
    cases=lambda rng: [
        ([str(w) for w in rng.choice(["kim", "jo", "al", "bo", "cy", "di", "ed"], n)], every)
        for n, every in [(20, 3), (26, 2)]
    ],
    edges={
        "no name twice": (["di", "cy", "bo", "al"], 3),
        "one name many times": (["jo", "jo", "jo", "jo"], 2),
        "all of them": (["bo", "al", "bo"], 1),
        "twice in a row": (["bo", "bo", "al", "al", "di", "di"], 2),
        "one name inside another": (["ann", "anna", "an", "annabel", "ann"], 2),
    },
    mistakes={
        "You counted rows, not different names: a name that stands in the list twice can land on both sides, and the "
        "held-out part has been seen.": lambda names, every: np.array(
            [int(k % every == every - 1) for k in range(len(names))]
        ),
        "Only the first row of a chosen name is held out; its other rows stay in the training part, and that is a "
        "leak.": _first_only,
        "The first different name was held out. With every = 2 it is the second, the fourth and so on.": (
            lambda names, every: _held_out(names, every, first=0)
        ),
        "The order is that of the alphabet. Go by the first time a name appears in the list.": lambda names, every: (
            _held_out(names, every, order=lambda n: sorted(set(n)))
        ),
        "Every second name was held out, whatever `every` is.": lambda names, every: _held_out(names, 2),
        "You began one name too late: the first that is held out is the second one for 2, the third for 3.": (
            lambda names, every: _among(names, list(dict.fromkeys(names))[every::every])
        ),
        "You went by the row in which a name appears first. What counts is how many different names came before.": (
            lambda names, every: np.array([int(names.index(name) % every == every - 1) for name in names])
        ),
        "A later row of the same name overwrote its number, and the numbers are rows. Number the different names.": (
            lambda names, every: _by_last_row(names, every)
        ),
        "The last of the different names were held out in one piece. Take every second, or third, all through.": (
            lambda names, every: _among(names, _last_part(list(dict.fromkeys(names)), every))
        ),
        "The first row of each name is learnt from and its repetitions are held out: of those, all have been seen.": (
            lambda names, every: np.array([int(name in names[:k]) for k, name in enumerate(names)])
        ),
        "A name was looked for in a text, where ann also stands in anna. Compare whole names.": lambda names, every: (
            np.array([int(name in " ".join(list(dict.fromkeys(names))[every - 1 :: every])) for name in names])
        ),
        "The two parts are exchanged: 1 marks what is held out.": lambda names, every: 1 - _held_out(names, every),
        "That is one mark for each different name. Give one for each row of the list.": lambda names, every: np.array(
            [int(k % every == every - 1) for k in range(len(dict.fromkeys(names)))]
        ),
        "Only a single name is held out; every second, or third, means again and again.": lambda names, every: np.array(
            [int(name in list(dict.fromkeys(names))[every - 1 : every]) for name in names]
        ),
        "These are the places of the held-out rows. Give a mark, 0 or 1, for each row.": lambda names, every: (
            np.flatnonzero(_held_out(names, every))
        ),
        "Whatever occurs more than once is held out here. What decides is the name's place among the different "
        "names.": lambda names, every: np.array([int(names.count(name) > 1) for name in names]),
    },
    styles={
        "dictionary": lambda names, every: _by_dictionary(names, every),
        "unique": lambda names, every: _by_unique(names, every),
        "floats": lambda names, every: _held_out(names, every).astype(float),
        "booleans": lambda names, every: _held_out(names, every).astype(bool),
    },
    hints=[
        "Make the list of different names first, in the order in which they appear: list(dict.fromkeys(names)).",
        "Take every second (third, ...) of that list; then ask of each row whether its name is among them.",
    ],
)


def _by_dictionary(names, every):
    place = {}
    for name in names:
        place.setdefault(name, len(place) + 1)
    return np.array([1 if place[name] % every == 0 else 0 for name in names])


def _by_unique(names, every):
    _, first, which = np.unique(names, return_index=True, return_inverse=True)
    place = np.argsort(np.argsort(first))
    return ((place[which] + 1) % every == 0).astype(int)


# 8.6 ------------------------------------------------------------------------------------------------------------------


def _contexts(name, k, alphabet):
    at = [alphabet.index(c) for c in name]
    padded = [0] * k + at
    return np.array([padded[i : i + k] for i in range(len(at) + 1)]), np.array([*at, 0])


def _change(x_by=lambda x: x, y_by=lambda y: y):
    def wrong(name, k, alphabet):
        x, y = _contexts(name, k, alphabet)
        return x_by(x), y_by(y)

    return wrong


def _from_the_kth(name, k, alphabet):
    x, y = _contexts(name, k, alphabet)
    return x[min(k, len(y) - 1) :], y[min(k, len(y) - 1) :]


def _one_late(name, k, alphabet):
    x, y = _contexts(name, k, alphabet)
    return np.concatenate([np.zeros((1, k), int), x[:-1]]), y


def _padded_behind(name, k, alphabet):
    at = [alphabet.index(c) for c in name]
    rows = [[*at[max(0, i - k) : i], *[0] * (k - min(i, k))] for i in range(len(at) + 1)]
    return np.array(rows), np.array([*at, 0])


def _never_moves(name, k, alphabet):
    x, y = _contexts(name, k, alphabet)
    return np.repeat(x[:1], len(y), axis=0), y


def _cut(at, k):
    rows = range(len(at) - k)
    return np.array([at[i : i + k] for i in rows]), np.array(at[k:])


def _numbers(name, alphabet):
    return [alphabet.index(c) for c in name]


def _one_list(name, k, alphabet):
    x, y = _contexts(name, k, alphabet)
    last = [*x[-1, 1:], 0]
    return np.array([last] * len(y)), y


def _minus_one(name, k, alphabet):
    return _cut([-1] * k + _numbers(name, alphabet) + [0], k)


windows = Exercise(
    title="Contexts and what follows them",
    minutes=10,
    reference=lambda name, k, alphabet: _contexts(name, k, alphabet),
    worked=Worked(
        ("emma", 2, ".aem"),
        (np.array([[0, 0], [0, 2], [2, 3], [3, 3], [3, 1]]), np.array([2, 3, 3, 1, 0])),
        "..→e, .e→m, em→m, mm→a, ma→.",
    ),
    cases=lambda rng: [("".join(rng.choice(list("abcd"), n)), k, ".abcd") for n, k in [(6, 3), (8, 2), (5, 4)]],
    edges={
        "one letter": ("b", 3, ".ab"),
        "one character of context": ("abba", 1, ".ab"),
        "an empty name": ("", 2, ".ab"),
        "shorter than the context": ("ba", 4, ".ab"),
    },
    mistakes={
        "The end is missing: the last context is followed by the edge, 0.": _change(lambda x: x[:-1], lambda y: y[:-1]),
        "Each context already holds what it is to predict: it ends before the character that follows.": _change(
            lambda x: np.concatenate([x[1:], np.roll(x[-1:], -1, axis=1) * (np.arange(x.shape[1]) < x.shape[1] - 1)])
        ),
        "The contexts are turned round: the character that came last stands last.": _change(lambda x: x[:, ::-1]),
        "The contexts begin only when k letters are there. Before that, edges stand in for what is missing.": (
            _from_the_kth
        ),
        "What is missing before the start belongs to the left. You filled up on the right.": _padded_behind,
        "Every row is the last context: you put the same list in again and again and changed it afterwards. Put in a "
        "copy.": _change(lambda x: np.repeat(x[-1:], len(x), axis=0)),
        "All rows are one list, as it was left at the very end: it was put in again and again and changed in between. "
        "Put in a copy.": _one_list,
        "−1 stands where nothing came before. Edges stand in for it, and the edge has the number 0.": _minus_one,
        "These are places in the lecture's alphabet. Take them in the alphabet that is handed over.": (
            lambda name, k, alphabet: _contexts(name, k, ".abcdefghijklmnopqrstuvwxyz")
        ),
        "One edge before the name is not enough: the first letter has a context of k characters too.": (
            lambda name, k, alphabet: _cut([0, *_numbers(name, alphabet), 0], k)
        ),
        "The start is predicted too, as the first of all. It is given: the first thing to predict is a letter.": (
            lambda name, k, alphabet: _cut([0] * (k + 1) + _numbers(name, alphabet) + [0], k)
        ),
        "There are too many edges behind the name: it ends once.": lambda name, k, alphabet: _cut(
            [0] * k + _numbers(name, alphabet) + [0] * k, k
        ),
        "Every row is the first context: after each character the window has to move on.": _never_moves,
        "The window comes one step late: the character right before the one asked for is not in it.": _one_late,
        "What follows is shifted: y begins with the first letter, for it follows the empty start.": _change(
            y_by=lambda y: np.roll(y, 1)
        ),
        "The two results are in the wrong order: first the contexts, then what follows.": lambda name, k, alphabet: (
            _contexts(name, k, alphabet)[::-1]
        ),
        "Contexts are rows: shape (letters + 1, k). Yours are columns.": _change(lambda x: x.T),
    },
    styles={
        "moving list": lambda name, k, alphabet: _moving(name, k, alphabet),
        "sliding window": lambda name, k, alphabet: _sliding(name, k, alphabet),
        "columns": lambda name, k, alphabet: _columns(name, k, alphabet),
        "floats": lambda name, k, alphabet: tuple(v.astype(float) for v in _contexts(name, k, alphabet)),
    },
    hints=[
        "Write k edges before the name, as numbers. The i-th context is then a piece of k numbers beginning at i.",
        "There are as many rows as letters plus one: each letter is predicted, and the end.",
    ],
)


def _moving(name, k, alphabet):
    context, x, y = [0] * k, [], []
    for c in name + alphabet[0]:
        x.append(context)
        y.append(alphabet.index(c))
        context = [*context[1:], y[-1]]
    return np.array(x), np.array(y)


def _sliding(name, k, alphabet):
    at = np.array([0] * k + [alphabet.index(c) for c in name])
    return np.lib.stride_tricks.sliding_window_view(at, k), np.append(at[k:], 0)


def _columns(name, k, alphabet):
    at = np.array([0] * k + [alphabet.index(c) for c in name] + [0])
    return np.stack([at[j : j + len(name) + 1] for j in range(k)], axis=1), at[k:]


# 8.7 ------------------------------------------------------------------------------------------------------------------


def _masked(z, y, wrong=None):
    log_p = z - z.max(axis=-1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=-1, keepdims=True))
    real = y >= 0
    taken = np.take_along_axis(log_p, np.where(real, y, 0)[..., None], axis=-1)[..., 0]
    return -taken, real


def _masked_mean(z, y):
    surprise, real = _masked(z, y)
    return float(surprise[real].mean())


def _wrapped(z, y):
    surprise, _ = _masked(z, np.where(y < 0, z.shape[-1] + y, y))
    return float(surprise.mean())


def _log_softmax(z, axis=-1):
    below = z - z.max(axis=axis, keepdims=True)
    return below - np.log(np.exp(below).sum(axis=axis, keepdims=True))


def _over_axis(z, y, axis):
    return float(-_log_softmax(z, axis)[y >= 0, y[y >= 0]].mean())


def _less_than_all(z, y):
    below = z - z.max()
    log_p = below - np.log(np.exp(below).sum(axis=-1, keepdims=True))
    return float(-log_p[y >= 0, y[y >= 0]].mean())


def _less_than_all_in_p(z, y):
    e = np.exp(z - z.max())
    p = e / e.sum(axis=-1, keepdims=True)
    return float(-np.log(p[y >= 0, y[y >= 0]]).mean())


def _as_long_as_the_first(z, y):
    t = (y[0] >= 0).sum()
    return _masked_mean(z[:, :t], y[:, :t])


def _batch(rng, n, t, v):
    z, y = rng.normal(size=(n, t, v)) * 2, rng.integers(0, v, (n, t))
    for i in range(n):
        y[i, t - 1 + i if i < 2 else 1 + i % (t - 1) :] = -1  # the first is shorter than the second
    return z, y


masked_surprise = Exercise(
    title="Padding is no prediction",
    minutes=10,
    reference=lambda z, y: _masked_mean(z, y),
    worked=Worked(
        (
            np.array([[[0.0, 0.0], [0.0, np.log(3)]], [[np.log(3), 0.0], [5.0, 0.0]]]),
            np.array([[0, 1], [1, -1]]),
        ),
        float(np.log(2) + np.log(4 / 3) + np.log(4)) / 3,
        "surprises ln 2, ln 4/3 and ln 4; the last place is padding, so 3 predictions",
    ),
    cases=lambda rng: [_batch(rng, n, t, v) for n, t, v in [(3, 4, 5), (2, 6, 3), (4, 3, 7)]],
    edges={
        "one row": (np.array([[[0.3, -1.0, 2.0], [0.0, 0.5, 1.0]]]), np.array([[2, -1]])),
        "integers": (np.array([[[1, 0, 2], [3, 1, 0]], [[0, 0, 1], [2, 2, 1]]]), np.array([[0, 2], [1, -1]])),
        "large logits": (np.array([[[900.0, 0.0, 1.0], [0.0, -900.0, 900.0]]]), np.array([[0, 1]])),
        "one place far below": (
            np.array([[[0.0, 0.5, 1.0], [-900.0, -901.0, -899.0]]]),
            np.array([[0, 1]]),
        ),
        "no padding": (_batch(np.random.default_rng(2), 1, 3, 4)[0], np.array([[0, 3, 1]])),
    },
    mistakes={
        "The padding counts in your loss: −1 picks the last token, as −1 always does in NumPy, and adds its surprise. "
        "Leave these places out before the mean.": _wrapped,
        "The padding adds nothing to your sum, but you divided by all places. Divide by the real ones.": lambda z, y: (
            float(np.where(_masked(z, y)[1], _masked(z, y)[0], 0).mean())
        ),
        "The padding was taken for token 0 and counted.": lambda z, y: float(_masked(z, y)[0].mean()),
        "You took each name's mean and then the mean of those. Each real place counts alike.": lambda z, y: float(
            np.mean([s[r].mean() for s, r in zip(*_masked(z, y), strict=True) if r.any()])
        ),
        "You added up; the mean divides by the number of real places.": lambda z, y: float(
            _masked(z, y)[0][_masked(z, y)[1]].sum()
        ),
        "You divided by the number of names. Divide by the number of real places.": lambda z, y: float(
            _masked(z, y)[0][_masked(z, y)[1]].sum() / len(y)
        ),
        "Softmax ran over the places of a name. It belongs over the tokens, the last axis.": lambda z, y: _over_axis(
            z, y, 1
        ),
        "Softmax ran over the names. It belongs over the tokens, the last axis.": lambda z, y: _over_axis(z, y, 0),
        "Token 0 was left out too. It is the end of a name, and a real prediction.": lambda z, y: _without_ends(z, y),
        "The logits were taken for logarithms of probabilities. Softmax is missing.": lambda z, y: float(
            -np.take_along_axis(z, np.where(y < 0, 0, y)[..., None], axis=-1)[..., 0][y >= 0].mean()
        ),
        "That is in bits; this course counts in nats.": lambda z, y: _masked_mean(z, y) / np.log(2),
        "For large logits e^z overflows. Take the largest logit of each row away first.": lambda z, y: _overflowing(
            z, y
        ),
        "For large logits the sum of e^z overflows, and its logarithm is infinite. Take the largest logit of each row "
        "away first.": lambda z, y: float(
            -(z - np.log(np.exp(z).sum(axis=-1, keepdims=True)))[y >= 0, y[y >= 0]].mean()
        ),
        "Softmax first and the logarithm afterwards: what is as improbable as e^−900 is 0 in the computer, and ln 0 "
        "infinite. Write down the logarithm of softmax and simplify it.": lambda z, y: float(
            -np.log(_softmax(z)[y >= 0, y[y >= 0]]).mean()
        ),
        "The largest logit of all places was taken away; at a place far below it every e^z becomes 0, and ln 0 comes "
        "out. Take each row's own.": _less_than_all,
        "The largest logit of all places was taken away; a row far below it becomes 0 divided by 0. Take each row's "
        "own.": _less_than_all_in_p,
        "The mask is the wrong way round: that is the surprise at the padding.": lambda z, y: float(
            -_log_softmax(z)[y < 0, y[y < 0]].mean()
        ),
        "The logarithm was taken of the mean probability; take it of each, and then the mean.": lambda z, y: float(
            -np.log(np.exp(_log_softmax(z)[y >= 0, y[y >= 0]]).mean())
        ),
        "That is the surprise at the most probable token of each place. y says what really came.": lambda z, y: float(
            -_log_softmax(z).max(axis=-1)[y >= 0].mean()
        ),
        "[:, y] takes all the answers from every row. Each row has one answer, its own.": lambda z, y: float(
            -_log_softmax(z)[y >= 0][:, y[y >= 0]].mean()
        ),
        "The length of the first name was taken for all. Each row has its own.": _as_long_as_the_first,
    },
    styles={
        "flat": lambda z, y: _flat(z, y),
        "weights": lambda z, y: (_masked(z, y)[0] * (y != -1)).sum() / (y != -1).sum(),
        "loops": lambda z, y: _loops(z, y),
        "float32": lambda z, y: np.float32(_masked_mean(z, y)),
    },
    hints=[
        "First the surprise of every place, shape (n, t). Then a mask of the same shape: where is y not −1?",
        "array[mask] keeps what the mask marks. The mean of that has divided by the right number already.",
        "−1 as an index is the last one. It is harmless as long as its result is thrown away.",
    ],
)


def _without_ends(z, y):
    surprise, _ = _masked(z, y)
    return float(surprise[y > 0].sum() / max(1, (y > 0).sum()))


def _overflowing(z, y):
    real = y >= 0
    p = np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True)
    taken = np.take_along_axis(p, np.where(real, y, 0)[..., None], axis=-1)[..., 0]
    return float(-np.log(taken[real]).mean())


def _flat(z, y):
    rows, answers = z.reshape(-1, z.shape[-1]), y.ravel()
    rows, answers = rows[answers >= 0], answers[answers >= 0]
    below = rows - rows.max(axis=1, keepdims=True)
    return (np.log(np.exp(below).sum(axis=1)) - below[np.arange(len(answers)), answers]).mean()


def _loops(z, y):
    found = []
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            if y[i, j] != -1:
                row = z[i, j] - z[i, j].max()
                found.append(np.log(np.exp(row).sum()) - row[y[i, j]])
    return sum(found) / len(found)


# 8.8 ------------------------------------------------------------------------------------------------------------------

heated = Exercise(
    title="Temperature",
    minutes=8,
    reference=lambda z, temperature: _softmax(np.asarray(z) / temperature),
    worked=Worked(
        (np.array([[0.0, np.log(2)], [np.log(3), 0.0]]), 0.5),
        np.array([[1 / 5, 4 / 5], [9 / 10, 1 / 10]]),
        "at T = 1/2 the odds 1 : 2 become 1 : 4, and 3 : 1 becomes 9 : 1",
    ),
    cases=lambda rng: [(rng.normal(size=shape) * 2, t) for shape, t in [((3, 5), 0.7), ((4, 2), 2.5), ((2, 6), 1.3)]],
    edges={
        "one row": (np.array([[0.5, -1.0, 2.0]]), 3.0),
        "integers": (np.array([[1, 2, 0], [4, -1, 3]]), 2),
        "nearly zero": (np.array([[10.0, 11.0, 9.0], [-3.0, -2.0, -1.0]]), 0.01),
        "cold, but close": (np.array([[0.0, 0.01, 0.02], [0.5, 0.53, 0.5]]), 0.01),
    },
    mistakes={
        "Multiplied where you should divide: a low temperature has to make the differences larger.": lambda z, t: (
            _softmax(z * t)
        ),
        "The temperature has no effect. Is it used? A number taken from all logits changes nothing after softmax, and "
        "probabilities divided by T and brought to the sum 1 again are what they were. Divide the logits.": (
            lambda z, t: _softmax(z)
        ),
        "The probabilities were divided by T and no longer add up to 1. Divide the logits, before softmax.": (
            lambda z, t: _softmax(z) / t
        ),
        "Softmax ran down the columns. Each row is one forecast.": lambda z, t: _softmax(np.asarray(z) / t, axis=0),
        "One largest logit and one sum served for the whole table. Each row is a forecast of its own.": lambda z, t: (
            _one_softmax(z, t)
        ),
        "Right for moderate logits. At a low temperature e^(z/T) overflows: take each row's largest away first.": (
            lambda z, t: np.exp(z / t) / np.exp(z / t).sum(axis=-1, keepdims=True)
        ),
        "You took the largest of the whole table away; a row far below it becomes 0 divided by 0. Take each "
        "row's own.": (lambda z, t: _global_maximum(z, t)),
        "All rows were divided by one sum. Each row is a forecast, and adds up to 1 by itself.": lambda z, t: (
            _heat(z, t) / _heat(z, t).sum()
        ),
        "e to the power of the heated logits is not yet a probability: each row has to be divided by its sum.": (
            lambda z, t: np.exp(z / t)
        ),
        "The largest of each row has become 1. That is not yet a probability: divide each row by its sum.": (
            lambda z, t: _heat(z, t)
        ),
        "The sums of the rows lie in a row, (n,), and divide the columns, if they fit at all. They have to stand as a "
        "column.": lambda z, t: _heat(z, t) / _heat(z, t).sum(axis=1),
        "/= writes into the array that was handed over. Make a new one.": lambda z, t: _in_place(z, t),
        "These are the heated logits; softmax is missing.": lambda z, t: z / t,
        "Softmax was taken twice: of the logits, and of their probabilities divided by T.": lambda z, t: _softmax(
            _softmax(z) / t
        ),
        "Whole-number division: // throws the rest away.": lambda z, t: _softmax(np.asarray(z) // t),
        "That is the most probable token with all of the probability, as at temperature 0.": lambda z, t: np.eye(
            z.shape[-1]
        )[z.argmax(axis=-1)],
    },
    styles={
        "power of probabilities": lambda z, t: _power(z, t),
        "loop": lambda z, t: np.array([_softmax(row / t) for row in z]),
        "log-sum-exp": lambda z, t: np.exp(z / t - np.logaddexp.reduce(z / t, axis=-1, keepdims=True)),
        "float32": lambda z, t: _softmax((z / t).astype(np.float32)),
    },
    hints=[
        "Two steps: what happens to the logits, then softmax along each row.",
        "After dividing, the largest number of a row may be a thousand. Subtract it from its row before np.exp.",
    ],
)


def _heat(z, t):
    return np.exp(z / t - np.max(z / t, axis=-1, keepdims=True))


def _in_place(z, t):
    z /= t
    return _softmax(z)


def _one_softmax(z, t):
    e = np.exp(z / t - np.max(z / t))
    return e / e.sum()


def _global_maximum(z, t):
    e = np.exp(z / t - np.max(z / t))
    with np.errstate(all="ignore"):
        return e / e.sum(axis=-1, keepdims=True)


def _power(z, t):
    log_p = z - np.logaddexp.reduce(z, axis=-1, keepdims=True)
    q = np.exp(log_p / t - (log_p / t).max(axis=-1, keepdims=True))
    return q / q.sum(axis=-1, keepdims=True)


# 8.9 ------------------------------------------------------------------------------------------------------------------


def _bills(table, x, bills, add=True, by=lambda d, x: d):
    d = np.zeros(table.shape)
    if add:
        np.add.at(d, x, bills)
    else:
        d[x] = bills
    return by(d, x)


def _per_count(d, x):
    often = np.bincount(np.ravel(x), minlength=len(d))
    return d / np.maximum(often, 1)[:, None]


def _bought(rng, v, m, n, k):
    return rng.normal(size=(v, m)), rng.integers(0, v, (n, k)), rng.normal(size=(n, k, m))


embedding_gradient = Exercise(
    title="The bills of an embedding",
    level="stretch",
    minutes=12,
    reference=lambda table, x, bills: _bills(table, x, bills),
    worked=Worked(
        (np.zeros((3, 2)), np.array([[2, 0, 2]]), np.array([[[1.0, 2.0], [3.0, 4.0], [10.0, 20.0]]])),
        np.array([[3.0, 4.0], [0.0, 0.0], [11.0, 22.0]]),
        "row 2 was used twice: 1 + 10 and 2 + 20; row 1 never",
    ),
    cases=lambda rng: [_bought(rng, v, m, n, k) for v, m, n, k in [(4, 3, 5, 2), (6, 2, 4, 3), (3, 5, 4, 2)]],
    edges={
        "one row": (np.zeros((4, 2)), np.array([[1, 3, 0]]), np.array([[[1.0, -1.0], [0.5, 2.0], [3.0, 0.0]]])),
        "integers": (
            np.array([[1, 2], [3, 4], [5, 6]]),
            np.array([[0, 0], [2, 1]]),
            np.array([[[1, 2], [3, 4]], [[5, 6], [7, 8]]]),
        ),
        "always the same": (np.zeros((2, 3)), np.ones((3, 2), int), np.arange(18.0).reshape(3, 2, 3)),
        "the last tokens never": (np.ones((5, 2)), np.array([[0, 1], [2, 0]]), np.arange(8.0).reshape(2, 2, 2)),
    },
    mistakes={
        "Row by row, += keeps one bill of a token that stands twice in the same context.": lambda table, x, bills: (
            _row_by_row(table, x, bills)
        ),
        "Place by place, += keeps one bill of a token that stands at the same place in two examples.": (
            lambda table, x, bills: _place_by_place(table, x, bills)
        ),
        "The bills were written into the table itself. What is asked for is an array of its own.": (
            lambda table, x, bills: _into_the_table(table, x, bills)
        ),
        "That is the table after a step. Only what each row owes is asked for.": lambda table, x, bills: (
            table - _bills(table, x, bills)
        ),
        "Only the first example was billed.": lambda table, x, bills: _bills(table, x[:1], bills[:1]),
        "The coordinates of each bill were added up. A bill has one number for each coordinate of the point.": (
            lambda table, x, bills: _bills(table, x, np.asarray(bills).sum(axis=-1, keepdims=True))
        ),
        "There are rows only up to the largest token that occurs. There should be as many as the table has.": (
            lambda table, x, bills: _bills(table[: np.max(x) + 1], x, bills)
        ),
        "Only the last bill of each row was kept: d[x] += ... reads every row once, before anything is added. "
        "np.add.at adds as often as a row is named.": lambda table, x, bills: _bills(table, x, bills, add=False),
        "You took the mean of a row's bills. Two paths add.": lambda table, x, bills: _bills(
            table, x, bills, by=_per_count
        ),
        "Divided by the number of examples: the bills already are what is owed.": lambda table, x, bills: (
            _bills(table, x, bills) / len(x)
        ),
        "Only the first place of each context was billed.": lambda table, x, bills: _bills(
            table, x[:, :1], bills[:, :1]
        ),
        "Only the last place of each context was billed.": lambda table, x, bills: _bills(
            table, x[:, -1:], bills[:, -1:]
        ),
        "These are the bills of the single places. Rows of the table are wanted, one for each token.": (
            lambda table, x, bills: bills.sum(axis=1)
        ),
        "The old table is in your result: begin with zeros.": lambda table, x, bills: table + _bills(table, x, bills),
        "Every row of the table got all bills. A bill goes only to the row that was looked up.": (
            lambda table, x, bills: np.zeros(table.shape) + np.asarray(bills).sum(axis=(0, 1))
        ),
        "Bills and rows do not belong together: places and examples are exchanged.": lambda table, x, bills: _crossed(
            table, x, bills
        ),
        "The bills were multiplied by the points. Looking up is no product: the bill passes unchanged.": (
            lambda table, x, bills: _bills(table, x, bills * table[x])
        ),
        "Each row was billed once for being used. Its bills count, not the number of its uses.": (
            lambda table, x, bills: np.zeros(table.shape) + np.bincount(np.ravel(x), minlength=len(table))[:, None]
        ),
    },
    styles={
        "loops": lambda table, x, bills: _by_loops(table, x, bills),
        "one-hot": lambda table, x, bills: np.einsum("nkv,nkm->vm", np.eye(len(table))[x], bills),
        "matrix product": lambda table, x, bills: (
            np.eye(len(table))[x.ravel()].T @ np.reshape(bills, (-1, table.shape[1]))
        ),
        "per token": lambda table, x, bills: np.array(
            [np.asarray(bills)[x == v].sum(axis=0) for v in range(len(table))]
        ),
    },
    hints=[
        "Begin with zeros of the table's shape. Which row does the bill of place (i, j) go to?",
        "Write it with two loops first. What if the same token is looked up twice?",
        "np.add.at(d, x, bills) does both loops at once, and adds repeatedly where x repeats.",
    ],
)


def _row_by_row(table, x, bills):
    d = np.zeros(table.shape)
    for row, bill in zip(x, bills, strict=True):
        d[row] += bill
    return d


def _place_by_place(table, x, bills):
    d = np.zeros(table.shape)
    for j in range(x.shape[1]):
        d[x[:, j]] += bills[:, j]
    return d


def _into_the_table(table, x, bills):
    np.add.at(table, x, bills)
    return table


def _crossed(table, x, bills):
    d = np.zeros(table.shape)
    bills = np.asarray(bills)
    np.add.at(d, np.ravel(x.T), bills.reshape(-1, bills.shape[-1]))
    return d


def _by_loops(table, x, bills):
    d = np.zeros(table.shape)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            d[x[i, j]] += bills[i, j]
    return d


# 8.10 -----------------------------------------------------------------------------------------------------------------


def _darts(p, u):
    return np.minimum((np.cumsum(p, axis=1) <= np.reshape(u, (-1, 1))).sum(axis=1), p.shape[1] - 1)


draw = Exercise(
    title="Throw the dart yourself",
    level="stretch",
    minutes=8,
    reference=lambda p, u: _darts(p, u),
    worked=Worked(
        (np.array([[0.2, 0.5, 0.3], [0.2, 0.5, 0.3], [0.6, 0.0, 0.4]]), np.array([0.1, 0.69, 0.65])),
        np.array([0, 1, 2]),
        "pieces of the first two rows end at 0.2, 0.7 and 1; of the third at 0.6, 0.6 and 1",
    ),
    cases=lambda rng: [(_probabilities(rng, n, v), rng.random(n)) for n, v in [(9, 4), (12, 7), (8, 3)]],
    edges={
        "one row": (np.array([[0.1, 0.2, 0.7]]), np.array([0.29])),
        "at the left end": (np.array([[0.0, 0.5, 0.5], [0.3, 0.3, 0.4]]), np.array([0.0, 0.0])),
        "integers": (np.array([[0, 1, 0], [1, 0, 0]]), np.array([0, 0])),
        "nothing certain": (np.array([[0.25, 0.25, 0.25, 0.25]] * 3), np.array([0.3, 0.6, 0.99])),
        "a dart in the gap at the right end": (np.full((2, 10), 0.1), np.array([0.05, np.nextafter(1, 0)])),
    },
    mistakes={
        "That is always the most probable. The dart u decides.": lambda p, u: p.argmax(axis=1),
        "The dart has to be compared with the running sum of the probabilities, not with each of them.": lambda p, u: (
            np.minimum((p <= u[:, None]).sum(axis=1), p.shape[1] - 1)
        ),
        "You counted the pieces that end behind the dart. Count those that end before it.": lambda p, u: (
            np.cumsum(p, axis=1) > np.reshape(u, (-1, 1))
        ).sum(axis=1),
        "The last token was passed: rounding lets the last piece end a little before 1, and a dart fell behind it.": (
            lambda p, u: (np.cumsum(p, axis=1) <= np.reshape(u, (-1, 1))).sum(axis=1)
        ),
        "A dart behind the last piece drew token 0: argmax of nothing but False is 0. Rounding lets the last piece end "
        "a little before 1.": lambda p, u: (np.cumsum(p, axis=1) > np.reshape(u, (-1, 1))).argmax(axis=1),
        "You took the first probability that is larger than the dart. It has to be compared with where the pieces "
        "end.": lambda p, u: (p > np.reshape(u, (-1, 1))).argmax(axis=1),
        "One too few: as many pieces end before the dart as tokens were passed, and the next one is drawn.": (
            lambda p, u: (np.cumsum(p, axis=1) <= np.reshape(u, (-1, 1))).sum(axis=1) - 1
        ),
        "The darts lie in a row, so that each column has one, if they fit at all. Each row has its own dart: make "
        "them a column.": lambda p, u: np.minimum((np.cumsum(p, axis=1) <= u).sum(axis=1), p.shape[1] - 1),
        "That is the piece whose end is nearest to the dart. It lands in the piece that ends behind it.": lambda p, u: (
            np.abs(np.cumsum(p, axis=1) - np.reshape(u, (-1, 1))).argmin(axis=1)
        ),
        "These are the probabilities of the tokens that were drawn. Return the tokens.": lambda p, u: p[
            np.arange(len(p)), _darts(p, u)
        ],
        "One too far: the number of pieces that end before the dart is the place already, counted from 0.": (
            lambda p, u: (np.cumsum(p, axis=1) <= np.reshape(u, (-1, 1))).sum(axis=1) + 1
        ),
        "The running sum went down the columns. Each row is a forecast of its own.": lambda p, u: np.minimum(
            (np.cumsum(p, axis=0) <= np.reshape(u, (-1, 1))).sum(axis=1), p.shape[1] - 1
        ),
        "A token with probability 0 was drawn: at u = 0 the first piece may be empty. A piece that ends exactly at the "
        "dart has ended.": lambda p, u: (np.cumsum(p, axis=1) < np.reshape(u, (-1, 1))).sum(axis=1),
        "The first dart was thrown at every row. Each row has its own.": lambda p, u: _darts(p, np.full(len(p), u[0])),
        "u was stretched over the tokens, as if all were equally likely.": lambda p, u: (
            np.asarray(u) * p.shape[1]
        ).astype(int),
        "Every dart was thrown at the first row.": lambda p, u: _darts(np.repeat(p[:1], len(p), axis=0), u),
        "The tokens were sorted by probability first, so your number is a rank and not a token.": lambda p, u: _darts(
            -np.sort(-p, axis=1), u
        ),
    },
    styles={
        "searchsorted": lambda p, u: np.array(
            [min(np.searchsorted(np.cumsum(r), v, side="right"), len(r) - 1) for r, v in zip(p, u, strict=True)]
        ),
        "argmax": lambda p, u: np.column_stack([np.cumsum(p, axis=1)[:, :-1] > u[:, None], np.ones(len(p))]).argmax(1),
        "loop": lambda p, u: _walk(p, u),
        "floats": lambda p, u: _darts(p, u).astype(float),
    },
    hints=[
        "Lay the pieces of a row end to end: np.cumsum says where each ends.",
        "How many pieces end at or before the dart? That number is the token, for tokens count from 0.",
    ],
)


def _walk(p, u):
    drawn = []
    for row, dart in zip(p, u, strict=True):
        end = 0.0
        for token, piece in enumerate(row):
            end += piece
            if dart < end:
                drawn.append(token)
                break
        else:
            drawn.append(len(row) - 1)
    return np.array(drawn)


# Questions ------------------------------------------------------------------------------------------------------------

why_counts = Question(
    "A linear layer on one-hot letters was trained for ten times as many steps. Can it score better *on the names it "
    "learns from* than the table of counts?",
    right="No. The counts are the lowest point of that loss.",
    wrong={
        "Yes, learning goes on as long as you let it.": "It goes on coming nearer. At the counts every slope is zero, "
        "and the loss has no lower point.",
        "Yes, because the layer has a bias and the table has none.": "A bias adds the same to every row's logits, and "
        "each row can already be anything.",
        "Only with a better optimizer.": "An optimizer changes how fast one gets to the bottom, not how deep it is.",
    },
    because="The slope is (forecast − share) · how often, so it is zero exactly where each forecast is the share that "
    "was counted.",
)

unlike_units = Question(
    "Two reports on the same held-out text: model A has 2.9 bits per character, model B 2.1 nats. Which is better?",
    right="A: 2.9 bits are about 2.01 nats.",
    wrong={
        "B: 2.1 is less than 2.9.": "The units differ. A bit is ln 2, about 0.69 nats.",
        "B: 2.1 nats are about 1.5 bits.": "The other way round: a nat is the larger unit, so there are more bits than "
        "nats, about 3.03.",
        "They cannot be compared.": "On the same text, per character, they can: bits times ln 2 are nats.",
    },
    because="2.9 · 0.693 is about 2.01, below 2.1.",
)

infinite_score = Question(
    "A table of pairs without smoothing scores infinity on 3,000 held-out names. What does that tell?",
    right="At least one of them holds a pair that was never counted.",
    wrong={
        "The table is useless for most of the names.": "One single pair is enough. On all the other names it may do "
        "very well.",
        "The held-out names must be wrong.": "They are names like the others. Impossible was the model's word.",
        "There was an overflow in the program.": "ln 0 is minus infinity; nothing overflowed. The probability really "
        "was zero.",
    },
    because="Surprise at what had probability zero has no limit, and one infinite summand makes the mean infinite.",
)

cold_writer = Question(
    "You lower the temperature towards 0 and let a model write a hundred names. What do you see?",
    right="The same name a hundred times.",
    wrong={
        "A hundred different, very good names.": "With only the most probable character left at each place, there is "
        "nothing left to differ.",
        "Random letters.": "That is what a high temperature gives: all characters nearly equally likely.",
        "The names that are commonest in the list.": "It sees no names, only characters; and it takes the same "
        "way each time.",
    },
    because="Divided by nearly zero, the differences of the logits become huge, and softmax gives all to the largest.",
)

why_embedding = Question(
    "With five characters of context the table of counts got worse and the network better. Why?",
    right="The network lets contexts that it has never seen borrow from similar ones.",
    wrong={
        "The network has more parameters than the table.": "It has far fewer: some twenty thousand "
        "against hundreds of millions.",
        "The network was trained for longer.": "The table is exact after one pass. Counting longer would change "
        "nothing.",
        "The table was not smoothed.": "It was, with the best alpha of several. Smoothing knows nothing of "
        "which letters are alike.",
    },
    because="In the table each context is a row of its own. In the network contexts share letters' points and weights.",
)

THIS = chapter("08_language", globals())
__getattr__ = suggest(__name__, globals())


def progress():
    """Show this chapter's exercises and questions with what you have done so far."""
    return table_of(THIS)

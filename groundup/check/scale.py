"""Chapter 12's exercises and questions."""

from collections import Counter
from itertools import pairwise

import numpy as np

from groundup.check.exercise import Exercise, Worked, chapter, suggest
from groundup.check.quiz import Question
from groundup.check.table import table_of

# 12.1 -----------------------------------------------------------------------------------------------------------------


def _bytes(text):
    return len(text.encode("utf-8"))


bits_per_byte = Exercise(
    title="Bits per byte",
    level="warm-up",
    minutes=6,
    reference=lambda loss, tokens, text: loss * tokens / np.log(2) / _bytes(text),
    worked=Worked(
        (3 * np.log(2), 2, "née"),
        1.5,
        "3 bits a token, 2 tokens, 6 bits; n and e are one byte each, é is two: 4 bytes",
    ),
    cases=lambda rng: [
        (float(rng.uniform(1, 5)), int(rng.integers(3, 9)), text)
        for text in ("To be, or not to be", "Où est la bibliothèque?", "наука")
    ],
    edges={
        "one token": (2.0, 1, "ha"),
        "a whole number of nats": (3, 4, "all's well"),
        "a perfect forecast": (0.0, 5, "hello"),
    },
    mistakes={
        "These are nats per byte. A bit is the smaller unit: ln 2 nats.": lambda loss, tokens, text: (
            loss * tokens / _bytes(text)
        ),
        "You multiplied by ln 2. A bit is smaller than a nat, so there are more bits.": lambda loss, tokens, text: (
            loss * tokens * np.log(2) / _bytes(text)
        ),
        "These are bits per token. Another tokenizer has other tokens; the bytes are the same for all.": (
            lambda loss, tokens, text: loss / np.log(2)
        ),
        "You divided by the number of characters. Some characters are several bytes in UTF-8.": (
            lambda loss, tokens, text: loss * tokens / np.log(2) / len(text)
        ),
        "These are the bits of the whole text. Per byte means divided by how many bytes it has.": (
            lambda loss, tokens, text: loss * tokens / np.log(2)
        ),
        "The loss was divided by the tokens. It is a mean per token already, so what does the whole text cost?": (
            lambda loss, tokens, text: loss / tokens / np.log(2) / _bytes(text)
        ),
        "The number of tokens was left out: the loss is that of one token, the bytes are those of all.": (
            lambda loss, tokens, text: loss / np.log(2) / _bytes(text)
        ),
        "Tokens and bytes are in each other's place: what all tokens cost is shared out among the bytes.": (
            lambda loss, tokens, text: loss / np.log(2) * _bytes(text) / tokens
        ),
        "You divided by ln 10, which would give decimal digits. A bit is ln 2 nats.": lambda loss, tokens, text: (
            loss * tokens / np.log(10) / _bytes(text)
        ),
        "These are bits per bit: a byte counted as 8.": lambda loss, tokens, text: (
            loss * tokens / np.log(2) / (8 * _bytes(text))
        ),
        "You took the logarithm of the loss. The loss is a logarithm already; to change its unit, divide.": (
            lambda loss, tokens, text: np.log2(loss) * tokens / _bytes(text)
        ),
        "log10(2) turns powers of ten into powers of two. Nats are powers of e: how many nats is a bit?": (
            lambda loss, tokens, text: loss * tokens / np.log10(2) / _bytes(text)
        ),
        "You took e to the power of the loss: that is the perplexity, which cannot be added up over the tokens.": (
            lambda loss, tokens, text: np.exp(loss) * tokens / _bytes(text)
        ),
        "It is upside down: bytes for each bit.": lambda loss, tokens, text: (
            np.float64(_bytes(text)) * np.log(2) / (loss * tokens)
        ),
        "The words were counted, not the bytes.": lambda loss, tokens, text: (
            loss * tokens / np.log(2) / len(text.split())
        ),
    },
    styles={
        "log2 of e": lambda loss, tokens, text: loss * np.log2(np.e) * tokens / len(text.encode()),
        "bytearray": lambda loss, tokens, text: float(loss) * tokens / (np.log(2) * len(bytearray(text, "utf-8"))),
        "in steps": lambda loss, tokens, text: np.float64(loss / np.log(2)) * (tokens / len(bytes(text, "utf8"))),
        "sum over characters": lambda loss, tokens, text: (
            loss * tokens / np.log(2) / sum(len(c.encode()) for c in text)
        ),
    },
    hints=[
        "What does the whole text cost in nats? In bits? Then share it out.",
        "A text's bytes: encode it, then ask for the length of that.",
    ],
)

# 12.2 -----------------------------------------------------------------------------------------------------------------


def _counts(tokens):
    return Counter(pairwise(np.asarray(tokens).tolist()))


def _best(tokens, key, counts=None):
    counts = _counts(tokens) if counts is None else counts
    return min(counts, key=lambda pair: key(pair, counts))


def _first_met(tokens):
    counts = _counts(tokens)
    return max(counts, key=counts.get)


def _last_met(tokens):
    counts = _counts(tokens)
    return max(reversed(list(counts)), key=counts.get)


def _every_second(tokens):
    tokens = np.asarray(tokens).tolist()
    return Counter(zip(tokens[::2], tokens[1::2], strict=False))


def _once_each(tokens):
    """Count as if a pair could not overlap with itself."""
    tokens, counts, last = np.asarray(tokens).tolist(), Counter(), {}
    for i, pair in enumerate(pairwise(tokens)):
        if last.get(pair, -2) != i - 1:
            counts[pair] += 1
            last[pair] = i
    return counts


def _two_commonest(tokens):
    (a, _), (b, _) = Counter(np.asarray(tokens).tolist()).most_common(2)
    return a, b


def _unordered(tokens):
    counts = Counter(tuple(sorted(pair)) for pair in pairwise(np.asarray(tokens).tolist()))
    return min(counts, key=lambda pair: (-counts[pair], pair))


def _with_a_gap(tokens):
    tokens = np.asarray(tokens).tolist()
    return Counter(zip(tokens, tokens[2:], strict=False))


def _where_it_stands(tokens):
    i = list(pairwise(np.asarray(tokens).tolist())).index(_best(tokens, _BY_RULE))
    return i, i + 1


_BY_RULE = lambda pair, counts: (-counts[pair], pair)  # noqa: E731


def _chains(rng, n, kinds):
    """Tokens with ties for the first place, in which no two rules for ties agree by chance."""
    a, b, c, d = (int(v) for v in rng.permutation(np.arange(1, kinds))[:4])
    return [d, c, d, c, b, a, b, a, *rng.integers(0, kinds, n).tolist()]


commonest_pair = Exercise(
    title="The commonest neighbours",
    minutes=8,
    reference=lambda tokens: _best(tokens, _BY_RULE),
    worked=Worked(
        ([5, 2, 9, 5, 2, 1, 9, 5],),
        (5, 2),
        "5·2 twice and 9·5 twice; the smaller first token wins",
    ),
    cases=lambda rng: (
        [(rng.integers(0, 4, n).tolist(),) for n in (12, 25, 40)] + [(_chains(rng, 3, 9),) for _ in range(6)]
    ),
    edges={
        "one pair": ([7, 3],),
        "all alike": ([4, 4, 4, 4],),
        "equal first tokens": ([3, 8, 3, 6, 3, 8, 3, 6, 0],),
        "overlapping": ([6, 6, 6, 6, 1, 2, 1, 2, 9, 1, 2, 6, 6],),
        "large numbers": ([300, 256, 300, 256, 97],),
        "a wide gap": ([1, 9, 2, 1, 8, 2, 1, 7, 2, 9, 8, 9, 8],),
    },
    mistakes={
        "Of pairs that occur equally often you took the one that was met first. The rule asks for the smaller one.": (
            _first_met
        ),
        "Of pairs that occur equally often you took the one that was met last. The rule asks for the smaller one.": (
            _last_met
        ),
        "Of pairs that occur equally often you took the largest. The rule asks for the smaller first token.": (
            lambda tokens: _best(tokens, lambda p, c: (-c[p], -p[0], -p[1]))
        ),
        "Ties are decided by the first token, and only then by the second; you looked at the second first.": (
            lambda tokens: _best(tokens, lambda p, c: (-c[p], p[1], p[0]))
        ),
        "That is the rarest pair. The sign of the count is turned.": lambda tokens: _best(
            tokens, lambda p, c: (c[p], p)
        ),
        "You looked at every second pair only: the tokens 1 and 2 are neighbours, but 2 and 3 are too.": (
            lambda tokens: _best(tokens, _BY_RULE, _every_second(tokens))
        ),
        "A pair that overlaps with itself was counted once: in 6 6 6 there are two pairs of neighbours.": (
            lambda tokens: _best(tokens, _BY_RULE, _once_each(tokens))
        ),
        "These are the two commonest tokens. They need not stand side by side.": _two_commonest,
        "5·2 and 2·5 are different pairs; you counted them as one.": _unordered,
        "You paired each token with the one after the next.": lambda tokens: _best(
            tokens, _BY_RULE, _with_a_gap(tokens)
        ),
        "That is the smallest pair. Count first; the smaller one is only for ties.": lambda tokens: _best(
            tokens, lambda p, c: p
        ),
        "The pair came out the wrong way round.": lambda tokens: _best(tokens, _BY_RULE)[::-1],
        "The end was joined to the beginning: the last token has no neighbour behind it.": lambda tokens: _best(
            [*np.asarray(tokens).tolist(), int(tokens[0])], _BY_RULE
        ),
        "The last pair is missing from the count.": lambda tokens: _best(tokens, _BY_RULE, _counts(tokens[:-1])),
        "Of pairs that occur equally often and begin alike you took the one that was met first; then the second "
        "token decides.": lambda tokens: _best(tokens, lambda p, c: (-c[p], p[0])),
        "Ties are not decided by the sum of the two tokens: the first one comes first.": lambda tokens: _best(
            tokens, lambda p, c: (-c[p], p[0] + p[1])
        ),
        "That is where the pair stands. Asked for are the two tokens themselves.": _where_it_stands,
    },
    styles={
        "sorted": lambda tokens: sorted(_counts(tokens).items(), key=lambda item: (-item[1], item[0]))[0][0],
        "dictionary": lambda tokens: _by_dictionary(tokens),
        "unique": lambda tokens: _by_unique(tokens),
        "a list": lambda tokens: list(_best(tokens, _BY_RULE)),
    },
    hints=[
        "Two steps: how often each pair of neighbours occurs (pairwise and a Counter), then the best by a rule.",
        "min and max take key=. A key may be a tuple: Python compares its first entries, and on a tie the next ones.",
    ],
)


def _by_dictionary(tokens):
    counts = {}
    for i in range(len(tokens) - 1):
        pair = (int(tokens[i]), int(tokens[i + 1]))
        counts[pair] = counts.get(pair, 0) + 1
    most = max(counts.values())
    return min(pair for pair, n in counts.items() if n == most)


def _by_unique(tokens):
    pairs, counts = np.unique(np.stack([tokens[:-1], tokens[1:]], axis=1), axis=0, return_counts=True)
    a, b = pairs[counts.argmax()]
    return a, b


# 12.3 -----------------------------------------------------------------------------------------------------------------


def _join(tokens, a, b, new, keep=False, once=False, back=False):
    tokens = np.asarray(tokens).tolist()
    tokens, (a, b) = (tokens[::-1], (b, a)) if back else (tokens, (a, b))
    out, i, done = [], 0, False
    while i < len(tokens):
        if tokens[i : i + 2] == [a, b] and not (once and done):
            out += [new, b] if keep else [new]
            i, done = i + 2, True
        else:
            out.append(tokens[i])
            i += 1
    return np.array(out[::-1] if back else out)


def _overlapping(tokens, a, b, new):
    """Each occurrence becomes a token, also where two share one."""
    tokens, out, inside = np.asarray(tokens).tolist(), [], False
    for i, token in enumerate(tokens):
        here = tokens[i : i + 2] == [a, b]
        if here:
            out.append(new)
        elif not inside:
            out.append(token)
        inside = here
    return np.array(out)


def _only_first_replaced(tokens, a, b, new):
    tokens = np.asarray(tokens).tolist()
    return np.array([new if tokens[i : i + 2] == [a, b] else t for i, t in enumerate(tokens)])


def _either_way(tokens, a, b, new):
    tokens, out, i = np.asarray(tokens).tolist(), [], 0
    while i < len(tokens):
        both = tokens[i : i + 2] in ([a, b], [b, a])
        out.append(new if both else tokens[i])
        i += 2 if both else 1
    return np.array(out)


def _each_alone(tokens, a, b, new):
    return np.array([new if t in (a, b) else t for t in np.asarray(tokens).tolist()])


def _in_one_look(tokens, a, b, new):
    """All comparisons at once, so that a token may be the end of one pair and the beginning of the next."""
    tokens = np.asarray(tokens)
    begins, out, stays = (tokens[:-1] == a) & (tokens[1:] == b), tokens.copy(), np.ones(len(tokens), bool)
    out[:-1][begins], stays[1:][begins] = new, False
    return out[stays]


def _in_a_string(tokens, a, b, new):
    joined = " ".join(map(str, np.asarray(tokens).tolist())).replace(f"{a} {b}", str(new))
    return np.array([int(number) for number in joined.split()])


def _beside_it(tokens, a, b, new):
    """The new token stands behind the first of the pair, and nothing is taken away."""
    tokens = np.asarray(tokens).tolist()
    return np.array([v for i, t in enumerate(tokens) for v in ([t, new] if tokens[i : i + 2] == [a, b] else [t])])


def _filled_up(tokens, a, b, new):
    joined = _join(tokens, a, b, new)
    return np.concatenate([joined, np.zeros(len(tokens) - len(joined), int)])


def _taken_out(tokens, a, b, new):
    joined = _join(tokens, a, b, -1)
    return joined[joined != -1]


def _loses_last(tokens, a, b, new):
    tokens = np.asarray(tokens).tolist()
    out, i = [], 0
    while i < len(tokens) - 1:
        both = tokens[i : i + 2] == [a, b]
        out.append(new if both else tokens[i])
        i += 2 if both else 1
    return np.array(out)


def _skips_after(tokens, a, b, new):
    tokens, out, i = np.asarray(tokens).tolist(), [], 0
    while i < len(tokens):
        both = tokens[i : i + 2] == [a, b]
        out += [new, *tokens[i + 2 : i + 3]] if both else [tokens[i]]
        i += 3 if both else 1
    return np.array(out)


def _joined_again(tokens, a, b, new):
    return np.array([v for t in _join(tokens, a, b, -1).tolist() for v in ([new, new] if t == -1 else [t])])


_BY_HAND = np.array([7, 7, 7, 2, 7, 7])

join = Exercise(
    title="Join a pair",
    minutes=10,
    reference=_join,
    worked=Worked(
        (_BY_HAND, 7, 7, 256),
        np.array([256, 7, 2, 256]),
        "from the left: the first two 7s become one token, the third is left over",
    ),
    cases=lambda rng: [
        (np.concatenate([rng.integers(1, 4, n), [1, 2, 1, 1, 2, 2, 1, 3, 3, 3]]), a, b, 256 + n)
        for n, a, b in [(12, 1, 2), (20, 3, 3), (31, 2, 1), (9, 1, 1)]
    ],
    edges={
        "nothing to join": (np.array([4, 5, 4]), 5, 5, 300),
        "one token": (np.array([4]), 4, 4, 300),
        "at the end": (np.array([1, 1, 2, 9, 1, 2]), 1, 2, 256),
        "at the start only": (np.array([8, 9, 3, 8, 3]), 8, 9, 257),
        "several in a row": (np.array([1, 2, 1, 2, 1, 2, 3]), 1, 2, 256),
        "numbers that begin and end alike": (np.array([17, 2, 7, 25, 7, 2, 72]), 7, 2, 300),
    },
    mistakes={
        "Overlapping pairs were joined too. A token that has been used up belongs to no second pair.": _overlapping,
        "The second token of the pair is still there: after a join, go on two places further.": (
            lambda tokens, a, b, new: _join(tokens, a, b, new, keep=True)
        ),
        "The first of the pair was replaced and the second then met again, as if nothing had been joined.": (
            _only_first_replaced
        ),
        "Only the first occurrence was joined.": lambda tokens, a, b, new: _join(tokens, a, b, new, once=True),
        "You joined from the right. In 7 7 7 the first two belong together.": lambda tokens, a, b, new: _join(
            tokens, a, b, new, back=True
        ),
        "The pair has an order: b followed by a is another pair.": _either_way,
        "Each of the two tokens was replaced wherever it stands, also alone.": _each_alone,
        "All pairs were looked for at once, so that in 7 7 7 one token is the end of a pair and the beginning of the "
        "next, and three become one.": _in_one_look,
        "Every a was replaced. Only an a with b behind it is meant, and that b goes too.": (
            lambda tokens, a, b, new: np.where(np.asarray(tokens) == a, new, tokens)
        ),
        "You replaced digits in a text: the number 17 ends in a 7 too. Compare whole numbers.": _in_a_string,
        "The new token stands beside the pair, which is still there.": _beside_it,
        "The result is as long as before: joining makes it shorter, and nothing fills it up.": _filled_up,
        "The pair was taken out; the new token has to stand in its place.": _taken_out,
        "The last token got lost where it is not part of a pair: does your loop stop one too early?": _loses_last,
        "After a join you went three places further, so that a pair right behind it is passed over.": _skips_after,
        "The new token stands there twice: two places have become one.": _joined_again,
        "b followed by a was joined: the order of the pair is turned.": lambda tokens, a, b, new: _join(
            tokens, b, a, new
        ),
    },
    styles={
        "append and pop": lambda tokens, a, b, new: _by_stack(tokens, a, b, new),
        "float": lambda tokens, a, b, new: _join(tokens, a, b, new).astype(float),
        "skip mark": lambda tokens, a, b, new: _by_skip(tokens, a, b, new),
        "package": lambda tokens, a, b, new: _by_iterator(tokens, a, b, new),
    },
    hints=[
        "Walk with a place i. Either the pair begins at i, or it does not. How far do you go on in each case?",
        "At the last place there is no neighbour: tokens[i + 1] would raise, a slice of two does not.",
    ],
)


def _by_stack(tokens, a, b, new):
    out = []
    for token in tokens:
        if out and out[-1] == a and token == b:
            out[-1] = new
        else:
            out.append(int(token))
    return np.array(out)


def _by_skip(tokens, a, b, new):
    out, skip = [], False
    for i in range(len(tokens)):
        if skip:
            skip = False
            continue
        skip = i + 1 < len(tokens) and tokens[i] == a and tokens[i + 1] == b
        out.append(new if skip else tokens[i])
    return np.array(out)


def _by_iterator(tokens, a, b, new):
    rest, out = np.asarray(tokens).tolist()[::-1], []
    while rest:
        token = rest.pop()
        if token == a and rest and rest[-1] == b:
            rest.pop()
            token = new
        out.append(token)
    return np.array(out)


# 12.4 -----------------------------------------------------------------------------------------------------------------


def _encode(tokens, merges, order=None, first=256, until=False):
    order = range(len(merges)) if order is None else order
    for k in order:
        a, b = (int(v) for v in merges[k])
        tokens = _join(tokens, a, b, first + k)
        while until and (joined := _join(tokens, a, b, first + k)).size < np.size(tokens):
            tokens = joined
    return np.asarray(tokens)


def _longest_first(tokens, merges):
    """Greedy from the left: the longest piece of the vocabulary that fits."""
    pieces = {i: [i] for i in range(256)}
    for k, (a, b) in enumerate(np.asarray(merges).tolist()):
        pieces[256 + k] = pieces[a] + pieces[b]
    tokens, out, i = np.asarray(tokens).tolist(), [], 0
    by_length = sorted(pieces, key=lambda t: -len(pieces[t]))
    while i < len(tokens):
        token = next(t for t in by_length if tokens[i : i + len(pieces[t])] == pieces[t])
        out.append(token)
        i += len(pieces[token])
    return np.array(out)


def _leftmost_first(tokens, merges):
    """Join whatever pair comes first in the text, again and again."""
    rank = {tuple(pair): 256 + k for k, pair in enumerate(np.asarray(merges).tolist())}
    tokens = np.asarray(tokens).tolist()
    while True:
        i = next((i for i, pair in enumerate(pairwise(tokens)) if pair in rank), None)
        if i is None:
            return np.array(tokens)
        tokens[i : i + 2] = [rank[tokens[i], tokens[i + 1]]]


def _one_walk(tokens, merges):
    """One walk over the text, joining what is in the table: new tokens are never looked at again."""
    rank = {tuple(pair): 256 + k for k, pair in enumerate(np.asarray(merges).tolist())}
    tokens, out, i = np.asarray(tokens).tolist(), [], 0
    while i < len(tokens):
        new = rank.get(tuple(tokens[i : i + 2]))
        out.append(tokens[i] if new is None else new)
        i += 1 if new is None else 2
    return np.array(out)


def _largest_and_one(tokens, merges):
    for a, b in np.asarray(merges).tolist():
        tokens = _join(tokens, a, b, int(np.max(tokens)) + 1)
    return np.asarray(tokens)


def _same_number(tokens, merges):
    for a, b in np.asarray(merges).tolist():
        tokens = _join(tokens, a, b, 256)
    return np.asarray(tokens)


def _one_of_each(tokens, merges):
    for k, (a, b) in enumerate(np.asarray(merges).tolist()):
        tokens = _join(tokens, a, b, 256 + k, once=True)
    return np.asarray(tokens)


def _overlap_each(tokens, merges):
    for k, (a, b) in enumerate(np.asarray(merges).tolist()):
        tokens = _overlapping(tokens, a, b, 256 + k)
    return np.asarray(tokens)


def _from_original(tokens, merges):
    """Each merge looks at the bytes again, and the last result is returned."""
    out = np.asarray(tokens)
    for k, (a, b) in enumerate(np.asarray(merges).tolist()):
        out = _join(tokens, a, b, 256 + k)
    return out


def _text(rng, n):
    return rng.integers(97, 101, n)


# ab, then bc, then ab·c, then c·d: what is done first decides.
_MERGES = np.array([[98, 99], [97, 98], [257, 99], [97, 256], [256, 100], [100, 100], [259, 100], [97, 97], [263, 98]])

encode = Exercise(
    title="Encode a text by its merges",
    level="stretch",
    minutes=10,
    reference=lambda tokens, merges: _encode(tokens, merges),
    worked=Worked(
        (np.array([97, 98, 99, 97, 98]), np.array([[98, 99], [97, 98], [97, 256]])),
        np.array([258, 257]),
        "first bc becomes 256: a·bc·a·b; then ab becomes 257: a·bc·ab; then a·bc becomes 258",
    ),
    cases=lambda rng: [(_text(rng, n), _MERGES[:m]) for n, m in [(14, 3), (25, 5), (40, 7), (60, 9)]],
    edges={
        "no merge applies": (np.array([65, 66, 67]), np.array([[97, 98]])),
        "one token": (np.array([97]), np.array([[97, 97]])),
        "all alike": (np.full(7, 97), np.array([[97, 97], [256, 256]])),
        "order decides": (np.array([97, 98, 99, 100, 97, 98]), np.array([[97, 98], [98, 99], [256, 257], [99, 100]])),
        "a merge twice in the text": (np.array([97, 98, 97, 98, 99]), np.array([[97, 98], [256, 256]])),
        "two pairs that share a token": (np.array([97, 98, 99, 97, 98, 99]), np.array([[97, 98], [98, 99]])),
    },
    mistakes={
        "The merges were made in the reverse order. A later one may need what an earlier one has joined.": (
            lambda tokens, merges: _encode(tokens, merges, order=range(len(merges))[::-1])
        ),
        "You took the longest piece that fits, from the left. Merges are made in the order in which they were "
        "learnt, each everywhere, before the next.": _longest_first,
        "You joined whatever pair came first in the text. The order is that of the merges, not that of the text.": (
            _leftmost_first
        ),
        "Each merge was made once. It is made wherever the pair stands.": _one_of_each,
        "New tokens begin at 256: 0 to 255 are the bytes.": lambda tokens, merges: _encode(tokens, merges, first=0),
        "New tokens begin at 256, not at 257: the first merge is number 0.": lambda tokens, merges: _encode(
            tokens, merges, first=257
        ),
        "New tokens begin at 256, not at 255, which is a byte.": lambda tokens, merges: _encode(
            tokens, merges, first=255
        ),
        "Only the first merge was made: is the return inside the loop?": lambda tokens, merges: _encode(
            tokens, merges[:1]
        ),
        "Each merge began again with the text as it came, so only the last one shows.": _from_original,
        "The last merge is missing.": lambda tokens, merges: _encode(tokens, merges[:-1]),
        "Overlapping pairs were joined too: a token that has been used up belongs to no second pair.": _overlap_each,
        "All pairs were given the same new number.": _same_number,
        "You walked over the text once: what has been joined can itself be part of a later merge.": _one_walk,
        "The new number is not the largest in the text and one more: it belongs to the merge, in whatever text.": (
            _largest_and_one
        ),
        "The pairs were read the wrong way round.": lambda tokens, merges: _encode(tokens, np.asarray(merges)[:, ::-1]),
    },
    styles={
        "best pair next": lambda tokens, merges: _by_rank(tokens, merges),
        "stack": lambda tokens, merges: _by_loop(tokens, merges),
        "floats": lambda tokens, merges: _encode(tokens, merges).astype(float),
        "package": lambda tokens, merges: _by_package(tokens, merges),
    },
    hints=[
        "Your join does one merge. Encoding is doing all of them; in which order, and with which number each?",
        "enumerate gives k beside the pair; the new number is 256 and k more.",
    ],
)


def _by_rank(tokens, merges):
    rank = {tuple(pair): k for k, pair in enumerate(np.asarray(merges).tolist())}
    tokens = np.asarray(tokens)
    while True:
        found = [pair for pair in pairwise(tokens.tolist()) if pair in rank]
        if not found:
            return tokens
        best = min(found, key=rank.get)
        tokens = _join(tokens, *best, 256 + rank[best])


def _by_loop(tokens, merges):
    new = 256
    for pair in merges:
        tokens = _by_stack(tokens, pair[0], pair[1], new)
        new += 1
    return tokens


def _by_package(tokens, merges):
    for k, pair in enumerate(merges):
        tokens = _by_iterator(tokens, int(pair[0]), int(pair[1]), 256 + k)
    return np.asarray(tokens)


# 12.5 -----------------------------------------------------------------------------------------------------------------

NOT_ASKED = -100


def _masked(x, hidden, mask):
    x, hidden = np.asarray(x), np.asarray(hidden, dtype=bool)
    return np.where(hidden, mask, x), np.where(hidden, x, NOT_ASKED)


def _mask_case(rng, n, t, mask):
    hidden = rng.random((n, t)) < 0.35
    hidden[:, rng.integers(t)] |= ~hidden.any(axis=1)
    return rng.integers(1, mask, (n, t)), hidden.astype(int), mask


def _hidden_where_value(x, hidden, mask):
    """Hides every letter that equals a hidden one."""
    x, hidden = np.asarray(x), np.asarray(hidden, dtype=bool)
    same = np.stack([np.isin(row, row[h]) for row, h in zip(x, hidden, strict=True)])
    return np.where(same, mask, x), np.where(same, x, NOT_ASKED)


masked_example = Exercise(
    title="Hide letters, and ask for them",
    minutes=8,
    reference=_masked,
    worked=Worked(
        (np.array([[3, 1, 2], [5, 4, 6]]), np.array([[0, 1, 0], [1, 0, 0]]), 9),
        (np.array([[3, 9, 2], [9, 4, 6]]), np.array([[-100, 1, -100], [5, -100, -100]])),
        "the input shows 9 where something is hidden; only there is a question",
    ),
    cases=lambda rng: [_mask_case(rng, n, t, m) for n, t, m in [(3, 5, 9), (4, 7, 27), (2, 6, 30)]],
    edges={
        "one row": (np.array([[4, 2, 7, 1]]), np.array([[0, 0, 1, 1]]), 8),
        "nothing hidden": (np.array([[4, 2, 7], [1, 2, 3]]), np.zeros((2, 3), int), 8),
        "everything hidden": (np.array([[4, 2], [1, 3], [5, 5]]), np.ones((3, 2), int), 8),
        "truth values": (np.array([[4, 2, 7, 5]]), np.array([[False, True, False, False]]), 8),
    },
    mistakes={
        "The targets hold every place. What is not hidden is no question: a model that may see it learns to copy.": (
            lambda x, hidden, mask: (_masked(x, hidden, mask)[0], np.array(x))
        ),
        "The mask reveals the answer: the input still shows what is asked for.": lambda x, hidden, mask: (
            np.array(x),
            _masked(x, hidden, mask)[1],
        ),
        "The targets hold the mask itself. They were taken after hiding; asked for is what stood there before.": (
            lambda x, hidden, mask: (_masked(x, hidden, mask)[0], np.where(np.asarray(hidden) > 0, mask, NOT_ASKED))
        ),
        "The others were hidden: 1 in hidden means hidden.": lambda x, hidden, mask: _masked(
            x, 1 - np.asarray(hidden, int), mask
        ),
        "The questions are at the wrong places: asked is where something is hidden, not where it is open.": (
            lambda x, hidden, mask: (
                _masked(x, hidden, mask)[0],
                np.where(np.asarray(hidden) > 0, NOT_ASKED, x),
            )
        ),
        "0 is a token. Where nothing is asked the target is -100, which no token has.": lambda x, hidden, mask: (
            _masked(x, hidden, mask)[0],
            np.where(np.asarray(hidden) > 0, x, 0),
        ),
        "-1 is the mark of another exercise; here it is -100.": lambda x, hidden, mask: (
            _masked(x, hidden, mask)[0],
            np.where(np.asarray(hidden) > 0, x, -1),
        ),
        "The inputs hold -100 at the hidden places. They go through an embedding and need the mask's own token.": (
            lambda x, hidden, mask: (np.where(np.asarray(hidden) > 0, NOT_ASKED, x), _masked(x, hidden, mask)[1])
        ),
        "The inputs hold 0 at the hidden places, whatever the mask is.": lambda x, hidden, mask: (
            np.where(np.asarray(hidden) > 0, 0, x),
            _masked(x, hidden, mask)[1],
        ),
        "Everything that is not asked for was hidden too: nothing is left to answer from.": lambda x, hidden, mask: (
            np.full_like(x, mask),
            _masked(x, hidden, mask)[1],
        ),
        "You hid equal letters elsewhere as well. Only the marked places are hidden.": _hidden_where_value,
        "The targets are shifted by one, as for a GPT. Here the question is about the same place.": (
            lambda x, hidden, mask: (
                _masked(x, hidden, mask)[0],
                np.where(np.asarray(hidden) > 0, np.roll(x, -1, axis=1), NOT_ASKED),
            )
        ),
        "The targets hold the mask where nothing is asked. The mask is a token; the loss would ask for it.": (
            lambda x, hidden, mask: (
                _masked(x, hidden, mask)[0],
                np.where(np.asarray(hidden) > 0, x, mask),
            )
        ),
        "The targets are right, but in the inputs the others were hidden.": lambda x, hidden, mask: (
            _masked(x, 1 - np.asarray(hidden, int), mask)[0],
            _masked(x, hidden, mask)[1],
        ),
        "hidden was used as an index, and its 0 and 1 were taken for the numbers of rows. Truth values choose places: "
        "hidden == 1.": lambda x, hidden, mask: _by_row_numbers(x, hidden, mask),
        "In the inputs, hidden was used as an index: 0 and 1 were taken for the numbers of rows. hidden == 1 chooses "
        "places.": lambda x, hidden, mask: (_by_row_numbers(x, hidden, mask)[0], _masked(x, hidden, mask)[1]),
        "The mask was added to what stands there. It has to take its place.": lambda x, hidden, mask: (
            x + mask * np.asarray(hidden, int),
            _masked(x, hidden, mask)[1],
        ),
        "Inputs and targets are in each other's place.": lambda x, hidden, mask: _masked(x, hidden, mask)[::-1],
        "The targets are 0 and 1: where something is hidden, but not what.": lambda x, hidden, mask: (
            _masked(x, hidden, mask)[0],
            np.where(np.asarray(hidden) > 0, 1, NOT_ASKED),
        ),
    },
    styles={
        "copies": lambda x, hidden, mask: _by_copies(x, hidden, mask),
        "loop": lambda x, hidden, mask: _by_places(x, hidden, mask),
        "arithmetic": lambda x, hidden, mask: (
            x * (1 - np.asarray(hidden, int)) + mask * np.asarray(hidden, int),
            x * np.asarray(hidden, int) + NOT_ASKED * (1 - np.asarray(hidden, int)),
        ),
        "a list of both": lambda x, hidden, mask: list(_masked(x, hidden, mask)),
    },
    hints=[
        "Two arrays from one: at a hidden place the input gets the mask, the target what stood there. And elsewhere?",
        "np.where(condition, there, elsewhere) chooses place by place; once for each of the two.",
    ],
)


def _by_copies(x, hidden, mask):
    inputs, targets, at = np.array(x), np.full(np.shape(x), NOT_ASKED), np.asarray(hidden, bool)
    targets[at] = inputs[at]
    inputs[at] = mask
    return inputs, targets


def _by_row_numbers(x, hidden, mask):
    inputs, targets = np.array(x), np.full(np.shape(x), NOT_ASKED)
    inputs[hidden] = mask
    targets[hidden] = x[hidden]
    return inputs, targets


def _by_places(x, hidden, mask):
    inputs, targets = np.array(x), np.zeros(np.shape(x), int) + NOT_ASKED
    for i in range(len(x)):
        for j in range(len(x[0])):
            if hidden[i][j]:
                inputs[i, j], targets[i, j] = mask, x[i][j]
    return inputs, targets


# 12.6 -----------------------------------------------------------------------------------------------------------------


def _attend(q, k, v, real, scale=None, axis=-1, closed=-np.inf, after=False, scores=None):
    q, k, v, real = (np.asarray(a, float) for a in (q, k, v, real))
    z = (q @ k.T if scores is None else scores) * (1 / np.sqrt(q.shape[-1]) if scale is None else scale)
    if not after:
        z = np.where(real > 0, z, closed)
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    p = e / e.sum(axis=axis, keepdims=True)
    if after:
        p = p * (real > 0)
    return p @ v


def _in_exponentials(q, k, v, real, off, share=True):
    """Softmax as written in haste; ``off`` is what is taken off the scores first."""
    raw = np.asarray(q, float) @ np.asarray(k, float).T / np.sqrt(np.shape(q)[-1])
    z = np.where(np.asarray(real) > 0, raw, -np.inf)
    top = {"all": raw.max(axis=1, keepdims=True), "row": z.max(axis=1, keepdims=True), None: z.max()}.get(off, off)
    e = np.exp(z - top)
    return (e / e.sum(axis=1, keepdims=True) if share else e) @ v


def _cross_case(rng, length, size, width, wide):
    real = (rng.random(size) < 0.7).astype(int)
    real[int(rng.integers(size))] = 1
    real[(int(real.argmax()) + 1) % size] = 0
    return (
        rng.normal(size=(length, width)),
        rng.normal(size=(size, width)),
        rng.normal(size=(size, wide)),
        real,
    )


cross_attention = Exercise(
    title="Look from one sequence into another",
    minutes=12,
    reference=lambda q, k, v, real: _attend(q, k, v, real),
    worked=Worked(
        (
            np.array([[2.0, 0.0, 0.0, 0.0]]),
            np.array([[np.log(3), 0.0, 0.0, 0.0], [0.0, 5.0, 0.0, 0.0], [50.0, 0.0, 0.0, 0.0]]),
            np.array([[8.0, 0.0], [0.0, 4.0], [100.0, 100.0]]),
            np.array([1, 1, 0]),
        ),
        np.array([[6.0, 1.0]]),
        "scores 2·ln 3/√4 = ln 3 and 0, the third place is padding; weights 3/4 and 1/4",
    ),
    cases=lambda rng: [_cross_case(rng, *sizes) for sizes in [(3, 5, 4, 2), (2, 6, 9, 3), (5, 4, 3, 6)]],
    edges={
        "one query": _cross_case(np.random.default_rng(5), 1, 4, 5, 3),
        "integers": (
            np.array([[1, 0, 2], [3, 1, 0]]),
            np.array([[2, 1, 0], [0, 1, 1], [1, 1, 3], [4, 0, 1]]),
            np.array([[10, 0, 3, 1, 2], [0, 10, 1, 5, 1], [5, 5, 5, 2, 7], [1, 2, 4, 4, 9]]),
            np.array([1, 1, 0, 1]),
        ),
        "large scores": (
            np.array([[300.0, -200.0], [0.0, 400.0]]),
            np.array([[5.0, 1.0], [4.0, 2.0], [9.0, 9.0]]),
            np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0], [9.0, 8.0, 1.0]]),
            np.array([1, 1, 0]),
        ),
        "scores far above and far below 0": (
            np.array([[300.0, -200.0], [-300.0, 200.0]]),
            np.array([[5.0, 1.0], [5.001, 1.002], [9.0, 9.0], [4.0, 2.0]]),
            np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0], [9.0, 8.0, 1.0], [2.0, 6.0, 0.0]]),
            np.array([1, 1, 0, 0]),
        ),
        "no padding": (
            np.random.default_rng(1).normal(size=(2, 3)),
            np.random.default_rng(2).normal(size=(4, 3)),
            np.random.default_rng(3).normal(size=(4, 5)),
            np.ones(4, int),
        ),
    },
    mistakes={
        "Padding is attended to: the places where real is 0 must get no weight.": lambda q, k, v, real: _attend(
            q, k, v, np.ones_like(real)
        ),
        "The mask is turned: real is 1 where there is something to look at.": lambda q, k, v, real: _attend(
            q, k, v, 1 - np.asarray(real)
        ),
        "The padding's scores were set to 0. A score of 0 still has a weight: e to the power of 0 is 1.": (
            lambda q, k, v, real: _attend(q, k, v, real, closed=0.0)
        ),
        "The mask came after softmax: the weights that are left no longer add up to 1.": lambda q, k, v, real: _attend(
            q, k, v, real, after=True
        ),
        "The scores are not divided by √d.": lambda q, k, v, real: _attend(q, k, v, real, scale=1.0),
        "Divided by d. Sums of d products grow like its root.": lambda q, k, v, real: _attend(
            q, k, v, real, scale=1 / np.shape(q)[-1]
        ),
        "Multiplied by √d where it should be divided.": lambda q, k, v, real: _attend(
            q, k, v, real, scale=np.sqrt(np.shape(q)[-1])
        ),
        "Divided by the root of the number of keys. d is the width of a query.": lambda q, k, v, real: _attend(
            q, k, v, real, scale=1 / np.sqrt(np.shape(k)[0])
        ),
        "Divided by the root of the values' width. d is the width of queries and keys.": lambda q, k, v, real: _attend(
            q, k, v, real, scale=1 / np.sqrt(np.shape(v)[-1])
        ),
        "Softmax over the queries. Each query shares its own attention out among the keys, so a row adds up to 1.": (
            lambda q, k, v, real: _attend(q, k, v, real, axis=0)
        ),
        "The target's first places may see only the first of the source: a causal mask belongs into self-attention. "
        "What was read may be looked at everywhere.": lambda q, k, v, real: _attend(
            q, k, v, np.tri(len(q), len(k)) * np.asarray(real)
        ),
        "Only the best place was taken. Attention is a mean with weights.": lambda q, k, v, real: np.asarray(v, float)[
            np.where(np.asarray(real) > 0, np.asarray(q) @ np.asarray(k).T, -np.inf).argmax(1)
        ],
        "For large scores the exponential is infinite. Take each row's largest score off first; the weights stay the "
        "same.": lambda q, k, v, real: _in_exponentials(q, k, v, real, 0.0),
        "One number was taken off all rows. A row far below it then has only zeros: each row needs its own largest.": (
            lambda q, k, v, real: _in_exponentials(q, k, v, real, None)
        ),
        "The largest score was taken off before the padding was closed. It may be the padding's own, far above the "
        "others.": (lambda q, k, v, real: _in_exponentials(q, k, v, real, "all")),
        "The padding's scores were set to some low number. Real scores can be lower; minus infinity is below all.": (
            lambda q, k, v, real: _attend(q, k, v, real, closed=-100.0)
        ),
        "Divided by the root of how many queries there are. d is the width of a query.": lambda q, k, v, real: _attend(
            q, k, v, real, scale=1 / np.sqrt(np.shape(q)[0])
        ),
        "These are not yet weights: each row has to be divided by its sum.": lambda q, k, v, real: _in_exponentials(
            q, k, v, real, "row", share=False
        ),
        "All real places got the same weight: the scores are not used.": lambda q, k, v, real: _attend(
            q, k, v, real, scale=0.0
        ),
        "The sign of the scores is turned: the least alike gets the most.": lambda q, k, v, real: _attend(
            q, k, v, real, scale=-1 / np.sqrt(np.shape(q)[-1])
        ),
    },
    styles={
        "loop": lambda q, k, v, real: np.array(
            [_attend(np.asarray(one)[None], k, v, real)[0] for one in np.asarray(q, float)]
        ),
        "real places only": lambda q, k, v, real: _attend(
            q, np.asarray(k)[np.asarray(real) > 0], np.asarray(v)[np.asarray(real) > 0], np.ones(int(np.sum(real)))
        ),
        "minus a lot": lambda q, k, v, real: _attend(q, k, v, real, closed=-1e30),
        "float32": lambda q, k, v, real: _attend(q, k, v, real).astype(np.float32),
    },
    hints=[
        "Scores of every query with every key, (L, S); √d; padding away; softmax along a row; the mean of the values.",
        "A place gets no weight if its score is minus infinity before softmax; np.where sets it, real broadcasts.",
        "For large scores take each row's largest off before the exponential.",
    ],
)

# 12.7 -----------------------------------------------------------------------------------------------------------------


def _forced(y, start):
    y = np.asarray(y)
    return np.concatenate([np.full((len(y), 1), start), y[:, :-1]], axis=1)


def _start_columns(y, start, *parts):
    y = np.asarray(y)
    return np.concatenate([np.full((len(y), 1), start) if part is None else part for part in parts], axis=1)


decoder_inputs = Exercise(
    title="What the decoder reads",
    minutes=6,
    reference=lambda start, y: _forced(y, start),
    worked=Worked(
        (0, np.array([[4, 7, 5], [6, 4, 8]])),
        np.array([[0, 4, 7], [0, 6, 4]]),
        "at each place the decoder has read the start and what came before it",
    ),
    cases=lambda rng: [(int(rng.integers(31, 40)), rng.integers(1, 30, (n, t))) for n, t in [(3, 5), (2, 6), (5, 4)]],
    edges={
        "one row": (0, np.array([[3, 9, 2, 1]])),
        "one place": (1, np.array([[3], [5]])),
        "repetitions": (9, np.array([[2, 2, 2, 3], [3, 3, 2, 2], [5, 5, 5, 6]])),
    },
    mistakes={
        "The decoder reads at each place what it is asked for there: it will copy, and translate nothing.": (
            lambda start, y: np.array(y)
        ),
        "The last character went round to the front; there belongs the start.": lambda start, y: np.roll(y, 1, axis=1),
        "Shifted the wrong way: each place reads what comes after it.": lambda start, y: _start_columns(
            y, start, np.asarray(y)[:, 1:], None
        ),
        "The start overwrote the first character. It is put before it, and the last one falls off.": (
            lambda start, y: _start_columns(y, start, None, np.asarray(y)[:, 1:])
        ),
        "The start stands at the end; one begins with it.": lambda start, y: _start_columns(
            y, start, np.asarray(y)[:, :-1], None
        ),
        "Shifted by two places: the one just before is missing.": lambda start, y: _start_columns(
            y, start, *([None] * min(2, np.shape(y)[1])), np.asarray(y)[:, : max(0, np.shape(y)[1] - 2)]
        ),
        "Every place reads the start only. Then it has to guess without knowing what it wrote.": lambda start, y: (
            np.full_like(np.asarray(y), start)
        ),
        "The start is 0 here, whatever was asked for.": lambda start, y: _forced(y, 0),
        "The rows were shifted, not the places: each sequence reads another one.": lambda start, y: np.concatenate(
            [np.full((1, np.shape(y)[1]), start), np.asarray(y)[:-1]], axis=0
        ),
        "Only the first row begins with the start.": lambda start, y: np.concatenate(
            [_forced(y, start)[:1], np.roll(y, 1, axis=1)[1:]], axis=0
        ),
        "np.roll without an axis goes on from row to row: a row begins with the last token of the row before.": (
            lambda start, y: np.roll(y, 1)
        ),
        "Only the very first place got the start; the other rows begin with the last token of the row before.": (
            lambda start, y: np.concatenate([[start], np.ravel(y)[:-1]]).reshape(np.shape(y))
        ),
        "One place too many: the last character is never read in training, it is only asked for.": (
            lambda start, y: _start_columns(y, start, None, np.asarray(y))
        ),
        "One place is missing: as many as the targets have.": lambda start, y: _forced(y, start)[:, :-1],
        "The order of the characters is turned.": lambda start, y: _forced(np.asarray(y)[:, ::-1], start),
    },
    styles={
        "fill": lambda start, y: _by_fill(y, start),
        "roll": lambda start, y: _by_roll(y, start),
        "pad": lambda start, y: np.pad(y, ((0, 0), (1, 0)), constant_values=start)[:, :-1],
        "lists": lambda start, y: np.array([[start, *row[:-1]] for row in np.asarray(y).tolist()]),
    },
    hints=[
        "Write the targets of one row, and below each what the decoder knows when it is asked. What stands first?",
        "All but the last column, with a column of starts in front: np.concatenate along axis 1.",
    ],
)


def _by_fill(y, start):
    x = np.empty_like(np.asarray(y))
    x[:, 0] = start
    x[:, 1:] = np.asarray(y)[:, :-1]
    return x


def _by_roll(y, start):
    x = np.roll(y, 1, axis=1)
    x[:, 0] = start
    return x


# 12.8 -----------------------------------------------------------------------------------------------------------------


def _count(vocab, at, width, layers, **change):
    parts = {
        "square": 12 * width**2,
        "biases": 9 * width,
        "norms": 4 * width,
        "tokens": vocab * width,
        "places": at * width,
        "last": 2 * width,
        "head": 0,
    } | change
    block = parts["square"] + parts["biases"] + parts["norms"]
    return layers * block + parts["tokens"] + parts["places"] + parts["last"] + parts["head"]


parameter_count = Exercise(
    title="How many parameters?",
    minutes=10,
    reference=lambda vocab, places, width, layers: _count(vocab, places, width, layers),
    worked=Worked(
        (10, 8, 4, 1),
        324,
        "tables 40 and 32; one block 192 weights, 36 biases, 16 in its norms; the last norm 8",
    ),
    cases=lambda rng: [
        (int(v), int(t), int(e), int(n))
        for v, t, e, n in zip(
            rng.integers(20, 60000, 4),
            rng.integers(16, 2048, 4),
            8 * rng.integers(3, 90, 4),
            rng.integers(2, 30, 4),
            strict=True,
        )
    ],
    edges={
        "GPT-2 small": (50257, 1024, 768, 12),
        "no block": (7, 5, 3, 0),
        "width 1": (3, 2, 1, 5),
    },
    rtol=1e-12,
    mistakes={
        "The biases of the blocks are missing: four in attention, and 4 and 1 widths in the layers behind it.": (
            lambda vocab, places, width, layers: _count(vocab, places, width, layers, biases=0)
        ),
        "The biases behind attention are missing: one of 4 widths, one of 1.": lambda vocab, places, width, layers: (
            _count(vocab, places, width, layers, biases=4 * width)
        ),
        "The wide layer's bias has as many numbers as that layer is wide: four times the width.": (
            lambda vocab, places, width, layers: _count(vocab, places, width, layers, biases=6 * width)
        ),
        "Four widths a block are missing. Has attention its four biases? Have both norms a scale and a shift?": (
            lambda vocab, places, width, layers: _count(vocab, places, width, layers, norms=0)
        ),
        "A layer norm has a scale and a shift; you counted one of them.": lambda vocab, places, width, layers: _count(
            vocab, places, width, layers, norms=2 * width, last=width
        ),
        "The norm after the last block is missing.": lambda vocab, places, width, layers: _count(
            vocab, places, width, layers, last=0
        ),
        "The table of places is missing.": lambda vocab, places, width, layers: _count(
            vocab, places, width, layers, places=0
        ),
        "The table of tokens is missing.": lambda vocab, places, width, layers: _count(
            vocab, places, width, layers, tokens=0
        ),
        "The output layer was counted again. It is the table of tokens, and shares its numbers.": (
            lambda vocab, places, width, layers: _count(vocab, places, width, layers, head=vocab * width)
        ),
        "The output layer here has no bias.": lambda vocab, places, width, layers: _count(
            vocab, places, width, layers, head=vocab
        ),
        "Attention's last matrix, out, is missing, with its bias.": lambda vocab, places, width, layers: _count(
            vocab, places, width, layers, square=11 * width**2, biases=8 * width
        ),
        "Behind attention there are two matrices, from the width to four times as wide and back; you counted one.": (
            lambda vocab, places, width, layers: _count(
                vocab, places, width, layers, square=8 * width**2, biases=8 * width
            )
        ),
        "The hidden layer behind attention is four times as wide; you have it as wide as the rest.": (
            lambda vocab, places, width, layers: _count(
                vocab, places, width, layers, square=6 * width**2, biases=6 * width
            )
        ),
        "Query and key and value have a matrix each; you counted one for all three.": (
            lambda vocab, places, width, layers: _count(
                vocab, places, width, layers, square=10 * width**2, biases=7 * width
            )
        ),
        "The layer norms are missing: two in each block and one behind the last, each with a scale and a shift.": (
            lambda vocab, places, width, layers: _count(vocab, places, width, layers, norms=0, last=0)
        ),
        "Two widths a block are missing. A block has two layer norms, each with a scale and a shift.": (
            lambda vocab, places, width, layers: _count(vocab, places, width, layers, norms=2 * width)
        ),
        "The last norm has a scale and a shift too.": lambda vocab, places, width, layers: _count(
            vocab, places, width, layers, last=width
        ),
        "Tables and last norm were counted once for each block. Only what is inside a block is there so often.": (
            lambda vocab, places, width, layers: layers * _count(vocab, places, width, 1)
        ),
        "That is 12 squares of the width for each block, the rule of thumb. Here everything is to be counted.": (
            lambda vocab, places, width, layers: layers * 12 * width**2
        ),
        "Tables and squares alone: the biases and the norms are missing.": lambda vocab, places, width, layers: _count(
            vocab, places, width, layers, biases=0, norms=0, last=0
        ),
        "A table has a row of the width for each token and each place; you multiplied tokens by places.": (
            lambda vocab, places, width, layers: _count(vocab, places, width, layers, tokens=vocab * places, places=0)
        ),
        "The output layer was counted again, with a bias. It is the table of tokens, and has none.": (
            lambda vocab, places, width, layers: _count(vocab, places, width, layers, head=vocab * width + vocab)
        ),
        "One block was counted, however many there are.": lambda vocab, places, width, layers: _count(
            vocab, places, width, 1
        ),
        "The tables were counted once for each block; they stand before the first.": (
            lambda vocab, places, width, layers: _count(
                vocab, places, width, layers, tokens=layers * vocab * width, places=layers * places * width
            )
        ),
        "The last norm was counted once for each block, though each has its own two already.": (
            lambda vocab, places, width, layers: _count(vocab, places, width, layers, last=2 * width * layers)
        ),
    },
    styles={
        "by hand": lambda vocab, places, width, layers: (
            (vocab + places + 2) * width + layers * (12 * width + 13) * width
        ),
        "loop": lambda vocab, places, width, layers: (
            sum(12 * width**2 + 13 * width for _ in range(layers)) + width * (vocab + places + 2)
        ),
        "float": lambda vocab, places, width, layers: float(_count(vocab, places, width, layers)),
        "NumPy": lambda vocab, places, width, layers: np.int64(_count(vocab, places, width, layers)),
    },
    hints=[
        "One block first: list its matrices with their shapes, then a bias for each, then two norms.",
        "Then what stands before the blocks (two tables) and behind them (one norm). What does the output layer add?",
    ],
)

# 12.9 -----------------------------------------------------------------------------------------------------------------


def _days(n, d, cards, speed, share, per=6.0, day=86400.0):
    return per * n * d / (cards * speed * share) / day


training_days = Exercise(
    title="How many days?",
    level="warm-up",
    minutes=6,
    reference=lambda parameters, tokens, cards, speed, share: _days(parameters, tokens, cards, speed, share),
    worked=Worked(
        (1e9, 14.4e9, 10, 2e14, 0.5),
        1.0,
        "6·10⁹·14.4·10⁹ = 8.64·10¹⁹ operations at 10·10¹⁴ a second: 86,400 seconds",
    ),
    cases=lambda rng: [
        (
            float(10 ** rng.uniform(6, 11)),
            float(10 ** rng.uniform(8, 12)),
            int(rng.integers(2, 2000)),
            float(10 ** rng.uniform(12, 15)),
            float(rng.uniform(0.2, 0.6)),
        )
        for _ in range(4)
    ],
    edges={
        "one card": (124439808, 2.5e9, 1, 1e14, 0.4),
        "all of it useful": (7e9, 1e12, 256, 3e14, 1.0),
        "whole numbers": (1000000, 86400, 6, 1000000, 1),
    },
    mistakes={
        "That is the forward pass only: 2 for each weight and token. Learning needs the way back too.": (
            lambda parameters, tokens, cards, speed, share: _days(parameters, tokens, cards, speed, share, per=2)
        ),
        "That is the backward pass only; the forward pass costs 2 more.": (
            lambda parameters, tokens, cards, speed, share: _days(parameters, tokens, cards, speed, share, per=4)
        ),
        "A multiplication and an addition are two operations; you counted them as one.": (
            lambda parameters, tokens, cards, speed, share: _days(parameters, tokens, cards, speed, share, per=3)
        ),
        "One operation for each weight and token is too few: think of the products forward, and of those backward.": (
            lambda parameters, tokens, cards, speed, share: _days(parameters, tokens, cards, speed, share, per=1)
        ),
        "The share is missing: cards are said to do more than they do in use.": (
            lambda parameters, tokens, cards, speed, share: _days(parameters, tokens, cards, speed, 1)
        ),
        "If only a share of the speed is useful, it takes longer. You made it shorter.": (
            lambda parameters, tokens, cards, speed, share: _days(parameters, tokens, cards, speed, 1 / share)
        ),
        "Your result is in seconds.": lambda parameters, tokens, cards, speed, share: _days(
            parameters, tokens, cards, speed, share, day=1
        ),
        "Your result is in hours.": lambda parameters, tokens, cards, speed, share: _days(
            parameters, tokens, cards, speed, share, day=3600
        ),
        "Your result is in minutes.": lambda parameters, tokens, cards, speed, share: _days(
            parameters, tokens, cards, speed, share, day=60
        ),
        "A day was taken for 24 · 60 seconds; an hour has 3,600.": lambda parameters, tokens, cards, speed, share: (
            _days(parameters, tokens, cards, speed, share, day=1440)
        ),
        "These are the days of a single card. More cards share the work.": (
            lambda parameters, tokens, cards, speed, share: _days(parameters, tokens, 1, speed, share)
        ),
        "More cards make it shorter; you multiplied by them.": lambda parameters, tokens, cards, speed, share: _days(
            parameters, tokens, 1 / cards, speed, share
        ),
        "share is the part that is useful; you took the other part.": lambda parameters, tokens, cards, speed, share: (
            _days(parameters, tokens, cards, speed, 1 - share)
        ),
        "Without brackets only the cards are a divisor: a / b * c multiplies by c.": (
            lambda parameters, tokens, cards, speed, share: 6 * parameters * tokens / cards * speed * share / 86400
        ),
        "You multiplied by the seconds of a day. A day is many seconds, so there are fewer days.": (
            lambda parameters, tokens, cards, speed, share: _days(
                parameters, tokens, cards, speed, share, day=1 / 86400
            )
        ),
        "Rounded up to whole days; give it as exact as it comes.": lambda parameters, tokens, cards, speed, share: (
            np.ceil(_days(parameters, tokens, cards, speed, share))
        ),
        "Rounded down to whole days: // drops the rest.": lambda parameters, tokens, cards, speed, share: np.floor(
            _days(parameters, tokens, cards, speed, share)
        ),
        "The tokens are missing: every token goes through every weight.": (
            lambda parameters, tokens, cards, speed, share: _days(parameters, 1, cards, speed, share)
        ),
        "The parameters are missing.": lambda parameters, tokens, cards, speed, share: _days(
            1, tokens, cards, speed, share
        ),
    },
    styles={
        "hours first": lambda parameters, tokens, cards, speed, share: (
            6 * parameters * tokens / (cards * speed * share * 3600) / 24
        ),
        "logarithms": lambda parameters, tokens, cards, speed, share: float(
            np.exp(np.log(6.0) + np.log(parameters) + np.log(tokens) - np.log(cards * speed * share) - np.log(86400))
        ),
        "timedelta": lambda parameters, tokens, cards, speed, share: (
            (2 + 4) * float(parameters) * float(tokens) / cards / speed / share / (24 * 60 * 60)
        ),
        "NumPy": lambda parameters, tokens, cards, speed, share: np.float64(
            _days(parameters, tokens, cards, speed, share)
        ),
    },
    hints=[
        "First all operations: how many for each weight and token? Then how many are done in a second, by all cards.",
        "Operations divided by operations a second are seconds. How many seconds has a day?",
    ],
)

# 12.10 ----------------------------------------------------------------------------------------------------------------


def _law(sizes, losses, at, x=np.log, y=np.log, back=np.exp, flip=1.0):
    slope, start = np.polyfit(x(np.asarray(sizes, float)), y(np.asarray(losses, float)), 1)
    return flip * -slope, float(back(start + slope * x(float(at))))


def _ends(sizes, losses, at):
    b = -(np.log(losses[-1]) - np.log(losses[0])) / (np.log(sizes[-1]) - np.log(sizes[0]))
    return float(b), float(losses[0] * (at / sizes[0]) ** -b)


def _law_case(rng, n, spread):
    sizes = np.sort(10 ** rng.uniform(4, 8, n))
    losses = 9 * sizes ** -rng.uniform(0.05, 0.2) * np.exp(spread * rng.normal(size=n))
    return sizes.tolist(), losses.tolist(), float(10 * sizes.max())


def _through_largest(sizes, losses, at):
    b, _ = _law(sizes, losses, at)
    return b, float(losses[int(np.argmax(sizes))] * (at / np.max(sizes)) ** -b)


def _no_start(sizes, losses, at):
    x, y = np.log(np.asarray(sizes, float)), np.log(np.asarray(losses, float))
    slope = (x @ y) / (x @ x)
    return float(-slope), float(np.exp(slope * np.log(at)))


def _swapped(sizes, losses, at):
    slope, start = np.polyfit(np.log(np.asarray(losses, float)), np.log(np.asarray(sizes, float)), 1)
    return float(-slope), float(np.exp((np.log(at) - start) / slope))


power_law = Exercise(
    title="A power law through the points",
    level="stretch",
    minutes=12,
    reference=lambda sizes, losses, at: _law(sizes, losses, at),
    worked=Worked(
        ([1e4, 1e6], [4.0, 2.0], 1e8),
        (float(np.log10(2) / 2), 1.0),
        "a hundred times the size halves the loss: 100 to the power of b is 2",
    ),
    cases=lambda rng: [_law_case(rng, n, s) for n, s in [(4, 0.03), (5, 0.06), (7, 0.05)]],
    edges={
        "integers": ([10, 100, 1000, 40], [9, 5, 3, 6], 10000),
        "no trend": ([1e3, 1e4, 1e5, 1e6], [2.0, 1.9, 2.1, 2.05], 1e7),
        "not in order": ([1e6, 1e4, 1e5, 3e4], [1.5, 2.6, 2.0, 2.2], 1e9),
    },
    rtol=1e-5,
    mistakes={
        "b has the wrong sign: a loss that falls has a positive b in a·N to the power of −b.": (
            lambda sizes, losses, at: _law(sizes, losses, at, flip=-1.0)
        ),
        "A straight line through the plain numbers. A power law is straight where both are logarithms.": (
            lambda sizes, losses, at: _law(sizes, losses, at, x=np.asarray, y=np.asarray, back=float)
        ),
        "The losses are not in logarithms; only the sizes are.": lambda sizes, losses, at: _law(
            sizes, losses, at, y=np.asarray, back=float
        ),
        "The sizes are not in logarithms; only the losses are.": lambda sizes, losses, at: _law(
            sizes, losses, at, x=np.asarray
        ),
        "What you predict is the logarithm of the loss.": lambda sizes, losses, at: _law(sizes, losses, at, back=float),
        "Logarithms to base 10 were undone with e to the power of. Use the same base both ways.": (
            lambda sizes, losses, at: _law(sizes, losses, at, x=np.log10, y=np.log10)
        ),
        "The line goes through the first and the last point only; all points should count.": _ends,
        "The slope is right, but the line goes through the largest model's point: least squares gives a start too.": (
            _through_largest
        ),
        "The line was forced through zero: a power law has a factor a besides its b.": _no_start,
        "Sizes and losses are in each other's place in the fit.": _swapped,
        "Slope and start were taken the wrong way round: polyfit gives the highest power first.": (
            lambda sizes, losses, at: _wrong_way(sizes, losses, at)
        ),
        "Where the line starts is the logarithm of a, not a itself.": lambda sizes, losses, at: _promised(
            sizes, losses, lambda slope, start: start * float(at) ** slope
        ),
        "That promises a loss which grows with the size: the exponent is −b.": lambda sizes, losses, at: _promised(
            sizes, losses, lambda slope, start: np.exp(start) * float(at) ** -slope
        ),
        "The size itself was put into the line, where its logarithm belongs.": lambda sizes, losses, at: _promised(
            sizes, losses, lambda slope, start: np.exp(start + slope * at)
        ),
        "That is a. Asked for is the loss at the size `at`.": lambda sizes, losses, at: _promised(
            sizes, losses, lambda slope, start: np.exp(start)
        ),
        "a is missing from the promise.": lambda sizes, losses, at: _promised(
            sizes, losses, lambda slope, start: float(at) ** slope
        ),
        "The slope is right, but the line goes through the last point of the list: least squares gives a start too.": (
            lambda sizes, losses, at: _promised(
                sizes, losses, lambda slope, start: losses[-1] * (at / sizes[-1]) ** slope
            )
        ),
        "The two results are in each other's place.": lambda sizes, losses, at: _law(sizes, losses, at)[::-1],
    },
    styles={
        "normal equations": lambda sizes, losses, at: _by_means(sizes, losses, at),
        "base 10": lambda sizes, losses, at: _law(sizes, losses, at, x=np.log10, y=np.log10, back=lambda v: 10.0**v),
        "lstsq": lambda sizes, losses, at: _by_lstsq(sizes, losses, at),
        "a list of both": lambda sizes, losses, at: list(_law(sizes, losses, at)),
    },
    hints=[
        "Take logarithms on both sides of L = a·N^(−b): what is the slope, what is the start of that line?",
        "np.polyfit(x, y, 1) gives slope and start. To predict, go along the line and undo the logarithm.",
    ],
)


def _promised(sizes, losses, promise):
    """The right b, and what ``promise`` makes of the line's slope and start."""
    slope, start = np.polyfit(np.log(np.asarray(sizes, float)), np.log(np.asarray(losses, float)), 1)
    return float(-slope), float(promise(slope, start))


def _wrong_way(sizes, losses, at):
    start, slope = np.polyfit(np.log(np.asarray(sizes, float)), np.log(np.asarray(losses, float)), 1)
    return float(-slope), float(np.exp(start + slope * np.log(at)))


def _by_means(sizes, losses, at):
    x, y = np.log(np.asarray(sizes, float)), np.log(np.asarray(losses, float))
    b = -((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    return b, np.exp(y.mean() - b * (np.log(at) - x.mean()))


def _by_lstsq(sizes, losses, at):
    x = np.log(np.asarray(sizes, float))
    (slope, start), *_ = np.linalg.lstsq(np.stack([x, np.ones_like(x)], axis=1), np.log(losses), rcond=None)
    return -slope, np.exp(start) * float(at) ** slope


# Questions ------------------------------------------------------------------------------------------------------------

fair_comparison = Question(
    "Model A has 1.6 nats per letter, model B 3.9 nats per piece, on the same text. Which predicts it better?",
    right="Cannot be said before one knows how many pieces the text has.",
    wrong={
        "A: 1.6 is less than 3.9.": "A piece holds several letters, so it is a harder question, and there are fewer.",
        "B: pieces are closer to meaning.": "That may be, but the score has to say it, per byte of the same text.",
        "They can never be compared, because the tokens differ.": "They can: in bits per byte, or bits for the whole "
        "text.",
    },
    because="With more than 3.9 / 1.6, about 2.4 letters to a piece B would be the better one; with fewer, A.",
)

which_shape = Question(
    "You want a model that says whether a product review is friendly. Which shape is made for that?",
    right="An encoder: the whole text is there, and it may look in both directions.",
    wrong={
        "A decoder, because all large models are decoders.": "It can be made to do it by asking in words, but it reads "
        "each place without what comes after.",
        "An encoder–decoder, because there is an input and an output.": "The output is one class, not a text; a linear "
        "layer on the encoder writes it.",
        "None: that is no task for attention.": "The embedding of a whole text is just what an encoder gives.",
    },
    because="Nothing has to be written, and everything may be seen; on top of it goes one linear layer, as in the "
    "fine-tuning of the lecture.",
)

loss_too_good = Question(
    "A translator's training loss is nearly zero after a minute, and what it translates is nonsense. What do you look "
    "at first?",
    right="Whether the decoder could see what it was asked for.",
    wrong={
        "Whether it has enough parameters.": "With a loss near zero it has learnt all that it was asked. The question "
        "was too easy.",
        "Whether it was trained for long enough.": "The loss has nothing left to fall.",
        "Whether the temperature is right.": "The most probable character is nonsense already.",
    },
    because="Without a causal mask, or with inputs that are not shifted, the answer stands in the input: it copies in "
    "training and has nothing to copy afterwards.",
)

straight_line = Question(
    "Four models lie on a straight line in a plot of loss against size, both axes logarithmic. What follows for a "
    "model a thousand times larger?",
    right="A guess, whose error the four points do not tell.",
    wrong={
        "Its loss: the line goes on.": "Other curves pass through the same points and part further on. A line has no "
        "floor, and language has one.",
        "Nothing at all: it could just as well be worse than the smallest.": "The points do say something; they just "
        "do not say how far it holds.",
        "That it will be able to do a thousand times more.": "The axis shows nats per character. What a model can do "
        "is another measurement.",
    },
    because="Within the points all reasonable curves agree; beyond them they differ, and only measuring tells.",
)

why_six = Question(
    "Where do the 6 operations for each weight and token come from?",
    right="2 forward, 2 for the weights' gradient, 2 for that of the inputs.",
    wrong={
        "3 passes through the data, 2 operations each.": "It is one pass. Backward has two products where forward "
        "has one.",
        "Query, key and value, forward and backward.": "It holds for every matrix, also in an MLP without attention.",
        "Adam stores two more numbers for each weight.": "They cost memory, and one update a step, which is small "
        "beside the products with all tokens.",
    },
    because="Each product is a multiplication and an addition for each weight and row, and there are three of them.",
)

THIS = chapter("12_scale", globals())
__getattr__ = suggest(__name__, globals())


def progress():
    """Show this chapter's exercises and questions with what you have done so far."""
    return table_of(THIS)

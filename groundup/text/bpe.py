"""Byte-pair encoding: what often stands side by side becomes one token.

Sources: P. Gage, "A new algorithm for data compression", 1994; R. Sennrich, B. Haddow and A. Birch, "Neural machine
translation of rare words with subword units", 2016; over bytes: A. Radford et al., "Language models are unsupervised
multitask learners", 2019.
"""

import heapq
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from groundup.text.chars import checked_ids
from groundup.text.storage import TokenizerError, read, write

# Tokens never cross the border of a piece: a run of letters, of digits or of other signs, each with a blank before it
# where there is one, or a run of white space. Every character belongs to some piece.
PIECE = re.compile(r" ?[^\W\d_]+| ?\d+| ?(?:[^\w\s]|_)+|\s+(?!\S)|\s+")

Pair = tuple[int, int]


class BytePairEncoding:
    """Tokens 0 to 255 are the bytes; each further one joins two earlier ones. Any text can be encoded.

    Args:
        merges: the pairs joined, in order; pair k makes token 256 + k. Usually `train` finds them.

    Raises:
        ValueError: a merge joins tokens that are not there yet.
    """

    def __init__(self, merges: Sequence[Pair] = ()):
        self.merges = [(int(a), int(b)) for a, b in merges]
        self.pieces = [bytes([i]) for i in range(256)]
        for k, (a, b) in enumerate(self.merges):
            if not (0 <= a < 256 + k and 0 <= b < 256 + k):
                raise ValueError(f"merge {k} joins {(a, b)}, but there are only tokens 0 to {255 + k} by then.")
            self.pieces.append(self.pieces[a] + self.pieces[b])
        self._rank = {pair: k for k, pair in enumerate(self.merges)}
        self._known: dict[str, list[int]] = {}  # pieces met before; texts repeat their words

    @classmethod
    def train(
        cls, text: str, vocab_size: int | None = None, *, merges: int | None = None, min_count: int = 2
    ) -> "BytePairEncoding":
        """Join, again and again, the two neighbouring tokens that occur together most often.

        The same text always gives the same merges: of pairs that occur equally often, the one with the smaller first
        token, then the smaller second token, is joined.

        Args:
            text: what to learn from.
            vocab_size: tokens in the end, at least 256; or give ``merges``.
            merges: how many joins.
            min_count: stop earlier when no pair occurs so often.

        Raises:
            ValueError: neither or both of the sizes are given, or one is too small.
        """
        if (vocab_size is None) == (merges is None):
            raise ValueError("train() wants either vocab_size or merges.")
        wanted = merges if merges is not None else vocab_size - 256
        if wanted < 0:
            raise ValueError(f"every byte is a token, so vocab_size is at least 256; {256 + wanted} is too small.")
        return cls(_Merger(text).run(wanted, min_count))

    @property
    def vocab_size(self) -> int:
        """How many tokens there are."""
        return len(self.pieces)

    def __len__(self) -> int:
        return len(self.pieces)

    def __repr__(self) -> str:
        return f"BytePairEncoding({self.vocab_size} tokens: 256 bytes and {len(self.merges)} merges)"

    def encode(self, text: str) -> np.ndarray:
        """The text as numbers of tokens, (n,) int64."""
        ids: list[int] = []
        known = self._known
        for piece in PIECE.findall(text):
            if piece not in known:
                known[piece] = self._joined(_bytes(piece))
            ids += known[piece]
        return np.array(ids, dtype=np.int64)

    def decode(self, ids: Any) -> str:
        """The text that numbers stand for; bytes that are no valid UTF-8, as a model may write, become "�".

        Args:
            ids: (n,) whole numbers, array, tensor or list.

        Raises:
            ValueError: a number stands for no token.
        """
        raw = b"".join(self.pieces[i] for i in checked_ids(ids, self.vocab_size))
        try:
            return raw.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return raw.decode("utf-8", "replace")

    def tokens(self, text: str) -> list[str]:
        """The text cut into its tokens, to look at."""
        return [self.pieces[i].decode("utf-8", "replace") for i in self.encode(text)]

    def save(self, path: str | Path) -> None:
        """Write it as JSON."""
        write(path, "BytePairEncoding", {"merges": self.merges})

    @classmethod
    def load(cls, path: str | Path) -> "BytePairEncoding":
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            TokenizerError: it holds something else.
        """
        try:
            return cls(read(path, "BytePairEncoding")["merges"])
        except (KeyError, TypeError, ValueError) as error:
            if isinstance(error, TokenizerError):
                raise
            raise TokenizerError(f"{path} holds no usable BytePairEncoding ({error!r}): save it again.") from error

    def _joined(self, ids: list[int]) -> list[int]:
        """Join pairs in the order in which they were learnt."""
        while len(ids) > 1:
            rank, pair = min((self._rank.get(p, len(self._rank)), p) for p in pairwise(ids))
            if rank == len(self._rank):
                break
            ids = join(ids, pair, 256 + rank)
        return ids


def join(ids: list[int], pair: Pair, token: int) -> list[int]:
    """The ids with each occurrence of the pair, from the left, as one token."""
    joined: list[int] = []
    i = 0
    while i < len(ids):
        if ids[i] == pair[0] and i + 1 < len(ids) and ids[i + 1] == pair[1]:
            joined.append(token)
            i += 2
        else:
            joined.append(ids[i])
            i += 1
    return joined


def _bytes(piece: str) -> list[int]:
    return list(piece.encode("utf-8", "surrogatepass"))


class _Merger:
    """Counts pairs once, and after each join only where it changed something.

    Attributes:
        words: the distinct pieces of the text, as ids; ``often`` says how many times each occurs.
        counts: pair → how often in the whole text; ``where``: pair → the words that may hold it.
        heap: (−count, pair), the commonest first; entries whose count has changed since are passed over.
    """

    def __init__(self, text: str):
        pieces = Counter(PIECE.findall(text))
        self.words = [_bytes(piece) for piece in pieces]
        self.often = list(pieces.values())
        self.counts: Counter[Pair] = Counter()
        self.where: defaultdict[Pair, set[int]] = defaultdict(set)
        for i in range(len(self.words)):
            self._count(i, +1)
        self.heap = [(-n, pair) for pair, n in self.counts.items()]
        heapq.heapify(self.heap)

    def run(self, wanted: int, min_count: int) -> list[Pair]:
        merges: list[Pair] = []
        while len(merges) < wanted and (pair := self._commonest(min_count)) is not None:
            self._merge(pair, 256 + len(merges))
            merges.append(pair)
        return merges

    def _commonest(self, min_count: int) -> Pair | None:
        while self.heap:
            count, pair = heapq.heappop(self.heap)
            if -count == self.counts[pair]:
                return pair if -count >= max(1, min_count) else None
        return None

    def _merge(self, pair: Pair, token: int) -> None:
        changed: set[Pair] = set()
        for i in self.where.pop(pair):
            changed.update(self._count(i, -1))
            self.words[i] = join(self.words[i], pair, token)
            changed.update(self._count(i, +1))
        for other in changed:
            if self.counts[other] > 0:
                heapq.heappush(self.heap, (-self.counts[other], other))

    def _count(self, i: int, sign: int) -> list[Pair]:
        """Add a word's pairs to the counts, or take them away; returns them."""
        word = self.words[i]
        pairs = list(pairwise(word))
        for pair in pairs:
            self.counts[pair] += sign * self.often[i]
            if sign > 0:
                self.where[pair].add(i)
        return pairs

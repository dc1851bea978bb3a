"""One number for each character."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from groundup.tensor import Tensor
from groundup.text.storage import TokenizerError, read, write


class CharTokenizer:
    """Numbers the special tokens, then the characters in the order of their Unicode numbers.

    Args:
        text: any text that holds every character to be known; how often and in which order does not matter.
        specials: tokens that stand for no character of a text, such as ``"<pad>"``; `encode` never gives them.

    Attributes:
        tokens: tuple of strings; its index is the token's number.

    Raises:
        ValueError: there is nothing to number, or a special token is there twice or is a character of the text.
    """

    def __init__(self, text: str | Iterable[str], specials: Sequence[str] = ()):
        characters = sorted(set(text) if isinstance(text, str) else set().union(*text))
        self.specials = (specials,) if isinstance(specials, str) else tuple(specials)
        self.tokens = (*self.specials, *characters)
        if not characters:
            raise ValueError("CharTokenizer wants a text that holds every character to be known, and got an empty one.")
        if len(set(self.tokens)) < len(self.tokens):
            raise ValueError(f"special tokens must differ from each other and from characters: {self.specials}.")
        self._codes = np.array([ord(c) for c in characters], dtype=np.uint32)

    @property
    def vocab_size(self) -> int:
        """How many tokens there are, the special ones included."""
        return len(self.tokens)

    def __len__(self) -> int:
        return len(self.tokens)

    def __repr__(self) -> str:
        return f"CharTokenizer({self.vocab_size} tokens, {len(self.specials)} of them special)"

    def id(self, token: str) -> int:
        """The number of one token, special or not.

        Raises:
            ValueError: there is no such token.
        """
        if token not in self.tokens:
            raise ValueError(f"{token!r} is none of the {self.vocab_size} tokens.")
        return self.tokens.index(token)

    def encode(self, text: str) -> np.ndarray:
        """The text's characters as numbers, (n,) int64.

        Raises:
            ValueError: a character is unknown; says which and where.
        """
        # 32 bits a character, so that NumPy can look all of them up at once.
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        places = np.searchsorted(self._codes, codes)
        unknown = self._codes[np.minimum(places, len(self._codes) - 1)] != codes
        if unknown.any():
            self._refuse(text, int(unknown.argmax()), int(unknown.sum()))
        return places.astype(np.int64) + len(self.specials)

    def decode(self, ids: Any) -> str:
        """The text that numbers stand for; special tokens are written as they are called.

        Args:
            ids: (n,) whole numbers, array, tensor or list.

        Raises:
            ValueError: a number stands for no token.
        """
        return "".join(self.tokens[i] for i in checked_ids(ids, self.vocab_size))

    def save(self, path: str | Path) -> None:
        """Write it as JSON."""
        alphabet = "".join(self.tokens[len(self.specials) :])
        write(path, "CharTokenizer", {"alphabet": alphabet, "specials": list(self.specials)})

    @classmethod
    def load(cls, path: str | Path) -> "CharTokenizer":
        """Read what `save` wrote.

        Raises:
            FileNotFoundError: there is no such file.
            TokenizerError: it holds something else.
        """
        content = read(path, "CharTokenizer")
        try:
            return cls(content["alphabet"], content["specials"])
        except (KeyError, TypeError, ValueError) as error:
            raise TokenizerError(f"{path} holds no usable CharTokenizer ({error!r}): save it again.") from error

    def _refuse(self, text: str, place: int, count: int) -> None:
        around = text[max(0, place - 10) : place + 11]
        raise ValueError(
            f"character {text[place]!r} at place {place} (in {around!r}) is none of the {len(self._codes)} known ones; "
            f"{count} such in all. Make the tokenizer from a text that holds it, or take it out."
        )


def checked_ids(ids: Any, vocab_size: int) -> list[int]:
    """Numbers of tokens as a list.

    Raises:
        ValueError: not a row of whole numbers, or one of them is no token's.
    """
    array = np.asarray(ids.data if isinstance(ids, Tensor) else ids)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(f"decode() wants a row of whole numbers and got shape {array.shape}, {array.dtype}.")
    wrong = (array < 0) | (array >= vocab_size)
    if wrong.any():
        place = int(wrong.argmax())
        raise ValueError(f"{array[place]} at place {place} stands for no token: they go from 0 to {vocab_size - 1}.")
    return array.astype(np.int64).tolist()

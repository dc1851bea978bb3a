"""Text as numbers: tokenizers, which turn a string into whole numbers and back, and a measure that compares them."""

from groundup.text.bpe import BytePairEncoding
from groundup.text.chars import CharTokenizer
from groundup.text.measure import bits_per_byte

__all__ = ["BytePairEncoding", "CharTokenizer", "bits_per_byte"]

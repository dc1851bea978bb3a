"""Tokenizers: there and back for any text, known results, the plain algorithm, errors, files."""

import json
import math
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from groundup import data
from groundup.tensor import Tensor
from groundup.text import BytePairEncoding, CharTokenizer, bits_per_byte, bpe
from groundup.text.storage import TokenizerError

ODD = [
    "",
    " ",
    "plain words",
    "  two  blanks \n\n and\tlines \r\n",
    "don't stop_here, 42 or 1_000; x**2 != é",
    "Grüße, 世界, Ελλάδα, עברית, 한국어",
    "👩‍👩‍👧 🇫🇷 e\u0301",
    "\x00\x01\x7f\x85\u2028\u200b",
    "\ud800 alone",
    "٣٤٥ ²³ Ⅷ",
    "aaaaaaa" * 9,
]


@pytest.fixture(scope="module")
def plays():
    return data.shakespeare().train[:60_000]


@pytest.fixture(scope="module")
def encoding(plays):
    return BytePairEncoding.train(plays, merges=200)


def noise(seed):
    """Characters from all over Unicode."""
    rng = np.random.default_rng(seed)
    ends = rng.choice([0x80, 0x250, 0x3000, 0xD800, 0x110000], size=200)
    return "".join(chr(rng.integers(0, end)) for end in ends)


# Characters ---------------------------------------------------------------------------------------------------------


def test_characters_are_numbered_in_unicodes_order():
    tokenizer = CharTokenizer("banana!")
    assert tokenizer.tokens == ("!", "a", "b", "n")
    assert len(tokenizer) == tokenizer.vocab_size == 4
    ids = tokenizer.encode("nab")
    assert ids.tolist() == [3, 1, 2] and ids.dtype == np.int64
    assert tokenizer.decode(ids) == tokenizer.decode(Tensor(ids)) == tokenizer.decode([3, 1, 2]) == "nab"
    assert CharTokenizer("nb!a").tokens == tokenizer.tokens
    assert CharTokenizer(["ban", "an!"]).tokens == tokenizer.tokens


@pytest.mark.parametrize("text", ODD[1:] + [noise(seed) for seed in range(3)])
def test_characters_come_back(text):
    tokenizer = CharTokenizer(text + "z", specials=["<end>"])
    ids = tokenizer.encode(text)
    assert len(ids) == len(text) and tokenizer.decode(ids) == text
    assert ids.size == 0 or ids.min() >= 1


def test_an_empty_text_is_an_empty_row():
    ids = CharTokenizer("a").encode("")
    assert ids.shape == (0,) and ids.dtype == np.int64
    assert CharTokenizer("a").decode(ids) == CharTokenizer("a").decode([]) == ""


def test_special_tokens_come_first():
    tokenizer = CharTokenizer("ab", specials=("<pad>", "."))
    assert tokenizer.tokens == ("<pad>", ".", "a", "b")
    assert (tokenizer.id("<pad>"), tokenizer.id("."), tokenizer.id("b")) == (0, 1, 3)
    assert tokenizer.encode("ab").tolist() == [2, 3]
    assert tokenizer.decode([1, 2, 3, 1]) == ".ab."
    with pytest.raises(ValueError, match=r"'\.' at place 2"):
        tokenizer.encode("ab.")
    with pytest.raises(ValueError, match="'c' is none of the 4 tokens"):
        tokenizer.id("c")


def test_an_unknown_character_is_named_with_its_place():
    words = r"character 'ü' at place 14 \(in 'the cafe füx'\) is none of the 10 known ones; 1 such"
    with pytest.raises(ValueError, match=words):
        CharTokenizer("abcdefhtx ").encode("abc the cafe füx")


@pytest.mark.parametrize(("known", "text", "place"), [("abc", "abd", 2), ("bcd", "ab", 0), ("ac", "ab", 1)])
def test_unknown_characters_above_below_and_between(known, text, place):
    with pytest.raises(ValueError, match=f"at place {place} "):
        CharTokenizer(known).encode(text)


def test_useless_alphabets_are_refused():
    with pytest.raises(ValueError, match="empty"):
        CharTokenizer("")
    with pytest.raises(ValueError, match="must differ"):
        CharTokenizer("ab", specials=["a"])
    with pytest.raises(ValueError, match="must differ"):
        CharTokenizer("ab", specials=["<x>", "<x>"])


# Byte pairs ---------------------------------------------------------------------------------------------------------


def test_no_merges_give_the_bytes():
    assert BytePairEncoding().encode("aé").tolist() == [97, 0xC3, 0xA9]
    assert BytePairEncoding().vocab_size == 256


def test_merges_by_hand():
    """In "low low lower": "lo" and "ow" occur three times, and 'l' < 'o'; then "low"; then " low", twice."""
    encoding = BytePairEncoding.train("low low lower", merges=3)
    assert encoding.merges == [(ord("l"), ord("o")), (256, ord("w")), (ord(" "), 257)]
    assert encoding.pieces[256:] == [b"lo", b"low", b" low"]
    assert encoding.tokens("low lower") == ["low", " low", "e", "r"]
    assert encoding.encode("low lower").tolist() == [257, 258, ord("e"), ord("r")]


def test_training_stops_where_nothing_repeats():
    assert BytePairEncoding.train("low low lower", vocab_size=10_000).vocab_size == 259
    assert BytePairEncoding.train("ab", merges=5, min_count=1).pieces[256:] == [b"ab"]
    assert BytePairEncoding.train("", merges=5).vocab_size == 256


def plain_training(text, merges):
    """The algorithm without any bookkeeping: count all pairs anew for each merge."""
    words = [list(piece.encode()) for piece in bpe.PIECE.findall(text)]
    found = []
    for k in range(merges):
        counts = Counter(pair for word in words for pair in pairwise(word))
        most = max(counts.values())
        pair = min(p for p, n in counts.items() if n == most)
        words = [bpe.join(word, pair, 256 + k) for word in words]
        found.append(pair)
    return found, [i for word in words for i in word]


@pytest.mark.parametrize(("text", "merges"), [("", 80), ("aaaa aaa aaaaaaa abab baba bababa " * 3, 9)])
def test_merges_are_those_of_the_plain_algorithm(text, merges, plays):
    text = text or plays[:4000]
    wanted, ids = plain_training(text, merges)
    encoding = BytePairEncoding.train(text, vocab_size=256 + merges)
    assert encoding.merges == wanted
    assert encoding.encode(text).tolist() == ids, "encoding joins as training did"


def test_training_does_not_depend_on_hashes(plays, encoding):
    again = BytePairEncoding.train("".join(list(plays)), merges=200)
    assert again.merges == encoding.merges
    assert encoding.vocab_size == 456 and len(set(encoding.pieces)) == 456


@pytest.mark.parametrize("text", ODD + [noise(seed) for seed in range(5)])
def test_any_text_comes_back(encoding, text):
    assert "".join(bpe.PIECE.findall(text)) == text
    ids = encoding.encode(text)
    assert ids.dtype == np.int64 and ids.ndim == 1
    assert encoding.decode(ids) == text
    assert encoding.decode(Tensor(ids)) == text


def test_known_words_get_short(encoding, plays):
    assert encoding.decode(encoding.encode(plays)) == plays
    assert len(encoding.encode(plays)) < 0.6 * len(plays)
    assert [len(encoding.encode(piece)) for piece in (" the", " and", " you")] == [1, 1, 1]
    assert all(piece.decode() in plays for piece in encoding.pieces[256:])


def test_no_token_crosses_the_border_of_a_word(encoding):
    assert not [piece for piece in encoding.pieces if b" " in piece[1:] and piece.strip()]


def test_bytes_that_are_no_text_do_not_stop_a_sample(encoding):
    assert encoding.decode([0xFF, 97, 0xC3]) == "�a�"
    assert len(encoding.tokens("é世")) == 5


def test_sizes_without_sense_are_refused():
    for sizes in ({}, {"vocab_size": 300, "merges": 3}):
        with pytest.raises(ValueError, match="either vocab_size or merges"):
            BytePairEncoding.train("text", **sizes)
    with pytest.raises(ValueError, match="at least 256; 100 is too small"):
        BytePairEncoding.train("text", vocab_size=100)
    with pytest.raises(ValueError, match=r"merge 1 joins \(97, 300\).* tokens 0 to 256"):
        BytePairEncoding([(97, 97), (97, 300)])


@pytest.mark.parametrize("tokenizer", [CharTokenizer("ab"), BytePairEncoding()], ids=["chars", "bytes"])
def test_numbers_that_are_no_tokens_are_refused(tokenizer):
    most = tokenizer.vocab_size - 1
    for wrong, place in [([0, 1, 256], 2), ([-1], 0)]:
        with pytest.raises(ValueError, match=f"{wrong[-1]} at place {place} stands for no token.* 0 to {most}"):
            tokenizer.decode(wrong)
    with pytest.raises(ValueError, match=r"row of whole numbers and got shape \(1,\), float64"):
        tokenizer.decode([0.5])
    with pytest.raises(ValueError, match=r"got shape \(1, 2\)"):
        tokenizer.decode([[0, 1]])


# Files --------------------------------------------------------------------------------------------------------------


def test_character_tokenizers_come_back_from_files(tmp_path):
    tokenizer = CharTokenizer('a"\\\n世\ud800', specials=["<pad>"])
    tokenizer.save(tmp_path / "t.json")
    again = CharTokenizer.load(tmp_path / "t.json")
    assert again.tokens == tokenizer.tokens and again.specials == ("<pad>",)
    assert json.loads((tmp_path / "t.json").read_text("utf-8"))["kind"] == "CharTokenizer"


def test_byte_pair_encodings_come_back_from_files(tmp_path, encoding):
    encoding.save(tmp_path / "t.json")
    again = BytePairEncoding.load(tmp_path / "t.json")
    assert again.merges == encoding.merges
    assert again.encode("to be").tolist() == encoding.encode("to be").tolist()


@pytest.mark.parametrize("kind", [CharTokenizer, BytePairEncoding])
@pytest.mark.parametrize("content", ["", "{", "[1]", '{"kind": "x"}', '{"kind": "KIND"}', b"\xff\xfe"])
def test_other_files_are_named(tmp_path, kind, content):
    path = tmp_path / "t.json"
    path.write_bytes(content if isinstance(content, bytes) else content.replace("KIND", kind.__name__).encode())
    with pytest.raises(TokenizerError, match=r"t\.json"):
        kind.load(path)
    with pytest.raises(FileNotFoundError):
        kind.load(tmp_path / "absent.json")


def test_a_crash_while_saving_leaves_the_old_file(tmp_path, monkeypatch, encoding):
    path = tmp_path / "t.json"
    BytePairEncoding([(1, 2)]).save(path)

    def full(descriptor):
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        encoding.save(path)
    assert BytePairEncoding.load(path).merges == [(1, 2)]
    assert list(tmp_path.iterdir()) == [path]


# Measure ------------------------------------------------------------------------------------------------------------


def test_bits_per_byte_compares_tokenizers():
    assert bits_per_byte(math.log(256), 10, "0123456789") == pytest.approx(8)
    assert bits_per_byte(math.log(2), 3, b"abcdef") == bits_per_byte(math.log(2), 3, 6) == pytest.approx(0.5)
    assert bits_per_byte(math.log(4), 2, "éé") == pytest.approx(1.0), "each é is two bytes"
    with pytest.raises(ValueError, match="at least one byte"):
        bits_per_byte(1.0, 1, "")

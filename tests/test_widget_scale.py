"""The interactive figures of chapter 12 without a browser."""

import json

import pytest

from groundup import data, nn, widgets
from groundup.text import BytePairEncoding
from groundup.widgets.scale import LADDER, learnt, merges_scene, price, price_scene, tokenizer_with
from groundup.widgets.scene import parts


def flat(scene):
    made = parts(scene)
    json.dumps(made, allow_nan=False)
    return made


def characters(made):
    """The text of the first panel, as it is drawn."""
    return "".join(mark["text"] for key, mark in made.items() if key.startswith("0.") and mark.get("kind") == "text")


def test_merges_are_those_of_the_package():
    assert list(learnt()) == BytePairEncoding.train(data.shakespeare().train, merges=512).merges
    assert tokenizer_with(64).merges == list(learnt())[:64]


@pytest.mark.parametrize("merges", [0, 64, 512])
def test_the_text_stays_and_more_merges_mean_fewer_tokens(merges):
    line = "To be, or not to be: that is the question."
    made = flat(merges_scene(line, merges))
    assert characters(made) == line.replace(" ", "␣")
    assert made[""]["status"].startswith(f"{len(tokenizer_with(merges).encode(line))} tokens for {len(line)} bytes")
    counts = made["1.0"]["y"]
    assert len(counts) == len(LADDER) and counts == sorted(counts, reverse=True) and counts[0] == len(line)


@pytest.mark.parametrize("words", ["", " ", "Zoë 猫", "🙂", "x" * 88])
def test_any_text_can_be_cut(words):
    made = flat(merges_scene(words, 128))
    drawn = characters(made)
    assert drawn.replace("▯", "") == "".join(c for c in words if c.isascii()).replace(" ", "␣")
    assert drawn.count("▯") == sum(len(c.encode()) for c in words if not c.isascii()) or "ë" in words


def test_neighbouring_tokens_have_different_shades():
    assert [len(token) for token in tokenizer_with(512).tokens("the day")] == [3, 4]
    shades = merges_scene("the day", 512)["panels"][0]["marks"][0]["values"][0]
    assert shades[0] == shades[2] != shades[3] == shades[6] != 0 == shades[7]


def test_the_price_is_the_formula():
    n, flops, days, dollars = price(96, 12288, 2048, 3e11, 1000)
    assert n == nn.GPT.count_parameters(50_257, 2048, 12_288, 96)
    assert flops == pytest.approx(3.14e23, rel=0.01)
    assert days == pytest.approx(flops / 4e14 / 86400 / 1000) and dollars == pytest.approx(2 * 1000 * 24 * days)
    assert price(96, 12288, 2048, 3e11, 2000)[2] == pytest.approx(days / 2)
    assert price(96, 12288, 2048, 3e11, 2000)[3] == pytest.approx(dollars), "more cards, the same price"


def test_the_scene_says_it_in_words():
    made = flat(price_scene(96, 12288, "2,048", 300.0, "1,000"))[""]
    assert made["status"].startswith("175 billion parameters (12,288 wide, 2,048 places), 300 billion tokens")
    assert "9 days on 1,000 cards" in made["status"] and "1.72 for each parameter" in made["status"]
    assert flat(price_scene(12, 768, "1,024", 3.0, "1"))[""]["status"].startswith("124 million parameters")
    for extreme in [(1, 64, "128", 0.001, "1"), (128, 16384, "131,072", 1e4, "16,000")]:
        assert "nan" not in flat(price_scene(*extreme))[""]["status"]


@pytest.mark.parametrize(
    ("make", "moves"),
    [
        (widgets.merges, [{"words": "to"}, {"merges": 72}]),
        (
            widgets.size_and_price,
            [{"blocks": 13}, {"width": 1024}, {"places": "2,048"}, {"billion_tokens": 10.0}, {"cards": "8"}],
        ),
    ],
)
def test_the_figures_answer_their_controls(make, moves):
    figure = make()
    before = figure.parts()
    for values in moves:
        figure.start_again()
        figure.move(**values)
        assert figure.parts() != before, values
    figure.start_again()
    assert figure.parts() == before

"""The interactive figure of chapter 10 without a browser."""

import json

import numpy as np
import pytest

from groundup import functional as F
from groundup import nn, runs, widgets
from groundup.tensor import no_grad
from groundup.widgets.attention import HEADS, LETTERS, LOOKS, PLACES, attention_scene, cleaned, network, read
from groundup.widgets.scene import parts

SENTENCE = "my hat is not my hat"


def flat(**values):
    made = parts(attention_scene(**({"sentence": SENTENCE} | values)))
    json.dumps(made, allow_nan=False)
    return made


def test_the_model_is_the_stored_one():
    """The same scores as the package's layers with the stored weights, and the stored surprise of the second copy."""
    w = network()
    width = w["token.weight"].shape[1]
    blocks = [nn.TransformerBlock(width, HEADS, mlp_ratio=1, dtype=np.float64) for _ in (0, 1)]
    for b, block in enumerate(blocks):
        for name, p in block.named_parameters():
            p.data[...] = w[f"blocks.{b}.{name}"]
    x = w["token.weight"][[LETTERS.index(c) for c in SENTENCE]] + w["place.weight"][: len(SENTENCE)]
    with no_grad():
        z = nn.Sequential(*blocks)(x[None])
        z = F.linear(F.layer_norm(z, (width,), w["norm.weight"], w["norm.bias"]), w["out.weight"], w["out.bias"])
    assert np.allclose(read(SENTENCE)[0], z.data[0])


def test_it_expects_on_the_second_copy_what_came_in_the_first():
    rng, surprise = np.random.default_rng(3), []
    for _ in range(40):
        text = "".join(LETTERS[i] for i in rng.integers(0, 27, 16)) * 2
        z = read(text)[0][16:31]
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        surprise.append(-np.mean([log_p[j, LETTERS.index(text[17 + j])] for j in range(15)]))
    assert np.mean(surprise) == pytest.approx(runs.load("10_repeat_2").result("second")[0], abs=0.2)


def test_nobody_reads_the_future_and_each_row_adds_up_to_one():
    scores, maps = read(SENTENCE)
    assert len(maps) == len(LOOKS) == 4
    for weights in maps:
        assert np.allclose(weights.sum(axis=1), 1) and np.array_equal(weights, np.tril(weights))
    assert np.allclose(read(SENTENCE[:-1] + "x")[0][:-1], scores[:-1])


@pytest.mark.parametrize("look", LOOKS)
def test_the_bars_are_the_chosen_row(look):
    made = flat(look=look, place=8)
    bars = np.array(made["1.0"]["y"])
    assert np.allclose(bars, read(SENTENCE)[1][LOOKS.index(look)][7], atol=1e-5)
    assert made["0"]["title"] == look
    assert "Place 8, “i”" in made[""]["status"]


def test_the_frame_stands_around_the_chosen_row():
    made = flat(place=1)
    t = len(SENTENCE)
    assert sorted({*made["0.1"]["y"]}) == [t - 1.5, t - 0.5]  # the first row stands on top
    assert made["0"]["yticks"][0] == [t - 1, "m"]


@pytest.mark.parametrize(
    ("text", "letters", "said"),
    [
        ("My hat", "my hat", ""),
        ("Zoë", "zoe", ""),
        ("a, b", "a  b", "spaces"),
        ("", " ", "Nothing is written"),
        ("x" * 60, "x" * PLACES, ""),
    ],
)
def test_what_it_does_not_know_becomes_a_space_and_that_is_said(text, letters, said):
    got, remark = cleaned(text)
    assert got == letters
    assert (said in remark) if said else remark == ""


def test_a_place_behind_the_end_is_the_last_one():
    status = flat(sentence="ab", place=30)[""]["status"]
    assert "Place 2, “b”" in status and "only 2 places" in status


@pytest.mark.parametrize("sentence", ["", "a", "x" * PLACES])
def test_short_and_long_sentences_are_drawn(sentence):
    assert flat(sentence=sentence, place=PLACES)["0"]["title"] == LOOKS[2]


def test_the_figure_answers_its_controls():
    figure = widgets.attention_explorer()
    before = figure.parts()
    for values in ({"sentence": "my hat is not my ha"}, {"look": LOOKS[0]}, {"place": 17}):
        figure.start_again()
        figure.move(**values)
        assert figure.parts() != before
    figure.start_again()
    assert figure.parts() == before

"""The interactive figure of chapter 08 without a browser."""

import json

import numpy as np
import pytest

from groundup import data, ladder, runs, widgets
from groundup.ladder import TOKENS
from groundup.widgets import language
from groundup.widgets.language import MODELS, cleaned, continued, next_scene, scores
from groundup.widgets.scene import parts

START = np.array([[0, 5, 13]])  # .em


def bars_of(**values):
    flat = parts(next_scene(**({"beginning": "em"} | values)))
    json.dumps(flat, allow_nan=False)
    return np.array(flat["0.0"]["y"]), flat[""]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("beginning", ["", "em", "maximilianchristopher"])
def test_the_bars_are_probabilities(model, beginning):
    p, words = bars_of(model=model, beginning=beginning)
    assert len(p) == 27 and np.isclose(p.sum(), 1, atol=1e-4) and (p >= 0).all()
    assert words["words"].startswith("Probabilities of the 27 characters")


def test_pairs_are_the_counts_of_the_training_names():
    p, _ = bars_of(model=MODELS[1])
    text = "".join(f"{name}." for name in data.names().train.names)
    following = np.array([text.count("m" + token) for token in TOKENS]) + 1
    assert np.allclose(p, following / following.sum(), atol=1e-5)


def test_the_network_is_the_stored_one():
    def model(x):
        padded = np.pad(x, ((0, 0), (2, 0)))
        contexts = np.lib.stride_tricks.sliding_window_view(padded, 3, axis=1).reshape(-1, 3)
        return scores(MODELS[0], contexts).reshape(*x.shape, 27)

    score = ladder.nats_per_character(model, data.names().validation.names)
    assert score == pytest.approx(runs.load("08_context_3").result("validation")[0], abs=1e-4)


def test_it_sees_three_characters_and_no_more():
    assert np.array_equal(bars_of(beginning="mariem")[0], bars_of(beginning="zoriem")[0])
    assert not np.array_equal(bars_of(beginning="iem")[0], bars_of(beginning="aem")[0])
    assert 'It sees "iem"' in bars_of(beginning="mariem")[1]["status"]
    assert 'It sees ".em"' in bars_of(beginning="em")[1]["status"]
    assert 'It sees "m"' in bars_of(beginning="em", model=MODELS[1])[1]["status"]


def test_temperature_makes_it_bolder_or_wilder():
    cold, warm, hot = (bars_of(temperature=t)[0] for t in (0.1, 1.0, 5.0))
    assert cold.max() > warm.max() > hot.max() > 1 / 27
    assert cold.argmax() == warm.argmax() == hot.argmax()
    z = np.log(warm[1:])
    assert np.allclose(np.diff(np.log(hot[1:])), np.diff(z) / 5, atol=0.02)


@pytest.mark.parametrize(
    ("text", "letters", "said"),
    [
        ("Emma", "emma", ""),
        ("Zoë", "zoe", ""),
        ("em ", "em", "a space"),
        ("4a4", "a", "“4”"),
        ("", "", ""),
        ("abcdefghijklmnopq", "abcdefghijklmno", "longer than 15"),
    ],
)
def test_what_is_no_letter_is_left_out_and_said(text, letters, said):
    got, remark = cleaned(text)
    assert got == letters
    assert (said in remark) if said else remark == ""


def test_a_key_that_changes_no_letter_still_gets_an_answer():
    assert bars_of(beginning="em ")[1]["status"] != bars_of(beginning="em")[1]["status"]


def test_names_go_on_from_the_beginning_and_differ():
    names = continued(MODELS[0], START, 1.0, seed=0)
    assert all(name.startswith("em") for name in names) and len(set(names)) > 3
    assert continued(MODELS[0], START, 1.0, seed=0) == names != continued(MODELS[0], START, 1.0, seed=1)
    assert len(set(continued(MODELS[0], START, 0.001, seed=0))) == 1


def test_the_figure_answers_its_controls():
    figure = widgets.next_character()
    before = figure.parts()
    for values in ({"beginning": "emm"}, {"temperature": 0.5}, {"model": MODELS[1]}, {"others": 1}):
        figure.start_again()
        figure.move(**values)
        assert figure.parts() != before
    figure.start_again()
    assert figure.parts() == before
    assert runs.load("08_context_3").options["context"] == language.SEEN

"""The interactive figure of chapter 11 without a browser."""

import json

import numpy as np
import pytest

from groundup import ladder, runs, widgets
from groundup.nn.sampling import token_probabilities
from groundup.tensor import no_grad
from groundup.widgets import gpt
from groundup.widgets.gpt import MOST, cleaned, network, step_scene, tokenizer, writer
from groundup.widgets.scene import parts


def shown(**values):
    """Bars that can be drawn, bars that cannot, and the words."""
    flat = parts(step_scene(**({"beginning": "My lord, "} | values)))
    json.dumps(flat, allow_nan=False)
    return np.array(flat["0.1"]["y"]), np.array(flat["0.0"]["y"]), flat[""]["status"]


def page(**values):
    return shown(**values)[2].split("\n", 1)[1]


def forecast(text):
    with no_grad():
        return token_probabilities(network()(tokenizer().encode(text)[None]).data[0, -1])


def test_the_network_is_the_stored_one():
    text = runs.load(gpt.STORED)
    tokens = tokenizer().encode(gpt.data.shakespeare().validation)
    n, length = 300, network().block_size
    x, y = tokens[: n * length].reshape(n, length), tokens[1 : n * length + 1].reshape(n, length)
    with no_grad():
        surprise = ladder.surprises(network()(x).data, y).mean()
    assert surprise == pytest.approx(text.result("validation")[0], abs=0.06)


def test_the_forecast_is_the_networks():
    _, p = writer("ROMEO:", 1.0, 63, 1.0, 0).at(0)
    assert np.allclose(p, forecast("ROMEO:"), atol=1e-6)


def test_with_the_cache_the_forecast_is_as_without():
    text, p = writer("ROMEO:", 1.0, 63, 1.0, 0).at(25)
    assert len(text) == 6 + 25
    assert np.allclose(p, forecast(text), atol=1e-5)


def test_beyond_its_places_it_begins_anew_with_the_last_half():
    half = network().block_size // 2
    text, p = writer("ROMEO:", 1.0, 63, 1.0, 0).at(MOST)
    assert len(text) == 6 + MOST
    assert any(np.allclose(p, forecast(text[-n:]), atol=1e-5) for n in range(half, 2 * half + 1))


def test_top_k_and_top_p_forbid_and_the_rest_adds_up_to_one():
    can, cannot, status = shown(top_k=3, top_p=1.0)
    assert len(can) == 3 and can.sum() == pytest.approx(1, abs=1e-4)
    assert "3 of 63 characters can be drawn" in status
    assert cannot.max() <= can.min() + 1e-9
    few = len(shown(top_k=63, top_p=0.5)[0])
    assert few < len(shown(top_k=63, top_p=0.95)[0])
    assert len(shown(top_k=63, top_p=0.05)[0]) == 1


def test_steps_go_on_with_the_same_text_and_twenty_are_twenty_steps():
    assert page(step=7).startswith(page(step=6)[:12])
    assert page(step=20) == page(more=1)
    assert page(step=3) != page(step=3, others=1) or page(step=9) != page(step=9, others=1)
    assert "The page is full." in shown(more=50)[2]


def test_the_coldest_choice_is_the_most_probable():
    text, _ = writer("ROMEO:", 1.0, 1, 1.0, 3).at(1)
    assert text[-1] == tokenizer().tokens[int(forecast("ROMEO:").argmax())]


@pytest.mark.parametrize(
    ("text", "known", "said"), [("To be", "To be", ""), ("ZoË 7", "Zo ", "Ë7"), ("", "\n", ""), ("§", "\n", "§")]
)
def test_what_it_does_not_know_is_left_out_and_said(text, known, said):
    got, remark = cleaned(text)
    assert got == known
    assert (said in remark) if said else remark == ""


def test_the_figure_answers_its_controls():
    figure = widgets.next_step()
    before = figure.parts()
    for values in (
        {"beginning": "My lord, t"},
        {"step": 1},
        {"more": 1},
        {"temperature": 0.5},
        {"top_k": 39},
        {"top_p": 0.9},
        {"others": 1},
    ):
        figure.start_again()
        figure.move(**values)
        assert figure.parts() != before
    figure.start_again()
    assert figure.parts() == before

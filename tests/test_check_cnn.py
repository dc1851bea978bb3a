"""The check of chapter 07's open exercise: what cannot work is told from what can be trained."""

import pytest

from groundup import nn
from groundup.check import CheckFailed
from groundup.check import cnn as check
from groundup.check.cnn import judge_network


def network(*tail, rng=None):
    """Two convolutions, and the tail."""
    layers = [nn.Conv2d(1, 4, 5, rng=rng), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 8, 5, rng=rng), nn.ReLU()]
    return nn.Sequential(*layers, nn.MaxPool2d(2), nn.Flatten(), *tail)


def good(rng):
    return network(nn.Linear(128, 10, rng=rng), rng=rng)


WRONG = {
    "gives probabilities": lambda rng: network(nn.Linear(128, 10, rng=rng), nn.Softmax(1), rng=rng),
    "ReLU stands behind": lambda rng: network(nn.Linear(128, 10, rng=rng), nn.ReLU(), rng=rng),
    "no convolution": lambda rng: nn.Sequential(nn.Flatten(), nn.Linear(784, 10, rng=rng)),
    "10,036,272 weights": lambda rng: nn.Sequential(
        nn.Conv2d(1, 256, 1, rng=rng), nn.Flatten(), nn.Linear(200704, 50, rng=rng), nn.Linear(50, 10, rng=rng)
    ),
    "the same rng": lambda rng: network(nn.Linear(128, 10)),
    r"\(3, 1\)": lambda rng: network(nn.Linear(128, 1, rng=rng), rng=rng),
    "it raised": lambda rng: network(nn.Linear(99, 10, rng=rng), rng=rng),
    "returned None": lambda rng: print(end=""),
    "returned a single number": lambda rng: rng.integers(3),
}


@pytest.mark.parametrize("words", WRONG)
def test_what_cannot_work_is_told_why(words):
    result = judge_network(WRONG[words])
    assert result.state == "wrong"
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(result.text)


def test_a_line_of_the_package_is_not_called_the_learners():
    text = judge_network(lambda rng: nn.Sequential(nn.Flatten(), nn.Linear(700, 10, rng=rng))).text
    assert "700" in text
    assert "in your line" not in text


def test_what_can_be_trained_passes_and_an_untouched_hole_does_not(monkeypatch):
    def hole(rng):
        """A model."""
        ...

    assert judge_network(good).passed
    assert judge_network(hole).state == judge_network(...).state == "not started"
    check.clothes_network(good)
    assert check.clothes_network.passed
    check.clothes_network(hole)
    assert not check.clothes_network.passed
    monkeypatch.setenv("GROUNDUP_STRICT", "1")
    with pytest.raises(CheckFailed, match="not started"):
        check.clothes_network(hole)


def test_a_misspelt_exercise_is_told():
    with pytest.raises(AttributeError, match=r"check\.patches"):
        check.patchs  # noqa: B018

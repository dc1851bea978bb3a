"""The score of names: what is counted, what is not, and which models are refused."""

import numpy as np
import pytest

from groundup import data, ladder, nn
from groundup import functional as F
from groundup.ladder import EDGE, NOTHING, TOKENS, decode, encode, nats_per_character
from groundup.tensor import Tensor


def uniform(x):
    return np.zeros((*x.shape, 27))


def test_names_as_numbers():
    x, y = encode(["ab", "z", ""])
    assert x.tolist() == [[0, 1, 2], [0, 26, 0], [0, 0, 0]]
    assert y.tolist() == [[1, 2, 0], [26, 0, NOTHING], [0, NOTHING, NOTHING]]
    assert x.dtype == y.dtype == np.int64
    assert [decode(row) for row in x] == ["ab", "z", ""]
    assert decode(y[0]) == "ab" and decode([1, 2, 0, 3]) == "ab"


@pytest.mark.parametrize("names", [[], "emma", ["Emma"], ["zoë"], ["a."]])
def test_what_is_no_list_of_names_is_refused(names):
    with pytest.raises(ValueError, match=r"encode\(\)"):
        encode(names)


def test_the_course_names_can_all_be_encoded():
    for part in data.names():
        x, y = encode(part.names)
        assert (y != NOTHING).sum() == sum(map(len, part.names)) + len(part.names)
        assert [decode(row) for row in x[:50]] == part.names[:50]


def test_guessing_costs_ln_27_whatever_the_batches():
    names = ["emma", "ian", "bo"]
    assert nats_per_character(uniform, names) == pytest.approx(np.log(27))
    assert nats_per_character(uniform, names, batch_size=1) == pytest.approx(np.log(27))


def test_letters_and_end_count_and_the_start_does_not():
    """A table that knows all but the end: by hand, ln 4 for one of three predictions."""
    p = np.full((27, 27), 1e-30)
    p[EDGE, 1], p[1, 2] = 1, 1
    p[2, [0, 1, 2, 3]] = 1 / 4
    score = nats_per_character(lambda x: np.log(p)[x], ["ab"])
    assert score == pytest.approx(np.log(4) / 3)


def test_all_characters_weigh_the_same_however_long_the_name():
    p = np.full((27, 27), 1 / 27)
    p[EDGE] = np.eye(27)[1] * 0.5 + 0.5 / 27
    long, short = "a" * 9, "a"
    together = nats_per_character(lambda x: np.log(p)[x], [long, short])
    alone = [nats_per_character(lambda x: np.log(p)[x], [name]) for name in (long, short)]
    assert together == pytest.approx((10 * alone[0] + 2 * alone[1]) / 12)


def test_it_is_cross_entropy_with_padding_left_out():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(27, 27))
    names = data.names().validation.names[:40]
    x, y = encode(names)
    loss = F.cross_entropy(table[x].reshape(-1, 27), y.reshape(-1), ignore_index=NOTHING)
    assert nats_per_character(lambda x: table[x], names, batch_size=7) == pytest.approx(loss.item(), rel=1e-12)


def test_scores_may_be_logits_or_logarithms_of_probabilities():
    table = np.random.default_rng(1).normal(size=(27, 27))
    p = np.exp(table) / np.exp(table).sum(axis=1, keepdims=True)
    a, b = (nats_per_character(lambda x, t=t: t[x], ["anna", "leo"]) for t in (table + 1000, np.log(p)))
    assert a == pytest.approx(b, rel=1e-9)


def test_what_had_probability_zero_costs_infinity():
    with np.errstate(divide="ignore"):
        table = np.log(np.eye(27)[::-1] + np.eye(27)[[0] * 27])
    assert nats_per_character(lambda x: table[x], ["abc"]) == np.inf


def test_a_module_is_asked_in_eval_mode_and_put_back():
    rng = np.random.default_rng(2)
    model = nn.Sequential(nn.Embedding(27, 8, rng=rng), nn.Dropout(0.5, rng=rng), nn.Linear(8, 27, rng=rng))
    names = ["olivia", "noah", "emma"]
    assert nats_per_character(model, names) == nats_per_character(model, names)
    assert model.training
    assert all(p.grad is None for p in model.parameters())


def test_a_tensor_is_taken_too():
    assert nats_per_character(lambda x: Tensor(uniform(x)), ["emma"]) == pytest.approx(np.log(27))


def test_a_model_that_looks_ahead_is_refused():
    def cheat(x):
        following = np.roll(x, -1, axis=1)
        return 50.0 * np.eye(27)[following]

    with pytest.raises(ValueError, match="looks ahead"):
        nats_per_character(cheat, ["emma", "olivia"])
    assert nats_per_character(cheat, ["emma", "emma"], check=False) < 0.01

    def average(x):
        return np.eye(27)[x].mean(axis=1, keepdims=True) + uniform(x)

    with pytest.raises(ValueError, match="looks ahead"):
        nats_per_character(average, ["emma", "olivia"])


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (lambda x: np.zeros((*x.shape, 26)), "scores of shape"),
        (lambda x: np.zeros((len(x), 27)), "scores of shape"),
        (lambda x: np.full((*x.shape, 27), np.nan), "not numbers"),
    ],
)
def test_unusable_scores_are_refused(model, words):
    with pytest.raises(ValueError, match=words):
        nats_per_character(model, ["emma"])


def test_there_are_27_tokens():
    assert len(TOKENS) == 27 and TOKENS[EDGE] == "." and ladder.TOKENS.index("z") == 26

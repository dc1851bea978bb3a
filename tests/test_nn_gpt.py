"""GPT: GPT-2's arrangement and count, the cache, and how the next token is drawn."""

import copy

import numpy as np
import pytest

import groundup as torch
from groundup import nn
from groundup.nn.sampling import draw, token_probabilities
from groundup.tensor import Tensor


def rng(seed=0):
    return np.random.default_rng(seed)


def small(**changes):
    sizes = {"vocab_size": 11, "block_size": 8, "width": 12, "heads": 3, "layers": 2, "rng": rng()}
    return nn.GPT(**(sizes | changes))


def lively(**changes):
    """With weights so large that the next token depends on all before."""
    model = small(**changes)
    for p in model.parameters():
        if p.ndim > 1:
            nn.init.normal_(p, std=0.3, rng=rng(1))
    return model


TEXT = np.array([[1, 5, 3, 0, 10], [2, 2, 7, 9, 4]])

# The model


def test_gpt2s_smallest_has_as_many_parameters_as_published():
    assert nn.GPT.count_parameters(vocab_size=50_257, block_size=1_024, width=768, layers=12) == 124_439_808


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize(("vocab", "block", "width", "layers"), [(11, 8, 12, 2), (5, 16, 6, 0), (65, 4, 24, 3)])
def test_the_count_is_the_models_own(vocab, block, width, layers, tied):
    model = nn.GPT(vocab, block, width, heads=3, layers=layers, tie_weights=tied)
    assert model.num_parameters() == nn.GPT.count_parameters(vocab, block, width, layers, tied)


def test_scores_for_each_place():
    assert small()(TEXT).shape == (2, 5, 11)
    assert small()(torch.tensor(TEXT)).dtype == np.float32


def test_first_weights_are_gpt2s():
    model = small(width=120, vocab_size=200, layers=8)
    block = model.blocks[3]
    assert model.token.weight.data.std() == pytest.approx(0.02, rel=0.02)
    assert block.linear1.weight.data.std() == pytest.approx(0.02, rel=0.02)
    assert block.linear2.weight.data.std() == pytest.approx(0.02 / 4, rel=0.02)  # √(2 · 8)
    assert block.self_attn.out_proj.weight.data.std() == pytest.approx(0.02 / 4, rel=0.02)
    assert not block.linear1.bias.data.any()
    assert (block.norm1.weight.data == 1).all()


def test_first_weights_of_another_deviation():
    model, usual = small(std=0.06), small()
    for p, q in zip(model.parameters(), usual.parameters(), strict=True):
        np.testing.assert_allclose(p.data, q.data * (3 if p.ndim > 1 else 1), rtol=1e-5)


def test_an_untrained_model_guesses_evenly():
    model = small(vocab_size=50, tie_weights=False)  # tied, it would guess the token that it just read
    loss = nn.functional.cross_entropy(model(TEXT).reshape(-1, 50), torch.tensor(TEXT.reshape(-1)))
    assert loss.item() == pytest.approx(np.log(50), abs=0.05)


def test_no_place_looks_ahead():
    model = lively()
    changed = TEXT.copy()
    changed[:, 3:] = 6
    a, b = model(TEXT).data, model(changed).data
    np.testing.assert_allclose(a[:, :3], b[:, :3], atol=1e-6)
    assert np.abs(a[:, 3:] - b[:, 3:]).max() > 0.1


def test_the_block_that_may_look_ahead_does():
    block = nn.TransformerBlock(12, 3, causal=False, rng=rng())
    x = torch.randn(1, 4, 12, rng=rng())
    changed = Tensor(x.data.copy())
    changed[:, -1] = 1.0
    assert np.abs(block(x).data[:, 0] - block(changed).data[:, 0]).max() > 1e-4


def test_tied_weights_are_one_also_in_a_copy_and_after_loading():
    model = small()
    twin = copy.deepcopy(model)
    assert twin.head.weight is twin.token.weight
    twin.load_state_dict(small(rng=rng(7)).state_dict())
    assert twin.head.weight is twin.token.weight
    assert small(tie_weights=False).head.weight is not small(tie_weights=False).token.weight


def test_a_few_steps_teach_it_a_text():
    model = small(layers=1)
    for _ in range(60):
        loss = nn.functional.cross_entropy(model(TEXT[:, :-1]).reshape(-1, 11), torch.tensor(TEXT[:, 1:].reshape(-1)))
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= 0.5 * p.grad
    assert loss.item() < 0.5


def test_dropout_is_reproducible_and_off_in_eval():
    a, b = (small(dropout=0.3, rng=rng(4)) for _ in range(2))
    np.testing.assert_array_equal(a(TEXT).data, b(TEXT).data)
    assert not np.array_equal(a(TEXT).data, a(TEXT).data)
    a.eval()
    np.testing.assert_array_equal(a(TEXT).data, a(TEXT).data)


def test_errors_of_the_model():
    model = small()
    with pytest.raises(ValueError, match=r"8 places \(block_size\) and got 9"):
        model(np.zeros((1, 9), int))
    with pytest.raises(ValueError, match="number 11 is outside the vocabulary of 11 tokens"):
        model(np.array([[11]]))
    with pytest.raises(ValueError, match="whole numbers and got float64"):
        model(np.ones((1, 2)))
    with pytest.raises(ValueError, match=r"shape \(N, L\), L at least 1, and got \(2,\)"):
        model(np.array([1, 2]))
    with pytest.raises(ValueError, match=r"and got \(1, 0\)"):
        model.generate(np.zeros((1, 0), int), 1)
    with pytest.raises(ValueError, match="multiple of num_heads=5"):
        small(heads=5)
    with pytest.raises(ValueError, match="0 or more and got -1"):
        model.generate(TEXT, -1)


# The cache


@pytest.mark.parametrize("cuts", [(1, 2, 3, 4), (3,), (2, 4)])
def test_cached_scores_are_the_uncached_ones(cuts):
    model = lively().eval()
    whole, cache, parts = model(TEXT).data, model.new_cache(), []
    with torch.no_grad():
        for piece in np.split(TEXT, cuts, axis=1):
            parts.append(model(piece, cache).data)
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=2e-5)
    assert cache.length == 5


def test_a_full_cache_says_so():
    model, cache = small(), None
    cache = model.new_cache()
    model(np.zeros((1, 6), int), cache)
    with pytest.raises(ValueError, match="got 3 after 6 in the cache"):
        model(np.zeros((1, 3), int), cache)
    with pytest.raises(ValueError, match="start a new cache"):
        model(np.zeros((2, 1), int), cache)


@pytest.mark.parametrize("new", [3, 12])  # 12: past block_size
@pytest.mark.parametrize("settings", [{}, {"temperature": 0}, {"top_k": 3}, {"top_p": 0.8, "temperature": 1.5}])
def test_generation_is_the_same_with_and_without_the_cache(new, settings):
    model = lively()
    with_cache = model.generate(TEXT, new, rng=rng(5), **settings)
    without = model.generate(TEXT, new, rng=rng(5), use_cache=False, **settings)
    assert with_cache.shape == (2, 5 + new)
    np.testing.assert_array_equal(with_cache.data, without.data)
    np.testing.assert_array_equal(with_cache.data[:, :5], TEXT)


def test_a_beginning_longer_than_the_block_counts_by_its_end():
    model = lively()
    long = np.concatenate([np.zeros((2, 20), int), np.tile(TEXT, 2)], axis=1)
    cut = model.generate(long[:, -8:], 6, temperature=0)
    np.testing.assert_array_equal(model.generate(long, 6, temperature=0).data[:, 30:], cut.data[:, 8:])


def test_generation_leaves_mode_graph_and_generator_alone():
    model = small(dropout=0.5)
    model.norm.eval()
    torch.manual_seed(0)
    out = model.generate(TEXT, 2, rng=rng())
    assert model.training
    assert model.blocks[0].training
    assert not model.norm.training
    assert not out.requires_grad
    assert out.dtype == np.int64
    expected = torch.manual_seed(0).random()
    torch.manual_seed(0)
    model.generate(TEXT, 2, rng=rng())
    assert torch.default_generator().random() == expected
    assert model.generate(TEXT, 0).shape == TEXT.shape


def test_generation_is_reproducible():
    model = lively()
    a, b = (model.generate(TEXT, 6, rng=rng(3)).data for _ in range(2))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, model.generate(TEXT, 6, rng=rng(4)).data)


# The next token

SCORES = np.log(np.array([0.1, 0.4, 0.2, 0.3]))


def test_without_settings_it_is_softmax():
    np.testing.assert_allclose(token_probabilities(SCORES), [0.1, 0.4, 0.2, 0.3])


def test_temperature_sharpens_and_flattens():
    np.testing.assert_allclose(token_probabilities(SCORES, 0.5), np.array([1, 16, 4, 9]) / 30)
    np.testing.assert_allclose(token_probabilities(SCORES, 1e9), [0.25] * 4, atol=1e-6)


@pytest.mark.parametrize("temperature", [0, 0.0, 1e-300, 1e-12, 1e-4])
def test_temperature_towards_zero_takes_the_best_without_overflow(temperature):
    with np.errstate(all="raise", under="ignore"):
        p = token_probabilities(SCORES * 1e3, temperature)
    np.testing.assert_array_equal(p, [0, 1, 0, 0])


def test_of_equal_best_ones_temperature_zero_takes_the_first():
    np.testing.assert_array_equal(token_probabilities(np.array([1.0, 2.0, 2.0]), 0), [0, 1, 0])


@pytest.mark.parametrize(("k", "expected"), [(1, [0, 1, 0, 0]), (2, [0, 4 / 7, 0, 3 / 7]), (4, [0.1, 0.4, 0.2, 0.3])])
def test_top_k_keeps_the_k_best(k, expected):
    np.testing.assert_allclose(token_probabilities(SCORES, top_k=k), expected)
    np.testing.assert_allclose(token_probabilities(SCORES, top_k=9), [0.1, 0.4, 0.2, 0.3])


def test_top_k_keeps_exactly_k_where_several_tie():
    p = token_probabilities(np.array([[1.0, 1.0, 1.0, 1.0], [0.0, 5.0, 5.0, 5.0]]), top_k=2)
    np.testing.assert_allclose(p, [[0.5, 0.5, 0, 0], [0, 0.5, 0.5, 0]])


@pytest.mark.parametrize(
    ("top_p", "kept"),
    [
        (0.01, [1]),
        (0.39, [1]),
        (0.41, [1, 3]),
        (0.69, [1, 3]),
        (0.71, [1, 3, 2]),
        (0.95, [0, 1, 2, 3]),
        (1, [0, 1, 2, 3]),
    ],
)
def test_top_p_keeps_the_one_that_crosses_the_line(top_p, kept):
    p = token_probabilities(SCORES, top_p=top_p)
    assert set(np.flatnonzero(p)) == set(kept)
    raw = np.array([0.1, 0.4, 0.2, 0.3])
    np.testing.assert_allclose(p[kept], raw[kept] / raw[kept].sum())


def test_top_p_counts_what_top_k_left():
    p = token_probabilities(SCORES, top_k=2, top_p=0.5)  # 4/7 reaches 0.5 alone
    np.testing.assert_allclose(p, [0, 1, 0, 0])


def test_scores_of_minus_infinity_are_never_chosen():
    p = token_probabilities(np.array([-np.inf, 0.0, -np.inf]), top_k=2, top_p=0.9)
    np.testing.assert_array_equal(p, [0, 1, 0])


def test_settings_out_of_range():
    for settings, text in [
        ({"temperature": -1}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"top_k": 0}, "top_k"),
        ({"top_k": 2.5}, "top_k"),
        ({"top_p": 0}, "top_p"),
        ({"top_p": 1.1}, "top_p"),
    ]:
        with pytest.raises(ValueError, match=text):
            token_probabilities(SCORES, **settings)
    with pytest.raises(ValueError, match="diverge"):
        token_probabilities(np.array([1.0, np.nan]))
    with pytest.raises(ValueError, match="temperature"):
        small().generate(TEXT, 1, temperature=-1)


def test_draws_follow_the_probabilities():
    p = np.array([0.1, 0.0, 0.6, 0.3, 0.0])
    drawn = draw(np.tile(p, (20_000, 1)), rng())
    counts = np.bincount(drawn, minlength=5) / 20_000
    assert counts[1] == counts[4] == 0
    np.testing.assert_allclose(counts, p, atol=0.015)


def test_a_draw_at_the_very_end_stays_possible():
    class Edge:
        def __init__(self, u):
            self.u = u

        def random(self, shape):
            return np.full(shape, self.u)

    p = np.array([[0.0, 0.7, 0.3, 0.0]])
    assert draw(p, Edge(np.nextafter(1, 0))).tolist() == [2]
    assert draw(p, Edge(1.0)).tolist() == [2]
    assert draw(p, Edge(0.0)).tolist() == [1]


def test_generated_tokens_follow_the_models_probabilities():
    model = lively()
    first = np.tile(TEXT[:1], (4_000, 1))
    p = token_probabilities(model(TEXT[:1]).data[:, -1], 1.3, top_k=4)[0]
    drawn = model.generate(first, 1, temperature=1.3, top_k=4, rng=rng()).data[:, -1]
    np.testing.assert_allclose(np.bincount(drawn, minlength=11) / 4_000, p, atol=0.03)
    assert (p > 0).sum() == 4

"""Every layer: shapes in and out, slopes against nudging in float64, and what it says to an input that does not fit."""

import numpy as np
import pytest

import groundup as torch
from groundup import nn
from groundup.gradcheck import gradcheck
from groundup.tensor import Tensor


def rng():
    return np.random.default_rng(0)


def numbers(*shape, dtype=np.float64, seed=1):
    return Tensor(np.random.default_rng(seed).normal(size=shape).astype(dtype))


F64 = {"dtype": np.float64, "rng": rng()}

# name → (layer in float64, shape of its input, shape of its output)
LAYERS = {
    "Linear": (lambda: nn.Linear(4, 3, **F64), (2, 4), (2, 3)),
    "Linear, no bias, three axes": (lambda: nn.Linear(4, 3, bias=False, **F64), (2, 3, 4), (2, 3, 3)),
    "Linear, one vector": (lambda: nn.Linear(4, 3, **F64), (4,), (3,)),
    "Linear, no examples": (lambda: nn.Linear(4, 3, **F64), (0, 4), (0, 3)),
    "Identity": (lambda: nn.Identity(3, anything=True), (2, 4), (2, 4)),
    "Flatten": (lambda: nn.Flatten(), (2, 3, 4), (2, 12)),
    "Flatten, inner": (lambda: nn.Flatten(1, 2), (2, 3, 2, 2), (2, 6, 2)),
    "Unflatten": (lambda: nn.Unflatten(1, (2, -1)), (2, 6), (2, 2, 3)),
    "Unflatten, last": (lambda: nn.Unflatten(-1, (2, 3)), (2, 1, 6), (2, 1, 2, 3)),
    "Conv1d": (lambda: nn.Conv1d(2, 3, 3, stride=2, padding=1, **F64), (2, 2, 6), (2, 3, 3)),
    "Conv1d, same, even window": (lambda: nn.Conv1d(2, 3, 4, padding="same", **F64), (2, 2, 6), (2, 3, 6)),
    "Conv2d": (lambda: nn.Conv2d(2, 3, 3, **F64), (2, 2, 5, 4), (2, 3, 3, 2)),
    "Conv2d, all settings": (
        lambda: nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2, bias=False, **F64),
        (2, 4, 5, 4),
        (2, 6, 3, 6),
    ),
    "Conv2d, same": (lambda: nn.Conv2d(2, 3, (3, 2), padding="same", **F64), (2, 2, 4, 4), (2, 3, 4, 4)),
    "Conv2d, same, dilated": (
        lambda: nn.Conv2d(1, 1, 3, padding="same", dilation=2, **F64),
        (1, 1, 5, 5),
        (1, 1, 5, 5),
    ),
    "Conv2d, valid, one picture": (lambda: nn.Conv2d(2, 3, 2, padding="valid", **F64), (2, 4, 4), (3, 3, 3)),
    "ConvTranspose2d": (
        lambda: nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1, output_padding=1, groups=2, **F64),
        (2, 4, 2, 3),
        (2, 2, 4, 6),
    ),
    "MaxPool2d": (lambda: nn.MaxPool2d(2), (2, 3, 4, 5), (2, 3, 2, 2)),
    "MaxPool2d, overlapping": (lambda: nn.MaxPool2d(3, stride=2, padding=1), (2, 2, 5, 5), (2, 2, 3, 3)),
    "MaxPool2d, one picture": (lambda: nn.MaxPool2d((2, 1)), (3, 4, 4), (3, 2, 4)),
    "AvgPool2d": (lambda: nn.AvgPool2d(2, stride=1, padding=1), (2, 2, 3, 3), (2, 2, 4, 4)),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d((2, 3)), (2, 2, 5, 5), (2, 2, 2, 3)),
    "AdaptiveAvgPool2d, one": (lambda: nn.AdaptiveAvgPool2d(1), (2, 2, 3, 4), (2, 2, 1, 1)),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(3, dtype=np.float64), (5, 3), (5, 3)),
    "BatchNorm1d, length": (lambda: nn.BatchNorm1d(3, dtype=np.float64), (4, 3, 2), (4, 3, 2)),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(2, dtype=np.float64), (3, 2, 2, 2), (3, 2, 2, 2)),
    "BatchNorm2d, eval": (lambda: nn.BatchNorm2d(2, dtype=np.float64).eval(), (3, 2, 2, 2), (3, 2, 2, 2)),
    "BatchNorm1d, not affine": (lambda: nn.BatchNorm1d(3, affine=False), (5, 3), (5, 3)),
    "LayerNorm": (lambda: nn.LayerNorm(4, dtype=np.float64), (2, 3, 4), (2, 3, 4)),
    "LayerNorm, two axes": (lambda: nn.LayerNorm((3, 4), dtype=np.float64), (2, 3, 4), (2, 3, 4)),
    "LayerNorm, no bias": (lambda: nn.LayerNorm(4, bias=False, dtype=np.float64), (2, 4), (2, 4)),
    "LayerNorm, plain": (lambda: nn.LayerNorm(4, elementwise_affine=False), (2, 4), (2, 4)),
    "Dropout, eval": (lambda: nn.Dropout(0.5).eval(), (2, 4), (2, 4)),
    "Dropout, p=0": (lambda: nn.Dropout(0.0), (2, 4), (2, 4)),
    "ReLU": (lambda: nn.ReLU(inplace=True), (2, 4), (2, 4)),
    "LeakyReLU": (lambda: nn.LeakyReLU(0.2), (2, 4), (2, 4)),
    "ELU": (lambda: nn.ELU(1.5), (2, 4), (2, 4)),
    "SiLU": (lambda: nn.SiLU(), (2, 4), (2, 4)),
    "GELU": (lambda: nn.GELU(), (2, 4), (2, 4)),
    "GELU, tanh": (lambda: nn.GELU("tanh"), (2, 4), (2, 4)),
    "Tanh": (lambda: nn.Tanh(), (2, 4), (2, 4)),
    "Sigmoid": (lambda: nn.Sigmoid(), (2, 4), (2, 4)),
    "Softplus": (lambda: nn.Softplus(beta=2.0), (2, 4), (2, 4)),
    "Softmax": (lambda: nn.Softmax(dim=0), (2, 4), (2, 4)),
    "LogSoftmax": (lambda: nn.LogSoftmax(dim=-1), (2, 4), (2, 4)),
    "TransformerBlock": (lambda: nn.TransformerBlock(4, 2, **F64), (2, 3, 4), (2, 3, 4)),
    "TransformerBlock, both ways": (
        lambda: nn.TransformerBlock(4, 2, causal=False, approximate="none", mlp_ratio=1.5, **F64),
        (2, 3, 4),
        (2, 3, 4),
    ),
}

RECURRENT = {
    "RNN": (lambda: nn.RNN(3, 2, **F64), (4, 2, 3), (4, 2, 2)),
    "RNN, relu, no bias": (lambda: nn.RNN(3, 2, nonlinearity="relu", bias=False, **F64), (4, 2, 3), (4, 2, 2)),
    "RNN, one sequence": (lambda: nn.RNN(3, 2, **F64), (4, 3), (4, 2)),
    "GRU, two layers, both ways": (lambda: nn.GRU(3, 2, 2, bidirectional=True, **F64), (3, 2, 3), (3, 2, 4)),
    "GRU, batch first": (lambda: nn.GRU(3, 2, batch_first=True, **F64), (2, 4, 3), (2, 4, 2)),
    "LSTM": (lambda: nn.LSTM(3, 2, **F64), (4, 2, 3), (4, 2, 2)),
    "LSTM, everything": (
        lambda: nn.LSTM(3, 2, 2, bias=False, batch_first=True, bidirectional=True, **F64),
        (2, 3, 3),
        (2, 3, 4),
    ),
    "LSTM, one sequence": (lambda: nn.LSTM(3, 2, **F64), (4, 3), (4, 2)),
}


def slopes_agree(layer, run, *inputs):
    """The slopes for inputs and for every parameter agree with nudging."""
    inputs, parameters = [x.requires_grad_() for x in inputs], list(layer.parameters())
    values = [p.data for p in parameters]

    def with_parameters(*tensors):
        for p, value, t in zip(parameters, values, tensors[len(inputs) :], strict=True):
            p.data = value if t is p else t.data  # a nudged copy takes the parameter's place for one call
        return run(*tensors[: len(inputs)])

    return gradcheck(with_parameters, [*inputs, *parameters], rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("name", LAYERS)
def test_shape_and_slopes(name):
    make, given, expected = LAYERS[name]
    layer, x = make(), numbers(*given)
    assert layer(x).shape == expected
    if x.numel():
        assert slopes_agree(layer, layer, x)


@pytest.mark.parametrize("name", RECURRENT)
def test_recurrent_shape_and_slopes(name):
    make, given, expected = RECURRENT[name]
    layer, x = make(), numbers(*given)
    out, _state = layer(x)
    assert out.shape == expected

    def both(x):
        out, state = layer(x)
        parts = [out, *(state if isinstance(state, tuple) else [state])]
        return torch.cat([p.flatten() for p in parts])

    assert slopes_agree(layer, both, x)


@pytest.mark.parametrize("name", ["LSTM", "GRU", "RNN"])
def test_slopes_for_the_initial_state(name):
    layer = getattr(nn, name)(3, 2, 2, dtype=np.float64, rng=rng())
    h, c = numbers(2, 2, 2, seed=3), numbers(2, 2, 2, seed=4)
    if name == "LSTM":
        assert slopes_agree(layer, lambda x, h, c: layer(x, (h, c))[0], numbers(3, 2, 3), h, c)
    else:
        assert slopes_agree(layer, lambda x, h: layer(x, h)[0], numbers(3, 2, 3), h)


@pytest.mark.parametrize("tied", [True, False])
def test_slopes_of_a_whole_gpt(tied):
    model = nn.GPT(5, 3, 4, heads=2, layers=1, tie_weights=tied, **F64)
    text = np.array([[0, 3, 4], [1, 1, 2]])
    assert slopes_agree(model, lambda: model(text))


# Recurrent layers


def test_the_final_state_is_the_last_output_of_each_direction():
    out, h = nn.GRU(3, 2, bidirectional=True, rng=rng())(numbers(5, 4, 3, dtype=np.float32))
    np.testing.assert_array_equal(h[0].detach(), out[-1, :, :2].detach())
    np.testing.assert_array_equal(h[1].detach(), out[0, :, 2:].detach())


def test_reading_in_two_parts_with_the_state_handed_over_is_reading_at_once():
    layer, x = nn.LSTM(3, 4, 2, rng=rng()), numbers(6, 2, 3, dtype=np.float32)
    whole, (h, c) = layer(x)
    first, state = layer(x[:2])
    second, (h2, c2) = layer(x[2:], state)
    np.testing.assert_allclose(torch.cat([first, second]).detach(), whole.detach(), atol=1e-6)
    np.testing.assert_allclose(h2.detach(), h.detach(), atol=1e-6)
    np.testing.assert_allclose(c2.detach(), c.detach(), atol=1e-6)


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_a_cell_is_one_step_of_its_layer(name):
    layer, cell = getattr(nn, name)(3, 4, rng=rng()), getattr(nn, name + "Cell")(3, 4, rng=rng())
    cell.load_state_dict({k.removesuffix("_l0"): v for k, v in layer.state_dict().items()})
    x, state = numbers(3, 2, 3, dtype=np.float32), None
    for t in range(3):
        state = cell(x[t], state)
    out, _final = layer(x)
    h = state[0] if name == "LSTM" else state
    np.testing.assert_allclose(h.detach(), out[-1].detach(), atol=1e-6)
    alone = cell(x[0, 0])
    alone = alone[0] if name == "LSTM" else alone
    np.testing.assert_allclose(alone.detach(), out[0, 0].detach(), atol=1e-6)


def test_cells_slopes():
    cell = nn.LSTMCell(3, 2, dtype=np.float64, rng=rng())
    run = lambda x, h, c: torch.cat(cell(x, (h, c)))  # noqa: E731
    assert slopes_agree(cell, run, numbers(2, 3), numbers(2, 2, seed=2), numbers(2, 2, seed=3))


def test_dropout_between_layers_is_in_training_only():
    layer = nn.GRU(3, 8, 2, dropout=0.5, rng=rng())
    x = numbers(4, 2, 3, dtype=np.float32)
    assert not np.array_equal(layer(x)[0].detach(), layer(x)[0].detach())
    layer.eval()
    np.testing.assert_array_equal(layer(x)[0].detach(), layer(x)[0].detach())
    top = nn.GRU(3, 8, 1, dropout=0.5, rng=rng())  # nothing lies between one layer
    np.testing.assert_array_equal(top(x)[0].detach(), top(x)[0].detach())


def test_recurrent_errors():
    layer = nn.GRU(3, 2, rng=rng())
    f = {"dtype": np.float32}
    with pytest.raises(ValueError, match=r"GRU\(3, 2\) wants an input of shape \(L, N, 3\).*got \(4, 2, 5\)"):
        layer(numbers(4, 2, 5, **f))
    with pytest.raises(ValueError, match=r"initial state of shape \(1, 2, 2\).*got \(1, 3, 2\)"):
        layer(numbers(4, 2, 3, **f), numbers(1, 3, 2, **f))
    with pytest.raises(ValueError, match="at least one step"):
        layer(numbers(0, 2, 3, **f))
    with pytest.raises(ValueError, match=r"pair \(h, c\)"):
        nn.LSTM(3, 2)(numbers(4, 2, 3, **f), numbers(1, 2, 2, **f))
    with pytest.raises(ValueError, match=r"state of shape \(2, 2\)"):
        nn.GRUCell(3, 2)(numbers(2, 3, **f), numbers(3, 2, **f))
    with pytest.raises(ValueError, match="'tanh' or 'relu'"):
        nn.RNN(3, 2, nonlinearity="gelu")
    with pytest.raises(ValueError, match="at least one layer"):
        nn.RNN(3, 2, 0)


# Attention


@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize("batch_first", [True, False])
def test_attention_shapes_and_slopes(need_weights, batch_first):
    layer = nn.MultiheadAttention(4, 2, batch_first=batch_first, **F64)
    q, k, v = numbers(3, 2, 4), numbers(5, 2, 4, seed=2), numbers(5, 2, 4, seed=3)
    if batch_first:
        q, k, v = numbers(2, 3, 4), numbers(2, 5, 4, seed=2), numbers(2, 5, 4, seed=3)
    out, weights = layer(q, k, v, need_weights=need_weights)
    assert out.shape == q.shape
    assert (None if weights is None else weights.shape) == ((2, 3, 5) if need_weights else None)
    assert slopes_agree(layer, lambda q, k, v: layer(q, k, v, need_weights=need_weights)[0], q, k, v)


def test_attention_to_itself_is_the_same_by_either_way():
    layer = nn.MultiheadAttention(4, 2, batch_first=True, **F64)
    x = numbers(2, 3, 4)
    with_weights, weights = layer(x, x, x)
    without, _ = layer(x, x, x, need_weights=False)
    apart, _ = layer(x, x + 0, x + 0)
    np.testing.assert_allclose(with_weights.detach(), without.detach(), atol=1e-12)
    np.testing.assert_allclose(with_weights.detach(), apart.detach(), atol=1e-12)
    np.testing.assert_allclose(weights.sum(-1).detach(), np.ones((2, 3)))
    assert slopes_agree(layer, lambda x: layer(x, x, x, need_weights=False)[0], x)


def test_attention_masks():
    layer = nn.MultiheadAttention(4, 2, batch_first=True, **F64)
    x = numbers(2, 3, 4)
    later = np.triu(np.ones((3, 3), bool), 1)
    _, causal = layer(x, x, x, attn_mask=later)
    assert (causal.data[:, later] == 0).all()
    _, same = layer(x, x, x, is_causal=True)
    np.testing.assert_array_equal(same.data, causal.data)
    _, added = layer(x, x, x, attn_mask=np.where(later, -np.inf, 0.0))
    np.testing.assert_allclose(added.data, causal.data)
    padding = np.array([[False, False, True], [False, False, False]])
    out, weights = layer(x, x, x, key_padding_mask=padding, attn_mask=later, average_attn_weights=False)
    assert weights.shape == (2, 2, 3, 3)
    assert (weights.data[0, ..., 2] == 0).all()
    fast, _ = layer(x, x, x, key_padding_mask=padding, attn_mask=later, need_weights=False)
    np.testing.assert_allclose(out.detach(), fast.detach(), atol=1e-12)
    mixed, _ = layer(
        x, x, x, attn_mask=np.broadcast_to(later, (4, 3, 3)), key_padding_mask=np.where(padding, -np.inf, 0)
    )
    np.testing.assert_allclose(mixed.detach(), out.detach(), atol=1e-12)


def test_attention_of_one_sequence():
    layer = nn.MultiheadAttention(4, 2, **F64)
    x = numbers(3, 4)
    out, weights = layer(x, x, x)
    assert (out.shape, weights.shape) == ((3, 4), (3, 3))
    _, heads = layer(x, x, x, average_attn_weights=False, key_padding_mask=np.array([True, False, False]))
    assert heads.shape == (2, 3, 3)
    assert (heads.data[..., 0] == 0).all()


def test_attention_errors():
    with pytest.raises(ValueError, match="multiple of num_heads=3"):
        nn.MultiheadAttention(4, 3)
    layer, x = nn.MultiheadAttention(4, 2, **F64), numbers(3, 2, 4)
    with pytest.raises(ValueError, match=r"attn_mask wants shape .* and got \(2, 2\)"):
        layer(x, x, x, attn_mask=np.zeros((2, 2), bool))
    with pytest.raises(ValueError, match=r"key_padding_mask wants shape .* and got \(3, 2\)"):
        layer(x, x, x, key_padding_mask=np.zeros((3, 2), bool))
    with pytest.raises(ValueError, match="truth values"):
        layer(x, x, x, attn_mask=np.zeros((3, 3), int))
    with pytest.raises(ValueError, match="keys and values of one shape"):
        layer(x, x, numbers(4, 2, 4))


# Batch norm


def test_batch_norm_measures_in_training_and_remembers_in_eval():
    layer, x = nn.BatchNorm1d(3, dtype=np.float64), numbers(50, 3)
    out = layer(x)
    np.testing.assert_allclose(out.data.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(out.data.std(0), 1, atol=1e-4)
    np.testing.assert_allclose(layer.running_mean.data, 0.1 * x.data.mean(0))
    np.testing.assert_allclose(layer.running_var.data, 0.9 + 0.1 * x.data.var(0, ddof=1))
    assert layer.num_batches_tracked.item() == 1
    layer.eval()
    expected = (x.data - layer.running_mean.data) / np.sqrt(layer.running_var.data + 1e-5)
    np.testing.assert_allclose(layer(x).data, expected)
    assert layer.num_batches_tracked.item() == 1
    layer.reset_running_stats()
    assert layer.running_mean.data.tolist() == [0, 0, 0]


def test_batch_norm_without_momentum_takes_the_mean_of_all_batches():
    layer = nn.BatchNorm1d(2, momentum=None, dtype=np.float64)
    batches = [numbers(5, 2, seed=s) for s in range(3)]
    for x in batches:
        layer(x)
    np.testing.assert_allclose(layer.running_mean.data, np.mean([x.data.mean(0) for x in batches], axis=0))


def test_batch_norm_without_tracking_measures_in_eval_too():
    layer = nn.BatchNorm1d(2, track_running_stats=False, dtype=np.float64).eval()
    np.testing.assert_allclose(layer(numbers(9, 2) + 5.0).data.mean(0), 0, atol=1e-12)
    assert list(layer.state_dict()) == ["weight", "bias"]


def test_batch_norm_errors():
    with pytest.raises(ValueError, match="one value per channel"):
        nn.BatchNorm1d(3, dtype=np.float64)(numbers(1, 3))
    with pytest.raises(ValueError, match=r"BatchNorm2d\(3.* wants .*\(N, 3, height, width\) and got \(2, 3\)"):
        nn.BatchNorm2d(3, dtype=np.float64)(numbers(2, 3))


# Dropout and embedding


def test_dropout_drops_its_share_and_keeps_the_mean():
    layer, x = nn.Dropout(0.2, rng=rng()), torch.ones(200, 100)
    out = layer(x).data
    assert set(np.unique(out)) == {0.0, np.float32(1.25)}
    assert (out == 0).mean() == pytest.approx(0.2, abs=0.01)  # p is the probability of being dropped
    again = nn.Dropout(0.2, rng=rng())(x).data
    np.testing.assert_array_equal(out, again)
    assert (nn.Dropout(1.0)(x).data == 0).all()
    with pytest.raises(ValueError, match="between 0 and 1"):
        nn.Dropout(20)


def test_dropout_follows_manual_seed():
    torch.manual_seed(1)
    a = nn.Dropout()(torch.ones(50)).data
    torch.manual_seed(1)
    np.testing.assert_array_equal(a, nn.Dropout()(torch.ones(50)).data)


def test_embedding_looks_up_and_sums_slopes_of_what_was_taken_twice():
    layer = nn.Embedding(5, 3, padding_idx=-1, **F64)
    assert layer.padding_idx == 4
    assert not layer.weight.data[4].any()
    index = np.array([[0, 2], [2, 4]])
    out = layer(index)
    assert out.shape == (2, 2, 3)
    np.testing.assert_array_equal(out.data, layer.weight.data[index])
    out.sum().backward()
    np.testing.assert_array_equal(layer.weight.grad.data[:, 0], [1, 0, 2, 0, 0])
    assert gradcheck(lambda w: nn.functional.embedding(Tensor(index), w), [nn.Parameter(layer.weight.data)])


def test_embedding_from_a_table_and_errors():
    layer = nn.Embedding.from_pretrained(np.arange(6.0).reshape(3, 2))
    assert not layer.weight.requires_grad
    assert layer(torch.tensor([2])).tolist() == [[4, 5]]
    with pytest.raises(ValueError, match=r"number 3 is outside a table of 3 rows, which is 0 to 2"):
        layer(torch.tensor([0, 3]))
    with pytest.raises(ValueError, match="number -1"):
        layer(np.array([-1]))
    with pytest.raises(ValueError, match="whole numbers and got float32"):
        layer(torch.ones(2))
    with pytest.raises(ValueError, match="padding_idx=3"):
        nn.Embedding(3, 2, padding_idx=3)
    assert layer(np.zeros((0,), int)).shape == (0, 2)


# Inputs and settings that do not fit


def test_a_wrong_last_length_names_the_layer_what_it_wanted_and_what_came():
    layer = nn.Linear(784, 10, rng=rng())
    text = r"Linear\(in_features=784, out_features=10, bias=True\) wants .*\(\.\.\., 784\) and got "
    with pytest.raises(ValueError, match=text + r"\(5, 28\)"):
        layer(numbers(5, 28, dtype=np.float32))
    with pytest.raises(ValueError, match=text + r"\(5, 28, 28\).*Flatten"):
        layer(numbers(5, 28, 28, dtype=np.float32))


def test_another_float_type_is_refused_with_the_remedy():
    with pytest.raises(ValueError, match=r"holds float32 numbers and got float64: turn the input with x\.float\(\)"):
        nn.Linear(3, 2)(numbers(5, 3))
    with pytest.raises(ValueError, match=r"x\.double\(\)"):
        nn.Linear(3, 2).double()(numbers(5, 3, dtype=np.float32))
    with pytest.raises(ValueError, match="got int64"):
        nn.Linear(3, 2)(np.ones((5, 3), int))


def test_convolution_says_where_the_channels_are():
    layer = nn.Conv2d(3, 4, 3)
    with pytest.raises(ValueError, match=r"\(N, 3, height, width\) and got \(2, 8, 8, 3\).*x\.permute\(0, 3, 1, 2\)"):
        layer(numbers(2, 8, 8, 3, dtype=np.float32))
    with pytest.raises(ValueError, match=r"x\.unsqueeze\(1\)"):
        nn.Conv2d(1, 4, 3)(numbers(2, 8, 8, dtype=np.float32))
    with pytest.raises(ValueError, match="length"):
        nn.Conv1d(3, 4, 3)(numbers(2, 2, 9, dtype=np.float32))


def test_convolutions_settings():
    with pytest.raises(ValueError, match="groups=2 must divide"):
        nn.Conv2d(3, 4, 3, groups=2)
    with pytest.raises(ValueError, match="only with stride 1"):
        nn.Conv2d(3, 4, 3, stride=2, padding="same")
    with pytest.raises(ValueError, match="'same' or 'valid'"):
        nn.Conv2d(3, 4, 3, padding="full")
    with pytest.raises(ValueError, match="kernel_size wants a whole number or 2"):
        nn.Conv2d(3, 4, (3, 3, 3))
    with pytest.raises(ValueError, match="zeros only"):
        nn.Conv2d(3, 4, 3, padding_mode="reflect")
    with pytest.raises(ValueError, match="a number or a pair"):
        nn.ConvTranspose2d(3, 4, 3, padding="same")


def test_other_errors():
    with pytest.raises(ValueError, match=r"LayerNorm\(\(4,\).* wants .*\(\.\.\., 4\) and got \(2, 3\)"):
        nn.LayerNorm(4, dtype=np.float64)(numbers(2, 3))
    with pytest.raises(ValueError, match=r"MaxPool2d\(.*\(N, C, height, width\) and got \(2, 3\)"):
        nn.MaxPool2d(2)(numbers(2, 3))
    with pytest.raises(ValueError, match="dim=-1 is the last"):
        nn.Softmax()


# Losses


CLASSES = np.array([0, 2, 1, 2])
LOSSES = {
    "CrossEntropyLoss": (nn.CrossEntropyLoss(), (4, 3), CLASSES),
    "CrossEntropyLoss, all settings": (
        nn.CrossEntropyLoss(np.array([1.0, 2.0, 0.5]), ignore_index=1, reduction="sum", label_smoothing=0.1),
        (4, 3),
        CLASSES,
    ),
    "NLLLoss": (nn.NLLLoss(reduction="none"), (4, 3), CLASSES),
    "MSELoss": (nn.MSELoss(), (4, 3), np.ones((4, 3))),
    "L1Loss": (nn.L1Loss(reduction="sum"), (4, 3), np.ones((4, 3))),
    "HuberLoss": (nn.HuberLoss(delta=0.5), (4, 3), np.ones((4, 3))),
    "SmoothL1Loss": (nn.SmoothL1Loss(beta=0.5), (4, 3), np.ones((4, 3))),
    "BCEWithLogitsLoss": (nn.BCEWithLogitsLoss(pos_weight=np.array([1.0, 2.0, 3.0])), (4, 3), np.eye(4, 3)),
    "KLDivLoss": (nn.KLDivLoss(reduction="batchmean"), (4, 3), np.full((4, 3), 1 / 3)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_losses_slopes(name):
    loss, shape, target = LOSSES[name]
    out = loss(numbers(*shape), Tensor(target))
    assert out.shape == ((4,) if loss.reduction == "none" else ())
    assert gradcheck(lambda x: loss(x, Tensor(target)), [numbers(*shape).requires_grad_()], rtol=1e-4)


def test_bce_loss_of_probabilities():
    p = Tensor(np.array([0.2, 0.9]), requires_grad=True)
    assert nn.BCELoss()(p, Tensor(np.array([0.0, 1.0]))).item() == pytest.approx(-(np.log(0.8) + np.log(0.9)) / 2)
    assert gradcheck(lambda p: nn.BCELoss()(p, Tensor(np.array([0.0, 1.0]))), [p])


def test_losses_refuse_an_unknown_reduction():
    with pytest.raises(ValueError, match="'mean', 'sum' or 'none'"):
        nn.MSELoss("average")
    assert nn.KLDivLoss("batchmean").reduction == "batchmean"
    assert list(nn.CrossEntropyLoss(np.ones(3)).state_dict()) == ["weight"]

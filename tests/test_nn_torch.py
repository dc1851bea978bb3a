"""The same layers and models under both: weights move both ways, and results are the same."""

import importlib

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")

import groundup  # noqa: E402
from groundup import nn  # noqa: E402


@pytest.fixture(autouse=True)
def few_threads():
    torch.set_num_threads(2)


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


# What is written before the first bracket, the arguments, and the shape of an input (None: layers without one here).
LAYERS = [
    ("Linear", (4, 3), {}, (2, 4)),
    ("Linear", (4, 3, False), {}, (4,)),
    ("Conv1d", (4, 6, 3), {"stride": 2, "padding": 1, "groups": 2}, (2, 4, 9)),
    ("Conv1d", (2, 3, 4), {"padding": "same"}, (2, 2, 9)),
    ("Conv2d", (4, 6, 3), {}, (2, 4, 7, 6)),
    ("Conv2d", (4, 6, (3, 2)), {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "groups": 2}, (2, 4, 7, 6)),
    ("Conv2d", (4, 6, (4, 3)), {"padding": "same", "bias": False, "dilation": 3}, (4, 7, 6)),
    ("ConvTranspose2d", (4, 6, 3, 2, 1, 1, 2), {}, (2, 4, 5, 3)),
    ("ConvTranspose2d", (4, 6, (2, 3)), {"dilation": 2, "bias": False}, (2, 4, 5, 3)),
    ("MaxPool2d", (3, 2, 1), {}, (2, 4, 7, 6)),
    ("AvgPool2d", (2,), {"stride": 1, "padding": 1}, (2, 4, 7, 6)),
    ("AdaptiveAvgPool2d", ((3, 2),), {}, (2, 4, 7, 5)),
    ("Flatten", (), {}, (2, 3, 4)),
    ("Unflatten", (1, (2, 3)), {}, (2, 6)),
    ("BatchNorm1d", (3,), {}, (5, 3)),
    ("BatchNorm1d", (3,), {"momentum": None}, (5, 3, 4)),
    ("BatchNorm2d", (3,), {"momentum": 0.3, "eps": 1e-3}, (5, 3, 4, 2)),
    ("BatchNorm2d", (3,), {"affine": False}, (5, 3, 4, 2)),
    ("BatchNorm1d", (3,), {"track_running_stats": False}, (5, 3)),
    ("LayerNorm", (4,), {}, (2, 3, 4)),
    ("LayerNorm", ((3, 4),), {"eps": 1e-3, "bias": False}, (2, 3, 4)),
    ("ReLU", (), {}, (2, 4)),
    ("LeakyReLU", (0.2,), {}, (2, 4)),
    ("ELU", (1.5,), {}, (2, 4)),
    ("SiLU", (), {}, (2, 4)),
    ("GELU", (), {}, (2, 4)),
    ("GELU", (), {"approximate": "tanh"}, (2, 4)),
    ("Tanh", (), {}, (2, 4)),
    ("Sigmoid", (), {}, (2, 4)),
    ("Softplus", (2.0, 1.0), {}, (2, 4)),
    ("Softmax", (-1,), {}, (2, 4)),
    ("LogSoftmax", (0,), {}, (2, 4)),
    ("RNN", (3, 4), {}, (5, 2, 3)),
    ("RNN", (3, 4, 2, "relu"), {"bias": False}, (5, 3)),
    ("GRU", (3, 4, 2), {"bidirectional": True, "batch_first": True}, (2, 5, 3)),
    ("LSTM", (3, 4, 2), {"bidirectional": True}, (5, 2, 3)),
    ("LSTM", (3, 4, 1, False, True), {}, (2, 5, 3)),
    ("RNNCell", (3, 4), {"nonlinearity": "relu"}, (2, 3)),
    ("GRUCell", (3, 4), {}, (2, 3)),
    ("LSTMCell", (3, 4, False), {}, (3,)),
]


def plain(result):
    """All arrays in what a layer gave, in order."""
    if isinstance(result, tuple):
        return [array for part in result for array in plain(part)]
    return [np.asarray(result.detach())]


def assert_same(mine, theirs, atol=3e-6):
    for a, b in zip(plain(mine), plain(theirs), strict=True):
        np.testing.assert_allclose(a, b, atol=atol, rtol=1e-5)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize(("name", "args", "kw", "shape"), LAYERS, ids=lambda v: str(v).replace(" ", ""))
def test_weights_move_both_ways_and_results_are_the_same(name, args, kw, shape):
    mine, theirs = getattr(nn, name)(*args, **kw), getattr(torch.nn, name)(*args, **kw)
    x = numbers(*shape)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    mine.load_state_dict(theirs.state_dict())
    for mode in (True, False):
        mine.train(mode), theirs.train(mode)
        assert_same(mine(x), theirs(torch.from_numpy(x)))
    back = getattr(torch.nn, name)(*args, **kw)
    back.load_state_dict({k: torch.from_numpy(v) for k, v in mine.state_dict().items()})
    assert_same(mine(x), back.eval()(torch.from_numpy(x)))


@pytest.mark.parametrize("index", range(len(LAYERS)))
def test_repr_is_pytorchs(index):
    name, args, kw, _ = LAYERS[index]
    theirs = repr(getattr(torch.nn, name)(*args, **kw))
    if name in ("Softplus", "LayerNorm", "BatchNorm2d", "BatchNorm1d", "MaxPool2d", "Conv1d", "Conv2d"):
        # PyTorch adds settings that are not here; what is said stands there too.
        mine = repr(getattr(nn, name)(*args, **kw))
        assert mine.split(",")[0].rstrip(")") in theirs
    else:
        assert repr(getattr(nn, name)(*args, **kw)) == theirs


def test_embedding():
    mine, theirs = nn.Embedding(7, 3, padding_idx=2), torch.nn.Embedding(7, 3, padding_idx=2)
    mine.load_state_dict(theirs.state_dict())
    index = np.array([[0, 2], [6, 6]])
    assert_same(mine(index), theirs(torch.from_numpy(index)), atol=0)
    mine(index).sum().backward()
    theirs(torch.from_numpy(index)).sum().backward()
    np.testing.assert_array_equal(mine.weight.grad.data, theirs.weight.grad.numpy())
    assert repr(mine) == repr(theirs)


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("masks", ["none", "padding", "causal", "both", "added", "per head"])
@pytest.mark.parametrize("weights", [True, False])
def test_attention(batch_first, masks, weights):
    mine = nn.MultiheadAttention(6, 3, batch_first=batch_first)
    theirs = torch.nn.MultiheadAttention(6, 3, batch_first=batch_first)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    with torch.no_grad():
        theirs.in_proj_bias.normal_(), theirs.out_proj.bias.normal_()
    mine.load_state_dict(theirs.state_dict())
    q, k = (numbers(2, 4, 6), numbers(2, 5, 6, seed=1)) if batch_first else (numbers(4, 2, 6), numbers(5, 2, 6))
    kw = {"need_weights": weights}
    if masks in ("padding", "both"):
        kw["key_padding_mask"] = np.array([[False] * 3 + [True] * 2, [False] * 5])
    if masks in ("causal", "both"):
        kw["attn_mask"] = np.triu(np.ones((4, 5), bool), 1)
    if masks == "added":
        kw["attn_mask"] = numbers(4, 5)
    if masks == "per head":
        kw["attn_mask"] = numbers(6, 4, 5)
    tensors = {n: torch.from_numpy(v) if isinstance(v, np.ndarray) else v for n, v in kw.items()}
    a, b = mine(q, k, k + 1, **kw), theirs(*map(torch.from_numpy, (q, k, k + 1)), **tensors)
    assert_same(a[0], b[0])
    if weights:
        assert_same(a[1], b[1])
        assert_same(
            mine(q, k, k, **kw, average_attn_weights=False)[1],
            theirs(*map(torch.from_numpy, (q, k, k)), **tensors, average_attn_weights=False)[1],
        )


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_the_block_is_pytorchs_encoder_layer_with_the_norm_first(approximate):
    def gelu(x):
        return torch.nn.functional.gelu(x, approximate=approximate)

    theirs = torch.nn.TransformerEncoderLayer(
        12, 3, 48, dropout=0.0, activation=gelu, batch_first=True, norm_first=True
    )
    mine = nn.TransformerBlock(12, 3, approximate=approximate)
    assert set(mine.state_dict()) == set(theirs.state_dict())
    mine.load_state_dict(theirs.state_dict())
    x = numbers(2, 5, 12)
    mask = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)
    assert_same(mine(x), theirs(torch.from_numpy(x), src_mask=mask))


SOURCE = """
class Block(nn.Module):
    def __init__(self, cin, cout, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding="same", bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.shortcut = nn.Sequential()
        if stride != 1 or cin != cout:
            self.shortcut = nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out = out + self.shortcut(x)
        return F.relu(out)


class ResNet(nn.Module):
    def __init__(self, classes=10, p=0.0):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2))
        self.blocks = nn.ModuleList([Block(4, 4), Block(4, 8, stride=2)])
        self.pool = nn.AdaptiveAvgPool2d((1, 1))
        self.drop = nn.Dropout(p)
        self.fc = nn.Linear(8, classes)
        self.scale = nn.Parameter(torch.ones(1))
        self.register_buffer("mean", torch.zeros(1, 1, 1, 1))
        self.apply(self._init)

    def _init(self, m):
        if isinstance(m, nn.Linear):
            nn.init.xavier_uniform_(m.weight)
            nn.init.zeros_(m.bias)

    def forward(self, x):
        x = self.stem(x - self.mean)
        for block in self.blocks:
            x = block(x)
        x = torch.flatten(self.pool(x), 1)
        return self.fc(self.drop(x)) * self.scale


class CausalSelfAttention(nn.Module):
    def __init__(self, width, heads, block_size):
        super().__init__()
        self.heads = heads
        self.c_attn = nn.Linear(width, 3 * width)
        self.c_proj = nn.Linear(width, width)
        self.register_buffer("bias", torch.tril(torch.ones(block_size, block_size)).view(1, 1, block_size, block_size))

    def forward(self, x):
        B, T, C = x.size()
        q, k, v = self.c_attn(x).split(C, dim=2)
        k = k.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        q = q.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        v = v.view(B, T, self.heads, C // self.heads).transpose(1, 2)
        att = (q @ k.transpose(-2, -1)) * (1.0 / (k.size(-1) ** 0.5))
        att = att.masked_fill(self.bias[:, :, :T, :T] == 0, float("-inf"))
        y = F.softmax(att, dim=-1) @ v
        return self.c_proj(y.transpose(1, 2).contiguous().view(B, T, C))


class Mini(nn.Module):
    def __init__(self, vocab=9, width=8, block_size=6):
        super().__init__()
        self.transformer = nn.ModuleDict(dict(
            wte=nn.Embedding(vocab, width),
            wpe=nn.Embedding(block_size, width),
            h=nn.ModuleList([CausalSelfAttention(width, 2, block_size) for _ in range(2)]),
            ln_f=nn.LayerNorm(width),
        ))
        self.gru = nn.GRU(width, width, batch_first=True)
        self.lm_head = nn.Linear(width, vocab, bias=False)

    def forward(self, idx, targets=None):
        b, t = idx.size()
        pos = torch.arange(0, t, dtype=torch.long, device=idx.device).unsqueeze(0)
        x = self.transformer.wte(idx) + self.transformer.wpe(pos)
        for block in self.transformer.h:
            x = x + block(x)
        x, _ = self.gru(self.transformer.ln_f(x))
        logits = self.lm_head(x)
        return F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1), ignore_index=-1)
"""


def classes(package):
    """The source above, with its import lines for one package or the other."""
    names = {"torch": importlib.import_module(package), "nn": importlib.import_module(f"{package}.nn")}
    names["F"] = importlib.import_module(f"{package}.nn.functional")
    exec(SOURCE, names)
    return names


def step(package, model, *inputs):
    loss = model(*inputs)
    loss = loss if loss.ndim == 0 else (loss * loss).mean()
    model.zero_grad()
    loss.backward()
    with importlib.import_module(package).no_grad():
        for p in model.parameters():
            p -= 0.1 * p.grad
    return loss.item()


def test_a_convolutional_model_written_for_pytorch_trains_the_same():
    mine, theirs = classes("groundup")["ResNet"](), classes("torch")["ResNet"]()
    assert [(n, tuple(p.shape)) for n, p in mine.named_parameters()] == [
        (n, tuple(p.shape)) for n, p in theirs.named_parameters()
    ]
    assert repr(mine).splitlines()[0] == repr(theirs).splitlines()[0]
    mine.load_state_dict(theirs.state_dict())
    x = numbers(6, 1, 12, 12)
    for _ in range(5):
        ours = step("groundup", mine, groundup.from_numpy(x))
        assert ours == pytest.approx(step("torch", theirs, torch.from_numpy(x)), rel=1e-4)
    theirs.load_state_dict({k: torch.from_numpy(v) for k, v in mine.state_dict().items()})
    assert_same(mine.eval()(x), theirs.eval()(torch.from_numpy(x)), atol=1e-5)


def test_a_language_model_written_for_pytorch_trains_the_same():
    mine, theirs = classes("groundup")["Mini"](), classes("torch")["Mini"]()
    mine.load_state_dict(theirs.state_dict())
    idx = np.random.default_rng(0).integers(0, 9, (3, 7))
    for _ in range(5):
        ours = step("groundup", mine, groundup.tensor(idx[:, :-1]), groundup.tensor(idx[:, 1:]))
        assert ours == pytest.approx(
            step("torch", theirs, torch.tensor(idx[:, :-1]), torch.tensor(idx[:, 1:])), rel=1e-4
        )

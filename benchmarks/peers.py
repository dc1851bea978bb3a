"""The same work by others: HIPS/autograd, MyGrad, and loops in plain Python for scale."""

import math
import os
import random
from itertools import pairwise

import numpy as np
from steps import data, groundup_model, torch_gpt, torch_model

import groundup
from groundup import functional as F
from groundup import nn, optim


def mlp_weights(rng):
    """Weights of the MLP 784-256-128-10, (in, out), and biases."""
    sizes = [784, 256, 128, 10]
    return [
        (rng.normal(0, math.sqrt(2 / i), (i, o)).astype(np.float32), np.zeros(o, np.float32))
        for i, o in pairwise(sizes)
    ]


def autograd_mlp(task):
    """A training step of the MLP in HIPS/autograd, SGD."""
    import autograd.numpy as anp
    from autograd import value_and_grad

    x, y = data(task, np.random.default_rng(0))
    weights = mlp_weights(np.random.default_rng(0))

    def loss(weights):
        h = x
        for i, (w, b) in enumerate(weights):
            h = anp.dot(h, w) + b
            h = anp.maximum(h, 0) if i < 2 else h
        peak = anp.max(h, axis=1, keepdims=True)
        log_p = h - peak - anp.log(anp.sum(anp.exp(h - peak), axis=1, keepdims=True))
        return -anp.mean(log_p[np.arange(len(y)), y])

    slopes = value_and_grad(loss)

    def step():
        nonlocal weights
        value, grads = slopes(weights)
        weights = [(w - 0.1 * dw, b - 0.1 * db) for (w, b), (dw, db) in zip(weights, grads, strict=True)]
        return float(value)

    return step


def mygrad_mlp(task):
    """A training step of the MLP in MyGrad, SGD."""
    import mygrad as mg
    from mygrad.nnet.activations import relu
    from mygrad.nnet.losses import softmax_crossentropy

    x, y = data(task, np.random.default_rng(0))
    weights = [mg.tensor(a) for pair in mlp_weights(np.random.default_rng(0)) for a in pair]

    def step():
        w1, b1, w2, b2, w3, b3 = weights
        h = relu(relu(x @ w1 + b1) @ w2 + b2) @ w3 + b3
        return _mygrad_descend(softmax_crossentropy(h, y), weights)

    return step


def mygrad_cnn(task):
    """A training step of the CNN in MyGrad, SGD."""
    import mygrad as mg
    from mygrad.nnet.activations import relu
    from mygrad.nnet.layers import conv_nd, max_pool
    from mygrad.nnet.losses import softmax_crossentropy

    x, y = data(task, np.random.default_rng(0))
    rng = np.random.default_rng(0)
    shapes = [(8, 1, 5, 5), (8, 1, 1), (16, 8, 5, 5), (16, 1, 1), (256, 10), (10,)]
    weights = [mg.tensor(rng.normal(0, 0.1, s).astype(np.float32)) for s in shapes]

    def step():
        k1, b1, k2, b2, w, b = weights
        h = max_pool(relu(conv_nd(x, k1, stride=1) + b1), (2, 2), 2)
        h = max_pool(relu(conv_nd(h, k2, stride=1) + b2), (2, 2), 2)
        return _mygrad_descend(softmax_crossentropy(h.reshape(len(x), -1) @ w + b, y), weights)

    return step


def _mygrad_descend(loss, weights):
    loss.backward()
    for w in weights:
        w.data -= 0.1 * w.grad
        w.null_grad()
    return float(loss.item())


def loops_mlp(task):
    """One example of the MLP, forward and backward by loops in plain Python."""
    x, y = data(task, np.random.default_rng(0))
    weights = [(w.tolist(), b.tolist()) for w, b in mlp_weights(np.random.default_rng(0))]
    chosen = random.Random(0)

    def example():
        i = chosen.randrange(len(y))
        values = [x[i].tolist()]
        for layer, (w, b) in enumerate(weights):
            z = [sum(v * row[j] for v, row in zip(values[-1], w, strict=True)) + b[j] for j in range(len(b))]
            values.append([max(v, 0.0) for v in z] if layer < 2 else z)
        peak = max(values[-1])
        total = sum(math.exp(v - peak) for v in values[-1])
        grad = [math.exp(v - peak) / total - (j == y[i]) for j, v in enumerate(values[-1])]
        for layer in (2, 1, 0):
            w, before = weights[layer][0], values[layer]
            _ = [[v * g for g in grad] for v in before]
            if layer:
                grad = [
                    sum(wij * g for wij, g in zip(row, grad, strict=True)) * (v > 0)
                    for row, v in zip(w, before, strict=True)
                ]

    return example


STEPS = {
    ("mlp", "HIPS/autograd"): autograd_mlp,
    ("mlp", "MyGrad"): mygrad_mlp,
    ("cnn", "MyGrad"): mygrad_cnn,
    ("mlp", "loops in plain Python"): loops_mlp,
}
#: How many of a peer's steps do the work of one step: the loops do one example of the batch.
TIMES = {"loops in plain Python": 128}


def groundup_generation(count):
    """``count`` characters, one at a time, from a GPT that keeps keys and values."""
    model = groundup_model("gpt").eval()
    rng = np.random.default_rng(0)
    return lambda: model.generate(np.zeros((1, 1), np.int64), count, rng=rng)


def torch_generation(count):
    """The same in PyTorch."""
    torch = with_threads()
    model = torch_model(torch, "gpt", groundup_model("gpt").state_dict()).eval()

    def attend(block, h, kept):
        a = block.self_attn
        q, k, v = torch.nn.functional.linear(block.norm1(h), a.in_proj_weight, a.in_proj_bias).split(h.shape[-1], dim=2)
        q, k, v = (t.view(1, 1, a.heads, -1).transpose(1, 2) for t in (q, k, v))
        if kept is not None:
            k, v = torch.cat([kept[0], k], dim=2), torch.cat([kept[1], v], dim=2)
        y = torch.nn.functional.scaled_dot_product_attention(q, k, v)
        h = h + a.out_proj(y.transpose(1, 2).reshape(1, 1, -1))
        gelu = torch.nn.functional.gelu(block.linear1(block.norm2(h)), approximate="tanh")
        return h + block.linear2(gelu), (k, v)

    def run():
        with torch.inference_mode():
            token, kept = torch.zeros((1, 1), dtype=torch.long), [None] * len(model.blocks)
            for at in range(count):
                h = model.token(token) + model.position(torch.tensor([at]))
                for i, block in enumerate(model.blocks):
                    h, kept[i] = attend(block, h, kept[i])
                p = torch.softmax(model.head(model.norm(h))[0, -1], dim=-1)
                token = torch.multinomial(p, 1).view(1, 1)
            return token

    return run


def groundup_gpt_step(size, batch):
    """Ground Up's training step of a GPT of another size."""
    groundup.manual_seed(0)
    model = nn.GPT(*size)
    optimizer = optim.AdamW(model.parameters(), lr=1e-3)
    x, y = map(groundup.Tensor, random_tokens(size, batch))

    def step():
        optimizer.zero_grad()
        F.cross_entropy(model(x).reshape(-1, size[0]), y).backward()
        optimizer.step()

    return step


def torch_gpt_step(size, batch):
    """PyTorch's training step of a GPT of another size, from the same weights."""
    torch = with_threads()
    groundup.manual_seed(0)
    model = torch_gpt(torch, size)
    model.load_state_dict({k: torch.tensor(np.asarray(v)) for k, v in nn.GPT(*size).state_dict().items()})
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    x, y = map(torch.tensor, random_tokens(size, batch))

    def step():
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(x).reshape(-1, size[0]), y).backward()
        optimizer.step()

    return step


def random_tokens(size, batch):
    """Random tokens (batch, length) and targets (batch·length,)."""
    rng = np.random.default_rng(0)
    return rng.integers(0, size[0], (batch, size[1])), rng.integers(0, size[0], batch * size[1])


def with_threads():
    """PyTorch with as many threads as the others have."""
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    return torch

"""Every operation on tensors, and every function at the packages' top."""

import numpy as np
from parity_harness import Case, fixed, given, normal, positive, ties, truth, whole


def op(name, call, *draws, covers="", **options):
    return Case("operation", name, call, draws, covers=covers, **options)


def in_place(change):
    """What a change in place leaves behind."""

    def call(k, x, y):
        with k.t.no_grad():
            z = x.clone()
            change(k, z, y)
        return z

    return call


A, B, ROW, COLUMN = (40, 30), (40, 30), (30,), (40, 1)
AT_ZERO = given([[0.0, 0.0, 0.0, 1.0, -2.0, -2.0, -2.0], [0.0, 1.0, 2.0, 0.0, 2.0, 3.0, -1.0]])
NEAR_ZERO = given(np.concatenate([np.linspace(-6, 6, 401), [0.0, 1e-6, -1e-3, 25.0, -25.0]]))

OPERATIONS = [
    # Pairs of numbers
    op("add", lambda k, x, y: x + y, normal(*A), normal(*B)),
    op("add, broadcast", lambda k, x, y: x + y, normal(*A), normal(*ROW)),
    op("sub, broadcast", lambda k, x, y: x - y, normal(*COLUMN), normal(*ROW)),
    op("mul", lambda k, x, y: x * y, normal(*A), normal(*B)),
    op("mul, broadcast", lambda k, x, y: x * y, normal(3, *COLUMN), normal(*ROW)),
    op("mul, by itself", lambda k, x: x * x * x, normal(*A)),
    op("div, broadcast", lambda k, x, y: [x / y, k.t.div(x, y)], normal(*A), positive(*ROW), covers="div truediv"),
    op("pow", lambda k, x, y: k.t.pow(x, y), positive(*A), normal(*ROW)),
    op("pow, plain exponents", lambda k, x: [x**e for e in (0, 1, 2, 3, 0.5, -1, -2)], positive(*A)),
    op("pow, at 0 and of negative numbers", lambda k, x: x[0] ** x[1].detach(), AT_ZERO),
    op("pow, slope for the exponent at base 0", lambda k, x: x[0, :4] ** x[1, :4], AT_ZERO),
    op("rpow", lambda k, x: 2.5**x, normal(*A)),
    op(
        "plain numbers on the left",
        lambda k, x: [1.5 + x, 2 - x, 3 * x, 0.5 / x],
        positive(*A),
        covers="radd rsub rmul rtruediv",
    ),
    op("maximum", lambda k, x, y: k.t.maximum(x, y), normal(*A), normal(*ROW)),
    op("maximum, ties", lambda k, x, y: k.t.maximum(x, y), ties(*A), ties(*A)),
    op("minimum", lambda k, x, y: k.t.minimum(x, y), normal(*A), normal(*COLUMN)),
    op("minimum, ties", lambda k, x, y: k.t.minimum(x, y), ties(*A), ties(*A)),
    op("where", lambda k, c, x, y: k.t.where(c, x, y), truth(*A), normal(*A), normal(*ROW)),
    op("where, a plain number", lambda k, c, x: k.t.where(c, x, 0.0), truth(*A), normal(*A)),
    op("masked_fill", lambda k, x, m: x.masked_fill(m, -1.5), normal(*A), truth(*ROW)),
    op(
        "comparisons",
        lambda k, x, y: [x < y, x <= y, x > y, x >= 0, x == y, x != 1],
        ties(*A),
        ties(*A),
        covers="lt le gt ge eq ne",
        float32=False,
    ),
    op("mixed types", lambda k, x, n: [x * n, x + n[0], x / 2, 2.5 * x], normal(*A), whole(5, *A), covers="mul"),
    op("whole numbers", lambda k, n: [n * 2, n + n, n / 3, n * 0.5, n.float()], whole(9, *A, low=1), covers="mul"),
    # Number by number
    op("neg", lambda k, x: [-x, k.t.neg(x)], normal(*A)),
    op("exp", lambda k, x: k.t.exp(x), normal(*A, scale=3)),
    op("log", lambda k, x: k.t.log(x), positive(*A, low=1e-3, high=50)),
    op("sqrt", lambda k, x: k.t.sqrt(x), positive(*A, low=1e-3)),
    op("abs", lambda k, x: [k.t.abs(x), abs(x)], ties(*A)),
    op("sin", lambda k, x: k.t.sin(x), normal(*A, scale=3)),
    op("cos", lambda k, x: k.t.cos(x), normal(*A, scale=3)),
    op("tanh", lambda k, x: k.t.tanh(x), NEAR_ZERO),
    op("sigmoid", lambda k, x: k.t.sigmoid(x), NEAR_ZERO),
    op("relu", lambda k, x: k.t.relu(x), ties(*A)),
    op("erf", lambda k, x: k.t.erf(x), NEAR_ZERO),
    op("square", lambda k, x: k.t.square(x), normal(*A)),
    op("clamp", lambda k, x: [x.clamp(-1, 1), x.clamp(min=0.5), x.clamp(max=-0.5)], ties(*A)),
    op("double", lambda k, x: (x.float() * 3).double(), normal(*A), covers="double float to", float32=False),
    op("long", lambda k, x: x.long(), normal(*A, scale=9), float32=False),
    # An axis disappears
    op("sum", lambda k, x: [x.sum(), x.sum(1), x.sum((0, 2)), x.sum(-1, keepdim=True)], normal(7, 20, 30)),
    op("sum, over the first of many", lambda k, x: x.sum(0), normal(3000, 3)),
    op("mean", lambda k, x: [x.mean(), x.mean(1), x.mean((0, 2)), x.mean(-1, keepdim=True)], normal(7, 20, 30)),
    op("var", lambda k, x: [x.var(), x.var(1), x.var((0, 2)), x.var(-1, keepdim=True)], normal(7, 20, 30)),
    op("var, of all", lambda k, x: x.var(-1, correction=0), normal(20, 30)),
    op("std", lambda k, x: [x.std(), x.std(1), x.std(-1, keepdim=True)], normal(7, 20, 30)),
    op("amax", lambda k, x: [x.amax(1), x.amax((0, 1)), x.amax(-1, keepdim=True)], normal(7, 20, 30)),
    op("amax, ties", lambda k, x: [x.amax(1), x.amax((0, 2))], ties(7, 6, 5)),
    op("amin, ties", lambda k, x: [x.amin(1), x.amin((0, 2), keepdim=True)], ties(7, 6, 5)),
    op("logsumexp", lambda k, x: [x.logsumexp(1), x.logsumexp((0, 2), keepdim=True)], normal(7, 20, 30, scale=3)),
    op(
        "logsumexp, of 1e4 and of minus infinity",
        lambda k, x: x.logsumexp(1),
        given([[1e4, 1e4 - 1, 0], [-1e4, -1e4, -1e4], [-np.inf, 2, 1]]),  # all −inf: PyTorch's slope is NaN, ours 0
    ),
    op("cumsum", lambda k, x: [x.cumsum(0), x.cumsum(-1)], normal(30, 20)),
    op("argmax", lambda k, x: [x.argmax(), x.argmax(1), x.argmax(dim=0)], ties(9, 8), float32=False),
    # The same numbers elsewhere
    op(
        "reshape",
        lambda k, x: [x.reshape(6, -1), x.view(4, 3, 5, 2), x.reshape((120,))],
        normal(4, 5, 6),
        covers="reshape view",
    ),
    op("flatten", lambda k, x: [x.flatten(), x.flatten(1), k.t.flatten(x, 0, 1)], normal(4, 5, 6)),
    op("permute", lambda k, x: [x.permute(2, 0, 1), k.t.permute(x, (1, -1, 0))], normal(4, 5, 6)),
    op("transpose", lambda k, x: [x.transpose(0, -1), k.t.transpose(x, 1, 2), x.mT, x[0].T], normal(4, 5, 6)),
    op(
        "squeeze",
        lambda k, x: [x.squeeze(), x.squeeze(1), x.squeeze(0), x.unsqueeze(-1), k.t.unsqueeze(x, 1)],
        normal(4, 1, 6, 1),
        covers="squeeze unsqueeze",
    ),
    op("expand", lambda k, x: [x.expand(3, 4, 6), x.expand(2, -1, 4, -1)], normal(3, 1, 6)),
    op("flip", lambda k, x: [x.flip(0), k.t.flip(x, (0, 2))], normal(4, 5, 6)),
    op(
        "cat",
        lambda k, x, y: [k.t.cat([x, y]), k.t.cat((x, x[:, :2]), dim=1)],
        normal(4, 5),
        normal(3, 5),
        covers="cat concat concatenate",
    ),
    op("stack", lambda k, x, y: [k.t.stack([x, y]), k.t.stack([x, y, x], dim=-1)], normal(4, 5), normal(4, 5)),
    op("clone", lambda k, x: [x.clone(), x.contiguous()], normal(4, 5), covers="clone contiguous"),
    op("getitem, slices", lambda k, x: [x[1], x[-1, 2:], x[:, None, ::2], x[..., 0], x[1:3, 2]], normal(4, 5, 6)),
    op(
        "getitem, rows more than once",
        lambda k, x, i: [x[i], x[:, i], x[[0, 0, 1]], x[i, i]],
        normal(4, 5, 6),
        whole(4, 9),
    ),
    op("getitem, masks", lambda k, x: [x[x > 0], x[x[:, 0, 0] > 0]], normal(4, 5, 6)),
    op(
        "in place",
        in_place(lambda k, z, y: [z.add_(y), z.mul_(2), z.sub_(1), z.div_(3)]),
        normal(*A),
        fixed(normal(*ROW)),
        covers="add_ sub_ mul_ div_",
    ),
    op(
        "in place, filled",
        in_place(lambda k, z, y: [z[:, 1:].fill_(2.5), z[0].zero_(), z[1].copy_(y), z.__setitem__((2, 3), 7)]),
        normal(*A),
        fixed(normal(*ROW)),
        covers="fill_ zero_ setitem",
    ),
    op(
        "in place, by operators",
        lambda k, x, y: augmented(x, y),
        normal(*A),
        positive(*ROW),
        covers="iadd isub imul itruediv",
    ),
    op("max", lambda k, x: [x.max(), *x.max(1), *x.max(dim=0, keepdim=True), k.t.max(x, -x)], normal(8, 9)),
    op("min", lambda k, x: [x.min(), *x.min(1), *x.min(dim=0, keepdim=True), k.t.min(x, -x)], normal(8, 9)),
    op(
        "argmin",
        lambda k, x: [x.argmin(), x.argmin(1), k.t.argmin(x, dim=0, keepdim=True)],
        normal(9, 8),
        float32=False,
    ),
    op("topk", lambda k, x: [*x.topk(3), *k.t.topk(x, 2, dim=0, largest=False)], normal(8, 9)),
    op("gather", lambda k, x, i: [x.gather(1, i), k.t.gather(x, 0, i)], normal(9, 9), whole(9, 7, 8)),
    op("norm", lambda k, x: [x.norm(), x.norm(dim=1), k.t.norm(x, dim=0, keepdim=True)], normal(20, 30)),
    op(
        "split",
        lambda k, x: [*x.split(2), *k.t.split(x, (1, 4), dim=1), *x.chunk(3), *x.unbind(1)],
        normal(5, 5),
        covers="split chunk unbind",
    ),
    op("repeat", lambda k, x: [x.repeat(2, 3), x.repeat(2, 1, 4)], normal(4, 5)),
    op(
        "swapaxes",
        lambda k, x: [x.swapaxes(0, 2), x[0].t(), x.view_as(x), x[:, :1].expand_as(x)],
        normal(4, 5, 6),
        covers="swapaxes t view_as expand_as",
    ),
    op("tril", lambda k, x: [x.tril(), k.t.triu(x, 1)], normal(6, 5), covers="tril triu"),
    op(
        "any",
        lambda k, x: [(x > 1).any(), (x > 1).all(1), k.t.any(x > 1, dim=0), k.t.all(x > -3)],
        ties(9, 8),
        covers="any all",
        float32=False,
    ),
    op(
        "masks",
        lambda k, x: [(x > 0) & (x < 2), (x > 0) | (x == -1), (x > 0) ^ (x > 1), ~(x > 0)],
        ties(9, 8),
        covers="and or xor invert",
        float32=False,
    ),
    op(
        "types by methods",
        lambda k, x: [x.bool(), x.int(), x.to(k.t.float64), x.to("cpu"), x.type_as(x), x.cpu()],
        ties(9, 8),
        covers="bool int to type_as cpu device",
        float32=False,
    ),
    # Products
    op(
        "mm",
        lambda k, x, y: [k.t.mm(x[0], y[0]), k.t.bmm(x, y), x.bmm(y)],
        normal(3, 8, 9),
        normal(3, 9, 7),
        covers="mm bmm",
    ),
    op("matmul", lambda k, x, y: x @ y, normal(40, 50), normal(50, 30), covers="matmul rmatmul"),
    op("matmul, one matrix for many", lambda k, x, y: k.t.matmul(x, y), normal(6, 20, 30), normal(30, 20)),
    op("matmul, batches broadcast", lambda k, x, y: x @ y, normal(3, 1, 20, 30), normal(4, 30, 20)),
    op("matmul, vectors", lambda k, m, x, y: [x @ x, m @ x, y @ m, m @ x @ y], normal(40, 50), normal(50), normal(40)),
    op("matmul, vectors and batches", lambda k, m, x, y: [m @ x, y @ m], normal(3, 40, 50), normal(50), normal(40)),
    op("matmul, of transposed views", lambda k, x, y: x.T @ y.T, normal(50, 40), normal(30, 50)),
    op("matmul, with itself", lambda k, x: x @ x.T, normal(40, 50)),
    op("matmul, many terms", lambda k, x, y: x @ y, normal(8, 3000), normal(3000, 8)),
    # Making tensors
    op(
        "creation",
        lambda k: [
            k.t.zeros(2, 3),
            k.t.ones((2, 3)),
            k.t.full((2,), 3.5),
            k.t.arange(5),
            k.t.arange(1, 2, 0.25),
            k.t.linspace(0, 1, 5),
            k.t.eye(3),
            k.t.empty(0),
            k.t.tril(k.t.ones(4, 4)),
            k.t.triu(k.t.ones(4, 4), 1),
            k.t.zeros_like(k.t.ones(2)),
            k.t.ones_like(k.t.zeros(2)),
            k.t.full_like(k.t.ones(2), 5),
            k.t.tensor([1.5, 2]),
            k.t.tensor([1, 2]),
            k.t.tensor(True),
            k.t.tensor([1, 2], dtype=k.t.float64),
        ],
        covers="zeros ones full arange linspace eye empty tril triu zeros_like ones_like full_like tensor",
        float32=False,
    ),
]


def augmented(x, y):
    z = x * 2
    z += y
    z *= y
    z -= 1
    z /= y
    return z

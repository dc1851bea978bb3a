"""Optimizers and schedules over 50 steps, and whole models that train from the same weights to the same losses."""

import numpy as np
from parity_harness import CURVE, Case, fixed, normal, whole

STEPS = 50
PARAMETERS = fixed(normal(30, 20)), fixed(normal(20)), fixed(normal(4, 3, 2))


# Optimizers and schedules ---------------------------------------------------------------------------------------------


def pull(k, p, step):
    """A slope that depends on the parameter, on the step, and is large and small in turn."""
    noise = np.random.default_rng([step, *p.shape]).normal(size=tuple(p.shape)).astype(str(p.dtype).split(".")[-1])
    return p.detach() * 0.3 + k.tensor(noise) * (1 + step % 3)


def descend(make, schedule=None, clip=None):
    """The parameters after 50 steps, and the learning rates on the way."""

    def call(k, *tensors):
        parameters = [t.detach().clone().requires_grad_() for t in tensors]
        optimizer = make(k, parameters)
        scheduler = schedule(k, optimizer) if schedule else None
        rates, norms = [], []
        for step in range(STEPS):
            optimizer.zero_grad()
            for p in parameters:
                p.grad = pull(k, p, step)
            if clip:
                norms.append(float(clip(k, parameters)))
            optimizer.step()
            rates.append([group["lr"] for group in optimizer.param_groups])
            if scheduler:
                scheduler.step()
        return *(p.detach() for p in parameters), k.tensor(np.array(rates)), k.tensor(np.array(norms or [0.0]))

    return call


def optimizer(name, **options):
    said = "".join(f", {n}={v}" for n, v in options.items())
    return Case(
        "optimizer", name + said, descend(lambda k, p: getattr(k.optim, name)(p, **options)), PARAMETERS, repeats=4
    )


def groups(k, parameters):
    return k.optim.AdamW(
        [{"params": parameters[:1], "weight_decay": 0.3}, {"params": parameters[1:], "lr": 0.05}], lr=0.01
    )


def schedule(name, *args, **options):
    said = "".join(f", {n}={v}" for n, v in options.items())

    def make(k, parameters):
        return k.optim.SGD([{"params": parameters[:1]}, {"params": parameters[1:], "lr": 0.02}], lr=0.1)

    call = descend(make, lambda k, o: getattr(k.optim.lr_scheduler, name)(o, *args, **options))
    return Case("schedule", name + said, call, PARAMETERS, repeats=4)


TRAINING = [
    optimizer("SGD", lr=0.1),
    optimizer("SGD", lr=0.1, momentum=0.9),
    optimizer("SGD", lr=0.1, momentum=0.9, dampening=0.2, weight_decay=0.01),
    optimizer("SGD", lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    optimizer("RMSprop", lr=0.01),
    optimizer("RMSprop", lr=0.01, alpha=0.9, momentum=0.9, centered=True, weight_decay=0.01),
    optimizer("Adam", lr=0.01),
    optimizer("Adam", lr=0.01, betas=(0.8, 0.9), eps=1e-6, weight_decay=0.1),
    optimizer("AdamW", lr=0.01),
    optimizer("AdamW", lr=0.01, betas=(0.8, 0.9), weight_decay=0.3),
    Case("optimizer", "AdamW, groups", descend(groups), PARAMETERS, repeats=4),
    Case(
        "optimizer",
        "clip_grad_norm_",
        descend(lambda k, p: k.optim.SGD(p, lr=0.1), clip=lambda k, p: k.t.nn.utils.clip_grad_norm_(p, 5.0)),
        PARAMETERS,
        repeats=4,
    ),
    Case(
        "optimizer",
        "clip_grad_norm_, largest entry",
        descend(
            lambda k, p: k.optim.SGD(p, lr=0.1),
            clip=lambda k, p: k.t.nn.utils.clip_grad_norm_(p, 2.0, norm_type=float("inf")),
        ),
        PARAMETERS,
        repeats=4,
    ),
    Case(
        "optimizer",
        "clip_grad_value_",
        descend(lambda k, p: k.optim.SGD(p, lr=0.1), clip=lambda k, p: k.t.nn.utils.clip_grad_value_(p, 0.5) or 0.0),
        PARAMETERS,
        repeats=4,
    ),
    schedule("StepLR", step_size=7, gamma=0.5),
    schedule("MultiStepLR", milestones=[5, 11, 30], gamma=0.3),
    schedule("ExponentialLR", gamma=0.93),
    schedule("CosineAnnealingLR", T_max=20, eta_min=0.001),
    schedule("LinearLR", start_factor=0.1, total_iters=12),
    Case("schedule", "LambdaLR", schedule("LambdaLR", lambda t: 0.9**t / (1 + t)).call, PARAMETERS, repeats=4),
]


# Whole models ---------------------------------------------------------------------------------------------------------


def train(make_optimizer, loss):
    """The losses over 50 steps, and the model's results after them."""

    def call(k, model, *data):
        optimizer = make_optimizer(k, list(model.parameters()))
        losses = []
        for step in range(STEPS):
            value = loss(k, model, step, *data)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
            losses.append(value.item())
        return k.tensor(np.array(losses))

    return call


def model(name, build, make_optimizer, loss, *data):
    return Case("model", name, train(make_optimizer, loss), data, build=build, limit=CURVE, float32=False)


def classify(k, model, step, x, y):
    rows = slice(16 * (step % 3), 16 * (step % 3) + 16)
    return k.F.cross_entropy(model(x[rows]), y[rows])


def mlp(k):
    return k.nn.Sequential(k.nn.Linear(20, 32), k.nn.ReLU(), k.nn.Linear(32, 24), k.nn.Tanh(), k.nn.Linear(24, 5))


def lenet(k):
    return k.nn.Sequential(
        k.nn.Conv2d(1, 6, 5, padding=2, bias=False), k.nn.BatchNorm2d(6), k.nn.ReLU(), k.nn.MaxPool2d(2),
        k.nn.Conv2d(6, 8, 3), k.nn.ReLU(), k.nn.AvgPool2d(2), k.nn.Flatten(),
        k.nn.Linear(8 * 3 * 3, 20), k.nn.GELU(), k.nn.Linear(20, 5),
    )  # fmt: skip


def gru_language_model(k):
    class Reader(k.nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = k.nn.Embedding(11, 12)
            self.gru = k.nn.GRU(12, 16, 2, batch_first=True)
            self.norm = k.nn.LayerNorm(16)
            self.head = k.nn.Linear(16, 11)

        def forward(self, tokens):
            states, _ = self.gru(self.embed(tokens))
            return self.head(self.norm(states))

    return Reader()


def gpt(k):
    """Ours, or the same written out with PyTorch's layers, under the same names."""
    if k.mine:
        return k.nn.GPT(11, 10, 16, 2, 2)

    class Theirs(k.nn.Module):
        def __init__(self):
            super().__init__()
            self.token, self.position = k.nn.Embedding(11, 16), k.nn.Embedding(10, 16)
            options = {"dropout": 0.0, "batch_first": True, "norm_first": True}
            self.blocks = k.nn.ModuleList(
                k.nn.TransformerEncoderLayer(16, 2, 64, activation=lambda x: k.F.gelu(x, approximate="tanh"), **options)
                for _ in range(2)
            )
            self.norm = k.nn.LayerNorm(16)
            self.head = k.nn.Linear(16, 11, bias=False)
            self.head.weight = self.token.weight

        def forward(self, tokens):
            size = tokens.shape[1]
            later = k.t.triu(k.t.ones(size, size, dtype=k.t.bool), 1)
            x = self.token(tokens) + self.position(k.t.arange(size))
            for block in self.blocks:
                x = block(x, src_mask=later)
            return self.head(self.norm(x))

    return Theirs()


def next_token(k, model, step, tokens):
    rows = tokens[4 * (step % 3) : 4 * (step % 3) + 4]
    scores = model(rows[:, :-1])
    return k.F.cross_entropy(scores.reshape(-1, 11), rows[:, 1:].reshape(-1))


MODELS = [
    model(
        "MLP, SGD with momentum", mlp, lambda k, p: k.optim.SGD(p, lr=0.05, momentum=0.9), classify,
        fixed(normal(48, 20)), whole(5, 48),
    ),
    model(
        "LeNet, Adam", lenet, lambda k, p: k.optim.Adam(p, lr=0.003), classify,
        fixed(normal(48, 1, 16, 16)), whole(5, 48),
    ),
    model(
        "GRU language model, RMSprop", gru_language_model, lambda k, p: k.optim.RMSprop(p, lr=0.003), next_token,
        whole(11, 12, 11),
    ),
    model(
        "GPT, AdamW", gpt, lambda k, p: k.optim.AdamW(p, lr=0.003, weight_decay=0.1), next_token,
        whole(11, 12, 11),
    ),
]  # fmt: skip

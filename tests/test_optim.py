"""Optimizers against the formulas written plainly and against PyTorch; schedules; clipping; what is refused."""

import copy
import math

import numpy as np
import pytest

from groundup import optim
from groundup.optim import lr_scheduler, optimizer
from groundup.tensor import Tensor

SHAPES = [(3, 4), (4,), (), (2, 1, 5), (1,), (7, 2)]
CASES = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.02}),
    ("SGD", {"lr": 0.05, "momentum": 0.9}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.02, "alpha": 0.9, "weight_decay": 0.1}),
    ("RMSprop", {"momentum": 0.8, "eps": 1e-3}),
    ("RMSprop", {"centered": True, "alpha": 0.9, "momentum": 0.5}),
    ("Adam", {}),
    ("Adam", {"lr": 0.05, "betas": (0.7, 0.95), "eps": 1e-4, "weight_decay": 0.1}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.05, "betas": (0.7, 0.95), "weight_decay": 0.3}),
]
IDS = [f"{name}-{'-'.join(options)}" for name, options in CASES]


@pytest.fixture(params=[optimizer.PACK, 0], ids=["packs", "one by one"])
def pack(request, monkeypatch):
    """Run with small parameters together, and with each on its own."""
    monkeypatch.setattr(optimizer, "PACK", request.param)


def leaves(dtype=np.float64, shapes=SHAPES, seed=0):
    rng = np.random.default_rng(seed)
    return [Tensor(rng.normal(size=shape).astype(dtype), requires_grad=True) for shape in shapes]


def slopes(step, shapes=SHAPES):
    """Gradients that drift and whose sizes differ by a factor of a thousand between parameters."""
    rng = np.random.default_rng(1000 + step)
    return [10.0 ** (i % 4 - 2) * (rng.normal(size=s) + math.sin(step / 5)) for i, s in enumerate(shapes)]


def give(params, gradients):
    for p, g in zip(params, gradients, strict=True):
        p.grad = Tensor(np.asarray(g, p.dtype))


def run(opt, params, steps=50, start=0):
    for step in range(start, start + steps):
        give(params, slopes(step, [p.shape for p in params]))
        opt.step()


def close(mine, theirs, tolerance=1e-10):
    for a, b in zip(mine, theirs, strict=True):
        a, b = np.asarray(a), np.asarray(b)
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


# The formulas, plainly --------------------------------------------------------------------------------------------


def plain_sgd(p, g, s, t, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False):
    g = g + weight_decay * p
    if momentum:
        s["b"] = g if t == 1 else momentum * s["b"] + (1 - dampening) * g
        g = g + momentum * s["b"] if nesterov else s["b"]
    return p - lr * g


def plain_rmsprop(p, g, s, t, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False):
    g = g + weight_decay * p
    s["s"] = alpha * s.get("s", 0) + (1 - alpha) * g * g
    s["m"] = alpha * s.get("m", 0) + (1 - alpha) * g
    step = g / (np.sqrt(s["s"] - s["m"] ** 2 if centered else s["s"]) + eps)
    s["b"] = step = momentum * s.get("b", 0) + step
    return p - lr * step


def plain_adam(p, g, s, t, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
    g = g + weight_decay * p
    s["m"] = betas[0] * s.get("m", 0) + (1 - betas[0]) * g
    s["v"] = betas[1] * s.get("v", 0) + (1 - betas[1]) * g * g
    return p - lr * (s["m"] / (1 - betas[0] ** t)) / (np.sqrt(s["v"] / (1 - betas[1] ** t)) + eps)


def plain_adamw(p, g, s, t, lr=1e-3, weight_decay=0.01, **options):
    return plain_adam(p * (1 - lr * weight_decay), g, s, t, lr=lr, **options)


PLAIN = {"SGD": plain_sgd, "RMSprop": plain_rmsprop, "Adam": plain_adam, "AdamW": plain_adamw}


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_fifty_steps_as_the_formula_says(name, options, pack):
    params = leaves()
    wanted, states = [p.data.copy() for p in params], [{} for _ in params]
    run(getattr(optim, name)(params, **options), params)
    for step in range(50):
        wanted = [
            PLAIN[name](p, g, s, step + 1, **options) for p, g, s in zip(wanted, slopes(step), states, strict=True)
        ]
    close([p.data for p in params], wanted)


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_fifty_steps_as_pytorch(name, options, pack):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed; .ci/run installs its CPU build")
    params = leaves()
    theirs = [torch.tensor(p.data, dtype=torch.float64, requires_grad=True) for p in params]
    mine, other = getattr(optim, name)(params, **options), getattr(torch.optim, name)(theirs, **options)
    for step in range(50):
        give(params, slopes(step))
        for p, g in zip(theirs, slopes(step), strict=True):
            p.grad = torch.tensor(g, dtype=torch.float64)
        mine.step()
        other.step()
        close([p.data for p in params], [p.detach().numpy() for p in theirs])


@pytest.mark.parametrize("name", PLAIN)
def test_defaults_are_pytorchs(name):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed; .ci/run installs its CPU build")
    theirs = getattr(torch.optim, name)([torch.zeros(1)]).defaults
    mine = getattr(optim, name)(leaves()).defaults
    assert mine == {key: theirs[key] for key in mine}


def test_a_state_of_pytorchs_is_taken_over():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed; .ci/run installs its CPU build")
    params = leaves()
    theirs = [torch.tensor(p.data, dtype=torch.float64, requires_grad=True) for p in params]
    other = torch.optim.AdamW(theirs, lr=0.03)
    for step in range(10):
        for p, g in zip(theirs, slopes(step), strict=True):
            p.grad = torch.tensor(g, dtype=torch.float64)
        if step == 5:
            mine = optim.AdamW(params)
            mine.load_state_dict(copy.deepcopy(other.state_dict()))
            for p, q in zip(params, theirs, strict=True):
                p.data = q.detach().numpy().copy()
        other.step()
    run(mine, params, 5, start=5)
    close([p.data for p in params], [p.detach().numpy() for p in theirs])


# Memory and bookkeeping ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PLAIN)
def test_float32_stays_float32_and_mixed_dtypes_work(name):
    params = leaves(np.float32) + leaves(np.float64)
    where = [p.data for p in params]
    run(getattr(optim, name)(params, lr=np.float64(0.01)), params, 3)
    assert [p.dtype for p in params] == [np.float32] * 6 + [np.float64] * 6
    assert all(p.data is array for p, array in zip(params, where, strict=True)), "changed where they lie"
    alone = leaves()
    run(getattr(optim, name)(alone, lr=0.01), alone, 3)
    close([p.data for p in params[:6]], [p.data for p in alone], 1e-5)


@pytest.mark.parametrize("name", PLAIN)
def test_gradients_are_not_changed(name, pack):
    params = leaves()
    opt = getattr(optim, name)(params, weight_decay=0.1)
    for step in range(2):
        give(params, slopes(step))
        opt.step()
        close([p.grad.data for p in params], slopes(step), 0)


def test_a_graph_from_before_the_step_refuses_to_go_backward(pack):
    (p, *_) = params = leaves()
    loss = (p * p).sum()
    give(params, slopes(0))
    optim.SGD(params, lr=0.1).step()
    with pytest.raises(RuntimeError, match="changed in place"):
        loss.backward()


def test_replaced_numbers_are_used(pack):
    params = leaves()
    opt = optim.SGD(params, lr=1.0)
    for p in params:
        p.data = np.full(p.shape, 5.0)
    run(opt, params, 1)
    close([p.data for p in params], [5 - g for g in slopes(0)])


def test_a_view_that_somebody_holds_sees_the_step():
    params = leaves()
    alias = params[0].detach()
    run(optim.Adam(params), params, 1)
    assert alias.data is params[0].data


def test_parameters_without_gradient_stay_and_their_steps_do_not_count(pack):
    params = leaves()
    opt, before = optim.Adam(params, lr=0.1), params[2].data.copy()
    for step in range(6):
        give(params, slopes(step))
        if step in (0, 1, 4):
            params[2].grad = None
        opt.step()
        if step < 2:
            assert params[2].data == before
    wanted, state = before, {}
    for t, step in enumerate([2, 3, 5], start=1):
        wanted = plain_adam(wanted, slopes(step)[2], state, t, lr=0.1)
    close([params[2].data], [wanted])
    assert [opt.state_dict()["state"][i]["step"] for i in range(6)] == [6, 6, 3, 6, 6, 6]


def test_packs_hold_neighbours_of_one_dtype_up_to_a_size(monkeypatch):
    monkeypatch.setattr(optimizer, "PACK", 20)
    (packs,) = optim.SGD(leaves() + leaves(np.float32))._packs
    assert [len(p.params) for p in packs] == [3, 2, 1, 3, 2, 1]


def test_groups_have_settings_of_their_own(pack):
    params = leaves()
    opt = optim.SGD([{"params": params[:2]}, {"params": params[2:], "lr": 0.5}], lr=0.1, momentum=0.9)
    assert [g["lr"] for g in opt.param_groups] == [0.1, 0.5]
    assert [g["momentum"] for g in opt.param_groups] == [0.9, 0.9]
    before = [p.data.copy() for p in params]
    run(opt, params, 1)
    rates = [0.1, 0.1, 0.5, 0.5, 0.5, 0.5]
    close([p.data for p in params], [b - r * g for b, r, g in zip(before, rates, slopes(0), strict=True)])


def test_a_group_can_be_added_later():
    params = leaves()
    opt = optim.Adam(params[:3], lr=0.1)
    opt.add_param_group({"params": params[3:], "lr": 0.2})
    before = params[5].data.copy()
    run(opt, params, 1)
    np.testing.assert_allclose(np.abs(params[5].data - before), 0.2, rtol=1e-3)  # Adam's first step is lr long


def test_settings_may_change_between_steps(pack):
    params = leaves()
    opt = optim.SGD(params, lr=0.1)
    wanted, states = [p.data.copy() for p in params], [{} for _ in params]
    run(opt, params, 1)
    opt.param_groups[0].update(lr=0.01, momentum=0.9)
    run(opt, params, 1, start=1)
    for i, (p, s) in enumerate(zip(wanted, states, strict=True)):
        p = plain_sgd(p, slopes(0)[i], s, 1, lr=0.1)
        wanted[i] = plain_sgd(p, slopes(1)[i], s, 1, lr=0.01, momentum=0.9)
    close([p.data for p in params], wanted)


def test_zero_grad_forgets_or_fills():
    params = leaves()
    opt = optim.SGD(params)
    give(params, slopes(0))
    held = params[0].grad.data
    opt.zero_grad(set_to_none=False)
    assert not held.any() and params[0].grad.data is held
    opt.zero_grad()
    assert all(p.grad is None for p in params)
    opt.step()  # nothing to do, nothing breaks


def test_step_calls_a_closure_and_returns_its_loss():
    params = leaves()
    before = params[0].data.copy()

    def closure():
        give(params, slopes(0))
        return 3.5

    assert optim.SGD(params, lr=0.1).step(closure) == 3.5
    close([params[0].data], [before - 0.1 * slopes(0)[0]])


# State --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_state_goes_on_where_it_was(name, options, pack):
    straight, broken = leaves(), leaves()
    run(getattr(optim, name)(straight, **options), straight, 20)
    first = getattr(optim, name)(broken, **options)
    run(first, broken, 10)
    state = first.state_dict()
    run(first, broken, 3)  # what was handed out is a copy and does not move on
    again = leaves()
    run(getattr(optim, name)(again, **options), again, 10)
    second = getattr(optim, name)(again, lr=123.0)
    second.load_state_dict(state)
    run(second, again, 10, start=10)
    close([p.data for p in again], [p.data for p in straight], 0)


def test_state_with_gaps_is_loaded():
    def trained(opt, params):
        for step in range(4):
            give(params, slopes(step))
            params[1].grad = None
            opt.step()

    a, b = leaves(), leaves()
    first, second = optim.Adam(a, lr=0.1), optim.Adam(b, lr=0.1)
    trained(first, a)
    second.load_state_dict(first.state_dict())
    for p, q in zip(a, b, strict=True):
        q.data[...] = p.data
    run(first, a, 3)
    run(second, b, 3)
    close([p.data for p in a], [p.data for p in b], 0)


def test_a_state_for_others_is_refused_and_nothing_changes():
    params = leaves()
    opt = optim.Adam(params, lr=0.1)
    run(opt, params, 2)
    before = opt.state_dict()
    with pytest.raises(ValueError, match=r"groups of \[6\] parameters and the state is for \[1\]"):
        opt.load_state_dict(optim.Adam(leaves()[:1]).state_dict())
    other = leaves(shapes=SHAPES[::-1])
    wrong = optim.Adam(other, lr=9.0)
    run(wrong, other, 1)
    with pytest.raises(ValueError, match=r"exp_avg has shape \(7, 2\) and its parameter has \(3, 4\)"):
        opt.load_state_dict(wrong.state_dict())
    after = opt.state_dict()
    assert after["param_groups"] == before["param_groups"]
    close([s["exp_avg"] for s in after["state"].values()], [s["exp_avg"] for s in before["state"].values()], 0)


# What is refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("SGD", {"lr": -0.1}, "SGD wants lr to be 0 or more and got -0.1"),
        ("SGD", {"lr": math.nan}, "SGD wants lr to be 0 or more and got nan"),
        ("SGD", {"momentum": -1}, "momentum"),
        ("SGD", {"weight_decay": -1}, "weight_decay"),
        ("SGD", {"nesterov": True}, "nesterov=True wants momentum and dampening to be momentum > 0"),
        ("SGD", {"nesterov": True, "momentum": 0.9, "dampening": 0.1}, "dampening = 0"),
        ("RMSprop", {"alpha": -0.5}, "RMSprop wants alpha"),
        ("RMSprop", {"eps": -1e-8}, "eps"),
        ("Adam", {"betas": (0.9, 1.0)}, r"Adam wants betas to be two numbers from 0 to below 1 and got \(0.9, 1.0\)"),
        ("Adam", {"betas": (0.9,)}, "two numbers"),
        ("AdamW", {"eps": -1}, "AdamW wants eps"),
    ],
)
def test_settings_without_sense_are_refused(name, options, words):
    with pytest.raises(ValueError, match=words):
        getattr(optim, name)(leaves(), **options)


def test_what_cannot_be_trained_is_refused():
    w = Tensor([1.0], requires_grad=True)
    with pytest.raises(ValueError, match=r"got no parameters.*empty once it was used"):
        optim.SGD([])
    with pytest.raises(ValueError, match="group without parameters"):
        optim.SGD([{"params": []}])
    with pytest.raises(TypeError, match="list of tensors"):
        optim.SGD(w)
    with pytest.raises(TypeError, match="parameter 0 is ndarray"):
        optim.SGD([np.zeros(3)])
    with pytest.raises(ValueError, match=r"parameter 1 of shape \(2,\) asks for no gradient"):
        optim.SGD([w, Tensor([1.0, 2.0])])
    with pytest.raises(ValueError, match="came out of an operation"):
        optim.SGD([w * 2])
    with pytest.raises(ValueError, match="is there twice"):
        optim.SGD([w, w])
    with pytest.raises(ValueError, match="is there twice"):
        optim.SGD([{"params": [w]}, {"params": [w]}])


def test_a_parameter_of_another_shape_or_dtype_is_refused():
    params = leaves()
    opt = optim.SGD(params)
    give(params, slopes(0))
    params[0].grad = Tensor(np.zeros(4))
    with pytest.raises(ValueError, match=r"a gradient has shape \(4,\)"):
        opt.step()
    give(params, slopes(0))
    params[1].data = params[1].data.astype(np.float32)
    with pytest.raises(ValueError, match=r"was \(4,\) float64 .* and is now \(4,\) float32"):
        opt.step()


# Schedules ----------------------------------------------------------------------------------------------------------

SCHEDULES = [
    ("StepLR", {"step_size": 7, "gamma": 0.5}),
    ("MultiStepLR", {"milestones": [30, 5, 12, 12], "gamma": 0.3}),
    ("ExponentialLR", {"gamma": 0.93}),
    ("CosineAnnealingLR", {"T_max": 50}),
    ("CosineAnnealingLR", {"T_max": 20, "eta_min": 0.01}),
    ("LinearLR", {}),
    ("LinearLR", {"start_factor": 0.9, "end_factor": 0.1, "total_iters": 30}),
    ("LambdaLR", {"lr_lambda": lambda t: optim.warmup_cosine(t, 10, 40, 0.1)}),
    ("LambdaLR", {"lr_lambda": [lambda t: 0.9**t, lambda t: 1 / (1 + t)]}),
]


def two_groups():
    params = leaves()
    return optim.SGD([{"params": params[:2]}, {"params": params[2:], "lr": 0.5}], lr=0.1)


def rates(opt, schedule, steps=50):
    found = [schedule.get_last_lr()]
    for _ in range(steps):
        opt.step()
        schedule.step()
        found.append(schedule.get_last_lr())
    return np.array(found)


@pytest.mark.parametrize(("name", "options"), SCHEDULES)
def test_schedules_as_pytorch(name, options):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed; .ci/run installs its CPU build")
    w, v = (torch.zeros(1, requires_grad=True) for _ in range(2))
    theirs = torch.optim.SGD([{"params": [w]}, {"params": [v], "lr": 0.5}], lr=0.1)
    wanted = rates(theirs, getattr(torch.optim.lr_scheduler, name)(theirs, **options))
    mine = two_groups()
    np.testing.assert_allclose(rates(mine, getattr(lr_scheduler, name)(mine, **options)), wanted, rtol=1e-10)


def test_schedules_by_hand():
    opt = two_groups()
    np.testing.assert_allclose(rates(opt, lr_scheduler.StepLR(opt, 2), 4)[:, 0], [0.1, 0.1, 0.01, 0.01, 0.001])
    opt = two_groups()
    cosine = lr_scheduler.CosineAnnealingLR(opt, 4, eta_min=0.1)
    np.testing.assert_allclose(rates(opt, cosine, 4)[[0, 2, 4], 1], [0.5, 0.3, 0.1])
    opt = two_groups()
    line = lr_scheduler.LinearLR(opt, 0.5, total_iters=2)
    np.testing.assert_allclose(rates(opt, line, 3)[:, 1], [0.25, 0.375, 0.5, 0.5])


def test_the_optimizer_uses_the_schedules_rate():
    params = leaves()
    opt = optim.SGD(params, lr=1.0)
    schedule = lr_scheduler.ExponentialLR(opt, 0.5)
    before = params[1].data.copy()
    for step in range(2):
        give(params, slopes(step))
        opt.step()
        schedule.step()
    close([params[1].data], [before - slopes(0)[1] - 0.5 * slopes(1)[1]])


@pytest.mark.parametrize(("name", "options"), SCHEDULES)
def test_schedules_go_on_where_they_were(name, options):
    opt = two_groups()
    schedule = getattr(lr_scheduler, name)(opt, **options)
    wanted = rates(opt, schedule, 12)
    opt = two_groups()
    first = getattr(lr_scheduler, name)(opt, **options)
    rates(opt, first, 6)
    other = two_groups()
    second = getattr(lr_scheduler, name)(other, **options)
    second.load_state_dict(first.state_dict())
    np.testing.assert_array_equal(rates(other, second, 6), wanted[6:])


def test_warmup_cosine_rises_falls_and_stays():
    factors = [optim.warmup_cosine(t, 4, 14, 0.2) for t in range(20)]
    np.testing.assert_allclose(factors[:5], [0.25, 0.5, 0.75, 1.0, 1.0])
    np.testing.assert_allclose(factors[9], 0.6)  # half way down
    np.testing.assert_allclose(factors[14:], 0.2)
    assert (np.diff(factors[4:15]) < 0).all()
    assert optim.warmup_cosine(0, 0, 10) == 1.0


def test_schedules_refuse_what_makes_no_sense():
    opt = two_groups()
    with pytest.raises(ValueError, match="step_size to be more than 0 and got 0"):
        lr_scheduler.StepLR(opt, 0)
    with pytest.raises(ValueError, match="T_max"):
        lr_scheduler.CosineAnnealingLR(opt, 0)
    with pytest.raises(ValueError, match="start_factor"):
        lr_scheduler.LinearLR(opt, 0.0)
    with pytest.raises(ValueError, match="one function or 2 of them"):
        lr_scheduler.LambdaLR(opt, [abs])
    with pytest.raises(TypeError, match="wants an optimizer and got list"):
        lr_scheduler.ExponentialLR([], 0.9)
    with pytest.raises(ValueError, match=r"0 ≤ warmup < total and got \(5, 5\)"):
        optim.warmup_cosine(0, 5, 5)
    with pytest.raises(ValueError, match="floor"):
        optim.warmup_cosine(0, 1, 5, floor=2)


# Clipping -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [2.0, 1.0, 3.0, math.inf])
def test_clipping_by_norm_shrinks_all_by_one_factor(kind):
    params = leaves()
    give(params, slopes(0))
    params[1].grad = None
    everything = np.concatenate([g.ravel() for i, g in enumerate(slopes(0)) if i != 1])
    norm = np.linalg.norm(everything, kind)
    total = optim.clip_grad_norm_(params, norm / 4, kind)
    assert isinstance(total, Tensor) and total.item() == pytest.approx(norm, rel=1e-12)
    close([params[0].grad.data, params[5].grad.data], [slopes(0)[0] / 4, slopes(0)[5] / 4], 1e-6)
    assert optim.clip_grad_norm_(iter(params), math.inf, kind).item() == pytest.approx(norm / 4, rel=1e-5)


def test_short_gradients_are_left_alone():
    params = leaves()
    give(params, slopes(0))
    optim.clip_grad_norm_(params, 1e6)
    close([p.grad.data for p in params], slopes(0), 0)
    assert optim.clip_grad_norm_([Tensor([1.0], requires_grad=True)], 1.0).item() == 0.0


@pytest.mark.parametrize("kind", [2.0, 1.0, math.inf])
@pytest.mark.parametrize("most", [0.5, 1e4])
def test_clipping_as_pytorch(kind, most):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed; .ci/run installs its CPU build")
    params = leaves()
    give(params, slopes(0))
    theirs = [torch.tensor(p.data, dtype=torch.float64, requires_grad=True) for p in params]
    for p, g in zip(theirs, slopes(0), strict=True):
        p.grad = torch.tensor(g, dtype=torch.float64)
    wanted = torch.nn.utils.clip_grad_norm_(theirs, most, kind)
    assert optim.clip_grad_norm_(params, most, kind).item() == pytest.approx(wanted.item(), rel=1e-12)
    close([p.grad.data for p in params], [p.grad.numpy() for p in theirs])


def test_clipping_by_value():
    params = leaves()
    give(params, slopes(0))
    optim.clip_grad_value_(params, 0.3)
    close([p.grad.data for p in params], [np.clip(g, -0.3, 0.3) for g in slopes(0)], 0)


def test_clipping_refuses_negative_bounds_and_can_refuse_infinity():
    params = leaves()
    give(params, slopes(0))
    params[0].grad.data[0, 0] = np.inf
    with pytest.raises(ValueError, match="max_norm of 0 or more and got -1"):
        optim.clip_grad_norm_(params, -1)
    with pytest.raises(ValueError, match="clip_value of 0 or more"):
        optim.clip_grad_value_(params, -1)
    with pytest.raises(RuntimeError, match=r"length is inf.*detect_anomaly"):
        optim.clip_grad_norm_(params, 1.0, error_if_nonfinite=True)
    assert optim.clip_grad_norm_(params, 1.0).item() == math.inf

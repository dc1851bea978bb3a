"""`Module` and the containers: what is inside, its state, its text, and what is said to whoever slips."""

import copy
from collections import OrderedDict

import numpy as np
import pytest

import groundup as torch
from groundup import nn
from groundup.tensor import Tensor


class MLP(nn.Module):
    def __init__(self, rng=None):
        super().__init__()
        self.fc1 = nn.Linear(4, 3, rng=rng)
        self.norm = nn.BatchNorm1d(3)
        self.fc2 = nn.Linear(3, 2, rng=rng)
        self.scale = nn.Parameter(torch.ones(2))
        self.register_buffer("offset", torch.zeros(2))
        self.register_buffer("scratch", torch.zeros(7), persistent=False)

    def forward(self, x):
        return self.fc2(self.norm(self.fc1(x)).relu()) * self.scale + self.offset


def batch(n=5, width=4, dtype=np.float32, seed=0):
    return Tensor(np.random.default_rng(seed).normal(size=(n, width)).astype(dtype))


# What is inside


def test_parameters_come_in_pytorchs_order_with_dotted_names():
    names = [name for name, _ in MLP().named_parameters()]
    assert names == ["scale", "fc1.weight", "fc1.bias", "norm.weight", "norm.bias", "fc2.weight", "fc2.bias"]
    assert [p.shape for p in MLP().parameters()][:3] == [(2,), (3, 4), (3,)]


def test_a_shared_parameter_counts_once_and_is_saved_under_both_names():
    model = nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False))
    model[1].weight = model[0].weight
    assert [name for name, _ in model.named_parameters()] == ["0.weight"]
    assert model.num_parameters() == 9
    assert list(model.state_dict()) == ["0.weight", "1.weight"]


def test_a_shared_module_is_visited_once():
    shared = nn.Linear(2, 2)
    model = nn.Sequential(shared, nn.ReLU(), shared)
    assert len(model) == 3
    assert len(list(model.modules())) == 3  # itself, the linear layer, the ReLU
    assert len(list(model.parameters())) == 2


def test_named_modules_children_and_apply():
    model = nn.Sequential(OrderedDict(first=MLP(), last=nn.Identity()))
    assert [name for name, _ in model.named_modules()] == ["", "first", "first.fc1", "first.norm", "first.fc2", "last"]
    assert [type(child) for child in model.children()] == [MLP, nn.Identity]
    seen = []
    assert model.apply(lambda m: seen.append(type(m).__name__)) is model
    assert seen == ["Linear", "BatchNorm1d", "Linear", "MLP", "Identity", "Sequential"]
    assert model.get_submodule("first.fc1") is model.first.fc1


def test_parameters_without_recursion_are_the_modules_own():
    assert [name for name, _ in MLP().named_parameters(recurse=False)] == ["scale"]
    assert [name for name, _ in MLP().named_buffers(recurse=False)] == ["offset", "scratch"]


def test_num_parameters_leaves_out_the_frozen_on_request():
    model = MLP()
    assert model.num_parameters() == 2 + 15 + 6 + 8
    model.fc1.requires_grad_(False)
    assert model.num_parameters(trainable_only=True) == 2 + 6 + 8


def test_freezing_stops_gradients():
    model = MLP()
    model.fc1.requires_grad_(False)
    model(batch()).sum().backward()
    assert model.fc1.weight.grad is None
    assert model.fc2.weight.grad.shape == (2, 3)


def test_zero_grad_forgets_or_zeroes():
    model = MLP()
    model(batch()).sum().backward()
    model.zero_grad(set_to_none=False)
    assert all((p.grad.data == 0).all() for p in model.parameters())
    model.zero_grad()
    assert all(p.grad is None for p in model.parameters())


def test_train_and_eval_reach_all_modules():
    model = nn.Sequential(MLP(), nn.Dropout(0.5))
    assert model.eval() is model
    assert not any(m.training for m in model.modules())
    model.train()
    assert all(m.training for m in model.modules())


def test_deleting_an_attribute_removes_parameter_buffer_and_module():
    model = MLP()
    del model.scale, model.offset, model.fc2
    assert [n for n in model.state_dict() if "." not in n] == []
    assert not any(n.startswith("fc2") for n in model.state_dict())


# Types and copies


def test_double_and_float_turn_parameters_gradients_and_buffers_in_place():
    model = MLP()
    weight = model.fc1.weight
    model(batch()).sum().backward()
    assert model.double() is model
    assert model.fc1.weight is weight
    assert {t.dtype for t in [*model.parameters()]} == {np.dtype(np.float64)}
    assert weight.grad.dtype == np.float64
    assert model.norm.running_mean.dtype == np.float64
    assert model.norm.num_batches_tracked.dtype == np.int64
    assert model.float().to("cpu").fc1.weight.dtype == np.float32
    with pytest.raises(ValueError, match="float type"):
        model.to("cuda")
    with pytest.raises(ValueError, match="float type"):
        model.to(np.int64)


def test_a_deep_copy_is_independent_keeps_sharing_and_has_no_gradients():
    model = nn.Sequential(MLP(), nn.Linear(2, 4, bias=False), nn.Linear(2, 4, bias=False))
    model[2].weight = model[1].weight
    model[0](batch()).sum().backward()
    twin = copy.deepcopy(model)
    before = {k: v.copy() for k, v in model.state_dict().items()}
    assert twin[2].weight is twin[1].weight
    assert twin[2].weight is not model[2].weight
    assert all(p.grad is None for p in twin.parameters())
    with torch.no_grad():
        for tensor in [*twin.parameters(), *twin.buffers()]:
            tensor.copy_(9)
    assert all(np.array_equal(before[k], v) for k, v in model.state_dict().items())
    assert isinstance(twin[1].weight, nn.Parameter)


def test_a_deep_copy_computes_the_same_and_copies_its_generator():
    model = nn.Sequential(MLP(np.random.default_rng(1)), nn.Dropout(0.5, rng=np.random.default_rng(2)))
    twin = copy.deepcopy(model)
    np.testing.assert_array_equal(model(batch()).detach(), twin(batch()).detach())


# State


def test_state_dict_has_copies_in_pytorchs_order():
    model = MLP()
    state = model.state_dict()
    expected = ["scale", "offset", "fc1.weight", "fc1.bias"]
    expected += [f"norm.{n}" for n in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")]
    assert list(state) == [*expected, "fc2.weight", "fc2.bias"]
    assert all(type(v) is np.ndarray for v in state.values())
    state["scale"][:] = 7
    assert (model.scale.data == 1).all()


def test_state_goes_round_and_keeps_the_tensors():
    rng = np.random.default_rng(0)
    a, b = MLP(rng), MLP(rng)
    weight = b.fc1.weight
    a(batch())  # moves the running values
    assert b.load_state_dict(a.state_dict()) == ([], [])
    assert b.fc1.weight is weight
    np.testing.assert_array_equal(a.eval()(batch()).detach(), b.eval()(batch()).detach())


def test_loading_takes_tensors_and_keeps_the_models_type():
    model = nn.Linear(2, 1)
    model.load_state_dict({"weight": Tensor(np.array([[1.0, 2.0]])), "bias": np.array([3.0])})
    assert model.weight.dtype == np.float32
    assert model(np.ones((1, 2), np.float32)).item() == 6


def test_all_that_does_not_fit_is_listed_and_nothing_is_loaded():
    model = MLP()
    state = {k: v + 1 for k, v in model.state_dict().items()}
    state["fc1.weight"] = np.zeros((4, 3))
    state["fc2.wieght"] = state.pop("fc2.weight")
    del state["scale"]
    before = model.state_dict()
    with pytest.raises(ValueError, match="nothing was loaded") as error:
        model.load_state_dict(state)
    text = str(error.value)
    assert "fc1.weight: shape (4, 3) given, (3, 4) wanted" in text
    assert "fc2.weight: missing; is 'fc2.wieght' meant?" in text
    assert "fc2.wieght: unexpected" in text
    assert "scale: missing" in text
    assert "strict=False" in text
    assert all(np.array_equal(before[k], v) for k, v in model.state_dict().items())


def test_not_strict_loads_what_has_a_place_but_never_a_wrong_shape():
    model = nn.Linear(2, 2)
    missing, unexpected = model.load_state_dict({"weight": np.ones((2, 2)), "more": np.ones(1)}, strict=False)
    assert (missing, unexpected) == (["bias"], ["more"])
    assert (model.weight.data == 1).all()
    with pytest.raises(ValueError, match="shape"):
        model.load_state_dict({"weight": np.ones((2, 1))}, strict=False)
    with pytest.raises(TypeError, match="dict"):
        model.load_state_dict([1, 2])


def test_loading_between_forward_and_backward_is_noticed():
    model = nn.Linear(2, 2)
    out = model(Tensor(np.ones((1, 2), np.float32), requires_grad=True)).sum()
    model.load_state_dict({k: v + 1 for k, v in model.state_dict().items()})
    with pytest.raises(RuntimeError, match="changed in place"):
        out.backward()


def test_all_parameters_as_one_vector_and_back():
    a, b = MLP(), MLP()
    vector = nn.utils.parameters_to_vector(a.parameters())
    assert vector.shape == (a.num_parameters(),)
    nn.utils.vector_to_parameters(vector.detach(), b.parameters())
    assert all(np.array_equal(p.data, q.data) for p, q in zip(a.parameters(), b.parameters(), strict=True))
    with pytest.raises(ValueError, match=r"shape \(31,\), all parameters, and got \(2,\)"):
        nn.utils.vector_to_parameters(torch.zeros(2), b.parameters())
    vector.sum().backward()
    assert nn.utils.clip_grad_norm_(a.parameters(), 1.0).item() == pytest.approx(31**0.5)
    assert nn.utils.clip_grad_norm_(a.parameters(), 1.0).item() == pytest.approx(1, abs=1e-5)


# Slips


def test_a_misspelt_attribute_raises_and_names_the_nearest():
    model = MLP()
    with pytest.raises(AttributeError, match=r"MLP has no attribute 'fc3'. Is 'fc[12]' meant\?"):
        _ = model.fc3
    with pytest.raises(AttributeError, match="Is 'weight' meant"):
        _ = model.fc1.wieght
    assert not hasattr(model, "entirely_different")


def test_a_failing_property_is_not_taken_for_a_misspelt_name():
    class WithProperty(nn.Module):
        @property
        def width(self):
            return self.not_there

    with pytest.raises(AttributeError, match="width is computed"):
        _ = WithProperty().width


@pytest.mark.parametrize("value", [lambda: nn.Parameter(np.ones(2)), lambda: nn.Linear(1, 1)])
def test_assigning_before_init_says_so(value):
    class Hasty(nn.Module):
        def __init__(self):
            self.part = value()
            super().__init__()

    with pytest.raises(AttributeError, match=r"Hasty\.part .* super\(\)\.__init__\(\)"):
        Hasty()


def test_forgetting_init_altogether_says_so():
    class Forgetful(nn.Module):
        def __init__(self):
            self.width = 3

    with pytest.raises(AttributeError, match=r"Forgetful calls no super\(\)\.__init__\(\)"):
        Forgetful().eval().register_buffer("x", None)
    with pytest.raises(AttributeError, match=r"super\(\)\.__init__\(\)"):
        Forgetful().register_buffer("x", None)


def test_a_forgotten_forward_says_so_and_finds_a_misspelt_one():
    class Empty(nn.Module):
        pass

    class Misspelt(nn.Module):
        def foward(self, x):
            return x

    with pytest.raises(NotImplementedError, match=r"Empty has no forward\(\)"):
        Empty()(1)
    with pytest.raises(NotImplementedError, match=r"It has foward\(\)"):
        Misspelt()(1)


def test_overwriting_a_parameter_with_a_tensor_is_refused():
    layer = nn.Linear(2, 2)
    with pytest.raises(TypeError, match=r"nn\.Parameter"):
        layer.weight = torch.zeros(2, 2)
    layer.bias = None
    assert [n for n, _ in layer.named_parameters()] == ["weight"]


def test_names_that_would_hide_something_are_refused():
    model = nn.Module()
    with pytest.raises(ValueError, match="'forward'"):
        model.register_buffer("forward", torch.zeros(1))
    with pytest.raises(ValueError, match="without dots"):
        model.add_module("a.b", nn.Identity())
    with pytest.raises(TypeError, match="the class Linear itself"):
        model.add_module("layer", nn.Linear)


def test_a_parameter_copies_and_leaves_its_graph():
    source = torch.ones(2, requires_grad=True) * 3
    p = nn.Parameter(source)
    assert p.is_leaf
    assert p.requires_grad
    assert "Parameter containing" in repr(p)
    with pytest.raises(ValueError, match="only floats"):
        nn.Parameter(np.arange(3))


# Containers


def test_sequential_counts_slices_and_changes():
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    assert len(model) == 3
    assert isinstance(model[-1], nn.Linear)
    assert [type(m) for m in model[:2]] == [nn.Linear, nn.ReLU]
    assert model[:2][0] is model[0]
    assert list(model[1:].state_dict()) == ["2.weight", "2.bias"]  # names stay, as in PyTorch
    model.append(nn.Tanh())
    model[1] = nn.Sigmoid()
    del model[0]
    model.insert(0, nn.Flatten())
    assert [type(m) for m in model] == [nn.Flatten, nn.Sigmoid, nn.Linear, nn.Tanh]
    assert list(model.state_dict()) == ["2.weight", "2.bias"]
    with pytest.raises(IndexError, match="holds 4 modules"):
        _ = model[4]


def test_sequential_by_name():
    model = nn.Sequential(OrderedDict(body=nn.Linear(4, 3), act=nn.ReLU()))
    assert model.body is model[0]
    assert list(model.state_dict()) == ["body.weight", "body.bias"]
    np.testing.assert_array_equal(model(batch()).detach(), model.body(batch()).relu().detach())


def test_an_empty_sequential_passes_on():
    x = batch()
    assert nn.Sequential()(x) is x
    assert repr(nn.Sequential()) == "Sequential()"


def test_module_list_holds_what_a_plain_list_would_hide():
    class Stack(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = [nn.Linear(2, 2)]
            self.seen = nn.ModuleList(nn.Linear(2, 2) for _ in range(3))

    names = {n.split(".")[0] for n, _ in Stack().named_parameters()}
    assert names == {"seen"}
    layers = Stack().seen
    assert len(layers.extend([nn.ReLU()])) == 4
    assert len(layers[1:3]) == 2
    with pytest.raises(NotImplementedError, match="ModuleList"):
        layers(1)


def test_module_dict():
    parts = nn.ModuleDict({"in": nn.Linear(2, 3), "act": nn.ReLU()})
    assert list(parts) == ["in", "act"]
    assert "act" in parts
    assert list(parts.state_dict()) == ["in.weight", "in.bias"]
    parts["out"] = nn.Linear(3, 1)
    del parts["act"]
    assert list(parts.keys()) == ["in", "out"]
    assert parts.out is dict(parts.items())["out"]
    with pytest.raises(KeyError, match="only in, out"):
        _ = parts["none"]
    with pytest.raises(ValueError, match="'keys'"):
        parts["keys"] = nn.ReLU()


# Text


def test_repr_is_pytorchs():
    model = nn.Sequential(nn.Conv2d(1, 8, 5, padding=2, bias=False), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32, 10))
    assert repr(model) == (
        "Sequential(\n"
        "  (0): Conv2d(1, 8, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2), bias=False)\n"
        "  (1): MaxPool2d(kernel_size=2, stride=2, padding=0)\n"
        "  (2): Flatten(start_dim=1, end_dim=-1)\n"
        "  (3): Linear(in_features=32, out_features=10, bias=True)\n"
        ")"
    )


def test_repr_of_equal_neighbours_in_a_list():
    text = repr(nn.ModuleList([nn.ReLU(), nn.ReLU(), nn.Tanh()]))
    assert "(0-1): 2 x ReLU()" in text
    assert "(2): Tanh()" in text


# Draws


def test_same_seed_same_weights():
    torch.manual_seed(3)
    a = MLP().state_dict()
    torch.manual_seed(3)
    b = MLP().state_dict()
    c = MLP().state_dict()
    assert all(np.array_equal(a[k], b[k]) for k in a)
    assert not np.array_equal(a["fc1.weight"], c["fc1.weight"])


def test_a_generator_of_ones_own_leaves_the_default_alone():
    torch.manual_seed(0)
    expected = torch.default_generator().random()
    torch.manual_seed(0)
    a, b = (MLP(np.random.default_rng(5)).state_dict() for _ in range(2))
    assert all(np.array_equal(a[k], b[k]) for k in a)
    assert torch.default_generator().random() == expected
    with pytest.raises(TypeError, match=r"np\.random\.default_rng"):
        nn.Linear(2, 2, rng=0)

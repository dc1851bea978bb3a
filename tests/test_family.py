"""The family of convolutional networks: counts against the published ones, and against networks that are built."""

import numpy as np
import pytest

from groundup import Tensor, nn, no_grad
from groundup.family import Conv, Cost, Dense, Fork, Gate, Mean, Member, Pool, count, members

FAMILY = {one.name: one for one in members()}
COSTS = {name: count(one.layers, one.image) for name, one in FAMILY.items()}
# Parameters to the last one: LeNet-5 from its paper (156 + 12 + 1516 + 32 + 48120 + 10164); AlexNet and GoogLeNet as
# in Caffe's model zoo; the others as in torchvision.
EXACT = {
    "LeNet-5": 60_000,
    "AlexNet": 60_965_224,
    "VGG-16": 138_357_544,
    "GoogLeNet (Inception)": 6_998_552,
    "ResNet-18": 11_689_512,
    "ResNet-50": 25_557_032,
    "MobileNet v1": 4_231_976,
    "MobileNet v2": 3_504_872,
    "EfficientNet-B0": 5_288_548,
}


@pytest.mark.parametrize("name", FAMILY)
def test_parameters_are_the_known_ones(name):
    assert COSTS[name].parameters == EXACT[name]


@pytest.mark.parametrize("name", FAMILY)
def test_counts_are_those_of_the_papers(name):
    """The papers round, and count some small things in or out: within 7 %."""
    published = FAMILY[name].published
    assert any(published)
    for value, said in zip((COSTS[name].parameters, COSTS[name].multiply_adds), published, strict=True):
        assert said is None or value == pytest.approx(said, rel=0.07)


def test_multiply_adds_of_vgg_and_alexnet_are_the_known_ones():
    assert COSTS["VGG-16"].multiply_adds == 15_470_264_320
    assert COSTS["AlexNet"].multiply_adds == pytest.approx(724e6, rel=0.001)


@pytest.mark.parametrize(
    ("name", "depth"),
    [
        ("AlexNet", 8),
        ("VGG-16", 16),
        ("GoogLeNet (Inception)", 22),
        ("ResNet-18", 18),
        ("ResNet-50", 50),
        ("MobileNet v1", 28),
    ],
)
def test_depth_is_the_one_in_the_name(name, depth):
    assert COSTS[name].depth == depth


def test_every_network_ends_in_its_classes_and_they_are_in_order():
    assert {cost.shape for name, cost in COSTS.items() if name != "LeNet-5"} == {(1000, 1, 1)}
    assert COSTS["LeNet-5"].shape == (84, 1, 1)
    years = [one.year for one in members()]
    assert years == sorted(years) and all(isinstance(one, Member) for one in members())


def test_counts_agree_with_a_network_that_is_built():
    rng = np.random.default_rng(0)
    built = nn.Sequential(
        *(nn.Conv2d(2, 6, 3, stride=2, padding=1, groups=2, bias=False, rng=rng), nn.BatchNorm2d(6), nn.ReLU()),
        *(nn.MaxPool2d(2), nn.Conv2d(6, 4, 3, rng=rng), nn.Flatten(), nn.Linear(4 * 2 * 3, 5, rng=rng)),
    )
    layers = [Conv(6, 3, 2, 1, groups=2), Pool(2, 2), Conv(4, 3, padding=0, norm=False), Dense(5)]
    cost = count(layers, (2, 16, 20))
    with no_grad():
        assert built(Tensor(np.zeros((1, 2, 16, 20), np.float32))).shape == (1, 5)
    assert cost.parameters == built.num_parameters()
    assert cost.multiply_adds == 6 * 9 * 8 * 10 + 4 * 6 * 9 * 2 * 3 + 24 * 5
    assert (cost.depth, cost.shape) == (3, (5, 1, 1))


def test_forks_add_or_stack_and_gates_cost_little():
    road, shortcut = [Conv(8, 3), Conv(8, 1)], []
    assert count([Fork([road, shortcut], "add")], (8, 5, 5)).shape == (8, 5, 5)
    assert count([Fork([road, shortcut], "stack")], (8, 5, 5)) == Cost(
        8 * 8 * 9 + 16 + 64 + 16, (8 * 8 * 9 + 64) * 25, 2, (16, 5, 5)
    )
    assert count([Gate(2), Mean()], (8, 5, 5)) == Cost(32 + 2 + 8, 32, 0, (8, 1, 1))
    assert count([Pool(3, 2, up=True)], (1, 6, 6)).shape == (1, 3, 3)
    assert count([Pool(3, 2)], (1, 6, 6)).shape == (1, 2, 2)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ([Fork([[Conv(4, 3)], []], "add")], "cannot be joined by 'add'"),
        ([Fork([[Conv(4, 3, 2)], []], "stack")], "cannot be joined"),
        ([Fork([[], []], "glue")], "cannot be joined by 'glue'"),
        ([Conv(4, 3, groups=2)], "2 groups do not divide 3 channels"),
        ([Pool(9, 1)], "a window of 9 does not fit into 7"),
        (["conv"], "Conv, Pool, Mean, Dense, Fork and Gate, and got 'conv'"),
    ],
)
def test_what_does_not_fit_is_refused(layers, words):
    with pytest.raises(ValueError, match=words):
        count(layers, (3, 7, 7))

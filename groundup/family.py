"""The family of convolutional networks as lists of layers, and what each one costs: weights, multiply-adds, depth.

A network is a list of the layers below, from top to bottom; a list inside `Fork` is a side road. ``count`` walks
through it with the shape of an image and adds up. Nothing here computes with images: for that there is `groundup.nn`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, prod
from typing import NamedTuple

Shape = tuple[int, int, int]  # channels, height, width


class Conv(NamedTuple):
    """A convolution; without bias where a batch norm (2 weights a channel) follows, with bias otherwise.

    ``padding`` None keeps the size at stride 1. ``pairs``: so many of the in × out pairs of channels are connected
    (None: all of one group). ``groups`` -1: each channel by itself, as in a depthwise convolution.
    """

    out: int
    kernel: int
    stride: int = 1
    padding: int | None = None
    groups: int = 1
    norm: bool = True
    pairs: int | None = None


class Pool(NamedTuple):
    """A window that takes the largest or the mean. ``weights``: so many learnt numbers a channel (LeNet-5 has 2).

    ``up``: a last window that reaches over the edge counts too.
    """

    kernel: int
    stride: int
    padding: int = 0
    up: bool = False
    weights: int = 0


class Mean(NamedTuple):
    """The mean of each channel: (c, h, w) → (c, 1, 1)."""


class Dense(NamedTuple):
    """A fully connected layer of ``out`` units with biases."""

    out: int


class Fork(NamedTuple):
    """Several roads from one place. Their ends are added (``join`` "add") or laid side by side ("stack").

    An empty road is the identity.
    """

    roads: Sequence[Sequence]
    join: str


class Gate(NamedTuple):
    """Squeeze-and-excitation: the channels' means, through two small layers, become a factor for each channel."""

    hidden: int


@dataclass(frozen=True)
class Cost:
    """What a network costs.

    Attributes:
        parameters: numbers that are learnt.
        multiply_adds: products that are added up for one image, biases and norms not counted.
        depth: layers with a kernel or a matrix on the longest road; gates and shortcuts not counted.
        shape: of what comes out.
    """

    parameters: int
    multiply_adds: int
    depth: int
    shape: Shape


def count(layers: Sequence, shape: Shape) -> Cost:
    """Walk an image of ``shape`` through the layers and add up what they cost.

    Raises:
        ValueError: a layer does not fit what it gets.
    """
    parameters = multiply_adds = depth = 0
    for layer in layers:
        one = _cost(layer, shape)
        parameters, multiply_adds = parameters + one.parameters, multiply_adds + one.multiply_adds
        depth, shape = depth + one.depth, one.shape
    return Cost(parameters, multiply_adds, depth, shape)


def _cost(layer: NamedTuple, shape: Shape) -> Cost:
    channels, height, width = shape
    match layer:
        case Conv():
            return _conv(layer, shape)
        case Pool(kernel, stride, padding, up, weights):
            high, wide = (_places(n, kernel, stride, padding, up) for n in (height, width))
            return Cost(weights * channels, 0, 0, (channels, high, wide))
        case Mean():
            return Cost(0, 0, 0, (channels, 1, 1))
        case Dense(out):
            return Cost((prod(shape) + 1) * out, prod(shape) * out, 1, (out, 1, 1))
        case Gate(hidden):
            products = 2 * channels * hidden
            return Cost(products + hidden + channels, products, 0, shape)
        case Fork(roads, join):
            return _fork([count(road, shape) for road in roads], join)
    raise ValueError(f"count() knows Conv, Pool, Mean, Dense, Fork and Gate, and got {layer!r}.")


def _places(n: int, kernel: int, stride: int, padding: int, up: bool = False) -> int:
    room = n + 2 * padding - kernel
    if room < 0:
        raise ValueError(f"a window of {kernel} does not fit into {n} pixels with a padding of {padding}.")
    return (ceil(room / stride) if up else room // stride) + 1


def _conv(layer: Conv, shape: Shape) -> Cost:
    channels, height, width = shape
    groups = channels if layer.groups == -1 else layer.groups
    if channels % groups or layer.out % groups:
        raise ValueError(f"{groups} groups do not divide {channels} channels in and {layer.out} out.")
    padding = layer.kernel // 2 if layer.padding is None else layer.padding
    high, wide = (_places(n, layer.kernel, layer.stride, padding) for n in (height, width))
    pairs = channels * layer.out // groups if layer.pairs is None else layer.pairs
    kernels = pairs * layer.kernel**2
    extra = 2 * layer.out if layer.norm else layer.out
    return Cost(kernels + extra, kernels * high * wide, 1, (layer.out, high, wide))


def _fork(roads: list[Cost], join: str) -> Cost:
    shapes = [road.shape for road in roads]
    same = {shape if join == "add" else shape[1:] for shape in shapes}
    if join not in ("add", "stack") or len(same) != 1:
        raise ValueError(f"the roads of a fork end in {shapes} and cannot be joined by {join!r}.")
    channels = shapes[0][0] if join == "add" else sum(shape[0] for shape in shapes)
    parameters, products = (sum(getattr(road, name) for road in roads) for name in ("parameters", "multiply_adds"))
    return Cost(parameters, products, max(road.depth for road in roads), (channels, *shapes[0][1:]))


# ---- The networks ---------------------------------------------------------------------------------------------------


def lenet5() -> list:
    """LeCun, Bottou, Bengio, Haffner 1998; its ten output units compare with fixed patterns and learn nothing."""
    c3 = Conv(16, 5, padding=0, norm=False, pairs=60)  # a table says which 60 of the 6 × 16 pairs there are
    return [
        *(Conv(6, 5, padding=0, norm=False), Pool(2, 2, weights=2), c3, Pool(2, 2, weights=2)),
        *(Conv(120, 5, padding=0, norm=False), Dense(84)),
    ]


def alexnet() -> list:
    """Krizhevsky, Sutskever, Hinton 2012; the groups are its two graphics cards."""
    return [
        *(Conv(96, 11, 4, padding=0, norm=False), Pool(3, 2), Conv(256, 5, groups=2, norm=False), Pool(3, 2)),
        *(Conv(384, 3, norm=False), Conv(384, 3, groups=2, norm=False), Conv(256, 3, groups=2, norm=False)),
        *(Pool(3, 2), Dense(4096), Dense(4096), Dense(1000)),
    ]


def vgg16() -> list:
    """Simonyan and Zisserman 2014: nothing but 3 × 3."""
    stages = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]
    convolutions = [[*[Conv(width, 3, norm=False)] * n, Pool(2, 2)] for width, n in stages]
    return [*_flat(convolutions), Dense(4096), Dense(4096), Dense(1000)]


def googlenet() -> list:
    """Szegedy and others 2014 (Inception): four roads beside each other, their results stacked."""
    modules = {
        "3": [(64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)],
        "4": [
            *((192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64)),
            *((112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128)),
        ],
        "5": [(256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)],
    }
    three, four, five = ([_inception(*widths) for widths in stage] for stage in modules.values())
    down = Pool(3, 2, up=True)
    return [
        *(_plain(64, 7, 2), down, _plain(64, 1), _plain(192, 3), down),
        *(*three, down, *four, down, *five, Mean(), Dense(1000)),
    ]


def _plain(out: int, kernel: int, stride: int = 1) -> Conv:
    return Conv(out, kernel, stride, norm=False)


def _inception(one: int, three_in: int, three: int, five_in: int, five: int, pooled: int) -> Fork:
    roads = [
        [_plain(one, 1)],
        [_plain(three_in, 1), _plain(three, 3)],
        [_plain(five_in, 1), _plain(five, 5)],
        [Pool(3, 1, 1), _plain(pooled, 1)],
    ]
    return Fork(roads, "stack")


def resnet18() -> list:
    """He, Zhang, Ren, Sun 2015: two 3 × 3 convolutions beside a shortcut."""
    return _resnet((2, 2, 2, 2), bottleneck=False)


def resnet50() -> list:
    """He, Zhang, Ren, Sun 2015: narrow, 3 × 3, wide again, beside a shortcut."""
    return _resnet((3, 4, 6, 3), bottleneck=True)


def _resnet(blocks: Sequence[int], bottleneck: bool) -> list:
    layers, before = [Conv(64, 7, 2), Pool(3, 2, 1)], 64
    for stage, n in enumerate(blocks):
        width = 64 * 2**stage
        out = 4 * width if bottleneck else width
        for k in range(n):
            stride = 2 if stage and not k else 1
            narrow = [Conv(width, 1, stride), Conv(width, 3), Conv(out, 1)]
            road = narrow if bottleneck else [Conv(width, 3, stride), Conv(width, 3)]
            shortcut = [] if before == out else [Conv(out, 1, stride)]
            layers.append(Fork([road, shortcut], "add"))
            before = out
    return [*layers, Mean(), Dense(1000)]


def mobilenet_v1() -> list:
    """Howard and others 2017: each convolution split in two, over places (depthwise) and over channels (1 × 1)."""
    steps = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
    layers, before = [Conv(32, 3, 2)], 32
    for out, stride in steps:
        layers += [Conv(before, 3, stride, groups=-1), Conv(out, 1)]
        before = out
    return [*layers, Mean(), Dense(1000)]


def mobilenet_v2() -> list:
    """Sandler and others 2018: wide inside, narrow between, and the shortcut joins the narrow places."""
    stages = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    layers = _inverted([(grow, out, n, stride, 3) for grow, out, n, stride in stages], gates=False)
    return [Conv(32, 3, 2), *layers, Conv(1280, 1), Mean(), Dense(1000)]


def efficientnet_b0() -> list:
    """Tan and Le 2019: MobileNet v2's blocks with gates, in sizes found by a search."""
    stages = [
        *((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3)),
        *((6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3)),
    ]
    return [Conv(32, 3, 2), *_inverted(stages, gates=True), Conv(1280, 1), Mean(), Dense(1000)]


def _inverted(stages: Sequence[tuple], gates: bool) -> list:
    layers, before = [], 32
    for grow, out, n, first, kernel in stages:
        for k in range(n):
            inside, stride = grow * before, first if not k else 1
            road = [Conv(inside, 1)] if grow > 1 else []
            road += [Conv(inside, kernel, stride, groups=-1), *([Gate(before // 4)] if gates else []), Conv(out, 1)]
            layers += [Fork([road, []], "add")] if stride == 1 and before == out else road
            before = out
    return layers


def _flat(lists: Sequence[Sequence]) -> Iterator:
    return (layer for one in lists for layer in one)


class Member(NamedTuple):
    """A network of the family: its layers, the image that it takes, and what its authors published.

    ``published``: parameters and multiply-adds as the paper says them, None where it does not.
    """

    name: str
    year: int
    layers: list
    image: Shape
    published: tuple[float | None, float | None]


def members() -> list[Member]:
    """Return the family, oldest first."""
    photo = (3, 224, 224)
    return [
        Member("LeNet-5", 1998, lenet5(), (1, 32, 32), (60_000, None)),
        Member("AlexNet", 2012, alexnet(), (3, 227, 227), (60e6, None)),
        Member("VGG-16", 2014, vgg16(), photo, (138e6, None)),
        Member("GoogLeNet (Inception)", 2014, googlenet(), photo, (6.8e6, 1.5e9)),
        Member("ResNet-18", 2015, resnet18(), photo, (None, 1.8e9)),
        Member("ResNet-50", 2015, resnet50(), photo, (None, 3.8e9)),
        Member("MobileNet v1", 2017, mobilenet_v1(), photo, (4.2e6, 569e6)),
        Member("MobileNet v2", 2018, mobilenet_v2(), photo, (3.4e6, 300e6)),
        Member("EfficientNet-B0", 2019, efficientnet_b0(), photo, (5.3e6, 0.39e9)),
    ]

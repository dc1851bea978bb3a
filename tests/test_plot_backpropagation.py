"""Graphs of calculations: where nodes and wires lie, what stands in the boxes, what is refused."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest

from groundup import plotting
from groundup.plotting.backpropagation import ancestry, number, title
from groundup.plotting.layered import HALF, layered
from groundup.scalar import Value

DIAMOND = [[], [], [0, 1], [2, 0], [2, 3], [4, 4]]


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def random_graph(rng, n):
    """Nodes made from one or two earlier ones."""
    return [[], *([int(u) for u in rng.integers(0, v, 1 + v % 2)] for v in range(1, n))]


@pytest.mark.parametrize("inputs", [DIAMOND, *(random_graph(np.random.default_rng(k), 14) for k in range(4))])
def test_nodes_keep_apart_and_wires_lead_from_their_start_to_their_end(inputs):
    places, wires = layered(inputs)
    for a, b in itertools.combinations(places, 2):
        assert abs(a[0] - b[0]) >= 1 or abs(a[1] - b[1]) > 1 - 1e-9
    for v, given in enumerate(inputs):
        assert len(wires[v]) == len(given)
        for u, wire in zip(given, wires[v], strict=True):
            np.testing.assert_allclose(wire[0], places[u] + (HALF, 0))
            assert wire[-1][0] == pytest.approx(places[v][0] - HALF)
            assert abs(wire[-1][1] - places[v][1]) < 0.2
            assert (np.diff(wire[:, 0]) > 0).all(), "a wire goes to the right"


def test_an_input_stands_just_before_its_first_use():
    places, _ = layered([[], [], [0, 1], [2], [], [3, 4]])
    assert places[:, 0].tolist() == [0, 0, 1, 2, 2, 3]


def test_a_wire_past_a_column_passes_between_its_nodes():
    inputs = [[], [0], [1], [2, 0]]
    places, wires = layered(inputs)
    long = wires[3][1]
    for v in (1, 2):
        beside = long[np.abs(long[:, 0] - places[v, 0]) <= HALF]
        assert len(beside) and (np.abs(beside[:, 1] - places[v, 1]) > 0.37).all()


def test_the_same_input_twice_gives_two_wires_that_part():
    _, wires = layered(DIAMOND)
    first, second = wires[5]
    assert first[len(first) // 2, 1] - second[len(second) // 2, 1] > 0.3


def test_wires_that_need_not_cross_do_not():
    # Two chains, their nodes made in turn, and their inputs in the other order.
    inputs = [[], [], [1], [0], [2], [3], [5, 4]]
    places, _ = layered(inputs)
    upper = places[[0, 3, 5], 1]
    lower = places[[1, 2, 4], 1]
    assert (upper > lower).all() or (upper < lower).all()


def test_one_node_and_wrong_order():
    assert layered([[]]).places.tolist() == [[0, 0]]
    with pytest.raises(ValueError, match="node 0 is not"):
        layered([[1], []])


@pytest.fixture
def example():
    a, b = Value(3), Value(-2)
    last = (a * b + a) ** 2
    last.backward()
    return a, b, last


def words(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_the_graph_shows_names_values_gradients_and_slopes(example):
    a, b, last = example
    ax = plotting.graph(last, names={"a": a, "b": b, "L": last}, slopes=True)
    boxes = [words(ax)[i : i + 3] for i, word in enumerate(words(ax)) if word in ("a", "b", "×", "+", "L = square")]
    wanted = [["a", "3", "6"], ["b", "−2", "−18"], ["×", "−6", "−6"], ["+", "−3", "−6"], ["L = square", "9", "1"]]
    assert sorted(boxes) == sorted(wanted)
    assert sorted(w for w in words(ax) if w.startswith("× ")) == sorted(["× 1", "× 1", "× −2", "× 3", "× −6"])
    assert len(ax.patches) == 5


def test_without_gradients_there_are_only_values(example):
    _, _, last = example
    shown = words(plotting.graph(last, gradients=False))
    assert "−18" not in shown and "9" in shown


def test_any_class_with_parents_will_do():
    class Node:
        def __init__(self, data, parents=()):
            self.data, self.grad, self.parents = data, 0.5, parents

    x = Node(1.25)
    assert words(plotting.graph(Node(2.0, (x, x)), names={"x": x})) == ["x", "1.25", "0.5", "number", "2", "0.5"]


def test_what_cannot_be_drawn_is_refused():
    v = Value(1.0)
    for _ in range(60):
        v = v.tanh()
    with pytest.raises(ValueError, match="at most 60 nodes and this has 61"):
        plotting.graph(v)
    with pytest.raises(ValueError, match="such as a Value, was wanted, and float came"):
        plotting.graph(3.0)


def test_ancestry_gives_inputs_before_what_uses_them_and_needs_no_recursion():
    v = start = Value(1.0)
    for _ in range(5000):
        v = v + start
    nodes = ancestry(v)
    assert len(nodes) == 5001 and nodes[0] is start and nodes[-1] is v
    seen = set()
    for node in nodes:
        assert all(id(p) in seen for p in node.parents)
        seen.add(id(node))


def test_numbers_and_titles_in_words():
    assert [number(x) for x in (-0.0, -2.0, 1 / 3, 1234.6, 1e-9)] == ["0", "−2", "0.333", "1230", "1e−09"]
    v = Value(2.0)
    assert [title(n) for n in (v, v * v, v**2, v**-1, v**0.5, v.tanh())] == [
        "number",
        "×",
        "square",
        "1 / ·",
        "power 0.5",
        "tanh",
    ]
    assert title(v + v, "s") == "s = +" and title(v, "v") == "v"


def test_costs_are_drawn_as_they_are():
    ax = plotting.gradient_costs([10, 100], {"nudging": [20, 200], "backward": [2, 2]})
    assert [line.get_ydata().tolist() for line in ax.lines] == [[20, 200], [2, 2]]
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert [t.get_text().strip() for t in ax.texts] == ["nudging", "backward"]

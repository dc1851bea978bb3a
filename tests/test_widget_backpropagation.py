"""The figure that steps through a graph: values, bills and words at each step, and the bug that can be switched on."""

import json

import numpy as np
import pytest

from groundup import widgets
from groundup.widgets.backpropagation import EXPRESSIONS, MOST, made, moment, step_scene, total
from groundup.widgets.scene import parts


def nudged(name, a, b, h=1e-6):
    """The slopes of an expression for a and b, by nudging."""

    def at(a, b):
        return made(name, a, b)[0][-1].data

    return (at(a + h, b) - at(a - h, b)) / (2 * h), (at(a, b + h) - at(a, b - h)) / (2 * h)


@pytest.mark.parametrize("name", EXPRESSIONS)
@pytest.mark.parametrize(("a", "b"), [(3.0, -2.0), (0.5, 1.5), (-1.0, -0.5)])
def test_at_the_end_the_inputs_have_the_slopes_that_nudging_finds(name, a, b):
    nodes, names = made(name, a, b)
    bills = moment(nodes, total(nodes)).bills
    inputs = {names[node]: bills[node] for node in nodes if not node.parents and node in names}
    assert (inputs["a"], inputs["b"]) == pytest.approx(nudged(name, a, b), abs=1e-6)


def test_the_slider_reaches_the_end_of_every_expression():
    assert max(total(made(name, 1.0, 1.0)[0]) for name in EXPRESSIONS) == MOST


def test_forward_first_then_the_first_bill_then_one_node_a_step():
    nodes, names = made("(a·b + a)²", 3.0, -2.0)
    assert total(nodes) == 7
    known = [len(moment(nodes, k).known) for k in range(8)]
    billed = [len(moment(nodes, k).bills) for k in range(8)]
    assert known == [2, 3, 4, 5, 5, 5, 5, 5]
    assert billed == [0, 0, 0, 0, 1, 2, 4, 5]
    assert "sends −6 × −2 = 12 to a (which had −6), −6 × 3 = −18 to b." in moment(nodes, 7, names=names).words


def test_the_bug_hits_what_is_used_twice_and_is_told():
    right = step_scene(7, 3.0, -2.0)
    wrong = step_scene(7, 3.0, -2.0, overwrite=True)
    assert right["status"].endswith("Every bill is paid.") and "rule: gradient += bill" in right["status"]
    assert wrong["status"].endswith("Every bill is paid, but a should have 6.") and "gradient = bill" in wrong["status"]
    assert "(the −6 it had is lost)" in wrong["status"]


def test_a_node_pays_when_all_its_bills_are_in():
    nodes, _ = made("s + s², s = a·b", 3.0, -2.0)
    product = next(node for node in nodes if node.op == "*")
    assert moment(nodes, 6).bills[product] == -11
    assert moment(nodes, 7).bills[nodes[0]] == 22


def shown(scene):
    flat = parts(scene)
    json.dumps(flat, allow_nan=False)
    return [part["text"] for part in flat.values() if part.get("kind") == "text" and part["text"]]


def test_what_is_not_known_yet_is_not_shown():
    assert shown(step_scene(0, 3.0, -2.0)) == ["a", "3", "b", "−2", "×", "+", "L = square"]
    assert "9" in shown(step_scene(3, 3.0, -2.0)) and "−18" in shown(step_scene(7, 3.0, -2.0))


def test_steps_beyond_the_end_stay_at_the_end():
    assert parts(step_scene(MOST, 3.0, -2.0)) == parts(step_scene(7, 3.0, -2.0))


def test_the_wires_of_the_last_step_are_thick():
    flat = parts(step_scene(6, 3.0, -2.0))
    thick = [part for part in flat.values() if part.get("kind") == "line" and part["width"] == 4]
    assert len(thick) == 2
    assert not [part for part in parts(step_scene(4, 3.0, -2.0)).values() if part.get("width") == 4]


def test_every_control_changes_the_figure():
    figure = widgets.step_through()
    for control, value in {"step": 1, "a": 2.5, "b": -2.5, "L": "tanh(a·b + a)·a", "overwrite": True}.items():
        before = figure.parts()
        figure.move(**{control: value})
        assert figure.parts() != before, control
    figure.start_again()
    assert figure.values["step"] == 0 and figure.parts()[""]["status"].endswith("Step forward.")


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_extreme_inputs_can_be_drawn(name):
    for a, b in [(0.0, 0.0), (-3.0, -3.0), (3.0, 3.0)]:
        for step in range(MOST + 1):
            assert np.isfinite(parts(step_scene(step, a, b, name))["0"]["size"]).all()

"""The interactive figure of chapter 04 without a browser."""

import json

import pytest

from groundup import widgets
from groundup.plotting.tensor import EXPRESSIONS
from groundup.widgets.scene import parts
from groundup.widgets.tensor import shapes_scene


@pytest.mark.parametrize("expression", EXPRESSIONS)
@pytest.mark.parametrize("sizes", [(3, 4, 2), (1, 1, 1), (6, 6, 6), (1, 6, 2)], ids=str)
def test_every_scene_can_be_drawn(expression, sizes):
    flat = parts(shapes_scene(*sizes, expression))
    json.dumps(flat, allow_nan=False)
    width, height = flat["0"]["size"]
    assert width <= 780 and height <= 360, "it must fit into a notebook"


def test_the_layer_in_words():
    said = parts(shapes_scene(3, 4, 2, "z = x @ w + b"))[""]
    assert said["words"] == "The arrays of z = x @ w + b for n = 3, d = 4, k = 2, and below each its gradient."
    assert said["status"].splitlines() == [
        "n = 3, d = 4, k = 2.",
        "dz (3, 2): comes from above",
        "db (2,): dz (3, 2), summed over axis 0",
        "ds (3, 2): dz (3, 2)",
        "dw (4, 2): xᵀ @ ds (4, 2)",
        "dx (3, 4): ds @ wᵀ (3, 4)",
    ]


def test_a_bill_that_is_larger_is_dotted_and_has_an_arrow_for_each_axis():
    def marks(expression):
        return [part for key, part in parts(shapes_scene(3, 4, 2, expression)).items() if "." in key]

    dotted = {e: sum(m.get("dash") == ":" for m in marks(e)) for e in EXPRESSIONS}
    arrows = {e: sum(m["kind"] == "arrow" for m in marks(e)) for e in EXPRESSIONS}
    assert (dotted["z = x @ w + b"], arrows["z = x @ w + b"]) == (1, 1)
    assert (dotted["z = x * u"], arrows["z = x * u"]) == (1, 2)
    assert (dotted["z = u * v"], arrows["z = u * v"]) == (2, 2)
    assert (dotted["z = relu(x @ w) @ v"], arrows["z = relu(x @ w) @ v"]) == (0, 0)


def test_every_control_changes_the_figure():
    figure = widgets.shapes()
    for move in ({"n": 4}, {"d": 5}, {"k": 3}, {"expression": "z = u * v"}):
        before = figure.parts()
        figure.move(**move)
        assert figure.parts() != before
    before = figure.parts()
    figure.move(d=6)
    assert figure.parts()[""]["status"].startswith("n = 4, d = 6, k = 3."), "u * v has no d, and the words say so"
    assert {k: v for k, v in figure.parts().items() if k} == {k: v for k, v in before.items() if k}
    figure.start_again()
    assert figure.values == {"n": 3, "d": 4, "k": 2, "expression": "z = x @ w + b"}

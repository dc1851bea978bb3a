"""The figures of chapter 04: the steps that they draw are what arrays really do, and what they refuse."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from groundup import Tensor, ops, plotting
from groundup.plotting.tensor import EXPRESSIONS, Box, layout, sentence, steps, summed_axes

SIZES = [{"n": 3, "d": 4, "k": 2}, {"n": 1, "d": 5, "k": 6}, {"n": 4, "d": 1, "k": 1}, {"n": 1, "d": 1, "k": 1}]
each_expression = pytest.mark.parametrize("expression", EXPRESSIONS)
each_size = pytest.mark.parametrize("sizes", SIZES, ids=str)


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def computed(expression, sizes):
    """The steps; the given arrays as tensors with gradients, and z: computed by the package from the same words."""
    rng = np.random.default_rng(0)
    arrays = steps(expression, **sizes)
    found = {a.name: Tensor(rng.normal(size=a.shape), requires_grad=True) for a in arrays if not a.made}
    formula = expression.removeprefix("z = ").replace("−", "-")
    z = eval(formula, {"relu": Tensor.relu}, found)
    z.sum().backward()
    return arrays, found, z


@each_expression
@each_size
def test_the_shapes_are_those_of_the_packages_arrays(expression, sizes):
    arrays, given, z = computed(expression, sizes)
    by_name = {a.name: a for a in arrays}
    assert by_name["z"].shape == z.shape
    assert by_name["z"].bills == ()
    for name, t in given.items():
        assert by_name[name].shape == t.shape == t.grad.shape


@each_expression
@each_size
def test_each_bill_summed_over_its_axes_has_the_arrays_shape(expression, sizes):
    for array in steps(expression, **sizes):
        assert array.name == "z" or array.bills
        for bill in array.bills:
            grad = np.random.default_rng(1).normal(size=bill.shape)
            mine = grad.sum(axis=bill.summed).reshape(array.shape)
            np.testing.assert_allclose(mine, ops.unbroadcast(grad, array.shape))


@each_expression
def test_the_bills_formulas_give_the_gradients(expression):
    """The words of the formulas, evaluated from the last array to the first, are what backward finds."""
    arrays, given, _ = computed(expression, SIZES[0])
    values = {name: t.data for name, t in given.items()}
    for array in arrays:
        if array.made:
            formula = array.made.replace("−", "-")
            values[array.name] = eval(formula, {"relu": lambda a: np.maximum(a, 0)}, values)
    slopes = {"dz": np.ones_like(values["z"])}
    for array in sorted((a for a in arrays if a.name != "z"), key=lambda a: "sa".find(a.name), reverse=True):
        slopes[f"d{array.name}"] = sum(
            eval(in_python(bill.formula), {}, values | slopes).sum(axis=bill.summed).reshape(array.shape)
            for bill in array.bills
        )
    for name, t in given.items():
        np.testing.assert_allclose(slopes[f"d{name}"], t.grad.data, rtol=1e-12)


def in_python(formula):
    return formula.replace("ᵀ", ".T").replace("−", "-")


@pytest.mark.parametrize(
    ("shape", "stretched", "axes"),
    [
        ((4,), (3, 4), (0,)),
        ((3, 1), (3, 4), (1,)),
        ((), (3, 4), (0, 1)),
        ((1, 4), (1, 4), ()),
        ((2, 1), (5, 2, 3), (0, 2)),
    ],
)
def test_summed_axes(shape, stretched, axes):
    assert summed_axes(shape, stretched) == axes


def test_sentences_name_shapes_axes_and_both_bills():
    said = {a.name: sentence(a) for a in steps("z = (x + b) * x", n=3, d=4, k=2)}
    assert said["b"] == "db (2,): ds (3, 2), summed over axis 0"
    assert said["x"] == "dx (3, 2): dz * s (3, 2); plus ds (3, 2)"
    assert said["z"] == "dz (3, 2): comes from above"
    assert "over axes 0 and 1" in sentence(steps("z = x * u", n=3, d=4, k=2)[1])


def test_an_unknown_expression_is_refused():
    with pytest.raises(ValueError, match=r"z = x @ w \+ b.* and got 'x'"):
        steps("x", n=1, d=1, k=1)


@each_expression
@each_size
def test_boxes_have_the_arrays_sides_and_stay_in_the_picture(expression, sizes):
    arrays = steps(expression, **sizes)
    plan = layout(arrays)
    solid = [box for box in plan.boxes if not box.dashed]
    assert len(solid) == 2 * len(arrays)
    assert sorted(box.rows * box.columns for box in solid) == sorted(2 * [int(np.prod(a.shape)) for a in arrays])
    assert sum(box.dashed for box in plan.boxes) == sum(any(b.summed for b in a.bills) for a in arrays)
    for box in plan.boxes:
        assert box.left >= 0 and box.left + box.columns <= plan.width
        assert plan.low <= box.top - box.rows and box.top <= plan.high


def test_a_box_draws_each_rule_once():
    x, y = Box(1.0, 0.0, 2, 3, "input").lines()
    assert np.isnan(x).sum() == (2 + 1) + (3 + 1)
    assert (np.nanmin(x), np.nanmax(x), np.nanmin(y), np.nanmax(y)) == (1.0, 4.0, -2.0, 0.0)


@each_expression
def test_shapes_names_every_array_and_its_gradient(expression):
    said = [t.get_text() for t in plotting.shapes(expression).texts]
    for array in steps(expression, n=3, d=4, k=2):
        assert any(t.startswith(array.name) for t in said) and any(t.startswith(f"d{array.name}") for t in said)


def test_blocks_draw_what_they_are_given():
    ax = plotting.blocks([[("x", (3, 4), "input"), "@", ("?  w", (4, 2), "weight")], [("b", (2,), "weight")]])
    assert {"x", "@", "(3, 4)", "(4, 2)", "(2,)"} <= {t.get_text() for t in ax.texts}
    assert [line.get_linestyle() for line in ax.lines] == ["-", ":", "-"]


def test_repeat_and_sum_shows_the_sum():
    ax = plotting.repeat_and_sum(np.array([1.0, -2.0]), np.array([[1.0, 0.0], [-1.0, 2.0], [4.0, 3.0]]))
    said = [t.get_text() for t in ax.texts]
    assert said.count("−2") == 1 + 3  # the row, and three times in the table
    assert {"4", "5", "db (2,)"} <= set(said)


@pytest.mark.parametrize("shapes", [((2,), (3, 3)), ((1, 2), (3, 2)), ((2,), (2,))])
def test_repeat_and_sum_refuses_what_does_not_fit(shapes):
    with pytest.raises(ValueError, match="shapes"):
        plotting.repeat_and_sum(np.ones(shapes[0]), np.ones(shapes[1]))


def test_runs_beside_share_an_axis_and_a_level():
    axes = plotting.runs_beside(
        {"a": [2.0, 1.0], "b": [3.0, 30.0]}, labels=("step", "loss"), level=2.3, level_name="ln 10"
    )
    assert [ax.get_title(loc="left") for ax in axes.flat] == ["a", "b"]
    assert len({ax.get_ylim() for ax in axes.flat}) == 1
    for ax in axes.flat:
        level, run = ax.lines
        assert list(level.get_ydata()) == [2.3, 2.3] and len(run.get_ydata()) == 2 and ax.get_yscale() == "log"
    assert "ln 10" in [t.get_text() for t in axes.flat[0].texts]

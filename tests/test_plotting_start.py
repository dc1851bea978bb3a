"""The figures of lecture 00: they show the arrays' own numbers, and refuse shapes that do not fit."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Rectangle

from groundup import plotting


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def texts(ax) -> list[str]:
    return [t.get_text() for t in ax.texts]


def dotted(ax) -> int:
    return sum(box.get_linestyle() in (":", "dotted") for box in ax.patches if isinstance(box, Rectangle))


def test_broadcasting_shows_the_shapes_and_the_result():
    ax = plotting.broadcasting(np.array([[1.0, 2.0], [4.0, 8.0]]), np.array([1.0, 5.0]), np.subtract, "−")
    assert {"(2, 2)", "(2,)", "−", "="} <= set(texts(ax))
    assert {"0", "−3", "3"} <= set(texts(ax))  # 1 − 1, 2 − 5 and 4 − 1


@pytest.mark.parametrize(
    ("left", "right", "repeated"),
    [((3,), (3, 1), 6 + 6), ((3, 2), (2,), 4), ((3, 2), (3, 2), 0), ((2, 3), (), 5)],
)
def test_broadcasting_draws_repetitions_dotted(left, right, repeated):
    ax = plotting.broadcasting(np.ones(left), np.ones(right), np.add, "+")
    assert dotted(ax) == repeated


@pytest.mark.parametrize("shapes", [((3,), (2,)), ((2, 3, 4), (4,))])
def test_broadcasting_refuses_what_it_cannot_draw(shapes):
    with pytest.raises(ValueError, match="shape"):
        plotting.broadcasting(np.ones(shapes[0]), np.ones(shapes[1]), np.add, "+")


def test_product_shows_the_product_and_marks_one_entry():
    ax = plotting.product([[1, 2, 0], [0, 1, 3]], [[2, 0], [1, -1], [0, 1]], row=1, column=1)
    assert {"4", "−2", "(2, 3)", "(3, 2)", "(2, 2)"} <= set(texts(ax))
    marked = [box for box in ax.patches if box.get_facecolor()[3] > 0]
    assert len(marked) == 3 + 3 + 1  # a row of a, a column of b, one entry


def test_product_refuses_shapes_that_do_not_fit():
    with pytest.raises(ValueError, match=r"\(2, 3\).*\(2, 3\)"):
        plotting.product(np.ones((2, 3)), np.ones((2, 3)))


def test_stack_draws_every_image_and_names_every_axis():
    ax = plotting.stack(np.random.default_rng(0).random((4, 6, 5)))
    assert len(ax.images) == 4
    assert [t.split(":")[0] for t in texts(ax) if t] == ["axis 0", "axis 1", "axis 2"]
    front = max(ax.images, key=lambda image: image.get_zorder())
    assert front.get_extent()[0] == 0  # the first image lies in front, at the lower left

"""The canvas in real JupyterLab: drawn on with the mouse, a finger and by keyboard, and read by the network."""

import re

import pytest

import lab
from groundup.handwriting import DIGITS

OWN = """rng = np.random.default_rng(0)
own = nn.Sequential(nn.Flatten(), nn.Linear(784, 10, rng=rng))"""
CELLS = [
    "import numpy as np\nfrom groundup import nn, widgets",
    *("widgets.draw_digit()", OWN, "widgets.draw_digit(own)", "widgets.kernel_explorer()"),
]
# Of each panel the shape that it has on the page, and the one that was asked for.
SHAPES = """[...document.querySelectorAll('.groundup-panel')].map(panel => {
    const box = panel.getBoundingClientRect(), asked = panel.querySelector('svg').viewBox.baseVal;
    return [box.width / box.height, asked.width / asked.height]; })"""


@pytest.fixture
def figures(page, served):
    """The canvas with the shipped weights, one with a model of the learner's, and the kernel explorer."""
    lab.upload(served, "drawing.ipynb", CELLS)
    lab.open_notebook(page, *served, "drawing.ipynb")
    lab.run_all(page)
    assert lab.errors(page) == []
    found = page.locator(".groundup-figure")
    assert found.count() == 3
    return found


def canvas(figure):
    return figure.locator(".groundup-pad canvas")


def places(figure, name, scale=1.0, right=0.0, down=0.0):
    """The strokes of a ready-made digit as points of the page, to be drawn by hand."""
    canvas(figure).scroll_into_view_if_needed()
    box = canvas(figure).bounding_box()
    for stroke in DIGITS[name]:
        points = scale * stroke + (right, down)
        yield [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]


def draw(page, figure, name, **where):
    """Draw a digit with the mouse."""
    for stroke in places(figure, name, **where):
        page.mouse.move(*stroke[0])
        page.mouse.down()
        for point in stroke[1:]:
            page.mouse.move(*point)
        page.mouse.up()


def reads(figure, digit):
    """Wait until the figure says that it reads a digit."""
    figure.locator(".groundup-status").get_by_text(re.compile(f"It reads a {digit}, ")).wait_for(timeout=15_000)


def test_digits_drawn_with_the_mouse_are_read(page, console, figures):
    shapes = page.evaluate(SHAPES)
    assert len(shapes) == 4 + 2 + 3 and all(abs(here / asked - 1) < 0.02 for here, asked in shapes), shapes
    figure = figures.nth(0)
    empty = lab.shown(figure)
    draw(page, figure, "7")
    reads(figure, 7)
    seven = lab.shown(figure)
    # What it gets, the bars and all 24 feature maps have changed, and the canvas itself.
    assert sum(a != b for a, b in zip(seven, empty, strict=True)) >= 20
    assert figure.locator(".groundup-panels").get_attribute("aria-label").startswith("A drawing, the picture of")
    figure.get_by_role("button", name="Clear").click()
    figure.get_by_text("Draw a digit, or choose a ready-made one.").wait_for()
    assert lab.shown(figure) == empty
    draw(page, figure, "3", scale=0.5, right=0.4, down=0.05)
    reads(figure, 3)
    draw(page, figures.nth(1), "0")
    figures.nth(1).get_by_text("It reads a").wait_for()
    assert figures.nth(1).locator("canvas").count() == 2, "no feature maps: the model has no convolution"


@pytest.mark.parametrize("theme", ["light"], indirect=True, scope="session")
def test_the_prediction_follows_the_stroke_before_it_ends(page, console, figures):
    figure = figures.nth(0)
    (stroke,) = places(figure, "2")
    page.mouse.move(*stroke[0])
    page.mouse.down()
    said = set()
    for point in stroke[1:]:
        page.mouse.move(*point)
        page.wait_for_timeout(60)
        said.add(figure.locator(".groundup-status").inner_text())
    assert len(said) > 3, "it changes while the mouse is still down"
    # Outside of the canvas the stroke goes on along its edge, and that the button is released is noticed there.
    page.mouse.move(5, 5)
    page.mouse.up()
    page.wait_for_timeout(500)
    after = lab.shown(figure)
    page.mouse.move(*stroke[4])
    page.mouse.move(*stroke[9])
    page.wait_for_timeout(500)
    assert lab.shown(figure) == after, "a mouse without a pressed button draws nothing"


@pytest.mark.parametrize("theme", ["light"], indirect=True, scope="session")
def test_by_keyboard_and_by_finger(page, console, figures):
    figure = figures.nth(0)
    ready = figure.get_by_role("combobox", name="ready-made")
    ready.focus()
    for digit in ("0", "1", "2"):
        page.keyboard.press("ArrowDown")
        reads(figure, digit)
    assert ready.input_value() == "2"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    figure.get_by_text("Draw a digit, or choose a ready-made one.").wait_for()
    assert ready.input_value() == ""
    assert page.locator(".jp-Notebook .jp-Cell").count() == len(CELLS)

    finger = page.context.new_cdp_session(page)
    scrolled = page.evaluate("document.querySelector('.jp-WindowedPanel-outer, .jp-Notebook').scrollTop")
    for stroke in places(figure, "4"):
        for k, (x, y) in enumerate(stroke):
            kind = "touchMove" if k else "touchStart"
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    reads(figure, 4)
    assert page.evaluate("document.querySelector('.jp-WindowedPanel-outer, .jp-Notebook').scrollTop") == scrolled

"""Interactive figures in real JupyterLab: they answer keys and mouse, and say in words what is wrong."""

import pytest

import lab

CELLS = [
    "from groundup import widgets\nfrom groundup.widgets.scene import image, panel, points, scene",
    "widgets.race()",
    "widgets.learning_rate()",
    """def draw(u, dark, go):
    marks = [points([u], [0.5]), image([[0, 1], [1, 0.5]], extent=(0, 0.2, 0, 0.2))][: 1 + dark]
    return scene(panel(*marks, x=(0, 1), y=(0, 1)), words=f"u is {1 / (1 - u):.1f}", status=f"pressed {go}")""",
    """widgets.explore(draw, u=widgets.slider(0.0, 1.0, 0.8), dark=widgets.switch(), go=widgets.button("Go"))""",
]


@pytest.fixture
def figures(page, served):
    """The figures of a notebook that has been run."""
    lab.upload(served, "widgets.ipynb", CELLS)
    lab.open_notebook(page, *served, "widgets.ipynb")
    lab.run_all(page)
    assert lab.errors(page) == []
    found = page.locator(".groundup-figure")
    assert found.count() == 3
    return found


def status(figure):
    return figure.locator(".groundup-status")


# Opening the notebook and running it takes most of the time, so each test looks at several things; the first is made
# in both themes, the others in one.
in_light = pytest.mark.parametrize("theme", ["light"], indirect=True, scope="session")


def test_the_race_answers_the_keyboard(page, console, figures, theme):
    assert page.locator(f'body[data-jp-theme-light="{str(theme == "light").lower()}"]').count() == 1
    figure = figures.nth(0)
    birds = figure.locator("svg").first.locator("path[fill='#0072B2']").first
    assert birds.get_attribute("d").count("M") > 100
    birds.evaluate("birds => { birds.sameAsBefore = true }")
    slider = figure.get_by_role("slider", name="w₁")
    before, said = lab.shown(figure), status(figure).inner_text()
    assert "0 moves" in said
    slider.focus()
    page.keyboard.press("ArrowRight")
    status(figure).get_by_text("1 move.").wait_for()
    assert status(figure).inner_text() != said
    after = lab.shown(figure)
    assert len(after) == len(before)
    # The cut, the arrow (shaft, head, its w), the background and both curves with their dots; not the axes.
    assert 6 <= sum(a != b for a, b in zip(after, before, strict=True)) <= 12
    assert birds.evaluate("birds => birds.sameAsBefore"), "the 274 birds are not drawn again"
    assert slider.get_attribute("aria-valuetext") == "1.25"
    every_key_stays_with_the_controls(page, figure)


def every_key_stays_with_the_controls(page, figure):
    """JupyterLab would take arrows to go to another cell, x to cut a cell, a and b to add one."""
    figure.get_by_role("slider", name="w₁").focus()
    for name in ("w₂", "b"):
        page.keyboard.press("Tab")
        focused = figure.get_by_role("slider", name=name)
        for key in ("ArrowUp", "ArrowDown", "PageUp", "Home", "End", "ArrowLeft", "x", "a", "b"):
            page.keyboard.press(key)
            assert focused.evaluate("slider => slider === document.activeElement"), key
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    status(figure).get_by_text("0 moves").wait_for()
    assert figure.get_by_role("slider", name="w₂").input_value() == "1"
    assert page.locator(".jp-Notebook .jp-Cell").count() == len(CELLS)


@in_light
def test_mouse_choice_switch_and_button(page, console, figures):
    figure = figures.nth(1)
    slider = figure.get_by_role("slider", name="learning rate")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 12, box["y"] + box["height"] / 2)
    status(figure).get_by_text("blown up").wait_for()
    figure.get_by_role("combobox", name="flipper").select_option("decimetres")
    status(figure).get_by_text("The limit here is 0.198").wait_for()
    figure.get_by_role("button", name="Start again").click()
    status(figure).get_by_text("off by 0.393 kg, where").wait_for()
    assert figure.get_by_role("combobox").input_value() == "scaled"

    figure = figures.nth(2)
    assert figure.locator("canvas").count() == 0
    figure.get_by_role("checkbox", name="dark").press("Space")
    figure.locator("canvas").wait_for()
    figure.get_by_role("button", name="Go").press("Enter")
    status(figure).get_by_text("pressed 1").wait_for()
    figure.get_by_role("checkbox", name="dark").press("Space")
    figure.locator("canvas").wait_for(state="detached")


@in_light
def test_names_for_screen_readers_and_exceptions_in_words(page, console, figures):
    for k in range(3):
        assert figures.nth(k).get_by_role("img").get_attribute("aria-label")
        assert status(figures.nth(k)).get_attribute("aria-live") == "polite"
    names = page.evaluate("[...document.querySelectorAll('.groundup-figure [id]')].map(node => node.id)")
    assert len(names) > 6 and len(set(names)) == len(names), "two figures on a page share a name"

    figure = figures.nth(2)
    slider = figure.get_by_role("slider", name="u")
    assert figure.get_by_role("img").get_attribute("aria-label") == "u is 5.0"
    slider.press("ArrowLeft")
    page.wait_for_function("document.querySelectorAll('.groundup-panels')[2].ariaLabel === 'u is 3.3'")
    slider.press("End")
    figure.get_by_text("ZeroDivisionError: float division by zero (in draw, line 3").wait_for()
    slider.press("Home")
    page.wait_for_function("document.querySelectorAll('.groundup-problem')[2].textContent === ''")


@in_light
def test_a_kernel_that_is_gone_is_said_in_words(page, served, figures):
    restart_kernel(page)
    figure = page.locator(".groundup-figure").first
    figure.get_by_role("slider", name="b").press("ArrowRight")
    figure.get_by_text("No answer from Python yet").wait_for(timeout=15_000)

    # Saved with its outputs, and opened again: the widgets' manager finds no model, and the caption says what to do.
    lab.choose(page, "File", "Save Notebook")
    page.wait_for_function("() => !document.querySelector('.jp-mod-dirty')")
    restart_kernel(page)
    lab.open_notebook(page, *served, "widgets.ipynb")
    page.get_by_text("model not found").first.wait_for()
    assert page.get_by_text("If no figure stands above, run the cells down to this one.").count() == 3
    lab.run_all(page)
    figure = page.locator(".groundup-figure").first
    figure.get_by_role("slider", name="b").press("ArrowRight")
    status(figure).get_by_text("1 move.").wait_for()


def restart_kernel(page):
    lab.choose(page, "Kernel", "Restart Kernel…")
    page.locator(".jp-Dialog button.jp-mod-accept").click()
    page.wait_for_timeout(1000)
    lab.wait_idle(page)

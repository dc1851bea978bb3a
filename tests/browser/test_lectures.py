"""Lectures in real JupyterLab as a learner has them.

The start page and chapter 1 are run wholly: they open, Run All goes through, every picture has a name. Of each chapter
the interactive figures are used by keyboard, in a short notebook of its first code cell and its ``widgets.…()`` calls,
because training everything once more would take long and show nothing new: nbval runs each lecture too.
"""

import ast
import re
from pathlib import Path

import nbformat
import pytest

import lab

LECTURES = sorted((Path(__file__).resolve().parents[2] / "lectures").glob("[0-9][0-9]_*.ipynb"))
CHAPTERS = [path.stem for path in LECTURES if path.stem != "00_start"]
WHOLE = [("light", "00_start"), ("dark", "00_start"), ("light", "01_neuron")]
IN_BOTH_THEMES = CHAPTERS[-1:]
BY_KEYBOARD = [(theme, stem) for stem in CHAPTERS for theme in lab.THEMES if theme == "light" or stem in IN_BOTH_THEMES]
WAIT = 15_000  # milliseconds for an answer, on a machine that has other things to do


def under_themes(pairs):
    """Run a test for each pair of theme and stem."""
    return pytest.mark.parametrize("theme, stem", pairs, indirect=["theme"], scope="session")


def test_the_start_page_and_the_first_lecture_are_among_them():
    assert {"00_start", "01_neuron"} <= {path.stem for path in LECTURES}


@under_themes(WHOLE)
def test_run_all_goes_through(page, served, theme, stem, tmp_path):
    lab.open_notebook(page, *served, f"lectures/{stem}.ipynb")
    assert page.locator(f'body[data-jp-theme-light="{str(theme == "light").lower()}"]').count() == 1
    lab.run_all(page, timeout=300)
    assert lab.errors(page) == []
    assert lab.unrun(page) == []
    names = lab.image_names(page)
    assert names and all(names)
    shots = lab.screenshots(page, tmp_path, stem)
    assert len(shots) >= len(names) > 0
    assert all(shot.stat().st_size > 1000 for shot in shots)


@pytest.mark.parametrize("theme", ["light"], indirect=True, scope="session")
def test_a_mistake_in_a_cell_is_seen(page, served, theme):
    """The test above would pass on anything if errors could not be found in the page."""
    lab.open_notebook(page, *served, "lectures/00_start.ipynb")
    lab.replace_first_cell(page, "1 / 0")
    lab.run_all(page)
    assert any("ZeroDivisionError" in text for text in lab.errors(page))
    assert lab.unrun(page)


@pytest.mark.parametrize("theme", ["light"], indirect=True, scope="session")
def test_a_link_of_the_glossary_leads_to_its_section(page, served, theme):
    """JupyterLab opens a notebook at its top, whatever the link says; in an open one it goes to the section."""
    lab.open_notebook(page, *served, "lectures/glossary.ipynb")
    link = page.get_by_role("link", name="chapter 1, The rule of 1958")
    link.click()
    heading = page.get_by_role("heading", name="The rule of 1958")
    heading.wait_for(timeout=60_000)
    page.locator('.lm-TabBar-tabLabel:text-is("glossary.ipynb")').first.click()
    link.click()
    page.wait_for_function(
        "heading => { const top = heading.getBoundingClientRect().top; return 0 < top && top < 900; }",
        arg=heading.element_handle(),
    )


def figures_of(stem):
    """The sources of a short notebook: the lecture's first code cell, then each ``widgets.…()`` call by itself."""
    path = next(path for path in LECTURES if path.stem == stem)
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    known = {name.id for name in ast.walk(ast.parse(cells[0])) if isinstance(name, ast.Name)} | {"widgets"}
    nodes = [node for source in cells for node in ast.parse(source).body]
    return [cells[0], *(ast.unparse(node) for node in nodes if is_widget(node) and names(node) <= known)]


def is_widget(node):
    return isinstance(node, ast.Expr) and re.fullmatch(r"widgets\.\w+\(.*\)", ast.unparse(node), re.DOTALL)


def names(node):
    """What a call needs from the cells before; with a network that the lecture has trained it cannot stand alone."""
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


@under_themes(BY_KEYBOARD)
def test_every_control_of_every_figure_answers_the_keyboard(page, console, served, theme, stem):
    sources = figures_of(stem)
    assert len(sources) > 1, "a chapter has at least one interactive figure that needs no cell but the first"
    lab.upload(served, "figures.ipynb", sources)
    lab.open_notebook(page, *served, "figures.ipynb")
    assert page.locator(f'body[data-jp-theme-light="{str(theme == "light").lower()}"]').count() == 1
    lab.run_all(page)
    assert lab.errors(page) == []
    assert all(lab.image_names(page))
    figures = page.locator(".groundup-figure")
    assert figures.count() == len(sources) - 1
    for figure in figures.all():
        use(page, figure)
        assert figure.get_by_role("img").first.get_attribute("aria-label")
        assert figure.locator(".groundup-problem").inner_text() == ""
    assert page.locator(".jp-Notebook .jp-Cell").count() == len(sources), "no key was taken for one of JupyterLab's"


def use(page, figure):
    """Move each control by keyboard. One that did nothing, as "Start again" at the start, gets a second chance."""
    figure.locator(".groundup-panels svg").first.wait_for(timeout=WAIT)
    controls = figure.locator(":is(input, select, button)").all()
    assert controls
    idle = [control for control in controls if not answers(page, figure, control, WAIT // 10)]
    moving = [control for control in controls if control not in idle]
    assert moving, "no control changes anything"
    dead = []
    for control in idle:
        answers(page, figure, moving[0], WAIT)
        dead += [] if answers(page, figure, control, WAIT // 3) else [control]
    assert [control.evaluate("control => control.outerHTML") for control in dead] == []


def answers(page, figure, control, wait):
    """Press the keys that move a control; say whether figure or words changed, and the keys stayed with the control."""
    before = state(figure)
    control.focus()
    for key in keys(control):
        page.keyboard.press(key)
        assert control.evaluate("control => control === document.activeElement"), f"{key} went elsewhere"
        if changed(page, figure, before, wait):
            return True
    return False


def keys(control):
    """Which keys move a control; at an end of its range it moves the other way only."""
    tag, kind = control.evaluate("control => [control.localName, control.type]")
    if tag == "input" and kind == "range":
        return ["ArrowRight", "ArrowLeft", "PageUp", "Home", "End"]
    return {"select": ["ArrowDown", "ArrowUp"], "button": ["Enter"]}.get(tag, ["Space"])


def state(figure):
    return [*lab.shown(figure), figure.locator(".groundup-status").inner_text()]


def changed(page, figure, before, wait):
    for _ in range(wait // 50):
        if state(figure) != before:
            return True
        page.wait_for_timeout(50)
    return False

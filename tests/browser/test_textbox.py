"""The text box in real JupyterLab: written into letter by letter, named for a screen reader, no key lost to the lab."""

import pytest

import lab

CELLS = [
    "from groundup import widgets",
    "widgets.next_character()",
    "print('a cell below')",
]
WAIT = 15_000  # milliseconds for an answer, on a machine that has other things to do


@pytest.fixture
def figure(page, served):
    """The figure of chapter 08, run and ready."""
    lab.upload(served, "textbox.ipynb", CELLS)
    lab.open_notebook(page, *served, "textbox.ipynb")
    lab.run_all(page)
    assert lab.errors(page) == []
    found = page.locator(".groundup-figure")
    found.locator(".groundup-panels svg").first.wait_for(timeout=WAIT)
    return found


@pytest.mark.parametrize("theme", ["light"], indirect=True, scope="session")
def test_letters_are_written_and_stay_in_the_box(page, console, figure):
    status = figure.locator(".groundup-status")
    box = figure.get_by_role("textbox", name="beginning")
    assert box.input_value() == "em"
    status.get_by_text('It sees ".em"').wait_for(timeout=WAIT)
    before = lab.shown(figure)

    # a, b, x, d and m, Enter, arrows and Backspace are all shortcuts of JupyterLab's.
    box.focus()
    page.keyboard.press("End")
    page.keyboard.type("abxddm", delay=20)
    status.get_by_text('It sees "ddm"').wait_for(timeout=WAIT)
    assert box.input_value() == "emabxddm"
    assert lab.shown(figure) != before
    for key in ("ArrowLeft", "ArrowLeft", "Enter", "Backspace"):
        page.keyboard.press(key)
        assert box.evaluate("box => box === document.activeElement"), key
    status.get_by_text('It sees "xdm"').wait_for(timeout=WAIT)
    assert box.input_value() == "emabxdm"
    assert box.evaluate("box => box.selectionStart") == 5, "an answer from Python left the cursor where it was"
    assert page.locator(".jp-Notebook .jp-Cell").count() == len(CELLS), "no key was taken for one of JupyterLab's"

    # What is no letter is left out and said; the picture's name tells what it shows.
    box.fill("Zoë 7")
    status.get_by_text("left out: a space, “7”").wait_for(timeout=WAIT)
    assert status.get_attribute("aria-live") == "polite"
    assert 'after "zoe"' in figure.get_by_role("img").first.get_attribute("aria-label")
    box.fill("q" * 60)
    status.get_by_text("No name of the list is longer").wait_for(timeout=WAIT)
    assert len(box.input_value()) <= 60

    # Tab goes on to the next control, and Start again brings the first text back.
    box.focus()
    page.keyboard.press("Tab")
    assert figure.get_by_role("combobox", name="model").evaluate("one => one === document.activeElement")
    figure.get_by_role("button", name="Start again").press("Enter")
    status.get_by_text('It sees ".em"').wait_for(timeout=WAIT)
    assert box.input_value() == "em"
    assert figure.locator(".groundup-problem").inner_text() == ""

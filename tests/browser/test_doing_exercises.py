"""An exercise as a learner meets it: typed into the notebook, run, told what kind of wrong it is, repaired, passed."""

from pathlib import Path

import pytest

import lab

EXERCISES = sorted((Path(__file__).resolve().parents[2] / "exercises").glob("*.ipynb"))
# nbval runs every untouched notebook, and conftest.py sees that its checks say so: here is one more than is used below.
UNTOUCHED = EXERCISES[-1].stem
NOT_STARTED, WRONG, PASSED = "not started", "Yours falls where the sigmoid rises", "passed, 7 cases"
ATTEMPTS = {
    NOT_STARTED: "    ...  # your code here",
    WRONG: "    return 1 / (1 + np.exp(np.minimum(z, 700)))",
    PASSED: "    e = np.exp(-np.abs(z))\n    return np.where(z >= 0, 1, e) / (1 + e)",
}


def cell_with(page, text):
    """The first code cell whose source holds the text."""
    return page.locator(".jp-Notebook .jp-CodeCell").filter(has_text=text).first


def write(page, cell, source):
    """Replace a cell's source, as pasting does: JupyterLab would indent typed lines by itself."""
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(source)


def run(page, cell):
    """Run a cell with Ctrl+Enter, which stays on it, and return the text of its outputs when it has ended."""
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+Enter")
    page.wait_for_timeout(300)
    lab.wait_idle(page)
    return cell.locator(".jp-OutputArea-output").all_inner_texts()


@pytest.mark.parametrize("theme", ["light"], indirect=True, scope="session")
def test_run_all_on_the_untouched_notebook_goes_through_and_nothing_passes(page, served, theme):
    lab.open_notebook(page, *served, f"exercises/{UNTOUCHED}.ipynb")
    lab.run_all(page)
    nothing_passes(page)


def nothing_passes(page):
    assert lab.errors(page) == []
    assert lab.unrun(page) == []
    checks = [text for text in lab.outputs(page) if text.lstrip("○✗✓ ").startswith("Exercise")]
    assert checks and all("not started" in text for text in checks)
    assert not any("✓" in text for text in lab.outputs(page))


def test_an_exercise_turns_from_not_started_to_wrong_to_passed_and_the_table_follows(page, served, theme):
    lab.open_notebook(page, *served, "exercises/01_neuron.ipynb")
    lab.run_all(page)
    nothing_passes(page)
    cell, table = cell_with(page, "check.sigmoid(sigmoid)"), cell_with(page, "check.progress()")
    head = 'def sigmoid(z):\n    """The sigmoid of each number in z; the same shape as z."""\n'
    for number, (answer, body) in enumerate(ATTEMPTS.items()):
        write(page, cell, f"{head}{body}\n\ncheck.sigmoid(sigmoid)")
        (said,) = run(page, cell)
        assert answer in said
        text = "".join(run(page, table))
        state = text.split("A sigmoid that does not overflow")[1].split("cut_height")[0]
        assert (("not started", "wrong", "passed")[number]) in state
    assert "1 of 14 passed" in text


@pytest.mark.parametrize("theme", ["light"], indirect=True, scope="session")
def test_a_question_is_answered_by_keyboard_and_explained(page, served, theme):
    lab.open_notebook(page, *served, "exercises/01_neuron.ipynb")
    lab.run_all(page)
    cell = cell_with(page, "check.why_scale()")
    wrong = cell.get_by_role("button", name="Smaller numbers are computed faster.")
    wrong.focus()
    page.keyboard.press("Enter")
    cell.get_by_text("It is the number of steps that differs").wait_for()
    right = cell.get_by_role("button", name="The landscape became round")
    right.focus()
    page.keyboard.press("Enter")
    cell.get_by_text("is right. In the canyon").wait_for()
    assert lab.errors(page) == []

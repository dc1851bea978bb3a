"""Each lecture in real JupyterLab as a learner has it: it opens, Run All goes through, and every picture has a name."""

from pathlib import Path

import pytest

import lab

LECTURES = sorted((Path(__file__).resolve().parents[2] / "lectures").glob("*.ipynb"))


def test_the_start_page_and_the_first_lecture_are_among_them():
    assert {"00_start", "01_neuron"} <= {path.stem for path in LECTURES}


@pytest.mark.parametrize("stem", [path.stem for path in LECTURES])
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


def test_a_mistake_in_a_cell_is_seen(page, served):
    """The test above would pass on anything if errors could not be found in the page."""
    lab.open_notebook(page, *served, "lectures/00_start.ipynb")
    lab.replace_first_cell(page, "1 / 0")
    lab.run_all(page)
    assert any("ZeroDivisionError" in text for text in lab.errors(page))
    assert lab.unrun(page)

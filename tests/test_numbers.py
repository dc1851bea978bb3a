"""The table of numbers in the README is what the built lectures measured."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from groundup import milestones

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import numbers_table  # noqa: E402

MARKED = f"# Title\n\n{numbers_table.BEGIN}\n{numbers_table.END}\n\nEnd.\n"


def test_readme_shows_the_built_notebooks(capsys):
    code = numbers_table.main(["--check"])
    assert code == 0, capsys.readouterr().err


def test_command_runs_from_the_repository_root():
    """Run it as people do: a module of tools/ must not hide one of the standard library."""
    done = subprocess.run(
        [sys.executable, "tools/numbers_table.py", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "README.md" in done.stdout


def test_mime_types_are_those_of_the_package():
    assert numbers_table.MILESTONE == milestones.MILESTONE_MIME
    assert numbers_table.COST == milestones.COST_MIME


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "lectures").mkdir()
    (tmp_path / "README.md").write_text(MARKED, encoding="utf-8")
    write(tmp_path, "00_start", [cost(3.4, 99)])
    write(tmp_path, "01_neuron", [reached("penguins", "0.9 %"), reached("digits", "95.7 %"), cost(47.6, 412)])
    return tmp_path


def reached(name, shown, text="error | mean"):
    facts = {"name": name, "text": text, "value": 0.5, "shown": shown, "bound": "at most 2 %", "unit": "%"}
    return {milestones.MILESTONE_MIME: facts}


def missed(name, shown):
    """A bound on seconds that was missed stops no notebook, but it must not stay in a built one."""
    (facts,) = reached(name, shown).values()
    return {milestones.MILESTONE_MIME: facts | {"missed": True}}


def cost(seconds, peak_mb):
    return {milestones.COST_MIME: {"seconds": seconds, "peak_mb": peak_mb}}


def write(root, stem, outputs):
    """Write a lecture with one code cell for each of ``outputs``."""
    cells = [v4.new_code_cell("1", outputs=[v4.new_output("display_data", data=data)]) for data in outputs]
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("# T"), v4.new_code_cell("1"), *cells])
    nbformat.write(notebook, root / "lectures" / f"{stem}.ipynb")


def rows(root):
    return [line for line in (root / "README.md").read_text(encoding="utf-8").splitlines() if line.startswith("|")]


def test_table_holds_each_milestone_once_in_a_row_for_each_chapter(checkout):
    assert numbers_table.main([], checkout) == 0
    reached = "**0.9 %** error \\| mean (at most 2 %)<br>**95.7 %** error \\| mean (at most 2 %)"
    assert rows(checkout) == [
        "| chapter | reached (and asked) | seconds | peak memory |",
        "| --- | --- | ---: | ---: |",
        "| [00 start](lectures/00_start.ipynb) | – | 3 s | 99 MB |",
        f"| [01 neuron](lectures/01_neuron.ipynb) | {reached} | 48 s | 412 MB |",
        "| all | 2 milestones | 51 s | 412 MB |",
    ]


@pytest.mark.parametrize(
    ("there", "words"),
    [
        ([0, 1, 2, 3, 4, 7, 8], "00 to 04, 07 and 08 can be read, .*; 05, 06 and 09 to 12 are being built"),
        ([0, 1], "00 and 01 can be read, .*; 02 to 12 are being built"),
        (range(12), "00 to 11 can be read, .*; 12 is being built"),
        (range(13), "^All twelve chapters are here"),
    ],
)
def test_the_readme_says_which_chapters_there_are(tmp_path, there, words):
    (tmp_path / "lectures").mkdir()
    for number in there:
        (tmp_path / "lectures" / f"{number:02d}_x.ipynb").touch()
    (tmp_path / "lectures" / "glossary.ipynb").touch()
    assert re.search(words, numbers_table.present(tmp_path))


def test_the_rest_of_the_readme_stays_and_writing_twice_changes_nothing(checkout):
    numbers_table.main([], checkout)
    once = (checkout / "README.md").read_bytes()
    numbers_table.main([], checkout)
    assert (checkout / "README.md").read_bytes() == once
    assert once.startswith(b"# Title\n\n<!-- numbers:begin -->\n|")
    assert once.endswith(b"|\n<!-- numbers:end -->\n\nEnd.\n")


def test_check_passes_after_writing_and_fails_when_a_number_was_typed(checkout, capsys):
    assert numbers_table.main(["--check"], checkout) == 1
    numbers_table.main([], checkout)
    assert numbers_table.main(["--check"], checkout) == 0
    readme = checkout / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8").replace("0.9 %", "0.8 %"), encoding="utf-8")
    assert numbers_table.main(["--check"], checkout) == 1
    assert "run python tools/numbers_table.py" in capsys.readouterr().err
    assert "0.8 %" in readme.read_text(encoding="utf-8"), "--check must not write"


@pytest.mark.parametrize(
    "text",
    ["# No markers\n", f"{numbers_table.BEGIN}\n", f"{numbers_table.END}\n{numbers_table.BEGIN}\n", MARKED + MARKED],
    ids=["none", "no end", "wrong order", "twice"],
)
def test_readme_without_proper_markers_is_named_and_kept(checkout, capsys, text):
    (checkout / "README.md").write_text(text, encoding="utf-8")
    assert numbers_table.main([], checkout) == 1
    assert "README.md: wants one line <!-- numbers:begin -->" in capsys.readouterr().err
    assert (checkout / "README.md").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        ([reached("a", "1"), reached("a", "2"), cost(1, 1)], "two milestones are called 'a'"),
        ([missed("a", "31 s"), cost(1, 1)], "'a' was not reached; build the chapter on a quiet machine"),
        ([reached("a", "1")], "0 outputs of chapter_cost()"),
        ([cost(1, 1), cost(1, 1)], "2 outputs of chapter_cost()"),
    ],
    ids=["double name", "too slow", "no cost", "two costs"],
)
def test_lecture_that_does_not_fit_is_named(checkout, capsys, outputs, words):
    write(checkout, "01_neuron", outputs)
    assert numbers_table.main([], checkout) == 1
    assert f"lectures/01_neuron.ipynb: {words}" in capsys.readouterr().err


def test_lecture_that_measures_nothing_is_left_out(checkout):
    write(checkout, "02_mlp", [])
    assert [chapter.stem for chapter in numbers_table.collect(checkout)] == ["00_start", "01_neuron"]

"""The build: what sources become, what it refuses and where it says so, and what --check finds."""

import datetime
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import build  # noqa: E402
import chapters  # noqa: E402
import drift  # noqa: E402
import outputs  # noqa: E402
import source  # noqa: E402

LECTURE = """\
# A title

Some text.

```{code-cell}
:tags: [nbval-check-output]

print(1 + 1)
```

After the cell.

## A section

Its first paragraph.

+++

Its second paragraph.

```{code-cell} ipython3
x = 3
x
```
"""

EXERCISE = '''\
# Exercises

```{code-cell}
import os

class Check:
    """Passes everything, but raises where it is to be strict and got nothing."""

    def __getattr__(self, name):
        def run(answer):
            if os.environ.get("GROUNDUP_STRICT") == "1" and answer is ...:
                raise ValueError(name)
        return run

check = Check()
```

## Exercise 1

Write `double(x)`.

```{code-cell}
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    y = x + x
    return y
    ### END SOLUTION


check.double(double)
```

+++ {"tags": ["solution"]}

Because addition is enough.

+++

## Exercise 2

```{code-cell}
### BEGIN SOLUTION
helper = 20
answer = (
    2 * helper
    + 2
)
### END SOLUTION
```

Look at it first.

```{code-cell}
:tags: [nbval-check-output]

check.answer(answer)
print("checked")
```
'''


@pytest.fixture
def checkout(tmp_path):
    """An empty checkout, with one lecture and one exercise source."""
    put(tmp_path, "lectures", LECTURE)
    put(tmp_path, "exercises", EXERCISE)
    return tmp_path


def put(root, kind, text, stem="01_neuron"):
    path = root / "source" / kind / f"{stem}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def made(root, kind, text):
    """Return the cells of every notebook that ``text`` makes, by folder."""
    put(root, kind, text)
    return {target.folder: target.cells for target in chapters.targets(root, Path("source", kind, "01_neuron.md"))}


def read(root, folder):
    return nbformat.read(root / folder / "01_neuron.ipynb", as_version=4)


def code(answer, check="check.f(f)", before="", options=""):
    """Return an exercise source with one code cell; its first line of code is line 2 of the file."""
    return f"```{{code-cell}}\n{options}{before}{answer}\n{check}\n```\n"


def solved(text, indent="    "):
    body = "\n".join(indent + line for line in text.split("\n"))
    return f"{indent}### BEGIN SOLUTION\n{body}\n{indent}### END SOLUTION"


# The real repository ------------------------------------------------------------------------------------------------


def test_built_notebooks_match_source():
    assert [str(problem) for problem in drift.problems(ROOT)] == []


def test_built_notebooks_hold_no_path_of_any_machine():
    for path in sorted(path for folder in drift.FOLDERS for path in (ROOT / folder).glob("*.ipynb")):
        for index, cell in enumerate(nbformat.read(path, as_version=4).cells):
            assert outputs.find_fault(cell, ROOT) is None, f"{path.name}, cell {index + 1}"


def test_command_runs_from_the_repository_root():
    """Run it as people do: a module of tools/ must not hide one of the standard library."""
    command = [sys.executable, "tools/build.py", "--only", "99_nothing"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "no source for 99_nothing; there are: " in done.stderr


# Cells --------------------------------------------------------------------------------------------------------------


def test_lecture_becomes_cells_at_breaks_headings_and_code(checkout):
    cells = made(checkout, "lectures", LECTURE)["lectures"]
    assert [(cell.kind, cell.source, cell.tags) for cell in cells] == [
        ("markdown", "# A title\n\nSome text.", ()),
        ("code", "print(1 + 1)", ("nbval-check-output",)),
        ("markdown", "After the cell.", ()),
        ("markdown", "## A section\n\nIts first paragraph.", ()),
        ("markdown", "Its second paragraph.", ()),
        ("code", "x = 3\nx", ()),
    ]


def test_each_cell_knows_the_line_of_its_text(checkout):
    lines = LECTURE.split("\n")
    for cell in made(checkout, "lectures", LECTURE)["lectures"]:
        assert lines[cell.line - 1] == cell.source.split("\n")[0]


def test_front_matter_is_neither_needed_nor_kept(checkout):
    front = "---\nkernelspec:\n  name: python3\n  display_name: Mine\n---\n\n"
    plain = made(checkout, "lectures", LECTURE)["lectures"]
    framed = made(checkout, "lectures", front + LECTURE)["lectures"]
    assert [cell.id for cell in framed] == [cell.id for cell in plain]
    assert [cell.line - plain[0].line for cell in plain] == [cell.line - framed[0].line for cell in framed]
    notebook = chapters.targets(checkout, Path("source/lectures/01_neuron.md"))[0].notebook()
    assert notebook.metadata.kernelspec.display_name == "Python 3 (ipykernel)"


@pytest.mark.parametrize(
    "text",
    [
        "Text\n\n```python\n# a comment\n```\n\nMore",
        "<details><summary>Help</summary>\n\n## Not a section\n\n</details>",
        "##### Too deep to break",
        "#hashtag",
    ],
    ids=["in a fence", "folded", "fifth level", "no heading"],
)
def test_what_only_looks_like_a_heading_breaks_no_cell(checkout, text):
    assert [cell.source for cell in made(checkout, "lectures", f"Intro\n{text}\n")["lectures"]] == [f"Intro\n{text}"]


def test_nested_fence_with_more_ticks_is_text(checkout):
    text = "````\n```{code-cell}\n1\n```\n````"
    # Text about the source format itself: the longer fence holds the shorter one.
    with pytest.raises(source.SourceError, match=r":2: a cell begins inside the fence of line 1"):
        made(checkout, "lectures", text)
    text = "````\n```python\n1\n```\n````"
    assert [cell.source for cell in made(checkout, "lectures", text)["lectures"]] == [text]


def test_windows_line_ends_give_the_same_cells_and_hash(checkout):
    path = Path("source/lectures/01_neuron.md")
    before = chapters.targets(checkout, path)[0]
    (checkout / path).write_bytes(LECTURE.replace("\n", "\r\n").encode())
    after = chapters.targets(checkout, path)[0]
    assert after.cells == before.cells
    assert after.source.sha256 == before.source.sha256


# Ids ----------------------------------------------------------------------------------------------------------------


def test_ids_stay_when_another_cell_is_inserted(checkout):
    before = made(checkout, "lectures", LECTURE)["lectures"]
    after = made(checkout, "lectures", "# New first section\n\n```{code-cell}\n'new'\n```\n\n" + LECTURE)["lectures"]
    assert [cell.id for cell in after[2:]] == [cell.id for cell in before]


def test_cells_that_say_the_same_get_different_ids(checkout):
    cells = made(checkout, "lectures", "same\n\n+++\n\nsame\n\n+++\n\nsame\n\n```{code-cell}\nsame\n```\n")["lectures"]
    first = cells[0].id
    assert [cell.id for cell in cells[:3]] == [first, f"{first}-2", f"{first}-3"]
    assert not cells[3].id.startswith(first)


def test_exercise_cells_are_named_after_the_exercise_and_survive_rewording(checkout):
    before = made(checkout, "exercises", EXERCISE)["exercises"]
    named = [cell.id for cell in before if "-" in cell.id]
    assert named == ["exercise-double", "exercise-answer", "check-answer"]
    reworded = EXERCISE.replace("Twice x.", "Return twice x.").replace("check.answer(answer)", "check.answer(answer) ")
    assert [cell.id for cell in made(checkout, "exercises", reworded)["exercises"] if "-" in cell.id] == named


def test_ids_are_valid_and_unique(checkout):
    for kind, text in (("lectures", LECTURE), ("exercises", EXERCISE)):
        for cells in made(checkout, kind, text).values():
            ids = [cell.id for cell in cells]
            assert len(set(ids)) == len(ids)
            assert all(re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", name) for name in ids)


# Holes --------------------------------------------------------------------------------------------------------------


def test_exercise_has_holes_and_solution_has_answers(checkout):
    cells = made(checkout, "exercises", EXERCISE)
    exercise, solution = ({cell.line: cell for cell in cells[folder]} for folder in ("exercises", "solutions"))
    sources = [cell.source for cell in exercise.values() if cell.kind == "code"]
    assert sources[1] == 'def double(x):\n    """Twice x."""\n    ...  # your code here\n\n\ncheck.double(double)'
    assert sources[2] == "answer = ...  # your code here"
    sources = [cell.source for cell in solution.values() if cell.kind == "code"]
    assert sources[1].startswith('def double(x):\n    """Twice x."""\n    y = x + x\n    return y\n\n\ncheck')
    assert sources[2] == "helper = 20\nanswer = (\n    2 * helper\n    + 2\n)"
    assert not any("SOLUTION" in cell.source for group in cells.values() for cell in group)


def test_cells_tagged_solution_go_into_the_solution_only_and_lose_the_tag(checkout):
    cells = made(checkout, "exercises", EXERCISE)
    why = [cell for cell in cells["solutions"] if cell.source == "Because addition is enough."]
    assert [cell.tags for cell in why] == [()]
    assert not any("Because" in cell.source for cell in cells["exercises"])


def test_a_heading_ends_what_is_for_the_solution_only(checkout):
    cells = made(
        checkout,
        "exercises",
        EXERCISE.replace("Because addition is enough.", "Because.\n\n## The next one\n\nRead on."),
    )
    assert [cell.source for cell in cells["exercises"] if "next one" in cell.source] == ["## The next one\n\nRead on."]
    assert not any("Because" in cell.source for cell in cells["exercises"])


def test_exercise_has_no_outputs_to_compare(checkout):
    cells = made(checkout, "exercises", EXERCISE)
    assert [cell.tags for cell in cells["solutions"] if cell.tags] == [("nbval-check-output",)]
    assert [cell.tags for cell in cells["exercises"] if cell.tags] == []


@pytest.mark.parametrize(
    ("answer", "check", "shown"),
    [
        (f"def f(x):\n{solved('return x')}", "check.f(f)", "def f(x):\n    HOLE"),
        (f"async def f(x):\n{solved('return x')}", "check.f(f)", "async def f(x):\n    HOLE"),
        (f"@staticmethod\ndef f(x):\n{solved('pass')}", "check.f(f)", "@staticmethod\ndef f(x):\n    HOLE"),
        (f"def f(x):\n    # hint: x\n{solved('return x')}", "check.f(f)", "def f(x):\n    # hint: x\n    HOLE"),
        (
            f"class C:\n    def a(self):\n{solved('pass', ' ' * 8)}\n    def b(self):\n        '''B.'''\n"
            + solved("x = 1\nreturn x", " " * 8),
            "check.C(C)",
            "class C:\n    def a(self):\n        HOLE\n    def b(self):\n        '''B.'''\n        HOLE",
        ),
        (
            f"def f(x):\n    def inner(y):\n{solved('return x * y', ' ' * 8)}\n    return inner",
            "check.f(f)",
            "def f(x):\n    def inner(y):\n        HOLE\n    return inner",
        ),
        (solved("f = 1", ""), "check.f(f)", "f = HOLE"),
        (solved("f: int = 1", ""), "check.f(f)", "f = HOLE"),
        (solved("a = 1\nfor i in [1]:\n    a += i\nf = a", ""), "check.f(f)", "f = HOLE"),
        (
            solved("f = 1", "") + "\n" + solved("g = [\n  2,\n]", ""),
            "check.f(f)\ncheck.g(g)",
            "f = HOLE\ng = HOLE",
        ),
        (solved("f = 1", ""), "if f is not ...:\n    check.f(f)", "f = HOLE"),
    ],
    ids=["def", "async", "decorated", "comment", "methods", "closure", "value", "typed", "helpers", "two", "guarded"],
)
def test_each_form_of_hole(checkout, answer, check, shown):
    cells = made(checkout, "exercises", code(answer, check))
    assert cells["exercises"][0].source == f"{shown}\n{check}".replace("HOLE", "...  # your code here")
    kept = [line for line in f"{answer}\n{check}".split("\n") if "SOLUTION" not in line]
    assert cells["solutions"][0].source == "\n".join(kept)


def test_an_untouched_exercise_is_python_and_defines_what_was_asked(checkout):
    space = {}
    for cell in made(checkout, "exercises", EXERCISE)["exercises"]:
        if cell.kind == "code":
            exec(compile(cell.source, "cell", "exec"), space)
    assert space["double"](1) is None
    assert space["answer"] is ...


# Mistakes in sources ------------------------------------------------------------------------------------------------

NEITHER = "neither a function body nor a value"
DEF = f"def f(x):\n{solved('return x')}"
MISTAKES = {
    "unclosed marker": (code("def f(x):\n    ### BEGIN SOLUTION\n    return x"), 3, "### BEGIN SOLUTION without"),
    "end without begin": (code("def f(x):\n    return x\n    ### END SOLUTION"), 4, "### END SOLUTION without"),
    "nested": (
        code("def f(x):\n    ### BEGIN SOLUTION\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION"),
        4,
        "inside the answer begun at line 3",
    ),
    "misspelt marker": (code(DEF.replace("### BEGIN", "# BEGIN")), 3, "write the marker as"),
    "marker with words": (code(DEF.replace("END SOLUTION", "END SOLUTION here")), 5, "write the marker as"),
    "marker in text": (code(DEF) + "\ntext\n### BEGIN SOLUTION\n", 10, "outside a code cell"),
    "empty answer": (code(f"def f(x):\n{solved('# nothing')}\n    return x"), 3, "an empty answer"),
    "part of a statement": (code("f = [\n### BEGIN SOLUTION\n  1\n### END SOLUTION\n]"), 3, "an empty answer"),
    "part of a body": (code(f"def f(x):\n    y = x\n{solved('return y')}"), 4, NEITHER),
    "docstring too": (code("def f(x):\n" + solved("'Doc.'\nreturn x")), 3, NEITHER),
    "whole function": (code(solved("def f(x):\n    return x", "")), 2, NEITHER),
    "two names": (code(solved("f, g = 1, 2", "")), 2, NEITHER),
    "no name": (code(solved("print(1)", "")), 2, NEITHER),
    "changed in place": (code(solved("f += 1", ""), before="f = 1\n"), 3, NEITHER),
    "value in a loop": (code(f"for i in [1]:\n{solved('f = i')}"), 3, NEITHER),
    "no check": (code(DEF, check="print(f)"), 3, "exercise 'f' has no check: write check.f(f) below it"),
    "check of another": (code(DEF, check="check.g(f)"), 3, "exercise 'f' has no check"),
    "check above": (code(DEF, before="check.f(1)\n", check="1"), 4, "exercise 'f' has no check"),
    "check in a comment": (code(DEF, check="1  # check.f(f)"), 3, "exercise 'f' has no check"),
    "check too late": (code(DEF, check="1") + "```{code-cell}\n1\n```\n" + code("", "check.f(f)"), 3, "no check"),
    "check in the solution only": (
        code(DEF, check="1") + "```{code-cell}\n:tags: [solution]\n\ncheck.f(f)\n```\n",
        3,
        "exercise 'f' has no check",
    ),
    "name twice": (code(DEF) + code(DEF), 10, "a second exercise named 'f'; the first is at line 3"),
    "name twice in a cell": (code(f"{DEF}\n{DEF}"), 7, "a second exercise named 'f'; the first is at line 3"),
    "name no id can hold": (code(DEF.replace("f(x)", "ψ(x)"), check="check.ψ(ψ)"), 3, "'ψ' cannot stand in"),
    "markers in a solution cell": (code(DEF, options=":tags: [solution]\n"), 4, "left out whole, without markers"),
    "no exercise": ("# Title\n\n```{code-cell}\n1\n```\n", 1, "no exercise in this file"),
    "not Python": ("text\n\n```{code-cell}\nx = 1\nx = = 2\n```\n", 5, "not Python: invalid syntax"),
    "return at top level": ("```{code-cell}\nreturn 1\n```\n", 2, "not Python: 'return' outside function"),
    "bad escape": ("```{code-cell}\nx = '\\d'\n```\n", 2, "not Python: "),
    "magic": ("```{code-cell}\nimport os\n%matplotlib inline\n```\n", 3, "% and ! lines are not plain Python"),
    "shell": ("```{code-cell}\n!ls\n```\n", 2, "% and ! lines are not plain Python"),
    "empty cell": ("a\n```{code-cell}\n```\n", 2, "an empty code cell"),
    "open fence": ("a\n\n```{code-cell}\n1\n", 3, "this ``` fence is never closed"),
    "cell in an open cell": ("```{code-cell}\n1\n\n```{code-cell}\n2\n```\n", 4, "inside the fence of line 1"),
    "open text fence": ("a\n```python\n1\n```{code-cell}\n2\n```\n", 4, "inside the fence of line 2"),
    "unknown directive": ("a\n\n```{code-cel}\n1\n```\n", 3, "unknown directive {code-cel}"),
    "indented cell": ("- a\n\n  ```{code-cell}\n  1\n  ```\n", 3, "a code cell must begin in the first column"),
    "unknown tag": ("```{code-cell}\n:tags: [nbval-check-ouput]\n\n1\n```\n", 4, "unknown tag 'nbval-check-ouput'"),
    "unknown option": ("```{code-cell}\n:tag: [solution]\n\n1\n```\n", 2, "not a cell option: ':tag: [solution]'"),
    "tags not a list": ("```{code-cell}\n:tags: solution\n\n1\n```\n", 2, "the only one here is :tags: [one, two]"),
    "bad break": ("a\n\n+++ {tags: [solution]}\n\nb\n", 3, "not a cell break: '+++ {tags: [solution]}'"),
    "break with one tag": ('a\n\n+++ {"tags": "solution"}\n\nb\n', 3, "not a cell break"),
    "break with more": ('a\n\n+++ {"tags": ["solution"], "b": 1}\n\nb\n', 3, "not a cell break"),
    "broken YAML": ("```{code-cell}\n:tags: [a, ']\n\n1\n```\n", 1, "the options cannot be read"),
    "form feed": ("a\n\nb\x0cc\n", 3, "an invisible line break"),
}


@pytest.mark.parametrize(("text", "line", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_stops_the_build_with_file_and_line(tmp_path, capsys, text, line, words):
    put(tmp_path, "exercises", text)
    assert build.main([], tmp_path) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"source/exercises/01_neuron.md:{line}: "), error
    assert words in error
    assert not (tmp_path / "exercises").exists(), "nothing may be written"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (code(DEF), 3, "solution markers belong in source/exercises"),
        ('a\n\n+++ {"tags": ["solution"]}\n\nb\n', 5, "a cell tagged solution belongs in source/exercises"),
    ],
)
def test_a_lecture_holds_no_solutions(tmp_path, capsys, text, line, words):
    put(tmp_path, "lectures", text)
    assert build.main([], tmp_path) == 1
    assert capsys.readouterr().err == f"source/lectures/01_neuron.md:{line}: {words}\n"


def test_mistakes_of_all_files_are_told_at_once(checkout, capsys):
    put(checkout, "lectures", "```{code-cell}\n", "02_mlp")
    put(checkout, "exercises", "no exercise", "03_backprop")
    put(checkout, "lectures", "text", "Intro")
    assert build.main([], checkout) == 1
    found = [line.rsplit(": ", 1)[0].split(": ")[0] for line in capsys.readouterr().err.splitlines()]
    assert found == ["source/lectures/02_mlp.md:1", "source/exercises/03_backprop.md:1", "source/lectures/Intro.md:1"]
    assert not (checkout / "lectures").exists()


# Building, with real kernels: few and small -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return a checkout that was built once; tests must leave it as it is."""
    root = tmp_path_factory.mktemp("built")
    put(root, "lectures", LECTURE)
    put(root, "exercises", EXERCISE)
    assert build.main([], root) == 0
    return root


@pytest.fixture
def copy(built, tmp_path):
    """Return a copy of the built checkout, to spoil."""
    for path in built.rglob("*"):
        if path.is_file():
            (tmp_path / path.relative_to(built)).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path.relative_to(built)).write_bytes(path.read_bytes())
    return tmp_path


def test_lectures_and_solutions_carry_outputs_and_exercises_none(built):
    lecture, exercise, solution = (read(built, folder) for folder in ("lectures", "exercises", "solutions"))
    assert [cell.outputs[0] for cell in lecture.cells if cell.cell_type == "code"] == [
        {"output_type": "stream", "name": "stdout", "text": "2\n"},
        {"output_type": "execute_result", "execution_count": 2, "metadata": {}, "data": {"text/plain": "3"}},
    ]
    assert all(cell.get("execution_count") is None and not cell.get("outputs") for cell in exercise.cells)
    assert solution.cells[-1].outputs[0].text == "checked\n"


def test_notebooks_are_valid_and_tell_nothing_of_time_or_machine(built):
    for folder in drift.FOLDERS:
        notebook = read(built, folder)
        nbformat.validate(notebook)
        assert set(notebook.metadata) == {"kernelspec", "language_info", "groundup"}
        assert "version" not in notebook.metadata.language_info
        assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)
        raw = (built / folder / "01_neuron.ipynb").read_bytes()
        assert b"\r" not in raw
        assert raw.endswith(b"}\n")


def test_building_again_gives_the_same_bytes(copy):
    before = {folder: (copy / folder / "01_neuron.ipynb").read_bytes() for folder in drift.FOLDERS}
    assert build.main([], copy) == 0
    assert {folder: (copy / folder / "01_neuron.ipynb").read_bytes() for folder in drift.FOLDERS} == before


ENVIRONMENT = """\
```{{code-cell}}
import os, pathlib, sys
names = ["GROUNDUP_STRICT", "PYTHONHASHSEED", "MPLBACKEND"]
print([os.environ.get(name) for name in names])
print(pathlib.Path.cwd().name, os.environ["GROUNDUP_STATE"] == {state!r}, sys.executable == {executable!r})
```
"""


def test_lectures_run_in_their_folder_with_a_clean_environment(tmp_path, monkeypatch):
    """The kernel is this interpreter even where the user's own python3 kernel is another program."""
    spec = tmp_path / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    broken = {"argv": ["no-such-program", "{connection_file}"], "display_name": "Mine", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(broken), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("GROUNDUP_STRICT", "1")
    monkeypatch.setenv("GROUNDUP_STATE", state := str(tmp_path / "mine"))
    monkeypatch.setenv("MPLBACKEND", "agg")
    put(tmp_path, "lectures", ENVIRONMENT.format(state=state, executable=sys.executable))
    assert build.main([], tmp_path) == 0
    printed = read(tmp_path, "lectures").cells[0].outputs[0].text.splitlines()
    assert printed[0].startswith("[None, '0', ")
    assert "'agg'" not in printed[0]
    assert printed[1] == "lectures False True"


def test_solutions_are_run_strictly_and_a_wrong_one_keeps_the_old_notebooks(copy, capsys):
    old = {folder: (copy / folder / "01_neuron.ipynb").read_bytes() for folder in drift.FOLDERS}
    put(copy, "exercises", EXERCISE.replace("answer = (\n    2 * helper\n    + 2\n)", "answer = ..."))
    assert build.main(["--only", "01_neuron"], copy) == 1
    error = capsys.readouterr().err
    assert "ValueError: answer" in error
    assert 'check.answer(answer)\n    print("checked")' in error
    line = 1 + EXERCISE.replace("(\n    2 * helper\n    + 2\n)", "...").split("\n").index("check.answer(answer)")
    assert error.startswith(f"source/exercises/01_neuron.md:{line}: cell 9 of solutions/01_neuron.ipynb failed")
    assert (copy / "solutions" / "01_neuron.ipynb").read_bytes() == old["solutions"]
    assert (copy / "exercises" / "01_neuron.ipynb").read_bytes() == old["exercises"]


def test_a_failing_cell_is_shown_with_its_source_line_and_traceback(copy, capsys):
    old = (copy / "lectures" / "01_neuron.ipynb").read_bytes()
    put(copy, "lectures", "# T\n\n```{code-cell}\nx = 1\nx / 0\n```\n")
    assert build.main([], copy) == 1
    error = capsys.readouterr().err
    assert error.startswith("source/lectures/01_neuron.md:5: cell 2 of lectures/01_neuron.ipynb failed")
    assert "    x = 1\n    x / 0\n" in error
    assert "ZeroDivisionError: division by zero" in error
    assert "\x1b" not in error
    assert (copy / "lectures" / "01_neuron.ipynb").read_bytes() == old
    assert list((copy / "lectures").glob("*.tmp")) == []


def test_a_cell_that_runs_too_long_is_named(tmp_path, capsys):
    put(tmp_path, "lectures", "```{code-cell}\nimport time\ntime.sleep(60)\n```\n")
    assert build.main(["--timeout", "1"], tmp_path) == 1
    assert "the cell ran longer than 1 s" in capsys.readouterr().err


def test_an_expected_exception_and_an_interactive_figure_pass(tmp_path):
    put(
        tmp_path,
        "lectures",
        "```{code-cell}\n:tags: [raises-exception]\n\n1 / 0\n```\n\n"
        "```{code-cell}\nimport ipywidgets\nipywidgets.interact(lambda x: None, x=(0, 3));\n```\n",
    )
    # The traceback of an expected exception shows the cell only, and a widget is shown by words instead of its state.
    assert build.main([], tmp_path) == 0
    notebook = read(tmp_path, "lectures")
    assert notebook.cells[0].outputs[0].ename == "ZeroDivisionError"
    assert notebook.cells[1].outputs[0].data == {"text/plain": outputs.WIDGET_WORDS}
    assert "widgets" not in notebook.metadata
    assert drift.problems(tmp_path) == []


def test_an_error_inside_a_widget_is_found(tmp_path, capsys):
    text = "```{code-cell}\nimport ipywidgets\nipywidgets.interact(lambda x: 1 / 0, x=(0, 3));\n```\n"
    put(tmp_path, "lectures", "text\n\n" + text)
    assert build.main([], tmp_path) == 1
    error = capsys.readouterr().err
    assert error.startswith("source/lectures/01_neuron.md:4: cell 2 of")
    assert "inside a widget:" in error
    assert "ZeroDivisionError" in error


def test_a_path_in_an_output_is_refused(tmp_path, capsys):
    put(tmp_path, "lectures", "```{code-cell}\nimport os\nprint(os.getcwd())\n```\n")
    assert build.main([], tmp_path) == 1
    assert "its output holds a path of this machine" in capsys.readouterr().err
    assert not (tmp_path / "lectures" / "01_neuron.ipynb").exists()


# Outputs ------------------------------------------------------------------------------------------------------------


def printing(text, mime=None):
    """Return a code cell whose output is ``text``, printed or as data of a MIME type."""
    stream = {"output_type": "stream", "name": "stdout", "text": text}
    data = {"output_type": "display_data", "metadata": {}, "data": {mime: text}}
    return nbformat.from_dict({"cell_type": "code", "outputs": [data if mime else stream]})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"saved to {Path.home() / 'x.npz'}", "a path of this machine"),
        (f"{sys.prefix}/lib/python3", "a path of this machine"),
        (repr(str(ROOT / "data")), "a path of this machine"),
        ("/tmp/ipykernel_4711/123.py:3: RuntimeWarning: overflow", "temporary file|path of this machine"),
        ("/home/ada/course", "a path in somebody's home folder|path of this machine"),
        (r"C:\Users\Ada\course", "a path in somebody's home folder"),
        ("[<matplotlib.lines.Line2D at 0x7f3a5c0e1d10>]", "an object's address"),
        (f"run on {datetime.date.today()}", "today's date"),
    ],
)
def test_what_tells_of_machine_or_day_is_refused(text, words):
    assert re.search(words, outputs.find_fault(printing(text), ROOT))
    assert re.search(words, outputs.find_fault(printing(f"<p>{text}</p>", "text/html"), ROOT))
    assert re.search(words, outputs.find_fault(printing({"a": text}, "application/x+json"), ROOT))


@pytest.mark.parametrize(
    "text", ["0.98 at 0x", "and/home/or", "shape (3, 4)", "1974-01-15", "https://example.org/home/x"]
)
def test_harmless_text_passes(text):
    assert outputs.find_fault(printing(text), ROOT) is None


def test_pictures_are_not_searched():
    assert outputs.find_fault(printing(f"{ROOT}", "image/png"), ROOT) is None


def test_streams_are_joined_whatever_the_cuts():
    parts = [{"output_type": "stream", "name": name, "text": text} for name, text in ("oa", "ob", "ec", "od")]
    data = {"output_type": "display_data", "metadata": {}, "data": {"text/plain": "x"}}
    merged = outputs.merge_streams(nbformat.from_dict([*parts, data, data, parts[0]]))
    assert [output.get("text") for output in merged] == ["ab", "c", "d", None, None, "a"]


@pytest.mark.parametrize(
    ("printed", "kept"), [("a\rb\n", "b\n"), ("10 %\r100 %\r\nnext", "100 %\nnext"), ("a\nb", "a\nb"), ("a\r", "a")]
)
def test_a_progress_line_is_kept_as_it_ended(printed, kept):
    assert outputs.overwrite(printed) == kept


def test_a_widgets_own_words_stay():
    data = {outputs.WIDGET: {"model_id": "1"}, "text/plain": "Move the slider to see the boundary turn."}
    output = nbformat.from_dict({"output_type": "display_data", "metadata": {}, "data": data})
    assert outputs.without_widget(output).data == {"text/plain": "Move the slider to see the boundary turn."}


# --check ------------------------------------------------------------------------------------------------------------


def test_check_accepts_what_was_built_and_an_empty_checkout(built, tmp_path, capsys):
    assert build.main(["--check"], built) == 0
    assert build.main(["--check"], tmp_path) == 0
    assert capsys.readouterr().err == ""


def edit(root, folder, change):
    """Change the built notebook in ``folder`` by a function of its dictionary."""
    path = root / folder / "01_neuron.ipynb"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def first_code(content):
    return next(cell for cell in content["cells"] if cell["cell_type"] == "code")


ERROR = {"output_type": "error", "ename": "E", "evalue": "", "traceback": []}
DRIFTS = {
    "source text": ("lectures", lambda c: c["cells"][0].update(source="# Another"), "source of cell 1 is not what"),
    "code": ("solutions", lambda c: first_code(c).update(source="2"), "source of cell 2 is not what"),
    "id": ("exercises", lambda c: c["cells"][0].update(id="other"), "id of cell 1 is not what"),
    "tags": ("lectures", lambda c: first_code(c).update(metadata={}), "metadata of cell 2 is not what"),
    "type": ("lectures", lambda c: c["cells"][0].update(cell_type="raw"), "cell_type of cell 1 is not what"),
    "cell gone": ("lectures", lambda c: c["cells"].pop(), "5 cells, but source/lectures/01_neuron.md gives 6"),
    "cell more": ("exercises", lambda c: c["cells"].append(c["cells"][0] | {"id": "new"}), "9 cells, but source"),
    "order": ("lectures", lambda c: c["cells"].reverse(), "of cell 1 is not what"),
    "hash": ("lectures", lambda c: c["metadata"]["groundup"].update(source_sha256="0"), "built from another text"),
    "kernel": ("lectures", lambda c: c["metadata"]["kernelspec"].update(name="mine"), "its metadata are not those"),
    "not executed": ("lectures", lambda c: first_code(c).update(execution_count=None), "not executed (cell 2)"),
    "error": ("solutions", lambda c: first_code(c).update(outputs=[ERROR]), "cell 2 shows an error"),
    "exercise ran": ("exercises", lambda c: first_code(c).update(execution_count=1), "cell 2 carries outputs"),
    "not a notebook": ("exercises", lambda c: c.clear(), "cannot be read"),
}


@pytest.mark.parametrize(("folder", "change", "words"), DRIFTS.values(), ids=DRIFTS)
def test_check_finds_a_changed_notebook_and_names_the_remedy(copy, capsys, folder, change, words):
    edit(copy, folder, change)
    assert build.main(["--check"], copy) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{folder}/01_neuron.ipynb: ")
    assert words in line
    assert line.endswith("; run python tools/build.py --only 01_neuron")


def test_check_finds_a_changed_source_and_only_its_notebooks(copy, capsys):
    put(copy, "lectures", LECTURE.replace("Some text", "Other text"))
    assert build.main(["--check"], copy) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("lectures/01_neuron.ipynb: source of cell 1 is not what source/lectures/01_neuron.md:1")


def test_check_finds_a_changed_source_that_gives_the_same_cells(copy, capsys):
    put(copy, "lectures", LECTURE + "\n\n")
    assert build.main(["--check"], copy) == 1
    assert "built from another text than source/lectures/01_neuron.md holds now" in capsys.readouterr().err


def test_check_never_compares_outputs(copy):
    edit(copy, "lectures", lambda c: first_code(c)["outputs"][0].update(text="something else\n"))
    assert build.main(["--check"], copy) == 0


def test_check_finds_missing_and_stale_notebooks_and_bad_sources(copy, capsys):
    (copy / "solutions" / "01_neuron.ipynb").unlink()
    (copy / "lectures" / "07_old.ipynb").write_bytes((copy / "lectures" / "01_neuron.ipynb").read_bytes())
    put(copy, "lectures", "```{code-cell}\n", "02_mlp")
    assert build.main(["--check"], copy) == 1
    assert capsys.readouterr().err.splitlines() == [
        "solutions/01_neuron.ipynb: not built; run python tools/build.py --only 01_neuron",
        "source/lectures/02_mlp.md:1: this ``` fence is never closed; mend the source",
        "lectures/07_old.ipynb: no source makes this notebook; delete it, or write its source",
    ]
    assert build.main(["--check", "--only", "02_mlp"], copy) == 1
    assert "01_neuron" not in capsys.readouterr().err


def test_notebook_written_without_running_is_not_accepted(checkout, capsys):
    assert build.main(["--no-execute"], checkout) == 0
    assert build.main(["--check"], checkout) == 1
    errors = capsys.readouterr().err.splitlines()
    assert [line.split(";")[0] for line in errors] == [
        "lectures/01_neuron.ipynb: not executed (cell 2)",
        "solutions/01_neuron.ipynb: not executed (cell 2)",
    ]


def test_changed_builds_only_what_differs(copy, capsys):
    put(copy, "lectures", "# New", "02_mlp")
    capsys.readouterr()
    assert build.main(["--changed"], copy) == 0
    assert [line.split(":")[0] for line in capsys.readouterr().out.splitlines()] == ["lectures/02_mlp.ipynb"]
    assert build.main(["--changed"], copy) == 0
    assert capsys.readouterr().out == ""


def test_only_takes_stems_and_refuses_unknown_ones(checkout, capsys):
    put(checkout, "lectures", "# Two", "02_mlp")
    assert build.main(["--only", "02_mlp"], checkout) == 0
    assert sorted(path.name for path in checkout.glob("lectures/*.ipynb")) == ["02_mlp.ipynb"]
    assert build.main(["--only", "03_none"], checkout) == 1
    assert capsys.readouterr().err == "no source for 03_none; there are: 01_neuron, 02_mlp\n"


GLOSSARY_LINE = "- **weight**: a number. ([chapter 1, A section](01_neuron.ipynb#A-section))\n"


def test_the_glossary_is_made_with_every_chapter_and_checked(checkout, capsys):
    put(checkout, "glossary", GLOSSARY_LINE)
    assert build.main(["--only", "01_neuron", "--no-execute"], checkout) == 0
    notebook = nbformat.read(checkout / "lectures" / "glossary.ipynb", as_version=4)
    assert GLOSSARY_LINE.strip() in notebook.cells[-1].source
    assert build.main(["--check", "--only", "glossary"], checkout) == 0
    put(checkout, "glossary", GLOSSARY_LINE.replace("weight", "bias"), "02_mlp")
    capsys.readouterr()
    assert build.main(["--check", "--only", "glossary"], checkout) == 1
    assert "run python tools/build.py --only glossary" in capsys.readouterr().err


def test_a_mistake_in_another_chapters_part_of_the_glossary_stops_nobody_else(checkout, capsys):
    put(checkout, "glossary", "weight is a number\n")
    assert build.main(["--only", "01_neuron", "--no-execute"], checkout) == 0
    assert "the glossary was not made: source/glossary/01_neuron.md:1: not an entry" in capsys.readouterr().err
    assert (checkout / "lectures" / "01_neuron.ipynb").exists()
    assert build.main(["--only", "glossary"], checkout) == 1

"""What holds in every notebook beyond running through: nbval runs them, this reads them."""

import ast
import html
import re
import statistics
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("lectures", "exercises", "solutions")
NOTEBOOKS = {folder: sorted((ROOT / folder).glob("*.ipynb")) for folder in FOLDERS}
ALL = [path for paths in NOTEBOOKS.values() for path in paths]
TEXT_ONLY = {"glossary"}  # lectures without code
EXECUTED = [path for folder in ("lectures", "solutions") for path in NOTEBOOKS[folder] if path.stem not in TEXT_ONLY]
CHAPTERS = [path for path in EXECUTED if path.parent.name == "lectures" and re.match(r"(?!00)\d\d_", path.stem)]
NUMBER = re.compile(r"(?<![\d.])\d+\.\d+(?![\d.]*\d)")


def each(paths):
    """Run a test for each notebook, named by folder and stem."""
    return pytest.mark.parametrize("path", paths, ids=[f"{path.parent.name}/{path.stem}" for path in paths])


def read(path):
    return nbformat.read(path, as_version=4)


def cells(path, kind):
    return [cell for cell in read(path).cells if cell.cell_type == kind and cell.source.strip()]


def pytest_on(*arguments):
    """Run pytest in a process of its own with this checkout's settings; returns its exit code and text."""
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)]
    command += ["-p", "no:cacheprovider", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout + done.stderr


# How notebooks are run.


@pytest.mark.parametrize("stem", ["00_start", "01_neuron"])
def test_the_first_lectures_are_there(stem):
    assert (ROOT / "lectures" / f"{stem}.ipynb").is_file()


def test_plain_pytest_collects_every_code_cell():
    _, text = pytest_on("--collect-only", "-q", "--ignore=tests")
    collected = re.findall(r"^(\w+/\w+\.ipynb)::", text, re.MULTILINE)
    code = [path for path in ALL if path.stem not in TEXT_ONLY]
    expected = {f"{path.parent.name}/{path.name}": len(read_code(path)) for path in code}
    assert {name: collected.count(name) for name in expected} == expected
    assert set(collected) == set(expected), "something outside of the three folders was collected"
    assert all(count > 0 for count in expected.values())


def read_code(path):
    """Every code cell, empty ones too."""
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def write_notebook(path, *sources, stored=None):
    """Write a notebook of code cells; the last one claims to have printed `stored`, which is then compared."""
    made = [nbformat.v4.new_code_cell(source) for source in sources]
    if stored is not None:
        output = nbformat.v4.new_output("stream", name="stdout", text=stored)
        made[-1].update(outputs=[output], execution_count=1, metadata={"tags": ["nbval-check-output"]})
    path.parent.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=made), path)


# Loopback answers; a name and an address elsewhere are refused, by the guard and not by a network that is not there.
PROBES = [
    "import os, socket, urllib.request\nfrom pathlib import Path",
    "server = socket.create_server(('127.0.0.1', 0))\n"
    "socket.create_connection(('localhost', server.getsockname()[1])).close()",
    "urllib.request.urlopen('http://example.invalid')",
    "socket.socket().connect(('192.0.2.1', 80))",
    "assert 'GROUNDUP_STRICT' not in os.environ",
    "from groundup.paths import ROOT, STATE\nassert ROOT not in STATE.parents",
    "assert Path.cwd().name == Path('lectures').name",
    "1 / 0",
]


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    """The report of notebooks that are run as the course's are, and were made to fail in known cells."""
    folder = tmp_path_factory.mktemp("probe")
    write_notebook(folder / "lectures" / "probe.ipynb", *PROBES)
    write_notebook(folder / "lectures" / "same.ipynb", "print('one')", stored="one\n")
    write_notebook(folder / "lectures" / "other.ipynb", "print('one')", stored="two\n")
    write_notebook(folder / "solutions" / "strict.ipynb", "import os\nassert os.environ['GROUNDUP_STRICT'] == '1'")
    said = ["○ Exercise 1.1 f: not started.", "✓ Exercise 1.1 f: passed.", "✗ Exercise 1.2 f: wrong.", "A word."]
    write_notebook(folder / "exercises" / "said.ipynb", *(f"print({words!r})" for words in said))
    # The folder lies outside of the checkout, so the checkout's conftest.py is named.
    return pytest_on("-p", "conftest", "-v", "--color=no", "--nbval-cell-timeout=60", folder)


@pytest.mark.parametrize(
    "test, outcome",
    [
        ("lectures/probe.ipynb::Cell 1", "PASSED"),
        ("lectures/probe.ipynb::Cell 2", "FAILED"),
        ("lectures/probe.ipynb::Cell 3", "FAILED"),
        ("lectures/probe.ipynb::Cell 4", "PASSED"),
        ("lectures/probe.ipynb::Cell 5", "PASSED"),
        ("lectures/probe.ipynb::Cell 6", "PASSED"),
        ("lectures/probe.ipynb::Cell 7", "FAILED"),
        ("lectures/same.ipynb::Cell 0", "PASSED"),
        ("lectures/other.ipynb::Cell 0", "FAILED"),
        ("solutions/strict.ipynb::Cell 0", "PASSED"),
        ("exercises/said.ipynb::Cell 0", "PASSED"),
        ("exercises/said.ipynb::Cell 1", "FAILED"),
        ("exercises/said.ipynb::Cell 2", "FAILED"),
        ("exercises/said.ipynb::Cell 3", "PASSED"),
    ],
)
def test_notebooks_fail_where_they_should_and_only_there(probed, test, outcome):
    code, text = probed
    assert code == 1
    assert re.search(rf"{re.escape(test)} {outcome}", text), text


@pytest.mark.parametrize("event", ["socket.getaddrinfo to 'example.invalid'", "socket.connect to '192.0.2.1'"])
def test_the_guard_in_the_kernel_says_what_it_refused(probed, event):
    assert f"NetworkBlocked: no network in tests: {event}" in re.sub(r"\x1b\[[\d;]*m", "", probed[1])


# What a notebook holds.


@each(ALL)
def test_it_is_a_valid_notebook_with_cell_ids(path):
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) >= (4, 5), "cell ids came with version 4.5"
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


@each(ALL)
def test_nothing_in_it_was_timed_skipped_or_allowed_to_fail(path):
    for cell in read(path).cells:
        assert "execution" not in cell.metadata
        assert not {"nbval-skip", "nbval-raises-exception", "raises-exception"} & set(cell.metadata.get("tags", []))
        assert "NBVAL_" not in cell.source


def test_what_has_no_code_is_known():
    assert {path.stem for path in ALL if not read_code(path)} == TEXT_ONLY


@each(NOTEBOOKS["exercises"])
def test_an_exercise_gives_nothing_away(path):
    for cell in read(path).cells:
        assert "BEGIN SOLUTION" not in cell.source
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@each(EXECUTED)
def test_it_was_run_from_top_to_bottom(path):
    code = cells(path, "code")
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert not [output for cell in code for output in cell.outputs if output.output_type == "error"]


@each(EXECUTED)
def test_cells_whose_output_is_compared_print_text_only(path):
    tagged = [cell for cell in cells(path, "code") if "nbval-check-output" in cell.metadata.get("tags", [])]
    # Solutions are held by their checks, in strict mode; in a lecture the text relies on what is printed.
    assert tagged or path.parent.name == "solutions", "no output of this notebook is compared"
    for cell in tagged:
        assert cell.outputs, f"compared, but it prints nothing:\n{cell.source}"
        kinds = [set(output.get("data", {"text/plain": 0})) for output in cell.outputs]
        assert all(kind == {"text/plain"} for kind in kinds), f"{kinds} in\n{cell.source}"


class Images(HTMLParser):
    """Collects the alternative text of each <img>, and the attributes of each <svg>."""

    def __init__(self, text):
        super().__init__()
        self.images, self.drawings = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "img":
            self.images.append((dict(attrs).get("alt") or "").strip())
        if tag == "svg":
            self.drawings.append((dict(attrs).get("aria-label") or "").strip())


def nameless(path):
    """Say which pictures of a notebook a screen reader could not name."""
    found = []
    for cell in read(path).cells:
        sources = [cell.source] if cell.cell_type == "markdown" else []
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            sources.append(data.get("text/html", ""))
            found += [f"{kind} without words, below:\n{cell.source}" for kind in data if kind.startswith("image/")]
        for images in map(Images, sources):
            found += [f"empty alt:\n{cell.source}" for text in images.images + images.drawings if not text]
        found += re.findall(r"!\[\s*\]\(.*?\)", cell.source) if cell.cell_type == "markdown" else []
    return found


@each(ALL)
def test_every_picture_has_words(path):
    assert nameless(path) == []


# What is no prose, in the order in which it is taken out.
NOT_PROSE = [
    r"(?ms)^(```|~~~).*?^\1",  # code blocks
    r"`[^`]*`",
    r"(?s)\$\$.*?\$\$",
    r"\$[^$]*\$",
    r"(?s)<!--.*?-->",
    r"<[^>]*>",
    r"\]\([^)]*\)",  # addresses of links; their words stay
    r"https?://\S+",
    r"(?m)^#+ .*$",  # titles carry numbers of sections
    r"\b(?:Exercise|Exercises|Section|Figure|Python|NumPy|PyTorch|JupyterLab|BY|version) \d+\.\d+(?:\.\d+)?",
]


def prose(text):
    """The words of a Markdown cell, without code, formulas, addresses, titles and versions."""
    for pattern in NOT_PROSE:
        text = re.sub(pattern, " ", text)
    return text


def printed(path):
    """Everything that a notebook's code says and prints, as one text, without tags and pictures."""
    parts = []
    for cell in cells(path, "code"):
        parts.append(cell.source)
        for output in cell.outputs:
            data = output.get("data", {})
            parts += [output.get("text", ""), data.get("text/plain", "")]
            parts.append(html.unescape(re.sub(r"(?s)<[^>]*>", " ", data.get("text/html", ""))))
    return "\n".join(parts)


def numbers_without_a_cell(path):
    known = set(NUMBER.findall(printed(path)))
    written = [number for cell in cells(path, "markdown") for number in NUMBER.findall(prose(cell.source))]
    return [number for number in written if number not in known]


@each(EXECUTED)
def test_every_decimal_number_in_the_text_is_printed_or_set_by_a_cell(path):
    assert numbers_without_a_cell(path) == []


def test_a_number_typed_by_hand_is_found(tmp_path):
    path = tmp_path / "typed.ipynb"
    text = "# 1.1 Title\n\nFirst 0.385, then 96.7 % and 2.71, not `3.14`, $1.41$ or [a link](https://example.org/4.66)."
    output = nbformat.v4.new_output("stream", name="stdout", text="0.385 and 96.75 and 12.71")
    cell = nbformat.v4.new_code_cell("print(1)", outputs=[output], execution_count=1)
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text), cell]), path)
    assert numbers_without_a_cell(path) == ["96.7", "2.71"]


def relative_links(path):
    """The files that a notebook's text and its outputs' HTML link to."""
    for cell in read(path).cells:
        text = "\n".join(output.get("data", {}).get("text/html", "") for output in cell.get("outputs", []))
        if cell.cell_type == "markdown":
            text = re.sub(r"`[^`\n]*`", "", re.sub(NOT_PROSE[0], "", cell.source))
        found = re.findall(r"\]\(\s*<?([^)\s>]+)", text) + re.findall(r"""(?:href|src)=["']([^"']+)""", text)
        yield from (urlsplit(link) for link in found)


@each(ALL)
def test_every_relative_link_leads_to_a_file(path):
    links = [link for link in relative_links(path) if not link.scheme and not link.netloc and link.path]
    missing = [link.path for link in links if not (path.parent / unquote(link.path)).exists()]
    assert missing == []


# The form of a lecture.


def tree(cell):
    """The syntax tree of a code cell without IPython's own lines."""
    return ast.parse("\n".join(line for line in cell.source.splitlines() if not line.lstrip().startswith(("%", "!"))))


@each(EXECUTED)
def test_imports_stand_in_the_first_code_cell(path):
    first, *others = cells(path, "code")
    late = [ast.unparse(node) for cell in others for node in ast.walk(tree(cell)) if is_import(node)]
    assert any(is_import(node) for node in ast.walk(tree(first)))
    assert late == []


def is_import(node):
    return isinstance(node, ast.Import | ast.ImportFrom)


@each(ALL)
def test_no_star_import_and_no_global_seed(path):
    for cell in cells(path, "code"):
        assert not re.search(r"^\s*from \S+ import \*", cell.source, re.MULTILINE)
        assert "random.seed(" not in cell.source


@each(CHAPTERS)
def test_a_lecture_has_its_length(path):
    lines = [len(cell.source.splitlines()) for cell in cells(path, "code")]
    words = sum(len(prose(cell.source).split()) for cell in cells(path, "markdown"))
    assert max(lines) <= 25
    assert statistics.median(lines) <= 8
    assert 1200 <= words <= 4000
    assert 35 <= len(read(path).cells) <= 100

"""Read one chapter source: MyST Markdown in, a list of cells out, each knowing the line it came from.

What is wrong with a source is a ``SourceError`` that names file and line, in the form that editors and terminals turn
into a link.
"""

import ast
import hashlib
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

from jupytext.myst import MystMetadataParsingError, myst_to_notebook
from nbformat import NotebookNode

KNOWN_TAGS = {
    "nbval-check-output": "nbval compares what this cell prints with what is stored",
    "nbval-ignore-output": "nbval runs this cell and does not look at its output",
    "nbval-skip": "nbval does not run this cell",
    "nbval-raises-exception": "nbval expects this cell to raise",
    "raises-exception": "the build expects this cell to raise",
    "solution": "exercise sources only: the cell goes into the solution and not into the exercise",
}
FENCE = re.compile(r"^(?P<indent>\s*)(?P<ticks>`{3,}|~{3,})\s*(?P<info>.*?)\s*$")
CELL_OPTION = re.compile(r":tags: \[[^\[\]]*\]\s*")
BREAK = re.compile(r"\+\+\+(\s*\{\s*\"tags\"\s*:\s*\[\s*(\"[^\"]*\"[,\s]*)*\]\s*\})?\s*")
HEADING = re.compile(r"^#{1,4} ")
# str.splitlines, which jupytext uses, breaks lines at these too; its parser does not, and line numbers would disagree.
ODD_LINE_BREAK = re.compile("[\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")


class SourceError(Exception):
    """A mistake in a source file; its text is ``path:line: message``."""

    def __init__(self, path: Path, line: int, message: str):
        """Name the file (as it is to be shown), the line (counted from 1) and what is wrong."""
        super().__init__(f"{path.as_posix()}:{line}: {message}")
        self.path, self.line = path, line


@dataclass(frozen=True)
class Cell:
    """One cell: ``kind`` is "code" or "markdown", ``line`` the source line (from 1) on which its text begins."""

    kind: str
    source: str
    tags: tuple[str, ...]
    line: int
    id: str = ""


@dataclass(frozen=True)
class Source:
    """A parsed source file: its path as it is shown, the hash of its text, and its cells."""

    path: Path
    sha256: str
    cells: list[Cell]


def read_source(root: Path, path: Path) -> Source:
    """Read the source at ``root / path``; raise SourceError where it cannot become cells."""
    # Universal newlines: a checkout with Windows line ends gives the same text, hash and cells.
    text = (root / path).read_text(encoding="utf-8")
    check_lines(path, text)
    cells = [part for cell in parse(path, text) for part in split_at_headings(cell)]
    for cell in cells:
        check_tags(path, cell)
        if cell.kind == "code":
            check_code(path, cell)
    return Source(path, hashlib.sha256(text.encode()).hexdigest(), cells)


def check_lines(path: Path, text: str) -> None:
    """Find what the Markdown parser would quietly take for ordinary text: open fences, misspelt directives."""
    opened: tuple[int, re.Match] | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        if ODD_LINE_BREAK.search(line):
            raise SourceError(path, number, "an invisible line break (a form feed or the like); delete it")
        fence = FENCE.match(line)
        if fence and opened:
            opened = after_fence(path, number, fence, *opened)
        elif fence:
            check_directive(path, number, fence)
            opened = number, fence
        else:
            check_options(path, number, line, in_cell=opened is not None and opened[1]["info"].startswith("{"))
    if opened:
        raise SourceError(path, opened[0], f"this {opened[1]['ticks']} fence is never closed")


def after_fence(path: Path, number: int, fence: re.Match, start: int, opening: re.Match) -> tuple[int, re.Match] | None:
    """Return what is open after a fence line that was met inside the fence opened at line ``start``."""
    if fence["ticks"].startswith(opening["ticks"]) and not fence["info"]:
        return None
    if fence["info"].startswith("{"):
        raise SourceError(path, number, f"a cell begins inside the fence of line {start}, which is not closed")
    return start, opening


def check_directive(path: Path, number: int, fence: re.Match) -> None:
    """Refuse directives other than ``{code-cell}``, and code cells that are indented (jupytext would not see them)."""
    info = fence["info"]
    if not info.startswith("{"):
        return
    if info.split()[0] != "{code-cell}":
        raise SourceError(path, number, f"unknown directive {info.split()[0]}; the only one here is {{code-cell}}")
    if fence["indent"]:
        raise SourceError(path, number, "a code cell must begin in the first column")


def check_options(path: Path, number: int, line: str, in_cell: bool) -> None:
    """Refuse options other than tags, and tags that are no list, in a code cell or after a ``+++`` break."""
    if in_cell and line.startswith(":") and not CELL_OPTION.fullmatch(line):
        raise SourceError(path, number, f"not a cell option: {line!r}; the only one here is :tags: [one, two]")
    if not in_cell and line.startswith("+++") and not BREAK.fullmatch(line):
        raise SourceError(path, number, f'not a cell break: {line!r}; write +++ or +++ {{"tags": ["solution"]}}')


def parse(path: Path, text: str) -> list[Cell]:
    """Let jupytext find the cells, and find the line on which each begins."""
    try:
        notebook = myst_to_notebook(text, add_source_map=True)
    except MystMetadataParsingError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise SourceError(path, int(line[1]) if line else 1, f"the options cannot be read: {error}") from error
    lines = text.split("\n")
    starts = notebook.metadata["source_map"]
    return [as_cell(cell, lines, start) for cell, start in zip(notebook.cells, starts, strict=True)]


def as_cell(cell: NotebookNode, lines: list[str], start: int) -> Cell:
    """Turn jupytext's cell, which begins somewhere at or after index ``start`` of ``lines``, into ours."""
    body = cell.source.split("\n")
    # Options and blank lines stand between the start that jupytext reports and the text itself.
    candidates = range(start, len(lines) - len(body) + 1)
    first = next((index for index in candidates if lines[index : index + len(body)] == body), start)
    if not cell.source:
        first = start - 1  # an empty cell has no text: name its fence
    return Cell(cell.cell_type, cell.source.rstrip(), tuple(cell.metadata.get("tags", [])), first + 1)


def split_at_headings(cell: Cell) -> list[Cell]:
    """Begin a new Markdown cell in front of each heading, but not inside fenced code or folded ``<details>``.

    Tags hold up to the next heading only, or a paragraph for the solution would take the next exercise's title along.
    """
    if cell.kind != "markdown":
        return [cell]
    lines = cell.source.split("\n")
    starts = [0, *heading_indices(lines)]
    parts = [(start, "\n".join(lines[start:end])) for start, end in zip(starts, [*starts[1:], None], strict=True)]
    return [
        Cell(cell.kind, text.rstrip(), () if start else cell.tags, cell.line + start)
        for start, text in parts
        if text.strip()
    ]


def heading_indices(lines: list[str]) -> list[int]:
    """Return the indices, after the first, of lines that are headings."""
    found, fenced, folded = [], False, 0
    for index, line in enumerate(lines):
        fenced ^= bool(FENCE.match(line))
        folded += line.count("<details") - line.count("</details")
        if index and HEADING.match(line) and not fenced and not folded:
            found.append(index)
    return found


def check_tags(path: Path, cell: Cell) -> None:
    """Refuse a tag that nobody reads: misspelt, it would silently switch a check off."""
    for tag in cell.tags:
        if tag not in KNOWN_TAGS:
            raise SourceError(path, cell.line, f"unknown tag {tag!r}; known are {', '.join(KNOWN_TAGS)}")


def check_code(path: Path, cell: Cell) -> None:
    """Refuse a code cell that is empty or not plain Python."""
    if not cell.source.strip():
        raise SourceError(path, cell.line, "an empty code cell")
    for offset, line in enumerate(cell.source.split("\n")):
        if line.startswith(("%", "!")):
            raise SourceError(path, cell.line + offset, "IPython's % and ! lines are not plain Python; write Python")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # an invalid escape such as "\\d" is only a warning, of varying kind
            compile(cell.source, path.name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except SyntaxError as error:
        raise SourceError(path, cell.line + (error.lineno or 1) - 1, f"not Python: {error.msg}") from error

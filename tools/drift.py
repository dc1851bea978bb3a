"""Whether the built notebooks are what the sources give.

Cells are compared, never outputs: what training gives may differ a little from machine to machine.
"""

from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from chapters import Target, sources, targets
from source import SourceError

FOLDERS = ("lectures", "exercises", "solutions")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one chapter; ``str`` of it is a line to show, remedy included."""

    stem: str
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return the line to show."""
        return f"{self.text}; {self.remedy}" if self.remedy else self.text


def problems(root: Path) -> list[Problem]:
    """Return all that is wrong, in the order of the chapters; an empty list means that everything is built."""
    found, expected = [], set()
    for path in sources(root):
        try:
            made = targets(root, path)
        except SourceError as error:
            found.append(Problem(path.stem, str(error), "mend the source"))
            expected |= {Path(folder, f"{path.stem}.ipynb") for folder in FOLDERS}
            continue
        expected |= {target.path for target in made}
        found += [
            Problem(path.stem, text, f"run python tools/build.py --only {path.stem}")
            for target in made
            if (text := compare(root, target))
        ]
    return found + stale(root, expected)


def stale(root: Path, expected: set[Path]) -> list[Problem]:
    """Return a problem for each notebook that no source makes."""
    built = [path.relative_to(root) for folder in FOLDERS for path in sorted((root / folder).glob("*.ipynb"))]
    return [
        Problem(path.stem, f"{path.as_posix()}: no source makes this notebook", "delete it, or write its source")
        for path in built
        if path not in expected
    ]


def compare(root: Path, target: Target) -> str | None:
    """Return the first difference between the notebook on disk and what its source gives, or None."""
    name = target.path.as_posix()
    if not (root / target.path).exists():
        return f"{name}: not built"
    try:
        built = nbformat.read(root / target.path, as_version=4)
    except Exception as error:  # nbformat lets through whatever its JSON reader and its validator raise
        return f"{name}: cannot be read ({type(error).__name__}: {str(error).splitlines()[0]})"
    tests = (cells_differ, metadata_differs, wrong_outputs)
    return next((text for test in tests if (text := test(name, built, target))), None)


def cells_differ(name: str, built: NotebookNode, target: Target) -> str | None:
    """Return the first cell that differs in id, type, text or tags."""
    for index, (have, want) in enumerate(zip(built.cells, target.notebook().cells, strict=False)):
        for what in ("cell_type", "source", "metadata", "id"):
            if have.get(what) != want.get(what):
                return f"{name}: {what} of cell {index + 1} is not what {target.line(index)} gives"
    if len(built.cells) != len(target.cells):
        return f"{name}: {len(built.cells)} cells, but {target.source.path.as_posix()} gives {len(target.cells)}"
    return None


def metadata_differs(name: str, built: NotebookNode, target: Target) -> str | None:
    """Return that the source has changed since, or that the notebook's metadata were edited."""
    want = target.metadata()
    if built.metadata.get("groundup") != want.groundup:
        return f"{name}: built from another text than {target.source.path.as_posix()} holds now"
    return None if built.metadata == want else f"{name}: its metadata are not those that the build writes"


def wrong_outputs(name: str, built: NotebookNode, target: Target) -> str | None:
    """Return a cell that carries outputs and must not, or was not executed, or failed."""
    for index, cell in enumerate(built.cells):
        if cell.cell_type != "code":
            continue
        ran = cell.execution_count is not None
        if not target.executed and (ran or cell.outputs):
            return f"{name}: cell {index + 1} carries outputs, and exercises have none"
        if target.executed and not ran:
            return f"{name}: not executed (cell {index + 1})"
        failed = any(output.output_type == "error" for output in cell.outputs)
        if failed and "raises-exception" not in cell.metadata.get("tags", []):
            return f"{name}: cell {index + 1} shows an error"
    return None

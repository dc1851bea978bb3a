"""From a source file to the notebooks that it makes, not yet executed."""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode, v4

from exercise import make_pair, refuse_solutions
from glossary import FOLDER, fragments, read_glossary
from source import Cell, Source, SourceError, read_source

STEM = re.compile(r"\d\d_[a-z0-9_]+")
# Without exact versions: they would change with the machine.
KERNEL = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}


@dataclass(frozen=True)
class Target:
    """A notebook to make: its folder ("lectures", "exercises" or "solutions"), the source, the cells with their ids."""

    folder: str
    source: Source
    cells: list[Cell]

    @property
    def path(self) -> Path:
        """Where the notebook goes, relative to the checkout."""
        return Path(self.folder, f"{self.source.path.stem}.ipynb")

    @property
    def executed(self) -> bool:
        """Whether the built notebook carries outputs."""
        return self.folder != "exercises" and any(cell.kind == "code" for cell in self.cells)

    def line(self, index: int) -> str:
        """Return ``source:line`` of the cell at ``index``."""
        return f"{self.source.path.as_posix()}:{self.cells[index].line}"

    def metadata(self) -> NotebookNode:
        """Return the notebook's metadata: the kernel, and from which text it was made."""
        return nbformat.from_dict(
            KERNEL | {"groundup": {"source_sha256": self.source.sha256, "stem": self.source.path.stem}}
        )

    def notebook(self) -> NotebookNode:
        """Return the notebook without outputs."""
        return v4.new_notebook(cells=[as_node(cell) for cell in self.cells], metadata=self.metadata())


def as_node(cell: Cell) -> NotebookNode:
    """Return the cell in nbformat's form."""
    make = v4.new_code_cell if cell.kind == "code" else v4.new_markdown_cell
    return make(cell.source, id=cell.id, metadata={"tags": list(cell.tags)} if cell.tags else {})


def sources(root: Path) -> list[Path]:
    """Return the sources, relative to ``root``: of each chapter lecture and exercises; at the end the glossary."""
    folders = [root / "source" / kind for kind in ("lectures", "exercises")]
    found = [path.relative_to(root) for folder in folders for path in folder.glob("*.md")]
    found.sort(key=lambda path: (path.stem, path.parent.name != "lectures"))
    return [*found, FOLDER] if fragments(root) else found


def targets(root: Path, path: Path) -> list[Target]:
    """Return what the source at ``root / path`` makes; the solution stands before the exercise. Raises SourceError."""
    if path == FOLDER:
        glossary = read_glossary(root)
        return [Target("lectures", glossary, with_ids(glossary.cells))]
    if not STEM.fullmatch(path.stem):
        raise SourceError(path, 1, "a chapter's file is named like 01_neuron.md: two digits, _, lower-case letters")
    source = read_source(root, path)
    if path.parent.name == "lectures":
        refuse_solutions(source)
        return [Target("lectures", source, with_ids(source.cells))]
    exercise, solution = make_pair(source)
    return [Target("solutions", source, with_ids(solution)), Target("exercises", source, with_ids(exercise))]


def with_ids(cells: list[Cell]) -> list[Cell]:
    """Give each cell an id: its own, or a hash of its text; the second of the same kind ends in -2."""
    seen = Counter()
    return [replace(cell, id=numbered(cell.id or hash_of(cell), seen)) for cell in cells]


def hash_of(cell: Cell) -> str:
    """Return a short hash of what the cell is and says."""
    return hashlib.sha256(f"{cell.kind}\n{cell.source}".encode()).hexdigest()[:12]


def numbered(base: str, seen: Counter) -> str:
    """Return ``base``, with a number from the second time on."""
    seen[base] += 1
    return base if seen[base] == 1 else f"{base}-{seen[base]}"

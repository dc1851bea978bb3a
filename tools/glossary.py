"""The glossary: one line for each term in source/glossary/NN_name.md, put together alphabetically as one notebook.

A line is ``- **term**: one sentence. ([chapter N, section title](NN_name.ipynb#Section-title))``; a longer one goes on
in indented lines. tools/build.py makes lectures/glossary.ipynb of all of them.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from source import Cell, Source, SourceError

FOLDER = Path("source", "glossary")
STEM = "glossary"
ENTRY = re.compile(r"- \*\*(?P<term>[^*]+)\*\*: (?P<text>\S.*)")
# A place in a lecture: a heading, its spaces written as JupyterLab and GitHub do.
LINK = re.compile(r"\]\((?P<file>[\w.-]+\.ipynb)#(?P<heading>(?:[^()\s]|\([^()\s]*\))+)\)")
HEAD = """\
# Glossary

Each term in a sentence, with the section that builds it. Letters and shapes, which mean the same in every chapter, are
in the [table of notation](00_start.ipynb#Notation). In JupyterLab the first click on a link opens the chapter; a second
click, once it is open, leads to the section."""


@dataclass(frozen=True)
class Entry:
    """One term: its text with its links, and where it was written."""

    term: str
    text: str
    path: Path
    line: int

    @property
    def key(self) -> str:
        """What it is sorted by: its letters and digits without accents, in lower case."""
        plain = unicodedata.normalize("NFKD", self.term).casefold()
        return "".join(letter for letter in plain if letter.isalnum())

    def __str__(self) -> str:
        """Return the entry as it is shown."""
        return f"- **{self.term}**: {self.text}"


def read_glossary(root: Path) -> Source:
    """Put all fragments together; raise SourceError for a line that is no entry, and for a term that is there twice."""
    entries = [entry for path in fragments(root) for entry in read_fragment(root, path)]
    refuse_doubles(entries)
    entries.sort(key=lambda entry: entry.key)
    cells = [Cell("markdown", HEAD, (), 1)]
    for letter, group in groupby(entries, key=lambda entry: entry.key[:1].upper()):
        cells.append(Cell("markdown", "\n".join([f"## {letter}", "", *map(str, group)]), (), 1))
    text = "\n\n".join(cell.source for cell in cells)
    return Source(FOLDER, hashlib.sha256(text.encode()).hexdigest(), cells)


def fragments(root: Path) -> list[Path]:
    """Return the fragments, relative to ``root``, in chapter order."""
    return sorted(path.relative_to(root) for path in (root / FOLDER).glob("*.md"))


def read_fragment(root: Path, path: Path) -> list[Entry]:
    """Return the entries of one fragment."""
    found: list[tuple[int, str]] = []
    for number, line in enumerate((root / path).read_text(encoding="utf-8").split("\n"), start=1):
        if line.startswith("  ") and found:
            found[-1] = found[-1][0], f"{found[-1][1]} {line.strip()}"
        elif line.strip():
            found.append((number, line.rstrip()))
    return [as_entry(path, number, line) for number, line in found]


def as_entry(path: Path, number: int, line: str) -> Entry:
    """Return the entry that a line is."""
    match = ENTRY.fullmatch(line)
    if not match:
        raise SourceError(path, number, f"not an entry: {line[:60]!r}; write - **term**: one sentence. ([where](link))")
    if not LINK.search(line):
        raise SourceError(path, number, f"{match['term']}: wants a link such as (01_neuron.ipynb#The-words)")
    return Entry(match["term"].strip(), match["text"], path, number)


def refuse_doubles(entries: list[Entry]) -> None:
    """Raise SourceError where a term is explained for a second time."""
    first: dict[str, Entry] = {}
    for entry in entries:
        known = first.setdefault(entry.key, entry)
        if known is not entry:
            place = f"{known.path.as_posix()}:{known.line}"
            raise SourceError(entry.path, entry.line, f"{entry.term}: explained at {place} already; one may link twice")


def anchor(heading: str) -> str:
    """Return what leads to a heading, given as Markdown: its text with - for each space."""
    return re.sub(r"[*`]", "", heading).strip().replace(" ", "-")

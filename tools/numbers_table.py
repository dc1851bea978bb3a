"""Write the table of measured numbers into README.md from what the built lectures hold; nobody types a result by hand.

python tools/numbers_table.py              write the table between the two marker lines of README.md
python tools/numbers_table.py --check      write nothing; tell whether README.md shows what the notebooks hold
"""

# Not called numbers.py: a script's folder comes first on the import path, and NumPy imports the standard numbers.py.

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- numbers:begin -->", "<!-- numbers:end -->"
MILESTONE = "application/vnd.groundup.milestone+json"
COST = "application/vnd.groundup.cost+json"
HEAD = ("chapter", "milestone", "reached", "asked", "seconds", "peak memory")
ALIGNMENT = ("---", "---", "---:", "---:", "---:", "---:")


class NumbersError(Exception):
    """A notebook or the README is not as the table needs it; the text names the file."""


@dataclass(frozen=True)
class Chapter:
    """What one built lecture says of itself: its stem, its milestones in order, and its cost."""

    stem: str
    milestones: list[dict]
    cost: dict | None


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """Run the command in the checkout at ``root``; return the exit code: 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare README.md with the notebooks; write nothing")
    options = parser.parse_args(argv)
    try:
        return update(root, options.check)
    except NumbersError as error:
        print(error, file=sys.stderr)
        return 1


def update(root: Path, check: bool) -> int:
    """Write the table, or with ``check`` only compare; return the exit code."""
    readme = root / "README.md"
    old = readme.read_text(encoding="utf-8")
    new = with_table(old, table(collect(root)))
    if check and old != new:
        raise NumbersError("README.md: the numbers are not those of the lectures; run python tools/numbers_table.py")
    if not check:
        readme.write_text(new, encoding="utf-8", newline="\n")
    print("README.md shows the numbers of the built lectures.")
    return 0


def collect(root: Path) -> list[Chapter]:
    """Read the built lectures in chapter order; those that measure nothing are left out."""
    chapters = [read_chapter(path) for path in sorted((root / "lectures").glob("*.ipynb"))]
    return [chapter for chapter in chapters if chapter.milestones or chapter.cost]


def read_chapter(path: Path) -> Chapter:
    """Return what the lecture at ``path`` holds; raise NumbersError for a milestone twice or a missing cost."""
    name = f"lectures/{path.name}"
    notebook = nbformat.read(path, as_version=4)
    data = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    milestones = [bundle[MILESTONE] for bundle in data if MILESTONE in bundle]
    costs = [bundle[COST] for bundle in data if COST in bundle]
    keys = [milestone["name"] for milestone in milestones]
    if double := {key for key in keys if keys.count(key) > 1}:
        raise NumbersError(f"{name}: two milestones are called {min(double)!r}; give each a name of its own")
    if len(costs) > 1 or (milestones and not costs):
        raise NumbersError(f"{name}: {len(costs)} outputs of chapter_cost(); call it once, in the last code cell")
    return Chapter(path.stem, milestones, costs[0] if costs else None)


def table(chapters: list[Chapter]) -> str:
    """Return the Markdown table; a chapter's cost stands in its first row only."""
    rows = [row for chapter in chapters for row in rows_of(chapter)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (HEAD, ALIGNMENT, *rows))


def rows_of(chapter: Chapter) -> list[tuple[str, ...]]:
    """Return the chapter's rows: one for each milestone, or one that tells the cost alone."""
    title = f"[{chapter.stem.replace('_', ' ')}](lectures/{chapter.stem}.ipynb)"
    cost = (f"{chapter.cost['seconds']:.0f} s", f"{chapter.cost['peak_mb']:.0f} MB")
    results = [(cell(m["text"]), cell(m["shown"]), cell(m["bound"])) for m in chapter.milestones] or [("–", "–", "–")]
    return [(title, *results[0], *cost), *(("", *result, "", "") for result in results[1:])]


def cell(text: str) -> str:
    """Return the text as it can stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def with_table(readme: str, text: str) -> str:
    """Return the README with ``text`` between the two marker lines; raise NumbersError where they are missing."""
    if readme.count(BEGIN) != 1 or readme.count(END) != 1 or readme.index(BEGIN) > readme.index(END):
        raise NumbersError(f"README.md: wants one line {BEGIN} and below it one line {END}, for the table")
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


if __name__ == "__main__":
    sys.exit(main())

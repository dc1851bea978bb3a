"""Write into README.md what the built lectures measured, and which chapters there are; nobody types these by hand.

python tools/numbers_table.py              write both between their marker lines in README.md
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
PRESENT = "<!-- chapters:begin -->", "<!-- chapters:end -->"
MILESTONE = "application/vnd.groundup.milestone+json"
COST = "application/vnd.groundup.cost+json"
HEAD = ("chapter", "reached (and asked)", "seconds", "peak memory")
ALIGNMENT = ("---", "---", "---:", "---:")
LAST = 12  # the last chapter of the road


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
    new = with_text(old, table(collect(root)))
    if PRESENT[0] in old:
        new = with_text(new, present(root), *PRESENT)
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
    if missed := [milestone["name"] for milestone in milestones if milestone.get("missed")]:
        raise NumbersError(f"{name}: {missed[0]!r} was not reached; build the chapter on a quiet machine")
    if len(costs) > 1 or (milestones and not costs):
        raise NumbersError(f"{name}: {len(costs)} outputs of chapter_cost(); call it once, in the last code cell")
    return Chapter(path.stem, milestones, costs[0] if costs else None)


def table(chapters: list[Chapter]) -> str:
    """Return the Markdown table: a row for each chapter, and one for all together."""
    rows = [row_of(chapter) for chapter in chapters]
    if len(chapters) > 1:
        costs = [chapter.cost for chapter in chapters]
        seconds, peak_mb = sum(cost["seconds"] for cost in costs), max(cost["peak_mb"] for cost in costs)
        many = sum(len(chapter.milestones) for chapter in chapters)
        rows.append(("all", f"{many} milestones", f"{seconds:.0f} s", f"{peak_mb:.0f} MB"))
    return "\n".join(f"| {' | '.join(row)} |" for row in (HEAD, ALIGNMENT, *rows))


def row_of(chapter: Chapter) -> tuple[str, ...]:
    """Return the chapter's row: each milestone on a line of its own, its number first, and what the chapter costs."""
    title = f"[{chapter.stem.replace('_', ' ')}](lectures/{chapter.stem}.ipynb)"
    results = [f"**{cell(m['shown'])}** {cell(m['text'])} ({cell(m['bound'])})" for m in chapter.milestones]
    cost = (f"{chapter.cost['seconds']:.0f} s", f"{chapter.cost['peak_mb']:.0f} MB")
    return (title, "<br>".join(results) or "–", *cost)


def present(root: Path) -> str:
    """Return a sentence that says which chapters can be read, and which are still to come."""
    there = {int(path.stem[:2]) for path in (root / "lectures").glob("[0-9][0-9]_*.ipynb")}
    if there >= set(range(LAST + 1)):
        return "All twelve chapters are here, each with a lecture, exercises and solutions."
    to_come = set(range(LAST + 1)) - there
    return (
        f"Of the chapters, {spans(there)} can be read, from 01 on with exercises and solutions; "
        f"{spans(to_come)} {'is' if len(to_come) == 1 else 'are'} being built."
    )


def spans(numbers: set[int]) -> str:
    """Return numbers as they are said: 00 to 04, 07 and 08."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    long = [[f"{run[0]:02d} to {run[-1]:02d}"] if len(run) > 2 else [f"{number:02d}" for number in run] for run in runs]
    words = [word for run in long for word in run]
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def cell(text: str) -> str:
    """Return the text as it can stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def with_text(readme: str, text: str, begin: str = BEGIN, end: str = END) -> str:
    """Return the README with ``text`` between two marker lines; raise NumbersError where they are missing."""
    if readme.count(begin) != 1 or readme.count(end) != 1 or readme.index(begin) > readme.index(end):
        raise NumbersError(f"README.md: wants one line {begin} and below it one line {end}, for what is written there")
    before, _, rest = readme.partition(begin)
    _, _, after = rest.partition(end)
    return f"{before}{begin}\n{text}\n{end}{after}"


if __name__ == "__main__":
    sys.exit(main())

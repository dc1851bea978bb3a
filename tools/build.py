"""Make the notebooks in lectures/, exercises/ and solutions/ from source/. The glossary is made every time.

python tools/build.py                      build everything, and run lectures and solutions
python tools/build.py --only 01_neuron     one chapter (or several)
python tools/build.py --changed            only what --check complains about
python tools/build.py --no-execute         run nothing: a quick look, which --check will not accept
python tools/build.py --check              build nothing; tell what is not built, or not as its source says
"""

import argparse
import sys
import time
from pathlib import Path

import nbformat
from tqdm import tqdm

from chapters import Target, sources, targets
from drift import problems
from execute import RunError, run
from glossary import FOLDER as GLOSSARY
from outputs import clean, find_fault
from source import SourceError

ROOT = Path(__file__).resolve().parent.parent


class BuildError(Exception):
    """The build stops; the text says where and why."""


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """Run the command in the checkout at ``root``; return the exit code: 1 if anything is wrong."""
    options = parse_arguments(argv)
    try:
        stems = chosen(options.only, root)
        if options.check:
            return check(root, stems)
        if options.changed:
            stems &= {problem.stem for problem in problems(root)}
        build(root, stems, options.timeout if not options.no_execute else 0)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="CHAPTER", help="chapters such as 01_neuron")
    parser.add_argument("--changed", action="store_true", help="build only chapters that --check complains about")
    parser.add_argument("--no-execute", action="store_true", help="write the notebooks without running them")
    parser.add_argument("--check", action="store_true", help="compare the notebooks with the sources; write nothing")
    parser.add_argument("--timeout", type=int, default=300, metavar="S", help="seconds that one cell may run (300)")
    return parser.parse_args(argv)


def chosen(only: list[str] | None, root: Path) -> set[str]:
    """Return the stems to work on: those asked for, or all."""
    known = {path.stem for path in sources(root)}
    if only is None:
        return known
    wanted = {Path(name).stem for name in only}
    if unknown := wanted - known:
        raise BuildError(f"no source for {', '.join(sorted(unknown))}; there are: {', '.join(sorted(known)) or 'none'}")
    return wanted


def check(root: Path, stems: set[str]) -> int:
    """Print what is not as the sources say; return the exit code. Notebooks without any source are always told."""
    known = {path.stem for path in sources(root)}
    found = [problem for problem in problems(root) if problem.stem in stems or problem.stem not in known]
    for problem in found:
        print(problem, file=sys.stderr)
    if not found:
        print("All notebooks are as their sources say.")
    return 1 if found else 0


def build(root: Path, stems: set[str], timeout: int) -> None:
    """Make the notebooks of the chapters ``stems``; with ``timeout`` 0 they are not executed.

    All sources are read before anything runs, and the first mistake of each is told. A notebook is written when all
    that its source makes has succeeded, so that a failure leaves the old ones as they were. The glossary is text from
    all chapters, so it is always made; a mistake in another chapter's part does not stop this one.
    """
    made, mistakes = [], []
    for path in sources(root):
        if path.stem in stems or path == GLOSSARY:
            try:
                made.append(targets(root, path))
            except SourceError as error:
                if path.stem in stems:
                    mistakes.append(str(error))
                else:
                    print(f"the glossary was not made: {error}", file=sys.stderr)
    if mistakes:
        raise BuildError("\n".join(mistakes))
    for group in made:
        finished = [(target, finish(root, target, timeout)) for target in group]
        for target, notebook in finished:
            write(root / target.path, notebook)


def finish(root: Path, target: Target, timeout: int) -> nbformat.NotebookNode:
    """Return the notebook, executed and cleaned if it is one that carries outputs; print what it took."""
    notebook, start = target.notebook(), time.perf_counter()
    if target.executed and timeout:
        execute(root, target, notebook, timeout)
    nbformat.validate(notebook)
    print(f"{target.path.as_posix()}: {len(target.cells)} cells, {time.perf_counter() - start:.1f} s", flush=True)
    return notebook


def execute(root: Path, target: Target, notebook: nbformat.NotebookNode, timeout: int) -> None:
    """Run the notebook in place and clean it; raise BuildError with the source line where a cell fails."""
    folder = root / target.folder
    folder.mkdir(exist_ok=True)
    total = sum(cell.kind == "code" for cell in target.cells)
    try:
        with tqdm(total=total, desc=target.path.as_posix(), unit="cell", leave=False, disable=None) as bar:
            run(notebook, folder, strict=target.folder == "solutions", timeout=timeout, on_cell=bar.update)
    except RunError as error:
        raise BuildError(report(target, error.index, error.line, error.message)) from error
    clean(notebook, target.metadata())
    for index, cell in enumerate(notebook.cells):
        if fault := find_fault(cell, root):
            raise BuildError(report(target, index, 1, fault))


def report(target: Target, index: int, line: int, message: str) -> str:
    """Return a failing cell's place in the source, its text and what went wrong."""
    cell = target.cells[index]
    place = f"{target.source.path.as_posix()}:{cell.line + line - 1}"
    text = "\n".join(f"    {row}" for row in cell.source.split("\n"))
    return f"{place}: cell {index + 1} of {target.path.as_posix()} failed; the old notebook is kept\n{text}\n{message}"


def write(path: Path, notebook: nbformat.NotebookNode) -> None:
    """Write the notebook in one step: whoever reads at that moment sees the old one or the new one."""
    path.parent.mkdir(exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")
    draft.replace(path)


if __name__ == "__main__":
    sys.exit(main())

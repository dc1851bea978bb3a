"""What a longer training run is: a function, its seeds and its options. tools/runs.py makes and stores it.

A file tools/recipes/NAME.py lists its runs as RUNS = [Recipe("06_weight_decay", train, ...)]. The function is called as
train(seed, note, **options). It calls note(loss=..., ...) once a step or once an epoch, which gives the curve, and
returns a dictionary of numbers, words, lists of numbers and arrays, which is the result.
"""

import ast
import hashlib
import inspect
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAME = re.compile(r"\d\d_[a-z0-9_]+")
Train = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Recipe:
    """One stored run.

    Attributes:
        name: as 06_weight_decay: the chapter's number, _, lower-case letters. No two recipes share one.
        train: a function written with def at the top of a file in tools/recipes/; from a seed it always does the same.
        seeds: it is run once for each.
        options: keyword arguments for train: numbers, words, lists of them.
        repeat: of the first seed, so many first notes are made again by a test and compared. They should take a second
            or two, so note single steps, at least in the beginning.
        rtol: how far they may differ, relative to their size. Float32 sums taken in another order, as another
            processor or BLAS does, differ by about 1e-7; a few steps of training make that 1e-6 to 1e-5. Other data,
            another start or another order of the batches shows in the second digit. The default lies between. Whole
            epochs are chaotic and want more.
        points: of each curve about so many points are kept at most.
    """

    name: str
    train: Train
    seeds: tuple[int, ...] = (0,)
    options: dict[str, Any] = field(default_factory=dict)
    repeat: int = 3
    rtol: float = 1e-3
    points: int = 200

    def __post_init__(self) -> None:
        """Refuse what could not be stored or repeated."""
        if not NAME.fullmatch(self.name):
            raise ValueError(
                f"a run is named like 06_weight_decay, not {self.name!r}: two digits, _, lower-case letters"
            )
        if not self.seeds or len(set(self.seeds)) != len(self.seeds):
            raise ValueError(f"{self.name}: seeds must be different whole numbers, at least one, not {self.seeds}")
        if self.repeat < 1 or self.points < 2 or not 0 < self.rtol < 1:
            raise ValueError(f"{self.name}: repeat must be at least 1, points at least 2, rtol between 0 and 1")
        if not inspect.isfunction(self.train) or self.train.__name__ == "<lambda>":
            raise ValueError(
                f"{self.name}: train must be a function written with def, so that its text can be compared"
            )
        try:
            json.dumps(self.options)
        except TypeError as error:
            raise ValueError(f"{self.name}: options must be numbers, words and lists of them ({error})") from error

    @property
    def sha256(self) -> str:
        """A hash of what the run depends on here: the function's text, the text of what it uses, and the options.

        Comments on lines of their own and empty lines do not count. What the package does is not part of it: that is
        what repeating the first notes is for.
        """
        facts = [source_of(self.train), json.dumps(self.options, sort_keys=True)]
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def source_of(function: Train) -> str:
    """Return the text of a function and of all that it uses from its own file, and from other files beside it."""
    path = Path(inspect.getsourcefile(function))
    text = path.read_text(encoding="utf-8")
    lines, known = text.splitlines(), {}
    for node in ast.parse(text).body:
        for name in names_bound(node):
            known.setdefault(name, []).append(node)
    wanted, todo = set(), [function.__name__]
    while todo:
        for node in known.get(todo.pop(), []):
            if node not in wanted:
                wanted.add(node)
                todo += [part.id for part in ast.walk(node) if isinstance(part, ast.Name)]
    parts = [text_of(node, lines, path.parent) for node in sorted(wanted, key=lambda node: node.lineno)]
    return "\n".join(line.rstrip() for line in "\n".join(parts).splitlines() if line.strip() and not comment(line))


def names_bound(node: ast.stmt) -> list[str]:
    """Return the names that a statement at the top of a file gives a meaning."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).split(".")[0] for alias in node.names]
    # Of an assignment what it assigns to; the variable of a comprehension on its right is its own affair.
    parts = getattr(node, "targets", None) or [getattr(node, "target", node)]
    names = [name for part in parts for name in ast.walk(part) if isinstance(name, ast.Name)]
    return [name.id for name in names if isinstance(name.ctx, ast.Store)]


def text_of(node: ast.stmt, lines: list[str], folder: Path) -> str:
    """Return a statement's text; for an import from a file beside the recipe, that file's text too."""
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
    parts = ["\n".join(lines[first - 1 : node.end_lineno])]
    if isinstance(node, ast.Import | ast.ImportFrom):
        modules = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        files = [folder / f"{module}.py" for module in modules if module]
        parts += [file.read_text(encoding="utf-8") for file in files if file.is_file()]
    return "\n".join(parts)


def comment(line: str) -> bool:
    """Whether a line is a comment and nothing else."""
    return line.lstrip().startswith("#")

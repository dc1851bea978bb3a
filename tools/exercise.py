"""Make an exercise and its solution from the cells of one source: each answer between the markers becomes a hole.

A hole is the whole body of a function (after its docstring), or ``name = ...``. It belongs to an exercise that has the
name of the function, of the class whose method it is, or of the value; ``check.NAME(...)`` must stand below it.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from source import Cell, Source, SourceError

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
MARKER_LIKE = re.compile(r"^\s*#+\s*(begin|end)[\s_-]*solution", re.IGNORECASE)
HOLE = "...  # your code here"
HOLE_FORMS = "a hole is the whole body of a function (after its docstring) or, at top level, name = value"
ID_NAME = re.compile(r"[A-Za-z0-9_]{1,48}")


@dataclass(frozen=True)
class Hole:
    """An answer to take out: the exercise's name, the indices of its marker lines, and the line shown instead."""

    name: str
    begin: int
    end: int
    shown: str


def make_pair(source: Source) -> tuple[list[Cell], list[Cell]]:
    """Return the cells of the exercise and those of its solution; raise SourceError where there is no such pair."""
    holes = {index: find_holes(source.path, cell) for index, cell in enumerate(source.cells)}
    if not any(holes.values()):
        raise SourceError(source.path, 1, f"no exercise in this file: there is no {BEGIN} in it")
    shared = [(cell, holes[index]) for index, cell in enumerate(source.cells) if "solution" not in cell.tags]
    refuse_twice(source.path, shared)
    require_checks(source.path, shared)
    names = {hole.name for _, found in shared for hole in found}
    exercise = [with_name(without_answers(cell, found), found, names) for cell, found in shared]
    solution = [without_markers(cell) for cell in source.cells]
    return exercise, solution


def refuse_solutions(source: Source) -> None:
    """Raise SourceError where a lecture holds what belongs into exercises."""
    for cell in source.cells:
        if "solution" in cell.tags:
            raise SourceError(source.path, cell.line, "a cell tagged solution belongs in source/exercises")
        for index, _ in markers(source.path, cell):
            raise SourceError(source.path, cell.line + index, "solution markers belong in source/exercises")


def markers(path: Path, cell: Cell) -> Iterator[tuple[int, str]]:
    """Yield index and text of each marker line; raise where one is misspelt or stands in a Markdown cell."""
    for index, line in enumerate(cell.source.split("\n")):
        if not MARKER_LIKE.match(line):
            continue
        if line.strip() not in (BEGIN, END):
            raise SourceError(path, cell.line + index, f"write the marker as {BEGIN!r} or {END!r}, alone on its line")
        if cell.kind != "code":
            raise SourceError(path, cell.line + index, "a solution marker outside a code cell")
        yield index, line.strip()


def find_holes(path: Path, cell: Cell) -> list[Hole]:
    """Return the holes of a cell in order; raise where markers do not pair up or hold something else than an answer."""
    holes, begin = [], None
    for index, marker in markers(path, cell):
        if marker == BEGIN and begin is not None:
            raise SourceError(path, cell.line + index, f"{BEGIN} inside the answer begun at line {cell.line + begin}")
        if marker == END and begin is None:
            raise SourceError(path, cell.line + index, f"{END} without {BEGIN}")
        if marker == END:
            holes.append(make_hole(path, cell, begin, index))
        begin = index if marker == BEGIN else None
    if begin is not None:
        raise SourceError(path, cell.line + begin, f"{BEGIN} without {END}")
    if holes and "solution" in cell.tags:
        raise SourceError(path, cell.line + holes[0].begin, "a cell tagged solution is left out whole, without markers")
    return holes


def make_hole(path: Path, cell: Cell, begin: int, end: int) -> Hole:
    """Find out which form the answer between the two lines has, and what it is called."""
    line = cell.line + begin
    tree = ast.parse(cell.source)
    answer = list(statements_between(tree, begin + 1, end + 1))
    if not answer:
        raise SourceError(path, line, "an empty answer: there is no whole statement between the markers")
    owner = next((top for top in tree.body if function_with_body(top, answer)), None)
    if owner is not None:
        return Hole(checked_name(path, line, owner.name), begin, end, " " * answer[0].col_offset + HOLE)
    name = assigned_name(answer[-1])
    if name is None or answer[-1] not in tree.body:
        raise SourceError(path, line, f"neither a function body nor a value: {HOLE_FORMS}")
    return Hole(checked_name(path, line, name), begin, end, f"{name} = {HOLE}")


def statements_between(node: ast.AST, begin: int, end: int) -> Iterator[ast.stmt]:
    """Yield the outermost statements that lie wholly between two lines (from 1, themselves not counted)."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt) and begin < first_line(child) and child.end_lineno < end:
            yield child
        else:
            yield from statements_between(child, begin, end)


def first_line(node: ast.stmt) -> int:
    """Return the line on which a statement begins, its decorators included."""
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])


def function_with_body(top: ast.stmt, answer: list[ast.stmt]) -> bool:
    """Return whether ``answer`` is the whole body of a function at or below the top-level definition ``top``."""
    functions = [node for node in ast.walk(top) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return hasattr(top, "name") and any(body_after_docstring(function) == answer for function in functions)


def body_after_docstring(function: ast.FunctionDef) -> list[ast.stmt]:
    """Return the statements of a function without its docstring."""
    return function.body[1:] if ast.get_docstring(function) is not None else function.body


def assigned_name(statement: ast.stmt) -> str | None:
    """Return the name in ``name = value``, or None for any other statement."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return name
    return None


def checked_name(path: Path, line: int, name: str) -> str:
    """Return the exercise's name, which becomes part of a cell's id; raise where it cannot."""
    if not ID_NAME.fullmatch(name):
        raise SourceError(path, line, f"the name {name!r} cannot stand in a cell's id: at most 48 of a-z, A-Z, 0-9, _")
    return name


def refuse_twice(path: Path, cells: list[tuple[Cell, list[Hole]]]) -> None:
    """Raise where two exercises have one name; several holes in one class or function are one exercise."""
    seen = {}
    for cell, holes in cells:
        for hole in holes:
            line = cell.line + hole.begin
            statement = cell.line, top_level_index(cell, hole)
            first, where = seen.setdefault(hole.name, (line, statement))
            if where != statement:
                raise SourceError(path, line, f"a second exercise named {hole.name!r}; the first is at line {first}")


def top_level_index(cell: Cell, hole: Hole) -> int:
    """Return which top-level statement of the cell the hole belongs to (for a value, its last helper's)."""
    starts = [first_line(statement) for statement in ast.parse(cell.source).body]
    return sum(start <= hole.end for start in starts)


def require_checks(path: Path, cells: list[tuple[Cell, list[Hole]]]) -> None:
    """Raise where ``check.NAME(...)`` stands neither below the hole in its cell nor in the next code cell."""
    code = [(cell, holes) for cell, holes in cells if cell.kind == "code"]
    for (cell, holes), following in zip(code, [*code[1:], None], strict=True):
        own = checks(cell)
        later = {name for name, _ in checks(following[0])} if following else set()
        for hole in holes:
            below = {name for name, line in own if line > hole.end}
            if hole.name not in below | later:
                remedy = f"write check.{hole.name}({hole.name}) below it or in the next code cell"
                raise SourceError(path, cell.line + hole.begin, f"exercise {hole.name!r} has no check: {remedy}")


def checks(cell: Cell) -> list[tuple[str, int]]:
    """Return name and line (from 1) of each ``check.NAME(...)`` in a code cell, from top to bottom."""
    found = []
    for node in ast.walk(ast.parse(cell.source)):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="check"), attr=name)):
                found.append((name, node.lineno))
    return sorted(found, key=lambda item: item[1])


def without_answers(cell: Cell, holes: list[Hole]) -> Cell:
    """Put what is shown in place of each answer; drop the tag that compares outputs, for an exercise has none."""
    lines = cell.source.split("\n")
    for hole in reversed(holes):
        lines[hole.begin : hole.end + 1] = [hole.shown]
    tags = tuple(tag for tag in cell.tags if tag != "nbval-check-output")
    return replace(cell, source="\n".join(lines), tags=tags)


def without_markers(cell: Cell) -> Cell:
    """Keep the answers, drop the marker lines and the tag that has done its work."""
    lines = [line for line in cell.source.split("\n") if line.strip() not in (BEGIN, END)]
    return replace(cell, source="\n".join(lines), tags=tuple(tag for tag in cell.tags if tag != "solution"))


def with_name(cell: Cell, holes: list[Hole], names: set[str]) -> Cell:
    """Give the cells of an exercise an id from its name, so that the id survives changes of the wording."""
    if holes:
        return replace(cell, id=f"exercise-{holes[0].name}")
    checked = [name for name, _ in checks(cell) if name in names] if cell.kind == "code" else []
    return replace(cell, id=f"check-{checked[0]}") if checked else cell

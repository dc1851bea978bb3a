"""Copy the notebooks into ``work/``, where a learner runs and edits them, and never lose what the learner wrote.

``lectures/``, ``exercises/`` and ``solutions/`` are copied with whatever lies beside the notebooks. The solutions come
along because JupyterLab shows only what is inside ``work/``, and lectures and exercises link to them.

What counts as *touched*. A notebook is compared by its cells: their kinds, sources, attachments and order. Outputs,
execution counts, widget state, metadata and empty cells (JupyterLab adds one when the last cell is run) do not count:
a lecture that was only run is still renewed. Any other file is compared byte by byte, and so is a notebook that cannot
be read. ``work/.groundup-manifest.json`` remembers what was delivered.

===========================================  ==================================================================
the copy in ``work/``                        what happens
===========================================  ==================================================================
is not there (never was, or was deleted)     copied
is untouched, the course's file changed      renewed; one that was run is first kept in ``work/backup/``
was run, the course's cells are the same     left alone
is touched, the course's cells are the same  left alone
is touched, the course's cells changed       left alone; the new version arrives once as ``NAME.new.ipynb``,
                                             or ``NAME.new-2.ipynb`` where the learner has touched that one too
is not in the course (any more)              left alone
===========================================  ==================================================================

Without the manifest (lost or damaged) every copy whose cells differ from the course's counts as touched. What a person
wrote is never replaced at all; what running has made (outputs, cells' metadata) is replaced only when it has been kept
in ``work/backup/``. Execution counts and the notebook's own metadata, which JupyterLab rewrites by itself, may go.

Each file is written beside its place and then moved there in one step: an interruption leaves the old file or the new
one. Just before the move the old one is read once more, so that something saved in the meantime is seen. A notebook may
be open in JupyterLab: it notices on the next save that the file has changed on disk, and asks which one to keep.
"""

import contextlib
import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from groundup.paths import ROOT, WORK

FOLDERS = ("lectures", "exercises", "solutions")
MANIFEST = ".groundup-manifest.json"
BACKUP = "backup"


class PrepareError(RuntimeError):
    """``work/`` could not be prepared; the message names the file and what to do."""


@dataclass
class Report:
    """What one preparation did; files are named from ``work``, with forward slashes.

    ``arrived_new`` and ``backups`` lead from the learner's file to the new version beside it, and to where its earlier
    state was kept.
    """

    work: Path
    copied: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    current: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    arrived_new: dict[str, str] = field(default_factory=dict)
    backups: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the report in one or two plain sentences, one per line."""
        done = [_count(names, what) for names, what in [(self.copied, "copied"), (self.renewed, "renewed")] if names]
        first = f"{self.work}: {', '.join(done) or 'nothing new'}."
        if self.backups:
            first += f" What you had run is kept in {self.work / BACKUP}."
        if not self.arrived_new:
            return first
        pairs = ", ".join(f"{new} (yours: {name})" for name, new in self.arrived_new.items())
        return f"{first}\nYou have worked in what has a new version: yours stays, the new one lies beside it: {pairs}"


def prepare(root: Path = ROOT, work: Path = WORK) -> Report:
    """Bring ``work`` up to date with the course in ``root`` as the module's table says.

    Raises ``PrepareError`` where ``root`` is no checkout of the course, or a file cannot be read or written.
    """
    root, work = Path(root), Path(work)
    names = course_files(root)
    record = _load_record(work / MANIFEST)
    before = json.dumps(record, sort_keys=True)
    report = Report(work)
    try:
        for name in names:
            _deliver(name, _read(root / name), record, report)
    finally:  # what was done before an error or Ctrl-C is remembered too
        if json.dumps(record, sort_keys=True) != before:
            _swap(work / MANIFEST, _dump_record(record))
    return report


def course_files(root: Path = ROOT) -> list[str]:
    """Return the names of all files that are delivered, from ``root``, with forward slashes.

    Raises ``PrepareError`` where ``root`` has no lectures.
    """
    if not (root / "lectures").is_dir():
        raise PrepareError(
            f"{root} holds no lectures: the course is used from its own folder, not from an installed package alone. "
            "Clone its repository, go into that folder and run `python -m uv run groundup` there."
        )
    found = [path for folder in FOLDERS for path in sorted((root / folder).rglob("*")) if path.is_file()]
    names = [path.relative_to(root) for path in found]
    return [name.as_posix() for name in names if not any(part.startswith((".", "__pycache__")) for part in name.parts)]


def verdict(name: str, new: bytes, mine: bytes | None, entry: dict) -> str:
    """Say what to do with one file: "copy", "current", "renew", "keep" or "offer" (the new version, beside).

    ``new`` is the course's file, ``mine`` the learner's (None: not there), ``entry`` what the manifest knows of it
    (nothing: an empty dict).
    """
    if mine is None:
        return "copy"
    if mine == new:
        return "current"
    if _written(name, mine) == _written(name, new):
        source_changed = _sha(new) != entry.get("bytes")
        never_run = _results(name, mine) == entry.get("results")
        return "renew" if source_changed and never_run else "current"
    if _written(name, mine) == entry.get("written"):
        return "renew"
    told_before = _written(name, new) in (entry.get("written"), entry.get("offered"))
    return "keep" if told_before else "offer"


def _deliver(name: str, new: bytes, record: dict, report: Report) -> None:
    """Bring one file up to date, or put its new version beside it, and enter it in record and report."""
    decided = _settle(name, new, record, report)
    if decided == "offer":
        _offer(name, new, record, report)
    lists = {"copy": report.copied, "renew": report.renewed, "current": report.current}
    lists.get(decided, report.kept).append(name)


_SETTLED = ("copy", "renew", "current")


def _settle(name: str, new: bytes, record: dict, report: Report) -> str:
    """Copy or renew one file where the verdict on it says so, and return the verdict."""
    mine = _read_or_none(report.work / name)
    decided = verdict(name, new, mine, record.get(name, {}))
    if decided == "renew" and _results(name, mine) != record[name].get("results"):
        report.backups[name] = _back_up(name, mine, report.work)
    if decided in ("copy", "renew") and not _swap(report.work / name, new, seen=mine):
        return _settle(name, new, record, report)  # someone saved it in this very moment: look again
    if decided in _SETTLED and _sha(new) != record.get(name, {}).get("bytes"):
        record[name] = {"bytes": _sha(new), "written": _written(name, new), "results": _results(name, new)}
    return decided


def _offer(name: str, new: bytes, record: dict, report: Report) -> None:
    """Put the new version beside the learner's file, under the first name that holds nothing of the learner's."""
    for candidate in _names_beside(name):
        decided = _settle(candidate, new, record, report)
        if decided in _SETTLED:
            break
    if decided != "current":  # "current": it lies there already, so it has been mentioned already
        report.arrived_new[name] = candidate
    record.setdefault(name, {})["offered"] = _written(name, new)


def _names_beside(name: str) -> Iterator[str]:
    """Yield NAME.new.ipynb, NAME.new-2.ipynb, NAME.new-3.ipynb and so on."""
    path = PurePosixPath(name)
    number = 1
    while True:
        yield str(path.with_name(f"{path.stem}.new{'' if number == 1 else f'-{number}'}{path.suffix}"))
        number += 1


def _back_up(name: str, mine: bytes, work: Path) -> str:
    """Keep bytes as work/backup/NAME.1.ipynb, or the next free number, and return that name."""
    path = PurePosixPath(BACKUP, name)
    number = 1
    while True:
        kept = str(path.with_name(f"{path.stem}.{number}{path.suffix}"))
        if _read_or_none(work / kept) == mine or _swap(work / kept, mine, seen=None):
            return kept
        number += 1


def _written(name: str, data: bytes) -> str:
    """Return a fingerprint of what a person can write in a file: a notebook's cells, any other file's bytes."""
    cells = _cells(name, data)
    return _sha(data) if cells is None else _sha_of([cell[:3] for cell in cells])


def _results(name: str, data: bytes) -> str:
    """Return a fingerprint of what running a notebook makes: outputs and cells' metadata; any other file's bytes."""
    cells = _cells(name, data)
    return _sha(data) if cells is None else _sha_of([cell[3:] for cell in cells])


def _cells(name: str, data: bytes) -> list | None:
    """Return kind, source, attachments, outputs and metadata of a notebook's cells that are not empty.

    None for what is no notebook, or cannot be read as one.
    """
    try:
        cells = json.loads(data)["cells"] if name.endswith(".ipynb") else None
        told = [[_plain(cell.get(part) or "") for part in _PARTS] for cell in cells]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return [cell for cell in told if str(cell[1]).strip() or cell[2]]


_PARTS = ("cell_type", "source", "attachments", "outputs", "metadata")


def _plain(value: object) -> object:
    """Return JSON without what says nothing: counts, times, whether a text is stored whole or as a list of lines."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key not in ("execution_count", "execution")}
    if isinstance(value, list):
        joined = value and all(isinstance(item, str) for item in value)
        return "".join(value) if joined else [_plain(item) for item in value]
    return value


def _sha_of(value: object) -> str:
    return _sha(json.dumps(value, sort_keys=True).encode())


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _count(names: list[str], what: str) -> str:
    return f"{len(names)} file{'' if len(names) == 1 else 's'} {what}"


def _load_record(path: Path) -> dict:
    """Return the manifest's entries by file name; of a lost or damaged manifest, those that can be read."""
    try:
        files = json.loads(_read_or_none(path) or b"{}")["files"]
        return {name: dict(entry) for name, entry in files.items() if isinstance(entry, dict)}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return {}


def _dump_record(record: dict) -> bytes:
    about = "What `groundup prepare` delivered; without it, your copies count as touched and are left alone."
    return (json.dumps({"about": about, "files": record}, indent=1, sort_keys=True) + "\n").encode()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _failure("read", path, error) from error


def _read_or_none(path: Path) -> bytes | None:
    try:
        return _read(path)
    except PrepareError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        raise


_ANY = object()


def _swap(target: Path, data: bytes, seen: object = _ANY) -> bool:
    """Write a file in one step; say False and leave it if it is no longer what was seen (bytes, or None: not there)."""
    part = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _write_through(part, data)
        unchanged = seen is _ANY or _read_or_none(target) == seen
        if unchanged:
            part.replace(target)
        return unchanged
    except OSError as error:
        raise _failure("write", target, error) from error
    finally:
        with contextlib.suppress(OSError):  # a stray .part file is harmless, and the first error matters more
            part.unlink(missing_ok=True)


def _write_through(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())  # on the disk before it takes the old file's place


def _failure(verb: str, path: Path, error: OSError) -> PrepareError:
    return PrepareError(
        f"Cannot {verb} {path}: {error.strerror or error}. Nothing of yours was changed. See that the disk has room, "
        "that you may write in that folder and that no other program holds the file; then run `groundup prepare` again."
    )

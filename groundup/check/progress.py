"""What a learner has done, in small files outside git: one an exercise, so that two notebooks never write the same."""

import contextlib
import json
import os
import tempfile
from pathlib import Path

from groundup import paths

EMPTY = {"state": "not started", "tries": 0, "hints": 0}
ORDER = ("not started", "wrong", "passed")


def _file(stem: str, name: str) -> Path:
    return paths.STATE / "progress" / f"{stem}.{name}.json"


def recall(stem: str, name: str) -> dict:
    """What is known of an exercise: ``state`` (the best so far), ``tries``, ``hints``; a broken file is set aside."""
    try:
        return _read(_file(stem, name))
    except OSError:
        return dict(EMPTY)


def _read(path: Path) -> dict:
    try:
        known = {**EMPTY, **json.loads(path.read_text(encoding="utf-8"))}
    except FileNotFoundError:
        return dict(EMPTY)
    except (ValueError, TypeError, RecursionError):  # no JSON, or JSON but no dictionary
        known = {}
    if known.get("state") in ORDER and all(type(known[count]) is int for count in ("tries", "hints")):
        return known
    with contextlib.suppress(OSError):  # kept beside, so that nothing is lost
        path.replace(path.with_suffix(".broken"))
    return dict(EMPTY)


def remember(stem: str, name: str, state: str) -> str:
    """Count a try; once passed stays passed. Returns a remark if it could not be written, else an empty string."""
    if state == "not started":
        return ""
    return _count(stem, name, "tries", state)


def hints_given(stem: str, name: str) -> int:
    """How many hints were asked for so far."""
    return recall(stem, name)["hints"]


def remember_hint(stem: str, name: str) -> str:
    """Count a hint; returns a remark if it could not be written."""
    return _count(stem, name, "hints")


def _count(stem: str, name: str, what: str, state: str = "not started") -> str:
    path = _file(stem, name)
    try:
        # A file that is there and cannot be read at this moment is not written over: it may say "passed".
        known = _read(path)
        known[what] += 1
        known["state"] = max(known["state"], state, key=ORDER.index)
        _write(path, known)
    except OSError as error:
        return f"Your progress could not be saved ({error.strerror or error}): is the folder {path.parent} writable?"
    return ""


def _write(path: Path, known: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as f:
            json.dump(known, f)
        temporary.replace(path)  # all or nothing
    finally:
        temporary.unlink(missing_ok=True)

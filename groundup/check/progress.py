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
    path = _file(stem, name)
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(known, dict) and known.get("state") in ORDER:
            return {**EMPTY, **known}
    except FileNotFoundError:
        return dict(EMPTY)
    except (OSError, ValueError):
        pass
    with contextlib.suppress(OSError):  # kept beside, so that nothing is lost
        path.replace(path.with_suffix(".broken"))
    return dict(EMPTY)


def remember(stem: str, name: str, state: str) -> str:
    """Count a try; once passed stays passed. Returns a remark if it could not be written, else an empty string."""
    known = recall(stem, name)
    if state == "not started":
        return ""
    known["tries"] += 1
    known["state"] = max(known["state"], state, key=ORDER.index)
    return _write(stem, name, known)


def hints_given(stem: str, name: str) -> int:
    """How many hints were asked for so far."""
    return recall(stem, name)["hints"]


def remember_hint(stem: str, name: str) -> str:
    """Count a hint; returns a remark if it could not be written."""
    known = recall(stem, name)
    known["hints"] += 1
    return _write(stem, name, known)


def _write(stem: str, name: str, known: dict) -> str:
    path = _file(stem, name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as f:
            json.dump(known, f)
        Path(temporary).replace(path)  # all or nothing
    except OSError as error:
        return f"Your progress could not be saved ({error.strerror}): is the folder {path.parent.name} writable?"
    return ""

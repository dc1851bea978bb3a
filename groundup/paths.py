"""Where things lie: the checkout, its data, the learner's copies and progress.

The course is used from its checkout (a clone, or Binder's copy of one), so every place is found from this file.
Environment variables override: ``GROUNDUP_ROOT`` the checkout, ``GROUNDUP_WORK`` the learner's copies,
``GROUNDUP_STATE`` the folder that remembers progress.
"""

import os
from pathlib import Path


def _place(variable: str, default: Path) -> Path:
    """Return the folder that an environment variable names, absolute, or else the default."""
    value = os.environ.get(variable)
    return Path(value).expanduser().absolute() if value else default


ROOT = _place("GROUNDUP_ROOT", Path(__file__).resolve().parent.parent)
DATA = ROOT / "data"
WORK = _place("GROUNDUP_WORK", ROOT / "work")
STATE = _place("GROUNDUP_STATE", ROOT / ".groundup")

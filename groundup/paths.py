"""Where things lie: the checkout, its data, the learner's copies and progress.

The course is used from its checkout (a clone, or Binder's copy of one), so every place is found from this file. Environment
variables override: ``GROUNDUP_ROOT`` the checkout, ``GROUNDUP_STATE`` the folder that remembers progress.
"""

import os
from pathlib import Path

ROOT = Path(os.environ.get("GROUNDUP_ROOT") or Path(__file__).resolve().parent.parent)
DATA = ROOT / "data"
WORK = ROOT / "work"
STATE = Path(os.environ.get("GROUNDUP_STATE") or ROOT / ".groundup")

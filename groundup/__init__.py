"""Ground Up: the package that holds what learners build, the data, the plots and the checks.

What PyTorch has at its top stands here under the same name, so that ``import groundup as torch`` carries an ordinary
model. The parts that take longer to import (``nn``, ``optim``, ``plotting``, ...) are found on first use.
"""

import importlib
from typing import Any

try:
    from groundup.exports import *  # noqa: F403
except ModuleNotFoundError as error:  # pragma: no cover - `groundup doctor` must be able to say what is missing
    if error.name != "numpy":
        raise

_ON_FIRST_USE = ("check", "data", "functional", "gradcheck", "nn", "optim", "plotting", "scalar", "text", "train")


def __getattr__(name: str) -> Any:
    if name in _ON_FIRST_USE:
        return importlib.import_module(f"groundup.{name}")
    raise AttributeError(f"groundup has no {name!r}")

"""Call a learner's function calmly: whatever it does, an `Outcome` comes back and nothing around it has changed.

The call runs in a thread of its own. An endless Python loop is ended there, by an exception that is raised in it again and
again (a bare ``except`` catches one, not all); what cannot be ended, such as a long call inside NumPy, is left behind, so that
the check still answers. Printing is caught, NumPy's error settings and its global random numbers are put back.
"""

import contextlib
import copy
import ctypes
import io
import threading
import time
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

FLAGS = {"divide by zero": "divide by zero", "overflow": "overflow", "invalid value": "invalid value"}


class TimeLimit(BaseException):
    """Raised inside a call that has run too long; not an Exception, so that ``except Exception`` lets it pass."""


@dataclass
class Outcome:
    """What one call did.

    Attributes:
        value: what it returned; None where it did not return.
        error: the exception that it raised, or None.
        timed_out: it did not end in time; ``stuck`` if it could not be stopped either.
        flags: floating-point trouble that NumPy noticed: "overflow", "divide by zero", "invalid value".
        changed: numbers of the arguments that it changed in place.
        printed: the first characters that it printed.
        meddled: what it changed outside itself, in words; it has been put back.
    """

    value: Any = None
    error: BaseException | None = None
    timed_out: bool = False
    stuck: bool = False
    flags: frozenset[str] = frozenset()
    changed: tuple[int, ...] = ()
    printed: str = ""
    meddled: tuple[str, ...] = ()


class Printed(io.TextIOBase):
    """Keeps the first ``limit`` characters and counts the rest, so that a million lines cost no memory."""

    def __init__(self, limit: int = 600):
        self.limit, self.kept, self.lost = limit, "", 0

    def write(self, text: str) -> int:
        """Keep what still fits."""
        room = self.limit - len(self.kept)
        self.kept += text[:room] if room > 0 else ""
        self.lost += max(0, len(text) - max(0, room))
        return len(text)

    def text(self) -> str:
        """What was kept, with a word about the rest."""
        return self.kept.rstrip() + (f" … (and {self.lost:,} more characters)" if self.lost else "")


@dataclass
class _Call:
    """One call in its thread; the fields are filled as it goes."""

    function: Callable
    args: tuple
    value: Any = None
    error: BaseException | None = None
    flags: set[str] = field(default_factory=set)
    meddled: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        try:
            with np.errstate(all="call", under="ignore", call=self._noticed):
                settings = np.geterr()
                self.value = self.function(*self.args)
                if np.geterr() != settings:
                    self.meddled.append("NumPy's error settings")
            if isinstance(self.value, types.CoroutineType):
                self.value.close()
        except BaseException as error:  # SystemExit and the like must not end the kernel
            self.error = error
        finally:
            self.done.set()

    def _noticed(self, kind: str, _flag: int) -> None:
        self.flags.add(FLAGS.get(kind, kind))


def call(function: Callable, args: tuple, seconds: float = 5.0) -> Outcome:
    """Call ``function(*args)`` on copies of the arguments, for at most ``seconds``."""
    given = copy.deepcopy(args)
    printed = Printed()
    one = _Call(function, given)
    state = np.random.get_state()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stopped = _run(one, seconds)
    if not _same_state(state, np.random.get_state()):
        np.random.set_state(state)
        one.meddled.append("NumPy's global random numbers")
    changed = () if stopped == "stuck" else tuple(i for i, (a, b) in enumerate(zip(args, given, strict=True)) if _differs(a, b))
    ended = isinstance(one.error, TimeLimit) or stopped is not None
    return Outcome(
        value=None if ended else one.value,
        error=None if ended else one.error,
        timed_out=ended,
        stuck=stopped == "stuck",
        flags=frozenset(one.flags),
        changed=changed,
        printed=printed.text(),
        meddled=tuple(one.meddled),
    )


def _run(one: _Call, seconds: float, patience: float = 2.0) -> str | None:
    """Run the call in a thread; return None if it ended by itself, else "stopped" or "stuck"."""
    thread = threading.Thread(target=one.run, daemon=True)
    thread.start()
    try:
        if one.done.wait(seconds):
            return None
        return _stop(thread, one.done, patience)
    except KeyboardInterrupt:  # the learner pressed stop: end the call, then stop
        _stop(thread, one.done, patience)
        raise


def _stop(thread: threading.Thread, done: threading.Event, patience: float) -> str:
    give_up = time.monotonic() + patience
    while time.monotonic() < give_up:
        # Again and again: one exception may land inside a bare ``except`` and be lost.
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(TimeLimit))
        if done.wait(0.01):
            return "stopped"
    return "stuck"


def _same_state(a: tuple, b: tuple) -> bool:
    return a[0] == b[0] and np.array_equal(a[1], b[1]) and a[2:] == b[2:]


def _differs(before: Any, after: Any) -> bool:
    """Whether an argument was changed; arrays are compared with NaN equal to NaN."""
    if isinstance(before, np.ndarray):
        if not isinstance(after, np.ndarray) or before.shape != after.shape or before.dtype != after.dtype:
            return True
        numeric = before.dtype.kind in "fc"
        return not np.array_equal(before, after, equal_nan=numeric)
    if isinstance(before, list | tuple):
        return len(before) != len(after) or any(_differs(a, b) for a, b in zip(before, after, strict=True))
    if isinstance(before, dict):
        return before.keys() != after.keys() or any(_differs(before[k], after[k]) for k in before)
    if isinstance(before, int | float | str | bool | None):
        return before != after and not (before != before and after != after)
    return False  # functions, generators of random numbers: using them is no change of the kind meant here

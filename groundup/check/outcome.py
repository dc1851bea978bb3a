"""Call a learner's function calmly: whatever it does, an `Outcome` comes back and nothing around it has changed.

The call runs in a thread of its own. An endless Python loop is ended there, by an exception that is raised in it
again and again (a bare ``except`` catches one, not all); what cannot be ended, such as a long call inside NumPy, is
left behind, so that the check still answers. Printing is caught; NumPy's error and print settings and its global
random numbers are put back. What it does to files, to the folder it runs in and to the environment is its own affair.
"""

import contextlib
import copy
import ctypes
import io
import threading
import time
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# How long a call that has run out of time may take to end, in seconds; and how large a result is kept as a copy.
PATIENCE = 2.0
COPIED = 1_000_000


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
        if room > 0:
            self.kept += text[:room]
        self.lost += max(0, len(text) - room)
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

    def run(self) -> None:
        try:
            with np.errstate(all="call", under="ignore", call=self._noticed):
                settings = np.geterr()
                self.value = _kept(self.function(*self.args))
                if np.geterr() != settings:
                    self.meddled.append("NumPy's error settings")
            if isinstance(self.value, types.CoroutineType):
                self.value.close()
        except BaseException as error:  # SystemExit and the like must not end the kernel
            self.error = error

    def _noticed(self, kind: str, _flag: int) -> None:
        self.flags.add(kind)


def call(function: Callable, args: tuple, seconds: float = 5.0) -> Outcome:
    """Call ``function(*args)`` on copies of the arguments, for at most ``seconds`` (and `PATIENCE`, to stop it)."""
    one, printed = _Call(function, copy.deepcopy(args)), Printed()
    with _put_back(one.meddled), contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        stopped = _run(one, seconds)
    pairs = [] if stopped == "stuck" else zip(args, one.args, strict=True)
    ended = stopped is not None
    return Outcome(
        value=None if ended else one.value,
        error=None if ended else one.error,
        timed_out=ended,
        stuck=stopped == "stuck",
        flags=frozenset(one.flags),
        changed=tuple(i for i, (before, after) in enumerate(pairs) if differs(before, after)),
        printed=printed.text(),
        meddled=tuple(one.meddled),
    )


@contextlib.contextmanager
def _put_back(meddled: list[str]) -> Iterator[None]:
    """Put warnings, NumPy's print settings and its global random numbers back, and note the last in ``meddled``."""
    generator, state = np.random.get_bit_generator(), np.random.get_state(legacy=False)  # noqa: NPY002
    try:
        with warnings.catch_warnings(), np.printoptions():
            warnings.simplefilter("ignore")
            yield
    finally:
        replaced = np.random.get_bit_generator() is not generator
        if replaced or differs(state, np.random.get_state(legacy=False)):  # noqa: NPY002
            np.random.set_bit_generator(generator)
            np.random.set_state(state)  # noqa: NPY002
            meddled.append("NumPy's global random numbers")


def _run(one: _Call, seconds: float) -> str | None:
    """Run the call in a thread; return None if it ended by itself, else "stopped" or "stuck"."""
    thread = threading.Thread(target=one.run, daemon=True)
    thread.start()
    try:
        if _ends(thread, seconds):
            return None
    except KeyboardInterrupt:  # the learner pressed stop: end the call too
        _stop(thread)
        raise
    return _stop(thread)


def _ends(thread: threading.Thread, seconds: float) -> bool:
    """Wait in short pieces: on Windows a long wait does not hear the stop button."""
    until = time.monotonic() + seconds
    while thread.is_alive() and time.monotonic() < until:
        thread.join(min(0.1, max(0.0, until - time.monotonic())))
    return not thread.is_alive()


def _stop(thread: threading.Thread) -> str:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        # Again and again: one exception may land inside a bare ``except`` and be lost.
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(TimeLimit))
        thread.join(0.01)
        if not thread.is_alive():
            return "stopped"
    return "stuck"


def _kept(value: Any) -> Any:
    """A copy of arrays of a usual size: a function may hand out one array in each call, and write into it again."""
    if type(value) is np.ndarray and value.size <= COPIED and value.dtype.kind in "iufb":
        return value.copy()
    if type(value) in (tuple, list) and any(type(v) is np.ndarray for v in value):
        return type(value)(_kept(v) if type(v) is np.ndarray else v for v in value)
    return value


def differs(before: Any, after: Any) -> bool:
    """Whether a copy was changed; arrays are compared with NaN equal to NaN."""
    if isinstance(before, np.ndarray):
        if not isinstance(after, np.ndarray) or before.shape != after.shape or before.dtype != after.dtype:
            return True
        return not np.array_equal(before, after, equal_nan=before.dtype.kind in "fc")
    if isinstance(before, list | tuple):
        return len(before) != len(after) or any(differs(a, b) for a, b in zip(before, after, strict=True))
    if isinstance(before, dict):
        return before.keys() != after.keys() or any(differs(before[k], after[k]) for k in before)
    if isinstance(before, int | float | str | None):
        return type(before) is not type(after) or (before != after and before == before)
    return False  # functions, generators of random numbers: using them is no change of the kind meant here

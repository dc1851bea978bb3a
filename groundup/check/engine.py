"""Judge an answer in levels, stopping at the first that fails; then say which planted mistake it behaves like.

The levels: is there something of the right sort at all, is it started, does it run, type, shape, the value worked by
hand, the same once more, random values, edge cases, floating-point trouble on the way, were the inputs left alone.
Where a gradient is wrong, nudging says in which direction.
"""

import copy
import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from groundup.check import code, compare
from groundup.check.outcome import Outcome, call
from groundup.check.result import NOT_STARTED, PASSED, WRONG, Result
from groundup.check.slips import slips

if TYPE_CHECKING:
    from groundup.check.exercise import Exercise


_BUT_NOT = "right for the worked example, but not"


class _Stop(Exception):
    """The verdict of the level at which the check stops."""

    def __init__(self, level: str, text: str, row: "_Row | None" = None):
        super().__init__(text)
        self.level, self.text, self.row = level, text, row


@dataclass
class _Row:
    """One case: its kind ("worked", "random", or an edge case's name), what came, what was wanted."""

    kind: str
    args: tuple
    names: list[str]
    came: Outcome
    wanted: Outcome

    @property
    def is_edge(self) -> bool:
        return self.kind not in ("worked", "random")

    @property
    def level(self) -> str:
        return {"worked": "worked value", "random": "random values"}.get(self.kind, "edge cases")

    def on(self) -> str:
        """The inputs in words: "for x = [1, 2], b = 3", "for integers (x = [1, 2], b = 3)"."""
        shown = ", ".join(_input(n, v) for n, v in zip(self.names or [""] * len(self.args), self.args, strict=True))
        return f"for {self.kind} ({shown})" if self.is_edge else f"for {shown}"


def judge(exercise: "Exercise", answer: tuple) -> Result:
    """Return the `Result` for what stood in the brackets of ``check.NAME(...)``."""
    try:
        return _judge(exercise, answer)
    except Exception as error:  # the last resort: whatever a learner hands over, a check answers
        text = f"what came could not be compared ({type(error).__name__}). Plain numbers and NumPy arrays were wanted."
        return Result(exercise.label, WRONG, text, "answer")


def _judge(exercise: "Exercise", answer: tuple) -> Result:
    if len(answer) != 1:
        text = (
            f"one thing was wanted in the brackets, {len(answer)} came: write `check.{exercise.name}({exercise.name})`."
        )
        return Result(exercise.label, WRONG, text, "answer")
    return (_judge_value if exercise.is_value else _judge_function)(exercise, answer[0])


def with_note(result: Result, note: str) -> Result:
    """The same result with one more remark."""
    return replace(result, notes=(*result.notes, note))


# Values


def _judge_value(exercise: "Exercise", value: Any) -> Result:
    if value is ... or value is None:
        return _not_started(exercise)
    for level, problem in (("type", compare.kind_problem), ("shape", compare.shape_problem)):
        if text := problem(value, exercise.reference):
            return Result(exercise.label, WRONG, text.replace("you returned", "you have"), level)
    if compare.same(value, exercise.reference, exercise.rtol, exercise.atol):
        return Result(exercise.label, PASSED, "passed.")
    mistake = next((said for said, wrong in exercise.mistakes.items() if _agree(exercise, value, wrong)), "")
    if not mistake and compare.same(value, exercise.reference, 0.03, 0):
        mistake = "That is near, but not to the digits that are asked for."
    return Result(exercise.label, WRONG, _lines(f"{compare.show(value)} is not it.", mistake), "value", mistake)


def _agree(exercise: "Exercise", a: Any, b: Any) -> bool:
    """Whether ``a`` is of ``b``'s kind and shape, and equal."""
    if compare.kind_problem(a, b) or compare.shape_problem(a, b):
        return False
    return compare.same(a, b, exercise.rtol, exercise.atol)


# Functions


def _judge_function(exercise: "Exercise", function: Any) -> Result:
    if function is ...:
        return _not_started(exercise)
    outcomes: list[Outcome] = []
    try:
        _is_usable(exercise, function)
        outcomes = behaviour(exercise, function, patient=False)
        if _is_untouched(function, outcomes[0]):
            return _not_started(exercise)
        _levels(exercise, _rows(exercise, outcomes), outcomes)
    except _Stop as stop:
        mistake = recognise(exercise, outcomes)
        notes = (*_how_to_try(exercise, stop.row), *_notes(exercise, outcomes, stop.level))
        case = copy.deepcopy(stop.row.args) if stop.row else None
        return Result(exercise.label, WRONG, _lines(stop.text, mistake), stop.level, mistake, case, notes)
    text = f"passed, {len(exercise.all_cases())} cases."
    return Result(exercise.label, PASSED, text, notes=_notes(exercise, outcomes))


def _not_started(exercise: "Exercise") -> Result:
    text = f"not started. Fill the hole and run the cell again; `check.{exercise.name}.hint()` gives a hint."
    return Result(exercise.label, NOT_STARTED, text, "not started")


def _is_usable(exercise: "Exercise", function: Any) -> None:
    if exercise.use is None and (isinstance(function, type) or not callable(function)):
        itself = f"Pass the function itself, without calling it: `check.{exercise.name}({exercise.name})`."
        raise _Stop("answer", f"a function was wanted; you passed {compare.describe(function)}. {itself}")
    if not callable(function):
        raise _Stop("answer", f"a class was wanted; you passed {compare.describe(function)}.")
    declared = code.cannot_take(function, exercise.worked.args) if exercise.use is None else ""
    if declared:
        names, n = parameters(exercise), len(exercise.worked.args)
        called = f"{n} argument{'s' if n != 1 else ''} ({', '.join(names)})"
        raise _Stop("answer", f"your function is called with {called}, but it is declared with {declared}.")


def _is_untouched(function: Any, first: Outcome) -> bool:
    if first.value is ...:
        return True
    return first.value is None and not first.timed_out and code.is_hole(function)


def behaviour(exercise: "Exercise", function: Callable, patient: bool = True) -> list[Outcome]:
    """What ``function`` does on every case, and then on the first one again.

    After a call that had to be stopped, no more are tried. All calls of an impatient one share the exercise's seconds.
    """
    target = function if exercise.use is None else lambda *args: exercise.use(function, *args)
    deadline = time.monotonic() + exercise.seconds
    cases = exercise.all_cases()
    outcomes: list[Outcome] = []
    for _, args in [*cases, cases[0]]:
        left = exercise.seconds if patient else max(0.1, deadline - time.monotonic())
        outcomes.append(call(target, args, left))
        if outcomes[-1].timed_out:
            break
    return outcomes


def expected(exercise: "Exercise") -> list[Outcome]:
    """What the reference does on every case; worked out once."""
    if not hasattr(exercise, "_expected"):
        exercise._expected = behaviour(exercise, exercise.reference)
    return exercise._expected


def _rows(exercise: "Exercise", outcomes: list[Outcome]) -> list[_Row]:
    names, wanted = parameters(exercise), expected(exercise)
    return [
        _Row(*case, names, came, want) for case, came, want in zip(exercise.all_cases(), outcomes, wanted, strict=False)
    ]


def parameters(exercise: "Exercise") -> list[str]:
    """What the exercise calls the inputs."""
    return [] if exercise.use else list(inspect.signature(exercise.reference).parameters)[: len(exercise.worked.args)]


# Levels


def _levels(exercise: "Exercise", rows: list[_Row], outcomes: list[Outcome]) -> None:
    if outcomes[-1].timed_out:
        raise _Stop("time", _too_long(exercise, rows[(len(outcomes) - 1) % len(rows)], outcomes[-1]), rows[-1])
    first, others = rows[0], rows[1:]
    alive = [first, *(row for row in others if row.kind == "random" and row.came.error is None)]
    _ran(first)
    if first.came.value is None and first.wanted.value is not None:
        raise _Stop("type", "your function returned None. Is there a `return` in front of the result?", first)
    _all("type", compare.kind_problem, alive)
    _all("shape", compare.shape_problem, alive)
    _worked_value(exercise, first)
    _same_again(exercise, first, outcomes[-1])
    for row in others:
        _ran(row)
        _all(row.level, compare.kind_problem, [row])
        _all(row.level, compare.shape_problem, [row])
        _value(exercise, row)
    _quiet(exercise, rows)
    _left_alone(rows)


def _too_long(exercise: "Exercise", row: _Row, last: Outcome) -> str:
    text = f"your function did not end within {exercise.seconds:g} seconds, {row.on()}. Does every loop come to an end?"
    if not last.stuck:
        return text
    return f"{text} It could not be stopped; restart the kernel if the notebook stays slow."


def _ran(row: _Row) -> None:
    if (error := row.came.error) is not None:
        raised = f"your function raised {code.said(error)}{code.line_of(error)}."
        if row.kind == "worked":
            raise _Stop("error", f"{raised} It was called {row.on()}.", row)
        raise _Stop(row.level, f"{_BUT_NOT} {row.on()}: {raised}", row)


def _all(level: str, problem: Callable[[Any, Any], str], rows: list[_Row]) -> None:
    for row in rows:
        if text := problem(row.came.value, row.wanted.value):
            before = "right type, wrong shape" if problem is compare.shape_problem else "wrong type"
            raise _Stop(level, f"{before}. {_capital(row.on())}: {text}", row)


def _worked_value(exercise: "Exercise", row: _Row) -> None:
    if compare.same(row.came.value, row.wanted.value, exercise.rtol, exercise.atol):
        return
    mine, by_hand = compare.show(row.came.value), compare.show(exercise.worked.result)
    why = f" ({exercise.worked.why})" if exercise.worked.why else ""
    close = " They differ only in digits that are not shown here." if mine == by_hand else ""
    text = f"{_capital(row.on())}: you returned {mine}; by hand it is {by_hand}{why}.{close}"
    raise _Stop("worked value", f"right type, right shape, wrong value. {text}", row)


def _same_again(exercise: "Exercise", row: _Row, again: Outcome) -> None:
    if again.error is None and _agree(exercise, again.value, row.wanted.value):
        return
    text = "right at first, but not when it is called with the worked example once more, after other calls. "
    raise _Stop(
        "second call", f"{text}Does it keep something between calls, in a global variable or in a default?", row
    )


def _value(exercise: "Exercise", row: _Row) -> None:
    came, wanted = row.came.value, row.wanted.value
    if compare.same(came, wanted, exercise.rtol, exercise.atol):
        return
    place = compare.where_different(came, wanted, exercise.rtol, exercise.atol)
    text = f"it is wrong {place}." if place else f"you returned {compare.show(came)}."
    nan = " NaN is not a number: it comes from 0/0, inf − inf or 0 · inf." if compare.has_nan(came) else ""
    raise _Stop(row.level, f"{_BUT_NOT} {row.on()}: {text}{nan}{_nudging(exercise, row)}", row)


def _quiet(exercise: "Exercise", rows: list[_Row]) -> None:
    for row in rows if exercise.calm else []:
        if trouble := _trouble(row.came, row.wanted):
            text = f"the values are right, but NumPy met {' and '.join(sorted(trouble))} on the way, {row.on()}."
            raise _Stop(row.level, text, row)


def _trouble(came: Outcome, wanted: Outcome) -> frozenset[str]:
    return came.flags - wanted.flags


def _left_alone(rows: list[_Row]) -> None:
    for row in rows:
        if row.came.changed:
            text = f"the values are right, but your function changed its input {_which(row)} in place, {row.on()}."
            raise _Stop("changed input", f"{text} Whoever calls it may still need that; make a new array instead.", row)


def _which(row: _Row) -> str:
    names = row.names or [f"number {i + 1}" for i in range(len(row.args))]
    return " and ".join(names[i] for i in row.came.changed)


# Gradients


def nudge(of: Callable, args: tuple, which: int, h: float = 1e-6) -> np.ndarray:
    """Slopes of ``of(*args)`` with respect to argument ``which``, by central differences in float64."""
    x = np.asarray(args[which], dtype=np.float64)
    slopes = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        ends = []
        for sign in (1, -1):
            moved = x.copy()
            moved[index] += sign * h
            ends.append(of(*args[:which], moved, *args[which + 1 :]))
        slopes[index] = (ends[0] - ends[1]) / (2 * h)
    return slopes


def _nudging(exercise: "Exercise", row: _Row) -> str:
    """For a wrong gradient: what nudging one input shows, without giving the slope away."""
    slope, came = exercise.slope, row.came.value
    if slope is None:
        return ""
    for which, mine in zip(slope.arguments, came if isinstance(came, tuple | list) else (came,), strict=True):
        true, mine = nudge(slope.of, row.args, which), np.asarray(mine, float)
        off = np.argwhere(np.abs(true - mine) > 1e-5 + 1e-4 * np.abs(true))
        if len(off):
            index = tuple(int(i) for i in off[0])
            place = row.names[which] + (f"[{', '.join(map(str, index))}]" if index else "")
            return f" Nudged at {place}, {slope.name} moves {_how(true[index], mine[index])} your slope says."
    return ""


def _how(true: float, mine: float) -> str:
    if true * mine < 0:
        return "the other way than"
    return "further than" if abs(true) > abs(mine) else "less far than"


# Mistakes


def recognise(exercise: "Exercise", outcomes: list[Outcome]) -> str:
    """The sentence of the planted mistake, or of the slip, that behaves as the answer did on every case; or empty."""
    if not outcomes:
        return ""
    named = next((said for said, theirs in planted(exercise).items() if alike(exercise, outcomes, theirs)), "")
    if named or exercise.use is not None or outcomes[0].value is None:
        return named
    return next((said for said, theirs in _slips(exercise).items() if alike(exercise, outcomes, theirs)), "")


def _slips(exercise: "Exercise") -> dict[str, list[Outcome]]:
    """What each slip does on every case; worked out once."""
    if not hasattr(exercise, "_slipped"):
        exercise._slipped = {said: behaviour(exercise, slip) for said, slip in slips(exercise.reference).items()}
    return exercise._slipped


def planted(exercise: "Exercise") -> dict[str, list[Outcome]]:
    """What each planted mistake does on every case; worked out once."""
    if not hasattr(exercise, "_planted"):
        exercise._planted = {said: behaviour(exercise, wrong) for said, wrong in exercise.mistakes.items()}
    return exercise._planted


def alike(exercise: "Exercise", mine: list[Outcome], theirs: list[Outcome]) -> bool:
    """Whether two answers behave alike over all cases: values, exceptions, floating-point trouble, changed inputs."""
    if len(mine) != len(theirs):
        return False
    if all(a.value is None for a in mine) and [_raised(a) for a in mine] != [_raised(b) for b in theirs]:
        return False  # where nothing ever came back, the exceptions have to say the same
    return all(_alike(exercise, *three) for three in zip(mine, theirs, expected(exercise), strict=False))


def _raised(outcome: Outcome) -> str:
    return code.said(outcome.error) if outcome.error is not None else ""


def _alike(exercise: "Exercise", a: Outcome, b: Outcome, wanted: Outcome) -> bool:
    if a.timed_out or b.timed_out:
        return a.timed_out and b.timed_out
    if a.error is not None or b.error is not None:
        return type(a.error) is type(b.error)
    if a.value is None or b.value is None:
        return a.value is b.value
    if a.changed != b.changed or not _agree(exercise, a.value, b.value):
        return False
    # Where the value is right, trouble on the way is all that tells; where it is wrong, how it came about is free.
    right = _agree(exercise, b.value, wanted.value)
    return not (exercise.calm and right) or _trouble(a, wanted) == _trouble(b, wanted)


# Words


def _input(name: str, value: Any) -> str:
    """An input, short enough to stand in a sentence."""
    text = compare.show(value, 70)
    if isinstance(value, np.ndarray) and text.startswith("an array"):
        return f"{name or 'an array'} of shape {value.shape}"
    return f"{name} = {text}" if name else text


def _how_to_try(exercise: "Exercise", row: _Row | None) -> list[str]:
    """How to get at the inputs, where the sentence cannot show them in full."""
    if row is None or row.kind == "worked":
        return []
    first = "[0]" if len(row.names) == 1 else ""
    return [f"To try this case by hand: `{', '.join(row.names) or 'args'} = check.{exercise.name}.case{first}`"]


def _notes(exercise: "Exercise", outcomes: list[Outcome], level: str = "") -> tuple[str, ...]:
    notes = []
    if outcomes and outcomes[0].printed:
        notes.append(f"For the worked example your function printed: {outcomes[0].printed}")
    changed = next((row for row in _rows(exercise, outcomes) if row.came.changed), None)
    if changed and level != "changed input":
        notes.append(f"Your function also changed its input {_which(changed)} in place.")
    for what in dict.fromkeys(w for o in outcomes for w in o.meddled):
        notes.append(f"Your function changed {what}; the check has put that back. A function should leave it alone.")
    return tuple(notes)


def _lines(*parts: str) -> str:
    return "\n".join(p for p in parts if p)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

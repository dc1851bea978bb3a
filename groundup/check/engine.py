"""Judge an answer in levels, stopping at the first that fails; then say which planted mistake it behaves like.

The levels: is there something of the right sort at all, is it started, does it run, type, shape, the value worked by hand,
random values, edge cases, were the inputs left alone, does a gradient agree with nudging.
"""

import dis
import inspect
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from groundup.check import compare
from groundup.check.outcome import Outcome, call
from groundup.check.result import NOT_STARTED, PASSED, WRONG, Result

if TYPE_CHECKING:
    from groundup.check.exercise import Exercise

UNTOUCHED = re.compile(r"^\s*(\w+\s*=\s*)?\.\.\.\s*(#.*)?$", re.MULTILINE)


class _Stop(Exception):  # noqa: N818 - not an error: the verdict of the level at which the check stops
    """A level failed."""

    def __init__(self, level: str, text: str, case: tuple | None = None):
        super().__init__(text)
        self.level, self.text, self.case = level, text, case


def judge(exercise: "Exercise", answer: tuple) -> Result:
    """Return the `Result` for what stood in the brackets of ``check.NAME(...)``."""
    if len(answer) != 1:
        text = f"wants one thing in its brackets and got {len(answer)}. Write `check.{exercise.name}({exercise.name})`."
        return Result(exercise.label, WRONG, text, "answer")
    return _judge_value(exercise, answer[0]) if exercise.is_value else _judge_function(exercise, answer[0])


def with_note(result: Result, note: str) -> Result:
    """The same result with one more remark."""
    return replace(result, notes=(*result.notes, note))


# Values


def _judge_value(exercise: "Exercise", value: Any) -> Result:
    if value is ... or value is None:
        return _not_started(exercise)
    wanted = exercise.reference
    for level, problem in (("type", compare.kind_problem), ("shape", compare.shape_problem)):
        if text := problem(value, wanted):
            return Result(exercise.label, WRONG, _sentence(text.replace("you returned", "you have")), level)
    if compare.same(value, wanted, exercise.rtol, exercise.atol):
        return Result(exercise.label, PASSED, "passed.")
    alike = (said for said, wrong in exercise.mistakes.items() if _same_kind_and_value(value, wrong, exercise))
    mistake = next(alike, "")
    return Result(exercise.label, WRONG, _join(f"you have {compare.show(value)}, and that is not it.", mistake), "value", mistake)


def _same_kind_and_value(a: Any, b: Any, exercise: "Exercise") -> bool:
    if compare.kind_problem(a, b) or compare.shape_problem(a, b):
        return False
    return compare.same(a, b, exercise.rtol, exercise.atol)


# Functions


def _judge_function(exercise: "Exercise", function: Any) -> Result:
    if function is ...:
        return _not_started(exercise)
    cases = exercise.all_cases()
    wanted = expected(exercise)
    outcomes: list[Outcome] = []
    try:
        _is_usable(exercise, function, cases[0][1])
        outcomes = behaviour(exercise, function, patient=False)
        if outcomes[0].value is None and outcomes[0].error is None and not outcomes[0].timed_out:
            if looks_untouched(function):
                return _not_started(exercise)
            raise _Stop("type", "your function returned None. Is there a `return` in front of the result?", cases[0][1])
        _levels(exercise, cases, outcomes, wanted)
    except _Stop as stop:
        mistake = recognise(exercise, outcomes)
        text = _join(_sentence(stop.text), mistake)
        return Result(exercise.label, WRONG, text, stop.level, mistake, stop.case, _notes(outcomes))
    return Result(exercise.label, PASSED, f"passed, {len(cases)} cases.", notes=_notes(outcomes))


def _not_started(exercise: "Exercise") -> Result:
    text = f"not started. Fill the hole and run the cell again; `check.{exercise.name}.hint()` gives a hint."
    return Result(exercise.label, NOT_STARTED, text, "not started")


def _is_usable(exercise: "Exercise", function: Any, args: tuple) -> None:
    name = exercise.name
    if isinstance(function, type) and exercise.use is None:
        raise _Stop("answer", f"a function was wanted; you passed the class {function.__name__}.")
    if not callable(function):
        raise _Stop(
            "answer",
            f"a function was wanted; you passed {compare.describe(function)}. "
            f"Pass the function itself, without calling it: `check.{name}({name})`.",
        )
    if exercise.use is None:
        _takes(function, args)


def _takes(function: Callable, args: tuple) -> None:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions written in C do not tell
        return
    try:
        signature.bind(*args)
    except TypeError:
        raise _Stop("answer", f"it is called with {len(args)} argument(s), but yours is declared as {signature}.") from None


def looks_untouched(function: Any) -> bool:
    """Whether the body is still the hole: a lone ``...`` in the source, or code that does nothing but return None."""
    code = getattr(function, "__code__", None)
    if code is None:
        return False
    idle = {"RESUME", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "NOP", "CACHE"}
    if {i.opname for i in dis.get_instructions(code)} <= idle:
        return True
    try:
        return bool(UNTOUCHED.search(inspect.getsource(function)))
    except (OSError, TypeError):
        return False


def behaviour(exercise: "Exercise", function: Callable, patient: bool = True) -> list[Outcome]:
    """What ``function`` does on every case. After a call that had to be stopped, an impatient one tries no more."""
    use = exercise.use
    deadline = time.monotonic() + exercise.seconds
    outcomes = []
    for _, args in exercise.all_cases():
        left = exercise.seconds if patient else max(0.1, deadline - time.monotonic())
        target, full = (function, args) if use is None else (lambda *a: use(function, *a), args)
        outcomes.append(call(target, full, left))
        if outcomes[-1].timed_out:
            break
    return outcomes


def expected(exercise: "Exercise") -> list[Outcome]:
    """What the reference does on every case; worked out once."""
    if not hasattr(exercise, "_expected"):
        exercise._expected = behaviour(exercise, exercise.reference)
    return exercise._expected


def _levels(exercise: "Exercise", cases: list, outcomes: list[Outcome], wanted: list[Outcome]) -> None:
    if outcomes[-1].timed_out:
        at = len(outcomes) - 1
        raise _Stop("time", _too_long(exercise, outcomes[-1], cases[at]), cases[at][1])
    rows = [(kind, args, out, want.value) for (kind, args), out, want in zip(cases, outcomes, wanted, strict=True)]
    first, random, edges = rows[0], [r for r in rows if r[0] == "random"], rows[1 + sum(r[0] == "random" for r in rows) :]
    _ran(first)
    _ok("type", compare.kind_problem, [first, *(r for r in random if r[2].error is None)])
    _ok("shape", compare.shape_problem, [first, *(r for r in random if r[2].error is None)])
    _worked_value(exercise, first)
    for row in (*random, *edges):
        level = "random values" if row[0] == "random" else "edge cases"
        _ran(row)
        _ok(level, compare.kind_problem, [row])
        _ok(level, compare.shape_problem, [row])
        _value(exercise, row, level)
    _quiet(exercise, rows, wanted)
    _left_alone(function_args=exercise, rows=rows)


def _too_long(exercise: "Exercise", outcome: Outcome, case: tuple) -> str:
    text = f"it did not end within {exercise.seconds:g} seconds {_on(case[0], case[1])}, so it was stopped. Does every loop come to an end?"
    if outcome.stuck:
        text += " It is in one long call that could not be stopped; restart the kernel if the notebook stays slow."
    return text


def _on(kind: str, args: tuple) -> str:
    shown = ", ".join(compare.show(a, 70) for a in args)
    return f"for {shown}" if kind in ("worked", "random") else f"for {kind}: {shown}"


def _ran(row: tuple) -> None:
    kind, args, outcome, _ = row
    if outcome.error is None:
        return
    error = outcome.error
    level = {"worked": "error", "random": "random values"}.get(kind, "edge cases")
    before = "" if kind == "worked" else "right for the worked example, but "
    line = _line_of(error)
    raise _Stop(level, f"{before}{_on(kind, args)} it raised {type(error).__name__}: {str(error)[:200]}{line}", args)


def _line_of(error: BaseException) -> str:
    """Where in the learner's code the exception came from, if the traceback tells."""
    frames = inspect.getinnerframes(error.__traceback__) if error.__traceback__ else []
    theirs = [f for f in frames if f.code_context and "groundup" not in f.filename and "site-packages" not in f.filename]
    return f" (in your line `{theirs[-1].code_context[0].strip()}`)" if theirs else ""


def _ok(level: str, problem: Callable[[Any, Any], str], rows: list) -> None:
    for kind, args, outcome, wanted in rows:
        if text := problem(outcome.value, wanted):
            before = "right type, wrong shape: " if problem is compare.shape_problem else ""
            raise _Stop(level, f"{before}{_on(kind, args)}, {text}.", args)


def _worked_value(exercise: "Exercise", row: tuple) -> None:
    _, args, outcome, wanted = row
    if compare.same(outcome.value, wanted, exercise.rtol, exercise.atol):
        return
    why = f" ({exercise.worked.why})" if exercise.worked.why else ""
    raise _Stop(
        "worked value",
        f"right type, right shape, wrong value. {_on('worked', args).capitalize()} you returned {compare.show(outcome.value)}; "
        f"by hand it is {compare.show(exercise.worked.result)}{why}.",
        args,
    )


def _value(exercise: "Exercise", row: tuple, level: str) -> None:
    kind, args, outcome, wanted = row
    if compare.same(outcome.value, wanted, exercise.rtol, exercise.atol):
        return
    place = compare.where_different(outcome.value, wanted, exercise.rtol, exercise.atol)
    came = f"wrong {place}" if place else f"you returned {compare.show(outcome.value)}, which is wrong"
    nan = " There is a NaN in it: not a number, as from 0/0 or inf − inf." if _has_nan(outcome.value) else ""
    nudged = _nudging(exercise, args, outcome.value)
    raise _Stop(level, f"right for the worked example, but {_on(kind, args)}, {came}.{nan}{nudged}", args)


def _has_nan(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return any(_has_nan(v) for v in value)
    return bool(compare.is_number(value) or isinstance(value, np.ndarray)) and bool(np.isnan(np.asarray(value, float)).any())


def _quiet(exercise: "Exercise", rows: list, wanted: list[Outcome]) -> None:
    if not exercise.calm:
        return
    for (kind, args, outcome, _), want in zip(rows, wanted, strict=True):
        if trouble := sorted(outcome.flags - want.flags):
            level = "edge cases" if kind not in ("worked", "random") else "random values"
            raise _Stop(level, f"the values are right, but {_on(kind, args)} NumPy met {' and '.join(trouble)} on the way.", args)


def _left_alone(function_args: "Exercise", rows: list) -> None:
    for kind, args, outcome, _ in rows:
        if outcome.changed:
            names = _parameter_names(function_args)
            which = ", ".join(names[i] if i < len(names) else f"argument {i + 1}" for i in outcome.changed)
            raise _Stop(
                "changed input",
                f"the values are right, but {_on(kind, args)} your function changed its input {which} in place. "
                f"Whoever calls it still needs that; make a new array instead.",
                args,
            )


def _parameter_names(exercise: "Exercise") -> list[str]:
    return [] if exercise.use else list(inspect.signature(exercise.reference).parameters)


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


def _nudging(exercise: "Exercise", args: tuple, value: Any) -> str:
    """For a wrong gradient: what nudging one number says, so that the learner can see it for themselves."""
    if exercise.slope is None:
        return ""
    values = value if isinstance(value, tuple | list) else (value,)
    names = _parameter_names(exercise)
    for which, mine in zip(exercise.slope.arguments, values, strict=False):
        slopes, mine = nudge(exercise.slope.of, args, which), np.asarray(mine, float)
        off = np.abs(slopes - mine) > 1e-5 + 1e-4 * np.abs(slopes)
        if off.any():
            index = tuple(int(i) for i in np.argwhere(off)[0])
            place = names[which] + (f"[{', '.join(map(str, index))}]" if index else "")
            return f" Nudge {place} by a millionth: {exercise.slope.name} moves {slopes[index]:.4g} times as far; you say {mine[index]:.4g}."
    return ""


# Mistakes


def recognise(exercise: "Exercise", outcomes: list[Outcome]) -> str:
    """The sentence of the planted mistake that behaves as the answer did on every case; empty if there is none."""
    if not outcomes:
        return ""
    for sentence, theirs in planted(exercise).items():
        if alike(exercise, outcomes, theirs):
            return sentence
    return ""


def planted(exercise: "Exercise") -> dict[str, list[Outcome]]:
    """What each planted mistake does on every case; worked out once."""
    if not hasattr(exercise, "_planted"):
        exercise._planted = {s: behaviour(exercise, wrong) for s, wrong in exercise.mistakes.items()}
    return exercise._planted


def alike(exercise: "Exercise", mine: list[Outcome], theirs: list[Outcome]) -> bool:
    """Whether two answers behave alike over all cases: values, exceptions, floating-point trouble, changed inputs."""
    return len(mine) == len(theirs) and all(_alike(exercise, a, b) for a, b in zip(mine, theirs, strict=True))


def _alike(exercise: "Exercise", a: Outcome, b: Outcome) -> bool:
    if a.timed_out or b.timed_out:
        return a.timed_out and b.timed_out
    if a.error is not None or b.error is not None:
        return type(a.error) is type(b.error)
    if a.value is None or b.value is None:
        return a.value is b.value
    if a.changed != b.changed or (exercise.calm and a.flags != b.flags):
        return False
    return _same_kind_and_value(a.value, b.value, exercise)


# Words


def _notes(outcomes: list[Outcome]) -> tuple[str, ...]:
    notes = []
    if outcomes and outcomes[0].printed:
        notes.append(f"On the worked example your function printed: {outcomes[0].printed}")
    for what in dict.fromkeys(w for o in outcomes for w in o.meddled):
        notes.append(f"Your function changed {what}; the check has put that back. A function should leave it alone.")
    return tuple(notes)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!", "`)")) else f"{text}."


def _join(*parts: str) -> str:
    return " ".join(p for p in parts if p)

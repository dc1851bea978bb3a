"""An exercise as data: what is right, cases to try it on, and the mistakes that learners really make."""

import difflib
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from groundup.check import engine, progress
from groundup.check.result import Result


@dataclass(frozen=True)
class Worked:
    """An example worked by hand; it is public, and the only expected value that a learner ever sees.

    Attributes:
        args: the arguments.
        result: what comes out.
        why: how it comes about, short enough for a bracket.
    """

    args: tuple
    result: Any
    why: str = ""


@dataclass(frozen=True)
class Slope:
    """For an exercise whose answer is a gradient: the function whose slopes it should be.

    Attributes:
        of: takes the exercise's arguments, returns one number.
        arguments: which of them is nudged, one for each result.
        name: how the message calls ``of``.
    """

    of: Callable
    arguments: tuple[int, ...]
    name: str = "the loss"


@dataclass(eq=False)
class Exercise:
    """A function to write, or a value to find (then ``reference`` is not a function and there are no cases).

    Calling it with the learner's answer gives a `Result`; ``hint()`` gives one more hint each time.

    Attributes:
        reference: a right answer. It is never shown.
        worked: an example worked by hand; None for a value.
        cases: takes a generator of random numbers and returns argument tuples; shapes with unequal sides, no symmetry.
        edges: name → arguments: large, zero, one row, integers.
        mistakes: sentence → wrong answer, as learners write it; the sentence puts them right without giving the answer.
        hints: from a question to nearly the answer.
        styles: name → right answers written in another way; tests hold that they pass.
        title, level, minutes: as the notebook says them; level is "warm-up", "core" or "stretch".
        rtol, atol: how near is near enough; results in float32 get float32's precision.
        slope: for gradients, what they are the slopes of.
        calm: floating-point trouble that the reference does not have counts as wrong.
        use: how the answer is put to use, ``use(answer, *args)``; the default calls it. For classes.
        seconds: for all cases together.
        needs: names of exercises whose answers this one calls; while one of them has not passed, the result says so.
    """

    reference: Any
    worked: Worked | None = None
    cases: Callable[[np.random.Generator], Sequence[tuple]] | None = None
    edges: Mapping[str, tuple] = field(default_factory=dict)
    mistakes: Mapping[str, Any] = field(default_factory=dict)
    hints: Sequence[str] = ()
    styles: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    level: str = "core"
    minutes: int = 5
    rtol: float = 1e-6
    atol: float = 1e-9
    slope: Slope | None = None
    calm: bool = True
    use: Callable | None = None
    seconds: float = 5.0
    needs: Sequence[str] = ()
    # Set by `chapter`:
    name: str = ""
    number: str = ""
    stem: str = ""
    # The inputs on which the last check failed, for the learner to try by hand:
    case: tuple | None = None
    # Whether the last check in this kernel was passed; notebooks ask before they use a learner's function.
    passed: bool = False

    @property
    def label(self) -> str:
        """How messages call it, such as "Exercise 1.1 sigmoid"."""
        return f"Exercise {self.number} {self.name}".replace("  ", " ")

    @property
    def is_value(self) -> bool:
        """Whether a value is asked for, not a function."""
        return self.worked is None

    def all_cases(self) -> list[tuple[str, tuple]]:
        """(what kind of case, arguments): the worked one, random ones, edges; the same every time."""
        if self.is_value:
            return []
        rng = np.random.default_rng(zlib.crc32(self.name.encode()))
        random = [("random", args) for args in (self.cases(rng) if self.cases else [])]
        return [("worked", self.worked.args), *random, *((name, args) for name, args in self.edges.items())]

    def __call__(self, *answer: Any) -> Result:
        """Check the answer, remember the state, show and return the result; in strict mode raise unless passed."""
        result = engine.judge(self, answer)
        self.case, self.passed = result.case, result.passed
        note = progress.remember(self.stem, self.name, result.state)
        for remark in filter(None, [note, self._missing(result)]):
            result = engine.with_note(result, remark)
        return result.or_raise().show()

    def _missing(self, result: Result) -> str:
        """Which exercises that this one stands on have not passed yet, if it is wrong; else an empty string."""
        open_ = [n for n in self.needs if progress.recall(self.stem, n)["state"] != "passed"]
        if result.state != "wrong" or not open_:
            return ""
        return f"It calls {' and '.join(f'`{n}`' for n in open_)}, which has not passed its own check yet: begin there."

    def hint(self) -> None:
        """Print the next hint; after the last one they begin again."""
        given = progress.hints_given(self.stem, self.name)
        if not self.hints:
            print(f"{self.label} has no hints.")
            return
        at = given % len(self.hints)
        last = " (That was the last one; then they begin again.)" if at == len(self.hints) - 1 else ""
        print(f"Hint {at + 1} of {len(self.hints)}: {self.hints[at]}{last}")
        progress.remember_hint(self.stem, self.name)

    def __repr__(self) -> str:
        return f"<{self.label}: call it with your answer, or ask for .hint()>"


def chapter(stem: str, names: Mapping[str, Any]) -> list:
    """Give the exercises and questions among a module's ``names`` their name and number, in the order of declaration.

    Args:
        stem: of the chapter's notebooks, such as "01_neuron".
        names: the module's ``globals()``.

    Returns:
        the exercises and questions, in order.
    """
    found = [
        (n, t) for n, t in names.items() if not isinstance(t, type) and hasattr(t, "stem") and hasattr(t, "number")
    ]
    counts = {"": 0, "Q": 0}
    for name, thing in found:
        kind = "" if isinstance(thing, Exercise) else "Q"
        counts[kind] += 1
        thing.name, thing.stem, thing.number = name, stem, f"{int(stem[:2])}.{kind}{counts[kind]}"
    return [thing for _, thing in found]


def suggest(module: str, names: Mapping[str, Any]) -> Callable[[str], Any]:
    """Return a ``__getattr__`` for a chapter's module: a misspelt exercise is told which name was meant."""

    def missing(name: str) -> Any:
        known = [n for n, t in names.items() if isinstance(getattr(t, "number", None), str)]
        near = difflib.get_close_matches(name, known, n=1)
        meant = f" Did you mean check.{near[0]}?" if near and not name.startswith("_") else ""
        raise AttributeError(f"{module} has no exercise {name!r}.{meant}")

    return missing

"""What a check answers: a state, a sentence, and how it looks as text and as HTML."""

import html
import os
from dataclasses import dataclass, field
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display

NOT_STARTED, WRONG, PASSED = "not started", "wrong", "passed"
# Colour never says it alone: each state has its sign and its word.
LOOKS = {NOT_STARTED: ("○", "#777777"), WRONG: ("✗", "#D55E00"), PASSED: ("✓", "#009E73")}


class CheckFailed(AssertionError):
    """Raised instead of shown when ``GROUNDUP_STRICT=1``: this is how solutions are tested."""


@dataclass(frozen=True)
class Result:
    """The answer of a check. True in an ``if`` when the exercise is passed.

    Attributes:
        label: such as "Exercise 1.1 sigmoid".
        state: "not started", "wrong" or "passed".
        text: the sentence after it.
        level: at which level it stopped, such as "shape"; empty when passed.
        mistake: the sentence of the planted mistake that was recognised, or empty.
        case: the inputs on which it failed, to try by hand; None if there are none.
        notes: remarks that do not decide, such as what the function printed.
    """

    label: str
    state: str
    text: str
    level: str = ""
    mistake: str = ""
    case: tuple | None = None
    notes: tuple[str, ...] = field(default=())
    _shown: list[int] = field(default_factory=list, repr=False, compare=False)

    @property
    def passed(self) -> bool:
        """Whether the exercise is solved."""
        return self.state == PASSED

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        sign, _ = LOOKS[self.state]
        return "\n".join([f"{sign} {self.label}: {self.text}", *self.notes]).replace("\n", "\n  ")

    def _repr_html_(self) -> str:
        sign, color = LOOKS[self.state]
        notes = "".join(f"<br><small>{_mark(note)}</small>" for note in self.notes)
        return (
            f'<div role="status" style="border-left: 4px solid {color}; padding: 4px 10px;">'
            f'<b><span style="color: {color};">{sign}</span> {html.escape(self.label)}</b>: '
            f"{_mark(self.text)}{notes}</div>"
        )

    def show(self) -> "Result":
        """Display it now, also from the middle of a cell, and return it."""
        if get_ipython() is not None:
            display(self)
        return self

    def _ipython_display_(self) -> None:
        """Display once a cell: a check that stands last in its cell has displayed itself already."""
        now = get_ipython().execution_count
        if now not in self._shown:
            self._shown.append(now)
            display({"text/plain": repr(self), "text/html": self._repr_html_()}, raw=True)

    def or_raise(self) -> "Result":
        """Return this result; in strict mode raise `CheckFailed` unless it is passed."""
        if os.environ.get("GROUNDUP_STRICT") == "1" and not self.passed:
            raise CheckFailed(repr(self))
        return self


def _mark(text: Any) -> str:
    """Escape, and set what stands between backticks as code."""
    parts = html.escape(str(text)).split("`")
    marked = (f"<code>{p}</code>" if i % 2 and i < len(parts) - 1 else p for i, p in enumerate(parts))
    return "".join(marked).replace("\n", "<br>")

"""Questions about concepts: an answer is explained, right or wrong, and remembered in the progress table.

In a notebook a question shows buttons, which the keyboard reaches too; where widgets cannot be drawn it says in words
how to answer with a letter. Nothing is fetched from anywhere.
"""

import html
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets
import numpy as np
from IPython.core.getipython import get_ipython
from IPython.display import display

from groundup.check import progress
from groundup.check.result import NOT_STARTED, PASSED, WRONG, Result


@dataclass(eq=False)
class Question:
    """A question with one right answer and several wrong ones, each with the sentence that puts it right.

    ``check.NAME()`` asks; ``check.NAME("b")`` answers without buttons.

    Attributes:
        text: the question.
        right: the right answer.
        wrong: wrong answer → why it is not so.
        because: why the right answer is right.
        level, minutes, title: for the progress table.
    """

    text: str
    right: str
    wrong: Mapping[str, str]
    because: str
    level: str = "quiz"
    minutes: int = 1
    title: str = ""
    # Set by `chapter`:
    name: str = ""
    number: str = ""
    stem: str = ""

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"Question {self.number}"

    def options(self) -> dict[str, str]:
        """Letter → answer, in an order that is mixed but the same every time."""
        answers = [self.right, *self.wrong]
        order = np.random.default_rng(zlib.crc32(self.text.encode())).permutation(len(answers))
        return {"abcdefgh"[i]: answers[k] for i, k in enumerate(order)}

    def judge(self, letter: str) -> Result:
        """The result of answering with a letter; a pure function of it."""
        options = self.options()
        key = str(letter).strip().lower().strip("().")
        if key in ("", "?", "..."):
            return Result(
                self.label, NOT_STARTED, f"not started. Answer with one of {', '.join(options)}.", "not started"
            )
        if key not in options:
            return Result(
                self.label,
                WRONG,
                f"an answer is one of the letters {', '.join(options)}; you gave {letter!r}.",
                "answer",
            )
        answer = options[key]
        if answer == self.right:
            return Result(self.label, PASSED, f"{key}) is right. {self.because}")
        return Result(
            self.label, WRONG, f"{key}) is not it. {self.wrong[answer]}", "answer", mistake=self.wrong[answer]
        )

    def answer(self, letter: str) -> Result:
        """Judge and remember."""
        result = self.judge(letter)
        if result.level != "answer" or result.mistake:  # a slip of the keyboard is no try
            progress.remember(self.stem, self.name, result.state)
        return result

    def __call__(self, letter: Any = None) -> Result | None:
        """Ask (without a letter), or answer (with one); strict mode, which tests solutions, wants a right answer."""
        if letter is None or letter is ...:
            self.ask()
            return None
        return self.answer(letter).or_raise().show()

    def hint(self) -> None:
        """A question has no hints: each wrong answer is explained, and trying one costs nothing."""
        print("A question has no hints. Try an answer: each is explained, and trying costs nothing.")

    def ask(self) -> None:
        """Show the question: with buttons in a notebook, in words elsewhere."""
        if get_ipython() is None or not hasattr(get_ipython(), "kernel"):
            print(self.in_words())
            return
        bundle = self.buttons()._repr_mimebundle_()
        display({**bundle, "text/plain": self.in_words()}, raw=True)

    def in_words(self) -> str:
        """The question as text, with how to answer it."""
        lines = [f"{self.label}: {self.text}", *(f"  {k}) {v}" for k, v in self.options().items())]
        return "\n".join([*lines, f'Answer with check.{self.name}("a"), or another letter.'])

    def buttons(self) -> ipywidgets.VBox:
        """The question as a widget: a button for each answer, and below them what the last one pressed means."""
        wide = ipywidgets.Layout(width="auto", height="auto")
        reply = ipywidgets.HTML()
        rows = []
        for letter, answer in self.options().items():
            button = ipywidgets.Button(description=f"{letter})  {answer}", layout=wide, tooltip=f"answer {letter}")
            button.style.text_color = None
            button.on_click(lambda _, letter=letter: setattr(reply, "value", self.answer(letter)._repr_html_()))
            rows.append(button)
        text = ipywidgets.HTML(f"<b>{html.escape(self.label)}</b>: {_emphasis(self.text)}")
        hint = ipywidgets.HTML(f'<small>Without buttons: <code>check.{self.name}("a")</code></small>')
        return ipywidgets.VBox([text, *rows, reply, hint])


def _emphasis(text: str) -> str:
    parts = html.escape(text).split("*")
    return "".join(f"<em>{p}</em>" if i % 2 and i < len(parts) - 1 else p for i, p in enumerate(parts))

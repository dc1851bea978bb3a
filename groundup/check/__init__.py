"""Checks of exercises: ``from groundup.check import neuron as check``, then ``check.sigmoid(sigmoid)``.

One module a chapter declares its exercises as data; `engine` judges an answer in levels and names the mistake where it
recognises one by its behaviour. ``check.NAME.hint()`` gives a hint, ``check.progress()`` the table.
"""

from groundup.check.exercise import Exercise, Slope, Worked
from groundup.check.quiz import Question
from groundup.check.result import CheckFailed, Result

__all__ = ["CheckFailed", "Exercise", "Question", "Result", "Slope", "Worked"]

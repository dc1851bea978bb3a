"""Training: the loop, its history, evaluation, and weights on the disk."""

from groundup.train.batches import batches
from groundup.train.evaluate import Evaluation, accuracy, evaluate
from groundup.train.history import History
from groundup.train.loop import DivergedError, fit
from groundup.train.storage import WeightsError, load, save

__all__ = [
    "DivergedError",
    "Evaluation",
    "History",
    "WeightsError",
    "accuracy",
    "batches",
    "evaluate",
    "fit",
    "load",
    "save",
]

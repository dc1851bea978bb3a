"""What happened during training: numbers of each step and of each epoch, and their picture."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Steps:
    """One entry for each step: changes of the weights by one batch.

    Attributes:
        loss, accuracy: of the batch, before the step; accuracy is empty where none was measured.
        lr: learning rate of the first group.
        seconds: since training began.
    """

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    lr: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def note(self, loss: float, accuracy: float | None, lr: float, seconds: float) -> None:
        """Add an entry; an accuracy of None was not measured."""
        self.loss.append(loss)
        self.lr.append(lr)
        self.seconds.append(seconds)
        if accuracy is not None:
            self.accuracy.append(accuracy)


@dataclass
class Epochs(Steps):
    """One entry for each complete epoch: once through all training data.

    Attributes:
        loss, accuracy: mean over the epoch's examples, while the weights were changing.
        validation_loss, validation_accuracy: after the epoch; empty without validation data.
        lr: in the epoch's last step.
        seconds: since training began, validation included.
    """

    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)


@dataclass
class History:
    """What `fit` returns.

    Attributes:
        steps, epochs: see `Steps` and `Epochs`.
        best_epoch: counted from 1: the one whose weights the model has at the end; None without ``patience``.
        remark: why training ended before its time, or an empty text.
    """

    steps: Steps = field(default_factory=Steps)
    epochs: Epochs = field(default_factory=Epochs)
    best_epoch: int | None = None
    remark: str = ""

    def plot(self, what: str = "loss", *, by: str | None = None, ax: Any = None) -> Any:
        """Draw one quantity's course.

        Args:
            what: "loss", "accuracy", "lr" or "seconds".
            by: "epoch" (with the validation data's curve) or "step"; None takes epochs where there are at least two.
            ax: matplotlib axes to draw on; None makes new ones.

        Returns:
            The axes.

        Raises:
            ValueError: no such quantity, or it was not measured.
        """
        from groundup.plotting import curves  # here, because training must not wait for matplotlib

        by = by or ("epoch" if len(self.epochs.loss) > 1 else "step")
        series, colors = self._series(what, by)
        count = range(1, 1 + max(map(len, series.values())))
        return curves(series, labels=(by, what), colors=colors, x=count, ax=ax)

    def _series(self, what: str, by: str) -> tuple[dict[str, Sequence[float]], list[str]]:
        if what not in ("loss", "accuracy", "lr", "seconds") or by not in ("epoch", "step"):
            raise ValueError(
                f"plot() wants loss, accuracy, lr or seconds, by epoch or step, and got {what!r} by {by!r}."
            )
        table = self.epochs if by == "epoch" else self.steps
        names = {"train": "training", "validation": "validation"} if what in ("loss", "accuracy") else {"train": what}
        found = {"train": getattr(table, what), "validation": getattr(table, f"validation_{what}", [])}
        series = {words: found[key] for key, words in names.items() if found[key]}
        if not series:
            raise ValueError(f"{what} was not measured in this training, so there is nothing to draw.")
        return series, [key for key in names if found[key]]

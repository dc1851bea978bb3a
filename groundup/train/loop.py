"""``fit``: the loop that every training is."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from groundup.optim import clip_grad_norm_
from groundup.random import generator
from groundup.tensor import Tensor
from groundup.train.batches import Batch, Data, batches_of, how_many
from groundup.train.evaluate import Evaluation, Mean, Metric, evaluate, measure, mode
from groundup.train.history import History
from groundup.train.progress import Progress, fitting_display
from groundup.train.storage import weights_of


class DivergedError(FloatingPointError):
    """The loss became NaN or infinite; ``history`` holds what was before."""

    def __init__(self, message: str, history: History):
        super().__init__(message)
        self.history = history


def fit(
    model: Callable[[Tensor], Tensor],
    train_data: Data,
    *,
    optimizer: Any,
    loss_fn: Callable[[Tensor, Tensor], Tensor],
    epochs: int,
    batch_size: int = 128,
    validation: Data | None = None,
    scheduler: Any = None,
    scheduler_every: str = "epoch",
    clip: float | None = None,
    rng: np.random.Generator | None = None,
    patience: int | None = None,
    metric: Metric | str = "auto",
    progress: bool = True,
) -> History:
    """Train a model: for each batch forward, loss, backward, step; for each epoch a look at the validation data.

    The stop button (KeyboardInterrupt) ends it calmly: the model keeps what it has learnt, and the history is returned.

    Args:
        model: a `Module`, or any function from a batch of x to outputs.
        train_data: arrays or tensors (x, y) with the examples along axis 0, shuffled anew each epoch; or a function
            that takes a generator and gives the batches (x, y) of one epoch.
        optimizer: holds the model's parameters.
        loss_fn: from outputs and y to one number, a mean over the batch.
        epochs: how often to go through the data.
        batch_size: examples a step.
        validation: as ``train_data``; never learnt from.
        scheduler: its ``step()`` is called after each epoch, or each step.
        scheduler_every: "epoch" or "step".
        clip: longest that all gradients together may be, see `clip_grad_norm_`; None leaves them.
        rng: shuffles; None takes the generator that `manual_seed` sets.
        patience: stop when the validation loss has not fallen for so many epochs; in any case the model gets back the
            weights of its best epoch.
        metric: from outputs and y to a number; "auto" measures `accuracy` where y holds whole numbers; None nothing.
        progress: show a line that renews itself; False shows nothing.

    Returns:
        The `History`.

    Raises:
        DivergedError: the loss is no longer a finite number.
        ValueError: ``patience`` without validation data, or another setting without sense.
    """
    _refuse_unfit(epochs, validation, scheduler, scheduler_every, patience)
    run = _Run(model, optimizer, loss_fn, metric, clip)
    run.every_step = scheduler if scheduler_every == "step" else None
    best, history = _Best(model, patience), run.history
    line = Progress(fitting_display(progress), epochs)
    # What overflows on the way becomes a DivergedError or a huge loss; warnings about it would say less.
    with mode(model, training=True), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        try:
            for epoch in range(epochs):
                found = batches_of(train_data, batch_size, generator(rng))
                run.batches = run.batches or how_many(train_data, batch_size)
                trained = run.epoch(found, line, epoch)
                checked = None if validation is None else evaluate(model, validation, loss_fn, batch_size, metric)
                _note(history, trained, checked, line.seconds)
                if scheduler is not None and scheduler_every == "epoch":
                    scheduler.step()
                if best.waited_in_vain(checked):
                    history.remark = f"stopped early: no lower validation loss in {patience} epochs"
                    break
        except KeyboardInterrupt:
            history.remark = f"interrupted in epoch {len(history.epochs.loss) + 1}: the model and the history are kept"
            if not progress:
                print(history.remark)
        finally:
            history.best_epoch = best.restore()
            line.close(history)
    return history


class _Run:
    """A training on its way."""

    every_step: Any = None

    def __init__(self, model: Any, optimizer: Any, loss_fn: Any, metric: Metric | str, clip: float | None):
        self.model, self.optimizer, self.loss_fn, self.metric, self.clip = model, optimizer, loss_fn, metric, clip
        self.parameters = [p for group in optimizer.param_groups for p in group["params"]]
        self.history = History()
        self.batches = 0  # in an epoch; 0 until it is known

    def epoch(self, batches: Iterator[Batch], line: Progress, epoch: int) -> Evaluation:
        """Go once through the batches; returns the means over them."""
        mean = Mean()
        for k, (x, y) in enumerate(batches):
            loss, right = self.step(x, y)
            mean.add(len(y), loss, right)
            self.history.steps.note(loss, right, self.lr, line.seconds)
            line.update(epoch, (k + 1) / self.batches if self.batches else 0.0, mean.result())
            if self.every_step is not None:
                self.every_step.step()
        means = mean.result()
        self.batches = k + 1
        return means

    def step(self, x: Tensor, y: Tensor) -> tuple[float, float | None]:
        """Learn from one batch; returns its loss and accuracy before."""
        self.optimizer.zero_grad()
        out = self.model(x)
        loss = self.loss_fn(out, y)
        value = float(loss.item())
        if not math.isfinite(value):
            raise self.diverged(value)
        loss.backward()
        if self.clip is not None:
            clip_grad_norm_(self.parameters, self.clip)
        self.optimizer.step()
        return value, measure(self.metric, out, y)

    @property
    def lr(self) -> float:
        return self.optimizer.param_groups[0]["lr"]

    def diverged(self, value: float) -> DivergedError:
        losses = self.history.steps.loss
        where = f"step {len(losses) + 1} (epoch {len(self.history.epochs.loss) + 1})"
        before = f"the one before was {losses[-1]:.4g}" if losses else "it was so from the first step"
        return DivergedError(
            f"the loss is {value} in {where}; {before}. Try a smaller learning rate (it is {self.lr:g}) or clip=1.0, "
            "and see that the data are finite and scaled. `with groundup.detect_anomaly():` around fit() names the "
            "operation that gave it first.",
            self.history,
        )


def _note(history: History, trained: Evaluation, checked: Evaluation | None, seconds: float) -> None:
    """Write an epoch down."""
    epochs = history.epochs
    epochs.note(trained.loss, trained.accuracy, history.steps.lr[-1], seconds)
    if checked is not None:
        epochs.validation_loss.append(checked.loss)
        if checked.accuracy is not None:
            epochs.validation_accuracy.append(checked.accuracy)


class _Best:
    """Remembers the weights of the epoch with the lowest validation loss; does nothing where patience is None."""

    def __init__(self, model: Any, patience: int | None):
        self.model, self.patience = model, patience
        self.loss, self.epoch, self.count = math.inf, None, 0
        self.weights: dict[str, np.ndarray] = {}

    def waited_in_vain(self, checked: Evaluation | None) -> bool:
        """Look at an epoch; say whether patience has ended."""
        self.count += 1
        if self.patience is None or checked is None:
            return False
        if checked.loss < self.loss:
            self.loss, self.epoch, self.weights = checked.loss, self.count, weights_of(self.model)
        return self.count - (self.epoch or 0) >= self.patience

    def restore(self) -> int | None:
        """Give the model its best weights back; returns their epoch, or None."""
        if self.epoch is not None:
            self.model.load_state_dict(self.weights)
        return self.epoch


def _refuse_unfit(epochs: int, validation: Any, scheduler: Any, every: str, patience: int | None) -> None:
    if epochs < 1:
        raise ValueError(f"epochs must be at least 1 and is {epochs}.")
    if every not in ("epoch", "step"):
        raise ValueError(f'scheduler_every must be "epoch" or "step" and is {every!r}.')
    if scheduler is not None and not hasattr(scheduler, "step"):
        raise TypeError(
            f"scheduler must have a step(), as those of groundup.optim do, and is {type(scheduler).__name__}."
        )
    if patience is not None and (patience < 1 or validation is None):
        raise ValueError(f"patience={patience} wants to be at least 1, and validation data to watch.")

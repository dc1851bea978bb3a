"""How training goes, in one line: a bar in the terminal, one that renews itself in a notebook, no bar elsewhere.

What a notebook keeps is the last line without times, so that a stored notebook tells of no machine.
"""

import sys
import time

from groundup.train.evaluate import Evaluation
from groundup.train.history import History

PAUSE = 0.2  # seconds between two pictures: quick for an eye, cheap for a browser
WIDTH = 24


class _Silent:
    """Nothing at all. What all displays can do: replace the line, ``share`` (0 to 1) being done; leave the last one."""

    def show(self, share: float, text: str) -> None:
        pass

    def close(self, text: str, seconds: str) -> None:
        pass


class _Page(_Silent):
    """A file or another program reads: only the last line is printed."""

    def close(self, text: str, seconds: str) -> None:
        print(text)


class _Terminal(_Silent):
    """A bar that is drawn over itself."""

    def __init__(self):
        self.longest = 0

    def show(self, share: float, text: str) -> None:
        full = round(share * WIDTH)
        self._write(f"|{'#' * full}{'.' * (WIDTH - full)}| {text}")

    def close(self, text: str, seconds: str) -> None:
        self._write(f"{text} · {seconds}", end="\n")

    def _write(self, line: str, end: str = "") -> None:
        self.longest = max(self.longest, len(line))
        print(f"\r{line:<{self.longest}}", end=end, flush=True)


class _Notebook(_Silent):
    """One output that is renewed in place."""

    def __init__(self):
        from IPython.display import display

        self.handle = display(self._bundle(0.0, ""), raw=True, display_id=True)

    def show(self, share: float, text: str) -> None:
        self.handle.update(self._bundle(share, text), raw=True)

    def close(self, text: str, seconds: str) -> None:
        self.handle.update({"text/plain": text}, raw=True)

    def _bundle(self, share: float, text: str) -> dict[str, str]:
        bar = f'<progress value="{share:.4f}" max="1" aria-label="share of the training done"></progress>'
        return {"text/plain": text, "text/html": f"<div>{bar} {text}</div>"}


def fitting_display(wanted: bool) -> _Silent:
    """The display for where this code runs."""
    if not wanted:
        return _Silent()
    if _in_notebook():
        return _Notebook()
    return _Terminal() if sys.stdout.isatty() else _Page()


def _in_notebook() -> bool:
    """Whether a kernel runs this, whose front end can renew an output; the IPython terminal cannot."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"


class Progress:
    """Keeps the time, and shows a line now and then.

    Args:
        display: where.
        epochs: how many there will be.
    """

    def __init__(self, display: _Silent, epochs: int):
        self.display, self.epochs = display, epochs
        self.began, self.shown = time.perf_counter(), 0.0

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.perf_counter() - self.began

    def update(self, epoch: int, share: float, mean: Evaluation) -> None:
        """Show the means of epoch ``epoch`` (from 0), of which ``share`` is done, unless that was a moment ago."""
        seconds = self.seconds
        if seconds - self.shown < PAUSE:
            return
        self.shown = seconds
        done = (epoch + share) / self.epochs
        self.display.show(done, f"epoch {epoch + 1} of {self.epochs} · {words(mean)} · {lasts(seconds, done)}")

    def close(self, history: History) -> None:
        """Leave the last line."""
        epochs, steps = len(history.epochs.loss), len(history.steps.loss)
        parts = [f"{_count(epochs, 'epoch')}, {_count(steps, 'step')}", *_last(history)]
        if history.best_epoch is not None:
            parts.append(f"best: epoch {history.best_epoch}")
        if history.remark:
            parts.append(history.remark)
        self.display.close(" · ".join(parts), f"{self.seconds:.0f} s")


def words(mean: Evaluation, before: str = "") -> str:
    """Loss and accuracy in words: "loss 0.123 · accuracy 95.1 %"."""
    right = "" if mean.accuracy is None else f" · {before}accuracy {100 * mean.accuracy:.1f} %"
    return f"{before}loss {mean.loss:.4g}{right}"


def lasts(seconds: float, done: float) -> str:
    """How long it has taken, and about how long it will."""
    left = f", about {seconds * (1 - done) / done:.0f} s to go" if done > 0 else ""
    return f"{seconds:.0f} s{left}"


def _last(history: History) -> list[str]:
    """The numbers of the last epoch, in words."""
    e = history.epochs
    texts = [words(Evaluation(e.loss[-1], _end(e.accuracy)))] if e.loss else []
    if e.validation_loss:
        texts.append(words(Evaluation(e.validation_loss[-1], _end(e.validation_accuracy)), "validation "))
    return texts


def _end(values: list[float]) -> float | None:
    return values[-1] if values else None


def _count(n: int, thing: str) -> str:
    return f"{n:,} {thing}{'' if n == 1 else 's'}"

"""Training runs too long for a lecture: made by ``tools/runs.py``, stored in ``data/runs/``, read here.

    run = runs.load("06_weight_decay")
    print(run)                          # that it is stored, how it was made and what it cost
    run.curve("loss")                   # (seeds, points)
    run.at("loss")                      # (points,): the number of the note that each point is, counted from 0
    run.result("test_accuracy")         # (seeds,)
    run.arrays("weights")               # (seeds, ...)

A test repeats the first steps of every stored run and compares.
"""

import json
import zipfile
from typing import Any

import numpy as np

from groundup import paths


class RunsError(RuntimeError):
    """A stored run cannot be used; the text says what to do."""


class Run:
    """One stored run, usually over several seeds.

    Attributes:
        name: such as "06_weight_decay".
        seeds: a tuple of int; everything that is returned has them along axis 0, in this order.
        options: what the training function was called with.
        command: what makes the run again.
        seconds: what that took, all seeds together, on the processor named.
        peak_mb: most memory that one seed held, in 10⁶ bytes.
        versions: of "python", "numpy" and "groundup", as for the first seed.
        processor: its kind, and on how many cores the run was made.
    """

    def __init__(self, facts: dict, folder: Any = None):
        self.name, self.command, self.options = facts["name"], facts["command"], facts["options"]
        self._folder, self._runs = folder or paths.DATA / "runs", facts["runs"]
        self.seeds = tuple(run["seed"] for run in self._runs)
        self.versions, self.processor = self._runs[0]["versions"], self._runs[0]["processor"]
        self.seconds = float(sum(run["seconds"] for run in self._runs))
        self.peak_mb = max(run["peak_mb"] for run in self._runs)

    def __repr__(self) -> str:
        many = f"seeds {', '.join(map(str, self.seeds))}" if len(self.seeds) > 1 else f"seed {self.seeds[0]}"
        return (
            f"Stored run {self.name} ({many}): made by `{self.command}` in {self.seconds:.0f} s, {self.peak_mb} MB, "
            f"NumPy {self.versions['numpy']}, {self.processor}."
        )

    def curve(self, name: str) -> np.ndarray:
        """Return what the training noted under ``name``: (seeds, points) float64.

        NaN stands where a seed has no such point, for it ended earlier, and where the number was not finite.
        """
        at = {number: column for column, number in enumerate(self.at(name))}
        values = np.full((len(self.seeds), len(at)), np.nan)
        for row, run in zip(values, self._runs, strict=True):
            one = run["curve"].get(name, {"at": [], "value": []})
            row[[at[number] for number in one["at"]]] = [np.nan if v is None else v for v in one["value"]]
        return values

    def at(self, name: str) -> np.ndarray:
        """Return which notes the points of ``curve(name)`` are: (points,) int64, from 0. Long curves are thinned."""
        self._need(name, self._names("curve"), "curve")
        curves = [run["curve"].get(name, {"at": []}) for run in self._runs]
        return np.array(sorted({number for one in curves for number in one["at"]}), dtype=np.int64)

    def result(self, name: str) -> np.ndarray:
        """Return a result: (seeds,), or (seeds, k) for a list of k; null, which was not finite, becomes NaN."""
        self._need(name, self._names("result"), "result")
        values = [run["result"].get(name) for run in self._runs]
        return np.array(_filled(values))

    def arrays(self, name: str) -> np.ndarray | list[np.ndarray]:
        """Return an array of the result: (seeds, ...); where the seeds' shapes differ, a list of arrays.

        A run may store an array for some of its seeds only, often for the first; then these are what is returned.
        """
        self._need(name, sorted({name for run in self._runs for name in run["arrays"]}), "array")
        path = self._folder / f"{self.name}.npz"
        try:
            if not zipfile.is_zipfile(path):
                raise OSError("missing, cut off or altered")
            with np.load(path, allow_pickle=False) as archive:
                found = [archive[f"{run['seed']}/{name}"] for run in self._runs if name in run["arrays"]]
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise RunsError(f"data/runs/{path.name} cannot be read ({error}). {_remedy(self.name, 'npz')}") from error
        return np.stack(found) if len({array.shape for array in found}) == 1 else found

    def names(self) -> dict[str, list[str]]:
        """Return what is stored: the names of curves, results and arrays."""
        arrays = sorted({name for run in self._runs for name in run["arrays"]})
        return {"curve": self._names("curve"), "result": self._names("result"), "arrays": arrays}

    def _names(self, part: str) -> list[str]:
        return list(dict.fromkeys(name for run in self._runs for name in run[part]))

    def _need(self, name: str, there: list[str], what: str) -> None:
        if name not in there:
            raise KeyError(f"the stored run {self.name} has no {what} {name!r}; it has: {', '.join(there) or 'none'}")


def load(name: str, folder: Any = None) -> Run:
    """Return the stored run called ``name``.

    Raises:
        RunsError: it is not stored, cannot be read, or lacks seeds; the text says what to do.
    """
    folder = folder or paths.DATA / "runs"
    path = folder / f"{name}.json"
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        made = {run["seed"] for run in facts["runs"]}
        missing = [seed for seed in facts["seeds"] if seed not in made]
    except FileNotFoundError:
        there = ", ".join(stored(folder)) or "none"
        raise RunsError(f"there is no stored run {name!r}; stored are: {there}. {_remedy(name, 'json')}") from None
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise RunsError(f"data/runs/{path.name} cannot be read ({error}). {_remedy(name, 'json')}") from error
    if missing:
        words = ", ".join(map(str, missing))
        raise RunsError(f"the stored run {name!r} lacks seed {words}. {_remedy(name, 'json')}")
    return Run(facts, folder)


def stored(folder: Any = None) -> list[str]:
    """Return the names of all stored runs."""
    return sorted(path.stem for path in (folder or paths.DATA / "runs").glob("*.json"))


def _filled(value: Any) -> Any:
    """Return a list with NaN for null, at any depth."""
    if isinstance(value, list):
        return [_filled(item) for item in value]
    return np.nan if value is None else value


def _remedy(name: str, ending: str) -> str:
    return (
        f"Run `git restore data/runs/{name}.{ending}` in the folder {paths.ROOT}, or make it (this takes minutes): "
        f"`python tools/runs.py {name}`."
    )

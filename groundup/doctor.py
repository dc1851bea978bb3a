"""The self-test of the environment: one line per requirement, and the remedy where it fails.

What is required is read from the installed package's own metadata, so it is written down once, in ``pyproject.toml``.
"""

import importlib
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from groundup.paths import ROOT, WORK

MEMORY_NEEDED = 1e9  # bytes: the largest lecture's peak, with JupyterLab and a browser beside it
WIDGETS = "@jupyter-widgets/jupyterlab-manager"
# Which major version of the front-end part speaks with which major version of ipywidgets.
WIDGETS_SPEAK = {8: 5}
# What JupyterLab must have for the interactive figures: its name, the package it comes with, the one it speaks with.
FRONT_ENDS = (
    (WIDGETS, "jupyterlab-widgets", "ipywidgets", "the widgets' part for the browser"),
    ("anywidget", "anywidget", "anywidget", "the interactive figures' part for the browser"),
)


class Check(NamedTuple):
    """One requirement: whether it is met, in words, and what to do if it is not."""

    ok: bool
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return the line that the doctor prints."""
        return f"ok    {self.text}" if self.ok else f"FAIL  {self.text} -> {self.remedy}"


def doctor() -> int:
    """Print one line per requirement as it is checked; return how many failed."""
    failed = 0
    for check in checks():
        print(check, flush=True)
        failed += not check.ok
    print("All is well: `groundup` opens the course." if not failed else f"{failed} failed: do what stands after ->.")
    return failed


def checks(thorough: bool = True) -> Iterator[Check]:
    """Yield a ``Check`` per requirement; none that fails, or breaks, stops those after it.

    ``thorough=False`` leaves out what takes longer than a blink: importing each package and reading all data.
    """
    for group in (_python, lambda: _packages(thorough), _data if thorough else list, _memory, _widgets, _kernel, _work):
        yield from _calmly(group)


def _calmly(group: Callable[[], list[Check]]) -> list[Check]:
    """Return a group's checks; a check that breaks is one that fails."""
    try:
        return group()
    except Exception as error:
        name = getattr(group, "__name__", "").strip("_<>")
        return [Check(False, f"{name or 'check'}: {type(error).__name__}: {error}", _install())]


def _python() -> list[Check]:
    from packaging.specifiers import SpecifierSet

    wanted = SpecifierSet(metadata.metadata("groundup")["Requires-Python"])
    version = platform.python_version()
    remedy = "install a newer Python from python.org (uv does it for you: `python -m uv run groundup`)"
    return [Check(wanted.contains(version, prereleases=True), f"Python {version} ({_words(wanted)})", remedy)]


def _packages(thorough: bool) -> list[Check]:
    from packaging.requirements import Requirement

    wanted = [Requirement(line) for line in metadata.requires("groundup") or []]
    return [_package(need, thorough) for need in wanted if need.marker is None or need.marker.evaluate({"extra": ""})]


def _package(need, thorough: bool) -> Check:
    try:
        version = metadata.version(need.name)
    except metadata.PackageNotFoundError:
        return Check(False, f"{need.name} is not installed ({_words(need.specifier)})", _install())
    text = f"{need.name} {version} ({_words(need.specifier)})"
    if not need.specifier.contains(version, prereleases=True):
        return Check(False, text, _install())
    try:
        if thorough:
            importlib.import_module(need.name.replace("-", "_"))
    except Exception as error:  # a damaged installation can raise anything
        return Check(False, f"{text} does not load: {error}", _install(again=need.name))
    return Check(True, text)


def _data() -> list[Check]:
    remedy = "`git checkout -- data` in the course's folder, or clone it again"
    try:
        from groundup.data import verify
    except ImportError as error:
        return [Check(False, f"data: its loaders do not load: {error}", remedy.replace("data", "data groundup"))]
    results = verify()
    wrong = [Check(False, f"data/{name}: {message}", remedy) for name, ok, message in results if not ok]
    return wrong or [Check(bool(results), f"data: {len(results)} files, as their checksums say", remedy)]


def _memory() -> list[Check]:
    import psutil

    free = psutil.virtual_memory().available
    text = f"{free / 1e9:.1f} GB of memory free ({MEMORY_NEEDED / 1e9:.0f} GB needed)"
    return [Check(free >= MEMORY_NEEDED, text, "close other programs, or notebooks that still run")]


def _widgets() -> list[Check]:
    return [_front_end(*part) for part in FRONT_ENDS]


def _front_end(name: str, comes_with: str, speaks_with: str, words: str) -> Check:
    """Check the first front-end part on Jupyter's path, which is the one that JupyterLab serves."""
    from jupyter_core.paths import jupyter_path
    from jupyterlab_server.config import get_page_config

    folders = jupyter_path("labextensions")
    found = [Path(folder, name) for folder in folders if Path(folder, name, "package.json").is_file()]
    if not found:
        return Check(False, f"{words} is missing", _install(again=comes_with))
    if any(off.split(":")[0] == name for off in get_page_config(folders).get("disabledExtensions", [])):
        return Check(False, f"{words} is switched off", f"`{sys.executable} -m jupyter labextension enable {name}`")
    package = json.loads((found[0] / "package.json").read_text(encoding="utf-8"))
    python_side = metadata.version(speaks_with)
    text = f"{words}, {package['version']}, beside {speaks_with} {python_side}"
    remedy = f"{_install(again=comes_with)}; if it stays so, delete {found[0]}"
    if not (found[0] / package["jupyterlab"]["_build"]["load"]).is_file():
        return Check(False, f"{text}: a file of it is missing", remedy)
    return Check(_fits(name, package["version"], python_side), text, remedy)


def _fits(name: str, front_end: str, python_side: str) -> bool:
    if name == WIDGETS:
        return WIDGETS_SPEAK.get(_major(python_side)) == _major(front_end)
    # anywidget's two parts are released as one; below 1.0 another second number may mean another language.
    return front_end.split(".")[:2] == python_side.split(".")[:2]


def _major(version: str) -> int:
    return int(version.split(".")[0])


def _kernel() -> list[Check]:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    remedy = f"`{sys.executable} -m ipykernel install --sys-prefix`"
    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return [Check(False, "the kernel python3 is missing", remedy)]
    # As Jupyter does: a bare "python" means the interpreter that Jupyter runs in.
    python = sys.executable if spec.argv[0] in ("python", "python3") else spec.argv[0]
    return [_kernel_finds_course(python, f"{remedy}; if it stays so, delete {spec.resource_dir}")]


def _kernel_finds_course(python: str, remedy: str) -> Check:
    """Ask a kernel's interpreter for this package, from a folder where it does not lie at hand."""
    ask = "import groundup, ipykernel_launcher; print(groundup.__file__)"
    with tempfile.TemporaryDirectory() as elsewhere:
        try:
            answer = subprocess.run([python, "-c", ask], cwd=elsewhere, capture_output=True, text=True, timeout=60)
        except (OSError, subprocess.TimeoutExpired) as error:
            return Check(False, f"the kernel python3 does not start: {error}", remedy)
    if answer.returncode:
        reason = (answer.stderr.strip().splitlines() or ["no reason given"])[-1]
        return Check(False, f"the kernel python3 ({python}) does not find the course: {reason}", remedy)
    theirs = Path(answer.stdout.strip()).parent
    if not theirs.samefile(Path(__file__).parent):
        return Check(False, f"the kernel python3 uses another copy of the course: {theirs}", _install())
    return Check(True, "the kernel python3 finds the course")


def _work() -> list[Check]:
    nearest = next(folder for folder in (WORK, *WORK.parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            return [Check(True, f"your folder {WORK} can be written to")]
    except OSError as error:
        text = f"your folder {WORK} cannot be written to: {error.strerror or error}"
        return [Check(False, text, f"give yourself the right to write in {nearest}, or free some space")]


_RANGE_WORDS = {">=": "{} or newer", "<": "below {}", "!=": "not {}"}


def _words(specifier) -> str:
    """Return a version range in words: ">=2.0,<3" is "2.0 or newer, below 3"."""
    words = [_RANGE_WORDS.get(part.operator, part.operator + " {}").format(part.version) for part in specifier]
    return ", ".join(sorted(words)) or "any version"  # digits sort before letters: the lower end comes first


def _install(again: str = "") -> str:
    """Return the command that installs what the course needs, or one package anew, in this environment's manner."""
    if _made_by_uv():
        command = f"python -m uv sync{f' --reinstall-package {again}' if again else ''}"
    else:
        command = f"{sys.executable} -m pip install {f'--force-reinstall {again}' if again else '-e .'}"
    return f"`{command}` in {ROOT}"


def _made_by_uv() -> bool:
    settings = Path(sys.prefix, "pyvenv.cfg")
    return settings.is_file() and any(line.startswith("uv =") for line in settings.read_text("utf-8").splitlines())

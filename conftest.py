"""How `pytest` runs notebooks: without a network, each folder with its own rule, and the browser last.

nbval makes a test of every code cell and runs each notebook in one kernel. A kernel is another process, so whatever
shall hold inside it (no network, strict checks, progress elsewhere) goes there through its environment.
"""

import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent
GUARD = ROOT / "tests" / "kernel_guard"
# Under these, a kernel would not be what a learner's is.
UNWANTED = ("GROUNDUP_STRICT", "GROUNDUP_ROOT", "GROUNDUP_WORK", "MPLBACKEND")

# The temporary folder is known before any test module imports groundup.paths, which reads it once.
scratch = tempfile.TemporaryDirectory(prefix="groundup-tests-", ignore_cleanup_errors=True)
os.environ["GROUNDUP_STATE"] = str(Path(scratch.name, "state"))
for _name in UNWANTED:
    os.environ.pop(_name, None)

sys.path.append(str(GUARD))
import no_network  # noqa: E402  (found in the folder just added)

no_network.install()


def kernel_variables(notebook):
    """What a kernel's environment says beyond ours: the guard, folders of its own, and strict checks for solutions."""
    path = os.pathsep.join(filter(None, [str(GUARD), os.environ.get("PYTHONPATH")]))
    # Progress is kept between kernels; what the tests before or another notebook passed must not show in this one.
    state = Path(scratch.name, "states", notebook.parent.name, notebook.stem)
    variables = {"PYTHONPATH": path, "IPYTHONDIR": str(Path(scratch.name, "ipython")), "GROUNDUP_STATE": str(state)}
    if notebook.parent.name == "solutions":
        variables["GROUNDUP_STRICT"] = "1"
    return variables


@contextmanager
def environment(variables):
    """Set these environment variables for a while."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item):
    """Start a notebook's kernel, which happens in its first cell's set-up, in the environment for its folder."""
    with environment(kernel_variables(item.path) if item.path.suffix == ".ipynb" else {}):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Beyond running through, every check in an exercise notebook, which is untouched, must say so."""
    result = yield
    if item.path.suffix == ".ipynb" and item.path.parent.name == "exercises":
        wrong = [text for text in map(words, item.test_outputs) if not_untouched(text)]
        assert wrong == [], "an untouched exercise notebook shows more than that nothing was started"
    return result


def words(output):
    """What an output of a cell says as plain text."""
    return output.get("text") or output.get("data", {}).get("text/plain", "")


def not_untouched(text):
    """Whether a check's words tell of anything but an untouched hole."""
    is_check = text.lstrip("○✗✓ ").startswith("Exercise")
    return "✓" in text or (is_check and "not started" not in text)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Fast tests first, then notebooks, then the browser, whose event loop would otherwise stand in nbval's way.

    The browser's tests come theme by theme, because for each theme a JupyterLab is started.
    """
    items.sort(key=place)


def place(item):
    """Where a test comes among the others."""
    if "browser" not in item.path.parts:
        return int(item.path.suffix == ".ipynb"), ""
    return 2, item.callspec.params.get("theme", "") if hasattr(item, "callspec") else ""


def pytest_unconfigure():
    """Remove what the tests wrote."""
    scratch.cleanup()

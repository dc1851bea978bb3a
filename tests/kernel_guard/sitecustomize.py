"""Python runs this at its start where this folder is on PYTHONPATH: in the kernels of tests, and nowhere else."""

import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent


def run_the_next_one():
    """A system or an environment may have a sitecustomize of its own, which this one hides: run it too."""
    elsewhere = [entry for entry in sys.path if Path(entry or ".").resolve() != HERE]
    spec = PathFinder.find_spec("sitecustomize", elsewhere)
    if spec and spec.loader:
        spec.loader.exec_module(module_from_spec(spec))


import no_network  # noqa: E402  (found beside this file)

no_network.install()
run_the_next_one()

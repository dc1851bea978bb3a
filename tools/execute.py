"""Run a notebook in a fresh kernel of this very interpreter, and clean what it printed."""

import os
import re
import tempfile
from pathlib import Path

import zmq
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

ANSI = re.compile(r"\x1b\[[0-9;]*m")


class RunError(Exception):
    """A cell failed: ``index`` of the cell in the notebook, ``line`` within the cell (from 1), ``message``."""

    def __init__(self, index: int, line: int, message: str):
        """Remember where it happened; the caller knows which source line that is."""
        super().__init__(message)
        self.index, self.line, self.message = index, line, message


class ThisInterpreter(KernelSpecManager):
    """Finds one kernel, the running interpreter, even where a user's own "python3" kernel points elsewhere."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """Return the kernel of ``sys.executable``, whatever name is asked for."""
        return KernelSpec(**get_kernel_dict())


def environment(scratch: str, strict: bool) -> dict[str, str]:
    """Return the kernel's environment: no personal settings, progress in ``scratch``, checks raise if ``strict``."""
    personal = ("MPLBACKEND", "GROUNDUP_ROOT", "GROUNDUP_STRICT")
    env = {name: value for name, value in os.environ.items() if name not in personal}
    env["PYTHONHASHSEED"] = "0"
    env["GROUNDUP_STATE"] = str(Path(scratch, "state"))
    env["IPYTHONDIR"] = str(Path(scratch, "ipython"))
    return env | ({"GROUNDUP_STRICT": "1"} if strict else {})


def kernel_manager() -> AsyncKernelManager:
    """Return a manager of this interpreter's kernel, on an encrypted line where the installed Jupyter offers one.

    Without, new versions of the kernel print a warning at each start.
    """
    manager = AsyncKernelManager(kernel_spec_manager=ThisInterpreter())
    if manager.has_trait("transport_encryption") and zmq.has("curve"):
        manager.transport_encryption = "auto"
    return manager


class Client(NotebookClient):
    """nbclient with our kernel; it starts the kernel itself, because it stops only what it has started."""

    def create_kernel_manager(self) -> AsyncKernelManager:
        """Return the manager of this interpreter's kernel."""
        self.km = kernel_manager()
        return self.km

    def refuse_hidden_errors(self, index: int) -> None:
        """Raise RunError if a widget caught an error: it shows inside the widget, in no output of the cell."""
        for state in self.widget_state.values():
            for output in state.get("outputs") or []:
                if output.get("output_type") == "error":
                    raise RunError(index, 1, "inside a widget:\n" + ANSI.sub("", "\n".join(output["traceback"])))


def run(notebook: NotebookNode, folder: Path, strict: bool, timeout: int, on_cell=lambda: None) -> None:
    """Execute ``notebook`` in place with ``folder`` as working directory; raise RunError at the first cell that fails.

    ``timeout`` is in seconds, for each cell. ``on_cell`` is called after each code cell.
    """
    current = 0

    def started(cell, cell_index):
        nonlocal current
        current = cell_index

    def executed(cell, cell_index, execute_reply):
        client.refuse_hidden_errors(cell_index)
        on_cell()

    client = Client(
        notebook,
        timeout=timeout,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
        on_cell_start=started,
        on_cell_executed=executed,
    )
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        try:
            client.execute(env=environment(scratch, strict))
        except CellExecutionError as error:
            raise RunError(current, failing_line(error.traceback), ANSI.sub("", error.traceback)) from error
        except CellTimeoutError as error:
            raise RunError(current, 1, f"the cell ran longer than {timeout} s") from error
        except DeadKernelError as error:
            raise RunError(current, 1, "the kernel died (out of memory?)") from error


def failing_line(traceback: str) -> int:
    """Return the line within the cell that IPython's traceback names, or 1."""
    found = re.search(r"Cell In\[\d+\], line (\d+)", ANSI.sub("", traceback))
    return int(found[1]) if found else 1

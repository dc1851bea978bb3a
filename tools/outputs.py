"""What executed cells printed: put into a steady form, and refused where it would tell of this machine or this day."""

import datetime
import json
import re
import sys
import tempfile
from itertools import groupby
from pathlib import Path

from nbformat import NotebookNode

WIDGET = "application/vnd.jupyter.widget-view+json"
WIDGET_WORDS = "An interactive figure stands here: run this cell in JupyterLab to use it."
WIDGET_REPR = re.compile(r"\w+\(")
SVG = ("image/svg+xml",)
# Everywhere the same, so that the built notebooks can be searched on another machine than the one that built them.
UNSTEADY = {
    re.compile(r"ipykernel_\d+"): "a warning that names a temporary file (avoid its cause, or catch and print it)",
    re.compile(r"\bat 0x[0-9a-fA-F]{6,}"): "an object's address, which differs in every run (end the line with ;)",
    re.compile(r"(?<![\w.])/(home|Users)/\w"): "a path in somebody's home folder",
    re.compile(r"\b[A-Za-z]:\\+Users\\"): "a path in somebody's home folder",
}


def clean(notebook: NotebookNode, metadata: NotebookNode) -> None:
    """Bring an executed notebook into its steady form, in place: no times, no widget state, one output per stream."""
    notebook.metadata = metadata
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
            cell.outputs = [without_widget(output) for output in merge_streams(cell.outputs)]


def merge_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join consecutive outputs of one stream: how a print was cut into messages is chance."""
    merged = []
    for name, group in groupby(outputs, key=lambda output: output.get("name")):
        group = list(group)
        if name is None:
            merged += group
        else:
            merged.append(group[0] | {"text": overwrite("".join(output.text for output in group))})
    return [NotebookNode(output) for output in merged]


def overwrite(text: str) -> str:
    """Keep of each line what stands after its last carriage return, as a terminal shows it."""
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def without_widget(output: NotebookNode) -> NotebookNode:
    """Replace a widget, which needs a kernel to be seen, by words; a text that its author wrote stays."""
    if WIDGET in output.get("data", {}):
        del output.data[WIDGET]
        if WIDGET_REPR.match(output.data.get("text/plain", "x()")):
            output.data["text/plain"] = WIDGET_WORDS
    return output


def find_fault(cell: NotebookNode, root: Path) -> str | None:
    """Return what in a cell's outputs must not be shipped, or None; ``root`` is the checkout that it was built in."""
    text = "\n".join(text_of(output) for output in cell.get("outputs", []))
    for pattern, words in (machine_patterns(root) | UNSTEADY).items():
        if found := pattern.search(text):
            around = text[max(0, found.start() - 30) : found.end() + 30].strip()
            return f"its output holds {words}: …{around}…"
    return None


def machine_patterns(root: Path) -> dict[re.Pattern, str]:
    """Return patterns for the places of this machine, and for today's date."""
    places = {Path(place) for place in (root, Path.home(), tempfile.gettempdir(), sys.prefix)}
    # As they stand, with forward slashes, and with the doubled backslashes of a repr or of JSON.
    forms = [(str(place), place.as_posix(), json.dumps(str(place))[1:-1]) for place in places if len(place.parts) > 1]
    paths = "|".join(re.escape(name) for name in sorted({name for names in forms for name in names}, key=len)[::-1])
    return {
        re.compile(rf"(?<!\w)(?:{paths})(?![\w-])"): "a path of this machine",
        re.compile(re.escape(datetime.date.today().isoformat())): "today's date",
    }


def text_of(output: NotebookNode) -> str:
    """Return all text in an output, pictures in base64 left out."""
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return "\n".join(output.traceback)
    texts = [value for mime, value in output.data.items() if mime in SVG or not mime.startswith("image/")]
    return "\n".join(value if isinstance(value, str) else json.dumps(value) for value in texts)

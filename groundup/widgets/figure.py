"""The widget: a figure that a plain function computes anew whenever the learner's hand moves a control."""

import html
import traceback
from collections.abc import Callable
from pathlib import Path

import anywidget
import traitlets
from IPython.display import display

from groundup.widgets.controls import label_of, received
from groundup.widgets.scene import parts

HERE = Path(__file__).parent
NEEDS_KERNEL = "It needs a running kernel: open this notebook in JupyterLab, here or on Binder, and run this cell."
KEYS = "By keyboard: Tab to a control, then the arrow keys."
WRITE = "By keyboard: Tab to a control; write into a box, move the others with the arrow keys."
LOST = "If no figure stands above, run the cells down to this one."


class Figure(anywidget.AnyWidget):
    """An interactive figure; made by ``explore``.

    The browser draws the scene and sends the values of the controls; between the two stands a plain function. While
    that is computing, further movements are gathered, and it gets only the latest.
    """

    _esm = HERE / "figure.js"
    _css = HERE / "figure.css"

    controls = traitlets.List().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)
    # The scene in parts: as it was when last sent whole, and the parts that are different now.
    base = traitlets.Dict().tag(sync=True)
    changes = traitlets.Dict().tag(sync=True)
    problem = traitlets.Unicode().tag(sync=True)
    # The browser counts its questions, and sees from the answer's number whether the kernel still answers.
    asked = traitlets.Int().tag(sync=True)
    answered = traitlets.Int().tag(sync=True)
    restart = traitlets.Bool().tag(sync=True)

    def __init__(
        self, function: Callable[..., dict], controls: dict[str, dict], restart: Callable | None, caption: str
    ):
        self._function, self._on_restart, self.caption = function, restart, caption
        self._controls = controls
        self.error: Exception | None = None
        labelled = [{**one, "name": name, "label": one["label"] or label_of(name)} for name, one in controls.items()]
        super().__init__(controls=labelled, values=self._start(), restart=bool(controls))
        self._draw()
        self.on_msg(self._on_message)

    def move(self, **values) -> dict:
        """Move controls from Python, as the learner's hand would, and return the values of all.

        Raises:
            ValueError: there is no such control.
            Exception: whatever the function raises.
        """
        if unknown := values.keys() - self._controls.keys():
            raise ValueError(f"there is no control {min(unknown)!r}; there are {', '.join(self._controls)}.")
        self.values = self.values | values
        self._draw()
        return self.values

    def parts(self) -> dict[str, dict]:
        """Return what is now shown, as ``scene.parts`` gives it."""
        return self.base | self.changes

    def start_again(self) -> None:
        """Bring every control, and the function's state if it has one, back to the start."""
        if self._on_restart:
            self._on_restart()
        self.values = self._start()
        self._draw()

    def _start(self) -> dict:
        return {name: one["value"] for name, one in self._controls.items()}

    def _draw(self) -> None:
        """Compute the scene and send the parts of it that have changed."""
        arguments = {name: received(one, self.values[name]) for name, one in self._controls.items()}
        now = parts(self._function(**arguments))
        with self.hold_sync():
            self.problem, self.error = "", None
            if now.keys() == self.base.keys():
                self.changes = {key: part for key, part in now.items() if part != self.base[key]}
            else:
                self.base, self.changes = now, {}

    @traitlets.observe("asked")
    def _answer(self, change) -> None:
        self._calmly(self._draw)
        self.answered = change["new"]

    def _on_message(self, _, content, __) -> None:
        if content == "start again":
            self._calmly(self.start_again)

    def _calmly(self, act: Callable[[], None]) -> None:
        """Do what the browser asked for; nobody would see an exception here, so the figure says it in words."""
        try:
            act()
        except Exception as error:
            self.error = error
            last = traceback.extract_tb(error.__traceback__)[-1]
            self.problem = f"{type(error).__name__}: {error} (in {last.name}, line {last.lineno}: {last.line})"

    def _repr_mimebundle_(self, **kwargs):
        """The widget, and the words that stand in its place where there is no kernel, as on GitHub."""
        data, metadata = super()._repr_mimebundle_(**kwargs)
        return data | {"text/plain": f"[interactive figure: {self.base['']['words']} {NEEDS_KERNEL}]"}, metadata

    def _ipython_display_(self) -> None:
        """Show the figure and below it the caption, as ``plotting.show`` does."""
        data, metadata = self._repr_mimebundle_()
        display(data, metadata=metadata, raw=True)
        boxes = any(one["kind"] == "textbox" for one in self._controls.values())
        keys = (WRITE if boxes else KEYS) if self._controls else ""
        words = " ".join(filter(None, [self.caption, keys, LOST]))
        display({"text/html": f"<p><em>{html.escape(words)}</em></p>", "text/plain": words}, raw=True)


def explore(
    function: Callable[..., dict], *, caption: str = "", restart: Callable[[], None] | None = None, **controls: dict
) -> Figure:
    """Return an interactive figure of a plain function from the controls' values to a scene.

    It is computed once at once, so that an exception is met in the cell; later ones stand in words below the figure.

    Args:
        function: is called with one keyword argument a control and returns a scene.
        caption: how to read the figure, and what to try.
        restart: called when the learner starts again, before all controls go back; for functions that remember.
        controls: parameter = ``slider(…)``, ``choice(…)``, ``switch(…)``, ``textbox(…)`` or ``button(…)``.

    Raises:
        ValueError: a control is not one; the scene cannot be drawn (``SceneError``, which says why).
    """
    for name, one in controls.items():
        if not isinstance(one, dict) or "kind" not in one:
            kinds = "slider(…), choice(…), switch(…), textbox(…) or button(…)"
            raise ValueError(f"explore() wants {name}={kinds} and got {one!r}.")
    return Figure(function, controls, restart, caption)

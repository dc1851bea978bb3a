"""From key press to changed pixels: how fast the interactive figures answer, in real JupyterLab on this machine.

    python benchmarks/widget_latency.py [--presses 12] [--theme dark]

For the canvas of chapter 07 it is from a move of the mouse to the changed answer and feature maps.

A headless Chromium opens a notebook that JupyterLab serves on loopback, runs it, and presses an arrow key on the first
slider of each figure. In the page the clock starts with the key event's own time stamp. It stops after the first frame
drawn since the picture changed: a task that follows the animation frame after the first change of its elements.
(The slider's own knob, which the browser moves at once, does not count.) In between lie the message to the kernel, the
Python function, the message back, the drawing, and up to 17 ms of waiting for the frame. That the pixels have really
changed is checked after each press by comparing screenshots, outside of the measured time. No press is left out.
"""

import argparse
import hashlib
import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path

import nbformat
from nbformat import v4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "browser"))

import lab  # noqa: E402

FIGURES = ("race", "cut", "learning_rate")
CANVAS = "draw_digit"
CLOCK = """(figure, event) => {
    const panels = figure.querySelector('.groundup-panels');
    window.took = window.pressed = null;
    window.armed = false;
    figure.addEventListener(event, one => {
        if (window.armed) window.pressed = one.timeStamp;
        window.armed = false;
    }, true);
    new MutationObserver(() => {
        if (window.pressed === null) return;
        const start = window.pressed;
        window.pressed = null;
        requestAnimationFrame(() => {
            const after = new MessageChannel();
            after.port1.onmessage = () => { window.took = performance.now() - start; };
            after.port2.postMessage(0);
        });
    }).observe(panels, { attributes: true, childList: true, characterData: true, subtree: true });
}"""


ARM = "window.took = window.pressed = null; window.armed = true"  # the next event starts the clock, and only that one
ANSWERED = "() => window.took !== null && window.pressed === null"


def main(arguments=None):
    """The command line: print one line per figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--presses", type=int, default=12)
    parser.add_argument("--theme", choices=list(lab.THEMES), default="light")
    options = parser.parse_args(arguments)
    with lab.browser() as browser, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        times = measure(browser, Path(name), options.theme, options.presses)
        system = f"{platform.system()}, {os.cpu_count()} cores"
        print(f"Chromium {browser.version}, Python {platform.python_version()}, {system}")
    print(f"{'figure':16}{'presses':>8}{'median':>9}{'min':>7}{'max':>7}   milliseconds")
    for figure, took in times.items():
        print(f"{figure:16}{len(took):8}{statistics.median(took):9.0f}{min(took):7.0f}{max(took):7.0f}")


def measure(browser, folder, theme, presses):
    """Figure → milliseconds of each press."""
    course = folder / "course"
    course.mkdir()
    cells = ["from groundup import widgets", *(f"widgets.{figure}()" for figure in (*FIGURES, CANVAS))]
    notebook = v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, course / "figures.ipynb")
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    with lab.server(course, folder / "home", theme) as (address, token):
        lab.open_notebook(page, address, token, "figures.ipynb")
        lab.run_all(page)
        found = page.locator(".groundup-figure")
        times = {figure: [*press(page, found.nth(k), presses)] for k, figure in enumerate(FIGURES)}
        times[CANVAS] = [*stroke(page, found.nth(len(FIGURES)), presses)]
        page.close()
    return times


def press(page, figure, presses):
    """Yield the milliseconds from each press of the arrow key to the changed picture."""
    figure.scroll_into_view_if_needed()
    figure.evaluate(CLOCK, "keydown")
    figure.get_by_role("slider").first.focus()
    before = pixels(figure)
    for k in range(presses):
        page.evaluate(ARM)
        page.keyboard.press("ArrowLeft" if k % 2 else "ArrowRight")  # to and fro, so that no slider comes to its end
        page.wait_for_function(ANSWERED, timeout=10_000)
        yield page.evaluate("window.took")
        after = pixels(figure)
        if after == before:
            raise SystemExit("the figure's elements changed, but not one pixel did")
        before = after


def stroke(page, figure, moves):
    """Yield the milliseconds from each move of the mouse, with its button down, to the changed answer."""
    canvas = figure.locator(".groundup-pad canvas")
    figure.scroll_into_view_if_needed()
    before = pixels(figure)  # it may scroll, so only now is the canvas where it stays
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.wait_for_timeout(1000)
    figure.evaluate(CLOCK, "pointermove")
    for k in range(1, moves + 1):
        box = canvas.bounding_box()
        x, y = 0.3 + 0.4 * (k % 2), 0.2 + 0.6 * k / moves  # a zigzag downwards
        page.evaluate(ARM)
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        page.wait_for_function(ANSWERED, timeout=10_000)
        yield page.evaluate("window.took")
        page.wait_for_timeout(100)
        after = pixels(figure)
        if after == before:
            raise SystemExit("the stroke grew, but not one pixel of the answer changed")
        before = after
    page.mouse.up()


def pixels(figure):
    """A fingerprint of the picture without its controls."""
    return hashlib.sha256(figure.locator(".groundup-panels").screenshot()).hexdigest()


if __name__ == "__main__":
    main()

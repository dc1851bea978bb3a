"""Drive a real JupyterLab in headless Chromium: what the browser tests and tools/screenshots.py share."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

import nbformat.v4 as v4

ROOT = Path(__file__).resolve().parents[2]
GUARD = ROOT / "tests" / "kernel_guard"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
# Without these Chromium looks for Google's hosts at every start; the resolver rule makes sure that no page gets out.
QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
# Every "d", text, colour and pixel that is shown in a figure.
SHOWN = """figure => [
    ...[...figure.querySelectorAll('.groundup-panels svg path')].map(path => path.getAttribute('d')),
    ...[...figure.querySelectorAll('.groundup-panels svg text')].map(text => text.textContent),
    ...[...figure.querySelectorAll('.groundup-panels svg [fill]')].map(path => path.getAttribute('fill')),
    ...[...figure.querySelectorAll('.groundup-panels canvas')].map(canvas => canvas.toDataURL())]"""
PROMPTS = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(p => p.textContent)"


class LabError(RuntimeError):
    """JupyterLab or the browser did not do what was asked."""


def find_browser():
    """The path of a Chromium-like browser, or None. `GROUNDUP_CHROMIUM` names one that is not on the PATH."""
    named = os.environ.get("GROUNDUP_CHROMIUM")
    return named or next((path for path in map(shutil.which, BROWSERS) if path), None)


def prepare_work(home):
    """Make a learner's copies with `groundup prepare`, as the command `groundup` does; returns their folder."""
    command = [sys.executable, "-m", "groundup", "prepare"]
    done = subprocess.run(command, env=kernel_environment(home), capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise LabError(f"`groundup prepare` ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return home / "work"


def kernel_environment(home):
    """This process's environment, with the network guard on and everything that JupyterLab writes below `home`."""
    names = {
        "GROUNDUP_STATE": "state",
        "GROUNDUP_WORK": "work",
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    }
    path = os.pathsep.join(filter(None, [str(GUARD), os.environ.get("PYTHONPATH")]))
    # A variable meant for nbval's kernels (MPLBACKEND, strictness) must not reach these.
    kept = {k: v for k, v in os.environ.items() if k not in {"MPLBACKEND", "GROUNDUP_STRICT"}}
    return kept | {key: str(home / name) for key, name in names.items()} | {"PYTHONPATH": path}


def write_settings(home, theme="light"):
    """The user's settings: the theme; no news from the network; every cell in the page, even out of sight."""
    settings = {
        "apputils-extension/themes": {"theme": THEMES[theme]},
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
        "notebook-extension/tracker": {"windowingMode": "none"},
    }
    for name, values in settings.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values), encoding="utf-8")


@contextmanager
def server(folder, home, theme="light", timeout=60):
    """A JupyterLab on loopback that serves `folder`; yields its address and token."""
    write_settings(home, theme)
    token = secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.ip=127.0.0.1"]
    command += [f"--ServerApp.root_dir={folder}", f"--IdentityProvider.token={token}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lab.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            command, env=kernel_environment(home), cwd=folder, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            yield wait_for_server(process, home, token, timeout), token
        finally:
            stop(process)


def wait_for_server(process, home, token, timeout):
    """The address of the server once it answers. The port is read from the file that the server writes of itself."""
    info = home / "runtime" / f"jpserver-{process.pid}.json"
    end = time.monotonic() + timeout
    while time.monotonic() < end and process.poll() is None:
        try:
            address = json.loads(info.read_text(encoding="utf-8"))["url"]
            urlopen(f"{address}api/status?token={token}", timeout=5).close()
            return address
        except (OSError, ValueError):
            time.sleep(0.2)
    raise LabError("JupyterLab did not start:\n" + (home / "lab.log").read_text(encoding="utf-8", errors="replace"))


def stop(process):
    """End the server as Ctrl-C would, so that it ends its kernels; kill it if it will not."""
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def browser():
    """A headless Chromium, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    path = find_browser()
    if path is None:
        raise LabError(
            f"no browser found: install Chromium, or set GROUNDUP_CHROMIUM to one. Looked for {', '.join(BROWSERS)}."
        )
    # Chromium's sandbox does not work for root; anyone else keeps it.
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path, args=[*QUIET, *(["--no-sandbox"] if as_root else [])], chromium_sandbox=not as_root
        )
        try:
            yield chromium
        finally:
            chromium.close()


def open_notebook(page, address, token, path, timeout=60):
    """Open the notebook `path` (from the served folder, with /), and nothing else; wait until its kernel is ready."""
    page.goto(f"{address}lab/tree/{quote(path)}?reset&token={token}")
    page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Notebook", timeout=timeout * 1000)
    wait_idle(page, timeout)


def wait_idle(page, timeout=60):
    """Wait until the kernel is idle. Asked to run before that, JupyterLab would ask for a kernel and run nothing."""
    # The status bar tells the truth; the indicator above the notebook says idle before there is a kernel at all.
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=timeout * 1000)


def run_all(page, timeout=300):
    """Clear all outputs, choose Run All Cells in the menu, and wait until no cell is running or waiting to run."""
    choose(page, "Edit", "Clear Outputs of All Cells")
    page.wait_for_function("() => !document.querySelector('.jp-OutputArea-output')")
    choose(page, "Run", "Run All Cells")
    # The first cell shows [*] or [1] once the click has had its effect; the others show [*] until their turn is over.
    page.wait_for_function(f"() => {PROMPTS}.some(p => /\\[[*\\d]+\\]/.test(p))", timeout=30_000)
    page.wait_for_function(f"() => !{PROMPTS}.some(p => p.includes('*'))", timeout=timeout * 1000, polling=250)
    wait_idle(page)


def choose(page, menu, entry):
    """Choose an entry of a menu, as a learner would."""
    page.locator(f'.lm-MenuBar-itemLabel:text-is("{menu}")').click()
    page.locator(f'.lm-Menu-itemLabel:text-is("{entry}")').click()


def outputs(page):
    """The text of every output in the page, in order."""
    return page.locator(".jp-OutputArea-output").all_inner_texts()


def errors(page):
    """The text of every output that a learner would take for a mistake: tracebacks, stderr, widgets that failed."""
    kinds = ("application/vnd.jupyter.error", "application/vnd.jupyter.stderr")
    found = page.locator(
        ", ".join(f'.jp-OutputArea-output[data-mime-type="{kind}"]' for kind in kinds)
    ).all_inner_texts()
    lost = page.get_by_text("Error displaying widget").all_inner_texts()
    return found + lost


def image_names(page):
    """The name that a screen reader gets for each image in the outputs; "" where it has none."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.jp-OutputArea-output img')].map(
            image => (image.getAttribute('aria-label') || image.getAttribute('alt') || '').trim())"""
    )


def figures(page):
    """The output elements that hold something drawn: an image, a canvas, a drawing, a widget."""
    drawn = ":is(img, canvas, svg, .jupyter-widgets)"
    return page.locator(f".jp-OutputArea-output:has({drawn})").all()


def screenshots(page, folder, prefix):
    """Save each figure output as PREFIX-01.png, PREFIX-02.png, ... in `folder`; returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, element in enumerate(figures(page), 1):
        paths.append(folder / f"{prefix}-{number:02d}.png")
        element.screenshot(path=paths[-1])
    return paths


def pages(page, folder, prefix):
    """Save the whole notebook as a reader scrolls through it, one PNG a screenful; returns the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer").first
    height, step = panel.evaluate("panel => [panel.scrollHeight, panel.clientHeight - 40]")
    paths = []
    for number, top in enumerate(range(0, height, step), 1):
        panel.evaluate("(panel, top) => { panel.scrollTop = top; }", top)
        page.wait_for_timeout(200)
        paths.append(folder / f"{prefix}-page-{number:02d}.png")
        page.screenshot(path=paths[-1])
    return paths


def unrun(page):
    """The prompts of the code cells that hold code and were not run."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.jp-Notebook .jp-CodeCell')]
            .filter(cell => cell.querySelector('.cm-content').innerText.trim())
            .map(cell => cell.querySelector('.jp-InputPrompt').textContent)
            .filter(prompt => !/\\[\\d+\\]/.test(prompt))"""
    )


def replace_first_cell(page, source):
    """Type `source` over the notebook's first code cell."""
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").first.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(source)


def upload(served, name, sources):
    """Put a notebook of these code cells into the served folder, as the file browser would."""
    address, token = served
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    body = json.dumps({"type": "notebook", "format": "json", "content": notebook}).encode()
    head = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    urlopen(Request(f"{address}api/contents/{name}", body, head, method="PUT"), timeout=20).close()


def shown(figure):
    """All that an interactive figure shows, as a list to compare."""
    return figure.evaluate(SHOWN)

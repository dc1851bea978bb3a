"""Open the course: JupyterLab over ``work/``, at the start page."""

import os
import sys
import webbrowser
from pathlib import Path

from groundup.paths import ROOT, WORK

START = "lectures/00_start.ipynb"
# A workspace of its own: tabs left open in other projects stay there, and the course's tabs come back here.
PAGE = f"/lab/workspaces/groundup/tree/{START}"


class LaunchError(RuntimeError):
    """The course cannot be opened; the message says why and what to do."""


def launch(work: Path = WORK, port: int | None = None, browser: bool = True) -> None:
    """Serve ``work`` in JupyterLab until it is stopped (Ctrl-C), and open the start page in a browser.

    With ``browser=False``, or where there is no screen, it only prints the address. Without a ``port`` it is 8888, or
    what the learner's Jupyter settings say; one in use leads to another. Raises ``LaunchError`` where JupyterLab does
    not load.
    """
    try:
        from jupyterlab.labapp import LabApp
    except ImportError as error:
        raise LaunchError(f"JupyterLab does not load: {error}. `groundup doctor` says what to do.") from error
    browser = browser and has_screen()
    server = LabApp.initialize_server(argv=options(work, port, browser))
    lines = welcome(server.public_url, browser)
    # Not before the server listens: that is what its event loop does first.
    server.io_loop.add_callback(lambda: print(lines, flush=True))
    server.web_app.settings["page_config_hook"] = _without_news
    server.identity_provider.token_generated = False  # the lines above give the address: not once more
    server.start()


def _without_news(_handler, page: dict) -> dict:
    """Switch off the plugin that asks whether to fetch news; the options above only keep it from fetching."""
    news = "@jupyterlab/apputils-extension:announcements"
    return {**page, "disabledExtensions": [*page.get("disabledExtensions", []), news]}


def check_start_page(root: Path = ROOT) -> None:
    """Raise ``LaunchError`` where the checkout in ``root`` lacks the start page."""
    if not (root / START).is_file():
        raise LaunchError(
            f"{root / START} is missing, so this copy of the course is not whole. "
            f"Run `git checkout -- lectures` in {root}, or clone the course again."
        )


def options(work: Path, port: int | None, browser: bool) -> list[str]:
    """Return JupyterLab's command line; what it does not name stays as the learner's own settings say."""
    given = [
        f"--ServerApp.root_dir={work}",
        f"--FileContentsManager.preferred_dir={work}",  # a preferred folder of the learner's would lie outside
        f"--LabApp.default_url={PAGE}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "--ServerApp.log_level=WARN",
        "--LabApp.log_level=WARN",
        "--JupyterApp.answer_yes=True",  # one Ctrl-C is enough
    ]
    if port is not None:
        given.append(f"--ServerApp.port={port}")
    if not browser:
        given.append("--no-browser")
    if getattr(os, "geteuid", lambda: 1)() == 0:
        given.append("--allow-root")  # JupyterLab refuses root without it; Windows has no such user
    return given


def has_screen() -> bool:
    """Say whether a browser can be expected to open in front of the person who started this."""
    if os.environ.get("BROWSER"):  # set on purpose, for instance by an editor that forwards to the person's own machine
        return True
    if os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY"):
        return False
    if sys.platform not in ("win32", "darwin") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def welcome(address: str, browser: bool) -> str:
    """Return the lines that name the address."""
    opening = "Your browser is about to open. If it does not, go to" if browser else "Open this address in a browser:"
    return f"\n{opening}\n\n    {address}\n\nStop with Ctrl-C (save your notebooks first).\n"

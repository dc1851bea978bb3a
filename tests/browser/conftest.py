"""One Chromium and one JupyterLab for all browser tests; skipped, with the reason, where there is no browser."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

import lab


@pytest.fixture(scope="session")
def chromium():
    """A headless Chromium. `GROUNDUP_REQUIRE_BROWSER=1`, which .ci/run sets, makes its absence an error."""
    if lab.find_browser() is None:
        reason = "no Chromium on this machine (set GROUNDUP_CHROMIUM to the path of one)"
        if os.environ.get("GROUNDUP_REQUIRE_BROWSER") == "1":
            pytest.fail(f"{reason}, and GROUNDUP_REQUIRE_BROWSER is set")
        pytest.skip(reason)
    with lab.browser() as running:
        yield running


@pytest.fixture(scope="session", params=list(lab.THEMES))
def theme(request):
    """Everything is seen in the light and in the dark theme."""
    return request.param


@pytest.fixture(scope="session")
def served(chromium, theme, tmp_path_factory):
    """Address and token of a JupyterLab that serves a learner's freshly prepared copies."""
    home = tmp_path_factory.mktemp(f"lab-{theme}")
    with lab.server(lab.prepare_work(home), home, theme) as address_and_token:
        yield address_and_token


@pytest.fixture
def page(chromium, served):
    """An empty page; afterwards, whatever it asked of other machines or broke inside is an error."""
    opened = chromium.new_page(viewport={"width": 1300, "height": 1000})
    asked, broke = [], []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("pageerror", lambda error: broke.append(str(error)))
    yield opened
    opened.close()
    assert [url for url in asked if not url.startswith((served[0], "ws", "data:", "blob:"))] == []
    assert broke == []


@pytest.fixture
def console(page):
    """What the browser's console calls an error of the figures', which afterwards is one.

    The figures' script comes from a blob and is run by anywidget. JupyterLab complains there too, of its own requests
    when the machine is busy; exceptions that nobody caught are errors whoever threw them (see ``page``).
    """
    said = []

    def listen(message):
        where = f"{message.text} {message.location.get('url', '')}"
        if message.type == "error" and any(word in where for word in ("blob:", "anywidget", "groundup")):
            said.append(where)

    page.on("console", listen)
    yield said
    assert said == []

"""`groundup` opens the course: the real command on loopback, and its decisions one by one."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from importlib import metadata
from pathlib import Path

import pytest

from groundup import __main__ as command
from groundup import launch
from groundup.doctor import Check
from groundup.launch import LaunchError, check_start_page, has_screen, options

PAGE = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def course(tmp_path):
    """Return the folder of a course that has only a start page, in a folder with a space in its name."""
    root = tmp_path / "my courses"
    (root / "lectures").mkdir(parents=True)
    (root / "lectures/00_start.ipynb").write_text(PAGE, encoding="utf-8")
    return root


@pytest.fixture
def surroundings(course, tmp_path):
    """Return environment variables that keep the learner's own Jupyter settings and state out."""
    own = {f"JUPYTER_{name}_DIR": str(tmp_path / name.lower()) for name in ("CONFIG", "RUNTIME", "DATA")}
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GROUNDUP_", "JUPYTER_"))}
    return {**kept, **own, "GROUNDUP_ROOT": str(course), "PYTHONUNBUFFERED": "1"}


class Running:
    """The command, started; its output is collected while it runs."""

    def __init__(self, *arguments, env, cwd):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "groundup", *arguments],
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        self.output = ""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.output += line

    def address(self, seconds=90):
        """Return port and token once the command has printed its address."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            found = re.search(r"http://localhost:(\d+)(/\S*)\?token=(\w+)\s", self.output)
            if found:
                return int(found[1]), found[2], found[3]
            time.sleep(0.05)
        raise AssertionError(f"no address was printed; instead:\n{self.output}")

    def end(self, stop=signal.SIGTERM, seconds=30):
        self.process.send_signal(stop)
        code = self.process.wait(seconds)
        self.reader.join(seconds)
        return code


def get(port, path, **query):
    """Return status and text of an answer on loopback."""
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}?{asked}", timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_real_command(course, surroundings, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port_in_use = taken.getsockname()[1]
        running = Running("--no-browser", "--port", str(port_in_use), env=surroundings, cwd=tmp_path)
        try:
            port, path, token = running.address()
            assert port != port_in_use
            assert path.endswith("/lectures/00_start.ipynb")
            assert len(token) >= 32
            assert get(port, "/api/status", token=token)[0] == 200
            assert get(port, "/api/status")[0] == 403
            # work/ is the root of the file browser, and the start page is in it.
            assert get(port, "/api/contents/lectures/00_start.ipynb", token=token, content=0)[0] == 200
            status, page = get(port, path, token=token)
            assert status == 200
            settings = json.loads(re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
            assert settings["treePath"] == "lectures/00_start.ipynb"
            assert settings["news"] == {"disabled": True}
            assert "@jupyterlab/apputils-extension:announcements" in settings["disabledExtensions"]
            assert json.loads(get(port, "/lab/api/update", token=token)[1])["notification"] is None
        finally:
            code = running.end()
    assert (course / "work/lectures/00_start.ipynb").read_text(encoding="utf-8") == PAGE
    assert "1 file copied" in running.output
    assert "Open this address in a browser:" in running.output
    assert "Traceback" not in running.output
    if sys.platform != "win32":  # there, to terminate is to kill
        assert code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals on Windows")
def test_one_ctrl_c_ends_it_without_a_traceback(surroundings, tmp_path):
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execve(sys.executable, [sys.executable, "-m", "groundup", "--no-browser"], surroundings)
    output = press_ctrl_c(terminal)
    os.kill(pid, 0)  # not reaped yet, so this process id is still its own
    stopped = b"Shutting down" in output
    if not stopped:
        os.kill(pid, signal.SIGKILL)
    assert (os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), stopped) == (0, True), output.decode()
    assert b"Traceback" not in output


def press_ctrl_c(terminal, seconds=90):
    """Press Ctrl-C once when the address is there; return all that was printed until the end, or until time is up."""
    output, pressed, end = b"", False, time.monotonic() + seconds
    while time.monotonic() < end:
        if not select.select([terminal], [], [], 0.2)[0]:
            continue
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # so Linux tells that the other side has closed
            break
        if not piece:
            break
        output += piece
        if b"Stop with Ctrl-C" in output and not pressed:
            os.write(terminal, b"\x03")
            pressed = True
            end = time.monotonic() + 20
    return output


def test_start_page_missing(course, surroundings, tmp_path):
    (course / "lectures/00_start.ipynb").unlink()
    done = run("--no-browser", env=surroundings, cwd=tmp_path)
    assert done.returncode == 1
    assert "00_start.ipynb is missing" in done.stderr
    assert "git checkout -- lectures" in done.stderr
    assert "Traceback" not in done.stderr


def test_installed_without_a_checkout(surroundings, tmp_path):
    for arguments in ([], ["prepare"]):
        done = run(*arguments, env={**surroundings, "GROUNDUP_ROOT": str(tmp_path / "nowhere")}, cwd=tmp_path)
        assert done.returncode == 1
        assert "Clone its repository" in done.stderr
        assert "Traceback" not in done.stderr


def test_prepare(course, surroundings, tmp_path):
    done = run("prepare", env=surroundings, cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout == f"{course / 'work'}: 1 file copied.\n"


def run(*arguments, env, cwd):
    line = [sys.executable, "-m", "groundup", *arguments]
    return subprocess.run(line, env=env, cwd=cwd, capture_output=True, encoding="utf-8", timeout=60)


def test_version(capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"Ground Up {metadata.version('groundup')}\n"


def test_help(capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("prepare", "doctor", "--port", "--no-browser", "never overwritten"))


@pytest.mark.parametrize("wrong", [["--nonsense"], ["nonsense"], ["--port", "many"], ["--port", "70000"]])
def test_what_is_not_understood_shows_the_help(capsys, wrong):
    with pytest.raises(SystemExit) as ended:
        command.main(wrong)
    assert ended.value.code == 2
    shown = capsys.readouterr().err
    assert "groundup doctor" in shown
    assert wrong[-1] in shown.splitlines()[-1]


def test_only_failing_checks_are_shown_and_it_opens_all_the_same(monkeypatch, capsys, course):
    opened = []
    monkeypatch.setattr(command, "ROOT", course)
    monkeypatch.setattr(command, "WORK", course / "work")
    monkeypatch.setattr(command, "checks", lambda thorough: [Check(True, "fine"), Check(False, "bad", "mend it")])
    monkeypatch.setattr(command, "launch", lambda work, port, browser: opened.append((work, port, browser)))
    assert command.main(["--port", "9123"]) == 0
    assert opened == [(course / "work", 9123, True)]
    shown = capsys.readouterr().out
    assert "FAIL  bad -> mend it" in shown
    assert "fine" not in shown


def test_ctrl_c_while_preparing(monkeypatch):
    def interrupted(root, work):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "prepare", interrupted)
    assert command.main(["prepare"]) == 130


def test_jupyterlab_that_does_not_load(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", None)
    with pytest.raises(LaunchError, match="groundup doctor"):
        launch.launch(tmp_path)


def test_check_start_page(course, tmp_path):
    check_start_page(course)
    with pytest.raises(LaunchError, match="clone the course again"):
        check_start_page(tmp_path)


def test_root_only_for_root(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    assert "--allow-root" in options(tmp_path, None, True)
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert "--allow-root" not in options(tmp_path, None, True)
    monkeypatch.delattr(os, "geteuid")
    assert "--allow-root" not in options(tmp_path, None, True)


def test_port_and_browser_are_named_only_when_asked_for():
    plain = options(Path("work"), None, True)
    assert not [option for option in plain if "port" in option or "browser" in option]
    assert any(option.endswith("NeverCheckForUpdate") for option in plain)
    assert {"--ServerApp.port=9000", "--no-browser"} <= set(options(Path("work"), 9000, False))


@pytest.mark.parametrize(
    ("platform", "variables", "wanted"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("linux", {"DISPLAY": ":0", "SSH_CONNECTION": "1 2 3 4"}, False),
        ("linux", {"SSH_TTY": "/dev/pts/0", "BROWSER": "forwarder"}, True),
        ("darwin", {}, True),
        ("darwin", {"SSH_CONNECTION": "1 2 3 4"}, False),
        ("win32", {}, True),
    ],
)
def test_has_screen(monkeypatch, platform, variables, wanted):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(launch.sys, "platform", platform)
    monkeypatch.setattr(launch.webbrowser, "get", lambda: object())
    assert has_screen() is wanted


def test_no_browser_installed(monkeypatch):
    def none():
        raise launch.webbrowser.Error("could not locate runnable browser")

    monkeypatch.delenv("BROWSER", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(launch.webbrowser, "get", none)
    assert has_screen() is False

"""`groundup doctor`: every requirement has a line; a failed one names its remedy; none stops those after it."""

import json
import subprocess
import sys
from collections import namedtuple
from importlib import metadata

import pytest

from groundup import __main__ as command
from groundup import data, doctor
from groundup.doctor import FRONT_ENDS, WIDGETS, Check, checks

# Python, data, memory, two front-end parts, kernel, work and the packages.
LINES = 7 + len(metadata.requires("groundup"))


@pytest.fixture
def run(capsys):
    """Return a function that runs the command and returns its exit code and its lines."""

    def _run():
        code = command.main(["doctor"])
        return code, capsys.readouterr().out.splitlines()

    return _run


@pytest.fixture(autouse=True)
def quick_data(monkeypatch):
    """Stand in for the reading of all data, which test_data tests."""
    monkeypatch.setattr(data, "verify", lambda: [("names.csv", True, "ok"), ("mnist.npz", True, "ok")])


def failures(lines):
    return [line for line in lines if line.startswith("FAIL")]


def test_all_is_well_here(run):
    code, lines = run()
    assert failures(lines) == []
    assert code == 0
    assert all(line.startswith("ok    ") for line in lines[:-1])
    assert f"ok    numpy {metadata.version('numpy')} (2.0 or newer)" in lines
    assert "ok    data: 2 files, as their checksums say" in lines
    assert lines[-1].startswith("All is well")


def test_every_dependency_has_a_line(run):
    _, lines = run()
    for need in metadata.requires("groundup"):
        assert any(line[6:].startswith(need.split(">")[0] + " ") for line in lines), need


def plant(monkeypatch, run, start, remedy):
    """Run the doctor; assert that exactly one line fails, with this start and remedy, and that all others are there."""
    code, lines = run()
    assert code == 1
    assert len(failures(lines)) == 1, lines
    assert failures(lines)[0].startswith(f"FAIL  {start}")
    assert remedy in failures(lines)[0].split(" -> ")[1]
    assert len(lines) == LINES + 1
    assert lines[-1] == "1 failed: do what stands after ->."


def test_old_python(monkeypatch, run):
    monkeypatch.setattr(doctor.platform, "python_version", lambda: "3.10.14")
    plant(monkeypatch, run, "Python 3.10.14 (3.11 or newer)", "newer Python")


def pretend_version(monkeypatch, name, version):
    real = metadata.version

    def fake(asked):
        if asked == name and version is None:
            raise metadata.PackageNotFoundError(name)
        return version if asked == name else real(asked)

    monkeypatch.setattr(metadata, "version", fake)


@pytest.mark.parametrize(("by_uv", "remedy"), [(True, "python -m uv sync"), (False, "-m pip install -e .")])
def test_old_package(monkeypatch, run, by_uv, remedy):
    monkeypatch.setattr(doctor, "_made_by_uv", lambda: by_uv)
    pretend_version(monkeypatch, "numpy", "1.26.4")
    plant(monkeypatch, run, "numpy 1.26.4 (2.0 or newer)", remedy)


def test_missing_package(monkeypatch, run):
    pretend_version(monkeypatch, "matplotlib", None)
    plant(monkeypatch, run, "matplotlib is not installed", "install" if not doctor._made_by_uv() else "uv sync")


@pytest.mark.parametrize(("by_uv", "remedy"), [(True, "--reinstall-package numpy"), (False, "--force-reinstall numpy")])
def test_damaged_package(monkeypatch, run, by_uv, remedy):
    monkeypatch.setattr(doctor, "_made_by_uv", lambda: by_uv)
    real = doctor.importlib.import_module

    def fake(name):
        if name == "numpy":
            raise ImportError("DLL load failed")
        return real(name)

    monkeypatch.setattr(doctor.importlib, "import_module", fake)
    plant(monkeypatch, run, f"numpy {metadata.version('numpy')} (2.0 or newer) does not load: DLL load failed", remedy)


def test_altered_data(monkeypatch, run):
    monkeypatch.setattr(
        data, "verify", lambda: [("names.csv", True, ""), ("mnist.npz", False, "its checksum is wrong")]
    )
    plant(monkeypatch, run, "data/mnist.npz: its checksum is wrong", "git checkout -- data")


def test_data_loaders_that_do_not_load(monkeypatch, run):
    monkeypatch.setitem(sys.modules, "groundup.data", None)
    plant(monkeypatch, run, "data: its loaders do not load", "git checkout -- data groundup")


def test_no_data_listed(monkeypatch, run):
    monkeypatch.setattr(data, "verify", lambda: [])
    plant(monkeypatch, run, "data: 0 files", "git checkout -- data")


def test_little_memory(monkeypatch, run):
    import psutil

    monkeypatch.setattr(psutil, "virtual_memory", lambda: namedtuple("M", "available")(0.4e9))
    plant(monkeypatch, run, "0.4 GB of memory free (1 GB needed)", "close other programs")


@pytest.fixture(params=FRONT_ENDS, ids=lambda part: part[2])
def part(request):
    """Each part for the browser: its name, the package it comes with, the one it speaks with, its words."""
    return request.param


@pytest.fixture
def front_end(monkeypatch, tmp_path, part):
    """Put a folder of front-end parts in place of Jupyter's, and return that of the part in question."""
    import jupyter_core.paths

    monkeypatch.setattr(jupyter_core.paths, "jupyter_path", lambda *parts: [str(tmp_path)])
    for name, _, speaks_with, _ in FRONT_ENDS:
        (tmp_path / name / "static").mkdir(parents=True)
        (tmp_path / name / "static/entry.js").write_text("", encoding="utf-8")
        write_package(tmp_path / name, "5.0.16" if name == WIDGETS else metadata.version(speaks_with))
    return tmp_path / part[0]


def write_package(folder, version):
    package = {"name": folder.name, "version": version, "jupyterlab": {"_build": {"load": "static/entry.js"}}}
    (folder / "package.json").write_text(json.dumps(package), encoding="utf-8")


def test_front_end_present(front_end, run):
    assert run()[0] == 0


def test_front_end_missing(front_end, part, monkeypatch, run):
    (front_end / "package.json").unlink()
    plant(monkeypatch, run, f"{part[3]} is missing", part[1])


def test_front_end_incomplete(front_end, part, monkeypatch, run):
    (front_end / "static/entry.js").unlink()
    plant(monkeypatch, run, f"{part[3]}, ", part[1])


def test_front_end_of_another_age(front_end, part, monkeypatch, run):
    write_package(front_end, "3.1.11")
    plant(monkeypatch, run, f"{part[3]}, 3.1.11, beside {part[2]} ", f"delete {front_end}")


def test_front_end_switched_off(front_end, part, monkeypatch, run):
    import jupyterlab_server.config

    off = {"disabledExtensions": [f"{part[0]}:plugin"]}
    monkeypatch.setattr(jupyterlab_server.config, "get_page_config", lambda folders: off)
    plant(monkeypatch, run, f"{part[3]} is switched off", "labextension enable")


def write_kernel(monkeypatch, folder, argv):
    from jupyter_client.kernelspec import KernelSpecManager

    (folder / "python3").mkdir()
    spec = {"argv": argv, "display_name": "Python 3", "language": "python"}
    (folder / "python3/kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setattr(KernelSpecManager, "_kernel_dirs_default", lambda self: [str(folder)])


def test_kernel_of_an_interpreter_that_is_gone(monkeypatch, run, tmp_path):
    write_kernel(monkeypatch, tmp_path, [str(tmp_path / "gone/python"), "-m", "ipykernel_launcher"])
    plant(monkeypatch, run, "the kernel python3 does not start", f"delete {tmp_path / 'python3'}")


def test_kernel_of_an_interpreter_without_the_course(monkeypatch, run, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "other")], check=True, timeout=60)
    python = next(path for folder in ("bin", "Scripts") for path in (tmp_path / "other" / folder).glob("python*"))
    write_kernel(monkeypatch, tmp_path, [str(python), "-m", "ipykernel_launcher"])
    plant(monkeypatch, run, "the kernel python3 (", "ipykernel install --sys-prefix")


def test_kernel_with_another_copy_of_the_course(monkeypatch, run, tmp_path):
    monkeypatch.setattr(doctor, "__file__", str(tmp_path / "groundup/doctor.py"))
    (tmp_path / "groundup").mkdir()
    start = "the kernel python3 uses another copy of the course"
    plant(monkeypatch, run, start, "uv sync" if doctor._made_by_uv() else "pip install -e .")


def test_no_kernel(monkeypatch, run):
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    def missing(self, name):
        raise NoSuchKernel(name)

    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", missing)
    plant(monkeypatch, run, "the kernel python3 is missing", "ipykernel install --sys-prefix")


def test_work_that_cannot_be_written(monkeypatch, run, tmp_path):
    (tmp_path / "work").write_text("a file, not a folder", encoding="utf-8")
    monkeypatch.setattr(doctor, "WORK", tmp_path / "work")
    plant(monkeypatch, run, f"your folder {tmp_path / 'work'} cannot be written to", "right to write")


def test_work_that_is_not_there_yet_is_fine(monkeypatch, run, tmp_path):
    monkeypatch.setattr(doctor, "WORK", tmp_path / "a/b/work")
    assert run()[0] == 0
    assert not (tmp_path / "a").exists()


def test_a_check_that_breaks_is_a_failed_line_and_the_rest_still_runs(monkeypatch, run):
    def _memory():
        raise RuntimeError("boom")

    monkeypatch.setattr(doctor, "_memory", _memory)
    plant(monkeypatch, run, "memory: RuntimeError: boom", "install" if not doctor._made_by_uv() else "uv sync")


def test_several_failures_are_counted(monkeypatch, run):
    pretend_version(monkeypatch, "numpy", "1.26.4")
    monkeypatch.setattr(data, "verify", lambda: [("mnist.npz", False, "missing")])
    code, lines = run()
    assert code == 1
    assert len(failures(lines)) == 2
    assert lines[-1].startswith("2 failed")


def test_quick_checks_leave_out_data_and_imports(monkeypatch):
    monkeypatch.setattr(data, "verify", lambda: pytest.fail("read the data"))
    monkeypatch.setattr(doctor.importlib, "import_module", lambda name: pytest.fail(f"imported {name}"))
    quick = list(checks(thorough=False))
    assert len(quick) == LINES - 1
    assert all(check.ok for check in quick)


def test_lines():
    assert str(Check(True, "numpy 2.4.6")) == "ok    numpy 2.4.6"
    assert str(Check(False, "numpy 1.0", "install it")) == "FAIL  numpy 1.0 -> install it"


@pytest.mark.parametrize(
    ("given", "words"),
    [(">=2.0", "2.0 or newer"), ("<3,>=2.0", "2.0 or newer, below 3"), ("", "any version"), ("~=3.0", "~= 3.0")],
)
def test_ranges_in_words(given, words):
    from packaging.specifiers import SpecifierSet

    assert doctor._words(SpecifierSet(given)) == words

"""`groundup prepare`: a learner's work is never lost, untouched copies are renewed, links hold."""

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from groundup import prepare as module
from groundup.paths import ROOT
from groundup.prepare import FOLDERS, MANIFEST, PrepareError, course_files, prepare

LECTURE = "lectures/01_neuron.ipynb"
EXERCISE = "exercises/01_neuron.ipynb"


def notebook(*sources, outputs=(), **metadata):
    """Return a notebook's bytes: one code cell per source, with these outputs in each."""
    plain = {"cell_type": "code", "outputs": list(outputs), "execution_count": None, "metadata": {}}
    cells = [plain | {"id": f"c{i}", "source": text} for i, text in enumerate(sources)]
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}).encode()


def output(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


@pytest.fixture
def course(tmp_path):
    """Return a small course: a lecture, its exercise and solution, and a file beside them."""
    put(tmp_path, LECTURE, notebook("x = 1", outputs=[output("one")]))
    put(tmp_path, EXERCISE, notebook("def f():\n    ...  # your code here"))
    put(tmp_path, "solutions/01_neuron.ipynb", notebook("def f():\n    return 1"))
    put(tmp_path, "lectures/img/road.svg", b"<svg/>")
    return tmp_path


@pytest.fixture
def work(course):
    prepare(course, course / "work")
    return course / "work"


def put(folder, name, data):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def everything(work):
    """Return the bytes of every file in work but the manifest, by name."""
    paths = [path for path in work.rglob("*") if path.is_file() and path.name != MANIFEST]
    return {path.relative_to(work).as_posix(): path.read_bytes() for path in paths}


def test_first_time_copies_everything(course):
    put(course, "lectures/.ipynb_checkpoints/x-checkpoint.ipynb", b"{}")
    put(course, "exercises/__pycache__/x.pyc", b"")
    put(course, "lectures/.gitkeep", b"")
    report = prepare(course, course / "work")
    wanted = {LECTURE, EXERCISE, "solutions/01_neuron.ipynb", "lectures/img/road.svg"}
    assert set(report.copied) == wanted
    assert everything(course / "work") == {name: (course / name).read_bytes() for name in wanted}
    assert str(report) == f"{course / 'work'}: 4 files copied."


def test_second_time_changes_nothing(course, work):
    before = {path: path.stat().st_mtime_ns for path in work.rglob("*")}
    report = prepare(course, work)
    assert len(report.current) == 4
    assert not (report.copied or report.renewed or report.kept or report.arrived_new)
    assert str(report).endswith("nothing new.")
    assert {path: path.stat().st_mtime_ns for path in work.rglob("*")} == before


def test_untouched_is_renewed(course, work):
    put(course, LECTURE, notebook("x = 2"))
    put(course, "lectures/img/road.svg", b"<svg>2</svg>")
    report = prepare(course, work)
    assert report.renewed == [LECTURE, "lectures/img/road.svg"]
    assert not report.backups
    assert (work / LECTURE).read_bytes() == notebook("x = 2")
    assert (work / "lectures/img/road.svg").read_bytes() == b"<svg>2</svg>"


def test_touched_is_kept_and_the_new_version_lies_beside_it(course, work):
    mine = notebook("def f():\n    return 'mine'")
    put(work, EXERCISE, mine)
    report = prepare(course, work)
    assert report.kept == [EXERCISE]
    assert not report.arrived_new

    new = notebook("def g():\n    ...  # your code here")
    put(course, EXERCISE, new)
    report = prepare(course, work)
    beside = "exercises/01_neuron.new.ipynb"
    assert report.arrived_new == {EXERCISE: beside}
    assert (work / EXERCISE).read_bytes() == mine
    assert (work / beside).read_bytes() == new
    assert beside in str(report)
    assert EXERCISE in str(report)


def test_new_version_is_mentioned_once_and_not_brought_back(course, work):
    put(work, EXERCISE, notebook("mine"))
    put(course, EXERCISE, notebook("new"))
    assert prepare(course, work).arrived_new
    assert not prepare(course, work).arrived_new
    (work / "exercises/01_neuron.new.ipynb").unlink()
    assert not prepare(course, work).arrived_new
    assert not (work / "exercises/01_neuron.new.ipynb").exists()


def test_touched_new_version_is_not_overwritten(course, work):
    put(work, EXERCISE, notebook("mine"))
    put(course, EXERCISE, notebook("new"))
    prepare(course, work)
    put(work, "exercises/01_neuron.new.ipynb", notebook("mine too"))
    put(course, EXERCISE, notebook("newer"))
    assert prepare(course, work).arrived_new == {EXERCISE: "exercises/01_neuron.new-2.ipynb"}
    assert (work / "exercises/01_neuron.new.ipynb").read_bytes() == notebook("mine too")
    assert (work / "exercises/01_neuron.new-2.ipynb").read_bytes() == notebook("newer")
    assert (work / EXERCISE).read_bytes() == notebook("mine")


def test_untouched_new_version_is_renewed(course, work):
    put(work, EXERCISE, notebook("mine"))
    for text in ("new", "newer"):
        put(course, EXERCISE, notebook(text))
        assert prepare(course, work).arrived_new == {EXERCISE: "exercises/01_neuron.new.ipynb"}
    assert (work / "exercises/01_neuron.new.ipynb").read_bytes() == notebook("newer")
    assert not (work / "exercises/01_neuron.new-2.ipynb").exists()


def test_taking_over_the_new_version_makes_it_untouched_again(course, work):
    put(work, EXERCISE, notebook("mine"))
    put(course, EXERCISE, notebook("new"))
    prepare(course, work)
    (work / "exercises/01_neuron.new.ipynb").replace(work / EXERCISE)
    assert EXERCISE in prepare(course, work).current
    put(course, EXERCISE, notebook("newer"))
    assert prepare(course, work).renewed == [EXERCISE]


def test_a_touched_file_that_is_no_notebook(course, work):
    put(work, "lectures/img/road.svg", b"<svg>mine</svg>")
    put(course, "lectures/img/road.svg", b"<svg>new</svg>")
    assert prepare(course, work).arrived_new == {"lectures/img/road.svg": "lectures/img/road.new.svg"}
    assert (work / "lectures/img/road.svg").read_bytes() == b"<svg>mine</svg>"


def test_a_lecture_that_was_only_run_is_renewed_and_its_results_are_kept(course, work):
    ran = notebook("x = 1", "", outputs=[output("seven hours of training")])
    put(work, LECTURE, ran)
    assert LECTURE in prepare(course, work).current
    assert (work / LECTURE).read_bytes() == ran

    put(course, LECTURE, notebook("x = 2"))
    report = prepare(course, work)
    assert report.renewed == [LECTURE]
    assert report.backups == {LECTURE: "backup/lectures/01_neuron.1.ipynb"}
    assert (work / LECTURE).read_bytes() == notebook("x = 2")
    assert (work / "backup" / "lectures/01_neuron.1.ipynb").read_bytes() == ran
    assert str(work / "backup") in str(report)

    put(work, LECTURE, notebook("x = 2", outputs=[output("again")]))
    put(course, LECTURE, notebook("x = 3"))
    assert prepare(course, work).backups == {LECTURE: "backup/lectures/01_neuron.2.ipynb"}
    assert (work / "backup" / "lectures/01_neuron.1.ipynb").read_bytes() == ran


def test_a_lecture_that_was_only_opened_is_renewed_without_a_backup(course, work):
    opened = json.loads((course / LECTURE).read_bytes())
    opened["metadata"]["language_info"] = {"version": "3.13.1"}
    opened["cells"][0].update(source=["x = 1"], outputs=[output(["one"])], execution_count=3)
    put(work, LECTURE, json.dumps(opened, indent=1).encode())
    put(course, LECTURE, notebook("x = 2"))
    report = prepare(course, work)
    assert report.renewed == [LECTURE]
    assert not report.backups


def test_new_outputs_alone_renew_what_was_not_run_and_leave_the_rest(course, work):
    put(course, LECTURE, notebook("x = 1", outputs=[output("built anew")]))
    assert prepare(course, work).renewed == [LECTURE]
    ran = notebook("x = 1", outputs=[output("by me")])
    put(work, LECTURE, ran)
    put(work, EXERCISE, notebook("mine"))
    put(course, LECTURE, notebook("x = 1", outputs=[output("built again")]))
    put(course, EXERCISE, notebook("def f():\n    ...  # your code here", kernelspec="other"))
    report = prepare(course, work)
    assert not (report.renewed or report.arrived_new or report.backups)
    assert (work / LECTURE).read_bytes() == ran


@pytest.mark.parametrize(
    "mine",
    [
        notebook("x = 1 "),
        notebook("x = 1", "y = 2"),
        notebook(),
        notebook("x = 1").replace(b'"code"', b'"raw"'),
        notebook("x = 1").replace(b'"source"', b'"attachments": {"a.png": {"image/png": "AA"}}, "source"'),
        b'{"cells": [{"cell_type": "code", "source": "x =',
        b'{"cells": 3}',
        b"\xff\xfe",
        b"",
    ],
    ids=["space", "cell more", "no cell", "another kind", "attachment", "cut off", "no list", "no text", "empty"],
)
def test_whatever_a_learner_has_changed_counts_as_touched(course, work, mine):
    put(work, LECTURE, mine)
    put(course, LECTURE, notebook("x = 2"))
    assert LECTURE in prepare(course, work).arrived_new
    assert (work / LECTURE).read_bytes() == mine


def test_order_of_cells_counts(course):
    put(course, LECTURE, notebook("a", "b"))
    prepare(course, course / "work")
    put(course / "work", LECTURE, notebook("b", "a"))
    assert prepare(course, course / "work").kept == [LECTURE]


@pytest.mark.parametrize(
    "damage", [None, b"", b"{", b"[]", b'{"files": [1]}', b'{"files": {"lectures/01_neuron.ipynb": 1}}', b"\xff"]
)
def test_without_a_manifest_everything_that_differs_is_kept(course, work, damage):
    mine = notebook("mine")
    put(work, EXERCISE, mine)
    put(course, LECTURE, notebook("x = 2"))
    (work / MANIFEST).unlink() if damage is None else (work / MANIFEST).write_bytes(damage)
    report = prepare(course, work)
    assert not (report.copied or report.renewed)
    assert report.kept == [LECTURE, EXERCISE]
    assert (work / EXERCISE).read_bytes() == mine
    assert (work / LECTURE).read_bytes() == notebook("x = 1", outputs=[output("one")])
    assert (work / "lectures/01_neuron.new.ipynb").read_bytes() == notebook("x = 2")
    assert not prepare(course, work).arrived_new  # and the second time is quiet


def test_without_a_manifest_a_touched_new_version_is_kept_too(course, work):
    put(work, EXERCISE, notebook("mine"))
    put(work, "exercises/01_neuron.new.ipynb", notebook("mine too"))
    (work / MANIFEST).unlink()
    assert prepare(course, work).arrived_new == {EXERCISE: "exercises/01_neuron.new-2.ipynb"}
    assert (work / "exercises/01_neuron.new.ipynb").read_bytes() == notebook("mine too")


def test_deleted_comes_back_removed_upstream_stays_and_own_files_stay(course, work):
    (work / LECTURE).unlink()
    (course / "solutions/01_neuron.ipynb").unlink()
    put(work, "lectures/my_notes.ipynb", b"mine")
    report = prepare(course, work)
    assert report.copied == [LECTURE]
    assert (work / "solutions/01_neuron.ipynb").exists()
    assert (work / "lectures/my_notes.ipynb").read_bytes() == b"mine"


def test_interrupted_while_writing_leaves_the_old_files(course, work, monkeypatch):
    put(course, LECTURE, notebook("x = 2"))
    put(course, EXERCISE, notebook("new"))
    before = everything(work)
    real = module._write_through

    def half(path, data):
        if path.name.startswith(".01_neuron") and "exercises" in path.parts:
            path.write_bytes(data[: len(data) // 2])
            raise KeyboardInterrupt
        real(path, data)

    monkeypatch.setattr(module, "_write_through", half)
    with pytest.raises(KeyboardInterrupt):
        prepare(course, work)
    # Exercises come after lectures: the lecture is whole and new, the exercise whole and old, and no part lies about.
    assert everything(work) == before | {LECTURE: notebook("x = 2")}
    monkeypatch.setattr(module, "_write_through", real)
    put(course, LECTURE, notebook("x = 3"))
    assert prepare(course, work).renewed == [LECTURE, EXERCISE]


def test_full_disk_names_file_and_remedy_and_loses_nothing(course, work, monkeypatch):
    put(work, EXERCISE, notebook("mine"))
    put(course, LECTURE, notebook("x = 2"))
    before = everything(work)

    def full(path, data):
        path.write_bytes(data[:3])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(module, "_write_through", full)
    with pytest.raises(PrepareError, match=r"Cannot write .*01_neuron\.ipynb.*No space.*disk has room"):
        prepare(course, work)
    assert everything(work) == before


def test_a_full_disk_while_backing_up_keeps_the_results(course, work, monkeypatch):
    ran = notebook("x = 1", outputs=[output("long work")])
    put(work, LECTURE, ran)
    put(course, LECTURE, notebook("x = 2"))
    real = module._write_through

    def full(path, data):
        if "backup" in path.parts:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(path, data)

    monkeypatch.setattr(module, "_write_through", full)
    with pytest.raises(PrepareError, match="backup"):
        prepare(course, work)
    assert (work / LECTURE).read_bytes() == ran


def test_what_is_saved_in_the_very_moment_is_seen(course, work, monkeypatch):
    put(course, LECTURE, notebook("x = 2"))
    real = module._write_through

    def slow(path, data):
        real(path, data)
        if path.name.startswith(".01_neuron.ipynb") and data == notebook("x = 2"):
            put(work, LECTURE, notebook("saved just now"))

    monkeypatch.setattr(module, "_write_through", slow)
    report = prepare(course, work)
    assert (work / LECTURE).read_bytes() == notebook("saved just now")
    assert report.arrived_new == {LECTURE: "lectures/01_neuron.new.ipynb"}


def test_a_file_where_a_folder_should_be(course):
    (course / "work").write_bytes(b"")
    with pytest.raises(PrepareError, match="Cannot"):
        prepare(course, course / "work")
    assert (course / "work").read_bytes() == b""


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may write everywhere")
def test_a_folder_that_may_not_be_written(course, work):
    put(course, LECTURE, notebook("x = 2"))
    (work / "lectures").chmod(0o500)
    try:
        with pytest.raises(PrepareError, match=r"01_neuron\.ipynb.*you may write"):
            prepare(course, work)
    finally:
        (work / "lectures").chmod(0o700)


def test_installed_without_a_checkout(tmp_path):
    with pytest.raises(PrepareError, match="Clone"):
        prepare(tmp_path, tmp_path / "work")
    assert not (tmp_path / "work").exists()


def test_many_at_once_lose_nothing(course, work):
    numbers = range(20)
    for i in numbers:
        put(course, f"lectures/{i:02}.ipynb", notebook(f"v{i}"))
    prepare(course, work)
    for i in numbers:
        put(course, f"lectures/{i:02}.ipynb", notebook(f"new v{i}"))
        put(work, f"lectures/{i:02}.ipynb", notebook("mine" if i % 2 else f"v{i}", outputs=[output(f"result {i}")]))
    command = [sys.executable, "-m", "groundup", "prepare"]
    settings = {**os.environ, "GROUNDUP_ROOT": str(course), "GROUNDUP_WORK": str(work)}
    running = [subprocess.Popen(command, env=settings, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    files = everything(work)
    for i in numbers:
        mine = notebook("mine" if i % 2 else f"v{i}", outputs=[output(f"result {i}")])
        assert mine in files.values()
        place = f"lectures/{i:02}.new.ipynb" if i % 2 else f"lectures/{i:02}.ipynb"
        assert files[place] == notebook(f"new v{i}")
    assert not [name for name in files if name.endswith(".part")]
    assert not prepare(course, work).renewed


# --- links ------------------------------------------------------------------------------------------------------------

_LINKS = (
    re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)"),  # [text](target "title")
    re.compile(r"^\s*\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)", re.MULTILINE),  # [name]: target
    re.compile(r"\b(?:href|src)\s*=\s*[\"']([^\"']+)[\"']"),  # <a href="target">
)
_CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]*\$", re.MULTILINE | re.DOTALL)


def relative_links(text):
    """Return the files that a Markdown text links to, without addresses, anchors and attachments."""
    prose = _CODE.sub("", text)
    targets = [urlsplit(target) for pattern in _LINKS for target in pattern.findall(prose)]
    return [unquote(target.path) for target in targets if target.path and not (target.scheme or target.netloc)]


def broken_links(folder):
    """Return "file -> target" for each link in the notebooks of lectures, exercises and solutions that leads nowhere.

    A link must also stay inside the three folders, since a learner sees only those.
    """
    inside = [(folder / name).resolve() for name in FOLDERS]
    found = []
    for path in [path for name in FOLDERS for path in sorted((folder / name).rglob("*.ipynb"))]:
        cells = json.loads(path.read_text("utf-8"))["cells"]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        for target in [target for text in texts for target in relative_links(text)]:
            place = (path.parent / target).resolve()
            if not (place.exists() and any(place.is_relative_to(home) for home in inside)):
                found.append(f"{path.relative_to(folder).as_posix()} -> {target}")
    return found


def markdown(text):
    return json.dumps({"cells": [{"cell_type": "markdown", "source": [text], "metadata": {}}]}).encode()


def test_relative_links_are_found():
    text = (
        "[a](../exercises/01.ipynb#part-2) ![b](img/b%20c.svg 'title') <a href='d.ipynb'>d</a> [e](https://x.org/e)\n"
        '[f](#here) ![g](attachment:g.png) `[h](h.ipynb)` $[i](i)$ <img src="j.png">\n\n'
        "[k]: k.ipynb\n```\n[l](l.ipynb)\n```\n"
    )
    assert relative_links(text) == ["../exercises/01.ipynb", "img/b c.svg", "k.ipynb", "d.ipynb", "j.png"]


def test_broken_links_are_found(course):
    put(course, "README.md", b"")
    put(course, LECTURE, markdown("[ok](../exercises/01_neuron.ipynb) [gone](02.ipynb) [outside](../README.md)"))
    assert broken_links(course) == [f"{LECTURE} -> 02.ipynb", f"{LECTURE} -> ../README.md"]


def test_links_hold_in_the_course_and_in_work(tmp_path):
    if not course_files(ROOT):
        pytest.skip("no notebooks built yet")
    prepare(ROOT, tmp_path / "work")
    assert broken_links(ROOT) == []
    assert broken_links(tmp_path / "work") == []


def test_every_delivered_file_arrives(tmp_path):
    prepare(ROOT, tmp_path / "work")
    assert set(everything(tmp_path / "work")) == set(course_files(ROOT))


def test_git_ignores_work():
    lines = (ROOT / ".gitignore").read_text("utf-8").split()
    assert {"/work/", "/.groundup/"} <= set(lines)


def test_notebook_in_work_finds_the_course_from_anywhere(tmp_path):
    ask = "from groundup.paths import ROOT; print(ROOT)"
    plain = {key: value for key, value in os.environ.items() if not key.startswith("GROUNDUP_")}
    command = [sys.executable, "-c", ask]
    answer = subprocess.run(command, cwd=tmp_path, env=plain, capture_output=True, text=True, timeout=60)
    assert Path(answer.stdout.strip()) == Path(__file__).resolve().parent.parent

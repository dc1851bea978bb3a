"""A milestone passes within its bound and nowhere else, and tells the reader and programs the same."""

import json
import math
import re
import subprocess
import sys

import numpy as np
import psutil
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from groundup.milestones import COST_MIME, MILESTONE_MIME, MilestoneError, chapter_cost, milestone, peak_memory, reached


@pytest.fixture
def shown():
    """Return a function that calls another inside IPython and returns the data of what it displayed."""
    InteractiveShell.clear_instance()
    InteractiveShell.instance()

    def call(function, *args, **kwargs):
        with capture_output() as captured:
            function(*args, **kwargs)
        assert len(captured.outputs) == 1
        return captured.outputs[0].data

    yield call
    InteractiveShell.clear_instance()


def test_reached_line_is_printed_outside_ipython(capsys):
    milestone("penguins", "Adelie or Gentoo, mean test error", 0.009, at_most=0.02, unit="%")
    assert capsys.readouterr().out == "Adelie or Gentoo, mean test error: 0.9 % (milestone: at most 2 %) reached\n"


def test_plain_python_needs_no_ipython():
    code = "import sys; from groundup.milestones import chapter_cost as c; c(); sys.exit('IPython' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"This notebook: \d+ s, peak memory \d+ MB\n", done.stdout)


@pytest.mark.parametrize(
    ("value", "options", "line"),
    [
        (1.74349, {"at_most": 1.75, "unit": "nats"}, "t: 1.743 nats (milestone: at most 1.75 nats) reached"),
        (0.9125, {"at_least": 0.91, "unit": "%", "digits": 2}, "t: 91.25 % (milestone: at least 91 %) reached"),
        (61706, {"exactly": 61706, "digits": 0}, "t: 61,706 (milestone: exactly 61706) reached"),
        (3, {"at_least": 2, "at_most": 4, "digits": 0}, "t: 3 (milestone: at least 2 and at most 4) reached"),
        (-1.5, {"at_most": 0}, "t: -1.500 (milestone: at most 0) reached"),
    ],
)
def test_what_is_shown(capsys, value, options, line):
    milestone("n", "t", value, **options)
    assert capsys.readouterr().out == line + "\n"


@pytest.mark.parametrize("options", [{"at_least": 2}, {"at_most": 2}, {"exactly": 2}, {"at_least": 2, "at_most": 2}])
def test_a_value_on_the_bound_reaches_it(options, capsys):
    milestone("n", "t", 2.0, **options)
    assert "reached" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "options"),
    [
        (np.nextafter(2.0, 0), {"at_least": 2.0}),
        (np.nextafter(2.0, 3), {"at_most": 2.0}),
        (np.nextafter(2.0, 3), {"exactly": 2.0}),
        (1.0, {"at_least": 2.0, "at_most": 3.0}),
        (4.0, {"at_least": 2.0, "at_most": 3.0}),
    ],
)
def test_a_value_beyond_the_bound_raises_and_shows_nothing(value, options, capsys):
    with pytest.raises(MilestoneError, match="but the milestone 'n' asks for"):
        milestone("n", "t", value, **options)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32("nan")])
@pytest.mark.parametrize("options", [{"at_least": 0}, {"at_most": 0}, {"exactly": 0}, {"at_least": -1, "at_most": 1}])
def test_what_is_not_finite_never_passes(value, options):
    with pytest.raises(MilestoneError, match=r"measured -?(nan|inf)"):
        milestone("n", "t", value, **options)


def test_a_bound_on_seconds_is_shown_and_stops_nothing(shown):
    data = shown(milestone, "n", "training", 31.0, at_most=30, unit="s", digits=0)
    assert data["text/plain"] == ("training: 31 s (milestone: at most 30 s) not reached, on this machine and this time")
    assert data[MILESTONE_MIME]["missed"] is True
    assert "missed" not in shown(milestone, "n", "training", 29.0, at_most=30, unit="s")[MILESTONE_MIME]
    with pytest.raises(MilestoneError):
        milestone("n", "training", math.nan, at_most=30, unit="s")


def test_a_near_miss_is_not_rounded_away():
    with pytest.raises(MilestoneError, match=r"^t: measured 2\.004 %, but the milestone 'n' asks for at most 2 %\.$"):
        milestone("n", "t", 0.02004, at_most=0.02, unit="%")


@pytest.mark.parametrize("value", [np.float32(0.5), np.array(0.5), np.array([[0.5]]), True])
def test_one_number_in_any_wrapping_is_taken(value, shown):
    facts = shown(milestone, "n", "t", value, at_least=0.25)[MILESTONE_MIME]
    assert facts["value"] == float(np.asarray(value).item())
    assert type(facts["value"]) is float


@pytest.mark.parametrize("value", [np.array([1.0, 2.0]), None, "high", [0.5]])
def test_what_is_not_one_number_is_refused(value):
    with pytest.raises(ValueError, match="milestone 'n': value must be one number, but is"):
        milestone("n", "t", value, at_least=0)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "has no bound"),
        ({"at_least": 3, "at_most": 2}, "nothing meets both"),
        ({"exactly": 3, "at_most": 4}, "Give exactly= alone"),
        ({"at_most": math.nan}, "must be a finite number"),
        ({"at_least": -math.inf}, "must be a finite number"),
    ],
)
def test_bounds_that_make_no_sense_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        milestone("n", "t", 3, **options)


def test_notebook_gets_text_html_and_facts(shown):
    data = shown(milestone, "penguins", "a < b & c", 0.009, at_most=0.02, unit="%")
    assert data["text/plain"] == "a < b & c: 0.9 % (milestone: at most 2 %) reached"
    assert "a &lt; b &amp; c: 0.9 %" in data["text/html"]
    assert data[MILESTONE_MIME] == {
        "name": "penguins",
        "text": "a < b & c",
        "value": 0.009,
        "shown": "0.9 %",
        "bound": "at most 2 %",
        "unit": "%",
    }
    json.dumps(data)


def test_chapter_cost_tells_the_same_in_words_and_facts(shown):
    data = shown(chapter_cost)
    facts = data[COST_MIME]
    assert set(facts) == {"seconds", "peak_mb"}
    words = re.fullmatch(r"This notebook: (\d+) s, peak memory (\d+) MB", data["text/plain"])
    assert abs(int(words[1]) - facts["seconds"]) <= 0.6
    assert int(words[2]) == facts["peak_mb"] > 10


def test_peak_memory_remembers_what_was_freed():
    before = psutil.Process().memory_info().rss
    block = np.ones(25_000_000)  # 200 MB
    del block
    assert peak_memory() >= before + 180e6


def test_peak_memory_is_this_process_own():
    """On Linux a child's ru_maxrss begins with its parent's; a small child of a large parent must report little."""
    block = np.ones(50_000_000)  # 400 MB
    code = "from groundup.milestones import peak_memory; print(peak_memory())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert 5e6 < int(done.stdout) < block.nbytes / 2


def test_milestones_of_built_lectures_can_be_read_back(tmp_path):
    def output(**facts):
        return {"output_type": "display_data", "data": {MILESTONE_MIME: facts, "text/plain": "said"}, "metadata": {}}

    for stem, outputs in {"01_one": [output(name="a", value=0.5)], "02_two": [output(name="b", value=2.0), {}]}.items():
        cells = [{"cell_type": "markdown", "source": "words"}, {"cell_type": "code", "source": "1", "outputs": outputs}]
        (tmp_path / f"{stem}.ipynb").write_text(json.dumps({"cells": cells}), encoding="utf-8")
    (tmp_path / "glossary.ipynb").write_text("{}", encoding="utf-8")
    found = reached(tmp_path)
    assert {name: (facts["value"], facts["stem"]) for name, facts in found.items()} == {
        "a": (0.5, "01_one"),
        "b": (2.0, "02_two"),
    }
    assert reached()["ten_digits"]["value"] > 0.9

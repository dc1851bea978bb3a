"""What a learner has done is remembered, in small files that nothing else may break; questions are part of it."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from groundup import paths
from groundup.check import Exercise, Question, Worked, progress
from groundup.check import neuron as check
from groundup.check.exercise import chapter
from groundup.check.table import table_of


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    """A progress folder of its own for each test."""
    monkeypatch.setattr(paths, "STATE", tmp_path / "state")
    return tmp_path / "state"


@pytest.fixture
def double():
    return Exercise(
        name="double",
        number="0.1",
        stem="00_test",
        title="Twice",
        reference=lambda x: 2 * x,
        worked=Worked((np.array([1.0, 3.0]),), np.array([2.0, 6.0])),
        cases=lambda rng: [(rng.normal(size=4),)],
        mistakes={"That is the square.": lambda x: x**2},
        hints=["Add it to itself.", "2 * x"],
    )


def test_the_best_state_is_kept_and_tries_are_counted(double):
    double(lambda x: x**2)
    assert progress.recall("00_test", "double") == {"state": "wrong", "tries": 1, "hints": 0}
    double(lambda x: 2 * x)
    double(lambda x: x**2)
    assert progress.recall("00_test", "double") == {"state": "passed", "tries": 3, "hints": 0}


def test_not_started_is_no_try(double):
    double(...)
    assert progress.recall("00_test", "double")["tries"] == 0


def test_whether_the_last_check_passed_can_be_asked(double):
    assert not double.passed
    double(lambda x: 2 * x)
    assert double.passed
    double(lambda x: x**2)
    assert not double.passed


def test_hints_come_one_by_one_and_are_counted(double, capsys):
    for _ in range(3):
        double.hint()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Hint 1 of 2: Add it to itself."
    assert lines[1].startswith("Hint 2 of 2: 2 * x") and "last one" in lines[1]
    assert lines[2] == lines[0]
    assert progress.recall("00_test", "double")["hints"] == 3


def test_a_broken_file_is_set_aside_and_not_lost(double, state):
    double(lambda x: 2 * x)
    file = state / "progress" / "00_test.double.json"
    file.write_text('{"state": "pas', encoding="utf-8")
    assert progress.recall("00_test", "double")["state"] == "not started"
    assert file.with_suffix(".broken").read_text(encoding="utf-8") == '{"state": "pas'
    double(lambda x: 2 * x)
    assert json.loads(file.read_text(encoding="utf-8"))["state"] == "passed"


def test_where_it_cannot_be_written_the_check_still_answers_and_says_so(double, state):
    state.parent.mkdir(exist_ok=True)
    state.write_text("a file where the folder should be", encoding="utf-8")
    result = double(lambda x: 2 * x)
    assert result.passed
    assert "could not be saved" in repr(result)


def test_nothing_half_written_is_left(double, state):
    for _ in range(5):
        double(lambda x: 2 * x)
    assert [f.name for f in (state / "progress").iterdir()] == ["00_test.double.json"]


def test_two_kernels_at_once_lose_nothing(state):
    code = (
        "import numpy as np, sys; from groundup.check import neuron as c\n"
        "c.cut_height(c.cut_height.reference) if sys.argv[1] == '0' else c.sigmoid(c.sigmoid.reference)"
    )
    env = {**os.environ, "GROUNDUP_STATE": str(state)}
    both = [subprocess.Popen([sys.executable, "-c", code, str(i)], env=env, stdout=subprocess.DEVNULL) for i in (0, 1)]
    assert [p.wait(timeout=60) for p in both] == [0, 0]
    assert [progress.recall("01_neuron", n)["state"] for n in ("cut_height", "sigmoid")] == ["passed", "passed"]


def test_an_exercise_that_stands_on_another_says_so_while_that_is_open():
    result = check.fit(lambda x, y, lr, steps: (np.zeros(x.shape[1]), 0.0))
    assert "`surprise_gradient`, which has not passed" in repr(result)
    check.surprise_gradient(check.surprise_gradient.reference)
    result = check.fit(lambda x, y, lr, steps: (np.zeros(x.shape[1]), 0.0))
    assert "has not passed" not in repr(result)


def test_a_misspelt_exercise_is_told_its_name():
    with pytest.raises(AttributeError, match=r"Did you mean check\.weighted_sum"):
        _ = check.weigthed_sum


# Questions


@pytest.fixture
def question():
    asked = Question(
        "How much is two and two?", right="four", wrong={"three": "Count.", "five": "Less."}, because="So."
    )
    return chapter("00_test", {"sum_of_twos": asked})[0]


def letter_of(question, answer):
    return next(k for k, v in question.options().items() if v == answer)


def test_a_question_is_answered_by_letter_explained_and_remembered(question):
    assert "Count." in repr(question(letter_of(question, "three")))
    assert progress.recall("00_test", "sum_of_twos")["state"] == "wrong"
    assert "is right. So." in repr(question(letter_of(question, "four")))
    assert progress.recall("00_test", "sum_of_twos") == {"state": "passed", "tries": 2, "hints": 0}


def test_a_slip_of_the_keyboard_is_no_try(question):
    assert "one of the letters" in repr(question("z"))
    assert progress.recall("00_test", "sum_of_twos")["tries"] == 0


def test_the_buttons_answer_and_remember(question):
    box = question.buttons()
    buttons = [w for w in box.children if hasattr(w, "click")]
    reply = [w for w in box.children if hasattr(w, "value")][1]
    assert len(buttons) == 3
    next(b for b in buttons if "five" in b.description).click()
    assert "Less." in reply.value
    next(b for b in buttons if "four" in b.description).click()
    assert "So." in reply.value
    assert progress.recall("00_test", "sum_of_twos")["state"] == "passed"


def test_without_a_notebook_it_asks_in_words(question, capsys):
    question()
    said = capsys.readouterr().out
    assert "How much is two and two?" in said and 'check.sum_of_twos("a")' in said
    assert all(answer in said for answer in ("three", "four", "five"))


# The table


def test_the_table_follows_as_text_and_as_html(double, question):
    table = table_of([double, question])
    assert table.passed == 0 and "0 of 2 passed" in repr(table)
    double(lambda x: x**2)
    double(lambda x: 2 * x)
    double.hint()
    table = table_of([double, question])
    assert "1 of 2 passed" in repr(table) and "passed (2 tries, 1 hint)" in repr(table)
    assert "<b>1 of 2 passed</b>" in table._repr_html_() and "Twice" in table._repr_html_()


def test_a_chapter_shows_all_that_it_asks():
    assert len(check.progress().rows) == len(check.THIS) == 14

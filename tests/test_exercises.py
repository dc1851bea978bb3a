"""Every exercise of every chapter in all its states: untouched, solved, each mistake, right in other styles.

A chapter joins by being a module of ``groundup.check`` that ends with ``THIS = chapter(...)``.
"""

import importlib
import itertools
import pkgutil
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import groundup.check
from groundup.check import CheckFailed, Exercise, Question, engine
from groundup.check.engine import alike, behaviour, expected, nudge, planted

ROOT = Path(__file__).resolve().parent.parent


def chapters():
    """The chapter modules, found by what they hold."""
    names = [m.name for m in pkgutil.iter_modules(groundup.check.__path__)]
    modules = [importlib.import_module(f"groundup.check.{name}") for name in names]
    return [m for m in modules if hasattr(m, "THIS")]


THINGS = [thing for module in chapters() for thing in module.THIS]
EXERCISES = [t for t in THINGS if isinstance(t, Exercise)]
FUNCTIONS = [e for e in EXERCISES if not e.is_value]
VALUES = [e for e in EXERCISES if e.is_value]
QUESTIONS = [t for t in THINGS if isinstance(t, Question)]


def named(things):
    return [pytest.param(t, id=f"{t.stem}-{t.number}-{t.name}") for t in things]


each_exercise = pytest.mark.parametrize("exercise", named(EXERCISES))
each_function = pytest.mark.parametrize("exercise", named(FUNCTIONS))
each_question = pytest.mark.parametrize("question", named(QUESTIONS))
each_mistake = pytest.mark.parametrize(
    ("exercise", "sentence"),
    [pytest.param(e, s, id=f"{e.stem}-{e.name}-{i}") for e in EXERCISES for i, s in enumerate(e.mistakes)],
)
each_style = pytest.mark.parametrize(
    ("exercise", "style"), [pytest.param(e, s, id=f"{e.stem}-{e.name}-{s}") for e in EXERCISES for s in e.styles]
)


def untouched(exercise):
    """The holes as the exercise notebook has them, and the ways in which a learner may leave them."""

    def hole(*args): ...  # your code here

    def documented(*args):
        """What it should do."""
        ...  # your code here

    def empty(*args):
        pass

    return [...] if exercise.is_value else [hole, documented, empty, ...]


def test_there_are_chapters_and_each_has_its_exercises():
    assert {m.THIS[0].stem for m in chapters()} >= {"01_neuron"}
    assert all(m.THIS for m in chapters())
    assert len({(t.stem, t.name) for t in THINGS}) == len(THINGS)


@each_exercise
def test_untouched_is_not_started_and_never_passes(exercise, monkeypatch):
    for answer in untouched(exercise):
        result = exercise(answer)
        assert result.state == "not started", result
        assert not result and not result.passed
        monkeypatch.setenv("GROUNDUP_STRICT", "1")
        with pytest.raises(CheckFailed, match="not started"):
            exercise(answer)
        monkeypatch.delenv("GROUNDUP_STRICT")


@each_exercise
def test_the_reference_passes(exercise, monkeypatch):
    monkeypatch.setenv("GROUNDUP_STRICT", "1")
    assert exercise(exercise.reference).passed


@each_mistake
def test_each_mistake_fails_with_its_own_sentence(exercise, sentence):
    result = exercise(exercise.mistakes[sentence])
    assert result.state == "wrong"
    assert result.mistake == sentence
    assert sentence in repr(result)


@each_style
def test_a_right_answer_in_another_style_passes(exercise, style):
    result = exercise(exercise.styles[style])
    assert result.passed, result


@each_function
def test_no_two_mistakes_behave_alike_and_none_like_the_reference(exercise):
    rows = {**planted(exercise), "the reference": expected(exercise)}
    same = [(a, b) for a, b in itertools.combinations(rows, 2) if alike(exercise, rows[a], rows[b])]
    assert same == []


@pytest.mark.parametrize("exercise", named(VALUES))
def test_no_two_wrong_values_are_alike(exercise):
    values = [*exercise.mistakes.values(), exercise.reference]
    for a, b in itertools.combinations(values, 2):
        assert not np.allclose(a, b, rtol=2 * exercise.rtol, atol=0)


@each_function
def test_a_forgotten_return_is_told_from_an_untouched_hole(exercise):
    def forgets(*args):
        result = exercise.reference(*args)  # noqa: F841 - this is the mistake

    result = engine.judge(exercise, (forgets,))
    assert (result.state, result.level) == ("wrong", "type")
    assert "return" in result.text


@each_function
def test_the_worked_example_is_what_the_reference_gives(exercise):
    (came,) = [exercise.reference(*exercise.worked.args)]
    for mine, by_hand in zip(
        *(v if isinstance(v, tuple) else (v,) for v in (came, exercise.worked.result)), strict=True
    ):
        assert np.shape(mine) == np.shape(by_hand)
        np.testing.assert_allclose(mine, by_hand, rtol=1e-9, atol=1e-12)


@each_function
def test_cases_are_the_same_each_time_and_of_the_asked_kinds(exercise):
    first, second = exercise.all_cases(), exercise.all_cases()
    assert len(first) >= 4
    np.testing.assert_equal(first, second)
    kinds = [kind for kind, _ in first]
    assert kinds[0] == "worked" and kinds.count("random") >= 2
    arrays = [[a for a in args if isinstance(a, np.ndarray)] for _, args in first]
    if any(arrays):
        assert any(unequal(case) for case in arrays[1:]), "no case whose dimensions differ from each other"
        assert any(a.shape[0] == 1 for case in arrays for a in case), "no case of one row, one example or one value"
        assert any(case and all(a.dtype.kind == "i" for a in case) for case in arrays), "no case of integers"


def unequal(arrays):
    """Whether the dimensions of a case differ, so that a wrong axis shows; single vectors differ between the cases.

    Weights from a state to itself are square by nature: a square matrix may stand behind one with as many columns.
    """
    tables = [a.shape for a in arrays if a.ndim > 1]
    tables = [s for k, s in enumerate(tables) if k < 2 or s[0] != s[-1] or s[-1] != tables[k - 1][-1]]
    return all(len(set(shape)) == len(shape) for shape in tables) and (len(arrays[0].shape) > 1 or arrays[0].size > 1)


@pytest.mark.parametrize("exercise", named(e for e in FUNCTIONS if e.slope))
def test_gradients_agree_with_nudging(exercise):
    for _, args in exercise.all_cases():
        for which, slope in zip(exercise.slope.arguments, exercise.reference(*args), strict=True):
            nudged = nudge(exercise.slope.of, args, which)
            # Inputs of 900 curve the surprise so much that a millionth is a coarse nudge.
            np.testing.assert_allclose(slope, nudged, rtol=1e-5, atol=1e-5 * max(1, np.abs(args[0]).max()))


@each_function
def test_no_expected_value_but_the_worked_one_is_shown(exercise):
    """An answer that is right for the worked example only: the message holds its value, not the right one."""
    worked = exercise.worked.args

    def knows_one(*args):
        right = exercise.reference(*args)
        if all(np.array_equal(a, b) for a, b in zip(args, worked, strict=True)):
            return right
        return tuple(v + 0.123 for v in right) if isinstance(right, tuple) else right + 0.123

    result = engine.judge(exercise, (knows_one,))
    assert result.state == "wrong" and result.level in ("random values", "edge cases")
    right = exercise.reference(*result.case)
    for number in np.concatenate([np.ravel(v) for v in (right if isinstance(right, tuple) else (right,))]):
        if abs(number - round(number)) > 1e-3:
            assert f"{number:.4g}" not in result.text


@each_function
def test_a_constant_a_raise_and_the_input_back_are_wrong_and_named_nothing(exercise):
    def raises(*args):
        raise NotImplementedError("later")

    for answer in (raises, lambda *args: args[0], lambda *args: 0.1234567):
        result = engine.judge(exercise, (answer,))
        assert result.state == "wrong"
        assert result.mistake == ""


def of_each(change, result):
    """Apply to each of several results."""
    return tuple(change(np.asarray(r, float)) for r in result) if isinstance(result, tuple) else change(result)


SHAPED = {
    "zeros": np.zeros_like,
    "ones": np.ones_like,
    "NaN": lambda r: np.full_like(r, np.nan, dtype=float),
    "infinity": lambda r: np.full_like(r, np.inf, dtype=float),
    "a tenth more": lambda r: np.asarray(r) * 1.1 + 0.1,
    "squared": lambda r: np.square(r) + 0.01,
}


@each_function
@pytest.mark.parametrize("what", SHAPED)
def test_wrong_in_another_way_is_not_given_a_planted_sentence(exercise, what):
    """Of the right type and shape everywhere, so that only the values can tell it from a planted mistake."""
    result = engine.judge(exercise, (lambda *args: of_each(SHAPED[what], exercise.reference(*args)),))
    assert result.state == "wrong"
    assert result.mistake == "", result


@each_mistake
def test_text_and_html_say_the_same_words(exercise, sentence):
    result = engine.judge(exercise, (exercise.mistakes[sentence],))
    assert in_words(result._repr_html_()) == repr(result).replace("`", "").split()


def in_words(html):
    """The words of a piece of HTML, which has to be well-formed."""
    whole = ElementTree.fromstring(f"<all>{html.replace('<br>', '<br/> ')}</all>")
    return "".join(whole.itertext()).split()


def answers(exercise):
    """The lines of the answer in the chapter's source."""
    source = (ROOT / "source" / "exercises" / f"{exercise.stem}.md").read_text(encoding="utf-8")
    cell = next(c for c in source.split("```{code-cell}") if f"check.{exercise.name}({exercise.name})" in c)
    inside = cell.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
    return [line.strip().removeprefix("return ") for line in inside.splitlines() if line.strip()]


@each_exercise
def test_hints_lead_on_and_neither_they_nor_the_sentences_hold_the_answer(exercise, capsys):
    assert len(exercise.hints) >= 2
    assert len(set(exercise.hints)) == len(exercise.hints)
    assert answers(exercise)
    for line in answers(exercise):
        assert not [said for said in (*exercise.hints, *exercise.mistakes) if line in said]
    exercise.hint()
    assert capsys.readouterr().out.startswith("Hint ")


@each_exercise
def test_an_exercise_says_what_it_is(exercise):
    assert exercise.title and exercise.level in ("warm-up", "core", "stretch") and 0 < exercise.minutes <= 20
    assert exercise.mistakes, "an exercise without planted mistakes"
    assert all(sentence[-1] in ".?!" for sentence in exercise.mistakes)


def test_the_core_of_a_chapter_takes_about_an_hour():
    for module in chapters():
        minutes = [e.minutes for e in module.THIS if isinstance(e, Exercise) and e.level != "stretch"]
        assert 40 <= sum(minutes) <= 80


@each_question
def test_a_question_has_one_right_answer_and_explains_the_others(question, monkeypatch):
    assert question.options() == question.options()
    assert "".join(question.options()) == "abcdefgh"[: len(question.options())]
    results = {letter: question.judge(letter) for letter in question.options()}
    assert [r.state for r in results.values()].count("passed") == 1
    assert len(results) >= 3
    for letter, answer in question.options().items():
        expected_words = question.because if answer == question.right else question.wrong[answer]
        assert expected_words in results[letter].text
    monkeypatch.setenv("GROUNDUP_STRICT", "1")
    for letter, result in results.items():
        if not result:
            with pytest.raises(CheckFailed):
                question(letter)


def test_right_answers_stand_in_different_places():
    places = {k for q in QUESTIONS for k, v in q.options().items() if v == q.right}
    assert len(places) > 1


def test_behaviour_is_the_same_twice():
    for exercise in FUNCTIONS:
        assert alike(exercise, behaviour(exercise, exercise.reference), expected(exercise))


def test_the_readme_shows_what_the_check_really_says():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = readme.split("<!-- check:begin -->")[1].split("<!-- check:end -->")[0].strip().strip("`")
    sigmoid = next(e for e in EXERCISES if e.name == "sigmoid")
    said = repr(engine.judge(sigmoid, (lambda z: 1 / (1 + np.exp(-z)),)))
    assert shown.replace("`", "").split() == said.replace("`", "").split()

"""Whatever a learner hands to a check, it answers in a sentence, in time, and leaves the world as it was."""

import functools
import sys
import threading
import time
import warnings
from html.parser import HTMLParser

import numpy as np
import pytest

from groundup.check import Exercise, Worked, engine


@pytest.fixture
def mean():
    """A small exercise: the mean of each row."""
    return Exercise(
        name="row_means",
        number="0.1",
        stem="00_test",
        reference=lambda x: x.mean(axis=1),
        worked=Worked((np.array([[1.0, 3.0], [2.0, 6.0], [0.0, 0.0]]),), np.array([2.0, 4.0, 0.0]), "(1 + 3)/2"),
        cases=lambda rng: [(rng.normal(size=(4, 3)),), (rng.normal(size=(2, 5)),)],
        edges={"one row": (np.array([[1.0, 2.0, 4.0]]),), "integers": (np.array([[1, 2], [3, 5]]),)},
        mistakes={"That is the mean of each column: the other axis.": lambda x: x.mean(axis=0)},
        hints=["Which axis?", "axis=1"],
        seconds=1.0,
    )


class Unprintable:
    def __repr__(self):
        raise ValueError("no")

    __str__ = __repr__


class OddError(Exception):
    def __str__(self):
        raise ValueError("not even a message")


def right(x):
    return x.mean(axis=1)


def endless(x):
    while True:
        pass


def endless_and_deaf(x):
    while not over.is_set():
        try:
            while not over.is_set():
                pass
        except:  # noqa: E722 - the learner's
            pass


# Nothing can stop that one from outside, and a thread that spins on would take a processor from every later test.
over = threading.Event()


@pytest.fixture(autouse=True)
def nothing_spins_on():
    before = set(threading.enumerate())
    over.clear()
    yield
    over.set()
    left = set(threading.enumerate()) - before
    for thread in left:
        thread.join(10)
    assert not [thread for thread in left if thread.is_alive()], "a learner's endless code still runs"


def changes(x):
    x *= 1
    x[0] = 7
    return right(x)


def generator(x):
    yield from right(x)


async def asynchronous(x):
    return right(x)


def leaves(x):
    sys.exit(3)


def recursive(x):
    return recursive(x)


def raises(error):
    def fails(x):
        raise error

    return fails


HOSTILE = {
    "a number": (3.0, "you passed a single number"),
    "a string": ("x.mean", "you passed a string"),
    "a list": ([1, 2], "you passed a list of 2"),
    "a module": (np, "a function was wanted"),
    "its result": (np.array([2.0, 4.0]), "without calling it"),
    "a class": (Unprintable, "the class Unprintable"),
    "no argument": (lambda: 1, "argument"),
    "too many arguments": (lambda x, y: x, "argument"),
    "keyword only": (lambda *, x: x, "argument"),
    "division by zero": (lambda x: 1 / 0, "ZeroDivisionError"),
    "error without a message": (raises(OddError()), "OddError"),
    "a huge message": (raises(ValueError("x" * 10**6)), "ValueError"),
    "sys.exit": (leaves, "SystemExit"),
    "keyboard interrupt": (raises(KeyboardInterrupt()), "KeyboardInterrupt"),
    "recursion": (recursive, "RecursionError"),
    "no memory": (lambda x: np.zeros((10**9, 10**9)), "MemoryError"),
    "None": (lambda x: x.mean() and None, "return"),
    "NaN": (lambda x: right(x) * np.nan, "nan"),
    "infinity": (lambda x: right(x) + np.inf, "inf"),
    "complex": (lambda x: right(x) + 0j, "complex"),
    "a list of numbers": (lambda x: right(x).tolist(), "NumPy array"),
    "a nested list": (lambda x: [[1.0], [2.0]], "NumPy array"),
    "a tuple": (lambda x: (1.0, 2.0), "tuple"),
    "a dict": (lambda x: {"mean": 1}, "dict"),
    "text": (lambda x: "two", "string"),
    "bytes": (lambda x: np.array([b"a"]), "array"),
    "a generator": (generator, "generator"),
    "async": (asynchronous, "coroutine"),
    "endless": (endless, "did not end"),
    "endless with a bare except": (endless_and_deaf, "did not end"),
    "asleep": (lambda x: over.wait(60), "did not end"),
    "changes its input": (changes, "in place"),
    "gives its input back": (lambda x: x, "shape"),
    "an array of objects": (lambda x: right(x).astype(object), "objects"),
    "ragged": (lambda x: np.array([[1], [1, 2]], dtype=object), "objects"),
    "huge": (lambda x: np.broadcast_to(1.0, (10**6, 10**6)), "shape (1000000, 1000000)"),
    "strings": (lambda x: np.array(["a"]), "strings"),
    "a function": (lambda x: right, "function"),
    "unprintable": (lambda x: Unprintable(), "Unprintable"),
    "a matrix": (lambda x: np.matrix(right(x)), "not a plain array"),
    "a masked array": (lambda x: np.ma.masked_array(right(x)), "not a plain array"),
}


@pytest.fixture(autouse=True)
def world():
    """Nothing outside may have changed when the check is over."""
    before = (np.geterr(), np.random.get_state()[1].tolist(), sys.stdout, sys.stderr, list(warnings.filters))  # noqa: NPY002
    yield
    after = (np.geterr(), np.random.get_state()[1].tolist(), sys.stdout, sys.stderr, list(warnings.filters))  # noqa: NPY002
    assert before == after


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_answer_gets_a_sentence(what, mean):
    answer, words = HOSTILE[what]
    result = engine.judge(mean, (answer,))
    assert result.state == "wrong"
    assert words in repr(result), repr(result)
    assert len(repr(result)) < 1200
    assert result.mistake == ""
    assert readable(result._repr_html_())


def readable(text):
    """Whether the HTML is balanced; returns its words."""
    open_, words = [], []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            if tag != "br":
                open_.append(tag)

        def handle_endtag(self, tag):
            assert open_.pop() == tag

        def handle_data(self, data):
            words.append(data)

    Reader().feed(text)
    assert open_ == []
    return "".join(words)


FRIENDLY = {
    "a callable object": type("Mean", (), {"__call__": lambda self, x: right(x)})(),
    "partial": functools.partial(np.mean, axis=1),
    "any arguments": lambda *args, **options: right(*args),
    "a default": lambda x, axis=1: x.mean(axis=axis),
    "float32": lambda x: right(x).astype(np.float32),
    "long double": lambda x: right(x).astype(np.longdouble),
    "a read-only result": lambda x: np.broadcast_to(right(x), right(x).shape),
    "a view of a larger array": lambda x: np.concatenate([right(x), [9.0]])[:-1],
}


@pytest.mark.parametrize("what", FRIENDLY)
def test_a_right_answer_of_an_odd_kind_passes(what, mean):
    result = engine.judge(mean, (FRIENDLY[what],))
    assert result.passed, repr(result)


def test_the_named_mistake_stands_beside_the_evidence(mean):
    result = engine.judge(mean, (lambda x: x.mean(axis=0),))
    assert result.level == "shape"
    assert "shape (3,) was wanted" in result.text and result.mistake in repr(result)


def test_very_many_printed_lines_are_cut_and_do_no_harm(mean, capsys):
    def prints(x):
        for i in range(20_000):
            print("line", i)
        return right(x)

    mean.seconds = 30.0
    result = engine.judge(mean, (prints,))
    assert result.passed
    assert "line 0" in repr(result) and len(repr(result)) < 2000
    assert capsys.readouterr().out == ""


def test_meddling_with_numpy_is_put_back_and_said(mean):
    def meddles(x):
        np.seterr(all="ignore")
        np.random.seed(3)  # noqa: NPY002 - the learner's
        np.random.rand(5)  # noqa: NPY002
        return right(x)

    result = engine.judge(mean, (meddles,))
    assert result.passed
    assert "global random numbers" in repr(result) and "error settings" in repr(result)


def test_overflow_on_the_way_is_not_passed_over(mean):
    result = engine.judge(mean, (lambda x: right(x) + 0 * np.exp(-np.abs(x) * 0 + 1000).min() * 0.0,))
    assert not result.passed


def test_an_answer_that_changes_its_mind_is_wrong(mean):
    calls = []

    def fickle(x):
        calls.append(1)
        return right(x) + (len(calls) > 2)

    assert engine.judge(mean, (fickle,)).state == "wrong"


def test_nothing_in_the_brackets_or_too_much(mean):
    for answer in ((), (right, right)):
        result = engine.judge(mean, answer)
        assert result.state == "wrong" and "check.row_means(row_means)" in result.text


def test_the_case_that_failed_can_be_tried_by_hand(mean):
    result = engine.judge(mean, (lambda x: right(x) if len(x) != 2 else right(x) + 1,))
    (x,) = result.case
    assert x.shape[0] == 2


def test_an_endless_loop_leaves_no_thread_behind(mean):
    before = threading.active_count()
    engine.judge(mean, (endless,))
    assert threading.active_count() == before


def test_a_check_is_over_soon_after_its_time(mean):
    start = time.monotonic()
    engine.judge(mean, (lambda x: over.wait(60),))
    assert time.monotonic() - start < 20  # one second is given; the rest is patience on a busy machine

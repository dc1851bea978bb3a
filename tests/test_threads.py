"""Sharing work out over the processors: everything is done once, errors arrive, a forked process still works."""

import multiprocessing
import os
import sys
import threading

import numpy as np
import pytest

from groundup import functional as F
from groundup.kernels import threads
from groundup.tensor import Tensor


@pytest.fixture(autouse=True)
def two_threads(monkeypatch):
    monkeypatch.setattr(threads, "THREADS", 2)


@pytest.mark.parametrize(("n", "size"), [(0, 0), (1, 10**6), (7, 10**6), (1000, 10**6), (1000, 10)])
def test_every_part_is_done_once(n, size):
    done = np.zeros(n, int)

    def work(part):
        done[part] += 1

    threads.in_parts(work, n, size)
    assert (done == 1).all()


def test_nobody_waits_for_a_thread_that_does_not_wake_up(monkeypatch):
    class Asleep:
        def submit(self, *task):
            return threads.Future()  # never begins

    monkeypatch.setattr(threads, "_threads", Asleep)
    done = []
    threads.in_parts(done.append, 8, 10**6)
    assert sum(part.stop - part.start for part in done) == 8


@pytest.mark.parametrize("where", ["here", "there"])
def test_an_error_in_any_thread_arrives(where):
    here, both = threading.get_ident(), threading.Barrier(2)

    def work(part):
        if part.start < 2:  # the first two parts meet, so that each thread has one
            both.wait(10)
            if (threading.get_ident() == here) == (where == "here"):
                raise ArithmeticError(where)

    with pytest.raises(ArithmeticError, match=where):
        threads.in_parts(work, 4, 10**6)


def test_the_numbers_do_not_depend_on_how_work_is_shared_out(monkeypatch):
    x = np.random.default_rng(0).normal(size=(64, 32, 96)).astype(np.float32)
    weight = np.ones(96, np.float32)
    results = []
    for count in (1, 2, 3):
        monkeypatch.setattr(threads, "THREADS", count)
        t = Tensor(x, requires_grad=True)
        y = F.self_attention(F.gelu(F.layer_norm(t, 96, weight), "tanh"), 2, is_causal=True)
        y.sum().backward()
        results.append((y.data, t.grad.data))
    for y, slope in results[1:]:
        assert np.array_equal(y, results[0][0])
        assert np.array_equal(slope, results[0][1])


def forked(pipe):
    pipe.send(float(F.gelu(np.ones((1000, 1000), np.float32), "tanh").data.sum()))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux copies a process that has threads without danger")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_copy_of_the_process_has_threads_of_its_own():
    expected = float(F.gelu(np.ones((1000, 1000), np.float32), "tanh").data.sum())
    mine, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=forked, args=(theirs,), daemon=True)
    process.start()
    assert mine.poll(30)
    assert mine.recv() == expected
    process.join()


def test_the_number_of_threads(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert threads.processors() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    assert 1 <= threads.processors() <= os.cpu_count()

"""Work on large arrays shared out over the processors.

NumPy's products use all processors, its other functions one; but they let other threads run meanwhile. So what passes
several times over large arrays does so for a part of the batch at a time, in whatever thread is free. No number depends
on how it was shared out.
"""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise

LEAST = 100_000  # numbers; less is done sooner than a thread has woken up
_pool: ThreadPoolExecutor | None = None


def processors() -> int:
    """How many threads are used: as many as there are processors, or as OMP_NUM_THREADS says."""
    try:
        return max(1, int(os.environ["OMP_NUM_THREADS"]))
    except (KeyError, ValueError):
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


THREADS = processors()


def in_parts(work: Callable[[slice], None], n: int, size: int) -> None:
    """Call ``work`` with slices that cover ``range(n)``, in several threads if there is enough to do.

    Args:
        work: writes its part of the result into arrays made before; sees nothing of its neighbours.
        n: what is shared out, such as the length of the batch.
        size: how many numbers are worked on in all.
    """
    if THREADS == 1 or n < 2 or size < LEAST:
        work(slice(0, n))
        return
    parts = min(n, 2 * THREADS, size // (LEAST // 4))
    cuts = [n * i // parts for i in range(parts + 1)]
    slices = iter([slice(a, b) for a, b in pairwise(cuts)])
    helpers = [_threads().submit(_work_off, work, slices) for _ in range(min(THREADS, parts) - 1)]
    try:
        _work_off(work, slices)
    finally:
        _wait(helpers)


def _work_off(work: Callable[[slice], None], slices) -> None:
    """Take the next slice until there is none: a thread that wakes up late takes fewer, and nobody waits for it."""
    for part in slices:
        work(part)


def _wait(helpers: list[Future]) -> None:
    for helper in helpers:
        if not helper.cancel():  # it has begun
            helper.result()


def _threads() -> ThreadPoolExecutor:
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(max(1, THREADS - 1), thread_name_prefix="groundup")
    return _pool


def _forget() -> None:
    """A copy of the process has the pool, but none of its threads."""
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)

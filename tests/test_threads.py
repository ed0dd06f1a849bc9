from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from visavis.threads import map_ahead


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("ahead", [0, 1, 100])
def test_results_come_in_order(threads, ahead):
    with ThreadPoolExecutor(1) as pool:  # a deadlock must fail, not hang
        done = pool.submit(
            lambda: list(map_ahead(lambda n: n * n, range(20), threads=threads, ahead=ahead))
        )
        assert done.result(timeout=10) == [n * n for n in range(20)]


def test_no_tasks_give_no_results():
    assert list(map_ahead(str, [], threads=2, ahead=2)) == []


def test_tasks_run_at_the_same_time():
    both = threading.Barrier(2, timeout=10)
    waited = list(map_ahead(lambda _: both.wait(), range(2), threads=2, ahead=2))
    assert sorted(waited) == [0, 1]


def test_only_tasks_within_reach_are_taken():
    tasks = count()
    results = map_ahead(lambda n: n, tasks, threads=2, ahead=3)
    assert [next(results), next(results)] == [0, 1]
    results.close()
    assert next(tasks) == 5, "two results, and three tasks ahead"


def test_an_exception_is_raised_after_the_results_before_it():
    def work(n):
        if n == 2:
            raise ValueError("two")
        return n

    results = map_ahead(work, range(5), threads=2, ahead=2)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(results)
    assert list(results) == []


def test_an_exception_of_the_tasks_is_raised():
    def tasks():
        yield 1
        raise OSError("unreadable")

    with pytest.raises(OSError, match="unreadable"):
        list(map_ahead(str, tasks(), threads=1, ahead=0))


def test_stopping_early_cancels_tasks_not_yet_begun():
    release, begun = threading.Event(), []

    def work(n):
        begun.append(n)
        if n:
            release.wait(10)
        return n

    results = map_ahead(work, range(50), threads=1, ahead=40)
    assert next(results) == 0
    threading.Timer(0.1, release.set).start()
    results.close()
    assert max(begun) <= 1, "the task under way ends, the others never begin"


def test_no_thread_is_left():
    before = threading.active_count()
    results = map_ahead(str, range(9), threads=3, ahead=5)
    next(results)
    results.close()
    assert threading.active_count() == before

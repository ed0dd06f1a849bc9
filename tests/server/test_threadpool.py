from __future__ import annotations

import asyncio
import threading

import pytest

from visavis.server.problems import Problem
from visavis.server.threadpool import ThreadPool


def test_work_is_done_in_a_thread_and_its_errors_come_back():
    pool = ThreadPool("w", 1, 2, 5)

    async def ask():
        assert await pool.run(threading.current_thread) is not threading.main_thread()
        with pytest.raises(ZeroDivisionError):
            await pool.run(lambda: 1 / 0)
        await asyncio.sleep(0.01)
        return pool.in_use

    assert asyncio.run(ask()) == 0
    pool.close()


def test_beyond_its_capacity_clients_are_told_to_come_back():
    pool, go_on = ThreadPool("w", 1, 2, 5), threading.Event()

    async def ask():
        taken = [asyncio.create_task(pool.run(go_on.wait, 5)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Problem) as refused:
            await pool.run(int)
        go_on.set()
        assert await asyncio.gather(*taken) == [True, True]
        await asyncio.sleep(0.01)
        assert await pool.run(int) == 0
        return refused.value

    refused = asyncio.run(ask())
    assert (refused.status, refused.headers) == (429, {"Retry-After": "1"})
    pool.close()


def test_a_call_counts_until_its_work_has_ended_however_long_its_client_waits():
    pool, go_on = ThreadPool("w", 1, 2, 0.05), threading.Event()

    async def ask():
        for _ in range(2):  # one runs, one waits
            with pytest.raises(Problem) as late:
                await pool.run(go_on.wait, 5)
            assert late.value.status == 504
        await asyncio.sleep(0)
        running = pool.in_use
        go_on.set()
        await asyncio.sleep(0.1)
        return running, pool.in_use

    # The second never began, so it left at once.
    assert asyncio.run(ask()) == (1, 0)
    pool.close()

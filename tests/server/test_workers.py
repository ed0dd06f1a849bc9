from __future__ import annotations

import asyncio
import threading

import pytest

from visavis.server.problems import Problem
from visavis.server.workers import Workers


def test_work_is_done_in_a_thread_and_its_errors_come_back():
    workers = Workers("w", 1, 2, 5)

    async def ask():
        assert await workers.run(threading.current_thread) is not threading.main_thread()
        with pytest.raises(ZeroDivisionError):
            await workers.run(lambda: 1 / 0)
        await asyncio.sleep(0.01)
        return workers.running

    assert asyncio.run(ask()) == 0
    workers.close()


def test_when_all_places_are_taken_clients_are_told_to_come_back():
    workers, go_on = Workers("w", 1, 2, 5), threading.Event()

    async def ask():
        taken = [asyncio.create_task(workers.run(go_on.wait, 5)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Problem) as refused:
            await workers.run(int)
        go_on.set()
        assert await asyncio.gather(*taken) == [True, True]
        await asyncio.sleep(0.01)
        assert await workers.run(int) == 0
        return refused.value

    refused = asyncio.run(ask())
    assert (refused.status, refused.headers) == (429, {"Retry-After": "1"})
    workers.close()


def test_a_place_is_taken_until_its_work_has_ended_however_long_its_client_waits():
    workers, go_on = Workers("w", 1, 2, 0.05), threading.Event()

    async def ask():
        for _ in range(2):  # one runs, one waits
            with pytest.raises(Problem) as late:
                await workers.run(go_on.wait, 5)
            assert late.value.status == 504
        await asyncio.sleep(0)
        running = workers.running
        go_on.set()
        await asyncio.sleep(0.1)
        return running, workers.running

    # The second never began, so it left at once.
    assert asyncio.run(ask()) == (1, 0)
    workers.close()

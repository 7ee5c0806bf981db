"""How workers learn which of them have ended."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest

from daypass.adapters.system import SystemEntropy
from daypass.adapters.worker_ends import EndsTold, WorkerEnds
from daypass.core import worker_limits


class Told:
    """A supervisor's side with processes that are numbers, each of which listens."""

    def __init__(self) -> None:
        self.told = EndsTold(SystemEntropy())
        self.kept: list[int] = []

    def start(self, pid: int) -> WorkerEnds:
        """Starts a worker, whose end of the pipe is kept as a fork keeps it."""
        ends, telling = self.told.open()
        news = os.dup(ends.news)
        self.kept.append(news)
        self.told.started(pid, ends, telling)
        return WorkerEnds(ends.worker_id, ends.ended, news)


@pytest.fixture
def told() -> Iterator[Told]:
    """Yields a supervisor's side, and closes what is open after the test."""
    made = Told()
    yield made
    made.told.let_go()
    for each in made.kept:
        os.close(each)


async def heard(worker: WorkerEnds, count: int) -> list[str]:
    """Returns what a worker hears, when it is so much."""
    names: list[str] = []
    async with asyncio.timeout(5):
        worker.follow(names.append)
        while len(names) < count:
            await asyncio.sleep(0)
    asyncio.get_running_loop().remove_reader(worker.news)
    return names


async def test_others_are_told(told: Told) -> None:
    """Each worker hears of each other one that ends, and not of strangers."""
    first, second, third = map(told.start, (11, 12, 13))

    for pid in (99, 12, 11):
        told.told.ended(pid)

    assert [second.worker_id] == await heard(first, 1)
    assert [second.worker_id, first.worker_id] == await heard(third, 2)


async def test_later_one_inherits(told: Told) -> None:
    """A worker that is started later knows of those that ended before, the last ones."""
    most = worker_limits.ENDED_WORKERS_MAX
    names = []
    for pid in range(most + 1):
        names.append(told.start(pid).worker_id)
        told.told.ended(pid)

    later = told.start(most + 1)

    assert names[1:] == await heard(later, most)


def test_names_differ(told: Told) -> None:
    """No two workers have one name."""
    assert 2 == len({told.start(pid).worker_id for pid in (1, 2)})


async def test_deaf_one_holds_up_nobody(told: Told) -> None:
    """A worker that reads nothing is not waited for, and hears whole names later."""
    deaf = told.start(1)
    names = []
    # More than a pipe takes.
    for pid in range(2, 6_000):
        names.append(told.start(pid).worker_id)
        told.told.ended(pid)
        os.close(told.kept.pop())

    found = await heard(deaf, 4_096)

    assert names[: len(found)] == found


async def test_supervisor_is_gone(told: Told) -> None:
    """When nobody can tell anything any more, the worker listens no longer."""
    worker = told.start(1)
    names: list[str] = []
    worker.follow(names.append)
    told.told.ended(1)

    for _ in range(10):
        await asyncio.sleep(0)

    assert [] == names
    assert not asyncio.get_running_loop().remove_reader(worker.news)

"""Simulate leaves the worker to others, however much there is to simulate."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime

import pytest
import pytest_asyncio

from daypass.core import work_limits
from daypass.core.errors import MalformedPolicyDocumentError, ThrottlingError
from daypass.sts.simulate import (
    ReplacedSlots,
    SimulatedCaller,
    SimulateRequest,
    Simulation,
)
from daypass.sts.simulation import Simulate
from support.sts_world import StsWorld
from support.world import ManualClock
from unit.sts import access

TURN = work_limits.TURN_TIME_MAX
CALLER = SimulatedCaller(principal_arn=access.ADMIN)
FEW = SimulateRequest(CALLER, ("s3:GetObject", "s3:PutObject"))
READ_ONLY = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:List*",'
    '"Resource":"*"}}'
)


class TickingClock:
    """A clock by which every look takes long: all work is long work."""

    def __init__(self) -> None:
        """Starts with a clock that stands still."""
        self._clock = ManualClock()

    def now(self) -> datetime:
        """Returns the time of day."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Returns the seconds that have passed, and lets two turns pass."""
        self._clock.advance(2 * TURN)
        return self._clock.monotonic()


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns three accounts, each with somebody who may ask."""
    return await access.three_accounts()


def operation(world: StsWorld) -> Simulate:
    """Returns the operation, which takes a turn for everything."""
    return Simulate(
        directory=world.directory, authorizers=world.authorizers, clock=TickingClock()
    )


def run(
    world: StsWorld, simulate: Simulate, request: SimulateRequest, asker: str
) -> Coroutine[None, None, Simulation]:
    """Simulates once."""
    return world.run(simulate, request, world.user(asker))


async def turns_of_others(work: asyncio.Task[Simulation]) -> int:
    """Counts how often others have their turn until the work is done."""
    count = 0
    while not work.done():
        count += 1
        await asyncio.sleep(0)
    return count


async def test_others_work_between_results(world: StsWorld) -> None:
    """Others have a turn after each result that has taken one."""
    actions = tuple(f"s3:Action{number}" for number in range(8))
    request = SimulateRequest(CALLER, actions)

    work = asyncio.create_task(run(world, operation(world), request, access.ADMIN))

    assert len(actions) <= await turns_of_others(work)
    assert len(actions) == len(work.result().results)


async def test_others_work_between_documents(world: StsWorld) -> None:
    """Others have a turn after each document that has taken one to read."""
    documents = (READ_ONLY,) * 8
    request = SimulateRequest(
        CALLER,
        ("s3:GetObject",),
        slots=ReplacedSlots(identity=documents, session=("{",)),
    )

    work = asyncio.create_task(run(world, operation(world), request, access.ADMIN))

    assert len(documents) <= await turns_of_others(work)
    assert isinstance(work.exception(), MalformedPolicyDocumentError)


async def test_second_of_an_account_waits(world: StsWorld) -> None:
    """While an account simulates, it is told when to come back with another."""
    simulate = operation(world)
    first = asyncio.create_task(run(world, simulate, FEW, access.ADMIN))
    await asyncio.sleep(0)

    with pytest.raises(ThrottlingError) as caught:
        await run(world, simulate, FEW, access.ADMIN)

    assert work_limits.SIMULATION_RETRY_DELAY == caught.value.retry_after
    assert 2 == len((await first).results)


async def test_other_accounts_do_not_wait(world: StsWorld) -> None:
    """A simulation of one account keeps no other from its own."""
    simulate = operation(world)
    caller = SimulatedCaller(principal_arn=access.MAX)
    first = asyncio.create_task(run(world, simulate, FEW, access.ADMIN))
    await asyncio.sleep(0)

    second = await run(
        world, simulate, SimulateRequest(caller, ("s3:GetObject",)), access.MAX
    )

    assert 1 == len(second.results)
    assert 2 == len((await first).results)


@pytest.mark.parametrize("documents", [("{",), (READ_ONLY,)])
async def test_next_one_may_run(world: StsWorld, documents: tuple[str, ...]) -> None:
    """When a simulation is over, however it went, the account may run the next."""
    simulate = operation(world)
    request = SimulateRequest(
        CALLER, ("s3:GetObject",), slots=ReplacedSlots(identity=documents)
    )
    await asyncio.gather(
        run(world, simulate, request, access.ADMIN), return_exceptions=True
    )

    assert 2 == len((await run(world, simulate, FEW, access.ADMIN)).results)


async def test_changes_have_a_budget(world: StsWorld) -> None:
    """Past so much work the results are as they were, without nearest changes."""
    entries = ",".join(f'"s3:Get{number}"' for number in range(300))
    large = READ_ONLY.replace('"s3:List*"', f"[{entries}]")
    request = SimulateRequest(
        CALLER,
        tuple(f"s3:Put{number}" for number in range(64)),
        tuple(f"arn:aws:s3:::bucket/{number}" for number in range(10)),
        slots=ReplacedSlots(identity=(large,)),
    )

    results = (await access.simulate(world, request)).results

    assert results[0].explanation.nearest
    assert not results[-1].explanation.nearest
    assert results[0].effect is results[-1].effect

"""Revocations that a failover or a jump of the store's clock must not undo.

And a worker that has not met a new log yet.

SPEC: design 7; attacks R05, R09; decision 0033.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from daypass.adapters.memory import MemoryRevocationLog
from daypass.core.errors import RevocationLogReplacedError, RevocationViewStaleError
from daypass.core.revocation import LoggedRevocation, Revocation, RevocationScope
from daypass.sts.revocation_follower import RevocationFollower
from daypass.sts.revocation_view import RevocationView, SessionRevokedError
from support.sts_world import LEASE, StsWorld, Watcher
from support.world import START
from unit.sts import organisation as org


def revocation_of(name: str) -> Revocation:
    """Returns a revocation of one session."""
    end = START + timedelta(days=3)
    return Revocation(RevocationScope.SESSION, name, START, end)


async def test_revoked_name_is_good_no_more(world: StsWorld) -> None:
    """A session of a name that was revoked is refused, also one of a later epoch.

    A store whose clock jumped forgets the first one, and the same call is issued
    another (R09).
    """
    caller = await world.session(await world.assume(world.user(org.BOB), org.READER))
    first = caller.session
    assert first is not None
    await world.log.append(revocation_of(first.access_key_id))
    await world.follower.catch_up()

    second = replace(first, epoch=world.view.epoch)

    with pytest.raises(SessionRevokedError):
        world.view.check(second)


class _Replaced(MemoryRevocationLog):
    """A log in the place of which there may be another one.

    Attributes:
        there: the log that the store has; None for this one.
        asked: how often somebody asked for the name.
    """

    there: MemoryRevocationLog | None = None
    asked = 0
    _named: MemoryRevocationLog | None = None

    async def incarnation(self) -> str:
        """Names the log that is there, and goes on with that one."""
        self.asked += 1
        self._named = self.there
        return await (
            super().incarnation() if self.there is None else self.there.incarnation()
        )

    async def report_applied(
        self, worker_id: str, sequence: int, *, lease: timedelta
    ) -> int:
        """Refuses a report of a log that is not there any more."""
        if self._named is not self.there:
            raise RevocationLogReplacedError("revocation_log_replaced")
        if self.there is None:
            return await super().report_applied(worker_id, sequence, lease=lease)
        return await self.there.report_applied(worker_id, sequence, lease=lease)

    async def read_after(
        self, sequence: int, *, limit: int
    ) -> tuple[LoggedRevocation, ...]:
        """Reads the log that was named."""
        if self._named is None:
            return await super().read_after(sequence, limit=limit)
        return await self._named.read_after(sequence, limit=limit)


async def test_log_is_named_once(world: StsWorld) -> None:
    """Who follows a log asks which one it is when another one refuses a report."""
    log = _Replaced(clock=world.clock, entropy=world.entropy)
    await log.append(revocation_of("early"))
    await log.append(revocation_of("later"))
    view = RevocationView(clock=world.clock, lease=LEASE)
    follower = RevocationFollower(
        log=log,
        view=view,
        clock=world.clock,
        worker_id="one",
        lease=LEASE,
        watcher=Watcher(),
    )
    for _ in range(3):
        await follower.catch_up()
    first, asked = view.epoch, log.asked

    log.there = MemoryRevocationLog(clock=world.clock, entropy=world.entropy)
    place = await log.there.append(revocation_of("elsewhere"))
    await follower.catch_up()
    await follower.catch_up()

    assert (2, 1) == (first.sequence, asked)
    assert (place, 2) == (view.epoch, log.asked)
    assert {"one": 1} == await log.there.applied(place)


class _GoesOn(MemoryRevocationLog):
    """A log that goes on between the report of a worker and its reading."""

    async def read_after(
        self, sequence: int, *, limit: int
    ) -> tuple[LoggedRevocation, ...]:
        """Appends an entry, and returns it with the others."""
        await self.append(revocation_of("late"))
        return await super().read_after(sequence, limit=limit)


async def test_applied_is_what_is_sure(world: StsWorld) -> None:
    """What comes behind a report is not applied with it: it may yet be lost (R05)."""
    log = _GoesOn(clock=world.clock, entropy=world.entropy)
    await log.append(revocation_of("early"))
    view = RevocationView(clock=world.clock, lease=LEASE)
    follower = RevocationFollower(
        log=log,
        view=view,
        clock=world.clock,
        worker_id="one",
        lease=LEASE,
        watcher=Watcher(),
    )

    await follower.catch_up()
    first = view.epoch.sequence
    await follower.catch_up()

    assert (1, 2) == (first, view.epoch.sequence)


class _Trimmed(MemoryRevocationLog):
    """A log whose entries that are sure were trimmed since."""

    async def read_after(
        self, sequence: int, *, limit: int
    ) -> tuple[LoggedRevocation, ...]:
        """Returns nothing."""
        del sequence, limit
        return ()


async def test_nothing_to_read(world: StsWorld) -> None:
    """A log that has no entries to show ends the reading."""
    log = _Trimmed(clock=world.clock, entropy=world.entropy)
    await log.append(revocation_of("early"))
    view = RevocationView(clock=world.clock, lease=LEASE)
    follower = RevocationFollower(
        log=log,
        view=view,
        clock=world.clock,
        worker_id="one",
        lease=LEASE,
        watcher=Watcher(),
    )

    assert not await follower.catch_up()


@pytest.mark.parametrize(("later", "lost"), [(0, True), (1, False)])
async def test_log_that_may_be_newer(
    world: StsWorld, later: int, *, lost: bool
) -> None:
    """Of a log that it does not know a worker that read before the issue cannot tell.

    What was lost was issued before; the log of what came after may be a new one.
    """
    behind = RevocationView(clock=world.clock, lease=LEASE)
    behind.begin("another log")
    behind.renew(world.clock.monotonic())
    world.clock.advance(timedelta(seconds=later))
    issued = await world.assume(world.user(org.BOB), org.READER)
    session = (await world.session(issued)).session
    assert session is not None

    with pytest.raises(SessionRevokedError if lost else RevocationViewStaleError):
        behind.check(session)

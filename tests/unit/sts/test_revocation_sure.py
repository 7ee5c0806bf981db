"""Revocations that a failover or a jump of the store's clock must not undo.

And a worker that has not met a new log yet.

SPEC: design 7; attacks R05, R09; decision 0033.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from daypass.adapters.memory import MemoryRevocationLog
from daypass.core.errors import RevocationViewStaleError
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

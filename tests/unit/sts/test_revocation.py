"""Revocation: what it ends, when it is acknowledged, and what a worker may say.

SPEC: design 7; attacks C03, C13, C14, R09, R10, R17.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import pytest

from daypass.adapters.memory import MemoryRevocationLog
from daypass.core.errors import (
    InvalidClientTokenIdError,
    RevocationViewStaleError,
    StoreUnavailableError,
)
from daypass.core.revocation import (
    EARLIER_WORKERS,
    Epoch,
    Revocation,
    RevocationScope,
)
from daypass.sts.revocation_follower import RevocationFollower, Revoker
from daypass.sts.revocation_view import RevocationView, SessionRevokedError
from support.sts_world import LEASE, StsWorld, Watcher
from unit.sts import organisation as org
from unit.sts.revoking import refused, revoke, session_of


async def test_revoked_session_is_refused(world: StsWorld) -> None:
    """A revoked session is an invalid token, and no other session is."""
    first = await world.assume(world.user(org.BOB), org.READER)
    second = await world.assume(world.user(org.BOB), org.READER)

    await revoke(world, RevocationScope.SESSION, first.credentials.access_key_id)

    assert (await refused(world, first), await refused(world, second)) == (True, False)


async def test_descendants_fall_with_their_ancestor(world: StsWorld) -> None:
    """Revoking a session ends what was chained from it, over two hops (C03)."""
    first = await world.assume(world.user(org.BOB), org.TAGGED)
    second = await world.assume(await world.session(first), org.TAGGED)
    third = await world.assume(await world.session(second), org.TAGGED)

    await revoke(world, RevocationScope.SESSION, first.credentials.access_key_id)

    assert await refused(world, third)


async def test_ancestors_outlive_their_descendant(world: StsWorld) -> None:
    """Revoking a chained session leaves the one that it came from."""
    first = await world.assume(world.user(org.BOB), org.TAGGED)
    second = await world.assume(await world.session(first), org.TAGGED)

    await revoke(world, RevocationScope.SESSION, second.credentials.access_key_id)

    assert not await refused(world, first)


async def test_role_is_revoked_whole(world: StsWorld) -> None:
    """Revoking a role ends its sessions, and none of another role."""
    reader = await world.assume(world.user(org.BOB), org.READER)
    local = await world.assume(world.user(org.BOB), org.LOCAL)
    role = world.directory.current().role_by_arn(org.READER)
    assert role is not None

    await revoke(world, RevocationScope.PRINCIPAL, role.unique_id)

    assert (await refused(world, reader), await refused(world, local)) == (True, False)


async def test_user_is_revoked_with_what_it_began(world: StsWorld) -> None:
    """Revoking a user ends every chain that the user began."""
    first = await world.assume(world.user(org.BOB), org.READER)
    second = await world.assume(await world.session(first), org.NEXT)
    user = world.directory.current().user_by_arn(org.BOB)
    assert user is not None

    await revoke(world, RevocationScope.PRINCIPAL, user.principal.unique_id)

    assert await refused(world, second)


async def test_later_sessions_are_not_touched(world: StsWorld) -> None:
    """What is issued after a revocation is good, with the clock set back (C13)."""
    role = world.directory.current().role_by_arn(org.READER)
    assert role is not None
    await revoke(world, RevocationScope.PRINCIPAL, role.unique_id)

    world.clock.step(-timedelta(minutes=10))
    later = await world.assume(world.user(org.BOB), org.READER)

    assert not await refused(world, later)


async def test_mint_in_flight_falls_with_its_caller(world: StsWorld) -> None:
    """A session that is minted while its caller is revoked is revoked too (C14)."""
    caller = await world.session(await world.assume(world.user(org.BOB), org.TAGGED))

    await revoke(world, RevocationScope.SESSION, caller.access_key_id)
    minted = await world.assume(caller, org.TAGGED)

    assert await refused(world, minted)


async def test_lost_log_ends_everything(world: StsWorld) -> None:
    """Sessions of a log that is lost are refused: what was revoked is unknown."""
    result = await world.assume(world.user(org.BOB), org.READER)
    session = await session_of(world, result)

    world.view.begin("another log")
    world.view.renew(world.clock.monotonic())

    with pytest.raises(InvalidClientTokenIdError) as caught:
        world.view.check(session)
    assert "revocation_log_lost" == caught.value.detail


async def test_view_behind_the_session_cannot_know(world: StsWorld) -> None:
    """A session that was issued further along the log is not vouched for yet."""
    await revoke(world, RevocationScope.ACCOUNT, "999999999999")
    session = await session_of(
        world, await world.assume(world.user(org.BOB), org.READER)
    )
    behind = RevocationView(clock=world.clock, lease=LEASE)
    behind.begin(session.epoch.incarnation)
    behind.renew(world.clock.monotonic())

    with pytest.raises(RevocationViewStaleError):
        behind.check(session)


async def test_unread_log_is_unknown(world: StsWorld) -> None:
    """A worker that never read the log knows no epoch."""
    view = RevocationView(clock=world.clock, lease=LEASE)

    with pytest.raises(RevocationViewStaleError):
        view.epoch  # noqa: B018 - reading it is the act.


@pytest.mark.parametrize(("age", "fresh"), [(4.999, True), (5.0, False)])
async def test_lease_ends_at_its_edge(
    world: StsWorld, age: float, *, fresh: bool
) -> None:
    """The view is good until the lease is over, and not at its very end."""
    world.clock.advance(timedelta(seconds=age))

    try:
        known = isinstance(world.view.epoch, Epoch)
    except RevocationViewStaleError:
        known = False
    assert fresh == known


async def test_time_of_day_does_not_matter(world: StsWorld) -> None:
    """A step of the time of day neither extends nor ends the lease."""
    world.clock.step(timedelta(days=1))

    assert 0 == world.view.epoch.sequence


async def test_forgets_only_what_is_over(world: StsWorld) -> None:
    """An entry is kept until the day after its last session, and not longer."""
    result = await world.assume(world.user(org.BOB), org.READER)
    session = await session_of(world, result)
    await revoke(world, RevocationScope.SESSION, session.access_key_id)

    world.clock.advance(timedelta(days=3, seconds=-1))
    await world.follower.catch_up()
    with pytest.raises(SessionRevokedError):
        world.view.check(session)

    world.clock.advance(timedelta(seconds=1))
    await world.follower.catch_up()
    assert 1 == world.view.check(session).sequence


async def test_unreadable_log_is_reported(world: StsWorld) -> None:
    """A log that cannot be read is reported, and read when it is back."""
    world.log.fail_next(StoreUnavailableError(), method="report_applied")
    running = asyncio.create_task(world.follower.run())
    while not world.watcher.errors:
        await asyncio.sleep(0)

    world.clock.advance(LEASE)
    while world.view.age >= LEASE:
        await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert 1 == len(world.watcher.errors)


async def test_acknowledged_means_everywhere(world: StsWorld) -> None:
    """A revocation is acknowledged only when every live worker has applied it."""
    slow = _follower(world, world.log, "worker-2")
    await slow.catch_up()
    now = world.clock.now()
    revocation = Revocation(
        RevocationScope.ACCOUNT, org.B, now, now + timedelta(days=3)
    )
    revoking = asyncio.create_task(world.revoker.revoke(revocation))
    await _apply(world.follower)
    assert not revoking.done()

    await _apply(slow)

    assert (await revoking).effective_everywhere


async def test_silent_worker_is_waited_out(world: StsWorld) -> None:
    """A worker that does not answer is waited for until its lease is over."""
    await _follower(world, world.log, "worker-2").catch_up()
    now = world.clock.now()
    revocation = Revocation(
        RevocationScope.ACCOUNT, org.B, now, now + timedelta(days=3)
    )
    revoking = asyncio.create_task(world.revoker.revoke(revocation))
    await _apply(world.follower)
    assert not revoking.done()

    world.clock.advance(LEASE)
    await _apply(world.follower)

    assert (await revoking).effective_everywhere


class _NewLog(MemoryRevocationLog):
    """A log in the place of one that was lost, whose workers may still vouch."""

    is_settled = False

    async def applied(self, entry: Epoch) -> Mapping[str, int]:
        """Returns how far all are; those of the lost log have applied nothing."""
        earlier = {} if self.is_settled else {EARLIER_WORKERS: 0}
        return {**await super().applied(entry), **earlier}


async def test_loss_of_a_log_is_waited_for(world: StsWorld) -> None:
    """That a log was lost is known everywhere when the leases of before are over."""
    log = _NewLog(clock=world.clock, entropy=world.entropy)
    revoker = Revoker(log=log, clock=world.clock, lease=LEASE)
    begin = Epoch(await log.incarnation(), 0)
    settling = asyncio.create_task(revoker.settle(begin))
    await asyncio.sleep(0.02)
    assert not settling.done()

    log.is_settled = True

    assert (await settling).effective_everywhere


async def test_uncertain_revocation_says_so(world: StsWorld) -> None:
    """A worker that keeps its lease and applies nothing makes the answer uncertain."""
    await world.log.report_applied("stuck", 0, lease=10 * LEASE)
    now = world.clock.now()
    revocation = Revocation(
        RevocationScope.ACCOUNT, org.B, now, now + timedelta(days=3)
    )
    revoking = asyncio.create_task(world.revoker.revoke(revocation))
    await asyncio.sleep(0)

    world.clock.advance(2 * LEASE)

    assert not (await revoking).effective_everywhere


def _follower(
    world: StsWorld, log: MemoryRevocationLog, worker_id: str
) -> RevocationFollower:
    return RevocationFollower(
        log=log,
        view=RevocationView(clock=world.clock, lease=LEASE),
        clock=world.clock,
        worker_id=worker_id,
        lease=LEASE,
        watcher=Watcher(),
    )


async def _apply(follower: RevocationFollower) -> None:
    """Lets a worker read what is new, and announce it."""
    await asyncio.sleep(0)
    while await follower.catch_up():
        await asyncio.sleep(0)
    await asyncio.sleep(0.01)


async def test_same_log_is_not_begun_again(world: StsWorld) -> None:
    """A log that is followed already is not forgotten by being named again."""
    await revoke(world, RevocationScope.ACCOUNT, org.A)
    before = world.view.epoch

    world.view.begin(before.incarnation)

    assert before == world.view.epoch


async def test_entries_of_no_log(world: StsWorld) -> None:
    """Entries that come before the log has a name are of no log, and not taken."""
    await revoke(world, RevocationScope.ACCOUNT, org.A)
    view = RevocationView(clock=world.clock, lease=LEASE)

    view.apply(await world.log.read_after(0, limit=1))
    view.begin("log")
    view.renew(world.clock.monotonic())

    assert Epoch("log", 0) == view.epoch


async def test_revoked_role_takes_its_chain_along(world: StsWorld) -> None:
    """Revoking a role ends what was chained from its sessions, of whatever role."""
    reader = await world.session(await world.assume(world.user(org.BOB), org.READER))
    chained = await world.assume(reader, org.NEXT)
    role = world.directory.current().role_by_arn(org.READER)
    assert role is not None

    await revoke(world, RevocationScope.PRINCIPAL, role.unique_id)

    assert await refused(world, chained)


async def test_revoked_middle_takes_the_end_along(world: StsWorld) -> None:
    """A role in the middle of a chain of three ends the third."""
    first = await world.session(await world.assume(world.user(org.BOB), org.READER))
    second = await world.session(await world.assume(first, org.TAGGED))
    third = await world.assume(second, org.TAGGED)
    role = world.directory.current().role_by_arn(org.READER)
    assert role is not None

    await revoke(world, RevocationScope.PRINCIPAL, role.unique_id)

    assert await refused(world, third)


async def test_revoked_key_is_told_before_the_entry_counts(world: StsWorld) -> None:
    """J55: a key that the log names is out of use when the view has applied the entry."""
    told: list[tuple[str, int]] = []
    view = RevocationView(
        clock=world.clock,
        lease=LEASE,
        on_key_revoked=lambda name: told.append((name, view.epoch.sequence)),
    )
    follower = RevocationFollower(
        log=world.log,
        view=view,
        clock=world.clock,
        worker_id="another",
        lease=LEASE,
        watcher=Watcher(),
    )
    await follower.catch_up()

    now = world.clock.now()
    for scope in (RevocationScope.KEY, RevocationScope.ACCOUNT):
        await world.log.append(Revocation(scope, "x", now, now + timedelta(days=3)))
    await follower.catch_up()

    assert [("x", 0)] == told
    assert 2 == view.epoch.sequence

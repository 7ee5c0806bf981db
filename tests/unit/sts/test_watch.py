"""The feeds that verifiers follow: whole, in order, resumed, and never stale unsaid.

SPEC: design 4 and 7; attacks R20; reliability, promise 1; decision 0030.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import timedelta
from typing import Any

import pytest

from daypass.core.errors import (
    AccessDeniedError,
    ExpiredTokenError,
    InvalidClientTokenIdError,
    RevocationViewStaleError,
    StoreUnavailableError,
    ValidationError,
)
from daypass.core.revocation import Epoch, Revocation, RevocationScope
from daypass.core.stream_limits import REVOCATIONS_PER_MESSAGE_MAX
from daypass.sts.caller import Caller
from daypass.sts.key_set import GetKeySet
from daypass.sts.standing import Standing
from daypass.sts.watch import RevocationNews, WatchKeySet, WatchRevocations
from support.ring_workers import HOUR, SECOND, later
from support.sts_world import LEASE, StsWorld
from unit.sts import organisation as org
from unit.sts.keyring_world import ADMIN, CLERK, Keyring

NOWHERE = Epoch("", 0)
SESSION = RevocationScope.SESSION


class Unchecked(Standing):
    """Everybody stands; the check has tests of its own."""

    def check(self, caller: Caller) -> None:
        """Returns."""


def standing_of(world: StsWorld, kind: type[Standing] = Standing) -> Standing:
    """Returns what tells whether callers still stand."""
    return kind(directory=world.directory, revocations=world.view, clock=world.clock)


@pytest.fixture
async def keyring(world: StsWorld) -> Keyring:
    """Returns a ring with one signing key, whose operators are those of account B."""
    return await Keyring(world).opened()


async def follow(
    keyring: Keyring, known: Epoch = NOWHERE, caller: str = ADMIN
) -> AsyncGenerator[RevocationNews, None]:
    """Opens a feed of revocations."""
    operation = WatchRevocations(
        view=keyring.view,
        gate=keyring.gate(),
        standing=standing_of(keyring.world, Unchecked),
        clock=keyring.world.clock,
        lease=LEASE / 100,
    )
    feed: AsyncGenerator[RevocationNews, None] = await keyring.world.run(
        operation, known, keyring.world.user(caller)
    )
    return feed


async def revoke(keyring: Keyring, *subjects: str) -> None:
    """Appends revocations, and lets the worker read them."""
    now = keyring.world.clock.now()
    for subject in subjects:
        await keyring.world.log.append(
            Revocation(SESSION, subject, now, now + timedelta(days=3))
        )
    await keyring.follower.catch_up()


def subjects(news: RevocationNews) -> list[tuple[int, str]]:
    """Returns the numbers and subjects of a message."""
    return [(each.sequence, each.subject) for each in news.entries]


@pytest.mark.parametrize("caller", [CLERK, org.BOB])
async def test_others_may_not_follow(keyring: Keyring, caller: str) -> None:
    """Revocations tell of all accounts, so that operators alone may follow them."""
    with pytest.raises(AccessDeniedError):
        await follow(keyring, caller=caller)


@pytest.mark.parametrize("known", [Epoch("log", -1), Epoch("x" * 65, 0)])
async def test_place_that_is_none_refused(keyring: Keyring, known: Epoch) -> None:
    """A place that no log has is refused."""
    with pytest.raises(ValidationError):
        await follow(keyring, known)


async def test_begins_with_all_in_force(keyring: Keyring) -> None:
    """A feed that begins anew sends what is in force, the last of each subject."""
    await revoke(keyring, "a", "b", "a")

    async with aclosing(await follow(keyring)) as feed:
        first = await anext(feed)

    assert (True, True) == (first.restart, first.complete)
    assert [(2, "b"), (3, "a")] == subjects(first)
    assert keyring.view.epoch == first.position


async def test_goes_on_as_they_come(keyring: Keyring) -> None:
    """What is revoked later comes later, once, and in order."""
    await revoke(keyring, "a")
    async with aclosing(await follow(keyring)) as feed:
        await anext(feed)
        waiting = asyncio.ensure_future(anext(feed))
        await asyncio.sleep(0)
        await revoke(keyring, "b", "c")
        news = await waiting

    assert (False, [(2, "b"), (3, "c")]) == (news.restart, subjects(news))


async def test_r20_resumes_without_gap(keyring: Keyring) -> None:
    """R20: whoever was away gets all that came meanwhile, and nothing that was known."""
    await revoke(keyring, "a", "b")
    async with aclosing(await follow(keyring)) as feed:
        known = (await anext(feed)).position
    await revoke(keyring, "c", "a")

    async with aclosing(await follow(keyring, known)) as feed:
        news = await anext(feed)

    assert (False, [(3, "c"), (4, "a")]) == (news.restart, subjects(news))


async def test_other_log_begins_anew(keyring: Keyring) -> None:
    """Whoever knows a log that was lost is told to forget it."""
    await revoke(keyring, "a")

    async with aclosing(await follow(keyring, Epoch("lost", 99))) as feed:
        news = await anext(feed)

    assert (True, [(1, "a")]) == (news.restart, subjects(news))


async def test_server_that_is_behind_says_so(keyring: Keyring) -> None:
    """A server that knows fewer than its client does not take it back."""
    known = Epoch(keyring.view.epoch.incarnation, 5)

    async with aclosing(await follow(keyring, known)) as feed:
        with pytest.raises(RevocationViewStaleError, match="revocation_view_behind"):
            await anext(feed)


@pytest.mark.parametrize("more", [-1, 0, 1])
async def test_many_come_in_parts(keyring: Keyring, more: int) -> None:
    """More than fit into a message come in several, and only the last is complete."""
    count = REVOCATIONS_PER_MESSAGE_MAX + more
    await revoke(keyring, *(f"s{number}" for number in range(count)))
    news: list[RevocationNews] = []

    async with aclosing(await follow(keyring)) as feed:
        while not news or not news[-1].complete:
            news.append(await anext(feed))

    assert [True, False][: len(news)] == [each.restart for each in news]
    assert 1 + (more > 0) == len(news)
    assert list(range(1, count + 1)) == [
        entry.sequence for each in news for entry in each.entries
    ]
    assert REVOCATIONS_PER_MESSAGE_MAX == news[0].position.sequence or more < 0


async def test_heartbeat_says_how_fresh(keyring: Keyring) -> None:
    """Without news a feed says again how far it is, and how old that is."""
    async with aclosing(await follow(keyring)) as feed:
        first = await anext(feed)
        keyring.world.clock.advance(2 * SECOND)
        second = await anext(feed)

    assert (timedelta(0), 2 * SECOND) == (first.staleness, second.staleness)
    assert ((), True, first.position) == (
        second.entries,
        second.complete,
        second.position,
    )


async def test_stale_view_ends_the_feed(keyring: Keyring) -> None:
    """A worker that cannot vouch itself ends its feeds."""
    async with aclosing(await follow(keyring)) as feed:
        await anext(feed)
        keyring.world.clock.advance(LEASE)

        with pytest.raises(RevocationViewStaleError):
            await anext(feed)


def watch_keys(keyring: Keyring, kind: type[Standing] = Unchecked) -> WatchKeySet:
    """Returns the operation that follows the key set."""
    holder = keyring.worker.holder
    return WatchKeySet(
        key_set=GetKeySet(ring=holder),
        changed=lambda: holder.changed,
        followers=keyring.followers,
        authorizers=keyring.world.authorizers,
        standing=standing_of(keyring.world, kind),
    )


async def test_key_set_follows_the_ring(keyring: Keyring) -> None:
    """Each change of the ring is sent, in any account that allows it."""
    keyring.operators = frozenset()
    operation, caller = watch_keys(keyring), keyring.world.user(ADMIN)
    feed: Any = await keyring.world.run(operation, None, caller)
    async with aclosing(feed):
        first = await anext(feed)
        waiting = asyncio.ensure_future(anext(feed))
        await asyncio.sleep(0)
        await keyring.worker.holder.change(later(2))
        second = await waiting

    assert (1, 2) == (first.version, second.version)


async def test_followers_are_noted(keyring: Keyring) -> None:
    """A follower counts with what it was sent, from its first message to its end."""
    operation, caller = watch_keys(keyring), keyring.world.user(ADMIN)
    feed: Any = await keyring.world.run(operation, None, caller)
    assert {} == keyring.followers.versions()
    async with aclosing(feed):
        await anext(feed)
        # It is not known yet whether that one has been written.
        assert {ADMIN: 0} == keyring.followers.versions()
        waiting = asyncio.ensure_future(anext(feed))
        await asyncio.sleep(0)
        assert {ADMIN: 1} == keyring.followers.versions()
        await keyring.worker.holder.change(later(2))
        await waiting
        assert {ADMIN: 1} == keyring.followers.versions()

    assert {} == keyring.followers.versions()


async def test_key_set_needs_a_right(keyring: Keyring) -> None:
    """Whoever is not allowed to does not follow the key set."""
    with pytest.raises(AccessDeniedError):
        await keyring.world.run(watch_keys(keyring), None, keyring.world.user(CLERK))


async def test_stale_ring_ends_the_feed(keyring: Keyring) -> None:
    """A worker that has not heard of its ring sends it no more."""
    feed: Any = await keyring.world.run(
        watch_keys(keyring), None, keyring.world.user(ADMIN)
    )
    async with aclosing(feed):
        await anext(feed)
        keyring.world.clock.advance(HOUR)
        keyring.worker.holder.revoke("x")

        with pytest.raises(StoreUnavailableError):
            await anext(feed)


async def test_standing_of_long_term_key(world: StsWorld) -> None:
    """A long-term key stands as long as it is declared and active."""
    standing = standing_of(world)
    key = next(
        key
        for user in world.directory.current().users
        for key in user.access_keys
        if key.active
    )
    caller = world.user(org.BOB)

    standing.check(_with_key(caller, key.access_key_id))
    for gone in ("AKIAUNKNOWN", _inactive(world)):
        with pytest.raises(InvalidClientTokenIdError, match="gone_meanwhile"):
            standing.check(_with_key(caller, gone))


def _with_key(caller: Caller, access_key_id: str) -> Caller:
    return Caller(caller.principal, access_key_id, caller.region, caller.epoch, None)


def _inactive(world: StsWorld) -> str:
    return next(
        key.access_key_id
        for user in world.directory.current().users
        for key in user.access_keys
        if not key.active
    )


async def test_standing_of_session(world: StsWorld) -> None:
    """A session stands until it is revoked, or has ended."""
    standing = standing_of(world)
    result = await world.assume(world.user(org.BOB), org.READER)
    other = await world.assume(world.user(org.BOB), org.READER)
    caller, late = await world.session(result), await world.session(other)

    standing.check(caller)
    now = world.clock.now()
    await world.log.append(
        Revocation(SESSION, caller.access_key_id, now, now + timedelta(days=3))
    )
    await world.follower.catch_up()
    with pytest.raises(InvalidClientTokenIdError):
        standing.check(caller)

    world.clock.advance(HOUR - SECOND)
    await world.follower.catch_up()
    standing.check(late)
    world.clock.advance(SECOND)
    with pytest.raises(ExpiredTokenError):
        standing.check(late)

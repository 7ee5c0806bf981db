"""RevokeToken: who may end a token, and what it says of one that is no good."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio

from daypass.core.errors import (
    AccessDeniedError,
    StoreUnavailableError,
    ValidationError,
)
from daypass.core.exchange_errors import (
    UnsupportedTokenTypeError,
)
from daypass.core.revocation import RevocationScope
from daypass.core.secret import Secret
from daypass.keyring.ring import Ring
from daypass.sts.revocation_follower import RevocationFollower
from daypass.sts.revocation_view import RevocationView
from daypass.tokens import jws
from support.exchange_world import (
    ADMIN,
    IMAGES,
    OTHER,
    SHOP,
    STOREFRONT,
    STRANGER,
    ExchangeWorld,
    customer,
    shop,
)
from support.rings import full_ring
from support.sts_world import LEASE, Watcher
from support.world import SeededEntropy


@pytest_asyncio.fixture
async def world() -> ExchangeWorld:
    """Returns the shop."""
    return await shop()


async def test_revoking_needs_a_token(world: ExchangeWorld) -> None:
    """A request without a token, or with an endless one, is malformed."""
    for text in ("", "a" * 20_001):
        with pytest.raises(ValidationError):
            await world.revoke(text)


@pytest.mark.parametrize("text", ["x", "a.b.c", "a" * 9_000, "eyJ9.e30.AA"])
async def test_revoking_an_unknown_token(world: ExchangeWorld, text: str) -> None:
    """What is no token of ours is no good anyway: success, and no entry (detail 60)."""
    before = world.sts.view.epoch

    assert (await world.revoke(text)).effective_everywhere
    assert before == world.sts.view.epoch


async def test_revoking_what_is_over(world: ExchangeWorld) -> None:
    """A token that is foreign, expired or revoked already changes nothing."""
    expired = await world.token(subject_token=customer())
    revoked = await world.token(audiences=("orders",))
    await world.revoke(revoked)
    before = world.sts.view.epoch
    world.sts.clock.step(timedelta(minutes=30))

    for text in (expired, revoked, customer()):
        assert (await world.revoke(text)).effective_everywhere
    assert before == world.sts.view.epoch


async def test_unknown_key_and_no_ring(world: ExchangeWorld) -> None:
    """A token by a key that cannot be looked for is no success: it may be good."""
    text = await world.token()
    ours = world.sts.ring.value
    world.sts.ring.value = _another_ring(ours, world)
    before = world.sts.view.epoch
    world.reading.found = _fail

    with pytest.raises(StoreUnavailableError) as caught:
        await world.revoke(text)

    assert caught.value.retry_after
    assert before == world.sts.view.epoch


async def test_unknown_key_of_a_later_ring(world: ExchangeWorld) -> None:
    """A token by a key that another worker has heard of is ended, as any other."""
    text = await world.token()
    ours = world.sts.ring.value
    world.sts.ring.value = _another_ring(ours, world)

    def found() -> None:
        world.sts.ring.value = ours

    world.reading.found = found

    assert (await world.revoke(text)).effective_everywhere
    assert 1 == world.reading.count
    assert "REVOKED" == await world.verdict(text)


async def test_unknown_key_of_nobody(world: ExchangeWorld) -> None:
    """A key that a fresh ring does not name is none of ours: success, and no entry."""
    text = await world.token()
    world.sts.ring.value = _another_ring(world.sts.ring.value, world)
    before = world.sts.view.epoch

    assert (await world.revoke(text)).effective_everywhere
    assert 1 == world.reading.count
    assert before == world.sts.view.epoch


async def test_key_that_others_may_still_take(world: ExchangeWorld) -> None:
    """A key that was revoked is no success before all workers know of it."""
    text = await world.token()
    key_id = jws.parse(text.encode()).kid
    await world.log_revocation(RevocationScope.KEY, key_id)
    world.sts.ring.value = _another_ring(world.sts.ring.value, world)
    await world.sts.log.report_applied("slow", 0, lease=timedelta(hours=1))
    revoking = asyncio.create_task(world.revoke(text))
    await asyncio.sleep(0.02)
    assert not revoking.done()

    await world.sts.log.report_applied("slow", 1, lease=timedelta(hours=1))

    assert (await revoking).effective_everywhere


@pytest.mark.parametrize("changed", ["known", "foreign", "session", "malformed"])
async def test_ring_is_not_read_for(world: ExchangeWorld, changed: str) -> None:
    """Nobody has the store asked by a token that says it is another issuer's."""
    text = await world.token()
    if changed == "foreign":
        text = customer()
    elif changed == "malformed":
        text = text[:-1]
    elif changed == "session":
        boss = world.sts.user(ADMIN.replace("admin", "boss"))
        issued = await world.sts.assume(boss, IMAGES)
        text = issued.credentials.session_token.reveal_text()
    if changed != "known":
        world.sts.ring.value = _another_ring(world.sts.ring.value, world)

    with contextlib.suppress(UnsupportedTokenTypeError):
        await world.revoke(text)

    assert 0 == world.reading.count


def _another_ring(ring: Ring, world: ExchangeWorld) -> Ring:
    """Returns the ring with other keys: it is one that has not heard of ours."""
    other = full_ring(SeededEntropy(77), world.sts.clock.now())
    return replace(ring, keys=other.keys)


def _fail() -> None:
    raise StoreUnavailableError("key_ring_unsure", retry_after=timedelta(seconds=1))


async def test_revoked_here_is_not_revoked_everywhere(world: ExchangeWorld) -> None:
    """Who asks again is told of success when all workers have applied the first one."""
    text = await world.token()
    slow = RevocationFollower(
        log=world.sts.log,
        view=RevocationView(clock=world.sts.clock, lease=LEASE),
        clock=world.sts.clock,
        worker_id="worker-2",
        lease=LEASE,
        watcher=Watcher(),
    )
    await slow.catch_up()
    first = asyncio.create_task(world.revoke(text))
    while "REVOKED" != await world.verdict(text):
        await asyncio.sleep(0.001)

    again = asyncio.create_task(world.revoke(text))
    await asyncio.sleep(0.02)
    assert not first.done()
    assert not again.done()

    while await slow.catch_up():
        pass
    await slow.catch_up()
    assert (await first).effective_everywhere
    assert (await again).effective_everywhere


async def test_revoked_by_a_worker_that_is_behind(world: ExchangeWorld) -> None:
    """A token that is not good yet by one worker's clock may be by that of another."""
    text = await world.token()
    world.sts.clock.step(-timedelta(minutes=1))
    assert "NOT_YET_VALID" == await world.verdict(text)

    assert (await world.revoke(text)).effective_everywhere

    world.sts.clock.step(timedelta(minutes=1))
    assert "REVOKED" == await world.verdict(text)


async def test_session_token_is_revoked_elsewhere(world: ExchangeWorld) -> None:
    """Success would be a lie for a session token, which lives on."""
    boss = world.sts.user(ADMIN.replace("admin", "boss"))
    issued = await world.sts.assume(boss, IMAGES)

    with pytest.raises(UnsupportedTokenTypeError):
        await world.revoke(issued.credentials.session_token.reveal_text())


async def test_another_client_may_not(world: ExchangeWorld) -> None:
    """A token of another client takes daypass:RevokeToken on that client."""
    text = await world.token()
    with pytest.raises(AccessDeniedError):
        await world.revoke(text, STRANGER)
    assert "VALID" == await world.verdict(text)

    assert (await world.revoke(text, ADMIN)).effective_everywhere
    assert "REVOKED" == await world.verdict(text)


async def test_root_of_the_account_is_no_client(world: ExchangeWorld) -> None:
    """A root user owns no tokens; it may revoke what its account allows it."""
    text = await world.token()

    assert (await world.revoke(text, world.sts.root(SHOP))).effective_everywhere


async def test_c20_another_account_may_not(world: ExchangeWorld) -> None:
    """No other account revokes a token, whatever its policies allow."""
    text = await world.token()

    with pytest.raises(AccessDeniedError) as caught:
        await world.revoke(text, f"arn:aws:iam::{OTHER}:user/thief")

    assert "token_of_another_account" == caught.value.detail
    assert "VALID" == await world.verdict(text)


async def test_revocation_that_is_not_stored(world: ExchangeWorld) -> None:
    """A revocation that may not be stored is no success."""
    text = await world.token()
    world.sts.log.fail_next(StoreUnavailableError("down"))

    with pytest.raises(StoreUnavailableError):
        await world.revoke(text)


async def test_revocation_that_is_not_certain(world: ExchangeWorld) -> None:
    """Where a worker does not say that it knows, the answer is that it is not certain."""
    text = await world.token()
    await world.sts.log.report_applied("slow", 0, lease=timedelta(hours=1))
    run = world.sts.run(
        world.wiring.revoke_token(), Secret(text), world.caller(STOREFRONT)
    )
    revoking = asyncio.create_task(run)
    await asyncio.sleep(0)
    world.sts.clock.advance(2 * LEASE)

    assert not (await revoking).effective_everywhere


async def test_record_of_a_revocation(world: ExchangeWorld) -> None:
    """The record names the token by its id, and whose it was."""
    text = await world.token()
    token = world.read(text)
    await world.revoke(text, ADMIN)

    record = world.sts.audit.records[-1]
    assert ("RevokeToken", "allowed", STOREFRONT) == (
        record.operation,
        record.outcome,
        record.resource,
    )
    assert {"token_id": token.token_id} == dict(record.attributes)
    assert text not in str(record)

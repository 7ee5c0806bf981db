"""What is kept by a token that was found good never outlives what it rests on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.errors import DaypassError, RevocationViewStaleError
from daypass.core.revocation import Revocation, RevocationScope
from daypass.core.secret import Secret
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring
from daypass.sts.token_judge import GoodToken, TokenJudge, VerifiedToken
from daypass.sts.verdict import Verdict
from daypass.tokens.session_token import SessionTokenVerifier
from support.sts_world import LEASE, StsWorld
from unit.sts import organisation as org

# A directory whose role was deleted, and made again.
OTHER_ROLE = org.ACCOUNT_B.replace("  Reader:", "  Writer:").replace(
    org.READER, org.READER.replace("Reader", "Writer")
)
Event = Callable[[StsWorld, str], Awaitable[None]]


def judge_of(world: StsWorld, tokens: SessionTokenVerifier | None = None) -> TokenJudge:
    """Returns a judge, which has seen nothing unless the verifier has."""
    return TokenJudge(
        tokens=tokens or SessionTokenVerifier(ring=world.ring),
        revocations=world.view,
        directory=world.directory,
        clock=world.clock,
    )


async def token_of(world: StsWorld) -> tuple[Secret, str]:
    """Returns a token that bob was issued, and the access key id of its session."""
    issued = (await world.assume(world.user(org.BOB), org.READER)).credentials
    return issued.session_token, issued.access_key_id


def outcome(judge: TokenJudge, token: Secret) -> object:
    """Returns what a judge says, an error by its class and detail."""
    try:
        found = judge.judge(token)
    except DaypassError as error:
        return type(error), error.detail
    if isinstance(found, Verdict):
        return found
    return found.good.session, found.good.principal, found.revocation_view_age


def _without(ring: Ring, **parts: str) -> Ring:
    """Returns the ring after its key or its derivation secret was revoked."""
    return ring.in_use(
        as_of=ring.keys[0].since, revoked=ring.revoked | set(parts.values())
    )


async def _key_revoked(world: StsWorld, _: str) -> None:
    (eddsa,) = (
        each for each in world.ring.value.keys if each.key.algorithm is Algorithm.EDDSA
    )
    world.ring.value = _without(world.ring.value, kid=eddsa.name)


async def _derivation_revoked(world: StsWorld, _: str) -> None:
    (active,) = (
        each
        for each in world.ring.value.derivation_secrets
        if each.state is KeyState.ACTIVE
    )
    world.ring.value = _without(world.ring.value, name=active.key_id)


async def _other_deployment(world: StsWorld, _: str) -> None:
    world.ring.value = replace(world.ring.value, ring_id="another")


async def _same_ring_again(world: StsWorld, _: str) -> None:
    world.ring.value = replace(world.ring.value, version=world.ring.value.version + 1)


async def _session_revoked(world: StsWorld, access_key_id: str) -> None:
    await _revoke(world, RevocationScope.SESSION, access_key_id)


async def _account_revoked(world: StsWorld, _: str) -> None:
    await _revoke(world, RevocationScope.ACCOUNT, org.B)


async def _other_revoked(world: StsWorld, _: str) -> None:
    await _revoke(world, RevocationScope.ACCOUNT, "999988887777")


async def _revoke(world: StsWorld, scope: RevocationScope, subject: str) -> None:
    now = world.clock.now()
    await world.log.append(Revocation(scope, subject, now, now + timedelta(days=3)))
    await world.follower.catch_up()


async def _role_deleted(world: StsWorld, _: str) -> None:
    world.declare(org.ACCOUNT_A, OTHER_ROLE)


async def _same_directory_again(world: StsWorld, _: str) -> None:
    world.declare(org.ACCOUNT_A, org.ACCOUNT_B)


async def _log_lost(world: StsWorld, _: str) -> None:
    world.view.begin("another log")
    world.view.renew(world.clock.monotonic())


async def _an_hour(world: StsWorld, _: str) -> None:
    world.clock.step(timedelta(hours=1))


async def _set_back(world: StsWorld, _: str) -> None:
    world.clock.step(-timedelta(seconds=6))


async def _a_second(world: StsWorld, _: str) -> None:
    world.clock.advance(timedelta(seconds=1))


async def _lease_over(world: StsWorld, _: str) -> None:
    world.clock.advance(LEASE)


async def _read_again(world: StsWorld, _: str) -> None:
    await world.follower.catch_up()


ENDS: dict[Event, Verdict] = {
    _key_revoked: Verdict.UNKNOWN_KEY,
    _derivation_revoked: Verdict.UNKNOWN_KEY,
    _other_deployment: Verdict.UNTRUSTED,
    _session_revoked: Verdict.REVOKED,
    _account_revoked: Verdict.REVOKED,
    _log_lost: Verdict.REVOKED,
    _role_deleted: Verdict.PRINCIPAL_GONE,
    _an_hour: Verdict.EXPIRED,
    _set_back: Verdict.NOT_YET_VALID,
}
CHANGES_NOTHING: list[Event] = [
    *(_same_ring_again, _other_revoked, _same_directory_again, _a_second),
    _read_again,
]


@pytest.mark.parametrize("event", ENDS, ids=lambda event: event.__name__)
async def test_ends_a_token_that_was_seen(world: StsWorld, event: Event) -> None:
    """Whatever ends a token ends one that was found good before, at once."""
    (token, name), judge = await token_of(world), judge_of(world)
    world.clock.advance(timedelta(milliseconds=1))
    await world.follower.catch_up()
    for _ in range(2):
        assert isinstance(judge.judge(token), VerifiedToken)

    await event(world, name)

    assert ENDS[event] is judge.judge(token)


async def test_stale_view_after_a_hit(world: StsWorld) -> None:
    """A worker whose lease is over says of no token that it is good."""
    (token, _), judge = await token_of(world), judge_of(world)
    judge.judge(token)

    world.clock.advance(LEASE)

    with pytest.raises(RevocationViewStaleError):
        judge.judge(token)


async def test_found_good_once(world: StsWorld) -> None:
    """What was found of a good token is found again, the same object."""
    (token, _), judge = await token_of(world), judge_of(world)

    first, second = judge.judge(token), judge.judge(token)

    assert isinstance(first, VerifiedToken)
    assert isinstance(second, VerifiedToken)
    assert first.good is second.good


async def test_two_judges_of_one_memory(world: StsWorld) -> None:
    """What one judge has found is nothing to another, who looks by himself."""
    tokens = SessionTokenVerifier(ring=world.ring)
    (token, _), one = await token_of(world), judge_of(world, tokens)
    one.judge(token)
    world.declare(org.ACCOUNT_A, OTHER_ROLE)

    assert Verdict.PRINCIPAL_GONE is judge_of(world, tokens).judge(token)
    assert Verdict.PRINCIPAL_GONE is one.judge(token)


async def test_directory_is_not_held(world: StsWorld) -> None:
    """What is kept by a token holds neither a directory nor a ring."""
    (token, _), judge = await token_of(world), judge_of(world)

    found = judge.judge(token)

    assert isinstance(found, VerifiedToken)
    kept = [getattr(found.good, name) for name in GoodToken.__slots__]
    assert not any(
        each is world.directory.value or each is world.ring.value for each in kept
    )


@given(events=st.lists(st.sampled_from([*ENDS, *CHANGES_NOTHING, _lease_over])))
def test_memory_changes_no_verdict(events: list[Event]) -> None:
    """Whatever happens, a judge who remembers says what one says who has seen nothing."""

    async def happen() -> None:
        world = StsWorld(org.ACCOUNT_A, org.ACCOUNT_B)
        await world.follower.catch_up()
        (token, name), judge = await token_of(world), judge_of(world)
        for event in [_read_again, *events]:
            assert outcome(judge_of(world), token) == outcome(judge, token)
            await event(world, name)
            assert outcome(judge_of(world), token) == outcome(judge, token)

    asyncio.run(happen())

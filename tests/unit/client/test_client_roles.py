"""Clients whose profile leads through roles, blocking and awaiting."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import grpc
import pytest

from daypass_client import (
    AsyncDaypassClient,
    ConfigurationError,
    Credentials,
    DaypassClient,
    Profile,
    RejectedError,
    RoleRequest,
    UnavailableError,
)
from daypass_client.errors import AccessDeniedError
from support.client_answers import (
    KEY_SET,
    LISTED,
    REVOKED,
    ROLE_ARN,
    SHOWN,
    VERIFIED,
    WHO,
    assumed,
)
from support.fake_daypass import FakeDaypass, credentials_of, refusal
from support.world import START, ManualClock

CODE = grpc.StatusCode
HOUR = timedelta(hours=1)


@pytest.fixture
def profile(fake: FakeDaypass, long_term: Credentials) -> Profile:
    """Returns a profile that leads through one role."""
    role = RoleRequest(role_arn=ROLE_ARN)
    return replace(fake.profile(long_term), roles=(role,))


def signers(fake: FakeDaypass) -> list[str]:
    """Returns the access key ids that signed the calls."""
    texts = (str(call.metadata["authorization"]) for call in fake.calls)
    return [text.partition("Credential=")[2].partition("/")[0] for text in texts]


def test_refused_role_is_told(fake: FakeDaypass, profile: Profile) -> None:
    """Where the role is refused, the call is not made."""
    fake.refuse(refusal(CODE.PERMISSION_DENIED, "AccessDenied"))

    with DaypassClient(profile) as client, pytest.raises(AccessDeniedError):
        client.get_caller_identity()

    assert len(fake.calls) == 1


def test_role_is_assumed_once(
    fake: FakeDaypass, profile: Profile, long_term: Credentials, clock: ManualClock
) -> None:
    """The first call assumes the role, and later calls use its credentials."""
    fake.answer(assumed(5, START + HOUR), WHO, WHO)

    with DaypassClient(profile, clock=clock) as client:
        client.get_caller_identity()
        client.get_caller_identity()

    role = credentials_of(5).access_key_id
    assert [long_term.access_key_id, role, role] == signers(fake)


def test_role_is_renewed(
    fake: FakeDaypass, profile: Profile, clock: ManualClock
) -> None:
    """Credentials that are about to end are replaced."""
    fake.answer(assumed(5, START + HOUR), WHO, assumed(6, START + 2 * HOUR), WHO)

    with DaypassClient(profile, clock=clock) as client:
        client.get_caller_identity()
        clock.advance(timedelta(minutes=55))
        client.get_caller_identity()

    assert credentials_of(6).access_key_id == signers(fake)[-1]


def test_held_credentials_serve_through_a_fault(
    fake: FakeDaypass, profile: Profile, clock: ManualClock
) -> None:
    """Where the role cannot be renewed, what is held serves until its end."""
    fake.answer(assumed(5, START + HOUR), WHO)
    fake.refuse(refusal(CODE.INTERNAL, "InternalFailure"))
    fake.answer(WHO)

    with DaypassClient(profile, clock=clock) as client:
        client.get_caller_identity()
        clock.advance(timedelta(minutes=55))
        client.get_caller_identity()

    assert credentials_of(5).access_key_id == signers(fake)[-1]


def test_ended_credentials_do_not_serve(
    fake: FakeDaypass, profile: Profile, clock: ManualClock
) -> None:
    """Where the role cannot be renewed and what is held has ended, the call fails."""
    fake.answer(assumed(5, START + HOUR), WHO)
    fake.refuse(refusal(CODE.INTERNAL, "InternalFailure"))

    with DaypassClient(profile, clock=clock) as client:
        client.get_caller_identity()
        clock.advance(HOUR)
        with pytest.raises(UnavailableError):
            client.get_caller_identity()


async def test_awaiting_client_needs_credentials(fake: FakeDaypass) -> None:
    """The awaiting client does not make a call that it cannot sign."""
    async with AsyncDaypassClient(fake.profile()) as client:
        with pytest.raises(ConfigurationError, match="no credentials"):
            await client.get_caller_identity()


async def test_awaiting_client_tells_refusals(
    fake: FakeDaypass, temporary: Credentials
) -> None:
    """The awaiting client raises what the blocking one does."""
    fake.refuse(refusal(CODE.UNAUTHENTICATED, "ExpiredToken"))

    async with AsyncDaypassClient(fake.profile(temporary)) as client:
        with pytest.raises(RejectedError) as caught:
            await client.get_caller_identity()

    assert (
        caught.value.reason,
        caught.value.request_id,
    ) == ("ExpiredToken", "request-1")


async def test_awaiting_client_assumes_roles(
    fake: FakeDaypass, profile: Profile, long_term: Credentials, clock: ManualClock
) -> None:
    """The awaiting client assumes the roles of its profile."""
    fake.answer(assumed(5, START + HOUR), WHO)

    async with AsyncDaypassClient(profile, clock=clock) as client:
        who = await client.get_caller_identity()

    assert WHO.arn == who.arn
    role = credentials_of(5).access_key_id
    assert [long_term.access_key_id, role] == signers(fake)


async def test_awaiting_tasks_share_a_role(
    fake: FakeDaypass, profile: Profile, clock: ManualClock
) -> None:
    """Tasks that call at once assume the role once."""
    fake.answer(assumed(5, START + HOUR), WHO, WHO)

    async with AsyncDaypassClient(profile, clock=clock) as client:
        await asyncio.gather(client.get_caller_identity(), client.get_caller_identity())

    assert 1 == sum(call.method.endswith("/AssumeRole") for call in fake.calls)


async def test_awaiting_client_makes_every_call(
    fake: FakeDaypass, temporary: Credentials
) -> None:
    """Each operation of the awaiting client is the one that it is named after."""
    fake.answer(assumed(5, START), VERIFIED, SHOWN, REVOKED)

    async with AsyncDaypassClient(fake.profile(temporary)) as client:
        await client.assume_role(RoleRequest(role_arn=ROLE_ARN))
        await client.verify_token("token")
        await client.get_session("key")
        await client.revoke_sessions(access_key_id="key")

    assert ["AssumeRole", "VerifyToken", "GetSession", "RevokeSessions"] == [
        call.method.rpartition("/")[2] for call in fake.calls
    ]


async def test_awaiting_client_bears_faults(
    fake: FakeDaypass, profile: Profile, clock: ManualClock
) -> None:
    """What is held serves the awaiting client until its end, and not after."""
    fake.answer(assumed(5, START + HOUR), WHO)
    fake.refuse(refusal(CODE.INTERNAL, "InternalFailure"))
    fake.answer(WHO)
    fake.refuse(refusal(CODE.INTERNAL, "InternalFailure"))

    async with AsyncDaypassClient(profile, clock=clock) as client:
        await client.get_caller_identity()
        clock.advance(timedelta(minutes=55))
        await client.get_caller_identity()
        clock.advance(timedelta(minutes=5))
        with pytest.raises(UnavailableError):
            await client.get_caller_identity()

    assert credentials_of(5).access_key_id == signers(fake)[3]


async def test_awaiting_client_joins_pages(
    fake: FakeDaypass, temporary: Credentials
) -> None:
    """The awaiting client lists page after page."""
    first = type(LISTED)(sessions=LISTED.sessions, next_page_token="two")
    fake.answer(first, LISTED)

    async with AsyncDaypassClient(fake.profile(temporary)) as client:
        found = [session.kind async for session in client.list_sessions()]

    assert found == ["role", "role"]


async def test_awaiting_client_needs_no_proof_for_keys(fake: FakeDaypass) -> None:
    """The awaiting client gets the key set without credentials."""
    fake.answer(KEY_SET)

    async with AsyncDaypassClient(fake.profile()) as client:
        keys = await client.get_key_set()

    assert [key.kid for key in keys.keys] == ["k1"]

"""Clients whose profile needs a code, a token in a file, or a new start."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import grpc
import pytest

from daypass_client import (
    AsyncDaypassClient,
    ConfigurationError,
    Credentials,
    DaypassClient,
    Profile,
    RoleRequest,
)
from daypass_client._stubs.daypass.api.sts.v1 import sts_service_pb2 as sts
from daypass_client.errors import UnauthenticatedError
from daypass_client.sts_values import WebIdentitySource
from support.client_answers import ROLE_ARN, WHO, assumed
from support.fake_daypass import FakeDaypass, credentials_of, refusal
from support.sts_answers import BY_TOKEN, END, read
from support.world import ManualClock

CODE = grpc.StatusCode
PHONE = "arn:aws:iam::123456789012:mfa/operator-phone"


@pytest.fixture
def guarded(fake: FakeDaypass, long_term: Credentials) -> Profile:
    """Returns a profile with a role that asks for a second factor."""
    role = RoleRequest(role_arn=ROLE_ARN, serial_number=PHONE)
    return replace(fake.profile(long_term), roles=(role,))


@pytest.fixture
def by_file(fake: FakeDaypass, tmp_path: Path) -> Profile:
    """Returns a profile with a role by a token in a file, and the file."""
    source = WebIdentitySource(role_arn=ROLE_ARN, token_file=tmp_path / "token")
    source.token_file.write_text("a.b.one\n", encoding="ascii")
    return replace(fake.profile(), web_identity=source)


def tokens(fake: FakeDaypass) -> list[str]:
    """Returns the tokens that were sent."""
    calls = [call for call in fake.calls if call.method.endswith("WithWebIdentity")]
    read_sent = sts.AssumeRoleWithWebIdentityRequest.FromString
    return [read_sent(call.body).web_identity_token for call in calls]


def test_code_needs_somebody_to_ask(fake: FakeDaypass, guarded: Profile) -> None:
    """Where nobody can be asked for the code, no call is made."""
    with (
        DaypassClient(guarded) as client,
        pytest.raises(ConfigurationError, match="nobody to ask"),
    ):
        client.get_caller_identity()

    assert [] == fake.calls


def test_code_is_asked_for_and_sent(
    fake: FakeDaypass, guarded: Profile, clock: ManualClock
) -> None:
    """The person is asked once, with the name of the factor, and the code arrives."""
    fake.answer(assumed(5, END), WHO, WHO)
    asked: list[str] = []

    def ask(serial_number: str) -> str:
        asked.append(serial_number)
        return "012345"

    with DaypassClient(guarded, clock=clock, ask_code=ask) as client:
        client.get_caller_identity()
        client.get_caller_identity()

    sent = sts.AssumeRoleRequest.FromString(fake.calls[0].body)
    assert [PHONE] == asked
    assert (PHONE, "012345") == (sent.serial_number, sent.token_code)


async def test_awaiting_client_asks_for_the_code(
    fake: FakeDaypass, guarded: Profile
) -> None:
    """The awaiting client asks as the blocking one does, or says that it cannot."""
    fake.answer(assumed(5, END), WHO)

    async def ask(serial_number: str) -> str:
        assert PHONE == serial_number
        return "012345"

    async with AsyncDaypassClient(guarded) as client:
        with pytest.raises(ConfigurationError, match="nobody to ask"):
            await client.get_caller_identity()
    async with AsyncDaypassClient(guarded, ask_code=ask) as client:
        await client.get_caller_identity()

    sent = sts.AssumeRoleRequest.FromString(fake.calls[0].body)
    assert "012345" == sent.token_code


def test_token_is_read_anew_each_time(
    fake: FakeDaypass, by_file: Profile, clock: ManualClock
) -> None:
    """The file is sent whole, and is read again when credentials are renewed."""
    assert by_file.web_identity is not None
    fake.answer(BY_TOKEN, BY_TOKEN)

    with DaypassClient(by_file, clock=clock) as client:
        first = client.credentials()
        by_file.web_identity.token_file.write_text("a.b.two", encoding="ascii")
        clock.advance(END - clock.now())
        client.credentials()

    assert read(5) == first
    assert ["a.b.one\n", "a.b.two"] == tokens(fake)
    assert all("authorization" not in call.metadata for call in fake.calls)


async def test_awaiting_client_reads_the_token(
    fake: FakeDaypass, by_file: Profile
) -> None:
    """The awaiting client assumes the role of a token in a file."""
    fake.answer(BY_TOKEN)

    async with AsyncDaypassClient(by_file) as client:
        found = await client.credentials()

    assert (read(5), ["a.b.one\n"]) == (found, tokens(fake))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        (b" \n", "does not hold a token"),
        (b"x" * 20_001, "does not hold a token"),
        ("é".encode(), "not ASCII"),
    ],
    ids=["missing", "empty", "long", "umlaut"],
)
def test_unusable_token_file_is_told(
    fake: FakeDaypass, by_file: Profile, content: bytes | None, message: str
) -> None:
    """A file that cannot hold a token is named, and nothing of it is shown."""
    assert by_file.web_identity is not None
    file = by_file.web_identity.token_file
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)

    with (
        DaypassClient(by_file) as client,
        pytest.raises(ConfigurationError, match=message) as caught,
    ):
        client.credentials()

    assert str(file) == caught.value.file
    assert [] == fake.calls


def test_own_credentials_are_told(fake: FakeDaypass, long_term: Credentials) -> None:
    """A profile without roles signs with its own credentials; without any, nothing."""
    with DaypassClient(fake.profile(long_term)) as client:
        assert long_term is client.credentials()
    with DaypassClient(fake.profile()) as client, pytest.raises(ConfigurationError):
        client.credentials()


def test_revoked_session_is_replaced(
    fake: FakeDaypass, long_term: Credentials, clock: ManualClock
) -> None:
    """Where the server no longer takes a session, the next call assumes the role anew.

    The call that was refused is not repeated.
    """
    role = RoleRequest(role_arn=ROLE_ARN)
    fake.answer(assumed(5, END))
    fake.refuse(refusal(CODE.UNAUTHENTICATED, "InvalidClientTokenId"))
    fake.answer(assumed(6, END), WHO)

    profile = replace(fake.profile(long_term), roles=(role,))
    with DaypassClient(profile, clock=clock) as client:
        with pytest.raises(UnauthenticatedError):
            client.get_caller_identity()
        client.get_caller_identity()
        held = client.credentials()

    assert credentials_of(6).access_key_id == held.access_key_id
    assert 4 == len(fake.calls)


async def test_awaiting_client_replaces_a_revoked_session(
    fake: FakeDaypass, long_term: Credentials
) -> None:
    """The awaiting client gives up a session that the server no longer takes."""
    role = RoleRequest(role_arn=ROLE_ARN)
    fake.answer(assumed(5, END))
    fake.refuse(refusal(CODE.UNAUTHENTICATED, "ExpiredToken"))
    fake.answer(assumed(6, END))
    profile = replace(fake.profile(long_term), roles=(role,))

    async with AsyncDaypassClient(profile) as client:
        with pytest.raises(UnauthenticatedError):
            await client.get_caller_identity()
        held = await client.credentials()

    assert credentials_of(6).access_key_id == held.access_key_id


def test_chain_starts_over_where_a_role_was_revoked(
    fake: FakeDaypass, long_term: Credentials, clock: ManualClock
) -> None:
    """Where a role on the way is no longer taken, it is assumed anew the next time."""
    roles = (RoleRequest(role_arn=ROLE_ARN), RoleRequest(role_arn=ROLE_ARN + "B"))
    fake.answer(assumed(5, END))
    fake.refuse(refusal(CODE.UNAUTHENTICATED, "InvalidClientTokenId"))
    fake.answer(assumed(6, END), assumed(7, END))

    profile = replace(fake.profile(long_term), roles=roles)
    with DaypassClient(profile, clock=clock) as client:
        with pytest.raises(UnauthenticatedError):
            client.credentials()
        held = client.credentials()

    assert credentials_of(7).access_key_id == held.access_key_id

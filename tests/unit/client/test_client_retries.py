"""Which failed calls are made again, and how often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import grpc
import pytest

from daypass_client import (
    AsyncDaypassClient,
    Credentials,
    DaypassClient,
    Profile,
    RoleRequest,
    UnavailableError,
)
from daypass_client.errors import (
    AccessDeniedError,
    InvalidRequestError,
    ThrottledError,
    UnauthenticatedError,
)
from support.client_answers import (
    ROLE_ARN,
    WHO,
    assumed,
)
from support.fake_daypass import FakeDaypass, Refusal, refusal
from support.world import START

CODE = grpc.StatusCode


@pytest.fixture
def profile(fake: FakeDaypass, temporary: Credentials) -> Profile:
    """Returns a profile that leads to the fake, with temporary credentials."""
    return fake.profile(temporary)


Make = Callable[[DaypassClient], object]


def identify(client: DaypassClient) -> object:
    """Asks who is calling."""
    return client.get_caller_identity()


def mint(client: DaypassClient) -> object:
    """Asks for a role."""
    return client.assume_role(RoleRequest(role_arn=ROLE_ARN))


def test_refusal_is_not_repeated(fake: FakeDaypass, profile: Profile) -> None:
    """A refusal is final."""
    fake.refuse(refusal(CODE.PERMISSION_DENIED, "AccessDenied"))

    with DaypassClient(profile) as client, pytest.raises(AccessDeniedError):
        client.get_caller_identity()

    assert len(fake.calls) == 1


def test_minting_is_not_repeated_for_its_rate(
    fake: FakeDaypass, profile: Profile
) -> None:
    """Asking for a role is not repeated where calls are too many."""
    soon = timedelta(milliseconds=1)
    fake.refuse(refusal(CODE.RESOURCE_EXHAUSTED, "Throttling", retry_delay=soon))

    with DaypassClient(profile) as client, pytest.raises(ThrottledError):
        mint(client)

    assert len(fake.calls) == 1


def test_code_is_sent_once(fake: FakeDaypass, profile: Profile) -> None:
    """A call with the code of a second factor is not repeated: the code is spent."""
    fake.refuse(refusal(CODE.UNAVAILABLE, "ServiceUnavailable"))

    with DaypassClient(profile) as client, pytest.raises(UnavailableError):
        client.get_session_token(serial_number="GAHT12345678", token_code="012345")

    assert len(fake.calls) == 1


def test_refusal_for_size_is_final(fake: FakeDaypass, profile: Profile) -> None:
    """A message that a proxy or gRPC finds too large is not sent again."""
    message = "SERVER: Received message larger than max (300000 vs. 262144)"
    fake.refuse(Refusal(CODE.RESOURCE_EXHAUSTED, message))

    with DaypassClient(profile) as client, pytest.raises(InvalidRequestError) as caught:
        client.get_caller_identity()

    assert "Send less" in caught.value.hint
    assert len(fake.calls) == 1


def test_oversized_request_is_not_sent(fake: FakeDaypass, profile: Profile) -> None:
    """A request that is too large for the channel fails at once, and says why."""
    with DaypassClient(profile) as client, pytest.raises(InvalidRequestError) as caught:
        client.decode_authorization_message("x" * 300_000)

    assert "RESOURCE_EXHAUSTED" == caught.value.code
    assert [] == fake.calls


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (identify, CODE.UNAVAILABLE),
        (identify, CODE.RESOURCE_EXHAUSTED),
        (mint, CODE.UNAVAILABLE),
    ],
)
def test_passing_failure_is_overcome(
    fake: FakeDaypass, profile: Profile, make: Make, code: grpc.StatusCode
) -> None:
    """A call that fails in passing is repeated with the same bytes and proof."""
    fake.refuse(refusal(code, "Throttling", retry_delay=timedelta(milliseconds=1)))
    fake.answer(WHO if make is identify else assumed(5, START))

    with DaypassClient(profile) as client:
        make(client)

    first, second = fake.calls
    assert first.body == second.body
    assert first.metadata["authorization"] == second.metadata["authorization"]


def test_code_is_not_signed_anew(fake: FakeDaypass, profile: Profile) -> None:
    """A call with a code is not signed anew: what it proves is spent."""
    fake.refuse(refusal(CODE.UNAUTHENTICATED, "SignatureDoesNotMatch", sign_anew=True))

    with DaypassClient(profile) as client, pytest.raises(UnauthenticatedError):
        client.get_session_token(serial_number="GAHT12345678", token_code="012345")

    assert len(fake.calls) == 1


def test_lasting_failure_is_told(fake: FakeDaypass, profile: Profile) -> None:
    """After five calls the failure is the caller's to know."""
    fake.refuse(*(refusal(CODE.UNAVAILABLE, "ServiceUnavailable") for _ in range(5)))

    with DaypassClient(profile) as client, pytest.raises(UnavailableError):
        client.get_caller_identity()

    assert len(fake.calls) == 5


async def test_awaiting_client_repeats(fake: FakeDaypass, profile: Profile) -> None:
    """The awaiting client repeats what the blocking one does, up to five calls."""
    fake.refuse(refusal(CODE.UNAVAILABLE, "ServiceUnavailable"))
    fake.answer(WHO)
    fake.refuse(*(refusal(CODE.UNAVAILABLE, "ServiceUnavailable") for _ in range(5)))

    async with AsyncDaypassClient(profile) as client:
        who = await client.get_caller_identity()
        with pytest.raises(UnavailableError):
            await client.get_caller_identity()

    assert (WHO.arn, 7) == (who.arn, len(fake.calls))

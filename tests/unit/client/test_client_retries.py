"""Which failed calls are made again, and how often."""

from __future__ import annotations

from collections.abc import Callable

import grpc
import pytest

from daypass_client import (
    Credentials,
    DaypassClient,
    Profile,
    RoleRequest,
    UnavailableError,
)
from daypass_client.errors import AccessDeniedError
from support.client_answers import (
    ROLE_ARN,
    WHO,
    assumed,
)
from support.fake_daypass import FakeDaypass, refusal
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
    fake.refuse(refusal(CODE.RESOURCE_EXHAUSTED, "Throttling"))

    with DaypassClient(profile) as client, pytest.raises(UnavailableError):
        mint(client)

    assert len(fake.calls) == 1


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
    fake.refuse(refusal(code, "Throttling"))
    fake.answer(WHO if make is identify else assumed(5, START))

    with DaypassClient(profile) as client:
        make(client)

    first, second = fake.calls
    assert first.body == second.body
    assert first.metadata["authorization"] == second.metadata["authorization"]


def test_lasting_failure_is_told(fake: FakeDaypass, profile: Profile) -> None:
    """After four calls the failure is the caller's to know."""
    fake.refuse(*(refusal(CODE.UNAVAILABLE, "ServiceUnavailable") for _ in range(5)))

    with DaypassClient(profile) as client, pytest.raises(UnavailableError):
        client.get_caller_identity()

    assert len(fake.calls) == 4

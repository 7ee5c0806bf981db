"""Which role of a chain is assumed next, and when those on the way are renewed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from daypass_client import Credentials, RoleRequest
from daypass_client.role_chain import NextRole, RoleChain
from daypass_client.sts_values import WebIdentitySource
from support.fake_daypass import credentials_of
from support.world import ManualClock

FIRST = RoleRequest(role_arn="arn:aws:iam::123456789012:role/First")
SECOND = RoleRequest(role_arn="arn:aws:iam::123456789012:role/Second")


def ending(seed: int, clock: ManualClock, span: timedelta) -> Credentials:
    """Returns credentials that end after a span."""
    return replace(credentials_of(seed), expiration=clock.now() + span)


def test_first_role_is_assumed_with_base(
    clock: ManualClock, long_term: Credentials
) -> None:
    """The first role is assumed with the credentials of the profile."""
    chain = RoleChain(long_term, (FIRST, SECOND))

    assert NextRole(0, FIRST, long_term) == chain.begin(clock.now())


def test_token_of_a_file_is_assumed_with_nothing(clock: ManualClock) -> None:
    """A role by a token in a file is assumed without credentials."""
    source = WebIdentitySource(role_arn=FIRST.role_arn, token_file=Path("token"))
    chain = RoleChain(None, (source, SECOND))

    assert NextRole(0, source, None) == chain.begin(clock.now())


def test_second_role_is_assumed_with_first(
    clock: ManualClock, long_term: Credentials
) -> None:
    """The second role is assumed with the credentials of the first."""
    chain = RoleChain(long_term, (FIRST, SECOND))
    first = ending(5, clock, timedelta(hours=1))

    then = chain.obtained(chain.begin(clock.now()), first, clock.now())

    assert NextRole(1, SECOND, first) == then
    assert NextRole(1, SECOND, first) == chain.begin(clock.now())


def test_last_role_ends_the_chain(clock: ManualClock, long_term: Credentials) -> None:
    """The credentials of the last role are the result, and are not kept."""
    chain = RoleChain(long_term, (FIRST,))
    last = ending(5, clock, timedelta(hours=1))

    result = chain.obtained(chain.begin(clock.now()), last, clock.now())

    assert last is result
    assert NextRole(0, FIRST, long_term) == chain.begin(clock.now())


@pytest.mark.parametrize(
    ("lifetime", "margin"),
    [
        (timedelta(hours=1), timedelta(minutes=5)),
        (timedelta(minutes=20), timedelta(minutes=5)),
        (timedelta(minutes=16), timedelta(minutes=4)),
    ],
)
def test_roles_on_the_way_are_renewed_before_their_end(
    clock: ManualClock,
    long_term: Credentials,
    lifetime: timedelta,
    margin: timedelta,
) -> None:
    """They are kept until a quarter of their time, or five minutes, is left."""
    chain = RoleChain(long_term, (FIRST, SECOND))
    held = ending(5, clock, lifetime)
    chain.obtained(chain.begin(clock.now()), held, clock.now())
    second = timedelta(seconds=1)

    clock.advance(lifetime - margin - second)
    before = chain.begin(clock.now())
    clock.advance(second)
    after = chain.begin(clock.now())

    assert NextRole(1, SECOND, held) == before
    assert NextRole(0, FIRST, long_term) == after


def test_forgotten_roles_are_assumed_anew(
    clock: ManualClock, long_term: Credentials
) -> None:
    """Where a role on the way is no longer taken, the chain begins at its start."""
    chain = RoleChain(long_term, (FIRST, SECOND))
    held = ending(5, clock, timedelta(hours=1))
    chain.obtained(chain.begin(clock.now()), held, clock.now())

    chain.forget()

    assert NextRole(0, FIRST, long_term) == chain.begin(clock.now())


def test_wrong_clock_does_not_loop(clock: ManualClock, long_term: Credentials) -> None:
    """Credentials that seem to have ended already still lead on."""
    chain = RoleChain(long_term, (FIRST, SECOND))
    held = ending(5, clock, -timedelta(hours=1))

    step = chain.obtained(chain.begin(clock.now()), held, clock.now())

    assert NextRole(1, SECOND, held) == step

"""Which role is assumed next, and when credentials are renewed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from daypass_client import Credentials, RoleRequest
from daypass_client.role_chain import NextRole, RoleChain
from support.fake_daypass import credentials_of
from support.world import ManualClock

FIRST = RoleRequest(role_arn="arn:aws:iam::123456789012:role/First")
SECOND = RoleRequest(role_arn="arn:aws:iam::123456789012:role/Second")


def ending(seed: int, clock: ManualClock, span: timedelta) -> Credentials:
    """Returns credentials that end after a span."""
    return replace(credentials_of(seed), expiration=clock.now() + span)


def test_no_roles_sign_with_base(clock: ManualClock, long_term: Credentials) -> None:
    """A profile without roles signs with its own credentials."""
    chain = RoleChain(long_term, ())

    assert long_term is chain.next_step(clock.now())


def test_first_role_is_assumed_with_base(
    clock: ManualClock, long_term: Credentials
) -> None:
    """The first role is assumed with the credentials of the profile."""
    chain = RoleChain(long_term, (FIRST, SECOND))

    assert NextRole(0, FIRST, long_term) == chain.next_step(clock.now())


def test_second_role_is_assumed_with_first(
    clock: ManualClock, long_term: Credentials
) -> None:
    """The second role is assumed with the credentials of the first."""
    chain = RoleChain(long_term, (FIRST, SECOND))
    step = chain.next_step(clock.now())
    assert isinstance(step, NextRole)
    first = ending(5, clock, timedelta(hours=1))

    then = chain.obtained(step, first, clock.now())

    assert NextRole(1, SECOND, first) == then
    assert NextRole(1, SECOND, first) == chain.next_step(clock.now())


@pytest.mark.parametrize(
    ("lifetime", "margin"),
    [
        (timedelta(hours=1), timedelta(minutes=5)),
        (timedelta(minutes=20), timedelta(minutes=5)),
        (timedelta(minutes=16), timedelta(minutes=4)),
    ],
)
def test_credentials_are_renewed_before_their_end(
    clock: ManualClock,
    long_term: Credentials,
    lifetime: timedelta,
    margin: timedelta,
) -> None:
    """They are kept until a quarter of their time, or five minutes, is left."""
    chain = RoleChain(long_term, (FIRST,))
    held = ending(5, clock, lifetime)
    chain.obtained(NextRole(0, FIRST, long_term), held, clock.now())
    second = timedelta(seconds=1)

    clock.advance(lifetime - margin - second)
    before = chain.next_step(clock.now())
    clock.advance(second)
    after = chain.next_step(clock.now())

    assert held is before
    assert NextRole(0, FIRST, long_term) == after


def test_credentials_without_end_are_kept(
    clock: ManualClock, long_term: Credentials
) -> None:
    """Credentials that do not say when they end are not renewed."""
    chain = RoleChain(long_term, (FIRST,))
    held = credentials_of(5)
    chain.obtained(NextRole(0, FIRST, long_term), held, clock.now())

    clock.advance(timedelta(days=30))

    assert held is chain.next_step(clock.now())


def test_wrong_clock_does_not_loop(clock: ManualClock, long_term: Credentials) -> None:
    """Credentials that seem to have ended already still sign the next call."""
    chain = RoleChain(long_term, (FIRST,))
    held = ending(5, clock, -timedelta(hours=1))

    step = chain.obtained(NextRole(0, FIRST, long_term), held, clock.now())

    assert held is step


def test_last_resort_ends_with_credentials(
    clock: ManualClock, long_term: Credentials
) -> None:
    """Credentials that are due for renewal serve until their end, and not after."""
    chain = RoleChain(long_term, (FIRST,))
    held = ending(5, clock, timedelta(hours=1))
    chain.obtained(NextRole(0, FIRST, long_term), held, clock.now())

    clock.advance(timedelta(seconds=3_599))
    before = chain.last_resort(clock.now())
    clock.advance(timedelta(seconds=1))
    after = chain.last_resort(clock.now())

    assert held is before
    assert after is None


def test_nothing_held_is_no_resort(clock: ManualClock, long_term: Credentials) -> None:
    """Where nothing was obtained there is no last resort."""
    chain = RoleChain(long_term, (FIRST,))

    assert chain.last_resort(clock.now()) is None

"""Which credentials serve, and when new ones are due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from daypass_client import Credentials, RejectedError, UnavailableError
from daypass_client.credential_cache import CredentialCache
from daypass_client.errors import Failure
from support.fake_daypass import credentials_of
from support.world import ManualClock

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
AWAY = UnavailableError(Failure("UNAVAILABLE", "ServiceUnavailable", "away"))
DENIED = RejectedError(Failure("PERMISSION_DENIED", "AccessDenied", "no"))


def ending(seed: int, clock: ManualClock, span: timedelta = HOUR) -> Credentials:
    """Returns credentials that end after a span."""
    return replace(credentials_of(seed), expiration=clock.now() + span)


def cache_of(share: float = 0.0) -> CredentialCache:
    """Returns an empty cache whose chance is always the same."""
    return CredentialCache(lambda: share)


def test_empty_cache_has_nothing(clock: ManualClock) -> None:
    """Before the first request nothing serves, and nothing has settled."""
    cache = cache_of()

    assert cache.fresh(clock.now()) is None
    assert cache.usable(clock.now()) is None
    assert cache.settled_since(cache.turn, clock.now()) is None


@pytest.mark.parametrize(
    ("share", "lifetime", "margin"),
    [
        (0.0, HOUR, timedelta(minutes=5)),
        (0.5, HOUR, timedelta(minutes=7.5)),
        (0.0, timedelta(minutes=20), timedelta(minutes=5)),
        (0.0, timedelta(minutes=16), timedelta(minutes=4)),
        (1.0, timedelta(minutes=16), timedelta(minutes=8)),
    ],
)
def test_renewal_is_due_before_the_end(
    clock: ManualClock, share: float, lifetime: timedelta, margin: timedelta
) -> None:
    """A quarter of the time, or five minutes, before the end; by chance up to twice."""
    cache = cache_of(share)
    held = cache.obtained(ending(5, clock, lifetime), clock.now())

    clock.advance(lifetime - margin - SECOND)
    before = cache.fresh(clock.now())
    clock.advance(SECOND)
    after = cache.fresh(clock.now())

    assert held is before
    assert after is None
    assert held is cache.usable(clock.now())


def test_credentials_without_end_stay(clock: ManualClock) -> None:
    """Credentials that do not say when they end are not renewed."""
    cache = cache_of()
    held = cache.obtained(credentials_of(5), clock.now())

    clock.advance(timedelta(days=30))

    assert held is cache.fresh(clock.now())


def test_held_serves_to_its_end_and_not_after(clock: ManualClock) -> None:
    """While the service is away what is held serves to the second before its end."""
    cache = cache_of()
    held = cache.obtained(ending(5, clock), clock.now())

    clock.advance(HOUR - SECOND)
    before = cache.failed(AWAY, clock.now())
    clock.advance(SECOND)
    with pytest.raises(UnavailableError):
        cache.failed(AWAY, clock.now())

    assert held is before
    assert cache.usable(clock.now()) is None


def test_absent_service_is_not_asked_by_each(clock: ManualClock) -> None:
    """After a failure the next request is due ten seconds later, and not at once."""
    cache = cache_of()
    held = cache.obtained(ending(5, clock), clock.now())
    clock.advance(timedelta(minutes=56))
    cache.failed(AWAY, clock.now())

    clock.advance(timedelta(seconds=9))
    before = cache.fresh(clock.now())
    clock.advance(SECOND)
    after = cache.fresh(clock.now())

    assert held is before
    assert after is None


def test_refusal_ends_what_is_held(clock: ManualClock) -> None:
    """Where the server says no, what is held is given up, though it has not ended."""
    cache = cache_of()
    cache.obtained(ending(5, clock), clock.now())

    with pytest.raises(RejectedError):
        cache.failed(DENIED, clock.now())

    assert cache.usable(clock.now()) is None


def test_waiters_get_the_outcome(clock: ManualClock) -> None:
    """Who waited for a request gets its credentials, whatever the clock says."""
    cache = cache_of()
    turn = cache.turn
    new = cache.obtained(ending(5, clock, -HOUR), clock.now())

    assert new is cache.settled_since(turn, clock.now())
    assert cache.settled_since(cache.turn, clock.now()) is None


def test_waiters_get_the_error(clock: ManualClock) -> None:
    """Who waited for a request that failed gets its error, and does not repeat it."""
    cache = cache_of()
    turn = cache.turn
    with pytest.raises(UnavailableError):
        cache.failed(AWAY, clock.now())

    with pytest.raises(UnavailableError) as caught:
        cache.settled_since(turn, clock.now())

    assert AWAY is caught.value


def test_waiters_get_what_still_serves(clock: ManualClock) -> None:
    """Who waited for a renewal that failed gets what is held, if it has not ended."""
    cache = cache_of()
    held = cache.obtained(ending(5, clock), clock.now())
    turn = cache.turn
    cache.failed(AWAY, clock.now())

    assert held is cache.settled_since(turn, clock.now())


def test_refused_credentials_are_discarded(clock: ManualClock) -> None:
    """Credentials that a server refused are given up; others are left alone."""
    cache = cache_of()
    held = cache.obtained(ending(5, clock), clock.now())

    cache.discard(ending(6, clock))
    before = cache.fresh(clock.now())
    cache.discard(held)
    cache.discard(held)

    assert held is before
    assert cache.usable(clock.now()) is None

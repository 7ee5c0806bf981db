"""When callers of a store that is down are refused at once."""

from __future__ import annotations

from daypass.adapters.redis.breaker import Breaker
from daypass.core import store_limits

MOST = store_limits.STORE_FAILURES_MAX


def failed(times: int) -> Breaker:
    """Returns a breaker after so many failures in a row."""
    breaker = Breaker()
    for _ in range(times):
        breaker.failed()
    return breaker


def test_opens_at_the_bound() -> None:
    """R23: one failure less than the bound refuses nobody; the bound, and more, all."""
    assert not failed(MOST - 1).is_open
    assert failed(MOST).is_open
    assert failed(MOST + 1).is_open


def test_success_ends_the_row() -> None:
    """Failures before a success do not count any more."""
    breaker = failed(MOST - 1)
    breaker.succeeded()
    breaker.failed()

    assert not breaker.is_open


def test_trial_lets_one_failure_through() -> None:
    """R23: after a good trial callers are served, until the first failure."""
    breaker = failed(MOST)

    breaker.probed()
    assert not breaker.is_open
    breaker.failed()
    assert breaker.is_open


def test_trial_and_success_close_it() -> None:
    """After a good trial and a caller that was served, the row begins anew."""
    breaker = failed(MOST)

    breaker.probed()
    breaker.succeeded()

    assert not breaker.is_open
    breaker.failed()
    assert not breaker.is_open

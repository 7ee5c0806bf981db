"""A clock that does not go back, and credentials that end by it.

Source: the project's attack catalogue, A20.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass_client import RefreshingCredentials, UnavailableError
from daypass_client.clock import SteadyClock
from daypass_client.credentials import Credentials
from daypass_client.errors import Failure
from support.fake_daypass import credentials_of
from support.world import START, ManualClock

MINUTE = timedelta(minutes=1)


def test_time_before_a_note_is_believed() -> None:
    """Until a time is noted the clock shows what it is set to."""
    clock = ManualClock()
    steady = SteadyClock(clock, clock.monotonic)

    clock.step(-10 * MINUTE)

    assert START - 10 * MINUTE == steady.now()


@pytest.mark.parametrize("minutes", [-10, -1])
def test_clock_that_is_set_back_goes_on(minutes: int) -> None:
    """Setting the clock back takes no time back that has passed since the note."""
    clock = ManualClock()
    steady = SteadyClock(clock, clock.monotonic)
    assert START == steady.note()

    clock.advance(5 * MINUTE)
    clock.step(minutes * MINUTE)

    assert START + 5 * MINUTE == steady.now()
    assert START + 5 * MINUTE + minutes * MINUTE == steady.note()
    assert START + 5 * MINUTE + minutes * MINUTE == steady.now()


def test_clock_that_is_set_forward_is_believed() -> None:
    """Setting the clock forward counts at once."""
    clock = ManualClock()
    steady = SteadyClock(clock, clock.monotonic)
    steady.note()

    clock.step(10 * MINUTE)

    assert START + 10 * MINUTE == steady.now()


def test_a20_credentials_end_though_the_clock_goes_back() -> None:
    """No credentials are served past their time because the clock was set back."""
    clock = ManualClock()
    found = [credentials_of(3)]

    def obtain() -> Credentials:
        if not found:
            raise UnavailableError(Failure("UNAVAILABLE", "UNAVAILABLE", "away"))
        held = found.pop()
        end = clock.now() + 15 * MINUTE
        return Credentials(
            held.access_key_id, held.secret_access_key, held.session_token, end
        )

    provider = RefreshingCredentials(obtain, clock=clock, share=lambda: 0.0)
    provider._clock = SteadyClock(clock, clock.monotonic)
    provider.credentials()

    clock.step(-10 * MINUTE)
    clock.advance(15 * MINUTE - timedelta(microseconds=1))
    assert credentials_of(3).access_key_id == provider.credentials().access_key_id
    clock.advance(timedelta(microseconds=1))
    with pytest.raises(UnavailableError):
        provider.credentials()

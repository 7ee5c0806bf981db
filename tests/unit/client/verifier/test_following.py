"""What a verifier makes of messages that it reads late."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.keyring.ring import Ring
from daypass_client.key_values import KeySetNews, RevocationNews
from daypass_client.verifier.following import Pauses, State
from support.offline import LOG, key_set
from support.world import ManualClock

MOMENT = timedelta(milliseconds=1)
NEWS = RevocationNews(
    LOG, 7, restart=False, revocations=(), complete=True, staleness=timedelta(0)
)


def state_of(clock: ManualClock) -> State:
    """Returns what a verifier has that follows revocations for ten seconds."""
    return State(
        clock=clock,
        monotonic=clock.monotonic,
        revocation_age_max=timedelta(seconds=10),
        key_set_age_max=timedelta(hours=1),
        tolerance=timedelta(0),
        ring_id=None,
        unsafe_without_revocations=False,
    )


def age_of_revocations(state: State) -> timedelta | None:
    """Returns how old the knowledge of revocations is."""
    return state.status().revocation_view_age


@pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=4)])
def test_first_message_is_as_old_as_its_stream(late: timedelta) -> None:
    """Of the first message only the opening of its stream is known to be earlier."""
    clock = ManualClock()
    state, opened_at = state_of(clock), clock.monotonic()
    clock.advance(late)

    assert state.take_revocations(NEWS, opened_at, first=True)

    assert late == age_of_revocations(state)


def test_later_messages_count_from_when_they_came() -> None:
    """A message that comes within the bound is as fresh as it says."""
    clock = ManualClock()
    state, opened_at = state_of(clock), clock.monotonic()
    state.take_revocations(NEWS, opened_at, first=True)
    clock.advance(timedelta(seconds=10))

    assert state.take_revocations(NEWS, opened_at, first=False)

    assert timedelta(0) == age_of_revocations(state)


def test_messages_after_a_sleep_are_not_fresh() -> None:
    """What waited in a stream while this program slept is not fresh, and ends it."""
    clock = ManualClock()
    state, opened_at = state_of(clock), clock.monotonic()
    state.take_revocations(NEWS, opened_at, first=True)
    clock.advance(timedelta(seconds=10) + MOMENT)

    assert not state.take_revocations(NEWS, opened_at, first=False)

    assert timedelta(seconds=10) + MOMENT == age_of_revocations(state)
    assert not state.is_ready()


@pytest.mark.parametrize(("late", "goes_on"), [(30.0, True), (30.1, False)])
def test_key_sets_after_a_sleep(ring: Ring, late: float, *, goes_on: bool) -> None:
    """Three key sets may be missed; after more the stream is opened anew."""
    clock = ManualClock()
    state, opened_at = state_of(clock), clock.monotonic()
    news = KeySetNews(key_set(ring), 1)
    assert state.take_key_news(news, opened_at)
    clock.advance(timedelta(seconds=late))

    assert goes_on is state.take_key_news(news, opened_at)

    expected = timedelta(0) if goes_on else timedelta(seconds=late)
    assert expected == state.status().key_set_age


def test_pauses_grow_and_begin_again() -> None:
    """Pauses double up to five seconds, are spread, and begin anew after a success."""
    pauses, shorter = Pauses(lambda: 1.0), Pauses(lambda: 0.0)

    found = [pauses.next_seconds() for _ in range(12)]

    assert [0.1, 0.2, 0.4] == pytest.approx(found[:3])
    assert [5.0] * 5 == pytest.approx(found[-5:])
    assert 0.05 == pytest.approx(shorter.next_seconds())
    pauses.went_well()
    assert 0.1 == pytest.approx(pauses.next_seconds())

"""How often somebody may try a code.

SPEC: sts-operations 1.1; attacks M05, M07, M08 and M15.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.guard_limits import GUARD_VALUE_BYTES_MAX
from daypass.federation.code_attempts import Attempts, AttemptsCorruptError, Closed

START = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOBODY = Attempts()


def failed(attempts: Attempts, now: datetime, times: int) -> Attempts:
    """Returns this after so many failures at once, each of which was allowed."""
    for _ in range(times):
        assert attempts.closed(now) is None
        attempts = attempts.counted(now)
    return attempts


def succeeded(attempts: Attempts, now: datetime) -> Attempts:
    """Returns this after a good code, which was allowed."""
    return failed(attempts, now, 1).good(now)


def test_fifth_failure_locks() -> None:
    """The fifth failure in a row locks the device, and the fourth does not (M05)."""
    four = failed(NOBODY, START, 4)

    five = failed(four, START, 1)

    assert four.closed(START) is None
    assert Closed.LOCKED is five.closed(START)


def test_locks_grow() -> None:
    """Each lock in a row is longer: 15 minutes, an hour, then a day each (M05)."""
    attempts, now = failed(NOBODY, START, 5), START
    for times, lock in ((5, 15 * MINUTE), (2, HOUR)):
        assert lock == attempts.locked_for(now)
        assert Closed.LOCKED is attempts.closed(now + lock - SECOND)
        now += lock
        attempts = failed(attempts, now, times)

    # Twelve failures: until the first of them are a day old, no more are let in.
    assert Closed.DAY is attempts.closed(now)
    now = START + DAY
    for _ in range(2):
        attempts = failed(attempts, now, 5 - attempts.in_a_row % 5)
        assert DAY == attempts.locked_for(now)
        assert Closed.LOCKED is attempts.closed(now + DAY - SECOND)
        now += DAY


def test_good_code_ends_row() -> None:
    """A good code makes the next lock a short one, after five more failures."""
    attempts = failed(NOBODY, START, 5)
    now = START + 15 * MINUTE

    attempts = failed(succeeded(attempts, now), now, 5)

    assert 15 * MINUTE == attempts.locked_for(now)


def test_good_code_under_way_unlocks() -> None:
    """A good code among five that are tried at once leaves the device open."""
    five = failed(NOBODY, START, 5)

    assert five.good(START).closed(START) is None


def test_ninth_attempt_is_last() -> None:
    """Nine attempts, good ones too, are all that three minutes take (spec 1.1)."""
    attempts, now = NOBODY, START
    for _ in range(9):
        attempts = succeeded(attempts, now)
        now += SECOND

    last = START + 3 * MINUTE
    assert Closed.RATE is attempts.closed(last - SECOND)
    assert attempts.closed(last) is None


def test_twelfth_failure_of_day_is_last() -> None:
    """Twelve failures a day are all, whatever good codes come in between (M05)."""
    attempts, now = NOBODY, START
    for _ in range(2):
        attempts = succeeded(failed(attempts, now, 4), now)
        now += HOUR

    attempts = failed(attempts, now, 4)

    assert Closed.DAY is attempts.closed(now)
    assert Closed.DAY is attempts.closed(START + DAY - SECOND)
    assert attempts.closed(START + DAY) is None


def test_used_code_is_no_failure() -> None:
    """A code that was used before counts as an attempt, and not as a failure."""
    attempts, now = NOBODY, START
    for _ in range(9):
        assert attempts.closed(now) is None
        attempts = attempts.counted(now).spent(now)

    assert (0, 9, 0) == (
        attempts.in_a_row,
        len(attempts.recent),
        len(attempts.failed),
    )
    assert Closed.RATE is attempts.closed(now)


def test_used_code_after_good_one() -> None:
    """A used code that ends after a good one takes nothing off a count of none."""
    two = failed(NOBODY, START, 2)

    assert NOBODY.in_a_row == two.good(START).spent(START).in_a_row


def test_used_code_after_lock_locks_nothing() -> None:
    """A used code right after a lock does not begin the lock anew."""
    attempts = failed(NOBODY, START, 5)
    now = START + 15 * MINUTE

    attempts = failed(attempts, now, 1).spent(now)

    assert attempts.closed(now) is None


def test_end_of_forgotten_attempt() -> None:
    """The end of an attempt whose time is no longer held changes no other one."""
    attempts = failed(NOBODY, START, 3)

    assert 3 == len(attempts.good(START + SECOND).failed)


@pytest.mark.parametrize("back", [30 * SECOND, HOUR, DAY])
def test_going_back_opens_nothing(back: timedelta) -> None:
    """A clock that goes back leaves closed what was closed (M08, M15)."""
    locked = failed(NOBODY, START, 5)

    assert Closed.LOCKED is locked.closed(START - back)


def test_going_far_back_forgets() -> None:
    """Times more than a day ahead are those of a wrong clock, and lock nothing."""
    locked = failed(NOBODY, START, 5)

    assert locked.closed(START - DAY - SECOND) is None
    assert 5 == locked.in_a_row


def test_hour_ahead_and_back() -> None:
    """What was good while a clock was an hour ahead closes nothing afterwards (M15)."""
    attempts = succeeded(NOBODY, START + HOUR)

    assert attempts.closed(START) is None


@given(
    st.lists(st.integers(0, 200_000), max_size=12),
    st.lists(st.integers(0, 200_000), max_size=12),
    st.integers(0, 40),
    st.integers(0, 86_400),
)
def test_never_opened_by_going_back(
    recent: list[int], failures: list[int], in_a_row: int, back: int
) -> None:
    """Whatever is closed now was closed at every instant of the day before (M08)."""
    attempts = Attempts(
        in_a_row,
        tuple(START - SECOND * ago for ago in sorted(recent, reverse=True)),
        tuple(START - SECOND * ago for ago in sorted(failures, reverse=True)),
    )

    if attempts.closed(START) is not None:
        assert attempts.closed(START - SECOND * back) is not None


def test_jump_and_return_forgets_nothing() -> None:
    """Attempts that were old for a clock that was ahead count when it is set back."""
    attempts = NOBODY
    for _ in range(9):
        attempts = succeeded(attempts, START)

    attempts = succeeded(attempts, START + HOUR)

    assert attempts.closed(START + HOUR) is None
    assert Closed.RATE is attempts.closed(START + SECOND)


def test_wrong_clock_takes_no_room() -> None:
    """Times of a clock that was wrong by years make way for those of the present."""
    attempts = NOBODY
    for _ in range(9):
        attempts = succeeded(attempts, START + 999 * DAY)

    for _ in range(9):
        attempts = succeeded(attempts, START)

    assert Closed.RATE is attempts.closed(START)


def test_encoding_is_fixed() -> None:
    """The form in the store is the one that all workers of this version read."""
    attempts = failed(NOBODY, START, 1)

    assert b"[1,1,[1772600767000089],[1772600767000089]]" == attempts.encode()


def test_longest_fits() -> None:
    """The most that is ever known of a device fits into the store."""
    times = tuple(START + SECOND * number for number in range(24))

    assert len(Attempts(10**9, times[:9], times).encode()) < GUARD_VALUE_BYTES_MAX


@given(
    st.integers(0, 100),
    st.lists(st.datetimes(timezones=st.just(UTC)), max_size=9),
    st.lists(st.datetimes(timezones=st.just(UTC)), max_size=12),
)
def test_encoding_keeps_everything(
    in_a_row: int, recent: list[datetime], failures: list[datetime]
) -> None:
    """What is stored is read back as it was, to the microsecond."""
    attempts = Attempts(in_a_row, tuple(sorted(recent)), tuple(sorted(failures)))

    assert attempts == Attempts.decode(attempts.encode())


def test_nothing_stored() -> None:
    """A device of which nothing is stored has not been tried."""
    assert NOBODY == Attempts.decode(None)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"[2,0,[],[]]",
        b"[1,-1,[],[]]",
        b"[1,0,[]]",
        b"[1,0,[],[],[]]",
        b'[1,"0",[],[]]',
        b"[1,0,[1.5],[]]",
        b"[1,0,[],[true]]",
        b"[1,0,[],[99999999999999999999999999]]",
        b"[1,0,[" + b"1," * 600 + b"1],[]]",
        b"\xff",
    ],
)
def test_other_forms_refused(data: bytes) -> None:
    """What we have not written is an error, never a device without attempts."""
    with pytest.raises(AttemptsCorruptError):
        Attempts.decode(data)

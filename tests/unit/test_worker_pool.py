"""Which workers are started, and when, whatever becomes of them."""

from __future__ import annotations

import signal

import pytest

from daypass.core import worker_limits
from daypass.worker_pool import FAILED, MISCONFIGURED, Ended, WorkerPool

STEADY = worker_limits.WORKER_STEADY_TIME.total_seconds()
PAUSE_MAX = worker_limits.RESTART_PAUSE_MAX.total_seconds()
KILLED = -signal.SIGKILL


class _Bytes:
    """Randomness that is known."""

    def __init__(self, value: int) -> None:
        self._value = value

    def token_bytes(self, count: int) -> bytes:
        """Returns the same value, so often."""
        return bytes([self._value]) * count

    id_bytes = token_bytes


@pytest.fixture
def pool() -> WorkerPool:
    """Returns three places whose first worker has served since the time 0."""
    made = _new()
    made.started(0, 10, 0.0)
    made.serving(0, 0.0)
    return made


def _new(random: int = 0, count: int = 3) -> WorkerPool:
    return WorkerPool(count, entropy=_Bytes(random))


def _fail(pool: WorkerPool, now: float, status: int = FAILED) -> float | None:
    """Starts the first worker and lets it fail; returns the pause after that."""
    pool.started(0, 10, now)
    ended = pool.ended(10, status=status, now=now)
    assert ended is not None
    return ended.pause


def test_first_goes_alone() -> None:
    """One worker is started, and the others when it serves."""
    pool = _new()
    assert [0] == pool.due(0.0)
    pool.started(0, 10, 0.0)
    assert ([], None) == (pool.due(0.0), pool.next_due())

    pool.serving(0, 1.0)

    assert [1, 2] == pool.due(1.0)
    pool.started(1, 11, 1.0)
    pool.started(2, 12, 1.0)
    assert ([], {0: 10, 1: 11, 2: 12}) == (pool.due(1.0), pool.pids)


@pytest.mark.parametrize("later", [0.0, 1.0, 1000.0])
def test_steady_one_is_replaced_at_once(pool: WorkerPool, later: float) -> None:
    """A worker that has served for a while, and dies, has no pause."""
    end = STEADY + later

    assert Ended(0, 0.0) == pool.ended(10, status=KILLED, now=end)
    assert 0 in pool.due(end)


@pytest.mark.parametrize("lived", [0.0, 0.1, 0.124])
def test_short_life_is_a_failure(pool: WorkerPool, lived: float) -> None:
    """A worker that dies soon is replaced when the pause since its start is over."""
    ended = pool.ended(10, status=KILLED, now=lived)

    assert Ended(0, 0.125 - lived) == ended
    assert 0 not in pool.due(lived)
    assert 0 not in pool.due(0.124)
    assert 0 in pool.due(0.125)


@pytest.mark.parametrize("lived", [0.125, 0.5, STEADY - 0.001])
def test_e01_longer_life_has_no_pause(pool: WorkerPool, lived: float) -> None:
    """E01: one that has lived for longer than its pause is replaced at once, too."""
    assert Ended(0, 0.0) == pool.ended(10, status=KILLED, now=lived)
    assert 0 in pool.due(lived)


def test_short_lives_in_a_row_are_failures(pool: WorkerPool) -> None:
    """A life that was not steady counts, however long its pause was over."""
    pool.ended(10, status=KILLED, now=STEADY - 0.001)

    assert 0.25 == _fail(pool, now=STEADY)


def test_pauses_grow_and_are_bounded(pool: WorkerPool) -> None:
    """Each failure in a row doubles the pause, up to the longest."""
    pauses = [_fail(pool, now=float(number)) for number in range(20)]

    assert [0.125, 0.25, 0.5, 1.0] == pauses[:4]
    assert {PAUSE_MAX / 2} == set(pauses[-10:])
    assert None is pool.verdict


@pytest.mark.parametrize("random", [0, 128, 255])
def test_pauses_vary(random: int) -> None:
    """A pause is half of its longest at least, and never the whole."""
    pause = _fail(_new(random), now=0.0)

    assert pause == 0.25 * (1 + random / 256) / 2
    assert 0.125 <= pause < 0.25


def test_steady_life_ends_row(pool: WorkerPool) -> None:
    """After a worker that has served for a while pauses begin anew."""
    for number in range(6):
        _fail(pool, now=float(number))
    pool.started(0, 10, 10.0)
    pool.serving(0, 10.0)
    pool.ended(10, status=KILLED, now=10.0 + STEADY)

    assert 0.125 == _fail(pool, now=20.0)


def test_failures_without_service_end_it() -> None:
    """Where no worker has served, a few failures in a row are the end, and not less."""
    pool = _new()
    pauses = [_fail(pool, now=0.0) for _ in range(worker_limits.START_FAILURES_MAX - 1)]
    assert None not in pauses
    assert None is pool.verdict

    assert None is _fail(pool, now=0.0)

    assert FAILED == pool.verdict
    assert ([], None) == (pool.due(1000.0), pool.next_due())


def test_misconfiguration_ends_it() -> None:
    """What every worker would meet is the end before any has served."""
    pool = _new()

    assert None is _fail(pool, now=0.0, status=MISCONFIGURED)
    assert MISCONFIGURED == pool.verdict


def test_later_misconfiguration_does_not(pool: WorkerPool) -> None:
    """What keeps a new worker from its start does not touch those that serve."""
    pool.started(1, 11, 0.0)

    ended = pool.ended(11, status=MISCONFIGURED, now=0.0)

    assert Ended(1, 0.125) == ended
    assert (None, {0: 10}) == (pool.verdict, pool.pids)


def test_strangers_do_not_count(pool: WorkerPool) -> None:
    """The end of a process that is no worker changes nothing."""
    assert None is pool.ended(99, status=0, now=0.0)
    assert {0: 10} == pool.pids


def test_nothing_starts_while_stopping(pool: WorkerPool) -> None:
    """A server that ends replaces nobody."""
    pool.stop()

    assert Ended(0, None) == pool.ended(10, status=0, now=STEADY)
    assert ([], None, {}) == (pool.due(1000.0), pool.next_due(), pool.pids)

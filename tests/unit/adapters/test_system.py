"""The real clock and the real randomness."""

from __future__ import annotations

import gc
import os
from datetime import UTC, timedelta

import pytest

from daypass.adapters.system import SystemClock, SystemEntropy, keeping_all


def test_now_is_utc() -> None:
    """The time of day is aware and in UTC."""
    assert UTC == SystemClock().now().tzinfo


def test_monotonic_does_not_go_back() -> None:
    """A later reading is not smaller."""
    clock = SystemClock()

    first = clock.monotonic()

    assert first <= clock.monotonic()


def test_both_readings_pass() -> None:
    """The two clocks agree on a span to a second."""
    clock = SystemClock()
    now, monotonic = clock.now(), clock.monotonic()

    passed = clock.now() - now - timedelta(seconds=clock.monotonic() - monotonic)

    assert abs(passed) < timedelta(seconds=1)


def test_entropy_has_the_size_asked_for() -> None:
    """As many bytes come as are asked for, none included."""
    entropy = SystemEntropy()

    assert [0, 1, 33] == [len(entropy.token_bytes(count)) for count in (0, 1, 33)]


def test_fork_draws_other_bytes() -> None:
    """A process and its fork do not draw the same bytes."""
    entropy = SystemEntropy()
    entropy.token_bytes(1)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, entropy.token_bytes(16))
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)

    drawn = os.read(reader, 16)

    os.close(reader)
    assert 16 == len(drawn)
    assert drawn != entropy.token_bytes(16)


def test_no_garbage_is_searched_for_while_all_is_kept() -> None:
    """The search for garbage goes on afterwards as it was, also after a failure."""
    seen: list[bool] = []

    @keeping_all()
    def load() -> None:
        with keeping_all():
            seen.append(gc.isenabled())
        seen.append(gc.isenabled())
        raise KeyError("word")

    with pytest.raises(KeyError, match="word"):
        load()

    assert [False, False] == seen
    assert gc.isenabled()


def test_what_was_made_is_not_searched_through() -> None:
    """What was made is out of the search afterwards, and is freed when it is dropped."""
    gc.collect()
    with keeping_all():
        made = [[number] for number in range(100_000)]
    kept = gc.get_freeze_count()

    searched = gc.get_objects()
    found = sum(1 for each in searched if each is made or each is made[0])
    del searched
    made.clear()

    assert 0 == found
    assert gc.get_freeze_count() <= kept - 100_000


def test_what_was_off_stays_off() -> None:
    """Where nothing is searched for anyway, nothing is afterwards."""
    gc.disable()
    try:
        with keeping_all():
            pass

        assert not gc.isenabled()
    finally:
        gc.enable()

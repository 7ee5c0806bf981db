"""The real clock and the real randomness."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta

import pytest

from daypass.adapters.system import SystemClock, SystemEntropy, keeping_all

# More than are drawn at once.
FEW = 100
MANY = 10_000


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


Draw = Callable[[SystemEntropy, int], bytes]

EVERY_WAY = pytest.mark.parametrize(
    "draw", [SystemEntropy.token_bytes, SystemEntropy.id_bytes]
)


@EVERY_WAY
def test_entropy_has_the_size_asked_for(draw: Draw) -> None:
    """As many bytes come as are asked for, none included."""
    entropy = SystemEntropy()

    sizes = [0, 1, 8, 15, 16, 17, 33]

    assert sizes == [len(draw(entropy, count)) for count in sizes]


@EVERY_WAY
def test_fork_draws_other_bytes(draw: Draw) -> None:
    """A process and its fork do not draw the same bytes, now or later."""
    entropy = SystemEntropy()
    draw(entropy, 1)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        for _ in range(FEW):
            os.write(writer, draw(entropy, 16))
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)

    with os.fdopen(reader, "rb") as file:
        theirs = file.read()

    ours = b"".join(draw(entropy, 16) for _ in range(FEW))
    drawn = ours + theirs
    assert FEW * 16 == len(theirs)
    assert 2 * FEW == len({drawn[at : at + 16] for at in range(0, len(drawn), 16)})


def test_fork_of_a_fork_draws_other_bytes() -> None:
    """Ids that a fork drew ahead are not those of its own fork."""
    entropy = SystemEntropy()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, entropy.id_bytes(16))
        grandchild = os.fork()
        os.write(writer, entropy.id_bytes(16))
        if grandchild:
            os.waitpid(grandchild, 0)
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)

    with os.fdopen(reader, "rb") as file:
        drawn = file.read()

    assert 3 == len({drawn[at : at + 16] for at in range(0, len(drawn), 16)})
    assert 48 == len(drawn)


def test_ids_do_not_come_twice() -> None:
    """Threads that draw at once, for longer than what is drawn ahead, share none."""
    entropy = SystemEntropy()

    with ThreadPoolExecutor(4) as threads:
        drawn = list(threads.map(lambda _: entropy.id_bytes(16), range(MANY)))

    assert MANY == len(set(drawn))


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

"""What happens once, in memory and over restarts with a journal."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from daypass.adapters.journal_lines import JournalCorruptError
from daypass.adapters.memory import MemoryGuardStore
from daypass.core import guard_limits as limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import GuardKey
from support.full_disk import full_disk
from support.journal_life import Life
from support.world import ManualClock

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Returns where the journal is."""
    return tmp_path / "state.journal"


async def claim(store: MemoryGuardStore, clock: ManualClock, name: str) -> bool:
    """Claims something for an hour."""
    now = clock.now()
    key = GuardKey("test", (name,))
    return await store.swap(key, None, b"", now=now, expire_time=now + HOUR)


async def test_queued_fault_claims_nothing(clock: ManualClock) -> None:
    """A claim that meets a fault has not been made."""
    store = MemoryGuardStore(clock=clock)
    store.fail_next(StoreUnavailableError("queued"), method="swap")
    with pytest.raises(StoreUnavailableError):
        await claim(store, clock, "a")

    assert await claim(store, clock, "a")


async def test_lost_answer_leaves_it_claimed(clock: ManualClock) -> None:
    """A claim whose answer is lost has been made."""
    store = MemoryGuardStore(clock=clock)
    store.fail_next(StoreUnavailableError("queued"), method="swap_answer")
    with pytest.raises(StoreUnavailableError):
        await claim(store, clock, "a")

    assert not await claim(store, clock, "a")


async def test_queued_fault_of_reading(clock: ManualClock) -> None:
    """A reading meets its own faults, and claims do not."""
    store = MemoryGuardStore(clock=clock)
    store.fail_next(StoreUnavailableError("queued"), method="get")
    assert await claim(store, clock, "a")

    with pytest.raises(StoreUnavailableError):
        await store.get(GuardKey("test", ("a",)), now=clock.now())


async def test_full_memory_refuses_new_ones(clock: ManualClock) -> None:
    """R08: a full store takes nothing new, goes on with what it has, and heals."""
    store = MemoryGuardStore(clock=clock)
    for number in range(limits.MEMORY_GUARDS_MAX):
        await claim(store, clock, str(number))

    with pytest.raises(StoreUnavailableError) as caught:
        await claim(store, clock, "more")
    assert "memory_store_full" == caught.value.detail
    assert not await claim(store, clock, "0")
    clock.advance(HOUR)
    assert await claim(store, clock, "0"), "an expired value is replaced in its place"
    clock.advance(DAY - HOUR)
    with pytest.raises(StoreUnavailableError):
        await claim(store, clock, "more")

    clock.advance(HOUR)

    assert await claim(store, clock, "more")
    assert 2 == len(store), "what was claimed last, and the one that was claimed anew"


async def test_claims_survive_a_restart(path: Path, clock: ManualClock) -> None:
    """M08, M10: what was used in one life stays used in the next, until it expires."""
    life = Life(path, clock)
    assert await life.claim("a")
    life.journal.close()

    following = Life(path, clock)
    assert not await following.claim("a")
    assert await following.claim("b")
    clock.advance(HOUR)

    assert await following.claim("a")
    following.journal.close()


async def test_latest_value_survives(path: Path, clock: ManualClock) -> None:
    """M08: a counter goes on from its latest value, whatever the expiry of the others."""
    life = Life(path, clock)
    key = GuardKey("count", ())
    now = clock.now()
    for held, value, lasts in [
        (None, b"1", 9 * HOUR),
        (b"1", b"2", 5 * HOUR),
        (b"2", b"\n3 ", HOUR),
    ]:
        assert await life.guards.swap(
            key, held, value, now=now, expire_time=now + lasts
        )
    life.journal.close()

    following = Life(path, clock)

    assert b"\n3 " == await following.guards.get(key, now=clock.now())
    following.journal.close()
    clock.advance(HOUR + DAY)
    last = Life(path, clock)
    assert await last.guards.get(key, now=clock.now()) is None
    assert 0 == len(last.guards)
    last.journal.close()


async def test_clock_set_back_over_a_restart(path: Path, clock: ManualClock) -> None:
    """M15: a restart while the clock is ahead reopens nothing when it is set back."""
    life = Life(path, clock)
    await life.claim("a")
    life.journal.close()
    clock.step(DAY)
    Life(path, clock).journal.close()
    clock.step(-DAY)

    following = Life(path, clock)

    assert not await following.claim("a")
    following.journal.close()


@pytest.mark.parametrize(
    ("passed", "kept"), [(HOUR + DAY - MICROSECOND, 1), (HOUR + DAY, 0)]
)
async def test_passed_guards_leave_the_file(
    path: Path, clock: ManualClock, passed: timedelta, kept: int
) -> None:
    """A day after its expiry a value is in the file no more, and until then it is."""
    life = Life(path, clock)
    await life.claim("a")
    life.journal.close()
    clock.advance(passed)

    following = Life(path, clock)

    assert kept == len(following.guards)
    assert kept == path.read_bytes().count(b" guard ")
    following.journal.close()


async def test_rewritten_journal_keeps_guards(path: Path, clock: ManualClock) -> None:
    """A rewrite in the middle of a life keeps the latest of each guard."""
    life = Life(path, clock, rewrite=2_000)
    key = GuardKey("count", ())
    now = clock.now()
    await life.claim("a")
    for number in range(200):
        held = b"%d" % number if number else None
        value = b"%d" % (number + 1)
        assert await life.guards.swap(key, held, value, now=now, expire_time=now + HOUR)
    size = path.stat().st_size
    life.journal.close()

    following = Life(path, clock)

    assert size < 6_000
    assert b"200" == await following.guards.get(key, now=clock.now())
    assert not await following.claim("a")
    following.journal.close()


async def test_torn_claim_is_no_claim(path: Path, clock: ManualClock) -> None:
    """Wherever the line of the last claim was cut, the claims before it are whole."""
    life = Life(path, clock)
    await life.claim("a")
    await life.claim("b")
    life.journal.close()
    whole = path.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1

    for length in range(last, len(whole)):
        path.write_bytes(whole[:length])
        following = Life(path, clock)
        outcomes = [await following.claim("a"), await following.claim("b")]
        following.journal.close()
        assert [False, True] == outcomes


async def test_damaged_claim_is_refused(path: Path, clock: ManualClock) -> None:
    """A changed byte in the line of a claim is found, and the journal refused."""
    life = Life(path, clock)
    await life.claim("a")
    await life.revoke("x")
    life.journal.close()
    whole = path.read_bytes()
    start = whole.index(b"\n") + 1

    for index in range(start, whole.index(b"\n", start)):
        damaged = bytearray(whole)
        damaged[index] ^= 0x01
        path.write_bytes(damaged)
        with pytest.raises(JournalCorruptError):
            Life(path, clock)


async def test_full_disk_claims_nothing(path: Path, clock: ManualClock) -> None:
    """A claim that the disk refused fails, and can be made when there is room."""
    life = Life(path, clock)
    with full_disk(path.stat().st_size + 10):
        outcomes = await asyncio.gather(
            *(life.claim("a") for _ in range(3)), return_exceptions=True
        )
    assert {StoreUnavailableError} == {type(outcome) for outcome in outcomes}

    assert await life.claim("a")
    life.journal.close()


async def test_abandoned_claim_counts(path: Path, clock: ManualClock) -> None:
    """A claim that reached the disk is made, also when nobody waits any more."""
    life = Life(path, clock)
    claiming = asyncio.create_task(life.claim("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    claiming.cancel()
    await asyncio.gather(claiming, return_exceptions=True)

    await life.claim("b")
    held = len(life.guards)
    life.journal.close()

    following = Life(path, clock)
    assert held == len(following.guards)
    following.journal.close()


async def test_closed_journal_refuses(path: Path, clock: ManualClock) -> None:
    """A store whose journal is closed claims nothing."""
    life = Life(path, clock)
    life.journal.close()

    with pytest.raises(StoreUnavailableError):
        await life.claim("a")

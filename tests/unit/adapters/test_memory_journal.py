"""The journal file of the memory stores."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from daypass.adapters.memory import (
    JournalLockedError,
    MemoryRevocationLog,
)
from daypass.adapters.private_files import PrivateFileError
from daypass.core.errors import AccessKeyTakenError
from support.journal_life import Life, filled
from support.records import bound_record, session_record, temporary_id
from support.world import ManualClock, SeededEntropy

HOUR = timedelta(hours=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Returns where the journal is."""
    return tmp_path / "state.journal"


async def test_sessions_survive(path: Path, clock: ManualClock) -> None:
    """Sessions of one life are there in the next, and their ids are taken."""
    await filled(path, clock)

    life = Life(path, clock)

    found = await life.sessions.get(temporary_id(1), now=clock.now())
    assert session_record(1, now=clock.now()) == found
    with pytest.raises(AccessKeyTakenError):
        await life.add(2)
    life.journal.close()


async def test_revocations_survive(path: Path, clock: ManualClock) -> None:
    """Revocations of one life are there in the next, with their numbers."""
    await filled(path, clock)

    life = Life(path, clock)
    await life.revoke("c")

    assert [(1, "a"), (2, "b"), (3, "c")] == await life.subjects()
    life.journal.close()


async def test_name_survives(path: Path, clock: ManualClock) -> None:
    """The log keeps its name, so that live sessions are not refused."""
    first = Life(path, clock)
    name = await first.log.incarnation()
    first.journal.close()

    second = Life(path, clock)

    assert name == await second.log.incarnation()
    second.journal.close()


async def test_without_journal_each_life_is_new(clock: ManualClock) -> None:
    """Without a journal the log has another name at each start."""
    entropy = SeededEntropy()

    names = [
        await MemoryRevocationLog(clock=clock, entropy=entropy).incarnation()
        for _ in range(2)
    ]

    assert 2 == len(set(names))


async def test_expired_are_left_out(path: Path, clock: ManualClock) -> None:
    """What has expired is not in the next life, nor in its file."""
    await filled(path, clock)
    size = path.stat().st_size
    clock.advance(HOUR)

    life = Life(path, clock)

    assert 0 == len(life.sessions)
    assert path.stat().st_size < size
    assert 2 == len(await life.subjects())
    life.journal.close()


async def test_numbers_are_never_reused(path: Path, clock: ManualClock) -> None:
    """When every revocation has passed, the next has the next number all the same."""
    await filled(path, clock)
    clock.advance(49 * HOUR)
    Life(path, clock).journal.close()

    life = Life(path, clock)
    await life.revoke("c")

    assert [(3, "c")] == await life.subjects()
    life.journal.close()


async def test_file_is_private(path: Path, clock: ManualClock) -> None:
    """The journal and its lock are readable by their owner only."""
    await filled(path, clock)

    modes = {each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    assert {0o600} == modes


async def test_open_to_others_is_refused(path: Path, clock: ManualClock) -> None:
    """A journal that others may read is not used."""
    await filled(path, clock)
    path.chmod(0o644)

    with pytest.raises(PrivateFileError):
        Life(path, clock)


async def test_link_is_refused(path: Path, clock: ManualClock) -> None:
    """A journal that is a symbolic link is not used."""
    await filled(path, clock)
    link = path.with_name("link")
    link.symlink_to(path)

    with pytest.raises(PrivateFileError):
        Life(link, clock)


async def test_second_process_is_refused(path: Path, clock: ManualClock) -> None:
    """A journal that is in use is refused, and free again when it is closed."""
    first = Life(path, clock)
    with pytest.raises(JournalLockedError):
        Life(path, clock)
    first.journal.close()

    Life(path, clock).journal.close()


async def test_journal_is_rewritten_as_it_grows(path: Path, clock: ManualClock) -> None:
    """A journal does not grow for ever in one life."""
    life = Life(path, clock, rewrite=10_000)
    await life.revoke("kept")
    for start in range(0, 1000, 50):
        await life.add(*range(start, start + 50))
        clock.advance(2 * HOUR)
    await life.add(1000)
    size = path.stat().st_size
    life.journal.close()

    later = Life(path, clock)

    assert size < 60_000
    assert [(1, "kept")] == await later.subjects()
    assert 1 == len(later.sessions)
    later.journal.close()


async def test_clock_set_back_is_survived(path: Path, clock: ManualClock) -> None:
    """An id that was added twice around a step of the clock is one session later."""
    life = Life(path, clock)
    await life.add(1)
    clock.advance(2 * HOUR)
    await life.add(1)
    life.journal.close()
    clock.step(-2 * HOUR)

    later = Life(path, clock)
    clock.advance(4 * HOUR)
    await later.add(2)

    assert 1 == len(later.sessions)
    later.journal.close()


async def test_discarded_stay_gone(path: Path, clock: ManualClock) -> None:
    """A session that was taken back is not there in the next life, nor in the file."""
    life = Life(path, clock)
    await life.add(1, 2)
    await life.sessions.discard(session_record(1, now=clock.now()))
    life.journal.close()

    following = Life(path, clock)

    assert 1 == len(following.sessions)
    assert b"discard" not in path.read_bytes()
    following.journal.close()


async def test_calls_stay_answered(path: Path, clock: ManualClock) -> None:
    """V01: a call that may be sent again finds its session's id taken in each life."""
    record = bound_record(1, now=clock.now(), lasts=timedelta(minutes=1))
    life = Life(path, clock)
    await life.sessions.add(record)
    life.journal.close()
    clock.advance(record.keep_until - clock.now() - timedelta(seconds=1))

    following = Life(path, clock)

    with pytest.raises(AccessKeyTakenError) as caught:
        await following.sessions.add(record)
    assert record == caught.value.holder
    following.journal.close()
    clock.advance(timedelta(seconds=1))
    last = Life(path, clock)
    assert 0 == len(last.sessions)
    await last.sessions.add(record)
    last.journal.close()


async def test_shared_survive(path: Path, clock: ManualClock) -> None:
    """A session that was shared, and could not be discarded, is there in each life."""
    record = bound_record(1, now=clock.now())
    life = Life(path, clock)
    await life.sessions.add(record)
    assert await life.sessions.share(record)
    assert not await life.sessions.discard(record)
    life.journal.close()

    following = Life(path, clock)

    assert record == await following.sessions.get(record.access_key_id, now=clock.now())
    following.journal.close()

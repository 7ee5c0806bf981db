"""The journal file of the memory stores."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from daypass.adapters.journal_lines import JournalCorruptError
from daypass.adapters.memory import (
    Journal,
    JournalLockedError,
    MemoryRevocationLog,
    MemorySessionStore,
)
from daypass.adapters.private_files import PrivateFileError
from daypass.core.errors import AccessKeyTakenError, StoreUnavailableError
from support.full_disk import full_disk
from support.records import revocation, session_record
from support.world import ManualClock, SeededEntropy

HOUR = timedelta(hours=1)


class Life:
    """One life of a process with a journal."""

    def __init__(self, path: Path, clock: ManualClock, rewrite: int = 1 << 20) -> None:
        self.clock = clock
        self.journal = Journal.open(
            path, clock=clock, entropy=SeededEntropy(), rewrite_bytes_min=rewrite
        )
        self.sessions = MemorySessionStore(clock=clock, journal=self.journal)
        self.log = MemoryRevocationLog(
            clock=clock, entropy=SeededEntropy(1), journal=self.journal
        )

    async def add(self, *numbers: int) -> None:
        """Adds sessions."""
        now = self.clock.now()
        await asyncio.gather(
            *(self.sessions.add(session_record(each, now=now)) for each in numbers)
        )

    async def revoke(self, *subjects: str, kept: timedelta = 48 * HOUR) -> None:
        """Appends revocations."""
        for each in subjects:
            entry = revocation(each, now=self.clock.now(), kept=kept)
            await self.log.append(entry)

    async def subjects(self) -> list[tuple[int, str]]:
        """Returns the numbers and subjects of the log."""
        entries = await self.log.read_after(0, limit=100)
        return [(entry.sequence, entry.revocation.subject) for entry in entries]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Returns where the journal is."""
    return tmp_path / "state.journal"


async def filled(path: Path, clock: ManualClock) -> bytes:
    """Makes a journal of two sessions and two revocations and returns its bytes."""
    life = Life(path, clock)
    await life.add(1)
    await life.revoke("a")
    await life.add(2)
    await life.revoke("b")
    life.journal.close()
    return path.read_bytes()


async def test_sessions_survive(path: Path, clock: ManualClock) -> None:
    """Sessions of one life are there in the next, and their ids are taken."""
    await filled(path, clock)

    life = Life(path, clock)

    found = await life.sessions.get(f"ASIA{1:016d}", now=clock.now())
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


async def test_torn_last_line_is_dropped(path: Path, clock: ManualClock) -> None:
    """Wherever the last line was cut, the lines before it are whole."""
    whole = await filled(path, clock)
    last = whole.rindex(b"\n", 0, -1) + 1

    for length in range(last, len(whole)):
        path.write_bytes(whole[:length])
        life = Life(path, clock)
        kept = await life.subjects()
        await life.revoke("c")
        after = await life.subjects()
        life.journal.close()
        assert ([(1, "a")], [(1, "a"), (2, "c")]) == (kept, after)


async def test_damage_before_the_end_is_refused(path: Path, clock: ManualClock) -> None:
    """A changed byte in any line is found, and the journal refused."""
    whole = await filled(path, clock)

    for index in range(len(whole) - 1):
        damaged = bytearray(whole)
        damaged[index] ^= 0x01
        path.write_bytes(damaged)
        with pytest.raises(JournalCorruptError):
            Life(path, clock)


@pytest.mark.parametrize("content", [b"", b"\n", b"x\n", b"cut"])
async def test_foreign_file_is_refused(
    path: Path, clock: ManualClock, content: bytes
) -> None:
    """A file without a first line of ours is not taken for a journal."""
    path.write_bytes(content)
    path.chmod(0o600)

    with pytest.raises(JournalCorruptError):
        Life(path, clock)

    assert content == path.read_bytes()


async def test_missing_line_is_refused(path: Path, clock: ManualClock) -> None:
    """A journal that has lost its first line is refused."""
    whole = await filled(path, clock)
    path.write_bytes(whole[whole.index(b"\n") + 1 :])

    with pytest.raises(JournalCorruptError):
        Life(path, clock)


async def test_full_disk_acknowledges_nothing(path: Path, clock: ManualClock) -> None:
    """On a full disk adds and revocations fail, and leave no trace in memory."""
    life = Life(path, clock)
    await life.revoke("a")
    with full_disk(path.stat().st_size + 10):
        with pytest.raises(StoreUnavailableError):
            await life.add(1)
        with pytest.raises(StoreUnavailableError):
            await life.revoke("lost")

    assert 0 == len(life.sessions)
    assert [(1, "a")] == await life.subjects()
    life.journal.close()


async def test_full_disk_heals(path: Path, clock: ManualClock) -> None:
    """With room again the journal goes on without a restart and without a gap."""
    life = Life(path, clock)
    with full_disk(path.stat().st_size + 10), pytest.raises(StoreUnavailableError):
        await life.revoke("lost")
    await life.revoke("a")
    await life.add(1)
    life.journal.close()

    later = Life(path, clock)

    assert [(1, "a")] == await later.subjects()
    assert 1 == len(later.sessions)
    later.journal.close()


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


async def test_closed_journal_refuses(path: Path, clock: ManualClock) -> None:
    """A store whose journal is closed acknowledges nothing."""
    life = Life(path, clock)
    life.journal.close()

    with pytest.raises(StoreUnavailableError):
        await life.add(1)


async def test_abandoned_add_counts(path: Path, clock: ManualClock) -> None:
    """What is on the disk is in memory too, also when nobody waits any more."""
    life = Life(path, clock)
    adding = asyncio.create_task(life.add(1))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    adding.cancel()
    await asyncio.gather(adding, return_exceptions=True)

    await life.add(2)

    life.journal.close()
    later = Life(path, clock)
    assert len(life.sessions) == len(later.sessions)
    later.journal.close()


_CHILD = """
import asyncio, sys
from pathlib import Path
from daypass.adapters.memory import Journal, MemoryRevocationLog
from support.records import revocation
from support.world import ManualClock, SeededEntropy

async def main():
    clock = ManualClock()
    journal = Journal.open(Path(sys.argv[1]), clock=clock, entropy=SeededEntropy())
    log = MemoryRevocationLog(clock=clock, entropy=SeededEntropy(), journal=journal)
    while True:
        entry = revocation("x", now=clock.now())
        number = await log.append(entry)
        print(number, flush=True)

asyncio.run(main())
"""


async def test_killed_process_loses_nothing(path: Path, clock: ManualClock) -> None:
    """What a process acknowledged before it was killed is in its journal."""
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as child:
        assert child.stdout is not None
        for _ in range(20):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        acknowledged = 20 + len(child.stdout.readlines())

    life = Life(path, clock)
    entries = await life.log.read_after(0, limit=1000)
    life.journal.close()
    # The last line that was printed may be cut off by the kill.
    assert acknowledged - 1 <= len(entries)

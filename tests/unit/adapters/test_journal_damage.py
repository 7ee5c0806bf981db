"""The journal file when it is damaged, or the disk refuses."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from daypass.adapters.journal_lines import JournalCorruptError
from daypass.core.errors import StoreUnavailableError
from support.full_disk import full_disk
from support.journal_life import Life, filled
from support.world import ManualClock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Returns where the journal is."""
    return tmp_path / "state.journal"


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
        place = await log.append(entry)
        print(place.sequence, flush=True)

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


async def test_closed_journal_refuses(path: Path, clock: ManualClock) -> None:
    """A store whose journal is closed acknowledges nothing."""
    life = Life(path, clock)
    life.journal.close()

    with pytest.raises(StoreUnavailableError):
        await life.add(1)

"""A store URL opens the stores that it names, and nothing that it does not."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from daypass.adapters.memory import JournalLockedError, MemoryUrlError
from daypass.adapters.private_files import PrivateFileError
from daypass.adapters.redis.settings import StoreConfigError
from daypass.adapters.store_url import OpenStores, open_stores
from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import GuardKey, SessionFilter
from support.records import ACCOUNT, session_record, temporary_id
from support.world import ManualClock, SeededEntropy


async def _open(url: str, clock: ManualClock, seed: int = 0) -> OpenStores:
    return await open_stores(url, clock=clock, entropy=SeededEntropy(seed))


async def _sessions(stores: OpenStores, clock: ManualClock) -> list[str]:
    page = await stores.sessions.list_sessions(
        SessionFilter(ACCOUNT), now=clock.now(), limit=10
    )
    return [record.access_key_id for record in page.records]


async def _claim(stores: OpenStores, clock: ManualClock) -> bool:
    now = clock.now()
    expire_time = now + timedelta(minutes=1)
    key = GuardKey("test", ())
    return await stores.guards.swap(key, None, b"", now=now, expire_time=expire_time)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("memory://host", MemoryUrlError),
        ("memory://?jornal=x", MemoryUrlError),
        ("", StoreConfigError),
        ("sqlite://x", StoreConfigError),
        ("127.0.0.1:6379", StoreConfigError),
        ("redis://host?evict=yes", StoreConfigError),
    ],
)
async def test_unknown_url_refused(
    clock: ManualClock, url: str, error: type[Exception]
) -> None:
    """A URL of another kind, or with another option, opens nothing."""
    with pytest.raises(error):
        await _open(url, clock)


async def test_absent_redis_refused(clock: ManualClock) -> None:
    """A server that does not answer is noticed before anything is served."""
    with pytest.raises(StoreUnavailableError):
        await _open("redis://127.0.0.1:9", clock)


async def test_memory_forgets(clock: ManualClock) -> None:
    """What memory holds ends with it, and its log has another name next time."""
    first = await _open("memory://", clock)
    await first.sessions.add(session_record(1, now=clock.now()))
    name = await first.revocations.incarnation()
    first.close()

    second = await _open("memory://", clock, seed=1)

    assert [] == await _sessions(second, clock)
    assert name != await second.revocations.incarnation()


async def test_journal_remembers(clock: ManualClock, tmp_path: Path) -> None:
    """A journal brings back sessions, claims, and the log under its name."""
    url = f"memory://?journal={tmp_path}/journal%20of%20%2B"
    first = await _open(url, clock)
    await first.sessions.add(session_record(1, now=clock.now()))
    name = await first.revocations.incarnation()
    assert await _claim(first, clock)
    first.close()

    second = await _open(url, clock, seed=1)

    assert not await _claim(second, clock)
    assert [temporary_id(1)] == await _sessions(second, clock)
    assert name == await second.revocations.incarnation()
    assert (tmp_path / "journal of +").is_file()
    second.close()


async def test_journal_is_of_one(clock: ManualClock, tmp_path: Path) -> None:
    """A second process is refused the journal, until the first lets go."""
    url = f"memory://?journal={tmp_path}/journal"
    first = await _open(url, clock)

    with pytest.raises(JournalLockedError):
        await _open(url, clock)
    first.close()
    (await _open(url, clock)).close()


async def test_open_journal_refused(clock: ManualClock, tmp_path: Path) -> None:
    """A journal that others may read is refused."""
    path = tmp_path / "journal"
    path.touch(mode=0o644)

    with pytest.raises(PrivateFileError):
        await _open(f"memory://?journal={path}", clock)


async def test_memory_runs_until_cancelled(clock: ManualClock) -> None:
    """The traffic of memory never ends by itself, as that would be a failure."""
    stores = await _open("memory://", clock)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(timedelta(milliseconds=10).total_seconds()):
            await stores.run()
    stores.close()
    assert () == stores.warnings

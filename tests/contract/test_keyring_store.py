"""What every store of the sealed key ring does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from daypass.adapters.keyring_file import FileKeyringStore, KeyringFile
from daypass.adapters.memory_keyring import MemoryKeyringStore
from daypass.core.errors import StoreUnavailableError
from daypass.core.limits import KEYRING_FILE_BYTES_MAX
from daypass.core.ports import KeyringStore
from support.redis_server import RedisServer
from support.stores import running_redis
from support.world import ManualClock

KINDS = ("memory", "file", "redis", "redis-replicas")
# The replica of the harness may take a while to attach.
pytestmark = pytest.mark.timeout(120)


@pytest.fixture(params=KINDS)
async def store(
    request: pytest.FixtureRequest, present_clock: ManualClock, tmp_path: Path
) -> AsyncIterator[KeyringStore]:
    """Returns each store in turn, empty."""
    if request.param == "memory":
        yield MemoryKeyringStore()
    elif request.param == "file":
        yield FileKeyringStore(KeyringFile(tmp_path / "keyring"))
    else:
        replicas = int(request.param == "redis-replicas")
        name = "redis_with_replica" if replicas else "redis_of_all"
        server: RedisServer = request.getfixturevalue(name)
        async with running_redis(
            server, clock=present_clock, replicas=replicas
        ) as opened:
            yield opened.keyring


async def test_empty_store_has_none(store: KeyringStore) -> None:
    """Where nothing was stored there is none."""
    assert await store.load() is None


@pytest.mark.parametrize("sealed", [b"", b"\x00\xff=\r\n", b"r" * 70_000])
async def test_stored_bytes_come_back(store: KeyringStore, sealed: bytes) -> None:
    """What was stored is loaded byte by byte."""
    assert await store.replace(sealed, expected=None)

    assert sealed == await store.load()


@pytest.mark.parametrize("expected", [None, b"", b"first ", b"firs", b"second"])
async def test_other_than_expected_stays(
    store: KeyringStore, expected: bytes | None
) -> None:
    """What is not the expected one is not replaced."""
    await store.replace(b"first", expected=None)

    replaced = await store.replace(b"second", expected=expected)

    assert (False, b"first") == (replaced, await store.load())


async def test_expected_one_is_replaced(store: KeyringStore) -> None:
    """What is the expected one is replaced."""
    await store.replace(b"first", expected=None)

    replaced = await store.replace(b"second", expected=b"first")

    assert (True, b"second") == (replaced, await store.load())


async def test_none_expected_where_there_is_none(store: KeyringStore) -> None:
    """A store that is empty takes nothing that expects something."""
    assert not await store.replace(b"second", expected=b"first")
    assert await store.load() is None


async def test_l22_one_of_many_wins(store: KeyringStore) -> None:
    """L22: of many who replace the same ring at once, exactly one does."""
    await store.replace(b"first", expected=None)

    outcomes = await asyncio.gather(
        *(store.replace(b"%d" % number, expected=b"first") for number in range(32))
    )

    assert 1 == outcomes.count(True)
    assert b"%d" % outcomes.index(True) == await store.load()


async def test_file_that_others_may_read_is_none_of_ours(tmp_path: Path) -> None:
    """A file that is open to others is neither read nor replaced."""
    path = tmp_path / "keyring"
    store = FileKeyringStore(KeyringFile(path))
    await store.replace(b"first", expected=None)
    path.chmod(0o644)

    for attempt in (store.load(), store.replace(b"second", expected=b"first")):
        with pytest.raises(StoreUnavailableError, match="key_ring_file_unusable"):
            await attempt
    assert b"first" == path.read_bytes()


async def test_too_large_is_a_mistake(
    redis_of_all: RedisServer, present_clock: ManualClock
) -> None:
    """More bytes than a ring may have are refused before they are sent."""
    async with running_redis(redis_of_all, clock=present_clock) as opened:
        with pytest.raises(ValueError, match="larger"):
            await opened.keyring.replace(
                b"r" * (KEYRING_FILE_BYTES_MAX + 1), expected=None
            )


async def test_damaged_key_is_unavailable(
    server: RedisServer, present_clock: ManualClock
) -> None:
    """A key of another type is not taken for a ring, nor for none."""
    async with running_redis(server, clock=present_clock, prefix="x") as opened:
        server.command("RPUSH", "x:keyring", "a")

        for attempt in (
            opened.keyring.load(),
            opened.keyring.replace(b"", expected=None),
        ):
            with pytest.raises(StoreUnavailableError):
                await attempt

"""The user of Redis that the documents give to the servers: what it can do, and what not."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import redis

from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import GuardKey, SessionFilter
from support.decisions import decision_record
from support.records import ACCOUNT, revocation, session_record
from support.redis_server import RedisServer
from support.stores import add_many, running_redis
from support.world import ManualClock

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
PASSWORD = secrets.token_hex(16)
PREFIX = "daypass"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class AsUser:
    """A server that is spoken to as the user."""

    port: int

    @property
    def url(self) -> str:
        """The store URL, without the options."""
        return f"redis://daypass:{PASSWORD}@127.0.0.1:{self.port}"


@pytest.fixture
def as_user(server: RedisServer) -> AsUser:
    """Makes the user by the rules of the document, and lets nobody else in."""
    text = DOCUMENT.read_text()
    (line,) = [each for each in text.splitlines() if each.startswith("user daypass ")]
    _, *rules = line.replace(">PASSWORD", f">{PASSWORD}").split()
    assert server.command("ACL", "SETUSER", *rules).startswith(b"+OK")
    server.command("ACL", "SETUSER", "default", "off")
    return AsUser(server.port)


@pytest.fixture
def client(as_user: AsUser) -> Iterator[redis.Redis]:
    """Connects as the user, with a client of others."""
    with redis.Redis(
        port=as_user.port, username="daypass", password=PASSWORD
    ) as connected:
        yield connected


async def test_user_can_do_all_that_is_needed(
    as_user: AsUser, present_clock: ManualClock
) -> None:
    """R15: sessions, the log, denials and guards work as that user, from an empty server."""
    now = present_clock.now()
    async with running_redis(as_user, clock=present_clock, prefix=PREFIX) as stores:
        # Enough to sweep the indexes, which is a script of its own.
        assert {None} == set(await add_many(stores, present_clock, range(100)))
        page = await stores.sessions.list_sessions(
            SessionFilter(ACCOUNT), now=now, limit=200
        )
        assert 100 == len(page.records)
        assert await stores.sessions.share(page.records[0])
        assert await stores.sessions.discard(page.records[1])
        log = stores.revocations
        entry = await log.append(revocation("a", now=now))
        await log.report_applied("one", entry.sequence, lease=MINUTE)
        assert {"one": 1} == await log.applied(entry)
        assert 1 == len(await log.read_after(0, limit=10))
        await log.wait_after(1, at_most=timedelta(milliseconds=1))
        decision = decision_record(now=now)
        await stores.decisions.put(decision)
        assert decision == await stores.decisions.get(decision.decision_id, now=now)
        assert await stores.guards.swap(
            GuardKey("test", ()), None, b"x", now=now, expire_time=now + MINUTE
        )
        assert () == tuple(each for each in await stores.check() if "CVE" not in each)


@pytest.mark.parametrize(
    "command",
    [
        "KEYS *",
        "SCAN 0",
        "FLUSHALL",
        "FLUSHDB",
        "CONFIG GET maxmemory",
        "CONFIG SET maxmemory-policy allkeys-lru",
        "DEBUG SLEEP 0",
        "SHUTDOWN NOSAVE",
        "REPLICAOF NO ONE",
        "ACL LIST",
        "SCRIPT FLUSH",
        "EVAL return 0",
        "MONITOR",
        "GET other:key",
        "SET other:key value",
        "PUBLISH daypass:x y",
    ],
)
def test_user_can_do_no_more(client: redis.Redis, command: str) -> None:
    """R15: the user is refused what is not needed, and keys of another prefix."""
    words = command.split()
    if words[0] == "EVAL":
        words = ["EVAL", "return 0", "0"]

    # DEBUG is off in the server unless it is turned on, whoever asks.
    with pytest.raises(redis.ResponseError, match=r"no permissions|not allowed"):
        client.execute_command(*words)  # type: ignore[no-untyped-call]


async def test_user_has_one_prefix(as_user: AsUser, present_clock: ManualClock) -> None:
    """R15: with a prefix that is not the user's nothing is stored, and nobody is let in."""
    async with running_redis(as_user, clock=present_clock, prefix="other") as stores:
        with pytest.raises(StoreUnavailableError) as caught:
            await stores.sessions.add(session_record(1, now=present_clock.now()))

    assert "store_refused" == caught.value.detail

"""What a session costs in Redis: bytes of its memory, and time as a ratio.

Bytes are the growth of the server's own `used_memory` over 100,000 sessions (or as many
as are asked for), divided by them. They are split by taking away: what is freed as the
indexes are deleted was theirs; of the rest, what is no record is what the server needs
for keys and expiries. The sessions are bound to signed calls, as those of AssumeRole are.
Times say as much of the machine as of the code, so that adding a session (a record
and its places in two indexes, checked and coalesced with others) is given as a ratio
to SET commands of the same record: one at a time, and in pipelines of the same size.
CPU time of the client is given for fewer callers at once as well, and beside it what it
takes to run as many callers that add nothing: a task each, which a call has anyway.

Run by `make bench-store`; it starts a Redis of its own, on loopback, and ends it.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from daypass.adapters.redis.connection import Command
from daypass.adapters.redis.keys import Keys
from daypass.adapters.redis.link import Link
from daypass.adapters.redis.session_form import Seconds, pack_session
from daypass.adapters.redis.session_profile import (
    encode_profile,
    profile_of,
    reference_of,
)
from daypass.adapters.redis.settings import RedisSettings
from daypass.adapters.redis.stores import RedisStores
from daypass.adapters.system import SystemClock
from daypass.core import base64url, limits
from daypass.core.clock import whole_second
from daypass.core.identifiers import (
    TEMPORARY_KEY_PREFIX,
    encode_access_key_id,
    random_of_access_key_id,
)
from daypass.core.replay_limits import SIGNED_CALL_KEPT_AFTER
from daypass.core.revocation import Epoch
from daypass.core.session import CallBinding, SessionKind, SessionRecord
from loadtest.store_server import running_stores

_SESSIONS: Final = 100_000
# Callers at once, as many as one pipeline holds.
_CALLERS: Final = limits.STORE_BATCH_MAX
_FEW_CALLERS: Final = 64
_FEW_SESSIONS: Final = 20_000
_IDLE_TURNS: Final = 20
_RAW_ONE_BY_ONE: Final = 10_000
_ACCOUNTS: Final = 10
_ROLES: Final = 100
_HOUR: Final = timedelta(hours=1)
_SECOND: Final = timedelta(seconds=1)
_MEBIBYTE: Final = 1 << 20


def session(number: int) -> SessionRecord:
    """Returns a session as AssumeRole makes it, of one of many roles."""
    account = f"{111122220000 + number % _ACCOUNTS}"
    role = f"AROA{number % (_ACCOUNTS * _ROLES):017d}"
    user = f"arn:aws:iam::{account}:user/storefront-deployer"
    now = whole_second(SystemClock().now())
    digest = hashlib.sha256(str(number).encode()).digest()
    return SessionRecord(
        access_key_id=encode_access_key_id(
            TEMPORARY_KEY_PREFIX, account, int.from_bytes(digest, "big")
        ),
        kind=SessionKind.ROLE,
        account_id=account,
        principal_id=role,
        principal_arn=f"arn:aws:iam::{account}:role/storefront/ReadOnlyRole",
        session_name=f"deploy-{number}",
        issue_time=now,
        expire_time=now + _HOUR,
        issued_to=user,
        parent_access_key_id=f"AKIA{number % 1000:016d}",
        origin_id=f"AIDA{number % 1000:017d}",
        epoch=Epoch("0" * 32, 12),
        binding=CallBinding(
            base64url.encode(digest[:16]),
            base64url.encode(digest[:8]),
            base64url.encode(digest[16:]),
            now + SIGNED_CALL_KEPT_AFTER,
        ),
    )


@dataclass(frozen=True, slots=True)
class Costs:
    """What a session costs: bytes of Redis, and seconds of CPU time of its add.

    Attributes:
        size: bytes in all.
        indexes: those of them that the indexes take.
        client: seconds of this process.
        server: seconds of Redis.
        a_second: how many were added in one.
    """

    size: float
    indexes: float
    client: float
    server: float
    a_second: float


async def measure(stores: RedisStores, link: Link, count: int) -> Costs:
    """Adds so many sessions, and takes their indexes away again."""
    before, begun = await _used_memory(link), await _cpu_seconds(link)
    took, spent = await _add_all(stores, range(count), _CALLERS)
    server = await _cpu_seconds(link) - begun
    grown = await _used_memory(link) - before
    indexes = await _freed_by(link, _index_keys(count))
    return Costs(
        size=grown / count,
        indexes=indexes / count,
        client=spent / count,
        server=server / count,
        a_second=count / took,
    )


async def budgeted(count: int = _SESSIONS) -> dict[str, float]:
    """Measures what there are budgets for, each so that more is better."""
    async with running_stores() as (stores, link):
        costs = await measure(stores, link, count)
    return {
        "store_sessions_a_mebibyte": _MEBIBYTE / costs.size,
        "store_adds_a_cpu_second": 1 / costs.client,
    }


async def main(count: int) -> None:
    """Measures so many sessions, and prints what was measured."""
    async with running_stores() as (stores, link):
        costs = await measure(stores, link, count)
        further = range(count, count + _FEW_SESSIONS)
        _, few = await _add_all(stores, further, _FEW_CALLERS)
        idle = await _idle(_CALLERS)
        one_by_one = await _set_all(link, _RAW_ONE_BY_ONE, 1)
        pipelined = await _set_all(link, count, _CALLERS)
    record = len(_packed(count))
    rest = costs.size - costs.indexes - record
    sys.stdout.write(
        f"{count} sessions, {_ACCOUNTS} accounts, {_ACCOUNTS * _ROLES} roles\n"
        f"bytes per session   {costs.size:8.0f}  of them\n"
        f"  record            {record:8.0f}\n"
        f"  indexes           {costs.indexes:8.0f}\n"
        f"  key, expiry, rest {rest:8.0f}\n"
        f"µs of CPU an add    {costs.client * 1e6:8.1f}  of the client\n"
        f"                    {few / _FEW_SESSIONS * 1e6:8.1f}"
        f"  of the client, {_FEW_CALLERS} callers at once\n"
        f"                    {idle * 1e6:8.1f}  of callers who add nothing\n"
        f"                    {costs.server * 1e6:8.1f}  of the server\n"
        f"adds per second     {costs.a_second:8.0f}  ({_CALLERS} callers at once)\n"
        f"as a ratio to SET   {costs.a_second / one_by_one:8.2f}  one at a time\n"
        f"                    {costs.a_second / pipelined:8.2f}  in pipelines of {_CALLERS}\n"
    )


def _packed(number: int) -> bytes:
    record = session(number)
    random = random_of_access_key_id(record.access_key_id, record.account_id)
    reference = reference_of(encode_profile(profile_of(record)))
    return pack_session(record, reference, random, Seconds.of(record))


def _index_keys(count: int) -> list[str]:
    """Returns the keys of all indexes that the sessions stand in."""
    keys = Keys(RedisSettings(()).prefix)
    records = [session(number) for number in range(min(count, _ACCOUNTS * _ROLES))]
    return sorted(
        {keys.account_index(each.account_id) for each in records}
        | {keys.principal_index(each.account_id, each.principal_id) for each in records}
    )


async def _freed_by(link: Link, keys: list[str]) -> int:
    """Deletes keys and returns the bytes that this frees."""
    before = await _used_memory(link)
    for key in keys:
        await link.exchange([("DEL", key)], at_most=_SECOND)
    return before - await _used_memory(link)


async def _add_all(
    stores: RedisStores, numbers: range, at_once: int
) -> tuple[float, float]:
    """Adds sessions; returns the seconds that it took, and those of CPU time.

    The records are made between the adds, and are in neither.
    """
    took = spent = 0.0
    for first in range(0, len(numbers), at_once):
        records = [session(number) for number in numbers[first : first + at_once]]
        start, begun = time.perf_counter(), time.process_time()
        await asyncio.gather(*(stores.sessions.add(each) for each in records))
        took += time.perf_counter() - start
        spent += time.process_time() - begun
    return took, spent


async def _idle(at_once: int) -> float:
    """Returns seconds of CPU time of a caller who waits for one turn of the loop."""
    begun = time.process_time()
    for _ in range(_IDLE_TURNS):
        await asyncio.gather(*(asyncio.sleep(0) for _ in range(at_once)))
    return (time.process_time() - begun) / (_IDLE_TURNS * at_once)


async def _set_all(link: Link, count: int, size: int) -> float:
    """Sets so many records, so many in a pipeline, and returns how many a second."""
    start = time.perf_counter()
    for first in range(0, count, size):
        commands: list[Command] = [
            ("SET", f"raw:{number}", _packed(number), "EX", 3600)
            for number in range(first, min(first + size, count))
        ]
        await link.exchange(commands, at_most=_SECOND)
    return count / (time.perf_counter() - start)


async def _cpu_seconds(link: Link) -> float:
    facts = await _facts(link, "cpu")
    return float(facts["used_cpu_user"]) + float(facts["used_cpu_sys"])


async def _facts(link: Link, section: str) -> dict[str, str]:
    (reply,) = await link.exchange([("INFO", section)], at_most=_SECOND)
    assert isinstance(reply, bytes)
    lines = reply.decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


async def _used_memory(link: Link) -> int:
    facts = await _facts(link, "memory")
    # What connections hold comes and goes, and is not stored.
    return int(facts["used_memory"]) - int(facts["mem_clients_normal"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench-store", description=__doc__)
    parser.add_argument("--sessions", type=int, default=_SESSIONS, metavar="N")
    asyncio.run(main(parser.parse_args().sessions))

"""The revocation log on Redis.

Three keys share a slot. The *head* is a hash: the log's name, its last number, the
last number that was trimmed, until when an entry matters, and from when on nobody
vouches by an earlier log. The *entries* are a stream whose ids are the numbers. The *workers* are a hash of numbers and leases,
which are measured by the clock of the server.

The adapter works with the log that `incarnation` last named. Where the server has
another one by now, every call fails until `incarnation` is asked again; where
entries are missing, or the log ends before the reader, reading fails. A log that
lost something is so never taken for one in which nothing happened.

Everything but waiting goes where writes go: with replicas, a report that they have
not confirmed is none, and they have confirmed with it whatever the server had done
before it, so that the answer to a report says which entries no failover takes away.
Entries are read, and who has applied what is asked there too, so that a primary which
was voted out and has lost its replicas neither answers for the workers that report to
the new one, nor shows an old log to one of them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from daypass.adapters.record_codec import (
    CorruptRecordError,
    decode_revocation,
    encode_revocation,
    microseconds,
)
from daypass.adapters.redis.commands import Commands
from daypass.adapters.redis.connection import (
    Reply,
    is_redirection,
    store_unavailable,
)
from daypass.adapters.redis.keys import Keys
from daypass.adapters.redis.link import Link
from daypass.adapters.redis.revocation_scripts import (
    APPEND,
    APPLIED,
    BEGIN_LOG,
    READ,
    REPORT,
)
from daypass.adapters.redis.scripts import (
    BEHIND,
    CROWDED,
    REPLACED,
    accepted,
    run_script,
)
from daypass.core import limits
from daypass.core.errors import RevocationLogReplacedError
from daypass.core.ports import Clock, Entropy
from daypass.core.revocation import (
    EARLIER_WORKERS,
    Epoch,
    LoggedRevocation,
    Revocation,
)

_MILLISECOND: Final = timedelta(milliseconds=1)
_IDLE_MILLISECONDS: Final = limits.REVOCATION_LOG_IDLE_MAX // _MILLISECOND
_INCARNATION_BYTES: Final = 16
_FAULTS: Final = {
    BEHIND: "revocation_log_behind_reader",
    CROWDED: "too_many_workers",
}


class RedisRevocationLog:
    """A `RevocationLog` on Redis.

    Args:
        commands: carries reads and writes, and waits for replicas.
        waits: a connection on which one call at a time waits for an entry.
        keys: names the keys.
        clock: one of the two clocks that must agree before an entry is forgotten.
        entropy: names a new log.
        lease: the longest lease of a worker of this store; a new log waits it out.
    """

    def __init__(
        self,
        *,
        commands: Commands,
        waits: Link,
        keys: Keys,
        clock: Clock,
        entropy: Entropy,
        lease: timedelta,
    ) -> None:
        self._commands = commands
        self._waits = waits
        self._waiting = asyncio.Lock()
        self._clock = clock
        self._entropy = entropy
        self._lease = lease
        self._head = keys.revocations("head")
        self._entries = keys.revocations("entries")
        self._workers = keys.revocations("workers")
        self._incarnation: str | None = None

    async def incarnation(self) -> str:
        """Returns the name of the log that is there now; see the port."""
        (reply,) = await self._commands.execute(("HGET", self._head, "incarnation"))
        name = accepted(reply)
        if name is None:
            fresh = self._entropy.token_bytes(_INCARNATION_BYTES).hex()
            name = await run_script(
                self._commands,
                BEGIN_LOG,
                (self._head, self._entries),
                fresh,
                _IDLE_MILLISECONDS,
                self._lease // _MILLISECOND,
            )
        if not isinstance(name, bytes):
            raise store_unavailable("revocation_log_damaged")
        self._incarnation = name.decode("ascii", "replace")
        return self._incarnation

    async def append(self, revocation: Revocation) -> Epoch:
        """Appends an entry and returns its place; see the port."""
        name = await self._named()
        number = _number(
            await run_script(
                self._commands,
                APPEND,
                (self._head, self._entries),
                name,
                encode_revocation(revocation),
                _milliseconds(revocation.keep_until),
                _milliseconds(self._clock.now()),
                _IDLE_MILLISECONDS,
            )
        )
        return Epoch(name, number)

    async def read_after(
        self, sequence: int, *, limit: int
    ) -> tuple[LoggedRevocation, ...]:
        """Returns the entries behind a number; see the port."""
        count = min(limit, limits.REVOCATIONS_READ_MAX)
        reply = await run_script(
            self._commands,
            READ,
            (self._head, self._entries),
            await self._named(),
            sequence,
            count,
        )
        if not isinstance(reply, list):
            raise _fault(reply)
        last, trimmed, entries = reply
        if not (
            isinstance(last, int)
            and isinstance(trimmed, int)
            and isinstance(entries, list)
        ):
            raise store_unavailable("revocation_log_damaged")
        first = max(sequence, trimmed) + 1
        expected = range(first, first + min(count, last - first + 1))
        if len(entries) != len(expected):
            raise store_unavailable("revocation_log_damaged")
        return tuple(map(_entry, expected, entries))

    async def wait_after(self, sequence: int, *, at_most: timedelta) -> None:
        """Waits for an entry behind a number; see the port."""
        end = asyncio.get_running_loop().time() + at_most.total_seconds()
        # Waiting for one's turn counts too; when it takes too long, time is up.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(end):
                await self._waiting.acquire()
            try:
                await self._wait_until(end, sequence)
            finally:
                self._waiting.release()

    async def report_applied(
        self, worker_id: str, sequence: int, *, lease: timedelta
    ) -> int:
        """Records how far a worker is; see the port."""
        if worker_id == EARLIER_WORKERS:
            raise ValueError("the id is no worker's")
        if len(worker_id) > limits.WORKER_ID_CHARACTERS_MAX:
            raise ValueError("the id of the worker is too long")
        return _number(
            await run_script(
                self._commands,
                REPORT,
                (self._head, self._entries, self._workers),
                await self._named(),
                sequence,
                worker_id,
                lease // _MILLISECOND,
                _IDLE_MILLISECONDS,
                limits.WORKERS_MAX,
            )
        )

    async def withdraw(self, worker_id: str) -> None:
        """Ends the lease of a worker; see the port."""
        # Whichever log is there: a worker that has ended has no lease on any.
        (reply,) = await self._commands.execute(("HDEL", self._workers, worker_id))
        accepted(reply)

    async def applied(self, entry: Epoch) -> Mapping[str, int]:
        """Returns what the live workers have applied; see the port."""
        reply = await run_script(
            self._commands,
            APPLIED,
            (self._head, self._workers),
            entry.incarnation,
            entry.sequence,
            EARLIER_WORKERS,
        )
        if not isinstance(reply, list):
            raise _fault(reply)
        workers = iter(reply)
        live: dict[str, int] = {}
        for worker, number in zip(workers, workers, strict=True):
            if not isinstance(worker, bytes) or not isinstance(number, int):
                raise store_unavailable("revocation_log_damaged")
            live[worker.decode("utf-8", "replace")] = number
        return live

    async def _wait_until(self, end: float, sequence: int) -> None:
        streams = ("STREAMS", self._entries, f"{sequence}-0")
        while True:
            left = timedelta(seconds=end - asyncio.get_running_loop().time())
            # NOTE: BLOCK 0 would wait for ever.
            block = ("BLOCK", max(1, left // _MILLISECOND))
            (reply,) = await self._waits.exchange(
                [("XREAD", "COUNT", 1, *block, *streams)],
                at_most=left + limits.STORE_CALL_TIME_MAX,
            )
            if not is_redirection(reply):
                accepted(reply)
                return
            # The log is being moved; the link pauses, and then looks for it.
            await self._waits.distrust()
            if asyncio.get_running_loop().time() >= end:
                return

    async def _named(self) -> str:
        return self._incarnation or await self.incarnation()


def _milliseconds(instant: datetime) -> int:
    return microseconds(instant) // 1000


def _number(reply: Reply) -> int:
    if not isinstance(reply, int) or reply < 0:
        raise _fault(reply)
    return reply


def _fault(reply: Reply) -> Exception:
    if reply == REPLACED:
        return RevocationLogReplacedError(
            "revocation_log_replaced", retry_after=limits.STORE_RETRY_AFTER
        )
    detail = _FAULTS.get(reply) if isinstance(reply, int) else None
    return store_unavailable(detail or "revocation_log_damaged")


def _entry(number: int, reply: Reply) -> LoggedRevocation:
    """Reads an entry: its id, and the list of its fields and values."""
    match reply:
        case [bytes(entry_id), [bytes(), bytes(), bytes(), bytes(packed)]]:
            if entry_id != b"%d-0" % number:
                raise store_unavailable("revocation_log_damaged")
        case _:
            raise store_unavailable("revocation_log_damaged")
    try:
        return LoggedRevocation(number, decode_revocation(packed))
    except CorruptRecordError as error:
        raise store_unavailable("revocation_log_damaged") from error

"""What a mint costs besides its signature, in signatures of the same run.

`AssumeRole.perform` runs in this process, with the collaborators of a worker: from the
parameters to the record that the store has acknowledged. What comes before and after
(transport, proof, messages, audit log) is not in it. Three kinds of call stand beside
each other: one whose mint is remembered, one whose parameters nobody sent before, and
the items of a batch, with all that a batch does besides.

Run by `make bench-mint`; `docs/performance.md` tells how to read it.
"""

# ruff: noqa: SLF001 - a worker, whose use cases run without pipelines.

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import uvloop

from daypass.adapters.system import SystemClock, settle_memory
from daypass.core.errors import StoreUnavailableError
from daypass.rpc.methods import STS
from daypass.sts.assume_role import AssumeRole
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.audit import AuditEntry
from daypass.sts.caller import CallContext, Caller
from daypass.sts.pipeline import Invocation
from daypass.sts.signed_call import SignedCall
from loadtest.held_worker import HeldWorker, worker_with
from loadtest.processes import redis_server
from loadtest.stages_bench import GrpcCaller, credentials_of

_ROLE: Final = "arn:aws:iam::123456789012:role/ReadOnlyRole"
_CALLS: Final = 640
_ROUNDS: Final = 7
_AT_ONCE: Final = 64
_MESSAGE: Final = b"x" * 500

Work = Callable[[], Awaitable[object]]


async def proven(worker: HeldWorker, folder: Path) -> Caller:
    """Returns a caller who is really proven."""
    caller = GrpcCaller(credentials_of(folder / "state"))
    call = caller.sign(f"{STS}GetCallerIdentity", _Nothing())
    return worker.wiring.authenticator().authenticate(
        f"{STS}GetCallerIdentity", call.metadata, call.message, call=_facts(0)
    )


class _Nothing:
    """A message of no bytes."""

    def SerializeToString(self) -> bytes:  # noqa: N802 - as protobuf has it.
        """Returns no bytes."""
        return b""


def _facts(number: int) -> CallContext:
    return CallContext(f"{number}", "127.0.0.1", "bench", secure_transport=False)


class Minter:
    """Makes calls, each of which is another one.

    Args:
        worker: whose use cases are called.
        caller: who calls.
    """

    def __init__(self, worker: HeldWorker, caller: Caller) -> None:
        use_cases = worker.wiring.use_cases()
        self._operation: AssumeRole = use_cases.assume_role._operation  # type: ignore[assignment]
        self._batch = use_cases.batch_assume_role
        self._caller = caller
        self._number = 0

    def single(self, *, cold: bool) -> Work:
        """Returns one AssumeRole."""
        request, caller = self._request(cold=cold), self._called()
        facts = _facts(self._number)
        entry = AuditEntry("AssumeRole", facts, caller, facts.request_id)
        invocation = Invocation(caller, facts, entry)
        return lambda: self._operation.perform(request, invocation)

    def batch(self) -> Work:
        """Returns a BatchAssumeRole of many items, pipelines and audit log included."""
        requests = tuple(self._request(cold=False) for _ in range(_AT_ONCE))
        caller, facts = self._called(), _facts(self._number)
        return lambda: self._batch.run(requests, caller, facts)

    def _request(self, *, cold: bool) -> AssumeRoleRequest:
        self._number += 1
        return AssumeRoleRequest(
            role_arn=_ROLE,
            role_session_name=f"s{self._number}",
            external_id=f"e{self._number}" if cold else None,
        )

    def _called(self) -> Caller:
        self._number += 1
        signature = hashlib.sha256(b"%d" % self._number).hexdigest()
        now = SystemClock().now()
        call = SignedCall(self._caller.access_key_id, signature, now, now)
        return replace(self._caller, signed_call=call)


async def cost(make: Callable[[], Work], count: int, at_once: int) -> float:
    """Returns seconds of CPU time of a call, the least of several rounds."""
    rounds = []
    for _ in range(_ROUNDS):
        works = [make() for _ in range(count)]
        begun = time.process_time()
        for first in range(0, count, at_once):
            some = works[first : first + at_once]
            if at_once == 1:
                await some[0]()
            else:
                await asyncio.gather(*(work() for work in some))
        rounds.append((time.process_time() - begun) / count)
    return min(rounds)


def signature(worker: HeldWorker) -> float:
    """Returns seconds of CPU time of a signature, the least of several rounds."""
    key = worker.wiring._world.ring.current().signing_key()
    rounds = []
    for _ in range(_ROUNDS):
        begun = time.process_time()
        for _ in range(_CALLS):
            key.sign(_MESSAGE)
        rounds.append((time.process_time() - begun) / _CALLS)
    return min(rounds)


async def measure(name: str, store: str, at_once: int) -> None:
    """Measures, and prints what was measured."""
    with tempfile.TemporaryDirectory(prefix="daypass-mint-") as text:
        folder = Path(text)
        async with worker_with(store, folder) as worker:
            minter = Minter(worker, await proven(worker, folder))
            settle_memory()
            sign = signature(worker)
            warm = await cost(lambda: minter.single(cold=False), _CALLS, at_once)
            cold = await cost(lambda: minter.single(cold=True), _CALLS, at_once)
            batch = await cost(minter.batch, _CALLS // _AT_ONCE, 1) / _AT_ONCE
            sign = min(sign, signature(worker))
    _say(f"{name}: a signature takes {sign * 1e6:.1f} µs; besides it, in signatures:")
    for kind, seconds in (
        ("remembered", warm),
        ("not remembered", cold),
        ("item of a batch, all of it", batch),
    ):
        _say(f"  {kind:<28} {seconds / sign - 1:5.2f}   ({seconds * 1e6:.0f} µs)")
    _say(f"  batch ÷ raw signing          {sign / batch:5.2f}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


async def main() -> None:
    """Measures with both kinds of store."""
    await measure("memory://", "memory://", 1)
    with tempfile.TemporaryDirectory(prefix="daypass-mint-") as text:
        core = max(os.sched_getaffinity(0))
        with redis_server(Path(text), core) as port:
            try:
                await measure("redis://", f"redis://127.0.0.1:{port}/0", _AT_ONCE)
            except StoreUnavailableError:
                sys.exit("Redis did not answer in time: the machine is too busy")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(main())

"""A generator: a process of its own that sends calls on a schedule.

It reads tasks from standard input, one JSON object a line. It makes and signs all
calls of a task, says `ready`, waits for a line, sends, checks every answer, and
writes what it found as a line. Latency counts from the instant at which a call was
to begin, so that a server that stalls is not flattered; how late the generator itself
was is told beside it.

Run by the harness, as `python -m loadtest.generator`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from itertools import cycle
from typing import Any, Final

import grpc

from loadtest.calls import Call, Maker, wrong_answers
from loadtest.closed_loop import ClosedLoop
from loadtest.processes import cpu_seconds, voluntary_switches

_CALL_SECONDS_MAX: Final = 30.0
_SAMPLE_SECONDS: Final = 0.2
_MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Task:
    """What a generator is to do.

    Attributes:
        scenario: what to send.
        maker: the arguments of the `Maker`.
        process_id: the server's, whose CPU time is told; 0 if it is not known.
        connections: over how many.
        offsets: when calls begin; empty for a closed loop.
        count: how many calls a closed loop has at most.
        in_flight: how many calls a closed loop has open.
        seconds: how long a closed loop is measured.
        warm_up: seconds before, of which nothing is kept.
    """

    scenario: str
    maker: dict[str, Any] = field(repr=False)
    process_id: int
    connections: int
    offsets: tuple[float, ...] = ()
    count: int = 0
    in_flight: int = 0
    seconds: float = 0.0
    warm_up: float = 0.0


@dataclass(slots=True)
class Report:
    """What a generator found; times in microseconds, samples as in `results`."""

    answered: int = 0
    items: int = 0
    seconds: float = 0.0
    server_cpu: float = 0.0
    switches: int = 0
    lost: dict[str, int] = field(default_factory=dict)
    latency: list[int] = field(default_factory=list, repr=False)
    lag: list[int] = field(default_factory=list, repr=False)
    samples: list[tuple[float, int, float, float]] = field(default_factory=list)


class OpenLoop:
    """Sends the calls of one task when each is due.

    Args:
        task: what to do.
        calls: the calls, which are ready.
    """

    def __init__(self, task: Task, calls: Sequence[Call]) -> None:
        self._task = task
        self._calls = calls
        self._sent: list[Call] = []
        self._answers: list[bytes] = []
        self._lost: Counter[str] = Counter()
        self._report = Report()

    async def run(self) -> Report:
        """Sends all calls, and returns what came of them once they are checked."""
        async with self._connected() as channels:
            await self._open_loop(channels)
        report = self._report
        wrong = wrong_answers(self._sent, self._answers)
        if wrong:
            self._lost["wrong answer"] = wrong
        report.answered = len(self._answers) - wrong
        report.items = sum(call.items for call in self._sent)
        report.lost = dict(self._lost)
        return report

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[list[grpc.aio.Channel]]:
        options = (
            ("grpc.use_local_subchannel_pool", 1),
            ("grpc.enable_retries", 0),
            ("grpc.enable_http_proxy", 0),
        )
        channels = [
            grpc.aio.insecure_channel(self._task.maker["address"], options=options)
            for _ in range(self._task.connections)
        ]
        try:
            for channel in channels:
                async with asyncio.timeout(_CALL_SECONDS_MAX):
                    await channel.channel_ready()
            yield channels
        finally:
            for channel in channels:
                await channel.close()

    async def _open_loop(self, channels: list[grpc.aio.Channel]) -> None:
        start = time.monotonic() + 0.05
        over = cycle(channels)
        done = asyncio.Event()
        async with asyncio.TaskGroup() as sampling:
            sampling.create_task(self._sample(done))
            async with asyncio.TaskGroup() as group:
                for call, offset in zip(self._calls, self._task.offsets, strict=True):
                    intended = start + offset
                    if (wait := intended - time.monotonic()) > 0:
                        await asyncio.sleep(wait)
                    lag = time.monotonic() - intended
                    self._report.lag.append(int(lag * _MICROSECONDS))
                    group.create_task(self._send(call, next(over), intended))
            done.set()
        self._report.seconds = time.monotonic() - start

    async def _send(
        self, call: Call, channel: grpc.aio.Channel, intended: float
    ) -> None:
        method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
        method = channel.unary_unary(call.method)
        try:
            answer = await method(
                call.body, metadata=call.metadata, timeout=_CALL_SECONDS_MAX
            )
        except grpc.aio.AioRpcError as error:
            self._lost[error.code().name] += 1
            return
        lasted = time.monotonic() - intended
        self._report.latency.append(int(lasted * _MICROSECONDS))
        self._sent.append(call)
        self._answers.append(answer)

    async def _sample(self, done: asyncio.Event) -> None:
        """Writes down, several times a second, how far things are."""
        start = last = time.monotonic()
        server, client = cpu_seconds(self._task.process_id), time.process_time()
        while not done.is_set():
            await asyncio.sleep(_SAMPLE_SECONDS)
            now = time.monotonic()
            server_now = cpu_seconds(self._task.process_id)
            client_now = time.process_time()
            span = max(now - last, 1e-3)
            self._report.samples.append(
                (
                    now - start,
                    len(self._answers),
                    (server_now - server) / span,
                    (client_now - client) / span,
                )
            )
            last, server, client = now, server_now, client_now


def closed_loop(task: Task, calls: Sequence[Call]) -> Report:
    """Sends calls one after the other over each of several streams."""
    report = Report()
    loop = ClosedLoop(
        task.maker["address"],
        calls,
        connections=task.connections,
        in_flight=task.in_flight,
    )

    def mark() -> None:
        report.server_cpu = -cpu_seconds(task.process_id)
        report.switches = -voluntary_switches(task.process_id)

    found = loop.run(warm_up=task.warm_up, seconds=task.seconds, mark=mark)
    report.server_cpu += cpu_seconds(task.process_id)
    report.switches += voluntary_switches(task.process_id)
    wrong = wrong_answers(found.calls, found.answers)
    reasons = {"wrong answer": wrong, "no message": found.refused}
    report.lost = {reason: count for reason, count in reasons.items() if count}
    report.answered = len(found.answers) - wrong
    report.items, report.seconds = found.items, found.seconds
    return report


def main() -> None:
    """Does task after task, until there are no more."""
    for line in sys.stdin:
        document = json.loads(line)
        task = Task(**{**document, "offsets": tuple(document["offsets"])})
        maker = Maker(**{**task.maker, "sizes": tuple(task.maker.get("sizes", (0, 0)))})
        calls = maker.make(task.scenario, len(task.offsets) or task.count)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        if not sys.stdin.readline():
            return
        gc.collect()
        gc.disable()
        if task.offsets:
            report = asyncio.run(OpenLoop(task, calls).run())
        else:
            report = closed_loop(task, calls)
        gc.enable()
        sys.stdout.write(json.dumps(asdict(report)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

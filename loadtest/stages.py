"""Where the time of a call goes, stage by stage, within one process.

A worker runs here as it does in a server. The functions in which a stage begins are
wrapped with a clock, which counts what they take without the stages within them; what
a coroutine takes is the sum of its steps, without the waits between them.
"""

# ruff: noqa: ANN401 - part of a program, which wraps whatever there is.

from __future__ import annotations

import asyncio
import importlib
import inspect
import statistics
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final

Call = Callable[[], Awaitable[object]]

# Where each stage begins: its name, the module, and the function or method in it.
_REMEMBERED: Final = "daypass.sts.remembered_decisions"
_MINTS: Final = "daypass.sts.remembered_mints"
_REQUESTS: Final = "daypass.rpc.remembered_requests"
STAGES: Final = (
    ("SigV4: read the proof", "daypass.sts.authenticate", "read_proof"),
    ("SigV4: check the proof", "daypass.sts.prove", "SigV4Prover.prove"),
    ("message: parse", _REQUESTS, "RememberedRequests.read"),
    ("message: answer", "daypass.rpc.assumed_answers", "assume_role_answer"),
    ("mint that is remembered", _MINTS, "RememberedMints.find"),
    ("parameters", "daypass.sts.assume_role", "AssumeRole._plan"),
    ("policy: context and slots", "daypass.sts.assume_role", "AssumeRole._authorize"),
    ("policy: decide", _REMEMBERED, "RememberedDecisions.decide"),
    ("session: ids, keys, record", "daypass.sts.issue", "SessionIssuer.make"),
    ("claims", "daypass.tokens.session_claims", "ClaimsTemplate.fill"),
    ("sign, and write the token", "daypass.tokens.jws", "TokenSigner.sign"),
    ("store", "daypass.telemetry.measured", "MeasuredSessionStore.add"),
    ("audit", "daypass.adapters.audit_file", "FileAuditSink.write"),
    ("telemetry", "daypass.telemetry.metrics", "Metrics.store_answered"),
    ("telemetry", "daypass.observe_audit", "AuditObserver.written"),
    ("pipeline and audit record", "daypass.sts.pipeline", "Pipeline.run"),
)


class StageClock:
    """Counts what stages take, each without those within it."""

    def __init__(self) -> None:
        self._within: list[float] = []
        self._current: defaultdict[str, float] = defaultdict(float)
        self.calls: list[dict[str, float]] = []

    @contextmanager
    def timing(self, stage: str) -> Generator[None]:
        """Counts a block."""
        self._within.append(0.0)
        begun = time.perf_counter()
        try:
            yield
        finally:
            took = time.perf_counter() - begun
            inner = self._within.pop()
            self._current[stage] += took - inner
            if self._within:
                self._within[-1] += took

    def end_call(self) -> None:
        """Keeps what the stages of one call took."""
        self.calls.append(dict(self._current))
        self._current.clear()

    def medians(self) -> dict[str, float]:
        """Returns for each stage the median of all calls, in microseconds."""
        names = dict.fromkeys(name for name, _, _ in STAGES)
        return {
            name: statistics.median(call.get(name, 0.0) for call in self.calls) * 1e6
            for name in names
        }


class _Steps:
    """Awaits a coroutine, and counts its steps."""

    def __init__(self, work: Any, clock: StageClock, stage: str) -> None:
        self._work, self._clock, self._stage = work, clock, stage

    def __await__(self) -> Generator[Any, Any, Any]:
        """Steps through the coroutine."""
        sent, failed = None, None
        while True:
            try:
                with self._clock.timing(self._stage):
                    if failed is not None:
                        awaited = self._work.throw(failed)
                    else:
                        awaited = self._work.send(sent)
            except StopIteration as end:
                return end.value
            failed = None
            try:
                sent = yield awaited
            except BaseException as error:  # noqa: BLE001 - handed on.
                failed = error


@contextmanager
def clocked(clock: StageClock) -> Generator[None]:
    """Wraps all stages for as long as the block lasts."""
    before: list[tuple[object, str, object]] = []
    try:
        for stage, module, path in STAGES:
            owner: Any = importlib.import_module(module)
            *classes, name = path.split(".")
            for each in classes:
                owner = getattr(owner, each)
            function = getattr(owner, name)
            before.append((owner, name, function))
            setattr(owner, name, _clocked(function, clock, stage))
        yield
    finally:
        for owner, name, function in before:
            setattr(owner, name, function)


def _clocked(
    function: Callable[..., Any], clock: StageClock, stage: str
) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def stepped(*words: Any, **named: Any) -> Any:
            return await _Steps(function(*words, **named), clock, stage)

        return stepped

    @wraps(function)
    def timed(*words: Any, **named: Any) -> Any:
        with clock.timing(stage):
            return function(*words, **named)

    return timed


async def in_turn(calls: list[Call], clock: StageClock) -> None:
    """Makes calls one after the other, with a clock on each stage."""
    with clocked(clock):
        for call in calls:
            await call()
            clock.end_call()


async def at_once(calls: list[Call], workers: int) -> tuple[float, float]:
    """Makes calls, several at once.

    Returns:
        Microseconds of CPU time for each: of the loop, and of all threads.
    """
    waiting = iter(calls)

    async def work() -> None:
        for call in waiting:
            await call()

    loop, process = time.thread_time(), time.process_time()
    await asyncio.gather(*(work() for _ in range(workers)))
    loop, process = time.thread_time() - loop, time.process_time() - process
    return loop / len(calls) * 1e6, process / len(calls) * 1e6

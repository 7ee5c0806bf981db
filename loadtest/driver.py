"""Hands tasks to generators, and puts together what they found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Final

from loadtest.generator import Report, Task
from loadtest.latency import percentiles
from loadtest.processes import ROOT
from loadtest.results import Sample, Window
from loadtest.schedule import shares

_STOP_SECONDS_MAX: Final = 20.0
# A generator that is later than this says more of itself than of the server.
LAG_MICROSECONDS_MAX: Final = 5_000
LAG_PERCENTILE: Final = "99"


class GeneratorError(RuntimeError):
    """A generator did not do what it was told."""


@dataclass(frozen=True, slots=True)
class _Worker:
    """A generator that runs."""

    process: subprocess.Popen[str]
    log: Path

    def begin(self, task: Task) -> None:
        """Lets it make the calls of a task, and returns when they are ready."""
        self._write(json.dumps(asdict(task)))
        if (line := self._read()) != "ready":
            raise GeneratorError(f"a generator said {line!r}")

    def go(self) -> None:
        """Lets it send them."""
        self._write("go")

    def report(self) -> Report:
        """Returns what it found."""
        return Report(**json.loads(self._read()))

    def _write(self, line: str) -> None:
        self._pipe(self.process.stdin).write(f"{line}\n")
        self._pipe(self.process.stdin).flush()

    def _read(self) -> str:
        line = self._pipe(self.process.stdout).readline()
        if not line:
            text = self.log.read_text(encoding="utf-8", errors="replace")[-2_000:]
            raise GeneratorError(f"a generator has ended:\n{text}")
        return line.rstrip("\n")

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None, "both ends are pipes"
        return pipe


class Driver:
    """Several generators, that work as one.

    Args:
        workers: the generators.
    """

    def __init__(self, workers: tuple[_Worker, ...]) -> None:
        self._workers = workers

    @classmethod
    @contextmanager
    def started(cls, count: int, core: int, folder: Path) -> Iterator[Driver]:
        """Starts generators on one core, and ends them with the block."""
        with ExitStack() as stack:
            yield cls(
                tuple(
                    stack.enter_context(
                        _started(core, folder / f"generator{number}.log")
                    )
                    for number in range(count)
                )
            )

    def closed_loop(self, task: Task) -> Report:
        """Measures a closed loop, by one generator.

        Raises:
            GeneratorError: nothing was answered.
        """
        (report,) = self._run([task])
        if not report.items:
            raise GeneratorError(f"{task.scenario}: no answer, lost {report.lost}")
        return report

    def open_loop(
        self,
        task: Task,
        name: str,
        *,
        rate: float,
        share: float = 0.0,
        meanwhile: Callable[[], None] | None = None,
    ) -> Window:
        """Keeps a schedule, dealt out to all generators.

        Args:
            task: what they do.
            name: what the window is called.
            rate: what the schedule was made of; 0 for a burst, which no generator
                keeps up with.
            share: the rate as a part of the capacity.
            meanwhile: what is done while they send.
        """
        parts = shares(task.offsets, len(self._workers))
        reports = self._run(
            [replace(task, offsets=part) for part in parts if part], meanwhile
        )
        lost: Counter[str] = Counter()
        for report in reports:
            lost.update(report.lost)
        lag = percentiles(each for report in reports for each in report.lag)
        return Window(
            name=name,
            rate=rate,
            share=share,
            answered=sum(report.answered for report in reports),
            lost=dict(lost),
            latency=percentiles(each for report in reports for each in report.latency),
            lag=lag,
            rejected=_lagging(lag) if rate else "",
            samples=merge_samples(reports),
        )

    def _run(
        self, tasks: list[Task], meanwhile: Callable[[], None] | None = None
    ) -> list[Report]:
        busy = list(zip(self._workers, tasks, strict=False))
        for worker, task in busy:
            worker.begin(task)
        for worker, _ in busy:
            worker.go()
        if meanwhile is not None:
            meanwhile()
        return [worker.report() for worker, _ in busy]


def merge_samples(reports: list[Report]) -> tuple[Sample, ...]:
    """Adds the samples of generators up; the server they saw is the same one."""
    return tuple(
        Sample(
            at=round(moment[0][0], 3),
            answered=sum(each[1] for each in moment),
            server_cpu=round(moment[0][2], 3),
            client_cpu=round(sum(each[3] for each in moment), 3),
        )
        for moment in zip(*(report.samples for report in reports), strict=False)
    )


def _lagging(lag: dict[str, int]) -> str:
    """Tells how a generator lags; empty if it does not."""
    late = lag.get(LAG_PERCENTILE, 0)
    if late <= LAG_MICROSECONDS_MAX:
        return ""
    return f"the generator was {late / 1000:.1f} ms late at p{LAG_PERCENTILE}"


@contextmanager
def _started(core: int, log: Path) -> Iterator[_Worker]:
    with (
        log.open("w", encoding="utf-8") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "loadtest.generator"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=ROOT,
        ) as process,
    ):
        os.sched_setaffinity(process.pid, {core})
        try:
            yield _Worker(process, log)
        finally:
            # It ends with its input; one that does not is ended.
            process.terminate()
            process.wait(_STOP_SECONDS_MAX)

"""One run: interleaved rounds first, then open loops at parts of what was found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from loadtest.baselines import raw_signatures
from loadtest.bench import Bench
from loadtest.generator import Task
from loadtest.results import (
    EMPTY,
    EMPTY_AGAIN,
    EMPTY_VERIFY,
    RAW_SIGN,
    RAW_VERIFY,
    Capacity,
    Window,
)
from loadtest.schedule import burst_offsets, poisson_offsets
from loadtest.search import highest_rate

# Calls that are made for a second of a closed loop: in the first round what a fast
# server answers, afterwards somewhat more than it has answered at best.
_FIRST: Final = {
    EMPTY: 30_000,
    "mint_batch": 200,
    "verify_batch_seen": 400,
    "verify_batch_unseen": 100,
    "verify_unseen": 4_000,
}
_FIRST_OF_OTHERS: Final = 8_000
_MARGIN: Final = 1.5
BATCHES: Final = frozenset({"mint_batch", "verify_batch_seen", "verify_batch_unseen"})
_BATCHES_IN_FLIGHT: Final = 2
CLOSED: Final = (
    *("mint", "mint_batch", "verify_seen", "verify_unseen"),
    *("verify_batch_seen", "verify_batch_unseen", "mixed"),
)
# The scenarios whose latency is measured, at parts of the capacity.
IN_TIME: Final = ("mint", "verify_seen", "mixed")
SHARES: Final = (0.25, 0.5, 0.75)
_SEARCH_STEPS: Final = 4


def capacities(bench: Bench, scenarios: Sequence[str]) -> tuple[Capacity, ...]:
    """Measures everything once in each round, in an order of its own.

    Raises:
        GeneratorError: a server does not answer.
    """
    tasks = {
        EMPTY: bench.empty_task(0, bench.mint_sizes),
        EMPTY_AGAIN: bench.empty_task(1, bench.mint_sizes),
        EMPTY_VERIFY: bench.empty_task(0, bench.verify_sizes),
        **bench.scenarios_of_all(scenarios),
    }
    found: dict[str, list[_Round]] = defaultdict(list)
    draw = Random(bench.seed)  # noqa: S311 - a seed that repeats a run.
    for turn in range(bench.pace.rounds):
        raw = raw_signatures()
        found[RAW_SIGN].append(_Round(raw.signs, raw.signs, 0.0, 0))
        found[RAW_VERIFY].append(_Round(raw.verifies, raw.verifies, 0.0, 0))
        order = list(tasks)
        draw.shuffle(order)
        for name in order:
            fastest = max((each.calls for each in found[name]), default=0.0)
            found[name].append(_closed(bench, tasks[name], fastest))
        rates = ", ".join(f"{name} {found[name][-1].items:,.0f}/s" for name in tasks)
        bench.say(f"round {turn + 1} of {bench.pace.rounds}: {rates}")
    return tuple(
        Capacity(
            name,
            per_cpu_second=tuple(each.items_cpu for each in rounds),
            per_second=tuple(each.items for each in rounds),
            switches=tuple(each.switches for each in rounds),
            lost=tuple(each.lost for each in rounds),
        )
        for name, rounds in found.items()
    )


@dataclass(frozen=True, slots=True)
class _Round:
    """What one window of a closed loop came to.

    Attributes:
        items_cpu: items for each second of CPU time.
        items: items a second.
        switches: voluntary switches for each item.
        lost: calls that were not answered well.
        calls: calls a second, warm-up included.
    """

    items_cpu: float
    items: float
    switches: float
    lost: int
    calls: float = 0.0


def _closed(bench: Bench, task: Task, fastest: float) -> _Round:
    """Measures one window; so many calls a second were answered before."""
    pace = bench.pace
    batch = task.scenario in BATCHES
    a_second = fastest * _MARGIN or _FIRST.get(task.scenario, _FIRST_OF_OTHERS)
    report = bench.driver.closed_loop(
        replace(
            task,
            count=int(a_second * (pace.window + pace.warm_up)) + pace.in_flight,
            in_flight=_BATCHES_IN_FLIGHT if batch else pace.in_flight,
            connections=_BATCHES_IN_FLIGHT if batch else task.connections,
            seconds=pace.window,
            warm_up=pace.warm_up,
        )
    )
    if report.lost:
        bench.say(f"{task.scenario}: not answered well: {report.lost}")
    # A server that was started by somebody else tells no CPU time; beside it, what is
    # told of the empty ones is by the clock, too.
    cpu = report.server_cpu if bench.side.server.process_id else report.seconds
    return _Round(
        items_cpu=report.items / cpu,
        items=report.items / report.seconds,
        switches=report.switches / report.items,
        lost=sum(report.lost.values()),
        calls=report.answered / (pace.window + pace.warm_up),
    )


def open_windows(bench: Bench, scenario: str, capacity: float) -> tuple[Window, ...]:
    """Sends Poisson arrivals at parts of the capacity."""
    windows = []
    for share in SHARES:
        windows.append(open_window(bench, scenario, capacity * share, share))
        bench.say(describe(windows[-1]))
    return tuple(windows)


def open_window(
    bench: Bench,
    scenario: str,
    rate: float,
    share: float = 0.0,
    name: str = "",
    seconds: float = 0.0,
    meanwhile: Callable[[], None] | None = None,
) -> Window:
    """Sends Poisson arrivals at one rate, and does something meanwhile."""
    length = seconds or bench.pace.open_window
    offsets = poisson_offsets(rate, length, bench.seed)
    task = replace(bench.task(scenario), offsets=offsets or burst_offsets(1))
    return bench.driver.open_loop(
        task, name or scenario, rate=rate, share=share, meanwhile=meanwhile
    )


def burst(bench: Bench, scenario: str, name: str) -> Window:
    """Sends many calls at once."""
    task = replace(bench.task(scenario), offsets=burst_offsets(bench.pace.burst))
    window = bench.driver.open_loop(task, name, rate=0.0)
    bench.say(describe(window))
    return window


def search(
    bench: Bench, scenario: str, capacity: float, p99_microseconds_max: int
) -> float:
    """Returns the highest rate whose p99 stays under a limit, and none is lost."""

    def keeps(rate: float) -> bool:
        window = open_window(bench, scenario, rate, name="search")
        kept = (
            not window.rejected
            and not window.lost
            and window.latency["99"] <= p99_microseconds_max
        )
        bench.say(f"search: {describe(window)}: {'kept' if kept else 'not kept'}")
        return kept

    return highest_rate(keeps, low=capacity * 0.1, high=capacity, steps=_SEARCH_STEPS)


def describe(window: Window) -> str:
    """Returns a line about a window."""
    late = {key: value / 1000 for key, value in window.latency.items()}
    lag = window.lag.get("99", 0) / 1000
    times = (
        f"p50 {late['50']:.2f} ms, p99 {late['99']:.2f} ms, max {late['100']:.2f} ms"
        if late
        else "no answer"
    )
    rate = f"{window.rate:,.0f}/s" if window.rate else "a burst"
    end = f", REJECTED: {window.rejected}" if window.rejected else ""
    lost = sum(window.lost.values())
    return (
        f"{window.name} at {rate}: {window.answered} answered, {lost} lost,"
        f" {times}, generator lag p99 {lag:.2f} ms{end}"
    )

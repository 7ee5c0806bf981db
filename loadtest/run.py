"""A run from start to end: starts the servers, measures, and returns what it found."""

from __future__ import annotations

import asyncio
import os
import platform
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import grpc

from daypass_client.clock import SystemClock
from loadtest import baselines, measure, native, store_bench, upsets
from loadtest.bench import Bench
from loadtest.calls import Maker
from loadtest.processes import Cores
from loadtest.results import Capacity, Results, Window, named
from loadtest.staging import Daypass, Order, Stage, sizes, staged, started_daypass

_OFFLINE_TOKENS: Final = 1_000
P99_MICROSECONDS_MAX: Final = 20_000


def perform(order: Order, say: Callable[[str], None]) -> Results:
    """Makes a run.

    Raises:
        StartError: a server does not start.
        GeneratorError: a closed loop had calls that were not answered well.
    """
    date = SystemClock().now().isoformat(timespec="seconds")
    with staged(order, say) as stage:
        closed = [each for each in order.scenarios if each in measure.CLOSED]
        found = measure.capacities(stage.bench, closed)
        windows: list[Window] = []
        figures: dict[str, float] = {}
        for daypass in stage.daypasses:
            more, several = _by_itself(stage, daypass, found)
            windows += [_renamed(each, daypass, order) for each in more]
            figures |= {
                named(name, daypass.side.engine, order.engines): value
                for name, value in several.items()
            }
        if order.target is None:
            figures["redis_sets_a_second"] = baselines.redis_sets(stage.redis_port)
        if "store" in order.scenarios and order.target is None:
            say("store: adding sessions to a Redis of their own")
            figures |= asyncio.run(store_bench.budgeted())
    return Results(
        date=date,
        machine=_machine(stage.cores),
        seed=order.seed,
        engines=order.engines,
        capacities=found,
        windows=tuple(windows),
        figures=figures,
        unjudged=("the CPU time of the server is not known" if order.target else ""),
    )


def _renamed(window: Window, daypass: Daypass, order: Order) -> Window:
    name = named(window.name, daypass.side.engine, order.engines)
    return replace(window, name=name)


def _by_itself(
    stage: Stage, daypass: Daypass, found: Sequence[Capacity]
) -> tuple[list[Window], dict[str, float]]:
    """Runs what needs one server for a while: open loops, upsets and the search."""
    order, bench = stage.order, replace(stage.bench, side=daypass.side)
    rates = {each.name: statistics.median(each.per_second) for each in found}
    windows: list[Window] = []
    figures: dict[str, float] = {}
    for scenario in measure.IN_TIME:
        name = named(scenario, daypass.side.engine, order.engines)
        if name in rates:
            windows += measure.open_windows(bench, scenario, rates[name])
    if order.target is None:
        windows += _upsets(stage, bench, daypass)
        if "offline" in order.scenarios and daypass is stage.daypasses[0]:
            figures |= _offline(daypass)
    if "ceiling" in order.scenarios:
        figures |= _ceilings(bench)
    mint = named("mint", daypass.side.engine, order.engines)
    if bench.pace.searches and mint in rates:
        figures["mint_rate_with_p99_in_20_ms"] = measure.search(
            bench, "mint", rates[mint], P99_MICROSECONDS_MAX
        )
    return windows, figures


def _upsets(stage: Stage, bench: Bench, daypass: Daypass) -> list[Window]:
    """Runs what is no steady load: bursts, a revocation, a rotation."""
    scenarios = stage.order.scenarios
    windows = []
    if "refresh_storm" in scenarios:
        windows.append(measure.burst(bench, "mint", "refresh_storm"))
    if "web_identity" in scenarios:
        token = upsets.identity_token(daypass.folder / "state")
        maker = replace(bench.side.maker, identity_token=token)
        with_token = replace(bench, side=replace(bench.side, maker=maker))
        windows.append(measure.burst(with_token, "web_identity", "web_identity_burst"))
    if "revocation" in scenarios:
        with daypass.client("admin") as admin, daypass.client("dev") as dev:
            windows.append(upsets.revocation(bench, admin, dev))
    if "rotation" in scenarios:
        # A server of its own, whose keys follow each other fast.
        engine, folder = daypass.side.engine, daypass.folder / "rotation"
        with started_daypass(
            stage.order, engine, folder, stage.cores, upsets.FAST_KEYS
        ) as fast:
            windows.append(upsets.rotation(replace(bench, side=fast.side)))
    return windows


def _ceilings(bench: Bench) -> dict[str, float]:
    """Measures by h2load how many calls the servers answer at the very most."""
    seconds, streams = max(1, round(bench.pace.window)), bench.pace.in_flight
    maker, empty = bench.side.maker, bench.empty[0]
    calls = {
        "empty": (empty, Maker(empty.address, sizes=bench.verify_sizes).empty()),
        "verify_seen": (bench.side.server, maker.verify(maker.mint_sessions(1)[0])),
    }
    figures: dict[str, float] = {}
    for name, (server, call) in calls.items():
        _, answered = sizes(server.address, call)
        found = native.measure(server, call, answered, seconds=seconds, streams=streams)
        figures[f"ceiling_{name}_a_second"] = found.per_second
        figures[f"ceiling_{name}_cpu_microseconds"] = found.cpu_microseconds
        bench.say(f"h2load: {name} {found.per_second:,.0f}/s")
    return figures


def _offline(daypass: Daypass) -> dict[str, float]:
    """Measures the verifier of the Python client on tokens of the server."""
    sessions = daypass.side.maker.mint_sessions(_OFFLINE_TOKENS)
    with daypass.client("verifier") as client:
        found = baselines.offline(client, [session.token for session in sessions])
    return {
        "offline_unseen_ratio": found.unseen_ratio,
        "offline_seen_rate": found.seen_rate,
    }


def _machine(cores: Cores) -> str:
    shared = "shares a core with" if cores.server == cores.load else "and apart"
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python"
        f" {platform.python_version()}, gRPC {grpc.__version__}; server on core"
        f" {cores.server}, {shared} load and Redis on core {cores.load}"
    )

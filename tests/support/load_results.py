"""Results of load tests, as a run would leave them."""

from __future__ import annotations

from loadtest.results import (
    EMPTY,
    EMPTY_AGAIN,
    EMPTY_VERIFY,
    RAW_SIGN,
    RAW_VERIFY,
    Capacity,
    Results,
    Sample,
    Window,
)

ROUNDS = 6
LATENCY = {
    "0": 400,
    "25": 500,
    "50": 700,
    "75": 900,
    "90": 1_200,
    "95": 1_500,
    "99": 3_000,
    "99.5": 4_000,
    "99.9": 9_000,
    "99.99": 12_000,
    "100": 12_500,
}


def capacity(name: str, *per_cpu_second: float, lost: int = 0) -> Capacity:
    """Returns rounds of one kind of call; one figure stands for all rounds."""
    rounds = per_cpu_second if len(per_cpu_second) > 1 else per_cpu_second * ROUNDS
    return Capacity(
        name, rounds, rounds, (9.0,) * len(rounds), (lost,) + (0,) * (len(rounds) - 1)
    )


def window(name: str = "mint", *, lost: int = 0, rejected: str = "") -> Window:
    """Returns an open loop at half the capacity."""
    return Window(
        name=name,
        rate=500.0,
        share=0.5,
        answered=1_000,
        lost={"UNAVAILABLE": lost} if lost else {},
        latency=LATENCY,
        lag={"99": 400},
        rejected=rejected,
        samples=(Sample(0.2, 90, 0.4, 0.3), Sample(0.4, 200, 0.5, 0.3)),
    )


def results(
    *more: Capacity,
    mint: float = 1_000.0,
    again: tuple[float, ...] = (4_000.0,),
    yardstick: tuple[float, ...] = (30_000.0,),
    windows: tuple[Window, ...] = (),
    figures: dict[str, float] | None = None,
    unjudged: str = "",
) -> Results:
    """Returns a run in which an empty call took 250 microseconds of CPU time."""
    return Results(
        date="2026-11-26T12:00:00+00:00",
        machine="a machine",
        seed=7,
        engines=("aio",),
        capacities=(
            capacity(RAW_SIGN, *yardstick),
            capacity(RAW_VERIFY, 10_000.0),
            capacity(EMPTY, 4_000.0),
            capacity(EMPTY_AGAIN, *again),
            capacity(EMPTY_VERIFY, 4_000.0),
            capacity("mint", mint),
            *more,
        ),
        windows=windows,
        figures=figures or {},
        unjudged=unjudged,
    )

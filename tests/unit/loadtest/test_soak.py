"""What a soak takes for a leak, and for a call that was lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from loadtest.soak import FILES_LEFT_MAX, TASKS_LEFT_MAX, Soaked, growths_of
from loadtest.soak_load import Outcome
from loadtest.soak_server import Held, reasons_in

KIB = 1_024
HELD = Held(resident=100 * KIB * KIB, files=50, tasks=30)
GOOD = Soaked(
    engine="aio",
    before=HELD,
    after=HELD,
    growths=(9_000.0, 100.0, 9_000.0),
    keys=(1, 2),
    outcome=Outcome(calls=Counter(mint=3)),
    reasons=Counter(),
)


def test_nothing_is_wrong() -> None:
    """What stays within its bounds is no fault, the edges included."""
    edge = Held(HELD.resident, 50 + FILES_LEFT_MAX, 30 + TASKS_LEFT_MAX)

    assert [] == replace(GOOD, after=edge).faults(100.0)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"growths": (0.0, 100.5, 9_000.0)}, "memory grows"),
        ({"growths": (0.0, 9_000.0, 100.5)}, "memory grows"),
        ({"after": replace(HELD, files=51 + FILES_LEFT_MAX)}, "files are left"),
        ({"after": replace(HELD, tasks=31 + TASKS_LEFT_MAX)}, "threads are left"),
        ({"outcome": Outcome(lost=Counter({"mint: INTERNAL": 1}))}, "1 lost: mint"),
    ],
)
def test_fault_is_found(changes: dict[str, object], fault: str) -> None:
    """Memory, files and threads beyond their bounds, and each lost call, are faults."""
    (found,) = replace(GOOD, **changes).faults(100.0)  # type: ignore[arg-type]

    assert fault in found


def test_refusal_is_no_fault() -> None:
    """A call that is told to come back is counted, and is not lost."""
    outcome = Outcome(refused=Counter({"mint: UNAVAILABLE: later": 1}))
    refused = replace(GOOD, outcome=outcome, reasons=Counter(store_slow=2))

    assert [] == refused.faults(100.0)
    assert "mint: UNAVAILABLE: later" in str(refused)
    assert "store_slow" in str(refused)


def test_reasons_are_those_of_calls_that_may_come_back() -> None:
    """A denial is an answer, and what else is in the log is no call."""
    lines = [
        '{"event": "call refused", "code": "UNAVAILABLE", "detail": "store_slow"}\n',
        '{"event": "call refused", "code": "UNAVAILABLE", "detail": "store_slow"}\n',
        '{"event": "call refused", "code": "NOT_FOUND", "detail": "UNAVAILABLE"}\n',
        '{"event": "worker serving", "worker": 1}\n',
    ]

    assert Counter(store_slow=2) == reasons_in(lines)


def test_growth_is_that_of_the_end() -> None:
    """Caches fill at first; what counts is how memory grows after that."""
    filling = [(thousands * 1_000, 500 * KIB * thousands) for thousands in range(30)]
    steady = [
        (thousands * 1_000, 15_000 * KIB + 2 * KIB * thousands)
        for thousands in range(30, 60)
    ]

    growths = growths_of(filling + steady)

    assert 4 == len(growths)
    assert growths[0] == pytest.approx(500.0)
    assert growths[-1] == pytest.approx(2.0)

"""What operators see of the store: a line when something begins, and when it ends."""

from __future__ import annotations

import io
import json
from datetime import timedelta

from opentelemetry.sdk.metrics.export import NumberDataPoint

from daypass.core.store_health import ClockDifference, StoreFindings
from daypass.observe_store import StoreObserver
from daypass.telemetry import names
from daypass.telemetry.logs import set_up_logging
from daypass.telemetry.metrics_export import build_metrics
from daypass.telemetry.otlp import ServiceIdentity
from support.metrics import KeptMetrics
from support.world import ManualClock

IDENTITY = ServiceIdentity(name="daypassd", version="0", instance_id="worker-1")


def _found(seconds: float, fault: str = "") -> StoreFindings:
    span = timedelta(seconds=seconds)
    return StoreFindings(fault, ClockDifference(span, span))


def _told(*findings: StoreFindings) -> list[tuple[str, ...]]:
    """Returns the level, event and variable of each line on what was found."""
    stream = io.StringIO()
    logging = set_up_logging(
        level="debug", log_format="json", stream=stream, clock=ManualClock()
    )
    observer = StoreObserver(metrics=build_metrics(IDENTITY, endpoint=None))
    for each in findings:
        observer.store_examined(each)
    logging.close()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [
        (each["level"], each["event"], each.get("fault", each.get("difference", "")))
        for each in lines
    ]


def test_fault_is_told_once() -> None:
    """A fault has one line, another fault another one, and its end one more."""
    told = _told(
        _found(0),
        *[StoreFindings("it evicts")] * 3,
        StoreFindings("it is a replica"),
        *[_found(0)] * 2,
    )

    assert [
        ("error", "store unfit, not ready", "it evicts"),
        ("error", "store unfit, not ready", "it is a replica"),
        ("warning", "store fit again", ""),
    ] == told


def test_clock_is_told_once() -> None:
    """A clock that drifts, is skewed and comes back has a line for each."""
    told = _told(_found(1.9), _found(2), _found(2), _found(-3), _found(-3.5), _found(0))

    assert [
        (
            "warning",
            "clock drifting",
            "the store's clock is 2.0 s ahead of this server's",
        ),
        (
            "error",
            "clock skewed, not ready",
            "the store's clock is 3.0 s behind this server's",
        ),
        ("warning", "clock agrees with the store again", ""),
    ] == told


def test_fault_says_nothing_of_the_clock() -> None:
    """A store that was not asked for its time does not make the clock agree again."""
    told = _told(_found(3), StoreFindings("it evicts"), _found(3))

    assert ["clock skewed, not ready", "store unfit, not ready", "store fit again"] == [
        event for _, event, _ in told
    ]


def test_difference_is_measured() -> None:
    """The metric is how far the store's clock is ahead, where that is known."""
    reader = KeptMetrics()
    metrics = build_metrics(IDENTITY, endpoint=None, readers=(reader,))
    observer = StoreObserver(metrics=metrics)

    observer.store_examined(_found(-1.5))
    observer.store_examined(StoreFindings("it evicts"))

    data = reader.get_metrics_data()
    assert data is not None
    (value,) = [
        point.value
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == names.STORE_CLOCK_DIFFERENCE
        for point in metric.data.data_points
        if isinstance(point, NumberDataPoint)
    ]
    assert -1.5 == value

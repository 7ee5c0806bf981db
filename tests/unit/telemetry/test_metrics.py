"""Metrics."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from daypass.core import limits
from daypass.telemetry import names
from daypass.telemetry.metrics import BoundedLabel, Metrics
from daypass.telemetry.metrics_export import build_metrics
from daypass.telemetry.otlp import ServiceIdentity
from support.metrics import KeptMetrics

IDENTITY = ServiceIdentity(name="daypassd", version="0", instance_id="worker-1")
SECOND = timedelta(seconds=1)


@pytest.fixture
def reader() -> KeptMetrics:
    """Returns a reader that keeps what it reads."""
    return KeptMetrics()


@pytest.fixture
def metrics(reader: KeptMetrics) -> Metrics:
    """Returns metrics that the reader reads."""
    return build_metrics(IDENTITY, endpoint=None, readers=(reader,))


def points(reader: KeptMetrics) -> dict[str, list[tuple[dict[str, Any], Any]]]:
    """Returns attributes and points by the name of the metric."""
    data = reader.get_metrics_data()
    assert data is not None
    return {
        metric.name: [
            (dict(point.attributes or {}), point) for point in metric.data.data_points
        ]
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def test_calls_follow_the_conventions(metrics: Metrics, reader: KeptMetrics) -> None:
    """A call is timed in seconds, by method and code."""
    metrics.call_finished("daypass.Service/Method", "OK", SECOND / 4)

    ((attributes, point),) = points(reader)["rpc.server.call.duration"]
    assert {
        "rpc.system.name": "grpc",
        "rpc.method": "daypass.Service/Method",
        "rpc.response.status_code": "OK",
    } == attributes
    assert (1, 0.25) == (point.count, point.sum)


def test_outcomes_are_counted_apart(metrics: Metrics, reader: KeptMetrics) -> None:
    """Mints and verifications are counted by operation and outcome."""
    metrics.mints["AssumeRole", "allowed"].count += 1
    metrics.mints["AssumeRole", "allowed"].count += 1
    metrics.mints["AssumeRole", "AccessDenied"].count += 1
    metrics.verifications["VerifyToken", "valid"].count += 1

    found = points(reader)
    mints = {each[names.OUTCOME]: point.value for each, point in found[names.MINTS]}
    assert {"allowed": 2, "AccessDenied": 1} == mints
    assert 1 == found[names.VERIFICATIONS][0][1].value


def test_gauges_show_the_latest(metrics: Metrics, reader: KeptMetrics) -> None:
    """Staleness shows what it is when it is read, generation what was noted last."""
    ages = iter((SECOND * 3, SECOND))
    metrics.follow_staleness(lambda: next(ages))
    points(reader)
    metrics.directory_generation(7)

    found = points(reader)
    assert 1.0 == found[names.REVOCATION_STALENESS][0][1].value
    assert 7 == found[names.DIRECTORY_GENERATION][0][1].value


def test_label_values_are_bounded(metrics: Metrics, reader: KeptMetrics) -> None:
    """Whoever names methods cannot make more series than the bound."""
    for number in range(2 * limits.METRIC_LABEL_VALUES_MAX):
        metrics.call_finished(f"made-up-{number}", "OK", SECOND)

    methods = {each[names.RPC_METHOD] for each, _ in points(reader)[names.RPC_DURATION]}
    assert limits.METRIC_LABEL_VALUES_MAX + 1 == len(methods)
    assert names.OTHER in methods


def test_known_values_stay_known() -> None:
    """A value that was let through once is let through always."""
    label = BoundedLabel(1)

    assert ["a", "other", "a"] == [label.of(value) for value in ("a", "b", "a")]

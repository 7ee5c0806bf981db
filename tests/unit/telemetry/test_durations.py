"""Durations are counted as the SDK counts them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricsData

from daypass.core import limits
from daypass.telemetry.durations import BUCKETS, Durations, Series, Timed
from support.metrics import KeptMetrics

NAME = "some.duration"


def read(
    values: list[float], *, by_sdk: bool, scope: str = "daypass"
) -> tuple[Any, MetricsData]:
    """Returns the point of durations, and all that was read."""
    reader = InMemoryMetricReader() if by_sdk else KeptMetrics()
    provider = MeterProvider(metric_readers=[reader], shutdown_on_exit=False)
    meter = provider.get_meter(scope)
    if isinstance(reader, KeptMetrics):
        meter.create_counter("other").add(1)
        reader.durations = Durations(scope="daypass")
        series = reader.durations.histogram(NAME, description="").series({"a": "b"})
        for value in values:
            series.add(value)
    else:
        instrument = meter.create_histogram(
            NAME, unit="s", explicit_bucket_boundaries_advisory=BUCKETS
        )
        for value in values:
            instrument.record(value, {"a": "b"})
    data = reader.get_metrics_data()
    assert isinstance(data, MetricsData)
    (point,) = (
        point
        for scope in data.resource_metrics[0].scope_metrics
        for metric in scope.metrics
        if metric.name == NAME
        for point in metric.data.data_points
    )
    return point, data


@given(
    st.lists(
        st.sampled_from(BUCKETS) | st.floats(min_value=0, max_value=100),
        min_size=1,
        max_size=50,
    )
)
def test_counted_as_the_sdk_counts(values: list[float]) -> None:
    """Buckets, their edges included, sum and extremes are those of the SDK."""
    ours, _ = read(values, by_sdk=False)
    theirs, _ = read(values, by_sdk=True)

    assert tuple(theirs.bucket_counts) == tuple(ours.bucket_counts)
    assert tuple(theirs.explicit_bounds) == tuple(ours.explicit_bounds)
    assert (theirs.count, theirs.min, theirs.max, dict(theirs.attributes)) == (
        ours.count,
        ours.min,
        ours.max,
        dict(ours.attributes),
    )
    assert theirs.sum == pytest.approx(ours.sum)


@pytest.mark.parametrize("scope", ["daypass", "another"])
def test_exporters_take_them(scope: str) -> None:
    """The durations can be exported over OTLP, beside what the SDK counts."""
    _, data = read([0.002, 7.0], by_sdk=False, scope=scope)

    exported = encode_metrics(data)

    found = {
        metric.name: metric
        for scope in exported.resource_metrics[0].scope_metrics
        for metric in scope.metrics
    }
    assert {"other", NAME} <= found.keys()
    (point,) = found[NAME].histogram.data_points
    assert 2 == point.count
    assert point.sum == pytest.approx(7.002)


@pytest.mark.parametrize("number", [1, 2 * limits.METRIC_LABEL_VALUES_MAX])
def test_what_is_remembered_is_bounded(number: int) -> None:
    """However many words are asked for with, the memory of them has a bound."""
    histogram = Durations(scope="daypass").histogram(NAME, description="")
    timed = Timed[int](histogram, lambda word: {"a": "other" if word else ""})

    for word in range(number):
        timed[word,].add(1.0)

    point = timed[number - 1,].point({}, start=0)
    assert max(1, number - 1) == point.count
    assert len(timed) == min(number, limits.METRIC_LABEL_VALUES_MAX)


@given(st.lists(st.sampled_from(BUCKETS) | st.floats(min_value=0, max_value=100)))
def test_together_count_as_one_by_one(values: list[float]) -> None:
    """Durations that are counted in one go are counted as each by itself."""
    one_by_one, together = Series(), Series()
    for each in (*values, *values):
        one_by_one.add(each)

    together.add_all(values)
    together.add_all(values)

    expected, found = (each.point({}, start=0) for each in (one_by_one, together))
    assert bool(values) == bool(together)
    assert expected.bucket_counts == found.bucket_counts
    assert (expected.min, expected.max) == (found.min, found.max)
    assert expected.sum == pytest.approx(found.sum)


def test_series_without_a_duration_is_not_shown() -> None:
    """Whoever holds a series that nothing was added to shows nothing of it."""
    histogram = Durations(scope="daypass").histogram(NAME, description="")
    held = histogram.series({"a": "held"})
    histogram.series({"a": "used"}).add(0.0)

    shown = [
        dict(point.attributes or {})
        for point in histogram.metric(start=0).data.data_points
    ]
    held.add(1.0)

    assert [{"a": "used"}] == shown
    assert 2 == len(histogram.metric(start=0).data.data_points)

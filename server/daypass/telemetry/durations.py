"""Histograms of durations, counted here and shown with all other metrics.

The instruments of the SDK take some eight microseconds a measurement, of which a mint
makes four; to count here takes less than one. What was counted joins the metrics of
the SDK when they are read, so that readers and exporters see one kind.

SPEC: OpenTelemetry metrics data model, explicit bucket histograms, cumulative.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVarTuple

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricReader,
    MetricsData,
    ScopeMetrics,
)
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from daypass.telemetry.by_words import ByWords

Attributes = Mapping[str, str | int]
Words = TypeVarTuple("Words")

# Seconds. Calls take from a quarter of a millisecond to a deadline of a minute.
BUCKETS: Final = (
    *(0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1),
    *(0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0),
)


class Series:
    """The durations of one set of attributes; the event loop alone adds to it."""

    __slots__ = ("_counts", "_least", "_most", "_sum")

    def __init__(self) -> None:
        """Begins without a duration."""
        self._counts = [0] * (len(BUCKETS) + 1)
        self._sum = 0.0
        self._least = float("inf")
        self._most = 0.0

    def add(self, seconds: float) -> None:
        """Counts a duration; a bound belongs to the bucket below it."""
        self._counts[bisect_left(BUCKETS, seconds)] += 1
        self._sum += seconds
        # NOTE: as `min` and `max` do it, at a part of their time.
        if seconds < self._least:  # noqa: PLR1730
            self._least = seconds
        if seconds > self._most:  # noqa: PLR1730
            self._most = seconds

    def add_all(self, durations: Sequence[float]) -> None:
        """Counts durations, in seconds."""
        if not durations:
            return
        for seconds in durations:
            self._counts[bisect_left(BUCKETS, seconds)] += 1
        self._sum += sum(durations)
        self._least = min(self._least, *durations)
        self._most = max(self._most, *durations)

    def __bool__(self) -> bool:
        """Tells whether there is any duration; a series without one is not shown."""
        return self._least <= self._most

    def point(self, attributes: Attributes, *, start: int) -> HistogramDataPoint:
        """Returns what was counted so far, since an instant in nanoseconds.

        NOTE: an exporter asks in a thread of its own. The sum may then be that of one
        duration more than were counted, which the next reading makes good.
        """
        counts = tuple(self._counts)
        return HistogramDataPoint(
            attributes=dict(attributes),
            start_time_unix_nano=start,
            time_unix_nano=time.time_ns(),
            count=sum(counts),
            sum=self._sum,
            bucket_counts=counts,
            explicit_bounds=BUCKETS,
            min=self._least,
            max=self._most,
        )


@dataclass(slots=True)
class DurationHistogram:
    """Durations by sets of attributes.

    Attributes:
        name: of the metric.
        description: what it is.
    """

    name: str
    description: str
    _series: dict[tuple[tuple[str, str | int], ...], Series] = field(
        default_factory=dict
    )

    def series(self, attributes: Attributes) -> Series:
        """Returns the series of attributes, each of which has few values."""
        return self._series.setdefault(tuple(attributes.items()), Series())

    def metric(self, *, start: int) -> Metric:
        """Returns the metric as of now."""
        points = [
            series.point(dict(attributes), start=start)
            for attributes, series in tuple(self._series.items())
            if series
        ]
        data = Histogram(points, AggregationTemporality.CUMULATIVE)
        return Metric(self.name, self.description, "s", data)


class Timed(ByWords[*Words, Series]):
    """The series of a histogram, by what they are asked for with."""

    def __init__(
        self,
        histogram: DurationHistogram,
        attributes: Callable[[*Words], Attributes],
    ) -> None:
        super().__init__(lambda *words: histogram.series(attributes(*words)))


class Durations:
    """All histograms of a worker.

    Args:
        scope: the name under which they are shown.
    """

    def __init__(self, *, scope: str) -> None:
        self._scope = InstrumentationScope(scope)
        self._start = time.time_ns()
        self._histograms: list[DurationHistogram] = []

    def histogram(self, name: str, *, description: str) -> DurationHistogram:
        """Returns a new histogram."""
        made = DurationHistogram(name, description)
        self._histograms.append(made)
        return made

    def joined(self, data: MetricsData) -> MetricsData:
        """Returns what the SDK has read, with these histograms behind it."""
        metrics = [each.metric(start=self._start) for each in self._histograms]
        shown = [each for each in metrics if each.data.data_points]
        first, *others = data.resource_metrics
        scopes = list(first.scope_metrics)
        # NOTE: in one scope with the others of its name: exporters keep one of each.
        for number, each in enumerate(scopes):
            if each.scope.name == self._scope.name:
                scopes[number] = replace(each, metrics=[*each.metrics, *shown])
                break
        else:
            scopes.append(ScopeMetrics(self._scope, shown, ""))
        first = replace(first, scope_metrics=scopes)
        return replace(data, resource_metrics=[first, *others])


class DurationReader(MetricReader):
    """Stands before a reader of the SDK, whose metrics then have the durations too.

    It is shown metrics only where the SDK has one of its own with a value.
    """

    durations: Durations | None = None

    def _receive_metrics(
        self,
        metrics_data: MetricsData,
        timeout_millis: float = 10_000,
        **more: object,
    ) -> None:
        if self.durations is not None:
            metrics_data = self.durations.joined(metrics_data)
        super()._receive_metrics(metrics_data, timeout_millis, **more)  # type: ignore[safe-super]

"""A reader of metrics that keeps what it reads."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from daypass.telemetry.durations import DurationReader


class KeptMetrics(DurationReader, InMemoryMetricReader):
    """Reads metrics, those that are counted without the SDK included."""

    def points(self, name: str) -> list[Any]:
        """Returns what a metric shows, by its attributes."""
        data = self.get_metrics_data()
        assert data is not None
        return [
            point
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]

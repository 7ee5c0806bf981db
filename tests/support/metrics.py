"""A reader of metrics that keeps what it reads."""

from __future__ import annotations

from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from daypass.telemetry.durations import DurationReader


class KeptMetrics(DurationReader, InMemoryMetricReader):
    """Reads metrics, those that are counted without the SDK included."""

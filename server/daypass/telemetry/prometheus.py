"""The metrics of a worker as Prometheus reads them.

The page tells no version and nothing of the machine (attacks L29): what stands on it
are the instruments of `metrics` and nothing else.

SPEC: the Prometheus text exposition format, 0.0.4.
"""

from __future__ import annotations

from typing import Final

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from prometheus_client import CollectorRegistry, generate_latest

from daypass.telemetry.durations import DurationReader

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class _Reader(DurationReader, PrometheusMetricReader):
    """Reads all metrics when the page is asked for."""


class PrometheusPage:
    """Reads the instruments of a meter provider that it is a reader of."""

    def __init__(self) -> None:
        """Begins without an instrument."""
        self._registry = CollectorRegistry(auto_describe=False)
        self.reader = _Reader(
            disable_target_info=True,
            scope_info_enabled=False,
            registry=self._registry,
        )

    def render(self) -> bytes:
        """Returns the page as of now."""
        return generate_latest(self._registry)

"""Sets metrics up: who reads them, and how they leave over OTLP.

Without a reader and without a collector the instruments can be used all the same, and
what they measure goes nowhere.
"""

from __future__ import annotations

from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    MetricExporter,
    PeriodicExportingMetricReader,
)

from daypass.core import limits
from daypass.telemetry import names
from daypass.telemetry.durations import DurationReader, Durations
from daypass.telemetry.metrics import Metrics
from daypass.telemetry.otlp import ServiceIdentity, is_plaintext


def build_metrics(
    identity: ServiceIdentity,
    *,
    endpoint: str | None,
    readers: tuple[DurationReader, ...] = (),
) -> Metrics:
    """Sets up metrics.

    Args:
        identity: who reports.
        endpoint: the OTLP collector, or None for none.
        readers: further readers of metrics.

    Raises:
        TelemetryConfigError: the endpoint is no URL.
    """
    durations = Durations(scope=names.SCOPE)
    if endpoint is None and not readers:
        return Metrics(NoOpMeterProvider(), durations)
    exporter = None if endpoint is None else _exporter(endpoint)
    exporting = () if exporter is None else (_in_intervals(exporter),)
    all_readers = (*readers, *exporting)
    for reader in all_readers:
        reader.durations = durations
    provider = MeterProvider(
        metric_readers=all_readers, resource=identity.resource(), shutdown_on_exit=False
    )
    return Metrics(provider, durations, exporter=exporter)


def _exporter(endpoint: str) -> MetricExporter:
    # Importing it takes a twentieth of a second, where most have no collector.
    from opentelemetry.exporter.otlp.proto.grpc import metric_exporter  # noqa: PLC0415

    return metric_exporter.OTLPMetricExporter(
        endpoint=endpoint,
        insecure=is_plaintext(endpoint),
        timeout=limits.TELEMETRY_EXPORT_TIME_MAX.total_seconds(),
    )


class _PeriodicReader(DurationReader, PeriodicExportingMetricReader):
    """Exports all metrics every so often."""


def _in_intervals(exporter: MetricExporter) -> DurationReader:
    return _PeriodicReader(
        exporter,
        export_interval_millis=limits.TELEMETRY_EXPORT_INTERVAL.total_seconds() * 1000,
        export_timeout_millis=limits.TELEMETRY_EXPORT_TIME_MAX.total_seconds() * 1000,
    )

"""Metrics, exported over OTLP where an endpoint is set.

No attribute holds what a caller sends, and each has a bounded number of values
whoever names them (attacks L08).

SPEC: OpenTelemetry semantic conventions for RPC metrics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.metrics import (
    CallbackOptions,
    Histogram,
    Meter,
    NoOpMeterProvider,
    Observation,
)
from opentelemetry.metrics import MeterProvider as AnyMeterProvider
from opentelemetry.metrics import _Gauge as Gauge
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    MetricReader,
    PeriodicExportingMetricReader,
)

from daypass.core import limits
from daypass.telemetry import names
from daypass.telemetry.otlp import ServiceIdentity, is_plaintext, shut_down

_SCOPE: Final = "daypass"
# Seconds. Calls take from a quarter of a millisecond to a deadline of a minute.
_BUCKETS: Final = (
    *(0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1),
    *(0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0),
)


class BoundedLabel:
    """Lets a bounded number of different values through, and "other" for the rest."""

    def __init__(self, most: int = limits.METRIC_LABEL_VALUES_MAX) -> None:
        """Begins without a value."""
        self._most = most
        self._known: set[str] = set()

    def of(self, value: str) -> str:
        """Returns the value, or "other" where there are too many already."""
        if value not in self._known:
            if len(self._known) >= self._most:
                return names.OTHER
            self._known.add(value)
        return value


class Metrics:
    """The instruments of a worker."""

    def __init__(
        self,
        provider: AnyMeterProvider,
        *,
        exporter: OTLPMetricExporter | None = None,
    ) -> None:
        """Makes the instruments; `build_metrics` makes the provider."""
        self._provider = provider
        self._exporter = exporter
        self._methods = BoundedLabel()
        self._operations = BoundedLabel()
        self._outcomes = BoundedLabel()
        meter = provider.get_meter(_SCOPE)
        self._calls = meter.create_histogram(
            names.RPC_DURATION,
            unit="s",
            description="Duration of a call.",
            explicit_bucket_boundaries_advisory=_BUCKETS,
        )
        self._requests = _request_durations(meter)
        self._mints = meter.create_counter(
            names.MINTS, unit="{mint}", description="Credentials asked for."
        )
        self._verifications = meter.create_counter(
            names.VERIFICATIONS, unit="{token}", description="Tokens verified."
        )
        self._store = meter.create_histogram(
            names.STORE_DURATION,
            unit="s",
            description="Duration of an operation of the session store.",
            explicit_bucket_boundaries_advisory=_BUCKETS,
        )
        self._audit = meter.create_histogram(
            names.AUDIT_DURATION,
            unit="s",
            description="Time until an audit record is durable.",
            explicit_bucket_boundaries_advisory=_BUCKETS,
        )
        self._issuers = BoundedLabel()
        self._key_sets = meter.create_histogram(
            names.KEY_SET_FETCHES,
            unit="s",
            description="Duration of a fetch of an identity provider's keys.",
            explicit_bucket_boundaries_advisory=_BUCKETS,
        )
        self._key_set_age = _seconds(
            meter,
            names.KEY_SET_AGE,
            "Age of an identity provider's keys when they were looked at.",
        )
        self._age_of_view: Callable[[], timedelta] | None = None
        meter.create_observable_gauge(
            names.REVOCATION_STALENESS,
            callbacks=[self._observe_staleness],
            unit="s",
            description="Age of the view of the revocation log.",
        )
        self._generation = meter.create_gauge(
            names.DIRECTORY_GENERATION,
            unit="{generation}",
            description="How often the directory has been replaced.",
        )

        self._keyring_age = _seconds(
            meter,
            names.KEYRING_AGE,
            "How long the newest active key of the ring has signed.",
        )
        self._clock_difference = _seconds(
            meter,
            names.STORE_CLOCK_DIFFERENCE,
            "How far the store's clock is ahead of the worker's.",
        )

    def call_finished(self, method: str, code: str, duration: timedelta) -> None:
        """Counts and times a call, by method and name of the gRPC code."""
        attributes = {
            names.RPC_SYSTEM: names.GRPC,
            names.RPC_METHOD: self._methods.of(method),
            names.RPC_STATUS: self._outcomes.of(code),
        }
        self._calls.record(duration.total_seconds(), attributes)

    def request_finished(
        self,
        *,
        method: str,
        route: str,
        operation: str,
        status: int,
        outcome: str,
        duration: timedelta,
    ) -> None:
        """Counts and times an HTTP request.

        Args:
            method: of a closed list.
            route: the path, of a closed list.
            operation: the operation of STS, or empty.
            status: the HTTP status, 0 where none was answered.
            outcome: `ok`, or the reason of a refusal.
            duration: how long it took.
        """
        attributes: dict[str, str | int] = {
            names.HTTP_METHOD: self._methods.of(method),
            names.HTTP_ROUTE: self._operations.of(route),
            names.HTTP_STATUS: status,
            **self._attributes(operation, outcome),
        }
        self._requests.record(duration.total_seconds(), attributes)

    def keyring_age(self, age: timedelta) -> None:
        """Notes how long the newest active key of the ring has signed."""
        self._keyring_age.set(age.total_seconds())

    def minted(self, operation: str, outcome: str) -> None:
        """Counts a mint; the outcome is `allowed` or the reason of the refusal."""
        self._mints.add(1, self._attributes(operation, outcome))

    def verified(self, operation: str, outcome: str) -> None:
        """Counts a verification; the outcome is `valid` or why it is not."""
        self._verifications.add(1, self._attributes(operation, outcome))

    def store_answered(self, operation: str, outcome: str, duration: timedelta) -> None:
        """Times an operation of the store; the outcome is `ok` or an error."""
        seconds = duration.total_seconds()
        self._store.record(seconds, self._attributes(operation, outcome))

    def audit_answered(self, outcome: str, duration: timedelta) -> None:
        """Times the writing of an audit record."""
        attributes = {names.OUTCOME: self._outcomes.of(outcome)}
        self._audit.record(duration.total_seconds(), attributes)

    def key_set_fetched(self, issuer: str, outcome: str, duration: timedelta) -> None:
        """Times a fetch of keys; the outcome is `ok` or the reason of its failure."""
        attributes = {
            names.ISSUER: self._issuers.of(issuer),
            names.OUTCOME: self._outcomes.of(outcome),
        }
        self._key_sets.record(duration.total_seconds(), attributes)

    def key_set_age(self, issuer: str, age: timedelta) -> None:
        """Notes how old the keys of an issuer are."""
        attributes = {names.ISSUER: self._issuers.of(issuer)}
        self._key_set_age.set(age.total_seconds(), attributes)

    def follow_staleness(self, age: Callable[[], timedelta]) -> None:
        """Shows how old the view of the revocation log is, whenever that is read."""
        self._age_of_view = age

    def store_clock_difference(self, ahead: timedelta) -> None:
        """Notes how far the store's clock is ahead; negative where it is behind."""
        self._clock_difference.set(ahead.total_seconds())

    def directory_generation(self, generation: int) -> None:
        """Notes how often the directory has been replaced."""
        self._generation.set(generation)

    def close(self) -> None:
        """Exports what is waiting and ends; waits a bounded time."""
        if isinstance(self._provider, MeterProvider):
            shut_down(self._provider.shutdown, cut_off=self._cut_off)

    def _observe_staleness(self, _: CallbackOptions) -> Iterator[Observation]:
        if self._age_of_view is not None:
            yield Observation(self._age_of_view().total_seconds())

    def _cut_off(self) -> None:
        if self._exporter is not None:
            self._exporter.shutdown(timeout_millis=0)

    def _attributes(self, operation: str, outcome: str) -> dict[str, str]:
        return {
            names.OPERATION: self._operations.of(operation),
            names.OUTCOME: self._outcomes.of(outcome),
        }


def _seconds(meter: Meter, name: str, description: str) -> Gauge:
    return meter.create_gauge(name, unit="s", description=description)


def _request_durations(meter: Meter) -> Histogram:
    return meter.create_histogram(
        names.HTTP_DURATION,
        unit="s",
        description="Duration of an HTTP request.",
        explicit_bucket_boundaries_advisory=_BUCKETS,
    )


def build_metrics(
    identity: ServiceIdentity,
    *,
    endpoint: str | None,
    readers: tuple[MetricReader, ...] = (),
) -> Metrics:
    """Sets up metrics.

    Args:
        identity: who reports.
        endpoint: the OTLP collector, or None for none.
        readers: further readers of metrics.

    Raises:
        TelemetryConfigError: the endpoint is no URL.
    """
    if endpoint is None and not readers:
        return Metrics(NoOpMeterProvider())
    exporter = None if endpoint is None else _exporter(endpoint)
    exporting = () if exporter is None else (_in_intervals(exporter),)
    provider = MeterProvider(
        metric_readers=[*readers, *exporting],
        resource=identity.resource(),
        shutdown_on_exit=False,
    )
    return Metrics(provider, exporter=exporter)


def _exporter(endpoint: str) -> OTLPMetricExporter:
    return OTLPMetricExporter(
        endpoint=endpoint,
        insecure=is_plaintext(endpoint),
        timeout=limits.TELEMETRY_EXPORT_TIME_MAX.total_seconds(),
    )


def _in_intervals(exporter: OTLPMetricExporter) -> MetricReader:
    return PeriodicExportingMetricReader(
        exporter,
        export_interval_millis=limits.TELEMETRY_EXPORT_INTERVAL.total_seconds() * 1000,
        export_timeout_millis=limits.TELEMETRY_EXPORT_TIME_MAX.total_seconds() * 1000,
    )

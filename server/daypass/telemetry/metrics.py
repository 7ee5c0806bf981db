"""The instruments of a worker, and the labels of what they measure.

No attribute holds what a caller sends, and each has a bounded number of values
whoever names them (attacks L08).

SPEC: OpenTelemetry semantic conventions for RPC metrics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from opentelemetry.metrics import CallbackOptions, Meter, Observation
from opentelemetry.metrics import MeterProvider as AnyMeterProvider
from opentelemetry.metrics import _Gauge as Gauge
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter

from daypass.core import limits
from daypass.telemetry import names
from daypass.telemetry.by_words import ByWords
from daypass.telemetry.counts import Counted, Tally
from daypass.telemetry.durations import Attributes, Durations, Series, Timed
from daypass.telemetry.otlp import shut_down


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
    """The instruments of a worker.

    Attributes:
        mints: how often credentials were asked for, by operation and outcome, which is
            `allowed` or the reason of the refusal.
        verifications: how often tokens were verified, by operation and outcome, which
            is `valid` or why it is not.
    """

    def __init__(
        self,
        provider: AnyMeterProvider,
        durations: Durations,
        *,
        exporter: MetricExporter | None = None,
    ) -> None:
        """Makes the instruments; `build_metrics` makes what they belong to."""
        self._provider = provider
        self._exporter = exporter
        self._methods = BoundedLabel()
        self._operations = BoundedLabel()
        self._outcomes = BoundedLabel()
        self._make_durations(durations)
        meter = provider.get_meter(names.SCOPE)
        self.mints = self._tallies(
            meter, names.MINTS, unit="{mint}", description="Credentials asked for."
        )
        self.verifications = self._tallies(
            meter, names.VERIFICATIONS, unit="{token}", description="Tokens verified."
        )
        self._issuers = BoundedLabel()
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
        # NOTE: the SDK shows nothing, durations included, where it has no value.
        self._generation.set(0)
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

    def _make_durations(self, durations: Durations) -> None:
        """Makes what is counted without the SDK."""
        self._calls = Timed(
            durations.histogram(names.RPC_DURATION, description="Duration of a call."),
            self._call_attributes,
        )
        self._requests = Timed(
            durations.histogram(
                names.HTTP_DURATION, description="Duration of an HTTP request."
            ),
            self._request_attributes,
        )
        self._store = Timed(
            durations.histogram(
                names.STORE_DURATION,
                description="Duration of an operation of the session store.",
            ),
            self._attributes,
        )
        self._audit = Timed(
            durations.histogram(
                names.AUDIT_DURATION,
                description="Time until an audit record is durable.",
            ),
            lambda outcome: {names.OUTCOME: self._outcomes.of(outcome)},
        )
        self._key_sets = durations.histogram(
            names.KEY_SET_FETCHES,
            description="Duration of a fetch of an identity provider's keys.",
        )

    def _tallies(
        self, meter: Meter, name: str, *, unit: str, description: str
    ) -> ByWords[str, str, Tally]:
        """Makes a counter by operation and outcome."""
        counted = Counted()
        meter.create_observable_counter(
            name, callbacks=[counted.observe], unit=unit, description=description
        )
        return ByWords(
            lambda operation, outcome: counted.tally(
                self._operations.of(operation), self._outcomes.of(outcome)
            )
        )

    def call_finished(self, method: str, code: str, duration: timedelta) -> None:
        """Counts and times a call, by method and name of the gRPC code.

        Args:
            method: the full method; it is shown without the slash at its beginning.
            code: the name of the gRPC code.
            duration: how long it took.
        """
        self._calls[method, code].add(duration.total_seconds())

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
        series = self._requests[method, route, status, operation, outcome]
        series.add(duration.total_seconds())

    def keyring_age(self, age: timedelta) -> None:
        """Notes how long the newest active key of the ring has signed."""
        self._keyring_age.set(age.total_seconds())

    def store_answered(self, operation: str, outcome: str, seconds: float) -> None:
        """Times an operation of the store; the outcome is `ok` or an error."""
        self._store[operation, outcome].add(seconds)

    def store_series(self, operation: str, outcome: str) -> Series:
        """Returns what `store_answered` adds to, for who adds at each call."""
        return self._store[operation, outcome]

    def audit_answered(self, outcome: str, seconds: float) -> None:
        """Times the writing of an audit record."""
        self._audit[outcome,].add(seconds)

    def audit_series(self, outcome: str) -> Series:
        """Returns what `audit_answered` adds to, for who adds at each call."""
        return self._audit[outcome,]

    def key_set_fetched(self, issuer: str, outcome: str, duration: timedelta) -> None:
        """Times a fetch of keys; the outcome is `ok` or the reason of its failure."""
        attributes = {
            names.ISSUER: self._issuers.of(issuer),
            names.OUTCOME: self._outcomes.of(outcome),
        }
        self._key_sets.series(attributes).add(duration.total_seconds())

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

    def _call_attributes(self, method: str, code: str) -> Attributes:
        return {
            names.RPC_SYSTEM: names.GRPC,
            names.RPC_METHOD: self._methods.of(method.lstrip("/")),
            names.RPC_STATUS: self._outcomes.of(code),
        }

    def _request_attributes(
        self, method: str, route: str, status: int, operation: str, outcome: str
    ) -> Attributes:
        return {
            names.HTTP_METHOD: self._methods.of(method),
            names.HTTP_ROUTE: self._operations.of(route),
            names.HTTP_STATUS: status,
            **self._attributes(operation, outcome),
        }

    def _attributes(self, operation: str, outcome: str) -> dict[str, str]:
        return {
            names.OPERATION: self._operations.of(operation),
            names.OUTCOME: self._outcomes.of(outcome),
        }


def _seconds(meter: Meter, name: str, description: str) -> Gauge:
    return meter.create_gauge(name, unit="s", description=description)

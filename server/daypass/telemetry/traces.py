"""Traces: a span for each call, exported over OTLP where an endpoint is set.

SPEC: OpenTelemetry semantic conventions for RPC spans; W3C Trace Context.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    NoOpTracer,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from daypass.core import limits
from daypass.core.trace_context import TraceParent
from daypass.telemetry import names
from daypass.telemetry.otlp import ServiceIdentity, is_plaintext, shut_down

if TYPE_CHECKING:
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

_SAMPLE_RATIO_DEFAULT: Final = 0.01
_EXPORT_BATCH_MAX: Final = 512
_SERVER_FAULT_STATUS_MIN: Final = 500
# The codes that are our doing; a refusal is no error of the server.
_SERVER_FAULTS: Final = frozenset(
    {
        "DATA_LOSS",
        "DEADLINE_EXCEEDED",
        "INTERNAL",
        "UNAVAILABLE",
        "UNIMPLEMENTED",
        "UNKNOWN",
    }
)


class Tracing:
    """Makes spans; without a provider they cost nothing and go nowhere."""

    def __init__(
        self,
        provider: TracerProvider | None,
        *,
        exporter: OTLPSpanExporter | None = None,
    ) -> None:
        """Takes over a provider; `build_tracing` makes one."""
        self._provider = provider
        self._exporter = exporter
        self._tracer = provider.get_tracer(names.SCOPE) if provider else NoOpTracer()

    @property
    def is_on(self) -> bool:
        """Whether any span goes anywhere."""
        return self._provider is not None

    def call_started(self, method: str, *, parent: TraceParent | None = None) -> Span:
        """Begins the span of a call.

        Args:
            method: the full method without the leading slash, from a closed list.
            parent: the client's span, whose trace the call continues; None begins a
                trace. Whether it is sampled is the client's choice then.
        """
        attributes = {names.RPC_SYSTEM: names.GRPC, names.RPC_METHOD: method}
        return self._tracer.start_span(
            method,
            context=_remote_context(parent),
            kind=SpanKind.SERVER,
            attributes=attributes,
        )

    def request_started(self, *, parent: TraceParent | None = None) -> Span:
        """Begins the span of an HTTP request, which is named when it has ended.

        Args:
            parent: the client's span, as with a call.
        """
        return self._tracer.start_span(
            "HTTP", context=_remote_context(parent), kind=SpanKind.SERVER
        )

    def request_finished(self, span: Span, name: str, status: int) -> None:
        """Ends the span of an HTTP request.

        Args:
            span: as it was begun.
            name: the method with the route or operation, from closed lists.
            status: the HTTP status, 0 where none was answered.
        """
        span.update_name(name)
        span.set_attribute(names.HTTP_STATUS, status)
        if status >= _SERVER_FAULT_STATUS_MIN:
            span.set_attribute(names.ERROR_TYPE, str(status))
            span.set_status(Status(StatusCode.ERROR))
        span.end()

    def call_finished(self, span: Span, code: str) -> None:
        """Ends the span of a call with the name of its gRPC code."""
        span.set_attribute(names.RPC_STATUS, code)
        if code in _SERVER_FAULTS:
            span.set_attribute(names.ERROR_TYPE, code)
            span.set_status(Status(StatusCode.ERROR))
        span.end()

    def close(self) -> None:
        """Exports what is waiting and ends; waits a bounded time."""
        if self._provider is not None:
            shut_down(self._provider.shutdown, cut_off=self._cut_off)

    def _cut_off(self) -> None:
        if self._exporter is not None:
            self._exporter.shutdown(timeout_millis=0)


def build_tracing(
    identity: ServiceIdentity,
    *,
    endpoint: str | None,
    sample_ratio: float = _SAMPLE_RATIO_DEFAULT,
    processors: tuple[SpanProcessor, ...] = (),
) -> Tracing:
    """Sets up traces.

    Args:
        identity: who reports.
        endpoint: the OTLP collector, or None for none.
        sample_ratio: the part of calls that are traced.
        processors: further receivers of spans.

    Raises:
        TelemetryConfigError: the endpoint is no URL.
    """
    if endpoint is None and not processors:
        return Tracing(None)
    provider = TracerProvider(
        sampler=ParentBased(root=TraceIdRatioBased(sample_ratio)),
        resource=identity.resource(),
        shutdown_on_exit=False,
    )
    for processor in processors:
        provider.add_span_processor(processor)
    if endpoint is None:
        return Tracing(provider)
    # Importing it takes a twentieth of a second, where most have no collector.
    from opentelemetry.exporter.otlp.proto.grpc import trace_exporter  # noqa: PLC0415

    exporter = trace_exporter.OTLPSpanExporter(
        endpoint=endpoint,
        insecure=is_plaintext(endpoint),
        timeout=limits.TELEMETRY_EXPORT_TIME_MAX.total_seconds(),
    )
    provider.add_span_processor(_in_batches(exporter))
    return Tracing(provider, exporter=exporter)


def _remote_context(parent: TraceParent | None) -> Context:
    """Returns a context that holds the client's span, or none at all."""
    if parent is None:
        return Context()
    remote = SpanContext(
        trace_id=parent.trace_id,
        span_id=parent.span_id,
        is_remote=True,
        trace_flags=TraceFlags(TraceFlags.SAMPLED if parent.sampled else 0),
    )
    return set_span_in_context(NonRecordingSpan(remote), Context())


def _in_batches(exporter: OTLPSpanExporter) -> SpanProcessor:
    return BatchSpanProcessor(
        exporter,
        max_queue_size=limits.TELEMETRY_SPAN_QUEUE_MAX,
        max_export_batch_size=_EXPORT_BATCH_MAX,
        schedule_delay_millis=limits.TELEMETRY_EXPORT_INTERVAL.total_seconds() * 1000,
        export_timeout_millis=limits.TELEMETRY_EXPORT_TIME_MAX.total_seconds() * 1000,
    )

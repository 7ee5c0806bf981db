"""The spans of calls, as operators see them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from daypass.core.trace_context import TraceParent
from daypass.observers import CallWatcher
from daypass.rpc.observe import CallOutcome
from daypass.sts.caller import CallContext
from daypass.telemetry.metrics_export import build_metrics
from daypass.telemetry.otlp import ServiceIdentity
from daypass.telemetry.traces import build_tracing

IDENTITY = ServiceIdentity(name="daypassd", version="0", instance_id="worker-1")
METHOD = "/daypass.api.sts.v1.SecurityTokenService/AssumeRole"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """Returns what keeps the spans."""
    return InMemorySpanExporter()


@pytest.fixture
def watcher(spans: InMemorySpanExporter) -> CallWatcher:
    """Returns a watcher that traces every call that begins here."""
    return CallWatcher(
        metrics=build_metrics(IDENTITY, endpoint=None),
        tracing=build_tracing(
            IDENTITY,
            endpoint=None,
            sample_ratio=1.0,
            processors=(SimpleSpanProcessor(spans),),
        ),
    )


def call(request_id: str, parent: TraceParent | None) -> CallContext:
    """Returns the facts of a call."""
    return CallContext(
        request_id=request_id,
        source_address=None,
        user_agent=None,
        secure_transport=False,
        trace_parent=parent,
    )


def test_span_continues_trace(
    watcher: CallWatcher, spans: InMemorySpanExporter
) -> None:
    """Each call's span is part of the trace that its client has begun, if any."""
    first = call("1", TraceParent(trace_id=7, span_id=9, sampled=True))
    second = call("2", None)
    done = CallOutcome("OK", timedelta(0))

    watcher.call_started(METHOD, first)
    watcher.call_started(METHOD, second)
    watcher.call_finished(METHOD, first, done)
    watcher.call_finished(METHOD, second, done)

    continued, begun = spans.get_finished_spans()
    assert continued.parent is not None
    assert (7, 9) == (continued.parent.trace_id, continued.parent.span_id)
    assert begun.parent is None


@pytest.mark.parametrize("endpoint", [None, "http://127.0.0.1:4317"])
def test_starts_are_seen_for_spans(endpoint: str | None) -> None:
    """Where spans go nowhere, there is nothing to be done when a call begins."""
    tracing = build_tracing(IDENTITY, endpoint=endpoint, sample_ratio=1.0)

    watcher = CallWatcher(
        metrics=build_metrics(IDENTITY, endpoint=None), tracing=tracing
    )

    assert (endpoint is not None) == watcher.sees_starts
    tracing.close()

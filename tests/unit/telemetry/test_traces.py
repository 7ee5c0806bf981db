"""Traces."""

from __future__ import annotations

import socket
import threading
import time

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from daypass.core import limits
from daypass.core.trace_context import TraceParent
from daypass.telemetry.otlp import ServiceIdentity, TelemetryConfigError
from daypass.telemetry.traces import Tracing, build_tracing

IDENTITY = ServiceIdentity(name="daypassd", version="0", instance_id="worker-1")
METHOD = "daypass.api.sts.v1.SecurityTokenService/AssumeRole"


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    """Returns an exporter that keeps spans."""
    return InMemorySpanExporter()


@pytest.fixture
def tracing(exporter: InMemorySpanExporter) -> Tracing:
    """Returns tracing in which every call is traced."""
    processor = SimpleSpanProcessor(exporter)
    return build_tracing(
        IDENTITY, endpoint=None, sample_ratio=1.0, processors=(processor,)
    )


def test_bad_endpoint_is_refused() -> None:
    """An endpoint that is no URL is an error at start-up."""
    with pytest.raises(TelemetryConfigError):
        build_tracing(IDENTITY, endpoint="collector:4317")


def test_span_follows_the_conventions(
    tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    """A call is a server span, named by its method."""
    tracing.call_finished(tracing.call_started(METHOD), "OK")

    (span,) = exporter.get_finished_spans()
    assert (METHOD, SpanKind.SERVER) == (span.name, span.kind)
    assert {
        "rpc.system.name": "grpc",
        "rpc.method": METHOD,
        "rpc.response.status_code": "OK",
    } == dict(span.attributes or {})
    assert {"service.name", "service.version", "service.instance.id"} == set(
        span.resource.attributes
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("INTERNAL", StatusCode.ERROR),
        ("UNAVAILABLE", StatusCode.ERROR),
        ("PERMISSION_DENIED", StatusCode.UNSET),
        ("OK", StatusCode.UNSET),
    ],
)
def test_only_our_faults_are_errors(
    tracing: Tracing, exporter: InMemorySpanExporter, code: str, status: StatusCode
) -> None:
    """A refusal is no error of the server."""
    tracing.call_finished(tracing.call_started(METHOD), code)

    (span,) = exporter.get_finished_spans()
    assert status == span.status.status_code


def test_trace_of_client_is_continued(
    tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    """A call with a parent is a part of the parent's trace."""
    parent = TraceParent(trace_id=7, span_id=9, sampled=True)

    tracing.call_finished(tracing.call_started(METHOD, parent=parent), "OK")

    (span,) = exporter.get_finished_spans()
    assert span.parent is not None
    assert (7, 9, True) == (
        span.parent.trace_id,
        span.parent.span_id,
        span.parent.is_remote,
    )


def test_call_without_parent_begins_trace(
    tracing: Tracing, exporter: InMemorySpanExporter
) -> None:
    """A call without a parent begins a trace of its own."""
    tracing.call_finished(tracing.call_started(METHOD), "OK")

    (span,) = exporter.get_finished_spans()
    assert span.parent is None


@pytest.mark.parametrize(
    ("ratio", "sampled", "exported"),
    [(1.0, False, 0), (0.0, True, 1)],
    ids=["the client does not", "the client does"],
)
def test_client_chooses_its_sampling(
    exporter: InMemorySpanExporter, ratio: float, exported: int, *, sampled: bool
) -> None:
    """A trace that the client began is kept if the client keeps it."""
    tracing = build_tracing(
        IDENTITY,
        endpoint=None,
        sample_ratio=ratio,
        processors=(SimpleSpanProcessor(exporter),),
    )
    parent = TraceParent(trace_id=7, span_id=9, sampled=sampled)

    tracing.call_finished(tracing.call_started(METHOD, parent=parent), "OK")

    assert exported == len(exporter.get_finished_spans())


def test_ratio_of_nothing_traces_nothing(exporter: InMemorySpanExporter) -> None:
    """Calls that are not sampled are not exported."""
    tracing = build_tracing(
        IDENTITY,
        endpoint=None,
        sample_ratio=0.0,
        processors=(SimpleSpanProcessor(exporter),),
    )

    tracing.call_finished(tracing.call_started(METHOD), "OK")

    assert () == exporter.get_finished_spans()


def test_without_endpoint_nothing_happens() -> None:
    """Without an endpoint spans can be made, and go nowhere."""
    tracing = build_tracing(IDENTITY, endpoint=None)
    span = tracing.call_started(METHOD)

    tracing.call_finished(span, "OK")

    assert not span.is_recording()
    tracing.close()


def test_dead_collector_does_not_hold_up_the_end() -> None:
    """A collector that does not answer is given a bounded time, and then cut off."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        tracing = build_tracing(IDENTITY, endpoint=endpoint, sample_ratio=1.0)
        tracing.call_finished(tracing.call_started(METHOD), "OK")
        start = time.monotonic()

        tracing.close()

        took = time.monotonic() - start
    threads = {thread.name for thread in threading.enumerate()}
    assert "daypass-telemetry-end" not in threads
    assert took < limits.TELEMETRY_SHUTDOWN_TIME_MAX.total_seconds() + 1

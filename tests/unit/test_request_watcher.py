"""What operators see of HTTP requests: lines, metrics, spans."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from structlog.testing import capture_logs

from daypass.core.errors import AccessDeniedError, InternalFailureError
from daypass.core.trace_context import TraceParent
from daypass.gateway.exchange import NOT_FOUND, NOT_SERVED, Answer
from daypass.gateway.observe import RequestOutcome
from daypass.request_watcher import RequestWatcher
from daypass.sts.caller import CallContext, CallerKind
from daypass.telemetry.metrics_export import build_metrics
from daypass.telemetry.otlp import ServiceIdentity
from daypass.telemetry.prometheus import PrometheusPage
from daypass.telemetry.traces import build_tracing
from support.door import caller_of

IDENTITY = ServiceIdentity(name="daypassd", version="0.0.9", instance_id="worker-1")
MOMENT = timedelta(milliseconds=2)
GOOD = Answer(200, operation="AssumeRole", caller=caller_of(CallerKind.USER))


class Watched:
    """A watcher, and what it has told so far."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.page = PrometheusPage()
        self.watcher = RequestWatcher(
            metrics=build_metrics(IDENTITY, endpoint=None, readers=(self.page.reader,)),
            tracing=build_tracing(
                IDENTITY,
                endpoint=None,
                sample_ratio=1.0,
                processors=(SimpleSpanProcessor(self.exporter),),
            ),
        )

    def see(self, answer: Answer | None, *, route: str = "/") -> dict[str, object]:
        """Shows the watcher a request, and returns the line that it writes."""
        (line,) = self.lines_of(answer, route=route)
        return line

    def lines_of(
        self, answer: Answer | None, *, route: str = "/"
    ) -> list[dict[str, object]]:
        """Shows the watcher a request, and returns all lines that it writes."""
        parent = TraceParent(trace_id=7, span_id=9, sampled=True)
        call = CallContext(
            "r-1", None, None, secure_transport=False, trace_parent=parent
        )
        with capture_logs() as lines:
            self.watcher.request_started(call)
            outcome = RequestOutcome("POST", route, answer, MOMENT)
            self.watcher.request_finished(call, outcome)
        return [dict(line) for line in lines]


@pytest.fixture
def watched(caplog: pytest.LogCaptureFixture) -> Watched:
    """Returns a watcher in a process whose log has every level."""
    caplog.set_level(logging.DEBUG)
    return Watched()


def test_good_request(watched: Watched) -> None:
    """A request that was answered is a line for debugging, a count and a span."""
    line = watched.see(GOOD)

    assert ("debug", "AssumeRole", 200) == (
        line["log_level"],
        line["method"],
        line["code"],
    )
    assert caller_of(CallerKind.USER).principal.arn == line["caller"]
    page = watched.page.render().decode()
    assert (
        'http_server_request_duration_seconds_count{daypass_operation="AssumeRole"'
        ',daypass_outcome="ok",http_request_method="POST"'
        ',http_response_status_code="200",http_route="/"} 1.0'
    ) in page
    (span,) = watched.exporter.get_finished_spans()
    assert "POST AssumeRole" == span.name
    assert span.parent is not None
    assert 7 == span.parent.trace_id
    assert StatusCode.UNSET is span.status.status_code


@pytest.mark.parametrize(("answer", "lines"), [(GOOD, 0), (Answer(400), 1), (None, 0)])
def test_line_that_nobody_wants(
    caplog: pytest.LogCaptureFixture, answer: Answer | None, lines: int
) -> None:
    """Where the log has no lines for debugging, none is made of a good request."""
    caplog.set_level(logging.INFO)

    assert lines == len(Watched().lines_of(answer))


def test_refused_request(watched: Watched) -> None:
    """A refusal is a line with its inner reason, which no metric names."""
    error = AccessDeniedError("inner_reason")

    line = watched.see(Answer(403, operation="AssumeRole", error=error))

    assert ("info", "AccessDenied", "inner_reason") == (
        line["log_level"],
        line["reason"],
        line["detail"],
    )
    page = watched.page.render().decode()
    assert 'daypass_outcome="AccessDenied"' in page
    assert "inner_reason" not in page


def test_request_for_nothing(watched: Watched) -> None:
    """A request that is for no operation is told by its route, or as unknown."""
    assert "unknown" == watched.see(NOT_FOUND, route="")["method"]
    assert "/healthz" == watched.see(Answer(200), route="/healthz")["method"]
    assert 'daypass_outcome="refused"' in watched.page.render().decode()


def test_request_that_is_none(watched: Watched) -> None:
    """Why something is no request to answer stands in the log."""
    assert "host_not_served" == watched.see(NOT_SERVED)["detail"]


def test_cancelled_request(watched: Watched) -> None:
    """A request that nobody answered is counted as such."""
    assert 0 == watched.see(None)["code"]
    assert 'daypass_outcome="cancelled"' in watched.page.render().decode()


def test_fault(watched: Watched) -> None:
    """A fault of ours is an error with what went wrong, for the log alone."""
    fault = RuntimeError("hunter2")
    error = InternalFailureError("fault")

    line = watched.see(Answer(500, error=error, fault=fault))

    assert ("error", fault) == (line["log_level"], line["exc_info"])
    assert "hunter2" not in watched.page.render().decode()
    (span,) = watched.exporter.get_finished_spans()
    assert StatusCode.ERROR is span.status.status_code


def test_l29_page_tells_no_version(watched: Watched) -> None:
    """The page of metrics says nothing of versions, machines or workers."""
    watched.see(GOOD)

    page = watched.page.render().decode()
    for text in ("0.0.9", "worker-1", "python", "target_info", "otel"):
        assert text not in page


def test_l08_labels_are_bounded(watched: Watched) -> None:
    """However many operations were named, the labels stay few."""
    for number in range(300):
        watched.see(Answer(200, operation=f"Op{number}"))

    page = watched.page.render().decode()
    assert 'daypass_operation="other"' in page
    assert 'daypass_operation="Op299"' not in page

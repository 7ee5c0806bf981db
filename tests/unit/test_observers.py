"""What operators see of calls, decisions and reloads, and what they never see."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from daypass.adapters.directory_files import ReloadResult
from daypass.adapters.tls_files import TlsReload
from daypass.core.errors import (
    AccessDeniedError,
    InternalFailureError,
    StoreUnavailableError,
)
from daypass.core.principal import User
from daypass.core.revocation import Epoch
from daypass.directory.fault import Fault
from daypass.observers import CallWatcher, WorldWatcher
from daypass.rpc.observe import CallOutcome
from daypass.sts.caller import CallContext, Caller
from daypass.sts.revocation_view import RevocationView
from daypass.telemetry import names
from daypass.telemetry.logs import set_up_logging
from daypass.telemetry.metrics_export import build_metrics
from daypass.telemetry.otlp import ServiceIdentity
from daypass.telemetry.traces import build_tracing
from support.metrics import KeptMetrics
from support.world import ManualClock

METHOD = "/daypass.api.sts.v1.SecurityTokenService/AssumeRole"
IDENTITY = ServiceIdentity("daypassd", "0", "worker-1")
CALL = CallContext("request-1", "203.0.113.7", "agent hunter2", secure_transport=True)
CALLER = Caller(
    User("aws", "111122223333", "/", "dev", "AIDAEXAMPLE"),
    "key-hunter2",
    "eu-test-1",
    Epoch("log", 0),
)
QUICK = timedelta(milliseconds=1.25)


class Watched:
    """The observers, with everything that they say."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.clock = ManualClock()
        self._logging = set_up_logging(
            level="debug", log_format="json", stream=self._stream, clock=self.clock
        )
        self._reader = KeptMetrics()
        self.metrics = build_metrics(IDENTITY, endpoint=None, readers=(self._reader,))
        self.spans = InMemorySpanExporter()
        self.view = RevocationView(clock=self.clock, lease=timedelta(seconds=5))
        self.calls = CallWatcher(
            metrics=self.metrics,
            tracing=build_tracing(
                IDENTITY,
                endpoint=None,
                sample_ratio=1.0,
                processors=(SimpleSpanProcessor(self.spans),),
            ),
        )
        self.metrics.follow_staleness(lambda: self.view.age)

    def finish(self, **outcome: Any) -> None:
        """Lets a call begin and end."""
        self.calls.call_started(METHOD, CALL)
        facts: dict[str, Any] = {"code": "OK", "duration": QUICK, **outcome}
        self.calls.call_finished(METHOD, CALL, CallOutcome(**facts))

    def lines(self) -> list[dict[str, Any]]:
        """Ends the log and returns its events."""
        self._logging.close()
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    def line(self) -> dict[str, Any]:
        """Ends the log and returns its one event."""
        (event,) = self.lines()
        return event

    def counted(self, metric: str) -> list[tuple[dict[str, Any], Any]]:
        """Returns attributes and points of a metric."""
        data = self._reader.get_metrics_data()
        return [
            (dict(point.attributes or {}), point)
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for found in scope.metrics
            if found.name == metric
            for point in found.data.data_points
        ]

    def sums(self, metric: str) -> dict[tuple[str, str], int]:
        """Returns the counts of a metric by operation and outcome."""
        return {
            (where[names.OPERATION], where[names.OUTCOME]): point.value
            for where, point in self.counted(metric)
        }


@pytest.fixture
def watched() -> Iterator[Watched]:
    """Yields observers that nothing has been told yet."""
    observers = Watched()
    yield observers
    observers.lines()


def test_refusal_is_logged(watched: Watched) -> None:
    """A refusal is a line with its code, reason, inner reason and caller."""
    error = AccessDeniedError("trust_says_no", message="User is not authorized")

    watched.finish(code="PERMISSION_DENIED", caller=CALLER, error=error)

    event = watched.line()
    del event["time"]
    assert {
        "level": "info",
        "event": "call refused",
        "logger": "daypass.calls",
        "code": "PERMISSION_DENIED",
        "duration_ms": 1.25,
        "caller": "arn:aws:iam::111122223333:user/dev",
        "reason": "AccessDenied",
        "detail": "trust_says_no",
    } == event


def test_failure_is_logged_with_trace(watched: Watched) -> None:
    """A fault of ours is an error with its traceback."""
    fault = ZeroDivisionError("of ours")

    watched.finish(
        code="INTERNAL", error=InternalFailureError("unexpected"), fault=fault
    )

    event = watched.line()
    assert ("error", "call failed") == (event["level"], event["event"])
    assert "ZeroDivisionError: of ours" in event["exception"]


def test_success_is_quiet(watched: Watched) -> None:
    """A call that went well is for debugging only."""
    watched.finish()

    event = watched.line()
    assert ("debug", "call finished") == (event["level"], event["event"])
    assert names.CALLER not in event
    assert names.REASON not in event


def test_lines_hold_no_secret(watched: Watched) -> None:
    """Neither what a client calls itself nor its key is in any line."""
    watched.finish(caller=CALLER)
    watched.finish(code="INTERNAL", error=InternalFailureError("x"), caller=CALLER)

    assert "hunter2" not in json.dumps(watched.lines())


def test_call_is_counted_and_timed(watched: Watched) -> None:
    """A call is timed by method and code, and its span ends with it."""
    watched.finish()

    ((attributes, point),) = watched.counted(names.RPC_DURATION)
    (span,) = watched.spans.get_finished_spans()
    assert METHOD[1:] == attributes[names.RPC_METHOD] == span.name
    assert "OK" == attributes[names.RPC_STATUS]
    assert (1, QUICK.total_seconds()) == (point.count, point.sum)


def test_fault_marks_the_span(watched: Watched) -> None:
    """The span of a call that failed by our doing is an error."""
    watched.finish(code="UNAVAILABLE", error=StoreUnavailableError("away"))

    (span,) = watched.spans.get_finished_spans()
    assert StatusCode.ERROR is span.status.status_code


def test_end_without_beginning(watched: Watched) -> None:
    """A call whose beginning was not seen is counted without a span."""
    watched.calls.call_finished(METHOD, CALL, CallOutcome("OK", QUICK))

    assert () == watched.spans.get_finished_spans()
    assert 1 == len(watched.counted(names.RPC_DURATION))


def test_age_of_view_is_noted(watched: Watched) -> None:
    """The metrics say how old the view of revocations is."""
    watched.view.begin("log")
    watched.view.renew(watched.clock.monotonic())
    watched.clock.advance(timedelta(seconds=3))

    watched.finish()

    ((_, point),) = watched.counted(names.REVOCATION_STALENESS)
    assert 3 == point.value


def test_view_that_was_never_read(watched: Watched) -> None:
    """A call before the first reading notes an age, and does not fail."""
    watched.finish()

    ((_, point),) = watched.counted(names.REVOCATION_STALENESS)
    assert timedelta.max.total_seconds() == point.value


def test_unreadable_log_is_told(watched: Watched) -> None:
    """That revocations cannot be read is a warning with the inner reason."""
    world = WorldWatcher(metrics=watched.metrics)

    world.log_unreadable(StoreUnavailableError("store_away"))

    event = watched.line()
    assert ("warning", "revocations cannot be read", "store_away") == (
        event["level"],
        event["event"],
        event["detail"],
    )


def test_lost_explanation_is_told(watched: Watched) -> None:
    """That a denial is not explained is a warning with its decision id."""
    world = WorldWatcher(metrics=watched.metrics)

    world.explanation_lost("decision-1", TimeoutError("hunter2"))

    event = watched.line()
    assert ("warning", "denial not explained", "decision-1", "TimeoutError") == (
        event["level"],
        event["event"],
        event["decision_id"],
        event["error"],
    )


def test_faults_of_directory_are_told(watched: Watched) -> None:
    """Each fault of a reload is an error, and the generation stays."""
    world = WorldWatcher(metrics=watched.metrics)
    faults = (Fault("a.yaml", 1, "users", "no"), Fault("b.yaml", 2, "", "neither"))

    world.directory_reloaded(ReloadResult(changed=False, faults=faults))

    assert [("error", "a.yaml:1: users: no"), ("error", "b.yaml:2: neither")] == [
        (event["level"], event["fault"]) for event in watched.lines()
    ]
    ((_, point),) = watched.counted(names.DIRECTORY_GENERATION)
    assert 1 == point.value


def test_replaced_directory_is_told(watched: Watched) -> None:
    """A directory that was replaced is another generation, told with its warnings."""
    world = WorldWatcher(metrics=watched.metrics)
    warning = Fault("unique-ids.json", 0, "", "not written")

    world.directory_reloaded(ReloadResult(changed=True, warnings=(warning,)))

    first, second = watched.lines()
    assert ("warning", "unique-ids.json: not written") == (
        first["level"],
        first["fault"],
    )
    assert ("directory replaced", 2) == (second["event"], second["generation"])
    assert "info" == second["level"]
    ((_, point),) = watched.counted(names.DIRECTORY_GENERATION)
    assert 2 == point.value


@pytest.mark.parametrize(
    ("changed", "event"),
    [
        (True, "directory replaced"),
        (False, "directory without fault again, and unchanged"),
    ],
)
def test_end_of_faults_is_told(watched: Watched, *, changed: bool, event: str) -> None:
    """The end of faults is as visible as they were, and told once."""
    world = WorldWatcher(metrics=watched.metrics)
    faults = (Fault("a.yaml", 1, "users", "no"),)
    world.directory_reloaded(ReloadResult(changed=False, faults=faults))

    world.directory_reloaded(ReloadResult(changed=changed))
    world.directory_reloaded(ReloadResult(changed=True))

    _, mended, later = watched.lines()
    assert ("warning", event) == (mended["level"], mended["event"])
    assert ("info", "directory replaced") == (later["level"], later["event"])


def test_certificates_are_told(watched: Watched) -> None:
    """A fault of certificates is an error, and its end or a change is as visible."""
    world = WorldWatcher(metrics=watched.metrics)

    world.certificates_reloaded(TlsReload(changed=False, fault="a.pem is broken"))
    world.certificates_reloaded(TlsReload(changed=False))
    world.certificates_reloaded(TlsReload(changed=True))

    assert [
        ("error", "certificate fault, the one before stays"),
        ("warning", "certificates without fault again, and unchanged"),
        ("warning", "certificates replaced"),
    ] == [(line["level"], line["event"]) for line in watched.lines()]


def test_directory_faults_are_known(watched: Watched) -> None:
    """Whether the files of the directory have faults can be asked."""
    world = WorldWatcher(metrics=watched.metrics)
    faults = (Fault("a.yaml", 1, "users", "no"),)

    world.directory_reloaded(ReloadResult(changed=False, faults=faults))
    assert world.directory_faulty
    world.directory_reloaded(ReloadResult(changed=True))
    assert not world.directory_faulty

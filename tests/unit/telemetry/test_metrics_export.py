"""How metrics are set up, and how they leave."""

from __future__ import annotations

import socket
import threading
import time
from datetime import timedelta

import pytest

from daypass.core import limits
from daypass.telemetry.metrics_export import build_metrics
from daypass.telemetry.otlp import ServiceIdentity, TelemetryConfigError

IDENTITY = ServiceIdentity(name="daypassd", version="0", instance_id="worker-1")
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("endpoint", ["", "collector:4317", "ftp://host", "http://"])
def test_bad_endpoint_is_refused(endpoint: str) -> None:
    """An endpoint that is no URL is an error at start-up."""
    with pytest.raises(TelemetryConfigError):
        build_metrics(IDENTITY, endpoint=endpoint)


def test_without_endpoint_nothing_happens() -> None:
    """Without a reader the instruments can be used, and go nowhere."""
    metrics = build_metrics(IDENTITY, endpoint=None)

    metrics.call_finished("m", "OK", SECOND)
    metrics.audit_answered("ok", 1.0)

    metrics.close()


def test_dead_collector_does_not_hold_up_the_end() -> None:
    """A collector that does not answer is given a bounded time, and then cut off."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        metrics = build_metrics(IDENTITY, endpoint=endpoint)
        metrics.mints["AssumeRole", "allowed"].count += 1
        start = time.monotonic()

        metrics.close()

        took = time.monotonic() - start
    threads = {thread.name for thread in threading.enumerate()}
    assert "daypass-telemetry-end" not in threads
    assert took < limits.TELEMETRY_SHUTDOWN_TIME_MAX.total_seconds() + 1

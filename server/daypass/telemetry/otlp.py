"""What traces and metrics share: who we are, where they go, and how they end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from opentelemetry.sdk.resources import Resource

from daypass.core import limits


class TelemetryConfigError(ValueError):
    """The telemetry settings cannot be used; the text says what to change."""


@dataclass(frozen=True, slots=True)
class ServiceIdentity:
    """Who reports.

    Attributes:
        name: of the service.
        version: of the service.
        instance_id: of this worker.
    """

    name: str
    version: str
    instance_id: str

    def resource(self) -> Resource:
        """Returns the resource; nothing is taken from the environment."""
        return Resource(
            attributes={
                "service.name": self.name,
                "service.version": self.version,
                "service.instance.id": self.instance_id,
            }
        )


def is_plaintext(endpoint: str) -> bool:
    """Tells whether an endpoint is spoken to without TLS.

    Raises:
        TelemetryConfigError: it is no `http://` or `https://` URL with a host.
    """
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise TelemetryConfigError(
            "the OTLP endpoint must be http://HOST:PORT or https://HOST:PORT"
        )
    return parts.scheme == "http"


def shut_down(*steps: Callable[[], object]) -> None:
    """Ends exporters, and waits a bounded time for a collector that hangs."""

    def run() -> None:
        for step in steps:
            step()

    thread = threading.Thread(target=run, name="daypass-telemetry-end", daemon=True)
    thread.start()
    thread.join(limits.TELEMETRY_SHUTDOWN_TIME_MAX.total_seconds())

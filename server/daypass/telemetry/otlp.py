"""What traces and metrics share: who we are, where they go, and how they end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from opentelemetry.sdk.resources import Resource

from daypass.core import limits

_CUT_OFF_SECONDS_MAX: Final = 0.5


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


def shut_down(finish: Callable[[], object], *, cut_off: Callable[[], object]) -> None:
    """Ends an exporter in a bounded time, whatever its collector does.

    Args:
        finish: exports what is waiting, and may take long.
        cut_off: ends the export that is under way.
    """
    thread = threading.Thread(target=finish, name="daypass-telemetry-end", daemon=True)
    thread.start()
    thread.join(limits.TELEMETRY_SHUTDOWN_TIME_MAX.total_seconds())
    if thread.is_alive():
        cut_off()
        thread.join(_CUT_OFF_SECONDS_MAX)

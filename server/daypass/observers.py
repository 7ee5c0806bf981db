"""What operators see of calls and reloads: log lines, metrics, spans.

No secret, token or whole message is at hand here. An error's inner reason goes to
the log, and only there.
"""

from __future__ import annotations

import logging
from typing import Final

import structlog
from opentelemetry.trace import Span

from daypass.adapters.directory_files import ReloadResult
from daypass.adapters.tls_files import TlsReload
from daypass.core.errors import UnavailableError
from daypass.rpc.observe import CallOutcome
from daypass.sts.caller import CallContext
from daypass.telemetry import names
from daypass.telemetry.metrics import Metrics
from daypass.telemetry.traces import Tracing

_CALLS: Final = "daypass.calls"


class CallWatcher:
    """A `CallObserver` that logs, counts, times and traces every call.

    Args:
        metrics: counts and times.
        tracing: makes spans.

    Attributes:
        sees_starts: whether spans go anywhere, which begin where calls do.
    """

    def __init__(self, *, metrics: Metrics, tracing: Tracing) -> None:
        self._metrics = metrics
        self._tracing = tracing
        self.sees_starts: Final = tracing.is_on
        self._log = structlog.get_logger(_CALLS)
        # NOTE: asked for once, because to make a line that nobody wants takes as long
        # as to check a signature. The level is a setting, which is there before.
        self._logs_good = logging.getLogger(_CALLS).isEnabledFor(logging.DEBUG)
        self._spans: dict[str, Span] = {}

    def call_started(self, method: str, call: CallContext) -> None:
        """Begins the span of a call."""
        self._spans[call.request_id] = self._tracing.call_started(
            method.lstrip("/"), parent=call.trace_parent
        )

    def call_finished(
        self, method: str, call: CallContext, outcome: CallOutcome
    ) -> None:
        """Notes how a call ended."""
        if self._spans and (span := self._spans.pop(call.request_id, None)):
            self._tracing.call_finished(span, outcome.code)
        self._metrics.call_finished(method, outcome.code, outcome.duration)
        good = outcome.error is None and outcome.fault is None
        if not good or self._logs_good:
            self._write_line(outcome)

    def _write_line(self, outcome: CallOutcome) -> None:
        fields: dict[str, object] = {
            names.CODE: outcome.code,
            "duration_ms": round(outcome.duration.total_seconds() * 1000, 3),
        }
        if outcome.caller is not None:
            fields[names.CALLER] = outcome.caller.principal.arn
        if outcome.error is not None:
            fields[names.REASON] = outcome.error.row.reason
            fields[names.DETAIL] = outcome.error.detail
        if outcome.fault is not None:
            self._log.error("call failed", exc_info=outcome.fault, **fields)
        elif outcome.error is not None:
            self._log.info("call refused", **fields)
        else:
            self._log.debug("call finished", **fields)


class WorldWatcher:
    """Notes what changes or fails around a worker, apart from calls.

    Args:
        metrics: counts directory generations.
    """

    def __init__(self, *, metrics: Metrics) -> None:
        self._metrics = metrics
        self._generation = 1
        self._faulty = False
        self._log = structlog.get_logger("daypass.world")
        metrics.directory_generation(self._generation)

    @property
    def directory_faulty(self) -> bool:
        """Whether the files of the directory have faults that are not in force."""
        return self._faulty

    def log_unreadable(self, error: UnavailableError) -> None:
        """Notes that the revocation log cannot be read."""
        self._log.warning("revocations cannot be read", detail=error.detail)

    def explanation_lost(self, decision_id: str, error: Exception) -> None:
        """Notes that a denial cannot be explained to everyone that it concerns."""
        self._log.warning(
            "denial not explained", decision_id=decision_id, error=type(error).__name__
        )

    def certificates_reloaded(self, result: TlsReload) -> None:
        """Notes what a look at the certificates came to."""
        if result.fault is not None:
            self._log.error(
                "certificate fault, the one before stays", fault=result.fault
            )
        elif result.changed:
            self._log.warning("certificates replaced")
        else:
            self._log.warning("certificates without fault again, and unchanged")

    def directory_reloaded(self, result: ReloadResult) -> None:
        """Notes what a reload of the directory came to."""
        for warning in result.warnings:
            self._log.warning("directory warning", fault=str(warning))
        for fault in result.faults:
            self._log.error("directory fault, the one before stays", fault=str(fault))
        if result.changed:
            self._generation += 1
            self._metrics.directory_generation(self._generation)
            # Whoever saw the faults at any level of the log sees their end as well.
            note = self._log.warning if self._faulty else self._log.info
            note("directory replaced", generation=self._generation)
        elif self._faulty and not result.faults:
            self._log.warning("directory without fault again, and unchanged")
        self._faulty = bool(result.faults)

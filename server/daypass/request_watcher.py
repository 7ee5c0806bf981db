"""What operators see of HTTP requests: log lines, metrics, spans.

No secret, token or whole message is at hand here. An error's inner reason goes to
the log, and only there.
"""

from __future__ import annotations

import logging
from typing import Final

import structlog
from opentelemetry.trace import Span

from daypass.gateway.exchange import Answer
from daypass.gateway.observe import RequestOutcome
from daypass.sts.caller import CallContext
from daypass.telemetry import names
from daypass.telemetry.metrics import Metrics
from daypass.telemetry.traces import Tracing

_REQUESTS: Final = "daypass.requests"
_CANCELLED: Final = Answer(0)
_REFUSED_MIN: Final = 400


class RequestWatcher:
    """A `RequestObserver` that logs, counts, times and traces every request.

    Args:
        metrics: counts and times.
        tracing: makes spans.
    """

    def __init__(self, *, metrics: Metrics, tracing: Tracing) -> None:
        self._metrics = metrics
        self._tracing = tracing
        self._log = structlog.get_logger(_REQUESTS)
        # NOTE: asked for once, because to make a line that nobody wants takes as long
        # as to check a signature. The level is a setting, which is there before.
        self._logs_good = logging.getLogger(_REQUESTS).isEnabledFor(logging.DEBUG)
        self._spans: dict[str, Span] = {}

    def request_started(self, call: CallContext) -> None:
        """Begins the span of a request, where spans go anywhere."""
        if not self._tracing.is_on:
            return
        self._spans[call.request_id] = self._tracing.request_started(
            parent=call.trace_parent
        )

    def request_finished(self, call: CallContext, outcome: RequestOutcome) -> None:
        """Notes how a request ended."""
        answer = outcome.answer or _CANCELLED
        what = answer.operation or outcome.route or "unknown"
        if self._spans and (span := self._spans.pop(call.request_id, None)):
            name = f"{outcome.method} {what}"
            self._tracing.request_finished(span, name, answer.status)
        self._metrics.request_finished(
            method=outcome.method,
            route=outcome.route,
            operation=answer.operation,
            status=answer.status,
            outcome=_word(answer),
            duration=outcome.duration,
        )
        if answer.status >= _REFUSED_MIN or self._logs_good:
            self._write_line(answer, outcome, what)

    def _write_line(self, answer: Answer, outcome: RequestOutcome, what: str) -> None:
        fields: dict[str, object] = {
            names.METHOD: what,
            names.CODE: answer.status,
            "duration_ms": round(outcome.duration.total_seconds() * 1000, 3),
        }
        if answer.caller is not None:
            fields[names.CALLER] = answer.caller.principal.arn
        if answer.error is not None:
            fields[names.REASON] = answer.error.row.reason
            fields[names.DETAIL] = answer.error.detail
        if answer.detail:
            fields[names.DETAIL] = answer.detail
        if answer.fault is not None:
            self._log.error("request failed", exc_info=answer.fault, **fields)
        elif answer.status >= _REFUSED_MIN:
            self._log.info("request refused", **fields)
        else:
            self._log.debug("request finished", **fields)


def _word(answer: Answer) -> str:
    """Returns what a metric calls the outcome."""
    if answer.error is not None:
        return answer.error.row.reason
    if answer.status == 0:
        return "cancelled"
    return "refused" if answer.status >= _REFUSED_MIN else "ok"

"""Log lines and metrics on what the store is like."""

from __future__ import annotations

import structlog

from daypass.core.store_health import ClockVerdict, StoreFindings
from daypass.telemetry.metrics import Metrics


class StoreObserver:
    """Notes when the store becomes unfit, when clocks part, and when that ends.

    Args:
        metrics: takes how far the clocks are apart.
    """

    def __init__(self, *, metrics: Metrics) -> None:
        self._metrics = metrics
        self._log = structlog.get_logger("daypass.store")
        self._fault = ""
        self._clock = ClockVerdict.AGREES

    def store_examined(self, findings: StoreFindings) -> None:
        """Notes what is new in what was found."""
        if findings.clock is not None:
            self._metrics.store_clock_difference(findings.clock.estimate)
        if findings.fault != self._fault:
            if findings.fault:
                self._log.error("store unfit, not ready", fault=findings.fault)
            else:
                self._log.warning("store fit again")
            self._fault = findings.fault
        # A store that is unfit is not asked for its time.
        if findings.clock_verdict is not self._clock and not findings.fault:
            self._clock = findings.clock_verdict
            self._note_clock(findings)

    def _note_clock(self, findings: StoreFindings) -> None:
        difference = str(findings.clock)
        if self._clock is ClockVerdict.SKEWED:
            self._log.error("clock skewed, not ready", difference=difference)
        elif self._clock is ClockVerdict.DRIFTING:
            self._log.warning("clock drifting", difference=difference)
        else:
            self._log.warning("clock agrees with the store again")

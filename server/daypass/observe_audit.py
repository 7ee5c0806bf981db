"""Metrics of the audit log, and of the decisions that are on record in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final

from daypass.adapters.audit_outcomes import AuditWatcher
from daypass.core.errors import AuditUnavailableError
from daypass.core.ports import AuditRecord
from daypass.sts.audit import TAKE_BACK_FAILED, TAKEN_BACK
from daypass.telemetry.metrics import Metrics

_MINTS: Final = frozenset(
    {
        "AssumeRole",
        "AssumeRoleWithSAML",
        "AssumeRoleWithWebIdentity",
        "AssumeRoot",
        "GetDelegatedAccessToken",
        "GetFederationToken",
        "GetSessionToken",
        "GetWebIdentityToken",
    }
)
_VERIFIES: Final = frozenset({"AuthenticateRequest", "VerifyToken"})
_AFTERWARDS: Final = (TAKEN_BACK, TAKE_BACK_FAILED)


@final
class AuditObserver(AuditWatcher):
    """Counts decisions by their records, and times how long these take to be durable.

    Every decision has a record, so that this is the one place to count them: once it
    is noted, or once it is durable where somebody waits for that.

    Args:
        metrics: counts and times.
    """

    def __init__(self, *, metrics: Metrics) -> None:
        self._metrics = metrics
        self._durable = metrics.audit_series("ok")
        counters = dict.fromkeys(_MINTS, metrics.mints)
        self._counters = counters | dict.fromkeys(_VERIFIES, metrics.verifications)

    def recorded(self, records: Sequence[AuditRecord]) -> None:
        """Counts decisions, by their operation and what came of them."""
        for record in records:
            counter = self._counters.get(record.operation)
            # What follows on a decision that has been counted is none of its own.
            if counter is None or record.detail in _AFTERWARDS:
                continue
            outcome = record.reason or record.outcome
            if record.operation in _VERIFIES:
                verdict = dict(record.attributes).get("verdict", "").lower()
                outcome = verdict or outcome
            counter[record.operation, outcome].count += 1

    def written(self, seconds: Sequence[float]) -> None:
        """Times records that are durable."""
        self._durable.add_all(seconds)

    def failed(self, seconds: Sequence[float]) -> None:
        """Times records that are not; what they grant was not given."""
        for each in seconds:
            self._metrics.audit_answered(AuditUnavailableError.__name__, each)

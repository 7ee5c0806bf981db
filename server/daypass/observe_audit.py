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

    def recorded(self, record: AuditRecord) -> None:
        """Counts a decision, by its operation and what came of it."""
        if record.detail in (TAKEN_BACK, TAKE_BACK_FAILED):
            # What follows on a decision that has been counted is none of its own.
            return
        outcome = record.reason or record.outcome
        if record.operation in _MINTS:
            self._metrics.minted(record.operation, outcome)
        elif record.operation in _VERIFIES:
            verdict = dict(record.attributes).get("verdict", "").lower()
            self._metrics.verified(record.operation, verdict or outcome)

    def written(self, seconds: Sequence[float]) -> None:
        """Times records that are durable."""
        for each in seconds:
            self._durable.add(each)

    def failed(self, seconds: Sequence[float]) -> None:
        """Times records that are not; what they grant was not given."""
        for each in seconds:
            self._metrics.audit_answered(AuditUnavailableError.__name__, each)

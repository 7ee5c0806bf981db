"""What operators see of the keys of identity providers: log lines and metrics."""

from __future__ import annotations

from datetime import timedelta

import structlog

from daypass.core import provider_limits
from daypass.core.clock import from_epoch_seconds, to_epoch_seconds
from daypass.core.lru import LruCache
from daypass.core.ports import Clock
from daypass.federation.oidc.jwk_set import JwkSet
from daypass.telemetry.metrics import Metrics

_OK = "ok"


class KeySetObserver:
    """A `KeySetWatcher` that logs, counts and times fetches.

    The log has a line when an issuer begins to fail and when it answers again; a
    failure in between is counted only, so that a provider that is down for a day
    does not fill the log.

    Args:
        metrics: counts and times.
        clock: tells how old keys are that go on being used.
    """

    def __init__(self, *, metrics: Metrics, clock: Clock) -> None:
        self._metrics = metrics
        self._clock = clock
        self._log = structlog.get_logger("daypass.providers")
        # By issuer: when its keys were fetched, and why it fails now, if it does.
        self._fetched_at: LruCache[str, float] = LruCache(
            size_max=provider_limits.KEY_SETS_MAX
        )
        self._failing: LruCache[str, str] = LruCache(
            size_max=provider_limits.KEY_SETS_MAX
        )

    def key_set_fetched(self, issuer: str, key_set: JwkSet, span: timedelta) -> None:
        """Notes a set; see the protocol."""
        self._metrics.key_set_fetched(issuer, _OK, span)
        self._metrics.key_set_age(issuer, timedelta(0))
        self._fetched_at.put(issuer, self._clock.monotonic())
        if self._failing.get(issuer):
            self._failing.put(issuer, "")
            self._log.warning("identity provider answers again", issuer=issuer)
        for ignored in key_set.ignored:
            self._log.warning(
                "key of an identity provider ignored",
                issuer=issuer,
                position=ignored.position,
                reason=ignored.reason,
            )

    def key_set_failed(self, issuer: str, reason: str, span: timedelta) -> None:
        """Notes a failure; see the protocol."""
        self._metrics.key_set_fetched(issuer, reason, span)
        fetched_at = self._fetched_at.get(issuer)
        usable_until = None
        if fetched_at is not None:
            age = timedelta(seconds=self._clock.monotonic() - fetched_at)
            self._metrics.key_set_age(issuer, age)
            left = provider_limits.KEY_SET_STALE_MAX - age
            until = from_epoch_seconds(to_epoch_seconds(self._clock.now() + left))
            usable_until = until.isoformat()
        if self._failing.get(issuer) != reason:
            self._failing.put(issuer, reason)
            self._log.error(
                "keys of an identity provider cannot be fetched",
                issuer=issuer,
                reason=reason,
                usable_until=usable_until,
            )

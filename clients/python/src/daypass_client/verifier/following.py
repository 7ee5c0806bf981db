"""How streams are followed, whether one blocks or awaits: what is common, and pure."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from daypass_client import limits
from daypass_client.clock import Clock
from daypass_client.errors import (
    DaypassError,
    Failure,
    RejectedError,
    UnavailableError,
)
from daypass_client.key_values import KeySetNews, RevocationNews
from daypass_client.values import KeySet
from daypass_client.verifier.judge import Judge
from daypass_client.verifier.key_ring import InvalidKeySetError, KeyRing
from daypass_client.verifier.revocations import Revocations, UnknownScopeError
from daypass_client.verifier.values import VerifierStatus

# What ends one stream or request, and makes us pause before the next.
FAILURES = (DaypassError, InvalidKeySetError, UnknownScopeError)


def _epoch_seconds(clock: Clock | None) -> Callable[[], float]:
    """Returns what tells seconds since 1970."""
    if clock is None:
        return time.time
    return lambda: clock.now().timestamp()


class Pauses:
    """The pauses before a stream is opened again, longer with each failure.

    Args:
        share: draws a number from 0 up to 1, which spreads the pauses of many.
    """

    def __init__(self, share: Callable[[], float]) -> None:
        self._share = share
        self._failures = 0

    def went_well(self) -> None:
        """Takes note that something came."""
        self._failures = 0

    def next_seconds(self) -> float:
        """Returns how long to pause now."""
        pause = limits.FOLLOW_PAUSE_MIN * (1 << min(self._failures, 10))
        self._failures += 1
        seconds = min(pause, limits.FOLLOW_PAUSE_MAX).total_seconds()
        return seconds * (0.5 + self._share() / 2)


class State:
    """What a verifier has and knows; the blocking and the awaiting one feed it.

    Args:
        clock: tells the time; None for this machine's.
        monotonic: tells seconds from an arbitrary start, sleep included.
        revocation_age_max: how old the knowledge of revocations may be; None where
            they are not followed.
        key_set_age_max: how old a key set may be that cannot be renewed.
        tolerance: how far the clock of a server may be ahead.
        ring_id: the deployment whose sessions are taken; None for any.
        unsafe_without_revocations: see `Judge`.
    """

    def __init__(
        self,
        *,
        clock: Clock | None,
        monotonic: Callable[[], float],
        revocation_age_max: timedelta | None,
        key_set_age_max: timedelta,
        tolerance: timedelta,
        ring_id: str | None,
        unsafe_without_revocations: bool,
    ) -> None:
        if not timedelta(0) < key_set_age_max <= limits.KEY_SET_AGE_LIMIT:
            raise ValueError("a key set serves for more than 0 and at most 24 hours")
        if revocation_age_max is not None and revocation_age_max <= timedelta(0):
            raise ValueError("the age of the knowledge of revocations is more than 0")
        self._seconds = _epoch_seconds(clock)
        self.monotonic = monotonic
        self.keys = KeyRing(key_set_age_max)
        self.revocations = (
            None if revocation_age_max is None else Revocations(revocation_age_max)
        )
        self.judge = Judge(
            keys=self.keys,
            revocations=self.revocations,
            unsafe_without_revocations=unsafe_without_revocations,
            seconds=self._seconds,
            monotonic=monotonic,
            tolerance=tolerance,
            ring_id=ring_id,
        )
        self._key_error: Exception | None = None
        self._revocation_error: Exception | None = None

    def take_key_set(self, key_set: KeySet, asked_at: float) -> None:
        """Takes the answer to a question for the key set in."""
        self.keys.take(key_set, read_at=asked_at)
        self._key_error = None

    def take_key_news(self, news: KeySetNews, opened_at: float) -> bool:
        """Takes a message of the stream of key sets in.

        Returns whether the stream may go on to be read; see `take_revocations`. A
        server sends a key set every ten seconds at least.
        """
        now, pause = self.monotonic(), limits.KEY_SET_HEARTBEATS_MISSED.total_seconds()
        slept = now - opened_at > pause and self.keys.age(now) > pause
        read_at = opened_at if slept else now
        self.keys.take(news.key_set, read_at=read_at, version=news.version)
        self._key_error = None
        return not slept

    def take_revocations(
        self, news: RevocationNews, opened_at: float, *, first: bool
    ) -> bool:
        """Takes a message of the stream of revocations in.

        Returns whether the stream may go on to be read. It may not where this program
        slept for longer than its knowledge may be old: what waits in the stream is
        then as old as that, whatever it says of itself, and another stream is asked.
        """
        assert self.revocations is not None, "revocations are followed"
        now = self.monotonic()
        slept = not first and self.revocations.is_stale(now)
        # NOTE: the first message was sent after the stream was opened, and no other
        # bound of its time is known; where all goes well the rest come at once.
        sent_at = opened_at if first or slept else now
        now_time = datetime.fromtimestamp(self._seconds(), UTC)
        self.revocations.take(news, sent_at=sent_at, now=now_time)
        self._revocation_error = None
        return not (slept and news.complete)

    def key_set_failed(self, error: Exception) -> None:
        """Takes note that the key set cannot be had."""
        self._key_error = error

    def revocations_failed(self, error: Exception) -> None:
        """Takes note that revocations cannot be followed."""
        self._revocation_error = error

    @property
    def last_error(self) -> Exception | None:
        """What asking last failed with."""
        return self._revocation_error or self._key_error

    @property
    def poll_seconds(self) -> float:
        """How long to wait before the key set is asked for again."""
        kept = max(limits.KEY_SET_KEPT_MIN, self.keys.max_age)
        return min(kept, limits.KEY_SET_KEPT_MAX).total_seconds() / 2

    def is_ready(self) -> bool:
        """Tells whether enough is known to vouch for something."""
        stale = self.revocations is not None and self.revocations.is_stale(
            self.monotonic()
        )
        return bool(self.keys.key_ids) and not stale

    def status(self) -> VerifierStatus:
        """Returns how the verifier fares."""
        now, found = self.monotonic(), self.revocations
        return VerifierStatus(
            key_ids=self.keys.key_ids,
            ignored_key_ids=self.keys.ignored_key_ids,
            key_set_age=_span(self.keys.age(now)),
            revocation_view_age=None if found is None else _span(found.age(now)),
            revocations=0 if found is None else found.count,
            last_error=self.last_error,
        )


def is_refusal(error: Exception) -> bool:
    """Tells whether asking again for the same will not help."""
    return isinstance(error, RejectedError)


def not_ready(error: Exception | None) -> DaypassError:
    """Returns why a verifier cannot begin."""
    if isinstance(error, DaypassError):
        return error
    message = "The verifier has not heard of keys or revocations in time."
    failure = UnavailableError(Failure("UNAVAILABLE", "VerifierNotReady", message))
    failure.__cause__ = error
    return failure


def _span(seconds: float) -> timedelta | None:
    return None if seconds == float("inf") else timedelta(seconds=seconds)

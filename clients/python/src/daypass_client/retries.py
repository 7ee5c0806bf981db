"""Which failed calls are made again, when, and how often.

Pure: it is told of failures and of the time, and says how long to pause. The
blocking and the awaiting client do the pausing. gRPC's own retries are off: they go
by the code alone, which does not tell a server that is busy from a message that is
too large, nor a call that may be made again from one whose proof is spent; and they
send what the first attempt sent, also where the server asks for a new signature.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from threading import Lock

from daypass_client import limits
from daypass_client.errors import CallError


class Repetition(Enum):
    """When a call may be made again after a failure that may pass."""

    FREE = auto()
    """Whenever the server is away, or busy and says when to come back."""
    SCARCE = auto()
    """Only when it is away: the call issues something new each time."""
    NONE = auto()
    """Never: the call carries a proof that is good for once."""


class RetryBudget:
    """What the calls of one client may spend on repetitions together.

    Where half of them fail nothing is repeated, so that clients do not hold down a
    server that struggles.
    """

    def __init__(self) -> None:
        self._tokens = float(limits.RETRY_BUDGET_CALLS)
        self._lock = Lock()

    def failed(self) -> bool:
        """Takes note of a failure, and says whether there is enough left."""
        with self._lock:
            self._tokens = max(0.0, self._tokens - 1)
            return self._tokens > limits.RETRY_BUDGET_CALLS / 2

    def succeeded(self) -> None:
        """Takes note of a success, which earns back a part of a repetition."""
        with self._lock:
            earned = self._tokens + limits.RETRY_BUDGET_PER_SUCCESS
            self._tokens = min(float(limits.RETRY_BUDGET_CALLS), earned)


class Attempts:
    """The attempts of one call, within one deadline.

    Args:
        repetition: when the call may be made again.
        budget: what all calls of the client share.
        timeout: how long all attempts may take together, in seconds.
        monotonic: tells seconds from an arbitrary start.
        share: draws a number from 0 up to 1, which spreads the pauses.
    """

    def __init__(
        self,
        repetition: Repetition,
        *,
        budget: RetryBudget,
        timeout: float,
        monotonic: Callable[[], float],
        share: Callable[[], float],
    ) -> None:
        self._repetition = repetition
        self._budget = budget
        self._monotonic = monotonic
        self._share = share
        self._end = monotonic() + timeout
        self._failures = 0
        self._signed_anew = False

    @property
    def seconds_left(self) -> float:
        """How long the next attempt may take."""
        return max(0.0, self._end - self._monotonic())

    def pause_after(self, error: CallError) -> float | None:
        """Returns the seconds to pause before the next attempt; None for no more."""
        self._failures += 1
        if not self._may_pass(error) or not self._budget.failed():
            return None
        if self._failures >= limits.ATTEMPTS_MAX:
            return None
        pause = self._pause(error)
        return pause if pause < self.seconds_left else None

    def sign_anew_after(self, error: CallError) -> bool:
        """Tells whether the next attempt is made at once, with a new signature.

        It is where the server says that what it answered to this one before cannot be
        given again: an answer was lost, and the keys have changed since. A call is
        signed anew once. That is no failure: the server is there, and has said so.
        """
        asked = error.failure.metadata.get("sign_anew") == "true"
        if not asked or self._signed_anew or self._repetition is Repetition.NONE:
            return False
        self._signed_anew = True
        return self.seconds_left > 0

    def succeeded(self) -> None:
        """Takes note that the last attempt was answered."""
        self._budget.succeeded()

    def _may_pass(self, error: CallError) -> bool:
        if self._repetition is Repetition.NONE:
            return False
        if error.code == "UNAVAILABLE":
            return True
        # NOTE: without a time to come back, RESOURCE_EXHAUSTED is of gRPC itself or
        # of a proxy, for a message that will be too large each time.
        busy = error.code == "RESOURCE_EXHAUSTED" and error.retry_delay is not None
        return busy and self._repetition is Repetition.FREE

    def _pause(self, error: CallError) -> float:
        if error.retry_delay is not None:
            return error.retry_delay.total_seconds()
        pause = limits.RETRY_PAUSE_FIRST
        if self._failures > 1:
            growth = float(limits.RETRY_PAUSE_FACTOR ** (self._failures - 2))
            pause = min(limits.RETRY_PAUSE_MIN * growth, limits.RETRY_PAUSE_MAX)
        spread = 1 + limits.RETRY_PAUSE_SPREAD * (2 * self._share() - 1)
        return pause.total_seconds() * spread

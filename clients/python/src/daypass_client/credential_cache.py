"""Which credentials serve now, and whether new ones are due.

Pure: it is told of the time, of what was obtained and of what failed. The blocking
and the awaiting provider do the asking, each under a lock of its own.

SPEC: sts-operations 5.5, for when credentials are renewed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from daypass_client import limits
from daypass_client.credentials import Credentials
from daypass_client.errors import DaypassError, UnavailableError


def renew_time(
    credentials: Credentials, now: datetime, *, share: float
) -> datetime | None:
    """Returns when credentials obtained now are to be replaced; None for never.

    Args:
        credentials: what was obtained.
        now: when.
        share: from 0 up to 1, how much earlier than need be.
    """
    end = credentials.expiration
    if end is None:
        return None
    margin = min((end - now) / limits.REFRESH_MARGIN_DIVISOR, limits.REFRESH_MARGIN_MAX)
    return end - margin * (1 + share)


def has_come(time: datetime | None, now: datetime) -> bool:
    """Tells whether a time has come; one that is None never does."""
    return time is not None and time <= now


@dataclass(frozen=True, slots=True)
class _State:
    """What is known at one time; it is replaced whole, so that threads may read it.

    Attributes:
        turn: how many requests have ended, with credentials or without.
        credentials: what is held.
        renew_time: when to ask again.
        error: what the last request failed with; None where it did not.
    """

    turn: int = 0
    credentials: Credentials | None = None
    renew_time: datetime | None = None
    error: DaypassError | None = None


class CredentialCache:
    """The credentials of one identity, from one request to the next.

    Args:
        share: draws a number from 0 up to 1, which spreads the renewals of many.
    """

    def __init__(self, share: Callable[[], float]) -> None:
        self._share = share
        self._state = _State()

    @property
    def turn(self) -> int:
        """How many requests have ended; `settled_since` takes it."""
        return self._state.turn

    def fresh(self, now: datetime) -> Credentials | None:
        """Returns what serves without a thought; None where a request is due."""
        state = self._state
        return None if has_come(state.renew_time, now) else _alive(state, now)

    def usable(self, now: datetime) -> Credentials | None:
        """Returns what serves while a request is made; None where nothing does."""
        return _alive(self._state, now)

    def settled_since(self, turn: int, now: datetime) -> Credentials | None:
        """Returns what a request that has ended since then leaves to its waiters.

        None means that there was none, and that it is the caller's to make.

        Raises:
            DaypassError: it failed, and nothing that is held serves.
        """
        state = self._state
        if state.turn == turn:
            return None
        if state.error is None:
            return state.credentials
        if (held := _alive(state, now)) is not None:
            return held
        raise state.error.with_traceback(None)

    def obtained(self, credentials: Credentials, now: datetime) -> Credentials:
        """Keeps new credentials, and returns them.

        NOTE: they count as good whatever the clock says, so that a clock that is
        wrong by hours ends in a refusal of the server and not in a loop.
        """
        due = renew_time(credentials, now, share=self._share())
        self._state = _State(self._state.turn + 1, credentials, due)
        return credentials

    def failed(self, error: DaypassError, now: datetime) -> Credentials:
        """Takes note of a failure, and returns what still serves.

        Where the service is away, what is held serves to its end. Where it has
        refused, its answer counts: what is held is given up.

        Raises:
            DaypassError: the failure, where nothing serves.
        """
        state = replace(self._state, turn=self._state.turn + 1, error=error)
        if isinstance(error, UnavailableError):
            pause = limits.REFRESH_PAUSE * (1 + self._share())
            state = replace(state, renew_time=now + pause)
        else:
            state = replace(state, credentials=None, renew_time=None)
        self._state = state
        if (held := _alive(state, now)) is not None:
            return held
        raise error

    def discard(self, credentials: Credentials) -> None:
        """Gives up credentials that a server has refused, if they are those held."""
        held = self._state.credentials
        if held is not None and held.access_key_id == credentials.access_key_id:
            self._state = replace(self._state, credentials=None, renew_time=None)


def _alive(state: _State, now: datetime) -> Credentials | None:
    held = state.credentials
    return None if held is None or has_come(held.expiration, now) else held

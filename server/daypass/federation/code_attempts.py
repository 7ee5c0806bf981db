"""How often somebody may try a code, as a value that has no clock of its own.

An attempt is counted as a failure before its code is looked at, and taken off the
count if the code was good. So parallel guesses cannot outrun the count, and one whose
end nobody saw stays counted. Three rules close a device, and each holds by itself:

* so many attempts, good or bad, in a short while;
* so many failures in a row, which lock it, each time for longer;
* so many failures in a day, whatever good codes came in between.

Failures in a row are a number and depend on no clock. Times that lie ahead, written
before a clock went back, count as well, so that going back never opens what was
closed (attacks M08 and M15).

SPEC: sts-operations 1.1; attacks M05, M07, M08 and M15; ADR 0015.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from daypass.core import mfa_limits as limits
from daypass.core.guard_limits import GUARD_VALUE_BYTES_MAX
from daypass.core.strict_json import InvalidJsonError, JsonValue, loads

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# Another version is another number here, which a reader that does not know it
# refuses: it must never take unknown counts for none.
_VERSION: Final = 1


class Closed(StrEnum):
    """Why an attempt is refused without looking at its code."""

    RATE = "mfa_attempts_too_many"
    LOCKED = "mfa_locked"
    DAY = "mfa_failures_of_day"


class AttemptsCorruptError(ValueError):
    """What the store holds is nothing that we have written."""


@dataclass(frozen=True, slots=True)
class Attempts:
    """What is known of the attempts at one device.

    Attributes:
        in_a_row: failures since the last good code, those under way included.
        recent: when attempts were made, good or bad, oldest first.
        failed: when failures were, those under way included, oldest first.
    """

    in_a_row: int = 0
    recent: tuple[datetime, ...] = ()
    failed: tuple[datetime, ...] = ()

    def closed(self, now: datetime) -> Closed | None:
        """Returns why no attempt may be made now, or None where one may."""
        if self.locked_for(now) > timedelta(0):
            return Closed.LOCKED
        if len(_counting(self.failed, limits.MFA_DAY, now)) >= (
            limits.MFA_FAILURES_A_DAY_MAX
        ):
            return Closed.DAY
        recent = _counting(self.recent, limits.MFA_ATTEMPTS_WINDOW, now)
        return Closed.RATE if len(recent) >= limits.MFA_ATTEMPTS_MAX else None

    def locked_for(self, now: datetime) -> timedelta:
        """Returns for how long from now failures in a row keep the device locked."""
        locks, beyond = divmod(self.in_a_row, limits.MFA_FAILURES_IN_A_ROW_MAX)
        failed = _counting(self.failed, limits.MFA_DAY, now)
        if locks == 0 or beyond != 0 or not failed:
            return timedelta(0)
        lock = limits.MFA_LOCKS[min(locks, len(limits.MFA_LOCKS)) - 1]
        return max(failed[-1] + lock - now, timedelta(0))

    def counted(self, now: datetime) -> Attempts:
        """Returns this with one more attempt, counted as a failure for the present."""
        return Attempts(
            in_a_row=self.in_a_row + 1,
            recent=_with(self.recent, now, limits.MFA_ATTEMPTS_MAX),
            failed=_with(self.failed, now, limits.MFA_FAILURES_KEPT_MAX),
        )

    def good(self, counted_at: datetime) -> Attempts:
        """Returns this after the attempt of that time turned out good.

        Earlier failures of the day still count: they were guesses.
        """
        return replace(self, in_a_row=0, failed=_without(self.failed, counted_at))

    def spent(self, counted_at: datetime) -> Attempts:
        """Returns this after the attempt of that time showed a code used before.

        Such a code was good once, so it was no guess; it opens nothing either.
        """
        return replace(
            self,
            in_a_row=max(self.in_a_row - 1, 0),
            failed=_without(self.failed, counted_at),
        )

    def encode(self) -> bytes:
        """Returns the form that a store keeps."""
        return json.dumps(
            [
                _VERSION,
                self.in_a_row,
                [_microseconds(time) for time in self.recent],
                [_microseconds(time) for time in self.failed],
            ],
            separators=(",", ":"),
        ).encode()

    @classmethod
    def decode(cls, data: bytes | None) -> Self:
        """Reads the form that a store keeps; None is a device that nobody tried.

        Raises:
            AttemptsCorruptError: it is something else, or of another version.
        """
        if data is None:
            return cls()
        try:
            match loads(data, size_max=GUARD_VALUE_BYTES_MAX):
                case [int(version), int(in_a_row), list(recent), list(failed)] if (
                    version == _VERSION and in_a_row >= 0
                ):
                    return cls(in_a_row, _times(recent), _times(failed))
        except (InvalidJsonError, OverflowError) as error:
            raise AttemptsCorruptError from error
        raise AttemptsCorruptError


def _counting(
    times: tuple[datetime, ...], window: timedelta, now: datetime
) -> tuple[datetime, ...]:
    """Returns the times that count within a window that ends now.

    Those ahead count, too, up to the greatest jump of a clock that is reckoned with.
    """
    earliest, latest = now - window, now + limits.MFA_CLOCK_JUMP_MAX
    return tuple(time for time in times if earliest < time <= latest)


def _with(
    times: tuple[datetime, ...], now: datetime, most: int
) -> tuple[datetime, ...]:
    """Returns the times with the present one, and of too many the latest.

    Old ones are not left out before that: the clock that calls them old may have
    jumped, and they count again when it is set back.
    """
    latest = now + limits.MFA_CLOCK_JUMP_MAX
    return tuple(sorted((*(time for time in times if time <= latest), now)))[-most:]


def _without(times: tuple[datetime, ...], counted_at: datetime) -> tuple[datetime, ...]:
    """Returns the times without one of that instant, if there is one."""
    left = list(times)
    if counted_at in left:
        left.remove(counted_at)
    return tuple(left)


def _microseconds(time: datetime) -> int:
    return (time - _EPOCH) // _MICROSECOND


def _times(values: list[JsonValue]) -> tuple[datetime, ...]:
    times: list[datetime] = []
    for value in values:
        if type(value) is not int:
            raise AttemptsCorruptError
        times.append(_EPOCH + value * _MICROSECOND)
    return tuple(times)

"""Which credentials sign the next call, where a profile leads through roles.

Pure: it says which role to assume next and with what, and is told the outcome.
The blocking and the awaiting client perform it, each under a lock of its own.

SPEC: sts-operations 5.5, for when credentials are renewed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from daypass_client import limits
from daypass_client.credentials import Credentials
from daypass_client.values import RoleRequest


@dataclass(frozen=True, slots=True)
class NextRole:
    """A role to assume now: its place in the chain, and who asks for it."""

    place: int
    request: RoleRequest
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class _Held:
    """Credentials of a role that are in hand, and when to renew them."""

    credentials: Credentials
    renew_time: datetime | None


class RoleChain:
    """Credentials, and the roles that lead from them to those that sign calls."""

    def __init__(self, base: Credentials, roles: Sequence[RoleRequest]) -> None:
        self._base = base
        self._roles = tuple(roles)
        self._held: list[_Held | None] = [None] * len(self._roles)

    def next_step(self, now: datetime) -> Credentials | NextRole:
        """Returns the credentials to sign with, or the role to assume first."""
        for place in reversed(range(len(self._roles))):
            held = self._held[place]
            if held is not None and _before(now, held.renew_time):
                return self._after(place, held.credentials)
        return self._after(-1, self._base)

    def obtained(
        self, step: NextRole, credentials: Credentials, now: datetime
    ) -> Credentials | NextRole:
        """Keeps the credentials of a role that was assumed just now, and goes on.

        NOTE: they count as good whatever the clock says, so that a clock that is
        wrong by hours ends in a refusal of the server and not in a loop.
        """
        end = credentials.expiration
        renew_time = None
        if end is not None:
            margin = (end - now) / limits.REFRESH_MARGIN_DIVISOR
            renew_time = end - min(margin, limits.REFRESH_MARGIN_MAX)
        self._held[step.place] = _Held(credentials, renew_time)
        return self._after(step.place, credentials)

    def last_resort(self, now: datetime) -> Credentials | None:
        """Returns credentials that are due for renewal but have not ended.

        They serve while a role cannot be assumed because the service is away.
        """
        held = self._held[-1] if self._held else None
        if held is None or not _before(now, held.credentials.expiration):
            return None
        return held.credentials

    def _after(self, place: int, credentials: Credentials) -> Credentials | NextRole:
        if place == len(self._roles) - 1:
            return credentials
        return NextRole(place + 1, self._roles[place + 1], credentials)


def _before(now: datetime, end: datetime | None) -> bool:
    return end is None or now < end

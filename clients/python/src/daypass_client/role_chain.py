"""Which role is assumed next, and with what, where a profile leads through roles.

Pure: it says which role to assume, and is told the outcome. It keeps the
credentials of the roles on the way; those of the last role are the provider's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from daypass_client.credential_cache import has_come, renew_time
from daypass_client.credentials import Credentials
from daypass_client.foreign_credentials import ForeignSource
from daypass_client.sts_values import WebIdentitySource
from daypass_client.values import RoleRequest

Step = RoleRequest | WebIdentitySource | ForeignSource


@dataclass(frozen=True, slots=True)
class NextRole:
    """A role to assume now.

    Attributes:
        place: its place in the chain.
        request: the role, and how it is assumed.
        credentials: who asks for it; None where a token of a file is the proof, or
            something else hands out credentials.
    """

    place: int
    request: Step
    credentials: Credentials | None


@dataclass(frozen=True, slots=True)
class _Held:
    """Credentials of a role on the way, and when to renew them."""

    credentials: Credentials
    renew_time: datetime | None


class RoleChain:
    """The roles that lead from a profile's credentials to those that sign calls.

    Args:
        base: the credentials of the profile; None where the first step needs none.
        steps: the roles, at least one.
    """

    def __init__(self, base: Credentials | None, steps: Sequence[Step]) -> None:
        assert steps, "a chain leads somewhere"
        self._base = base
        self._steps = tuple(steps)
        self._held: list[_Held | None] = [None] * (len(self._steps) - 1)

    def begin(self, now: datetime) -> NextRole:
        """Returns the role to assume first, so that new credentials come of it."""
        for place in reversed(range(len(self._held))):
            held = self._held[place]
            if held is not None and not has_come(held.renew_time, now):
                return self._step(place + 1, held.credentials)
        return self._step(0, self._base)

    def obtained(
        self, step: NextRole, credentials: Credentials, now: datetime
    ) -> Credentials | NextRole:
        """Goes on from a role that was assumed just now; the last one ends the chain.

        NOTE: the credentials count as good whatever the clock says, so that a clock
        that is wrong by hours ends in a refusal of the server and not in a loop.
        """
        if step.place == len(self._held):
            return credentials
        due = renew_time(credentials, now, share=0)
        self._held[step.place] = _Held(credentials, due)
        return self._step(step.place + 1, credentials)

    def forget(self) -> None:
        """Gives up the roles on the way, where one of them is no longer taken."""
        self._held = [None] * len(self._held)

    def _step(self, place: int, credentials: Credentials | None) -> NextRole:
        return NextRole(place, self._steps[place], credentials)

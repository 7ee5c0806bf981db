"""How far role chaining may go: its depth, and the time that a chain may last.

AWS knows neither bound. The depth is one of the session token, which carries its
ancestors; an operator may lower it. The time is none unless an operator sets it:
without it, sessions that are chained from one another go on for as long as somebody
keeps assuming roles (attacks C02).

SPEC: sts-operations 1.1; design 6.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from daypass.core import chain_limits
from daypass.core.errors import AccessDeniedError
from daypass.sts.caller import Caller
from daypass.sts.origin import ancestors_of_next


@dataclass(frozen=True, slots=True)
class ChainRules:
    """The bounds of chains.

    Attributes:
        depth_max: how many sessions a session may be chained from.
        lifetime_max: how long after the first session of its chain was issued a
            session may end at the latest; None sets no bound.
    """

    depth_max: int = chain_limits.CHAIN_DEPTH_MAX
    lifetime_max: timedelta | None = None

    def check(self, caller: Caller, *, now: datetime, duration: timedelta) -> None:
        """Checks a session that the caller asks for, from now and for so long.

        Nothing is shortened: who asks for too much is told so.

        Raises:
            AccessDeniedError: the chain would be too deep, or would last too long.
        """
        if len(ancestors_of_next(caller)) > self.depth_max:
            raise AccessDeniedError("chain_too_deep")
        parent = caller.session
        if parent is None or self.lifetime_max is None:
            return
        if now + duration > parent.chain_begin + self.lifetime_max:
            raise AccessDeniedError("chain_too_long", message=_TOO_LONG)


_TOO_LONG = (
    "The requested session would outlive the time that this service allows for a"
    " chain of sessions"
)

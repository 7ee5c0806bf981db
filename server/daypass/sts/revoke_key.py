"""RevokeKey: puts a key of the ring out of use at once, on all workers.

SPEC: design 7; sts-operations 6.4; reliability E11; decisions 0029 and 0030.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from daypass.core import key_limits, limits
from daypass.core.ports import Clock, Entropy
from daypass.core.revocation import Revocation, RevocationScope
from daypass.core.validation import TextRule, Violations
from daypass.keyring.early import described, revoke_key
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring
from daypass.sts.operators import OperatorGate
from daypass.sts.pipeline import Invocation
from daypass.sts.revocation_follower import Revoker
from daypass.sts.ring_holder import RingHolder

_REASON: Final = TextRule(0, limits.REVOCATION_REASON_CHARACTERS_MAX)
_NAME: Final = "[A-Za-z0-9_-]*"
_KEY_ID: Final = TextRule(1, 64, re.compile(_NAME), _NAME)


def key_revocation(name: str, now: datetime) -> Revocation:
    """Returns the revocation of a key, which outlives all that the key has made."""
    kept = key_limits.KEY_WORK_LIFETIME_MAX + limits.REVOCATION_KEPT_AFTER_EXPIRY
    return Revocation(RevocationScope.KEY, name, now, now + kept)


@dataclass(frozen=True, slots=True)
class RevokeKeyRequest:
    """Which key to revoke, and why."""

    key_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RevokeKeyResult:
    """The number of the revocation, how far it has come, and whether there was one."""

    sequence: int
    effective_everywhere: bool
    known: bool


class RevokeKey:
    """Puts a key out of use at once, on all workers.

    The ring is changed first, so that the next key is there when the revocation
    reaches the workers. A call that failed half way is sent again and does the rest.

    Args:
        holder: the ring.
        revoker: makes it effective everywhere.
        gate: decides whether the caller may.
        clock: dates it.
        entropy: draws the next key.
    """

    name: ClassVar[str] = "RevokeKey"
    grants: ClassVar[bool] = True

    def __init__(
        self,
        *,
        holder: RingHolder,
        revoker: Revoker,
        gate: OperatorGate,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._holder = holder
        self._revoker = revoker
        self._gate = gate
        self._clock = clock
        self._entropy = entropy

    async def perform(
        self, request: RevokeKeyRequest, invocation: Invocation
    ) -> RevokeKeyResult:
        """Revokes, and returns when it is effective everywhere.

        Raises:
            ValidationError: the name is malformed.
            AccessDeniedError: the caller may not.
            StoreUnavailableError: it may not be stored; ask again.
        """
        found = Violations()
        found.check_text(("key_id",), request.key_id, _KEY_ID)
        found.check_text(("reason",), request.reason, _REASON)
        found.raise_if_any()
        invocation.audit.attributes["key_id"] = request.key_id
        if request.reason:
            invocation.audit.attributes["reason"] = request.reason
        self._gate.require("daypass:RevokeKey", invocation)
        now = self._clock.now()
        had: set[str] = set()

        def change(ring: Ring) -> Ring:
            names = {
                each.name
                for each in described(ring)
                if each.state is not KeyState.RETIRED
            }
            if request.key_id not in names:
                return ring
            had.update(names)
            return revoke_key(ring, request.key_id, now=now, entropy=self._entropy)

        await self._holder.change(change)
        revoked = await self._revoker.revoke(key_revocation(request.key_id, now))
        return RevokeKeyResult(
            revoked.sequence, revoked.effective_everywhere, request.key_id in had
        )

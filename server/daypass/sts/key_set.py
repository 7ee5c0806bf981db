"""GetKeySet: the public keys, for anyone who verifies.

SPEC: design 7; sts-operations 6.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from daypass.core import limits
from daypass.core.ports import Snapshot
from daypass.keyring.jwks import jwks
from daypass.keyring.ring import Ring


@dataclass(frozen=True, slots=True)
class KeySet:
    """The published keys as JWKs (RFC 7517), and how long they may be kept.

    `version` is that of the ring.
    """

    keys: tuple[dict[str, str], ...]
    max_age: timedelta
    version: int = 0


class GetKeySet:
    """The operation; it needs no caller and is not recorded.

    Args:
        ring: the keys.
        age_max: how long the answer may be kept.
    """

    def __init__(
        self, *, ring: Snapshot[Ring], age_max: timedelta = limits.KEY_SET_AGE_MAX
    ) -> None:
        self._ring = ring
        self._age_max = age_max

    def answer(self) -> KeySet:
        """Returns the key set in force.

        Raises:
            StoreUnavailableError: this worker has not heard of its ring for so long
                that it may have been changed, or a key of it revoked.
        """
        ring = self._ring.current()
        return KeySet(tuple(jwks(ring)["keys"]), self._age_max, ring.version)

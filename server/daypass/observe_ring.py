"""Log lines on what becomes of the key ring."""

from __future__ import annotations

import structlog

from daypass.core.errors import UnavailableError
from daypass.keyring.early import described
from daypass.keyring.errors import RingCorruptError, RingRollbackError
from daypass.keyring.ring import Ring


class RingObserver:
    """Notes what becomes of the key ring: names and states, and nothing secret."""

    def __init__(self) -> None:
        self._log = structlog.get_logger("daypass.keys")
        self._states: dict[str, str] = {}
        self._failing = ""

    def ring_replaced(self, ring: Ring) -> None:
        """Notes a ring that is taken into use, and what has changed in it."""
        states = {each.name: each.state.value for each in described(ring)}
        if self._states:
            for each in described(ring):
                if self._states.get(each.name) != each.state.value:
                    self._log.info(
                        "key changed",
                        key_id=each.name,
                        purpose=each.slot.purpose.value,
                        algorithm=each.slot.algorithm and each.slot.algorithm.value,
                        state=each.state.value,
                    )
            for name in self._states.keys() - states.keys():
                self._log.info("key removed", key_id=name)
        self._states = states
        self._log.info("key ring taken", version=ring.version)

    def ring_put_back(self, ring: Ring) -> None:
        """Notes that the store had lost the ring, or had an older one."""
        self._log.warning("key ring put back into the store", version=ring.version)

    def ring_unreadable(self, error: UnavailableError) -> None:
        """Notes that the ring cannot be read or changed, once for each reason."""
        if self._failing != error.detail:
            self._failing = error.detail
            self._log.warning("key ring cannot be followed", detail=error.detail)

    def ring_refused(self, error: RingCorruptError | RingRollbackError) -> None:
        """Notes that the store has a ring that must not be used, once."""
        reason = str(error) or "it is damaged, or under another master key"
        if self._failing != reason:
            self._failing = reason
            self._log.error("key ring in the store refused", reason=reason)

    def ring_confirmed(self) -> None:
        """Notes that the ring can be followed again."""
        if self._failing:
            self._failing = ""
            self._log.warning("key ring can be followed again")

"""The invariants of keys: replicas have one ring, and a key is known before it signs.

SPEC: reliability, I3 and E10; attacks J56, L22.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from typing import cast

from daypass.keyring.key import KeyState, VerifyingKey
from daypass.keyring.ring import Ring, RingKey, RingSecret
from simulation.clocks import SkewedClock
from simulation.history import ViolationError
from simulation.wire import LATE_SECONDS_MAX
from support.sts_world import Box

# One clock may be half a minute behind and another one ahead, besides a skew of a
# second, and states are dated by whole seconds.
_CLOCKS_DIFFER = 66.0
# What was asked for may be stored late, and a replica that is cut off goes on with its
# ring for half of the time that it takes to settle.
_KEYS_UNSURE_SECONDS = 2 * LATE_SECONDS_MAX + 10.0


def entries_of(ring: Ring) -> tuple[RingKey | RingSecret, ...]:
    """Returns all keys of a ring, whatever they are for."""
    return (*ring.keys, *ring.derivation_secrets, *ring.sealing_keys)


class KnownKeys:
    """A `Snapshot` of all keys that there ever were, to read what was issued.

    Args:
        first: the ring that the world begins with.
    """

    def __init__(self, first: Ring) -> None:
        self.ring_id = first.ring_id
        self.keys = {entry.key.kid: entry.key.verifying_key for entry in first.keys}

    def current(self) -> Ring:
        """Returns itself, which has all of a ring that reading needs."""
        return cast("Ring", self)

    def verifying_key(self, kid: str) -> VerifyingKey | None:
        """Returns the key of a name, whatever has become of it."""
        return self.keys.get(kid)


class RingChecker:
    """Knows all rings that replicas have taken into use.

    Args:
        first: the ring that the world begins with.
        lead: how long a key is published before it signs.

    Attributes:
        newest: the latest of them.
        known: every key that a replica ever used.
        clocks: those of the replicas; where one is wrong by more than a minute, a
            key may be activated before its time.
    """

    def __init__(self, first: Ring, *, lead: timedelta) -> None:
        self._lead_seconds = lead.total_seconds()
        self._rings: dict[int, Ring] = {}
        self._published_at: dict[str, float] = {
            entry.name: float("-inf") for entry in entries_of(first)
        }
        self.newest: Box[Ring] = Box(first)
        self.known = KnownKeys(first)
        self._leaked: set[str] = set()
        self._revoking = 0
        self._unsure_until = float("-inf")
        self.clocks: list[SkewedClock] = []

    def held(self, ring: Ring) -> None:
        """Holds a ring that a replica takes into use to those of the others."""
        other = self._rings.setdefault(ring.version, ring)
        if other != ring:
            raise ViolationError(f"keys: two rings of version {ring.version}")
        self._check_line(ring)
        now = asyncio.get_running_loop().time()
        for key in ring.keys:
            self.known.keys[key.name] = key.key.verifying_key
        for entry in entries_of(ring):
            since = self._published_at.setdefault(entry.name, now)
            early = now - since < self._lead_seconds - _CLOCKS_DIFFER
            if entry.state is KeyState.ACTIVE and early and not self._excused(since):
                known_for = f"{now - since:.0f} s"
                raise ViolationError(f"lead: a key that is known for {known_for} signs")
        if ring.version > self.newest.value.version:
            self.newest.value = ring

    def _check_line(self, ring: Ring) -> None:
        """Holds a ring to those before and behind it: all are of one line.

        What one replica has activated all later rings have, until it is retired.
        """
        versions = sorted(self._rings)
        place = versions.index(ring.version)
        for first, second in pairwise(versions[max(0, place - 1) : place + 2]):
            names = {entry.name for entry in entries_of(self._rings[second])}
            for entry in entries_of(self._rings[first]):
                gone = entry.name not in names | self._leaked
                if entry.state is KeyState.ACTIVE and gone:
                    text = f"{entry.name} is active in {first}, not in {second}"
                    raise ViolationError(f"keys: {text}")

    def refused(self, error: Exception) -> None:
        """Says that a replica refuses the ring that the store has."""
        raise ViolationError(f"keys: a ring is refused: {error}")

    def is_early(self, key_id: str) -> bool:
        """Tells whether a clock may have brought a key into use before its time."""
        return self._excused(self._published_at.get(key_id, float("-inf")))

    @contextmanager
    def revoking_key(self, key_id: str) -> Iterator[None]:
        """Says that a key is being revoked, and the next one used without a lead."""
        self._leaked.add(key_id)
        self._revoking += 1
        try:
            yield
        finally:
            self._revoking -= 1
            now = asyncio.get_running_loop().time()
            self._unsure_until = now + _KEYS_UNSURE_SECONDS

    @property
    def is_unsure(self) -> bool:
        """Whether some replica may not know the key that another one uses."""
        return self._revoked_since(asyncio.get_running_loop().time())

    def _revoked_since(self, instant: float) -> bool:
        return self._revoking > 0 or self._unsure_until >= instant

    def _excused(self, since: float) -> bool:
        if self._revoked_since(since):
            return True
        return any(clock.far_off_at >= since for clock in self.clocks)

"""The key ring of a simulated world: where it rests, and what becomes of it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Final, cast

from daypass.core import limits
from daypass.core.errors import UnavailableError
from daypass.core.ports import Clock, Entropy
from daypass.core.secret import Secret
from daypass.keyring.algorithm import SEEDED_ALGORITHMS, Algorithm
from daypass.keyring.errors import RingCorruptError, RingRollbackError
from daypass.keyring.generate import new_ring
from daypass.keyring.ring import Ring
from daypass.keyring.schedule import RotationRules
from daypass.keyring.sealed import open_ring, seal_ring
from daypass.sts.ring_holder import RingHolder
from daypass.sts.ring_rotator import RingRotator
from daypass.wiring_keys import KeyCollaborators
from simulation import organisation
from simulation.ring_checker import RingChecker
from simulation.rsa_pool import rsa_keys
from simulation.wire import Wire
from support.world import START, SeededEntropy

SETTLE: Final = timedelta(seconds=20)
_HOUR: Final = timedelta(hours=1)
# A key is kept for the longest session of this world, and for a clock that is ahead.
RULES: Final = RotationRules(
    period=timedelta(minutes=5), lead=timedelta(minutes=2), keep=2.5 * _HOUR
)
# As many as a world of this length rotates through.
_RSA_KEYS: Final = 8
_MASTER_KEY: Final = Secret(bytes(32))


class WiredKeyring:
    """A `KeyringStore` at the other end of a wire."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def load(self) -> bytes | None:
        """Returns the sealed ring; see the port."""
        found = await self._wire.call(lambda state, _: state.ring, writes=False)
        return cast("bytes | None", found)

    async def replace(self, sealed: bytes, *, expected: bytes | None) -> bool:
        """Stores a ring in the place of another one; see the port."""
        done = await self._wire.call(
            lambda state, _: state.replace_ring(sealed, expected), writes=True
        )
        return cast("bool", done)


class RingWatch:
    """Tells the checker which rings a replica takes into use."""

    def __init__(self, checker: RingChecker) -> None:
        self._checker = checker

    def ring_replaced(self, ring: Ring) -> None:
        """Is told of each ring."""
        self._checker.held(ring)

    def ring_put_back(self, ring: Ring) -> None:
        """Is told that the store had lost a ring."""

    def ring_confirmed(self) -> None:
        """Is told that all went well."""

    def ring_unreadable(self, error: UnavailableError) -> None:
        """Is told that the store does not answer."""

    def ring_refused(self, error: RingCorruptError | RingRollbackError) -> None:
        """Is told that the store has what must not be used."""
        self._checker.refused(error)


class Keys:
    """The ring of one replica, and what rotates it.

    Args:
        store: where the ring rests.
        watch: is told of each ring.
        rules: how long a key spends in each state.
        clock: the clock of the replica.
        entropy: its randomness.
    """

    def __init__(
        self,
        store: WiredKeyring,
        watch: RingWatch,
        *,
        rules: RotationRules,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self.holder = RingHolder(
            store=store,
            copy=None,
            master_keys=(_MASTER_KEY,),
            settle=SETTLE,
            clock=clock,
            entropy=entropy,
            watcher=watch,
        )
        self._rotator = RingRotator(
            holder=self.holder,
            rules=rules,
            settle=SETTLE,
            clock=clock,
            entropy=entropy,
            watcher=watch,
        )
        self._rules = rules

    def collaborators(self) -> KeyCollaborators:
        """Returns what the use cases need of them."""
        return KeyCollaborators(
            holder=self.holder,
            published=self.holder,
            key_set_age_max=limits.KEY_SET_AGE_MAX,
            rules=self._rules,
            operators=frozenset({organisation.SHOP}),
        )

    async def run(self) -> None:
        """Keeps the ring fresh, and rotates its keys."""
        await self._rotator.turn()
        await self._rotator.run()


def algorithms_of(chance: random.Random) -> tuple[Algorithm, ...]:
    """Draws what the keys of a world sign with.

    Session tokens are always signed with EdDSA. RSA is rare, because it is slow.
    """
    drawn = ((Algorithm.ES256, 0.4), (Algorithm.ES384, 0.5), (Algorithm.RS256, 0.15))
    others = (each for each, likely in drawn if chance.random() < likely)
    return (Algorithm.EDDSA, *others)


def first_ring(seed: int, algorithms: Sequence[Algorithm]) -> Ring:
    """Returns the ring that a world begins with."""
    seeded = tuple(each for each in algorithms if each in SEEDED_ALGORITHMS)
    ring = new_ring(SeededEntropy(seed), START, algorithms=seeded)
    if Algorithm.RS256 not in algorithms:
        return ring
    return replace(ring, keys=(*ring.keys, *rsa_keys(_RSA_KEYS, START)))


@lru_cache(maxsize=4)
def ring_of(stored: bytes) -> Ring:
    """Returns the ring that the store has, as it is."""
    return open_ring(stored, _MASTER_KEY)


def sealed(ring: Ring) -> bytes:
    """Returns a ring as it rests."""
    return seal_ring(ring, _MASTER_KEY, SeededEntropy(1))

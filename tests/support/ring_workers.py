"""Workers that share one key ring, each with a clock of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from daypass.adapters.memory_keyring import MemoryKeyringStore
from daypass.core.errors import UnavailableError
from daypass.core.ports import Clock, KeyringStore
from daypass.core.secret import Secret
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.errors import RingCorruptError, RingRollbackError
from daypass.keyring.generate import new_ring
from daypass.keyring.ring import Ring
from daypass.keyring.schedule import RotationRules
from daypass.keyring.sealed import open_ring, seal_ring
from daypass.sts.ring_holder import RingHolder
from daypass.sts.ring_rotator import RingRotator
from support.world import START, ManualClock, SeededEntropy

MASTER_KEY = Secret(b"m" * 32)
SECOND = timedelta(seconds=1)
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
SETTLE = 2 * MINUTE
RULES = RotationRules(period=24 * HOUR, lead=10 * MINUTE, keep=37 * HOUR)


@dataclass
class SkewedClock:
    """A clock that is a span ahead of another one, or behind it."""

    true: ManualClock
    skew: timedelta = timedelta()

    def now(self) -> datetime:
        """Returns the time of day, as this clock has it."""
        return self.true.now() + self.skew

    def monotonic(self) -> float:
        """Returns the seconds that have passed."""
        return self.true.monotonic()


@dataclass
class RingNotes:
    """What the watchers of a ring were told."""

    replaced: list[int] = field(default_factory=list)
    put_back: list[int] = field(default_factory=list)
    confirmed: int = 0
    unreadable: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def ring_replaced(self, ring: Ring) -> None:
        """Notes the version."""
        self.replaced.append(ring.version)

    def ring_put_back(self, ring: Ring) -> None:
        """Notes the version."""
        self.put_back.append(ring.version)

    def ring_confirmed(self) -> None:
        """Counts."""
        self.confirmed += 1

    def ring_unreadable(self, error: UnavailableError) -> None:
        """Notes the detail."""
        self.unreadable.append(error.detail)

    def ring_refused(self, error: RingCorruptError | RingRollbackError) -> None:
        """Notes the kind of error."""
        self.refused.append(type(error).__name__)


class RingWorker:
    """One worker: what holds the ring, and what rotates it.

    Args:
        store: what all workers share.
        clock: its clock.
        copy: what it keeps of what it has seen.
        master_keys: under which the ring may be sealed.
        rules: how long a key spends in each state.
        settle: how long a key is active before it is used.
        seed: what its randomness comes from.
        clock_agrees: tells whether its clock is right.
    """

    def __init__(
        self,
        store: KeyringStore,
        clock: Clock,
        *,
        copy: KeyringStore | None = None,
        master_keys: tuple[Secret, ...] = (MASTER_KEY,),
        rules: RotationRules = RULES,
        settle: timedelta = SETTLE,
        seed: int = 1,
        clock_agrees: Callable[[], Awaitable[bool]] | None = None,
    ) -> None:
        self.notes = RingNotes()
        self.clock = clock
        entropy = SeededEntropy(seed)
        self.holder = RingHolder(
            store=store,
            copy=copy,
            master_keys=master_keys,
            settle=settle,
            clock=clock,
            entropy=entropy,
            watcher=self.notes,
        )
        self.rotator = RingRotator(
            holder=self.holder,
            rules=rules,
            settle=settle,
            clock=clock,
            entropy=entropy,
            watcher=self.notes,
            clock_agrees=clock_agrees,
        )


def first_ring() -> Ring:
    """Returns a new ring with one signing key."""
    return new_ring(SeededEntropy(), START, algorithms=(Algorithm.EDDSA,))


def sealed(ring: Ring, master_key: Secret = MASTER_KEY) -> bytes:
    """Seals a ring."""
    return seal_ring(ring, master_key, SeededEntropy(9))


def store_of(ring: Ring) -> MemoryKeyringStore:
    """Returns a store that has a ring."""
    return MemoryKeyringStore(sealed(ring))


async def stored(store: KeyringStore, master_key: Secret = MASTER_KEY) -> Ring:
    """Returns the ring that a store has."""
    return open_ring(await store.load() or b"", master_key)


def later(version: int) -> Callable[[Ring], Ring]:
    """Returns a change that makes a ring of this version, and nothing else."""
    return lambda ring: replace(ring, version=version)

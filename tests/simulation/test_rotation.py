"""Workers with clocks that differ rotate keys under load, and refuse nothing good.

SPEC: reliability, promise 3 and E10; attacks J56, L22; decision 0029.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from daypass.adapters.memory_keyring import MemoryKeyringStore
from daypass.core.errors import StoreUnavailableError
from daypass.keyring.schedule import RotationRules
from support.ring_workers import (
    SECOND,
    RingWorker,
    SkewedClock,
    first_ring,
    sealed,
    stored,
)
from support.world import START, ManualClock

WORKERS = 3
ROTATIONS = 60
SETTLE = 8 * SECOND
TOKEN_LIFETIME = 40 * SECOND
# Clocks differ by four seconds at the most.
SKEW_SECONDS_MAX = 2.0
RULES = RotationRules(
    period=20 * SECOND,
    lead=10 * SECOND,
    keep=TOKEN_LIFETIME + 1.5 * SETTLE + 8 * SECOND,
)


class FlakyStore(MemoryKeyringStore):
    """A store that is away at times, and at times loses its answer after storing."""

    def __init__(self, sealed: bytes, chance: random.Random) -> None:
        super().__init__(sealed)
        self._chance = chance

    async def load(self) -> bytes | None:
        """Returns the ring, or is away."""
        if self._chance.random() < 0.1:
            raise StoreUnavailableError("store_away")
        return await super().load()

    async def replace(self, sealed: bytes, *, expected: bytes | None) -> bool:
        """Stores a ring; one in four is killed right after that, or before."""
        if self._chance.random() < 0.125:
            raise StoreUnavailableError("killed_before")
        done = await super().replace(sealed, expected=expected)
        if self._chance.random() < 0.125:
            raise StoreUnavailableError("killed_after")
        return done


@dataclass(frozen=True)
class Made:
    """What was made with keys, and until when it is good."""

    kid: str
    derivation: str
    sealing: str
    expire_time: datetime


class World:
    """Workers, a store and true time."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - repeatable on purpose.
        self.clock = ManualClock()
        self.store = FlakyStore(sealed(first_ring()), self.chance)
        self.workers = [self.new_worker() for _ in range(WORKERS)]
        self.next_turn = [0.0] * WORKERS
        self.made: list[Made] = []
        self.verified = 0
        self.failed: list[str] = []

    def new_worker(self) -> RingWorker:
        """Returns a worker that knows nothing yet, with a clock of its own."""
        skew = timedelta(
            seconds=self.chance.uniform(-SKEW_SECONDS_MAX, SKEW_SECONDS_MAX)
        )
        return RingWorker(
            self.store,
            SkewedClock(self.clock, skew),
            rules=RULES,
            settle=SETTLE,
            seed=self.chance.randrange(2**32),
        )

    async def step(self) -> None:
        """Lets a fifth of a second pass, with whatever happens in it."""
        self.clock.advance(SECOND / 5)
        now = self.clock.monotonic()
        for index, worker in enumerate(self.workers):
            if self.next_turn[index] <= now:
                await self._turn(index, worker)
        self._make()
        self._verify_all()

    async def _turn(self, index: int, worker: RingWorker) -> None:
        if not worker.notes.replaced:
            try:
                await worker.holder.open()
            except StoreUnavailableError:
                return
        await worker.rotator.turn()
        # Now and then a worker is stopped for a while, or dies and comes back.
        stalled = self.chance.random() < 0.02
        pause = self.chance.uniform(2, 15) if stalled else 1.0
        self.next_turn[index] = self.clock.monotonic() + pause
        if self.chance.random() < 0.01:
            self.workers[index] = self.new_worker()

    def _make(self) -> None:
        worker = self.chance.choice(self.workers)
        try:
            ring = worker.holder.current()
        except StoreUnavailableError:
            return
        self.made.append(
            Made(
                ring.signing_key().kid,
                ring.current_derivation.name,
                ring.current_sealing.name,
                self.clock.now() + TOKEN_LIFETIME,
            )
        )

    def _verify_all(self) -> None:
        self.made = [each for each in self.made if each.expire_time > self.clock.now()]
        some = self.chance.sample(self.made, min(8, len(self.made)))
        for worker in self.workers:
            try:
                ring = worker.holder.current()
            except StoreUnavailableError:
                continue
            for each in (*some, *self.made[-1:], *self.made[:1]):
                self.verified += 1
                found = (
                    ring.verifying_key(each.kid),
                    ring.derivation_secret(each.derivation),
                    ring.sealing_key(each.sealing),
                )
                if None in found:
                    self.failed.append(f"{self.clock.now() - START}: {each}")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", [1, 2])
async def test_e10_rotation_refuses_nothing(seed: int) -> None:
    """E10: over 60 rotations with faults no worker refuses what another has made."""
    world = World(seed)

    for _ in range(ROTATIONS * int(RULES.period / SECOND) * 5):
        await world.step()

    ring = await stored(world.store)
    assert [] == world.failed, f"seed {seed}"
    assert world.verified > 100 * ROTATIONS
    # Each rotation prepares, activates and retires one key of three kinds.
    assert ring.version > 0.9 * 9 * ROTATIONS
    print(f"seed {seed}: {world.verified} verified, version {ring.version}")  # noqa: T201

"""What goes wrong in a simulated world, and when."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from simulation.replica import LEASE
from simulation.wire import CALM, STORM

if TYPE_CHECKING:
    from simulation.replica import Replica
    from simulation.world import World

# By how much a clock is set ahead or back; most often it is set right.
_OFFSETS: Final = (0.0, 0.0, 0.0, 0.5, -0.5, 30.0, -30.0, 3600.0, -3600.0)
_AUDIT_FAILS: Final = 0.3
_DIES: Final = 0.6


class Faults:
    """Draws a fault, and strikes.

    Args:
        world: what is struck.
        chance: draws.
        ambushes: how often replication stands still with a revocation, beside others.
        losses: how often the store loses all that it has, beside others.
    """

    def __init__(
        self, world: World, chance: random.Random, *, ambushes: int, losses: int
    ) -> None:
        self._world = world
        self._chance = chance
        self._strikes = (
            (4, self._weather),
            (3, self._cut),
            (3, self._crash),
            (3, self._stall),
            (3, self._fail_over),
            (ambushes, self._ambush),
            (losses, self._empty),
            (4, self._set_clock),
            (1, self._set_store_clock),
            (3, self._audit),
            (3, self._leap),
            (3, self.calm),
        )

    def strike(self) -> str:
        """Lets something go wrong, and says what."""
        weights = [weight for weight, _ in self._strikes]
        (_, chosen), *_ = self._chance.choices(self._strikes, weights)
        return chosen()

    def calm(self) -> str:
        """Lets everything be right again, but for what is under way."""
        self._world.store.set_clock(timedelta(0))
        for replica in self._world.replicas:
            replica.wire.weather = CALM
            replica.audit.failing = 0.0
            replica.clock.set_to(timedelta(0))
        return "calm"

    def _weather(self) -> str:
        replica = self._one()
        replica.wire.weather = STORM
        return f"storm at {replica.name}"

    def _cut(self) -> str:
        replica, span = self._one(), self._chance.uniform(0.1, 12)
        replica.wire.cut(timedelta(seconds=span))
        return f"{replica.name} cut off for {span:.1f} s"

    def _crash(self) -> str:
        place = self._chance.randrange(len(self._world.replicas))
        name = self._world.replicas[place].name
        self._world.replicas[place].crash()
        self._world.replace(place)
        return f"{name} crashes"

    def _stall(self) -> str:
        span = self._chance.choice((0.003, 0.01, 0.1, 1.2))
        self._world.store.stall(timedelta(seconds=span))
        if self._chance.random() < _DIES:
            # The primary dies of what ails it, with all that came meanwhile.
            asyncio.get_running_loop().call_later(0.9 * span, self._fail_over)
        return f"replication stands still for {span:.3f} s"

    def _ambush(self) -> str:
        # A little later, so that others come between that one and the stand.
        pause = self._chance.uniform(0, 0.008)
        loop = asyncio.get_running_loop()

        def strike() -> None:
            loop.call_later(pause, self._stall)

        self._world.store.ambush(strike)
        return "replication stands still with the next revocation"

    def _fail_over(self) -> str:
        store, span = self._world.store, self._chance.uniform(0.05, 3)
        store.fail_over(timedelta(seconds=span))
        self._world.after_failover()
        return f"failover, {span:.1f} s"

    def _empty(self) -> str:
        span = self._chance.uniform(0.05, 3)
        self._world.store.empty(timedelta(seconds=span), lease=LEASE)
        return f"the store is empty, {span:.1f} s"

    def _set_clock(self) -> str:
        replica, offset = self._one(), self._chance.choice(_OFFSETS)
        replica.clock.set_to(timedelta(seconds=offset))
        return f"clock of {replica.name} {offset:+.1f} s"

    def _set_store_clock(self) -> str:
        offset = self._chance.choice(_OFFSETS)
        self._world.store.set_clock(timedelta(seconds=offset))
        return f"clock of the store {offset:+.1f} s"

    def _audit(self) -> str:
        replica = self._one()
        replica.audit.failing = _AUDIT_FAILS
        return f"audit of {replica.name} fails at times"

    def _leap(self) -> str:
        self._world.pause_seconds = self._chance.uniform(10, 400)
        return f"nothing for {self._world.pause_seconds:.0f} s"

    def _one(self) -> Replica:
        return self._chance.choice(self._world.replicas)

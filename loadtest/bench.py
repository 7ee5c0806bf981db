"""What a run is made with: the servers, the generators of calls, and how long it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from loadtest.calls import Maker
from loadtest.driver import Driver
from loadtest.generator import Task
from loadtest.processes import Server
from loadtest.results import named


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a run is.

    Attributes:
        rounds: interleaved rounds.
        window: seconds of a closed loop.
        warm_up: seconds before, of which nothing is kept.
        open_window: seconds of an open loop.
        burst: calls of a burst.
        in_flight: calls that a closed loop has open.
        connections: over how many.
        searches: whether the highest rate in time is sought.
    """

    rounds: int = 10
    window: float = 1.0
    warm_up: float = 0.3
    open_window: float = 4.0
    burst: int = 400
    in_flight: int = 16
    connections: int = 4
    searches: bool = True


QUICK: Final = Pace(
    rounds=2, window=0.25, warm_up=0.1, open_window=0.6, burst=20, searches=False
)


@dataclass(frozen=True, slots=True)
class Side:
    """A server of Daypass that is measured.

    Attributes:
        engine: what serves its hot methods.
        server: the process.
        maker: makes its calls.
    """

    engine: str
    server: Server
    maker: Maker


@dataclass(frozen=True, slots=True)
class Bench:
    """Whatever a run is made with.

    Attributes:
        driver: the generators.
        side: the server that is measured.
        others: servers of other engines, which the same rounds measure.
        empty: the empty server, and the one that is identical to it.
        mint_sizes: of an empty call that is as long as a mint.
        verify_sizes: the same of the verification of a token.
        pace: how long all is.
        seed: order and arrivals.
        say: tells how far things are.
    """

    driver: Driver
    side: Side
    others: tuple[Side, ...]
    empty: tuple[Server, Server]
    mint_sizes: tuple[int, int]
    verify_sizes: tuple[int, int]
    pace: Pace
    seed: int
    say: Callable[[str], None] = field(repr=False)

    def task(self, scenario: str, side: Side | None = None) -> Task:
        """Returns a task for Daypass, without a load."""
        side = side or self.side
        return Task(
            scenario,
            side.maker.arguments(),
            side.server.process_id,
            self.pace.connections,
        )

    def scenarios_of_all(self, scenarios: Sequence[str]) -> dict[str, Task]:
        """Returns the tasks of all sides, by the name of what they measure."""
        sides = (self.side, *self.others)
        engines = [side.engine for side in sides]
        return {
            named(scenario, side.engine, engines): self.task(scenario, side)
            for side in sides
            for scenario in scenarios
        }

    def empty_task(self, which: int, sizes: tuple[int, int]) -> Task:
        """Returns a task for one of the empty servers, without a load."""
        server = self.empty[which]
        maker = Maker(server.address, sizes=sizes)
        return Task(
            "empty", maker.arguments(), server.process_id, self.pace.connections
        )

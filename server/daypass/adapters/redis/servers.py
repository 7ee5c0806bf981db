"""The servers behind one store URL, and a worker's connections to them.

A worker has three: one for writes and for what must be as sure as they are, one for
reads and for what may be lost, and one that waits for revocations. In a cluster it
has the first two with each primary. A check has its own while it lasts.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Protocol

from daypass.adapters.redis.check import check_server, compare_clocks
from daypass.adapters.redis.cluster import ClusterCommands
from daypass.adapters.redis.cluster_map import slot_of
from daypass.adapters.redis.cluster_topology import ClusterTopology, SlotRoute
from daypass.adapters.redis.coalescer import Coalescer
from daypass.adapters.redis.commands import Commands
from daypass.adapters.redis.link import Link
from daypass.adapters.redis.routes import FixedRoute, Route
from daypass.adapters.redis.sentinel import SentinelRoute
from daypass.adapters.redis.settings import RedisSettings, StoreConfigError, Topology
from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import Clock, Entropy
from daypass.core.store_health import ClockDifference, widest


@dataclass(frozen=True, slots=True)
class Checked:
    """What the servers that take writes are like.

    Attributes:
        warnings: for the operator.
        fault: why one must not be used as it is, a sentence; empty where none.
        clock: the greatest difference of one of their clocks; None where no server
            without a fault has told it.
    """

    warnings: tuple[str, ...] = ()
    fault: str = ""
    clock: ClockDifference | None = None


class Servers(Protocol):
    """What carries the traffic of a worker."""

    @property
    def writes(self) -> Commands:
        """Acknowledges what as many replicas have as the URL says."""
        ...

    @property
    def reads(self) -> Commands:
        """Asks no replica."""
        ...

    @property
    def waits(self) -> Link:
        """A connection to the server that has the log of revocations."""
        ...

    async def check(self, clock: Clock) -> Checked:
        """Checks all servers that take writes, and compares their clocks with ours.

        Raises:
            StoreUnavailableError: one does not answer.
        """
        ...

    async def run(self) -> None:
        """Carries reads and writes until `close` is called, or it is cancelled."""
        ...

    def close(self) -> None:
        """Ends `run`; what is still waiting fails."""
        ...


class SingleServer:
    """The one server of a URL, or the primary that sentinels name; see `Servers`."""

    def __init__(self, settings: RedisSettings, *, entropy: Entropy) -> None:
        self._settings = settings
        self._entropy = entropy
        self._route: FixedRoute | SentinelRoute = FixedRoute(settings.addresses[0])
        if settings.topology is Topology.SENTINEL:
            self._route = SentinelRoute(settings)
        self.waits = self._link()
        self.writes = Coalescer(link=self._link(), replicas=settings.replicas)
        self.reads = Coalescer(link=self._link(), replicas=0)

    async def check(self, clock: Clock) -> Checked:
        """Checks the server, and how its sentinels are set; see the protocol."""
        checked = await _checked(self._link(), self._settings, clock)
        if not isinstance(self._route, SentinelRoute):
            return checked
        return replace(checked, warnings=(*checked.warnings, *self._route.warnings))

    async def run(self) -> None:
        """Carries reads and writes; see the protocol."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.writes.run())
                tasks.create_task(self.reads.run())
        finally:
            await self.waits.drop()

    def close(self) -> None:
        """Ends `run`; see the protocol."""
        self.writes.close()
        self.reads.close()

    def _link(self) -> Link:
        return Link(self._settings, route=self._route, entropy=self._entropy)


class ClusterServers:
    """The primaries of a cluster; see `Servers`.

    Args:
        settings: where the first nodes are.
        entropy: varies pauses.
        log_key: a key of the log of revocations, whose keys share a slot.
    """

    def __init__(
        self, settings: RedisSettings, *, entropy: Entropy, log_key: str
    ) -> None:
        self._settings = settings
        self._entropy = entropy
        self._topology = ClusterTopology(settings, entropy=entropy)
        slot = slot_of(("GET", log_key))
        assert slot is not None
        self.waits = self._link(SlotRoute(self._topology, slot))
        self.writes = self._commands(settings.replicas)
        self.reads = self._commands(0)

    async def check(self, clock: Clock) -> Checked:
        """Checks each primary; see the protocol."""
        await self._topology.renew(self._topology.map)
        found: list[Checked] = []
        away: StoreUnavailableError | None = None
        for address in self._topology.map.serving:
            link = self._link(FixedRoute(address))
            try:
                found.append(await _checked(link, self._settings, clock))
            except StoreUnavailableError as error:
                away = error
        fault = next((each.fault for each in found if each.fault), "")
        if away is not None and not fault:
            # NOTE: what one must not be used for does not wait for the others.
            raise away
        # Each once, in the order in which they were found.
        warnings = list(dict.fromkeys(text for each in found for text in each.warnings))
        if unserved := self._topology.map.owners.count(None):
            warnings.append(
                f"{unserved} slots of the cluster are served by no node: what belongs"
                " there is refused"
            )
        return Checked(
            tuple(warnings),
            fault=fault,
            clock=widest(each.clock for each in found if each.clock is not None),
        )

    async def run(self) -> None:
        """Carries reads and writes; see the protocol."""
        try:
            async with asyncio.TaskGroup() as tasks:
                learning = tasks.create_task(self._topology.run())
                async with asyncio.TaskGroup() as carrying:
                    carrying.create_task(self.writes.run())
                    carrying.create_task(self.reads.run())
                learning.cancel()
        finally:
            await self.waits.drop()

    def close(self) -> None:
        """Ends `run`; see the protocol."""
        self.writes.close()
        self.reads.close()

    def _commands(self, replicas: int) -> ClusterCommands:
        return ClusterCommands(
            self._topology, self._settings, entropy=self._entropy, replicas=replicas
        )

    def _link(self, route: Route) -> Link:
        return Link(self._settings, route=route, entropy=self._entropy)


async def _checked(link: Link, settings: RedisSettings, clock: Clock) -> Checked:
    """Checks the server that a link leads to, and gives the link up."""
    try:
        warnings = await check_server(link, settings)
        difference = await compare_clocks(link, clock)
        await link.vouch()
        return Checked(warnings, clock=difference)
    except StoreConfigError as error:
        # It may be a sentinel, or a server that lets us do nothing more.
        return Checked(fault=str(error))
    finally:
        await link.drop()

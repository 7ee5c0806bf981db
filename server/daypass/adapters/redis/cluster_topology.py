"""What a worker knows of a cluster, and how it learns more.

The map is asked of one node after the other, at most so often, by whoever needs it
and by a task that does so when a node fails. A redirection to a node that is known
changes the map at once; one to a node that is not known makes it be asked anew, and
leads nowhere unless the node is in it then (attacks R04).
"""

from __future__ import annotations

import asyncio
from typing import Final

from daypass.adapters.redis.cluster_map import ClusterMap, read_map
from daypass.adapters.redis.connection import ask, data_connection, store_unavailable
from daypass.adapters.redis.link import jittered
from daypass.adapters.redis.settings import Address, RedisSettings
from daypass.core import store_limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import Entropy

# Nodes that are asked before a question has failed.
_ASKED_MAX: Final = 3


class ClusterTopology:
    """The map of one cluster, which the parts of a worker share.

    Args:
        settings: where the first nodes are, and how nodes are spoken to.
        entropy: varies the pause between questions.
    """

    def __init__(self, settings: RedisSettings, *, entropy: Entropy) -> None:
        self._settings = settings
        self._entropy = entropy
        self._asking = asyncio.Lock()
        self._suspected = asyncio.Event()
        self._turn = 0
        self._not_before = 0.0
        self.map = ClusterMap()

    def suspect(self) -> None:
        """Notes that a node failed, so that the map may be old."""
        self._suspected.set()

    def moved(self, slot: int, address: Address) -> bool:
        """Notes where a node says that a slot is; tells whether that is known."""
        if address not in self.map.primaries:
            return False
        self.map = self.map.with_owner(slot, address)
        self._suspected.set()
        return True

    async def renew(self, seen: ClusterMap) -> None:
        """Returns when there is a newer map than one.

        Raises:
            StoreUnavailableError: no node tells.
        """
        async with self._asking:
            if self.map is not seen:
                return
            delay = self._not_before - asyncio.get_running_loop().time()
            if delay > 0:
                await asyncio.sleep(delay)
            pause = jittered(store_limits.STORE_MAP_PAUSE, self._entropy)
            self._not_before = asyncio.get_running_loop().time() + pause
            self.map = await self._ask()

    async def run(self) -> None:
        """Asks for the map when a node is suspected, until it is cancelled."""
        while True:
            await self._suspected.wait()
            self._suspected.clear()
            try:
                await self.renew(self.map)
            except StoreUnavailableError:
                # Nobody waits for the answer; the pause is that of every question.
                self._suspected.set()

    async def _ask(self) -> ClusterMap:
        error = store_unavailable("store_cluster_unknown")
        # A node that has been left alone may be the first to answer, and be wrong:
        # each question goes to another one first.
        known = sorted(self.map.primaries, key=lambda each: (each.host, each.port))
        nodes = [*known, *(a for a in self._settings.addresses if a not in known)]
        for _ in range(min(len(nodes), _ASKED_MAX + len(self._settings.addresses))):
            self._turn += 1
            address = nodes[self._turn % len(nodes)]
            try:
                reply = await ask(
                    data_connection(self._settings, address),
                    ("CLUSTER", "SHARDS"),
                    at_most=store_limits.STORE_QUESTION_TIME_MAX,
                )
                return read_map(reply, address, tls=self._settings.tls)
            except StoreUnavailableError as failure:
                error.__cause__ = failure
        raise error


class SlotRoute:
    """A `Route` to the primary that has a slot.

    Args:
        topology: knows it.
        slot: the number of the slot.
    """

    def __init__(self, topology: ClusterTopology, slot: int) -> None:
        self._topology = topology
        self._slot = slot

    async def find(self) -> Address:
        """Returns where the slot is; see the protocol."""
        if not self._topology.map.primaries:
            await self._topology.renew(self._topology.map)
        owner = self._topology.map.owners[self._slot]
        if owner is None:
            raise store_unavailable("store_slot_unserved")
        return owner

    async def look(self) -> Address | None:
        """Returns who has the slot by the map; see the protocol."""
        return self._topology.map.owners[self._slot]

    async def check(self, connection: object) -> None:
        """Accepts every node: one that has not the slot says so; see the protocol."""

    def leads_to(self, address: Address) -> bool:
        """Tells whether the slot is there; see the protocol."""
        return address == self._topology.map.owners[self._slot]

    async def vouch(self, address: Address | None) -> None:
        """Vouches, as nothing is written on this route; see the protocol."""

    def distrust(self, address: Address | None) -> None:
        """Lets the map be asked anew; see the protocol."""
        del address
        self._topology.suspect()

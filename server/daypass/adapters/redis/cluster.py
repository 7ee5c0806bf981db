"""Commands to a cluster: each goes to the node that has its key.

Each node has a pipeline of its own, which ends in WAIT as that of a single server
does. A node that has not the key does nothing and says where it is; such a command
follows, a bounded number of times, with pauses that grow and vary (attacks R04). A
script that is sent elsewhere brings its text along, as the node may not know it.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from redis.exceptions import AskError, MovedError, NoScriptError

from daypass.adapters.redis.cluster_map import ClusterMap, slot_of
from daypass.adapters.redis.cluster_topology import ClusterTopology
from daypass.adapters.redis.coalescer import Coalescer
from daypass.adapters.redis.connection import (
    Command,
    Reply,
    is_redirection,
    store_unavailable,
)
from daypass.adapters.redis.link import Link, jittered
from daypass.adapters.redis.routes import FixedRoute
from daypass.adapters.redis.script_texts import text_of
from daypass.adapters.redis.settings import Address, RedisSettings
from daypass.core import limits, store_limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import Entropy

_ASKING: Final[Command] = ("ASKING",)


@dataclass(slots=True)
class _Journey:
    """A command on its way to the node that has its key.

    Attributes:
        command: what is sent.
        slot: the slot of its key.
        asking: the node that has its key while the slot is being moved.
        with_script: whether the text of its script goes before it.
        reply: the last answer to it.
    """

    command: Command
    slot: int
    asking: Address | None = None
    with_script: bool = False
    reply: Reply = None

    def packed(self) -> list[Command]:
        """Returns the command, after what must come before it."""
        commands = [self.command]
        if self.asking is not None:
            commands.insert(0, _ASKING)
        if self.with_script:
            commands.insert(0, ("SCRIPT", "LOAD", text_of(str(self.command[1]))))
        return commands


class ClusterCommands:
    """`Commands` that go to the nodes of a cluster; `run` must be running.

    Args:
        topology: knows the nodes.
        settings: how they are spoken to.
        entropy: varies pauses.
        replicas: how many replicas must confirm each pipeline; 0 asks none.
    """

    def __init__(
        self,
        topology: ClusterTopology,
        settings: RedisSettings,
        *,
        entropy: Entropy,
        replicas: int,
    ) -> None:
        self._topology = topology
        self._settings = settings
        self._entropy = entropy
        self._replicas = replicas
        self._nodes: dict[Address, Coalescer] = {}
        self._map_of_nodes: ClusterMap | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._closing = asyncio.Event()

    async def execute(self, *commands: Command) -> list[Reply]:
        """Returns the replies to commands; see the protocol."""
        journeys = _journeys(commands)
        try:
            async with asyncio.timeout(limits.STORE_WAIT_TIME_MAX.total_seconds()):
                await self._travel(journeys)
        except TimeoutError as error:
            raise store_unavailable("store_slow") from error
        return [journey.reply for journey in journeys]

    async def execute_each(
        self, operations: Sequence[Sequence[Command]]
    ) -> list[list[Reply] | StoreUnavailableError]:
        """Returns the replies to each operation; see the protocol."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._outcome(each)) for each in operations]
        return [task.result() for task in tasks]

    async def _outcome(
        self, commands: Sequence[Command]
    ) -> list[Reply] | StoreUnavailableError:
        try:
            return await self.execute(*commands)
        except StoreUnavailableError as error:
            return error

    async def run(self) -> None:
        """Carries commands until closed or cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                for node in self._nodes.values():
                    tasks.create_task(node.run())
                await self._closing.wait()
                for node in self._nodes.values():
                    node.close()
        finally:
            self._tasks = None
            self._closing.set()

    def close(self) -> None:
        """Ends `run` after the pipelines that are under way."""
        self._closing.set()

    async def _travel(self, journeys: Sequence[_Journey]) -> None:
        """Sends commands until each has arrived."""
        under_way = list(journeys)
        pause = store_limits.STORE_REDIRECT_PAUSE_MIN
        for left in reversed(range(store_limits.STORE_REDIRECTS_MAX)):
            seen = self._topology.map
            await self._send(under_way)
            under_way = [each for each in under_way if _is_under_way(each)]
            if not under_way:
                return
            if not left:
                break
            known = [self._redirect(each) for each in under_way]
            if not all(known):
                await self._topology.renew(seen)
            await asyncio.sleep(jittered(pause, self._entropy))
            pause = min(pause * 2, store_limits.STORE_REDIRECT_PAUSE_MAX)
        raise store_unavailable("store_redirected_too_often")

    async def _send(self, journeys: Sequence[_Journey]) -> None:
        """Sends each command once, those of one node together."""
        by_node: dict[Address, list[_Journey]] = defaultdict(list)
        for journey in journeys:
            by_node[await self._address(journey)].append(journey)
        self._forget_strangers()
        outcomes = await asyncio.gather(
            *(self._send_to(address, each) for address, each in by_node.items()),
            return_exceptions=True,
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _send_to(self, address: Address, journeys: Sequence[_Journey]) -> None:
        packed = [journey.packed() for journey in journeys]
        commands = [command for each in packed for command in each]
        replies = iter(await self._node(address).execute(*commands))
        for journey, each in zip(journeys, packed, strict=True):
            for _ in each:
                # The last counts: what goes before a command is done or makes it fail.
                journey.reply = next(replies)

    def _redirect(self, journey: _Journey) -> bool:
        """Prepares a command to be sent again; tells whether it is known where to."""
        reply = journey.reply
        journey.asking = None
        journey.with_script = journey.command[0] == "EVALSHA"
        if not isinstance(reply, AskError):
            # Where it is, once the cluster has made up its mind.
            return True
        # NOTE: a MOVED is an ASK to redis-py. One without a host is a cluster whose
        # nodes do not know their own names, so that only the map tells where they are.
        address = Address(str(reply.host), int(reply.port))
        if isinstance(reply, MovedError):
            return self._topology.moved(journey.slot, address)
        if address not in self._topology.map.primaries:
            return False
        journey.asking = address
        return True

    async def _address(self, journey: _Journey) -> Address:
        """Returns the node that a command goes to."""
        if journey.asking is not None:
            return journey.asking
        if not self._topology.map.primaries:
            await self._topology.renew(self._topology.map)
        owner = self._topology.map.owners[journey.slot]
        if owner is None:
            self._topology.suspect()
            raise store_unavailable("store_slot_unserved")
        return owner

    def _node(self, address: Address) -> Coalescer:
        """Returns what carries commands to a node."""
        if self._closing.is_set():
            raise store_unavailable("store_closed")
        node = self._nodes.get(address)
        if node is None:
            route = FixedRoute(address, on_distrust=self._topology.suspect)
            link = Link(self._settings, route=route, entropy=self._entropy)
            node = Coalescer(link=link, replicas=self._replicas, indexes_max=1)
            self._nodes[address] = node
            if self._tasks is not None:
                self._tasks.create_task(node.run())
        return node

    def _forget_strangers(self) -> None:
        """Closes what leads to nodes that are primaries no more."""
        if self._map_of_nodes is self._topology.map:
            return
        self._map_of_nodes = self._topology.map
        for address in self._nodes.keys() - self._topology.map.primaries:
            self._nodes.pop(address).close()


def _is_under_way(journey: _Journey) -> bool:
    """Tells whether a command was sent elsewhere, or its script is unknown there."""
    return is_redirection(journey.reply) or isinstance(journey.reply, NoScriptError)


def _journeys(commands: Sequence[Command]) -> list[_Journey]:
    """Gives each command its slot; one without a key goes with the next that has one.

    A command without a key that is the last goes to the first slot, as any would do.
    """
    slot = 0
    journeys: list[_Journey] = []
    for command in reversed(commands):
        own = slot_of(command)
        slot = slot if own is None else own
        journeys.append(_Journey(command, slot))
    return journeys[::-1]

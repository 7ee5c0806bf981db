"""Commands that a cluster sends elsewhere, with scripted nodes on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
)

import hiredis
import pytest

from daypass.adapters.redis.cluster import ClusterCommands
from daypass.adapters.redis.cluster_map import SLOTS
from daypass.adapters.redis.cluster_topology import ClusterTopology
from daypass.adapters.redis.guard_scripts import SWAP
from daypass.adapters.redis.settings import Address, RedisSettings, Topology
from daypass.core import store_limits
from daypass.core.errors import StoreUnavailableError
from support.scripted_server import scripted_server
from support.world import SeededEntropy

GET = ("GET", "foo")
SLOT = 12182
OK = b"+OK\r\n"
Answer = Callable[[list[bytes]], bytes]


class ScriptedCluster:
    """Nodes that answer each command by a function, and say who has all slots."""

    def __init__(self) -> None:
        self.ports: list[int] = []
        self.owner = 0
        self.asked: list[tuple[int, list[bytes]]] = []

    @asynccontextmanager
    async def running(self, *answers: Answer) -> AsyncIterator[ClusterCommands]:
        """Runs a node for each function, and commands to them."""
        async with AsyncExitStack() as stack:
            for number, answer in enumerate(answers):
                node = self._node(number, answer)
                self.ports.append(await stack.enter_async_context(node))
            addresses = (Address("127.0.0.1", self.ports[0]),)
            settings = RedisSettings(addresses, Topology.CLUSTER)
            entropy = SeededEntropy(1)
            topology = ClusterTopology(settings, entropy=entropy)
            commands = ClusterCommands(topology, settings, entropy=entropy, replicas=0)
            async with asyncio.TaskGroup() as tasks:
                learning = tasks.create_task(topology.run())
                tasks.create_task(commands.run())
                try:
                    yield commands
                finally:
                    commands.close()
                    learning.cancel()

    def redirection(self, word: str, number: int) -> bytes:
        """Returns the answer that sends a command to a node."""
        return f"-{word} {SLOT} 127.0.0.1:{self.ports[number]}\r\n".encode()

    def asked_of(self, number: int, word: bytes) -> int:
        """Returns how often a node was asked a command."""
        return sum(
            node == number and command[0] == word for node, command in self.asked
        )

    def _node(self, number: int, answer: Answer) -> AbstractAsyncContextManager[int]:
        def answer_all(data: bytes) -> bytes:
            reader = hiredis.Reader()
            reader.feed(data)
            replies = b""
            while isinstance(command := reader.gets(), list):
                self.asked.append((number, command))
                is_question = command[0] == b"CLUSTER"
                replies += self._shards() if is_question else answer(command)
            return replies

        return scripted_server(answer_all)

    def _shards(self) -> bytes:
        shards = []
        for number, port in enumerate(self.ports):
            has_all = number == self.owner
            slots = [0, SLOTS - 1] if has_all else []
            facts = [b"port", port, b"endpoint", b"127.0.0.1", b"role", b"master"]
            shards.append([b"slots", slots, b"nodes", [[*facts, b"health", b"online"]]])
        return _packed(shards)


def _packed(value: object) -> bytes:
    if isinstance(value, list):
        return b"*%d\r\n" % len(value) + b"".join(map(_packed, value))
    if isinstance(value, int):
        return b":%d\r\n" % value
    assert isinstance(value, bytes)
    return b"$%d\r\n%b\r\n" % (len(value), value)


async def test_moved_is_followed_and_remembered() -> None:
    """R04: a slot that has moved to a known node is found there, and the next time at once."""
    cluster = ScriptedCluster()
    async with cluster.running(
        lambda _: cluster.redirection("MOVED", 1), lambda _: OK
    ) as commands:
        assert [b"OK"] == await commands.execute(GET)
        cluster.owner = 1
        assert [b"OK"] == await commands.execute(GET)

    assert 1 == cluster.asked_of(0, b"GET")
    assert 2 == cluster.asked_of(1, b"GET")


async def test_ask_is_followed_once() -> None:
    """R04: a key that is being moved is asked for with ASKING, and the slot stays."""
    cluster = ScriptedCluster()
    async with cluster.running(
        lambda _: cluster.redirection("ASK", 1), lambda _: OK
    ) as commands:
        assert [b"OK"] * 2 == [
            reply for _ in range(2) for reply in await commands.execute(GET)
        ]

    assert 2 == cluster.asked_of(0, b"GET")
    assert [[b"ASKING"], [b"GET", b"foo"]] * 2 == [
        command for node, command in cluster.asked if node == 1 and len(command) < 3
    ]


@pytest.mark.parametrize("word", ["MOVED", "ASK"])
async def test_unknown_host_is_never_contacted(word: str) -> None:
    """R04: a node that the cluster does not list gets nothing, not even a connection."""
    contacted: list[bytes] = []

    def stranger_answers(data: bytes) -> bytes:
        contacted.append(data)
        return OK

    cluster = ScriptedCluster()
    async with scripted_server(stranger_answers) as stranger:
        elsewhere = f"-{word} {SLOT} 127.0.0.1:{stranger}\r\n".encode()
        async with cluster.running(lambda _: elsewhere) as commands:
            with pytest.raises(StoreUnavailableError) as caught:
                await commands.execute(GET)

    assert "store_redirected_too_often" == caught.value.detail
    assert [] == contacted


@pytest.mark.parametrize(
    "refusal",
    [
        b"-TRYAGAIN Multiple keys request during rehashing of slot\r\n",
        b"-CLUSTERDOWN The cluster is down\r\n",
    ],
)
async def test_storms_are_bounded(refusal: bytes) -> None:
    """R04: a cluster that never makes up its mind is asked a bounded number of times."""
    cluster = ScriptedCluster()
    async with cluster.running(lambda _: refusal) as commands:
        with pytest.raises(StoreUnavailableError) as caught:
            await commands.execute(GET)

    assert "store_redirected_too_often" == caught.value.detail
    assert store_limits.STORE_REDIRECTS_MAX == cluster.asked_of(0, b"GET")


async def test_ping_pong_is_bounded() -> None:
    """R04: two nodes that send a command to each other end as unavailable."""
    cluster = ScriptedCluster()
    async with cluster.running(
        lambda _: cluster.redirection("MOVED", 1),
        lambda _: cluster.redirection("MOVED", 0),
    ) as commands:
        with pytest.raises(StoreUnavailableError):
            await commands.execute(GET)

    both = cluster.asked_of(0, b"GET") + cluster.asked_of(1, b"GET")
    assert store_limits.STORE_REDIRECTS_MAX == both


async def test_try_again_ends_well() -> None:
    """R04: a command that is done at last has its answer."""
    answers = [b"-TRYAGAIN later\r\n", b"-CLUSTERDOWN later\r\n", OK]
    cluster = ScriptedCluster()
    async with cluster.running(lambda _: answers.pop(0)) as commands:
        assert [b"OK"] == await commands.execute(GET)


async def test_script_goes_along() -> None:
    """A node that a script is sent to, or that has forgotten it, gets its text first."""
    cluster = ScriptedCluster()
    loaded: list[bytes] = []

    def second(command: list[bytes]) -> bytes:
        if command[0] == b"SCRIPT":
            loaded.append(command[2])
        is_known = bool(loaded) or command[0] != b"EVALSHA"
        return OK if is_known else b"-NOSCRIPT No matching script\r\n"

    async with cluster.running(
        lambda _: cluster.redirection("MOVED", 1), second
    ) as commands:
        call = SWAP.call(("foo",), 1)
        assert [b"OK"] == await commands.execute(call)
        loaded.clear()
        assert [b"OK"] == await commands.execute(call)

    assert [SWAP.text.encode()] == loaded


async def test_slot_of_nobody_is_unavailable() -> None:
    """A slot that no node serves is refused at once."""
    cluster = ScriptedCluster()
    cluster.owner = -1
    async with cluster.running(lambda _: OK) as commands:
        with pytest.raises(StoreUnavailableError) as caught:
            await commands.execute(GET)

    assert "store_slot_unserved" == caught.value.detail
    assert 0 == cluster.asked_of(0, b"GET")


async def test_dead_cluster_is_unavailable() -> None:
    """Where no node answers nobody knows the slots."""
    cluster = ScriptedCluster()
    async with cluster.running(lambda _: OK) as commands:
        commands._topology._settings = RedisSettings(
            (Address("127.0.0.1", 9),), Topology.CLUSTER
        )
        with pytest.raises(StoreUnavailableError) as caught:
            await commands.execute(GET)

    assert "store_cluster_unknown" == caught.value.detail


async def test_stranger_is_forgotten() -> None:
    """A node that left the cluster has no connection any more."""
    cluster = ScriptedCluster()
    async with cluster.running(lambda _: OK, lambda _: OK) as commands:
        await commands.execute(GET)
        left = cluster.ports.pop(0)
        cluster.owner = 0
        await commands._topology.renew(commands._topology.map)

        await commands.execute(GET)

        assert [] == [each for each in commands._nodes if each.port == left]


async def test_closed_commands_refuse() -> None:
    """Whoever calls commands that are closed is told so."""
    cluster = ScriptedCluster()
    async with cluster.running(lambda _: OK) as commands:
        commands.close()

        with pytest.raises(StoreUnavailableError) as caught:
            await commands.execute(GET)

    assert "store_closed" == caught.value.detail

"""A Redis Cluster of three primaries and three replicas, on loopback."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import pytest

from support.redis_server import RedisServer, free_port

SLOTS: Final = 16_384
_PRIMARIES: Final = 3
_READY_SECONDS_MAX: Final = 60.0
_POLL_SECONDS: Final = 0.05
# While a cluster comes together nobody is voted out, however busy the machine is.
_START_TIMEOUT_MILLISECONDS: Final = 60_000


class Node(RedisServer):
    """A node of a cluster."""

    def __init__(self) -> None:
        super().__init__(
            *("--cluster-enabled", "yes"),
            *("--cluster-port", str(free_port())),
            *("--cluster-node-timeout", str(_START_TIMEOUT_MILLISECONDS)),
        )

    @property
    def id(self) -> str:
        """What the cluster calls the node."""
        return self.command("CLUSTER", "MYID").split(b"\r\n")[1].decode()

    def facts(self) -> dict[str, str]:
        """Returns the facts of CLUSTER INFO."""
        lines = self.command("CLUSTER", "INFO").decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def is_primary(self) -> bool:
        """Tells whether the node calls itself a primary."""
        return b"master" in self.command("ROLE")[:20]

    def has_slot(self, slot: int) -> bool:
        """Tells whether the node says that a slot is its own."""
        lines = self.command("CLUSTER", "NODES").decode().splitlines()
        own = next(line.split() for line in lines if "myself" in line)
        # Ranges come last; one in brackets is a slot that is being moved.
        ranges = [each.split("-") for each in own[8:] if not each.startswith("[")]
        return any(int(ends[0]) <= slot <= int(ends[-1]) for ends in ranges)


class RedisCluster:
    """Six nodes, of which each primary has one replica.

    Args:
        node_timeout: after so many milliseconds of silence a primary is voted out.
    """

    def __init__(self, *, node_timeout: int) -> None:
        self.primaries = [Node() for _ in range(_PRIMARIES)]
        self.replicas = [Node() for _ in range(_PRIMARIES)]
        self._node_timeout = str(node_timeout)

    @property
    def nodes(self) -> list[Node]:
        """All nodes."""
        return [*self.primaries, *self.replicas]

    @property
    def share(self) -> int:
        """How many slots each primary has at first; the last one has the rest."""
        return -(-SLOTS // _PRIMARIES)

    @property
    def url(self) -> str:
        """The store URL, without the options; it names two of the nodes."""
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in self.nodes[::3])
        return f"redis+cluster://{hosts}"

    def start(self) -> None:
        """Starts all nodes and returns when they are one cluster."""
        for node in self.nodes:
            node.start()
        for number, node in enumerate(self.nodes):
            node.command("CLUSTER", "SET-CONFIG-EPOCH", str(number + 1))
        for number, node in enumerate(self.primaries):
            start = number * self.share
            last = min(start + self.share, SLOTS) - 1
            node.command("CLUSTER", "ADDSLOTSRANGE", str(start), str(last))
        self._meet()
        wait(lambda: all(map(self._knows_all, self.nodes)))
        for primary, replica in zip(self.primaries, self.replicas, strict=True):
            replica.command("CLUSTER", "REPLICATE", primary.id)
        pairs = tuple(zip(self.primaries, self.replicas, strict=True))
        wait(lambda: all(self._is_level(*pair) for pair in pairs))
        wait(lambda: all(map(self._knows_roles, self.nodes)))
        for node in self.nodes:
            node.command("CONFIG", "SET", "cluster-node-timeout", self._node_timeout)

    def move_slot(self, slot: int, source: Node, target: Node) -> None:
        """Moves a slot with its keys, as `redis-cli --cluster reshard` does."""
        number, ids = str(slot), (source.id, target.id)
        target.command("CLUSTER", "SETSLOT", number, "IMPORTING", ids[0])
        source.command("CLUSTER", "SETSLOT", number, "MIGRATING", ids[1])
        while keys := self._keys(source, slot):
            to = ("127.0.0.1", str(target.port), "", "0", "5000")
            reply = source.command("MIGRATE", *to, "KEYS", *keys)
            assert reply.startswith((b"+OK", b"+NOKEY")), reply
        for node in (target, source):
            node.command("CLUSTER", "SETSLOT", number, "NODE", ids[1])

    def close(self) -> None:
        """Ends all nodes."""
        for node in self.nodes:
            node.close()

    def __enter__(self) -> Self:
        """Starts all, or nothing."""
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends all."""
        self.close()

    def _meet(self) -> None:
        first = self.nodes[0]
        for node in self.nodes[1:]:
            port, bus = str(first.port), first.option("--cluster-port")
            node.command("CLUSTER", "MEET", "127.0.0.1", port, bus)

    def _knows_all(self, node: Node) -> bool:
        facts = node.facts()
        known = facts["cluster_known_nodes"], facts["cluster_slots_assigned"]
        return known == (str(2 * _PRIMARIES), str(SLOTS))

    def _knows_roles(self, node: Node) -> bool:
        seen = node.command("CLUSTER", "NODES")
        is_up = node.facts()["cluster_state"] == "ok"
        return is_up and seen.count(b"slave") == _PRIMARIES

    def _is_level(self, primary: Node, replica: Node) -> bool:
        return b"state=online" in primary.command(
            "INFO", "replication"
        ) and b"connected" in replica.command("ROLE")

    def _keys(self, node: Node, slot: int) -> list[str]:
        reply = node.command("CLUSTER", "GETKEYSINSLOT", str(slot), "10")
        return [each.decode() for each in reply.split(b"\r\n")[2::2]]


def wait(is_so: Callable[[], bool]) -> None:
    """Waits until something is so."""
    end = time.monotonic() + _READY_SECONDS_MAX
    while not is_so():
        if time.monotonic() > end:
            pytest.fail("the servers of the tests did not come together")
        time.sleep(_POLL_SECONDS)

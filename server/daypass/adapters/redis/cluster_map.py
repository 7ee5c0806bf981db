"""Which node of a cluster has which slot, as the nodes themselves say.

The answer to CLUSTER SHARDS is read whole or not at all. A node is known when it is
in the map; others are never contacted, whatever a redirection says (attacks R04).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from redis.crc import key_slot

from daypass.adapters.redis.connection import Command, Reply, store_unavailable
from daypass.adapters.redis.settings import Address
from daypass.core import store_limits

SLOTS: Final = 16_384
_PORT_MAX: Final = 65_535
# What a node says of itself where it does not know its own name.
_NAMELESS: Final = frozenset({b"", b"?"})
_HEALTHY: Final = b"online"
_PRIMARY: Final = b"master"
# The word in front of the keys of a script is their number.
_SCRIPT_KEYS: Final = 2


@dataclass(frozen=True, slots=True)
class ClusterMap:
    """A cluster as one of its nodes sees it.

    Attributes:
        owners: for each slot the primary that has it, or None.
        primaries: those that have slots, or may get some.
    """

    owners: tuple[Address | None, ...] = (None,) * SLOTS
    primaries: frozenset[Address] = frozenset()

    @property
    def serving(self) -> tuple[Address, ...]:
        """The nodes that have slots, in the order of their slots."""
        return tuple(dict.fromkeys(each for each in self.owners if each is not None))

    def with_owner(self, slot: int, address: Address) -> ClusterMap:
        """Returns the map after a slot has moved to a node that is known."""
        owners = list(self.owners)
        owners[slot] = address
        return replace(self, owners=tuple(owners))


def slot_of(command: Command) -> int | None:
    """Returns the slot of the first key of a command, or None where it has no key.

    Only commands that the stores use are known: a key is the first argument, or with
    a script the third.
    """
    name = command[0]
    if name in {"SCRIPT", "PING"}:
        return None
    key = command[_SCRIPT_KEYS + 1 if name == "EVALSHA" else 1]
    return key_slot(str(key).encode())


def read_map(reply: Reply, asked: Address, *, tls: bool) -> ClusterMap:
    """Reads the answer to CLUSTER SHARDS.

    Args:
        reply: the answer.
        asked: the node that gave it, which may not know its own name.
        tls: which of the ports of a node counts.

    Raises:
        StoreUnavailableError: it is not such an answer.
    """
    owners: list[Address | None] = [None] * SLOTS
    primaries: set[Address] = set()
    port = b"tls-port" if tls else b"port"
    for shard in map(_pairs, _list(reply)):
        primary = _primary(_list(shard.get(b"nodes")), asked, port)
        ranges = _list(shard.get(b"slots"))
        if primary is None:
            continue
        primaries.add(primary)
        bounds = iter(ranges)
        for first, last in zip(bounds, bounds, strict=False):
            end = _number(last, SLOTS - 1)
            start = _number(first, end)
            owners[start : end + 1] = [primary] * (end + 1 - start)
        if len(ranges) % 2:
            raise _corrupt()
    if len(primaries) > store_limits.STORE_NODES_MAX:
        raise _corrupt()
    return ClusterMap(tuple(owners), frozenset(primaries))


def _primary(nodes: Sequence[Reply], asked: Address, port: bytes) -> Address | None:
    """Returns the primary of a shard, or None where it has none that is there."""
    for node in map(_pairs, nodes):
        if node.get(b"role") == _PRIMARY and node.get(b"health") == _HEALTHY:
            host = node.get(b"endpoint")
            if host is None or host in _NAMELESS:
                return Address(asked.host, _number(node.get(port), _PORT_MAX))
            if not isinstance(host, bytes):
                raise _corrupt()
            name = host.decode("utf-8", "replace")
            return Address(name, _number(node.get(port), _PORT_MAX))
    return None


def _pairs(reply: Reply) -> Mapping[bytes, Reply]:
    words = _list(reply)
    names = words[::2]
    if len(words) % 2 or not all(isinstance(name, bytes) for name in names):
        raise _corrupt()
    return {
        name: value
        for name, value in zip(names, words[1::2], strict=True)
        if isinstance(name, bytes)
    }


def _list(reply: Reply) -> Sequence[Reply]:
    if not isinstance(reply, list):
        raise _corrupt()
    return reply


def _number(reply: Reply, most: int) -> int:
    if not isinstance(reply, int) or not 0 <= reply <= most:
        raise _corrupt()
    return reply


def _corrupt() -> Exception:
    return store_unavailable("store_cluster_map_corrupt")

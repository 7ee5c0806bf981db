"""What nodes say of their cluster, and which slot a command is about."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.adapters.redis import (
    guard_scripts,
    keyring_scripts,
    revocation_scripts,
    session_scripts,
)
from daypass.adapters.redis.cluster_map import SLOTS, ClusterMap, read_map, slot_of
from daypass.adapters.redis.connection import Reply
from daypass.adapters.redis.keys import Keys
from daypass.adapters.redis.script_texts import text_of
from daypass.adapters.redis.scripts import Script
from daypass.adapters.redis.settings import Address
from daypass.core.errors import StoreUnavailableError

ASKED = Address("asked", 7000)
KEYS = Keys("daypass")
# Whose scripts have one key each.
SINGLE = (session_scripts, guard_scripts, keyring_scripts)


def node(port: int, **changes: Reply) -> list[Reply]:
    """Returns what CLUSTER SHARDS says of a node."""
    facts: dict[str, Any] = {
        "id": b"a" * 40,
        "port": port,
        "ip": b"127.0.0.1",
        "endpoint": b"127.0.0.1",
        "role": b"master",
        "replication-offset": 0,
        "health": b"online",
    }
    facts |= {name.replace("_", "-"): value for name, value in changes.items()}
    return [word for name, value in facts.items() for word in (name.encode(), value)]


def shard(slots: Reply, *nodes: Reply) -> list[Reply]:
    """Returns what CLUSTER SHARDS says of a shard."""
    return [b"slots", slots, b"nodes", list(nodes)]


def test_map_is_read() -> None:
    """Each slot has the primary of its shard; replicas and failed nodes have none."""
    reply: Reply = [
        shard([0, 9, 20, 20], node(1), node(2, role=b"replica")),
        shard([10, 19], node(3, health=b"fail"), node(4)),
        shard([], node(5)),
        shard([21, SLOTS - 1], node(6, health=b"fail")),
    ]

    found = read_map(reply, ASKED, tls=False)

    ports = [owner and owner.port for owner in found.owners]
    assert [1] * 10 + [4] * 10 + [1] + [None] * (SLOTS - 21) == ports
    assert {1, 4, 5} == {each.port for each in found.primaries}
    assert [1, 4] == [each.port for each in found.serving]


def test_tls_has_its_port() -> None:
    """With TLS the port that speaks it counts."""
    reply: Reply = [shard([0, 0], node(1, tls_port=2))]

    assert Address("127.0.0.1", 2) == read_map(reply, ASKED, tls=True).owners[0]
    with pytest.raises(StoreUnavailableError):
        read_map([shard([0, 0], node(1))], ASKED, tls=True)


@pytest.mark.parametrize("endpoint", [b"", b"?", None])
def test_node_without_a_name_is_the_asked(endpoint: Reply) -> None:
    """A node that does not know its own name is where it was asked."""
    found = read_map([shard([0, 0], node(1, endpoint=endpoint))], ASKED, tls=False)

    assert Address("asked", 1) == found.owners[0]


@pytest.mark.parametrize(
    "reply",
    [
        None,
        b"OK",
        1,
        [b"slots"],
        [[b"slots", [0, 1]]],
        [[b"slots", [0, 1], b"nodes"]],
        [[1, [0, 1], b"nodes", [node(1)]]],
        [shard(None, node(1))],
        [shard([0], node(1))],
        [shard([0, SLOTS], node(1))],
        [shard([-1, 1], node(1))],
        [shard([5, 4], node(1))],
        [shard([b"0", b"1"], node(1))],
        [shard([0, 1], node(65_536))],
        [shard([0, 1], node(-1))],
        [shard([0, 1], node(1, endpoint=7))],
        [shard([0, 1], b"node")],
        [shard([], node(each)) for each in range(1_001)],
    ],
)
def test_foreign_answer_is_no_map(reply: Reply) -> None:
    """An answer that is not whole changes nothing."""
    with pytest.raises(StoreUnavailableError) as caught:
        read_map(reply, ASKED, tls=False)

    assert "store_cluster_map_corrupt" == caught.value.detail


def test_slot_that_moved_has_its_owner() -> None:
    """A slot that moves changes owner, and no other does."""
    before = ClusterMap()

    after = before.with_owner(7, ASKED)

    assert [7] == [slot for slot in range(SLOTS) if after.owners[slot] is ASKED]
    assert before.owners[7] is None


@pytest.mark.parametrize(
    ("command", "slot"),
    [
        # Redis Cluster Specification, "Keys distribution model".
        (("GET", "123456789"), 0x31C3),
        (("SET", "foo", b"x", "NX"), 12182),
        (("EVALSHA", "digest", 1, "foo", b"bar"), 12182),
        (("HGET", "{foo}:head", "x"), 12182),
        (("SCRIPT", "LOAD", "foo"), None),
        (("PING",), None),
    ],
)
def test_command_has_its_slot(command: tuple[Any, ...], slot: int | None) -> None:
    """A command goes by its first key; one without a key goes anywhere."""
    assert slot == slot_of(command)


def scripts_of(module: ModuleType) -> list[Script]:
    """Returns the scripts that a module has made."""
    return [each for each in vars(module).values() if isinstance(each, Script)]


def test_keys_of_a_script_share_a_slot() -> None:
    """R03: a script has one key, or keys of the log, which share a slot."""
    parts = {
        slot_of(("GET", KEYS.revocations(each)))
        for each in ("head", "entries", "workers")
    }
    single = [each for module in SINGLE for each in scripts_of(module)]

    assert 1 == len(parts)
    assert 7 == len(single)
    assert {"KEYS[1]"} == {
        key for each in single for key in re.findall(r"KEYS\[\d\]", each.text)
    }


def test_slots_are_spread() -> None:
    """R02: sessions of one account, with braces in their ids too, are spread like chance."""
    counts = [0] * 64
    draws = 6_400
    for number in range(draws):
        slot = slot_of(("GET", KEYS.session(f"{{slot}}{number}")))
        assert slot is not None
        counts[slot * len(counts) // SLOTS] += 1

    expected = draws / len(counts)
    chi_square = sum((count - expected) ** 2 / expected for count in counts)
    # 63 degrees of freedom: 0.999 of chance is below this.
    assert chi_square < 103.4


@given(st.text(max_size=20))
def test_every_script_is_known_by_digest(text: str) -> None:
    """A script that is sent elsewhere is found by its digest, and no other text is."""
    ours = [
        each for module in (*SINGLE, revocation_scripts) for each in scripts_of(module)
    ]
    assert [each.text for each in ours] == [text_of(each.digest) for each in ours]
    with pytest.raises(KeyError):
        text_of(text)

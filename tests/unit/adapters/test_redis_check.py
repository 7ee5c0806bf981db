"""What a server must be like."""

from __future__ import annotations

import pytest

from daypass.adapters.redis.check import judge_server
from daypass.adapters.redis.settings import (
    Address,
    RedisSettings,
    StoreConfigError,
    Topology,
)

GOOD = {
    "redis_version": "7.2.11",
    "redis_mode": "standalone",
    "role": "master",
    "maxmemory_policy": "noeviction",
    "connected_slaves": "1",
}


def settings(
    topology: Topology = Topology.SERVER, *, replicas: int = 0
) -> RedisSettings:
    """Returns settings of a topology."""
    return RedisSettings((Address("host"),), topology, replicas=replicas)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("redis_version", "6.2.20", "Redis 7"),
        ("redis_version", "", "Redis 7"),
        ("redis_version", "7", "Redis 7"),
        ("redis_version", "seven", "Redis 7"),
        ("redis_mode", "cluster", r"use redis\+cluster://"),
        ("redis_mode", "sentinel", r"use redis\+sentinel://"),
        ("role", "slave", "replica"),
        ("role", "", "replica"),
        ("maxmemory_policy", "allkeys-lru", "CONFIG SET maxmemory-policy noeviction"),
        ("maxmemory_policy", "volatile-ttl", "volatile-ttl"),
        ("maxmemory_policy", "", "unknown"),
    ],
)
def test_unfit_server_is_refused(name: str, value: str, says: str) -> None:
    """A server that could lose or refuse state is refused, with the way to mend it."""
    with pytest.raises(StoreConfigError, match=says):
        judge_server(GOOD | {name: value}, settings())


def test_fit_server_has_no_warnings() -> None:
    """A server that is fit is taken without a word."""
    assert () == judge_server(GOOD, settings(replicas=1))


@pytest.mark.parametrize(
    ("version", "warns"),
    [
        ("7.0.0", True),
        ("7.0.15", True),
        ("7.2.10", True),
        ("7.2.11", False),
        ("7.4.5", True),
        ("7.4.6", False),
        ("8.0.3", True),
        ("8.0.4", False),
        ("8.2.1", True),
        ("8.2.2", False),
        ("8.4.0", False),
    ],
)
def test_known_hole_is_a_warning(version: str, *, warns: bool) -> None:
    """A version with the known hole in scripts is named, and taken."""
    warnings = judge_server(GOOD | {"redis_version": version}, settings())

    assert warns == any("CVE-2025-49844" in warning for warning in warnings)


def test_other_server_has_other_versions() -> None:
    """A Valkey server, which names an old Redis version, is not warned of."""
    facts = GOOD | {"redis_version": "7.2.4", "valkey_version": "8.1.4"}

    assert () == judge_server(facts, settings())


@pytest.mark.parametrize(("replicas", "warns"), [(2, True), (1, False), (0, False)])
def test_missing_replicas_are_a_warning(replicas: int, *, warns: bool) -> None:
    """Fewer replicas than writes wait for are named."""
    assert warns == bool(judge_server(GOOD, settings(replicas=replicas)))


def test_single_server_is_no_cluster() -> None:
    """A cluster URL that leads to a single server is refused, and says so."""
    with pytest.raises(StoreConfigError, match="mode standalone"):
        judge_server(GOOD, settings(Topology.CLUSTER, replicas=1))


CLUSTER_WITH_REPLICA = GOOD | {"redis_mode": "cluster"}


def test_cluster_with_replicas_must_confirm() -> None:
    """R05: a cluster that promotes replicas which confirm nothing is refused."""
    with pytest.raises(StoreConfigError, match="replicas=1"):
        judge_server(CLUSTER_WITH_REPLICA, settings(Topology.CLUSTER))


@pytest.mark.parametrize(("attached", "replicas"), [("1", 1), ("0", 0)])
def test_cluster_that_confirms_is_taken(attached: str, replicas: int) -> None:
    """R05: a cluster whose replicas confirm, or that has none, is used."""
    facts = CLUSTER_WITH_REPLICA | {"connected_slaves": attached}

    assert () == judge_server(facts, settings(Topology.CLUSTER, replicas=replicas))

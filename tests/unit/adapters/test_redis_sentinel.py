"""What sentinels say, and what is made of it, with scripted servers on loopback."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from daypass.adapters.redis.link import Link
from daypass.adapters.redis.sentinel import SentinelRoute
from daypass.adapters.redis.settings import Address, RedisSettings, Topology
from daypass.core.errors import StoreUnavailableError
from support.scripted_server import scripted_server
from support.world import SeededEntropy

PONG = b"+PONG\r\n"
SECOND = timedelta(seconds=1)
PRIMARY = b"*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n"
REPLICA = b"*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:1\r\n$9\r\nconnected\r\n:0\r\n"


def answering(role: bytes, rest: bytes) -> Callable[[bytes], bytes]:
    """Returns what answers a question for the role, and anything else."""
    return lambda data: role if b"ROLE" in data else rest


def names(port: int | str) -> bytes:
    """Returns the answer that names a primary."""
    return b"*2\r\n$9\r\n127.0.0.1\r\n$%d\r\n%b\r\n" % (
        len(str(port)),
        str(port).encode(),
    )


def settings(*ports: int) -> RedisSettings:
    """Returns settings with sentinels at ports."""
    addresses = tuple(Address("127.0.0.1", port) for port in ports)
    return RedisSettings(addresses, Topology.SENTINEL, primary="main", replicas=1)


def link(found: RedisSettings) -> Link:
    """Returns a link to the primary."""
    return Link(found, route=SentinelRoute(found), entropy=SeededEntropy(1))


@pytest.mark.parametrize(
    "answer",
    [
        b"*-1\r\n",
        b"$-1\r\n",
        b"*0\r\n",
        b"*1\r\n$1\r\na\r\n",
        b"-ERR unknown\r\n",
        b":1\r\n",
        names("port"),
        names("-1"),
        names("100000"),
    ],
)
async def test_foreign_answer_names_nobody(answer: bytes) -> None:
    """An answer that names no address is none, and the next sentinel is asked."""
    async with (
        scripted_server(lambda _: answer) as bad,
        scripted_server(lambda _: names(7)) as good,
    ):
        with pytest.raises(StoreUnavailableError):
            await SentinelRoute(settings(bad)).find()

        found = await SentinelRoute(settings(bad, good)).find()

    assert Address("127.0.0.1", 7) == found


@pytest.mark.parametrize(
    ("role", "detail"),
    [(REPLICA, "store_is_replica"), (b"-NOPERM no\r\n", "store_role_refused")],
)
async def test_named_replica_gets_no_command(role: bytes, detail: str) -> None:
    """R06: a server that does not call itself a primary is asked for that and no more."""
    asked: list[bytes] = []

    def answer(data: bytes) -> bytes:
        asked.append(data)
        return role

    async with (
        scripted_server(answer) as port,
        scripted_server(lambda _: names(port)) as sentinel,
    ):
        with pytest.raises(StoreUnavailableError) as caught:
            await link(settings(sentinel)).exchange([("PING",)], at_most=SECOND)

    assert detail == caught.value.detail
    assert not any(b"PING" in each for each in asked)
    assert all(b"ROLE" in each for each in asked)


@pytest.mark.parametrize(
    "refusal",
    [
        b"-READONLY You can't write against a read only replica.\r\n",
        b"-NOREPLICAS Not enough good replicas to write.\r\n",
        b"-MASTERDOWN Link with MASTER is down.\r\n",
        b"-LOADING Redis is loading the dataset in memory\r\n",
        b"-MOVED nowhere\r\n",
    ],
)
async def test_primary_no_more_is_left(refusal: bytes) -> None:
    """R06: a server that answers as no primary does is left, and the sentinels are asked."""
    named: list[int] = []
    async with (
        scripted_server(answering(PRIMARY, refusal)) as first,
        scripted_server(answering(PRIMARY, PONG)) as second,
        scripted_server(lambda _: names(named[-1])) as sentinel,
    ):
        named.append(first)
        connected = link(settings(sentinel))
        with pytest.raises(StoreUnavailableError):
            await connected.exchange([("SET", "a", "b")], at_most=SECOND)
        named.append(second)

        replies = await connected.exchange([("PING",)], at_most=SECOND)

        await connected.drop()
    assert [b"PONG"] == replies


async def test_other_sentinel_is_asked_after_a_failure() -> None:
    """A sentinel that is cut off, and names a dead server for ever, is not the last word."""
    async with (
        scripted_server(answering(PRIMARY, PONG)) as primary,
        scripted_server(lambda _: names(9)) as cut_off,
        scripted_server(lambda _: names(primary)) as right,
    ):
        connected = link(settings(cut_off, right))

        replies = await connected.exchange([("PING",)], at_most=SECOND)

        await connected.drop()
    assert [b"PONG"] == replies


async def test_links_leave_together() -> None:
    """R06: what one link learns of the primary, the others of the route learn too."""
    address = Address("127.0.0.1", 7)
    async with scripted_server(lambda _: names(7)) as sentinel:
        route = SentinelRoute(settings(sentinel))
        await route.find()

    assert route.leads_to(address)
    route.distrust(Address("127.0.0.1", 8))
    assert route.leads_to(address)
    route.distrust(address)
    assert not route.leads_to(address)

"""What sentinels say, and what is made of it, with scripted servers on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from daypass.adapters.redis.coalescer import Coalescer
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


def says(port: int | str, **changes: str) -> bytes:
    """Returns what a sentinel says of a primary that it sees."""
    facts = {
        "ip": "127.0.0.1",
        "port": str(port),
        "flags": "master",
        "last-ping-sent": "0",
        "down-after-milliseconds": "60000",
        "num-other-sentinels": "2",
        "quorum": "2",
    }
    facts |= {name.replace("_", "-"): value for name, value in changes.items()}
    words = [word for pair in facts.items() for word in pair]
    packed = "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    return f"*{len(words)}\r\n{packed}".encode()


def always(answer: bytes) -> Callable[[bytes], bytes]:
    """Returns what answers everything alike."""
    return lambda _: answer


async def vouched(*answers: bytes | Callable[[bytes], bytes]) -> bool:
    """Tells whether sentinels that answer so vouch for a primary at port 7."""
    async with AsyncExitStack() as stack:
        ports = [
            await stack.enter_async_context(
                scripted_server(always(each) if isinstance(each, bytes) else each)
            )
            for each in answers
        ]
        route = SentinelRoute(settings(*ports))
        try:
            await route.vouch(Address("127.0.0.1", 7))
        except StoreUnavailableError:
            return False
        return True


@pytest.mark.parametrize(
    "doubt",
    [
        says(7, flags="s_down,master"),
        says(7, flags="master,disconnected"),
        says(7, flags="master,disconnected", last_ping_sent="60000"),
        says(7, flags="s_down,master,disconnected", last_ping_sent="1"),
        says(7, last_ping_sent="60000"),
        says("port"),
        b"-ERR No such master with that name\r\n",
        b"*1\r\n$2\r\nip\r\n",
    ],
)
async def test_quorum_in_doubt_acknowledges_nothing(doubt: bytes) -> None:
    """R06: when as many sentinels as can promote a replica may do so, nothing is sure."""
    good = says(7)

    assert await vouched(good, good, doubt)
    assert not await vouched(good, doubt, doubt)
    assert not await vouched(doubt, doubt, doubt)


async def test_slow_settings_are_warned_of() -> None:
    """E03: whoever reads the settings of the sentinels is told what they will cost."""
    slow = says(7, failover_timeout="180000")
    async with scripted_server(lambda _: slow) as port:
        route = SentinelRoute(settings(port))
        before = route.warnings
        with pytest.raises(StoreUnavailableError):
            await route.vouch(Address("127.0.0.1", 7))

        hang, vote = route.warnings

    assert () == before
    assert "down-after-milliseconds" in hang
    assert "failover-timeout" in vote


@pytest.mark.parametrize("unanswered", ["1", "59999"])
async def test_new_primary_is_not_yet_connected(unanswered: str) -> None:
    """R06: a sentinel that has just learnt of a primary has patience with it, too."""
    fresh = says(7, flags="master,disconnected", last_ping_sent=unanswered)

    assert await vouched(fresh, fresh, b"-ERR\r\n")
    assert not await vouched(fresh, fresh, says(8))


@pytest.mark.parametrize(
    "contradiction",
    [
        says(7, flags="failover_in_progress,master"),
        says(7, flags="s_down,o_down,master"),
        says(8),
    ],
)
async def test_sentinel_that_promotes_is_heard(contradiction: bytes) -> None:
    """R06: a primary that woke up is healthy to all but the sentinel that replaces it."""
    good = says(7)

    assert not await vouched(contradiction, good, good)
    assert not await vouched(good, good, contradiction)


def replacing(old: int, named: bytes) -> Callable[[bytes], bytes]:
    """Returns what answers as a sentinel that replaces a primary, and names one."""
    word = says(old, flags="s_down,o_down,failover_in_progress,master")
    return lambda data: named if b"GET-MASTER" in data else word


@pytest.mark.parametrize(
    ("old", "named", "expected"),
    [
        # The promoted replica has said that it is a primary.
        (6, names(7), True),
        # It has not yet, or it is another one, or the sentinel does not say.
        (6, names(6), False),
        (6, names(8), False),
        (6, b"-ERR\r\n", False),
        # The old primary woke up, before the promotion and after it.
        (7, names(7), False),
        (7, names(8), False),
        (7, b"-ERR\r\n", False),
    ],
)
async def test_promoted_primary_is_vouched_for(
    old: int, named: bytes, *, expected: bool
) -> None:
    """R06: the sentinel that leads a failover speaks for the new primary, not for the old."""
    good = always(says(7))

    for order in (0, 2):
        sentinels = [good, good]
        sentinels.insert(order, replacing(old, named))
        assert expected == await vouched(*sentinels)


async def test_leader_of_a_failover_is_not_enough() -> None:
    """R06: it takes as many others as before to say that the new primary is alive."""
    leader, silent = replacing(6, names(7)), always(b"-ERR\r\n")

    assert not await vouched(leader, always(says(7)), silent)
    assert not await vouched(leader, silent, silent)


async def test_contradiction_counts_after_a_gap() -> None:
    """R06: when what sentinels vouched for has run out, each of them is heard again."""
    answers = [says(7, last_ping_sent="59999")] * 3

    def sentinel(number: int) -> Callable[[bytes], bytes]:
        return lambda _: answers[number]

    async with AsyncExitStack() as stack:
        ports = [
            await stack.enter_async_context(scripted_server(sentinel(number)))
            for number in range(3)
        ]
        route = SentinelRoute(settings(*ports))
        primary = Address("127.0.0.1", 7)
        await route.vouch(primary)
        # A millisecond of patience was left.
        await asyncio.sleep(0.01)
        answers[:] = [says(8), says(7), says(7)]

        with pytest.raises(StoreUnavailableError):
            await route.vouch(primary)
        answers[0] = says(7)
        await route.vouch(primary)


async def test_sentinel_that_was_just_started_is_not_enough() -> None:
    """R06: a sentinel that knows none of the others does not count for all of them."""
    alone, silent = says(7, num_other_sentinels="0"), b"-ERR\r\n"

    assert not await vouched(alone, silent, silent)
    assert await vouched(alone, alone, silent)


async def test_small_quorum_needs_every_sentinel() -> None:
    """R06: where one sentinel alone can promote a replica, all must vouch."""
    good = says(7, quorum="1")

    assert await vouched(good, good, good)
    assert not await vouched(good, good, b"-ERR\r\n")


async def test_confirmed_by_a_stray_replica_is_refused() -> None:
    """R05: a primary that woke up is not believed, though a replica still confirms to it."""

    def old_primary(data: bytes) -> bytes:
        return PRIMARY if b"ROLE" in data else b"+OK\r\n:1\r\n"

    async with scripted_server(old_primary) as old:
        answer = names(old)
        word = says(old)

        def sentinel(data: bytes) -> bytes:
            return answer if b"GET-MASTER" in data else word

        async with scripted_server(sentinel) as port:
            found = settings(port)
            commands = Coalescer(link=link(found), replicas=1)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(commands.run())
                word = says(
                    old,
                    down_after_milliseconds="1",
                    quorum="1",
                    num_other_sentinels="0",
                )
                assert [b"OK"] == await commands.execute(("SET", "a", "b"))
                word = says(old + 1, quorum="1", num_other_sentinels="0")
                # What was vouched for counts for as long as the sentinel would take.
                await asyncio.sleep(0.01)
                with pytest.raises(StoreUnavailableError) as caught:
                    await commands.execute(("SET", "a", "c"))
                commands.close()

    assert "store_primary_unsure" == caught.value.detail


async def test_vouching_lasts_for_a_while() -> None:
    """Sentinels that have vouched are not asked again before one can change its mind."""
    asked: list[bytes] = []

    def sentinel(data: bytes) -> bytes:
        asked.append(data)
        return says(7, quorum="1", num_other_sentinels="0")

    async with scripted_server(sentinel) as port:
        route = SentinelRoute(settings(port))
        for _ in range(5):
            await route.vouch(Address("127.0.0.1", 7))
        with pytest.raises(StoreUnavailableError):
            await route.vouch(Address("127.0.0.1", 8))
        with pytest.raises(StoreUnavailableError):
            await route.vouch(None)

    assert 2 == len(asked)

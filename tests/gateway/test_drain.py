"""Stopping: what was asked is answered, and what is idle ends.

SPEC: attacks G22; reliability E02.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest

from daypass.core.errors import StoreUnavailableError
from support.http_client import (
    HttpAnswer,
    Keys,
    ask,
    connection,
    get,
    read_answers,
    signed,
)
from support.http_organisation import READER
from support.http_world import HttpWorld, wait_until

IDENTITY = {"Action": "GetCallerIdentity"}
ASSUME = {"Action": "AssumeRole", "RoleArn": READER, "RoleSessionName": "s1"}
CLIENTS = 4


class Client(threading.Thread):
    """Calls again and again over one connection until that is ended.

    Args:
        world: whose door.
        keys: who calls.
    """

    def __init__(self, world: HttpWorld, keys: Keys) -> None:
        super().__init__(daemon=True)
        self._world = world
        self._raw = signed(world, keys, IDENTITY).raw()
        self.begun = threading.Event()
        self.answers: list[HttpAnswer] = []
        self.lost = 0

    def run(self) -> None:
        """Calls until an answer says that the connection ends."""
        with connection(self._world) as link:
            while not self.answers or "connection" not in self.answers[-1].headers:
                link.sendall(self._raw)
                found = read_answers(link, 1)
                self.lost += not found
                if not found:
                    return
                self.answers += found
                self.begun.set()


@pytest.fixture
def busy(world: HttpWorld, dev: Keys) -> Iterator[list[Client]]:
    """Yields clients that are calling."""
    clients = [Client(world, dev) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
        assert client.begun.wait(10)
    yield clients
    for client in clients:
        client.join(10)


def test_g22_no_call_is_lost(world: HttpWorld, busy: list[Client]) -> None:
    """Every request that was sent is answered, and the last says that it was that."""
    world.stop()

    for client in busy:
        client.join(10)
        assert 0 == client.lost
        assert {200} == {answer.status for answer in client.answers}
        assert "close" == client.answers[-1].headers["connection"]
    assert 0 == world.server.connections


def test_idle_connection_is_ended(world: HttpWorld) -> None:
    """A connection that asks for nothing is ended without an answer."""
    with connection(world) as link:
        link.sendall(get(world, "/healthz").raw())
        assert [200] == [answer.status for answer in read_answers(link, 1)]

        world.stop()

        assert [] == read_answers(link, None)


def test_new_connections_are_refused(world: HttpWorld) -> None:
    """Once it stops, the door takes no connection."""
    world.stop()

    with pytest.raises(ConnectionRefusedError):
        connection(world)


def test_readiness_while_draining(world: HttpWorld) -> None:
    """A worker that drains says so to whoever is still connected."""
    assert 200 == ask(world, get(world, "/readyz")).status
    with connection(world) as link:
        link.sendall(get(world, "/healthz").raw())
        read_answers(link, 1)
        stopping = threading.Thread(target=world.stop)

        world.readiness.drain()
        link.sendall(get(world, "/readyz").raw())
        (answer,) = read_answers(link, 1)
        stopping.start()
        stopping.join(10)

    assert 503 == answer.status
    assert "draining" == answer.json["checks"]["serving"]


def test_grace_is_over(world: HttpWorld, dev: Keys) -> None:
    """What is not done when the grace is over is cut off."""
    call = signed(world, dev, ASSUME)
    with connection(world) as link:
        link.sendall(call.but(body=b"").raw())
        wait_until(lambda: bool(world.requests.started))

        world.stop(timedelta(milliseconds=50))

        assert [] == read_answers(link, None)
    assert 0 == world.server.connections
    (outcome,) = [outcome for _, outcome in world.requests.finished]
    assert outcome.answer is None or 400 == outcome.answer.status
    assert () == world.sts.audit.records


def test_store_away_while_serving(world: HttpWorld, dev: Keys) -> None:
    """Without its store the door mints nothing, says so, and goes on identifying."""
    for method in ("add", "ping"):
        world.sts.store.fail_next(StoreUnavailableError("down"), method=method)

    assert (503, "ServiceUnavailable") == ask(world, signed(world, dev, ASSUME)).refusal
    assert 200 == ask(world, signed(world, dev, IDENTITY)).status
    assert 503 == ask(world, get(world, "/readyz")).status

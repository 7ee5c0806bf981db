"""Which server drives the door, and that the tests of the door run on each."""

from __future__ import annotations

import grpc
import grpc.aio
import pytest

from daypass.rpc.cq.library import known
from daypass.rpc.cq.server import QueueServer
from daypass.rpc.engine import Engine, choose
from support.door import Door

SERVERS = {Engine.AIO: type(grpc.aio.server()), Engine.CQ: QueueServer}


@pytest.mark.parametrize("wanted", ["auto", "cq"])
@pytest.mark.parametrize(
    "version", ["1.84.9", "1.86.0", "2.85.0", "1", "", "a.b.c", "1.x", "1.850.1"]
)
def test_unknown_release(wanted: str, version: str) -> None:
    """A release of grpcio that nobody has tried is served by grpc.aio, and said so."""
    engine, doubt = choose(wanted, version=version)

    assert Engine.AIO is engine
    assert version in str(doubt)


@pytest.mark.parametrize("wanted", ["auto", "cq"])
@pytest.mark.parametrize("version", ["1.85.0", "1.85.1", "1.85.2rc1", grpc.__version__])
def test_known_release(wanted: str, version: str) -> None:
    """The queue is used where it is known, whether or not it is asked for."""
    assert (Engine.CQ, None) == choose(wanted, version=version)


@pytest.mark.parametrize("version", ["1.85.1", "1.86.0"])
def test_queue_not_wanted(version: str) -> None:
    """Nobody gets the queue who wants grpc.aio, and nothing is said of it."""
    assert (Engine.AIO, None) == choose("aio", version=version)


def test_installed_release_known() -> None:
    """The release that is pinned is one that the queue is known to work with."""
    assert known()


async def test_door_runs_on_engine(door: Door, request: pytest.FixtureRequest) -> None:
    """A test of the door that says nothing runs on the engine that is its turn's."""
    expected = SERVERS[request.node.callspec.params["engine"]]

    assert expected is type(door.server._server)

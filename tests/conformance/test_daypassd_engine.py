"""A whole `daypassd` whose gRPC door is driven from the completion queue."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from daypass.api.session.v1 import session_service_pb2 as session_api
from daypass.rpc.methods import SESSION
from support.daypassd import Daypassd, Keys, Organisation, refusal_of


@pytest.fixture(scope="module")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    """Returns a directory with its secrets."""
    return Organisation(tmp_path_factory.mktemp("engine"))


@pytest.fixture(scope="module")
def running(organisation: Organisation) -> Iterator[Daypassd]:
    """Yields a server on the completion queue."""
    with Daypassd(organisation, "--engine", "cq").init() as server:
        yield server


def test_wrong_secret_refused(running: Daypassd, organisation: Organisation) -> None:
    """A call that another secret signed is refused."""
    known = organisation.keys("dev")
    keys = Keys(known.access_key_id, known.secret_access_key[::-1])

    error = refusal_of(lambda: running.caller(keys))

    assert grpc.StatusCode.UNAUTHENTICATED is error.code()


def test_credentials_live_and_end(running: Daypassd) -> None:
    """Credentials are issued, known, verified, revoked, and refused then."""
    keys = running.assume()

    assert running.caller(keys).endswith(":assumed-role/Reader/s1")
    assert "verified" == running.verdict(keys)
    assert running.revoke(keys)
    error = refusal_of(lambda: running.caller(keys))
    assert grpc.StatusCode.UNAUTHENTICATED is error.code()


def test_what_is_not_hot(running: Daypassd, organisation: Organisation) -> None:
    """Every other method answers at the same address: lists, checks and streams."""
    running.assume()
    found = running.call(
        f"{SESSION}ListSessions",
        session_api.ListSessionsRequest(),
        session_api.ListSessionsResponse,
        organisation.keys("admin"),
    )
    with running.channel() as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        serving = stub.Check(health_pb2.HealthCheckRequest(), timeout=10)
        watch = stub.Watch(health_pb2.HealthCheckRequest(), timeout=10)
        first = next(watch)
        watch.cancel()

    assert '"engine": "cq"' in running.log
    assert found.sessions
    assert health_pb2.HealthCheckResponse.SERVING == serving.status == first.status


def test_stops_with_watcher(organisation: Organisation) -> None:
    """SIGTERM ends it well while somebody watches, and the watcher is told."""
    server = Daypassd(organisation, "--engine", "cq", name="stopping").init()
    with server, server.channel() as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        watch = stub.Watch(health_pb2.HealthCheckRequest(), timeout=15)
        next(watch)
        status = server.stop()
        told = list(watch)

    assert 0 == status
    assert [health_pb2.HealthCheckResponse.NOT_SERVING] == [
        response.status for response in told
    ]
    assert "Traceback" not in server.log

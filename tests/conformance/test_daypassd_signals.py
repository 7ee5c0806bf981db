"""What signals do to a running `daypassd`, and how it ends."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from support.daypassd import (
    ACCOUNT,
    DEV,
    ROLE,
    Daypassd,
    Organisation,
    refusal_of,
    wait_until,
)
from support.held_call import METHOD, HeldCall

UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
DENIED = grpc.StatusCode.PERMISSION_DENIED
NEW_ROLE = f"arn:aws:iam::{ACCOUNT}:role/Writer"
# A look at the files that nobody waits for.
RARELY = ("--directory-poll", "3600")
OFTEN = ("--directory-poll", "0.1")


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """Returns a directory with its secrets."""
    return Organisation(tmp_path)


@pytest.fixture
def running(organisation: Organisation) -> Iterator[Daypassd]:
    """Yields a server that looks at its files when it is told to."""
    with Daypassd(organisation, *RARELY).init() as server:
        yield server


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_server(running: Daypassd, number: signal.Signals) -> None:
    """A server that has nothing to do ends at once, well, and says so."""
    running.signal(number)

    assert 0 == running.wait()
    assert '"event": "stopped"' in running.log
    assert not (running.state / "grpc.address").exists()


def test_calls_in_work_finish(running: Daypassd, organisation: Organisation) -> None:
    """A call in work is answered after SIGTERM, a new one is not taken."""
    address = running.address
    running.caller(organisation.keys("dev"))
    with HeldCall(running, organisation) as call:
        running.signal(signal.SIGTERM)
        wait_until(lambda: '"event": "draining"' in running.log, "it drains")

        with grpc.insecure_channel(address) as channel:
            ask: Any = channel.unary_unary(METHOD)
            assert UNAVAILABLE is refusal_of(lambda: ask(b"", timeout=10)).code()
        assert DEV == call.finish()
    assert 0 == running.wait()


def test_second_signal_is_impatient(
    running: Daypassd, organisation: Organisation
) -> None:
    """A second SIGTERM ends at once, calls in work or not."""
    with HeldCall(running, organisation) as call:
        running.signal(signal.SIGTERM)
        wait_until(lambda: '"event": "draining"' in running.log, "it drains")
        assert running.process.poll() is None

        began = time.monotonic()
        running.signal(signal.SIGTERM)

        assert 0 == running.wait()
        assert 5 > time.monotonic() - began
        assert call.error().code() in {UNAVAILABLE, grpc.StatusCode.CANCELLED}


def test_drain_time_ends(organisation: Organisation) -> None:
    """Calls that do not finish in the drain time are cut off."""
    flags = ("--drain-time", "0.2")
    with Daypassd(organisation, *flags).init() as server:
        with HeldCall(server, organisation):
            began = time.monotonic()
            server.signal(signal.SIGTERM)

            assert 0 == server.wait()
        assert 0.2 <= time.monotonic() - began < 5


def test_health_says_so(running: Daypassd) -> None:
    """Who watches the health of a server learns that it drains."""
    with running.channel() as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        states = stub.Watch(health_pb2.HealthCheckRequest(), timeout=10)
        assert health_pb2.HealthCheckResponse.SERVING == next(states).status

        running.signal(signal.SIGTERM)

        assert health_pb2.HealthCheckResponse.NOT_SERVING == next(states).status
    assert 0 == running.wait()


def test_sighup_reads_directory(running: Daypassd, organisation: Organisation) -> None:
    """SIGHUP takes a new directory into force, at once and as a whole."""
    before = running.assume(ROLE)
    organisation.write(organisation.text(role="Writer"))
    assert DENIED is refusal_of(lambda: running.assume(NEW_ROLE)).code()

    running.signal(signal.SIGHUP)
    wait_until(lambda: '"directory replaced"' in running.log, "the new directory")

    assert running.assume(NEW_ROLE).access_key_id
    assert DENIED is refusal_of(lambda: running.assume(ROLE)).code()
    assert "REASON_PRINCIPAL_GONE" == running.verdict(before)


def test_faulty_edit_is_refused(running: Daypassd, organisation: Organisation) -> None:
    """A faulty edit is told with its line, and the directory before stays in force."""
    session = running.assume()
    organisation.write(organisation.text() + "nonsense: 1\n")

    running.signal(signal.SIGHUP)
    wait_until(lambda: "directory fault" in running.log, "the fault")

    lines = len(organisation.text().splitlines()) + 1
    assert f"account.yaml:{lines}: nonsense" in running.log
    assert "verified" == running.verdict(session)
    assert running.assume().access_key_id


def test_edit_is_noticed(organisation: Organisation) -> None:
    """An edit is noticed without a signal, and one that mends a fault as well."""
    with Daypassd(organisation, *OFTEN).init() as server:
        organisation.write("nonsense: 1\n")
        wait_until(lambda: "directory fault" in server.log, "the fault")
        assert server.assume(ROLE).access_key_id

        organisation.write(organisation.text(role="Writer"))
        wait_until(lambda: '"directory replaced"' in server.log, "the new directory")

        assert server.assume(NEW_ROLE).access_key_id

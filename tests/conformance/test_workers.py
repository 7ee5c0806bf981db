"""`daypassd serve` with two workers: one server to whoever calls and whoever runs it."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from redis import Redis

from daypass.adapters.audit_file import verify_audit_file
from support.daypassd import (
    ACCOUNT,
    DEV,
    Daypassd,
    Organisation,
    wait_until,
)
from support.held_call import HeldCall
from support.processes import children_of, is_running, state_of
from support.redis_server import RedisServer, free_port
from support.tls import new_pki
from support.workers import REAPER, Workers

WRITER = f"arn:aws:iam::{ACCOUNT}:role/Writer"
# Enough connections that the kernel gives some to either of two workers: that one
# gets none has a chance of one in 2**40.
CALLS = 40


@dataclass(frozen=True)
class Page:
    """What a page of metrics shows.

    Attributes:
        up: how many workers answered for it.
        workers: of how many it shows what they have counted.
        minted: how many credentials were issued, all workers together.
    """

    up: int
    workers: int
    minted: int


def _page(server: Workers) -> Page:
    """Asks one of the workers for the metrics."""
    with urlopen(f"http://{server.http_address}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    minted = re.findall(
        r'^daypass_mints_\S*outcome="allowed"\S* ([\d.]+)$', text, re.MULTILINE
    )
    return Page(
        up=len(re.findall(r"^daypass_worker_up\S* 1\.0$", text, re.MULTILINE)),
        workers=len(set(re.findall(r'^rpc_\S*worker="(\d)"', text, re.MULTILINE))),
        minted=sum(map(int, map(float, minted))),
    )


def _pages(server: Workers) -> list[Page]:
    """Asks so often that each of them is asked."""
    return [_page(server) for _ in range(CALLS)]


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    """Yields a Redis for all tests here."""
    with RedisServer() as server:
        yield server


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """Returns a directory with its secrets."""
    return Organisation(tmp_path)


def _workers(organisation: Organisation, redis: RedisServer, *flags: str) -> Workers:
    """Returns a server on a part of Redis that is its own."""
    prefix = f"w{os.urandom(6).hex()}"
    store = f"{redis.url}?prefix={prefix}"
    flags = ("--workers", "2", "--store", store, "--revocation-lease", "3", *flags)
    return Workers(organisation, *flags).init()


@pytest.fixture
def running(organisation: Organisation, redis: RedisServer) -> Iterator[Workers]:
    """Yields a server whose two workers serve."""
    with _workers(organisation, redis, "--directory-poll", "3600") as server:
        server.wait_whole()
        yield server


def test_two_are_one(running: Workers, organisation: Organisation) -> None:
    """Workers share addresses and what they know; each has a chain of its own."""
    sessions = [running.assume() for _ in range(CALLS)]
    revoked = sessions.pop()
    assert running.revoke(revoked)

    assert {"verified"} == set(map(running.verdict, sessions))
    assert {"REASON_REVOKED"} == {running.verdict(revoked) for _ in range(CALLS)}
    paths = sorted(running.state.glob("audit*.jsonl"))
    assert ["audit.0.jsonl", "audit.1.jsonl"] == [path.name for path in paths]
    written = [path.read_text() for path in paths]
    assert all(verify_audit_file(path).count for path in paths)
    for session in sessions:
        assert 1 == sum(session.access_key_id in text for text in written)

    # SIGHUP reads the directory in both.
    organisation.write(organisation.text(role="Writer"))
    running.signal(signal.SIGHUP)
    wait_until(lambda: 2 == running.log.count('"directory replaced"'), "both")
    assert all(running.assume(WRITER).access_key_id for _ in range(CALLS))

    # Whichever is asked for the metrics, it shows what all have counted.
    issued = CALLS + CALLS
    wait_until(lambda: _page(running).minted == issued, "both are counted")
    assert {(2, 2)} == {(page.up, page.workers) for page in _pages(running)}


def test_each_drives_its_queue(organisation: Organisation, redis: RedisServer) -> None:
    """Workers whose gRPC door is on the completion queue are one server as well."""
    with _workers(organisation, redis, "--engine", "cq") as server:
        server.wait_whole()
        sessions = [server.assume() for _ in range(CALLS)]
        revoked = sessions.pop()
        assert server.revoke(revoked)

        assert {"verified"} == set(map(server.verdict, sessions))
        assert {"REASON_REVOKED"} == {server.verdict(revoked) for _ in range(CALLS)}
        assert 2 == server.log.count('"engine": "cq"')
        assert 0 == server.stop()
        assert "Traceback" not in server.log


def test_new_certificates_in_all(
    organisation: Organisation, redis: RedisServer, tmp_path: Path
) -> None:
    """SIGHUP takes new certificates into force in all workers."""
    folder = tmp_path / "tls"
    folder.mkdir()
    pki = new_pki(folder)
    flags = (
        *("--tls-cert-file", str(pki.paths.chain)),
        *("--tls-key-file", str(pki.paths.private_key)),
        *("--directory-poll", "3600"),
    )
    with _workers(organisation, redis, *flags) as server:
        server.wait_whole()
        pki.write(pki.issue())
        server.signal(signal.SIGHUP)
        wait_until(
            lambda: 2 == server.log.count('"certificates replaced"'), "new ones in both"
        )
        assert 0 == server.stop()


def test_dead_worker_is_replaced(running: Workers) -> None:
    """Another takes the place of a worker that died, and continues its audit log."""
    session = running.assume()
    before = running.pids

    for count, pid in enumerate(before):
        os.kill(pid, signal.SIGKILL)
        running.wait_whole(served=3 + count)

    assert not set(before) & set(running.pids)
    assert 2 == len(running.pids)
    assert "verified" == running.verdict(session)
    assert running.assume().access_key_id
    paths = sorted(running.state.glob("audit*.jsonl"))
    assert 2 <= sum(verify_audit_file(path).count for path in paths)
    assert [] == [pid for pid in before if state_of(pid)]


def _settle(redis: RedisServer, prefix: str) -> None:
    """Lets a new log of revocations know that nobody followed one before it."""
    with Redis.from_url(redis.url) as client:
        assert not client.hset(f"{prefix}:{{revocations}}:head", "settled", 0)


def test_e12_revocation_waits_for_no_dead_worker(
    organisation: Organisation, redis: RedisServer
) -> None:
    """E12: after kill -9 of a worker a revocation does not wait for its lease."""
    # A lease far longer than the deadline of a call.
    store = f"{redis.url}?prefix=killed"
    flags = ("--workers", "2", "--store", store, "--revocation-lease", "30")
    with Workers(organisation, *flags).init() as server:
        server.wait_whole()
        _settle(redis, "killed")
        for which, session in enumerate([server.assume(), server.assume()]):
            os.kill(server.pids[which], signal.SIGKILL)
            server.wait_whole(served=3 + which)

            assert server.revoke(session)
            assert {"REASON_REVOKED"} == {server.verdict(session) for _ in range(CALLS)}

        # Those that were started hear of those that end after them.
        for pid in server.pids:
            os.kill(pid, signal.SIGKILL)
        server.wait_whole(served=6)
        assert server.revoke(server.assume())


def test_e02_revocation_waits_for_no_stopped_server(
    organisation: Organisation, redis: RedisServer
) -> None:
    """E02: a server that was told to end is waited for by no revocation of another."""
    flags = ("--store", f"{redis.url}?prefix=stopped", "--revocation-lease", "30")
    first = Daypassd(organisation, *flags, name="first").init()
    second = Daypassd(organisation, *flags, name="second").share_keys_of(first)
    several = Workers(organisation, "--workers", "2", *flags, name="several")
    several.share_keys_of(first)
    with first, second, several:
        several.wait_whole()
        _settle(redis, "stopped")
        assert 0 == second.stop()
        assert 0 == several.stop()

        assert first.revoke(first.assume())


def test_one_worker_may_be_ended(running: Workers) -> None:
    """A worker that was told to end alone is replaced, too."""
    os.kill(running.pids[0], signal.SIGTERM)
    running.wait_whole(served=3)

    assert 2 == len(running.pids)
    assert 0 == running.stop()


def test_calls_in_work_finish(running: Workers, organisation: Organisation) -> None:
    """A call in work is answered though all processes get SIGTERM, twice over."""
    pids = running.pids
    with HeldCall(running, organisation) as call:
        running.signal(signal.SIGTERM)
        wait_until(lambda: 3 == running.log.count('"draining"'), "all drain")
        for pid in filter(is_running, pids):
            os.kill(pid, signal.SIGTERM)

        assert running.process.poll() is None
        assert DEV == call.finish()
    assert 0 == running.wait()
    assert [] == list(filter(is_running, pids))
    assert not (running.state / "grpc.address").exists()
    assert not (running.state / "http.address").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_second_signal_is_impatient(
    running: Workers, organisation: Organisation, number: signal.Signals
) -> None:
    """A second signal to the supervisor ends calls in work at once, and well."""
    with HeldCall(running, organisation):
        running.signal(number)
        wait_until(lambda: 3 == running.log.count('"draining"'), "all drain")
        assert running.process.poll() is None

        began = time.monotonic()
        running.signal(number)

        assert 0 == running.wait()
        # The drain time is ten seconds.
        assert 8 > time.monotonic() - began


def test_no_worker_outlives_supervisor(running: Workers) -> None:
    """Workers end by themselves when the supervisor is killed; the next one starts."""
    pids = running.pids
    running.process.kill()
    running.wait()

    wait_until(lambda: not any(map(is_running, pids)), "the workers end")
    running.launch().wait_serving()
    assert "verified" == running.verdict(running.assume())
    assert 0 == running.stop()


def test_hung_worker_is_killed(running: Workers) -> None:
    """A worker that does nothing any more holds up nobody who asks twice."""
    hung = running.pids[0]
    os.kill(hung, signal.SIGSTOP)
    running.signal(signal.SIGTERM)
    wait_until(lambda: '"stopped", "worker": 1' in running.log, "the other one")
    running.signal(signal.SIGTERM)

    assert 1 == running.wait()
    assert '"workers killed"' in running.log
    assert not is_running(hung)


def test_orphans_are_reaped(organisation: Organisation, redis: RedisServer) -> None:
    """The first process of a container takes the ends of whoever has no parent."""
    launcher = (sys.executable, "-c", REAPER)
    store = f"{redis.url}?prefix=orphans"
    flags = ("--workers", "2", "--store", store)
    server = Workers(organisation, *flags, through=launcher).init()
    with server:
        server.wait_whole()

        wait_until(lambda: 2 == len(children_of(server.process.pid)), "no zombie")
        assert "Z" not in {state_of(pid) for pid in children_of(server.process.pid)}
        assert 0 == server.stop()


def test_configuration_is_told_once(
    organisation: Organisation, redis: RedisServer
) -> None:
    """What a person has to mend ends the server with its own status, said once."""
    server = _workers(organisation, redis)
    organisation.write(organisation.text() + "nonsense: 1\n")
    server.launch()

    assert 78 == server.wait()
    assert 1 == server.log.count("nonsense")


def test_store_that_is_away(organisation: Organisation) -> None:
    """Without a store the first worker is tried a few times, and then no more."""
    store = f"redis://127.0.0.1:{free_port()}"
    server = Workers(organisation, "--workers", "2", "--store", store).init().launch()

    assert 1 == server.process.wait(40)
    pauses = re.findall(r'"pause_seconds": ([\d.]+)', server.log)
    assert 4 == len(pauses)
    assert sorted(map(float, pauses)) == list(map(float, pauses))
    assert 0 < float(pauses[0])


def test_memory_is_not_shared(organisation: Organisation) -> None:
    """Several workers without a store that they share are a wrong call."""
    server = Workers(organisation, "--workers", "2").init().launch()

    assert 2 == server.wait()
    assert "set store to a redis:// URL, or workers to 1" in server.log


def test_taken_address_is_told(organisation: Organisation, redis: RedisServer) -> None:
    """An address that is another's, even one who would share it, is not taken."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        server = _workers(organisation, redis, "--http-listen", address).launch()
        assert 1 == server.wait()
    assert f"{address}: address already in use" in server.log

"""A `daypassd` that cannot serve says why, without a traceback.

It ends with 78 where something has to be changed first, and with 1 where the same
may do another time; with several workers it is the same (see `test_workers`).
"""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from daypass.worker_pool import FAILED, MISCONFIGURED
from support.daypassd import Daypassd, Organisation
from support.redis_server import RedisServer

# Lines of our own log are JSON; those of gRPC begin with a letter and a date.
_SOMEBODY_ELSE = re.compile(r"^(\{|[EWI]\d{4} ).*\n", re.MULTILINE)


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """Returns a directory with its secrets."""
    return Organisation(tmp_path)


def _last_words(server: Daypassd, *, status: int = MISCONFIGURED) -> str:
    """Returns what a server ends with, apart from its log and gRPC's."""
    ended = server.launch().wait()

    words = _SOMEBODY_ELSE.sub("", server.log)
    assert status == ended, words
    assert words.startswith("daypassd: ")
    assert "Traceback" not in words
    assert not (server.state / "grpc.address").exists()
    return words.removesuffix("\n")


def test_port_in_use(organisation: Organisation) -> None:
    """An address that somebody else has is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        server = Daypassd(organisation, "--grpc-listen", address).init()

        words = _last_words(server, status=FAILED)

    assert f"daypassd: cannot listen on {address}" == words


def test_missing_directory(organisation: Organisation) -> None:
    """A directory that is not there is named."""
    server = Daypassd(organisation, "--directory", "nowhere").init()

    assert (
        "daypassd: nowhere: the directory has 1 fault:\n  .: no such file or directory"
    ) == _last_words(server)


def test_faulty_directory(organisation: Organisation) -> None:
    """A faulty directory is told with file, line and path, a line a fault."""
    organisation.write(organisation.text() + "nonsense: 1\n")
    line = len(organisation.text().splitlines()) + 1

    words = _last_words(Daypassd(organisation).init())

    first, second = words.splitlines()
    assert f"daypassd: {organisation.directory}: the directory has 1 fault:" == first
    assert second.startswith(f"  account.yaml:{line}: nonsense: ")


def test_missing_secret(organisation: Organisation) -> None:
    """A secret that a directory refers to and that is not there is named."""
    (organisation.secrets / "dev.secret").unlink()

    words = _last_words(Daypassd(organisation).init())

    assert "account.yaml:" in words
    assert "dev.secret" in words


def test_evicting_redis(organisation: Organisation) -> None:
    """A store that may drop revocations is refused, with what to do."""
    options = ("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru")
    with RedisServer(*options) as redis:
        server = Daypassd(organisation, "--store", redis.url).init()

        words = _last_words(server)

    assert "maxmemory-policy is allkeys-lru" in words
    assert "CONFIG SET maxmemory-policy noeviction" in words


def test_absent_redis(organisation: Organisation) -> None:
    """A store that does not answer is no store to begin with."""
    server = Daypassd(organisation, "--store", "redis://:hunter2@127.0.0.1:9").init()

    words = _last_words(server, status=FAILED)

    assert "hunter2" not in server.log
    assert "store" in words


@pytest.mark.parametrize(
    ("flags", "part", "status"),
    [
        (("--store", "sqlite://x"), "store", MISCONFIGURED),
        (("--store", "memory://?x=y"), "journal=PATH", MISCONFIGURED),
        (("--otlp-endpoint", "collector"), "endpoint", MISCONFIGURED),
        # A folder may come to be there, as one that is mounted does.
        (("--audit-file", "/nowhere/audit.jsonl"), "/nowhere/audit.jsonl", FAILED),
    ],
)
def test_unusable_setting(
    organisation: Organisation, flags: tuple[str, ...], part: str, status: int
) -> None:
    """A setting that names what cannot be used is told in one line."""
    server = Daypassd(organisation, *flags).init()

    assert part in _last_words(server, status=status)


def test_contradicting_setting(organisation: Organisation) -> None:
    """A setting that makes no server is a wrong call, with status 2."""
    server = Daypassd(organisation, "--revocation-lease", "31").init()

    assert "daypassd: revocation_lease: it is 1 to 30 seconds" == _last_words(
        server, status=2
    )


def test_second_server_on_one_state(organisation: Organisation) -> None:
    """Two servers do not write one audit log: the second one is refused."""
    with Daypassd(organisation).init() as first:
        address = first.address
        flags = ("--state-dir", str(first.state))
        second = Daypassd(organisation, *flags, name="second")

        assert "another process" in _last_words(second, status=FAILED)
        assert address == first.address
        assert first.assume().access_key_id


@pytest.mark.parametrize("name", ["master.key", "keyring"])
def test_key_open_to_others(organisation: Organisation, name: str) -> None:
    """A key that others may read is refused, with what to do."""
    server = Daypassd(organisation).init()
    (server.state / name).chmod(0o644)

    assert f"chmod 600 {server.state / name}" in _last_words(server)

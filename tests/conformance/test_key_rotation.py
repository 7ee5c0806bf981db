"""Two servers on one Redis rotate their keys every second, and refuse nothing good.

SPEC: reliability, promise 3 and E10; attacks L22; decision 0029.
"""

from __future__ import annotations

import base64
import json
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from daypass.adapters.keyring_file import KeyringFile
from daypass.adapters.master_key import load_or_create_master_key
from daypass.adapters.system import SystemClock, SystemEntropy
from daypass.api.keyring.v1 import keyring_service_pb2 as keyring_api
from daypass.core.secret import Secret
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.early import described
from daypass.keyring.generate import new_ring
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring
from daypass.keyring.sealed import open_ring, seal_ring
from daypass.rpc.methods import KEYRING
from support.daypassd import Daypassd, Keys, Organisation
from support.redis_server import RedisServer

PREFIX = "rotation"
FLAGS = ("--key-period", "1", "--key-lead", "0.5", "--key-settle", "4")
KIDS_MIN = 4
SECONDS_MAX = 40.0

# Keys are used when they are settled, and this machine may be a busy one.
pytestmark = pytest.mark.timeout(90)


@dataclass(frozen=True)
class Pair:
    """Two servers with one ring, and the store that they share."""

    servers: tuple[Daypassd, Daypassd]
    redis: RedisServer

    def ring(self) -> Ring:
        """Returns the ring that the store has."""
        with Redis.from_url(self.redis.url) as client:
            sealed = client.get(f"{PREFIX}:keyring")
        assert isinstance(sealed, bytes)
        return open_ring(sealed, _master_key(self.servers[0]))


def _master_key(server: Daypassd) -> Secret:
    return load_or_create_master_key(
        server.state / "master.key", entropy=SystemEntropy()
    )


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Yields two running servers; the second one has the master key and no ring."""
    organisation = Organisation(tmp_path)
    with ExitStack() as running:
        redis = running.enter_context(RedisServer())
        flags = ("--store", f"{redis.url}?prefix={PREFIX}", *FLAGS)
        first = Daypassd(organisation, *flags, name="first").init()
        # Without RSA, whose keys take longer to make than they would live here.
        ring = new_ring(
            SystemEntropy(), SystemClock().now(), algorithms=(Algorithm.EDDSA,)
        )
        sealed = seal_ring(ring, _master_key(first), SystemEntropy())
        KeyringFile(first.state / "keyring").store(sealed)
        second = Daypassd(organisation, *flags, name="second").share_keys_of(first)
        (second.state / "keyring").unlink()
        running.enter_context(first)
        running.enter_context(second)
        yield Pair((first, second), redis)


def _kid(keys: Keys) -> str:
    head = (keys.session_token or "").partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=="))["kid"])


def _published(server: Daypassd) -> set[str]:
    """Returns the names of the keys that a server publishes; anyone may ask."""
    with server.channel() as channel:
        ask: Any = channel.unary_unary(
            f"{KEYRING}GetKeySet",
            response_deserializer=keyring_api.GetKeySetResponse.FromString,
        )
        return {key.kid for key in ask(b"", timeout=10).keys}


def test_e10_rotation_every_second(pair: Pair) -> None:
    """E10: of tokens of two servers that rotate each second both verify every one."""
    tokens: list[Keys] = []
    verified, failed = 0, []
    started = time.monotonic()
    while len({_kid(each) for each in tokens}) < KIDS_MIN:
        assert time.monotonic() < started + SECONDS_MAX, "the keys do not rotate"
        for server in pair.servers:
            issued = server.assume()
            tokens.append(issued)
            for other in pair.servers:
                assert _kid(issued) in _published(other)
                for each in (issued, tokens[0], tokens[len(tokens) // 2]):
                    verdict = other.verdict(each)
                    verified += 1
                    if verdict != "verified":
                        failed.append(f"{_kid(each)}: {verdict}")
    active = [
        each.slot for each in described(pair.ring()) if each.state is KeyState.ACTIVE
    ]

    assert [] == failed
    assert len(set(active)) == len(active) == 3
    print(f"{verified} verified, {len(failed)} failed, version {pair.ring().version}")  # noqa: T201


def test_e10_killed_while_rotating(pair: Pair) -> None:
    """E10, L22: a server that is killed loses no step, and comes back to all of them."""
    first, second = pair.servers
    tokens = [first.assume(), second.assume()]
    first.signal(signal.SIGKILL)
    first.wait()
    before = pair.ring().version
    first.start()
    tokens.append(first.assume())

    for server in pair.servers:
        assert ["verified"] * 3 == [server.verdict(each) for each in tokens]
    assert before < pair.ring().version
    assert "refused" not in first.log + second.log

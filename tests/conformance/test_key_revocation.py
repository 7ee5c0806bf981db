"""A key is revoked at one of two servers, and verifiers that follow learn of it.

SPEC: design 7; attacks J55; reliability, promise 1 and E11; decision 0030.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from daypass.api.keyring.v1 import keyring_service_pb2 as keyring_api
from daypass.api.session.v1 import session_service_pb2 as session_api
from daypass.rpc.methods import KEYRING, SESSION
from support.daypassd import (
    ACCOUNT,
    Daypassd,
    Organisation,
    refusal_of,
    signature,
    wait_until,
)
from support.redis_server import RedisServer

# Two servers and a command, on a machine that may be a busy one.
pytestmark = pytest.mark.timeout(90)


@dataclass(frozen=True)
class Pair:
    """Two servers with one ring and one store."""

    organisation: Organisation
    servers: tuple[Daypassd, Daypassd]
    flags: tuple[str, ...]

    def ask(self, name: str, request: Message, answer: Any, user: str = "admin") -> Any:
        """Calls a method of the key ring at the first server."""
        keys = self.organisation.keys(user)
        return self.servers[0].call(f"{KEYRING}{name}", request, answer, keys)

    @contextmanager
    def stream(
        self, server: Daypassd, method: str, request: Message, answer: Any
    ) -> Iterator[Any]:
        """Opens a stream as `admin`; its proof is over the empty string."""
        metadata = signature(method, b"", self.organisation.keys("admin"))
        with server.channel() as channel:
            watch: Any = channel.unary_stream(
                method, response_deserializer=answer.FromString
            )
            call = watch(request.SerializeToString(), metadata=metadata, timeout=15)
            yield call
            call.cancel()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Yields two running servers on one Redis."""
    organisation = Organisation(tmp_path)
    with ExitStack() as running:
        redis = running.enter_context(RedisServer())
        flags = ("--store", redis.url)
        first = Daypassd(organisation, *flags, name="first").init()
        second = Daypassd(organisation, *flags, name="second").share_keys_of(first)
        for server in (first, second):
            running.enter_context(server)
        yield Pair(organisation, (first, second), flags)


def _active(pair: Pair, purpose: int) -> list[str]:
    listed = pair.ask(
        "ListKeys", keyring_api.ListKeysRequest(), keyring_api.ListKeysResponse
    )
    return [
        key.key_id
        for key in listed.keys
        if key.purpose == purpose and key.state == keyring_api.Key.STATE_ACTIVE
        if key.algorithm in {"", "EdDSA"}
    ]


def _revoke(pair: Pair, name: str) -> Any:
    return pair.ask(
        "RevokeKey",
        keyring_api.RevokeKeyRequest(key_id=name, reason="drill"),
        keyring_api.RevokeKeyResponse,
    )


@pytest.mark.parametrize(
    "purpose", [keyring_api.KEY_PURPOSE_SIGNING, keyring_api.KEY_PURPOSE_DERIVATION]
)
def test_e11_acknowledged_means_everywhere(pair: Pair, purpose: int) -> None:
    """E11, J55: when RevokeKey answers, both servers refuse what the key has made."""
    sessions = [server.assume() for server in pair.servers for _ in range(3)]
    for keys in sessions:
        assert {"verified"} == {server.verdict(keys) for server in pair.servers}
    (name,) = _active(pair, purpose)
    # The first revocation in a new log waits for workers that an older one may have.
    assert pair.servers[0].revoke(sessions.pop())

    started = time.monotonic()
    answer = _revoke(pair, name)
    seconds = time.monotonic() - started

    assert (True, True) == (answer.effective_everywhere, answer.known)
    for server in pair.servers:
        for keys in sessions:
            error = refusal_of(partial(server.caller, keys))
            assert grpc.StatusCode.UNAUTHENTICATED is error.code()
    # The next key is in use at both, and known to both.
    wait_until(lambda: _goes_on(pair), "sessions of the next key")
    print(f"acknowledged after {1000 * seconds:.0f} ms")  # noqa: T201


def _goes_on(pair: Pair) -> bool:
    try:
        return {"verified"} == {
            other.verdict(server.assume())
            for server in pair.servers
            for other in pair.servers
        }
    except grpc.RpcError:
        return False


def test_command_revokes_at_running_servers(pair: Pair) -> None:
    """The command revokes a key, and both running servers refuse it when it is done."""
    session = pair.servers[0].assume()
    (name,) = _active(pair, keyring_api.KEY_PURPOSE_SIGNING)

    done = _keys(pair, "revoke", name)

    assert f"{name}: revoked; no server accepts it any more\n" == done.stdout
    for server in pair.servers:
        error = refusal_of(partial(server.caller, session))
        assert grpc.StatusCode.UNAUTHENTICATED is error.code()


def _keys(pair: Pair, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs `daypassd keys` with the settings of the first server."""
    flags = (*pair.flags, "--state-dir", str(pair.servers[0].state))
    return subprocess.run(
        [sys.executable, "-m", "daypass", "keys", *words, *flags],
        capture_output=True,
        text=True,
        check=True,
        cwd=pair.organisation.folder,
    )


def test_drill_looks_at_both_servers(pair: Pair) -> None:
    """A drill publishes a key that both servers then have, and nothing signs with it."""
    done = _keys(pair, "drill", "EdDSA")

    first, *lines, others = done.stdout.splitlines()
    name = first.removesuffix(": published")
    assert 2 == len(lines)
    assert all(line.endswith(", has it") for line in lines)
    assert "verifiers that keep a key set: have it within 300 s" == others
    assert [name] != _active(pair, keyring_api.KEY_PURPOSE_SIGNING)


def test_drill_sees_who_follows(pair: Pair) -> None:
    """A drill names a verifier that follows the key set, and says that it was sent it."""
    method, answer = f"{KEYRING}WatchKeySet", keyring_api.WatchKeySetResponse
    request = keyring_api.WatchKeySetRequest()
    admin = f"verifier arn:aws:iam::{ACCOUNT}:user/admin at server "
    seen: list[str] = []

    def named() -> bool:
        # A server says with its next poll who follows; the drill looks at one key.
        lines = _keys(pair, "drill", "EdDSA").stdout.splitlines()
        seen[:] = [line for line in lines if line.startswith(admin)]
        return bool(seen)

    with pair.stream(pair.servers[1], method, request, answer) as call:
        before = next(call)
        wait_until(named, "the verifier is named")
        after = next(each for each in call if each.version > before.version)

    assert [f"version {after.version}, was sent it"] == [
        line.partition(": ")[2] for line in seen
    ]


def test_user_without_right_revokes_nothing(pair: Pair) -> None:
    """A caller whose policies do not allow it revokes no key."""
    (name,) = _active(pair, keyring_api.KEY_PURPOSE_SIGNING)
    session = pair.servers[0].assume()

    error = refusal_of(
        lambda: pair.servers[0].call(
            f"{KEYRING}RevokeKey",
            keyring_api.RevokeKeyRequest(key_id=name),
            keyring_api.RevokeKeyResponse,
            session,
        )
    )

    assert grpc.StatusCode.PERMISSION_DENIED is error.code()
    assert [name] == _active(pair, keyring_api.KEY_PURPOSE_SIGNING)


def test_followers_learn_of_it(pair: Pair) -> None:
    """Followers of either server get a revocation, and go on at the other one."""
    first, second = pair.servers
    session = first.assume()
    (name,) = _active(pair, keyring_api.KEY_PURPOSE_SIGNING)
    watch = f"{SESSION}WatchRevocations"
    request, answer = (
        session_api.WatchRevocationsRequest,
        session_api.WatchRevocationsResponse,
    )

    with pair.stream(second, watch, request(), answer) as call:
        begun = next(call)
        assert (True, True, 0) == (begun.restart, begun.complete, begun.sequence)
        assert first.revoke(session)
        told = next(each for each in call if each.revocations)
    assert [session.access_key_id] == [each.subject for each in told.revocations]

    assert _revoke(pair, name).effective_everywhere
    place = request(log_id=told.log_id, sequence=told.sequence)
    with pair.stream(first, watch, place, answer) as call:
        resumed = next(call)

    assert (False, 2, [name]) == (
        resumed.restart,
        resumed.sequence,
        [each.subject for each in resumed.revocations],
    )
    assert resumed.staleness.ToMilliseconds() < 5_000


def test_key_set_followers_see_rotation(pair: Pair) -> None:
    """A follower of the key set sees the next key when it is published, and no sooner."""
    method, answer = f"{KEYRING}WatchKeySet", keyring_api.WatchKeySetResponse
    request = keyring_api.WatchKeySetRequest()
    with pair.stream(pair.servers[1], method, request, answer) as call:
        before = next(call)
        rotated = pair.ask(
            "RotateKeys",
            keyring_api.RotateKeysRequest(
                purpose=keyring_api.KEY_PURPOSE_SIGNING, algorithm="EdDSA"
            ),
            keyring_api.RotateKeysResponse,
        )
        after = next(each for each in call if each.version > before.version)

    new = {key.kid for key in after.keys} - {key.kid for key in before.keys}
    assert {key.key_id for key in rotated.keys} == new
    assert 300 == before.max_age.seconds


def test_drain_ends_streams(pair: Pair) -> None:
    """A server that is stopped ends its streams well, and does not wait for them."""
    method, answer = f"{KEYRING}WatchKeySet", keyring_api.WatchKeySetResponse
    server = pair.servers[1]
    request = keyring_api.WatchKeySetRequest()
    with pair.stream(server, method, request, answer) as call:
        next(call)

        assert 0 == server.stop()

        list(call)
        assert grpc.StatusCode.OK is call.code()

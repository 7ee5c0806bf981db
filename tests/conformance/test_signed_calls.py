"""A signed call that is sent to two servers of one Redis again and again.

SPEC: sts-operations 3.4; attacks V01.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from daypass.api.session.v1 import session_service_pb2 as session_api
from daypass.api.sts.v1 import sts_service_pb2 as sts_api
from daypass.rpc.methods import SESSION, STS
from support.daypassd import (
    ROLE,
    Daypassd,
    Keys,
    Organisation,
    refusal_of,
    signature,
)
from support.redis_server import RedisServer

# Two servers start, and answer hundreds of calls, on a machine that others use too.
pytestmark = pytest.mark.timeout(60)

ASSUME = sts_api.AssumeRoleRequest(role_arn=ROLE, role_session_name="s1")
CALLS: list[tuple[str, Message, Any]] = [
    ("AssumeRole", ASSUME, sts_api.AssumeRoleResponse),
    (
        "BatchAssumeRole",
        sts_api.BatchAssumeRoleRequest(requests=[ASSUME, ASSUME]),
        sts_api.BatchAssumeRoleResponse,
    ),
    (
        "GetSessionToken",
        sts_api.GetSessionTokenRequest(),
        sts_api.GetSessionTokenResponse,
    ),
    (
        "GetFederationToken",
        sts_api.GetFederationTokenRequest(name="guest"),
        sts_api.GetFederationTokenResponse,
    ),
]


@dataclass(frozen=True)
class Pair:
    """Two servers with the same keys and store, for the same organisation."""

    organisation: Organisation
    servers: tuple[Daypassd, Daypassd]

    def sent(
        self, count: int, method: str, request: Message, answer: Any
    ) -> list[bytes]:
        """Signs a call once, sends it so often at once, and returns the answers."""
        body = request.SerializeToString()
        metadata = signature(method, body, self.organisation.keys("dev"))
        with ExitStack() as channels:
            ways: list[Any] = [
                channels.enter_context(server.channel()).unary_unary(
                    method, response_deserializer=answer.FromString
                )
                for server in self.servers
            ]
            sending = [
                ways[number % 2].future(body, metadata=metadata, timeout=10)
                for number in range(count)
            ]
            return [
                each.result().SerializeToString(deterministic=True) for each in sending
            ]

    def sessions(self) -> list[str]:
        """Returns the access key ids of all sessions of the account."""
        listed = self.servers[0].call(
            f"{SESSION}ListSessions",
            session_api.ListSessionsRequest(page_size=1000),
            session_api.ListSessionsResponse,
            self.organisation.keys("admin"),
        )
        return [session.access_key_id for session in listed.sessions]


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
        yield Pair(organisation, (first, second))


def test_v01_hundred_identical_calls(pair: Pair) -> None:
    """V01: a hundred identical calls over two servers get one answer, of one session."""
    wanted = 0
    for name, request, answer in CALLS:
        answers = pair.sent(100, f"{STS}{name}", request, answer)

        assert 1 == len(set(answers)), name
        wanted += 2 if name == "BatchAssumeRole" else 1
        assert wanted == len(pair.sessions()), name


def test_v01_revoked_session_is_not_given_again(pair: Pair) -> None:
    """V01: after a revocation a repeat gets no credentials from either server."""
    method = f"{STS}AssumeRole"
    body = ASSUME.SerializeToString()
    metadata = signature(method, body, pair.organisation.keys("dev"))
    first, second = pair.servers
    send = partial(second.send, method, body, metadata, sts_api.AssumeRoleResponse)
    issued = first.send(method, body, metadata, sts_api.AssumeRoleResponse).credentials
    assert issued == send().credentials
    keys = Keys(issued.access_key_id, issued.secret_access_key, issued.session_token)
    assert second.caller(keys).endswith("/s1")

    assert first.revoke(keys)

    assert grpc.StatusCode.UNAUTHENTICATED is refusal_of(send).code()
    assert [issued.access_key_id] == pair.sessions()
    refused = refusal_of(partial(second.caller, keys))
    assert grpc.StatusCode.UNAUTHENTICATED is refused.code()


def test_v01_restarted_servers_remember(pair: Pair) -> None:
    """V01: a call that was answered before all servers were restarted is known."""
    method = f"{STS}AssumeRole"
    body = ASSUME.SerializeToString()
    metadata = signature(method, body, pair.organisation.keys("dev"))
    answers = []
    for server in pair.servers:
        answers.append(server.send(method, body, metadata, sts_api.AssumeRoleResponse))
        server.stop()
        server.start()

    assert answers[0] == answers[1]
    assert 1 == len(pair.sessions())

"""Servers that end an account, with what its keys have begun in another one.

SPEC: design 7; attacks C03; decision 0055.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import grpc
import pytest

from daypass.api.session.v1 import session_service_pb2 as session_api
from daypass.rpc.methods import SESSION
from support.daypassd import ACCOUNT, DEV, Daypassd, Organisation, refusal_of
from support.redis_server import RedisServer
from support.sts_world import trust

OTHER = "123456789012"
THEIRS = f"arn:aws:iam::{OTHER}:role/Theirs"


@pytest.fixture(params=["memory", "redis"])
def servers(
    tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[Daypassd, ...]]:
    """Yields a server for two accounts, or two of them with one Redis."""
    organisation = Organisation(tmp_path)
    (organisation.directory / "other.yaml").write_text(
        f'account: {{id: "{OTHER}", name: Other}}\n'
        f"roles:\n  Theirs:\n    trust: {trust(DEV)}\n",
        encoding="utf-8",
    )
    with ExitStack() as running:
        if request.param == "memory":
            yield (running.enter_context(Daypassd(organisation).init()),)
            return
        store = ("--store", running.enter_context(RedisServer()).url)
        first = Daypassd(organisation, *store, name="first").init()
        second = Daypassd(organisation, *store, name="second").share_keys_of(first)
        yield running.enter_context(first), running.enter_context(second)


def test_account_ends_what_its_keys_began_elsewhere(
    servers: tuple[Daypassd, ...],
) -> None:
    """C03: an acknowledged revocation of an account is felt in the others at once."""
    issued, own = servers[0].assume(THEIRS), servers[0].assume()
    assert {"verified"} == {
        each.verdict(keys) for each in servers for keys in (issued, own)
    }

    answer = servers[-1].call(
        f"{SESSION}RevokeSessions",
        session_api.RevokeSessionsRequest(account_id=ACCOUNT),
        session_api.RevokeSessionsResponse,
        servers[0].organisation.keys("admin"),
    )

    assert answer.effective_everywhere
    assert {"REASON_REVOKED"} == {
        each.verdict(keys) for each in servers for keys in (issued, own)
    }
    for server in servers:
        refused = refusal_of(partial(server.caller, issued))
        assert grpc.StatusCode.UNAUTHENTICATED is refused.code()
        assert "verified" == server.verdict(server.assume(THEIRS))

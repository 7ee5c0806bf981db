"""Requests that somebody received, and the question who signed them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from daypass.directory.entities import AccessKey
from daypass.sigv4.http_request import HttpExpectations, HttpRequest
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.authenticate_request import (
    AuthenticatedRequest,
    AuthenticateRequest,
    AuthenticateRequestQuery,
    RequestRejection,
)
from support.http_signer import Signer
from support.sts_world import StsWorld
from unit.sts import organisation as org
from unit.sts.access import ADMIN, authorize

URL = "https://orders.example.com/orders/7?page=2"
BODY = b'{"amount": 3}'
ORDERS = HttpExpectations("orders")
UNKNOWN = "DAYPASSEXAMPLEKEY001"


def signer_of(world: StsWorld, key: AccessKey, **changes: Any) -> Signer:
    """Returns a signer with long-term keys."""
    signer = Signer(
        access_key_id=key.access_key_id,
        secret_access_key=key.secret_access_key.reveal_text(),
        signed_at=world.clock.now(),
        service="orders",
    )
    return replace(signer, **changes)


def bob(world: StsWorld, **changes: Any) -> Signer:
    """Returns bob as a signer."""
    entry = world.directory.current().user_by_arn(org.BOB)
    assert entry is not None
    return signer_of(world, entry.access_keys[0], **changes)


async def issued(world: StsWorld) -> AssumeRoleResult:
    """Returns credentials that bob was issued."""
    return await world.assume(world.user(org.BOB), org.READER)


def holder(world: StsWorld, result: AssumeRoleResult, **changes: Any) -> Signer:
    """Returns the holder of issued credentials as a signer."""
    credentials = result.credentials
    signer = Signer(
        access_key_id=credentials.access_key_id,
        secret_access_key=credentials.secret_access_key.reveal_text(),
        session_token=credentials.session_token.reveal_text(),
        signed_at=world.clock.now(),
        service="orders",
    )
    return replace(signer, **changes)


async def ask(
    world: StsWorld, request: HttpRequest, asker: str = ADMIN, **parts: Any
) -> AuthenticatedRequest | RequestRejection:
    """Asks who signed a request."""
    fields: dict[str, Any] = {"expectations": ORDERS, **parts}
    operation = AuthenticateRequest(
        prover=world.prover,
        revocations=world.view,
        authorizers=world.authorizers,
        decider=authorize(world),
    )
    query = AuthenticateRequestQuery(request, **fields)
    return await world.run(operation, query, world.user(asker))


async def authenticated(
    world: StsWorld, request: HttpRequest, **parts: Any
) -> AuthenticatedRequest:
    """Asks about a request whose proof must be good."""
    outcome = await ask(world, request, **parts)
    assert isinstance(outcome, AuthenticatedRequest)
    return outcome


async def rejected(
    world: StsWorld, request: HttpRequest, **parts: Any
) -> tuple[str, str]:
    """Returns the code of a rejection, and the reason that the record has."""
    outcome = await ask(world, request, **parts)
    assert isinstance(outcome, RequestRejection)
    record = world.audit.records[-1]
    assert "allowed" == record.outcome
    found = dict(record.attributes)
    assert outcome.reason == found["verdict"]
    return outcome.reason, found["rejection"]

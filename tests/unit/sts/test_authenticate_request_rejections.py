"""AuthenticateRequest: each reason for which the proof of a request is not good.

SPEC: sts-operations 3.4, 3.5 and 7, details 3 to 10; attacks V02 to V18.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from daypass.core.revocation import Revocation, RevocationScope
from daypass.keyring.generate import new_ring
from daypass.sigv4.http_request import HttpRequest
from daypass.sts.authenticate_request import RequestRejection
from support.sts_world import StsWorld
from unit.sts import organisation as org
from unit.sts.described import (
    BODY,
    ORDERS,
    UNKNOWN,
    URL,
    ask,
    authenticated,
    bob,
    holder,
    issued,
    rejected,
    signer_of,
)


async def test_no_proof(world: StsWorld) -> None:
    """A request without any proof is rejected as AWS would (5)."""
    request = HttpRequest("GET", "/", "", (("Host", "orders.example.com"),))

    assert ("MissingAuthenticationToken", "no_proof") == await rejected(world, request)


async def test_malformed_proof(world: StsWorld) -> None:
    """A proof that is malformed is rejected, and is no error of the asker."""
    request = bob(world).sign("GET", URL)
    changed = replace(request, headers=(*request.headers, ("X-Amz-Date", "x")))

    outcome = await rejected(world, changed)
    assert ("IncompleteSignature", "header_repeated") == outcome


async def test_v10_malformed_target(world: StsWorld) -> None:
    """A target that is malformed is rejected, and is no error of the asker."""
    request = replace(bob(world).sign("GET", URL), query="a=%zz")

    outcome = await rejected(world, request)
    assert ("MalformedInput", "query_ambiguous") == outcome


async def test_unknown_key(world: StsWorld) -> None:
    """A key that nobody has is an invalid token, whatever the secret (5)."""
    request = bob(world, access_key_id=UNKNOWN).sign("GET", URL)

    outcome = await rejected(world, request)
    assert ("InvalidClientTokenId", "access_key_unknown") == outcome


async def test_v18_inactive_key(world: StsWorld) -> None:
    """An inactive key is rejected like an unknown one."""
    entry = world.directory.current().user_by_arn(f"arn:aws:iam::{org.A}:user/old")
    assert entry is not None

    request = signer_of(world, entry.access_keys[0]).sign("GET", URL)
    outcome = await rejected(world, request)
    assert ("InvalidClientTokenId", "access_key_unknown") == outcome


@pytest.mark.parametrize("form", ["sign", "presign"])
async def test_wrong_secret(world: StsWorld, form: str) -> None:
    """A known key with another secret is a wrong signature (5)."""
    request = getattr(bob(world, secret_access_key="another"), form)("GET", URL)

    outcome = await rejected(world, request)
    assert ("SignatureDoesNotMatch", "wrong_signature") == outcome


@pytest.mark.parametrize(
    "changes", [{"service": "sts"}, {"service": "Orders"}, {"region": "moon-1"}]
)
async def test_v04_other_scope(world: StsWorld, changes: dict[str, str]) -> None:
    """A request for another service or region is rejected, naming what was right."""
    outcome = await ask(
        world, bob(world, **changes).sign("GET", URL), regions=("us-east-1",)
    )

    assert isinstance(outcome, RequestRejection)
    assert "SignatureDoesNotMatch" == outcome.reason
    assert outcome.message.startswith("Credential should be scoped to ")


async def test_wrong_region_and_service(world: StsWorld) -> None:
    """Both complaints stand in one message (7)."""
    signer = bob(world, service="sts", region="moon-1")
    outcome = await ask(world, signer.sign("GET", URL), regions=("us-east-1",))

    assert isinstance(outcome, RequestRejection)
    assert "valid region" in outcome.message
    assert "correct service: 'orders'" in outcome.message


@pytest.mark.parametrize("seconds", [-900, 900])
async def test_v02_time_at_the_edge(world: StsWorld, seconds: int) -> None:
    """Fifteen minutes either way are taken (6)."""
    signed_at = world.clock.now() + timedelta(seconds=seconds)

    await authenticated(world, bob(world, signed_at=signed_at).sign("GET", URL))


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [(-901, "signature_expired"), (901, "signature_not_yet_current")],
)
async def test_v02_other_time(world: StsWorld, seconds: int, reason: str) -> None:
    """A stale date is a signature that does not match (6)."""
    signed_at = world.clock.now() + timedelta(seconds=seconds)
    request = bob(world, signed_at=signed_at).sign("GET", URL)

    assert ("SignatureDoesNotMatch", reason) == await rejected(world, request)


async def test_v13_presigned_expires(world: StsWorld) -> None:
    """A presigned request is good for as long as it says."""
    request = bob(world, expires=1_000).presign("GET", URL)
    world.clock.advance(timedelta(seconds=1_000))
    await world.follower.catch_up()
    found = await authenticated(world, request)
    assert world.clock.now() == found.expire_time

    world.clock.advance(timedelta(seconds=1))
    outcome = await rejected(world, request)
    assert ("SignatureDoesNotMatch", "signature_expired") == outcome


async def test_v14_temporary_key_without_token(world: StsWorld) -> None:
    """A temporary key without its token is rejected before its signature (4)."""
    request = holder(world, await issued(world), session_token=None).sign("GET", URL)

    outcome = await rejected(world, request)
    assert ("InvalidClientTokenId", "access_key_unknown") == outcome


async def test_v14_token_of_another_key(world: StsWorld) -> None:
    """Another session's token is rejected before the signature (4)."""
    other = (await issued(world)).credentials.session_token.reveal_text()
    request = holder(world, await issued(world), session_token=other).sign("GET", URL)

    outcome = await rejected(world, request)
    assert ("InvalidClientTokenId", "session_token_of_another_key") == outcome


@pytest.mark.parametrize("form", ["sign", "presign"])
async def test_v14_token_expired(world: StsWorld, form: str) -> None:
    """A session that has ended is an expired token, whatever the signature (3)."""
    result = await issued(world)
    world.clock.step(timedelta(seconds=3600))

    request = getattr(holder(world, result), form)("GET", URL)
    outcome = await rejected(world, request)
    assert ("ExpiredToken", "session_token_expired") == outcome


async def test_v14_presigned_outlives_no_session(world: StsWorld) -> None:
    """A presigned request ends with the session that signed it."""
    request = holder(world, await issued(world), expires=604_800).presign("GET", URL)
    world.clock.step(timedelta(seconds=3600))

    outcome = await rejected(world, request)
    assert ("ExpiredToken", "session_token_expired") == outcome


async def test_v14_token_revoked(world: StsWorld) -> None:
    """A request of a session that was revoked is rejected, signed earlier or not."""
    result = await issued(world)
    request = holder(world, result).presign("GET", URL)
    await authenticated(world, request)
    now, key = world.clock.now(), result.credentials.access_key_id
    await world.log.append(
        Revocation(RevocationScope.SESSION, key, now, now + timedelta(days=3))
    )
    await world.follower.catch_up()

    outcome = await rejected(world, request)
    assert ("InvalidClientTokenId", "session_revoked") == outcome


async def test_deleted_role(world: StsWorld) -> None:
    """A session of a role that is gone is an invalid token (32)."""
    request = holder(world, await issued(world)).sign("GET", URL)
    writer = org.READER.replace("Reader", "Writer")
    world.declare(
        org.ACCOUNT_A,
        org.ACCOUNT_B.replace("  Reader:", "  Writer:").replace(org.READER, writer),
    )

    outcome = await rejected(world, request)
    assert ("InvalidClientTokenId", "role_gone") == outcome


async def test_v12_other_body(world: StsWorld) -> None:
    """A body that was not signed is rejected."""
    request = bob(world).sign("POST", URL, body=BODY)

    outcome = await rejected(world, replace(request, payload_sha256="0" * 64))
    assert ("SignatureDoesNotMatch", "wrong_signature") == outcome


async def test_v12_unsigned_body(world: StsWorld) -> None:
    """A body that nothing covers is rejected unless the asker takes it."""
    hidden = [("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")]
    request = bob(world).sign("POST", URL, headers=hidden, body=BODY)

    outcome = await rejected(world, request)
    assert ("IncompleteSignature", "payload_unsigned") == outcome
    free = replace(ORDERS, allow_unsigned_payload=True)
    found = await authenticated(world, request, expectations=free)
    assert found.payload_sha256 is None


async def test_rejection_does_not_tell_the_inner_reason(world: StsWorld) -> None:
    """Whoever asks sees the fixed message of the code."""
    request = bob(world, access_key_id=UNKNOWN).sign("GET", URL)

    outcome = await ask(world, request)
    assert outcome == RequestRejection(
        "InvalidClientTokenId", "The security token included in the request is invalid."
    )


async def test_derivation_secret_gone(world: StsWorld) -> None:
    """A session whose secret can no longer be derived is an invalid token."""
    request = holder(world, await issued(world)).sign("GET", URL)
    other = new_ring(world.entropy, world.clock.now()).derivation_secrets
    world.ring.value = replace(world.ring.value, derivation_secrets=other)

    outcome = await rejected(world, request)
    assert ("InvalidClientTokenId", "derivation_secret_gone") == outcome

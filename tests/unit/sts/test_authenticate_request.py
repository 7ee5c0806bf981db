"""AuthenticateRequest: who may ask and how, and what the answer says.

SPEC: sts-operations 3.4 and 3.5.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from daypass.core import limits
from daypass.core.errors import (
    AccessDeniedError,
    AuditUnavailableError,
    RevocationViewStaleError,
    ValidationError,
)
from daypass.policy.decision import Effect
from daypass.sigv4.http_request import HttpExpectations
from daypass.sts.access_question import AccessQuestion
from support.sts_world import LEASE, StsWorld
from unit.sts import organisation as org
from unit.sts.access import CLERK
from unit.sts.described import (
    BODY,
    ORDERS,
    URL,
    ask,
    authenticated,
    bob,
    holder,
    issued,
    rejected,
)

DOCUMENT = f"arn:aws:s3:::{org.B}-orders/7"
QUESTION = AccessQuestion("s3:GetObject", DOCUMENT)


async def test_refuses_who_may_not_ask(world: StsWorld) -> None:
    """Asking takes daypass:AuthenticateRequest."""
    with pytest.raises(AccessDeniedError):
        await ask(world, bob(world).sign("GET", URL), CLERK)


@pytest.mark.parametrize("service", ["", "a b", "orders/", "x" * 65, "\u00f6"])
async def test_service_is_named(world: StsWorld, service: str) -> None:
    """The asker names the service, as a scope can name it."""
    with pytest.raises(ValidationError) as caught:
        await ask(
            world,
            bob(world).sign("GET", URL),
            expectations=HttpExpectations(service),
        )

    assert {"service"} == {found.field for found in caught.value.violations}


@pytest.mark.parametrize("region", ["", "a b", "x" * 65])
async def test_region_form(world: StsWorld, region: str) -> None:
    """A region that no scope can name is the asker's mistake."""
    with pytest.raises(ValidationError) as caught:
        await ask(world, bob(world).sign("GET", URL), regions=("us-east-1", region))

    assert "regions[1]" == caught.value.violations[0].field


@pytest.mark.parametrize(("count", "good"), [(64, True), (65, False)])
async def test_number_of_regions(world: StsWorld, count: int, *, good: bool) -> None:
    """As many regions may be expected as are allowed, and not one more."""
    assert limits.SIGNED_REGIONS_MAX == 64
    regions = ("us-east-1",) * count
    request = bob(world).sign("GET", URL)

    if good:
        await authenticated(world, request, regions=regions)
    else:
        with pytest.raises(ValidationError) as caught:
            await ask(world, request, regions=regions)
        assert "regions" == caught.value.violations[0].field


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("payload_sha256", ""),
        ("payload_sha256", "0" * 63),
        ("payload_sha256", "A" * 64),
        ("payload_sha256", "UNSIGNED-PAYLOAD"),
        ("scheme", "ftp"),
        ("scheme", "HTTPS"),
    ],
)
async def test_what_the_asker_says_of_the_request(
    world: StsWorld, field: str, value: str
) -> None:
    """Hash and scheme come from the asker, who must write them rightly."""
    changed: dict[str, Any] = {field: value}
    with pytest.raises(ValidationError) as caught:
        await ask(world, replace(bob(world).sign("GET", URL), **changed))

    assert f"request.{field}" == caught.value.violations[0].field


@pytest.mark.parametrize("field", ["method", "path"])
async def test_request_without_a_request_line(world: StsWorld, field: str) -> None:
    """A request has a method and a path; to leave them out is the asker's mistake."""
    changed: dict[str, Any] = {field: ""}
    with pytest.raises(ValidationError) as caught:
        await ask(world, replace(bob(world).sign("GET", URL), **changed))

    assert f"request.{field}" == caught.value.violations[0].field


@pytest.mark.parametrize("seconds", [-1, 0, 0.5, 604_801])
async def test_lifetime_out_of_range(world: StsWorld, seconds: float) -> None:
    """The limit of presigned requests is a second to a week."""
    limit = replace(ORDERS, presigned_lifetime_max=timedelta(seconds=seconds))
    with pytest.raises(ValidationError) as caught:
        await ask(world, bob(world).presign("GET", URL), expectations=limit)

    assert "presigned_lifetime_max" == caught.value.violations[0].field


@pytest.mark.parametrize("seconds", [1, 604_800])
async def test_lifetime_at_the_edges(world: StsWorld, seconds: int) -> None:
    """A second and a week are allowed."""
    limit = replace(ORDERS, presigned_lifetime_max=timedelta(seconds=seconds))

    await authenticated(world, bob(world).presign("GET", URL), expectations=limit)


async def test_claimed_key_is_recorded(world: StsWorld) -> None:
    """The record of a rejection says whose key was claimed, and nothing secret."""
    result = await issued(world)
    request = holder(world, result, secret_access_key="another").sign("GET", URL)
    await rejected(world, request)

    record = world.audit.records[-1]
    key = result.credentials.access_key_id
    assert key == dict(record.attributes)["claimed_access_key_id"]
    assert "" == record.resource
    assert result.credentials.session_token.reveal_text() not in repr(record)


async def test_stale_worker_gives_no_answer(world: StsWorld) -> None:
    """A worker whose lease is over says that it cannot know, which is no rejection."""
    request = holder(world, await issued(world)).sign("GET", URL)
    world.clock.advance(LEASE)

    with pytest.raises(RevocationViewStaleError):
        await ask(world, request)


async def test_goes_on_without_the_audit_log(world: StsWorld) -> None:
    """Verifying goes on while the audit log cannot be written."""
    world.audit.fail_next(AuditUnavailableError(), method="note")

    await authenticated(world, bob(world).sign("GET", URL))


async def test_user_signed(world: StsWorld) -> None:
    """A good request says who signed it, for what, and what is covered."""
    request = bob(world).sign("POST", URL, body=BODY)

    found = await authenticated(world, request)
    assert (org.BOB, None) == (found.principal.arn, found.session)
    assert ("orders", "us-east-1") == (found.service, found.region)
    assert (world.clock.now(), None) == (found.sign_time, found.expire_time)
    assert ("host", "x-amz-date") == found.signed_headers
    assert ("/orders/7", request.payload_sha256) == (
        found.signed_path,
        found.payload_sha256,
    )


@pytest.mark.parametrize("form", ["sign", "presign"])
async def test_session_signed(world: StsWorld, form: str) -> None:
    """A request of a session shows the session, in either form."""
    result = await issued(world)
    world.clock.advance(timedelta(seconds=2))
    request = getattr(holder(world, result), form)("GET", URL)

    found = await authenticated(world, request)
    assert result.assumed_role_arn == found.principal.arn
    assert found.session is not None
    assert result.credentials.access_key_id == found.access_key_id
    assert found.access_key_id == found.session.access_key_id
    assert timedelta(seconds=2) == found.revocation_view_age


async def test_answer_is_recorded(world: StsWorld) -> None:
    """The record says who had signed, and for which service."""
    signer = bob(world)
    await authenticated(world, signer.sign("GET", URL))

    record = world.audit.records[-1]
    assert ("AuthenticateRequest", "allowed", org.BOB) == (
        record.operation,
        record.outcome,
        record.resource,
    )
    assert (
        ("claimed_access_key_id", signer.access_key_id),
        ("service", "orders"),
        ("verdict", "VALID"),
    ) == record.attributes


async def test_question_of_a_rejected_request(world: StsWorld) -> None:
    """Where nobody has signed, nothing is decided."""
    request = bob(world, secret_access_key="another").sign("GET", URL)

    outcome = await rejected(world, request, question=QUESTION)
    assert ("SignatureDoesNotMatch", "wrong_signature") == outcome


async def test_question_answered_no(world: StsWorld) -> None:
    """A denial is an answer beside who signed."""
    found = await authenticated(world, bob(world).sign("GET", URL), question=QUESTION)

    assert found.access is not None
    assert (False, org.BOB) == (found.access.allowed, found.access.principal_arn)
    assert Effect.IMPLICIT_DENY is found.access.effect


async def test_question_answered_yes(world: StsWorld) -> None:
    """The question is decided for whoever signed, and not for whoever asks."""
    question = AccessQuestion("sts:GetAccessKeyInfo", "*")
    request = holder(world, await issued(world)).sign("GET", URL)

    found = await authenticated(world, request, question=question)
    assert found.access is not None
    assert (True, found.principal.arn) == (
        found.access.allowed,
        found.access.principal_arn,
    )


async def test_malformed_question(world: StsWorld) -> None:
    """A question that is malformed is the asker's mistake."""
    with pytest.raises(ValidationError):
        await ask(
            world,
            bob(world).sign("GET", URL),
            question=AccessQuestion("no action", DOCUMENT),
        )

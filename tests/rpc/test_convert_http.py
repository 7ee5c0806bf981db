"""Signed HTTP requests and who signed them, between protobuf and the use case."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from google.protobuf.duration_pb2 import Duration

from daypass.api.access.v1 import access_service_pb2 as pb
from daypass.core import limits
from daypass.core.errors import ValidationError
from daypass.core.session import SessionKind
from daypass.policy.decision import Effect, Slot
from daypass.rpc.convert_access import access_decision
from daypass.rpc.convert_http import (
    authenticate_request_query,
    authenticate_request_response,
)
from daypass.sigv4.http_request import HttpExpectations, HttpRequest
from daypass.sts.access_question import AccessQuestion
from daypass.sts.authenticate_request import (
    AuthenticatedRequest,
    AuthenticateRequestQuery,
    RequestRejection,
)
from daypass.sts.authorize_access import AccessAnswer
from support.door import ACCOUNT, USER, session_of
from support.messages import unset_fields
from support.world import START

SESSION = replace(
    session_of(SessionKind.USER),
    source_identity="me",
    tags={"team": "shop"},
    transitive_tag_keys=frozenset({"team"}),
)
FOUND = AuthenticatedRequest(
    principal=USER,
    access_key_id="session-key",
    session=SESSION,
    region="eu-west-1",
    service="shop",
    sign_time=START,
    expire_time=START + timedelta(minutes=5),
    signed_headers=("host", "x-amz-date"),
    signed_path="/a",
    payload_sha256="0" * 64,
    revocation_view_age=timedelta(milliseconds=250),
    access=AccessAnswer(
        allowed=True,
        decision_id="d-1",
        principal_arn=USER.arn,
        effect=Effect.ALLOW,
        slot=Slot.IDENTITY,
        reason="it is authorized",
        missing_keys=("aws:SourceIp",),
    ),
)


def test_request_carried() -> None:
    """Every part of the request and every expectation is carried."""
    message = pb.AuthenticateRequestRequest(
        request=pb.HttpRequest(
            method="GET",
            path="/a",
            query="x=1",
            headers=[
                pb.HttpHeader(name="Host", value="a"),
                pb.HttpHeader(name="host", value="b"),
            ],
            payload_sha256="0" * 64,
            authority="shop",
            scheme="https",
        ),
        service="shop",
        regions=["eu-west-1", "eu-north-1"],
        allow_unsigned_payload=True,
        verbatim_path=True,
        presigned_lifetime_max=Duration(seconds=60),
        question=pb.AccessQuestion(
            action="s3:GetObject",
            resource="*",
            resource_policy="{}",
            context=[pb.ContextEntry(key="aws:SourceIp", values=["10.0.0.1"])],
        ),
    )

    found = authenticate_request_query(message)

    assert set() == unset_fields(message)
    assert (
        HttpRequest(
            method="GET",
            path="/a",
            query="x=1",
            headers=(("Host", "a"), ("host", "b")),
            payload_sha256="0" * 64,
            authority="shop",
            scheme="https",
        )
        == found.request
    )
    assert (
        HttpExpectations(
            service="shop",
            allow_unsigned_payload=True,
            normalize_path=False,
            presigned_lifetime_max=timedelta(minutes=1),
        )
        == found.expectations
    )
    assert ("eu-west-1", "eu-north-1") == found.regions
    assert found.question is not None
    assert "s3:GetObject" == found.question.action


def test_defaults_carried() -> None:
    """What was not sent is read as the strictest that is common."""
    found = authenticate_request_query(pb.AuthenticateRequestRequest(service="shop"))

    assert (
        AuthenticateRequestQuery(
            request=HttpRequest(method="", path="", query="", headers=()),
            expectations=HttpExpectations(
                service="shop",
                allow_unsigned_payload=False,
                normalize_path=True,
                presigned_lifetime_max=limits.PRESIGNED_LIFETIME_MAX,
            ),
        )
        == found
    )


def test_empty_question_carried() -> None:
    """A question that was sent empty is a question, and is refused as one."""
    message = pb.AuthenticateRequestRequest(question=pb.AccessQuestion())

    found = authenticate_request_query(message)

    assert AccessQuestion(action="", resource="") == found.question


def test_endless_span_refused() -> None:
    """A span that is longer than time itself is the asker's fault."""
    message = pb.AuthenticateRequestRequest(
        presigned_lifetime_max=Duration(seconds=2**63 - 1)
    )

    with pytest.raises(ValidationError) as caught:
        authenticate_request_query(message)

    assert "presigned_lifetime_endless" == caught.value.detail


def test_empty_span_carried() -> None:
    """A span of nothing differs from none, and is left to be refused."""
    message = pb.AuthenticateRequestRequest(presigned_lifetime_max=Duration())

    found = authenticate_request_query(message)

    assert timedelta(0) == found.expectations.presigned_lifetime_max


def test_signer_told() -> None:
    """A good request fills every field of the answer."""
    found = authenticate_request_response(FOUND)

    assert set() == unset_fields(found)
    told = found.authenticated
    assert (USER.arn, ACCOUNT, "session-key") == (
        told.principal.arn,
        told.principal.account_id,
        told.access_key_id,
    )
    assert ("eu-west-1", "shop", "/a", "0" * 64, ["host", "x-amz-date"]) == (
        told.region,
        told.service,
        told.signed_path,
        told.payload_sha256,
        list(told.signed_headers),
    )


def test_times_and_decision_told() -> None:
    """Times, the session and the decision are told as they were found."""
    told = authenticate_request_response(FOUND).authenticated

    assert timedelta(minutes=5) == (
        told.expire_time.ToDatetime() - told.sign_time.ToDatetime()
    )
    assert (timedelta(milliseconds=250), "me", {"team": "shop"}) == (
        told.revocation_view_age.ToTimedelta(),
        told.session.source_identity,
        dict(told.session.tags),
    )
    assert FOUND.access is not None
    assert access_decision(FOUND.access) == told.decision


def test_long_term_keys_told() -> None:
    """Without session, question, body or end, their fields stay unset."""
    found = replace(
        FOUND, session=None, expire_time=None, payload_sha256=None, access=None
    )

    told = authenticate_request_response(found).authenticated

    unset = {"session", "expire_time", "payload_sha256", "decision"}
    names = {field.name for field, _ in told.ListFields()}
    assert set(pb.AuthenticatedRequest.DESCRIPTOR.fields_by_name) - unset == names


def test_rejection_told() -> None:
    """A rejection says what the sender is to be told, and names nobody."""
    outcome = RequestRejection("ExpiredToken", "it has ended")

    found = authenticate_request_response(outcome)

    assert (
        pb.AuthenticateRequestResponse(
            rejection=pb.RequestRejection(reason="ExpiredToken", message="it has ended")
        )
        == found
    )

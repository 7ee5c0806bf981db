"""Received requests: how the client describes them, and who is told to have signed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from google.protobuf.duration_pb2 import Duration

from daypass_client import AsyncDaypassClient, Credentials, DaypassClient, Profile
from daypass_client._stubs.daypass.api.access.v1 import access_service_pb2 as access
from daypass_client._stubs.daypass.api.sts.v1 import sts_service_pb2 as sts
from daypass_client._stubs.daypass.api.types.v1.principal_pb2 import Principal
from daypass_client.access import (
    ReceivedRequest,
    SignatureRules,
    SimulatedCaller,
    SimulationRequest,
)
from daypass_client.errors import (
    RequestRejectedError,
)
from support.access_answers import (
    AUDITOR,
    DECISION,
    EXPLAINED,
    EXPLANATION,
    QUESTION,
    READ_DECISION,
    READ_EXPLAINED,
    READ_EXPLANATION,
    SENT_QUESTION,
)
from support.client_answers import VERIFIED
from support.fake_daypass import FakeDaypass
from support.messages import unset_fields
from support.world import START

RECEIVED = ReceivedRequest(
    method="GET",
    path="/a",
    query="x=1",
    headers=(("Host", "shop"), ("host", "b")),
    payload_sha256="0" * 64,
    authority="shop",
    scheme="https",
)
RULES = SignatureRules(
    service="shop",
    regions=("eu-west-1",),
    allow_unsigned_payload=True,
    verbatim_path=True,
    presigned_lifetime_max=timedelta(minutes=1),
)


@pytest.fixture
def profile(fake: FakeDaypass, temporary: Credentials) -> Profile:
    """Returns a profile that leads to the fake, with temporary credentials."""
    return fake.profile(temporary)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            access.AuthenticateRequestResponse(
                rejection=access.RequestRejection(
                    reason="ExpiredToken", message="it has ended"
                )
            ),
            "ExpiredToken",
        ),
        (access.AuthenticateRequestResponse(), ""),
    ],
    ids=["rejection", "nothing"],
)
def test_bad_request_is_raised(
    fake: FakeDaypass,
    profile: Profile,
    answer: access.AuthenticateRequestResponse,
    reason: str,
) -> None:
    """A request that nobody is proven to have signed is raised; so is no answer."""
    fake.answer(answer)

    with (
        DaypassClient(profile) as client,
        pytest.raises(RequestRejectedError) as caught,
    ):
        client.authenticate_request(RECEIVED, RULES)

    assert reason == caught.value.reason


def test_request_is_described_whole(fake: FakeDaypass, profile: Profile) -> None:
    """Every part of a request, every rule and the question are sent."""
    fake.answer(
        access.AuthenticateRequestResponse(authenticated=access.AuthenticatedRequest())
    )

    with DaypassClient(profile) as client:
        client.authenticate_request(RECEIVED, RULES, question=QUESTION)

    sent = access.AuthenticateRequestRequest.FromString(fake.calls[0].body)
    assert {"daypass.api.access.v1.ContextEntry.values"} == unset_fields(sent)
    assert (
        access.AuthenticateRequestRequest(
            request=access.HttpRequest(
                method="GET",
                path="/a",
                query="x=1",
                headers=[
                    access.HttpHeader(name="Host", value="shop"),
                    access.HttpHeader(name="host", value="b"),
                ],
                payload_sha256="0" * 64,
                authority="shop",
                scheme="https",
            ),
            service="shop",
            regions=["eu-west-1"],
            allow_unsigned_payload=True,
            verbatim_path=True,
            presigned_lifetime_max=Duration(seconds=60),
            question=SENT_QUESTION,
        )
        == sent
    )


def test_strictest_rules_are_sent(fake: FakeDaypass, profile: Profile) -> None:
    """What is not chosen is not sent, so that the server's defaults hold."""
    fake.answer(
        access.AuthenticateRequestResponse(authenticated=access.AuthenticatedRequest())
    )

    with DaypassClient(profile) as client:
        found = client.authenticate_request(RECEIVED, SignatureRules(service="shop"))

    sent = access.AuthenticateRequestRequest.FromString(fake.calls[0].body)
    names = {field.name for field, _ in sent.ListFields()}
    assert {"request", "service"} == names
    assert (None, None, None) == (found.session, found.expire_time, found.decision)


def test_signer_is_read(fake: FakeDaypass, profile: Profile) -> None:
    """Who signed, and what the signature covers, is read whole."""
    answer = access.AuthenticatedRequest(
        principal=Principal(arn=AUDITOR, user_id="id", account_id="987654321098"),
        access_key_id="key",
        session=VERIFIED.verified,
        region="eu-west-1",
        service="shop",
        signed_headers=["host"],
        signed_path="/a",
        payload_sha256="0" * 64,
        revocation_view_age=Duration(nanos=250_000_000),
        decision=DECISION,
    )
    answer.sign_time.FromDatetime(START)
    answer.expire_time.FromDatetime(START + timedelta(minutes=1))
    fake.answer(access.AuthenticateRequestResponse(authenticated=answer))

    with DaypassClient(profile) as client:
        found = client.authenticate_request(RECEIVED, RULES)

    assert (AUDITOR, "id", "987654321098", "key") == (
        found.principal_arn,
        found.principal_user_id,
        found.account_id,
        found.access_key_id,
    )
    assert ("eu-west-1", "shop", ("host",), "/a", "0" * 64) == (
        found.region,
        found.service,
        found.signed_headers,
        found.signed_path,
        found.payload_sha256,
    )
    assert (START, START + timedelta(minutes=1), timedelta(milliseconds=250)) == (
        found.sign_time,
        found.expire_time,
        found.revocation_view_age,
    )
    assert found.session is not None
    assert ("me", READ_DECISION) == (found.session.session_name, found.decision)


async def test_awaiting_client_asks_the_same(
    fake: FakeDaypass, profile: Profile
) -> None:
    """The awaiting client asks and reads what the blocking one does."""
    fake.answer(
        access.AuthorizeResponse(decision=DECISION),
        access.SimulateResponse(results=[EXPLANATION]),
        EXPLAINED,
        sts.DecodeAuthorizationMessageResponse(decoded_message="{}"),
        access.AuthenticateRequestResponse(
            authenticated=access.AuthenticatedRequest(decision=DECISION)
        ),
    )
    simulated = SimulationRequest(caller=SimulatedCaller(service="s"), actions=("a:B",))

    async with AsyncDaypassClient(profile) as client:
        decision = await client.authorize(QUESTION, user_arn=AUDITOR)
        simulation = await client.simulate(simulated)
        explained = await client.explain_decision("decision-1")
        decoded = await client.decode_authorization_message("sealed")
        signed = await client.authenticate_request(RECEIVED, RULES)

    assert (READ_DECISION, (READ_EXPLANATION,), READ_EXPLAINED, "{}") == (
        decision,
        simulation,
        explained,
        decoded,
    )
    assert READ_DECISION == signed.decision

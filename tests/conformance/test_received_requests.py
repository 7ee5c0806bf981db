"""A service learns from the running server who signed the requests that it gets."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from daypass_client import Credentials, DaypassClient, RoleRequest
from daypass_client.access import AccessQuestion, ReceivedRequest, SignatureRules
from daypass_client.errors import RequestRejectedError
from support.http_signer import Signer
from support.running import DaypassServer

STOREFRONT = "arn:aws:iam::123456789012:role/workloads/StorefrontRole"
URL = "https://images.securecart.example/a?size=2"
RULES = SignatureRules(service="images")
QUESTION = AccessQuestion(
    action="s3:GetObject", resource="arn:aws:s3:::securecart-product-images/a"
)


def received(
    credentials: Credentials, *, presigned: bool = False, service: str = "images"
) -> ReceivedRequest:
    """Returns a request that botocore has signed, as its receiver sees it."""
    token = credentials.session_token
    signer = Signer(
        access_key_id=credentials.access_key_id,
        secret_access_key=credentials.secret_access_key.reveal(),
        session_token=None if token is None else token.reveal(),
        signed_at=datetime.now(UTC),
        service=service,
    )
    request = (signer.presign if presigned else signer.sign)("GET", URL)
    return ReceivedRequest(
        method=request.method,
        path=request.path,
        query=request.query,
        headers=request.headers,
        payload_sha256=hashlib.sha256(b"").hexdigest(),
        authority=request.authority,
        scheme=request.scheme,
    )


@pytest.fixture
def storefront(daypass_server: DaypassServer) -> Credentials:
    """Returns the credentials of a session of the shop's workload."""
    with DaypassClient(daypass_server.profile("storefront")) as client:
        return client.assume_role(
            RoleRequest(role_arn=STOREFRONT, session_name="shop")
        ).credentials


def test_other_service_is_rejected(
    daypass_server: DaypassServer, storefront: Credentials
) -> None:
    """A signature for another service is good for that service only."""
    request = received(storefront, service="carts")

    with (
        DaypassClient(daypass_server.profile("admin")) as admin,
        pytest.raises(RequestRejectedError) as caught,
    ):
        admin.authenticate_request(request, RULES)

    assert "SignatureDoesNotMatch" == caught.value.reason


@pytest.mark.parametrize("presigned", [False, True])
def test_signer_is_found(
    daypass_server: DaypassServer, storefront: Credentials, *, presigned: bool
) -> None:
    """Who signed is named, with the session, and the question is answered."""
    request = received(storefront, presigned=presigned)

    with DaypassClient(daypass_server.profile("admin")) as admin:
        found = admin.authenticate_request(request, RULES, question=QUESTION)

    assert found.principal_arn.endswith(":assumed-role/StorefrontRole/shop")
    assert found.session is not None
    assert ("shop", presigned) == (
        found.session.session_name,
        found.expire_time is not None,
    )
    assert found.decision is not None
    assert found.decision.allowed

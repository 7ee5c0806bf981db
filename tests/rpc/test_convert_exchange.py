"""ExchangeToken and its kin between protobuf and their use cases (spec 6.1, 6.2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.api.token.v1 import token_service_pb2 as pb
from daypass.core.credentials import Credentials
from daypass.core.exchanged_token import TokenType
from daypass.core.secret import Secret
from daypass.rpc import convert_exchange as convert
from daypass.rpc.convert_token import verify_token_response
from daypass.sts.exchange_issue import ExchangeResult
from daypass.sts.exchange_request import ExchangeTokenRequest
from daypass.sts.exchanged_judge import VerifiedExchangedToken
from support.exchange_world import ACCESS, CREDENTIALS, ID
from support.exchanged import PHONE, exchanged_token
from support.world import START

MINUTE = timedelta(minutes=1)


def test_request_least() -> None:
    """What a request leaves out is absent, and not an empty token."""
    message = pb.ExchangeTokenRequest(subject_token="t", subject_token_type=ID)

    assert ExchangeTokenRequest(Secret("t"), ID) == convert.exchange_token_request(
        message
    )


def test_request_whole() -> None:
    """Every field of the message becomes a parameter."""
    message = pb.ExchangeTokenRequest(
        subject_token="t",
        subject_token_type=ID,
        actor_token="a",
        actor_token_type=ACCESS,
        resources=["https://r.example/"],
        audiences=["b", "a"],
        scopes=["s"],
        requested_token_type=CREDENTIALS,
    )

    expected = ExchangeTokenRequest(
        Secret("t"),
        ID,
        Secret("a"),
        ACCESS,
        ("https://r.example/",),
        ("b", "a"),
        ("s",),
        CREDENTIALS,
    )
    assert expected == convert.exchange_token_request(message)


def test_parameters_complete() -> None:
    """The message and the parameters have the same names."""
    fields = pb.ExchangeTokenRequest.DESCRIPTOR.fields_by_name

    assert set(fields) == set(ExchangeTokenRequest.__dataclass_fields__)


@pytest.mark.parametrize(
    ("kind", "use"),
    [
        (TokenType.ACCESS_TOKEN, "Bearer"),
        (TokenType.ID_TOKEN, "N_A"),
        (TokenType.JWT, "N_A"),
    ],
)
def test_response_with_token(kind: TokenType, use: str) -> None:
    """Detail 60: what was issued is always said, and only an access token is a bearer."""
    result = ExchangeResult(kind, MINUTE, ("a", "b"), token=Secret("t"))
    response = convert.exchange_token_response(result)

    assert ("access_token", "t", kind.value, use) == (
        response.WhichOneof("issued"),
        response.access_token,
        response.issued_token_type,
        response.token_type,
    )
    assert (60, ["a", "b"]) == (
        response.expires_in.seconds,
        list(response.scopes),
    )


def test_response_with_credentials() -> None:
    """Credentials are no token, and are not used as one."""
    credentials = Credentials("key", Secret("s"), Secret("t"), START)
    result = ExchangeResult(TokenType.CREDENTIALS, MINUTE, (), credentials=credentials)
    response = convert.exchange_token_response(result)

    assert ("credentials", "key", CREDENTIALS, "N_A") == (
        response.WhichOneof("issued"),
        response.credentials.access_key_id,
        response.issued_token_type,
        response.token_type,
    )


def test_verified() -> None:
    """The verdict on a token of an exchange is told apart, and says all of it."""
    found = VerifiedExchangedToken(exchanged_token(), MINUTE)
    response = verify_token_response(found)
    verified = response.exchanged

    assert "exchanged" == response.WhichOneof("outcome")
    fields = pb.VerifiedExchangedToken.DESCRIPTOR.fields_by_name
    assert set(fields) == {field.name for field, _ in verified.ListFields()}
    assert (ACCESS, "t" * 22, PHONE.name, PHONE.issuer, PHONE.subject) == (
        verified.token_type,
        verified.token_id,
        verified.subject,
        verified.subject_issuer,
        verified.issuer_subject,
    )
    assert ("https://login.example/staff", "clerk-1") == (
        verified.actors[0].issuer,
        verified.actors[0].subject,
    )
    assert (["images"], ["images:read"]) == (
        list(verified.audiences),
        list(verified.scopes),
    )

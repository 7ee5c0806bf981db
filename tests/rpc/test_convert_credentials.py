"""GetSessionToken and its kin between protobuf and their use cases (spec 0.2)."""

from __future__ import annotations

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.core.credentials import Credentials
from daypass.core.secret import Secret
from daypass.rpc import convert_credentials as convert
from daypass.sts.get_session_token import (
    GetSessionTokenRequest,
    GetSessionTokenResult,
)
from support.world import START

CREDENTIALS = Credentials("key", Secret("secret"), Secret("token"), START)


def test_session_token_request_absent() -> None:
    """What a request for GetSessionToken leaves out is None."""
    assert GetSessionTokenRequest() == convert.get_session_token_request(
        pb.GetSessionTokenRequest()
    )


def test_session_token_request_empty() -> None:
    """What was sent empty or as zero is not the same as absent."""
    message = pb.GetSessionTokenRequest(
        duration_seconds=0,
        serial_number="",
        token_code="",
        minimum_session_token_size=0,
    )

    assert GetSessionTokenRequest(
        0, "", Secret(""), 0
    ) == convert.get_session_token_request(message)


def test_session_token_parameters_complete() -> None:
    """The message and the parameters of GetSessionToken have the same names."""
    fields = pb.GetSessionTokenRequest.DESCRIPTOR.fields_by_name

    assert set(fields) == set(GetSessionTokenRequest.__dataclass_fields__)


def test_session_token_response() -> None:
    """The answer of GetSessionToken has credentials and the size of the token."""
    response = convert.get_session_token_response(
        GetSessionTokenResult(CREDENTIALS, 1_025)
    )

    assert ("key", "secret", "token") == (
        response.credentials.access_key_id,
        response.credentials.secret_access_key,
        response.credentials.session_token,
    )
    assert START.replace(tzinfo=None) == response.credentials.expiration.ToDatetime()
    assert (1_025, 26) == (
        response.session_token_size,
        response.session_token_utilization,
    )

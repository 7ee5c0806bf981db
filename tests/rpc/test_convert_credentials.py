"""GetSessionToken and its kin between protobuf and their use cases (spec 0.2)."""

from __future__ import annotations

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.core.credentials import Credentials
from daypass.core.secret import Secret
from daypass.rpc import convert_credentials as convert
from daypass.sts.assume_root import AssumeRootResult
from daypass.sts.assume_root_request import AssumeRootRequest
from daypass.sts.get_federation_token import (
    GetFederationTokenRequest,
    GetFederationTokenResult,
)
from daypass.sts.get_session_token import (
    GetSessionTokenRequest,
    GetSessionTokenResult,
)
from daypass.sts.tags import Tag
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


def test_federation_request_absent() -> None:
    """What a request for GetFederationToken leaves out is None, or an empty list."""
    assert GetFederationTokenRequest() == convert.get_federation_token_request(
        pb.GetFederationTokenRequest()
    )


def test_federation_request_full() -> None:
    """Every parameter of GetFederationToken arrives, lists in their order."""
    message = pb.GetFederationTokenRequest(
        name="guest",
        policy="",
        policy_arns=[pb.PolicyDescriptor(arn="p1"), pb.PolicyDescriptor()],
        duration_seconds=0,
        tags=[pb.Tag(key="b", value="2"), pb.Tag(key="a")],
        minimum_session_token_size=0,
    )

    assert GetFederationTokenRequest(
        name="guest",
        policy="",
        policy_arns=("p1", ""),
        duration_seconds=0,
        tags=(Tag("b", "2"), Tag("a", "")),
        minimum_session_token_size=0,
    ) == convert.get_federation_token_request(message)


def test_federation_parameters_complete() -> None:
    """The message and the parameters of GetFederationToken have the same names."""
    fields = pb.GetFederationTokenRequest.DESCRIPTOR.fields_by_name

    assert set(fields) == set(GetFederationTokenRequest.__dataclass_fields__)


def test_federation_response_without_policies() -> None:
    """Without policies and tags the packed size is absent, not 0."""
    response = convert.get_federation_token_response(
        GetFederationTokenResult(CREDENTIALS, "1:guest", "arn", None, 1_024)
    )

    assert not response.HasField("packed_policy_size")
    assert ("1:guest", "arn", "token", 1_024, 25) == (
        response.federated_user.federated_user_id,
        response.federated_user.arn,
        response.credentials.session_token,
        response.session_token_size,
        response.session_token_utilization,
    )


def test_federation_response_with_policies() -> None:
    """With policies or tags the packed size is told."""
    response = convert.get_federation_token_response(
        GetFederationTokenResult(CREDENTIALS, "1:guest", "arn", 7, 1_024)
    )

    assert 7 == response.packed_policy_size


def test_root_request_absent() -> None:
    """What a request for AssumeRoot leaves out is None."""
    assert AssumeRootRequest() == convert.assume_root_request(pb.AssumeRootRequest())


def test_root_request_full() -> None:
    """Every parameter of AssumeRoot arrives, and zero is not absent."""
    message = pb.AssumeRootRequest(
        target_principal="member",
        task_policy_arn=pb.PolicyDescriptor(arn="task"),
        duration_seconds=0,
        minimum_session_token_size=0,
    )

    assert AssumeRootRequest("member", "task", 0, 0) == convert.assume_root_request(
        message
    )


def test_root_parameters_complete() -> None:
    """The message and the parameters of AssumeRoot have the same names."""
    fields = pb.AssumeRootRequest.DESCRIPTOR.fields_by_name

    assert set(fields) == set(AssumeRootRequest.__dataclass_fields__)


def test_root_response() -> None:
    """The answer of AssumeRoot has the source identity of the caller, if any."""
    without = convert.assume_root_response(AssumeRootResult(CREDENTIALS, None, 1_025))
    response = convert.assume_root_response(AssumeRootResult(CREDENTIALS, "ann", 1_025))

    assert ("", "ann") == (without.source_identity, response.source_identity)
    assert ("token", 1_025, 26) == (
        response.credentials.session_token,
        response.session_token_size,
        response.session_token_utilization,
    )

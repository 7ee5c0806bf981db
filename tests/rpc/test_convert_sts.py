"""AssumeRole between protobuf and its use case: absent stays absent (spec 0.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from daypass.api.sts.v1 import sts_service_pb2 as sts_pb
from daypass.core.credentials import Credentials
from daypass.core.errors import AccessDeniedError, ThrottlingError
from daypass.core.secret import Secret
from daypass.rpc import convert_sts
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest, ProvidedContext
from daypass.sts.batch import BatchItem
from daypass.sts.tags import Tag
from support.world import START

RESULT = AssumeRoleResult(
    credentials=Credentials("key", Secret("secret"), Secret("token"), START),
    assumed_role_id="AROAEXAMPLE:name",
    assumed_role_arn="arn:aws:sts::111122223333:assumed-role/Reader/name",
    packed_policy_percent=None,
    source_identity=None,
    session_token_bytes=1_025,
)


def test_absent_parameters_are_none() -> None:
    """What a request leaves out is None, or an empty list."""
    assert AssumeRoleRequest() == convert_sts.assume_role_request(
        sts_pb.AssumeRoleRequest()
    )


def test_empty_parameters_are_sent() -> None:
    """What was sent empty or as zero is not the same as absent."""
    message = sts_pb.AssumeRoleRequest(
        duration_seconds=0,
        policy="",
        external_id="",
        serial_number="",
        token_code="",
        source_identity="",
        minimum_session_token_size=0,
    )

    assert AssumeRoleRequest(
        duration_seconds=0,
        policy="",
        external_id="",
        serial_number="",
        token_code=Secret(""),
        source_identity="",
        minimum_session_token_size=0,
    ) == convert_sts.assume_role_request(message)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("role_arn", "arn:aws:iam::111122223333:role/Reader"),
        ("role_session_name", "name"),
        ("duration_seconds", 900),
        ("policy", "{}"),
        ("external_id", "id"),
        ("serial_number", "serial"),
        ("source_identity", "somebody"),
        ("minimum_session_token_size", 2_048),
    ],
)
def test_plain_parameter_is_as_sent(name: str, value: str | int) -> None:
    """A parameter that needs no form of its own is itself, and all else is absent."""
    message = sts_pb.AssumeRoleRequest()
    setattr(message, name, value)

    changed: dict[str, Any] = {name: value}
    expected = replace(AssumeRoleRequest(), **changed)
    assert expected == convert_sts.assume_role_request(message)


def test_full_request_carried() -> None:
    """Every parameter arrives, lists in their order."""
    message = sts_pb.AssumeRoleRequest(
        role_arn="role",
        role_session_name="name",
        policy_arns=[sts_pb.PolicyDescriptor(arn="p1"), sts_pb.PolicyDescriptor()],
        tags=[sts_pb.Tag(key="b", value="2"), sts_pb.Tag(key="a")],
        transitive_tag_keys=["b", "a"],
        token_code="000001",
        provided_contexts=[
            sts_pb.ProvidedContext(provider_arn="cp", context_assertion="ca")
        ],
    )

    assert AssumeRoleRequest(
        role_arn="role",
        role_session_name="name",
        policy_arns=("p1", ""),
        tags=(Tag("b", "2"), Tag("a", "")),
        transitive_tag_keys=("b", "a"),
        token_code=Secret("000001"),
        provided_contexts=(ProvidedContext("cp", Secret("ca")),),
    ) == convert_sts.assume_role_request(message)


def test_every_parameter_converted() -> None:
    """The message and the parameters have the same names, so that none is lost."""
    fields = sts_pb.AssumeRoleRequest.DESCRIPTOR.fields_by_name

    assert {*fields, "likeness"} == set(AssumeRoleRequest.__dataclass_fields__)


def test_credentials_revealed() -> None:
    """The credentials leave in clear, and here only."""
    response = convert_sts.assume_role_response(RESULT)

    found = response.credentials
    assert ("key", "secret", "token") == (
        found.access_key_id,
        found.secret_access_key,
        found.session_token,
    )
    assert START.replace(tzinfo=None) == found.expiration.ToDatetime()


def test_unused_outputs_absent() -> None:
    """Without policies and tags there is no packed size; without identity, none."""
    response = convert_sts.assume_role_response(RESULT)

    assert not response.HasField("packed_policy_size")
    assert "" == response.source_identity


@pytest.mark.parametrize(
    ("size", "percent"), [(1, 1), (1_024, 25), (1_025, 26), (4_096, 100)]
)
def test_utilization_rounded_up(size: int, percent: int) -> None:
    """The use of the token's room is rounded up to whole percents."""
    result = AssumeRoleResult(
        credentials=RESULT.credentials,
        assumed_role_id="",
        assumed_role_arn="",
        packed_policy_percent=0,
        source_identity="me",
        session_token_bytes=size,
    )

    response = convert_sts.assume_role_response(result)

    assert (size, percent) == (
        response.session_token_size,
        response.session_token_utilization,
    )
    assert response.HasField("packed_policy_size")


def test_item_refused() -> None:
    """A refused item says what the status of a call of its own would say."""
    error = AccessDeniedError("inner", message="no", metadata={"decision_id": "d.1"})

    found = convert_sts.batch_result(BatchItem(error)).error

    assert ("AccessDenied", 7, "no") == (found.reason, found.code, found.message)
    assert {"http_status": "403", "decision_id": "d.1"} == dict(found.metadata)
    assert not found.HasField("retry_delay")


def test_item_throttled() -> None:
    """An item that may be asked again says when."""
    error = ThrottlingError(retry_after=timedelta(seconds=2))

    found = convert_sts.batch_result(BatchItem(error)).error

    assert timedelta(seconds=2) == found.retry_delay.ToTimedelta()


def test_item_succeeded() -> None:
    """An item that succeeded carries the answer of AssumeRole."""
    found = convert_sts.batch_result(BatchItem(RESULT))

    assert convert_sts.assume_role_response(RESULT) == found.response

"""What passes between protobuf and the use cases: absent stays absent (spec 0.2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.api.keyring.v1 import keyring_service_pb2 as keyring_pb
from daypass.api.session.v1 import session_service_pb2 as session_pb
from daypass.api.sts.v1 import sts_service_pb2 as sts_pb
from daypass.api.token.v1 import token_service_pb2 as token_pb
from daypass.api.types.v1 import session_kind_pb2
from daypass.core.credentials import Credentials
from daypass.core.errors import AccessDeniedError, ThrottlingError
from daypass.core.secret import Secret
from daypass.core.session import SessionKind, SessionRecord
from daypass.rpc import convert, convert_session, convert_sts
from daypass.rpc.convert_keyring import get_key_set_response
from daypass.rpc.convert_token import verify_token_response
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest, ProvidedContext
from daypass.sts.batch import BatchItem
from daypass.sts.key_set import KeySet
from daypass.sts.revoke_sessions import RevokeSessionsRequest, RevokeSessionsResult
from daypass.sts.session_targets import PrincipalChoice
from daypass.sts.sessions import ListSessionsRequest, SessionList
from daypass.sts.tags import Tag
from daypass.sts.verify_token import Verdict, VerifiedToken
from support.door import ACCOUNT, EPOCH, USER, session_of
from support.world import START

RESULT = AssumeRoleResult(
    credentials=Credentials("key", Secret("secret"), Secret("token"), START),
    assumed_role_id="AROAEXAMPLE:name",
    assumed_role_arn="arn:aws:sts::111122223333:assumed-role/Reader/name",
    packed_policy_percent=None,
    source_identity=None,
    session_token_bytes=1_025,
)
RECORD = SessionRecord(
    access_key_id="session-key",
    kind=SessionKind.ROLE,
    account_id=ACCOUNT,
    principal_id="AROAEXAMPLE",
    principal_arn="arn:aws:iam::111122223333:role/Reader",
    session_name="name",
    issue_time=START,
    expire_time=START + timedelta(hours=1),
    issued_to=USER.arn,
    parent_access_key_id="caller-key",
    origin_id=USER.unique_id,
    epoch=EPOCH,
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

    assert set(fields) == set(AssumeRoleRequest.__dataclass_fields__)


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


@pytest.mark.parametrize("kind", SessionKind)
def test_session_kinds_named(kind: SessionKind) -> None:
    """Each kind of session has its name in the API."""
    name = session_kind_pb2.SessionKind.Name(convert.session_kind(kind))

    assert f"SESSION_KIND_{kind.name}" == name


@pytest.mark.parametrize("verdict", Verdict)
def test_verdicts_named(verdict: Verdict) -> None:
    """Each verdict has its name in the API."""
    response = verify_token_response(verdict)

    name = token_pb.TokenRejection.Reason.Name(response.rejection.reason)
    assert f"REASON_{verdict.name}" == name


def test_verified_token_told() -> None:
    """A good token is told with its principal, its times and the view's age."""
    session = session_of(SessionKind.USER)
    outcome = VerifiedToken(session, USER, timedelta(milliseconds=1_500))

    found = verify_token_response(outcome).verified

    assert (USER.arn, USER.unique_id, ACCOUNT) == (
        found.principal.arn,
        found.principal.user_id,
        found.principal.account_id,
    )
    assert timedelta(hours=1) == (
        found.expire_time.ToDatetime() - found.issue_time.ToDatetime()
    )
    assert timedelta(milliseconds=1_500) == found.revocation_view_age.ToTimedelta()


def test_session_shown() -> None:
    """A session is shown with who asked for it."""
    found = convert_session.session(RECORD)

    assert ("session-key", USER.arn, "caller-key", "") == (
        found.access_key_id,
        found.requester_arn,
        found.parent_access_key_id,
        found.source_identity,
    )


def test_every_fact_of_session_shown() -> None:
    """A full record fills every field of the message."""
    values = {name: getattr(RECORD, name) for name in RECORD.__dataclass_fields__}
    record = SessionRecord(**values | {"source_identity": "me"})

    found = convert_session.session(record)

    names = {field.name for field, _ in found.ListFields()}
    assert set(session_pb.Session.DESCRIPTOR.fields_by_name) == names


@pytest.mark.parametrize("field", ["role_arn", "user_arn"])
def test_filter_carried(field: str) -> None:
    """A list is narrowed by the one filter that was sent, even an empty one."""
    message = session_pb.ListSessionsRequest(page_size=-1, page_token="p")
    setattr(message, field, "")

    assert ListSessionsRequest(
        PrincipalChoice(**{field: ""}), page_size=-1, page_token="p"
    ) == convert_session.list_sessions_request(message)


def test_page_carried() -> None:
    """A page has its sessions in order and the token of the next."""
    page = SessionList((RECORD, RECORD), "next")

    found = convert_session.list_sessions_response(page)

    assert (2, "next") == (len(found.sessions), found.next_page_token)


@pytest.mark.parametrize(
    ("field", "request_"),
    [
        ("access_key_id", RevokeSessionsRequest(access_key_id="x")),
        ("role_arn", RevokeSessionsRequest(whose=PrincipalChoice(role_arn="x"))),
        ("user_arn", RevokeSessionsRequest(whose=PrincipalChoice(user_arn="x"))),
        ("account_id", RevokeSessionsRequest(account_id="x")),
    ],
)
def test_target_carried(field: str, request_: RevokeSessionsRequest) -> None:
    """A revocation names just what was sent."""
    message = session_pb.RevokeSessionsRequest()
    setattr(message, field, "x")

    assert request_ == convert_session.revoke_sessions_request(message)


def test_missing_target_carried() -> None:
    """A revocation without a target stays without, and is not one of everything."""
    message = session_pb.RevokeSessionsRequest(reason="why")

    assert RevokeSessionsRequest(reason="why") == (
        convert_session.revoke_sessions_request(message)
    )


def test_revocation_told() -> None:
    """The answer says the number and how far the revocation has come."""
    result = RevokeSessionsResult(sequence=7, effective_everywhere=True)

    assert session_pb.RevokeSessionsResponse(sequence=7, effective_everywhere=True) == (
        convert_session.revoke_sessions_response(result)
    )


def test_key_set_told() -> None:
    """A key set has the members of each JWK, and how long it may be kept."""
    key = {
        "kty": "EC",
        "alg": "ES256",
        "use": "sig",
        "kid": "k1",
        "crv": "P-256",
        "x": "eA",
        "y": "eQ",
    }

    found = get_key_set_response(KeySet((key,), timedelta(minutes=5)))

    assert keyring_pb.Jwk(**key) == found.keys[0]
    assert timedelta(minutes=5) == found.max_age.ToTimedelta()

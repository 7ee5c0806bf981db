"""Verdicts, sessions and key sets between protobuf and their use cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from daypass.api.keyring.v1 import keyring_service_pb2 as keyring_pb
from daypass.api.session.v1 import session_service_pb2 as session_pb
from daypass.api.token.v1 import token_service_pb2 as token_pb
from daypass.api.types.v1 import session_kind_pb2
from daypass.core.session import SessionKind, SessionRecord
from daypass.rpc import convert, convert_session
from daypass.rpc.convert_keyring import get_key_set_response
from daypass.rpc.convert_token import verify_token_response
from daypass.sts.key_set import KeySet
from daypass.sts.revoke_sessions import RevokeSessionsRequest, RevokeSessionsResult
from daypass.sts.session_targets import PrincipalChoice
from daypass.sts.sessions import ListSessionsRequest, SessionList
from daypass.sts.token_judge import GoodToken, VerifiedToken
from daypass.sts.verdict import Verdict
from support.door import ACCOUNT, RECORD, USER, session_of


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
    outcome = VerifiedToken(GoodToken(session, USER), timedelta(milliseconds=1_500))

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


@given(st.datetimes(timezones=st.just(UTC)))
def test_timestamps_are_those_of_protobuf(instant: datetime) -> None:
    """An instant is what protobuf itself makes of it, before the epoch as well."""
    expected = Timestamp()
    expected.FromDatetime(instant)

    assert expected == convert.timestamp(instant)

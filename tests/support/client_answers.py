"""Answers that a fake server gives the client."""

from __future__ import annotations

from datetime import datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from daypass_client._stubs.daypass.api.keyring.v1 import keyring_service_pb2 as keyring
from daypass_client._stubs.daypass.api.session.v1 import session_service_pb2 as sessions
from daypass_client._stubs.daypass.api.sts.v1 import sts_service_pb2 as sts
from daypass_client._stubs.daypass.api.token.v1 import token_service_pb2 as tokens
from daypass_client._stubs.daypass.api.types.v1.principal_pb2 import Principal
from daypass_client._stubs.daypass.api.types.v1.session_kind_pb2 import (
    SESSION_KIND_ROLE,
)
from support.fake_daypass import credentials_of
from support.world import START


def _timestamp(time: datetime) -> Timestamp:
    message = Timestamp()
    message.FromDatetime(time)
    return message


def _duration(span: timedelta) -> Duration:
    message = Duration()
    message.FromTimedelta(span)
    return message


ROLE_ARN = "arn:aws:iam::123456789012:role/ReadOnlyRole"
SESSION_ARN = "arn:aws:sts::123456789012:assumed-role/ReadOnlyRole/me"
ROLE_ID = "AROA" + "Q" * 17

WHO = sts.GetCallerIdentityResponse(
    user_id=f"{ROLE_ID}:me", account="123456789012", arn=SESSION_ARN
)
SESSION = sessions.Session(
    access_key_id=credentials_of(5).access_key_id,
    kind=SESSION_KIND_ROLE,
    account_id="123456789012",
    principal_id=ROLE_ID,
    principal_arn=ROLE_ARN,
    session_name="me",
    issue_time=_timestamp(START),
    expire_time=_timestamp(START + timedelta(hours=1)),
    requester_arn="arn:aws:iam::111122223333:user/dev",
    parent_access_key_id=credentials_of(2, temporary=False).access_key_id,
)
SHOWN = sessions.GetSessionResponse(session=SESSION)
LISTED = sessions.ListSessionsResponse(sessions=[SESSION])
REVOKED = sessions.RevokeSessionsResponse(sequence=7, effective_everywhere=True)
VERIFIED = tokens.VerifyTokenResponse(
    verified=tokens.VerifiedToken(
        kind=SESSION_KIND_ROLE,
        principal=Principal(
            arn=SESSION_ARN, user_id=f"{ROLE_ID}:me", account_id="123456789012"
        ),
        access_key_id=credentials_of(5).access_key_id,
        session_name="me",
        issue_time=_timestamp(START),
        expire_time=_timestamp(START + timedelta(hours=1)),
        tags={"team": "shop"},
        transitive_tag_keys=["team"],
        origin_id="AIDA" + "Q" * 17,
        revocation_view_age=_duration(timedelta(milliseconds=250)),
    )
)
KEY_SET = keyring.GetKeySetResponse(
    keys=[
        keyring.Jwk(kid="k1", kty="OKP", alg="EdDSA", use="sig", crv="Ed25519", x="eA")
    ],
    max_age=_duration(timedelta(minutes=5)),
)


def assumed(
    seed: int, end: datetime, *, packed_policy_size: int | None = None
) -> sts.AssumeRoleResponse:
    """Returns a new session with the credentials of a seed, which end then."""
    credentials = credentials_of(seed)
    token = credentials.session_token
    answer = sts.AssumeRoleResponse(
        assumed_role_user=sts.AssumedRoleUser(
            arn=SESSION_ARN, assumed_role_id=f"{ROLE_ID}:me"
        ),
        packed_policy_size=packed_policy_size,
    )
    answer.credentials.access_key_id = credentials.access_key_id
    answer.credentials.secret_access_key = credentials.secret_access_key.reveal()
    answer.credentials.session_token = "" if token is None else token.reveal()
    answer.credentials.expiration.FromDatetime(end)
    return answer

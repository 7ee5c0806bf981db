"""Reads the answers of the server into values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from daypass_client._stubs.daypass.api.keyring.v1 import keyring_service_pb2 as keyring
from daypass_client._stubs.daypass.api.session.v1 import session_service_pb2 as sessions
from daypass_client._stubs.daypass.api.token.v1 import token_service_pb2 as tokens
from daypass_client._stubs.daypass.api.types.v1.credentials_pb2 import (
    Credentials as CredentialsMessage,
)
from daypass_client._stubs.daypass.api.types.v1.session_kind_pb2 import SessionKind
from daypass_client.credentials import Credentials
from daypass_client.errors import TokenRejectedError
from daypass_client.values import (
    KeySet,
    PublicKey,
    Revocation,
    Session,
    SessionPage,
    VerifiedToken,
)

_REJECTIONS: Final = MappingProxyType(
    {
        "malformed": "The token is not a session token.",
        "unknown_key": "The token is signed by a key that is not, or no longer, known.",
        "untrusted": "The signature of the token is wrong.",
        "not_yet_valid": "The token is not valid yet.",
        "expired": "The token has expired.",
        "revoked": "The token is revoked.",
        "principal_gone": "The role or user of the token was deleted.",
        # It is good, as what it is; the kinds are never taken for one another.
        "not_a_session_token": "The token is not a session token.",
        "not_an_exchanged_token": "The token did not come of an exchange.",
        "not_an_identity_token": "The token is not an identity token.",
        "wrong_issuer": "The token is of another issuer.",
        "wrong_audience": "The token is meant for others.",
    }
)


def token(message: tokens.VerifiedToken) -> VerifiedToken:
    """Reads what a good token says."""
    return VerifiedToken(
        kind=_kind(message.kind),
        principal_arn=message.principal.arn,
        principal_user_id=message.principal.user_id,
        account_id=message.principal.account_id,
        access_key_id=message.access_key_id,
        session_name=message.session_name,
        issue_time=read_time(message.issue_time),
        expire_time=read_time(message.expire_time),
        source_identity=message.source_identity,
        tags=MappingProxyType(dict(message.tags)),
        transitive_tag_keys=tuple(message.transitive_tag_keys),
        origin_id=message.origin_id,
        revocation_view_age=message.revocation_view_age.ToTimedelta(),
    )


def session(data: bytes) -> Session:
    """Reads the answer of `GetSession`."""
    return _session(sessions.GetSessionResponse.FromString(data).session)


def session_page(data: bytes) -> SessionPage:
    """Reads the answer of `ListSessions`."""
    answer = sessions.ListSessionsResponse.FromString(data)
    return SessionPage(
        tuple(_session(message) for message in answer.sessions), answer.next_page_token
    )


def revocation(data: bytes) -> Revocation:
    """Reads the answer of `RevokeSessions`."""
    answer = sessions.RevokeSessionsResponse.FromString(data)
    return Revocation(answer.sequence, answer.effective_everywhere)


def key_set(data: bytes) -> KeySet:
    """Reads the answer of `GetKeySet`."""
    answer = keyring.GetKeySetResponse.FromString(data)
    return KeySet(public_keys(answer.keys), answer.max_age.ToTimedelta())


def public_keys(keys: Iterable[keyring.Jwk]) -> tuple[PublicKey, ...]:
    """Reads public keys."""
    return tuple(
        PublicKey(
            kid=key.kid,
            kty=key.kty,
            alg=key.alg,
            use=key.use,
            crv=key.crv,
            x=key.x,
            y=key.y,
            n=key.n,
            e=key.e,
        )
        for key in keys
    )


def _session(message: sessions.Session) -> Session:
    return Session(
        access_key_id=message.access_key_id,
        kind=_kind(message.kind),
        account_id=message.account_id,
        principal_id=message.principal_id,
        principal_arn=message.principal_arn,
        session_name=message.session_name,
        issue_time=read_time(message.issue_time),
        expire_time=read_time(message.expire_time),
        requester_arn=message.requester_arn,
        parent_access_key_id=message.parent_access_key_id,
        origin_id=message.origin_id,
        source_identity=message.source_identity,
    )


def rejection(number: int) -> TokenRejectedError:
    """Returns the verdict; a reason of a newer server is told by its number."""
    try:
        name = tokens.TokenRejection.Reason.Name(number)  # type: ignore[arg-type]
    except ValueError:
        name = f"REASON_{number}"
    return rejected(name.removeprefix("REASON_").lower())


def rejected(reason: str) -> TokenRejectedError:
    """Returns the verdict of a reason."""
    return TokenRejectedError(reason, _REJECTIONS.get(reason, "The token is not good."))


def _kind(number: int) -> str:
    try:
        name = SessionKind.Name(number)  # type: ignore[arg-type]
    except ValueError:
        name = f"SESSION_KIND_{number}"
    return name.removeprefix("SESSION_KIND_").lower()


def read_credentials(message: CredentialsMessage) -> Credentials:
    """Reads credentials."""
    return Credentials.of(
        message.access_key_id,
        message.secret_access_key,
        message.session_token,
        read_time(message.expiration),
    )


def read_time(message: Timestamp) -> datetime:
    """Reads an instant."""
    return message.ToDatetime(tzinfo=UTC)

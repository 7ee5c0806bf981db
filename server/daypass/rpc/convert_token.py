"""Messages of TokenService, from the values of its use case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from google.protobuf.duration_pb2 import Duration

from daypass.api.token.v1 import token_service_pb2 as pb
from daypass.core.principal import AccountPrincipal
from daypass.core.session import Session
from daypass.rpc.convert import (
    DAY_SECONDS,
    MICROSECOND_NANOS,
    session_kind,
    set_principal,
    set_timestamp,
)
from daypass.rpc.convert_exchange import verified_exchanged_token
from daypass.sts.exchanged_judge import VerifiedExchangedToken
from daypass.sts.token_judge import VerifiedToken
from daypass.sts.verdict import Verdict

_REASONS: Final[Mapping[Verdict, pb.TokenRejection.Reason.ValueType]] = (
    MappingProxyType(
        {
            Verdict.MALFORMED: pb.TokenRejection.REASON_MALFORMED,
            Verdict.UNKNOWN_KEY: pb.TokenRejection.REASON_UNKNOWN_KEY,
            Verdict.UNTRUSTED: pb.TokenRejection.REASON_UNTRUSTED,
            Verdict.NOT_YET_VALID: pb.TokenRejection.REASON_NOT_YET_VALID,
            Verdict.EXPIRED: pb.TokenRejection.REASON_EXPIRED,
            Verdict.REVOKED: pb.TokenRejection.REASON_REVOKED,
            Verdict.PRINCIPAL_GONE: pb.TokenRejection.REASON_PRINCIPAL_GONE,
        }
    )
)


def verify_token_response(
    outcome: VerifiedToken | VerifiedExchangedToken | Verdict,
) -> pb.VerifyTokenResponse:
    """Returns the verdict on a token, which says its kind."""
    match outcome:
        case Verdict():
            return pb.VerifyTokenResponse(rejection=token_rejection(outcome))
        case VerifiedExchangedToken():
            return pb.VerifyTokenResponse(exchanged=verified_exchanged_token(outcome))
        case VerifiedToken():
            return pb.VerifyTokenResponse(verified=verified_token(outcome))


def token_rejection(verdict: Verdict) -> pb.TokenRejection:
    """Returns why a token is not good."""
    return pb.TokenRejection(reason=_REASONS[verdict])


def verified_token(found: VerifiedToken) -> pb.VerifiedToken:
    """Returns what a good token says, and as of when."""
    verified = said_by_token(found.good.session, found.good.principal)
    verified.MergeFrom(view_age(found.revocation_view_age))
    return verified


def view_age(age: timedelta) -> pb.VerifiedToken:
    """Returns as of when a token is good."""
    # As `FromTimedelta` does it, which takes four times as long.
    seconds = age.days * DAY_SECONDS + age.seconds
    nanos = age.microseconds * MICROSECOND_NANOS
    return pb.VerifiedToken(revocation_view_age=Duration(seconds=seconds, nanos=nanos))


def said_by_token(session: Session, principal: AccountPrincipal) -> pb.VerifiedToken:
    """Returns what a good token says, whenever."""
    said = pb.VerifiedToken(
        kind=session_kind(session.kind),
        access_key_id=session.access_key_id,
        session_name=session.session_name,
        source_identity=session.source_identity or "",
        origin_id=session.origin_id,
    )
    if session.tags:
        said.tags.update(session.tags)
    if session.transitive_tag_keys:
        said.transitive_tag_keys.extend(sorted(session.transitive_tag_keys))
    # In place: to make messages of their own and to copy them takes twice as long.
    set_principal(said.principal, principal)
    set_timestamp(said.issue_time, session.issue_time)
    set_timestamp(said.expire_time, session.expire_time)
    return said

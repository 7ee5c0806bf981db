"""Messages of ExchangeToken and RevokeToken, to and from the values of their use cases.

SPEC: sts-operations 6.1 and 6.2.
"""

from __future__ import annotations

from daypass.api.token.v1 import token_service_pb2 as pb
from daypass.core.exchanged_token import TYPE_OF_USE, TokenType
from daypass.core.secret import Secret
from daypass.rpc.convert import timestamp
from daypass.rpc.convert_sts import credentials
from daypass.sts.exchange_issue import ExchangeResult
from daypass.sts.exchange_request import ExchangeTokenRequest
from daypass.sts.exchanged_judge import VerifiedExchangedToken

# SPEC: RFC 8693 section 2.2.1: what is no access token is not used as one.
_BEARER = "Bearer"
_NOT_APPLICABLE = "N_A"


def exchange_token_request(message: pb.ExchangeTokenRequest) -> ExchangeTokenRequest:
    """Returns the parameters as they were sent."""
    return ExchangeTokenRequest(
        subject_token=Secret(message.subject_token),
        subject_token_type=message.subject_token_type,
        actor_token=Secret(message.actor_token) if message.actor_token else None,
        actor_token_type=message.actor_token_type or None,
        resources=tuple(message.resources),
        audiences=tuple(message.audiences),
        scopes=tuple(message.scopes),
        requested_token_type=message.requested_token_type or None,
    )


def exchange_token_response(result: ExchangeResult) -> pb.ExchangeTokenResponse:
    """Returns what was issued."""
    is_access_token = result.issued_type is TokenType.ACCESS_TOKEN
    response = pb.ExchangeTokenResponse(
        issued_token_type=result.issued_type.value,
        token_type=_BEARER if is_access_token else _NOT_APPLICABLE,
        scopes=result.scopes,
    )
    response.expires_in.FromTimedelta(result.lifetime)
    if result.token is not None:
        response.access_token = result.token.reveal_text()
    if result.credentials is not None:
        response.credentials.CopyFrom(credentials(result.credentials))
    return response


def verified_exchanged_token(
    found: VerifiedExchangedToken,
) -> pb.VerifiedExchangedToken:
    """Returns what a good token says."""
    token = found.token
    verified = pb.VerifiedExchangedToken(
        token_type=TYPE_OF_USE[token.use].value,
        token_id=token.token_id,
        subject=token.subject,
        subject_issuer=token.party.issuer,
        issuer_subject=token.party.subject,
        audiences=token.audiences,
        scopes=token.scopes,
        client_arn=token.client_arn,
        account_id=token.account_id,
        actors=[
            pb.TokenActor(issuer=actor.issuer, subject=actor.subject)
            for actor in token.actors
        ],
        issue_time=timestamp(token.issue_time),
        expire_time=timestamp(token.expire_time),
    )
    verified.revocation_view_age.FromTimedelta(found.revocation_view_age)
    return verified

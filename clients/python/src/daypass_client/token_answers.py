"""Reads the answers about tokens into values."""

from __future__ import annotations

from typing import TypeAlias

from daypass_client._stubs.daypass.api.token.v1 import token_service_pb2 as tokens
from daypass_client.answers import (
    read_credentials,
    read_time,
    rejected,
    rejection,
    token,
)
from daypass_client.errors import TokenRejectedError
from daypass_client.exchange_values import (
    ExchangedToken,
    TokenActor,
    VerifiedExchangedToken,
)
from daypass_client.secret import Secret
from daypass_client.values import VerifiedToken

# What became of a token among many.
Verified: TypeAlias = VerifiedToken | VerifiedExchangedToken | TokenRejectedError


def verified_token(data: bytes) -> VerifiedToken:
    """Reads the answer of `VerifyToken` about a session token.

    Raises:
        TokenRejectedError: the token is not good, is of another kind, or the answer
            has no verdict.
    """
    answer = tokens.VerifyTokenResponse.FromString(data)
    outcome = answer.WhichOneof("outcome")
    if outcome == "exchanged":
        raise rejected("not_a_session_token")
    if outcome != "verified":
        raise rejection(answer.rejection.reason)
    return token(answer.verified)


def verified_exchanged_token(data: bytes) -> VerifiedExchangedToken:
    """Reads the answer of `VerifyToken` about a token that came of an exchange.

    Raises:
        TokenRejectedError: the token is not good, is of another kind, or the answer
            has no verdict.
    """
    answer = tokens.VerifyTokenResponse.FromString(data)
    outcome = answer.WhichOneof("outcome")
    if outcome == "verified":
        raise rejected("not_an_exchanged_token")
    if outcome != "exchanged":
        raise rejection(answer.rejection.reason)
    return _exchanged(answer.exchanged)


def verified_tokens(data: bytes) -> tuple[Verified, ...]:
    """Reads the answer of `BatchVerifyTokens`, whatever the verdicts are."""
    answer = tokens.BatchVerifyTokensResponse.FromString(data)
    return tuple(map(_verdict, answer.results))


def exchanged_token(data: bytes) -> ExchangedToken:
    """Reads the answer of `ExchangeToken`.

    Raises:
        ValueError: nothing was issued.
    """
    answer = tokens.ExchangeTokenResponse.FromString(data)
    issued = answer.WhichOneof("issued")
    if issued is None or (issued == "access_token" and not answer.access_token):
        raise ValueError("nothing was issued")
    by_token = issued == "access_token"
    return ExchangedToken(
        token=Secret(answer.access_token) if by_token else None,
        credentials=None if by_token else read_credentials(answer.credentials),
        issued_token_type=answer.issued_token_type,
        token_type=answer.token_type,
        expires_in=answer.expires_in.ToTimedelta(),
        scopes=tuple(answer.scopes),
    )


def revoked(data: bytes) -> bool:
    """Reads the answer of `RevokeToken`: whether no server takes the token any more."""
    return tokens.RevokeTokenResponse.FromString(data).effective_everywhere


def _verdict(message: tokens.VerifyTokenResponse) -> Verified:
    outcome = message.WhichOneof("outcome")
    if outcome == "verified":
        return token(message.verified)
    if outcome == "exchanged":
        return _exchanged(message.exchanged)
    return rejection(message.rejection.reason)


def _exchanged(message: tokens.VerifiedExchangedToken) -> VerifiedExchangedToken:
    return VerifiedExchangedToken(
        token_type=message.token_type,
        token_id=message.token_id,
        subject=message.subject,
        subject_issuer=message.subject_issuer,
        issuer_subject=message.issuer_subject,
        audiences=tuple(message.audiences),
        scopes=tuple(message.scopes),
        client_arn=message.client_arn,
        account_id=message.account_id,
        actors=tuple(
            TokenActor(actor.issuer, actor.subject) for actor in message.actors
        ),
        issue_time=read_time(message.issue_time),
        expire_time=read_time(message.expire_time),
        revocation_view_age=message.revocation_view_age.ToTimedelta(),
    )

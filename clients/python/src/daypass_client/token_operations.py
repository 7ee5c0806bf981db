"""The operations about tokens: what each sends, and how its answer is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from daypass_client import token_answers as answers
from daypass_client._stubs.daypass.api.token.v1 import token_service_pb2 as tokens
from daypass_client.exchange_values import (
    ExchangedToken,
    ExchangeRequest,
    VerifiedExchangedToken,
)
from daypass_client.operations import Operation
from daypass_client.retries import Repetition
from daypass_client.token_answers import Verified
from daypass_client.values import VerifiedToken

Answer = TypeVar("Answer")

_TOKENS: Final = "/daypass.api.token.v1.TokenService"


def verify_token(token: str) -> Operation[VerifiedToken]:
    """Asks for a verdict on a session token; reading a rejection raises it."""
    return _verify(token, answers.verified_token)


def verify_exchanged_token(token: str) -> Operation[VerifiedExchangedToken]:
    """Asks for a verdict on an exchanged token; reading a rejection raises it."""
    return _verify(token, answers.verified_exchanged_token)


def batch_verify_tokens(texts: Sequence[str]) -> Operation[tuple[Verified, ...]]:
    """Asks for verdicts on many tokens, of which reading raises none."""
    request = tokens.BatchVerifyTokensRequest(tokens=texts)
    return Operation(
        f"{_TOKENS}/BatchVerifyTokens",
        request.SerializeToString(),
        answers.verified_tokens,
    )


def exchange_token(exchange: ExchangeRequest) -> Operation[ExchangedToken]:
    """Asks for another token in place of one."""
    request = tokens.ExchangeTokenRequest(
        subject_token=exchange.subject_token,
        subject_token_type=exchange.subject_token_type,
        actor_token=exchange.actor_token or "",
        actor_token_type=exchange.actor_token_type or "",
        resources=exchange.resources,
        audiences=exchange.audiences,
        scopes=exchange.scopes,
        requested_token_type=exchange.requested_token_type or "",
    )
    return Operation(
        f"{_TOKENS}/ExchangeToken",
        request.SerializeToString(),
        answers.exchanged_token,
        repetition=Repetition.SCARCE,
    )


def revoke_token(token: str) -> Operation[bool]:
    """Asks to end a token that came of an exchange."""
    request = tokens.RevokeTokenRequest(token=token)
    return Operation(
        f"{_TOKENS}/RevokeToken", request.SerializeToString(), answers.revoked
    )


def _verify(token: str, read: Callable[[bytes], Answer]) -> Operation[Answer]:
    request = tokens.VerifyTokenRequest(token=token)
    return Operation(f"{_TOKENS}/VerifyToken", request.SerializeToString(), read)

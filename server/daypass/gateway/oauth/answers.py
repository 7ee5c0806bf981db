"""What the OAuth endpoints answer when all is well.

SPEC: sts-operations 6.1 and 6.2; RFC 6749 section 5.1; RFC 8693 section 2.2.1; RFC
7662 section 2.2; details 59 and 60.
"""

from __future__ import annotations

from typing import Final

from daypass.core.clock import to_epoch_seconds
from daypass.core.exchanged_token import ExchangedToken, TokenType
from daypass.sts.exchange_issue import ExchangeResult
from daypass.tokens.exchanged_claims import act_claim

BEARER: Final = "Bearer"
# SPEC: RFC 8693 section 2.2.1: what is no access token.
_NOT_APPLICABLE: Final = "N_A"
INACTIVE: Final = {"active": False}


def token_body(result: ExchangeResult, *, exchanged: bool) -> dict[str, object]:
    """Returns what is answered to who asked for a token.

    Args:
        result: what was issued.
        exchanged: whether another token was exchanged for it.
    """
    access = result.issued_type is TokenType.ACCESS_TOKEN
    body: dict[str, object] = {
        "token_type": BEARER if access else _NOT_APPLICABLE,
        "expires_in": int(result.lifetime.total_seconds()),
    }
    if exchanged:
        body["issued_token_type"] = result.issued_type.value
    # NOTE: always said, because clients read its absence as what they asked for.
    if result.scopes:
        body["scope"] = " ".join(result.scopes)
    credentials = result.credentials
    if credentials is not None:
        token = credentials.session_token.reveal_text()
        body["access_token"] = token
        body["credentials"] = {
            "AccessKeyId": credentials.access_key_id,
            "SecretAccessKey": credentials.secret_access_key.reveal_text(),
            "SessionToken": token,
            "Expiration": credentials.expire_time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    elif result.token is not None:
        body["access_token"] = result.token.reveal_text()
    return body


def introspection_body(token: ExchangedToken, *, issuer: str) -> dict[str, object]:
    """Returns what a good access token says."""
    audiences = token.audiences
    body: dict[str, object] = {
        "active": True,
        "iss": issuer,
        "sub": token.subject,
        "aud": audiences[0] if len(audiences) == 1 else list(audiences),
        "client_id": token.client_arn,
        "token_type": BEARER,
        "iat": to_epoch_seconds(token.issue_time),
        "exp": to_epoch_seconds(token.expire_time),
        "jti": token.token_id,
    }
    if token.scopes:
        body["scope"] = token.scope
    if token.actors:
        body["act"] = act_claim(token.actors)
    return body

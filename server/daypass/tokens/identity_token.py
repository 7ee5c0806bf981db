"""Outbound identity tokens: how Daypass names its principals to other services.

A token is a compact JWS with `typ` `JWT`, signed by the ring's active key of the
algorithm that was asked for, and verified by anybody with the key set of its issuer;
see `tokens.outbound_documents`.

| Claim | Type | What it carries |
|---|---|---|
| `iss` | string | the https URL of the account's issuer |
| `aud` | string, or [string, …] for several | the services that it is for |
| `sub` | string | the ARN of the user or role, path included |
| `iat` | integer | when it was issued, in seconds since 1970 |
| `exp` | integer | when it ends, in seconds since 1970 |
| `jti` | string | a UUID that names it |
| `https://sts.amazonaws.com/` | object | facts of the principal; see `sts.identity_facts` |

SPEC: sts-operations 1.11; details 1, 45 and 59; RFC 7519 section 4.1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from daypass.core.clock import to_epoch_seconds
from daypass.core.outbound_errors import JwtPayloadSizeExceededError
from daypass.core.outbound_limits import IDENTITY_TOKEN_PAYLOAD_BYTES_MAX
from daypass.core.strict_json import JsonValue
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.ring import Ring
from daypass.tokens import jws

IDENTITY_TOKEN_TYPE: Final = "JWT"  # noqa: S105 - a media type.
# The algorithms that may be asked for, the names that clients know.
IDENTITY_TOKEN_ALGORITHMS: Final = (Algorithm.RS256, Algorithm.ES384)
FACTS_CLAIM: Final = "https://sts.amazonaws.com/"


@dataclass(frozen=True, slots=True)
class IdentityClaims:
    """What an outbound token says.

    Attributes:
        token_id: names the token.
        issuer: the https URL of the account's issuer.
        audiences: the services that it is for, one at the least.
        subject: the ARN of the user or role.
        issue_time: when it is issued, in whole seconds.
        expire_time: when it ends, in whole seconds.
        facts: what else is known of the principal; absent facts are left out.
    """

    token_id: str
    issuer: str
    audiences: tuple[str, ...]
    subject: str
    issue_time: datetime
    expire_time: datetime
    facts: Mapping[str, JsonValue]


def sign_identity_token(
    claims: IdentityClaims, ring: Ring, algorithm: Algorithm
) -> str:
    """Returns the signed token, which is a secret of whoever it names.

    Raises:
        JwtPayloadSizeExceededError: the claims take more bytes than a token has.
        InternalFailureError: the ring has no active key of the algorithm.
    """
    payload = _encode(claims)
    if len(payload) > IDENTITY_TOKEN_PAYLOAD_BYTES_MAX:
        raise JwtPayloadSizeExceededError(
            "identity_token_payload",
            message=f"The claims of the requested token take {len(payload)} bytes, and"
            f" may take {IDENTITY_TOKEN_PAYLOAD_BYTES_MAX}",
            metadata={
                "bytes": str(len(payload)),
                "bytes_max": str(IDENTITY_TOKEN_PAYLOAD_BYTES_MAX),
            },
        )
    key = ring.signing_key(algorithm)
    return jws.sign(payload, key, token_type=IDENTITY_TOKEN_TYPE)


def _encode(claims: IdentityClaims) -> bytes:
    several = len(claims.audiences) > 1
    members: dict[str, JsonValue] = {
        "iss": claims.issuer,
        "aud": list(claims.audiences) if several else claims.audiences[0],
        "sub": claims.subject,
        "iat": to_epoch_seconds(claims.issue_time),
        "exp": to_epoch_seconds(claims.expire_time),
        "jti": claims.token_id,
        FACTS_CLAIM: dict(claims.facts),
    }
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()

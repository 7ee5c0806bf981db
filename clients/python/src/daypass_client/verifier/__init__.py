"""Verifies tokens of a Daypass deployment without asking it each time.

Owns the strict reading of tokens, the keys that sign them, what is known of
revocations, and the memory of tokens that were seen. Leans on the client for the key
set and the two streams, or on the URL of a key set. It makes no call for a token, and
does not know which roles and users have been deleted since: only a server does.

`TokenVerifier` blocks where it must ask for keys, `AsyncTokenVerifier` awaits.
"""

from daypass_client.verifier.awaiting import AsyncTokenVerifier
from daypass_client.verifier.blocking import TokenVerifier
from daypass_client.verifier.jwks_url import JwksUrl
from daypass_client.verifier.values import (
    ExchangedClaims,
    IdentityClaims,
    SessionClaims,
    Verified,
    VerifierStatus,
)

__all__ = [
    "AsyncTokenVerifier",
    "ExchangedClaims",
    "IdentityClaims",
    "JwksUrl",
    "SessionClaims",
    "TokenVerifier",
    "Verified",
    "VerifierStatus",
]

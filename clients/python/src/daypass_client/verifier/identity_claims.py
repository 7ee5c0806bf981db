"""The claims of an identity token, as GetWebIdentityToken issues them.

A claim that is not known is passed on, but not one by which tokens of another kind
are told: those are never taken for identity tokens.

SPEC: RFC 7519 section 4.1; RFC 8725 section 3.11.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from daypass_client.verifier.claims import Claims
from daypass_client.verifier.errors import RefusedError, untrusted
from daypass_client.verifier.values import IdentityClaims

TOKEN_TYPE: Final = "JWT"  # noqa: S105 - a media type.
_FACTS: Final = "https://sts.amazonaws.com/"
_LIFETIME_MAX: Final = timedelta(hours=1)


def read(claims: Claims) -> tuple[IdentityClaims, datetime]:
    """Reads the claims, and from when on the token is good.

    Raises:
        RefusedError: they are not those of an identity token.
    """
    if claims.has("token_use") or claims.has("daypass"):
        raise RefusedError("not_an_identity_token")
    not_before = claims.instant_or_none("nbf")
    found = IdentityClaims(
        token_id=claims.text("jti"),
        issuer=claims.text("iss"),
        subject=claims.text("sub"),
        audiences=claims.text_or_texts("aud"),
        issue_time=claims.instant("iat"),
        expire_time=claims.instant("exp"),
        facts=MappingProxyType(claims.members(_FACTS).rest()),
        others=MappingProxyType(claims.rest()),
    )
    if not timedelta(0) < found.expire_time - found.issue_time <= _LIFETIME_MAX:
        raise untrusted()
    begin = max(found.issue_time, not_before or found.issue_time)
    return found, begin

"""An assertion that is a grant: that it is meant for us.

All else about it is checked as for the subject token of an exchange. An ID token is
meant for a client and is no such assertion, whoever signed it (attacks J28).

SPEC: RFC 7523 section 3, item 3; sts-operations 6.5.
"""

from __future__ import annotations

from daypass.core import exchange_limits
from daypass.core.oauth_errors import InvalidGrantError
from daypass.core.secret import Secret
from daypass.tokens import compact
from daypass.tokens.errors import TokenRefusedError


def check_meant_for(assertion: Secret, issuer: str) -> None:
    """Returns when an assertion names us in its audience, true or not.

    Args:
        assertion: of which nothing is known to be true; whoever goes on checks it.
        issuer: our issuer identifier.

    Raises:
        InvalidGrantError: it does not, or is no assertion.
    """
    most = exchange_limits.PRESENTED_TOKEN_CHARACTERS_MAX
    try:
        _, payload, _ = compact.split(assertion.reveal_text(), ".", size_max=most)
        claims = compact.read_claims(compact.decode(payload), size_max=most)
    except TokenRefusedError as error:
        raise InvalidGrantError(f"assertion_{error.reason}") from None
    audience = claims.get("aud")
    if audience != issuer and not (isinstance(audience, list) and issuer in audience):
        raise InvalidGrantError("assertion_audience")

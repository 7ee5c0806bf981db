"""The claims of an HTTP request as most clients send it, read in one go.

SPEC: sts-operations 3.4 steps 1 to 3, 7 and 8.
"""

from __future__ import annotations

from daypass.core.secret import Secret
from daypass.sigv4.authorization import usual_authorization
from daypass.sigv4.http_claims import AMZ_DATE, AMZ_HASH, HttpClaims
from daypass.sigv4.http_headers import (
    AUTHORIZATION,
    DATE,
    HOST,
    TOKEN,
    names_and_values,
)
from daypass.sigv4.http_request import HttpRequest
from daypass.sigv4.layout import USUAL_NAMES_MAX, usual_layout
from daypass.sigv4.scope import parse_timestamp


def usual_claims(request: HttpRequest) -> tuple[HttpClaims, str] | None:
    """Returns what a usual request claims, and its signed headers in their form.

    It has an Authorization header and no query, says when it was signed in
    `X-Amz-Date` alone, and each of its headers stands once. All that must be signed is,
    the host as well, and is signed as it stands. So each rule for other requests has
    been kept; where this returns None, those rules are asked.

    Raises:
        IncompleteSignatureError: a name of a header is none, or the time of signing
            is; whoever asks the rules learns of that first, too.
    """
    if request.query or request.authority:
        return None
    names, values = names_and_values(request)
    headers = dict(zip(names, values, strict=True))
    value, timestamp = headers.get(AUTHORIZATION), headers.get(AMZ_DATE)
    once = len(headers) == len(names) <= USUAL_NAMES_MAX
    if not once or value is None or timestamp is None or DATE in headers:
        return None
    authorization = usual_authorization(value)
    if authorization is None or HOST not in authorization.signed_headers:
        return None
    layout = usual_layout(names, authorization.signed_headers)
    text = layout.fill(headers) if layout is not None else None
    if text is None:
        return None
    token = headers.get(TOKEN)
    claims = HttpClaims(
        authorization,
        timestamp,
        parse_timestamp(timestamp),
        None if token is None else Secret(token),
        headers.get(AMZ_HASH),
        None,
    )
    return claims, text

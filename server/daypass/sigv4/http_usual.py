"""The claims of an HTTP request as most clients send it, read in one go.

SPEC: sts-operations 3.4 steps 1 to 3, 7 and 8.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from daypass.core.secret import Secret
from daypass.sigv4.authorization import Authorization, usual_parts
from daypass.sigv4.http_claims import AMZ_DATE, AMZ_HASH, HttpClaims
from daypass.sigv4.http_headers import (
    AUTHORIZATION,
    DATE,
    HOST,
    TOKEN,
    check_size,
    lower_names,
)
from daypass.sigv4.http_request import HttpRequest
from daypass.sigv4.layout import USUAL_NAMES_MAX, Layout, usual_layout
from daypass.sigv4.scope import parse_timestamp

# There are few kinds of client, and each list of names is 32 KiB at worst.
_LAYOUTS_KEPT: Final = 128


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
    headers = dict(request.headers)
    if len(headers) != len(request.headers):
        return None
    check_size(headers, headers.values())
    sent = tuple(headers)
    names = lower_names(sent)
    if names != sent:
        headers = dict(zip(names, headers.values(), strict=True))
    value, timestamp = headers.get(AUTHORIZATION), headers.get(AMZ_DATE)
    if value is None or timestamp is None or len(headers) != len(names):
        return None
    parts = usual_parts(value)
    if parts is None:
        return None
    authorization = Authorization(*parts)
    layout = _layout(names, authorization.signed_headers)
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


@lru_cache(maxsize=_LAYOUTS_KEPT)
def _layout(names: tuple[str, ...], signed_headers: tuple[str, ...]) -> Layout | None:
    """Returns the layout of a request, or None where its names need a rule."""
    many = len(names) > USUAL_NAMES_MAX
    if many or DATE in names or HOST not in signed_headers:
        return None
    return usual_layout(names, signed_headers)

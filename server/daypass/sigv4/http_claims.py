"""What the proof of an HTTP request claims, in either of its two forms.

The header form has an Authorization header. The query form, of presigned requests,
has parameters in its place. A request that has anything of both is refused.

SPEC: sts-operations 3.4 steps 1 to 3 and 3.5; attacks V03, V06, V13, V14, V19.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from daypass.core import limits
from daypass.core.errors import (
    IncompleteSignatureError,
    MissingAuthenticationTokenError,
    SignatureDoesNotMatchError,
)
from daypass.core.quick import quick_init
from daypass.core.secret import Secret
from daypass.sigv4.authorization import (
    Authorization,
    parse_authorization,
    read_authorization,
)
from daypass.sigv4.http_headers import AUTHORIZATION, DATE, TOKEN, Headers
from daypass.sigv4.scope import parse_date, parse_timestamp, print_timestamp
from daypass.sigv4.signature import ALGORITHM

AMZ_DATE: Final = "x-amz-date"
AMZ_HASH: Final = "x-amz-content-sha256"
_REQUIRED: Final = {
    "algorithm": "X-Amz-Algorithm",
    "credential": "X-Amz-Credential",
    "signature": "X-Amz-Signature",
    "signed_headers": "X-Amz-SignedHeaders",
    "date": "X-Amz-Date",
}
_EXPIRES_NAME: Final = "X-Amz-Expires"
_QUERY_TOKEN: Final = "X-Amz-Security-Token"  # noqa: S105 - a parameter's name.
_QUERY_HASH: Final = "X-Amz-Content-Sha256"
# Whatever has one of these is presigned, or wants to be taken for it.
_PRESIGNED: Final = frozenset({*_REQUIRED.values(), _EXPIRES_NAME, _QUERY_TOKEN})
_SPELLINGS: Final = {name.lower(): name for name in (*_PRESIGNED, _QUERY_HASH)}
_EXPIRES: Final = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


@quick_init
@dataclass(frozen=True, slots=True)
class HttpClaims:
    """What a proof claims, of which nothing is known to be true.

    Attributes:
        authorization: whose key signed, for what, and the signature.
        timestamp: when it was signed, as it was signed.
        signed_at: the same instant.
        session_token: the token that came with it, or None.
        content_sha256: what it says about the hash of the body, or None.
        lifetime: how long it says that it is good for; None in the header form.
    """

    authorization: Authorization
    timestamp: str = field(repr=False)
    signed_at: datetime
    session_token: Secret | None
    content_sha256: str | None
    lifetime: timedelta | None


def read_claims(
    headers: Headers,
    parameters: Sequence[tuple[str, str]],
    *,
    expires_optional: bool = False,
) -> HttpClaims:
    """Finds the proof of a request.

    Args:
        headers: the headers.
        parameters: the decoded parameters of the query.
        expires_optional: whether the query form may leave out its lifetime, which
            is the longest there is then.

    Raises:
        MissingAuthenticationTokenError: there is none, or of a kind not taken.
        IncompleteSignatureError: it is malformed, or of both forms.
        SignatureDoesNotMatchError: its two dates disagree.
    """
    ours = _parameters(parameters)
    if not _PRESIGNED.isdisjoint(ours):
        if AUTHORIZATION in headers:
            raise IncompleteSignatureError("two_forms")
        return _query_form(headers, ours, expires_optional=expires_optional)
    return _header_form(headers, ours)


def _parameters(parameters: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Returns the parameters of a signature, each of which stands once."""
    found: dict[str, str] = {}
    for name, value in parameters:
        spelling = _SPELLINGS.get(name.lower())
        if spelling is None:
            continue
        if spelling != name:
            raise IncompleteSignatureError("query_parameter_case")
        if name in found:
            raise IncompleteSignatureError("query_parameter_repeated")
        found[name] = value
    return found


def _header_form(headers: Headers, parameters: Mapping[str, str]) -> HttpClaims:
    value = headers.single(AUTHORIZATION)
    if value is None:
        raise MissingAuthenticationTokenError("no_proof")
    authorization = parse_authorization(value)
    timestamp, signed_at = _timestamp(headers)
    token = headers.single(TOKEN)
    return HttpClaims(
        authorization=authorization,
        timestamp=timestamp,
        signed_at=signed_at,
        session_token=None if token is None else Secret(token),
        content_sha256=_agreed(headers.single(AMZ_HASH), parameters.get(_QUERY_HASH)),
        lifetime=None,
    )


def _timestamp(headers: Headers) -> tuple[str, datetime]:
    """Returns the time of signing: X-Amz-Date, and without it Date."""
    amz, date = headers.single(AMZ_DATE), headers.single(DATE)
    if amz is None:
        if date is None:
            raise IncompleteSignatureError("timestamp_missing")
        signed_at = parse_date(date)
        return print_timestamp(signed_at), signed_at
    signed_at = parse_timestamp(amz)
    # A client may write its Date when it sends and not when it signs.
    if date is not None and abs(parse_date(date) - signed_at) > (
        limits.SIGNATURE_SKEW_MAX
    ):
        raise SignatureDoesNotMatchError("dates_disagree")
    return amz, signed_at


def _query_form(
    headers: Headers, parameters: Mapping[str, str], *, expires_optional: bool
) -> HttpClaims:
    parts = {part: parameters.get(name) for part, name in _REQUIRED.items()}
    expires = parameters.get(_EXPIRES_NAME)
    if not expires_optional:
        parts["expires"] = expires
    given = {part: value for part, value in parts.items() if value}
    if given.get("algorithm", ALGORITHM) != ALGORITHM:
        raise MissingAuthenticationTokenError("proof_of_another_kind")
    if given.keys() != parts.keys():
        names = ", ".join((*_REQUIRED.values(), _EXPIRES_NAME))
        raise IncompleteSignatureError(
            "query_parameter_missing",
            message=f"AWS query-string parameters must include {names}.",
        )
    timestamp = given["date"]
    # The header, where it is sent as well, says the same.
    _agreed(headers.single(AMZ_DATE), timestamp)
    token = _agreed(headers.single(TOKEN), parameters.get(_QUERY_TOKEN))
    return HttpClaims(
        authorization=read_authorization(
            credential=given["credential"],
            signed_headers=given["signed_headers"],
            signature=given["signature"],
        ),
        timestamp=timestamp,
        signed_at=parse_timestamp(timestamp),
        session_token=None if token is None else Secret(token),
        content_sha256=_agreed(headers.single(AMZ_HASH), parameters.get(_QUERY_HASH)),
        lifetime=_lifetime(expires),
    )


def _lifetime(text: str | None) -> timedelta:
    if text is None:
        return limits.PRESIGNED_LIFETIME_MAX
    if _EXPIRES.fullmatch(text) is None:
        raise IncompleteSignatureError("expires_form")
    lifetime = timedelta(seconds=int(text))
    if lifetime > limits.PRESIGNED_LIFETIME_MAX:
        raise IncompleteSignatureError("expires_too_long")
    return lifetime


def _agreed(header: str | None, parameter: str | None) -> str | None:
    """Returns what is said in a header, in the query, or in both alike."""
    if header is None or parameter is None or header == parameter:
        return parameter if header is None else header
    raise IncompleteSignatureError("header_and_query_differ")

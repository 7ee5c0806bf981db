"""The form that every compact JWS has, whoever signed it.

SPEC: RFC 7515 sections 3.1, 5.2 and 7.1, narrowed: three parts, each the one
base64url spelling of its bytes, and a header in strict JSON. What the header may
say is for those to decide who know where the token comes from (attacks J16, J18,
J20, J31, J34 to J36, J47, J48).
"""

from __future__ import annotations

from typing import AnyStr, Final

from daypass.core import base64url
from daypass.core.strict_json import InvalidJsonError, JsonValue, loads_object
from daypass.tokens.errors import TokenRefusedError

_PARTS: Final = 3


def split(
    token: AnyStr, dot: AnyStr, *, size_max: int
) -> tuple[AnyStr, AnyStr, AnyStr]:
    """Parts a token into header, payload and signature, none of them empty.

    Args:
        token: the token, as text or as bytes.
        dot: what stands between its parts, in the same form.
        size_max: the longest token that is looked at, in characters, or bytes.

    Raises:
        TokenRefusedError: it is too long, or not three parts.
    """
    if len(token) > size_max:
        raise TokenRefusedError("too_long")
    parts = token.split(dot, _PARTS)
    if len(parts) != _PARTS or not all(parts):
        raise TokenRefusedError("not_three_parts")
    header, payload, signature = parts
    return header, payload, signature


def decode(part: str | bytes) -> bytes:
    """Decodes a part.

    Raises:
        TokenRefusedError: it is not the one spelling of any bytes.
    """
    try:
        return base64url.decode(part)
    except base64url.InvalidBase64UrlError:
        raise TokenRefusedError("not_canonical_base64url") from None


def read_header(part: str | bytes, *, size_max: int) -> dict[str, JsonValue]:
    """Returns the members of the header.

    Args:
        part: the header as it stands in the token.
        size_max: the longest header that is looked at, in bytes.

    Raises:
        TokenRefusedError: it is not an object in strict JSON.
    """
    try:
        return loads_object(decode(part), size_max=size_max)
    except InvalidJsonError:
        raise TokenRefusedError("header_not_json") from None


def read_claims(payload: bytes, *, size_max: int) -> dict[str, JsonValue]:
    """Returns the members of a payload that has been decoded.

    Raises:
        TokenRefusedError: it is not an object in strict JSON.
    """
    try:
        return loads_object(payload, size_max=size_max)
    except InvalidJsonError:
        raise TokenRefusedError("claims_not_json") from None


def header_text(value: JsonValue) -> str:
    """Returns a member of the header that must be a string.

    Raises:
        TokenRefusedError: it is something else.
    """
    if not isinstance(value, str):
        raise TokenRefusedError("header_member_not_a_string")
    return value

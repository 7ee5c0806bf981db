"""The one form of a token: three parts, one spelling, a header of three members.

SPEC: RFC 7515 sections 3.1, 4.1, 5.2 and 7.1; RFC 8725, narrowed: every header
member but `alg`, `kid` and `typ` is refused, and so are both JSON serializations,
detached and unencoded payloads (RFC 7797), and nesting.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from daypass_client.verifier import base64url
from daypass_client.verifier.errors import malformed
from daypass_client.verifier.strict_json import loads_object

_MEMBERS: Final = frozenset({"alg", "kid", "typ"})
_PARTS: Final = 3
# A deployment has a few keys, each with its header.
_HEADERS_MAX: Final = 64


class Header(NamedTuple):
    """What a token says of itself, of which nothing is known to be true."""

    algorithm: str
    kid: str
    token_type: str


class UnverifiedToken(NamedTuple):
    """A token in the right form; it shows its header and no more."""

    header: Header
    payload: bytes
    signature: bytes
    signing_input: bytes

    def __repr__(self) -> str:
        """Shows the header."""
        return f"UnverifiedToken({self.header})"


def parse(token: bytes) -> UnverifiedToken:
    """Takes a token apart without believing any of it.

    Raises:
        RefusedError: it is not in the one form. Its size is the caller's to bound.
    """
    parts = token.split(b".", _PARTS)
    if len(parts) != _PARTS or not all(parts):
        raise malformed()
    try:
        return UnverifiedToken(
            _header(parts[0]),
            base64url.decode(parts[1]),
            base64url.decode(parts[2]),
            token[: -len(parts[2]) - 1],
        )
    except ValueError:
        raise malformed() from None


@lru_cache(maxsize=_HEADERS_MAX)
def _header(part: bytes) -> Header:
    """Reads a header; the few that a deployment has are read once each.

    Raises:
        ValueError: it is not one of ours in form.
    """
    members = loads_object(base64url.decode(part))
    algorithm, kid, token_type = (members.get(name) for name in ("alg", "kid", "typ"))
    if members.keys() != _MEMBERS or not (
        isinstance(algorithm, str)
        and isinstance(kid, str)
        and isinstance(token_type, str)
    ):
        raise ValueError("not the members of a header of ours")
    return Header(algorithm, kid, token_type)

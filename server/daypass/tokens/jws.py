"""Compact JWS for tokens of our own, in one strict form.

SPEC: RFC 7515 sections 3.1, 4.1, 5 and 7.1; RFC 8725. Left out on purpose: every
header member but `alg`, `kid` and `typ`; both JSON serializations; detached and
unencoded payloads (RFC 7797); nesting. A token has exactly one spelling: the
base64url of each part is canonical, the received bytes are what is verified, and
of two signatures that would both verify only one is taken (attacks J01 to J52).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from daypass.core import base64url, limits
from daypass.core.quick import quick_init
from daypass.keyring.errors import WrongSignatureError
from daypass.keyring.key import SigningKey, VerifyingKey
from daypass.tokens import compact
from daypass.tokens.errors import TokenRefusedError
from daypass.tokens.signature_checks import SignatureChecks

_HEADER_MEMBERS: Final = frozenset({"alg", "kid", "typ"})
# Three bytes are four characters of base64url.
_GROUP_BYTES: Final = 3
_GROUP_CHARACTERS: Final = 4
# A ring has a few keys, each with its header.
_HEADERS_MAX: Final = 64


@quick_init
@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """A token in the right form, of which nothing is known to be true.

    It shows what is needed to find the key, and tells whose it says that it is.

    Attributes:
        algorithm: what the token says signed it; the key decides.
        kid: the name of the key that it claims.
        token_type: the kind of token that it claims to be.
    """

    algorithm: str
    kid: str
    token_type: str
    _text: bytes = field(repr=False)
    _payload: bytes = field(repr=False)
    _signature: bytes = field(repr=False)

    def verify(
        self,
        key: VerifyingKey,
        *,
        token_type: str,
        checks: SignatureChecks,
        digest: bytes | None = None,
    ) -> bytes:
        """Returns the claims as they were signed, once the key has vouched for them.

        Whether they are JSON is seen when they are read.

        Args:
            key: the live key of the token's `kid`.
            token_type: the only kind of token that is expected.
            checks: remembers signatures that were checked before.
            digest: the SHA-256 of the whole token, where that is known.

        Raises:
            TokenRefusedError: the key made no such token of this type.
        """
        if self.algorithm != key.algorithm:
            raise TokenRefusedError("algorithm_not_of_key")
        if self.token_type != token_type:
            raise TokenRefusedError("wrong_type")
        if digest is None:
            digest = hashlib.sha256(self._text).digest()
        if checks.get(digest) != key.kid:
            self._check_signature(key)
            checks.put(digest, key.kid)
        return self._payload

    def claims_issuer(self, issuer: str) -> bool:
        """Tells whether it says that it is of an issuer, which need not be true."""
        try:
            members = compact.read_claims(
                self._payload, size_max=limits.TOKEN_BYTES_MAX
            )
        except TokenRefusedError:
            return False
        return members.get("iss") == issuer

    def _check_signature(self, key: VerifyingKey) -> None:
        signing_input = self._text[: self._text.rindex(b".")]
        try:
            key.verify(self._signature, signing_input)
        except WrongSignatureError:
            raise TokenRefusedError("wrong_signature") from None
        if not key.is_sole_form(self._signature):
            raise TokenRefusedError("wrong_signature")


def parse(token: bytes) -> UnverifiedToken:
    """Takes a token apart without believing any of it.

    Raises:
        TokenRefusedError: it is too long, or not in the one form.
    """
    header, payload, signature = compact.split(
        token, b".", size_max=limits.TOKEN_BYTES_MAX
    )
    try:
        return UnverifiedToken(
            *_read_header(header),
            token,
            base64url.decode(payload),
            base64url.decode(signature),
        )
    except base64url.InvalidBase64UrlError:
        raise TokenRefusedError("not_canonical_base64url") from None


def claimed_type(token: bytes) -> str | None:
    """Returns what kind of token one claims to be, by its header alone.

    It is None where the header is not of the one form; nothing else is looked at.
    """
    if len(token) > limits.TOKEN_BYTES_MAX:
        return None
    try:
        return _read_header(token.partition(b".")[0])[2]
    except TokenRefusedError:
        return None


class TokenSigner:
    """Signs claims of one kind with one key.

    Args:
        key: the key, which brings its algorithm.
        token_type: the kind of token, its `typ`.
        size_min: the fewest characters that a token shall have. It is reached by
            blanks behind the JSON, where they mean nothing; where base64 has no
            token of just that length, the token is one character longer.
    """

    __slots__ = ("_head", "_payload_bytes_min", "_sign")

    def __init__(self, key: SigningKey, *, token_type: str, size_min: int = 0) -> None:
        self._sign = key.sign
        header = _header(key.algorithm.value, key.kid, token_type)
        self._head = b"%b." % header.encode("ascii")
        others = len(self._head) + 1 + _encoded_size(key.signature_bytes)
        self._payload_bytes_min = _decoded_size(size_min - others)

    def sign(self, payload: bytes) -> bytes:
        """Returns the token of claims, which are JSON; it is ASCII."""
        if self._payload_bytes_min:
            payload = payload.ljust(self._payload_bytes_min)
        signing_input = self._head + base64url.encode_ascii(payload)
        signature = base64url.encode_ascii(self._sign(signing_input))
        return b"%b.%b" % (signing_input, signature)


def sign(payload: bytes, key: SigningKey, *, token_type: str, size_min: int = 0) -> str:
    """Signs claims once; see `TokenSigner`."""
    signer = TokenSigner(key, token_type=token_type, size_min=size_min)
    return signer.sign(payload).decode("ascii")


@lru_cache(maxsize=_HEADERS_MAX)
def _header(algorithm: str, kid: str, token_type: str) -> str:
    text = f'{{"alg":"{algorithm}","kid":"{kid}","typ":"{token_type}"}}'
    # Blanks fill the header up to whole groups of base64, so that tokens can
    # have every length that is a multiple of four, the largest allowed included.
    return base64url.encode(
        text.ljust(-(-len(text) // _GROUP_BYTES) * _GROUP_BYTES).encode("ascii")
    )


@lru_cache(maxsize=_HEADERS_MAX)
def _read_header(part: bytes) -> tuple[str, str, str]:
    """Returns `alg`, `kid` and `typ`; a ring's few headers are read once each."""
    members = compact.read_header(part, size_max=limits.TOKEN_BYTES_MAX)
    if members.keys() != _HEADER_MEMBERS:
        raise TokenRefusedError("header_members")
    return (
        compact.header_text(members["alg"]),
        compact.header_text(members["kid"]),
        compact.header_text(members["typ"]),
    )


def _encoded_size(count: int) -> int:
    """Returns how many characters so many bytes take."""
    return -(-count * _GROUP_CHARACTERS // _GROUP_BYTES)


def _decoded_size(characters: int) -> int:
    """Returns the fewest bytes that take at least so many characters."""
    return max(0, _GROUP_BYTES * (characters - 1) // _GROUP_CHARACTERS + 1)

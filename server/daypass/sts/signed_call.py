"""A signed call, of which there is one however often it is sent.

Two calls are one where the same key made the same signature: it covers the method,
the message, the time of signing and every entry that counts, so that a call that
differs in any of these has another one.

SPEC: sts-operations 3.4; attacks V01; decisions 0013 and 0054.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from daypass.core import base64url
from daypass.core.errors import SignatureDoesNotMatchError
from daypass.core.quick import quick_init

_LABEL: Final = "daypass signed call"
_USED: Final = (
    "This signed request has been answered before, and its answer cannot be given"
    " again. Sign a new request."
)
# What the message says, for programs: a client that repeats a call signs it anew.
_SIGN_ANEW: Final = MappingProxyType({"sign_anew": "true"})
_ID_BYTES: Final = 16


@quick_init
@dataclass(frozen=True, slots=True)
class SignedCall:
    """A call whose signature has been verified.

    Attributes:
        access_key_id: the credentials that signed it.
        signature: the signature, 64 characters of lower-case hex.
        sign_time: when it says that it was signed.
        expire_time: the last instant at which it proves anything.
        payload_sha256: the hash of what it covers besides, in lower-case hex, or None
            where it covers no body.
    """

    access_key_id: str
    signature: str = field(repr=False)
    sign_time: datetime
    expire_time: datetime
    payload_sha256: str | None = None
    _digest: bytes | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def digest(self) -> bytes:
        """Names the call, in 32 bytes; made when what issues something asks for it."""
        digest = self._digest
        if digest is None:
            text = f"{_LABEL}\n{self.access_key_id}\n{self.signature}"
            digest = hashlib.sha256(text.encode("utf-8")).digest()
            # It follows from the fields, and is no part of what the call is.
            object.__setattr__(self, "_digest", digest)
        return digest

    @property
    def call_id(self) -> str:
        """A short form of the digest, for the record of what was issued."""
        return call_id(self.digest)

    def digest_of(self, item: int | None) -> bytes:
        """Names one item of a call that asks for several things; None for all of it."""
        digest = self._digest or self.digest
        if item is None:
            return digest
        return hashlib.sha256(b"%s:%d" % (digest, item)).digest()


def call_id(digest: bytes) -> str:
    """Returns a short form of what names a call, or an item."""
    return base64url.encode(digest[:_ID_BYTES])


def answered_before(detail: str) -> SignatureDoesNotMatchError:
    """Returns the refusal of a call whose answer cannot be given again."""
    return SignatureDoesNotMatchError(detail, message=_USED, metadata=_SIGN_ANEW)

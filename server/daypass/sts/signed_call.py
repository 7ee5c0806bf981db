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
    """A call whose signature has been verified, or one item of it.

    Attributes:
        digest: names it.
        sign_time: when it says that it was signed.
        expire_time: the last instant at which it proves anything.
    """

    digest: bytes = field(repr=False)
    sign_time: datetime
    expire_time: datetime

    @property
    def call_id(self) -> str:
        """A short form of the digest, for the record of what was issued."""
        return base64url.encode(self.digest[:_ID_BYTES])

    def item(self, number: int) -> SignedCall:
        """Returns one item of a call that asks for several things."""
        digest = hashlib.sha256(b"%s:%d" % (self.digest, number)).digest()
        return SignedCall(digest, self.sign_time, self.expire_time)


def signed_call(
    *, access_key_id: str, signature: str, sign_time: datetime, expire_time: datetime
) -> SignedCall:
    """Returns the call of a signature that has been verified."""
    text = f"{_LABEL}\n{access_key_id}\n{signature}"
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return SignedCall(digest, sign_time, expire_time)


def answered_before(detail: str) -> SignatureDoesNotMatchError:
    """Returns the refusal of a call whose answer cannot be given again."""
    return SignatureDoesNotMatchError(detail, message=_USED, metadata=_SIGN_ANEW)

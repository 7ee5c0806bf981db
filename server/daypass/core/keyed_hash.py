"""HMAC-SHA-256 under a key that is taken in once.

HMAC takes its key into two hashes before the message. For messages as short as ours
that is most of the work, and OpenSSL does it anew for each of them.

SPEC: RFC 2104 sections 2 and 4.
"""

from __future__ import annotations

import hashlib
from typing import Final, final

from daypass.core.secret import REDACTED, Secret

# For a hash of this block: what the key is mixed with, byte by byte.
_BLOCK_BYTES: Final = 64
_INNER_PAD: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD: Final = bytes(byte ^ 0x5C for byte in range(256))


@final
class KeyedHash:
    """A key that authenticates messages, and prints as nothing.

    Args:
        key: at most a block of 64 bytes; a longer one would have to be hashed.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: Secret) -> None:
        octets = key.reveal()
        assert len(octets) <= _BLOCK_BYTES, "a longer key is hashed before it is used"
        block = octets.ljust(_BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(block.translate(_INNER_PAD))
        self._outer = hashlib.sha256(block.translate(_OUTER_PAD))

    def digest(self, message: bytes) -> bytes:
        """Returns the HMAC of a message, 32 bytes."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()

    def __repr__(self) -> str:
        """Shows that something is here, and nothing of it."""
        return REDACTED

    def __reduce__(self) -> str | tuple[object, ...]:
        """Refuses to be pickled or copied."""
        message = "a KeyedHash is not pickled"
        raise TypeError(message)

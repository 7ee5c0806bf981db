"""Remembers which tokens' signatures have been checked.

A check costs some sixty microseconds, a digest less than one. Only the check of
the signature is remembered, never what the token says or whether it is still
good: times and the life of the key are looked at every time.
"""

from __future__ import annotations

from daypass.core import limits
from daypass.core.lru import LruCache
from daypass.keyring.key import VerifyingKey


class SignatureChecks:
    """A bounded memory of tokens that were signed by a key.

    A token is known by the SHA-256 of every byte of it, signature included, so
    that one with the same claims and another signature is not (attacks J54).

    Args:
        size_max: how many tokens it remembers.
    """

    def __init__(self, *, size_max: int = limits.VERIFIED_TOKENS_MAX) -> None:
        self._kids: LruCache[bytes, str] = LruCache(size_max=size_max)

    def holds(self, digest: bytes, key: VerifyingKey) -> bool:
        """Tells whether this key was seen to have signed the token."""
        return self._kids.get(digest) == key.kid

    def add(self, digest: bytes, key: VerifyingKey) -> None:
        """Remembers that this key has signed the token."""
        self._kids.put(digest, key.kid)

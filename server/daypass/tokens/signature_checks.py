"""Remembers which tokens' signatures have been checked.

A check costs some sixty microseconds, a digest less than one. Only the check of
the signature is remembered, never what the token says or whether it is still
good: times and the life of the key are looked at every time.
"""

from __future__ import annotations

from daypass.core import limits
from daypass.core.lru import LruCache


class SignatureChecks(LruCache[bytes, str]):
    """By which key a token was seen to be signed, for a bounded number of tokens.

    A token is known by the SHA-256 of every byte of it, signature included, so
    that one with the same claims and another signature is not (attacks J54). What is
    remembered of it is the `kid`.

    Args:
        size_max: how many tokens it remembers.
    """

    def __init__(self, *, size_max: int = limits.VERIFIED_TOKENS_MAX) -> None:
        super().__init__(size_max=size_max)

"""The closed list of signature algorithms.

An algorithm belongs to a key and never to a token. Adding one is a member here
and a row in `keyring.schemes`.

SPEC: design 6; RFC 7518 section 3.1; RFC 8037 section 3.1.
"""

from __future__ import annotations

from enum import StrEnum


class Algorithm(StrEnum):
    """The algorithms that keys of the ring may have, named as in RFC 7518."""

    # Ed25519 only, never Ed448 (RFC 8032).
    EDDSA = "EdDSA"
    # ECDSA on P-256 with SHA-256.
    ES256 = "ES256"

"""The closed list of signature algorithms.

An algorithm belongs to a key and never to a token. Adding one is a member here
and a row in `keyring.schemes`.

SPEC: design 6; RFC 7518 section 3.1; RFC 8037 section 3.1.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Algorithm(StrEnum):
    """The algorithms that keys of the ring may have, named as in RFC 7518."""

    # Ed25519 only, never Ed448 (RFC 8032).
    EDDSA = "EdDSA"
    # ECDSA on P-256 with SHA-256.
    ES256 = "ES256"
    # ECDSA on P-384 with SHA-384.
    ES384 = "ES384"
    # RSASSA-PKCS1-v1_5 with SHA-256 and keys of 3,072 bits.
    RS256 = "RS256"


# Those whose keys come from injected randomness alone, so that a seed repeats them,
# and at once. An RSA key takes a quarter of a second and no seed.
SEEDED_ALGORITHMS: Final = (Algorithm.EDDSA, Algorithm.ES256, Algorithm.ES384)

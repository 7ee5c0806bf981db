"""The closed list of algorithms that identity providers may sign with.

No `none`, no HMAC, no PSS, no EdDSA. An algorithm belongs to a key; what a token
says is only compared with it (attacks J01 to J05, O20).

SPEC: sts-operations 1.3; RFC 7518 sections 3.3 and 3.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import (
    SHA256,
    SHA384,
    SHA512,
    HashAlgorithm,
)

from daypass.keyring.ecdsa import EcdsaScheme


class IdTokenAlgorithm(StrEnum):
    """The algorithms, named as in RFC 7518."""

    RS256 = "RS256"
    RS384 = "RS384"
    RS512 = "RS512"
    ES256 = "ES256"
    ES384 = "ES384"
    ES512 = "ES512"


# RSASSA-PKCS1-v1_5; one key may serve all three.
RSA_HASHES: Final[Mapping[IdTokenAlgorithm, HashAlgorithm]] = MappingProxyType(
    {
        IdTokenAlgorithm.RS256: SHA256(),
        IdTokenAlgorithm.RS384: SHA384(),
        IdTokenAlgorithm.RS512: SHA512(),
    }
)

# ECDSA; the curve fixes the hash, so that a key has one algorithm.
CURVES: Final[Mapping[str, tuple[IdTokenAlgorithm, EcdsaScheme]]] = MappingProxyType(
    {
        name: (
            algorithm,
            EcdsaScheme(curve=curve, curve_name=name, hash_algorithm=hash_algorithm),
        )
        for name, algorithm, curve, hash_algorithm in (
            ("P-256", IdTokenAlgorithm.ES256, ec.SECP256R1(), SHA256()),
            ("P-384", IdTokenAlgorithm.ES384, ec.SECP384R1(), SHA384()),
            ("P-521", IdTokenAlgorithm.ES512, ec.SECP521R1(), SHA512()),
        )
    }
)


def algorithm_named(name: object) -> IdTokenAlgorithm | None:
    """Returns the algorithm of this exact name, or None where it is not taken."""
    if isinstance(name, str) and name in IdTokenAlgorithm.__members__:
        return IdTokenAlgorithm(name)
    return None

"""The table of algorithms: which scheme each one is, with all its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from daypass.keyring.algorithm import Algorithm
from daypass.keyring.ecdsa import EcdsaScheme
from daypass.keyring.ed25519 import Ed25519Scheme
from daypass.keyring.rsa import RsaScheme
from daypass.keyring.scheme import Scheme

SCHEMES: Final[Mapping[Algorithm, Scheme]] = MappingProxyType(
    {
        Algorithm.EDDSA: Ed25519Scheme(),
        Algorithm.ES256: EcdsaScheme(
            curve=ec.SECP256R1(), curve_name="P-256", hash_algorithm=SHA256()
        ),
        Algorithm.ES384: EcdsaScheme(
            curve=ec.SECP384R1(), curve_name="P-384", hash_algorithm=SHA384()
        ),
        Algorithm.RS256: RsaScheme(hash_algorithm=SHA256()),
    }
)

"""The discovery document of an identity provider.

SPEC: OpenID Connect Discovery 1.0 sections 3, 4.1 and 4.3; attacks O03, O04, O20.
Of the document three members are read. No endpoint but the key set is ever asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from daypass.core import provider_limits as limits
from daypass.core.strict_json import InvalidJsonError, JsonValue, loads_object
from daypass.federation.oidc.algorithms import IdTokenAlgorithm, algorithm_named
from daypass.federation.oidc.errors import DocumentRefusedError
from daypass.federation.oidc.urls import HttpsUrl, check_issuer, parse_https_url

_WELL_KNOWN: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class DiscoveryDocument:
    """What an issuer says of itself.

    Attributes:
        issuer: its URL, which is the one that it was asked under.
        jwks_uri: where its keys are.
        algorithms: those that it says it signs with, as far as they are taken; all
            that are taken where it does not say.
    """

    issuer: str
    jwks_uri: HttpsUrl
    algorithms: frozenset[IdTokenAlgorithm]


def discovery_url(issuer: str) -> HttpsUrl:
    """Returns where the document of an issuer is.

    Raises:
        DocumentRefusedError: the text is no issuer.
    """
    check_issuer(issuer)
    return parse_https_url(issuer.removesuffix("/") + _WELL_KNOWN)


def parse_discovery(text: bytes | str, *, issuer: str) -> DiscoveryDocument:
    """Reads a document.

    Args:
        text: the document.
        issuer: who was asked; the document must name just this one.

    Raises:
        DocumentRefusedError: it is no such document, names another issuer, or
            points to keys where none are fetched from.
    """
    try:
        members = loads_object(text, size_max=limits.PROVIDER_DOCUMENT_BYTES_MAX)
    except InvalidJsonError:
        raise DocumentRefusedError("discovery_not_json") from None
    if members.get("issuer") != issuer:
        raise DocumentRefusedError("discovery_issuer_differs")
    jwks_uri = members.get("jwks_uri")
    if not isinstance(jwks_uri, str):
        raise DocumentRefusedError("discovery_without_jwks_uri")
    return DiscoveryDocument(issuer, parse_https_url(jwks_uri), _algorithms(members))


def _algorithms(members: dict[str, JsonValue]) -> frozenset[IdTokenAlgorithm]:
    if "id_token_signing_alg_values_supported" not in members:
        return frozenset(IdTokenAlgorithm)
    names = members["id_token_signing_alg_values_supported"]
    if not isinstance(names, list):
        raise DocumentRefusedError("discovery_algorithms_malformed")
    found = map(algorithm_named, names)
    return frozenset(algorithm for algorithm in found if algorithm is not None)

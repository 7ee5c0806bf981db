"""The names of elements and algorithms, as the specifications write them.

SPEC: SAML 2.0 core and metadata; XML signature 1.1; XML encryption 1.1. Elements are
in the notation `{namespace}name`.
"""

from __future__ import annotations

from typing import Final

ASSERTION_NAMESPACE: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
PROTOCOL_NAMESPACE: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
METADATA_NAMESPACE: Final = "urn:oasis:names:tc:SAML:2.0:metadata"
SIGNATURE_NAMESPACE: Final = "http://www.w3.org/2000/09/xmldsig#"
ENCRYPTION_NAMESPACE: Final = "http://www.w3.org/2001/04/xmlenc#"
ENCRYPTION_11_NAMESPACE: Final = "http://www.w3.org/2009/xmlenc11#"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
XML_NAMESPACE: Final = "http://www.w3.org/XML/1998/namespace"
SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
ENTITY_FORMAT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
UNSPECIFIED_FORMAT: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
FORMAT_PREFIX: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:"


def saml(name: str) -> str:
    """Returns the tag of an element of an assertion."""
    return f"{{{ASSERTION_NAMESPACE}}}{name}"


def samlp(name: str) -> str:
    """Returns the tag of an element of the protocol."""
    return f"{{{PROTOCOL_NAMESPACE}}}{name}"


def md(name: str) -> str:
    """Returns the tag of an element of metadata."""
    return f"{{{METADATA_NAMESPACE}}}{name}"


def ds(name: str) -> str:
    """Returns the tag of an element of a signature."""
    return f"{{{SIGNATURE_NAMESPACE}}}{name}"


def xenc(name: str) -> str:
    """Returns the tag of an element of an encryption."""
    return f"{{{ENCRYPTION_NAMESPACE}}}{name}"

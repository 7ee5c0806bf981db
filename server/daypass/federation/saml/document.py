"""The shape of a whole response, judged before any signature is.

There is one response, one assertion, and a signature in the one or two places where
it belongs; every other place where another of them could hide is refused. IDs are
spelled in one way and are unique.

SPEC: attacks S01 to S09, S12, S13, S38, S56; fact F16.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from daypass.core import saml_limits as limits
from daypass.federation.saml.names import (
    ASSERTION_NAMESPACE,
    ENCRYPTION_NAMESPACE,
    PROTOCOL_NAMESPACE,
    SIGNATURE_NAMESPACE,
    ds,
    saml,
    samlp,
)
from daypass.federation.saml.refusals import SamlRefusedError
from daypass.federation.saml.xml import XmlElement

_RESPONSE: Final = samlp("Response")
_ASSERTION: Final = saml("Assertion")
_ENCRYPTED: Final = saml("EncryptedAssertion")
_SIGNATURE: Final = ds("Signature")
_RESPONSE_CHILDREN: Final = frozenset(
    {saml("Issuer"), _SIGNATURE, samlp("Status"), _ASSERTION, _ENCRYPTED}
)
# Elements that decide, which therefore have no namesakes in other namespaces.
_DECISIVE: Final = {
    tag.rpartition("}")[2]: tag
    for tag in (_RESPONSE, _ASSERTION, _ENCRYPTED, _SIGNATURE, ds("SignedInfo"))
}
# How each namespace spells the attribute that makes an element a target.
_ID_SPELLING: Final = {
    PROTOCOL_NAMESPACE: "ID",
    ASSERTION_NAMESPACE: "ID",
    SIGNATURE_NAMESPACE: "Id",
    ENCRYPTION_NAMESPACE: "Id",
}
_ID: Final = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class ResponseShape:
    """The parts of a response, of which nothing is verified yet.

    Attributes:
        response: the whole.
        assertion: the assertion, or what holds the encrypted one.
        encrypted: which of the two.
        signed: whether the response has a signature of its own.
    """

    response: XmlElement
    assertion: XmlElement
    encrypted: bool
    signed: bool


def check_response(root: XmlElement) -> XmlElement:
    """Returns the root when it is a response with nothing in it that has no place.

    Raises:
        SamlRefusedError: it is not.
    """
    if root.tag != _RESPONSE:
        raise SamlRefusedError("not_a_response")
    root.check_children(_RESPONSE_CHILDREN)
    _check_everywhere(root)
    return root


def find_assertion(root: XmlElement) -> ResponseShape:
    """Finds the one assertion of a response that `check_response` has passed.

    Raises:
        SamlRefusedError: there is none, or more than one, anywhere in the document.
    """
    plain, encrypted = root.optional(_ASSERTION), root.optional(_ENCRYPTED)
    assertion = plain or encrypted
    if assertion is None or (plain and encrypted):
        raise SamlRefusedError("not_one_assertion")
    signed = root.optional(_SIGNATURE) is not None
    inner = plain is not None and plain.optional(_SIGNATURE) is not None
    _check_counts(
        root, assertions=1, encrypted=encrypted is not None, signatures=signed + inner
    )
    return ResponseShape(root, assertion, encrypted is not None, signed)


def check_assertion(root: XmlElement) -> XmlElement:
    """Returns the root when it is one assertion, as a decrypted one must be.

    Raises:
        SamlRefusedError: it is not.
    """
    if root.tag != _ASSERTION:
        raise SamlRefusedError("not_one_assertion")
    _check_everywhere(root)
    signatures = len(root.all(_SIGNATURE))
    _check_counts(root, assertions=1, encrypted=False, signatures=signatures)
    return root


def _check_counts(
    root: XmlElement, *, assertions: int, encrypted: bool, signatures: int
) -> None:
    tags = [element.tag for element in root.walk()]
    found = tags.count(_ASSERTION) + tags.count(_ENCRYPTED)
    if found != assertions or tags.count(_ENCRYPTED) != encrypted:
        raise SamlRefusedError("not_one_assertion")
    if tags.count(_SIGNATURE) != signatures:
        raise SamlRefusedError("signature_misplaced")


def _check_everywhere(root: XmlElement) -> None:
    seen: set[str] = set()
    for element in root.walk():
        namespace, _, name = element.tag.removeprefix("{").rpartition("}")
        if _DECISIVE.get(name, element.tag) != element.tag:
            raise SamlRefusedError("element_namespace")
        identifier = _identifier(element, namespace)
        if identifier is not None:
            if identifier in seen:
                raise SamlRefusedError("id_repeated")
            seen.add(identifier)


def _identifier(element: XmlElement, namespace: str) -> str | None:
    """Returns the ID of an element, which has exactly one spelling."""
    spelled = [name for name in element.attributes if _local(name).casefold() == "id"]
    if not spelled:
        return None
    if spelled != [_ID_SPELLING.get(namespace)]:
        raise SamlRefusedError("id_spelling")
    value = element.attributes[spelled[0]]
    if len(value) > limits.XML_ID_CHARACTERS_MAX or not _ID.fullmatch(value):
        raise SamlRefusedError("id_spelling")
    return value


def _local(name: str) -> str:
    return name.rpartition("}")[2]

"""What a forged document gives away before it is read: nobody signed anything in it.

A whole document costs milliseconds to read, and anyone may send one. The signature
in it is small. So its form is judged first, then whether a pinned key vouches for its
`SignedInfo`, and then whether that is about this element. Whatever passes is checked
as if this had not been: nothing here is taken over.

SPEC: attacks S10, S14 to S17, S25, S31 to S35, S60, and the cost of a refusal.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from lxml import etree

from daypass.core import saml_limits as limits
from daypass.federation.saml.names import ds, saml, samlp
from daypass.federation.saml.refusals import SamlRefusedError
from daypass.federation.saml.signature_form import SignatureForm, check_form
from daypass.federation.saml.xml import XmlDocument, read

_ASSERTION: Final = saml("Assertion")
_SIGNATURE: Final = ds("Signature")


def signed_node(document: XmlDocument) -> etree._Element | None:
    """Returns the part of a response that must be signed, or None where none shows.

    A response is small but for its assertion. One whose assertion is encrypted, or
    that only says that something failed, need show no signature.

    Raises:
        SamlRefusedError: it is no response, has several assertions, or has much
            beside them.
    """
    root = document.root
    if root.tag != samlp("Response"):
        raise SamlRefusedError("not_a_response")
    assertions = root.findall(_ASSERTION)
    if len(assertions) > 1:
        raise SamlRefusedError("not_one_assertion")
    inside = _count(assertions[0]) if assertions else 0
    if _count(root) - inside > limits.SAML_SIGNATURE_NODES_MAX:
        raise SamlRefusedError("xml_too_large")
    if assertions:
        return assertions[0]
    return root if root.find(_SIGNATURE) is not None else None


def _count(node: etree._Element) -> int:
    return int(node.xpath("count(descendant-or-self::*)"))


def screen(node: etree._Element, certificates: Sequence[x509.Certificate]) -> None:
    """Returns when an element may be worth reading.

    Raises:
        SamlRefusedError: no certificate vouches for a signature in it.
    """
    found = node.findall(_SIGNATURE)
    if len(found) != 1:
        raise SamlRefusedError("element_repeated" if found else "element_missing")
    signature = found[0]
    if _count(signature) > limits.SAML_SIGNATURE_NODES_MAX:
        raise SamlRefusedError("xml_too_large")
    form = check_form(read(signature), covers=node.get("ID", ""))
    signed = _canonical(signature[0], form.prefixes)
    if not any(_vouches(each, form, signed) for each in certificates):
        raise SamlRefusedError("signature_invalid")
    octets = _canonical(_without_signature(node), form.covered.prefixes)
    if form.covered.hashing(octets).digest() != form.covered.digest:
        raise SamlRefusedError("signature_invalid")


def _canonical(node: etree._Element, prefixes: Sequence[str]) -> bytes:
    octets: bytes = etree.tostring(
        node,
        method="c14n",
        exclusive=True,
        with_comments=False,
        inclusive_ns_prefixes=list(prefixes),
    )
    return octets


def _without_signature(node: etree._Element) -> etree._Element:
    """Returns a copy of an element in a copy of its document, without its signature.

    The whole document, because prefixes that are to be kept are declared anywhere.
    """
    root = deepcopy(node.getroottree().getroot())
    copy = root if node.getparent() is None else root.find(node.tag)
    signature = copy.find(_SIGNATURE)
    before, tail = signature.getprevious(), signature.tail or ""
    if before is None:
        copy.text = (copy.text or "") + tail
    else:
        before.tail = (before.tail or "") + tail
    copy.remove(signature)
    return copy


def _vouches(certificate: x509.Certificate, form: SignatureForm, signed: bytes) -> bool:
    """Tells whether a certificate's key has made a signature.

    NOTE: a bool, although ignoring it would be wrong, because there are several
    certificates of which one must; and what counts is asked again by `signature`.
    """
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey) and form.rsa:
            key.verify(form.value, signed, padding.PKCS1v15(), form.hashing)
        elif isinstance(key, ec.EllipticCurvePublicKey) and not form.rsa:
            _verify_curve(key, form.value, signed, form.hashing)
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True


def _verify_curve(
    key: ec.EllipticCurvePublicKey,
    value: bytes,
    signed: bytes,
    hashing: hashes.HashAlgorithm,
) -> None:
    size = (key.key_size + 7) // 8
    if len(value) != 2 * size:
        raise InvalidSignature
    r, s = (int.from_bytes(part, "big") for part in (value[:size], value[size:]))
    key.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(hashing))

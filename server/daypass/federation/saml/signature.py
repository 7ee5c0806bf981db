"""Signatures: from octets that somebody sent to the octets that a key vouches for.

What is returned has been parsed anew from exactly the canonical octets whose digest
was signed. Nothing of the document that they came from is in it.

signxml checks digest and signature. It is told which one place a signature may be
in, which one certificate counts and which algorithms there are; `signature_form`
has refused before whatever is not of the one form. It would log the octets, so it
gets a canonicalization of ours that does not.

SPEC: sts-operations 1.2; XML signature 1.1; attacks S01 to S18, S31, S33 to S35;
facts F14 to F16.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from lxml import etree
from signxml.algorithms import CanonicalizationMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from daypass.federation.saml import keys
from daypass.federation.saml.names import ds
from daypass.federation.saml.refusals import SamlRefusedError
from daypass.federation.saml.signature_form import (
    DIGESTS,
    SIGNATURE_METHODS,
    check_form,
)
from daypass.federation.saml.xml import XmlElement, parse, parser_options
from daypass.federation.saml.xml_text import XmlBounds

_EXCLUSIVE: Final = CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0


@dataclass(frozen=True, slots=True)
class SignedElement:
    """An element that a pinned key vouches for.

    Only `verify` makes one.

    Attributes:
        octets: the canonical octets that were signed.
        root: what they say, without the signature.
        key_id: names the key, whichever certificate it is in.
    """

    octets: bytes
    root: XmlElement
    key_id: str


@dataclass(frozen=True, slots=True)
class SignedPlace:
    """An element that carries its own signature, in the document it came in.

    Attributes:
        document: the whole document.
        element: the element, as parsed from the document.
        below_root: whether it is a child of the root, or the root itself.
    """

    document: bytes
    element: XmlElement
    below_root: bool


def verify(
    place: SignedPlace,
    certificates: Sequence[x509.Certificate],
    *,
    now: datetime,
    unsafe_accept_expired: bool,
    bounds: XmlBounds,
) -> SignedElement:
    """Checks the signature of an element.

    Args:
        place: where the element and its signature are.
        certificates: those that may vouch for it, each of them alone.
        now: the time, for the validity of certificates.
        unsafe_accept_expired: count certificates outside their validity too.
        bounds: of what was signed.

    Raises:
        SamlRefusedError: no certificate vouches for exactly this element.
    """
    identifier = place.element.attribute("ID")
    check_form(place.element.one(ds("Signature")), covers=identifier)
    live = [
        certificate
        for certificate in certificates
        if unsafe_accept_expired or keys.is_valid_at(certificate, now)
    ]
    if not live:
        raise SamlRefusedError("certificate_expired")
    for certificate in live:
        octets = _signed_octets(place, certificate)
        if octets is not None:
            root = _read(octets, place.element, bounds)
            return SignedElement(octets, root, keys.name_of(certificate))
    raise SamlRefusedError("signature_invalid")


def _read(octets: bytes, element: XmlElement, bounds: XmlBounds) -> XmlElement:
    root = parse(octets, bounds)
    same = root.tag == element.tag and root.attributes == element.attributes
    if not same or root.all(ds("Signature")):
        raise SamlRefusedError("signature_invalid")
    return root


def _signed_octets(place: SignedPlace, certificate: x509.Certificate) -> bytes | None:
    """Returns what was signed, or None where this certificate does not vouch for it."""
    location = f"./{place.element.tag}/" if place.below_root else "./"
    config = SignatureConfiguration(
        require_x509=True,
        location=location,
        expect_references=1,
        signature_methods=SIGNATURE_METHODS,
        digest_algorithms=DIGESTS,
        # KeyInfo proves nothing: the certificate is the one that was handed in.
        ignore_ambiguous_key_info=True,
        # NOTE: `keys.is_valid_at` has judged the validity by our clock.
        verification_time=certificate.not_valid_after_utc,
        default_reference_c14n_method=_EXCLUSIVE,
    )
    try:
        result = _Verifier().verify(
            place.document,
            x509_cert=certificate,
            cert_subject_name=None,
            cert_resolver=None,
            ca_pem_file=None,
            hmac_key=None,
            # `check_form` is stricter than the schema, and reads no files.
            validate_schema=False,
            parser=etree.XMLParser(**parser_options()),
            uri_resolver=None,
            id_attribute="ID",
            expect_config=config,
        )
    except (SignXMLException, etree.LxmlError, ValueError):
        return None
    # NOTE: a list comes only where several references are expected.
    return None if isinstance(result, list) else result.signed_data


class _Verifier(XMLVerifier):
    """A verifier that knows one canonicalization and writes nothing to a log."""

    def _c14n(
        self,
        nodes: object,
        algorithm: CanonicalizationMethod,  # noqa: ARG002 - there is one only.
        inclusive_ns_prefixes: list[str] | None = None,
    ) -> bytes:
        """Canonicalizes one element, or raises what lxml raises.

        Whichever algorithm is asked for, this is the exclusive one without comments:
        a signature of another form comes out as wrong.
        """
        octets: bytes = etree.tostring(
            nodes,
            method="c14n",
            exclusive=True,
            with_comments=False,
            inclusive_ns_prefixes=inclusive_ns_prefixes,
        )
        return octets

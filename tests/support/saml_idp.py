"""A SAML identity provider made up on the spot: keys, metadata and responses.

Responses are text, so that a test can spoil any character. The signer shares no code
with what verifies, lxml's canonicalization excepted, and signs whatever it is given.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from lxml import etree

from support.world import START

ENTITY = "https://idp.example/saml"
ACCOUNT = "123456789012"
PROVIDER_ARN = f"arn:aws:iam::{ACCOUNT}:saml-provider/CorpIdP"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/S3AccessRole"
RECIPIENT = "https://signin.aws.amazon.com/saml"
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
ASSERTION_ID = "_assertion-1"
RESPONSE_ID = "_response-1"
SAML_NAMESPACES = {
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
TRANSFORMS = (
    f'<ds:Transform Algorithm="{ENVELOPED}"/><ds:Transform Algorithm="{EXCLUSIVE}"/>'
)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Signer:
    """A key and the certificate that stands for it in metadata."""

    key: PrivateKey
    certificate: x509.Certificate

    @property
    def certificate_text(self) -> str:
        """The certificate as documents hold it."""
        der = self.certificate.public_bytes(serialization.Encoding.DER)
        return base64.b64encode(der).decode()

    @property
    def key_pem(self) -> bytes:
        """The private key in PEM."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    @property
    def certificate_pem(self) -> bytes:
        """The certificate in PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


# What a certificate is signed with; an Ed25519 key wants none.
_CERTIFICATE_HASH = hashes.SHA256()


def certificate_for(
    key: Any,
    *,
    begin: datetime = START - timedelta(days=1),
    end: datetime = START + timedelta(days=1),
    hashing: hashes.SHA256 | None = _CERTIFICATE_HASH,
) -> x509.Certificate:
    """Returns a self-signed certificate for a key."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.example")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
    return builder.sign(key, hashing)


def rsa_key(number: int = 0) -> rsa.RSAPrivateKey:
    """Returns an RSA key, the same for the same number."""
    return signer(number).key  # type: ignore[return-value]


def signer(number: int = 0) -> Signer:
    """Returns a signer with an RSA key, the same for the same number."""
    return _signer(number)


@lru_cache
def _signer(_: int) -> Signer:
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    return Signer(key, certificate_for(key))


@lru_cache
def curve_signer(curve: Callable[[], ec.EllipticCurve]) -> Signer:
    """Returns a signer with a key on a curve."""
    key = ec.generate_private_key(curve())
    return Signer(key, certificate_for(key))


def instant(offset: timedelta = timedelta()) -> str:
    """Returns a time near the start of the world, as assertions write it."""
    return (START + offset).strftime("%Y-%m-%dT%H:%M:%SZ")


def attribute(name: str, *values: str) -> str:
    """Returns an attribute whose values are already XML."""
    inner = "".join(
        f"<saml:AttributeValue>{each}</saml:AttributeValue>" for each in values
    )
    return f'<saml:Attribute Name="{name}">{inner}</saml:Attribute>'


def aws_attribute(name: str, *values: str) -> str:
    """Returns one of the attributes that say what session it is."""
    return attribute(f"{ATTRIBUTES}{name}", *values)


ROLE = aws_attribute("Role", f"{ROLE_ARN},{PROVIDER_ARN}")
SESSION_NAME = aws_attribute("RoleSessionName", "alice")
BEARER = '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
CONFIRMATION = (
    f"{BEARER}<saml:SubjectConfirmationData"
    f' NotOnOrAfter="{instant(timedelta(minutes=5))}" Recipient="{RECIPIENT}"/>'
    "</saml:SubjectConfirmation>"
)
NAME_ID = (
    '<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">'
    "alice@corp.example</saml:NameID>"
)
AUDIENCE = (
    "<saml:AudienceRestriction><saml:Audience>urn:amazon:webservices</saml:Audience>"
    "</saml:AudienceRestriction>"
)
CONDITIONS_BEGIN = (
    f'<saml:Conditions NotBefore="{instant(-timedelta(minutes=5))}"'
    f' NotOnOrAfter="{instant(timedelta(minutes=10))}">'
)
AUTHENTICATION = (
    f'<saml:AuthnStatement AuthnInstant="{instant()}"><saml:AuthnContext>'
    "<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
    "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
)
ISSUER = f"<saml:Issuer>{ENTITY}</saml:Issuer>"
ASSERTION_BEGIN = (
    f'<saml:Assertion xmlns:saml="{SAML_NAMESPACES["saml"]}" ID="{ASSERTION_ID}"'
    f' Version="2.0" IssueInstant="{instant()}">'
)
ASSERTION = (
    f"{ASSERTION_BEGIN}{ISSUER}"
    f"<saml:Subject>{NAME_ID}{CONFIRMATION}</saml:Subject>"
    f"{CONDITIONS_BEGIN}{AUDIENCE}</saml:Conditions>{AUTHENTICATION}"
    f"<saml:AttributeStatement>{ROLE}{SESSION_NAME}</saml:AttributeStatement>"
    "</saml:Assertion>"
)
STATUS = (
    '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>'
    "</samlp:Status>"
)
RESPONSE_BEGIN = (
    f'<samlp:Response xmlns:samlp="{SAML_NAMESPACES["samlp"]}"'
    f' xmlns:saml="{SAML_NAMESPACES["saml"]}" ID="{RESPONSE_ID}" Version="2.0"'
    f' IssueInstant="{instant()}" Destination="{RECIPIENT}">'
)
RESPONSE_END = "</samlp:Response>"

# An exchange of one piece of text for another, which must be there.
Change = tuple[str, str]


def changed(text: str, *changes: Change) -> str:
    """Returns text with the first of each old piece exchanged for a new one."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def assertion(*changes: Change) -> str:
    """Returns an assertion without a signature."""
    return changed(ASSERTION, *changes)


def in_response(inner: str, *changes: Change) -> str:
    """Returns a response around an assertion, without a signature of its own."""
    begin = changed(f"{RESPONSE_BEGIN}{ISSUER}{STATUS}", *changes)
    return begin + inner + RESPONSE_END


def canonical(text: str, prefixes: str | None = None) -> bytes:
    """Canonicalizes a document, or an element that can stand as one."""
    octets: bytes = etree.tostring(
        etree.fromstring(text.encode()),
        method="c14n",
        exclusive=True,
        with_comments=False,
        inclusive_ns_prefixes=prefixes.split() if prefixes else None,
    )
    return octets


@dataclass(frozen=True)
class Recipe:
    """How a signature is made; every part may be wrong on purpose.

    Attributes:
        by: who signs.
        reference: the URI, or None for the ID of what is signed.
        transforms: the transforms as XML.
        hashing: the hash of digest and signature.
        digest_uri: the name of the digest.
        method_uri: the name of the signature.
        key_info: what stands behind the value.
        prefixes: those that canonicalization is told to keep.
        info_changes: changes of SignedInfo before it is signed.
    """

    by: Signer
    reference: str | None = None
    transforms: str = TRANSFORMS
    hashing: hashes.HashAlgorithm = field(default_factory=hashes.SHA256)
    digest_uri: str = SHA256
    method_uri: str = RSA_SHA256
    key_info: str = ""
    prefixes: str | None = None
    info_changes: tuple[Change, ...] = ()

    def signature(self, text: str) -> str:
        """Returns the signature of a document, to be put into it."""
        root = etree.fromstring(text.encode())
        reference = f"#{root.get('ID')}" if self.reference is None else self.reference
        digest = hashes.Hash(self.hashing)
        digest.update(canonical(text, self.prefixes))
        info = changed(
            f'<ds:SignedInfo xmlns:ds="{SAML_NAMESPACES["ds"]}">'
            f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
            f'<ds:SignatureMethod Algorithm="{self.method_uri}"/>'
            f'<ds:Reference URI="{reference}">'
            f"<ds:Transforms>{self.transforms}</ds:Transforms>"
            f'<ds:DigestMethod Algorithm="{self.digest_uri}"/>'
            f"<ds:DigestValue>{_text(digest.finalize())}</ds:DigestValue>"
            "</ds:Reference></ds:SignedInfo>",
            *self.info_changes,
        )
        value = _text(self._raw(canonical(info)))
        return (
            f'<ds:Signature xmlns:ds="{SAML_NAMESPACES["ds"]}">{info}'
            f"<ds:SignatureValue>{value}</ds:SignatureValue>{self.key_info}"
            "</ds:Signature>"
        )

    def _raw(self, octets: bytes) -> bytes:
        key = self.by.key
        if isinstance(key, rsa.RSAPrivateKey):
            return key.sign(octets, padding.PKCS1v15(), self.hashing)
        r, s = utils.decode_dss_signature(key.sign(octets, ec.ECDSA(self.hashing)))
        size = (key.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _text(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def sign(text: str, recipe: Recipe | None = None) -> str:
    """Signs a document as a whole and puts the signature behind its issuer."""
    recipe = recipe or Recipe(signer())
    return changed(text, (ISSUER, ISSUER + recipe.signature(text)))


def response(*changes: Change, recipe: Recipe | None = None) -> str:
    """Returns a response with a signed assertion, changed before it was signed."""
    return in_response(sign(assertion(*changes), recipe))


def encode(text: str | bytes) -> str:
    """Returns the parameter that a document is sent as."""
    return _text(text.encode() if isinstance(text, str) else text)


# Whoever is responsible for metadata says so in it, and it is never shorter.
_CONTACT = (
    '<md:Organization><md:OrganizationName xml:lang="en">'
    f"{'The corporation of the example. ' * 24}</md:OrganizationName>"
    "</md:Organization>"
)


def metadata(*signers: Signer, changes: tuple[Change, ...] = ()) -> str:
    """Returns the metadata document of the provider with some certificates."""
    keys = "".join(
        '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>'
        f"{each.certificate_text}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        "</md:KeyDescriptor>"
        for each in signers or (signer(),)
    )
    text = (
        '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"'
        f' xmlns:ds="{SAML_NAMESPACES["ds"]}" ID="_metadata" entityID="{ENTITY}">'
        "<md:IDPSSODescriptor"
        f' protocolSupportEnumeration="{SAML_NAMESPACES["samlp"]}">{keys}'
        '<md:SingleSignOnService Location="https://idp.example/sso"'
        ' Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"/>'
        f"</md:IDPSSODescriptor>{_CONTACT}</md:EntityDescriptor>"
    )
    return changed(text, *changes)

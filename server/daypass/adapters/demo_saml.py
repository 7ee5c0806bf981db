"""A SAML identity provider for one developer's machine, which says what it is told.

`daypassd dev` makes one for each provider of the directory whose metadata is a file
of the installation and that cannot exist: its name is at a host under `.example`
(RFC 2606). Its key lies beside its metadata, below the folder of secrets. No other
installation believes it.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from signxml import methods
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureMethod,
)
from signxml.signer import XMLSigner

from daypass.adapters.directory_folder import read_texts
from daypass.adapters.private_files import create_private, read_private
from daypass.core import limits
from daypass.core.ports import Entropy
from daypass.directory.build import Declaration, declare
from daypass.directory.saml_providers import DeclaredSamlProvider

_FOLDER_MODE: Final = 0o700
_KEY_SUFFIX: Final = ".key"
_RESERVED: Final = ".example"
_VALIDITY: Final = timedelta(days=3_650)
_LIFETIME: Final = timedelta(minutes=5)
_ID_BYTES: Final = 16
_SECOND: Final = timedelta(seconds=1)
_ATTRIBUTES: Final = "https://aws.amazon.com/SAML/Attributes/"
_SAML: Final = "urn:oasis:names:tc:SAML:2.0"
_DS: Final = "http://www.w3.org/2000/09/xmldsig#"
_RECIPIENT: Final = "https://signin.aws.amazon.com/saml"
_AUDIENCE: Final = "urn:amazon:webservices"
_NOTICE: Final = (
    "This provider was made by daypassd dev for one machine. It says whatever it is"
    " told to say, by anybody who can read the key beside this file."
)


class NoDemoProviderError(ValueError):
    """There is no provider for development by that name; the text says why."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What an assertion shall say.

    Attributes:
        user: the subject, and the name of the session.
        role_arns: the roles that the user may have.
        tags: the session tags.
        duration: the longest session, or None.
    """

    user: str
    role_arns: tuple[str, ...]
    tags: tuple[tuple[str, str], ...] = ()
    duration: timedelta | None = None


@dataclass(frozen=True, slots=True)
class DemoSamlProvider:
    """A provider with its key; `load` finds one that was made.

    Attributes:
        arn: the provider's ARN.
        entity_id: its name for itself.
    """

    arn: str
    entity_id: str
    _key: rsa.RSAPrivateKey = field(repr=False)

    @classmethod
    def load(cls, arn: str, *, folder: Path, secrets_dir: Path) -> DemoSamlProvider:
        """Returns a provider of a directory.

        Raises:
            NoDemoProviderError: it is none for development, or was not made yet.
            DirectoryInvalidError: the folder cannot be read.
            OSError: its key cannot be read.
        """
        for declared, path in _standing_in(
            declare(read_texts(folder).texts), secrets_dir
        ):
            if declared.arn != arn:
                continue
            try:
                pem = read_private(
                    path.with_suffix(_KEY_SUFFIX),
                    size_max=limits.SECRET_FILE_BYTES_MAX,
                )
            except FileNotFoundError:
                raise NoDemoProviderError(
                    f"{arn} was not made yet: run `daypassd dev` first"
                ) from None
            key = serialization.load_pem_private_key(pem, password=None)
            assert isinstance(key, rsa.RSAPrivateKey), "dev makes no other keys"
            return cls(arn, declared.raw.entity_id or "", key)
        raise NoDemoProviderError(
            f"{arn} is no provider that daypassd dev stands in for: it needs"
            " metadata: {local: …} and an entity_id at a host under .example"
        )

    def response(self, claims: Claims, *, now: datetime, entropy: Entropy) -> str:
        """Returns a response in base64, as AssumeRoleWithSAML takes it."""
        begin, end = _instant(now), _instant(now + _LIFETIME)
        response_id, assertion_id = (
            f"_{entropy.token_bytes(_ID_BYTES).hex()}" for _ in range(2)
        )
        issuer = f"<saml:Issuer>{escape(self.entity_id)}</saml:Issuer>"
        assertion = (
            f'<saml:Assertion xmlns:saml="{_SAML}:assertion" ID="{assertion_id}"'
            f' Version="2.0" IssueInstant="{begin}">{issuer}'
            f'<ds:Signature xmlns:ds="{_DS}" Id="placeholder"/>'
            f'<saml:Subject><saml:NameID Format="{_SAML}:nameid-format:persistent">'
            f"{escape(claims.user)}</saml:NameID>"
            f'<saml:SubjectConfirmation Method="{_SAML}:cm:bearer">'
            f'<saml:SubjectConfirmationData NotOnOrAfter="{end}"'
            f' Recipient="{_RECIPIENT}"/></saml:SubjectConfirmation></saml:Subject>'
            f'<saml:Conditions NotBefore="{begin}" NotOnOrAfter="{end}">'
            f"<saml:AudienceRestriction><saml:Audience>{_AUDIENCE}</saml:Audience>"
            "</saml:AudienceRestriction></saml:Conditions>"
            f'<saml:AuthnStatement AuthnInstant="{begin}"><saml:AuthnContext>'
            f"<saml:AuthnContextClassRef>{_SAML}:ac:classes:unspecified"
            "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
            f"<saml:AttributeStatement>{self._attributes(claims)}"
            "</saml:AttributeStatement></saml:Assertion>"
        )
        text = (
            f'<samlp:Response xmlns:samlp="{_SAML}:protocol"'
            f' xmlns:saml="{_SAML}:assertion" ID="{response_id}" Version="2.0"'
            f' IssueInstant="{begin}" Destination="{_RECIPIENT}">{issuer}'
            f'<samlp:Status><samlp:StatusCode Value="{_SAML}:status:Success"/>'
            f"</samlp:Status>{self._signed(assertion, assertion_id)}</samlp:Response>"
        )
        return base64.b64encode(text.encode()).decode()

    def _attributes(self, claims: Claims) -> str:
        pairs = [f"{role},{self.arn}" for role in claims.role_arns]
        return "".join(
            [
                _attribute("Role", *pairs),
                _attribute("RoleSessionName", claims.user),
                *(_attribute(f"PrincipalTag:{key}", each) for key, each in claims.tags),
                *(
                    [_attribute("SessionDuration", str(claims.duration // _SECOND))]
                    if claims.duration is not None
                    else []
                ),
            ]
        )

    def _signed(self, assertion: str, assertion_id: str) -> str:
        signer = XMLSigner(
            method=methods.enveloped,
            signature_algorithm=SignatureMethod.RSA_SHA256,
            digest_algorithm=DigestAlgorithm.SHA256,
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        signed = signer.sign(
            etree.fromstring(assertion),
            key=self._key,
            reference_uri=assertion_id,
            id_attribute="ID",
        )
        text: str = etree.tostring(signed, encoding="unicode")
        return text


def make_missing_providers(
    folder: Path,
    secrets_dir: Path,
    *,
    now: datetime,
    declared: Declaration | None = None,
) -> tuple[str, ...]:
    """Makes the key and the metadata of each provider that is to be stood in for.

    What is there already is never replaced.

    Args:
        folder: the folder of directory files.
        secrets_dir: the folder of secrets, which must be there.
        now: when the certificates begin.
        declared: what the folder declares, where it has been read already.

    Returns:
        The ARNs of the providers that were made.

    Raises:
        DirectoryInvalidError: the folder cannot be read.
        OSError: a file cannot be written.
    """
    made: list[str] = []
    declaration = declared or declare(read_texts(folder).texts)
    for provider, path in _standing_in(declaration, secrets_dir):
        if path.exists():
            continue
        key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        path.with_suffix(_KEY_SUFFIX).unlink(missing_ok=True)
        create_private(path.with_suffix(_KEY_SUFFIX), pem)
        entity_id = provider.raw.entity_id or ""
        create_private(path, _metadata(entity_id, key, now).encode())
        made.append(provider.arn)
    return tuple(made)


def _standing_in(
    declaration: Declaration, secrets_dir: Path
) -> list[tuple[DeclaredSamlProvider, Path]]:
    """Returns the providers to stand in for, and where the metadata of each is."""
    found: list[tuple[DeclaredSamlProvider, Path]] = []
    for declared in declaration.saml_providers:
        local, entity_id = declared.local_metadata, declared.raw.entity_id
        if local is None or entity_id is None:
            continue
        path = (secrets_dir / local.value).resolve()
        inside = path.is_relative_to(secrets_dir.resolve())
        if inside and (urlsplit(entity_id).hostname or "").endswith(_RESERVED):
            found.append((declared, path))
    return found


def _metadata(entity_id: str, key: rsa.RSAPrivateKey, now: datetime) -> str:
    der = _certificate(entity_id, key, now).public_bytes(serialization.Encoding.DER)
    return (
        f'<md:EntityDescriptor xmlns:md="{_SAML}:metadata" xmlns:ds="{_DS}"'
        f" entityID={quoteattr(entity_id)}>"
        f'<md:IDPSSODescriptor protocolSupportEnumeration="{_SAML}:protocol">'
        '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data>'
        f"<ds:X509Certificate>{base64.b64encode(der).decode()}</ds:X509Certificate>"
        "</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        f'<md:SingleSignOnService Binding="{_SAML}:bindings:HTTP-Redirect"'
        f" Location={quoteattr(entity_id)}/></md:IDPSSODescriptor>"
        f'<md:Organization><md:OrganizationName xml:lang="en">{_NOTICE}'
        "</md:OrganizationName></md:Organization></md:EntityDescriptor>"
    )


def _certificate(
    entity_id: str, key: rsa.RSAPrivateKey, now: datetime
) -> x509.Certificate:
    host = urlsplit(entity_id).hostname or ""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host[:64])])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + _VALIDITY)
        .sign(key, hashes.SHA256())
    )


def _attribute(name: str, *values: str) -> str:
    inner = "".join(
        f"<saml:AttributeValue>{escape(each)}</saml:AttributeValue>" for each in values
    )
    return (
        f"<saml:Attribute Name={quoteattr(_ATTRIBUTES + name)}>{inner}</saml:Attribute>"
    )


def _instant(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")

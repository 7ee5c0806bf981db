"""Metadata of identity providers: who they are, and which keys vouch for them.

Only what an operator has pinned counts. Of a document with several providers none is
taken, so that it is never a question whose keys these are. Endpoints, contacts,
extensions and everything about other roles are not read.

SPEC: sts-operations 1.2; SAML 2.0 metadata 2.3 to 2.4; attacks S21, S32, S35, S61.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509

from daypass.core import saml_limits as limits
from daypass.federation.saml import base64_text, keys
from daypass.federation.saml.names import PROTOCOL_NAMESPACE, ds, md
from daypass.federation.saml.refusals import SamlRefusedError
from daypass.federation.saml.signature import SignedPlace, verify
from daypass.federation.saml.times import instant
from daypass.federation.saml.xml import XmlElement, parse
from daypass.federation.saml.xml_text import METADATA_BOUNDS

_BYTE_ORDER_MARK: Final = "\ufeff"
_USES: Final = frozenset({"signing", "encryption"})


@dataclass(frozen=True, slots=True)
class IdpMetadata:
    """What is pinned of an identity provider.

    Attributes:
        entity_id: what its assertions call their issuer.
        certificates: those whose keys vouch for its assertions.
        valid_until: when the metadata ends, or None.
    """

    entity_id: str
    certificates: tuple[x509.Certificate, ...]
    valid_until: datetime | None

    def check_current(self, now: datetime) -> None:
        """Returns when the metadata is still good.

        Raises:
            SamlRefusedError: it is not.
        """
        if self.valid_until is not None and self.valid_until <= now:
            raise SamlRefusedError("metadata_expired")


def parse_metadata(
    text: str,
    *,
    now: datetime,
    signed_by: tuple[x509.Certificate, ...] | None = None,
) -> IdpMetadata:
    """Reads the metadata document of one identity provider.

    Args:
        text: the document; a byte order mark in front is dropped.
        now: the time.
        signed_by: the certificates of which one must have signed the document, or
            None where its signature, if it has any, is not looked at.

    Raises:
        SamlRefusedError: it is not such a document, has expired, is not signed
            although it must be, or names no usable key.
    """
    length = len(text)
    least, most = (
        limits.SAML_METADATA_CHARACTERS_MIN,
        limits.SAML_METADATA_CHARACTERS_MAX,
    )
    if not least <= length <= most:
        raise SamlRefusedError("metadata_length")
    try:
        document = text.removeprefix(_BYTE_ORDER_MARK).encode()
    except UnicodeEncodeError as exc:
        raise SamlRefusedError("xml_characters") from exc
    root = parse(document, METADATA_BOUNDS)
    if root.tag != md("EntityDescriptor"):
        raise SamlRefusedError("metadata_not_one_entity")
    if signed_by is not None:
        place = SignedPlace(document, root, below_root=False)
        root = verify(
            place,
            signed_by,
            now=now,
            unsafe_accept_expired=False,
            bounds=METADATA_BOUNDS,
        ).root
    metadata = _read(root)
    metadata.check_current(now)
    return metadata


def _read(root: XmlElement) -> IdpMetadata:
    entity_id = root.attribute("entityID")
    if not 0 < len(entity_id) <= limits.SAML_ENTITY_ID_CHARACTERS_MAX:
        raise SamlRefusedError("metadata_entity_id")
    descriptor = root.one(md("IDPSSODescriptor"))
    protocols = descriptor.attribute("protocolSupportEnumeration").split()
    if PROTOCOL_NAMESPACE not in protocols:
        raise SamlRefusedError("metadata_protocol")
    certificates = tuple(dict.fromkeys(_certificates(descriptor)))
    if not 0 < len(certificates) <= limits.SAML_CERTIFICATES_MAX:
        raise SamlRefusedError("metadata_keys")
    ends = [
        instant(element.attributes["validUntil"])
        for element in (root, descriptor)
        if "validUntil" in element.attributes
    ]
    return IdpMetadata(entity_id, certificates, min(ends, default=None))


def _certificates(descriptor: XmlElement) -> Iterator[x509.Certificate]:
    for key in descriptor.all(md("KeyDescriptor")):
        use = key.attributes.get("use", "signing")
        if use not in _USES:
            raise SamlRefusedError("metadata_keys")
        if use == "signing":
            data = key.one(ds("KeyInfo")).one(ds("X509Data"))
            text = data.one(ds("X509Certificate")).plain_text()
            yield keys.load_certificate(base64_text.decode_wrapped(text))

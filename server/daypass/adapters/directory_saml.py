"""The SAML providers of a folder: their metadata and private keys, read and checked.

A document that is refused is a fault of the directory, so that a provider never
comes into force with a key that nobody can vouch for.

SPEC: sts-operations 1.2; attacks S32, S35, S61.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from daypass.adapters.directory_secrets import SecretResolver
from daypass.core import saml_limits as limits
from daypass.core.secret import Secret
from daypass.directory.declared import SamlTrust, SecretReference
from daypass.directory.fault import Fault
from daypass.directory.saml_providers import XML_SUFFIX, DeclaredSamlProvider
from daypass.directory.yaml_tree import Place
from daypass.federation.saml.keys import load_certificate, load_decryption_key
from daypass.federation.saml.metadata import IdpMetadata, parse_metadata
from daypass.federation.saml.refusals import SamlRefusedError

_LENGTH: Final = (
    f"it must have {limits.SAML_METADATA_CHARACTERS_MIN:,} to"
    f" {limits.SAML_METADATA_CHARACTERS_MAX:,} characters"
)
_NOT_THERE: Final = (
    "there is no such file yet; no assertion of this provider is taken until there is"
    " one and the directory is read again"
)
# What people are told; another reason is given by its name.
_REASONS: Final[Mapping[str, str]] = {
    "attribute_missing": "something that it must say is missing",
    "base64_malformed": "a certificate or signature in it is not base64",
    "certificate_expired": "the certificate that must have signed it has expired",
    "certificate_malformed": "a certificate in it is malformed",
    "element_missing": "an element that it must have is missing",
    "element_repeated": "an element that it may have once is there twice",
    "key_type": "a key in it is neither RSA nor on a curve that is taken",
    "key_weak": "a key in it is too weak: RSA from 2,048 bits, or P-256 and stronger",
    "metadata_entity_id": "its entity ID is empty or too long",
    "metadata_expired": "its validUntil has passed",
    "metadata_keys": "it names no signing key, or more than eight",
    "metadata_length": _LENGTH,
    "metadata_not_one_entity": "it is not about exactly one entity",
    "metadata_protocol": "the provider does not speak SAML 2.0",
    "signature_invalid": "no trusted certificate has signed it",
    "xml_characters": "it does not begin as XML does, or has other characters",
    "xml_markup_forbidden": "it has a document type, an entity or the like",
    "xml_not_well_formed": "it is not well-formed XML",
    "xml_too_large": "it is too large",
}


class SamlProviderReader:
    """Reads what the providers of one folder refer to.

    Args:
        texts: all texts of the folder by name.
        secrets: resolves private keys and local documents; None leaves both out.
        now: the time, for documents that have ended.
        faults: takes what is wrong.
        warnings: takes what is not there yet.
    """

    def __init__(
        self,
        *,
        texts: Mapping[str, str],
        secrets: SecretResolver | None,
        now: datetime,
        faults: list[Fault],
        warnings: list[Fault] | None = None,
    ) -> None:
        self._texts = texts
        self._secrets = secrets
        self._now = now
        self._faults = faults
        self._warnings = [] if warnings is None else warnings
        self._names: dict[tuple[str, str], Place] = {}

    def read(self, providers: Iterable[DeclaredSamlProvider]) -> dict[str, SamlTrust]:
        """Returns what the assertions of each provider are judged by, by ARN.

        A provider without metadata, or with a fault, is left out.
        """
        found: dict[str, SamlTrust] = {}
        for provider in providers:
            self._check_keys_needed(provider)
            keys = self._private_keys(provider)
            metadata = self._metadata(provider)
            if metadata is not None:
                found[provider.arn] = SamlTrust(
                    entity_id=metadata.entity_id,
                    certificates=tuple(
                        certificate.public_bytes(Encoding.DER)
                        for certificate in metadata.certificates
                    ),
                    valid_until=metadata.valid_until,
                    encryption_required=_is_required(provider),
                    private_keys=keys,
                    given_up=provider.given_up,
                )
        return found

    def _check_keys_needed(self, provider: DeclaredSamlProvider) -> None:
        if _is_required(provider) and not provider.raw.private_keys:
            place = provider.place.at("assertion_encryption")
            self._add(place, "assertions that must be encrypted need private_keys")

    def _private_keys(self, provider: DeclaredSamlProvider) -> tuple[Secret, ...]:
        if self._secrets is None:
            return ()
        found: list[Secret] = []
        for place, reference in provider.private_keys:
            secret = self._resolve(place, reference)
            if secret is None:
                continue
            try:
                load_decryption_key(secret)
            except SamlRefusedError:
                self._add(place, "expected an RSA key of 2,048 bits or more, in PEM")
            else:
                found.append(secret)
        return tuple(found)

    def _metadata(self, provider: DeclaredSamlProvider) -> IdpMetadata | None:
        document = provider.raw.metadata
        text = self._text(provider)
        if document is None or text is None:
            return None
        place = provider.place.at("metadata")
        try:
            signers = (
                None
                if document.signed_by is None
                else _certificates(document.signed_by)
            )
            metadata = parse_metadata(text, now=self._now, signed_by=signers)
        except SamlRefusedError as error:
            reason = _REASONS.get(error.reason, error.reason)
            self._add(place, f"the metadata is refused: {reason}")
            return None
        self._check_name(provider, metadata.entity_id)
        return metadata

    def _text(self, provider: DeclaredSamlProvider) -> str | None:
        place = provider.place.at("metadata")
        local = provider.local_metadata
        if local is not None:
            return self._local_text(place.at("local"), local)
        name = provider.metadata_file()
        if name is None:
            return None
        if not name.endswith(XML_SUFFIX):
            self._add(place.at("file"), f"the file's name must end in {XML_SUFFIX}")
            return None
        if name not in self._texts:
            self._add(place.at("file"), f"there is no file {name!a} in the folder")
        return self._texts.get(name)

    def _local_text(self, place: Place, reference: SecretReference) -> str | None:
        """Returns a document that each installation has for itself.

        NOTE: one that is not there is no fault, because it may come later than the
        directory; until then nothing of this provider is taken.
        """
        if self._secrets is None:
            return None
        try:
            found = self._secrets.resolve(reference)
        except FileNotFoundError:
            self._warnings.append(place.fault(_NOT_THERE))
            return None
        except (OSError, ValueError) as error:
            self._add(place, f"it cannot be resolved: {error}")
            return None
        return found.reveal().decode(errors="replace")

    def _check_name(self, provider: DeclaredSamlProvider, entity_id: str) -> None:
        """Checks that a name is the one that was declared, and nobody else's."""
        declared = provider.raw.entity_id
        if declared is not None and declared != entity_id:
            place = provider.place.at("entity_id")
            self._add(place, "the metadata is of another entity ID")
        key = (provider.account_id, entity_id)
        other = self._names.setdefault(key, provider.place)
        if other is not provider.place:
            where = f"{other.file}:{other.line}"
            reason = f"the provider at {where} has this entity ID, too"
            self._add(provider.place.at("metadata"), reason)

    def _resolve(self, place: Place, reference: SecretReference) -> Secret | None:
        if self._secrets is None:
            return None
        try:
            return self._secrets.resolve(reference)
        except (OSError, ValueError) as error:
            self._add(place, f"it cannot be resolved: {error}")
            return None

    def _add(self, place: Place, reason: str) -> None:
        self._faults.append(place.fault(reason))


def _is_required(provider: DeclaredSamlProvider) -> bool:
    return provider.raw.assertion_encryption == "Required"


def _certificates(pem: str) -> tuple[x509.Certificate, ...]:
    """Reads the certificates of which one must have signed a document.

    Raises:
        SamlRefusedError: there is none, or one that may not vouch for anything.
    """
    try:
        found = x509.load_pem_x509_certificates(pem.encode())
    except ValueError as error:
        raise SamlRefusedError("certificate_malformed") from error
    return tuple(load_certificate(each.public_bytes(Encoding.DER)) for each in found)

"""Metadata of identity providers: what is pinned, and what is refused (S61)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from daypass.core import saml_limits as limits
from daypass.federation.saml.metadata import IdpMetadata, parse_metadata
from daypass.federation.saml.refusals import SamlRefusedError
from support.saml_idp import (
    ENTITY,
    Change,
    Recipe,
    changed,
    curve_signer,
    instant,
    metadata,
    signer,
)
from support.world import START

SECOND = timedelta(seconds=1)
USE = ' use="signing"'
DESCRIPTOR = "<md:IDPSSODescriptor"
ENTITY_ID = f'entityID="{ENTITY}"'


def pinned(*changes: Change) -> IdpMetadata:
    """Reads metadata with changes."""
    return parse_metadata(metadata(changes=changes), now=START)


def text_reason(text: str) -> str:
    """Returns why a document is refused."""
    with pytest.raises(SamlRefusedError) as caught:
        parse_metadata(text, now=START)
    return caught.value.reason


def reason(*changes: Change) -> str:
    """Returns why metadata with changes is refused."""
    return text_reason(metadata(changes=changes))


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (limits.SAML_METADATA_CHARACTERS_MIN - 1, "metadata_length"),
        (limits.SAML_METADATA_CHARACTERS_MIN, "metadata_not_one_entity"),
        (limits.SAML_METADATA_CHARACTERS_MAX + 1, "metadata_length"),
    ],
)
def test_length(length: int, expected: str) -> None:
    """A document has 1,000 to 10,000,000 characters (S61)."""
    assert expected == text_reason(f"<a>{'x' * (length - len('<a></a>'))}</a>")


def test_longest() -> None:
    """A document of the greatest length is looked at."""
    padding = " " * (limits.SAML_METADATA_CHARACTERS_MAX - len(metadata()))

    assert ENTITY == parse_metadata(metadata() + padding, now=START).entity_id


def test_document_type() -> None:
    """A document type is refused (S21, S61)."""
    assert "xml_markup_forbidden" == text_reason(f"<!DOCTYPE a>{metadata()}")


def test_lone_surrogate() -> None:
    """Text that has no UTF-8 form is refused."""
    assert "xml_characters" == text_reason(f"{metadata()}\ud800")


def test_byte_order_mark() -> None:
    """A byte order mark in front, as some products write it, is dropped."""
    assert ENTITY == parse_metadata(f"\ufeff{metadata()}", now=START).entity_id


def test_comments() -> None:
    """A comment, as some products write it, is dropped."""
    assert ENTITY == pinned((DESCRIPTOR, f"<!-- keys -->{DESCRIPTOR}")).entity_id


@pytest.mark.parametrize("count", [1, 2])
def test_several_entities(count: int) -> None:
    """A document about several providers is refused, be it one (S61)."""
    namespace = "urn:oasis:names:tc:SAML:2.0:metadata"
    begin = f'<m:EntitiesDescriptor xmlns:m="{namespace}">'

    inner = "".join(metadata(changes=(("_metadata", f"_m{n}"),)) for n in range(count))
    text = f"{begin}{inner}</m:EntitiesDescriptor>"
    assert "metadata_not_one_entity" == text_reason(text)


def test_entity_id_missing() -> None:
    """A provider has a name."""
    assert "attribute_missing" == reason((f" {ENTITY_ID}", ""))


@pytest.mark.parametrize("length", [0, limits.SAML_ENTITY_ID_CHARACTERS_MAX + 1])
def test_entity_id_length(length: int) -> None:
    """A provider's name has 1 to 1,024 characters."""
    assert "metadata_entity_id" == reason((ENTITY, "x" * length))


def test_entity_id_longest() -> None:
    """A provider's name may have 1,024 characters, and is kept to the byte."""
    name = f"{' x' * (limits.SAML_ENTITY_ID_CHARACTERS_MAX // 2)}"

    assert name == pinned((ENTITY, name)).entity_id


def test_no_identity_provider() -> None:
    """Metadata of a service provider is refused."""
    changes = [(DESCRIPTOR, "<md:SPSSODescriptor")]
    changes += [("</md:IDPSSODescriptor>", "</md:SPSSODescriptor>")]

    assert "element_missing" == reason(*changes)


def test_two_identity_providers() -> None:
    """Metadata that describes one entity twice is refused."""
    protocol = "urn:oasis:names:tc:SAML:2.0:protocol"
    other = f'{DESCRIPTOR} protocolSupportEnumeration="{protocol}"/>'

    assert "element_repeated" == reason((DESCRIPTOR, other + DESCRIPTOR))


@pytest.mark.parametrize("protocols", ["", "urn:oasis:names:tc:SAML:1.1:protocol"])
def test_other_protocol(protocols: str) -> None:
    """A provider that does not speak SAML 2.0 is refused."""
    change = ("urn:oasis:names:tc:SAML:2.0:protocol", protocols)

    assert "metadata_protocol" == reason(change)


def test_several_protocols() -> None:
    """A provider may speak other protocols as well."""
    old = "urn:oasis:names:tc:SAML:2.0:protocol"

    assert ENTITY == pinned((old, f"urn:other {old}")).entity_id


def test_certificates() -> None:
    """The certificates for signing are pinned, each once and in order."""
    text = metadata(signer(1), signer(), signer(1))

    found = parse_metadata(text, now=START).certificates
    assert (signer(1).certificate, signer().certificate) == found


def test_use_unspecified() -> None:
    """A key without a use is for signing too."""
    assert (signer().certificate,) == pinned((USE, "")).certificates


def test_use_encryption() -> None:
    """A key for encryption vouches for nothing (S35)."""
    assert "metadata_keys" == reason((USE, ' use="encryption"'))


def test_use_encryption_beside() -> None:
    """A key for encryption is not pinned (S35)."""
    text = metadata(signer(1), signer(), changes=((USE, ' use="encryption"'),))

    found = parse_metadata(text, now=START)
    assert (signer().certificate,) == found.certificates


@pytest.mark.parametrize("use", ["", "Signing", "both", "signing encryption"])
def test_use_unknown(use: str) -> None:
    """A use that is not defined is refused (S35)."""
    assert "metadata_keys" == reason((USE, f' use="{use}"'))


def test_key_without_certificate() -> None:
    """A key for signing has a certificate."""
    changes = [("<ds:X509Data>", "<ds:KeyName>"), ("</ds:X509Data>", "</ds:KeyName>")]

    assert "element_missing" == reason(*changes)


def test_chain_of_certificates() -> None:
    """A chain does not say whose key it is, and is refused."""
    begin = "<ds:X509Certificate>"
    other = f"{begin}{signer(1).certificate_text}</ds:X509Certificate>"

    assert "element_repeated" == reason((begin, other + begin))


def test_most_certificates() -> None:
    """A provider has at most eight certificates."""
    signers = [signer(n % 2) for n in range(limits.SAML_CERTIFICATES_MAX)]

    assert 2 == len(parse_metadata(metadata(*signers), now=START).certificates)


def test_too_many_certificates() -> None:
    """A provider with nine certificates is refused."""
    kinds: list[type[ec.EllipticCurve]] = [ec.SECP256R1, ec.SECP384R1, ec.SECP521R1]
    # Each is another key, because signers are kept by their kind.
    kinds += [type(f"Curve{n}", (ec.SECP256R1,), {}) for n in range(6)]

    text = metadata(*(curve_signer(kind) for kind in kinds))
    assert "metadata_keys" == text_reason(text)


@pytest.mark.parametrize("text", ["AAAA", "*", "A", "AAAA AAAA"])
def test_malformed_certificate(text: str) -> None:
    """What is no certificate is refused."""
    certificate = signer().certificate_text

    assert reason((certificate, text)) in {
        *("certificate_malformed", "base64_malformed")
    }


def test_certificate_in_lines() -> None:
    """A certificate may be broken into lines."""
    text = signer().certificate_text
    lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))

    found = pinned((text, f"\n{lines}\n"))
    assert (signer().certificate,) == found.certificates


@pytest.mark.parametrize("place", [DESCRIPTOR, "<md:EntityDescriptor"])
def test_expired(place: str) -> None:
    """Metadata that has ended, in whole or in part, is refused (S61)."""
    change = (place, f'{place} validUntil="{instant()}"')

    assert "metadata_expired" == reason(change)


@pytest.mark.parametrize("place", [DESCRIPTOR, "<md:EntityDescriptor"])
def test_not_yet_expired(place: str) -> None:
    """Metadata is good up to its end."""
    change = (place, f'{place} validUntil="{instant(SECOND)}"')

    assert START + SECOND == pinned(change).valid_until


def test_earlier_end() -> None:
    """The earlier of two ends counts."""
    found = pinned(
        (DESCRIPTOR, f'{DESCRIPTOR} validUntil="{instant(SECOND)}"'),
        (" entityID", f' validUntil="{instant(2 * SECOND)}" entityID'),
    )

    assert START + SECOND == found.valid_until


def test_no_end() -> None:
    """Metadata need not end."""
    assert pinned().valid_until is None


@pytest.mark.parametrize("end", ["", "never", "2026-13-01T00:00:00Z"])
def test_malformed_end(end: str) -> None:
    """An end that is no time is refused."""
    change = (DESCRIPTOR, f'{DESCRIPTOR} validUntil="{end}"')

    assert "time_malformed" == reason(change)


def _signed(recipe: Recipe, *changes: Change) -> str:
    """Returns metadata that was signed and then changed."""
    text = metadata()
    begin = text.index(DESCRIPTOR)
    return changed(text[:begin] + recipe.signature(text) + text[begin:], *changes)


def test_unsigned() -> None:
    """Metadata that must be signed and is not is refused (S61)."""
    trusted = (signer(1).certificate,)

    with pytest.raises(SamlRefusedError, match="element_missing"):
        parse_metadata(metadata(), now=START, signed_by=trusted)


def test_signed_by_stranger() -> None:
    """Metadata does not vouch for itself (S61)."""
    trusted = (signer(1).certificate,)

    with pytest.raises(SamlRefusedError, match="signature_invalid"):
        parse_metadata(_signed(Recipe(signer())), now=START, signed_by=trusted)


def test_signed_then_changed() -> None:
    """Metadata that was changed after it was signed is refused (S61)."""
    text = _signed(Recipe(signer(1)), (ENTITY, f"{ENTITY}/"))

    with pytest.raises(SamlRefusedError, match="signature_invalid"):
        parse_metadata(text, now=START, signed_by=(signer(1).certificate,))


def test_signed() -> None:
    """Metadata that a trusted key has signed is taken."""
    text = _signed(Recipe(signer(1)))

    found = parse_metadata(text, now=START, signed_by=(signer(1).certificate,))
    assert ENTITY == found.entity_id


def test_signature_not_asked_for() -> None:
    """Where no signature is asked for, what there is of one is not looked at."""
    text = _signed(Recipe(signer(1)))

    assert ENTITY == parse_metadata(text, now=START).entity_id

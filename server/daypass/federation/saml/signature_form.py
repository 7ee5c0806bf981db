"""The one form of a signature: what it covers, and how, before it is checked.

A signature that does not have this form is refused whether it is right or not, so
that there is nothing to disagree about in it. `KeyInfo` may be there and is not read.

SPEC: SAML 2.0 core 5.4; XML signature 1.1; attacks S10 to S12, S14 to S17, S23, S26,
S31, S33.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes
from signxml.algorithms import DigestAlgorithm, SignatureMethod

from daypass.core import saml_limits as limits
from daypass.federation.saml import base64_text
from daypass.federation.saml.names import ENVELOPED, EXCLUSIVE, ds
from daypass.federation.saml.refusals import SamlRefusedError
from daypass.federation.saml.xml import XmlElement

SIGNATURE_METHODS: Final = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
        SignatureMethod.ECDSA_SHA256,
        SignatureMethod.ECDSA_SHA384,
        SignatureMethod.ECDSA_SHA512,
    }
)
DIGESTS: Final = frozenset(
    {DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512}
)
_RSA_METHODS: Final = frozenset(
    {
        SignatureMethod.RSA_SHA256,
        SignatureMethod.RSA_SHA384,
        SignatureMethod.RSA_SHA512,
    }
)
_METHODS: Final = {method.value: method for method in SIGNATURE_METHODS}
_SIGNED_HASHES: Final[dict[str, hashes.HashAlgorithm]] = {
    "SHA256": hashes.SHA256(),
    "SHA384": hashes.SHA384(),
    "SHA512": hashes.SHA512(),
}
_HASHES: Final = {
    DigestAlgorithm.SHA256.value: hashlib.sha256,
    DigestAlgorithm.SHA384.value: hashlib.sha384,
    DigestAlgorithm.SHA512.value: hashlib.sha512,
}
_PREFIXES: Final = f"{{{EXCLUSIVE}}}InclusiveNamespaces"
_ALGORITHM: Final = frozenset({"Algorithm"})


@dataclass(frozen=True, slots=True)
class CoveredElement:
    """What a signature says about the element that it covers.

    Attributes:
        digest: its digest.
        hashing: makes one, of the hash that was used.
        prefixes: those that its canonicalization was told to keep.
    """

    digest: bytes
    hashing: Callable[[bytes], hashlib._Hash]
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignatureForm:
    """How a signature of the one form says that it was made.

    Attributes:
        rsa: whether by an RSA key, and else by one on a curve.
        hashing: the hash of what was signed.
        prefixes: those that the canonicalization of `SignedInfo` was told to keep.
        value: the signature.
        covered: what it says about the element that it covers.
    """

    rsa: bool
    hashing: hashes.HashAlgorithm
    prefixes: tuple[str, ...]
    value: bytes
    covered: CoveredElement


def check_form(signature: XmlElement, *, covers: str) -> SignatureForm:
    """Returns what a signature says of itself when it has the one form.

    Args:
        signature: the element.
        covers: the ID of the element that it stands in and must cover.

    Raises:
        SamlRefusedError: it has another form.
    """
    tags = _tags(signature)
    if tags not in (
        [ds("SignedInfo"), ds("SignatureValue")],
        [ds("SignedInfo"), ds("SignatureValue"), ds("KeyInfo")],
    ):
        raise SamlRefusedError("signature_form")
    _check_attributes(signature, optional=frozenset({"Id"}))
    info, value = signature.children[:2]
    _check_attributes(value, optional=frozenset({"Id"}))
    octets = base64_text.decode_wrapped(value.plain_text())
    if not octets:
        raise SamlRefusedError("signature_form")
    _check_tags(info, "CanonicalizationMethod", "SignatureMethod", "Reference")
    _check_attributes(info, optional=frozenset({"Id"}))
    canonicalization, method, reference = info.children
    prefixes = _canonicalization_prefixes(canonicalization)
    _check_attributes(method, required=_ALGORITHM)
    known = _METHODS.get(method.attributes["Algorithm"])
    if known is None or method.children:
        raise SamlRefusedError("signature_algorithm")
    covered = _covered(reference, covers)
    return SignatureForm(
        rsa=known in _RSA_METHODS,
        hashing=_SIGNED_HASHES[known.name.rpartition("_")[2]],
        prefixes=prefixes,
        value=octets,
        covered=covered,
    )


def _covered(reference: XmlElement, covers: str) -> CoveredElement:
    _check_tags(reference, "Transforms", "DigestMethod", "DigestValue")
    _check_attributes(
        reference, required=frozenset({"URI"}), optional=frozenset({"Id"})
    )
    if reference.attributes["URI"] != f"#{covers}":
        raise SamlRefusedError("signature_reference")
    transforms, method, value = reference.children
    _check_attributes(transforms)
    prefixes = _transform_prefixes(transforms)
    _check_attributes(method, required=_ALGORITHM)
    hashing = _HASHES.get(method.attributes["Algorithm"])
    if hashing is None or method.children:
        raise SamlRefusedError("signature_algorithm")
    _check_attributes(value)
    digest = base64_text.decode_wrapped(value.plain_text())
    # attacks S17: what a canonicalization that failed silently would give.
    if len(digest) != hashing().digest_size or digest == hashing(b"").digest():
        raise SamlRefusedError("signature_digest")
    return CoveredElement(digest, hashing, prefixes)


def _transform_prefixes(transforms: XmlElement) -> tuple[str, ...]:
    _check_tags(transforms, "Transform", "Transform")
    enveloped, canonicalization = transforms.children
    _check_attributes(enveloped, required=_ALGORITHM)
    if enveloped.attributes["Algorithm"] != ENVELOPED or enveloped.children:
        raise SamlRefusedError("signature_transform")
    return _canonicalization_prefixes(canonicalization)


def _canonicalization_prefixes(method: XmlElement) -> tuple[str, ...]:
    """Returns the prefixes to keep of a method that is the exclusive one."""
    _check_attributes(method, required=_ALGORITHM)
    if method.attributes["Algorithm"] != EXCLUSIVE:
        raise SamlRefusedError("signature_transform")
    if not method.children:
        return ()
    if _tags(method) != [_PREFIXES]:
        raise SamlRefusedError("signature_transform")
    prefixes = method.children[0]
    _check_attributes(prefixes, required=frozenset({"PrefixList"}))
    listed = prefixes.attributes["PrefixList"]
    if prefixes.children or len(listed) > limits.XML_PREFIX_LIST_CHARACTERS_MAX:
        raise SamlRefusedError("signature_transform")
    return tuple(listed.split())


def _check_tags(element: XmlElement, *names: str) -> None:
    if _tags(element) != [ds(name) for name in names]:
        raise SamlRefusedError("signature_form")


def _check_attributes(
    element: XmlElement,
    *,
    required: frozenset[str] = frozenset(),
    optional: frozenset[str] = frozenset(),
) -> None:
    found = element.attributes.keys()
    if not required <= found <= required | optional:
        raise SamlRefusedError("signature_form")


def _tags(element: XmlElement) -> list[str]:
    return [child.tag for child in element.children]

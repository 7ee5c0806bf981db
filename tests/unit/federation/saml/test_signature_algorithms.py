"""Signatures: which algorithms and which keys count (S31 to S35)."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from daypass.core import saml_limits as limits
from support.saml_idp import (
    RSA_SHA256,
    SHA256,
    Recipe,
    Signer,
    canonical,
    certificate_for,
    curve_signer,
    response,
    rsa_key,
    signer,
)
from support.saml_recipes import RECIPE, info_reason, recipe_reason, trusting
from support.saml_refusal import (
    reason,
    verified,
)
from support.world import START

XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
SECOND = timedelta(seconds=1)
GOOD = "alice@corp.example"
INFO_END = "</ds:SignedInfo>"


@pytest.mark.parametrize(
    "method",
    [
        *(f"{XMLDSIG}rsa-sha1", f"{XMLDSIG}dsa-sha1", f"{MORE}rsa-md5"),
        *(f"{XMLDSIG}hmac-sha1", f"{MORE}hmac-sha256", f"{MORE}ecdsa-sha1"),
        *("http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", "none", ""),
        f"{MORE}rsa-sha224",
    ],
)
def test_signature_methods(method: str) -> None:
    """SHA-1, MD5, HMAC and what is not listed are refused (S31, S33)."""
    assert "signature_algorithm" == recipe_reason(method_uri=method)


@pytest.mark.parametrize(
    "digest", [f"{XMLDSIG}sha1", f"{MORE}md5", f"{MORE}sha224", "none", ""]
)
def test_digest_methods(digest: str) -> None:
    """SHA-1, MD5 and what is not listed are refused as digests (S31)."""
    assert "signature_algorithm" == recipe_reason(digest_uri=digest)


def test_really_sha1() -> None:
    """A signature by SHA-1 that is right is refused (S31)."""
    assert "signature_algorithm" == recipe_reason(
        hashing=hashes.SHA1(),  # noqa: S303 - what is refused.
        digest_uri=f"{XMLDSIG}sha1",
        method_uri=f"{XMLDSIG}rsa-sha1",
    )


@pytest.mark.parametrize("method", ["SignatureMethod", "DigestMethod"])
def test_method_with_parameters(method: str) -> None:
    """A method has no parameters, such as the length of a tag (S33)."""
    uri = RSA_SHA256 if method == "SignatureMethod" else SHA256
    old = f'<ds:{method} Algorithm="{uri}"/>'
    inner = "<ds:HMACOutputLength>8</ds:HMACOutputLength>"

    new = f"{old[:-2]}>{inner}</ds:{method}>"
    assert "signature_algorithm" == info_reason(old, new)


def test_hmac_with_certificate() -> None:
    """The public certificate is no shared secret (S33)."""
    method = f"{MORE}hmac-sha256"
    text = response(recipe=replace(RECIPE, method_uri=method))
    begin, end = text.index("<ds:SignedInfo"), text.index(INFO_END) + len(INFO_END)
    info = canonical(text[begin:end])
    tag = hmac.digest(signer().certificate_pem, info, "sha256")
    value = base64.b64encode(tag).decode()

    start = text.index("<ds:SignatureValue>") + len("<ds:SignatureValue>")
    forged = text[:start] + value + text[text.index("</ds:SignatureValue>") :]
    assert "signature_algorithm" == reason(forged)


def test_pss_under_other_name() -> None:
    """A signature is padded as its method says."""
    text = response()
    begin, end = text.index("<ds:SignedInfo"), text.index(INFO_END) + len(INFO_END)
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    raw = rsa_key().sign(canonical(text[begin:end]), scheme, hashes.SHA256())
    value = base64.b64encode(raw).decode()

    start = text.index("<ds:SignatureValue>") + len("<ds:SignatureValue>")
    forged = text[:start] + value + text[text.index("</ds:SignatureValue>") :]
    assert "signature_invalid" == reason(forged)


HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "256": hashes.SHA256,
    "384": hashes.SHA384,
    "512": hashes.SHA512,
}
DIGEST_URIS = {
    "256": SHA256,
    "384": f"{MORE}sha384",
    "512": "http://www.w3.org/2001/04/xmlenc#sha512",
}
CURVES = {
    "rsa": None,
    "P-256": ec.SECP256R1,
    "P-384": ec.SECP384R1,
    "P-521": ec.SECP521R1,
}


@pytest.mark.parametrize("size", HASHES)
@pytest.mark.parametrize("curve", CURVES)
def test_algorithms(curve: str, size: str) -> None:
    """RSA and ECDSA with any of three hashes are taken."""
    kind = CURVES[curve]
    by = signer() if kind is None else curve_signer(kind)
    recipe = Recipe(
        by,
        hashing=HASHES[size](),
        digest_uri=DIGEST_URIS[size],
        method_uri=f"{MORE}{'rsa' if kind is None else 'ecdsa'}-sha{size}",
    )

    found = verified(response(recipe=recipe), expected=trusting(by))
    assert GOOD == found.subject


@pytest.mark.parametrize("method", ["rsa-sha256", "ecdsa-sha256"])
def test_algorithm_belongs_to_key(method: str) -> None:
    """A signature of one kind is not checked with a key of the other."""
    by = curve_signer(ec.SECP256R1) if method.startswith("rsa") else signer()
    text = response(recipe=Recipe(by, method_uri=f"{MORE}{method}"))

    assert "signature_invalid" == reason(text, expected=trusting(by))


ATTACKER_KEY_INFOS = {
    "certificate": "<ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data>",
    "name": "<ds:KeyName>attacker</ds:KeyName>",
    "retrieval": '<ds:RetrievalMethod URI="http://127.0.0.1:9/"/>',
    "value": (
        "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus>"
        "<ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>"
    ),
    "der": (
        '<d:DEREncodedKeyValue xmlns:d="http://www.w3.org/2009/xmldsig11#">AQAB'
        "</d:DEREncodedKeyValue>"
    ),
    "nothing": "",
}


@pytest.mark.parametrize("name", ATTACKER_KEY_INFOS)
def test_key_info_gives_no_key(name: str) -> None:
    """A key that a signature brings along vouches for nothing (S34)."""
    attacker = signer(1)
    inner = ATTACKER_KEY_INFOS[name].format(attacker.certificate_text)
    recipe = Recipe(attacker, key_info=f"<ds:KeyInfo>{inner}</ds:KeyInfo>")

    assert "signature_invalid" == reason(response(recipe=recipe))


@pytest.mark.parametrize("name", ATTACKER_KEY_INFOS)
def test_key_info_is_ignored(name: str) -> None:
    """A key that a signature brings along does not disturb the pinned one (S34)."""
    inner = ATTACKER_KEY_INFOS[name].format(signer(1).certificate_text)
    recipe = replace(RECIPE, key_info=f"<ds:KeyInfo>{inner}</ds:KeyInfo>")

    assert GOOD == verified(response(recipe=recipe)).subject


def test_second_certificate() -> None:
    """Each pinned certificate vouches alone, as while keys are rotated."""
    expected = trusting(signer(1), signer())

    assert GOOD == verified(response(), expected=expected).subject


def test_no_pinned_certificate() -> None:
    """A key that is not pinned vouches for nothing."""
    assert "signature_invalid" == reason(response(), expected=trusting(signer(1)))


def _dated(begin: timedelta, end: timedelta) -> Signer:
    key = rsa_key()
    return Signer(key, certificate_for(key, begin=START + begin, end=START + end))


@pytest.mark.parametrize(
    ("begin", "end"), [(-2 * SECOND, -SECOND), (SECOND, 2 * SECOND)]
)
def test_certificate_out_of_time(begin: timedelta, end: timedelta) -> None:
    """A certificate outside of its validity vouches for nothing (S35)."""
    expected = trusting(_dated(begin, end))

    assert "certificate_expired" == reason(response(), expected=expected)


@pytest.mark.parametrize(
    ("begin", "end"), [(-SECOND, timedelta()), (timedelta(), SECOND)]
)
def test_certificate_just_in_time(begin: timedelta, end: timedelta) -> None:
    """A certificate is valid from its first second to its last (S35)."""
    expected = trusting(_dated(begin, end))

    assert GOOD == verified(response(), expected=expected).subject


@pytest.mark.parametrize(
    ("begin", "end"), [(-2 * SECOND, -SECOND), (SECOND, 2 * SECOND)]
)
def test_certificate_time_given_up(begin: timedelta, end: timedelta) -> None:
    """An installation may take certificates whatever their validity (S35)."""
    expected = trusting(_dated(begin, end), unsafe_accept_expired_certificates=True)

    assert GOOD == verified(response(), expected=expected).subject


def test_one_of_two_expired() -> None:
    """A certificate that has expired does not disturb one that has not."""
    expected = trusting(_dated(-2 * SECOND, -SECOND), signer(1))

    assert "signature_invalid" == reason(response(), expected=expected)


def test_curve_signature_of_other_length() -> None:
    """A signature on a curve has the length that the curve gives it."""
    by = curve_signer(ec.SECP256R1)
    text = response(recipe=Recipe(by, method_uri=f"{MORE}ecdsa-sha256"))
    begin = text.index("<ds:SignatureValue>") + len("<ds:SignatureValue>")

    short = text[:begin] + "AAAA" + text[text.index("</ds:SignatureValue>") :]
    assert "signature_invalid" == reason(short, expected=trusting(by))


def test_large_key_info() -> None:
    """A signature is small, whatever key it brings along (S34, S60)."""
    names = "<ds:KeyName>x</ds:KeyName>" * limits.SAML_SIGNATURE_NODES_MAX
    recipe = replace(RECIPE, key_info=f"<ds:KeyInfo>{names}</ds:KeyInfo>")

    assert "xml_too_large" == reason(response(recipe=recipe))

"""The one form of a signature: what it covers, and how (S10 to S17, S23, S26)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest

from support.saml_idp import (
    ENVELOPED,
    EXCLUSIVE,
    SAML_NAMESPACES,
    SHA256,
    TRANSFORMS,
    assertion,
    canonical,
    changed,
    in_response,
    response,
    sign,
)
from support.saml_recipes import RECIPE, info_reason, recipe_reason, spoiled
from support.saml_refusal import (
    reason,
    verified,
)

XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
SIGNATURE_END = "</ds:Signature>"
GOOD = "alice@corp.example"
INFO_END = "</ds:SignedInfo>"


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        *(("empty", ""), ("xpointer", "#xpointer(/)"), ("http", "http://127.0.0.1:9/")),
        *(("other", "#_response-1"), ("nowhere", "#_x"), ("hash", "##_assertion-1")),
        *(("bare", "_assertion-1"), ("blank", "#_assertion-1 "), ("file", "file:///")),
        ("id", "#xpointer(id('_assertion-1'))"),
    ],
)
def test_reference(name: str, reference: str) -> None:
    """A signature refers to the element that it stands in, by its ID (S11, S12)."""
    assert name
    assert "signature_reference" == recipe_reason(reference=reference)


def test_reference_missing() -> None:
    """A reference without a URI covers nothing (S12)."""
    assert "signature_form" == info_reason(' URI="#_assertion-1"', "")


def test_reference_type() -> None:
    """A reference says nothing but what it refers to."""
    assert "signature_form" == info_reason(" URI=", ' Type="urn:x" URI=')


def test_assertion_without_id() -> None:
    """An assertion that nothing can refer to is not signed."""
    text = response((' ID="_assertion-1"', ' Id="_assertion-1"'))

    assert "signature_reference" == reason(text)


@pytest.mark.parametrize("count", [0, 2])
def test_number_of_references(count: int) -> None:
    """A signature has exactly one reference (S14)."""
    begin, end = "<ds:Reference", "</ds:Reference>"
    text = response()
    reference = text[text.index(begin) : text.index(end) + len(end)]

    assert "signature_form" == info_reason(reference, reference * count)


def test_two_signed_infos() -> None:
    """A signature has exactly one SignedInfo (S15)."""
    text = response()
    begin = text.index("<ds:SignedInfo")
    info = text[begin : text.index(INFO_END) + len(INFO_END)]

    assert "signature_form" == reason(changed(text, (info, info * 2)))


def test_signed_info_in_object() -> None:
    """A signature has no objects to hide a SignedInfo in (S15, S23)."""
    inner = "<ds:Object><ds:SignedInfo/></ds:Object>"

    assert "signature_form" == spoiled(SIGNATURE_END, inner + SIGNATURE_END)


def test_digest_outside() -> None:
    """A digest outside of SignedInfo is refused (S23)."""
    digest = f"<ds:DigestValue>{'A' * 43}=</ds:DigestValue>"

    assert "signature_form" == spoiled(SIGNATURE_END, digest + SIGNATURE_END)


def test_digest_in_status() -> None:
    """A digest elsewhere in the document is never found (S23)."""
    forged = hashlib.sha256(canonical(assertion((GOOD, "admin@corp.example"))))
    digest = base64.b64encode(forged.digest()).decode()
    namespace = SAML_NAMESPACES["ds"]
    value = f'<ds:DigestValue xmlns:ds="{namespace}">{digest}</ds:DigestValue>'
    detail = f"<samlp:StatusDetail>{value}</samlp:StatusDetail></samlp:Status>"

    text = changed(
        response(), (GOOD, "admin@corp.example"), ("</samlp:Status>", detail)
    )
    assert "signature_invalid" == reason(text)


@pytest.mark.parametrize(
    ("uri", "hashing"),
    [
        (SHA256, hashlib.sha256),
        (f"{MORE}sha384", hashlib.sha384),
        ("http://www.w3.org/2001/04/xmlenc#sha512", hashlib.sha512),
    ],
)
def test_digest_of_nothing(uri: str, hashing: type) -> None:
    """The digest of nothing is refused, whatever was signed (S17, S18)."""
    empty = base64.b64encode(hashlib.new(hashing().name).digest()).decode()
    text = response()
    begin = text.index("<ds:DigestValue>")
    value = text[begin : text.index("</ds:DigestValue>")]

    changes = ((value, f"<ds:DigestValue>{empty}"), (SHA256, uri))
    assert "signature_digest" == recipe_reason(info_changes=changes)


def test_digest_of_other_length() -> None:
    """A digest has the length of its algorithm."""
    assert "signature_digest" == info_reason("<ds:DigestValue>", "<ds:DigestValue>AAAA")


@pytest.mark.parametrize(
    "algorithm",
    [
        *("http://www.w3.org/TR/1999/REC-xslt-19991116",),
        *("http://www.w3.org/TR/1999/REC-xpath-19991116",),
        *(f"{XMLDSIG}base64", "http://www.w3.org/2002/06/xmldsig-filter2"),
        *("http://www.w3.org/TR/2001/REC-xml-c14n-20010315", "urn:unknown", ""),
        *(f"{EXCLUSIVE}WithComments", "http://www.w3.org/2006/12/xml-c14n11"),
        ENVELOPED,
    ],
)
def test_transforms(algorithm: str) -> None:
    """The second transform is the exclusive canonicalization (S26)."""
    transform = f'<ds:Transform Algorithm="{algorithm}"/>'

    assert "signature_transform" == recipe_reason(
        transforms=TRANSFORMS.replace(
            f'<ds:Transform Algorithm="{EXCLUSIVE}"/>', transform
        )
    )


@pytest.mark.parametrize(
    "transforms",
    [
        *("", f'<ds:Transform Algorithm="{ENVELOPED}"/>', TRANSFORMS + TRANSFORMS),
        f'<ds:Transform Algorithm="{EXCLUSIVE}"/>',
    ],
)
def test_number_of_transforms(transforms: str) -> None:
    """There are two transforms (S26)."""
    assert "signature_form" == recipe_reason(transforms=transforms)


def test_order_of_transforms() -> None:
    """The signature is taken out first (S26)."""
    first, second = TRANSFORMS.split("/>")[:2]

    assert "signature_transform" == recipe_reason(transforms=f"{second}/>{first}/>")


@pytest.mark.parametrize("algorithm", [ENVELOPED, EXCLUSIVE])
def test_transform_with_content(algorithm: str) -> None:
    """A transform has no parameters but a list of prefixes (S26)."""
    old = f'<ds:Transform Algorithm="{algorithm}"/>'
    new = f"{old[:-2]}><ds:XPath>1</ds:XPath></ds:Transform>"

    assert "signature_transform" == recipe_reason(
        transforms=TRANSFORMS.replace(old, new)
    )


@pytest.mark.parametrize(
    "algorithm", [f"{EXCLUSIVE}WithComments", "http://www.w3.org/2006/12/xml-c14n11"]
)
def test_canonicalization(algorithm: str) -> None:
    """What is signed was canonicalized exclusively as well (S26)."""
    old = f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"'

    assert "signature_transform" == info_reason(old, old.replace(EXCLUSIVE, algorithm))


def _prefixes(attributes: str, inner: str = "") -> str:
    """Returns transforms with a list of prefixes."""
    old = f'<ds:Transform Algorithm="{EXCLUSIVE}"/>'
    listed = f'<e:InclusiveNamespaces xmlns:e="{EXCLUSIVE}" {attributes}>{inner}'
    new = f"{old[:-2]}>{listed}</e:InclusiveNamespaces></ds:Transform>"
    return TRANSFORMS.replace(old, new)


def test_prefixes() -> None:
    """Prefixes that canonicalization keeps are part of what is signed."""
    begin = "<saml:Assertion "
    text = assertion((begin, f'{begin}xmlns:xs="http://www.w3.org/2001/XMLSchema" '))
    recipe = replace(RECIPE, transforms=_prefixes('PrefixList="xs"'), prefixes="xs")

    assert GOOD == verified(in_response(sign(text, recipe))).subject


@pytest.mark.parametrize(
    ("attributes", "inner"),
    [
        ('PrefixList="xs"', "<e:x/>"),
        (f'PrefixList="{"x" * 257}"', ""),
    ],
)
def test_malformed_prefixes(attributes: str, inner: str) -> None:
    """A list of prefixes is short and flat."""
    transforms = _prefixes(attributes, inner)

    assert "signature_transform" == recipe_reason(transforms=transforms)


@pytest.mark.parametrize("attributes", ["", 'PrefixList="xs" x="y"'])
def test_prefixes_have_a_list(attributes: str) -> None:
    """A list of prefixes has the list and nothing else."""
    assert "signature_form" == recipe_reason(transforms=_prefixes(attributes))


@pytest.mark.parametrize(
    "change",
    [
        ("<ds:SignedInfo", '<ds:SignedInfo x="y"'),
        ("<ds:SignatureValue", '<ds:SignatureValue x="y"'),
        ("<ds:Signature ", '<ds:Signature x="y" '),
        ("<ds:DigestValue", '<ds:DigestValue x="y"'),
        ("<ds:Transforms", '<ds:Transforms x="y"'),
        ("<ds:SignatureMethod ", '<ds:SignatureMethod x="y" '),
    ],
)
def test_unknown_attributes(change: tuple[str, str]) -> None:
    """What a signature may say is a closed list."""
    assert "signature_form" == spoiled(*change)

"""Signatures: one form, pinned keys, and values from what was signed only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding

from daypass.core.errors import InvalidIdentityTokenError
from daypass.federation.saml.metadata import parse_metadata
from daypass.federation.saml.provider import IdentityProvider
from support.saml_idp import (
    ENVELOPED,
    EXCLUSIVE,
    NAME_ID,
    PROVIDER_ARN,
    RSA_SHA256,
    SAML_NAMESPACES,
    SHA256,
    TRANSFORMS,
    Recipe,
    Signer,
    assertion,
    canonical,
    certificate_for,
    changed,
    curve_signer,
    in_response,
    metadata,
    response,
    rsa_key,
    sign,
    signer,
)
from support.saml_refusal import (
    Expectations,
    expectations,
    provider,
    reason,
    refusal,
    verified,
)
from support.world import START

XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
SECOND = timedelta(seconds=1)
RECIPE = Recipe(signer())
SIGNATURE_END = "</ds:Signature>"
GOOD = "alice@corp.example"
INFO_END = "</ds:SignedInfo>"


def trusting(*signers: Signer, **given_up: bool) -> Expectations:
    """Returns expectations of a provider whose metadata names these signers."""
    pinned = parse_metadata(metadata(*signers), now=START)
    return replace(
        expectations(**given_up), provider=IdentityProvider(PROVIDER_ARN, pinned)
    )


def recipe_reason(**changes: object) -> str:
    """Returns why a response is refused that was signed in another way."""
    return reason(response(recipe=replace(RECIPE, **changes)))  # type: ignore[arg-type]


def spoiled(old: str, new: str) -> str:
    """Returns why a response is refused that was changed after it was signed."""
    return reason(changed(response(), (old, new)))


def info_reason(old: str, new: str) -> str:
    """Returns why a response is refused whose signed SignedInfo was another."""
    return recipe_reason(info_changes=((old, new),))


def test_caller_sees_one_message() -> None:
    """The caller learns that the signature is bad, and nothing else."""
    errors = [
        refusal(response(recipe=Recipe(signer(1)))),
        refusal(in_response(assertion())),
        refusal(changed(response(), (GOOD, "admin@corp.example"))),
    ]

    assert {"Response signature invalid"} == {error.message for error in errors}
    assert all(isinstance(error, InvalidIdentityTokenError) for error in errors)


def test_unsigned() -> None:
    """An assertion without a signature is refused (S10)."""
    assert "element_missing" == reason(in_response(assertion()))


@pytest.mark.parametrize("old", [GOOD, "S3AccessRole", ">alice<", "persistent"])
def test_changed_value(old: str) -> None:
    """A value that was changed after it was signed is refused."""
    assert "signature_invalid" == spoiled(old, old.replace("e", "3", 1))


def test_emptied_signature() -> None:
    """A signature without content is none (S10)."""
    text = response()
    begin, end = text.index("<ds:SignedInfo"), text.index(SIGNATURE_END)

    assert "signature_form" == reason(text[:begin] + text[end:])


@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_empty_value(value: str) -> None:
    """A signature value is not empty (S10)."""
    text = response()
    begin = text.index("<ds:SignatureValue>") + len("<ds:SignatureValue>")

    end = text.index("</ds:SignatureValue>")
    assert "signature_form" == reason(text[:begin] + value + text[end:])


@pytest.mark.parametrize("value", ["AAAA", "A" * 344, "A" * 400])
def test_wrong_value(value: str) -> None:
    """A signature value that is another is refused."""
    text = response()
    begin = text.index("<ds:SignatureValue>") + len("<ds:SignatureValue>")

    end = text.index("</ds:SignatureValue>")
    assert reason(text[:begin] + value + text[end:]) in {
        *("signature_invalid", "base64_malformed")
    }


@pytest.mark.parametrize("element", ["SignatureValue", "DigestValue"])
@pytest.mark.parametrize("inner", ["<!---->", "<?p?>"])
def test_comment_in_value(element: str, inner: str) -> None:
    """A value is not split by a comment or an instruction (S16)."""
    assert "xml_markup_forbidden" == spoiled(
        f"<ds:{element}>", f"<ds:{element}>{inner}"
    )


@pytest.mark.parametrize("element", ["SignatureValue", "DigestValue"])
@pytest.mark.parametrize("inner", ["*", "-", "=", "&#160;", "."])
def test_foreign_character_in_value(element: str, inner: str) -> None:
    """A value is strict base64."""
    assert "base64_malformed" == spoiled(f"<ds:{element}>", f"<ds:{element}>{inner}")


def test_element_in_value() -> None:
    """A value holds no elements."""
    inner = "<ds:SignatureValue><ds:x/></ds:SignatureValue>"
    text = response()
    begin, end = text.index("<ds:SignatureValue>"), text.index(SIGNATURE_END)

    assert "element_unexpected" == reason(text[:begin] + inner + text[end:])


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

    assert "id_spelling" == reason(text)


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


HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
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


def test_ids_of_signature() -> None:
    """The parts of a signature may have IDs of their own."""
    text = changed(response(), ("<ds:Signature ", '<ds:Signature Id="_s1" '))

    assert GOOD == verified(text).subject


def test_wrapped_lines() -> None:
    """Values may be broken into lines, with references for carriage returns."""
    text = changed(response(), ("<ds:SignatureValue>", "<ds:SignatureValue>\n &#13;\t"))

    assert GOOD == verified(text).subject


def test_signed_response_of_stranger() -> None:
    """A signature of the response that is wrong is not overlooked."""
    text = sign(in_response(sign(assertion())), Recipe(signer(1)))

    assert "signature_invalid" == reason(text)


def test_signed_response_changed() -> None:
    """A response that was changed after it was signed is refused."""
    text = sign(in_response(sign(assertion())))

    assert "signature_invalid" == reason(
        changed(text, (' Version="2.0"', ' Version="2.0" Consent="urn:x"'))
    )


def test_two_signatures() -> None:
    """An assertion is signed once."""
    text = response()
    begin = text.index("<ds:Signature ")
    end = text.index(SIGNATURE_END) + len(SIGNATURE_END)

    assert reason(changed(text, (text[begin:end], text[begin:end] * 2))) in {
        *("element_repeated", "signature_misplaced")
    }


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """No log has a word of an assertion, however much is logged."""
    with caplog.at_level(logging.DEBUG):
        verified(sign(in_response(sign(assertion()))))

    assert "" == caplog.text


def test_text_around_name() -> None:
    """What was signed is what is read, spaces between elements apart."""
    text = response((NAME_ID, f"\n  {NAME_ID}\n"))

    assert (
        GOOD
        == verified(text, expected=replace(expectations(), provider=provider())).subject
    )

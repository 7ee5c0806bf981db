"""The shape of a whole response: one assertion, one spelling of IDs (S01 to S13)."""

from __future__ import annotations

import pytest
from signxml.verifier import SignatureConfiguration, XMLVerifier

from daypass.core import saml_limits as limits
from daypass.federation.saml.document import (
    check_assertion,
    check_response,
    find_assertion,
)
from daypass.federation.saml.refusals import SamlRefusedError
from daypass.federation.saml.xml import parse
from daypass.federation.saml.xml_text import RESPONSE_BOUNDS
from support.saml_idp import (
    ASSERTION_BEGIN,
    ASSERTION_ID,
    CONFIRMATION,
    ISSUER,
    NAME_ID,
    RESPONSE_BEGIN,
    RESPONSE_END,
    RESPONSE_ID,
    SAML_NAMESPACES,
    STATUS,
    Recipe,
    assertion,
    changed,
    in_response,
    response,
    sign,
    signer,
)
from support.saml_refusal import change_refusal, read, reason, refusal, verified
from support.saml_wrapping import WRAPPINGS, forged, signed_around_unsigned
from support.world import START

INVALID = ("InvalidIdentityToken", "Response signature invalid")
LONGEST_ID = "_" + "i" * (limits.XML_ID_CHARACTERS_MAX - 1)


def shape_reason(text: str) -> str:
    """Returns why the shape of a response is refused, whoever has signed it."""
    with pytest.raises(SamlRefusedError) as caught:
        find_assertion(check_response(parse(text.encode(), RESPONSE_BOUNDS)))
    return caught.value.reason


@pytest.mark.parametrize("name", WRAPPINGS)
def test_wrapped_assertions(name: str) -> None:
    """An assertion that is not alone in its place is refused (S01 to S09, 38)."""
    error = refusal(WRAPPINGS[name]())

    assert "InvalidIdentityToken" == error.row.reason


# The first two have put a signature of their own where the response has one.
@pytest.mark.parametrize("name", list(WRAPPINGS)[2:])
def test_wrapped_in_signed_response(name: str) -> None:
    """A signature around everything does not help a wrapped assertion (S03 to S09)."""
    assert "InvalidIdentityToken" == refusal(sign(WRAPPINGS[name]())).row.reason


@pytest.mark.parametrize("name", ["S03-XSW3", "S04-XSW4", "S05-XSW5", "S07-XSW7"])
def test_wrapping_fools_library(name: str) -> None:
    """The wrapped original is well signed, so that its shape alone gives it away."""
    found = XMLVerifier().verify(
        WRAPPINGS[name]().encode(),
        x509_cert=signer().certificate,
        expect_config=SignatureConfiguration(verification_time=START),
    )

    assert not isinstance(found, list)
    assert b"alice@corp.example" in found.signed_data


def test_assertion_must_be_signed() -> None:
    """The signature of the response does not stand for that of the assertion (S11)."""
    error = refusal(signed_around_unsigned())

    assert INVALID == (error.row.reason, error.message)


def test_signed_assertion_alone() -> None:
    """An assertion without a response around it is refused (S56)."""
    assert "not_a_response" == reason(sign(assertion()))


@pytest.mark.parametrize(
    "name",
    ["LogoutResponse", "AuthnRequest", "ArtifactResponse", "Responses", "response"],
)
def test_other_messages(name: str) -> None:
    """Another message of the protocol is no response (S56)."""
    text = response().replace("samlp:Response", f"samlp:{name}")

    assert "not_a_response" == reason(text)


def test_response_of_other_namespace() -> None:
    """A response of SAML 1.1 is none (S56)."""
    text = response().replace("SAML:2.0:protocol", "SAML:1.0:protocol")

    assert "not_a_response" == reason(text)


def test_no_assertion() -> None:
    """A response without an assertion proves nothing."""
    assert "not_one_assertion" == reason(in_response(""))


def test_plain_and_encrypted() -> None:
    """A plain and an encrypted assertion are two."""
    encrypted = "<saml:EncryptedAssertion/>"

    assert "not_one_assertion" == reason(in_response(sign(assertion()) + encrypted))


def test_encrypted_inside() -> None:
    """An encrypted assertion has no place inside of another."""
    inner = "<saml:Subject><saml:EncryptedAssertion/>"

    assert "not_one_assertion" == change_refusal(("<saml:Subject>", inner))


@pytest.mark.parametrize("inner", ["<samlp:Extensions/>", "<saml:Subject/>", "<ds:x/>"])
def test_unexpected_in_response(inner: str) -> None:
    """What has no place in a response is refused, were it empty."""
    text = in_response(sign(assertion()), (STATUS, STATUS + inner))
    namespace = 'xmlns:ds="http://www.w3.org/2000/09/xmldsig#" '

    whole = changed(text, ("xmlns:samlp", f"{namespace}xmlns:samlp"))
    assert "element_unexpected" == reason(whole)


@pytest.mark.parametrize(
    "name", ["Assertion", "EncryptedAssertion", "Signature", "SignedInfo", "Response"]
)
def test_decisive_namesakes(name: str) -> None:
    """A namesake of a decisive element in another namespace is refused (S20)."""
    inner = f'<x:{name} xmlns:x="urn:example"/>'

    text = changed(response(), (NAME_ID, NAME_ID + inner))
    assert "element_namespace" == shape_reason(text)


def test_decisive_name_without_namespace() -> None:
    """A namesake without a namespace is one too."""
    text = changed(response(), ("<saml:NameID", "<Assertion/><saml:NameID"))

    assert "element_namespace" == shape_reason(text)


@pytest.mark.parametrize(
    "spelling", ["Id", "id", "iD", "saml:ID", "samlp:ID", "saml:id"]
)
def test_further_id_spelling(spelling: str) -> None:
    """An element has its ID in one spelling and no other beside it (S13)."""
    text = changed(response(), (f' ID="{ASSERTION_ID}"', f' {spelling}="_x" ID="_y"'))

    assert "id_spelling" == shape_reason(text)


@pytest.mark.parametrize("spelling", ["Id", "id", "saml:ID"])
def test_other_id_spelling(spelling: str) -> None:
    """An ID in another spelling is none (S13)."""
    text = changed(response(), (f' ID="{RESPONSE_ID}"', f' {spelling}="_x"'))

    assert "id_spelling" == reason(text)


def test_xml_id() -> None:
    """The ID that XML itself defines is refused (S13)."""
    text = changed(response(), (f' ID="{RESPONSE_ID}"', ' xml:id="_x" ID="_y"'))

    assert "xml_attribute_reserved" == reason(text)


@pytest.mark.parametrize("place", ["<saml:Subject", "<samlp:Status", "<ds:KeyInfo"])
def test_repeated_id(place: str) -> None:
    """An ID stands at one element of the whole document (S12, S13)."""
    name = "Id" if place.startswith("<ds") else "ID"
    signed = response().replace("</ds:Signature>", "<ds:KeyInfo/></ds:Signature>")

    text = changed(signed, (place, f'{place} {name}="{ASSERTION_ID}"'))
    assert "id_repeated" == shape_reason(text)


def test_id_of_response_repeated() -> None:
    """The response and the assertion have different IDs (S13)."""
    assert "id_repeated" == change_refusal((ASSERTION_ID, RESPONSE_ID))


@pytest.mark.parametrize("value", ["", "1a", "a b", "a#b", "\u00e4", "a:b", "_a\n"])
def test_malformed_ids(value: str) -> None:
    """An ID is a plain ASCII name."""
    text = changed(response(), (f'ID="{RESPONSE_ID}"', f'ID="{value}"'))

    assert "id_spelling" == reason(text)


def test_id_too_long() -> None:
    """An ID has at most 256 characters."""
    text = changed(response(), (RESPONSE_ID, f"{LONGEST_ID}i"))

    assert "id_spelling" == reason(text)


def test_id_longest() -> None:
    """An ID of 256 characters is taken."""
    found = verified(changed(response((ASSERTION_ID, LONGEST_ID))))

    assert LONGEST_ID == found.assertion_id


def test_id_of_unknown_namespace() -> None:
    """An element of another namespace has no ID, in whichever spelling."""
    inner = '<x:y xmlns:x="urn:example" ID="_z"/>'

    text = changed(response(), (NAME_ID, NAME_ID + inner))
    assert "id_spelling" == shape_reason(text)


def test_signature_of_confirmation() -> None:
    """A signature that stands deeper than the assertion is refused (S11)."""
    signature = sign(assertion())
    begin, end = signature.index("<ds:Signature "), signature.index("<saml:Subject>")
    inner = signature[begin:end]

    text = in_response(assertion((CONFIRMATION, CONFIRMATION + inner)))
    assert "signature_misplaced" == shape_reason(text)


def test_forged_beside_encrypted_namesake() -> None:
    """Forged and original in one response are two, whatever their order (S03, S09)."""
    both = [forged(), sign(assertion())]

    assert ["not_one_assertion"] * 2 == [
        _repeated_reason(in_response("".join(order))) for order in (both, both[::-1])
    ]


def _repeated_reason(text: str) -> str:
    """Returns the reason, where two of one tag count as two assertions."""
    return reason(text).replace("element_repeated", "not_one_assertion")


def test_response_and_assertion_signed() -> None:
    """A response that is signed as well is taken."""
    text = sign(in_response(sign(assertion())))

    assert "alice@corp.example" == verified(text).subject


def test_only_assertion_signed() -> None:
    """A response that is not signed itself is taken."""
    assert "alice@corp.example" == read().subject


def test_response_without_issuer() -> None:
    """A response need not name its issuer."""
    text = in_response(sign(assertion()), (RESPONSE_BEGIN + ISSUER, RESPONSE_BEGIN))

    assert "alice@corp.example" == verified(text).subject
    assert ASSERTION_BEGIN in text
    assert text.endswith(RESPONSE_END)


def _signed_part(tag: str) -> str:
    """Returns an element of a response with a signature of itself only."""
    namespace = tag.partition(":")[0]
    uri = SAML_NAMESPACES[namespace]
    part = f'<{tag} xmlns:{namespace}="{uri}" ID="_part"></{tag}>'
    signature = Recipe(signer()).signature(part)
    return part.replace("></", f">{signature}</")


@pytest.mark.parametrize(
    "tag",
    [
        *("samlp:Status", "samlp:Extensions", "saml:Issuer", "saml:Advice"),
        "saml:AuthnStatement",
    ],
)
def test_part_is_signed(tag: str) -> None:
    """A signature of a part vouches for no assertion, wherever it stands (S11)."""
    part = _signed_part(tag)
    begin = part.index("<ds:Signature ")
    signature = part[begin : part.index("</ds:Signature>") + len("</ds:Signature>")]
    beside = in_response(assertion(), (STATUS, STATUS + part))
    inside = in_response(assertion((ISSUER, ISSUER + signature)))
    both = in_response(
        assertion((ISSUER, ISSUER + signature), (NAME_ID, f"{NAME_ID}<x/>")),
        (STATUS, STATUS + part.replace(signature, "")),
    )

    for text in (beside, inside, both):
        assert INVALID == (refusal(text).row.reason, refusal(text).message)


def test_failure_without_assertion() -> None:
    """A response that says that something failed needs no assertion (S55)."""
    text = in_response("", ("status:Success", "status:Responder"))

    assert "IDPRejectedClaim" == refusal(text).row.reason


def test_shape_of_something_else() -> None:
    """The shape is judged whole, whatever has been asked before."""
    assert "not_a_response" == shape_reason("<a/>")
    other = parse(b"<a/>", RESPONSE_BOUNDS)

    with pytest.raises(SamlRefusedError, match="not_one_assertion"):
        check_assertion(other)


def test_surplus_around() -> None:
    """Around a good assertion there is little, so that reading it costs little (S60)."""
    more = "<samlp:StatusDetail/>" * limits.SAML_SIGNATURE_NODES_MAX
    text = changed(response(), ("</samlp:Status>", f"{more}</samlp:Status>"))

    assert "xml_too_large" == reason(text)


def test_detail_around() -> None:
    """A response may say more about its status."""
    more = "<samlp:StatusDetail/>" * (limits.SAML_SIGNATURE_NODES_MAX - 10)
    text = changed(response(), ("</samlp:Status>", f"{more}</samlp:Status>"))

    assert "alice@corp.example" == verified(text).subject

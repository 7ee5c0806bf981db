"""The response around an assertion (S27, S38, S45, S55, S56, S59)."""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace

import pytest

from daypass.core import saml_limits as limits
from daypass.core.errors import InvalidIdentityTokenError
from daypass.federation.saml import assertion as proof
from support.saml_idp import (
    ENTITY,
    ISSUER,
    RESPONSE_BEGIN,
    STATUS,
    Recipe,
    assertion,
    changed,
    encode,
    in_response,
    response,
    sign,
    signer,
)
from support.saml_refusal import (
    answering,
    change_refusal,
    expectations,
    reason,
    refusal,
    verified,
)
from support.world import START

WRONG_ISSUERS = [
    *(f"{ENTITY}/", ENTITY.upper(), f" {ENTITY}", f"{ENTITY} ", f"{ENTITY}\n", "", "x"),
    *(ENTITY.replace("saml", "sam\u200bl"), f"{ENTITY}\u00a0"),
]


def text_reason(text: str) -> str:
    """Returns why a parameter is refused."""
    with pytest.raises(InvalidIdentityTokenError) as caught:
        proof.verify(text, expectations(), now=START)
    return caught.value.detail


@pytest.mark.parametrize("status", ["Responder", "Requester", "success", "AuthnFailed"])
def test_status(status: str) -> None:
    """A response that says that something failed grants nothing (S55)."""
    error = refusal(changed(response(), ("status:Success", f"status:{status}")))

    assert ("IDPRejectedClaim", "saml_status") == (error.row.reason, error.detail)


def test_status_signed() -> None:
    """The signature of a refusal does not make it a success (S55)."""
    text = sign(in_response(sign(assertion()), ("status:Success", "status:Responder")))

    assert "IDPRejectedClaim" == refusal(text).row.reason


def test_status_nested() -> None:
    """A success is not explained by a second code (S55)."""
    inner = '><samlp:StatusCode Value="urn:x"/></samlp:StatusCode>'
    text = changed(response(), ('status:Success"/>', f'status:Success"{inner}'))

    assert "status_nested" == reason(text)


@pytest.mark.parametrize(
    "new",
    [
        *("", STATUS * 2, "<samlp:Status/>"),
        STATUS.replace("</samlp:Status>", "<samlp:StatusCode/></samlp:Status>"),
        STATUS.replace(" Value", " value"),
    ],
)
def test_status_unclear(new: str) -> None:
    """A response has one status with one code (S55)."""
    assert reason(changed(response(), (STATUS, new))) in {
        *("element_missing", "element_repeated", "attribute_missing")
    }


@pytest.mark.parametrize("version", ["1.1", "2", "2.0 ", "3.0", ""])
def test_version_of_response(version: str) -> None:
    """A response is of SAML 2.0 (S56)."""
    change = ('Version="2.0"', f'Version="{version}"')

    assert "version" == reason(changed(response(), change))


@pytest.mark.parametrize("version", ["1.1", "2", "2.0 ", "3.0", ""])
def test_version_of_assertion(version: str) -> None:
    """An assertion is of SAML 2.0 (S56)."""
    assert "version" == change_refusal(('Version="2.0"', f'Version="{version}"'))


def test_assertion_with_advice() -> None:
    """What has no place in an assertion is refused."""
    change = ("<saml:Conditions", "<saml:Advice/><saml:Conditions")

    assert "element_unexpected" == change_refusal(change)


@pytest.mark.parametrize("name", WRONG_ISSUERS)
def test_issuer_of_assertion(name: str) -> None:
    """The issuer of an assertion is the provider, to the byte (S30, S45)."""
    assert "issuer_not_ours" == _issuer_reason(name)


def _issuer_reason(name: str) -> str:
    """Returns why an assertion is refused that another issuer has signed rightly."""
    text = changed(assertion(), (f">{ENTITY}<", f">{name}<"))
    end = text.index("</saml:Issuer>") + len("</saml:Issuer>")
    signature = Recipe(signer()).signature(text)
    return reason(in_response(text[:end] + signature + text[end:]))


@pytest.mark.parametrize("name", WRONG_ISSUERS)
def test_issuer_of_response(name: str) -> None:
    """The issuer of a response, where it has one, is the provider (S30, S45)."""
    text = changed(response(), (f">{ENTITY}<", f">{name}<"))

    assert "issuer_not_ours" == reason(text)


def test_issuer_missing() -> None:
    """An assertion has an issuer."""
    text = assertion((ISSUER, ""))
    at = text.index("<saml:Subject>")
    signature = Recipe(signer()).signature(text)

    found = reason(in_response(text[:at] + signature + text[at:]))
    assert "element_missing" == found


@pytest.mark.parametrize(
    "uri", ["", "urn:oasis:names:tc:SAML:2.0:nameid-format:entity2"]
)
def test_issuer_format(uri: str) -> None:
    """An issuer is an entity, if it says what it is."""
    text = changed(response(), ("<saml:Issuer>", f'<saml:Issuer Format="{uri}">'))

    assert "issuer_not_ours" == reason(text)


def test_issuer_entity() -> None:
    """An issuer may say that it is an entity."""
    uri = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
    text = changed(response(), ("<saml:Issuer>", f'<saml:Issuer Format="{uri}">'))

    assert ENTITY == verified(text).issuer


def _answer(outer: str | None, inner: str | None) -> str:
    """Returns a response whose parts say what they answer."""
    told = "" if inner is None else f' InResponseTo="{inner}"'
    asked = "" if outer is None else f' InResponseTo="{outer}"'
    signed = sign(assertion((" Recipient", f"{told} Recipient")))
    return in_response(signed, (" Version", f"{asked} Version"))


@pytest.mark.parametrize(
    ("outer", "inner", "request_id", "expected"),
    [
        ("_r", "_r", None, "request_unknown"),
        (None, None, "_r", "request_unknown"),
        ("_s", "_s", "_r", "request_unknown"),
        ("", "", None, "request_unknown"),
        ("_r", None, "_r", "request_contradictory"),
        (None, "_r", "_r", "request_contradictory"),
        ("_r", "_s", "_r", "request_contradictory"),
    ],
)
def test_answers(
    outer: str | None, inner: str | None, request_id: str | None, expected: str
) -> None:
    """A response answers the request that there was, throughout (S38)."""
    text = _answer(outer, inner)

    assert expected == reason(text, expected=answering(request_id))


@pytest.mark.parametrize("request_id", [None, "_r"])
def test_answer(request_id: str | None) -> None:
    """A response to the request that there was, or to none, is taken."""
    text = _answer(request_id, request_id)

    assert "alice" == verified(text, expected=answering(request_id)).session_name


def test_request_given_up() -> None:
    """An installation may take answers to requests that it does not know."""
    given_up = expectations(unsafe_accept_unknown_request=True)

    assert "alice" == verified(_answer("_r", "_r"), expected=given_up).session_name
    assert "request_contradictory" == reason(_answer("_r", "_s"), expected=given_up)


def test_issued_in_future() -> None:
    """A response that was made tomorrow was not made."""
    old = f"{RESPONSE_BEGIN}"
    begin = old.replace('IssueInstant="20', 'IssueInstant="30')

    assert "issued_in_future" == reason(changed(response(), (old, begin)))


def test_metadata_has_ended() -> None:
    """Metadata that ends while it is in force vouches for nothing any more (S61)."""
    given = expectations()
    ended = replace(given.provider.metadata, valid_until=START)
    provider = replace(given.provider, metadata=ended)

    found = reason(response(), expected=replace(given, provider=provider))
    assert "metadata_expired" == found


@pytest.mark.parametrize("length", [0, limits.SAML_ASSERTION_CHARACTERS_MIN - 1])
def test_too_short(length: int) -> None:
    """A parameter has at least four characters."""
    assert "saml_length" == text_reason("A" * length)


def test_too_long() -> None:
    """A parameter has at most 100,000 characters (S60)."""
    most = limits.SAML_ASSERTION_CHARACTERS_MAX

    assert "saml_length" == text_reason("A" * (most + 4))
    assert "saml_xml_characters" == text_reason("A" * most)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: f"{text[:40]}\n{text[40:]}",
        lambda text: f" {text}",
        lambda text: f"{text}\n",
        lambda text: f"{text}=",
        lambda text: f"{text[:40]}={text[40:]}",
        lambda text: base64.urlsafe_b64encode(b"\xfb\xff" + text.encode()).decode(),
        lambda text: text.rstrip("=")[:-1],
        lambda text: f"{text[:40]}\u00e4{text[40:]}",
        lambda text: f"{text},{text}",
        lambda text: text.replace("P", "%50", 1),
    ],
    ids=[
        *("line", "blank", "end-of-line", "padding", "padding-inside", "url-safe"),
        *("cut", "foreign", "two", "percent"),
    ],
)
def test_other_base64(spoil: object) -> None:
    """A parameter is base64 of the one spelling, without blanks (S59)."""
    assert callable(spoil)

    assert "saml_base64_malformed" == text_reason(spoil(encode(response() + " ")))


def test_encoded_twice() -> None:
    """What was encoded twice is not decoded twice (S59)."""
    assert "saml_xml_characters" == text_reason(encode(encode(response())))


def test_spare_bits() -> None:
    """The bits that the last character does not need are zero (S59)."""
    text = encode("<a/>")
    assert text.endswith("==")

    other = f"{text[:-3]}{chr(ord(text[-3]) + 1)}=="
    assert "saml_base64_malformed" == text_reason(other)


def test_deflated() -> None:
    """A deflated document, or a bomb of one, is not inflated (S27)."""
    bomb = zlib.compress(b"<" + b"x" * 10_000_000, wbits=-15)

    assert len(bomb) < limits.SAML_RESPONSE_BYTES_MAX
    assert text_reason(encode(bomb)) in {"saml_xml_characters", "saml_xml_not_utf8"}
    small = zlib.compress(response().encode(), wbits=-15)
    assert "saml_xml_characters" == text_reason(encode(small))


def test_signed_by_other_provider() -> None:
    """An assertion of another provider is none of this one, by name or key (S46)."""
    assert "signature_invalid" == reason(response(recipe=Recipe(signer(1))))
    assert "issuer_not_ours" == _issuer_reason("https://other.example/saml")

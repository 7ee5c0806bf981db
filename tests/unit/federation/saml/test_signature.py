"""Signatures: pinned keys vouch, and values come from what was signed only."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from daypass.core.errors import InvalidIdentityTokenError
from daypass.federation.saml.refusals import SamlRefusedError
from daypass.federation.saml.signature import SignedPlace, verify
from daypass.federation.saml.xml import parse
from daypass.federation.saml.xml_text import RESPONSE_BOUNDS
from support.saml_idp import (
    NAME_ID,
    Recipe,
    assertion,
    changed,
    in_response,
    response,
    sign,
    signer,
)
from support.saml_recipes import spoiled
from support.saml_refusal import (
    expectations,
    provider,
    reason,
    refusal,
    verified,
)
from support.world import START

SIGNATURE_END = "</ds:Signature>"
GOOD = "alice@corp.example"


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


def test_what_was_signed_is_the_element() -> None:
    """What was signed is read only as the element that carried the signature."""
    octets = sign(assertion()).encode()
    element = replace(parse(octets, RESPONSE_BOUNDS), tag="other")
    place = SignedPlace(octets, element, below_root=False)

    with pytest.raises(SamlRefusedError, match="signature_invalid"):
        verify(
            place,
            [signer().certificate],
            now=START,
            unsafe_accept_expired=False,
            bounds=RESPONSE_BOUNDS,
        )

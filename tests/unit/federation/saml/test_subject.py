"""Whom an assertion is about, and for whom it was made (S28 to S30, S37, S42)."""

from __future__ import annotations

import pytest

from daypass.core import saml_limits as limits
from daypass.federation.saml.assertion import Expectations
from daypass.federation.saml.options import ServiceProvider
from support.saml_idp import (
    BEARER,
    CONFIRMATION,
    NAME_ID,
    RECIPIENT,
    RESPONSE_BEGIN,
    assertion,
    changed,
    in_response,
    response,
    sign,
)
from support.saml_refusal import (
    change_refusal,
    provider,
    read,
    reason,
    refusal,
    verified,
)

GOOD = "alice@corp.example"
V2 = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
V1 = "urn:oasis:names:tc:SAML:1.1:nameid-format:"
WRONG_RECIPIENTS = [
    *("", "https://signin.aws.amazon.com/saml/", "https://signin.aws.amazon.com/saml "),
    *("http://signin.aws.amazon.com/saml", "https://signin.aws.amazon.com:443/saml"),
    *("https://SIGNIN.aws.amazon.com/saml", "https://signin.aws.amazon.com/SAML"),
    *("https://signin.aws.amazon.com//saml", "https://signin.aws.amazon.com/saml?x"),
    *("https://x.signin.aws.amazon.com/saml", "https://signin.aws.amazon.com.x/saml"),
    *("https://sts.example/saml", "https://eu-west-1.signin.aws.amazon.com/saml/"),
    *("https://eu-west-1.eu-west-1.signin.aws.amazon.com/saml",),
    "https://eu-west-1xsignin.aws.amazon.com/saml",
]


def named(text: str) -> str:
    """Returns a NameID whose content is already XML."""
    return f"<saml:NameID>{text}</saml:NameID>"


@pytest.mark.parametrize("inner", ["<!---->", "<?p x?>", "<![CDATA[]]>", "&e;", "<x/>"])
@pytest.mark.parametrize(
    "old", [GOOD, "urn:amazon:webservices<", "https://idp.example/saml<", ">alice<"]
)
def test_split_text(inner: str, old: str) -> None:
    """A text that a comment or the like splits is never its first part (S28, S29)."""
    new = old[:8] + inner + old[8:] if old == GOOD else inner + old
    new = f">{inner}alice<" if old == ">alice<" else new

    found = refusal(changed(response(), (old, new)))
    assert "InvalidIdentityToken" == found.row.reason


def test_signed_split_text() -> None:
    """A comment that canonicalization drops gains nothing by being there (S28)."""
    text = changed(response(), (GOOD, "alice@corp.example<!---->.evil.com"))
    signed = response((GOOD, "alice@corp.example.evil.com"))

    assert "xml_markup_forbidden" == reason(text)
    assert "alice@corp.example.evil.com" == verified(signed).subject
    split = changed(signed, (f"{GOOD}.evil", f"{GOOD}<!---->.evil"))
    assert "xml_markup_forbidden" == reason(split)


@pytest.mark.parametrize(
    "text",
    [
        *(f" {GOOD}", f"{GOOD} ", f"\n{GOOD}", f"{GOOD}\t", f"{GOOD}\u00a0"),
        *("alice\u200b@corp.example", "alice\u202e", "al\u00adice", "alice\u2028x"),
        *("alice&#13;x", "alice&#x85;", "\u3000alice", " ", "\u00a0", "\ufeffalice"),
    ],
)
def test_invisible_characters(text: str) -> None:
    """A name that looks like another is refused and not trimmed (S30)."""
    assert "name_id_characters" == change_refusal((NAME_ID, named(text)))


@pytest.mark.parametrize("text", ["a", "Alice Example", "\u00e4lice", "a&amp;b"])
def test_names(text: str) -> None:
    """A name is taken to the byte."""
    expected = text.replace("&amp;", "&")

    assert expected == read((NAME_ID, named(text))).subject


@pytest.mark.parametrize("new", ["", "<saml:NameID/>", named("")])
def test_no_name(new: str) -> None:
    """An assertion about nobody names no one who could be authorized."""
    error = refusal(response((NAME_ID, new)))

    assert "AccessDenied" == error.row.reason
    assert "Not authorized to perform sts:AssumeRoleWithSAML" == error.message


def test_name_too_long() -> None:
    """A name has at most 1,024 characters."""
    name = "x" * (limits.SAML_NAME_ID_CHARACTERS_MAX + 1)

    assert "name_id_characters" == change_refusal((NAME_ID, named(name)))


def test_name_longest() -> None:
    """A name may have 1,024 characters."""
    name = "x" * limits.SAML_NAME_ID_CHARACTERS_MAX

    assert name == read((NAME_ID, named(name))).subject


def test_two_names() -> None:
    """An assertion is about one subject."""
    assert "element_repeated" == change_refusal((NAME_ID, NAME_ID * 2))


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (f"{V2}persistent", "persistent"),
        (f"{V2}transient", "transient"),
        (f"{V1}emailAddress", f"{V1}emailAddress"),
        ("urn:x", "urn:x"),
        (f"{V2.upper()}persistent", f"{V2.upper()}persistent"),
    ],
)
def test_formats(uri: str, expected: str) -> None:
    """A format loses the prefix of SAML 2.0 and nothing else (detail 37)."""
    assert expected == read((f"{V2}persistent", uri)).subject_type


def test_format_unspecified() -> None:
    """A name without a format has the one that is unspecified."""
    assert f"{V1}unspecified" == read((NAME_ID, named("a"))).subject_type


def test_confirmation_missing() -> None:
    """A subject that nobody has confirmed is refused (S42)."""
    assert "element_missing" == change_refusal((CONFIRMATION, ""))


@pytest.mark.parametrize("method", ["sender-vouches", "holder-of-key", "Bearer", ""])
def test_confirmation_method(method: str) -> None:
    """The confirmation is that of the bearer (S42)."""
    change = (BEARER, BEARER.replace("bearer", method))

    assert "confirmation_not_bearer" == change_refusal(change)


@pytest.mark.parametrize("first", [True, False])
def test_two_confirmations(first: bool) -> None:  # noqa: FBT001
    """Of two confirmations it is never a question which counts (S42)."""
    other = CONFIRMATION.replace("bearer", "sender-vouches")
    both = other + CONFIRMATION if first else CONFIRMATION + other

    assert "element_repeated" == change_refusal((CONFIRMATION, both))


def test_confirmation_not_before() -> None:
    """A bearer's confirmation does not begin later (S42)."""
    change = (" Recipient", ' NotBefore="2020-01-01T00:00:00Z" Recipient')

    assert "confirmation_not_before" == change_refusal(change)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<saml:SubjectConfirmationData", NAME_ID + "<saml:SubjectConfirmationData"),
        ("<saml:Subject>", "<saml:Subject><saml:BaseID/>"),
    ],
)
def test_unexpected_in_subject(old: str, new: str) -> None:
    """What has no place in a subject is refused."""
    assert "element_unexpected" == change_refusal((old, new))


def test_confirmation_with_content() -> None:
    """The data of a confirmation hold nothing, such as a key."""
    old = f'Recipient="{RECIPIENT}"/>'
    new = f"{old[:-2]}><x/></saml:SubjectConfirmationData>"

    assert "element_unexpected" == change_refusal((old, new))


def test_recipient_missing() -> None:
    """A confirmation says for whom it is (S37)."""
    change = (f' Recipient="{RECIPIENT}"', "")

    assert "attribute_missing" == change_refusal(change)


@pytest.mark.parametrize("url", WRONG_RECIPIENTS)
def test_recipient_wrong(url: str) -> None:
    """A recipient that is ours but for a character is not ours (S37)."""
    change = (f'Recipient="{RECIPIENT}"', f'Recipient="{url}"')

    assert "recipient_not_ours" == change_refusal(change)


@pytest.mark.parametrize("url", WRONG_RECIPIENTS)
def test_destination_wrong(url: str) -> None:
    """A destination that is ours but for a character is not ours (S37)."""
    change = (f'Destination="{RECIPIENT}"', f'Destination="{url}"')

    assert "destination_not_ours" == reason(changed(response(), change))


def test_destination_missing() -> None:
    """A response that is signed says where it goes; another need not (S37)."""
    begin = RESPONSE_BEGIN.replace(f' Destination="{RECIPIENT}"', "")
    text = in_response(sign(assertion()), (RESPONSE_BEGIN, begin))

    assert GOOD == verified(text).subject
    assert "destination_missing" == reason(sign(text))


@pytest.mark.parametrize(
    "url",
    [
        "https://signin.aws.amazon.com/saml",
        "https://eu-west-1.signin.aws.amazon.com/saml",
        "https://us-gov-west-1.signin.aws.amazon.com/saml",
        "https://ap-southeast-12.signin.aws.amazon.com/saml",
    ],
)
def test_recipients(url: str) -> None:
    """The sign-in URLs are ours, and the recipient is the audience (detail 36)."""
    found = read((f'Recipient="{RECIPIENT}"', f'Recipient="{url}"'))

    assert url == found.audience


def test_recipient_configured() -> None:
    """A URL of the installation is ours, byte for byte (S37)."""
    url = "https://sts.example/saml"
    ours = ServiceProvider(acs_urls=frozenset({url}))
    text = response((f'Recipient="{RECIPIENT}"', f'Recipient="{url}"'))

    found = verified(text, expected=Expectations(provider(), ours))
    assert url == found.audience


def test_confirmation_end_missing() -> None:
    """A confirmation has an end (S39)."""
    text = response()
    begin = text.index("<saml:SubjectConfirmationData") + len(
        "<saml:SubjectConfirmationData"
    )
    end = text.index(" Recipient")

    assert "attribute_missing" == change_refusal((text[begin:end], ""))

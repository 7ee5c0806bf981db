"""An Authorization value is in the one form, or is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import limits
from daypass.core.errors import (
    DaypassError,
    IncompleteSignatureError,
    MissingAuthenticationTokenError,
    SignatureDoesNotMatchError,
)
from daypass.sigv4.authorization import (
    Authorization,
    check_coverage,
    parse_authorization,
)
from daypass.sigv4.signature import Credential, CredentialScope

CREDENTIAL = "DAYPASSEXAMPLEKEY001/20260102/us-east-1/sts/aws4_request"
SIGNATURE = "0123456789abcdef" * 4


def _value(
    credential: str = CREDENTIAL,
    signed_headers: str = "x-amz-date",
    signature: str = SIGNATURE,
) -> str:
    return (
        f"AWS4-HMAC-SHA256 Credential={credential},"
        f" SignedHeaders={signed_headers}, Signature={signature}"
    )


def _refusal(value: str) -> str:
    with pytest.raises(IncompleteSignatureError) as caught:
        parse_authorization(value)
    return caught.value.detail


def test_l01_signature_is_not_shown() -> None:
    """L01: what is printed of a claim does not have the signature, which is a proof."""
    assert SIGNATURE not in repr(parse_authorization(_value()))


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer abc",
        "Basic abc",
        "AWS abc:def",
        "DPoP abc",
        _value().replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"),
        _value().replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"),
        _value().replace("AWS4-HMAC-SHA256", "aws4-hmac-sha256"),
        _value().replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256-PAYLOAD"),
        " " + _value(),
    ],
)
def test_v19_other_scheme_is_no_proof(value: str) -> None:
    """Only version 4 with SHA-256 is taken; anything else counts as no proof."""
    with pytest.raises(MissingAuthenticationTokenError) as caught:
        parse_authorization(value)

    assert caught.value.detail == "proof_of_another_kind"


@pytest.mark.parametrize(
    "rest",
    [
        "",
        f"Credential={CREDENTIAL}",
        f"Credential={CREDENTIAL}, SignedHeaders=host",
        f"SignedHeaders=host, Signature={SIGNATURE}",
        f"Credential={CREDENTIAL}, SignedHeaders=host, Signature={SIGNATURE}, More=1",
        f"Credential={CREDENTIAL}, SignedHeaders=host, Signature={SIGNATURE},",
        f"Credential={CREDENTIAL}, Signature={SIGNATURE}, Signature={SIGNATURE}",
        f"credential={CREDENTIAL}, SignedHeaders=host, Signature={SIGNATURE}",
        f"Credential={CREDENTIAL} SignedHeaders=host Signature={SIGNATURE}",
        f"Credential ={CREDENTIAL}, SignedHeaders=host, Signature={SIGNATURE}",
    ],
)
def test_parts_missing_or_repeated(rest: str) -> None:
    """The three parts are there, each once, by their names."""
    assert _refusal(f"AWS4-HMAC-SHA256 {rest}") == "authorization_parts"


@pytest.mark.parametrize(
    ("credential", "reason"),
    [
        ("", "credential_parts"),
        ("id/20260102/us-east-1/sts", "credential_parts"),
        ("id/20260102/us-east-1/sts/aws4_request/", "credential_parts"),
        ("/20260102/us-east-1/sts/aws4_request", "credential_key_form"),
        ("i-d/20260102/us-east-1/sts/aws4_request", "credential_key_form"),
        ("\u00efd/20260102/us-east-1/sts/aws4_request", "credential_key_form"),
        (f"{'i' * 129}/20260102/us-east-1/sts/aws4_request", "credential_key_form"),
        ("id/2026010/us-east-1/sts/aws4_request", "credential_date_form"),
        ("id/202601022/us-east-1/sts/aws4_request", "credential_date_form"),
        ("id/2026\u0661\u0662\u0663\u0664/r/sts/aws4_request", "credential_date_form"),
        ("id/20260102//sts/aws4_request", "credential_scope_form"),
        ("id/20260102/us east/sts/aws4_request", "credential_scope_form"),
        ("id/20260102/us-east-1/sts/", "credential_scope_form"),
        (f"id/20260102/{'r' * 65}/sts/aws4_request", "credential_scope_form"),
    ],
)
def test_v04_credential_form(credential: str, reason: str) -> None:
    """A credential has an id, a date and three words."""
    assert reason == _refusal(_value(credential=credential))


@pytest.mark.parametrize(
    ("signed_headers", "reason"),
    [
        ("", "signed_headers_form"),
        (";host", "signed_headers_form"),
        ("host;", "signed_headers_form"),
        ("Host", "signed_headers_form"),
        ("ho st", "signed_headers_form"),
        ("h\u00f6st", "signed_headers_form"),
        ("h" * 129, "signed_headers_form"),
        ("x-amz-date;host", "signed_headers_not_sorted"),
        ("host;host", "signed_headers_not_sorted"),
    ],
)
def test_signed_headers_form(signed_headers: str, reason: str) -> None:
    """The names are lower-case, sorted, and each stands once."""
    assert reason == _refusal(_value(signed_headers=signed_headers))


@pytest.mark.parametrize(
    "signature",
    [
        "",
        SIGNATURE[:-1],
        SIGNATURE + "0",
        SIGNATURE.upper(),
        SIGNATURE[:-1] + "g",
        SIGNATURE[:-1] + "\u00e4",
        SIGNATURE[:-1] + "\u0661",
        f"[{SIGNATURE}]",
    ],
)
def test_v16_signature_form(signature: str) -> None:
    """A signature is 64 characters of lower-case hex, and never an exception."""
    assert _refusal(_value(signature=signature)) == "signature_form"


def test_number_of_signed_headers() -> None:
    """As many names as the bound are taken, and one more is not."""
    names = [f"h{number:03}" for number in range(limits.SIGNED_HEADERS_MAX + 1)]

    reason = _refusal(_value(signed_headers=";".join(names)))
    most = parse_authorization(_value(signed_headers=";".join(names[:-1])))

    assert reason == "signed_headers_too_many"
    assert tuple(names[:-1]) == most.signed_headers


def test_length_of_value() -> None:
    """A value beyond the bound is refused by its length."""
    value = _value().ljust(limits.AUTHORIZATION_CHARACTERS_MAX)

    assert _refusal(value + " ") == "authorization_too_long"
    assert parse_authorization(_value()) == parse_authorization(value)


@pytest.mark.parametrize(
    "value",
    [
        _value(),
        _value().replace(", ", ","),
        _value().replace(", ", " ,  "),
        _value() + " ",
    ],
)
def test_well_formed_value(value: str) -> None:
    """The parts are found with any blanks around the commas."""
    assert Authorization(
        credential=Credential(
            "DAYPASSEXAMPLEKEY001", CredentialScope("20260102", "us-east-1", "sts")
        ),
        signed_headers=("x-amz-date",),
        signature=SIGNATURE,
    ) == parse_authorization(value)


def test_order_of_parts_is_free() -> None:
    """The three parts may stand in any order."""
    value = (
        f"AWS4-HMAC-SHA256 Signature={SIGNATURE}, Credential={CREDENTIAL},"
        " SignedHeaders=x-amz-date"
    )

    assert parse_authorization(_value()) == parse_authorization(value)


def _outcome(value: str) -> str:
    try:
        parse_authorization(value)
    except DaypassError as error:
        return error.row.reason
    return "taken"


@given(rest=st.text())
def test_any_text_is_refused(rest: str) -> None:
    """No text raises anything but the documented refusal."""
    assert _outcome(f"AWS4-HMAC-SHA256 {rest}") == "IncompleteSignature"


def test_v05_unsigned_amz_header_refused() -> None:
    """Every header beginning with x-amz- is signed."""
    with pytest.raises(SignatureDoesNotMatchError) as caught:
        check_coverage(["x-amz-date"], ["x-amz-date", "x-amz-other"])

    assert caught.value.detail == "header_not_signed"


def test_v05_unsigned_required_header_refused() -> None:
    """A header that is required is signed, present or not."""
    with pytest.raises(SignatureDoesNotMatchError) as caught:
        check_coverage(["x-amz-date"], ["x-amz-date"], required="host")

    assert caught.value.detail == "header_not_signed"


def test_signed_header_that_did_not_come_refused() -> None:
    """A header that was signed has come."""
    with pytest.raises(SignatureDoesNotMatchError) as caught:
        check_coverage(["host", "x-amz-date"], ["x-amz-date"])

    assert caught.value.detail == "signed_header_missing"


def test_full_coverage_taken() -> None:
    """Headers of other names need not be signed."""
    check_coverage(
        ["host", "x-amz-date"],
        ["host", "user-agent", "x-amz-date", "xx-amz-other"],
        required="host",
    )

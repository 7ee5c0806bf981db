"""The header form: a signature covers a whole request, and nothing else passes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest

from daypass.core.errors import SignatureDoesNotMatchError
from daypass.core.secret import Secret
from support.http_call import (
    BODY,
    ID,
    SECRET,
    TOKEN,
    HttpCall,
    refusal,
    signed,
    verify,
)
from support.proofs import check_scope_and_time
from support.world import START

MISSING = "MissingAuthenticationToken"
INCOMPLETE = "IncompleteSignature"
MISMATCH = "SignatureDoesNotMatch"


def test_no_proof() -> None:
    """A request without authorization brings no proof."""
    assert (MISSING, "no_proof") == refusal(signed().without("authorization"))


@pytest.mark.parametrize(
    "value",
    [
        "Bearer abc",
        "Basic YTpi",
        "AWS a:b",
        "",
        "AWS4-HMAC-SHA1 Credential=a",
        "AWS4-ECDSA-P256-SHA256 Credential=a",
        "aws4-hmac-sha256 Credential=a",
    ],
)
def test_v19_proof_of_another_kind(value: str) -> None:
    """A proof of a kind that is not taken counts as none."""
    call = signed().having("authorization", value)

    assert (MISSING, "proof_of_another_kind") == refusal(call)


def _changed(call: HttpCall, part: str, value: str) -> HttpCall:
    """Puts another value into the Authorization header, in place of a part of it."""
    text = call.header("authorization")
    assert part in text
    return call.having("authorization", text.replace(part, value))


@pytest.mark.parametrize(
    ("part", "value", "reason"),
    [
        (", Signature=", ", Signatur=", "authorization_parts"),
        ("Credential=", "Credential=/", "credential_parts"),
        ("/aws4_request", "", "credential_parts"),
        ("host;x-amz-date", "x-amz-date;host", "signed_headers_not_sorted"),
        ("host;x-amz-date", "Host;x-amz-date", "signed_headers_form"),
        ("host;x-amz-date", "host;host;x-amz-date", "signed_headers_not_sorted"),
        ("Signature=", "Signature=0", "signature_form"),
    ],
)
def test_malformed_authorization(part: str, value: str, reason: str) -> None:
    """Every part of the Authorization header is there once, in its form."""
    assert (INCOMPLETE, reason) == refusal(_changed(signed(), part, value))


@pytest.mark.parametrize("edit", [str.upper, lambda s: s[1:], lambda s: "\u00e4" + s])
def test_v16_signature_of_another_form(edit: Callable[[str], str]) -> None:
    """A signature is 64 characters of lower-case hex, or is refused before any check."""
    signature = signed().header("authorization")[-64:]

    call = _changed(signed(), signature, edit(signature))
    assert INCOMPLETE == refusal(call)[0]


def test_wrong_secret() -> None:
    """Another secret did not sign the request."""
    assert (MISMATCH, "wrong_signature") == refusal(signed(), "another-secret")


@pytest.mark.parametrize(
    "parts",
    [
        {"method": "PUT"},
        {"path": "/orders/8"},
        {"path": "/orders/7/"},
        {"query": "state=open"},
        {"query": "state=open&page=2&page=3"},
        {"query": "state=open&page=%32%30"},
    ],
)
def test_other_request(parts: dict[str, str]) -> None:
    """A signature for one request is none for another."""
    assert (MISMATCH, "wrong_signature") == refusal(signed().but(**parts))


def test_other_body() -> None:
    """A signature for one body is none for another."""
    call = signed().but(payload_sha256="0" * 64)

    assert (MISMATCH, "wrong_signature") == refusal(call)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("host", "api.example.org"),
        ("host", "api.example.com:8443"),
        ("x-amz-date", "20260102T030406Z"),
        ("x-amz-security-token", "other"),
    ],
)
def test_other_signed_header(name: str, value: str) -> None:
    """What is signed is what came."""
    call = signed(session_token=TOKEN).having(name, value)

    assert (MISMATCH, "wrong_signature") == refusal(call)


def test_v05_host_not_signed() -> None:
    """The host is signed, so that a request for one server is none for another."""
    call = _changed(signed(), "host;x-amz-date", "x-amz-date")

    assert (MISMATCH, "header_not_signed") == refusal(call)


@pytest.mark.parametrize("name", ["x-amz-target", "X-Amz-Security-Token", "x-amz-"])
def test_v05_v14_unsigned_amz_header(name: str) -> None:
    """Every header beginning with x-amz- is signed, the token first of all."""
    assert (MISMATCH, "header_not_signed") == refusal(signed().plus((name, "added")))


@pytest.mark.parametrize("name", ["host", "x-amz-security-token"])
def test_v14_signed_header_taken_away(name: str) -> None:
    """What was signed has come."""
    call = signed(session_token=TOKEN).without(name)

    assert (MISMATCH, "signed_header_missing") == refusal(call)


@pytest.mark.parametrize(
    "changes", [{"region": "moon-1"}, {"service": "s3"}, {"service": "Execute-Api"}]
)
def test_v04_other_scope(changes: dict[str, str]) -> None:
    """A request that was signed for somebody else is refused."""
    assert (MISMATCH, "wrong_scope") == refusal(signed(**changes))


def test_v04_service_of_the_receiver() -> None:
    """The refusal names the service that the receiver expects, and not ours."""
    proof = signed().expecting(service="orders").proof()

    with pytest.raises(SignatureDoesNotMatchError) as caught:
        check_scope_and_time(proof, START, ())

    assert "correct service: 'orders'" in caught.value.message


def test_v04_other_terminator() -> None:
    """The scope ends in aws4_request, in these letters."""
    call = _changed(signed(), "/aws4_request", "/aws4_Request")

    assert (MISMATCH, "wrong_scope") == refusal(call)


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [(-901, "signature_expired"), (901, "signature_not_yet_current")],
)
def test_v02_other_time(seconds: int, reason: str) -> None:
    """A request that was signed too long ago, or too far ahead, is refused."""
    call = signed(signed_at=START + timedelta(seconds=seconds))

    assert (MISMATCH, reason) == refusal(call)


@pytest.mark.parametrize("text", ["19700101T000000Z", "99991231T235959Z"])
def test_v02_ends_of_time(text: str) -> None:
    """A time at the end of all times is refused like any other."""
    call = _changed(signed(), "/20260102/", f"/{text[:8]}/").having("x-amz-date", text)

    assert MISMATCH == refusal(call)[0]


@pytest.mark.parametrize("seconds", [-900, 900])
def test_v02_time_at_the_edge(seconds: int) -> None:
    """Fifteen minutes either way are taken."""
    verify(signed(signed_at=START + timedelta(seconds=seconds)))


def test_v03_timestamp_of_another_day() -> None:
    """The day of the time is the day of the scope."""
    call = signed().having("x-amz-date", "20260103T030405Z")

    assert (MISMATCH, "wrong_scope") == refusal(call)


@pytest.mark.parametrize("seconds", [-901, 901, 86_400])
def test_v03_dates_disagree(seconds: int) -> None:
    """Two dates that disagree are refused."""
    date = (START + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")

    assert (MISMATCH, "dates_disagree") == refusal(signed().plus(("Date", date)))


@pytest.mark.parametrize("seconds", [-900, 0, 900])
def test_v03_date_of_the_sending(seconds: int) -> None:
    """A Date that was written when the request was sent need not be signed."""
    date = (START + timedelta(seconds=seconds)).strftime("%a, %d %b %Y %H:%M:%S GMT")

    verify(signed().plus(("Date", date)))


@pytest.mark.parametrize("value", ["yesterday", "Fri, 02 Foo 2026 03:04:05 GMT", ""])
def test_v03_unreadable_date(value: str) -> None:
    """A Date that says no time is refused."""
    assert (INCOMPLETE, "timestamp_form") == refusal(signed().plus(("Date", value)))


def test_timestamp_missing() -> None:
    """A request without any date is refused."""
    call = signed().without("x-amz-date")

    assert (INCOMPLETE, "timestamp_missing") == refusal(call)


def test_date_alone_is_the_time_of_signing() -> None:
    """A signer that has a Date header signs with that."""
    call = signed(headers=[("Date", "now")])

    verify(call)
    assert ("date", "host") == call.proof().signed_headers
    assert START == call.proof().signed_at


@pytest.mark.parametrize("seconds", [-901, 901])
def test_date_alone_counts_as_time(seconds: int) -> None:
    """A Date that is too far off is refused as any time is."""
    call = signed(headers=[("Date", "x")], signed_at=START + timedelta(seconds=seconds))

    assert MISMATCH == refusal(call)[0]


def test_proof_shows_its_claims() -> None:
    """A proof shows whose it claims to be, where and when, and what it covers."""
    proof = signed(session_token=TOKEN).proof()

    assert (ID, Secret(TOKEN), "us-east-1", START, None) == (
        proof.credential.access_key_id,
        proof.session_token,
        proof.credential.scope.region,
        proof.signed_at,
        proof.expire_time,
    )
    assert ("host", "x-amz-date", "x-amz-security-token") == proof.signed_headers


def test_proof_does_not_print_secrets() -> None:
    """The text form of a proof holds neither token nor signature nor query."""
    call = signed(session_token=TOKEN)

    text = repr(call.proof()) + repr(call.request)
    assert TOKEN not in text
    assert call.header("authorization")[-64:] not in text
    assert "state=open" not in text


@pytest.mark.parametrize("secret", [SECRET, "another"])
def test_v15_decoy_says_nothing(secret: str) -> None:
    """Checking an unknown key refuses nothing by itself, whatever was signed."""
    signed().proof().verify_decoy(Secret(secret))


def test_signed_request_taken() -> None:
    """A request that botocore signed is taken, and its body is covered."""
    call = signed()

    assert hashlib.sha256(BODY).hexdigest() == verify(call)


def test_unsigned_headers_may_be_anything() -> None:
    """What is no part of the proof is not looked at."""
    verify(signed().plus(("User-Agent", "\u00e4"), ("Traceparent", "00\x01")))


def test_any_region_where_none_is_expected() -> None:
    """An empty list of regions takes any."""
    check_scope_and_time(signed(region="moon-1").proof(), START, ())

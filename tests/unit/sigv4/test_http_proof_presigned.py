"""The query form: what a presigned request must say, and for how long it is good."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.core.secret import Secret
from support.http_call import TOKEN, presigned, refusal, signed, verify
from support.world import START

MISSING = "MissingAuthenticationToken"
INCOMPLETE = "IncompleteSignature"
MISMATCH = "SignatureDoesNotMatch"
REQUIRED = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
]


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("name", REQUIRED)
def test_v13_parameter_missing(name: str, value: str | None) -> None:
    """Every parameter of the form is there and says something."""
    call = presigned().parameter(name, value)

    assert (INCOMPLETE, "query_parameter_missing") == refusal(call)


@pytest.mark.parametrize("name", [*REQUIRED, "X-Amz-Security-Token"])
def test_v13_parameter_repeated(name: str) -> None:
    """No parameter of the form stands twice, even in the same words."""
    call = presigned(session_token=TOKEN)
    for value in (call.request.query.split(f"{name}=")[1].split("&")[0], "a"):
        again = call.plus_query(f"{name}={value}")

        assert (INCOMPLETE, "query_parameter_repeated") == refusal(again)


@pytest.mark.parametrize("name", [*REQUIRED, "X-Amz-Security-Token"])
def test_v08_parameter_in_another_case(name: str) -> None:
    """A name in other letters is refused, and not left to the next reader."""
    for other in (name.lower(), name.upper()):
        call = presigned().plus_query(f"{other}=a")

        assert (INCOMPLETE, "query_parameter_case") == refusal(call)


@pytest.mark.parametrize("name", [*REQUIRED, "X-Amz-Security-Token"])
def test_v13_both_forms(name: str) -> None:
    """A header and any part of the query form together are refused."""
    call = signed().plus_query(f"{name}=a")

    assert (INCOMPLETE, "two_forms") == refusal(call)


@pytest.mark.parametrize("value", ["", "Bearer abc", "AWS4-HMAC-SHA256 a"])
def test_v13_presigned_with_authorization(value: str) -> None:
    """A presigned request that has an Authorization header as well is refused."""
    call = presigned().plus(("Authorization", value))

    assert (INCOMPLETE, "two_forms") == refusal(call)


@pytest.mark.parametrize(
    "value", ["AWS4-ECDSA-P256-SHA256", "AWS4-HMAC-SHA1", "aws4-hmac-sha256"]
)
def test_v19_other_algorithm(value: str) -> None:
    """A proof of an algorithm that is not taken counts as none."""
    call = presigned().parameter("X-Amz-Algorithm", value)

    assert (MISSING, "proof_of_another_kind") == refusal(call)


@pytest.mark.parametrize(
    "value", ["0", "-1", "1e3", "%2B60", "060", "%2060", "6.0", "9999999", "%D9%A3"]
)
def test_v13_expires_of_another_form(value: str) -> None:
    """X-Amz-Expires is a whole number of seconds from one."""
    call = presigned().parameter("X-Amz-Expires", value)

    assert (INCOMPLETE, "expires_form") == refusal(call)


def test_v13_expires_too_long() -> None:
    """A request that says it is good for longer than a week is refused."""
    call = presigned(expires=604_801)

    assert (INCOMPLETE, "expires_too_long") == refusal(call)


def test_longest_expiry_taken() -> None:
    """A week is taken, and is over after a week."""
    call = presigned(expires=604_800)
    end = START + timedelta(days=7)

    verify(call, now=end)
    assert end == call.proof().expire_time
    late = end + timedelta(seconds=1)
    assert (MISMATCH, "signature_expired") == refusal(call, now=late)


@pytest.mark.parametrize("expires", [1, 300, 3600])
def test_v13_good_until_it_expires(expires: int) -> None:
    """A request is good for the seconds that it says, and not for one more."""
    call = presigned(expires=expires)
    end = START + timedelta(seconds=expires)

    verify(call, now=end)
    late = end + timedelta(microseconds=1)
    assert (MISMATCH, "signature_expired") == refusal(call, now=late)


def test_receiver_lowers_the_lifetime() -> None:
    """A receiver's limit ends a request earlier than it says itself."""
    limit = timedelta(seconds=60)
    call = presigned(expires=300).expecting(presigned_lifetime_max=limit)

    assert START + limit == call.proof().expire_time
    verify(call, now=START + limit)
    late = START + limit + timedelta(seconds=1)
    assert (MISMATCH, "signature_expired") == refusal(call, now=late)


def test_limit_lengthens_nothing() -> None:
    """A receiver's limit beyond what the request says changes nothing."""
    limit = timedelta(seconds=600)
    call = presigned(expires=300).expecting(presigned_lifetime_max=limit)

    assert START + timedelta(seconds=300) == call.proof().expire_time


@pytest.mark.parametrize(("seconds", "good"), [(900, True), (901, False)])
def test_v02_presigned_ahead_of_time(seconds: int, *, good: bool) -> None:
    """A request from the future is taken within the skew of clocks, as any is."""
    call = presigned(signed_at=START + timedelta(seconds=seconds), expires=3600)

    if good:
        verify(call)
    else:
        assert (MISMATCH, "signature_not_yet_current") == refusal(call)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Amz-Date", "20260102T030406Z"),
        ("X-Amz-Expires", "301"),
        ("X-Amz-Security-Token", "other"),
        ("state", "closed"),
    ],
)
def test_other_parameter(name: str, value: str) -> None:
    """Every parameter is signed."""
    call = presigned(session_token=TOKEN).parameter(name, value)

    assert (MISMATCH, "wrong_signature") == refusal(call)


def test_other_parameters_added() -> None:
    """No parameter can be added to a presigned request."""
    assert (MISMATCH, "wrong_signature") == refusal(presigned().plus_query("a=b"))


def test_v14_token_added() -> None:
    """A token that was not signed is refused."""
    call = presigned().plus_query(f"X-Amz-Security-Token={TOKEN}")

    assert Secret(TOKEN) == call.proof().session_token
    assert (MISMATCH, "wrong_signature") == refusal(call)


def test_v14_token_taken_away() -> None:
    """A token that was signed has come."""
    call = presigned(session_token=TOKEN).parameter("X-Amz-Security-Token", None)

    assert call.proof().session_token is None
    assert (MISMATCH, "wrong_signature") == refusal(call)


@pytest.mark.parametrize("name", ["x-amz-date", "x-amz-security-token"])
def test_v03_v14_header_says_otherwise(name: str) -> None:
    """A header that contradicts a parameter is refused."""
    call = presigned(session_token=TOKEN).plus((name, "other"))

    assert (INCOMPLETE, "header_and_query_differ") == refusal(call)


def test_v05_unsigned_amz_header() -> None:
    """Headers beginning with x-amz- are signed in this form, too."""
    call = presigned().plus(("x-amz-acl", "public-read"))

    assert (MISMATCH, "header_not_signed") == refusal(call)


def test_v05_host_not_signed() -> None:
    """The host is signed in this form, too."""
    call = presigned().parameter("X-Amz-SignedHeaders", "range")
    call = call.plus(("Range", "bytes=0-1"))

    assert (MISMATCH, "header_not_signed") == refusal(call)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"region": "moon-1"}, "wrong_scope"), ({"service": "sts"}, "wrong_scope")],
)
def test_v04_other_scope(changes: dict[str, str], reason: str) -> None:
    """A request that was presigned for somebody else is refused."""
    assert (MISMATCH, reason) == refusal(presigned(**changes))


@pytest.mark.parametrize("value", ["ABCDEF", "0" * 63, "0" * 65, "%C3%A4", "[]"])
def test_v16_signature_of_another_form(value: str) -> None:
    """A signature is 64 characters of lower-case hex, or is refused before any check."""
    call = presigned().parameter("X-Amz-Signature", value)

    assert (INCOMPLETE, "signature_form") == refusal(call)


def test_presigned_request_taken() -> None:
    """A request that botocore presigned is taken, whatever the order of its query."""
    call = presigned(session_token=TOKEN)
    shuffled = "&".join(sorted(call.request.query.split("&"), reverse=True))

    verify(call)
    verify(call.but(query=shuffled))
    assert Secret(TOKEN) == call.proof().session_token


def test_verifier_header_signed() -> None:
    """A header by which a verifier names itself is covered, and says so."""
    call = presigned(headers=[("x-k8s-aws-id", "cluster-1")])

    verify(call)
    assert ("host", "x-k8s-aws-id") == call.proof().signed_headers


def test_v15_decoy_says_nothing() -> None:
    """Checking an unknown key refuses nothing by itself."""
    presigned().proof().verify_decoy(Secret("decoy"))

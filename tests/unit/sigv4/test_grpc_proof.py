"""The proof of a gRPC call covers all of it, and nothing else passes for one."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from daypass.core.errors import MissingAuthenticationTokenError
from daypass.core.secret import Secret
from daypass.sigv4.grpc_proof import read_proof
from support.sign import Metadata
from support.signed_call import (
    BODY,
    ID,
    METHOD,
    SECRET,
    TOKEN,
    incomplete,
    mismatch,
    signed,
    verify,
)
from support.world import START


@pytest.mark.parametrize(
    "metadata", [(), (("x-amz-date", "20260102T030405Z"),), (("cookie", "a"),)]
)
def test_no_proof(metadata: Metadata) -> None:
    """A call without authorization brings no proof."""
    assert read_proof(method=METHOD, metadata=metadata, body=BODY) is None


@pytest.mark.parametrize(
    "value", ["Bearer abc", "Basic YTpi", "DPoP abc", "AWS4-HMAC-SHA1 x", "", "AWS a:b"]
)
def test_v19_proof_of_another_kind(value: str) -> None:
    """A proof of a kind that is not taken counts as none."""
    with pytest.raises(MissingAuthenticationTokenError):
        signed().having("authorization", value).proof()


def test_wrong_secret() -> None:
    """Another secret did not sign the call."""
    assert mismatch(signed(), "another-secret") == "wrong_signature"


def test_other_method() -> None:
    """A signature for one method is none for another."""
    call = replace(signed(), method=METHOD.replace("AssumeRole", "AssumeRoot"))

    assert mismatch(call) == "wrong_signature"


@pytest.mark.parametrize("body", [b"", BODY + b"\0", BODY[:-1], BODY.upper()])
def test_v12_other_body(body: bytes) -> None:
    """A signature for one message is none for another."""
    assert mismatch(replace(signed(), body=body)) == "payload_hash"


def test_v12_hash_and_body_exchanged() -> None:
    """A hash that fits another body was not signed."""
    body = b"another"
    call = replace(signed(), body=body).having(
        "x-amz-content-sha256", hashlib.sha256(body).hexdigest()
    )

    assert mismatch(call) == "wrong_signature"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "UNSIGNED-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        hashlib.sha256(BODY).hexdigest().upper(),
        hashlib.sha256(BODY).hexdigest()[:-1],
        hashlib.sha256(BODY).hexdigest() + "0",
    ],
)
def test_v12_hash_of_another_form(value: str) -> None:
    """The hash is 64 characters of lower-case hex: a body is always hashed."""
    call = signed().having("x-amz-content-sha256", value)

    assert incomplete(call) == "content_sha256_form"


@pytest.mark.parametrize("name", ["x-amz-date", "x-amz-content-sha256"])
def test_required_entry_missing(name: str) -> None:
    """Date and hash are there."""
    assert incomplete(signed().without(name)) == "metadata_missing_or_repeated"


@pytest.mark.parametrize(
    "name", ["authorization", "x-amz-date", "x-amz-content-sha256"]
)
def test_v06_entry_repeated(name: str) -> None:
    """What decides stands once, even where both say the same."""
    call = signed()
    value = dict(call.metadata)[name]

    for other in (value, "other"):
        assert incomplete(call.plus((name, other))) == "metadata_missing_or_repeated"


def test_v06_name_in_another_case_is_the_same_name() -> None:
    """A name in capitals does not smuggle a second value in."""
    call = signed().plus(("X-Amz-Date", "20260102T030405Z"))

    assert incomplete(call) == "metadata_missing_or_repeated"


def test_v06_two_kinds_of_proof() -> None:
    """Two proofs are refused, and not the better one taken."""
    call = signed().plus(("authorization", "Bearer abc"))

    assert incomplete(call) == "metadata_missing_or_repeated"


def test_bad_timestamp() -> None:
    """A time of another form is refused."""
    call = signed().having("x-amz-date", "2026-01-02T03:04:05Z")

    assert incomplete(call) == "timestamp_form"


def test_v03_other_timestamp() -> None:
    """The time that came is the time that was signed."""
    call = signed().having("x-amz-date", "20260102T030406Z")

    assert mismatch(call) == "wrong_signature"


def test_v03_timestamp_of_another_day() -> None:
    """The day of the time is the day of the scope."""
    call = signed().having("x-amz-date", "20260103T030405Z")

    assert mismatch(call) == "wrong_scope"


@pytest.mark.parametrize(("name", "value"), [("region", "moon-1"), ("service", "iam")])
def test_v04_other_scope(name: str, value: str) -> None:
    """A call that was signed for somebody else is refused."""
    assert mismatch(signed(**{name: value})) == "wrong_scope"


@pytest.mark.parametrize(
    ("minutes", "reason"),
    [(-16, "signature_expired"), (16, "signature_not_yet_current")],
)
def test_v02_other_time(minutes: int, reason: str) -> None:
    """A call that was signed too long ago, or too far ahead, is refused."""
    call = signed(signed_at=START + timedelta(minutes=minutes))

    assert reason == mismatch(call)


@pytest.mark.parametrize("minutes", [-15, 15])
def test_v02_time_at_the_edge(minutes: int) -> None:
    """Fifteen minutes either way are taken."""
    verify(signed(signed_at=START + timedelta(minutes=minutes)))


@pytest.mark.parametrize("name", ["x-amz-target", "x-amz-security-token", "x-amz-"])
def test_v05_v14_unsigned_amz_entry(name: str) -> None:
    """Every entry beginning with x-amz- is signed, the token first of all."""
    assert mismatch(signed().plus((name, "added"))) == "header_not_signed"


def test_v14_other_token() -> None:
    """The token that came is the token that was signed."""
    call = signed(session_token=TOKEN).having("x-amz-security-token", "other")

    assert mismatch(call) == "wrong_signature"


def test_v14_token_taken_away() -> None:
    """A token that was signed has come."""
    call = signed(session_token=TOKEN).without("x-amz-security-token")

    assert call.proof().session_token is None
    assert mismatch(call) == "signed_header_missing"


def test_conflicting_tokens() -> None:
    """Two tokens are refused where they differ."""
    call = signed(session_token=TOKEN).plus(("x-amz-security-token", "other"))

    assert incomplete(call) == "metadata_missing_or_repeated"


def test_identical_tokens_collapse() -> None:
    """A token that a proxy repeated counts once."""
    call = signed(session_token=TOKEN).plus(("x-amz-security-token", TOKEN))

    verify(call)
    assert Secret(TOKEN) == call.proof().session_token


def test_host_is_not_there_to_be_signed() -> None:
    """A client that signed `host`, which gRPC does not show, is refused."""
    call = signed(extra=[("host", "sts.example.com")]).without("host")

    assert mismatch(call) == "signed_header_missing"


def test_underscore_is_no_dash() -> None:
    """A name with an underscore is another name."""
    call = signed().without("x-amz-date").plus(("x_amz_date", "20260102T030405Z"))

    assert incomplete(call) == "metadata_missing_or_repeated"


def test_signed_call_taken() -> None:
    """A call that was signed as documented is taken."""
    verify(signed())


def test_signed_call_with_token_taken() -> None:
    """A call with temporary credentials is taken, and shows its token."""
    call = signed(session_token=TOKEN)

    verify(call)
    assert Secret(TOKEN) == call.proof().session_token


def test_empty_body_taken() -> None:
    """A stream, or an empty message, signs the hash of the empty string."""
    verify(replace(signed(body=b""), body=b""))


def test_further_signed_entries_taken() -> None:
    """A client may sign more, names repeated and blanks in values included."""
    call = signed(extra=[("tenant", "a b"), ("x-amz-target", "t")])

    verify(call)


def test_values_as_bytes_taken() -> None:
    """A transport that hands on bytes is as good as one that hands on text."""
    call = signed(session_token=TOKEN)
    entries = tuple(
        (name, value.encode() if isinstance(value, str) else value)
        for name, value in call.metadata
    )

    verify(replace(call, metadata=entries))


def test_proof_shows_its_claims() -> None:
    """A proof shows whose it claims to be, and where and when it was signed."""
    proof = signed().proof()

    assert (ID, "us-east-1", START, None) == (
        proof.credential.access_key_id,
        proof.credential.scope.region,
        proof.signed_at,
        proof.session_token,
    )


def test_proof_does_not_print_secrets() -> None:
    """The text form of a proof holds neither token nor signature nor body."""
    call = signed(session_token=TOKEN)
    signature = str(dict(call.metadata)["authorization"])[-64:]

    text = repr(call.proof())
    assert TOKEN not in text
    assert signature not in text
    assert "alice" not in text


@pytest.mark.parametrize("secret", [SECRET, "another"])
def test_v15_decoy_says_nothing(secret: str) -> None:
    """Checking an unknown key refuses nothing by itself, whatever was signed."""
    signed().without("x-amz-date").plus(("x-amz-date", "20260102T030405Z")).proof()

    signed().proof().verify_decoy(Secret(secret))

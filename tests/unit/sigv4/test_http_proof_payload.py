"""A body is proven, unless the receiver says that it need not be (attacks V12)."""

from __future__ import annotations

import hashlib

import pytest

from support.http_call import BODY, HttpCall, presigned, refusal, signed, verify

INCOMPLETE = "IncompleteSignature"
MISMATCH = "SignatureDoesNotMatch"
UNSIGNED = "UNSIGNED-PAYLOAD"
HASH = hashlib.sha256(BODY).hexdigest()
EMPTY = hashlib.sha256(b"").hexdigest()
HASH_HEADER = "x-amz-content-sha256"


def hashed(value: str = HASH) -> HttpCall:
    """Returns a call that says in a signed header what the hash of its body is."""
    return signed(headers=[(HASH_HEADER, value)])


def allowing(call: HttpCall) -> HttpCall:
    """Returns the call to a receiver that takes bodies unproven."""
    return call.expecting(allow_unsigned_payload=True)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "unsigned-payload",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        HASH.upper(),
        HASH[1:],
        HASH + "0",
    ],
)
@pytest.mark.parametrize("allowed", [False, True])
def test_v12_hash_of_another_form(value: str, *, allowed: bool) -> None:
    """What is said about the body is a hash or the one known word."""
    call = hashed(value).expecting(allow_unsigned_payload=allowed)

    assert (INCOMPLETE, "content_sha256_form") == refusal(call)


@pytest.mark.parametrize("payload", [HASH, None])
def test_v12_unsigned_payload_refused(payload: str | None) -> None:
    """A body that is not signed is refused unless the receiver takes it."""
    call = hashed(UNSIGNED).but(payload_sha256=payload)

    assert (INCOMPLETE, "payload_unsigned") == refusal(call)


def test_v12_unsigned_payload_over_plain_http() -> None:
    """Over plain HTTP a body that is not signed is refused by all."""
    call = allowing(hashed(UNSIGNED)).but(scheme="http")

    assert (INCOMPLETE, "payload_unsigned") == refusal(call)


@pytest.mark.parametrize("scheme", ["https", ""])
def test_unsigned_payload_allowed(scheme: str) -> None:
    """A receiver that takes it learns that the body is not covered."""
    call = allowing(hashed(UNSIGNED)).but(scheme=scheme)

    assert verify(call) is None


def test_unsigned_payload_in_place_of_a_hash() -> None:
    """Allowing it does not let a signed hash be exchanged for the word."""
    call = allowing(hashed()).having(HASH_HEADER, UNSIGNED)

    assert (MISMATCH, "wrong_signature") == refusal(call)


def test_v12_other_body() -> None:
    """A body of another hash than was signed is refused."""
    call = hashed().but(payload_sha256=EMPTY)

    assert (MISMATCH, "payload_hash") == refusal(call)
    assert (MISMATCH, "payload_hash") == refusal(allowing(call))


def test_v12_hash_and_body_exchanged() -> None:
    """A hash that fits another body was not signed."""
    call = hashed().having(HASH_HEADER, EMPTY).but(payload_sha256=EMPTY)

    assert (MISMATCH, "wrong_signature") == refusal(call)


def test_v12_hash_not_signed() -> None:
    """A hash that was added later is refused."""
    call = signed().plus((HASH_HEADER, HASH))

    assert (MISMATCH, "header_not_signed") == refusal(call)


def test_v06_hash_repeated() -> None:
    """The hash stands once."""
    call = hashed().plus((HASH_HEADER, HASH))

    assert (INCOMPLETE, "header_repeated") == refusal(call)


def test_v12_hash_in_header_and_query() -> None:
    """A hash in the query that contradicts the header is refused."""
    call = hashed().plus_query(f"X-Amz-Content-Sha256={UNSIGNED}")

    assert (INCOMPLETE, "header_and_query_differ") == refusal(call)


@pytest.mark.parametrize("call", [signed(), hashed()])
def test_body_not_available(call: HttpCall) -> None:
    """A body that the receiver has not read is not vouched for."""
    call = call.but(payload_sha256=None)

    assert (INCOMPLETE, "payload_not_available") == refusal(call)


def test_body_not_available_and_not_named() -> None:
    """Without any hash of a body nothing can be checked, whatever is allowed."""
    call = allowing(signed()).but(payload_sha256=None)

    assert (INCOMPLETE, "payload_not_available") == refusal(call)


def test_body_to_be_compared_later() -> None:
    """A receiver that reads the body later learns which hash was signed."""
    call = allowing(hashed()).but(payload_sha256=None)

    assert HASH == verify(call)


def test_signed_hash_taken() -> None:
    """A hash that is signed and fits the body is taken."""
    assert HASH == verify(hashed())


@pytest.mark.parametrize("payload", [HASH, "0" * 64])
def test_presigned_body_is_empty(payload: str) -> None:
    """A presigned request covers the body that its signer had: none."""
    call = presigned("POST").but(payload_sha256=payload)

    assert (MISMATCH, "wrong_signature") == refusal(call)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_presigned_body_not_available(method: str) -> None:
    """Where there may be a body, a presigned request does not pass without it."""
    call = presigned(method).but(payload_sha256=None)

    assert (INCOMPLETE, "payload_not_available") == refusal(call)


@pytest.mark.parametrize(
    "header",
    [("Content-Length", "1"), ("Content-Length", ""), ("Transfer-Encoding", "chunked")],
)
def test_presigned_body_hidden(header: tuple[str, str]) -> None:
    """A body behind a method that has none is not overlooked."""
    call = presigned().but(payload_sha256=None).plus(header)

    assert (INCOMPLETE, "payload_not_available") == refusal(call)


def test_v07_two_lengths() -> None:
    """Two lengths of a body are refused."""
    call = presigned().but(payload_sha256=None)
    call = call.plus(("Content-Length", "0"), ("Content-Length", "0"))

    assert (INCOMPLETE, "header_repeated") == refusal(call)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("headers", [(), (("Content-Length", "0"),)])
def test_presigned_without_body(
    method: str, headers: tuple[tuple[str, str], ...]
) -> None:
    """A request that cannot have a body covers the empty one."""
    call = presigned(method).but(payload_sha256=None).plus(*headers)

    assert EMPTY == verify(call)


def test_presigned_upload_to_compare_later() -> None:
    """A receiver that takes bodies unproven learns that the empty one was signed."""
    call = allowing(presigned("PUT")).but(payload_sha256=None)

    assert EMPTY == verify(call)


def test_presigned_like_s3_refused() -> None:
    """Signing the word instead of a hash is refused unless the receiver takes it."""
    call = presigned(like_s3=True).expecting(normalize_path=False)

    assert (MISMATCH, "wrong_signature") == refusal(call)


def test_presigned_like_s3_over_plain_http() -> None:
    """Over plain HTTP it is refused by all."""
    call = allowing(presigned(like_s3=True)).but(scheme="http")

    assert (MISMATCH, "wrong_signature") == refusal(call)


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("payload", [EMPTY, HASH, None])
def test_presigned_like_s3_allowed(method: str, payload: str | None) -> None:
    """A receiver that takes it learns that the body is not covered."""
    call = presigned(method, like_s3=True).expecting(normalize_path=False)

    assert verify(allowing(call).but(payload_sha256=payload)) is None


@pytest.mark.parametrize("secret", ["another", ""])
def test_wrong_secret_among_two_hashes(secret: str) -> None:
    """Two hashes that may have been signed are two chances to be right, not to guess."""
    call = allowing(presigned("PUT"))

    assert (MISMATCH, "wrong_signature") == refusal(call, secret)


def test_presigned_hash_in_query() -> None:
    """A presigned request may say the hash of its body in its query."""
    url = f"https://api.example.com/?X-Amz-Content-Sha256={UNSIGNED}"
    call = presigned("PUT", url, headers=[]).but(payload_sha256=HASH)

    assert (INCOMPLETE, "payload_unsigned") == refusal(call)

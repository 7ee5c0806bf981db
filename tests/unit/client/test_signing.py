"""The signer agrees with the one that AWS publishes, which is botocore's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st

from daypass_client import Credentials
from daypass_client.signing import Signer, canonical_request
from support.fake_daypass import credentials_of
from support.world import ManualClock

METHOD = "/daypass.api.sts.v1.SecurityTokenService/AssumeRole"
CALL_NAME = "0123456789abcdef0123456789abcdef"
EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

regions = st.from_regex(r"[a-z]{2}-[a-z]{4,9}-[1-9]", fullmatch=True)
methods = st.from_regex(
    r"/[a-z]{1,9}(\.[a-z0-9]{1,9}){0,4}/[A-Z][A-Za-z]{1,30}", fullmatch=True
)
printable = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1)
times = st.integers(0, 4_000_000_000).map(lambda n: datetime.fromtimestamp(n, UTC))
callers = st.builds(
    Credentials.of,
    st.from_regex(r"[A-Z0-9_]{16,32}", fullmatch=True),
    printable,
    st.none() | printable,
)


class WithoutHost(SigV4Auth):  # type: ignore[misc]
    """The signer of botocore, which does not sign the host."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        """Returns the headers of the request but the host."""
        headers = super().headers_to_sign(request)
        del headers["host"]
        return headers


def botocore_authorization(
    method: str, body: bytes, caller: Credentials, region: str, now: datetime
) -> str:
    """Returns what botocore would send as `authorization`."""
    token = caller.session_token
    credentials = BotocoreCredentials(
        caller.access_key_id,
        caller.secret_access_key.reveal(),
        None if token is None else token.reveal(),
    )
    signer = WithoutHost(credentials, "sts", region)
    request = AWSRequest("POST", f"http://localhost{method}", data=body)
    request.context["timestamp"] = now.strftime("%Y%m%dT%H%M%SZ")
    request.headers["X-Amz-Content-SHA256"] = signer.payload(request)
    request.headers["amz-sdk-invocation-id"] = CALL_NAME
    signer._modify_request_before_signing(request)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    signer._inject_signature_to_request(request, signer.signature(text, request))
    return str(request.headers["Authorization"])


@given(methods, st.binary(max_size=300), callers, regions, times)
def test_signature_equals_botocore(
    method: str, body: bytes, caller: Credentials, region: str, now: datetime
) -> None:
    """Whatever is signed, botocore makes the same `authorization` of it."""
    signer = Signer(region, ManualClock(now), lambda: CALL_NAME)

    metadata = signer.sign(method, body, caller)

    expected = botocore_authorization(method, body, caller, region, now)
    assert expected == dict(metadata)["authorization"]


def test_canonical_request_is_as_documented() -> None:
    """The canonical request has six parts, and the host is not among them."""
    headers = (("x-amz-content-sha256", "00ff"), ("x-amz-date", "20260102T030405Z"))

    text = canonical_request(METHOD, headers)

    expected = (
        f"POST\n{METHOD}\n\n"
        "x-amz-content-sha256:00ff\nx-amz-date:20260102T030405Z\n\n"
        "x-amz-content-sha256;x-amz-date\n00ff"
    )
    assert expected == text


def test_long_term_key_sends_no_token(
    clock: ManualClock, long_term: Credentials
) -> None:
    """Long-term credentials send four entries of metadata."""
    metadata = Signer("us-east-1", clock).sign(METHOD, b"", long_term)

    names = [
        "authorization",
        "amz-sdk-invocation-id",
        "x-amz-content-sha256",
        "x-amz-date",
    ]
    assert names == [name for name, _ in metadata]


def test_temporary_key_signs_its_token(
    clock: ManualClock, temporary: Credentials
) -> None:
    """The session token is sent and is among the signed headers."""
    metadata = dict(Signer("us-east-1", clock).sign(METHOD, b"", temporary))

    assert temporary.session_token is not None
    assert temporary.session_token.reveal() == metadata["x-amz-security-token"]
    signed = (
        "SignedHeaders=amz-sdk-invocation-id;x-amz-content-sha256;x-amz-date;"
        "x-amz-security-token,"
    )
    assert signed in metadata["authorization"]


def test_equal_calls_have_their_own_signatures(
    clock: ManualClock, long_term: Credentials
) -> None:
    """Two equal calls of one second are two calls, and not one that is repeated."""
    signer = Signer("us-east-1", clock)

    one, other = (dict(signer.sign(METHOD, b"a", long_term)) for _ in range(2))

    assert one["x-amz-date"] == other["x-amz-date"]
    assert one["authorization"] != other["authorization"]


def test_stream_signs_the_empty_hash(
    clock: ManualClock, long_term: Credentials
) -> None:
    """A call without a body of its own signs the hash of nothing."""
    metadata = dict(Signer("us-east-1", clock).sign(METHOD, b"", long_term))

    assert metadata["x-amz-content-sha256"] == EMPTY_HASH


def test_secret_is_not_sent(clock: ManualClock, long_term: Credentials) -> None:
    """The metadata does not hold the secret access key."""
    metadata = Signer("us-east-1", clock).sign(METHOD, b"body", long_term)

    assert long_term.secret_access_key.reveal() not in str(metadata)


def test_time_is_the_clocks(clock: ManualClock, long_term: Credentials) -> None:
    """Date and scope are those of the injected clock."""
    clock.advance(timedelta(days=1))

    metadata = dict(Signer("eu-west-1", clock).sign(METHOD, b"", long_term))

    assert metadata["x-amz-date"] == "20260103T030405Z"
    assert "/20260103/eu-west-1/sts/aws4_request," in metadata["authorization"]


@pytest.mark.parametrize(
    ("method", "body", "region"),
    [
        (METHOD + "X", b"a", "us-east-1"),
        (METHOD, b"b", "us-east-1"),
        (METHOD, b"a", "x"),
    ],
)
def test_signature_covers_every_part(
    clock: ManualClock, method: str, body: bytes, region: str
) -> None:
    """Another method, body or region gives another signature."""
    caller = credentials_of(3)
    first = Signer("us-east-1", clock, lambda: CALL_NAME)
    original = dict(first.sign(METHOD, b"a", caller))

    second = Signer(region, clock, lambda: CALL_NAME)
    other = dict(second.sign(method, body, caller))

    signature = original["authorization"].rpartition("=")[2]
    assert signature != other["authorization"].rpartition("=")[2]

"""How each client signs, and what it says of failures; see PROTOCOL.md."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import grpc
import pytest
from google.protobuf.message import Message

from daypass_client._stubs.daypass.api.sts.v1 import sts_service_pb2 as sts
from support.botocore_signer import sign_with_botocore
from support.client_answers import ROLE_ARN, SESSION_ARN, WHO, assumed
from support.conformance_program import PATIENCE, Program, keys_members
from support.fake_daypass import FakeDaypass, Refusal, credentials_of, refusal
from support.world import START

CODE = grpc.StatusCode
METHODS = (
    "/daypass.api.sts.v1.SecurityTokenService/AssumeRole",
    "/daypass.api.keyring.v1.KeyringService/WatchKeySet",
)
BODIES = (b"", b"\0", bytes(range(256)), "\u00e4\u4e2d".encode())
TIMES = (
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC),
    datetime(2099, 12, 31, tzinfo=UTC),
)
INVOCATION = "0123456789abcdef" * 2
LATER = START + timedelta(hours=1)


def test_program_says_what_it_offers(program: Program) -> None:
    """A client offers all commands, and the proofs that the contract has."""
    found = program.do("hello")

    assert {"long_term", "temporary", "web_identity", "none"} <= set(found["proofs"])
    assert {"sign", "call", "credentials", "follow", "verify"} <= set(found["commands"])
    assert found["version"]


def test_unknown_command_is_told(program: Program) -> None:
    """What a client does not know it says so of, and goes on."""
    assert "unsupported" == program.refused("dance").kind


@pytest.mark.parametrize("temporary", [False, True])
@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_signatures_are_the_same_byte_by_byte(
    program: Program, region: str, *, temporary: bool
) -> None:
    """Each signature is that of the signer which AWS publishes."""
    keys = credentials_of(1, temporary=temporary)
    members = keys_members(keys)
    for method in METHODS:
        for body in BODIES:
            for time in TIMES:
                found = program.do(
                    "sign",
                    method=method,
                    body=base64.b64encode(body).decode(),
                    credentials=members,
                    region=region,
                    time=time.isoformat(),
                    invocation_id=INVOCATION,
                )
                expected = sign_with_botocore(
                    method=method,
                    body=body,
                    access_key_id=keys.access_key_id,
                    secret_access_key=str(members["secret_access_key"]),
                    session_token=members["session_token"],
                    signed_at=time,
                    region=region,
                    extra=[("amz-sdk-invocation-id", INVOCATION)],
                )
                metadata = dict(found["metadata"])
                assert dict(expected.metadata) == metadata


@pytest.fixture
def opened(program: Program, fake: FakeDaypass) -> Iterator[str]:
    """Opens a client with temporary credentials, and yields its name."""
    keys = keys_members(credentials_of(1))
    program.do("open", client="a", endpoint=fake.endpoint, credentials=keys)
    yield "a"
    program.do("close", client="a")


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (CODE.UNAUTHENTICATED, "SignatureDoesNotMatch", "unauthenticated"),
        (CODE.UNAUTHENTICATED, "ExpiredToken", "unauthenticated"),
        (CODE.PERMISSION_DENIED, "AccessDenied", "access_denied"),
        (CODE.INVALID_ARGUMENT, "ValidationError", "invalid_request"),
        (CODE.NOT_FOUND, "ResourceNotFound", "not_found"),
        (CODE.FAILED_PRECONDITION, "PackedPolicyTooLarge", "rejected"),
        (CODE.UNIMPLEMENTED, "InvalidAction", "rejected"),
        (CODE.INTERNAL, "InternalFailure", "unavailable"),
        (CODE.ABORTED, "ABORTED", "unavailable"),
    ],
)
def test_failures_are_told_apart(
    program: Program,
    fake: FakeDaypass,
    opened: str,
    code: grpc.StatusCode,
    reason: str,
    kind: str,
) -> None:
    """A failure has its kind, its reason and its ids, and is not tried again."""
    fake.refuse(
        refusal(code, reason, decision_id="d-1", violations=[("roleArn", "too short")])
    )

    error = program.refused("call", client=opened, operation="GetCallerIdentity")

    assert (kind, reason) == (error.kind, error.reason)
    assert ("request-1", "d-1") == (
        error.members["request_id"],
        error.members["decision_id"],
    )
    assert ["roleArn"] == error.members["fields"]
    assert code.name == error.members["code"]
    assert 1 == len(fake.calls)


def test_failure_of_somebody_else(
    program: Program, fake: FakeDaypass, opened: str
) -> None:
    """A failure without our details, as of a proxy, is told by its code."""
    fake.refuse(Refusal(CODE.PERMISSION_DENIED, "a proxy says no"))

    error = program.refused("call", client=opened, operation="GetCallerIdentity")

    assert ("access_denied", "PERMISSION_DENIED") == (error.kind, error.reason)
    assert ("", "") == (error.members["request_id"], error.members["decision_id"])


def test_away_for_a_moment(program: Program, fake: FakeDaypass, opened: str) -> None:
    """A server that is away is asked again, with the same proof."""
    fake.refuse(refusal(CODE.UNAVAILABLE, "ServiceUnavailable"))
    fake.answer(WHO)

    found = program.do("call", client=opened, operation="GetCallerIdentity")

    proofs = [call.metadata["authorization"] for call in fake.calls]
    assert SESSION_ARN == found["arn"]
    assert 2 == len(proofs)
    assert proofs[0] == proofs[1]


def test_away_for_long(program: Program, fake: FakeDaypass, opened: str) -> None:
    """A server that stays away is given up, and soon."""
    fake.refuse(*[refusal(CODE.UNAVAILABLE, "ServiceUnavailable")] * 20)

    error = program.refused("call", client=opened, operation="GetCallerIdentity")

    assert "unavailable" == error.kind
    assert 2 <= len(fake.calls) <= 5


def test_busy_says_when(program: Program, fake: FakeDaypass, opened: str) -> None:
    """A busy server that says when is asked again then."""
    wait = timedelta(milliseconds=20)
    fake.refuse(refusal(CODE.RESOURCE_EXHAUSTED, "Throttling", retry_delay=wait))
    fake.answer(WHO)

    program.do("call", client=opened, operation="GetCallerIdentity")

    assert 2 == len(fake.calls)


@pytest.mark.parametrize("message", ["busy", "Received message larger than max"])
def test_busy_without_a_time(
    program: Program, fake: FakeDaypass, opened: str, message: str
) -> None:
    """Without a time to come back nothing is sent again: it may be too large."""
    fake.refuse(*[Refusal(CODE.RESOURCE_EXHAUSTED, message)] * 4)

    error = program.refused("call", client=opened, operation="GetCallerIdentity")

    expected = "throttled" if message == "busy" else "invalid_request"
    assert expected == error.kind
    assert 1 == len(fake.calls)


def test_slow_server_is_given_up(program: Program, fake: FakeDaypass) -> None:
    """Every call has a deadline, and ends by it."""
    keys = keys_members(credentials_of(1))
    program.do(
        "open", client="s", endpoint=fake.endpoint, credentials=keys, timeout_ms=400
    )
    release = Event()

    def answer() -> Message:
        release.wait(PATIENCE)
        return WHO

    fake.answer_by(answer)
    error = program.refused("call", client="s", operation="GetCallerIdentity")
    release.set()
    program.do("close", client="s")

    assert ("unavailable", "DEADLINE_EXCEEDED") == (error.kind, error.members["code"])
    assert 1 == len(fake.calls)


def test_secrets_do_not_print(program: Program, fake: FakeDaypass, opened: str) -> None:
    """Neither credentials nor errors show a secret."""
    keys = credentials_of(1)
    fake.answer(assumed(3, LATER))
    issued = program.do(
        "call", client=opened, operation="AssumeRole", request={"role_arn": ROLE_ARN}
    )
    fake.refuse(refusal(CODE.PERMISSION_DENIED, "AccessDenied"))
    error = program.refused("call", client=opened, operation="GetCallerIdentity")

    for secret in (issued["secret_access_key"], issued["session_token"]):
        assert secret not in issued["shown"]
    assert keys.secret_access_key.reveal() not in error.members["text"]
    assert issued["access_key_id"] in issued["shown"]


@pytest.mark.parametrize("temporary", [False, True])
def test_calls_are_proven_by_keys(
    program: Program, fake: FakeDaypass, clock: str, *, temporary: bool
) -> None:
    """Long-term and temporary credentials sign the very bytes that are sent."""
    keys = credentials_of(4, temporary=temporary)
    program.do(
        "open",
        client="k",
        endpoint=fake.endpoint,
        credentials=keys_members(keys),
        clock=clock,
    )
    fake.answer(assumed(3, LATER))
    program.do(
        "call", client="k", operation="AssumeRole", request={"role_arn": ROLE_ARN}
    )
    program.do("close", client="k")

    (call,) = fake.calls
    members = keys_members(keys)
    expected = sign_with_botocore(
        method=call.method,
        body=call.body,
        access_key_id=keys.access_key_id,
        secret_access_key=str(members["secret_access_key"]),
        session_token=members["session_token"],
        signed_at=START,
        extra=[("amz-sdk-invocation-id", str(call.metadata["amz-sdk-invocation-id"]))],
    )
    assert ROLE_ARN == sts.AssumeRoleRequest.FromString(call.body).role_arn
    assert set(expected.metadata) <= set(call.metadata.items())


def test_token_of_a_file_is_the_proof(
    program: Program, fake: FakeDaypass, clock: str, tmp_path: Path
) -> None:
    """A role by web identity is got without a signature; what it brings signs."""
    file = tmp_path / "token"
    file.write_text("a.b.c")
    inner = assumed(5, LATER)
    answer = sts.AssumeRoleWithWebIdentityResponse(
        credentials=inner.credentials, assumed_role_user=inner.assumed_role_user
    )
    fake.answer(answer, WHO)
    program.do(
        "open",
        client="w",
        endpoint=fake.endpoint,
        web_identity={"role_arn": ROLE_ARN, "token_file": str(file)},
        clock=clock,
    )
    program.do("call", client="w", operation="GetCallerIdentity")
    program.do("close", client="w")

    first, second = fake.calls
    sent = sts.AssumeRoleWithWebIdentityRequest.FromString(first.body)
    assert "a.b.c" == sent.web_identity_token
    assert "authorization" not in first.metadata
    assert credentials_of(5).access_key_id in str(second.metadata["authorization"])


def test_no_proof_at_all(program: Program, fake: FakeDaypass) -> None:
    """Without credentials a call that needs them is not made."""
    program.do("open", client="n", endpoint=fake.endpoint)

    error = program.refused("call", client="n", operation="GetCallerIdentity")

    program.do("close", client="n")
    assert "configuration" == error.kind
    assert [] == fake.calls

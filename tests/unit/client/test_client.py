"""The blocking client: what it sends, what it answers, and how it insists."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from daypass_client import (
    ConfigurationError,
    Credentials,
    DaypassClient,
    Profile,
    RoleRequest,
)
from daypass_client._stubs.daypass.api.session.v1 import session_service_pb2 as sessions
from daypass_client._stubs.daypass.api.sts.v1 import sts_service_pb2 as sts
from daypass_client._stubs.daypass.api.token.v1 import token_service_pb2 as tokens
from daypass_client.errors import TokenRejectedError
from daypass_client.exchange_values import VerifiedExchangedToken
from daypass_client.values import VerifiedToken
from support.client_answers import (
    LISTED,
    REVOKED,
    ROLE_ARN,
    SESSION,
    VERIFIED,
    WHO,
    assumed,
)
from support.fake_daypass import FakeDaypass, credentials_of
from support.world import START, ManualClock

CODE = grpc.StatusCode


@pytest.fixture
def profile(fake: FakeDaypass, temporary: Credentials) -> Profile:
    """Returns a profile that leads to the fake, with temporary credentials."""
    return fake.profile(temporary)


def test_call_without_credentials_is_not_made(fake: FakeDaypass) -> None:
    """A call that must be signed and cannot be is not made."""
    with (
        DaypassClient(fake.profile()) as client,
        pytest.raises(ConfigurationError, match="no credentials"),
    ):
        client.get_caller_identity()

    assert fake.calls == []


@pytest.mark.parametrize("seconds", [-1.0, 0.0, 60.001])
def test_timeout_out_of_range_is_refused(profile: Profile, seconds: float) -> None:
    """A timeout is more than nothing and at most a minute."""
    with pytest.raises(ConfigurationError, match="timeout"):
        DaypassClient(profile, timeout=timedelta(seconds=seconds))


def test_deadline_is_always_sent(fake: FakeDaypass, profile: Profile) -> None:
    """A call has a deadline of ten seconds where none is chosen."""
    fake.answer(WHO)

    with DaypassClient(profile) as client:
        client.get_caller_identity()

    assert 5 < fake.calls[0].seconds_left < 11


def test_deadline_is_chosen(fake: FakeDaypass, profile: Profile) -> None:
    """The chosen timeout is the deadline of the call."""
    fake.answer(WHO)

    with DaypassClient(profile, timeout=timedelta(seconds=60)) as client:
        client.get_caller_identity()

    assert 50 < fake.calls[0].seconds_left < 61


def test_signature_is_of_the_bytes_sent(
    fake: FakeDaypass, profile: Profile, clock: ManualClock
) -> None:
    """The bytes that arrive are those whose hash was signed, at the clock's time."""
    fake.answer(assumed(5, START + timedelta(hours=1)))

    with DaypassClient(profile, clock=clock) as client:
        client.assume_role(RoleRequest(role_arn=ROLE_ARN, tags={"a": "b"}))

    call = fake.calls[0]
    digest = hashlib.sha256(call.body).hexdigest()
    assert digest == call.metadata["x-amz-content-sha256"]
    assert call.metadata["x-amz-date"] == "20260102T030405Z"


def test_caller_identity_is_read(fake: FakeDaypass, profile: Profile) -> None:
    """The identity has its three parts."""
    fake.answer(WHO)

    with DaypassClient(profile) as client:
        who = client.get_caller_identity()

    assert (WHO.user_id, WHO.account, WHO.arn) == (who.user_id, who.account, who.arn)


def test_role_request_is_sent_whole(
    fake: FakeDaypass, profile: Profile, clock: ManualClock
) -> None:
    """Every parameter of a role request arrives."""
    fake.answer(assumed(5, START))
    request = RoleRequest(
        role_arn=ROLE_ARN,
        session_name="me",
        duration=timedelta(minutes=15),
        external_id="x-1",
        policy="{}",
        policy_arns=("arn:aws:iam::aws:policy/ReadOnlyAccess",),
        tags={"team": "shop"},
        transitive_tag_keys=("team",),
        source_identity="alice",
    )

    with DaypassClient(profile, clock=clock) as client:
        client.assume_role(request)

    expected = sts.AssumeRoleRequest(
        role_arn=ROLE_ARN,
        role_session_name="me",
        duration_seconds=900,
        external_id="x-1",
        policy="{}",
        policy_arns=[
            sts.PolicyDescriptor(arn="arn:aws:iam::aws:policy/ReadOnlyAccess")
        ],
        tags=[sts.Tag(key="team", value="shop")],
        transitive_tag_keys=["team"],
        source_identity="alice",
    )
    assert expected == sts.AssumeRoleRequest.FromString(fake.calls[0].body)


def test_bare_role_request_leaves_choices(
    fake: FakeDaypass, profile: Profile, clock: ManualClock
) -> None:
    """What is not chosen is not sent; the session is named from the time."""
    fake.answer(assumed(5, START))

    with DaypassClient(profile, clock=clock) as client:
        client.assume_role(RoleRequest(role_arn=ROLE_ARN))

    sent = sts.AssumeRoleRequest.FromString(fake.calls[0].body)
    assert f"daypass-{int(START.timestamp())}" == sent.role_session_name
    assert not sent.HasField("duration_seconds")
    assert not sent.HasField("policy")
    assert not sent.HasField("external_id")


def test_assumed_role_is_read(fake: FakeDaypass, profile: Profile) -> None:
    """Credentials, names and sizes of a new session are read."""
    end = datetime(2026, 1, 2, 4, 4, 5, tzinfo=UTC)
    fake.answer(assumed(5, end, packed_policy_size=12))

    with DaypassClient(profile) as client:
        role = client.assume_role(RoleRequest(role_arn=ROLE_ARN))

    assert replace(credentials_of(5), expiration=end) == role.credentials
    assert role.packed_policy_size == 12


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (0, "unspecified"),
        (1, "malformed"),
        (2, "unknown_key"),
        (3, "untrusted"),
        (4, "not_yet_valid"),
        (5, "expired"),
        (6, "revoked"),
        (7, "principal_gone"),
        (99, "99"),
    ],
)
def test_rejected_token_raises(
    fake: FakeDaypass, profile: Profile, number: int, reason: str
) -> None:
    """Every verdict but a good one raises, those of newer servers included."""
    rejection = tokens.TokenRejection.FromString(bytes([8, number]))
    fake.answer(tokens.VerifyTokenResponse(rejection=rejection))

    with DaypassClient(profile) as client, pytest.raises(TokenRejectedError) as caught:
        client.verify_token("token")

    assert reason == caught.value.reason


def test_missing_verdict_raises(fake: FakeDaypass, profile: Profile) -> None:
    """An answer without a verdict does not count as a good one."""
    fake.answer(tokens.VerifyTokenResponse())

    with DaypassClient(profile) as client, pytest.raises(TokenRejectedError):
        client.verify_token("token")


def test_token_of_another_kind_raises(fake: FakeDaypass, profile: Profile) -> None:
    """A good token that is no session token is not taken for one."""
    exchanged = tokens.VerifiedExchangedToken(token_id="t-1")
    fake.answer(tokens.VerifyTokenResponse(exchanged=exchanged))

    with DaypassClient(profile) as client, pytest.raises(TokenRejectedError) as caught:
        client.verify_token("token")

    assert "not_a_session_token" == caught.value.reason


def test_verified_token_is_read(fake: FakeDaypass, profile: Profile) -> None:
    """What a good token says is returned, and the token arrives as it was."""
    fake.answer(VERIFIED)

    with DaypassClient(profile) as client:
        verified = client.verify_token("token")

    assert b"token" in fake.calls[0].body
    told = (verified.kind, verified.principal_arn, dict(verified.tags))
    assert ("role", WHO.arn, {"team": "shop"}) == told


def test_many_verdicts_are_read(fake: FakeDaypass, profile: Profile) -> None:
    """Many tokens have verdicts of their own, of which none is raised."""
    rejection = tokens.TokenRejection.FromString(bytes([8, 6]))
    exchanged = tokens.VerifiedExchangedToken(token_id="t-1")
    verdicts = [
        tokens.VerifyTokenResponse(rejection=rejection),
        VERIFIED,
        tokens.VerifyTokenResponse(exchanged=exchanged),
        tokens.VerifyTokenResponse(),
    ]
    fake.answer(tokens.BatchVerifyTokensResponse(results=verdicts))

    with DaypassClient(profile) as client:
        bad, good, other, missing = client.batch_verify_tokens(["a", "b", "c", "d"])

    asked = tokens.BatchVerifyTokensRequest.FromString(fake.calls[0].body)
    assert ["a", "b", "c", "d"] == asked.tokens
    assert isinstance(bad, TokenRejectedError)
    assert bad.reason == "revoked"
    assert isinstance(good, VerifiedToken)
    assert WHO.arn == good.principal_arn
    assert isinstance(other, VerifiedExchangedToken)
    assert isinstance(missing, TokenRejectedError)


def test_session_is_read(fake: FakeDaypass, profile: Profile) -> None:
    """One session is asked for by its access key id."""
    fake.answer(sessions.GetSessionResponse(session=SESSION))

    with DaypassClient(profile) as client:
        session = client.get_session(SESSION.access_key_id)

    assert (SESSION.access_key_id, "role") == (session.access_key_id, session.kind)


def test_pages_are_joined(fake: FakeDaypass, profile: Profile) -> None:
    """Pages follow one another, an empty one included, until there is no token."""
    fake.answer(
        sessions.ListSessionsResponse(sessions=[SESSION], next_page_token="two"),
        sessions.ListSessionsResponse(next_page_token="three"),
        LISTED,
    )

    with DaypassClient(profile) as client:
        found = list(client.list_sessions(role_arn=ROLE_ARN, page_size=1))

    asked = [sessions.ListSessionsRequest.FromString(call.body) for call in fake.calls]
    assert len(found) == 2
    assert [request.page_token for request in asked] == ["", "two", "three"]
    assert {ROLE_ARN} == {request.role_arn for request in asked}


def test_list_of_two_filters_is_refused(profile: Profile) -> None:
    """Sessions are listed of a role or of a user."""
    with DaypassClient(profile) as client, pytest.raises(ValueError, match="not of"):
        next(client.list_sessions(role_arn="a", user_arn="b"))


@pytest.mark.parametrize(
    "targets", [{}, {"role_arn": "a", "user_arn": "b"}], ids=["none", "two"]
)
def test_revocation_needs_one_target(profile: Profile, targets: dict[str, str]) -> None:
    """Nothing, or two things at once, are not revoked."""
    with (
        DaypassClient(profile) as client,
        pytest.raises(ValueError, match="one target"),
    ):
        client.revoke_sessions(**targets)


@pytest.mark.parametrize(
    "target", ["access_key_id", "role_arn", "user_arn", "account_id"]
)
def test_revocation_is_sent(fake: FakeDaypass, profile: Profile, target: str) -> None:
    """The target that is named arrives, with the reason."""
    fake.answer(REVOKED)

    with DaypassClient(profile) as client:
        if target == "access_key_id":
            revocation = client.revoke_sessions(access_key_id="x", reason="left")
        elif target == "role_arn":
            revocation = client.revoke_sessions(role_arn="x", reason="left")
        elif target == "user_arn":
            revocation = client.revoke_sessions(user_arn="x", reason="left")
        else:
            revocation = client.revoke_sessions(account_id="x", reason="left")

    sent = sessions.RevokeSessionsRequest.FromString(fake.calls[0].body)
    assert (target, "left") == (sent.WhichOneof("target"), sent.reason)
    assert (revocation.sequence, revocation.effective_everywhere) == (7, True)

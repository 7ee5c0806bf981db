"""Exchanged tokens: what the clients send, and what they make of the answers."""

from __future__ import annotations

from datetime import timedelta

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from daypass_client import (
    AsyncDaypassClient,
    Credentials,
    DaypassClient,
    Profile,
    UnavailableError,
)
from daypass_client._stubs.daypass.api.token.v1 import token_service_pb2 as tokens
from daypass_client.errors import InvalidRequestError, TokenRejectedError
from daypass_client.exchange_values import (
    ACCESS_TOKEN,
    CREDENTIALS,
    ID_TOKEN,
    JWT,
    ExchangedToken,
    ExchangeRequest,
    TokenActor,
    VerifiedExchangedToken,
)
from daypass_client.secret import Secret
from support.client_answers import VERIFIED
from support.fake_daypass import FakeDaypass, refusal
from support.sts_answers import END, issued, read
from support.world import START

REQUEST = ExchangeRequest(
    subject_token="subject.of.phone",
    subject_token_type=ID_TOKEN,
    actor_token="actor.of.shop",
    actor_token_type=JWT,
    audiences=("pictures",),
    resources=("https://pictures.example",),
    scopes=("pictures:read",),
    requested_token_type=ACCESS_TOKEN,
)
SENT = tokens.ExchangeTokenRequest(
    subject_token="subject.of.phone",
    subject_token_type=ID_TOKEN,
    actor_token="actor.of.shop",
    actor_token_type=JWT,
    audiences=["pictures"],
    resources=["https://pictures.example"],
    scopes=["pictures:read"],
    requested_token_type=ACCESS_TOKEN,
)
ANSWER = tokens.ExchangeTokenResponse(
    access_token="a.b.c",
    issued_token_type=ACCESS_TOKEN,
    token_type="Bearer",
    expires_in=Duration(seconds=600),
    scopes=["pictures:read"],
)
READ = ExchangedToken(
    token=Secret("a.b.c"),
    credentials=None,
    issued_token_type=ACCESS_TOKEN,
    token_type="Bearer",
    expires_in=timedelta(minutes=10),
    scopes=("pictures:read",),
)


@pytest.fixture
def profile(fake: FakeDaypass, temporary: Credentials) -> Profile:
    """Returns a profile that leads to the fake, with temporary credentials."""
    return fake.profile(temporary)


def test_refusal_says_what_to_do(fake: FakeDaypass, profile: Profile) -> None:
    """A scope that goes beyond is refused, and the error says to ask for less."""
    fake.refuse(refusal(grpc.StatusCode.INVALID_ARGUMENT, "InvalidScope"))

    with DaypassClient(profile) as client, pytest.raises(InvalidRequestError) as caught:
        client.exchange_token(REQUEST)

    assert "Ask for less" in caught.value.hint


@pytest.mark.parametrize(
    "answer",
    [tokens.ExchangeTokenResponse(), tokens.ExchangeTokenResponse(access_token="")],
)
def test_nothing_issued_is_a_failure(
    fake: FakeDaypass, profile: Profile, answer: tokens.ExchangeTokenResponse
) -> None:
    """An answer without a token or credentials raises."""
    fake.answer(answer)

    with DaypassClient(profile) as client, pytest.raises(UnavailableError):
        client.exchange_token(REQUEST)


def test_exchange_is_sent_and_read_whole(fake: FakeDaypass, profile: Profile) -> None:
    """Every parameter arrives, and everything that is answered is read."""
    fake.answer(ANSWER)

    with DaypassClient(profile) as client:
        found = client.exchange_token(REQUEST)

    assert SENT == tokens.ExchangeTokenRequest.FromString(fake.calls[0].body)
    assert READ == found


def test_bare_exchange_leaves_choices(fake: FakeDaypass, profile: Profile) -> None:
    """What is not chosen is not sent."""
    fake.answer(ANSWER)

    with DaypassClient(profile) as client:
        client.exchange_token(ExchangeRequest(subject_token="a.b.c"))

    sent = tokens.ExchangeTokenRequest.FromString(fake.calls[0].body)
    names = {field.name for field, _ in sent.ListFields()}
    assert {"subject_token", "subject_token_type"} == names


def test_credentials_may_come_of_it(fake: FakeDaypass, profile: Profile) -> None:
    """Where credentials were asked for they are read, and there is no token."""
    fake.answer(
        tokens.ExchangeTokenResponse(
            credentials=issued(5), issued_token_type=CREDENTIALS, token_type="N_A"
        )
    )

    with DaypassClient(profile) as client:
        found = client.exchange_token(REQUEST)

    assert (read(5), None) == (found.credentials, found.token)


def test_exchanged_token_is_verified(fake: FakeDaypass, profile: Profile) -> None:
    """What a good exchanged token says is read whole."""
    began, ends = Timestamp(), Timestamp()
    began.FromDatetime(START)
    ends.FromDatetime(END)
    fake.answer(
        tokens.VerifyTokenResponse(
            exchanged=tokens.VerifiedExchangedToken(
                token_type=ACCESS_TOKEN,
                token_id="jti",
                subject="https://login.example#7",
                subject_issuer="https://login.example",
                issuer_subject="7",
                audiences=["pictures"],
                scopes=["pictures:read"],
                client_arn="arn:client",
                account_id="123456789012",
                actors=[tokens.TokenActor(issuer="i", subject="s")],
                issue_time=began,
                expire_time=ends,
                revocation_view_age=Duration(seconds=1),
            )
        )
    )

    with DaypassClient(profile) as client:
        found = client.verify_exchanged_token("a.b.c")

    assert found == VerifiedExchangedToken(
        token_type=ACCESS_TOKEN,
        token_id="jti",
        subject="https://login.example#7",
        subject_issuer="https://login.example",
        issuer_subject="7",
        audiences=("pictures",),
        scopes=("pictures:read",),
        client_arn="arn:client",
        account_id="123456789012",
        actors=(TokenActor("i", "s"),),
        issue_time=START,
        expire_time=END,
        revocation_view_age=timedelta(seconds=1),
    )


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (VERIFIED, "not_an_exchanged_token"),
        (tokens.VerifyTokenResponse(), "unspecified"),
        (
            tokens.VerifyTokenResponse(
                rejection=tokens.TokenRejection(
                    reason=tokens.TokenRejection.REASON_REVOKED
                )
            ),
            "revoked",
        ),
    ],
)
def test_session_token_is_no_exchanged_one(
    fake: FakeDaypass,
    profile: Profile,
    answer: tokens.VerifyTokenResponse,
    reason: str,
) -> None:
    """A good session token is not taken for an exchanged one, nor is a bad token."""
    fake.answer(answer)

    with DaypassClient(profile) as client, pytest.raises(TokenRejectedError) as caught:
        client.verify_exchanged_token("a.b.c")

    assert reason == caught.value.reason


@pytest.mark.parametrize("everywhere", [False, True])
def test_token_is_revoked(
    fake: FakeDaypass, profile: Profile, *, everywhere: bool
) -> None:
    """Whether it is certain that nobody takes the token any more is told."""
    fake.answer(tokens.RevokeTokenResponse(effective_everywhere=everywhere))

    with DaypassClient(profile) as client:
        found = client.revoke_token("a.b.c")

    sent = tokens.RevokeTokenRequest.FromString(fake.calls[0].body)
    assert ("a.b.c", everywhere) == (sent.token, found)


async def test_awaiting_client_exchanges(fake: FakeDaypass, profile: Profile) -> None:
    """The awaiting client exchanges and ends tokens as the blocking one does."""
    fake.answer(
        ANSWER,
        tokens.VerifyTokenResponse(
            exchanged=tokens.VerifiedExchangedToken(subject="s")
        ),
        tokens.RevokeTokenResponse(effective_everywhere=True),
    )

    async with AsyncDaypassClient(profile) as client:
        found = await client.exchange_token(REQUEST)
        verified = await client.verify_exchanged_token("a.b.c")
        ended = await client.revoke_token("a.b.c")

    assert (READ, "s", True) == (found, verified.subject, ended)


def test_tokens_are_not_shown() -> None:
    """Neither the tokens that go out nor the one that comes back print."""
    shown = f"{REQUEST!r} {READ!r}"

    assert not [part for part in ("of.phone", "of.shop", "a.b.c") if part in shown]

"""Approvals that another account acts as the caller, and the tokens for them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from google.protobuf.duration_pb2 import Duration

from daypass_client import (
    AsyncDaypassClient,
    Credentials,
    DaypassClient,
    Profile,
    UnavailableError,
)
from daypass_client._stubs.daypass.api.token.v1 import token_service_pb2 as tokens
from daypass_client.secret import Secret
from daypass_client.sts_values import TradeInRequest, TradeInToken
from support.command_line import Run
from support.fake_daypass import FakeDaypass
from support.sts_answers import END, TRADE_IN

APPROVAL = TradeInRequest(
    partner_account_id="987654321098",
    policy="{}",
    policy_arns=("arn:p",),
    session_duration=timedelta(minutes=15),
    token_lifetime=timedelta(minutes=1),
)
SENT = tokens.CreateTradeInTokenRequest(
    partner_account_id="987654321098",
    policy="{}",
    policy_arns=["arn:p"],
    session_duration=Duration(seconds=900),
    token_lifetime=Duration(seconds=60),
)
READ = TradeInToken(Secret("traded.in.once"), "delegation-1", END)


@pytest.fixture
def profile(fake: FakeDaypass, temporary: Credentials) -> Profile:
    """Returns a profile that leads to the fake, with temporary credentials."""
    return fake.profile(temporary)


def test_answer_without_token_is_a_failure(fake: FakeDaypass, profile: Profile) -> None:
    """An answer without the token raises."""
    fake.answer(tokens.CreateTradeInTokenResponse(delegation_id="delegation-1"))

    with DaypassClient(profile) as client, pytest.raises(UnavailableError):
        client.create_trade_in_token(APPROVAL)


def test_approval_is_sent_and_read_whole(fake: FakeDaypass, profile: Profile) -> None:
    """Every parameter arrives, signed, and everything that is answered is read."""
    fake.answer(TRADE_IN)

    with DaypassClient(profile) as client:
        found = client.create_trade_in_token(APPROVAL)

    call = fake.calls[0]
    assert call.method.endswith("TokenService/CreateTradeInToken")
    assert SENT == tokens.CreateTradeInTokenRequest.FromString(call.body)
    assert "authorization" in call.metadata
    assert READ == found
    assert "traded" not in repr(found)


async def test_awaiting_client_approves(fake: FakeDaypass, profile: Profile) -> None:
    """The awaiting client approves as the blocking one does; defaults are not sent."""
    fake.answer(TRADE_IN)
    bare = TradeInRequest(partner_account_id="987654321098", policy="{}")

    async with AsyncDaypassClient(profile) as client:
        found = await client.create_trade_in_token(bare)

    sent = tokens.CreateTradeInTokenRequest.FromString(fake.calls[0].body)
    names = {field.name for field, _ in sent.ListFields()}
    assert ({"partner_account_id", "policy"}, READ) == (names, found)


def test_command_approves(fake: FakeDaypass, run: Run) -> None:
    """Every option arrives, and the token is printed with what names the approval."""
    fake.answer(TRADE_IN)

    result = run(
        *("trade-in-token", "987654321098", "--policy", "-", "--policy-arn", "arn:p"),
        *("--duration", "15m", "--token-lifetime", "1m", "--output", "json"),
        typed="{}",
    )

    assert SENT == tokens.CreateTradeInTokenRequest.FromString(fake.calls[0].body)
    assert {
        "delegation_id": "delegation-1",
        "expire_time": "2026-01-02T04:04:05Z",
        "trade_in_token": "traded.in.once",
    } == json.loads(result.stdout)

"""Each method of delegated access runs its use case, with its parameters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from daypass.api.sts.v1 import sts_service_pb2 as sts_pb
from daypass.api.token.v1 import token_service_pb2 as token_pb
from daypass.core.secret import Secret
from daypass.rpc.convert_delegation import sent_span
from daypass.rpc.methods import STS, TOKEN
from daypass.sts.create_trade_in_token import CreateTradeInTokenRequest
from support.door import Door
from support.world import START

YEARS = timedelta(seconds=10**9)


async def test_create_trade_in_token(wired: Door, asked: list[Any]) -> None:
    """CreateTradeInToken answers with a token, for what was asked."""
    answer = await wired.call(
        f"{TOKEN}CreateTradeInToken",
        token_pb.CreateTradeInTokenRequest(
            partner_account_id="222233334444",
            policy="{}",
            policy_arns=["a"],
            session_duration=Duration(seconds=900),
            token_lifetime=Duration(seconds=60),
        ).SerializeToString(),
    )

    found = token_pb.CreateTradeInTokenResponse.FromString(answer)
    assert [
        CreateTradeInTokenRequest(
            "222233334444",
            "{}",
            ("a",),
            timedelta(seconds=900),
            timedelta(seconds=60),
        )
    ] == asked
    assert ("token", "id", int(START.timestamp())) == (
        found.trade_in_token,
        found.delegation_id,
        found.expire_time.seconds,
    )


async def test_absent_stays_absent(wired: Door, asked: list[Any]) -> None:
    """What is not sent is absent, so that its default or its breach applies."""
    await wired.call(f"{TOKEN}CreateTradeInToken")

    assert [CreateTradeInTokenRequest()] == asked


async def test_get_delegated_access_token(wired: Door, asked: list[Any]) -> None:
    """GetDelegatedAccessToken answers with credentials, and whom they act as."""
    answer = await wired.call(
        f"{STS}GetDelegatedAccessToken",
        sts_pb.GetDelegatedAccessTokenRequest(trade_in_token="t").SerializeToString(),
    )

    found = sts_pb.GetDelegatedAccessTokenResponse.FromString(answer)
    assert [Secret("t")] == asked
    assert ("key", 7, "approver") == (
        found.credentials.access_key_id,
        found.packed_policy_size,
        found.assumed_principal,
    )


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (Duration(), timedelta(0)),
        (Duration(seconds=900), timedelta(seconds=900)),
        (Duration(seconds=1, nanos=1_500), timedelta(seconds=1, microseconds=2)),
        (Duration(seconds=1, nanos=1), timedelta(seconds=1, microseconds=1)),
        (Duration(nanos=-1_000), timedelta(microseconds=-1)),
        (Duration(seconds=2**63 - 1), YEARS),
        (Duration(seconds=-(2**63)), -YEARS),
    ],
)
def test_spans(sent: Duration, expected: timedelta) -> None:
    """A span is what was sent, within what any span holds, and never rounded away."""
    message = token_pb.CreateTradeInTokenRequest(session_duration=sent)

    assert expected == sent_span(message, "session_duration")

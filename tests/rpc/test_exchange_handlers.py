"""ExchangeToken and RevokeToken run their use cases, with their parameters."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from daypass.api.token.v1 import token_service_pb2 as pb
from daypass.core.secret import Secret
from daypass.rpc.methods import TOKEN
from daypass.sts.caller import CallerKind
from daypass.sts.exchange_request import ExchangeTokenRequest
from support.door import Door
from support.exchange_world import ACCESS, ID


async def test_exchange_token(wired: Door, asked: list[Any]) -> None:
    """ExchangeToken answers with the token that was issued."""
    message = pb.ExchangeTokenRequest(subject_token="t", subject_token_type=ID)
    answer = await wired.call(f"{TOKEN}ExchangeToken", message.SerializeToString())

    found = pb.ExchangeTokenResponse.FromString(answer)
    assert [ExchangeTokenRequest(Secret("t"), ID)] == asked
    assert ("new-token", ACCESS) == (found.access_token, found.issued_token_type)


async def test_revoke_token(wired: Door, asked: list[Any]) -> None:
    """RevokeToken answers whether the token is good nowhere any more."""
    message = pb.RevokeTokenRequest(token="t")
    answer = await wired.call(f"{TOKEN}RevokeToken", message.SerializeToString())

    assert [Secret("t")] == asked
    assert pb.RevokeTokenResponse.FromString(answer).effective_everywhere


@pytest.mark.parametrize(
    "kind",
    [
        CallerKind.ROOT,
        CallerKind.FEDERATED_USER_SESSION,
        CallerKind.ROOT_TASK_SESSION,
    ],
)
async def test_who_is_no_client(wired: Door, kind: CallerKind) -> None:
    """Only users and sessions of roles exchange tokens."""
    error = await wired.refusal(
        f"{TOKEN}ExchangeToken", metadata=(("authorization", kind.name),)
    )

    assert grpc.StatusCode.PERMISSION_DENIED is error.code()

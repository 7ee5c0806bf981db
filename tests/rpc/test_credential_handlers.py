"""Each method that issues credentials runs its use case, with its parameters."""

from __future__ import annotations

from typing import Any

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.rpc.methods import STS
from daypass.sts.get_federation_token import GetFederationTokenRequest
from daypass.sts.get_session_token import GetSessionTokenRequest
from support.door import Door


async def test_get_session_token(wired: Door, asked: list[Any]) -> None:
    """GetSessionToken answers with credentials, as long-lived as was asked for."""
    answer = await wired.call(
        f"{STS}GetSessionToken",
        pb.GetSessionTokenRequest(duration_seconds=900).SerializeToString(),
    )

    assert [GetSessionTokenRequest(duration_seconds=900)] == asked
    assert (
        "key" == pb.GetSessionTokenResponse.FromString(answer).credentials.access_key_id
    )


async def test_get_federation_token(wired: Door, asked: list[Any]) -> None:
    """GetFederationToken answers with the federated user that was named."""
    answer = await wired.call(
        f"{STS}GetFederationToken",
        pb.GetFederationTokenRequest(name="guest").SerializeToString(),
    )

    found = pb.GetFederationTokenResponse.FromString(answer)
    assert [GetFederationTokenRequest(name="guest")] == asked
    assert ("key", "guest") == (
        found.credentials.access_key_id,
        found.federated_user.arn,
    )

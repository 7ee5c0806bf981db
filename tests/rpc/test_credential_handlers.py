"""Each method that issues credentials runs its use case, with its parameters."""

from __future__ import annotations

from typing import Any

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.rpc.methods import STS
from daypass.sts.assume_root_request import AssumeRootRequest
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


async def test_assume_root(wired: Door, asked: list[Any]) -> None:
    """AssumeRoot answers with credentials for the account that was named."""
    answer = await wired.call(
        f"{STS}AssumeRoot",
        pb.AssumeRootRequest(
            target_principal="member", task_policy_arn=pb.PolicyDescriptor(arn="task")
        ).SerializeToString(),
    )

    assert [AssumeRootRequest("member", "task")] == asked
    assert "key" == pb.AssumeRootResponse.FromString(answer).credentials.access_key_id

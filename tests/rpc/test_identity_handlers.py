"""Each method that tells others who somebody is runs its use case."""

from __future__ import annotations

from typing import Any

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.rpc.methods import STS
from daypass.sts.get_web_identity_token import GetWebIdentityTokenRequest
from daypass.sts.tags import Tag
from support.door import Door
from support.world import START


async def test_get_web_identity_token(wired: Door, asked: list[Any]) -> None:
    """GetWebIdentityToken answers with a token, for what was asked."""
    answer = await wired.call(
        f"{STS}GetWebIdentityToken",
        pb.GetWebIdentityTokenRequest(
            audience=["a", "b"],
            signing_algorithm="ES384",
            duration_seconds=60,
            tags=[pb.Tag(key="k", value="v")],
        ).SerializeToString(),
    )

    found = pb.GetWebIdentityTokenResponse.FromString(answer)
    assert [GetWebIdentityTokenRequest(("a", "b"), "ES384", 60, (Tag("k", "v"),))] == (
        asked
    )
    assert "token" == found.web_identity_token
    assert int(START.timestamp()) == found.expiration.seconds


async def test_absent_stays_absent(wired: Door, asked: list[Any]) -> None:
    """What is not sent is absent, so that its default or its breach applies."""
    await wired.call(f"{STS}GetWebIdentityToken")

    assert [GetWebIdentityTokenRequest()] == asked

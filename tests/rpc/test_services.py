"""Each method runs its use case, with its parameters, for its caller."""

from __future__ import annotations

from typing import Any

import grpc

from daypass.api.keyring.v1 import keyring_service_pb2 as keyring_pb
from daypass.api.session.v1 import session_service_pb2 as session_pb
from daypass.api.sts.v1 import sts_service_pb2 as sts_pb
from daypass.api.token.v1 import token_service_pb2 as token_pb
from daypass.core.secret import Secret
from daypass.rpc.methods import KEYRING, SESSION, STS, TOKEN
from support.door import ACCOUNT, USER, Door


async def _call(door: Door, method: str, message: Any, response: Any) -> Any:
    return response.FromString(await door.call(method, message.SerializeToString()))


async def test_assume_role(wired: Door) -> None:
    """AssumeRole answers with credentials for the role that was named."""
    found = await _call(
        wired,
        f"{STS}AssumeRole",
        sts_pb.AssumeRoleRequest(role_arn="yes"),
        sts_pb.AssumeRoleResponse,
    )

    assert ("key", "yes", 3) == (
        found.credentials.access_key_id,
        found.assumed_role_user.arn,
        found.packed_policy_size,
    )


async def test_refusal_passed_on(wired: Door) -> None:
    """What the use case refuses is refused to the caller with its code."""
    error = await wired.refusal(
        f"{STS}AssumeRole",
        body=sts_pb.AssumeRoleRequest(role_arn="no").SerializeToString(),
    )

    assert grpc.StatusCode.PERMISSION_DENIED is error.code()


async def test_batch_in_order(wired: Door) -> None:
    """A batch answers item by item, in order, the refused ones too."""
    names = ["a", "no", "b"]

    found = await _call(
        wired,
        f"{STS}BatchAssumeRole",
        sts_pb.BatchAssumeRoleRequest(
            requests=[sts_pb.AssumeRoleRequest(role_arn=name) for name in names]
        ),
        sts_pb.BatchAssumeRoleResponse,
    )

    assert ["a", "AccessDenied", "b"] == [
        item.error.reason or item.response.assumed_role_user.arn
        for item in found.results
    ]


async def test_caller_identity(wired: Door) -> None:
    """GetCallerIdentity answers with the caller that was proven."""
    found = await _call(
        wired,
        f"{STS}GetCallerIdentity",
        sts_pb.GetCallerIdentityRequest(),
        sts_pb.GetCallerIdentityResponse,
    )

    assert (USER.unique_id, ACCOUNT, USER.arn) == (
        found.user_id,
        found.account,
        found.arn,
    )


async def test_access_key_info(wired: Door, asked: list[Any]) -> None:
    """GetAccessKeyInfo asks for the key that was named."""
    found = await _call(
        wired,
        f"{STS}GetAccessKeyInfo",
        sts_pb.GetAccessKeyInfoRequest(access_key_id="some-key"),
        sts_pb.GetAccessKeyInfoResponse,
    )

    assert (["some-key"], ACCOUNT) == (asked, found.account)


async def test_verify_token(wired: Door, asked: list[Any]) -> None:
    """VerifyToken answers well with a rejection: the verdict is in the answer."""
    found = await _call(
        wired,
        f"{TOKEN}VerifyToken",
        token_pb.VerifyTokenRequest(token="some-token"),
        token_pb.VerifyTokenResponse,
    )

    assert [Secret("some-token")] == asked
    assert token_pb.TokenRejection.REASON_EXPIRED == found.rejection.reason


async def test_batch_verify_tokens(wired: Door, asked: list[Any]) -> None:
    """BatchVerifyTokens answers with a verdict for each token, in their order."""
    found = await _call(
        wired,
        f"{TOKEN}BatchVerifyTokens",
        token_pb.BatchVerifyTokensRequest(tokens=["one", "other"]),
        token_pb.BatchVerifyTokensResponse,
    )

    assert [(Secret("one"), Secret("other"))] == asked
    assert [
        token_pb.TokenRejection.REASON_EXPIRED,
        token_pb.TokenRejection.REASON_REVOKED,
    ] == [result.rejection.reason for result in found.results]


async def test_get_session(wired: Door, asked: list[Any]) -> None:
    """GetSession asks for the key that was named."""
    found = await _call(
        wired,
        f"{SESSION}GetSession",
        session_pb.GetSessionRequest(access_key_id="session-key"),
        session_pb.GetSessionResponse,
    )

    assert (["session-key"], "session-key") == (asked, found.session.access_key_id)


async def test_list_sessions(wired: Door) -> None:
    """ListSessions answers with a page."""
    found = await _call(
        wired,
        f"{SESSION}ListSessions",
        session_pb.ListSessionsRequest(),
        session_pb.ListSessionsResponse,
    )

    assert (1, "next") == (len(found.sessions), found.next_page_token)


async def test_revoke_sessions(wired: Door) -> None:
    """RevokeSessions answers with the number of the revocation."""
    found = await _call(
        wired,
        f"{SESSION}RevokeSessions",
        session_pb.RevokeSessionsRequest(account_id=ACCOUNT),
        session_pb.RevokeSessionsResponse,
    )

    assert 7 == found.sequence
    assert found.effective_everywhere


async def test_key_set(wired: Door) -> None:
    """GetKeySet answers with the key set."""
    found = await _call(
        wired,
        f"{KEYRING}GetKeySet",
        keyring_pb.GetKeySetRequest(),
        keyring_pb.GetKeySetResponse,
    )

    assert ["k1"] == [key.kid for key in found.keys]

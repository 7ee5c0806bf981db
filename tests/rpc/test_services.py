"""Each method runs its use case, with its parameters, for its caller."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, ClassVar

import grpc
import pytest

from daypass.api.keyring.v1 import keyring_service_pb2 as keyring_pb
from daypass.api.session.v1 import session_service_pb2 as session_pb
from daypass.api.sts.v1 import sts_service_pb2 as sts_pb
from daypass.api.token.v1 import token_service_pb2 as token_pb
from daypass.core.credentials import Credentials
from daypass.core.errors import AccessDeniedError
from daypass.core.secret import Secret
from daypass.rpc.methods import KEYRING, SESSION, STS, TOKEN
from daypass.rpc.services import UseCases, service_handlers
from daypass.sts.account_operations import GetCallerIdentity
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.audit import Auditor
from daypass.sts.batch import BatchAssumeRole
from daypass.sts.key_set import KeySet
from daypass.sts.pipeline import Invocation, Operation, Pipeline
from daypass.sts.revoke_sessions import RevokeSessionsResult
from daypass.sts.sessions import SessionList
from daypass.sts.verify_token import Verdict
from support.decisions import NothingKept
from support.door import ACCOUNT, RECORD, USER, Door, ListedAudit
from support.world import START, ManualClock

CREDENTIALS = Credentials("key", Secret("secret"), Secret("token"), START)


class FixedOperation:
    """An operation that answers the same to everything, and keeps what it was asked."""

    name: ClassVar[str] = "Fixed"
    grants: ClassVar[bool] = False

    def __init__(self, answer: Any, asked: list[Any]) -> None:
        self._answer = answer
        self._asked = asked

    async def perform(self, request: Any, invocation: Invocation) -> Any:
        """Returns the answer."""
        assert USER == invocation.caller.principal
        self._asked.append(request)
        return self._answer


class NamedRole:
    """An AssumeRole that refuses the role named `no`."""

    name: ClassVar[str] = "AssumeRole"
    grants: ClassVar[bool] = True

    async def perform(
        self, request: AssumeRoleRequest, invocation: Invocation
    ) -> AssumeRoleResult:
        """Answers with the ARN that was sent."""
        del invocation
        if request.role_arn == "no":
            raise AccessDeniedError("named_no")
        return AssumeRoleResult(
            CREDENTIALS, "id", request.role_arn or "", 3, None, 1_024
        )


class FixedKeySet:
    """A key set with one key."""

    def answer(self) -> KeySet:
        """Returns the key set."""
        return KeySet(({"kid": "k1"},), timedelta(minutes=5))


@pytest.fixture
def asked() -> list[Any]:
    """Returns what the fixed operations were asked."""
    return []


@pytest.fixture
async def wired(asked: list[Any]) -> AsyncIterator[Door]:
    """Returns a server with the real handlers before fixed operations."""
    auditor = Auditor(sink=ListedAudit(), clock=ManualClock())

    def fixed(answer: Any) -> Pipeline[Any, Any]:
        return piped(FixedOperation(answer, asked))

    def piped(operation: Operation[Any, Any]) -> Pipeline[Any, Any]:
        return Pipeline(operation=operation, auditor=auditor, decisions=NothingKept())

    assume_role = piped(NamedRole())
    use_cases = UseCases(
        assume_role=assume_role,
        batch_assume_role=BatchAssumeRole(assume_role=assume_role),
        get_access_key_info=fixed(ACCOUNT),
        get_caller_identity=piped(GetCallerIdentity()),
        get_key_set=FixedKeySet(),  # type: ignore[arg-type]
        get_session=fixed(RECORD),
        list_sessions=fixed(SessionList((RECORD,), "next")),
        revoke_sessions=fixed(RevokeSessionsResult(7, effective_everywhere=True)),
        verify_token=fixed(Verdict.EXPIRED),
    )
    async with Door(handlers=service_handlers(use_cases)) as door:
        yield door


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

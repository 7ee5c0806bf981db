"""What the door does when something fails inside, hangs, or is too much."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from lxml import etree

from daypass.core.errors import AccessDeniedError, DaypassError
from daypass.gateway.exchange import Answer, Received, Request
from daypass.gateway.operations import Operations, QueryOperation
from daypass.gateway.parameters import Parameters
from daypass.gateway.query_door import QueryDoor
from daypass.gateway.render import Tree
from daypass.sigv4.http_request import HttpExpectations, HttpRequest
from daypass.sts.audit import Auditor
from daypass.sts.caller import CallContext, Caller, CallerKind
from daypass.sts.pipeline import Invocation, Pipeline
from support.door import ListedAudit, caller_of
from support.sts_world import CALL
from support.world import ManualClock

Work = Callable[[], Awaitable[str]]
SHORT = timedelta(milliseconds=20)


class AnyAuthenticator:
    """Believes everybody to be a user, or of another kind."""

    def __init__(self, kind: CallerKind = CallerKind.USER) -> None:
        self.kind = kind
        self.asked: list[str] = []

    def authenticate(
        self,
        operation: str,
        request: HttpRequest,
        expectations: HttpExpectations,
        *,
        call: CallContext,
    ) -> Caller:
        """Returns a caller of the kind."""
        del request, expectations, call
        self.asked.append(operation)
        return caller_of(self.kind)


class Working:
    """An operation that does what a test says."""

    name: ClassVar[str] = "GetCallerIdentity"
    grants: ClassVar[bool] = False

    def __init__(self, work: Work) -> None:
        self._work = work

    async def perform(self, request: None, invocation: Invocation) -> str:
        """Does it."""
        del request, invocation
        return await self._work()


class NoDecisions:
    """Keeps no explanation."""

    async def keep(self, entry: object) -> None:
        """Keeps nothing."""
        del entry


def door_of(
    work: Work, *, name: str = "GetCallerIdentity", **options: Any
) -> tuple[QueryDoor, ListedAudit, AnyAuthenticator]:
    """Returns a door with one operation, its audit log and its authenticator."""
    audit = ListedAudit()
    auditor = Auditor(sink=audit, clock=ManualClock())
    operations: Operations = {
        name: QueryOperation(
            Pipeline(operation=Working(work), auditor=auditor, decisions=NoDecisions()),
            _read_nothing,
            _shown,
        )
    }
    authenticator = options.pop("authenticator", None) or AnyAuthenticator()
    door = QueryDoor(
        operations=operations,
        authenticator=authenticator,
        auditor=auditor,
        **options,
    )
    return door, audit, authenticator


def _read_nothing(sent: Parameters) -> None:
    sent.integer("Number")


def _shown(result: str) -> Tree:
    return {"Text": result}


def request(name: str = "GetCallerIdentity", extra: bytes = b"") -> Request:
    """Returns a request for an operation."""
    body = b"Action=" + name.encode() + b"&Version=2011-06-15" + extra
    headers = (
        ("host", "localhost"),
        ("content-length", str(len(body))),
        ("content-type", "application/x-www-form-urlencoded"),
    )
    received = Received("POST", "/", b"", headers, "127.0.0.1", secure=False)
    return Request(received, "localhost", proxied=False, call=CALL, body=body)


def code(answer: Answer) -> str:
    """Returns the AWS code of an answer."""
    found = etree.fromstring(answer.body).xpath("//*[local-name() = 'Code']")
    return str(found[0].text)


async def _done() -> str:
    return "done"


async def _broken() -> str:
    raise RuntimeError("hunter2")


async def _endless() -> str:
    await asyncio.Event().wait()
    return ""


async def test_answer() -> None:
    """What was done is answered, under the name of the operation."""
    door, _, _ = door_of(_done)

    answer = await door.answer(request())

    assert (200, "GetCallerIdentity") == (answer.status, answer.operation)
    assert b"<GetCallerIdentityResult>" in answer.body


async def test_fault_is_internal_failure() -> None:
    """A fault of ours is told as such, and its text stays inside."""
    door, _, _ = door_of(_broken)

    answer = await door.answer(request())

    assert (500, "InternalFailure") == (answer.status, code(answer))
    assert b"hunter2" not in answer.body
    assert isinstance(answer.fault, RuntimeError)


async def test_deadline() -> None:
    """What takes too long is ended, and the client is told to try again."""
    door, _, _ = door_of(_endless, deadline=SHORT)

    answer = await door.answer(request())

    assert (408, "RequestTimeout") == (answer.status, code(answer))


async def test_timeout_from_inside() -> None:
    """A time that is over inside is a fault, not the deadline of the request."""

    async def late() -> str:
        raise TimeoutError

    door, _, _ = door_of(late)

    assert 500 == (await door.answer(request())).status


async def test_detail_53_worker_is_full() -> None:
    """A worker that is full says `Throttling`, 400, and others come in later."""
    door, _, _ = door_of(_endless, concurrent_calls_max=1)
    first = asyncio.create_task(door.answer(request()))
    await asyncio.sleep(0)

    answer = await door.answer(request())
    first.cancel()
    await asyncio.wait({first})

    assert (400, "Throttling") == (answer.status, code(answer))
    second = asyncio.create_task(door.answer(request()))
    await asyncio.sleep(0)
    assert not second.done()
    second.cancel()


async def test_cancelled_request() -> None:
    """A request that is cancelled is answered by nobody."""
    door, _, _ = door_of(_endless)
    task = asyncio.create_task(door.answer(request()))
    await asyncio.sleep(0)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_kind_of_caller() -> None:
    """A kind of caller that may not is refused before its parameters are read."""
    authenticator = AnyAuthenticator(CallerKind.ROLE_SESSION)
    door, audit, _ = door_of(_done, name="GetSessionToken", authenticator=authenticator)

    answer = await door.answer(request("GetSessionToken", b"&Number=x"))

    assert (403, "AccessDenied") == (answer.status, code(answer))
    (record,) = audit.records
    assert ("GetSessionToken", "caller_kind") == (record.operation, record.detail)


async def test_v34_proof_in_request() -> None:
    """Where the request is the proof nobody is asked who calls."""
    door, _, authenticator = door_of(_done, name="AssumeRoleWithWebIdentity")

    answer = await door.answer(request("AssumeRoleWithWebIdentity"))

    assert 200 == answer.status
    assert [] == authenticator.asked


async def test_operation_without_access_rule() -> None:
    """An operation that no rule knows is refused to everybody."""
    door, audit, _ = door_of(_done, name="Forgotten")

    answer = await door.answer(request("Forgotten"))

    assert (403, "AccessDenied") == (answer.status, code(answer))
    assert "method_without_access_rule" == audit.records[0].detail


async def test_refusal_while_audit_is_full() -> None:
    """A refusal stands also where it cannot be recorded."""
    door, audit, _ = door_of(_done)
    audit.full = True

    answer = await door.answer(request(extra=b"&Number=x"))

    assert (400, "MalformedInput") == (answer.status, code(answer))


async def test_facts_of_an_error() -> None:
    """What a denial can be asked about with is told in headers."""

    async def denied() -> str:
        raise _denial()

    door, _, _ = door_of(denied)

    answer = await door.answer(request())

    assert (
        ("x-daypass-decision-id", "d-1"),
        ("x-daypass-encoded-authorization-message", "abc"),
    ) == answer.headers


def _denial() -> DaypassError:
    return AccessDeniedError(
        "policy",
        metadata={
            "encoded_authorization_message": "abc",
            "decision_id": "d-1",
            "other": "x",
        },
    )

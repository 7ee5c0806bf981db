"""An OAuth endpoint keeps its bounds, and nothing that goes wrong gets out of it.

SPEC: attacks G16, V30; reliability E14 by analogy.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from daypass.adapters.memory import MemoryAuditSink
from daypass.core.errors import ServiceUnavailableError
from daypass.core.exchange_errors import InvalidScopeError
from daypass.gateway.exchange import Answer, Received, Request
from daypass.gateway.oauth.endpoint import OAuthEndpoint
from daypass.gateway.oauth.handlers import Run
from daypass.gateway.oauth.parameters import OAuthParameters
from daypass.sts.audit import Auditor
from daypass.sts.caller import CallContext, Caller
from daypass.sts.oauth_client import ClientProof, ProvenClient
from support.oauth_world import FILES
from support.sts_world import CALL, StsWorld, ready
from support.world import ManualClock

Prepare = Callable[[], Run]


async def proven() -> ProvenClient:
    """Returns a client that has proven who it is."""
    world = await ready(StsWorld(*FILES))
    client = world.directory.current().oauth_client("web")
    assert client is not None
    user = world.directory.current().user_by_arn(client.principal_arn)
    assert user is not None
    return ProvenClient(client, Caller(user.principal, "web", "", world.view.epoch))


class Believing:
    """Takes every proof for that of one client."""

    def __init__(self, client: ProvenClient) -> None:
        self._client = client

    async def authenticate(
        self, proof: ClientProof | None, *, operation: str, call: CallContext
    ) -> ProvenClient:
        """Returns the client."""
        del proof, operation, call
        return self._client


def request(body: bytes = b"token=x") -> Request:
    """Returns a request with a form."""
    headers = (
        ("host", "localhost"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("content-length", str(len(body))),
    )
    received = Received("POST", "/oauth2/x", b"", headers, "127.0.0.1", secure=False)
    return Request(received, "localhost", proxied=False, call=CALL, body=body)


class Bench:
    """An endpoint whose handler a test gives.

    Attributes:
        audit: what was recorded.
    """

    def __init__(
        self,
        client: ProvenClient,
        prepare: Prepare,
        *,
        calls_max: int = 10,
        deadline: timedelta = timedelta(seconds=10),
    ) -> None:
        self.audit = MemoryAuditSink()
        self._prepare = prepare
        self._endpoint = OAuthEndpoint(
            name="OAuthTest",
            handler=self._handle,
            repeatable=(),
            authenticator=Believing(client),
            auditor=Auditor(sink=self.audit, clock=ManualClock()),
            concurrent_calls_max=calls_max,
            deadline=deadline,
        )

    def ask(self) -> Awaitable[Answer]:
        """Sends a request."""
        return self._endpoint.answer(request())

    def _handle(
        self, sent: OAuthParameters, client: ProvenClient, call: CallContext
    ) -> Run:
        del sent, client, call
        return self._prepare()


def runs(outcome: BaseException | Answer) -> Prepare:
    """Returns what runs to an outcome."""

    async def run() -> Answer:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    return lambda: run


def told(answer: Answer) -> tuple[int, str]:
    """Returns the status and the code of an error."""
    return answer.status, json.loads(answer.body)["error"]


async def test_answer_has_its_caller() -> None:
    """An answer says for the log what was asked, and who asked."""
    client = await proven()

    answer = await Bench(client, runs(Answer(200))).ask()

    assert (200, "OAuthTest", client.caller) == (
        answer.status,
        answer.operation,
        answer.caller,
    )


@pytest.mark.parametrize("fault", [RuntimeError("inner"), GeneratorExit("inner")])
async def test_fault(fault: BaseException) -> None:
    """G16: whatever goes wrong inside is an answer that does not say what."""
    answer = await Bench(await proven(), runs(fault)).ask()

    assert (500, "server_error") == told(answer)
    assert b"inner" not in answer.body
    assert fault is answer.fault


async def test_own_timeout_is_a_fault() -> None:
    """A timeout that is not that of the request is a fault."""
    answer = await Bench(await proven(), runs(TimeoutError())).ask()

    assert (500, "server_error") == told(answer)


async def test_cancelled() -> None:
    """A request that is cancelled is not answered."""
    with pytest.raises(asyncio.CancelledError):
        await Bench(await proven(), runs(asyncio.CancelledError())).ask()


async def test_deadline() -> None:
    """A request that takes too long is told to come again."""

    def never() -> Run:
        async def run() -> Answer:
            await asyncio.Event().wait()
            return Answer(200)

        return run

    bench = Bench(await proven(), never, deadline=timedelta(milliseconds=1))

    assert (503, "temporarily_unavailable") == told(await bench.ask())


async def test_load() -> None:
    """What comes beyond the requests that may be in work comes back later."""
    going_on = asyncio.Event()

    def waits() -> Run:
        async def run() -> Answer:
            await going_on.wait()
            return Answer(200)

        return run

    bench = Bench(await proven(), waits, calls_max=1)
    first = asyncio.ensure_future(bench.ask())
    await asyncio.sleep(0)

    assert (429, "temporarily_unavailable") == told(await bench.ask())
    going_on.set()
    assert 200 == (await first).status
    assert 200 == (await bench.ask()).status


async def test_refusal_of_door_is_recorded() -> None:
    """What the door refuses to a proven client is on record."""

    def refuses() -> Run:
        raise InvalidScopeError("scope_malformed")

    bench = Bench(await proven(), refuses)

    assert (400, "invalid_scope") == told(await bench.ask())
    (record,) = bench.audit.records
    assert ("OAuthTest", "scope_malformed") == (record.operation, record.detail)
    assert ("client_id", "web") in record.attributes


async def test_refusal_of_use_case() -> None:
    """What a use case refuses is recorded by that, and not twice."""
    error = ServiceUnavailableError("revocation_not_everywhere")
    bench = Bench(await proven(), runs(error))

    answer = await bench.ask()

    assert (503, "temporarily_unavailable") == told(answer)
    assert error is answer.error
    assert not bench.audit.records

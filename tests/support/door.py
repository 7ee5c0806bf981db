"""A real gRPC server on a free port, with stand-ins for what lies behind the door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any, ClassVar, Self

import grpc.aio
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from daypass.core.errors import AuditUnavailableError, MissingAuthenticationTokenError
from daypass.core.ports import AuditRecord
from daypass.core.principal import (
    AccountPrincipal,
    FederatedUser,
    RoleSession,
    RootUser,
    User,
)
from daypass.core.revocation import Epoch
from daypass.core.session import Session, SessionKind, SessionRecord
from daypass.rpc.call_facts import RequestMetadata
from daypass.rpc.dispatch import Dispatcher
from daypass.rpc.engine import Engine
from daypass.rpc.health import HealthService
from daypass.rpc.methods import (
    SERVICES,
    Handlers,
    MethodHandler,
    RpcInvocation,
    StreamHandler,
    StreamHandlers,
)
from daypass.rpc.observe import CallOutcome
from daypass.rpc.server import OWN_SERVICES, RpcServer, ServerSettings
from daypass.rpc.streams import StreamRunner
from daypass.rpc.unimplemented import UNIMPLEMENTED
from daypass.sts.audit import Auditor
from daypass.sts.caller import CallContext, Caller, CallerKind
from support.one_by_one import WritesEach
from support.world import START, ManualClock, SeededEntropy

Behaviour = Callable[[RpcInvocation, Any], Awaitable[Message]]

ACCOUNT = "111122223333"
EPOCH = Epoch("log", 0)
USER = User("aws", ACCOUNT, "/", "dev", "AIDAEXAMPLE")
# In a test, a proof is the name of the kind of caller.
AS_USER = (("authorization", CallerKind.USER.name),)
LOOPBACK = "127.0.0.1:0"
RECORD = SessionRecord(
    access_key_id="session-key",
    kind=SessionKind.ROLE,
    account_id=ACCOUNT,
    principal_id="AROAEXAMPLE",
    principal_arn="arn:aws:iam::111122223333:role/Reader",
    session_name="name",
    issue_time=START,
    expire_time=START + timedelta(hours=1),
    issued_to=USER.arn,
    parent_access_key_id="caller-key",
    origin_id=USER.unique_id,
    epoch=EPOCH,
)


def session_of(kind: SessionKind) -> Session:
    """Returns a session of that kind."""
    return Session(
        kind=kind,
        access_key_id="session-key",
        account_id=ACCOUNT,
        principal_id=USER.unique_id,
        session_name="name",
        issue_time=START,
        expire_time=START + timedelta(hours=1),
        epoch=EPOCH,
        derivation_key_id="d1",
        origin_id=USER.unique_id,
    )


def caller_of(kind: CallerKind) -> Caller:
    """Returns a caller of that kind."""
    root = RootUser("aws", ACCOUNT)
    role = RoleSession("aws", ACCOUNT, "/", "Reader", "AROAEXAMPLE", "name")
    federated = FederatedUser("aws", ACCOUNT, "name", USER)
    kinds: dict[CallerKind, tuple[AccountPrincipal, Session | None]] = {
        CallerKind.ROOT: (root, None),
        CallerKind.USER: (USER, None),
        CallerKind.USER_SESSION: (USER, session_of(SessionKind.USER)),
        CallerKind.ROLE_SESSION: (role, session_of(SessionKind.ROLE)),
        CallerKind.FEDERATED_USER_SESSION: (
            federated,
            session_of(SessionKind.FEDERATED_USER),
        ),
        CallerKind.ROOT_TASK_SESSION: (root, session_of(SessionKind.ROOT_TASK)),
        CallerKind.DELEGATED_SESSION: (role, session_of(SessionKind.DELEGATED)),
    }
    principal, session = kinds[kind]
    return Caller(principal, "caller-key", "us-east-1", EPOCH, session)


class NamedKindAuthenticator:
    """Believes whoever names a kind of caller; keeps the bytes it was shown."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def authenticate(
        self,
        method: str,
        metadata: RequestMetadata,
        body: bytes,
        *,
        call: CallContext,
    ) -> Caller:
        """Returns a caller of the kind that is named."""
        del method, call
        self.bodies.append(body)
        name = dict(metadata).get("authorization")
        if not isinstance(name, str):
            raise MissingAuthenticationTokenError("no_proof")
        return caller_of(CallerKind[name])


class ListedAudit(WritesEach):
    """An audit sink that is a list."""

    def __init__(self) -> None:
        self.records: list[AuditRecord] = []
        self.full = False

    async def write(self, record: AuditRecord) -> None:
        """Takes a record at once."""
        self.note(record)

    def note(self, record: AuditRecord) -> None:
        """Takes a record, unless it is said to be full."""
        if self.full:
            raise AuditUnavailableError("audit_queue_full")
        self.records.append(record)


class ListedCalls:
    """An observer that keeps what it is told."""

    sees_starts = True

    def __init__(self) -> None:
        self.started: list[str] = []
        self.finished: list[tuple[str, CallOutcome]] = []

    def call_started(self, method: str, call: CallContext) -> None:
        """Keeps the name."""
        del call
        self.started.append(method)

    def call_finished(
        self, method: str, call: CallContext, outcome: CallOutcome
    ) -> None:
        """Keeps the outcome."""
        del call
        self.finished.append((method, outcome))


class HeldCalls:
    """A behaviour that holds its calls until they are let go."""

    def __init__(self, response: Message) -> None:
        self._response = response
        self._entered = asyncio.Condition()
        self._let_go = asyncio.Event()
        self.held = 0
        self.held_most = 0

    async def __call__(self, invocation: RpcInvocation, message: Message) -> Message:
        """Waits to be let go, and answers."""
        del invocation, message
        async with self._entered:
            self.held += 1
            self.held_most = max(self.held, self.held_most)
            self._entered.notify_all()
        try:
            await self._let_go.wait()
        finally:
            self.held -= 1
        return self._response

    async def wait_held(self, count: int) -> None:
        """Returns when that many calls are held."""
        async with self._entered:
            await self._entered.wait_for(lambda: self.held >= count)

    def let_go(self) -> None:
        """Lets all calls go, those to come included."""
        self._let_go.set()


class Door:
    """A server with stand-ins behind it.

    Args:
        settings: how it listens; on a free port of loopback by default.
        handlers: what answers, instead of the stand-ins.
        unbuilt: the methods that have no stand-in.
        streams: what answers the methods that stream, instead of the stand-ins.
        bounds: of the streams.
        dispatcher: further arguments of the dispatcher.

    Attributes:
        engine: what drives the servers of doors that are told nothing else; the tests
            of the door run on each.
    """

    engine: ClassVar[Engine] = Engine.AIO

    def __init__(
        self,
        *,
        settings: ServerSettings | None = None,
        handlers: Handlers | None = None,
        unbuilt: frozenset[str] = UNIMPLEMENTED,
        streams: StreamHandlers | None = None,
        bounds: Mapping[str, Any] = MappingProxyType({}),
        **dispatcher: Any,
    ) -> None:
        self.authenticator = NamedKindAuthenticator()
        self.audit = ListedAudit()
        self.calls = ListedCalls()
        self.health = HealthService(services=OWN_SERVICES)
        self.behaviours: dict[str, Behaviour] = {}
        self.handled: list[tuple[str, RpcInvocation, Message]] = []
        self._unbuilt = unbuilt
        self.streams = StreamRunner(
            handlers=streams or self._streams(),
            authenticator=self.authenticator,
            auditor=Auditor(sink=self.audit, clock=ManualClock()),
            entropy=SeededEntropy(),
            **bounds,
        )
        self.dispatcher = Dispatcher(
            unbuilt=unbuilt,
            handlers={**self.health.handlers(), **(handlers or self._handlers())},
            streams=self.streams,
            authenticator=self.authenticator,
            auditor=Auditor(sink=self.audit, clock=ManualClock()),
            observer=self.calls,
            clock=ManualClock(),
            entropy=SeededEntropy(),
            **dispatcher,
        )
        self.server = RpcServer(
            settings=replace(settings or ServerSettings(LOOPBACK), engine=self.engine),
            dispatcher=self.dispatcher,
            health=self.health,
        )
        self.port = 0

    async def __aenter__(self) -> Self:
        """Starts the server."""
        self.port = await self.server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stops the server at once."""
        await self.server.stop(timedelta(0))

    def channel(self, **options: int) -> grpc.aio.Channel:
        """Returns a connection of its own to the server."""
        names = {"grpc.use_local_subchannel_pool": 1}
        names |= {name.replace("__", "."): value for name, value in options.items()}
        return grpc.aio.insecure_channel(
            f"127.0.0.1:{self.port}", options=tuple(names.items())
        )

    async def call(
        self,
        method: str,
        body: bytes = b"",
        metadata: tuple[tuple[str, str | bytes], ...] = AS_USER,
        timeout: float | None = 15,  # noqa: ASYNC109 - it is the client's.
    ) -> bytes:
        """Calls a method with bytes and returns the bytes of the answer."""
        async with self.channel() as channel:
            ask: Any = channel.unary_unary(method)
            reply: bytes = await ask(body, metadata=metadata, timeout=timeout)
            return reply

    async def refusal(self, method: str, **call: Any) -> grpc.aio.AioRpcError:
        """Calls a method and returns the error that it must fail with."""
        try:
            reply = await self.call(method, **call)
        except grpc.aio.AioRpcError as error:
            return error
        raise AssertionError(f"{method} answered {reply!r}")

    def _handlers(self) -> Handlers:
        return {
            name: MethodHandler(
                GetMessageClass(method.input_type), self._behaviour(name, method)
            )
            for service in SERVICES
            for method in service.methods
            if (name := f"/{service.full_name}/{method.name}") not in self._unbuilt
            and not method.server_streaming
        }

    def _streams(self) -> StreamHandlers:
        """Returns streams of one message each, which unary clients take as well."""
        return {
            f"/{service.full_name}/{method.name}": StreamHandler(
                GetMessageClass(method.input_type), self._opened(service, method)
            )
            for service in SERVICES
            for method in service.methods
            if method.server_streaming
        }

    def _opened(
        self, service: Any, method: Any
    ) -> Callable[[RpcInvocation, Any], Awaitable[AsyncGenerator[Message, None]]]:
        behave = self._behaviour(f"/{service.full_name}/{method.name}", method)

        async def open_stream(
            invocation: RpcInvocation, message: Message
        ) -> AsyncGenerator[Message, None]:
            answer = await behave(invocation, message)

            async def feed() -> AsyncGenerator[Message, None]:
                yield answer

            return feed()

        return open_stream

    def _behaviour(self, name: str, method: Any) -> Behaviour:
        async def behave(invocation: RpcInvocation, message: Message) -> Message:
            self.handled.append((name, invocation, message))
            if name in self.behaviours:
                return await self.behaviours[name](invocation, message)
            response: Message = GetMessageClass(method.output_type)()
            return response

        return behave

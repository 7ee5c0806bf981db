"""The seam between the door and the use cases: one handler for each method.

A handler gets what was asked and who called. That of a unary method returns the
message to answer with; that of a method that streams returns the messages as they
come. Either raises a `DaypassError`.
"""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
)
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar

from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message

from daypass.api.access.v1 import access_service_pb2
from daypass.api.keyring.v1 import keyring_service_pb2
from daypass.api.session.v1 import session_service_pb2
from daypass.api.sts.v1 import sts_service_pb2
from daypass.api.token.v1 import token_service_pb2
from daypass.core.errors import InternalFailureError
from daypass.core.quick import quick_init
from daypass.sts.caller import CallContext, Caller

RequestT = TypeVar("RequestT")
# What a unary method answers with: a message, or one in its wire form.
Answer: TypeAlias = Message | bytes

STS: Final = "/daypass.api.sts.v1.SecurityTokenService/"
TOKEN: Final = "/daypass.api.token.v1.TokenService/"  # noqa: S105 - a path.
ACCESS_SERVICE: Final = "/daypass.api.access.v1.AccessService/"
SESSION: Final = "/daypass.api.session.v1.SessionService/"
KEYRING: Final = "/daypass.api.keyring.v1.KeyringService/"
HEALTH: Final = "/grpc.health.v1.Health/"
REFLECTION: Final = "/grpc.reflection.v1alpha.ServerReflection/"

# The services that are ours, in the order in which reflection lists them.
SERVICES: Final[tuple[ServiceDescriptor, ...]] = tuple(
    service
    for file in (
        sts_service_pb2.DESCRIPTOR,
        token_service_pb2.DESCRIPTOR,
        access_service_pb2.DESCRIPTOR,
        session_service_pb2.DESCRIPTOR,
        keyring_service_pb2.DESCRIPTOR,
    )
    for service in file.services_by_name.values()
)


@quick_init
@dataclass(frozen=True, slots=True)
class RpcInvocation:
    """One call of a method.

    Attributes:
        call: the facts of the call.
        caller: who called, proven; None where the method needs no proof.
    """

    call: CallContext
    caller: Caller | None

    @property
    def proven(self) -> Caller:
        """The caller of a method that needs a proof.

        Raises:
            InternalFailureError: nobody was proven, which the access table and the
                steps before a handler should have refused.
        """
        if self.caller is None:
            raise InternalFailureError("caller_unproven")
        return self.caller


@dataclass(frozen=True, slots=True)
class MethodHandler(Generic[RequestT]):
    """How a method is answered.

    Attributes:
        request: the class of the request message.
        handle: answers one call.
        sheds: whether a full worker turns the call away. Health checks are
            answered even then, so that nobody restarts a worker for being busy.
        read: makes what `handle` takes of the bytes that were received, where that is
            not the message.
        write: makes the bytes of the answer of what `handle` returns, where that is
            neither a message nor bytes.
    """

    request: type[Message]
    handle: Callable[[RpcInvocation, RequestT], Awaitable[Any]]
    sheds: bool = True
    read: Callable[[bytes], RequestT] | None = None
    write: Callable[[Any], bytes] | None = None


@dataclass(frozen=True, slots=True)
class StreamHandler(Generic[RequestT]):
    """How a method that streams its answers is answered.

    Attributes:
        request: the class of the request message.
        open: decides whether the stream is opened, and returns its messages. Nothing
            is kept for a client that does not read: the next one is made when it is
            asked for.
        read: as that of a `MethodHandler`.
    """

    request: type[Message]
    open: Callable[[RpcInvocation, RequestT], Awaitable[AsyncGenerator[Message, None]]]
    read: Callable[[bytes], RequestT] | None = None


Handlers = Mapping[str, MethodHandler[Any]]
StreamHandlers = Mapping[str, StreamHandler[Any]]


def own_methods() -> Iterator[str]:
    """Returns the full name of each method of our services."""
    for service in SERVICES:
        for method in service.methods:
            yield f"/{service.full_name}/{method.name}"


def own_streams() -> Iterator[str]:
    """Returns the full name of each method of our services that streams answers."""
    for service in SERVICES:
        for method in service.methods:
            if method.server_streaming:
                yield f"/{service.full_name}/{method.name}"

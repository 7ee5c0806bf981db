"""Who gets in: the checks between a message that was read and its handler.

SPEC: sts-operations 0.1, 0.9; attacks G14, G15.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from google.protobuf.message import DecodeError

from daypass.core.errors import (
    DaypassError,
    IncompleteSignatureError,
    InvalidActionError,
    MalformedInputError,
)
from daypass.rpc.access import ACCESS, check_kind
from daypass.rpc.call_facts import RequestMetadata, ServicerContext
from daypass.rpc.methods import (
    Handlers,
    MethodHandler,
    StreamHandler,
    StreamHandlers,
    own_methods,
    own_streams,
)
from daypass.sts.audit import AuditEntry, Auditor
from daypass.sts.caller import CallContext, Caller
from daypass.sts.deadline import Work
from daypass.sts.pipeline import record_refusal


class Authenticator(Protocol):
    """Proves callers."""

    async def authenticate(
        self,
        method: str,
        metadata: RequestMetadata,
        body: bytes,
        *,
        call: CallContext,
    ) -> Caller:
        """Returns the caller that signed these bytes for this method.

        Raises:
            DaypassError: there is no proof, or it is not good.
        """
        ...


@dataclass(slots=True, eq=False)
class Progress(Work):
    """What is known of a call so far, for those who are told how it ended.

    Attributes:
        method: its full name, as it was called.
        label: the same, or a fixed word for a method that there is not.
        call: its facts.
        metadata: as received.
        started: when it came in, in seconds of the monotonic clock.
        caller: who called, once that is proven.
        fault: what went wrong inside, if anything did.
    """

    method: str
    label: str
    call: CallContext
    metadata: RequestMetadata = field(repr=False)
    started: float
    caller: Caller | None = None
    fault: BaseException | None = None

    @property
    def operation(self) -> str:
        """The method's short name, or a fixed word for one that there is not."""
        return self.label.rpartition("/")[2]


RequestT = TypeVar("RequestT")
HandlerT = TypeVar("HandlerT", MethodHandler[Any], StreamHandler[Any])


def admit(progress: Progress, handler: HandlerT | None) -> HandlerT:
    """Returns the handler of a method that this caller may call.

    Raises:
        AccessDeniedError: the caller may not, or the method has no access rule.
        InvalidActionError: there is no such method, or it is not built.
    """
    method = progress.method
    if handler is None and method not in ACCESS:
        raise InvalidActionError("method_unknown")
    if progress.caller is not None:
        check_kind(method, progress.caller.kind)
    if handler is None:
        raise InvalidActionError(
            "method_not_built",
            message=f"{progress.operation} is not available in this release",
        )
    return handler


async def read_message(context: ServicerContext, *, proven: bool) -> bytes:
    """Reads the message, and nothing that may come behind it.

    Raises:
        IncompleteSignatureError: there is none, so no proof can be of it.
        MalformedInputError: there is none, and no proof is needed.
    """
    received = await context.read()
    # NOTE: gRPC has an object of its own for "nothing came".
    if isinstance(received, bytes):
        return received
    raise message_missing(proven=proven)


def message_missing(*, proven: bool) -> DaypassError:
    """Returns what is to be said where no message came.

    NOTE: none comes also where gRPC has refused it, whose caller has the reason
    already.

    Args:
        proven: whether a proof is needed, which then can be of nothing.
    """
    if proven:
        return IncompleteSignatureError("message_missing")
    return MalformedInputError("message_missing")


def parse(read: Callable[[bytes], RequestT], body: bytes) -> RequestT:
    """Returns what was asked with the bytes that were received.

    Raises:
        MalformedInputError: they are not a message of this method's.
    """
    try:
        return read(body)
    except DecodeError as error:
        raise MalformedInputError("message_malformed") from error


def check_complete(
    handlers: Handlers, streams: StreamHandlers, unbuilt: frozenset[str]
) -> None:
    """Checks that exactly the methods that are built have handlers of their kind.

    Args:
        handlers: of unary methods, by method.
        streams: of methods that stream.
        unbuilt: the methods that are declared and not built.

    Raises:
        ValueError: one is missing, or one is not on the list of those not built.
    """
    built = set(own_methods()) - unbuilt
    streaming = set(own_streams()) - unbuilt
    missing = sorted(
        (built - streaming - handlers.keys()) | (streaming - streams.keys())
    )
    unexpected = sorted(
        (unbuilt | streaming) & handlers.keys() | (streams.keys() - streaming)
    )
    if missing or unexpected:
        raise ValueError(f"handlers: missing {missing}, unexpected {unexpected}")


def record_refusal_at_door(
    auditor: Auditor, progress: Progress, error: DaypassError
) -> None:
    """Records what the door itself refuses to a caller that was proven."""
    call = progress.call
    entry = AuditEntry(progress.operation, call, progress.caller, call.request_id)
    record_refusal(auditor, entry, error)

"""Who gets in: the checks between a message that was read and its handler.

SPEC: sts-operations 0.1, 0.9; attacks G14, G15.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol, Self, TypeVar

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
from daypass.rpc.observe import UNKNOWN_METHOD
from daypass.sts.access_rules import Unproven
from daypass.sts.audit import AuditEntry, Auditor
from daypass.sts.caller import CallContext, Caller, CallerKind
from daypass.sts.deadline import Work
from daypass.sts.pipeline import record_refusal


class Authenticator(Protocol):
    """Proves callers."""

    def authenticate(
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


@dataclass(frozen=True, slots=True)
class Route:
    """What is known of a method before it is called.

    Attributes:
        method: its full name, as it is called.
        label: the same, or a fixed word for a method that there is not.
        handler: answers its calls, if it is unary and built.
        proven: whether its callers have to be proven.
        kinds: which of them may call it; none where the table of access has no row.
    """

    method: str
    label: str
    handler: MethodHandler[Any] | None
    proven: bool
    kinds: frozenset[CallerKind]

    @classmethod
    def of(cls, method: str, handler: MethodHandler[Any] | None) -> Self:
        """Looks up what the table of access says of a method."""
        rule = ACCESS.get(method)
        label = UNKNOWN_METHOD if rule is None else method
        if isinstance(rule, Unproven):
            return cls(method, label, handler, proven=False, kinds=frozenset())
        return cls(method, label, handler, proven=True, kinds=rule or frozenset())

    @property
    def operation(self) -> str:
        """The method's short name, or a fixed word for one that there is not."""
        return self.label.rpartition("/")[2]


@dataclass(slots=True, eq=False)
class Progress(Work):
    """What is known of a call so far, for those who are told how it ended.

    Attributes:
        route: the method that is called.
        call: its facts.
        metadata: as received.
        started: when it came in, in seconds of the monotonic clock.
        caller: who called, once that is proven.
        fault: what went wrong inside, if anything did.
    """

    route: Route
    call: CallContext
    metadata: RequestMetadata = field(repr=False)
    started: float
    caller: Caller | None = None
    fault: BaseException | None = None


HandlerT = TypeVar("HandlerT", MethodHandler[Any], StreamHandler[Any])


def admit(
    progress: Progress, handler: HandlerT | None, body: bytes, auditor: Auditor
) -> tuple[HandlerT, Any]:
    """Returns the handler of a method that this caller may call, and what it is asked.

    A refusal is recorded, if the caller was proven.

    Raises:
        AccessDeniedError: the caller may not, or the method has no access rule.
        InvalidActionError: there is no such method, or it is not built.
        MalformedInputError: the bytes are not a message of this method's.
    """
    route, caller = progress.route, progress.caller
    try:
        if handler is None:
            raise _unanswered(progress)
        if caller is not None and (kind := caller.kind) not in route.kinds:
            check_kind(route.method, kind)
        return handler, (handler.read or handler.request.FromString)(body)
    except DecodeError as error:
        malformed = MalformedInputError("message_malformed")
        _record_refusal(auditor, progress, malformed)
        raise malformed from error
    except DaypassError as error:
        _record_refusal(auditor, progress, error)
        raise


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


def _unanswered(progress: Progress) -> DaypassError:
    """Returns what is to be said of a method without a handler to whoever may call it.

    Raises:
        AccessDeniedError: the caller may not.
    """
    route, caller = progress.route, progress.caller
    if route.label is UNKNOWN_METHOD:
        return InvalidActionError("method_unknown")
    if caller is not None:
        check_kind(route.method, caller.kind)
    return InvalidActionError(
        "method_not_built",
        message=f"{route.operation} is not available in this release",
    )


def _record_refusal(auditor: Auditor, progress: Progress, error: DaypassError) -> None:
    """Records what the door itself refuses to a caller that was proven."""
    call = progress.call
    entry = AuditEntry(progress.route.operation, call, progress.caller, call.request_id)
    record_refusal(auditor, entry, error)

"""Who gets in: the checks between a message that was read and its handler.

SPEC: sts-operations 0.1, 0.9; attacks G14, G15.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from google.protobuf.message import DecodeError, Message

from daypass.core.errors import InvalidActionError, MalformedInputError
from daypass.rpc.access import ACCESS, check_kind
from daypass.rpc.call_facts import RequestMetadata
from daypass.rpc.methods import Handlers, MethodHandler, own_methods
from daypass.rpc.observe import UNKNOWN_METHOD
from daypass.sts.caller import CallContext, Caller


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


@dataclass(slots=True)
class Progress:
    """What is known of a call so far, for those who are told how it ended."""

    method: str
    call: CallContext
    caller: Caller | None = None
    fault: BaseException | None = None

    @property
    def operation(self) -> str:
        """The method's short name, or a fixed word for one that there is not."""
        if self.method not in ACCESS:
            return UNKNOWN_METHOD
        return self.method.rpartition("/")[2]


def admit(progress: Progress, handler: MethodHandler[Any] | None) -> MethodHandler[Any]:
    """Returns the handler of a method that this caller may call.

    Raises:
        AccessDeniedError: the caller may not, or the method has no access rule.
        InvalidActionError: there is no such method, or it is not built.
    """
    method = progress.method
    if method not in ACCESS and handler is None:
        raise InvalidActionError("method_unknown")
    if progress.caller is not None:
        check_kind(method, progress.caller.kind)
    if handler is None:
        raise InvalidActionError(
            "method_not_built",
            message=f"{progress.operation} is not available in this release",
        )
    return handler


def parse(handler: MethodHandler[Any], body: bytes) -> Message:
    """Returns the message in the bytes that were received.

    Raises:
        MalformedInputError: they are not a message of this method's.
    """
    try:
        message: Message = handler.request.FromString(body)
    except DecodeError as error:
        raise MalformedInputError("message_malformed") from error
    return message


def check_complete(handlers: Handlers, unbuilt: frozenset[str]) -> None:
    """Checks that exactly the methods that are built have handlers.

    Args:
        handlers: by method.
        unbuilt: the methods that are declared and not built.

    Raises:
        ValueError: one is missing, or one is not on the list of those not built.
    """
    built = set(own_methods()) - unbuilt
    missing = sorted(built - handlers.keys())
    unexpected = sorted(unbuilt & handlers.keys())
    if missing or unexpected:
        raise ValueError(f"handlers: missing {missing}, unexpected {unexpected}")

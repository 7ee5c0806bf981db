"""What every conversion between protobuf and the values of the use cases needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from daypass.api.types.v1 import principal_pb2, session_kind_pb2
from daypass.core.principal import AccountPrincipal
from daypass.core.session import SessionKind

_KINDS: Final[Mapping[SessionKind, session_kind_pb2.SessionKind.ValueType]] = (
    MappingProxyType(
        {
            SessionKind.ROLE: session_kind_pb2.SESSION_KIND_ROLE,
            SessionKind.USER: session_kind_pb2.SESSION_KIND_USER,
            SessionKind.FEDERATED_USER: session_kind_pb2.SESSION_KIND_FEDERATED_USER,
            SessionKind.ROOT_TASK: session_kind_pb2.SESSION_KIND_ROOT_TASK,
            SessionKind.DELEGATED: session_kind_pb2.SESSION_KIND_DELEGATED,
        }
    )
)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
DAY_SECONDS: Final = 86_400
MICROSECOND_NANOS: Final = 1_000


def sent_text(message: Message, field: str) -> str | None:
    """Returns a string field, or None where it was not sent."""
    if not message.HasField(field):
        return None
    value: str = getattr(message, field)
    return value


def sent_number(message: Message, field: str) -> int | None:
    """Returns an integer field, or None where it was not sent."""
    if not message.HasField(field):
        return None
    value: int = getattr(message, field)
    return value


def sent_fields(message: Message) -> dict[str, Any]:
    """Returns the fields that were sent, by name, of all kinds in one go.

    A field that may be left out is there if it was sent, whatever it holds; any other
    is there if it holds something.
    """
    return {field.name: value for field, value in message.ListFields()}


def timestamp(instant: datetime) -> Timestamp:
    """Returns an instant as protobuf has it."""
    made = Timestamp()
    set_timestamp(made, instant)
    return made


def set_timestamp(message: Timestamp, instant: datetime) -> None:
    """Sets a message to an instant."""
    # As `FromDatetime` does it, which takes four times as long.
    since = instant - _EPOCH
    message.seconds = since.days * DAY_SECONDS + since.seconds
    if since.microseconds:
        message.nanos = since.microseconds * MICROSECOND_NANOS


def session_kind(kind: SessionKind) -> session_kind_pb2.SessionKind.ValueType:
    """Returns a kind of session as the API names it."""
    return _KINDS[kind]


def principal(found: AccountPrincipal) -> principal_pb2.Principal:
    """Returns the names of a principal."""
    made = principal_pb2.Principal()
    set_principal(made, found)
    return made


def set_principal(message: principal_pb2.Principal, found: AccountPrincipal) -> None:
    """Sets a message to the names of a principal."""
    message.arn = found.arn
    message.user_id = found.user_id
    message.account_id = found.account_id

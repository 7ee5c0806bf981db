"""From an error to a gRPC status with its details.

Details are those of google.rpc, at most one of each: `ErrorInfo` always,
`BadRequest` for fields, `RetryInfo` where coming back can help. All of it travels
in the trailers, so each part is cut to what common clients accept; an error with
many violations spends on them what its message would take.

SPEC: design 4; sts-operations 0.3; attacks G16.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from daypass.core import limits
from daypass.core.errors import DaypassError
from daypass.rpc.violations import bad_request, fits

DOMAIN: Final = "sts.daypass.dev"
REQUEST_ID_KEY: Final = "x-amzn-requestid"
_DETAILS_KEY: Final = "grpc-status-details-bin"
_PUSHBACK_KEY: Final = "grpc-retry-pushback-ms"
_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}
_CUT: Final = "..."
# What a variable takes besides its texts: three tags and three lengths.
_ENTRY_BYTES: Final = 8
# What gRPC sends as it is; every other byte becomes three characters.
_PLAIN: Final = frozenset(range(0x20, 0x7F)) - {ord("%")}

Metadata = tuple[tuple[str, str | bytes], ...]


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """A status as gRPC wants it: the code, the message and the trailers."""

    code: grpc.StatusCode
    message: str
    trailers: Metadata


def error_answer(error: DaypassError, request_id: str) -> ErrorAnswer:
    """Returns the status of an error."""
    code = _CODES[error.row.code.value]
    crowded = not fits(error.violations, bytes_max=limits.STATUS_DETAIL_BYTES_MAX)
    message = cut_message(
        error.message,
        bytes_max=limits.STATUS_MESSAGE_BYTES_BESIDE_VIOLATIONS
        if crowded
        else limits.STATUS_MESSAGE_BYTES_MAX,
    )
    status = Status(code=error.row.code.value, message=message)
    status.details.extend(_packed(detail) for detail in _details(error, request_id))
    trailers: list[tuple[str, str | bytes]] = [
        (REQUEST_ID_KEY, request_id),
        (_DETAILS_KEY, status.SerializeToString()),
    ]
    if error.retry_after is not None:
        milliseconds = int(error.retry_after.total_seconds() * 1000)
        trailers.append((_PUSHBACK_KEY, str(milliseconds)))
    return ErrorAnswer(code, message, tuple(trailers))


def cut_message(
    message: str, *, bytes_max: int = limits.STATUS_MESSAGE_BYTES_MAX
) -> str:
    """Cuts a message to the bytes that it may take on the wire."""
    left = bytes_max - len(_CUT)
    for index, character in enumerate(message):
        size = sum(1 if byte in _PLAIN else 3 for byte in character.encode())
        if size > left:
            return message[:index] + _CUT
        left -= size
    return message


def _details(error: DaypassError, request_id: str) -> list[Message]:
    info = _error_info(error, request_id)
    details: list[Message] = [info]
    if error.violations:
        most = limits.STATUS_VIOLATIONS_BYTES_MAX - _variables_size(error, info)
        details.append(bad_request(error.violations, bytes_max=most))
    if error.retry_after is not None:
        retry = RetryInfo()
        retry.retry_delay.FromTimedelta(error.retry_after)
        details.append(retry)
    return details


def _error_info(error: DaypassError, request_id: str) -> ErrorInfo:
    info = ErrorInfo(reason=error.row.reason, domain=DOMAIN)
    info.metadata["request_id"] = request_id
    info.metadata["http_status"] = str(error.row.http_status)
    # What violations would take is free where there are none: a denial has none,
    # and its authorization message is long.
    shares = 1 if error.violations else 2
    most = shares * limits.STATUS_DETAIL_BYTES_MAX
    for key, value in _fitting(error.metadata, bytes_max=most).items():
        info.metadata[key] = value
    return info


def _fitting(metadata: Mapping[str, str], *, bytes_max: int) -> dict[str, str]:
    """Returns the variables, in order, without those that do not fit."""
    fitting: dict[str, str] = {}
    left = bytes_max
    for key, value in metadata.items():
        size = len(key) + len(value.encode())
        if size <= left:
            fitting[key] = value
            left -= size
    return fitting


def _variables_size(error: DaypassError, info: ErrorInfo) -> int:
    return sum(
        _ENTRY_BYTES + len(key.encode()) + len(value.encode())
        for key, value in info.metadata.items()
        if key in error.metadata
    )


def _packed(detail: Message) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(detail)
    return packed

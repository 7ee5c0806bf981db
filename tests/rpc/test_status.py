"""Errors on the wire: the code, one detail of each kind, and bounded sizes."""

from __future__ import annotations

from datetime import timedelta

import grpc
import pytest
from google.protobuf.message import Message
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status

from daypass.core import errors, limits
from daypass.core.errors import (
    AccessDeniedError,
    DaypassError,
    FieldViolation,
    ThrottlingError,
    ValidationError,
)
from daypass.rpc.status import ErrorAnswer, cut_message, error_answer

REQUEST_ID = "6f1c0b8e-8f1a-4c43-9a86-3d5f6a3a5e10"
# What common clients accept in trailers (gRPC counts 32 bytes for each entry).
CLIENT_TRAILERS_MAX = 8_192


def _classes(base: type[DaypassError]) -> list[type[DaypassError]]:
    found = [base] if hasattr(base, "row") else []
    return found + [leaf for kind in base.__subclasses__() for leaf in _classes(kind)]


OWN_ERRORS = [
    kind for kind in _classes(DaypassError) if kind.__module__ == errors.__name__
]


def _status(answer: ErrorAnswer) -> Status:
    value = dict(answer.trailers)["grpc-status-details-bin"]
    assert isinstance(value, bytes)
    return Status.FromString(value)


def _detail(answer: ErrorAnswer, wanted: Message) -> bool:
    return any(packed.Unpack(wanted) for packed in _status(answer).details)


@pytest.mark.parametrize("kind", OWN_ERRORS, ids=lambda kind: kind.__name__)
def test_error_info_always_sent(kind: type[DaypassError]) -> None:
    """Every error carries its AWS code, the domain, the call and the HTTP status."""
    answer = error_answer(kind("detail"), REQUEST_ID)

    info = ErrorInfo()
    assert _detail(answer, info)
    assert (kind.row.reason, "sts.daypass.dev") == (info.reason, info.domain)
    assert {
        "request_id": REQUEST_ID,
        "http_status": str(kind.row.http_status),
    } == dict(info.metadata)
    assert kind.row.code.name == answer.code.name


def test_details_at_most_one_each() -> None:
    """An error with everything sends one detail of each kind."""
    error = ValidationError(
        violations=(FieldViolation("tags[0].key", "a"), FieldViolation("policy", "b")),
        retry_after=timedelta(seconds=1),
    )

    kinds = [packed.TypeName() for packed in _status(error_answer(error, "")).details]

    assert [
        "google.rpc.ErrorInfo",
        "google.rpc.BadRequest",
        "google.rpc.RetryInfo",
    ] == kinds


def test_violations_named() -> None:
    """Each breach is named with its field."""
    error = ValidationError(violations=(FieldViolation("tags[0].key", "too long"),))

    bad_request = BadRequest()
    assert _detail(error_answer(error, REQUEST_ID), bad_request)
    found = [(item.field, item.description) for item in bad_request.field_violations]
    assert [("tags[0].key", "too long")] == found


def test_retry_told_twice() -> None:
    """Throttling is told to people's code and to gRPC's own retries (53)."""
    error = ThrottlingError(retry_after=timedelta(milliseconds=250))

    answer = error_answer(error, REQUEST_ID)

    retry = RetryInfo()
    assert _detail(answer, retry)
    assert timedelta(milliseconds=250) == retry.retry_delay.ToTimedelta()
    assert "250" == dict(answer.trailers)["grpc-retry-pushback-ms"]
    assert grpc.StatusCode.RESOURCE_EXHAUSTED is answer.code


def test_metadata_passed_on() -> None:
    """The variables of the message are sent beside it."""
    error = AccessDeniedError(metadata={"decision_id": "d-1"})

    info = ErrorInfo()
    assert _detail(error_answer(error, REQUEST_ID), info)
    assert "d-1" == info.metadata["decision_id"]


def test_short_message_kept() -> None:
    """A message that is just as long as allowed before the mark is not cut."""
    message = "a" * (limits.STATUS_MESSAGE_BYTES_MAX - len("..."))

    assert message == cut_message(message)


def test_long_message_cut() -> None:
    """One character more is cut, with a mark."""
    message = "a" * (limits.STATUS_MESSAGE_BYTES_MAX - len("...") + 1)

    assert f"{message[:-1]}..." == cut_message(message)


@pytest.mark.parametrize("text", ["a", "%", "\n", "ä", "語", "\U0001f511"])
def test_largest_error_fits(text: str) -> None:
    """The largest error of any script fits into what clients accept."""
    error = ValidationError(
        message=text * 100_000,
        metadata={f"key{number}": text * 200 for number in range(100)},
        violations=tuple(
            FieldViolation(f"tags[{number}].key", text * 200) for number in range(100)
        ),
        retry_after=timedelta(seconds=1),
    )

    answer = error_answer(error, REQUEST_ID)

    encoded = sum(
        1 if 0x20 <= byte < 0x7F and byte != 0x25 else 3
        for byte in answer.message.encode()
    )
    trailers = sum(
        32 + len(key) + (-(-4 * len(value) // 3) if isinstance(value, bytes) else 36)
        for key, value in answer.trailers
    )
    assert CLIENT_TRAILERS_MAX >= encoded + trailers


@pytest.mark.parametrize("text", ["a", "ä", "語"])
def test_largest_denial_fits(text: str) -> None:
    """Without violations the variables have their room, and all still fits."""
    error = AccessDeniedError(
        message=text * 100_000,
        metadata={f"key{number}": text * 200 for number in range(100)},
    )

    answer = error_answer(error, REQUEST_ID)

    encoded = len(answer.message.encode()) * (1 if text.isascii() else 3)
    trailers = sum(
        32 + len(key) + (-(-4 * len(value) // 3) if isinstance(value, bytes) else 36)
        for key, value in answer.trailers
    )
    assert CLIENT_TRAILERS_MAX >= encoded + trailers


def test_authorization_message_fits() -> None:
    """The longest authorization message leaves with its decision id."""
    message = "m" * limits.AUTHORIZATION_MESSAGE_ISSUED_CHARACTERS_MAX
    metadata = {
        "decision_id": "d" * limits.DECISION_ID_CHARACTERS_MAX,
        "encoded_authorization_message": message,
    }

    info = ErrorInfo()
    assert _detail(error_answer(AccessDeniedError(metadata=metadata), ""), info)
    assert message == info.metadata["encoded_authorization_message"]

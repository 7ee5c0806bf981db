"""The table of errors: each has a row, and what callers see is apart from the cause."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import grpc
import pytest

from daypass.core import errors
from daypass.core.errors import (
    AccessDeniedError,
    AccessKeyTakenError,
    Code,
    DaypassError,
    ErrorRow,
    FieldViolation,
    RejectedError,
    ServiceUnavailableError,
    StoreUnavailableError,
    ThrottlingError,
    UnavailableError,
)

FAMILIES = {DaypassError, RejectedError, UnavailableError}
# SPEC: sts-operations 0.3. What is not a fault of ours has a status below 500.
STATUSES = {
    Code.INVALID_ARGUMENT: {400},
    Code.UNAUTHENTICATED: {400, 403},
    Code.PERMISSION_DENIED: {403},
    Code.NOT_FOUND: {404},
    Code.FAILED_PRECONDITION: {400, 403},
    Code.RESOURCE_EXHAUSTED: {400},
    Code.UNIMPLEMENTED: {400},
    Code.DEADLINE_EXCEEDED: {408},
    Code.INTERNAL: {500},
    # SPEC: sts-operations 0.3: IDPCommunicationError is a 400 that clients retry.
    Code.UNAVAILABLE: {400, 503},
}


def _kinds(base: type[DaypassError] = DaypassError) -> Iterator[type[DaypassError]]:
    """Yields every class of the table."""
    for kind in base.__subclasses__():
        if kind.__module__ == errors.__name__:
            if kind not in FAMILIES:
                yield kind
            yield from _kinds(kind)


KINDS = sorted(set(_kinds()), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_row(kind: type[DaypassError]) -> None:
    """Each class has a row with a reason, a code, a status and a text."""
    row = kind.row

    assert isinstance(row, ErrorRow)
    assert row.reason.isascii()
    assert row.reason.isalpha()
    assert row.http_status in STATUSES[row.code]
    assert row.message


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_family(kind: type[DaypassError]) -> None:
    """Each class is the caller's doing or ours, never both or neither."""
    ours = issubclass(kind, UnavailableError)

    assert ours is not issubclass(kind, RejectedError)
    assert ours is (kind.row.code in _OURS)


_OURS = {Code.DEADLINE_EXCEEDED, Code.INTERNAL, Code.UNAVAILABLE}


def test_reasons_are_unambiguous() -> None:
    """One reason never stands for two codes, statuses or texts."""
    rows = {kind.row for kind in KINDS}

    assert len(rows) == len({row.reason for row in rows})


def test_codes_are_those_of_grpc() -> None:
    """Names and numbers of the codes are those of gRPC."""
    theirs = {code.name: code.value[0] for code in grpc.StatusCode}

    assert {code.name: theirs[code.name] for code in Code} == {
        code.name: code.value for code in Code
    }


@pytest.mark.parametrize("kind", KINDS)
def test_detail_stays_inside(kind: type[DaypassError]) -> None:
    """The inner reason is the text of the exception, and not what callers see."""
    error = kind("inner_reason")

    assert ("inner_reason", "inner_reason") == (error.detail, str(error))
    assert kind.row.message == error.message


def test_error_without_detail() -> None:
    """Without a detail the exception shows its reason."""
    error = AccessDeniedError()

    assert ("", "AccessDenied") == (error.detail, str(error))


def test_message_of_instance() -> None:
    """An instance may bring its own message, the empty one too."""
    assert "Not you" == AccessDeniedError("a", message="Not you").message
    assert "" == AccessDeniedError("a", message="").message


def test_facts_of_instance() -> None:
    """Metadata, violations and the time to come back travel with the error."""
    violation = FieldViolation("role_arn", "text")

    error = ThrottlingError(
        "full",
        metadata={"limit": "5"},
        violations=(violation,),
        retry_after=timedelta(seconds=1),
    )

    assert {"limit": "5"} == error.metadata
    assert (violation,) == error.violations
    assert timedelta(seconds=1) == error.retry_after


def test_facts_default_to_none() -> None:
    """An error brings no facts unless it says so, and shares none with others."""
    error = AccessDeniedError()

    assert ({}, (), None) == (error.metadata, error.violations, error.retry_after)
    with pytest.raises(TypeError):
        error.metadata["a"] = "b"  # type: ignore[index]


def test_store_error_is_unavailable() -> None:
    """What is down behind us is one reason to callers, whatever it is."""
    assert ServiceUnavailableError.row is StoreUnavailableError.row


def test_taken_key_never_leaves() -> None:
    """A collision of access key ids is no error of the table."""
    assert not issubclass(AccessKeyTakenError, DaypassError)

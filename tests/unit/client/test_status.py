"""A failed call becomes an exception that says what to do next."""

from __future__ import annotations

from datetime import timedelta

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo

from daypass_client import Credentials, DaypassClient, RejectedError, UnavailableError
from daypass_client.errors import (
    AccessDeniedError,
    CallError,
    FieldViolation,
    InvalidRequestError,
    NotFoundError,
    ThrottledError,
    UnauthenticatedError,
)
from support.fake_daypass import FakeDaypass, Refusal, refusal

CODE = grpc.StatusCode


def failure(fake: FakeDaypass, caller: Credentials, answer: Refusal) -> CallError:
    """Returns what a call raises where the server answers so."""
    fake.refuse(*(answer for _ in range(5)))
    with (
        DaypassClient(fake.profile(caller)) as client,
        pytest.raises(CallError) as caught,
    ):
        client.get_caller_identity()
    return caught.value


@pytest.mark.parametrize(
    ("code", "kind", "family"),
    [
        (CODE.UNAUTHENTICATED, UnauthenticatedError, RejectedError),
        (CODE.PERMISSION_DENIED, AccessDeniedError, RejectedError),
        (CODE.INVALID_ARGUMENT, InvalidRequestError, RejectedError),
        (CODE.NOT_FOUND, NotFoundError, RejectedError),
        (CODE.FAILED_PRECONDITION, RejectedError, RejectedError),
        (CODE.UNIMPLEMENTED, RejectedError, RejectedError),
        (CODE.RESOURCE_EXHAUSTED, ThrottledError, UnavailableError),
        (CODE.UNAVAILABLE, UnavailableError, UnavailableError),
        (CODE.INTERNAL, UnavailableError, UnavailableError),
        (CODE.UNKNOWN, UnavailableError, UnavailableError),
    ],
)
def test_code_gives_kind(
    fake: FakeDaypass,
    temporary: Credentials,
    code: grpc.StatusCode,
    kind: type[CallError],
    family: type[CallError],
) -> None:
    """Each canonical code has its class, in one of the two families."""
    error = failure(fake, temporary, Refusal(code, "No"))

    assert kind is type(error)
    assert isinstance(error, family)
    assert code.name == error.code == error.reason


def test_details_are_read(fake: FakeDaypass, temporary: Credentials) -> None:
    """Reason, ids and message come from the status."""
    answer = refusal(
        CODE.PERMISSION_DENIED, "AccessDenied", "Not allowed", decision_id="decision-1"
    )

    error = failure(fake, temporary, answer)

    told = ("AccessDenied", "Not allowed", "request-1", "decision-1")
    assert told == (error.reason, error.message, error.request_id, error.decision_id)


def test_error_text_is_whole(fake: FakeDaypass, temporary: Credentials) -> None:
    """The text of an error has code, message, ids and what to do next."""
    answer = refusal(
        CODE.PERMISSION_DENIED, "AccessDenied", "Not allowed", decision_id="decision-1"
    )

    error = failure(fake, temporary, answer)

    assert str(error) == (
        "AccessDenied: Not allowed (request request-1, decision decision-1). Ask"
        " whoever manages the permissions, and give them the decision or request id."
    )


def test_text_without_ids_is_a_sentence(
    fake: FakeDaypass, temporary: Credentials
) -> None:
    """A failure that did not come from Daypass has no ids to tell."""
    error = failure(fake, temporary, Refusal(CODE.ABORTED, "Broken."))

    assert "ABORTED: Broken." == str(error)


def test_violations_are_read(fake: FakeDaypass, temporary: Credentials) -> None:
    """Each field at fault is listed."""
    answer = refusal(
        CODE.INVALID_ARGUMENT, "ValidationError", violations=[("role_arn", "too short")]
    )

    error = failure(fake, temporary, answer)

    assert (FieldViolation("role_arn", "too short"),) == error.violations


def test_retry_delay_is_the_hint(fake: FakeDaypass, temporary: Credentials) -> None:
    """Where the server says when to come back, the hint says so."""
    delay = timedelta(seconds=2.5)
    answer = refusal(CODE.RESOURCE_EXHAUSTED, "Throttling", retry_delay=delay)

    error = failure(fake, temporary, answer)

    assert delay == error.retry_delay
    assert error.hint == "Ask again in 2.5 s."


def test_foreign_domain_is_not_believed(
    fake: FakeDaypass, temporary: Credentials
) -> None:
    """Details of another domain do not give the reason."""
    info = ErrorInfo(reason="AccessDenied", domain="proxy.example.com")

    error = failure(fake, temporary, Refusal(CODE.PERMISSION_DENIED, "No", (info,)))

    assert error.reason == "PERMISSION_DENIED"


@pytest.mark.parametrize("raw", [b"\xff\xff", b"\x08\x05"], ids=["garbage", "other"])
def test_broken_details_are_passed_over(
    fake: FakeDaypass, temporary: Credentials, raw: bytes
) -> None:
    """Details that are garbage, or of another code, leave the code to go by."""
    answer = Refusal(CODE.PERMISSION_DENIED, "No", raw=raw)

    error = failure(fake, temporary, answer)

    assert ("PERMISSION_DENIED", "No") == (error.reason, error.message)


def test_unknown_reason_is_kept(fake: FakeDaypass, temporary: Credentials) -> None:
    """A reason of a newer server is passed on, with the class of its code."""
    error = failure(fake, temporary, refusal(CODE.NOT_FOUND, "BrandNew"))

    assert error.reason == "BrandNew"
    assert NotFoundError is type(error)


def test_unreadable_answer_is_a_failure(
    fake: FakeDaypass, temporary: Credentials
) -> None:
    """An answer that is not the message it should be raises, and not something odd."""
    fake.answer(b"\xff\xff\xff")

    with (
        DaypassClient(fake.profile(temporary)) as client,
        pytest.raises(UnavailableError, match="cannot be read"),
    ):
        client.get_caller_identity()


def test_missing_server_is_told(fake: FakeDaypass, temporary: Credentials) -> None:
    """Where nothing listens, the hint names the endpoint."""
    fake.stop()

    with (
        DaypassClient(fake.profile(temporary)) as client,
        pytest.raises(UnavailableError) as caught,
    ):
        client.get_caller_identity()

    assert fake.endpoint in caught.value.hint

"""Errors of the OAuth endpoints: the code, status and headers of each.

SPEC: RFC 6749 section 5.2; sts-operations 6.1 and 6.2.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.errors import (
    AccessDeniedError,
    DaypassError,
    IdpCommunicationError,
    InternalFailureError,
    MalformedInputError,
    RequestTimeoutError,
    RevocationViewStaleError,
    StoreUnavailableError,
    ThrottlingError,
    ValidationError,
)
from daypass.core.exchange_errors import (
    InvalidExchangeTokenError,
    InvalidScopeError,
    InvalidTargetError,
    UnauthorizedClientError,
    UnsupportedTokenTypeError,
)
from daypass.core.oauth_errors import (
    InvalidClientError,
    InvalidGrantError,
    InvalidOAuthRequestError,
    UnsupportedGrantTypeError,
)
from daypass.gateway.exchange import Answer
from daypass.gateway.oauth.errors import error_answer

ERRORS = [
    (InvalidClientError, "invalid_client", 401),
    (InvalidGrantError, "invalid_grant", 400),
    (InvalidOAuthRequestError, "invalid_request", 400),
    (MalformedInputError, "invalid_request", 400),
    (ValidationError, "invalid_request", 400),
    (InvalidExchangeTokenError, "invalid_request", 400),
    (InvalidTargetError, "invalid_target", 400),
    (InvalidScopeError, "invalid_scope", 400),
    (UnauthorizedClientError, "unauthorized_client", 400),
    (AccessDeniedError, "unauthorized_client", 400),
    (UnsupportedGrantTypeError, "unsupported_grant_type", 400),
    (UnsupportedTokenTypeError, "unsupported_token_type", 400),
    (ThrottlingError, "temporarily_unavailable", 429),
    (StoreUnavailableError, "temporarily_unavailable", 503),
    (RevocationViewStaleError, "temporarily_unavailable", 503),
    (IdpCommunicationError, "temporarily_unavailable", 503),
    (RequestTimeoutError, "temporarily_unavailable", 503),
    (InternalFailureError, "server_error", 500),
]


def headers_of(answer: Answer) -> dict[str, str]:
    """Returns the headers of an answer."""
    return dict(answer.headers)


@pytest.mark.parametrize(("kind", "code", "status"), ERRORS)
def test_each_error(kind: type[DaypassError], code: str, status: int) -> None:
    """Each error has its code and status, and no inner reason."""
    answer = error_answer(kind("inner_reason"))

    assert (status, code) == (answer.status, json.loads(answer.body)["error"])
    assert b"inner_reason" not in answer.body
    assert "no-cache" == headers_of(answer)["pragma"]
    assert (status == 401) is ("www-authenticate" in headers_of(answer))
    assert (status in {429, 500, 503}) is ("retry-after" in headers_of(answer))


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [(0, "1"), (1, "1"), (1.2, "2"), (30, "30")],
)
def test_retry_after(delay: float, seconds: str) -> None:
    """The time to wait is in whole seconds, rounded up, and one at the least."""
    error = StoreUnavailableError(retry_after=timedelta(seconds=delay))

    assert seconds == headers_of(error_answer(error))["retry-after"]


def test_decision_is_named() -> None:
    """A denial names its decision, which its owner may have explained."""
    error = AccessDeniedError("policy", metadata={"decision_id": "d-1"})

    assert "d-1" == headers_of(error_answer(error))["x-daypass-decision-id"]


@given(st.text(max_size=700))
def test_description_is_plain(message: str) -> None:
    """A description has only the characters that RFC 6749 allows, and an end."""
    body = json.loads(error_answer(ValidationError(message=message)).body)

    shown = body["error_description"]
    assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]{0,500}", shown)

"""Errors as the OAuth endpoints answer them.

SPEC: RFC 6749 section 5.2; RFC 8693 section 2.2.2; RFC 7009 section 2.2.1; RFC 9110
sections 10.2.3 and 11.6.1; sts-operations 6.1, 6.2 and 6.5.
"""

from __future__ import annotations

import json
import math
import re
from datetime import timedelta
from typing import Final

from daypass.core import limits
from daypass.core.errors import (
    AccessDeniedError,
    DaypassError,
    InternalFailureError,
    ThrottlingError,
    UnavailableError,
)
from daypass.core.exchange_errors import (
    InvalidScopeError,
    InvalidTargetError,
    UnauthorizedClientError,
    UnsupportedTokenTypeError,
)
from daypass.core.oauth_errors import (
    InvalidClientError,
    InvalidGrantError,
    UnsupportedGrantTypeError,
)
from daypass.gateway.exchange import Answer, Headers

JSON: Final = "application/json"
# SPEC: RFC 6749 section 5.1; the other header is that of every answer.
UNCACHED: Final[Headers] = (("pragma", "no-cache"),)
_CHALLENGE: Final = ("www-authenticate", 'Basic realm="daypass", charset="UTF-8"')
_DECISION: Final = ("decision_id", "x-daypass-decision-id")
_DESCRIPTION_CHARACTERS_MAX: Final = 500
# SPEC: RFC 6749 section 5.2: what a description may hold.
_NOT_OF_DESCRIPTION: Final = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")

# By the first class that fits; everything else of the caller's doing is a request
# that is wrong (detail 60: a bad subject token, too).
_CODES: Final[tuple[tuple[type[DaypassError], str, int], ...]] = (
    (InvalidClientError, "invalid_client", 401),
    (InvalidGrantError, "invalid_grant", 400),
    (UnsupportedGrantTypeError, "unsupported_grant_type", 400),
    (InvalidTargetError, "invalid_target", 400),
    (InvalidScopeError, "invalid_scope", 400),
    (UnauthorizedClientError, "unauthorized_client", 400),
    (AccessDeniedError, "unauthorized_client", 400),
    (UnsupportedTokenTypeError, "unsupported_token_type", 400),
    (ThrottlingError, "temporarily_unavailable", 429),
    (InternalFailureError, "server_error", 500),
    (UnavailableError, "temporarily_unavailable", 503),
)
_OTHER: Final = ("invalid_request", 400)


def code_of(error: DaypassError) -> tuple[str, int]:
    """Returns the code and the HTTP status of an error."""
    for kind, code, status in _CODES:
        if isinstance(error, kind):
            return code, status
    return _OTHER


def error_answer(error: DaypassError) -> Answer:
    """Returns the answer that tells an error."""
    code, status = code_of(error)
    body = {"error": code, "error_description": _description(error.message)}
    headers = list(UNCACHED)
    if isinstance(error, InvalidClientError):
        headers.append(_CHALLENGE)
    if isinstance(error, UnavailableError | ThrottlingError):
        headers.append(("retry-after", _seconds(error.retry_after)))
    key, header = _DECISION
    if key in error.metadata:
        headers.append((header, error.metadata[key]))
    return json_answer(body, status=status, headers=tuple(headers))


def json_answer(
    body: object, *, status: int = 200, headers: Headers = UNCACHED
) -> Answer:
    """Returns an answer in JSON."""
    content = json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode()
    return Answer(status, content, JSON, headers=headers)


def _description(message: str) -> str:
    shown = message.replace('"', "'").replace("\\", "/")
    return _NOT_OF_DESCRIPTION.sub("?", shown)[:_DESCRIPTION_CHARACTERS_MAX]


def _seconds(delay: timedelta | None) -> str:
    span = limits.THROTTLING_RETRY_DELAY if delay is None else delay
    return str(max(1, math.ceil(span.total_seconds())))

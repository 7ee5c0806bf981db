"""Makes the bytes of an answer: its head, with what every answer has, and its body.

SPEC: sts-operations 3.2; RFC 9110 and 9112; attacks V22, L29.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from http import HTTPStatus
from typing import Final

from daypass.core.ports import Clock
from daypass.gateway.exchange import Answer, Headers

_SECOND: Final = timedelta(seconds=1)
# SPEC: RFC 9110 section 8.6: it has no body, and the length of none would be wrong.
_NOT_MODIFIED: Final = 304
_CACHE_CONTROL: Final = "cache-control"
_NO_STORE: Final = f"{_CACHE_CONTROL}: no-store\r\n"
_CLOSE: Final = "connection: close\r\n\r\n"
_END: Final = "\r\n"
# Nothing that could end a value, or mean something to whoever reads on.
_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*", re.ASCII)


class AnswerWriter:
    """Makes the bytes of answers.

    Args:
        clock: dates them.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._date = ""
        # The second that the date is of.
        self._since = self._until = datetime.min.replace(tzinfo=UTC)

    def write(
        self, answer: Answer, request_id: str, *, close: bool, with_body: bool
    ) -> bytes:
        """Returns an answer as it goes over the wire.

        Args:
            answer: what is answered.
            request_id: names the request.
            close: whether the connection ends with it.
            with_body: whether the body goes with it, which has its length without.
        """
        body, more = answer.body, answer.headers
        length = type_line = ""
        if answer.status != _NOT_MODIFIED:
            length = f"content-length: {len(body)}\r\n"
        if answer.media_type:
            type_line = f"content-type: {answer.media_type}\r\n"
        head = (
            f"{_status_line(answer.status)}date: {self._dated()}\r\n"
            f"x-amzn-requestid: {request_id}\r\n"
            "x-content-type-options: nosniff\r\n"
            f"{_lines(more) if more else _NO_STORE}{length}{type_line}"
            f"{_CLOSE if close else _END}"
        ).encode("latin-1")
        return head + body if with_body else head

    def _dated(self) -> str:
        """Returns the value of `Date`, by which SDKs set their clocks."""
        now = self._clock.now()
        if not self._since <= now < self._until:
            self._since = now.replace(microsecond=0)
            self._until = self._since + _SECOND
            self._date = format_datetime(self._since, usegmt=True)
        return self._date


def check_headers(headers: Headers) -> None:
    """Checks that what is answered cannot be read as more headers, or as a body.

    Raises:
        ValueError: a value holds what could end it, or is beyond Latin-1.
    """
    for name, value in headers:
        if _VALUE.fullmatch(value) is None:
            raise ValueError(f"header {name} has a value that is none")


def _lines(headers: Headers) -> str:
    """Returns the lines of headers, and that of no cache unless they say which."""
    text = "".join(f"{name.lower()}: {value}\r\n" for name, value in headers)
    kept = any(name == _CACHE_CONTROL for name, _ in headers)
    return text if kept else text + _NO_STORE


@cache
def _status_line(status: int) -> str:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"

"""The bytes of answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from daypass.gateway.answer_writer import AnswerWriter, check_headers
from daypass.gateway.exchange import Answer
from support.world import ManualClock

HEAD = (
    b"date: Fri, 02 Jan 2026 03:04:05 GMT\r\nx-amzn-requestid: id-1\r\n"
    b"x-content-type-options: nosniff\r\n"
)


@pytest.fixture
def clock() -> ManualClock:
    """Returns a clock in the middle of a second."""
    clock = ManualClock()
    wanted = datetime(2026, 1, 2, 3, 4, 5, 999_000, tzinfo=UTC)
    clock.step(wanted - clock.now())
    return clock


def written(
    clock: ManualClock, answer: Answer, *, close: bool = False, with_body: bool = True
) -> bytes:
    """Returns the bytes of an answer."""
    writer = AnswerWriter(clock)
    return writer.write(answer, "id-1", close=close, with_body=with_body)


def test_answer(clock: ManualClock) -> None:
    """An answer has a date, an id, a length, and is for no cache."""
    assert (
        b"HTTP/1.1 200 OK\r\n" + HEAD + b"cache-control: no-store\r\n"
        b"content-length: 4\r\ncontent-type: text/xml\r\n\r\n<a/>"
    ) == written(clock, Answer(200, b"<a/>", "text/xml"))


def test_answer_that_ends(clock: ManualClock) -> None:
    """The last answer of a connection says so; one without a body has its length."""
    assert (
        b"HTTP/1.1 413 Request Entity Too Large\r\n"
        + HEAD
        + b"cache-control: no-store\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    ) == written(clock, Answer(413), close=True)


def test_answer_to_head(clock: ManualClock) -> None:
    """An answer to HEAD says how long its body would be, and has none."""
    answer = written(clock, Answer(200, b"<a/>"), with_body=False)

    assert answer.endswith(b"content-length: 4\r\n\r\n")


def test_headers_of_an_answer(clock: ManualClock) -> None:
    """Headers of an answer stand before the others; it may be for a cache."""
    answer = Answer(304, headers=(("ETag", '"a"'), ("cache-control", "max-age=60")))

    assert (
        b"HTTP/1.1 304 Not Modified\r\n" + HEAD + b'etag: "a"\r\n'
        b"cache-control: max-age=60\r\n\r\n"
    ) == written(clock, answer)


def test_other_headers_leave_no_store(clock: ManualClock) -> None:
    """An answer whose headers say nothing of caches is for none."""
    answer = written(clock, Answer(405, headers=(("allow", "GET"),)))

    assert b"allow: GET\r\ncache-control: no-store\r\n" in answer


@pytest.mark.parametrize(
    ("step", "second"),
    [
        (timedelta(milliseconds=0), b":05 GMT"),
        (timedelta(milliseconds=1), b":06 GMT"),
        (timedelta(milliseconds=-1000), b":04 GMT"),
        (timedelta(minutes=-5), b":05 GMT"),
    ],
)
def test_date(clock: ManualClock, step: timedelta, second: bytes) -> None:
    """The date is that of the second, also of a clock that was set back."""
    writer = AnswerWriter(clock)
    writer.write(Answer(200), "id-1", close=False, with_body=True)

    clock.step(step)

    answer = writer.write(Answer(200), "id-1", close=False, with_body=True)
    assert second in answer
    assert (b"03:04" in answer) == (step > timedelta(minutes=-5))


@pytest.mark.parametrize("value", ["a\r\nb: c", "a\nb", "a\x00", "a\x7f", "\u0100"])
def test_value_that_is_none(value: str) -> None:
    """A value that could be read as another header is not sent."""
    with pytest.raises(ValueError, match="a value that is none"):
        check_headers((("location", value),))


def test_values() -> None:
    """What is printed, blanks, and what Latin-1 has beyond ASCII may be sent."""
    check_headers((("a", "b\tc d"), ("e", "\xe9\xff"), ("f", "")))

"""What is asked of h2load, and what is believed of it."""

from __future__ import annotations

import pytest
from loadtest.calls import Call
from loadtest.native import CeilingError, arguments, read

# As h2load 1.52 prints it, of a second with answers of 600 bytes.
TOLD = """
finished in 1.01s, {rate} req/s, 2.89MB/s
requests: {done} total, {done} started, {done} done, {done} succeeded, \
{failed} failed, 0 errored, 0 timeout
status codes: {done} 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 3.02MB (3166720) total, 112.98KB (115696) headers (space savings 76.92%), \
2.77MB ({data}) data
"""


def _told(*, done: int = 1_000, failed: int = 0, data: int = 605_000) -> str:
    return TOLD.format(rate=done, done=done, failed=failed, data=data)


def test_program_that_says_nothing() -> None:
    """What is not the report of h2load is refused."""
    with pytest.raises(CeilingError, match="h2load said"):
        read("connect: refused", 600)


def test_failed_calls_refused() -> None:
    """One call that failed spoils the figure."""
    with pytest.raises(CeilingError, match="1 failed"):
        read(_told(failed=1), 600)


def test_no_calls_refused() -> None:
    """A server that answered nothing has no ceiling."""
    with pytest.raises(CeilingError, match="0 calls"):
        read(_told(done=0, data=0), 600)


@pytest.mark.parametrize("data", [0, 540_000, 670_000])
def test_other_answers_refused(data: int) -> None:
    """Answers that are not as long as the right one are refusals, or other answers."""
    with pytest.raises(CeilingError, match="expected"):
        read(_told(data=data), 600)


@pytest.mark.parametrize("data", [550_000, 605_000, 660_000])
def test_answers_are_counted(data: int) -> None:
    """Answers that are about as long as the first are good ones."""
    assert (1_000, 1.01) == read(_told(data=data), 600)


def test_milliseconds_are_read() -> None:
    """A short run is told in milliseconds."""
    text = _told().replace("1.01s,", "500.00ms,")

    assert (1_000, 0.5) == read(text, 600)


def test_call_is_sent_as_signed() -> None:
    """The proof travels as it was made, with what gRPC needs beside."""
    call = Call("/a.B/C", b"x", (("authorization", "proof"),), lambda _: True)

    words = list(arguments(call, "body", "127.0.0.1:1", 2, 16))

    assert "http://127.0.0.1:1/a.B/C" == words[-1]
    assert "authorization: proof" in words
    assert {"te: trailers", "content-type: application/grpc"} <= set(words)

"""Log lines without a thread: written at once, or dropped and counted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TextIO

import pytest

from daypass.telemetry.line_writer import DirectWriter


@pytest.fixture
def pipe() -> Iterator[tuple[int, TextIO]]:
    """Yields a pipe whose reader never waits."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with os.fdopen(writing, "w", encoding="ascii") as stream:
        yield reading, stream
    os.close(reading)


def _writer(stream: TextIO) -> DirectWriter:
    return DirectWriter(stream, dropped_line=lambda count: f"dropped {count}")


def test_line_is_written_at_once(pipe: tuple[int, TextIO]) -> None:
    """A line is there when the call returns."""
    reading, stream = pipe

    _writer(stream).write("one")

    assert b"one\n" == os.read(reading, 100)


def test_slow_reader_holds_nobody_up(pipe: tuple[int, TextIO]) -> None:
    """What a full pipe does not take is dropped, and told when it takes more."""
    reading, stream = pipe
    os.set_blocking(stream.fileno(), False)
    while True:
        try:
            os.write(stream.fileno(), b"." * 4096)
        except BlockingIOError:
            break
    os.set_blocking(stream.fileno(), True)
    writer = _writer(stream)

    writer.write("lost")
    writer.write("lost")
    assert set(b".") == set(os.read(reading, 1 << 20))
    writer.write("kept")

    assert b"dropped 2\nkept\n" == os.read(reading, 100)
    writer.close()


def test_reader_may_be_gone(pipe: tuple[int, TextIO]) -> None:
    """Without a reader nothing fails."""
    _, stream = pipe
    gone, writing = os.pipe()
    os.close(gone)
    with os.fdopen(writing, "w", encoding="ascii") as other:
        _writer(other).write("one")
        # What was not written is tried again when it is closed.
        os.dup2(stream.fileno(), other.fileno())


def test_line_that_is_too_long(pipe: tuple[int, TextIO]) -> None:
    """A line that a pipe might not take whole is dropped, and told with the next."""
    reading, stream = pipe
    writer = _writer(stream)

    writer.write("x" * 5000)
    writer.write("two")

    assert b"dropped 1\ntwo\n" == os.read(reading, 100)

"""The thread that writes log lines."""

from __future__ import annotations

import io
import threading

from daypass.telemetry.line_writer import LineWriter


class SlowStream(io.StringIO):
    """A stream whose reader does not read until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.free = threading.Event()

    def write(self, text: str) -> int:
        """Writes when the reader reads."""
        self.begun.set()
        self.free.wait(5)
        return super().write(text)


class BrokenStream(io.StringIO):
    """A stream whose reader is gone at first."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = threading.Event()

    def write(self, text: str) -> int:
        """Fails once."""
        if not self.broken.is_set():
            self.broken.set()
            raise BrokenPipeError
        return super().write(text)


def dropped(count: int) -> str:
    """Returns the line that reports dropped ones."""
    return f"dropped {count}"


def test_lines_come_in_order() -> None:
    """Lines are written as they came, each with its end."""
    stream = io.StringIO()
    writer = LineWriter(stream, dropped_line=dropped)
    for number in range(100):
        writer.write(str(number))

    writer.close()

    assert "".join(f"{number}\n" for number in range(100)) == stream.getvalue()


def test_slow_reader_is_not_waited_for() -> None:
    """Past the bound lines are dropped, and their number is written later."""
    stream = SlowStream()
    writer = LineWriter(stream, dropped_line=dropped, queue_max=2)
    writer.write("first")
    stream.begun.wait(5)

    for number in range(5):
        writer.write(str(number))

    stream.free.set()
    writer.close()
    assert ["first", "0", "1", "dropped 3"] == stream.getvalue().splitlines()


def test_broken_stream_is_survived() -> None:
    """A reader that is gone costs its lines and nothing else."""
    stream = BrokenStream()
    writer = LineWriter(stream, dropped_line=dropped)
    writer.write("lost")
    stream.broken.wait(5)

    writer.write("kept")

    writer.close()
    assert "kept\n" == stream.getvalue()


def test_closed_writer_takes_nothing() -> None:
    """After closing lines are dropped, and closing again is harmless."""
    stream = io.StringIO()
    writer = LineWriter(stream, dropped_line=dropped)
    writer.close()

    writer.write("late")

    writer.close()
    assert "" == stream.getvalue()

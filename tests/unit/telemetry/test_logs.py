"""The log."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc.aio
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from structlog.contextvars import bound_contextvars

from daypass.core.log_context import bind_call
from daypass.core.secret import Secret
from daypass.telemetry.logs import LogFormat, LogLevel, set_up_logging
from support.world import ManualClock

HOSTILE = "\r\n\u2028\x85\x1b[31m\0\"' canary=1"
LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


@contextmanager
def logged(
    log_format: LogFormat = "json", level: LogLevel = "info"
) -> Iterator[Callable[[], str]]:
    """Sets the log up for a block; the result tells what was written."""
    stream = io.StringIO()
    setup = set_up_logging(
        level=level, log_format=log_format, stream=stream, clock=ManualClock()
    )

    def written() -> str:
        setup.close()
        return stream.getvalue()

    try:
        yield written
    finally:
        setup.close()


def events(text: str) -> list[dict[str, Any]]:
    """Reads lines of JSON."""
    return [json.loads(line) for line in text.split("\n")[:-1]]


def log_failure(text: str) -> None:
    """Logs an exception with a text."""
    try:
        int(text, base=99)
    except ValueError as error:
        error.args = (text,)
        structlog.get_logger().exception("failed")


def test_event_is_one_object() -> None:
    """An event is a line of JSON with its time, level, name and fields."""
    with logged() as written:
        structlog.get_logger("daypass.test").info("session issued", count=3)

        (event,) = events(written())

    assert {
        "time": "2026-01-02T03:04:05+00:00",
        "level": "info",
        "event": "session issued",
        "logger": "daypass.test",
        "count": 3,
    } == event


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_hostile_values_stay_in_their_line(log_format: LogFormat) -> None:
    """No value ends a line or speaks to a terminal, in either form."""
    with logged(log_format) as written:
        structlog.get_logger().info(HOSTILE, **{HOSTILE: HOSTILE, "plain": HOSTILE})

        text = written()

    assert text.isascii()
    assert 1 == len(text.splitlines())
    assert "\x1b" not in text


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_standard_library_goes_the_same_way(log_format: LogFormat) -> None:
    """Events of other libraries are lines of the same form."""
    with logged(log_format) as written:
        logging.getLogger("grpc").error("broken %s", HOSTILE)

        text = written()

    assert text.isascii()
    assert 1 == len(text.splitlines())
    assert "broken" in text


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_secrets_are_not_written(log_format: LogFormat) -> None:
    """Neither a secret value nor a secret field comes through."""
    with logged(log_format, "debug") as written:
        log = structlog.get_logger()
        log.debug("a", value=Secret("canary"), session_token="canary")
        log.info("b", inner={"password": "canary"}, items=[Secret("canary")])
        logging.getLogger("x").warning("c %s", Secret("canary"))

        text = written()

    assert "canary" not in text
    assert 3 == len(text.splitlines())


def test_context_comes_along() -> None:
    """What is bound to the call is in each of its lines, of either library."""
    with logged() as written, bound_contextvars(request_id="r1"):
        structlog.get_logger().info("a")
        logging.getLogger("x").warning("b")

        lines = events(written())

    assert ["r1", "r1"] == [line["request_id"] for line in lines]


async def test_call_is_named() -> None:
    """Each line says which call it is of, in the call's task and those it starts."""

    async def work(number: int) -> None:
        bind_call(f"r{number}", "m")
        await asyncio.sleep(0)
        async with asyncio.TaskGroup() as group:
            group.create_task(note(number))

    async def note(number: int) -> None:
        structlog.get_logger().info("a", number=number)
        logging.getLogger("x").warning("b")

    with logged() as written:
        await asyncio.gather(work(1), work(2))
        structlog.get_logger().info("of no call")

        lines = events(written())

    named = [(line.get("request_id"), line.get("method")) for line in lines]
    assert [("r1", "m")] * 2 + [("r2", "m")] * 2 + [(None, None)] == named


def test_field_of_the_event_counts() -> None:
    """A field that an event has itself is not replaced by that of the call."""
    with logged() as written:
        contextvars.copy_context().run(_note_method)

        (line,) = events(written())

    assert ("r1", "own") == (line["request_id"], line["method"])


def _note_method() -> None:
    bind_call("r1", "m")
    structlog.get_logger().info("a", method="own")


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("error", ["error"]),
        ("warning", ["warning", "error"]),
        ("debug", ["debug", "warning", "error"]),
    ],
)
def test_level_is_the_least(level: LogLevel, expected: list[str]) -> None:
    """Events below the level are not written, of either library."""
    with logged(level=level) as written:
        structlog.get_logger().debug("a")
        logging.getLogger("x").warning("b")
        structlog.get_logger().error("c")

        lines = events(written())

    assert expected == [line["level"] for line in lines]


def test_traceback_has_no_values() -> None:
    """A traceback names lines of code and not what variables held."""
    with logged() as written:
        hidden = "can" + "ary"
        log_failure(str(len(hidden)))

        (event,) = events(written())

    assert "ValueError: 6" in event["exception"]
    assert "canary" not in event["exception"]


def test_long_traceback_keeps_its_end() -> None:
    """The end of a traceback says what happened, and is kept."""
    with logged() as written:
        log_failure("x" * 10_000 + "the end")

        (event,) = events(written())

    assert event["exception"].endswith("the end")


def test_console_shows_tracebacks_on_lines() -> None:
    """For people a traceback stands on lines of its own, each of them quoted."""
    with logged("console") as written:
        log_failure(HOSTILE)

        first, *rest = written().split("\n")[:-1]

    assert first.endswith('logger="root"') or "failed" in first
    assert all(line.startswith("    ") for line in rest)
    assert "\x1b" not in "".join(rest)


def test_broken_event_is_a_line() -> None:
    """An event that cannot be formatted does not fail its caller."""
    record = logging.LogRecord("x", logging.ERROR, "", 1, "%d", ("no number",), None)
    with logged() as written:
        # Past the handlers of the test runner, which would raise.
        logging.getLogger().handlers[-1].handle(record)

        (event,) = events(written())

    assert ("error", "x") == (event["level"], event["logger"])


@given(st.text(), st.dictionaries(st.text(), st.text() | st.binary(), max_size=3))
def test_any_event_is_one_line(event: str, fields: dict[str, Any]) -> None:
    """Whatever is logged is one line of JSON."""
    with logged() as written:
        logging.getLogger("x").error("%s", event, extra=None)
        structlog.get_logger().bind(**fields).info("bound")

        lines = written().splitlines()

    assert 2 == len(lines)
    assert all(json.loads(line) for line in lines)


def test_close_takes_the_log_down() -> None:
    """After closing nothing is written any more."""
    with logged() as written:
        before = written()
        logging.getLogger("x").error("late")

        assert before == written()


def test_close_gives_the_level_back() -> None:
    """After closing, other code logs at the level that it had before."""
    before = logging.getLogger().level
    with logged(level="debug"):
        during = logging.getLogger().level

    assert logging.DEBUG == during
    assert before == logging.getLogger().level


async def test_server_that_goes_is_not_logged() -> None:
    """A gRPC server that was never stopped is destroyed without a line of itself.

    Its record would hold the server while its memory is given back.
    """
    with logged(level="debug") as written:
        grpc.aio.server()
        gc.collect()

        assert "running server" not in written()

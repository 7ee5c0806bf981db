"""The log: one event, one line, on one stream.

Events of structlog and of the standard library go the same way. A line is a JSON
object in ASCII, or text for people; in both no value can end the line or speak to
a terminal. What is bound to the call, such as its request id, comes with each.
"""

from __future__ import annotations

import json
import logging
from collections.abc import MutableMapping
from typing import Any, Final, Literal, TextIO

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from daypass.core import limits
from daypass.core.log_context import call_fields
from daypass.core.ports import Clock
from daypass.telemetry import names
from daypass.telemetry.line_writer import DirectWriter, LineWriter
from daypass.telemetry.redaction import redact_event

LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["json", "console"]

_GRPC_CORE: Final = "grpc._cython.cygrpc"
_FIRST_FIELDS: Final = (names.TIME, names.LEVEL, names.EVENT)


class Logging:
    """The log while it is set up; see `set_up_logging`."""

    def __init__(
        self,
        *,
        handler: logging.Handler,
        writer: LineWriter | DirectWriter,
        level_before: int,
    ) -> None:
        """Takes over what was set up."""
        self._handler = handler
        self._writer = writer
        self._level_before = level_before

    def close(self) -> None:
        """Writes what is waiting and ends; waits a bounded time."""
        root = logging.getLogger()
        root.removeHandler(self._handler)
        root.setLevel(self._level_before)
        self._writer.close()
        structlog.reset_defaults()


def set_up_logging(
    *,
    level: LogLevel,
    log_format: LogFormat,
    stream: TextIO,
    clock: Clock,
    threaded: bool = True,
) -> Logging:
    """Sets up structlog and the standard library's logging for this process.

    Args:
        level: the least severe event that is written.
        log_format: one JSON object a line, or text for people.
        stream: where lines go; standard error in a server.
        clock: dates events.
        threaded: whether a thread writes them, so that nobody waits; a process that
            forks has none.
    """
    render = _render_json if log_format == "json" else _render_console
    stamp = _Stamp(clock)

    def dropped_line(count: int) -> str:
        return render(stamp(None, "", _dropped(count)))

    kind = LineWriter if threaded else DirectWriter
    writer = kind(stream, dropped_line=dropped_line)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _name_call,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        stamp,
    ]
    formatter = ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            ProcessorFormatter.remove_processors_meta,
            # Tracebacks name lines of code; values of variables are left out.
            structlog.processors.format_exc_info,
            _keep_end,
            redact_event,
            lambda _logger, _method, event: render(event),
        ],
    )
    handler = _LineHandler(writer)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    level_before = root.level
    root.addHandler(handler)
    root.setLevel(level.upper())
    # NOTE: a server of gRPC that goes without having been stopped logs itself, at
    # this level, while it is being destroyed. Whoever keeps the record then holds
    # memory that is used for something else.
    logging.getLogger(_GRPC_CORE).setLevel(logging.INFO)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    return Logging(handler=handler, writer=writer, level_before=level_before)


def _name_call(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Adds which call an event is of; a processor of structlog."""
    for name, value in call_fields().items():
        event.setdefault(name, value)
    return event


class _Stamp:
    """Dates an event; a processor of structlog."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __call__(
        self, _logger: object, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Adds the time of day."""
        event[names.TIME] = self._clock.now().isoformat()
        return event


class _LineHandler(logging.Handler):
    """Formats a record where it is made, and leaves the writing to the thread."""

    def __init__(self, writer: LineWriter | DirectWriter) -> None:
        super().__init__()
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        """Queues the line of a record."""
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001 - a log call never fails its caller.
            line = _render_json(_broken(record.name))
        self._writer.write(line)


def _render_json(event: MutableMapping[str, Any]) -> str:
    first = {name: event[name] for name in _FIRST_FIELDS if name in event}
    return json.dumps(first | dict(event), ensure_ascii=True, allow_nan=False)


def _render_console(event: MutableMapping[str, Any]) -> str:
    fields = dict(event)
    time, level, text = (str(fields.pop(name, "")) for name in _FIRST_FIELDS)
    exception = fields.pop(names.EXCEPTION, None)
    shown = " ".join(
        f"{_quoted(name)}={_shown(value)}" for name, value in fields.items()
    )
    line = f"{_quoted(time)} {_quoted(level):7} {_quoted(text)}  {shown}".rstrip()
    if exception is None:
        return line
    # A traceback is shown on lines of its own, indented, each of them quoted.
    return "\n".join([line, *(f"    {_quoted(each)}" for each in _lines(exception))])


def _lines(text: object) -> list[str]:
    return str(text).split("\n")


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)[1:-1].replace('\\"', '"')


def _keep_end(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Shortens a traceback at its start, since its end says what happened."""
    if exception := event.get(names.EXCEPTION):
        event[names.EXCEPTION] = str(exception)[-limits.LOG_VALUE_CHARACTERS_MAX :]
    return event


def _dropped(count: int) -> dict[str, Any]:
    event = "log lines were dropped: the reader is too slow"
    return {names.LEVEL: "warning", names.EVENT: event, names.DROPPED: count}


def _broken(logger: str) -> dict[str, Any]:
    event = "an event could not be logged"
    return {names.LEVEL: "error", names.EVENT: event, names.LOGGER: logger}

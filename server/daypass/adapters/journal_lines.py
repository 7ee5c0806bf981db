"""The lines of a journal: what each says, and which a rewrite keeps.

A line is a checksum, the instant until which it matters, its kind and a packed
record. The first line names the log and the last number that a rewrite left
out; revocations count up from there, line by line. The checksum finds accidents
of the disk. It is no seal: whoever can write the file can write the checksum.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from daypass.adapters.guard_record import GuardRecord, decode_guard, encode_guard
from daypass.adapters.record_codec import (
    CorruptRecordError,
    decode_revocation,
    decode_session,
    encode_revocation,
    encode_session,
    microseconds,
)
from daypass.core.guard_limits import GUARD_KEPT_AFTER_EXPIRY
from daypass.core.revocation import LoggedRevocation, Revocation
from daypass.core.session import SessionRecord

_VERSION: Final = "1"
_BEGIN: Final = b"begin"
_SESSION: Final = b"session"
_DISCARD: Final = b"discard"
_GUARD: Final = b"guard"
_REVOCATION: Final = b"revocation"
_KINDS: Final = frozenset({_BEGIN, _SESSION, _DISCARD, _GUARD, _REVOCATION})
_PARTS: Final = 4


class JournalCorruptError(ValueError):
    """A line before the end of a journal is damaged.

    What it said is unknown, and it may have been a revocation, so that the file
    is refused.
    """

    def __init__(self, line_number: int, reason: str) -> None:
        super().__init__(f"journal line {line_number}: {reason}")
        self.line_number = line_number


@dataclass(frozen=True, slots=True)
class JournalContent:
    """What a journal holds and still matters.

    Attributes:
        incarnation: names the revocation log.
        sequence: the number of the last revocation that was ever logged.
        sessions: the records that are kept.
        guards: the latest value of each guard, for a day beyond its expiry.
        revocations: the revocations that are kept, in order.
        lines: the same as a new journal would hold it.
    """

    incarnation: str
    sequence: int
    sessions: tuple[SessionRecord, ...]
    guards: tuple[GuardRecord, ...]
    revocations: tuple[LoggedRevocation, ...]
    lines: bytes


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    raw: bytes
    matters_until: int
    kind: bytes
    packed: bytes


def begin_line(incarnation: str, sequence: int) -> bytes:
    """Returns the first line of a journal."""
    return _line(0, _BEGIN, f"{_VERSION}:{sequence}:{incarnation}".encode())


def session_line(record: SessionRecord) -> bytes:
    """Returns the line of a session that was added."""
    until = microseconds(record.keep_until)
    return _line(until, _SESSION, encode_session(record))


def discard_line(record: SessionRecord) -> bytes:
    """Returns the line that takes the line of a session back."""
    until = microseconds(record.keep_until)
    return _line(until, _DISCARD, encode_session(record))


def guard_line(record: GuardRecord) -> bytes:
    """Returns the line of a guard's value, which replaces the one before it."""
    until = microseconds(record.expire_time + GUARD_KEPT_AFTER_EXPIRY)
    return _line(until, _GUARD, encode_guard(record))


def revocation_line(revocation: Revocation) -> bytes:
    """Returns the line of a revocation that was appended."""
    until = microseconds(revocation.keep_until)
    return _line(until, _REVOCATION, encode_revocation(revocation))


def read_journal(data: bytes, *, now: datetime) -> JournalContent:
    """Reads a journal; a last line that was cut off was never acknowledged.

    Raises:
        JournalCorruptError: any other line is damaged.
    """
    lines = list(_split(data))
    incarnation, first = _read_begin(lines)
    present = microseconds(now)
    kept_sessions = _live_sessions(lines, present)
    kept_guards = _kept_guards(lines, present)
    logged = [line for line in lines[1:] if line.kind == _REVOCATION]
    dropped = _count_passed(logged, present)
    base = first + dropped
    kept = logged[dropped:]
    rewritten = (
        begin_line(incarnation, base),
        *(line.raw for line in kept_sessions),
        *(line.raw for line, _ in kept_guards),
    )
    return JournalContent(
        incarnation=incarnation,
        sequence=first + len(logged),
        sessions=tuple(_session(line) for line in kept_sessions),
        guards=tuple(guard for _, guard in kept_guards),
        revocations=tuple(
            LoggedRevocation(base + count, _revocation(line))
            for count, line in enumerate(kept, 1)
        ),
        lines=b"".join((*rewritten, *(line.raw for line in kept))),
    )


def _live_sessions(lines: list[_Line], present: int) -> list[_Line]:
    """Returns the lines of sessions that are kept and were not taken back."""
    live: dict[bytes, _Line] = {}
    for line in lines:
        if line.kind == _SESSION and line.matters_until > present:
            live[line.packed] = line
        elif line.kind == _DISCARD:
            live.pop(line.packed, None)
    return list(live.values())


def _kept_guards(lines: list[_Line], present: int) -> list[tuple[_Line, GuardRecord]]:
    """Returns the last line of each guard, unless that matters no more."""
    latest: dict[str, tuple[_Line, GuardRecord]] = {}
    for line in lines:
        if line.kind == _GUARD:
            guard = _guard(line)
            latest[guard.name] = (line, guard)
    return [each for each in latest.values() if each[0].matters_until > present]


def _count_passed(logged: list[_Line], present: int) -> int:
    """Counts the leading revocations that no longer matter."""
    for count, line in enumerate(logged):
        if line.matters_until > present:
            return count
    return len(logged)


def _line(until: int, kind: bytes, packed: bytes) -> bytes:
    body = b"%d %s %s" % (until, kind, packed)
    return b"%08x %s\n" % (zlib.crc32(body), body)


def _split(data: bytes) -> Iterator[_Line]:
    whole = data[: data.rfind(b"\n") + 1]
    for number, raw in enumerate(whole.splitlines(keepends=True), 1):
        yield _parse(number, raw)


def _parse(number: int, raw: bytes) -> _Line:
    parts = raw[:-1].split(b" ", _PARTS - 1)
    if len(parts) != _PARTS or not raw.endswith(b"\n"):
        raise JournalCorruptError(number, "it has not its four parts")
    checksum, until, kind, packed = parts
    if checksum != b"%08x" % zlib.crc32(raw[len(checksum) + 1 : -1]):
        raise JournalCorruptError(number, "its checksum is wrong")
    if kind not in _KINDS or (kind == _BEGIN) != (number == 1):
        raise JournalCorruptError(number, "its kind is wrong")
    try:
        return _Line(number, raw, int(until), kind, packed)
    except ValueError:
        raise JournalCorruptError(number, "its time is not a number") from None


def _read_begin(lines: list[_Line]) -> tuple[str, int]:
    if not lines:
        raise JournalCorruptError(1, "there is no first line")
    version, _, rest = lines[0].packed.decode("ascii", "replace").partition(":")
    sequence, _, incarnation = rest.partition(":")
    if version != _VERSION or not sequence.isdecimal() or not incarnation:
        raise JournalCorruptError(1, "it is of an unknown version")
    return incarnation, int(sequence)


def _session(line: _Line) -> SessionRecord:
    try:
        return decode_session(line.packed)
    except CorruptRecordError as error:
        raise JournalCorruptError(line.number, str(error)) from error


def _revocation(line: _Line) -> Revocation:
    try:
        return decode_revocation(line.packed)
    except CorruptRecordError as error:
        raise JournalCorruptError(line.number, str(error)) from error


def _guard(line: _Line) -> GuardRecord:
    try:
        return decode_guard(line.packed)
    except CorruptRecordError as error:
        raise JournalCorruptError(line.number, str(error)) from error

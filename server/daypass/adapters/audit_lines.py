"""The lines of an audit file: JSON, chained by hashes.

Each line is one object in ASCII, so that no value can end a line or speak to a
terminal (attacks L03). It carries its number and the SHA-256 of the line before,
without that line's end; the first line carries sixty-four zeros. Editing,
removing or reordering a line breaks the chain behind it. Cutting lines off the
end does not: compare the count and the last hash with what was noted elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii
from typing import Final

from daypass.core import limits
from daypass.core.audit_limits import AUDIT_FORM_CHARACTERS_MAX, AUDIT_FORMS_MAX
from daypass.core.ports import AuditRecord
from daypass.core.strict_json import InvalidJsonError, loads_object

# Every line begins so.
LINE_START: Final = b'{"sequence":'
_ZEROS: Final = "0" * 64
_text: Final = encode_basestring_ascii
_ATTRIBUTES: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """The end of a chain: the number of its last line, and that line's hash."""

    count: int = 0
    last_hash: str = _ZEROS


class LineMaker:
    """Makes the lines of a chain; one thread at a time may use it.

    What is alike from line to line is remembered as it is written: who asked, from
    where, for what, and which statement decided.
    """

    def __init__(self) -> None:
        self._alike: dict[tuple[str | None, ...], str] = {}

    def __len__(self) -> int:
        """Returns how many forms are remembered."""
        return len(self._alike)

    def encode(
        self, records: Iterable[AuditRecord], end: ChainEnd
    ) -> tuple[bytes, ChainEnd]:
        """Returns the lines of records, each with its line feed, and the new end."""
        count, last_hash = end.count, end.last_hash
        lines: list[bytes] = []
        for record in records:
            count += 1
            # NOTE: put together by hand, as `json.dumps` would write it at several
            # times the cost: there is a line for every decision.
            body = (
                f'{{"sequence":{count},"previous":"{last_hash}"'
                f',"time":"{_time(record.time)}"{_ids(record)}{self._known(record)}'
                f',"issued_access_key_id":{_string(record.issued_access_key_id)}'
                f',"attributes":{_attributes(record)}}}'
            ).encode("ascii")
            last_hash = hash_of(body)
            lines.append(body)
        lines.append(b"")
        return b"\n".join(lines), ChainEnd(count, last_hash)

    def _known(self, record: AuditRecord) -> str:
        """Returns what other grants of a caller are written with, too."""
        # What is refused may be anything, and is not remembered.
        if record.outcome != "allowed":
            return _members(record)
        key = (
            record.operation,
            record.caller_arn,
            record.caller_access_key_id,
            record.source_address,
            record.reason,
            record.detail,
            record.resource,
            record.decided_by,
        )
        written = self._alike.get(key)
        if written is None:
            written = _members(record)
            if len(self._alike) >= AUDIT_FORMS_MAX:
                self._alike.clear()
            if len(written) <= AUDIT_FORM_CHARACTERS_MAX:
                self._alike[key] = written
        return written


def follow_line(body: bytes, end: ChainEnd) -> ChainEnd:
    """Checks that a line, without its line feed, continues a chain.

    Raises:
        ValueError: it does not; the text says why and quotes nothing.
    """
    link = read_link(body)
    if link.count != end.count + 1:
        raise ValueError("its number does not follow the one before")
    if link.last_hash != end.last_hash:
        raise ValueError("it does not carry the hash of the line before")
    return ChainEnd(link.count, hash_of(body))


def read_link(body: bytes) -> ChainEnd:
    """Returns the number that a line carries, and the hash of the line before.

    Raises:
        ValueError: it is no line of an audit file.
    """
    try:
        members = loads_object(body, size_max=limits.AUDIT_LINE_BYTES_MAX)
    except InvalidJsonError as error:
        raise ValueError(f"it is not JSON as we write it: {error}") from error
    count, previous = members.get("sequence"), members.get("previous")
    if type(count) is not int or not isinstance(previous, str):
        raise ValueError("its number or its hash is missing")
    return ChainEnd(count, previous)


def hash_of(body: bytes) -> str:
    """Returns the hash by which the next line names this one."""
    return hashlib.sha256(body).hexdigest()


def _cut(text: str) -> str:
    """Shortens a value that is too long, and says by how much."""
    if len(text) <= limits.AUDIT_VALUE_CHARACTERS_MAX:
        return text
    kept = text[: limits.AUDIT_VALUE_CHARACTERS_MAX]
    return f"{kept}[{len(text) - len(kept)} more]"


def _time(time: datetime) -> str:
    if time.tzinfo is not UTC:
        time = time.astimezone(UTC)
    return time.isoformat(timespec="microseconds")


def _ids(record: AuditRecord) -> str:
    request_id = _text(record.request_id)
    # A call that decides once names its decision as itself.
    same = record.decision_id == record.request_id
    decision_id = request_id if same else _text(record.decision_id)
    return f',"request_id":{request_id},"decision_id":{decision_id}'


def _members(record: AuditRecord) -> str:
    """Returns the members in the middle of a line.

    What is a word or an id of ours is short, and not cut.
    """
    return (
        f',"operation":{_text(record.operation)}'
        f',"caller_arn":{_string(record.caller_arn)}'
        f',"caller_access_key_id":{_string(record.caller_access_key_id)}'
        f',"source_address":{_string(record.source_address)}'
        f',"outcome":{_text(record.outcome)}'
        f',"reason":{_text(record.reason)}'
        f',"detail":{_string(record.detail)}'
        f',"resource":{_string(record.resource)}'
        f',"decided_by":{_string(record.decided_by)}'
    )


def _string(text: str | None) -> str:
    """Returns a value as JSON in ASCII."""
    if text is None:
        return "null"
    if len(text) > limits.AUDIT_VALUE_CHARACTERS_MAX:
        text = _cut(text)
    return _text(text)


def _attributes(record: AuditRecord) -> str:
    attributes = record.attributes
    if not attributes:
        return "{}"
    if len(attributes) == 1:
        ((name, value),) = attributes
        return f"{{{_string(name)}:{_string(value)}}}"
    shown = attributes[: limits.AUDIT_ATTRIBUTES_MAX]
    members = {_cut(name): _cut(value) for name, value in shown}
    if len(attributes) > len(shown):
        members["more"] = str(len(attributes) - len(shown))
    return _ATTRIBUTES.encode(members)

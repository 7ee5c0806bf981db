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
from dataclasses import dataclass
from datetime import UTC
from json.encoder import encode_basestring_ascii
from typing import Final

from daypass.core import limits
from daypass.core.ports import AuditRecord
from daypass.core.strict_json import InvalidJsonError, loads_object

# Every line begins so.
LINE_START: Final = b'{"sequence":'
_ZEROS: Final = "0" * 64
_text: Final = encode_basestring_ascii


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """The end of a chain: the number of its last line, and that line's hash."""

    count: int = 0
    last_hash: str = _ZEROS


def encode_line(record: AuditRecord, end: ChainEnd) -> tuple[bytes, ChainEnd]:
    """Returns the line of a record, with its line feed, and the chain's new end."""
    # NOTE: put together by hand, as `json.dumps` would write it at several times the
    # cost: there is a line for every decision. What is a word or an id of ours is
    # short, and not cut.
    body = (
        f'{{"sequence":{end.count + 1},"previous":"{end.last_hash}"'
        f',"time":"{_time(record)}"'
        f',"request_id":{_text(record.request_id)}'
        f',"decision_id":{_text(record.decision_id)}'
        f',"operation":{_text(record.operation)}'
        f',"caller_arn":{_string(record.caller_arn)}'
        f',"caller_access_key_id":{_string(record.caller_access_key_id)}'
        f',"source_address":{_string(record.source_address)}'
        f',"outcome":{_text(record.outcome)}'
        f',"reason":{_text(record.reason)}'
        f',"detail":{_string(record.detail)}'
        f',"resource":{_string(record.resource)}'
        f',"decided_by":{_string(record.decided_by)}'
        f',"issued_access_key_id":{_string(record.issued_access_key_id)}'
        f',"attributes":{_attributes(record)}}}'
    ).encode("ascii")
    return body + b"\n", ChainEnd(end.count + 1, hash_of(body))


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


def _time(record: AuditRecord) -> str:
    time = record.time
    if time.tzinfo is not UTC:
        time = time.astimezone(UTC)
    return time.isoformat(timespec="microseconds")


def _string(text: str | None) -> str:
    """Returns a value as JSON in ASCII."""
    if text is None:
        return "null"
    if len(text) > limits.AUDIT_VALUE_CHARACTERS_MAX:
        text = _cut(text)
    return encode_basestring_ascii(text)


def _attributes(record: AuditRecord) -> str:
    if not record.attributes:
        return "{}"
    if len(record.attributes) == 1:
        ((name, value),) = record.attributes
        return f"{{{_string(name)}:{_string(value)}}}"
    shown = record.attributes[: limits.AUDIT_ATTRIBUTES_MAX]
    attributes = {_cut(name): _cut(value) for name, value in shown}
    if len(record.attributes) > len(shown):
        attributes["more"] = str(len(record.attributes) - len(shown))
    return json.dumps(attributes, ensure_ascii=True, separators=(",", ":"))

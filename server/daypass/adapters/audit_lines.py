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
from typing import Final

from daypass.core import limits
from daypass.core.ports import AuditRecord
from daypass.core.strict_json import InvalidJsonError, loads_object

# Every line begins so.
LINE_START: Final = b'{"sequence":'
_ZEROS: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """The end of a chain: the number of its last line, and that line's hash."""

    count: int = 0
    last_hash: str = _ZEROS


def encode_line(record: AuditRecord, end: ChainEnd) -> tuple[bytes, ChainEnd]:
    """Returns the line of a record, with its line feed, and the chain's new end."""
    members: dict[str, object] = {
        "sequence": end.count + 1,
        "previous": end.last_hash,
        "time": record.time.astimezone(UTC).isoformat(timespec="microseconds"),
        "request_id": _cut(record.request_id),
        "decision_id": _cut(record.decision_id),
        "operation": _cut(record.operation),
        "caller_arn": _cut(record.caller_arn),
        "caller_access_key_id": _cut(record.caller_access_key_id),
        "source_address": _cut(record.source_address),
        "outcome": _cut(record.outcome),
        "reason": _cut(record.reason),
        "detail": _cut(record.detail),
        "resource": _cut(record.resource),
        "decided_by": _cut(record.decided_by),
        "issued_access_key_id": _cut(record.issued_access_key_id),
        "attributes": _attributes(record),
    }
    body = json.dumps(
        members, ensure_ascii=True, allow_nan=False, separators=(",", ":")
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


def _cut(text: str | None) -> str | None:
    """Shortens a value that is too long, and says by how much."""
    if text is None or len(text) <= limits.AUDIT_VALUE_CHARACTERS_MAX:
        return text
    kept = text[: limits.AUDIT_VALUE_CHARACTERS_MAX]
    return f"{kept}[{len(text) - len(kept)} more]"


def _attributes(record: AuditRecord) -> dict[str, str | None]:
    shown = record.attributes[: limits.AUDIT_ATTRIBUTES_MAX]
    attributes = {str(_cut(name)): _cut(value) for name, value in shown}
    if len(record.attributes) > len(shown):
        attributes["more"] = str(len(record.attributes) - len(shown))
    return attributes

"""Cursors of session lists: a place in one list, in an opaque form.

A cursor holds a position and nothing else, so a forged one shows no more than a
true one does: the records are those of the filter that comes with it. It is
bound to that filter and checked, so that a cursor of another list, or a cut one,
is an error and not a wrong page.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from typing import Final, NamedTuple

from daypass.core.errors import ValidationError
from daypass.core.ports import SessionFilter

_VERSION: Final = 1
_DIGEST_BYTES: Final = 8
_HEAD: Final = struct.Struct(f">B{_DIGEST_BYTES}sq")
_MEMBER_BYTES_MAX: Final = 128
_CURSOR_CHARACTERS_MAX: Final = 256


class Position(NamedTuple):
    """A place in a list that is ordered by rank, then by access key id."""

    rank: int
    access_key_id: str


def encode_cursor(sessions: SessionFilter, position: Position) -> str:
    """Returns the cursor that continues behind a position."""
    head = _HEAD.pack(_VERSION, _filter_digest(sessions), position.rank)
    body = head + position.access_key_id.encode()
    return base64.urlsafe_b64encode(body + _digest(body)).decode().rstrip("=")


def decode_cursor(sessions: SessionFilter, cursor: str) -> Position:
    """Returns the position of a cursor.

    Raises:
        ValidationError: it is malformed, or belongs to another list.
    """
    body = _checked_body(cursor)
    version, digest, rank = _HEAD.unpack_from(body)
    if version != _VERSION or digest != _filter_digest(sessions):
        raise _invalid("cursor_of_another_list")
    try:
        return Position(rank, body[_HEAD.size :].decode("ascii"))
    except UnicodeDecodeError:
        raise _invalid("cursor_malformed") from None


def _checked_body(cursor: str) -> bytes:
    if len(cursor) > _CURSOR_CHARACTERS_MAX:
        raise _invalid("cursor_malformed")
    padding = "=" * (-len(cursor) % 4)
    try:
        raw = base64.b64decode(cursor + padding, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _invalid("cursor_malformed") from None
    body, digest = raw[:-_DIGEST_BYTES], raw[-_DIGEST_BYTES:]
    # One text for one position: a cursor with spare bits set is refused.
    canonical = base64.urlsafe_b64encode(raw).decode().rstrip("=") == cursor
    size_fits = _HEAD.size <= len(body) <= _HEAD.size + _MEMBER_BYTES_MAX
    if not canonical or not size_fits or digest != _digest(body):
        raise _invalid("cursor_malformed")
    return body


def _filter_digest(sessions: SessionFilter) -> bytes:
    principal = sessions.principal_id or ""
    text = f"{len(sessions.account_id)}:{sessions.account_id}{principal}"
    return _digest(text.encode())


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:_DIGEST_BYTES]


def _invalid(detail: str) -> ValidationError:
    return ValidationError(detail, message="The page token is not valid")

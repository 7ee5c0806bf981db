"""What a store keeps of a guard: a value and when it expires, under a short name.

On Redis the packed form is the expiry in microseconds, a colon and the value as it
is. A journal is made of lines, so that there the value is in base64url, behind a
version, the name and the expiry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from daypass.adapters.identifier_digest import digest_of
from daypass.adapters.record_codec import (
    CorruptRecordError,
    instant_of,
    microseconds,
)
from daypass.core import base64url
from daypass.core import guard_limits as limits
from daypass.core.ports import GuardKey

# 16 digits reach to the year 2286; the script SWAP reads no more of them either.
_PACKED: Final = re.compile(rb"(\d{1,16}):(.*)", re.DOTALL)
_ENCODED: Final = re.compile(rb"1:([\w-]{24}):(\d{1,16}):([\w-]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class GuardRecord:
    """A value that was stored.

    Attributes:
        name: stands for the key, and shows nothing of it.
        value: the value.
        expire_time: when it expires.
    """

    name: str
    value: bytes
    expire_time: datetime

    def live_value(self, now: datetime) -> bytes | None:
        """Returns the value, or None once it has expired."""
        return self.value if self.expire_time > now else None


def guard_name(key: GuardKey) -> str:
    """Returns the name of a key; other keys have other names."""
    return digest_of(key.purpose, *key.parts)


def check_guard_value(value: bytes) -> None:
    """Returns when a value is small enough.

    Raises:
        ValueError: it is not, which is a mistake of whoever made it.
    """
    if len(value) > limits.GUARD_VALUE_BYTES_MAX:
        message = f"a guard's value has {limits.GUARD_VALUE_BYTES_MAX} bytes at most"
        raise ValueError(message)


def pack_guard(value: bytes, expire_time: datetime) -> bytes:
    """Packs a value with its expiry."""
    return b"%d:%s" % (microseconds(expire_time), value)


def unpack_guard(name: str, packed: bytes) -> GuardRecord:
    """Unpacks a value with its expiry.

    Raises:
        CorruptRecordError: it is not one.
    """
    parts = _PACKED.fullmatch(packed)
    if parts is None:
        raise CorruptRecordError("the guard has no expiry")
    return GuardRecord(name, parts[2], instant_of(int(parts[1])))


def encode_guard(record: GuardRecord) -> bytes:
    """Packs a record into ASCII without a line break."""
    expires, value = microseconds(record.expire_time), base64url.encode(record.value)
    return f"1:{record.name}:{expires}:{value}".encode("ascii")


def decode_guard(encoded: bytes) -> GuardRecord:
    """Unpacks a record.

    Raises:
        CorruptRecordError: it is not one.
    """
    parts = _ENCODED.fullmatch(encoded)
    if parts is None:
        raise CorruptRecordError("the guard has not its four parts")
    name, expires, value = (part.decode("ascii") for part in parts.groups())
    try:
        return GuardRecord(name, base64url.decode(value), instant_of(int(expires)))
    except base64url.InvalidBase64UrlError as error:
        raise CorruptRecordError("the value of the guard is not base64url") from error

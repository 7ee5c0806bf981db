"""How what is a session's own stands in Redis: packed bytes, with a version in front.

They name the profile that holds what the session shares with others (see
`session_profile`, decision 0059). JSON is what records were before; it is still read.

Where whoever asked has temporary credentials, their id and the name of their session
are the session's own: there may be as many of them as there are sessions.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from daypass.adapters.record_codec import CorruptRecordError, microseconds
from daypass.adapters.redis.packed_text import Reader, packed_id, packed_text, varint
from daypass.adapters.redis.session_binding import (
    KEPT_END,
    packed_binding,
    read_binding,
)
from daypass.adapters.redis.session_profile import REFERENCE_BYTES, SessionProfile
from daypass.core.arn import is_account_id
from daypass.core.identifiers import (
    TEMPORARY_KEY_PREFIX,
    encode_access_key_id,
    random_of_access_key_id,
)
from daypass.core.revocation import Epoch
from daypass.core.session import SessionRecord

# The versions before were JSON, which begins with a bracket.
_VERSION: Final = 3

# What a value holds, and in which form; a later version may not give one anew.
_FINE: Final = 1
_BOUND: Final = 2
_LOOSE: Final = 4
_OWN_CALLER: Final = 8
_ANCESTORS: Final = 16
_SOURCE: Final = 32
_OWN_ID: Final = 64
_KNOWN: Final = 127

_HEAD: Final = struct.Struct(f">BB{REFERENCE_BYTES}s")
# Seconds since 1970, and how many it lasts: the high byte, and the rest.
_TIMES: Final = struct.Struct(">IBH")
# The head, the times and the random part of an id in one: its high byte, and the rest.
_USUAL_HEAD: Final = struct.Struct(f">BB{REFERENCE_BYTES}sIBHBI")
# Microseconds since 1970, where a time is no whole second.
_FINE_TIMES: Final = struct.Struct(">qq")
_RANDOM_BYTES: Final = 5

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_END: Final = 1 << 32
_LASTS_END: Final = 1 << 24


class Seconds(NamedTuple):
    """The times of a session in seconds since 1970, as far as they fit its usual form.

    Attributes:
        issued: when it was issued.
        expires: when it ends.
        kept: until when a binding keeps the record; when it was issued if none does.
    """

    issued: int
    expires: int
    kept: int

    @classmethod
    def of(cls, record: SessionRecord) -> Seconds | None:
        """Returns the times of a session, or None where they do not fit."""
        issue_time, expire_time = record.issue_time, record.expire_time
        keep_until = issue_time if record.binding is None else record.binding.keep_until
        if issue_time.microsecond or expire_time.microsecond or keep_until.microsecond:
            return None
        # Exact, because a float holds every whole second that there is.
        issued = int(issue_time.timestamp())
        expires = int(expire_time.timestamp())
        kept = int(keep_until.timestamp())
        if (
            0 <= issued < _SECONDS_END
            and 0 <= expires - issued < _LASTS_END
            and -KEPT_END <= kept - issued < KEPT_END
        ):
            # As the class does it itself, in a function for each that is made.
            return tuple.__new__(cls, (issued, expires, kept))
        return None


def pack_session(
    record: SessionRecord,
    reference: bytes,
    random: int | None,
    seconds: Seconds | None,
) -> bytes:
    """Packs what is a session's own.

    Args:
        record: the session.
        reference: the name of its profile.
        random: what `random_of_access_key_id` says of it.
        seconds: its times, where they fit.
    """
    flags, further = 0, b""
    # Nothing of this has a session of a long-term key or of a provider.
    if (
        record.ancestors
        or record.source_identity is not None
        or record.parent_access_key_id.startswith(TEMPORARY_KEY_PREFIX)
    ):
        form, further = _packed_further(record)
        flags |= form
    if record.binding is not None:
        after = None if seconds is None else seconds.kept - seconds.issued
        loose, binding = packed_binding(record.binding, after)
        flags |= _BOUND | _LOOSE if loose else _BOUND
        further += binding
    if random is None or seconds is None:
        head = _odd_head(record, flags, reference, random, seconds)
    else:
        lasts = seconds.expires - seconds.issued
        head = _USUAL_HEAD.pack(
            *(_VERSION, flags | _OWN_ID, reference),
            *(seconds.issued, lasts >> 16, lasts & 0xFFFF),
            *(random >> 32, random & 0xFFFFFFFF),
        )
    name = packed_text(record.session_name)
    return head + name + varint(record.epoch.sequence) + further


def _odd_head(
    record: SessionRecord,
    flags: int,
    reference: bytes,
    random: int | None,
    seconds: Seconds | None,
) -> bytes:
    """Returns what stands before the name where not all of it is of its usual form."""
    if seconds is None:
        flags |= _FINE
        times = _FINE_TIMES.pack(
            microseconds(record.issue_time), microseconds(record.expire_time)
        )
    else:
        lasts = seconds.expires - seconds.issued
        times = _TIMES.pack(seconds.issued, lasts >> 16, lasts & 0xFFFF)
    if random is None:
        own = packed_id(record.access_key_id)
    else:
        flags |= _OWN_ID
        own = random.to_bytes(_RANDOM_BYTES, "big")
    return _HEAD.pack(_VERSION, flags, reference) + times + own


def _packed_further(record: SessionRecord) -> tuple[int, bytes]:
    """Returns the flags and bytes of what only some sessions have."""
    flags, parts = 0, []
    if record.parent_access_key_id.startswith(TEMPORARY_KEY_PREFIX):
        flags |= _OWN_CALLER
        parts.append(packed_id(record.parent_access_key_id))
        parts.append(packed_text(record.issued_to.rpartition("/")[2]))
    if record.ancestors:
        flags |= _ANCESTORS
        parts.append(varint(len(record.ancestors)))
        parts.extend(map(packed_id, record.ancestors))
    if record.source_identity is not None:
        flags |= _SOURCE
        parts.append(packed_text(record.source_identity))
    return flags, b"".join(parts)


@dataclass(frozen=True, slots=True)
class PackedSession:
    """A session's own value, of which the version and the flags are known.

    Attributes:
        reference: names its profile.
        flags: what the body holds.
        body: everything behind the head.
    """

    reference: bytes
    flags: int
    body: bytes

    @classmethod
    def read(cls, packed: bytes) -> PackedSession:
        """Reads the head of a value.

        Raises:
            CorruptRecordError: it is of another version, or no value of ours.
        """
        if len(packed) < _HEAD.size:
            raise CorruptRecordError("the record is too short")
        version, flags, reference = _HEAD.unpack_from(packed)
        if version != _VERSION or flags & ~_KNOWN:
            raise CorruptRecordError("the record is of an unknown version")
        return cls(reference, flags, packed[_HEAD.size :])

    def record(self, profile: SessionProfile) -> SessionRecord:
        """Returns the whole record.

        Args:
            profile: the one that `reference` names.

        Raises:
            CorruptRecordError: the body is no body of ours.
        """
        flags, reader = self.flags, Reader(self.body)
        fine = bool(flags & _FINE)
        issue_time, expire_time = _times(reader, fine=fine)
        if flags & _OWN_ID:
            access_key_id = _own_id(reader, profile.account_id)
        else:
            access_key_id = reader.identifier()
        name, sequence = reader.text(), reader.number()
        issued_to, parent = profile.issued_to, profile.parent_access_key_id
        if flags & _OWN_CALLER:
            parent = reader.identifier()
            issued_to += reader.text()
        ancestors: tuple[str, ...] = ()
        if flags & _ANCESTORS:
            ancestors = tuple(reader.identifier() for _ in range(reader.count()))
        source = reader.text() if flags & _SOURCE else None
        binding = None
        if flags & _BOUND:
            loose = flags & _LOOSE != 0
            binding = read_binding(reader, issue_time, fine=fine, loose=loose)
        reader.end()
        return SessionRecord(
            access_key_id=access_key_id,
            kind=profile.kind,
            account_id=profile.account_id,
            principal_id=profile.principal_id,
            principal_arn=profile.principal_arn,
            session_name=name,
            issue_time=issue_time,
            expire_time=expire_time,
            issued_to=issued_to,
            parent_access_key_id=parent,
            origin_id=profile.origin_id,
            epoch=Epoch(profile.incarnation, sequence),
            ancestors=ancestors,
            source_identity=source,
            binding=binding,
        )


def _times(reader: Reader, *, fine: bool) -> tuple[datetime, datetime]:
    if fine:
        issue_time, expire_time = reader.instants(_FINE_TIMES)
        return issue_time, expire_time
    issued, high, low = reader.unpack(_TIMES)
    issue_time = _EPOCH + timedelta(seconds=issued)
    return issue_time, issue_time + timedelta(seconds=(high << 16) + low)


def _own_id(reader: Reader, account_id: str) -> str:
    random = int.from_bytes(reader.take(_RANDOM_BYTES), "big")
    if not is_account_id(account_id):
        raise CorruptRecordError("the profile has no account")
    access_key_id = encode_access_key_id(TEMPORARY_KEY_PREFIX, account_id, random)
    if random_of_access_key_id(access_key_id, account_id) != random:
        raise CorruptRecordError("the access key id is not one")
    return access_key_id

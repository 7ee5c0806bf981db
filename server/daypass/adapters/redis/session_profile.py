"""What many sessions share, as it stands in Redis: a profile.

Who was issued a session, by whom, and which log it knows, is the same for all sessions
that one key makes of one role. It is written once, as JSON, under the digest of what
is written: a profile never changes, and whoever reads it sees that it is the right
one (decision 0059).
"""

from __future__ import annotations

import hashlib
import json
from typing import Final, NamedTuple

from daypass.adapters.record_codec import CorruptRecordError
from daypass.core import limits
from daypass.core.identifiers import TEMPORARY_KEY_PREFIX
from daypass.core.session import SessionKind, SessionRecord
from daypass.core.strict_json import InvalidJsonError, loads

_VERSION: Final = 1
_MEMBERS: Final = 9
REFERENCE_BYTES: Final = 16
_ENCODER: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


class SessionProfile(NamedTuple):
    """What many sessions share; the members are those of their records.

    `issued_to` ends with its last slash where the caller is the session's own, and
    `parent_access_key_id` is empty then.
    """

    kind: SessionKind
    account_id: str
    principal_id: str
    principal_arn: str
    issued_to: str
    parent_access_key_id: str
    origin_id: str
    incarnation: str


def profile_of(record: SessionRecord) -> SessionProfile:
    """Returns what a session shares with others."""
    issued_to, parent = record.issued_to, record.parent_access_key_id
    if parent.startswith(TEMPORARY_KEY_PREFIX):
        head, slash, _ = issued_to.rpartition("/")
        issued_to, parent = head + slash, ""
    members = (
        record.kind,
        record.account_id,
        record.principal_id,
        record.principal_arn,
        issued_to,
        parent,
        record.origin_id,
        record.epoch.incarnation,
    )
    # As the class does it itself, in a function for each that is made.
    return tuple.__new__(SessionProfile, members)


def encode_profile(profile: SessionProfile) -> bytes:
    """Packs a profile into ASCII without a line break."""
    return _ENCODER.encode([_VERSION, *profile]).encode("ascii")


def decode_profile(packed: bytes) -> SessionProfile:
    """Unpacks a profile.

    Raises:
        CorruptRecordError: it is not one.
    """
    try:
        value = loads(packed, size_max=limits.STORE_RECORD_BYTES_MAX)
    except InvalidJsonError as error:
        raise CorruptRecordError(str(error)) from error
    if not isinstance(value, list) or len(value) != _MEMBERS:
        raise CorruptRecordError("the profile has not its number of members")
    version, *members = value
    # NOTE: `True == 1`, so the type is asked as well.
    if type(version) is not int or version != _VERSION:
        raise CorruptRecordError("the profile is of an unknown version")
    texts = [each for each in members if isinstance(each, str)]
    if len(texts) != len(members):
        raise CorruptRecordError("a member of the profile is not text")
    kind, *rest = texts
    try:
        return SessionProfile(SessionKind(kind), *rest)
    except ValueError as error:
        raise CorruptRecordError("the session kind is unknown") from error


def reference_of(packed: bytes) -> bytes:
    """Returns the name of a packed profile: 128 bits of a digest of all of it."""
    return hashlib.blake2b(packed, digest_size=REFERENCE_BYTES).digest()

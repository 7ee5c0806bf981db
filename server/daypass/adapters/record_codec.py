"""How records of sessions, revocations and denials are written in a store.

A record is a JSON array with its version in front, so that a later version can
add members behind: a reader takes the versions that it knows and refuses the
rest. Instants are whole microseconds since 1970.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from json.encoder import encode_basestring_ascii
from typing import Final

from daypass.core import limits
from daypass.core.decision_record import DecisionRecord
from daypass.core.revocation import Epoch, Revocation, RevocationScope
from daypass.core.session import CallBinding, SessionKind, SessionRecord
from daypass.core.strict_json import InvalidJsonError, JsonValue, loads

_VERSION: Final = 1
# A session of the first version was not bound to a call.
_BOUND_VERSION: Final = 2
# How many members there are, by version.
_SESSION_MEMBERS: Final = {_VERSION: 16, _BOUND_VERSION: 17}
_REVOCATION_MEMBERS: Final = {_VERSION: 5}
_DECISION_MEMBERS: Final = {_VERSION: 11}
_BINDING_MEMBERS: Final = 4
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Made once: `json.dumps` with options makes an encoder for each call.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


class CorruptRecordError(ValueError):
    """What was read from a store is not a record of ours.

    The text never quotes what was read.
    """


def microseconds(instant: datetime) -> int:
    """Returns the whole microseconds since 1970."""
    # As a division of spans does it, at a third of the time; each mint asks thrice.
    span = instant - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def instant_of(count: int) -> datetime:
    """Returns the instant that many microseconds after 1970, UTC."""
    return _EPOCH + timedelta(microseconds=count)


def encode_session(record: SessionRecord) -> bytes:
    """Packs a session record into ASCII without a line break."""
    # NOTE: put together by hand, as the encoder below would write it at several times
    # the cost: each mint writes one.
    text, source_identity = encode_basestring_ascii, record.source_identity
    return (
        f"[{_BOUND_VERSION},{text(record.access_key_id)},{text(record.kind.value)}"
        f",{text(record.account_id)},{text(record.principal_id)}"
        f",{text(record.principal_arn)},{text(record.session_name)}"
        f",{microseconds(record.issue_time)},{microseconds(record.expire_time)}"
        f",{text(record.issued_to)},{text(record.parent_access_key_id)}"
        f",{text(record.origin_id)},{text(record.epoch.incarnation)}"
        f",{record.epoch.sequence},[{','.join(map(text, record.ancestors))}]"
        f",{'null' if source_identity is None else text(source_identity)}"
        f",{_binding_text(record.binding)}]"
    ).encode("ascii")


def decode_session(packed: bytes) -> SessionRecord:
    """Unpacks a session record.

    Raises:
        CorruptRecordError: it is not one.
    """
    members = _load(packed, _SESSION_MEMBERS)
    access_key, account, principal, arn, name = _texts(members, 1, 3, 4, 5, 6)
    issued_to, parent, origin, incarnation = _texts(members, 9, 10, 11, 12)
    ancestors = members[14]
    if not isinstance(ancestors, list):
        raise CorruptRecordError("the ancestors are not a list")
    return SessionRecord(
        access_key_id=access_key,
        kind=_kind(members[2]),
        account_id=account,
        principal_id=principal,
        principal_arn=arn,
        session_name=name,
        issue_time=_instant(members[7]),
        expire_time=_instant(members[8]),
        issued_to=issued_to,
        parent_access_key_id=parent,
        origin_id=origin,
        epoch=Epoch(incarnation, _integer(members[13])),
        ancestors=_texts(ancestors, *range(len(ancestors))),
        source_identity=_optional_text(members[15]),
        binding=_binding(members[16]) if members[0] == _BOUND_VERSION else None,
    )


def encode_revocation(revocation: Revocation) -> bytes:
    """Packs a revocation into ASCII without a line break."""
    return _dump(
        [
            _VERSION,
            revocation.scope.value,
            revocation.subject,
            microseconds(revocation.revoke_time),
            microseconds(revocation.keep_until),
        ]
    )


def decode_revocation(packed: bytes) -> Revocation:
    """Unpacks a revocation.

    Raises:
        CorruptRecordError: it is not one.
    """
    _, scope, subject, revoke_time, keep_until = _load(packed, _REVOCATION_MEMBERS)
    if not isinstance(subject, str):
        raise CorruptRecordError("the subject is not text")
    return Revocation(
        scope=_scope(scope),
        subject=subject,
        revoke_time=_instant(revoke_time),
        keep_until=_instant(keep_until),
    )


def encode_decision(record: DecisionRecord) -> bytes:
    """Packs the record of a denial into ASCII without a line break."""
    return _dump(
        [
            _VERSION,
            record.decision_id,
            microseconds(record.decide_time),
            microseconds(record.expire_time),
            record.operation,
            record.caller_arn,
            record.caller_account_id,
            record.resource_account_id,
            record.reason,
            record.caller_view,
            # Within one account both views are one, which is written once.
            None
            if record.resource_view == record.caller_view
            else record.resource_view,
        ]
    )


def decode_decision(packed: bytes) -> DecisionRecord:
    """Unpacks the record of a denial.

    Raises:
        CorruptRecordError: it is not one.
    """
    members = _load(packed, _DECISION_MEMBERS)
    decision_id, operation, caller = _texts(members, 1, 4, 5)
    account, resource_account, reason, view = _texts(members, 6, 7, 8, 9)
    resource_view = _optional_text(members[10])
    return DecisionRecord(
        decision_id=decision_id,
        decide_time=_instant(members[2]),
        expire_time=_instant(members[3]),
        operation=operation,
        caller_arn=caller,
        caller_account_id=account,
        resource_account_id=resource_account,
        reason=reason,
        caller_view=view,
        resource_view=view if resource_view is None else resource_view,
    )


def _binding_text(binding: CallBinding | None) -> str:
    if binding is None:
        return "null"
    text = encode_basestring_ascii
    return (
        f"[{text(binding.call_id)},{text(binding.mint_id)}"
        f",{text(binding.token_digest)},{microseconds(binding.keep_until)}]"
    )


def _binding(value: JsonValue) -> CallBinding | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != _BINDING_MEMBERS:
        raise CorruptRecordError("the binding has not its number of members")
    call_id, mint_id, token_digest = _texts(value, 0, 1, 2)
    return CallBinding(call_id, mint_id, token_digest, _instant(value[3]))


def _dump(members: Sequence[str | int | None]) -> bytes:
    return _ENCODER.encode(members).encode("ascii")


def _load(packed: bytes, counts: Mapping[int, int]) -> list[JsonValue]:
    try:
        value = loads(packed, size_max=limits.STORE_RECORD_BYTES_MAX)
    except InvalidJsonError as error:
        raise CorruptRecordError(str(error)) from error
    if not isinstance(value, list) or not value:
        raise CorruptRecordError("the record has no members")
    version = value[0]
    # NOTE: `True == 1`, so the type is asked as well.
    if type(version) is not int or version not in counts:
        raise CorruptRecordError("the record is of an unknown version")
    if len(value) != counts[version]:
        raise CorruptRecordError("the record has not its number of members")
    return value


def _texts(members: list[JsonValue], *indexes: int) -> tuple[str, ...]:
    texts: list[str] = []
    for index in indexes:
        member = members[index]
        if not isinstance(member, str):
            raise CorruptRecordError("a member that is text is not text")
        texts.append(member)
    return tuple(texts)


def _integer(value: JsonValue) -> int:
    # NOTE: a bool is an int, and is not taken for one here.
    if type(value) is not int:
        raise CorruptRecordError("a member that is a whole number is not one")
    return value


def _instant(value: JsonValue) -> datetime:
    try:
        return instant_of(_integer(value))
    except OverflowError as error:
        raise CorruptRecordError("an instant is out of range") from error


def _kind(value: JsonValue) -> SessionKind:
    try:
        return SessionKind(str(value))
    except ValueError as error:
        raise CorruptRecordError("the session kind is unknown") from error


def _scope(value: JsonValue) -> RevocationScope:
    try:
        return RevocationScope(str(value))
    except ValueError as error:
        raise CorruptRecordError("the revocation scope is unknown") from error


def _optional_text(value: JsonValue) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise CorruptRecordError("a member that is text or null is neither")

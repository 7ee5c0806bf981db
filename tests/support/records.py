"""Session records, revocations and audit records as tests need them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from daypass.core.arn import is_account_id
from daypass.core.identifiers import encode_access_key_id
from daypass.core.ports import AuditRecord
from daypass.core.revocation import Epoch, Revocation, RevocationScope
from daypass.core.session import CallBinding, SessionKind, SessionRecord
from support.world import START

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "123456789012"
ROLE = "AROA" + "A" * 17
OTHER_ROLE = "AROA" + "B" * 17


def temporary_id(number: int, account_id: str = ACCOUNT) -> str:
    """Returns the access key id that a session record of this number has."""
    return encode_access_key_id("ASIA", account_id, number)


def session_record(
    number: int,
    *,
    now: datetime,
    lasts: timedelta = timedelta(hours=1),
    account_id: str = ACCOUNT,
    principal_id: str = ROLE,
) -> SessionRecord:
    """Returns a record that is told from others by its number."""
    owner = account_id if is_account_id(account_id) else ACCOUNT
    return SessionRecord(
        access_key_id=temporary_id(number, owner),
        kind=SessionKind.ROLE,
        account_id=account_id,
        principal_id=principal_id,
        principal_arn=f"arn:aws:iam::{account_id}:role/Röle",
        session_name=f"session-{number}",
        issue_time=now,
        expire_time=now + lasts,
        issued_to=f"arn:aws:iam::{account_id}:user/dev",
        parent_access_key_id="parent",
        origin_id="AIDA" + "C" * 17,
        epoch=Epoch("incarnation", number),
        ancestors=("parent",),
        source_identity="dev",
    )


def bound_record(
    number: int,
    *,
    now: datetime,
    lasts: timedelta = timedelta(hours=1),
    kept: timedelta = timedelta(minutes=16),
    call: str = "call",
    mint: str = "mint",
) -> SessionRecord:
    """Returns the record of a session that was issued to a signed call."""
    binding = CallBinding(call, mint, "token", now + kept)
    return replace(session_record(number, now=now, lasts=lasts), binding=binding)


def revocation(
    subject: str, *, now: datetime, kept: timedelta = timedelta(days=2)
) -> Revocation:
    """Returns a revocation of one session."""
    return Revocation(
        scope=RevocationScope.SESSION,
        subject=subject,
        revoke_time=now,
        keep_until=now + kept,
    )


def audit_record(number: int = 0, *, resource: str = "") -> AuditRecord:
    """Returns an audit record that is told from others by its number."""
    return AuditRecord(
        time=START,
        request_id=f"request-{number}",
        decision_id=f"decision-{number}",
        operation="AssumeRole",
        caller_arn="arn:aws:iam::111122223333:user/dev",
        caller_access_key_id=None,
        source_address="127.0.0.1",
        outcome="allowed",
        resource=resource,
        attributes=(("number", str(number)),),
    )

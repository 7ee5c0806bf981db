"""Revocations: which sessions are ended before their time.

Revocations stand in one numbered log. A session remembers how far that log had
been read when it was issued (its epoch), so that "every session of this role
issued before now" is decided by a counter and never by a clock (attacks C13).

SPEC: design 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from daypass.core.quick import quick_init

# Names, among the workers that follow a log, those of a log before it that was lost:
# they may still vouch by it, and nobody knows who they are. No worker has this id.
EARLIER_WORKERS: Final = ""


@quick_init
@dataclass(frozen=True, slots=True)
class Epoch:
    """A place in the revocation log.

    Attributes:
        incarnation: names the log. A store that lost its log has another one, and
            sessions of the lost one are refused: what was revoked is unknown.
        sequence: the number of the last entry that had been read, 0 for none.
    """

    incarnation: str
    sequence: int


class RevocationScope(StrEnum):
    """What a revocation names; the values are part of the log."""

    # One session, by access key id, and every session chained from it.
    SESSION = "session"
    # Sessions of a role or user, and those that began with the user; unique id.
    PRINCIPAL = "principal"
    # Sessions of an account, and those that they or its keys began; account id.
    ACCOUNT = "account"
    # One token that came of an exchange, by its id, and all that was made of it.
    TOKEN = "token"  # noqa: S105 - a word of the log.
    # A key of the ring, by its name, with all that it has signed, derived or sealed.
    KEY = "key"


@dataclass(frozen=True, slots=True)
class Revocation:
    """One revocation.

    Attributes:
        scope: what `subject` names.
        subject: an access key id, a unique id, an account id, a token's id, or the
            name of a key.
        revoke_time: when it was asked for.
        keep_until: when the last session that it can touch has been expired for
            a day; it may be forgotten then, and not before.
    """

    scope: RevocationScope
    subject: str
    revoke_time: datetime
    keep_until: datetime


@dataclass(frozen=True, slots=True)
class LoggedRevocation:
    """A revocation with its number, which counts up from 1 without a gap."""

    sequence: int
    revocation: Revocation

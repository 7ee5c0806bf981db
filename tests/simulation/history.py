"""What has happened in a simulated world, as an observer of all of it knows.

Times are true ones, in seconds of the loop. The observer does not look into replicas:
it goes by what clients were told, and by what they had asked for before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from daypass.core.exchanged_token import ExchangedToken
from daypass.core.ports import GuardKey
from daypass.core.revocation import Epoch, RevocationScope
from daypass.core.secret import Secret
from daypass.core.session import Session
from simulation.wire import LATE_SECONDS_MAX

# What these end, they end whenever it was issued.
_WHENEVER: Final = frozenset(
    {RevocationScope.SESSION, RevocationScope.TOKEN, RevocationScope.KEY}
)
# Where the store has lost the record and the log, the same call that is sent again is
# issued another one of the same name.
_OF_CALLS: Final = frozenset({RevocationScope.SESSION, RevocationScope.TOKEN})


class ViolationError(AssertionError):
    """An invariant does not hold; the text says which, and where."""


@dataclass(eq=False, slots=True, kw_only=True)
class Given:
    """What a client has been given: a session, a token, or an approval.

    Attributes:
        label: its name.
        token: its text.
        epoch: how far revocations were known when it was made.
        issue_time: since when it is good.
        expire_time: until when.
        parents: what it was made of, and what asked for it; it falls with them.
        proven_at: when its caller was proven.
        proven_last: when the same call, sent again, was proven last by then; what made
            it may have been that.
        names: by which a revocation ends it, if that came after it was proven.
        key_ids: the keys that it rests on: that which signed or sealed it, and the
            secret that its own secret is derived from.
    """

    label: str
    token: Secret
    epoch: Epoch
    issue_time: datetime
    expire_time: datetime
    parents: tuple[Given, ...]
    proven_at: float
    proven_last: float
    names: frozenset[tuple[RevocationScope, str]]
    key_ids: tuple[str, ...]

    @property
    def key_id(self) -> str:
        """The key that signed or sealed it."""
        return self.key_ids[0]


@dataclass(eq=False, slots=True, kw_only=True)
class Issued(Given):
    """A session.

    Attributes:
        session: what its token says.
        secret: its secret access key.
        parent: the session that it was chained from, or None.
        asked: for how long it was asked for.
    """

    session: Session
    secret: Secret
    parent: Issued | None
    asked: timedelta

    @property
    def access_key_id(self) -> str:
        """Its name."""
        return self.session.access_key_id


@dataclass(eq=False, slots=True, kw_only=True)
class Exchanged(Given):
    """A token that came of an exchange.

    Attributes:
        content: what it says.
    """

    content: ExchangedToken


@dataclass(eq=False, slots=True)
class Revoking:
    """A revocation that somebody has asked for.

    Attributes:
        name: what it ends.
        began_at: when it was asked for.
        effective_at: since when it must be effective everywhere; None where that was
            not promised.
        ended_at: when the caller had an answer, or gave up.
        sequence: its number in the log, where it is effective everywhere.
        log: the log that it stands in; empty where that is not known.
    """

    name: tuple[RevocationScope, str]
    began_at: float
    effective_at: float | None = None
    ended_at: float | None = None
    sequence: int = 0
    log: str = ""

    def may_touch(self, session: Given) -> bool:
        """Tells whether it may have ended a session that it names."""
        if self.name[0] in _WHENEVER or self.ended_at is None:
            return True
        # What was sent may arrive late, and then ends what was issued meanwhile.
        return session.proven_at <= self.ended_at + 2 * LATE_SECONDS_MAX

    def must_touch(self, session: Given, now: float) -> bool:
        """Tells whether it has ended a session that it names, for certain."""
        if self.effective_at is None or now < self.effective_at:
            return False
        scope, _ = self.name
        if scope in _OF_CALLS:
            whenever = self.log == session.epoch.incarnation
        else:
            whenever = scope in _WHENEVER
        return whenever or session.proven_last < self.began_at


@dataclass(slots=True)
class History:
    """All that was issued, revoked and used.

    Attributes:
        issued: the sessions, the oldest first.
        exchanged: the tokens of exchanges, likewise.
        approvals: what somebody approved that others may do, likewise.
        identities: identity tokens, likewise.
        by_call: the first session that each signed call was given.
        used: how often each one-time thing was accepted.
        proven: when each signed call was proven last.
    """

    issued: list[Issued] = field(default_factory=list)
    exchanged: list[Exchanged] = field(default_factory=list)
    approvals: list[Given] = field(default_factory=list)
    identities: list[Given] = field(default_factory=list)
    by_call: dict[str, Issued] = field(default_factory=dict)
    used: Counter[GuardKey] = field(default_factory=Counter)
    proven: dict[str, float] = field(default_factory=dict)
    _revoking: dict[tuple[RevocationScope, str], list[Revoking]] = field(
        default_factory=dict
    )

    def revoke(self, revoking: Revoking) -> None:
        """Takes note of a revocation that is asked for."""
        self._revoking.setdefault(revoking.name, []).append(revoking)

    def acknowledged(self, log: str, at: float) -> int:
        """Returns the greatest number of a log that was effective everywhere then."""
        return max(
            (
                each.sequence
                for revokings in self._revoking.values()
                for each in revokings
                if each.log == log
                and each.effective_at is not None
                and each.effective_at <= at
            ),
            default=0,
        )

    def must_be_revoked(self, session: Given, now: float) -> bool:
        """Tells whether every replica has to refuse a session by now."""
        by_key = any(each.must_touch(session, now) for each in self._of_key(session))
        return by_key or self._must_fall(session, now)

    def _must_fall(self, session: Given, now: float) -> bool:
        if any(each.must_touch(session, now) for each in self._named(session)):
            return True
        # What was made of it falls with it, whenever that was.
        return any(self._must_fall(each, now) for each in session.parents)

    def may_be_revoked(self, session: Given) -> bool:
        """Tells whether a replica may refuse a session as revoked."""
        return self.key_may_be_revoked(session) or self._may_fall(session)

    def key_may_be_revoked(self, session: Given) -> bool:
        """Tells whether a replica may not know the key of a session any more."""
        return any(self._of_key(session))

    def secret_may_be_revoked(self, session: Issued) -> bool:
        """Tells whether the secret may be out of use that a session is derived from."""
        name = RevocationScope.KEY, session.session.derivation_key_id
        return name in self._revoking

    def _may_fall(self, session: Given) -> bool:
        if any(each.may_touch(session) for each in self._named(session)):
            return True
        return any(map(self._may_fall, session.parents))

    def _of_key(self, session: Given) -> Iterator[Revoking]:
        """Yields what ends what a key has made, and nothing that was made of that."""
        for key_id in session.key_ids:
            yield from self._revoking.get((RevocationScope.KEY, key_id), ())

    def _named(self, session: Given) -> Iterator[Revoking]:
        for name in session.names:
            yield from self._revoking.get(name, ())

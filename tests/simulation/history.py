"""What has happened in a simulated world, as an observer of all of it knows.

Times are true ones, in seconds of the loop. The observer does not look into replicas:
it goes by what clients were told, and by what they had asked for before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from daypass.core.ports import GuardKey
from daypass.core.revocation import RevocationScope
from daypass.core.secret import Secret
from daypass.core.session import Session
from simulation.wire import LATE_SECONDS_MAX

# What these end, they end whenever it was issued.
_WHENEVER: Final = frozenset({RevocationScope.SESSION, RevocationScope.KEY})


class ViolationError(AssertionError):
    """An invariant does not hold; the text says which, and where."""


@dataclass(eq=False, slots=True)
class Issued:
    """A session that a client has been given.

    Attributes:
        session: what its token says.
        secret: its secret access key.
        token: its token.
        parent: the session that asked for it, or None.
        proven_at: when its caller was proven.
        proven_last: when the same call, sent again, was proven last by then; what made
            the session may have been that.
        answered_at: when it was given out.
        asked: for how long it was asked for.
        names: by which a revocation ends it, if that came after it was proven.
        key_id: the key that signed its token.
    """

    session: Session
    secret: Secret
    token: Secret
    parent: Issued | None
    proven_at: float
    proven_last: float
    answered_at: float
    asked: timedelta
    names: frozenset[tuple[RevocationScope, str]]
    key_id: str

    @property
    def access_key_id(self) -> str:
        """Its name."""
        return self.session.access_key_id


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

    def may_touch(self, session: Issued) -> bool:
        """Tells whether it may have ended a session that it names."""
        if self.name[0] in _WHENEVER or self.ended_at is None:
            return True
        # What was sent may arrive late, and then ends what was issued meanwhile.
        return session.proven_at <= self.ended_at + 2 * LATE_SECONDS_MAX

    def must_touch(self, session: Issued, now: float) -> bool:
        """Tells whether it has ended a session that it names, for certain."""
        if self.effective_at is None or now < self.effective_at:
            return False
        scope, _ = self.name
        if scope is RevocationScope.SESSION:
            # Where the store has lost the record and the log, the same call that is
            # sent again is issued another session of the same name.
            whenever = self.log == session.session.epoch.incarnation
        else:
            whenever = scope in _WHENEVER
        return whenever or session.proven_last < self.began_at


@dataclass(slots=True)
class History:
    """All that was issued, revoked and used.

    Attributes:
        issued: the sessions, the oldest first.
        by_call: the first session that each signed call was given.
        used: how often each one-time thing was accepted.
        proven: when each signed call was proven last.
    """

    issued: list[Issued] = field(default_factory=list)
    by_call: dict[int, Issued] = field(default_factory=dict)
    used: Counter[GuardKey] = field(default_factory=Counter)
    proven: dict[int, float] = field(default_factory=dict)
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

    def must_be_revoked(self, session: Issued, now: float) -> bool:
        """Tells whether every replica has to refuse a session by now."""
        by_key = any(each.must_touch(session, now) for each in self._of_key(session))
        return by_key or self._must_fall(session, now)

    def _must_fall(self, session: Issued, now: float) -> bool:
        if any(each.must_touch(session, now) for each in self._named(session)):
            return True
        # What was chained from it falls with it, whenever that was.
        return session.parent is not None and self._must_fall(session.parent, now)

    def may_be_revoked(self, session: Issued) -> bool:
        """Tells whether a replica may refuse a session as revoked."""
        return self.key_may_be_revoked(session) or self._may_fall(session)

    def key_may_be_revoked(self, session: Issued) -> bool:
        """Tells whether a replica may not know the key of a session any more."""
        return any(self._of_key(session))

    def _may_fall(self, session: Issued) -> bool:
        if any(each.may_touch(session) for each in self._named(session)):
            return True
        return session.parent is not None and self._may_fall(session.parent)

    def _of_key(self, session: Issued) -> Iterator[Revoking]:
        """Yields what ends a token of this key, and nothing that was chained from it."""
        yield from self._revoking.get((RevocationScope.KEY, session.key_id), ())

    def _named(self, session: Issued) -> Iterator[Revoking]:
        for name in session.names:
            yield from self._revoking.get(name, ())

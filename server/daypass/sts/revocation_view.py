"""What one worker knows of revocations, and whether it may still vouch for it.

A worker may say "not revoked" only while it holds a lease: it has told the log
how far it has read, and has read on after that. A revocation is acknowledged
when every worker with a live lease has applied it, so a worker whose lease has
run out must refuse; it may have missed one.

SPEC: design 7; attacks C13, R17, R21.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from daypass.core.errors import (
    InvalidClientTokenIdError,
    RevocationViewStaleError,
    ValidationError,
)
from daypass.core.exchanged_token import ExchangedToken
from daypass.core.identifiers import account_of_access_key_id
from daypass.core.lru import LruCache
from daypass.core.ports import Clock
from daypass.core.revocation import Epoch, LoggedRevocation, RevocationScope
from daypass.core.session import Session
from daypass.core.token_limits import SESSIONS_READ_MAX


class SessionRevokedError(InvalidClientTokenIdError):
    """The session has been revoked; callers see it as an invalid token."""


@dataclass(frozen=True, slots=True)
class RevocationInForce:
    """The last revocation of a subject, and until when it matters."""

    sequence: int
    scope: RevocationScope
    subject: str
    keep_until: datetime


class RevocationView:
    """The revocations in force, as of the last reading of the log.

    Args:
        clock: tells the age of the view.
        lease: how long a reading may be relied on.
        on_key_revoked: uses a key no more, from the moment it is called.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        lease: timedelta,
        on_key_revoked: Callable[[str], None] | None = None,
    ) -> None:
        self._clock = clock
        self._on_key_revoked = on_key_revoked
        self._lease_seconds = lease.total_seconds()
        self._epoch: Epoch | None = None
        self._read_at = float("-inf")
        self._sequences: dict[tuple[RevocationScope, str], int] = {}
        self._keep_until: dict[tuple[RevocationScope, str], datetime] = {}
        # Sessions that nothing in force ends: whatever is taken in forgets them all.
        self._unrevoked: LruCache[str, Session] = LruCache(size_max=SESSIONS_READ_MAX)
        # Another one whenever something is taken in; see `look`.
        self._mark = object()
        self._changed = asyncio.Event()

    @property
    def changed(self) -> asyncio.Event:
        """Is set when the view knows more than when it was taken."""
        return self._changed

    @property
    def epoch(self) -> Epoch:
        """How far the log is known.

        Raises:
            RevocationViewStaleError: for longer than a lease it was not read.
        """
        passed = self._clock.monotonic() - self._read_at
        if self._epoch is None or passed >= self._lease_seconds:
            raise RevocationViewStaleError(
                "revocation_view_stale",
                retry_after=timedelta(seconds=self._lease_seconds / 2),
            )
        return self._epoch

    @property
    def age(self) -> timedelta:
        """How long ago the log was last read through; the longest span if never."""
        seconds = self._clock.monotonic() - self._read_at
        return timedelta.max if seconds == float("inf") else timedelta(seconds=seconds)

    def look(self) -> tuple[timedelta, object]:
        """Returns how long ago the log was last read through, and a mark.

        As long as the mark is the same, nothing was taken in and the lease holds, so
        that a session which was not revoked is not. While it does not hold, it is None.
        """
        passed = self._clock.monotonic() - self._read_at
        if self._epoch is None or passed >= self._lease_seconds:
            return self.age, None
        return timedelta(seconds=passed), self._mark

    def begin(self, incarnation: str) -> None:
        """Begins at the start of a log, unless it is the one already followed."""
        if self._epoch is not None and self._epoch.incarnation == incarnation:
            return
        self._epoch = Epoch(incarnation, 0)
        self._read_at = float("-inf")
        self._sequences.clear()
        self._keep_until.clear()
        self._forget()
        self._wake()

    def apply(self, entries: Iterable[LoggedRevocation]) -> None:
        """Takes further entries in, in order."""
        for entry in entries:
            if self._epoch is None:
                return
            self._forget()
            revocation = entry.revocation
            key = (revocation.scope, revocation.subject)
            # Last in the order, so that what is new is found from the end.
            self._sequences.pop(key, None)
            self._sequences[key] = entry.sequence
            self._keep_until[key] = max(
                revocation.keep_until, self._keep_until.get(key, revocation.keep_until)
            )
            if revocation.scope is RevocationScope.KEY and self._on_key_revoked:
                # Before the entry counts as applied.
                self._on_key_revoked(revocation.subject)
            self._epoch = Epoch(self._epoch.incarnation, entry.sequence)
        self._wake()

    def since(self, sequence: int) -> tuple[RevocationInForce, ...]:
        """Returns what is in force of the entries behind a number, in order.

        Of several entries of one subject it is the last; that says all that they say.
        """
        found: list[RevocationInForce] = []
        for (scope, subject), number in reversed(self._sequences.items()):
            if number <= sequence:
                break
            keep_until = self._keep_until[scope, subject]
            found.append(RevocationInForce(number, scope, subject, keep_until))
        return tuple(reversed(found))

    def _forget(self) -> None:
        self._unrevoked.clear()
        self._mark = object()

    def _wake(self) -> None:
        # Those who wait hold the old event; whoever comes next gets a new one.
        self._changed.set()
        self._changed = asyncio.Event()

    def renew(self, read_from: float) -> None:
        """Says that the log was read through after the lease had been announced.

        Args:
            read_from: the monotonic time before the announcement was sent.
        """
        self._read_at = max(self._read_at, read_from)

    def forget_expired(self) -> None:
        """Drops the entries that no living session can meet."""
        now = self._clock.now()
        for key in [key for key, until in self._keep_until.items() if until <= now]:
            del self._keep_until[key]
            del self._sequences[key]

    def check(self, session: Session) -> Epoch:
        """Returns how far the view reaches, if it knows the session not to be revoked.

        Raises:
            SessionRevokedError: the session, one that it came from, its principal
                or its account was revoked after it was issued, or the log of its
                time is lost.
            RevocationViewStaleError: this worker cannot know.
        """
        if self._unrevoked.get(session.access_key_id) is session:
            return self.epoch
        epoch = self.check_anew(session)
        self._unrevoked.put(session.access_key_id, session)
        return epoch

    def check_anew(self, session: Session) -> Epoch:
        """Does the same for whoever remembers by itself; see `check` and `look`."""
        # NOTE: a name is given to one session. Where the store forgets that too early, a
        # signed call that is sent again is issued another one of the same name, and
        # whoever had the first one revoked meant the call, whatever the place of the
        # session in the log (decision 0033).
        if (RevocationScope.SESSION, session.access_key_id) in self._sequences:
            raise SessionRevokedError("session_revoked")
        return self._check(session.epoch, session.issue_time, _keys(session))

    def check_token(self, token: ExchangedToken) -> Epoch:
        """Returns how far the view reaches, if it knows the token not to be revoked.

        Raises:
            SessionRevokedError: the token, a token or session that it was made of,
                one of their principals or the account was revoked, or the log of
                its time is lost.
            RevocationViewStaleError: this worker cannot know.
        """
        return self._check(token.epoch, token.issue_time, _keys_of_token(token))

    def check_token_id(self, token_id: str) -> None:
        """Returns when no token of this id is known to have been revoked, ever.

        Raises:
            SessionRevokedError: one was, and another one must not have its id.
        """
        if (RevocationScope.TOKEN, token_id) in self._sequences:
            raise SessionRevokedError("token_id_revoked")

    def _check(
        self,
        issued: Epoch,
        issue_time: datetime,
        keys: Iterable[tuple[RevocationScope, str]],
    ) -> Epoch:
        epoch = self.epoch
        if issued.incarnation != epoch.incarnation:
            if self._clock.now() - self.age < issue_time:
                # Another worker may have met a new log that this one has not read.
                raise RevocationViewStaleError("revocation_log_unknown")
            raise SessionRevokedError("revocation_log_lost")
        if issued.sequence > epoch.sequence:
            # Another worker had read further when it issued this.
            raise RevocationViewStaleError("revocation_view_behind")
        # What was issued behind the last entry is touched by none.
        if issued.sequence < epoch.sequence and any(
            self._sequences.get(key, 0) > issued.sequence for key in keys
        ):
            raise SessionRevokedError("session_revoked")
        return epoch


def _keys_of_token(token: ExchangedToken) -> Iterable[tuple[RevocationScope, str]]:
    """Yields all that a revocation may name to end a token of an exchange."""
    yield RevocationScope.TOKEN, token.token_id
    yield RevocationScope.ACCOUNT, token.account_id
    yield RevocationScope.PRINCIPAL, token.client_principal_id
    for name in token.lineage:
        yield from _keys_of_ancestor(name)
    for principal_id in token.principals:
        yield RevocationScope.PRINCIPAL, principal_id
        # The unique id of a root user is its account.
        yield RevocationScope.ACCOUNT, principal_id


def _keys(session: Session) -> Iterable[tuple[RevocationScope, str]]:
    """Yields all that a revocation may name to end a session.

    A session falls with each one that it was chained from, and those fall with
    their role, their user or their account.
    """
    for name in (session.access_key_id, *session.ancestors):
        yield from _keys_of_ancestor(name)
    yield RevocationScope.ACCOUNT, session.account_id
    principals = (session.principal_id, session.origin_id)
    for principal_id in (*principals, *session.ancestor_principals):
        yield RevocationScope.PRINCIPAL, principal_id
    for principal_id in session.ancestor_principals:
        # The unique id of a root user is its account.
        yield RevocationScope.ACCOUNT, principal_id


def _keys_of_ancestor(name: str) -> Iterable[tuple[RevocationScope, str]]:
    """Yields what ends a session, or a token, that something was made of.

    The id of a token and an access key id look nothing alike.
    """
    yield RevocationScope.SESSION, name
    try:
        account_id = account_of_access_key_id(name)
    except ValidationError:
        # NOTE: a long-term key of the old style carries no account either. It is a
        # user's, whose sessions that are not temporary cannot be revoked.
        yield RevocationScope.TOKEN, name
    else:
        yield RevocationScope.ACCOUNT, account_id

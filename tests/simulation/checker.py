"""The invariants of a simulated world, and who holds it to them.

SPEC: reliability, I1 to I9; attacks C03, C11, C13, C14, R05, R09, M08, M15, S43, J58,
V01.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from daypass.adapters.guard_record import guard_name
from daypass.core.errors import UnavailableError
from daypass.core.ports import GuardKey
from daypass.core.revocation import Epoch
from daypass.sts.caller import Caller
from daypass.sts.verdict import Verdict
from simulation import organisation
from simulation.clocks import SkewedClock
from simulation.history import Exchanged, Given, History, Issued, Revoking
from simulation.model_state import StoreState
from simulation.model_store import ModelStore
from simulation.replica import LEASE, Replica
from simulation.ring_checker import RingChecker
from simulation.verdicts import by_time, check_lifetimes, require, verdict_of
from support.world import START

if TYPE_CHECKING:
    from simulation.verifiers import KeyFollower

# A replica that nothing has failed for so long has no reason not to know.
_CALM_SECONDS: Final = LEASE.total_seconds() + 4
# Two clocks are a second wrong each, and times of issue are cut to whole seconds.
_CLOCKS_DIFFER: Final = 3.0


class Checker:
    """Knows the history, and asks the replicas what they make of it.

    Args:
        history: what has happened.
        store: what is stored.
        store_clock: the clock of the store.
        rings: knows when keys were published.

    Attributes:
        rings: the same.
        verifiers: those who are shown what is issued.
    """

    def __init__(
        self,
        *,
        history: History,
        store: ModelStore,
        store_clock: SkewedClock,
        rings: RingChecker,
    ) -> None:
        self.history = history
        self.verifiers: list[KeyFollower] = []
        self.rings = rings
        self._store = store
        self._store_clock = store_clock
        self._revoked_at = float("-inf")
        self.probes = 0
        self.vouched = 0
        self.refused = 0
        admin = organisation.ADMINS[organisation.SHOP]
        user = organisation.directory().user_by_arn(admin)
        assert user is not None
        key = user.access_keys[0].access_key_id
        self._verifier = Caller(user.principal, key, "us-east-1", Epoch("", 0))

    def answered(
        self, issued: Issued, call: str | None, request_id: str, replica: Replica
    ) -> None:
        """Holds an answer that leaves to the invariants, and takes note of it."""
        key = issued.label
        _check_record(issued, request_id, replica)
        held = key in self._store.replica.sessions or self._may_forget(issued)
        require(held, "stored", f"{key} is not stored")
        check_lifetimes(issued)
        if call is not None:
            self._check_once(issued, call)
        self.history.issued.append(issued)
        self.shown(issued.key_id)

    def handed_out(
        self, token: Exchanged, lasts: timedelta, request_id: str, replica: Replica
    ) -> None:
        """Holds a token of an exchange to the invariants, and takes note of it."""
        _check_record(token, request_id, replica)
        ends = (token.issue_time + lasts, *(each.expire_time for each in token.parents))
        text = f"{token.label} outlives what it was made of"
        require(token.expire_time <= min(ends), "I6", text)
        self.history.exchanged.append(token)
        self.shown(token.key_id)

    def approved(self, approval: Given, request_id: str, replica: Replica) -> None:
        """Holds an approval to the invariants, and takes note of it."""
        _check_record(approval, request_id, replica)
        self.history.approvals.append(approval)

    def identified(self, token: Given, request_id: str, replica: Replica) -> None:
        """Holds an identity token to the invariants, and takes note of it."""
        _check_record(token, request_id, replica)
        self.history.identities.append(token)
        self.shown(token.key_id)

    def shown(self, key_id: str) -> None:
        """Shows verifiers what a key has signed."""
        if not self.rings.is_early(key_id):
            for verifier in self.verifiers:
                verifier.shown(key_id)

    def _check_once(self, issued: Issued, call: str) -> None:
        """Holds what a signed call is given to what it was given before."""
        first = self.history.by_call.setdefault(call, issued)
        same = first.session == issued.session or self._may_forget(first)
        # Whoever revokes a secret dates that by its own clock. Where that is far behind,
        # one of both is derived from that secret, and nobody can use it (ADR 0078).
        if any(clock.far_off_at >= 0 for clock in self.rings.clocks):
            ended = map(self.history.secret_may_be_revoked, (first, issued))
            same = same or any(ended)
        text = f"{call}: {first.label} and {issued.label}"
        require(same, "V01", text)

    def _may_forget(self, issued: Issued) -> bool:
        """Tells whether the store may have forgotten a record too early.

        Where its clock is set far ahead it does (decision 0013, "Cost"). That costs
        a record, and never makes a session good that was revoked.
        """
        true_time = timedelta(seconds=asyncio.get_running_loop().time())
        soon = START + true_time + timedelta(minutes=1)
        # A record is stored a while before the answer leaves, and may be gone by then.
        far_ahead = self._store_clock.far_ahead_at >= issued.proven_at
        emptied = self._store.emptied_at >= issued.proven_at
        return far_ahead or emptied or issued.session.expire_time <= soon

    def used(self, thing: GuardKey) -> None:
        """Takes note that a one-time thing was accepted."""
        if self._store.was_emptied:
            # What was used once can be used again then (docs/operations.md).
            return
        self.history.used[thing] += 1
        times = self.history.used[thing]
        require(times == 1, "I4", f"{thing} was accepted {times} times")
        self._check_used_up(thing, self._store.replica)

    def proven(self, given: Given, began_at: float) -> None:
        """Holds what somebody was believed for to what was revoked before it."""
        revoked = self.history.must_be_revoked(given, began_at)
        require(not revoked, "I1", f"the revoked {given.label} proves something")

    def refused_as_revoked(self, given: Given, replica: Replica) -> None:
        """Holds the refusal of what somebody shows to what was revoked at all."""
        text = f"{given.label} is refused, and nobody revoked it"
        require(self._may_be_refused(given, replica), "lives", text)

    def refused_without_key(self, given: Given) -> None:
        """Holds a refusal because a key is not known to which keys are in use."""
        gone = self.history.key_may_be_revoked(given) or self.rings.is_unsure
        require(gone, "lives", f"{given.label} is refused, whose key is in use")

    def revocation_began(self, revoking: Revoking) -> None:
        """Takes note of a revocation that is asked for."""
        self._revoked_at = asyncio.get_running_loop().time()
        self.history.revoke(revoking)

    def revocation_ended(
        self, revoking: Revoking, *, everywhere: bool, is_written: bool = True
    ) -> None:
        """Takes note of what the caller of a revocation was told."""
        now = asyncio.get_running_loop().time()
        self._revoked_at = revoking.ended_at = now
        if not everywhere:
            return
        if self._store.emptied_at < revoking.began_at:
            revoking.log = self._store.replica.incarnation
            stored = {
                (each.revocation.scope, each.revocation.subject)
                for each in self._store.replica.entries
            }
            held = revoking.name in stored or not is_written
            require(held, "stored", f"{revoking.name} is not stored")
        # Where the clock of the store was set forward, it has ended leases that
        # workers still count on; they end by themselves within one (decision 0012).
        forward_at = self._store_clock.set_forward_at
        revoking.effective_at = max(now, forward_at + LEASE.total_seconds())

    def token_revocation_ended(
        self,
        revoking: Revoking,
        token: Exchanged,
        replica: Replica,
        *,
        everywhere: bool,
    ) -> None:
        """Takes note of what the client was told that ends a token.

        Where the token is good no more, nothing is written. That it is over the
        replica goes by its own clock, and says nothing of other clocks.
        """
        over = by_time(token, replica) is Verdict.EXPIRED
        self.revocation_ended(
            revoking, everywhere=everywhere and not over, is_written=False
        )

    def failed_over(self) -> None:
        """Holds a store that has lost writes to what it had acknowledged."""
        for issued in self.history.issued:
            key = issued.label
            held = key in self._store.primary.sessions or self._may_forget(issued)
            require(held, "I2", f"{key} is lost")
        if self._store.was_emptied:
            return
        for thing in self.history.used:
            self._check_used_up(thing, self._store.primary)

    def _check_used_up(self, thing: GuardKey, state: StoreState) -> None:
        """Holds a server to what may not be accepted again, whatever its clock."""
        held = guard_name(thing) in state.guards
        require(held, "I4", f"{thing} is used, and may be used again")

    def ended(self, replicas: Iterable[Replica]) -> None:
        """Holds what is left in the store to what is on record as taken back."""
        given = {each.label for each in self.history.issued}
        for replica in replicas:
            # What was sent late, or again, may be there for all that.
            for key in replica.audit.taken_back - given - self._store.again:
                gone = key not in self._store.primary.sessions
                require(gone, "undo", f"{key} was taken back, and is still stored")

    def probe(self, replica: Replica, session: Given) -> None:
        """Asks a replica for its verdict on a token, and judges that."""
        self.probes += 1
        now = asyncio.get_running_loop().time()
        name = f"{session.label} at {replica.name}"
        must = self.history.must_be_revoked(session, now)
        try:
            verdict = verdict_of(replica, session, self._verifier)
        except UnavailableError:
            calm = self._is_calm(replica, now) and not must
            require(not calm, "lives", f"{name} cannot know without a reason")
            return
        if verdict is Verdict.UNKNOWN_KEY:
            self.refused += must
            gone = self.history.key_may_be_revoked(session) or self.rings.is_unsure
            require(gone, "lives", f"the key of {name} is not known")
            return
        timely = by_time(session, replica)
        if timely is not None:
            require(verdict is timely, "expiry", f"{name} is {verdict}")
        elif must:
            self.refused += 1
            require(verdict is Verdict.REVOKED, "I1", f"the revoked {name}: {verdict}")
        elif verdict is None:
            self.vouched += 1
            require(not self._must_be_lost(session, now), "lost", f"the lost {name}")
        else:
            allowed = verdict is Verdict.REVOKED and self._may_be_refused(
                session, replica
            )
            require(allowed, "lives", f"{name} is {verdict.name}")

    def _may_be_refused(self, session: Given, replica: Replica) -> bool:
        """Tells whether a replica may say that a session is revoked."""
        if self._is_of_lost_log(session) or self.history.may_be_revoked(session):
            return True
        # To a replica that has not met the newest log a session of that one looks
        # lost where it was issued at the time of its last reading, more or less.
        emptied_at, now = self._store.emptied_at, asyncio.get_running_loop().time()
        read_at = now - replica.view.age.total_seconds()
        off = any(clock.off_at >= emptied_at for clock in self.rings.clocks)
        near = off or session.proven_at < read_at + _CLOCKS_DIFFER
        return now < emptied_at + LEASE.total_seconds() and near

    def _is_of_lost_log(self, session: Given) -> bool:
        return session.epoch.incarnation in self._store.earlier

    def _must_be_lost(self, session: Given, now: float) -> bool:
        """Tells whether no replica counts on the log that a session was issued by.

        Nobody knows what was revoked in a log that is lost.
        """
        over = now > self._store.emptied_at + LEASE.total_seconds()
        return over and self._is_of_lost_log(session)

    def _is_calm(self, replica: Replica, now: float) -> bool:
        since = max(
            replica.wire.impaired_at,
            replica.began_at,
            self._store.emptied_at,
            self._revoked_at + LEASE.seconds,
        )
        return now - since > _CALM_SECONDS


def _check_record(given: Given, request_id: str, replica: Replica) -> None:
    on_record = request_id in replica.audit.granted
    require(on_record, "I9", f"{given.label} is not on record")

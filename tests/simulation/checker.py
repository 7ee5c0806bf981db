"""The invariants of a simulated world, and who holds it to them.

SPEC: reliability, I1 to I9; attacks C11, C13, C14, R05, R09, M08, M15, S43, J58, V01.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar

from daypass.adapters.guard_record import guard_name
from daypass.core import limits
from daypass.core.errors import UnavailableError
from daypass.core.ports import GuardKey
from daypass.core.revocation import Epoch, RevocationScope
from daypass.core.session import Session
from daypass.sts.caller import CallContext, Caller
from daypass.sts.exchanged_judge import VerifiedExchangedToken
from daypass.sts.verdict import Verdict
from daypass.sts.verify_token import VerifiedToken
from simulation import organisation
from simulation.clocks import SkewedClock
from simulation.history import History, Issued, Revoking, ViolationError
from simulation.model_state import StoreState
from simulation.model_store import ModelStore
from simulation.replica import CHAIN_MAX, LEASE, Replica
from simulation.ring_checker import RingChecker
from support.world import START

if TYPE_CHECKING:
    from simulation.verifiers import KeyFollower

T = TypeVar("T")
_CHAINED_MAX: Final = timedelta(seconds=limits.CHAINED_SESSION_SECONDS_MAX)
# A replica that nothing has failed for so long has no reason not to know.
_CALM_SECONDS: Final = LEASE.total_seconds() + 4
# Two clocks are a second wrong each, and times of issue are cut to whole seconds.
_CLOCKS_DIFFER: Final = 3.0
_PROBE: Final = CallContext("probe", "203.0.113.7", "probe/1", secure_transport=True)


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
        self, issued: Issued, call: int | None, request_id: str, replica: Replica
    ) -> None:
        """Holds an answer that leaves to the invariants, and takes note of it."""
        key = issued.access_key_id
        _require(request_id in replica.audit.granted, "I9", f"{key} is not on record")
        held = key in self._store.replica.sessions or self._may_forget(issued)
        _require(held, "stored", f"{key} is not stored")
        _check_lifetimes(issued)
        if call is not None:
            self._check_once(issued, call)
        self.history.issued.append(issued)
        for verifier in self.verifiers:
            if not self.rings.is_early(issued.key_id):
                verifier.shown(issued.key_id)

    def _check_once(self, issued: Issued, call: int) -> None:
        """Holds what a signed call is given to what it was given before."""
        first = self.history.by_call.setdefault(call, issued)
        same = first.session == issued.session or self._may_forget(first)
        text = f"call {call}: {first.access_key_id} and {issued.access_key_id}"
        _require(same, "V01", text)

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
        _require(times == 1, "I4", f"{thing} was accepted {times} times")
        self._check_used_up(thing, self._store.replica)

    def proven(self, parent: Issued, began_at: float) -> None:
        """Holds the proof of a session's holder to what was revoked before it."""
        _require(
            not self.history.must_be_revoked(parent, began_at),
            "I1",
            f"the revoked {parent.access_key_id} proves a caller",
        )

    def refused_as_revoked(self, session: Issued, replica: Replica) -> None:
        """Holds the refusal of a session's holder to what was revoked at all."""
        _require(
            self._may_be_refused(session, replica),
            "lives",
            f"{session.access_key_id} is refused, and nobody revoked it",
        )

    def revocation_began(self, revoking: Revoking) -> None:
        """Takes note of a revocation that is asked for."""
        self._revoked_at = asyncio.get_running_loop().time()
        self.history.revoke(revoking)

    def revocation_ended(self, revoking: Revoking, *, everywhere: bool) -> None:
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
            held = revoking.name in stored
            _require(held, "stored", f"{revoking.name} is not stored")
        # Where the clock of the store was set forward, it has ended leases that
        # workers still count on; they end by themselves within one (decision 0012).
        forward_at = self._store_clock.set_forward_at
        revoking.effective_at = max(now, forward_at + LEASE.total_seconds())

    def failed_over(self) -> None:
        """Holds a store that has lost writes to what it had acknowledged."""
        for issued in self.history.issued:
            key = issued.access_key_id
            held = key in self._store.primary.sessions or self._may_forget(issued)
            _require(held, "I2", f"{key} is lost")
        if self._store.was_emptied:
            return
        for thing in self.history.used:
            self._check_used_up(thing, self._store.primary)

    def _check_used_up(self, thing: GuardKey, state: StoreState) -> None:
        """Holds a server to what may not be accepted again, whatever its clock."""
        held = guard_name(thing) in state.guards
        _require(held, "I4", f"{thing} is used, and may be used again")

    def ended(self, replicas: Iterable[Replica]) -> None:
        """Holds what is left in the store to what is on record as taken back."""
        given = {each.access_key_id for each in self.history.issued}
        for replica in replicas:
            # What was sent late, or again, may be there for all that.
            for key in replica.audit.taken_back - given - self._store.again:
                gone = key not in self._store.primary.sessions
                _require(gone, "undo", f"{key} was taken back, and is still stored")

    def probe(self, replica: Replica, session: Issued) -> None:
        """Asks a replica for its verdict on a session, and judges that."""
        self.probes += 1
        now = asyncio.get_running_loop().time()
        name = f"{session.access_key_id} at {replica.name}"
        must = self.history.must_be_revoked(session, now)
        try:
            verdict = _verdict(replica, session, self._verifier)
        except UnavailableError:
            calm = self._is_calm(replica, now) and not must
            _require(not calm, "lives", f"{name} cannot know without a reason")
            return
        if verdict is Verdict.UNKNOWN_KEY:
            self.refused += must
            gone = self.history.key_may_be_revoked(session) or self.rings.is_unsure
            _require(gone, "lives", f"the key of {name} is not known")
            return
        by_time = _by_time(session.session, replica)
        if by_time is not None:
            _require(verdict is by_time, "expiry", f"{name} is {verdict}")
        elif must:
            self.refused += 1
            _require(verdict is Verdict.REVOKED, "I1", f"the revoked {name}: {verdict}")
        elif verdict is None:
            self.vouched += 1
            _require(not self._must_be_lost(session, now), "lost", f"the lost {name}")
        else:
            allowed = verdict is Verdict.REVOKED and self._may_be_refused(
                session, replica
            )
            _require(allowed, "lives", f"{name} is {verdict.name}")

    def _may_be_refused(self, session: Issued, replica: Replica) -> bool:
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

    def _is_of_lost_log(self, session: Issued) -> bool:
        return session.session.epoch.incarnation in self._store.earlier

    def _must_be_lost(self, session: Issued, now: float) -> bool:
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


def _verdict(replica: Replica, session: Issued, caller: Caller) -> Verdict | None:
    """Returns why a token is not good, or None where it is."""
    outcome = at_once(replica.use_cases.verify_token.run(session.token, caller, _PROBE))
    if isinstance(outcome, Verdict):
        return outcome
    assert not isinstance(outcome, VerifiedExchangedToken)
    assert isinstance(outcome, VerifiedToken)
    assert outcome.session == session.session, "the token says something else"
    return None


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """Runs what waits for nobody; verifying does not."""
    try:
        work.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    raise AssertionError("a verdict has to wait for something")


def _by_time(session: Session, replica: Replica) -> Verdict | None:
    """Returns what the clock of a replica makes of a session, by itself."""
    now = replica.clock.now()
    if session.issue_time > now + limits.OWN_TOKEN_LEEWAY:
        return Verdict.NOT_YET_VALID
    return Verdict.EXPIRED if session.expire_time <= now else None


def _check_lifetimes(issued: Issued) -> None:
    session, key = issued.session, issued.access_key_id
    lasts = session.expire_time - session.issue_time
    _require(lasts <= issued.asked, "I6", f"{key} lasts {lasts}")
    if issued.parent is None or not session.ancestors:
        return
    _require(lasts <= _CHAINED_MAX, "I6", f"the chained {key} lasts {lasts}")
    until = issued.parent.session.chain_begin + CHAIN_MAX
    _require(session.expire_time <= until, "I6", f"{key} outlives its chain")
    inherited = issued.parent.session.source_identity
    same = inherited in {None, session.source_identity}
    _require(same, "I5", f"{key} has not the source identity of its parent")


def _require(holds: bool, invariant: str, text: str) -> None:  # noqa: FBT001
    if not holds:
        raise ViolationError(f"{invariant}: {text}")


def names_of(session: Session) -> frozenset[tuple[RevocationScope, str]]:
    """Returns by which names a session may be revoked."""
    principal = RevocationScope.PRINCIPAL
    user = organisation.directory().user_by_id(session.origin_id)
    began = session.account_id if user is None else user.principal.account_id
    return frozenset(
        {
            (RevocationScope.SESSION, session.access_key_id),
            (RevocationScope.ACCOUNT, session.account_id),
            # Whatever the token says of it (decision 0055).
            (RevocationScope.ACCOUNT, began),
            (principal, session.principal_id),
            (principal, session.origin_id),
        }
    )

"""What replicas say of what was given out, and what can be said of it by itself."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, Final, TypeVar

from daypass.core import limits
from daypass.core.revocation import RevocationScope
from daypass.core.session import Session
from daypass.sts.caller import CallContext, Caller
from daypass.sts.exchanged_judge import VerifiedExchangedToken
from daypass.sts.verdict import Verdict
from simulation import organisation
from simulation.history import Exchanged, Given, Issued, ViolationError
from simulation.replica import CHAIN_MAX, Replica

T = TypeVar("T")
_CHAINED_MAX: Final = timedelta(seconds=limits.CHAINED_SESSION_SECONDS_MAX)
_PROBE: Final = CallContext("probe", "203.0.113.7", "probe/1", secure_transport=True)


def verdict_of(replica: Replica, given: Given, caller: Caller) -> Verdict | None:
    """Returns why a token is not good, or None where it is."""
    outcome = at_once(replica.use_cases.verify_token.run(given.token, caller, _PROBE))
    if isinstance(outcome, Verdict):
        return outcome
    if isinstance(outcome, VerifiedExchangedToken):
        assert isinstance(given, Exchanged), "another kind of token"
        assert outcome.token == given.content, "the token says something else"
        return None
    assert isinstance(given, Issued), "another kind of token"
    assert outcome.good.session == given.session, "the token says something else"
    return None


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """Runs what waits for nobody; verifying does not."""
    try:
        work.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    raise AssertionError("a verdict has to wait for something")


def by_time(given: Given, replica: Replica) -> Verdict | None:
    """Returns what the clock of a replica makes of a token, by itself."""
    now = replica.clock.now()
    if given.issue_time > now + limits.OWN_TOKEN_LEEWAY:
        return Verdict.NOT_YET_VALID
    return Verdict.EXPIRED if given.expire_time <= now else None


def check_lifetimes(issued: Issued) -> None:
    """Holds a session to how long it may last, and on whose behalf it may act."""
    session, key = issued.session, issued.label
    lasts = session.expire_time - session.issue_time
    require(lasts <= issued.asked, "I6", f"{key} lasts {lasts}")
    if issued.parent is None or not session.ancestors:
        return
    require(lasts <= _CHAINED_MAX, "I6", f"the chained {key} lasts {lasts}")
    until = issued.parent.session.chain_begin + CHAIN_MAX
    require(session.expire_time <= until, "I6", f"{key} outlives its chain")
    inherited = issued.parent.session.source_identity
    same = inherited in {None, session.source_identity}
    require(same, "I5", f"{key} has not the source identity of its parent")


def require(holds: bool, invariant: str, text: str) -> None:  # noqa: FBT001
    """Returns when an invariant holds, and raises otherwise."""
    if not holds:
        raise ViolationError(f"{invariant}: {text}")


def names_of(session: Session) -> frozenset[tuple[RevocationScope, str]]:
    """Returns by which names a session may be revoked."""
    principal, account = RevocationScope.PRINCIPAL, RevocationScope.ACCOUNT
    user = organisation.directory().user_by_id(session.origin_id)
    began = session.account_id if user is None else user.principal.account_id
    return frozenset(
        {
            (RevocationScope.SESSION, session.access_key_id),
            (account, session.account_id),
            # Whatever the token says of it (decision 0055).
            (account, began),
            (principal, session.principal_id),
            (principal, session.origin_id),
            *((principal, each) for each in session.ancestor_principals),
            # The unique id of a root user is its account.
            *((account, each) for each in session.ancestor_principals),
        }
    )

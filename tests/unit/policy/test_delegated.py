"""Session policies that are a cap hold against every other grant.

Whoever acts as somebody else has what was approved at the most, also where a
resource names that somebody (attacks C07).
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from daypass.core.principal import AccountPrincipal
from daypass.policy.decision import Effect, Slot
from daypass.policy.evaluate import PolicySlots, Question, decide
from support.policies import S, U, allow, ask, grant, slots
from support.policy_strategies import compiled, questions
from support.reference_policy import Asked

OTHER = [[allow("ec2:*")]]
FITTING = [[allow("s3:*")]]


def _capped(**given_slots: object) -> PolicySlots:
    found = slots(**given_slots)  # type: ignore[arg-type]
    return replace(found, session_is_cap=True)


@pytest.mark.parametrize("who", [U, S], ids=["user", "session"])
def test_direct_grant_does_not_pass_the_cap(who: AccountPrincipal) -> None:
    """A resource that names the caller itself does not add to what was approved."""
    granting = [grant(who.arn)]

    refused = ask(who=who, slots=_capped(session=OTHER, granting=granting))

    assert (Effect.IMPLICIT_DENY, Slot.SESSION) == (refused.effect, refused.slot)
    assert ask(who=who, slots=slots(session=OTHER, granting=granting)).allowed
    assert ask(who=who, slots=_capped(session=FITTING, granting=granting)).allowed


def test_cap_alone_grants_nothing() -> None:
    """What was approved and the caller may not do is refused."""
    decision = ask(slots=_capped(session=FITTING))

    assert (Effect.IMPLICIT_DENY, Slot.IDENTITY) == (decision.effect, decision.slot)


def test_cap_without_policies_refuses() -> None:
    """A cap that says nothing lets nothing through."""
    assert not ask(slots=_capped(identity=[allow()])).allowed
    assert not ask(slots=_capped(identity=[allow()], session=[])).allowed


def test_both_allow() -> None:
    """What was approved and the caller may do is allowed."""
    assert ask(slots=_capped(identity=[allow()], session=FITTING)).allowed


@given(asked=questions())
def test_c07_delegated_within_both(asked: Asked) -> None:
    """C07: what is allowed under a cap is allowed without it, and by the cap alone."""
    question = compiled(replace(asked, session_is_cap=bool(asked.session)))
    if not question.slots.session or not decide(question).allowed:
        return
    own = replace(question.slots, session=None, session_is_cap=False)

    assert decide(replace(question, slots=own)).allowed
    if isinstance(question.principal, AccountPrincipal):
        assert _by_session_alone(question)


def _by_session_alone(question: Question) -> bool:
    """Tells whether the session policies would allow it as somebody's only ones."""
    if question.action == "sts:GetCallerIdentity":
        return True
    alone = PolicySlots(identity=question.slots.session or ())
    return decide(
        replace(
            question,
            principal=U,
            resource_account=U.account_id,
            slots=alone,
        )
    ).allowed

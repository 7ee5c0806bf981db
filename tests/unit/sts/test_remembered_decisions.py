"""What is remembered of decisions says what would be decided anew.

SPEC: policy-language 7; decision 0044.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from daypass.core.principal import Principal
from daypass.policy.context import DeferredContext, RequestContext
from daypass.policy.decision import Decision
from daypass.policy.evaluate import decide
from daypass.policy.question import PolicySlots, Question
from daypass.sts.remembered_decisions import RememberedDecisions
from support.policies import OBJECT, A, S, U, allow, deny, identity_keys, slots
from support.policy_strategies import compiled, questions, request_keys
from support.properties import tries
from support.reference_policy import Asked

Keys = Mapping[str, str | Sequence[str]]


def ask(
    remembered: RememberedDecisions,
    applying: PolicySlots,
    *,
    who: Principal = U,
    action: str = "s3:GetObject",
    keys: Keys | None = None,
) -> Decision:
    """Asks a question whose context is made if it is asked for."""
    context = DeferredContext(lambda: {**identity_keys(who), **(keys or {})})
    return remembered.decide(
        Question(
            action=action,
            resource=OBJECT,
            resource_account=A,
            principal=who,
            context=context,
            slots=applying,
        ),
        context,
    )


def test_refusal_is_decided_anew() -> None:
    """A refusal is not remembered."""
    remembered = RememberedDecisions()

    assert not ask(remembered, slots(identity=[deny()])).allowed
    assert 0 == len(remembered)


@pytest.mark.parametrize(
    "statement",
    [
        allow(Condition={"StringEquals": {"aws:SourceIp": "10.0.0.1"}}),
        allow(Condition={"StringNotEquals": {"aws:SourceIp": "10.0.0.2"}}),
        allow(Condition={"Null": {"aws:SourceIp": "false"}}),
        allow(resource=OBJECT.rpartition("/")[0] + "/${aws:SourceIp}*"),
    ],
)
def test_what_asks_the_request_is_decided_anew(statement: dict[str, Any]) -> None:
    """A condition or a variable keeps an answer from being remembered."""
    remembered = RememberedDecisions()

    ask(remembered, slots(identity=[statement]), keys={"aws:SourceIp": "10.0.0.1"})

    assert 0 == len(remembered)


def test_default_of_a_variable_asks_the_request() -> None:
    """A variable with a default asks for its key, and is not remembered."""
    remembered = RememberedDecisions()
    folder, _, name = OBJECT.rpartition("/")
    applying = slots(identity=[allow(resource=f"{folder}/${{x, '{name}'}}")])

    assert ask(remembered, applying).allowed
    assert not ask(remembered, applying, keys={"x": "other"}).allowed


def test_session_policies_are_not_remembered() -> None:
    """The policies of one session leave nothing behind."""
    remembered = RememberedDecisions()
    applying = slots(identity=[allow()], session=[[allow()]])

    assert ask(remembered, applying, who=S).allowed
    assert 0 == len(remembered)


def test_other_questions_are_decided_by_themselves() -> None:
    """What is remembered is of this principal, action and these policies alone."""
    remembered = RememberedDecisions()
    applying = slots(identity=[allow("s3:GetObject")])
    assert ask(remembered, applying).allowed

    assert not ask(remembered, applying, action="s3:PutObject").allowed
    assert not ask(remembered, slots(identity=[deny()])).allowed
    for place in ("boundary", "scp_levels", "rcp_levels"):
        other = slots(
            boundary=[deny()], scp=[[[deny()]]], rcp=[[[deny(Principal="*")]]]
        )
        changed = replace(applying, **{place: getattr(other, place)})
        assert not ask(remembered, changed).allowed


def test_remembered_is_not_made() -> None:
    """What is remembered asks for no context."""
    remembered = RememberedDecisions()
    applying = slots(identity=[allow()])
    first = ask(remembered, applying)

    second = ask(remembered, applying, keys={"aws:SourceIp": "10.0.0.1"})

    assert first is second
    assert 1 == len(remembered)


def test_oldest_is_forgotten() -> None:
    """No more is remembered than there is room for."""
    remembered = RememberedDecisions(size_max=1)
    for action in ("s3:GetObject", "s3:PutObject"):
        assert ask(remembered, slots(identity=[allow()]), action=action).allowed

    assert 1 == len(remembered)


@pytest.mark.timeout(120)
@tries(200)
@given(questions(), request_keys())
def test_agrees_with_deciding_anew(asked: Asked, keys: dict[str, list[str]]) -> None:
    """Under random policies the second request is told what is true of it."""
    remembered = RememberedDecisions()
    question = compiled(asked)
    first = question.context
    second = RequestContext.of({**identity_keys(question.principal), **keys})

    for context in (first, second, first):
        # Of every instant and address a context of its own, and the same policies.
        deferred = _deferred(context)
        found = remembered.decide(replace(question, context=deferred), deferred)
        assert decide(replace(question, context=context)) == found


def _deferred(context: RequestContext) -> DeferredContext:
    return DeferredContext(lambda: context._values)

"""What holds of every decision, over random policies and questions.

SPEC: attacks P17 to P20 and P37.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.errors import RejectedError
from daypass.policy.context import RequestContext
from daypass.policy.decision import Effect
from daypass.policy.document import DocumentKind, PolicySource
from daypass.policy.evaluate import decide
from daypass.policy.grammar import LATEST_VERSION, VERSIONS
from daypass.policy.parse import parse_policy
from daypass.policy.pattern import Wildcard
from support import reference_policy
from support.policies import ROOT, A, F, S, U, allow, deny, document, policy, result
from support.policy_strategies import (
    compiled,
    conditions,
    documents,
    questions,
    request_keys,
)
from support.properties import tries
from support.reference_conditions import condition_holds, glob, symbols
from support.reference_policy import Asked

fewer = tries(80)
EVERYTHING = document(allow())
NO_ONE = document(deny())


def allowed(asked: Asked) -> bool:
    """Returns whether the engine allows."""
    return decide(compiled(asked)).effect is Effect.ALLOW


# Hundreds of questions, each also to the naive evaluator, are seconds of computing:
# on a machine that others keep busy they come near the limit of other tests.
@pytest.mark.timeout(120)
@tries(300)
@given(questions())
def test_agrees_with_the_reference(asked: Asked) -> None:
    """The engine and the naive evaluator give one answer."""
    expected = reference_policy.decide(asked)

    assert expected == result(decide(compiled(asked)))


@tries(400)
@given(conditions((1,)), request_keys(), st.sampled_from(sorted(VERSIONS)))
def test_conditions_agree_with_the_reference(
    condition: dict[str, dict[str, list[Any]]],
    keys: dict[str, list[str]],
    version: str,
) -> None:
    """Every operator and set operator gives the answer of the naive evaluator."""
    facts = {**keys, "aws:username": ["bob"]}
    variables = {"variables": version == LATEST_VERSION}
    ((operator, ((key, values),)),) = (
        (operator, tuple(entries.items())) for operator, entries in condition.items()
    )
    expected = condition_holds(operator, key, values, facts, variables)

    statement = policy(allow(Condition=condition), version=version).statements[0]

    assert expected == statement.conditions[0].holds(RequestContext.of(facts))


@fewer
@given(st.text("ab*?", max_size=12), st.text("ab", max_size=20))
def test_wildcards_match_as_defined(pattern: str, text: str) -> None:
    """The linear matcher agrees with the table of prefixes."""
    expected = glob(symbols(pattern, wildcards=True), text)

    assert expected == Wildcard.parse(pattern).matches(text)


@fewer
@given(questions())
def test_deny_always_wins(asked: Asked) -> None:
    """A Deny of everything in any slot of the caller denies explicitly."""
    session = replace(asked, principal=S)
    denied = [
        replace(session, identity=[*asked.identity, NO_ONE]),
        replace(session, session=[*asked.session, NO_ONE]),
        replace(session, boundary=NO_ONE),
        replace(session, scp=[*asked.scp, [NO_ONE]]),
    ]

    for question in denied:
        assert Effect.EXPLICIT_DENY is decide(compiled(question)).effect


@fewer
@given(questions())
def test_deny_of_the_resource_wins(asked: Asked) -> None:
    """A Deny of everyone in the resource policy denies explicitly, root included."""
    denial = {"Version": "2012-10-17", "Statement": {**deny(), "Principal": "*"}}

    for who in (U, S, F, ROOT, asked.principal):
        question = replace(asked, principal=who, resource_policy=denial)
        assert Effect.EXPLICIT_DENY is decide(compiled(question)).effect


@fewer
@given(questions())
def test_order_never_matters(asked: Asked) -> None:
    """Statements and policies in another order give the same answer."""
    expected = result(decide(compiled(asked)))

    turned = replace(
        asked,
        identity=[_turned(each) for each in reversed(asked.identity)],
        session=[_turned(each) for each in reversed(asked.session)],
        scp=list(reversed(asked.scp)),
        resource_policy=asked.resource_policy and _turned(asked.resource_policy),
    )

    assert expected == result(decide(compiled(turned)))


def _turned(found: reference_policy.Document) -> reference_policy.Document:
    return {**found, "Statement": list(reversed(found["Statement"]))}


@fewer
@given(questions())
def test_session_policies_only_narrow(asked: Asked) -> None:
    """What session policies allow to a role session it may do without them."""
    session = replace(asked, principal=S)

    # NOTE: where they are a cap, none of them is a cap that lets nothing through.
    without = replace(session, session=(), session_is_cap=False)
    assert not allowed(session) or allowed(without)


@fewer
@given(questions())
def test_boundary_only_narrows(asked: Asked) -> None:
    """What is allowed within a boundary is allowed without it."""
    assert not allowed(asked) or allowed(replace(asked, boundary=None))


@fewer
@given(questions())
def test_organisation_only_narrows(asked: Asked) -> None:
    """What is allowed under organisation policies is allowed without them."""
    assert not allowed(asked) or allowed(replace(asked, scp=(), rcp=()))


@fewer
@given(questions())
def test_wide_caps_grant_nothing(asked: Asked) -> None:
    """A boundary and session policies that allow everything add no access."""
    own = replace(asked, principal=S, boundary=None, session=(), session_is_cap=False)
    capped = replace(own, boundary=EVERYTHING, session=[EVERYTHING])

    assert allowed(own) or not allowed(capped)


@fewer
@given(
    documents(principal=True),
    st.lists(
        st.tuples(st.integers(0, 2_000), st.sampled_from('"{}[]:,*?$\\ aA0\x00')),
        max_size=4,
    ),
    st.sampled_from(list(DocumentKind)),
)
def test_mutated_documents_never_crash(
    found: reference_policy.Document, edits: list[tuple[int, str]], kind: DocumentKind
) -> None:
    """A damaged document is refused as one, or decides without a fault."""
    text = json.dumps(found)
    for number, character in edits:
        place = number % len(text)
        text = text[:place] + character + text[place + 1 :]
    try:
        parsed = parse_policy(text, kind=kind, source=PolicySource("x", "p"))
    except RejectedError:
        return

    question = compiled(
        Asked(action="s3:GetObject", resource="*", account=A, principal=U, keys={})
    )
    slots = replace(question.slots, identity=(parsed,), resource=parsed)
    decision = decide(replace(question, slots=slots))

    assert decision.fault is None

"""What holds of every explanation, over random policies and questions.

SPEC: policy-language 7.8; attacks P41.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given

from daypass.core.principal import Principal, RoleSession, User
from daypass.core.strict_json import loads
from daypass.policy.change import Change, Edit, EditKind
from daypass.policy.decision import Effect, Slot
from daypass.policy.document import DocumentKind, Policy, PolicySource
from daypass.policy.evaluate import PolicySlots, Question, decide
from daypass.policy.explain import explain
from daypass.policy.explanation import SIDES, Explanation, Side
from daypass.policy.explanation_json import explanation_from_json
from daypass.policy.parse import parse_policy_value
from support.policies import OBJECT, A
from support.policy_strategies import compiled, questions
from support.properties import tries
from support.reference_policy import Asked

# Many questions are explained; a busy machine takes longer for it than for others.
pytestmark = pytest.mark.timeout(120)

fewer = tries(60)
KINDS = {
    Slot.SCP: DocumentKind.SERVICE_CONTROL,
    Slot.RESOURCE: DocumentKind.RESOURCE,
    Slot.IDENTITY: DocumentKind.INLINE,
    Slot.BOUNDARY: DocumentKind.MANAGED,
    Slot.SESSION: DocumentKind.SESSION,
}


def applied(question: Question, change: Change) -> Question:
    """Makes every edit of a change, as the owner of the policies would."""
    for edit in change.edits:
        question = _edited(question, edit)
    return question


def _edited(question: Question, edit: Edit) -> Question:
    if edit.key is not None:
        context = question.context.including({edit.key: edit.values})
        return replace(question, context=context)
    if edit.kind is EditKind.ADD_STATEMENT:
        added = _written(edit, question.principal)
        return replace(question, slots=_with(question.slots, edit, added))
    return replace(question, slots=_without(question.slots, edit))


def _written(edit: Edit, principal: Principal) -> Policy:
    assert edit.statement is not None, "an added statement is written out"
    document = {"Version": "2012-10-17", "Statement": json.loads(edit.statement)}

    def stored(name: str) -> str:
        if isinstance(principal, User) and name == principal.arn:
            return principal.unique_id
        if isinstance(principal, RoleSession) and name == principal.principal_arn:
            return principal.role_id
        return name

    # A role's own policy is the one that names no resource.
    is_trust = edit.slot is Slot.RESOURCE and "Resource" not in document["Statement"]
    return parse_policy_value(
        document,
        kind=DocumentKind.TRUST if is_trust else KINDS[edit.slot],
        source=PolicySource("added", "added"),
        resolve=stored,
    )


def _with(slots: PolicySlots, edit: Edit, added: Policy) -> PolicySlots:
    match edit.slot:
        case Slot.IDENTITY:
            return replace(slots, identity=(*slots.identity, added))
        case Slot.SESSION:
            return replace(slots, session=(*(slots.session or ()), added))
        case Slot.RESOURCE:
            return replace(slots, resource=_grown(slots.resource, added))
        case Slot.BOUNDARY:
            return replace(slots, boundary=_grown(slots.boundary, added))
        case _:
            assert edit.level is not None, "an organisation policy has a level"
            levels = list(slots.scp_levels)
            levels[edit.level] = (*levels[edit.level], added)
            return replace(slots, scp_levels=tuple(levels))


def _grown(policy: Policy | None, added: Policy) -> Policy:
    if policy is None:
        return added
    return replace(policy, statements=(*policy.statements, *added.statements))


def _without(slots: PolicySlots, edit: Edit) -> PolicySlots:
    """Takes away the statement at a place."""
    place = edit.reference
    assert place is not None, "a statement to take away is named"

    def cut(policy: Policy) -> Policy:
        if policy.source.name != place.policy:
            return policy
        kept = [s for s in policy.statements if s.reference.index != place.index]
        return replace(policy, statements=tuple(kept))

    return _mapped(slots, cut)


def _mapped(slots: PolicySlots, turn: Callable[[Policy], Policy]) -> PolicySlots:
    def all_of(policies: Sequence[Policy]) -> tuple[Policy, ...]:
        return tuple(map(turn, policies))

    return PolicySlots(
        identity=all_of(slots.identity),
        resource=slots.resource and turn(slots.resource),
        resource_policy_required=slots.resource_policy_required,
        boundary=slots.boundary and turn(slots.boundary),
        session=slots.session and all_of(slots.session),
        scp_levels=tuple(map(all_of, slots.scp_levels)),
        rcp_levels=tuple(map(all_of, slots.rcp_levels)),
    )


def named(question: Question) -> Question:
    """Gives every policy a name of its own, so that places are unique."""
    numbers = count()

    def rename(policy: Policy) -> Policy:
        source = replace(policy.source, name=f"p{next(numbers)}")
        renamed = (
            replace(each, reference=replace(each.reference, source=source))
            for each in policy.statements
        )
        return replace(policy, source=source, statements=tuple(renamed))

    return replace(question, slots=_mapped(question.slots, rename))


def statements(found: Explanation) -> list[tuple[Slot, str, int]]:
    """Returns the statements that an explanation says matched, in its order."""
    return [
        (slot.slot, each.effect, each.reference.index)
        for slot in found.slots
        for policy in slot.policies
        for each in policy.statements
        if each.matched
    ]


@tries(150)
@given(questions())
def test_nearest_changes_are_true(asked: Asked) -> None:
    """Making every edit of a proposed change turns the denial into a grant."""
    question = named(compiled(asked))

    for change in explain(question).nearest:
        assert decide(applied(question, change)).allowed, change.text


@fewer
@given(questions())
def test_grants_need_no_change(asked: Asked) -> None:
    """Changes are proposed for denials only."""
    found = explain(compiled(asked))

    assert not (decide(compiled(asked)).allowed and found.nearest)


@fewer
@given(questions())
def test_explains_the_decision_taken(asked: Asked) -> None:
    """Effect, slot, missing keys and slot outcomes are those of the decision."""
    question = compiled(asked)
    decision = decide(question)

    found = explain(question, decision)

    assert decision.effect is found.effect
    assert decision.slot is found.slot
    assert decision.missing_keys == found.missing_keys
    assert [(each.slot, each.effect) for each in decision.outcomes] == [
        (each.slot, each.effect) for each in found.slots
    ]


@fewer
@given(questions())
def test_statements_match_as_decided(asked: Asked) -> None:
    """A statement is said to match exactly when the decision counted it."""
    question = compiled(asked)
    expected = sorted(
        (outcome.slot, effect, reference.index)
        for outcome in decide(question).outcomes
        for effect, references in (("Allow", outcome.allows), ("Deny", outcome.denies))
        for reference in references
    )

    assert expected == sorted(statements(explain(question)))


@fewer
@given(questions())
def test_missing_keys_of_slots_add_up(asked: Asked) -> None:
    """The missing keys of all slots together are those of the decision."""
    found = explain(compiled(asked))

    keys = {name.lower() for slot in found.slots for name in slot.missing_keys}
    assert {name.lower() for name in found.missing_keys} == keys


@fewer
@given(questions())
def test_survives_a_store(asked: Asked) -> None:
    """An explanation is read back from its JSON as it was."""
    found = explain(compiled(asked))

    text = json.dumps(found.to_json())

    assert found == explanation_from_json(loads(text, size_max=1 << 22))


@fewer
@given(questions())
def test_other_side_is_withheld(asked: Asked) -> None:
    """Across accounts no policy, key, value or edit of the other side is left."""
    found = explain(compiled(asked))
    if found.same_account:
        return

    for side in Side:
        left = found.redacted_for(side)
        others = [each for each in left.slots if SIDES[each.slot] is not side]
        edits = [
            edit
            for change in left.nearest
            for edit in change.edits
            if SIDES[edit.slot] is not side
        ]
        assert not any(each.policies or each.missing_keys for each in others)
        assert {EditKind.WITHHELD} >= {edit.kind for edit in edits}
        assert not any(edit.values or edit.statement for edit in edits)


@fewer
@given(questions())
def test_own_side_is_kept(asked: Asked) -> None:
    """Redaction leaves the own slots, and what every slot said, as they were."""
    found = explain(compiled(asked))

    for side in Side:
        left = found.redacted_for(side)
        own = [each for each in found.slots if SIDES[each.slot] is side]
        assert own == [each for each in left.slots if SIDES[each.slot] is side]
        assert [e.effect for e in found.slots] == [e.effect for e in left.slots]


@tries(150)
@given(questions())
def test_every_denial_has_a_change(asked: Asked) -> None:
    """Whoever may be named in a policy is told what would let them in."""
    # A policy of a bucket may name anybody, but for providers of other accounts.
    question = compiled(replace(asked, resource=OBJECT, account=A))

    found = explain(question)

    assert found.effect is Effect.ALLOW or found.nearest


@tries(150)
@given(questions())
def test_one_lost_key_is_found(asked: Asked) -> None:
    """What a grant loses with one context key, the nearest change gives back."""
    question = named(compiled(replace(asked, resource=OBJECT, account=A)))
    if not decide(question).allowed:
        return

    for key in asked.keys:
        lost = replace(question, context=question.context.including({key: ()}))
        found = explain(lost)
        assert found.effect is Effect.ALLOW or found.nearest, key
        for change in found.nearest:
            assert decide(applied(lost, change)).allowed, change.text

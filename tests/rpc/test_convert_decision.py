"""Explanations on their way to protobuf."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daypass.api.types.v1 import decision_pb2 as pb
from daypass.policy.change import Change, EditKind
from daypass.policy.decision import Effect, Slot
from daypass.policy.document import StatementEffect
from daypass.policy.explanation import StatementPart
from daypass.rpc.convert_decision import decision_effect, explanation, policy_slot
from support.explanations import (
    ABSENT_KEY,
    EDIT,
    EMPTY,
    FULL,
    OTHER_ACTION,
    PLACE,
    POLICY,
    SLOT,
    STATEMENT,
)
from support.messages import unset_fields


@pytest.mark.parametrize("effect", Effect)
def test_effects_named(effect: Effect) -> None:
    """Each outcome has its name in the API."""
    name = pb.DecisionEffect.Name(decision_effect(effect))

    wanted = "ALLOWED" if effect is Effect.ALLOW else effect.name
    assert f"DECISION_EFFECT_{wanted}" == name


@pytest.mark.parametrize("slot", Slot)
def test_slots_named(slot: Slot) -> None:
    """Each slot has its name in the API."""
    assert f"POLICY_SLOT_{slot.name}" == pb.PolicySlot.Name(policy_slot(slot))


def test_no_slot_named() -> None:
    """A decision by no slot names none."""
    assert pb.POLICY_SLOT_UNSPECIFIED == policy_slot(None)


@pytest.mark.parametrize("effect", StatementEffect)
def test_statement_effects_named(effect: StatementEffect) -> None:
    """Each effect of a statement has its name in the API."""
    statement = replace(STATEMENT, effect=effect)
    slot = replace(SLOT, policies=(replace(POLICY, statements=(statement,)),))

    found = explanation(replace(FULL, slots=(slot,)))

    sent = found.slots[0].policies[0].statements[0].effect
    name = pb.StatementExplanation.StatementEffect.Name(sent)
    assert f"STATEMENT_EFFECT_{effect.name}" == name


@pytest.mark.parametrize("part", StatementPart)
def test_parts_named(part: StatementPart) -> None:
    """Each part of a statement has its name in the API."""
    statement = replace(STATEMENT, failures=(replace(OTHER_ACTION, part=part),))
    slot = replace(SLOT, policies=(replace(POLICY, statements=(statement,)),))

    found = explanation(replace(FULL, slots=(slot,)))

    (failure,) = found.slots[0].policies[0].statements[0].failures
    assert f"PART_{part.name}" == pb.StatementFailure.Part.Name(failure.part)


@pytest.mark.parametrize("kind", EditKind)
def test_edits_named(kind: EditKind) -> None:
    """Each kind of edit has its name in the API."""
    change = Change((replace(EDIT, kind=kind),))

    found = explanation(replace(FULL, nearest=(change,)))

    sent = found.nearest_changes[0].edits[0].kind
    assert f"KIND_{kind.name}" == pb.AccessEdit.Kind.Name(sent)


def test_every_member_told() -> None:
    """A full explanation fills every field of its message, and of those inside."""
    failure = replace(ABSENT_KEY, actual=("x",))
    statement = replace(STATEMENT, matched=True, failures=(failure,))
    slot = replace(SLOT, policies=(replace(POLICY, statements=(statement,)),))

    unset = unset_fields(explanation(replace(FULL, slots=(slot,))))

    # What is absent is not there to be shown as well.
    assert {"daypass.api.types.v1.StatementFailure.key_absent"} == unset


def test_members_in_place() -> None:
    """Each member stands in the field of its name."""
    found = explanation(FULL)

    reference = pb.StatementReference(
        policy="trust of Audit",
        index=1,
        sid="NeedsId",
        file="accounts/production.yaml",
        line=42,
    )
    assert (reference, reference) == (
        found.decided_by,
        found.slots[0].policies[0].statements[0].reference,
    )
    assert ("sts:AssumeRole", FULL.resource, True) == (
        found.action,
        found.resource,
        found.same_account,
    )
    assert (3, 2, True) == (
        found.slots[0].policies[0].omitted_count,
        found.slots[0].policies[0].level,
        found.slots[0].withheld,
    )


def test_failures_in_place() -> None:
    """A failure says what the policy has and what the request has."""
    found = explanation(FULL).slots[0].policies[0].statements[0].failures[1]

    assert pb.StatementFailure(
        part=pb.StatementFailure.PART_ACTION,
        text="the action is another",
        operator="NotAction",
        expected=["s3:*"],
        actual=["s3:GetObject"],
    ) == (found)


def test_change_in_place() -> None:
    """A change says what to do, in one sentence and step by step."""
    (found,) = explanation(FULL).nearest_changes

    assert "pass sts:ExternalId" == found.text
    assert ("sts:ExternalId", ["securecart"], '{"Effect":"Allow"}', 2) == (
        found.edits[0].key,
        list(found.edits[0].values),
        found.edits[0].statement,
        found.edits[0].level,
    )


def test_absent_key_told() -> None:
    """A context key that is absent differs from one without values."""
    statement = replace(
        STATEMENT, failures=(ABSENT_KEY, replace(ABSENT_KEY, actual=()))
    )
    slot = replace(SLOT, policies=(replace(POLICY, statements=(statement,)),))

    found = explanation(replace(FULL, slots=(slot,)))

    failures = found.slots[0].policies[0].statements[0].failures
    assert [True, False] == [failure.key_absent for failure in failures]


def test_root_level_told() -> None:
    """The level of the root is 0, which differs from no level."""
    slot = replace(
        SLOT, policies=(replace(POLICY, level=0), replace(POLICY, level=None))
    )

    root, other = explanation(replace(FULL, slots=(slot,))).slots[0].policies

    assert (True, False) == (root.HasField("level"), other.HasField("level"))


def test_nothing_made_up() -> None:
    """What an explanation does not say, its message does not say either."""
    found = explanation(EMPTY)

    names = {field.name for field, _ in found.ListFields()}
    assert {"effect", "action", "resource"} == names


def test_unknown_line_told() -> None:
    """A statement of no file has no file, and line 0."""
    place = replace(PLACE, sid=None, file=None, line=None)

    found = explanation(replace(FULL, decided_by=place)).decided_by

    assert ("", "", 0) == (found.sid, found.file, found.line)

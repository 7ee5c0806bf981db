"""Explanations of decisions, from the values of the policy engine."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from daypass.api.types.v1 import decision_pb2 as pb
from daypass.policy.change import Change, Edit, EditKind, StatementPlace
from daypass.policy.decision import Effect, Slot
from daypass.policy.document import StatementEffect
from daypass.policy.explanation import (
    Explanation,
    Failure,
    PolicyExplanation,
    SlotExplanation,
    StatementExplanation,
    StatementPart,
)

_EFFECTS: Final[Mapping[Effect, pb.DecisionEffect.ValueType]] = MappingProxyType(
    {
        Effect.ALLOW: pb.DECISION_EFFECT_ALLOWED,
        Effect.EXPLICIT_DENY: pb.DECISION_EFFECT_EXPLICIT_DENY,
        Effect.IMPLICIT_DENY: pb.DECISION_EFFECT_IMPLICIT_DENY,
    }
)
_SLOTS: Final[Mapping[Slot, pb.PolicySlot.ValueType]] = MappingProxyType(
    {
        Slot.SCP: pb.POLICY_SLOT_SCP,
        Slot.RCP: pb.POLICY_SLOT_RCP,
        Slot.RESOURCE: pb.POLICY_SLOT_RESOURCE,
        Slot.IDENTITY: pb.POLICY_SLOT_IDENTITY,
        Slot.BOUNDARY: pb.POLICY_SLOT_BOUNDARY,
        Slot.SESSION: pb.POLICY_SLOT_SESSION,
    }
)
_STATEMENT_EFFECTS: Final[
    Mapping[StatementEffect, pb.StatementExplanation.StatementEffect.ValueType]
] = MappingProxyType(
    {
        StatementEffect.ALLOW: pb.StatementExplanation.STATEMENT_EFFECT_ALLOW,
        StatementEffect.DENY: pb.StatementExplanation.STATEMENT_EFFECT_DENY,
    }
)
_PARTS: Final[Mapping[StatementPart, pb.StatementFailure.Part.ValueType]] = (
    MappingProxyType(
        {
            StatementPart.PRINCIPAL: pb.StatementFailure.PART_PRINCIPAL,
            StatementPart.ACTION: pb.StatementFailure.PART_ACTION,
            StatementPart.RESOURCE: pb.StatementFailure.PART_RESOURCE,
            StatementPart.CONDITION: pb.StatementFailure.PART_CONDITION,
        }
    )
)
_EDITS: Final[Mapping[EditKind, pb.AccessEdit.Kind.ValueType]] = MappingProxyType(
    {
        EditKind.SET_CONTEXT: pb.AccessEdit.KIND_SET_CONTEXT,
        EditKind.UNSET_CONTEXT: pb.AccessEdit.KIND_UNSET_CONTEXT,
        EditKind.ADD_STATEMENT: pb.AccessEdit.KIND_ADD_STATEMENT,
        EditKind.REMOVE_STATEMENT: pb.AccessEdit.KIND_REMOVE_STATEMENT,
        EditKind.WITHHELD: pb.AccessEdit.KIND_WITHHELD,
    }
)


def decision_effect(effect: Effect) -> pb.DecisionEffect.ValueType:
    """Returns an outcome as the API names it."""
    return _EFFECTS[effect]


def policy_slot(slot: Slot | None) -> pb.PolicySlot.ValueType:
    """Returns a slot as the API names it; None is no slot."""
    return pb.POLICY_SLOT_UNSPECIFIED if slot is None else _SLOTS[slot]


def explanation(found: Explanation) -> pb.Explanation:
    """Returns an explanation, whole; what is to be withheld was so before."""
    return pb.Explanation(
        effect=_EFFECTS[found.effect],
        action=found.action,
        resource=found.resource,
        same_account=found.same_account,
        slot=policy_slot(found.slot),
        decided_by=_reference(found.decided_by),
        slots=map(_slot, found.slots),
        missing_keys=found.missing_keys,
        nearest_changes=map(_change, found.nearest),
        internal_error=found.internal_error,
    )


def _slot(found: SlotExplanation) -> pb.SlotExplanation:
    return pb.SlotExplanation(
        slot=_SLOTS[found.slot],
        effect=_EFFECTS[found.effect],
        policies=map(_policy, found.policies),
        missing_keys=found.missing_keys,
        withheld=found.withheld,
    )


def _policy(found: PolicyExplanation) -> pb.PolicyExplanation:
    return pb.PolicyExplanation(
        name=found.name,
        file=found.file or "",
        statements=map(_statement, found.statements),
        omitted_count=found.omitted,
        level=found.level,
    )


def _statement(found: StatementExplanation) -> pb.StatementExplanation:
    return pb.StatementExplanation(
        reference=_reference(found.reference),
        effect=_STATEMENT_EFFECTS[found.effect],
        matched=found.matched,
        failures=map(_failure, found.failures),
    )


def _failure(found: Failure) -> pb.StatementFailure:
    of_condition = found.part is StatementPart.CONDITION
    return pb.StatementFailure(
        part=_PARTS[found.part],
        text=found.text,
        key=found.key or "",
        operator=found.operator or "",
        expected=found.expected,
        actual=found.actual or (),
        key_absent=of_condition and found.actual is None,
    )


def _change(found: Change) -> pb.AccessChange:
    return pb.AccessChange(text=found.text, edits=map(_edit, found.edits))


def _edit(found: Edit) -> pb.AccessEdit:
    return pb.AccessEdit(
        kind=_EDITS[found.kind],
        slot=_SLOTS[found.slot],
        text=found.text,
        key=found.key or "",
        values=found.values,
        reference=_reference(found.reference),
        statement=found.statement or "",
        level=found.level,
    )


def _reference(found: StatementPlace | None) -> pb.StatementReference | None:
    if found is None:
        return None
    return pb.StatementReference(
        policy=found.policy,
        index=found.index,
        sid=found.sid or "",
        file=found.file or "",
        line=found.line or 0,
    )

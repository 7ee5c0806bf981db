"""Reads explanations of decisions into values."""

from __future__ import annotations

from collections.abc import Callable

from daypass_client._stubs.daypass.api.types.v1 import decision_pb2 as pb
from daypass_client.explanations import (
    AccessChange,
    AccessEdit,
    Explanation,
    PolicyExplanation,
    SlotExplanation,
    StatementExplanation,
    StatementFailure,
    StatementReference,
)

_Failure = pb.StatementFailure
_Statement = pb.StatementExplanation


def enum_word(name_of: Callable[..., str], number: int, prefix: str) -> str:
    """Returns a value as a word in lower case; an unknown one with its number."""
    try:
        name = name_of(number)
    except ValueError:
        return f"{prefix}{number}".lower()
    return name.removeprefix(prefix).lower()


def effect(number: int) -> str:
    """Returns an outcome as a word."""
    return enum_word(pb.DecisionEffect.Name, number, "DECISION_EFFECT_")


def slot(number: int) -> str:
    """Returns a slot as a word; empty for none."""
    return enum_word(pb.PolicySlot.Name, number, "POLICY_SLOT_") if number else ""


def explanation(message: pb.Explanation) -> Explanation:
    """Reads an explanation."""
    return Explanation(
        effect=effect(message.effect),
        action=message.action,
        resource=message.resource,
        same_account=message.same_account,
        slot=slot(message.slot),
        decided_by=(
            _reference(message.decided_by) if message.HasField("decided_by") else None
        ),
        slots=tuple(map(_slot, message.slots)),
        missing_keys=tuple(message.missing_keys),
        nearest_changes=tuple(
            AccessChange(change.text, tuple(map(_edit, change.edits)))
            for change in message.nearest_changes
        ),
        internal_error=message.internal_error,
    )


def _slot(message: pb.SlotExplanation) -> SlotExplanation:
    return SlotExplanation(
        slot=slot(message.slot),
        effect=effect(message.effect),
        policies=tuple(map(_policy, message.policies)),
        missing_keys=tuple(message.missing_keys),
        withheld=message.withheld,
    )


def _policy(message: pb.PolicyExplanation) -> PolicyExplanation:
    return PolicyExplanation(
        name=message.name,
        file=message.file,
        statements=tuple(map(_statement, message.statements)),
        omitted_count=message.omitted_count,
        level=message.level if message.HasField("level") else None,
    )


def _statement(message: pb.StatementExplanation) -> StatementExplanation:
    return StatementExplanation(
        reference=_reference(message.reference),
        effect=enum_word(
            _Statement.StatementEffect.Name, message.effect, "STATEMENT_EFFECT_"
        ),
        matched=message.matched,
        failures=tuple(map(_failure, message.failures)),
    )


def _failure(message: pb.StatementFailure) -> StatementFailure:
    return StatementFailure(
        part=enum_word(_Failure.Part.Name, message.part, "PART_"),
        text=message.text,
        key=message.key,
        operator=message.operator,
        expected=tuple(message.expected),
        actual=None if message.key_absent else tuple(message.actual),
    )


def _edit(message: pb.AccessEdit) -> AccessEdit:
    return AccessEdit(
        kind=enum_word(pb.AccessEdit.Kind.Name, message.kind, "KIND_"),
        slot=slot(message.slot),
        text=message.text,
        key=message.key,
        values=tuple(message.values),
        reference=(
            _reference(message.reference) if message.HasField("reference") else None
        ),
        statement=message.statement,
        level=message.level if message.HasField("level") else None,
    )


def _reference(message: pb.StatementReference) -> StatementReference:
    return StatementReference(
        policy=message.policy,
        index=message.index,
        sid=message.sid,
        file=message.file,
        line=message.line or None,
    )

"""Why a question was answered as it was, as a value.

An explanation holds what the owners of the policies may see, all of it. Two accounts
may own them, and `redacted_for` leaves to each its own: of the other's slots stays
nothing but what they said.

SPEC: policy-language 7.8; attacks P41.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from daypass.policy.change import Change, Edit, EditKind, StatementPlace
from daypass.policy.decision import Effect, Slot
from daypass.policy.document import StatementEffect
from daypass.policy.folding import fold

__all__ = [
    "SIDES",
    "Change",
    "Edit",
    "EditKind",
    "Explanation",
    "Failure",
    "PolicyExplanation",
    "Side",
    "SlotExplanation",
    "StatementExplanation",
    "StatementPart",
    "StatementPlace",
]


class Side(StrEnum):
    """The two accounts of a decision."""

    CALLER = "caller"
    RESOURCE = "resource"


# Whose policies stand in a slot.
SIDES: Final[Mapping[Slot, Side]] = MappingProxyType(
    {
        Slot.SCP: Side.CALLER,
        Slot.RCP: Side.RESOURCE,
        Slot.RESOURCE: Side.RESOURCE,
        Slot.IDENTITY: Side.CALLER,
        Slot.BOUNDARY: Side.CALLER,
        Slot.SESSION: Side.CALLER,
    }
)


class StatementPart(StrEnum):
    """The parts of a statement, all of which must match."""

    PRINCIPAL = "principal"
    ACTION = "action"
    RESOURCE = "resource"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one part of a statement does not match.

    Attributes:
        part: which part.
        text: one sentence for people, without a full stop.
        key: the context key, of a condition.
        operator: the operator as written, of a condition; otherwise the element,
            such as `NotAction`.
        expected: what the policy has, the first entries of a long list.
        actual: what the request has; None for a context key that is absent.
    """

    part: StatementPart
    text: str
    key: str | None = None
    operator: str | None = None
    expected: tuple[str, ...] = ()
    actual: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class StatementExplanation:
    """What one statement says of the question; without failures it matched."""

    reference: StatementPlace
    effect: StatementEffect
    matched: bool
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyExplanation:
    """What the statements of one policy say.

    Attributes:
        name: its name or ARN.
        file: the file that declares it, or None.
        statements: in the order of the document.
        omitted: how many statements were left out, which match less than these.
        level: for organisation policies, the level that it is attached to, the
            root's being 0.
    """

    name: str
    file: str | None
    statements: tuple[StatementExplanation, ...]
    omitted: int = 0
    level: int | None = None


@dataclass(frozen=True, slots=True)
class SlotExplanation:
    """What one slot says.

    Attributes:
        slot: which one.
        effect: its own outcome, were it alone.
        policies: those in it; none when the slot is empty, or withheld.
        missing_keys: the context keys that statements in reach asked for in vain.
        withheld: whether the policies are those of the other account.
    """

    slot: Slot
    effect: Effect
    policies: tuple[PolicyExplanation, ...] = ()
    missing_keys: tuple[str, ...] = ()
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a question was answered as it was.

    Attributes:
        effect: the answer.
        action: what was asked for.
        resource: on what.
        same_account: whether one account owns caller and resource.
        slot: the slot that decided, as in a decision.
        decided_by: the statement that decided; None for an implicit denial.
        slots: those that apply, in the order of `Slot`.
        missing_keys: the context keys that were asked for in vain, of all slots.
        nearest: the changes that would turn a denial into a grant, best first;
            none for a grant, and none where no single change of a kind suffices.
        internal_error: whether the denial is a defect of ours.
    """

    effect: Effect
    action: str
    resource: str
    same_account: bool
    slot: Slot | None = None
    decided_by: StatementPlace | None = None
    slots: tuple[SlotExplanation, ...] = ()
    missing_keys: tuple[str, ...] = ()
    nearest: tuple[Change, ...] = ()
    internal_error: bool = False

    def redacted_for(self, side: Side) -> Explanation:
        """Returns what one side may see.

        Within one account that is everything. Otherwise the slots of the other
        account keep only their effect, and a change that they need says no more
        than that they need one.
        """
        if self.same_account:
            return self
        slots = tuple(_redacted(slot, side) for slot in self.slots)
        hidden = self.slot is not None and SIDES[self.slot] is not side
        return replace(
            self,
            decided_by=None if hidden else self.decided_by,
            slots=slots,
            missing_keys=merged_keys(slots),
            nearest=_redacted_changes(self.nearest, side),
        )

    def to_json(self) -> dict[str, object]:
        """Returns it as plain objects, lists and texts.

        `explanation_json.explanation_from_json` reads them back.
        """
        return _plain_members(self)


def merged_keys(slots: Iterable[SlotExplanation]) -> tuple[str, ...]:
    """Returns the missing keys of several slots, each key once."""
    found: dict[str, str] = {}
    for name in (name for slot in slots for name in slot.missing_keys):
        found.setdefault(fold(name), name)
    return tuple(name for _, name in sorted(found.items()))


def _redacted(slot: SlotExplanation, side: Side) -> SlotExplanation:
    if SIDES[slot.slot] is side:
        return slot
    return SlotExplanation(slot.slot, slot.effect, withheld=True)


def _redacted_changes(changes: tuple[Change, ...], side: Side) -> tuple[Change, ...]:
    """Returns the changes without what the other side alone may know, each once."""
    return tuple(
        dict.fromkeys(
            Change(tuple(dict.fromkeys(_redacted_edit(e, side) for e in change.edits)))
            for change in changes
        )
    )


def _redacted_edit(edit: Edit, side: Side) -> Edit:
    if SIDES[edit.slot] is side:
        return edit
    other = "resource" if side is Side.CALLER else "caller"
    return Edit(
        EditKind.WITHHELD,
        edit.slot,
        f"the account of the {other} must allow it as well",
    )


def _plain_members(value: _Record) -> dict[str, object]:
    members = {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    # What a reader of the JSON should not have to put together.
    return {"text": value.text, **members} if isinstance(value, Change) else members


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, StrEnum):
        return value.value
    return _plain_members(value) if isinstance(value, _Record) else value


# What an explanation is made of.
_Record = (
    Explanation
    | SlotExplanation
    | PolicyExplanation
    | StatementExplanation
    | StatementPlace
    | Failure
    | Change
    | Edit
)

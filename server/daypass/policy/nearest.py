"""The nearest changes that turn a denial into a grant.

A change is found by trying: edits that the denial suggests are made one after
another until the question is allowed. What is returned has therefore been decided,
and is true as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from daypass.core import limits, work_limits
from daypass.policy.change import Change, Edit, EditKind
from daypass.policy.conditions import Condition
from daypass.policy.decision import Decision, Effect, Slot
from daypass.policy.document import Statement, StatementEffect, StatementReference
from daypass.policy.edits import Step, add_statement, remove_statement, set_key
from daypass.policy.effort import Effort
from daypass.policy.evaluate import decide
from daypass.policy.explanation import StatementPart
from daypass.policy.failures import StatementReader
from daypass.policy.folding import fold
from daypass.policy.phrases import expectation, listed
from daypass.policy.question import Policies, PolicySlots, Question
from daypass.policy.samples import values_for

# What a change costs who makes it: what a request says is easier to change than a
# policy, who asks and when is harder, and a Deny stands there on purpose.
_COSTS: Final = {
    EditKind.SET_CONTEXT: 1,
    EditKind.UNSET_CONTEXT: 1,
    EditKind.ADD_STATEMENT: 2,
    EditKind.REMOVE_STATEMENT: 4,
    EditKind.WITHHELD: 2,
}
_FIXED_COST: Final = 3
_FIXED_KEYS: Final = (
    "aws:principal",
    "aws:userid",
    "aws:username",
    "aws:currenttime",
    "aws:epochtime",
    "aws:resource",
    "iam:resource",
)


def nearest_changes(
    question: Question, effort: Effort | None = None
) -> tuple[Change, ...]:
    """Returns the changes that turn a denial into a grant, best first.

    Args:
        question: what was denied.
        effort: what the search may take, and is taken from; past it there are the
            changes found so far. None for as much as one explanation may.
    """
    effort = Effort(work_limits.CHANGES_WORK_MAX) if effort is None else effort
    if not effort.reads(question):
        return ()
    decision = decide(question)
    if decision.allowed:
        return ()
    found: dict[Change, None] = {}
    for step in islice(
        _steps(question, decision), limits.EXPLANATION_CHANGES_TRIED_MAX
    ):
        # NOTE: a condition that a request could meet stands there on purpose; who is
        # told how should not be told how to do without it.
        if found and step.drastic:
            break
        change = _completed(step, effort)
        if change is not None:
            found[change] = None
    return tuple(sorted(found, key=_cost)[: limits.EXPLANATION_CHANGES_MAX])


def _completed(step: Step, effort: Effort) -> Change | None:
    """Adds what else is needed; None when it does not end in a grant."""
    edits, question = list(step.edits), step.question
    for _ in range(limits.EXPLANATION_STEPS_MAX):
        if not effort.reads(question):
            return None
        decision = decide(question)
        if decision.allowed:
            return Change(tuple(edits))
        following = next(
            (
                found
                for found in _steps(question, decision)
                if _keys(edits).isdisjoint(_keys(found.edits))
            ),
            None,
        )
        if following is None:
            return None
        edits += following.edits
        question = following.question
    return None


def _steps(question: Question, decision: Decision) -> Iterator[Step]:
    """Yields what may be done about the slot that denied."""
    slot = decision.slot
    if slot is None:
        # A defect of ours denied, about which nobody else can do anything.
        return
    if decision.effect is Effect.EXPLICIT_DENY and decision.statement is not None:
        yield from _without_denial(question, slot, decision.statement)
        return
    level, policies = _silent(question, slot)
    yield from _with_conditions(question, slot, policies)
    added = add_statement(question, slot, level)
    if added is not None:
        yield added


def _without_denial(
    question: Question, slot: Slot, reference: StatementReference
) -> Iterator[Step]:
    """Yields ways by which a Deny does not match any more."""
    statement = next(
        each
        for policy in policies_of(question.slots, slot)
        for each in policy.statements
        if each.reference is reference
    )
    for condition in statement.conditions:
        values = values_for(condition, question.context, holds=False)
        if values is not None:
            key = condition.name
            value = f"is {listed(values)}" if values else "is absent"
            text = f"{reference} denies unless {key} {value}"
            yield set_key(question, slot, key, values, text)
    yield remove_statement(question, slot, statement)


def _silent(question: Question, slot: Slot) -> tuple[int | None, Policies]:
    """Returns the policies of which one must allow, and their level if any."""
    if slot is not Slot.SCP:
        return None, policies_of(question.slots, slot)
    return next(
        (number, policies)
        for number, policies in enumerate(question.slots.scp_levels)
        if not any(_missing(question, Slot.SCP, policies, most=0))
    )


def _with_conditions(
    question: Question, slot: Slot, policies: Policies
) -> Iterator[Step]:
    """Yields steps that make the conditions of an Allow hold, shortest first."""
    near = list(_missing(question, slot, policies, most=None))
    for statement in sorted(near, key=lambda each: len(_failing(each, question))):
        step = _holding(question, slot, statement)
        if step is not None:
            yield step


def _missing(
    question: Question, slot: Slot, policies: Policies, *, most: int | None
) -> Iterator[Statement]:
    """Yields the Allow statements that nothing but conditions keeps from matching.

    Args:
        question: what is asked.
        slot: where the policies stand.
        policies: whose statements.
        most: how many conditions may fail; None for any number.
    """
    reader = StatementReader(question)
    for statement in (each for policy in policies for each in policy.statements):
        if statement.effect is StatementEffect.DENY:
            continue
        parts = [failure.part for failure in reader.failures(statement, slot)]
        if most is not None and len(parts) > most:
            continue
        if all(part is StatementPart.CONDITION for part in parts):
            yield statement


def _failing(statement: Statement, question: Question) -> list[Condition]:
    context = question.context
    return [each for each in statement.conditions if not each.holds(context)]


def _holding(question: Question, slot: Slot, statement: Statement) -> Step | None:
    """Makes all conditions of a statement hold; None when that is not found."""
    failing = _failing(statement, question)
    if len(failing) > limits.EXPLANATION_CONDITIONS_MAX:
        return None
    edits: list[Edit] = []
    edited = question
    for condition in failing:
        values = values_for(condition, edited.context, holds=True)
        if values is None:
            return None
        text = expectation(condition, question.context.lookup(condition.key))
        step = set_key(edited, slot, condition.name, values, text)
        edits += step.edits
        edited = step.question
    if not edits or _failing(statement, edited):
        return None
    return Step(tuple(edits), edited)


def policies_of(slots: PolicySlots, slot: Slot) -> Policies:
    """Returns the policies of a slot, those of all levels in one."""
    return {
        Slot.SCP: tuple(each for level in slots.scp_levels for each in level),
        Slot.RCP: tuple(each for level in slots.rcp_levels for each in level),
        Slot.RESOURCE: () if slots.resource is None else (slots.resource,),
        Slot.IDENTITY: slots.identity,
        Slot.BOUNDARY: () if slots.boundary is None else (slots.boundary,),
        Slot.SESSION: slots.session or (),
    }[slot]


def _keys(edits: Iterable[Edit]) -> set[str]:
    return {fold(edit.key) for edit in edits if edit.key is not None}


def _cost(change: Change) -> int:
    return sum(map(_edit_cost, change.edits))


def _edit_cost(edit: Edit) -> int:
    if edit.key is not None and fold(edit.key).startswith(_FIXED_KEYS):
        return _FIXED_COST
    return _COSTS[edit.kind]

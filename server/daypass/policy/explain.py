"""Explains a decision: what every statement said, and what would have to change.

This is for the slow path, denials and simulations: it reads every statement again,
with words, and decides variants of the question. `decide` knows nothing of it.

SPEC: policy-language 7.8.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from daypass.core import limits
from daypass.policy.algorithm import in_one_account
from daypass.policy.change import StatementPlace
from daypass.policy.decision import Decision, Slot
from daypass.policy.document import Policy
from daypass.policy.effort import Effort
from daypass.policy.evaluate import decide
from daypass.policy.explanation import (
    Explanation,
    PolicyExplanation,
    SlotExplanation,
    StatementExplanation,
    StatementPart,
)
from daypass.policy.failures import ArnOf, StatementReader, unknown_arn
from daypass.policy.nearest import nearest_changes, policies_of
from daypass.policy.question import PolicySlots, Question


def explain(
    question: Question,
    decision: Decision | None = None,
    *,
    arn_of: ArnOf = unknown_arn,
    effort: Effort | None = None,
) -> Explanation:
    """Explains the answer to a question.

    Args:
        question: what was asked.
        decision: the answer, if it is known already. One that no slot gave stands
            whatever the policies say, and has no change.
        arn_of: finds the ARNs that stored policies hold as unique ids.
        effort: what the search for the nearest changes may take, and is taken from.
    """
    found = decide(question) if decision is None else decision
    return Explanation(
        effect=found.effect,
        action=question.action,
        resource=question.resource,
        same_account=in_one_account(question),
        slot=found.slot,
        decided_by=StatementPlace.of(found.statement) if found.statement else None,
        slots=tuple(_slots(question, found, arn_of)),
        missing_keys=found.missing_keys,
        nearest=() if found.slot is None else nearest_changes(question, effort),
        internal_error=found.internal_error,
    )


def _slots(
    question: Question, decision: Decision, arn_of: ArnOf
) -> Iterator[SlotExplanation]:
    reader = StatementReader(question, arn_of=arn_of)
    for outcome in decision.outcomes:
        slot = outcome.slot
        levels = tuple(_policies(question.slots, slot))
        yield SlotExplanation(
            slot=slot,
            effect=outcome.effect,
            policies=_explained(reader, slot, levels),
            missing_keys=_missing_keys(reader, slot, levels),
        )


def _policies(slots: PolicySlots, slot: Slot) -> Iterator[tuple[int | None, Policy]]:
    """Yields the policies of a slot, each with its level if the slot has levels."""
    levels = {Slot.SCP: slots.scp_levels, Slot.RCP: slots.rcp_levels}.get(slot)
    if levels is None:
        yield from ((None, policy) for policy in policies_of(slots, slot))
        return
    for number, level in enumerate(levels):
        yield from ((number, policy) for policy in level)


def _explained(
    reader: StatementReader, slot: Slot, levels: Iterable[tuple[int | None, Policy]]
) -> tuple[PolicyExplanation, ...]:
    read = [
        (level, policy, [reader.explain(each, slot) for each in policy.statements])
        for level, policy in levels
    ]
    nearest = sorted((each for _, _, found in read for each in found), key=_distance)
    shown = {id(each) for each in nearest[: limits.EXPLANATION_STATEMENTS_MAX]}
    return tuple(
        _policy(policy, level, [each for each in found if id(each) in shown])
        for level, policy, found in read
    )


def _policy(
    policy: Policy, level: int | None, shown: list[StatementExplanation]
) -> PolicyExplanation:
    return PolicyExplanation(
        name=policy.source.name,
        file=policy.source.file,
        statements=tuple(shown),
        omitted=len(policy.statements) - len(shown),
        level=level,
    )


def _distance(statement: StatementExplanation) -> tuple[bool, int]:
    """Tells how far a statement is from a match; one on other actions is furthest."""
    parts = [failure.part for failure in statement.failures]
    return StatementPart.ACTION in parts, len(parts)


def _missing_keys(
    reader: StatementReader, slot: Slot, levels: Iterable[tuple[int | None, Policy]]
) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for _, policy in levels:
        for statement in policy.statements:
            for key, name in reader.missing_keys(statement, slot):
                found.setdefault(key, name)
    return tuple(name for _, name in sorted(found.items()))

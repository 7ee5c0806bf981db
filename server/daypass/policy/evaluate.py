"""The decision: may this principal do this action on this resource?

SPEC: policy-language 7. `survey` finds out what every slot says, `algorithm` holds
the rules that make one answer of it, and this module is the door to both.
"""

from __future__ import annotations

from typing import Final

from daypass.policy.algorithm import Case, in_one_account, verdict
from daypass.policy.decision import Decision, Effect
from daypass.policy.document import DocumentKind
from daypass.policy.question import PolicySlots, Question
from daypass.policy.survey import Survey

__all__ = ["PolicySlots", "Question", "decide"]

# SPEC: 7, these two cannot be denied by policy.
_OPEN_ACTIONS: Final = frozenset({"sts:getcalleridentity", "sts:getsessiontoken"})


def decide(question: Question) -> Decision:
    """Decides; never raises.

    An exception would be a defect of ours. It ends in an implicit denial that
    carries it as `fault`, so that the caller can log it.
    """
    try:
        return _decide(question)
    except Exception as error:  # noqa: BLE001 - the outermost guard; see above.
        return Decision(Effect.IMPLICIT_DENY, fault=error)


def _decide(question: Question) -> Decision:
    survey = Survey(question)
    if survey.action in _OPEN_ACTIONS:
        return Decision(Effect.ALLOW)
    outcomes = survey.outcomes()
    case = Case(question, outcomes, survey.grant, in_one_account(question))
    found = verdict(case)
    trust = question.slots.resource
    return Decision(
        effect=found.effect,
        slot=found.slot,
        statement=case.statement(found),
        strength=survey.grant.strength,
        trust_policy=trust is not None and trust.kind is DocumentKind.TRUST,
        missing_keys=survey.missing_keys(),
        outcomes=tuple(outcomes.values()),
    )

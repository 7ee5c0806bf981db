"""What each of the two accounts of a denial may see of its reasons.

Within one account that is everything. Across accounts the owner of the resource
sees its own policies, and of the caller's what each slot says. The caller's account
sees less: what its own policies say, and whether the other account would have to
change something once they allow. Nothing that it sees depends on a policy or a tag
of the other account before that, because even "your policies refuse, and so does
the role" would tell a role that exists from one that does not (ADR 0006).

SPEC: policy-language 7.8; attacks P41.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from daypass.core.principal import AccountPrincipal, FederatedProvider
from daypass.policy.change import Change, Edit, EditKind
from daypass.policy.context import RequestContext
from daypass.policy.decision import Decision, Effect, Slot
from daypass.policy.document import DocumentKind, Policy, PolicySource
from daypass.policy.evaluate import decide
from daypass.policy.explain import explain
from daypass.policy.explanation import (
    SIDES,
    Explanation,
    PolicyExplanation,
    Side,
    SlotExplanation,
)
from daypass.policy.failures import ArnOf
from daypass.policy.folding import fold
from daypass.policy.parse import parse_policy
from daypass.policy.question import Question

_OPEN: Final = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},'
    '"Action":"*","Resource":"*"}}'
)
_OPEN_SOURCE: Final = PolicySource(slot="resource", name="the other account")
# Facts of the resource that only its own account may know.
_OF_THE_RESOURCE: Final = ("aws:resourcetag/", "iam:resourcetag/", "aws:resourceorg")
_SLOTS: Final = tuple(Slot)
_CHANGES_KEPT_MAX: Final = 3
_KEYS_KEPT_MAX: Final = 16
# A character takes up to twelve bytes of JSON.
_RESOURCE_CHARACTERS_KEPT_MAX: Final = 256


@dataclass(frozen=True, slots=True)
class Denial:
    """What was refused to a principal of an account, or to a provider's proof.

    Attributes:
        question: what was asked.
        decision: the answer, which does not allow.
        keys: the context keys of the question, in the spelling of people.
        principal: who was refused; the principal of the question.
        reason: what the caller was told.
        arn_of: finds the ARNs that stored policies hold as unique ids.
    """

    question: Question
    decision: Decision
    keys: Mapping[str, str | Sequence[str]]
    principal: AccountPrincipal | FederatedProvider
    reason: str
    arn_of: ArnOf

    @property
    def caller_arn(self) -> str:
        """The ARN of who was refused."""
        if isinstance(self.principal, FederatedProvider):
            return self.principal.provider
        return self.principal.arn

    @property
    def caller_id(self) -> str:
        """The unique id of who was refused; a provider has none but its ARN."""
        if isinstance(self.principal, FederatedProvider):
            return self.principal.provider
        return self.principal.user_id

    @property
    def caller_account_id(self) -> str:
        """The account that may see the caller's side; empty where there is none.

        NOTE: whoever has a provider's proof belongs to no account, even though the
        provider does: what they may see is nothing.
        """
        if isinstance(self.principal, FederatedProvider):
            return ""
        return self.principal.account_id

    @property
    def same_account(self) -> bool:
        """Whether one account owns caller and resource."""
        return self.caller_account_id == self.question.resource_account


class DecisionViews:
    """Makes the views of denials."""

    def __init__(self) -> None:
        self._open = parse_policy(
            _OPEN, kind=DocumentKind.RESOURCE, source=_OPEN_SOURCE
        )

    def of_both(self, denial: Denial) -> dict[Side, Explanation]:
        """Returns what each side may see; one account is both and sees everything."""
        if denial.same_account:
            return dict.fromkeys(Side, self.of_owner(denial))
        return {
            Side.CALLER: self.of_caller(denial),
            Side.RESOURCE: self.of_owner(denial),
        }

    def of_owner(self, denial: Denial) -> Explanation:
        """Returns what the account of the resource may see.

        How long that takes depends on its policy.
        """
        explained = explain(denial.question, denial.decision, arn_of=denial.arn_of)
        if denial.same_account:
            return explained
        return explained.redacted_for(Side.RESOURCE)

    def brief(self, denial: Denial) -> Explanation:
        """Returns the answer alone, as the caller's account may see it."""
        decision = denial.decision
        if not denial.same_account:
            decision = decide(_without_other_side(denial, self._open))
        return _bare(denial, decision)

    def of_caller(self, denial: Denial) -> Explanation:
        """Returns what the caller's policies say, were the other account to allow.

        It is made of a question in which nothing of the other account stands: neither
        what it says nor how long that takes depends on the other account.
        """
        alone = _without_other_side(denial, self._open)
        decision = decide(alone)
        seen = explain(alone, decision, arn_of=denial.arn_of).redacted_for(Side.CALLER)
        own = tuple(slot for slot in seen.slots if SIDES[slot.slot] is Side.CALLER)
        refuses = decision.slot is not None and SIDES[decision.slot] is Side.CALLER
        if refuses and not decision.allowed:
            changes = tuple(filter(_is_of_caller, seen.nearest))
            return replace(seen, slots=own, nearest=changes)
        other = SlotExplanation(Slot.RESOURCE, Effect.IMPLICIT_DENY, withheld=True)
        slots = sorted((*own, other), key=lambda slot: _SLOTS.index(slot.slot))
        return replace(
            seen,
            effect=Effect.IMPLICIT_DENY,
            slot=Slot.RESOURCE,
            decided_by=None,
            slots=tuple(slots),
            nearest=(_OTHER_ACCOUNT,),
        )


def without_reasons(denial: Denial) -> Explanation:
    """Returns the answer alone, as the account of the resource may see it."""
    return _bare(denial, denial.decision)


def _bare(denial: Denial, decision: Decision) -> Explanation:
    refuses = decision.effect is Effect.EXPLICIT_DENY
    return Explanation(
        effect=Effect.EXPLICIT_DENY if refuses else Effect.IMPLICIT_DENY,
        action=denial.question.action,
        resource=denial.question.resource,
        same_account=denial.same_account,
    )


_OTHER_ACCOUNT: Final = Change(
    (
        Edit(
            EditKind.WITHHELD,
            Slot.RESOURCE,
            "the account of the resource must allow it as well",
        ),
    )
)


def caller_keys(denial: Denial) -> dict[str, str | Sequence[str]]:
    """Returns the context keys that the caller's account may see."""
    if denial.same_account:
        return dict(denial.keys)
    return {
        name: values
        for name, values in denial.keys.items()
        if not fold(name).startswith(_OF_THE_RESOURCE)
    }


def fitting_json(explanation: Explanation, *, bytes_max: int) -> str:
    """Returns an explanation as JSON, cut until it fits.

    What goes first are the statements that did not match, then all statements,
    and last everything but the answer.
    """
    text = dump(explanation)
    for cut in _CUTS:
        if len(text) <= bytes_max:
            break
        text = dump(cut(explanation))
    return text


def _matched_only(explanation: Explanation) -> Explanation:
    """Returns an explanation without the statements that did not match."""
    return replace(
        explanation,
        slots=tuple(
            replace(slot, policies=tuple(map(_matched, slot.policies)))
            for slot in explanation.slots
        ),
        nearest=explanation.nearest[:_CHANGES_KEPT_MAX],
    )


def _matched(policy: PolicyExplanation) -> PolicyExplanation:
    kept = tuple(one for one in policy.statements if one.matched)
    omitted = policy.omitted + len(policy.statements) - len(kept)
    return replace(policy, statements=kept, omitted=omitted)


def slots_only(explanation: Explanation) -> Explanation:
    """Returns an explanation that tells what each slot says, and not why."""
    return replace(
        explanation,
        slots=tuple(
            replace(slot, policies=(), missing_keys=()) for slot in explanation.slots
        ),
        missing_keys=explanation.missing_keys[:_KEYS_KEPT_MAX],
        nearest=explanation.nearest[:1],
    )


def _answer_only(explanation: Explanation) -> Explanation:
    resource = explanation.resource[:_RESOURCE_CHARACTERS_KEPT_MAX]
    brief = slots_only(explanation)
    return replace(brief, resource=resource, missing_keys=(), nearest=())


_CUTS: Final[tuple[Callable[[Explanation], Explanation], ...]] = (
    _matched_only,
    slots_only,
    _answer_only,
)


def dump(explanation: Explanation) -> str:
    """Returns an explanation as JSON, in ASCII."""
    value = explanation.to_json()
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _without_other_side(denial: Denial, open_policy: Policy) -> Question:
    question = denial.question
    return replace(
        question,
        context=RequestContext.of(caller_keys(denial)),
        slots=replace(question.slots, resource=open_policy, rcp_levels=()),
    )


def _is_of_caller(change: Change) -> bool:
    return all(SIDES[edit.slot] is Side.CALLER for edit in change.edits)

"""Decisions that rest on nothing of a request, remembered.

What a policy says without a condition and without a variable, it says of every
request: the same principal asks for the same action on the same resource, and the
same policies apply. Such an answer is remembered if it was yes. Whoever is refused is
decided about anew each time, and told why.

SPEC: policy-language 7; decision 0044.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from daypass.core import work_limits
from daypass.core.lru import LruCache
from daypass.policy.context import DeferredContext
from daypass.policy.decision import Decision
from daypass.policy.question import PolicySlots, Question
from daypass.sts.faults import decide_and_log

_SIZE: Final = work_limits.DECISIONS_REMEMBERED_MAX


class RememberedDecisions:
    """Decides, and remembers what asked nothing of the request.

    Args:
        size_max: how many decisions it remembers.
    """

    def __init__(self, *, size_max: int = _SIZE) -> None:
        self._known: LruCache[Hashable, tuple[PolicySlots, Decision]] = LruCache(
            size_max=size_max
        )

    def __len__(self) -> int:
        """Tells how many decisions are remembered."""
        return len(self._known)

    def decide(self, question: Question, context: DeferredContext) -> Decision:
        """Decides as `decide_and_log` does.

        Args:
            question: what is asked.
            context: the context of the question, which tells whether anything was
                asked of it.
        """
        assert question.context is context, "a question has one context"
        if question.slots.session is not None:
            return decide_and_log(question)
        key = _key(question)
        known = self._known.get(key)
        if known is not None:
            return known[1]
        decision = decide_and_log(question)
        if asks_nothing(question, decision, context):
            self._known.put(key, (question.slots, decision))
        return decision


def asks_nothing(
    question: Question, decision: Decision, context: DeferredContext
) -> bool:
    """Tells whether a decision is a yes to any request that has the same question.

    Policies of one session are not remembered: they say what others do, at other
    places.
    """
    return decision.allowed and not context.asked and question.slots.session is None


def _key(question: Question) -> Hashable:
    """Names all of a question but its context.

    NOTE: policies are named by where they are in memory. What is remembered holds
    them there, so that no others can come to stand at the same place meanwhile.
    """
    slots = question.slots
    return (
        question.action,
        question.resource,
        question.resource_account,
        question.principal,
        id(slots.identity),
        id(slots.resource),
        slots.resource_policy_required,
        id(slots.boundary),
        slots.session_is_cap,
        id(slots.scp_levels),
        id(slots.rcp_levels),
    )

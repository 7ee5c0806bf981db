"""Asks the policy engine what a caller may do, and refuses what it may not.

One `Authorization` serves one call about one target; the factory begins each on the
directory as it is then.

SPEC: policy-language 7 and 7.3; sts-operations 0.6 and 0.11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from daypass.core.errors import AccessDeniedError
from daypass.core.ports import Clock, Snapshot
from daypass.directory.model import Directory
from daypass.policy.context import DeferredContext
from daypass.policy.decision import Decision
from daypass.policy.question import Question
from daypass.sts.decision_views import Denial
from daypass.sts.decisions import Decisions
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Authorizer, Target
from daypass.sts.remembered_decisions import RememberedDecisions, asks_nothing
from daypass.sts.session_policies import SessionPolicyReader

_TAG_KEYS: Final = "aws:TagKeys"


class Authorization:
    """The decisions of one call about one target.

    Args:
        authorizer: decides.
        target: what is asked for.
        keys: the context keys of the operation.
        invocation: who asks, and where it is recorded.
        decisions: explains denials.
        remembered: what was decided before.
    """

    def __init__(
        self,
        *,
        authorizer: Authorizer,
        target: Target,
        keys: Mapping[str, str | Sequence[str]],
        invocation: Invocation,
        decisions: Decisions,
        remembered: RememberedDecisions,
    ) -> None:
        self._authorizer = authorizer
        self._target = target
        self._invocation = invocation
        self._decisions = decisions
        self._remembered = remembered
        caller, call = invocation.caller, invocation.call
        self._asks_nothing = True
        self._keys = partial(authorizer.keys, caller, call, keys)
        self._context = DeferredContext(self._keys)
        if _TAG_KEYS in keys:
            # Tags are names of keys, and two that are one are refused before
            # anything is decided (attacks P24).
            self._context.made()

    @property
    def asks_nothing(self) -> bool:
        """Whether all that was required is allowed to any request of this caller.

        Nothing was asked of this one, and nobody was refused. What was allowed is
        allowed as long as the directory is the same.
        """
        return self._asks_nothing

    def require(self, action: str) -> None:
        """Returns when the action is allowed.

        What callers see names the action and the resource, and not which policy
        refused: that would tell an existing role from one that does not exist.

        Raises:
            AccessDeniedError: it is not; it names the decision.
        """
        invocation = self._invocation
        context = self._context
        question = self._authorizer.question(
            action, self._target, invocation.caller, context
        )
        decision = self._remembered.decide(question, context)
        invocation.audit.decided_by = decision.summary()
        if not asks_nothing(question, decision, context):
            self._asks_nothing = False
        if not decision.allowed:
            question = replace(question, context=context.made())
            raise self._denied(question, decision) from decision.fault

    def _denied(self, question: Question, decision: Decision) -> AccessDeniedError:
        invocation = self._invocation
        principal = invocation.caller.principal
        named = self._target.asked_as or question.resource
        message = (
            f"User: {principal.arn} is not authorized to perform: {question.action}"
            f" on resource: {named}"
        )
        denial = Denial(
            question=question,
            decision=decision,
            keys=self._keys(),
            principal=principal,
            reason=message,
            arn_of=self._authorizer.arn_of,
        )
        return AccessDeniedError(
            "policy_internal_error" if decision.internal_error else "policy",
            message=message,
            # In the order of use: a door may have no room for what comes last.
            metadata={
                "decision_id": invocation.audit.decision_id,
                **self._decisions.refuse(denial, invocation.audit),
                "action": question.action,
                "resource": named,
            },
        )


class AuthorizerFactory:
    """Makes the decisions of operations, each on the directory as it is then.

    Args:
        directory: principals and policies.
        session_policies: reads the policies of calling sessions.
        clock: dates the decisions.
        decisions: explains denials.
    """

    def __init__(
        self,
        *,
        directory: Snapshot[Directory],
        session_policies: SessionPolicyReader,
        clock: Clock,
        decisions: Decisions,
    ) -> None:
        self._directory = directory
        self._session_policies = session_policies
        self._clock = clock
        self._decisions = decisions
        self._remembered = RememberedDecisions()

    def authorize(
        self,
        target: Target,
        keys: Mapping[str, str | Sequence[str]],
        invocation: Invocation,
        *,
        directory: Directory | None = None,
    ) -> Authorization:
        """Begins the decisions of one call about one target.

        Args:
            target: what is asked for.
            keys: the context keys of the operation.
            invocation: who asks.
            directory: the snapshot that the operation already works on, if any.
        """
        return Authorization(
            authorizer=self.authorizer(directory or self._directory.current()),
            target=target,
            keys=keys,
            invocation=invocation,
            decisions=self._decisions,
            remembered=self._remembered,
        )

    def authorizer(self, directory: Directory) -> Authorizer:
        """Returns what decides on this snapshot, at the present instant."""
        return Authorizer(
            directory=directory,
            session_policies=self._session_policies,
            now=self._clock.now(),
        )

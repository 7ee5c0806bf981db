"""Asks the policy engine, with the slots that apply to a caller and a resource.

One `Authorizer` serves one request: it holds the snapshot of the directory and
the instant by which the whole request is decided.

SPEC: policy-language 7 and 7.3; sts-operations 0.6 and 0.11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from daypass.core.errors import AccessDeniedError
from daypass.core.ports import Clock, Snapshot
from daypass.core.principal import AccountPrincipal, FederatedUser, RoleSession, User
from daypass.core.quick import quick_init
from daypass.core.session import Session, SessionKind, SessionPolicies
from daypass.directory.model import Directory
from daypass.policy.context import DeferredContext, RequestContext
from daypass.policy.decision import Decision
from daypass.policy.document import Policy
from daypass.policy.evaluate import PolicySlots, Question
from daypass.sts.caller import CallContext, Caller
from daypass.sts.context import ContextBuilder, ContextKeys
from daypass.sts.decision_views import Denial
from daypass.sts.decisions import Decisions
from daypass.sts.pipeline import Invocation
from daypass.sts.principals import arn_of_id
from daypass.sts.remembered_decisions import RememberedDecisions, asks_nothing
from daypass.sts.session_policies import SessionPolicyReader

# A policy that nobody has: a session of a root user that names no task may do
# nothing, where one without session policies could do everything. Nor may a delegated
# session that names nothing that was approved.
_NO_TASK: Final = SessionPolicies(managed_arns=("",))
_BOUND: Final = frozenset({SessionKind.ROOT_TASK, SessionKind.DELEGATED})
# Who acts as somebody else has no access of its own by the other's name.
_ACTING: Final = frozenset({SessionKind.DELEGATED})

_TAG_KEYS: Final = "aws:TagKeys"


@quick_init
@dataclass(frozen=True, slots=True)
class Target:
    """What is asked for.

    Attributes:
        resource: an ARN, or `*` for actions without a resource.
        account_id: the account that owns it.
        trust: its resource policy, or None.
        trust_required: whether nobody has access without a grant in that policy.
        controlled_as: the account whose resource control policies apply, where that
            is not the one that owns it.
        asked_as: what a denial names in place of the resource, where the caller
            asked by something else and may not know what that belongs to.
    """

    resource: str
    account_id: str
    trust: Policy | None = None
    trust_required: bool = False
    controlled_as: str | None = None
    asked_as: str | None = None


class Authorizer:
    """Decides for one request.

    Args:
        directory: the snapshot that this request is decided by.
        session_policies: reads the policies of the calling session.
        now: the instant that this request is decided at.
    """

    def __init__(
        self,
        *,
        directory: Directory,
        session_policies: SessionPolicyReader,
        now: datetime,
    ) -> None:
        self._directory = directory
        self._session_policies = session_policies
        self._context = ContextBuilder(directory=directory, now=now)

    def question(
        self,
        action: str,
        target: Target,
        caller: Caller,
        context: RequestContext,
    ) -> Question:
        """Returns what is to be decided, with the policies that apply now."""
        return Question(
            action=action,
            resource=target.resource,
            resource_account=target.account_id,
            principal=caller.principal,
            context=context,
            slots=self.slots(caller.principal, caller.session, target),
        )

    def keys(
        self,
        caller: Caller,
        call: CallContext,
        extra: Mapping[str, str | Sequence[str]],
    ) -> ContextKeys:
        """Returns the context keys of a call; `extra` are those of the operation."""
        return self._context.keys(caller, call, extra)

    def identity_keys(
        self, principal: AccountPrincipal, session: Session | None
    ) -> ContextKeys:
        """Returns the context keys of a call that somebody else has got."""
        return self._context.identity_keys(principal, session)

    def arn_of(self, unique_id: str) -> str | None:
        """Returns the ARN of the role or user that has a unique id, or None."""
        return arn_of_id(unique_id, self._directory)

    def slots(
        self, principal: AccountPrincipal, session: Session | None, target: Target
    ) -> PolicySlots:
        """Returns the policies that apply to a principal and a resource."""
        identity, boundary = self._identity(principal)
        controlled = target.controlled_as
        return PolicySlots(
            identity=identity,
            boundary=boundary,
            session=self._session_slot(session),
            session_is_cap=session is not None and session.kind in _ACTING,
            resource=target.trust,
            resource_policy_required=target.trust_required,
            scp_levels=self._directory.scp_levels(principal.account_id),
            rcp_levels=self._directory.rcp_levels(
                target.account_id if controlled is None else controlled
            ),
        )

    def _identity(
        self, principal: AccountPrincipal
    ) -> tuple[tuple[Policy, ...], Policy | None]:
        if isinstance(principal, FederatedUser):
            principal = principal.federating
        if isinstance(principal, RoleSession):
            role = self._directory.role_by_id(principal.role_id)
            return (role.policies, role.boundary) if role is not None else ((), None)
        if isinstance(principal, User):
            user = self._directory.user_by_id(principal.unique_id)
            return (user.policies, user.boundary) if user is not None else ((), None)
        return (), None

    def _session_slot(self, session: Session | None) -> tuple[Policy, ...] | None:
        if session is None or session.kind is SessionKind.USER:
            return None
        policies = session.policies
        if session.kind in _BOUND:
            policies = policies or _NO_TASK
        if not policies:
            return None
        return self._session_policies.read(
            policies, session.account_id, self._directory
        )


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

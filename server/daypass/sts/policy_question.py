"""What the policy engine is asked: the policies that apply, and the keys of the call.

One `Authorizer` serves one request: it holds the snapshot of the directory and
the instant by which the whole request is decided.

SPEC: policy-language 7 and 7.3; sts-operations 0.6 and 0.11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from daypass.core.principal import AccountPrincipal, FederatedUser, RoleSession, User
from daypass.core.quick import quick_init
from daypass.core.session import Session, SessionKind, SessionPolicies
from daypass.directory.model import Directory
from daypass.policy.context import RequestContext
from daypass.policy.document import Policy
from daypass.policy.question import PolicySlots, Question
from daypass.sts.caller import CallContext, Caller
from daypass.sts.context import ContextBuilder, ContextKeys
from daypass.sts.principals import arn_of_id
from daypass.sts.session_policies import SessionPolicyReader

# A policy that nobody has: a session of a root user that names no task may do
# nothing, where one without session policies could do everything. Nor may a delegated
# session that names nothing that was approved.
_NO_TASK: Final = SessionPolicies(managed_arns=("",))
_BOUND: Final = frozenset({SessionKind.ROOT_TASK, SessionKind.DELEGATED})
# Who acts as somebody else has no access of its own by the other's name.
_ACTING: Final = frozenset({SessionKind.DELEGATED})


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
    """Puts the questions of one request.

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

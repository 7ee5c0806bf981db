"""Asks the policy engine, with the slots that apply to a caller and a resource.

One `Authorizer` serves one request: it holds the snapshot of the directory and
the instant by which the whole request is decided.

SPEC: policy-language 7 and 7.3; sts-operations 0.6 and 0.11.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from daypass.core.errors import AccessDeniedError
from daypass.core.ports import Clock, Snapshot
from daypass.core.principal import AccountPrincipal, FederatedUser, RoleSession, User
from daypass.core.session import SessionKind
from daypass.directory.model import Directory
from daypass.policy.decision import Decision
from daypass.policy.document import Policy
from daypass.policy.evaluate import PolicySlots, Question, decide
from daypass.sts.caller import CallContext, Caller
from daypass.sts.context import ContextBuilder
from daypass.sts.pipeline import Invocation
from daypass.sts.session_policies import SessionPolicyReader


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked for.

    Attributes:
        resource: an ARN, or `*` for actions without a resource.
        account_id: the account that owns it.
        trust: its resource policy, or None.
        trust_required: whether nobody has access without a grant in that policy.
    """

    resource: str
    account_id: str
    trust: Policy | None = None
    trust_required: bool = False


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

    def decide(
        self,
        action: str,
        target: Target,
        caller: Caller,
        call: CallContext,
        keys: Mapping[str, str | Sequence[str]],
    ) -> Decision:
        """Returns the decision; `keys` are the context keys of the operation."""
        return decide(
            Question(
                action=action,
                resource=target.resource,
                resource_account=target.account_id,
                principal=caller.principal,
                context=self._context.build(caller, call, keys),
                slots=self._slots(caller, target),
            )
        )

    def _slots(self, caller: Caller, target: Target) -> PolicySlots:
        identity, boundary = self._identity(caller.principal)
        return PolicySlots(
            identity=identity,
            boundary=boundary,
            session=self._session_slot(caller),
            resource=target.trust,
            resource_policy_required=target.trust_required,
            scp_levels=self._directory.scp_levels(caller.principal.account_id),
            rcp_levels=self._directory.rcp_levels(target.account_id),
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

    def _session_slot(self, caller: Caller) -> tuple[Policy, ...] | None:
        session = caller.session
        if session is None or session.kind is SessionKind.USER:
            return None
        if not session.policies:
            return None
        return self._session_policies.read(
            session.policies, session.account_id, self._directory
        )


class Authorization:
    """The decisions of one call about one target.

    Args:
        authorizer: decides.
        target: what is asked for.
        keys: the context keys of the operation.
        invocation: who asks, and where it is recorded.
    """

    def __init__(
        self,
        *,
        authorizer: Authorizer,
        target: Target,
        keys: Mapping[str, str | Sequence[str]],
        invocation: Invocation,
    ) -> None:
        self._authorizer = authorizer
        self._target = target
        self._keys = keys
        self._invocation = invocation

    def require(self, action: str) -> None:
        """Returns when the action is allowed.

        What callers see names the action and the resource, and not which policy
        refused: that would tell an existing role from one that does not exist.

        Raises:
            AccessDeniedError: it is not; it names the decision.
        """
        invocation = self._invocation
        decision = self._authorizer.decide(
            action, self._target, invocation.caller, invocation.call, self._keys
        )
        invocation.audit.decided_by = decision.summary()
        if decision.allowed:
            return
        raise AccessDeniedError(
            "policy_internal_error" if decision.internal_error else "policy",
            message=(
                f"User: {invocation.caller.principal.arn} is not authorized to"
                f" perform: {action} on resource: {self._target.resource}"
            ),
            metadata={
                "decision_id": invocation.audit.decision_id,
                "action": action,
                "resource": self._target.resource,
            },
        ) from decision.fault


class AuthorizerFactory:
    """Makes the decisions of operations, each on the directory as it is then.

    Args:
        directory: principals and policies.
        session_policies: reads the policies of calling sessions.
        clock: dates the decisions.
    """

    def __init__(
        self,
        *,
        directory: Snapshot[Directory],
        session_policies: SessionPolicyReader,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._session_policies = session_policies
        self._clock = clock

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
        authorizer = Authorizer(
            directory=directory or self._directory.current(),
            session_policies=self._session_policies,
            now=self._clock.now(),
        )
        return Authorization(
            authorizer=authorizer, target=target, keys=keys, invocation=invocation
        )

"""A question to the policy engine: who wants to do what to which, under what.

SPEC: policy-language 1 (slots) and 7.2.
"""

from __future__ import annotations

from dataclasses import dataclass

from daypass.core.principal import Principal
from daypass.core.quick import quick_init
from daypass.policy.context import RequestContext
from daypass.policy.document import Policy

Policies = tuple[Policy, ...]


@quick_init
@dataclass(frozen=True, slots=True)
class PolicySlots:
    """The policies that a decision is made of.

    Attributes:
        identity: those of the user or role; for a federated user's session those of
            the user who made it.
        resource: the resource's own policy, or None. A role's is its trust policy.
        resource_policy_required: whether nobody has access without a grant there.
        boundary: the permissions boundary, or None.
        session: the session policies, which form one set; None or empty when the
            session was made without any. Those of a root user are the whole of what
            it may do.
        session_is_cap: whether the session policies cap whatever else grants, also a
            resource that names the caller itself; so it is where somebody else acts
            as the caller.
        scp_levels: the service control policies of the caller's account, one set
            for each level from the root down; empty when they do not apply.
        rcp_levels: the resource control policies of the resource's account.
    """

    identity: Policies = ()
    resource: Policy | None = None
    resource_policy_required: bool = False
    boundary: Policy | None = None
    session: Policies | None = None
    session_is_cap: bool = False
    scp_levels: tuple[Policies, ...] = ()
    rcp_levels: tuple[Policies, ...] = ()


@quick_init
@dataclass(frozen=True, slots=True)
class Question:
    """What is to be decided.

    Attributes:
        action: such as `sts:AssumeRole`.
        resource: an ARN, or `*` for an action that has none.
        resource_account: the account that owns the resource.
        principal: who asks.
        context: the context keys of the request.
        slots: the policies that apply.
    """

    action: str
    resource: str
    resource_account: str
    principal: Principal
    context: RequestContext
    slots: PolicySlots

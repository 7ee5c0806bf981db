"""The example organisation, with questions to its policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from daypass.core.principal import AccountPrincipal, FederatedProvider, RoleSession
from daypass.directory.model import Directory
from daypass.policy.context import RequestContext
from daypass.policy.evaluate import decide
from daypass.policy.question import PolicySlots, Question

FOLDER = Path(__file__).parents[2] / "examples/securecart/directory"
DEVELOPMENT, PRODUCTION, AUDITORS = "111122223333", "123456789012", "987654321098"
READ_ONLY = f"arn:aws:iam::{PRODUCTION}:role/ReadOnlyRole"
AUDIT = f"arn:aws:iam::{PRODUCTION}:role/SecureCart-AuditRole"
STOREFRONT = f"arn:aws:iam::{PRODUCTION}:role/workloads/StorefrontRole"
ROLE_A = f"arn:aws:iam::{PRODUCTION}:role/RoleA"
ROLE_B = f"arn:aws:iam::{PRODUCTION}:role/RoleB"
USERS = {
    "dev": f"arn:aws:iam::{DEVELOPMENT}:user/dev",
    "intern": f"arn:aws:iam::{DEVELOPMENT}:user/intern",
    "auditor": f"arn:aws:iam::{AUDITORS}:user/auditor",
    "admin": f"arn:aws:iam::{PRODUCTION}:user/admin",
    "storefront": f"arn:aws:iam::{PRODUCTION}:user/workloads/storefront",
    "operator": f"arn:aws:iam::{PRODUCTION}:user/operator",
    "portal": f"arn:aws:iam::{PRODUCTION}:user/workloads/portal",
}
Context = Mapping[str, str | Sequence[str]]
NOTHING: Context = {}
EXTERNAL_ID = {"sts:ExternalId": "securecart-2026"}


def user_allowed(
    directory: Directory,
    name: str,
    action: str,
    resource: str,
    context: Context = NOTHING,
) -> bool:
    """Tells whether a user may do something, as its policies stand."""
    user = directory.user_by_arn(USERS[name])
    assert user is not None
    slots = PolicySlots(
        identity=user.policies,
        boundary=user.boundary,
        scp_levels=directory.scp_levels(user.principal.account_id),
    )
    return allowed(directory, user.principal, action, resource, slots, context)


def session_allowed(
    directory: Directory,
    role_arn: str,
    action: str,
    resource: str,
    context: Context = NOTHING,
) -> bool:
    """Tells whether a session of a role may do something."""
    role = directory.role_by_arn(role_arn)
    assert role is not None
    session = RoleSession(
        role.partition, role.account_id, role.path, role.name, role.unique_id, "s"
    )
    slots = PolicySlots(
        identity=role.policies,
        boundary=role.boundary,
        scp_levels=directory.scp_levels(role.account_id),
    )
    return allowed(directory, session, action, resource, slots, context)


def allowed(
    directory: Directory,
    principal: AccountPrincipal,
    action: str,
    resource: str,
    slots: PolicySlots,
    context: Context,
) -> bool:
    """Tells the decision; a role brings its trust policy along."""
    role = directory.role_by_arn(resource)
    account = role.account_id if role else principal.account_id
    question = Question(
        action=action,
        resource=resource,
        resource_account=account,
        principal=principal,
        context=RequestContext.of(context),
        slots=PolicySlots(
            identity=slots.identity,
            boundary=slots.boundary,
            resource=role.trust if role else None,
            resource_policy_required=role is not None,
            scp_levels=slots.scp_levels,
            rcp_levels=directory.rcp_levels(account),
        ),
    )
    return decide(question).allowed


def federated_allowed(
    directory: Directory,
    provider: str,
    action: str,
    role_arn: str,
    context: Context,
) -> bool:
    """Tells whether a role lets in somebody whom a provider vouches for."""
    role = directory.role_by_arn(role_arn)
    assert role is not None
    question = Question(
        action=action,
        resource=role_arn,
        resource_account=role.account_id,
        principal=FederatedProvider(f"arn:aws:iam::{PRODUCTION}:{provider}"),
        context=RequestContext.of(context),
        slots=PolicySlots(resource=role.trust, resource_policy_required=True),
    )
    return decide(question).allowed

"""What a question about access is decided by, and what its answer tells the asker.

SPEC: policy-language 6 and 7.8; attacks P41.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from daypass.core.errors import ValidationError
from daypass.core.principal import AccountPrincipal
from daypass.core.session import Session
from daypass.directory.model import Directory
from daypass.policy.decision import Decision
from daypass.policy.document import DocumentKind, Policy, PolicySource
from daypass.policy.evaluate import decide
from daypass.policy.folding import fold
from daypass.policy.messages import denial_message
from daypass.policy.parse import parse_policy
from daypass.policy.question import PolicySlots, Question
from daypass.sts.access_question import (
    AccessQuestion,
    context_keys,
    is_role_arn,
    needs_trust,
)
from daypass.sts.context import ContextKeys, tag_keys
from daypass.sts.policy_question import Authorizer, Target

_TAGS_OF_ROLES: Final = ("aws:resourcetag/", "iam:resourcetag/")
_POLICY_SOURCE: Final = PolicySource(slot="resource", name="resource policy")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a question is about; `session` is None with long-term keys."""

    principal: AccountPrincipal
    session: Session | None


def target_of(question: AccessQuestion, account: str, directory: Directory) -> Target:
    """Returns what is asked about, with the policy of the resource.

    Raises:
        ValidationError: a policy is given for a role.
        MalformedPolicyDocumentError: the policy of the resource is not valid.
    """
    if is_role_arn(question.resource) and question.resource_policy is not None:
        raise ValidationError(
            "resource_policy_of_role",
            message="A role has its trust policy, and takes no other",
        )
    policy, required = _parsed(question.resource_policy), False
    if needs_trust(question.action, question.resource):
        role = directory.role_by_arn(question.resource)
        policy, required = role.trust if role is not None else None, True
    return Target(question.resource, account, policy, required)


def _parsed(resource_policy: str | None) -> Policy | None:
    if resource_policy is None:
        return None
    return parse_policy(
        resource_policy, kind=DocumentKind.RESOURCE, source=_POLICY_SOURCE
    )


def keys_of(
    subject: Subject,
    question: AccessQuestion,
    target: Target,
    authorizer: Authorizer,
    directory: Directory,
) -> ContextKeys:
    """Returns the context: what we know, and what only the asker knows."""
    keys = authorizer.identity_keys(subject.principal, subject.session)
    keys["aws:ResourceAccount"] = target.account_id
    keys.update(context_keys(question.context))
    role = directory.role_by_arn(question.resource)
    if role is not None:
        # The tags of a role are declared; nobody else says what they are.
        keys = {
            name: values
            for name, values in keys.items()
            if not fold(name).startswith(_TAGS_OF_ROLES)
        }
        keys.update(tag_keys("aws:ResourceTag", role.tags))
        keys.update(tag_keys("iam:ResourceTag", role.tags))
    return keys


def reason_of(
    question: Question, decision: Decision, principal: AccountPrincipal
) -> str:
    """Returns the answer in one sentence, as the principal itself may be told it."""
    if decision.allowed:
        return (
            f"{principal.arn} is authorized to perform: {question.action}"
            f" on resource: {question.resource}"
        )
    return denial_message(
        decision,
        principal.arn,
        question.action,
        question.resource,
        same_account=principal.account_id == question.resource_account,
    )


def missing_keys_of(
    question: Question, decision: Decision, principal: AccountPrincipal
) -> tuple[str, ...]:
    """Returns the missing keys that the owner of the resource may know of."""
    if not decision.missing_keys or principal.account_id == question.resource_account:
        return decision.missing_keys
    slots = question.slots
    own = PolicySlots(
        resource=slots.resource,
        resource_policy_required=slots.resource_policy_required,
        rcp_levels=slots.rcp_levels,
    )
    return decide(replace(question, slots=own)).missing_keys

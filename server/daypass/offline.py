"""Questions to the policies of a folder of files, without a server.

The policies, the keys of callers and the rules of AssumeRole are those that the
server uses; what a request would add is said by who asks.

SPEC: policy-language 6, 7.3 and 7.8.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from daypass.core.errors import ValidationError
from daypass.core.principal import AccountPrincipal, Principal
from daypass.directory.entities import Role
from daypass.directory.model import Directory
from daypass.policy.context import RequestContext
from daypass.policy.document import DocumentKind, Policy, PolicySource
from daypass.policy.explain import explain
from daypass.policy.explanation import Explanation
from daypass.policy.folding import fold_ascii
from daypass.policy.parse import parse_policy
from daypass.policy.question import PolicySlots, Question
from daypass.sts.access_question import (
    EVERYTHING,
    account_of_resource,
    needs_trust,
)
from daypass.sts.context import ContextBuilder, ContextKeys, tag_keys
from daypass.sts.policy_question import Authorizer, Target
from daypass.sts.session_policies import SessionPolicyReader
from daypass.sts.simulate import SimulatedCaller
from daypass.sts.simulated_caller import simulated_keys, simulated_principal
from daypass.sts.simulation import simulated_decision

_ASSUME_ROLE: Final = "sts:assumerole"
_SERVICE: Final = "service:"
_ANONYMOUS: Final = "anonymous"
_PROVIDERS: Final = ("saml-provider/", "oidc-provider/")


@dataclass(frozen=True, slots=True)
class Document:
    """A policy document that stands in for a stored one, and where it is from."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a folder.

    Attributes:
        principal: an ARN, `service:NAME` or `anonymous`.
        actions: at least one.
        resources: ARNs or `*`.
        context: context keys, which replace those that the server would build.
        resource_account: who owns resources whose ARN names no account.
        session_policies: those that the caller's session was made with.
        resource_policy: in place of the stored policy of every resource.
    """

    principal: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = (EVERYTHING,)
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)
    resource_account: str | None = None
    session_policies: tuple[Document, ...] = ()
    resource_policy: Document | None = None


def read_caller(text: str) -> SimulatedCaller:
    """Reads who would ask: an ARN, `service:NAME`, or `anonymous`."""
    if text == _ANONYMOUS:
        return SimulatedCaller(anonymous=True)
    if text.startswith(_SERVICE):
        return SimulatedCaller(service=text.removeprefix(_SERVICE))
    is_provider = not text.startswith("arn:") or any(
        f":{kind}" in text for kind in _PROVIDERS
    )
    if is_provider:
        return SimulatedCaller(federated_provider=text)
    return SimulatedCaller(principal_arn=text)


class OfflineAsker:
    """Asks the policies of a directory.

    Args:
        directory: principals and policies.
        now: when the questions are asked.
    """

    def __init__(self, *, directory: Directory, now: datetime) -> None:
        self._directory = directory
        self._now = now
        self._builder = ContextBuilder(directory=directory, now=now)
        self._authorizer = Authorizer(
            directory=directory, session_policies=SessionPolicyReader(), now=now
        )

    def explain(self, asked: Asked) -> tuple[Explanation, ...]:
        """Returns the answer for every action on every resource, explained.

        Raises:
            RejectedError: a name is none, or a document is malformed.
        """
        return tuple(
            explain(
                question, simulated_decision(question), arn_of=self._authorizer.arn_of
            )
            for question in self.questions(asked)
        )

    def questions(self, asked: Asked) -> Iterator[Question]:
        """Yields the questions, for each action in order each resource in order."""
        principal = simulated_principal(read_caller(asked.principal), self._directory)
        for action in asked.actions:
            for resource in asked.resources:
                yield self._question(asked, principal, action, resource)

    def _question(
        self, asked: Asked, principal: Principal, action: str, resource: str
    ) -> Question:
        account = _owner(resource, asked, principal)
        role = self._directory.role_by_arn(resource)
        is_trust = needs_trust(action, resource)
        target = Target(
            resource=resource,
            account_id=account,
            trust=role.trust if role is not None and is_trust else None,
            trust_required=is_trust,
        )
        keys = simulated_keys(principal, builder=self._builder, now=self._now)
        keys.update(_resource_keys(account, role))
        context = RequestContext.of(keys).including(asked.context)
        return Question(
            action=action,
            resource=resource,
            resource_account=account,
            principal=principal,
            context=context,
            slots=self._replaced(self._slots(principal, target), asked, is_trust),
        )

    def _slots(self, principal: Principal, target: Target) -> PolicySlots:
        if isinstance(principal, AccountPrincipal):
            return self._authorizer.slots(principal, None, target)
        return PolicySlots(
            resource=target.trust,
            resource_policy_required=target.trust_required,
            rcp_levels=self._directory.rcp_levels(target.account_id),
        )

    def _replaced(
        self,
        slots: PolicySlots,
        asked: Asked,
        is_trust: bool,  # noqa: FBT001 - handed on to the choice of a grammar.
    ) -> PolicySlots:
        session = tuple(
            self._parsed(each, DocumentKind.SESSION) for each in asked.session_policies
        )
        if asked.resource_policy is None:
            return replace(slots, session=session or None)
        kind = DocumentKind.TRUST if is_trust else DocumentKind.RESOURCE
        resource = self._parsed(asked.resource_policy, kind)
        return replace(slots, session=session or None, resource=resource)

    def _parsed(self, document: Document, kind: DocumentKind) -> Policy:
        source = PolicySource(kind.name.lower(), document.name)
        return parse_policy(
            document.text, kind=kind, source=source, resolve=self._stored
        )

    def _stored(self, name: str) -> str | None:
        """Returns what a stored policy holds in place of a name, as trust does."""
        role = self._directory.role_by_arn(name)
        if role is not None:
            return role.unique_id
        user = self._directory.user_by_arn(name)
        if user is not None:
            return user.principal.unique_id
        is_entity = ":role/" in name or ":user/" in name
        return None if is_entity else name


def actions_of_assume_role(
    actions: Sequence[str], context: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    """Adds the actions that an AssumeRole call with these keys takes besides."""
    found = list(actions)
    if not any(fold_ascii(action) == _ASSUME_ROLE for action in actions):
        return tuple(found)
    keys = {fold_ascii(key) for key in context}
    known = {fold_ascii(action) for action in actions}
    for key, action in (
        ("aws:tagkeys", "sts:TagSession"),
        ("sts:sourceidentity", "sts:SetSourceIdentity"),
    ):
        if key in keys and fold_ascii(action) not in known:
            found.append(action)
    return tuple(found)


def _owner(resource: str, asked: Asked, principal: Principal) -> str:
    """Returns the account that owns a resource."""
    own = principal.account_id if isinstance(principal, AccountPrincipal) else ""
    account = account_of_resource(resource, asked.resource_account or own)
    if not account:
        message = f"Whose is {resource}? Neither its ARN nor the caller tells"
        raise ValidationError("resource_account_unknown", message=message)
    return account


def _resource_keys(account: str, role: Role | None) -> ContextKeys:
    keys: ContextKeys = {"aws:ResourceAccount": account}
    if role is not None:
        keys.update(tag_keys("aws:ResourceTag", role.tags))
        keys.update(tag_keys("iam:ResourceTag", role.tags))
    return keys

"""The edits that a change is made of, and the questions that they lead to.

An edit is proposed only together with the question as it reads afterwards, so that
whoever proposes it can decide that question and see whether the edit helps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from daypass.core.errors import MalformedPolicyDocumentError
from daypass.core.principal import (
    FederatedProvider,
    FederatedUser,
    Principal,
    RoleSession,
    RootUser,
    ServicePrincipal,
    User,
)
from daypass.core.strict_json import JsonValue
from daypass.policy.arns import SEGMENTS, split_arn
from daypass.policy.change import Edit, EditKind, StatementPlace
from daypass.policy.decision import Slot
from daypass.policy.document import (
    DocumentKind,
    Policy,
    PolicySource,
    Statement,
)
from daypass.policy.grammar import LATEST_VERSION
from daypass.policy.parse import parse_policy_value
from daypass.policy.phrases import describe, listed, policy_of, shortened
from daypass.policy.question import Policies, PolicySlots, Question
from daypass.policy.resources import EVERYTHING

_KINDS: Final[Mapping[Slot, DocumentKind]] = MappingProxyType(
    {
        Slot.SCP: DocumentKind.SERVICE_CONTROL,
        Slot.RCP: DocumentKind.RESOURCE_CONTROL,
        Slot.RESOURCE: DocumentKind.RESOURCE,
        Slot.IDENTITY: DocumentKind.INLINE,
        Slot.BOUNDARY: DocumentKind.MANAGED,
        Slot.SESSION: DocumentKind.SESSION,
    }
)
_NAME: Final = "the suggested policy"


@dataclass(frozen=True, slots=True)
class Step:
    """Edits that belong together, and the question once they are made."""

    edits: tuple[Edit, ...]
    question: Question

    @property
    def drastic(self) -> bool:
        """Whether it changes a policy, and not just the request."""
        return any(edit.key is None for edit in self.edits)


def set_key(
    question: Question, slot: Slot, key: str, values: tuple[str, ...], text: str
) -> Step:
    """Sets a context key, or leaves it out when there are no values."""
    kind = EditKind.SET_CONTEXT if values else EditKind.UNSET_CONTEXT
    edit = Edit(kind, slot, text, key=key, values=values)
    context = question.context.including({key: values})
    return Step((edit,), replace(question, context=context))


def is_trust(question: Question) -> bool:
    """Tells whether the resource policy is, or would be, a role's trust policy."""
    resource = question.slots.resource
    if resource is not None:
        return resource.kind is DocumentKind.TRUST
    name = split_arn(question.resource)
    return name is not None and name[-1].startswith("role/")


def add_statement(question: Question, slot: Slot, level: int | None) -> Step | None:
    """Adds an Allow of exactly what was asked for; None when no document may say it.

    Args:
        question: what is asked.
        slot: where the statement is to stand.
        level: for organisation policies, at which level.
    """
    kind = _KINDS[slot]
    if slot is Slot.RESOURCE and is_trust(question):
        kind = DocumentKind.TRUST
    statement = _statement(question, kind)
    document: JsonValue = {"Version": LATEST_VERSION, "Statement": [statement]}
    try:
        added = parse_policy_value(
            document,
            kind=kind,
            source=PolicySource(slot.value, _NAME),
            resolve=lambda name: _stored(name, question.principal),
        )
    except MalformedPolicyDocumentError:
        return None
    edit = Edit(
        EditKind.ADD_STATEMENT,
        slot,
        _nothing_allows(question, slot, level),
        statement=json.dumps(statement),
        level=level,
    )
    slots = _with_policy(question.slots, slot, added, level)
    return Step((edit,), replace(question, slots=slots))


def remove_statement(question: Question, slot: Slot, statement: Statement) -> Step:
    """Takes a statement away from its policy."""
    place = StatementPlace.of(statement.reference)
    resource = shortened(question.resource)
    text = f"{place} denies {question.action} on {resource}"
    edit = Edit(EditKind.REMOVE_STATEMENT, slot, text, reference=place)
    slots = _without(question.slots, statement)
    return Step((edit,), replace(question, slots=slots))


def _statement(question: Question, kind: DocumentKind) -> dict[str, JsonValue]:
    statement: dict[str, JsonValue] = {"Effect": "Allow"}
    if kind in {DocumentKind.RESOURCE, DocumentKind.TRUST}:
        statement["Principal"] = _principal(question.principal)
    statement["Action"] = question.action
    if kind is not DocumentKind.TRUST:
        statement["Resource"] = _literal(question.resource)
    return statement


def _principal(principal: Principal) -> dict[str, JsonValue]:
    match principal:
        case ServicePrincipal():
            return {"Service": principal.name}
        case FederatedProvider():
            return {"Federated": principal.provider}
        case RoleSession():
            # NOTE: the role and not the session, whose name its makers choose.
            return {"AWS": principal.principal_arn}
        case User() | RootUser() | FederatedUser():
            return {"AWS": principal.arn}
        case _:
            return {"AWS": EVERYTHING}


def _stored(name: str, principal: Principal) -> str | None:
    """Returns what a stored policy holds in place of a principal's ARN."""
    match principal:
        case User():
            return principal.unique_id
        case RoleSession():
            return principal.role_id
        case _:
            return name


def _literal(resource: str) -> str:
    """Returns a resource entry that matches a resource of that name and no other."""
    if resource == EVERYTHING or not any(mark in resource for mark in "*?$"):
        return resource
    *head, tail = resource.split(":", SEGMENTS - 1)
    escaped = "".join(f"${{{mark}}}" if mark in "*?$" else mark for mark in tail)
    return ":".join((*head, escaped))


def _nothing_allows(question: Question, slot: Slot, level: int | None) -> str:
    name = policy_of(slot, trust_policy=is_trust(question))
    who = describe(question.principal)
    asked = f"{question.action} on {listed((question.resource,))}"
    if level is not None:
        return f"no {name} of level {level} allows {asked}"
    if slot is Slot.IDENTITY:
        return f"no {name} of {who} allows {asked}"
    if slot is Slot.RESOURCE:
        return f"the {name} does not allow {question.action} to {who}"
    if slot is not Slot.SESSION:
        return f"the {name} of {who} does not allow {asked}"
    if not question.slots.session:
        return f"the session of {who} was made without a session policy"
    return f"no {name} of the session allows {asked}"


def _with_policy(
    slots: PolicySlots, slot: Slot, added: Policy, level: int | None
) -> PolicySlots:
    match slot:
        case Slot.IDENTITY:
            return replace(slots, identity=(*slots.identity, added))
        case Slot.SESSION:
            return replace(slots, session=(*(slots.session or ()), added))
        case Slot.BOUNDARY:
            return replace(slots, boundary=_joined(slots.boundary, added))
        case Slot.RESOURCE:
            return replace(slots, resource=_joined(slots.resource, added))
        case _:
            levels = tuple(
                (*policies, added) if number == level else policies
                for number, policies in enumerate(slots.scp_levels)
            )
            return replace(slots, scp_levels=levels)


def _joined(policy: Policy | None, added: Policy) -> Policy:
    if policy is None:
        return added
    return replace(policy, statements=(*policy.statements, *added.statements))


def _without(slots: PolicySlots, statement: Statement) -> PolicySlots:
    def of_all(policies: Policies) -> Policies:
        return tuple(map(of, policies))

    def of(policy: Policy) -> Policy:
        kept = tuple(each for each in policy.statements if each is not statement)
        return replace(policy, statements=kept)

    return replace(
        slots,
        identity=of_all(slots.identity),
        resource=of(slots.resource) if slots.resource is not None else None,
        boundary=of(slots.boundary) if slots.boundary is not None else None,
        session=of_all(slots.session) if slots.session is not None else None,
        scp_levels=tuple(map(of_all, slots.scp_levels)),
        rcp_levels=tuple(map(of_all, slots.rcp_levels)),
    )

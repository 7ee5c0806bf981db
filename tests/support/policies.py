"""Builders for questions to the policy engine, with the cast of its worked cases.

U is user `bob` of account A, S a session `s1` of role Q of A, F a federated-user
session of U, ROOT the root user of A; B is another account.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from daypass.core.errors import MalformedPolicyDocumentError
from daypass.core.principal import (
    Anonymous,
    FederatedProvider,
    FederatedUser,
    Principal,
    RoleSession,
    RootUser,
    ServicePrincipal,
    User,
)
from daypass.policy.context import RequestContext
from daypass.policy.decision import Decision, Effect
from daypass.policy.document import DocumentKind, Policy, PolicySource
from daypass.policy.evaluate import PolicySlots, Question, decide
from daypass.policy.parse import parse_policy, parse_policy_value

A = "111111111111"
B = "222222222222"
USER_ID = "AIDA" + "B" * 17
ROLE_ID = "AROA" + "Q" * 17
U = User(partition="aws", account_id=A, path="/", name="bob", unique_id=USER_ID)
S = RoleSession(
    partition="aws",
    account_id=A,
    role_path="/",
    role_name="Q",
    role_id=ROLE_ID,
    session_name="s1",
)
F = FederatedUser(partition="aws", account_id=A, name="guest", federating=U)
ROOT = RootUser(partition="aws", account_id=A)
Q_ARN = S.principal_arn
ACCOUNT = f"arn:aws:iam::{A}:root"
R_IN_A = f"arn:aws:iam::{A}:role/R"
R_IN_B = f"arn:aws:iam::{B}:role/R"
OBJECT = "arn:aws:s3:::b/k"

Statement = dict[str, Any]
Keys = Mapping[str, str | Sequence[str]]


def allow(action: Any = "*", resource: Any = "*", **more: Any) -> Statement:
    """Returns an Allow of a permissions document."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "*", resource: Any = "*", **more: Any) -> Statement:
    """Returns a Deny of a permissions document."""
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


# What "allows nothing" is written as, since a document needs a statement.
NOTHING = allow("none:Nothing")


def grant(
    principal: Any,
    resource: Any = "*",
    action: Any = "*",
    **more: Any,
) -> Statement:
    """Returns an Allow of a resource policy, to AWS principals if no kind is given."""
    return allow(action, resource, Principal=_principal(principal), **more)


def trusting(principal: Any, action: Any = "sts:AssumeRole", **more: Any) -> Statement:
    """Returns an Allow of a trust policy, to AWS principals if no kind is given."""
    return {
        "Effect": "Allow",
        "Principal": _principal(principal),
        "Action": action,
        **more,
    }


def _principal(principal: Any) -> Any:
    return principal if isinstance(principal, dict) else {"AWS": principal}


def document(*statements: Any, version: str | None = "2012-10-17") -> Statement:
    """Returns a document."""
    found: Statement = {} if version is None else {"Version": version}
    found["Statement"] = list(statements)
    return found


def policy(
    *statements: Any,
    kind: DocumentKind = DocumentKind.INLINE,
    version: str | None = "2012-10-17",
    name: str = "p",
) -> Policy:
    """Returns a parsed policy."""
    source = PolicySource(kind.name.lower(), name)
    return parse_policy_value(
        document(*statements, version=version), kind=kind, source=source
    )


def text_of(*statements: Any, version: str | None = "2012-10-17") -> str:
    """Returns the text of a document."""
    return json.dumps(document(*statements, version=version))


def saved(
    value: Any, kind: DocumentKind, resolve: Callable[[str], str | None] | None = None
) -> Policy:
    """Parses a document that is given as its text, or as the value of it."""
    text = value if isinstance(value, str) else json.dumps(value)
    source = PolicySource(kind.name.lower(), "p")
    return parse_policy(text, kind=kind, source=source, resolve=resolve)


def refusal(
    value: Any, kind: DocumentKind, resolve: Callable[[str], str | None] | None = None
) -> str:
    """Returns the text with which a document is refused."""
    with pytest.raises(MalformedPolicyDocumentError) as caught:
        saved(value, kind, resolve)
    return caught.value.message


def identity_keys(principal: Principal) -> dict[str, str]:
    """Returns the identity keys that a principal has (policy-language 6.1)."""
    if isinstance(principal, Anonymous):
        return {"aws:PrincipalType": "Anonymous", "aws:userid": "anonymous"}
    if isinstance(principal, ServicePrincipal):
        return {"aws:PrincipalIsAWSService": "true"}
    if isinstance(principal, FederatedProvider):
        return {}
    keys = {
        "aws:PrincipalArn": principal.principal_arn,
        "aws:PrincipalAccount": principal.account_id,
        "aws:PrincipalType": str(principal.principal_type),
        "aws:PrincipalIsAWSService": "false",
        "aws:userid": principal.user_id,
    }
    if isinstance(principal, User):
        keys["aws:username"] = principal.name
    return keys


def result(decision: Decision) -> str:
    """Returns `A`, `E`, or `I` with the slot, as the worked cases write it."""
    if decision.fault is not None:
        raise decision.fault
    if decision.effect is Effect.IMPLICIT_DENY:
        return f"I {decision.slot}"
    return "A" if decision.effect is Effect.ALLOW else "E"


def ask(
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    *,
    who: Principal = U,
    account: str = A,
    keys: Keys | None = None,
    slots: PolicySlots | None = None,
) -> Decision:
    """Asks a question; `keys` come on top of the identity keys of the caller."""
    context = RequestContext.of(identity_keys(who)).including(keys or {})
    return decide(
        Question(
            action=action,
            resource=resource,
            resource_account=account,
            principal=who,
            context=context,
            slots=slots or PolicySlots(),
        )
    )


def slots(
    *,
    identity: Sequence[Statement] = (),
    granting: Sequence[Statement] | None = None,
    trust: Sequence[Statement] | None = None,
    boundary: Sequence[Statement] | None = None,
    session: Sequence[Sequence[Statement]] | None = None,
    scp: Sequence[Sequence[Sequence[Statement]]] = (),
    rcp: Sequence[Sequence[Sequence[Statement]]] = (),
    version: str | None = "2012-10-17",
) -> PolicySlots:
    """Returns slots whose policies are written as statements.

    A trust policy is a required resource policy. An identity or resource
    policy without statements is none.
    """
    resource_policy = None
    if trust:
        resource_policy = policy(*trust, kind=DocumentKind.TRUST, version=version)
    elif granting:
        resource_policy = policy(*granting, kind=DocumentKind.RESOURCE, version=version)
    return PolicySlots(
        identity=(policy(*identity, version=version),) if identity else (),
        resource=resource_policy,
        resource_policy_required=trust is not None,
        boundary=None
        if boundary is None
        else policy(*boundary, kind=DocumentKind.MANAGED),
        session=None
        if session is None
        else tuple(policy(*each, kind=DocumentKind.SESSION) for each in session),
        scp_levels=_levels(scp, DocumentKind.SERVICE_CONTROL),
        rcp_levels=_levels(rcp, DocumentKind.RESOURCE_CONTROL),
    )


def _levels(
    levels: Sequence[Sequence[Sequence[Statement]]], kind: DocumentKind
) -> tuple[tuple[Policy, ...], ...]:
    return tuple(
        tuple(policy(*statements, kind=kind) for statements in level)
        for level in levels
    )

"""Random questions to the policy engine, small enough that their parts often meet.

Documents are valid, and are kept as they are written, so that the reference
evaluator can read them too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from daypass.core.principal import (
    Anonymous,
    FederatedProvider,
    FederatedUser,
    Principal,
    ServicePrincipal,
)
from daypass.policy.context import RequestContext
from daypass.policy.document import DocumentKind, Policy, PolicySource
from daypass.policy.evaluate import PolicySlots, Question
from daypass.policy.parse import parse_policy_value
from support.policies import (
    ACCOUNT,
    OBJECT,
    Q_ARN,
    R_IN_A,
    R_IN_B,
    ROLE_ID,
    ROOT,
    USER_ID,
    A,
    B,
    F,
    S,
    U,
    identity_keys,
)
from support.reference_policy import Asked, Document

SERVICE = ServicePrincipal("ec2.amazonaws.com")
PROVIDER = FederatedProvider(f"arn:aws:iam::{A}:saml-provider/Corp")
OF_ROOT = FederatedUser("aws", A, "guest", ROOT)
CALLERS: tuple[Principal, ...] = (
    *(U, U, S, S, F, OF_ROOT, ROOT),
    *(SERVICE, PROVIDER, Anonymous()),
)
ARN_VALUES = (Q_ARN, f"arn:aws:iam::{A}:role/*", f"arn:*:i?m::{B}:*", "*", "no arn")
TEXT_VALUES = ("a", "A", "a*", "?", "", "bob", "${aws:username}", "${*}", "${x, 'a'}")
# For each operator without set operator and suffix: values a policy may hold.
VALUES: Mapping[str, Sequence[Any]] = {
    **dict.fromkeys(
        (
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ),
        TEXT_VALUES,
    ),
    **dict.fromkeys(
        ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"),
        (*ARN_VALUES, "arn:aws:iam::${aws:PrincipalAccount}:role/Q"),
    ),
    **{
        f"Numeric{order}": (1, "1.0", "-2", "1e1", 10)
        for order in (
            "Equals",
            "NotEquals",
            "LessThan",
            "LessThanEquals",
            "GreaterThan",
            "GreaterThanEquals",
        )
    },
    **{
        f"Date{order}": ("2024-01-01", "2024-01-01T01:00:00+01:00", "1704067201")
        for order in (
            "Equals",
            "NotEquals",
            "LessThan",
            "LessThanEquals",
            "GreaterThan",
            "GreaterThanEquals",
        )
    },
    "Bool": ("true", "FALSE", True),
    "BinaryEquals": ("YQ==", "no base64"),
    "IpAddress": ("10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "no block"),
    "NotIpAddress": ("10.0.0.0/8", "::/0"),
    "Null": ("true", "false", False),
}
REQUEST_VALUES = (
    "a",
    "A",
    "",
    "*",
    "bob",
    "1",
    "10.0",
    "true",
    "FALSE",
    "2024-01-01T00:00:00Z",
    "1704067200",
    "10.1.2.3",
    "2001:db8::1",
    "YQ==",
    Q_ARN,
    R_IN_B,
)
KEYS = ("k", "K", "aws:TagKeys", "aws:username", "aws:PrincipalTag/team")
RESOURCES = (
    "*",
    OBJECT,
    "arn:aws:s3:::b/*",
    "arn:aws:s3",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:s3:::${aws:PrincipalTag/team, 'b'}/?",
    "arn:*:iam::1*:role/*",
    f"arn:aws:iam::{B}:role/R",
)
PRINCIPALS = (
    "*",
    A,
    ACCOUNT,
    B,
    U.arn,
    USER_ID,
    Q_ARN,
    ROLE_ID,
    S.arn,
    S.user_id,
    F.arn,
)


def _some(values: Sequence[Any], *, least: int = 1) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=3)


@st.composite
def conditions(
    draw: st.DrawFn, counts: Sequence[int] = (0, 0, 0, 1, 2)
) -> dict[str, Any]:
    """Draws a Condition element with one of so many conditions."""
    conditions: dict[str, Any] = {}
    for _ in range(draw(st.sampled_from(counts))):
        base = draw(st.sampled_from(sorted(VALUES)))
        before = draw(st.sampled_from(("", "", "ForAllValues:", "ForAnyValue:")))
        after = draw(st.sampled_from(("", "IfExists"))) if base != "Null" else ""
        keys = conditions.setdefault(f"{before}{base}{after}", {})
        keys[draw(st.sampled_from(KEYS))] = draw(_some(VALUES[base], least=0))
    return conditions


@st.composite
def _statements(draw: st.DrawFn, *, principal: bool = False) -> dict[str, Any]:
    actions = ("*", "s3:*", "S3:getOBJECT", "s3:Get?bject", "sts:AssumeRole", "*:*")
    effect = draw(st.sampled_from(("Allow", "Allow", "Allow", "Deny")))
    statement: dict[str, Any] = {"Effect": effect}
    statement[draw(st.sampled_from(("Action", "Action", "NotAction")))] = draw(
        _some(actions)
    )
    statement[draw(st.sampled_from(("Resource", "Resource", "NotResource")))] = draw(
        _some(RESOURCES)
    )
    statement["Condition"] = draw(conditions())
    if principal:
        negated = effect == "Deny" and draw(st.booleans())
        statement["NotPrincipal" if negated else "Principal"] = draw(_principals())
    return statement


@st.composite
def _principals(draw: st.DrawFn) -> Any:
    if draw(st.integers(0, 9)) == 0:
        return "*"
    return {
        "AWS": draw(_some(PRINCIPALS)),
        "Service": draw(_some((SERVICE.name, "s3.amazonaws.com"), least=0)),
        "Federated": draw(_some((PROVIDER.provider,), least=0)),
    }


@st.composite
def documents(
    draw: st.DrawFn, *, principal: bool = False, versioned: bool = False
) -> Document:
    """Draws a document."""
    statements = st.lists(_statements(principal=principal), min_size=1, max_size=3)
    versions = ("2012-10-17",) if versioned else ("2012-10-17", "2008-10-17")
    return {
        "Version": draw(st.sampled_from(versions)),
        "Statement": draw(statements),
    }


def request_keys() -> st.SearchStrategy[dict[str, list[str]]]:
    """Draws context keys with their values."""
    names = st.sampled_from(("k", "aws:TagKeys", "aws:PrincipalTag/team"))
    return st.dictionaries(names, _some(REQUEST_VALUES, least=0))


@st.composite
def questions(draw: st.DrawFn) -> Asked:
    """Draws a question with policies in some of its slots."""
    who = draw(st.sampled_from(CALLERS))
    level = st.lists(documents(versioned=True), min_size=1, max_size=2)
    none: st.SearchStrategy[list[list[Document]]] = st.just([])
    levels = none | none | st.lists(level, max_size=2)
    control = st.lists(
        st.lists(documents(versioned=True).map(_about_everyone), max_size=1), max_size=1
    )
    extra = draw(request_keys())
    keys = {name: [value] for name, value in identity_keys(who).items()} | extra
    session = draw(st.lists(documents(), max_size=2))
    return Asked(
        action=draw(st.sampled_from(("s3:GetObject", "sts:AssumeRole", "iam:GetRole"))),
        resource=draw(
            st.sampled_from((OBJECT, "arn:aws:s3:::bob/k", R_IN_A, R_IN_B, "*"))
        ),
        account=draw(st.sampled_from((A, A, B))),
        principal=who,
        keys=keys,
        identity=draw(st.lists(documents(), max_size=2)),
        resource_policy=draw(st.none() | documents(principal=True)),
        required=draw(st.booleans()),
        boundary=draw(st.none() | documents(versioned=True)),
        session=session,
        session_is_cap=bool(session) and draw(st.booleans()),
        scp=draw(levels),
        rcp=draw(control),
    )


def _about_everyone(document: Document) -> Document:
    statements = [{**each, "Principal": "*"} for each in document["Statement"]]
    return {**document, "Statement": statements}


def compiled(asked: Asked) -> Question:
    """Returns the question with its documents parsed."""
    kinds = DocumentKind
    return Question(
        action=asked.action,
        resource=asked.resource,
        resource_account=asked.account,
        principal=asked.principal,
        context=RequestContext.of(asked.keys),
        slots=PolicySlots(
            identity=_policies(asked.identity, kinds.INLINE),
            resource=_policy(asked.resource_policy, kinds.RESOURCE),
            resource_policy_required=asked.required,
            boundary=_policy(asked.boundary, kinds.MANAGED),
            session=_policies(asked.session, kinds.SESSION) or None,
            session_is_cap=asked.session_is_cap,
            scp_levels=tuple(_policies(d, kinds.SERVICE_CONTROL) for d in asked.scp),
            rcp_levels=tuple(_policies(d, kinds.RESOURCE_CONTROL) for d in asked.rcp),
        ),
    )


def _policies(documents: Sequence[Document], kind: DocumentKind) -> tuple[Policy, ...]:
    found = (_policy(document, kind) for document in documents)
    return tuple(policy for policy in found if policy is not None)


def _policy(document: Document | None, kind: DocumentKind) -> Policy | None:
    if document is None:
        return None
    source = PolicySource(kind.name.lower(), "p")
    return parse_policy_value(dict(document), kind=kind, source=source)

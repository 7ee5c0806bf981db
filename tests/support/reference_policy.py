"""A second evaluator of policies, naive and independent, to compare the real one with.

It reads documents as they are written, evaluates everything anew for every question,
and follows policy-language 4, 5 and 7 sentence by sentence with no thought of speed.
It imports nothing of `daypass.policy`, and takes valid documents only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from daypass.core.principal import (
    AccountPrincipal,
    Anonymous,
    FederatedProvider,
    FederatedUser,
    Principal,
    RoleSession,
    RootUser,
    ServicePrincipal,
    User,
)
from support.reference_conditions import (
    condition_holds,
    glob,
    listed,
    substitute,
    symbols,
)

Document = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question, with its policies as documents."""

    action: str
    resource: str
    account: str
    principal: Principal
    keys: Mapping[str, Sequence[str]]
    identity: Sequence[Document] = ()
    resource_policy: Document | None = None
    required: bool = False
    boundary: Document | None = None
    session: Sequence[Document] = ()
    session_is_cap: bool = False
    scp: Sequence[Sequence[Document]] = ()
    rcp: Sequence[Sequence[Document]] = ()


def decide(asked: Asked) -> str:  # noqa: C901, PLR0911, PLR0912 - as is the page.
    """Returns `A`, `E`, or `I` with the slot (section 7)."""
    if asked.action.lower() in {"sts:getcalleridentity", "sts:getsessiontoken"}:
        return "A"
    if any(_explicit_denials(asked)):
        return "E"
    who = asked.principal
    owned = isinstance(who, AccountPrincipal)
    if owned and not all(_allows(level, asked) for level in asked.scp):
        return "I scp"
    grant = max(
        (
            strength
            for statement in _statements([asked.resource_policy])
            if statement["Effect"] == "Allow" and _matches(statement, asked)
            for strength in [_strength(statement["Principal"], asked)]
        ),
        default=0,
    )
    if isinstance(who, FederatedProvider) and who.provider.startswith("arn:"):
        # 2.1: a role trusts the providers of its own account.
        grant = grant if who.provider.split(":")[4] == asked.account else 0
    if not isinstance(who, AccountPrincipal):
        return "A" if grant == 3 else "I resource"
    same = who.account_id == asked.account
    if (asked.required or not same) and grant == 0:
        return "I resource"
    if isinstance(who, RootUser) and asked.session:
        return "A" if _allows(asked.session, asked) else "I session"
    if asked.session_is_cap and not _allows(asked.session, asked):
        return "I session"
    if (same and grant == 3) or isinstance(who, RootUser):
        return "A"
    of_root = isinstance(who, FederatedUser) and isinstance(who.federating, RootUser)
    identity = of_root or _allows(asked.identity, asked)
    if not identity and not (same and grant == 2):
        return "I identity"
    if asked.boundary is not None and not _allows([asked.boundary], asked):
        return "I boundary"
    if isinstance(who, FederatedUser) and not asked.session:
        return "I session"
    if asked.session and not _allows(asked.session, asked):
        return "I session"
    return "A"


def _explicit_denials(asked: Asked) -> Iterator[bool]:
    who = asked.principal
    owned = isinstance(who, AccountPrincipal)
    mine: list[Document | None] = []
    if owned:
        mine += [document for level in asked.scp for document in level]
    if owned and not isinstance(who, RootUser):
        if not (
            isinstance(who, FederatedUser) and isinstance(who.federating, RootUser)
        ):
            mine += asked.identity
        mine += [asked.boundary]
    if owned:
        mine += asked.session
    for statement in _statements(mine):
        yield statement["Effect"] == "Deny" and _matches(statement, asked)
    theirs = [asked.resource_policy, *(d for level in asked.rcp for d in level)]
    for statement in _statements(theirs):
        if statement["Effect"] == "Deny" and _matches(statement, asked):
            if "Principal" in statement:
                yield _strength(statement["Principal"], asked) > 0
            else:
                spared = _strength(statement["NotPrincipal"], asked, named_only=True)
                yield asked.boundary is not None or spared < 2


def _statements(documents: Sequence[Document | None]) -> Iterator[dict[str, Any]]:
    for document in documents:
        if document is not None:
            version = document.get("Version", "2008-10-17")
            for statement in listed(document["Statement"]):
                yield {**statement, "variables": version == "2012-10-17"}


def _allows(documents: Sequence[Document], asked: Asked) -> bool:
    return any(
        statement["Effect"] == "Allow" and _matches(statement, asked)
        for statement in _statements(documents)
    )


def _strength(principal: Any, asked: Asked, *, named_only: bool = False) -> int:
    """Returns 3 for DIRECT, 2 for ENTITY, 1 for ACCOUNT, 0 for none (7.1)."""
    who = asked.principal
    if principal == "*":
        return 0 if named_only else 3
    if isinstance(who, ServicePrincipal):
        return 3 if who.name in listed(principal.get("Service", [])) else 0
    if isinstance(who, FederatedProvider):
        return 3 if who.provider in listed(principal.get("Federated", [])) else 0
    entries = listed(principal.get("AWS", []))
    if "*" in entries and not named_only:
        return 3
    if isinstance(who, Anonymous):
        return 0
    account = [who.account_id, f"arn:aws:iam::{who.account_id}:root"]
    own, behind = [who.arn], []
    if isinstance(who, RootUser):
        own += account
    if isinstance(who, User):
        own += [who.unique_id]
    if isinstance(who, RoleSession):
        own += [f"{who.role_id}:{who.session_name}"]
        behind += [who.principal_arn, who.role_id]
    if isinstance(who, FederatedUser) and isinstance(who.federating, User):
        behind += [who.federating.arn, who.federating.unique_id]
    ranked = [(3, own), (2, behind), (1, account)]
    return max(
        (rank for rank, names in ranked for name in names if name in entries),
        default=0,
    )


def _matches(statement: Mapping[str, Any], asked: Asked) -> bool:
    """Matches everything but the principal."""
    return (
        _action_part(statement, asked)
        and _resource_part(statement, asked)
        and all(
            condition_holds(operator, key, listed(values), asked.keys, statement)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _action_part(statement: Mapping[str, Any], asked: Asked) -> bool:
    def named(entries: Any) -> bool:
        return any(
            glob(symbols(entry.lower(), wildcards=True), asked.action.lower())
            for entry in listed(entries)
        )

    if "Action" in statement:
        return named(statement["Action"])
    return not named(statement["NotAction"])


def _resource_part(statement: Mapping[str, Any], asked: Asked) -> bool:
    if "Resource" in statement:
        return any(
            _resource_entry(entry, asked, statement) is True
            for entry in listed(statement["Resource"])
        )
    if "NotResource" in statement:
        found = [
            _resource_entry(entry, asked, statement)
            for entry in listed(statement["NotResource"])
        ]
        if None in found:
            return bool(statement["Effect"] == "Deny")
        return True not in found
    return True


def _resource_entry(
    entry: str, asked: Asked, statement: Mapping[str, Any]
) -> bool | None:
    """Returns None for an entry with an unresolved variable."""
    if entry == "*":
        return True
    pattern = entry.split(":", 5)
    pattern += ["*"] * (6 - len(pattern))
    texts = asked.resource.split(":", 5)
    last = pattern[5]
    if statement["variables"]:
        resolved = substitute(last, asked.keys, wildcards=True)
        if resolved is None:
            return None
    else:
        resolved = symbols(last, wildcards=True)
    return len(texts) == 6 and all(
        glob(expected, text)
        for expected, text in zip(
            [*(symbols(part, wildcards=True) for part in pattern[:5]), resolved],
            texts,
            strict=True,
        )
    )

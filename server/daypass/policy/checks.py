"""What is asked of a document when it is stored, beyond being well formed.

SPEC: policy-language 3.4 (sizes) and the last paragraph of 3.2 (shared issuers).
The directory runs these checks when it is loaded; no operation does. Which kinds of
document must name the latest version is checked by parsing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from daypass.core import limits
from daypass.core.strict_json import JsonValue
from daypass.policy.conditions import Condition
from daypass.policy.document import DocumentKind, Policy, Statement, StatementEffect
from daypass.policy.folding import fold
from daypass.policy.grammar import malformed
from daypass.policy.operators import Quantifier
from daypass.policy.size import text_size, value_size

# A document, as text or as it was loaded elsewhere.
Document = str | dict[str, JsonValue]


class PolicyQuotaError(ValueError):
    """A stored document is larger than its quota.

    It never reaches a caller of an operation: documents are stored by whoever keeps
    the directory, and are reported where that is loaded.
    """


class InlineOwner(StrEnum):
    """What may have inline policies."""

    USER = "user"
    GROUP = "group"
    ROLE = "role"


_INLINE_QUOTAS: Final[Mapping[InlineOwner, int]] = MappingProxyType(
    {
        InlineOwner.USER: limits.USER_POLICIES_CHARACTERS_MAX,
        InlineOwner.GROUP: limits.GROUP_POLICIES_CHARACTERS_MAX,
        InlineOwner.ROLE: limits.ROLE_POLICIES_CHARACTERS_MAX,
    }
)
# For each kind, the name of its quota and the quota.
_QUOTAS: Final[Mapping[DocumentKind, tuple[str, int]]] = MappingProxyType(
    {
        DocumentKind.MANAGED: ("PolicySize", limits.MANAGED_POLICY_CHARACTERS_MAX),
        DocumentKind.TRUST: (
            "ACLSizePerRole",
            limits.TRUST_POLICY_CHARACTERS_DEFAULT,
        ),
        DocumentKind.SERVICE_CONTROL: (
            "PolicySize",
            limits.ORGANISATION_POLICY_CHARACTERS_MAX,
        ),
        DocumentKind.RESOURCE_CONTROL: (
            "PolicySize",
            limits.ORGANISATION_POLICY_CHARACTERS_MAX,
        ),
    }
)


def document_size(document: Document) -> int:
    """Returns the characters of a document that count against a quota."""
    if isinstance(document, str):
        return text_size(document)
    return value_size(document, size_max=limits.POLICY_DOCUMENT_CHARACTERS_MAX)


def check_size(
    kind: DocumentKind, document: Document, *, quota: int | None = None
) -> None:
    """Checks the size of a document that is stored on its own.

    Args:
        kind: what it is for. Inline policies count together: see
            `check_inline_sizes`. Kinds without a quota are bounded as parameters are.
        document: the document.
        quota: the quota in force, where it is not the usual one.

    Raises:
        PolicyQuotaError: it is too large; equality is not.
    """
    name, usual = _QUOTAS.get(
        kind, ("PolicySize", limits.POLICY_DOCUMENT_CHARACTERS_MAX)
    )
    allowed = usual if quota is None else quota
    if document_size(document) > allowed:
        message = f"Cannot exceed quota for {name}: {allowed}"
        raise PolicyQuotaError(message)


def check_inline_sizes(
    owner: InlineOwner, name: str, documents: Iterable[Document]
) -> None:
    """Checks the size of all inline policies of one user, group or role.

    Raises:
        PolicyQuotaError: together they are too large; equality is not.
    """
    allowed = _INLINE_QUOTAS[owner]
    if sum(map(document_size, documents)) > allowed:
        message = f"Maximum policy size of {allowed} bytes exceeded for {owner} {name}"
        raise PolicyQuotaError(message)


@dataclass(frozen=True, slots=True)
class SharedIssuer:
    """An OIDC issuer whose tokens many unrelated tenants get.

    Attributes:
        host: the issuer without its scheme, as in the name of a provider.
        claim: the claim that tells the tenants apart.
    """

    host: str
    claim: str = "sub"


# The issuers that are known to be shared; a deployment may bring its own list.
SHARED_ISSUERS: Final = (
    SharedIssuer("token.actions.githubusercontent.com"),
    SharedIssuer("vstoken.actions.githubusercontent.com"),
    SharedIssuer("oidc-configuration.audit-log.githubusercontent.com"),
    SharedIssuer("gitlab.com"),
    SharedIssuer("app.terraform.io"),
    SharedIssuer("agent.buildkite.com"),
    SharedIssuer("oidc.codefresh.io"),
    SharedIssuer("api.pulumi.com/oidc", claim="aud"),
    SharedIssuer("oidc.vercel.com", claim="aud"),
)
_PROVIDER: Final = ":oidc-provider/"
_EQUALITIES: Final = frozenset({"StringEquals", "StringEqualsIgnoreCase", "StringLike"})


def check_shared_issuers(
    policy: Policy, issuers: Iterable[SharedIssuer] = SHARED_ISSUERS
) -> None:
    """Checks that a trust policy does not trust every tenant of a shared issuer.

    Raises:
        MalformedPolicyDocumentError: an Allow names such an issuer and no condition
            narrows the claim that tells its tenants apart to more than a wildcard.
    """
    known = tuple(issuers)
    for statement in policy.statements:
        for provider in _providers(statement):
            for issuer in known:
                if _is_of(provider, issuer) and not _narrows(
                    statement, fold(f"{provider}:{issuer.claim}")
                ):
                    message = (
                        f"The provider {provider} is shared by many tenants: a"
                        f" condition on {provider}:{issuer.claim} with more than a"
                        " wildcard is required"
                    )
                    raise malformed("shared_issuer", message)


def _providers(statement: Statement) -> tuple[str, ...]:
    """Returns the OIDC providers that an Allow names, without what precedes them."""
    principals = statement.principals
    if principals is None or statement.effect is not StatementEffect.ALLOW:
        return ()
    named = (arn.partition(_PROVIDER)[2] for arn in sorted(principals.federated))
    return tuple(name for name in named if name)


def _is_of(provider: str, issuer: SharedIssuer) -> bool:
    """Tells whether a provider is an issuer, or one tenant's path below it."""
    name, host = fold(provider), fold(issuer.host)
    return name == host or name.startswith(f"{host}/")


def _narrows(statement: Statement, key: str) -> bool:
    return any(
        condition.key == key and _is_narrow(condition)
        for condition in statement.conditions
    )


def _is_narrow(condition: Condition) -> bool:
    """Tells whether a condition fails without the key, and on values of no meaning.

    The values are alternatives, so that one wildcard among them lets all in.
    """
    name = condition.operator
    if name.base not in _EQUALITIES or name.if_exists:
        return False
    if name.quantifier is Quantifier.FOR_ALL:
        return False
    return all(text.strip("*?") for text in condition.texts)

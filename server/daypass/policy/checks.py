"""What is asked of a trust policy when it is stored, beyond being well formed.

SPEC: the last paragraph of policy-language 3.2 (shared issuers). The directory runs
the check when it is loaded; no operation does. How large a stored document may be is
the directory's to say, and which kinds must name the latest version the parser's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from daypass.policy.conditions import Condition
from daypass.policy.document import Policy, Statement, StatementEffect
from daypass.policy.folding import fold
from daypass.policy.grammar import malformed
from daypass.policy.operators import Quantifier


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

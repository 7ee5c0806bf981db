"""Exchange policies as requests see them: resolved, and each of one account.

SPEC: sts-operations 6.1: impersonation and cross-audience exchange only by explicit
policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from daypass.core.exchanged_token import TokenType


@dataclass(frozen=True, slots=True)
class TokenSource:
    """Tokens of one kind that are taken as a subject or an actor.

    Attributes:
        provider_arn: whose they are; None means that they are our own.
        audiences: whom they must be meant for, all of them: client ids of the
            provider, or audiences of our own tokens.
        token_types: the types that they may be presented as.
    """

    provider_arn: str | None
    audiences: frozenset[str]
    token_types: frozenset[TokenType]


@dataclass(frozen=True, slots=True)
class ExchangePolicy:
    """Who may exchange which tokens for what; it says yes to whole requests only.

    Attributes:
        partition: such as `aws`.
        account_id: the account that declares it.
        name: its name there.
        client_ids: the unique ids of the users and roles that may ask.
        subjects: the tokens that are exchanged.
        actors: the tokens of who may act; empty where nobody may.
        impersonation: whether a token is exchanged without an actor.
        delegation: whether one is with an actor.
        audiences: logical names that tokens may be issued for.
        resources: URIs that tokens may be issued for.
        scopes: what tokens may grant.
        lifetime_max: the longest that anything issued lives.
        issued_types: what may be asked for.
        role_arn: the role of credentials, or None.
        single_use: whether a subject token is taken once only.
    """

    partition: str
    account_id: str
    name: str
    client_ids: frozenset[str]
    subjects: tuple[TokenSource, ...]
    actors: tuple[TokenSource, ...]
    impersonation: bool
    delegation: bool
    audiences: frozenset[str]
    resources: frozenset[str]
    scopes: frozenset[str]
    lifetime_max: timedelta
    issued_types: frozenset[TokenType]
    role_arn: str | None
    single_use: bool

    @property
    def arn(self) -> str:
        """What policies name it by, as the resource of `daypass:ExchangeToken`."""
        return (
            f"arn:{self.partition}:daypass::{self.account_id}"
            f":exchange-policy/{self.name}"
        )


def sources_of(
    sources: Iterable[TokenSource], provider_arn: str | None, token_type: TokenType
) -> tuple[TokenSource, ...]:
    """Returns the sources that a token of a provider, or of our own, may be of."""
    return tuple(
        source
        for source in sources
        if source.provider_arn == provider_arn and token_type in source.token_types
    )

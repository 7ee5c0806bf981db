"""Which exchange policy decides a request: the first, by name, that says yes to it.

Looked at is what the request asks for, and whose token the subject claims to be. No
other policy is tried when the chosen one turns out not to take the token itself.
A refusal is that of the last question to which any policy still said yes.

SPEC: sts-operations 6.1; RFC 8693 sections 2.1 and 2.2.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from daypass.core.errors import RejectedError
from daypass.core.exchange_errors import (
    InvalidExchangeTokenError,
    InvalidScopeError,
    InvalidTargetError,
    UnauthorizedClientError,
)
from daypass.core.exchanged_token import TokenType
from daypass.directory.exchange_policies import (
    ExchangePolicy,
    TokenSource,
    sources_of,
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """Whose token one claims to be, before it is believed.

    Attributes:
        provider_arn: the provider; None means that it is one of ours.
        token_type: the type that it is said to be of.
    """

    provider_arn: str | None
    token_type: TokenType


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for.

    Attributes:
        client_id: the unique id of the user or role that asks.
        subject: the token that is exchanged.
        actor: the token of who shall act, or None.
        requested_type: what is to be issued.
        audiences: logical names of the target.
        resources: URIs of the target.
        scopes: what is to be granted; empty means whatever there is.
    """

    client_id: str
    subject: Claimed
    actor: Claimed | None
    requested_type: TokenType
    audiences: tuple[str, ...]
    resources: tuple[str, ...]
    scopes: frozenset[str]

    @property
    def targets(self) -> tuple[str, ...]:
        """Audiences and resources together."""
        return (*self.audiences, *self.resources)


def choose(policies: Iterable[ExchangePolicy], asked: Asked) -> ExchangePolicy:
    """Returns the policy that decides a request.

    Args:
        policies: those of the caller's account.
        asked: what the request asks for.

    Raises:
        UnauthorizedClientError: the caller may not exchange, or not in this way.
        InvalidExchangeTokenError: such a subject or actor is not taken.
        InvalidTargetError: nothing is issued for this target.
        InvalidScopeError: such a scope is not granted.
    """
    left = sorted(policies, key=lambda policy: policy.name)
    for admits, refusal in _questions(asked):
        left = [policy for policy in left if admits(policy)]
        if not left:
            raise refusal
    return left[0]


def _questions(
    asked: Asked,
) -> tuple[tuple[Callable[[ExchangePolicy], bool], RejectedError], ...]:
    actor = asked.actor
    delegated = actor is not None
    mode = "delegation" if delegated else "impersonation"
    return (
        (
            lambda policy: asked.client_id in policy.client_ids,
            UnauthorizedClientError("client_of_no_policy"),
        ),
        (
            lambda policy: _takes(asked.subject, policy.subjects),
            InvalidExchangeTokenError("subject_of_no_policy"),
        ),
        (
            lambda policy: policy.delegation if delegated else policy.impersonation,
            UnauthorizedClientError(f"{mode}_not_allowed"),
        ),
        (
            lambda policy: actor is None or _takes(actor, policy.actors),
            InvalidExchangeTokenError("actor_of_no_policy"),
        ),
        (
            lambda policy: asked.requested_type in policy.issued_types,
            UnauthorizedClientError("type_of_no_policy"),
        ),
        (
            lambda policy: _serves(policy, asked),
            InvalidTargetError("target_of_no_policy"),
        ),
        (
            lambda policy: _grants(policy, asked),
            InvalidScopeError("scope_of_no_policy"),
        ),
    )


def _takes(claimed: Claimed, sources: Iterable[TokenSource]) -> bool:
    return bool(sources_of(sources, claimed.provider_arn, claimed.token_type))


def _serves(policy: ExchangePolicy, asked: Asked) -> bool:
    if asked.requested_type is TokenType.CREDENTIALS:
        # What credentials are good for is said by the policies of their role.
        return not asked.targets
    return (
        policy.audiences.issuperset(asked.audiences)
        and policy.resources.issuperset(asked.resources)
        and bool(targets_of(policy, asked))
    )


def targets_of(policy: ExchangePolicy, asked: Asked) -> tuple[str, ...]:
    """Returns what a token is issued for: what is asked for, or the only choice."""
    only = (*policy.audiences, *policy.resources)
    return asked.targets or (only if len(only) == 1 else ())


def _grants(policy: ExchangePolicy, asked: Asked) -> bool:
    if asked.requested_type in {TokenType.CREDENTIALS, TokenType.ID_TOKEN}:
        return not asked.scopes
    return policy.scopes >= asked.scopes

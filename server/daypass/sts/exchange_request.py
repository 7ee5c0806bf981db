"""The parameters of ExchangeToken, and what they must be like.

SPEC: sts-operations 6.1, the table of parameters; detail 60. What breaches it is an
`invalid_request` of RFC 8693.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from daypass.core import exchange_form as form
from daypass.core import exchange_limits as limits
from daypass.core.exchanged_token import TokenType
from daypass.core.secret import Secret
from daypass.core.validation import TextRule, Violations

_TYPE: Final = TextRule(1, limits.TOKEN_TYPE_CHARACTERS_MAX)
_TOKEN: Final = TextRule(1, limits.PRESENTED_TOKEN_CHARACTERS_MAX)
_AUDIENCE: Final = TextRule(
    1, limits.TARGET_CHARACTERS_MAX, form.AUDIENCE_CHARACTERS, form.AUDIENCE_PATTERN
)
_RESOURCE: Final = TextRule(
    1, limits.TARGET_CHARACTERS_MAX, form.RESOURCE_CHARACTERS, form.RESOURCE_PATTERN
)
_SCOPE: Final = TextRule(
    1, limits.SCOPE_CHARACTERS_MAX, form.SCOPE_CHARACTERS, form.SCOPE_PATTERN
)
_TYPES: Final = {kind.value: kind for kind in TokenType}
_PRESENTED: Final = frozenset(
    {TokenType.ACCESS_TOKEN, TokenType.ID_TOKEN, TokenType.JWT}
)
_ISSUED: Final = frozenset(TokenType)


@dataclass(frozen=True, slots=True)
class ExchangeTokenRequest:
    """The parameters as they came; None and empty mean that one was not sent."""

    subject_token: Secret
    subject_token_type: str
    actor_token: Secret | None = None
    actor_token_type: str | None = None
    resources: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    requested_token_type: str | None = None


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """A token as it was presented, and the type that it is said to be of."""

    token: Secret
    token_type: TokenType


@dataclass(frozen=True, slots=True)
class ValidExchange:
    """Parameters that have their form; each target and scope stands once."""

    subject: PresentedToken
    actor: PresentedToken | None
    resources: tuple[str, ...]
    audiences: tuple[str, ...]
    scopes: frozenset[str]
    requested_type: TokenType


def validate(request: ExchangeTokenRequest) -> ValidExchange:
    """Returns the parameters, once they have their form.

    Raises:
        ValidationError: one has not; it names all of them.
    """
    found = Violations()
    subject = _token(found, "subject_token", request.subject_token)
    subject_type = _type(found, "subject_token_type", request.subject_token_type)
    actor = _actor(found, request)
    _check_each(found, "resources", request.resources, _RESOURCE, limits.TARGETS_MAX)
    _check_each(found, "audiences", request.audiences, _AUDIENCE, limits.TARGETS_MAX)
    _check_each(found, "scopes", request.scopes, _SCOPE, limits.SCOPES_MAX)
    requested = TokenType.ACCESS_TOKEN
    if request.requested_token_type:
        requested = _type(
            found, "requested_token_type", request.requested_token_type, _ISSUED
        )
    found.raise_if_any()
    return ValidExchange(
        subject=PresentedToken(subject, subject_type),
        actor=actor,
        resources=tuple(dict.fromkeys(request.resources)),
        audiences=tuple(dict.fromkeys(request.audiences)),
        scopes=frozenset(request.scopes),
        requested_type=requested,
    )


def _actor(found: Violations, request: ExchangeTokenRequest) -> PresentedToken | None:
    """Returns the actor's token; its type goes with it and never without it."""
    if request.actor_token is None:
        if request.actor_token_type:
            found.add(
                ("actor_token_type",),
                f"'{request.actor_token_type[: limits.TOKEN_TYPE_CHARACTERS_MAX]}'",
                "Member must be absent without actorToken",
                brief="without actor_token",
            )
        return None
    token = _token(found, "actor_token", request.actor_token)
    return PresentedToken(
        token, _type(found, "actor_token_type", request.actor_token_type)
    )


def _token(found: Violations, field: str, token: Secret) -> Secret:
    text = token.reveal_text()
    found.require((field,), text)
    if text:
        found.check_text((field,), text, _TOKEN, secret=True)
    return token


def _type(
    found: Violations,
    field: str,
    value: str | None,
    known: frozenset[TokenType] = _PRESENTED,
) -> TokenType:
    """Returns a token type; any of them where a breach has been added instead."""
    found.require((field,), value)
    if not value:
        return TokenType.JWT
    found.check_text((field,), value, _TYPE)
    kind = _TYPES.get(value)
    if kind is None or kind not in known:
        names = ", ".join(sorted(known))
        found.add(
            (field,),
            f"'{value[: limits.TOKEN_TYPE_CHARACTERS_MAX]}'",
            f"Member must satisfy enum value set: [{names}]",
            brief="unsupported",
        )
        return TokenType.JWT
    return kind


def _check_each(
    found: Violations, field: str, values: tuple[str, ...], rule: TextRule, most: int
) -> None:
    found.check_count((field,), len(values), most=most)
    for index, value in enumerate(values[:most]):
        found.check_text((field, index), value, rule)

"""The shape of exchange policies in directory files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Final, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic_core import PydanticCustomError

from daypass.core import exchange_form as form
from daypass.core import exchange_limits as limits
from daypass.directory import field_types as kinds

ItemT = TypeVar("ItemT")

_NONE: Final = "at least 1 of these is required"
_ONE_SOURCE: Final = "expected exactly one of oidc_provider and own_audiences"
_PROVIDER_TYPES: Final = "a provider makes tokens of type id_token and jwt only"
_CLIENT_IDS: Final = "client_ids go with an oidc_provider"
_ACTORS: Final = "the mode delegation and actors go together"
_ROLE: Final = "issuing credentials and a role go together"
_NO_TARGET: Final = "expected an audience or a resource that tokens are issued for"
_CREDENTIALS_LIFETIME: Final = "credentials last 15m at least"


def _fail(reason: str) -> PydanticCustomError:
    return PydanticCustomError(kinds.CUSTOM_ERROR, reason)


def _rule(test: Callable[[str], bool], reason: str) -> AfterValidator:
    def check(text: str) -> str:
        if not test(text):
            raise _fail(reason)
        return text

    return AfterValidator(check)


def _check_lifetime(span: timedelta) -> timedelta:
    if not limits.EXCHANGED_LIFETIME_MIN <= span <= limits.EXCHANGED_LIFETIME_MAX:
        raise _fail("must be from 1m to 12h")
    return span


def _check_some(items: tuple[ItemT, ...]) -> tuple[ItemT, ...]:
    if not items:
        raise _fail(_NONE)
    return items


def _is_audience(text: str) -> bool:
    return (
        0 < len(text) <= limits.TARGET_CHARACTERS_MAX
        and form.AUDIENCE_CHARACTERS.fullmatch(text) is not None
    )


def _is_resource(text: str) -> bool:
    return (
        len(text) <= limits.TARGET_CHARACTERS_MAX
        and form.RESOURCE_CHARACTERS.fullmatch(text) is not None
    )


def _is_scope(text: str) -> bool:
    return (
        0 < len(text) <= limits.SCOPE_CHARACTERS_MAX
        and form.SCOPE_CHARACTERS.fullmatch(text) is not None
    )


Audience = Annotated[
    str, _rule(_is_audience, "expected 1 to 255 characters, no blanks")
]
Resource = Annotated[
    str,
    _rule(
        _is_resource, "expected an absolute URI of 255 characters at most, no fragment"
    ),
]
Scope = Annotated[
    str, _rule(_is_scope, "expected 1 to 128 characters, no blanks and quotes")
]
PrincipalArn = Annotated[
    str,
    _rule(
        lambda text: text.startswith("arn:") and text.isprintable(),
        "expected the ARN of a user or role",
    ),
]
Lifetime = Annotated[kinds.Span, AfterValidator(_check_lifetime)]
PresentedType = Literal["access_token", "id_token", "jwt"]
IssuedType = Literal["access_token", "id_token", "jwt", "credentials"]
Mode = Literal["impersonation", "delegation"]
Listed = Annotated[tuple[ItemT, ...], Field(strict=False, max_length=100)]
# NOTE: a bound of the field would blame an empty list where its members are faulty.
Chosen = Annotated[
    tuple[ItemT, ...], Field(strict=False, max_length=100), AfterValidator(_check_some)
]


class _Raw(BaseModel):
    """The base of what stands here: strict, frozen, and closed as all of a file is."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class RawTokenSource(_Raw):
    """Tokens of one kind that are taken: of a provider, or of our own."""

    oidc_provider: kinds.IssuerUrl | None = None
    client_ids: Chosen[kinds.ClientId] | None = None
    own_audiences: Chosen[Audience] | None = None
    token_types: Chosen[PresentedType] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.oidc_provider is None) is (self.own_audiences is None):
            raise _fail(_ONE_SOURCE)
        if self.oidc_provider is None and self.client_ids is not None:
            raise _fail(_CLIENT_IDS)
        if self.oidc_provider is not None and "access_token" in self.types:
            raise _fail(_PROVIDER_TYPES)
        return self

    @property
    def types(self) -> tuple[PresentedType, ...]:
        """The types that are taken."""
        if self.token_types is not None:
            return self.token_types
        if self.oidc_provider is not None:
            return ("id_token", "jwt")
        return ("access_token",)


class RawExchangePolicy(_Raw):
    """Who may exchange which tokens for what."""

    description: kinds.OneLine = ""
    clients: Chosen[PrincipalArn]
    subjects: Chosen[RawTokenSource]
    actors: Listed[RawTokenSource] = ()
    modes: Chosen[Mode]
    audiences: Listed[Audience] = ()
    resources: Listed[Resource] = ()
    scopes: Annotated[
        tuple[Scope, ...], Field(strict=False, max_length=limits.SCOPES_MAX)
    ] = ()
    max_lifetime: Lifetime = limits.EXCHANGED_LIFETIME_DEFAULT
    issues: Chosen[IssuedType] = ("access_token",)
    role: kinds.EntityName | None = None
    single_use: bool = False

    @model_validator(mode="after")
    def _check(self) -> Self:
        if ("delegation" in self.modes) is not bool(self.actors):
            raise _fail(_ACTORS)
        if ("credentials" in self.issues) is (self.role is None):
            raise _fail(_ROLE)
        makes_tokens = set(self.issues) != {"credentials"}
        if makes_tokens and not (self.audiences or self.resources):
            raise _fail(_NO_TARGET)
        if self.role is not None and self.max_lifetime < timedelta(minutes=15):
            raise _fail(_CREDENTIALS_LIFETIME)
        return self

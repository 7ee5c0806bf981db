"""The parameters of AssumeRole, and every constraint that needs no policy.

SPEC: sts-operations 0.2, 0.4, 0.7, 0.8 and 1.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Final

from daypass.core import limits
from daypass.core.arn import EntityArn
from daypass.core.quick import quick_init
from daypass.core.secret import Secret
from daypass.core.session import SessionPolicies
from daypass.core.validation import (
    EXTERNAL_ID_CHARACTERS,
    EXTERNAL_ID_PATTERN,
    NAME_CHARACTERS,
    NAME_PATTERN,
    POLICY_CHARACTERS,
    POLICY_PATTERN,
    TextRule,
    Violations,
)
from daypass.sts.request_rules import (
    ARN_RULE,
    check_policy_arns,
    check_second_factor,
    check_token_size,
)
from daypass.sts.tags import Tag, check_tag_fields


@quick_init
@dataclass(frozen=True, slots=True)
class ProvidedContext:
    """A context assertion and the provider that made it."""

    provider_arn: str
    context_assertion: Secret


@quick_init
@dataclass(frozen=True, slots=True)
class AssumeRoleRequest:
    """The parameters as they were sent; None means that one was not.

    `duration_seconds` and `minimum_session_token_size` are numbers of seconds and
    bytes.

    `likeness` is no parameter: requests that have the same one have the same parameters
    but for the session's name. It is what they were read of, without the name; None
    tells nothing.
    """

    role_arn: str | None = None
    role_session_name: str | None = None
    duration_seconds: int | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()
    external_id: str | None = None
    serial_number: str | None = None
    token_code: Secret | None = None
    source_identity: str | None = None
    provided_contexts: tuple[ProvidedContext, ...] = ()
    minimum_session_token_size: int | None = None
    likeness: bytes | None = field(default=None, repr=False, compare=False)

    def named(self, role_session_name: str) -> AssumeRoleRequest:
        """Returns the same parameters with another name of the session."""
        # As `replace` does it, at a fraction of the time; in the order of the fields.
        return AssumeRoleRequest(
            self.role_arn,
            role_session_name,
            self.duration_seconds,
            self.policy,
            self.policy_arns,
            self.tags,
            self.transitive_tag_keys,
            self.external_id,
            self.serial_number,
            self.token_code,
            self.source_identity,
            self.provided_contexts,
            self.minimum_session_token_size,
            self.likeness,
        )


@quick_init
@dataclass(frozen=True, slots=True)
class ValidAssumeRole:
    """The parameters after every check that needs no policy and no state."""

    role: EntityArn
    role_arn: str
    session_name: str
    duration: timedelta
    policies: SessionPolicies
    tags: dict[str, str]
    transitive_tag_keys: tuple[str, ...]
    external_id: str | None
    source_identity: str | None
    context_providers: tuple[str, ...]
    token_size_min: int


# A role is assumed often, by ARNs that are short by then.
_ROLES_KEPT: Final = 4_096
_SESSION_NAME: Final = TextRule(
    limits.SESSION_NAME_CHARACTERS_MIN,
    limits.SESSION_NAME_CHARACTERS_MAX,
    NAME_CHARACTERS,
    NAME_PATTERN,
)
_POLICY: Final = TextRule(
    1, limits.POLICY_DOCUMENT_CHARACTERS_MAX, POLICY_CHARACTERS, POLICY_PATTERN
)
_EXTERNAL_ID: Final = TextRule(
    limits.EXTERNAL_ID_CHARACTERS_MIN,
    limits.EXTERNAL_ID_CHARACTERS_MAX,
    EXTERNAL_ID_CHARACTERS,
    EXTERNAL_ID_PATTERN,
)
_SOURCE_IDENTITY: Final = TextRule(
    limits.SOURCE_IDENTITY_CHARACTERS_MIN,
    limits.SOURCE_IDENTITY_CHARACTERS_MAX,
    NAME_CHARACTERS,
    NAME_PATTERN,
)
_ASSERTION: Final = TextRule(
    limits.CONTEXT_ASSERTION_CHARACTERS_MIN, limits.CONTEXT_ASSERTION_CHARACTERS_MAX
)


def is_session_name(text: str | None) -> bool:
    """Tells whether a text may be the name of a session."""
    return (
        text is not None
        and limits.SESSION_NAME_CHARACTERS_MIN
        <= len(text)
        <= limits.SESSION_NAME_CHARACTERS_MAX
        and NAME_CHARACTERS.fullmatch(text) is not None
    )


def validate(request: AssumeRoleRequest) -> ValidAssumeRole:
    """Checks every parameter by itself.

    Raises:
        ValidationError: constraints are breached; it names all of the breaches.
    """
    found = Violations()
    _check_texts(request, found)
    _check_lists(request, found)
    found.check_range(
        ("duration_seconds",),
        request.duration_seconds,
        least=limits.ROLE_SESSION_SECONDS_MIN,
        most=limits.ROLE_SESSION_SECONDS_MAX,
    )
    check_token_size(request.minimum_session_token_size, found)
    found.raise_if_any()
    return _validated(request)


def _check_texts(request: AssumeRoleRequest, found: Violations) -> None:
    found.require(("role_arn",), request.role_arn)
    found.require(("role_session_name",), request.role_session_name)
    if request.role_arn:
        found.check_text(("role_arn",), request.role_arn, ARN_RULE)
    if request.role_session_name:
        found.check_text(
            ("role_session_name",), request.role_session_name, _SESSION_NAME
        )
    found.check_text(("policy",), request.policy, _POLICY)
    found.check_text(("external_id",), request.external_id, _EXTERNAL_ID)
    found.check_text(("source_identity",), request.source_identity, _SOURCE_IDENTITY)
    check_second_factor(request.serial_number, request.token_code, found)


def _check_lists(request: AssumeRoleRequest, found: Violations) -> None:
    check_policy_arns(request.policy_arns, found)
    check_tag_fields(request.tags, request.transitive_tag_keys, found)
    found.check_count(
        ("provided_contexts",),
        len(request.provided_contexts),
        most=limits.PROVIDED_CONTEXTS_MAX,
    )
    for index, context in enumerate(request.provided_contexts):
        path = ("provided_contexts", index)
        found.check_text((*path, "provider_arn"), context.provider_arn, ARN_RULE)
        found.check_text(
            (*path, "context_assertion"),
            context.context_assertion.reveal_text(),
            _ASSERTION,
            secret=True,
        )


@lru_cache(maxsize=_ROLES_KEPT)
def _role(arn: str) -> EntityArn:
    return EntityArn.parse(arn, kind="role")


def _validated(request: AssumeRoleRequest) -> ValidAssumeRole:
    # NOTE: `require` has refused a missing ARN or name above.
    role_arn = request.role_arn or ""
    seconds = (
        limits.ROLE_SESSION_SECONDS_DEFAULT
        if request.duration_seconds is None
        else request.duration_seconds
    )
    return ValidAssumeRole(
        role=_role(role_arn),
        role_arn=role_arn,
        session_name=request.role_session_name or "",
        duration=timedelta(seconds=seconds),
        policies=SessionPolicies(request.policy, request.policy_arns),
        tags={tag.key: tag.value for tag in request.tags},
        transitive_tag_keys=request.transitive_tag_keys,
        external_id=request.external_id,
        source_identity=request.source_identity,
        context_providers=tuple(
            context.provider_arn for context in request.provided_contexts
        ),
        token_size_min=request.minimum_session_token_size or 0,
    )

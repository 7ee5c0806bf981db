"""What a proof of an identity provider says, and what it is exchanged under.

Values that the two federated operations share: AssumeRoleWithWebIdentity and
AssumeRoleWithSAML. Whether a proof is good is decided in `federation`; what becomes
of a good one in `sts.federated_assumption`.

SPEC: sts-operations 0.2, 0.4, 0.6 to 0.8, 1.2 and 1.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from daypass.core import limits
from daypass.core.arn import EntityArn
from daypass.core.errors import RejectedError
from daypass.core.ports import GuardKey
from daypass.core.session import SessionPolicies
from daypass.core.validation import (
    POLICY_CHARACTERS,
    POLICY_PATTERN,
    TextRule,
    Violations,
)
from daypass.sts.request_rules import ARN_RULE, check_policy_arns, check_token_size
from daypass.sts.tags import Tag

_POLICY: Final = TextRule(
    1, limits.FEDERATION_POLICY_CHARACTERS_MAX, POLICY_CHARACTERS, POLICY_PATTERN
)


@dataclass(frozen=True, slots=True)
class OneUse:
    """That a proof may be exchanged once, on all workers together.

    Attributes:
        key: names the proof.
        expire_time: from when on it is refused anyway, skew included.
        refusal: what the second one who brings it is told.
    """

    key: GuardKey
    expire_time: datetime
    refusal: RejectedError


@dataclass(frozen=True, slots=True, kw_only=True)
class FederatedProof:
    """What a proof says that is known to be good.

    Attributes:
        provider_arn: the provider whose proof it is, or the domain of a built-in one.
        session_name: the name of the session; it has the form of one.
        trust_keys: the condition keys that the role's trust policy sees.
        session_keys: those that later requests of the session still see.
        tags: the session tags as they were read, which are still to be checked.
        transitive_tag_keys: those of them that are to be passed on.
        source_identity: the source identity, which has the form of one, or None.
        duration_max: the longest that the proof allows, which shortens what was
            asked for, or None.
        one_use: where the proof may be exchanged once only.
        attributes: further facts for the audit record, short and not secret.
    """

    provider_arn: str
    session_name: str
    trust_keys: Mapping[str, tuple[str, ...]]
    session_keys: Mapping[str, tuple[str, ...]]
    tags: tuple[Tag, ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None
    duration_max: timedelta | None = None
    one_use: OneUse | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


class SharedParameters(Protocol):
    """The parameters that both operations have, as they were sent."""

    @property
    def role_arn(self) -> str | None:
        """The role."""
        ...

    @property
    def policy(self) -> str | None:
        """The inline session policy."""
        ...

    @property
    def policy_arns(self) -> tuple[str, ...]:
        """The managed session policies."""
        ...

    @property
    def duration_seconds(self) -> int | None:
        """How many seconds the session shall last."""
        ...

    @property
    def minimum_session_token_size(self) -> int | None:
        """The fewest bytes that the session token shall have."""
        ...


@dataclass(frozen=True, slots=True)
class AssumptionParameters:
    """The shared parameters, each of which has its form.

    Attributes:
        role: the role's ARN in its parts.
        role_arn: the same as it was sent.
        duration: how long the session shall last.
        policies: the session policies, not yet read.
        token_size_min: the fewest bytes of its token.
    """

    role: EntityArn
    role_arn: str
    duration: timedelta
    policies: SessionPolicies
    token_size_min: int


def check_shared(request: SharedParameters, found: Violations) -> None:
    """Checks each shared parameter by itself."""
    found.require(("role_arn",), request.role_arn)
    if request.role_arn:
        found.check_text(("role_arn",), request.role_arn, ARN_RULE)
    check_policy_arns(request.policy_arns, found)
    found.check_text(("policy",), request.policy, _POLICY)
    found.check_range(
        ("duration_seconds",),
        request.duration_seconds,
        least=limits.ROLE_SESSION_SECONDS_MIN,
        most=limits.ROLE_SESSION_SECONDS_MAX,
    )
    check_token_size(request.minimum_session_token_size, found)


def shared_parameters(request: SharedParameters) -> AssumptionParameters:
    """Returns the shared parameters of a request in which no breach was found.

    Raises:
        ValidationError: the role's ARN is none of a role.
    """
    role_arn = request.role_arn or ""
    seconds = request.duration_seconds
    if seconds is None:
        seconds = limits.ROLE_SESSION_SECONDS_DEFAULT
    return AssumptionParameters(
        role=EntityArn.parse(role_arn, kind="role"),
        role_arn=role_arn,
        duration=timedelta(seconds=seconds),
        policies=SessionPolicies(request.policy, request.policy_arns),
        token_size_min=request.minimum_session_token_size or 0,
    )

"""GetWebIdentityToken: a token that names the caller to a service outside.

The token is no credential of ours: no operation takes it for a proof, nothing of it
is stored, and revoking the session that asked for it does not reach those who verify
it with the key set alone. So it lives for an hour at the most, and never longer than
that session would have.

SPEC: sts-operations 0.9, 0.10 and 1.11; details 1, 16, 45 and 59.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final

from daypass.core import outbound_limits as limits
from daypass.core.clock import whole_second
from daypass.core.errors import AccessDeniedError, InternalFailureError
from daypass.core.outbound_errors import SessionDurationEscalationError
from daypass.core.ports import Clock, Entropy, Snapshot
from daypass.core.secret import Secret
from daypass.core.validation import TextRule, Violations
from daypass.directory.model import Directory
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.ring import Ring
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.caller import Caller, CallerKind
from daypass.sts.context import ContextKeys, names, tag_keys
from daypass.sts.identity_facts import identity_facts
from daypass.sts.outbound_issuers import OutboundIssuers
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target
from daypass.sts.tags import Tag, check_tag_conflicts, check_tag_fields
from daypass.tokens.identity_token import (
    IDENTITY_TOKEN_ALGORITHMS,
    IdentityClaims,
    sign_identity_token,
)

_GET_TOKEN: Final = "sts:GetWebIdentityToken"  # noqa: S105 - an action.
_TAG_TOKEN: Final = "sts:TagGetWebIdentityToken"  # noqa: S105 - an action.
_CALLERS: Final = frozenset(
    {CallerKind.USER, CallerKind.USER_SESSION, CallerKind.ROLE_SESSION}
)
_AUDIENCE: Final = TextRule(
    limits.AUDIENCE_CHARACTERS_MIN, limits.AUDIENCE_CHARACTERS_MAX
)
_ALGORITHMS: Final = {
    algorithm.value: algorithm for algorithm in IDENTITY_TOKEN_ALGORITHMS
}
_TOKEN_ID_BYTES: Final = 16
_UUID_RANDOM: Final = 4


@dataclass(frozen=True, slots=True)
class GetWebIdentityTokenRequest:
    """The parameters as they were sent; None means that one was not."""

    audience: tuple[str, ...] = ()
    signing_algorithm: str | None = None
    duration_seconds: int | None = None
    tags: tuple[Tag, ...] = ()


@dataclass(frozen=True, slots=True)
class GetWebIdentityTokenResult:
    """The answer of GetWebIdentityToken."""

    web_identity_token: Secret
    expiration: datetime


@dataclass(frozen=True, slots=True)
class _Valid:
    """The parameters after every check that needs no policy and no state."""

    audiences: tuple[str, ...]
    algorithm: Algorithm
    duration_seconds: int
    tags: Mapping[str, str]


class GetWebIdentityToken:
    """The operation.

    Args:
        directory: accounts, and the tags of principals.
        ring: what tokens are signed with.
        issuers: which issuer an account has.
        authorizers: decides.
        clock: dates the tokens.
        entropy: draws their names.
    """

    name: ClassVar[str] = "GetWebIdentityToken"
    grants: ClassVar[bool] = True

    def __init__(
        self,
        *,
        directory: Snapshot[Directory],
        ring: Snapshot[Ring],
        issuers: OutboundIssuers,
        authorizers: AuthorizerFactory,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._directory = directory
        self._ring = ring
        self._issuers = issuers
        self._authorizers = authorizers
        self._clock = clock
        self._entropy = entropy

    async def perform(
        self, request: GetWebIdentityTokenRequest, invocation: Invocation
    ) -> GetWebIdentityTokenResult:
        """Checks, decides and signs.

        Raises:
            RejectedError: a parameter is wrong or the answer is no.
            InternalFailureError: the ring has no key of the algorithm.
        """
        caller = invocation.caller
        if caller.kind not in _CALLERS:
            raise AccessDeniedError("caller_kind")
        principal = caller.principal
        resource = f"arn:{principal.partition}:sts::{principal.account_id}:self"
        invocation.audit.resource = resource
        valid = _validate(request)
        directory = self._directory.current()
        target = Target(resource, principal.account_id)
        self._authorize(valid, target, directory, invocation)
        claims = self._claims(valid, caller, directory)
        self._note(valid, claims, invocation)
        token = self._sign(claims, valid.algorithm)
        return GetWebIdentityTokenResult(Secret(token), claims.expire_time)

    def _authorize(
        self,
        valid: _Valid,
        target: Target,
        directory: Directory,
        invocation: Invocation,
    ) -> None:
        """Asks for every action that the call takes; the first refused one counts."""
        authorization = self._authorizers.authorize(
            target, _context_keys(valid, target), invocation, directory=directory
        )
        authorization.require(_GET_TOKEN)
        if valid.tags:
            authorization.require(_TAG_TOKEN)

    def _claims(
        self, valid: _Valid, caller: Caller, directory: Directory
    ) -> IdentityClaims:
        account = directory.account(caller.principal.account_id)
        issuer = self._issuers.issuer_of(account)
        issue_time = whole_second(self._clock.now())
        expire_time = issue_time + timedelta(seconds=valid.duration_seconds)
        session = caller.session
        if session is not None and expire_time > session.expire_time:
            raise SessionDurationEscalationError("identity_token_outlives_session")
        authorizer = self._authorizers.authorizer(directory)
        return IdentityClaims(
            token_id=self._new_token_id(),
            issuer=issuer,
            audiences=valid.audiences,
            subject=caller.principal.principal_arn,
            issue_time=issue_time,
            expire_time=expire_time,
            facts=identity_facts(
                caller,
                account=account,
                keys=authorizer.identity_keys(caller.principal, session),
                request_tags=valid.tags,
            ),
        )

    def _new_token_id(self) -> str:
        drawn = self._entropy.token_bytes(_TOKEN_ID_BYTES)
        return str(uuid.UUID(bytes=drawn, version=_UUID_RANDOM))

    def _note(
        self, valid: _Valid, claims: IdentityClaims, invocation: Invocation
    ) -> None:
        """Puts the token on record by its name, and never by its text."""
        audience = " ".join(claims.audiences)
        invocation.audit.attributes |= {
            "audience": audience[: limits.AUDITED_AUDIENCE_CHARACTERS_MAX],
            "issuer": claims.issuer,
            "signing_algorithm": valid.algorithm.value,
            "token_id": claims.token_id,
        }

    def _sign(self, claims: IdentityClaims, algorithm: Algorithm) -> str:
        try:
            return sign_identity_token(claims, self._ring.current(), algorithm)
        except InternalFailureError as error:
            # A ring of an earlier release; its operator adds the algorithm.
            raise InternalFailureError(
                error.detail,
                message=f"This service has no active key of {algorithm.value} yet",
                metadata={"signing_algorithm": algorithm.value},
            ) from error


def _validate(request: GetWebIdentityTokenRequest) -> _Valid:
    found = Violations()
    if not request.audience:
        found.require(("audience",), None)
    found.check_count(("audience",), len(request.audience), most=limits.AUDIENCES_MAX)
    for index, audience in enumerate(request.audience[: limits.AUDIENCES_MAX]):
        found.check_text(("audience", index), audience, _AUDIENCE)
    algorithm = _check_algorithm(request.signing_algorithm, found)
    found.check_range(
        ("duration_seconds",),
        request.duration_seconds,
        least=limits.IDENTITY_TOKEN_SECONDS_MIN,
        most=limits.IDENTITY_TOKEN_SECONDS_MAX,
    )
    check_tag_fields(request.tags, (), found)
    found.raise_if_any()
    check_tag_conflicts(request.tags, (), {})
    return _Valid(
        audiences=request.audience,
        algorithm=algorithm,
        duration_seconds=limits.IDENTITY_TOKEN_SECONDS_DEFAULT
        if request.duration_seconds is None
        else request.duration_seconds,
        tags={tag.key: tag.value for tag in request.tags},
    )


def _check_algorithm(name: str | None, found: Violations) -> Algorithm:
    """Returns the algorithm; where the name is no good, some other and a breach."""
    path = ("signing_algorithm",)
    found.require(path, name)
    if name and name not in _ALGORITHMS:
        known = ", ".join(sorted(_ALGORITHMS))
        constraint = f"Member must satisfy enum value set: [{known}]"
        found.add(path, f"'{name}'", constraint, brief="enum")
    return _ALGORITHMS.get(name or "", IDENTITY_TOKEN_ALGORITHMS[0])


def _context_keys(valid: _Valid, target: Target) -> Mapping[str, str | Sequence[str]]:
    keys: ContextKeys = {
        "aws:ResourceAccount": target.account_id,
        "sts:IdentityTokenAudience": valid.audiences,
        "sts:SigningAlgorithm": valid.algorithm.value,
        "sts:DurationSeconds": str(valid.duration_seconds),
    }
    if valid.tags:
        keys["aws:TagKeys"] = names(valid.tags)
        keys.update(tag_keys("aws:RequestTag", valid.tags))
    return keys

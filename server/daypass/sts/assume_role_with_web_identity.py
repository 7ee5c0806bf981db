"""AssumeRoleWithWebIdentity: a token of an OpenID provider for a role's credentials.

What a token must be is decided in `federation.oidc`, and what becomes of a good one
in `sts.federated_assumption`. This module finds the provider of a token in the
account of the role, asks for its keys, and turns what the token says into a proof.

SPEC: sts-operations 1.3; details 13, 14, 39 to 43; attacks O16 to O23, O31 to O33.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from daypass.core import federation_limits, limits, provider_limits
from daypass.core.credentials import Credentials
from daypass.core.errors import AccessDeniedError, InvalidIdentityTokenError
from daypass.core.key_set_source import KeySetSource
from daypass.core.ports import Clock, GuardKey
from daypass.core.secret import Secret
from daypass.core.validation import (
    NAME_CHARACTERS,
    NAME_PATTERN,
    TextRule,
    Violations,
)
from daypass.directory.declared import OidcProvider
from daypass.directory.model import Directory
from daypass.federation.oidc import id_token, refusals
from daypass.federation.oidc.jwk_set import JwkSet
from daypass.federation.oidc.verified import VerifiedIdToken
from daypass.sts.exchange_bounds import ExchangeBounds
from daypass.sts.federated_assumption import (
    AssumedSession,
    FederatedAssumption,
    FederatedCollaborators,
)
from daypass.sts.federated_proof import AssumptionParameters, FederatedProof, OneUse
from daypass.sts.pipeline import Invocation
from daypass.sts.tags import Tag

# SPEC: the providers whose tokens are no JSON Web Tokens. Theirs are not taken.
_OPAQUE: Final = frozenset({"www.amazon.com", "graph.facebook.com"})
_ROLE_AUTHORIZED: Final = "sts:RoleAuthorizedByIdp"
ONCE_PURPOSE: Final = "web-identity-token"
_SESSION_NAME: Final = TextRule(
    limits.SESSION_NAME_CHARACTERS_MIN,
    limits.SESSION_NAME_CHARACTERS_MAX,
    NAME_CHARACTERS,
    NAME_PATTERN,
)
_TOKEN: Final = TextRule(
    federation_limits.WEB_IDENTITY_TOKEN_CHARACTERS_MIN,
    provider_limits.ID_TOKEN_CHARACTERS_MAX,
)
_PROVIDER_ID: Final = TextRule(
    federation_limits.PROVIDER_ID_CHARACTERS_MIN,
    federation_limits.PROVIDER_ID_CHARACTERS_MAX,
)


@dataclass(frozen=True, slots=True)
class AssumeRoleWithWebIdentityRequest:
    """The parameters as they were sent; None means that one was not."""

    role_arn: str | None = None
    role_session_name: str | None = None
    web_identity_token: Secret | None = None
    provider_id: str | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    duration_seconds: int | None = None
    minimum_session_token_size: int | None = None


@dataclass(frozen=True, slots=True)
class AssumeRoleWithWebIdentityResult:
    """The answer.

    Attributes:
        credentials: of the session.
        subject: who the token is about.
        assumed_role_id: the unique id of the role, and the session's name.
        assumed_role_arn: the session's ARN.
        packed_policy_percent: how much is packed; claims are, so that it is never
            absent.
        provider_arn: whose token it was.
        audience: the registered client id that the token is meant for.
        source_identity: what the token gives, or None.
        session_token_bytes: the size of the session token.
    """

    credentials: Credentials
    subject: str
    assumed_role_id: str
    assumed_role_arn: str
    packed_policy_percent: int | None
    provider_arn: str
    audience: str
    source_identity: str | None
    session_token_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WebIdentityProof(FederatedProof):
    """A proof that is a token, with what the answer repeats of it."""

    subject: str
    audience: str


class AssumeRoleWithWebIdentity(
    FederatedAssumption[
        AssumeRoleWithWebIdentityRequest,
        WebIdentityProof,
        AssumeRoleWithWebIdentityResult,
    ]
):
    """The operation.

    Args:
        steps: what the shared steps need.
        key_sets: the keys of providers.
        bounds: how much the checks of tokens may take.
        clock: dates the check.
    """

    name: ClassVar[str] = "AssumeRoleWithWebIdentity"
    reports_packed: ClassVar[bool] = True

    def __init__(
        self,
        *,
        steps: FederatedCollaborators,
        key_sets: KeySetSource[JwkSet],
        bounds: ExchangeBounds,
        clock: Clock,
    ) -> None:
        super().__init__(steps=steps)
        self._key_sets = key_sets
        self._bounds = bounds
        self._clock = clock

    def check(
        self, request: AssumeRoleWithWebIdentityRequest, found: Violations
    ) -> None:
        """Checks the session's name, the token's length and the provider's id."""
        found.require(("role_session_name",), request.role_session_name)
        if request.role_session_name:
            found.check_text(
                ("role_session_name",), request.role_session_name, _SESSION_NAME
            )
        token = _text(request.web_identity_token)
        found.require(("web_identity_token",), token)
        if token:
            found.check_text(("web_identity_token",), token, _TOKEN, secret=True)
        found.check_text(("provider_id",), request.provider_id, _PROVIDER_ID)

    async def prove(
        self,
        request: AssumeRoleWithWebIdentityRequest,
        parameters: AssumptionParameters,
        *,
        directory: Directory,
        invocation: Invocation,
    ) -> WebIdentityProof:
        """Returns what the token says; see the base class."""
        _check_provider_id(request.provider_id)
        unverified = id_token.parse(_text(request.web_identity_token))
        provider = _provider(unverified.issuer, parameters, directory)
        # Whose token was refused is on record, too.
        invocation.audit.attributes["provider"] = provider.arn
        with self._bounds.proof(provider.arn, invocation.call.source_address):
            keys = await self._key_sets.key_set(
                provider.url, provider_arn=provider.arn, key_id=unverified.key_id
            )
            # NOTE: the time is taken after the wait for the keys.
            token = unverified.verify(
                provider=provider, keys=keys, now=self._clock.now()
            )
            authorized = token.authorizes_role(parameters.role_arn)
        return _proof(
            token,
            session_name=request.role_session_name or "",
            provider=provider,
            authorized=authorized,
        )

    def answer(
        self, proof: WebIdentityProof, session: AssumedSession
    ) -> AssumeRoleWithWebIdentityResult:
        """Returns the answer."""
        issued = session.issued
        return AssumeRoleWithWebIdentityResult(
            credentials=issued.credentials,
            subject=proof.subject,
            assumed_role_id=session.principal.user_id,
            assumed_role_arn=session.principal.arn,
            packed_policy_percent=issued.packed_policy_percent,
            provider_arn=proof.provider_arn,
            audience=proof.audience,
            source_identity=proof.source_identity,
            session_token_bytes=issued.session_token_bytes,
        )


def _text(token: Secret | None) -> str:
    return token.reveal_text() if token is not None else ""


def _check_provider_id(provider_id: str | None) -> None:
    """Returns when the request names no provider whose tokens are something else.

    Raises:
        InvalidIdentityTokenError: it names one of the two that exist.
        AccessDeniedError: it names another one.
    """
    if provider_id is None:
        return
    if provider_id in _OPAQUE:
        raise InvalidIdentityTokenError(
            "provider_id_with_token",
            message="ProviderId must not be sent with an OpenID Connect token",
        )
    raise AccessDeniedError(
        "provider_id_unknown",
        message=f"Not authorized to perform sts:{AssumeRoleWithWebIdentity.name}",
    )


def _provider(
    issuer: str, parameters: AssumptionParameters, directory: Directory
) -> OidcProvider:
    """Returns the provider of an issuer in the account of the role (detail 40).

    Raises:
        InvalidIdentityTokenError: there is none, or no such account.
    """
    role = parameters.role
    account = directory.account(role.account)
    if account is not None and account.partition == role.partition:
        for provider in account.oidc_providers.values():
            if provider.url == issuer:
                return provider
    raise refusals.no_provider(issuer)


def _proof(
    token: VerifiedIdToken,
    *,
    session_name: str,
    provider: OidcProvider,
    authorized: bool,
) -> WebIdentityProof:
    return WebIdentityProof(
        provider_arn=token.provider_arn,
        session_name=session_name,
        trust_keys={
            **token.condition_keys(),
            _ROLE_AUTHORIZED: ("true" if authorized else "false",),
        },
        session_keys=token.session_condition_keys(),
        tags=tuple(Tag(key, value) for key, value in token.tags.tags),
        transitive_tag_keys=token.tags.transitive_keys,
        source_identity=token.source_identity,
        one_use=_one_use(token) if provider.single_use else None,
        attributes={"subject": token.subject, "audience": token.audience},
        subject=token.subject,
        audience=token.audience,
    )


def _one_use(token: VerifiedIdToken) -> OneUse:
    """Returns that the token is good once, until no clock takes it any more."""
    return OneUse(
        key=GuardKey(ONCE_PURPOSE, (token.provider_arn, token.replay_id)),
        expire_time=token.expire_time + provider_limits.ID_TOKEN_CLOCK_SKEW_MAX,
        refusal=InvalidIdentityTokenError(
            "id_token_used",
            message="The identity token was exchanged before, and is good only once",
        ),
    )

"""AssumeRoleWithSAML: an assertion of a SAML provider for a role's credentials.

What an assertion must be is decided in `federation.saml`, and what becomes of a good
one in `sts.federated_assumption`. This module finds the provider, has the assertion
checked, and turns what it says into a proof that is good once.

SPEC: sts-operations 1.2; details 13, 14, 36 to 38; attacks S41, S43, S44, S46, S47.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, Protocol

from daypass.core import saml_limits as limits
from daypass.core.arn import Arn
from daypass.core.credentials import Credentials
from daypass.core.errors import (
    AccessDeniedError,
    IdpRejectedClaimError,
    InvalidIdentityTokenError,
    ValidationError,
)
from daypass.core.ports import Clock, GuardKey
from daypass.core.secret import Secret
from daypass.core.validation import TextRule, Violations
from daypass.directory.declared import SamlProvider, SamlTrust
from daypass.directory.model import Directory
from daypass.federation.saml.assertion import Expectations
from daypass.federation.saml.options import ServiceProvider
from daypass.federation.saml.verified import VerifiedAssertion
from daypass.sts.exchange_bounds import ExchangeBounds
from daypass.sts.federated_assumption import (
    AssumedSession,
    FederatedAssumption,
    FederatedCollaborators,
)
from daypass.sts.federated_proof import AssumptionParameters, FederatedProof, OneUse
from daypass.sts.pipeline import Invocation
from daypass.sts.request_rules import ARN_RULE
from daypass.sts.saml_trust import SamlTrusts, compatibility
from daypass.sts.tags import Tag

_PURPOSE: Final = "saml-assertion"
_KIND: Final = "saml-provider"
_ASSERTION: Final = TextRule(
    limits.SAML_ASSERTION_CHARACTERS_MIN, limits.SAML_ASSERTION_CHARACTERS_MAX
)
# What is audited of a name that a provider has given somebody.
_AUDITED_CHARACTERS_MAX: Final = 256


class AssertionChecker(Protocol):
    """Checks assertions, where it does not hold up other calls."""

    async def check(
        self, text: Secret, expected: Expectations, *, now: datetime
    ) -> VerifiedAssertion:
        """Returns what an assertion says; see `federation.saml.assertion.verify`.

        Raises:
            RejectedError: as that does, or there are too many to check.
        """
        ...


@dataclass(frozen=True, slots=True)
class AssumeRoleWithSamlRequest:
    """The parameters as they were sent; None means that one was not."""

    role_arn: str | None = None
    principal_arn: str | None = None
    saml_assertion: Secret | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    duration_seconds: int | None = None
    minimum_session_token_size: int | None = None


@dataclass(frozen=True, slots=True)
class AssumeRoleWithSamlResult:
    """The answer.

    Attributes:
        credentials: of the session.
        assumed_role_id: the unique id of the role, and the session's name.
        assumed_role_arn: the session's ARN.
        packed_policy_percent: None where there are neither policies nor tags.
        subject: the NameID.
        subject_type: its format.
        issuer: of the assertion.
        audience: the recipient that it was made for (detail 36).
        name_qualifier: with a persistent subject it names a person for good.
        source_identity: what the assertion gives, or None.
        session_token_bytes: the size of the session token.
    """

    credentials: Credentials
    assumed_role_id: str
    assumed_role_arn: str
    packed_policy_percent: int | None
    subject: str
    subject_type: str
    issuer: str
    audience: str
    name_qualifier: str
    source_identity: str | None
    session_token_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SamlProof(FederatedProof):
    """A proof that is an assertion, with what the answer repeats of it."""

    assertion: VerifiedAssertion


class AssumeRoleWithSaml(
    FederatedAssumption[AssumeRoleWithSamlRequest, SamlProof, AssumeRoleWithSamlResult]
):
    """The operation.

    Args:
        steps: what the shared steps need.
        checker: checks assertions.
        service_provider: to whom assertions may be addressed.
        bounds: how much the checks of assertions may take.
        clock: dates the check.
    """

    name: ClassVar[str] = "AssumeRoleWithSAML"
    reports_packed: ClassVar[bool] = False

    def __init__(
        self,
        *,
        steps: FederatedCollaborators,
        checker: AssertionChecker,
        service_provider: ServiceProvider,
        bounds: ExchangeBounds,
        clock: Clock,
    ) -> None:
        super().__init__(steps=steps)
        self._checker = checker
        self._service_provider = service_provider
        self._bounds = bounds
        self._clock = clock
        self._trusts = SamlTrusts()

    def check(self, request: AssumeRoleWithSamlRequest, found: Violations) -> None:
        """Checks the provider's ARN and the assertion's length."""
        found.require(("principal_arn",), request.principal_arn)
        if request.principal_arn:
            found.check_text(("principal_arn",), request.principal_arn, ARN_RULE)
        text = _text(request.saml_assertion)
        found.require(("saml_assertion",), text or None)
        if text:
            found.check_text(("saml_assertion",), text, _ASSERTION, secret=True)

    async def prove(
        self,
        request: AssumeRoleWithSamlRequest,
        parameters: AssumptionParameters,
        *,
        directory: Directory,
        invocation: Invocation,
    ) -> SamlProof:
        """Returns what the assertion says; see the base class."""
        principal_arn = request.principal_arn or ""
        declared, trust = _provider(principal_arn, parameters, directory)
        # Whose assertion was refused is on record, too.
        invocation.audit.attributes["provider"] = declared.arn
        expected = Expectations(
            self._trusts.provider(declared, trust),
            self._service_provider,
            compatibility(trust),
        )
        with self._bounds.proof(declared.arn, invocation.call.source_address):
            found = await self._checker.check(
                request.saml_assertion or Secret(""), expected, now=self._clock.now()
            )
        found.check_role(parameters.role_arn)
        # NOTE: taken anew, because the check may have waited for a thread.
        return _proof(found, now=self._clock.now())

    def answer(
        self, proof: SamlProof, session: AssumedSession
    ) -> AssumeRoleWithSamlResult:
        """Returns the answer."""
        issued, found = session.issued, proof.assertion
        return AssumeRoleWithSamlResult(
            credentials=issued.credentials,
            assumed_role_id=session.principal.user_id,
            assumed_role_arn=session.principal.arn,
            packed_policy_percent=issued.packed_policy_percent,
            subject=found.subject,
            subject_type=found.subject_type,
            issuer=found.issuer,
            audience=found.audience,
            name_qualifier=found.name_qualifier,
            source_identity=found.source_identity,
            session_token_bytes=issued.session_token_bytes,
        )


def _text(assertion: Secret | None) -> str:
    return assertion.reveal_text() if assertion is not None else ""


def _provider(
    arn: str, parameters: AssumptionParameters, directory: Directory
) -> tuple[SamlProvider, SamlTrust]:
    """Returns a provider of the role's account, with what it is judged by.

    Raises:
        ValidationError: the ARN is none of a provider.
        AccessDeniedError: it is one of another account than the role's.
        IdpRejectedClaimError: there is no such provider, or no metadata of it.
    """
    parts = Arn.parse(arn)
    kind, _, name = parts.resource.partition("/")
    if parts.service != "iam" or kind != _KIND or not name:
        raise ValidationError("arn_not_a_saml-provider", message=f"{arn} is invalid")
    role = parameters.role
    if (parts.partition, parts.account) != (role.partition, role.account):
        raise AccessDeniedError(
            "saml_provider_of_other_account",
            message=f"Not authorized to perform sts:{AssumeRoleWithSaml.name}",
        )
    account = directory.account(parts.account)
    declared = account.saml_providers.get(arn) if account is not None else None
    if declared is None or declared.trust is None:
        raise IdpRejectedClaimError("saml_provider_unknown")
    return declared, declared.trust


def _proof(found: VerifiedAssertion, *, now: datetime) -> SamlProof:
    return SamlProof(
        provider_arn=found.provider_arn,
        session_name=found.session_name,
        trust_keys=found.condition_keys(),
        session_keys=found.session_condition_keys(),
        tags=tuple(Tag(key, value) for key, value in found.tags.tags),
        transitive_tag_keys=found.tags.transitive_keys,
        source_identity=found.source_identity,
        duration_max=found.lifetime_max(now=now),
        one_use=_one_use(found) if found.single_use else None,
        attributes={
            "subject": found.subject[:_AUDITED_CHARACTERS_MAX],
            "assertion_id": found.assertion_id,
        },
        assertion=found,
    )


def _one_use(found: VerifiedAssertion) -> OneUse:
    """Returns that the assertion is good once, until no clock takes it any more."""
    return OneUse(
        key=GuardKey(_PURPOSE, found.replay_key),
        expire_time=found.remember_until,
        refusal=InvalidIdentityTokenError(
            "saml_replayed",
            message="The assertion was used before, and is good only once",
        ),
    )

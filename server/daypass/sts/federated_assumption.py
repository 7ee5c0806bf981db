"""The steps of a federated assumption: a provider's proof becomes a role's session.

AssumeRoleWithWebIdentity and AssumeRoleWithSAML take them in the same order and can
skip none: form of the parameters, how far revocations are known, the proof, the
forms of what it says, session policies, trust policy, duration, managed policies,
use of a proof that is good once, issue. An operation adds its own parameters, the
check of its proof and the form of its answer.

SPEC: sts-operations 0.1, 0.6 to 0.8, 1.2 and 1.3; policy-language 7.3.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar, final

from daypass.core.errors import AccessDeniedError
from daypass.core.ports import Clock, GuardStore, Snapshot
from daypass.core.principal import RoleSession
from daypass.core.revocation import Epoch
from daypass.core.session import SessionKind
from daypass.core.validation import Violations
from daypass.directory.entities import Role
from daypass.directory.model import Directory
from daypass.sts.authorize_provider import ProviderAuthorizer, TrustTarget
from daypass.sts.federated_proof import (
    AssumptionParameters,
    FederatedProof,
    OneUse,
    SharedParameters,
    check_shared,
    shared_parameters,
)
from daypass.sts.federated_rules import (
    assumable,
    check_duration,
    check_tags,
    context_keys,
    further_actions,
)
from daypass.sts.issue import IssuedSession, SessionDraft, SessionIssuer
from daypass.sts.origin import origin_of_proof
from daypass.sts.pipeline import Invocation
from daypass.sts.revocation_view import RevocationView
from daypass.sts.session_policies import (
    SessionPolicyReader,
    check_managed_policies,
    check_size,
)
from daypass.sts.single_use import use_up

Request = TypeVar("Request", bound=SharedParameters)
Proof = TypeVar("Proof", bound=FederatedProof)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class FederatedCollaborators:
    """What the steps need.

    Attributes:
        directory: roles and managed policies.
        revocations: how far revocations are known.
        authorizer: asks trust policies.
        session_policies: reads session policies.
        guards: remembers which proofs were used.
        issuer: makes the session.
        clock: dates the use of a proof.
    """

    directory: Snapshot[Directory]
    revocations: RevocationView
    authorizer: ProviderAuthorizer
    session_policies: SessionPolicyReader
    guards: GuardStore
    issuer: SessionIssuer
    clock: Clock


@dataclass(frozen=True, slots=True)
class AssumedSession:
    """What was issued, and for whom."""

    issued: IssuedSession
    principal: RoleSession


class FederatedAssumption(ABC, Generic[Request, Proof, Result]):
    """An operation whose request is the proof; a subclass says which proof.

    Args:
        steps: what the shared steps need.
    """

    # The name in audit records; the action that the trust policy allows is
    # `sts:` with the same name.
    name: ClassVar[str]
    grants: ClassVar[bool] = True
    # Whether an answer tells how much is packed even where that is neither
    # policies nor tags (spec 0.6).
    reports_packed: ClassVar[bool]

    def __init__(self, *, steps: FederatedCollaborators) -> None:
        self._steps = steps

    @abstractmethod
    def check(self, request: Request, found: Violations) -> None:
        """Checks the form of the parameters that this operation alone has."""

    @abstractmethod
    async def prove(
        self,
        request: Request,
        parameters: AssumptionParameters,
        *,
        directory: Directory,
        invocation: Invocation,
    ) -> Proof:
        """Returns what the proof says, once it is known to be good.

        Nothing that it raises may depend on the role, of which it only knows the
        ARN that was sent.

        Args:
            request: the parameters as they were sent, each of its form.
            parameters: those that both operations have.
            directory: the snapshot that the call works on.
            invocation: the call.

        Raises:
            DaypassError: the proof is not good, or cannot be checked now.
        """

    @abstractmethod
    def answer(self, proof: Proof, session: AssumedSession) -> Result:
        """Returns the answer."""

    @final
    async def perform(self, request: Request, invocation: Invocation) -> Result:
        """Checks, proves, decides and issues.

        Raises:
            RejectedError: a parameter or the proof is wrong, or the answer is no.
            UnavailableError: nothing was issued.
        """
        invocation.audit.resource = request.role_arn or ""
        found = Violations()
        check_shared(request, found)
        self.check(request, found)
        found.raise_if_any()
        parameters = shared_parameters(request)
        check_size(parameters.policies)
        # Before the proof: a revocation that lands while it is checked counts.
        epoch = self._steps.revocations.epoch
        directory = self._steps.directory.current()
        proof = await self.prove(
            request, parameters, directory=directory, invocation=invocation
        )
        invocation.audit.attributes.update(_audited(proof))
        session = await self._exchange(proof, parameters, epoch, invocation)
        return self.answer(proof, session)

    async def _exchange(
        self,
        proof: FederatedProof,
        parameters: AssumptionParameters,
        epoch: Epoch,
        invocation: Invocation,
    ) -> AssumedSession:
        """Decides and issues, on the directory as it is after the proof."""
        steps = self._steps
        check_tags(proof)
        if parameters.policies.inline is not None:
            steps.session_policies.parse(parameters.policies.inline)
        # NOTE: taken anew, because the proof may have waited for the network.
        directory = steps.directory.current()
        role = assumable(directory.role_by_arn(parameters.role_arn))
        self._authorize(proof, parameters, role, directory, invocation)
        if role is None:
            # NOTE: without a trust policy nothing above has allowed; this is the
            # same answer, should that ever change.
            raise AccessDeniedError("role_unknown", message=self._refusal)
        check_duration(parameters.duration, role)
        check_managed_policies(parameters.policies, role.account_id, directory)
        draft = self._draft(proof, parameters, role)
        origin = origin_of_proof(
            proof.provider_arn,
            role_id=role.unique_id,
            keys=proof.session_keys,
            epoch=epoch,
        )
        if proof.one_use is not None:
            await self._use_up(proof.one_use)
        issued = await steps.issuer.issue(
            draft, proof.session_name, invocation, origin=origin
        )
        invocation.audit.issued_access_key_id = issued.access_key_id
        return AssumedSession(issued, _principal(role, proof.session_name))

    def _authorize(
        self,
        proof: FederatedProof,
        parameters: AssumptionParameters,
        role: Role | None,
        directory: Directory,
        invocation: Invocation,
    ) -> None:
        """Asks for every action that the call takes; the first refused one counts."""
        authorization = self._steps.authorizer.authorize(
            proof.provider_arn,
            TrustTarget(parameters.role_arn, parameters.role.account, role),
            context_keys(proof, parameters, role),
            invocation,
            directory=directory,
        )
        authorization.require(f"sts:{self.name}", message=self._refusal)
        for action in further_actions(proof):
            # Whom the role trusts may know what else it would have to allow.
            message = f"{self._refusal}: the role does not allow {action}"
            authorization.require(action, message=message)

    def _draft(
        self, proof: FederatedProof, parameters: AssumptionParameters, role: Role
    ) -> SessionDraft:
        tags = {tag.key: tag.value for tag in proof.tags}
        transitive = {key.casefold() for key in proof.transitive_tag_keys}
        longest = proof.duration_max
        duration = parameters.duration
        return SessionDraft(
            kind=SessionKind.ROLE,
            account_id=role.account_id,
            principal_id=role.unique_id,
            principal_arn=role.arn,
            duration=duration if longest is None else min(duration, longest),
            tags=tags,
            transitive_tag_keys=frozenset(
                key for key in tags if key.casefold() in transitive
            ),
            source_identity=proof.source_identity,
            policies=parameters.policies,
            token_size_min=parameters.token_size_min,
            report_packed=self.reports_packed,
        )

    async def _use_up(self, one_use: OneUse) -> None:
        """Claims a proof that is good once; whoever comes second is refused.

        The last step before the issue, so that a proof that was refused for another
        reason is not used up.
        """
        claimed = await use_up(
            self._steps.guards,
            one_use.key,
            now=self._steps.clock.now(),
            expire_time=one_use.expire_time,
        )
        if not claimed:
            raise one_use.refusal

    @property
    def _refusal(self) -> str:
        return f"Not authorized to perform sts:{self.name}"


def _audited(proof: FederatedProof) -> dict[str, str]:
    return {"provider": proof.provider_arn, **proof.attributes}


def _principal(role: Role, session_name: str) -> RoleSession:
    return RoleSession(
        role.partition,
        role.account_id,
        role.path,
        role.name,
        role.unique_id,
        session_name,
    )

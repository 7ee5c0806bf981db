"""Asks a role's trust policy about a provider whose proof is being exchanged.

Nobody of ours is calling: there are no identity policies, no boundary, no session
and no organisation of the caller. The trust policy must name the provider, and the
resource control policies of the role's account must not refuse. Only that account
learns why not; the caller is told nothing, in about the same time, whether the role
refuses, is absent or is another's.

SPEC: policy-language 6.1, 7, 7.3 and 7.7; sts-operations 1.2, 1.3 and 2.5; detail 14.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from daypass.core.errors import AccessDeniedError
from daypass.core.ports import Clock
from daypass.core.principal import FederatedProvider
from daypass.directory.entities import Role
from daypass.directory.model import Directory
from daypass.policy.context import RequestContext
from daypass.policy.decision import Decision
from daypass.policy.failures import ArnOf
from daypass.policy.question import PolicySlots, Question
from daypass.sts.context import ContextBuilder, ContextKeys
from daypass.sts.decision_views import Denial
from daypass.sts.decisions import Decisions
from daypass.sts.faults import decide_and_log
from daypass.sts.pipeline import Invocation
from daypass.sts.principals import arn_of_id


@dataclass(frozen=True, slots=True)
class TrustTarget:
    """The role that a proof is exchanged for.

    Attributes:
        arn: as it was asked for.
        account_id: the account in that ARN.
        role: the role, or None where there is none that may be assumed.
    """

    arn: str
    account_id: str
    role: Role | None


class ProviderAuthorizer:
    """Decides for proofs of providers.

    Args:
        clock: dates the decisions.
        decisions: explains denials.
    """

    def __init__(self, *, clock: Clock, decisions: Decisions) -> None:
        self._clock = clock
        self._decisions = decisions

    def authorize(
        self,
        provider_arn: str,
        target: TrustTarget,
        keys: Mapping[str, str | Sequence[str]],
        invocation: Invocation,
        *,
        directory: Directory,
    ) -> ProviderAuthorization:
        """Begins the decisions of one call.

        Args:
            provider_arn: whose proof it is.
            target: what is asked for.
            keys: the context keys of the operation and of the proof.
            invocation: the call.
            directory: the snapshot that the operation works on.
        """
        builder = ContextBuilder(directory=directory, now=self._clock.now())
        return ProviderAuthorization(
            principal=FederatedProvider(provider_arn),
            target=target,
            slots=PolicySlots(
                resource=target.role.trust if target.role is not None else None,
                resource_policy_required=True,
                rcp_levels=directory.rcp_levels(target.account_id),
            ),
            keys=builder.provider_keys(invocation.call, keys),
            arn_of=partial(arn_of_id, directory=directory),
            invocation=invocation,
            decisions=self._decisions,
        )


class ProviderAuthorization:
    """The decisions of one call about one role; `ProviderAuthorizer` makes one.

    Args:
        principal: the provider.
        target: the role.
        slots: the policies that apply.
        keys: the context keys of the call.
        arn_of: finds the ARNs that trust policies hold as unique ids.
        invocation: the call.
        decisions: explains denials.
    """

    def __init__(
        self,
        *,
        principal: FederatedProvider,
        target: TrustTarget,
        slots: PolicySlots,
        keys: ContextKeys,
        arn_of: ArnOf,
        invocation: Invocation,
        decisions: Decisions,
    ) -> None:
        self._principal = principal
        self._target = target
        self._slots = slots
        self._keys = keys
        self._arn_of = arn_of
        self._context = RequestContext.of(keys)
        self._invocation = invocation
        self._decisions = decisions

    def require(self, action: str, *, message: str) -> None:
        """Returns when the action is allowed.

        Args:
            action: what is asked for.
            message: what the caller is told otherwise, and no more than that.

        Raises:
            AccessDeniedError: it is not; it names the decision.
        """
        question = Question(
            action=action,
            resource=self._target.arn,
            resource_account=self._target.account_id,
            principal=self._principal,
            context=self._context,
            slots=self._slots,
        )
        decision = decide_and_log(question)
        self._invocation.audit.decided_by = decision.summary()
        if not decision.allowed:
            raise self._denied(question, decision, message) from decision.fault

    def _denied(
        self, question: Question, decision: Decision, message: str
    ) -> AccessDeniedError:
        audit = self._invocation.audit
        denial = Denial(
            question=question,
            decision=decision,
            keys=self._keys,
            principal=self._principal,
            reason=message,
            arn_of=self._arn_of,
        )
        self._decisions.refuse_unproven(denial, audit)
        return AccessDeniedError(
            "policy_internal_error" if decision.internal_error else "policy",
            message=message,
            metadata={"decision_id": audit.decision_id},
        )

"""Simulate, the operation. Nothing is issued, stored or recorded as a denial.

SPEC: policy-language 7.8; attacks P41.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final

from daypass.core import limits, work_limits
from daypass.core.arn import Arn
from daypass.core.errors import ThrottlingError, ValidationError
from daypass.core.ports import Clock, Snapshot
from daypass.core.principal import AccountPrincipal, Principal, RootUser
from daypass.directory.entities import Role
from daypass.directory.model import Directory
from daypass.policy.context import RequestContext
from daypass.policy.decision import Decision, Effect
from daypass.policy.effort import Effort
from daypass.policy.explain import explain
from daypass.policy.failures import ArnOf
from daypass.policy.folding import fold_ascii
from daypass.policy.nearest import nearest_changes
from daypass.policy.question import PolicySlots, Question
from daypass.sts.access_question import (
    EVERYTHING,
    account_of_resource,
    context_keys,
    needs_trust,
    own_arns,
)
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.context import ContextBuilder, ContextKeys, tag_keys
from daypass.sts.decision_views import dump, slots_only
from daypass.sts.faults import decide_and_log
from daypass.sts.foreign_caller import foreign_caller, foreign_keys
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Authorizer, Target
from daypass.sts.simulate import (
    SimulatedCaller,
    SimulateRequest,
    Simulation,
    SimulationResult,
    check_simulation,
)
from daypass.sts.simulated_caller import simulated_keys, simulated_principal
from daypass.sts.simulated_slots import SentSlots
from daypass.sts.turns import Turns

_ACTION: Final = "daypass:Simulate"
_ASSUME_ROLE: Final = "sts:assumerole"


class Simulate:
    """The operation.

    Args:
        directory: principals and policies.
        authorizers: decides whether the caller may ask, and gathers policies.
        clock: dates the simulated calls.
    """

    name: ClassVar[str] = "Simulate"
    grants: ClassVar[bool] = False

    def __init__(
        self,
        *,
        directory: Snapshot[Directory],
        authorizers: AuthorizerFactory,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._authorizers = authorizers
        self._clock = clock
        # The accounts of which a simulation runs.
        self._busy: set[str] = set()

    async def perform(
        self, request: SimulateRequest, invocation: Invocation
    ) -> Simulation:
        """Decides every action on every resource, and explains each.

        Raises:
            ValidationError: the request is malformed, or uses policies of another
                account without sending them.
            MalformedPolicyDocumentError: a document that was sent is.
            AccessDeniedError: the caller may not ask.
            ThrottlingError: another simulation of the account is running.
        """
        own = invocation.caller.principal.account_id
        check_simulation(request)
        directory = self._directory.current()
        # Policies are read for nobody who may not ask.
        self._authorizers.authorize(
            Target(EVERYTHING, own), {}, invocation, directory=directory
        ).require(_ACTION)
        if own in self._busy:
            raise ThrottlingError(
                "simulation_running", retry_after=work_limits.SIMULATION_RETRY_DELAY
            )
        self._busy.add(own)
        try:
            return await self._simulated(request, own, directory)
        finally:
            self._busy.discard(own)

    async def _simulated(
        self, request: SimulateRequest, own: str, directory: Directory
    ) -> Simulation:
        turns = Turns(clock=self._clock)
        asker = _Asker(
            request=request,
            sent=await _parsed(request, turns),
            own_account=own,
            directory=directory,
            authorizer=self._authorizers.authorizer(directory),
            now=self._clock.now(),
        )
        return Simulation(await _results(asker.questions(), asker.arn_of, turns))


async def _results(
    questions: Iterator[Question], arn_of: ArnOf, turns: Turns
) -> tuple[SimulationResult, ...]:
    """Decides and explains the questions, and rests between the steps of each."""
    results: list[SimulationResult] = []
    left = limits.SIMULATION_BYTES_MAX
    changes_left = work_limits.SIMULATION_CHANGES_WORK_MAX
    for question in questions:
        decision = simulated_decision(question)
        await turns.rest()
        explanation = explain(question, decision, arn_of=arn_of, effort=Effort(0))
        await turns.rest()
        if decision.slot is not None:
            granted = min(changes_left, work_limits.CHANGES_WORK_MAX)
            effort = Effort(granted)
            nearest = nearest_changes(question, effort)
            explanation = replace(explanation, nearest=nearest)
            changes_left -= granted - effort.left
            await turns.rest()
        left -= len(dump(explanation))
        results.append(
            SimulationResult(
                action=question.action,
                resource=question.resource,
                effect=decision.effect,
                explanation=explanation if left >= 0 else slots_only(explanation),
            )
        )
        await turns.rest()
    return tuple(results)


def simulated_decision(question: Question) -> Decision:
    """Decides as the operations do, which refuse some callers before any policy."""
    assumes = fold_ascii(question.action) == _ASSUME_ROLE
    if assumes and isinstance(question.principal, RootUser):
        # SPEC: policy-language 7.3, whatever the policies say.
        return Decision(Effect.IMPLICIT_DENY)
    return decide_and_log(question)


@dataclass(frozen=True, slots=True)
class _Caller:
    """Who would ask: the principal, its keys, and its stored policies if they count."""

    principal: Principal
    keys: ContextKeys
    is_own: bool


class _Asker:
    """Puts the questions of one simulation together."""

    def __init__(
        self,
        *,
        request: SimulateRequest,
        sent: SentSlots,
        own_account: str,
        directory: Directory,
        authorizer: Authorizer,
        now: datetime,
    ) -> None:
        self._request = request
        self._sent = sent
        self._own_account = own_account
        self._directory = directory
        self._authorizer = authorizer
        self._now = now
        self._caller = self._read_caller(request.caller)
        self._last: tuple[tuple[str, str | None], RequestContext] | None = None

    def arn_of(self, unique_id: str) -> str | None:
        """Returns the ARN of a role or user of the asker's account."""
        return own_arns(self._authorizer.arn_of, self._own_account)(unique_id)

    def questions(self) -> Iterator[Question]:
        """Yields the questions, for each action in order each resource in order."""
        for action in self._request.actions:
            for resource in self._request.resources or (EVERYTHING,):
                yield self._question(action, resource)

    def _question(self, action: str, resource: str) -> Question:
        caller, own = self._caller, self._own_account
        account = account_of_resource(resource, own)
        if account != own and self._request.slots.resource is None:
            raise _foreign("resource", resource)
        role = self._directory.role_by_arn(resource) if account == own else None
        is_trust = needs_trust(action, resource)
        target = Target(
            resource=resource,
            account_id=account,
            trust=role.trust if role is not None and is_trust else None,
            trust_required=is_trust,
        )
        return Question(
            action=action,
            resource=resource,
            resource_account=account,
            principal=caller.principal,
            context=self._context(account, role),
            slots=self._sent.over(self._stored(target), is_trust=is_trust),
        )

    def _context(self, account: str, role: Role | None) -> RequestContext:
        """Returns the context of a resource, the last one again where it is alike.

        A context remembers what it has put in place of variables.
        """
        about = (account, role.arn if role is not None else None)
        if self._last is None or self._last[0] != about:
            keys = {**self._caller.keys, "aws:ResourceAccount": account}
            if role is not None:
                keys.update(tag_keys("aws:ResourceTag", role.tags))
                keys.update(tag_keys("iam:ResourceTag", role.tags))
            sent = context_keys(self._request.context)
            self._last = about, RequestContext.of(keys).including(sent)
        return self._last[1]

    def _stored(self, target: Target) -> PolicySlots:
        """Returns the stored policies, those of the asker's account alone."""
        principal = self._caller.principal
        is_own = target.account_id == self._own_account
        rcp_levels = self._directory.rcp_levels(target.account_id) if is_own else ()
        if isinstance(principal, AccountPrincipal) and self._caller.is_own:
            slots = self._authorizer.slots(principal, None, target)
        else:
            slots = PolicySlots(
                resource=target.trust, resource_policy_required=target.trust_required
            )
        return PolicySlots(
            identity=slots.identity,
            boundary=slots.boundary,
            resource=slots.resource,
            resource_policy_required=slots.resource_policy_required,
            scp_levels=slots.scp_levels,
            rcp_levels=rcp_levels,
        )

    def _read_caller(self, caller: SimulatedCaller) -> _Caller:
        text = caller.principal_arn
        if text is None or Arn.parse(text).account == self._own_account:
            principal = simulated_principal(caller, self._directory)
            builder = ContextBuilder(directory=self._directory, now=self._now)
            keys = simulated_keys(principal, builder=builder, now=self._now)
            return _Caller(principal, keys, is_own=True)
        if self._request.slots.identity is None:
            raise _foreign("identity", text)
        stranger = foreign_caller(text, self._directory)
        return _Caller(stranger, foreign_keys(stranger, now=self._now), is_own=False)


def _foreign(slot: str, name: str) -> ValidationError:
    return ValidationError(
        "slot_of_another_account",
        message=(
            f"{name} belongs to another account, whose policies are not used: the"
            f" slot {slot} must be given"
        ),
        metadata={"slot": slot},
    )


async def _parsed(request: SimulateRequest, turns: Turns) -> SentSlots:
    pairs = [
        needs_trust(action, resource)
        for action in request.actions
        for resource in request.resources or (EVERYTHING,)
    ]
    return await SentSlots.parse(
        request.slots, trusts=any(pairs), resources=not all(pairs), turns=turns
    )

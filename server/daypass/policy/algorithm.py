"""The rules that turn what the slots say into one answer, in order.

SPEC: policy-language 7. Each rule looks at the case and either settles it or passes
it on; what none refused is allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from daypass.core.principal import AccountPrincipal, FederatedUser, RootUser
from daypass.core.quick import quick_init
from daypass.policy.decision import Effect, Slot, SlotOutcome
from daypass.policy.document import StatementReference
from daypass.policy.principals import Strength
from daypass.policy.question import Question
from daypass.policy.survey import Grant


@quick_init
@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer, and the slot that it comes from."""

    effect: Effect
    slot: Slot | None = None


@quick_init
@dataclass(frozen=True, slots=True)
class Case:
    """A question, with what its slots say.

    Attributes:
        question: what is asked.
        outcomes: the slots that apply, with what each says.
        grant: the best Allow of the resource policy.
        same_account: whether one account owns caller and resource.
    """

    question: Question
    outcomes: Mapping[Slot, SlotOutcome]
    grant: Grant
    same_account: bool

    @property
    def has_entity_grant(self) -> bool:
        """Whether a resource of the same account names the role or user behind."""
        return self.same_account and self.grant.strength is Strength.ENTITY

    @property
    def is_of_root(self) -> bool:
        """Whether a root user federated the session, which has no identity side."""
        principal = self.question.principal
        return isinstance(principal, FederatedUser) and isinstance(
            principal.federating, RootUser
        )

    def allows(self, slot: Slot) -> bool:
        """Tells whether a slot applies and allows."""
        outcome = self.outcomes.get(slot)
        return outcome is not None and outcome.effect is Effect.ALLOW

    def statement(self, verdict: Verdict) -> StatementReference | None:
        """Returns the statement that a verdict rests on; a silence has none."""
        outcome = self.outcomes.get(verdict.slot) if verdict.slot is not None else None
        if outcome is None or verdict.effect is Effect.IMPLICIT_DENY:
            return None
        if verdict.effect is Effect.EXPLICIT_DENY:
            return outcome.denies[0]
        if verdict.slot is Slot.RESOURCE:
            return self.grant.statement
        return outcome.allows[0]


def in_one_account(question: Question) -> bool:
    """Tells whether caller and resource belong to one account of one partition."""
    principal = question.principal
    resource = question.resource
    return (
        isinstance(principal, AccountPrincipal)
        and principal.account_id == question.resource_account
        and (
            resource.startswith(f"arn:{principal.partition}:")
            # What is no ARN, such as `*`, is of every partition.
            or not resource.startswith("arn:")
        )
    )


def verdict(case: Case) -> Verdict:
    """Applies the rules until one settles the case; else everything agrees."""
    for rule in _RULES:
        found = rule(case)
        if found is not None:
            return found
    return _everything_agrees(case)


def _explicit_denials(case: Case) -> Verdict | None:
    """A Deny that matches wins, wherever it stands."""
    for outcome in case.outcomes.values():
        if outcome.effect is Effect.EXPLICIT_DENY:
            return Verdict(Effect.EXPLICIT_DENY, outcome.slot)
    return None


def _service_control(case: Case) -> Verdict | None:
    """Every level of the caller's organisation must allow."""
    return _must_allow_if_present(case, Slot.SCP)


def _callers_without_account(case: Case) -> Verdict | None:
    """Services, identity providers and strangers have what is given to them by name."""
    if isinstance(case.question.principal, AccountPrincipal):
        return None
    named = case.grant.strength is Strength.DIRECT
    return Verdict(Effect.ALLOW if named else Effect.IMPLICIT_DENY, Slot.RESOURCE)


def _resource_side(case: Case) -> Verdict | None:
    """Another account's resource must grant, and so must one that is closed."""
    needed = case.question.slots.resource_policy_required or not case.same_account
    if needed and case.grant.strength is Strength.NONE:
        return Verdict(Effect.IMPLICIT_DENY, Slot.RESOURCE)
    return None


def _root_task(case: Case) -> Verdict | None:
    """A session of a root user for one task has what its policy allows, no more."""
    outcome = case.outcomes.get(Slot.SESSION)
    if outcome is None or not isinstance(case.question.principal, RootUser):
        return None
    return Verdict(outcome.effect, Slot.SESSION)


def _delegated(case: Case) -> Verdict | None:
    """Who acts as another has what was approved at the most, whatever else grants."""
    slots = case.question.slots
    if not slots.session_is_cap:
        return None
    if not case.allows(Slot.SESSION):
        return Verdict(Effect.IMPLICIT_DENY, Slot.SESSION)
    return None


def _direct_grant(case: Case) -> Verdict | None:
    """In the same account a grant to the caller itself needs nothing else."""
    if case.same_account and case.grant.strength is Strength.DIRECT:
        return Verdict(Effect.ALLOW, Slot.RESOURCE)
    return None


def _root_user(case: Case) -> Verdict | None:
    """A root user may do everything that was not refused so far."""
    if not isinstance(case.question.principal, RootUser):
        return None
    granted = case.grant.strength is not Strength.NONE
    return Verdict(Effect.ALLOW, Slot.RESOURCE if granted else None)


def _identity_side(case: Case) -> Verdict | None:
    """The caller's policies must allow, or the resource name its role or user."""
    if case.allows(Slot.IDENTITY) or case.has_entity_grant or case.is_of_root:
        return None
    return Verdict(Effect.IMPLICIT_DENY, Slot.IDENTITY)


def _boundary(case: Case) -> Verdict | None:
    """A boundary caps what the identity side allows."""
    return _must_allow_if_present(case, Slot.BOUNDARY)


def _session_policies(case: Case) -> Verdict | None:
    """So do session policies, without which a federated user may do nothing."""
    silent = Slot.SESSION not in case.outcomes
    if silent and isinstance(case.question.principal, FederatedUser):
        return Verdict(Effect.IMPLICIT_DENY, Slot.SESSION)
    return _must_allow_if_present(case, Slot.SESSION)


_BY_IDENTITY: Final = Verdict(Effect.ALLOW, Slot.IDENTITY)


def _everything_agrees(case: Case) -> Verdict:
    """What nothing refused is allowed; the slot that granted is named."""
    if case.allows(Slot.IDENTITY):
        return _BY_IDENTITY
    return Verdict(Effect.ALLOW, Slot.SESSION if case.is_of_root else Slot.RESOURCE)


def _must_allow_if_present(case: Case, slot: Slot) -> Verdict | None:
    outcome = case.outcomes.get(slot)
    if outcome is None or outcome.effect is Effect.ALLOW:
        return None
    return Verdict(Effect.IMPLICIT_DENY, slot)


# NOTE: no rule for resource control policies beside that of explicit denials: every
# level of theirs allows everything on its own (7.2).
_RULES: Final[tuple[Callable[[Case], Verdict | None], ...]] = (
    _explicit_denials,
    _service_control,
    _callers_without_account,
    _resource_side,
    _root_task,
    _delegated,
    _direct_grant,
    _root_user,
    _identity_side,
    _boundary,
    _session_policies,
)

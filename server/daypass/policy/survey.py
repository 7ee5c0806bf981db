"""What each slot of a question says, before anyone weighs it.

SPEC: policy-language 1 (match, outcome), 7.1 and 7.2. A slot that does not apply to
the caller or the resource is neither read nor reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from daypass.core.principal import (
    AccountPrincipal,
    FederatedUser,
    Principal,
    RoleSession,
    RootUser,
    User,
)
from daypass.core.quick import quick_init
from daypass.policy.decision import Effect, Slot, SlotOutcome
from daypass.policy.document import (
    Policy,
    Statement,
    StatementEffect,
    StatementReference,
)
from daypass.policy.folding import fold_ascii
from daypass.policy.principals import CallerNames, Strength, is_denied, strength
from daypass.policy.question import Policies, Question
from daypass.policy.resources import ResourceName

_SERVICE_LINKED_PATH: Final = "/aws-service-role/"


@quick_init
@dataclass(frozen=True, slots=True)
class Grant:
    """The best Allow of a resource policy: how strong it is, and which it is."""

    strength: Strength = Strength.NONE
    statement: StatementReference | None = None


_NO_GRANT: Final = Grant()
_NO_POLICIES: Final = MappingProxyType(
    {slot: SlotOutcome(slot, Effect.IMPLICIT_DENY) for slot in Slot}
)


class Survey:
    """Reads the slots of one question.

    Args:
        question: what is asked.

    Attributes:
        action: the action, folded.
        grant: the best Allow of the resource policy, once `outcomes` has run.
    """

    def __init__(self, question: Question) -> None:
        self._question = question
        self._context = question.context
        self.action = fold_ascii(question.action)
        self._resource = ResourceName.of(question.resource)
        self._caller = CallerNames.of(question.principal)
        self._missing: dict[str, str] = {}
        self.grant = _NO_GRANT

    def outcomes(self) -> dict[Slot, SlotOutcome]:
        """Returns what each slot that applies says, in the order of `Slot`."""
        slots = self._question.slots
        principal = self._question.principal
        found: dict[Slot, SlotOutcome] = {}
        if slots.scp_levels and _has_service_control(principal):
            found[Slot.SCP] = self._levels(Slot.SCP, slots.scp_levels)
        if slots.rcp_levels and not _is_service_linked(principal):
            found[Slot.RCP] = self._levels(Slot.RCP, slots.rcp_levels)
        if slots.resource is not None:
            found[Slot.RESOURCE] = self._resource_policy(slots.resource)
        if _has_identity_side(principal) and not _is_of_root(principal):
            found[Slot.IDENTITY] = self._set(Slot.IDENTITY, slots.identity)
        if slots.boundary is not None and _has_identity_side(principal):
            found[Slot.BOUNDARY] = self._set(Slot.BOUNDARY, (slots.boundary,))
        # A root user has session policies too, in a session for one task.
        if slots.session and isinstance(principal, AccountPrincipal):
            found[Slot.SESSION] = self._set(Slot.SESSION, slots.session)
        return found

    def missing_keys(self) -> tuple[str, ...]:
        """Returns the keys that were asked for and absent, as policies spell them."""
        if not self._missing:
            return ()
        return tuple(name for _, name in sorted(self._missing.items()))

    def _set(self, slot: Slot, policies: Policies) -> SlotOutcome:
        """Reads one policy set: any Deny wins, else any Allow."""
        if not policies:
            return _NO_POLICIES[slot]
        allows, denies = self._matching(policies)
        return _outcome(slot, allows, denies, allowed=bool(allows))

    def _levels(self, slot: Slot, levels: tuple[Policies, ...]) -> SlotOutcome:
        """Reads levels, each of which must allow.

        Every level of resource control policies allows everything on its own, so
        that there only denials count.
        """
        read = [self._matching(level) for level in levels]
        allows = [reference for found, _ in read for reference in found]
        denies = [reference for _, found in read for reference in found]
        everywhere = slot is Slot.RCP or all(found for found, _ in read)
        return _outcome(slot, allows, denies, allowed=everywhere)

    def _matching(
        self, policies: Policies
    ) -> tuple[list[StatementReference], list[StatementReference]]:
        """Returns the Allow and the Deny statements that match."""
        allows: list[StatementReference] = []
        denies: list[StatementReference] = []
        action = self.action
        for policy in policies:
            for statement in policy.statements:
                # NOTE: asked here, because most statements are about other actions.
                if not statement.actions.matches(action):
                    continue
                if statement.effect is StatementEffect.ALLOW:
                    if self._matches(statement):
                        allows.append(statement.reference)
                elif self._is_denied(statement) and self._matches(statement):
                    denies.append(statement.reference)
        return allows, denies

    def _resource_policy(self, policy: Policy) -> SlotOutcome:
        """Reads the resource policy, and finds its best grant."""
        allows: list[StatementReference] = []
        denies: list[StatementReference] = []
        caller = self._caller
        may_be_named = caller.may_be_named(
            self._resource.partition, self._question.resource_account
        )
        for statement in policy.statements:
            if not statement.actions.matches(self.action):
                continue
            if statement.effect is StatementEffect.DENY:
                if self._is_denied(statement) and self._matches(statement):
                    denies.append(statement.reference)
                continue
            principals = statement.principals
            if principals is None or not may_be_named:
                continue
            found = strength(principals, caller)
            if found is Strength.NONE or not self._matches(statement):
                continue
            allows.append(statement.reference)
            if found > self.grant.strength:
                self.grant = Grant(found, statement.reference)
        return _outcome(Slot.RESOURCE, allows, denies, allowed=bool(allows))

    def _is_denied(self, statement: Statement) -> bool:
        if statement.principals is None:
            return True
        bounded = self._question.slots.boundary is not None
        return is_denied(statement.principals, self._caller, has_boundary=bounded)

    def _matches(self, statement: Statement) -> bool:
        """Tells whether resource and all conditions match, beside the action."""
        resources = statement.resources
        if resources is not None:
            if resources.asked:
                self._note_missing(resources.asked)
            if not resources.matches(self._resource, self._context):
                return False
        if not statement.conditions:
            return True
        self._note_missing(statement.asked)
        for condition in statement.conditions:
            if not condition.test.holds(self._context):
                return False
        return True

    def _note_missing(self, asked: tuple[tuple[str, str], ...]) -> None:
        lookup = self._context.lookup
        for name, key in asked:
            if not lookup(key):
                self._missing.setdefault(key, name)


def _outcome(
    slot: Slot,
    allows: list[StatementReference],
    denies: list[StatementReference],
    *,
    allowed: bool,
) -> SlotOutcome:
    if denies:
        return SlotOutcome(slot, Effect.EXPLICIT_DENY, tuple(allows), tuple(denies))
    effect = Effect.ALLOW if allowed else Effect.IMPLICIT_DENY
    return SlotOutcome(slot, effect, tuple(allows))


def _has_service_control(principal: Principal) -> bool:
    """Tells whether SCPs apply: to everyone of an account, its root included."""
    in_account = isinstance(principal, AccountPrincipal)
    return in_account and not _is_service_linked(principal)


def _is_service_linked(principal: Principal) -> bool:
    return isinstance(principal, RoleSession) and principal.role_path.startswith(
        _SERVICE_LINKED_PATH
    )


def _has_identity_side(principal: Principal) -> bool:
    """Tells whether a caller has policies of its own; a root user needs none."""
    return isinstance(principal, User | RoleSession | FederatedUser)


def _is_of_root(principal: Principal) -> bool:
    """Tells whether a session was federated by a root user."""
    return isinstance(principal, FederatedUser) and isinstance(
        principal.federating, RootUser
    )

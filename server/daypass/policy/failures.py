"""Why a statement does not match a question: each part that fails, with its reason.

This repeats what `survey` finds out, with words and without haste; a property test
holds the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from daypass.core.principal import AccountPrincipal
from daypass.policy.change import StatementPlace
from daypass.policy.conditions import Condition
from daypass.policy.context import RequestContext
from daypass.policy.decision import Slot
from daypass.policy.document import Statement, StatementEffect
from daypass.policy.explanation import Failure, StatementExplanation, StatementPart
from daypass.policy.folding import fold_ascii
from daypass.policy.phrases import describe, expectation, kept, listed
from daypass.policy.principals import (
    CallerNames,
    PrincipalSet,
    Strength,
    is_denied,
    strength,
)
from daypass.policy.question import Question
from daypass.policy.resources import ResourceName

# Returns the ARN of a user or role by its unique id, or None.
ArnOf = Callable[[str], str | None]


def unknown_arn(unique_id: str) -> str | None:
    """Knows no ARN, so that unique ids are shown as they are."""
    del unique_id
    return None


class StatementReader:
    """Reads the statements of one question.

    Args:
        question: what is asked.
        arn_of: finds the ARNs that stored policies hold as unique ids.
    """

    def __init__(self, question: Question, *, arn_of: ArnOf = unknown_arn) -> None:
        self._question = question
        self._arn_of = arn_of
        self._action = fold_ascii(question.action)
        self._resource = ResourceName.of(question.resource)
        self._caller = CallerNames.of(question.principal)

    def explain(self, statement: Statement, slot: Slot) -> StatementExplanation:
        """Returns what a statement says of the question, and why."""
        failures = tuple(self.failures(statement, slot))
        return StatementExplanation(
            reference=StatementPlace.of(statement.reference),
            effect=statement.effect,
            matched=not failures,
            failures=failures,
        )

    def failures(self, statement: Statement, slot: Slot) -> Iterator[Failure]:
        """Yields a failure for each part that does not match."""
        principals = statement.principals
        if principals is not None and not self._names(principals, statement, slot):
            yield self._principal_failure(principals)
        if not statement.actions.matches(self._action):
            yield self._action_failure(statement)
        resources = statement.resources
        context = self._question.context
        if resources is not None and not resources.matches(self._resource, context):
            yield self._resource_failure(statement)
        for condition in statement.conditions:
            if not condition.holds(context):
                yield _condition_failure(condition, context)

    def missing_keys(
        self, statement: Statement, slot: Slot
    ) -> Iterator[tuple[str, str]]:
        """Yields the keys that a statement in reach asked for in vain.

        Each is yielded folded and as the policy spells it. A statement is in reach
        when it is about the caller and the action; its conditions are, when it is
        about the resource too.
        """
        principals = statement.principals
        if principals is not None and not self._names(principals, statement, slot):
            return
        if not statement.actions.matches(self._action):
            return
        context = self._question.context
        resources = statement.resources
        if resources is not None:
            yield from _absent(resources.asked, context)
            if not resources.matches(self._resource, context):
                return
        for condition in statement.conditions:
            yield from _absent(condition.asked, context)

    def _names(
        self, principals: PrincipalSet, statement: Statement, slot: Slot
    ) -> bool:
        if statement.effect is StatementEffect.DENY:
            bounded = self._question.slots.boundary is not None
            return is_denied(principals, self._caller, has_boundary=bounded)
        if slot is not Slot.RESOURCE:
            # NOTE: of resource control policies only denials count.
            return True
        named = self._caller.may_be_named(
            self._resource.partition, self._question.resource_account
        )
        return named and strength(principals, self._caller) is not Strength.NONE

    def _principal_failure(self, principals: PrincipalSet) -> Failure:
        entries = tuple(self._entries(principals))
        who = describe(self._question.principal)
        principal = self._question.principal
        element = "NotPrincipal" if principals.negated else "Principal"
        names = listed(entries)
        text = f"{element} names {names}, not {who}"
        if principals.negated:
            text = f"{element} spares {names}"
        elif strength(principals, self._caller) is not Strength.NONE:
            text = f"{who} belongs to another partition or account than the resource"
        arn = principal.arn if isinstance(principal, AccountPrincipal) else who
        return Failure(
            StatementPart.PRINCIPAL,
            text,
            operator=element,
            expected=kept(entries),
            actual=kept((arn,)),
        )

    def _entries(self, principals: PrincipalSet) -> Iterator[str]:
        if principals.everyone or principals.every_aws:
            yield "*"
        for entry in sorted(principals.aws):
            yield self._arn_of(entry) or entry
        yield from sorted(principals.services)
        yield from sorted(principals.federated)

    def _action_failure(self, statement: Statement) -> Failure:
        actions = statement.actions
        element = "NotAction" if actions.negated else "Action"
        text = f"{element} is {listed(actions.texts)}, not {self._question.action}"
        if actions.negated:
            text = f"{element} leaves out {self._question.action}"
        return Failure(
            StatementPart.ACTION,
            text,
            operator=element,
            expected=kept(actions.texts),
            actual=kept((self._question.action,)),
        )

    def _resource_failure(self, statement: Statement) -> Failure:
        resources = statement.resources
        assert resources is not None, "a statement without resources fails no resource"
        element = "NotResource" if resources.negated else "Resource"
        asked = _absent(resources.asked, self._question.context)
        absent = [name for _, name in asked]
        text = f"{element} is {listed(resources.texts)}, not {self._question.resource}"
        if resources.negated:
            text = f"{element} leaves out {self._question.resource}"
        if absent:
            text += f"; {', '.join(absent)} is absent"
        return Failure(
            StatementPart.RESOURCE,
            text,
            operator=element,
            expected=kept(resources.texts),
            actual=kept((self._question.resource,)),
        )


def _condition_failure(condition: Condition, context: RequestContext) -> Failure:
    values = context.lookup(condition.key)
    return Failure(
        StatementPart.CONDITION,
        expectation(condition, values),
        key=condition.name,
        operator=str(condition.operator),
        expected=kept(condition.texts),
        actual=kept(values) if values else None,
    )


def _absent(
    asked: tuple[tuple[str, str], ...], context: RequestContext
) -> Iterator[tuple[str, str]]:
    for name, key in asked:
        if not context.lookup(key):
            yield key, name

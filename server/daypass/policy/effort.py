"""How much a search through policies may take, counted in entries that it reads.

It counts and does not measure time, so that the same question has the same answer
on a busy machine.
"""

from __future__ import annotations

from daypass.policy.document import Policy, Statement
from daypass.policy.question import PolicySlots, Question


class Effort:
    """What is left of the entries that a search may read.

    Args:
        entries_max: how many those are.
    """

    def __init__(self, entries_max: int) -> None:
        self._left = entries_max

    @property
    def left(self) -> int:
        """How many entries may still be read."""
        return self._left

    def reads(self, question: Question) -> bool:
        """Counts one reading of all policies, and tells whether there was room."""
        entries = entries_of(question.slots)
        if entries > self._left:
            self._left = 0
            return False
        self._left -= entries
        return True


def entries_of(slots: PolicySlots) -> int:
    """Returns how many entries the policies of a question have together."""
    policies = [*slots.identity, *(slots.session or ())]
    policies += [each for each in (slots.resource, slots.boundary) if each is not None]
    for level in (*slots.scp_levels, *slots.rcp_levels):
        policies += level
    return sum(map(_entries_of_policy, policies))


def _entries_of_policy(policy: Policy) -> int:
    return sum(map(_entries_of_statement, policy.statements))


def _entries_of_statement(statement: Statement) -> int:
    resources, principals = statement.resources, statement.principals
    entries = 1 + len(statement.actions.texts)
    entries += len(resources.texts) if resources is not None else 0
    if principals is not None:
        entries += len(principals.aws)
        entries += len(principals.services) + len(principals.federated)
    return entries + sum(1 + len(each.texts) for each in statement.conditions)

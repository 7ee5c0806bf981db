"""A decision, with everything that is needed to explain it.

SPEC: policy-language 7 and 7.8.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from daypass.core.quick import quick_init
from daypass.policy.document import StatementReference
from daypass.policy.principals import Strength


class Effect(StrEnum):
    """The outcome of a decision, or of one slot of it; values as in Simulate."""

    ALLOW = "allowed"
    EXPLICIT_DENY = "explicitDeny"
    IMPLICIT_DENY = "implicitDeny"


class Slot(StrEnum):
    """The places that a policy may hold in a decision, in the order of reports."""

    SCP = "scp"
    RCP = "rcp"
    RESOURCE = "resource"
    IDENTITY = "identity"
    BOUNDARY = "boundary"
    SESSION = "session"


@quick_init
@dataclass(frozen=True, slots=True)
class SlotOutcome:
    """What one slot says.

    Attributes:
        slot: which one.
        effect: its own outcome, were it alone.
        allows: the Allow statements that matched.
        denies: the Deny statements that matched.
    """

    slot: Slot
    effect: Effect
    allows: tuple[StatementReference, ...] = ()
    denies: tuple[StatementReference, ...] = ()


@quick_init
@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to a question.

    Attributes:
        effect: the answer.
        slot: the slot that decided; None when none did, as for an action that
            policy cannot deny, or for a root user.
        statement: the statement that decided: the first Deny that matched, or the
            first Allow of the deciding slot. None for an implicit denial.
        strength: how closely the resource policy's best Allow names the caller.
        trust_policy: whether the resource policy is a role's trust policy.
        missing_keys: the context keys that a statement in reach asked for and the
            request did not have, in the spelling of the policy.
        outcomes: what each slot that applies says, in the order of `Slot`.
        fault: the exception that ended the evaluation. Such a decision is an
            implicit denial, and a defect of ours; `sts.faults` logs it.
    """

    effect: Effect
    slot: Slot | None = None
    statement: StatementReference | None = None
    strength: Strength = Strength.NONE
    trust_policy: bool = False
    missing_keys: tuple[str, ...] = ()
    outcomes: tuple[SlotOutcome, ...] = ()
    fault: Exception | None = field(default=None, compare=False)

    @property
    def allowed(self) -> bool:
        """Whether the answer is yes."""
        return self.effect is Effect.ALLOW

    @property
    def internal_error(self) -> bool:
        """Whether the evaluation failed, which is a denial."""
        return self.fault is not None

    def matched(self) -> Iterator[StatementReference]:
        """Yields every statement that matched, denies of a slot first."""
        for outcome in self.outcomes:
            yield from outcome.denies
            yield from outcome.allows

    def summary(self) -> str:
        """Returns the answer and its ground in one line, for audit records."""
        if self.internal_error:
            return f"{self.effect} by internal error"
        ground = self.statement or self.slot or "rule"
        return f"{self.effect} by {ground}"

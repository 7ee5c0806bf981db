"""Why something is allowed or denied: frozen values, free of protobuf.

Names of effects, slots, parts and kinds are those of decision.proto in lower case,
such as `implicit_deny`; one of a newer server is told by its number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StatementReference:
    """Where a statement stands.

    Attributes:
        policy: the name or ARN of its policy.
        index: its place among the statements, counted from 0.
        sid: its Sid; empty for none.
        file: the file that declares the policy; empty where no file does.
        line: the line of that file, counted from 1, or None.
    """

    policy: str
    index: int
    sid: str
    file: str
    line: int | None


@dataclass(frozen=True, slots=True)
class StatementFailure:
    """Why one part of a statement does not match.

    Attributes:
        part: `principal`, `action`, `resource` or `condition`.
        text: one sentence for people; it may change.
        key: the context key of a condition; otherwise empty.
        operator: the operator of a condition, or else the element; may be empty.
        expected: what the policy has: of a long list the first entries.
        actual: what the request has; None where it has no such context key.
    """

    part: str
    text: str
    key: str
    operator: str
    expected: tuple[str, ...]
    actual: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class StatementExplanation:
    """What one statement says; `effect` is `allow` or `deny` where it matches."""

    reference: StatementReference
    effect: str
    matched: bool
    failures: tuple[StatementFailure, ...]


@dataclass(frozen=True, slots=True)
class PolicyExplanation:
    """What the statements of one policy say.

    Attributes:
        name: its name or ARN.
        file: the file that declares it; empty where no file does.
        statements: in the order of the document.
        omitted_count: how many were left out, all of which match less than these.
        level: of an organisation's policy the level that it is attached to, the
            root being 0; None for others.
    """

    name: str
    file: str
    statements: tuple[StatementExplanation, ...]
    omitted_count: int
    level: int | None


@dataclass(frozen=True, slots=True)
class SlotExplanation:
    """What one slot says.

    Attributes:
        slot: `scp`, `rcp`, `resource`, `identity`, `boundary` or `session`.
        effect: its own outcome, were it alone.
        policies: those in it; none where it is empty, or withheld.
        missing_keys: the context keys that its statements asked for in vain.
        withheld: whether the policies are another account's.
    """

    slot: str
    effect: str
    policies: tuple[PolicyExplanation, ...]
    missing_keys: tuple[str, ...]
    withheld: bool


@dataclass(frozen=True, slots=True)
class AccessEdit:
    """One step of a change; see `AccessEdit` in decision.proto."""

    kind: str
    slot: str
    text: str
    key: str
    values: tuple[str, ...]
    reference: StatementReference | None
    statement: str
    level: int | None


@dataclass(frozen=True, slots=True)
class AccessChange:
    """One way to turn a denial into a grant: all of its edits together."""

    text: str
    edits: tuple[AccessEdit, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a question about access was answered as it was.

    Attributes:
        effect: `allowed`, `explicit_deny` or `implicit_deny`.
        action: what was asked for.
        resource: on what.
        same_account: whether one account owns caller and resource.
        slot: the slot that decided; empty where none did.
        decided_by: the statement that decided; None for an implicit denial, and
            where it is withheld.
        slots: those that apply.
        missing_keys: the context keys that statements asked for in vain.
        nearest_changes: what would turn a denial into a grant, the best first.
        internal_error: whether the denial is a defect of the server.
    """

    effect: str
    action: str
    resource: str
    same_account: bool
    slot: str
    decided_by: StatementReference | None
    slots: tuple[SlotExplanation, ...]
    missing_keys: tuple[str, ...]
    nearest_changes: tuple[AccessChange, ...]
    internal_error: bool

    @property
    def allowed(self) -> bool:
        """Whether the answer is yes."""
        return self.effect == "allowed"


@dataclass(frozen=True, slots=True)
class ExplainedDecision:
    """A denial, as the caller's account may see it.

    Attributes:
        decision_id: names it.
        decide_time: when it was made.
        expire_time: when it will be forgotten.
        operation: the operation that was refused, such as `AssumeRole`.
        caller_arn: who was refused.
        caller_account_id: the account of who was refused.
        resource_account_id: the account that owns what was refused.
        reason: what who was refused was told.
        side: whose eyes the explanation is for, `caller` or `resource`.
        explanation: why.
    """

    decision_id: str
    decide_time: datetime
    expire_time: datetime
    operation: str
    caller_arn: str
    caller_account_id: str
    resource_account_id: str
    reason: str
    side: str
    explanation: Explanation

"""Policies as they are evaluated: parsed, validated and compiled.

SPEC: policy-language 2. Documents become these through `parse`; nothing here checks.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from daypass.core.quick import quick_init
from daypass.policy.actions import ActionSet
from daypass.policy.conditions import Condition
from daypass.policy.principals import PrincipalSet
from daypass.policy.resources import ResourceSet


class DocumentKind(Enum):
    """What a document is for, which decides its grammar."""

    # Attachable by ARN, as an identity policy or a boundary.
    MANAGED = auto()
    # Part of one user, group or role.
    INLINE = auto()
    # Who may assume a role.
    TRUST = auto()
    # Passed when a session is made.
    SESSION = auto()
    # Attached to a resource other than a role.
    RESOURCE = auto()
    # What an organisation lets its accounts do, and lets be done to them.
    SERVICE_CONTROL = auto()
    RESOURCE_CONTROL = auto()


class StatementEffect(StrEnum):
    """What a statement says when it matches."""

    ALLOW = "Allow"
    DENY = "Deny"


@quick_init
@dataclass(frozen=True, slots=True)
class PolicySource:
    """Where a policy comes from, for explanations.

    Attributes:
        slot: the slot it was declared for, such as `identity` or `trust`.
        name: its name or ARN.
        file: the file that declares it, or None.
        lines: the line of each statement, as far as known.
    """

    slot: str
    name: str
    file: str | None = None
    lines: tuple[int, ...] = ()


@quick_init
@dataclass(frozen=True, slots=True)
class StatementReference:
    """Names one statement of one policy; `index` counts from 0."""

    source: PolicySource
    index: int
    sid: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        """Prints the policy, the statement and, where known, the line."""
        text = f"{self.source.name} statement {self.index}"
        if self.sid is not None:
            text += f" ({self.sid})"
        if self.source.file is not None:
            text += f" in {self.source.file}"
            text += f":{self.line}" if self.line is not None else ""
        return text


@quick_init
@dataclass(frozen=True, slots=True)
class Statement:
    """One compiled statement.

    It matches when all its parts do. `resources` is None where the document has
    none because the resource is understood (a trust policy), and `principals` is
    None where the policy's place says whom it is about. `asked` holds the context
    keys that its conditions need, as spelled and folded.
    """

    effect: StatementEffect
    actions: ActionSet
    resources: ResourceSet | None
    principals: PrincipalSet | None
    conditions: tuple[Condition, ...]
    asked: tuple[tuple[str, str], ...]
    reference: StatementReference


@quick_init
@dataclass(frozen=True, slots=True)
class Policy:
    """A compiled policy."""

    kind: DocumentKind
    source: PolicySource
    statements: tuple[Statement, ...]

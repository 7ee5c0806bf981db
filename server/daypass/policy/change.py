"""What would have to be different for a denial to be a grant, as a value.

SPEC: policy-language 7.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from daypass.policy.decision import Slot
from daypass.policy.document import StatementReference


@dataclass(frozen=True, slots=True)
class StatementPlace:
    """Where a statement stands; `index` counts from 0."""

    policy: str
    index: int
    sid: str | None = None
    file: str | None = None
    line: int | None = None

    @classmethod
    def of(cls, reference: StatementReference) -> Self:
        """Returns the place of a statement."""
        source = reference.source
        return cls(
            source.name, reference.index, reference.sid, source.file, reference.line
        )

    def __str__(self) -> str:
        """Prints the policy, the statement and, where known, the file and line."""
        text = f"{self.policy} statement {self.index}"
        if self.sid is not None:
            text += f" ({self.sid})"
        if self.file is not None:
            text += f" in {self.file}"
            text += f":{self.line}" if self.line is not None else ""
        return text


class EditKind(StrEnum):
    """What a change does."""

    # The request must carry a context key with these values.
    SET_CONTEXT = "set_context"
    # The request must not carry a context key.
    UNSET_CONTEXT = "unset_context"
    # A policy of the slot needs one more statement, or the slot a policy with it.
    ADD_STATEMENT = "add_statement"
    # A statement that denies must go, or apply to less.
    REMOVE_STATEMENT = "remove_statement"
    # The other account must change something, which it alone may know.
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Edit:
    """One step of a change.

    Attributes:
        kind: what is to be done.
        slot: the slot whose policies ask for it.
        text: one sentence for people, without a full stop.
        key: the context key to set or to leave out.
        values: what to set it to.
        reference: the statement to take away.
        statement: the statement to add, as JSON.
        level: for organisation policies, the level to add the statement at.
    """

    kind: EditKind
    slot: Slot
    text: str
    key: str | None = None
    values: tuple[str, ...] = ()
    reference: StatementPlace | None = None
    statement: str | None = None
    level: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One way to turn a denial into a grant: all of its edits together."""

    edits: tuple[Edit, ...]

    @property
    def text(self) -> str:
        """The edits as one sentence for people."""
        return "; and ".join(edit.text for edit in self.edits)

    @property
    def slot(self) -> Slot:
        """The slot that the first edit is about."""
        return self.edits[0].slot

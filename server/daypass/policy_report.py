"""Explanations as trees for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.text import Text
from rich.tree import Tree

from daypass.policy.decision import Effect, Slot
from daypass.policy.document import StatementEffect
from daypass.policy.explanation import (
    Edit,
    Explanation,
    PolicyExplanation,
    SlotExplanation,
    StatementExplanation,
)

_WORDS: Final = {
    Effect.ALLOW: ("allowed", "green"),
    Effect.EXPLICIT_DENY: ("explicitly denied", "bold red"),
    Effect.IMPLICIT_DENY: ("denied", "red"),
}
_SLOTS: Final = {
    Slot.SCP: "service control policies",
    Slot.RCP: "resource control policies",
    Slot.RESOURCE: "resource policy",
    Slot.IDENTITY: "identity policies",
    Slot.BOUNDARY: "permissions boundary",
    Slot.SESSION: "session policies",
}
_LEVELS: Final = (Slot.SCP, Slot.RCP)
_DECIDED: Final = "  ◀ decided"


def report(found: Explanation, *, failures: bool) -> Tree:
    """Returns the tree of an explanation.

    Args:
        found: what to show.
        failures: whether to show statements that do not match, and why not.
    """
    word, style = _WORDS[found.effect]
    title = Text.assemble((word, style), f": {found.action} on {found.resource}")
    if found.slot is None and not found.slots:
        title.append(", whatever the policies say")
    tree = Tree(title)
    for slot in found.slots:
        _add_slot(tree, slot, found, failures=failures)
    if found.missing_keys:
        tree.add(Text(f"absent from the request: {', '.join(found.missing_keys)}"))
    for number, change in enumerate(found.nearest):
        label = "nearest change" if number == 0 else "or"
        branch = tree.add(Text.assemble((f"{label}: ", "bold cyan"), change.text))
        for edit in change.edits:
            for line in _instructions(edit):
                branch.add(Text(line, style="cyan"))
    return tree


def _add_slot(
    tree: Tree, slot: SlotExplanation, found: Explanation, *, failures: bool
) -> None:
    word, style = _WORDS[slot.effect]
    title = Text.assemble(f"{_SLOTS[slot.slot]}: ", (word, style))
    if slot.withheld:
        title.append(" (of the other account)")
    elif not slot.policies:
        title.append(" (there is none)")
    if slot.slot is found.slot and found.decided_by is None:
        title.append(_DECIDED, "bold")
    branch = tree.add(title)
    # Organisation policies that allow are many, and of little interest.
    silent = slot.slot in _LEVELS and slot.effect is Effect.ALLOW and not failures
    for policy in () if silent else slot.policies:
        shown = [each for each in policy.statements if failures or each.matched]
        if shown or failures:
            _add_policy(branch, policy, shown, found, decides=slot.slot is found.slot)


def _add_policy(
    tree: Tree,
    policy: PolicyExplanation,
    shown: list[StatementExplanation],
    found: Explanation,
    *,
    decides: bool,
) -> None:
    level = "" if policy.level is None else f"level {policy.level}: "
    branch = tree.add(Text(level + policy.name))
    for statement in shown:
        decided = decides and statement.reference == found.decided_by
        leaf = branch.add(_title(statement, decided=decided))
        for failure in statement.failures:
            leaf.add(Text(failure.text, style="dim"))
    if policy.omitted:
        branch.add(Text(f"{policy.omitted} more, which match less", style="dim"))


def _title(statement: StatementExplanation, *, decided: bool) -> Text:
    place = statement.reference
    name = place.sid or f"statement {place.index}"
    where = place.file or ""
    if place.file is not None and place.line is not None:
        where += f":{place.line}"
    denies = statement.effect is StatementEffect.DENY
    style = "dim" if not statement.matched else "red" if denies else "green"
    matched = "matches" if statement.matched else "does not match"
    title = Text.assemble((f"{statement.effect} {name} {matched}", style))
    if where:
        title.append(f"  {where}")
    if decided:
        title.append(_DECIDED, "bold")
    return title


def _instructions(edit: Edit) -> Iterator[str]:
    """Yields what to do for an edit, where its text does not say it whole."""
    if edit.key is not None and edit.values:
        yield f"--context {edit.key}={','.join(edit.values)}"
    if edit.statement is not None:
        yield edit.statement

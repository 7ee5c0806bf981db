"""An explanation as a tree for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from rich.text import Text
from rich.tree import Tree

from daypass_client.cli.text import printable
from daypass_client.explanations import (
    AccessEdit,
    Explanation,
    PolicyExplanation,
    SlotExplanation,
    StatementExplanation,
)

_WORDS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "allowed": ("allowed", "green"),
        "explicit_deny": ("explicitly denied", "bold red"),
        "implicit_deny": ("denied", "red"),
    }
)
_SLOTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "scp": "service control policies",
        "rcp": "resource control policies",
        "resource": "resource policy",
        "identity": "identity policies",
        "boundary": "permissions boundary",
        "session": "session policies",
    }
)
# Where policies that allow are many, and of little interest.
_ORGANIZATION: Final = frozenset({"scp", "rcp"})
_DECIDED: Final = "  <- decided"


def explanation_tree(found: Explanation) -> Tree:
    """Returns the tree: the slots, the statements that matter, and what would help.

    Of a slot that allows, the statements that do so are shown; of one that does
    not, all of them with the reasons why they do not match.
    """
    word, style = _word(found.effect)
    asked = f": {found.action} on {found.resource}"
    tree = Tree(Text.assemble((word, style), printable(asked)))
    for slot in found.slots:
        _add_slot(tree, slot, found)
    if found.internal_error:
        tree.add(Text("a defect of the server; its operator finds the cause"))
    if found.missing_keys:
        tree.add(_line(f"absent from the request: {', '.join(found.missing_keys)}"))
    for number, change in enumerate(found.nearest_changes):
        label = "or: " if number else "nearest change: "
        branch = tree.add(Text.assemble((label, "bold cyan"), printable(change.text)))
        for edit in change.edits:
            for line in _instructions(edit):
                branch.add(_line(line, "cyan"))
    return tree


def _add_slot(tree: Tree, slot: SlotExplanation, found: Explanation) -> None:
    word, style = _word(slot.effect)
    name = _SLOTS.get(slot.slot, slot.slot)
    title = Text.assemble(f"{name}: ", (word, style))
    if slot.withheld:
        title.append(" (of the other account)")
    elif not slot.policies:
        title.append(" (there is none)")
    decided_here = slot.slot == found.slot
    if decided_here and found.decided_by is None:
        title.append(_DECIDED, "bold")
    branch = tree.add(title)
    if slot.effect == "allowed" and slot.slot in _ORGANIZATION:
        return
    for policy in slot.policies:
        _add_policy(
            branch,
            policy,
            found if decided_here else None,
            failures=slot.effect != "allowed",
        )


def _add_policy(
    tree: Tree,
    policy: PolicyExplanation,
    decision: Explanation | None,
    *,
    failures: bool,
) -> None:
    shown = [each for each in policy.statements if failures or each.matched]
    if not shown and not failures:
        return
    level = "" if policy.level is None else f"level {policy.level}: "
    branch = tree.add(_line(level + policy.name))
    for statement in shown:
        decided = decision is not None and statement.reference == decision.decided_by
        leaf = branch.add(_statement(statement, decided=decided))
        for failure in statement.failures:
            leaf.add(_line(failure.text, "dim"))
    if policy.omitted_count:
        branch.add(_line(f"{policy.omitted_count} more, which match less", "dim"))


def _statement(statement: StatementExplanation, *, decided: bool) -> Text:
    place = statement.reference
    name = place.sid or f"statement {place.index}"
    matched = "matches" if statement.matched else "does not match"
    color = "red" if statement.effect == "deny" else "green"
    title = _line(
        f"{statement.effect.capitalize()} {name} {matched}",
        color if statement.matched else "dim",
    )
    if place.file:
        where = f"  {place.file}" + (f":{place.line}" if place.line else "")
        title.append(printable(where))
    if decided:
        title.append(_DECIDED, "bold")
    return title


def _instructions(edit: AccessEdit) -> Iterator[str]:
    """Yields what to do for an edit, where its text does not say it whole."""
    if edit.key and edit.values:
        yield f"{edit.key} = {', '.join(edit.values)}"
    if edit.statement:
        yield edit.statement


def _word(effect: str) -> tuple[str, str]:
    return _WORDS.get(effect, (effect, "bold"))


def _line(text: str, style: str = "") -> Text:
    return Text(printable(text), style)

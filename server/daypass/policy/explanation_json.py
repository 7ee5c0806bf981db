"""Explanations read back from the JSON that `Explanation.to_json` makes.

For stores that keep explanations for a while. Members that are not known are
ignored and absent ones have their defaults, so that neighbouring versions of the
service read each other's records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from daypass.core.strict_json import JsonValue
from daypass.policy.decision import Effect, Slot
from daypass.policy.document import StatementEffect
from daypass.policy.explanation import (
    Change,
    Edit,
    EditKind,
    Explanation,
    Failure,
    PolicyExplanation,
    SlotExplanation,
    StatementExplanation,
    StatementPart,
    StatementPlace,
)

T = TypeVar("T")


class ExplanationUnreadableError(ValueError):
    """A value is not the JSON of an explanation; the text quotes nothing of it."""


def explanation_from_json(value: JsonValue) -> Explanation:
    """Returns the explanation.

    Raises:
        ExplanationUnreadableError: the value is not one.
    """
    try:
        return _explanation(_Members(value))
    except (KeyError, TypeError, ValueError) as error:
        raise ExplanationUnreadableError("this is not an explanation") from error


class _Members:
    """The members of an object, each read as what it must be."""

    def __init__(self, value: JsonValue) -> None:
        if not isinstance(value, dict):
            raise TypeError
        self._value: Mapping[str, JsonValue] = value

    def text(self, name: str) -> str:
        return _text(self._value[name])

    def optional_text(self, name: str) -> str | None:
        value = self._value.get(name)
        return None if value is None else _text(value)

    def flag(self, name: str) -> bool:
        value = self._value.get(name, False)
        if not isinstance(value, bool):
            raise TypeError
        return value

    def optional_number(self, name: str) -> int | None:
        value = self._value.get(name)
        if value is not None and (
            isinstance(value, bool) or not isinstance(value, int)
        ):
            raise TypeError
        return value

    def number(self, name: str) -> int:
        return self.optional_number(name) or 0

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(_text(each) for each in self._list(name))

    def optional_texts(self, name: str) -> tuple[str, ...] | None:
        return None if self._value.get(name) is None else self.texts(name)

    def optional(self, name: str, read: Callable[[_Members], T]) -> T | None:
        value = self._value.get(name)
        return None if value is None else read(_Members(value))

    def each(self, name: str, read: Callable[[_Members], T]) -> tuple[T, ...]:
        return tuple(read(_Members(each)) for each in self._list(name))

    def _list(self, name: str) -> list[JsonValue]:
        value = self._value.get(name, [])
        if not isinstance(value, list):
            raise TypeError
        return value


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _slot(text: str | None) -> Slot | None:
    return None if text is None else Slot(text)


def _explanation(members: _Members) -> Explanation:
    return Explanation(
        effect=Effect(members.text("effect")),
        action=members.text("action"),
        resource=members.text("resource"),
        same_account=members.flag("same_account"),
        slot=_slot(members.optional_text("slot")),
        decided_by=members.optional("decided_by", _place),
        slots=members.each("slots", _slot_explanation),
        missing_keys=members.texts("missing_keys"),
        nearest=members.each("nearest", _change),
        internal_error=members.flag("internal_error"),
    )


def _slot_explanation(members: _Members) -> SlotExplanation:
    return SlotExplanation(
        slot=Slot(members.text("slot")),
        effect=Effect(members.text("effect")),
        policies=members.each("policies", _policy),
        missing_keys=members.texts("missing_keys"),
        withheld=members.flag("withheld"),
    )


def _policy(members: _Members) -> PolicyExplanation:
    return PolicyExplanation(
        name=members.text("name"),
        file=members.optional_text("file"),
        statements=members.each("statements", _statement),
        omitted=members.number("omitted"),
        level=members.optional_number("level"),
    )


def _statement(members: _Members) -> StatementExplanation:
    reference = members.optional("reference", _place)
    if reference is None:
        raise TypeError
    return StatementExplanation(
        reference=reference,
        effect=StatementEffect(members.text("effect")),
        matched=members.flag("matched"),
        failures=members.each("failures", _failure),
    )


def _place(members: _Members) -> StatementPlace:
    return StatementPlace(
        policy=members.text("policy"),
        index=members.number("index"),
        sid=members.optional_text("sid"),
        file=members.optional_text("file"),
        line=members.optional_number("line"),
    )


def _failure(members: _Members) -> Failure:
    return Failure(
        part=StatementPart(members.text("part")),
        text=members.text("text"),
        key=members.optional_text("key"),
        operator=members.optional_text("operator"),
        expected=members.texts("expected"),
        actual=members.optional_texts("actual"),
    )


def _change(members: _Members) -> Change:
    edits = members.each("edits", _edit)
    if not edits:
        raise ValueError
    return Change(edits)


def _edit(members: _Members) -> Edit:
    return Edit(
        kind=EditKind(members.text("kind")),
        slot=Slot(members.text("slot")),
        text=members.text("text"),
        key=members.optional_text("key"),
        values=members.texts("values"),
        reference=members.optional("reference", _place),
        statement=members.optional_text("statement"),
        level=members.optional_number("level"),
    )

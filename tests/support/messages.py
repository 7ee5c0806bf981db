"""Looks into protobuf messages."""

from __future__ import annotations

from collections.abc import Iterator

from google.protobuf.message import Message


def unset_fields(message: Message) -> set[str]:
    """Returns the full names of the fields that say nothing, here and further in.

    Of a `oneof` only the member that is set is asked for.
    """
    return set(_unset(message))


def _unset(message: Message) -> Iterator[str]:
    present = {field.name for field, _ in message.ListFields()}
    for field in message.DESCRIPTOR.fields:
        chosen = field.containing_oneof
        if field.name in present:
            yield from _inside(getattr(message, field.name))
        elif chosen is None or message.WhichOneof(chosen.name) is None:
            yield field.full_name


def _inside(value: object) -> Iterator[str]:
    if isinstance(value, Message):
        # Seconds and nanoseconds may well be zero.
        if not value.DESCRIPTOR.full_name.startswith("google."):
            yield from _unset(value)
    elif not isinstance(value, str | bytes | bool | int | float | dict):
        for each in value:  # type: ignore[attr-defined]
            yield from _inside(each)

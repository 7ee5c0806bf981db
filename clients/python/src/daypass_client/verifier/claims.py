"""Claims that a key has vouched for, taken one by one, each in its one type.

SPEC: RFC 7519 section 4.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from daypass_client.verifier.errors import untrusted
from daypass_client.verifier.strict_json import JsonValue, loads_object

# The year 9999, which is as far as a `datetime` reaches.
SECONDS_MAX: Final = 253_402_300_799


class Claims:
    """The claims of a token whose signature and type are right.

    Every method raises `RefusedError` where the claim is missing or of another type.

    Args:
        members: the claims.
    """

    __slots__ = ("_members",)

    def __init__(self, members: dict[str, JsonValue]) -> None:
        self._members = members

    @classmethod
    def of(cls, payload: bytes) -> Claims:
        """Reads a payload."""
        try:
            return cls(loads_object(payload))
        except ValueError:
            raise untrusted() from None

    def has(self, name: str) -> bool:
        """Tells whether a claim is there and has not been taken."""
        return name in self._members

    def take(self, name: str) -> JsonValue:
        """Takes a claim of any type."""
        if name not in self._members:
            raise untrusted()
        return self._members.pop(name)

    def text(self, name: str) -> str:
        """Takes a string."""
        value = self._members.pop(name, None)
        if type(value) is not str:
            raise untrusted()
        return value

    def text_or_none(self, name: str) -> str | None:
        """Takes a string that may be absent."""
        return self.text(name) if name in self._members else None

    def texts(self, name: str) -> tuple[str, ...]:
        """Takes a list of strings; absent means empty."""
        return _as_texts(self.take(name)) if name in self._members else ()

    def text_or_texts(self, name: str) -> tuple[str, ...]:
        """Takes a string or a list of strings, of which there is at least one."""
        value = self.take(name)
        found = (value,) if isinstance(value, str) else _as_texts(value)
        if not found or not all(found):
            raise untrusted()
        return found

    def integer(self, name: str) -> int:
        """Takes an integer from 0 up, which a boolean is not."""
        return _as_integer(self._members.pop(name, None))

    def instant(self, name: str) -> datetime:
        """Takes a time in whole seconds since 1970."""
        return datetime.fromtimestamp(self.integer(name), UTC)

    def instant_or_none(self, name: str) -> datetime | None:
        """Takes a time that may be absent."""
        return self.instant(name) if name in self._members else None

    def text_and_integer(self, name: str) -> tuple[str, int]:
        """Takes a list of one string and one integer."""
        match self._members.pop(name, None):
            case [str(text), integer]:
                return text, _as_integer(integer)
            case _:
                raise untrusted()

    def text_lists(self, name: str) -> dict[str, tuple[str, ...]]:
        """Takes an object whose members are lists of strings; absent means empty."""
        if name not in self._members:
            return {}
        return {
            key: _as_texts(values)
            for key, values in _as_object(self.take(name)).items()
        }

    def members(self, name: str) -> Claims:
        """Takes an object, whose members are claims of their own."""
        return Claims(_as_object(self.take(name)))

    def rest(self) -> dict[str, JsonValue]:
        """Takes all that is left."""
        left, self._members = self._members, {}
        return left

    def check_all_taken(self) -> None:
        """Refuses a token with a claim that nobody took."""
        if self._members:
            raise untrusted()


def _as_object(value: JsonValue) -> dict[str, JsonValue]:
    if not isinstance(value, dict):
        raise untrusted()
    return value


def _as_texts(value: JsonValue) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise untrusted()
    return tuple(map(_as_text, value))


def _as_text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise untrusted()
    return value


def _as_integer(value: JsonValue) -> int:
    # NOTE: `type` and not `isinstance`, because a bool is an int in Python.
    if type(value) is not int or not 0 <= value <= SECONDS_MAX:
        raise untrusted()
    return value

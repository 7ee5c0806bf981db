"""Claims that a key has vouched for, taken one by one.

SPEC: RFC 7519 section 4; attacks J19, J21, J22, J51.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from daypass.core.clock import from_epoch_seconds
from daypass.core.limits import EPOCH_SECONDS_MAX, TOKEN_BYTES_MAX
from daypass.core.strict_json import JsonValue
from daypass.tokens.compact import read_claims
from daypass.tokens.errors import TokenRefusedError

_MALFORMED: Final = "claim_malformed"


class VerifiedClaims:
    """The claims of a token whose signature and type are right.

    They are made of what `UnverifiedToken.verify` returns. Each claim is taken once, in
    its one type; `check_all_taken` then refuses a token with a claim that nobody knows.

    Args:
        members: the claims; None for those of a payload.
        payload: what they are read of when one is asked for. Whatever asks for one
            raises `TokenRefusedError` where it is no strict JSON.
    """

    __slots__ = ("_known", "_payload")

    def __init__(
        self, members: dict[str, JsonValue] | None, *, payload: bytes = b""
    ) -> None:
        self._known = None if members is None else dict(members)
        self._payload = payload

    @property
    def _members(self) -> dict[str, JsonValue]:
        if self._known is None:
            self._known = read_claims(self._payload, size_max=TOKEN_BYTES_MAX)
        return self._known

    def text(self, name: str) -> str:
        """Takes a string."""
        return _as_text(self._take(name))

    def text_or_none(self, name: str) -> str | None:
        """Takes a string that may be absent."""
        return self.text(name) if name in self._members else None

    def has(self, name: str) -> bool:
        """Tells whether a claim is there and has not been taken."""
        return name in self._members

    def members(self, name: str) -> VerifiedClaims:
        """Takes an object, whose members are claims of their own."""
        value = self._take(name)
        if not isinstance(value, dict):
            raise TokenRefusedError(_MALFORMED)
        return VerifiedClaims(value)

    def text_or_texts(self, name: str) -> tuple[str, ...]:
        """Takes a string or a list of strings."""
        value = self._take(name)
        return (value,) if isinstance(value, str) else _as_texts(value)

    def texts(self, name: str) -> tuple[str, ...]:
        """Takes a list of strings; absent means empty."""
        if name not in self._members:
            return ()
        return _as_texts(self._take(name))

    def integer(self, name: str) -> int:
        """Takes an integer from 0 up, which a boolean is not."""
        return _as_integer(self._take(name))

    def instant(self, name: str) -> datetime:
        """Takes a time in whole seconds since 1970."""
        return from_epoch_seconds(self.integer(name))

    def instant_or_none(self, name: str) -> datetime | None:
        """Takes a time that may be absent."""
        return self.instant(name) if name in self._members else None

    def text_and_integer(self, name: str) -> tuple[str, int]:
        """Takes a list of one string and one integer."""
        match self._take(name):
            case [text, integer]:
                return _as_text(text), _as_integer(integer)
            case _:
                raise TokenRefusedError(_MALFORMED)

    def text_lists(self, name: str) -> dict[str, tuple[str, ...]]:
        """Takes an object whose members are lists of strings; absent means empty."""
        if name not in self._members:
            return {}
        value = self._take(name)
        if not isinstance(value, dict):
            raise TokenRefusedError(_MALFORMED)
        return {key: _as_texts(values) for key, values in value.items()}

    def check_all_taken(self) -> None:
        """Ends the reading.

        Raises:
            TokenRefusedError: there is a claim that nobody took.
        """
        if self._members:
            raise TokenRefusedError("claim_unknown")

    def _take(self, name: str) -> JsonValue:
        if name not in self._members:
            raise TokenRefusedError("claim_missing")
        return self._members.pop(name)


def _as_text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise TokenRefusedError(_MALFORMED)
    return value


def _as_texts(value: JsonValue) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TokenRefusedError(_MALFORMED)
    return tuple(map(_as_text, value))


def _as_integer(value: JsonValue) -> int:
    # NOTE: `type` and not `isinstance`, because a bool is an int in Python.
    if type(value) is not int or not 0 <= value <= EPOCH_SECONDS_MAX:
        raise TokenRefusedError(_MALFORMED)
    return value

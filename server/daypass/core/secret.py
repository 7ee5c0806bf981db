"""A value that must never be printed, logged or compared in variable time."""

from __future__ import annotations

import hmac
from typing import Final, final

REDACTED: Final = "<redacted>"


@final
class Secret:
    """Secret bytes that print as `<redacted>` and compare in constant time.

    A secret cannot be hashed, so that it never becomes a cache key, and cannot
    be pickled or formatted.
    """

    __slots__ = ("_value",)

    def __init__(self, value: bytes | str) -> None:
        """Wraps the value; text is held as UTF-8."""
        # Mostly bytes as they are; others are copied, so that they cannot be changed.
        if type(value) is bytes:
            self._value = value
        else:
            self._value = value.encode() if isinstance(value, str) else bytes(value)

    def reveal(self) -> bytes:
        """Returns the bytes; every call of this method is worth a look."""
        return self._value

    def reveal_text(self) -> str:
        """Returns the secret as text."""
        return self._value.decode()

    def __eq__(self, other: object) -> bool:
        """Compares in constant time, and only with another secret."""
        if self is other:
            return True
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value, other._value)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Shows that something is here, and nothing of it."""
        return REDACTED

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        """Formats as the redaction mark."""
        return format(REDACTED, spec)

    def __reduce__(self) -> str | tuple[object, ...]:
        """Refuses to be pickled."""
        message = "a Secret is not pickled"
        raise TypeError(message)

"""A value that must never be printed, logged or compared in variable time."""

from __future__ import annotations

import hmac
from typing import Final, final

REDACTED: Final = "<redacted>"


@final
class Secret:
    """Secret text that prints as `<redacted>` and compares in constant time.

    A secret cannot be hashed, so that it never becomes a cache key, and cannot
    be pickled or formatted.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Returns the text; every call of this method is worth a look."""
        return self._text

    def __eq__(self, other: object) -> bool:
        """Compares in constant time, and only with another secret."""
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

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
        raise TypeError("a Secret is not pickled")

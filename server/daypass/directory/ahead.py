"""A folder that is read before it is loaded, and is not read twice for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import final

from daypass.directory.build import Declaration, declare

# Reads the texts of a folder by their names.
Declarer = Callable[[Mapping[str, str]], Declaration]


@final
class DeclaredAhead:
    """A `Declarer` that remembers one folder, for one time of asking.

    What a folder declares follows from its texts alone, so that it is used for the
    very same texts and no others.
    """

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: Declaration | None = None

    def keep(self, declaration: Declaration) -> None:
        """Remembers what was read."""
        self._kept = declaration

    def __call__(self, texts: Mapping[str, str]) -> Declaration:
        """Reads the texts unless they are those that are remembered."""
        # NOTE: forgotten in any case, for it is many times as large as its texts.
        kept, self._kept = self._kept, None
        return kept if kept is not None and kept.texts == texts else declare(texts)

"""What is measured, found by what it is asked for with, and bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from daypass.core import limits

T = TypeVar("T")
Words = TypeVarTuple("Words")


class ByWords(dict[tuple[*Words], T]):
    """Finds what counts by words such as a method and a code: `found[method, code]`.

    What was asked for once is a look into a dict, which every call makes several times.
    Words are remembered up to a bound, beyond which they are asked about each time:
    whoever finds what counts for them has few answers, as labels have few values.

    Args:
        find: returns what counts for these words.
    """

    __slots__ = ("_find",)

    def __init__(self, find: Callable[[*Words], T]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, words: tuple[*Words]) -> T:
        """Finds it, and remembers it where there is room."""
        found = self._find(*words)
        if len(self) < limits.METRIC_LABEL_VALUES_MAX:
            self[words] = found
        return found

"""What is measured is found by words, of which a bounded number is remembered."""

from __future__ import annotations

from daypass.core import limits
from daypass.telemetry.by_words import ByWords


def test_words_are_asked_about_once() -> None:
    """The same words find the same, which is asked for at their first time."""
    asked: list[tuple[str, int]] = []

    def find(word: str, number: int) -> list[str]:
        asked.append((word, number))
        return [word]

    found = ByWords(find)
    first, other, again = found["a", 1], found["b", 1], found["a", 1]

    assert first is again
    assert ["b"] == other
    assert [("a", 1), ("b", 1)] == asked


def test_words_beyond_the_bound_are_not_kept() -> None:
    """Whoever comes with ever new words is answered, and fills no memory."""
    bound = limits.METRIC_LABEL_VALUES_MAX
    found = ByWords[int, int](lambda number: -number)

    answers = [found[number,] for number in range(bound + 2)]

    assert [-number for number in range(bound + 2)] == answers
    assert bound == len(found)

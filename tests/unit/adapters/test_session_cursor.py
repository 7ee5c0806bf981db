"""Cursors of session lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.adapters.session_cursor import Position, decode_cursor, encode_cursor
from daypass.core.errors import ValidationError
from daypass.core.ports import SessionFilter

SESSIONS = SessionFilter("111122223333", "AROAX")
IDS = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=128)
POSITIONS = st.builds(Position, st.integers(-(2**63), 2**63 - 1), IDS)
CURSOR = encode_cursor(SESSIONS, Position(5, "ASIA"))


@given(POSITIONS)
def test_position_comes_back(position: Position) -> None:
    """A cursor is read as it was made."""
    assert position == decode_cursor(SESSIONS, encode_cursor(SESSIONS, position))


@pytest.mark.parametrize(
    "other",
    [
        SessionFilter("111122223333"),
        SessionFilter("111122223333", "AROAY"),
        SessionFilter("11112222333", "3AROAX"),
    ],
)
def test_other_list_is_refused(other: SessionFilter) -> None:
    """A cursor belongs to one list, however alike another is named."""
    with pytest.raises(ValidationError):
        decode_cursor(other, CURSOR)


@pytest.mark.parametrize("index", range(len(CURSOR)))
def test_changed_character_is_refused(index: int) -> None:
    """A cursor with any one character changed is refused."""
    changed = "A" if CURSOR[index] != "A" else "B"

    with pytest.raises(ValidationError):
        decode_cursor(SESSIONS, CURSOR[:index] + changed + CURSOR[index + 1 :])


@pytest.mark.parametrize("length", range(len(CURSOR)))
def test_cut_cursor_is_refused(length: int) -> None:
    """A cursor that was cut anywhere is refused."""
    with pytest.raises(ValidationError):
        decode_cursor(SESSIONS, CURSOR[:length])


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text does anything else than being refused."""
    with pytest.raises(ValidationError):
        decode_cursor(SESSIONS, text)


@pytest.mark.parametrize("behind", ["=", "==", " ", "\n"])
def test_one_form_only(behind: str) -> None:
    """The same bytes in another text are refused."""
    with pytest.raises(ValidationError):
        decode_cursor(SESSIONS, CURSOR + behind)

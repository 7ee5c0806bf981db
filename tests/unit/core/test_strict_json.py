"""The one JSON loader refuses what is ambiguous, and agrees with Python on the rest."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daypass.core import limits
from daypass.core.strict_json import (
    InvalidJsonError,
    JsonValue,
    RepeatedMemberError,
    loads,
    loads_object,
)

SIZE = 1 << 20
# Valid by RFC 8259, and refused on purpose: two members of one name, and more
# digits than any number of ours has.
REFUSED_ON_PURPOSE = {
    "y_object_duplicated_key.json",
    "y_object_duplicated_key_and_value.json",
    "y_number_double_close_to_zero.json",
}
# Left open by RFC 8259: integers of any sign that keep their value exactly.
TAKEN_ON_PURPOSE = {
    "i_number_too_big_neg_int.json",
    "i_number_too_big_pos_int.json",
}
# The published set, so that a folder with half of it does not pass.
COUNTS = {"y": 95, "n": 188, "i": 35}


def _vectors(folder: Path, kind: str) -> list[Path]:
    found = sorted((folder / "json").glob(f"{kind}_*.json"))
    assert COUNTS[kind] == len(found)
    return found


def _is_taken(text: bytes | str) -> bool:
    try:
        loads(text, size_max=SIZE)
    except InvalidJsonError:
        return False
    return True


def _reason(text: bytes | str, size_max: int = SIZE) -> str:
    with pytest.raises(InvalidJsonError) as caught:
        loads(text, size_max=size_max)
    return str(caught.value)


def test_invalid_vectors_refused(vectors: Path) -> None:
    """No vector that must be refused is taken (JSONTestSuite, `n_`)."""
    taken = [
        path.name for path in _vectors(vectors, "n") if _is_taken(path.read_bytes())
    ]

    assert [] == taken


def test_valid_vectors_taken(vectors: Path) -> None:
    """Every valid vector is taken but those refused on purpose (JSONTestSuite, `y_`)."""
    refused = {
        path.name for path in _vectors(vectors, "y") if not _is_taken(path.read_bytes())
    }

    assert REFUSED_ON_PURPOSE == refused


def test_open_vectors_decided(vectors: Path) -> None:
    """What the RFC leaves open is refused but for exact integers (`i_`)."""
    taken = {
        path.name for path in _vectors(vectors, "i") if _is_taken(path.read_bytes())
    }

    assert TAKEN_ON_PURPOSE == taken


def test_valid_vectors_agree(vectors: Path) -> None:
    """A vector that is taken has the value that Python's own loader gives it."""
    for path in _vectors(vectors, "y"):
        if path.name in REFUSED_ON_PURPOSE:
            continue
        text = path.read_bytes()

        assert json.loads(text, parse_float=Decimal) == loads(text, size_max=SIZE)


@pytest.mark.parametrize(
    "text",
    [
        '{"alg": "EdDSA", "alg": "none"}',
        '{"sub": "a", "sub": "a"}',
        '{"s\\u0075b": "a", "sub": "b"}',
        '{"outer": [{"roles": [], "roles": []}]}',
        '{"": 1, "": 2}',
    ],
)
def test_repeated_members_refused(text: str) -> None:
    """Two members of one name are refused, hidden by escapes too (J16, J17, J18)."""
    with pytest.raises(RepeatedMemberError):
        loads(text, size_max=SIZE)


def test_same_name_in_two_objects() -> None:
    """The same name in two objects is no repetition, nor is another case of it."""
    text = '[{"sub": 1}, {"sub": 2, "Sub": 3}]'

    assert [{"sub": 1}, {"sub": 2, "Sub": 3}] == loads(text, size_max=SIZE)


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_names_are_no_numbers(name: str) -> None:
    """Names of what is no number are refused (J20)."""
    assert f"{name} is not JSON" == _reason(f'{{"exp": {name}}}')


@pytest.mark.parametrize(
    "text",
    [
        '{"exp": 1,}',
        "[1,]",
        "{'exp': 1}",
        '{"exp": 1} // no',
        '/* no */ {"exp": 1}',
        '{"exp": 1}{"exp": 2}',
        '{"exp": 01}',
        '{"exp": +1}',
        '{"exp": 0x1}',
        '{"exp": .5}',
        '{"exp": 5.}',
        '{"exp": \u0661}',
        '{"exp":\u00a01}',
        '"a\tb"',
        '"a\x00b"',
        '"\\x41"',
        "",
        " ",
    ],
)
def test_other_dialects_refused(text: str) -> None:
    """What only lenient readers take is refused (J20)."""
    assert not _is_taken(text)


@pytest.mark.parametrize("exponent", ["400", "+999", "-309", "9999999999999999999"])
@pytest.mark.parametrize("mantissa", ["1e", "-1.5E", "0e"])
def test_large_exponents_refused(mantissa: str, exponent: str) -> None:
    """A power of ten beyond a double is refused and never infinity (J19, F17)."""
    assert "a number has too large an exponent" == _reason(mantissa + exponent)


@pytest.mark.parametrize("exponent", [308, -308])
def test_largest_exponents_taken(exponent: int) -> None:
    """The largest powers of ten are taken, exactly."""
    assert Decimal((0, (1,), exponent)) == loads(f"1e{exponent}", size_max=SIZE)


@pytest.mark.parametrize("digits", [33, 4_301, 100_000])
@pytest.mark.parametrize("form", ["{}", "-{}", "0.{}", "1e{}"])
def test_long_numbers_refused(form: str, digits: int) -> None:
    """A number of too many digits is refused, with no other error (J19, F17)."""
    assert "a number has too many digits" == _reason(form.format("1" * digits))


def test_longest_numbers_taken() -> None:
    """The longest numbers are taken, one digit more is not."""
    longest = "9" * limits.JSON_NUMBER_CHARACTERS_MAX

    assert int(longest) == loads(longest, size_max=SIZE)
    assert not _is_taken(longest + "9")
    fraction = "0." + "1" * (limits.JSON_NUMBER_CHARACTERS_MAX - 2)
    assert Decimal(fraction) == loads(fraction, size_max=SIZE)
    assert not _is_taken(fraction + "1")


@pytest.mark.parametrize("text", ["9223372036854775808", "18446744073709551616"])
def test_large_integers_are_exact(text: str) -> None:
    """An integer beyond 64 bits keeps its value, for whoever checks it next (J19)."""
    assert int(text) == loads(text, size_max=SIZE)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("true", bool), ("1", int), ("-0", int), ("1.0", Decimal), ("1E2", Decimal)],
)
def test_numbers_have_one_type(text: str, kind: type) -> None:
    """An integer is an `int`, any other number a `Decimal`, and never a float (J21)."""
    assert kind is type(loads(text, size_max=SIZE))


@pytest.mark.parametrize("pair", ["[]", '{"a":', "mixed"])
def test_depth_is_bounded(pair: str) -> None:
    """Nesting is taken to the bound and refused one level beyond it."""
    deepest = _nested(pair, limits.JSON_DEPTH_MAX)
    deeper = _nested(pair, limits.JSON_DEPTH_MAX + 1)

    assert "the document is nested too deeply" == _reason(deeper)
    assert json.loads(deepest) == loads(deepest, size_max=SIZE)


def _nested(pair: str, depth: int) -> str:
    if pair == "mixed":
        half, odd = divmod(depth, 2)
        return "[" * odd + '[{"a":' * half + "1" + "}]" * half + "]" * odd
    opening, closing = ("[", "]") if pair == "[]" else ('{"a":', "}")
    return opening * depth + "1" + closing * depth


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_bottomless_nesting_refused(opening: str) -> None:
    """A hundred thousand levels are refused before any stack ends (J49)."""
    assert "the document is nested too deeply" == _reason(opening * 100_000)


def test_string_without_end_is_one_string() -> None:
    """What follows a mark that nothing closes is within it, whatever that is.

    Otherwise each mark behind it would be sought an end for, up to the end of the text.
    """
    marks = '"' + '\\"' * 1_000

    assert "Unterminated" in _reason(marks + "[" * 1_000)


def test_width_is_not_depth() -> None:
    """Many lists side by side are no depth, nor are brackets in strings."""
    wide = "[" + ",".join(['[{"a": []}]'] * 100) + "]"
    quoted = json.dumps('[{"\\' * 100)

    assert json.loads(wide) == loads(wide, size_max=SIZE)
    assert json.loads(quoted) == loads(quoted, size_max=SIZE)


@given(
    st.text(alphabet=st.sampled_from('[]{}"\\a'), max_size=20),
    st.integers(0, limits.JSON_DEPTH_MAX + 2),
)
@example("", limits.JSON_DEPTH_MAX)
@example('"]"', limits.JSON_DEPTH_MAX)
@example("{", limits.JSON_DEPTH_MAX + 1)
def test_depth_is_exact(inner: str, depth: int) -> None:
    """Brackets in strings are none, and a malformed document is no way around."""
    # Enough brackets for a closer look, whatever is between them.
    text = "[" + "[]," * limits.JSON_DEPTH_MAX + "[" * depth + inner
    levels, deepest, rest = 0, 0, re.sub(r'"(?:[^"\\]|\\.)*+"?', "", text)
    for mark in rest:
        levels += (mark in "[{") - (mark in "]}")
        deepest = max(deepest, levels)

    too_deep = "the document is nested too deeply" == _reason_if_any(text)

    assert (deepest > limits.JSON_DEPTH_MAX) == too_deep


def _reason_if_any(text: str) -> str:
    try:
        loads(text, size_max=SIZE)
    except InvalidJsonError as error:
        return str(error)
    return ""


def test_members_are_bounded() -> None:
    """An object has so many members and not one more (L30)."""
    most = {str(number): 0 for number in range(limits.JSON_MEMBERS_MAX)}

    assert most == loads(json.dumps(most), size_max=SIZE)
    more = json.dumps({**most, "one": 0})
    assert "an object has too many members" == _reason(more)


def test_size_is_bounded() -> None:
    """A document has so many bytes, or characters, and not one more."""
    assert "é" == loads('"é"', size_max=3)
    assert "é" == loads('"é"'.encode(), size_max=4)

    assert "the document is too large" == _reason('"é"', size_max=2)
    assert "the document is too large" == _reason('"é"'.encode(), size_max=3)


@pytest.mark.parametrize(
    "text",
    [
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\xc0\x80"',
        '"a"'.encode("utf-16"),
        '"a"'.encode("utf-16-le"),
        '"a"'.encode("utf-32-be"),
        '"é"'.encode("latin-1"),
    ],
)
def test_other_encodings_refused(text: bytes) -> None:
    """Bytes of another encoding are refused, where Python would guess it."""
    assert not _is_taken(text)


@pytest.mark.parametrize("text", ["\ufeff1", "\ufeff1".encode()])
def test_byte_order_mark_refused(text: str | bytes) -> None:
    """A byte order mark is refused, in bytes and in text."""
    assert not _is_taken(text)


@pytest.mark.parametrize(
    "text",
    [
        '"\\ud800"',
        '"\\uDC00"',
        '["a", {"b": "\\ud800x"}]',
        '{"\\udfff": 1}',
        '"\ud800"',
        '{"\udfff": 1}',
    ],
)
def test_half_characters_refused(text: str) -> None:
    """Half of a surrogate pair is refused, escaped or not, in names and values."""
    assert "a string holds half a character" == _reason(text)


def test_whole_characters_taken() -> None:
    """A pair of escapes is one character, and an escaped backslash no escape."""
    assert ["😀", "😀", "\\ud800", "A"] == loads(
        '["\\ud83d\\ude00", "😀", "\\\\ud800", "\\u0041"]', size_max=SIZE
    )


def test_reason_quotes_nothing() -> None:
    """The reason of a refusal never shows a part of the document."""
    marked = ['{"hunter2": hunter2}', '"hunter2\\q"', '"hunter2', "[hunter2]"]

    assert not [text for text in marked if "hunter2" in _reason(text)]


def test_object_is_demanded() -> None:
    """A document that must be an object is no list, text, number or null."""
    for text in ("[]", '"a"', "1", "null", "[{}]"):
        with pytest.raises(InvalidJsonError, match="not an object"):
            loads_object(text, size_max=SIZE)

    assert {"a": None} == loads_object('{"a": null}', size_max=SIZE)


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(value=_VALUES, indent=st.sampled_from([None, 1]), ascii_only=st.booleans())
def test_round_trip(value: Any, indent: int | None, *, ascii_only: bool) -> None:
    """What Python writes is read as Python reads it."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    expected: JsonValue = json.loads(text, parse_float=Decimal)

    assert expected == loads(text, size_max=SIZE)
    assert expected == loads(text.encode(), size_max=SIZE)


@given(text=st.text(alphabet='[]{}",:\\ud8019eE+-.tfn \n', max_size=24))
def test_agrees_with_python(text: str) -> None:
    """Whatever is taken has the value that Python gives it, and only one error leaves."""
    try:
        value = loads(text, size_max=SIZE)
    except InvalidJsonError:
        return

    assert json.loads(text, parse_float=Decimal) == value


@given(data=st.binary(max_size=64))
def test_no_other_error_leaves(data: bytes) -> None:
    """Any bytes give a value or the one error."""
    try:
        value = loads(data, size_max=SIZE)
    except InvalidJsonError:
        return

    assert json.loads(data, parse_float=Decimal) == value

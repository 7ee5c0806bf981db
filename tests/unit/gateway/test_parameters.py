"""Flat names become scalars, lists and structures, or are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import http_limits
from daypass.core.errors import MalformedInputError, ValidationError
from daypass.core.limits import INT32_MAX
from daypass.gateway.parameters import Parameters


def sent(*pairs: tuple[str, str]) -> Parameters:
    """Returns parameters that came in a body."""
    return Parameters.read((), pairs)


def _refusal(*pairs: tuple[str, str]) -> str:
    with pytest.raises(MalformedInputError) as caught:
        sent(*pairs)
    return caught.value.detail


def test_detail_48_first_of_two_counts() -> None:
    """The first of two equal scalars counts, and unknown ones do not matter."""
    found = sent(("Name", "a"), ("Name", "b"), ("Nonsense", "c"))

    assert "a" == found.text("Name")
    assert None is found.text("name")


@pytest.mark.parametrize("name", ["Action", "Version"])
def test_v08_action_twice_refused(name: str) -> None:
    """The action and the version stand once, also in the same words."""
    assert "action_ambiguous" == _refusal((name, "a"), (name, "a"))


@pytest.mark.parametrize("name", ["action", "ACTION", "aCtion", "version"])
def test_v08_action_in_another_case_refused(name: str) -> None:
    """What a reader that folds cases would take for the action is refused."""
    assert "action_ambiguous" == _refusal((name, "a"))
    assert "action_ambiguous" == _refusal(("Action", "a"), (name, "b"))


def test_v09_query_and_body_refused() -> None:
    """A parameter in the query and in the body is refused, also in the same words."""
    with pytest.raises(MalformedInputError) as caught:
        Parameters.read((("Name", "a"),), (("Name", "a"),))
    assert "parameter_in_query_and_body" == caught.value.detail


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("900", 900),
        ("0900", 900),
        ("+900", 900),
        ("-1", -1),
        (str(INT32_MAX), INT32_MAX),
        (str(-INT32_MAX - 1), -INT32_MAX - 1),
    ],
)
def test_v26_integers(text: str, number: int) -> None:
    """Digits with or without a sign are a number."""
    assert number == sent(("N", text)).integer("N")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "1_000",
            " 3600",
            "3600 ",
            "٣٦٠٠",
            "\uff13\uff16\uff10\uff10",
            "3600.0",
            "0x10",
            "1e3",
        ),
        *("+", "--1", str(INT32_MAX + 1), str(-INT32_MAX - 2), "9" * 33),
        *("9" * 100_000, "\n900", "900\n", "²"),
    ],
)
def test_v26_not_integers(text: str) -> None:
    """Anything else is none, and nothing is said of it (spec 0.2)."""
    with pytest.raises(MalformedInputError) as caught:
        sent(("N", text)).integer("N")
    assert ("integer_form", "") == (caught.value.detail, caught.value.message)


def test_empty_integer_refused() -> None:
    """A number that is empty is refused, and it is said why (spec 0.2)."""
    with pytest.raises(MalformedInputError) as caught:
        sent(("N", "")).integer("N")
    assert "integer_empty" == caught.value.detail
    assert caught.value.message


def test_scalar_absent() -> None:
    """What was not sent is None, which an empty text is not."""
    found = sent(("Empty", ""))

    assert (None, None, None) == (
        found.text("A"),
        found.integer("A"),
        found.secret("A"),
    )
    assert "" == found.text("Empty")


def test_detail_48_list_sorted_by_number() -> None:
    """Members are sorted by number, in whatever order they came."""
    order = (10, 9, 2, 1, 3, 4, 5, 8, 7, 6)
    found = sent(*((f"L.member.{n}", str(n)) for n in order))

    assert tuple(map(str, range(1, 11))) == found.texts("L", "l")
    assert [] == _missing(found)


def test_detail_48_empty_list() -> None:
    """A bare `Tags=` is an empty list, and so is no parameter."""
    assert () == sent(("Tags", "")).structures("Tags", "tags")
    assert () == sent(("Tags", "")).texts("Tags", "tags")
    assert () == sent().texts("Tags", "tags")


def test_flattened_list_is_unknown() -> None:
    """Lists of STS are never flattened: such a name is nobody's (spec 3.1)."""
    assert () == sent(("Tags.1.Key", "a")).structures("Tags", "tags")


@pytest.mark.parametrize(
    "index", ["0", "-1", "101", "1000000000", "x", "", "1x", "+1", "٣", "9" * 99_999]
)
def test_v24_index_refused(index: str) -> None:
    """An index that is none, or too large, is refused before anything is made."""
    for name in (f"Tags.member.{index}", f"Tags.member.{index}.Key"):
        with pytest.raises(MalformedInputError) as caught:
            sent((name, "a")).structures("Tags", "tags")
        assert "list_index" == caught.value.detail


def test_v24_largest_index() -> None:
    """The largest index is taken, and all that it leaves out is missing."""
    most = http_limits.LIST_INDEX_MAX
    found = sent((f"L.member.{most}", "a"))

    assert most == len(found.texts("L", "l"))
    assert most - 1 == len(_missing(found))


def test_v24_leading_zero_is_the_same_member() -> None:
    """`01` is the member 1 (spec 3.1), and not another one beside it."""
    assert ("a",) == sent(("L.member.01", "a")).texts("L", "l")
    assert "member_repeated" == _refusal(("L.member.1", "a"), ("L.member.01", "b"))


@pytest.mark.parametrize("name", ["L.member.1", "Tags.member.1.Key"])
def test_v24_member_twice_refused(name: str) -> None:
    """A part of a member that is named twice is refused, not the first taken."""
    assert "member_repeated" == _refusal((name, "a"), (name, "a"))


def test_v24_gaps_are_missing() -> None:
    """Members that are left out are told as missing, each by its path."""
    found = sent(("L.member.2", "a"), ("T.member.3.Key", "b"))

    assert ("", "a") == found.texts("L", "l")
    assert 1 == len(found.structures("T", "t"))
    assert ["l[0]", "t[0]", "t[1]"] == _missing(found)


def test_parts_of_structures() -> None:
    """A structure has its own parts; one that lacks a part is told with its path."""
    found = sent(("T.member.1.Key", "k"), ("T.member.1.Value", ""), ("S.arn", "a"))

    (member,) = found.structures("T", "tags")
    assert ("k", "") == (member.required("Key", "key"), member.required("Value", "v"))
    assert "a" == found.structure("S").text("arn")
    assert "" == member.required("Other", "other")
    assert ["tags[0].other"] == _missing(found)


def test_missing_message() -> None:
    """The message names the parts that are missing as AWS does."""
    found = sent(("Tags.member.2.Key", "k"))
    for member in found.structures("Tags", "tags"):
        member.required("Value", "value")

    with pytest.raises(ValidationError) as caught:
        found.missing.raise_if_any()
    text = caught.value.message
    assert text.startswith(
        "2 validation errors detected: Value null at 'tags.1.member'"
    )
    assert "'tags.2.member.value'" in text


def test_structure_that_is_a_scalar() -> None:
    """`PolicyArns.arn` is no list, and says nothing (spec 3.1)."""
    assert () == sent(("PolicyArns.arn", "a")).structures("PolicyArns", "policy_arns")


def test_secret_is_not_shown() -> None:
    """A secret parameter prints as nothing of it."""
    found = sent(("TokenCode", "123456"))

    assert "123456" not in repr(found)
    assert "<redacted>" == str(found.secret("TokenCode"))


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"(A|B)(\.member)?(\.[0-9]{0,3})?(\.K)?", fullmatch=True),
            st.text(max_size=3),
        ),
        max_size=8,
    )
)
def test_v24_any_names_are_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    """No names do anything but be read or be refused, in bounded memory."""
    try:
        found = sent(*pairs)
        members = (*found.texts("A", "a"), *found.structures("B", "b"))
    except MalformedInputError:
        return
    assert 2 * http_limits.LIST_INDEX_MAX >= len(members)


def _missing(found: Parameters) -> list[str]:
    try:
        found.missing.raise_if_any()
    except ValidationError as error:
        return [violation.field for violation in error.violations]
    return []

"""Forms and queries that have one reading, and those that do not."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import http_limits
from daypass.core.errors import MalformedInputError
from daypass.gateway.form import Pairs, read_body, read_query

READERS = [read_body, read_query]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def _refusal(read: Callable[[bytes], Pairs], raw: bytes) -> str:
    with pytest.raises(MalformedInputError) as caught:
        read(raw)
    return caught.value.detail


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=20))
def test_what_python_encodes_is_read(pairs: list[tuple[str, str]]) -> None:
    """Whatever the standard library encodes as a form is read as it was meant."""
    found = read_body(urlencode(pairs, quote_via=quote_plus).encode())

    assert tuple(pair for pair in pairs if pair != ("", "")) == tuple(
        pair for pair in found if pair != ("", "")
    )


def test_detail_49_blanks_of_body() -> None:
    """In a body a plus and `%20` are blanks, and `%2B` is a plus."""
    assert (("n", "a b c+d~*"),) == read_body(b"n=a+b%20c%2Bd~%2A")


def test_detail_49_blanks_of_query() -> None:
    """In a query a blank is `%20`, and a bare plus is refused (V10)."""
    assert (("n", "a b+"),) == read_query(b"n=a%20b%2B")
    assert "query_ambiguous" == _refusal(read_query, b"n=a+b")


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b"a=1;b=2", "form_ambiguous"),
        (b"a=%", "form_ambiguous"),
        (b"a=%4", "form_ambiguous"),
        (b"a=%u0041", "form_ambiguous"),
        (b"a=%zz", "form_ambiguous"),
        (b"a=b c", "form_ambiguous"),
        (b"a=b\x00", "form_ambiguous"),
        (b"a=b\n", "form_ambiguous"),
        (b"a=b#c", "form_ambiguous"),
        (b"a=%c0%af", "form_not_utf8"),
        (b"a=%ed%a0%80", "form_not_utf8"),
        (b"a=%ff", "form_not_utf8"),
        (b"%ff=a", "form_not_utf8"),
        (b"a=\xc3\xa9", "form_not_ascii"),
    ],
)
def test_v10_ambiguous_text_refused(
    read: Callable[[bytes], Pairs], raw: bytes, detail: str
) -> None:
    """What two readers could take for two things is refused."""
    assert detail == _refusal(read, raw)


@pytest.mark.parametrize("read", READERS)
def test_v10_decoded_once(read: Callable[[bytes], Pairs]) -> None:
    """What is encoded twice is decoded once."""
    assert (("a", "%41"),) == read(b"a=%2541")


@pytest.mark.parametrize("read", READERS)
def test_l30_parameters_are_counted(read: Callable[[bytes], Pairs]) -> None:
    """As many parameters as there may be are read, and one more is refused."""
    most = http_limits.PARAMETERS_MAX

    assert most == len(read(b"&".join([b"a=1"] * most)))
    assert "parameters_too_many" == _refusal(read, b"&".join([b"a=1"] * (most + 1)))


@pytest.mark.parametrize("read", READERS)
def test_parts_of_a_parameter(read: Callable[[bytes], Pairs]) -> None:
    """The first equals sign divides; a part without one has an empty value."""
    assert (("a", "b=c"), ("d", ""), ("e", "")) == read(b"a=b=c&d&&e=")


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    """No bytes do anything but be read or be refused."""
    for read in (read_body, read_query):
        with contextlib.suppress(MalformedInputError):
            assert raw.count(b"&") + 1 >= len(read(raw))


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"a=%3A%2F%3a%2f", ":/:/"),
        (b"a=%253A%252F", "%3A%2F"),
        (b"a=%3A%253A%C3%A9", ":%3A\u00e9"),
    ],
)
def test_each_escape_is_read_once(raw: bytes, value: str) -> None:
    """What an escape stands for is no part of another one."""
    assert (("a", value),) == read_body(raw)

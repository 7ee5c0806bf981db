"""What is no request to answer, judged by its head alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import http_limits
from daypass.gateway.exchange import (
    Received,
    header_names,
    is_ambiguous,
    is_form,
    is_too_large,
    not_allowed,
)

HOST = ("host", "localhost")
FORM = "application/x-www-form-urlencoded"


def received(*headers: tuple[str, str]) -> Received:
    """Returns a request with these headers."""
    return Received("POST", "/", b"", headers, None, secure=False)


@pytest.mark.parametrize(
    "name",
    [
        *("host", "authorization", "x-amz-date", "x-amz-content-sha256"),
        *("content-type", "content-length", "content-encoding"),
    ],
)
def test_v06_decisive_header_twice(name: str) -> None:
    """A header that decides stands once, also in the same words."""
    once = (HOST, (name, "a")) if name != "host" else (HOST,)

    assert not is_ambiguous(received(*once))
    assert is_ambiguous(received(*once, (name, "a")))


@pytest.mark.parametrize(
    "name", ["x_amz_date", "x-amz_date", "x_amz-anything", "content_length"]
)
def test_v06_underscore_for_dash(name: str) -> None:
    """A name that some gateways take for another one is refused."""
    assert is_ambiguous(received(HOST, (name, "a")))


def test_v06_other_headers_may_repeat() -> None:
    """Headers that decide nothing may stand as often as they like."""
    others = (("via", "a"), ("via", "b"), ("my_own", "c"))

    assert not is_ambiguous(received(HOST, *others))


def test_first_value_counts() -> None:
    """Of a header that may repeat the first value is the one, and all can be had."""
    request = received(HOST, ("via", "a"), ("via", "b"))

    assert ("a", ["a", "b"], "a,b") == (
        request.header("via"),
        request.values("via"),
        request.joined("via"),
    )
    assert (None, [], "") == (
        request.header("accept"),
        request.values("accept"),
        request.joined("accept"),
    )


def test_v21_host_is_there() -> None:
    """A request that names no host is refused, that of HTTP/1.0 as well."""
    assert is_ambiguous(received())


@pytest.mark.parametrize(
    "media_type",
    [
        FORM,
        f"{FORM}; charset=utf-8",
        f'{FORM.upper()};charset="UTF-8"',
    ],
)
def test_v29_forms(media_type: str) -> None:
    """A form in UTF-8 is a form, however that is written."""
    length = ("content-length", "1")

    assert is_form(received(length, ("content-type", media_type)))


@pytest.mark.parametrize(
    "media_type",
    [
        *("application/json", "text/xml", "multipart/form-data; boundary=a", ""),
        *(f"{FORM}; charset=utf-16", f"{FORM}; boundary=a", f"{FORM}x"),
        f"{FORM}; charset=utf-8; charset=utf-16",
    ],
)
def test_v29_other_bodies(media_type: str) -> None:
    """Any other body is none that is read."""
    length = ("content-length", "1")

    assert not is_form(received(length, ("content-type", media_type)))
    assert not is_form(received(length))


def test_empty_body_has_no_type() -> None:
    """What has no body needs no type, and may name any."""
    assert is_form(received())
    assert is_form(received(("content-length", "0"), ("content-type", "text/xml")))


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip", ""])
def test_v31_packed_body(encoding: str) -> None:
    """A body that is packed is not unpacked."""
    headers = (("content-type", FORM), ("content-length", "1"))

    assert not is_form(received(*headers, ("content-encoding", encoding)))
    assert is_form(received(*headers, ("content-encoding", "identity")))


def test_v30_length() -> None:
    """The longest body is taken, and one that is a byte longer is not."""
    most = http_limits.BODY_BYTES_MAX

    longest = received(("content-length", str(most)))
    longer = received(("content-length", str(most + 1)))

    assert not is_too_large(longest.body_length)
    assert is_too_large(longer.body_length)


@given(
    st.lists(
        st.sampled_from(
            [
                *(b"Host", b"host", b"X-Amz-Date", b"x_amz_date", b"a", b"A", b"b_c"),
                *(b"Content-Length", b"content_length", b"\xc4"),
            ]
        ),
        max_size=5,
    )
)
def test_v20_plain_names_are_not_ambiguous(raw: list[bytes]) -> None:
    """Names that are known to be plain are those that no rule refuses; so are others."""
    found = header_names(tuple(raw))

    headers = tuple((name, "x") for name in found.names)
    assert [name.lower().decode("latin-1") for name in raw] == list(found.names)
    if found.plain:
        assert not is_ambiguous(received(*headers))
        assert not is_ambiguous(replace(received(*headers), plain=True))


@pytest.mark.parametrize(
    "raw", [(), (b"a",), (b"host", b"Host"), (b"host", b"a_b"), (b"host", b"a", b"A")]
)
def test_v20_names_that_are_not_plain(raw: tuple[bytes, ...]) -> None:
    """Without a host, with a name that stands twice, or with an underscore."""
    assert not header_names(raw).plain
    assert header_names((b"Host", b"a-b")).plain


def test_v32_methods_are_told() -> None:
    """Whoever uses another method is told which there are."""
    answer = not_allowed(frozenset({"POST", "GET"}))

    assert (405, (("allow", "GET, POST"),)) == (answer.status, answer.headers)

"""URLs of providers have one reading, or are refused."""

from __future__ import annotations

import contextlib
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import provider_limits as limits
from daypass.federation.oidc.errors import DocumentRefusedError
from daypass.federation.oidc.urls import check_issuer, parse_https_url


def _refusal(text: str) -> str:
    with pytest.raises(DocumentRefusedError) as caught:
        parse_https_url(text)
    return caught.value.reason


@pytest.mark.parametrize(
    "text",
    [
        "http://idp.example/keys",
        "HTTPS://idp.example/keys",
        "file:///etc/passwd",
        "ftp://idp.example/keys",
        "gopher://idp.example/keys",
        "data:application/json,{}",
        "unix:/run/socket",
        "//idp.example/keys",
        "",
    ],
)
def test_other_schemes_refused(text: str) -> None:
    """A URL that is not https is refused (attacks O01, O04)."""
    assert "url_malformed" == _refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://good\\@evil.example/",
        "https://good#@evil.example/",
        "https://user@idp.example/",
        "https://user:password@idp.example/",
        "https://idp.example\t/",
        "https://idp.example/\n",
        " https://idp.example/",
        "https://idp.example/a b",
        "https://idp.example/#fragment",
        "https://idp.example/?a#b",
        "https://idp.example:/",
        "https://idp.example:0443/",
        "https://idp.example:65536/",
        "https://idp.example:99999999/",
        "https:///keys",
        "https://",
        "https://\u0456dp.example/",
        "https://idp\u3002example/",
        "https://idp.example/\u212a",
        "https://[::1%25eth0]/",
    ],
)
def test_ambiguous_forms_refused(text: str) -> None:
    """What two readers may read in two ways is refused (attacks O02, O26)."""
    assert "url_malformed" == _refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://idp.example/%00",
        "https://idp.example/%0d%0a",
        "https://idp.example/a%2fb",
        "https://idp.example/a%5Cb",
        "https://idp.example/%7F",
        "https://idp.example/%80",
        "https://idp.example/%",
        "https://idp.example/%4",
        "https://idp.example/%zz",
        "https://idp.example/?a=%00",
        "https://idp.example/../keys",
        "https://idp.example/a/./keys",
        "https://idp.example/a/..",
    ],
)
def test_ambiguous_paths_refused(text: str) -> None:
    """Dot segments, and escapes of what has a meaning, are refused (attacks O26)."""
    assert "url_ambiguous" == _refusal(text)


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0x",
        "0177.0.0.1",
        "127.1",
        "127.0.0.0x1",
        "1.2.3.4.5",
        "256.1.1.1",
        "idp.123",
        "-idp.example",
        "idp-.example",
        "idp..example",
        ".idp.example",
        "idp.example.",
        "a" * 64 + ".example",
        "[127.0.0.1]",
        "[::g]",
        "[1:2]",
    ],
)
def test_odd_hosts_refused(host: str) -> None:
    """A host is a name, or an address in its one spelling (attacks O05)."""
    assert _refusal(f"https://{host}/keys") in {"url_host_malformed", "url_malformed"}


@pytest.mark.parametrize(
    ("text", "host", "port", "target", "authority"),
    [
        ("https://idp.example", "idp.example", 443, "/", "idp.example"),
        ("https://IDP.example/", "IDP.example", 443, "/", "IDP.example"),
        ("https://a.b-c.d:8443/x", "a.b-c.d", 8443, "/x", "a.b-c.d:8443"),
        ("https://a.b/x//y?q=1&r=/", "a.b", 443, "/x//y?q=1&r=/", "a.b"),
        ("https://a.b/%41%20b", "a.b", 443, "/%41%20b", "a.b"),
        ("https://a.b?", "a.b", 443, "/?", "a.b"),
        ("https://a.b:65535/", "a.b", 65535, "/", "a.b:65535"),
        ("https://localhost/", "localhost", 443, "/", "localhost"),
        ("https://192.0.2.1/", "192.0.2.1", 443, "/", "192.0.2.1"),
        ("https://[2001:db8::1]:8/x", "2001:db8::1", 8, "/x", "[2001:db8::1]:8"),
        ("https://4.example/...", "4.example", 443, "/...", "4.example"),
    ],
)
def test_parts_of_url(
    text: str, host: str, port: int, target: str, authority: str
) -> None:
    """The parts are those that are asked for."""
    url = parse_https_url(text)

    assert (text, host, port, target) == (url.text, url.host, url.port, url.target)
    assert authority == url.authority


def test_longest_url() -> None:
    """A URL of 2,048 characters passes, one more does not."""
    start = "https://idp.example/"
    room = limits.PROVIDER_URL_CHARACTERS_MAX - len(start)

    assert "url_too_long" == _refusal(start + "a" * (room + 1))
    assert room + 1 == len(parse_https_url(start + "a" * room).target)


@pytest.mark.parametrize(
    "text",
    [
        "https://idp.example:443",
        "https://idp.example:8443/x",
        "https://idp.example/?a=b",
        "https://idp.example?",
    ],
)
def test_issuer_without_port_and_query(text: str) -> None:
    """An issuer has neither port nor query, though other URLs may (attacks O02)."""
    parse_https_url(text)

    with pytest.raises(DocumentRefusedError) as caught:
        check_issuer(text)

    assert "not_an_issuer" == caught.value.reason


def test_longest_issuer() -> None:
    """An issuer of 255 characters passes, one more does not."""
    start = "https://idp.example/"
    longest = start + "a" * (limits.ISSUER_CHARACTERS_MAX - len(start))

    with pytest.raises(DocumentRefusedError) as caught:
        check_issuer(longest + "a")

    assert "url_too_long" == caught.value.reason
    assert longest == check_issuer(longest).text


def test_slash_is_kept() -> None:
    """An issuer keeps its trailing slash, which makes it another one (attacks O02)."""
    assert "https://idp.example/" == check_issuer("https://idp.example/").text


@given(st.text() | st.from_regex(r"https://[\x21-\x7e]*"))
def test_nothing_but_refusals(text: str) -> None:
    """Whatever the text, the parser refuses or agrees with Python's on the host."""
    with contextlib.suppress(DocumentRefusedError):
        url = parse_https_url(text)
        theirs = urlsplit(text)
        assert theirs.hostname == url.host.lower()
        assert (theirs.port or 443) == url.port
        assert theirs.username is None

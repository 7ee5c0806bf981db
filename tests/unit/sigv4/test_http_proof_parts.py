"""What two readers of a request could take for different things is refused."""

from __future__ import annotations

import pytest

from daypass.core import limits
from daypass.core.secret import Secret
from support.http_call import SERVICE, TOKEN, HttpCall, refusal, signed, verify

INCOMPLETE = "IncompleteSignature"
MALFORMED = "MalformedInput"
MISMATCH = "SignatureDoesNotMatch"
NOT_ASCII = ["\u00e4", "\x00", "\n", "a\r\n b", "\x7f", "\x0b", "\u2003"]


@pytest.mark.parametrize("name", ["authorization", "x-amz-date", "host"])
def test_v06_header_repeated(name: str) -> None:
    """What decides stands once, even where both say the same."""
    call = signed()

    for value in (call.header(name), "other"):
        again = call.plus((name.title(), value))
        assert (INCOMPLETE, "header_repeated") == refusal(again)


def test_v06_date_repeated() -> None:
    """A date that decides stands once."""
    call = signed(headers=[("Date", "x")])

    again = call.plus(("date", call.header("date")))
    assert (INCOMPLETE, "header_repeated") == refusal(again)


def test_conflicting_tokens() -> None:
    """Two tokens are refused where they differ."""
    call = signed(session_token=TOKEN).plus(("X-Amz-Security-Token", "other"))

    assert (INCOMPLETE, "header_repeated") == refusal(call)


def test_identical_tokens_collapse() -> None:
    """A token that a proxy repeated counts once."""
    call = signed(session_token=TOKEN).plus(("X-Amz-Security-Token", TOKEN))

    verify(call)
    assert Secret(TOKEN) == call.proof().session_token


@pytest.mark.parametrize("name", ["x_amz_date", "X_AMZ-DATE", "X-Amz_Any"])
def test_v06_underscore_is_no_dash(name: str) -> None:
    """A name that some gateways take for a signed one is refused."""
    call = signed().plus((name, "20260102T030405Z"))

    assert (INCOMPLETE, "header_name_ambiguous") == refusal(call)


def test_underscore_elsewhere() -> None:
    """An underscore in a name that decides nothing is nobody's business."""
    verify(signed().plus(("my_header", "a")))


@pytest.mark.parametrize(
    "name", ["", "Host ", " Host", "H\u00f6st", ":authority", "a b", "a\r\nHost"]
)
def test_v06_no_header_name(name: str) -> None:
    """What is no name of a header is none."""
    assert (INCOMPLETE, "header_name_form") == refusal(signed().plus((name, "a")))


@pytest.mark.parametrize("value", NOT_ASCII)
@pytest.mark.parametrize(
    "name", ["authorization", "host", "x-amz-date", "x-amz-acl", "my-header"]
)
def test_v16_value_not_ascii(name: str, value: str) -> None:
    """A value that counts is printable ASCII, and never a fault of ours."""
    headers = [("X-Amz-Acl", "a"), ("My-Header", "a")]
    call = signed(headers=headers).having(name, value)

    assert (INCOMPLETE, "header_not_ascii") == refusal(call)


def test_v21_authority_and_host_differ() -> None:
    """A request that names two hosts is refused, also where one is signed."""
    call = signed().but(authority="other.example.com")

    assert (INCOMPLETE, "authority_and_host_differ") == refusal(call)


def test_authority_stands_for_the_host() -> None:
    """Where there is no host header, the authority is the host."""
    call = signed().without("host")

    verify(call.but(authority="api.example.com"))
    other = call.but(authority="other.example.com")
    assert (MISMATCH, "wrong_signature") == refusal(other)


def test_authority_beside_the_host() -> None:
    """Both may be there where they agree; the case of the letters is not signed."""
    verify(signed().but(authority="API.example.com"))


@pytest.mark.parametrize("authority", ["\u00e4", "a\nb"])
def test_v16_authority_not_ascii(authority: str) -> None:
    """An authority is as plain as a host header."""
    call = signed().without("host").but(authority=authority)

    assert (INCOMPLETE, "header_not_ascii") == refusal(call)


def test_port_is_signed() -> None:
    """A port that is not the default one is part of the host."""
    call = signed(url="https://api.example.com:8443/")

    assert "api.example.com:8443" == call.header("host")
    verify(call)


@pytest.mark.parametrize("method", ["", "get", "GET ", "G\u00cbT", "GET\n", "A" * 33])
def test_method_form(method: str) -> None:
    """A method is a word in capitals."""
    assert (MALFORMED, "method_form") == refusal(signed().but(method=method))


@pytest.mark.parametrize(
    "path",
    ["orders", "*", "https://api.example.com/", "/a?b", "/a#b", "/a\x00", "/a\nb"],
)
def test_v20_path_form(path: str) -> None:
    """A path begins with a slash, and is nothing but a path."""
    assert (MALFORMED, "path_form") == refusal(signed().but(path=path))


@pytest.mark.parametrize("path", ["/%", "/%4", "/%u0041", "/%zz", "/a%2"])
def test_v10_bad_escape_in_path(path: str) -> None:
    """What is encoded is encoded whole."""
    assert (MALFORMED, "path_escape") == refusal(signed().but(path=path))


@pytest.mark.parametrize("path", ["/%c0%af", "/%ff", "/%ed%a0%80", "/\ud800"])
def test_v10_path_not_utf8(path: str) -> None:
    """What is encoded is UTF-8, in its shortest form."""
    assert (MALFORMED, "path_not_utf8") == refusal(signed().but(path=path))


@pytest.mark.parametrize("query", ["a=b;c=d", "a=b+c", "a=%", "a=%u0041", "a b", "a#"])
def test_v10_ambiguous_query(query: str) -> None:
    """A query that is read in two ways is refused."""
    assert (MALFORMED, "query_ambiguous") == refusal(signed().but(query=query))


@pytest.mark.parametrize("query", ["a=%c0%af", "a=%ff", "\ud800"])
def test_v10_query_not_utf8(query: str) -> None:
    """What is encoded in a query is UTF-8, in its shortest form."""
    assert (MALFORMED, "query_not_utf8") == refusal(signed().but(query=query))


@pytest.mark.parametrize(
    "path",
    ["//orders/7", "/./orders/7", "/x/../orders/7", "/orders//7", "/../orders/7"],
)
def test_v11_path_that_was_not_sent_so(path: str) -> None:
    """A path that resolves to the signed one passes, and the proof says which it is."""
    call = signed().but(path=path)

    verify(call)
    assert "/orders/7" == call.proof().signed_path


@pytest.mark.parametrize(
    "path", ["/%2e/orders/7", "/x/%2e%2e/orders/7", "/orders%2f7", "/x/..;/orders/7"]
)
def test_v11_encoded_segments_are_names(path: str) -> None:
    """What is encoded is not resolved: it is another path."""
    assert (MISMATCH, "wrong_signature") == refusal(signed().but(path=path))


@pytest.mark.parametrize("path", ["//a/../b", "/a%20b/c%2Fd", "/%E1%88%B4", "/a/"])
def test_paths_like_s3(path: str) -> None:
    """A service like S3 takes every path as it stands."""
    url = f"https://api.example.com{path}"
    call = signed("GET", url, body=b"", like_s3=True).expecting(normalize_path=False)

    verify(call)
    assert path == call.proof().signed_path


@pytest.mark.parametrize("path", ["/a//b", "/a/./b", "/a%20b"])
def test_path_in_the_other_style(path: str) -> None:
    """A request that was signed in one style is none in the other."""
    call = signed("GET", f"https://api.example.com{path}", body=b"", like_s3=True)

    assert (MISMATCH, "wrong_signature") == refusal(call)


def _with_headers(count: int) -> HttpCall:
    call = signed()
    more = count - len(call.request.headers)
    return call.plus(*((f"h{number}", "a") for number in range(more)))


def test_number_of_headers() -> None:
    """As many headers as are allowed are taken, and not one more."""
    verify(_with_headers(limits.HTTP_HEADERS_MAX))

    more = _with_headers(limits.HTTP_HEADERS_MAX + 1)
    assert (INCOMPLETE, "headers_too_many") == refusal(more)


def test_length_of_headers() -> None:
    """As many characters of headers as are allowed are taken, and not one more."""
    call = signed()
    size = sum(len(name) + len(value) for name, value in call.request.headers)
    room = limits.HTTP_HEADER_CHARACTERS_MAX - size - len("h")

    verify(call.plus(("h", "a" * room)))
    more = call.plus(("h", "a" * (room + 1)))
    assert (INCOMPLETE, "headers_too_long") == refusal(more)


def test_length_of_target() -> None:
    """As long a path and query as are allowed are taken, and not one character more."""
    room = limits.HTTP_TARGET_CHARACTERS_MAX - len("/a=")
    url = f"https://api.example.com/?a={'b' * room}"

    verify(signed(url=url))
    more = signed(url=f"{url}b")
    assert (MALFORMED, "target_too_long") == refusal(more)


def test_number_of_parameters() -> None:
    """As many parameters as are allowed are taken, and not one more."""
    query = "&".join(f"a={number:03}" for number in range(256))
    assert limits.HTTP_QUERY_PARAMETERS_MAX == query.count("=")

    verify(signed(url=f"https://api.example.com/?{query}"))
    more = signed(url=f"https://api.example.com/?{query}&a=b")
    assert (MALFORMED, "query_parameters_too_many") == refusal(more)


def test_service_is_that_of_the_receiver() -> None:
    """A proof carries the service that was expected of it."""
    assert SERVICE == signed().proof().service

"""Rules of HTTP that the door keeps: paths, methods, media types, origins.

SPEC: attacks V09, V11, V29 to V33 and L29.
"""

from __future__ import annotations

import pytest

from support.http_client import HttpCall, Keys, ask, exchange, get, signed, unsigned
from support.http_world import HttpWorld

IDENTITY = {"Action": "GetCallerIdentity"}


def test_v09_body_on_get(world: HttpWorld, dev: Keys) -> None:
    """A GET has no body, and one that has is refused whatever it says."""
    call = signed(world, dev, IDENTITY).but(method="GET")

    assert (400, "MalformedInput") == ask(world, call).refusal


def test_v09_parameter_in_query_and_body(world: HttpWorld, dev: Keys) -> None:
    """A parameter that stands in the query and in the body is refused."""
    call = signed(world, dev, IDENTITY).but(target="/?Version=2011-06-15")

    assert (400, "MalformedInput") == ask(world, call).refusal


@pytest.mark.parametrize(
    "path", ["//", "/./", "/%2e/", "/..;/", "/%2f", "/sts", "/index.html", "/healthz/"]
)
def test_v11_other_paths(world: HttpWorld, dev: Keys, path: str) -> None:
    """Only the path itself is served, and nothing that resolves or decodes to it."""
    answer = ask(world, signed(world, dev, IDENTITY).but(target=path))

    assert (404, b"<UnknownOperationException/>\n") == (answer.status, answer.body)


@pytest.mark.parametrize(
    "media_type", ["application/json", "text/xml", "multipart/form-data; boundary=a"]
)
def test_v29_other_bodies(world: HttpWorld, dev: Keys, media_type: str) -> None:
    """A body that is no form is not looked at."""
    call = signed(world, dev, IDENTITY).having("Content-Type", media_type)

    answer = ask(world, call)

    assert (415, b"") == (answer.status, answer.body)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_v31_packed_bodies(world: HttpWorld, dev: Keys, encoding: str) -> None:
    """A body that is packed is not unpacked."""
    call = signed(world, dev, IDENTITY).plus(("Content-Encoding", encoding))

    assert 415 == ask(world, call).status


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"])
def test_v32_other_methods(world: HttpWorld, method: str) -> None:
    """Other methods are refused, and it is said which there are."""
    answer = ask(world, get(world, "/").but(method=method))

    assert (405, "GET, POST") == (answer.status, answer.headers["allow"])
    assert b"" == answer.body


def test_v32_method_override(world: HttpWorld) -> None:
    """A header that names another method changes nothing."""
    call = get(world, "/healthz", ("X-HTTP-Method-Override", "DELETE"))

    assert 200 == ask(world, call).status


def test_v33_no_cross_origin(world: HttpWorld, dev: Keys) -> None:
    """A page of another origin is allowed nothing."""
    origin = ("Origin", "https://evil.test")
    preflight = get(world, "/", origin, ("Access-Control-Request-Method", "POST"))

    for call in (signed(world, dev, IDENTITY).plus(origin), preflight):
        answer = ask(world, call)
        assert not [name for name in answer.headers if name.startswith("access-")]
    assert 405 == ask(world, preflight.but(method="OPTIONS")).status


def test_l29_nothing_tells_a_version(world: HttpWorld, dev: Keys) -> None:
    """No answer says what answers, or in which version; none is HTML."""
    calls: list[HttpCall] = [
        signed(world, dev, IDENTITY),
        unsigned(world, IDENTITY),
        *(get(world, path) for path in ("/", "/healthz", "/readyz", "/nope")),
    ]
    answers = [ask(world, call) for call in calls]

    for answer in [*answers, *exchange(world, b"x\r\n\r\n")]:
        text = (repr(answer.headers) + answer.body.decode()).lower()
        assert "server" not in answer.headers
        for word in ("uvicorn", "python", "daypass/", "httptools", "html"):
            assert word not in text


def test_every_answer_is_dated_and_not_kept(world: HttpWorld, dev: Keys) -> None:
    """Every answer has a date, for clocks of SDKs, and is for no cache."""
    for call in (signed(world, dev, IDENTITY), get(world, "/"), get(world, "/nope")):
        answer = ask(world, call)

        now = world.clock.now()
        assert f"{now:%a, %d %b %Y %H:%M:%S} GMT" == answer.headers["date"]
        assert "no-store" == answer.headers["cache-control"]
        assert "nosniff" == answer.headers["x-content-type-options"]


def test_requests_are_observed(world: HttpWorld, dev: Keys) -> None:
    """Whoever watches learns of every request, in words from closed lists."""
    ask(world, signed(world, dev, IDENTITY).plus(("User-Agent", "a" * 300)))
    ask(world, get(world, "/nope").but(method="PATCH"))
    ask(world, unsigned(world, {"Action": "Nope"}))

    (first, good), (_, lost), (_, unknown) = world.requests.finished
    assert ("127.0.0.1", "a" * 256) == (first.source_address, first.user_agent)
    assert good.answer is not None
    assert good.answer.caller is not None
    assert ("POST", "/", "GetCallerIdentity", 200) == (
        good.method,
        good.route,
        good.answer.operation,
        good.answer.status,
    )
    assert ("PATCH", "", 404) == (
        lost.method,
        lost.route,
        lost.answer.status if lost.answer else 0,
    )
    assert unknown.answer is not None
    assert "unknown" == unknown.answer.operation

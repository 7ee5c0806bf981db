"""A key set that is fetched by URL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from daypass.keyring.jwks import jwks
from daypass.keyring.ring import Ring
from daypass_client.errors import ConfigurationError, UnavailableError
from daypass_client.verifier import JwksUrl
from support.key_set_server import KeySetServer
from support.offline import key_set


@pytest.fixture
def server(ring: Ring) -> Iterator[KeySetServer]:
    """Yields a server that has the key set of the ring."""
    with KeySetServer() as server:
        server.body = json.dumps(jwks(ring)).encode()
        server.headers = {"cache-control": "public, max-age=120"}
        yield server


@pytest.mark.parametrize(
    "url",
    [
        "",
        "daypass.example/jwks.json",
        "ftp://daypass.example/jwks.json",
        "http://daypass.example/jwks.json",
        "http://127.0.0.1.example/jwks.json",
        "https:///jwks.json",
        "https://user@daypass.example/jwks.json",
        "https://daypass.example/jwks.json#a",
        "https://daypass.example:port/jwks.json",
        "https://[::1/jwks.json",
    ],
)
def test_url_that_is_none(url: str) -> None:
    """What is no URL of a key set, or would be fetched in clear, is refused."""
    with pytest.raises(ConfigurationError):
        JwksUrl(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://daypass.example/a",
        "http://localhost:1/a",
        "http://[::1]:1",
        "http://127.9.9.9",
    ],
)
def test_url_that_is_one(url: str) -> None:
    """An encrypted URL is taken, and one of this machine."""
    JwksUrl(url)


def test_certificates_that_are_not_there(tmp_path: Path) -> None:
    """Where the certificates cannot be read, nothing is fetched."""
    with pytest.raises(ConfigurationError):
        JwksUrl("https://daypass.example", ca_bundle=tmp_path / "none")


def test_key_set_is_fetched(server: KeySetServer, ring: Ring) -> None:
    """The key set is read, with the time for which it may be kept."""
    found = JwksUrl(f"{server.url}?a=b").fetch()

    assert set(key_set(ring).keys) == set(found.keys)
    assert timedelta(minutes=2) == found.max_age
    assert ["/jwks.json?a=b"] == server.paths


@pytest.mark.parametrize("status", [204, 301, 302, 404, 500])
def test_other_answers_are_failures(server: KeySetServer, status: int) -> None:
    """Only 200 is an answer; nobody is sent anywhere else."""
    server.status = status
    server.headers = {"location": server.url}

    with pytest.raises(UnavailableError):
        JwksUrl(server.url).fetch()

    assert 1 == len(server.paths)


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b'{"keys":[{"k":"a"}]}'])
def test_other_bodies_are_failures(server: KeySetServer, body: bytes) -> None:
    """What is no key set is a failure."""
    server.body = body

    with pytest.raises(UnavailableError):
        JwksUrl(server.url).fetch()


@pytest.mark.parametrize(("size", "good"), [(131_072, True), (131_073, False)])
def test_length_is_bounded(server: KeySetServer, size: int, *, good: bool) -> None:
    """A key set of 128 KiB is read, and a longer one is not."""
    server.body = server.body.ljust(size)
    if good:
        assert JwksUrl(server.url).fetch().keys
        return
    with pytest.raises(UnavailableError):
        JwksUrl(server.url).fetch()


def test_body_that_ends_too_early(server: KeySetServer) -> None:
    """A body that is cut off is a failure, though it be a key set."""
    server.headers = {"content-length": str(len(server.body) + 1)}

    with pytest.raises(UnavailableError):
        JwksUrl(server.url).fetch()


def test_nobody_there() -> None:
    """A server that does not answer is a failure."""
    with KeySetServer() as server:
        url = server.url

    with pytest.raises(UnavailableError):
        JwksUrl(url).fetch()

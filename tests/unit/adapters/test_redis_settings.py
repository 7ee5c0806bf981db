"""Store URLs."""

from __future__ import annotations

import ssl

import pytest
from redis.asyncio.connection import SSLConnection

from daypass.adapters.redis.settings import (
    RedisSettings,
    StoreConfigError,
    new_connection,
    parse_redis_url,
)
from daypass.core.secret import Secret


@pytest.mark.parametrize(
    "url",
    [
        "",
        "redis",
        "redis://",
        "redis://:6379",
        "http://host",
        "unix:///tmp/socket",
        "redis://host:port",
        "redis://host:70000",
        "redis://host/db",
        "redis://host/10000",
        "redis://host/-1",
        "redis://host/\u0661",
        "redis://host#fragment",
        "redis://host?replica=1",
        "redis://host?replicas=",
        "redis://host?replicas=6",
        "redis://host?replicas=-1",
        "redis://host?replicas=1&replicas=2",
        "redis://host?replicas",
        "redis://host?prefix=",
        "redis://host?prefix=a{b}",
        "redis://host?prefix=a:b",
        "redis://host?prefix=" + "a" * 33,
        "redis://host?ca=/etc/ca.pem",
        "redis://host?ssl_cert_reqs=none",
    ],
)
def test_bad_url_is_refused(url: str) -> None:
    """A URL that cannot be used as it stands is an error."""
    with pytest.raises(StoreConfigError):
        parse_redis_url(url)


@pytest.mark.parametrize("scheme", ["redis+sentinel", "redis+cluster"])
def test_later_schemes_say_so(scheme: str) -> None:
    """Schemes that are planned are refused with a text of their own."""
    with pytest.raises(StoreConfigError, match="not available yet"):
        parse_redis_url(f"{scheme}://host")


def test_error_holds_no_password() -> None:
    """The text of the error shows nothing of the URL."""
    with pytest.raises(StoreConfigError) as caught:
        parse_redis_url("redis://user:canary@host:port")

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://host", RedisSettings(host="host")),
        ("redis://[::1]:7000/3", RedisSettings(host="::1", port=7000, database=3)),
        (
            "rediss://us%3Aer:p%40ss@host/?replicas=5&prefix=" + "a" * 32,
            RedisSettings(
                host="host",
                username="us:er",
                password=Secret("p@ss"),
                tls=True,
                replicas=5,
                prefix="a" * 32,
            ),
        ),
        (
            "rediss://host?ca=/etc/ca.pem",
            RedisSettings(host="host", tls=True, ca_file="/etc/ca.pem"),
        ),
    ],
)
def test_good_url_is_read(url: str, expected: RedisSettings) -> None:
    """Each part of a URL has its place."""
    assert expected == parse_redis_url(url)


def test_settings_do_not_print_the_password() -> None:
    """The settings can be logged."""
    assert "canary" not in repr(parse_redis_url("redis://:canary@host"))


def test_tls_checks_the_server() -> None:
    """A TLS connection demands a certificate of the right name, and no old version."""
    connection = new_connection(parse_redis_url("rediss://host"))

    assert isinstance(connection, SSLConnection)
    assert ssl.CERT_REQUIRED == connection.cert_reqs
    assert connection.check_hostname
    assert ssl.TLSVersion.TLSv1_2 == connection.min_version


def test_plain_url_is_plain() -> None:
    """Without TLS in the URL there is none."""
    connection = new_connection(parse_redis_url("redis://host"))

    assert not isinstance(connection, SSLConnection)

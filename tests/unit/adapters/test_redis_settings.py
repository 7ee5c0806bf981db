"""Store URLs."""

from __future__ import annotations

import ssl

import pytest
from redis.asyncio.connection import SSLConnection

from daypass.adapters.redis.connection import data_connection, sentinel_connection
from daypass.adapters.redis.settings import (
    Address,
    RedisSettings,
    StoreConfigError,
    Topology,
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
        "redis://host,other",
        "redis://host#",
        "redis://host:0",
        "redis://ho st",
        "redis://host?sentinel_password=x",
        "redis+sentinel://host?replicas=1",
        "redis+sentinel://host/?replicas=1",
        "redis+sentinel://host/a%20b?replicas=1",
        "redis+sentinel://host/main/db?replicas=1",
        "redis+sentinel://host,/main?replicas=1",
        "redis+sentinel://host,host:26379/main?replicas=1",
        "redis+sentinel://" + ",".join(f"h{n}" for n in range(17)) + "/main?replicas=1",
        "redis+cluster://host/1",
        "redis+cluster://[::1,host",
        "redis+cluster://host?sentinel_username=x",
        "rediss+other://host",
    ],
)
def test_bad_url_is_refused(url: str) -> None:
    """A URL that cannot be used as it stands is an error."""
    with pytest.raises(StoreConfigError):
        parse_redis_url(url)


@pytest.mark.parametrize("replicas", ["", "?replicas=0"])
def test_sentinels_need_a_replica(replicas: str) -> None:
    """R05: writes that no replica confirms are refused where replicas are promoted."""
    with pytest.raises(StoreConfigError, match="replicas=1 or more"):
        parse_redis_url(f"redis+sentinel://host/main{replicas}")


def test_error_holds_no_password() -> None:
    """The text of the error shows nothing of the URL."""
    with pytest.raises(StoreConfigError) as caught:
        parse_redis_url("redis://user:canary@host:port")

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://host", RedisSettings((Address("host"),))),
        ("redis://[::1]:7000/3", RedisSettings((Address("::1", 7000),), database=3)),
        (
            "rediss://us%3Aer:p%40ss@host/?replicas=5&prefix=" + "a" * 32,
            RedisSettings(
                (Address("host"),),
                username="us:er",
                password=Secret("p@ss"),
                tls=True,
                replicas=5,
                prefix="a" * 32,
            ),
        ),
        (
            "rediss://host?ca=/etc/ca.pem",
            RedisSettings((Address("host"),), tls=True, ca_file="/etc/ca.pem"),
        ),
        (
            "rediss+sentinel://u:p@one,[::1]:5/main/2?replicas=1&sentinel_username=s&sentinel_password=q%2F",
            RedisSettings(
                (Address("one", 26379), Address("::1", 5)),
                Topology.SENTINEL,
                primary="main",
                database=2,
                username="u",
                password=Secret("p"),
                sentinel_username="s",
                sentinel_password=Secret("q/"),
                tls=True,
                replicas=1,
            ),
        ),
        (
            "redis+cluster://:p@one:7000,two",
            RedisSettings(
                (Address("one", 7000), Address("two")),
                Topology.CLUSTER,
                password=Secret("p"),
            ),
        ),
    ],
)
def test_good_url_is_read(url: str, expected: RedisSettings) -> None:
    """Each part of a URL has its place."""
    assert expected == parse_redis_url(url)


def test_settings_do_not_print_the_password() -> None:
    """The settings can be logged."""
    url = "redis+sentinel://:canary@host/main?replicas=1&sentinel_password=canary"

    assert "canary" not in repr(parse_redis_url(url))


def test_each_kind_has_its_password() -> None:
    """A sentinel is not told the password of the data, nor the other way round."""
    url = (
        "redis+sentinel://u:of-data@host/main?replicas=1&sentinel_password=of-sentinel"
    )
    settings = parse_redis_url(url)
    address = settings.addresses[0]

    data = data_connection(settings, address)
    sentinel = sentinel_connection(settings, address)

    assert ("u", "of-data") == (data.username, data.password)
    assert (None, "of-sentinel") == (sentinel.username, sentinel.password)


def test_tls_checks_the_server() -> None:
    """A TLS connection demands a certificate of the right name, and no old version."""
    settings = parse_redis_url("rediss+sentinel://host/main?replicas=1")
    for make in (data_connection, sentinel_connection):
        connection = make(settings, settings.addresses[0])

        assert isinstance(connection, SSLConnection)
        assert ssl.CERT_REQUIRED == connection.cert_reqs
        assert connection.check_hostname
        assert ssl.TLSVersion.TLSv1_2 == connection.min_version


def test_plain_url_is_plain() -> None:
    """Without TLS in the URL there is none."""
    settings = parse_redis_url("redis://host")

    assert not isinstance(
        data_connection(settings, settings.addresses[0]), SSLConnection
    )

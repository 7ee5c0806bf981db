"""Where requests come from, and whom is believed about it."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from daypass.gateway.exchange import Received
from daypass.gateway.origin import Origin, Origins

PROXY = "192.0.2.1"
CLIENT = "203.0.113.7"
TRUSTING = Origins(trusted_proxies=(ip_network(PROXY), ip_network("10.0.0.0/8")))


def received(*headers: tuple[str, str], peer: str | None = CLIENT) -> Received:
    """Returns a request for `localhost:8080` with more headers."""
    return Received(
        method="POST",
        path="/",
        query=b"",
        headers=(("host", "localhost:8080"), *headers),
        peer=peer,
        secure=False,
    )


def _found(origins: Origins, request: Received) -> Origin:
    origin = origins.find(request)
    assert origin is not None
    return origin


FORWARDED = (
    ("x-forwarded-for", "198.51.100.9"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "192.0.2.99:443"),
)


@pytest.mark.parametrize("origins", [Origins(), TRUSTING])
def test_g28_stranger_is_not_believed(origins: Origins) -> None:
    """What somebody says who is no trusted proxy changes nothing."""
    origin = _found(origins, received(*FORWARDED))

    assert (CLIENT, "localhost:8080", False, False) == (
        origin.source,
        origin.host,
        origin.secure,
        origin.proxied,
    )
    assert "localhost:8080" == origin.received.header("host")


def test_trusted_proxy_is_believed() -> None:
    """A trusted proxy says who called, by which host, and whether over TLS."""
    origin = _found(TRUSTING, received(*FORWARDED, peer=PROXY))

    assert ("198.51.100.9", "192.0.2.99:443", True, True) == (
        origin.source,
        origin.host,
        origin.secure,
        origin.proxied,
    )
    assert "192.0.2.99:443" == origin.received.header("host")


def test_detail_9_host_that_a_proxy_leaves() -> None:
    """Without a word on the host, the host that came is the one that was signed."""
    origin = _found(TRUSTING, received(peer=PROXY))

    assert ("localhost:8080", PROXY, False) == (
        origin.host,
        origin.source,
        origin.secure,
    )


@pytest.mark.parametrize(
    ("chain", "source"),
    [
        ("198.51.100.9", "198.51.100.9"),
        ("6.6.6.6, 198.51.100.9", "198.51.100.9"),
        ("6.6.6.6, 198.51.100.9, 10.0.0.3", "198.51.100.9"),
        ("nonsense, 10.0.0.3", "10.0.0.3"),
        ("198.51.100.9:1234", PROXY),
        ("", PROXY),
        ("::ffff:198.51.100.9", "198.51.100.9"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_chain_of_proxies(chain: str, source: str) -> None:
    """The client is the last that no trusted proxy is; before it anything may stand."""
    request = received(("x-forwarded-for", chain), peer=PROXY)

    assert source == _found(TRUSTING, request).source


def test_chain_in_several_headers() -> None:
    """Headers that stand more than once are one chain."""
    request = received(
        ("x-forwarded-for", "6.6.6.6"),
        ("x-forwarded-for", "198.51.100.9"),
        peer=PROXY,
    )

    assert "198.51.100.9" == _found(TRUSTING, request).source


@pytest.mark.parametrize("proto", ["http", "", "https,http", "wss"])
def test_tls_has_to_be_said(proto: str) -> None:
    """A proxy that does not say TLS, and that alone, has not spoken it."""
    request = received(("x-forwarded-proto", proto), peer=PROXY)

    assert not _found(TRUSTING, request).secure


def test_ipv4_in_ipv6_is_a_proxy() -> None:
    """An IPv4 proxy that came through an IPv6 socket is the same proxy."""
    assert _found(TRUSTING, received(peer=f"::ffff:{PROXY}")).proxied


def test_peer_without_address() -> None:
    """A peer without an address is nobody's proxy."""
    origin = _found(TRUSTING, received(peer=None))

    assert (None, False) == (origin.source, origin.proxied)


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:8080", "192.0.2.9", "sts.test:80"],
)
def test_v20_served_hosts(host: str) -> None:
    """Addresses, `localhost` and the names that are configured are served."""
    origins = Origins(hosts=("STS.test",))

    assert origins.find(_for(host)) is not None


@pytest.mark.parametrize(
    "host",
    [
        *("evil.test", "sts.test.evil.test", "xsts.test", "sts.test.", ""),
        *("sts.test@evil.test", "sts.test/", "sts.test:80:80", "sts.test:x"),
        *("localhost.evil.test", "sts.test, evil.test", "[evil]", "st\u017f.test"),
    ],
)
def test_v20_other_hosts_refused(host: str) -> None:
    """Any other host is refused, before anything else is looked at."""
    origins = Origins(hosts=("sts.test",))

    assert None is origins.find(_for(host))


def test_v20_any_host() -> None:
    """With `*` any name is served, and what is no name is not."""
    origins = Origins(hosts=("*",))

    assert origins.find(_for("any.test:1")) is not None
    assert None is origins.find(_for("a b"))


def test_v20_forwarded_host_is_checked() -> None:
    """The host that a proxy names is one that is served, and only one."""
    for host in ("evil.test", "localhost, localhost"):
        request = received(("x-forwarded-host", host), peer=PROXY)

        assert None is TRUSTING.find(request)


def _for(host: str) -> Received:
    return Received("GET", "/", b"", (("host", host),), CLIENT, secure=False)

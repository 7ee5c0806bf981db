"""The settings of the doors, and what they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from daypass.config import InvalidSettingsError, Settings
from support.surroundings import Surroundings, surroundings


@pytest.fixture(autouse=True)
def around(tmp_path: Path) -> Iterator[Surroundings]:
    """Yields the surroundings of the test, in which no setting is set."""
    with surroundings(tmp_path) as found:
        yield found


def _load(*flags: str) -> Settings:
    return Settings.load(flags, program="daypassd test", about="Tests.")


def _refusal(*flags: str) -> str:
    with pytest.raises(InvalidSettingsError) as caught:
        _load(*flags)
    return str(caught.value)


def test_defaults() -> None:
    """Both doors are on loopback, without TLS, and trust no proxy."""
    settings = _load()

    assert ("127.0.0.1:50051", "127.0.0.1:8080") == (
        settings.grpc_listen,
        settings.http_listen,
    )
    assert () == settings.http_hosts
    assert () == settings.trusted_proxies
    assert None is settings.tls_cert_file


def test_http_door_is_off(around: Surroundings) -> None:
    """An empty address turns the HTTP door off, in a flag and in the environment."""
    assert "" == _load("--http-listen", "").http_listen
    around.set("DAYPASS_HTTP_LISTEN", "")
    assert "" == _load().http_listen


def test_grpc_door_is_never_off() -> None:
    """The gRPC door has an address."""
    assert "grpc_listen" in _refusal("--grpc-listen", "")


def test_engine_unknown() -> None:
    """An engine that there is not is refused by name."""
    assert _refusal("--engine", "CQ").startswith("engine: ")


@pytest.mark.parametrize("engine", ["auto", "aio", "cq"])
def test_engine_chosen(engine: str) -> None:
    """Each engine can be asked for; left alone, the choice is ours."""
    assert engine == _load("--engine", engine).engine
    assert "auto" == _load().engine


@pytest.mark.parametrize("address", ["8080", "localhost", "a:b", "127.0.0.1:65536"])
def test_malformed_address(address: str) -> None:
    """What is no address is refused by name."""
    assert _refusal("--http-listen", address).startswith("http_listen: ")


@pytest.mark.parametrize("address", ["0.0.0.0:8080", "[::]:8080", "sts.test:8080"])
def test_g23_plaintext_on_network_refused(address: str) -> None:
    """The HTTP door beyond loopback needs TLS, or somebody who says it is safe."""
    reason = _refusal("--http-listen", address)

    assert f"http_listen {address} is beyond loopback" in reason
    flags = ("--http-listen", address)
    assert address == _load(*flags, "--unsafe-plaintext").http_listen
    tls = ("--tls-cert-file", "a.pem", "--tls-key-file", "a.key")
    assert address == _load(*flags, *tls).http_listen


@pytest.mark.parametrize(
    "flags",
    [
        ("--tls-cert-file", "a.pem"),
        ("--tls-key-file", "a.key"),
        ("--tls-client-ca-file", "ca.pem"),
    ],
)
def test_tls_is_whole(flags: tuple[str, ...]) -> None:
    """A certificate comes with its key, and authorities of clients with both."""
    assert "tls_cert_file" in _refusal(*flags)


@pytest.mark.parametrize("host", ["a.test:80", "a b", "a-", "http://a.test", "*.test"])
def test_malformed_hosts(host: str) -> None:
    """A host is a name without a port, or any name."""
    assert _refusal("--http-hosts", host).startswith("http_hosts: ")


def test_hosts() -> None:
    """Hosts are words with commas."""
    assert ("sts.test", "*") == _load("--http-hosts", "sts.test,*").http_hosts


def test_trusted_proxies() -> None:
    """Proxies are addresses or networks."""
    settings = _load("--http-trusted-proxies", "192.0.2.1,10.0.0.0/8,fd00::/8")

    networks = ("192.0.2.1/32", "10.0.0.0/8", "fd00::/8")
    assert tuple(map(ip_network, networks)) == settings.trusted_proxies


@pytest.mark.parametrize("proxy", ["proxy.test", "10.0.0.1/8", "10.0.0.0/33", "*"])
def test_malformed_proxies(proxy: str) -> None:
    """A proxy that is no network is refused, not resolved."""
    assert _refusal("--http-trusted-proxies", proxy).startswith("http_trusted_proxies")

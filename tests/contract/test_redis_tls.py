"""Redis behind TLS: who the server is, is checked."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from daypass.adapters.redis.stores import RedisStores, open_redis_stores
from daypass.adapters.system import SystemEntropy
from daypass.core.errors import StoreUnavailableError
from support.redis_cluster import wait
from support.redis_sentinels import Sentinel
from support.redis_server import RedisServer, free_port
from support.stores import add_many
from support.world import ManualClock

DAY = timedelta(days=1)


class Certificate:
    """A certificate of its own making, with its key, in two files."""

    def __init__(self, folder: Path, name: str, *, ends: timedelta = DAY) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        alternative: x509.GeneralName = x509.DNSName(name)
        if name[0].isdecimal():
            alternative = x509.IPAddress(ipaddress.ip_address(name))
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 2 * DAY)
            .not_valid_after(now + ends)
            .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
            .sign(key, hashes.SHA256())
        )
        self.file = folder / f"{name}.crt"
        self.key_file = folder / f"{name}.key"
        self.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        self.key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )


class TlsServer:
    """A server that speaks TLS on a second port.

    Args:
        certificate: what it shows.
        options: further options.
        make: makes the server of its options.
    """

    def __init__(
        self,
        certificate: Certificate,
        *options: str,
        make: Callable[..., RedisServer] = RedisServer,
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.certificate = certificate
        self.server = make(
            *("--tls-port", str(self.port)),
            *("--tls-cert-file", str(certificate.file)),
            *("--tls-key-file", str(certificate.key_file)),
            *("--tls-ca-cert-file", str(certificate.file)),
            *("--tls-auth-clients", "no"),
            *options,
        )

    def url(self, scheme: str = "rediss", ca: Path | None = None) -> str:
        """Returns the store URL, with trusted certificates where they are named."""
        query = f"?ca={ca}" if ca else ""
        return f"{scheme}://127.0.0.1:{self.port}{query}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TlsServer]:
    """Runs a server with a certificate of the right name."""
    made = TlsServer(Certificate(tmp_path, "127.0.0.1"))
    with made.server:
        yield made


async def opened(url: str, clock: ManualClock) -> RedisStores:
    """Opens the stores of a URL, which speaks to the server."""
    stores, _ = await open_redis_stores(url, clock=clock, entropy=SystemEntropy())
    return stores


async def test_unknown_certificate_is_refused(
    server: TlsServer, clock: ManualClock, tmp_path: Path
) -> None:
    """A server whose certificate nobody vouches for is not spoken to."""
    other = Certificate(tmp_path, "other.example")

    for url in (server.url(), server.url(ca=other.file)):
        with pytest.raises(StoreUnavailableError):
            await opened(url, clock)


@pytest.mark.parametrize(
    ("name", "ends"), [("other.example", DAY), ("127.0.0.1", -DAY)]
)
async def test_wrong_certificate_is_refused(
    tmp_path: Path, clock: ManualClock, name: str, ends: timedelta
) -> None:
    """A certificate of another name, or an expired one, is refused, trusted or not."""
    certificate = Certificate(tmp_path, name, ends=ends)
    made = TlsServer(certificate)

    with made.server, pytest.raises(StoreUnavailableError):
        await opened(made.url(ca=certificate.file), clock)


async def test_plain_speech_is_refused(server: TlsServer, clock: ManualClock) -> None:
    """A URL without TLS does not reach a port with TLS, nor the other way round."""
    ca = server.certificate.file
    plain = f"rediss://127.0.0.1:{server.server.port}?ca={ca}"

    for url in (server.url("redis"), plain):
        with pytest.raises(StoreUnavailableError):
            await opened(url, clock)


async def test_right_certificate_is_accepted(
    server: TlsServer, clock: ManualClock
) -> None:
    """A server with a trusted certificate of its name is spoken to."""
    stores = await opened(server.url(ca=server.certificate.file), clock)

    assert await stores.check() is not None


async def test_cluster_is_spoken_to_in_tls(
    tmp_path: Path, present_clock: ManualClock
) -> None:
    """R26: nodes of a cluster are found at the ports that speak TLS, and are checked."""
    certificate = Certificate(tmp_path, "127.0.0.1")
    bus = ("--cluster-port", str(free_port()))
    node = TlsServer(
        certificate, "--cluster-enabled", "yes", "--tls-cluster", "yes", *bus
    )
    with node.server as server:
        server.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
        wait(lambda: b"cluster_state:ok" in server.command("CLUSTER", "INFO"))
        url = node.url("rediss+cluster", certificate.file)
        stores = await opened(url, present_clock)
        running = asyncio.create_task(stores.run())

        outcomes = await add_many(stores, present_clock, range(10))

        stores.close()
        await running
        with pytest.raises(StoreUnavailableError):
            await opened(node.url("rediss+cluster"), present_clock)
    assert [None] * 10 == outcomes


async def test_sentinel_is_spoken_to_in_tls(
    tmp_path: Path, present_clock: ManualClock
) -> None:
    """R26: a sentinel and the primary that it names are checked, both of them."""
    certificate = Certificate(tmp_path, "127.0.0.1")
    primary = TlsServer(certificate)

    def make(*options: str) -> Sentinel:
        return Sentinel(primary.port, 60_000, *options, quorum=1)

    watcher = TlsServer(certificate, "--tls-replication", "yes", make=make)
    url = f"rediss+sentinel://127.0.0.1:{watcher.port}/main?replicas=1"
    with primary.server, watcher.server as sentinel:
        wait(lambda: b"status=ok" in sentinel.command("INFO", "sentinel"))

        stores = await opened(f"{url}&ca={certificate.file}", present_clock)

        assert await stores.check()
        with pytest.raises(StoreUnavailableError):
            await opened(url, present_clock)

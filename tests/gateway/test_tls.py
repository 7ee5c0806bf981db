"""TLS of both doors: versions, certificates that change, certificates of clients.

SPEC: design 10; attacks G24 and G25.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
import trustme

from daypass.adapters.tls_files import TlsFiles
from daypass.rpc.credentials import server_credentials
from daypass.rpc.server import ServerSettings
from support.aws_clients import sts
from support.door import Door
from support.http_client import Keys, read_answers
from support.http_organisation import DEV
from support.http_world import DoorOptions, HttpWorld
from support.surroundings import Surroundings
from support.tls import Pki, new_pki, write_client

ALIVE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHECK = "/grpc.health.v1.Health/Check"
LOOPBACK = "127.0.0.1:0"
# gRPC refuses a connection without saying why; the handshake has failed by then.
UNREACHED = {grpc.StatusCode.UNAVAILABLE}


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    """Returns an authority with the files of a server."""
    return new_pki(tmp_path)


@pytest.fixture
def files(pki: Pki) -> TlsFiles:
    """Returns the certificates of a server."""
    return TlsFiles.open(pki.paths)


@pytest.fixture
def secure(files: TlsFiles) -> Iterator[HttpWorld]:
    """Yields a deployment whose HTTP door speaks TLS."""
    with HttpWorld(DoorOptions(tls=files.context)) as found:
        yield found


@pytest.fixture
def mutual(pki: Pki) -> Iterator[HttpWorld]:
    """Yields a deployment whose HTTP door asks clients for certificates."""
    files = TlsFiles.open(pki.mutual)
    with HttpWorld(DoorOptions(tls=files.context)) as found:
        yield found


def _status(world: HttpWorld, context: ssl.SSLContext) -> int:
    with _link(world, context) as link:
        link.sendall(ALIVE)
        return read_answers(link, 1)[0].status


def _link(world: HttpWorld, context: ssl.SSLContext) -> ssl.SSLSocket:
    plain = socket.create_connection(("127.0.0.1", world.port), 10)
    return context.wrap_socket(plain, server_hostname="localhost")


def _serial(link: ssl.SSLSocket) -> str:
    certificate = link.getpeercert()
    assert certificate is not None
    return str(certificate["serialNumber"])


def test_boto3_over_tls(secure: HttpWorld, pki: Pki, around: Surroundings) -> None:
    """boto3 that trusts the authority is served over TLS, as policies can tell."""
    del around
    client = sts(secure, Keys.of(secure, DEV), verify=str(pki.authority_file))

    assert DEV == client.get_caller_identity()["Arn"]
    assert secure.requests.finished[0][0].secure_transport


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_versions(secure: HttpWorld, pki: Pki, version: ssl.TLSVersion) -> None:
    """TLS 1.2 and 1.3 are spoken."""
    context = pki.context()
    context.minimum_version = context.maximum_version = version

    with _link(secure, context) as link:
        assert version.name.replace("_", ".") == link.version()


def test_old_version_refused(secure: HttpWorld, pki: Pki) -> None:
    """TLS 1.1 is not spoken."""
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        _link(secure, _old(pki)).close()
    assert 200 == _status(secure, pki.context())


def test_plaintext_refused(secure: HttpWorld) -> None:
    """A door that speaks TLS does not answer in the clear."""
    with socket.create_connection(("127.0.0.1", secure.port), 10) as link:
        link.sendall(ALIVE)
        assert b"HTTP" not in link.recv(4_096)


def test_g25_certificate_replaced(secure: HttpWorld, pki: Pki, files: TlsFiles) -> None:
    """New certificates serve new connections, and those that are there go on."""
    context = pki.context()
    with _link(secure, context) as old:
        before = _serial(old)
        pki.write(pki.issue())
        assert files.reload().changed

        with _link(secure, context) as new:
            assert before != _serial(new)
        old.sendall(ALIVE)
        assert 200 == read_answers(old, 1)[0].status


def test_g25_broken_files_keep_the_old(
    secure: HttpWorld, pki: Pki, files: TlsFiles
) -> None:
    """Files that are broken, or half written, leave the old certificates in force."""
    with _link(secure, pki.context()) as link:
        before = _serial(link)
    pki.paths.chain.write_text("broken")

    assert files.reload().fault is not None

    with _link(secure, pki.context()) as link:
        assert before == _serial(link)


def test_g24_client_with_certificate(mutual: HttpWorld, pki: Pki) -> None:
    """A client with a certificate of the right authority is served."""
    context = pki.context(pki.client_files("client.test"))

    assert 200 == _status(mutual, context)


def test_g24_other_clients_refused(mutual: HttpWorld, pki: Pki) -> None:
    """A client without a certificate, or with one of another authority, is not."""
    other = write_client(trustme.CA(), pki.folder, "other.test")

    for client in (None, other):
        with pytest.raises((ssl.SSLError, ConnectionResetError, IndexError)):
            _status(mutual, pki.context(client))


def test_g24_authority_replaced(pki: Pki) -> None:
    """When the authority of clients changes, those of the old one are refused."""
    files = TlsFiles.open(pki.mutual)
    client = pki.client_files("client.test")
    trusting = pki.context(client)
    with HttpWorld(DoorOptions(tls=files.context)) as world:
        assert 200 == _status(world, trusting)
        new = trustme.CA()
        new.cert_pem.write_to_path(pki.authority_file)

        assert files.reload().changed

        with pytest.raises((ssl.SSLError, ConnectionResetError, IndexError)):
            _status(world, trusting)
        trusting.load_cert_chain(*write_client(new, pki.folder, "new.test"))
        assert 200 == _status(world, trusting)


async def test_grpc_over_tls(pki: Pki, files: TlsFiles) -> None:
    """The gRPC door speaks TLS with the same files, and follows their changes."""
    settings = ServerSettings(LOOPBACK, credentials=server_credentials(files.material))
    async with Door(settings=settings) as door:
        assert await _checked(door.port, pki) is None
        before = await asyncio.to_thread(_certificate, door.port, pki)
        pki.write(pki.issue())

        assert files.reload().changed

        after = await asyncio.to_thread(_certificate, door.port, pki)
        assert before != after
        assert await _checked(door.port, pki) is None


async def test_grpc_old_version_refused(pki: Pki, files: TlsFiles) -> None:
    """The gRPC door does not speak TLS 1.1 either."""
    settings = ServerSettings(LOOPBACK, credentials=server_credentials(files.material))
    async with Door(settings=settings) as door:
        with pytest.raises((ssl.SSLError, ConnectionResetError)):
            await asyncio.to_thread(_handshake, door.port, _old(pki))
        await asyncio.to_thread(_handshake, door.port, pki.context())


async def test_g24_grpc_clients(pki: Pki) -> None:
    """The gRPC door asks for certificates of clients where the files say so."""
    files = TlsFiles.open(pki.mutual)
    settings = ServerSettings(LOOPBACK, credentials=server_credentials(files.material))
    good = pki.client_files("client.test")
    other = write_client(trustme.CA(), pki.folder, "other.test")
    async with Door(settings=settings) as door:
        assert await _checked(door.port, pki, good) is None
        assert await _checked(door.port, pki, None) in UNREACHED
        assert await _checked(door.port, pki, other) in UNREACHED


async def _checked(
    port: int, pki: Pki, client: tuple[Path, Path] | None = None
) -> grpc.StatusCode | None:
    """Asks for the health of a server, and returns how it failed, if it did."""
    chain, key = (path.read_bytes() for path in client) if client else (None, None)
    credentials = grpc.ssl_channel_credentials(
        pki.authority_file.read_bytes(), key, chain
    )
    address = f"localhost:{port}"
    options = (("grpc.use_local_subchannel_pool", 1),)
    async with grpc.aio.secure_channel(address, credentials, options) as channel:
        ask: Any = channel.unary_unary(CHECK)
        try:
            await ask(b"", timeout=10)
        except grpc.aio.AioRpcError as error:
            return error.code()
    return None


def _certificate(port: int, pki: Pki) -> str:
    return _handshake(port, pki.context())


def _handshake(port: int, context: ssl.SSLContext) -> str:
    """Returns the number of the certificate that a port shows."""
    context.set_alpn_protocols(["h2"])
    plain = socket.create_connection(("127.0.0.1", port), 10)
    with context.wrap_socket(plain, server_hostname="localhost") as link:
        return _serial(link)


def _old(pki: Pki) -> ssl.SSLContext:
    """Returns what speaks TLS 1.1, and would take any cipher."""
    context = pki.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        # Python says of these versions what the test is about.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context

"""How the server may listen, and whose address it tells (attacks G23)."""

from __future__ import annotations

import asyncio
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
import trustme

from daypass.adapters.tls_files import TlsFiles
from daypass.core.errors import InternalFailureError
from daypass.core.listening import is_local
from daypass.rpc.call_facts import source_address
from daypass.rpc.credentials import server_credentials
from daypass.rpc.dispatch import Dispatcher
from daypass.rpc.methods import STS, RpcInvocation, own_methods
from daypass.rpc.server import ServerSettings
from daypass.rpc.server_options import server_options
from daypass.sts.caller import CallContext, CallerKind
from support.certificates import self_signed
from support.door import AS_USER, LOOPBACK, Door, caller_of
from support.tls import new_pki, write_client


@pytest.mark.parametrize(
    "address",
    ["0.0.0.0:1", "[::]:1", "192.0.2.1:1", "example.com:1", ":1", "127.0.0.1.nip.io:1"],
)
def test_plaintext_on_network_refused(address: str) -> None:
    """Plaintext beyond loopback is refused unless it is allowed by name."""
    with pytest.raises(ValueError, match="plaintext"):
        ServerSettings(address)

    assert ServerSettings(address, unsafe_plaintext=True).unsafe_plaintext


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1:1", "127.8.9.1:1", "[::1]:1", "localhost:1", "unix:/run/daypass.sock"],
)
def test_plaintext_on_loopback_allowed(address: str) -> None:
    """Plaintext that only this machine can reach is allowed."""
    assert is_local(address)
    assert ServerSettings(address).credentials is None


def test_tls_on_network_allowed() -> None:
    """With a certificate the server may listen anywhere."""
    credentials = grpc.ssl_server_credentials([(b"key", b"chain")])

    assert ServerSettings("0.0.0.0:1", credentials=credentials).reflection is False


async def test_taken_port_refused() -> None:
    """A server that cannot listen says so and does not start."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        door = Door(settings=ServerSettings(address))

        with pytest.raises(OSError, match="cannot listen"):
            await door.server.start()


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("ipv4:203.0.113.7:4711", "203.0.113.7"),
        ("ipv6:[2001:db8::7]:4711", "2001:db8::7"),
        ("ipv6:%5B2001:db8::7%5D:4711", "2001:db8::7"),
        ("ipv6:[fe80::1%25eth0]:4711", "fe80::1"),
        ("ipv6:[::ffff:203.0.113.7]:4711", "203.0.113.7"),
        ("unix:/run/daypass.sock", None),
        ("unix:", None),
        ("ipv4:elsewhere:4711", None),
        ("", None),
    ],
)
def test_source_address(peer: str, address: str | None) -> None:
    """The address of a peer is an IP address in its usual form, or none."""
    assert address == source_address(peer)


def test_options_written_once() -> None:
    """No option is given twice, where the last one would silently win."""
    names = [name for name, _ in server_options(reuse_port=True)]

    assert len(set(names)) == len(names)


def test_missing_handler_refused(door_parts: dict[str, object]) -> None:
    """A server cannot be built while a method that is built has no handler."""
    with pytest.raises(ValueError, match="missing"):
        Dispatcher(handlers={}, **door_parts)  # type: ignore[arg-type]


def test_handler_of_unbuilt_method_refused(door_parts: dict[str, object]) -> None:
    """A method that gets a handler has to leave the list of those not built."""
    handlers = dict.fromkeys(own_methods())

    unbuilt = frozenset({min(handlers)})
    with pytest.raises(ValueError, match=min(handlers)):
        Dispatcher(handlers=handlers, unbuilt=unbuilt, **door_parts)  # type: ignore[arg-type]


@pytest.fixture
async def door_parts() -> dict[str, object]:
    """Returns what a dispatcher is made of, except for its handlers."""
    dispatcher = Door().dispatcher
    names = ("streams", "authenticator", "auditor", "observer", "clock", "entropy")
    return {name: getattr(dispatcher, f"_{name}") for name in names}


async def test_tls_connection_seen() -> None:
    """A call over TLS is told to policies as secure."""
    key, chain = self_signed("localhost")
    settings = ServerSettings(
        LOOPBACK, credentials=grpc.ssl_server_credentials([(key, chain)])
    )
    async with Door(settings=settings) as door:
        channel = grpc.aio.secure_channel(
            f"localhost:{door.port}", grpc.ssl_channel_credentials(chain)
        )
        async with channel:
            ask: Any = channel.unary_unary(f"{STS}GetCallerIdentity")
            await ask(b"", metadata=AS_USER, timeout=15)

    _, invocation, _ = door.handled[0]
    assert invocation.call.secure_transport


@pytest.mark.parametrize("shown", ["nothing", "other authority", "own authority"])
async def test_client_certificates(tmp_path: Path, shown: str) -> None:
    """Where clients need certificates, only those of its authorities get in (G24)."""
    pki = new_pki(tmp_path)
    files = TlsFiles.open(pki.mutual)
    settings = ServerSettings(LOOPBACK, credentials=server_credentials(files.material))
    ours = write_client(pki.authority, tmp_path, "client")
    other = write_client(trustme.CA(), tmp_path, "other")
    client = {"nothing": None, "other authority": other, "own authority": ours}[shown]
    chain, key = (None, None) if client is None else map(Path.read_bytes, client)
    trust = pki.authority_file.read_bytes()
    async with Door(settings=settings) as door:
        channel = grpc.aio.secure_channel(
            f"localhost:{door.port}", grpc.ssl_channel_credentials(trust, key, chain)
        )
        async with channel:
            ask: Any = channel.unary_unary(f"{STS}GetCallerIdentity")
            code = await ask(b"", metadata=AS_USER, timeout=5).code()

    let_in = shown == "own authority"
    assert let_in == (code is grpc.StatusCode.OK)
    assert int(let_in) == len(door.handled)


async def test_wait_ends_with_stop() -> None:
    """Waiting for the server ends when it has stopped."""
    door = Door()
    await door.server.start()
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(door.server.wait_stopped())
        await door.server.stop(timedelta(0))

    assert waiting.done()


def test_unproven_caller_is_a_fault() -> None:
    """A handler that wants a caller where nobody was proven gets none."""
    call = CallContext("id", None, None, secure_transport=False)

    with pytest.raises(InternalFailureError) as caught:
        _ = RpcInvocation(call, None).proven

    assert "caller_unproven" == caught.value.detail


def test_proven_caller() -> None:
    """A handler gets the caller who was proven."""
    call = CallContext("id", None, None, secure_transport=False)
    caller = caller_of(CallerKind.USER)

    assert caller == RpcInvocation(call, caller).proven

"""HTTPS servers on loopback that play an identity provider, good or hostile.

Certificates are made by trustme. What a server answers is the bytes that a test
gives it, so that it can say what no honest server would.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv4Network, ip_address
from typing import Final

import trustme

from daypass.adapters.names import Endpoint
from support.oidc_issuer import key_set_text

HOST: Final = "idp.example"
LOOPBACK: Final = IPv4Address("127.0.0.1")
# What an operator allows so that a provider on loopback may be asked.
ALLOWED: Final = (IPv4Network("127.0.0.0/8"),)
DISCOVERY: Final = "/.well-known/openid-configuration"

# Writes an answer, in its own time.
Script = Callable[[asyncio.StreamWriter], Awaitable[None]]
Answer = bytes | Script


def answer(
    body: bytes | str,
    *,
    status: str = "200 OK",
    content_type: str | None = "application/json",
    **headers: str,
) -> bytes:
    """Returns an answer with a body; a header's underscores are hyphens."""
    raw = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(raw)}"]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + raw


def provider_answers(
    *keys: Mapping[str, object],
    issuer: str = f"https://{HOST}",
    jwks_uri: str = f"https://{HOST}/keys",
    **headers: str,
) -> dict[str, Answer]:
    """Returns the answers of a provider with these keys."""
    document = {"issuer": issuer, "jwks_uri": jwks_uri}
    return {
        DISCOVERY: answer(json.dumps(document)),
        "/keys": answer(key_set_text(*keys), **headers),
    }


class OidcServer:
    """A server that answers each path with what the test put there.

    Attributes:
        answers: by path; a path that is not there is answered with 404.
        requests: the heads of the requests, in their order.
        connections: how many connections were accepted, TLS or not.
        at_once: the most connections that were open together.
        port: where it listens.
    """

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = dict(answers)
        self.requests: list[str] = []
        self.connections = 0
        self.at_once = 0
        self.port = 0
        self._open = 0

    @property
    def endpoint(self) -> Endpoint:
        """Where it is, as a resolver would say."""
        return Endpoint(LOOPBACK, self.port)

    async def all_closed(self) -> None:
        """Returns when no connection is open any more."""
        while self._open:
            await asyncio.sleep(0.001)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answers one connection."""
        self._open += 1
        self.at_once = max(self.at_once, self._open)
        try:
            with contextlib.suppress(OSError, EOFError):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                self.requests.append(head)
                found = self.answers.get(head.split(" ")[1])
                if callable(found):
                    await found(writer)
                else:
                    writer.write(found or answer("", status="404 Not Found"))
                await writer.drain()
        finally:
            self._open -= 1
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@asynccontextmanager
async def serving(
    answers: Mapping[str, Answer], *, certificate: trustme.LeafCert | None
) -> AsyncIterator[OidcServer]:
    """Runs a server with a certificate, or without TLS where there is none."""
    server = OidcServer(answers)
    context: ssl.SSLContext | None = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
    tasks: set[asyncio.Task[None]] = set()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        task = asyncio.ensure_future(server.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    listener = await asyncio.start_server(accepted, str(LOOPBACK), 0, ssl=context)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listener.wait_closed()


class Names:
    """A resolver with behaviour: it says what a test wrote down, call by call.

    Args:
        known: by host, the answers in turn; the last one stays.
    """

    def __init__(self, **known: list[tuple[Endpoint, ...]]) -> None:
        self.known = {
            name.replace("_", "."): list(turns) for name, turns in known.items()
        }
        self.asked: list[tuple[str, int]] = []

    async def resolve(self, host: str, port: int) -> tuple[Endpoint, ...]:
        """Returns what was written down; see the protocol."""
        self.asked.append((host, port))
        turns = self.known.get(host)
        if turns is None:
            message = "no such host"
            raise OSError(message)
        return turns.pop(0) if len(turns) > 1 else turns[0]


def at(*addresses: str, port: int) -> tuple[Endpoint, ...]:
    """Returns endpoints of addresses, all at one port."""
    return tuple(Endpoint(ip_address(address), port) for address in addresses)

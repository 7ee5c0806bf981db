"""Certificates out of files, read again when the files change.

New files come into force whole or not at all: while a certificate and a key do not
fit each other, because one was written before the other, the old ones stay.

SPEC: design 10; attacks G24, G25.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Self

from daypass.core.secret import Secret
from daypass.core.tls import TlsMaterial

_CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"


class TlsFilesInvalidError(ValueError):
    """The files make no TLS; the text says which and why, and nothing of a key."""


@dataclass(frozen=True, slots=True)
class TlsPaths:
    """Where the files are; without `client_authorities` no client is asked."""

    chain: Path
    private_key: Path
    client_authorities: Path | None = None


@dataclass(frozen=True, slots=True)
class TlsReload:
    """What a look at the files came to: whether they changed, and what is wrong."""

    changed: bool
    fault: str | None = None


class TlsFiles:
    """Certificates in files; `open` makes one.

    Args:
        paths: where the files are.
        material: what they hold.
        context: the same, ready for use.
    """

    def __init__(
        self, paths: TlsPaths, material: TlsMaterial, context: ssl.SSLContext
    ) -> None:
        self._paths = paths
        # One value, so that nobody sees the half of a change.
        self._current = (material, context)

    @classmethod
    def open(cls, paths: TlsPaths) -> Self:
        """Reads the files.

        Raises:
            TlsFilesInvalidError: they make no TLS.
        """
        return cls(paths, *_read(paths))

    def material(self) -> TlsMaterial:
        """Returns what is in force."""
        return self._current[0]

    def context(self) -> ssl.SSLContext:
        """Returns what is in force, ready for use by a server."""
        return self._current[1]

    def reload(self) -> TlsReload:
        """Takes new files into force, if there are any and they are good."""
        try:
            if _bytes_of(self._paths) == self.material():
                return TlsReload(changed=False)
            self._current = _read(self._paths)
        except TlsFilesInvalidError as error:
            return TlsReload(changed=False, fault=str(error))
        return TlsReload(changed=True)

    async def watch(
        self, *, report: Callable[[TlsReload], None], interval: timedelta
    ) -> None:
        """Looks at the files again and again, until cancelled.

        Args:
            report: is told of each change, and of each fault when it is new or over.
            interval: the time between two looks.
        """
        fault: str | None = None
        while True:
            await asyncio.sleep(interval.total_seconds())
            found = await asyncio.to_thread(self.reload)
            if found.changed or found.fault != fault:
                report(found)
            fault = found.fault


def _read(paths: TlsPaths) -> tuple[TlsMaterial, ssl.SSLContext]:
    material = _bytes_of(paths)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    try:
        # NOTE: without a password of ours OpenSSL would ask at the terminal.
        context.load_cert_chain(paths.chain, paths.private_key, password=lambda: "")
    except (OSError, ValueError) as error:
        raise TlsFilesInvalidError(
            f"{paths.chain} and {paths.private_key} are no certificate with its key:"
            f" {_reason(error)}"
        ) from error
    if material.client_authorities is not None:
        _require_clients(context, paths, material.client_authorities)
    if _bytes_of(paths) != material:
        raise TlsFilesInvalidError(f"{paths.chain} is just being written")
    return material, context


def _require_clients(
    context: ssl.SSLContext, paths: TlsPaths, authorities: bytes
) -> None:
    context.verify_mode = ssl.CERT_REQUIRED
    # A resumed session would not be checked against authorities that are gone.
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET
    try:
        context.load_verify_locations(cadata=authorities.decode("ascii"))
    except (OSError, ValueError) as error:
        raise TlsFilesInvalidError(
            f"{paths.client_authorities} holds no certificates: {_reason(error)}"
        ) from error


def _bytes_of(paths: TlsPaths) -> TlsMaterial:
    clients = paths.client_authorities
    return TlsMaterial(
        chain=_content(paths.chain),
        private_key=Secret(_content(paths.private_key)),
        client_authorities=None if clients is None else _content(clients),
    )


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TlsFilesInvalidError(
            f"{path} cannot be read: {error.strerror}"
        ) from error


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.lower().replace("_", " ")
    return str(error)

"""Addresses that a supervisor holds for its workers.

A socket that is bound and does not listen takes no connection. It keeps the port
from everybody but sockets of the same user that ask to share it, and so stays the
server's while no worker listens, and is the same for all of them where a free one
was asked for.
"""

from __future__ import annotations

import contextlib
import errno
import socket
from typing import Self

from daypass.core import worker_limits
from daypass.core.listening import join_address, split_address

_AddressInfo = tuple[socket.AddressFamily, str]


class HeldAddress:
    """An address that is held; `hold` makes one.

    Args:
        address: HOST:PORT, with the port that it has come to.
        sockets: what holds it.
    """

    def __init__(self, address: str, sockets: list[socket.socket]) -> None:
        self.address = address
        self._sockets = sockets

    @classmethod
    def hold(cls, address: str) -> Self:
        """Holds HOST:PORT; port 0 takes a free one.

        Raises:
            ValueError: it is no address.
            OSError: it is taken, or the host is not of this machine.
        """
        host, port = split_address(address)
        found = _resolve(host)
        if port:
            # NOTE: another server of the same user shares its port with whoever
            # asks. Calls would go to either of them, so this asks alone first.
            _close(_bind_all(found, port, address, shared=False))
            return cls(address, _bind_all(found, port, address, shared=True))
        for _ in range(worker_limits.PORT_ATTEMPTS_MAX):
            with contextlib.suppress(OSError):
                first = _bind(found[0], 0, shared=True)
                port = first.getsockname()[1]
                try:
                    others = _bind_all(found[1:], port, address, shared=True)
                except OSError:
                    first.close()
                    raise
                return cls(join_address(host, port), [first, *others])
        raise OSError(errno.EADDRINUSE, f"{address}: there is no free port")

    def close(self) -> None:
        """Lets the address go."""
        _close(self._sockets)


def _resolve(host: str) -> list[_AddressInfo]:
    try:
        found = socket.getaddrinfo(
            host, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except socket.gaierror as error:
        raise OSError(f"{host} is no address of a host: {error.strerror}") from error
    return list(dict.fromkeys((family, str(name[0])) for family, *_, name in found))


def _bind_all(
    found: list[_AddressInfo], port: int, address: str, *, shared: bool
) -> list[socket.socket]:
    bound: list[socket.socket] = []
    try:
        for info in found:
            bound.append(_bind(info, port, shared=shared))  # noqa: PERF401 - one may fail.
    except OSError as error:
        _close(bound)
        raise OSError(error.errno, f"{address}: {error.strerror}".lower()) from error
    return bound


def _bind(info: _AddressInfo, port: int, *, shared: bool) -> socket.socket:
    family, host = info
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        # What a server that ended has left on the wire does not hold the port.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def _close(sockets: list[socket.socket]) -> None:
    for each in sockets:
        each.close()

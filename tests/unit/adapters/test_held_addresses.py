"""Addresses that are held: nobody else's, and shared by those who are to."""

from __future__ import annotations

import errno
import socket

import pytest

from daypass.adapters.held_addresses import HeldAddress
from daypass.core.listening import split_address


def _listening(address: str, *, shared: bool) -> socket.socket:
    """Returns a socket that listens there, or raises as `bind` does."""
    found = socket.socket()
    try:
        if shared:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        found.bind(split_address(address))
        found.listen()
    except OSError:
        found.close()
        raise
    return found


def _taken(number: int | None) -> bool:
    return number == errno.EADDRINUSE


def test_free_port_is_held() -> None:
    """A free port is found and kept from others, and workers may share it."""
    held = HeldAddress.hold("127.0.0.1:0")
    assert split_address(held.address)[1]

    with pytest.raises(OSError, match="in use") as caught:
        _listening(held.address, shared=False)
    assert _taken(caught.value.errno)
    with (
        _listening(held.address, shared=True),
        _listening(held.address, shared=True),
    ):
        pass

    held.close()
    with _listening(held.address, shared=False):
        pass


def test_holder_takes_no_connection() -> None:
    """While no worker listens, connections are refused and do not wait."""
    held = HeldAddress.hold("127.0.0.1:0")

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(split_address(held.address), timeout=5)
    held.close()


@pytest.mark.parametrize("shared", [False, True])
def test_taken_port_is_refused(*, shared: bool) -> None:
    """A port on which somebody listens is not taken, also if it could be shared."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"

    with _listening(address, shared=shared):
        with pytest.raises(OSError, match=f"{address}: address already in use") as info:
            HeldAddress.hold(address)
        assert _taken(info.value.errno)

    HeldAddress.hold(address).close()


def test_name_is_held_whole() -> None:
    """A host name has one port on all of its addresses."""
    held = HeldAddress.hold("localhost:0")
    host, port = split_address(held.address)

    assert "localhost" == host
    for family, *_, name in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        with (
            socket.socket(family) as other,
            pytest.raises(OSError, match="in use") as caught,
        ):
            other.bind(name)
        assert _taken(caught.value.errno)
    held.close()


def test_unknown_host_is_told() -> None:
    """A host that there is not is named."""
    with pytest.raises(OSError, match=r"no\.such\.invalid is no address of a host"):
        HeldAddress.hold("no.such.invalid:0")
